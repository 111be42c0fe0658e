package ongoing_test

import (
	"context"
	"errors"
	"fmt"
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

// An operation is a call of the client in a seeded world. The warehouse's staff made the order, so it can still be
// changed.
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
		{
			"GET /articles/{articleSystemId}",
			func(ctx context.Context, w *world, a ongoing.ArticleID, _ ongoing.OrderID) error {
				_, err := w.client.Article(ctx, a)
				return err
			},
		},
		{"PUT /articles", func(ctx context.Context, w *world, _ ongoing.ArticleID, _ ongoing.OrderID) error {
			_, err := w.client.PutArticle(ctx, ongoing.ArticleBody{ArticleNumber: "C"})
			return err
		}},
		{
			"PUT /articles/{articleSystemId}",
			func(ctx context.Context, w *world, a ongoing.ArticleID, _ ongoing.OrderID) error {
				_, err := w.client.UpdateArticle(ctx, a, ongoing.ArticleBody{ArticleNumber: "A2"})
				return err
			},
		},
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
		{
			"PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems",
			func(ctx context.Context, w *world, _ ongoing.ArticleID, o ongoing.OrderID) error {
				order, _ := w.owner.Order("40557")
				return w.client.ReportLine(ctx, o, ongoing.LineID(order.Lines[0].ID), number.FromInt(3))
			},
		},
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

// hasID reports whether the answer must hold an id that a fault can remove.
func (o operation) hasID() bool { return o.puts() || o.name == "GET /articles/{articleSystemId}" }

func (o operation) puts() bool { return strings.HasPrefix(o.name, "PUT") }

// needsBody reports whether the operation needs the body of the answer.
func (o operation) needsBody() bool { return o.puts() || !o.writes() }

func (o operation) writes() bool { return !strings.HasPrefix(o.name, "GET") }

func TestEveryFaultOfEveryOperationIsClassified(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		fault     ongoingtest.Fault
		affects   func(operation) bool // nil: every operation; another one succeeds at once
		class     errclass.Class
		repeated  bool // three attempts in all
		uncertain bool // a write may have taken effect
	}{
		{name: "400", fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 400}, class: errclass.Rejected},
		{name: "401", fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 401}, class: errclass.Credentials},
		{name: "403", fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 403}, class: errclass.Credentials},
		{name: "404", fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 404}, class: errclass.Rejected},
		{
			name:      "408",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Status, Status: 408},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:  "409, not documented",
			fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 409},
			class: errclass.Rejected,
		},
		{
			name:     "429 without Retry-After",
			fault:    ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429},
			class:    errclass.Throttled,
			repeated: true,
		},
		{
			name:     "429 for 0 s",
			fault:    ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: "0"},
			class:    errclass.Throttled,
			repeated: true,
		},
		{
			name:  "429 for an hour",
			fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 429, RetryAfter: "3600"},
			class: errclass.Throttled,
		},
		{
			name:      "500 before the effect",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Status, Status: 500},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "500 after the effect",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Status, Status: 500, Effect: true},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "502",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Status, Status: 502, Body: "<html>Bad Gateway</html>"},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "503",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Status, Status: 503},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:  "503 for an hour",
			fault: ongoingtest.Fault{Kind: ongoingtest.Status, Status: 503, RetryAfter: "3600"},
			class: errclass.Throttled,
		},
		{
			name:      "no answer",
			fault:     ongoingtest.Fault{Kind: ongoingtest.TimeoutBefore},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "no answer after the effect",
			fault:     ongoingtest.Fault{Kind: ongoingtest.TimeoutAfter},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "a slow answer",
			fault:     ongoingtest.Fault{Kind: ongoingtest.SlowDrip},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "reset",
			fault:     ongoingtest.Fault{Kind: ongoingtest.ResetBefore},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "reset after the effect",
			fault:     ongoingtest.Fault{Kind: ongoingtest.ResetAfter},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "an answer that breaks off",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Truncated},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "an answer cut by a proxy",
			fault:     ongoingtest.Fault{Kind: ongoingtest.CutJSON},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "an answer that is too long",
			fault:     ongoingtest.Fault{Kind: ongoingtest.Oversized, Size: 17 << 20},
			class:     errclass.Defect,
			uncertain: true,
		},
		{
			name:      "a proxy's page with status 200",
			fault:     ongoingtest.Fault{Kind: ongoingtest.HTML},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "JSON with another content type",
			fault:     ongoingtest.Fault{Kind: ongoingtest.WrongType},
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "no body",
			fault:     ongoingtest.Fault{Kind: ongoingtest.EmptyBody},
			affects:   operation.needsBody,
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:      "no id",
			fault:     ongoingtest.Fault{Kind: ongoingtest.MissingID},
			affects:   operation.hasID,
			class:     errclass.Transient,
			repeated:  true,
			uncertain: true,
		},
		{
			name:  "redirect",
			fault: ongoingtest.Fault{Kind: ongoingtest.Redirect, Body: "/acme/api/v1/orders"},
			class: errclass.Settings,
		},
	}
	slow := []string{"GET /orders/{orderId}", "PUT /orders", "DELETE /orders/{orderId}"}
	for _, tt := range tests {
		if tt.affects == nil {
			tt.affects = func(operation) bool { return true }
		}
		for _, op := range operations() {
			if (takesTime(tt.fault) || tt.fault.Kind == ongoingtest.Oversized) && !slices.Contains(slow, op.name) {
				continue // one operation of each kind is enough for a fault that takes time
			}
			t.Run(tt.name+"/"+strings.ReplaceAll(op.name, "/", "_"), func(t *testing.T) {
				t.Parallel()
				want := 1
				if tt.repeated && tt.affects(op) {
					want = 3
				}
				class := tt.class
				if tt.fault.Kind == ongoingtest.MissingID && !op.writes() {
					class = errclass.Rejected // that record cannot be read
				}
				t.Run("every time", func(t *testing.T) {
					f := tt.fault
					f.Times = -1
					calls, err := perform(t, op, f)
					if op.name == "DELETE /orders/{orderId}" &&
						(f.Kind == ongoingtest.CutJSON || f.Kind == ongoingtest.WrongType) {
						if err != nil || calls != 2 { // the second attempt finds the order cancelled
							t.Fatalf("%d calls, %v", calls, err)
						}
						return
					}
					if !tt.affects(op) {
						if err != nil || calls != 1 {
							t.Fatalf("%d calls, %v", calls, err)
						}
						return
					}
					var got *errclass.Error
					if !errors.As(err, &got) || got.Class != class || calls != want ||
						got.Uncertain != (tt.uncertain && op.writes()) {
						t.Errorf("%d calls, want %d; class %s, want %s; %+v", calls, want, errclass.Of(err), class,
							err)
					}
					if status := tt.fault.Status; status != 0 &&
						!strings.Contains(err.Error(), fmt.Sprintf("(HTTP status %d)", status)) {
						t.Errorf("%v does not name the status", err)
					}
					if errors.Is(err, ongoing.ErrNotFound) != (tt.fault.Status == 404) {
						t.Errorf("ErrNotFound: %v", err)
					}
				})
				t.Run("once", func(t *testing.T) {
					calls, err := perform(t, op, tt.fault)
					if want = min(want, 2); calls != want || (err == nil) != (tt.repeated || !tt.affects(op)) {
						t.Errorf("%d calls, want %d: %v", calls, want, err)
					}
				})
			})
		}
	}
}

