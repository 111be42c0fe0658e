package process

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
)

// A planning decides about the bundles of a plan.
type planning struct {
	*process
	out         *plan.Plan[shipment]
	sold        map[office24.OrderID]office24.Order
	unreadable  map[office24.OrderID]error
	isRequested func(number string) bool
	// waiting are the orders of which a back order was shipped before they were, by Ongoing's id.
	waiting map[int]bool
	// unsplit says why nobody knows whether the rest order of a bundle was made.
	unsplit map[*bundle]error
	// answers reports whether 24SevenOffice finds orders at all, once that was asked.
	answers *bool
}

// planBundles reads the bundles' orders in 24SevenOffice and adds each bundle to the plan. It returns the orders of
// which a back order was shipped before they were.
func (p *process) planBundles(
	ctx context.Context, all []*bundle, waiting map[int]bool, isRequested func(number string) bool,
	out *plan.Plan[shipment],
) (map[int]bool, error) {
	pl := planning{process: p, out: out, waiting: waiting, isRequested: isRequested, unsplit: map[*bundle]error{}}
	if err := pl.readSold(ctx, all); err != nil {
		return nil, err
	}
	booked := map[*bundle]office24.Order{}
	for _, b := range all {
		o := pl.sold[office24.OrderID(b.link.OrderID)]
		if err := p.withoutUnmadeSplit(ctx, b, o); errclass.Is(err, errclass.Rejected) {
			pl.unsplit[b] = err
		} else if err != nil {
			return nil, err
		}
		if _, bad := b.unreadable(); !bad && pl.needsWhole(b, o) {
			if err := p.readWhole(ctx, b); err != nil {
				return nil, err
			}
		}
		if _, bad := b.unreadable(); bad {
			continue
		}
		if lead, found := b.lead(); found && (isShipped(lead, p.Settings) || !b.link.ShippedAt.IsZero()) &&
			(!fullyBooked(b.reports(p.Settings), b.link) || isWaiting(o, b.link)) {
			booked[b] = o
		}
	}
	k, err := p.know(ctx, booked)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		delete(pl.waiting, b.link.OngoingID)
		if err := pl.add(ctx, b, k); err != nil {
			return nil, err
		}
	}
	return pl.waiting, nil
}

// needsWhole reports whether all orders of a bundle have to be read. Those that were asked for are looked at as a
// whole, or a failure of their back orders would be taken for settled.
func (p *planning) needsWhole(b *bundle, o office24.Order) bool {
	requested := func(live ongoing.Order) bool { return p.isRequested(live.Info.Number) }
	if p.waiting[b.link.OngoingID] || slices.ContainsFunc(b.orders, requested) {
		return true
	}
	if _, found := b.lead(); !found { // cancelled orders alone: is one the back order that the order waits for?
		return isWaiting(o, b.link)
	}
	return b.needsWhole(o, p.Settings)
}

// readSold reads our shipped orders in 24SevenOffice.
func (p *planning) readSold(ctx context.Context, all []*bundle) error {
	var ids []office24.OrderID
	for _, b := range all {
		ids = append(ids, office24.OrderID(b.link.OrderID))
	}
	slices.Sort(ids)
	p.sold, p.unreadable = map[office24.OrderID]office24.Order{}, map[office24.OrderID]error{}
	for o, err := range p.ordersByID(ctx, ids) {
		switch {
		case errclass.Is(err, errclass.Rejected) && o.ID != 0:
			p.unreadable[o.ID] = err
		case err != nil:
			return err
		default:
			p.sold[o.ID] = o
		}
	}
	return nil
}

// add adds one bundle to the plan.
func (p *planning) add(ctx context.Context, b *bundle, k knowledge) error {
	id := office24.OrderID(b.link.OrderID)
	if o, bad := b.unreadable(); bad {
		p.out.Refuse(cmp.Or(o.Info.Number, b.link.OrderNumber), "unreadable", o.Unreadable)
		return nil
	}
	lead, found := b.lead()
	if !found { // all were cancelled before anything was picked: the process salesorders holds such an order
		p.out.Skipped++
		return nil
	}
	if err := p.unsplit[b]; err != nil {
		p.out.Refuse(lead.Info.Number, "unsplit", err)
		return nil
	}
	shipped, booked := isShipped(lead, p.Settings), !b.link.ShippedAt.IsZero()
	fully := booked && fullyBooked(b.reports(p.Settings), b.link)
	o, sold := p.sold[id]
	switch err := p.unreadable[id]; {
	case !shipped && !booked && !hasStrayed(lead.Info.Status.Number, p.Settings):
		p.addWaiting(b, lead)
		return nil
	case err != nil && !fully:
		p.out.Refuse(lead.Info.Number, "unreadable", err)
		return nil
	case !shipped && !booked:
		return p.addStrayed(ctx, b, lead, o, sold)
	case !sold && !fully:
		p.out.Refuse(lead.Info.Number, "gone", errclass.New(errclass.Held, "",
			"order %d was shipped but is gone from 24SevenOffice, so nothing was booked; restore it there", id))
		return nil
	}
	if err := p.checkOurs(b, o); sold && !booked && err != nil {
		p.addUnproven(lead, o, err)
		return nil
	}
	d, err := decide(b, o, k, p.Settings)
	p.addShipped(b, lead, o, d, err)
	if replaced := b.link.RestOrder != nil || d.split != nil || err != nil; sold {
		p.addStrayedBackOrders(b, lead, o, replaced)
	}
	return nil
}

