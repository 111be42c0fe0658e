package report_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
)

// noon is when the clock of these tests begins: in Oslo it is 13:00.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// bound returns the customer's state as a run has bound it.
func (w world) bound(at time.Time) *state.Partition {
	w.t.Helper()
	p := state.New(w.db.Client, w.db.State, func() time.Time { return at }).Partition("acme")
	b := state.Binding{
		Office24ClientID: 700001, OngoingBaseURL: "https://api.ongoingsystems.se/acme/api/v1/", GoodsOwnerID: 7,
	}
	if err := p.Load(w.t.Context(), naming.SalesOrders, b.OngoingBaseURL, b.GoodsOwnerID); err != nil {
		w.t.Fatal(err)
	}
	if err := p.Bind(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w world) order(p *state.Partition, l state.OrderLink) {
	w.t.Helper()
	l.OrderNumber, l.OngoingID = strconv.Itoa(l.OrderID), l.OrderID+1000
	if err := p.PutOrder(w.t.Context(), &l); err != nil {
		w.t.Fatal(err)
	}
}

func TestOverviewCountsOrdersByDay(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	p := w.bound(noon.AddDate(0, 0, -5))
	ago := func(days, hours int) time.Time {
		return noon.AddDate(0, 0, -days).Add(-time.Duration(hours) * time.Hour)
	}
	w.order(p, state.OrderLink{OrderID: 1, ImportedAt: ago(9, 0)}) // open since before
	w.order(p, state.OrderLink{OrderID: 2, ImportedAt: ago(2, 0), ShippedAt: ago(1, 0)})
	w.order(p, state.OrderLink{OrderID: 3, ImportedAt: ago(2, 0), CancelledAt: ago(2, 0)})
	w.order(p, state.OrderLink{OrderID: 4, ImportedAt: ago(1, 0), DeliveredAt: ago(0, 1)})
	// Half past eleven in London is the next day in Oslo.
	w.order(p, state.OrderLink{OrderID: 5, ImportedAt: time.Date(2026, 11, 26, 23, 30, 0, 0, time.UTC)})
	// A part was shipped, and a back order can still bring the rest.
	w.order(p, state.OrderLink{
		OrderID: 6, ImportedAt: ago(2, 0), ShippedAt: ago(0, 2),
		RestOrder: &state.RestOrder{Mark: "m", Lines: []state.RestLine{{RowID: 1, Delivered: "1", Remaining: "2"}}},
	})
	w.run(naming.SalesOrders, ago(0, 1), "partial", "1: no number")
	w.record("cursor#salesorders", map[string]any{"since": ago(0, 1), "verifiedAt": ago(0, 3)})
	w.record("lease#stock", map[string]any{
		"startedAt": ago(0, 1), "pending": map[string]any{"calls": 200, "bytes": 1_000_000},
	})
	w.record("usage#2026-11", map[string]any{"calls": 1000, "bytes": 4_000_000})
	o, err := w.Overview(t.Context(), "acme", 4)
	if err != nil {
		t.Fatal(err)
	}
	want := []report.Day{
		{Date: "2026-11-25", Open: 1},
		{Date: "2026-11-26", Imported: 3, Cancelled: 1, Open: 3},
		{Date: "2026-11-27", Imported: 2, Booked: 1, Open: 4},
		{Date: "2026-11-28", Booked: 1, Elsewhere: 1, Open: 2},
	}
	if diff := cmp.Diff(want, o.Days); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	var open []int
	for _, order := range o.Open {
		open = append(open, order.OrderID)
	}
	if diff := cmp.Diff([]int{1, 6, 5}, open); diff != "" || o.OpenCount != 3 || !o.Open[1].Booked {
		t.Errorf("open %+v, -want +got\n%s", o.Open, diff)
	}
	if len(o.LastRuns) != 1 || o.LastRuns[0].Reason != "1: no number" || !o.LastRuns[0].VerifiedAt.Equal(ago(0, 3)) {
		t.Errorf("last runs %+v", o.LastRuns)
	}
	if want := (state.MonthUsage{Month: "2026-11", Calls: 1200, Bytes: 5_000_000}); o.Usage != want {
		t.Errorf("used %+v, want %+v", o.Usage, want)
	}
}

func TestStuckOrdersAreTroubleInDetailAndInTheFleet(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	p := w.bound(noon.AddDate(0, 0, -9))
	old := noon.AddDate(0, 0, -9)
	w.order(p, state.OrderLink{OrderID: 1, ImportedAt: old, Total: "1496.25", Currency: "NOK"})
	w.order(p, state.OrderLink{OrderID: 2, ImportedAt: old, DeliveryDate: "2026-11-27"}) // not to be sent before
	w.order(p, state.OrderLink{OrderID: 3, ImportedAt: old, CancelledAt: noon})
	w.order(p, state.OrderLink{OrderID: 4, ImportedAt: old}) // as an older version has stored it
	w.order(p, state.OrderLink{OrderID: 5, ImportedAt: noon, Total: "9", Currency: "NOK"})
	detail, err := w.Status(t.Context(), "acme", 0)
	if err != nil {
		t.Fatal(err)
	}
	stuck := troubles(detail, naming.Shipments)
	if len(stuck) != 2 || detail.InStep || detail.Customers[0].Stuck != 2 ||
		!stuck[0].Since.Equal(old.Add(72*time.Hour)) || !strings.Contains(stuck[0].Reason, "was sent 9 days ago") {
		t.Errorf("in detail, stuck since three days after it was sent: %+v", stuck)
	}
	fleet, err := w.Status(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if stuck = troubles(fleet, naming.Shipments); len(stuck) != 1 || stuck[0].Count != 2 || stuck[0].What != "stuck" ||
		stuck[0].Reason != "2 orders not shipped, worth 1496.25 NOK with VAT; the oldest is 1: syncctl overview acme" {
		t.Errorf("in the fleet: %+v", stuck)
	}
	if answer := fleet.Answer(report.Records); !strings.Contains(answer, "stuck orders, worth 1496.25 NOK with VAT") {
		t.Errorf("answer %q", answer)
	}
	patient, err := w.Status(t.Context(), "acme", 240*time.Hour)
	if err != nil || len(troubles(patient, naming.Shipments)) != 0 {
		t.Errorf("for ten days: %+v, %v", patient.Troubles, err)
	}
}
