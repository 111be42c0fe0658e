package process

import (
	"strings"
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
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

// An order that cannot be read any more, since the plan or since it was reported, fails alone.
func TestOrderThatCannotBeReadInABatchFailsAlone(t *testing.T) {
	t.Parallel()
	for name, operation := range map[string]string{
		"since the plan": "GetInvoices", "since it was reported": "setReportedNumberOfItemsToPickedNumberOfItems",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			var bad int
			damage := func(at string) {
				if bad != 0 && strings.HasSuffix(at, operation) {
					w.GoodsOwner.Damage(bad, "orderLines.pickedNumberOfItems", `"12,5"`)
				}
			}
			w = newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{
				Before: func(e ongoingtest.Entry) { damage(e.Operation) },
			}}, nil)
			w.Office24.Before(func(c office24test.Call) { damage(c.Operation) })
			ids := w.shippedMany(3)
			bad = w.warehouseOrder(ids[0]).ID
			w.runWants(nil, wantRun{
				outcome: runner.Partial, reason: "orderLines.pickedNumberOfItems",
				read: 3, planned: 3, written: 2, failed: 1,
			})
			for _, id := range ids[1:] {
				w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "1 1 1"})
			}
			w.GoodsOwner.Damage(bad, "orderLines.pickedNumberOfItems", "")
			bad = 0
			w.run(map[string]any{"keys": []string{key(ids[0])}})
			w.wantOrder(ids[0], wantOrder{status: office24.StatusSent, reported: "1 1 1"})
		})
	}
}

// Of an order without its head, not even the id is known.
func TestShippedOrderWithoutAHeadStopsNoOther(t *testing.T) {
	t.Parallel()
	for _, head := range []string{`null`, `[]`, `"none"`} {
		t.Run(head, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			first, bad, last := w.shipped("10", ""), w.shipped("5", ""), w.shipped("7", "")
			live := w.warehouseOrder(bad).ID
			w.GoodsOwner.Damage(live, "orderInfo", head)
			for range 2 {
				row := w.run(map[string]any{"full": true})
				notes := strings.Join(row.Notes, " ")
				if row.Outcome != runner.OK || !strings.Contains(notes, "orderInfo is not what") {
					t.Errorf("got %+v", row)
				}
			}
			w.wantOrder(first, wantOrder{status: office24.StatusSent})
			w.wantOrder(bad, wantOrder{status: office24.StatusConfirmed})
			w.wantOrder(last, wantOrder{status: office24.StatusSent})
			w.GoodsOwner.Damage(live, "orderInfo", "")
			w.run(map[string]any{"full": true})
			w.wantOrder(bad, wantOrder{status: office24.StatusSent})
		})
	}
}

func TestShippedOrderWithoutAReadableIDWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bad, sound := w.shipped("10", ""), w.shipped("5", "")
	w.Company.Damage("InvoiceOrder", int(bad), "OrderId", "abc")
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "OrderId is not a whole number", read: 2, planned: 1, written: 1, failed: 1,
	})
	w.wantOrder(sound, wantOrder{status: office24.StatusSent})
	w.Company.Damage("InvoiceOrder", int(bad), "OrderId", "")
	w.run(map[string]any{"keys": []string{key(bad)}})
	w.wantOrder(bad, wantOrder{status: office24.StatusSent})
}
