package process

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// split divides the rows between the order and its rest order. At no moment anything is missing from both: what was not
// delivered is in the rest order before it leaves the order, and what was delivered after all is back in the order
// before it leaves the rest order.
func (p *process) split(ctx context.Context, live ongoing.Order, o office24.Order, link *state.OrderLink, lines []state.RestLine) error {
	if link.RestOrder == nil {
		link.RestOrder = &state.RestOrder{Mark: mark(o.ID), IntendedAt: p.Now()}
	}
	link.RestOrder.Lines = lines
	// Making an order cannot be repeated. The intent is stored before: a run that finds one looks for the order first.
	if err := p.State.PutOrder(ctx, link); err != nil {
		return err
	}
	rest, err := p.ensureRest(ctx, o, link)
	if err != nil {
		return err
	}
	if link.RestOrder.OrderID == 0 && !p.Settings.Shipments.RestOrders {
		link.RestOrder = nil // none was made when they were wanted, so no row was cut either
		return nil
	}
	products := productsOf(o.Rows, live.Lines)
	reduced, err := reductions(rest, lines, products)
	if err != nil {
		return err
	}
	if err := p.cutRows(ctx, o, rest, lines, products); err != nil || len(reduced) == 0 {
		return err
	}
	if rest, err = p.one(ctx, rest.ID); err != nil {
		return err
	}
	if reduced, err = reductions(rest, lines, products); err != nil {
		return err
	}
	return p.saveRows(ctx, rest, reduced)
}

// ensureRest finds the rest order or makes it. It may not be there: nothing remains after all, a person has taken the rows
// of what remains out of the order, or has deleted the rest order, or none are wanted any more.
func (p *process) ensureRest(ctx context.Context, o office24.Order, link *state.OrderLink) (office24.Order, error) {
	rest := link.RestOrder
	if rest.OrderID == 0 {
		found, err := p.findRest(ctx, o, *rest)
		if err != nil {
			return office24.Order{}, err
		}
		if w := restOrder(o, *rest); found == 0 && len(w.Rows) > 0 && p.Settings.Shipments.RestOrders {
			if err := p.State.CheckLease(ctx); err != nil {
				return office24.Order{}, err // another run may be making it
			}
			// A crash right behind this leaves an order with our mark, which findRest finds.
			if found, err = p.Office24.SaveOrder(ctx, w); err != nil {
				return office24.Order{}, err
			}
		}
		if found == 0 {
			return office24.Order{}, nil
		}
		rest.OrderID = int(found)
		if err := p.State.PutOrder(ctx, link); err != nil {
			return office24.Order{}, p.surplus(ctx, o.ID, found, err)
		}
	}
	standing, _, err := p.find(ctx, office24.OrderID(rest.OrderID))
	return standing, err
}

// surplus takes our rest order out where another run has stored one meanwhile: ours was under way for longer than a lease
// lasts. It cannot be deleted by the service, so a person is told.
func (p *process) surplus(ctx context.Context, original, made office24.OrderID, err error) error {
	if !errors.Is(err, state.ErrChanged) {
		return err
	}
	links, readErr := p.State.Orders(ctx, []int{int(original)})
	if rest := links[int(original)].RestOrder; readErr != nil || rest == nil || rest.OrderID == 0 || rest.OrderID == int(made) {
		return err
	}
	took := "it was set to Inactive; delete it"
	untouched := func(s office24.OrderStatus) bool { return s == office24.StatusRest }
	if err := orders.SetStatus(ctx, p.Office24, made, office24.StatusInactive, untouched); err != nil {
		took = "delete it"
	}
	return errclass.New(errclass.Held, "", "order %d got a second rest order, %d, because two runs were at work: %s", original, made, took)
}

