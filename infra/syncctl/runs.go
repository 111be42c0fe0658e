package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// which says what a run looks at.
type which struct {
	Since string   `help:"Read what has changed since then: 3d, 12h, 2026-11-01 or 2026-11-01T08:00:00Z." xor:"which"`
	Full  bool     `help:"Compare everything with what is in the other system." xor:"which"`
	Keys  []string `help:"Only these records, by id in 24SevenOffice, product number or order number." xor:"which"`
}

// event returns the event for a customer.
func (w which) event(customer string, now time.Time) (cloud.Event, error) {
	e := cloud.Event{Customers: []string{customer}, Full: w.Full, Keys: w.Keys}
	if w.Since == "" {
		return e, nil
	}
	since, err := parseSince(w.Since, now)
	e.Since = since.Format(time.RFC3339)
	return e, err
}

// parseSince reads a time in the past: a duration before now, a date, or a time.
func parseSince(since string, now time.Time) (time.Time, error) {
	t, ok := parseMoment(since, now, -1)
	switch {
	case !ok:
		return t, fmt.Errorf("%q is not a time; write it as 12h, 3d, 2026-11-01 or 2026-11-01T08:00:00Z", since)
	case t.After(now):
		return t, fmt.Errorf("%q is in the future; give a time in the past", since)
	}
	return t, nil
}

// enabledProcesses returns the one process, or those that are on, in the order in which they run.
func enabledProcesses(s *cloud.Stack, item document.Item, only naming.Process) ([]naming.Process, error) {
	if err := checkProcess(only); err != nil {
		return nil, err
	}
	customer, err := s.Decode(item)
	if err != nil {
		return nil, fmt.Errorf("customer %s is blocked: %w; correct it with: %s",
			report.IDOf(item), err, report.Correction(report.IDOf(item), s.Problems(item)))
	}
	var on []naming.Process
	for _, entry := range naming.Entries() {
		if customer.ProcessEnabled(entry.Process) && (only == "" || only == entry.Process) {
			on = append(on, entry.Process)
		}
	}
	if len(on) == 0 {
		what := "every process"
		if only != "" {
			what = "process " + string(only)
		}
		id := report.IDOf(item)
		return nil, fmt.Errorf("%s of customer %s is off; syncctl customers show %s says why", what, id, id)
	}
	return on, nil
}

// waiting shows a person how long something takes already.
func (a *app) waiting(title string, work func() error) error {
	if !a.animated {
		return work()
	}
	bar := progress.NewWriter()
	bar.SetOutputWriter(a.talk)
	bar.SetAutoStop(true)
	bar.SetUpdateFrequency(100 * time.Millisecond)
	tracker := &progress.Tracker{Message: title, RemoveOnCompletion: true}
	bar.AppendTracker(tracker)
	finished := make(chan struct{})
	go func() { bar.Render(); close(finished) }()
	err := work()
	tracker.MarkAsDone()
	<-finished
	return err
}

// showRuns prints what runs did, or a document of it.
func (a *app) showRuns(rows []report.Run, limit int) error {
	if a.JSON {
		return a.printJSON("runs", rows)
	}
	a.printRuns(rows, limit)
	return nil
}

// printRuns prints rows: a summary of each, its reason and notes, and its changes.
func (a *app) printRuns(rows []report.Run, limit int) {
	var summary []table.Row
	for _, r := range rows {
		summary = append(summary, table.Row{
			r.Process, r.Outcome, r.Read, r.Planned, r.Written, r.Unchanged, r.Skipped, r.Held, r.Failed,
		})
	}
	a.table(table.Row{
		"process", "outcome", "read", "planned", "written", "unchanged", "out of scope", "held", "failed",
	}, summary)
	said := map[string]bool{}
	for _, r := range rows {
		if r.Reason == "" && len(r.Notes)+len(r.Changes)+len(r.Explanations) == 0 || said[r.Reason] && !r.Looked() {
			continue
		}
		a.print("\n%s", report.ProcessText(withReason(rows, r)))
		if said[r.Reason] = true; r.Reason != "" && len(r.Explanations) == 0 { // of a plan, each record says its own
			for _, line := range r.Reasons() {
				a.print("  %s", report.Localized(line))
			}
		}
		for _, x := range r.Explanations {
			why := report.Decision{Reason: x.Reason, Setting: x.Setting}
			a.print("  %s: %s", x.Key, report.Localized(why.Text()))
		}
		for _, note := range r.Notes {
			said := func(x runner.Explanation) bool { return strings.Contains(note, x.Reason) }
			if slices.ContainsFunc(r.Explanations, said) {
				continue
			}
			a.print("  note: %s", report.Localized(note))
		}
		a.printPlanned(r, limit)
	}
}

// withReason returns the process of a run, or if it has looked at nothing, all that have not for the same reason.
func withReason(rows []report.Run, r report.Run) (all []naming.Process) {
	if r.Looked() {
		return []naming.Process{r.Process}
	}
	for _, o := range rows {
		if !o.Looked() && o.Reason == r.Reason {
			all = append(all, o.Process)
		}
	}
	return all
}

// printPlanned prints the changes of a dry run, a line for each field.
func (a *app) printPlanned(r report.Run, limit int) {
	shown := r.Changes[:min(len(r.Changes), limit)]
	a.printFields(r.Process, shown)
	if left := r.Planned - len(shown); r.DryRun && left > 0 {
		a.print("  and %s; --limit or --json shows them", report.More(left, "change"))
	}
}

