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

// deliveries is what was picked of each row that the warehouse was to pick.
func deliveries(lines []ongoing.Line) map[office24.RowID]number.Decimal {
	out := map[office24.RowID]number.Decimal{}
	for _, l := range lines {
		if id, ok := rowID(l); ok && toBePicked(l) {
			out[id] = out[id].Add(picked(l))
		}
	}
	return out
}

// rowID is the row of a line; staff may have added lines that have none.
func rowID(l ongoing.Line) (office24.RowID, bool) {
	id, err := strconv.Atoi(cmp.Or(l.ExternalID, l.RowNumber))
	return office24.RowID(id), err == nil
}

func toBePicked(l ongoing.Line) bool { return l.ShouldBePicked == nil || *l.ShouldBePicked }

// picked is what was picked of a line. A kit may be picked as its parts: then as many kits were delivered as the
// scarcest part allows.
func picked(l ongoing.Line) number.Decimal {
	if own := value(l.Picked); own.Sign() > 0 || len(l.SubLines) == 0 {
		return own
	}
	kits, found := number.Decimal{}, false
	for _, part := range l.SubLines {
		needed := value(part.Ordered)
		if needed.Sign() <= 0 || value(l.Ordered).Sign() <= 0 {
			continue
		}
		n := *l.Ordered
		if got := picked(part); got.Cmp(needed) < 0 {
			n = got.Mul(*l.Ordered).DivFloor(needed)
		}
		if !found || n.Cmp(kits) < 0 {
			kits, found = n, true
		}
	}
	return kits
}

// nothingPicked tells that goods were to be picked and none were. An order of services alone has none.
func nothingPicked(lines []ongoing.Line, rows map[office24.RowID]number.Decimal) bool {
	for _, n := range rows {
		if n.Sign() > 0 {
			return false
		}
	}
	return len(lines) == 0 || slices.ContainsFunc(lines, toBePicked)
}

// divide splits the rows that were to be picked into what was delivered and what remains, and says in words where that
// is not what was ordered. Once an order was split, its rows no longer tell what was ordered, and the earlier split
// does. Of a row of which more was picked than ordered, what was ordered counts as delivered: the customer is not
// invoiced for what nobody ordered.
func divide(rows []office24.Row, delivered map[office24.RowID]number.Decimal, earlier *state.RestOrder) (lines []state.RestLine, differences []string) {
	ordered := orderedOf(rows, earlier)
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
		lines = append(lines, state.RestLine{RowID: int(id), Delivered: got.String(), Remaining: want.Sub(got).String()})
	}
	return lines, differences
}

func orderedOf(rows []office24.Row, earlier *state.RestOrder) map[office24.RowID]number.Decimal {
	ordered := map[office24.RowID]number.Decimal{}
	for _, r := range rows {
		if r.Quantity != nil {
			ordered[r.ID] = *r.Quantity
		} else {
			ordered[r.ID] = value(r.QuantityOrdered)
		}
	}
	if earlier != nil {
		for _, l := range earlier.Lines {
			ordered[office24.RowID(l.RowID)] = decimal(l.Delivered).Add(decimal(l.Remaining))
		}
	}
	return ordered
}

// short tells whether anything remains to be delivered.
func short(lines []state.RestLine) bool {
	return slices.ContainsFunc(lines, func(l state.RestLine) bool { return decimal(l.Remaining).Sign() > 0 })
}

// decimal reads a quantity out of a link. We wrote it, so it is one.
func decimal(s string) number.Decimal {
	d, err := number.Parse(s)
	if err != nil {
		panic("shipments: a link holds a quantity that is none")
	}
	return d
}
