package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/report"
)

type overviewCommand struct {
	onCustomer
	Days int `help:"How many days to show." default:"7"`
}

// Run shows what happened to a customer's orders day by day.
func (c overviewCommand) Run(ctx context.Context, a *app) error {
	s, _, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	if c.Days < 1 || c.Days > 366 {
		return fmt.Errorf("--days is %d; it must be from 1 to 366", c.Days)
	}
	o, err := a.reader(s).Overview(ctx, c.Customer, c.Days)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.printJSON("overview", o)
	}
	var rows []table.Row
	for _, d := range o.Days {
		day := d.Date
		if at, err := time.Parse(time.DateOnly, d.Date); err == nil {
			day = at.Format("Mon 2006-01-02")
		}
		rows = append(rows, table.Row{day, d.Imported, d.Booked, d.Cancelled, d.Elsewhere, d.Open})
	}
	a.table(table.Row{
		"day (" + o.TimeZone + ")", "imported", "shipped and booked", "cancelled", "delivered elsewhere", "open",
	}, rows)
	a.print("\nopen in the warehouse: %s", report.Count(o.OpenCount, "order"))
	for _, open := range o.Open {
		part := ""
		if open.Booked {
			part = ", in part shipped"
		}
		a.print("  %d (%s in Ongoing) for %s%s%s", open.OrderID, open.OrderNumber, report.Age(o.At, open.Since), part,
			open.Worth.Text())
	}
	rows = nil
	for _, r := range o.LastRuns {
		rows = append(rows, table.Row{
			r.Process, report.Age(o.At, r.StartedAt), report.Short(r.FinishedAt.Sub(r.StartedAt)), r.Outcome,
			r.Read, r.Written, r.Held, r.Failed, report.Age(o.At, r.VerifiedAt),
			report.Localized(report.WithRemedy(o.Customer, r.Reason)),
		})
	}
	a.print("\nlast runs in which something happened")
	a.table(table.Row{
		"process", "ago", "took", "outcome", "read", "written", "held", "failed", "all compared", "reason",
	}, rows)
	for _, l := range o.Loads {
		a.print("\nfirst load of %s: %s %d of %d (%d %%)%s",
			l.Process, bar(l.Percent()), l.Done, l.All, l.Percent(), left(l))
	}
	a.printUsage(o.Usage)
	return nil
}

// bar draws a share as a bar of 20 characters.
func bar(percent int) string {
	const width = 20
	full := min(width, percent*width/100)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

func left(l report.Load) string {
	if l.Left == 0 {
		return ""
	}
	return ", done in about " + report.Short(l.Left)
}
