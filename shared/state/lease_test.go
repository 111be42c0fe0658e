package state_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestAcquire(t *testing.T) {
	t.Parallel()
	stored := func(until string) map[string]any { return map[string]any{"holder": "first", "until": until} }
	tests := []struct {
		name, why string
		before    map[string]any
		holder    string
		want      error
	}{
		{"never run", "there is nobody to wait for", nil, "second", nil},
		{"given back", "no holder is left", map[string]any{"startedAt": "2026-11-02T11:45:00.000Z"}, "second", nil},
		{"held", "the other run may still write", stored("2026-11-02T12:10:00.000Z"), "second", state.ErrBusy},
		{"ends now", "both clocks are allowed this very moment", stored("2026-11-02T12:00:00.000Z"), "second", state.ErrBusy},
		{"ran out", "its holder died", stored("2026-11-02T11:59:59.999Z"), "second", nil},
		{"ran out last year", "years compare as text, too", stored("2025-12-31T23:59:59.999Z"), "second", nil},
		{"own", "the answer to the same request got lost", stored("2026-11-02T12:14:00.000Z"), "first", nil},
		{"own name, other end", "it is another request: a second delivery of the event", stored("2026-11-02T12:13:00.000Z"), "first", state.ErrBusy},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, db)
				if test.before != nil {
					w.put(t, "acme", "lease#stock", test.before)
				}
				lease, err := w.acme.Acquire(t.Context(), naming.Stock, test.holder, noon.Add(14*time.Minute), true)
				if test.want != nil {
					wantConflict(t, err, test.want)
					if diff := cmp.Diff(test.before["holder"], w.stored(t, "lease#stock")["holder"]); diff != "" {
						t.Errorf("the holder changed (-before +after):\n%s", diff)
					}
					return
				}
				must(t, err)
				if !lease.Valid(noon.Add(14*time.Minute-time.Millisecond)) || lease.Valid(noon.Add(14*time.Minute)) {
					t.Errorf("%s: the lease does not end when it should", test.why)
				}
				if got := w.stored(t, "lease#stock")["holder"]; got != test.holder {
					t.Errorf("%s: holder is %v", test.why, got)
				}
			})
		}
	})
}

// TestRuns follows the mark of one customer through several runs.
func TestRuns(t *testing.T) {
	t.Parallel()
	const quarter = 15 * time.Minute
	runs := []struct {
		why     string
		named   bool
		outcome state.Outcome
		want    state.Mark
	}{
		{"the first success", false, state.Outcome{Succeeded: true},
			state.Mark{StartedAt: noon, FirstStartedAt: noon, SucceededAt: noon.Add(time.Minute)}},
		{"a vendor asks for a pause", false, state.Outcome{NotBefore: noon.Add(time.Hour)},
			state.Mark{StartedAt: noon.Add(quarter), FirstStartedAt: noon, SucceededAt: noon.Add(time.Minute), NotBefore: noon.Add(time.Hour)}},
		{"a person's run is no start of the schedule and leaves its pause", true, state.Outcome{Succeeded: true, Unfinished: true},
			state.Mark{StartedAt: noon.Add(quarter), FirstStartedAt: noon, SucceededAt: noon.Add(2*quarter + time.Minute), NotBefore: noon.Add(time.Hour)}},
		{"cut short, and the pause is over", false, state.Outcome{Unfinished: true},
			state.Mark{StartedAt: noon.Add(3 * quarter), FirstStartedAt: noon, SucceededAt: noon.Add(2*quarter + time.Minute), Unfinished: true}},
		{"finished", false, state.Outcome{Succeeded: true},
			state.Mark{StartedAt: noon.Add(4 * quarter), FirstStartedAt: noon, SucceededAt: noon.Add(4*quarter + time.Minute)}},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		for i, run := range runs {
			w.now = noon.Add(time.Duration(i) * quarter)
			lease, err := w.acme.Acquire(t.Context(), naming.Articles, fmt.Sprint("run ", i), w.now.Add(quarter), !run.named)
			must(t, err)
			held := w.mark(t)
			if held.Holder != fmt.Sprint("run ", i) || !held.Until.Equal(w.now.Add(quarter)) {
				t.Errorf("%s: held by %q until %v", run.why, held.Holder, held.Until)
			}
			w.now = w.now.Add(time.Minute)
			must(t, lease.Release(t.Context(), run.outcome))
			run.want.CustomerID, run.want.Process = "acme", naming.Articles
			if diff := cmp.Diff(run.want, w.mark(t)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", run.why, diff)
			}
		}
	})
}

func (w *world) mark(t *testing.T) state.Mark {
	t.Helper()
	marks, err := w.store.Marks(t.Context(), naming.Articles, []string{"acme"})
	must(t, err)
	return marks["acme"]
}

