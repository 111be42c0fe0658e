package office24test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// A Tenant is a company that uses 24SevenOffice. Its methods do what people do at the screen: each sets the change time
// of the records that it changes to the server's time. Records are copied in and out. The functions passed to the Edit
// methods must not use the Server.
type Tenant struct {
	server   *Server
	clientID int64
	identity *identity

	products  map[office24.ProductID]*office24.Product
	orders    map[office24.OrderID]*order
	companies map[office24.CompanyID]*office24.Company
	methods   map[office24.DeliveryMethodID]office24.DeliveryMethod

	damaged map[string]map[string]string // texts by record, such as "Product 7301", and member
	broken  map[string]map[string]string // the same for XML

	lastOrder   office24.OrderID
	lastRow     office24.RowID
	lastProduct office24.ProductID
	lastInvoice int

	hour  time.Time // the hour of the quota
	calls int       // in that hour
}

type order struct {
	office24.Order
	leftStock bool // its goods were taken out of stock
}

func newTenant(s *Server, clientID int64) *Tenant {
	return &Tenant{
		server: s, clientID: clientID,
		products:  map[office24.ProductID]*office24.Product{},
		orders:    map[office24.OrderID]*order{},
		companies: map[office24.CompanyID]*office24.Company{},
		methods:   map[office24.DeliveryMethodID]office24.DeliveryMethod{},
		damaged:   map[string]map[string]string{},
		broken:    map[string]map[string]string{},
		lastOrder: 40000, lastRow: 90000, lastProduct: 7000, lastInvoice: 10000,
	}
}

// ClientID returns the tenant's client number.
func (t *Tenant) ClientID() int64 { return t.clientID }

// IdentityID returns the id of the identity that a login to this tenant names.
func (t *Tenant) IdentityID() string { return t.identity.id }

// Block blocks or unblocks the identity of this tenant.
func (t *Tenant) Block(blocked bool) {
	defer t.lock()()
	t.identity.blocked = blocked
}

// ExpireSessions ends the sessions in this tenant.
func (t *Tenant) ExpireSessions() {
	defer t.lock()()
	maps.DeleteFunc(t.server.sessions, func(_ string, s *session) bool { return s.identity.tenant == t })
}

// Session returns the id of a session in this tenant that has not ended, or "" if there is none.
func (t *Tenant) Session() string {
	defer t.lock()()
	for id, s := range t.server.sessions {
		if s.identity.tenant == t {
			return id
		}
	}
	return ""
}

func (t *Tenant) lock() (unlock func()) {
	t.server.mu.Lock()
	return t.server.mu.Unlock
}

// changed returns the current time as change times are stored: rounded to the nearest minute, like SQL Server's
// smalldatetime.
func (t *Tenant) changed() time.Time { return toMinute(t.server.options.Now()) }

func toMinute(at time.Time) time.Time {
	return at.UTC().Add(30 * time.Second).Truncate(time.Minute)
}

// AddProduct adds a product. If its id or change time is zero, it gets a new id or the current time.
func (t *Tenant) AddProduct(p office24.Product) office24.ProductID {
	defer t.lock()()
	if p.ID == 0 {
		p.ID = t.lastProduct + 1
	}
	t.lastProduct = max(t.lastProduct, p.ID)
	p = clone(p)
	p.DateChanged = t.changeTime(p.DateChanged)
	t.products[p.ID] = &p
	return p.ID
}

// changeTime returns a given change time as it is stored; for the zero time, the current time.
func (t *Tenant) changeTime(given time.Time) time.Time {
	if given.IsZero() {
		return t.changed()
	}
	return toMinute(given)
}

// EditProduct changes a product. Like all Edit methods, it panics if the record does not exist.
func (t *Tenant) EditProduct(id office24.ProductID, edit func(*office24.Product)) {
	defer t.lock()()
	edit(t.products[id])
	t.products[id].DateChanged = t.changed()
}

// ExpireProduct sets a product's status to expired.
func (t *Tenant) ExpireProduct(id office24.ProductID) {
	expired := 0
	t.EditProduct(id, func(p *office24.Product) { p.StatusID = &expired })
}

// Damage makes every answer give a member of a record with this text, whatever its type, as old data can have it. The
// kind is that of the WSDL: Product, InvoiceOrder or Company. "InvoiceRows.Quantity" is one of each row. The member
// APIException refuses the record in every answer. An empty text ends the damage.
func (t *Tenant) Damage(kind string, id int, member, text string) {
	defer t.lock()()
	setMember(t.damaged, fmt.Sprint(kind, " ", id), member, text)
}

// Break is like Damage for a text that is written without the escapes of XML, before the member's own text.
func (t *Tenant) Break(kind string, id int, member, text string) {
	defer t.lock()()
	setMember(t.broken, fmt.Sprint(kind, " ", id), member, text)
}

