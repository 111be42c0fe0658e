package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A cycle is one run of a process for one customer.
type cycle[T any] struct {
	*Runner[T]
	event    Event
	runID    string
	customer settings.Customer
	state    *state.Customer
	budget   budget
	dry      bool
	lease    *state.Lease
	// failures are the records in trouble, by key, kept up to date as the run goes on.
	failures map[string]state.Failure
	// settle is the context for writing down what happened; it lasts to the very end of the invocation.
	settle context.Context
	row    Row
}

// customer runs the process for one customer, whatever happens in it.
func (r *Runner[T]) customer(ctx context.Context, e Event, runID string, c settings.Customer, b budget) Row {
	settle, cancel := context.WithDeadline(context.WithoutCancel(ctx), b.end)
	defer cancel()
	ctx, cancelWork := context.WithDeadline(ctx, b.deadline)
	defer cancelWork()
	y := &cycle[T]{Runner: r, event: e, runID: runID, customer: c, state: r.State.Customer(c.ID), budget: b,
		dry: e.DryRun || c.Preview, settle: settle, row: Row{CustomerID: c.ID, Outcome: OK}}
	if b.over(r.Now()) {
		y.row.Outcome, y.row.Reason, y.row.cutShort = Failed, "no time was left in this run; first in line in the next one", true
		return y.row
	}
	ctx, end := r.Tracer.Customer(ctx, c.ID)
	y.run(ctx)
	end(string(y.row.Outcome), y.row.Outcome == Failed)
	return y.row
}

// run holds the lease around the work and writes the run record. A dry run that a person asks for takes no lease:
// it changes nothing and must not be in anybody's way.
func (y *cycle[T]) run(ctx context.Context) {
	started := y.Now().UTC()
	if !y.event.DryRun {
		lease, err := y.state.Acquire(ctx, y.Process, y.runID, y.budget.end.Add(time.Minute), y.event.Customers == nil)
		if errors.Is(err, state.ErrBusy) {
			y.row.Outcome, y.row.Reason = Busy, "another run of this process is at work for this customer"
			return
		} else if err != nil {
			y.end(err)
			return
		}
		y.lease = lease
	}
	err := y.guard(ctx)
	y.end(err)
	if y.lease == nil {
		return
	}
	record := Record{Row: y.row, RunID: y.runID, StartedAt: started, FinishedAt: y.Now().UTC(),
		CutShort: y.row.cutShort, Preview: y.dry, Problems: y.row.problems, Notes: y.row.notes}
	if err := y.state.PutRun(y.settle, y.Process, started, record); err != nil {
		y.warn("run record not written", err)
	}
	done := state.Outcome{Succeeded: y.row.Outcome == OK || y.row.Outcome == Partial, Unfinished: y.row.cutShort,
		NotBefore: fault.RetryAt(err)}
	if err := y.lease.Release(y.settle, done); err != nil {
		y.warn("lease not released, it will run out by itself", err)
	}
}

// guard turns a panic into the customer's own trouble.
func (y *cycle[T]) guard(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = y.panicked("run", p)
		}
	}()
	return y.work(ctx)
}

// work is the process itself: plan, brake, apply, settle, cursor.
func (y *cycle[T]) work(ctx context.Context) error {
	cursor, err := y.state.Cursor(ctx, y.Process)
	if err != nil {
		return err
	}
	due, err := y.dueFailures(ctx)
	if err != nil {
		return err
	}
	process, err := y.Open(ctx, y.customer, y.state)
	if err != nil {
		return err
	}
	readAt := y.Now().UTC()
	p, err := process.Plan(ctx, y.ask(cursor, due))
	if err != nil {
		return err
	}
	changes := y.open(p)
	y.row.Read, y.row.Unchanged, y.row.Skipped = p.Read, p.Unchanged, p.Skipped
	y.row.Planned, y.row.notes = visible(changes), p.Notes
	y.row.cutShort = p.Partial
	if held := y.brake(p); held != nil {
		y.row.Held, y.row.Outcome, y.row.Reason = visible(changes), Partial, held.Error()
		if y.dry {
			y.show(changes)
		}
		return nil
	}
	if y.dry {
		y.show(changes)
		y.refuseDry(p.Refused)
		return nil
	}
	if err := y.refuse(p.Refused); err != nil {
		return err
	}
	complete, err := y.apply(ctx, process, changes)
	if err == nil && complete {
		err = y.forget(due, p)
	}
	y.row.cutShort = y.row.cutShort || !complete
	if err != nil || !complete || p.Partial && p.Sweep.Place == "" || y.event.Keys != nil || !y.event.Since.IsZero() {
		return err
	}
	return y.state.MoveCursor(y.settle, y.Process, cursor, next(cursor, p.Sweep, readAt, p.Partial))
}

