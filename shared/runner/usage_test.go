package runner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// counted is what the state table knows of a customer's calls and bytes in the month of the clock.
func (w *world) counted(customer string) state.Usage {
	w.t.Helper()
	var sum state.Usage
	add := func(v any) {
		if m, ok := v.(map[string]any); ok {
			calls, _ := m["calls"].(float64)
			bytes, _ := m["bytes"].(float64)
			sum.Calls, sum.Bytes = sum.Calls+int(calls), sum.Bytes+int64(bytes)
		}
	}
	add(w.record(customer, "usage#"+w.clock().Format("2006-01")))
	add(w.record(customer, "lease#articles")["pending"])
	return sum
}

// startOfMonth sets the clock to the beginning of a month.
func (w *world) startOfMonth() {
	now := w.clock()
	w.forward(time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC).Sub(now))
}

// Calls are counted exactly, also those of runs that write nothing at their end, and those of runs that use more than
// the one before. Bytes of quiet runs are those of the one before.
func TestCallsOfAMonthAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.startOfMonth()
	s := w.systems["acme"]
	var want state.Usage
	for i := range 96 {
		u := state.Usage{Calls: 3, Bytes: 3000}
		switch {
		case i%20 == 7: // a new login
			u = state.Usage{Calls: 4, Bytes: 4000}
		case i == 33: // a large answer
			u.Bytes = 50_000_000
		case i == 50:
			s.add(w.clock().Add(15*time.Minute), "1")
			u = state.Usage{Calls: 250, Bytes: 900_000}
		case i == 60:
			s.onPlan = func(context.Context) error { return transient("down") }
		case i == 61:
			s.onPlan = nil
		}
		w.used["acme"] = u
		want.Calls, want.Bytes = want.Calls+u.Calls, want.Bytes+u.Bytes
		if i == 70 {
			w.forward(15 * time.Minute)
			w.runFor("acme", "") // by hand
		} else {
			w.tick()
		}
		got := w.counted("acme")
		if difference := got.Bytes - want.Bytes; got.Calls != want.Calls || max(difference, -difference) > 40_960 {
			t.Fatalf("after run %d: counted %+v, want %+v", i, got, want)
		}
	}
	mark := w.record("acme", "lease#articles")["pending"].(map[string]any)
	if mark["calls"].(float64) >= 100+250 {
		t.Errorf("%v calls wait in the mark", mark["calls"])
	}
	w.runFor("acme", "")
	record := w.record("acme", "run#articles#"+stateTime(w.clock()))
	usage, _ := record["office24Usage"].(map[string]any)
	if usage["calls"] != float64(want.Calls+3) || usage["month"] != w.clock().Format("2006-01") {
		t.Errorf("the run record says %v, want %d calls", usage, want.Calls+3)
	}
}

// Another process of the customer has used most of it.
func TestCustomerNearTheMonthlyLimitIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, used := range map[string]map[string]any{
		"calls": {"calls": 399_950, "bytes": 1}, "bytes": {"calls": 1, "bytes": 23_999_000_000},
	} {
		w := newWorld(t, "acme", "bolt")
		w.startOfMonth()
		month := w.clock().Format("2006-01")
		used["customerId"], used["record"] = "acme", "usage#"+month
		w.put(w.db.State, used)
		w.used["acme"] = state.Usage{Calls: 30, Bytes: 400_000}
		for i := range 8 {
			w.tick()
			var want any
			if i == 3 {
				want = 1.0
			}
			if got := w.output.metrics(t)["CustomersNearQuota"]; got != want {
				t.Errorf("%s, tick %d: %v customers near the limit, want %v", name, i, got, want)
			}
		}
		lines := w.output.lines(t, "msg", "near the monthly limit of 24SevenOffice")
		if len(lines) != 1 || lines[0]["customer"] != "acme" || lines[0]["calls"] == nil {
			t.Errorf("%s: logged %v", name, lines)
		}
		w.startOfMonth()
		w.tick()
		if got := w.output.metrics(t)["CustomersNearQuota"]; got != nil {
			t.Errorf("%s, in the next month: %v", name, got)
		}
	}
}

// What is not done waits for the next hour, is first then, and is no failure of anything.
func TestRunThatHasSpentItsShareGoesOnInTheNextHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	next := w.clock().Truncate(time.Hour).Add(time.Hour)
	s.onApply["2"] = func(context.Context) error {
		w.spent = true
		return &errclass.Error{Class: errclass.Throttled, Message: "refused", RetryAt: next}
	}
	row := w.runOne(`{}`)
	if row.Outcome != runner.Partial || row.Written != 1 || row.Failed != 0 ||
		!strings.Contains(row.Reason, "its share of the calls") {
		t.Errorf("got %+v", row)
	}
	if res := w.run(`{}`); !res.CutShort && res.Customers[0].Outcome != runner.NotDue {
		t.Errorf("at once: %+v", res.Customers)
	}
	if reason := w.runOne(`{}`).Reason; !strings.Contains(reason, "its share of the calls") ||
		strings.Contains(reason, "other system") {
		t.Errorf("the reason is %q", reason)
	}
	delete(s.onApply, "2")
	w.spent = false
	w.forward(next.Sub(w.clock()))
	if row := w.runOne(`{}`); row.Outcome != runner.OK || row.Written != 2 {
		t.Errorf("in the next hour: %+v", row)
	}
}

// A dry run by event shows what the next run would do: it tries everything that failed under other settings.
func TestDryRunShowsPausedRecordsAfterChangeOfSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1")
	s.failApply(rejected("no such group"), "1")
	w.tick()
	w.tick()
	const dry = `,"dryRun":true`
	if row := w.runFor("acme", dry); row.Planned != 0 {
		t.Errorf("in its pause: %+v", row)
	}
	before := w.records("acme", "")
	w.putCustomer("acme", map[string]any{"name": "Acme AS"})
	w.forward(time.Second)
	for range 2 {
		if row := w.runFor("acme", dry); row.Planned != 1 || changedKeys(row) != "1" {
			t.Errorf("after a change of the settings: %+v", row)
		}
	}
	if len(w.records("acme", "")) != len(before) {
		t.Error("the dry run has written")
	}
	delete(s.onApply, "1")
	if row := w.runFor("acme", ""); row.Written != 1 {
		t.Errorf("the run itself: %+v", row)
	}
}
