package process

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

func newRestWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, map[string]any{"restOrders": true})
}

// fullOrder returns an order that sets everything a rest order inherits, with a service and a text among its rows.
func (w *world) fullOrder() office24.Order {
	w.t.Helper()
	yes, days := true, 30
	return office24.Order{
		CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", CustomerDeliveryName: "Blåbær, avd. Nord",
		CustomerDeliveryPhone: "+47 90 00 00 00",
		Addresses: office24.Addresses{
			Delivery: &office24.Address{
				Street: "Testveien 1\n2. etasje", PostalCode: "0001", PostalArea: "TESTBY", Country: "NO",
			},
			Invoice: &office24.Address{Street: "Postboks 1", PostalCode: "0002", PostalArea: "TESTBY"},
		},
		Status: office24.StatusConfirmed, DateOrdered: w.Clock.Now().Add(-48 * time.Hour),
		DeliveryDate: w.Clock.Now().Add(48 * time.Hour),
		InvoiceTitle: "Ring før levering", YourReference: "Åse Ødegård", ReferenceNumber: "PO-7788",
		CustomerOrgNo: "999000111", DeliveryAlternative: "Ved døren",
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til døren"},
		DepartmentID:   7, ProjectID: 12, OurReference: 3, TypeOfSaleID: 2, PaymentTime: &days, IncludeVAT: &yes,
		InvoiceEmailAddress: "post@kunde.example",
		DistributionMethod:  "EMail", Currency: &office24.Currency{Symbol: "NOK"},
		Rows: []office24.Row{
			{
				ProductID: w.products[0], Name: "Første", Quantity: harness.Dec("10"), Price: harness.Dec("99.5"),
				DiscountRate: harness.Dec("10"), DepartmentID: 8, InPrice: harness.Dec("40"),
				TaxSettings: &office24.TaxSettings{TaxCode: 5},
			},
			{ProductID: w.products[1], Name: "Andre", Quantity: harness.Dec("2.5"), Price: harness.Dec("200")},
			{ProductID: w.products[2], Name: "Tredje", Quantity: harness.Dec("4"), Price: harness.Dec("300")},
			{ProductID: w.addService(), Name: "Frakt", Quantity: harness.Dec("1"), Price: harness.Dec("79")},
			{Type: office24.RowText, Name: "Takk for ordren"},
		},
	}
}

// 24SevenOffice does not document whether an edited row keeps what is not sent, so both are tested.
func TestRestOrderHasTheOriginalsTermsAndWhatRemains(t *testing.T) {
	t.Parallel()
	for _, keepUnsent := range []bool{false, true} {
		t.Run(fmt.Sprintf("keep unsent %v", keepUnsent), func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, testenv.Options{Office24: office24test.Options{KeepUnsentOnEdit: keepUnsent}},
				map[string]any{"shipments": map[string]any{"restOrders": true}})
			id := w.importOrder(w.fullOrder())
			before := w.erpOrder(id)
			w.ship(id, 450, "8 2.5 0")
			w.runOK()
			w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "8 2.5 - -"})

			want := before
			want.Status, want.Rows = office24.StatusSent, slices.Delete(slices.Clone(before.Rows), 2, 3)
			want.Rows[0].Quantity = harness.Dec("8")
			diffOrders(t, "original", want, w.erpOrder(id))

			if len(w.restOrders()) != 1 {
				t.Fatalf("got rest orders %v, want one", w.restOrders())
			}
			rest, wantRest := w.restOrders()[0], before
			wantRest.ID, wantRest.Status = rest.ID, office24.StatusRest
			wantRest.InvoiceTitle = fmt.Sprintf("Ring før levering (rest of order %d)", id)
			wantRest.Rows = []office24.Row{before.Rows[0], before.Rows[2]}
			wantRest.Rows[0].Quantity = harness.Dec("2")
			for i := range rest.Rows {
				wantRest.Rows[i].ID = rest.Rows[i].ID
			}
			diffOrders(t, "rest order", wantRest, rest)
			if l := w.link(id); l.RestOrder == nil || l.RestOrder.OrderID != int(rest.ID) {
				t.Errorf("link: got rest order %+v, want %d", l.RestOrder, rest.ID)
			}
			w.laterRunWritesNothing()
		})
	}
}

