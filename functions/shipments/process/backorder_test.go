package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// backOrders are the forms in which a warehouse can make a back order. The vendor documents none of them.
func backOrders() map[string]ongoingtest.NewBackOrder {
	return map[string]ongoingtest.NewBackOrder{
		"same rows":               {},
		"same rows, our order id": {KeepOrderID: true},
		"new rows":                {NewRows: true},
		"lines cut":               {NewRows: true, CutLines: true, KeepOrderID: true},
	}
}

func forEachBackOrder(t *testing.T, do func(t *testing.T, b ongoingtest.NewBackOrder)) {
	for name, b := range backOrders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(t, b)
		})
	}
}

// backOrder makes a back order of an order, and returns its number.
func (w *world) backOrder(orderNumber string, b ongoingtest.NewBackOrder) string {
	w.t.Helper()
	b.Number = orderNumber + "-R"
	_, err := w.GoodsOwner.AddBackOrder(orderNumber, b)
	w.must(err)
	return b.Number
}

// shipBackOrder ships a back order. Picked are quantities of its lines; "" picks everything.
func (w *world) shipBackOrder(orderNumber string, picked ...string) {
	w.t.Helper()
	o, _ := w.GoodsOwner.Order(orderNumber)
	s := ongoingtest.Shipment{}
	for i, q := range picked {
		if s.Quantities == nil {
			s.Quantities = map[string]number.Decimal{}
		}
		s.Quantities[o.Lines[i].Row] = number.MustParse(q)
	}
	w.must(w.GoodsOwner.Ship(orderNumber, s))
}

func (w *world) wantBackOrderReported(orderNumber, want string) {
	w.t.Helper()
	o, _ := w.GoodsOwner.Order(orderNumber)
	got := "-"
	if r := o.Lines[0].Reported; r != nil {
		got = r.String()
	}
	if got != want {
		w.t.Errorf("back order %s: got reported %s, want %s", orderNumber, got, want)
	}
}

func (w *world) later() { w.Clock.Forward(time.Hour) }

func TestBackOrderIsReportedAndTheOrderIsSentWithTheFirstDelivery(t *testing.T) {
	t.Parallel()
	forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
		w := newWorld(t, nil)
		id := w.shipped("10 3", "8 3")
		back := w.backOrder(key(id), b)
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:10 ART-2:3", reported: "8 3"})
		w.later()
		w.runOK()
		w.shipBackOrder(back)
		w.runOK()
		w.wantBackOrderReported(back, "2")
		w.wantSaves(1)
		w.laterRunWritesNothing()
	})
}

func TestNoRestOrderWhileBackOrderIsOnTheWayAndNoneIfItDeliversAll(t *testing.T) {
	t.Parallel()
	forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
		w := newRestWorld(t)
		id := w.shipped("10 3", "8 3")
		back := w.backOrder(key(id), b)
		w.runOK()
		w.wantOrder(id, wantOrder{
			status: office24.StatusSent, rows: "ART-1:10 ART-2:3", reported: "8 3", rests: []string{},
		})
		w.wantNote("no rest order yet, because back order " + back)
		w.laterRunWritesNothing()
		w.shipBackOrder(back)
		w.runOK()
		w.wantBackOrderReported(back, "2")
		w.wantOrder(id, wantOrder{rows: "ART-1:10 ART-2:3", rests: []string{}})
		w.laterRunWritesNothing()
	})
}

func TestRestOrderHoldsWhatNeitherOrderNorBackOrderDelivered(t *testing.T) {
	t.Parallel()
	for _, cancelled := range []bool{false, true} {
		forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
			w := newRestWorld(t)
			id := w.booked("10 3", "8 3")
			if rests := w.restOrders(); len(rests) != 1 {
				t.Fatalf("got %d rest orders, want one without a back order", len(rests))
			}
			other := w.shipped("10", "4")
			back := w.backOrder(key(other), b)
			w.runOK()
			want := wantOrder{rows: "ART-1:9", rests: []string{"ART-1:2", "ART-1:1"}}
			if cancelled {
				w.must(w.GoodsOwner.CancelOrder(back))
				want = wantOrder{rows: "ART-1:4", rests: []string{"ART-1:2", "ART-1:6"}}
			} else {
				w.shipBackOrder(back, "5")
			}
			w.runOK()
			w.wantOrder(other, want)
			w.wantOrder(id, wantOrder{rows: "ART-1:8 ART-2:3"})
			w.laterRunWritesNothing()
		})
	}
}

// The back order was made after the rest order.
func TestBackOrderReducesAnExistingRestOrder(t *testing.T) {
	t.Parallel()
	forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
		w := newRestWorld(t)
		id := w.booked("10 3", "8 0")
		w.wantOrder(id, wantOrder{rows: "ART-1:8", rests: []string{"ART-1:2 ART-2:3"}})
		back := w.backOrder(key(id), b)
		w.shipBackOrder(back)
		w.runOK()
		w.wantOrder(id, wantOrder{rows: "ART-1:10 ART-2:3", rests: []string{""}})
		w.wantBackOrderReported(back, "2")
		w.laterRunWritesNothing()
	})
}

