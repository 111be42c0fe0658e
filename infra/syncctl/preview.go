package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/english"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

type previewCommand struct {
	onCustomer
	Process naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
	which
	With    []string `help:"Show what a setting would do: stock.quantity=sellable." sep:"none" predictor:"setting"`
	Without []string `help:"Show what it would do to remove a setting." predictor:"setting"`
	Plan    string   `help:"Keep the changes in this file, for syncctl apply." type:"path" predictor:"file"`
	Limit   int      `help:"Changes to print for each process; --json has all." default:"20"`
}

// Run shows what runs would write.
func (c previewCommand) Run(ctx context.Context, a *app) error {
	s, item, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	event, err := c.event(c.Customer, s.Now())
	if err != nil {
		return err
	}
	changed, err := c.override(item)
	if err != nil {
		return err
	}
	if changes := document.Diff(item, changed); len(changes) > 0 {
		event.Settings = overrides(changed, changes)
	}
	processes, err := concerned(s, item, changed, c.Process)
	if err != nil {
		return err
	}
	event.DryRun = true
	if err := resolve(ctx, a.reader(s), processes, &event); err != nil {
		return err
	}
	p, err := a.reader(s).Preview(ctx, processes, event)
	if err != nil {
		return err
	}
	customer, err := s.Decode(changed)
	if err != nil {
		return err
	}
	if p.NeedsLook() {
		p.Follows = report.Follows(customer, p.Runs)
		a.showSources(customer)
	}
	if err := c.keep(a.reader(s), p, event); err != nil {
		return err
	}
	if a.JSON {
		err = a.printJSON("preview", p.WithSources(customer))
	} else {
		a.printPreview(p, c.Limit)
	}
	switch {
	case err != nil:
		return err
	case c.Plan != "" && !slices.ContainsFunc(p.Runs, func(r report.Run) bool { return len(r.Changes) > 0 }):
		a.say("the plan has no change")
	case c.Plan != "":
		a.say("to do exactly this: %ssyncctl apply %s", settingsFirst(c.Customer, c.With, c.Without), c.Plan)
	}
	switch {
	case p.NeedsLook():
		return errSomething
	case len(p.Effects) == 0:
		a.say("a run would write nothing")
	}
	return nil
}

// settingsFirst are the commands that make the settings of a plan the customer's; "" if they are.
func settingsFirst(customer string, with, without []string) (commands string) {
	if len(with) > 0 {
		commands += "syncctl customers set " + customer
		for _, assignment := range with {
			commands += " " + shellWord(assignment)
		}
		commands += "; "
	}
	if len(without) > 0 {
		commands += "syncctl customers unset " + customer + " " + strings.Join(without, " ") + "; "
	}
	return commands
}

