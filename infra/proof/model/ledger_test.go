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

// A ledger has what both systems held after the last write, so that each write is judged on its own, and the history of
// the orders.
type ledger struct {
	erp       office24test.Snapshot
	orders    []ongoingtest.OrderState
	articles  []ongoingtest.ArticleState
	histories map[office24.OrderID]*history
	// made are the orders of 24SevenOffice by the orders in Ongoing that we made of them, and owned the products by the
	// articles that we made of them or took over.
	made  map[int]office24.OrderID
	owned map[int]office24.ProductID
	// linked are the articles that our links named when the customer left: one can be linked as it is, unwritten.
	linked map[int]bool
}

// A history is what happened to an order of 24SevenOffice.
type history struct {
	// contents are what a warehouse should have seen of the order, oldest first; see contentOf.
	contents []string
	// pulled is true once the order was in a pulled status.
	pulled bool
	// sent counts how often we set the status Sent.
	sent int
	// importStatus is the status that we set on import, or that people set while it was the one that we set. An order
	// that people bring back to it can leave it again.
	importStatus office24.OrderStatus
	// sentUnrecorded is true while we have set the status Sent and not yet stored that in the link.
	sentUnrecorded bool
	// restUnrecorded is true while we have made a rest order and not yet stored that in the link of its original.
	restUnrecorded bool
	// finished is true once the order was Sent or invoiced, and inactive once it was Inactive, by anybody.
	finished, inactive bool
	// written is the content that we wrote to Ongoing last, and methods the number of listed delivery methods at that
	// time.
	written string
	methods int
	// restOrder is the order's rest order. ordered is what the order held, by product, before we split it.
	restOrder office24.OrderID
	ordered   map[office24.ProductID]number.Decimal
	// editedByPeople is true once people edited the rows, or invoiced or deleted the order; editedSince, if that was
	// after we split it or made it as a rest order, or in the very run that did.
	editedByPeople, editedSince bool
	// isRest is true for a rest order.
	isRest bool
}

// An actor is who writes.
type actor int

const (
	byPeople actor = iota
	byUs
)

func newLedger(w *world) ledger {
	return ledger{
		histories: map[office24.OrderID]*history{},
		made:      map[int]office24.OrderID{},
		owned:     map[int]office24.ProductID{},
		erp:       w.company.Snapshot(),
		orders:    w.owner.Orders(),
		articles:  w.owner.Articles(),
	}
}

// observe compares both systems with the ledger, judges what we wrote, and updates the ledger.
func (w *world) observe(by actor) {
	l := &w.ledger
	erp, orders, articles := w.company.Snapshot(), w.owner.Orders(), w.owner.Articles()
	w.observeOrders(by, erp.Orders)
	if by == byUs {
		w.judgeProducts(l.erp.Products, erp.Products)
		w.expect(reflect.DeepEqual(l.erp.Companies, erp.Companies), "we changed a company")
		w.judgeOngoingOrders(l.orders, orders, erp.Orders)
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
		s := l.histories[o.ID]
		if s == nil {
			s = &history{}
			l.histories[o.ID] = s
		}
		s.pulled = s.pulled || w.set.pulls(o.Status)
		s.inactive = s.inactive || o.Status == office24.StatusInactive
		s.finished = s.finished || o.Status == office24.StatusSent || o.Status.Invoices()
		if content := contentOf(o); len(s.contents) == 0 || s.contents[len(s.contents)-1] != content {
			s.contents = append(s.contents, content)
		}
		importStatus := s.importStatus // before this write
		ours := by == byUs && existed && o.Status != old.Status && o.Status != office24.StatusSent
		if ours || w.set.imported(o.Status) {
			s.importStatus = o.Status
		}
		switch {
		case existed && reflect.DeepEqual(old, o):
		case by == byPeople:
			if s.sentUnrecorded && old.Status == office24.StatusSent && o.Status != old.Status {
				s.sent = 0 // no run can know that it was Sent
			}
			edited := existed && (rowsText(old) != rowsText(o) || o.Status.Invoices())
			s.editedByPeople = s.editedByPeople || edited
			s.editedSince = s.editedSince || edited && (s.ordered != nil || s.isRest || w.run != nil)
			if w.run != nil {
				w.run.touched = append(w.run.touched, o.ID)
			}
		case existed:
			w.judgeOrder(old, o, s, importStatus)
		default:
			w.judgeRestOrder(o, now)
		}
	}
	for id := range before {
		w.expect(by == byPeople, "we deleted order %d", id)
		l.histories[id].editedByPeople, l.histories[id].editedSince = true, true
		for _, s := range l.histories {
			if s.restOrder == id && s.restUnrecorded {
				s.restOrder = 0 // no run can know that there was one
			}
		}
	}
}

