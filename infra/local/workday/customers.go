package workday

import (
	"context"

	"ongoing24so/infra/local/localstack"
)

// customers are the four customers of the local stack.
type customers struct {
	// Fjellsport uses nearly every setting: prefix, delivery methods, text rows, variations, rest orders, tracking,
	// suppliers, extra fields.
	fjellsport customer
	// Nordsjo has few settings: a name, a status on import and sellable stock.
	nordsjo customer
	// Blabaer is in preview: every run is a dry run.
	blabaer customer
	// Torv has an invalid value in its settings and is blocked until somebody corrects it.
	torv customer
}

// all returns the customers in the order of the tables.
func (c customers) all() []customer {
	return []customer{c.fjellsport, c.nordsjo, c.blabaer, c.torv}
}

// seedCustomers adds the customers with their settings and fills their companies in 24SevenOffice. Their goods owners
// in Ongoing are empty.
func seedCustomers(ctx context.Context, stack *localstack.Stack) (c customers, err error) {
	for _, seed := range []struct {
		customer *customer
		id       string
		settings map[string]any
		fill     func(customer)
	}{
		{customer: &c.fjellsport, id: "fjellsport", settings: fjellsportSettings(), fill: fillFjellsport},
		{customer: &c.nordsjo, id: "nordsjo-sjomat", settings: nordsjoSettings(), fill: fillNordsjo},
		{customer: &c.blabaer, id: "blabaer", settings: blabaerSettings(), fill: fillBlabaer},
		{customer: &c.torv, id: "torv-og-tang", settings: torvSettings(), fill: fillTorv},
	} {
		if seed.customer.Merchant, err = stack.AddMerchant(ctx, seed.id, seed.settings); err != nil {
			return c, err
		}
		seed.fill(*seed.customer)
	}
	return c, nil
}
