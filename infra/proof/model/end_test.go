package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// An endState is what both systems and the state table hold when the runs have nothing left to write.
type endState struct {
	*world
	records       map[string]record
	products      map[office24.ProductID]office24.Product
	erpOrders     map[office24.OrderID]office24.Order
	articles      map[string]ongoingtest.ArticleState // ours, by product id
	ongoingOrders map[office24.OrderID]ongoingtest.OrderState
}

// checkEnd checks all that must hold in the end.
func (w *world) checkEnd() {
	e := &endState{
		world:         w,
		records:       w.state(),
		products:      map[office24.ProductID]office24.Product{},
		erpOrders:     map[office24.OrderID]office24.Order{},
		articles:      map[string]ongoingtest.ArticleState{},
		ongoingOrders: map[office24.OrderID]ongoingtest.OrderState{},
	}
	for _, p := range w.company.Products() {
		e.products[p.ID] = p
	}
	for _, o := range w.company.Orders() {
		e.erpOrders[o.ID] = o
	}
	for _, a := range w.owner.Articles() {
		if id, owned := w.ledger.owned[a.ID]; owned {
			e.articles[ids(id)] = a
		}
	}
	for _, o := range w.owner.Orders() {
		e.ongoingOrders[w.ourID(o)] = o
	}
	for _, p := range e.products {
		e.checkProduct(p)
	}
	for _, o := range e.erpOrders {
		e.checkOrder(o)
	}
	for id, o := range e.ongoingOrders {
		if id != 0 {
			e.checkShipment(id, o)
		}
	}
	for id, a := range e.articles {
		e.checkStock(id, a)
	}
	e.checkRestOrders()
	e.checkSuppliers()
	for name, r := range e.records {
		if strings.HasPrefix(name, "lease#") {
			w.expect(r["holder"] == nil, "%s still has a holder: %v", name, r)
		}
	}
}

// failureMessage returns the message of a failure record; empty if there is none.
func (e *endState) failureMessage(process naming.Process, key string) string {
	message, _ := e.records["failure#"+string(process)+"#"+key]["message"].(string)
	return message
}

// checkProduct checks that a product is one article and equal to it, or has a failure record for a reason.
func (e *endState) checkProduct(p office24.Product) {
	failure := e.failureMessage(naming.Articles, ids(p.ID))
	a, exists := e.articles[ids(p.ID)]
	if failure == "" && e.mayLackArticle(p) {
		return // an article that it got under another number stays as it is
	}
	if failure == "" {
		name, active := a.Body["articleName"], a.Body["isActive"] != false
		e.expect(exists && a.Number == p.No && name == p.Name && active == (*p.StatusID != 0),
			"product %d (%q, %q, status %d) is the article %q, %v, active %v, and there is no failure record",
			p.ID, p.No, p.Name, *p.StatusID, a.Number, name, active)
		return
	}
	e.expect(e.hasNumberConflict(p), "product %d has a failure record without a reason: %s", p.ID, failure)
}

// expired reports whether a product is no longer sold.
func expired(p office24.Product) bool { return *p.StatusID == 0 }

// mayLackArticle reports whether a product is right to have no article and no failure record: it has no number and
// needs none, or it has expired and another product has its number, or another article is in its way: an expired
// product needs no new one.
func (e *endState) mayLackArticle(p office24.Product) bool {
	if p.No == "" {
		return expired(p) || !*p.StockControlled
	}
	if !expired(p) {
		return false
	}
	for _, other := range e.products {
		if other.ID != p.ID && strings.EqualFold(other.No, p.No) {
			return true
		}
	}
	_, hasOwn := e.articles[ids(p.ID)]
	return !hasOwn && e.hasNumberConflict(p)
}

// hasNumberConflict reports whether a product has no number, or one that another product or article has.
func (e *endState) hasNumberConflict(p office24.Product) bool {
	for _, other := range e.products {
		if other.ID != p.ID && strings.EqualFold(other.No, p.No) && expired(p) == expired(other) {
			return true
		}
	}
	_, hasOwn := e.articles[ids(p.ID)]
	for _, a := range e.owner.Articles() {
		owner, owned := e.ledger.owned[a.ID]
		code, _ := a.Body["productCode"].(string)
		_, known := e.products[productID(code)]
		sameNumber := strings.EqualFold(a.Number, p.No)
		switch {
		case owned && owner == p.ID:
		case owned || e.ofOtherCompany(a.ID) || hasOwn: // a product that has an article takes no other one over
			if sameNumber {
				return true
			}
		case sameNumber && known && code != ids(p.ID), !sameNumber && code == ids(p.ID):
			return true // its code and its number say different things
		}
	}
	return p.No == ""
}

