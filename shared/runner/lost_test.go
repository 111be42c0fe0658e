package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/runner"
)

// TestLeaseLost: a run that was frozen past its lease brings the record it is in to its end, and then stops. The next run
// compares that record with what stands, because the write may have come late.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		at      string // the record in which it is frozen
		outcome runner.Outcome
		written map[string]string
	}{
		"in the middle": {"2", runner.Busy, map[string]string{"1": "1", "2": "2"}},
		// Then nothing of its work was left to be taken over.
		"in the last one": {"3", runner.OK, map[string]string{"1": "1", "2": "2", "3": "3"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3")
			s.trouble[test.at] = func(context.Context) error {
				w.mark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Minute)})
				return nil
			}
			if row := w.row("acme", ""); row.Outcome != test.outcome {
				t.Errorf("got %+v; want %s", row, test.outcome)
			}
			if diff := cmp.Diff(test.written, s.target); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{test.at}, w.failing("acme")); diff != "" {
				t.Errorf("kept for another look (-want +got):\n%s", diff)
			}
			w.mark("acme", nil)
			delete(s.trouble, test.at)
			if row := w.row("acme", ""); row.Outcome != runner.OK {
				t.Errorf("the next run: %+v", row)
			}
			if ask := s.asks[len(s.asks)-1]; !ask.Compare(test.at) || ask.Compare("1") {
				t.Errorf("the next run compares %v", ask.Retry)
			}
			if left := w.failing("acme"); left != nil {
				t.Errorf("left: %v", left)
			}
		})
	}
}
