package model

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// A ledger remembers what both systems held when somebody last wrote, so that each write is seen by itself and judged,
// and what the orders went through.
type ledger struct {
	erp      office24test.Snapshot
	orders   []ongoingtest.OrderState
	articles []ongoingtest.ArticleState
	sagas    map[office24.OrderID]*saga
}

// A saga is what an order of 24SevenOffice went through.
type saga struct {
	// looks are what the order looked like to a warehouse, from the first to the last.
	looks []string
	// pulled: it was in a pulled status once.
	pulled bool
	// sent counts how often we brought it to the status Sent; ours is the status that we set on import: an order that people
	// bring back to it may leave it again.
	sent int
	ours office24.OrderStatus
	// unnoted: we set it to Sent last, and its link does not say so yet.
	unnoted bool
	// finished: it was Sent or invoiced once, by whomever.
	finished bool
	// written is what of it we wrote to Ongoing last, in the same form, when so many delivery methods were listed.
	written string
	methods int
	// rest is its rest order, and ordered what stood in it, by product, before we split it.
	rest    office24.OrderID
	ordered map[office24.ProductID]number.Decimal
	// meddled: people have changed its rows since, or it is gone or invoiced.
	meddled bool
}

// An actor writes.
type actor int

const (
	people actor = iota
	api
)

func newLedger(w *world) ledger {
	return ledger{sagas: map[office24.OrderID]*saga{}, erp: w.company.Snapshot(), orders: w.owner.Orders(), articles: w.owner.Articles()}
}

// observe compares both systems with what they held before, and judges what we have written.
func (w *world) observe(by actor) {
	l := &w.ledger
	erp, orders, articles := w.company.Snapshot(), w.owner.Orders(), w.owner.Articles()
	w.observeOrders(by, erp.Orders)
	if by == api {
		w.judgeProducts(l.erp.Products, erp.Products)
		w.must(reflect.DeepEqual(l.erp.Companies, erp.Companies), "a company was changed by us")
		w.judgeStanding(l.orders, orders, erp.Orders)
		w.judgeArticles(l.articles, articles, erp.Products)
	}
	l.erp, l.orders, l.articles = erp, orders, articles
}

func (w *world) observeOrders(by actor, now []office24.Order) {
	l := &w.ledger
	before := map[office24.OrderID]office24.Order{}
	for _, o := range l.erp.Orders {
		before[o.ID] = o
	}
	for _, o := range now {
		old, existed := before[o.ID]
		delete(before, o.ID)
		s := l.sagas[o.ID]
		if s == nil {
			s = &saga{}
			l.sagas[o.ID] = s
		}
		s.pulled = s.pulled || w.set.pulls(o.Status)
		s.finished = s.finished || o.Status == office24.StatusSent || o.Status.Invoices()
		if look := lookOf(o); len(s.looks) == 0 || s.looks[len(s.looks)-1] != look {
			s.looks = append(s.looks, look)
		}
		mine := s.ours // before this
		if by == api && existed && o.Status != old.Status && o.Status != office24.StatusSent {
			s.ours = o.Status
		}
		switch {
		case existed && reflect.DeepEqual(old, o):
		case by == people:
			if s.unnoted && old.Status == office24.StatusSent && o.Status != old.Status {
				s.sent = 0 // nobody can know that it was Sent
			}
			s.meddled = s.meddled || existed && (rowsText(old) != rowsText(o) || o.Status.Invoices())
			if w.run != nil {
				w.run.touched = append(w.run.touched, o.ID)
			}
		case existed:
			w.judgeOrder(old, o, s, mine)
		default:
			w.judgeRest(o, now)
		}
	}
	for id := range before {
		w.must(by == people, "order %d was deleted by us", id)
		l.sagas[id].meddled = true
	}
}

// noted is told of each record that was written.
func (w *world) noted(record string) {
	if id, isOrder := strings.CutPrefix(record, customer+"/order#"); isOrder {
		n, _ := strconv.Atoi(id)
		if s := w.ledger.sagas[office24.OrderID(n)]; s != nil {
			s.unnoted = false
		}
	}
}

