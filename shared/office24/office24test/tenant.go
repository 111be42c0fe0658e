package office24test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// A Tenant is a company that uses 24SevenOffice. Its methods do what people do at the screen: each moves the change time
// of what it touches, by the server's clock. Records go in and out as copies. The functions given to the Edit methods
// must not use the Server.
type Tenant struct {
	server   *Server
	clientID int64
	identity *identity

	products  map[office24.ProductID]*office24.Product
	orders    map[office24.OrderID]*order
	companies map[office24.CompanyID]*office24.Company
	methods   map[office24.DeliveryMethodID]office24.DeliveryMethod

	lastOrder   office24.OrderID
	lastRow     office24.RowID
	lastProduct office24.ProductID
	lastInvoice int

	hour  time.Time // in which calls were made
	calls int
}

// An order, and whether its goods were taken out of stock.
type order struct {
	office24.Order
	taken bool
}

func newTenant(s *Server, clientID int64) *Tenant {
	return &Tenant{
		server: s, clientID: clientID,
		products:  map[office24.ProductID]*office24.Product{},
		orders:    map[office24.OrderID]*order{},
		companies: map[office24.CompanyID]*office24.Company{},
		methods:   map[office24.DeliveryMethodID]office24.DeliveryMethod{},
		lastOrder: 40000, lastRow: 90000, lastProduct: 7000, lastInvoice: 10000,
	}
}

// ClientID is the tenant's number.
func (t *Tenant) ClientID() int64 { return t.clientID }

// IdentityID is what a login names to get into this tenant.
func (t *Tenant) IdentityID() string { return t.identity.id }

// Block shuts the identity of this tenant, or opens it again.
func (t *Tenant) Block(blocked bool) {
	defer t.lock()()
	t.identity.blocked = blocked
}

// ExpireSessions ends the sessions in this tenant.
func (t *Tenant) ExpireSessions() {
	defer t.lock()()
	maps.DeleteFunc(t.server.sessions, func(_ string, s *session) bool { return s.identity.tenant == t })
}

func (t *Tenant) lock() (unlock func()) {
	t.server.mu.Lock()
	return t.server.mu.Unlock
}

// changed is the present moment as change times are kept: rounded, not cut, to the minute, as SQL Server's
// smalldatetime is.
func (t *Tenant) changed() time.Time { return toMinute(t.server.options.Now()) }

func toMinute(moment time.Time) time.Time {
	return moment.UTC().Add(30 * time.Second).Truncate(time.Minute)
}

// AddProduct adds a product, with a new id where it has none and with its own change time where it has one.
func (t *Tenant) AddProduct(p office24.Product) office24.ProductID {
	defer t.lock()()
	if p.ID == 0 {
		p.ID = t.lastProduct + 1
	}
	t.lastProduct = max(t.lastProduct, p.ID)
	p = clone(p)
	p.DateChanged = t.given(p.DateChanged)
	t.products[p.ID] = &p
	return p.ID
}

func (t *Tenant) given(moment time.Time) time.Time {
	if moment.IsZero() {
		return t.changed()
	}
	return toMinute(moment)
}

// EditProduct changes a product; it panics for one that does not exist, as all Edit methods do.
func (t *Tenant) EditProduct(id office24.ProductID, edit func(*office24.Product)) {
	defer t.lock()()
	edit(t.products[id])
	t.products[id].DateChanged = t.changed()
}

// RemoveProduct deletes a product: it vanishes without a trace.
func (t *Tenant) RemoveProduct(id office24.ProductID) {
	defer t.lock()()
	delete(t.products, id)
}

// Product returns a product; false for one that does not exist.
func (t *Tenant) Product(id office24.ProductID) (office24.Product, bool) {
	defer t.lock()()
	return copied(t.products[id])
}

// Products returns all products by id.
func (t *Tenant) Products() []office24.Product {
	defer t.lock()()
	return sorted(t.products)
}

