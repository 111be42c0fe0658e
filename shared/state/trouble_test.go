package state_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A call is one call of the package, with the operation and the record its error has to name.
type call struct {
	op string
	do func(context.Context, *world) error
}

func calls() map[string]call {
	const secret = "session-id-that-nobody-may-see"
	return map[string]call{
		"Marks": {"BatchGetItem lease#stock", func(ctx context.Context, w *world) error {
			_, err := w.store.Marks(ctx, naming.Stock, []string{"acme"})
			return err
		}},
		"Acquire": {"UpdateItem lease#stock", func(ctx context.Context, w *world) error {
			_, err := w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Minute), true)
			return err
		}},
		"Cursor": {"GetItem cursor#stock", func(ctx context.Context, w *world) error {
			_, err := w.acme.Cursor(ctx, naming.Stock)
			return err
		}},
		"MoveCursor": {"PutItem cursor#stock", func(ctx context.Context, w *world) error {
			return w.acme.MoveCursor(ctx, naming.Stock, state.Cursor{}, state.Cursor{Since: noon})
		}},
		"Articles": {"BatchGetItem article#", func(ctx context.Context, w *world) error {
			_, err := w.acme.Articles(ctx, []int{7})
			return err
		}},
		"EachOrder": {"Query order#", func(ctx context.Context, w *world) error {
			for _, err := range w.acme.EachOrder(ctx) {
				return err
			}
			return nil
		}},
		"PutOrder": {"PutItem order#40557", func(ctx context.Context, w *world) error {
			l := fullOrder()
			return w.acme.PutOrder(ctx, &l)
		}},
		"DeleteArticle": {"DeleteItem article#7", func(ctx context.Context, w *world) error {
			return w.acme.DeleteArticle(ctx, state.ArticleLink{ProductID: 7, Version: 1})
		}},
		"Failures": {"Query failure#stock#", func(ctx context.Context, w *world) error {
			_, err := w.acme.Failures(ctx, naming.Stock)
			return err
		}},
		"PutRun": {"PutItem run#stock#", func(ctx context.Context, w *world) error {
			return w.acme.PutRun(ctx, naming.Stock, noon, map[string]any{"outcome": "ok"})
		}},
		"Session": {"GetItem session", func(ctx context.Context, w *world) error {
			_, err := w.acme.Session(ctx, secret)
			return err
		}},
		"SetSession": {"PutItem session", func(ctx context.Context, w *world) error {
			return w.acme.SetSession(ctx, secret, secret)
		}},
	}
}

// TestUnavailable: whatever DynamoDB does not do now, it may do in the next run; the error says what was wanted.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	effects := []dynamodbtest.Effect{dynamodbtest.Throttle, dynamodbtest.Busy, dynamodbtest.Fail, dynamodbtest.ResetBefore, dynamodbtest.ResetAfter}
	for name, call := range calls() {
		for _, effect := range effects {
			t.Run(name+"/"+string(effect), func(t *testing.T) {
				t.Parallel()
				db := dynamodbtest.Embedded(t)
				w := worldWith(db, impatient(db, 2))
				db.Server.Inject(dynamodbtest.Fault{Effect: effect, Times: -1})
				wantFault(t, call.do(t.Context(), w), errclass.Transient, call.op)
				db.Server.ClearFaults()
				must(t, call.do(t.Context(), w))
			})
		}
		t.Run(name+"/cancelled", func(t *testing.T) {
			t.Parallel()
			db := dynamodbtest.Embedded(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			wantFault(t, call.do(ctx, worldWith(db, db.Client)), errclass.Transient, call.op)
		})
		t.Run(name+"/no such table", func(t *testing.T) {
			t.Parallel()
			db := dynamodbtest.Embedded(t)
			db.State = "misspelt"
			wantFault(t, call.do(t.Context(), worldWith(db, db.Client)), errclass.Defect, call.op)
		})
	}
}

func wantFault(t *testing.T, err error, class errclass.Class, op string) {
	t.Helper()
	if !errclass.Is(err, class) || !strings.HasPrefix(err.Error(), "state: "+op) {
		t.Fatalf("got %q, %s; want %s, state: %s …", err, errclass.Of(err), class, op)
	}
	if strings.Contains(err.Error(), "nobody-may-see") {
		t.Fatalf("the error tells a secret: %v", err)
	}
}

