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
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

func withRests(t *testing.T) *world {
	t.Helper()
	return newWorld(t, map[string]any{"restOrders": true})
}

// rich is an order with everything that a rest order has to take along, and rows that stay: a service and a text.
func (w *world) rich() office24.OrderID {
	w.t.Helper()
	yes, days := true, 30
	return w.imported(office24.Order{
		CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", CustomerDeliveryName: "Blåbær, avd. Nord", CustomerDeliveryPhone: "+47 90 00 00 00",
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Testveien 1\n2. etasje", PostalCode: "0001", PostalArea: "TESTBY", Country: "NO"},
			Invoice:  &office24.Address{Street: "Postboks 1", PostalCode: "0002", PostalArea: "TESTBY"},
		},
		Status: office24.StatusConfirmed, DateOrdered: w.Clock.Now().Add(-48 * time.Hour), DeliveryDate: w.Clock.Now().Add(48 * time.Hour),
		InvoiceTitle: "Ring før levering", YourReference: "Åse Ødegård", ReferenceNumber: "PO-7788", CustomerOrgNo: "999000111",
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til døren"}, DeliveryAlternative: "Ved døren",
		DepartmentID: 7, ProjectID: 12, OurReference: 3, TypeOfSaleID: 2, PaymentTime: &days, IncludeVAT: &yes, InvoiceEmailAddress: "post@kunde.example",
		DistributionMethod: "EMail", Currency: &office24.Currency{Symbol: "NOK"},
		Rows: []office24.Row{
			{ProductID: w.products[0], Name: "Første", Quantity: harness.Dec("10"), Price: harness.Dec("99.5"), DiscountRate: harness.Dec("10"), DepartmentID: 8, InPrice: harness.Dec("40")},
			{ProductID: w.products[1], Name: "Andre", Quantity: harness.Dec("2.5"), Price: harness.Dec("200")},
			{ProductID: w.products[2], Name: "Tredje", Quantity: harness.Dec("4"), Price: harness.Dec("300")},
			{ProductID: w.service(), Name: "Frakt", Quantity: harness.Dec("1"), Price: harness.Dec("79")},
			{Type: office24.RowText, Name: "Takk for ordren"},
		},
	})
}

// TestRestOrder: what could not be picked goes into a rest order on the original's terms, the original is cut to what
// was delivered and becomes Sent, and exactly what was delivered is reported.
func TestRestOrder(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{false, true} { // whether an edited row keeps what is not sent is not documented
		w := worldWith(t, testenv.Options{Office24: office24test.Options{KeepUnsentOnEdit: kept}},
			map[string]any{"shipments": map[string]any{"restOrders": true}})
		id := w.rich()
		before := w.sold(id)
		w.ship(id, 450, "8", "2.5", "0")
		w.ok()

		w.expectStatus(id, office24.StatusSent)
		w.expect("reported", w.reported(id), "8 2.5 - -")
		after, want := w.sold(id), before
		want.Status, want.Rows = office24.StatusSent, slices.Delete(slices.Clone(before.Rows), 2, 3)
		want.Rows[0].Quantity = harness.Dec("8")
		same := cmp.Options{cmpopts.IgnoreFields(office24.Order{}, "DateChanged"), cmpopts.EquateEmpty(), cmp.Comparer(func(a, b number.Decimal) bool { return a.Equal(b) })}
		if diff := cmp.Diff(want, after, same); diff != "" {
			t.Errorf("original (-want +got):\n%s", diff)
		}

		if len(w.rests()) != 1 {
			t.Fatalf("rest orders: %v", w.rests())
		}
		rest, wantRest := w.rests()[0], before
		wantRest.ID, wantRest.Status, wantRest.InvoiceTitle = rest.ID, office24.StatusRest, fmt.Sprintf("Ring før levering (rest of order %d)", id)
		wantRest.Rows = []office24.Row{before.Rows[0], before.Rows[2]}
		wantRest.Rows[0].Quantity = harness.Dec("2")
		for i := range rest.Rows {
			wantRest.Rows[i].ID = rest.Rows[i].ID
		}
		if diff := cmp.Diff(wantRest, rest, same); diff != "" {
			t.Errorf("rest order (-want +got):\n%s", diff)
		}
		if l := w.link(id); l.RestOrder == nil || l.RestOrder.OrderID != int(rest.ID) {
			t.Errorf("link: %+v", l.RestOrder)
		}

		writes := len(w.Office24.Writes())
		w.Clock.Forward(time.Hour)
		w.ok()
		if len(w.Office24.Writes()) != writes {
			t.Error("a second run wrote")
		}
	}
}

