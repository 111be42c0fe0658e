package cases_test

import (
	"fmt"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/harness"
)

// delivered adds up what the warehouse has picked on all orders.
func (w *world) delivered() number.Decimal {
	sum := number.Decimal{}
	for _, o := range w.GoodsOwner.Orders() {
		for _, l := range o.Lines {
			sum = sum.Add(l.Picked)
		}
	}
	return sum
}

// confirmRest confirms rest orders, as the merchant does when goods have arrived.
func (w *world) confirmRest() {
	for _, o := range w.Company.Orders() {
		if o.Status == office24.StatusRest {
			w.Company.SetStatus(o.ID, office24.StatusConfirmed)
		}
	}
}

// shipAll ships whatever is released in Ongoing.
func (w *world) shipAll() {
	w.t.Helper()
	for _, o := range w.GoodsOwner.Orders() {
		if o.Status == 300 {
			w.ship(o.Number, nil)
		}
	}
}

// The warehouse makes a back order after the rest order was made, and the merchant confirms the rest order: 12 would be
// delivered for 10.
func TestRestOrderBesideABackOrderIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"shipments": map[string]any{"restOrders": true}})
	kettle := w.product("KET-17", "0")
	order := w.order(map[office24.ProductID]string{kettle: "10"})
	w.tick()
	w.counted("KET-17", "100")
	w.tick()
	w.ship(text(order), w.someOf(text(order), "8"))
	w.tick()
	_, err := w.GoodsOwner.AddBackOrder(text(order), ongoingtest.NewBackOrder{Number: "B-9"})
	must(t, err)
	w.confirmRest()
	w.tick()
	rest := w.Company.Orders()[1].ID
	w.wantFailure(naming.SalesOrders, rest, "is the rest order of order", "back order B-9", "set order", "to Inactive")
	w.shipAll()
	w.tick()
	if got := w.delivered(); !got.Equal(*harness.Dec("10")) {
		t.Errorf("%s delivered of 10; %s", got, w.failures())
	}
	w.Company.SetStatus(rest, office24.StatusInactive)
	for range 5 {
		w.tick()
		w.shipAll()
	}
	if got := w.delivered(); !got.Equal(*harness.Dec("10")) || w.failures() != "no failure records" {
		t.Errorf("%s delivered of 10; %q", got, w.failures())
	}
	w.wantStatus(order, office24.StatusSent)
	w.wantStock(kettle, "90")
	if o, _ := w.Company.Order(order); !o.Rows[0].Quantity.Equal(*harness.Dec("10")) {
		t.Errorf("order %d has %s", order, o.Rows[0].Quantity)
	}
}

func TestBackOrderAndRestOrderDeliverWhatWasOrdered(t *testing.T) {
	t.Parallel()
	kinds := map[string]ongoingtest.NewBackOrder{
		"it keeps our id":               {Number: "40001-1", KeepOrderID: true},
		"it has another id and rows":    {Number: "B-9", NewRows: true},
		"it takes the rest over":        {Number: "40001-1", KeepOrderID: true, CutLines: true},
		"it takes over, with other ids": {Number: "B-9", NewRows: true, CutLines: true},
	}
	for kind, back := range kinds {
		for _, restOrders := range []bool{true, false} {
			for _, early := range []bool{true, false} {
				name := fmt.Sprint(kind, ", rest orders ", restOrders, ", before the booking ", early)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, map[string]any{"shipments": map[string]any{"restOrders": restOrders}})
					kettle := w.product("KET-17", "0")
					order := w.order(map[office24.ProductID]string{kettle: "10"})
					w.tick()
					w.counted("KET-17", "100")
					w.tick()
					w.ship(text(order), w.someOf(text(order), "8"))
					if !early {
						if restOrders {
							return // see TestRestOrderBesideABackOrderIsHeld
						}
						w.tick()
					}
					_, err := w.GoodsOwner.AddBackOrder(text(order), back)
					must(t, err)
					w.tick()
					w.confirmRest()
					w.tick()
					w.shipAll()
					for range 3 {
						w.tick()
						w.confirmRest()
						w.shipAll()
					}
					if got := w.delivered(); !got.Equal(*harness.Dec("10")) {
						t.Errorf("%s delivered of 10; %s", got, w.failures())
					}
					w.wantStatus(order, office24.StatusSent)
					w.wantStock(kettle, "90")
					for _, o := range w.GoodsOwner.Orders() {
						for _, l := range o.Lines {
							if l.Reported == nil || !l.Reported.Equal(l.Picked) {
								t.Errorf("order %s: %s picked, %v reported", o.Number, l.Picked, l.Reported)
							}
						}
					}
					if n := len(w.Company.Orders()); n != 1 {
						t.Errorf("%d orders in 24SevenOffice", n)
					}
				})
			}
		}
	}
}

