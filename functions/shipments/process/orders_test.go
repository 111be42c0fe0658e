package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
)

// An order in Ongoing can have the number of an order in 24SevenOffice and not be ours.
func TestOrdersThatAreNotOursAreSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ours := w.order("3")
	unlinked := w.Company.AddOrder(w.newOrder("1"))
	for _, orderNumber := range []string{"BUTIKK-7", key(unlinked), "MANUELL"} {
		w.shipForeign(orderNumber)
	}
	w.ship(ours, 450, "")
	w.runWants(nil, wantRun{read: 4, planned: 1, written: 1, skipped: 3})
	w.wantOrder(unlinked, wantOrder{status: office24.StatusConfirmed, reported: "-"})
	if o, _ := w.GoodsOwner.Order("BUTIKK-7"); o.Lines[0].Reported != nil {
		t.Error("an order that is not ours was reported")
	}
}

// Our order was renumbered in Ongoing, and another one has its number now.
func TestRenumberedOrderIsBookedAndNotTheOneWithItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.must(w.GoodsOwner.RenumberOrder(key(id), "RING-FORST"))
	w.shipForeign(key(id))
	w.runWants(map[string]any{"keys": []string{key(id)}}, wantRun{read: 1, skipped: 1})
	w.must(w.GoodsOwner.Ship("RING-FORST", ongoingtest.Shipment{}))
	w.runWants(nil, wantRun{read: 2, planned: 1, written: 1, skipped: 1})
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
	if o, _ := w.GoodsOwner.Order("RING-FORST"); o.Lines[0].Reported == nil {
		t.Error("the renumbered order was not reported")
	}
	if o, _ := w.GoodsOwner.Order(key(id)); o.Lines[0].Reported != nil {
		t.Error("an order that is not ours was reported")
	}
}

// A failure is kept under the number that the order had. Full runs and runs by the former number find it, too.
func TestRenumberedOrderIsFoundByItsFormerNumber(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]map[string]any{
		"retry": nil, "full": {"full": true}, "by key": {"keys": []string{"40001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.order("3")
			w.setWarehouseStatus(id, 450)
			w.runHolds("nothing of it was picked")
			w.Clock.Forward(40 * 24 * time.Hour) // no search by time finds it
			w.must(w.GoodsOwner.RenumberOrder(key(id), "RING-FORST"))
			row := w.run(event)
			if row.Held != 1 || w.Record("failure#shipments#RING-FORST") == nil {
				t.Errorf("got %+v, want RING-FORST held", row)
			}
			if name != "full" && w.Record("failure#shipments#"+key(id)) != nil {
				t.Error("the failure of the former number is still there")
			}
			w.must(w.GoodsOwner.Ship("RING-FORST", ongoingtest.Shipment{}))
			w.runOK()
			w.wantOrder(id, wantOrder{status: office24.StatusSent})
		})
	}
}

// An order of nobody's is linked, as an old link that outlived its order would have it.
func TestLinkedOrderThatNothingShowsToBeOursIsHeldUntilSentByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.Company.AddOrder(w.newOrder("3"))
	link := state.OrderLink{OrderID: int(id), OrderNumber: key(id), OngoingID: w.addWarehouseOrder(key(id), 3)}
	w.must(w.Partition().PutOrder(t.Context(), &link))
	w.ship(id, 450, "")
	w.runHolds("nothing says that order")
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, reported: "-"})
	w.Company.SetStatus(id, office24.StatusSent)
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "-"})
	if r := w.Record("failure#shipments#" + key(id)); r != nil {
		t.Errorf("got failure record %v, want none", r)
	}
}

func TestOrdersAreOursUnderAnEarlierPrefixToo(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{},
		map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": "NEW-"}})
	for i, prefix := range []string{"OLD-", "NEW-"} {
		id := w.Company.AddOrder(w.newOrder("1"))
		w.must(w.GoodsOwner.Ship(w.ImportOrder(id, prefix), ongoingtest.Shipment{}))
		// The second run reads the first order again: the overlap reaches back to it.
		w.runWants(nil, wantRun{read: 1 + i, planned: 1, written: 1, unchanged: i})
		w.wantOrder(id, wantOrder{status: office24.StatusSent})
	}
}

func TestShippedOrderGoneFromERPIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3", "")
	w.Company.DeleteOrder(id)
	w.runHolds("gone from 24SevenOffice")
	w.wantReported(id, "-")
	w.reportElsewhere(id, "3")
	w.Clock.Forward(24 * time.Hour)
	w.runHolds("gone from 24SevenOffice") // it is reported now, but was never booked
}

func TestBookedOrderGoneFromERPIsHeldOnlyIfMoreIsPicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.booked("3", "2")
	w.Company.DeleteOrder(id)
	w.Clock.Forward(15 * time.Minute)
	w.runWants(nil, wantRun{read: 1, unchanged: 1})
	w.reportElsewhere(id, "1") // as a run leaves it that crashed before its last report
	w.runOK()
	w.wantReported(id, "2")
	w.pick(id, 0, "1")
	w.runHolds("gone from 24SevenOffice")
}

