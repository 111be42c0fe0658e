package process

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// quantities draws quantities of at least min thousandths, with up to three decimal places.
func quantities(min int64) *rapid.Generator[number.Decimal] {
	return rapid.Custom(func(t *rapid.T) number.Decimal {
		thousandths := number.FromInt(rapid.Int64Range(min, 50_000).Draw(t, "thousandths"))
		return thousandths.Mul(number.MustParse("0.001"))
	})
}

// However an order is picked, and however often more is picked, the original and the rest order together are what was
// ordered. The split is the same when it is made again, also after the rows were cut.
func TestSplitKeepsWhatWasOrderedAndIsRepeatable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rows []office24.Row
		ordered, delivered := map[office24.RowID]number.Decimal{}, map[office24.RowID]number.Decimal{}
		for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
			id, q := office24.RowID(100+i), quantities(0).Draw(t, "ordered")
			product := office24.ProductID(rapid.IntRange(7, 8).Draw(t, "product"))
			if rapid.Bool().Draw(t, "to be picked") {
				ordered[id], delivered[id] = q, number.Decimal{}
			} else {
				product = 9
			}
			rows = append(rows, office24.Row{ID: id, ProductID: product, Quantity: &q})
		}
		untouched := sumByProduct(rows)[9]
		var rest *state.RestOrder
		for range rapid.IntRange(1, 4).Draw(t, "pickings") {
			for _, id := range slices.Sorted(maps.Keys(delivered)) {
				delivered[id] = delivered[id].Add(quantities(0).Draw(t, "picked"))
			}
			lines, _ := splitRows(rows, delivery{byRow: delivered}, rest)
			for _, l := range lines {
				id, d, r := office24.RowID(l.RowID), storedDecimal(l.Delivered), storedDecimal(l.Remaining)
				if !d.Add(r).Equal(ordered[id]) || d.Sign() < 0 || r.Sign() < 0 {
					t.Fatalf("row %d: %s delivered and %s remaining of %s", id, d, r, ordered[id])
				}
				if d.Cmp(delivered[id]) > 0 || r.Sign() > 0 && !d.Equal(delivered[id]) {
					t.Fatalf("row %d: %s delivered, %s picked", id, d, delivered[id])
				}
			}
			rest = &state.RestOrder{Lines: lines}
			again, _ := splitRows(rows, delivery{byRow: delivered}, rest)
			want := map[office24.ProductID]number.Decimal{9: untouched}
			for _, l := range lines {
				product := office24.ProductID(l.ProductID)
				want[product] = want[product].Add(storedDecimal(l.Delivered))
			}
			rows = cut(t, rows, lines)
			got := sumByProduct(rows)
			for product, quantity := range want {
				if !got[product].Equal(quantity) {
					t.Fatalf("product %d: the rows have %s, and %s were delivered", product, got[product], quantity)
				}
			}
			afterwards, _ := splitRows(rows, delivery{byRow: delivered}, rest)
			if diff := cmp.Diff(lines, again) + cmp.Diff(lines, afterwards); diff != "" {
				t.Fatalf("split again:\n%s", diff)
			}
		}
	})
}

// cut returns the rows as 24SevenOffice has them after cutRows: an added row has an id of its own.
func cut(t *rapid.T, rows []office24.Row, lines []state.RestLine) []office24.Row {
	rows = slices.Clone(rows)
	rest := office24.Order{Rows: []office24.Row{{ProductID: 7}, {ProductID: 8}}}
	edits, err := rowCuts(office24.Order{Rows: rows}, rest, lines, productByRow(rows, lines, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		i := rowIndex(rows, int(e.ID))
		switch e.ChangeState {
		case office24.RowAdd:
			id := office24.RowID(1000)
			for _, r := range rows {
				id = max(id, r.ID+1)
			}
			rows = append(rows, office24.Row{ID: id, ProductID: e.ProductID, Quantity: e.Quantity})
		case office24.RowDelete:
			rows = slices.Delete(rows, i, i+1)
		default:
			rows[i].Quantity = e.Quantity
		}
	}
	return rows
}

func TestRestOrderIsReducedToWhatRemainsAndNeverRaised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rest := office24.Order{ID: 1, Status: office24.StatusRest}
		products := map[int]office24.ProductID{}
		remains := map[office24.ProductID]number.Decimal{}
		var lines []state.RestLine
		for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
			product := office24.ProductID(rapid.IntRange(1, 3).Draw(t, "product"))
			was := quantities(1).Draw(t, "was")
			rest.Rows = append(rest.Rows, office24.Row{ID: office24.RowID(i + 1), ProductID: product, Quantity: &was})
			remaining := quantities(0).Draw(t, "remaining")
			if remaining.Cmp(was) > 0 && rapid.Bool().Draw(t, "as it was") {
				remaining = was
			}
			products[500+i] = product
			remains[product] = remains[product].Add(remaining)
			lines = append(lines, state.RestLine{RowID: 500 + i, Delivered: "1", Remaining: remaining.String()})
		}
		before := sumByProduct(rest.Rows)
		edits, err := restReductions(rest, lines, products)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edits {
			i := rowIndex(rest.Rows, int(e.ID))
			if e.Quantity.Cmp(*rest.Rows[i].Quantity) >= 0 {
				t.Fatalf("row %d is not reduced", e.ID)
			}
			if e.ChangeState == office24.RowDelete {
				rest.Rows = slices.Delete(rest.Rows, i, i+1)
			} else {
				rest.Rows[i].Quantity = e.Quantity
			}
		}
		for product, want := range remains {
			if had := before[product]; had.Cmp(want) < 0 {
				want = had
			}
			if got := sumByProduct(rest.Rows)[product]; !got.Equal(want) {
				t.Fatalf("product %d: got %s, want %s", product, got, want)
			}
		}
		if more, err := restReductions(rest, lines, products); err != nil || len(more) != 0 {
			t.Fatalf("reduced again: %v, %v", more, err)
		}
	})
}

func sumByProduct(rows []office24.Row) map[office24.ProductID]number.Decimal {
	out := map[office24.ProductID]number.Decimal{}
	for _, r := range rows {
		out[r.ProductID] = out[r.ProductID].Add(*r.Quantity)
	}
	return out
}

func TestPickedPartsMakeKits(t *testing.T) {
	t.Parallel()
	type part struct{ ordered, picked string }
	tests := []struct {
		name, ordered string
		parts         []part
		want          string
	}{
		{name: "all parts", ordered: "5", parts: []part{{"10", "10"}, {"5", "5"}}, want: "5"},
		{name: "the scarcest part, rounded down", ordered: "5", parts: []part{{"10", "7"}, {"5", "5"}}, want: "3"},
		{name: "a part is missing", ordered: "5", parts: []part{{"10", "0"}, {"5", "5"}}, want: "0"},
		{name: "sold by halves, complete", ordered: "1.5", parts: []part{{"3", "3"}}, want: "1.5"},
		{name: "a part that is not needed", ordered: "5", parts: []part{{"0", "0"}, {"5", "4"}}, want: "4"},
		{name: "more parts than needed", ordered: "5", parts: []part{{"10", "12"}}, want: "5"},
	}
	for _, test := range tests {
		l := newLine(test.ordered, "0")
		for _, p := range test.parts {
			l.SubLines = append(l.SubLines, newLine(p.ordered, p.picked))
		}
		if got := pickedQuantity(l); got.String() != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func newLine(ordered, picked string) ongoing.Line {
	o, p := number.MustParse(ordered), number.MustParse(picked)
	return ongoing.Line{Ordered: &o, Picked: &p}
}
