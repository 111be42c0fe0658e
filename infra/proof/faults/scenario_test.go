package faults_test

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// A scenario is the work of one process in a run, with a record for each way in which it writes.
type scenario struct {
	process  naming.Process
	settings map[string]any
	// seed fills a new customer's systems. The runs of before carry that over. change makes the work for the run.
	seed   func(*testenv.Merchant)
	before []naming.Process
	change func(*testenv.Merchant) error
	// operations are the calls that the run makes, listed by hand so that none disappears from the matrix unnoticed.
	operations []string
	// saves are the saves of orders that the run makes, in order.
	saves []save
}

func scenarios() []scenario {
	return []scenario{
		{
			process: naming.Articles, settings: switchOn("suppliers"), seed: seed,
			before: []naming.Process{naming.Articles},
			change: func(c *testenv.Merchant) error {
				c.Company.AddProduct(product(7009, "NY-9"))
				c.Company.EditProduct(7001, func(p *office24.Product) { p.No = "TELT-1B" })
				return nil
			},
			operations: []string{"GetProducts", "GetCompanies", "GET /articles", "PUT /articles",
				"PUT /articles/{articleSystemId}"},
		},
		{
			process: naming.SalesOrders, seed: seed, before: []naming.Process{naming.Articles, naming.SalesOrders},
			settings: map[string]any{
				"salesOrders": map[string]any{"importedStatus": "Production", "cancelWithdrawn": true},
			},
			change: func(c *testenv.Merchant) error {
				c.Company.AddProduct(product(7009, "NY-9"))
				c.Company.AddOrder(order(40009, row(7001, "2"), row(7009, "1")))
				c.Company.EditOrder(40001, func(o *office24.Order) { o.InvoiceTitle = "Ring porten" })
				c.Company.SetStatus(40002, office24.StatusDraft)
				return nil
			},
			operations: []string{"GetInvoices", "GetProducts", "SaveInvoices", "GET /orders", "GET /orders/{orderId}",
				"GET /articles",
				"PUT /articles", "PUT /orders", "DELETE /orders/{orderId}"},
			saves: []save{{40009, status}},
		},
		{
			process: naming.Shipments, seed: seed,
			before:   []naming.Process{naming.Articles, naming.SalesOrders, naming.Shipments},
			settings: map[string]any{"shipments": map[string]any{"restOrders": true, "tracking": "invoiceText"}},
			change: func(c *testenv.Merchant) error {
				one := number.FromInt(1)
				short := map[string]number.Decimal{rowOf(c, 40002, 0): one}
				return errors.Join(
					c.GoodsOwner.Ship("40001", ongoingtest.Shipment{Waybill: "70734212345"}),
					c.GoodsOwner.Ship("40002", ongoingtest.Shipment{Waybill: "70734212346", Quantities: short}))
			},
			operations: []string{"GetInvoices", "SaveInvoices", "GET /orders", "GET /orders/{orderId}",
				"PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems",
				"PATCH /orders/{orderId}/setReportedNumberOfItemsToPickedNumberOfItems"},
			saves: []save{
				{40001, status}, {40001, text},
				{40002, restOrder}, {40002, rows}, {40002, status}, {40002, text},
			},
		},
		{
			process: naming.Stock, seed: seed,
			before: []naming.Process{naming.Articles, naming.SalesOrders, naming.Shipments, naming.Stock},
			change: func(c *testenv.Merchant) error {
				g := c.GoodsOwner
				return errors.Join(g.SetStock("KOK-2", number.FromInt(17)),
					g.SetStock("SEKK-3", number.MustParse("4.5")),
					g.Pick("40002", rowOf(c, 40002, 0), number.FromInt(1)))
			},
			operations: []string{"GetProducts", "GetInvoices", "SetStockQuantity", "GET /articles", "GET /orders"},
		},
		{
			process: naming.Suppliers, settings: switchOn("suppliers"), seed: seed,
			before: []naming.Process{naming.Articles, naming.Suppliers},
			change: func(c *testenv.Merchant) error {
				for _, id := range []office24.CompanyID{5012, 5013} {
					c.Company.EditCompany(id, func(s *office24.Company) { s.Addresses.Visit.Street = "Nyveien 7" })
				}
				return nil
			},
			operations: []string{"GetCompanies", "GetProducts", "GET /articles", "PUT /articles"},
		},
	}
}

func switchOn(process string) map[string]any {
	return map[string]any{process: map[string]any{"enabled": true}}
}

// canaries returns people's data, which must not be in any message, log line or record of the state.
func canaries() []string {
	return []string{"Kanarifugl", "Kvitterveien", "Nyveien", "93949596", "kari@kanari.example"}
}

// seed adds two suppliers, three products and two confirmed orders.
func seed(c *testenv.Merchant) {
	for _, id := range []office24.CompanyID{5012, 5013} {
		c.Company.AddCompany(office24.Company{
			ID: id, Name: fmt.Sprintf("Leverandør %d", id), Type: office24.CompanySupplier, Country: "NO",
			Addresses: office24.Addresses{
				Visit: &office24.Address{Street: "Kvitterveien 3", PostalCode: "5003", PostalArea: "Bergen"},
			},
			PhoneNumbers:   office24.PhoneNumbers{Work: &office24.PhoneNumber{Value: "93949596"}},
			EmailAddresses: office24.EmailAddresses{Work: &office24.EmailAddress{Value: "kari@kanari.example"}},
		})
	}
	for id, no := range map[office24.ProductID]string{7001: "TELT-1", 7002: "KOK-2", 7003: "SEKK-3"} {
		c.Company.AddProduct(product(id, no))
	}
	c.Company.AddOrder(order(40001, row(7001, "2"), row(7002, "1.5")))
	c.Company.AddOrder(order(40002, row(7003, "3"), row(7002, "1")))
}

func product(id office24.ProductID, no string) office24.Product {
	stock := number.FromInt(20)
	suppliers := map[office24.ProductID]office24.CompanyID{7001: 5012, 7002: 5013, 7009: 5013}
	return office24.Product{
		ID: id, No: no, Name: "Vare " + no, StockControlled: new(true), Stock: &stock, SupplierID: suppliers[id],
	}
}

func order(id office24.OrderID, rows ...office24.Row) office24.Order {
	return office24.Order{
		ID: id, CustomerID: 31, DateOrdered: time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC),
		CustomerName: "Kari Kanarifugl", CustomerDeliveryPhone: "93949596",
		Status: office24.StatusConfirmed, InvoiceEmailAddress: "kari@kanari.example", Rows: rows,
		Addresses: office24.Addresses{
			Delivery: &office24.Address{
				Street: "Kvitterveien 3", PostalCode: "5003", PostalArea: "Bergen", Country: "NO",
			},
		},
	}
}

func row(id office24.ProductID, quantity string) office24.Row {
	q, price := number.MustParse(quantity), number.MustParse("129.90")
	return office24.Row{ProductID: id, Quantity: &q, Price: &price}
}

// rowOf returns the number of an order's row in Ongoing.
func rowOf(c *testenv.Merchant, id office24.OrderID, n int) string {
	o, _ := c.Company.Order(id)
	return strconv.Itoa(int(o.Rows[n].ID))
}

// stock sets the stock of all articles.
func stock(c *testenv.Merchant) error {
	var errs []error
	for _, a := range c.GoodsOwner.Articles() {
		errs = append(errs, c.GoodsOwner.SetStock(a.Number, number.FromInt(20)))
	}
	return errors.Join(errs...)
}
