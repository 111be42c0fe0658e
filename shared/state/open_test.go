package state_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// bound returns a customer that is bound and has a lease.
func bound(t *testing.T, w *world, client int64) *state.Partition {
	t.Helper()
	p := w.store.Partition("acme")
	p.Under(state.Binding{Office24ClientID: client, OngoingBaseURL: "https://wms/api/v1/", GoodsOwnerID: 7})
	_, err := p.Acquire(t.Context(), naming.SalesOrders, fmt.Sprint("run", client), w.now.Add(60e9), false)
	must(t, err)
	return p
}

func openOrders(t *testing.T, p *state.Partition, all bool) (ids []int) {
	t.Helper()
	for l, err := range p.OpenOrders(t.Context(), all) {
		must(t, err)
		ids = append(ids, l.OrderID)
	}
	slices.Sort(ids)
	return ids
}

func order(id, ongoingID int) *state.OrderLink {
	return &state.OrderLink{OrderID: id, OrderNumber: fmt.Sprint(id), OngoingID: ongoingID}
}

func TestOpenSinceReadsTheOldOrdersOnly(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		p := bound(t, w, 5)
		imported := func(id int) *state.OrderLink {
			l := order(id, 900+id)
			l.ImportedAt = w.now
			must(t, p.PutOrder(ctx, l))
			return l
		}
		imported(1)
		shipped := imported(2)
		w.now = w.now.Add(time.Hour)
		imported(3)
		shipped.ShippedAt = w.now
		must(t, p.PutOrder(ctx, shipped)) // a crash before CloseOrder leaves it in the index
		for since, want := range map[time.Duration][]int{-61 * time.Minute: nil, -time.Hour: {1}, 0: {1, 3}} {
			open, err := p.OpenSince(ctx, w.now.Add(since))
			must(t, err)
			var ids []int
			for _, l := range open {
				ids = append(ids, l.OrderID)
			}
			slices.Sort(ids)
			if diff := cmp.Diff(want, ids); diff != "" {
				t.Errorf("open since %v: -want +got\n%s", since, diff)
			}
		}
		if open, err := w.store.Partition("acme").OpenSince(ctx, w.now); err != nil || open != nil {
			t.Errorf("without a binding: %v, %v", open, err)
		}
	})
}

func TestIndexHasTheOpenOrders(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		older, closed := order(1, 901), order(2, 902)
		closed.CancelledAt = noon
		for _, l := range []*state.OrderLink{older, closed} {
			must(t, w.acme.PutOrder(ctx, l)) // by a version without an index
		}
		p := bound(t, w, 5)
		want := func(what string, want ...int) {
			t.Helper()
			if diff := cmp.Diff(want, openOrders(t, p, false)); diff != "" {
				t.Errorf("%s: -want +got\n%s", what, diff)
			}
		}
		want("at first", 1)
		sent, unsent := order(3, 0), &state.OrderLink{OrderID: 4, RestOf: 3}
		for i, err := range p.PutOrders(ctx, []*state.OrderLink{sent, unsent}) {
			if err != nil {
				t.Fatal(i, err)
			}
		}
		want("after one was sent", 1, 3)
		sent.ShippedAt = noon
		sent.RestOrder = &state.RestOrder{Lines: []state.RestLine{{RowID: 1, Delivered: "8", Remaining: "2"}}}
		must(t, p.PutOrder(ctx, sent))
		must(t, p.CloseOrder(ctx, *sent))
		want("while a rest order is due", 1, 3)
		sent.RestOrder.OrderID = 4
		must(t, p.PutOrder(ctx, sent))
		want("before it is closed", 1, 3)
		must(t, p.CloseOrder(ctx, *sent))
		want("after it was closed", 1)
		links, err := p.Orders(ctx, []int{2})
		must(t, err)
		again := links[2]
		again.CancelledAt = again.ShippedAt
		must(t, p.PutOrder(ctx, &again))
		want("after one was opened again", 1, 2)

		first, err := p.FirstClosed(ctx)
		if must(t, err); first != 901 {
			t.Errorf("the first order is %d", first)
		}
		low := order(5, 17)
		must(t, p.PutOrder(ctx, low))
		low.CancelledAt = noon
		must(t, p.PutOrder(ctx, low))
		must(t, p.CloseOrder(ctx, *low))
		if first, err = w.store.Partition("acme").FirstClosed(ctx); err != nil || first != 0 {
			t.Errorf("without a binding: %d, %v", first, err)
		}
		fresh := bound(t, worldAt(w, db), 5)
		if first, err = fresh.FirstClosed(ctx); err != nil || first != 17 {
			t.Errorf("after an order with a lower id was closed: %d, %v", first, err)
		}
	})
}

