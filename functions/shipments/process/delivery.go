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

// deliveredByRow returns what was picked of each row that the warehouse had to pick.
func deliveredByRow(lines []ongoing.Line) map[office24.RowID]number.Decimal {
	delivered := map[office24.RowID]number.Decimal{}
	for _, l := range lines {
		if id, ok := rowID(l); ok && toBePicked(l) {
			delivered[id] = delivered[id].Add(pickedQuantity(l))
		}
	}
	return delivered
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

// nothingPicked reports whether goods had to be picked and none were. An order of services alone has no goods.
func nothingPicked(lines []ongoing.Line, delivered map[office24.RowID]number.Decimal) bool {
	for _, n := range delivered {
		if n.Sign() > 0 {
			return false
		}
	}
	return len(lines) == 0 || slices.ContainsFunc(lines, toBePicked)
}

// splitRows splits the rows that had to be picked into what was delivered and what remains, and describes each row of
// which not exactly the ordered quantity was delivered. After an earlier split the rows no longer say what was ordered;
// the earlier split does. If more was picked of a row than ordered, only the ordered quantity counts as delivered: the
// customer is not invoiced for what nobody ordered.
func splitRows(
	rows []office24.Row, delivered map[office24.RowID]number.Decimal, earlier *state.RestOrder,
) (lines []state.RestLine, differences []string) {
	ordered := orderedByRow(rows, earlier)
	for _, id := range slices.Sorted(maps.Keys(delivered)) {
		want, got := ordered[id], delivered[id]
		if !want.Equal(got) {
			differences = append(differences, fmt.Sprintf("%s of %s on row %d", got, want, id))
		}
		if want.Sign() <= 0 {
			continue
		}
		if got.Cmp(want) > 0 {
			got = want
		}
		lines = append(lines,
			state.RestLine{RowID: int(id), Delivered: got.String(), Remaining: want.Sub(got).String()})
	}
	return lines, differences
}

func orderedByRow(rows []office24.Row, earlier *state.RestOrder) map[office24.RowID]number.Decimal {
	ordered := map[office24.RowID]number.Decimal{}
	for _, r := range rows {
		if r.Quantity != nil {
			ordered[r.ID] = *r.Quantity
		} else {
			ordered[r.ID] = valueOrZero(r.QuantityOrdered)
		}
	}
	if earlier != nil {
		for _, l := range earlier.Lines {
			ordered[office24.RowID(l.RowID)] = storedDecimal(l.Delivered).Add(storedDecimal(l.Remaining))
		}
	}
	return ordered
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
