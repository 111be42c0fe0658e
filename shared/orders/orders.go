// Package orders holds what several processes need to know about an order that exists in both systems: whether the
// one in Ongoing is ours, and how its status in 24SevenOffice is set.
package orders

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// Ours returns the links of those orders in Ongoing that we sent, by Ongoing's id. Orders that were created by hand,
// or by another system with its own numbers, have none: the link must name both the order's number and its id. Prefix
// is the setting salesOrders.orderNumberPrefix; it recognises orders without goodsOwnerOrderId.
//
// A run that died while it sent an order, or got no answer, leaves a link without Ongoing's id. Ours adds it.
func Ours(ctx context.Context, s *state.Partition, orders []ongoing.Order, prefix string) (
	map[ongoing.OrderID]state.OrderLink, error) {
	id := func(o ongoing.Order) int {
		n, _ := strconv.Atoi(cmp.Or(o.Info.GoodsOwnerOrderID, strings.TrimPrefix(o.Info.Number, prefix)))
		return n
	}
	var ids []int
	for _, o := range orders {
		if n := id(o); n > 0 {
			ids = append(ids, n)
		}
	}
	links, err := s.Orders(ctx, ids)
	if err != nil {
		return nil, err
	}
	ours := map[ongoing.OrderID]state.OrderLink{}
	for _, o := range orders {
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
