package state

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/naming"
)

// A Mark is what the schedule has to know of a customer and process. The zero Mark: it has never run.
type Mark struct {
	CustomerID string         `dynamodbav:"customerId"`
	Process    naming.Process `dynamodbav:"-"`
	// Holder is the run that holds the lease until Until; empty if none does.
	Holder string    `dynamodbav:"holder,omitempty"`
	Until  time.Time `dynamodbav:"until,omitempty"`
	// StartedAt is the last start by the schedule, FirstStartedAt the first, SucceededAt the last success.
	StartedAt      time.Time `dynamodbav:"startedAt,omitempty"`
	FirstStartedAt time.Time `dynamodbav:"firstStartedAt,omitempty"`
	SucceededAt    time.Time `dynamodbav:"succeededAt,omitempty"`
	// NotBefore: a vendor asked for a pause until then.
	NotBefore time.Time `dynamodbav:"notBefore,omitempty"`
	// Unfinished: the last run ran out of time; this customer is first in line.
	Unfinished bool `dynamodbav:"unfinished,omitempty"`
}

// Marks returns the marks of a process for many customers, a zero Mark (with its names) for those that never ran.
func (s *Store) Marks(ctx context.Context, process naming.Process, ids []string) (map[string]Mark, error) {
	marks := make(map[string]Mark, len(ids))
	for _, id := range ids {
		marks[id] = Mark{CustomerID: id, Process: process}
	}
	keys := make([]item, 0, len(marks)) // of the map: DynamoDB refuses a batch that names a key twice
	for id := range marks {
		keys = append(keys, key(id, leaseRecord(process)))
	}
	items, err := s.batchGet(ctx, leaseRecord(process), keys)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		// A mark that cannot be read stays zero: the customer is due, and Acquire tells what is wrong. It is not to
		// stop all the others here.
		m := Mark{Process: process}
		if decode(it, &m) == nil {
			marks[m.CustomerID] = m
		}
	}
	return marks, nil
}

// A Lease is the right to write for one customer and process until it runs out.
type Lease struct {
	c         *Partition
	mark      Mark
	scheduled bool
}

// Acquire takes the lease of a process for a holder, a name that no other run has. Taken by another run: ErrBusy.
// Scheduled tells a run of the schedule, which counts as the customer's last start, from one that a person named.
func (c *Partition) Acquire(ctx context.Context, process naming.Process, holder string, until time.Time, scheduled bool) (*Lease, error) {
	update := "SET #holder = :holder, #until = :until"
	names := map[string]string{"#holder": "holder", "#until": "until"}
	if scheduled {
		update += ", #startedAt = :now, #firstStartedAt = if_not_exists(#firstStartedAt, :now)"
		names["#startedAt"], names["#firstStartedAt"] = "startedAt", "firstStartedAt"
	}
	op := "state: UpdateItem " + leaseRecord(process)
	out, err := c.s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.s.table, Key: key(c.id, leaseRecord(process)),
		UpdateExpression: &update, ExpressionAttributeNames: names,
		// The last part: our own update, its answer lost, repeated by the SDK.
		ConditionExpression: aws.String("attribute_not_exists(#holder) OR #until < :now OR (#holder = :holder AND #until = :until)"),
		ExpressionAttributeValues: item{
			":holder": text(holder), ":until": text(format(until)), ":now": text(format(c.s.now())),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	switch {
	case conditionFailed(err):
		return nil, conflict(op, ErrBusy)
	case err != nil:
		return nil, failed(op, err)
	}
	l := &Lease{c: c, mark: Mark{Process: process}, scheduled: scheduled}
	if err := decode(out.Attributes, &l.mark); err != nil {
		return nil, err
	}
	c.lease = l
	return l, nil
}

// CheckLease makes sure that the lease acquired through this Customer still stands: before a record is written, and right before
// what cannot be repeated. ErrLost: it has run out, belongs to another run, or was never there. The clock is asked last, so
// that nothing is late but what follows.
func (c *Partition) CheckLease(ctx context.Context) error {
	if c.lease == nil {
		return conflict("state: lease", ErrLost)
	}
	mine := c.lease.mark
	record := leaseRecord(mine.Process)
	it, err := c.get(ctx, record)
	if err != nil {
		return err
	}
	var m Mark
	if err := decode(it, &m); err != nil {
		return err
	}
	if m.Holder != mine.Holder || !m.Until.Equal(mine.Until) || !c.lease.Valid(c.s.now()) {
		return conflict("state: GetItem "+record, ErrLost)
	}
	return nil
}

// Valid tells whether the lease still holds. Until has been read from the table, so these are wall clocks: the
// monotonic clock stands still while Lambda has the process frozen, which is the very case a lease is for.
func (l *Lease) Valid(now time.Time) bool { return now.Before(l.mark.Until) }

// An Outcome is what the schedule is to know of a run that has ended.
type Outcome struct {
	// Succeeded: the customer's SucceededAt becomes now.
	Succeeded bool
	// Unfinished and NotBefore replace what the mark says; a run that a person named leaves both as they are.
	Unfinished bool
	NotBefore  time.Time
}

// Release gives the lease back and writes down how the run ended. ErrLost: it had run out and belongs to somebody else.
//
// A crash before it leaves the lease to run out by itself.
func (l *Lease) Release(ctx context.Context, o Outcome) error {
	m := l.mark
	m.Holder, m.Until = "", time.Time{}
	if o.Succeeded {
		m.SucceededAt = l.c.s.now()
	}
	if l.scheduled {
		m.Unfinished, m.NotBefore = o.Unfinished, o.NotBefore
	}
	// The record is written as a whole: nobody else writes it as long as the condition holds.
	return l.c.put(ctx, leaseRecord(m.Process), m, condition{
		expression: "#holder = :holder AND #until = :until",
		names:      map[string]string{"#holder": "holder", "#until": "until"},
		values:     item{":holder": text(l.mark.Holder), ":until": text(format(l.mark.Until))},
	}, ErrLost)
}
