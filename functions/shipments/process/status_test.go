package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
)

// The save has the status and nothing else. A read right before it and one right after it protect people's changes.
func TestShippedOrderBecomesSentAndIsReportedOnce(t *testing.T) {
	t.Parallel()
	var saves []string
	w := newWorldWith(t, recordSaves(&saves), nil)
	id := w.shipped("3 2.5", "")
	w.runWants(nil, wantRun{read: 1, planned: 1, written: 1})
	w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "3 2.5"})
	if len(saves) != 1 {
		t.Fatalf("got %d saves, want 1", len(saves))
	}
	_, got, _ := strings.Cut(saves[0], "<InvoiceOrder>")
	got, _, _ = strings.Cut(got, "</InvoiceOrder>")
	want := fmt.Sprintf("<OrderId>%d</OrderId><CustomerId>5120</CustomerId>"+
		`<OrderStatus>OrderState_Sent</OrderStatus><IncludeVAT xsi:nil="true"/>`, id)
	if got != want {
		t.Errorf("saved order: got %s\nwant %s", got, want)
	}
	var calls []string
	for _, c := range w.Office24.Journal() {
		if c.Operation == "GetInvoices" || c.Operation == "SaveInvoices" {
			calls = append(calls, c.Operation)
		}
	}
	if all := strings.Join(calls, " "); !strings.HasSuffix(all, "GetInvoices SaveInvoices GetInvoices") {
		t.Errorf("calls: got %s, want the save between two reads at the end", all)
	}

	w.Clock.Forward(15 * time.Minute)
	w.runWants(nil, wantRun{read: 1, unchanged: 1})
	w.wantSaves(1)
}

func TestOnlyOrdersInAPulledOrImportedStatusBecomeSent(t *testing.T) {
	t.Parallel()
	settings := map[string]any{
		"salesOrders": map[string]any{"statuses": []any{"Confirmed", "Web"}, "importedStatus": "Pack"},
	}
	tests := []struct {
		name   string
		status office24.OrderStatus
		held   string
		want   wantOrder
	}{
		{name: "a pulled status", status: office24.StatusConfirmed,
			want: wantOrder{status: office24.StatusSent, reported: "3"}},
		{name: "another pulled status", status: office24.StatusWeb,
			want: wantOrder{status: office24.StatusSent, reported: "3"}},
		{name: "the status set on import", status: office24.StatusPack,
			want: wantOrder{status: office24.StatusSent, reported: "3"}},
		{name: "set to Sent by hand", status: office24.StatusSent,
			want: wantOrder{status: office24.StatusSent, reported: "3"}},
		{name: "invoiced", status: office24.StatusInvoiced,
			want: wantOrder{status: office24.StatusInvoiced, reported: "3"}},
		{name: "invoiced to the cash account", status: office24.StatusInvoicedCashAccount,
			want: wantOrder{status: office24.StatusInvoicedCashAccount, reported: "3"}},
		{name: "invoiced and packed", status: office24.StatusInvoicedPack,
			want: wantOrder{status: office24.StatusInvoicedPack, reported: "3"}},
		{name: "moved to Offer by hand", status: office24.StatusOffer, held: "moved to status Offer by hand",
			want: wantOrder{status: office24.StatusOffer, reported: "-"}},
		{name: "moved to ForInvoicing by hand", status: office24.StatusForInvoicing,
			held: "moved to status ForInvoicing by hand",
			want: wantOrder{status: office24.StatusForInvoicing, reported: "-"}},
		{name: "withdrawn", status: office24.StatusInactive, held: "moved to status Inactive by hand",
			want: wantOrder{status: office24.StatusInactive, reported: "-"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, testenv.Options{}, settings)
			id := w.shipped("3", "")
			w.Company.SetStatus(id, test.status)
			if test.held != "" {
				w.runHolds(test.held)
			} else {
				w.runOK()
			}
			w.wantOrder(id, test.want)
			if test.want.status == test.status {
				w.wantSaves(0)
			}
		})
	}
}

func TestHeldOrderIsBookedAsSoonAsItIsMovedBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3", "")
	w.Company.SetStatus(id, office24.StatusOffer)
	for range 4 { // each failure makes the pause longer
		w.Clock.Forward(2 * time.Hour)
		w.runHolds("moved to status Offer by hand")
	}
	w.Clock.Forward(5 * time.Minute)
	w.Company.SetStatus(id, office24.StatusConfirmed)
	w.runWants(nil, wantRun{read: 1, planned: 1, written: 1})
	w.wantOrder(id, wantOrder{status: office24.StatusSent})
	if r := w.Record("failure#shipments#" + key(id)); r != nil {
		t.Errorf("got failure record %v, want none", r)
	}
}

func TestFailureOfHeldOrderGoesAsSoonAsItIsSettled(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(*world, office24.OrderID){
		"in 24SevenOffice": func(w *world, id office24.OrderID) { w.Company.SetStatus(id, office24.StatusInactive) },
		"in Ongoing":       func(w *world, id office24.OrderID) { w.setWarehouseStatus(id, 320) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.order("3")
			w.setWarehouseStatus(id, 425)
			for range 3 { // each failure makes the pause longer
				w.Clock.Forward(2 * time.Hour)
				w.runHolds("425")
			}
			w.Clock.Forward(5 * time.Minute)
			settle(w, id)
			w.runOK()
			if r := w.Record("failure#shipments#" + key(id)); r != nil {
				t.Errorf("got failure record %v, want none", r)
			}
		})
	}
}