// TestAnswerLost: every write whose answer gets lost is repeated by the SDK, meets its own effect, and counts as done.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	const lost = 2 // the answers to the first two attempts
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, impatient(db, lost+1))
	ctx := t.Context()
	steps := []struct {
		name string
		do   func() error
	}{
		{"first link", func() error { l := fullOrder(); return w.acme.PutOrder(ctx, &l) }},
		{"next link", func() error {
			links, err := w.acme.Orders(ctx, []int{40557})
			must(t, err)
			l := links[40557]
			l.Booked = map[string]string{"501": "3"}
			return w.acme.PutOrder(ctx, &l)
		}},
		{"failure", func() error { return w.acme.PutFailure(ctx, &state.Failure{Process: naming.Stock, Key: "7"}) }},
		{"failure gone", func() error {
			all, err := w.acme.Failures(ctx, naming.Stock)
			must(t, err)
			return w.acme.DeleteFailure(ctx, all[0])
		}},
		{"first cursor", func() error {
			return w.acme.MoveCursor(ctx, naming.Stock, state.Cursor{}, state.Cursor{Since: noon})
		}},
		{"next cursor", func() error {
			return w.acme.MoveCursor(ctx, naming.Stock, state.Cursor{Since: noon}, state.Cursor{Since: noon.Add(time.Hour), Place: "a"})
		}},
		{"run record", func() error { return w.acme.PutRun(ctx, naming.Stock, noon, map[string]any{"written": 1}) }},
		{"session", func() error { return w.acme.SetSession(ctx, "k", "id") }},
	}
	for _, step := range steps {
		db.Server.Inject(dynamodbtest.Fault{Writes: true, Times: lost, Effect: dynamodbtest.ResetAfter})
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		db.Server.ClearFaults()
	}

	db.Server.Inject(dynamodbtest.Fault{Writes: true, Times: lost, Effect: dynamodbtest.ResetAfter})
	lease, err := w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Minute), true)
	if err != nil {
		t.Fatalf("acquire: %v", err)
	}
	db.Server.ClearFaults()
	db.Server.Inject(dynamodbtest.Fault{Writes: true, Times: lost, Effect: dynamodbtest.ResetAfter})
	if err := lease.Release(ctx, state.Outcome{Succeeded: true}); err != nil {
		t.Errorf("release: %v", err)
	}

	links, err := w.acme.Orders(ctx, []int{40557})
	must(t, err)
	if diff := cmp.Diff(map[string]string{"501": "3"}, links[40557].Booked); diff != "" {
		t.Errorf("link (-want +got):\n%s", diff)
	}
	cursor, err := w.acme.Cursor(ctx, naming.Stock)
	must(t, err)
	if diff := cmp.Diff(state.Cursor{Since: noon.Add(time.Hour), Place: "a"}, cursor); diff != "" {
		t.Errorf("cursor (-want +got):\n%s", diff)
	}
}

// TestLookFails: a failed condition is looked into, and that look may fail, too.
func TestLookFails(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, impatient(db, 1))
	must(t, w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, state.Cursor{Since: noon}))
	db.Server.Inject(dynamodbtest.Fault{Operation: "GetItem", Effect: dynamodbtest.Fail})
	err := w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, state.Cursor{Since: noon.Add(time.Hour)})
	wantFault(t, err, errclass.Transient, "GetItem cursor#stock")
	if errors.Is(err, state.ErrChanged) {
		t.Error("nobody knows whether it moved")
	}
}

// TestUnprocessed: DynamoDB may leave keys of a batch for later.
func TestUnprocessed(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ids := make([]int, 30)
	for i := range ids {
		ids[i] = i
		must(t, w.acme.PutArticle(t.Context(), &state.ArticleLink{ProductID: i}))
	}
	db.Server.Unprocessed(db.State, func(n int) bool { return n >= 3 }) // three at a time
	got, err := w.acme.Articles(t.Context(), ids)
	must(t, err)
	if len(got) != len(ids) {
		t.Errorf("%d of %d links", len(got), len(ids))
	}

	db.Server.Unprocessed(db.State, func(int) bool { return true })
	_, err = w.acme.Articles(t.Context(), ids)
	wantFault(t, err, errclass.Transient, "BatchGetItem article#") // it gives up

	ctx, cancel := context.WithCancel(t.Context())
	db.Server.Inject(dynamodbtest.Fault{Operation: "BatchGetItem", N: 2, After: func(dynamodbtest.Request) { cancel() }})
	_, err = w.acme.Articles(ctx, ids)
	wantFault(t, err, errclass.Transient, "BatchGetItem article#")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it went on after the end of its context: %v", err)
	}
}

