package settings_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestOverridesCountInsteadOfTheItem(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	put(t, db, with("salesOrders", document{
		"startDate": "2026-11-01", "deliveryMethods": document{"4": document{"code": "BRING"}},
	}))
	read := func(overrides string) settings.Loaded {
		t.Helper()
		var o settings.Overrides
		if err := json.Unmarshal([]byte(overrides), &o); err != nil {
			t.Fatal(err)
		}
		named, err := reader(t, db).Named(t.Context(), []string{"acme"}, o)
		if err != nil {
			t.Fatal(err)
		}
		return named[0]
	}
	stored := read(`{}`)
	got := read(`{"salesOrders.startDate": null, "salesOrders.statuses": ["Confirmed", "Rest"], "intervalMinutes": 30,
		"salesOrders.deliveryMethods.9.code": "HENT", "stock.brakePercent": 10, "shipments.restOrders": true,
		"suppliers.enabled": null, "extraFields": [{"from": "row.Price", "to": "line.prices.linePrice"}]}`)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	c := got.Customer
	if c.SalesOrders.StartDate != "" || c.Interval.Minutes() != 30 || c.Stock.BrakePercent != 10 ||
		!c.Shipments.RestOrders || len(c.SalesOrders.Statuses) != 2 || len(c.ExtraFields) != 1 ||
		c.SalesOrders.DeliveryMethods[9].Code != "HENT" || c.SalesOrders.DeliveryMethods[4].Code != "BRING" {
		t.Errorf("got %+v", c)
	}
	if c.Fingerprint == stored.Customer.Fingerprint {
		t.Error("the fingerprint is that of the item")
	}
	if s := stored.Customer.SalesOrders; s.StartDate != "2026-11-01" || s.DeliveryMethods[9].Code != "" ||
		!reflect.DeepEqual(s.Statuses, []office24.OrderStatus{office24.StatusConfirmed}) {
		t.Errorf("without overrides: %+v", s)
	}
	got = read(`{"salesOrders.deliveryMethods.4.code": null}`)
	if got.Err != nil || got.Customer.SalesOrders.DeliveryMethods != nil {
		t.Errorf("a map lost its last value: %+v, %v", got.Customer.SalesOrders, got.Err)
	}
	if got := read(`{"salesOrder.startDate": "2026-01-01"}`); got.Err == nil {
		t.Error("an unknown setting was ignored")
	}
}
