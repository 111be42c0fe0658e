package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// shippedMany imports and ships orders of three rows each, and moves the clock past the cursor's overlap.
func (w *world) shippedMany(n int) (ids []office24.OrderID) {
	w.t.Helper()
	for range n {
		ids = append(ids, w.shipped("1 1 1", ""))
	}
	return ids
}

// Three calls of 24SevenOffice for fifty orders, and one report for each order.
func TestManyOrdersAreBookedWithFewCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.shippedMany(60)
	erp, wms, _ := w.VendorCalls()
	w.runWants(nil, wantRun{read: 60, planned: 60, written: 60})
	erp2, wms2, _ := w.VendorCalls()
	for _, id := range ids {
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:1 ART-2:1 ART-3:1", reported: "1 1 1"})
	}
	// The login, one read of the plan, and three for each of two batches; 60 reports and the lists of both systems.
	if erp2-erp > 15 || wms2-wms > 60+20 {
		t.Errorf("got %d calls of 24SevenOffice and %d of Ongoing for 60 orders, want 15 and 80 at most",
			erp2-erp, wms2-wms)
	}
	w.laterRunWritesNothing()
	for name := range w.Records() {
		if strings.HasPrefix(name, "open#") && !strings.HasSuffix(name, "#") {
			t.Errorf("record %s is left", name)
		}
	}
}

// A carrier has lost a lorry, and all its orders were returned before they were booked.
func TestManyFailedOrdersAreLookedAtInTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var ids []office24.OrderID
	for range maxFailed + 20 {
		ids = append(ids, w.shipped("1", ""))
		w.must(w.GoodsOwner.ReturnOrder(key(ids[len(ids)-1])))
	}
	w.runWants(nil, wantRun{outcome: runner.Partial, read: len(ids), held: len(ids), reason: "was returned"})
	run := func(after time.Duration, most int) {
		t.Helper()
		w.Clock.Forward(after)
		_, before, _ := w.VendorCalls()
		w.run(nil)
		if _, calls, _ := w.VendorCalls(); calls-before > most {
			t.Errorf("got %d calls of Ongoing, want %d at most", calls-before, most)
		}
	}
	const most = 3*maxFailed + 20
	run(20*time.Minute, most)
	run(25*time.Hour, most)
	for _, id := range ids {
		w.Company.SetStatus(id, office24.StatusInactive)
	}
	late := w.shipped("1", "")
	for range 2 {
		run(25*time.Hour, most)
	}
	w.wantOrder(late, wantOrder{status: office24.StatusSent, reported: "1"})
	for name := range w.Records() {
		if strings.HasPrefix(name, "failure#") {
			t.Errorf("record %s is left", name)
		}
	}
}

// What is refused or moved in a batch concerns no other order.
func TestOrderOfABatchFailsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.shippedMany(3)
	w.Office24.Fault(office24test.Fault{
		Op: "SaveInvoices", Key: key(ids[1]), Times: -1, Kind: office24test.ItemException,
		Type: "Office24Seven.Library.Economy.Accounting.DepartmentIsRequiredException", Text: "Department is required",
	})
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 3, planned: 3, written: 2, failed: 1,
		reason: "Department is required"})
	w.wantOrder(ids[0], wantOrder{status: office24.StatusSent, reported: "1 1 1"})
	w.wantOrder(ids[1], wantOrder{status: office24.StatusConfirmed, reported: "- - -"})
	w.wantOrder(ids[2], wantOrder{status: office24.StatusSent, reported: "1 1 1"})
	w.Office24.ClearFaults()
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantOrder(ids[1], wantOrder{status: office24.StatusSent, reported: "1 1 1"})
}

// If the service refuses the call as a whole, each order is saved alone.
func TestRefusedSaveOfABatchIsRepeatedForEachOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.shippedMany(3)
	w.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.SOAPFault, Text: "An order is locked"})
	w.runWants(nil, wantRun{read: 3, planned: 3, written: 3})
	for _, id := range ids {
		w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "1 1 1"})
	}
}

// Nothing is reported that was not booked, whatever is picked in the moment of the report, and if the run dies.
func TestWhatIsPickedDuringTheReportIsBookedLater(t *testing.T) {
	t.Parallel()
	picked := 0
	var w *world
	pickMore := func(e ongoingtest.Entry) {
		if strings.Contains(strings.ToLower(e.Operation), "reportednumberofitems") && picked == 0 {
			picked++
			w.pick(40001, 0, "2")
		}
	}
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprint("crash ", crash), func(t *testing.T) {
			picked = 0
			w = newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Before: pickMore}}, nil)
			ids := w.shippedMany(2)
			if crash {
				for n := 1; picked == 0; n++ {
					w.crash(n)
				}
				w.wantOrder(ids[0], wantOrder{reported: "3 1 1"})
			} else {
				w.runOK()
				w.wantOrder(ids[0], wantOrder{reported: "1 1 1"})
				if booked := w.link(ids[0]).Booked; len(booked) != 3 {
					t.Errorf("booked %v", booked)
				}
			}
			w.Clock.Forward(time.Minute)
			w.runOK()
			w.wantOrder(ids[0], wantOrder{status: office24.StatusSent, reported: "3 1 1"})
			line := fmt.Sprint(w.warehouseOrder(ids[0]).Lines[0].ID)
			if got := w.link(ids[0]).Booked[line]; got != "3" {
				t.Errorf("booked %v, want 3 of line %s", w.link(ids[0]).Booked, line)
			}
			w.laterRunWritesNothing()
		})
	}
}

// They are looked at once.
func TestUnreportedOrdersOfOthersCostNothingLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.booked("1", "")
	for n := range 90 {
		w.shipForeign(fmt.Sprint("WEB-", n))
	}
	w.runWants(nil, wantRun{read: 91, unchanged: 1, skipped: 90})
	w.Clock.Forward(time.Hour)
	w.runOK()
	_, before, _ := w.VendorCalls()
	w.Clock.Forward(time.Hour)
	w.runWants(nil, wantRun{})
	if _, after, _ := w.VendorCalls(); after-before > 3 {
		t.Errorf("an idle run made %d calls of Ongoing", after-before)
	}
}

// The orders of a batch are settled after all were reported; the time can end before.
func TestBatchOutOfTimeIsFinishedByTheNextRun(t *testing.T) {
	t.Parallel()
	var w *world
	reported := 0
	w = newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(e ongoingtest.Entry) {
		if strings.Contains(strings.ToLower(e.Operation), "reportednumberofitems") {
			if reported++; reported == 2 {
				w.Clock.Forward(13*time.Minute + 45*time.Second)
			}
		}
	}}}, map[string]any{})
	for range 5 {
		w.shipped("10", "")
	}
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 5, planned: 5, written: 2})
	if reported != 2 {
		t.Errorf("%d orders were reported after the time was up", reported-2)
	}
	w.runOK()
	for _, o := range w.Company.Orders() {
		w.wantOrder(o.ID, wantOrder{status: office24.StatusSent})
	}
	if reported != 5 {
		t.Errorf("%d of 5 orders were reported", reported)
	}
}
