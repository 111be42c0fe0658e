package ongoing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
)

// Lengths of an order's texts that the published definition states, in UTF-16 units.
const (
	MaxOrderNumber          = 50
	MaxOrderRemark          = 500
	MaxWarehouseInstruction = 500
	MaxServicePointCode     = 50
)

// OrderBody is an order to be written. OrderNumber, DeliveryDate and Consignee are required.
type OrderBody struct {
	GoodsOwnerID          GoodsOwnerID    `json:"goodsOwnerId"` // set by the client
	OrderNumber           string          `json:"orderNumber"`
	DeliveryDate          string          `json:"deliveryDate"` // YYYY-MM-DD
	ReferenceNumber       string          `json:"referenceNumber,omitempty"`
	GoodsOwnerOrderID     string          `json:"goodsOwnerOrderId,omitempty"`
	ConsigneeOrderNumber  string          `json:"consigneeOrderNumber,omitempty"`
	SalesCode             string          `json:"salesCode,omitempty"`
	OrderRemark           string          `json:"orderRemark,omitempty"`
	WarehouseInstruction  string          `json:"warehouseInstruction,omitempty"`
	DeliveryInstruction   string          `json:"deliveryInstruction,omitempty"`
	ServicePointCode      string          `json:"servicePointCode,omitempty"`
	FreeText1             string          `json:"freeText1,omitempty"`
	FreeText2             string          `json:"freeText2,omitempty"`
	FreeText3             string          `json:"freeText3,omitempty"`
	FreeText4             string          `json:"freeText4,omitempty"`
	OrderFreeDateTime1    string          `json:"orderFreeDateTime1,omitempty"` // a date, or RFC 3339 with a zone
	OrderFreeDecimal1     *number.Decimal `json:"orderFreeDecimal1,omitempty"`
	WayOfDelivery         *CodeName       `json:"wayOfDelivery,omitempty"`
	Transporter           *Transporter    `json:"transporter,omitempty"`
	Consignee             Consignee       `json:"consignee"`
	EmailNotification     *Notification   `json:"emailNotification,omitempty"`
	SMSNotification       *Notification   `json:"smsNotification,omitempty"`
	TelephoneNotification *Notification   `json:"telephoneNotification,omitempty"`
	OrderLines            []OrderLine     `json:"orderLines,omitempty"`
	CustomsInfo           CustomsInfo     `json:"customsInfo,omitzero"`
	CustomerPrice         *number.Decimal `json:"customerPrice,omitempty"`
	Advanced              OrderAdvanced   `json:"advanced,omitzero"`
}

// Transporter names a carrier and its service by Ongoing's codes; see TransporterContracts.
type Transporter struct {
	Code        string `json:"transporterCode,omitempty"`
	ServiceCode string `json:"transporterServiceCode,omitempty"`
}

// Consignee receives the goods. A customer number makes or changes an entry in the service's register of customers.
type Consignee struct {
	CustomerNumber     string `json:"customerNumber,omitempty"`
	Name               string `json:"name,omitempty"`
	Address1           string `json:"address1,omitempty"`
	Address2           string `json:"address2,omitempty"`
	Address3           string `json:"address3,omitempty"`
	PostCode           string `json:"postCode,omitempty"`
	City               string `json:"city,omitempty"`
	CountryCode        string `json:"countryCode,omitempty"` // ISO 3166, two letters
	CountryStateCode   string `json:"countryStateCode,omitempty"`
	Remark             string `json:"remark,omitempty"`
	OrganisationNumber string `json:"organisationNumber,omitempty"`
}

// Notification is an e-mail address or phone number, and whether to notify it.
type Notification struct {
	ToBeNotified bool   `json:"toBeNotified"` // always sent: the service refuses a missing one
	Value        string `json:"value,omitempty"`
}

// CustomsInfo holds the currency of the lines' customs values.
type CustomsInfo struct {
	ValueCurrencyCode string `json:"customsValueCurrencyCode,omitempty"`
}

// OrderAdvanced has rare fields of an order.
type OrderAdvanced struct {
	WayOfDeliveryString string     `json:"wayOfDeliveryString,omitempty"`
	Communication       string     `json:"communication,omitempty"`
	OrderTextLines      []TextLine `json:"orderTextLines,omitempty"`
}

// TextLine is a line of text on an order.
type TextLine struct {
	RowNumber string `json:"rowNumber"`
	Comment   string `json:"comment,omitempty"`
}

