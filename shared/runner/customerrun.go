package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
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
	// mark is the customer's mark as it was before the run.
	mark state.Mark
	// lease is nil in a dry run that a person asks for.
	lease *state.Lease
	// measures: the latency of the changes says how long people wait.
	measures bool
	// bindTo is what settings and login lead to.
	bindTo state.Binding
	// used returns what the run has used of 24SevenOffice so far.
	used func() (u state.Usage, shareSpent bool)
	// quiet means that the plan found nothing to read and nothing to do.
	quiet bool
	// inputs is the fingerprint of the settings and the secret, inputsAt when a run first saw them like that.
	inputs   string
	inputsAt time.Time
	// startedAt is when the run started.
	startedAt time.Time
	// shownSize is how many bytes of changes a dry run may show.
	shownSize int
	// failures are the customer's failure records by key, as they are after each step of the run.
	failures map[string]state.Failure
	// aside are those that are neither counted nor shown, until the run finds out about their records anyway: a person
	// has dismissed them, or the event names other records.
	aside  map[string]state.Failure
	streak streak
	// unmentioned are the keys of the event that the plan has not mentioned, and noted are all notes of the plan.
	unmentioned []string
	noted       map[string]bool
	// whys say of the event's keys why nothing is to be done about them.
	whys map[string]plan.Why
	// left has a key for each change to a vendor's system that was to be made: true until it is made.
	left map[string]bool
	// leaseCheckedAt is when the lease was last ours for certain, and unconfirmed are the writes since then.
	leaseCheckedAt time.Time
	unconfirmed    []write
	row            Row
}