// checkOrder checks that an order in a pulled status is in Ongoing as it is now or as Ongoing last allowed, or has a
// failure record for a reason.
func (e *endState) checkOrder(o office24.Order) {
	failure := e.failureMessage(naming.SalesOrders, ids(o.ID))
	history := e.ledger.histories[o.ID]
	inOngoing, exists := e.ongoingOrders[o.ID]
	link := e.records["order#"+ids(o.ID)]
	shipped := link["shippedAt"] != nil
	pulled := e.set.pulls(o.Status) || link["importedAt"] != nil && e.set.imported(o.Status)
	started := exists && e.started(inOngoing)
	reason := e.obstacle(o)
	same := exists && history.written == contentOf(o)
	if failure != "" {
		setBack := shipped && pulled
		recoded := o.DeliveryMethod != nil && history.methods != e.set.methods // its method has another code now
		// Its rows keep the products' old names, which would become comments of its lines.
		renamed := slices.ContainsFunc(o.Rows, func(r office24.Row) bool {
			return r.ProductID != 0 && r.Name != e.products[r.ProductID].Name
		})
		tooLate := exists && (!same || recoded || renamed) && started && !shipped
		e.expect(reason != "" || tooLate || setBack, "order %d (%s) has a failure record without a reason: %s", o.ID,
			o.Status.Name(), failure)
	}
	e.expect(!exists || slices.Contains(history.contents, history.written),
		"order %d is in Ongoing as it never was in 24SevenOffice: %s", o.ID, history.written)
	e.expect(failure != "" || !exists || !e.set.pulls(o.Status) || !shipped,
		"order %d was shipped and is set back to %s, and nothing says so", o.ID, o.Status.Name())
	e.expect(failure != "" || !exists || !e.set.pulls(o.Status) || !e.cancelledBeforePicking(o.ID),
		"the warehouse has cancelled order %d, which is %s, and nothing says so", o.ID, o.Status.Name())
	// One that was cancelled after picking has its failure record in shipments.
	cancelled := exists && inOngoing.Status == 1000 && e.shipmentFailure(o.ID) != ""
	// An order that is being split is in Ongoing as it was shipped.
	if !pulled || shipped || failure != "" || cancelled || link["restOrder"] != nil {
		return
	}
	e.expect(exists || rowsText(o) == "", "order %d (%s) is not in Ongoing, and there is no failure record", o.ID,
		o.Status.Name())
	// The warehouse can have cut the lines to what people ordered afterwards.
	asIs := exists && e.contentIn(inOngoing) == contentOf(o)
	e.expect(!exists || same || asIs, "order %d (%s) is\n   %s\n in Ongoing (%d), but should be\n   %s",
		o.ID, o.Status.Name(), history.written, inOngoing.Status, contentOf(o))
}

// started reports whether the warehouse has begun, after which Ongoing refuses changes.
func (e *endState) started(o ongoingtest.OrderState) bool {
	return o.Status >= 320 || hasPicked(o)
}

func hasPicked(o ongoingtest.OrderState) bool {
	return slices.ContainsFunc(o.Lines, func(l ongoingtest.LineState) bool { return l.Picked.Sign() > 0 })
}

