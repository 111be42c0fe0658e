package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

func cancelWithdrawn() map[string]any {
	return map[string]any{"salesOrders": map[string]any{"cancelWithdrawn": true}}
}

// importedTwo returns a harness with two imported orders.
func importedTwo(t *testing.T, settings map[string]any) (h *harness.Harness, id, other office24.OrderID) {
	t.Helper()
	h = harness.New(t, settings)
	product, id := kettle(h)
	other = another(h, product)
	expect(t, h, run(h), want{written: 2})
	later(h)
	return h, id, other
}

func TestOnlyWithdrawnOrdersAreCancelled(t *testing.T) {
	t.Parallel()
	to := func(status office24.OrderStatus) func(*harness.Harness, office24.OrderID) {
		return func(h *harness.Harness, id office24.OrderID) { h.Company.SetStatus(id, status) }
	}
	for name, test := range map[string]struct {
		withdraw  func(*harness.Harness, office24.OrderID)
		cancelled bool
	}{
		"inactive":         {to(office24.StatusInactive), true},
		"an offer again":   {to(office24.StatusOffer), true},
		"a draft again":    {to(office24.StatusDraft), true},
		"deleted":          {func(h *harness.Harness, id office24.OrderID) { h.Company.DeleteOrder(id) }, true},
		"sent":             {to(office24.StatusSent), false},
		"invoiced":         {to(office24.StatusInvoiced), false},
		"in production":    {to(office24.StatusProduction), false},
		"still confirmed":  {to(office24.StatusConfirmed), false},
		"nothing happened": {func(*harness.Harness, office24.OrderID) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id, other := importedTwo(t, cancelWithdrawn())
			test.withdraw(h, id)
			row := run(h)
			expect(t, h, row, want{written: map[bool]int{true: 1}[test.cancelled], unchanged: anyNumber})
			if o := sent(t, h, id); (o.Status == 1000) != test.cancelled ||
				(link(h, id)["cancelledAt"] != nil) != test.cancelled {
				t.Errorf("status %d, link %v", o.Status, link(h, id))
			}
			if o := sent(t, h, other); o.Status == 1000 {
				t.Error("the other order was cancelled")
			}
			expect(t, h, run(h), want{unchanged: anyNumber})
		})
	}
}

func TestCancelWithdrawnIsOffByDefault(t *testing.T) {
	t.Parallel()
	h, id, _ := importedTwo(t, nil)
	h.Company.SetStatus(id, office24.StatusInactive)
	before := h.Office24.Calls("GetInvoices")
	expect(t, h, run(h), want{unchanged: anyNumber})
	if o := sent(t, h, id); o.Status == 1000 || h.Office24.Calls("GetInvoices") != before+1 {
		t.Errorf("status %d", o.Status)
	}
}

// Without cancelWithdrawn, people withdraw an order in both systems, in either order. Nothing is awaited of it any
// more, so it must not count as stuck.
func TestOrderThatPeopleHaveWithdrawnAndCancelledIsClosed(t *testing.T) {
	t.Parallel()
	withdraw := func(h *harness.Harness, id office24.OrderID) { h.Company.SetStatus(id, office24.StatusInactive) }
	cancel := func(h *harness.Harness, id office24.OrderID) {
		if err := h.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
			t.Error(err)
		}
	}
	type act = func(*harness.Harness, office24.OrderID)
	for name, acts := range map[string][2]act{
		"first in 24SevenOffice": {withdraw, cancel}, "first in Ongoing": {cancel, withdraw},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id, _ := importedTwo(t, nil)
			for _, act := range acts {
				act(h, id)
				run(h)
				later(h)
				h.Clock.Forward(25 * time.Hour)
			}
			expect(t, h, run(h), want{unchanged: anyNumber})
			if l := link(h, id); l["cancelledAt"] == nil {
				t.Errorf("it is still awaited: %v", l)
			}
		})
	}
}

