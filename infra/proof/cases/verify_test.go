package cases_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

// Somebody renumbers an article in Ongoing, of which neither system tells us anything, and the stock of a product is
// changed by hand in 24SevenOffice. Within a day each is found, counted and corrected, without a person, and a day
// later nothing is left to find.
func TestDriftIsFoundAndFixedWithinADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"stock": map[string]any{"fullSweepHours": 24}})
	kettle, jug := w.product("KET-17", "0"), w.product("JUG-1", "0")
	order := w.order(map[office24.ProductID]string{kettle: "1"})
	day := func() (drift map[naming.Process]int, verified map[naming.Process]int, notes string) {
		drift, verified = map[naming.Process]int{}, map[naming.Process]int{}
		for range 92 { // a tick of this world lasts 16 minutes
			for process, row := range w.tick() {
				if row.Outcome != runner.OK && row.Outcome != runner.Off {
					t.Fatalf("%s: %+v", process, row)
				}
				drift[process] += row.Drift
				verified[process] += row.Verified
				notes += strings.Join(row.Notes, "\n")
			}
		}
		return drift, verified, notes
	}
	w.tick()
	w.counted("KET-17", "5")
	if drift, verified, _ := day(); drift[naming.Articles]+drift[naming.Stock]+drift[naming.SalesOrders] != 0 ||
		verified[naming.Articles] == 0 || verified[naming.Stock] == 0 || verified[naming.SalesOrders] == 0 ||
		verified[naming.Shipments] == 0 {
		t.Errorf("nothing has drifted: drift %v, verified %v", drift, verified)
	}

	must(t, w.GoodsOwner.RenumberArticle("JUG-1", "JUG-X"))
	w.Company.EditProduct(kettle, func(p *office24.Product) { p.Stock = nil })
	drift, _, notes := day()
	if drift[naming.Articles] != 1 || drift[naming.Stock] != 1 || !strings.Contains(notes, text(jug)) {
		t.Errorf("drift %v; notes %s", drift, notes)
	}
	w.wantArticle("JUG-1", jug, "0")
	w.wantStock(kettle, "5")
	w.wantStatus(order, office24.StatusConfirmed)
	if drift, _, _ = day(); drift[naming.Articles]+drift[naming.Stock] != 0 {
		t.Errorf("it was corrected, but the next day finds %v", drift)
	}
}

// A supplier cannot be read back, and a product that was renamed gives the old name of its rows to their lines as a
// comment when an order is written. Orders stay as they were sent under other settings. The daily comparison writes
// none of them, and counts none as drift.
func TestDailyComparisonWritesNothingWithoutNeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
	w.Company.AddCompany(office24.Company{ID: 501, Name: "Leverandør AS", Type: office24.CompanySupplier})
	kettle := w.product("KET-17", "0")
	w.Company.EditProduct(kettle, func(p *office24.Product) { p.SupplierID = 501 })
	w.order(map[office24.ProductID]string{kettle: "1"})
	for range 3 {
		w.tick()
	}
	w.Company.EditProduct(kettle, func(p *office24.Product) { p.Name = "Ny vare" })
	w.Settings["extraFields"] = []any{map[string]any{"value": "24SO", "to": "order.freeText1"}}
	must(t, w.PutSettings(t.Context(), w.Settings))
	w.tick()
	verified := map[naming.Process]int{}
	for range 184 {
		for process, row := range w.tick() {
			verified[process] += row.Verified
			if row.Drift != 0 || row.Written != 0 {
				t.Fatalf("%s: %+v", process, row)
			}
		}
	}
	if verified[naming.Suppliers] == 0 || verified[naming.SalesOrders] == 0 {
		t.Errorf("verified %v", verified)
	}
}
