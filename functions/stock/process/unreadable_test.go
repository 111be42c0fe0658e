package process

import (
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

func TestUnreadableArticleStopsOnlyItsOwnStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.addArticles(3)
	for i := range ids {
		w.setWarehouseStock(articleNumber(i), "7")
	}
	a, _ := w.GoodsOwner.Article(articleNumber(1))
	w.GoodsOwner.Damage(a.ID, "inventoryInfo.numberOfItems", `""`)
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "inventoryInfo.numberOfItems", read: 3, planned: 2, written: 2, failed: 1,
	})
	for i, want := range []string{"7", "10", "7"} {
		w.wantStock(ids[i], want, "after the run")
	}
}

// What is picked of an order that cannot be read, on either side, is not known; the stock of its articles waits.
func TestUnreadableOrderStopsTheStockOfItsArticlesOnly(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(*world, sale){
		"in 24SevenOffice": func(w *world, s sale) {
			w.Company.Damage("InvoiceOrder", int(s.id), "APIException", "no access")
		},
		"in Ongoing": func(w *world, s sale) {
			o, _ := w.GoodsOwner.Order(s.number)
			w.GoodsOwner.Damage(o.ID, "orderLines.pickedNumberOfItems", `"two"`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			ids := w.addArticles(3)
			bad := w.sellAndPick(ids[0], "2")
			w.sellAndPick(ids[1], "3")
			for i := range ids {
				w.setWarehouseStock(articleNumber(i), "5")
			}
			damage(w, bad)
			w.runWants(nil, wantRun{outcome: runner.Partial, read: 3, planned: 2, written: 2, failed: 1})
			for i, want := range []string{"10", "8", "5"} {
				w.wantStock(ids[i], want, "after the run")
			}
			w.Company.Damage("InvoiceOrder", int(bad.id), "APIException", "")
			o, _ := w.GoodsOwner.Order(bad.number)
			w.GoodsOwner.Damage(o.ID, "orderLines.pickedNumberOfItems", "")
			w.run(keys(ids[0]))
			w.wantStock(ids[0], "7", "after the order can be read again")
		})
	}
}

// An order that cannot be read and has none of the articles in question is nothing to them.
func TestUnreadableForeignOrderStopsNoStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.addArticles(2)
	w.sellAndPick(ids[0], "2")
	w.pickForeign("WEB-1", articleNumber(0), "1")
	o, _ := w.GoodsOwner.Order("WEB-1")
	w.GoodsOwner.Damage(o.ID, "orderInfo.createdDate", `"in November"`)
	other := w.Company.AddOrder(office24.Order{CustomerID: 1, Status: office24.StatusConfirmed})
	w.Company.Damage("InvoiceOrder", int(other), "APIException", "no access")
	w.setWarehouseStock(articleNumber(0), "5")
	w.setWarehouseStock(articleNumber(1), "4")
	w.runOK()
	w.wantStock(ids[0], "7", "after the run")
	w.wantStock(ids[1], "4", "after the run")
}
