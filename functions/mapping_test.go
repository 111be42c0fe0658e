package functions_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"ongoing24so/functions"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/ongoing"
)

func TestSourceOfAField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		process     naming.Process
		field, want string
	}{
		{naming.Articles, "articleName", "Product.Name"},
		{naming.Articles, "weight", "Product.Weight"},
		{naming.Articles, "barCodeInfo.barCode", "Product.EAN1 without spaces; the first of several, and the others"},
		{naming.Articles, "supplierInfo.supplierNumber",
			"Product.SupplierId, its company's name, Product.SupplierProductCode; with suppliers on"},
		{naming.SalesOrders, "orderNumber", "salesOrders.orderNumberPrefix + OrderId"},
		{naming.SalesOrders, "orderLines[90001].numberOfItems", "Quantity, else QuantityOrdered"},
		{naming.SalesOrders, "consignee.address3",
			"Addresses.Delivery, else Visit, Post, Invoice: Street by lines and at spaces, PostalCode, PostalArea"},
		{naming.SalesOrders, "consignee.city",
			"Addresses.Delivery, else Visit, Post, Invoice: Street by lines and at spaces, PostalCode, PostalArea"},
		{naming.SalesOrders, "wayOfDelivery.code",
			"DeliveryMethod.Id and .Description, or salesOrders.deliveryMethods"},
		{naming.SalesOrders, "smsNotification.toBeNotified", "CustomerDeliveryPhone, not switched on"},
		{naming.Suppliers, "supplierInfo.supplierName", "Company.Name"},
		{naming.SalesOrders, "orderLines[90001].prices.linePrice", ""}, // of extraFields
		{naming.Stock, "Stock",
			"numberOfItems, plus what is picked of our orders and not yet Sent, less what is Sent or invoiced and " +
				"not yet picked; or sellableNumberOfItems, not below 0"},
		{naming.Shipments, "OrderStatus", ""},
	} {
		if got := functions.Source(c.process, c.field); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.process, c.field, got, c.want)
		}
	}
}

// Every field that the processes can write has a source in the table, apart from those that only extraFields sets.
func TestEveryFieldHasASource(t *testing.T) {
	t.Parallel()
	found := 0
	for process, body := range map[naming.Process]reflect.Type{
		naming.Articles:    reflect.TypeFor[ongoing.ArticleBody](),
		naming.SalesOrders: reflect.TypeFor[ongoing.OrderBody](),
	} {
		for _, field := range fieldsOf("", body) {
			set := func(to string) bool { return functions.Same(to, field) }
			left := func(f string) bool { return strings.HasPrefix(field, f) }
			switch {
			case functions.Source(process, field) != "":
				found++
			case !slices.ContainsFunc(extrafields.Targets(), set) && !slices.ContainsFunc(unwritten, left):
				t.Errorf("%s: %s has no source", process, field)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d fields were looked at", found)
	}
}

// fieldsOf returns the paths of a body, without those of goodsOwnerId, which is the customer's.
func fieldsOf(prefix string, of reflect.Type) (all []string) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || strings.HasSuffix(of.PkgPath(), "/number") {
		return []string{prefix}
	}
	for _, f := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || name == "goodsOwnerId" {
			continue
		}
		all = append(all, fieldsOf(strings.TrimPrefix(prefix+"."+name, "."), f.Type)...)
	}
	return all
}

// unwritten are fields of the clients that no process writes, and a switch that comes with its value.
var unwritten = []string{
	"consignee.remark", "advanced.orderTextLines", "emailNotification.toBeNotified", "purcaseCurrencyCode",
}
