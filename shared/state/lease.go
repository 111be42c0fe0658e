package state

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// A Mark is the stored lease of a customer and process, with what the schedule needs to know of the last runs. The zero
// Mark means that the process has never run.
type Mark struct {
	CustomerID string         `dynamodbav:"customerId"`
	Process    naming.Process `dynamodbav:"-"`
	// Holder is the run that has the lease until Until; empty if no run has it.
	Holder string    `dynamodbav:"holder,omitempty"`
	Until  time.Time `dynamodbav:"until,omitempty"`
	// StartedAt and FirstStartedAt are the last and the first start by the schedule. SucceededAt is the last success.
	StartedAt      time.Time `dynamodbav:"startedAt,omitempty"`
	FirstStartedAt time.Time `dynamodbav:"firstStartedAt,omitempty"`
	SucceededAt    time.Time `dynamodbav:"succeededAt,omitempty"`
	// NotBefore is the end of a pause that a vendor has asked for, and PauseReason says which call it answered so.
	NotBefore   time.Time `dynamodbav:"notBefore,omitempty"`
	PauseReason string    `dynamodbav:"pauseReason,omitempty"`
	// Unfinished means that the last run ran out of time. This customer goes first in the next invocation.
	Unfinished bool `dynamodbav:"unfinished,omitempty"`
	// Inputs is the fingerprint of the customer's settings and secret. InputsAt is when a run first saw them like that.
	Inputs   string    `dynamodbav:"inputs,omitempty"`
	InputsAt time.Time `dynamodbav:"inputsAt,omitempty"`
	// RunID is the run that started last, and LastOutcome how the last one that wrote the mark at its end has ended.
	RunID       string `dynamodbav:"runId,omitempty"`
	LastOutcome string `dynamodbav:"lastOutcome,omitempty"`
	// Quiet is what the last run has used if nothing happened in it, else nil. The next run is expected to be like it.
	Quiet *Usage `dynamodbav:"quiet,omitempty"`
	// Pending is used and not yet added to the record of the month. Month is what that record said last, Hour what this
	// process has used in an hour.
	Pending *Usage      `dynamodbav:"pending,omitempty"`
	Month   *MonthUsage `dynamodbav:"month,omitempty"`
	Hour    *HourUsage  `dynamodbav:"hour,omitempty"`
	// Session is a copy of the record session, which saves a run in which nothing happens from reading that. SessionOf
	// is the binding, and when it was made, that the copy is good for.
	Session   *session `dynamodbav:"session,omitempty"`
	SessionOf string   `dynamodbav:"sessionOf,omitempty"`
}

// Marks returns the marks of a process for many customers. A customer for whom it has never run gets a zero Mark with
// CustomerID and Process set.
func (s *Store) Marks(ctx context.Context, process naming.Process, ids []string) (map[string]Mark, error) {
	marks := make(map[string]Mark, len(ids))
	for _, id := range ids {
		marks[id] = Mark{CustomerID: id, Process: process}
	}
	keys := make([]item, 0, len(marks)) // from the map: DynamoDB refuses a batch that names a key twice
	for id := range marks {
		keys = append(keys, key(id, leaseRecord(process)))
	}
	items, err := s.batchGet(ctx, leaseRecord(process), keys)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		// A mark that cannot be read stays zero: the customer is due, and Acquire reports the error for this customer
		// alone. Here it would stop all customers.
		m := Mark{Process: process}
		if decode(it, &m) == nil {
			marks[m.CustomerID] = m
		}
	}
	return marks, nil
}

// A Lease is the right of one run to write for a customer and process until the lease expires. A lease of Start gives
// the right to read only, until Claim.
type Lease struct {
	partition *Partition
	// mark is the mark as Release is going to store it, apart from how the run ended; before is the mark as it was
	// when the run started.
	mark, before Mark
	scheduled    bool
	// readOnly means that Claim was not called.
	readOnly bool
	used     Usage
}

