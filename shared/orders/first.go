package orders

import (
	"context"
	"strconv"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// First is the lowest id of the customer's orders in Ongoing, 0 as long as there are none. A goods owner may have years
// of orders that nobody ever reported, and without it all of them would be read in every run.
//
// Looking for it takes reading all links, so the process shipments keeps it as the place of its cursor; that is place.
func First(ctx context.Context, s *state.Customer, place string) (ongoing.OrderID, error) {
	if place != "" {
		id, err := strconv.Atoi(place)
		if err != nil {
			return 0, fault.New(fault.Defect, "", "the place %q in the cursor of shipments cannot be read", place)
		}
		return ongoing.OrderID(id), nil
	}
	lowest := 0
	for link, err := range s.EachOrder(ctx) {
		if err != nil {
			return 0, err
		}
		if link.OngoingID > 0 && (lowest == 0 || link.OngoingID < lowest) {
			lowest = link.OngoingID
		}
	}
	return ongoing.OrderID(lowest), nil
}
