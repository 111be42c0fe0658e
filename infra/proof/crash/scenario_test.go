package crash_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// A scenario is the work of a run, with a record for each way in which its processes write.
type scenario struct {
	name      string
	settings  map[string]any
	prepare   func(*world) // leads up to the run
	processes []naming.Process
	// writes are prefixes of writes that the run must make, so that no write disappears from the scenario unnoticed.
	writes []string
	// check compares the end of an undisturbed run with fixed values: all runs could be wrong in the same way.
	check func(*world)
}

func (s scenario) world(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, s.settings)
	s.prepare(w)
	return w
}

func scenarios() []scenario {
	return []scenario{articles(), salesorders(), shipments(), stock(), suppliers()}
}

// withRunWrites adds the writes that every run makes.
func withRunWrites(process naming.Process, writes ...string) []string {
	p := string(process)
	return append(writes, "UpdateItem lease#"+p, "PutItem cursor#"+p, "PutItem run#"+p, "PutItem lease#"+p)
}

func articles() scenario {
	return scenario{
		name: "articles", processes: []naming.Process{naming.Articles},
		settings: map[string]any{"suppliers": map[string]any{"enabled": true}},
		prepare: func(w *world) {
			w.seedProducts()
			w.run(naming.Articles)
			w.changeProducts()
			w.Company.ExpireSessions()
		},
		writes: withRunWrites(naming.Articles, "PUT /articles TELT-2", "PUT /articles/{articleSystemId}",
			"PUT /articles BRENNER-9", "PUT /articles SKI-93",
			"PutItem article#7101", "PutItem article#7109", "PutItem failure#articles#7106", "PutItem session"),
		check: (*world).checkProducts,
	}
}

func salesorders() scenario {
	return scenario{
		name: "salesorders", processes: []naming.Process{naming.SalesOrders},
		settings: map[string]any{"salesOrders": orderSettings()},
		prepare: func(w *world) {
			w.seedProducts()
			w.seedOrders()
			w.run(naming.Articles, naming.SalesOrders)
			w.changeOrders()
		},
		writes: withRunWrites(naming.SalesOrders, "PUT /orders FS-40551", "PUT /orders FS-40556",
			"PUT /articles BRENNER-9", "DELETE /orders", "SaveInvoices 40556",
			"PutItem article#7109", "PutItem order#40551", "PutItem order#40552", "PutItem order#40553",
			"PutItem order#40556",
			"PutItem failure#salesorders#40557", "PutItem failure#salesorders#40554"),
		check: (*world).checkOrders,
	}
}

func shipments() scenario {
	return scenario{
		name: "shipments", processes: []naming.Process{naming.Shipments},
		settings: map[string]any{"salesOrders": orderSettings(),
			"shipments": map[string]any{"restOrders": true, "tracking": "invoiceText"}},
		prepare: func(w *world) {
			w.seedProducts()
			w.seedOrders()
			w.run(naming.Articles, naming.SalesOrders)
			w.fillShelves()
			w.shipEarlier()
			w.run(naming.Shipments)
			w.ship()
		},
		writes: withRunWrites(naming.Shipments, "SaveInvoices new", "SaveInvoices 40561", "SaveInvoices 40562",
			"SaveInvoices 40563", "SaveInvoices 40569",
			"SaveInvoices 40570", "PutItem order#40561", "PutItem order#40562", "PutItem order#40563",
			"PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems",
			"PutItem failure#shipments#FS-40564"),
		check: (*world).checkShipments,
	}
}

func stock() scenario {
	return scenario{
		name: "stock", processes: []naming.Process{naming.Stock},
		settings: map[string]any{"salesOrders": orderSettings()},
		prepare: func(w *world) {
			w.seedProducts()
			w.seedOrders()
			w.run(naming.Articles, naming.SalesOrders)
			w.fillShelves()
			w.run(naming.Stock)
			w.count()
		},
		writes: withRunWrites(naming.Stock, "SetStockQuantity 7101", "SetStockQuantity 7102", "SetStockQuantity 7103"),
		check:  (*world).checkStock,
	}
}

