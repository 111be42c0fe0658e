package process

import (
	"fmt"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

func withdrawing() map[string]any {
	return map[string]any{"salesOrders": map[string]any{"cancelWithdrawn": true}}
}

// two is a bench with two imported orders, of which the first is about to be withdrawn.
func two(t *testing.T, settings map[string]any) (h *harness.Harness, id, other office24.OrderID) {
	t.Helper()
	h = harness.New(t, settings)
	product, id := kettle(h)
	other = another(h, product)
	want(t, h, run(h), runner.OK, 2, 0, 0, 0)
	later(h)
	return h, id, other
}

// TestCancelWithdrawn: an imported order that was withdrawn is cancelled in Ongoing; every other way of leaving the
// pulled statuses is none.
func TestCancelWithdrawn(t *testing.T) {
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
			h, id, other := two(t, withdrawing())
			test.withdraw(h, id)
			row := run(h)
			want(t, h, row, runner.OK, map[bool]int{true: 1}[test.cancelled], whatever, 0, 0)
			if o := sent(t, h, id); (o.Status == 1000) != test.cancelled || (link(h, id)["cancelledAt"] != nil) != test.cancelled {
				t.Errorf("status %d, link %v", o.Status, link(h, id))
			}
			if o := sent(t, h, other); o.Status == 1000 {
				t.Error("the other one was cancelled")
			}
			want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
		})
	}
}

func TestCancelWithdrawnIsOffByDefault(t *testing.T) {
	t.Parallel()
	h, id, _ := two(t, nil)
	h.Company.SetStatus(id, office24.StatusInactive)
	before := h.Office24.Calls("GetInvoices")
	want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
	if o := sent(t, h, id); o.Status == 1000 || h.Office24.Calls("GetInvoices") != before+1 {
		t.Errorf("status %d", o.Status)
	}
}

// TestWithdrawnTooLate: the warehouse has begun; a person has to talk to it.
func TestWithdrawnTooLate(t *testing.T) {
	t.Parallel()
	t.Run("as we see", func(t *testing.T) {
		t.Parallel()
		h, id, _ := two(t, withdrawing())
		if err := h.GoodsOwner.SetOrderStatus(fmt.Sprint(id), 400); err != nil {
			t.Fatal(err)
		}
		h.Company.SetStatus(id, office24.StatusInactive)
		want(t, h, run(h), runner.Partial, 0, whatever, 1, 0)
		wantFailure(t, h, id, "final", "was withdrawn in 24SevenOffice, but the warehouse has started on it")
		h.Company.SetStatus(id, office24.StatusConfirmed) // they talked
		later(h)
		h.Clock.Forward(24 * time.Hour)
		want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
	})
	t.Run("as Ongoing says", func(t *testing.T) {
		t.Parallel()
		h, id, _ := two(t, withdrawing())
		h.Ongoing.Fault(ongoingtest.Fault{Op: "DELETE /orders/{orderId}", Times: -1, Kind: ongoingtest.Status, Status: 400,
			Body: `{"message":"Order cannot be cancelled. The warehouse has started working on it."}`})
		h.Company.SetStatus(id, office24.StatusInactive)
		want(t, h, run(h), runner.Partial, 0, whatever, 1, 0)
		wantFailure(t, h, id, "final", "was withdrawn in 24SevenOffice, but the warehouse has started on it")
	})
}

