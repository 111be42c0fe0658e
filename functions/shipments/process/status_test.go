package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// TestSent: a shipped order becomes Sent by a write of the status and nothing else, between two reads, and is reported
// line by line. A second run writes nothing.
func TestSent(t *testing.T) {
	t.Parallel()
	var saves []string
	w := worldWith(t, recording(&saves), nil)
	id := w.order("3", "2.5")
	w.ship(id, 450)

	row := w.ok()
	if row.Read != 1 || row.Planned != 1 || row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(id, office24.StatusSent)
	w.expect("reported", w.reported(id), "3 2.5")
	_, order, _ := strings.Cut(saves[0], "<InvoiceOrder>")
	order, _, _ = strings.Cut(order, "</InvoiceOrder>")
	w.expect("what was sent", order,
		fmt.Sprintf(`<OrderId>%d</OrderId><CustomerId>5120</CustomerId><OrderStatus>OrderState_Sent</OrderStatus><IncludeVAT xsi:nil="true"/>`, id))
	var around []string
	for _, c := range w.Office24.Journal() {
		if c.Operation == "GetInvoices" || c.Operation == "SaveInvoices" {
			around = append(around, c.Operation)
		}
	}
	last := len(around) - 1
	if len(saves) != 1 || around[last] != "GetInvoices" || around[last-1] != "SaveInvoices" || around[last-2] != "GetInvoices" {
		t.Errorf("calls: %v", around)
	}

	w.Clock.Forward(15 * time.Minute)
	if row := w.ok(); row.Written != 0 || row.Planned != 0 {
		t.Errorf("second run: %+v", row)
	}
	if w.saves() != 1 {
		t.Errorf("%d saves", w.saves())
	}
}

// TestStartingStatus: which status of 24SevenOffice an order may be moved away from.
func TestStartingStatus(t *testing.T) {
	t.Parallel()
	settings := map[string]any{"salesOrders": map[string]any{"statuses": []any{"Confirmed", "Web"}, "importedStatus": "Pack"}}
	tests := []struct {
		status   office24.OrderStatus
		want     office24.OrderStatus
		reported string
		held     string
		why      string
	}{
		{office24.StatusConfirmed, office24.StatusSent, "3", "", "a pulled status"},
		{office24.StatusWeb, office24.StatusSent, "3", "", "the other pulled status"},
		{office24.StatusPack, office24.StatusSent, "3", "", "the status set on import"},
		{office24.StatusSent, office24.StatusSent, "3", "", "a person was faster: only the report is left"},
		{office24.StatusInvoiced, office24.StatusInvoiced, "3", "", "beyond the target: only the report is left"},
		{office24.StatusInvoicedCashAccount, office24.StatusInvoicedCashAccount, "3", "", "beyond the target"},
		{office24.StatusInvoicedPack, office24.StatusInvoicedPack, "3", "", "beyond the target"},
		{office24.StatusOffer, office24.StatusOffer, "-", "moved to status Offer by hand", "moved by hand"},
		{office24.StatusForInvoicing, office24.StatusForInvoicing, "-", "moved to status ForInvoicing by hand", "moved by hand, whatever it may mean"},
		{office24.StatusInactive, office24.StatusInactive, "-", "moved to status Inactive by hand", "withdrawn, and yet shipped"},
	}
	for _, test := range tests {
		t.Run(test.status.Name(), func(t *testing.T) {
			t.Parallel()
			w := worldWith(t, testenv.Options{}, settings)
			id := w.order("3")
			w.ship(id, 450)
			w.Company.SetStatus(id, test.status)
			if test.held != "" {
				w.held(test.held)
			} else {
				w.ok()
			}
			w.expectStatus(id, test.want)
			w.expect("reported", w.reported(id), test.reported)
			if test.want == test.status && w.saves() != 0 {
				t.Errorf("%s: it was written", test.why)
			}
		})
	}
}