// findRest looks for the rest order of a run that died: of the same customer, changed since the intent, with the mark
// in its title. Its status does not matter, because a person may have gone on with it already.
func (p *process) findRest(ctx context.Context, o office24.Order, rest state.RestOrder) (office24.OrderID, error) {
	search := office24.OrderSearch{CustomerIDs: []office24.CustomerID{o.CustomerID}, ChangedAfter: rest.IntendedAt.Add(-runner.Overlap)}
	for candidate, err := range p.Office24.Orders(ctx, search) {
		if err != nil {
			return 0, err
		}
		if strings.Contains(candidate.InvoiceTitle, rest.Mark) {
			return candidate.ID, nil
		}
	}
	return 0, nil
}

// restOrder is the new order: the original's terms, and the rows that remain.
func restOrder(o office24.Order, rest state.RestOrder) office24.OrderWrite {
	w := o.Copy()
	w.Status = office24.StatusRest
	w.InvoiceTitle = withMark(o.InvoiceTitle, rest.Mark)
	w.ReferenceOrderID = 0 // documented for credit notes only
	for _, l := range rest.Lines {
		remaining := decimal(l.Remaining)
		if i := rowOf(o.Rows, l.RowID); i >= 0 && remaining.Sign() > 0 {
			w.Rows = append(w.Rows, newRow(o.Rows[i], remaining))
		}
	}
	return w
}

// newRow is a row on the same terms, of another order or for another quantity.
func newRow(r office24.Row, quantity number.Decimal) office24.RowWrite {
	row := r.Copy()
	row.ID = 0
	row.Quantity, row.QuantityDelivered, row.QuantityOrdered, row.QuantityRest = &quantity, nil, nil, nil
	return row
}

// edit brings a row to a quantity; with none left it goes. All other members are sent as they are, because it is not
// documented that an edited row keeps what is left out.
func edit(r office24.Row, quantity number.Decimal) office24.RowWrite {
	row := r.Copy()
	row.Quantity, row.ChangeState = &quantity, office24.RowEdit
	if quantity.Sign() <= 0 {
		row.ChangeState = office24.RowDelete
	}
	return row
}

// productsOf names the product of each row: also of one that is gone since the order was split, by its article.
func productsOf(rows []office24.Row, lines []ongoing.Line) map[int]office24.ProductID {
	products := map[int]office24.ProductID{}
	for _, l := range lines {
		product, err := strconv.Atoi(l.Article.ProductCode)
		if id, ok := rowID(l); ok && err == nil {
			products[int(id)] = office24.ProductID(product)
		}
	}
	for _, r := range rows {
		products[int(r.ID)] = r.ProductID
	}
	return products
}

// reductions are the rows of the rest order that hold more than what remains: more was picked after it was made. Its
// rows have ids of their own, so they are told apart by product. What a person took out of it is not put back, and an
// order that has left the status Rest is on its way and is not touched any more.
func reductions(rest office24.Order, lines []state.RestLine, products map[int]office24.ProductID) ([]office24.RowWrite, error) {
	excess := map[office24.ProductID]number.Decimal{}
	for _, r := range rest.Rows {
		excess[r.ProductID] = excess[r.ProductID].Add(value(r.Quantity))
	}
	wanted := map[office24.ProductID]bool{}
	for _, l := range lines {
		product, remaining := products[l.RowID], decimal(l.Remaining)
		if product == 0 && remaining.Sign() > 0 {
			return nil, errclass.New(errclass.Held, "", "row %d is gone and its article names no product; give the article its product code", l.RowID)
		}
		wanted[product] = true
		excess[product] = excess[product].Sub(remaining)
	}
	var edits []office24.RowWrite
	for _, r := range slices.Backward(rest.Rows) {
		too := excess[r.ProductID]
		if !wanted[r.ProductID] || r.ProductID == 0 || too.Sign() <= 0 {
			continue
		}
		switch {
		case rest.Status != office24.StatusRest:
			return nil, errclass.New(errclass.Held, "", "more was picked after rest order %d was made, which has status %s by now: reduce product %d in it by hand, by %s",
				rest.ID, rest.Status.Name(), r.ProductID, too)
		case ambiguous(rest.Rows, r):
			return nil, errclass.New(errclass.Held, "", "more was picked after rest order %d was made, and product %d stands in it at different prices: reduce it by hand, by %s",
				rest.ID, r.ProductID, too)
		}
		left := value(r.Quantity).Sub(too)
		if left.Sign() < 0 {
			left = number.Decimal{}
		}
		edits = append(edits, edit(r, left))
		excess[r.ProductID] = too.Sub(value(r.Quantity).Sub(left))
	}
	return edits, nil
}