// ask is what the plan is to look at.
func (y *cycle[T]) ask(c state.Cursor, due []string) Ask {
	a := Ask{Full: y.event.Full, Keys: y.event.Keys, Retry: due, Cursor: c}
	switch {
	case !y.event.Since.IsZero():
		a.Since = y.event.Since
	case !y.event.Full && !c.Since.IsZero():
		a.Since = c.Since.Add(-Overlap)
	}
	return a
}

// next is where the cursor moves once a plan is settled. A sweep that goes on from its place in the next run keeps its
// moments: it is not over.
func next(c state.Cursor, s plan.Sweep, readAt time.Time, partial bool) state.Cursor {
	c.Place = s.Place
	if partial {
		return c
	}
	if !s.Began.IsZero() {
		readAt = s.Began
	}
	c.Since = readAt
	if s.Full {
		c.FullSweepAt = readAt
	}
	return c
}

// dueFailures loads the records in trouble and names those to be tried again. Records named by the event are always
// due, and then they are the only ones that count.
func (y *cycle[T]) dueFailures(ctx context.Context) ([]string, error) {
	all, err := y.state.Failures(ctx, y.Process)
	if err != nil {
		return nil, err
	}
	y.failures = map[string]state.Failure{}
	var due []string
	for _, f := range all {
		if y.event.Keys != nil && !slices.Contains(y.event.Keys, f.Key) {
			continue
		}
		y.failures[f.Key] = f
		if y.event.Keys == nil && y.due(f.Key) {
			due = append(due, f.Key)
		}
	}
	return due, nil
}

// due tells whether a record may be tried: it is in no trouble, or its pause is over, or a person named it.
func (y *cycle[T]) due(key string) bool {
	f, failed := y.failures[key]
	return !failed || y.event.Keys != nil || !y.Now().Before(f.NextAt)
}

// open leaves out the changes that failed before, have not changed since and are still in their pause; records that
// failed before go first.
func (y *cycle[T]) open(p plan.Plan[T]) []plan.Change[T] {
	var again, fresh []plan.Change[T]
	for _, c := range p.Changes {
		f, failed := y.failures[c.Key]
		switch {
		case !failed:
			fresh = append(fresh, c)
		case y.due(c.Key) || f.Fingerprint != c.Fingerprint:
			again = append(again, c)
		}
	}
	return append(again, fresh...)
}

func (y *cycle[T]) brake(p plan.Plan[T]) error {
	if y.Policy == nil || y.event.Keys != nil {
		return nil
	}
	return y.Policy(y.customer, p)
}

// Where the other system refuses or fails again and again, it is not the record. Ongoing WMS locks out a client after
// a number of failed calls in a row (its documentation gives five in ten minutes as the example).
const (
	maxRejected = 5
	maxTroubled = 3
)

// apply carries out the changes one after the other. It reports whether all of them had their turn; an error ends the
// customer's run.
func (y *cycle[T]) apply(ctx context.Context, process Process[T], changes []plan.Change[T]) (bool, error) {
	rejected, troubled := 0, 0
	for _, c := range changes {
		if y.budget.over(y.Now()) || !y.lease.Valid(y.Now()) {
			return false, nil
		}
		err := y.applyOne(ctx, process, c)
		if err != nil && ctx.Err() != nil {
			return false, nil // time ran out in the middle of a call: the record is tried again, nothing is held against it
		}
		y.logRecord(c, err)
		switch fault.Of(err) {
		case "":
			rejected, troubled = 0, 0
			y.done(c.Quiet)
			err = y.settled(c.Key)
		case fault.Credentials, fault.Settings, fault.Throttled:
			return false, err
		case fault.Rejected:
			rejected++
			err = y.failed(c.Key, c.Fingerprint, err)
		case fault.Held, fault.Conflict:
			err = y.failed(c.Key, c.Fingerprint, err)
		default:
			troubled++
			cause := err
			if err = y.failed(c.Key, c.Fingerprint, cause); err == nil && troubled == maxTroubled {
				return false, cause
			}
		}
		if err != nil {
			return false, err
		}
		if rejected == maxRejected {
			return false, nil
		}
	}
	return true, nil
}

// applyOne is Apply, with a panic turned into that record's defect.
func (y *cycle[T]) applyOne(ctx context.Context, process Process[T], c plan.Change[T]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = y.panicked(c.Key, p)
		}
	}()
	return process.Apply(ctx, c)
}

// refuse keeps the records that the plan itself refused. One that is still in its pause and has not changed was not
// tried: its record stays as it is.
func (y *cycle[T]) refuse(refused []plan.Refusal) error {
	for _, r := range refused {
		if f, failed := y.failures[r.Key]; failed && !y.due(r.Key) && f.Fingerprint == r.Fingerprint {
			continue
		}
		y.Log.Warn("record", "process", y.Process, "runId", y.runID, "customer", y.customer.ID, "key", r.Key,
			"action", "refuse", "class", fault.Of(r.Err), "reason", r.Err.Error())
		if err := y.failed(r.Key, r.Fingerprint, r.Err); err != nil {
			return err
		}
	}
	return nil
}

