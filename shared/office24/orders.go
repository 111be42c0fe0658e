package office24

import (
	"context"
	"fmt"
	"iter"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
)

const invoicePath = "/Economy/InvoiceOrder/V001/InvoiceService.asmx"

// Limits of texts on an order, in characters (vendor's data types). The service cuts or refuses a longer text.
const (
	MaxInvoiceTitle = 300
	MaxInvoiceText  = 750
)

// An OrderID is InvoiceOrder.OrderId.
type OrderID int

// A RowID is InvoiceRow.RowId.
type RowID int

// A DeliveryMethodID is DeliveryMethod.Id; each tenant has its own.
type DeliveryMethodID int

// A RowType says whether a row is goods or text. TextBold is deprecated.
type RowType string

// The row types of the WSDL.
const (
	RowNormal   RowType = "Normal"
	RowText     RowType = "Text"
	RowTextBold RowType = "TextBold"
)

// An Order is the service's InvoiceOrder: an order until it is invoiced, then an invoice too. Nil and zero mean "not
// given"; members that only the service sets are left out.
//
// https://developer.24sevenoffice.com/docs/servicedatatypes/invoiceservicedatatypes.html
type Order struct {
	ID                    OrderID    `soap:"OrderId"`
	CustomerID            CustomerID `soap:"CustomerId"`
	CustomerName          string
	CustomerDeliveryName  string
	CustomerDeliveryPhone string
	Addresses             Addresses
	Status                OrderStatus `soap:"OrderStatus" default:"Web"`
	InvoiceID             int         `soap:"InvoiceId"`
	DateOrdered           time.Time
	DateInvoiced          time.Time
	DateChanged           time.Time
	PaymentTime           *int // days; negative values are end-of-month variants
	CustomerReferenceNo   string
	ProjectID             int `soap:"ProjectId"`
	OurReference          int // an employee's id
	IncludeVAT            *bool
	YourReference         string
	OrderTotalIncVat      *number.Decimal
	OrderTotalVat         *number.Decimal
	InvoiceTitle          string // the order's comment
	InvoiceText           string
	CustomerOrgNo         string
	Currency              *Currency
	PaymentMethodID       int `soap:"PaymentMethodId"`
	ProductionManagerID   int `soap:"ProductionManagerId"`
	SalesOpportunityID    int `soap:"SalesOpportunityId"`
	TypeOfSaleID          int `soap:"TypeOfSaleId"`
	DistributionMethod    string
	DepartmentID          int  `soap:"DepartmentId"`
	ExternalStatus        *int // free for integrations
	InvoiceEmailAddress   string
	Rows                  []Row `soap:"InvoiceRows>InvoiceRow"`
	DeliveryDate          time.Time
	ReferenceOrderID      OrderID `soap:"ReferenceOrderId"`
	ReferenceNumber       string
	SkipStock             bool
	AccrualDate           time.Time
	AccrualLength         int // months
	RoundFactor           *number.Decimal
	InvoiceTemplateID     string `soap:"InvoiceTemplateId"`
	DeliveryMethod        *DeliveryMethod
	DeliveryAlternative   string
	SendToFactoring       *bool
	Commission            *number.Decimal
	UserDefinedDimensions []UserDefinedDimension `soap:"UserDefinedDimensions>UserDefinedDimension"`
	GLNNumber             string
	CustomerDeliveryID    CustomerID `soap:"CustomerDeliveryId"`
}

func (o Order) key() string { return orderKey(o.ID, o.CustomerID) }

func (o Order) id() int { return int(o.ID) }

func orderKey(id OrderID, of CustomerID) string {
	if id == 0 {
		return fmt.Sprintf("an order of company %d", of)
	}
	return fmt.Sprintf("order %d", id)
}

// A Row is a line of an order, goods or text.
type Row struct {
	ProductID             ProductID `soap:"ProductId"`
	ID                    RowID     `soap:"RowId"`
	VatRate               *number.Decimal
	Price                 *number.Decimal // of one unit
	Name                  string
	DiscountRate          *number.Decimal // percent
	Quantity              *number.Decimal // what is invoiced
	QuantityDelivered     *number.Decimal
	QuantityOrdered       *number.Decimal
	QuantityRest          *number.Decimal
	Cost                  *number.Decimal
	TypeGroupID           int `soap:"TypeGroupId"`
	SequenceNumber        int // order on the document
	Hidden                bool
	Type                  RowType `default:"Normal"`
	InPrice               *number.Decimal
	AccrualDate           time.Time
	AccrualLength         int
	AccountProject        *bool
	ProjectID             int `soap:"ProjectId"`
	DepartmentID          int `soap:"DepartmentId"`
	ProductNo             string
	TaxSettings           *TaxSettings
	UserDefinedDimensions []UserDefinedDimension `soap:"UserDefinedDimensions>UserDefinedDimension"`
	SerialNumber          string
}

// A TaxSettings is the VAT of a row that does not have that of its product.
type TaxSettings struct {
	TaxAccount int
	TaxCode    int
	TaxRate    *number.Decimal // percent
}

// A Currency of an order. Rate and Unit are 1 if they are not given.
type Currency struct {
	Rate   *number.Decimal
	Unit   int
	Symbol string
}

// A DeliveryMethod is a delivery method of a tenant.
type DeliveryMethod struct {
	ID          DeliveryMethodID `soap:"Id"`
	Description string
}

