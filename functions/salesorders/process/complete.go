package process

import (
	"context"
	"fmt"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
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
	if err := s.readNames(ctx, candidates, existing); err != nil {
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
			to.Notes = append(to.Notes, change.Payload.notes()...)
			if change.Payload.bookkeeping == ends {
				s.keepWhy(c.id, plan.Why{Reason: fmt.Sprintf(
					"it was withdrawn (%s) in 24SevenOffice and is cancelled in Ongoing", c.withdrawn)}, to)
			}
		case c.withdrawn != "":
			to.Skipped++
			s.keepWhy(c.id, stillThere(c.withdrawn), to)
		case c.asSent:
			to.Unchanged++
		default:
			to.Skipped++ // no row is for the warehouse
		}
	}
	return nil
}

// keepWhy keeps the reason why an order is left alone, for a person who has named it.
func (s *steps) keepWhy(id office24.OrderID, why plan.Why, to *plan.Plan[payload]) {
	if s.request.Keys != nil {
		why.Key = key(id)
		to.Whys = append(to.Whys, why)
	}
}

// notes says what people should know about the change.
func (p payload) notes() (notes []string) {
	if p.takenOver {
		notes = append(notes, fmt.Sprintf("order %d is in Ongoing already, as order %s; it is taken over as it is",
			p.id, p.completeBody.OrderNumber))
	}
	if !p.linkOnly {
		notes = append(notes, p.mapped.notes(p.completeBody)...)
	}
	return notes
}

// concernsOneOrder reports whether an error refuses one order. Other errors end the run.
func concernsOneOrder(err error) bool {
	classes := []errclass.Class{errclass.Rejected, errclass.Final, errclass.Held, errclass.Conflict}
	return slices.Contains(classes, errclass.Of(err))
}

// change completes one candidate. A change without an action means that there is nothing to do.
func (s *steps) change(ctx context.Context, c candidate, products *products,
	existing map[string][]ongoing.Order) (plan.Change[payload], error) {
	change := plan.Change[payload]{Key: key(c.id), Fingerprint: c.mapped.fingerprint()}
	p := payload{candidate: c}
	live, exists, err := s.find(ctx, &p, existing[c.mapped.Body.OrderNumber])
	if err != nil {
		return change, err
	}
	linked := exists && p.link.OngoingID == int(live.Info.ID)
	asLinked := linked && p.link.OrderNumber == live.Info.Number
	if exists {
		if !linked && p.mapped.NoDate {
			// Sent by a run that died: the date stays what it was then.
			p.mapped.Body.DeliveryDate = live.Info.DeliveryDate.Date(s.Settings.Location)
		}
		p.takenOver = !linked && live.Info.Number != p.mapped.Body.OrderNumber
		p.link.OngoingID, p.link.OrderNumber = int(live.Info.ID), live.Info.Number
		p.mapped.Body.OrderNumber = live.Info.Number
		change.Fingerprint = p.mapped.fingerprint()
	}
	switch cancelled := exists && live.Info.Status.Number == ongoing.StatusCancelled; {
	case cancelled && c.withdrawn != "" && !somethingPicked(live.Lines):
		return bookkeepingChange(p.candidate, ends), nil
	case cancelled && linked && somethingPicked(live.Lines):
		return change, nil
	case cancelled:
		return change, s.cancelledError(ctx, p.candidate)
	case asLinked && c.asSent && c.pulled && s.hasEnded(live):
		told := bookkeepingChange(c, tells)
		told.Payload.tellShipments = true
		return told, nil
	case c.onlyWatched:
		return change, nil
	case asLinked && c.asSent && !live.Changeable(): // the warehouse works on it; what it changes there is right
		return s.afterLook(c), nil
	}
	p.tellShipments = exists && !linked && live.Info.Status.Number >= slices.Min(s.Settings.Shipments.ReportAt)
	complete, err := p.mapped.withArticles(products, s.Settings)
	if err != nil && linked && !live.Changeable() {
		err = startedInOngoing(c.id)
	}
	if err != nil {
		return change, err
	}
	p.completeBody, p.products, p.articles = complete.body, complete.products, complete.articles
	switch {
	case len(p.completeBody.OrderLines) == 0 && !exists:
		return change, nil
	case len(p.completeBody.OrderLines) == 0 && !live.Changeable():
		return change, startedInOngoing(c.id)
	case len(p.completeBody.OrderLines) == 0:
		return change, errclass.New(errclass.Rejected, "",
			"order %d has no row left that can be sent; cancel it in Ongoing if it is not wanted any more", c.id)
	case !exists && !c.pulled:
		return change, nil
	case !exists:
		if c.restOf != 0 {
			if err := s.checkRestOrder(ctx, p); err != nil {
				return change, err
			}
		}
		change.Action, change.Fields = plan.Create, plan.Diff(ongoing.OrderBody{}, p.completeBody, shown)
		change.Payload, change.Happened = p, c.changedAt
		return change, nil
	}
	if p.takenOver && !sameGoods(live, p.completeBody) {
		return change, errclass.New(errclass.Held, "",
			"order %s in Ongoing (system id %d) has the goodsOwnerOrderId %d, but other articles or quantities than "+
				"order %d; if it is the same order, correct them in Ongoing, else clear its goodsOwnerOrderId there",
			live.Info.Number, live.Info.ID, c.id, c.id)
	}
	fields := s.compare(live, &p, linked)
	switch {
	case p.tooLate && linked:
		return change, startedInOngoing(c.id)
	case p.linkOnly && asLinked && c.asSent:
		return s.afterLook(c), nil
	}
	if !p.linkOnly {
		if err := checkAlone(live, existing[live.Info.Number]); err != nil {
			return change, err
		}
	}
	change.LinkOnly = p.linkOnly && !needsStatus(c.link, s.Settings)
	change.Action, change.Fields, change.Payload, change.Adopts = plan.Update, fields, p, !linked
	return change, nil
}

