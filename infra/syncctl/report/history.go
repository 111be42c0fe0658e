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
	Source Source    `json:"source"`
}

// A Source says how an event is known, and how far that can be relied on.
type Source string

// The sources.
const (
	// FromRun: the function has written a record of its run. Runs of the last 30 days have one, unless nothing
	// happened.
	FromRun Source = "run"
	// FromSyncctl: syncctl has noted it right after it did it. An invocation is noted before it, because it can take
	// long.
	FromSyncctl Source = "syncctl"
	// Noticed: the settings are not those that syncctl has written last. Who changed what, and how often, is not known;
	// CloudTrail can record it.
	Noticed Source = "noticed"
)

// A HistoryFilter chooses events.
type HistoryFilter struct {
	Customer string
	// Process chooses its runs only, and Actions only what people did.
	Process naming.Process
	Actions bool
	// Most is how many events are returned.
	Most int
}

// History returns runs, what people did with syncctl, and that the settings were changed without it;
// newest first.
func (r Reader) History(ctx context.Context, f HistoryFilter) ([]Event, error) {
	events := []Event{}
	if f.Process == "" {
		actions, err := r.Stack.Actions(ctx, f.Customer, max(f.Most, mostActions))
		if err != nil {
			return nil, err
		}
		for _, did := range actions {
			events = append(events, Event{did.At, did.By, did.What, ActionText(did), FromSyncctl})
		}
		if events, err = r.addNoticed(ctx, events, f.Customer, actions); err != nil {
			return nil, err
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

// addNoticed adds that the settings are not those that syncctl has written last, if that is so. actions are newest
// first.
func (r Reader) addNoticed(
	ctx context.Context, events []Event, customer string, actions []cloud.Action,
) ([]Event, error) {
	i := slices.IndexFunc(actions, func(a cloud.Action) bool { return a.Settings != "" })
	item, err := r.Stack.SettingsOf(ctx, customer)
	if err != nil || i < 0 || item == nil || cloud.Fingerprint(item) == actions[i].Settings {
		return events, err
	}
	marks, err := r.Stack.Marks(ctx, customer)
	if err != nil {
		return events, err
	}
	at := r.Stack.Now() // or when the first run has seen it
	for _, m := range marks {
		if m.InputsAt.After(actions[i].At) && m.InputsAt.Before(at) {
			at = m.InputsAt
		}
	}
	return append(events, Event{
		At: at, Who: "unknown", What: "settings", Source: Noticed,
		Detail: "the settings are not those that syncctl wrote at " + At(actions[i].At) +
			"; somebody has changed them since without it",
	}), nil
}

func runEvent(process naming.Process, run runner.RunRecord) Event {
	e := Event{At: run.StartedAt, Who: string(process), What: string(run.Outcome), Source: FromRun}
	e.Detail = fmt.Sprintf("read %d, written %d, held %d, failed %d", run.Read, run.Written, run.Held, run.Failed)
	if run.Verified > 0 {
		e.Detail += fmt.Sprintf(", compared all %d, of which %d differed unannounced", run.Verified, run.Drift)
	}
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
