package runner

import (
	"context"
	"slices"
	"strings"

	"ongoing24so/shared/errclass"
)

// A Check is one thing that a process needs of a vendor, proved by a call that changes nothing.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Detail says what is missing, and what would be right.
	Detail string `json:"detail,omitempty"`
}

// A Finding is something that a vendor's system has: what a setting can name, such as a status of orders, or how many
// articles or open orders there are.
type Finding struct {
	Kind string `json:"kind"`
	// ID is how settings name it, or how many there are.
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Note says what the settings do with it.
	Note string `json:"note,omitempty"`
}

// A Checker is a process that can check its rights.
type Checker interface {
	// Check makes one call for each right that the process needs with the customer's settings. No call changes
	// anything.
	Check(ctx context.Context) ([]Check, []Finding)
}

// check fills the row with the process's checks. A right that is missing blocks the customer.
func (r *customerRun[T]) check(ctx context.Context, process Process[T]) error {
	checker, ok := process.(Checker)
	if !ok {
		return nil
	}
	r.row.Checks, r.row.Found = checker.Check(ctx)
	var missing []string
	for _, c := range r.row.Checks {
		if !c.OK {
			missing = append(missing, c.Name+": "+c.Detail)
		}
	}
	if missing == nil {
		return nil
	}
	return errclass.New(errclass.Settings, "", "%s", strings.Join(missing, "; "))
}

// A Fact is what a system says of a record.
type Fact struct {
	// Where is the system: 24SevenOffice, Ongoing WMS, or state for the state table.
	Where string `json:"where"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The places of facts.
const (
	InOffice24 = "24SevenOffice"
	InOngoing  = "Ongoing WMS"
	InState    = "state"
)

// An Explanation says how a record is in both systems, and what the next run does with it and why.
type Explanation struct {
	Key string `json:"key"`
	// Verdict is one of the Verdict constants, and Reason says why in words.
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	// Setting is the setting that decided, empty if none did.
	Setting string `json:"setting,omitempty"`
	Facts   []Fact `json:"facts"`
}

// The verdicts of explanations.
const (
	VerdictDue       = "due"       // the next run writes it
	VerdictHeld      = "held"      // it waits for a person
	VerdictFailed    = "failed"    // it was refused or failed, and is tried again
	VerdictSettled   = "settled"   // it is as it should be
	VerdictLeftAlone = "leftalone" // a rule leaves it alone
	VerdictUnknown   = "unknown"   // it was not found, or not reached
)

// An Explainer is a process that can say how a record is in both systems.
type Explainer interface {
	// Facts reads a record in both systems and the state table. It contains no personal data. What cannot be read is
	// left out or is a fact of its own: it returns no error.
	Facts(ctx context.Context, key string) []Fact
}

// explain fills the row with an explanation of each record that the event names, from what a dry run has found.
func (r *customerRun[T]) explain(ctx context.Context, process Process[T]) {
	explainer, _ := process.(Explainer)
	for _, key := range r.event.Keys {
		e := r.explanation(key)
		if explainer != nil {
			e.Facts = append(e.Facts, explainer.Facts(ctx, key)...)
		}
		r.row.Explanations = append(r.row.Explanations, e)
	}
}

// explainPlan fills the row with an explanation of each record of the event's plan that was not written: that nothing
// is left to do, that its change is another one by now, or what was refused. It reads nothing.
func (r *customerRun[T]) explainPlan() {
	for _, key := range r.event.Keys {
		if left, tried := r.left[key]; left || !tried {
			r.row.Explanations = append(r.row.Explanations, r.explanation(key))
		}
	}
	r.row.Explanations, _ = cutToSize(r.row.Explanations, 0, maxExplanationsSize)
}

func (r *customerRun[T]) explanation(key string) Explanation {
	e := Explanation{Key: key, Facts: []Fact{}}
	why, decided := r.whys[key]
	f, failed := r.failures[key]
	var change *Change
	for i := range r.row.Changes {
		if r.row.Changes[i].Key == key {
			change = &r.row.Changes[i]
		}
	}
	switch {
	case failed && f.Class == errclass.Held:
		e.Verdict, e.Reason = VerdictHeld, f.Message
	case failed && f.Message != "" && change == nil:
		e.Verdict, e.Reason = VerdictFailed, f.Message
	case change != nil:
		e.Verdict, e.Reason = VerdictDue, "the next run writes it ("+string(change.Action)+")"
	case r.left[key]:
		e.Verdict, e.Reason = VerdictDue, "this run did not get to it; name it again"
	case decided && why.Missing:
		e.Verdict, e.Reason = VerdictUnknown, why.Reason+"; check the key"
	case decided:
		e.Verdict, e.Reason, e.Setting = VerdictLeftAlone, why.Reason, why.Setting
	case r.isUnmentioned(key) && r.row.cutShort:
		e.Verdict, e.Reason = VerdictUnknown, "it was not reached in this run; name it again"
	case r.isUnmentioned(key):
		e.Verdict, e.Reason = VerdictUnknown, "it was not found; check the key"
	default:
		e.Verdict, e.Reason = VerdictSettled, "it is as it should be in both systems"
	}
	if f, dismissed := r.aside[key]; dismissed && !f.DismissedAt.IsZero() {
		e.Reason += "; a person has dismissed it at " + f.DismissedAt.UTC().Format("2006-01-02 15:04 MST")
	}
	return e
}

func (r *customerRun[T]) isUnmentioned(key string) bool {
	return slices.Contains(r.unmentioned, key)
}