// TestEmptyAnswerRetiresNothing: that no order at all is found is no sign that all were deleted, however often it
// happens.
func TestEmptyAnswerRetiresNothing(t *testing.T) {
	t.Parallel()
	h, id, other := two(t, withdrawing())
	kept := []office24.Order{}
	for _, o := range h.Company.Orders() {
		kept = append(kept, o)
		h.Company.DeleteOrder(o.ID)
	}
	for range 3 {
		want(t, h, run(h), runner.Partial, 0, 0, 0, 2)
		wantFailure(t, h, id, "held", "is not found in 24SevenOffice, but neither is any other")
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
	want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
}

// TestWithdrawnAndBack: an order that comes back after it was cancelled is held, and before that it is as if nothing
// had happened.
func TestWithdrawnAndBack(t *testing.T) {
	t.Parallel()
	t.Run("after", func(t *testing.T) {
		t.Parallel()
		h, id, _ := two(t, withdrawing())
		h.Company.SetStatus(id, office24.StatusInactive)
		want(t, h, run(h), runner.OK, 1, whatever, 0, 0)
		h.Company.SetStatus(id, office24.StatusConfirmed)
		want(t, h, run(h), runner.Partial, 0, whatever, 0, 1)
		wantFailure(t, h, id, "held", "was cancelled in Ongoing and is not sent again")
	})
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		h, id, _ := two(t, withdrawing())
		h.Company.SetStatus(id, office24.StatusInactive)
		reads := 0
		h.Office24.Before(func(c office24test.Call) {
			if c.Operation == "GetInvoices" {
				if reads++; reads == 3 { // by status, all open ones, this one again
					h.Company.SetStatus(id, office24.StatusConfirmed)
				}
			}
		})
		want(t, h, run(h), runner.Partial, 0, whatever, 1, 0)
		wantFailure(t, h, id, "conflict", "is no longer withdrawn")
		later(h)
		want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
		if sent(t, h, id).Status == 1000 {
			t.Error("it was cancelled")
		}
	})
}

// TestWithdrawnByKey: a person may name the order instead of waiting for the next look at all of them.
func TestWithdrawnByKey(t *testing.T) {
	t.Parallel()
	h, id, _ := two(t, withdrawing())
	h.Company.SetStatus(id, office24.StatusInactive)
	want(t, h, harness.Run(h, Function(), map[string]any{"keys": []string{fmt.Sprint(id)}}), runner.OK, 1, 0, 0, 0)
	if sent(t, h, id).Status != 1000 {
		t.Error("it was not cancelled")
	}
}

// TestCancelledAlready: somebody was faster in Ongoing; that is noted.
func TestCancelledAlready(t *testing.T) {
	t.Parallel()
	h, id, _ := two(t, withdrawing())
	if err := h.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	h.Company.SetStatus(id, office24.StatusInactive)
	want(t, h, run(h), runner.OK, 1, whatever, 0, 0)
	if link(h, id)["cancelledAt"] == nil {
		t.Errorf("link %v", link(h, id))
	}
}

// TestWithdrawnBehindACrash: an order that was sent by a run that died, and is withdrawn before the next one, is cancelled
// like any other; one that was not sent in the end can still be.
func TestWithdrawnBehindACrash(t *testing.T) {
	t.Parallel()
	for n, crashed := 1, true; crashed; n++ {
		h := harness.New(t, withdrawing())
		product, id := kettle(h)
		another(h, product) // that there is another one in the answer
		run := func() {
			if row := run(h); row.Outcome != runner.OK {
				t.Fatalf("crash behind write %d: %+v", n, row)
			}
		}
		crashed = harness.Crash(h, Function(), nil, n)
		_, stood := h.GoodsOwner.Order(fmt.Sprint(id))
		h.Company.SetStatus(id, office24.StatusInactive)
		later(h)
		run()
		o, stands := h.GoodsOwner.Order(fmt.Sprint(id))
		if stands != stood || stands && o.Status != 1000 {
			t.Errorf("crash behind write %d: order %+v", n, o)
		}
		later(h)
		run()
		if !stood {
			h.Company.SetStatus(id, office24.StatusConfirmed)
			run()
			sent(t, h, id)
		}
	}
}

// TestWithdrawnBehindACrashUntold: where Ongoing does not give back whose the order is that stands there, it is not
// cancelled, and people are told until they have done so.
func TestWithdrawnBehindACrashUntold(t *testing.T) {
	t.Parallel()
	h := harness.New(t, withdrawing())
	product, id := kettle(h)
	another(h, product)
	link := state.OrderLink{OrderID: int(id), OrderNumber: fmt.Sprint(id)}
	if err := h.Links().PutOrder(t.Context(), &link); err != nil {
		t.Fatal(err)
	}
	if _, err := h.GoodsOwner.HandMadeOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	h.Company.SetStatus(id, office24.StatusInactive)
	row := run(h)
	if o := sent(t, h, id); row.Outcome != runner.Partial || o.Status == 1000 {
		t.Fatalf("%+v, order %+v", row, o)
	}
	wantFailure(t, h, id, "held", "cancel it there by hand")
	if err := h.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(time.Hour)
	if row := run(h); row.Outcome != runner.OK {
		t.Errorf("%+v", row)
	}
}