// afterLook plans what is left to do for an order that is as it was sent and that was found in Ongoing as it should be:
// perhaps its status on import was never set.
func (s *steps) afterLook(c candidate) plan.Change[payload] {
	if needsStatus(c.link, s.Settings) {
		return statusChange(c, s.Settings)
	}
	return plan.Change[payload]{}
}

// hasEnded reports whether an order left the way to being shipped, such as one that was returned. The process shipments
// holds it, unless people have settled it; one that they set back is looked at again.
func (p *process) hasEnded(live ongoing.Order) bool {
	return orders.HasEnded(live.Info.Status.Number, p.Settings.Shipments.ReportAt)
}

// compare compares the order with the one in Ongoing and returns what differs. It decides whether the order is sent or
// only its link is written: because nothing differs, because nothing can be changed any more, or because an order that
// stands under another number is taken over as it is. That one is sent only if its lines do not name our rows: nothing
// that is picked of it could be booked.
//
// A linked order that nothing can be changed of any more, and that is not as it was last sent, can be as it should be
// all the same: a run died after it was sent, or Ongoing's answer was lost.
//
// The daily comparison does not send an order again because its products were renamed since: their old names would
// become comments of its lines.
func (s *steps) compare(live ongoing.Order, p *payload, linked bool) []plan.Field {
	if s.request.Verify && p.asSent {
		p.completeBody.OrderLines = withCommentsOf(live, p.completeBody.OrderLines)
	}
	readable, complete := readablePart(p.completeBody)
	match, fields := plan.Comparison{
		Current: bodyOf(live, s.Settings.Location), Wanted: p.completeBody, Readable: readable, Complete: complete,
		AsWritten: p.asSent, Show: shown,
	}.Compare()
	p.takenOver = p.takenOver && (!live.Changeable() || hasLines(live, p.completeBody))
	if match != plan.Same && live.Changeable() && !p.takenOver {
		return fields
	}
	differs := match == plan.Differs || match == plan.Unknown && linked
	p.linkOnly, p.tooLate = true, differs && !p.takenOver && !p.asSent
	return nil
}

// withCommentsOf returns lines with the comments that they have in Ongoing.
func withCommentsOf(live ongoing.Order, lines []ongoing.OrderLine) []ongoing.OrderLine {
	lines = slices.Clone(lines)
	for _, l := range live.Lines {
		for i := range lines {
			if lines[i].RowNumber == l.RowNumber {
				lines[i].Comment = l.Comment
			}
		}
	}
	return lines
}

func startedInOngoing(id office24.OrderID) error {
	return errclass.New(errclass.Final, "",
		"the warehouse has started on order %d and the change is not sent; "+
			"tell the warehouse, or undo it in 24SevenOffice", id)
}
