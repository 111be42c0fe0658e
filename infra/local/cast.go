package main

import (
	"context"

	"ongoing24so/shared/testenv"
)

// The cast: four customers as one meets them.
type cast struct {
	// Fjellsport uses nearly every setting: prefix, delivery methods, text rows, variations, rest orders, tracking,
	// suppliers, further fields.
	fjellsport customer
	// Nordsjo has the smallest item, but for a status on import and sellable stock.
	nordsjo customer
	// Blabaer is still in preview: everything is planned, nothing is written.
	blabaer customer
	// Torv has a word in its settings that does not exist, and is blocked until somebody corrects it.
	torv customer
}

// customers lists the cast in the order of the tables.
func (c cast) customers() []customer {
	return []customer{c.fjellsport, c.nordsjo, c.blabaer, c.torv}
}

func (c cast) ids() []string {
	var ids []string
	for _, customer := range c.customers() {
		ids = append(ids, customer.ID)
	}
	return ids
}

// seed makes the customers with their settings, and fills their companies in 24SevenOffice. Their goods owners in
// Ongoing are empty.
func seed(ctx context.Context, bed *testenv.Env) (c cast, err error) {
	for _, one := range []struct {
		place    *customer
		id       string
		settings map[string]any
		fill     func(customer)
	}{
		{&c.fjellsport, "fjellsport", fjellsportSettings(), fillFjellsport},
		{&c.nordsjo, "nordsjo-sjomat", nordsjoSettings(), fillNordsjo},
		{&c.blabaer, "blabaer", blabaerSettings(), fillBlabaer},
		{&c.torv, "torv-og-tang", torvSettings(), fillTorv},
	} {
		if one.place.Merchant, err = bed.AddMerchant(ctx, one.id, one.settings); err != nil {
			return c, err
		}
		one.fill(*one.place)
	}
	return c, nil
}
