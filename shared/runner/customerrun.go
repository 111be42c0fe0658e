package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A customerRun runs a process for one customer in an invocation.
type customerRun[T any] struct {
	*Runner[T]
	event    Event
	runID    string
	customer settings.Customer
	state    *state.Partition
	log      *slog.Logger
	budget   budget
	dryRun   bool
	// lease is nil in a dry run that a person asks for.
	lease *state.Lease
	// inputs is the fingerprint of the settings and the secret, inputsAt when a run first saw them like that.
	inputs   string
	inputsAt time.Time
	// startedAt is when the run started.
	startedAt time.Time
	// shownSize is how many bytes of changes a dry run may show.
	shownSize int
	// failures are the customer's failure records by key, as they are after each step of the run.
	failures map[string]state.Failure
	streak   streak
	// unmentioned are the keys of the event that the plan has not mentioned, and noted are all notes of the plan.
	unmentioned []string
	noted       map[string]bool
	// leaseCheckedAt is when the lease was last ours for certain, and unconfirmed are the writes since then.
	leaseCheckedAt time.Time
	unconfirmed    []write
	row            Row
}

// runCustomer runs the process for one customer and returns a row even if the run fails.
func (r *Runner[T]) runCustomer(
	ctx context.Context, e Event, runID string, c settings.Customer, b budget, shownSize int,
) Row {
	run := &customerRun[T]{
		Runner:   r,
		event:    e,
		runID:    runID,
		customer: c,
		state:    r.State.Partition(c.ID),
		log:      r.Log.With("process", r.Process, "runId", runID, "customer", c.ID),
		budget:   b,
		dryRun:   e.DryRun || c.Preview,
		noted:    map[string]bool{},
		row:      Row{CustomerID: c.ID, Outcome: OK, DryRun: e.DryRun || c.Preview},

		startedAt: r.Now().UTC(),
		shownSize: shownSize,
	}
	if b.stopped(r.Now()) {
		run.row.Outcome, run.row.cutShort = Failed, true
		run.row.Reason = "no time was left in this invocation; this customer is first in line in the next one"
		return run.row
	}
	ctx, cancel := context.WithDeadline(ctx, b.deadline)
	defer cancel()
	ctx, end := r.Tracer.Customer(ctx, c.ID)
	run.run(ctx)
	end(string(run.row.Outcome), run.row.Outcome == Failed)
	return run.row
}

// leaseMargin is how long a lease outlives its invocation, because clocks differ. It is short, so that a customer whose
// invocation crashed is free again at the next tick.
const leaseMargin = 30 * time.Second

// run takes the lease, does the work, writes the run record and releases the lease. A dry run that a person asks for
// takes no lease: it writes nothing and must not block anyone.
func (r *customerRun[T]) run(ctx context.Context) {
	if r.event.DryRun {
		r.setOutcome(r.work(ctx))
		return
	}
	scheduled := r.event.Customers == nil
	lease, err := r.state.Acquire(ctx, r.Process, r.runID, r.budget.end.Add(leaseMargin), scheduled)
	if err != nil {
		r.setOutcome(err)
		return
	}
	r.lease = lease
	err = r.work(ctx)
	r.setOutcome(err)
	r.writeRunRecord(ctx)
	r.release(ctx, lease, err)
}

// work is planAndApply with a panic turned into an error of this customer run.
func (r *customerRun[T]) work(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = r.logPanic("", p)
		}
		if err != nil && ctx.Err() != nil {
			r.row.cutShort = true // the time was too short even for reading
		}
	}()
	return r.planAndApply(ctx)
}

func (r *customerRun[T]) planAndApply(ctx context.Context) error {
	process, err := r.connect(ctx)
	if err != nil {
		return err
	}
	stored, err := r.state.Cursor(ctx, r.Process)
	if err != nil {
		return err
	}
	cursor := stored
	if scope := r.customer.Scope(r.Process); scope != stored.Scope {
		cursor = state.Cursor{Scope: scope} // nothing has been read under these settings yet
	}
	due, err := r.loadFailures(ctx)
	if err != nil {
		return err
	}
	return r.runParts(ctx, process, stored, cursor, due)
}

