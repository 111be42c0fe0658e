package isolation_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A day is a customer with something to do for every process, up to a point: what is left is to run the process it was
// made for.
type day struct {
	*world
	*testenv.Merchant
	orders []office24.OrderID
	// wrote is called at every write to a vendor, before its effect and after it; nil: nothing.
	mu    sync.Mutex
	wrote func(after bool)
}

func newDay(t testing.TB, p naming.Process) *day {
	t.Helper()
	d := &day{}
	d.world = newWorld(t, testenv.Options{Ongoing: ongoingtest.Options{
		Before: func(ongoingtest.Entry) { d.write(false) }, After: func(ongoingtest.Entry) { d.write(true) },
	}})
	d.Office24.Before(func(c office24test.Call) {
		if c.Write {
			d.write(false)
		}
	})
	d.Office24.After(func(c office24test.Call) {
		if c.Write {
			d.write(true)
		}
	})
	d.Merchant = d.customer("acme", map[string]any{
		"salesOrders": map[string]any{"importedStatus": "Pack"},
		"shipments":   map[string]any{"restOrders": true, "tracking": "invoiceText"},
		"suppliers":   map[string]any{"enabled": true},
	})
	d.begin()
	switch p {
	case naming.Shipments:
		d.settle(naming.Articles, naming.SalesOrders)
		d.ship()
	case naming.Stock:
		d.settle(naming.Articles)
		for i, a := range d.GoodsOwner.Articles() {
			must(t, d.GoodsOwner.SetStock(a.Number, number.FromInt(int64(20+i))))
		}
	case naming.Suppliers:
		d.settle(naming.Articles)
	}
	return d
}

// begin fills the ERP.
func (d *day) begin() {
	for _, id := range []office24.CompanyID{5012, 5013, 5014} {
		d.Company.AddCompany(office24.Company{ID: id, Name: "Leverandør " + strconv.Itoa(int(id)), Type: office24.CompanySupplier, Country: "NO",
			Addresses: office24.Addresses{Visit: &office24.Address{Street: "Lagervegen 3", PostalCode: "2635", PostalArea: "TRETTEN"}}})
	}
	yes := true
	var products []office24.ProductID
	for i := range 4 {
		products = append(products, d.Company.AddProduct(office24.Product{No: "VARE-" + strconv.Itoa(i), Name: "Vare " + strconv.Itoa(i),
			StockControlled: &yes, Stock: dec("10"), SupplierID: office24.CompanyID(5012 + i%3)}))
	}
	for i := range 3 {
		d.orders = append(d.orders, d.Company.AddOrder(office24.Order{
			CustomerID: 5120, CustomerName: "Ås Turlag", Status: office24.StatusConfirmed, DateOrdered: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC),
			Addresses: office24.Addresses{Delivery: &office24.Address{Street: "Hyttevegen 1", PostalCode: "1430", PostalArea: "ÅS"}},
			Rows:      []office24.Row{{ProductID: products[i], Quantity: dec("5"), Price: dec("399")}, {ProductID: products[i+1], Quantity: dec("2"), Price: dec("49.50")}},
		}))
	}
}

// ship lets the warehouse receive goods and ship all orders, the second one short.
func (d *day) ship() {
	d.t.Helper()
	for _, a := range d.GoodsOwner.Articles() {
		must(d.t, d.GoodsOwner.SetStock(a.Number, number.FromInt(10)))
	}
	for i, id := range d.orders {
		o, found := d.GoodsOwner.Order(strconv.Itoa(int(id)))
		if !found {
			d.t.Fatalf("order %d is not in Ongoing", id)
		}
		s := ongoingtest.Shipment{Waybill: "7072215" + o.Number}
		if i == 1 {
			s.Quantities = map[string]number.Decimal{o.Lines[0].Row: number.FromInt(3), o.Lines[1].Row: number.FromInt(2)}
		}
		must(d.t, d.GoodsOwner.Ship(o.Number, s))
	}
}

func (d *day) write(after bool) {
	d.mu.Lock()
	wrote := d.wrote
	d.mu.Unlock()
	if wrote != nil {
		wrote(after)
	}
}

func (d *day) watch(wrote func(after bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrote = wrote
}

// settle runs processes undisturbed until nothing is left to do.
func (d *day) settle(processes ...naming.Process) {
	d.t.Helper()
	for _, p := range processes {
		f := d.function(p)
		var row runner.Row
		for range 4 {
			if row = d.row(f, d.ID, nil); row.Outcome == runner.OK && row.Written == 0 {
				break
			}
		}
		if row.Outcome != runner.OK || row.Written > 0 {
			d.t.Errorf("%s does not come to rest: %+v", p, row)
		}
	}
}

// An end is what both vendors hold, without what differs from one way there to another: ids and times.
type end struct {
	ERP      office24test.Snapshot
	Articles []ongoingtest.ArticleState
	Orders   []ongoingtest.OrderState
	// Left are the records that tell of trouble.
	Left []string
}

func (d *day) end() end {
	d.t.Helper()
	e := end{ERP: d.Company.Snapshot().Timeless(), Articles: d.GoodsOwner.Articles(), Orders: d.GoodsOwner.Orders()}
	for i := range e.Articles {
		e.Articles[i].ID = 0
	}
	for i := range e.Orders {
		e.Orders[i].ID = 0
		for j := range e.Orders[i].Lines {
			e.Orders[i].Lines[j].ID = 0
		}
	}
	slices.SortFunc(e.Articles, func(a, b ongoingtest.ArticleState) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(e.Orders, func(a, b ongoingtest.OrderState) int { return cmp.Compare(a.Number, b.Number) })
	for name, record := range d.records(d.ID) {
		_, held := record["holder"]
		if strings.HasPrefix(name, "failure#") || held {
			e.Left = append(e.Left, name)
		}
	}
	slices.Sort(e.Left)
	return e
}
