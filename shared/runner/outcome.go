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

// leave reports what is not carried out, because it is a dry run or the brake holds it.
func (y *cycle[T]) leave(again, fresh []plan.Change[T], refused []plan.Refusal, held error) {
	for _, r := range refused {
		y.failures[r.Key] = state.Failure{Key: r.Key, Class: errclass.Of(r.Err), Message: r.Err.Error()}
	}
	if held != nil {
		y.row.Held, y.row.Outcome, y.row.Reason = y.row.Planned, Partial, held.Error()
	}
	for _, c := range slices.Concat(again, fresh) {
		if c.LinkOnly {
			y.row.Unchanged++
		} else if y.dry {
			y.row.Changes = append(y.row.Changes, Change{Key: c.Key, Action: c.Action, Fields: append([]plan.Field{}, c.Fields...)})
		}
	}
}

func visible[T any](changes []plan.Change[T]) (n int) {
	for _, c := range changes {
		if !c.LinkOnly {
			n++
		}
	}
	return n
}

// end writes the outcome into the row.
func (y *cycle[T]) end(err error) {
	for _, f := range y.failures {
		y.row.problems = append(y.row.problems, Problem{Key: f.Key, Class: string(f.Class), Message: f.Message})
		if f.Class == errclass.Held {
			y.row.Held++
		} else {
			y.row.Failed++
		}
	}
	slices.SortFunc(y.row.problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	switch class := errclass.Of(err); {
	case errors.Is(err, state.ErrLost):
		y.row.Outcome, y.row.Reason = Busy, "this run took longer than its lease; what it had left is another run's"
	case class == errclass.Credentials, class == errclass.Settings:
		y.row.Outcome, y.row.Reason = Blocked, err.Error()
	case class == "":
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
