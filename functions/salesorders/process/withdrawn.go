package process

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// isOpen reports whether an order was sent, or may have been, and is neither cancelled nor shipped.
func isOpen(link state.OrderLink) bool {
	return link.OrderNumber != "" && link.CancelledAt.IsZero() && link.ShippedAt.IsZero()
}

// cancellation plans to cancel an order in Ongoing that was last changed in 24SevenOffice at a time, zero if it is gone
// there. An order that is confirmed and withdrawn again is another matter than before.
func cancellation(id office24.OrderID, link state.OrderLink, changed time.Time) plan.Change[payload] {
	return plan.Change[payload]{
		Key:         key(id),
		Action:      plan.Cancel,
		Fields:      []plan.Field{{Field: "orderStatus", Old: "", New: "Cancelled"}},
		Fingerprint: plan.Fingerprint("cancel", link.OrderNumber, changed.UTC()),
		Payload:     payload{candidate: candidate{id: id, link: link}},
	}
}

const (
	// maxControl is how many other orders are asked for along with those that are not found: if these are not found
	// either, the answer says nothing.
	maxControl = 5
	// askedTogether is how many open orders are asked for in one call.
	askedTogether = office24.MaxIDs - maxControl
	// deliveredFor is for how long an order was delivered in 24SevenOffice without a booking of ours before it counts
	// as closed. Until then, people may set it back and withdraw it.
	deliveredFor = 7 * 24 * time.Hour
)

// looksAtOpen reports whether a run looks at the open orders that it has not read otherwise: to cancel those that were
// withdrawn, or, without shipments, once a day to close those that were delivered. They would stay open for years, and
// the process stock reads all that are open.
func (p *process) looksAtOpen(request runner.PlanRequest) bool {
	onlyCloses := request.Verify && !p.Settings.Shipments.Enabled
	return request.Keys == nil && (p.Settings.SalesOrders.CancelWithdrawn || onlyCloses)
}

// planWithdrawn looks for open orders that have left the pulled statuses or are gone. A search by status and time of
// change finds neither. Orders that were delivered without us, for instance because shipments is off, are closed, so
// that they are not asked for again and again.
func (p *process) planWithdrawn(
	ctx context.Context, full bool, seen func(office24.OrderID) bool, to *plan.Plan[payload],
) error {
	open := map[office24.OrderID]state.OrderLink{}
	for link, err := range p.State.OpenOrders(ctx, full) {
		if err != nil {
			return err
		}
		if id := office24.OrderID(link.OrderID); isOpen(link) && link.DeliveredAt.IsZero() && !seen(id) {
			open[id] = link
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(open)), askedTogether) {
		heads, err := p.headsWithControl(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			head, found := heads[id]
			p.decideOpen(head, found, len(heads) > 0, open[id], to)
		}
	}
	return nil
}

// decideOpen decides about an open order that was not read otherwise.
func (p *process) decideOpen(
	head office24.OrderHead, found, others bool, link state.OrderLink, to *plan.Plan[payload],
) {
	id := office24.OrderID(link.OrderID)
	to.Read++
	switch {
	case !p.Settings.SalesOrders.CancelWithdrawn && (!found || head.Unreadable != nil || !p.isDelivered(head)):
		to.Unchanged++
	case head.Unreadable != nil:
		to.Refuse(key(id), link.Fingerprint, head.Unreadable)
	case found && settings.Withdrawn(head.Status), !found && others:
		to.Changes = append(to.Changes, cancellation(id, link, head.DateChanged))
	case found && p.isDelivered(head):
		c := candidate{id: id, link: link, mapped: mappedOrder{}}
		to.Changes = append(to.Changes, bookkeepingChange(c, closes))
	case found:
		to.Unchanged++
	default: // an empty answer deletes nothing
		to.Refuse(key(id), link.Fingerprint, errclass.New(errclass.Held, "",
			"order %d is not found in 24SevenOffice, but neither is any other; it is not cancelled in Ongoing", id))
	}
}

// isDelivered reports whether an order was invoiced, which is final, or delivered some time ago.
func (p *process) isDelivered(head office24.OrderHead) bool {
	delivered := head.Status == office24.StatusSent || head.Status == p.Settings.Shipments.Status
	return head.Status.Invoices() ||
		delivered && !head.DateChanged.IsZero() && p.Now().Sub(head.DateChanged) > deliveredFor
}

// headsWithControl reads orders in 24SevenOffice. If it finds none of them, it asks again along with others of ours:
// an order counts as gone only if the same answer has another one.
func (p *process) headsWithControl(
	ctx context.Context, ids []office24.OrderID,
) (map[office24.OrderID]office24.OrderHead, error) {
	heads, err := p.Office24.OrderHeads(ctx, ids)
	if err != nil || len(heads) > 0 {
		return heads, err
	}
	some, err := p.State.SomeOrders(ctx, office24.MaxIDs)
	if err != nil {
		return nil, err
	}
	asked := slices.Clone(ids)
	for _, id := range some {
		if id := office24.OrderID(id); !slices.Contains(ids, id) && len(asked) < len(ids)+maxControl {
			asked = append(asked, id)
		}
	}
	if len(asked) == len(ids) {
		return heads, nil
	}
	return p.Office24.OrderHeads(ctx, asked)
}

