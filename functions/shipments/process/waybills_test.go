package process

import (
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
)

func newTrackingWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, map[string]any{"tracking": "invoiceText"})
}

// shippedWithWaybill imports an order and ships all of it with a waybill and parcels.
func (w *world) shippedWithWaybill(waybill string, parcels ...ongoingtest.Parcel) office24.OrderID {
	w.t.Helper()
	id := w.order("3")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: waybill, Parcels: parcels}))
	return id
}

func (w *world) setText(id office24.OrderID, text string) {
	w.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceText = text })
}

// Ongoing has waybills in three places. Those of returns are not the customer's.
func TestWaybillsAreAddedAfterTheInvoiceTextOnce(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	id := w.shippedWithWaybill("111",
		ongoingtest.Parcel{Number: "P1", Waybill: "222"}, ongoingtest.Parcel{Number: "P2", Waybill: "222"},
		ongoingtest.Parcel{Number: "P3", Waybill: "R-9", Return: true},
		ongoingtest.Parcel{Waybill: "333"}, ongoingtest.Parcel{Waybill: "22"}, ongoingtest.Parcel{Number: "P4"})
	w.setText(id, "Avtalt per telefon. Kolli 22 utgår.")
	w.runOK()
	want := "Avtalt per telefon. Kolli 22 utgår.\nTracking: 111, 333, 222"
	w.wantText(id, want)
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
	w.Clock.Forward(time.Minute)
	w.runOK()
	w.wantText(id, want)
	w.wantSaves(2)
}

func TestInvoiceTextIsLeftAloneWithoutTracking(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shippedWithWaybill("111")
	w.runOK()
	w.wantText(id, "")
}

func TestOrderBookedBeforeTrackingWasOnGetsItsWaybill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shippedWithWaybill("111")
	w.runOK()
	w.Clock.Forward(7 * 24 * time.Hour)
	w.runOK()
	w.wantText(id, "")
	w.setShipments(map[string]any{"tracking": "invoiceText"})
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantText(id, "Tracking: 111")
}

// What a person takes out of the text stays out.
func TestLateParcelsAreAddedUntilTheOrderIsInvoiced(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	id := w.shippedWithWaybill("111")
	w.runOK()
	w.Clock.Forward(3 * time.Hour)
	w.runOK()

	w.addParcels(key(id), ongoingtest.Parcel{Number: "P1", Waybill: "222"})
	w.runOK()
	w.wantText(id, "Tracking: 111\nTracking: 222")

	w.setText(id, "Takk")
	w.Company.SetStatus(id, office24.StatusForInvoicing)
	w.addParcels(key(id), ongoingtest.Parcel{Number: "P2", Waybill: "333"})
	w.runOK()
	w.wantText(id, "Takk\nTracking: 333")
	w.wantOrder(id, wantOrder{status: office24.StatusForInvoicing})

	w.Company.SetStatus(id, office24.StatusInvoiced)
	w.addParcels(key(id), ongoingtest.Parcel{Number: "P3", Waybill: "444"})
	w.runOK()
	w.wantText(id, "Takk\nTracking: 333")
}

// Ongoing refuses searches for what was updated more than two days ago.
func TestLateParcelIsAddedAfterALongPause(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	id := w.shippedWithWaybill("111")
	w.runOK()
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.Clock.Forward(time.Hour)
	w.addParcels(key(id), ongoingtest.Parcel{Number: "P1", Waybill: "222"})
	w.Clock.Forward(72 * time.Hour)
	w.runOK()
	w.wantText(id, "Tracking: 111\nTracking: 222")
}

func TestOrderInvoicedBetweenStatusAndTextIsOnlyReported(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	id := w.shippedWithWaybill("111")
	w.Office24.After(func(c office24test.Call) {
		if o, _ := w.Company.Order(id); c.Operation == "GetInvoices" && o.Status == office24.StatusSent {
			w.Company.SetStatus(id, office24.StatusInvoiced)
		}
	})
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusInvoiced, reported: "3"})
	w.wantText(id, "")
}

func TestWaybillsThatDoNotFitAreNoted(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	id := w.shippedWithWaybill("1111", ongoingtest.Parcel{Number: "P", Waybill: "2222"})
	long := strings.Repeat("å", 730)
	w.setText(id, long)
	w.runOK()
	w.wantText(id, long+"\nTracking: 1111")
	w.wantNote("no room for 1 of its waybills")
	w.wantNoSaves(func() { w.runOK() })
}

func TestWaybillsAreNotAddedTwiceIfTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	w := newTrackingWorld(t)
	id := w.shippedWithWaybill("111")
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Nth: 2, Kind: office24test.Reset, AfterEffect: true})
	w.run(nil)
	w.Clock.Forward(20 * time.Minute)
	w.runOK()
	w.wantText(id, "Tracking: 111")
	w.wantOrder(id, wantOrder{reported: "3"})
}

func TestTextMentionsWholeWaybillsOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, waybill string
		want          bool
	}{
		{"Tracking: 123, 456", "456", true},
		{"Tracking: 123, 456", "45", false},
		{"Tracking: 1456", "456", false},
		{"456", "456", true},
		{"se AB.1(2)", "AB.1(2)", true},
		{"se ABx1", "AB.1", false},
		{"1456 456", "456", true},
	}
	for _, test := range tests {
		if got := mentions(test.text, test.waybill); got != test.want {
			t.Errorf("mentions(%q, %q) = %v", test.text, test.waybill, got)
		}
	}
}