// recordStored is called for each record that was written to the state table.
func (w *world) recordStored(record string) {
	if id, isOrder := strings.CutPrefix(record, customer+"/order#"); isOrder {
		n, _ := strconv.Atoi(id)
		if s := w.ledger.histories[office24.OrderID(n)]; s != nil {
			s.sentUnrecorded, s.restUnrecorded = false, false
		}
	}
}

// judgeOrder judges what we changed in an order. importStatus is the one that we set on import before this write, if
// any.
func (w *world) judgeOrder(old, now office24.Order, s *history, importStatus office24.OrderStatus) {
	raced := w.run != nil && slices.Contains(w.run.touched, now.ID)
	w.expect(!old.Status.Invoices(), "we changed invoiced order %d", now.ID)
	if old.Status != now.Status {
		w.tracef("order %d: %s → %s", now.ID, old.Status.Name(), now.Status.Name())
		counted.add("ours: " + old.Status.Name() + " → " + now.Status.Name())
		allowed := now.Status == office24.StatusSent || w.set.imported(now.Status)
		w.expect(allowed, "we set order %d to %s", now.ID, now.Status.Name())
		movable := w.set.pulls(old.Status) || w.set.imported(old.Status) || importStatus == old.Status
		w.expect(raced || movable, "we moved order %d from %s, a status that people had set", now.ID, old.Status.Name())
		if now.Status == office24.StatusSent {
			s.sent++
			s.sentUnrecorded = true
		}
	}
	if rowsText(old) != rowsText(now) {
		counted.add("ours: rows of an order cut")
		w.tracef("order %d: rows %s → %s", now.ID, rowsText(old), rowsText(now))
		split := s.isRest || s.restOrder != 0 || s.ordered != nil // perhaps before the setting was turned off
		w.expect(raced || w.set.restOrders || split, "we changed the rows of order %d", now.ID)
		if !s.isRest { // that one is reduced when its original delivers more, and remembered when it is split itself
			w.rememberOrdered(s, old)
		}
	}
	if old.InvoiceText != now.InvoiceText {
		counted.add("ours: text")
		w.tracef("order %d: text %q", now.ID, now.InvoiceText)
		w.expect(w.set.tracking, "we changed the text of order %d", now.ID)
		kept := strings.HasPrefix(now.InvoiceText, old.InvoiceText)
		w.expect(raced || kept, "we overwrote the text of order %d", now.ID)
	}
	same := now
	same.Status, same.Rows, same.InvoiceText = old.Status, old.Rows, old.InvoiceText
	same.DateChanged = old.DateChanged
	w.expect(reflect.DeepEqual(old, same), "we changed more of order %d than status, rows and text", now.ID)
}

// rememberOrdered keeps what an order held before it was split.
func (w *world) rememberOrdered(s *history, before office24.Order) {
	if s.ordered == nil {
		s.ordered = byProduct(before)
	}
}

var restMark = regexp.MustCompile(`\(rest of order (\d+)\)$`)