// shellWord quotes what a shell would not take as one word.
func shellWord(s string) string {
	if strings.ContainsAny(s, " \t\"'\\$`*?[]{}()<>|&;#~!") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// override returns the settings as the options change them.
func (c previewCommand) override(item document.Item) (changed document.Item, err error) {
	changed = item
	for _, assignment := range c.With {
		if changed, err = assign(changed, assignment); err != nil {
			return nil, err
		}
	}
	for _, path := range c.Without {
		if document.Get(item, path) == nil {
			return nil, fmt.Errorf("--without %s: the customer does not have this setting", path)
		}
		changed = document.Unset(changed, path)
	}
	return changed, nil
}

// overrides returns changed settings in the form of an event: values in JSON by path.
func overrides(changed document.Item, changes []document.Change) map[string]any {
	values := map[string]any{}
	for _, change := range changes {
		if v := document.Get(changed, change.Path); v == nil {
			values[change.Path] = nil
		} else {
			values[change.Path] = dynamoattr.Plain(v)
		}
	}
	return values
}

// concerned returns the processes that are on before or after a change of the settings.
func concerned(s *cloud.Stack, from, to document.Item, only naming.Process) ([]naming.Process, error) {
	before, err := enabledProcesses(s, from, only)
	after, errAfter := enabledProcesses(s, to, only)
	switch {
	case errAfter != nil && err != nil:
		return nil, err
	case document.Equal(from, to):
		return before, nil
	}
	if _, err := s.Decode(to); err != nil {
		return nil, fmt.Errorf("these settings would block the customer: %w", err)
	}
	var all []naming.Process
	for _, entry := range naming.Entries() {
		if slices.Contains(before, entry.Process) || slices.Contains(after, entry.Process) {
			all = append(all, entry.Process)
		}
	}
	return all, nil
}

// keep writes the plan to the file that the option names.
func (c previewCommand) keep(r report.Reader, p report.Preview, event cloud.Event) error {
	if c.Plan == "" {
		return nil
	}
	plan, err := r.Plan(p, event)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(report.Document("plan", plan), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.Plan, append(text, '\n'), 0o600)
}

// printFollows prints what other processes do after runs.
func (a *app) printFollows(follows []string) {
	if len(follows) > 0 {
		a.print("\nwhat follows\n  %s", strings.Join(follows, "\n  "))
	}
}

func (a *app) printPreview(p report.Preview, limit int) {
	defer a.printFollows(p.Follows)
	if len(p.Effects) == 0 {
		a.printRuns(p.Runs, limit)
		return
	}
	a.print("with %s:", settingsText(p.Settings))
	a.printUnlooked(p.Effects)
	for _, e := range p.Effects {
		if !e.Looked() {
			continue
		}
		if e.Same() {
			a.print("\n%s: nothing is different", e.Process)
			continue
		}
		a.print("\n%s: %s the plan, %s it, %s", e.Process, verb(len(e.Enters), "enters", "enter"),
			verb(len(e.Leaves), "leaves", "leave"),
			verb(len(e.Differs), "is written otherwise", "are written otherwise"))
		for _, n := range []struct {
			what          string
			before, after int
		}{
			{"records read", e.Before.Read, e.After.Read}, {"unchanged", e.Before.Unchanged, e.After.Unchanged},
			{"out of scope", e.Before.Skipped, e.After.Skipped},
		} {
			if n.before != n.after {
				a.print("  %-14s %d → %d", n.what, n.before, n.after)
			}
		}
		if e.Before.Outcome != e.After.Outcome {
			a.print("  %-14s %s → %s %s", "outcome", e.Before.Outcome, e.After.Outcome,
				report.Localized(e.After.Reason))
		}
		for _, p := range e.Stops {
			a.print("  would be %s: %s: %s", p.Class, p.Key, report.Localized(p.Message))
		}
		for _, p := range e.Frees {
			a.print("  no longer %s: %s: %s", p.Class, p.Key, report.Localized(p.Message))
		}
		for _, list := range []struct {
			what    string
			changes []runner.Change
		}{{"enters", e.Enters}, {"leaves", e.Leaves}, {"written otherwise", e.Differs}} {
			if len(list.changes) > 0 {
				a.print("  %s:", list.what)
				a.printFields(e.Process, list.changes[:min(len(list.changes), limit)])
			}
			if left := len(list.changes) - limit; left > 0 {
				a.print("  and %s; --limit or --json shows them", report.More(left, "change"))
			}
		}
	}
}

// printUnlooked says of which processes nothing is known, and why: those with the same reason together.
func (a *app) printUnlooked(effects []report.Effect) {
	var reasons []string
	of := map[string][]naming.Process{}
	for _, e := range effects {
		run := e.After // the reason counts that is there with the settings
		if run.Looked() {
			run = e.Before
		}
		if e.Looked() {
			continue
		}
		said := fmt.Sprintf("%s: %s", run.Outcome, strings.Join(run.Reasons(), "; "))
		if e.After.Looked() {
			said = "only without these settings " + said
		} else if e.Before.Looked() {
			said = "only with these settings " + said
		}
		if of[said] == nil {
			reasons = append(reasons, said)
		}
		of[said] = append(of[said], e.Process)
	}
	for _, said := range reasons {
		a.print("\n%s: not known what would be different; %s",
			report.ProcessText(of[said]), report.Localized(said))
	}
}

// verb says what so many records do.
func verb(n int, one, many string) string {
	return report.Count(n, "record") + " " + english.Choose(n, one, many)
}

func settingsText(values map[string]any) string {
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(values)) {
		text, err := json.Marshal(values[path])
		if err != nil || values[path] == nil {
			text = []byte(report.ValueText(path, ""))
		}
		parts = append(parts, path+" = "+string(text))
	}
	return strings.Join(parts, ", ")
}

