package state_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// fullOrder has something in every field.
func fullOrder() state.OrderLink {
	return state.OrderLink{
		OrderID: 40557, OrderNumber: "W-40557", OngoingID: 9001, Fingerprint: "f1", DeliveryDate: "2026-11-25", Status: "Sent",
		ImportedAt: noon, StatusSetAt: noon.Add(1 * time.Hour), CancelledAt: noon.Add(2 * time.Hour),
		ShippedAt: noon.Add(3 * time.Hour), MissingSince: noon.Add(4 * time.Hour),
		Booked: map[string]string{"501": "2", "502": "0.085"},
		RestOrder: &state.RestOrder{Mark: "Remainder of order 40557", IntendedAt: noon.Add(5 * time.Hour), OrderID: 40602,
			Lines: []state.RestLine{{RowID: 1, Delivered: "2", Remaining: "1"}, {RowID: 2, Delivered: "0", Remaining: "3.5"}}},
		Waybills: []string{"370000000000000001", "370000000000000002"},
	}
}

// TestLinks: what is stored comes back, by its id and in the whole, and no other customer's or kind's with it.
func TestLinks(t *testing.T) {
	t.Parallel()
	ignoreVersion := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Version" }, cmp.Ignore())
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		acme, other := w.acme, w.store.Partition("acme-2")
		articles := map[int]state.ArticleLink{
			7:  {ProductID: 7, ArticleNumber: "K-7", ArticleID: 70, Fingerprint: "a", SupplierID: 12, SupplierFingerprint: "s"},
			71: {ProductID: 71},
		}
		orders := map[int]state.OrderLink{40557: fullOrder(), 7: {OrderID: 7}}
		suppliers := map[int]state.SupplierLink{12: {CompanyID: 12, Fingerprint: "f", ArticleProductID: 7}, 7: {CompanyID: 7, Waiting: true}}
		for _, l := range articles {
			must(t, acme.PutArticle(t.Context(), &l))
		}
		for _, l := range orders {
			must(t, acme.PutOrder(t.Context(), &l))
		}
		for _, l := range suppliers {
			must(t, acme.PutSupplier(t.Context(), &l))
		}
		must(t, other.PutArticle(t.Context(), &state.ArticleLink{ProductID: 7, ArticleNumber: "not acme's"}))

		gotArticles, err := acme.Articles(t.Context(), []int{71, 7, 99, 7})
		must(t, err)
		gotOrders, err := acme.Orders(t.Context(), []int{40557, 7, 99})
		must(t, err)
		gotSuppliers, err := acme.Suppliers(t.Context(), []int{12, 7, 99})
		must(t, err)
		for _, diff := range []string{
			cmp.Diff(articles, gotArticles, ignoreVersion), cmp.Diff(orders, gotOrders, ignoreVersion),
			cmp.Diff(suppliers, gotSuppliers, ignoreVersion),
		} {
			if diff != "" {
				t.Errorf("by id (-want +got):\n%s", diff)
			}
		}

		eachArticle, eachOrder, eachSupplier := map[int]state.ArticleLink{}, map[int]state.OrderLink{}, map[int]state.SupplierLink{}
		for l, err := range acme.EachArticle(t.Context()) {
			must(t, err)
			eachArticle[l.ProductID] = l
		}
		for l, err := range acme.EachOrder(t.Context()) {
			must(t, err)
			eachOrder[l.OrderID] = l
		}
		for l, err := range acme.EachSupplier(t.Context()) {
			must(t, err)
			eachSupplier[l.CompanyID] = l
		}
		for _, diff := range []string{
			cmp.Diff(gotArticles, eachArticle), cmp.Diff(gotOrders, eachOrder), cmp.Diff(gotSuppliers, eachSupplier),
		} {
			if diff != "" {
				t.Errorf("in the whole (-by id +each):\n%s", diff)
			}
		}
		if none, err := acme.Articles(t.Context(), nil); err != nil || len(none) > 0 {
			t.Errorf("no ids: %v, %v", none, err)
		}
	})
}

