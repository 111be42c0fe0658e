package process

import (
	"strings"
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
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

// Of an order of which only the start can be read, no article's picks are known.
func TestStartOfAnOrderExplainsNoStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.addArticles(2)
	id := w.Company.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{
			{ProductID: ids[0], Quantity: harness.Dec("2")}, {ProductID: ids[1], Quantity: harness.Dec("3")},
		},
	})
	number := w.ImportOrder(id, "")
	o, _ := w.GoodsOwner.Order(number)
	w.must(w.GoodsOwner.Pick(number, o.Lines[0].Row, *harness.Dec("2")))
	w.must(w.GoodsOwner.Pick(number, o.Lines[1].Row, *harness.Dec("3")))
	w.GoodsOwner.Damage(o.ID, "orderLines.comment", `"`+strings.Repeat("x", 9<<20)+`"`)
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 2, failed: 2})
	for _, id := range ids {
		w.wantStock(id, "10", "while what was picked of the order is not known")
	}
}

// A back order of which it cannot be read whose it is can be ours.
func TestOrderOfUnknownIdentityStopsTheStockOfItsArticles(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"orderInfo.advanced", "orderInfo.advanced.backOrderInfo.backOrderForOrderId"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			ids := w.addArticles(1)
			s := w.sell(ids[0], "10")
			w.pick(s, "3")
			b, err := w.GoodsOwner.AddBackOrder(s.number, ongoingtest.NewBackOrder{Number: "BO-B"})
			w.must(err)
			w.must(w.GoodsOwner.Pick("BO-B", s.row, *harness.Dec("2")))
			w.GoodsOwner.Damage(b, field, `"x"`)
			w.runWants(nil, wantRun{outcome: runner.Partial, reason: field, read: 1, failed: 1})
			w.wantStock(ids[0], "10", "while it is not known whose the back order is")
		})
	}
}

// What invoicing will take out of an order that cannot be read is not known.
func TestUnreadableBookedOrderStopsStock(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, map[string]any{"shipments": map[string]any{"status": "Distribution"}})
	ids := w.addArticles(1)
	s := w.sellAndPick(ids[0], "4")
	w.must(w.GoodsOwner.SetOrderStatus(s.number, 450))
	book(office24.StatusDistribution, "4")(w, s)
	w.Company.Damage("InvoiceOrder", int(s.id), "APIException", "no access")
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 1, failed: 1})
	w.wantStock(ids[0], "10", "while the booked order cannot be read")
	w.Company.Damage("InvoiceOrder", int(s.id), "APIException", "")
	w.run(keys(ids[0]))
	w.wantStock(ids[0], "10", "after it can be read again")
}

// Not even the id is known of an order without its head, or of an article. The article is not taken for gone.
func TestRecordWithoutAnIDStopsOnlyItsOwnStock(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(*world, sale, int){
		"order": func(w *world, s sale, _ int) {
			o, _ := w.GoodsOwner.Order(s.number)
			w.GoodsOwner.Damage(o.ID, "orderInfo", `[]`)
		},
		"article": func(w *world, _ sale, id int) { w.GoodsOwner.Damage(id, "articleSystemId", `null`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			ids := w.addArticles(3)
			s := w.sellAndPick(ids[1], "2")
			for i := range ids {
				w.setWarehouseStock(articleNumber(i), "5")
			}
			a, _ := w.GoodsOwner.Article(articleNumber(1))
			damage(w, s, a.ID)
			row := w.run(map[string]any{"full": true})
			if row.Outcome != runner.Partial || row.Written != 2 || row.Failed != 1 || row.Notes != nil {
				t.Errorf("got %+v", row)
			}
			for i, want := range []string{"5", "10", "5"} {
				w.wantStock(ids[i], want, "after the run")
			}
		})
	}
}

// Its stock is not known, and that of the other products is.
func TestStockOfAProductWithoutAReadableIDWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.addArticles(3)
	for i := range ids {
		w.setWarehouseStock(articleNumber(i), "7")
	}
	w.Company.Damage("Product", int(ids[1]), "Id", "abc")
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "Id is not a whole number", read: 3, planned: 2, written: 2, failed: 1,
	})
	for i, want := range []string{"7", "10", "7"} {
		w.wantStock(ids[i], want, "after the run")
	}
}