// comesFrom is the column that says what a field comes from.
const comesFrom = "comes from"

func (a *app) printFields(process naming.Process, changes []runner.Change) {
	header := table.Row{"key", "action", "field", "is", "becomes"}
	if a.sources != nil {
		header = append(header, comesFrom)
	}
	var rows []table.Row
	for _, c := range changes {
		if len(c.Fields) == 0 {
			rows = append(rows, table.Row{c.Key, c.Action, "", "", ""})
		}
		key, action, above := c.Key, string(c.Action), ""
		for _, f := range c.Fields {
			row := table.Row{key, action, f.Field, f.Old, f.New}
			if a.sources != nil {
				source := a.sources(process, f.Field)
				said := source
				if said == above && said != "" {
					said = "〃"
				}
				row, above = append(row, said), source
			}
			rows = append(rows, row)
			key, action = "", ""
		}
	}
	a.table(header, rows)
}

type runCommand struct {
	onCustomer
	asking
	Process naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
	Keys    []string       `help:"Only these records of the process, by id, product number or order number."`
	Reason  string         `help:"Why; syncctl history shows it."`
	Limit   int            `help:"Changes to print for each process." default:"20"`
}

// Run runs processes for a customer, due or not.
func (c runCommand) Run(ctx context.Context, a *app) error {
	action := cloud.Action{What: "run", Reason: c.Reason}
	return a.runAfterPreview(ctx, c.Customer, c.Process, which{Keys: c.Keys}, c.Limit, c.Yes, action)
}

type resyncCommand struct {
	onCustomer
	asking
	Process naming.Process `arg:"" help:"The process." predictor:"process"`
	which
	Reason string `help:"Why; syncctl history shows it."`
	Limit  int    `help:"Changes to print for each process." default:"20"`
}

// Run reads records again. With --since and --keys the stored cursor stays where it is.
func (c resyncCommand) Run(ctx context.Context, a *app) error {
	if c.Since == "" && !c.Full && len(c.Keys) == 0 {
		return fmt.Errorf("say what to read again: --since, --full or --keys")
	}
	action := cloud.Action{What: "resync", Reason: c.Reason}
	return a.runAfterPreview(ctx, c.Customer, c.Process, c.which, c.Limit, c.Yes, action)
}

// runAfterPreview shows what a run would do, asks, and runs it.
func (a *app) runAfterPreview(
	ctx context.Context, id string, process naming.Process, w which, limit int, yes bool, action cloud.Action,
) error {
	s, item, err := a.openCustomer(ctx, id)
	if err != nil {
		return err
	}
	processes, err := enabledProcesses(s, item, process)
	if err != nil {
		return err
	}
	event, err := w.event(id, s.Now())
	if err != nil {
		return err
	}
	if err := resolve(ctx, a.reader(s), processes, &event); err != nil {
		return err
	}
	dry := event
	dry.DryRun = true
	planned, err := a.reader(s).Invoke(ctx, processes, dry)
	if err != nil {
		return err
	}
	if !a.JSON {
		a.printRuns(planned, limit)
		if customer, err := s.Decode(item); err == nil {
			a.printFollows(report.Follows(customer, planned))
		}
	}
	writes, missed := 0, false
	for _, r := range planned {
		writes += r.Planned
		if looked := r.Outcome == runner.OK || r.Outcome == runner.Partial; looked && r.Read < len(event.Keys) {
			missed = true
			a.say("%d of %s found; %s", r.Read, report.Count(len(event.Keys), "record"), report.KeyText(r.Process))
			if r.Read == 0 {
				return errSomething
			}
		}
	}
	if document.String(item, "mode") == "preview" {
		a.say("customer %s is in preview: the run will be a dry run, too", id)
	}
	err = a.confirm(yes, "run %s for customer %s, with %s?",
		report.ProcessText(processes), id, report.Count(writes, "write"))
	if err != nil {
		return err
	}
	action.Detail = describeEvent(processes, event)
	a.note(ctx, s, id, action)
	rows, err := a.reader(s).Invoke(ctx, processes, event)
	if err != nil {
		return err
	}
	if err := a.showRuns(rows, limit); err != nil {
		return err
	}
	if missed || slices.ContainsFunc(rows, report.Run.NeedsLook) {
		return errSomething
	}
	return nil
}

// resolve replaces the records that a person has named by the keys of the one process that is asked.
func resolve(ctx context.Context, r report.Reader, processes []naming.Process, event *cloud.Event) (err error) {
	if len(event.Keys) > 0 && len(processes) != 1 {
		return fmt.Errorf("--keys needs a process, which says what they are: %s", report.ProcessText(processes))
	}
	if len(event.Keys) > 0 {
		event.Keys, err = r.Keys(ctx, event.Customers[0], processes[0], event.Keys)
	}
	return err
}

func describeEvent(processes []naming.Process, e cloud.Event) string {
	what := report.ProcessText(processes)
	switch {
	case e.Full:
		what += ", full"
	case e.Since != "":
		what += ", since " + e.Since
	case len(e.Keys) > 0:
		what += ", keys " + report.ShortList(e.Keys, 20)
	}
	return what
}
