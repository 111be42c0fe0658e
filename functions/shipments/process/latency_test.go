package process

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

// metrics are those of a run of the schedule.
type metrics struct {
	LatencySeconds                []float64
	OrdersStuck, OrdersNewlyStuck float64
}

func (w *world) tick() (runner.Row, metrics) {
	w.t.Helper()
	var m metrics
	before := len(w.Output.String())
	res, err := harness.Invoke(w.t.Context(), w.Harness, Function(), map[string]any{})
	w.must(err)
	for text := range strings.Lines(w.Output.String()[before:]) {
		if strings.Contains(text, "CloudWatchMetrics") {
			w.must(json.Unmarshal([]byte(text), &m))
		}
	}
	return res.Customers[0], m
}

func TestLatencyIsFromShippedToSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.shipped("1", "")
	if _, m := w.tick(); m.LatencySeconds != nil {
		t.Errorf("the first load: %v", m.LatencySeconds)
	}
	for range 25 {
		w.Clock.Forward(time.Hour)
		w.tick()
	}
	first := w.shipped("4", "3")
	w.Clock.Forward(7 * time.Minute)
	w.shipped("1", "")
	w.Clock.Forward(8 * time.Minute)
	_, m := w.tick()
	if diff := gocmp.Diff([]float64{15 * 60, 8 * 60}, m.LatencySeconds); diff != "" {
		t.Errorf("two orders (-want +got):\n%s", diff)
	}
	w.pick(first, 0, "1")
	w.Clock.Forward(15 * time.Minute)
	if row, m := w.tick(); row.Written != 1 || m.LatencySeconds != nil {
		t.Errorf("what is picked later: %+v, %v", row, m.LatencySeconds)
	}
}

func TestOrdersBeyondTheirAgeAreStuck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"stuckAfterHours": 10})
	w.Clock.Forward(w.Clock.Now().Truncate(time.Hour).Add(time.Hour + 6*time.Minute).Sub(w.Clock.Now()))
	w.tick()
	slow, fast := w.order("1"), w.order("1")
	lateID := w.order("1")
	w.editLink(lateID, func(l *state.OrderLink) {
		l.DeliveryDate = w.Clock.Now().AddDate(0, 0, 3).Format(time.DateOnly)
	})
	want := func(what string, stuck int, gauge, isNew float64) {
		t.Helper()
		row, m := w.tick()
		if row.Stuck != stuck || m.OrdersStuck != gauge || m.OrdersNewlyStuck != isNew {
			t.Errorf("%s: row %d, metrics %v and %v; want %d, %v and %v",
				what, row.Stuck, m.OrdersStuck, m.OrdersNewlyStuck, stuck, gauge, isNew)
		}
	}
	w.Clock.Forward(9 * time.Hour)
	want("before", 0, 0, 0)
	w.Clock.Forward(time.Hour)
	want("after ten hours", 2, 2, 2)
	w.Clock.Forward(15 * time.Minute)
	want("in the same hour", 0, 0, 0)
	if row := w.run(map[string]any{"dryRun": true}); row.Stuck != 2 {
		t.Errorf("a person asks: %+v", row)
	}
	w.ship(fast, 450, "")
	w.Clock.Forward(45 * time.Minute)
	want("one is shipped in this run", 2, 2, 2)
	w.Clock.Forward(time.Hour)
	want("one is shipped", 1, 1, 1)
	w.Clock.Forward(5 * time.Hour)
	want("it is known", 1, 1, 0)
	w.ship(slow, 450, "")
	w.Clock.Forward(15 * time.Minute)
	w.tick()
	w.Clock.Forward(4 * 24 * time.Hour)
	want("the one of a later day", 1, 1, 0)
	w.ship(lateID, 450, "")
	w.Clock.Forward(15 * time.Minute)
	w.tick()
	w.Clock.Forward(time.Hour)
	want("in the end", 0, 0, 0)
}
