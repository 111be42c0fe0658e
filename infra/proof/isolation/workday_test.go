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

// A workday is a customer with work for every process. What remains is to run the process that it was made for.
type workday struct {
	*world
	*testenv.Merchant
	orders []office24.OrderID
	// wrote is called at every write to a vendor, before its effect and after it; nil calls nothing.
	mu    sync.Mutex
	wrote func(after bool)
}

func newWorkday(t testing.TB, p naming.Process) *workday {
	t.Helper()
	d := &workday{}
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
	d.seed()
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
	case naming.Articles, naming.SalesOrders: // they find what seed added
	}
	return d
}

// seed adds suppliers, products and orders.
func (d *workday) seed() {
	for _, id := range []office24.CompanyID{5012, 5013, 5014} {
		d.Company.AddCompany(office24.Company{
			ID: id, Name: "Leverandør " + strconv.Itoa(int(id)), Type: office24.CompanySupplier, Country: "NO",
			Addresses: office24.Addresses{
				Visit: &office24.Address{Street: "Lagervegen 3", PostalCode: "2635", PostalArea: "TRETTEN"},
			},
		})
	}
	var products []office24.ProductID
	for i := range 4 {
		products = append(products, d.Company.AddProduct(office24.Product{
			No: "VARE-" + strconv.Itoa(i), Name: "Vare " + strconv.Itoa(i),
			StockControlled: new(true), Stock: dec("10"), SupplierID: office24.CompanyID(5012 + i%3),
		}))
	}
	for i := range 3 {
		d.orders = append(d.orders, d.Company.AddOrder(office24.Order{
			CustomerID: 5120, CustomerName: "Ås Turlag", Status: office24.StatusConfirmed,
			DateOrdered: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC),
			Addresses: office24.Addresses{
				Delivery: &office24.Address{Street: "Hyttevegen 1", PostalCode: "1430", PostalArea: "ÅS"},
			},
			Rows: []office24.Row{
				{ProductID: products[i], Quantity: dec("5"), Price: dec("399")},
				{ProductID: products[i+1], Quantity: dec("2"), Price: dec("49.50")},
			},
		}))
	}
}

// ship receives goods in the warehouse and ships all orders, the second one short.
func (d *workday) ship() {
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
			s.Quantities = map[string]number.Decimal{o.Lines[0].Row: number.FromInt(3),
				o.Lines[1].Row: number.FromInt(2)}
		}
		must(d.t, d.GoodsOwner.Ship(o.Number, s))
	}
}

func (d *workday) write(after bool) {
	d.mu.Lock()
	wrote := d.wrote
	d.mu.Unlock()
	if wrote != nil {
		wrote(after)
	}
}

func (d *workday) watch(wrote func(after bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrote = wrote
}

// settle runs each process undisturbed until it has nothing to write.
func (d *workday) settle(processes ...naming.Process) {
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
			d.t.Errorf("%s does not stop writing: %+v", p, row)
		}
	}
}

// An end is what both vendors hold, without ids and times, which depend on the order of the calls.
type end struct {
	ERP      office24test.Snapshot
	Articles []ongoingtest.ArticleState
	Orders   []ongoingtest.OrderState
	// Left are failure records and leases that still have a holder.
	Left []string
}

func (d *workday) end() end {
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
		_, hasHolder := record["holder"]
		if strings.HasPrefix(name, "failure#") || hasHolder {
			e.Left = append(e.Left, name)
		}
	}
	slices.Sort(e.Left)
	return e
}