func takesTime(f ongoingtest.Fault) bool {
	slow := []ongoingtest.Kind{ongoingtest.TimeoutBefore, ongoingtest.TimeoutAfter, ongoingtest.SlowDrip}
	return slices.Contains(slow, f.Kind)
}

// perform makes a call with a fault in a new world. It returns the number of calls to the service and the outcome.
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

// The page of a proxy says nothing about an id. A wrong address answers lists so, too.
func TestPageWithStatus404IsNotAnUnknownID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.HTML, Status: 404, Times: -1})
	_, err := w.client.Article(t.Context(), 1)
	if !errclass.Is(err, errclass.Transient) || errors.Is(err, ongoing.ErrNotFound) {
		t.Errorf("an article: got %v", err)
	}
	if _, err := w.client.OrderStatuses(t.Context()); !errclass.Is(err, errclass.Rejected) {
		t.Errorf("a list: got %v", err)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	const skew = 5 * time.Minute // the service's clock is ahead
	tests := map[string]struct {
		header  string
		want    time.Time // zero: unknown
		retries int
	}{
		"seconds, longer than the longest pause":  {"120", now.Add(2 * time.Minute), 0},
		"a date of the service's clock":           {date(skew + 2*time.Minute), now.Add(2 * time.Minute), 0},
		"a date that has passed is now":           {date(skew - time.Hour), now, 2},
		"a second, without success afterwards":    {"1", now.Add(time.Second), 2},
		"a word is ignored":                       {"soon", time.Time{}, 2},
		"a negative number is ignored":            {"-5", time.Time{}, 2},
		"a number that no clock holds is an hour": {"99999999999999999999", now.Add(time.Hour), 0},
		"a year is an hour":                       {"31536000", now.Add(time.Hour), 0},
		"an old form of a date": {
			now.Add(skew + time.Hour).Format(time.RFC850),
			now.Add(time.Hour),
			0,
		},
		"fractions of a second are ignored": {"1.5", time.Time{}, 2},
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

func TestPauseBeyondTheDeadlineIsNotStarted(t *testing.T) {
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

func TestCancelledWriteIsTransientAndUncertain(t *testing.T) {
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
	for len(w.owner.Articles()) == 0 { // until the write has taken effect
		time.Sleep(time.Millisecond)
	}
	cancel()
	var got *errclass.Error
	if err := <-done; !errors.As(err, &got) || got.Class != errclass.Transient || !got.Uncertain ||
		!errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", err)
	}
	if _, err := w.client.Article(ctx, 1); !errors.Is(err, context.Canceled) || !errclass.Is(err, errclass.Transient) {
		t.Errorf("a call with a cancelled context: %v", err)
	}
}

func TestWriteStaysUncertainAfterARepetition(t *testing.T) {
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

func TestTooManyConsecutiveFailuresAreThrottled(t *testing.T) {
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
		t.Errorf("another operation, which has a count of its own: %v", err)
	}
}

func TestObserveIsToldOfEveryAttempt(t *testing.T) {
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
