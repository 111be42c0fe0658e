package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"ongoing24so/shared/errclass"
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
	state    *state.Partition
	log      *slog.Logger
	budget   budget
	dry      bool
	lease    *state.Lease
	// failures are the records in trouble, by key, kept up to date as the run goes on.
	failures map[string]state.Failure
	// last is the record that was written last; nil: none.
	last *record
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
	y := &cycle[T]{Runner: r, event: e, runID: runID, customer: c, state: r.State.Partition(c.ID), budget: b,
		log: r.Log.With("process", r.Process, "runId", runID, "customer", c.ID),
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

// afterEnd is how long a lease outlives its invocation, for clocks that differ. It is short, so that the customer of
// an invocation that died is free again at the next tick.
const afterEnd = 30 * time.Second

// run holds the lease around the work and writes the run record. A dry run that a person asks for takes no lease:
// it changes nothing and must not be in anybody's way.
func (y *cycle[T]) run(ctx context.Context) {
	started := y.Now().UTC()
	if !y.event.DryRun {
		lease, err := y.state.Acquire(ctx, y.Process, y.runID, y.budget.end.Add(afterEnd), y.event.Customers == nil)
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
	y.row.cutShort = y.row.cutShort || err != nil && ctx.Err() != nil // the time was too short even to read
	y.end(err)
	if y.lease != nil {
		y.release(started, err)
	}
}

// release writes the run record and gives the lease back. Where that fails, the lease runs out by itself.
func (y *cycle[T]) release(started time.Time, err error) {
	record := RunRecord{Row: y.row, RunID: y.runID, StartedAt: started, FinishedAt: y.Now().UTC(),
		CutShort: y.row.cutShort, Preview: y.dry, Problems: y.row.problems, Notes: y.row.notes}
	if err := y.state.PutRun(y.settle, y.Process, started, record); err != nil {
		y.log.Warn("run record not written", "reason", err.Error())
	}
	done := state.Outcome{Succeeded: y.row.Outcome == OK || y.row.Outcome == Partial, Unfinished: y.row.cutShort,
		NotBefore: errclass.RetryAt(err)}
	if err := y.lease.Release(y.settle, done); err != nil {
		if errors.Is(err, state.ErrLost) {
			y.doubtLast()
		}
		y.log.Warn("lease not released, it will run out by itself", "reason", err.Error())
	}
}

// guard turns a panic into the customer's own trouble.
func (y *cycle[T]) guard(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = y.panicked("", p)
		}
	}()
	return y.work(ctx)
}

// work is the process itself: plan, brake, apply, settle, cursor.
func (y *cycle[T]) work(ctx context.Context) error {
	stored, err := y.state.Cursor(ctx, y.Process)
	if err != nil {
		return err
	}
	cursor := stored
	if scope := y.customer.Scope(y.Process); scope != stored.Scope {
		cursor = state.Cursor{Scope: scope} // the settings have changed: nothing has been read under these
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
	again, fresh := y.turns(p.Changes)
	y.row.Read, y.row.Unchanged, y.row.Skipped, y.row.notes = p.Read, p.Unchanged, p.Skipped, p.Notes
	y.row.Planned = visible(again) + visible(fresh)
	y.row.cutShort = p.Partial
	if held := y.brake(p); held != nil || y.dry {
		y.leave(again, fresh, p.Refused, held)
		return nil
	}
	if err := y.refuse(p.Refused); err != nil {
		return err
	}
	complete, err := y.apply(ctx, process, again, fresh)
	if err != nil {
		return err
	}
	y.row.cutShort = y.row.cutShort || !complete
	if !complete {
		return nil
	}
	if err := y.forget(due, p); err != nil {
		return err
	}
	if y.event.Keys != nil || !y.event.Since.IsZero() {
		return nil
	}
	return y.state.MoveCursor(y.settle, y.Process, stored, next(cursor, p.Sweep, readAt, p.Partial))
}

// ask is what the plan is to look at.
func (y *cycle[T]) ask(c state.Cursor, due []string) PlanRequest {
	a := PlanRequest{Full: y.event.Full, Keys: y.event.Keys, Retry: due, Cursor: c}
	switch {
	case !y.event.Since.IsZero():
		a.Since = y.event.Since
	case !y.event.Full && !c.Since.IsZero():
		a.Since = c.Since.Add(-Overlap)
	}
	return a
}

// next is where the cursor moves once a plan is settled. A plan that does not hold all keeps the moments: only the place
// moves, from which a sweep goes on in the next run.
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

// brake asks the policy, unless a person has named the records: then a person has looked.
func (y *cycle[T]) brake(p plan.Plan[T]) error {
	if y.Policy == nil || y.event.Keys != nil {
		return nil
	}
	return y.Policy(y.customer, p)
}

// panicked logs a panic with its stack and without its value, which may quote a record. Key is empty where it was not
// about one record.
func (y *cycle[T]) panicked(key string, value any) error {
	y.log.Error("panic", "key", key, "class", errclass.Defect, "type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
	return errclass.New(errclass.Defect, "", "the program failed; the log has the place (search for panic)")
}