// A link without Ongoing's id is what a run leaves that crashed after it sent the order. Such an order can have a lower
// id than all others; what is picked of it later must still be found.
func TestOrderSentByACrashedRunIsOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.editLink(id, func(l *state.OrderLink) { l.OngoingID = 0 })
	w.ship(id, 450, "1")
	w.shipped("2", "")
	w.Clock.Forward(15 * time.Minute)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
	if got, want := w.link(id).OngoingID, w.warehouseOrder(id).ID; got != want {
		t.Errorf("link: got id %d in Ongoing, want %d", got, want)
	}
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.pick(id, 0, "2")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "3"})
}

// A goods owner can have years of orders that nobody reported.
func TestOrdersOlderThanOurFirstOneAreNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	old := []string{"1997-1", "1997-2"}
	for _, orderNumber := range old {
		w.shipForeign(orderNumber)
	}
	w.Clock.Forward(time.Hour)
	w.runWants(nil, wantRun{}) // there is no order of ours yet
	w.Clock.Forward(24 * time.Hour)
	id := w.shipped("3", "")
	w.shipForeign("2026-1")
	w.runWants(nil, wantRun{read: 2, planned: 1, written: 1, skipped: 1})
	place := fmt.Sprint(w.Record("cursor#shipments")["place"])
	if want := fmt.Sprint(w.warehouseOrder(id).ID); place != want {
		t.Errorf("cursor: got place %s, want %s", place, want)
	}
	for _, orderNumber := range old {
		w.addParcels(orderNumber, ongoingtest.Parcel{Number: "P", Waybill: "1"})
	}
	w.Clock.Forward(time.Hour)
	w.runOK() // moves the cursor past the latest changes
	w.Clock.Forward(time.Hour)
	w.runWants(nil, wantRun{}) // nor is the unreported order of 2026, which was seen
}

func TestOrderLinkedLaterIsFoundByItsChangeOfStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	older := w.Company.AddOrder(w.newOrder("3"))
	w.addWarehouseOrder(key(older), 3)
	w.booked("1", "")
	w.ImportOrder(older, "")
	w.ship(older, 450, "")
	w.runOK()
	w.wantOrder(older, wantOrder{status: office24.StatusSent, reported: "3"})
}

// Other runs take the lowest id from the cursor.
func TestFullRunLooksForOurLowestIDAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	older := w.Company.AddOrder(w.newOrder("3"))
	line := ongoingtest.NewLine{Row: "1", Article: "ART-1", Quantity: number.FromInt(3)}
	ongoingID, err := w.GoodsOwner.AddOtherOrder(
		ongoingtest.OtherOrder{Number: key(older), OrderID: key(older), Lines: []ongoingtest.NewLine{line}})
	w.must(err)
	w.must(w.GoodsOwner.Ship(key(older), ongoingtest.Shipment{}))
	w.shipped("1", "")
	for range 3 { // moves the cursor past both
		w.runOK()
		w.Clock.Forward(time.Hour)
	}
	link := state.OrderLink{OrderID: int(older), OrderNumber: key(older), OngoingID: ongoingID}
	w.must(w.Partition().PutOrder(t.Context(), &link))
	w.runOK()
	w.wantOrder(older, wantOrder{status: office24.StatusConfirmed})
	if row := w.run(map[string]any{"full": true}); row.Outcome != runner.OK {
		t.Errorf("got %+v, want outcome OK", row)
	}
	w.wantOrder(older, wantOrder{status: office24.StatusSent})
}

func TestOnlyNamedOrdersAreBookedAndTheCursorStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	named, other := w.shipped("3", ""), w.shipped("3", "")
	w.runWants(map[string]any{"keys": []string{key(named)}}, wantRun{read: 1, planned: 1, written: 1})
	w.wantOrder(named, wantOrder{status: office24.StatusSent})
	w.wantOrder(other, wantOrder{status: office24.StatusConfirmed})
	w.wantNoCursor()
}

func TestDryRunShowsTheChangesAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"restOrders": true, "tracking": "invoiceText"})
	id := w.order("10")
	line := w.warehouseOrder(id).Lines[0]
	w.must(w.GoodsOwner.Ship(key(id), ongoingtest.Shipment{
		Waybill: "707", Quantities: map[string]number.Decimal{line.Row: number.FromInt(8)},
	}))
	_, _, before := w.VendorCalls()
	row := w.run(map[string]any{"dryRun": true})
	if _, _, after := w.VendorCalls(); after != before {
		t.Errorf("got %d writes, want none", after-before)
	}
	w.wantNoCursor()
	if len(row.Changes) != 1 || row.Changes[0].Key != key(id) || row.Changes[0].Action != "status" {
		t.Fatalf("got %+v, want one change of order %d's status", row, id)
	}
	var fields []string
	for _, f := range row.Changes[0].Fields {
		fields = append(fields, fmt.Sprintf("%s: %s → %s", f.Field, f.Old, f.New))
	}
	erpRow := w.erpOrder(id).Rows[0].ID
	want := fmt.Sprintf("OrderStatus: Confirmed → Sent\nInvoiceRows[%d].Quantity: 10 → 8\n"+
		"restOrder.InvoiceRows[%d].Quantity:  → 2\nInvoiceText:  → 707\n"+
		"orderLines[%d].reportedNumberOfItems:  → 8", erpRow, erpRow, line.ID)
	if got := strings.Join(fields, "\n"); got != want {
		t.Errorf("fields: got\n%s\nwant\n%s", got, want)
	}
}
