package process

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/state"
)

// originalOf returns the order whose rest order an order may be: its link says so or, if an older version of this
// program made the rest order, its title. checkRestOrder asks the original's link.
func originalOf(o office24.Order, link state.OrderLink) office24.OrderID {
	return cmp.Or(office24.OrderID(link.RestOf), orders.MarkedAsRestOf(o.InvoiceTitle))
}

// checkRestOrder holds a rest order as long as a back order of its original delivers the same goods: the warehouse made
// it after the process shipments had made the rest order. Once shipments has booked what the back order delivered, the
// rest order has what is still missing. The original's link names no rest order yet if a run died after it made one.
func (p *process) checkRestOrder(ctx context.Context, o payload) error {
	links, err := p.State.Orders(ctx, []int{int(o.restOf)})
	if err != nil {
		return err
	}
	original := links[int(o.restOf)]
	if original.RestOrder == nil || original.OngoingID == 0 {
		return nil
	}
	if named := original.RestOrder.OrderID; named != 0 && named != int(o.id) {
		return nil
	}
	backOrders, err := orders.BackOrders(ctx, p.Ongoing, original, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return err
	}
	for _, back := range backOrders {
		if p.stillDelivers(back, original) {
			return errclass.New(errclass.Held, "",
				"order %d is the rest order of order %d, but back order %s in Ongoing (system id %d) delivers the "+
					"same; set order %d to Inactive, or cancel the back order",
				o.id, o.restOf, back.Info.Number, back.Info.ID, o.id)
		}
	}
	return nil
}

// stillDelivers reports whether a back order will deliver something, or has delivered something that is not booked.
func (p *process) stillDelivers(back ongoing.Order, original state.OrderLink) bool {
	status, at := back.Info.Status.Number, p.Settings.Shipments.ReportAt
	switch {
	case slices.Contains(at, status):
		return hasUnbooked(back.Lines, original)
	default:
		return !orders.HasEnded(status, at)
	}
}

func hasUnbooked(lines []ongoing.Line, link state.OrderLink) bool {
	return slices.ContainsFunc(lines, func(l ongoing.Line) bool {
		booked := link.Booked[strconv.Itoa(int(l.ID))]
		return l.Picked != nil && l.Picked.Sign() > 0 && booked != l.Picked.String() || hasUnbooked(l.SubLines, link)
	})
}