func suppliers() scenario {
	return scenario{
		name: "suppliers", processes: []naming.Process{naming.Suppliers},
		settings: map[string]any{"suppliers": map[string]any{"enabled": true}},
		prepare: func(w *world) {
			w.seedProducts()
			w.run(naming.Articles, naming.Suppliers)
			w.changeSuppliers()
		},
		writes: withRunWrites(naming.Suppliers, "PUT /articles TELT-2", "PUT /articles KOK-85", "PutItem supplier#5012",
			"PutItem supplier#5013", "PutItem supplier#5014"),
		check: (*world).checkSuppliers,
	}
}

// allProcesses is a scenario in which all processes run and have work.
func allProcesses() scenario {
	return scenario{
		name: "all processes", processes: processes(),
		settings: map[string]any{"salesOrders": orderSettings(),
			"shipments": map[string]any{"restOrders": true, "tracking": "invoiceText"},
			"suppliers": map[string]any{"enabled": true}},
		prepare: func(w *world) {
			w.seedProducts()
			w.seedOrders()
			w.run(naming.Articles, naming.SalesOrders)
			w.fillShelves()
			w.shipEarlier()
			w.run(naming.Shipments, naming.Stock, naming.Suppliers)
			w.changeProducts()
			w.changeOrders()
			w.ship()
			w.changeSuppliers()
		},
		check: func(w *world) {
			w.checkProducts()
			w.checkShipments()
			w.checkSuppliers()
		},
	}
}

func orderSettings() map[string]any {
	return map[string]any{
		"orderNumberPrefix": "FS-",
		"importedStatus":    "Production",
		"cancelWithdrawn":   true,
		"textRows":          "comment",
		"deliveryMethods":   map[string]any{"7": map[string]any{"code": "BRING", "name": "Bring"}},
	}
}

// seedProducts adds products and their suppliers.
func (w *world) seedProducts() {
	for _, id := range []office24.CompanyID{5012, 5013} {
		visit := &office24.Address{Street: "Dalsveg 1", PostalCode: "2630", PostalArea: "RINGEBU"}
		w.Company.AddCompany(office24.Company{
			ID: id, Name: fmt.Sprintf("Teltmakeren %d & Døtre AS", id), Type: office24.CompanySupplier,
			Country: "NO", Addresses: office24.Addresses{Visit: visit},
		})
	}
	for id, p := range map[office24.ProductID]office24.Product{
		7101: {
			No: "TELT-2", Name: "Telt «Jotunheimen»", EAN1: "7090000000017", SupplierID: 5012,
			Weight: decimal("2.85"), Price: decimal("3499"),
		},
		7102: {
			No: "KOK-85", Name: "Gasskoker & kjele, 85 g", SupplierID: 5013,
			Weight: decimal("0.085"), Price: decimal("449.50"),
		},
		7103: {No: "TAU-10", Name: "Tau, metervare", Price: decimal("24.90")},
		7104: {No: "FRAKT", Name: "Frakt", StockControlled: new(false), Price: decimal("99")},
		7105: {No: "SKI-93", Name: "Ski fra 1993"},
	} {
		w.addProduct(id, p)
	}
}

func (w *world) addProduct(id office24.ProductID, p office24.Product) {
	active := 1
	p.ID, p.StatusID, p.Stock = id, &active, decimal("20")
	if p.StockControlled == nil {
		p.StockControlled = new(true)
	}
	w.Company.AddProduct(p)
}

// changeProducts edits one product's text, renumbers one, expires one, adds one, and adds one without a number.
func (w *world) changeProducts() {
	w.Company.EditProduct(7101, func(p *office24.Product) { p.Description = "Kuppeltelt for vår, sommer & høst" })
	w.Company.EditProduct(7102, func(p *office24.Product) { p.No = "KOK-85B" })
	w.Company.EditProduct(7105, func(p *office24.Product) { *p.StatusID = 0 })
	w.addProduct(7106, office24.Product{Name: "Tingen uten nummer"})
	w.addProduct(7109, office24.Product{No: "BRENNER-9", Name: "Primusbrenner", SupplierID: 5013})
}

