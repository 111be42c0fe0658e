package runner_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// counted are the values of a metric in the following ticks, as one letter each: "-" for none.
func counted(w *world, metric string, ticks int) string {
	w.t.Helper()
	var text string
	for range ticks {
		w.tick()
		switch n, _ := w.output.metrics(w.t)[metric].(float64); n {
		case 0:
			text += "-"
		case 1:
			text += "1"
		default:
			text += "+"
		}
	}
	return text
}

// An alarm is on from an hour after the trouble began until six hours after it: 4 ticks, then 20.
const newsOf26Ticks = "---" + "11111111111111111111" + "---"

func TestRecordThatKeepsFailingIsNewsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.failApply(rejected("no"), "1")
	s.source("2").refused = held("wait")
	w.run(`{}`)
	if got := counted(w, naming.MetricCustomersWithNewFailures, 26); got != newsOf26Ticks {
		t.Errorf("got  %s\nwant %s", got, newsOf26Ticks)
	}
	s.add(w.clock(), "3")
	s.failApply(rejected("no"), "3")
	if got := counted(w, naming.MetricCustomersWithNewFailures, 6); got != "----11" {
		t.Errorf("another record: got %s", got)
	}
	lines := w.output.lines(t, "customer", "acme")
	if last := lines[len(lines)-1]; last["since"] == "" || last["since"] == nil {
		t.Errorf("the line does not say since when: %v", last)
	}
}

func TestRecordThatSucceedsWithinAnHourIsNotNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1")
	s.source("1").refused = held("wait")
	w.run(`{}`)
	w.tick()
	s.add(w.clock(), "1")
	if got := counted(w, naming.MetricCustomersWithNewFailures, 8); got != "--------" {
		t.Errorf("got %s", got)
	}
}

func TestCustomerForWhomNothingSucceedsIsNewsOnce(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(w *world){
		"a vendor that is down": func(w *world) {
			w.onOpen = func(customer string) error {
				if customer == "acme" {
					return transient("down")
				}
				return nil
			}
		},
		"invalid settings": func(w *world) { w.putCustomer("acme", map[string]any{"intervalMinutes": 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme", "bolt")
			w.run(`{}`)
			stop(w)
			// The first run that fails is one interval after the last success.
			want := "-" + newsOf26Ticks
			if got := counted(w, naming.MetricCustomersNewlyStopped, 27); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// A customer with an interval of a day is told, although its trouble is a day old when it is looked at again.
func TestRareRunIsNewsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.putCustomer("acme", map[string]any{"intervalMinutes": 1440})
	w.run(`{}`)
	w.onOpen = func(string) error { return transient("down") }
	told := 0
	for range 4 {
		w.forward(24 * time.Hour)
		if row := w.runOne(`{}`); row.Outcome != runner.Failed {
			t.Fatalf("got %+v", row)
		}
		if w.output.metrics(t)[naming.MetricCustomersNewlyStopped] == 1.0 {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// One or two customers who fail are no outage, and neither is what a person asks for: its alarm would suppress those of
// all customers.
func TestOutageIsWhenMostCustomersFailAndSeveral(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		synced, failed int
		event          string
		want           any
	}{
		{synced: 2, failed: 3, want: 1.0},
		{synced: 0, failed: 3, want: 1.0},
		{synced: 3, failed: 3},
		{synced: 0, failed: 2},
		{synced: 0, failed: 0},
		{synced: 2, failed: 3, event: `{"customers":["c0","c1","c2","c3","c4"]}`},
	} {
		w := newWorld(t)
		for i := range test.failed + test.synced {
			s := w.putCustomer(fmt.Sprint("c", i), nil)
			if i < test.failed {
				s.onPlan = func(context.Context) error { return transient("down") }
			}
		}
		w.run(orTick(test.event))
		got := w.output.metrics(t)
		if got[naming.MetricOutages] != test.want || got[naming.MetricCustomersFailed] != float64(test.failed) ||
			got[naming.MetricRunsCompleted] != 1.0 {
			t.Errorf("%+v: got %v", test, got)
		}
	}
}
