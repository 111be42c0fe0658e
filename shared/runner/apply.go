package runner

import (
	"context"
	"errors"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// An applying makes the changes of a plan.
type applying[T any] struct {
	*customerRun[T]
	process Process[T]
	queue   queue[T]
	// ended means that no further change is made; err is why, if the reason is not one of the record alone.
	ended bool
	err   error
}

// apply makes the changes, retries first. It reports whether it has tried all fresh ones; an error ends the customer
// run.
func (r *customerRun[T]) apply(
	ctx context.Context, process Process[T], retries, fresh []plan.Change[T],
) (complete bool, err error) {
	a := applying[T]{customerRun: r, process: process, queue: queue[T]{retries: retries, fresh: fresh}}
	for !a.ended && a.queue.len() > 0 {
		if r.streak.halfwayToLimit() && len(a.queue.fresh) == 0 && !r.streak.allowsOtherRetry() {
			break // the remaining retries stay due
		}
		a.applyNext(ctx)
	}
	if a.err != nil {
		return false, a.err
	}
	err = r.confirmWrites(ctx)
	if a.ended {
		return false, nil // for lack of time, or after too many refusals: whatever the lease says
	}
	return true, err
}

// applyNext makes the changes that are next in the queue. After some failures in a row it is the turn of another one,
// so that many records that can never be written do not keep the others waiting, and a success ends the streak.
func (a *applying[T]) applyNext(ctx context.Context) {
	if a.budget.stopped(a.Now()) {
		a.ended = true
		return
	}
	if a.leaseCheckDue() {
		if a.err = a.checkLease(ctx); a.err != nil {
			a.ended = true
			return
		}
	}
	isRetry := len(a.queue.retries) > 0
	if a.streak.halfwayToLimit() {
		a.applyBatch(ctx, a.queue.takeOther())
		return
	}
	size := 1
	if batch, ok := a.process.(BatchProcess[T]); ok {
		size = max(size, batch.BatchSize())
	}
	a.queue.putBack(a.applyBatch(ctx, a.queue.take(size)), isRetry)
}

// applyBatch makes changes and settles each that was tried. It returns the others. A change that ApplyBatch leaves out
// or does not get to, because it panics, is made alone.
func (a *applying[T]) applyBatch(ctx context.Context, changes []plan.Change[T]) (untried []plan.Change[T]) {
	tried := make([]bool, len(changes))
	goOn := true
	settle := func(i int, err error) bool {
		if i >= 0 && !tried[i] {
			tried[i] = true
			a.settle(ctx, changes[i], err)
		}
		goOn = goOn && a.goesOn()
		return goOn
	}
	if batch, ok := a.process.(BatchProcess[T]); ok && len(changes) > 1 {
		_ = a.withoutPanic("", func() error { batch.ApplyBatch(ctx, changes, settle); return nil }) // it was logged
	}
	for i, c := range changes {
		switch {
		case tried[i]:
		case goOn:
			settle(i, a.withoutPanic(c.Key, func() error { return a.process.Apply(ctx, c) }))
		default:
			untried = append(untried, c)
		}
	}
	return untried
}

// goesOn reports whether the rest of a batch can be made without another look at the queue, the clock and the lease.
func (a *applying[T]) goesOn() bool {
	return !a.ended && !a.streak.halfwayToLimit() && !a.budget.stopped(a.Now()) && !a.leaseCheckDue()
}

// withoutPanic calls a function of the process and turns a panic into an error of that record.
func (a *applying[T]) withoutPanic(key string, call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = a.logPanic(key, p)
		}
	}()
	return call()
}

// settle logs a change that was tried, counts it or keeps its failure, and ends the run if the reason is not in the
// record.
func (a *applying[T]) settle(ctx context.Context, c plan.Change[T], err error) {
	if err != nil && ctx.Err() != nil {
		a.ended = true // the time ended during the call: the record did not fail, the next run tries it again
		return
	}
	if errors.Is(err, state.ErrLost) || errors.Is(err, state.ErrMoved) {
		a.end(ctx, err)
		return
	}
	a.logChange(c, err)
	class := errclass.Of(err)
	if class == errclass.Credentials || class == errclass.Settings || class == errclass.Throttled {
		a.end(ctx, err)
		return
	}
	if err == nil && !c.LinkOnly {
		a.unconfirmed = append(a.unconfirmed, write{key: c.Key, fingerprint: c.Fingerprint})
	}
	if err := a.keepResult(ctx, c, err); err != nil {
		a.end(ctx, err)
		return
	}
	if err == nil && c.LinkOnly {
		return // no vendor was called, so it ends no streak
	}
	if err == nil {
		a.queue.suspects = nil
	} else {
		a.queue.noteFailed(c)
	}
	switch a.streak.add(class); {
	case a.streak.broken == maxBroken:
		a.end(ctx, err)
	case a.streak.rejected == maxRejected:
		a.ended = true
	}
}

