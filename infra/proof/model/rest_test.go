package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// An end is what both systems and the state table hold when everything has come to rest.
type end struct {
	*world
	records  map[string]record
	products map[office24.ProductID]office24.Product
	sold     map[office24.OrderID]office24.Order
	articles map[string]ongoingtest.ArticleState // by product code
	standing map[office24.OrderID]ongoingtest.OrderState
}

// checkEnd looks at everything that has to be so in the end.
func (w *world) checkEnd() {
	e := &end{world: w, records: w.state(), products: map[office24.ProductID]office24.Product{}, sold: map[office24.OrderID]office24.Order{},
		articles: map[string]ongoingtest.ArticleState{}, standing: map[office24.OrderID]ongoingtest.OrderState{}}
	for _, p := range w.company.Products() {
		e.products[p.ID] = p
	}
	for _, o := range w.company.Orders() {
		e.sold[o.ID] = o
	}
	for _, a := range w.owner.Articles() {
		code, _ := a.Body["productCode"].(string)
		e.articles[code] = a
	}
	for _, o := range w.owner.Orders() {
		e.standing[ourID(o)] = o
	}
	for _, p := range e.products {
		e.checkProduct(p)
	}
	for _, o := range e.sold {
		e.checkOrder(o)
	}
	for id, o := range e.standing {
		if id != 0 {
			e.checkShipment(id, o)
		}
	}
	for _, a := range e.articles {
		e.checkStock(a)
	}
	e.checkRest()
	e.checkSuppliers()
	for name, r := range e.records {
		if strings.HasPrefix(name, "lease#") {
			w.must(r["holder"] == nil, "%s is held: %v", name, r)
		}
	}
}

// failure is the message of a failure record, empty where there is none.
func (e *end) failure(process naming.Process, key string) string {
	message, _ := e.records["failure#"+string(process)+"#"+key]["message"].(string)
	return message
}

// checkProduct: a product is one article as it is now, or in trouble for a reason.
func (e *end) checkProduct(p office24.Product) {
	failure := e.failure(naming.Articles, ids(p.ID))
	a, stands := e.articles[ids(p.ID)]
	if failure == "" {
		active := a.Body["isActive"] != false
		e.must(stands && a.Number == p.No && a.Body["articleName"] == p.Name && active == (*p.StatusID != 0),
			"product %d (%q, %q, status %d) is the article %q, %v, active %v, and nothing tells why", p.ID, p.No, p.Name, *p.StatusID, a.Number, a.Body["articleName"], active)
		return
	}
	e.must(e.numberTrouble(p), "product %d is in trouble without a reason: %s", p.ID, failure)
}

// numberTrouble tells whether a product has no number, or one that others have.
func (e *end) numberTrouble(p office24.Product) bool {
	for _, other := range e.products {
		if other.ID != p.ID && strings.EqualFold(other.No, p.No) {
			return true
		}
	}
	for code, a := range e.articles {
		if code != ids(p.ID) && strings.EqualFold(a.Number, p.No) {
			return true
		}
	}
	return p.No == ""
}

// checkOrder: an order that is to be sent is in Ongoing as it is now, or as Ongoing last allowed, or in trouble.
func (e *end) checkOrder(o office24.Order) {
	failure := e.failure(naming.SalesOrders, ids(o.ID))
	there, stands := e.standing[o.ID]
	link := e.records["order#"+ids(o.ID)]
	shipped := link["shippedAt"] != nil
	sends := e.set.pulls(o.Status) || link["importedAt"] != nil && e.set.imported(o.Status)
	started := stands && e.started(there)
	reason := e.orderTrouble(o)
	written := e.ledger.sagas[o.ID].written
	same := stands && written == lookOf(o)
	if failure != "" {
		recoded := o.DeliveryMethod != nil && e.ledger.sagas[o.ID].methods != e.set.methods // its method has another code now
		e.must(reason != "" || stands && (!same || recoded) && started && !shipped, "order %d (%s) is in trouble without a reason: %s", o.ID, o.Status.Name(), failure)
	}
	e.must(!stands || slices.Contains(e.ledger.sagas[o.ID].looks, written), "order %d never looked like it stands in Ongoing: %s", o.ID, written)
	if !sends || shipped || failure != "" || link["restOrder"] != nil { // one that is being split is what it was shipped as
		return
	}
	e.must(stands || rowsText(o) == "", "order %d (%s) is missing in Ongoing, and nothing tells why", o.ID, o.Status.Name())
	e.must(!stands || same, "order %d (%s) is\n   %s\n in Ongoing (%d), but should be\n   %s", o.ID, o.Status.Name(), written, there.Status, lookOf(o))
}

