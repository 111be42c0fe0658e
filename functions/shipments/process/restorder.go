package process

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// splitOrder divides the rows between the order and its rest order. At every moment each item is in at least one of the
// two: what was not delivered is in the rest order before it leaves the order, and what was delivered after all is back
// in the order before it leaves the rest order.
func (p *process) splitOrder(
	ctx context.Context, live ongoing.Order, o office24.Order, link *state.OrderLink, lines []state.RestLine,
) error {
	if err := p.storeIntent(ctx, o, link, lines); err != nil {
		return err
	}
	rest, err := p.ensureRestOrder(ctx, o, link)
	if err != nil {
		return err
	}
	if link.RestOrder.OrderID == 0 && !p.Settings.Shipments.RestOrders {
		link.RestOrder = nil // none was made while the setting was on, so no row was reduced either
		return nil
	}
	products := productByRow(o.Rows, lines, live.Lines)
	reductions, err := restReductions(rest, lines, products)
	if err != nil {
		return err
	}
	if err := p.cutRows(ctx, o, rest, lines, products); err != nil {
		return err
	}
	if len(reductions) > 0 {
		// A person can have changed the rest order in the meantime, so it is read again.
		if rest, err = p.requireOrder(ctx, rest.ID); err != nil {
			return err
		}
		if reductions, err = restReductions(rest, lines, products); err != nil {
			return err
		}
		err = p.saveRows(ctx, rest, reductions)
		switch inactive := rest.Status == office24.StatusInactive; {
		case inactive && errclass.Is(err, errclass.Rejected):
			return nil // whether an inactive order can be edited is not published
		case err != nil:
			return err
		}
	}
	if rest.Status != office24.StatusInactive { // which can have kept more
		for i := range lines {
			lines[i].InRest = lines[i].Remaining // stored with the booking
		}
	}
	return nil
}

// storeIntent stores in the link how the rows are to be split. Making an order cannot be repeated, so the intent to
// make it is stored first.
//
// A crash after it leaves an intent, and the next run looks for the rest order before it makes one.
func (p *process) storeIntent(
	ctx context.Context, o office24.Order, link *state.OrderLink, lines []state.RestLine,
) error {
	if link.RestOrder == nil {
		link.RestOrder = &state.RestOrder{Mark: orders.RestMark(o.ID), IntendedAt: p.Now()}
	}
	link.RestOrder.Lines = lines
	return p.State.PutOrder(ctx, link)
}

// ensureRestOrder returns the rest order, which it makes if needed. It returns a zero Order if there is none: nothing
// remains after all, a person removed the remaining rows from the order or deleted the rest order, or the setting is
// off now.
func (p *process) ensureRestOrder(
	ctx context.Context, o office24.Order, link *state.OrderLink,
) (office24.Order, error) {
	rest := link.RestOrder
	if rest.OrderID == 0 {
		id, err := p.findRestOrder(ctx, o, *rest)
		if err != nil {
			return office24.Order{}, err
		}
		if w := newRestOrder(o, *rest); id == 0 && len(w.Rows) > 0 && p.Settings.Shipments.RestOrders {
			if err := p.State.CheckLease(ctx); err != nil {
				return office24.Order{}, err // without the lease, another run can be making it
			}
			// A crash after it leaves an order with our mark in its title, which findRestOrder finds.
			if id, err = p.Office24.SaveOrder(ctx, w); err != nil {
				return office24.Order{}, err
			}
		}
		if id == 0 {
			return office24.Order{}, nil
		}
		// A crash after it leaves a link of a rest order whose original does not name it yet; the next run finds it by
		// its mark. If it has a link already, because salesorders has sent it, that stays as it is.
		named := state.OrderLink{OrderID: int(id), RestOf: int(o.ID)}
		if err := p.State.PutOrder(ctx, &named); err != nil && !errors.Is(err, state.ErrChanged) {
			return office24.Order{}, err
		}
		rest.OrderID = int(id)
		// A crash after it leaves the link with the rest order's id; the next run reads the order by it.
		if err := p.State.PutOrder(ctx, link); err != nil {
			return office24.Order{}, p.deactivateDuplicate(ctx, o.ID, id, err)
		}
	}
	existing, _, err := p.findOrder(ctx, office24.OrderID(rest.OrderID))
	return existing, err
}

