package runner

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// Once a day, after a run has settled what has changed, the process compares everything with the other system. What it
// then has to write differs although neither vendor's list of changes named it: this is drift. It is written, as in a
// full run, and counted. Each customer and process has its own time of the day, so that the work is spread.

// VerifyEvery is less than a day, so that every record is compared once a day although runs start at ticks.
const VerifyEvery = 23 * time.Hour

// verifyAgain is the time to the next attempt after one that did not finish.
const verifyAgain = 3 * time.Hour

// firstVerification is when a process compares everything for the first time after it has read everything.
func (r *customerRun[T]) firstVerification() time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.customer.ID + " " + string(r.Process)))
	share := r.VerifyEvery * time.Duration(h.Sum32()%1000) / 1000
	return r.Now().UTC().Add(share)
}

// verifyDue reports whether everything is to be compared now: in a scheduled run that has done its work, if enough time
// is left, and enough calls in this month.
func (r *customerRun[T]) verifyDue(stored state.Cursor) bool {
	now := r.Now()
	half := r.budget.start.Add(r.budget.stop.Sub(r.budget.start) / 2)
	return r.VerifyEvery > 0 && r.event.Customers == nil && !r.dryRun && !r.row.cutShort && !stored.Since.IsZero() &&
		!stored.VerifyAt.IsZero() && !now.Before(stored.VerifyAt) && now.Before(half) && !r.lease.Mark().Month.Near(now)
}

// verify compares everything if it is time. It moves only the cursor's times of verification. A vendor's trouble ends
// the verification and not the run, which has done its work, unless it concerns the next run as well.
//
// After a crash the next run does it again.
func (r *customerRun[T]) verify(ctx context.Context, process Process[T], stored state.Cursor) error {
	if !r.verifyDue(stored) {
		return nil
	}
	r.quiet = false
	if err := r.claim(ctx); err != nil {
		return err
	}
	began, next := r.Now().UTC(), stored
	next.VerifyAt = began.Add(verifyAgain)
	complete, err := r.compareAll(ctx, process, stored)
	if complete {
		next.VerifiedAt, next.VerifyAt = began, began.Add(r.VerifyEvery)
	}
	if moved := r.moveCursor(ctx, stored, next); moved != nil {
		err = errors.Join(err, moved)
	}
	switch errclass.Of(err) {
	case errclass.Transient, errclass.Rejected, errclass.Defect:
		r.row.addNote("not everything could be compared; this is tried again later: " + err.Error())
		return nil
	default:
		return err
	}
}

// compareAll plans as a full run does, and makes the changes. It reports whether it has compared everything.
func (r *customerRun[T]) compareAll(ctx context.Context, process Process[T], c state.Cursor) (bool, error) {
	request := r.planRequest(c, nil)
	request.Verify, request.Since = true, time.Time{}
	r.measures = false
	// What differs because of new settings is no drift.
	explained := c.VerifiedAt.Before(r.inputsAt) && !c.VerifiedAt.IsZero()
	p, err := process.Plan(ctx, request)
	for {
		if err != nil {
			return false, err
		}
		r.row.Verified += p.Read
		r.addNotes(p.Notes)
		if !explained {
			r.countDrift(p.Changes)
		}
		if complete, err := r.settlePart(ctx, process, p); err != nil || !complete {
			return false, err
		}
		if p.Next == nil || r.budget.stopped(r.Now()) {
			return !p.Partial, nil
		}
		p, err = p.Next(ctx)
	}
}

// countDrift counts the changes of records without a failure record: those with one were to be tried anyway. It counts
// what a policy holds, too: that differs as well.
func (r *customerRun[T]) countDrift(changes []plan.Change[T]) {
	const shown = 20
	var keys []string
	for _, c := range changes {
		if _, failed := r.failures[c.Key]; failed || c.LinkOnly || r.isDismissed(c.Key, c.Fingerprint) {
			continue
		}
		keys = append(keys, c.Key)
	}
	if len(keys) == 0 {
		return
	}
	r.row.Drift += len(keys)
	slices.Sort(keys)
	more := ""
	if len(keys) > shown {
		more = fmt.Sprintf(" and %d more", len(keys)-shown)
	}
	r.row.addNote("the daily comparison of everything found records that differ although no change was announced: " +
		strings.Join(keys[:min(shown, len(keys))], ", ") + more)
	r.log.Warn("drift", "records", len(keys), "keys", strings.Join(keys[:min(shown, len(keys))], ","))
}
