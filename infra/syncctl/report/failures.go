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
