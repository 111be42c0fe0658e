package process

import (
	"context"
	"errors"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/runner"
)

// maxStatusLookback is how far back Ongoing is searched for changes of status. No limit is documented; thirty days are
// known to work.
const maxStatusLookback = 30 * 24 * time.Hour

// cancelledInOngoing returns the keys of our orders that were cancelled in Ongoing since the last plan, other than by
// us. Nothing has changed in 24SevenOffice, so no other search finds them. Records that a person has named are compared
// with Ongoing anyway.
func (p *process) cancelledInOngoing(ctx context.Context, request runner.PlanRequest) ([]string, error) {
	if request.Keys != nil {
		return nil, nil
	}
	since := p.Now().Add(-maxStatusLookback)
	if request.Since.After(since) {
		since = request.Since
	}
	var cancelled []ongoing.Order
	query := ongoing.OrderQuery{
		StatusFrom: ongoing.StatusCancelled, StatusTo: ongoing.StatusCancelled, StatusChangedFrom: since,
	}
	for o, err := range p.Ongoing.Orders(ctx, query) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		cancelled = append(cancelled, o)
	}
	if len(cancelled) == 0 {
		return nil, nil
	}
	ours, err := orders.Ours(ctx, p.State, cancelled, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, link := range ours {
		if isOpen(link) {
			keys = append(keys, key(office24.OrderID(link.OrderID)))
		}
	}
	return keys, nil
}

// somethingPicked reports whether anything of an order was picked. If such an order is cancelled, the process shipments
// reports it.
func somethingPicked(lines []ongoing.Line) bool {
	for _, l := range lines {
		if picked := l.Picked; picked != nil && picked.Cmp(number.Decimal{}) > 0 || somethingPicked(l.SubLines) {
			return true
		}
	}
	return false
}

// cancelledError holds an order that was cancelled in Ongoing. If staff have made it again there, people must not copy
// it: the goods would be sent twice.
func (p *process) cancelledError(ctx context.Context, c candidate) error {
	again, err := orders.BackOrders(ctx, p.Ongoing, c.link, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return err
	}
	for _, o := range again {
		if p.stillDelivers(o, c.link) {
			return errclass.New(errclass.Held, "", "order %d was cancelled in Ongoing by hand, but order %s there "+
				"(system id %d) delivers its goods and is booked in its place; if that is not wanted, cancel it, too",
				c.id, o.Info.Number, o.Info.ID)
		}
	}
	return cancelledByWarehouse(c.id)
}

func cancelledByWarehouse(id office24.OrderID) error {
	return errclass.New(errclass.Held, "", "order %d was cancelled in Ongoing by hand and is not sent again; "+
		"set it to Inactive in 24SevenOffice, or copy it to a new order to send it", id)
}