// TestMovedBack: an order that is held goes through at once when it is moved back, whatever its pause.
func TestMovedBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ship(id, 450)
	w.Company.SetStatus(id, office24.StatusOffer)
	for range 4 { // the pause grows
		w.Clock.Forward(2 * time.Hour)
		w.held("moved to status Offer by hand")
	}
	w.Clock.Forward(5 * time.Minute)
	w.Company.SetStatus(id, office24.StatusConfirmed)
	if row := w.ok(); row.Written != 1 || row.Held != 0 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(id, office24.StatusSent)
	if r := w.Record("failure#shipments#" + key(id)); r != nil {
		t.Errorf("the failure is still there: %v", r)
	}
}

// TestMovedMeanwhile: a person moves the order between the plan and the write.
func TestMovedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, read := range []int{2, 3} { // the booking's own read, and the one right before the write
		w := newWorld(t, nil)
		id := w.order("3")
		w.ship(id, 450)
		reads := 0
		w.Office24.Before(func(c office24test.Call) {
			if c.Operation != "GetInvoices" {
				return
			}
			if reads++; reads == read {
				w.Company.SetStatus(id, office24.StatusOffer)
			}
		})
		w.run()
		w.expectStatus(id, office24.StatusOffer)
		w.expect("reported", w.reported(id), "-")
		w.held("status Offer")
	}
}

// TestStatusNotKept: the answer echoes what was sent; what counts is what was stored.
func TestStatusNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ship(id, 450)
	w.Office24.After(func(c office24test.Call) {
		if c.Operation == "SaveInvoices" {
			w.Company.SetStatus(id, office24.StatusConfirmed)
		}
	})
	if row := w.run(); row.Failed != 1 || !strings.Contains(row.Reason, "has status Confirmed") {
		t.Errorf("got %+v", row)
	}
	w.expect("reported", w.reported(id), "-")
}

// TestReportAt: at which of Ongoing's statuses an order counts as shipped.
func TestReportAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reportAt []any
		status   int
		sent     bool
		why      string
	}{
		{nil, 300, false, "being picked"},
		{nil, 400, false, "picked is not shipped"},
		{nil, 425, false, "a warehouse's own status, not named"},
		{nil, 450, true, "warehouses end at 450"},
		{nil, 451, false, "between the two, and not one of them"},
		{nil, 500, true, "or at 500"},
		{nil, 1000, false, "cancelled"},
		{[]any{425, 451}, 425, true, "named"},
		{[]any{425, 451}, 450, false, "between the two that are named"},
		{[]any{400}, 400, true, "who wants it so"},
		{[]any{500}, 450, false, "not yet collected"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.reportAt, test.status), func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if test.reportAt != nil {
				settings["reportAt"] = test.reportAt
			}
			w := newWorld(t, settings)
			id := w.order("3")
			w.ship(id, test.status)
			w.ok()
			want, reported := office24.StatusConfirmed, "-"
			if test.sent {
				want, reported = office24.StatusSent, "3"
			}
			w.expectStatus(id, want)
			w.expect(test.why+": reported", w.reported(id), reported)
		})
	}
}

// TestTargetStatus: another status than Sent.
func TestTargetStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"status": "ForInvoicing"})
	id := w.order("3")
	w.ship(id, 500)
	w.ok()
	w.expectStatus(id, office24.StatusForInvoicing)
	w.expect("reported", w.reported(id), "3")
}

// TestOff: switched off, nothing is asked or written.
func TestOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"enabled": false})
	w.ship(w.order("3"), 450)
	before := len(w.Ongoing.Journal())
	if row := w.run(); row.Outcome != runner.Off || len(w.Ongoing.Journal()) != before {
		t.Errorf("got %+v", row)
	}
}

// TestPartlyPicked: an order that stays partly picked below the statuses of reportAt is not reported.
func TestPartlyPicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.pick(id, 0, "2")
	w.ok()
	w.expectStatus(id, office24.StatusConfirmed)
	w.expect("reported", w.reported(id), "-")
	w.pick(id, 0, "1")
	w.must(w.GoodsOwner.SetOrderStatus(key(id), 450))
	w.ok()
	w.expectStatus(id, office24.StatusSent)
	w.expect("reported", w.reported(id), "3")
}

