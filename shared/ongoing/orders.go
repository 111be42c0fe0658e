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

	"ongoing24so/shared/number"
)

// Lengths of an order's texts that the published definition states, in UTF-16 units.
const (
	MaxOrderNumber          = 50
	MaxOrderRemark          = 500
	MaxWarehouseInstruction = 500
	MaxServicePointCode     = 50
)

// OrderBody is what is written of an order. OrderNumber, DeliveryDate and the consignee are required.
type OrderBody struct {
	GoodsOwnerID          GoodsOwnerID    `json:"goodsOwnerId"` // filled in by the client
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

// Consignee is who receives the goods. A customer number makes or changes the service's register of customers.
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

// Notification is an address or number, and whether it is to be notified.
type Notification struct {
	ToBeNotified bool   `json:"toBeNotified"` // always sent: absent would be refused
	Value        string `json:"value,omitempty"`
}

// CustomsInfo holds the currency of the lines' customs values.
type CustomsInfo struct {
	ValueCurrencyCode string `json:"customsValueCurrencyCode,omitempty"`
}

// OrderAdvanced are rarer fields of an order.
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

// OrderLine is a line to be written. RowNumber tells the lines of an order apart.
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

// LinePrices are the prices of a line; line totals, as the names and the vendor's samples suggest (assumed).
type LinePrices struct {
	LinePrice          *number.Decimal `json:"linePrice,omitempty"`
	CustomerLinePrice  *number.Decimal `json:"customerLinePrice,omitempty"`
	CurrencyCode       string          `json:"currencyCode,omitempty"`
	DiscountPercentage *number.Decimal `json:"discountPercentage,omitempty"`
}

// LineFreeValues are a line's free fields.
type LineFreeValues struct {
	FreeText1    string          `json:"freeText1,omitempty"`
	FreeText2    string          `json:"freeText2,omitempty"`
	FreeDecimal1 *number.Decimal `json:"freeDecimal1,omitempty"`
	FreeDecimal2 *number.Decimal `json:"freeDecimal2,omitempty"`
}

// personal returns what must not come back in a message: every text but keys and codes. Free fields may hold anything.
func (b OrderBody) personal() []string {
	c := b.Consignee
	values := []string{
		c.Name, c.Address1, c.Address2, c.Address3, c.PostCode, c.City, c.Remark, c.OrganisationNumber,
		b.SalesCode, b.ReferenceNumber, b.ConsigneeOrderNumber, b.OrderRemark, b.WarehouseInstruction, b.DeliveryInstruction,
		b.ServicePointCode, b.FreeText1, b.FreeText2, b.FreeText3, b.FreeText4, b.Advanced.Communication,
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
		values = append(values, l.Comment, l.WarehouseInstruction, l.CustomerArticleNumber, l.SerialNumber, l.BatchNumber,
			l.LineFreeValues.FreeText1, l.LineFreeValues.FreeText2)
	}
	return values
}

// Order is an order as it is read.
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
}

// OrderInfo is an order's head. Quantities are sums over its lines.
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
			For OrderID `json:"backOrderForOrderId"` // the order whose remainder this one holds; 0 for none
		} `json:"backOrderInfo"`
	} `json:"advanced"`
}

// Line is an order line as it is read. The parts of a kit stand in SubLines and are picked there.
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

// PickedItem is what was taken for a line from one place, batch or serial number. Quantities are to be read from the
// line: an item may be allocated only.
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

// Tracking is a waybill and where to follow it.
type Tracking struct {
	Waybill string `json:"waybill"`
	URL     string `json:"trackingUrl"`
	Created Time   `json:"created"`
}

// ChosenTransporter is the carrier of an order; its fields have other names than in what is written.
type ChosenTransporter struct {
	Name        string `json:"transporterName"`
	Code        string `json:"code"`
	ServiceCode string `json:"serviceCode"`
}

// startedStatus is where the warehouse's own work begins in the vendor's standard statuses: 320 Allocated. Which status
// ends the time for changes is not published, and warehouses may renumber theirs (assumed).
const startedStatus = 320

// Changeable tells whether an order may, by what is known, still be changed or cancelled: below status 320, nothing
// allocated, nothing picked. The service has the last word, see ErrStarted.
func (o Order) Changeable() bool {
	return o.Info.Status.Number < startedStatus && none(o.Info.Allocated) && none(o.Info.Picked) && untouched(o.Lines)
}

