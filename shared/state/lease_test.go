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

func TestAcquireTakesOnlyAFreeOrExpiredLease(t *testing.T) {
	t.Parallel()
	firstUntil := func(until string) map[string]any { return map[string]any{"holder": "first", "until": until} }
	tests := []struct {
		name   string
		before map[string]any
		holder string
		want   error
	}{
		{
			name:   "the process has never run",
			holder: "second",
		},
		{
			name:   "the lease was given back",
			before: map[string]any{"startedAt": "2026-11-02T11:45:00.000Z"},
			holder: "second",
		},
		{
			name:   "another run has it",
			before: firstUntil("2026-11-02T12:10:00.000Z"),
			holder: "second",
			want:   state.ErrBusy,
		},
		{
			name:   "another run has it until this very moment",
			before: firstUntil("2026-11-02T12:00:00.000Z"),
			holder: "second",
			want:   state.ErrBusy,
		},
		{
			name:   "it has expired",
			before: firstUntil("2026-11-02T11:59:59.999Z"),
			holder: "second",
		},
		{
			name:   "it expired last year: years compare as text, too",
			before: firstUntil("2025-12-31T23:59:59.999Z"),
			holder: "second",
		},
		{
			name:   "the answer to the same request was lost",
			before: firstUntil("2026-11-02T12:14:00.000Z"),
			holder: "first",
		},
		{
			name:   "the same event was delivered twice: same holder, another end",
			before: firstUntil("2026-11-02T12:13:00.000Z"),
			holder: "first",
			want:   state.ErrBusy,
		},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, db)
				if test.before != nil {
					w.put(t, "acme", "lease#stock", test.before)
				}
				until := noon.Add(14 * time.Minute)
				lease, err := w.acme.Acquire(t.Context(), naming.Stock, test.holder, until, true)
				if test.want != nil {
					wantConflict(t, err, test.want)
					if diff := cmp.Diff(test.before["holder"], w.stored(t, "lease#stock")["holder"]); diff != "" {
						t.Errorf("the holder changed (-before +after):\n%s", diff)
					}
					return
				}
				must(t, err)
				if !lease.Valid(until.Add(-time.Millisecond)) || lease.Valid(until) {
					t.Error("the lease does not end when it should")
				}
				if got := w.stored(t, "lease#stock")["holder"]; got != test.holder {
					t.Errorf("holder is %v, want %s", got, test.holder)
				}
			})
		}
	})
}

