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
func two(t *testing.T, settings map[string]any) (b *harness.Harness, id, other office24.OrderID) {
	t.Helper()
	b = harness.New(t, settings)
	product, id := kettle(b)
	other = another(b, product)
	want(t, b, run(b), runner.OK, 2, 0, 0, 0)
	later(b)
	return b, id, other
}

// TestCancelWithdrawn: an imported order that was withdrawn is cancelled in Ongoing; every other way of leaving the
// pulled statuses is none.
func TestCancelWithdrawn(t *testing.T) {
	t.Parallel()
	to := func(status office24.OrderStatus) func(*harness.Harness, office24.OrderID) {
		return func(b *harness.Harness, id office24.OrderID) { b.Company.SetStatus(id, status) }
	}
	for name, test := range map[string]struct {
		withdraw  func(*harness.Harness, office24.OrderID)
		cancelled bool
	}{
		"inactive":         {to(office24.StatusInactive), true},
		"an offer again":   {to(office24.StatusOffer), true},
		"a draft again":    {to(office24.StatusDraft), true},
		"deleted":          {func(b *harness.Harness, id office24.OrderID) { b.Company.DeleteOrder(id) }, true},
		"sent":             {to(office24.StatusSent), false},
		"invoiced":         {to(office24.StatusInvoiced), false},
		"in production":    {to(office24.StatusProduction), false},
		"still confirmed":  {to(office24.StatusConfirmed), false},
		"nothing happened": {func(*harness.Harness, office24.OrderID) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, id, other := two(t, withdrawing())
			test.withdraw(b, id)
			row := run(b)
			want(t, b, row, runner.OK, map[bool]int{true: 1}[test.cancelled], whatever, 0, 0)
			if o := sent(t, b, id); (o.Status == 1000) != test.cancelled || (link(b, id)["cancelledAt"] != nil) != test.cancelled {
				t.Errorf("status %d, link %v", o.Status, link(b, id))
			}
			if o := sent(t, b, other); o.Status == 1000 {
				t.Error("the other one was cancelled")
			}
			want(t, b, run(b), runner.OK, 0, whatever, 0, 0)
		})
	}
}

func TestCancelWithdrawnIsOffByDefault(t *testing.T) {
	t.Parallel()
	b, id, _ := two(t, nil)
	b.Company.SetStatus(id, office24.StatusInactive)
	before := b.Office24.Calls("GetInvoices")
	want(t, b, run(b), runner.OK, 0, whatever, 0, 0)
	if o := sent(t, b, id); o.Status == 1000 || b.Office24.Calls("GetInvoices") != before+1 {
		t.Errorf("status %d", o.Status)
	}
}

// TestWithdrawnTooLate: the warehouse has begun; a person has to talk to it.
func TestWithdrawnTooLate(t *testing.T) {
	t.Parallel()
	t.Run("as we see", func(t *testing.T) {
		t.Parallel()
		b, id, _ := two(t, withdrawing())
		if err := b.GoodsOwner.SetOrderStatus(fmt.Sprint(id), 400); err != nil {
			t.Fatal(err)
		}
		b.Company.SetStatus(id, office24.StatusInactive)
		want(t, b, run(b), runner.Partial, 0, whatever, 1, 0)
		wantFailure(t, b, id, "final", "was withdrawn in 24SevenOffice, but the warehouse has started on it")
		b.Company.SetStatus(id, office24.StatusConfirmed) // they talked
		later(b)
		b.Clock.Forward(24 * time.Hour)
		want(t, b, run(b), runner.OK, 0, whatever, 0, 0)
	})
	t.Run("as Ongoing says", func(t *testing.T) {
		t.Parallel()
		b, id, _ := two(t, withdrawing())
		b.Ongoing.Fault(ongoingtest.Fault{Op: "DELETE /orders/{orderId}", Times: -1, Kind: ongoingtest.Status, Status: 400,
			Body: `{"message":"Order cannot be cancelled. The warehouse has started working on it."}`})
		b.Company.SetStatus(id, office24.StatusInactive)
		want(t, b, run(b), runner.Partial, 0, whatever, 1, 0)
		wantFailure(t, b, id, "final", "was withdrawn in 24SevenOffice, but the warehouse has started on it")
	})
}

// TestEmptyAnswerRetiresNothing: that no order at all is found is no sign that all were deleted, however often it
// happens.
func TestEmptyAnswerRetiresNothing(t *testing.T) {
	t.Parallel()
	b, id, other := two(t, withdrawing())
	kept := []office24.Order{}
	for _, o := range b.Company.Orders() {
		kept = append(kept, o)
		b.Company.DeleteOrder(o.ID)
	}
	for range 3 {
		want(t, b, run(b), runner.Partial, 0, 0, 0, 2)
		wantFailure(t, b, id, "held", "is not found in 24SevenOffice, but neither is any other")
		later(b)
	}
	for _, o := range []office24.OrderID{id, other} {
		if sent(t, b, o).Status == 1000 {
			t.Errorf("order %d was cancelled", o)
		}
	}
	for _, o := range kept {
		b.Company.AddOrder(o)
	}
	b.Clock.Forward(25 * time.Hour)
	want(t, b, run(b), runner.OK, 0, whatever, 0, 0)
}

