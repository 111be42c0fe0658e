package process

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// A delivery is what was delivered of each row.
type delivery struct {
	byRow map[office24.RowID]number.Decimal
	// noLine are the rows of goods that have no line in Ongoing: they were added too late, or staff removed the line.
	noLine []office24.RowID
	// extra is what was delivered and is in no row.
	extra []string
}

// deliver works out what was delivered of each row that the warehouse had to pick.
//
// A line names its row. The lines of back orders, and those that staff added, can have numbers of their own: they count
// for the rows of the same product, first for what is missing there. A row without a line is delivered 0. After an
// earlier split, the rows are those of the split: people can have added others since.
func deliver(lines []ongoing.Line, o office24.Order, link state.OrderLink, k knowledge) delivery {
	d := delivery{byRow: map[office24.RowID]number.Decimal{}}
	earlier := splitBefore(link)
	rows, ordered := accountedRows(o, earlier), orderedByRow(o.Rows, earlier)
	var loose []ongoing.Line
	for _, l := range lines {
		id, named := rowID(l)
		isRow := rowIndex(o.Rows, int(id)) >= 0 || rowIndex(rows, int(id)) >= 0
		switch {
		case !toBePicked(l):
		case named && (isRow || len(k.rowsOf(l.Article, rows)) == 0):
			d.byRow[id] = d.byRow[id].Add(pickedQuantity(l))
		default:
			loose = append(loose, l)
		}
	}
	d.addLoose(loose, rows, ordered, k)
	for _, r := range rowsWithoutLine(rows, lines) {
		switch _, delivered := d.byRow[r.ID]; {
		case delivered:
		case earlier != nil:
			d.byRow[r.ID] = number.Decimal{}
		case link.ShippedAt.IsZero() && quantityOf(r).Sign() > 0 && !k.services[r.ProductID]:
			d.byRow[r.ID] = number.Decimal{}
			d.noLine = append(d.noLine, r.ID)
		}
	}
	return d
}

// accountedRows returns the rows that have to be accounted for: those of the order or, after a split, those of the
// split.
func accountedRows(o office24.Order, earlier *state.RestOrder) []office24.Row {
	if earlier == nil {
		return o.Rows
	}
	var rows []office24.Row
	for _, l := range earlier.Lines {
		if i := rowIndex(o.Rows, l.RowID); i >= 0 {
			rows = append(rows, o.Rows[i])
			continue
		}
		rows = append(rows, office24.Row{
			ID: office24.RowID(l.RowID), ProductID: office24.ProductID(l.ProductID), Type: office24.RowNormal,
		})
	}
	return rows
}

// addLoose adds the lines that name no row.
func (d *delivery) addLoose(
	lines []ongoing.Line, all []office24.Row, ordered map[office24.RowID]number.Decimal, k knowledge,
) {
	for _, l := range lines {
		left, rows := pickedQuantity(l), k.rowsOf(l.Article, all)
		for i, r := range rows {
			part := left
			if missing := ordered[r.ID].Sub(d.byRow[r.ID]); part.Cmp(missing) > 0 && i < len(rows)-1 {
				part = missing
			}
			if part.Sign() > 0 {
				d.byRow[r.ID] = d.byRow[r.ID].Add(part)
				left = left.Sub(part)
			}
		}
		if left.Sign() > 0 {
			d.extra = append(d.extra, fmt.Sprintf("%s of article %q, which is in no row", left, l.Article.Number))
		}
	}
}

// rowsWithoutLine returns the rows of goods that no line names. Some can be services that were not sent.
func rowsWithoutLine(rows []office24.Row, lines []ongoing.Line) []office24.Row {
	named := map[office24.RowID]bool{}
	for _, l := range lines {
		if id, ok := rowID(l); ok {
			named[id] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r office24.Row) bool {
		return r.Type != office24.RowNormal || r.ProductID == 0 && r.ProductNo == "" || named[r.ID]
	})
}

// rowID returns the row of a line. Lines that the warehouse's staff added have none.
func rowID(l ongoing.Line) (office24.RowID, bool) {
	id, err := strconv.Atoi(cmp.Or(l.ExternalID, l.RowNumber))
	return office24.RowID(id), err == nil
}

func toBePicked(l ongoing.Line) bool { return l.ShouldBePicked == nil || *l.ShouldBePicked }