// TestShort: without rest orders an order that was finished short is Sent as it is, and the run record says so.
func TestShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10", "3")
	w.ship(id, 450, "8", "0")
	w.ok()
	w.expectStatus(id, office24.StatusSent)
	w.expect("rows", quantities(w.sold(id)), "ART-1:10 ART-2:3")
	w.expect("reported", w.reported(id), "8 -")
	rows := w.sold(id).Rows
	for _, want := range []string{fmt.Sprintf("8 of 10 on row %d", rows[0].ID), fmt.Sprintf("0 of 3 on row %d", rows[1].ID)} {
		if !strings.Contains(w.notes(), want) {
			t.Errorf("notes %q do not say %q", w.notes(), want)
		}
	}
	if len(w.rests()) != 0 || w.saves() != 1 {
		t.Errorf("%d saves, rest orders %v", w.saves(), w.rests())
	}
}

// TestPickedLater: what is picked after the report is reported, and the status is not written again.
func TestPickedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.ok()
	w.pick(id, 0, "2")
	if row := w.ok(); row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	w.expect("reported", w.reported(id), "10")
	if w.saves() != 1 {
		t.Errorf("%d saves", w.saves())
	}
}

// TestPickedLaterAndMoved: once an order was Sent, a person may move it on. Nothing is said about that as long as
// nothing more is picked.
func TestPickedLaterAndMoved(t *testing.T) {
	t.Parallel()
	for _, status := range []office24.OrderStatus{office24.StatusForInvoicing, office24.StatusConfirmed} {
		w := newWorld(t, nil)
		id := w.order("10")
		w.ship(id, 450, "8")
		w.ok()
		w.Company.SetStatus(id, status)
		w.must(w.GoodsOwner.SetOrderStatus(key(id), 500)) // the carrier comes
		if row := w.ok(); row.Written != 0 {
			t.Errorf("%s: got %+v", status, row)
		}
		w.pick(id, 0, "2")
		w.held("status " + status.Name())
		w.expect("reported", w.reported(id), "8")
		w.Company.SetStatus(id, office24.StatusSent)
		w.ok()
		w.expect("reported", w.reported(id), "10")
		w.expectStatus(id, office24.StatusSent)
	}
}

// TestOverPicked: the warehouse sent more than was ordered. The whole of it is reported, or it would come back for ever;
// the order stays what the customer ordered, and the run record says so.
func TestOverPicked(t *testing.T) {
	t.Parallel()
	for _, rest := range []bool{false, true} {
		w := newWorld(t, map[string]any{"restOrders": rest})
		id := w.order("3")
		w.ship(id, 450, "5")
		w.ok()
		w.expectStatus(id, office24.StatusSent)
		w.expect("rows", quantities(w.sold(id)), "ART-1:3")
		w.expect("reported", w.reported(id), "5")
		if !strings.Contains(w.notes(), "5 of 3 on row") || len(w.rests()) != 0 {
			t.Errorf("notes %q, rest orders %v", w.notes(), w.rests())
		}
	}
}

// TestNothingPicked: a finished order of which nothing was picked is a question for a person, in both of its forms.
func TestNothingPicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.must(w.GoodsOwner.SetOrderStatus(key(id), 450))
	w.held("nothing of it was picked")
	w.expectStatus(id, office24.StatusConfirmed)
	w.pick(id, 0, "3")
	w.ok()
	w.expectStatus(id, office24.StatusSent)
}

// TestNothingToPick: an order of services has nothing to be picked and is Sent when the warehouse has finished it.
func TestNothingToPick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.imported(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: w.service(), Quantity: harness.Dec("1"), Price: harness.Dec("99")}}})
	w.must(w.GoodsOwner.SetOrderStatus(key(id), 450))
	w.ok()
	w.expectStatus(id, office24.StatusSent)
}

// service makes a product without stock, with its article.
func (w *world) service() office24.ProductID {
	id := w.AddStockedProduct("FRAKT", "0")
	w.Company.EditProduct(id, func(p *office24.Product) { p.StockControlled = new(bool) })
	return id
}

// TestReportedElsewhere: another system has reported the lines. The order is found by its change of status all the same.
func TestReportedElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ok() // the cursor stands
	w.ship(id, 450)
	w.report(id, "3")
	w.ok()
	w.expectStatus(id, office24.StatusSent)
}

