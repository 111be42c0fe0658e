package cases_test

import (
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

// Each of these was met once, and kept a process from working for its customer until a person found the record.
func TestRecordThatCannotBeReadStopsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
	sound, tab := w.product("KET-17", "12"), w.product("KOPP-3", "5")
	weight, long, odd := w.product("GRYTE-3", "4"), w.product("SOKK-1", "7"), w.product("PUMPE-12", "3")
	w.Company.EditProduct(tab, func(p *office24.Product) { p.Description, p.SupplierID = "Kopp\vnr 3", 5012 })
	w.Company.AddCompany(office24.Company{ID: 5012, Name: "E\x03AS", Type: office24.CompanySupplier})
	w.Company.EditProduct(weight, func(p *office24.Product) { p.Weight = harness.Dec("1") })
	w.Company.Damage("Product", int(weight), "Weight", "1,5")
	w.Company.EditProduct(long, func(p *office24.Product) { p.Name = strings.Repeat("x", 1_200_046) })
	nameless, broken := w.product("FAT-1", "6"), w.product("RØR-5", "8")
	w.Company.Damage("Product", int(nameless), "Id", "abc")
	w.Company.Break("Product", int(broken), "Name", "Rør < 5 mm")
	w.article("PUMPE-12", text(odd), "3")
	pump, _ := w.GoodsOwner.Article("PUMPE-12")
	w.GoodsOwner.Damage(pump.ID, "inventoryInfo.numberOfItems", `"12,5"`)
	good, title, quantity := w.order(map[office24.ProductID]string{sound: "2"}),
		w.order(map[office24.ProductID]string{tab: "1"}), w.order(map[office24.ProductID]string{sound: "3"})
	w.Company.EditOrder(title, func(o *office24.Order) { o.InvoiceTitle, o.InvoiceText = "Ring\x1fførst", "Takk\v" })
	w.Company.Damage("InvoiceOrder", int(quantity), "InvoiceRows.Quantity", "123,4567")
	w.tick()
	w.counted("KET-17", "12")
	w.counted("KOPP-3", "9")
	w.tick()
	w.wantArticle("KET-17", sound, "12")
	w.wantArticle("KOPP-3", tab, "9")
	w.wantStock(tab, "9")
	w.wantFailure(naming.Articles, weight, "product 7003", "Weight is not a decimal number")
	w.wantFailure(naming.Articles, long, "product 7004", "Name is longer than")
	w.wantFailure(naming.Articles, broken, "product 7007", "not well-formed")
	if keys := w.ChangedKeys(naming.Articles); len(keys) != 1 {
		t.Errorf("failures of products without an id: %v", keys)
	}
	w.wantFailure(naming.Articles, odd, `article "PUMPE-12"`, "inventoryInfo.numberOfItems")
	w.wantFailure(naming.Stock, odd, `article "PUMPE-12"`, "inventoryInfo.numberOfItems")
	w.wantFailure(naming.SalesOrders, quantity, "Quantity is not a decimal number")
	if s := w.GoodsOwner.Suppliers()["5012"]; s.Name != "EAS" {
		t.Errorf("the supplier is %+v", s)
	}

	w.ship(text(good), nil)
	w.ship(text(title), nil)
	w.GoodsOwner.Damage(w.ongoingOrder(text(good)).ID, "orderLines.pickedNumberOfItems", `"two"`)
	w.tick()
	w.wantStatus(title, office24.StatusSent)
	w.wantStatus(good, office24.StatusConfirmed)
	w.wantFailure(naming.Shipments, good, "orderLines.pickedNumberOfItems")
	w.wantStock(tab, "8")

	// Corrected, each of them is done without anybody's help.
	w.Company.Damage("Product", int(weight), "Weight", "")
	w.Company.Damage("Product", int(nameless), "Id", "")
	w.Company.Break("Product", int(broken), "Name", "")
	w.Company.Damage("InvoiceOrder", int(quantity), "InvoiceRows.Quantity", "")
	w.GoodsOwner.Damage(pump.ID, "inventoryInfo.numberOfItems", "")
	w.GoodsOwner.Damage(w.ongoingOrder(text(good)).ID, "orderLines.pickedNumberOfItems", "")
	w.Company.EditProduct(long, func(p *office24.Product) { p.Name = "Sokk" })
	for range 3 {
		w.Clock.Forward(2 * time.Hour)
		w.tick()
	}
	w.tick().wantOutcome(t, runner.OK)
	w.wantArticle("GRYTE-3", weight, "0")
	w.wantArticle("FAT-1", nameless, "0")
	w.wantArticle("RØR-5", broken, "0")
	w.wantStatus(good, office24.StatusSent)
	w.ongoingOrder(text(quantity))
}

// Sixty orders of two hundred lines are more than one answer can hold.
func TestLargeOrdersAreReadInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	product := w.product("KET-17", "30000")
	w.tick()
	w.counted("KET-17", "30000")
	var ids []office24.OrderID
	for range 60 {
		id := w.order(map[office24.ProductID]string{product: "1"})
		w.Company.EditOrder(id, func(o *office24.Order) {
			row := o.Rows[0]
			row.ID = 0
			for range 199 {
				o.Rows = append(o.Rows, row)
			}
		})
		ids = append(ids, id)
	}
	w.tick()
	for _, id := range ids {
		w.ship(text(id), nil)
	}
	w.tick().wantOutcome(t, runner.OK)
	for _, id := range ids {
		w.wantStatus(id, office24.StatusSent)
	}
	w.wantStock(product, "18000")
}

func TestCustomerIsReadAfterMonthsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	product := w.product("KET-17", "12")
	before := w.order(map[office24.ProductID]string{product: "1"})
	w.tick()
	w.ongoingOrder(text(before))
	w.Clock.Forward(200 * 24 * time.Hour)
	after := w.order(map[office24.ProductID]string{product: "2"})
	if rows := w.tick(); rows[naming.SalesOrders].Outcome != runner.OK {
		t.Errorf("got %+v", rows[naming.SalesOrders])
	}
	w.ongoingOrder(text(after))
	if n := w.Office24.Calls("GetOrderSyncList"); n != 1 {
		t.Errorf("%d calls of GetOrderSyncList, want one", n)
	}
}
