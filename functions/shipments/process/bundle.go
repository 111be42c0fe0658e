package process

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A bundle is what Ongoing has of one of our orders: the order itself, and its back orders, which the warehouse makes
// to deliver what the order did not. The order comes first; the others follow by their ids.
type bundle struct {
	link   state.OrderLink
	orders []ongoing.Order
	// whole: all orders of the bundle were read, not only some of them.
	whole bool
}

// add adds an order, unless the bundle has it.
func (b *bundle) add(o ongoing.Order) {
	if b.has(o.Info.ID) {
		return
	}
	b.orders = append(b.orders, o)
	slices.SortFunc(b.orders, func(x, y ongoing.Order) int {
		return cmp.Or(cmp.Compare(b.rank(x), b.rank(y)), cmp.Compare(x.Info.ID, y.Info.ID))
	})
}

func (b *bundle) rank(o ongoing.Order) int {
	if int(o.Info.ID) == b.link.OngoingID {
		return 0
	}
	return 1
}

func (b *bundle) has(id ongoing.OrderID) bool {
	return slices.ContainsFunc(b.orders, func(o ongoing.Order) bool { return o.Info.ID == id })
}

// unreadable returns the first order of the bundle that cannot be read, and whether there is one.
func (b *bundle) unreadable() (ongoing.Order, bool) {
	i := slices.IndexFunc(b.orders, func(o ongoing.Order) bool { return o.Unreadable != nil })
	if i < 0 {
		return ongoing.Order{}, false
	}
	return b.orders[i], true
}

// lead returns the order that decides when the bundle counts as shipped: the first one that the warehouse did not
// cancel before it picked anything. Staff who cancel an order and make it again leave one with our order id that is not
// the linked one. There is no lead if all of them were cancelled; then the process salesorders says so.
func (b *bundle) lead() (ongoing.Order, bool) {
	for _, o := range b.orders {
		if o.Info.Status.Number != ongoing.StatusCancelled || isPicked(o.Lines) {
			return o, true
		}
	}
	return ongoing.Order{}, false
}

// delivered returns the bundle as one order: the lead's head with what is delivered. That are the lines and parcels of
// the shipped orders. Of an order that is no longer shipped, such as a returned one, it is what was booked while it
// was.
func (b *bundle) delivered(s settings.Customer) ongoing.Order {
	lead, _ := b.lead()
	all := ongoing.Order{Info: lead.Info}
	all.Info.WayBill = ""
	for _, o := range b.orders {
		if !isShipped(o, s) {
			if lines, any := bookedLines(o.Lines, b.link); any {
				all.Lines = append(all.Lines, lines...)
			}
			continue
		}
		all.Lines = append(all.Lines, o.Lines...)
		all.Parcels = append(all.Parcels, o.Parcels...)
		all.NonTransporterParcel = append(all.NonTransporterParcel, o.NonTransporterParcel...)
		all.Tracking = append(all.Tracking, ongoing.Tracking{Waybill: o.Info.WayBill})
		all.Tracking = append(all.Tracking, o.Tracking...)
	}
	return all
}

// bookedLines returns the lines with what was booked of them as picked, and reports whether there is any.
func bookedLines(lines []ongoing.Line, link state.OrderLink) (out []ongoing.Line, any bool) {
	for _, l := range lines {
		l.Picked = nil
		if quantity, booked := link.Booked[strconv.Itoa(int(l.ID))]; booked {
			l.Picked, any = new(storedDecimal(quantity)), true
		}
		var anyPart bool
		l.SubLines, anyPart = bookedLines(l.SubLines, link)
		any = any || anyPart
		out = append(out, l)
	}
	return out, any
}

// reports lists what is to be reported of the shipped orders.
func (b *bundle) reports(s settings.Customer) []report {
	var out []report
	for _, o := range b.orders {
		if isShipped(o, s) {
			out = append(out, unreported(o.Info.ID, o.Lines, b.link)...)
		}
	}
	return out
}

// onTheWay returns the back orders that can still deliver something.
func (b *bundle) onTheWay(s settings.Customer) []ongoing.Order {
	lead, _ := b.lead()
	var out []ongoing.Order
	for _, o := range b.orders {
		if o.Info.ID != lead.Info.ID && !isShipped(o, s) && !isPastReporting(o.Info.Status.Number, s) {
			out = append(out, o)
		}
	}
	return out
}

// isWaiting reports whether the order was booked without a rest order because back orders were on the way.
func isWaiting(o office24.Order, link state.OrderLink) bool {
	return link.RestOrder != nil && link.RestOrder.OrderID == 0 && !link.ShippedAt.IsZero() &&
		len(newRestOrder(o, *link.RestOrder).Rows) > 0
}

// isPicked reports whether anything was picked, parts of kits included.
func isPicked(lines []ongoing.Line) bool {
	return slices.ContainsFunc(lines, func(l ongoing.Line) bool {
		return valueOrZero(l.Picked).Sign() > 0 || isPicked(l.SubLines)
	})
}

// hasUnbooked reports whether something was picked that is neither booked nor reported.
func hasUnbooked(lines []ongoing.Line, link state.OrderLink) bool {
	return slices.ContainsFunc(unreported(0, lines, link), func(r report) bool {
		return link.Booked[strconv.Itoa(int(r.line))] != r.picked.String()
	})
}

