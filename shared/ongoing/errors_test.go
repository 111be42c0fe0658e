package ongoing_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/vendorhttp"
)

// An operation is a call of the client, made in a seeded world. The order has been made by hand, so that it can still
// be changed.
type operation struct {
	name string
	call func(context.Context, *world, ongoing.ArticleID, ongoing.OrderID) error
}

func operations() []operation {
	return []operation{
		{"GET /articles", func(ctx context.Context, w *world, _ ongoing.ArticleID, _ ongoing.OrderID) error {
			for _, err := range w.client.Articles(ctx, ongoing.ArticleQuery{Numbers: []string{"A"}}) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"GET /articles/{articleSystemId}", func(ctx context.Context, w *world, a ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.Article(ctx, a)
			return err
		}},
		{"PUT /articles", func(ctx context.Context, w *world, _ ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.PutArticle(ctx, ongoing.ArticleBody{ArticleNumber: "C"})
			return err
		}},
		{"PUT /articles/{articleSystemId}", func(ctx context.Context, w *world, a ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.UpdateArticle(ctx, a, ongoing.ArticleBody{ArticleNumber: "A2"})
			return err
		}},
		{"GET /orders/{orderId}", func(ctx context.Context, w *world, _ ongoing.ArticleID, o ongoing.OrderID) error {
			_, err := w.client.Order(ctx, o)
			return err
		}},
		{"PUT /orders", func(ctx context.Context, w *world, _ ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.PutOrder(ctx, body("5"))
			return err
		}},
		{"PUT /orders/{orderId}", func(ctx context.Context, w *world, _ ongoing.ArticleID, o ongoing.OrderID) error {
			_, err := w.client.UpdateOrder(ctx, o, body("40557"))
			return err
		}},
		{"DELETE /orders/{orderId}", func(ctx context.Context, w *world, _ ongoing.ArticleID, o ongoing.OrderID) error {
			return w.client.CancelOrder(ctx, o)
		}},
		{"PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems", func(ctx context.Context, w *world, _ ongoing.ArticleID, o ongoing.OrderID) error {
			order, _ := w.owner.Order("40557")
			return w.client.ReportLine(ctx, o, ongoing.LineID(order.Lines[0].ID), number.FromInt(3))
		}},
		{"GET /orders/statuses", func(ctx context.Context, w *world, _ ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.OrderStatuses(ctx)
			return err
		}},
		{"GET /goodsOwners", func(ctx context.Context, w *world, _ ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.GoodsOwners(ctx)
			return err
		}},
	}
}

// hasID tells whether the answer to an operation must hold an id that the fault can take out.
func (o operation) hasID() bool { return o.puts() || o.name == "GET /articles/{articleSystemId}" }

func (o operation) puts() bool { return strings.HasPrefix(o.name, "PUT") }

// needsBody tells whether an operation is of no use without an answer's body.
func (o operation) needsBody() bool { return o.puts() || !o.writes() }

func (o operation) writes() bool { return !strings.HasPrefix(o.name, "GET") }

func always(operation) bool { return true }

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string // and why
		fault ongoingtest.Fault
		hits  func(operation) bool // what the fault does not hit succeeds at once
		class errclass.Class
		again bool // whether the call is repeated, three times at most
		maybe bool // whether a write may have taken effect
	}{
		{"400: the record is refused", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 400}, always, errclass.Rejected, false, false},
		{"401: a second attempt would only count as another failure", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 401}, always, errclass.Credentials, false, false},
		{"403: the user may not", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 403}, always, errclass.Credentials, false, false},
		{"404: not there", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 404}, always, errclass.Rejected, false, false},
		{"408: the service did not get to it", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 408}, always, errclass.Transient, true, true},
		{"409: nowhere documented, a refusal like another", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 409}, always, errclass.Rejected, false, false},
		{"429 without a word on when", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429}, always, errclass.Throttled, true, false},
		{"429 for a moment", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: "0"}, always, errclass.Throttled, true, false},
		{"429 for longer than a run", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: "3600"}, always, errclass.Throttled, false, false},
		{"500 before the effect", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 500}, always, errclass.Transient, true, true},
		{"500 after the effect", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 500, Effect: true}, always, errclass.Transient, true, true},
		{"502", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 502, Body: "<html>Bad Gateway</html>"}, always, errclass.Transient, true, true},
		{"503", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 503}, always, errclass.Transient, true, true},
		{"503 with a pause asked for", ongoingtest.Fault{Kind: ongoingtest.Status, Status: 503, RetryAfter: "3600"}, always, errclass.Throttled, false, false},
		{"no answer", ongoingtest.Fault{Kind: ongoingtest.TimeoutBefore}, always, errclass.Transient, true, true},
		{"no answer, but done", ongoingtest.Fault{Kind: ongoingtest.TimeoutAfter}, always, errclass.Transient, true, true},
		{"an answer that drips", ongoingtest.Fault{Kind: ongoingtest.SlowDrip}, always, errclass.Transient, true, true},
		{"reset", ongoingtest.Fault{Kind: ongoingtest.ResetBefore}, always, errclass.Transient, true, true},
		{"reset, but done", ongoingtest.Fault{Kind: ongoingtest.ResetAfter}, always, errclass.Transient, true, true},
		{"an answer that breaks off", ongoingtest.Fault{Kind: ongoingtest.Truncated}, always, errclass.Transient, true, true},
		{"an answer cut by a proxy", ongoingtest.Fault{Kind: ongoingtest.CutJSON}, always, errclass.Transient, true, true},
		{"an endless answer will be endless again", ongoingtest.Fault{Kind: ongoingtest.Oversized, Size: 17 << 20}, always, errclass.Defect, false, true},
		{"a proxy's page with status 200", ongoingtest.Fault{Kind: ongoingtest.HTML}, always, errclass.Transient, true, true},
		{"JSON that is not called so", ongoingtest.Fault{Kind: ongoingtest.WrongType}, always, errclass.Transient, true, true},
		{"no body: fine where none is needed", ongoingtest.Fault{Kind: ongoingtest.EmptyBody}, operation.needsBody, errclass.Transient, true, true},
		{"no id: fine where none is needed", ongoingtest.Fault{Kind: ongoingtest.MissingID}, operation.hasID, errclass.Transient, true, true},
		{"redirects are not followed", ongoingtest.Fault{Kind: ongoingtest.Redirect, Body: "/acme/api/v1/orders"}, always, errclass.Settings, false, false},
	}
	for _, tt := range tests {
		for _, op := range operations() {
			if (takesTime(tt.fault) || tt.fault.Kind == ongoingtest.Oversized) && !slices.Contains([]string{"GET /orders/{orderId}", "PUT /orders", "DELETE /orders/{orderId}"}, op.name) {
				continue // one of a kind is enough of what has to be waited for
			}
			t.Run(tt.name+"/"+strings.ReplaceAll(op.name, "/", "_"), func(t *testing.T) {
				t.Parallel()
				want := 1
				if tt.again && tt.hits(op) {
					want = 3
				}
				t.Run("for good", func(t *testing.T) {
					f := tt.fault
					f.Times = -1
					calls, err := perform(t, op, f)
					if op.name == "DELETE /orders/{orderId}" && (f.Kind == ongoingtest.CutJSON || f.Kind == ongoingtest.WrongType) {
						if err != nil || calls != 2 { // the repetition is told that the order is cancelled already
							t.Fatalf("%d calls, %v", calls, err)
						}
						return
					}
					if !tt.hits(op) {
						if err != nil || calls != 1 {
							t.Fatalf("%d calls, %v", calls, err)
						}
						return
					}
					var got *errclass.Error
					if !errors.As(err, &got) || got.Class != tt.class || calls != want || got.Uncertain != (tt.maybe && op.writes()) {
						t.Errorf("%d calls, want %d; class %s, want %s; %+v", calls, want, errclass.Of(err), tt.class, err)
					}
					if errors.Is(err, ongoing.ErrNotFound) != (tt.fault.Status == 404) {
						t.Errorf("ErrNotFound: %v", err)
					}
				})
				t.Run("once", func(t *testing.T) {
					calls, err := perform(t, op, tt.fault)
					if want = min(want, 2); calls != want || (err == nil) != (tt.again || !tt.hits(op)) {
						t.Errorf("%d calls, want %d: %v", calls, want, err)
					}
				})
			})
		}
	}
}