// addShipped adds an order that is shipped or was, with what decide says about it.
func (p *planning) addShipped(b *bundle, lead ongoing.Order, o office24.Order, d decision, err error) {
	fields := d.fields(o, p.Settings)
	fingerprint := plan.Fingerprint(o.Status, fields)
	if err != nil {
		p.out.Refuse(lead.Info.Number, fingerprint, err)
		return
	}
	p.out.Notes = append(p.out.Notes, d.notes...)
	if d.isEmpty() {
		p.out.Unchanged++
		return
	}
	action, happened := plan.Report, time.Time{}
	if d.setStatus {
		action, happened = plan.Status, lead.Info.Shipped.Time
	}
	p.out.Changes = append(p.out.Changes, plan.Change[shipment]{
		Key: lead.Info.Number, Action: action, Fingerprint: fingerprint, Fields: fields, Happened: happened,
		Payload: shipment{
			order: office24.OrderID(b.link.OrderID), ongoing: lead.Info.ID, linkedTo: b.link.OngoingID, whole: b.whole,
		},
	})
}

// addUnproven adds an order of which nothing says that it is ours. If people have settled the order in 24SevenOffice,
// nothing is done about it.
func (p *planning) addUnproven(lead ongoing.Order, o office24.Order, err error) {
	if isSettled(o.Status, p.Settings) {
		p.out.Unchanged++
		return
	}
	p.out.Refuse(lead.Info.Number, plan.Fingerprint(o.Status, "unproven"), err)
}

// addWaiting notes that back orders of an order were shipped before it was: they are read again with the order.
func (p *planning) addWaiting(b *bundle, lead ongoing.Order) {
	p.out.Skipped++
	p.waiting[b.link.OngoingID] = true
	if slices.ContainsFunc(b.orders, func(o ongoing.Order) bool { return isShipped(o, p.Settings) }) {
		p.out.Notes = append(p.out.Notes, fmt.Sprintf(
			"a back order of order %d was shipped; it is booked when the order itself is, which has status %s",
			b.link.OrderID, statusName(lead.Info.Status)))
	}
}

// addStrayed adds an order that left the way to reportAt and was not booked. It is held until people settle it in
// 24SevenOffice.
func (p *planning) addStrayed(
	ctx context.Context, b *bundle, lead ongoing.Order, o office24.Order, sold bool,
) error {
	status := lead.Info.Status
	settled := sold && isSettled(o.Status, p.Settings)
	if !sold {
		var err error
		if settled, err = p.findsOrders(ctx); err != nil {
			return err
		}
	}
	if settled {
		p.out.Unchanged++
		return nil
	}
	todo := fmt.Sprintf("set it to %s in 24SevenOffice, or to %s if the customer has the goods",
		office24.StatusInactive.Name(), p.Settings.Shipments.Status.Name())
	if !sold {
		todo = "24SevenOffice does not find it, nor any other order of ours: if it was deleted, dismiss this record"
	}
	err := strayedError(fmt.Sprintf("order %d", b.link.OrderID), status, todo, p.Settings)
	p.out.Refuse(lead.Info.Number, plan.Fingerprint(o.Status, status.Number), err)
	return nil
}

// addStrayedBackOrders holds the back orders of a booked order whose goods are on nobody's list: those that are in an
// unlisted status, and those that were returned or cancelled after something was picked, unless a rest order replaces
// them, or may when the order is not held any more. That the order is Sent does not settle them, because the first
// delivery made it so.
func (p *planning) addStrayedBackOrders(b *bundle, lead ongoing.Order, o office24.Order, replaced bool) {
	if o.Status.Invoices() || o.Status == office24.StatusInactive {
		return
	}
	for _, back := range b.orders {
		status := back.Info.Status
		lost := isPastReporting(status.Number, p.Settings) && hasUnbooked(back.Lines, b.link) && !replaced
		if back.Info.ID == lead.Info.ID || !lost && !isUnlisted(status.Number, p.Settings) {
			continue
		}
		what := fmt.Sprintf("back order %s of order %d", back.Info.Number, o.ID)
		todo := fmt.Sprintf("correct the rows of order %d in 24SevenOffice and invoice it", o.ID)
		p.out.Refuse(back.Info.Number, plan.Fingerprint(o.Status, status.Number),
			strayedError(what, status, todo, p.Settings))
	}
}

// findsOrders is orders.AreFound, which it calls only if this plan has read no order.
func (p *planning) findsOrders(ctx context.Context) (bool, error) {
	if p.answers != nil {
		return *p.answers, nil
	}
	answers := len(p.sold)+len(p.unreadable) > 0
	if !answers {
		var err error
		if answers, err = orders.AreFound(ctx, p.State, p.Office24); err != nil {
			return false, err
		}
	}
	p.answers = &answers
	return answers, nil
}
