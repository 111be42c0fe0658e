package ongoingtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// An order is its last body and what the warehouse has done with it.
type order struct {
	id, status        int
	body              object
	lines             []*line
	backOrderFor      int
	waybill           string
	parcels           []Parcel
	tracking          []Parcel // waybills of the order as a whole
	readsWithoutLines int      // number of next reads that return no lines
	created, updated  time.Time
	statusChanged     time.Time
	picked            time.Time
	shipped           time.Time
}

// A line is an order line, or the line of a kit's part below it.
type line struct {
	id          int
	row         string // empty for a part
	body        object
	article     *article
	ordered     number.Decimal
	picked      number.Decimal
	returned    number.Decimal // of the picked
	reported    *number.Decimal
	sub         []*line
	pickedItems []object // pickedArticleItems

	allocated number.Decimal
}

func (o *order) number() string { return textOf(o.body, "orderNumber") }

// allLines returns the lines and the parts' lines below them.
func (o *order) allLines() []*line {
	var all []*line
	for _, l := range o.lines {
		all = append(append(all, l), l.sub...)
	}
	return all
}

// started reports whether the warehouse has started to work on the order.
func (o *order) started() bool {
	return o.status >= statusAllocated || slices.ContainsFunc(o.allLines(), func(l *line) bool {
		return l.picked.Sign() > 0 || l.allocated.Sign() > 0
	})
}

func (l *line) reportedOr0() number.Decimal {
	if l.reported == nil {
		return number.Decimal{}
	}
	return *l.reported
}

// mustBePicked is false for administrative lines, articles that are not stock articles, and kits, whose parts are
// picked instead.
func (l *line) mustBePicked() bool {
	return l.body["shouldBePicked"] != false && l.article.body["isStockArticle"] != false && len(l.sub) == 0
}

// orderNumbered returns the newest order of that number, or nil.
func (g *GoodsOwner) orderNumbered(number string) *order { return g.orderByNumber[number] }

// The handlers of the API.

func listOrders(r *request) reply {
	g, q := r.owner, r.URL.Query()
	if q.Get("maxOrdersToGet") == "" {
		g.warehouse.server.addViolation("GET /orders: requested without a page size")
	}
	for name := range q {
		if !strings.Contains(simulatedFilters, " "+name+" ") {
			return errorReply(http.StatusNotImplemented, "%s is not simulated", name)
		}
	}
	return rows(page(r, g.orderIDs, "orderIdFrom", "maxOrdersToGet", func(id int) (object, bool) {
		o := g.orders[id]
		wanted := matchesAny(q["orderNumber"], o.number()) && matchesAny(q["orderNumbers"], o.number()) &&
			matchesAny(q["goodsOwnerOrderId"], textOf(o.body, "goodsOwnerOrderId")) &&
			matchesAny(q["backOrderForOrderId"], fmt.Sprint(o.backOrderFor)) &&
			reaches(q.Get("orderStatusFrom"), o.status) &&
			(q.Get("orderStatusTo") == "" || !reaches(q.Get("orderStatusTo"), o.status-1)) &&
			atOrAfter(q.Get("shippedTimeFrom"), o.shipped) &&
			atOrAfter(q.Get("orderStatusChangedTimeFrom"), o.statusChanged) &&
			atOrAfter(q.Get("orderUpdatedTimeFrom"), o.updated) &&
			atOrAfter(q.Get("lastPickingTimeFrom"), o.picked) &&
			atOrAfter(q.Get("orderCreatedTimeFrom"), o.created) &&
			(q.Get("onlyOrdersWithOrderLinesToReport") != "true" || o.hasToReport())
		if !wanted {
			return nil, false
		}
		return g.damage(o.id, g.orderAnswer(o)), true
	}))
}

const simulatedFilters = " goodsOwnerId orderIdFrom maxOrdersToGet orderNumber orderNumbers goodsOwnerOrderId " +
	"backOrderForOrderId orderStatusFrom orderStatusTo shippedTimeFrom orderStatusChangedTimeFrom " +
	"orderUpdatedTimeFrom lastPickingTimeFrom orderCreatedTimeFrom onlyOrdersWithOrderLinesToReport "

