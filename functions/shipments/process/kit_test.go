package process

import (
	"fmt"
	"testing"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// newKitWorld makes a world in which ART-1 is a kit of two ART-2 and one ART-3, and an order of five kits.
func newKitWorld(t *testing.T, pickedOnParent bool) (*world, office24.OrderID) {
	t.Helper()
	w := newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{KitsPickedOnParent: pickedOnParent}},
		map[string]any{"shipments": map[string]any{"restOrders": true}})
	w.must(w.GoodsOwner.MakeKit("ART-1",
		map[string]number.Decimal{"ART-2": number.FromInt(2), "ART-3": number.FromInt(1)}))
	return w, w.order("5")
}

// Ongoing does not document whether a kit or its parts are picked. In both cases the kit is booked, and what was picked
// is reported where it was picked.
func TestKitIsBookedWhicheverLevelIsPicked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pickedOnParent bool
		picked         string
		want           wantOrder
	}{
		{pickedOnParent: false, picked: "5", want: wantOrder{rows: "ART-1:5", reported: "- 10 5", rests: []string{}}},
		{pickedOnParent: false, picked: "3", want: wantOrder{
			rows: "ART-1:3", reported: "- 6 3", rests: []string{"ART-1:2"},
		}},
		{pickedOnParent: true, picked: "5", want: wantOrder{rows: "ART-1:5", reported: "5 - -", rests: []string{}}},
		{pickedOnParent: true, picked: "3", want: wantOrder{
			rows: "ART-1:3", reported: "3 - -", rests: []string{"ART-1:2"},
		}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("on parent %v, %s picked", test.pickedOnParent, test.picked), func(t *testing.T) {
			t.Parallel()
			w, id := newKitWorld(t, test.pickedOnParent)
			w.ship(id, 450, test.picked)
			w.runOK()
			test.want.status = office24.StatusSent
			w.wantOrder(id, test.want)
		})
	}
}

func TestScarcestPartLimitsTheDeliveredKits(t *testing.T) {
	t.Parallel()
	w, id := newKitWorld(t, false)
	row := w.warehouseOrder(id).Lines[0].Row
	w.must(w.GoodsOwner.PickPart(key(id), row, "ART-2", number.FromInt(7)))
	w.must(w.GoodsOwner.PickPart(key(id), row, "ART-3", number.FromInt(5)))
	w.setWarehouseStatus(id, 450)
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:3", reported: "- 7 5", rests: []string{"ART-1:2"}})

	w.must(w.GoodsOwner.PickPart(key(id), row, "ART-2", number.FromInt(3)))
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:5", reported: "- 10 5", rests: []string{""}})
}