// judgeOrder judges what we changed in an order for which we had set a status on import, if we had.
func (w *world) judgeOrder(old, now office24.Order, s *saga, ours office24.OrderStatus) {
	raced := w.run != nil && slices.Contains(w.run.touched, now.ID)
	w.must(!old.Status.Invoices(), "invoiced order %d was changed by us", now.ID)
	if old.Status != now.Status {
		w.say("order %d: %s → %s", now.ID, old.Status.Name(), now.Status.Name())
		counted.add("ours: " + old.Status.Name() + " → " + now.Status.Name())
		w.must(now.Status == office24.StatusSent || w.set.imported(now.Status), "order %d was set to %s by us", now.ID, now.Status.Name())
		w.must(raced || w.set.pulls(old.Status) || w.set.imported(old.Status) || ours == old.Status, "order %d was moved by us from %s, where people had put it", now.ID, old.Status.Name())
		if now.Status == office24.StatusSent {
			s.sent++
			s.unnoted = true
		}
	}
	if rowsText(old) != rowsText(now) {
		counted.add("ours: rows of an order cut")
		w.say("order %d: rows %s → %s", now.ID, rowsText(old), rowsText(now))
		w.must(raced || w.set.restOrders || s.rest != 0 || s.ordered != nil, "the rows of order %d were changed by us", now.ID)
		w.splits(s, old)
	}
	if old.InvoiceText != now.InvoiceText {
		counted.add("ours: text")
		w.say("order %d: text %q", now.ID, now.InvoiceText)
		w.must(w.set.tracking, "the text of order %d was changed by us", now.ID)
		w.must(raced || strings.HasPrefix(now.InvoiceText, old.InvoiceText), "the text of order %d was overwritten by us", now.ID)
	}
	same := now
	same.Status, same.Rows, same.InvoiceText, same.DateChanged = old.Status, old.Rows, old.InvoiceText, old.DateChanged
	w.must(reflect.DeepEqual(old, same), "order %d: more was changed by us than status, rows and text", now.ID)
}

// splits notes what stood in an order before it was split.
func (w *world) splits(s *saga, before office24.Order) {
	if s.ordered == nil {
		s.ordered = byProduct(before)
	}
}

var restMark = regexp.MustCompile(`\(rest of order (\d+)\)$`)

// judgeRest judges an order that we made.
func (w *world) judgeRest(o office24.Order, now []office24.Order) {
	counted.add("ours: rest order made")
	w.say("order %d: made, %q, %s", o.ID, o.InvoiceTitle, rowsText(o))
	mark := restMark.FindStringSubmatch(o.InvoiceTitle)
	if mark == nil {
		w.must(false, "order %d was made by us and is no rest order", o.ID)
		return
	}
	id, _ := strconv.Atoi(mark[1])
	s := w.ledger.sagas[office24.OrderID(id)]
	w.must(s != nil, "order %d was made as the rest of order %d, which does not exist", o.ID, id)
	w.must(rowsText(o) != "", "rest order %d has no rows", o.ID)
	w.must(w.set.restOrders, "rest order %d was made, but none are wanted", o.ID)
	if s == nil {
		return
	}
	w.must(s.rest == 0, "order %d has two rest orders, %d and %d", id, s.rest, o.ID)
	s.rest = o.ID
	for _, original := range now {
		if int(original.ID) == id {
			w.splits(s, original)
		}
	}
}

// judgeProducts judges what we changed in products: their stock.
func (w *world) judgeProducts(before, now []office24.Product) {
	w.must(len(before) == len(now), "a product was made or deleted by us")
	for i := range min(len(before), len(now)) {
		same := now[i]
		same.Stock, same.DateChanged = before[i].Stock, before[i].DateChanged
		w.must(reflect.DeepEqual(before[i], same), "product %d: more was changed by us than its stock", now[i].ID)
		if value(before[i].Stock) != value(now[i].Stock) {
			w.say("product %d: stock %s → %s", now[i].ID, value(before[i].Stock), value(now[i].Stock))
		}
	}
}

// judgeStanding judges what we changed in Ongoing's orders.
func (w *world) judgeStanding(before, now []ongoingtest.OrderState, sold []office24.Order) {
	for i, o := range now {
		id := ourID(o)
		if s := w.ledger.sagas[id]; s != nil && (i >= len(before) || !reflect.DeepEqual(before[i].Body, o.Body)) {
			s.written, s.methods = w.lookIn(o), w.set.methods
		}
		if i >= len(before) {
			counted.add("ours: order made in Ongoing")
			w.say("Ongoing order %s: made, %s", o.Number, linesText(o))
			w.must(id != 0 && w.ledger.sagas[id] != nil && w.ledger.sagas[id].pulled, "order %s was made in Ongoing for an order that was never to be sent", o.Number)
			for _, other := range before {
				w.must(ourID(other) != id, "order %d stands in Ongoing twice, as %s and %s", id, other.Number, o.Number)
			}
			continue
		}
		old := before[i]
		if reflect.DeepEqual(numberless(old), numberless(o)) {
			continue
		}
		w.must(id != 0 && id == ourID(old) && o.Number == old.Number, "order %s in Ongoing is not ours and was changed by us", old.Number)
		w.must(slices.EqualFunc(old.Lines, o.Lines, samePicked) || old.Status < 320, "order %s: lines changed", o.Number)
		if old.Status != o.Status {
			w.say("Ongoing order %s: %d → %d", o.Number, old.Status, o.Status)
			counted.add("ours: cancelled")
			w.judgeCancelled(o, id, sold)
		}
		for _, line := range o.Lines {
			w.must(line.Reported == nil || line.Reported.Cmp(line.Picked) <= 0, "order %s, row %s: more reported than picked", o.Number, line.Row)
		}
	}
}

