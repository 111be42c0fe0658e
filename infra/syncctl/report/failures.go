package report

import (
	"context"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
)

// A Failure is a record that was refused or is held, with its customer.
type Failure struct {
	Customer string `json:"customerId"`
	cloud.Failure
	// TriedAt is the tick at which it is tried again unless it changes before: that of the first run after its pause,
	// NextAt. Zero: a person has dismissed it, or the process is off.
	TriedAt time.Time `json:"triedAt,omitzero"`
}

// A Filter chooses failures. Its zero value chooses all that nobody has dismissed.
type Filter struct {
	Customer string
	Process  naming.Process
	Class    string
	Keys     []string
	// Contains is a part of the message.
	Contains string
	// Before, if not zero, is a time before which the record failed first.
	Before time.Time
	// Dismissed are those to choose.
	Dismissed Dismissed
}

// Dismissed says what to do with dismissed failures.
type Dismissed int

// The choices.
const (
	WithoutDismissed Dismissed = iota
	OnlyDismissed
	WithDismissed
)

func (f Filter) chooses(failure cloud.Failure) bool {
	return (f.Process == "" || failure.Process == f.Process) &&
		(f.Class == "" || failure.Class == f.Class) &&
		(len(f.Keys) == 0 || slices.Contains(f.Keys, failure.Key)) &&
		strings.Contains(failure.Message, f.Contains) &&
		(f.Before.IsZero() || failure.FirstAt.Before(f.Before)) &&
		(f.Dismissed == WithDismissed || failure.Dismissed() == (f.Dismissed == OnlyDismissed))
}

// Dismissal returns what a person did when they dismissed a failure. It reports false if that is not known.
func (r Reader) Dismissal(ctx context.Context, f Failure) (a cloud.Action, known bool, err error) {
	actions, err := r.dismissals(ctx, f.Customer)
	if err != nil {
		return a, false, err
	}
	a, known = newestDismissal(actions, f.Failure)
	return a, known, nil
}

// mostActions is how many of the newest actions are searched.
const mostActions = 1000

func (r Reader) dismissals(ctx context.Context, customer string) ([]cloud.Action, error) {
	actions, err := r.Stack.Actions(ctx, customer, mostActions)
	return slices.DeleteFunc(actions, func(a cloud.Action) bool { return a.What != "dismiss" }), err
}

// newestDismissal returns the newest of the dismissals, which are newest first, that is about a failure.
func newestDismissal(dismissals []cloud.Action, f cloud.Failure) (cloud.Action, bool) {
	i := slices.IndexFunc(dismissals, func(a cloud.Action) bool {
		return a.Process == f.Process && slices.Contains(a.Keys, f.Key)
	})
	if i < 0 {
		return cloud.Action{}, false
	}
	return dismissals[i], true
}

// DismissalText says when, by whom and why a failure was dismissed.
func DismissalText(now time.Time, f cloud.Failure, a cloud.Action, known bool) string {
	said := Age(now, f.DismissedAt) + " ago"
	if known {
		said += " by " + a.By + ": " + a.Reason
	}
	return said
}

// Failures returns the failures that the filter chooses, newest first.
func (r Reader) Failures(ctx context.Context, f Filter) ([]Failure, error) {
	ids, err := r.ids(ctx, f.Customer)
	if err != nil {
		return nil, err
	}
	all, err := together(ctx, ids, r.Stack.Failures)
	if err != nil {
		return nil, err
	}
	found := []Failure{}
	for i, id := range ids {
		chosen := slices.DeleteFunc(all[i], func(failure cloud.Failure) bool { return !f.chooses(failure) })
		if len(chosen) == 0 {
			continue
		}
		withTicks, err := r.withTicks(ctx, id, chosen)
		if err != nil {
			return nil, err
		}
		found = append(found, withTicks...)
	}
	slices.SortStableFunc(found, func(a, b Failure) int { return b.FirstAt.Compare(a.FirstAt) })
	return found, nil
}

// NamedFailures is Failures with keys as people know them, see Keys, and returns those that have no failure.
func (r Reader) NamedFailures(ctx context.Context, f Filter) (found []Failure, missed []string, err error) {
	names := f.Keys
	if found, err = r.Failures(ctx, f); err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		has, err := r.addNamed(ctx, &found, f, name)
		if err != nil {
			return nil, nil, err
		}
		if !has {
			missed = append(missed, name)
		}
	}
	return found, missed, nil
}

// addNamed adds the failures of the record that a name means, unless they are found already by it as a key.
func (r Reader) addNamed(ctx context.Context, found *[]Failure, f Filter, name string) (bool, error) {
	has := func(f Failure) bool { return f.Key == name }
	if slices.ContainsFunc(*found, has) || f.Customer == "" {
		return slices.ContainsFunc(*found, has), nil
	}
	any := false
	for _, entry := range naming.Entries() {
		if f.Process != "" && f.Process != entry.Process {
			continue
		}
		keys, err := r.Keys(ctx, f.Customer, entry.Process, []string{name})
		if err != nil {
			continue // it is no record of this process
		}
		of := f
		of.Process, of.Keys = entry.Process, keys
		more, err := r.Failures(ctx, of)
		if err != nil {
			return false, err
		}
		*found, any = append(*found, more...), any || len(more) > 0
	}
	return any, nil
}

// withTicks adds to failures of a customer at which tick each is tried again.
func (r Reader) withTicks(ctx context.Context, id string, failures []cloud.Failure) ([]Failure, error) {
	item, err := r.Stack.SettingsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	marks, err := r.Stack.Marks(ctx, id)
	if err != nil {
		return nil, err
	}
	customer, wrong := r.Stack.Decode(item)
	var all []Failure
	for _, f := range failures {
		x := Failure{Customer: id, Failure: f}
		if wrong == nil && customer.ProcessEnabled(f.Process) && !f.Dismissed() {
			x.TriedAt = nextAttempt(f, marks[f.Process], customer.Interval, r.Stack.Now())
		}
		all = append(all, x)
	}
	return all, nil
}