func untouched(lines []Line) bool {
	for _, l := range lines {
		if !none(l.Allocated) || !none(l.Picked) || !untouched(l.SubLines) {
			return false
		}
	}
	return true
}

func none(d *number.Decimal) bool { return d == nil || d.IsZero() }

// OrderQuery selects orders; the zero value selects all of them. Fields that are zero do not limit.
type OrderQuery struct {
	// Numbers selects exactly these order numbers, compared byte by byte here. nil means any; an empty slice selects nothing.
	Numbers []string
	// StatusFrom and StatusTo bound the status number, both included.
	StatusFrom, StatusTo int
	// ToReport selects orders with a line of which less is reported than picked.
	ToReport bool
	// ShippedFrom selects orders marked as shipped since.
	ShippedFrom time.Time
	// StatusChangedFrom selects orders whose status changed since.
	StatusChangedFrom time.Time
	// UpdatedFrom selects orders changed in any way since; the service refuses more than two days back.
	UpdatedFrom time.Time
	// PickedFrom selects orders last picked on since.
	PickedFrom time.Time
	// BackOrderFor selects the back orders of an order.
	BackOrderFor OrderID
	// From leaves out the orders with a lower id.
	From OrderID
	// PageSize is how many are asked for in one call. Default: 100; orders come with all their lines, items and parcels.
	PageSize int
}

// Orders lists orders by ascending id within each batch of Numbers. It ends at the first error.
func (c *Client) Orders(ctx context.Context, q OrderQuery) iter.Seq2[Order, error] {
	if q.Numbers == nil {
		return c.orders(ctx, q, url.Values{})
	}
	return batched("orderNumber", q.Numbers, func(o Order) string { return o.Info.Number }, false, func(f url.Values) iter.Seq2[Order, error] {
		return c.orders(ctx, q, f)
	})
}

func (c *Client) orders(ctx context.Context, q OrderQuery, filter url.Values) iter.Seq2[Order, error] {
	if q.PageSize <= 0 {
		q.PageSize = 100
	}
	setInt(filter, "goodsOwnerId", c.goodsOwner)
	setInt(filter, "maxOrdersToGet", q.PageSize)
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
	k := call{method: http.MethodGet, route: "/orders", query: filter}
	return list(k.operation(), func(o Order) int { return int(o.Info.ID) }, func(from int) ([]Order, error) {
		filter.Set("orderIdFrom", strconv.Itoa(max(from, int(q.From))))
		return get[[]Order](ctx, c, k)
	})
}

// Order reads one order; ErrNotFound where the id is unknown. Lines may lag behind a write by some seconds (observed by
// another integrator).
func (c *Client) Order(ctx context.Context, id OrderID) (Order, error) {
	return getValid(ctx, c, c.one(http.MethodGet, "/orders/{orderId}", id), func(o Order) bool { return o.Info.ID == id })
}

// OrderNumbered looks an order up by its number, compared exactly. Numbers are unique but for those that staff changed;
// of several the newest is returned.
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

// PutOrder makes or changes the order of the body's number: all of it, a field left out is not kept. Refused with
// ErrStarted once the warehouse has begun.
//
// A crash right after it leaves an order that OrderNumbered finds; writing it again makes no second one.
func (c *Client) PutOrder(ctx context.Context, b OrderBody) (OrderID, error) {
	return c.putOrder(ctx, call{method: http.MethodPut, route: "/orders"}, b)
}

// UpdateOrder changes the order with that id.
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

// CancelOrder cancels an order. That it is cancelled already is success: a call that was repeated after a broken
// connection finds its own work. Refused with ErrStarted once the warehouse has begun.
func (c *Client) CancelOrder(ctx context.Context, id OrderID) error {
	err := c.do(ctx, c.one(http.MethodDelete, "/orders/{orderId}", id))
	if errors.Is(err, ErrCancelled) {
		return nil
	}
	return err
}

// ReportLine tells the service how many items of a line are known to us, altogether. Repeating it does no harm.
func (c *Client) ReportLine(ctx context.Context, order OrderID, line LineID, items number.Decimal) error {
	k := c.one(http.MethodPatch, "/orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems", order)
	k.ids = append(k.ids, int(line))
	k.body = struct {
		Reported number.Decimal `json:"reportedNumberOfItems"`
	}{items}
	return c.do(ctx, k)
}

func (c *Client) one(method, route string, id OrderID) call {
	return call{method: method, route: route, ids: []int{int(id)}, subject: fmt.Sprintf("order %d", id)}
}
