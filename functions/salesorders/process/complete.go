package process

import (
	"context"
	"errors"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
)

// Complete turns candidates into changes. It reads their products and the orders that exist in Ongoing under their
// numbers, finds the missing articles, and compares.
func (s *steps) Complete(ctx context.Context, candidates []candidate, to *plan.Plan[payload]) error {
	products, err := s.products(ctx, candidates)
	if err != nil {
		return err
	}
	existing, err := s.existing(ctx, candidates)
	if err != nil {
		return err
	}
	for _, c := range candidates {
		change, err := s.change(ctx, c, products, existing)
		switch {
		case err != nil && !concernsOneOrder(err):
			return err
		case err != nil:
			to.Refuse(key(c.id), c.mapped.fingerprint(), err)
		case change.Action != "":
			to.Changes = append(to.Changes, change)
		case c.asSent:
			to.Unchanged++
		default:
			to.Skipped++ // no row is for the warehouse
		}
	}
	return nil
}

// concernsOneOrder reports whether an error refuses one order. Other errors end the run.
func concernsOneOrder(err error) bool {
	classes := []errclass.Class{errclass.Rejected, errclass.Final, errclass.Held, errclass.Conflict}
	return slices.Contains(classes, errclass.Of(err))
}

// existing reads the orders in Ongoing by the candidates' numbers. They were sent by an earlier run, perhaps by one
// that died before it could store that.
func (s *steps) existing(ctx context.Context, candidates []candidate) (map[string]ongoing.Order, error) {
	numbers := make([]string, len(candidates))
	for i, c := range candidates {
		numbers[i] = c.mapped.Body.OrderNumber
	}
	found := map[string]ongoing.Order{}
	for o, err := range s.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
		if err != nil {
			return nil, err
		}
		found[o.Info.Number] = o
	}
	return found, nil
}

// change completes one candidate. A change without an action means that there is nothing to do.
func (s *steps) change(ctx context.Context, c candidate, products map[office24.ProductID]*lineProduct,
	existing map[string]ongoing.Order) (plan.Change[payload], error) {
	change := plan.Change[payload]{Key: key(c.id)}
	live, exists := existing[c.mapped.Body.OrderNumber]
	if exists && c.link.OngoingID == 0 && c.mapped.NoDate {
		// Sent by a run that died: the date stays what it was then.
		c.mapped.Body.DeliveryDate = live.Info.DeliveryDate.Date(s.Settings.Location)
	}
	change.Fingerprint = c.mapped.fingerprint()
	if exists && c.asSent && !live.Changeable() {
		return change, nil // the warehouse works on it; what it changes there is right
	}
	body, missing, err := c.mapped.withArticles(products, s.Settings)
	if err != nil {
		return change, err
	}
	p := payload{candidate: c, completeBody: body, articles: missing}
	switch {
	case len(body.OrderLines) == 0 && c.link.OngoingID == 0:
		return change, nil
	case len(body.OrderLines) == 0:
		return change, errclass.New(errclass.Rejected, "",
			"order %d has no row left that can be sent; cancel it in Ongoing if it is not wanted any more", c.id)
	case !exists && !c.pulled:
		return change, nil
	case !exists:
		change.Action, change.Fields = plan.Create, plan.Diff(ongoing.OrderBody{}, body, shown)
		change.Payload = p
		return change, s.checkNotRenumbered(ctx, c)
	}
	if err := p.linkTo(live); err != nil {
		return change, err
	}
	readable, complete := readablePart(body)
	match, fields := plan.Comparison{
		Current: bodyOf(live, s.Settings.Location), Wanted: body, Readable: readable, Complete: complete,
		AsWritten: c.asSent, Show: shown,
	}.Compare()
	switch {
	case match == plan.Same && c.asSent:
		return change, nil
	case match == plan.Same || !live.Changeable():
		p.linkOnly, p.tooLate = true, match == plan.Differs
		fields = nil
		change.LinkOnly = !needsStatus(c.link, s.Settings)
	}
	change.Action, change.Fields, change.Payload = plan.Update, fields, p
	return change, nil
}

// checkNotRenumbered refuses to send an order again that was sent before and is not found under its number: if somebody
// has only changed the number in Ongoing, the goods would be delivered twice.
func (s *steps) checkNotRenumbered(ctx context.Context, c candidate) error {
	if c.link.OngoingID == 0 {
		return nil
	}
	switch o, err := s.Ongoing.Order(ctx, ongoing.OrderID(c.link.OngoingID)); {
	case errors.Is(err, ongoing.ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return errclass.New(errclass.Rejected, "",
			"order %d has the number %q in Ongoing instead of %s; change it back there",
			c.id, o.Info.Number, c.link.OrderNumber)
	}
}

// linkTo links the order to the one that exists in Ongoing. It refuses one that is somebody else's, that was
// cancelled, or that is ours and that the warehouse has started on. If the warehouse has started on an order that was
// not linked, it is linked first and the difference is reported afterwards.
func (p *payload) linkTo(live ongoing.Order) error {
	linked := p.link.OngoingID == int(live.Info.ID)
	switch {
	case !linked && !sentByUs(live, p.mapped.Body):
		return errclass.New(errclass.Rejected, "",
			"order number %s belongs to another order in Ongoing (system id %d); set salesOrders.orderNumberPrefix",
			live.Info.Number, live.Info.ID)
	case live.Info.Status.Number == ongoing.StatusCancelled:
		return cancelledInOngoing(p.id)
	case !live.Changeable() && linked:
		return startedInOngoing(p.id)
	}
	p.link.OngoingID = int(live.Info.ID)
	return nil
}

// sentByUs reports whether an order in Ongoing was sent by a run that died, and not only has the same number: it has
// the order id of 24SevenOffice or, if Ongoing does not return that, one of its row ids.
func sentByUs(live ongoing.Order, b ongoing.OrderBody) bool {
	if live.Info.GoodsOwnerOrderID != "" {
		return live.Info.GoodsOwnerOrderID == b.GoodsOwnerOrderID
	}
	return slices.ContainsFunc(live.Lines, func(l ongoing.Line) bool {
		return slices.ContainsFunc(b.OrderLines, func(sent ongoing.OrderLine) bool {
			return l.ExternalID == sent.ExternalID || l.RowNumber == sent.RowNumber
		})
	})
}

func cancelledInOngoing(id office24.OrderID) error {
	return errclass.New(errclass.Held, "", "order %d was cancelled in Ongoing by hand and is not sent again", id)
}

func startedInOngoing(id office24.OrderID) error {
	return errclass.New(errclass.Final, "",
		"the warehouse has started on order %d and the change is not sent; "+
			"tell the warehouse, or undo it in 24SevenOffice", id)
}
