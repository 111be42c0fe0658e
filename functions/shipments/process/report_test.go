package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestPartlyPickedOrderIsReportedOnceItIsShipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.pick(id, 0, "2")
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, reported: "-"})
	w.pick(id, 0, "1")
	w.setWarehouseStatus(id, 450)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "3"})
}

func TestShortOrderWithoutRestOrdersIsSentAsItIsAndNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.booked("10 3", "8 0")
	w.wantOrder(id, wantOrder{
		status: office24.StatusSent, rows: "ART-1:10 ART-2:3", reported: "8 -", rests: []string{},
	})
	rows := w.erpOrder(id).Rows
	w.wantNote(fmt.Sprintf("8 of 10 on row %d", rows[0].ID))
	w.wantNote(fmt.Sprintf("0 of 3 on row %d", rows[1].ID))
	w.wantSaves(1)
}

func TestPickedAfterTheReportIsReportedWithoutAnotherSave(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.booked("10", "8")
	w.pick(id, 0, "2")
	w.runWants(nil, wantRun{read: 1, planned: 1, written: 1})
	w.wantOrder(id, wantOrder{reported: "10"})
	w.wantSaves(1)
}

// A person can move an order on after it was Sent. That matters only if more is picked.
func TestBookedOrderMovedByHandIsHeldOnlyIfMoreIsPicked(t *testing.T) {
	t.Parallel()
	for _, status := range []office24.OrderStatus{office24.StatusForInvoicing, office24.StatusConfirmed} {
		t.Run(status.Name(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.booked("10", "8")
			w.Company.SetStatus(id, status)
			w.setWarehouseStatus(id, 500) // the carrier collects it
			w.runWants(nil, wantRun{read: 1, unchanged: 1})
			w.pick(id, 0, "2")
			w.runHolds("status " + status.Name())
			w.wantOrder(id, wantOrder{reported: "8"})
			w.Company.SetStatus(id, office24.StatusSent)
			w.runOK()
			w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "10"})
		})
	}
}

// All that was picked is reported, or the order would be read again forever. Its rows stay what the customer ordered.
func TestMorePickedThanOrderedIsReportedAndNoted(t *testing.T) {
	t.Parallel()
	for _, restOrders := range []bool{false, true} {
		t.Run(fmt.Sprintf("rest orders %v", restOrders), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"restOrders": restOrders})
			id := w.booked("3", "5")
			w.wantOrder(id, wantOrder{
				status: office24.StatusSent, rows: "ART-1:3", reported: "5", rests: []string{},
			})
			w.wantNote("5 of 3 on row")
		})
	}
}

func TestShippedOrderOfWhichNothingWasPickedIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.setWarehouseStatus(id, 450)
	w.runHolds("nothing of it was picked")
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed})
	w.pick(id, 0, "3")
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
}

func TestOrderOfServicesIsSentWithoutAPick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.importOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: w.addService(), Quantity: harness.Dec("1"), Price: harness.Dec("99")}},
	})
	w.setWarehouseStatus(id, 450)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
}

// An order that has nothing to report is found by its change of status.
func TestOrderReportedByAnotherSystemIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.runOK() // stores the cursor
	w.ship(id, 450, "")
	w.reportElsewhere(id, "3")
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
}

func TestLineReportedByAnotherSystemAfterThePlanIsNotReportedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3 2", "")
	w.beforeRead(1, func() { w.reportElsewhere(id, "3") })
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "3 2"})
	reports := 0
	for _, e := range w.Ongoing.Journal() {
		if strings.HasPrefix(e.Operation, "PATCH") {
			reports++
		}
	}
	if reports != 2 { // the other system's and one of ours
		t.Errorf("got %d reports, want 2", reports)
	}
}

func TestPickedBetweenBookingAndReportIsReportedByTheNextRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("10", "8")
	w.afterSave("", func() { w.pick(id, 0, "2") })
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "8"})
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "10"})
}

func TestOrderReopenedByTheWarehouseAfterThePlanIsNotBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3", "")
	w.beforeRead(1, func() { w.setWarehouseStatus(id, 300) })
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 1, planned: 1, failed: 1})
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed})
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed})
}
