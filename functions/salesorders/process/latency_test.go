package process

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/testenv/harness"
)

// tick makes a run of the schedule, and returns the latencies that it measured.
func tick(t *testing.T, h *harness.Harness) (seconds []float64) {
	t.Helper()
	before := len(h.Output.String())
	if _, err := harness.Invoke(t.Context(), h, Function(), map[string]any{}); err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(h.Output.String()[before:]) {
		var line struct{ LatencySeconds []float64 }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		seconds = append(seconds, line.LatencySeconds...)
	}
	return seconds
}

// startOfDay returns a harness whose clock is at a full minute, to which 24SevenOffice rounds.
func startOfDay(t *testing.T) *harness.Harness {
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"deliveryMethods": map[string]any{
		"4": map[string]any{"code": "BRING"},
	}}})
	h.Clock.Forward(h.Clock.Now().Add(time.Minute).Truncate(time.Minute).Sub(h.Clock.Now()))
	return h
}

func TestLatencyIsThatOfOrdersThatPeopleWaitFor(t *testing.T) {
	t.Parallel()
	h := startOfDay(t)
	product := h.AddStockedProduct("A-1", "5")
	order := func(method int) office24.OrderID {
		return h.Company.AddOrder(office24.Order{
			CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed, DateOrdered: h.Clock.Now(),
			DeliveryMethod: &office24.DeliveryMethod{ID: office24.DeliveryMethodID(method)},
			Rows:           []office24.Row{{ProductID: product, Quantity: harness.Dec("1")}},
		})
	}
	quarter := func() []float64 {
		h.Clock.Forward(15 * time.Minute)
		return tick(t, h)
	}
	want := func(what string, got []float64, want ...float64) {
		t.Helper()
		slices.Sort(got) // links are stored side by side, so the orders end in any order
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	order(4)
	h.Clock.Forward(time.Hour)
	want("the first load", tick(t, h))
	order(4)
	want("on the first day", quarter())
	for range 25 { // a process that is not run for a day counts as new again
		h.Clock.Forward(time.Hour)
		tick(t, h)
	}

	first := order(4)
	h.Clock.Forward(5 * time.Minute)
	order(4)
	want("two orders", quarter(), 15*60, 20*60)
	want("nothing new", quarter())

	h.Company.EditOrder(first, func(o *office24.Order) { o.InvoiceTitle = "Ring først" })
	want("an edit", quarter())

	held := order(9)
	want("an order that is held", quarter())
	quarter()
	h.Company.EditOrder(held, func(o *office24.Order) { o.DeliveryMethod.ID = 4 })
	h.Clock.Forward(15 * time.Minute)
	want("an order that was held", quarter(), 30*60)

	order(4)
	h.Clock.Forward(15 * time.Minute)
	run(h)
	want("an order that a person has brought in", quarter())

	for _, enabled := range []bool{false, true} {
		if !enabled {
			order(4)
		}
		h.Settings["salesOrders"].(map[string]any)["enabled"] = enabled
		if err := h.PutSettings(t.Context(), h.Settings); err != nil {
			t.Fatal(err)
		}
		h.Clock.Forward(30 * time.Hour)
		want(fmt.Sprintf("switched on: %t", enabled), tick(t, h))
	}
	if n := len(writes(h)); n == 0 {
		t.Error("nothing was written")
	}
}
