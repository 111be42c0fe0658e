package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// reportUnapplied reports a plan that is not applied because the run is a dry run or, if stop is not nil, because the
// brake stopped it. The records of a stopped plan are held.
func (r *customerRun[T]) reportUnapplied(retries, fresh []plan.Change[T], refused []plan.Refusal, stop error) {
	for _, refusal := range refused {
		r.failures[refusal.Key] = state.Failure{
			Key:     refusal.Key,
			Class:   errclass.Of(refusal.Err),
			Message: refusal.Err.Error(),
		}
		if refusal.Action != "" && r.dryRun {
			r.showChange(refusal.Key, refusal.Action, refusal.Fields)
		}
	}
	if stop != nil {
		r.row.Held, r.row.Outcome, r.row.Reason = r.row.Planned, Partial, stop.Error()
	}
	for _, c := range slices.Concat(retries, fresh) {
		if c.LinkOnly {
			r.row.Unchanged++
		} else if r.dryRun {
			r.showChange(c.Key, c.Action, c.Fields)
		}
	}
}

func (r *customerRun[T]) showChange(key string, action plan.Action, fields []plan.Field) {
	fields = append([]plan.Field{}, fields...) // a list in JSON, even if it is empty
	r.row.Changes = append(r.row.Changes, Change{Key: key, Action: action, Fields: fields})
}

// countHeld counts the changes that a rule holds.
func countHeld(refused []plan.Refusal) (n int) {
	for _, refusal := range refused {
		if refusal.Action != "" {
			n++
		}
	}
	return n
}

// countWrites counts the changes that write to a vendor's system.
func countWrites[T any](changes []plan.Change[T]) (n int) {
	for _, c := range changes {
		if !c.LinkOnly {
			n++
		}
	}
	return n
}

// setOutcome sets the row's outcome, reason and problems after the run ended with err.
func (r *customerRun[T]) setOutcome(err error) {
	for _, f := range r.failures {
		r.row.problems = append(r.row.problems, Problem{Key: f.Key, Class: string(f.Class), Message: f.Message})
		if f.Class == errclass.Held {
			r.row.Held++
		} else {
			r.row.Failed++
		}
	}
	slices.SortFunc(r.row.problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	switch class := errclass.Of(err); {
	case errors.Is(err, state.ErrBusy):
		r.row.Outcome, r.row.Reason = Busy, "another run of this process is working for this customer"
	case errors.Is(err, state.ErrLost):
		r.row.Outcome, r.row.Reason = Busy, "this run took longer than its lease; another run does the rest"
	case class == errclass.Credentials, class == errclass.Settings:
		r.row.Outcome, r.row.Reason = Blocked, err.Error()
	case class == "":
		if r.row.cutShort || r.row.Failed+r.row.Held > 0 {
			r.row.Outcome, r.row.Reason = Partial, r.partialReason()
		}
	default:
		r.row.Outcome, r.row.Reason = Failed, err.Error()
	}
}

// partialReason says briefly what was not written, and why, for the first few records.
func (r *customerRun[T]) partialReason() string {
	const shown = 3
	var parts []string
	if r.row.Reason != "" {
		parts = append(parts, r.row.Reason)
	}
	if r.row.cutShort {
		parts = append(parts, "some records were not processed; they are first in line next time")
	}
	for i, p := range r.row.problems {
		if i == shown {
			parts = append(parts, fmt.Sprintf("and %d more", len(r.row.problems)-shown))
			break
		}
		parts = append(parts, p.Key+": "+p.Message)
	}
	return strings.Join(parts, "; ")
}
