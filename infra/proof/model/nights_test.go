package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// TestNights goes through the two nights in which the clocks of Oslo change, tick by tick, with vendors whose clocks are
// right, five minutes ahead and five minutes behind. Whatever people do between two ticks, in whichever second of a minute,
// which 24SevenOffice rounds up or down, is carried over by the next tick; and a date that begins at midnight in Oslo is
// that date in Ongoing.
func TestNights(t *testing.T) {
	t.Parallel()
	for name, evening := range map[string]time.Time{
		"spring": time.Date(2040, 3, 24, 22, 0, 0, 0, time.UTC),   // at 01:00 two o'clock becomes three
		"autumn": time.Date(2040, 10, 27, 21, 30, 0, 0, time.UTC), // at 01:00 three o'clock becomes two
	} {
		for _, skew := range []time.Duration{-5 * time.Minute, 0, 5 * time.Minute} {
			t.Run(fmt.Sprint(name, ", vendors ", skew), func(t *testing.T) {
				t.Parallel()
				tell(t, evening, func(w *world) {
					w.night(skew)
					if len(w.broken) > 0 {
						t.Fatalf("%s\n\n%s", strings.Join(w.broken, "\n"), strings.Join(w.trace, "\n"))
					}
				})
			})
		}
	}
}

// night is four hours of ticks, and of people who do a little of everything between them.
func (w *world) night(skew time.Duration) {
	w.clock.skew(skew, -skew) // each other's worst case
	w.set.off[naming.Suppliers] = false
	if err := w.store(); err != nil {
		panic(err)
	}
	w.tick()
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	for n := range 16 {
		// In turn: right behind the last tick, in the seconds around half a minute, and right before the next.
		wait := []time.Duration{time.Second, 20 * time.Second, 29 * time.Second, 31 * time.Second, 7 * time.Minute, naming.Period - time.Second}[n%6]
		w.clock.advance(wait)
		now := w.clock.now()
		pick := func(of int) int { return n % of }
		id := w.company.AddOrder(office24.Order{CustomerID: companyIDs[0], CustomerName: "Kunde", DateOrdered: now.Add(skew), Status: office24.StatusConfirmed,
			DeliveryDate: midnight(now, n%3, zone), Addresses: office24.Addresses{Delivery: &office24.Address{Street: streets[0], PostalCode: "0001", PostalArea: "TESTBY"}},
			Rows: []office24.Row{{ProductID: w.company.Products()[n%2].ID, Quantity: quantity(pick), Price: quantity(pick)}}})
		w.say("order %d: on %s", id, midnight(now, n%3, zone).Format(time.RFC3339))
		w.observe(people)
		// The last order is edited, the one before it leaves the warehouse.
		if n > 0 {
			w.company.EditOrder(id-1, func(o *office24.Order) { o.DeliveryDate = midnight(now, 7, zone) })
			w.observe(people)
		}
		if n > 1 {
			w.people(act{"ship", 1, ship}, func(int) int { return 0 })
		}
		w.people(act{"rename product", 1, renameProduct}, pick)
		w.people(act{"edit supplier", 1, editSupplier}, pick)
		w.people(act{"count", 1, count}, func(of int) int { return (n + 1) % of })
		w.clock.advance(naming.Period - wait)
		w.tick()
		w.checkEnd()
		if len(w.broken) > 0 {
			return
		}
	}
}

// midnight is the beginning of a day in Oslo, as the service returns it.
func midnight(now time.Time, days int, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, zone).UTC()
}

// tick runs all processes.
func (w *world) tick() {
	for _, e := range naming.Entries() {
		r := w.go1(e.Process, map[string]any{}, trouble{})
		w.must(r.outcome() == "ok" || strings.HasPrefix(r.outcome(), "ok,"), "%s: %s", e.Process, r.outcome())
	}
}
