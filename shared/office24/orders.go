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

// Limits of texts on an order, in characters (vendor's data types). What is longer is cut or refused by the service.
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

// A RowType tells goods from text. TextBold is deprecated.
type RowType string

// The row types of the WSDL.
const (
	RowNormal   RowType = "Normal"
	RowText     RowType = "Text"
	RowTextBold RowType = "TextBold"
)

// An Order is the service's InvoiceOrder: an order until it is invoiced, then an invoice as well. Nil and zero mean
// "not given"; members that only the accountants need are left out.
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

func (o Order) key() string { return fmt.Sprintf("order %d", o.ID) }

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
	UserDefinedDimensions []UserDefinedDimension `soap:"UserDefinedDimensions>UserDefinedDimension"`
	SerialNumber          string
}

// A Currency of an order. Rate and Unit are 1 where they are not given.
type Currency struct {
	Rate   *number.Decimal
	Unit   int
	Symbol string
}

// A DeliveryMethod is a way of delivery of a tenant.
type DeliveryMethod struct {
	ID          DeliveryMethodID `soap:"Id"`
	Description string
}

func (m DeliveryMethod) key() string { return fmt.Sprintf("delivery method %d", m.ID) }

// A UserDefinedDimension is an accounting dimension that a tenant made up.
type UserDefinedDimension struct {
	TypeID int `soap:"TypeId"`
	Name   string
	Value  string
}

// An OrderSearch selects orders. Filters combine with AND, the values of one filter with OR; one is needed.
type OrderSearch struct {
	// ChangedAfter leaves out orders that were not changed after it; see ProductSearch. Far-back moments time out.
	ChangedAfter   time.Time
	Statuses       []OrderStatus
	CustomerIDs    []CustomerID
	ExternalStatus []int
	// IDs, when not nil, are the only orders meant: an empty list means none and costs no call.
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

// Orders returns the orders of a search with their rows, as a stream; for its errors see Products. An order that a
// person deleted is simply not there. The service answers an empty search with a fault: that is refused here.
func (c *Client) Orders(ctx context.Context, search OrderSearch) iter.Seq2[Order, error] {
	return orders[Order](ctx, c, search, properties[Row]())
}

// An OrderHead is what is read of an order before a write, to see whether it has moved.
type OrderHead struct {
	ID          OrderID     `soap:"OrderId"`
	CustomerID  CustomerID  `soap:"CustomerId"`
	Status      OrderStatus `soap:"OrderStatus" default:"Web"`
	DateChanged time.Time
}

func (h OrderHead) key() string { return fmt.Sprintf("order %d", h.ID) }

// OrderHeads returns the heads of those of the orders that exist.
func (c *Client) OrderHeads(ctx context.Context, ids []OrderID) (map[OrderID]OrderHead, error) {
	heads := make(map[OrderID]OrderHead, len(ids))
	if len(ids) == 0 {
		return heads, nil
	}
	for head, err := range orders[OrderHead](ctx, c, OrderSearch{IDs: ids}, []string{"RowId"}) {
		if err != nil {
			return nil, err
		}
		heads[head.ID] = head
	}
	return heads, nil
}

// orders asks for the members of T. Row properties are always named: some integrators report that they are required
// even where no rows are asked for.
func orders[T record](ctx context.Context, c *Client, search OrderSearch, rowProperties []string) iter.Seq2[T, error] {
	op := readOperation(invoicePath, "GetInvoices")
	if search.isEmpty() {
		return failedSequence[T](op.fail(errclass.Defect, "a search without a filter"))
	}
	return inBatches(search.IDs, func(ids []OrderID) iter.Seq2[T, error] {
		return stream[T](ctx, c, op, "InvoiceOrder", search.ChangedAfter, func(after time.Time) any {
			filter := invoiceSearch{search.CustomerIDs, after, search.Statuses, ids, search.ExternalStatus}
			return getInvoices{filter, properties[T](), rowProperties}
		})
	})
}

// DeliveryMethods returns the tenant's ways of delivery.
func (c *Client) DeliveryMethods(ctx context.Context) ([]DeliveryMethod, error) {
	var list []DeliveryMethod
	op := readOperation(invoicePath, "GetDeliveryMethods")
	none := func(time.Time) any { return struct{}{} }
	for method, err := range stream[DeliveryMethod](ctx, c, op, "DeliveryMethod", time.Time{}, none) {
		if err != nil {
			return nil, err
		}
		list = append(list, method)
	}
	return list, nil
}