// deactivateDuplicate sets our rest order to Inactive if another run has stored one in the link since: our request took
// longer than a lease lasts. 24SevenOffice has no call that deletes an order, so the order is held for a person. Err is
// why the link could not be stored; it is returned if there is no duplicate.
//
// A crash after it leaves an inactive order with our mark; the link names the other one.
func (p *process) deactivateDuplicate(ctx context.Context, original, made office24.OrderID, err error) error {
	if !errors.Is(err, state.ErrChanged) {
		return err
	}
	links, readErr := p.State.Orders(ctx, []int{int(original)})
	rest := links[int(original)].RestOrder
	if readErr != nil || rest == nil || rest.OrderID == 0 || rest.OrderID == int(made) {
		return err
	}
	todo := "it was set to Inactive, delete it"
	untouched := func(s office24.OrderStatus) bool { return s == office24.StatusRest }
	if err := orders.SetStatus(ctx, p.Office24, made, office24.StatusInactive, untouched); err != nil {
		todo = "delete it"
	}
	return errclass.New(errclass.Held, "",
		"order %d got a second rest order, %d, because two runs booked it at once; %s", original, made, todo)
}

// withoutUnmadeSplit takes the rows out of a bundle's intent if the run that stored it made no rest order. It has cut
// no row then either, so the rows say what was ordered, and people can have edited them since. Once the order is
// booked, the intent is what is due when its back orders are done.
//
// The rest order is made before the target status is set, unless back orders are on the way. So if there are none, a
// person has set the status, and meant the rows as they are: the intent is dropped.
func (p *process) withoutUnmadeSplit(ctx context.Context, b *bundle, o office24.Order) error {
	intent := b.link.RestOrder
	if intent == nil || intent.OrderID != 0 || !b.link.ShippedAt.IsZero() || o.ID == 0 {
		return nil
	}
	id, err := p.findRestOrder(ctx, o, *intent)
	if err != nil || id != 0 {
		return err
	}
	unmade := *intent
	unmade.Lines = nil
	b.link.RestOrder = &unmade
	if o.Status != p.Settings.Shipments.Status {
		return nil
	}
	if err := p.readWhole(ctx, b); err != nil {
		return err
	}
	if len(b.orders) == 1 {
		b.link.RestOrder = nil
	}
	return nil
}

// splitBefore returns the split that an earlier run has begun; nil if there is none.
func splitBefore(link state.OrderLink) *state.RestOrder {
	if link.RestOrder == nil || link.RestOrder.Lines == nil {
		return nil
	}
	return link.RestOrder
}

// findRestOrder looks for the rest order that a crashed run made: it is of the same customer, was changed after the
// intent was stored, and has the mark in its title. Its status does not matter: a person can have moved it since. Nor
// does it matter whether the rest of an order can be read, unless 24SevenOffice refuses to show an order that can
// be the one: its CustomerId, which every order has, is missing then, and a second rest order would do more harm.
func (p *process) findRestOrder(
	ctx context.Context, o office24.Order, rest state.RestOrder,
) (office24.OrderID, error) {
	search := office24.OrderSearch{
		CustomerIDs:  []office24.CustomerID{o.CustomerID},
		ChangedAfter: rest.IntendedAt.Add(-runner.Overlap),
	}
	for candidate, err := range p.Office24.Orders(ctx, search) {
		isOther := candidate.ID != 0 && (candidate.CustomerID != 0 || candidate.ID < o.ID)
		if err != nil && !(errclass.Is(err, errclass.Rejected) && isOther) {
			return 0, err
		}
		if strings.Contains(candidate.InvoiceTitle, rest.Mark) {
			return candidate.ID, nil
		}
	}
	return 0, nil
}

// newRestOrder returns the rest order: the terms of the original, and the rows that remain.
func newRestOrder(o office24.Order, rest state.RestOrder) office24.OrderWrite {
	w := o.Copy()
	w.Status = office24.StatusRest
	w.InvoiceTitle = markTitle(o.InvoiceTitle, rest.Mark)
	w.ReferenceOrderID = 0 // documented for credit notes only
	for _, l := range rest.Lines {
		remaining := storedDecimal(l.Remaining)
		if i := rowIndex(o.Rows, l.RowID); i >= 0 && remaining.Sign() > 0 {
			w.Rows = append(w.Rows, newRow(withProduct(o.Rows[i], l), remaining))
		}
	}
	return w
}

var anyRestMark = regexp.MustCompile(`\s*\(rest of order \d+\)$`)

// markTitle puts the mark at the end of a title. It replaces the mark that the rest order of a rest order inherits.
func markTitle(title, mark string) string {
	title = anyRestMark.ReplaceAllString(strings.TrimSpace(title), "")
	return strings.TrimSpace(ongoing.Trim(title, office24.MaxInvoiceTitle-len(mark)-1) + " " + mark)
}
