package process

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// A step is something that happens to an order of some of ten items, and the stock that 24SevenOffice must have after
// the next run.
type step struct {
	what string
	do   func(w *world, s sale)
	want string
	// before is the stock until the next full sweep, if that is another one: Ongoing does not list the article as
	// changed because of what people do in 24SevenOffice.
	before string
}

func after(what string, do func(*world, sale), want string) step {
	return step{what: what, do: do, want: want}
}

func (s step) butBefore(want string) step {
	s.before = want
	return s
}

func pickSome(quantity string) func(*world, sale) {
	return func(w *world, s sale) { w.pick(s, quantity) }
}

func setERPStatus(status office24.OrderStatus) func(*world, sale) {
	return func(w *world, s sale) { w.Company.SetStatus(s.id, status) }
}

func setERPStock(quantity string) func(*world, sale) {
	return func(w *world, _ sale) { w.setERPStock(w.Company.Products()[0].ID, quantity) }
}

func setOrderStatus(status int) func(*world, sale) {
	return func(w *world, s sale) { w.must(w.GoodsOwner.SetOrderStatus(s.number, status)) }
}

// book does what the process shipments does to a shipped order.
func book(status office24.OrderStatus, quantity string) func(*world, sale) {
	return func(w *world, s sale) {
		w.Company.SetStatus(s.id, status)
		links, err := w.Partition().Orders(w.t.Context(), []int{int(s.id)})
		w.must(err)
		link := links[int(s.id)]
		link.ShippedAt = w.Clock.Now()
		w.must(w.Partition().PutOrder(w.t.Context(), &link))
		w.report(s, quantity)
	}
}

// split is book after the order was reduced to what was delivered, with a rest order for what remains.
func split(delivered, remaining string) func(*world, sale) {
	return func(w *world, s sale) {
		var product office24.ProductID
		w.Company.EditOrder(s.id, func(o *office24.Order) {
			o.Rows[0].Quantity, product = harness.Dec(delivered), o.Rows[0].ProductID
		})
		rest := w.Company.AddOrder(office24.Order{
			CustomerID: 5120, Status: office24.StatusRest,
			Rows: []office24.Row{{ProductID: product, Quantity: harness.Dec(remaining)}},
		})
		links, err := w.Partition().Orders(w.t.Context(), []int{int(s.id)})
		w.must(err)
		link := links[int(s.id)]
		link.RestOrder = &state.RestOrder{OrderID: int(rest)}
		w.must(w.Partition().PutOrder(w.t.Context(), &link))
		book(office24.StatusSent, delivered)(w, s)
	}
}

func backOrder(b ongoingtest.NewBackOrder) func(*world, sale) {
	return func(w *world, s sale) {
		b.Number = s.number + "-B"
		_, err := w.GoodsOwner.AddBackOrder(s.number, b)
		w.must(err)
	}
}

func pickBackOrder(quantity string) func(*world, sale) {
	return func(w *world, s sale) {
		w.must(w.GoodsOwner.Pick(s.number+"-B", s.row, number.MustParse(quantity)))
	}
}

// The back order was shipped with the other article alone, before the invoiced order: the warehouse may still pick the
// goods, so what 24SevenOffice has taken out stays out.
func TestGoodsThatABackOrderWasShippedWithoutDoNotComeBack(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, nil)
	a, b := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10")
	id := w.Company.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{
			{ProductID: a, Quantity: harness.Dec("4"), Price: harness.Dec("100")},
			{ProductID: b, Quantity: harness.Dec("4"), Price: harness.Dec("100")},
		},
	})
	order := sale{id: id, number: w.ImportOrder(id, "")}
	o, _ := w.GoodsOwner.Order(order.number)
	order.row = o.Lines[1].Row
	backOrder(ongoingtest.NewBackOrder{})(w, order)
	setERPStatus(office24.StatusInvoiced)(w, order)
	pickBackOrder("4")(w, order)
	w.must(w.GoodsOwner.SetOrderStatus(order.number+"-B", 450))
	for range 2 {
		w.runOK()
		w.wantStock(a, "6", "A")
		w.wantStock(b, "6", "B")
		w.Clock.Forward(7 * time.Hour) // a full sweep is due
	}
}