func diffOrders(t *testing.T, name string, want, got office24.Order) {
	t.Helper()
	equal := cmp.Comparer(func(a, b number.Decimal) bool { return a.Equal(b) })
	ignored := cmpopts.IgnoreFields(office24.Order{}, "DateChanged")
	if diff := cmp.Diff(want, got, ignored, cmpopts.EquateEmpty(), equal); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestOrderDeliveredInFullGetsNoRestOrder(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10 3", "")
	w.wantOrder(id, wantOrder{rests: []string{}})
	w.wantSaves(1)
}

// A person who sets an order to Sent means its rows as they are.
func TestOrderSetToSentByHandIsOnlyReported(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	w.Company.SetStatus(id, office24.StatusSent)
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "8", rests: []string{}})
	w.wantSaves(0)
}

func TestMorePickedAfterSplitMovesFromRestOrderToOriginal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		first string    // picked of the two rows before the split
		more  [2]string // picked of each row after it
		want  wantOrder
	}{
		{name: "some of what remained", first: "8 3", more: [2]string{"1", ""},
			want: wantOrder{rows: "ART-1:9 ART-2:3", reported: "9 3", rests: []string{"ART-1:1"}}},
		{name: "all of what remained", first: "8 3", more: [2]string{"2", ""},
			want: wantOrder{rows: "ART-1:10 ART-2:3", reported: "10 3", rests: []string{""}}},
		{name: "all of one row", first: "8 1", more: [2]string{"", "2"},
			want: wantOrder{rows: "ART-1:8 ART-2:3", reported: "8 3", rests: []string{"ART-1:2"}}},
		{name: "some of a row that was removed from the original", first: "8 0", more: [2]string{"", "2"},
			want: wantOrder{rows: "ART-1:8 ART-2:2", reported: "8 2", rests: []string{"ART-1:2 ART-2:1"}}},
		{name: "everything", first: "8 0", more: [2]string{"2", "3"},
			want: wantOrder{rows: "ART-1:10 ART-2:3", reported: "10 3", rests: []string{""}}},
		{name: "more than was ordered", first: "8 3", more: [2]string{"5", ""},
			want: wantOrder{rows: "ART-1:10 ART-2:3", reported: "13 3", rests: []string{""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.booked("10 3", test.first)
			for row, q := range test.more {
				if q != "" {
					w.pick(id, row, q)
				}
			}
			w.runOK()
			test.want.status = office24.StatusSent
			w.wantOrder(id, test.want)
			w.laterRunWritesNothing()
		})
	}
}

// The row was removed when the order was split, so that what is picked later needs a new one.
func TestRowThatWasRemovedIsPickedInParts(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10 3", "10 0")
	for _, want := range []wantOrder{
		{rows: "ART-1:10 ART-2:1", reported: "10 1", rests: []string{"ART-2:2"}},
		{rows: "ART-1:10 ART-2:3", reported: "10 3", rests: []string{""}},
	} {
		picked := strings.Fields(want.reported)[1]
		w.pick(id, 1, map[string]string{"1": "1", "3": "2"}[picked])
		w.runOK()
		w.wantOrder(id, want)
		w.later()
	}
	w.laterRunWritesNothing()
}

// A clerk adds to the rest order what the customer wants besides. It must not vanish when the warehouse picks more.
func TestWhatPeopleAddToARestOrderIsNotTakenOff(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10 3", "7 3")
	w.pick(id, 0, "1")
	w.runOK()
	w.wantOrder(id, wantOrder{rests: []string{"ART-1:2"}})
	rest := w.restOrders()[0].ID
	w.Company.EditOrder(rest, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("7") })
	w.pick(id, 0, "1")
	w.runHolds("so that 2 are left of the product")
	w.wantOrder(id, wantOrder{rows: "ART-1:8 ART-2:3", rests: []string{"ART-1:7"}})
	w.Company.EditOrder(rest, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("2") })
	w.later()
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:9 ART-2:3", rests: []string{"ART-1:1"}})
	w.laterRunWritesNothing()
}

// Nothing is written until a person has dealt with the rest order.
func TestMorePickedAfterRestOrderMovedIsHeld(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		act       func(w *world, rest office24.OrderID)
		wantRests []string
	}{
		{name: "then reduced by hand", wantRests: []string{"ART-1:1"},
			act: func(w *world, rest office24.OrderID) {
				w.Company.EditOrder(rest, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("1") })
			}},
		{name: "then moved back to Rest", wantRests: []string{"ART-1:1"},
			act: func(w *world, rest office24.OrderID) { w.Company.SetStatus(rest, office24.StatusRest) }},
		{name: "then deleted", wantRests: []string{},
			act: func(w *world, rest office24.OrderID) { w.Company.DeleteOrder(rest) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.booked("10", "8")
			rest := w.restOrders()[0].ID
			w.Company.SetStatus(rest, office24.StatusConfirmed)
			w.pick(id, 0, "1")
			w.wantNoSaves(func() {
				w.runHolds(fmt.Sprintf("rest order %d was made, but it has status Confirmed now", rest))
			})
			w.wantOrder(id, wantOrder{rows: "ART-1:8", reported: "8"})
			test.act(w, rest)
			w.Clock.Forward(time.Hour)
			w.runOK()
			w.wantOrder(id, wantOrder{rows: "ART-1:9", reported: "9", rests: test.wantRests})
		})
	}
}

