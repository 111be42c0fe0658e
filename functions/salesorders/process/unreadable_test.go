package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestOrderWithForbiddenCharactersIsSentAndUnreadableOneIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, sound := kettle(h)
	odd, bad := another(h, product), another(h, product)
	h.Company.EditOrder(odd, func(o *office24.Order) { o.InvoiceTitle = "Ring\x1fførst" })
	h.Company.Damage("InvoiceOrder", int(bad), "InvoiceRows.Quantity", "123,4567")
	expect(t, h, run(h), want{outcome: runner.Partial, written: 2, failed: 1})
	sent(t, h, sound)
	sent(t, h, odd)
	expectFailure(t, h, bad, "rejected", "Quantity is not a decimal number")

	h.Company.Damage("InvoiceOrder", int(bad), "InvoiceRows.Quantity", "")
	later(h)
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
	sent(t, h, bad)
}

// Ongoing has an order of ours that cannot be read there: only its own order is refused.
func TestOrderThatCannotBeReadInOngoingIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, first := kettle(h)
	second := another(h, product)
	expect(t, h, run(h), want{written: 2})
	live, _ := h.GoodsOwner.Order(key(first))
	h.GoodsOwner.Damage(live.ID, "orderLines.orderedNumberOfItems", `"many"`)
	for _, id := range []office24.OrderID{first, second} {
		h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	}
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
	expectFailure(t, h, first, "rejected", "orderLines.orderedNumberOfItems")
}

// A customer who was off for months is read through GetOrderSyncList.
func TestSearchFarBackGoesThroughTheSyncList(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	_, id := kettle(h)
	row := harness.Run(h, Function(), map[string]any{"since": h.Clock.Now().AddDate(0, -7, 0)})
	expect(t, h, row, want{written: 1})
	sent(t, h, id)
	if n := h.Office24.Calls("GetOrderSyncList"); n != 1 {
		t.Errorf("%d calls of GetOrderSyncList", n)
	}
}

// One foreign order in Ongoing, cancelled and unreadable, is nothing to us.
func TestUnreadableForeignOrderStopsNothing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	_, id := kettle(h)
	expect(t, h, run(h), want{written: 1})
	line := ongoingtest.NewLine{Row: "1", Article: "KJE-17", Quantity: *harness.Dec("1")}
	foreign, err := h.GoodsOwner.AddOrder("WEB-1", line)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.GoodsOwner.SetOrderStatus("WEB-1", 1000); err != nil {
		t.Fatal(err)
	}
	h.GoodsOwner.Damage(foreign, "orderInfo.createdDate", `17`)
	h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	expect(t, h, run(h), want{written: 1})
}

// Nor does it keep many new orders from being sent, which are not searched for one by one.
func TestUnreadableForeignOrderKeepsNoNewOrdersBack(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{
		"orderInfo.createdDate": `17`, "orderInfo.goodsOwnerOrderId": `40557`,
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, _ := kettle(h)
			expect(t, h, run(h), want{written: 1})
			line := ongoingtest.NewLine{Row: "1", Article: "KJE-17", Quantity: *harness.Dec("1")}
			foreign, err := h.GoodsOwner.AddOrder("WEB-1", line)
			if err != nil {
				t.Fatal(err)
			}
			h.GoodsOwner.Damage(foreign, field, value)
			for range 2 {
				for range 3 {
					another(h, product)
				}
				expect(t, h, run(h), want{written: 3, unchanged: anyNumber})
			}
		})
	}
}

// The failure quotes a text that is longer than a record of the state table can be.
func TestOrderWithATextOfAMegabyteInOngoingIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, first := kettle(h)
	second := another(h, product)
	expect(t, h, run(h), want{written: 2})
	live, _ := h.GoodsOwner.Order(key(first))
	h.GoodsOwner.Damage(live.ID, "orderLines.rowNumber", `"`+strings.Repeat("x", 1<<20)+`"`)
	for _, id := range []office24.OrderID{first, second} {
		h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	}
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
	expectFailure(t, h, first, "rejected", "remove them there")
}