// report reports the first line of an order, as another system would.
func (w *world) report(id office24.OrderID, quantity string) {
	w.t.Helper()
	live, _, err := w.OngoingClient().OrderNumbered(w.t.Context(), key(id))
	w.must(err)
	w.must(w.OngoingClient().ReportLine(w.t.Context(), live.Info.ID, live.Lines[0].ID, number.MustParse(quantity)))
}

// TestReportedBetween: a line is reported by somebody else between plan and booking: that one is left out.
func TestReportedBetween(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3", "2")
	w.ship(id, 450)
	w.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" && w.Office24.Calls("GetInvoices") == 1 {
			w.report(id, "3")
		}
	})
	w.ok()
	w.expect("reported", w.reported(id), "3 2")
	n := 0
	for _, e := range w.Ongoing.Journal() {
		if strings.HasPrefix(e.Operation, "PATCH") {
			n++
		}
	}
	if n != 2 { // the other system's and one of ours
		t.Errorf("%d reports", n)
	}
}

// TestPickedBetween: what is picked between the booking and the report stays to be reported.
func TestPickedBetween(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.Office24.After(func(c office24test.Call) {
		if c.Operation == "SaveInvoices" {
			w.pick(id, 0, "2")
		}
	})
	w.ok()
	w.expect("reported", w.reported(id), "8")
	w.ok()
	w.expect("reported", w.reported(id), "10")
}

// TestReopened: the warehouse takes an order back between plan and booking.
func TestReopened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ship(id, 450)
	w.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" && w.Office24.Calls("GetInvoices") == 1 {
			w.must(w.GoodsOwner.SetOrderStatus(key(id), 300))
		}
	})
	if row := w.run(); row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(id, office24.StatusConfirmed)
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expectStatus(id, office24.StatusConfirmed)
}

// TestNotOurs: orders that we did not send are counted and never guessed at.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ours := w.order("3")
	unlinked := w.Company.AddOrder(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: w.products[0], Quantity: harness.Dec("1")}}})
	for _, orderNumber := range []string{"BUTIKK-7", key(unlinked), "MANUELL"} {
		_, err := w.GoodsOwner.AddOrder(orderNumber, ongoingtest.NewLine{Row: "1", Article: "ART-1", Quantity: number.FromInt(1)})
		w.must(err)
		w.must(w.GoodsOwner.Ship(orderNumber, ongoingtest.Shipment{}))
	}
	w.ship(ours, 450)
	row := w.ok()
	if row.Read != 4 || row.Skipped != 3 || row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(unlinked, office24.StatusConfirmed)
	o, _ := w.GoodsOwner.Order("BUTIKK-7")
	if o.Lines[0].Reported != nil {
		t.Error("an order that is not ours was reported")
	}
}

// TestSameNumber: an order of ours was renumbered in Ongoing and its number given to another one.
func TestSameNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	link := w.link(id)
	link.OngoingID += 1000 // our order is another one than the one that has the number now
	w.must(w.Partition().PutOrder(t.Context(), &link))
	w.ship(id, 450)
	row := harness.Run(w.Harness, Function(), map[string]any{"keys": []string{key(id)}})
	if row.Outcome != runner.OK || row.Skipped != 1 || row.Written != 0 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(id, office24.StatusConfirmed)
}

// TestPrefix: numbers with a prefix, also after the prefix was changed.
func TestPrefix(t *testing.T) {
	t.Parallel()
	w := worldWith(t, testenv.Options{}, map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": "NEW-"}})
	for _, prefix := range []string{"OLD-", "NEW-"} {
		id := w.Company.AddOrder(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
			Rows: []office24.Row{{ProductID: w.products[0], Quantity: harness.Dec("1")}}})
		orderNumber := w.ImportOrder(id, prefix)
		w.must(w.GoodsOwner.Ship(orderNumber, ongoingtest.Shipment{}))
		if row := w.ok(); row.Written != 1 {
			t.Errorf("%s: got %+v", prefix, row)
		}
		w.expectStatus(id, office24.StatusSent)
	}
}

// TestGone: the order was deleted in 24SevenOffice; it is held until it is back or reported by hand.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ship(id, 450)
	w.Company.DeleteOrder(id)
	w.held("gone from 24SevenOffice")
	w.expect("reported", w.reported(id), "-")
	w.report(id, "3")
	w.Clock.Forward(24 * time.Hour)
	w.held("gone from 24SevenOffice") // shipped, and nobody has answered for it
}

