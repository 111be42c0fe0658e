package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// fullOrder returns a link in which every field is set.
func fullOrder() state.OrderLink {
	return state.OrderLink{
		OrderID: 40557, OrderNumber: "W-40557", OngoingID: 9001, Fingerprint: "f1",
		DeliveryDate: "2026-11-25", Status: "Sent", ImportedAt: noon, SentAt: noon,
		StatusSetAt: noon.Add(1 * time.Hour), CancelledAt: noon.Add(2 * time.Hour),
		ShippedAt: noon.Add(3 * time.Hour), MissingSince: noon.Add(4 * time.Hour),
		Booked: map[string]string{"501": "2", "502": "0.085"},
		RestOrder: &state.RestOrder{
			Mark: "Remainder of order 40557", IntendedAt: noon.Add(5 * time.Hour), OrderID: 40602,
			Lines: []state.RestLine{
				{RowID: 1, Delivered: "2", Remaining: "1"},
				{RowID: 2, Delivered: "0", Remaining: "3.5"},
			},
		},
		Waybills: []string{"370000000000000001", "370000000000000002"},
	}
}

// TestLinksAreReadByIDAndAllTogether also reads no link of another customer or kind.
func TestLinksAreReadByIDAndAllTogether(t *testing.T) {
	t.Parallel()
	ignoreVersion := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Version" }, cmp.Ignore())
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		acme, other := w.acme, w.store.Partition("acme-2")
		ctx := t.Context()
		articles := map[int]state.ArticleLink{
			7: {
				ProductID: 7, ArticleNumber: "K-7", ArticleID: 70, Fingerprint: "a",
				SupplierID: 12, SupplierFingerprint: "s",
			},
			71: {ProductID: 71},
		}
		orders := map[int]state.OrderLink{40557: fullOrder(), 7: {OrderID: 7}}
		suppliers := map[int]state.SupplierLink{
			12: {CompanyID: 12, Fingerprint: "f", ArticleProductID: 7},
			7:  {CompanyID: 7, Waiting: true},
		}
		for _, l := range articles {
			must(t, acme.PutArticle(ctx, &l))
		}
		for _, l := range orders {
			must(t, acme.PutOrder(ctx, &l))
		}
		for _, l := range suppliers {
			must(t, acme.PutSupplier(ctx, &l))
		}
		must(t, other.PutArticle(ctx, &state.ArticleLink{ProductID: 7, ArticleNumber: "not acme's"}))

		gotArticles, err := acme.Articles(ctx, []int{71, 7, 99, 7})
		must(t, err)
		gotOrders, err := acme.Orders(ctx, []int{40557, 7, 99})
		must(t, err)
		gotSuppliers, err := acme.Suppliers(ctx, []int{12, 7, 99})
		must(t, err)
		for _, diff := range []string{
			cmp.Diff(articles, gotArticles, ignoreVersion), cmp.Diff(orders, gotOrders, ignoreVersion),
			cmp.Diff(suppliers, gotSuppliers, ignoreVersion),
		} {
			if diff != "" {
				t.Errorf("by id (-want +got):\n%s", diff)
			}
		}

		eachArticle, eachOrder := map[int]state.ArticleLink{}, map[int]state.OrderLink{}
		eachSupplier := map[int]state.SupplierLink{}
		for l, err := range acme.EachArticle(ctx) {
			must(t, err)
			eachArticle[l.ProductID] = l
		}
		for l, err := range acme.EachOrder(ctx) {
			must(t, err)
			eachOrder[l.OrderID] = l
		}
		for l, err := range acme.EachSupplier(ctx) {
			must(t, err)
			eachSupplier[l.CompanyID] = l
		}
		for _, diff := range []string{
			cmp.Diff(gotArticles, eachArticle), cmp.Diff(gotOrders, eachOrder), cmp.Diff(gotSuppliers, eachSupplier),
		} {
			if diff != "" {
				t.Errorf("all together (-by id +each):\n%s", diff)
			}
		}
		if none, err := acme.Articles(ctx, nil); err != nil || len(none) > 0 {
			t.Errorf("no ids: %v, %v", none, err)
		}
	})
}

func TestStoredLinkIsReadableAndHasNoEmptyAttributes(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		l := fullOrder()
		must(t, w.acme.PutOrder(t.Context(), &l))
		want := map[string]any{
			"customerId": "acme", "record": "order#40557",
			"orderId": 40557.0, "orderNumber": "W-40557", "ongoingId": 9001.0,
			"fingerprint": "f1", "deliveryDate": "2026-11-25", "status": "Sent",
			"importedAt": "2026-11-02T12:00:00.000Z", "sentAt": "2026-11-02T12:00:00.000Z",
			"statusSetAt": "2026-11-02T13:00:00.000Z", "cancelledAt": "2026-11-02T14:00:00.000Z",
			"shippedAt": "2026-11-02T15:00:00.000Z", "missingSince": "2026-11-02T16:00:00.000Z",
			"booked": map[string]any{"501": "2", "502": "0.085"},
			"restOrder": map[string]any{
				"mark": "Remainder of order 40557", "intendedAt": "2026-11-02T17:00:00.000Z", "orderId": 40602.0,
				"lines": []any{
					map[string]any{"rowId": 1.0, "delivered": "2", "remaining": "1"},
					map[string]any{"rowId": 2.0, "delivered": "0", "remaining": "3.5"},
				},
			},
			"waybills": []any{"370000000000000001", "370000000000000002"}, "version": float64(l.Version),
		}
		if diff := cmp.Diff(want, w.stored(t, "order#40557")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		bare := state.OrderLink{OrderID: 1}
		must(t, w.acme.PutOrder(t.Context(), &bare))
		want = map[string]any{
			"customerId": "acme", "record": "order#1", "orderId": 1.0, "version": float64(bare.Version),
		}
		if diff := cmp.Diff(want, w.stored(t, "order#1")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestEachCanStopEarlyAndEndsAfterAnError(t *testing.T) {
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
			t.Errorf("stopped after two links (-want +got):\n%s", diff)
		}
		clear(seen)
		var failed error
		for l, err := range w.acme.EachArticle(t.Context()) {
			if failed != nil {
				t.Fatal("a link was yielded after an error")
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