func (e *end) started(o ongoingtest.OrderState) bool {
	return o.Status >= 320 || slices.ContainsFunc(o.Lines, func(l ongoingtest.LineState) bool { return l.Picked.Sign() > 0 })
}

// orderTrouble says why an order cannot be sent; empty if it can.
func (e *end) orderTrouble(o office24.Order) string {
	if there, stands := e.standing[o.ID]; stands && there.Status == 1000 {
		return "cancelled"
	} else if stands && rowsText(o) == "" {
		return "no rows"
	} else if withdrawn(o.Status) && e.started(there) {
		return "withdrawn too late"
	}
	if o.DeliveryMethod != nil && e.set.methods > 0 && !slices.ContainsFunc(methods[:e.set.methods], func(m office24.DeliveryMethod) bool { return m.ID == o.DeliveryMethod.ID }) {
		return "method"
	}
	for _, r := range o.Rows {
		p, exists := e.products[r.ProductID]
		_, article := e.articles[ids(r.ProductID)]
		switch {
		case !exists:
			return "product is gone"
		case !article && e.numberTrouble(p):
			return "article"
		}
	}
	return ""
}

// productGone tells whether an order has rows of a product that is no more.
func (e *end) productGone(o office24.Order) bool {
	return slices.ContainsFunc(o.Rows, func(r office24.Row) bool { _, exists := e.products[r.ProductID]; return !exists })
}

var reportAt = []int{450, 500}

// checkShipment: an order that was shipped is Sent, and what was picked is booked and reported.
func (e *end) checkShipment(id office24.OrderID, there ongoingtest.OrderState) {
	o, exists := e.sold[id]
	link := e.records["order#"+ids(id)]
	failure := e.failure(naming.Shipments, there.Number)
	shipped, reported := link["shippedAt"] != nil, true
	booked, _ := link["booked"].(map[string]any)
	for _, l := range there.Lines {
		reported = reported && (l.Picked.IsZero() && l.Reported == nil || l.Reported != nil && l.Reported.Equal(l.Picked))
		if l.Reported != nil {
			noted, _ := booked[fmt.Sprint(l.ID)].(string)
			n, err := number.Parse(noted)
			// An order that is held may have been booked by a run that died before it could report.
			e.must(err == nil && (n.Equal(*l.Reported) || failure != "" && n.Cmp(*l.Reported) > 0), "order %d, row %s: %s reported, but %q booked", id, l.Row, l.Reported, noted)
		}
	}
	e.must(e.ledger.sagas[id].sent < 2, "order %d was set to Sent %d times", id, e.ledger.sagas[id].sent)
	final := exists && (o.Status == office24.StatusSent || o.Status.Invoices())
	if !slices.Contains(reportAt, there.Status) {
		e.must(failure == "", "order %d is in trouble, but not shipped: %s", id, failure)
		return
	}
	if failure != "" {
		byHand := exists && !final && !e.set.pulls(o.Status) && !e.set.imported(o.Status) && e.ledger.sagas[id].ours != o.Status
		nothing := !slices.ContainsFunc(there.Lines, func(l ongoingtest.LineState) bool { return l.Picked.Sign() > 0 })
		unsplit := (e.set.restOrders || link["restOrder"] != nil) && e.productGone(o)
		meddled := link["restOrder"] != nil && e.ledger.sagas[id].meddled // rows are gone that were to be cut
		e.must(!exists || byHand || nothing || shipped || unsplit || meddled, "order %d is in trouble without a reason: %s", id, failure)
		return
	}
	e.must(shipped || e.ledger.sagas[id].finished, "order %d was shipped, but nothing tells so: %s", id, o.Status)
	e.must(reported, "order %d was shipped, but not all of it is reported: %s", id, picks(there))
}

func picks(o ongoingtest.OrderState) string {
	var lines []string
	for _, l := range o.Lines {
		lines = append(lines, fmt.Sprintf("%s: %s picked, %s reported", l.Row, l.Picked, value(l.Reported)))
	}
	return strings.Join(lines, "; ")
}

