package state_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// TestFrozenRunChangesNothingWhenItWakesUp freezes a run before each of its writes in turn, while the next run does the
// same work from start to end.
func TestFrozenRunChangesNothingWhenItWakesUp(t *testing.T) {
	t.Parallel()
	const writes = 4 // of frozenRun
	for at := range writes {
		db := dynamodbtest.Embedded(t)
		w := worldWith(db, db.Client)
		before := state.Failure{Process: naming.Stock, Key: "7", Message: "before"}
		must(t, w.acme.PutFailure(t.Context(), &before))
		records := func() []map[string]any {
			return []map[string]any{
				w.stored(t, "article#7"), w.stored(t, "failure#stock#7"),
				w.stored(t, "cursor#stock"), w.stored(t, "lease#stock"),
			}
		}
		var afterNext []map[string]any
		write := 0
		late := frozenRun(t, w, func() {
			if write++; write != at+1 {
				return
			}
			w.now = noon.Add(time.Hour)
			nextRun(t, w)
			afterNext = records()
			w.now = noon.Add(2 * time.Hour)
		})
		if !errors.Is(late, state.ErrLost) {
			t.Errorf("frozen before write %d: %v", at+1, late)
		}
		if diff := cmp.Diff(afterNext, records()); diff != "" {
			t.Errorf("frozen before write %d, the late run changed (-before +after):\n%s", at+1, diff)
		}
		ofNextRun := func(r map[string]any) bool { return r["message"] == "found by the next run" }
		if !slices.ContainsFunc(afterNext, ofNextRun) {
			t.Errorf("frozen before write %d: the failure of the next run is missing", at+1)
		}
	}
}

// frozenRun reads and writes as the runner does. It calls freeze before each of its writes and returns their errors.
func frozenRun(t *testing.T, w *world, freeze func()) (failed error) {
	t.Helper()
	ctx := t.Context()
	lease, err := w.acme.Acquire(ctx, naming.Stock, "frozen", w.now.Add(14*time.Minute), true)
	must(t, err)
	cursor, err := w.acme.Cursor(ctx, naming.Stock)
	must(t, err)
	link := articleLink(t, w, "frozen")
	failures, err := w.acme.Failures(ctx, naming.Stock)
	must(t, err)
	next := state.Cursor{Since: w.now}
	for _, write := range []func() error{
		func() error { return w.acme.PutArticle(ctx, &link) },
		func() error { return w.acme.DeleteFailure(ctx, failures[0]) },
		func() error { return w.acme.MoveCursor(ctx, naming.Stock, cursor, next) },
		func() error { return lease.Release(ctx, state.Outcome{Succeeded: true}) },
	} {
		freeze()
		failed = errors.Join(failed, write())
	}
	return failed
}

// nextRun does the same work, but finds a failure of its own about the same record.
func nextRun(t *testing.T, w *world) {
	t.Helper()
	ctx := t.Context()
	lease, err := w.acme.Acquire(ctx, naming.Stock, "next", w.now.Add(14*time.Minute), true)
	must(t, err)
	link := articleLink(t, w, "next")
	must(t, w.acme.PutArticle(ctx, &link))
	failures, err := w.acme.Failures(ctx, naming.Stock)
	must(t, err)
	f := state.Failure{Process: naming.Stock, Key: "7"}
	if len(failures) > 0 {
		f = failures[0]
	}
	f.Message = "found by the next run"
	must(t, w.acme.PutFailure(ctx, &f))
	cursor, err := w.acme.Cursor(ctx, naming.Stock)
	must(t, err)
	must(t, w.acme.MoveCursor(ctx, naming.Stock, cursor, state.Cursor{Since: w.now}))
	must(t, lease.Release(ctx, state.Outcome{Succeeded: true}))
}

// articleLink returns the link of product 7 as it is stored, with the run's name as its new fingerprint.
func articleLink(t *testing.T, w *world, run string) state.ArticleLink {
	t.Helper()
	links, err := w.acme.Articles(t.Context(), []int{7})
	must(t, err)
	link := links[7]
	link.ProductID, link.Fingerprint = 7, run
	return link
}
