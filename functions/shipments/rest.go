package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// split moves what was not delivered into a rest order: first that order, then the original's rows, so that at no
// moment anything is missing from both.
func (p *process) split(ctx context.Context, o office24.Order, link *state.OrderLink, lines []state.RestLine) error {
	if link.RestOrder == nil {
		link.RestOrder = &state.RestOrder{Mark: mark(o.ID), IntendedAt: p.Now()}
	}
	link.RestOrder.Lines = lines
	// Making an order cannot be repeated. The intent is stored before: a run that finds one looks for the order first.
	if err := p.State.PutOrder(ctx, link); err != nil {
		return err
	}
	if err := p.ensureRest(ctx, o, link); err != nil {
		return err
	}
	return p.cutRows(ctx, o.ID, lines)
}

// ensureRest makes the rest order, or brings the one that exists to the quantities that remain now.
func (p *process) ensureRest(ctx context.Context, o office24.Order, link *state.OrderLink) error {
	rest := link.RestOrder
	if rest.OrderID == 0 {
		found, err := p.findRest(ctx, o, *rest)
		if err != nil {
			return err
		}
		if found == 0 {
			// A crash right behind this leaves an order with our mark, which findRest finds.
			if found, err = p.Office24.SaveOrder(ctx, restOrder(o, *rest)); err != nil {
				return err
			}
		}
		rest.OrderID = int(found)
		if err := p.State.PutOrder(ctx, link); err != nil {
			return err
		}
	}
	return p.adjustRest(ctx, o, *rest)
}

// findRest looks for the rest order of a run that died: of the same customer, changed since the intent, with the mark
// in its title.
func (p *process) findRest(ctx context.Context, o office24.Order, rest state.RestOrder) (office24.OrderID, error) {
	search := office24.OrderSearch{CustomerIDs: []office24.CustomerID{o.CustomerID}, ChangedAfter: rest.IntendedAt.Add(-runner.Overlap)}
	for candidate, err := range p.Office24.Orders(ctx, search) {
		if err != nil {
			return 0, err
		}
		if strings.HasSuffix(candidate.InvoiceTitle, rest.Mark) {
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
		i := slices.IndexFunc(o.Rows, func(r office24.Row) bool { return int(r.ID) == l.RowID })
		if i < 0 || remaining.Sign() <= 0 {
			continue
		}
		w.Rows = append(w.Rows, restRow(o.Rows[i], remaining))
	}
	return w
}

func restRow(r office24.Row, remaining number.Decimal) office24.RowWrite {
	row := r.Copy()
	row.ID = 0
	row.Quantity, row.QuantityDelivered, row.QuantityOrdered, row.QuantityRest = &remaining, nil, nil, nil
	return row
}

// adjustRest brings the rows of an existing rest order to what remains. They differ only where more was picked after
// the split; an order that has left the status Rest is on its way and is not touched any more.
func (p *process) adjustRest(ctx context.Context, o office24.Order, rest state.RestOrder) error {
	r, err := p.one(ctx, office24.OrderID(rest.OrderID))
	if err != nil {
		return err
	}
	want := wantedRest(o, rest)
	var edits []office24.RowWrite
	for _, row := range r.Rows {
		n, ok := take(want, row)
		if !ok || value(row.Quantity).Equal(n) {
			continue
		}
		edit := row.Copy()
		edit.Quantity, edit.ChangeState = &n, office24.RowEdit
		if n.Sign() <= 0 {
			edit.ChangeState = office24.RowDelete
		}
		edits = append(edits, edit)
	}
	switch {
	case len(edits) == 0:
		return nil
	case r.Status != office24.StatusRest:
		return fault.New(fault.Held, "", "more was picked of order %d after its rest order %d was made, which has status %s by now: reduce one of the two by hand",
			o.ID, r.ID, r.Status.Name())
	}
	_, err = p.Office24.SaveOrder(ctx, office24.OrderWrite{ID: r.ID, CustomerID: r.CustomerID, Status: r.Status, Rows: edits})
	return err
}

// A remainder is what a row of the rest order should hold, told apart by product and price: row ids are new there.
type remainder struct {
	product office24.ProductID
	price   string
	n       number.Decimal
	taken   bool
}

func wantedRest(o office24.Order, rest state.RestOrder) []*remainder {
	var out []*remainder
	for _, l := range rest.Lines {
		if i := slices.IndexFunc(o.Rows, func(r office24.Row) bool { return int(r.ID) == l.RowID }); i >= 0 {
			out = append(out, &remainder{product: o.Rows[i].ProductID, price: value(o.Rows[i].Price).String(), n: decimal(l.Remaining)})
		}
	}
	return out
}

// take finds the remainder of a row that no other row has taken.
func take(want []*remainder, row office24.Row) (number.Decimal, bool) {
	for _, w := range want {
		if !w.taken && w.product == row.ProductID && w.price == value(row.Price).String() {
			w.taken = true
			return w.n, true
		}
	}
	return number.Decimal{}, false
}

// cutRows brings the original's rows to what was delivered. Rows of which nothing was delivered go; all other members
// are sent as they are, because it is not documented that an edited row keeps what is left out.
//
// Quantities are absolute: after a crash the rows that are cut already are left out.
func (p *process) cutRows(ctx context.Context, id office24.OrderID, lines []state.RestLine) error {
	o, err := p.one(ctx, id)
	if err != nil {
		return err
	}
	if o.Status.Invoices() {
		return fault.New(fault.Held, "", "order %d was invoiced while its rest order was being made; correct the two by hand", id)
	}
	var edits []office24.RowWrite
	for _, l := range lines {
		i := slices.IndexFunc(o.Rows, func(r office24.Row) bool { return int(r.ID) == l.RowID })
		delivered := decimal(l.Delivered)
		if i < 0 && delivered.Sign() > 0 {
			return fault.New(fault.Held, "", "row %d of order %d is gone, but %s of it were delivered; add it by hand", l.RowID, id, l.Delivered)
		}
		if i < 0 || value(o.Rows[i].Quantity).Equal(delivered) {
			continue
		}
		edit := o.Rows[i].Copy()
		edit.Quantity, edit.ChangeState = &delivered, office24.RowEdit
		if delivered.Sign() <= 0 {
			edit.ChangeState = office24.RowDelete
		}
		edits = append(edits, edit)
	}
	if len(edits) == 0 {
		return nil
	}
	_, err = p.Office24.SaveOrder(ctx, office24.OrderWrite{ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, Rows: edits})
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

// withWaybills appends waybills to an invoice text; empty if there is no room for them.
func withWaybills(text string, waybills []string) string {
	text = strings.TrimSpace(strings.TrimSpace(text) + "\nTracking: " + strings.Join(waybills, ", "))
	if len(utf16.Encode([]rune(text))) > office24.MaxInvoiceText {
		return ""
	}
	return text
}
