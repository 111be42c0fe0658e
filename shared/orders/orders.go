// Package orders holds what several processes need to know about an order that exists in both systems: whose the one in
// Ongoing is, and how its status in 24SevenOffice is set.
package orders

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// A Claimed is an order in Ongoing with the link of the order of 24SevenOffice that it belongs to, and how it does.
type Claimed struct {
	Claim Claim
	Link  state.OrderLink
}

// Claims decides about orders in Ongoing whose orders in 24SevenOffice were not read: it returns those that belong to
// an order that we have sent, by Ongoing's id, and those of another company. The orders must come by ascending id.
// Prefix is the setting salesOrders.orderNumberPrefix.
//
// Without rows, an order without goodsOwnerOrderId is Unproven: before it is written, cancelled or booked, Whose has to
// decide with the rows. A back order without our order id is recognised only if the order that it was made for is among
// the orders, too.
//
// A run that died while it sent an order, or got no answer, leaves a link without Ongoing's id. Claims adds the id of
// the order itself.
func Claims(ctx context.Context, s *state.Partition, orders []ongoing.Order, prefix string) (
	map[ongoing.OrderID]Claimed, error) {
	var ids []int
	for _, o := range orders {
		if id := namedOrder(o, prefix); id > 0 {
			ids = append(ids, id)
		}
	}
	links, err := s.Orders(ctx, ids)
	if err != nil {
		return nil, err
	}
	claims := map[ongoing.OrderID]Claimed{}
	for _, o := range orders { // by ascending id: an order comes before its back orders
		if o.Info.ID == 0 { // it cannot be read
			continue
		}
		link, sent := links[namedOrder(o, prefix)]
		c := NotOurs
		if sent {
			c = Whose(o, link, nil, prefix)
		}
		original, known := claims[o.Info.Advanced.BackOrder.For]
		switch {
		case c == NotOurs && known && original.Claim == OtherCompany:
			c, link = OtherCompany, original.Link
		case c == NotOurs && known:
			c, link = BackOrder, original.Link
		case c.IsOrder() && link.OrderNumber == "":
			c = NotOurs // nothing was sent
		case c.IsOrder() && link.OngoingID == 0:
			link.OngoingID = int(o.Info.ID)
			links[link.OrderID] = link
		}
		if c != NotOurs {
			claims[o.Info.ID] = Claimed{c, link}
		}
	}
	return claims, nil
}

// Ours returns the links of those orders in Ongoing that are orders of ours, by Ongoing's id, without back orders.
// Those that are Unproven are among them.
func Ours(ctx context.Context, s *state.Partition, orders []ongoing.Order, prefix string) (
	map[ongoing.OrderID]state.OrderLink, error) {
	claims, err := Claims(ctx, s, orders, prefix)
	if err != nil {
		return nil, err
	}
	ours := map[ongoing.OrderID]state.OrderLink{}
	for id, c := range claims {
		if c.Claim.IsOrder() || c.Claim == Unproven {
			ours[id] = c.Link
		}
	}
	return ours, nil
}

// namedOrder returns the id of the order in 24SevenOffice that an order in Ongoing names by its goodsOwnerOrderId, or
// else by its number; 0 if it names none.
func namedOrder(o ongoing.Order, prefix string) int {
	name := strings.TrimSpace(o.Info.GoodsOwnerOrderID)
	if name == "" {
		name = strings.TrimPrefix(o.Info.Number, prefix)
	}
	id, _ := strconv.Atoi(name)
	return id
}

// HasEnded reports whether an order in Ongoing does not come to a status of shipments.reportAt any more: it is beyond
// all of them, or was returned.
func HasEnded(status int, reportAt []int) bool {
	return !slices.Contains(reportAt, status) && (status == ongoing.StatusReturned || status > slices.Max(reportAt))
}