func setMember(of map[string]map[string]string, record, member, text string) {
	if of[record] == nil {
		of[record] = map[string]string{}
	}
	of[record][member] = text
}

// damage sets the texts of Damage and Break on a record of an answer.
func (t *Tenant) damage(n *node) {
	if len(t.damaged)+len(t.broken) == 0 {
		return
	}
	id := cmp.Or(n.child("Id").text, n.child("OrderId").text)
	for member, text := range t.broken[n.name+" "+id] {
		if n.has(member) {
			n.child(member).raw = text
		}
	}
	for member, text := range t.damaged[n.name+" "+id] {
		list, ofRow, isRows := strings.Cut(member, ".")
		switch {
		case text == "":
		case member == "APIException":
			n.children = append(n.children, apiException("Core.SomeException", "%s", text))
		case !isRows:
			setText(n, member, text)
		default:
			for _, row := range n.child(list).children {
				setText(row, ofRow, text)
			}
		}
	}
}

// setText sets the text of a member if it was asked for.
func setText(n *node, member, text string) {
	if n.has(member) {
		n.child(member).text = text
	}
}

// ExchangeNumbers gives each product the number of the next one, and the last product that of the first.
func (t *Tenant) ExchangeNumbers(ids ...office24.ProductID) {
	defer t.lock()()
	first := t.products[ids[0]].No
	for i, id := range ids {
		p := t.products[id]
		if p.No = first; i+1 < len(ids) {
			p.No = t.products[ids[i+1]].No
		}
		p.DateChanged = t.changed()
	}
}

// RemoveProduct deletes a product. The API shows nothing of a deleted record.
func (t *Tenant) RemoveProduct(id office24.ProductID) {
	defer t.lock()()
	delete(t.products, id)
}

// Product returns a product, or false if it does not exist.
func (t *Tenant) Product(id office24.ProductID) (office24.Product, bool) {
	defer t.lock()()
	return copied(t.products[id])
}

// Products returns all products, sorted by id.
func (t *Tenant) Products() []office24.Product {
	defer t.lock()()
	return sorted(t.products)
}

// AddCompany adds a company. If its change time is zero, it gets the current time.
func (t *Tenant) AddCompany(c office24.Company) {
	defer t.lock()()
	t.addCompany(c)
}

func (t *Tenant) addCompany(c office24.Company) {
	c = clone(c)
	c.Type = cmp.Or(c.Type, office24.CompanyNone)
	c.DateChanged = t.changeTime(c.DateChanged)
	t.companies[c.ID] = &c
}

// EditCompany changes a company.
func (t *Tenant) EditCompany(id office24.CompanyID, edit func(*office24.Company)) {
	defer t.lock()()
	edit(t.companies[id])
	t.companies[id].DateChanged = t.changed()
}

// RemoveCompany deletes a company.
func (t *Tenant) RemoveCompany(id office24.CompanyID) {
	defer t.lock()()
	delete(t.companies, id)
}

// Company returns a company, or false if it does not exist.
func (t *Tenant) Company(id office24.CompanyID) (office24.Company, bool) {
	defer t.lock()()
	return copied(t.companies[id])
}

// Companies returns all companies, sorted by id.
func (t *Tenant) Companies() []office24.Company {
	defer t.lock()()
	return sorted(t.companies)
}

// AddDeliveryMethod adds or renames a delivery method.
func (t *Tenant) AddDeliveryMethod(m office24.DeliveryMethod) {
	defer t.lock()()
	t.methods[m.ID] = m
}

// AddOrder adds an order. If its id, its change time or the id of a row is zero, it gets a new id or the current time.
// A customer that does not exist is added as a company.
func (t *Tenant) AddOrder(o office24.Order) office24.OrderID {
	defer t.lock()()
	o = clone(o)
	if o.ID == 0 {
		o.ID = t.lastOrder + 1
	}
	t.lastOrder = max(t.lastOrder, o.ID)
	if _, known := t.companies[o.CustomerID]; !known {
		t.addCompany(office24.Company{ID: o.CustomerID, Name: o.CustomerName, Type: office24.CompanyBusiness})
	}
	o.Status = cmp.Or(o.Status, office24.StatusWeb)
	added := &order{Order: o}
	t.orders[o.ID] = added
	t.complete(added)
	t.applyStatus(added)
	added.DateChanged = t.changeTime(o.DateChanged)
	return o.ID
}

// EditOrder changes an order. Rows without an id get a new one.
func (t *Tenant) EditOrder(id office24.OrderID, edit func(*office24.Order)) {
	defer t.lock()()
	o := t.orders[id]
	edit(&o.Order)
	t.complete(o)
	t.applyStatus(o)
	o.DateChanged = t.changed()
}

