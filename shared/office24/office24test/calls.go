package office24test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// count counts a call against the hourly quota. The text is that of the fault once it is used up.
func (t *Tenant) count(options Options) (left int, exceeded string) {
	now := options.Now()
	if hour := now.UTC().Truncate(time.Hour); !hour.Equal(t.hour) {
		t.hour, t.calls = hour, 0
	}
	t.calls++
	if options.Quota < 0 || t.calls <= options.Quota {
		return options.Quota - t.calls, ""
	}
	return 0, quarantine(t.calls-options.Quota, nextHour(now).Format("2006-01-02T15:04:05Z"))
}

// answer does what a call with a session asks for.
func (t *Tenant) answer(m message, call Call, trouble *Fault) *reply {
	search, filters := m.content.child("searchParams"), m.content.child("searchParams").children
	switch m.operation {
	case "GetIdentity":
		return t.getIdentity()
	case "GetProducts":
		return list(t, m, "returnProperties", sortedRecords(t.products), func(p *office24.Product) bool { return isProduct(search, p) })
	case "GetCompanies":
		if len(filters) == 0 {
			return faultReply("Please specify at least one search parameter")
		}
		return list(t, m, "returnProperties", sortedRecords(t.companies), func(c *office24.Company) bool { return isCompany(search, c) })
	case "GetInvoices":
		return t.getInvoices(m, search)
	case "GetDeliveryMethods":
		result := branch("GetDeliveryMethodsResult")
		for _, method := range t.allMethods() {
			result.children = append(result.children, t.server.wire.object("DeliveryMethod", "DeliveryMethod", reflect.ValueOf(method), nil))
		}
		return t.server.result(m.operation, result)
	case "SetStockQuantity":
		return t.setStockQuantity(m, call)
	case "SaveInvoices":
		return t.saveInvoices(m, call, trouble)
	}
	return faultReply("Not simulated: " + m.operation)
}

func (t *Tenant) getIdentity() *reply {
	return t.server.result("GetIdentity", branch("GetIdentityResult",
		leaf("Id", t.identity.id),
		branch("Client", leaf("Id", strconv.FormatInt(t.clientID, 10)), leaf("Name", fmt.Sprintf("Client %d", t.clientID))),
		leaf("IsCurrent", "true"), leaf("IsDefault", "true"), leaf("IsProtected", "false"),
	))
}

// list answers with the records that fit, written one after the other, so that a large answer is not built twice.
func list[T any](t *Tenant, m message, part string, records []*T, fits func(*T) bool) *reply {
	s := t.server
	kind := s.schema.item(m.operation)
	asked := m.content.child(part).texts()
	if unknown := s.unknown(kind, asked); unknown != "" {
		return faultReply("Office24Seven.Library.Core.ParameterNotFoundException: " + unknown)
	}
	return soapReply(http.StatusOK, envelope(func(b *bytes.Buffer) {
		result := m.operation + "Result"
		b.WriteString("<" + m.operation + `Response xmlns="` + namespace + `"><` + result + ">")
		for _, record := range records {
			if fits(record) {
				s.wire.object(kind, kind, reflect.ValueOf(record).Elem(), asked).write(b)
			}
		}
		b.WriteString("</" + result + "></" + m.operation + "Response>")
	}))
}

func contentWriter(content *node) func(*bytes.Buffer) {
	return func(b *bytes.Buffer) {
		b.WriteString("<" + content.name + ` xmlns="` + namespace + `">`)
		for _, c := range content.children {
			c.write(b)
		}
		b.WriteString("</" + content.name + ">")
	}
}

// unknown returns the first name that is no property of a type. The live service may pass over it; here it is an error,
// for a typing mistake would go unnoticed.
func (s *Server) unknown(kind string, names []string) string {
	for _, name := range names {
		if s.schema.position(kind, name) < 0 || name == "APIException" {
			s.violated("%s has no property %s", kind, name)
			return name
		}
	}
	return ""
}

func sortedRecords[ID cmp.Ordered, T any](records map[ID]*T) []*T {
	list := make([]*T, 0, len(records))
	for _, id := range slices.Sorted(maps.Keys(records)) {
		list = append(list, records[id])
	}
	return list
}

// fits compares a filter's text with a record's; a filter that is not there fits all.
func fits(search *node, name, value string) bool {
	return !search.has(name) || search.child(name).text == value
}

func among(search *node, name, value string) bool {
	return !search.has(name) || slices.Contains(search.child(name).texts(), value)
}

// changedAfter compares as a database does that keeps minutes: both moments rounded, and strictly.
func changedAfter(search *node, name string, changed time.Time) bool {
	if !search.has(name) {
		return true
	}
	after, err := parseTime(search.child(name).text)
	return err == nil && changed.After(toMinute(after))
}

