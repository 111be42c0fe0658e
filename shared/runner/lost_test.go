package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/runner"
)

// A run that was frozen past its lease can have delivered its write late, after the writes of the run that took over.
func TestWriteDuringALostLeaseIsComparedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		frozenIn string // the record
		written  map[string]string
	}{
		"in the middle": {
			frozenIn: "2",
			written:  map[string]string{"1": "1", "2": "2"},
		},
		"in the last record, so that no work is left to take over": {
			frozenIn: "3",
			written:  map[string]string{"1": "1", "2": "2", "3": "3"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3")
			for _, key := range []string{"1", "2", "3"} {
				s.onApply[key] = func(context.Context) error { // so the lease is checked before each record
					w.forward(time.Minute)
					if key == test.frozenIn {
						w.putMark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Minute)})
					}
					return nil
				}
			}
			if row := w.runFor("acme", ""); row.Outcome != runner.Busy {
				t.Errorf("got %+v", row)
			}
			if diff := cmp.Diff(test.written, s.target); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{test.frozenIn}, w.failedKeys("acme")); diff != "" {
				t.Errorf("kept as failures (-want +got):\n%s", diff)
			}
			w.putMark("acme", nil)
			s.onApply = nil
			if row := w.runFor("acme", ""); row.Outcome != runner.OK {
				t.Errorf("the next run: %+v", row)
			}
			if request := s.lastRequest(); !request.Compare(test.frozenIn) || request.Compare("1") {
				t.Errorf("the next run compares %v", request.Retry)
			}
			if left := w.failedKeys("acme"); left != nil {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// A run asks once a minute whether its lease is still its own, so all that it wrote since then may be late.
func TestAllWritesSinceTheLeaseWasOursAreComparedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4", "5")
	s.onApply["1"] = func(context.Context) error { w.forward(time.Minute); return nil }
	s.onApply["3"] = func(context.Context) error {
		w.putMark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Hour)})
		return nil
	}
	s.onApply["4"] = s.onApply["1"]
	if row := w.runFor("acme", ""); row.Outcome != runner.Busy || s.target["5"] != "" {
		t.Errorf("got %+v, written %v", row, s.target)
	}
	if diff := cmp.Diff([]string{"2", "3", "4"}, w.failedKeys("acme")); diff != "" {
		t.Errorf("kept as failures (-want +got):\n%s", diff)
	}
}

// The run that took over has written failures of some of the same records meanwhile.
func TestLostWritesAreKeptBesideThoseOfTheOtherRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4")
	s.onApply["4"] = func(context.Context) error {
		w.putMark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Hour)})
		w.put(w.db.State, map[string]any{
			"customerId": "acme", "record": "failure#articles#1", "process": "articles", "key": "1",
			"class": "rejected", "version": 99,
		})
		w.forward(2 * time.Minute)
		return nil
	}
	if row := w.runFor("acme", ""); row.Outcome != runner.Busy {
		t.Errorf("got %+v", row)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4"}, w.failedKeys("acme")); diff != "" {
		t.Errorf("kept as failures (-want +got):\n%s", diff)
	}
	if f := w.record("acme", "failure#articles#1"); f["class"] != "rejected" {
		t.Errorf("the other run's failure is now %v", f)
	}
}

// The function was frozen for so long that the time of its invocation is over as well.
func TestLostWritesAreKeptAfterTheDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Second))
	defer cancel()
	s.onApply["2"] = func(context.Context) error {
		<-ctx.Done()
		w.forward(time.Hour)
		w.putMark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Hour)})
		return nil
	}
	w.runContext(ctx, `{"customers":["acme"]}`)
	if diff := cmp.Diff([]string{"1", "2"}, w.failedKeys("acme")); diff != "" {
		t.Errorf("kept as failures (-want +got):\n%s", diff)
	}
}