// TestLinkStored: people read it, and what is empty is not there.
func TestLinkStored(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		l := fullOrder()
		must(t, w.acme.PutOrder(t.Context(), &l))
		want := map[string]any{
			"customerId": "acme", "record": "order#40557", "orderId": 40557.0, "orderNumber": "W-40557", "ongoingId": 9001.0,
			"fingerprint": "f1", "deliveryDate": "2026-11-25", "status": "Sent", "importedAt": "2026-11-02T12:00:00.000Z",
			"statusSetAt": "2026-11-02T13:00:00.000Z", "cancelledAt": "2026-11-02T14:00:00.000Z",
			"shippedAt": "2026-11-02T15:00:00.000Z", "missingSince": "2026-11-02T16:00:00.000Z",
			"booked": map[string]any{"501": "2", "502": "0.085"},
			"restOrder": map[string]any{"mark": "Remainder of order 40557", "intendedAt": "2026-11-02T17:00:00.000Z", "orderId": 40602.0,
				"lines": []any{map[string]any{"rowId": 1.0, "delivered": "2", "remaining": "1"}, map[string]any{"rowId": 2.0, "delivered": "0", "remaining": "3.5"}}},
			"waybills": []any{"370000000000000001", "370000000000000002"}, "version": float64(l.Version),
		}
		if diff := cmp.Diff(want, w.stored(t, "order#40557")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		bare := state.OrderLink{OrderID: 1}
		must(t, w.acme.PutOrder(t.Context(), &bare))
		want = map[string]any{"customerId": "acme", "record": "order#1", "orderId": 1.0, "version": float64(bare.Version)}
		if diff := cmp.Diff(want, w.stored(t, "order#1")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A versioned record of any kind: what the rule of versions has to hold for.
type versioned struct {
	record string
	// fresh returns put and del for a record that was not read yet; put writes content.
	fresh func(c *state.Partition) (put func(ctx context.Context, content string) error, del func(ctx context.Context) error)
	// content is the attribute that put fills.
	content string
}

func kinds() map[string]versioned {
	return map[string]versioned{
		"article": {"article#7", func(c *state.Partition) (func(context.Context, string) error, func(context.Context) error) {
			l := state.ArticleLink{ProductID: 7}
			return func(ctx context.Context, s string) error { l.Fingerprint = s; return c.PutArticle(ctx, &l) },
				func(ctx context.Context) error { return c.DeleteArticle(ctx, l) }
		}, "fingerprint"},
		"order": {"order#7", func(c *state.Partition) (func(context.Context, string) error, func(context.Context) error) {
			l := state.OrderLink{OrderID: 7}
			return func(ctx context.Context, s string) error { l.Fingerprint = s; return c.PutOrder(ctx, &l) }, nil
		}, "fingerprint"},
		"supplier": {"supplier#7", func(c *state.Partition) (func(context.Context, string) error, func(context.Context) error) {
			l := state.SupplierLink{CompanyID: 7}
			return func(ctx context.Context, s string) error { l.Fingerprint = s; return c.PutSupplier(ctx, &l) }, nil
		}, "fingerprint"},
		"failure": {"failure#stock#7", func(c *state.Partition) (func(context.Context, string) error, func(context.Context) error) {
			f := state.Failure{Process: "stock", Key: "7"}
			return func(ctx context.Context, s string) error { f.Message = s; return c.PutFailure(ctx, &f) },
				func(ctx context.Context) error { return c.DeleteFailure(ctx, f) }
		}, "message"},
	}
}

// TestVersions: a run that was frozen, lost its lease and wakes up with a write in hand does not undo what the next run
// has done; and a run does not stand in its own way.
func TestVersions(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for name, kind := range kinds() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ctx := t.Context()
				w := newWorld(t, db)
				want := func(why string, content any) {
					t.Helper()
					if got := w.stored(t, kind.record)[kind.content]; got != content {
						t.Fatalf("%s: stored is %v, want %v", why, got, content)
					}
				}
				early, earlyDelete := kind.fresh(w.acme)
				second, secondDelete := kind.fresh(w.acme)

				must(t, second(ctx, "created"))
				for range 2 { // failing teaches it nothing of what is stored
					wantConflict(t, early(ctx, "late creation"), state.ErrChanged)
				}
				want("there was none when it looked", "created")
				must(t, second(ctx, "again"))
				must(t, second(ctx, "and again"))
				want("the writer's own version goes along", "and again")
				wantConflict(t, early(ctx, "late"), state.ErrChanged)
				want("there is more than it knows of", "and again")

				if secondDelete == nil {
					return
				}
				wantConflict(t, earlyDelete(ctx), state.ErrChanged)
				want("a late removal", "and again")
				must(t, secondDelete(ctx))
				must(t, secondDelete(ctx)) // gone already: no error
				wantConflict(t, second(ctx, "late change"), state.ErrChanged)
				want("it was removed since", nil)

				// Made, removed and made again, it is another record for those who know the first one.
				w.now = w.now.Add(time.Second)
				third, _ := kind.fresh(w.acme)
				for range 3 { // as often as the first one
					must(t, third(ctx, "made again"))
				}
				wantConflict(t, second(ctx, "late change"), state.ErrChanged)
				wantConflict(t, secondDelete(ctx), state.ErrChanged)
				want("another record of the same name", "made again")
			})
		}
	})
}

// TestEachEnds: a reader may stop early, and an error is the last thing it sees.
func TestEachEnds(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		for id := range 5 {
			w.put(t, "acme", fmt.Sprint("article#", id), map[string]any{"productId": id})
		}
		w.put(t, "acme", "article#5", map[string]any{"productId": []string{"a list"}})
		w.put(t, "acme", "article#6", map[string]any{"productId": 6})
		seen := map[int]bool{}
		for l, err := range w.acme.EachArticle(t.Context()) {
			must(t, err)
			seen[l.ProductID] = true
			if len(seen) == 2 {
				break
			}
		}
		if diff := cmp.Diff(map[int]bool{0: true, 1: true}, seen); diff != "" {
			t.Errorf("stopped after two (-want +got):\n%s", diff)
		}
		clear(seen)
		var failed error
		for l, err := range w.acme.EachArticle(t.Context()) {
			if failed != nil {
				t.Fatal("something comes after an error")
			}
			if failed = err; err == nil {
				seen[l.ProductID] = true
			}
		}
		if failed == nil || len(seen) != 5 {
			t.Errorf("%d links, then %v", len(seen), failed)
		}
	})
}