func TestFigureFollowsAnOrderWhateverHappensToIt(t *testing.T) {
	t.Parallel()
	const ten = "10"
	nothing := func(*world, sale) {}
	shipped := after("shipped", setOrderStatus(450), ten)
	tests := []struct {
		name     string
		ordered  string
		settings map[string]any
		steps    []step
	}{
		{name: "invoiced before it is picked", ordered: "8", steps: []step{
			after("invoiced", setERPStatus(office24.StatusInvoiced), "2"),
			after("picked in part", pickSome("3"), "2"),
			after("picked", pickSome("5"), "2"),
			after("shipped", setOrderStatus(450), "2"),
		}},
		{name: "Sent before it is picked", ordered: "8", steps: []step{
			after("Sent", setERPStatus(office24.StatusSent), "2"),
			after("picked", pickSome("8"), "2"),
		}},
		{name: "Sent before it is picked, while shipments is off", ordered: "8",
			settings: map[string]any{"shipments": map[string]any{"enabled": false}},
			steps: []step{
				after("Sent", setERPStatus(office24.StatusSent), "2"),
				after("picked", pickSome("8"), "2"),
			}},
		{name: "invoiced for more than there is", ordered: "12", steps: []step{
			after("invoiced", setERPStatus(office24.StatusInvoiced), "-2"),
			after("picked what there is", pickSome("10"), "-2"),
		}},
		{name: "invoiced, and cancelled by the warehouse", ordered: "8", steps: []step{
			after("invoiced", setERPStatus(office24.StatusInvoiced), "2"),
			after("cancelled", setOrderStatus(1000), ten),
		}},
		{name: "Sent, and shipped short", ordered: "8", steps: []step{
			after("picked in part", pickSome("6"), ten),
			after("shipped", setOrderStatus(450), ten),
			after("Sent, which takes out all eight", book(office24.StatusSent, "6"), "4").butBefore("2"),
		}},
		{name: "withdrawn but shipped", ordered: "3", steps: []step{
			after("picked", pickSome("3"), ten),
			after("Inactive", setERPStatus(office24.StatusInactive), "7").butBefore(ten),
			after("shipped", setOrderStatus(450), "7"),
			after("a day later", func(w *world, _ sale) { w.Clock.Forward(24 * time.Hour) }, "7"),
		}},
		{name: "withdrawn by mistake", ordered: "3", steps: []step{
			after("picked", pickSome("3"), ten),
			after("back to an offer", setERPStatus(office24.StatusOffer), "7").butBefore(ten),
			after("confirmed again", setERPStatus(office24.StatusConfirmed), ten).butBefore("7"),
		}},
		{name: "returned before it was booked", ordered: ten, steps: []step{
			after("picked", pickSome(ten), ten),
			shipped,
			after("returned", func(w *world, s sale) { w.must(w.GoodsOwner.ReturnOrder(s.number)) }, ten),
			after("a month later", func(w *world, _ sale) { w.Clock.Forward(30 * 24 * time.Hour) }, ten),
			after("Inactive", setERPStatus(office24.StatusInactive), ten),
		}},
		{name: "returned, with goods that are not on the shelf yet", ordered: "8", steps: []step{
			after("picked", pickSome("8"), ten),
			after("returned", setOrderStatus(800), "2"),
			after("on the shelf again", func(w *world, _ sale) { w.setWarehouseStock("A", ten) }, ten),
		}},
		{name: "returned, below the last status of reportAt", ordered: "8",
			settings: map[string]any{"shipments": map[string]any{"reportAt": []int{450, 900}}},
			steps: []step{
				after("picked", pickSome("8"), ten),
				after("returned", setOrderStatus(800), "2"),
			}},
		{name: "cancelled after it was picked", ordered: "3", steps: []step{
			after("picked", pickSome("3"), ten),
			after("cancelled", setOrderStatus(1000), "7"),
			after("on the shelf again", func(w *world, _ sale) { w.setWarehouseStock("A", ten) }, ten),
		}},
		{name: "a target status that takes nothing out, and the invoice", ordered: "8",
			settings: map[string]any{"shipments": map[string]any{"status": "Distribution"}},
			steps: []step{
				after("picked", pickSome("8"), ten),
				shipped,
				after("booked", book(office24.StatusDistribution, "8"), ten),
				after("a day later", func(w *world, _ sale) { w.Clock.Forward(24 * time.Hour) }, ten),
				after("invoiced", setERPStatus(office24.StatusInvoiced), "2"),
			}},
		{name: "the target status, set by hand before it is picked", ordered: "8",
			settings: map[string]any{"shipments": map[string]any{"status": "Distribution"}},
			steps: []step{
				after("by hand", setERPStatus(office24.StatusDistribution), ten),
				after("picked", pickSome("8"), ten),
			}},
		{name: "a back order that the order waits for", ordered: "10", steps: []step{
			after("picked in part", pickSome("8"), ten),
			after("a back order", backOrder(ongoingtest.NewBackOrder{}), ten),
			after("the back order is picked", pickBackOrder("2"), ten),
			after("Sent", book(office24.StatusSent, "8"), "0"),
		}},
		{name: "a back order after Sent", ordered: "10", steps: []step{
			after("picked in part", pickSome("8"), ten),
			after("a back order", backOrder(ongoingtest.NewBackOrder{}), ten),
			after("shipped", setOrderStatus(450), ten),
			after("Sent, which takes out all ten", book(office24.StatusSent, "8"), "0"),
			after("the back order is picked", pickBackOrder("2"), "0"),
		}},
		{name: "a back order made after Sent", ordered: "10", steps: []step{
			after("picked in part", pickSome("8"), ten),
			shipped,
			after("Sent, which takes out all ten", book(office24.StatusSent, "8"), "2").butBefore("0"),
			after("a back order", backOrder(ongoingtest.NewBackOrder{}), "0").butBefore("2"),
			after("the back order is picked", pickBackOrder("2"), "0"),
		}},
		{name: "a back order although there is a rest order", ordered: "10", steps: []step{
			after("picked in part", pickSome("8"), ten),
			shipped,
			after("split and Sent, which takes out eight", split("8", "2"), "2"),
			after("a back order", backOrder(ongoingtest.NewBackOrder{}), "2"),
			after("the back order is picked", pickBackOrder("2"), "0"),
		}},
		{name: "counted in by hand after Sent", ordered: "8", steps: []step{
			after("Sent", setERPStatus(office24.StatusSent), "2"),
			after("counted in", setERPStock("10"), "2").butBefore(ten),
		}},
		{name: "a back order with our order id", ordered: "10", steps: []step{
			after("picked in part", pickSome("8"), ten),
			after("a back order", backOrder(ongoingtest.NewBackOrder{KeepOrderID: true}), ten),
			after("Sent by hand before anything is shipped", setERPStatus(office24.StatusSent), "0"),
			after("the back order is picked", pickBackOrder("2"), "0"),
		}},
		{name: "a back order that is shipped before its order", ordered: "10", steps: []step{
			after("picked in part", pickSome("8"), ten),
			after("a back order", backOrder(ongoingtest.NewBackOrder{}), ten),
			after("invoiced", setERPStatus(office24.StatusInvoiced), "0"),
			after("the back order is picked", pickBackOrder("2"), "0"),
			after("the back order is shipped", func(w *world, s sale) {
				w.must(w.GoodsOwner.SetOrderStatus(s.number+"-B", 450))
			}, "0"),
		}},
		{name: "sellable: a pick raises nothing", ordered: ten,
			settings: map[string]any{"stock": map[string]any{"quantity": "sellable"}},
			steps: []step{
				after("ordered", nothing, "0"),
				after("picked", pickSome(ten), "0"),
				after("shipped and Sent", func(w *world, s sale) {
					setOrderStatus(450)(w, s)
					book(office24.StatusSent, ten)(w, s)
				}, "0"),
			}},
		{name: "sellable: invoiced before it is picked", ordered: "8",
			settings: map[string]any{"stock": map[string]any{"quantity": "sellable"}},
			steps: []step{
				after("invoiced", setERPStatus(office24.StatusInvoiced), "2"),
				after("picked", pickSome("8"), "2"),
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, testenv.Options{}, test.settings)
			id := w.AddStockedProduct("A", "10")
			order := w.sell(id, test.ordered)
			for _, s := range test.steps {
				s.do(w, order)
				w.runOK()
				w.wantStock(id, cmp.Or(s.before, s.want), s.what)
				w.Clock.Forward(7 * time.Hour) // a full sweep is due
				w.runOK()
				w.wantStock(id, s.want, s.what+", after a full sweep")
			}
		})
	}
}

