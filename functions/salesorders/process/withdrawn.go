package process

import (
	"context"
	"errors"
	"maps"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// isOpen reports whether an order was sent, or may have been, and is neither cancelled nor shipped.
func isOpen(link state.OrderLink) bool {
	return link.OrderNumber != "" && link.CancelledAt.IsZero() && link.ShippedAt.IsZero()
}

// cancellation plans to cancel an order in Ongoing.
func cancellation(id office24.OrderID, link state.OrderLink) plan.Change[payload] {
	return plan.Change[payload]{
		Key:         key(id),
		Action:      plan.Cancel,
		Fields:      []plan.Field{{Field: "orderStatus", Old: "", New: "Cancelled"}},
		Fingerprint: plan.Fingerprint("cancel", link.OrderNumber),
		Payload:     payload{candidate: candidate{id: id, link: link}},
	}
}

// maxControl is how many settled orders are asked for along with the open ones: if those are not found either, the
// answer says nothing about the open ones.
const maxControl = 5

// planWithdrawn looks for open orders that have left the pulled statuses or are gone. A search by status and time of
// change finds neither.
func (p *process) planWithdrawn(ctx context.Context, seen func(office24.OrderID) bool, to *plan.Plan[payload]) error {
	open, control := map[office24.OrderID]state.OrderLink{}, []office24.OrderID{}
	for link, err := range p.State.EachOrder(ctx) {
		if err != nil {
			return err
		}
		if id := office24.OrderID(link.OrderID); isOpen(link) && !seen(id) {
			open[id] = link
		} else {
			control = append(control, id)
		}
	}
	if len(open) == 0 {
		return nil
	}
	ids := slices.AppendSeq(control[max(0, len(control)-maxControl):], maps.Keys(open))
	heads, err := p.Office24.OrderHeads(ctx, ids)
	if err != nil {
		return err
	}
	for id, link := range open {
		head, found := heads[id]
		to.Read++
		switch {
		case head.Unreadable != nil:
			to.Refuse(key(id), link.Fingerprint, head.Unreadable)
		case found && settings.Withdrawn(head.Status), !found && len(heads) > 0:
			to.Changes = append(to.Changes, cancellation(id, link))
		case found:
			to.Unchanged++
		default: // an empty answer deletes nothing
			to.Refuse(key(id), link.Fingerprint, errclass.New(errclass.Held, "",
				"order %d is not found in 24SevenOffice, but neither is any other; it is not cancelled in Ongoing", id))
		}
	}
	return nil
}

// planGone adds to LookedAt those orders that failed before and are gone from 24SevenOffice, for a plan that has read
// nothing: then only other orders in the same answer prove that they are gone.
func (p *process) planGone(ctx context.Context, retry []string, to *plan.Plan[payload]) error {
	failed := planner.IDs[office24.OrderID](retry)
	if len(failed) == 0 {
		return nil
	}
	ids := slices.Clone(failed)
	for link, err := range p.State.EachOrder(ctx) {
		if err != nil {
			return err
		}
		if id := office24.OrderID(link.OrderID); !slices.Contains(failed, id) && len(ids) < len(failed)+maxControl {
			ids = append(ids, id)
		}
	}
	heads, err := p.Office24.OrderHeads(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range failed {
		if _, found := heads[id]; !found && len(heads) > 0 {
			to.LookedAt = append(to.LookedAt, key(id))
		}
	}
	return nil
}

// cancel cancels the order in Ongoing, if it is still withdrawn and the warehouse has not started on it.
//
// After a crash between the cancellation and the link, the next run finds the order cancelled and only stores the link.
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
	return p.State.PutOrder(ctx, &o.link)
}

// findSent looks for the order of a link that does not say whether it was sent. If it was not, findSent reports false
// and resets the link, so that the order can be imported later. If Ongoing does not say whose the order is, a person
// has to.
func (p *process) findSent(ctx context.Context, o *payload) (bool, error) {
	found, err := p.withOrderID(ctx, o.candidate)
	if err != nil {
		return false, err
	}
	for same, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: []string{o.link.OrderNumber}}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return false, err
		}
		found = append(found, same)
	}
	if live, exists := p.own(*o, found); exists {
		o.link.OngoingID, o.link.ImportedAt = int(live.Info.ID), p.Now()
		return true, nil
	}
	for _, live := range found {
		if live.Info.GoodsOwnerOrderID == "" && live.Info.Status.Number != ongoing.StatusCancelled {
			return false, perhapsOurs(o.id, live)
		}
	}
	o.link.OrderNumber, o.link.DeliveryDate = "", ""
	return false, p.State.PutOrder(ctx, &o.link)
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
