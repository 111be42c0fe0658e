package state_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A rewrite reads a record and stores it again with another content, as a run does.
type rewrite struct {
	record string
	do     func(context.Context, *world) error
}

var live77 = state.Binding{Office24ClientID: 1, OngoingBaseURL: acmeURL, GoodsOwnerID: 77}

func rewrites() map[string]rewrite {
	return map[string]rewrite{
		"article": {"article#17", func(ctx context.Context, w *world) error {
			found, err := w.acme.Articles(ctx, []int{17})
			if err != nil {
				return err
			}
			l := found[17]
			l.Fingerprint = "other"
			return w.acme.PutArticle(ctx, &l)
		}},
		"article of a list": {"article#17", func(ctx context.Context, w *world) error {
			for l, err := range w.acme.EachArticle(ctx) {
				if err != nil {
					return err
				}
				// As a process does that keeps only a part of it.
				part := state.ArticleLink{ProductID: l.ProductID, ArticleNumber: "K-17", Version: l.Version}
				if err := w.acme.PutArticle(ctx, &part); err != nil {
					return err
				}
			}
			return nil
		}},
		"order": {"order#40557", func(ctx context.Context, w *world) error {
			found, err := w.acme.Orders(ctx, []int{40557})
			if err != nil {
				return err
			}
			l := found[40557]
			l.RestOrder.OrderID = 40560
			return w.acme.PutOrder(ctx, &l)
		}},
		"supplier": {"supplier#9", func(ctx context.Context, w *world) error {
			found, err := w.acme.Suppliers(ctx, []int{9})
			if err != nil {
				return err
			}
			l := found[9]
			l.Waiting = true
			return w.acme.PutSupplier(ctx, &l)
		}},
		"failure": {"failure#stock#7", func(ctx context.Context, w *world) error {
			all, err := w.acme.Failures(ctx, naming.Stock)
			if err != nil {
				return err
			}
			f := all[0].WithAttempt(noon, errclass.Held, "wait", "")
			return w.acme.PutFailure(ctx, &f)
		}},
		"cursor": {"cursor#stock", func(ctx context.Context, w *world) error {
			c, err := w.acme.Cursor(ctx, naming.Stock)
			if err != nil {
				return err
			}
			return w.acme.MoveCursor(ctx, naming.Stock, c, state.Cursor{Since: noon.Add(time.Hour)})
		}},
		"mark": {"lease#stock", func(ctx context.Context, w *world) error {
			l, err := w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Hour), true)
			if err != nil {
				return err
			}
			return l.Release(ctx, state.Outcome{Succeeded: true, Outcome: "ok"})
		}},
		"mark of a quiet run": {"lease#stock", func(ctx context.Context, w *world) error {
			marks, err := w.store.Marks(ctx, naming.Stock, []string{"acme"})
			if err != nil {
				return err
			}
			m := marks["acme"]
			m.Quiet = &state.Usage{}
			l, err := w.acme.Start(ctx, m, "run")
			if err != nil {
				return err
			}
			return l.Release(ctx, state.Outcome{Outcome: "failed"})
		}},
		"picks": {"picks", func(ctx context.Context, w *world) error {
			picks, err := w.acme.Picks(ctx)
			if err != nil {
				return err
			}
			picks.LookedAt = noon.Add(time.Hour)
			return w.acme.PutPicks(ctx, picks)
		}},
		"index of open orders": {"open#" + live77.String() + "#", func(ctx context.Context, w *world) error {
			if _, err := w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Hour), true); err != nil {
				return err
			}
			for _, err := range w.acme.OpenOrders(ctx, true) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		"month": {"usage#2026-11", func(ctx context.Context, w *world) error {
			l, err := w.acme.Acquire(ctx, naming.Stock, "run", noon.Add(time.Hour), true)
			if err != nil {
				return err
			}
			_, err = l.AddUsage(ctx, state.Usage{Calls: 200, Bytes: 1})
			return err
		}},
	}
}

// older are the records as an older version left them, which knew less: only what a record cannot do without.
func older() map[string]map[string]any {
	at := "2026-11-02T11:00:00.000Z"
	return map[string]map[string]any{
		"article#17":      {"productId": 17, "version": 1},
		"order#40557":     {"orderId": 40557, "restOrder": map[string]any{"mark": "rest of 40557"}, "version": 1},
		"supplier#9":      {"companyId": 9, "version": 1},
		"failure#stock#7": {"process": "stock", "key": "7", "version": 1},
		"cursor#stock":    {"since": at},
		"lease#stock":     {"startedAt": at, "succeededAt": at, "runId": "earlier"},
		"usage#2026-11":   {"calls": 5, "bytes": 5},
		"picks":           {"lookedAt": at},

		"open#" + live77.String() + "#": {"first": 40},
	}
}

