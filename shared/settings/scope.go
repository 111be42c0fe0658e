package settings

import (
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// Scope returns, as a text to compare, the settings that decide which records a process reads and what it does with
// each of them; "" for the defaults. Unchanged records are not read again, so a process must read everything again
// after its scope has changed: otherwise it would miss records that have come into it.
//
// Settings that say how an order is written are not part of the scope. Orders stay as they were sent until somebody
// edits them.
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
		confirmed := []office24.OrderStatus{office24.StatusConfirmed}
		add(!slices.Equal(c.SalesOrders.Statuses, confirmed), "statuses", c.SalesOrders.Statuses)
		add(c.SalesOrders.StartDate != "", "startDate", c.SalesOrders.StartDate)
		add(c.SalesOrders.ImportedStatus != "", "importedStatus", c.SalesOrders.ImportedStatus)
	case naming.Shipments:
		add(!slices.Equal(c.Shipments.ReportAt, []int{450, 500}), "reportAt", c.Shipments.ReportAt)
		add(c.Shipments.TrackingInInvoiceText, "tracking", "invoiceText")
	case naming.Suppliers: // no setting decides which suppliers it reads
	}
	return strings.Join(parts, " ")
}