// TestWithdrawnAndBack: an order that comes back after it was cancelled is held, and before that it is as if nothing
// had happened.
func TestWithdrawnAndBack(t *testing.T) {
	t.Parallel()
	t.Run("after", func(t *testing.T) {
		t.Parallel()
		b, id, _ := two(t, withdrawing())
		b.Company.SetStatus(id, office24.StatusInactive)
		want(t, b, run(b), runner.OK, 1, whatever, 0, 0)
		b.Company.SetStatus(id, office24.StatusConfirmed)
		want(t, b, run(b), runner.Partial, 0, whatever, 0, 1)
		wantFailure(t, b, id, "held", "was cancelled in Ongoing and is not revived")
	})
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		b, id, _ := two(t, withdrawing())
		b.Company.SetStatus(id, office24.StatusInactive)
		reads := 0
		b.Office24.Before(func(c office24test.Call) {
			if c.Operation == "GetInvoices" {
				if reads++; reads == 3 { // by status, all open ones, this one again
					b.Company.SetStatus(id, office24.StatusConfirmed)
				}
			}
		})
		want(t, b, run(b), runner.Partial, 0, whatever, 1, 0)
		wantFailure(t, b, id, "conflict", "is no longer withdrawn")
		later(b)
		want(t, b, run(b), runner.OK, 0, whatever, 0, 0)
		if sent(t, b, id).Status == 1000 {
			t.Error("it was cancelled")
		}
	})
}

// TestWithdrawnByKey: a person may name the order instead of waiting for the next look at all of them.
func TestWithdrawnByKey(t *testing.T) {
	t.Parallel()
	b, id, _ := two(t, withdrawing())
	b.Company.SetStatus(id, office24.StatusInactive)
	want(t, b, harness.Run(b, Function(), map[string]any{"keys": []string{fmt.Sprint(id)}}), runner.OK, 1, 0, 0, 0)
	if sent(t, b, id).Status != 1000 {
		t.Error("it was not cancelled")
	}
}

// TestCancelledAlready: somebody was faster in Ongoing; that is noted.
func TestCancelledAlready(t *testing.T) {
	t.Parallel()
	b, id, _ := two(t, withdrawing())
	if err := b.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	b.Company.SetStatus(id, office24.StatusInactive)
	want(t, b, run(b), runner.OK, 1, whatever, 0, 0)
	if link(b, id)["cancelledAt"] == nil {
		t.Errorf("link %v", link(b, id))
	}
}

// TestWithdrawnBehindACrash: an order that was sent by a run that died, and is withdrawn before the next one, is cancelled
// like any other; one that was not sent in the end can still be.
func TestWithdrawnBehindACrash(t *testing.T) {
	t.Parallel()
	for n, crashed := 1, true; crashed; n++ {
		b := harness.New(t, withdrawing())
		product, id := kettle(b)
		another(b, product) // that there is another one in the answer
		run := func() {
			if row := run(b); row.Outcome != runner.OK {
				t.Fatalf("crash behind write %d: %+v", n, row)
			}
		}
		crashed = harness.Crash(b, Function(), nil, n)
		_, stood := b.GoodsOwner.Order(fmt.Sprint(id))
		b.Company.SetStatus(id, office24.StatusInactive)
		later(b)
		run()
		o, stands := b.GoodsOwner.Order(fmt.Sprint(id))
		if stands != stood || stands && o.Status != 1000 {
			t.Errorf("crash behind write %d: order %+v", n, o)
		}
		later(b)
		run()
		if !stood {
			b.Company.SetStatus(id, office24.StatusConfirmed)
			run()
			sent(t, b, id)
		}
	}
}

// TestWithdrawnBehindACrashUntold: where Ongoing does not give back whose the order is that stands there, it is not
// cancelled, and people are told until they have done so.
func TestWithdrawnBehindACrashUntold(t *testing.T) {
	t.Parallel()
	b := harness.New(t, withdrawing())
	product, id := kettle(b)
	another(b, product)
	link := state.OrderLink{OrderID: int(id), OrderNumber: fmt.Sprint(id)}
	if err := b.Partition().PutOrder(t.Context(), &link); err != nil {
		t.Fatal(err)
	}
	if _, err := b.GoodsOwner.AddOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	b.Company.SetStatus(id, office24.StatusInactive)
	row := run(b)
	if o := sent(t, b, id); row.Outcome != runner.Partial || o.Status == 1000 {
		t.Fatalf("%+v, order %+v", row, o)
	}
	wantFailure(t, b, id, "held", "cancel it there by hand")
	if err := b.GoodsOwner.CancelOrder(fmt.Sprint(id)); err != nil {
		t.Fatal(err)
	}
	b.Clock.Forward(time.Hour)
	if row := run(b); row.Outcome != runner.OK {
		t.Errorf("%+v", row)
	}
}