// TestGoneLater: an order that was booked and is deleted afterwards is no trouble; what was picked since is.
func TestGoneLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ship(id, 450, "2")
	w.ok()
	w.Company.DeleteOrder(id)
	w.Clock.Forward(15 * time.Minute)
	if row := w.ok(); row.Written != 0 {
		t.Errorf("got %+v", row)
	}
	w.report(id, "1") // as a run that died before its last report leaves it
	w.ok()
	w.expect("reported", w.reported(id), "2")
	w.pick(id, 0, "1")
	w.held("gone from 24SevenOffice")
}

// TestFormerImportedStatus: the status on import was changed, or switched off, while orders stood in it.
func TestFormerImportedStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id, other := w.order("3"), w.order("2")
	for _, id := range []office24.OrderID{id, other} {
		w.ship(id, 450)
		w.Company.SetStatus(id, office24.StatusPack)
	}
	link := w.link(id)
	link.Status = "Pack" // we put it there; the other one was a person's doing
	w.must(w.Partition().PutOrder(t.Context(), &link))
	w.held("moved to status Pack by hand")
	w.expectStatus(id, office24.StatusSent)
	w.expectStatus(other, office24.StatusPack)
}

// TestSentByARunThatDied: the link says that the order was about to be sent, and it stands there. It is ours, also where
// it is the only one, and what is picked later of one that stood there first is found.
func TestSentByARunThatDied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	link := w.link(id)
	link.OngoingID = 0
	w.must(w.Partition().PutOrder(t.Context(), &link))
	w.ship(id, 450, "1")
	later := w.order("2")
	w.ship(later, 450)
	w.Clock.Forward(15 * time.Minute)
	w.ok()
	w.expectStatus(id, office24.StatusSent)
	if got := w.link(id).OngoingID; got != w.standing(id).ID {
		t.Errorf("the link has the id %d", got)
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	w.pick(id, 0, "2")
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expect("reported", w.reported(id), "3")
}

// TestHistory: a goods owner has years of orders that nobody ever reported. Only those from our first one on are read,
// in the first run and in every other.
func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	old := func(n string) {
		_, err := w.GoodsOwner.AddOrder(n, ongoingtest.NewLine{Row: "1", Article: "ART-1", Quantity: number.FromInt(1)})
		w.must(err)
		w.must(w.GoodsOwner.Ship(n, ongoingtest.Shipment{}))
	}
	old("1997-1")
	old("1997-2")
	w.Clock.Forward(time.Hour)
	if row := w.ok(); row.Read != 0 {
		t.Errorf("without an order of ours: %+v", row)
	}
	w.Clock.Forward(24 * time.Hour)
	id := w.order("3")
	w.ship(id, 450)
	old("2026-1")
	if row := w.ok(); row.Read != 2 || row.Skipped != 1 || row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	cursor := w.Record("cursor#shipments")
	w.expect("place", fmt.Sprint(cursor["place"]), fmt.Sprint(w.standing(id).ID))
	for _, id := range []string{"1997-1", "1997-2"} {
		w.must(w.GoodsOwner.AddParcels(id, ongoingtest.Parcel{Number: "P", Waybill: "1"}))
	}
	w.Clock.Forward(time.Hour)
	w.ok() // the cursor leaves behind what moved just now
	w.Clock.Forward(time.Hour)
	if row := w.ok(); row.Read != 1 { // the one of 2026
		t.Errorf("got %+v", row)
	}
}

// TestTakenOver: an order that stood in Ongoing before our first one is linked later. It has a lower id and is found by
// its change of status.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	older := w.Company.AddOrder(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: w.products[0], Quantity: harness.Dec("3")}}})
	_, err := w.GoodsOwner.AddOrder(key(older), ongoingtest.NewLine{Row: "1", Article: "ART-1", Quantity: number.FromInt(3)})
	w.must(err)
	w.ship(w.order("1"), 450)
	w.ok()
	w.ImportOrder(older, "")
	w.ship(older, 450)
	w.ok()
	w.expectStatus(older, office24.StatusSent)
	w.expect("reported", w.reported(older), "3")
}