// TestNoRestOrder: an order that was delivered in full has none.
func TestNoRestOrder(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10", "3")
	w.ship(id, 450)
	w.ok()
	if len(w.rests()) != 0 || w.saves() != 1 {
		t.Errorf("%d saves, rest orders %v", w.saves(), w.rests())
	}
}

// TestSentByHand: who sets an order to Sent by hand means it as it is.
func TestSentByHand(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.Company.SetStatus(id, office24.StatusSent)
	w.ok()
	w.expect("reported", w.reported(id), "8")
	if len(w.rests()) != 0 || w.saves() != 0 {
		t.Errorf("%d saves, rest orders %v", w.saves(), w.rests())
	}
}

// TestMoreAfterSplit: more is picked after the rest order was made. The difference moves from the rest order to the
// original; it is not booked a second time.
func TestMoreAfterSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first, more            []string // picked of the two rows
		original, rest, report string
		why                    string
	}{
		{[]string{"8", "3"}, []string{"1", ""}, "ART-1:9 ART-2:3", "ART-1:1", "9 3", "some of what remained"},
		{[]string{"8", "3"}, []string{"2", ""}, "ART-1:10 ART-2:3", "", "10 3", "all of it: the rest order has nothing left"},
		{[]string{"8", "1"}, []string{"", "2"}, "ART-1:8 ART-2:3", "ART-1:2", "8 3", "all of one row"},
		{[]string{"8", "0"}, []string{"", "2"}, "ART-1:8 ART-2:2", "ART-1:2 ART-2:1", "8 2", "of a row that was cut away because nothing of it was there"},
		{[]string{"8", "0"}, []string{"2", "3"}, "ART-1:10 ART-2:3", "", "10 3", "everything after all"},
		{[]string{"8", "3"}, []string{"5", ""}, "ART-1:10 ART-2:3", "", "13 3", "more than was ordered"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := withRests(t)
			id := w.order("10", "3")
			w.ship(id, 450, test.first...)
			w.ok()
			for row, q := range test.more {
				if q != "" {
					w.pick(id, row, q)
				}
			}
			w.ok()
			w.expect("original", quantities(w.sold(id)), test.original)
			w.expect("rest order", quantities(w.rests()[0]), test.rest)
			w.expect("reported", w.reported(id), test.report)
			w.expectStatus(id, office24.StatusSent)
			saves := w.saves()
			w.Clock.Forward(time.Hour)
			w.ok()
			if w.saves() != saves || len(w.rests()) != 1 {
				t.Error("a further run wrote")
			}
		})
	}
}