// OrderLine is a line to be written. RowNumber is unique in the order.
type OrderLine struct {
	RowNumber             string          `json:"rowNumber"`
	ArticleNumber         string          `json:"articleNumber"`
	NumberOfItems         number.Decimal  `json:"numberOfItems"`
	Comment               string          `json:"comment,omitempty"`
	ShouldBePicked        *bool           `json:"shouldBePicked,omitempty"`
	SerialNumber          string          `json:"serialNumber,omitempty"`
	BatchNumber           string          `json:"batchNumber,omitempty"`
	ExternalID            string          `json:"externalId,omitempty"`
	CustomerArticleNumber string          `json:"customerArticleNumber,omitempty"`
	WarehouseInstruction  string          `json:"warehouseInstruction,omitempty"`
	LineTotalCustomsValue *number.Decimal `json:"lineTotalCustomsValue,omitempty"`
	Prices                LinePrices      `json:"prices,omitzero"`
	LineFreeValues        LineFreeValues  `json:"lineFreeValues,omitzero"`
}

// LinePrices has the prices of a line: line totals, as the names and the vendor's samples suggest (assumed).
type LinePrices struct {
	LinePrice          *number.Decimal `json:"linePrice,omitempty"`
	CustomerLinePrice  *number.Decimal `json:"customerLinePrice,omitempty"`
	CurrencyCode       string          `json:"currencyCode,omitempty"`
	DiscountPercentage *number.Decimal `json:"discountPercentage,omitempty"`
}

// LineFreeValues has a line's free fields.
type LineFreeValues struct {
	FreeText1    string          `json:"freeText1,omitempty"`
	FreeText2    string          `json:"freeText2,omitempty"`
	FreeDecimal1 *number.Decimal `json:"freeDecimal1,omitempty"`
	FreeDecimal2 *number.Decimal `json:"freeDecimal2,omitempty"`
}

// personal returns the texts that must not come back in a message: all but keys and codes. Free fields can hold
// anything.
func (b OrderBody) personal() []string {
	c := b.Consignee
	values := []string{
		c.Name, c.Address1, c.Address2, c.Address3, c.PostCode, c.City, c.Remark, c.OrganisationNumber,
		b.SalesCode, b.ReferenceNumber, b.ConsigneeOrderNumber, b.OrderRemark,
		b.WarehouseInstruction, b.DeliveryInstruction, b.ServicePointCode,
		b.FreeText1, b.FreeText2, b.FreeText3, b.FreeText4, b.Advanced.Communication,
	}
	for _, n := range []*Notification{b.EmailNotification, b.SMSNotification, b.TelephoneNotification} {
		if n != nil {
			values = append(values, n.Value)
		}
	}
	for _, t := range b.Advanced.OrderTextLines {
		values = append(values, t.Comment)
	}
	for _, l := range b.OrderLines {
		values = append(values, l.Comment, l.WarehouseInstruction, l.CustomerArticleNumber, l.SerialNumber,
			l.BatchNumber, l.LineFreeValues.FreeText1, l.LineFreeValues.FreeText2)
	}
	return values
}

// Order is an order as read.
type Order struct {
	Info                 OrderInfo         `json:"orderInfo"`
	Consignee            Consignee         `json:"consignee"`
	Lines                []Line            `json:"orderLines"`
	Parcels              []Parcel          `json:"parcels"`
	NonTransporterParcel []Parcel          `json:"nonTransporterParcels"`
	Tracking             []Tracking        `json:"tracking"`
	ReturnTracking       []Tracking        `json:"returnTracking"`
	Transporter          ChosenTransporter `json:"transporter"`
	Classes              []CodeName        `json:"classes"`
	// Unreadable says which parts are missing because they cannot be read; nil if none.
	Unreadable error `json:"-"`
}

func orderKind() kind[Order] {
	return kind[Order]{
		id:     func(o Order) int { return int(o.Info.ID) },
		idPath: "orderInfo",
		name: func(o Order) string {
			return fmt.Sprintf("order %q (system id %d)", errclass.Shorten(o.Info.Number), o.Info.ID)
		},
		unreadable: func(o *Order) *error { return &o.Unreadable },
	}
}