// The newer version has added an attribute to each record, and one to the map of an order.
func TestRecordsOfNewerVersionKeepWhatThisOneDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, r := range rewrites() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynamodbtest.Embedded(t))
			must(t, w.acme.Bind(t.Context(), live77))
			attributes := older()[r.record]
			added := map[string]any{"list": []any{"a", map[string]any{"b": 1.0}}, "flag": true}
			attributes["fromNewer"] = added
			if rest, ok := attributes["restOrder"].(map[string]any); ok {
				rest["fromNewer"] = "kept"
			}
			w.put(t, "acme", r.record, attributes)
			before := w.stored(t, r.record)
			for range 2 { // the second time it reads what it has written
				must(t, r.do(t.Context(), w))
			}
			after := w.stored(t, r.record)
			if diff := cmp.Diff(any(added), after["fromNewer"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if rest, ok := after["restOrder"].(map[string]any); ok && rest["fromNewer"] != "kept" {
				t.Errorf("the rest order is %v", rest)
			}
			if cmp.Equal(before, after) {
				t.Error("the record was not written")
			}
		})
	}
}

// The other direction: what an older version, or a person, has left without the attributes of this one is read and
// written as ever.
func TestRecordsOfOlderVersionAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for name, r := range rewrites() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynamodbtest.Embedded(t))
			must(t, w.acme.Bind(t.Context(), live77))
			w.put(t, "acme", r.record, older()[r.record])
			before := w.stored(t, r.record)
			must(t, r.do(t.Context(), w))
			if cmp.Equal(before, w.stored(t, r.record)) {
				t.Error("the record was not written")
			}
		})
	}
}

// A newer version that an older one could do harm to gives the record a format.
func TestRecordInNewerFormatIsRefusedWithReason(t *testing.T) {
	t.Parallel()
	all := rewrites()
	delete(all, "mark of a quiet run") // a mark that cannot be read counts as none, and its customer as not quiet
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynamodbtest.Embedded(t))
			must(t, w.acme.Bind(t.Context(), live77))
			attributes := maps.Clone(older()[r.record])
			attributes["format"] = 2
			w.put(t, "acme", r.record, attributes)
			before := w.stored(t, r.record)
			err := r.do(t.Context(), w)
			if !errclass.Is(err, errclass.Defect) || !strings.Contains(err.Error(), r.record) ||
				!strings.Contains(err.Error(), "newer version") {
				t.Errorf("got %v", err)
			}
			if strings.HasPrefix(r.record, "lease#") || strings.HasPrefix(r.record, "usage#") {
				return // these are read by the update itself
			}
			if diff := cmp.Diff(before, w.stored(t, r.record)); diff != "" {
				t.Errorf("written all the same (-before +after):\n%s", diff)
			}
		})
	}
}

// Links of another binding keep theirs, too.
func TestLinkPutAsideKeepsWhatThisVersionDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	must(t, w.acme.Bind(t.Context(), live77))
	w.put(t, "acme", "article#17", map[string]any{
		"productId": 17, "version": 1, "binding": live77.String(), "fromNewer": "theirs",
	})
	w.remove(t, "acme", "binding")
	moved := w.store.Partition("acme")
	must(t, moved.Load(t.Context(), naming.Articles, acmeURL, 78))
	there := state.Binding{Office24ClientID: 1, OngoingBaseURL: acmeURL, GoodsOwnerID: 78}
	must(t, moved.Bind(t.Context(), there))
	found, err := moved.Articles(t.Context(), []int{17})
	must(t, err)
	l := found[17]
	must(t, moved.PutArticle(t.Context(), &l))
	if got := w.stored(t, "article#17")["fromNewer"]; got != nil {
		t.Errorf("the new link has %v of the former one", got)
	}
	if got := w.stored(t, "former#"+live77.String()+"#article#17")["fromNewer"]; got != "theirs" {
		t.Errorf("the former link has %v", got)
	}
}