// TestRelease: a lease that ran out is not given back by the run that had it, whatever happened to it since.
func TestRelease(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after func(t *testing.T, w *world)
		want  error
	}{
		{"nobody came", func(*testing.T, *world) {}, nil},
		{"another holds it", func(t *testing.T, w *world) { w.acquire(t, "second") }, state.ErrLost},
		{"another had it", func(t *testing.T, w *world) {
			must(t, w.acquire(t, "second").Release(t.Context(), state.Outcome{Succeeded: true}))
		}, state.ErrLost},
		{"a second delivery of the same event holds it", func(t *testing.T, w *world) { w.acquire(t, "first") }, state.ErrLost},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, db)
				frozen := w.acquire(t, "first")
				w.now = noon.Add(time.Hour)
				test.after(t, w)
				before := w.mark(t)
				w.now = noon.Add(2 * time.Hour)
				err := frozen.Release(t.Context(), state.Outcome{Unfinished: true})
				if test.want == nil {
					must(t, err)
					return
				}
				wantConflict(t, err, test.want)
				if diff := cmp.Diff(before, w.mark(t)); diff != "" {
					t.Errorf("the late release changed the mark (-before +after):\n%s", diff)
				}
			})
		}
	})
}

func (w *world) acquire(t *testing.T, holder string) *state.Lease {
	t.Helper()
	lease, err := w.acme.Acquire(t.Context(), naming.Articles, holder, w.now.Add(14*time.Minute), true)
	must(t, err)
	return lease
}

func TestOneHolder(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		var all sync.WaitGroup
		got := make([]error, 20)
		for i := range got {
			all.Go(func() {
				_, got[i] = w.acme.Acquire(t.Context(), naming.Articles, fmt.Sprint("run ", i), noon.Add(time.Minute), true)
			})
		}
		all.Wait()
		holders := 0
		for _, err := range got {
			if err == nil {
				holders++
			} else if !errors.Is(err, state.ErrBusy) {
				t.Error(err)
			}
		}
		if holders != 1 {
			t.Errorf("%d runs hold the lease", holders)
		}
	})
}

// TestMarks reads more customers than one batch takes, some of them named twice.
func TestMarks(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ids := []string{"never", "broken", "broken"}
		want := map[string]state.Mark{
			"never": {CustomerID: "never", Process: naming.Stock},
			// One customer's bad record stops nobody else's: it counts as never run, and its own Acquire tells.
			"broken": {CustomerID: "broken", Process: naming.Stock},
		}
		w.put(t, "broken", "lease#stock", map[string]any{"succeededAt": "yesterday"})
		for i := range 120 {
			id := fmt.Sprint("customer-", i)
			w.put(t, id, "lease#stock", map[string]any{"startedAt": "2026-11-02T11:45:00.000Z", "unfinished": true})
			w.put(t, id, "lease#articles", map[string]any{"startedAt": "2020-01-01T00:00:00.000Z"})
			ids = append(ids, id, id)
			want[id] = state.Mark{CustomerID: id, Process: naming.Stock, StartedAt: noon.Add(-15 * time.Minute), Unfinished: true}
		}
		got, err := w.store.Marks(t.Context(), naming.Stock, ids)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err = w.store.Partition("broken").Acquire(t.Context(), naming.Stock, "run", noon.Add(time.Minute), true)
		if !errclass.Is(err, errclass.Defect) {
			t.Errorf("acquire over a broken mark: %v", err)
		}
	})
}

// TestHeld: what a run is told right before it writes to another system.
func TestHeld(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		meanwhile func(*testing.T, *world, *state.Lease)
		lost      bool
	}{
		"it is ours": {func(*testing.T, *world, *state.Lease) {}, false},
		"it ran out by the clock, and nobody has taken it": {func(_ *testing.T, w *world, _ *state.Lease) {
			w.now = noon.Add(14 * time.Minute)
		}, true},
		"it was given back": {func(t *testing.T, _ *world, l *state.Lease) {
			must(t, l.Release(t.Context(), state.Outcome{}))
		}, true},
		"another run has it": {func(t *testing.T, w *world, _ *state.Lease) {
			w.put(t, "acme", "lease#stock", map[string]any{"holder": "second", "until": "2026-11-02T12:14:00.000Z"})
		}, true},
		"the same event, delivered again, has it": {func(t *testing.T, w *world, _ *state.Lease) {
			w.put(t, "acme", "lease#stock", map[string]any{"holder": "first", "until": "2026-11-02T12:29:00.000Z"})
		}, true},
		"the lease of another process is taken": {func(t *testing.T, w *world, _ *state.Lease) {
			w.put(t, "acme", "lease#articles", map[string]any{"holder": "second", "until": "2026-11-02T12:14:00.000Z"})
		}, false},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, db)
				wantConflict(t, w.acme.CheckLease(t.Context()), state.ErrLost) // before there is one
				lease, err := w.acme.Acquire(t.Context(), naming.Stock, "first", noon.Add(14*time.Minute), true)
				must(t, err)
				test.meanwhile(t, w, lease)
				if err := w.acme.CheckLease(t.Context()); test.lost {
					wantConflict(t, err, state.ErrLost)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	})
}
