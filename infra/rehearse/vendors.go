package main

import (
	"fmt"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// vendors are the two simulators with the companies and goods owners of the customers.
type vendors struct {
	office24 *office24test.Server
	ongoing  *ongoingtest.Server
	// Acme has the required settings only; polar also has suppliers enabled.
	acme, polar *customer
}

// A customer of the rehearsal: its company, its goods owner and the credentials for both.
type customer struct {
	id                string
	company           *office24test.Tenant
	owner             *ongoingtest.GoodsOwner
	baseURL           string
	logins, passwords struct{ office24, ongoing string }
}

const (
	applicationID = "1b0c5a52-1111-4222-8333-0000000000aa"
	supplier      = office24.CompanyID(6001)
)

func startVendors() (*vendors, error) {
	ongoing, err := ongoingtest.New(ongoingtest.Options{})
	if err != nil {
		return nil, err
	}
	v := &vendors{office24: office24test.New(office24test.Options{}), ongoing: ongoing}
	v.acme, v.polar = v.newCustomer("acme", 1), v.newCustomer("polar", 2)

	v.acme.addProduct(1001, office24.Product{No: "SKI-1", Name: "Ski", Stock: decimal("5")})
	v.acme.addProduct(1002, office24.Product{No: "STAV-1", Name: "Stav"})
	v.acme.addOrder(50001, office24.StatusConfirmed, row(1001, "2"), row(1002, "1.5"))
	v.acme.addOrder(50002, office24.StatusOffer, row(1001, "9"))

	v.polar.company.AddCompany(office24.Company{
		ID: supplier, Name: "Isbre AS", Type: office24.CompanySupplier, Country: "NO",
		Addresses: office24.Addresses{Post: &office24.Address{
			Street: "Breen 1", PostalCode: "9170", PostalArea: "LONGYEARBYEN", Country: "NO",
		}},
	})
	v.polar.addProduct(2001, office24.Product{
		No: "ISBIT", Name: "Isbit", SupplierID: supplier, SupplierProductCode: "IB-1",
	})
	v.polar.addOrder(60001, office24.StatusConfirmed, row(2001, "3"))
	return v, nil
}

func (v *vendors) Close() {
	v.office24.Close()
	v.ongoing.Close()
}

// hosts returns both simulators' addresses as a context value. Plain HTTP is only allowed for listed hosts.
func (v *vendors) hosts() string {
	return strings.TrimPrefix(v.office24.URL(), "http://") + "," + strings.TrimPrefix(v.ongoing.URL, "http://")
}

func (v *vendors) newCustomer(id string, n int) *customer {
	c := &customer{id: id}
	c.logins.office24, c.passwords.office24 = "wms@"+id+".example", "office24-password-"+id
	c.logins.ongoing, c.passwords.ongoing = "WSI"+strings.ToUpper(id), "ongoing-password-"+id
	c.company = v.office24.AddTenant(int64(800000+n), office24.Credentials{
		ApplicationID: applicationID, Username: c.logins.office24, Password: c.passwords.office24})
	warehouse := v.ongoing.Warehouse("lager")
	c.owner, c.baseURL = warehouse.GoodsOwner(90+n, id), warehouse.BaseURL()
	warehouse.AddUser(c.logins.ongoing, c.passwords.ongoing, c.owner)
	return c
}

// countWrites counts the writes that have reached the vendors.
func (v *vendors) countWrites() int {
	n := len(v.office24.Writes())
	for _, call := range v.ongoing.Journal() {
		if call.Write {
			n++
		}
	}
	return n
}

func (c *customer) addProduct(id office24.ProductID, p office24.Product) {
	p.ID, p.StatusID, p.StockControlled = id, new(1), new(true)
	c.company.AddProduct(p)
}

func (c *customer) addOrder(id office24.OrderID, status office24.OrderStatus, rows ...office24.Row) {
	c.company.AddOrder(office24.Order{
		ID: id, Status: status, CustomerID: 7001, CustomerName: "Ås Turlag", Rows: rows,
		DateOrdered: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC),
		Addresses: office24.Addresses{Delivery: &office24.Address{
			Street: "Hyttevegen 1", PostalCode: "1430", PostalArea: "ÅS", Country: "NO",
		}},
	})
}

func row(product office24.ProductID, quantity string) office24.Row {
	return office24.Row{ProductID: product, Quantity: decimal(quantity), Type: office24.RowNormal}
}

func decimal(s string) *number.Decimal { d := number.MustParse(s); return &d }

// status returns the status of an order in 24SevenOffice.
func (c *customer) status(id office24.OrderID) string {
	o, _ := c.company.Order(id)
	return o.Status.Name()
}

// stock returns the stock of a product in 24SevenOffice.
func (c *customer) stock(id office24.ProductID) string {
	p, _ := c.company.Product(id)
	if p.Stock == nil {
		return "none"
	}
	return p.Stock.String()
}

// articles lists the article numbers in Ongoing.
func (c *customer) articles() string {
	var numbers []string
	for _, a := range c.owner.Articles() {
		numbers = append(numbers, a.Number)
	}
	return strings.Join(numbers, ", ")
}

// order returns the status and lines of an order in Ongoing.
func (c *customer) order(number string) string {
	o, found := c.owner.Order(number)
	if !found {
		return "none"
	}
	var lines []string
	for _, l := range o.Lines {
		lines = append(lines, l.Ordered.String()+" "+l.Article)
	}
	return fmt.Sprintf("%d: %s", o.Status, strings.Join(lines, ", "))
}
