package main

import (
	"context"
	"strconv"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// Apply books one shipped order. The steps and what a crash after each leaves behind stand in the package comment.
func (p *process) Apply(ctx context.Context, c plan.Change[shipment]) error {
	live, o, link, err := p.again(ctx, c.Body)
	if err != nil {
		return err
	}
	b, err := assess(live, o, link, p.Settings)
	if err != nil {
		return err
	}
	if b.rest != nil {
		if err := p.split(ctx, o, &link, b.rest); err != nil {
			return err
		}
	}
	if b.setStatus {
		// A repeated write of the status finds it set and writes nothing.
		err := orders.SetStatus(ctx, p.Office24, o.ID, p.Settings.Shipments.Status, func(s office24.OrderStatus) bool { return mayLeave(s, p.Settings) })
		if err != nil {
			return err
		}
	}
	if len(b.waybills) > 0 {
		if err := p.addWaybills(ctx, o.ID, live, &link); err != nil {
			return err
		}
	}
	if err := p.note(ctx, b, &link); err != nil {
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
func (p *process) again(ctx context.Context, s shipment) (ongoing.Order, office24.Order, state.OrderLink, error) {
	links, err := p.State.Orders(ctx, []int{int(s.order)})
	if err != nil {
		return ongoing.Order{}, office24.Order{}, state.OrderLink{}, err
	}
	live, err := p.Ongoing.Order(ctx, s.standing)
	if err != nil {
		return live, office24.Order{}, state.OrderLink{}, err
	}
	o, err := p.one(ctx, s.order)
	return live, o, links[int(s.order)], err
}

func (p *process) one(ctx context.Context, id office24.OrderID) (office24.Order, error) {
	for o, err := range p.read(ctx, []office24.OrderID{id}) {
		return o, err
	}
	return office24.Order{}, fault.New(fault.Conflict, "", "order %d is gone from 24SevenOffice", id)
}

// note writes down what was booked, before it is reported.
func (p *process) note(ctx context.Context, b booking, link *state.OrderLink) error {
	if link.ShippedAt.IsZero() {
		link.ShippedAt = p.Now()
	}
	if link.Booked == nil {
		link.Booked = map[string]string{}
	}
	for _, r := range b.reports {
		link.Booked[strconv.Itoa(int(r.line))] = r.picked.String()
	}
	return p.State.PutOrder(ctx, link)
}

// addWaybills appends the waybills to the invoice text, which is read again first: a person may be writing there.
//
// A crash behind the write leaves a text that has them; the next run finds them there.
func (p *process) addWaybills(ctx context.Context, id office24.OrderID, live ongoing.Order, link *state.OrderLink) error {
	o, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	if o.Status.Invoices() {
		return nil
	}
	fresh := newWaybills(live, o.InvoiceText, link.Waybills)
	text := withWaybills(o.InvoiceText, fresh)
	if len(fresh) > 0 && text != "" {
		if _, err := p.Office24.SaveOrder(ctx, office24.OrderWrite{ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, InvoiceText: text}); err != nil {
			return err
		}
	}
	link.Waybills = append(link.Waybills, fresh...)
	return nil
}
