package orders

import (
	"context"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/state"
)

// AreFound reports whether 24SevenOffice finds orders of ours, if there are any. Only then is one that it does not find
// deleted: an answer without any can come from an outage.
func AreFound(ctx context.Context, s *state.Partition, erp *office24.Client) (bool, error) {
	some, err := s.SomeOrders(ctx, office24.MaxIDs)
	if err != nil || len(some) == 0 {
		return err == nil, err
	}
	ids := []office24.OrderID{} // not nil, which would mean all
	for _, id := range some {
		ids = append(ids, office24.OrderID(id))
	}
	heads, err := erp.OrderHeads(ctx, ids)
	return len(heads) > 0, err
}