// Start begins a scheduled run that is expected to be like the last one, in which nothing happened. m is the mark as
// Marks has read it; its Quiet must not be nil. Start stores in advance what such a run leaves, so that its end has
// nothing to write, and one write is made instead of two. It returns ErrBusy if any run has started since m was read.
//
// The run may read, but before it writes it needs Claim. Until then a run that a person starts can overtake it: nothing
// says whether this run still reads or has ended. A crash leaves a mark like that of a run that has ended well, and the
// cursor where it was, so the next tick reads the same again.
func (p *Partition) Start(ctx context.Context, m Mark, holder string) (*Lease, error) {
	now := p.store.now()
	record := leaseRecord(m.Process)
	values := item{
		":run": dynamoattr.Text(holder), ":now": dynamoattr.Text(formatTime(now)),
		":read": dynamoattr.Text(m.RunID), ":started": dynamoattr.Text(formatTime(m.StartedAt)),
	}
	for name, v := range map[string]any{
		":pending": m.Pending.plus(*m.Quiet), ":hour": m.Hour.plus(now, m.Quiet.Calls),
	} {
		members, err := encodeMap(record, v)
		if err != nil {
			return nil, err
		}
		values[name] = &types.AttributeValueMemberM{Value: members}
	}
	op := "state: UpdateItem " + record
	out, err := p.store.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &p.store.table, Key: key(p.id, record),
		UpdateExpression: aws.String(
			"SET #run = :run, #started = :now, #succeeded = :now, #pending = :pending, #hour = :hour"),
		// The last part accepts our own update, repeated by the SDK after its answer was lost.
		ConditionExpression: aws.String(
			"attribute_not_exists(#holder) AND (#run = :read AND #started = :started OR #run = :run)"),
		ExpressionAttributeNames: map[string]string{
			"#run": "runId", "#started": "startedAt", "#succeeded": "succeededAt", "#pending": "pending",
			"#hour": "hour", "#holder": "holder",
		},
		ExpressionAttributeValues: values,
		ReturnValues:              types.ReturnValueAllNew,
	})
	switch {
	case conditionFailed(err):
		return nil, conflict(op, ErrBusy)
	case err != nil:
		return nil, classified(op, err)
	}
	l := &Lease{partition: p, before: m, mark: m, scheduled: true, readOnly: true}
	p.keepUnknown(record, out.Attributes, &l.mark)
	l.mark.RunID, l.mark.StartedAt = holder, now
	p.lease = l
	return l, nil
}

// ReadOnly reports whether the run needs Claim before it writes.
func (l *Lease) ReadOnly() bool { return l.readOnly }

// Claim makes the lease of Start one that gives the right to write until a time. It returns ErrBusy if another run has
// started since: what this one has read can have changed.
func (l *Lease) Claim(ctx context.Context, until time.Time) error {
	record := leaseRecord(l.mark.Process)
	op := "state: UpdateItem " + record
	_, err := l.partition.store.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.partition.store.table, Key: key(l.partition.id, record),
		UpdateExpression:         aws.String("SET #holder = :run, #until = :until"),
		ConditionExpression:      aws.String("#run = :run AND (attribute_not_exists(#holder) OR #holder = :run)"),
		ExpressionAttributeNames: map[string]string{"#holder": "holder", "#until": "until", "#run": "runId"},
		ExpressionAttributeValues: item{
			":run": dynamoattr.Text(l.mark.RunID), ":until": dynamoattr.Text(formatTime(until)),
		},
	})
	switch {
	case conditionFailed(err):
		return conflict(op, ErrBusy)
	case err != nil:
		return classified(op, err)
	}
	// As stored: compared with what CheckLease reads, which has no more than milliseconds.
	l.mark.Holder, l.mark.Until, l.readOnly = l.mark.RunID, until.UTC().Truncate(time.Millisecond), false
	l.before.Holder, l.before.Until = l.mark.Holder, l.mark.Until
	return nil
}

