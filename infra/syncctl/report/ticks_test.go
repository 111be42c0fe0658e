package report_test

import (
	"testing"
	"time"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// A record is tried again by a run, and runs begin at ticks: salesorders at 3, 18, 33 and 48 minutes past.
func TestFailureIsTriedAgainAtATick(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	for name, c := range map[string]struct {
		interval  int
		started   time.Time
		next      time.Time // of the record
		notBefore time.Time // of the customer
		off       bool
		want      time.Time
	}{
		"its pause ends between two ticks":        {15, at(-12), at(5), time.Time{}, false, at(18)},
		"its pause ends at a tick":                {15, at(-12), at(18), time.Time{}, false, at(18)},
		"its pause is over":                       {15, at(-12), at(-1), time.Time{}, false, at(3)},
		"the run after next":                      {15, at(-12), at(19), time.Time{}, false, at(33)},
		"the customer runs once an hour":          {60, at(-12), at(5), time.Time{}, false, at(48)},
		"and the pause lasts over the next run":   {60, at(-12), at(50), time.Time{}, false, at(108)},
		"a vendor has asked for a pause":          {15, at(-12), at(5), at(40), false, at(48)},
		"the process has never run":               {15, time.Time{}, at(5), time.Time{}, false, at(18)},
		"no run follows while the process is off": {15, at(-12), at(5), time.Time{}, true, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, noon)
			w.put(w.db.Settings, map[string]any{
				"customerId": "acme", "intervalMinutes": c.interval, "salesOrders": map[string]any{"enabled": !c.off},
				"ongoing": map[string]any{"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": 7},
			})
			if !c.started.IsZero() {
				mark := map[string]any{"startedAt": c.started}
				if !c.notBefore.IsZero() {
					mark["notBefore"] = c.notBefore
				}
				w.record("lease#salesorders", mark)
			}
			w.record("failure#salesorders#40556", map[string]any{
				"process": "salesorders", "key": "40556", "class": "held", "firstAt": at(-30), "nextAt": c.next,
			})
			found, err := w.Failures(t.Context(), report.Filter{Customer: "acme"})
			if err != nil || len(found) != 1 || !found[0].TriedAt.Equal(c.want) {
				t.Errorf("got %+v, %v, want it at %v", found, err, c.want)
			}
		})
	}
}

// The schedule and what syncctl says of it agree, because a customer is due from DueFrom on.
func TestCustomerIsDueAfterACrashAndAfterARunThatWasCutShort(t *testing.T) {
	t.Parallel()
	started, until := noon.Add(-time.Minute), noon.Add(14*time.Minute)
	for name, c := range map[string]struct {
		mark state.Mark
		want time.Time
	}{
		"well ended": {state.Mark{StartedAt: started}, started.Add(14 * time.Minute)},
		"crashed":    {state.Mark{StartedAt: started, Holder: "x", Until: until}, until},
		"cut short":  {state.Mark{StartedAt: started, Unfinished: true}, time.Time{}},
		"paused":     {state.Mark{StartedAt: started, Unfinished: true, NotBefore: until}, until},
	} {
		if got := runner.DueFrom(c.mark, naming.Period); !got.Equal(c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