// People can set it back, and then deliver more than was ordered. Until then it delivers nothing: if it cannot be
// edited, the order is booked all the same.
func TestMorePickedAfterRestOrderWasSetToInactive(t *testing.T) {
	t.Parallel()
	for rests, refused := range map[string]bool{"ART-1:1": false, "ART-1:2": true} {
		t.Run(rests, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.booked("10", "8")
			rest := w.restOrders()[0].ID
			w.Company.SetStatus(rest, office24.StatusInactive)
			if refused {
				w.Office24.Fault(office24test.Fault{
					Op: "SaveInvoices", Key: key(rest), Times: -1, Kind: office24test.ItemException, Text: "Inactive",
				})
			}
			w.pick(id, 0, "1")
			w.runOK()
			w.wantOrder(id, wantOrder{
				status: office24.StatusSent, rows: "ART-1:9", reported: "9", rests: []string{rests},
			})
			if o := w.restOrders()[0]; o.Status != office24.StatusInactive {
				t.Errorf("the rest order has status %s", o.Status.Name())
			}
		})
	}
}

func TestPickedAfterInvoicingIsReportedAndNoted(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10", "8")
	w.Company.SetStatus(id, office24.StatusInvoiced)
	w.pick(id, 0, "2")
	w.wantNoSaves(func() { w.runOK() })
	w.wantOrder(id, wantOrder{reported: "10"})
	w.wantNote("was invoiced before all that was picked")
}

func TestEditsByHandAfterBookingStay(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10", "8")
	w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("7") })
	rest := w.restOrders()[0].ID
	w.Company.EditOrder(rest, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("3") })
	w.setWarehouseStatus(id, 500)
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:7", rests: []string{"ART-1:3"}})
}

func TestExistingRestOrderIsReducedAfterTheSettingIsOff(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10", "8")
	w.setShipments(map[string]any{"restOrders": false})
	w.pick(id, 0, "2")
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:10", rests: []string{""}})
}

func TestTwoRowsOfOneProductAreHeldOnlyAtDifferentPrices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		prices    [2]string
		first     string // picked of the two rows before the split
		firstRest string
		held      string
		want      wantOrder // after two more were picked of the second row
	}{
		{prices: [2]string{"100", "100"}, first: "5 2", firstRest: "ART-1:3",
			want: wantOrder{rows: "ART-1:5 ART-1:4", rests: []string{"ART-1:1"}}},
		{prices: [2]string{"100", "100"}, first: "4 2", firstRest: "ART-1:1 ART-1:3",
			want: wantOrder{rows: "ART-1:4 ART-1:4", rests: []string{"ART-1:1 ART-1:1"}}},
		{prices: [2]string{"100", "0"}, first: "5 2", firstRest: "ART-1:3",
			want: wantOrder{rows: "ART-1:5 ART-1:4", rests: []string{"ART-1:1"}}},
		{prices: [2]string{"100", "0"}, first: "4 2", firstRest: "ART-1:1 ART-1:3", held: "at different prices",
			want: wantOrder{rows: "ART-1:4 ART-1:2", rests: []string{"ART-1:1 ART-1:3"}}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.prices, test.first), func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			o := w.newOrder("5 5")
			for i := range o.Rows {
				o.Rows[i].ProductID, o.Rows[i].Price = w.products[0], harness.Dec(test.prices[i])
			}
			id := w.importOrder(o)
			w.ship(id, 450, test.first)
			w.runOK()
			w.wantOrder(id, wantOrder{rests: []string{test.firstRest}})
			w.pick(id, 1, "2")
			if test.held != "" {
				w.runHolds(test.held)
			} else {
				w.runOK()
			}
			w.wantOrder(id, test.want)
		})
	}
}

