package state_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A call is a call of this package. Its error must name op, the operation and the record.
type call struct {
	op string
	do func(context.Context, *world) error
}

func calls() map[string]call {
	const secret = "session-id-that-nobody-may-see"
	return map[string]call{
		"Marks": {op: "BatchGetItem lease#stock", do: func(ctx context.Context, w *world) error {
			_, err := w.store.Marks(ctx, naming.Stock, []string{"acme"})
			return err
		}},
		"Acquire": {op: "UpdateItem lease#stock", do: func(ctx context.Context, w *world) error {
			_, err := w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Minute), true)
			return err
		}},
		"Cursor": {op: "GetItem cursor#stock", do: func(ctx context.Context, w *world) error {
			_, err := w.acme.Cursor(ctx, naming.Stock)
			return err
		}},
		"MoveCursor": {op: "PutItem cursor#stock", do: func(ctx context.Context, w *world) error {
			return w.acme.MoveCursor(ctx, naming.Stock, state.Cursor{}, state.Cursor{Since: noon})
		}},
		"Articles": {op: "BatchGetItem article#", do: func(ctx context.Context, w *world) error {
			_, err := w.acme.Articles(ctx, []int{7})
			return err
		}},
		"EachOrder": {op: "Query order#", do: func(ctx context.Context, w *world) error {
			for _, err := range w.acme.EachOrder(ctx) {
				return err
			}
			return nil
		}},
		"PutOrder": {op: "PutItem order#40557", do: func(ctx context.Context, w *world) error {
			l := fullOrder()
			return w.acme.PutOrder(ctx, &l)
		}},
		"DeleteArticle": {op: "DeleteItem article#7", do: func(ctx context.Context, w *world) error {
			return w.acme.DeleteArticle(ctx, state.ArticleLink{ProductID: 7, Version: 1})
		}},
		"Failures": {op: "Query failure#stock#", do: func(ctx context.Context, w *world) error {
			_, err := w.acme.Failures(ctx, naming.Stock)
			return err
		}},
		"Load": {op: "Query binding", do: func(ctx context.Context, w *world) error {
			return w.acme.Load(ctx, naming.Stock, acmeURL, 77)
		}},
		"Bind": {op: "TransactWriteItems binding", do: func(ctx context.Context, w *world) error {
			return w.acme.Bind(ctx, live)
		}},
		"PutRun": {op: "PutItem run#stock#", do: func(ctx context.Context, w *world) error {
			return w.acme.PutRun(ctx, naming.Stock, noon, map[string]any{"outcome": "ok"})
		}},
		"Session": {op: "GetItem session", do: func(ctx context.Context, w *world) error {
			_, err := w.acme.Session(ctx, secret)
			return err
		}},
		"SetSession": {op: "PutItem session", do: func(ctx context.Context, w *world) error {
			return w.acme.SetSession(ctx, secret, secret)
		}},
	}
}

// TestErrorNamesCallAndClass also checks that the call succeeds once DynamoDB is available again.
func TestErrorNamesCallAndClass(t *testing.T) {
	t.Parallel()
	effects := []dynamodbtest.Effect{
		dynamodbtest.Throttle, dynamodbtest.Busy, dynamodbtest.Fail, dynamodbtest.ResetBefore, dynamodbtest.ResetAfter,
	}
	for name, call := range calls() {
		for _, effect := range effects {
			t.Run(name+"/"+string(effect), func(t *testing.T) {
				t.Parallel()
				db := dynamodbtest.Embedded(t)
				w := worldWith(db, impatient(db, 2))
				db.Server.Inject(dynamodbtest.Fault{Effect: effect, Times: -1})
				wantError(t, call.do(t.Context(), w), errclass.Transient, call.op)
				db.Server.ClearFaults()
				must(t, call.do(t.Context(), w))
			})
		}
		t.Run(name+"/cancelled", func(t *testing.T) {
			t.Parallel()
			db := dynamodbtest.Embedded(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			wantError(t, call.do(ctx, worldWith(db, db.Client)), errclass.Transient, call.op)
		})
		t.Run(name+"/no such table", func(t *testing.T) {
			t.Parallel()
			db := dynamodbtest.Embedded(t)
			db.State = "misspelt"
			wantError(t, call.do(t.Context(), worldWith(db, db.Client)), errclass.Defect, call.op)
		})
	}
}

// wantError checks the class of an error, that it names the operation, and that it contains no secret.
func wantError(t *testing.T, err error, class errclass.Class, op string) {
	t.Helper()
	if !errclass.Is(err, class) || !strings.HasPrefix(err.Error(), "state: "+op) {
		t.Fatalf("got %q of class %s, want \"state: %s…\" of class %s", err, errclass.Of(err), op, class)
	}
	if strings.Contains(err.Error(), "nobody-may-see") {
		t.Fatalf("the error contains a secret: %v", err)
	}
}

// TestWriteSucceedsAlthoughItsAnswerIsLost: the SDK repeats the write, whose condition then fails on its own effect.
func TestWriteSucceedsAlthoughItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	const lost = 2 // the answers to the first two attempts
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, impatient(db, lost+1))
	ctx := t.Context()
	var lease *state.Lease
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
		{"deleted failure", func() error {
			all, err := w.acme.Failures(ctx, naming.Stock)
			must(t, err)
			return w.acme.DeleteFailure(ctx, all[0])
		}},
		{"first cursor", func() error {
			return w.acme.MoveCursor(ctx, naming.Stock, state.Cursor{}, state.Cursor{Since: noon})
		}},
		{"next cursor", func() error {
			next := state.Cursor{Since: noon.Add(time.Hour), Place: "a"}
			return w.acme.MoveCursor(ctx, naming.Stock, state.Cursor{Since: noon}, next)
		}},
		{"run record", func() error { return w.acme.PutRun(ctx, naming.Stock, noon, map[string]any{"written": 1}) }},
		{"session", func() error { return w.acme.SetSession(ctx, "k", "id") }},
		{"acquired lease", func() (err error) {
			lease, err = w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Minute), true)
			return err
		}},
		{"released lease", func() error { return lease.Release(ctx, state.Outcome{Succeeded: true}) }},
	}
	for _, step := range steps {
		db.Server.Inject(dynamodbtest.Fault{Writes: true, Times: lost, Effect: dynamodbtest.ResetAfter})
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		db.Server.ClearFaults()
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

func TestReadAfterFailedConditionCanFail(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, impatient(db, 1))
	must(t, w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, state.Cursor{Since: noon}))
	db.Server.Inject(dynamodbtest.Fault{Operation: "GetItem", Effect: dynamodbtest.Fail})
	err := w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, state.Cursor{Since: noon.Add(time.Hour)})
	wantError(t, err, errclass.Transient, "GetItem cursor#stock")
	if errors.Is(err, state.ErrChanged) {
		t.Error("the error says that the cursor was changed, which nobody knows")
	}
}

func TestUnprocessedKeysAreReadAgain(t *testing.T) {
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
	wantError(t, err, errclass.Transient, "BatchGetItem article#") // after a few attempts

	ctx, cancel := context.WithCancel(t.Context())
	db.Server.Inject(dynamodbtest.Fault{
		Operation: "BatchGetItem", N: 2, After: func(dynamodbtest.Request) { cancel() },
	})
	_, err = w.acme.Articles(ctx, ids)
	wantError(t, err, errclass.Transient, "BatchGetItem article#")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the batch was read on after its context ended: %v", err)
	}
}

func TestUnreadableRecordIsADefectThatNamesIt(t *testing.T) {
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
			wantError(t, test.read(t.Context(), w), errclass.Defect, "read "+test.record)
		}
	})
}
