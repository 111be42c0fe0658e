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

// countCall counts a call against the hourly quota. If the quota is exceeded, it returns the text of the fault.
func (t *Tenant) countCall(options Options) (left int, exceeded string) {
	now := options.Now()
	if hour := now.UTC().Truncate(time.Hour); !hour.Equal(t.hour) {
		t.hour, t.calls = hour, 0
	}
	t.calls++
	if options.Quota < 0 || t.calls <= options.Quota {
		return options.Quota - t.calls, ""
	}
	return 0, quarantine(t.calls-options.Quota, nextHour(now).Format(utcLayout))
}

// answer executes a call that has a session.
func (t *Tenant) answer(m message, call Call, fault *Fault) *reply {
	search, filters := m.content.child("searchParams"), m.content.child("searchParams").children
	switch m.operation {
	case "GetIdentity":
		return t.getIdentity()
	case "GetProducts":
		matches := func(p *office24.Product) bool { return matchesProduct(search, p) }
		return list(t, m, "returnProperties", sortedRecords(t.products), matches)
	case "GetCompanies":
		if len(filters) == 0 {
			return faultReply("Please specify at least one search parameter")
		}
		matches := func(c *office24.Company) bool { return matchesCompany(search, c) }
		return list(t, m, "returnProperties", sortedRecords(t.companies), matches)
	case "GetInvoices":
		return t.getInvoices(m, search)
	case "GetOrderSyncList":
		return t.getOrderSyncList(m)
	case "GetDeliveryMethods":
		result := branch("GetDeliveryMethodsResult")
		for _, method := range t.allMethods() {
			result.children = append(result.children,
				t.server.wire.object("DeliveryMethod", "DeliveryMethod", reflect.ValueOf(method), nil))
		}
		return t.server.result(m.operation, result)
	case "SetStockQuantity":
		return t.setStockQuantity(m, call)
	case "SaveInvoices":
		return t.saveInvoices(m, call, fault)
	}
	return faultReply("Not simulated: " + m.operation)
}

func (t *Tenant) getIdentity() *reply {
	return t.server.result("GetIdentity", branch("GetIdentityResult",
		leaf("Id", t.identity.id),
		branch("Client",
			leaf("Id", strconv.FormatInt(t.clientID, 10)), leaf("Name", fmt.Sprintf("Client %d", t.clientID))),
		leaf("IsCurrent", "true"), leaf("IsDefault", "true"), leaf("IsProtected", "false"),
	))
}