// TestUnreadable: a record that makes no sense is named, and nothing is guessed.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		record     string
		attributes map[string]any
		read       func(context.Context, *world) error
	}{
		{"cursor#stock", map[string]any{"since": "last week"}, func(ctx context.Context, w *world) error {
			_, err := w.acme.Cursor(ctx, naming.Stock)
			return err
		}},
		{"article#7", map[string]any{"productId": "seven"}, func(ctx context.Context, w *world) error {
			_, err := w.acme.Articles(ctx, []int{7})
			return err
		}},
		{"order#7", map[string]any{"booked": []string{"a"}}, func(ctx context.Context, w *world) error {
			for _, err := range w.acme.EachOrder(ctx) {
				return err
			}
			return nil
		}},
		{"failure#stock#7", map[string]any{"nextAt": true}, func(ctx context.Context, w *world) error {
			_, err := w.acme.Failures(ctx, naming.Stock)
			return err
		}},
		{"session", map[string]any{"key": true}, func(ctx context.Context, w *world) error {
			_, err := w.acme.Session(ctx, "k")
			return err
		}},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for _, test := range tests {
			w := newWorld(t, db)
			w.put(t, "acme", test.record, test.attributes)
			wantFault(t, test.read(t.Context(), w), errclass.Defect, "read "+test.record)
		}
	})
}

// TestFrozenAnywhere kills nothing and loses nothing: a run that is frozen before any of its writes, while another one
// does the same work from end to end, changes nothing when it goes on.
func TestFrozenAnywhere(t *testing.T) {
	t.Parallel()
	// work is a run as the runner does it; freeze is called before each of its writes.
	work := func(ctx context.Context, w *world, holder string, freeze func()) error {
		lease, err := w.acme.Acquire(ctx, naming.Stock, holder, w.now.Add(14*time.Minute), true)
		if err != nil {
			return err
		}
		cursor, err := w.acme.Cursor(ctx, naming.Stock)
		must(t, err)
		links, err := w.acme.Articles(ctx, []int{7})
		must(t, err)
		failures, err := w.acme.Failures(ctx, naming.Stock)
		must(t, err)
		link := links[7]
		link.ProductID, link.Fingerprint = 7, holder
		next := state.Cursor{Since: w.now}
		for _, write := range []func() error{
			func() error { return w.acme.PutArticle(ctx, &link) },
			func() error { return w.acme.DeleteFailure(ctx, failures[0]) },
			func() error { return w.acme.MoveCursor(ctx, naming.Stock, cursor, next) },
			func() error { return lease.Release(ctx, state.Outcome{Succeeded: true}) },
		} {
			freeze()
			if e := write(); e != nil {
				err = errors.Join(err, e)
			}
		}
		return err
	}
	for at := range 4 {
		db := dynamodbtest.Embedded(t)
		w := worldWith(db, db.Client)
		must(t, w.acme.PutFailure(t.Context(), &state.Failure{Process: naming.Stock, Key: "7", Message: "before"}))
		var after []map[string]any
		all := func() []map[string]any {
			return []map[string]any{w.stored(t, "article#7"), w.stored(t, "failure#stock#7"),
				w.stored(t, "cursor#stock"), w.stored(t, "lease#stock")}
		}
		writes := 0
		late := work(t.Context(), w, "frozen", func() {
			if writes++; writes != at+1 {
				return
			}
			// Frozen here. The next run finds a failure of its own about the same record.
			w.now = noon.Add(time.Hour)
			lease, err := w.acme.Acquire(t.Context(), naming.Stock, "next", w.now.Add(14*time.Minute), true)
			must(t, err)
			links, err := w.acme.Articles(t.Context(), []int{7})
			must(t, err)
			link := links[7]
			link.ProductID, link.Fingerprint = 7, "next"
			must(t, w.acme.PutArticle(t.Context(), &link))
			failures, err := w.acme.Failures(t.Context(), naming.Stock)
			must(t, err)
			f := state.Failure{Process: naming.Stock, Key: "7"}
			if len(failures) > 0 {
				f = failures[0]
			}
			f.Message = "found by the next run"
			must(t, w.acme.PutFailure(t.Context(), &f))
			cursor, err := w.acme.Cursor(t.Context(), naming.Stock)
			must(t, err)
			must(t, w.acme.MoveCursor(t.Context(), naming.Stock, cursor, state.Cursor{Since: w.now}))
			must(t, lease.Release(t.Context(), state.Outcome{Succeeded: true}))
			after = all()
			w.now = noon.Add(2 * time.Hour)
		})
		if !errors.Is(late, state.ErrLost) {
			t.Errorf("frozen before write %d: %v", at+1, late)
		}
		if diff := cmp.Diff(after, all()); diff != "" {
			t.Errorf("frozen before write %d, the late run changed (-before +after):\n%s", at+1, diff)
		}
		if !slices.ContainsFunc(after, func(r map[string]any) bool { return r["message"] == "found by the next run" }) {
			t.Errorf("frozen before write %d: the failure of the next run is not there", at+1)
		}
	}
}