func (m DeliveryMethod) key() string { return fmt.Sprintf("delivery method %d", m.ID) }

// A UserDefinedDimension is an accounting dimension that a tenant has defined.
type UserDefinedDimension struct {
	TypeID int `soap:"TypeId"`
	Name   string
	Value  string
}

// An OrderSearch selects orders. Filters combine with AND, the values of one filter with OR; at least one filter is
// required.
type OrderSearch struct {
	// ChangedAfter selects orders that changed after it; see ProductSearch.
	ChangedAfter   time.Time
	Statuses       []OrderStatus
	CustomerIDs    []CustomerID
	ExternalStatus []int
	// IDs, when not nil, selects these orders only: an empty list selects nothing and makes no call.
	IDs []OrderID
}

func (s OrderSearch) isEmpty() bool {
	return s.ChangedAfter.IsZero() && len(s.Statuses)+len(s.CustomerIDs)+len(s.ExternalStatus) == 0 && s.IDs == nil
}

type getInvoices struct {
	Search        invoiceSearch `soap:"searchParams"`
	Properties    []string      `soap:"invoiceReturnProperties>string"`
	RowProperties []string      `soap:"rowReturnProperties>string"`
}

type invoiceSearch struct {
	CustomerIDs    []CustomerID `soap:"CustomerIds>int"`
	ChangedAfter   time.Time
	OrderStates    []OrderStatus `soap:"OrderStates>OrderSlipStateType"`
	OrderIDs       []OrderID     `soap:"OrderIds>int"`
	ExternalStatus []int         `soap:"ExternalStatus>int"`
}

// Orders streams the orders of a search with their rows; for its errors see Products. An order that a person deleted is
// missing without notice. The service answers an empty search with a fault, so Orders refuses one.
//
// https://developer.24sevenoffice.com/docs/invoiceservice.html,
// https://api.24sevenoffice.com/Economy/InvoiceOrder/V001/InvoiceService.asmx?op=GetInvoices
func (c *Client) Orders(ctx context.Context, search OrderSearch) iter.Seq2[Order, error] {
	return orders[Order](ctx, c, search, properties[Row]())
}

// An OrderHead is the part of an order that is read before a write, to see whether the order has changed.
type OrderHead struct {
	ID          OrderID     `soap:"OrderId"`
	CustomerID  CustomerID  `soap:"CustomerId"`
	Status      OrderStatus `soap:"OrderStatus" default:"Web"`
	DateChanged time.Time
	// Unreadable says why the head is not known, although the order exists; nil if it is.
	Unreadable error `soap:"-"`
}

func (h OrderHead) key() string { return orderKey(h.ID, h.CustomerID) }

func (h OrderHead) id() int { return int(h.ID) }

// OrderHeads returns the heads of the orders that exist. That of an order that cannot be read is Unreadable.
//
// https://developer.24sevenoffice.com/docs/invoiceservice.html,
// https://api.24sevenoffice.com/Economy/InvoiceOrder/V001/InvoiceService.asmx?op=GetInvoices
func (c *Client) OrderHeads(ctx context.Context, ids []OrderID) (map[OrderID]OrderHead, error) {
	heads := make(map[OrderID]OrderHead, len(ids))
	if len(ids) == 0 {
		return heads, nil
	}
	for head, err := range orders[OrderHead](ctx, c, OrderSearch{IDs: ids}, []string{"RowId"}) {
		if err != nil && !isRecord(head.ID, err) {
			return nil, err
		}
		head.Unreadable = err
		heads[head.ID] = head
	}
	return heads, nil
}

// isRecord reports whether an error is about one record with a known id, so that the sequence goes on.
func isRecord[ID ~int](id ID, err error) bool { return id != 0 && errclass.Is(err, errclass.Rejected) }

// orders requests the members of T. It always names row properties: some integrators report that they are required even
// if no rows are requested.
func orders[T stored](ctx context.Context, c *Client, s OrderSearch, rowProperties []string) iter.Seq2[T, error] {
	op := readOperation(invoicePath, "GetInvoices")
	if s.isEmpty() {
		return failedSequence[T](op.fail(errclass.Defect, "the search has no filter"))
	}
	o := orderSearch[T]{c, s, rowProperties}
	if s.IDs == nil {
		return untilFailure(func(yield func(T, error) bool) *failure { return o.byTime(ctx, yield) })
	}
	ids := validIDs(s.IDs)
	found := untilFailure(func(yield func(T, error) bool) *failure { return o.byID(ctx, ids, yield) })
	return identified(ids, found)
}

// DeliveryMethods returns the tenant's delivery methods. One that cannot be read has its id only.
//
// https://developer.24sevenoffice.com/docs/invoiceservice.html,
// https://api.24sevenoffice.com/Economy/InvoiceOrder/V001/InvoiceService.asmx?op=GetDeliveryMethods
func (c *Client) DeliveryMethods(ctx context.Context) ([]DeliveryMethod, error) {
	var list []DeliveryMethod
	op := readOperation(invoicePath, "GetDeliveryMethods")
	empty := func(time.Time) any { return struct{}{} }
	for method, err := range stream[DeliveryMethod](ctx, c, op, "DeliveryMethod", time.Time{}, empty) {
		if err != nil && !isRecord(method.ID, err) {
			return nil, err
		}
		list = append(list, method)
	}
	return list, nil
}