func TestBackOrderOfConfirmedRestOrderIsHeld(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10", "8")
	rest := w.restOrders()[0].ID
	w.Company.SetStatus(rest, office24.StatusConfirmed)
	back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
	w.shipBackOrder(back)
	w.runHolds(fmt.Sprintf("rest order %d was made, but it has status Confirmed now", rest))
	w.run(map[string]any{"keys": []string{key(id)}}) // the back order is looked at with its order
	if w.Record("failure#shipments#"+key(id)) == nil {
		t.Error("the failure is gone, but nothing was settled")
	}
	w.Company.EditOrder(rest, func(o *office24.Order) { o.Rows = nil })
	w.later()
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:10"})
	w.wantBackOrderReported(back, "2")
}

func TestBackOrderOfBackOrderBelongsToTheOrder(t *testing.T) {
	t.Parallel()
	forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
		w := newRestWorld(t)
		id := w.shipped("10", "4")
		back := w.backOrder(key(id), b)
		w.shipBackOrder(back, "3")
		second := w.backOrder(back, b)
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:10", rests: []string{}})
		w.wantBackOrderReported(back, "3")
		w.later()
		w.runOK()
		w.shipBackOrder(second, "2")
		w.runOK()
		w.wantBackOrderReported(second, "2")
		w.wantOrder(id, wantOrder{rows: "ART-1:9", rests: []string{"ART-1:1"}})
		w.laterRunWritesNothing()
	})
}

func TestBackOrderShippedBeforeItsOrderWaitsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10")
	w.pick(id, 0, "8")
	back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
	w.shipBackOrder(back)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, reported: "-"})
	w.wantNote("it is booked when the order itself is")
	w.setWarehouseStatus(id, 450)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "8"})
	w.wantBackOrderReported(back, "2")
}

// Staff shipped the order that they made again, and only later cancelled the first one.
func TestBackOrderShippedBeforeItsOrderIsBookedWhenThatIsCancelled(t *testing.T) {
	t.Parallel()
	forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
		w := newWorld(t, nil)
		id := w.order("10")
		again := w.backOrder(key(id), b)
		w.shipBackOrder(again)
		w.runOK()
		w.later()
		w.runOK()
		w.must(w.GoodsOwner.CancelOrder(key(id)))
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:10"})
		w.wantBackOrderReported(again, "10")
		w.laterRunWritesNothing()
	})
}

// While the back order is shipped, 24SevenOffice does not let its order be read.
func TestBackOrderOfAnUnreadableOrderThatIsNotShippedWaitsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10")
	w.pick(id, 0, "8")
	back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
	w.shipBackOrder(back)
	w.Company.Damage("InvoiceOrder", int(id), "InvoiceRows.Quantity", "123,4567")
	w.runOK()
	w.Company.Damage("InvoiceOrder", int(id), "InvoiceRows.Quantity", "")
	w.later()
	w.runOK()
	w.setWarehouseStatus(id, 450)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "8"})
	w.wantBackOrderReported(back, "2")
}

// An invoiced order gets no rest order. What nothing delivered of it is a person's matter.
func TestOrderThatIsInvoicedWhileItWaitsForABackOrder(t *testing.T) {
	t.Parallel()
	for _, delivers := range []string{"2", "1", ""} {
		t.Run("back order delivers "+delivers, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.shipped("10", "8")
			back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
			w.runOK()
			w.Company.SetStatus(id, office24.StatusInvoiced)
			if delivers == "" {
				w.must(w.GoodsOwner.CancelOrder(back))
			} else {
				w.shipBackOrder(back, delivers)
				row := w.runOK()
				if notes := fmt.Sprint(row.Notes); strings.Contains(notes, "before all that was picked") {
					t.Errorf("got notes %s", notes)
				}
				w.wantBackOrderReported(back, delivers)
			}
			if delivers == "2" {
				if l := w.link(id); !l.IsClosed() {
					t.Errorf("the link still waits: %+v", l.RestOrder)
				}
			} else {
				w.runHolds(fmt.Sprintf("order %d was invoiced before its rest order was made", id))
			}
			w.wantOrder(id, wantOrder{rows: "ART-1:10", rests: []string{}})
		})
	}
}

// Staff cancelled the order before they picked anything, and made it again.
func TestOrderMadeAgainByTheWarehouseIsBooked(t *testing.T) {
	t.Parallel()
	forEachBackOrder(t, func(t *testing.T, b ongoingtest.NewBackOrder) {
		w := newRestWorld(t)
		id := w.order("10")
		again := w.backOrder(key(id), b)
		w.must(w.GoodsOwner.CancelOrder(key(id)))
		w.runOK()
		w.shipBackOrder(again, "7")
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:7", rests: []string{"ART-1:3"}})
		w.wantBackOrderReported(again, "7")
		w.laterRunWritesNothing()
	})
}