// What 24SevenOffice takes out is the kit. Its parts have figures of their own, which are those of the shelf.
func TestInvoicedKitChangesNothingInItsParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kit, part := w.AddStockedProduct("KIT", "0"), w.AddStockedProduct("PART", "10")
	w.must(w.GoodsOwner.MakeKit("KIT", map[string]number.Decimal{"PART": number.FromInt(2)}))
	order := w.sell(kit, "3")
	w.Company.SetStatus(order.id, office24.StatusInvoiced)
	w.raiseERPStock(part)
	w.runOK()
	w.wantStock(part, "10", "invoiced")
	w.pick(order, "3")
	w.runOK()
	w.wantStock(part, "4", "picked")
	w.wantStock(kit, "-3", "kit, which has no stock in Ongoing")
}

// A part of what was returned is on the shelf again, although the order is still to be booked.
func TestReturnedItemsOfAPickAreNotAdded(t *testing.T) {
	t.Parallel()
	reportAt := map[string]any{"reportAt": []int{450, 500, 800}}
	w := newWorldWith(t, testenv.Options{}, map[string]any{"shipments": reportAt})
	id := w.AddStockedProduct("A", "10")
	order := w.sellAndPick(id, "3")
	w.must(w.GoodsOwner.ReturnOrder(order.number))
	w.runOK()
	w.wantStock(id, "10", "returned")
}