func TestOrderMovedByHandAfterThePlanIsNotBooked(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]int{"before Apply reads it": 2, "right before the save": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.shipped("3", "")
			w.beforeRead(read, func() { w.Company.SetStatus(id, office24.StatusOffer) })
			w.run(nil)
			w.wantOrder(id, wantOrder{status: office24.StatusOffer, reported: "-"})
			w.runHolds("status Offer")
		})
	}
}

// The answer to a save repeats what was sent, not what was stored.
func TestStatusThatIsNotStoredIsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3", "")
	w.afterSave("", func() { w.Company.SetStatus(id, office24.StatusConfirmed) })
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "has status Confirmed", read: 1, planned: 1, failed: 1,
	})
	w.wantOrder(id, wantOrder{reported: "-"})
}

func TestOrderIsBookedAtTheStatusesOfReportAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		reportAt []any // nil is the default
		status   int
		booked   bool
		held     string
	}{
		{name: "being picked", status: 300, booked: false},
		{name: "picked", status: 400, booked: false},
		{name: "a status of the warehouse that is not listed", status: 425, held: "add 425 to shipments.reportAt"},
		{name: "the lower default", status: 450, booked: true},
		{name: "one between the defaults", status: 451, held: "add 451 to shipments.reportAt"},
		{name: "the upper default", status: 500, booked: true},
		{name: "returned", status: 800, held: "returned in Ongoing"},
		{name: "returned, below the last", reportAt: []any{450, 900}, status: 800, held: "returned in Ongoing"},
		{name: "returned, and listed", reportAt: []any{450, 800}, status: 800, booked: true},
		{name: "cancelled", status: 1000, held: "cancelled in Ongoing"},
		{name: "after all that are listed", status: 900, held: "beyond those of shipments.reportAt"},
		{name: "listed", reportAt: []any{425, 451}, status: 425, booked: true},
		{name: "between two that are listed", reportAt: []any{425, 451}, status: 450, booked: false},
		{name: "picked, and listed", reportAt: []any{400}, status: 400, booked: true},
		{name: "below the only one listed", reportAt: []any{500}, status: 450, booked: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if test.reportAt != nil {
				settings["reportAt"] = test.reportAt
			}
			w := newWorld(t, settings)
			id := w.order("3")
			w.ship(id, test.status, "")
			if test.held != "" {
				w.runHolds(test.held)
			} else {
				w.runOK()
			}
			want := wantOrder{status: office24.StatusConfirmed, reported: "-"}
			if test.booked {
				want = wantOrder{status: office24.StatusSent, reported: "3"}
			}
			w.wantOrder(id, want)
		})
	}
}

func TestTargetStatusCanBeAnotherThanSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"status": "ForInvoicing"})
	id := w.order("3")
	w.ship(id, 500, "")
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusForInvoicing, reported: "3"})
}

func TestNothingIsReadIfTheProcessIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"enabled": false})
	w.shipped("3", "")
	before := len(w.Ongoing.Journal())
	w.runWants(nil, wantRun{outcome: runner.Off})
	if n := len(w.Ongoing.Journal()) - before; n != 0 {
		t.Errorf("got %d calls to Ongoing, want none", n)
	}
}

// The setting importedStatus was changed, or switched off, since the orders were imported.
func TestStatusThatAnEarlierSettingSetCanBeLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ours, byHand := w.shipped("3", ""), w.shipped("2", "")
	w.Company.SetStatus(ours, office24.StatusPack)
	w.Company.SetStatus(byHand, office24.StatusPack)
	w.editLink(ours, func(l *state.OrderLink) { l.Status = "Pack" })
	w.runHolds("moved to status Pack by hand")
	w.wantOrder(ours, wantOrder{status: office24.StatusSent})
	w.wantOrder(byHand, wantOrder{status: office24.StatusPack})
}

func TestOrderThatIsRefusedIsRetriedAndOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bad, good := w.shipped("3", ""), w.shipped("3", "")
	w.Office24.Fault(office24test.Fault{
		Op: "SaveInvoices", Key: key(bad), Kind: office24test.ItemException, Text: "Department is required",
		Type: "Office24Seven.Library.Economy.Accounting.DepartmentIsRequiredException",
	})
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "Department is required", read: 2, planned: 2, written: 1, failed: 1,
	})
	w.wantOrder(good, wantOrder{status: office24.StatusSent})
	w.wantOrder(bad, wantOrder{reported: "-"})
	if f := w.Record("failure#shipments#" + key(bad)); f["class"] != "rejected" {
		t.Errorf("got failure record %v, want class rejected", f)
	}
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(bad, wantOrder{status: office24.StatusSent})
}

func TestStatusIsNotSavedTwiceIfTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3", "")
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.Reset, AfterEffect: true})
	w.runOK()
	w.wantOrder(id, wantOrder{reported: "3"})
	w.wantSaves(1)
}