func (w *world) checkProducts() {
	w.t.Helper()
	w.expect("articles", w.articles(),
		"BRENNER-9 7109",
		"FRAKT 7104",
		"KOK-85B 7102",
		"SKI-93 7105 inactive",
		"TAU-10 7103",
		"TELT-2 7101",
	)
}

// seedOrders adds confirmed orders. People change the first four later; the others are shipped.
func (w *world) seedOrders() {
	w.addOrder(40551, row(7101, "2"), row(7102, "3"), row(7104, "1"))
	w.addOrder(40552, row(7102, "5"))
	w.addOrder(40553, row(7103, "4"), row(7101, "1"))
	w.addOrder(40554, row(7102, "1"))
	w.addOrder(40561, row(7101, "2"), row(7102, "3"), row(7104, "1"))
	w.addOrder(40562, row(7102, "5"), row(7103, "12.5"), row(7101, "1"))
	w.addOrder(40563, row(7103, "4"), row(7101, "1"))
	w.addOrder(40564, row(7102, "1"))
	w.addOrder(40569, row(7101, "4"), row(7103, "2"))
}

func (w *world) addOrder(id office24.OrderID, rows ...office24.Row) {
	rows = append(rows, office24.Row{Type: office24.RowText, Name: "Ring på ved porten"})
	w.Company.AddOrder(office24.Order{
		ID: id, CustomerID: 5120, CustomerName: "Ås Turlag", Status: office24.StatusConfirmed,
		DateOrdered: date("2026-11-02"), DeliveryDate: date("2026-11-25"),
		InvoiceTitle: "Leveres ved bakdøren", ReferenceNumber: "PO-7788", YourReference: "Åse",
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Hyttevegen 1", PostalCode: "1430", PostalArea: "ÅS"},
		},
		DeliveryMethod: &office24.DeliveryMethod{ID: 7, Description: "Hjemlevering"},
		Rows:           rows,
	})
}

// changeOrders edits an order and removes a row of it, withdraws one, deletes one, withdraws one too late, adds one
// with a product that is not an article yet, and adds one that is held because of its delivery method.
func (w *world) changeOrders() {
	w.Company.EditOrder(40551, func(o *office24.Order) {
		o.Rows[0].Quantity = decimal("1")
		o.Rows = slices.Delete(o.Rows, 1, 2)
	})
	w.Company.SetStatus(40552, office24.StatusDraft)
	w.Company.DeleteOrder(40553)
	must(w.t, w.GoodsOwner.SetOrderStatus("FS-40554", 320))
	w.Company.SetStatus(40554, office24.StatusDraft)
	if _, exists := w.Company.Product(7109); !exists {
		w.addProduct(7109, office24.Product{No: "BRENNER-9", Name: "Primusbrenner"})
	}
	w.addOrder(40556, row(7109, "2"), row(7101, "1"))
	w.addOrder(40557, row(7101, "1"))
	w.Company.EditOrder(40557, func(o *office24.Order) { o.DeliveryMethod.ID = 9 })
}

func (w *world) checkOrders() {
	w.t.Helper()
	w.expect("orders in Ongoing", w.ongoingOrders(),
		"FS-40551 300: 1 TELT-2, 1 FRAKT",
		"FS-40552 1000: 5 KOK-85",
		"FS-40553 1000: 4 TAU-10, 1 TELT-2",
		"FS-40554 320: 1 KOK-85",
		"FS-40556 300: 2 BRENNER-9, 1 TELT-2",
		"FS-40561 300: 2 TELT-2, 3 KOK-85, 1 FRAKT",
		"FS-40562 300: 5 KOK-85, 12.5 TAU-10, 1 TELT-2",
		"FS-40563 300: 4 TAU-10, 1 TELT-2",
		"FS-40564 300: 1 KOK-85",
		"FS-40569 300: 4 TELT-2, 2 TAU-10",
	)
	w.expect("orders in 24SevenOffice", w.office24Orders(),
		"40551 Production",
		"40552 Draft",
		"40554 Draft",
		"40556 Production",
		"40557 Confirmed",
		"40561 Production",
		"40562 Production",
		"40563 Production",
		"40564 Production",
		"40569 Production",
	)
}

