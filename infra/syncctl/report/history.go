package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// An Event is a run, or something that a person did.
type Event struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Detail string    `json:"detail"`
}

// A HistoryFilter chooses events.
type HistoryFilter struct {
	Customer string
	// Process chooses its runs only, and Actions only what people did.
	Process naming.Process
	Actions bool
	// Most is how many events are returned.
	Most int
}

// History returns runs and actions, newest first. Changes that were made without syncctl are not in it.
func (r Reader) History(ctx context.Context, f HistoryFilter) ([]Event, error) {
	events := []Event{}
	if f.Process == "" {
		actions, err := r.Stack.Actions(ctx, f.Customer, f.Most)
		if err != nil {
			return nil, err
		}
		for _, did := range actions {
			events = append(events, Event{At: did.At, Who: did.By, What: did.What, Detail: ActionText(did)})
		}
	}
	for _, entry := range naming.Entries() {
		if f.Actions || f.Process != "" && f.Process != entry.Process {
			continue
		}
		runs, err := r.Stack.Runs(ctx, f.Customer, entry.Process, f.Most)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			events = append(events, runEvent(entry.Process, run))
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return b.At.Compare(a.At) })
	return events[:min(len(events), f.Most)], nil
}

func runEvent(process naming.Process, run runner.RunRecord) Event {
	e := Event{At: run.StartedAt, Who: string(process), What: string(run.Outcome)}
	e.Detail = fmt.Sprintf("read %d, written %d, held %d, failed %d", run.Read, run.Written, run.Held, run.Failed)
	if run.Reason != "" {
		e.Detail += ": " + run.Reason
	}
	if run.DryRun {
		e.What += " (dry run)"
	}
	return e
}

// ActionText says why something was done, and to what.
func ActionText(a cloud.Action) string {
	var parts []string
	for _, part := range []string{a.Reason, a.Detail} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	for _, c := range a.Change {
		parts = append(parts, fmt.Sprintf("%s: %s → %s", c.Path, ValueText(c.Path, c.Old), ValueText(c.Path, c.New)))
	}
	return strings.Join(parts, "; ")
}