func (y *cycle[T]) refuseDry(refused []plan.Refusal) {
	for _, r := range refused {
		y.failures[r.Key] = state.Failure{Key: r.Key, Class: fault.Of(r.Err), Message: r.Err.Error()}
	}
}

// failed writes the failure record of a record that could not be written.
func (y *cycle[T]) failed(key, fingerprint string, cause error) error {
	f := y.failures[key]
	f.Process, f.Key = y.Process, key
	f = f.Again(y.Now().UTC(), fault.Of(cause), cause.Error(), fingerprint)
	err := y.state.PutFailure(y.settle, &f)
	y.failures[key] = f
	return err
}

// settled removes the failure record of a record that is as it should be.
func (y *cycle[T]) settled(key string) error {
	f, failed := y.failures[key]
	if !failed {
		return nil
	}
	delete(y.failures, key)
	return y.state.DeleteFailure(y.settle, f)
}

// forget settles the records that were asked for and that the plan found nothing wrong with: written by another way,
// withdrawn, or gone.
func (y *cycle[T]) forget(due []string, p plan.Plan[T]) error {
	if y.event.Keys != nil {
		due = y.event.Keys
	}
	mentioned := map[string]bool{}
	for _, c := range p.Changes {
		mentioned[c.Key] = true
	}
	for _, r := range p.Refused {
		mentioned[r.Key] = true
	}
	for _, key := range due {
		if !mentioned[key] {
			if err := y.settled(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// done counts a change that was carried out.
func (y *cycle[T]) done(quiet bool) {
	if quiet {
		y.row.Unchanged++
	} else {
		y.row.Written++
	}
}

func visible[T any](changes []plan.Change[T]) (n int) {
	for _, c := range changes {
		if !c.Quiet {
			n++
		}
	}
	return n
}

func (y *cycle[T]) show(changes []plan.Change[T]) {
	for _, c := range changes {
		if c.Quiet {
			y.row.Unchanged++
			continue
		}
		y.row.Changes = append(y.row.Changes, Change{Key: c.Key, Action: c.Action, Fields: c.Fields})
	}
}

// end writes the outcome into the row.
func (y *cycle[T]) end(err error) {
	for _, f := range y.failures {
		y.row.problems = append(y.row.problems, Problem{Key: f.Key, Class: string(f.Class), Message: f.Message})
		if f.Class == fault.Held {
			y.row.Held++
		} else {
			y.row.Failed++
		}
	}
	slices.SortFunc(y.row.problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	switch fault.Of(err) {
	case fault.Credentials, fault.Settings:
		y.row.Outcome, y.row.Reason = Blocked, err.Error()
	case "":
		if y.row.cutShort || y.row.Failed+y.row.Held > 0 {
			y.row.Outcome = Partial
			y.row.Reason = strings.Join(y.reasons(), "; ")
		}
	default:
		y.row.Outcome, y.row.Reason = Failed, err.Error()
	}
}

// reasons says in a few words what is not done, and why, for the first few records.
func (y *cycle[T]) reasons() []string {
	const shown = 3
	var out []string
	if y.row.Reason != "" {
		out = append(out, y.row.Reason)
	}
	if y.row.cutShort {
		out = append(out, "not everything had its turn; the rest is first in line next time")
	}
	for i, p := range y.row.problems {
		if i == shown {
			out = append(out, fmt.Sprintf("and %d more", len(y.row.problems)-shown))
			break
		}
		out = append(out, p.Key+": "+p.Message)
	}
	return out
}

// panicked logs a panic with its stack and without its value, which may quote a record.
func (y *cycle[T]) panicked(where string, value any) error {
	y.Log.Error("panic", "process", y.Process, "runId", y.runID, "customer", y.customer.ID, "key", where,
		"type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
	return fault.New(fault.Defect, "", "the program failed on this record; the log has the place (search for panic)")
}

func (y *cycle[T]) warn(message string, err error) {
	y.Log.Warn(message, "process", y.Process, "runId", y.runID, "customer", y.customer.ID, "reason", err.Error())
}

func (y *cycle[T]) logRecord(c plan.Change[T], err error) {
	if c.Quiet && err == nil {
		return
	}
	if err == nil {
		y.Log.Info("record", "process", y.Process, "runId", y.runID, "customer", y.customer.ID, "key", c.Key, "action", c.Action)
		return
	}
	y.Log.Warn("record", "process", y.Process, "runId", y.runID, "customer", y.customer.ID, "key", c.Key,
		"action", c.Action, "class", fault.Of(err), "reason", err.Error())
}
