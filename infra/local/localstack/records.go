package localstack

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// A System is where a record is.
type System string

// The systems.
const (
	Office24 System = "24SevenOffice"
	Ongoing  System = "Ongoing WMS"
)

// A Kind is a kind of record, as a person would call it.
type Kind string

// The kinds. Orders and suppliers are in both systems.
const (
	Order    Kind = "order"
	Product  Kind = "product"
	Article  Kind = "article"
	Supplier Kind = "supplier"
)

// An ID names a record of a customer.
type ID struct {
	System System
	Kind   Kind
	Key    string
}

// A Field is a value of a record, as text.
type Field struct{ Name, Value string }

// A Record is what a person sees of a record.
type Record struct {
	ID
	// Title is its name, or for whom it is.
	Title  string
	Fields []Field
	// Of is the id of the record that it belongs to in the same system: of a rest order, or of a back order.
	Of string
}

// Field returns the value of a field, or "".
func (r Record) Field(name string) string {
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Records lists the records of a customer in both systems, in the order of their ids.
func Records(m *testenv.Merchant) []Record {
	var all []Record
	for _, o := range m.Company.Orders() {
		all = append(all, office24Order(o))
	}
	for _, p := range m.Company.Products() {
		all = append(all, product(p))
	}
	for _, c := range m.Company.Companies() {
		if c.Type == office24.CompanySupplier {
			all = append(all, office24Supplier(c))
		}
	}
	orders := m.GoodsOwner.Orders()
	for _, o := range orders {
		all = append(all, ongoingOrder(o, orders))
	}
	for _, a := range m.GoodsOwner.Articles() {
		all = append(all, article(a))
	}
	for _, s := range m.GoodsOwner.Suppliers() {
		all = append(all, Record{ID: ID{Ongoing, Supplier, s.Number}, Title: s.Name, Fields: []Field{
			{"Name", s.Name}, {"Address", joined(s.Address, "address1", "postCode", "city")},
		}})
	}
	return all
}

// Find returns the record of that id. It reports false if there is none.
func Find(m *testenv.Merchant, id ID) (Record, bool) {
	for _, r := range Records(m) {
		if r.ID == id {
			return r, true
		}
	}
	return Record{}, false
}

func office24Order(o office24.Order) Record {
	var rows []string
	for _, r := range o.Rows {
		switch {
		case r.Type == office24.RowText:
			rows = append(rows, "“"+shorten(r.Name)+"”")
		case r.Quantity != nil:
			rows = append(rows, r.Quantity.String()+" × "+cmp.Or(r.ProductNo, r.Name))
		}
	}
	record := Record{
		ID: ID{Office24, Order, text(o.ID)}, Title: shorten(o.CustomerName),
		Fields: []Field{
			{"Status", o.Status.Name()}, {"Rows", strings.Join(rows, ", ")},
			{
				"Deliver to",
				shorten(address(o.Addresses, o.CustomerDeliveryName)),
			}, {"Delivery date", day(o.DeliveryDate)},
		},
	}
	if o.DeliveryMethod != nil {
		record.add("Delivery method", fmt.Sprintf("%d %s", o.DeliveryMethod.ID, o.DeliveryMethod.Description))
	}
	record.add("Comment", shorten(o.InvoiceTitle))
	record.add("Invoice text", o.InvoiceText)
	if o.InvoiceID != 0 {
		record.add("Invoice", strconv.Itoa(o.InvoiceID))
	}
	if o.ReferenceOrderID != 0 {
		record.Of = text(o.ReferenceOrderID)
		record.add("Rest of order", record.Of)
	}
	return record
}

func product(p office24.Product) Record {
	status := "active"
	if p.StatusID != nil && *p.StatusID == 0 {
		status = "expired"
	}
	stock := decimal(p.Stock)
	if p.StockControlled != nil && !*p.StockControlled {
		stock = "not kept"
	}
	record := Record{ID: ID{Office24, Product, text(p.ID)}, Title: shorten(p.Name), Fields: []Field{
		{"Number", p.No}, {"Name", shorten(p.Name)}, {"Stock", stock}, {"Status", status},
	}}
	record.add("Price", decimal(p.Price))
	record.add("Weight", decimal(p.Weight))
	record.add("Bar code", p.EAN1)
	if p.SupplierID != 0 {
		record.add("Supplier", text(p.SupplierID))
	}
	return record
}

func office24Supplier(c office24.Company) Record {
	return Record{ID: ID{Office24, Supplier, text(c.ID)}, Title: c.Name, Fields: []Field{
		{"Name", c.Name}, {"Address", address(c.Addresses, "")},
	}}
}

// statusTexts are those of a warehouse as it is at first.
var statusTexts = map[int]string{
	200: "Åpen", 300: "Plukk", 320: "Skrevet ut", 400: "Plukket", 450: "Sendt", 500: "Hentet", 800: "Retur",
	1000: "Annullert",
}

func ongoingOrder(o ongoingtest.OrderState, all []ongoingtest.OrderState) Record {
	var lines, picked, reported []string
	for _, l := range o.Lines {
		lines = append(lines, l.Ordered.String()+" × "+l.Article)
		picked = append(picked, l.Picked.String())
		reported = append(reported, decimal(l.Reported))
	}
	record := Record{
		ID: ID{Ongoing, Order, o.Number}, Title: shorten(joined(field(o.Body, "consignee"), "name")),
		Fields: []Field{
			{"Status", strings.TrimSpace(fmt.Sprint(o.Status, " ", statusTexts[o.Status]))},
			{"Lines", strings.Join(lines, ", ")}, {"Picked", strings.Join(picked, ", ")},
			{"Reported", strings.Join(reported, ", ")},
			{"Deliver to", shorten(joined(field(o.Body, "consignee"), "name", "address1", "postCode", "city"))},
			{"Delivery date", text10(joined(o.Body, "deliveryDate"))},
		},
	}
	record.add("Way of delivery", joined(field(o.Body, "wayOfDelivery"), "code"))
	record.add("Transporter", joined(field(o.Body, "transporter"), "transporterCode", "transporterServiceCode"))
	record.add("Remark", shorten(joined(o.Body, "orderRemark")))
	record.add("Waybill", o.Waybill)
	var parcels []string
	for _, p := range o.Parcels {
		parcels = append(parcels, cmp.Or(p.Waybill, p.Number))
	}
	record.add("Parcels", strings.Join(parcels, ", "))
	record.add("Order of 24SevenOffice", joined(o.Body, "goodsOwnerOrderId"))
	if o.BackOrderFor != 0 {
		for _, other := range all {
			if other.ID == o.BackOrderFor {
				record.Of = other.Number
			}
		}
		record.add("Back order for", record.Of)
	}
	return record
}

func article(a ongoingtest.ArticleState) Record {
	record := Record{ID: ID{Ongoing, Article, a.Number}, Title: shorten(joined(a.Body, "articleName")), Fields: []Field{
		{"Name", shorten(joined(a.Body, "articleName"))}, {"Product code", joined(a.Body, "productCode")},
		{"Stock", a.Stock.String()}, {"Sellable", a.Sellable.String()},
	}}
	if joined(a.Body, "isActive") == "false" {
		record.add("Status", "inactive")
	}
	record.add("Bar code", joined(field(a.Body, "barCodeInfo"), "barCode"))
	record.add("Weight", joined(a.Body, "weight"))
	record.add("Group, colour, size", strings.TrimSpace(strings.Join([]string{
		joined(field(a.Body, "articleGroup"), "name"), joined(field(a.Body, "articleColor"), "name"),
		joined(field(a.Body, "articleSize"), "name"),
	}, " ")))
	record.add("Supplier", joined(field(a.Body, "supplierInfo"), "supplierName"))
	return record
}

// add adds a field that has a value.
func (r *Record) add(name, value string) {
	if value != "" {
		r.Fields = append(r.Fields, Field{name, value})
	}
}

func text[T ~int](id T) string { return strconv.Itoa(int(id)) }

func decimal(d *number.Decimal) string {
	if d == nil {
		return "–"
	}
	return d.String()
}

func day(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return at.Format(time.DateOnly)
}

func text10(s string) string { return s[:min(len(s), len(time.DateOnly))] }

func address(a office24.Addresses, name string) string {
	for _, at := range []*office24.Address{a.Delivery, a.Visit, a.Post, a.Invoice} {
		if at != nil {
			return strings.Join(
				present(name, strings.ReplaceAll(at.Street, "\n", ", "), at.PostalCode+" "+at.PostalArea),
				", ",
			)
		}
	}
	return name
}

func field(body map[string]any, name string) map[string]any {
	inner, _ := body[name].(map[string]any)
	return inner
}

// joined returns the named values of a body, as far as they exist.
func joined(body map[string]any, names ...string) string {
	var values []string
	for _, name := range names {
		if v := body[name]; v != nil {
			values = append(values, fmt.Sprint(v))
		}
	}
	return strings.Join(present(values...), ", ")
}

func present(values ...string) []string {
	var found []string
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			found = append(found, v)
		}
	}
	return found
}

// longest is how many characters of a text a page shows.
const longest = 90

func shorten(s string) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