// TestRestMoved: more is picked after the rest order has gone on its way. Nothing is written until a person has reduced
// it, or has taken it away.
func TestRestMoved(t *testing.T) {
	t.Parallel()
	solutions := map[string]func(w *world, rest office24.OrderID){
		"reduced": func(w *world, rest office24.OrderID) {
			w.Company.EditOrder(rest, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("1") })
		},
		"back to Rest": func(w *world, rest office24.OrderID) { w.Company.SetStatus(rest, office24.StatusRest) },
		"deleted":      func(w *world, rest office24.OrderID) { w.Company.DeleteOrder(rest) },
	}
	for name, solve := range solutions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withRests(t)
			id := w.order("10")
			w.ship(id, 450, "8")
			w.ok()
			rest := w.rests()[0].ID
			w.Company.SetStatus(rest, office24.StatusConfirmed)
			w.pick(id, 0, "1")
			saves := w.saves()
			w.held(fmt.Sprintf("rest order %d was made, which has status Confirmed by now", rest))
			w.expect("original", quantities(w.sold(id)), "ART-1:8")
			w.expect("reported", w.reported(id), "8")
			if w.saves() != saves {
				t.Error("it wrote")
			}
			solve(w, rest)
			w.Clock.Forward(time.Hour)
			w.ok()
			w.expect("original", quantities(w.sold(id)), "ART-1:9")
			w.expect("reported", w.reported(id), "9")
			for _, o := range w.rests() {
				w.expect("rest order", quantities(o), "ART-1:1")
			}
		})
	}
}

// TestInvoicedAfterSplit: the original is invoiced; what is picked later can only be reported, and the run record asks a
// person to look.
func TestInvoicedAfterSplit(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.ok()
	w.Company.SetStatus(id, office24.StatusInvoiced)
	w.pick(id, 0, "2")
	saves := w.saves()
	w.ok()
	w.expect("reported", w.reported(id), "10")
	if w.saves() != saves || !strings.Contains(w.notes(), "was invoiced before all that was picked") {
		t.Errorf("%d saves, notes %q", w.saves()-saves, w.notes())
	}
}

// TestEditedAfterBooking: what a person does with the order and its rest order after it was booked stays, whatever the
// warehouse does to the order's status.
func TestEditedAfterBooking(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.ok()
	w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("7") })
	w.Company.EditOrder(w.rests()[0].ID, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("3") })
	w.must(w.GoodsOwner.SetOrderStatus(key(id), 500))
	w.ok()
	w.expect("original", quantities(w.sold(id)), "ART-1:7")
	w.expect("rest order", quantities(w.rests()[0]), "ART-1:3")
}

// TestSwitchedOff: a rest order that was made is kept right when the setting is switched off.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.ok()
	w.Settings["shipments"] = map[string]any{"restOrders": false}
	w.must(w.PutSettings(t.Context(), w.Settings))
	w.pick(id, 0, "2")
	w.ok()
	w.expect("original", quantities(w.sold(id)), "ART-1:10")
	w.expect("rest order", quantities(w.rests()[0]), "")
}

// TestSameProductTwice: two rows of the same product, at the same price and at different ones.
func TestSameProductTwice(t *testing.T) {
	t.Parallel()
	tests := []struct {
		prices         [2]string
		first          []string
		rest, held     string
		original, left string // after two more were picked of the second row
	}{
		{[2]string{"100", "100"}, []string{"5", "2"}, "ART-1:3", "", "ART-1:5 ART-1:4", "ART-1:1"},
		{[2]string{"100", "100"}, []string{"4", "2"}, "ART-1:1 ART-1:3", "", "ART-1:4 ART-1:4", "ART-1:1 ART-1:1"},
		{[2]string{"100", "0"}, []string{"5", "2"}, "ART-1:3", "", "ART-1:5 ART-1:4", "ART-1:1"},
		{[2]string{"100", "0"}, []string{"4", "2"}, "ART-1:1 ART-1:3", "at different prices", "ART-1:4 ART-1:2", "ART-1:1 ART-1:3"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.prices, test.first), func(t *testing.T) {
			t.Parallel()
			w := withRests(t)
			id := w.imported(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed, Rows: []office24.Row{
				{ProductID: w.products[0], Quantity: harness.Dec("5"), Price: harness.Dec(test.prices[0])},
				{ProductID: w.products[0], Quantity: harness.Dec("5"), Price: harness.Dec(test.prices[1])},
			}})
			w.ship(id, 450, test.first...)
			w.ok()
			w.expect("rest order", quantities(w.rests()[0]), test.rest)
			w.pick(id, 1, "2")
			if test.held != "" {
				w.held(test.held)
			} else {
				w.ok()
			}
			w.expect("original", quantities(w.sold(id)), test.original)
			w.expect("rest order", quantities(w.rests()[0]), test.left)
		})
	}
}