func TestRestOrderOfARestOrderHasItsOwnMark(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10", "8")
	first := w.restOrders()[0].ID
	w.Company.SetStatus(first, office24.StatusConfirmed)
	w.ImportOrder(first, "")
	w.ship(first, 450, "1")
	w.runOK()
	w.wantOrder(first, wantOrder{status: office24.StatusSent, rests: []string{"ART-1:1", "ART-1:1"}})
	w.wantOrder(id, wantOrder{rows: "ART-1:8"})
	rests := w.restOrders()
	if rests[0].ID != first {
		t.Errorf("got first rest order %d, want %d", rests[0].ID, first)
	}
	if got, want := rests[1].InvoiceTitle, fmt.Sprintf("Ring før levering (rest of order %d)", first); got != want {
		t.Errorf("second rest order: got title %q, want %q", got, want)
	}
}

// The mark of order 4055 is not a part of that of order 40557, and a title of full length keeps its mark.
func TestRestOrderIsFoundByItsMarkIfTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	ids := []office24.OrderID{40557, 4055}
	for _, id := range ids {
		o := w.newOrder("10")
		o.ID, o.InvoiceTitle = id, strings.Repeat("Ø", 300)
		w.importOrder(o)
		w.ship(id, 450, "8")
		w.Office24.Fault(office24test.Fault{
			Op: "SaveInvoices", Key: "new", Kind: office24test.Reset, AfterEffect: true,
		})
		if row := w.run(nil); row.Failed != 1 {
			t.Fatalf("got %+v, want one failed", row)
		}
		w.Clock.Forward(20 * time.Minute)
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent})
	}
	if got := len(w.restOrders()); got != 2 {
		t.Errorf("got %d rest orders, want 2", got)
	}
	for _, id := range ids {
		title := w.erpOrder(office24.OrderID(w.link(id).RestOrder.OrderID)).InvoiceTitle
		if !strings.HasSuffix(title, fmt.Sprintf("Ø (rest of order %d)", id)) || len([]rune(title)) > 300 {
			t.Errorf("rest order of %d: got title %q", id, title)
		}
	}
}

func TestOriginalStaysWholeWhileItsRestOrderIsRefused(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	w.Office24.Fault(office24test.Fault{
		Op: "SaveInvoices", Key: "new", Kind: office24test.ItemException, Text: "Project is required",
		Type: "Office24Seven.Library.Economy.Accounting.ProjectIsRequiredException",
	})
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 1, planned: 1, failed: 1})
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, rows: "ART-1:10", reported: "-"})
	w.pick(id, 0, "2") // nothing remains any more
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "10", rests: []string{}})
}

func TestOrderMovedWhileItIsSplitIsHeldUntilMovedBack(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	w.afterSave("new", func() { w.Company.SetStatus(id, office24.StatusOffer) })
	w.run(nil)
	w.wantOrder(id, wantOrder{status: office24.StatusOffer, rows: "ART-1:10"})
	w.runHolds("moved to status Offer by hand")
	w.Company.SetStatus(id, office24.StatusConfirmed)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:8", rests: []string{"ART-1:2"}})
}

func TestRestOrderConfirmedByHandWhileTheOriginalIsRaisedIsNotReduced(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10", "8")
	rest := w.restOrders()[0].ID
	w.pick(id, 0, "1")
	w.afterSave(key(id), func() { w.Company.SetStatus(rest, office24.StatusConfirmed) })
	w.runHolds("but it has status Confirmed now")
	w.wantOrder(rest, wantOrder{status: office24.StatusConfirmed, rows: "ART-1:2"})
	w.wantOrder(id, wantOrder{reported: "8"})
}

// storeIntent stores what a run stores in the link before it makes a rest order.
func (w *world) storeIntent(id office24.OrderID, lines ...state.RestLine) {
	w.t.Helper()
	for i, r := range w.erpOrder(id).Rows {
		lines[i].RowID = int(r.ID)
	}
	w.editLink(id, func(l *state.OrderLink) {
		l.RestOrder = &state.RestOrder{Mark: orders.RestMark(id), IntendedAt: w.Clock.Now(), Lines: lines}
	})
}

// There is nothing left to make a rest order of. What was delivered of a row that people have removed is noted, with
// the intent of a run that died as without.
func TestOrderWhoseShortRowWasRemovedIsBookedAsItIs(t *testing.T) {
	t.Parallel()
	for _, intended := range []bool{false, true} {
		w := newRestWorld(t)
		id := w.shipped("10 3", "8 3")
		if intended {
			w.storeIntent(id,
				state.RestLine{Delivered: "8", Remaining: "2"}, state.RestLine{Delivered: "3", Remaining: "0"})
		}
		w.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[1:] })
		if row := w.runOK(); !strings.Contains(fmt.Sprint(row.Notes), "8 of 0 on row 90001") {
			t.Errorf("notes %q", row.Notes)
		}
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-2:3", rests: []string{}})
	}
}