// The article still includes what was picked after it was read, also for an order that is invoiced already.
func TestPickBetweenArticleAndOpenOrdersIsNotAdded(t *testing.T) {
	t.Parallel()
	var w *world
	later := func() {}
	w = newWorldWith(t, testenv.Options{Office24: office24test.Options{Record: func(x office24test.Exchange) {
		if strings.Contains(x.RequestBody, "GetProducts") {
			later()
		}
	}}}, nil)
	id := w.AddStockedProduct("A", "10")
	order := w.sell(id, "8")
	w.Company.SetStatus(order.id, office24.StatusInvoiced)
	later = func() {
		later = func() {}
		w.must(w.GoodsOwner.Pick(order.number, order.row, number.FromInt(8)))
	}
	w.runOK()
	w.wantStock(id, "2", "picked during the run")
	w.wantWrites(0)
}

// lists counts the lists of orders that runs have read in Ongoing. Each takes two calls: its last page is empty.
func (w *world) lists() (lists int) {
	for _, e := range w.Ongoing.Journal() {
		if e.Operation == "GET /orders" {
			lists++
		}
	}
	return lists / 2
}

func TestOpenOrdersAreReadForUnexplainedDifferencesAndInFullSweeps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, daily())
	products := w.addArticles(3)
	lists := func(when string, later time.Duration, run wantRun, want int) {
		t.Helper()
		w.Clock.Forward(later)
		before := w.lists()
		w.runWants(nil, run)
		if got := w.lists() - before; got != want {
			t.Errorf("%s: got %d lists of orders, want %d", when, got, want)
		}
	}
	lists("nothing is on order", 0, wantRun{read: 3, unchanged: 3}, 0)
	open := w.sell(products[0], "4")
	lists("equal stock", time.Minute, wantRun{read: 3, unchanged: 3}, 0) // listed again because of the overlap
	w.setWarehouseStock(articleNumber(2), "4")
	lists("a difference of an article that is not on order", time.Hour,
		wantRun{read: 3, planned: 1, written: 1, unchanged: 2}, 0)
	w.pick(open, "1")
	lists("a pick that explains the difference", time.Hour, wantRun{read: 1, unchanged: 1}, 1)
	lists("a full sweep", 25*time.Hour, wantRun{read: 3, unchanged: 3}, 2)
	w.raiseERPStock(products...)
	lists("a full sweep that finds differences", 25*time.Hour, wantRun{read: 3, planned: 3, written: 3}, 2)
}