func (a *applying[T]) end(ctx context.Context, err error) {
	if a.ended, a.err = true, err; errors.Is(err, state.ErrLost) {
		a.recheckWrites(ctx)
	}
}

// keepResult counts a change that was made, or keeps its failure.
func (r *customerRun[T]) keepResult(ctx context.Context, c plan.Change[T], err error) error {
	switch {
	case err != nil:
		return r.keepFailure(ctx, c.Key, c.Fingerprint, err)
	case c.LinkOnly:
		r.row.Unchanged++
	default:
		r.row.Written++
		r.left[c.Key] = false
		r.noteLatency(c)
	}
	return r.dropFailures(ctx, c.Key)
}

// leaseCheckInterval is how often the state table is asked whether the lease is still ours. In between the clock is
// enough, because the time budget ends before the lease does. The table also knows what people have deleted.
const leaseCheckInterval = time.Minute

func (r *customerRun[T]) leaseCheckDue() bool {
	age := wallClock(r.Now()).Sub(r.leaseCheckedAt)
	return age < 0 || age >= leaseCheckInterval
}

// checkLease verifies that the lease is still ours, and the customer bound as it was. It is not called within a record:
// each step of an Apply looks at what exists, and half a record is worse than a record written twice.
func (r *customerRun[T]) checkLease(ctx context.Context) error {
	now := wallClock(r.Now())
	err := r.state.CheckLease(ctx)
	if errors.Is(err, state.ErrLost) {
		r.recheckWrites(ctx)
	}
	if err == nil {
		r.leaseCheckedAt, r.unconfirmed = now, nil
	}
	return err
}

// A write is a change that was made.
type write struct{ key, fingerprint string }

// confirmWrites checks the lease after the last write. The run's time is over if it was frozen past its lease, so this
// has a time of its own.
func (r *customerRun[T]) confirmWrites(ctx context.Context) error {
	if len(r.unconfirmed) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmTime)
	defer cancel()
	return r.checkLease(ctx)
}

const confirmTime = 5 * time.Second

// recheckWrites keeps the writes since the lease was last ours for certain as failures, so that the next run compares
// their records. One of them may have been delayed and have arrived after those of the run that took over. A record
// whose failure that run has written since is left to it.
func (r *customerRun[T]) recheckWrites(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmTime)
	defer cancel()
	lost := errclass.New(errclass.Conflict, "", "the lease expired while it was written; the next run compares it")
	for _, w := range r.unconfirmed {
		err := r.putFailures(ctx, []plan.Refusal{{Key: w.key, Fingerprint: w.fingerprint, Err: lost}})
		if err != nil && !errors.Is(err, state.ErrChanged) {
			r.log.Warn("a write of a lost lease is not compared again", "key", w.key, "reason", err.Error())
		}
	}
	r.unconfirmed = nil
}

// A streak counts refused and broken changes since the last success. If the other system refuses or fails again and
// again, the cause is not in the records.
type streak struct{ rejected, broken int }

// Ongoing WMS locks a client out after a number of failed calls of one method in a row. Its documentation gives five in
// ten minutes as an example, so the run ends before that. Only a successful call of the same method ends the streak;
// calls of other methods have counts of their own.
const (
	maxRejected = 4
	maxBroken   = 3
)

func (s *streak) add(class errclass.Class) {
	switch class {
	case "":
		*s = streak{}
	case errclass.Rejected:
		s.rejected++
	case errclass.Transient, errclass.Defect:
		s.broken++
	default: // says nothing about the other records
	}
}

// halfwayToLimit reports whether half of a limit is used. The other half is for other records.
func (s *streak) halfwayToLimit() bool { return s.rejected*2 >= maxRejected || s.broken*2 >= maxBroken }

// allowsOtherRetry reports whether one more retry can be tried after half of the limit: the reason of the refusals may
// be in the records at the front.
func (s *streak) allowsOtherRetry() bool { return s.rejected*2 == maxRejected && s.broken == 0 }

func (r *customerRun[T]) logChange(c plan.Change[T], err error) {
	switch {
	case err != nil:
		r.logFailure(c.Key, c.Action, err)
	case !c.LinkOnly:
		r.log.Info("record", "key", c.Key, "action", c.Action)
	}
}

func (r *customerRun[T]) logFailure(key string, action plan.Action, err error) {
	r.log.Warn("record", "key", key, "action", action, "class", errclass.Of(err), "reason", err.Error())
}