// pickedQuantity returns what was picked of a line. A kit can be picked as its parts: then as many kits were delivered
// as the scarcest part allows.
func pickedQuantity(l ongoing.Line) number.Decimal {
	if own := valueOrZero(l.Picked); own.Sign() > 0 || len(l.SubLines) == 0 {
		return own
	}
	kits, found := number.Decimal{}, false
	for _, part := range l.SubLines {
		needed := valueOrZero(part.Ordered)
		if needed.Sign() <= 0 || valueOrZero(l.Ordered).Sign() <= 0 {
			continue
		}
		n := *l.Ordered
		if got := pickedQuantity(part); got.Cmp(needed) < 0 {
			n = got.Mul(*l.Ordered).DivFloor(needed)
		}
		if !found || n.Cmp(kits) < 0 {
			kits, found = n, true
		}
	}
	return kits
}

// nothingPicked reports whether goods had to be picked and nothing was. An order of services alone has no goods.
func nothingPicked(lines []ongoing.Line, delivered map[office24.RowID]number.Decimal) bool {
	for _, n := range delivered {
		if n.Sign() > 0 {
			return false
		}
	}
	if slices.ContainsFunc(lines, func(l ongoing.Line) bool {
		return !toBePicked(l) && pickedQuantity(l).Sign() > 0
	}) {
		return false
	}
	return len(lines) == 0 || len(delivered) > 0 || slices.ContainsFunc(lines, toBePicked)
}

// splitRows splits the rows that had to be picked into what was delivered and what remains, and describes each row of
// which not exactly the ordered quantity was delivered. After an earlier split the rows no longer say what was ordered;
// the earlier split does. If more was picked of a row than ordered, only the ordered quantity counts as delivered: the
// customer is not invoiced for what nobody ordered.
func splitRows(
	rows []office24.Row, delivered delivery, earlier *state.RestOrder,
) (lines []state.RestLine, differences []string) {
	ordered := orderedByRow(rows, earlier)
	for _, id := range slices.Sorted(maps.Keys(delivered.byRow)) {
		want, got := ordered[id], delivered.byRow[id]
		if !want.Equal(got) {
			difference := fmt.Sprintf("%s of %s on row %d", got, want, id)
			if slices.Contains(delivered.noLine, id) {
				difference += ", which has no line in Ongoing"
			}
			differences = append(differences, difference)
		}
		if want.Sign() <= 0 {
			continue
		}
		if got.Cmp(want) > 0 {
			got = want
		}
		line := earlierLine(earlier, id) // with what is known of it already
		if i := rowIndex(rows, int(id)); i >= 0 {
			line.ProductID = int(rows[i].ProductID)
		}
		line.RowID, line.Delivered, line.Remaining = int(id), got.String(), want.Sub(got).String()
		lines = append(lines, line)
	}
	return lines, append(differences, delivered.extra...)
}

// earlierLine returns how an earlier split has split a row; a zero RestLine if it did not.
func earlierLine(earlier *state.RestOrder, id office24.RowID) state.RestLine {
	if earlier != nil {
		for _, l := range earlier.Lines {
			if l.RowID == int(id) {
				return l
			}
		}
	}
	return state.RestLine{}
}

func orderedByRow(rows []office24.Row, earlier *state.RestOrder) map[office24.RowID]number.Decimal {
	ordered := map[office24.RowID]number.Decimal{}
	for _, r := range rows {
		ordered[r.ID] = quantityOf(r)
	}
	if earlier != nil {
		for _, l := range earlier.Lines {
			ordered[office24.RowID(l.RowID)] = storedDecimal(l.Delivered).Add(storedDecimal(l.Remaining))
		}
	}
	return ordered
}

func quantityOf(r office24.Row) number.Decimal {
	if r.Quantity != nil {
		return *r.Quantity
	}
	return valueOrZero(r.QuantityOrdered)
}

// anyRemaining reports whether anything remains to be delivered.
func anyRemaining(lines []state.RestLine) bool {
	return slices.ContainsFunc(lines, func(l state.RestLine) bool { return storedDecimal(l.Remaining).Sign() > 0 })
}

// storedDecimal reads a quantity of a link. This process wrote it, so anything but a decimal is a defect.
func storedDecimal(s string) number.Decimal {
	d, err := number.Parse(s)
	if err != nil {
		panic("shipments: a quantity in a link is not a decimal")
	}
	return d
}