// AddRow adds a row to an order, whatever its status, and returns the row's id.
func (t *Tenant) AddRow(id office24.OrderID, row office24.Row) office24.RowID {
	t.EditOrder(id, func(o *office24.Order) { o.Rows = append(o.Rows, row) })
	o, _ := t.Order(id)
	return o.Rows[len(o.Rows)-1].ID
}

// SetStatus sets an order's status. A status that invoices gives the order an invoice number.
func (t *Tenant) SetStatus(id office24.OrderID, status office24.OrderStatus) {
	t.EditOrder(id, func(o *office24.Order) { o.Status = status })
}

// DeleteOrder deletes an order.
func (t *Tenant) DeleteOrder(id office24.OrderID) {
	defer t.lock()()
	delete(t.orders, id)
}

// Order returns an order, or false if it does not exist.
func (t *Tenant) Order(id office24.OrderID) (office24.Order, bool) {
	defer t.lock()()
	o := t.orders[id]
	if o == nil {
		return office24.Order{}, false
	}
	return clone(o.Order), true
}

// Orders returns all orders, sorted by id.
func (t *Tenant) Orders() []office24.Order {
	defer t.lock()()
	return t.allOrders()
}

func (t *Tenant) allOrders() []office24.Order {
	list := make([]office24.Order, 0, len(t.orders))
	for _, id := range slices.Sorted(maps.Keys(t.orders)) {
		list = append(list, clone(t.orders[id].Order))
	}
	return list
}

// complete sets the members of rows that the service sets: ids, numbers and names.
func (t *Tenant) complete(o *order) {
	for i := range o.Rows {
		row := &o.Rows[i]
		if row.ID == 0 {
			row.ID = t.lastRow + 1
		}
		t.lastRow = max(t.lastRow, row.ID)
		row.SequenceNumber = cmp.Or(row.SequenceNumber, i+1)
		row.Type = cmp.Or(row.Type, office24.RowNormal)
		if p := t.products[row.ProductID]; p != nil {
			row.ProductNo = cmp.Or(row.ProductNo, p.No)
			row.Name = cmp.Or(row.Name, p.Name)
		}
	}
}

// applyStatus does what follows from an order's status: goods leave the stock once, an invoice gets a number.
func (t *Tenant) applyStatus(o *order) {
	invoiced := o.Status.Invoices()
	if invoiced && o.InvoiceID == 0 {
		t.lastInvoice++
		o.InvoiceID, o.DateInvoiced = t.lastInvoice, t.server.options.Now().UTC().Truncate(time.Second)
	}
	sent := o.Status == office24.StatusSent || invoiced
	if !sent || o.leftStock || o.SkipStock || t.server.options.KeepStockOnSent {
		return
	}
	o.leftStock = true
	for _, row := range o.Rows {
		p := t.products[row.ProductID]
		if row.Type != office24.RowNormal || row.Quantity == nil ||
			p == nil || p.StockControlled == nil || !*p.StockControlled {
			continue
		}
		left := number.Decimal{}
		if p.Stock != nil {
			left = *p.Stock
		}
		left = left.Sub(*row.Quantity)
		p.Stock, p.DateChanged = &left, t.changed()
	}
}

// A Snapshot is the data of a tenant, for tests that compare it.
type Snapshot struct {
	Products        []office24.Product
	Orders          []office24.Order
	Companies       []office24.Company
	DeliveryMethods []office24.DeliveryMethod
}

// Snapshot returns a copy of the tenant's data.
func (t *Tenant) Snapshot() Snapshot {
	defer t.lock()()
	return Snapshot{
		Products: sorted(t.products), Orders: t.allOrders(),
		Companies: sorted(t.companies), DeliveryMethods: t.allMethods(),
	}
}

func (t *Tenant) allMethods() []office24.DeliveryMethod {
	return slices.SortedFunc(maps.Values(t.methods), func(a, b office24.DeliveryMethod) int {
		return cmp.Compare(a.ID, b.ID)
	})
}

// Timeless returns the snapshot without change times, to compare two courses of events with the same result.
func (s Snapshot) Timeless() Snapshot {
	s.Products, s.Orders, s.Companies = slices.Clone(s.Products), slices.Clone(s.Orders), slices.Clone(s.Companies)
	for i := range s.Products {
		s.Products[i].DateChanged = time.Time{}
	}
	for i := range s.Orders {
		s.Orders[i].DateChanged = time.Time{}
	}
	for i := range s.Companies {
		s.Companies[i].DateChanged = time.Time{}
	}
	return s
}

func copied[T any](record *T) (T, bool) {
	if record == nil {
		var none T
		return none, false
	}
	return clone(*record), true
}

func sorted[ID cmp.Ordered, T any](records map[ID]*T) []T {
	list := make([]T, 0, len(records))
	for _, id := range slices.Sorted(maps.Keys(records)) {
		list = append(list, clone(*records[id]))
	}
	return list
}