// checkStock: the stock of a product is that of its article, and what is picked and not yet booked.
func (e *end) checkStock(a ongoingtest.ArticleState) {
	code, _ := a.Body["productCode"].(string)
	for id, p := range e.products {
		if ids(id) != code || !*p.StockControlled || *p.StatusID == 0 || a.Body["isActive"] == false || a.Body["isStockArticle"] == false {
			continue
		}
		want := a.Stock
		if e.set.sellable {
			want = a.Sellable
		}
		if want.Sign() < 0 {
			want = number.Decimal{}
		}
		want = want.Add(e.unreported(a.Number))
		e.must(p.Stock != nil && p.Stock.Equal(want), "product %d has stock %s, not %s; %s picked and not reported: %s", id, value(p.Stock), want, e.unreported(a.Number), e.figures())
		e.must(e.failure(naming.Stock, code) == "", "the stock of product %d is in trouble: %s", id, e.failure(naming.Stock, code))
	}
}

// figures are the quantities in Ongoing, for the trace.
func (e *end) figures() string {
	var text []string
	for _, a := range e.owner.Articles() {
		text = append(text, fmt.Sprintf("%s %v: %s, %s sellable", a.Number, a.Body["productCode"], a.Stock, a.Sellable))
	}
	for _, o := range e.owner.Orders() {
		text = append(text, fmt.Sprintf("%s %d: %s", o.Number, o.Status, picks(o)))
	}
	return strings.Join(text, "\n  ")
}

// unreported is what our orders have picked of an article and not reported, as long as 24SevenOffice has not taken the
// goods out of its stock, which it does when an order is Sent or invoiced.
func (e *end) unreported(article string) number.Decimal {
	sum := number.Decimal{}
	for id, there := range e.standing {
		o, exists := e.sold[id]
		if !exists || o.Status == office24.StatusSent || o.Status.Invoices() || e.records["order#"+ids(id)]["orderNumber"] == nil {
			continue
		}
		for _, l := range there.Lines {
			if l.Article == article && l.Picked.Cmp(reportedOf(l)) > 0 {
				sum = sum.Add(l.Picked.Sub(reportedOf(l)))
			}
		}
	}
	return sum
}

func reportedOf(l ongoingtest.LineState) number.Decimal {
	if l.Reported == nil {
		return number.Decimal{}
	}
	return *l.Reported
}

// checkRest: an order and its rest order are together what was ordered.
func (e *end) checkRest() {
	for id, s := range e.ledger.sagas {
		o, exists := e.sold[id]
		if s.ordered == nil || !exists || e.failure(naming.Shipments, e.standing[id].Number) != "" {
			continue
		}
		sums, ok := e.total(o, s)
		if !ok {
			continue
		}
		for product, ordered := range s.ordered {
			e.must(sums[product].Equal(ordered), "of order %d, product %d, %s are left in it and its rest order, %s were ordered", id, product, sums[product], ordered)
		}
	}
}

// total adds up an order and what became of its rest; false where people were at it.
func (e *end) total(o office24.Order, s *saga) (map[office24.ProductID]number.Decimal, bool) {
	sums := byProduct(o)
	if s.meddled {
		return sums, false
	}
	if s.rest == 0 {
		return sums, true
	}
	rest, exists := e.sold[s.rest]
	if !exists {
		return sums, false
	}
	more, ok := e.total(rest, e.ledger.sagas[s.rest])
	for product, quantity := range more {
		sums[product] = sums[product].Add(quantity)
	}
	return sums, ok
}

// checkSuppliers: a supplier that has an article is in Ongoing as it is now.
func (e *end) checkSuppliers() {
	known := e.owner.Suppliers()
	for _, c := range e.company.Companies() {
		if c.Type != office24.CompanySupplier {
			continue
		}
		carried := false
		for _, r := range e.records {
			p := e.products[productOf(r)]
			carried = carried || fmt.Sprint(cmp.Or(r["supplierId"], any(0))) == ids(c.ID) && r["articleId"] != nil &&
				p.SupplierID == c.ID && e.failure(naming.Articles, ids(p.ID)) == ""
		}
		failure := e.failure(naming.Suppliers, ids(c.ID))
		if s, ok := known[ids(c.ID)]; failure == "" {
			e.must(ok && s.Name == c.Name && s.Address["address"] == c.Addresses.Post.Street, "supplier %d (%s, %s) is %v in Ongoing, and nothing tells why", c.ID, c.Name, c.Addresses.Post.Street, s)
		} else if carried {
			e.must(false, "supplier %d is in trouble without a reason: %s", c.ID, failure)
		}
	}
}

func productOf(r record) office24.ProductID {
	id := 0
	_, _ = fmt.Sscan(fmt.Sprint(r["productId"]), &id)
	return office24.ProductID(id)
}