// TestRestOfRest: a rest order is delivered short as well. Its own rest order has its mark and not that of the first.
func TestRestOfRest(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.ok()
	first := w.rests()[0].ID
	w.Company.SetStatus(first, office24.StatusConfirmed)
	w.ImportOrder(first, "")
	w.ship(first, 450, "1")
	w.ok()
	w.expect("first rest order", quantities(w.sold(first)), "ART-1:1")
	w.expectStatus(first, office24.StatusSent)
	rests := w.rests()
	if len(rests) != 2 {
		t.Fatalf("rest orders: %v", rests)
	}
	w.expect("second rest order", quantities(rests[1]), "ART-1:1")
	w.expect("title", rests[1].InvoiceTitle, fmt.Sprintf("Ring før levering (rest of order %d)", first))
	w.expect("original", quantities(w.sold(id)), "ART-1:8")
}

// TestMarks: the rest order of 4055 is not that of 40557, and a title of full length keeps its mark.
func TestMarks(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	for _, id := range []office24.OrderID{40557, 4055} {
		w.imported(office24.Order{ID: id, CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed, InvoiceTitle: strings.Repeat("Ø", 300),
			Rows: []office24.Row{{ProductID: w.products[0], Quantity: harness.Dec("10")}}})
		w.ship(id, 450, "8")
		// The rest order is made, and its answer gets lost: it is looked for by its mark.
		w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Key: "new", Kind: office24test.Reset, AfterEffect: true})
		if row := w.run(); row.Failed != 1 {
			t.Fatalf("got %+v", row)
		}
		w.Clock.Forward(20 * time.Minute)
		w.ok()
		w.expectStatus(id, office24.StatusSent)
	}
	if len(w.rests()) != 2 {
		t.Errorf("rest orders: %v", w.rests())
	}
	for _, id := range []office24.OrderID{40557, 4055} {
		rest := w.sold(office24.OrderID(w.link(id).RestOrder.OrderID))
		if !strings.HasSuffix(rest.InvoiceTitle, fmt.Sprintf("Ø (rest of order %d)", id)) || len([]rune(rest.InvoiceTitle)) > 300 {
			t.Errorf("rest order of %d: %q", id, rest.InvoiceTitle)
		}
	}
}

// TestRestRefused: a rest order that is refused is made once the reason is gone; until then the original stays whole.
func TestRestRefused(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Key: "new", Kind: office24test.ItemException,
		Type: "Office24Seven.Library.Economy.Accounting.ProjectIsRequiredException", Text: "Project is required"})
	if row := w.run(); row.Outcome != runner.Partial || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
	w.expectStatus(id, office24.StatusConfirmed)
	w.expect("original", quantities(w.sold(id)), "ART-1:10")
	w.expect("reported", w.reported(id), "-")
	w.pick(id, 0, "2") // nothing remains any more
	w.ok()
	w.expect("reported", w.reported(id), "10")
	if len(w.rests()) != 0 {
		t.Errorf("rest orders: %v", w.rests())
	}
}

// TestMovedWhileSplitting: a person moves the original while its rest order is being made.
func TestMovedWhileSplitting(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.Office24.After(func(c office24test.Call) {
		if c.Operation == "SaveInvoices" && c.Key == "new" {
			w.Company.SetStatus(id, office24.StatusOffer)
		}
	})
	w.run()
	w.expectStatus(id, office24.StatusOffer)
	w.expect("original", quantities(w.sold(id)), "ART-1:10")
	w.held("moved to status Offer by hand")
	w.Company.SetStatus(id, office24.StatusConfirmed)
	w.ok()
	w.expectStatus(id, office24.StatusSent)
	w.expect("original", quantities(w.sold(id)), "ART-1:8")
	if len(w.rests()) != 1 || quantities(w.rests()[0]) != "ART-1:2" {
		t.Errorf("rest orders: %v", w.rests())
	}
}