// B's article is read after the orders were read for A's, and something happens to an order of B in between.
func TestNoFigureIsWrittenByOrdersThatAreOlderThanItsArticle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, between func(w *world, s sale)
		looks           int // how often A's part of the run asks 24SevenOffice for orders
		want            string
		lists           int
	}{
		"nothing": {
			before: pickSome("3"), looks: 1, between: func(*world, sale) {}, want: "10", lists: 2,
		},
		"picked": {
			before: pickSome("3"), looks: 1, between: pickSome("2"), want: "10", lists: 3,
		},
		"Sent": {
			before: pickSome("3"), looks: 1, between: setERPStatus(office24.StatusSent), want: "2", lists: 4,
		},
		"invoiced before it is picked": {
			before: func(*world, sale) {}, looks: 2, between: setERPStatus(office24.StatusInvoiced), want: "2",
			lists: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			a, b := w.AddStockedProduct("A", "10"), w.addProduct("B", "10")
			w.Company.EditProduct(b, func(p *office24.Product) { p.StockControlled = new(true) })
			w.linkArticle(b, "B", w.addArticle(ongoingtest.NewArticle{Number: "B", Stock: number.FromInt(10)}))
			w.pick(w.sell(a, "4"), "1")
			w.raiseERPStock(a)
			order := w.sell(b, "8")
			test.before(w, order)
			looked := 0
			w.Office24.After(func(c office24test.Call) {
				if c.Operation != "GetInvoices" {
					return
				}
				if looked++; looked == test.looks {
					w.Clock.Forward(time.Second)
					test.between(w, order)
				}
			})
			lists := w.lists()
			w.run(keys(a, b)) // finds the article of A by its code, then that of B by its number
			w.wantStock(b, test.want, "after the run")
			for _, k := range w.written() {
				if k == key(b) {
					t.Error("B was written")
				}
			}
			if got := w.lists() - lists; got != test.lists {
				t.Errorf("got %d lists of orders, want %d", got, test.lists)
			}
		})
	}
}

// How many decimal places 24SevenOffice keeps is not documented.
func TestQuantityOfMoreDecimalsThanAreKeptIsWrittenOnce(t *testing.T) {
	t.Parallel()
	for _, places := range []int32{0, 2, 4} {
		for _, linked := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d places, linked %v", places, linked), func(t *testing.T) {
				t.Parallel()
				kept := places
				w := newWorldWith(t, testenv.Options{Office24: office24test.Options{StockPlaces: &kept}}, nil)
				add := w.addUnlinked
				if linked {
					add = w.AddStockedProduct
				}
				id, whole := add("A", "10"), add("B", "10")
				w.setWarehouseStock("A", "12.34567")
				w.setWarehouseStock("B", "3")
				stored := number.MustParse("12.34567").Round(places).String()
				for range 3 {
					w.runOK()
					w.wantStock(id, stored, "as it is kept")
					w.wantStock(whole, "3", "a whole number")
					w.wantWrites(2)
					w.Clock.Forward(7 * time.Hour)
				}
				w.setERPStock(id, "12.5")
				w.runOK()
				w.wantStock(id, stored, "changed by somebody, and written again")
				w.setWarehouseStock("A", "12.5")
				w.runOK()
				w.wantStock(id, number.MustParse("12.5").Round(places).String(), "another quantity")
			})
		}
	}
}

// What a back order of a back order has picked is ours, also if the one in between has nothing left to report.
func TestPicksOfABackOrderOfABackOrderAreOurs(t *testing.T) {
	t.Parallel()
	for name, reported := range map[string]bool{"all unreported": false, "the one in between is reported": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			ids := w.addArticles(1)
			s := w.sell(ids[0], "10")
			w.pick(s, "3")
			_, err := w.GoodsOwner.AddBackOrder(s.number, ongoingtest.NewBackOrder{Number: "BO-B"})
			w.must(err)
			w.must(w.GoodsOwner.Pick("BO-B", s.row, *harness.Dec("2")))
			_, err = w.GoodsOwner.AddBackOrder("BO-B", ongoingtest.NewBackOrder{Number: "BO-A"})
			w.must(err)
			w.must(w.GoodsOwner.Pick("BO-A", s.row, *harness.Dec("4")))
			want := "10" // 1 is left on the shelf, 9 are picked
			if reported {
				o, _, err := w.OngoingClient().OrderNumbered(t.Context(), "BO-B")
				w.must(err)
				w.must(w.OngoingClient().ReportPicked(t.Context(), o.Info.ID))
				want = "8"
			}
			for range 2 {
				w.run(nil)
				w.wantStock(ids[0], want, "after a run")
			}
		})
	}
}
