package runner

import (
	"context"
	"errors"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// apply carries out the changes one after the other, those that failed before first. It reports whether all fresh ones
// had their turn; an error ends the customer's run.
func (y *cycle[T]) apply(ctx context.Context, process Process[T], again, fresh []plan.Change[T]) (bool, error) {
	var s streak
	for i, c := range slices.Concat(again, fresh) {
		if i < len(again) && s.halfOver() {
			continue // it stays due
		}
		if y.budget.over(y.Now()) {
			return false, nil
		}
		err := y.applyHeld(ctx, process, c)
		if err != nil && ctx.Err() != nil {
			return false, nil // time ran out in the middle of a call: the record is tried again, nothing is held against it
		}
		if errors.Is(err, state.ErrLost) {
			y.doubtLast()
			return false, err
		}
		y.logRecord(c, err)
		class := errclass.Of(err)
		if class == errclass.Credentials || class == errclass.Settings || class == errclass.Throttled {
			return false, err
		}
		if settleErr := y.settleOne(c, err); settleErr != nil {
			return false, settleErr
		}
		switch s.count(class); {
		case s.troubled == maxTroubled:
			return false, err
		case s.rejected == maxRejected:
			return false, nil
		}
	}
	return true, nil
}

// applyHeld is applyOne for as long as the lease is ours. The table is asked each time: a run that was frozen must not go
// on with what another one has taken over. A record that was begun is brought to its end, because each of its steps looks
// at what stands, and half a record is worse than one that was written twice.
func (y *cycle[T]) applyHeld(ctx context.Context, process Process[T], c plan.Change[T]) error {
	if !c.LinkOnly {
		if err := y.state.CheckLease(ctx); err != nil {
			return err
		}
	}
	err := y.applyOne(ctx, process, c)
	if err == nil && !c.LinkOnly {
		y.last = &record{c.Key, c.Fingerprint}
	}
	return err
}

// A record is what a change was about.
type record struct{ key, fingerprint string }

// doubtLast keeps what was written last for another look, where the lease turns out to be lost: that write may have been
// frozen on its way and have come after those of the run that took over.
func (y *cycle[T]) doubtLast() {
	if y.last == nil {
		return
	}
	err := y.failed(y.last.key, y.last.fingerprint, errclass.New(errclass.Conflict, "", "it was written while the lease ran out; it is compared again"))
	if err != nil {
		y.log.Warn("record", "key", y.last.key, "action", "doubt", "class", errclass.Of(err), "reason", err.Error())
	}
	y.last = nil
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

// settleOne counts a change that was carried out, or keeps the failure.
func (y *cycle[T]) settleOne(c plan.Change[T], err error) error {
	switch {
	case err != nil:
		return y.failed(c.Key, c.Fingerprint, err)
	case c.LinkOnly:
		y.row.Unchanged++
	default:
		y.row.Written++
	}
	return y.settled(c.Key)
}

// A streak counts what went wrong in a row. Where the other system refuses or fails again and again, it is not the
// record.
type streak struct{ rejected, troubled int }

// Ongoing WMS locks out a client after a number of failed calls in a row, until one succeeds; its documentation gives
// five in ten minutes as the example. The run ends before.
const (
	maxRejected = 4
	maxTroubled = 3
)

func (s *streak) count(class errclass.Class) {
	switch class {
	case "":
		*s = streak{}
	case errclass.Rejected:
		s.rejected++
	case errclass.Transient, errclass.Defect:
		s.troubled++
	}
}

// halfOver tells that half of our patience is used up. Records that failed before leave the other half to the fresh
// ones: many that can never go through must not keep the others waiting for ever.
func (s *streak) halfOver() bool { return s.rejected*2 >= maxRejected || s.troubled*2 >= maxTroubled }

func (y *cycle[T]) logRecord(c plan.Change[T], err error) {
	switch {
	case err != nil:
		y.log.Warn("record", "key", c.Key, "action", c.Action, "class", errclass.Of(err), "reason", err.Error())
	case !c.LinkOnly:
		y.log.Info("record", "key", c.Key, "action", c.Action)
	}
}