func (w *world) fillShelves() {
	for article, n := range map[string]string{"TELT-2": "30", "KOK-85": "30", "TAU-10": "80.5"} {
		must(w.t, w.GoodsOwner.SetStock(article, number.MustParse(n)))
	}
}

// shipEarlier ships one order short. It is booked and gets its rest order before the scenario's run.
func (w *world) shipEarlier() {
	must(w.t, w.GoodsOwner.Ship("FS-40569", ongoingtest.Shipment{
		Waybill: "70722150000000001", Quantities: w.quantities(40569, "1", "2"),
	}))
}

// ship ships one order in full with two parcels, one short and without one of its rows, one very short, and one that
// people moved by hand. It picks more of the earlier order and ships a late parcel of it.
func (w *world) ship() {
	g := w.GoodsOwner
	must(w.t, g.Ship("FS-40561", ongoingtest.Shipment{Status: 500, Parcels: []ongoingtest.Parcel{
		{Number: "370722150012", Waybill: "70722150000012345"},
		{Number: "370722150013", Waybill: "70722150000012346"}}}))
	must(w.t, g.Ship("FS-40562", ongoingtest.Shipment{
		Waybill: "70722150000012347", Quantities: w.quantities(40562, "2", "12.5", "0"),
	}))
	must(w.t, g.Ship("FS-40563", ongoingtest.Shipment{Status: 500, Quantities: w.quantities(40563, "1.5", "1")}))
	must(w.t, g.Ship("FS-40564", ongoingtest.Shipment{}))
	w.Company.SetStatus(40564, office24.StatusCollectingOrder)
	must(w.t, g.Pick("FS-40569", w.row(40569, 0), number.MustParse("1")))
	must(w.t, g.AddParcels("FS-40569", ongoingtest.Parcel{Number: "370722150014", Waybill: "70722150000012348"}))
}

func (w *world) checkShipments() {
	w.t.Helper()
	w.expect("shipped orders in 24SevenOffice", w.office24Rows(40560),
		"40561 Sent: 2 of 7101, 3 of 7102, 1 of 7104 | Leveres ved bakdøren | "+
			"Tracking: 70722150000012345, 70722150000012346",
		"40562 Sent: 2 of 7102, 12.5 of 7103 | Leveres ved bakdøren | Tracking: 70722150000012347",
		"40563 Sent: 1.5 of 7103, 1 of 7101 | Leveres ved bakdøren | ",
		"40564 CollectingOrder: 1 of 7102 | Leveres ved bakdøren | ",
		"40569 Sent: 2 of 7101, 2 of 7103 | Leveres ved bakdøren | "+
			"Tracking: 70722150000000001 / Tracking: 70722150000012348",
		"40570 Rest: 2 of 7101 | Leveres ved bakdøren (rest of order 40569) | ",
		"40571 Rest: 3 of 7102, 1 of 7101 | Leveres ved bakdøren (rest of order 40562) | ",
		"40572 Rest: 2.5 of 7103 | Leveres ved bakdøren (rest of order 40563) | ",
	)
	for _, o := range w.GoodsOwner.Orders() {
		for _, l := range o.Lines {
			if o.Number != "FS-40564" && l.Picked.Sign() > 0 && (l.Reported == nil || !l.Reported.Equal(l.Picked)) {
				w.t.Errorf("row %s of order %s is not reported", l.Row, o.Number)
			}
		}
	}
}

// count sets counted quantities, and picks an order of ours and one that the warehouse entered by hand.
func (w *world) count() {
	g := w.GoodsOwner
	must(w.t, g.SetStock("TELT-2", number.MustParse("17")))
	must(w.t, g.SetStock("TAU-10", number.MustParse("79.25")))
	must(w.t, g.Pick("FS-40551", w.row(40551, 1), number.MustParse("2")))
	line := ongoingtest.NewLine{Row: "1", Article: "KOK-85", Quantity: number.MustParse("1")}
	_, err := g.AddOrder("PRØVE-1", line)
	must(w.t, err)
	must(w.t, g.Pick("PRØVE-1", "1", number.MustParse("1")))
}