func isProduct(search *node, p *office24.Product) bool {
	id := strconv.Itoa(int(p.ID))
	return fits(search, "Id", id) && fits(search, "CategoryId", strconv.Itoa(p.CategoryID)) && fits(search, "No", p.No) &&
		fits(search, "EAN1", p.EAN1) && fits(search, "Name", p.Name) &&
		changedAfter(search, "DateChanged", p.DateChanged) && among(search, "ProductIds", id)
}

func isCompany(search *node, c *office24.Company) bool {
	id := strconv.Itoa(int(c.ID))
	return fits(search, "ExternalId", c.ExternalID) && fits(search, "CompanyId", id) && among(search, "CompanyIds", id) &&
		fits(search, "CompanyName", c.Name) && changedAfter(search, "ChangedAfter", c.DateChanged) &&
		fits(search, "OrganizationNumber", c.OrganizationNumber)
}

func isOrder(search *node, o *order) bool {
	external := ""
	if o.ExternalStatus != nil {
		external = strconv.Itoa(*o.ExternalStatus)
	}
	return among(search, "CustomerIds", strconv.Itoa(int(o.CustomerID))) && changedAfter(search, "ChangedAfter", o.DateChanged) &&
		among(search, "OrderStates", string(o.Status)) && among(search, "InvoiceIds", strconv.Itoa(o.InvoiceID)) &&
		among(search, "OrderIds", strconv.Itoa(int(o.ID))) && among(search, "ExternalStatus", external)
}

func (t *Tenant) getInvoices(m message, search *node) *reply {
	given := slices.ContainsFunc(search.children, func(n *node) bool { return n.text != "" || len(n.children) > 0 })
	rowProperties := m.content.child("rowReturnProperties").texts()
	switch ids := len(search.child("OrderIds").children); {
	case !given:
		return faultReply("Please specify at least one search parameter")
	case ids > 1000:
		t.server.violated("GetInvoices with %d OrderIds", ids)
		return faultReply("Too many OrderIds")
	}
	if unknown := t.server.unknown("InvoiceRow", rowProperties); unknown != "" {
		return faultReply("Office24Seven.Library.Core.ParameterNotFoundException: " + unknown)
	}
	var found []*office24.Order
	for _, o := range sortedRecords(t.orders) {
		if isOrder(search, o) {
			found = append(found, t.withRows(o, rowProperties))
		}
	}
	return list(t, m, "invoiceReturnProperties", found, func(*office24.Order) bool { return true })
}

// withRows returns a copy of an order whose rows have only the members asked for.
func (t *Tenant) withRows(o *order, asked []string) *office24.Order {
	shown := clone(o.Order)
	for i := range shown.Rows {
		n := t.server.wire.object("InvoiceRow", "InvoiceRow", reflect.ValueOf(shown.Rows[i]), asked)
		shown.Rows[i] = office24.Row{}
		apply(n, reflect.ValueOf(&shown.Rows[i]).Elem())
	}
	return &shown
}

func (t *Tenant) setStockQuantity(m message, call Call) *reply {
	id, _ := strconv.Atoi(m.content.child("productId").text)
	p := t.products[office24.ProductID(id)]
	if p != nil {
		quantity := number.MustParse(m.content.child("stockQuantity").text)
		p.Stock, p.DateChanged = &quantity, t.changed()
		t.server.journal[call.N-1].Effect = true
	}
	return t.server.result(m.operation, leaf("SetStockQuantityResult", strconv.FormatBool(p != nil)))
}

// saveInvoices saves each order of a call by itself: some may be refused while others are saved.
func (t *Tenant) saveInvoices(m message, call Call, trouble *Fault) *reply {
	result := branch("SaveInvoicesResult")
	for _, sent := range m.content.child("invoices").children {
		refused := t.saveOrder(sent, trouble)
		if refused == nil {
			t.server.journal[call.N-1].Effect = true
		}
		result.children = append(result.children, t.echo(sent, refused))
	}
	return t.server.result(m.operation, result)
}

// echo returns what was sent, as the live service does, with the exception in its place.
func (t *Tenant) echo(sent, refused *node) *node {
	n := branch("InvoiceOrder", slices.Clone(sent.children)...)
	if refused != nil {
		n.children = append(n.children, refused)
	}
	if !n.has("IncludeVAT") {
		n.children = append(n.children, &node{name: "IncludeVAT", null: true})
	}
	slices.SortStableFunc(n.children, func(a, b *node) int {
		return cmp.Compare(t.server.schema.position("InvoiceOrder", a.name), t.server.schema.position("InvoiceOrder", b.name))
	})
	return n
}

// apiException refuses one record. The stack trace is there to be kept out of logs.
func apiException(kind, format string, args ...any) *node {
	return branch("APIException",
		leaf("Type", "Office24Seven.Library."+kind), leaf("Message", fmt.Sprintf(format, args...)),
		leaf("StackTrace", "   at Office24Seven.Economy.InvoiceOrder.Save(InvoiceOrder order)\n"+strings.Repeat("   at Office24Seven.Stack.Trace()\n", 40)),
	)
}