func takesTime(f ongoingtest.Fault) bool {
	return slices.Contains([]ongoingtest.Kind{ongoingtest.TimeoutBefore, ongoingtest.TimeoutAfter, ongoingtest.SlowDrip}, f.Kind)
}

// perform makes a call in a world of its own with a fault; it returns how often the service was called, and the outcome.
func perform(t *testing.T, op operation, f ongoingtest.Fault) (calls int, outcome error) {
	t.Helper()
	w := newWorld(t, ongoingtest.Options{Record: unrecorded})
	article, order := w.seed(t)
	c := w.config
	if takesTime(f) {
		c.Timeout = time.Second
	}
	w.client = newClient(t, c)
	f.Op = op.name
	w.server.Fault(f)
	outcome = op.call(t.Context(), w, article, order)
	if v := w.server.Violations(); len(v) > 0 {
		t.Error(v)
	}
	calls = len(w.server.Journal())
	if observed := len(w.observed()); observed != calls {
		t.Errorf("%d attempts were observed, %d made", observed, calls)
	}
	return calls, outcome
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	const skew = 5 * time.Minute // the service's clock runs ahead of ours
	tests := map[string]struct {
		header  string
		want    time.Time // zero: not told
		retries int
	}{
		"seconds, longer than is waited for":           {"120", now.Add(2 * time.Minute), 0},
		"a date, which is one of the service's clock":  {date(skew + 2*time.Minute), now.Add(2 * time.Minute), 0},
		"a date that has passed is now":                {date(skew - time.Hour), now, 2},
		"a second is waited for, and in vain":          {"1", now.Add(time.Second), 2},
		"no time at all is like no header":             {"soon", time.Time{}, 2},
		"a negative number is no time":                 {"-5", time.Time{}, 2},
		"a number that no clock holds is no time":      {"99999999999999999999", time.Time{}, 2},
		"an old form of a date":                        {now.Add(skew + time.Hour).Format(time.RFC850), now.Add(time.Hour), 0},
		"fractions of a second are no form of a pause": {"1.5", time.Time{}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{Now: func() time.Time { return now.Add(skew) }})
			c := w.config
			c.Now = func() time.Time { return now }
			w.client = newClient(t, c)
			w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: tt.header, Times: -1})
			_, err := w.client.OrderStatuses(t.Context())
			if !errclass.Is(err, errclass.Throttled) || !errclass.RetryAt(err).Equal(tt.want) {
				t.Errorf("retry at %v, want %v: %v", errclass.RetryAt(err), tt.want, err)
			}
			if got := len(w.server.Journal()) - 1; got != tt.retries {
				t.Errorf("%d retries, want %d", got, tt.retries)
			}
		})
	}
}

