package main

import (
	"context"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

type checkCommand struct {
	onCustomer
	Process naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
}

// Run proves each right that the processes need, and lists what settings can name. It changes nothing.
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
	a.say("everything that the processes need is there. Next: syncctl preview %s", c.Customer)
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
}