type applyCommand struct {
	asking
	File   string `arg:"" help:"A file of syncctl preview --plan." type:"existingfile" predictor:"file"`
	Reason string `help:"Why; syncctl history shows it."`
	Limit  int    `help:"Changes to print for each process." default:"20"`
}

// Run makes exactly the changes of a plan. The functions refuse those that are other ones by now.
func (c applyCommand) Run(ctx context.Context, a *app) error {
	plan, err := readPlan(c.File)
	if err != nil {
		return err
	}
	s, item, err := a.openCustomer(ctx, plan.Customer)
	if err != nil {
		return err
	}
	if err := checkPlan(s, item, plan); err != nil {
		return err
	}
	if plan.Count() == 0 {
		a.say("the plan has no change")
		return nil
	}
	var names []string
	for _, run := range plan.Processes {
		if !a.JSON {
			a.print("%s", run.Process)
			a.printFields(run.Process, run.Changes[:min(len(run.Changes), c.Limit)])
		}
		names = append(names, fmt.Sprintf("%s of %s", report.Count(len(run.Changes), "change"), run.Process))
	}
	a.say("planned %s ago: %s", report.Age(s.Now(), plan.At), strings.Join(names, ", "))
	err = a.confirm(c.Yes, "make %s for customer %s?", report.Count(plan.Count(), "change"), plan.Customer)
	if err != nil {
		return err
	}
	action := cloud.Action{What: "apply", Reason: c.Reason}
	rows, err := a.carryOut(ctx, s, plan.Customer, plan.Processes, action)
	if err != nil {
		return err
	}
	if err := a.showRuns(rows, c.Limit); err != nil {
		return err
	}
	written, settled := outcome(rows)
	said := fmt.Sprintf("%d of %s made", written, report.Count(plan.Count(), "change"))
	if settled > 0 {
		said += fmt.Sprintf("; %s as planned already", verb(settled, "is", "are"))
	}
	a.say("%s", said)
	if written+settled < plan.Count() {
		return errSomething
	}
	return nil
}

// outcome counts the planned changes that were made, and the records on which nothing was left to do.
func outcome(rows []report.Run) (written, settled int) {
	for _, row := range rows {
		written += row.Written
		for _, x := range row.Explanations {
			if x.Verdict == runner.VerdictSettled {
				settled++
			}
		}
	}
	return written, settled
}

func readPlan(file string) (report.Plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return report.Plan{}, err
	}
	var d struct {
		Version int         `json:"version"`
		Kind    string      `json:"kind"`
		Plan    report.Plan `json:"plan"`
	}
	if err := json.Unmarshal(text, &d); err != nil || d.Kind != "plan" {
		return d.Plan, fmt.Errorf("%s is not a plan; syncctl preview --plan %s writes one", file, file)
	}
	if d.Version != report.Version {
		return d.Plan, fmt.Errorf("%s was written by another version of syncctl; make the plan again", file)
	}
	return d.Plan, nil
}

// checkPlan returns an error if the plan was made for another stack, or under settings that the customer does not have.
func checkPlan(s *cloud.Stack, item document.Item, plan report.Plan) error {
	if plan.Stack != s.Name {
		return fmt.Errorf("the plan is for stack %s, and this is %s", plan.Stack, s.Name)
	}
	for _, path := range slices.Sorted(maps.Keys(plan.Settings)) {
		wanted, stored := plan.Settings[path], any(nil)
		if v := document.Get(item, path); v != nil {
			stored = dynamoattr.Plain(v)
		}
		a, errA := json.Marshal(wanted)
		b, errB := json.Marshal(stored)
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		if string(a) != string(b) {
			return fmt.Errorf("the plan was made with %s; change the settings first, or make a plan without this",
				settingsText(map[string]any{path: wanted}))
		}
	}
	return nil
}
