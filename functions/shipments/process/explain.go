package process

import (
	"context"
	"strconv"
	"strings"

	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/rights"
	"ongoing24so/shared/runner"
)

// Check checks the rights to read orders in both systems, to save them, and to report what was picked.
func (p *process) Check(ctx context.Context) ([]runner.Check, []runner.Finding) {
	c := rights.New(ctx, p.Dependencies)
	c.ReadOngoingOrders(ctx)
	c.ReadOrders(ctx)
	c.SaveOrders(ctx)
	c.WriteOngoing(ctx, "report picked items", ongoing.ReportOrders)
	c.Statuses(ctx)
	return c.Checks, c.Found
}

// Facts says how an order is in Ongoing, and what the state table knows of it.
func (p *process) Facts(ctx context.Context, number string) []runner.Fact {
	var f rights.Facts
	id, err := strconv.Atoi(strings.TrimPrefix(number, p.Settings.SalesOrders.OrderNumberPrefix))
	if err == nil {
		links, err := p.State.Orders(ctx, []int{id})
		f.Failed(runner.InState, err)
		link, linked := links[id]
		f.Link(link, linked)
	}
	live, found, err := p.Ongoing.OrderNumbered(ctx, number)
	f.Failed(runner.InOngoing, err)
	if !found {
		f.Add(runner.InOngoing, "order", "no order has this number")
		return f.List
	}
	f.Order(live, "order")
	f.BackOrders(ctx, p.Ongoing, live.Info.ID)
	return f.List
}