// obstacle says why an order cannot be imported; empty if it can.
func (e *endState) obstacle(o office24.Order) string {
	inOngoing, exists := e.ongoingOrders[o.ID]
	beside := slices.Concat(e.backOrdersBeside(o.ID), e.backOrdersLinked(o.ID))
	switch {
	case exists && inOngoing.Status == 1000:
		return "cancelled"
	case !exists && e.hasOtherCompanys(o.ID):
		return "the number is that of an order of another company"
	case !exists && slices.ContainsFunc(beside, toBeReported):
		return "a back order delivers what the rest order holds"
	case exists && rowsText(o) == "":
		return "no rows"
	case withdrawn(o.Status) && e.started(inOngoing):
		return "withdrawn too late"
	}
	isMethod := func(m office24.DeliveryMethod) bool { return m.ID == o.DeliveryMethod.ID }
	if o.DeliveryMethod != nil && e.set.methods > 0 && !slices.ContainsFunc(methods[:e.set.methods], isMethod) {
		return "method is not listed"
	}
	for _, r := range o.Rows {
		p, exists := e.products[r.ProductID]
		_, article := e.articles[ids(r.ProductID)]
		switch {
		case !exists:
			return "product is gone"
		case !article && (e.hasNumberConflict(p) || e.mayLackArticle(p)):
			return "product is not an article"
		case !(e.isLinked(p.ID) && e.hasNumber(p.ID)) && e.hasNumberConflict(p):
			return "its article, or the number of that, is not known, and its own number cannot be written"
		}
	}
	return ""
}

// backOrdersLinked is backOrdersBeside for a rest order that was made before a move: after moving back, the order is
// found by its mark.
func (e *endState) backOrdersLinked(rest office24.OrderID) (found []ongoingtest.OrderState) {
	for id := range e.ledger.histories {
		link, _ := e.records["order#"+ids(id)]["restOrder"].(map[string]any)
		if fmt.Sprint(link["orderId"]) == ids(rest) {
			found = append(found, e.backOrders(id)...)
		}
	}
	return found
}

// isLinked reports whether the article of a product is known by its system id: that it was made was answered.
func (e *endState) isLinked(id office24.ProductID) bool {
	return e.records["article#"+ids(id)]["articleId"] != nil
}

// hasNumber reports whether the number of a product's article is known: no run died while it renamed the article.
func (e *endState) hasNumber(id office24.ProductID) bool {
	return e.records["article#"+ids(id)]["fingerprint"] != nil
}

// isAmbiguous reports whether several articles have a product's code.
func (e *endState) isAmbiguous(id office24.ProductID) bool {
	n := 0
	for _, a := range e.owner.Articles() {
		if a.Body["productCode"] == ids(id) {
			n++
		}
	}
	return n > 1
}

// productGone reports whether an order has rows of a product that does not exist any more.
func (e *endState) productGone(o office24.Order) bool {
	return slices.ContainsFunc(o.Rows, func(r office24.Row) bool {
		_, exists := e.products[r.ProductID]
		return !exists
	})
}

// reportAt is the default of shipments.reportAt.
var reportAt = []int{450, 500}