// ambiguous tells whether another row has the same product on other terms.
func ambiguous(rows []office24.Row, r office24.Row) bool {
	return slices.ContainsFunc(rows, func(other office24.Row) bool {
		return other.ProductID == r.ProductID && (!value(other.Price).Equal(value(r.Price)) || !value(other.DiscountRate).Equal(value(r.DiscountRate)))
	})
}

// cutRows brings the original's rows to what was delivered. Quantities are absolute: after a crash the rows that are
// cut already are left out.
func (p *process) cutRows(ctx context.Context, seen, rest office24.Order, lines []state.RestLine, products map[int]office24.ProductID) error {
	o, err := p.one(ctx, seen.ID)
	if err != nil {
		return err
	}
	if o.Status != seen.Status {
		return errclass.New(errclass.Conflict, "", "order %d was moved to status %s while it was being split; it is read again", o.ID, o.Status.Name())
	}
	var edits []office24.RowWrite
	for _, l := range lines {
		delivered, i := decimal(l.Delivered), rowOf(o.Rows, l.RowID)
		switch {
		case i >= 0 && !value(o.Rows[i].Quantity).Equal(delivered):
			edits = append(edits, edit(o.Rows[i], delivered))
		case i < 0 && delivered.Sign() > 0 && !replaced(o.Rows, lines, products[l.RowID], delivered):
			row, err := restored(o, rest, l, products[l.RowID])
			if err != nil {
				return err
			}
			edits = append(edits, row)
		}
	}
	return p.saveRows(ctx, o, edits)
}

// replaced tells whether a row that is gone has another one in its place: we put it there before a crash, or a person
// did.
func replaced(rows []office24.Row, lines []state.RestLine, product office24.ProductID, delivered number.Decimal) bool {
	return slices.ContainsFunc(rows, func(r office24.Row) bool {
		ours := slices.ContainsFunc(lines, func(l state.RestLine) bool { return l.RowID == int(r.ID) })
		return !ours && r.ProductID == product && value(r.Quantity).Equal(delivered)
	})
}

// restored is a row that was cut away, because nothing of it was delivered at first, and is picked now: as it stands in
// the rest order.
func restored(o, rest office24.Order, l state.RestLine, product office24.ProductID) (office24.RowWrite, error) {
	i := slices.IndexFunc(rest.Rows, func(r office24.Row) bool { return r.ProductID == product && product != 0 })
	if i < 0 {
		return office24.RowWrite{}, errclass.New(errclass.Held, "", "row %d of order %d is gone, but %s of it were delivered; add product %d to the order by hand",
			l.RowID, o.ID, l.Delivered, product)
	}
	row := newRow(rest.Rows[i], decimal(l.Delivered))
	row.ChangeState = office24.RowAdd
	return row, nil
}

// saveRows saves edited rows of an order, whose status is sent along as it is.
//
// Quantities are absolute. A crash behind it leaves rows that need no edit any more, and an added one that replaced finds.
func (p *process) saveRows(ctx context.Context, o office24.Order, edits []office24.RowWrite) error {
	if len(edits) == 0 {
		return nil
	}
	_, err := p.Office24.SaveOrder(ctx, office24.OrderWrite{ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, Rows: edits})
	return err
}

// mark is the end of a rest order's title, by which it is found again.
func mark(original office24.OrderID) string { return fmt.Sprintf("(rest of order %d)", original) }

var anyMark = regexp.MustCompile(`\s*\(rest of order \d+\)$`)

// withMark puts the mark at the end of a title, in place of the one that a rest order of a rest order has.
func withMark(title, mark string) string {
	title = anyMark.ReplaceAllString(strings.TrimSpace(title), "")
	return strings.TrimSpace(ongoing.Trim(title, office24.MaxInvoiceTitle-len(mark)-1) + " " + mark)
}