// TestFull: the lowest of our ids is kept in the cursor. A full run looks for it again.
func TestFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	older := w.Company.AddOrder(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: w.products[0], Quantity: harness.Dec("3")}}})
	standing, err := w.GoodsOwner.AddOrder(key(older), ongoingtest.NewLine{Row: "1", Article: "ART-1", Quantity: number.FromInt(3)})
	w.must(err)
	w.must(w.GoodsOwner.Ship(key(older), ongoingtest.Shipment{}))
	w.ship(w.order("1"), 450)
	for range 3 {
		w.ok() // the cursor leaves both behind
		w.Clock.Forward(time.Hour)
	}
	w.must(w.Partition().PutOrder(t.Context(), &state.OrderLink{OrderID: int(older), OrderNumber: key(older), OngoingID: standing}))
	w.ok()
	w.expectStatus(older, office24.StatusConfirmed)
	if row := harness.Run(w.Harness, Function(), map[string]any{"full": true}); row.Outcome != runner.OK {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(older, office24.StatusSent)
}

// TestKeys: a person names an order by its number in Ongoing. No other one is touched, and the cursor stays.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	named, other := w.order("3"), w.order("3")
	w.ship(named, 450)
	w.ship(other, 450)
	row := harness.Run(w.Harness, Function(), map[string]any{"keys": []string{key(named)}})
	if row.Outcome != runner.OK || row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(named, office24.StatusSent)
	w.expectStatus(other, office24.StatusConfirmed)
	if c := w.Record("cursor#shipments"); c != nil {
		t.Errorf("the cursor moved: %v", c)
	}
}

// TestDryRun writes nothing and shows what it would do.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"restOrders": true, "tracking": "invoiceText"})
	id := w.order("10")
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{Waybill: "707", Quantities: map[string]number.Decimal{
		w.standing(id).Lines[0].Row: number.FromInt(8)}}))
	_, _, before := w.VendorCalls()
	row := harness.Run(w.Harness, Function(), map[string]any{"dryRun": true})
	if _, _, after := w.VendorCalls(); after != before || w.Record("cursor#shipments") != nil {
		t.Error("a dry run wrote")
	}
	if len(row.Changes) != 1 || row.Changes[0].Key != key(id) || row.Changes[0].Action != "status" {
		t.Fatalf("got %+v", row)
	}
	line, r := w.standing(id).Lines[0].ID, w.sold(id).Rows[0].ID
	var got []string
	for _, f := range row.Changes[0].Fields {
		got = append(got, fmt.Sprintf("%s: %s → %s", f.Field, f.Old, f.New))
	}
	w.expect("fields", strings.Join(got, "\n"), fmt.Sprintf("OrderStatus: Confirmed → Sent\nInvoiceRows[%d].Quantity: 10 → 8\n"+
		"restOrder.InvoiceRows[%d].Quantity:  → 2\nInvoiceText:  → 707\norderLines[%d].reportedNumberOfItems:  → 8", r, r, line))
}

// TestRefused: a record that 24SevenOffice refuses becomes a failure record, the others go on, and it is tried again.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bad, good := w.order("3"), w.order("3")
	w.ship(bad, 450)
	w.ship(good, 450)
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Key: key(bad), Kind: office24test.ItemException,
		Type: "Office24Seven.Library.Economy.Accounting.DepartmentIsRequiredException", Text: "Department is required"})
	row := w.run()
	if row.Outcome != runner.Partial || row.Failed != 1 || row.Written != 1 || !strings.Contains(row.Reason, "Department is required") {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(good, office24.StatusSent)
	w.expect("reported", w.reported(bad), "-")
	if f := w.Record("failure#shipments#" + key(bad)); f["class"] != "rejected" {
		t.Errorf("failure record %v", f)
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expectStatus(bad, office24.StatusSent)
}

// TestAnswerLost: the write of the status takes effect and the answer gets lost. The order is read, found Sent, and
// reported; nothing is written twice.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.ship(id, 450)
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.Reset, AfterEffect: true})
	w.ok()
	w.expect("reported", w.reported(id), "3")
	if w.saves() != 1 {
		t.Errorf("%d saves", w.saves())
	}
}