// checkShipment checks that a shipped order is Sent and that what was picked is booked and reported, or that it has a
// failure record for a reason.
func (e *endState) checkShipment(id office24.OrderID, inOngoing ongoingtest.OrderState) {
	history := e.ledger.histories[id]
	o, exists := e.erpOrders[id]
	link := e.records["order#"+ids(id)]
	failure := e.shipmentFailure(id)
	shipped, reported := link["shippedAt"] != nil, true
	booked, _ := link["booked"].(map[string]any)
	for _, l := range inOngoing.Lines {
		complete := l.Picked.IsZero() && l.Reported == nil || l.Reported != nil && l.Reported.Equal(l.Picked)
		reported = reported && complete
		if l.Reported != nil {
			text, _ := booked[fmt.Sprint(l.ID)].(string)
			n, err := number.Parse(text)
			// More can be booked if a run died before it reported and the order has failed or was returned since.
			cutOff := failure != "" || !slices.Contains(reportAt, inOngoing.Status)
			equal := err == nil && (n.Equal(*l.Reported) || cutOff && n.Cmp(*l.Reported) > 0)
			e.expect(equal, "order %d, row %s: %s reported, but %q booked", id, l.Row, l.Reported, text)
		}
	}
	e.expect(history.sent < 2, "order %d was set to Sent %d times", id, history.sent)
	final := exists && (o.Status == office24.StatusSent || o.Status.Invoices())
	e.checkBackOrders(id, failure)
	if deadEnd(inOngoing) && len(e.backOrders(id)) == 0 {
		// That no order of ours is found can be an outage, which deletes nothing.
		deleted := !exists && e.findsOrders()
		settled := deleted || final || o.Status == office24.StatusInactive || shipped
		// Who settles such an order and takes that back is told again, unless it counts as closed by then; it is open
		// again when salesorders reads it in a pulled status.
		readAgain := e.set.pulls(o.Status) && !e.set.off[naming.SalesOrders]
		wasSettled := link["deliveredAt"] != nil && !readAgain
		// A withdrawn order that was cancelled is not for shipments any more; if it is set back, salesorders says so.
		told := failure != "" || link["cancelledAt"] != nil && e.failureMessage(naming.SalesOrders, ids(id)) != ""
		e.expect(settled || !exists || wasSettled || told || !hasPicked(inOngoing),
			"order %d has status %d in Ongoing and was not booked, and nothing says so", id, inOngoing.Status)
		e.expect(failure == "" || !settled, "order %d is settled, but has a failure record: %s", id, failure)
		return
	}
	if !slices.Contains(reportAt, inOngoing.Status) {
		e.expect(failure == "" || len(e.backOrders(id)) > 0, "order %d has a failure record, but is not shipped: %s",
			id, failure)
		return
	}
	if failure != "" {
		expected := e.set.pulls(o.Status) || e.set.imported(o.Status) || history.importStatus == o.Status
		movedByHand := exists && !final && !expected
		unsplittable := (e.set.restOrders || link["restOrder"] != nil) && e.productGone(o)
		rowsGone := link["restOrder"] != nil && history.editedByPeople // rows that the split was to cut
		// A back order has delivered what the rest order holds, and people have moved that on: it is not reduced.
		rest, hasRest := e.erpOrders[history.restOrder]
		restMoved := hasRest && rest.Status != office24.StatusRest && len(e.backOrders(id)) > 0
		e.expect(!exists || movedByHand || !hasPicked(inOngoing) || shipped || unsplittable || rowsGone || restMoved ||
			e.articleGivenUp(o, inOngoing),
			"order %d has a failure record without a reason: %s", id, failure)
		return
	}
	e.expect(shipped || history.finished, "order %d was shipped, but 24SevenOffice and the link do not say so: %s", id,
		o.Status)
	e.expect(reported, "order %d was shipped, but not all of it is reported: %s", id, pickedText(inOngoing))
}

// articleGivenUp reports whether an order was sent with the article of a product that has expired or was removed since,
// and whose number and article another product has got: a person says what was delivered.
func (e *endState) articleGivenUp(o office24.Order, inOngoing ongoingtest.OrderState) bool {
	for _, l := range inOngoing.Lines {
		i := slices.IndexFunc(o.Rows, func(r office24.Row) bool { return ids(r.ID) == l.Row })
		if i < 0 {
			continue
		}
		product, exists := e.products[o.Rows[i].ProductID]
		own, has := e.articles[ids(o.Rows[i].ProductID)]
		expired := product.StatusID != nil && *product.StatusID == 0
		if (expired || !exists) && (!has || own.Number != l.Article) {
			return true
		}
	}
	return false
}

// toBeReported reports whether an order is on its way, or has delivered more than is reported.
func toBeReported(o ongoingtest.OrderState) bool {
	missing := func(l ongoingtest.LineState) bool { return l.Picked.Cmp(reportedOf(l)) > 0 }
	return onTheWay(o) || slices.Contains(reportAt, o.Status) && slices.ContainsFunc(o.Lines, missing)
}

// checkBackOrders checks that what back orders of an order have delivered is reported.
func (e *endState) checkBackOrders(id office24.OrderID, failure string) {
	own := e.ongoingOrders[id]
	for _, o := range e.backOrders(id) {
		_, inERP := e.erpOrders[id]
		if failure != "" || !inERP || !slices.Contains(reportAt, o.Status) || !slices.Contains(reportAt, own.Status) {
			continue
		}
		for _, l := range o.Lines {
			e.expect(reportedOf(l).Equal(l.Picked),
				"back order %s of order %d has delivered %s of %s, and %s is reported",
				o.Number, id, l.Picked, l.Article, value(l.Reported))
		}
	}
}

// findsOrders reports whether 24SevenOffice has any order that is linked to one in Ongoing.
func (e *endState) findsOrders() bool {
	for id := range e.erpOrders {
		if e.records["order#"+ids(id)]["binding"] == e.stamp() {
			return true
		}
	}
	return false
}

// deadEnd reports whether an order has a status from which it does not come to reportAt.
func deadEnd(o ongoingtest.OrderState) bool { return o.Status > slices.Max(reportAt) }

