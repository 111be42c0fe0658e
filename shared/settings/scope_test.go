package settings_test

import (
	"slices"
	"testing"

	"ongoing24so/shared/naming"
)

// TestScopeChangesWithSettingsThatDecideWhatIsRead names the process that has to read everything again.
func TestScopeChangesWithSettingsThatDecideWhatIsRead(t *testing.T) {
	t.Parallel()
	scope := func(path string, value any, p naming.Process) string {
		t.Helper()
		item := smallest()
		if path != "" {
			item = with(path, value)
		}
		c, err := decode(t, item)
		if err != nil {
			t.Fatal(err)
		}
		return c.Scope(p)
	}
	price := document{"from": "product.Price", "to": "article.customerPrice"}
	tests := []struct {
		path    string
		value   any
		process naming.Process // empty: none
		why     string
	}{
		{
			path: "articles.categoryIds", value: []any{1},
			process: naming.Articles, why: "other products are in scope",
		},
		{
			path: "articles.variations", value: document{"field": "No", "pattern": "(?P<base>.*)"},
			process: naming.Articles, why: "any article can have variations",
		},
		{
			path: "extraFields", value: []any{price},
			process: naming.Articles, why: "every article has the field",
		},
		{
			path: "suppliers.enabled", value: true,
			process: naming.Articles, why: "articles carry the suppliers",
		},
		{
			path: "stock.quantity", value: "sellable",
			process: naming.Stock, why: "every quantity is another one",
		},
		{
			path: "shipments.enabled", value: false,
			process: naming.Stock, why: "picked goods are counted in another way",
		},
		{
			path: "salesOrders.statuses", value: []any{"Confirmed", "Rest"},
			process: naming.SalesOrders, why: "orders that got that status long ago are in scope",
		},
		{
			path: "salesOrders.startDate", value: "2026-01-01",
			process: naming.SalesOrders, why: "other orders are in scope",
		},
		{
			path: "salesOrders.importedStatus", value: "Pack",
			process: naming.SalesOrders, why: "orders that are in Ongoing already get the status",
		},
		{
			path: "shipments.reportAt", value: []any{450},
			process: naming.Shipments, why: "orders that got that status long ago are in scope",
		},
		{
			path: "shipments.tracking", value: "invoiceText",
			process: naming.Shipments, why: "orders that were shipped without waybill numbers get them",
		},

		{path: "salesOrders.textRows", value: "comment", why: "orders stay as they were sent"},
		{path: "salesOrders.orderNumberPrefix", value: "A-", why: "orders keep their number"},
		{path: "stock.fullSweepHours", value: 2, why: "it only says when to read"},
		{path: "shipments.stuckAfterHours", value: 24, why: "it only says what is shown"},
		{path: "intervalMinutes", value: 30, why: "it only says when to read"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			var changed, want []naming.Process
			if test.process != "" {
				want = append(want, test.process)
			}
			for _, e := range naming.Entries() {
				if scope("", nil, e.Process) != "" {
					t.Errorf("the defaults have the scope %q", scope("", nil, e.Process))
				}
				if scope(test.path, test.value, e.Process) != "" {
					changed = append(changed, e.Process)
				}
			}
			if !slices.Equal(changed, want) {
				t.Errorf("%s: the scope of %v changes, want %v", test.why, changed, want)
			}
		})
	}
}
