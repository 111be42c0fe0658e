package process

import (
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/harness"
)

// crash runs the process and cuts it off after its nth write, to whichever system. It reports false if the run had
// fewer writes.
func (w *world) crash(n int) bool {
	w.t.Helper()
	return harness.Crash(w.Harness, Function(), nil, n)
}

// crashAfterEachWrite calls attempt for n = 1, 2 and so on. It crashes a run after the nth write, and reports false if
// the run had fewer writes, which ends the test.
func crashAfterEachWrite(t *testing.T, attempt func(n int) bool) {
	t.Helper()
	for n := 1; ; n++ {
		crashed := attempt(n)
		if t.Failed() {
			t.Fatalf("crashed after write %d", n)
		}
		if !crashed {
			return
		}
	}
}

func TestRunAfterACrashEndsAsIfUndisturbed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		ordered, picked string
		more            []string // picked of each row after the order was booked; nil crashes the booking itself
		want            wantOrder
	}{
		{
			name: "delivered short", ordered: "10 3 4", picked: "8 0 4",
			want: wantOrder{rows: "ART-1:8 ART-3:4", reported: "8 - 4", rests: []string{"ART-1:2 ART-2:3"}},
		},
		{
			name: "some picked later", ordered: "10 3 4", picked: "8 0 4", more: []string{"1", "2"},
			want: wantOrder{rows: "ART-1:9 ART-3:4 ART-2:2", reported: "9 2 4", rests: []string{"ART-1:1 ART-2:1"}},
		},
		{
			name: "all picked later", ordered: "10", picked: "8", more: []string{"2"},
			want: wantOrder{rows: "ART-1:10", reported: "10", rests: []string{""}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.want.status = office24.StatusSent
			crashAfterEachWrite(t, func(n int) bool {
				w := newWorld(t, map[string]any{"restOrders": true, "tracking": "invoiceText"})
				id := w.order(test.ordered)
				w.addParcels(key(id), ongoingtest.Parcel{Number: "P", Waybill: "70722150000012345"})
				w.ship(id, 450, test.picked)
				if test.more != nil {
					w.runOK()
				}
				for row, q := range test.more {
					w.pick(id, row, q)
				}
				crashed := w.crash(n)
				w.runOK()
				w.wantOrder(id, test.want)
				w.wantText(id, "Tracking: 70722150000012345")
				for _, rest := range w.restOrders() {
					w.wantText(rest.ID, "")
				}
				w.laterRunWritesNothing()
				return crashed
			})
		})
	}
}

// If the crash came before the rest order was made, none is made: nothing remains.
func TestMorePickedAfterACrashIsBookedOnce(t *testing.T) {
	t.Parallel()
	crashAfterEachWrite(t, func(n int) bool {
		w := newRestWorld(t)
		id := w.shipped("10 3", "8 3")
		crashed := w.crash(n)
		w.pick(id, 0, "2")
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent, rows: "ART-1:10 ART-2:3", reported: "10 3"})
		for _, rest := range w.restOrders() {
			if got := rowsOf(rest); got != "" {
				t.Errorf("rest order: got rows %q, want none", got)
			}
		}
		return crashed
	})
}

// The first run crashes after it made the rest order and before it stored its id. Then the rest is picked, and the
// second run crashes as well.
func TestRestOrderOfACrashedRunIsFoundAndEmptiedAfterASecondCrash(t *testing.T) {
	t.Parallel()
	crashAfterEachWrite(t, func(n int) bool {
		w := newRestWorld(t)
		w.order("1")
		w.runOK() // writes the session and the binding
		id := w.shipped("10", "8")
		// The writes before the rest order are those of the lease and the intent.
		for made := 1; len(w.restOrders()) == 0; made++ {
			w.crash(made)
		}
		if l := w.link(id); l.RestOrder == nil || l.RestOrder.OrderID != 0 {
			t.Fatalf("link: got rest order %+v, want an intent", l.RestOrder)
		}
		w.pick(id, 0, "2")
		crashed := w.crash(n)
		w.runOK()
		w.wantOrder(id, wantOrder{rows: "ART-1:10", reported: "10", rests: []string{""}})
		return crashed
	})
}
