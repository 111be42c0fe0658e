package runner

import (
	"context"
	"errors"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// apply makes the changes one by one, retries first. It reports whether it has tried all fresh ones; an error ends the
// customer run.
func (r *customerRun[T]) apply(
	ctx context.Context, process Process[T], retries, fresh []plan.Change[T],
) (bool, error) {
	var s streak
	for i, c := range slices.Concat(retries, fresh) {
		if i < len(retries) && s.halfwayToLimit() {
			continue // it stays due
		}
		if r.budget.stopped(r.Now()) {
			return false, nil
		}
		err := r.applyWithLease(ctx, process, c)
		if err != nil && ctx.Err() != nil {
			return false, nil // the time ended during the call: the record did not fail, the next run tries it again
		}
		if errors.Is(err, state.ErrLost) {
			r.recheckLastWrite(ctx)
			return false, err
		}
		if errors.Is(err, state.ErrMoved) {
			return false, err
		}
		r.logChange(c, err)
		class := errclass.Of(err)
		if class == errclass.Credentials || class == errclass.Settings || class == errclass.Throttled {
			return false, err
		}
		if err := r.settle(ctx, c, err); err != nil {
			return false, err
		}
		switch s.add(class); {
		case s.broken == maxBroken:
			return false, err
		case s.rejected == maxRejected:
			return false, nil
		}
	}
	return true, nil
}

// applyWithLease makes a change if the lease is still ours. It asks the state table each time, because a run that was
// frozen must not continue what another run has taken over. It does not ask again within a record: each step of an
// Apply looks at what exists, and half a record is worse than a record written twice.
func (r *customerRun[T]) applyWithLease(ctx context.Context, process Process[T], c plan.Change[T]) error {
	if c.LinkOnly {
		return r.applyOne(ctx, process, c)
	}
	if err := r.state.CheckLease(ctx); err != nil {
		return err
	}
	err := r.applyOne(ctx, process, c)
	if err == nil {
		r.last = &lastWrite{key: c.Key, fingerprint: c.Fingerprint}
	}
	return err
}

// applyOne is Apply with a panic turned into an error of that record.
func (r *customerRun[T]) applyOne(ctx context.Context, process Process[T], c plan.Change[T]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = r.logPanic(c.Key, p)
		}
	}()
	return process.Apply(ctx, c)
}

type lastWrite struct{ key, fingerprint string }

// recheckLastWrite keeps the last write as a failure after the lease was lost, so that the next run compares its
// record. The write may have been delayed and have arrived after those of the run that took over.
func (r *customerRun[T]) recheckLastWrite(ctx context.Context) {
	if r.last == nil {
		return
	}
	lost := errclass.New(errclass.Conflict, "", "the lease expired while it was written; the next run compares it")
	if err := r.keepFailure(ctx, r.last.key, r.last.fingerprint, lost); err != nil {
		r.logFailure(r.last.key, "recheck", err)
	}
	r.last = nil
}

// settle counts a change that was made, or keeps its failure.
func (r *customerRun[T]) settle(ctx context.Context, c plan.Change[T], err error) error {
	switch {
	case err != nil:
		return r.keepFailure(ctx, c.Key, c.Fingerprint, err)
	case c.LinkOnly:
		r.row.Unchanged++
	default:
		r.row.Written++
	}
	return r.dropFailure(ctx, c.Key)
}

// A streak counts refused and broken changes since the last success. If the other system refuses or fails again and
// again, the cause is not in the records.
type streak struct{ rejected, broken int }

// Ongoing WMS locks a client out after a number of failed calls in a row. Its documentation gives five in ten minutes
// as an example, so the run ends before that.
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

// halfwayToLimit reports whether half of a limit is used. Retries leave the other half to fresh changes: many records
// that can never be written must not keep the others waiting forever.
func (s *streak) halfwayToLimit() bool { return s.rejected*2 >= maxRejected || s.broken*2 >= maxBroken }

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