// bundles arranges the orders that were read into bundles. It reads the order itself if only a back order was read, and
// counts those that are not ours.
func (p *process) bundles(
	ctx context.Context, first ongoing.OrderID, read []ongoing.Order,
) (all []*bundle, skipped int, err error) {
	inList := map[ongoing.OrderID]bool{}
	for _, o := range read {
		inList[o.Info.ID] = true
	}
	claims, read, err := p.claims(ctx, first, read)
	if err != nil {
		return nil, 0, err
	}
	byOrder := map[int]*bundle{}
	for _, o := range read {
		c := claims[o.Info.ID]
		if c.Claim == orders.NotOurs || c.Claim == orders.OtherCompany {
			if inList[o.Info.ID] {
				skipped++
			}
			continue
		}
		b := byOrder[c.Link.OrderID]
		if b == nil {
			b = &bundle{link: c.Link}
			byOrder[c.Link.OrderID] = b
			all = append(all, b)
		}
		if c.Claim != orders.BackOrder {
			b.link = c.Link
		}
		b.add(o)
	}
	return all, skipped, nil
}

// maxOriginals is how many times an order can be the back order of a back order.
const maxOriginals = 10

// claims decides whose the orders are. An order can be the back order of one of ours and have neither our order id nor
// our number; therefore the orders are read for which back orders were made, unless they are older than our first one.
// It returns the orders with those, by ascending id.
func (p *process) claims(ctx context.Context, first ongoing.OrderID, read []ongoing.Order) (
	claims map[ongoing.OrderID]orders.Claimed, all []ongoing.Order, err error) {
	all = slices.Clone(read)
	seen := map[ongoing.OrderID]bool{}
	for _, o := range all {
		seen[o.Info.ID] = true
	}
	for range maxOriginals {
		slices.SortFunc(all, func(x, y ongoing.Order) int { return cmp.Compare(x.Info.ID, y.Info.ID) })
		claims, err = orders.Claims(ctx, p.State, all, p.Settings.SalesOrders.OrderNumberPrefix)
		if err != nil {
			return nil, nil, err
		}
		var originals []ongoing.Order
		for _, o := range all {
			id := o.Info.Advanced.BackOrder.For
			if claims[o.Info.ID].Claim != orders.NotOurs || id < first || id == 0 || seen[id] {
				continue
			}
			seen[id] = true
			original, err := p.Ongoing.Order(ctx, id)
			if err != nil && original.Unreadable == nil && !errors.Is(err, ongoing.ErrNotFound) {
				return nil, nil, err
			} else if original.Info.ID != 0 {
				originals = append(originals, original)
			}
		}
		if len(originals) == 0 {
			break
		}
		all = append(all, originals...)
	}
	return claims, all, nil
}

// readWhole reads all orders of a bundle: the order itself, those with our order id, and the back orders of each of
// them.
//
// Whether Ongoing's back orders always name the order that they were made for, or repeat its goodsOwnerOrderId, is not
// documented; one of the two is enough.
func (p *process) readWhole(ctx context.Context, b *bundle) error {
	if b.whole {
		return nil
	}
	if id := ongoing.OrderID(b.link.OngoingID); id != 0 && !b.has(id) {
		o, err := p.Ongoing.Order(ctx, id)
		if err != nil && o.Unreadable == nil && !errors.Is(err, ongoing.ErrNotFound) {
			return err
		} else if o.Info.ID != 0 {
			b.add(o)
		}
	}
	sameID := ongoing.OrderQuery{GoodsOwnerOrderID: strconv.Itoa(b.link.OrderID)}
	for o, err := range p.Ongoing.Orders(ctx, sameID) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return err
		}
		claim := orders.Whose(o, b.link, nil, p.Settings.SalesOrders.OrderNumberPrefix)
		if claim.IsOrder() && b.link.OngoingID == 0 {
			b.link.OngoingID = int(o.Info.ID)
		}
		if claim.IsOrder() || claim == orders.BackOrder {
			b.add(o)
		}
	}
	for asked := map[ongoing.OrderID]bool{}; ; {
		i := slices.IndexFunc(b.orders, func(o ongoing.Order) bool { return !asked[o.Info.ID] })
		if i < 0 {
			b.whole = true
			return nil
		}
		id := b.orders[i].Info.ID
		asked[id] = true
		for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{BackOrderFor: id}) {
			if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
				return err
			}
			if o.Info.Advanced.BackOrder.For == id {
				b.add(o)
			}
		}
	}
}

// needsWhole reports whether a decision depends on back orders that were not read: something is missing and a rest
// order is to be made, or more than the order itself was read.
func (b *bundle) needsWhole(o office24.Order, s settings.Customer) bool {
	lead, found := b.lead()
	if !found || len(b.orders) > 1 || int(lead.Info.ID) != b.link.OngoingID {
		return true
	}
	if !s.Shipments.RestOrders && b.link.RestOrder == nil {
		return false
	}
	return isWaiting(o, b.link) || !fullyBooked(b.reports(s), b.link) && b.isShort(o, s)
}

// isShort reports whether less was delivered than the rows order. The lines do not say so: a warehouse can cut them to
// what was picked when it makes a back order.
func (b *bundle) isShort(o office24.Order, s settings.Customer) bool {
	delivered := deliver(b.delivered(s).Lines, o, b.link, knowledge{})
	lines, _ := splitRows(o.Rows, delivered, splitBefore(b.link))
	return anyRemaining(lines)
}

// isShipped reports whether an order counts as shipped.
func isShipped(o ongoing.Order, s settings.Customer) bool {
	return slices.Contains(s.Shipments.ReportAt, o.Info.Status.Number)
}

func valueOrZero(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}
