package process

import (
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

func TestForbiddenCharactersStopNoShipment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	odd, sound := w.shipped("10", ""), w.shipped("5", "")
	w.Company.EditOrder(odd, func(o *office24.Order) { o.InvoiceText = "Takk\x0b" })
	w.runWants(nil, wantRun{read: 2, planned: 2, written: 2})
	w.wantOrder(odd, wantOrder{status: office24.StatusSent})
	w.wantOrder(sound, wantOrder{status: office24.StatusSent})
}

func TestShippedOrderThatCannotBeReadInOngoingIsRefusedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bad, sound := w.shipped("10", ""), w.shipped("5", "")
	w.shipForeign("WEB-1")
	foreign, _ := w.GoodsOwner.Order("WEB-1")
	w.GoodsOwner.Damage(w.warehouseOrder(bad).ID, "orderLines.pickedNumberOfItems", `"12,5"`)
	w.GoodsOwner.Damage(foreign.ID, "orderLines.pickedNumberOfItems", `"12,5"`)
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "orderLines.pickedNumberOfItems",
		read: 3, planned: 1, written: 1, skipped: 1, failed: 1,
	})
	w.wantOrder(bad, wantOrder{status: office24.StatusConfirmed})
	w.wantOrder(sound, wantOrder{status: office24.StatusSent})

	w.GoodsOwner.Damage(w.warehouseOrder(bad).ID, "orderLines.pickedNumberOfItems", "")
	w.run(map[string]any{"keys": []string{key(bad)}})
	w.wantOrder(bad, wantOrder{status: office24.StatusSent})
}

// Another order of the customer cannot be read. It is not the rest order, and the order that was shipped is booked.
func TestUnreadableOtherOrderDoesNotStopARestOrder(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	draft := w.newOrder("7")
	draft.Status = office24.StatusDraft
	older := w.Company.AddOrder(draft)
	id := w.shipped("10", "8")
	newer := w.Company.AddOrder(draft)
	for _, other := range []office24.OrderID{older, newer} {
		w.Company.Damage("InvoiceOrder", int(other), "InvoiceRows.Quantity", "123,4567")
	}
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rests: []string{"ART-1:2"}})
}
