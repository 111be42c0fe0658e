package process

import (
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
func (p *process) Apply(ctx context.Context, c plan.Change[step]) error {
	st := c.Payload
	switch c.Action {
	case plan.Cancel:
		return p.cancelOrder(ctx, st)
	case plan.Status:
		return p.setStatus(ctx, st)
	}
	if err := p.unmoved(ctx, c.Action, st); err != nil {
		return err
	}
	if !st.noted {
		if err := p.send(ctx, c.Action, &st); err != nil {
			return err
		}
	}
	st.link.OrderNumber, st.link.DeliveryDate = st.body.OrderNumber, st.body.DeliveryDate
	st.link.Fingerprint = st.draft.fingerprint()
	if st.link.ImportedAt.IsZero() {
		st.link.ImportedAt = p.Now()
	}
	if st.late {
		st.link.Fingerprint = "" // that is not what stands there
	}
	if err := p.State.PutOrder(ctx, &st.link); err != nil {
		return err
	}
	if p.Settings.SalesOrders.ImportedStatus != "" && st.link.StatusSetAt.IsZero() {
		if err := p.setStatus(ctx, st); err != nil {
			return err
		}
	}
	if st.late {
		return startedThere(st.order)
	}
	return nil
}

// unmoved reads the order again: it may have been edited, withdrawn or deleted while others were being sent.
func (p *process) unmoved(ctx context.Context, action plan.Action, st step) error {
	moved := errclass.New(errclass.Conflict, "", "order %d was changed in 24SevenOffice while it was being sent; it is read again", st.order)
	for o, err := range p.Office24.Orders(ctx, office24.OrderSearch{IDs: []office24.OrderID{st.order}}) {
		if err != nil {
			return err
		}
		known := st.link
		known.DeliveryDate = st.draft.Body.DeliveryDate
		d, err := mapOrder(o, known, p.Settings, st.draft.Body.DeliveryDate)
		may := p.pulls(o.Status) || action == plan.Update && p.sends(o.Status, st.link)
		if err != nil || d.fingerprint() != st.draft.fingerprint() || !may {
			return moved
		}
		return nil
	}
	return moved
}

// send writes the missing articles and then the order. Both are written under their own numbers: sent twice, they are
// still there once. What a crash between the writes leaves behind stands in the package comment.
func (p *process) send(ctx context.Context, action plan.Action, st *step) error {
	for _, w := range st.articles {
		if err := p.register.Ensure(ctx, w); err != nil {
			return err
		}
	}
	var before ongoing.Order
	if action == plan.Update {
		var err error
		if before, err = p.Ongoing.Order(ctx, ongoing.OrderID(st.link.OngoingID)); err != nil {
			return err
		}
		if before.Info.Status.Number == ongoing.StatusCancelled {
			return cancelledThere(st.order)
		}
		if !before.Changeable() {
			return startedThere(st.order)
		}
	}
	if st.link.OrderNumber == "" {
		// Stored first: whatever becomes of this run, and of the order's status meanwhile, it is known for ours.
		st.link.OrderNumber, st.link.DeliveryDate = st.body.OrderNumber, st.body.DeliveryDate
		if err := p.State.PutOrder(ctx, &st.link); err != nil {
			return err
		}
	}
	id, err := p.Ongoing.PutOrder(ctx, st.body)
	switch {
	case errors.Is(err, ongoing.ErrStarted):
		return startedThere(st.order)
	case errors.Is(err, ongoing.ErrCancelled):
		return cancelledThere(st.order)
	case err != nil:
		return err
	}
	st.link.OngoingID = int(id)
	if len(removedRows(before, st.body)) > 0 {
		return p.checkRemoved(ctx, *st)
	}
	return nil
}

// checkRemoved makes sure that rows that are gone from the order are gone from Ongoing. Whether a row that is no longer
// sent is removed is not documented; if it is not, the warehouse would send too much.
func (p *process) checkRemoved(ctx context.Context, st step) error {
	after, err := p.Ongoing.Order(ctx, ongoing.OrderID(st.link.OngoingID))
	if err != nil {
		return err
	}
	if rows := removedRows(after, st.body); len(rows) > 0 {
		return errclass.New(errclass.Rejected, "", "order %d: rows %s were removed in 24SevenOffice but still stand in Ongoing; remove them there",
			st.order, strings.Join(rows, ", "))
	}
	return nil
}

// setStatus sets the status on import and notes that it was done. An order that somebody has moved in the meantime is
// left alone: that is noted as well, so that it is not tried again.
func (p *process) setStatus(ctx context.Context, st step) error {
	to := p.Settings.SalesOrders.ImportedStatus
	err := orders.SetStatus(ctx, p.Office24, st.order, to, p.pulls)
	if err != nil && !errclass.Is(err, errclass.Conflict) {
		return err
	}
	if err == nil {
		st.link.Status = to.Name()
	}
	st.link.StatusSetAt = p.Now()
	return p.State.PutOrder(ctx, &st.link)
}