// numberless is an order without its articles' numbers: a product that gets another number gets it in all orders.
func numberless(o ongoingtest.OrderState) ongoingtest.OrderState {
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		o.Lines[i].Article = ""
	}
	return o
}

func samePicked(a, b ongoingtest.LineState) bool { return a.Row == b.Row && a.Picked.Equal(b.Picked) }

// judgeCancelled judges a cancelling.
func (w *world) judgeCancelled(o ongoingtest.OrderState, id office24.OrderID, sold []office24.Order) {
	w.must(o.Status == 1000, "order %s was moved by us to %d", o.Number, o.Status)
	w.must(w.set.cancelWithdrawn, "order %s was cancelled by us, which nobody wants", o.Number)
	for _, order := range sold {
		if order.ID == id && !slices.Contains(w.run.touched, id) {
			w.must(withdrawn(order.Status), "order %s was cancelled by us but is %s", o.Number, order.Status.Name())
		}
	}
}

func withdrawn(s office24.OrderStatus) bool {
	return s == office24.StatusInactive || s == office24.StatusOffer || s == office24.StatusDraft
}

// judgeArticles judges the articles that we made.
func (w *world) judgeArticles(before, now []ongoingtest.ArticleState, products []office24.Product) {
	for i, a := range now {
		code, _ := a.Body["productCode"].(string)
		if i < len(before) {
			was, _ := before[i].Body["productCode"].(string)
			w.must(was == "" || was == code || !slices.ContainsFunc(products, func(p office24.Product) bool { return ids(p.ID) == was }),
				"article %s of product %s was given to product %s", a.Number, was, code)
			continue
		}
		w.say("article %s: made, of product %s", a.Number, code)
		w.must(code != "", "article %s was made without product", a.Number)
		for _, other := range before {
			w.must(other.Body["productCode"] != code, "product %s has two articles, %s and %s", code, other.Number, a.Number)
		}
	}
}

// ourID is the order of 24SevenOffice that an order in Ongoing is; 0 for one made by hand.
func ourID(o ongoingtest.OrderState) office24.OrderID {
	text, _ := o.Body["goodsOwnerOrderId"].(string)
	id, _ := strconv.Atoi(text)
	return office24.OrderID(id)
}

// lookOf is what a warehouse should see of an order.
func lookOf(o office24.Order) string {
	street := ""
	if o.Addresses.Delivery != nil {
		street = o.Addresses.Delivery.Street
	}
	method := ""
	if o.DeliveryMethod != nil {
		method = ids(o.DeliveryMethod.ID)
	}
	return fmt.Sprintf("%s, %s, %s by %s: %s", cmp.Or(o.CustomerDeliveryName, o.CustomerName), street, dateOf(o), method, rowsText(o))
}

// lookIn is what it sees.
func (w *world) lookIn(o ongoingtest.OrderState) string {
	consignee, _ := o.Body["consignee"].(map[string]any)
	text := func(name string) string { s, _ := consignee[name].(string); return s }
	date, _ := o.Body["deliveryDate"].(string)
	way, _ := o.Body["wayOfDelivery"].(map[string]any)
	code, _ := way["code"].(string)
	var lines []string
	for _, l := range o.Lines {
		code := ""
		for _, a := range w.owner.Articles() {
			if a.Number == l.Article {
				code, _ = a.Body["productCode"].(string)
			}
		}
		lines = append(lines, fmt.Sprintf("%s:%s*%s", l.Row, code, l.Ordered))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%s, %s, %s by %s: %s", text("name"), text("address1"), date, strings.TrimPrefix(code, "WAY-"), strings.Join(lines, " "))
}

func dateOf(o office24.Order) string {
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	at := o.DeliveryDate
	if at.IsZero() {
		at = o.DateOrdered
	}
	return at.In(zone).Format(time.DateOnly)
}

// rowsText are the goods of an order.
func rowsText(o office24.Order) string {
	var rows []string
	for _, r := range o.Rows {
		if r.Type == office24.RowNormal && r.ProductID != 0 && value(r.Quantity) != "0" {
			rows = append(rows, fmt.Sprintf("%d:%d*%s", r.ID, r.ProductID, value(r.Quantity)))
		}
	}
	slices.Sort(rows)
	return strings.Join(rows, " ")
}

func linesText(o ongoingtest.OrderState) string {
	var lines []string
	for _, l := range o.Lines {
		lines = append(lines, fmt.Sprintf("%s:%s*%s", l.Row, l.Article, l.Ordered))
	}
	return strings.Join(lines, " ")
}

func byProduct(o office24.Order) map[office24.ProductID]number.Decimal {
	sums := map[office24.ProductID]number.Decimal{}
	for _, r := range o.Rows {
		if r.Quantity != nil {
			sums[r.ProductID] = sums[r.ProductID].Add(*r.Quantity)
		}
	}
	return sums
}

func value(d *number.Decimal) string {
	if d == nil {
		return "0"
	}
	return d.String()
}