// The warehouse never ships the back order: what is missing goes into a rest order.
func TestCancelledBackOrderLeavesItsGoodsToTheRestOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"shipments": map[string]any{"restOrders": true}})
	kettle := w.product("KET-17", "0")
	order := w.order(map[office24.ProductID]string{kettle: "10"})
	w.tick()
	w.counted("KET-17", "100")
	w.ship(text(order), w.someOf(text(order), "8"))
	_, err := w.GoodsOwner.AddBackOrder(text(order), ongoingtest.NewBackOrder{Number: "40001-1", KeepOrderID: true})
	must(t, err)
	w.tick()
	must(t, w.GoodsOwner.CancelOrder("40001-1"))
	for range 3 {
		w.tick()
		w.confirmRest()
		w.shipAll()
	}
	w.tick()
	if got := w.delivered(); !got.Equal(*harness.Dec("10")) {
		t.Errorf("%s delivered of 10; %s", got, w.failures())
	}
	w.wantStock(kettle, "90")
}

func TestOrderReturnedBeforeItWasBookedIsHeld(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]bool{"returned": false, "cancelled after picking": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			kettle := w.product("KET-17", "0")
			order := w.order(map[office24.ProductID]string{kettle: "10"})
			w.tick()
			w.counted("KET-17", "100")
			w.tick()
			w.wantStock(kettle, "100")
			w.ship(text(order), nil)
			must(t, w.GoodsOwner.ReturnOrder(text(order)))
			word := "Retur"
			if cancel {
				must(t, w.GoodsOwner.CancelOrder(text(order)))
				word = "Annullert"
			}
			for range 3 {
				w.tick()
				w.wantStock(kettle, "100")
				w.wantFailure(naming.Shipments, text(order), word)
			}
			w.full()
			w.wantFailure(naming.Shipments, text(order), word)
			w.run(map[string]any{"customers": []string{w.ID}, "keys": []string{text(order)}})
			w.wantFailure(naming.Shipments, text(order), word)
			w.wantStatus(order, office24.StatusConfirmed)

			w.Company.SetStatus(order, office24.StatusInactive)
			w.tick() // although the record is still in its pause
			w.wantFailure(naming.Shipments, text(order))
			w.full()
			w.wantStock(kettle, "100")
		})
	}
}

// An answer without any order can be an outage. One that has others proves that the order was deleted.
func TestReturnedOrderThatWasDeletedIsHeldUntilAnotherIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle := w.product("KET-17", "0")
	order := w.order(map[office24.ProductID]string{kettle: "10"})
	w.tick()
	w.counted("KET-17", "100")
	w.ship(text(order), nil)
	must(t, w.GoodsOwner.ReturnOrder(text(order)))
	w.Company.DeleteOrder(order)
	w.tick()
	w.wantFailure(naming.Shipments, order, "returned", "nor any other order", "dismiss this record")
	w.order(map[office24.ProductID]string{kettle: "1"})
	for range 4 {
		w.tick()
	}
	w.wantFailure(naming.Shipments, order)
}

func TestOrderCancelledByTheWarehouseIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle := w.product("KET-17", "0")
	order := w.order(map[office24.ProductID]string{kettle: "10"})
	w.tick()
	must(t, w.GoodsOwner.CancelOrder(text(order)))
	for range 2 {
		w.tick()
		w.wantFailure(naming.SalesOrders, order, "cancelled", "Inactive")
	}
	w.full()
	w.wantFailure(naming.SalesOrders, order, "cancelled", "Inactive")
	w.wantFailure(naming.Shipments, order) // one record, not two
	w.Company.SetStatus(order, office24.StatusInactive)
	for range 6 {
		w.tick()
	}
	w.wantFailure(naming.SalesOrders, order)
}

// A warehouse can have end statuses of its own, from which an order never comes to reportAt.
func TestOrderInAnEndStatusOfTheWarehousesOwnIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle := w.product("KET-17", "0")
	order := w.order(map[office24.ProductID]string{kettle: "10"})
	w.tick()
	w.counted("KET-17", "100")
	w.GoodsOwner.Warehouse().SetStatuses(map[int]string{
		300: "Plukk", 400: "Plukket", 425: "Sendt/Dellevert", 475: "Retur", 1000: "Annullert",
	})
	must(t, w.GoodsOwner.Ship(text(order), ongoingtest.Shipment{Status: 475}))
	w.tick()
	w.tick()
	w.wantFailure(naming.Shipments, order, "Retur")
	must(t, w.GoodsOwner.SetOrderStatus(text(order), 500))
	for range 4 {
		w.tick()
	}
	w.wantFailure(naming.Shipments, order)
	w.wantStatus(order, office24.StatusSent)
}