func TestOrderWithdrawnAfterTheWarehouseHasStartedIsReported(t *testing.T) {
	t.Parallel()
	t.Run("its status shows that", func(t *testing.T) {
		t.Parallel()
		h, id, _ := importedTwo(t, cancelWithdrawn())
		if err := h.GoodsOwner.SetOrderStatus(fmt.Sprint(id), 400); err != nil {
			t.Fatal(err)
		}
		h.Company.SetStatus(id, office24.StatusInactive)
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
		expectFailure(t, h, id, "final", "was withdrawn in 24SevenOffice, but the warehouse has started on it")
		// A person dismisses that, confirms the order again, and withdraws it once more.
		h.Dismiss(naming.SalesOrders)
		later(h)
		expect(t, h, run(h), want{unchanged: anyNumber})
		h.Company.SetStatus(id, office24.StatusConfirmed)
		later(h)
		expect(t, h, run(h), want{unchanged: anyNumber})
		h.Company.SetStatus(id, office24.StatusInactive)
		later(h)
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
		h.Company.SetStatus(id, office24.StatusConfirmed)
		later(h)
		h.Clock.Forward(24 * time.Hour)
		expect(t, h, run(h), want{unchanged: anyNumber})
	})
	t.Run("the refusal of the cancellation says so", func(t *testing.T) {
		t.Parallel()
		h, id, _ := importedTwo(t, cancelWithdrawn())
		h.Ongoing.Fault(ongoingtest.Fault{
			Op: "DELETE /orders/{orderId}", Times: -1, Kind: ongoingtest.Status, Status: 400,
			Body: `{"message":"Order cannot be cancelled. The warehouse has started working on it."}`,
		})
		h.Company.SetStatus(id, office24.StatusInactive)
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
		expectFailure(t, h, id, "final", "was withdrawn in 24SevenOffice, but the warehouse has started on it")
	})
}

// However often it happens.
func TestEmptyAnswerCancelsNothing(t *testing.T) {
	t.Parallel()
	h, id, other := importedTwo(t, cancelWithdrawn())
	kept := []office24.Order{}
	for _, o := range h.Company.Orders() {
		kept = append(kept, o)
		h.Company.DeleteOrder(o.ID)
	}
	for range 3 {
		expect(t, h, run(h), want{outcome: runner.Partial, held: 2})
		expectFailure(t, h, id, "held", "is not found in 24SevenOffice, but neither is any other")
		later(h)
	}
	for _, o := range []office24.OrderID{id, other} {
		if sent(t, h, o).Status == 1000 {
			t.Errorf("order %d was cancelled", o)
		}
	}
	for _, o := range kept {
		h.Company.AddOrder(o)
	}
	h.Clock.Forward(25 * time.Hour)
	expect(t, h, run(h), want{unchanged: anyNumber})
}

func TestOrderThatIsNoLongerWithdrawn(t *testing.T) {
	t.Parallel()
	t.Run("after it was cancelled: it is held", func(t *testing.T) {
		t.Parallel()
		h, id, _ := importedTwo(t, cancelWithdrawn())
		h.Company.SetStatus(id, office24.StatusInactive)
		expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
		h.Company.SetStatus(id, office24.StatusConfirmed)
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, held: 1})
		expectFailure(t, h, id, "held", "was cancelled in Ongoing and is not sent again")
	})
	t.Run("before it was cancelled: it is a conflict, then unchanged", func(t *testing.T) {
		t.Parallel()
		h, id, _ := importedTwo(t, cancelWithdrawn())
		h.Company.SetStatus(id, office24.StatusInactive)
		reads := 0
		h.Office24.Before(func(c office24test.Call) {
			if c.Operation == "GetInvoices" {
				if reads++; reads == 3 { // by status, all open ones, this one again
					h.Company.SetStatus(id, office24.StatusConfirmed)
				}
			}
		})
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
		expectFailure(t, h, id, "conflict", "is no longer withdrawn")
		later(h)
		expect(t, h, run(h), want{unchanged: anyNumber})
		if sent(t, h, id).Status == 1000 {
			t.Error("the order was cancelled")
		}
	})
}

func TestWithdrawnOrderCanBeNamedByKey(t *testing.T) {
	t.Parallel()
	h, id, _ := importedTwo(t, cancelWithdrawn())
	h.Company.SetStatus(id, office24.StatusInactive)
	expect(t, h, harness.Run(h, Function(), map[string]any{"keys": []string{fmt.Sprint(id)}}), want{written: 1})
	if sent(t, h, id).Status != 1000 {
		t.Error("the order was not cancelled")
	}
}

func TestOrderThatWasAlreadyCancelledIsStoredAsCancelled(t *testing.T) {
	t.Parallel()
	h, id, _ := importedTwo(t, cancelWithdrawn())
	if err := h.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	h.Company.SetStatus(id, office24.StatusInactive)
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
	if link(h, id)["cancelledAt"] == nil {
		t.Errorf("link %v", link(h, id))
	}
}