// Of an order without its head, not even the id is known.
func TestOrderWithoutAHeadInOngoingStopsNoOther(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, bad := kettle(h)
	first, second := another(h, product), another(h, product)
	expect(t, h, run(h), want{written: 3})
	live, _ := h.GoodsOwner.Order(key(bad))
	h.GoodsOwner.Damage(live.ID, "orderInfo", `null`)
	for _, id := range []office24.OrderID{bad, first, second} {
		h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	}
	fresh := []office24.OrderID{another(h, product), another(h, product), another(h, product)}
	expect(t, h, run(h), want{outcome: runner.Partial, written: 5, failed: 1})
	expectFailure(t, h, bad, "rejected", "orderInfo is not what the published definition says")
	for _, id := range fresh {
		sent(t, h, id)
	}
	h.GoodsOwner.Damage(live.ID, "orderInfo", "")
	later(h)
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
}

// Somebody else's order has the number of a new order of ours, and neither its id nor its number can be read: whether
// the number is free is not known, and the order would be overwritten.
func TestOrderWithoutAHeadInOngoingIsNotOverwritten(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	_, id := kettle(h)
	other, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{Number: key(id), OrderID: "9"})
	if err != nil {
		t.Fatal(err)
	}
	h.GoodsOwner.Damage(other, "orderInfo", `null`)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "rejected", "orderInfo is not what the published definition says")
	if o, _ := h.GoodsOwner.Order(key(id)); o.Body["goodsOwnerOrderId"] != "9" {
		t.Errorf("the other order was overwritten: %+v", o)
	}
}

// Which order it is may not be known: none of those that it can be passes for deleted, and it is read again later.
func TestOrderWithoutAReadableIDStopsNoOther(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"cancelWithdrawn": true}})
	product, bad := kettle(h)
	gone, sound := another(h, product), another(h, product)
	expect(t, h, run(h), want{written: 3})
	h.Company.EditOrder(bad, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	h.Company.Damage("InvoiceOrder", int(bad), "OrderId", "abc")
	h.Company.DeleteOrder(gone)
	fresh := another(h, product)
	h.Company.EditOrder(sound, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	row := run(h)
	if row.Outcome != runner.Partial || row.Written != 2 {
		t.Errorf("got %+v", row)
	}
	sent(t, h, fresh)
	for _, id := range []office24.OrderID{bad, gone} {
		if o, _ := h.GoodsOwner.Order(key(id)); o.Status == 1000 {
			t.Errorf("order %d was cancelled", id)
		}
	}
	if keys := h.ChangedKeys(naming.SalesOrders); len(keys) != 1 {
		t.Errorf("failure records %v", keys)
	}
	h.Company.Damage("InvoiceOrder", int(bad), "OrderId", "")
	later(h)
	run(h)
	run(h)
	if o, _ := h.GoodsOwner.Order(key(gone)); o.Status != 1000 {
		t.Errorf("the deleted order has status %d in Ongoing", o.Status)
	}
	if o, _ := h.GoodsOwner.Order(key(bad)); !strings.Contains(fmt.Sprint(o.Body), "Haster") {
		t.Errorf("the order was not written again: %v", o.Body)
	}
	if keys := h.ChangedKeys(naming.SalesOrders); len(keys) != 0 {
		t.Errorf("failure records %v", keys)
	}
}

// The row names the product by its number only.
func TestRowOfAProductWithoutAReadableIDIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	odd := h.Company.AddProduct(office24.Product{No: "ODD-1", Name: "Kopp", StockControlled: new(true)})
	h.Company.Damage("Product", int(odd), "Id", "abc")
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].ProductID, o.Rows[0].ProductNo = 0, "ODD-1" })
	sound := another(h, product)
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
	sent(t, h, sound)
	expectFailure(t, h, id, "rejected", `product number "ODD-1", whose product has an unreadable Id`)
}

// It is the product that people correct, and the order does not change with it.
func TestOrderWaitsAnHourAtMostForItsProductToBeCorrected(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product := h.Company.AddProduct(office24.Product{Name: "Kjele", StockControlled: new(true)})
	id := another(h, product)
	for range 8 {
		h.Clock.Forward(time.Hour)
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	}
	expectFailure(t, h, id, "rejected", "its article cannot be written")
	h.Company.EditProduct(product, func(p *office24.Product) { p.No = "KJE-17" })
	h.Clock.Forward(time.Hour)
	expect(t, h, run(h), want{written: 1})
	sent(t, h, id)
}
