package process

import (
	"context"
	"strconv"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/rights"
	"ongoing24so/shared/runner"
)

// Check checks the rights to read articles and orders, and to set stock quantities.
func (p *process) Check(ctx context.Context) ([]runner.Check, []runner.Finding) {
	c := rights.New(ctx, p.Dependencies)
	c.ReadOngoingOrders(ctx)
	c.ReadProducts(ctx)
	c.ReadOrders(ctx)
	c.SetStock(ctx)
	return c.Checks, c.Found
}

// Facts says which stock a product has in 24SevenOffice, and its article in Ongoing.
func (p *process) Facts(ctx context.Context, key string) []runner.Fact {
	var f rights.Facts
	id, _ := strconv.Atoi(key) // the event was checked
	search := office24.ProductSearch{IDs: []office24.ProductID{office24.ProductID(id)}}
	for product, err := range p.Office24.Products(ctx, search, stockProperties()...) {
		f.Failed(runner.InOffice24, err)
		f.Add(runner.InOffice24, "number", product.No)
		stock := "none"
		if product.Stock != nil {
			stock = product.Stock.String()
		}
		f.Add(runner.InOffice24, "in stock", stock)
		if !stockControlled(product) {
			f.Add(runner.InOffice24, "stock control", "off, or the product has expired")
		}
	}
	if f.None(runner.InOffice24) {
		f.Add(runner.InOffice24, "product", "does not exist; check the id")
	}
	f.Linked(ctx, p.Dependencies, id)
	return f.List
}
