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
		outcome  runner.Outcome
		written  map[string]string
	}{
		"in the middle": {
			frozenIn: "2",
			outcome:  runner.Busy,
			written:  map[string]string{"1": "1", "2": "2"},
		},
		"in the last record, so that no work is left to take over": {
			frozenIn: "3",
			outcome:  runner.OK,
			written:  map[string]string{"1": "1", "2": "2", "3": "3"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3")
			s.onApply[test.frozenIn] = func(context.Context) error {
				w.putMark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Minute)})
				return nil
			}
			if row := w.runFor("acme", ""); row.Outcome != test.outcome {
				t.Errorf("got %+v; want %s", row, test.outcome)
			}
			if diff := cmp.Diff(test.written, s.target); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{test.frozenIn}, w.failedKeys("acme")); diff != "" {
				t.Errorf("kept as failures (-want +got):\n%s", diff)
			}
			w.putMark("acme", nil)
			delete(s.onApply, test.frozenIn)
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
