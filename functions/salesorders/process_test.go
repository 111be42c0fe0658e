package main

import (
	"strconv"
	"testing"

	"ongoing24so/infra/local/testbed/bedtest"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

func dec(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

// kettle is a product, and an order of three of it, as rich as a usual one.
func kettle(b *bedtest.Bench) (office24.ProductID, office24.OrderID) {
	yes := true
	product := b.Company.AddProduct(office24.Product{No: "KJE-17", Name: "Kjele 1,7 l", StockControlled: &yes})
	order := b.Company.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", CustomerDeliveryName: "Blåbær & Sønn, avd. Nord",
		CustomerDeliveryPhone: "+47 90 00 00 00", Status: office24.StatusConfirmed, DateOrdered: b.Clock.Now(),
		InvoiceTitle: "Ring før levering", YourReference: "Åse Ødegård", ReferenceNumber: "PO-7788",
		Addresses:      office24.Addresses{Delivery: &office24.Address{Street: "Testveien 1", PostalCode: "0001", PostalArea: "TESTBY", City: "ikke denne"}},
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til døren"},
		Rows:           []office24.Row{{ProductID: product, Name: "Kjele 1,7 l", Quantity: dec("3"), Price: dec("399")}},
	})
	return product, order
}

// TestOrderWithItsArticle: an order whose article is not there yet gets it first, and a second run does nothing at the
// cost of one call.
func TestOrderWithItsArticle(t *testing.T) {
	t.Parallel()
	b := bedtest.New(t, nil)
	_, id := kettle(b)

	row := bedtest.Run(b, function(), nil)
	if row.Outcome != runner.OK || row.Written != 1 {
		t.Fatalf("got %+v\n%s", row, b.Output)
	}
	o, ok := b.GoodsOwner.Order(strconv.Itoa(int(id)))
	if !ok || len(o.Lines) != 1 || o.Lines[0].Article != "KJE-17" || o.Lines[0].Ordered.String() != "3" {
		t.Fatalf("got %+v", o)
	}
	erp, wms, _ := b.VendorCalls()
	row = bedtest.Run(b, function(), nil)
	if row.Outcome != runner.OK || row.Written != 0 || row.Unchanged != 1 {
		t.Errorf("second run: got %+v", row)
	}
	erp2, wms2, _ := b.VendorCalls()
	if erp2-erp != 1 || wms2 != wms {
		t.Errorf("second run made %d calls to 24SevenOffice and %d to Ongoing", erp2-erp, wms2-wms)
	}
}