// Acquire takes the lease of a process. holder is a name that no other run has. It returns ErrBusy if another run has
// the lease. scheduled is true if the schedule started the run, which counts as the customer's last start, and false if
// a person named the customer.
func (p *Partition) Acquire(
	ctx context.Context, process naming.Process, holder string, until time.Time, scheduled bool,
) (*Lease, error) {
	update := "SET #holder = :holder, #until = :until, #run = :holder"
	names := map[string]string{"#holder": "holder", "#until": "until", "#run": "runId"}
	if scheduled {
		update += ", #startedAt = :now, #firstStartedAt = if_not_exists(#firstStartedAt, :now)"
		names["#startedAt"], names["#firstStartedAt"] = "startedAt", "firstStartedAt"
	}
	// The last part accepts our own update, repeated by the SDK after its answer was lost.
	const when = "attribute_not_exists(#holder) OR #until < :now OR (#holder = :holder AND #until = :until)"
	op := "state: UpdateItem " + leaseRecord(process)
	out, err := p.store.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &p.store.table, Key: key(p.id, leaseRecord(process)),
		UpdateExpression: &update, ConditionExpression: aws.String(when), ExpressionAttributeNames: names,
		ExpressionAttributeValues: item{
			":holder": dynamoattr.Text(holder), ":until": dynamoattr.Text(formatTime(until)),
			":now": dynamoattr.Text(formatTime(p.store.now())),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	switch {
	case conditionFailed(err):
		return nil, conflict(op, ErrBusy)
	case err != nil:
		return nil, classified(op, err)
	}
	l := &Lease{partition: p, mark: Mark{Process: process}, scheduled: scheduled}
	if err := decode(out.Attributes, &l.mark); err != nil {
		return nil, err
	}
	l.before = l.mark
	p.keepUnknown(leaseRecord(process), out.Attributes, &l.mark)
	p.lease = l
	return l, nil
}

// CheckLease verifies that the lease acquired through this Partition is still ours, and the customer still bound as it
// was: before a record is written, and right before a call that cannot be repeated. It returns ErrLost if the lease has
// expired, belongs to another run, or was never acquired, and ErrMoved if a person has deleted the binding. It reads
// the clock last, after the answer of DynamoDB, so that a slow answer cannot hide the lease's end.
func (p *Partition) CheckLease(ctx context.Context) error {
	if p.lease == nil || p.lease.readOnly {
		return conflict("state: lease", ErrLost)
	}
	mine := p.lease.mark
	record := leaseRecord(mine.Process)
	items, err := p.store.batchGet(ctx, record, []item{key(p.id, record), key(p.id, bindingRecord)})
	if err != nil {
		return err
	}
	var m Mark
	var b Binding
	for _, it := range items {
		if recordOf(it) == record {
			err = decode(it, &m)
		} else {
			err = decode(it, &b)
		}
		if err != nil {
			return err
		}
	}
	if bound, ok := p.Binding(); ok && !bound.Same(b) {
		return conflict("state: BatchGetItem "+bindingRecord, ErrMoved)
	}
	if m.Holder != mine.Holder || !m.Until.Equal(mine.Until) || !p.lease.Valid(p.store.now()) {
		return conflict("state: BatchGetItem "+record, ErrLost)
	}
	return nil
}

// Mark returns the mark as it was when the run started.
func (l *Lease) Mark() Mark { return l.before }

// Valid reports whether the lease has not expired yet. It compares wall clocks, because Until was read from the table:
// the monotonic clock stops while Lambda freezes the process, which is the very case that leases exist for.
func (l *Lease) Valid(now time.Time) bool { return now.Before(l.mark.Until) }

// An Outcome is what the schedule needs to know of a run that has ended.
type Outcome struct {
	// Succeeded sets the customer's SucceededAt to now.
	Succeeded bool
	// Inputs and InputsAt replace those of the Mark, unless Inputs is empty.
	Inputs   string
	InputsAt time.Time
	// Unfinished replaces that of the Mark, unless a person named the customer.
	Unfinished bool
	// NotBefore and PauseReason replace those of the Mark: a run that a person starts does not wait for the end of a
	// pause, so it ends the pause or finds that it still holds.
	NotBefore   time.Time
	PauseReason string
	// Outcome is the outcome in a word.
	Outcome string
	// Quiet means that nothing happened in the run: a scheduled one that found nothing to read and nothing to do.
	Quiet bool
}

// Release gives the lease back and stores how the run ended, with what AddUsage has counted. It returns ErrLost if the
// lease has expired and somebody else has taken it since. It writes nothing after a run that was as Start expected.
//
// After a crash before Release, the lease expires by itself.
func (l *Lease) Release(ctx context.Context, o Outcome) error {
	if l.readOnly && o.Quiet && l.isAsExpected(o) {
		return nil
	}
	m := l.mark
	m.Holder, m.Until = "", time.Time{}
	m.LastOutcome, m.Quiet = o.Outcome, nil
	if o.Quiet {
		m.Quiet = &l.used
	}
	if o.Succeeded {
		m.SucceededAt = l.partition.store.now()
	}
	if o.Inputs != "" {
		m.Inputs, m.InputsAt = o.Inputs, o.InputsAt
	}
	m.NotBefore, m.PauseReason = o.NotBefore, o.PauseReason
	if l.scheduled {
		m.Unfinished = o.Unfinished
	}
	m.Session, m.SessionOf = l.partition.sessionInUse()
	record := leaseRecord(m.Process)
	it, err := encode(l.partition.id, record, m)
	if err != nil {
		return err
	}
	when := condition{
		expression: "#holder = :holder AND #until = :until",
		names:      map[string]string{"#holder": "holder", "#until": "until"},
		values: item{
			":holder": dynamoattr.Text(l.mark.Holder), ":until": dynamoattr.Text(formatTime(l.mark.Until)),
		},
	}
	if l.readOnly {
		when = condition{
			expression: "attribute_not_exists(#holder) AND #run = :run",
			names:      map[string]string{"#holder": "holder", "#run": "runId"},
			values:     item{":run": dynamoattr.Text(m.RunID)},
		}
	}
	// The whole record can be replaced: nobody else writes it while the condition holds.
	return l.partition.putItem(ctx, l.partition.withUnknown(it), when, ErrLost)
}

// similarBytes is how much the answers of two runs without changes can differ. Calls are counted exactly.
const similarBytes = 4096

// isAsExpected reports whether the mark that Start stored says all that Release would.
func (l *Lease) isAsExpected(o Outcome) bool {
	kept, of := l.partition.sessionInUse()
	sameSession := kept == nil && l.before.Session == nil ||
		kept != nil && l.before.Session != nil && kept.ID == l.before.Session.ID && of == l.before.SessionOf
	difference := l.used.Bytes - l.before.Quiet.Bytes
	return sameSession && l.used.Calls == l.before.Quiet.Calls && max(difference, -difference) <= similarBytes &&
		l.mark.Pending != nil && o.Inputs == l.before.Inputs
}