// judgeRestOrder judges an order that we created.
func (w *world) judgeRestOrder(o office24.Order, now []office24.Order) {
	counted.add("ours: rest order created")
	w.tracef("order %d: created, %q, %s", o.ID, o.InvoiceTitle, rowsText(o))
	mark := restMark.FindStringSubmatch(o.InvoiceTitle)
	if mark == nil {
		w.expect(false, "we created order %d, which is not a rest order", o.ID)
		return
	}
	id, _ := strconv.Atoi(mark[1])
	s := w.ledger.histories[office24.OrderID(id)]
	w.expect(s != nil, "we created order %d as the rest of order %d, which does not exist", o.ID, id)
	w.expect(rowsText(o) != "", "rest order %d has no rows", o.ID)
	w.expect(w.set.restOrders, "we created rest order %d, which the settings do not ask for", o.ID)
	if s == nil {
		return
	}
	for _, back := range w.backOrders(office24.OrderID(id)) {
		w.expect(!onTheWay(back), "order %d gets rest order %d while back order %s is on the way", id, o.ID,
			back.Number)
	}
	w.expect(s.restOrder == 0, "order %d has two rest orders, %d and %d", id, s.restOrder, o.ID)
	s.restOrder, s.restUnrecorded, w.ledger.histories[o.ID].isRest = o.ID, true, true
	for _, original := range now {
		if int(original.ID) == id {
			w.rememberOrdered(s, original)
		}
	}
}

// judgeProducts judges what we changed in products. Only their stock is allowed.
func (w *world) judgeProducts(before, now []office24.Product) {
	w.expect(len(before) == len(now), "we created or deleted a product")
	for i := range min(len(before), len(now)) {
		same := now[i]
		same.Stock, same.DateChanged = before[i].Stock, before[i].DateChanged
		w.expect(reflect.DeepEqual(before[i], same), "we changed more of product %d than its stock", now[i].ID)
		if value(before[i].Stock) != value(now[i].Stock) {
			w.tracef("product %d: stock %s → %s", now[i].ID, value(before[i].Stock), value(now[i].Stock))
		}
	}
}

// judgeOngoingOrders judges what we changed in Ongoing's orders.
func (w *world) judgeOngoingOrders(before, now []ongoingtest.OrderState, erpOrders []office24.Order) {
	for i, o := range now {
		if i >= len(before) {
			w.judgeNewOrder(before, o)
		}
		id := w.ourID(o)
		if s := w.ledger.histories[id]; s != nil && (i >= len(before) || !reflect.DeepEqual(before[i].Body, o.Body)) {
			s.written, s.methods = w.contentIn(o), w.set.methods
		}
		if i >= len(before) {
			continue
		}
		old := before[i]
		if reflect.DeepEqual(withoutNumbers(old), withoutNumbers(o)) {
			continue
		}
		if id == 0 && w.rootID(o) != 0 { // a back order for one of ours: its picks are reported, and nothing else
			old = reportedAs(old, o)
			w.expect(reflect.DeepEqual(withoutNumbers(old), withoutNumbers(o)),
				"we changed back order %s, which the warehouse has made", old.Number)
			continue
		}
		w.expect(id != 0 && o.Number == old.Number, "we changed order %s in Ongoing, which is not ours", old.Number)
		linesKept := slices.EqualFunc(old.Lines, o.Lines, samePicked)
		w.expect(linesKept || old.Status < 320, "we changed the lines of order %s after picking began", o.Number)
		if old.Status != o.Status {
			w.tracef("Ongoing order %s: %d → %d", o.Number, old.Status, o.Status)
			counted.add("ours: cancelled")
			w.judgeCancelled(o, id, erpOrders)
		}
		for _, line := range o.Lines {
			tooMuch := line.Reported != nil && line.Reported.Cmp(line.Picked) > 0
			w.expect(!tooMuch, "order %s, row %s: more reported than picked", o.Number, line.Row)
		}
	}
}

