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

// Apply books one shipped order. The steps and what a crash after each leaves behind stand in the package comment.
func (p *process) Apply(ctx context.Context, c plan.Change[shipment]) error {
	live, o, link, err := p.again(ctx, c.Payload)
	if err != nil {
		return err
	}
	b, err := assess(live, o, link, p.Settings)
	if err != nil {
		return err
	}
	if b.split != nil {
		if err := p.split(ctx, live, o, &link, b.split); err != nil {
			return err
		}
	}
	if b.setStatus {
		// A repeated write of the status finds it set and writes nothing.
		err := orders.SetStatus(ctx, p.Office24, o.ID, p.Settings.Shipments.Status, func(s office24.OrderStatus) bool { return mayLeave(s, link, p.Settings) })
		if err != nil {
			return err
		}
	}
	if len(b.waybills) > 0 {
		if err := p.writeWaybills(ctx, o.ID, live, &link); err != nil {
			return err
		}
	}
	if err := p.remember(ctx, b, &link); err != nil {
		return err
	}
	for _, r := range b.reports {
		// An absolute quantity; a crash after it leaves this line reported and the next ones in the list.
		if err := p.Ongoing.ReportLine(ctx, live.Info.ID, r.line, r.picked); err != nil {
			return err
		}
	}
	return nil
}

// again reads both sides and the link anew: minutes may have passed since the plan was made.
func (p *process) again(ctx context.Context, s shipment) (live ongoing.Order, o office24.Order, link state.OrderLink, err error) {
	links, err := p.State.Orders(ctx, []int{int(s.order)})
	if err != nil {
		return live, o, link, err
	}
	if live, err = p.Ongoing.Order(ctx, s.standing); err != nil {
		return live, o, link, err
	}
	link, linked := links[int(s.order)]
	if !linked || !slices.Contains(p.Settings.Shipments.ReportAt, live.Info.Status.Number) {
		return live, o, link, errclass.New(errclass.Conflict, "", "order %d moved while it was being booked; it is read again", s.order)
	}
	link.OngoingID = int(live.Info.ID)
	o, found, err := p.find(ctx, s.order)
	if err == nil && !found && !booked(toReport(live.Lines), link) {
		err = gone(s.order)
	}
	return live, o, link, err
}

// find reads one order.
func (p *process) find(ctx context.Context, id office24.OrderID) (office24.Order, bool, error) {
	for o, err := range p.read(ctx, []office24.OrderID{id}) {
		return o, true, err
	}
	return office24.Order{}, false, nil
}

// one reads an order that has to be there.
func (p *process) one(ctx context.Context, id office24.OrderID) (office24.Order, error) {
	o, found, err := p.find(ctx, id)
	if err == nil && !found {
		err = gone(id)
	}
	return o, err
}

func gone(id office24.OrderID) error {
	return errclass.New(errclass.Conflict, "", "order %d is gone from 24SevenOffice", id)
}

// remember writes down what was booked, before it is reported: from now on these quantities are not booked again, and a
// person may do with the order what they like.
func (p *process) remember(ctx context.Context, b booking, link *state.OrderLink) error {
	if link.ShippedAt.IsZero() {
		link.ShippedAt = p.Now()
	}
	if link.Booked == nil {
		link.Booked = map[string]string{}
	}
	for _, r := range b.reports {
		link.Booked[strconv.Itoa(int(r.line))] = r.picked.String()
	}
	link.Waybills = append(link.Waybills, b.mentioned...)
	return p.State.PutOrder(ctx, link)
}