// OrderInfo is the head of an order. Quantities are sums over its lines.
type OrderInfo struct {
	ID                   OrderID         `json:"orderId"`
	Number               string          `json:"orderNumber"`
	GoodsOwnerOrderID    string          `json:"goodsOwnerOrderId"`
	ReferenceNumber      string          `json:"referenceNumber"`
	ConsigneeOrderNumber string          `json:"consigneeOrderNumber"`
	SalesCode            string          `json:"salesCode"`
	Remark               string          `json:"orderRemark"`
	WarehouseInstruction string          `json:"warehouseInstruction"`
	DeliveryInstruction  string          `json:"deliveryInstruction"`
	ServicePointCode     string          `json:"servicePointCode"`
	FreeText1            string          `json:"freeText1"`
	FreeText2            string          `json:"freeText2"`
	FreeText3            string          `json:"freeText3"`
	FreeText4            string          `json:"freeText4"`
	WayOfDelivery        CodeName        `json:"wayOfDelivery"`
	DeliveryDate         Time            `json:"deliveryDate"`
	Created              Time            `json:"createdDate"`
	Shipped              Time            `json:"shippedTime"` // absent until shipped
	WayBill              string          `json:"wayBill"`
	Status               OrderStatus     `json:"orderStatus"`
	Ordered              *number.Decimal `json:"orderedNumberOfItems"`
	Allocated            *number.Decimal `json:"allocatedNumberOfItems"`
	Picked               *number.Decimal `json:"pickedNumberOfItems"`
	CustomerPrice        *number.Decimal `json:"customerPrice"`
	PickedWithErrors     *bool           `json:"isPickedWithErrors"`
	EmailNotification    Notification    `json:"emailNotification"`
	SMSNotification      Notification    `json:"smsNotification"`
	TelephoneNotif       Notification    `json:"telephoneNotification"`
	Advanced             struct {
		DeliveryDateWithTime Time `json:"deliveryDateWithTime"`
		HeaderUpdated        Time `json:"orderHeaderUpdated"`
		BackOrder            struct {
			For OrderID `json:"backOrderForOrderId"` // the order whose remainder this one delivers, 0 if none
		} `json:"backOrderInfo"`
	} `json:"advanced"`
}

// Line is an order line as read. The parts of a kit are in SubLines and are picked there.
type Line struct {
	ID             LineID          `json:"id"`
	RowNumber      string          `json:"rowNumber"`
	ExternalID     string          `json:"externalId"`
	Article        LineArticle     `json:"article"`
	Comment        string          `json:"comment"`
	Ordered        *number.Decimal `json:"orderedNumberOfItems"`
	Allocated      *number.Decimal `json:"allocatedNumberOfItems"`
	Picked         *number.Decimal `json:"pickedNumberOfItems"`
	Packed         *number.Decimal `json:"packedNumberOfItems"`
	Reported       *number.Decimal `json:"reportedNumberOfItems"` // nil: never reported
	Returned       *number.Decimal `json:"returnedNumberOfItems"`
	ShouldBePicked *bool           `json:"shouldBePicked"`
	PickedItems    []PickedItem    `json:"pickedArticleItems"`
	SubLines       []Line          `json:"subOrderLines"`
	SerialNumber   string          `json:"serialNumber"`
	BatchNumber    string          `json:"batchNumber"`
	Prices         LinePrices      `json:"prices"`
}

// LineArticle is the article of a line.
type LineArticle struct {
	ID          ArticleID `json:"articleSystemId"`
	Number      string    `json:"articleNumber"`
	Name        string    `json:"articleName"`
	ProductCode string    `json:"productCode"`
	Kind        string    `json:"articleKind"`
}

// PickedItem is the quantity taken for a line from one place, batch or serial number. Read picked quantities from the
// line: an item can be allocated without being picked.
type PickedItem struct {
	NumberOfItems *number.Decimal `json:"numberOfItems"`
	Serial        string          `json:"serial"`
	BatchNumber   string          `json:"batchNumber"`
	IsPicked      *bool           `json:"isPicked"`
	IsReturned    *bool           `json:"isReturned"`
	PickedTime    Time            `json:"pickedTime"`
}

// Parcel is a parcel of an order.
type Parcel struct {
	ID       int      `json:"id"`
	Number   string   `json:"parcelNumber"`
	IsReturn bool     `json:"isReturnParcel"`
	Tracking Tracking `json:"tracking"`
}

// Tracking is a waybill and the address to track it.
type Tracking struct {
	Waybill string `json:"waybill"`
	URL     string `json:"trackingUrl"`
	Created Time   `json:"created"`
}