func (w *world) checkStock() {
	w.t.Helper()
	var levels []string
	for _, p := range w.Company.Products() {
		levels = append(levels, p.Stock.String()+" "+p.No)
	}
	w.expect("stock", levels,
		"17 TELT-2",
		"29 KOK-85",
		"79.25 TAU-10",
		"20 FRAKT",
		"0 SKI-93",
	)
}

// changeSuppliers moves both suppliers and adds one without products.
func (w *world) changeSuppliers() {
	for _, id := range []office24.CompanyID{5012, 5013} {
		w.Company.EditCompany(id, func(c *office24.Company) { c.Addresses.Visit.Street = "Nye Dalsveg 1" })
	}
	w.Company.AddCompany(office24.Company{
		ID: 5014, Name: "Ny leverandør AS", Type: office24.CompanySupplier, Country: "NO",
	})
}

func (w *world) checkSuppliers() {
	w.t.Helper()
	var streets []string
	for number, s := range w.GoodsOwner.Suppliers() {
		streets = append(streets, fmt.Sprint(number, " ", s.Name, ", ", s.Address["address"]))
	}
	slices.Sort(streets)
	w.expect("suppliers", streets,
		"5012 Teltmakeren 5012 & Døtre AS, Nye Dalsveg 1",
		"5013 Teltmakeren 5013 & Døtre AS, Nye Dalsveg 1",
	)
}

func (w *world) expect(what string, got []string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s after an undisturbed run (-want +got):\n%s", what, diff)
	}
}

// articles lists the articles in Ongoing with their product codes.
func (w *world) articles() []string {
	var all []string
	for _, a := range w.GoodsOwner.Articles() {
		text := fmt.Sprint(a.Number, " ", a.Body["productCode"])
		if a.Body["isActive"] == false {
			text += " inactive"
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// ongoingOrders lists the orders in Ongoing with their statuses and lines.
func (w *world) ongoingOrders() []string {
	var all []string
	for _, o := range w.GoodsOwner.Orders() {
		var lines []string
		for _, l := range o.Lines {
			lines = append(lines, l.Ordered.String()+" "+l.Article)
		}
		all = append(all, fmt.Sprint(o.Number, " ", o.Status, ": ", strings.Join(lines, ", ")))
	}
	slices.Sort(all)
	return all
}

// office24Orders lists the orders in 24SevenOffice with their statuses.
func (w *world) office24Orders() []string {
	var all []string
	for _, o := range w.Company.Orders() {
		all = append(all, fmt.Sprint(o.ID, " ", o.Status.Name()))
	}
	return all
}

// office24Rows lists the orders in 24SevenOffice with at least this id: statuses, rows, titles and invoice texts.
func (w *world) office24Rows(from office24.OrderID) []string {
	var all []string
	for _, o := range w.Company.Orders() {
		if o.ID < from {
			continue
		}
		var rows []string
		for _, r := range o.Rows {
			if r.Quantity != nil {
				rows = append(rows, fmt.Sprint(r.Quantity, " of ", r.ProductID))
			}
		}
		text := strings.ReplaceAll(o.InvoiceText, "\n", " / ")
		all = append(all, fmt.Sprintf("%d %s: %s | %s | %s",
			o.ID, o.Status.Name(), strings.Join(rows, ", "), o.InvoiceTitle, text))
	}
	return all
}

// row returns the number of an order's row in Ongoing.
func (w *world) row(id office24.OrderID, n int) string {
	o, _ := w.Company.Order(id)
	return strconv.Itoa(int(o.Rows[n].ID))
}

// quantities returns the picked quantities of an order's first rows.
func (w *world) quantities(id office24.OrderID, picked ...string) map[string]number.Decimal {
	all := map[string]number.Decimal{}
	for n, quantity := range picked {
		all[w.row(id, n)] = number.MustParse(quantity)
	}
	return all
}

func row(id office24.ProductID, quantity string) office24.Row {
	return office24.Row{ProductID: id, Quantity: decimal(quantity), Price: decimal("129.90"), Type: office24.RowNormal}
}

func decimal(s string) *number.Decimal { d := number.MustParse(s); return &d }

// date returns midnight UTC, as 24SevenOffice returns a date.
func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}
