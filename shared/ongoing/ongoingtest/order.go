package ongoingtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// An order is what was written of it, and what the warehouse has done with it.
type order struct {
	id, status       int
	body             object
	lines            []*line
	backOrderFor     int
	waybill          string
	parcels          []Parcel
	tracking         []Parcel // waybills of the order as a whole
	hidden           int      // reads that still come without lines
	created, updated time.Time
	statusChanged    time.Time
	picked           time.Time
	shipped          time.Time
}

// A line is an order line, or a kit's part below it.
type line struct {
	id       int
	row      string // empty for a part
	body     object
	article  *article
	ordered  number.Decimal
	picked   number.Decimal
	reported *number.Decimal
	sub      []*line
	taken    []object // pickedArticleItems

	allocated number.Decimal
}

func (o *order) number() string { return textOf(o.body, "orderNumber") }

// allLines are the lines and the parts below them.
func (o *order) allLines() []*line {
	var all []*line
	for _, l := range o.lines {
		all = append(append(all, l), l.sub...)
	}
	return all
}

// started tells whether the warehouse has begun to work on the order.
func (o *order) started() bool {
	return o.status >= statusAllocated || slices.ContainsFunc(o.allLines(), func(l *line) bool { return l.picked.Sign() > 0 || l.allocated.Sign() > 0 })
}

func (l *line) reportedOr0() number.Decimal {
	if l.reported == nil {
		return number.Decimal{}
	}
	return *l.reported
}

// toBePicked is false for administrative lines, articles without stock, and kits, whose parts are picked instead.
func (l *line) toBePicked() bool {
	return l.body["shouldBePicked"] != false && l.article.body["isStockArticle"] != false && len(l.sub) == 0
}

// orderNumbered returns the newest order of that number.
func (g *GoodsOwner) orderNumbered(number string) *order { return g.orderByNumber[number] }

// --- what the API does ---

func listOrders(r *request) reply {
	g, q := r.owner, r.URL.Query()
	if q.Get("maxOrdersToGet") == "" {
		g.warehouse.server.violations = append(g.warehouse.server.violations, "GET /orders: asked for without a page size")
	}
	for name := range q {
		if !strings.Contains(simulatedFilters, " "+name+" ") {
			return failed(http.StatusNotImplemented, "%s is not simulated", name)
		}
	}
	return rows(page(r, g.orderIDs, "orderIdFrom", "maxOrdersToGet", func(id int) (object, bool) {
		o := g.orders[id]
		wanted := anyOf(q["orderNumber"], o.number()) && anyOf(q["orderNumbers"], o.number()) &&
			anyOf(q["goodsOwnerOrderId"], textOf(o.body, "goodsOwnerOrderId")) && anyOf(q["backOrderForOrderId"], fmt.Sprint(o.backOrderFor)) &&
			atLeast(q.Get("orderStatusFrom"), o.status) && (q.Get("orderStatusTo") == "" || !atLeast(q.Get("orderStatusTo"), o.status-1)) &&
			since(q.Get("shippedTimeFrom"), o.shipped) && since(q.Get("orderStatusChangedTimeFrom"), o.statusChanged) &&
			since(q.Get("orderUpdatedTimeFrom"), o.updated) && since(q.Get("lastPickingTimeFrom"), o.picked) &&
			since(q.Get("orderCreatedTimeFrom"), o.created) &&
			(q.Get("onlyOrdersWithOrderLinesToReport") != "true" || o.hasToReport())
		if !wanted {
			return nil, false
		}
		return g.orderAnswer(o), true
	}))
}

const simulatedFilters = " goodsOwnerId orderIdFrom maxOrdersToGet orderNumber orderNumbers goodsOwnerOrderId backOrderForOrderId " +
	"orderStatusFrom orderStatusTo shippedTimeFrom orderStatusChangedTimeFrom orderUpdatedTimeFrom lastPickingTimeFrom orderCreatedTimeFrom " +
	"onlyOrdersWithOrderLinesToReport "

// atLeast tells whether a number reaches a parameter, if that is given.
func atLeast(text string, n int) bool {
	var from int
	_, _ = fmt.Sscan(text, &from)
	return n >= from
}

