package process

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
)

// Apply carries out what the plan says about one order.
func (p *process) Apply(ctx context.Context, c plan.Change[payload]) error {
	switch c.Action {
	case plan.Cancel:
		return p.cancel(ctx, c.Payload)
	case plan.Status:
		return p.setStatus(ctx, c.Payload)
	default:
		return p.sendAndLink(ctx, c.Action, c.Payload)
	}
}

// sendAndLink sends the order, unless only its link has to be written, writes the link, and sets the status on import.
func (p *process) sendAndLink(ctx context.Context, action plan.Action, o payload) error {
	if err := p.checkStillAsPlanned(ctx, action, o); err != nil {
		return err
	}
	if !o.linkOnly {
		if err := p.send(ctx, action, &o); err != nil {
			return err
		}
	}
	o.link.OrderNumber, o.link.DeliveryDate = o.completeBody.OrderNumber, o.completeBody.DeliveryDate
	o.link.Fingerprint = o.mapped.fingerprint()
	if o.link.ImportedAt.IsZero() {
		o.link.ImportedAt = p.Now()
	}
	if o.tooLate {
		o.link.Fingerprint = "" // the order in Ongoing is another one
	}
	if err := p.State.PutOrder(ctx, &o.link); err != nil {
		return err
	}
	if needsStatus(o.link, p.Settings) {
		if err := p.setStatus(ctx, o); err != nil {
			return err
		}
	}
	if o.tooLate {
		return startedInOngoing(o.id)
	}
	return nil
}

// checkStillAsPlanned reads the order again: it may have been edited, withdrawn or deleted while others were sent.
func (p *process) checkStillAsPlanned(ctx context.Context, action plan.Action, planned payload) error {
	changed := errclass.New(errclass.Conflict, "",
		"order %d was changed in 24SevenOffice while it was being sent; it is read again", planned.id)
	for o, err := range p.Office24.Orders(ctx, office24.OrderSearch{IDs: []office24.OrderID{planned.id}}) {
		if err != nil {
			return err
		}
		date := planned.mapped.Body.DeliveryDate
		link := planned.link
		link.DeliveryDate = date
		now, err := mapOrder(o, link, p.Settings, date)
		sends := isPulled(o.Status, p.Settings) ||
			action == plan.Update && shouldSend(o.Status, planned.link, p.Settings)
		if err != nil || now.fingerprint() != planned.mapped.fingerprint() || !sends {
			return changed
		}
		return nil
	}
	return changed
}

// send writes the missing articles and then the order. Both are written in full under their own numbers, so that a
// repeated write creates nothing twice. The package comment says what a crash between the writes leaves behind.
func (p *process) send(ctx context.Context, action plan.Action, o *payload) error {
	for _, w := range o.articles {
		if err := p.register.Ensure(ctx, w); err != nil {
			return err
		}
	}
	before, err := p.checkOngoing(ctx, action, *o)
	if err != nil {
		return err
	}
	if o.link.OrderNumber == "" {
		// Stored before the order is sent: whatever happens to this run, and to the order's status in the meantime, the
		// order in Ongoing is recognised as ours.
		o.link.OrderNumber, o.link.DeliveryDate = o.completeBody.OrderNumber, o.completeBody.DeliveryDate
		if err := p.State.PutOrder(ctx, &o.link); err != nil {
			return err
		}
	}
	id, err := p.Ongoing.PutOrder(ctx, o.completeBody)
	switch {
	case errors.Is(err, ongoing.ErrStarted):
		return startedInOngoing(o.id)
	case errors.Is(err, ongoing.ErrCancelled):
		return cancelledByWarehouse(o.id)
	case errclass.Is(err, errclass.Rejected):
		return cmp.Or(p.forgetLostArticles(ctx, *o), err)
	case err != nil:
		return err
	}
	o.link.OngoingID = int(id)
	if len(removedRows(before, o.completeBody)) > 0 {
		return p.checkRowsRemoved(ctx, *o)
	}
	return nil
}

// checkOngoing looks at Ongoing right before the order is written there. An order that is replaced must still be ours
// and changeable. A new one must not be there under another number; if the plan has not searched for it, this does.
func (p *process) checkOngoing(ctx context.Context, action plan.Action, o payload) (before ongoing.Order, err error) {
	if action != plan.Update {
		if o.searched {
			return before, nil
		}
		found, err := p.withOrderID(ctx, o.candidate)
		if _, exists := p.own(o, found); err == nil && exists {
			err = errclass.New(errclass.Conflict, "",
				"order %d is in Ongoing already, under another number; the next run takes it over", o.id)
		}
		if err == nil {
			err = p.checkFree(o, found)
		}
		return before, err
	}
	before, err = p.Ongoing.Order(ctx, ongoing.OrderID(o.link.OngoingID))
	switch {
	case err != nil:
		return before, err
	case !p.whose(before, o.candidate).IsOrder() || before.Info.Number != o.completeBody.OrderNumber:
		return before, errclass.New(errclass.Conflict, "",
			"order %d was renumbered or given to another order in Ongoing while it was being sent; it is read again",
			o.id)
	case before.Info.Status.Number == ongoing.StatusCancelled:
		return before, cancelledByWarehouse(o.id)
	case !before.Changeable():
		return before, startedInOngoing(o.id)
	default:
		return before, nil
	}
}

// checkRowsRemoved checks that rows that are no longer sent are gone from Ongoing. Whether Ongoing removes them is not
// documented; if it does not, the warehouse would send too much.
func (p *process) checkRowsRemoved(ctx context.Context, o payload) error {
	after, err := p.Ongoing.Order(ctx, ongoing.OrderID(o.link.OngoingID))
	if err != nil {
		return err
	}
	if rows := removedRows(after, o.completeBody); len(rows) > 0 {
		return errclass.New(errclass.Rejected, "",
			"order %d: rows %s were removed in 24SevenOffice but are still in Ongoing; remove them there",
			o.id, strings.Join(rows, ", "))
	}
	return nil
}

// setStatus sets the status on import and stores that it was done. If somebody has moved the order in the meantime,
// it is left alone, and that is stored as well, so that it is not tried again.
func (p *process) setStatus(ctx context.Context, o payload) error {
	to := p.Settings.SalesOrders.ImportedStatus
	pulled := func(from office24.OrderStatus) bool { return isPulled(from, p.Settings) }
	err := orders.SetStatus(ctx, p.Office24, o.id, to, pulled)
	if err != nil && !errclass.Is(err, errclass.Conflict) {
		return err
	}
	if err == nil {
		o.link.Status = to.Name()
	}
	o.link.StatusSetAt = p.Now()
	return p.State.PutOrder(ctx, &o.link)
}