func TestLateRowIsAccountedFor(t *testing.T) {
	t.Parallel()
	for _, restOrders := range []bool{true, false} {
		t.Run(fmt.Sprint("rest orders ", restOrders), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"shipments": map[string]any{"restOrders": restOrders}})
			kettle, pot := w.product("KET-17", "0"), w.product("GRYTE-3", "0")
			order := w.order(map[office24.ProductID]string{kettle: "1"})
			w.tick()
			w.counted("KET-17", "5")
			must(t, w.GoodsOwner.SetOrderStatus(text(order), 320))
			late := office24.Row{ProductID: pot, Quantity: harness.Dec("2"), Price: harness.Dec("1")}
			row := w.Company.AddRow(order, late)
			w.tick()
			w.ship(text(order), nil)
			booking := w.tick()[naming.Shipments]
			w.wantStatus(order, office24.StatusSent)
			if !restOrders {
				if notes := strings.Join(booking.Notes, " "); !strings.Contains(notes, text(row)) {
					t.Errorf("nothing says that row %d was not delivered: %v", row, booking)
				}
				return
			}
			orders := w.Company.Orders()
			if len(orders) != 2 || len(orders[1].Rows) != 1 || orders[1].Rows[0].ProductID != pot ||
				!orders[1].Rows[0].Quantity.Equal(*harness.Dec("2")) {
				t.Errorf("the late row is not in a rest order: %+v", orders)
			}
		})
	}
}

func TestOrderUnderAnotherNumberIsTakenOver(t *testing.T) {
	t.Parallel()
	t.Run("another integration made it before us", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": "SO-"}})
		kettle := w.product("KET-17", "0")
		w.runNow(nil)
		order := w.order(map[office24.ProductID]string{kettle: "3"})
		o, _ := w.Company.Order(order)
		_, err := w.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{
			Number: text(order), OrderID: text(order),
			Lines: []ongoingtest.NewLine{{Row: text(o.Rows[0].ID), Article: "KET-17", Quantity: *harness.Dec("3")}},
		})
		must(t, err)
		w.followRenumbered(order, text(order), kettle)
	})
	t.Run("the warehouse has renumbered it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		kettle := w.product("KET-17", "0")
		order := w.order(map[office24.ProductID]string{kettle: "3"})
		w.tick()
		must(t, w.GoodsOwner.RenumberOrder(text(order), "X-1"))
		w.followRenumbered(order, "X-1", kettle)
	})
}

func (w *world) followRenumbered(order office24.OrderID, number string, kettle office24.ProductID) {
	w.t.Helper()
	w.counted("KET-17", "10")
	for range 2 {
		w.tick()
	}
	if n := len(w.GoodsOwner.Orders()); n != 1 {
		w.t.Fatalf("%d orders in Ongoing: %+v", n, w.GoodsOwner.Orders())
	}
	w.ship(number, nil)
	w.tick()
	w.wantStatus(order, office24.StatusSent)
	w.wantStock(kettle, "7")
}

func TestShippedOrderThatIsSetBackIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle := w.product("KET-17", "0")
	order := w.order(map[office24.ProductID]string{kettle: "1"})
	w.tick()
	w.counted("KET-17", "5")
	w.ship(text(order), nil)
	w.tick()
	w.wantStatus(order, office24.StatusSent)
	w.Company.SetStatus(order, office24.StatusConfirmed)
	w.Company.AddRow(order, office24.Row{ProductID: kettle, Quantity: harness.Dec("2"), Price: harness.Dec("1")})
	for range 2 {
		w.tick()
	}
	w.wantFailure(naming.SalesOrders, order, "copy it to a new order")
	if got := w.delivered(); !got.Equal(*harness.Dec("1")) {
		t.Errorf("%s delivered", got)
	}
}

func TestLineWhoseArticleWasExchangedIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle := w.product("KET-17", "0")
	w.product("GRYTE-3", "0")
	order := w.order(map[office24.ProductID]string{kettle: "1"})
	w.tick()
	w.counted("KET-17", "5")
	w.counted("GRYTE-3", "5")
	must(t, w.GoodsOwner.ExchangeArticle(text(order), w.ongoingOrder(text(order)).Lines[0].Row, "GRYTE-3"))
	w.ship(text(order), nil)
	for range 2 {
		w.tick()
	}
	w.wantFailure(naming.Shipments, order, "GRYTE-3")
	w.wantStatus(order, office24.StatusConfirmed)
}
