package process

import (
	"slices"
	"strings"
	"testing"

	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestWhyAnOrderIsNotBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("10")
	w.setWarehouseStatus(id, 320)
	harness.Check(t, w.Harness, Function(), "24SevenOffice: save orders", "Ongoing WMS: report picked items",
		"Ongoing WMS: statuses of shipped orders")
	e := harness.Explain(t, w.Harness, Function(), key(id))
	live := harness.Fact(e, runner.InOngoing, "order")
	if e.Verdict != runner.VerdictLeftAlone || e.Setting != "shipments.reportAt" ||
		!strings.Contains(e.Reason, "320") || !strings.Contains(live, "status 320") {
		t.Errorf("on its way: %+v", e)
	}
	w.ship(id, 450, "")
	if e = harness.Explain(t, w.Harness, Function(), key(id)); e.Verdict != runner.VerdictDue {
		t.Errorf("shipped: %+v", e)
	}
	w.runOK()
	e = harness.Explain(t, w.Harness, Function(), key(id))
	if e.Verdict != runner.VerdictSettled || harness.Fact(e, runner.InState, "booked") == "" {
		t.Errorf("booked: %+v", e)
	}
	if e = harness.Explain(t, w.Harness, Function(), "NO-SUCH"); e.Verdict == runner.VerdictDue ||
		harness.Fact(e, runner.InOngoing, "order") != "no order has this number" {
		t.Errorf("an unknown number: %+v", e)
	}
}

func TestCheckNamesStatusesThatTheWarehouseDoesNotHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"reportAt": []int{450, 999}})
	row := harness.Run(w.Harness, Function(), map[string]any{"check": true})
	unknown := runner.Finding{
		Kind: "order status", ID: "999", Note: "does not exist in this warehouse, but is in shipments.reportAt",
	}
	if row.Outcome != runner.OK || !slices.Contains(row.Found, unknown) {
		t.Errorf("got %+v", row)
	}
}