// reaches reports whether a number is at least a parameter. A missing parameter is 0.
func reaches(text string, n int) bool {
	var from int
	_, _ = fmt.Sscan(text, &from)
	return n >= from
}

// hasToReport reports whether a line has a lower reported than picked quantity.
func (o *order) hasToReport() bool {
	return slices.ContainsFunc(o.allLines(), func(l *line) bool { return l.reportedOr0().Cmp(l.picked) < 0 })
}

func getOrder(r *request) reply {
	if r.owner == nil {
		return errorReply(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o := r.owner.orders[r.operation.ids[0]]
	return reply{status: http.StatusOK, body: r.owner.damage(o.id, r.owner.orderAnswer(o))}
}

func putOrder(r *request) reply {
	g := r.owner
	o := g.orderNumbered(textOf(r.document, "orderNumber"))
	if refusal := g.orderRefusal(o, r.document); refusal != "" {
		return errorReply(http.StatusBadRequest, "%s", refusal)
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
		return errorReply(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o, number := g.orders[r.operation.ids[0]], textOf(r.document, "orderNumber")
	if other := g.orderNumbered(number); other != nil && other != o {
		return errorReply(http.StatusBadRequest, "There is another order with the order number '%s'.", number)
	}
	if refusal := g.orderRefusal(o, r.document); refusal != "" {
		return errorReply(http.StatusBadRequest, "%s", refusal)
	}
	return g.writeOrder(o, r.document, http.StatusOK)
}

func (g *GoodsOwner) newOrder(status int) *order {
	o := &order{
		id: g.warehouse.nextID(), status: status, body: object{}, created: g.now(), statusChanged: g.now(),
	}
	g.orders[o.id] = o
	g.orderIDs = append(g.orderIDs, o.id)
	return o
}

// writeOrder replaces header and lines of an order, as another integrator has observed. Lines keep their ids by row
// number.
func (g *GoodsOwner) writeOrder(o *order, body object, status int) reply {
	g.markStockChanged(o)
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
	o.updated, o.readsWithoutLines = g.now(), g.warehouse.server.options.LineLag
	g.markStockChanged(o)
	g.registerWay(part(body, "wayOfDelivery"))
	return reply{status: status, body: object{
		"orderId": o.id, "message": fmt.Sprintf("Order number %s created/updated<br/>", o.number()),
	}}
}

// orderRefusal returns why an order cannot be written, or "". A new order is nil.
func (g *GoodsOwner) orderRefusal(o *order, body object) string {
	switch {
	case o == nil:
	case o.status == statusCancelled:
		return fmt.Sprintf("Order '%s' has already been cancelled.<br/>", o.number())
	case o.started():
		return fmt.Sprintf("Order '%s' may not be updated.<br/>The warehouse has started working on it.", o.number())
	}
	return g.bodyRefusal(body)
}

// bodyRefusal returns why an order cannot have this body, or "".
func (g *GoodsOwner) bodyRefusal(body object) string {
	for _, fields := range parts(body, "orderLines") {
		if number := textOf(fields, "articleNumber"); g.articleNumbered(number) == nil {
			return fmt.Sprintf("Article with article number '%s' does not exist.<br/>", number)
		}
	}
	t, contracts := part(body, "transporter"), g.warehouse.contracts
	known := slices.ContainsFunc(contracts, func(c Contract) bool {
		return c.TransporterCode == textOf(t, "transporterCode") &&
			c.ServiceCode == textOf(t, "transporterServiceCode")
	})
	if t != nil && len(contracts) > 0 && !known {
		return fmt.Sprintf("There is no transporter '%s' with service '%s'.",
			textOf(t, "transporterCode"), textOf(t, "transporterServiceCode"))
	}
	return ""
}

func (g *GoodsOwner) newLine(fields object) *line {
	a := g.articleNumbered(textOf(fields, "articleNumber"))
	l := &line{
		id: g.warehouse.nextID(), row: textOf(fields, "rowNumber"), body: fields, article: a,
		ordered: decimalOr0(fields, "numberOfItems"),
	}
	for _, p := range a.parts {
		l.sub = append(l.sub, &line{
			id: g.warehouse.nextID(), body: object{}, article: p.article, ordered: l.ordered.Mul(p.per),
		})
	}
	return l
}

// registerWay adds an order's way of delivery to the register. That is an assumption from the vendor's older API.
func (g *GoodsOwner) registerWay(way object) {
	code := textOf(way, "code")
	if code == "" || slices.ContainsFunc(g.ways, func(o object) bool { return o["code"] == code }) {
		return
	}
	g.ways = append(g.ways, object{"id": g.warehouse.nextID(), "code": code, "name": way["name"]})
}

// markStockChanged marks the stock of an order's articles as changed, because their sellable quantity has changed.
func (g *GoodsOwner) markStockChanged(o *order) {
	for _, l := range o.allLines() {
		l.article.stockChange = g.now()
	}
}

func cancelOrder(r *request) reply {
	if r.owner == nil {
		return errorReply(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o := r.owner.orders[r.operation.ids[0]]
	switch {
	case o.status == statusCancelled:
		return errorReply(http.StatusBadRequest, "Order '%s' has already been cancelled.", o.number())
	case o.started():
		return errorReply(http.StatusBadRequest,
			"Order '%s' cannot be cancelled.<br/>The warehouse has started working on it.", o.number())
	}
	r.owner.setStatus(o, statusCancelled)
	return reply{status: http.StatusOK, body: object{"orderId": o.id, "message": "Order cancelled<br/>"}}
}

func reportLine(r *request) reply {
	if r.owner == nil {
		return errorReply(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o := r.owner.orders[r.operation.ids[0]]
	for _, l := range o.allLines() {
		if l.id == r.operation.ids[1] {
			l.reported = decimalOf(r.document, "reportedNumberOfItems")
			return reply{status: http.StatusOK, body: object{"orderId": o.id, "message": nil}}
		}
	}
	return errorReply(http.StatusNotFound, "OrderLineId %d not found", r.operation.ids[1])
}

func reportPicked(r *request) reply {
	if r.owner == nil {
		return errorReply(http.StatusNotFound, "OrderId %d not found", r.operation.ids[0])
	}
	o := r.owner.orders[r.operation.ids[0]]
	for _, l := range o.allLines() {
		if l.reportedOr0().Cmp(l.picked) < 0 {
			l.reported = new(l.picked)
		}
	}
	return reply{status: http.StatusOK, body: object{"orderId": o.id, "message": nil}}
}

// orderAnswer returns an order as the API returns it.
func (g *GoodsOwner) orderAnswer(o *order) object {
	lines := lineAnswers(o.lines)
	if o.readsWithoutLines > 0 {
		o.readsWithoutLines--
		lines = nil
	}
	var parcels, tracking []object
	for _, p := range o.parcels {
		parcels = append(parcels, p.answer())
	}
	for _, t := range o.tracking {
		tracking = append(tracking, object{
			"waybill": t.Waybill, "trackingUrl": nullIfEmpty(t.URL), "freightPrice": nil,
			"created": formatTime(o.shipped),
		})
	}
	consignee := only(part(o.body, "consignee"),
		"customerNumber", "name", "address1", "address2", "address3", "postCode", "city", "countryCode",
		"countryStateCode", "remark", "doorCode", "deliveryInstruction", "customerGroup")
	if consignee != nil {
		consignee["id"] = o.id
	}
	info := o.info()
	info["orderStatus"] = object{"number": o.status, "text": g.warehouse.statusText(o.status)}
	return object{
		"goodsOwner":            object{"id": g.ID, "name": g.Name},
		"orderInfo":             info,
		"consignee":             nullIfNil(consignee),
		"orderLines":            nullIfNone(lines),
		"parcels":               nullIfNone(parcels),
		"nonTransporterParcels": nil,
		"tracking":              nullIfNone(tracking),
		"returnTracking":        nil,
		"transporter":           transporterAnswer(part(o.body, "transporter")),
		"returnTransporter":     nil,
		"classes":               nil,
		"shipmentInfo":          nil,
		"advanced":              nil,
	}
}

// info returns the orderInfo of an order.
func (o *order) info() object {
	out := only(o.body,
		"orderNumber", "goodsOwnerOrderId", "referenceNumber", "salesCode", "orderRemark", "deliveryInstruction",
		"servicePointCode", "freeText1", "freeText2", "freeText3", "freeText4", "orderType", "wayOfDelivery",
		"termsOfDeliveryType", "emailNotification", "smsNotification", "telephoneNotification", "customsInfo",
		"preparedTransportDocumentId", "consigneeOrderNumber", "warehouseInstruction", "marketPlace",
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
	out["orderId"] = o.id
	out["deliveryDate"] = due.Format(time.DateOnly)
	out["createdDate"], out["shippedTime"] = formatTime(o.created), formatTime(o.shipped)
	out["wayBill"], out["returnWayBill"] = nullIfEmpty(o.waybill), nil
	out["orderedNumberOfItems"] = formatItems(ordered)
	out["allocatedNumberOfItems"], out["pickedNumberOfItems"] = formatItems(allocated), formatItems(picked)
	out["isPickedWithErrors"] = o.status >= statusPicked && o.status < statusCancelled && picked.Cmp(ordered) < 0
	advanced := object{
		"deliveryDateWithTime": formatTime(due), "orderHeaderUpdated": formatTime(o.updated), "backOrderInfo": nil,
	}
	if o.backOrderFor != 0 {
		advanced["backOrderInfo"] = object{"backOrderForOrderId": o.backOrderFor}
	}
	out["advanced"] = advanced
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
	out := only(l.body,
		"comment", "serialNumber", "batchNumber", "lineType", "customerArticleNumber", "externalId",
		"minDaysToExpiryDate", "maxDaysToExpiryDate", "deliveryDate", "warehouseInstruction", "vat")
	var reported any
	if l.reported != nil {
		reported = formatItems(*l.reported)
	}
	out["id"], out["rowNumber"] = l.id, nullIfEmpty(l.row)
	out["article"] = object{
		"articleSystemId": l.article.id,
		"articleNumber":   l.article.number(),
		"articleName":     l.article.body["articleName"],
		"productCode":     l.article.body["productCode"],
		"articleKind":     l.article.kind,
	}
	out["orderedNumberOfItems"], out["allocatedNumberOfItems"] = formatItems(l.ordered), formatItems(l.allocated)
	out["pickedNumberOfItems"], out["packedNumberOfItems"] = formatItems(l.picked), nil
	out["reportedNumberOfItems"] = reported
	out["reportedReturnedNumberOfItems"], out["returnedNumberOfItems"] = nil, formatItems(l.returned)
	out["shouldBePicked"] = l.body["shouldBePicked"] != false
	out["pickedArticleItems"], out["subOrderLines"] = nullIfNone(l.pickedItems), nullIfNone(lineAnswers(l.sub))
	out["lineTotalCustomsValue"] = scaledOrNull(l.body, "lineTotalCustomsValue", 2)
	out["freeValues"] = nullIfNil(freeValues(part(l.body, "lineFreeValues")))
	out["prices"] = nil
	if p := part(l.body, "prices"); p != nil {
		out["prices"] = object{
			"linePrice":          scaledOrNull(p, "linePrice", 2),
			"customerLinePrice":  scaledOrNull(p, "customerLinePrice", 2),
			"discountPercentage": scaledOrNull(p, "discountPercentage", 2),
			"currencyCode":       p["currencyCode"],
		}
	}
	return out
}

func transporterAnswer(t object) any {
	if t == nil {
		return nil
	}
	return object{
		"transporterName": nil, "name": nil, "code": t["transporterCode"], "serviceCode": t["transporterServiceCode"],
		"transporterContract": nil, "serviceComment": nil,
	}
}

// nullIfEmpty returns null for an empty text.
func nullIfEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}