// list answers with the matching records and the properties that the part names. It writes one record after the other,
// so that a large answer is not built twice.
func list[T any](t *Tenant, m message, part string, records []*T, matches func(*T) bool) *reply {
	s := t.server
	kind := s.schema.item(m.operation)
	asked := m.content.child(part).texts()
	if unknown := s.unknownProperty(kind, asked); unknown != "" {
		return faultReply("Office24Seven.Library.Core.ParameterNotFoundException: " + unknown)
	}
	return soapReply(http.StatusOK, envelope(func(b *bytes.Buffer) {
		result := m.operation + "Result"
		b.WriteString("<" + m.operation + `Response xmlns="` + namespace + `"><` + result + ">")
		for _, record := range records {
			if matches(record) {
				n := s.wire.object(kind, kind, reflect.ValueOf(record).Elem(), asked)
				t.damage(n)
				n.write(b)
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

// unknownProperty returns the first name that is not a property of a type. The live service might ignore the name; here
// it is an error, because a typing mistake would otherwise not be found.
func (s *Server) unknownProperty(kind string, names []string) string {
	for _, name := range names {
		if s.schema.position(kind, name) < 0 || name == "APIException" {
			s.addViolation("%s has no property %s", kind, name)
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

// equals reports whether a record's value equals a filter. A missing filter matches every value.
func equals(search *node, name, value string) bool {
	return !search.has(name) || search.child(name).text == value
}

// among reports whether a filter's list has a record's value. A missing filter matches every value.
func among(search *node, name, value string) bool {
	return !search.has(name) || slices.Contains(search.child(name).texts(), value)
}

// changedAfter compares like a database that stores minutes: both times are rounded, and equal times do not match.
func changedAfter(search *node, name string, changed time.Time) bool {
	if !search.has(name) {
		return true
	}
	after, err := parseTime(search.child(name).text)
	return err == nil && changed.After(toMinute(after))
}

func matchesProduct(search *node, p *office24.Product) bool {
	id := strconv.Itoa(int(p.ID))
	return equals(search, "Id", id) && equals(search, "CategoryId", strconv.Itoa(p.CategoryID)) &&
		equals(search, "No", p.No) && equals(search, "EAN1", p.EAN1) && equals(search, "Name", p.Name) &&
		changedAfter(search, "DateChanged", p.DateChanged) && among(search, "ProductIds", id)
}

func matchesCompany(search *node, c *office24.Company) bool {
	id := strconv.Itoa(int(c.ID))
	return equals(search, "ExternalId", c.ExternalID) && equals(search, "CompanyId", id) &&
		among(search, "CompanyIds", id) && equals(search, "CompanyName", c.Name) &&
		changedAfter(search, "ChangedAfter", c.DateChanged) &&
		equals(search, "OrganizationNumber", c.OrganizationNumber)
}

func matchesOrder(search *node, o *order) bool {
	external := ""
	if o.ExternalStatus != nil {
		external = strconv.Itoa(*o.ExternalStatus)
	}
	return among(search, "CustomerIds", strconv.Itoa(int(o.CustomerID))) &&
		changedAfter(search, "ChangedAfter", o.DateChanged) &&
		among(search, "OrderStates", string(o.Status)) && among(search, "InvoiceIds", strconv.Itoa(o.InvoiceID)) &&
		among(search, "OrderIds", strconv.Itoa(int(o.ID))) && among(search, "ExternalStatus", external)
}

func (t *Tenant) getInvoices(m message, search *node) *reply {
	hasFilter := slices.ContainsFunc(search.children, func(n *node) bool { return n.text != "" || len(n.children) > 0 })
	rowProperties := m.content.child("rowReturnProperties").texts()
	switch ids := len(search.child("OrderIds").children); {
	case !hasFilter:
		return faultReply("Please specify at least one search parameter")
	case ids > 1000:
		t.server.addViolation("GetInvoices with %d OrderIds", ids)
		return faultReply("Too many OrderIds")
	}
	if unknown := t.server.unknownProperty("InvoiceRow", rowProperties); unknown != "" {
		return faultReply("Office24Seven.Library.Core.ParameterNotFoundException: " + unknown)
	}
	var found []*office24.Order
	for _, o := range sortedRecords(t.orders) {
		if matchesOrder(search, o) {
			found = append(found, t.withRows(o, rowProperties))
		}
	}
	return list(t, m, "invoiceReturnProperties", found, func(*office24.Order) bool { return true })
}

// getOrderSyncList answers with the ids of the orders that have changed, whatever their status.
func (t *Tenant) getOrderSyncList(m message) *reply {
	result := branch("GetOrderSyncListResult")
	for _, o := range sortedRecords(t.orders) {
		if changedAfter(m.content.child("syncParams"), "ChangedAfter", o.DateChanged) {
			result.children = append(result.children, leaf("int", strconv.Itoa(int(o.ID))))
		}
	}
	return t.server.result(m.operation, result)
}

// withRows returns a copy of an order whose rows have only the members that were asked for.
func (t *Tenant) withRows(o *order, asked []string) *office24.Order {
	order := clone(o.Order)
	for i := range order.Rows {
		n := t.server.wire.object("InvoiceRow", "InvoiceRow", reflect.ValueOf(order.Rows[i]), asked)
		order.Rows[i] = office24.Row{}
		apply(n, reflect.ValueOf(&order.Rows[i]).Elem())
	}
	return &order
}

func (t *Tenant) setStockQuantity(m message, call Call) *reply {
	id, _ := strconv.Atoi(m.content.child("productId").text)
	p := t.products[office24.ProductID(id)]
	if p != nil {
		quantity := number.MustParse(m.content.child("stockQuantity").text)
		if places := t.server.options.StockPlaces; places != nil {
			quantity = quantity.Round(*places)
		}
		p.Stock, p.DateChanged = &quantity, t.changed()
		t.server.journal[call.N-1].Effect = true
	}
	return t.server.result(m.operation, leaf("SetStockQuantityResult", strconv.FormatBool(p != nil)))
}

// saveInvoices saves each order of a call on its own: some can be refused while others are saved.
func (t *Tenant) saveInvoices(m message, call Call, fault *Fault) *reply {
	result := branch("SaveInvoicesResult")
	for _, sent := range m.content.child("invoices").children {
		refused := t.saveOrder(sent, fault)
		if refused == nil {
			t.server.journal[call.N-1].Effect = true
		}
		result.children = append(result.children, t.echo(sent, refused))
	}
	return t.server.result(m.operation, result)
}

// echo returns the order that was sent, as the live service does, with the exception if there is one.
func (t *Tenant) echo(sent, refused *node) *node {
	n := branch("InvoiceOrder", slices.Clone(sent.children)...)
	if refused != nil {
		n.children = append(n.children, refused)
	}
	if !n.has("IncludeVAT") {
		n.children = append(n.children, &node{name: "IncludeVAT", null: true})
	}
	position := func(child *node) int { return t.server.schema.position("InvoiceOrder", child.name) }
	slices.SortStableFunc(n.children, func(a, b *node) int { return cmp.Compare(position(a), position(b)) })
	return n
}

// apiException refuses one record. Its stack trace must not reach the logs.
func apiException(kind, format string, args ...any) *node {
	return branch("APIException",
		leaf("Type", "Office24Seven.Library."+kind), leaf("Message", fmt.Sprintf(format, args...)),
		leaf("StackTrace", "   at Office24Seven.Economy.InvoiceOrder.Save(InvoiceOrder order)\n"+
			strings.Repeat("   at Office24Seven.Stack.Trace()\n", 40)),
	)
}
