// Package orders holds what more than one process has to know of an order that stands in both systems: whose it is in
// Ongoing, and how its status in 24SevenOffice is set.
package orders

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// Ours returns the links of those of the orders in Ongoing that we sent there, by Ongoing's id. Orders that were made
// by hand, or come from another system with its own numbers, have none: the link must name both the order's number and
// its id. Prefix is the setting salesOrders.orderNumberPrefix, for orders that have lost their goodsOwnerOrderId.
//
// A run that died, or got no answer, behind the sending of an order has left a link without the id. It gets it here.
func Ours(ctx context.Context, s *state.Partition, standing []ongoing.Order, prefix string) (map[ongoing.OrderID]state.OrderLink, error) {
	id := func(o ongoing.Order) int {
		n, _ := strconv.Atoi(cmp.Or(o.Info.GoodsOwnerOrderID, strings.TrimPrefix(o.Info.Number, prefix)))
		return n
	}
	var ids []int
	for _, o := range standing {
		if n := id(o); n > 0 {
			ids = append(ids, n)
		}
	}
	links, err := s.Orders(ctx, ids)
	if err != nil {
		return nil, err
	}
	ours := map[ongoing.OrderID]state.OrderLink{}
	for _, o := range standing {
		l, ok := links[id(o)]
		if ok && l.OngoingID == 0 && o.Info.GoodsOwnerOrderID != "" {
			l.OngoingID = int(o.Info.ID)
		}
		if ok && l.OngoingID == int(o.Info.ID) && l.OrderNumber == o.Info.Number {
			ours[o.Info.ID] = l
		}
	}
	return ours, nil
}