// TestMarkFollowsSeveralRuns makes the runs of one customer one after the other, a quarter of an hour apart.
func TestMarkFollowsSeveralRuns(t *testing.T) {
	t.Parallel()
	const quarter = 15 * time.Minute
	runs := []struct {
		why     string
		named   bool // a person named the customer
		outcome state.Outcome
		want    state.Mark
	}{
		{
			why:     "the first success",
			outcome: state.Outcome{Succeeded: true},
			want:    state.Mark{StartedAt: noon, FirstStartedAt: noon, SucceededAt: noon.Add(time.Minute)},
		},
		{
			why:     "a vendor asks for a pause",
			outcome: state.Outcome{NotBefore: noon.Add(time.Hour), PauseReason: "answered 429"},
			want: state.Mark{
				StartedAt: noon.Add(quarter), FirstStartedAt: noon, SucceededAt: noon.Add(time.Minute),
				NotBefore: noon.Add(time.Hour), PauseReason: "answered 429",
			},
		},
		{
			why:     "a run that a person starts is not a start by the schedule, and ends the pause",
			named:   true,
			outcome: state.Outcome{Succeeded: true, Unfinished: true},
			want: state.Mark{
				StartedAt: noon.Add(quarter), FirstStartedAt: noon, SucceededAt: noon.Add(2*quarter + time.Minute),
			},
		},
		{
			why:     "a run out of time, after the pause",
			outcome: state.Outcome{Unfinished: true},
			want: state.Mark{
				StartedAt: noon.Add(3 * quarter), FirstStartedAt: noon, SucceededAt: noon.Add(2*quarter + time.Minute),
				Unfinished: true,
			},
		},
		{
			why:     "a finished run",
			outcome: state.Outcome{Succeeded: true},
			want: state.Mark{
				StartedAt: noon.Add(4 * quarter), FirstStartedAt: noon, SucceededAt: noon.Add(4*quarter + time.Minute),
			},
		},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		for i, run := range runs {
			w.now = noon.Add(time.Duration(i) * quarter)
			holder, until := fmt.Sprint("run ", i), w.now.Add(quarter)
			lease, err := w.acme.Acquire(t.Context(), naming.Articles, holder, until, !run.named)
			must(t, err)
			during := w.mark(t)
			if during.Holder != holder || !during.Until.Equal(until) {
				t.Errorf("%s: %q has the lease until %v", run.why, during.Holder, during.Until)
			}
			w.now = w.now.Add(time.Minute)
			must(t, lease.Release(t.Context(), run.outcome))
			run.want.CustomerID, run.want.Process, run.want.RunID = "acme", naming.Articles, holder
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

func TestReleaseOfAnExpiredLeaseLeavesItsNextHolderAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after func(t *testing.T, w *world)
		want  error
	}{
		{
			name:  "nobody has taken it",
			after: func(*testing.T, *world) {},
		},
		{
			name:  "another run has it",
			after: func(t *testing.T, w *world) { w.acquire(t, "second") },
			want:  state.ErrLost,
		},
		{
			name: "another run had it and gave it back",
			after: func(t *testing.T, w *world) {
				must(t, w.acquire(t, "second").Release(t.Context(), state.Outcome{Succeeded: true}))
			},
			want: state.ErrLost,
		},
		{
			name:  "a second delivery of the same event has it",
			after: func(t *testing.T, w *world) { w.acquire(t, "first") },
			want:  state.ErrLost,
		},
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

func TestOneOfManyConcurrentRunsAcquires(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		var all sync.WaitGroup
		got := make([]error, 20)
		for i := range got {
			all.Go(func() {
				holder := fmt.Sprint("run ", i)
				_, got[i] = w.acme.Acquire(t.Context(), naming.Articles, holder, noon.Add(time.Minute), true)
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
			t.Errorf("%d runs have the lease", holders)
		}
	})
}

// TestMarksOfMoreCustomersThanOneBatchTakes also names some customers twice.
func TestMarksOfMoreCustomersThanOneBatchTakes(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ids := []string{"never", "broken", "broken"}
		want := map[string]state.Mark{
			"never": {CustomerID: "never", Process: naming.Stock},
			// One customer's broken record stops no other customer: it counts as never run, and its Acquire fails.
			"broken": {CustomerID: "broken", Process: naming.Stock},
		}
		w.put(t, "broken", "lease#stock", map[string]any{"succeededAt": "yesterday"})
		for i := range 120 {
			id := fmt.Sprint("customer-", i)
			w.put(t, id, "lease#stock", map[string]any{"startedAt": "2026-11-02T11:45:00.000Z", "unfinished": true})
			w.put(t, id, "lease#articles", map[string]any{"startedAt": "2020-01-01T00:00:00.000Z"})
			ids = append(ids, id, id)
			want[id] = state.Mark{
				CustomerID: id, Process: naming.Stock, StartedAt: noon.Add(-15 * time.Minute), Unfinished: true,
			}
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

func TestCheckLeaseNoticesThatTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	second := map[string]any{"holder": "second", "until": "2026-11-02T12:14:00.000Z"}
	tests := map[string]struct {
		change func(*testing.T, *world, *state.Lease)
		lost   bool
	}{
		"nothing has changed": {
			change: func(*testing.T, *world, *state.Lease) {},
		},
		"it has expired, and nobody has taken it": {
			change: func(_ *testing.T, w *world, _ *state.Lease) { w.now = noon.Add(14 * time.Minute) },
			lost:   true,
		},
		"it was given back": {
			change: func(t *testing.T, _ *world, l *state.Lease) { must(t, l.Release(t.Context(), state.Outcome{})) },
			lost:   true,
		},
		"another run has it": {
			change: func(t *testing.T, w *world, _ *state.Lease) { w.put(t, "acme", "lease#stock", second) },
			lost:   true,
		},
		"a second delivery of the same event has it": {
			change: func(t *testing.T, w *world, _ *state.Lease) {
				w.put(t, "acme", "lease#stock", map[string]any{"holder": "first", "until": "2026-11-02T12:29:00.000Z"})
			},
			lost: true,
		},
		"another run has the lease of another process": {
			change: func(t *testing.T, w *world, _ *state.Lease) { w.put(t, "acme", "lease#articles", second) },
		},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, db)
				wantConflict(t, w.acme.CheckLease(t.Context()), state.ErrLost) // none was acquired yet
				lease, err := w.acme.Acquire(t.Context(), naming.Stock, "first", noon.Add(14*time.Minute), true)
				must(t, err)
				test.change(t, w, lease)
				if err := w.acme.CheckLease(t.Context()); test.lost {
					wantConflict(t, err, state.ErrLost)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// Two functions of a process take turns, and the clock of one of them is five minutes behind.
func TestCallsOfAnHourAreCountedAcrossClocks(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		run := func(clock string, calls int) (before int) {
			t.Helper()
			at, err := time.Parse("15:04", clock)
			must(t, err)
			w.now = noon.Truncate(24 * time.Hour).Add(at.Sub(at.Truncate(24 * time.Hour)))
			p := w.store.Partition("acme")
			l, err := p.Acquire(t.Context(), naming.Articles, clock, w.now.Add(time.Minute), true)
			must(t, err)
			before = p.CallsThisHour().Calls
			_, err = l.AddUsage(t.Context(), state.Usage{Calls: calls, ThisHour: calls})
			must(t, err)
			must(t, l.Release(t.Context(), state.Outcome{Succeeded: true}))
			return before
		}
		for _, step := range []struct {
			clock        string
			calls, known int
		}{
			{"13:02", 900, 0}, {"12:59", 50, 900}, {"13:05", 7, 950}, {"14:01", 3, 0}, {"13:58", 4, 3},
			{"11:30", 5, 0}, // no difference between clocks: a person has edited the record
		} {
			if got := run(step.clock, step.calls); got != step.known {
				t.Errorf("at %s: %d calls in this hour, want %d", step.clock, got, step.known)
			}
		}
	})
}
