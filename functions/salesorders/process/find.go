package process

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/state"
)

// existing reads the orders in Ongoing that have the candidates' numbers. Those whose id and number cannot be read are
// kept apart, if they are more than the linked orders that the answer lacks.
func (s *steps) existing(ctx context.Context, candidates []candidate) (map[string][]ongoing.Order, error) {
	numbers := make([]string, len(candidates))
	for i, c := range candidates {
		numbers[i] = c.mapped.Body.OrderNumber
	}
	found := map[string][]ongoing.Order{}
	var unidentified []ongoing.Order
	for o, err := range s.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		if o.Info.ID == 0 && o.Info.Number == "" {
			unidentified = append(unidentified, o)
			continue
		}
		found[o.Info.Number] = append(found[o.Info.Number], o)
	}
	lacking := 0
	for _, c := range candidates {
		if c.link.OngoingID != 0 && found[c.mapped.Body.OrderNumber] == nil {
			lacking++
		}
	}
	if len(unidentified) > lacking {
		s.unidentified = append(s.unidentified, unidentified...)
	}
	return found, nil
}

// maxSearches is how many orders a plan searches for by goodsOwnerOrderId, which takes a call for each. Apply looks for
// the others, right before it creates them: so a run with thousands of new orders makes progress, whatever the
// service's limit for calls.
const maxSearches = 100

// find returns the order in Ongoing that is the candidate's. It looks for it by its number; by the id that the link
// names, because the warehouse can have changed the number; and by goodsOwnerOrderId, because it can be there under a
// number that we do not know: from before there was a prefix, or from another integration. If the link names an order
// that is gone or somebody else's, find resets it.
//
// It returns an error if the number is somebody else's, or if the order cannot be read.
func (s *steps) find(ctx context.Context, p *payload, sameNumber []ongoing.Order) (ongoing.Order, bool, error) {
	if live, found := s.own(*p, sameNumber); found {
		return live, true, live.Unreadable
	}
	candidates := slices.Concat(sameNumber, s.unidentified)
	if p.link.OngoingID != 0 {
		live, err := s.Ongoing.Order(ctx, ongoing.OrderID(p.link.OngoingID))
		switch {
		case errors.Is(err, ongoing.ErrNotFound):
		case err != nil:
			return live, false, err
		case s.whose(live, p.candidate).IsOrder():
			return live, true, nil
		case live.Info.GoodsOwnerOrderID == "" && live.Info.Status.Number != ongoing.StatusCancelled:
			return live, false, errclass.New(errclass.Held, "",
				"order %d was sent as the order with system id %d in Ongoing, which has the number %q and no "+
					"goodsOwnerOrderId now; set its goodsOwnerOrderId to %d there, or cancel it",
				p.id, live.Info.ID, live.Info.Number, p.id)
		}
		p.link.OngoingID = 0
	}
	if s.searches < maxSearches && !s.names.lacks(p.candidate) {
		s.searches++
		p.searched = true
		found, err := s.withOrderID(ctx, p.candidate)
		if err != nil {
			return ongoing.Order{}, false, err
		}
		candidates = append(candidates, found...)
	}
	if live, found := s.own(*p, candidates); found {
		return live, true, live.Unreadable
	}
	return ongoing.Order{}, false, s.checkFree(*p, candidates)
}

// withOrderID reads the orders in Ongoing that have the order's id as goodsOwnerOrderId.
func (p *process) withOrderID(ctx context.Context, c candidate) ([]ongoing.Order, error) {
	var found []ongoing.Order
	for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{GoodsOwnerOrderID: key(c.id)}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		found = append(found, o)
	}
	return found, nil
}

func (p *process) whose(live ongoing.Order, c candidate) orders.Claim {
	return orders.Whose(live, c.link, c.rows, p.Settings.SalesOrders.OrderNumberPrefix)
}

// own returns the first of the orders that is the candidate's, one that is not cancelled if there is one.
func (p *process) own(c payload, found []ongoing.Order) (own ongoing.Order, exists bool) {
	for _, o := range found {
		if !p.whose(o, c.candidate).IsOrder() {
			continue
		}
		if o.Info.Status.Number != ongoing.StatusCancelled {
			return o, true
		}
		if !exists {
			own, exists = o, true
		}
	}
	return own, exists
}

// checkFree returns an error if one of the orders, none of which is the candidate's, is in its way.
func (p *process) checkFree(c payload, found []ongoing.Order) error {
	number, otherNumber := c.mapped.Body.OrderNumber, "set salesOrders.orderNumberPrefix"
	if c.link.OrderNumber != "" { // it keeps that one
		otherNumber = fmt.Sprintf("copy order %d to a new one", c.id)
	}
	for _, o := range found {
		if o.Info.ID == 0 && o.IdentityUnreadable() { // it may have the number, and be anybody's
			return o.Unreadable
		}
		switch claim := p.whose(o, c.candidate); {
		case claim == orders.OtherCompany && (o.Info.Number == number || !isFormer(o, c.link)):
			return errclass.New(errclass.Held, "",
				"order %s in Ongoing (system id %d) was made for order %d of company %d, another one than this; "+
					"%s, or rename that order and clear its goodsOwnerOrderId there",
				o.Info.Number, o.Info.ID, c.id, c.link.Former.Company, otherNumber)
		case claim == orders.BackOrder && o.Info.Status.Number != ongoing.StatusCancelled:
			return errclass.New(errclass.Held, "",
				"order %s in Ongoing (system id %d) is a back order of order %d, which is not there itself; "+
					"if the back order is not wanted, cancel it, else set order %d to %s",
				o.Info.Number, o.Info.ID, c.id, c.id, p.Settings.Shipments.Status.Name())
		case o.Info.Number == number:
			return errclass.New(errclass.Rejected, "",
				"order number %s belongs to another order in Ongoing (system id %d), whose goodsOwnerOrderId is "+
					"not %d; if another system has sent the same order there, enter %d as its goodsOwnerOrderId, "+
					"or it is sent twice; if not, %s",
				o.Info.Number, o.Info.ID, c.id, c.id, otherNumber)
		}
	}
	return nil
}

// checkAlone returns an error if another order has the number of ours, because an order is written by its number. The
// service allows staff to give a number twice.
func checkAlone(own ongoing.Order, sameNumber []ongoing.Order) error {
	for _, o := range sameNumber {
		if o.Info.ID != own.Info.ID {
			return errclass.New(errclass.Rejected, "", "order number %s is also that of another order in Ongoing "+
				"(system id %d); give that one another number there", o.Info.Number, o.Info.ID)
		}
	}
	return nil
}

// isFormer reports whether an order in Ongoing is certainly one that was made under another company.
func isFormer(o ongoing.Order, link state.OrderLink) bool {
	return link.Former.Has(o.Info.Number, int(o.Info.ID)) || link.Former.Has("", int(o.Info.Advanced.BackOrder.For))
}
