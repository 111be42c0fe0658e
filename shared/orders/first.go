package orders

import (
	"context"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// First is the lowest id of the customer's orders in Ongoing, 0 as long as there are none. A goods owner may have years
// of orders that nobody ever reported, and without it all of them would be read in every run.
//
// Looking for it takes reading all links, so the process shipments keeps it as the place of its cursor; that is place.
//
// An order whose link does not say whether it was sent is looked for by its number.
func First(ctx context.Context, s *state.Partition, wms *ongoing.Client, place string) (ongoing.OrderID, error) {
	if place != "" {
		id, err := strconv.Atoi(place)
		if err != nil {
			return 0, errclass.New(errclass.Defect, "", "the place %q in the cursor of shipments cannot be read", place)
		}
		return ongoing.OrderID(id), nil
	}
	lowest, unsure := ongoing.OrderID(0), []string{}
	lower := func(id ongoing.OrderID) {
		if lowest == 0 || id < lowest {
			lowest = id
		}
	}
	for link, err := range s.EachOrder(ctx) {
		if err != nil {
			return 0, err
		}
		if link.OngoingID > 0 {
			lower(ongoing.OrderID(link.OngoingID))
		} else if link.OrderNumber != "" {
			unsure = append(unsure, link.OrderNumber)
		}
	}
	if len(unsure) == 0 {
		return lowest, nil
	}
	for o, err := range wms.Orders(ctx, ongoing.OrderQuery{Numbers: unsure}) {
		if err != nil {
			return 0, err
		}
		lower(o.Info.ID)
	}
	return lowest, nil
}
