package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// The vendors' clocks are right, five minutes ahead or five minutes behind, and 24SevenOffice rounds the time of a
// change to the minute, up or down. A date that begins at midnight in Oslo must be the same date in Ongoing.
func TestEachTickCarriesOverWhatPeopleDidInNightsOfClockChange(t *testing.T) {
	t.Parallel()
	for name, evening := range map[string]time.Time{
		"spring": time.Date(2040, 3, 24, 22, 0, 0, 0, time.UTC),   // at 01:00 UTC, 02:00 in Oslo becomes 03:00
		"autumn": time.Date(2040, 10, 27, 21, 30, 0, 0, time.UTC), // at 01:00 UTC, 03:00 in Oslo becomes 02:00
	} {
		for _, skew := range []time.Duration{-5 * time.Minute, 0, 5 * time.Minute} {
			t.Run(fmt.Sprint(name, ", vendors ", skew), func(t *testing.T) {
				t.Parallel()
				withWorld(t, evening, func(w *world) {
					w.playNight(skew)
					if len(w.broken) > 0 {
						t.Fatalf("%s\n\n%s", strings.Join(w.broken, "\n"), strings.Join(w.trace, "\n"))
					}
				})
			})
		}
	}
}

// playNight plays four hours of ticks. Between two of them people do a little of everything.
func (w *world) playNight(skew time.Duration) {
	w.clock.skew(skew, -skew) // the worst case: one ahead, the other behind
	w.set.off[naming.Suppliers] = false
	if err := w.storeSettings(); err != nil {
		panic(err)
	}
	w.runAll()
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	for n := range 16 {
		// In turn: right after the last tick, in the seconds around half a minute, and right before the next.
		wait := []time.Duration{
			time.Second, 20 * time.Second, 29 * time.Second, 31 * time.Second, 7 * time.Minute,
			naming.Period - time.Second,
		}[n%6]
		w.clock.advance(wait)
		now := w.clock.now()
		pick := func(of int) int { return n % of }
		id := w.company.AddOrder(office24.Order{
			CustomerID: companyIDs[0], CustomerName: "Kunde", DateOrdered: now.Add(skew),
			Status:       office24.StatusConfirmed,
			DeliveryDate: midnight(now, n%3, zone), Addresses: deliverTo(streets[0]),
			Rows: []office24.Row{{ProductID: w.company.Products()[n%2].ID, Quantity: quantity(pick),
				Price: quantity(pick)}},
		})
		w.tracef("order %d: on %s", id, midnight(now, n%3, zone).Format(time.RFC3339))
		w.observe(byPeople)
		// People edit the last order and ship the one before it.
		if n > 0 {
			w.company.EditOrder(id-1, func(o *office24.Order) { o.DeliveryDate = midnight(now, 7, zone) })
			w.observe(byPeople)
		}
		if n > 1 {
			w.perform(act{name: "ship", do: ship}, func(int) int { return 0 })
		}
		w.perform(act{name: "rename product", do: renameProduct}, pick)
		w.perform(act{name: "edit supplier", do: editSupplier}, pick)
		w.perform(act{name: "count", do: count}, func(of int) int { return (n + 1) % of })
		w.clock.advance(naming.Period - wait)
		w.runAll()
		w.checkEnd()
		if len(w.broken) > 0 {
			return
		}
	}
}

// midnight returns the beginning of a day in a zone, in UTC as 24SevenOffice returns it.
func midnight(now time.Time, days int, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, zone).UTC()
}

// runAll runs each process once. Each must end well.
func (w *world) runAll() {
	for _, e := range naming.Entries() {
		r := w.traceRun(e.Process, map[string]any{}, trouble{})
		w.expect(r.outcome() == "ok" || strings.HasPrefix(r.outcome(), "ok,"), "%s: %s", e.Process, r.outcome())
	}
}