// runCustomer runs the process for one customer and returns a row even if the run fails.
func (r *Runner[T]) runCustomer(
	ctx context.Context, e Event, runID string, c settings.Customer, m state.Mark, b budget, shownSize int,
) Row {
	run := &customerRun[T]{
		Runner:   r,
		event:    e,
		runID:    runID,
		customer: c,
		mark:     m,
		used:     func() (state.Usage, bool) { return state.Usage{}, false },
		state:    r.State.Partition(c.ID),
		log:      r.Log.With("process", r.Process, "runId", runID, "customer", c.ID),
		budget:   b,
		dryRun:   e.DryRun || c.Preview,
		noted:    map[string]bool{},
		whys:     map[string]plan.Why{},
		left:     map[string]bool{},
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
	run.noteNews()
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
	lease, err := r.start(ctx)
	if err != nil {
		r.setOutcome(err)
		return
	}
	r.lease = lease
	err = r.work(ctx)
	o := r.end(err)
	r.addUsage(ctx)
	if !r.leavesNoRecord() {
		r.writeRunRecord(ctx)
	}
	r.release(ctx, lease, o)
}

// start takes the lease. If nothing happened in the last run, it expects the same of this one, which then writes
// nothing else: see state.Partition.Start. It expects nothing of a customer with a longer interval, who would have to
// wait for that interval after a crash, and whose runs are few.
func (r *customerRun[T]) start(ctx context.Context) (*state.Lease, error) {
	scheduled := r.event.Customers == nil
	m := r.mark
	if scheduled && !r.dryRun && m.Quiet != nil && m.Holder == "" && r.customer.Interval <= naming.Period {
		return r.state.Start(ctx, m, r.runID)
	}
	return r.state.Acquire(ctx, r.Process, r.runID, r.budget.end.Add(leaseMargin), scheduled)
}

// claim makes sure that the run may write: a lease that gives the right to read only becomes one that gives both, and
// what the run has not read until then is checked. Nothing was written before.
func (r *customerRun[T]) claim(ctx context.Context) error {
	if r.lease == nil || !r.lease.ReadOnly() {
		return nil
	}
	if err := r.lease.Claim(ctx, r.budget.end.Add(leaseMargin)); err != nil {
		return err
	}
	if err := r.state.LoadClaim(ctx, r.bindTo); err != nil || r.bindTo.Office24ClientID == 0 {
		return err // before the login, connect does the rest
	}
	return r.state.Bind(ctx, r.bindTo)
}

// end sets the outcome of the row after the work has ended with an error or nil, and returns what the mark keeps. A run
// that has spent its share of the hour's calls has run short of calls as another runs short of time.
func (r *customerRun[T]) end(worked error) state.Outcome {
	var o state.Outcome
	if at := errclass.RetryAt(worked); !at.IsZero() {
		o.NotBefore, o.PauseReason = at, worked.Error()
	}
	if _, spent := r.used(); spent && errclass.Is(worked, errclass.Throttled) {
		o.PauseReason = shareSpent
		r.row.Reason, r.row.cutShort, worked = shareSpent, true, nil
	}
	r.setOutcome(worked)
	o.Succeeded = r.row.Outcome == OK || r.row.Outcome == Partial
	o.Unfinished = r.row.cutShort
	o.Inputs, o.InputsAt = r.inputs, r.inputsAt
	o.Outcome = string(r.row.Outcome)
	o.Quiet = r.quiet && r.row.Outcome == OK
	return o
}

// shareSpent is the reason of a run that has spent its share of the hour's calls.
const shareSpent = "this process has used its share of the calls that 24SevenOffice allows in an hour; it goes on in " +
	"the next hour, so that shipments and stock have calls left in this one"

// leavesNoRecord reports whether the run leaves no run record: nothing happened in it, and the run before was ok under
// the same settings, so that this one says nothing new.
func (r *customerRun[T]) leavesNoRecord() bool {
	m := r.lease.Mark()
	return r.quiet && r.row.Outcome == OK && m.LastOutcome == string(OK) && m.Inputs == r.inputs
}

// addUsage counts the run's calls, and logs when the customer comes near what the vendor includes in its price.
func (r *customerRun[T]) addUsage(ctx context.Context) {
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	used, _ := r.used()
	before := r.lease.Mark().Month
	month, err := r.lease.AddUsage(ctx, used)
	if err != nil {
		r.log.Warn("usage not added; it is added later", "reason", err.Error())
	}
	if month.Calls > 0 {
		r.row.usage = &month
	}
	if now := r.Now(); month.Near(now) && !before.Near(now) {
		r.log.Warn("near the monthly limit of 24SevenOffice", "month", month.Month, "calls", month.Calls,
			"bytes", month.Bytes)
		r.row.news.nearsQuota = true
	}
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
	switch {
	case r.event.Check:
		return r.check(ctx, process)
	case r.event.Find != nil:
		return r.find(ctx, process)
	}
	stored, err := r.state.Cursor(ctx, r.Process)
	if err != nil {
		return err
	}
	cursor, sameScope := stored, true
	if scope := r.customer.Scope(r.Process); scope != stored.Scope {
		cursor, sameScope = state.Cursor{Scope: scope}, false // nothing has been read under these settings yet
	}
	due, err := r.loadFailures(ctx)
	if err != nil {
		return err
	}
	if err := r.countStuck(ctx); err != nil {
		return err
	}
	err = r.runParts(ctx, process, stored, cursor, due, sameScope)
	switch {
	case err == nil && r.event.Explain:
		r.explain(ctx, process)
	case err == nil && r.event.Plan != nil:
		r.explainPlan()
	}
	return err
}

// quietCursor is how far the cursor stays behind while nothing happens. The next plan then reads a longer time, in
// which there is nothing, and one write is saved in each run. A cursor that stayed for longer would make searches slow:
// 24SevenOffice warns of those that begin long ago.
const quietCursor = time.Hour

// moveQuietCursor moves the cursor after a run in which nothing happened, if it is far behind. It needs no claim: it
// moves only a cursor that is still as it was read, and what another run has settled since is settled. It returns the
// cursor that is stored now, the zero Cursor if that is another run's.
func (r *customerRun[T]) moveQuietCursor(ctx context.Context, from, to state.Cursor) (state.Cursor, error) {
	if to.Since.Sub(from.Since) < quietCursor {
		return from, nil
	}
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	err := r.state.MoveCursor(ctx, r.Process, from, to)
	if errors.Is(err, state.ErrChanged) {
		return state.Cursor{}, nil
	}
	return to, err
}

// nothingHappened reports whether a plan has read nothing and has nothing to say.
func nothingHappened[T any](p plan.Plan[T], c state.Cursor) bool {
	return p.Read+p.Unchanged+p.Skipped+len(p.Changes)+len(p.Refused)+len(p.LookedAt)+len(p.Notes) == 0 &&
		!p.Partial && !p.Sweep.Full && p.Sweep.Place == c.Place
}

func (r *customerRun[T]) planRequest(c state.Cursor, due []string) PlanRequest {
	request := PlanRequest{Full: r.event.Full, Keys: r.event.Keys, Retry: due, Cursor: c}
	paused := maps.Clone(r.failures)
	maps.Copy(paused, r.aside) // those dismissed are not tried; they go when a plan finds them as they should be
	for _, key := range due {
		delete(paused, key)
	}
	request.Paused = slices.Sorted(maps.Keys(paused))
	switch {
	case !r.event.Since.IsZero():
		request.Since = r.event.Since
	case !r.event.Full && !c.Since.IsZero():
		request.Since = c.Since.Add(-Overlap)
	}
	request.Since = withChanged(request.Since, due)
	if slices.ContainsFunc(r.event.Keys, plan.IsChangedKey) {
		request.Since = withChanged(r.Now(), r.event.Keys)
	}
	return request
}

// withChanged returns the time from which changes have to be read so that those of plan.ChangedKey are among them.
func withChanged(since time.Time, keys []string) time.Time {
	for _, key := range keys {
		at, ok := plan.ChangedAt(key)
		switch {
		case !ok || since.IsZero():
		case at.IsZero():
			since = at
		case at.Add(-Overlap).Before(since):
			since = at.Add(-Overlap)
		}
	}
	return since
}

// nextCursor returns the cursor after a settled plan. After a partial plan only the place moves, at which the next run
// continues the sweep; the times stay.
func (r *customerRun[T]) nextCursor(c state.Cursor, s plan.Sweep, readAt time.Time, partial bool) state.Cursor {
	c.Place = s.Place
	if partial {
		return c
	}
	if c.VerifyAt.IsZero() && r.VerifyEvery > 0 {
		c.VerifyAt = r.firstVerification()
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
	row := r.row
	row.Explanations = nil // they are for who has asked
	row.Changes, row.ChangesOmitted = cutToSize(row.Changes, row.ChangesOmitted, maxRunRecordSize)
	row.Problems, row.ProblemsOmitted = cutToSize(row.Problems, row.ProblemsOmitted, maxRunRecordSize)
	record := RunRecord{
		Row:        row,
		RunID:      r.runID,
		StartedAt:  r.startedAt,
		FinishedAt: r.Now().UTC(),
		CutShort:   r.row.cutShort,
		Usage:      r.row.usage,
	}
	if err := r.state.PutRun(ctx, r.Process, r.startedAt, record); err != nil {
		r.log.Warn("run record not written", "reason", err.Error())
	}
}

// release gives the lease back. If that fails, the lease expires.
func (r *customerRun[T]) release(ctx context.Context, lease *state.Lease, o state.Outcome) {
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
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