// cancelledBeforePicking reports whether the warehouse has cancelled all that we have of an order in Ongoing.
func (e *endState) cancelledBeforePicking(id office24.OrderID) bool {
	return !slices.ContainsFunc(e.family(id), func(o ongoingtest.OrderState) bool {
		return o.Status != 1000 || hasPicked(o)
	})
}

// shipmentFailure returns the message of a failure record of shipments about an order or one of its back orders.
func (e *endState) shipmentFailure(id office24.OrderID) string {
	for _, o := range e.family(id) {
		if message := e.failureMessage(naming.Shipments, o.Number); message != "" {
			return message
		}
	}
	return ""
}

func pickedText(o ongoingtest.OrderState) string {
	var lines []string
	for _, l := range o.Lines {
		lines = append(lines, fmt.Sprintf("%s: %s picked, %s reported", l.Row, l.Picked, value(l.Reported)))
	}
	return strings.Join(lines, "; ")
}

// checkStock checks that the stock of a product is that of its article, with what is on its way out of one of the two.
func (e *endState) checkStock(code string, a ongoingtest.ArticleState) {
	for id, p := range e.products {
		inactive := *p.StatusID == 0 || a.Body["isActive"] == false
		if ids(id) != code || inactive || !*p.StockControlled || a.Body["isStockArticle"] == false {
			continue
		}
		// A run died after it had renumbered the article, and the number that the product got then is another's.
		linked, _ := e.records["article#"+ids(id)]["articleNumber"].(string)
		unlike := !strings.EqualFold(a.Number, linked) && !strings.EqualFold(a.Number, p.No)
		if unlike && e.failureMessage(naming.Articles, ids(id)) != "" {
			continue
		}
		failure := e.failureMessage(naming.Stock, code)
		if failure != "" && !e.isLinked(id) && e.isAmbiguous(id) {
			continue
		}
		pending := e.pending(a.Number)
		want := a.Stock.Add(pending)
		if e.set.sellable {
			if want = a.Sellable; want.Sign() < 0 {
				want = number.Decimal{}
			}
		}
		e.expect(p.Stock != nil && p.Stock.Equal(want),
			"product %d has stock %s, not %s; %s is still to leave 24SevenOffice's stock: %s",
			id, value(p.Stock), want, pending, e.quantitiesText())
		e.expect(failure == "", "the stock of product %d has a failure record: %s", id, failure)
	}
}

// quantitiesText lists the quantities in Ongoing, for the trace.
func (e *endState) quantitiesText() string {
	var text []string
	for _, a := range e.owner.Articles() {
		text = append(text, fmt.Sprintf("%s %v: %s, %s sellable", a.Number, a.Body["productCode"], a.Stock, a.Sellable))
	}
	for _, o := range e.owner.Orders() {
		text = append(text, fmt.Sprintf("%s %d: %s", o.Number, o.Status, pickedText(o)))
	}
	return strings.Join(text, "\n  ")
}

// pending returns what of an article has left the shelf and will still leave 24SevenOffice's stock, less what has left
// 24SevenOffice's stock and will still leave the shelf. 24SevenOffice takes the goods of an order out of its stock when
// the order is Sent or invoiced; what an order has left to its rest order, with that one.
func (e *endState) pending(article string) number.Decimal {
	sum := number.Decimal{}
	for id := range e.ongoingOrders {
		o, exists := e.erpOrders[id]
		linked := e.records["order#"+ids(id)]["orderNumber"] != nil
		if !exists || !linked {
			continue
		}
		takenOut := o.Status == office24.StatusSent || o.Status.Invoices()
		split := e.ledger.histories[id].restOrder != 0
		for _, inOngoing := range e.family(id) {
			for _, l := range inOngoing.Lines {
				switch {
				case l.Article != article:
				case takenOut && split:
				case takenOut && inOngoing.Status < slices.Min(reportAt) && !e.isContinued(inOngoing, article):
					sum = sum.Sub(atLeast0(l.Ordered.Sub(l.Picked)))
				case !takenOut && !withdrawn(o.Status) && !deadEnd(inOngoing):
					sum = sum.Add(atLeast0(l.Picked.Sub(reportedOf(l))))
				}
			}
		}
	}
	return sum
}

