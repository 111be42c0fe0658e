package process

import (
	"testing"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// kits makes a world where ART-1 is sold as a kit of two ART-2 and one ART-3, and an order of kits.
func kits(t *testing.T, onParent bool, quantity string) (*world, office24.OrderID) {
	t.Helper()
	w := worldWith(t, testenv.Options{Ongoing: ongoingtest.Options{KitsPickedOnParent: onParent}},
		map[string]any{"shipments": map[string]any{"restOrders": true}})
	w.must(w.GoodsOwner.MakeKit("ART-1", map[string]number.Decimal{"ART-2": number.FromInt(2), "ART-3": number.FromInt(1)}))
	return w, w.order(quantity)
}

// TestKit: which level of a kit is picked and reported is not documented. Both book the kit; what was picked is reported
// where it was picked.
func TestKit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		onParent             bool
		picked               string
		original, rest, want string
	}{
		{false, "5", "ART-1:5", "", "- 10 5"},
		{false, "3", "ART-1:3", "ART-1:2", "- 6 3"},
		{true, "5", "ART-1:5", "", "5 - -"},
		{true, "3", "ART-1:3", "ART-1:2", "3 - -"},
	}
	for _, test := range tests {
		w, id := kits(t, test.onParent, "5")
		w.ship(id, 450, test.picked)
		w.ok()
		w.expectStatus(id, office24.StatusSent)
		w.expect("original", quantities(w.sold(id)), test.original)
		w.expect("reported", w.reported(id), test.want)
		got := ""
		for _, o := range w.rests() {
			got += quantities(o)
		}
		w.expect("rest order", got, test.rest)
	}
}

// TestBrokenKit: as many kits were delivered as the scarcest part allows, and a part of a kit is none.
func TestBrokenKit(t *testing.T) {
	t.Parallel()
	w, id := kits(t, false, "5")
	row := w.standing(id).Lines[0].Row
	w.must(w.GoodsOwner.PickPart(key(id), row, "ART-2", number.FromInt(7)))
	w.must(w.GoodsOwner.PickPart(key(id), row, "ART-3", number.FromInt(5)))
	w.must(w.GoodsOwner.SetOrderStatus(key(id), 450))
	w.ok()
	w.expect("original", quantities(w.sold(id)), "ART-1:3")
	w.expect("rest order", quantities(w.rests()[0]), "ART-1:2")
	w.expect("reported", w.reported(id), "- 7 5")

	w.must(w.GoodsOwner.PickPart(key(id), row, "ART-2", number.FromInt(3)))
	w.ok()
	w.expect("original", quantities(w.sold(id)), "ART-1:5")
	w.expect("rest order", quantities(w.rests()[0]), "")
	w.expect("reported", w.reported(id), "- 10 5")
}