func TestQuietStart(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		first, err := w.acme.Acquire(ctx, naming.Stock, "first", noon.Add(14*time.Minute), true)
		must(t, err)
		_, err = first.AddUsage(ctx, state.Usage{Calls: 3, Bytes: 3000, ThisHour: 3})
		must(t, err)
		must(t, first.Release(ctx, state.Outcome{Succeeded: true, Outcome: "ok", Quiet: true, Inputs: "same"}))

		start := func(holder string) (*state.Partition, *state.Lease, error) {
			marks, err := w.store.Marks(ctx, naming.Stock, []string{"acme"})
			must(t, err)
			p := w.store.Partition("acme")
			l, err := p.Start(ctx, marks["acme"], holder)
			return p, l, err
		}
		quietly := state.Outcome{Succeeded: true, Outcome: "ok", Quiet: true, Inputs: "same"}
		w.now = noon.Add(15 * time.Minute)
		p, l, err := start("second")
		must(t, err)
		if err := p.CheckLease(ctx); err == nil {
			t.Error("a run that has only started may write")
		}
		_, err = l.AddUsage(ctx, state.Usage{Calls: 3, Bytes: 3100, ThisHour: 3})
		must(t, err)
		in := w.stored(t, "lease#stock")
		must(t, l.Release(ctx, quietly))
		if diff := cmp.Diff(in, w.stored(t, "lease#stock")); diff != "" {
			t.Errorf("the end of a quiet run has written (-before +after):\n%s", diff)
		}
		if pending := in["pending"].(map[string]any); pending["calls"] != 6.0 || in["holder"] != nil {
			t.Errorf("the mark is %v", in)
		}

		w.now = noon.Add(30 * time.Minute)
		p, l, err = start("third")
		must(t, err)
		must(t, l.Claim(ctx, w.now.Add(14*time.Minute)))
		must(t, p.CheckLease(ctx))
		if _, err := w.acme.Acquire(ctx, naming.Stock, "by hand", w.now.Add(time.Hour), false); err == nil {
			t.Error("another run has got the lease")
		}
		_, _, err = start("tick")
		wantConflict(t, err, state.ErrBusy)
		_, err = l.AddUsage(ctx, state.Usage{Calls: 7, Bytes: 100, ThisHour: 7})
		must(t, err)
		must(t, l.Release(ctx, state.Outcome{Succeeded: true, Outcome: "partial"}))
		after := w.stored(t, "lease#stock")
		if pending := after["pending"].(map[string]any); pending["calls"] != 13.0 || after["quiet"] != nil {
			t.Errorf("the mark is %v", after)
		}
		if after["holder"] != nil || after["until"] != nil || after["hour"].(map[string]any)["calls"] != 13.0 {
			t.Errorf("the mark is %v", after)
		}
	})
}

// A mark with all its attributes costs one unit to write.
func TestMarkFitsOneWriteUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	id := strings.Repeat("a", 40)
	p := w.store.Partition(id)
	must(t, p.Load(t.Context(), naming.SalesOrders, acmeURL, 77))
	must(t, p.Bind(t.Context(), live77))
	l, err := p.Acquire(t.Context(), naming.SalesOrders, strings.Repeat("R", 26), noon.Add(time.Hour), true)
	must(t, err)
	must(t, p.SetSession(t.Context(), strings.Repeat("k", 64), strings.Repeat("s", 200)))
	_, err = l.AddUsage(t.Context(), state.Usage{Calls: 7000, Bytes: 20_000_000_000})
	must(t, err)
	_, err = l.AddUsage(t.Context(), state.Usage{Calls: 99, Bytes: 20_000_000_000})
	must(t, err)
	must(t, l.Release(t.Context(), state.Outcome{
		Succeeded: true, Outcome: "partial", Quiet: true, Inputs: strings.Repeat("i", 32), InputsAt: noon,
		Unfinished: true,
	}))
	before := w.db.Server.Consumed(w.db.State).WriteUnits
	out, err := w.db.Client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &w.db.State, ConsistentRead: aws.Bool(true), Key: mapKey(t, id, "lease#salesorders"),
	})
	must(t, err)
	_, err = w.db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &w.db.State, Item: out.Item})
	must(t, err)
	if units := w.db.Server.Consumed(w.db.State).WriteUnits - before; units != 1 {
		t.Errorf("%g units: %v", units, w.of(t, id, "lease#salesorders"))
	}
}

func mapKey(t *testing.T, customer, record string) map[string]types.AttributeValue {
	t.Helper()
	key, err := attributevalue.MarshalMap(map[string]any{"customerId": customer, "record": record})
	must(t, err)
	return key
}