// worldAt returns a world with the same table, an hour later.
func worldAt(w *world, db *dynamodbtest.DB) *world {
	later := *w
	later.now = w.now.Add(3600e9)
	later.store = state.New(db.Client, w.db.State, func() time.Time { return later.now })
	return &later
}

// Each binding has an index of its own.
func TestOpenOrdersOfAnotherBindingAreUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	before := bound(t, w, 5)
	must(t, before.PutOrder(t.Context(), order(1, 901)))
	openOrders(t, before, false)
	w.now = w.now.Add(3600e9)
	after := bound(t, w, 6)
	if ids := openOrders(t, after, false); len(ids) != 0 {
		t.Errorf("orders of the former binding: %v", ids)
	}
	links, err := after.Orders(t.Context(), []int{1})
	must(t, err)
	l := links[1]
	l.OrderNumber = "1"
	must(t, after.PutOrder(t.Context(), &l))
	if ids := openOrders(t, after, false); !slices.Equal(ids, []int{1}) {
		t.Errorf("orders of the binding: %v", ids)
	}
	w.now = w.now.Add(3600e9)
	if ids := openOrders(t, bound(t, w, 5), false); !slices.Equal(ids, []int{1}) {
		t.Errorf("after moving back: %v", ids)
	}
}

// A full run finds the orders that a version without the index has sent in between.
func TestFullRunCompletesTheIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	p := bound(t, w, 5)
	openOrders(t, p, false)
	must(t, w.acme.PutOrder(context.Background(), order(1, 901)))
	if ids := openOrders(t, p, false); len(ids) != 0 {
		t.Errorf("before: %v", ids)
	}
	if ids := openOrders(t, p, true); !slices.Equal(ids, []int{1}) {
		t.Errorf("in a full run: %v", ids)
	}
	if ids := openOrders(t, p, false); !slices.Equal(ids, []int{1}) {
		t.Errorf("afterwards: %v", ids)
	}
}

func TestIndexIsMadeUnderALeaseOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	must(t, w.acme.PutOrder(t.Context(), order(1, 901)))
	p := w.store.Partition("acme")
	p.Under(state.Binding{Office24ClientID: 5, OngoingBaseURL: "https://wms/api/v1/", GoodsOwnerID: 7})
	if ids := openOrders(t, p, false); !slices.Equal(ids, []int{1}) {
		t.Errorf("got %v", ids)
	}
	for _, write := range w.db.Server.Writes() {
		if strings.Contains(write.Key, "open#") {
			t.Errorf("without a lease: %s", write)
		}
	}
	some, err := p.SomeOrders(t.Context(), 5)
	if err != nil || !slices.Equal(some, []int{1}) {
		t.Errorf("some orders: %v, %v", some, err)
	}
}

// One process closes an order while another one, which has read the link in between, opens it again.
func TestOrderThatIsOpenedAgainStaysInTheIndex(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		one, other := bound(t, w, 5), w.store.Partition("acme")
		here := state.Binding{Office24ClientID: 5, OngoingBaseURL: "https://wms/api/v1/", GoodsOwnerID: 7}
		other.Under(here)
		openOrders(t, one, false) // makes the index
		closed := state.OrderLink{OrderID: 9, OrderNumber: "9", OngoingID: 90}
		must(t, one.PutOrder(ctx, &closed))
		closed.DeliveredAt = w.now
		must(t, one.PutOrder(ctx, &closed))
		links, err := other.Orders(ctx, []int{9})
		must(t, err)
		again := links[9]
		again.DeliveredAt = time.Time{}
		must(t, other.PutOrder(ctx, &again))
		must(t, one.CloseOrder(ctx, closed))
		if got := openOrders(t, other, false); !slices.Equal(got, []int{9}) {
			t.Errorf("open orders are %v", got)
		}
		again.DeliveredAt = w.now
		must(t, other.PutOrder(ctx, &again))
		must(t, other.CloseOrder(ctx, again))
		if len(w.stored(t, "open#"+here.String()+"#9")) != 0 {
			t.Error("the closed order is in the index")
		}
	})
}
