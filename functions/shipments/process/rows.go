package process

import (
	"context"
	"slices"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// cutRows changes the original's rows to what was delivered. It reads the order again first, and returns a Conflict if
// somebody moved it since it was seen.
func (p *process) cutRows(
	ctx context.Context, seen, rest office24.Order, lines []state.RestLine, products map[int]office24.ProductID,
) error {
	o, err := p.requireOrder(ctx, seen.ID)
	if err != nil {
		return err
	}
	if o.Status != seen.Status {
		return errclass.New(errclass.Conflict, "",
			"order %d was moved to status %s while it was being split; the next run reads it again",
			o.ID, o.Status.Name())
	}
	edits, err := rowCuts(o, rest, lines, products)
	if err != nil {
		return err
	}
	return p.saveRows(ctx, o, edits)
}

// saveRows saves edited rows of an order, with its present status, because 24SevenOffice would set another one if it
// were left out.
//
// A crash after it leaves rows that need no edit any more; see rowCuts.
func (p *process) saveRows(ctx context.Context, o office24.Order, edits []office24.RowWrite) error {
	if len(edits) == 0 {
		return nil
	}
	write := office24.OrderWrite{ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, Rows: edits}
	_, err := p.Office24.SaveOrder(ctx, write)
	return err
}

// checkSplitRows holds an order of which people have raised or added a row after an earlier run made the rest order,
// and before the order was booked: what was added is in no order that is delivered.
func (k knowledge) checkSplitRows(lines []ongoing.Line, o office24.Order, link state.OrderLink) error {
	earlier := splitBefore(link)
	if earlier == nil || !link.ShippedAt.IsZero() {
		return nil
	}
	for _, l := range earlier.Lines {
		ordered := storedDecimal(l.Delivered).Add(storedDecimal(l.Remaining))
		if i := rowIndex(o.Rows, l.RowID); i >= 0 && quantityOf(o.Rows[i]).Cmp(ordered) > 0 {
			return errclass.New(errclass.Held, "",
				"row %d of order %d was raised to %s after the rest order was made for the %s ordered before; make "+
					"a new order for what was added, and set the row to %s",
				l.RowID, o.ID, quantityOf(o.Rows[i]), ordered, ordered)
		}
	}
	for _, r := range rowsWithoutLine(o.Rows, lines) {
		split := slices.ContainsFunc(earlier.Lines, func(l state.RestLine) bool {
			return l.RowID == int(r.ID) || l.ProductID == 0 || l.ProductID == int(r.ProductID)
		})
		if !split && quantityOf(r).Sign() > 0 && !k.services[r.ProductID] {
			return errclass.New(errclass.Held, "",
				"row %d was added to order %d after the rest order was made; make a new order for it, and delete "+
					"the row", r.ID, o.ID)
		}
	}
	return nil
}

// rowCuts returns the edits that change the original's rows to what was delivered. Rows that an earlier run edited need
// none. Rows with the product of one that is gone, and that were not split, replace it: an earlier run added them, or a
// person did.
func rowCuts(
	o, rest office24.Order, lines []state.RestLine, products map[int]office24.ProductID,
) ([]office24.RowWrite, error) {
	var edits []office24.RowWrite
	lacking := map[office24.ProductID]number.Decimal{} // what was delivered of rows that are gone
	for _, l := range lines {
		delivered, i := storedDecimal(l.Delivered), rowIndex(o.Rows, l.RowID)
		switch {
		case i < 0:
			lacking[products[l.RowID]] = lacking[products[l.RowID]].Add(delivered)
		case !valueOrZero(o.Rows[i].Quantity).Equal(delivered):
			edits = append(edits, editRow(withProduct(o.Rows[i], l), delivered))
		}
	}
	replacements := map[office24.ProductID]office24.Row{}
	for _, r := range o.Rows {
		split := slices.ContainsFunc(lines, func(l state.RestLine) bool { return l.RowID == int(r.ID) })
		if !split && valueOrZero(r.Quantity).Sign() > 0 { // a rebate replaces nothing
			lacking[r.ProductID] = lacking[r.ProductID].Sub(valueOrZero(r.Quantity))
			replacements[r.ProductID] = r
		}
	}
	for _, l := range lines {
		product := products[l.RowID]
		missing := lacking[product]
		if rowIndex(o.Rows, l.RowID) >= 0 || missing.Sign() <= 0 {
			continue
		}
		delete(lacking, product)
		if r, replaced := replacements[product]; replaced && product != 0 {
			edits = append(edits, editRow(r, valueOrZero(r.Quantity).Add(missing)))
			continue
		}
		row, err := restoreRow(o, rest, l.RowID, product, missing)
		if err != nil {
			return nil, err
		}
		edits = append(edits, row)
	}
	return edits, nil
}

// restoreRow returns a row for what was delivered of one that was removed from the original, because nothing of it had
// been delivered then. Its terms are those of the rest order's row.
func restoreRow(
	o, rest office24.Order, gone int, product office24.ProductID, quantity number.Decimal,
) (office24.RowWrite, error) {
	i := slices.IndexFunc(rest.Rows, func(r office24.Row) bool { return r.ProductID == product && product != 0 })
	if i < 0 {
		return office24.RowWrite{}, errclass.New(errclass.Held, "",
			"row %d of order %d is gone, but %s of it were delivered; add product %d to the order by hand",
			gone, o.ID, quantity, product)
	}
	row := newRow(rest.Rows[i], quantity)
	row.ChangeState = office24.RowAdd
	return row, nil
}

// restReductions returns the edits that reduce the rest order to what remains, if more was picked after it was made.
// Its rows have other ids than the original's, so they are matched by product. What a person removed from it is not put
// back, and what a person added to it has to be moved before it can be reduced. An order that has left the status Rest
// is being delivered and is not changed. One that is Inactive is reduced, too: people can set it back. But nothing is
// held for it, because it delivers nothing until then.
func restReductions(
	rest office24.Order, lines []state.RestLine, products map[int]office24.ProductID,
) ([]office24.RowWrite, error) {
	inactive := rest.Status == office24.StatusInactive
	excess := map[office24.ProductID]number.Decimal{}
	for _, r := range rest.Rows {
		excess[r.ProductID] = excess[r.ProductID].Add(valueOrZero(r.Quantity))
	}
	split, had := map[office24.ProductID]bool{}, knownInRest(lines, products)
	for _, l := range lines {
		product, remaining := products[l.RowID], storedDecimal(l.Remaining)
		if product == 0 && remaining.Sign() > 0 && !inactive {
			return nil, errclass.New(errclass.Held, "",
				"row %d is gone and its article in Ongoing names no product; give the article its product code",
				l.RowID)
		}
		split[product] = true
		excess[product] = excess[product].Sub(remaining)
	}
	var edits []office24.RowWrite
	for _, r := range slices.Backward(rest.Rows) {
		tooMuch := excess[r.ProductID]
		if !split[r.ProductID] || r.ProductID == 0 || tooMuch.Sign() <= 0 {
			continue
		}
		otherTerms := hasOtherTerms(rest.Rows, r)
		switch {
		case inactive && otherTerms:
			continue
		case !inactive && rest.Status != office24.StatusRest:
			return nil, errclass.New(errclass.Held, "",
				"more was picked after rest order %d was made, but it has status %s now; "+
					"reduce product %d in it by %s by hand", rest.ID, rest.Status.Name(), r.ProductID, tooMuch)
		case !inactive && wasRaised(rest, r.ProductID, had):
			return nil, errclass.New(errclass.Held, "",
				"more was picked after rest order %d was made, but people have added to product %d in it; move what "+
					"they added to an order of its own, so that %s are left of the product",
				rest.ID, r.ProductID, had[r.ProductID])
		case otherTerms:
			return nil, errclass.New(errclass.Held, "",
				"more was picked after rest order %d was made, but it has product %d at different prices; "+
					"reduce it by %s by hand", rest.ID, r.ProductID, tooMuch)
		}
		left := valueOrZero(r.Quantity).Sub(tooMuch)
		if left.Sign() < 0 {
			left = number.Decimal{}
		}
		edits = append(edits, editRow(r, left))
		excess[r.ProductID] = tooMuch.Sub(valueOrZero(r.Quantity).Sub(left))
	}
	return edits, nil
}

// knownInRest returns what the rest order had of each product when it was made or last reduced, if that is known.
func knownInRest(
	lines []state.RestLine, products map[int]office24.ProductID,
) map[office24.ProductID]number.Decimal {
	known := map[office24.ProductID]number.Decimal{}
	for _, l := range lines {
		if l.InRest != "" {
			known[products[l.RowID]] = known[products[l.RowID]].Add(storedDecimal(l.InRest))
		}
	}
	for _, l := range lines {
		if l.InRest == "" {
			delete(known, products[l.RowID])
		}
	}
	return known
}

// wasRaised reports whether a rest order has more of a product than it had.
func wasRaised(rest office24.Order, product office24.ProductID, had map[office24.ProductID]number.Decimal) bool {
	before, known := had[product]
	now := number.Decimal{}
	for _, r := range rest.Rows {
		if r.ProductID == product {
			now = now.Add(valueOrZero(r.Quantity))
		}
	}
	return known && now.Cmp(before) > 0
}

// hasOtherTerms reports whether another row has the same product at another price or discount.
func hasOtherTerms(rows []office24.Row, r office24.Row) bool {
	return slices.ContainsFunc(rows, func(other office24.Row) bool {
		return other.ProductID == r.ProductID && (!valueOrZero(other.Price).Equal(valueOrZero(r.Price)) ||
			!valueOrZero(other.DiscountRate).Equal(valueOrZero(r.DiscountRate)))
	})
}

// productByRow returns the product of each row. For a row that is gone since the split it is that of the split or, if
// it was stored without, that of the line's article.
func productByRow(rows []office24.Row, split []state.RestLine, lines []ongoing.Line) map[int]office24.ProductID {
	products := map[int]office24.ProductID{}
	for _, l := range lines {
		product, err := strconv.Atoi(l.Article.ProductCode)
		if id, ok := rowID(l); ok && err == nil && hasCode(l.Article, office24.ProductID(product)) {
			products[int(id)] = office24.ProductID(product)
		}
	}
	for _, l := range split {
		if l.ProductID != 0 {
			products[l.RowID] = office24.ProductID(l.ProductID)
		}
	}
	for _, r := range rows {
		if r.ProductID != 0 {
			products[int(r.ID)] = r.ProductID
		}
	}
	return products
}

// fillProducts adds to a split the products of rows that name theirs by the number alone: 24SevenOffice saves no row
// without a product.
func fillProducts(split []state.RestLine, rows []office24.Row, lines []ongoing.Line) {
	products := productByRow(rows, split, lines)
	for i := range split {
		split[i].ProductID = int(products[split[i].RowID])
	}
}

// withProduct returns a row with the product that the split says it has.
func withProduct(r office24.Row, l state.RestLine) office24.Row {
	if r.ProductID == 0 {
		r.ProductID = office24.ProductID(l.ProductID)
	}
	return r
}

// newRow returns a new row with the terms of an existing one.
func newRow(r office24.Row, quantity number.Decimal) office24.RowWrite {
	row := r.Copy()
	row.ID = 0
	row.Quantity, row.QuantityDelivered, row.QuantityOrdered, row.QuantityRest = &quantity, nil, nil, nil
	return row
}

// editRow sets a row's quantity; it deletes a row of which none are left. All other members are sent as they are,
// because it is not documented whether an edited row keeps what is left out.
func editRow(r office24.Row, quantity number.Decimal) office24.RowWrite {
	row := r.Copy()
	row.Quantity, row.ChangeState = &quantity, office24.RowEdit
	if quantity.Sign() <= 0 {
		row.ChangeState = office24.RowDelete
	}
	return row
}
