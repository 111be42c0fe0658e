package process

import (
	"context"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// Apply books one shipped order. The package comment lists the steps and what a crash between them leaves.
func (p *process) Apply(ctx context.Context, c plan.Change[shipment]) error {
	b, o, err := p.readAgain(ctx, c.Payload)
	if err != nil {
		return err
	}
	k, err := p.know(ctx, map[*bundle]office24.Order{b: o})
	if err != nil {
		return err
	}
	d, err := decide(b, o, k, p.Settings)
	if err != nil {
		return err
	}
	live, link := b.delivered(p.Settings), b.link
	fillProducts(d.split, o.Rows, live.Lines)
	switch {
	case d.waits:
		// A crash after it leaves the intent, with which an order that is Sent still gets its rest order.
		err = p.storeIntent(ctx, o, &link, d.split)
	case d.split != nil:
		err = p.splitOrder(ctx, live, o, &link, d.split)
	}
	if err != nil {
		return err
	}
	if d.setStatus {
		// A crash after it leaves the order in its target status; the next run finds that and does not write it again.
		allowed := func(s office24.OrderStatus) bool { return canSetStatus(s, link, p.Settings) }
		if err := orders.SetStatus(ctx, p.Office24, o.ID, p.Settings.Shipments.Status, allowed); err != nil {
			return err
		}
	}
	if len(d.newWaybills) > 0 {
		if err := p.writeWaybills(ctx, o.ID, live, &link); err != nil {
			return err
		}
	}
	p.noteBooking(d, &link)
	// A crash after it leaves a booked order with lines to report; the next run only reports them.
	if err := p.State.PutOrder(ctx, &link); err != nil {
		return err
	}
	for _, r := range d.reports {
		// The quantity is absolute. A crash after it leaves this line reported and the following ones to report.
		if err := p.Ongoing.ReportLine(ctx, r.order, r.line, r.picked); err != nil {
			return err
		}
	}
	return p.State.CloseOrder(ctx, link)
}

// readAgain reads both systems and the link: the plan can be minutes old.
func (p *process) readAgain(ctx context.Context, s shipment) (b *bundle, o office24.Order, err error) {
	links, err := p.State.Orders(ctx, []int{int(s.order)})
	if err != nil {
		return nil, o, err
	}
	live, err := p.Ongoing.Order(ctx, s.ongoing)
	if err != nil {
		return nil, o, err
	}
	link, linked := links[int(s.order)]
	if !linked {
		return nil, o, changedError(s.order)
	}
	b = newBundle(link, s, live)
	o, found, err := p.findOrder(ctx, s.order)
	if err != nil {
		return nil, o, err
	}
	if err := p.withoutUnmadeSplit(ctx, b, o); err != nil {
		return nil, o, err
	}
	if s.whole || b.needsWhole(o, p.Settings) {
		if err := p.readWhole(ctx, b); err != nil {
			return nil, o, err
		}
	}
	return b, o, p.check(b, s, o, found)
}

// newBundle returns the bundle of a shipment, with the order that was read again.
func newBundle(link state.OrderLink, s shipment, live ongoing.Order) *bundle {
	if link.OngoingID == 0 {
		link.OngoingID = s.linkedTo
	}
	b := &bundle{link: link}
	b.add(live)
	return b
}

// check returns an error if a shipment is not what it was in the plan.
func (p *process) check(b *bundle, s shipment, o office24.Order, found bool) error {
	lead, _ := b.lead()
	switch booked := !b.link.ShippedAt.IsZero(); {
	case lead.Info.ID != s.ongoing, !booked && !isShipped(lead, p.Settings):
		return changedError(s.order)
	case !found && !fullyBooked(b.reports(p.Settings), b.link):
		return goneError(s.order)
	case found && !booked:
		return p.checkOurs(b, o)
	}
	return nil
}

// checkOurs holds an order if nothing that was read in Ongoing says that it is this one.
func (p *process) checkOurs(b *bundle, o office24.Order) error {
	prefix := p.Settings.SalesOrders.OrderNumberPrefix
	for _, live := range b.orders {
		claim := orders.Whose(live, b.link, o.Rows, prefix)
		if int(live.Info.ID) == b.link.OngoingID && !claim.IsOrder() {
			return errclass.New(errclass.Held, "",
				"nothing says that order %s in Ongoing (system id %d) is order %d: it has no goodsOwnerOrderId, and "+
					"none of its lines is from a row of the order; set it to %s by hand if it is",
				live.Info.Number, live.Info.ID, o.ID, p.Settings.Shipments.Status.Name())
		}
	}
	return nil
}

func changedError(id office24.OrderID) error {
	return errclass.New(errclass.Conflict, "",
		"order %d was changed in Ongoing while it was being booked; the next run reads it again", id)
}

// findOrder reads an order in 24SevenOffice, if it exists.
func (p *process) findOrder(ctx context.Context, id office24.OrderID) (o office24.Order, found bool, err error) {
	for o, err := range p.ordersByID(ctx, []office24.OrderID{id}) {
		return o, true, err
	}
	return office24.Order{}, false, nil
}

// requireOrder reads an order in 24SevenOffice; it is an error if it does not exist.
func (p *process) requireOrder(ctx context.Context, id office24.OrderID) (office24.Order, error) {
	o, found, err := p.findOrder(ctx, id)
	if err == nil && !found {
		err = goneError(id)
	}
	return o, err
}

func goneError(id office24.OrderID) error {
	return errclass.New(errclass.Conflict, "", "order %d is gone from 24SevenOffice", id)
}

// noteBooking notes in a link what was booked. The link is stored before it is reported. These quantities are not
// booked again: a person can do with the order what they like.
func (p *process) noteBooking(d decision, link *state.OrderLink) {
	if link.ShippedAt.IsZero() {
		link.ShippedAt = p.Now()
	}
	if link.Booked == nil {
		link.Booked = map[string]string{}
	}
	for _, r := range d.reports {
		link.Booked[lineKey(r.line)] = r.picked.String()
	}
	link.Waybills = append(link.Waybills, d.textWaybills...)
	if d.dropsIntent {
		link.RestOrder = nil
	}
}
