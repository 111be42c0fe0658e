package process

import (
	"context"
	"slices"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// Apply books one shipped order. The package comment lists the steps and what a crash between them leaves.
func (p *process) Apply(ctx context.Context, c plan.Change[shipment]) error {
	live, o, link, err := p.readAgain(ctx, c.Payload)
	if err != nil {
		return err
	}
	d, err := decide(live, o, link, p.Settings)
	if err != nil {
		return err
	}
	if d.split != nil {
		if err := p.splitOrder(ctx, live, o, &link, d.split); err != nil {
			return err
		}
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
	if err := p.storeBooking(ctx, d, &link); err != nil {
		return err
	}
	for _, r := range d.reports {
		// The quantity is absolute. A crash after it leaves this line reported and the following ones to report.
		if err := p.Ongoing.ReportLine(ctx, live.Info.ID, r.line, r.picked); err != nil {
			return err
		}
	}
	return nil
}

// readAgain reads both systems and the link: the plan can be minutes old.
func (p *process) readAgain(
	ctx context.Context, s shipment,
) (live ongoing.Order, o office24.Order, link state.OrderLink, err error) {
	links, err := p.State.Orders(ctx, []int{int(s.order)})
	if err != nil {
		return live, o, link, err
	}
	if live, err = p.Ongoing.Order(ctx, s.ongoing); err != nil {
		return live, o, link, err
	}
	link, linked := links[int(s.order)]
	if !linked || !slices.Contains(p.Settings.Shipments.ReportAt, live.Info.Status.Number) {
		return live, o, link, errclass.New(errclass.Conflict, "",
			"order %d was changed in Ongoing while it was being booked; the next run reads it again", s.order)
	}
	link.OngoingID = int(live.Info.ID)
	o, found, err := p.findOrder(ctx, s.order)
	if err == nil && !found && !fullyBooked(unreported(live.Lines), link) {
		err = goneError(s.order)
	}
	return live, o, link, err
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

// storeBooking stores in the link what was booked, before it is reported. These quantities are not booked again: a
// person can do with the order what they like.
//
// A crash after it leaves a booked order with lines to report; the next run only reports them.
func (p *process) storeBooking(ctx context.Context, d decision, link *state.OrderLink) error {
	if link.ShippedAt.IsZero() {
		link.ShippedAt = p.Now()
	}
	if link.Booked == nil {
		link.Booked = map[string]string{}
	}
	for _, r := range d.reports {
		link.Booked[strconv.Itoa(int(r.line))] = r.picked.String()
	}
	link.Waybills = append(link.Waybills, d.textWaybills...)
	return p.State.PutOrder(ctx, link)
}
