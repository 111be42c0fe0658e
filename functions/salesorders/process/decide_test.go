package process

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

// noon is when the plans of these tests begin, on the day that is today.
var noon = time.Date(2026, 12, 24, 11, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	mapped, err := mapOrder(order40557(), state.OrderLink{}, plain(t), today)
	if err != nil {
		t.Fatal(err)
	}
	sent := state.OrderLink{
		OrderID: 40557, OrderNumber: "40557", OngoingID: 17, ImportedAt: at, Fingerprint: mapped.fingerprint(),
	}
	shipped, shippedNow, split, cancelled, statusSet := sent, sent, sent, sent, sent
	shippedNow.ShippedAt = noon.Add(time.Second)
	shipped.ShippedAt, split.RestOrder, cancelled.CancelledAt, statusSet.StatusSetAt = at, &state.RestOrder{}, at, at

	status := func(s office24.OrderStatus) func(*office24.Order) {
		return func(o *office24.Order) { o.Status = s }
	}
	orderedAt := func(at time.Time) func(*office24.Order) {
		return func(o *office24.Order) { o.DateOrdered = at }
	}
	withdrawn := status(office24.StatusInactive)
	noGoods := func(o *office24.Order) { o.Rows = []office24.Row{{Type: office24.RowText, Name: "Bare tekst"}} }
	edited := func(o *office24.Order) { o.InvoiceTitle = "Haster" }
	toProduction := func(s *settings.Customer) { s.SalesOrders.ImportedStatus = office24.StatusProduction }
	cancelling := func(s *settings.Customer) { s.SalesOrders.CancelWithdrawn = true }
	fromNovember := func(s *settings.Customer) { s.SalesOrders.StartDate = "2026-11-01" }
	lastOfOctober := time.Date(2026, 10, 31, 22, 59, 0, 0, time.UTC) // 23:59 in Norway

	type want struct {
		verdict  planner.Verdict
		action   plan.Action
		linkOnly bool
		class    errclass.Class
	}
	skipped := want{verdict: planner.Skipped}
	unchanged := want{verdict: planner.Unchanged}
	kept := want{verdict: planner.Kept}
	held := want{verdict: planner.Refused, class: errclass.Held}
	for name, test := range map[string]struct {
		order    func(*office24.Order)
		link     state.OrderLink
		settings func(*settings.Customer)
		compare  bool
		want     want
	}{
		"a new order in a pulled status is sent":          {want: kept},
		"a new order in another status is out of scope":   {order: status(office24.StatusOffer), want: skipped},
		"a new order without goods is out of scope":       {order: noGoods, want: skipped},
		"an order as it was sent is unchanged":            {link: sent, want: unchanged},
		"an order as it was sent is compared on request":  {link: sent, compare: true, want: kept},
		"an edited order is sent again":                   {link: sent, order: edited, want: kept},
		"a sent order that lost its goods is looked into": {link: sent, order: noGoods, want: kept},
		"a shipped order is skipped": {
			link: shipped, order: status(office24.StatusSent), want: skipped,
		},
		"a shipped order that is set back is held":        {link: shipped, want: held},
		"a shipped order that is set back and edited too": {link: shipped, order: edited, want: held},
		"a shipped order in the status on import is held": {
			link: shipped, order: status(office24.StatusProduction), settings: toProduction, want: held,
		},
		"an order that was shipped after it was read is skipped": {link: shippedNow, want: skipped},
		"an order with a rest order is skipped":                  {link: split, order: edited, want: skipped},
		"an order that cannot be mapped is refused": {
			order: func(o *office24.Order) { o.Rows[0].Quantity = nil },
			want:  want{verdict: planner.Refused, class: errclass.Rejected},
		},

		"a withdrawn order is left alone by default": {link: sent, order: withdrawn, want: skipped},
		"a withdrawn order is cancelled if that is switched on": {
			link: sent, order: withdrawn, settings: cancelling,
			want: want{verdict: planner.Changed, action: plan.Cancel},
		},
		"a withdrawn order that was never sent is skipped": {order: withdrawn, settings: cancelling, want: skipped},
		"a cancelled order is not cancelled again": {
			link: cancelled, order: withdrawn, settings: cancelling, want: skipped,
		},
		"an order that moved on is not withdrawn": {
			link: sent, order: status(office24.StatusSent), settings: cancelling, want: skipped,
		},
		"a cancelled order that comes back is held": {
			link: cancelled, want: want{verdict: planner.Refused, class: errclass.Held},
		},

		"an order in the status on import is skipped if it was not imported": {
			order: status(office24.StatusProduction), settings: toProduction, want: skipped,
		},
		"an edit in the status on import is sent": {
			link: statusSet, settings: toProduction, want: kept,
			order: func(o *office24.Order) {
				edited(o)
				o.Status = office24.StatusProduction
			},
		},
		"the status on import is still to be set": {
			link: sent, settings: toProduction, want: want{verdict: planner.Changed, action: plan.Status},
		},
		"the status on import waits for a look at Ongoing": {
			link: sent, settings: toProduction, compare: true, want: kept,
		},
		"the status on import was set by a run that died": {
			link: sent, settings: toProduction, order: status(office24.StatusProduction),
			want: want{verdict: planner.Changed, action: plan.Status, linkOnly: true},
		},
		"the status on import is set once": {link: statusSet, settings: toProduction, want: unchanged},

		"a date before 1990 is none": {
			order: orderedAt(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)), settings: fromNovember, want: held,
		},
		"an order from before the start date is skipped": {
			order: orderedAt(lastOfOctober), settings: fromNovember, want: skipped,
		},
		"the start date is a day in the customer's time zone": {
			order: orderedAt(lastOfOctober.Add(time.Minute)), settings: fromNovember, want: kept,
		},
		"an order without a date is held if there is a start date": {
			order: orderedAt(time.Time{}), settings: fromNovember,
			want: want{verdict: planner.Refused, class: errclass.Held},
		},
		"an imported order stays imported whatever the start date": {
			link: sent, settings: fromNovember, want: kept,
			order: func(o *office24.Order) {
				edited(o)
				o.DateOrdered = lastOfOctober
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, s := order40557(), plain(t)
			if test.order != nil {
				test.order(&o)
			}
			if test.settings != nil {
				test.settings(&s)
			}
			d := decide(o, test.link, s, noon, test.compare, false)
			got := want{
				verdict: d.Verdict, action: d.Change.Action, linkOnly: d.Change.LinkOnly, class: errclass.Of(d.Err),
			}
			if diff := gocmp.Diff(test.want, got, gocmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%v: -want +got\n%s", d.Err, diff)
			}
		})
	}
}

func TestRefusedStatusDoesNotDelayTheOrder(t *testing.T) {
	t.Parallel()
	s := plain(t)
	s.SalesOrders.ImportedStatus = office24.StatusProduction
	mapped, err := mapOrder(order40557(), state.OrderLink{}, s, today)
	if err != nil {
		t.Fatal(err)
	}
	link := state.OrderLink{OrderNumber: "40557", Fingerprint: mapped.fingerprint()}
	if d := decide(order40557(), link, s, noon, false, false); d.Change.Fingerprint == mapped.fingerprint() {
		t.Error("the status has the order's fingerprint")
	}
}

func TestRefusedOrderIsTriedAgainWhenItIsEdited(t *testing.T) {
	t.Parallel()
	o := order40557()
	o.Rows[0].Quantity = nil
	first := decide(o, state.OrderLink{}, plain(t), noon, false, false)
	o.Rows[0].Price = harness.Dec("1")
	if second := decide(o, state.OrderLink{}, plain(t), noon, false, false); first.Fingerprint == second.Fingerprint {
		t.Error("the edited order has the same fingerprint")
	}
}