func TestBackOrderOfAnotherSystemsOrderIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.booked("3", "")
	w.addWarehouseOrder("BUTIKK-7", 10)
	back := w.backOrder("BUTIKK-7", ongoingtest.NewBackOrder{})
	w.shipBackOrder(back)
	w.runWants(nil, wantRun{read: 2, unchanged: 1, skipped: 1})
	w.wantBackOrderReported(back, "-")
	w.wantOrder(id, wantOrder{reported: "3"})
}

func TestBackOrderThatStrayedIsHeldUnlessARestOrderReplacesIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		restOrders bool
		status     int
		held       string
		rests      []string
	}{
		"returned":                   {status: 800, held: "returned in Ongoing", rests: []string{}},
		"returned, with rest orders": {restOrders: true, status: 800, rests: []string{"ART-1:2"}},
		"unlisted":                   {status: 425, held: "add 425 to shipments.reportAt", rests: []string{}},
		"unlisted, with rest orders": {restOrders: true, status: 425, held: "add 425", rests: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"restOrders": test.restOrders})
			id := w.shipped("10", "8")
			back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
			w.runOK()
			w.must(w.GoodsOwner.Ship(back, ongoingtest.Shipment{Status: test.status}))
			if test.held == "" {
				w.runOK()
			} else {
				w.runHolds(test.held)
				w.later()
				w.runHolds(test.held)
				w.Company.SetStatus(id, office24.StatusInvoiced)
				w.later()
				w.runOK()
			}
			w.wantOrder(id, wantOrder{rests: test.rests})
			w.wantBackOrderReported(back, "-")
			if r := w.Record("failure#shipments#" + back); r != nil {
				t.Errorf("got failure record %v, want none", r)
			}
		})
	}
}

// Somebody set the order to Sent, so it got no rest order that could replace what the back order did not deliver.
func TestBackOrderThatStrayedIsHeldIfItsOrderHasNoRestOrder(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	w.Company.SetStatus(id, office24.StatusSent)
	w.runOK()
	back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
	w.must(w.GoodsOwner.Ship(back, ongoingtest.Shipment{Status: 800}))
	w.runHolds("back order " + back)
	w.wantOrder(id, wantOrder{rows: "ART-1:10", rests: []string{}})
}

func TestWaybillsOfBackOrderAreAdded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"tracking": "invoiceText"})
	id := w.shipped("10", "8")
	w.addParcels(key(id), ongoingtest.Parcel{Number: "P", Waybill: "111"})
	back := w.backOrder(key(id), ongoingtest.NewBackOrder{})
	w.runOK()
	w.must(w.GoodsOwner.Ship(back, ongoingtest.Shipment{Waybill: "222"}))
	w.runOK()
	w.wantText(id, "Tracking: 111\nTracking: 222")
}

// In its pause the order is tried again because it changed. The back order that is the reason did not.
func TestFailureOfBackOrderStaysWhenItsOrderChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"tracking": "invoiceText"})
	id := w.booked("10", "8")
	w.shipBackOrder(w.backOrder(key(id), ongoingtest.NewBackOrder{}))
	w.Company.SetStatus(id, office24.StatusProduction)
	const reason = "was moved to status Production by hand"
	w.runHolds(reason)
	w.Clock.Forward(16 * time.Minute)
	w.runHolds(reason) // from now on the pause is longer than the searches by time look back
	w.Clock.Forward(16 * time.Minute)
	w.addParcels(key(id), ongoingtest.Parcel{Number: "P", Waybill: "111"})
	w.runHolds(reason)
	w.wantText(id, "")
}

func TestBackOrderSurvivesACrashAtEachWrite(t *testing.T) {
	t.Parallel()
	for name, delivers := range map[string]string{"all": "2", "some": "1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, first := range []bool{true, false} {
				crashAfterEachWrite(t, func(n int) bool {
					w := newRestWorld(t)
					id := w.shipped("10 3", "8 3")
					back := w.backOrder(key(id), ongoingtest.NewBackOrder{NewRows: true})
					crashed := first && w.crash(n)
					w.runOK()
					w.wantOrder(id, wantOrder{rows: "ART-1:10 ART-2:3", reported: "8 3", rests: []string{}})
					w.shipBackOrder(back, delivers)
					if !first {
						crashed = w.crash(n)
					}
					w.runOK()
					want := wantOrder{status: office24.StatusSent, rows: "ART-1:10 ART-2:3", rests: []string{}}
					if delivers == "1" {
						want.rows, want.rests = "ART-1:9 ART-2:3", []string{"ART-1:1"}
					}
					w.wantOrder(id, want)
					w.wantBackOrderReported(back, delivers)
					w.laterRunWritesNothing()
					return crashed
				})
			}
		})
	}
}
