package main

import (
	"context"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

type historyCommand struct {
	onCustomer
	Process naming.Process `help:"Only this process's runs, and no actions of people." predictor:"process"`
	Actions bool           `help:"Only what people did with syncctl."`
	Limit   int            `help:"Entries to print." default:"30"`
}

// Run prints runs and actions, newest first, with what can be relied on for each.
func (c historyCommand) Run(ctx context.Context, a *app) error {
	if err := checkProcess(c.Process); err != nil {
		return err
	}
	s, err := a.open(ctx) // a removed customer has a history, too
	if err != nil {
		return err
	}
	events, err := a.reader(s).History(ctx, report.HistoryFilter{
		Customer: c.Customer, Process: c.Process, Actions: c.Actions, Most: c.Limit,
	})
	if err != nil {
		return err
	}
	if a.JSON {
		return a.printJSON("history", events)
	}
	var rows []table.Row
	for _, e := range events {
		rows = append(rows, table.Row{report.At(e.At), e.Who, e.What, report.Localized(e.Detail), e.Source})
	}
	a.table(table.Row{"time", "who", "what", "detail", "known by"}, rows)
	if len(events) == 0 {
		a.say("customer %s has no runs of the last 30 days and no actions", c.Customer)
	}
	a.say("known by run: the function has recorded it; by syncctl: noted when it was done; noticed: found later, " +
		"and not known who did it. A quiet run leaves no record")
	return nil
}
