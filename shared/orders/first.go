package orders

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// First returns the lowest id of the customer's orders in Ongoing, or 0 if there are none. A goods owner can have
// years of orders that were never reported; without a lowest id, every run would read all of them.
//
// To find it, First reads the open orders. The process shipments therefore keeps it as the first word of the place in
// its cursor, and passes that as place.
//
// An order whose link does not say whether it was sent is looked up by its number.
func First(ctx context.Context, s *state.Partition, wms *ongoing.Client, place string) (ongoing.OrderID, error) {
	if place, _, _ := strings.Cut(place, " "); place != "" {
		id, err := strconv.Atoi(place)
		if err != nil {
			return 0, errclass.New(errclass.Defect, "",
				"the place %q in the cursor of shipments is not an order id", place)
		}
		return ongoing.OrderID(id), nil
	}
	lowest, uncertain := ongoing.OrderID(0), []string{}
	lower := func(id ongoing.OrderID) {
		if id > 0 && (lowest == 0 || id < lowest) {
			lowest = id
		}
	}
	for link, err := range s.OpenOrders(ctx, false) {
		if err != nil {
			return 0, err
		}
		if link.OngoingID > 0 {
			lower(ongoing.OrderID(link.OngoingID))
		} else if link.OrderNumber != "" {
			uncertain = append(uncertain, link.OrderNumber)
		}
	}
	closed, err := s.FirstClosed(ctx)
	if err != nil {
		return 0, err
	}
	if closed > 0 {
		lower(ongoing.OrderID(closed))
	}
	if len(uncertain) == 0 {
		return lowest, nil
	}
	for o, err := range wms.Orders(ctx, ongoing.OrderQuery{Numbers: uncertain}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return 0, err
		}
		lower(o.Info.ID)
	}
	return lowest, nil
}
