package settings_test

import (
	"testing"

	"ongoing24so/shared/naming"
)

// TestScope: which settings make which process read everything once more.
func TestScope(t *testing.T) {
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
	tests := []struct {
		path    string
		value   any
		changes []naming.Process
		why     string
	}{
		{"articles.categoryIds", []any{1}, []naming.Process{naming.Articles}, "products come in, or stay out"},
		{"articles.variations", document{"field": "No", "pattern": "(?P<base>.*)"}, []naming.Process{naming.Articles}, "every article may have some"},
		{"extraFields", []any{document{"from": "product.Price", "to": "article.customerPrice"}}, []naming.Process{naming.Articles}, "every article has it"},
		{"suppliers.enabled", true, []naming.Process{naming.Articles}, "articles carry the suppliers"},
		{"stock.quantity", "sellable", []naming.Process{naming.Stock}, "every figure is another"},
		{"shipments.enabled", false, []naming.Process{naming.Stock}, "what is picked counts otherwise"},
		{"salesOrders.statuses", []any{"Confirmed", "Rest"}, []naming.Process{naming.SalesOrders}, "orders come in that have long been in that status"},
		{"salesOrders.startDate", "2026-01-01", []naming.Process{naming.SalesOrders}, "orders come in, or stay out"},
		{"salesOrders.importedStatus", "Pack", []naming.Process{naming.SalesOrders}, "orders that stand in Ongoing get it"},
		{"shipments.reportAt", []any{450}, []naming.Process{naming.Shipments}, "orders come in that have long been in that status"},
		{"shipments.tracking", "invoiceText", []naming.Process{naming.Shipments}, "orders that were shipped without get it"},

		{"salesOrders.textRows", "comment", nil, "orders stay as they were sent"},
		{"salesOrders.orderNumberPrefix", "A-", nil, "orders keep their number"},
		{"stock.fullSweepHours", 2, nil, "it only says when"},
		{"intervalMinutes", 30, nil, "it only says when"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			var changed []naming.Process
			for _, e := range naming.Entries() {
				if scope("", nil, e.Process) != "" {
					t.Errorf("the defaults have the scope %q", scope("", nil, e.Process))
				}
				if scope(test.path, test.value, e.Process) != "" {
					changed = append(changed, e.Process)
				}
			}
			if len(changed) != len(test.changes) || len(changed) == 1 && changed[0] != test.changes[0] {
				t.Errorf("%s: changes %v, want %v", test.why, changed, test.changes)
			}
		})
	}
}