// If it was not sent before the crash, it can still be sent later.
func TestOrderWithdrawnAfterACrashIsCancelled(t *testing.T) {
	t.Parallel()
	for n, crashed := 1, true; crashed; n++ {
		h := harness.New(t, cancelWithdrawn())
		product, id := kettle(h)
		another(h, product) // so that the answer is not empty
		run := func() {
			if row := run(h); row.Outcome != runner.OK {
				t.Fatalf("crash after write %d: %+v", n, row)
			}
		}
		crashed = harness.Crash(h, Function(), nil, n)
		_, existed := h.GoodsOwner.Order(fmt.Sprint(id))
		h.Company.SetStatus(id, office24.StatusInactive)
		later(h)
		run()
		o, exists := h.GoodsOwner.Order(fmt.Sprint(id))
		if exists != existed || exists && o.Status != 1000 {
			t.Errorf("crash after write %d: order %+v", n, o)
		}
		later(h)
		run()
		if !existed {
			h.Company.SetStatus(id, office24.StatusConfirmed)
			run()
			sent(t, h, id)
		}
	}
}

// Ongoing does not say whose the order with the number is. A person is told until it is cancelled.
func TestOrderThatMayBeOursIsNotCancelled(t *testing.T) {
	t.Parallel()
	h := harness.New(t, cancelWithdrawn())
	product, id := kettle(h)
	another(h, product)
	link := state.OrderLink{OrderID: int(id), OrderNumber: fmt.Sprint(id)}
	if err := h.Partition().PutOrder(t.Context(), &link); err != nil {
		t.Fatal(err)
	}
	if _, err := h.GoodsOwner.AddOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	h.Company.SetStatus(id, office24.StatusInactive)
	row := run(h)
	if o := sent(t, h, id); row.Outcome != runner.Partial || o.Status == 1000 {
		t.Fatalf("%+v, order %+v", row, o)
	}
	expectFailure(t, h, id, "held", "cancel it there by hand")
	if err := h.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(time.Hour)
	if row := run(h); row.Outcome != runner.OK {
		t.Errorf("%+v", row)
	}
}

// That open orders are looked for by their ids, whether they are found or not, says nothing about the answer to the
// read of everything.
func TestEmptyAnswerToAReadOfEverythingLosesNoNewOrder(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]bool{"no order is found": false, "open orders are found": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, _ := importedTwo(t, cancelWithdrawn())
			product := h.Company.Orders()[0].Rows[0].ProductID
			added := another(h, product)
			later(h)
			h.Delete("cursor#salesorders")
			h.Intercept(harness.EmptyAnswers("GetInvoices", func(n int) bool { return n == 1 || n <= 3 && !found }))
			run(h)
			if since := h.Record("cursor#salesorders")["since"]; since != nil {
				t.Errorf("the cursor moved to %v", since)
			}
			h.Clock.Forward(2 * time.Hour)
			run(h)
			sent(t, h, added)
		})
	}
}

// Its sending was not answered.
func TestWithdrawnOrderThatWasNotSentIsNotOpenAnyMore(t *testing.T) {
	t.Parallel()
	h := harness.New(t, cancelWithdrawn())
	product, id := kettle(h)
	expect(t, h, run(h), want{written: 1})
	unsent := another(h, product)
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Kind: ongoingtest.ResetBefore, Times: -1})
	run(h)
	h.Ongoing.ClearFaults()
	h.Company.SetStatus(unsent, office24.StatusInactive)
	later(h)
	run(h)
	open := 0
	for record := range h.Records() {
		if strings.HasPrefix(record, "open#") && strings.HasSuffix(record, "#"+key(unsent)) {
			t.Errorf("it is in the index of open orders: %s", record)
		}
		if strings.HasPrefix(record, "open#") && strings.HasSuffix(record, "#"+key(id)) {
			open++
		}
	}
	if open != 1 {
		t.Error("the order that was sent is not")
	}
}

// The open order is read to see whether it was withdrawn.
func TestFailureOfADeletedOrderGoesAlthoughOthersAreOpen(t *testing.T) {
	t.Parallel()
	h, _, _ := importedTwo(t, cancelWithdrawn())
	wrong := another(h, h.Company.AddProduct(office24.Product{Name: "Uten nummer"}))
	expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
	later(h)
	run(h)
	h.Company.DeleteOrder(wrong)
	h.Clock.Forward(2 * time.Hour)
	expect(t, h, run(h), want{unchanged: anyNumber})
	if f := h.Record("failure#salesorders#" + key(wrong)); f != nil {
		t.Errorf("failure %v", f)
	}
}
