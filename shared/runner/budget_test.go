package runner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/runner"
)

func TestNoChangeStartsAfterTheTimeBudget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lasts    time.Duration // the first of two changes
		written  int
		cutShort bool
	}{
		"there is time":                    {lasts: 13*time.Minute + 29*time.Second, written: 2},
		"the last half minute is reserved": {lasts: 13*time.Minute + 31*time.Second, written: 1, cutShort: true},
		"the invocation has ended":         {lasts: 20 * time.Minute, written: 1, cutShort: true},
		"the lease has expired":            {lasts: time.Hour, written: 1, cutShort: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2")
			s.onApply["1"] = func(context.Context) error { w.forward(test.lasts); return nil }
			res := w.run(`{}`)
			row := onlyRow(t, res)
			if row.Written != test.written || len(s.applied) != test.written || res.CutShort != test.cutShort {
				t.Errorf("applied %v, cut short %v, %+v", s.applied, res.CutShort, row)
			}
			mark := w.record("acme", "lease#articles")
			if (mark["unfinished"] == true) != test.cutShort || mark["holder"] != nil {
				t.Errorf("mark %v", mark)
			}
			if test.cutShort && (row.Outcome != runner.Partial || !strings.Contains(row.Reason, "first in line")) {
				t.Errorf("got %+v", row)
			}
		})
	}
}

// The cursor does not wait for the records that an event names.
func TestNamedRecordsThatWereNotProcessedAreNotPromised(t *testing.T) {
	t.Parallel()
	for _, event := range []string{`,"keys":["1","2"]`, `,"since":"2020-01-01T00:00:00Z"`} {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "1", "2")
		s.onApply["1"] = func(context.Context) error { w.forward(20 * time.Minute); return nil }
		row := w.runFor("acme", event)
		if row.Outcome != runner.Partial || row.Written != 1 || !strings.Contains(row.Reason, "same event again") {
			t.Errorf("%s: got %+v", event, row)
		}
	}
}

func TestRunFrozenPastItsLeaseChangesNothingOfTheNextRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.onApply["1"] = func(context.Context) error {
		w.forward(time.Hour)
		s.onApply = nil
		if row := w.runOne(`{}`); row.Written != 2 { // the other run does everything
			t.Errorf("the other run: %+v", row)
		}
		w.putMark("acme", map[string]any{
			"holder":    "a third",
			"until":     w.clock().Add(time.Minute),
			"startedAt": w.clock(),
		})
		return nil
	}
	w.run(`{}`)
	if got := strings.Join(s.applied, ","); got != "1,1,2" {
		t.Errorf("applied %s", got)
	}
	if at := w.cursorTime("acme"); !at.Equal(w.clock()) {
		t.Errorf("cursor %v, but the other run moved it to %v", at, w.clock())
	}
	if mark := w.record("acme", "lease#articles"); mark["holder"] != "a third" {
		t.Errorf("mark %v", mark)
	}
}

// cutOff cancels the invocation and fails as a client does whose call is cut off.
func cutOff(cancel context.CancelFunc) func(context.Context) error {
	return func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return transient("cut off")
	}
}

func TestCallCutOffByTheDeadlineIsNoFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.onApply["2"] = cutOff(cancel)
	res := w.runContext(ctx, `{}`)
	want := runner.Row{Outcome: runner.Partial, Read: 3, Planned: 3, Written: 1}
	if diff := diffRow(want, onlyRow(t, res)); diff != "" || !res.CutShort {
		t.Errorf("cut short %v, row (-want +got):\n%s", res.CutShort, diff)
	}
	if len(w.failedKeys("acme")) != 0 || !w.cursorTime("acme").IsZero() || len(w.records("acme", "run#")) != 1 {
		t.Errorf("state %v", w.records("acme", ""))
	}
	if mark := w.record("acme", "lease#articles"); mark["unfinished"] != true || mark["holder"] != nil {
		t.Errorf("mark %v", mark)
	}
}

func TestPlanCutOffByTheDeadlineCutsTheRunShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.systems["acme"].onPlan = cutOff(cancel)
	res := w.runContext(ctx, `{}`)
	if diff := diffRow(runner.Row{Outcome: runner.Failed}, onlyRow(t, res)); diff != "" || !res.CutShort {
		t.Errorf("cut short %v, row (-want +got):\n%s", res.CutShort, diff)
	}
	if mark := w.record("acme", "lease#articles"); mark["unfinished"] != true || mark["holder"] != nil {
		t.Errorf("mark %v", mark)
	}
}