// isContinued reports whether the warehouse delivers what an order has not delivered of an article by another one: one
// that is open, or that was shipped with the article and is reported after the order.
func (e *endState) isContinued(o ongoingtest.OrderState, article string) bool {
	return slices.ContainsFunc(e.owner.Orders(), func(other ongoingtest.OrderState) bool {
		isPicked := slices.ContainsFunc(other.Lines, func(l ongoingtest.LineState) bool {
			return l.Article == article && l.Picked.Cmp(reportedOf(l)) > 0
		})
		return other.BackOrderFor == o.ID && (other.Status < slices.Min(reportAt) || isPicked)
	})
}

func atLeast0(d number.Decimal) number.Decimal {
	if d.Sign() < 0 {
		return number.Decimal{}
	}
	return d
}

func reportedOf(l ongoingtest.LineState) number.Decimal {
	if l.Reported == nil {
		return number.Decimal{}
	}
	return *l.Reported
}

// checkRestOrders checks that an order and its rest order together are what was ordered. If a failure record says that
// a split was not finished, an item can be in both, and none is lost. It can be in both, too, if people have set the
// rest order to Inactive: it delivers nothing, so that nothing is held if it cannot be reduced.
func (e *endState) checkRestOrders() {
	for id, s := range e.ledger.histories {
		o, exists := e.erpOrders[id]
		if s.ordered == nil || !exists {
			continue
		}
		rest := e.erpOrders[s.restOrder]
		either := e.shipmentFailure(id) != "" || rest.Status == office24.StatusInactive
		sums, ok := e.total(o, s)
		if !ok {
			continue
		}
		for product, ordered := range s.ordered {
			e.expect(sums[product].Equal(ordered) || either && sums[product].Cmp(ordered) > 0,
				"order %d, product %d: %s in it and its rest order, but %s were ordered",
				id, product, sums[product], ordered)
		}
	}
}

// total adds up an order and its rest orders. It returns false if people edited them.
func (e *endState) total(o office24.Order, s *history) (map[office24.ProductID]number.Decimal, bool) {
	sums := byProduct(o)
	if s.editedSince {
		return sums, false
	}
	if s.restOrder == 0 {
		return sums, true
	}
	rest, exists := e.erpOrders[s.restOrder]
	if !exists {
		return sums, false
	}
	more, ok := e.total(rest, e.ledger.histories[s.restOrder])
	for product, quantity := range more {
		sums[product] = sums[product].Add(quantity)
	}
	return sums, ok
}

// checkSuppliers checks that a supplier that has an article is in Ongoing as it is now.
func (e *endState) checkSuppliers() {
	known := e.owner.Suppliers()
	for _, c := range e.company.Companies() {
		if c.Type != office24.CompanySupplier {
			continue
		}
		carried, troubled := false, false
		for _, r := range e.records {
			p := e.products[productOf(r)]
			linked := fmt.Sprint(cmp.Or(r["supplierId"], any(0))) == ids(c.ID) && r["articleId"] != nil
			sound := e.failureMessage(naming.Articles, ids(p.ID)) == ""
			carried = carried || linked && p.SupplierID == c.ID && sound
			troubled = troubled || linked && p.SupplierID == c.ID && !sound
		}
		failure := e.failureMessage(naming.Suppliers, ids(c.ID))
		if s, ok := known[ids(c.ID)]; failure == "" && carried {
			street := c.Addresses.Post.Street
			e.expect(ok && s.Name == c.Name && s.Address["address"] == street,
				"supplier %d (%s, %s) is %v in Ongoing, and there is no failure record", c.ID, c.Name, street, s)
		}
		// A supplier without an article waits, and that is nobody's trouble. If all products that could carry it are
		// refused, so is the supplier.
		e.expect(failure == "" || troubled && !carried,
			"supplier %d has a failure record without a reason: %s", c.ID, failure)
	}
}

// productID returns the product that a code names, 0 if it is not an id as we write it.
func productID(code string) office24.ProductID {
	n, err := strconv.Atoi(code)
	if err != nil || strconv.Itoa(n) != code {
		return 0
	}
	return office24.ProductID(n)
}

func productOf(r record) office24.ProductID {
	id := 0
	_, _ = fmt.Sscan(fmt.Sprint(r["productId"]), &id)
	return office24.ProductID(id)
}
