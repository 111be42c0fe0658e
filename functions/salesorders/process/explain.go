package process

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/rights"
	"ongoing24so/shared/runner"
)

// Check checks the rights to read orders and to write them, their articles and, if the settings say so, their statuses.
// It counts the orders that are there.
func (p *process) Check(ctx context.Context) ([]runner.Check, []runner.Finding) {
	c := rights.New(ctx, p.Dependencies)
	c.ReadOrders(ctx)
	c.ReadProducts(ctx)
	c.ReadOngoingOrders(ctx)
	c.WriteOngoing(ctx, "write orders", ongoing.WriteOrders)
	c.WriteOngoing(ctx, "write articles", ongoing.WriteArticles)
	if p.Settings.SalesOrders.CancelWithdrawn {
		c.WriteOngoing(ctx, "cancel orders", ongoing.CancelOrders)
	}
	if p.Settings.SalesOrders.ImportedStatus != "" {
		c.SaveOrders(ctx)
	}
	c.Deliveries(ctx)
	c.OpenOrders(ctx)
	return c.Checks, c.Found
}

// Find looks for orders by their numbers in Ongoing. One that does not name its order in 24SevenOffice is left out.
func (p *process) Find(ctx context.Context, numbers []string) (found []runner.Finding, err error) {
	for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
		id, notID := strconv.Atoi(o.Info.GoodsOwnerOrderID)
		switch {
		case err != nil && o.Info.ID == 0:
			return nil, err
		case notID == nil && id > 0 && strconv.Itoa(id) == o.Info.GoodsOwnerOrderID:
			found = append(found, runner.Finding{Kind: "order", ID: o.Info.GoodsOwnerOrderID, Name: o.Info.Number})
		}
	}
	return found, nil
}

// Facts says how an order is in 24SevenOffice, in the state table, and in Ongoing.
func (p *process) Facts(ctx context.Context, key string) []runner.Fact {
	var f rights.Facts
	ids := planner.IDs[office24.OrderID]([]string{key})
	for o, err := range p.Office24.Orders(ctx, office24.OrderSearch{IDs: ids}) {
		f.Failed(runner.InOffice24, err)
		f.Add(runner.InOffice24, "status", o.Status.Name())
		f.Add(runner.InOffice24, "ordered", rights.At(o.DateOrdered))
		f.Add(runner.InOffice24, "changed", rights.At(o.DateChanged))
		for _, row := range o.Rows {
			if row.Type == office24.RowNormal && (row.ProductID != 0 || row.ProductNo != "") {
				goods := strings.TrimSpace(fmt.Sprintf("product %d %s", row.ProductID, row.ProductNo))
				f.Add(runner.InOffice24, fmt.Sprint("row ", row.ID), goods+": quantity "+rights.Decimal(row.Quantity))
			}
		}
	}
	if f.None(runner.InOffice24) {
		f.Add(runner.InOffice24, "order", "does not exist")
	}
	links, err := p.State.Orders(ctx, []int{int(ids[0])})
	f.Failed(runner.InState, err)
	link, linked := links[int(ids[0])]
	f.Link(link, linked)
	if id := ongoing.OrderID(link.OngoingID); id != 0 {
		f.LiveOrder(ctx, p.Ongoing, id)
		f.BackOrders(ctx, p.Ongoing, id)
	}
	return f.List
}