// TestCrash: a run dies behind any of its writes, whichever system they go to, and the next one ends as if nothing had
// happened: one rest order with the right quantities, one Sent, everything reported once.
func TestCrash(t *testing.T) {
	t.Parallel()
	scenes := map[string]struct {
		work           func(w *world) office24.OrderID
		original, rest string
		report         string
	}{
		"short": {func(w *world) office24.OrderID {
			id := w.order("10", "3", "4")
			w.must(w.GoodsOwner.AddParcels(key(id), ongoingtest.Parcel{Number: "P", Waybill: "70722150000012345"}))
			w.ship(id, 450, "8", "0", "4")
			return id
		}, "ART-1:8 ART-3:4", "ART-1:2 ART-2:3", "8 - 4"},
		"picked later": {func(w *world) office24.OrderID {
			id := w.order("10", "3", "4")
			w.must(w.GoodsOwner.AddParcels(key(id), ongoingtest.Parcel{Number: "P", Waybill: "70722150000012345"}))
			w.ship(id, 450, "8", "0", "4")
			w.ok()
			w.pick(id, 0, "1")
			w.pick(id, 1, "2")
			return id
		}, "ART-1:9 ART-3:4 ART-2:2", "ART-1:1 ART-2:1", "9 2 4"},
		"the rest picked later": {func(w *world) office24.OrderID {
			id := w.order("10")
			w.must(w.GoodsOwner.AddParcels(key(id), ongoingtest.Parcel{Number: "P", Waybill: "70722150000012345"}))
			w.ship(id, 450, "8")
			w.ok()
			w.pick(id, 0, "2")
			return id
		}, "ART-1:10", "", "10"},
	}
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				w := newWorld(t, map[string]any{"restOrders": true, "tracking": "invoiceText"})
				id := scene.work(w)
				died := harness.Crash(w.Harness, Function(), nil, n)
				w.ok()
				w.expectStatus(id, office24.StatusSent)
				w.expect("original", quantities(w.sold(id)), scene.original)
				w.expect("reported", w.reported(id), scene.report)
				w.expect("invoice text", w.sold(id).InvoiceText, "Tracking: 70722150000012345")
				if rests := w.rests(); len(rests) != 1 || quantities(rests[0]) != scene.rest || rests[0].InvoiceText != "" {
					t.Errorf("rest orders: %+v", rests)
				}
				w.Clock.Forward(time.Hour)
				saves := w.saves()
				if row := w.ok(); row.Written != 0 || w.saves() != saves {
					t.Errorf("a further run wrote: %+v", row)
				}
				if t.Failed() {
					t.Fatalf("died behind write %d", n)
				}
				if !died {
					return // it had no more writes than that
				}
			}
		})
	}
}

// TestCrashAndMore: a run dies behind any of its writes, and more is picked before the next one.
func TestCrashAndMore(t *testing.T) {
	t.Parallel()
	for n := 1; n < 40; n++ {
		w := withRests(t)
		id := w.order("10", "3")
		w.ship(id, 450, "8", "3")
		died := harness.Crash(w.Harness, Function(), nil, n)
		w.pick(id, 0, "2")
		w.ok()
		w.expectStatus(id, office24.StatusSent)
		w.expect("original", quantities(w.sold(id)), "ART-1:10 ART-2:3")
		w.expect("reported", w.reported(id), "10 3")
		for _, rest := range w.rests() {
			w.expect("rest order", quantities(rest), "")
		}
		if t.Failed() {
			t.Fatalf("died behind write %d", n)
		}
		if !died {
			break
		}
	}
}