// planGone adds to LookedAt those orders that failed before and are gone from 24SevenOffice, for a plan whose searches
// have found nothing: then only other orders in the same answer prove that they are gone.
func (p *process) planGone(ctx context.Context, retry []string, to *plan.Plan[payload]) error {
	failed := planner.IDs[office24.OrderID](retry)
	for ids := range slices.Chunk(failed, askedTogether) {
		heads, err := p.headsWithControl(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, found := heads[id]; !found && len(heads) > 0 {
				to.LookedAt = append(to.LookedAt, key(id))
			}
		}
	}
	return nil
}

// cancel cancels the order in Ongoing, if it is still withdrawn and the warehouse has not started on it.
//
// After a crash between the cancellation and the link, the next run finds the order cancelled and only stores the link.
// After a crash between the link and the index, a closed order is in the index, which does no harm.
func (p *process) cancel(ctx context.Context, o payload) error {
	for now, err := range p.Office24.Orders(ctx, office24.OrderSearch{IDs: []office24.OrderID{o.id}}) {
		switch {
		case err != nil:
			return err
		case !settings.Withdrawn(now.Status):
			return errclass.New(errclass.Conflict, "", "order %d is no longer withdrawn; it is read again", o.id)
		}
		o.rows = now.Rows
	}
	if o.link.OngoingID == 0 {
		exists, err := p.findSent(ctx, &o)
		if err != nil || !exists {
			return err
		}
	}
	live, err := p.Ongoing.Order(ctx, ongoing.OrderID(o.link.OngoingID))
	switch {
	case errors.Is(err, ongoing.ErrNotFound):
	case err != nil:
		return err
	case !p.whose(live, o.candidate).IsOrder():
		return perhapsOurs(o.id, live)
	case live.Info.Status.Number == ongoing.StatusCancelled:
	case !live.Changeable():
		return startedBeforeCancel(o.id)
	default:
		err = p.Ongoing.CancelOrder(ctx, live.Info.ID)
		if errors.Is(err, ongoing.ErrStarted) {
			return startedBeforeCancel(o.id)
		} else if err != nil {
			return err
		}
	}
	o.link.CancelledAt = p.Now()
	if err := p.State.PutOrder(ctx, &o.link); err != nil {
		return err
	}
	return p.State.CloseOrder(ctx, o.link)
}

// findSent looks for the order of a link that does not say whether it was sent. If it was not, findSent reports false
// and resets the link, so that the order can be imported later. If Ongoing does not say whose the order is, a person
// has to.
func (p *process) findSent(ctx context.Context, o *payload) (bool, error) {
	exists, found, err := p.learnSent(ctx, o)
	if err != nil || exists {
		return exists, err
	}
	for _, live := range found {
		if live.Info.GoodsOwnerOrderID == "" && live.Info.Status.Number != ongoing.StatusCancelled {
			return false, perhapsOurs(o.id, live)
		}
	}
	o.link.OrderNumber, o.link.DeliveryDate = "", ""
	if err := p.State.PutOrder(ctx, &o.link); err != nil {
		return false, err
	}
	return false, p.State.CloseOrder(ctx, o.link)
}

// learnSent puts into a link that does not say whether its order was sent which order in Ongoing it is. It reports
// whether there is one, and returns all that have its id or its number.
func (p *process) learnSent(ctx context.Context, o *payload) (exists bool, found []ongoing.Order, err error) {
	if found, err = p.withOrderID(ctx, o.candidate); err != nil {
		return false, nil, err
	}
	for same, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: []string{o.link.OrderNumber}}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return false, nil, err
		}
		found = append(found, same)
	}
	live, exists := p.own(*o, found)
	if exists {
		o.link.OngoingID, o.link.ImportedAt = int(live.Info.ID), p.Now()
	}
	return exists, found, nil
}

// perhapsOurs is the reason why an order in Ongoing is not cancelled that nothing proves to be ours.
func perhapsOurs(id office24.OrderID, live ongoing.Order) error {
	return errclass.New(errclass.Held, "", "order %d was withdrawn in 24SevenOffice; "+
		"order %s in Ongoing (system id %d) may be the same, but its goodsOwnerOrderId does not say so: "+
		"if it is, cancel it there by hand", id, live.Info.Number, live.Info.ID)
}

func startedBeforeCancel(id office24.OrderID) error {
	return errclass.New(errclass.Final, "",
		"order %d was withdrawn in 24SevenOffice, but the warehouse has started on it; tell the warehouse", id)
}
