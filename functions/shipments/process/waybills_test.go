package process

import (
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

func withTracking(t *testing.T) *world {
	t.Helper()
	return newWorld(t, map[string]any{"tracking": "invoiceText"})
}

func (w *world) parcels(id office24.OrderID, parcels ...ongoingtest.Parcel) {
	w.t.Helper()
	w.must(w.GoodsOwner.AddParcels(key(id), parcels...))
}

// TestTracking: the waybills of all three places are added to the invoice text, once, without those of returns and
// behind what a person wrote there.
func TestTracking(t *testing.T) {
	t.Parallel()
	w := withTracking(t)
	id := w.order("3")
	w.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceText = "Avtalt per telefon. Kolli 22 utgår." })
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "111", Parcels: []ongoingtest.Parcel{
		{Number: "P1", Waybill: "222"}, {Number: "P2", Waybill: "222"}, {Number: "P3", Waybill: "R-9", Return: true},
		{Waybill: "333"}, {Waybill: "22"}, {Number: "P4"},
	}}))
	w.ok()
	want := "Avtalt per telefon. Kolli 22 utgår.\nTracking: 111, 333, 222"
	w.expect("text", w.sold(id).InvoiceText, want)
	w.expectStatus(id, office24.StatusSent)
	w.Clock.Forward(time.Minute)
	w.ok()
	w.expect("text after a second run", w.sold(id).InvoiceText, want)
	if w.saves() != 2 {
		t.Errorf("%d saves", w.saves())
	}
}

// TestTrackingOff: without the setting the invoice text is nobody's business.
func TestTrackingOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "111"}))
	w.ok()
	w.expect("text", w.sold(id).InvoiceText, "")
}

// TestTrackingSwitchedOn: what was shipped before, and can still be changed, gets its waybills too.
func TestTrackingSwitchedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "111"}))
	w.ok()
	w.Clock.Forward(7 * 24 * time.Hour)
	w.ok()
	w.expect("text before", w.sold(id).InvoiceText, "")
	w.Settings["shipments"] = map[string]any{"tracking": "invoiceText"}
	w.must(w.PutSettings(t.Context(), w.Settings))
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expect("text", w.sold(id).InvoiceText, "Tracking: 111")
}

// TestLateParcels: parcels that are added after the order was booked are added to the text as long as the order can be
// changed; what a person has taken out stays out.
func TestLateParcels(t *testing.T) {
	t.Parallel()
	w := withTracking(t)
	id := w.order("3")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "111"}))
	w.ok()
	w.Clock.Forward(3 * time.Hour)
	w.ok()

	w.parcels(id, ongoingtest.Parcel{Number: "P1", Waybill: "222"})
	w.ok()
	w.expect("text", w.sold(id).InvoiceText, "Tracking: 111\nTracking: 222")

	w.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceText = "Takk" })
	w.Company.SetStatus(id, office24.StatusForInvoicing)
	w.parcels(id, ongoingtest.Parcel{Number: "P2", Waybill: "333"})
	w.ok()
	w.expect("text", w.sold(id).InvoiceText, "Takk\nTracking: 333")
	w.expectStatus(id, office24.StatusForInvoicing)

	w.Company.SetStatus(id, office24.StatusInvoiced)
	w.parcels(id, ongoingtest.Parcel{Number: "P3", Waybill: "444"})
	w.ok()
	w.expect("text of an invoice", w.sold(id).InvoiceText, "Takk\nTracking: 333")
}

// TestInvoicedMeanwhile: the order is invoiced between the booking and the text.
func TestInvoicedMeanwhile(t *testing.T) {
	t.Parallel()
	w := withTracking(t)
	id := w.order("3")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "111"}))
	w.Office24.After(func(c office24test.Call) {
		if o, _ := w.Company.Order(id); c.Operation == "GetInvoices" && o.Status == office24.StatusSent {
			w.Company.SetStatus(id, office24.StatusInvoiced)
		}
	})
	w.ok()
	w.expectStatus(id, office24.StatusInvoiced)
	w.expect("reported", w.reported(id), "3")
	w.expect("text", w.sold(id).InvoiceText, "")
}

// TestTextLimit: as many waybills as there is room for; the run record tells of the others.
func TestTextLimit(t *testing.T) {
	t.Parallel()
	w := withTracking(t)
	id := w.order("3")
	long := strings.Repeat("å", 730)
	w.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceText = long })
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "1111", Parcels: []ongoingtest.Parcel{{Number: "P", Waybill: "2222"}}}))
	w.ok()
	w.expect("text", w.sold(id).InvoiceText, long+"\nTracking: 1111")
	if !strings.Contains(w.notes(), "no room for 1 of its waybills") {
		t.Errorf("notes: %q", w.notes())
	}
	saves := w.saves()
	w.ok()
	if w.saves() != saves {
		t.Error("it was tried again")
	}
}

// TestTextAnswerLost: the text was written and the answer got lost.
func TestTextAnswerLost(t *testing.T) {
	t.Parallel()
	w := worldWith(t, testenv.Options{}, map[string]any{"shipments": map[string]any{"tracking": "invoiceText"}})
	id := w.order("3")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "111"}))
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Nth: 2, Kind: office24test.Reset, AfterEffect: true})
	w.run()
	w.Clock.Forward(20 * time.Minute)
	w.ok()
	w.expect("text", w.sold(id).InvoiceText, "Tracking: 111")
	w.expect("reported", w.reported(id), "3")
}

func TestMentions(t *testing.T) {
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
