package settings

import (
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// Scope says, as a text to compare, what of the settings decides which records a process takes in and what it does with
// each of them; empty for the defaults. A record that does not change is not read again: when the scope changes,
// everything has to be read once more, or what has come into it would stay out unnoticed.
//
// How an order is written is not in it. Orders stay as they were sent until somebody edits them.
func (c Customer) Scope(p naming.Process) string {
	var parts []string
	add := func(differs bool, name string, value any) {
		if differs {
			parts = append(parts, fmt.Sprintf("%s=%v", name, value))
		}
	}
	switch p {
	case naming.Articles:
		add(c.Articles.CategoryIDs != nil, "categoryIds", c.Articles.CategoryIDs)
		if v := c.Articles.Variations; v != nil {
			add(true, "variations", v.Field+" "+v.Pattern.String())
		}
		add(len(c.ExtraFields) > 0, "extraFields", c.ExtraFields)
		add(c.Suppliers.Enabled, "suppliers", true)
	case naming.Stock:
		add(c.Stock.Sellable, "quantity", "sellable")
		add(!c.Shipments.Enabled, "shipments", false)
	case naming.SalesOrders:
		add(!slices.Equal(c.SalesOrders.Statuses, []office24.OrderStatus{office24.StatusConfirmed}), "statuses", c.SalesOrders.Statuses)
		add(c.SalesOrders.StartDate != "", "startDate", c.SalesOrders.StartDate)
		add(c.SalesOrders.ImportedStatus != "", "importedStatus", c.SalesOrders.ImportedStatus)
	case naming.Shipments:
		add(!slices.Equal(c.Shipments.ReportAt, []int{450, 500}), "reportAt", c.Shipments.ReportAt)
		add(c.Shipments.TrackingInInvoiceText, "tracking", "invoiceText")
	}
	return strings.Join(parts, " ")
}
