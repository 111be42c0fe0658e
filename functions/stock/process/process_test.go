package process

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestOnlyDifferencesAreWrittenAndOnlyOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		erp, warehouse string
		written        bool
	}{
		{name: "the same number, written differently", erp: "2", warehouse: "2.000", written: false},
		{name: "the same fraction", erp: "2.5", warehouse: "2.50", written: false},
		{name: "a thousandth", erp: "2.5", warehouse: "2.501", written: true},
		{name: "received", erp: "0", warehouse: "7", written: true},
		{name: "sold out", erp: "7", warehouse: "0", written: true},
		{name: "negative by mistake", erp: "-3", warehouse: "0", written: true},
		{name: "no float rounds it away", erp: "0.1", warehouse: "0.3", written: true},
	}
	w := newWorld(t, nil)
	var products []office24.ProductID
	writes := 0
	for i, test := range tests {
		id := w.AddStockedProduct(articleNumber(i), test.warehouse)
		w.setERPStock(id, test.erp)
		products = append(products, id)
		if test.written {
			writes++
		}
	}
	unchanged := len(tests) - writes
	w.runWants(nil, wantRun{read: len(tests), planned: writes, written: writes, unchanged: unchanged})
	for i, test := range tests {
		w.wantStock(products[i], number.MustParse(test.warehouse).String(), test.name)
		if got := slices.Contains(w.written(), key(products[i])); got != test.written {
			t.Errorf("%s: got written %v, want %v", test.name, got, test.written)
		}
	}
	w.Clock.Forward(7 * time.Hour) // a full sweep is due
	w.runWants(nil, wantRun{read: len(tests), unchanged: len(tests)})
	w.wantWrites(writes)
}

func TestOnlyNamedProductsAreWrittenAndTheCursorStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.addArticles(3)
	for i := range products {
		w.setWarehouseStock(articleNumber(i), "4")
	}
	w.runWants(keys(products[1]), wantRun{read: 1, planned: 1, written: 1})
	w.wantStock(products[0], "10", "not named")
	w.wantStock(products[1], "4", "named")
	w.wantNoCursor()
}

func TestDryRunShowsTheChangesAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	w.setWarehouseStock("A", "4.5")
	row := w.run(map[string]any{"dryRun": true})
	w.wantWrites(0)
	w.wantNoCursor()
	if len(row.Changes) != 1 || row.Changes[0].Key != key(id) ||
		fmt.Sprint(row.Changes[0].Fields) != "[{Stock 10 4.5}]" {
		t.Errorf("got %+v, want one change of product %d", row, id)
	}
}

// SetStockQuantity answers false for a product that does not exist.
func TestQuantityThatIsNotSetIsRetriedAndOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bad, good := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10")
	w.setWarehouseStock("A", "4")
	w.setWarehouseStock("B", "5")
	w.beforeWrite(bad, func() { w.Company.RemoveProduct(bad) })
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "the quantity was not set", read: 2, planned: 2, written: 1, failed: 1,
	})
	w.wantStock(good, "5", "another product")
	w.Office24.Before(nil)
	w.Company.AddProduct(office24.Product{ID: bad, No: "A", Name: "A", Stock: harness.Dec("10")})
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantStock(bad, "4", "retried")
}

func TestOldComparisonIsReadAgainBeforeTheWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first, second := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10")
	third := w.AddStockedProduct("C", "10")
	order := w.sell(third, "3")
	w.pick(order, "1")
	for _, article := range []string{"A", "B", "C"} {
		w.setWarehouseStock(article, "4")
	}
	w.afterWrite(first, func() {
		w.Clock.Forward(2 * time.Minute)
		w.setWarehouseStock("B", "6")
		w.pick(order, "2")
	})
	w.runOK()
	w.wantStock(first, "4", "a new comparison")
	w.wantStock(second, "6", "counted since the comparison")
	w.wantStock(third, "5", "picked since: two in the warehouse, three not yet Sent")
}

func TestOldComparisonIsNotWrittenIfItNoLongerApplies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(w *world, id office24.ProductID)
		want   runner.Outcome
	}{
		{name: "counted to the same", want: runner.OK,
			change: func(w *world, _ office24.ProductID) { w.setWarehouseStock("B", "10") }},
		{name: "the product is gone", want: runner.Partial,
			change: func(w *world, id office24.ProductID) { w.Company.RemoveProduct(id) }},
		{name: "no longer stock controlled", want: runner.Partial,
			change: func(w *world, id office24.ProductID) {
				w.Company.EditProduct(id, func(p *office24.Product) { p.StockControlled = new(bool) })
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			first, second := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10")
			w.setWarehouseStock("A", "4")
			w.setWarehouseStock("B", "5")
			w.afterWrite(first, func() {
				w.Clock.Forward(2 * time.Minute)
				test.change(w, second)
			})
			if row := w.run(nil); row.Outcome != test.want {
				t.Errorf("got %+v, want outcome %s", row, test.want)
			}
			w.wantWrites(1)
		})
	}
}

func TestRunAfterACrashEndsAsIfUndisturbed(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		w := newWorld(t, nil)
		products := w.addArticles(3)
		for i := range products {
			w.setWarehouseStock(articleNumber(i), fmt.Sprint(i))
		}
		crashed := harness.Crash(w.Harness, functionWithLimits(testMaxWrites, batchSize), nil, n)
		w.runOK()
		for i, id := range products {
			w.wantStock(id, fmt.Sprint(i), fmt.Sprintf("crashed after write %d", n))
		}
		if got := w.written(); len(got) > len(products)+1 {
			t.Errorf("crashed after write %d: got writes %v", n, got)
		}
		if t.Failed() || !crashed {
			return
		}
	}
}