// hasToReport tells whether there is a line of which less is reported than picked.
func (o *order) hasToReport() bool {
	return slices.ContainsFunc(o.allLines(), func(l *line) bool { return l.reportedOr0().Cmp(l.picked) < 0 })
}

func getOrder(r *request) reply {
	if r.owner == nil {
		return failed(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	return reply{status: http.StatusOK, body: r.owner.orderAnswer(r.owner.orders[r.operation.ids[0]])}
}

func putOrder(r *request) reply {
	g := r.owner
	o := g.orderNumbered(textOf(r.document, "orderNumber"))
	if refusal := g.refuse(o, r.document); refusal != "" {
		return failed(http.StatusBadRequest, "%s", refusal)
	}
	status := http.StatusOK
	if o == nil {
		o, status = g.newOrder(g.warehouse.server.options.FirstStatus), http.StatusCreated
	}
	return g.writeOrder(o, r.document, status)
}

func updateOrder(r *request) reply {
	g := r.owner
	if g == nil || g.orders[r.operation.ids[0]] == nil {
		return failed(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o, number := g.orders[r.operation.ids[0]], textOf(r.document, "orderNumber")
	if other := g.orderNumbered(number); other != nil && other != o {
		return failed(http.StatusBadRequest, "There is another order with the order number '%s'.", number)
	}
	if refusal := g.refuse(o, r.document); refusal != "" {
		return failed(http.StatusBadRequest, "%s", refusal)
	}
	return g.writeOrder(o, r.document, http.StatusOK)
}

func (g *GoodsOwner) newOrder(status int) *order {
	o := &order{id: g.warehouse.server.nextID(), status: status, body: object{}, created: g.now(), statusChanged: g.now()}
	g.orders[o.id] = o
	g.orderIDs = append(g.orderIDs, o.id)
	return o
}

// writeOrder replaces header and lines of an order (observed by another integrator). Lines keep their ids by row number.
func (g *GoodsOwner) writeOrder(o *order, body object, status int) reply {
	g.touchStock(o)
	known := map[string]int{}
	for _, l := range o.lines {
		known[l.row] = l.id
	}
	delete(g.orderByNumber, o.number())
	o.body, o.lines = body, nil
	g.orderByNumber[o.number()] = o
	for _, fields := range parts(body, "orderLines") {
		l := g.newLine(fields)
		if id := known[l.row]; id != 0 {
			l.id = id
		}
		o.lines = append(o.lines, l)
	}
	o.updated, o.hidden = g.now(), g.warehouse.server.options.LineLag
	g.touchStock(o)
	g.learnWay(part(body, "wayOfDelivery"))
	return reply{status: status, body: object{"orderId": o.id, "message": fmt.Sprintf("Order number %s created/updated<br/>", o.number())}}
}

// refuse says why an order cannot be written; empty if it can. o is nil for a new one.
func (g *GoodsOwner) refuse(o *order, body object) string {
	switch {
	case o == nil:
	case o.status == statusCancelled:
		return fmt.Sprintf("Order '%s' has already been cancelled.<br/>", o.number())
	case o.started():
		return fmt.Sprintf("Order '%s' may not be updated.<br/>The warehouse has started working on it.", o.number())
	}
	return g.refuseBody(body)
}

// refuseBody says why an order cannot be stored; empty if it can.
func (g *GoodsOwner) refuseBody(body object) string {
	for _, fields := range parts(body, "orderLines") {
		if number := textOf(fields, "articleNumber"); g.articleNumbered(number) == nil {
			return fmt.Sprintf("Article with article number '%s' does not exist.<br/>", number)
		}
	}
	t, contracts := part(body, "transporter"), g.warehouse.contracts
	known := slices.ContainsFunc(contracts, func(c Contract) bool {
		return c.TransporterCode == textOf(t, "transporterCode") && c.ServiceCode == textOf(t, "transporterServiceCode")
	})
	if t != nil && len(contracts) > 0 && !known {
		return fmt.Sprintf("There is no transporter '%s' with service '%s'.", textOf(t, "transporterCode"), textOf(t, "transporterServiceCode"))
	}
	return ""
}

func (g *GoodsOwner) newLine(fields object) *line {
	a := g.articleNumbered(textOf(fields, "articleNumber"))
	l := &line{id: g.warehouse.server.nextID(), row: textOf(fields, "rowNumber"), body: fields, article: a, ordered: decimalOr0(fields, "numberOfItems")}
	for _, p := range a.parts {
		l.sub = append(l.sub, &line{id: g.warehouse.server.nextID(), body: object{}, article: p.article, ordered: l.ordered.Mul(p.per)})
	}
	return l
}

// learnWay adds a way of delivery that an order names to the register (assumed; the vendor's older API does so).
func (g *GoodsOwner) learnWay(way object) {
	code := textOf(way, "code")
	if code == "" || slices.ContainsFunc(g.ways, func(o object) bool { return o["code"] == code }) {
		return
	}
	g.ways = append(g.ways, object{"id": g.warehouse.server.nextID(), "code": code, "name": way["name"]})
}

// touchStock marks the articles of an order as changed in stock: what can be sold of them has changed.
func (g *GoodsOwner) touchStock(o *order) {
	for _, l := range o.allLines() {
		l.article.stockChange = g.now()
	}
}

func cancelOrder(r *request) reply {
	if r.owner == nil {
		return failed(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o := r.owner.orders[r.operation.ids[0]]
	switch {
	case o.status == statusCancelled:
		return failed(http.StatusBadRequest, "Order '%s' has already been cancelled.", o.number())
	case o.started():
		return failed(http.StatusBadRequest, "Order '%s' cannot be cancelled.<br/>The warehouse has started working on it.", o.number())
	}
	r.owner.setStatus(o, statusCancelled)
	return reply{status: http.StatusOK, body: object{"orderId": o.id, "message": "Order cancelled<br/>"}}
}

func reportLine(r *request) reply {
	if r.owner == nil {
		return failed(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o := r.owner.orders[r.operation.ids[0]]
	for _, l := range o.allLines() {
		if l.id == r.operation.ids[1] {
			l.reported = decimalOf(r.document, "reportedNumberOfItems")
			return reply{status: http.StatusOK, body: object{"orderId": o.id, "message": nil}}
		}
	}
	return failed(http.StatusNotFound, "OrderLineId %d not found", r.operation.ids[1])
}

// orderAnswer is an order as it is read.
func (g *GoodsOwner) orderAnswer(o *order) object {
	lines := lineAnswers(o.lines)
	if o.hidden > 0 {
		o.hidden--
		lines = nil
	}
	var parcels, tracking []object
	for _, p := range o.parcels {
		parcels = append(parcels, p.answer())
	}
	for _, t := range o.tracking {
		tracking = append(tracking, object{"waybill": t.Waybill, "trackingUrl": orNothing(t.URL), "freightPrice": nil, "created": stamp(o.shipped)})
	}
	consignee := only(part(o.body, "consignee"), "customerNumber", "name", "address1", "address2", "address3", "postCode", "city", "countryCode",
		"countryStateCode", "remark", "doorCode", "deliveryInstruction", "customerGroup")
	if consignee != nil {
		consignee["id"] = o.id
	}
	return object{
		"goodsOwner": object{"id": g.ID, "name": g.Name}, "orderInfo": o.info(), "consignee": orNil(consignee),
		"orderLines": orNull(lines), "parcels": orNull(parcels), "nonTransporterParcels": nil, "tracking": orNull(tracking), "returnTracking": nil,
		"transporter": transporterAnswer(part(o.body, "transporter")), "returnTransporter": nil, "classes": nil, "shipmentInfo": nil, "advanced": nil,
	}
}

func (o *order) info() object {
	out := only(o.body, "orderNumber", "goodsOwnerOrderId", "referenceNumber", "salesCode", "orderRemark", "deliveryInstruction", "servicePointCode",
		"freeText1", "freeText2", "freeText3", "freeText4", "orderType", "wayOfDelivery", "termsOfDeliveryType", "emailNotification", "smsNotification",
		"telephoneNotification", "customsInfo", "preparedTransportDocumentId", "consigneeOrderNumber", "warehouseInstruction", "marketPlace",
		"pickingPriority", "productionCode", "invoiceUrl", "orderFreeDateTime1")
	ordered, allocated, picked := number.Decimal{}, number.Decimal{}, number.Decimal{}
	for _, l := range o.lines {
		ordered = ordered.Add(l.ordered)
	}
	for _, l := range o.allLines() {
		allocated, picked = allocated.Add(l.allocated), picked.Add(l.picked)
	}
	for name, places := range map[string]int{"customerPrice": 2, "freightPrice": 2, "orderFreeDecimal1": 2} {
		out[name] = scaledOrNull(o.body, name, places)
	}
	due, _ := parseTime(textOf(o.body, "deliveryDate"))
	out["orderId"], out["orderStatus"] = o.id, object{"number": o.status, "text": "Status " + fmt.Sprint(o.status)}
	out["deliveryDate"] = due.Format(time.DateOnly)
	out["createdDate"], out["shippedTime"] = stamp(o.created), stamp(o.shipped)
	out["wayBill"], out["returnWayBill"] = orNothing(o.waybill), nil
	out["orderedNumberOfItems"], out["allocatedNumberOfItems"], out["pickedNumberOfItems"] = items(ordered), items(allocated), items(picked)
	out["isPickedWithErrors"] = o.status >= statusPicked && o.status < statusCancelled && picked.Cmp(ordered) < 0
	out["advanced"] = object{"deliveryDateWithTime": stamp(due), "orderHeaderUpdated": stamp(o.updated), "backOrderInfo": nil}
	if o.backOrderFor != 0 {
		out["advanced"].(object)["backOrderInfo"] = object{"backOrderForOrderId": o.backOrderFor}
	}
	return out
}

func lineAnswers(lines []*line) []object {
	var out []object
	for _, l := range lines {
		out = append(out, l.answer())
	}
	return out
}

func (l *line) answer() object {
	out := only(l.body, "comment", "serialNumber", "batchNumber", "lineType", "customerArticleNumber", "externalId", "minDaysToExpiryDate",
		"maxDaysToExpiryDate", "deliveryDate", "warehouseInstruction", "vat")
	var reported any
	if l.reported != nil {
		reported = items(*l.reported)
	}
	out["id"], out["rowNumber"] = l.id, orNothing(l.row)
	out["article"] = object{
		"articleSystemId": l.article.id, "articleNumber": l.article.number(), "articleName": l.article.body["articleName"],
		"productCode": l.article.body["productCode"], "articleKind": l.article.kind,
	}
	out["orderedNumberOfItems"], out["allocatedNumberOfItems"] = items(l.ordered), items(l.allocated)
	out["pickedNumberOfItems"], out["packedNumberOfItems"], out["reportedNumberOfItems"] = items(l.picked), nil, reported
	out["reportedReturnedNumberOfItems"], out["returnedNumberOfItems"] = nil, items(number.Decimal{})
	out["shouldBePicked"] = l.body["shouldBePicked"] != false
	out["pickedArticleItems"], out["subOrderLines"] = orNull(l.taken), orNull(lineAnswers(l.sub))
	out["lineTotalCustomsValue"] = scaledOrNull(l.body, "lineTotalCustomsValue", 2)
	out["freeValues"] = orNil(freeValues(part(l.body, "lineFreeValues")))
	out["prices"] = nil
	if p := part(l.body, "prices"); p != nil {
		out["prices"] = object{
			"linePrice": scaledOrNull(p, "linePrice", 2), "customerLinePrice": scaledOrNull(p, "customerLinePrice", 2),
			"discountPercentage": scaledOrNull(p, "discountPercentage", 2), "currencyCode": p["currencyCode"],
		}
	}
	return out
}

func transporterAnswer(t object) any {
	if t == nil {
		return nil
	}
	return object{"transporterName": nil, "name": nil, "code": t["transporterCode"], "serviceCode": t["transporterServiceCode"], "transporterContract": nil, "serviceComment": nil}
}

func orNothing(text string) any {
	if text == "" {
		return nil
	}
	return text
}