// AddCompany adds a company, with its own change time where it has one.
func (t *Tenant) AddCompany(c office24.Company) {
	defer t.lock()()
	t.addCompany(c)
}

func (t *Tenant) addCompany(c office24.Company) {
	c = clone(c)
	c.Type = cmp.Or(c.Type, office24.CompanyNone)
	c.DateChanged = t.given(c.DateChanged)
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

// Company returns a company; false for one that does not exist.
func (t *Tenant) Company(id office24.CompanyID) (office24.Company, bool) {
	defer t.lock()()
	return copied(t.companies[id])
}

// Companies returns all companies by id.
func (t *Tenant) Companies() []office24.Company {
	defer t.lock()()
	return sorted(t.companies)
}

// AddDeliveryMethod adds a way of delivery or renames it.
func (t *Tenant) AddDeliveryMethod(m office24.DeliveryMethod) {
	defer t.lock()()
	t.methods[m.ID] = m
}

// AddOrder adds an order, with a new id where it has none, ids for its rows, and its own change time where it has one.
// A customer that is not there yet is added as a company.
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
	kept := &order{Order: o}
	t.orders[o.ID] = kept
	t.complete(kept)
	t.moved(kept)
	kept.DateChanged = t.given(o.DateChanged)
	return o.ID
}

// EditOrder changes an order. Rows without an id get one.
func (t *Tenant) EditOrder(id office24.OrderID, edit func(*office24.Order)) {
	defer t.lock()()
	o := t.orders[id]
	edit(&o.Order)
	t.complete(o)
	t.moved(o)
	o.DateChanged = t.changed()
}

// SetStatus moves an order to a status. Invoicing gives it an invoice number.
func (t *Tenant) SetStatus(id office24.OrderID, status office24.OrderStatus) {
	t.EditOrder(id, func(o *office24.Order) { o.Status = status })
}

// DeleteOrder deletes an order: it vanishes without a trace.
func (t *Tenant) DeleteOrder(id office24.OrderID) {
	defer t.lock()()
	delete(t.orders, id)
}

// Order returns an order; false for one that does not exist.
func (t *Tenant) Order(id office24.OrderID) (office24.Order, bool) {
	defer t.lock()()
	o := t.orders[id]
	if o == nil {
		return office24.Order{}, false
	}
	return clone(o.Order), true
}

// Orders returns all orders by id.
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

// complete gives an order what the service gives it: ids, numbers and names of rows.
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

// moved does what follows from an order's status: goods leave the stock once, an invoice gets a number.
func (t *Tenant) moved(o *order) {
	invoiced := o.Status.Invoices()
	if invoiced && o.InvoiceID == 0 {
		t.lastInvoice++
		o.InvoiceID, o.DateInvoiced = t.lastInvoice, t.server.options.Now().UTC().Truncate(time.Second)
	}
	leaves := o.Status == office24.StatusSent || invoiced
	if !leaves || o.taken || o.SkipStock || t.server.options.KeepStockOnSent {
		return
	}
	o.taken = true
	for _, row := range o.Rows {
		p := t.products[row.ProductID]
		if row.Type != office24.RowNormal || row.Quantity == nil || p == nil || p.StockControlled == nil || !*p.StockControlled {
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

// A Snapshot is everything of a tenant that a test may compare.
type Snapshot struct {
	Products        []office24.Product
	Orders          []office24.Order
	Companies       []office24.Company
	DeliveryMethods []office24.DeliveryMethod
}

// Snapshot returns a copy of what the tenant has.
func (t *Tenant) Snapshot() Snapshot {
	defer t.lock()()
	return Snapshot{sorted(t.products), t.allOrders(), sorted(t.companies), t.allMethods()}
}

func (t *Tenant) allMethods() []office24.DeliveryMethod {
	return slices.SortedFunc(maps.Values(t.methods), func(a, b office24.DeliveryMethod) int { return cmp.Compare(a.ID, b.ID) })
}

// Timeless returns the snapshot without change times, to compare two ways to the same end.
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