// ChosenTransporter is the carrier of an order as read; the API gives its fields other names than in Transporter.
type ChosenTransporter struct {
	Name        string `json:"transporterName"`
	Code        string `json:"code"`
	ServiceCode string `json:"serviceCode"`
}

// startedStatus is the first status in which the warehouse works on an order in the vendor's standard statuses: 320
// Allocated. Which status ends the time for changes is not published, and a warehouse can renumber its own (assumed).
const startedStatus = 320

// IdentityUnreadable reports whether it could not be read which order of the customer this one is or was made for.
func (o Order) IdentityUnreadable() bool {
	return lacks(o.Unreadable, "orderInfo.goodsOwnerOrderId") || lacks(o.Unreadable, "orderInfo.orderNumber") ||
		lacks(o.Unreadable, "orderInfo.advanced.backOrderInfo.backOrderForOrderId")
}

// LinesUnreadable reports whether lines can be missing because they could not be read.
func (o Order) LinesUnreadable() bool { return lacks(o.Unreadable, "orderLines") }

// Changeable reports whether an order can probably still be changed or cancelled: below status 320, nothing allocated,
// nothing picked. One that cannot be read counts as started. The service decides, see ErrStarted.
func (o Order) Changeable() bool {
	return o.Unreadable == nil && o.Info.Status.Number < startedStatus &&
		isZero(o.Info.Allocated) && isZero(o.Info.Picked) && notStarted(o.Lines)
}

func notStarted(lines []Line) bool {
	for _, l := range lines {
		if !isZero(l.Allocated) || !isZero(l.Picked) || !notStarted(l.SubLines) {
			return false
		}
	}
	return true
}

func isZero(d *number.Decimal) bool { return d == nil || d.IsZero() }

// OrderQuery selects orders; the zero value selects all. A field that is zero does not limit the selection.
type OrderQuery struct {
	// Numbers selects exactly these order numbers. The client compares them byte by byte. nil selects any; an empty
	// slice selects nothing.
	Numbers []string
	// GoodsOwnerOrderID selects orders with this id of the ERP.
	GoodsOwnerOrderID string
	// StatusFrom and StatusTo limit the status number, both included.
	StatusFrom, StatusTo int
	// ToReport selects orders with a line whose reported quantity is less than its picked quantity.
	ToReport bool
	// ShippedFrom selects orders that have been marked as shipped since.
	ShippedFrom time.Time
	// StatusChangedFrom selects orders whose status has changed since.
	StatusChangedFrom time.Time
	// UpdatedFrom selects orders that have changed in any way since. The service refuses a time more than two days ago.
	UpdatedFrom time.Time
	// PickedFrom selects orders whose last picking is since then.
	PickedFrom time.Time
	// BackOrderFor selects the back orders of an order.
	BackOrderFor OrderID
	// From leaves out orders with a lower id.
	From OrderID
	// PageSize is the number of orders requested in one call. Default: 100, because orders come with all their lines,
	// items and parcels.
	PageSize int
}

// Orders lists orders by ascending id within each batch of Numbers. For its errors see Articles.
//
// GET /orders in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) Orders(ctx context.Context, q OrderQuery) iter.Seq2[Order, error] {
	if q.Numbers == nil {
		return c.orders(ctx, q, url.Values{})
	}
	number := func(o Order) string { return o.Info.Number }
	return inBatches("orderNumber", q.Numbers, number, false, func(f url.Values) iter.Seq2[Order, error] {
		return c.orders(ctx, q, f)
	})
}

func (c *Client) orders(ctx context.Context, q OrderQuery, filter url.Values) iter.Seq2[Order, error] {
	if q.PageSize <= 0 {
		q.PageSize = 100
	}
	setInt(filter, "goodsOwnerId", c.goodsOwner)
	if q.GoodsOwnerOrderID != "" {
		filter.Set("goodsOwnerOrderId", q.GoodsOwnerOrderID)
	}
	setInt(filter, "orderStatusFrom", q.StatusFrom)
	setInt(filter, "orderStatusTo", q.StatusTo)
	setInt(filter, "backOrderForOrderId", q.BackOrderFor)
	setTime(filter, "shippedTimeFrom", q.ShippedFrom)
	setTime(filter, "orderStatusChangedTimeFrom", q.StatusChangedFrom)
	setTime(filter, "orderUpdatedTimeFrom", q.UpdatedFrom)
	setTime(filter, "lastPickingTimeFrom", q.PickedFrom)
	if q.ToReport {
		filter.Set("onlyOrdersWithOrderLinesToReport", "true")
	}
	return pages(ctx, c, orderKind(), q.PageSize, func(from, size int) call {
		setInt(filter, "maxOrdersToGet", size)
		filter.Set("orderIdFrom", strconv.Itoa(max(from, int(q.From))))
		return call{method: http.MethodGet, route: "/orders", query: filter}
	})
}

