package runner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// A batchSystem is a system that makes several changes at once.
type batchSystem struct {
	*system
	size int
	// batches are the keys of each batch. leaveOut are keys that ApplyBatch does not try, and panicAt is one at which
	// it panics.
	batches  []string
	leaveOut []string
	panicAt  string
}

// batching makes the customer's process one that makes several changes at once.
func (w *world) batching(customer string, size int) *batchSystem {
	b := &batchSystem{system: w.systems[customer], size: size}
	w.processes[customer] = b
	return b
}

func (b *batchSystem) BatchSize() int { return b.size }

func (b *batchSystem) ApplyBatch(
	ctx context.Context, changes []plan.Change[string], settle func(i int, err error) bool,
) {
	var keys []string
	for _, c := range changes {
		keys = append(keys, c.Key)
	}
	b.batches = append(b.batches, strings.Join(keys, ""))
	for i, c := range slices.Backward(changes) { // any order is allowed
		switch {
		case c.Key == b.panicAt:
			panic(c.Key)
		case slices.Contains(b.leaveOut, c.Key):
			continue
		case !settle(i, b.Apply(ctx, c)):
			return
		}
	}
}

func TestBatchesAreSettledRecordByRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	b := w.batching("acme", 3)
	b.add(w.clock(), "1", "2", "3", "4", "5", "6", "7")
	b.source("6").linkOnly = true
	b.failApply(rejected("no"), "2")
	want := runner.Row{Outcome: runner.Partial, Read: 7, Planned: 6, Written: 5, Unchanged: 1, Failed: 1}
	if diff := diffRow(want, w.runOne(`{}`)); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"123", "456"}, b.batches); diff != "" || strings.Join(b.applied, "") != "3216547" {
		t.Errorf("applied %v; batches (-want +got):\n%s", b.applied, diff)
	}
	if diff := cmp.Diff([]string{"2"}, w.failedKeys("acme")); diff != "" || w.cursorTime("acme").IsZero() {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	w.forward(15 * time.Minute)
	b.onApply = nil
	if row := w.runOne(`{}`); row.Outcome != runner.OK || row.Written != 1 || w.failedKeys("acme") != nil {
		t.Errorf("the next run: %+v, failures %v", row, w.failedKeys("acme"))
	}
}

// What a batch did not try is tried later in the run, or by the next one.
func TestBatchThatStopsLosesNoRecord(t *testing.T) {
	t.Parallel()
	minute := func(w *world) func(context.Context) error {
		return func(context.Context) error { w.forward(time.Minute); return nil }
	}
	tests := map[string]struct {
		prepare  func(w *world, b *batchSystem)
		applied  string
		batches  string
		outcome  runner.Outcome
		cutShort bool
	}{
		"some are left out": {
			prepare: func(_ *world, b *batchSystem) { b.leaveOut = []string{"2", "4"} },
			applied: "312654",
			batches: "123 456",
			outcome: runner.OK,
		},
		"the program fails in a batch": {
			prepare: func(_ *world, b *batchSystem) { b.panicAt = "2" },
			applied: "312654",
			batches: "123 456",
			outcome: runner.OK,
		},
		"a minute is over, so the lease is checked": {
			prepare: func(w *world, b *batchSystem) { b.onApply["3"] = minute(w) },
			applied: "342165",
			batches: "123 124 56",
			outcome: runner.OK,
		},
		"the lease is lost": {
			prepare: func(w *world, b *batchSystem) {
				b.onApply["3"] = func(ctx context.Context) error {
					w.putMark("acme", map[string]any{"holder": "another", "until": w.clock().Add(time.Hour)})
					return minute(w)(ctx)
				}
			},
			applied: "3",
			batches: "123",
			outcome: runner.Busy,
		},
		"the time is over": {
			prepare: func(w *world, b *batchSystem) {
				b.onApply["3"] = func(context.Context) error { w.forward(14 * time.Minute); return nil }
			},
			applied:  "3",
			batches:  "123",
			outcome:  runner.Partial,
			cutShort: true,
		},
		"a vendor asks for a pause": {
			prepare: func(_ *world, b *batchSystem) { b.failApply(errclass.New(errclass.Throttled, "", "wait"), "2") },
			applied: "32",
			batches: "123",
			outcome: runner.Failed,
		},
		"after two refusals others get their turn": {
			prepare: func(_ *world, b *batchSystem) { b.failApply(rejected("no"), "3", "2", "1") },
			applied: "326541",
			batches: "123 145",
			outcome: runner.Partial,
		},
		"four are refused in a row": {
			prepare:  func(_ *world, b *batchSystem) { b.failApply(rejected("no"), "3", "2", "6", "5") },
			applied:  "3265",
			batches:  "123",
			outcome:  runner.Partial,
			cutShort: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			b := w.batching("acme", 3)
			b.add(w.clock(), "1", "2", "3", "4", "5", "6")
			test.prepare(w, b)
			res := w.run(`{}`)
			row := onlyRow(t, res)
			if row.Outcome != test.outcome || res.CutShort != test.cutShort {
				t.Errorf("cut short %v, %+v", res.CutShort, row)
			}
			got := fmt.Sprintf("%s in %s", strings.Join(b.applied, ""), strings.Join(b.batches, " "))
			if want := test.applied + " in " + test.batches; got != want {
				t.Errorf("applied %s, want %s", got, want)
			}
			if moved := !w.cursorTime("acme").IsZero(); moved != (len(test.applied) == 6) {
				t.Errorf("cursor moved: %v", moved)
			}
			w.putMark("acme", nil)
			b.onApply, b.leaveOut, b.panicAt = nil, nil, ""
			w.forward(time.Hour)
			if row := w.runFor("acme", ""); row.Outcome != runner.OK || len(b.target) != 6 {
				t.Errorf("the next run: %+v, written %v", row, b.target)
			}
		})
	}
}
