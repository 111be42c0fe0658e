package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

type checkCommand struct {
	onCustomer
	Process naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
	Rights  bool           `help:"Only the rights and what settings can name; compare no articles and orders."`
}

// Run proves each right that the processes need, lists what settings can name, and compares the articles and orders
// that are there already. It changes nothing.
func (c checkCommand) Run(ctx context.Context, a *app) error {
	s, item, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	processes, err := enabledProcesses(s, item, c.Process)
	if err != nil {
		return err
	}
	check, err := a.reader(s).Check(ctx, c.Customer, processes)
	if err == nil && check.OK && !c.Rights {
		err = a.reader(s).Compare(ctx, &check, processes)
	}
	if err != nil {
		return err
	}
	if a.JSON {
		err = a.printJSON("check", check)
	} else {
		a.printCheck(check)
	}
	switch {
	case err != nil:
		return err
	case !check.OK:
		a.say("something is missing or could not be checked, as the details say; nothing was written")
		return errSomething
	}
	held := ""
	if n := check.Refused(); n > 0 {
		held = fmt.Sprintf("; %s held or refused, as the reasons say", verb(n, "would be", "would be"))
	}
	a.say("everything that the processes need is there%s. Next: syncctl preview %s", held, c.Customer)
	return nil
}

func (a *app) printCheck(check report.Check) {
	var rows []table.Row
	for _, r := range check.Rights {
		verdict := text.FgGreen.Sprint("ok")
		if !r.OK {
			verdict = text.FgRed.Sprint("missing")
		}
		rows = append(rows, table.Row{verdict, r.Name, report.ProcessText(r.Processes), r.Detail})
	}
	a.table(table.Row{"right", "needed", "by", "detail"}, rows)
	for _, t := range report.Together(check.Troubles) {
		a.print("%s %s: %s", report.ProcessText(t.Processes), t.What, t.Reason)
	}
	rows = nil
	kind := ""
	found := slices.Clone(check.Found)
	slices.SortStableFunc(found, func(a, b runner.Finding) int { return strings.Compare(a.Kind, b.Kind) })
	for _, f := range found {
		shown := f.Kind
		if shown == kind {
			shown = ""
		}
		kind = f.Kind
		rows = append(rows, table.Row{shown, f.ID, f.Name, f.Note})
	}
	if len(rows) > 0 {
		a.print("")
	}
	a.table(table.Row{"found", "id", "name", "note"}, rows)
	a.printCompared(check.Compared)
}

// mostRefused is how many records that would be held or refused, or are adopted, are printed for each process.
const mostRefused = 20

// printCompared prints what the first runs would do.
func (a *app) printCompared(runs []report.Run) {
	var rows []table.Row
	for _, r := range runs {
		made := r.Actions[plan.Create]
		rows = append(rows, table.Row{
			r.Process, r.Read, made, r.Planned - made, r.Unchanged, r.Adopted, r.Skipped, r.Held + r.Failed,
		})
	}
	if len(rows) > 0 {
		a.print("")
	}
	a.table(table.Row{
		"compared", "read", "made", "changed", "unchanged", "of both, adopted", "out of scope", "held or refused",
	}, rows)
	for _, r := range runs {
		var adopted []string
		for _, c := range r.Changes {
			if c.Adopts {
				adopted = append(adopted, c.Key)
			}
		}
		if len(adopted) > 0 {
			a.print("%s adopts and changes %s", r.Process, report.ShortList(adopted, mostRefused))
		}
		for _, p := range r.Problems[:min(len(r.Problems), mostRefused)] {
			said := report.Localized(report.WithRemedy(r.CustomerID, p.Message))
			a.print("%s %s %s: %s", r.Process, p.Key, p.Class, said)
		}
		if left := len(r.Problems) + r.ProblemsOmitted - mostRefused; left > 0 {
			a.print("and %s; --json shows them", report.More(left, "record"))
		}
		for _, note := range r.Notes {
			a.print("%s note: %s", r.Process, report.Localized(note))
		}
	}
}