// Order reads one order; ErrNotFound if the id is unknown, ErrUnreadable if a part of it cannot be read. Its lines can
// appear some seconds after a write (observed by another integrator).
//
// GET /orders/{orderId} in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) Order(ctx context.Context, id OrderID) (Order, error) {
	k := orderCall(http.MethodGet, "/orders/{orderId}", id)
	return readRecord(ctx, c, k, orderKind(), int(id))
}

// OrderNumbered finds an order by its exact number. Numbers are unique except those that the warehouse's staff changed;
// it returns the newest of several.
//
// GET /orders in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) OrderNumbered(ctx context.Context, number string) (Order, bool, error) {
	var found Order
	for o, err := range c.Orders(ctx, OrderQuery{Numbers: []string{number}}) {
		if err != nil {
			return Order{}, false, err
		}
		found = o
	}
	return found, found.Info.ID != 0, nil
}

// PutOrder makes or replaces the order with the body's number: a field without a value is not kept. The service refuses
// it with ErrStarted after the warehouse has started.
//
// A crash right after it leaves an order that OrderNumbered finds; writing it again makes no second one.
//
// PUT /orders in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) PutOrder(ctx context.Context, b OrderBody) (OrderID, error) {
	return c.putOrder(ctx, call{method: http.MethodPut, route: "/orders"}, b)
}

// UpdateOrder replaces the order with an id.
//
// PUT /orders/{orderId} in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) UpdateOrder(ctx context.Context, id OrderID, b OrderBody) (OrderID, error) {
	return c.putOrder(ctx, call{method: http.MethodPut, route: "/orders/{orderId}", ids: []int{int(id)}}, b)
}

func (c *Client) putOrder(ctx context.Context, k call, b OrderBody) (OrderID, error) {
	b.GoodsOwnerID = c.goodsOwner
	k.body, k.subject, k.sent.Personal = b, fmt.Sprintf("order %q", b.OrderNumber), b.personal()
	type written struct {
		ID OrderID `json:"orderId"`
	}
	w, err := getValid(ctx, c, k, func(w written) bool { return w.ID != 0 })
	return w.ID, err
}

// CancelOrder cancels an order. It succeeds if the order is already cancelled, because a call repeated after a broken
// connection can find that. The service refuses it with ErrStarted after the warehouse has started.
//
// DELETE /orders/{orderId} in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) CancelOrder(ctx context.Context, id OrderID) error {
	err := c.do(ctx, orderCall(http.MethodDelete, "/orders/{orderId}", id))
	if errors.Is(err, ErrCancelled) {
		return nil
	}
	return err
}

// ReportLine sets the total quantity of a line that has been reported to the ERP. Repeating it does no harm.
//
// PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems in
// https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) ReportLine(ctx context.Context, order OrderID, line LineID, items number.Decimal) error {
	k := orderCall(http.MethodPatch, "/orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems", order)
	k.ids = append(k.ids, int(line))
	k.body = struct {
		Reported number.Decimal `json:"reportedNumberOfItems"`
	}{items}
	return c.do(ctx, k)
}

// ReportPicked sets the reported quantity of all lines of an order to what is picked of them when the call arrives.
// That can be more than the caller has read: read the order again and correct what is too much with ReportLine.
// Repeating it does no harm.
//
// PATCH /orders/{orderId}/setReportedNumberOfItemsToPickedNumberOfItems in
// https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) ReportPicked(ctx context.Context, order OrderID) error {
	return c.do(ctx, orderCall(http.MethodPatch,
		"/orders/{orderId}/setReportedNumberOfItemsToPickedNumberOfItems", order))
}

// orderCall is a call about one order.
func orderCall(method, route string, id OrderID) call {
	return call{method: method, route: route, ids: []int{int(id)}, subject: fmt.Sprintf("order %d", id)}
}