// judgeNewOrder judges an order that we created in Ongoing.
func (w *world) judgeNewOrder(before []ongoingtest.OrderState, o ongoingtest.OrderState) {
	text, _ := o.Body["goodsOwnerOrderId"].(string)
	n, _ := strconv.Atoi(text)
	id := office24.OrderID(n)
	w.ledger.made[o.ID] = id
	counted.add("ours: order created in Ongoing")
	w.tracef("Ongoing order %s: created, %s", o.Number, linesText(o))
	for _, back := range w.backOrdersBeside(id) {
		w.expect(!onTheWay(back), "we created rest order %s in Ongoing while back order %s is on the way", o.Number,
			back.Number)
	}
	pulled := id != 0 && w.ledger.histories[id] != nil && w.ledger.histories[id].pulled
	w.expect(pulled, "we created order %s in Ongoing for an order that was never in a pulled status", o.Number)
	for _, other := range before {
		w.expect(w.ourID(other) != id, "order %d is in Ongoing twice, as %s and %s", id, other.Number, o.Number)
	}
}

// reportedAs returns an order with the reported quantities of another state of it.
func reportedAs(o, as ongoingtest.OrderState) ongoingtest.OrderState {
	o.Lines = slices.Clone(o.Lines)
	for i := range min(len(o.Lines), len(as.Lines)) {
		o.Lines[i].Reported = as.Lines[i].Reported
	}
	return o
}

// withoutNumbers returns an order without its articles' numbers: renumbering a product changes them in all orders.
func withoutNumbers(o ongoingtest.OrderState) ongoingtest.OrderState {
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		o.Lines[i].Article = ""
	}
	return o
}

func samePicked(a, b ongoingtest.LineState) bool { return a.Row == b.Row && a.Picked.Equal(b.Picked) }

// judgeCancelled judges a status that we set in Ongoing.
func (w *world) judgeCancelled(o ongoingtest.OrderState, id office24.OrderID, erpOrders []office24.Order) {
	w.expect(o.Status == 1000, "we moved order %s to %d", o.Number, o.Status)
	w.expect(w.set.cancelWithdrawn, "we cancelled order %s, which the settings do not ask for", o.Number)
	for _, order := range erpOrders {
		if order.ID == id && !slices.Contains(w.run.touched, id) {
			w.expect(withdrawn(order.Status), "we cancelled order %s, which is %s", o.Number, order.Status.Name())
		}
	}
}

func withdrawn(s office24.OrderStatus) bool {
	return s == office24.StatusInactive || s == office24.StatusOffer || s == office24.StatusDraft
}

// racedProduct reports whether people have changed a product since the run read it, perhaps.
func (w *world) racedProduct(id office24.ProductID) bool {
	return w.run != nil && slices.Contains(w.run.touchedProducts, id)
}