// intent stores what a run stores before it makes a rest order.
func (w *world) intent(id office24.OrderID, lines ...state.RestLine) {
	w.t.Helper()
	link := w.link(id)
	for i, r := range w.sold(id).Rows {
		lines[i].RowID = int(r.ID)
	}
	link.RestOrder = &state.RestOrder{Mark: mark(id), IntendedAt: w.Clock.Now(), Lines: lines}
	w.must(w.Partition().PutOrder(w.t.Context(), &link))
}

// TestRestOfRowsThatAreGone: a run died behind its intent, and a person takes the short row out of the order. There is
// nothing left to make a rest order of; what was delivered of the row is for that person to put back.
func TestRestOfRowsThatAreGone(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10", "3")
	w.ship(id, 450, "8", "3")
	w.intent(id, state.RestLine{Delivered: "8", Remaining: "2"}, state.RestLine{Delivered: "3", Remaining: "0"})
	w.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[1:] })
	w.held("add product")
	if rests := w.rests(); len(rests) != 0 {
		t.Errorf("rest orders: %+v", rests)
	}
}

// TestRestNotWantedAnyMore: a run died behind its intent, and rest orders are switched off before the next one. None is
// made, and the order stays as it was sold; what is picked later is booked like that of any other order.
func TestRestNotWantedAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.intent(id, state.RestLine{Delivered: "8", Remaining: "2"})
	w.ok()
	w.expectStatus(id, office24.StatusSent)
	w.expect("original", quantities(w.sold(id)), "ART-1:10")
	w.expect("reported", w.reported(id), "8")
	w.pick(id, 0, "1")
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expect("original", quantities(w.sold(id)), "ART-1:10")
	w.expect("reported", w.reported(id), "9")
	if rests := w.rests(); len(rests) != 0 || w.link(id).RestOrder != nil {
		t.Errorf("rest orders: %+v, link %+v", rests, w.link(id))
	}
}

// TestCrashTwice: a run dies before it could note the rest order it made, nothing remains any more, and the next run
// dies as well. The rest order is found in the end, and emptied.
func TestCrashTwice(t *testing.T) {
	t.Parallel()
	for n := 1; n < 8; n++ {
		w := withRests(t)
		id := w.order("10")
		w.ship(id, 450, "8")
		// Of the first run: session, lease and intent may come in any order, the rest order comes right after the intent.
		for made := 1; len(w.rests()) == 0; made++ {
			harness.Crash(w.Harness, Function(), nil, made)
		}
		if l := w.link(id); l.RestOrder == nil || l.RestOrder.OrderID != 0 {
			t.Fatalf("link: %+v", l)
		}
		w.pick(id, 0, "2")
		died := harness.Crash(w.Harness, Function(), nil, n)
		w.ok()
		w.expect("original", quantities(w.sold(id)), "ART-1:10")
		w.expect("reported", w.reported(id), "10")
		if len(w.rests()) != 1 || quantities(w.rests()[0]) != "" {
			t.Fatalf("died behind write %d: rest orders %v", n, w.rests())
		}
		if !died {
			break
		}
	}
}

// TestRestMovedMeanwhile: a person confirms the rest order while the original is being raised. It stays confirmed.
func TestRestMovedMeanwhile(t *testing.T) {
	t.Parallel()
	w := withRests(t)
	id := w.order("10")
	w.ship(id, 450, "8")
	w.ok()
	rest := w.rests()[0].ID
	w.pick(id, 0, "1")
	w.Office24.After(func(c office24test.Call) {
		if c.Operation == "SaveInvoices" && c.Key == key(id) {
			w.Company.SetStatus(rest, office24.StatusConfirmed)
		}
	})
	w.held("which has status Confirmed by now")
	w.expectStatus(rest, office24.StatusConfirmed)
	w.expect("rest order", quantities(w.sold(rest)), "ART-1:2")
	w.expect("reported", w.reported(id), "8")
}