// What is picked later is booked like that of an order that was never split.
func TestIntentIsDroppedIfTheSettingIsOffByThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("10", "8")
	w.storeIntent(id, state.RestLine{Delivered: "8", Remaining: "2"})
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:10", reported: "8"})
	w.pick(id, 0, "1")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:10", reported: "9", rests: []string{}})
	if l := w.link(id); l.RestOrder != nil {
		t.Errorf("link: got rest order %+v, want none", l.RestOrder)
	}
}

// A run died between the rest order and the cut.
func TestRowRaisedAfterTheRestOrderWasMadeIsHeld(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	for n := 1; len(w.restOrders()) == 0; n++ {
		w.crash(n)
	}
	setRow := func(quantity string) {
		w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec(quantity) })
	}
	setRow("14")
	w.runHolds("was raised to 14 after the rest order was made for the 10 ordered before")
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, rows: "ART-1:14", reported: "-"})
	setRow("10")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:8", rests: []string{"ART-1:2"}})
}

func TestRowAddedAfterTheRestOrderWasMadeIsHeld(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	for n := 1; len(w.restOrders()) == 0; n++ {
		w.crash(n)
	}
	w.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ProductID: w.products[1], Quantity: harness.Dec("5")})
	})
	w.runHolds("was added to order 40001 after the rest order was made")
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, reported: "-"})
}

// The status is set already.
func TestRowRaisedBeforeTheBookingIsStoredIsHeld(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	for n := 1; w.erpOrder(id).Status != office24.StatusSent; n++ {
		w.crash(n)
	}
	w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("14") })
	w.runHolds("was raised to 14")
	w.wantOrder(id, wantOrder{rows: "ART-1:14"})
}

// Nobody knows whether the newer order is the rest order. The orders of other buyers go on.
func TestUnreadableOrderStopsOnlyTheOrderWithAnIntent(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	w.storeIntent(id, state.RestLine{Delivered: "8", Remaining: "2"})
	other := w.newOrder("3")
	other.CustomerID = 6000
	sound := w.importOrder(other)
	w.ship(sound, 450, "")
	draft := w.newOrder("7")
	draft.Status = office24.StatusDraft
	newer := w.Company.AddOrder(draft)
	w.Company.Damage("InvoiceOrder", int(newer), "CustomerId", "x")
	if row := w.run(nil); row.Outcome != runner.Partial || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
	w.wantOrder(sound, wantOrder{status: office24.StatusSent})
	w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, rows: "ART-1:10"})
}

// A run died between the intent and the rest order, and people edited the order before the next one.
func TestOrderEditedAfterTheIntentIsSplitAsItIsNow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit  func(w *world, o *office24.Order)
		rests string
	}{
		"more of the row": {func(_ *world, o *office24.Order) { o.Rows[0].Quantity = harness.Dec("14") }, "ART-1:6"},
		"less of the row": {func(_ *world, o *office24.Order) { o.Rows[0].Quantity = harness.Dec("9") }, "ART-1:1"},
		"a row more": {func(w *world, o *office24.Order) {
			o.Rows = append(o.Rows, office24.Row{ProductID: w.products[1], Quantity: harness.Dec("5")})
		}, "ART-1:2 ART-2:5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.shipped("10", "8")
			w.storeIntent(id, state.RestLine{Delivered: "8", Remaining: "2"})
			w.Company.EditOrder(id, func(o *office24.Order) { test.edit(w, o) })
			w.runOK()
			w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "8", rests: []string{test.rests}})
		})
	}
}

func TestIntentIsDroppedIfAPersonSetsTheOrderToSent(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.shipped("10", "8")
	w.storeIntent(id, state.RestLine{Delivered: "8", Remaining: "2"})
	w.Company.SetStatus(id, office24.StatusSent)
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:10", reported: "8", rests: []string{}})
	w.pick(id, 0, "1")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:10", reported: "9", rests: []string{}})
	w.wantSaves(0)
	if l := w.link(id); l.RestOrder != nil {
		t.Errorf("link: got rest order %+v, want none", l.RestOrder)
	}
}

// 24SevenOffice saves no row without a product; the line's article says which one it is.
func TestRowThatNamesItsProductOnlyByNumberIsSplit(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.order("10 3")
	w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].ProductID, o.Rows[1].ProductID = 0, 0 })
	w.ship(id, 450, "8 0")
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:8", rests: []string{"ART-1:2 ART-2:3"}})
	w.laterRunWritesNothing()
}