func (r *customerRun[T]) planRequest(c state.Cursor, due []string) PlanRequest {
	request := PlanRequest{Full: r.event.Full, Keys: r.event.Keys, Retry: due, Cursor: c}
	switch {
	case !r.event.Since.IsZero():
		request.Since = r.event.Since
	case !r.event.Full && !c.Since.IsZero():
		request.Since = c.Since.Add(-Overlap)
	}
	return request
}

// nextCursor returns the cursor after a settled plan. After a partial plan only the place moves, at which the next run
// continues the sweep; the times stay.
func nextCursor(c state.Cursor, s plan.Sweep, readAt time.Time, partial bool) state.Cursor {
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

// askPolicy returns the changes that the policy holds. It does not ask the policy if the event names the records: then
// a person has already looked at them.
func (r *customerRun[T]) askPolicy(p plan.Plan[T]) []plan.Refusal {
	if r.Policy == nil || r.event.Keys != nil {
		return nil
	}
	held := func(key string) bool { return r.failures[key].Class == errclass.Held }
	return r.Policy(r.customer, p, held)
}

// without returns the changes whose records are not held.
func without[T any](changes []plan.Change[T], held []plan.Refusal) []plan.Change[T] {
	keys := make(map[string]bool, len(held))
	for _, refusal := range held {
		keys[refusal.Key] = true
	}
	return slices.DeleteFunc(changes, func(c plan.Change[T]) bool { return keys[c.Key] })
}

// writeRunRecord only logs a failure: a run without its record has still done its work.
func (r *customerRun[T]) writeRunRecord(ctx context.Context) {
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	row, problems := r.row, r.row.problems
	row.Changes, row.ChangesOmitted = cutToSize(row.Changes, row.ChangesOmitted, maxRunRecordSize)
	problems, problemsOmitted := cutToSize(problems, 0, maxRunRecordSize)
	record := RunRecord{
		Row:        row,
		RunID:      r.runID,
		StartedAt:  r.startedAt,
		FinishedAt: r.Now().UTC(),
		CutShort:   r.row.cutShort,
		Problems:   problems,

		ProblemsOmitted: problemsOmitted,
	}
	if err := r.state.PutRun(ctx, r.Process, r.startedAt, record); err != nil {
		r.log.Warn("run record not written", "reason", err.Error())
	}
}

// release gives the lease back after the work has ended with an error or nil. If that fails, the lease expires.
func (r *customerRun[T]) release(ctx context.Context, lease *state.Lease, worked error) {
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	o := state.Outcome{
		Succeeded:  r.row.Outcome == OK || r.row.Outcome == Partial,
		Unfinished: r.row.cutShort,
		Inputs:     r.inputs,
		InputsAt:   r.inputsAt,
	}
	if at := errclass.RetryAt(worked); !at.IsZero() {
		o.NotBefore, o.PauseReason = at, worked.Error()
	}
	err := lease.Release(ctx, o)
	if err == nil {
		return
	}
	if errors.Is(err, state.ErrLost) {
		r.recheckWrites(ctx)
	}
	r.log.Warn("lease not released; it will expire", "reason", err.Error())
}

// untilEnd returns the context for writing down what happened. It lasts until the end of the invocation, even after the
// work itself was cancelled.
func (r *customerRun[T]) untilEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.WithoutCancel(ctx), r.budget.end)
}

// logPanic logs a panic with its stack, but without its value, which can quote a record, and returns it as an error.
// The key is empty if the panic was not about one record.
func (r *customerRun[T]) logPanic(key string, value any) error {
	r.log.Error("panic", "key", key, "class", errclass.Defect, "type", fmt.Sprintf("%T", value),
		"stack", string(debug.Stack()))
	return errclass.New(errclass.Defect, "", `the program failed; search the log for "panic" to see where`)
}