// A pause that would outlast the run is not begun: the time belongs to other customers.
func TestPauseBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: "4", Times: -1})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := w.client.OrderStatuses(ctx)
	if !errclass.Is(err, errclass.Throttled) || ctx.Err() != nil || len(w.server.Journal()) != 1 {
		t.Errorf("got %v after %d calls, context: %v", err, len(w.server.Journal()), ctx.Err())
	}
}

func TestCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.TimeoutAfter, Times: -1})
	ctx, cancel := context.WithCancel(t.Context())
	c := w.config
	c.Transport = newTransport(t)
	c.Observe = func(vendorhttp.Call) {}
	w.client = newClient(t, c)
	done := make(chan error)
	go func() {
		_, err := w.client.PutArticle(ctx, ongoing.ArticleBody{ArticleNumber: "A"})
		done <- err
	}()
	for len(w.owner.Articles()) == 0 { // until the call has taken effect
		time.Sleep(time.Millisecond)
	}
	cancel()
	var got *errclass.Error
	if err := <-done; !errors.As(err, &got) || got.Class != errclass.Transient || !got.Uncertain || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", err)
	}
	if _, err := w.client.Article(ctx, 1); !errors.Is(err, context.Canceled) || !errclass.Is(err, errclass.Transient) {
		t.Errorf("a call with a context that has ended: %v", err)
	}
}

// A write that may have taken effect stays so, whatever the repetition is answered.
func TestMaybeIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.ResetAfter})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: "3600", Nth: 2})
	_, err := w.client.PutArticle(t.Context(), ongoing.ArticleBody{ArticleNumber: "A"})
	var got *errclass.Error
	if !errors.As(err, &got) || got.Class != errclass.Throttled || !got.Uncertain {
		t.Errorf("got %+v", err)
	}
}

func TestConsecutiveFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{FailureLimit: 2})
	for range 2 {
		if _, err := w.client.Order(t.Context(), 1); !errclass.Is(err, errclass.Rejected) {
			t.Fatalf("got %v", err)
		}
	}
	_, err := w.client.Order(t.Context(), 1)
	if !errclass.Is(err, errclass.Throttled) || errclass.RetryAt(err).IsZero() {
		t.Errorf("got %v, retry at %v", err, errclass.RetryAt(err))
	}
	if _, err = w.client.OrderStatuses(t.Context()); err != nil {
		t.Errorf("another operation has its own count: %v", err)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	_, order := w.seed(t)
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.ResetBefore})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, Nth: 2})
	_, err := w.client.Order(t.Context(), order)
	must(t, err)
	got := w.observed()
	if len(got) != 3 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []vendorhttp.Call{
		{Operation: "GET /orders/{orderId}", Class: errclass.Transient},
		{Operation: "GET /orders/{orderId}", Status: 429, Throttled: true, Class: errclass.Throttled},
		{Operation: "GET /orders/{orderId}", Status: 200},
	} {
		if got[i].Duration <= 0 {
			t.Errorf("call %d took no time", i)
		}
		if got[i].Duration = 0; got[i] != want {
			t.Errorf("call %d is %+v, want %+v", i, got[i], want)
		}
	}
}
