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
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// cancel plans the cancelling of an order in Ongoing.
func (s *survey) cancel(id office24.OrderID, link state.OrderLink) {
	s.plan.Changes = append(s.plan.Changes, plan.Change[step]{Key: key(id), Action: plan.Cancel,
		Fields:      []plan.Field{{Field: "orderStatus", Old: "", New: "Cancelled"}},
		Fingerprint: plan.Fingerprint("cancel", link.OrderNumber), Payload: step{order: id, link: link}})
}

// pollOpen looks for imported orders that have left the pulled statuses or are gone: a search by status and time of
// change shows neither.
func (s *survey) pollOpen(ctx context.Context) error {
	open, control := map[office24.OrderID]state.OrderLink{}, []office24.OrderID{}
	for link, err := range s.State.EachOrder(ctx) {
		id := office24.OrderID(link.OrderID)
		switch {
		case err != nil:
			return err
		case s.seen[id] || link.OrderNumber == "" || !link.CancelledAt.IsZero() || !link.ShippedAt.IsZero():
			control = append(control, id)
		default:
			open[id] = link
		}
	}
	if len(open) == 0 {
		return nil
	}
	ids := slices.AppendSeq(control[max(0, len(control)-maxControl):], maps.Keys(open))
	heads, err := s.Office24.OrderHeads(ctx, ids)
	if err != nil {
		return err
	}
	for id, link := range open {
		head, found := heads[id]
		s.plan.Read++
		switch {
		case found && settings.Withdrawn(head.Status), !found && len(heads) > 0:
			s.cancel(id, link)
		case found:
			s.plan.Unchanged++
		default: // an empty answer deletes nothing
			s.plan.Refuse(key(id), link.Fingerprint, errclass.New(errclass.Held, "",
				"order %d is not found in 24SevenOffice, but neither is any other; it is not cancelled in Ongoing", id))
		}
	}
	return nil
}

// maxControl is how many orders that are done with are asked for besides, to see whether the service answers at all.
const maxControl = 5

// cancelOrder cancels the order in Ongoing, if it is still withdrawn and the warehouse has not started on it.
//
// After a crash behind the cancelling the next run finds the order cancelled and only notes it.
func (p *process) cancelOrder(ctx context.Context, st step) error {
	heads, err := p.Office24.OrderHeads(ctx, []office24.OrderID{st.order})
	if err != nil {
		return err
	}
	if head, found := heads[st.order]; found && !settings.Withdrawn(head.Status) {
		return errclass.New(errclass.Conflict, "", "order %d is no longer withdrawn; it is read again", st.order)
	}
	if st.link.OngoingID == 0 {
		stands, err := p.findSent(ctx, &st.link)
		if err != nil || !stands {
			return err
		}
	}
	live, err := p.Ongoing.Order(ctx, ongoing.OrderID(st.link.OngoingID))
	switch {
	case errors.Is(err, ongoing.ErrNotFound):
	case err != nil:
		return err
	case live.Info.Status.Number == ongoing.StatusCancelled:
	case !live.Changeable():
		return tooLate(st.order)
	default:
		err = p.Ongoing.CancelOrder(ctx, live.Info.ID)
		if errors.Is(err, ongoing.ErrStarted) {
			return tooLate(st.order)
		} else if err != nil {
			return err
		}
	}
	st.link.CancelledAt = p.Now()
	return p.State.PutOrder(ctx, &st.link)
}

// findSent looks for the order of a link that does not say whether it was sent. It reports false where it was not, and
// then the link is as if nobody had meant to. Where Ongoing does not tell whose the order is, a person has to.
func (p *process) findSent(ctx context.Context, link *state.OrderLink) (bool, error) {
	for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: []string{link.OrderNumber}}) {
		if err != nil {
			return false, err
		}
		switch o.Info.GoodsOwnerOrderID {
		case key(office24.OrderID(link.OrderID)):
			link.OngoingID, link.ImportedAt = int(o.Info.ID), p.Now()
			return true, nil
		case "":
			if o.Info.Status.Number != ongoing.StatusCancelled {
				return false, errclass.New(errclass.Held, "", "order %d was withdrawn in 24SevenOffice; order %s in Ongoing may be it, but does not say so: cancel it there by hand",
					link.OrderID, o.Info.Number)
			}
		}
	}
	link.OrderNumber, link.DeliveryDate = "", ""
	return false, p.State.PutOrder(ctx, link)
}

func tooLate(id office24.OrderID) error {
	return errclass.New(errclass.Final, "", "order %d was withdrawn in 24SevenOffice, but the warehouse has started on it; tell the warehouse", id)
}
