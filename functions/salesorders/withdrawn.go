package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"ongoing24so/shared/fault"
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
		Fingerprint: plan.Fingerprint("cancel", link.OrderNumber), Body: step{order: id, link: link}})
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
		case s.seen[id] || link.ImportedAt.IsZero():
			control = append(control, id)
		case link.CancelledAt.IsZero() && link.ShippedAt.IsZero():
			open[id] = link
		default:
			control = append(control, id)
		}
	}
	if len(open) == 0 {
		return nil
	}
	ids := control[max(0, len(control)-maxControl):]
	for id := range open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	heads, err := s.Office24.OrderHeads(ctx, ids)
	if err != nil {
		return err
	}
	for id, link := range open {
		head, found := heads[id]
		s.plan.Read++
		switch {
		case found && settings.Withdrawn(head.Status):
			s.cancel(id, link)
		case found && !link.MissingSince.IsZero():
			s.note(id, link)
		case found:
			s.plan.Unchanged++
		default:
			s.gone(id, link, len(heads) > 0)
		}
	}
	return nil
}

// maxControl is how many orders that are done with are asked for besides, to see whether the service answers at all.
const maxControl = 5

// gone decides about an order that was not found. An empty answer deletes nothing: an order is believed to be gone if
// others were found in the same answer, or if a second run does not find it either.
func (s *survey) gone(id office24.OrderID, link state.OrderLink, othersFound bool) {
	if othersFound || !link.MissingSince.IsZero() && s.Now().Sub(link.MissingSince) > time.Minute {
		s.cancel(id, link)
		return
	}
	if link.MissingSince.IsZero() {
		s.note(id, link)
	}
}

// note writes down that an order is missing, or that it was found again.
func (s *survey) note(id office24.OrderID, link state.OrderLink) {
	s.plan.Changes = append(s.plan.Changes, plan.Change[step]{Key: key(id), Action: plan.Cancel, Quiet: true,
		Fingerprint: plan.Fingerprint("missing", link), Body: step{order: id, link: link, missing: link.MissingSince.IsZero(), found: !link.MissingSince.IsZero()}})
}

// cancelOrder cancels the order in Ongoing, if it is still withdrawn and the warehouse has not started on it.
//
// After a crash behind the cancelling the next run finds the order cancelled and only notes it.
func (p *process) cancelOrder(ctx context.Context, st step) error {
	switch {
	case st.missing:
		st.link.MissingSince = p.Now()
		return p.State.PutOrder(ctx, &st.link)
	case st.found:
		st.link.MissingSince = time.Time{}
		return p.State.PutOrder(ctx, &st.link)
	}
	heads, err := p.Office24.OrderHeads(ctx, []office24.OrderID{st.order})
	if err != nil {
		return err
	}
	if head, found := heads[st.order]; found && !settings.Withdrawn(head.Status) {
		return fault.New(fault.Conflict, "", "order %d is no longer withdrawn; it is read again", st.order)
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

func tooLate(id office24.OrderID) error {
	return fault.New(fault.Final, "", "order %d was withdrawn in 24SevenOffice, but the warehouse has started on it; tell the warehouse", id)
}
