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
		for _, failure := range all[i] {
			if f.chooses(failure) {
				found = append(found, Failure{id, failure})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Failure) int { return b.FirstAt.Compare(a.FirstAt) })
	return found, nil
}