// judgeArticles judges the articles that we created, took over or gave to another product.
func (w *world) judgeArticles(before, now []ongoingtest.ArticleState, products []office24.Product) {
	numbers, inUse := map[string]string{}, map[string]bool{}
	for _, p := range products {
		numbers[ids(p.ID)], inUse[ids(p.ID)] = p.No, !expired(p)
	}
	for i, a := range now {
		code, _ := a.Body["productCode"].(string)
		n, _ := strconv.Atoi(code)
		id := office24.ProductID(n)
		if i >= len(before) || !strings.EqualFold(before[i].Number, a.Number) {
			for _, other := range now {
				w.expect(other.ID == a.ID || !strings.EqualFold(other.Number, a.Number),
					"we gave article %d the number %q, which looks like that of article %d", a.ID, a.Number, other.ID)
			}
		}
		if i < len(before) {
			if reflect.DeepEqual(before[i].Body, a.Body) {
				continue
			}
			was, _ := before[i].Body["productCode"].(string)
			owner, owned := w.ledger.owned[a.ID]
			former, _ := strconv.Atoi(was)
			raced := slices.ContainsFunc([]office24.ProductID{id, owner, office24.ProductID(former)}, w.racedProduct)
			if owned {
				w.expect(owner == id || !inUse[ids(owner)] || raced, "we gave article %s of product %d to product %s",
					a.Number, owner, code)
			} else {
				counted.add("ours: article taken over")
				w.tracef("article %s, code %q: taken over by product %s", before[i].Number, was, code)
				w.expect(strings.EqualFold(before[i].Number, numbers[code]) || raced,
					"we took over article %s for product %s, which is number %q", before[i].Number, code, numbers[code])
				// An expired product gives its number up, and the article that carries it.
				theirs, known := numbers[was]
				givenUp := !inUse[was] && strings.EqualFold(before[i].Number, theirs)
				w.expect(was == code || !known || givenUp || raced,
					"we took over article %s, whose code %s is another product's", before[i].Number, was)
				w.expect(!w.ofOtherCompany(a.ID), "we took over article %s of another company", before[i].Number)
			}
			w.ledger.owned[a.ID] = id
			continue
		}
		w.tracef("article %s: created, of product %s", a.Number, code)
		w.expect(code != "", "we created article %s without a product", a.Number)
		for _, other := range before {
			w.expect(w.ledger.owned[other.ID] != id, "product %s has two articles, %s and %s", code, other.Number,
				a.Number)
		}
		w.ledger.owned[a.ID] = id
	}
}

// ourID returns the id in 24SevenOffice of an order in Ongoing that we made; 0 for any other.
func (w *world) ourID(o ongoingtest.OrderState) office24.OrderID { return w.ledger.made[o.ID] }

// family returns an order of ours in Ongoing and its back orders.
func (w *world) family(id office24.OrderID) (family []ongoingtest.OrderState) {
	for _, o := range w.owner.Orders() {
		if id != 0 && w.rootID(o) == id {
			family = append(family, o)
		}
	}
	return family
}

// backOrders returns the back orders of an order of ours.
func (w *world) backOrders(id office24.OrderID) []ongoingtest.OrderState {
	return slices.DeleteFunc(w.family(id), func(o ongoingtest.OrderState) bool { return o.BackOrderFor == 0 })
}

// onTheWay reports whether an order is still to come to reportAt.
func onTheWay(o ongoingtest.OrderState) bool { return o.Status < slices.Min(reportAt) }

// backOrdersBeside returns the back orders of the order whose rest order an order is.
func (w *world) backOrdersBeside(rest office24.OrderID) (found []ongoingtest.OrderState) {
	for original, s := range w.ledger.histories {
		if s.restOrder == rest && rest != 0 {
			found = append(found, w.backOrders(original)...)
		}
	}
	return found
}

// rootID is ourID, and for a back order the id of the order that it was made for.
func (w *world) rootID(o ongoingtest.OrderState) office24.OrderID {
	orders := w.owner.Orders()
	for o.BackOrderFor != 0 {
		at := slices.IndexFunc(orders, func(other ongoingtest.OrderState) bool { return other.ID == o.BackOrderFor })
		o = orders[at]
	}
	return w.ourID(o)
}

// contentOf describes what a warehouse should see of an order.
func contentOf(o office24.Order) string {
	street := ""
	if o.Addresses.Delivery != nil {
		street = o.Addresses.Delivery.Street
	}
	method := ""
	if o.DeliveryMethod != nil {
		method = ids(o.DeliveryMethod.ID)
	}
	name := cmp.Or(o.CustomerDeliveryName, o.CustomerName)
	return fmt.Sprintf("%s, %s, %s by %s: %s", name, street, dateOf(o), method, rowsText(o))
}

// contentIn describes what the warehouse sees of an order, in the same form.
func (w *world) contentIn(o ongoingtest.OrderState) string {
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
	return fmt.Sprintf("%s, %s, %s by %s: %s",
		text("name"), text("address1"), date, strings.TrimPrefix(code, "WAY-"), strings.Join(lines, " "))
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

// rowsText lists the goods of an order.
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
