package orders

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// BackOrders reads the back orders of an order that we have sent, and theirs.
//
// Whether Ongoing's back orders always name the order that they were made for, or repeat its goodsOwnerOrderId, is not
// documented; one of the two is enough.
func BackOrders(
	ctx context.Context, wms *ongoing.Client, link state.OrderLink, prefix string,
) ([]ongoing.Order, error) {
	var found []ongoing.Order
	seen := map[ongoing.OrderID]bool{ongoing.OrderID(link.OngoingID): true}
	add := func(q ongoing.OrderQuery, is func(ongoing.Order) bool) error {
		for o, err := range wms.Orders(ctx, q) {
			if err != nil {
				return err
			}
			if !seen[o.Info.ID] && is(o) {
				seen[o.Info.ID] = true
				found = append(found, o)
			}
		}
		return nil
	}
	sameID := ongoing.OrderQuery{GoodsOwnerOrderID: strconv.Itoa(link.OrderID)}
	err := add(sameID, func(o ongoing.Order) bool { return Whose(o, link, nil, prefix) == BackOrder })
	for of, next := ongoing.OrderID(link.OngoingID), 0; err == nil; next++ {
		err = add(ongoing.OrderQuery{BackOrderFor: of}, func(o ongoing.Order) bool {
			return o.Info.Advanced.BackOrder.For == of
		})
		if next == len(found) {
			break
		}
		of = found[next].Info.ID
	}
	return found, err
}

// RestMark returns the end of a rest order's title, by which it is found.
func RestMark(original office24.OrderID) string { return fmt.Sprintf("(rest of order %d)", original) }

var restMark = regexp.MustCompile(`\(rest of order (\d+)\)$`)

// MarkedAsRestOf returns the order of which a title says that its order is the rest order; 0 if it says nothing.
func MarkedAsRestOf(title string) office24.OrderID {
	if m := restMark.FindStringSubmatch(title); m != nil {
		id, _ := strconv.Atoi(m[1])
		return office24.OrderID(id)
	}
	return 0
}
