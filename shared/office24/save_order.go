package office24

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
)

// A ChangeState says what is to become of a row of an existing order.
type ChangeState string

// The change states of the WSDL, but for None, which would not change the row or add it a second time.
const (
	RowAdd    ChangeState = "Add"
	RowEdit   ChangeState = "Edit"
	RowDelete ChangeState = "Delete"
)

// An OrderWrite is what SaveOrder sends. With an ID it changes that order, and what is not set stays as it is; without
// it makes a new one. Members that register a payment or distribute an invoice do not exist here.
type OrderWrite struct {
	ID                    OrderID    `soap:"OrderId"`
	CustomerID            CustomerID `soap:"CustomerId"` // always required
	CustomerName          string
	CustomerDeliveryName  string
	CustomerDeliveryPhone string
	Addresses             *Addresses  // replaces the whole set
	Status                OrderStatus `soap:"OrderStatus"` // always required: the service takes an absent one for Web
	DateOrdered           time.Time
	PaymentTime           *int
	CustomerReferenceNo   string
	ProjectID             int   `soap:"ProjectId"`
	OurReference          int   // an employee's id
	IncludeVAT            *bool `soap:",nil"` // nil leaves it alone, but the schema wants it mentioned
	YourReference         string
	InvoiceTitle          string
	InvoiceText           string
	CustomerOrgNo         string
	Currency              *Currency
	PaymentMethodID       int `soap:"PaymentMethodId"`
	ProductionManagerID   int `soap:"ProductionManagerId"`
	SalesOpportunityID    int `soap:"SalesOpportunityId"`
	TypeOfSaleID          int `soap:"TypeOfSaleId"`
	DistributionMethod    string
	DepartmentID          int `soap:"DepartmentId"`
	ExternalStatus        *int
	InvoiceEmailAddress   string
	Rows                  []RowWrite `soap:"InvoiceRows>InvoiceRow"`
	DeliveryDate          time.Time
	ReferenceOrderID      OrderID `soap:"ReferenceOrderId"`
	ReferenceNumber       string
	SkipStock             bool
	AccrualDate           time.Time
	AccrualLength         int
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

// A RowWrite is a row of an OrderWrite. Rows of an existing order need a ChangeState. Whether the members that an edited
// row leaves out stay is not documented: send them again from a fresh read.
type RowWrite struct {
	ProductID             ProductID `soap:"ProductId"`
	ID                    RowID     `soap:"RowId"`
	Price                 *number.Decimal
	Name                  string
	DiscountRate          *number.Decimal
	Quantity              *number.Decimal
	QuantityDelivered     *number.Decimal
	QuantityOrdered       *number.Decimal
	QuantityRest          *number.Decimal
	Cost                  *number.Decimal
	ChangeState           ChangeState
	TypeGroupID           int `soap:"TypeGroupId"`
	SequenceNumber        int
	Hidden                bool
	Type                  RowType
	InPrice               *number.Decimal
	AccrualDate           time.Time
	AccrualLength         int
	AccountProject        *bool
	ProjectID             int                    `soap:"ProjectId"`
	DepartmentID          int                    `soap:"DepartmentId"`
	UserDefinedDimensions []UserDefinedDimension `soap:"UserDefinedDimensions>UserDefinedDimension"`
	SerialNumber          string
}

// Copy returns a new order on the same terms: everything that can be written, but for the id, the status, the rows and
// the external status, which belong to the original.
func (o Order) Copy() OrderWrite {
	addresses := &o.Addresses
	if o.Addresses == (Addresses{}) {
		addresses = nil
	}
	return OrderWrite{
		CustomerID: o.CustomerID, CustomerName: o.CustomerName, CustomerDeliveryName: o.CustomerDeliveryName,
		CustomerDeliveryPhone: o.CustomerDeliveryPhone, Addresses: addresses, DateOrdered: o.DateOrdered,
		PaymentTime: o.PaymentTime, CustomerReferenceNo: o.CustomerReferenceNo, ProjectID: o.ProjectID,
		OurReference: o.OurReference, IncludeVAT: o.IncludeVAT, YourReference: o.YourReference,
		InvoiceTitle: o.InvoiceTitle, InvoiceText: o.InvoiceText, CustomerOrgNo: o.CustomerOrgNo, Currency: o.Currency,
		PaymentMethodID: o.PaymentMethodID, ProductionManagerID: o.ProductionManagerID,
		SalesOpportunityID: o.SalesOpportunityID, TypeOfSaleID: o.TypeOfSaleID,
		DistributionMethod: o.DistributionMethod, DepartmentID: o.DepartmentID,
		InvoiceEmailAddress: o.InvoiceEmailAddress, DeliveryDate: o.DeliveryDate,
		ReferenceOrderID: o.ReferenceOrderID, ReferenceNumber: o.ReferenceNumber, SkipStock: o.SkipStock,
		AccrualDate: o.AccrualDate, AccrualLength: o.AccrualLength, RoundFactor: o.RoundFactor,
		InvoiceTemplateID: o.InvoiceTemplateID, DeliveryMethod: o.DeliveryMethod,
		DeliveryAlternative: o.DeliveryAlternative, SendToFactoring: o.SendToFactoring, Commission: o.Commission,
		UserDefinedDimensions: o.UserDefinedDimensions, GLNNumber: o.GLNNumber, CustomerDeliveryID: o.CustomerDeliveryID,
	}
}

// Copy returns the row as one to be written, with its id and without a change state.
func (r Row) Copy() RowWrite {
	return RowWrite{
		ProductID: r.ProductID, ID: r.ID, Price: r.Price, Name: r.Name, DiscountRate: r.DiscountRate,
		Quantity: r.Quantity, QuantityDelivered: r.QuantityDelivered, QuantityOrdered: r.QuantityOrdered,
		QuantityRest: r.QuantityRest, Cost: r.Cost, TypeGroupID: r.TypeGroupID, SequenceNumber: r.SequenceNumber,
		Hidden: r.Hidden, Type: r.Type, InPrice: r.InPrice, AccrualDate: r.AccrualDate,
		AccrualLength: r.AccrualLength, AccountProject: r.AccountProject, ProjectID: r.ProjectID,
		DepartmentID: r.DepartmentID, UserDefinedDimensions: r.UserDefinedDimensions, SerialNumber: r.SerialNumber,
	}
}

type saveInvoices struct {
	Invoices []OrderWrite `soap:"invoices>InvoiceOrder"`
}

// A savedOrder is what counts of an order in a save's answer; the rest is an echo of the request.
type savedOrder struct {
	ID OrderID `soap:"OrderId"`
}

func (o savedOrder) key() string {
	if o.ID == 0 {
		return "new order"
	}
	return fmt.Sprintf("order %d", o.ID)
}

// SaveOrder saves one order and returns its id. One at a time, because a batch can be saved in part.
//
// It is not repeated where the service may have acted on it: a new order would be made twice, and the status of an
// existing one may meanwhile have been moved by a person. Such an error is marked Maybe; read the order again.
func (c *Client) SaveOrder(ctx context.Context, order OrderWrite) (OrderID, error) {
	op := operation{path: invoicePath, name: "SaveInvoices", write: true, texts: texts(reflect.ValueOf(order))}
	key := savedOrder{order.ID}.key()
	if problem := order.problem(); problem != "" {
		return 0, op.fail(errclass.Defect, "%s: %s", key, problem).Error
	}
	var saved savedOrder
	var refused error
	f := c.call(ctx, op, saveInvoices{[]OrderWrite{order}}, records(op, "InvoiceOrder", func(o savedOrder, err error) bool {
		saved, refused = o, err
		return true
	}))
	switch {
	case f != nil:
		return 0, f.forRecord(key)
	case refused != nil:
		return 0, refused
	case saved.ID == 0 || order.ID != 0 && saved.ID != order.ID:
		return 0, op.fail(errclass.Defect, "%s: the answer names order %d", key, saved.ID).uncertain(op).Error
	}
	return saved.ID, nil
}

// problem returns why an order must not be sent, by the vendor's rules for saves and by what would do harm.
func (o OrderWrite) problem() string {
	switch {
	case o.CustomerID == 0:
		return "no customer"
	case !slices.Contains(OrderStatuses(), o.Status) || o.Status == StatusNone:
		return fmt.Sprintf("%q is no status to be written", o.Status)
	case o.Status.Invoices():
		return fmt.Sprintf("status %s would invoice and book the order", o.Status.Name())
	}
	for i, row := range o.Rows {
		if problem := row.problem(o.ID != 0); problem != "" {
			return fmt.Sprintf("row %d: %s", i+1, problem)
		}
	}
	return ""
}

func (r RowWrite) problem(existing bool) string {
	switch r.ChangeState {
	case RowEdit, RowDelete:
		if !existing || r.ID == 0 {
			return fmt.Sprintf("%s needs an existing order and a row id", r.ChangeState)
		}
	case RowAdd:
		if r.ID != 0 {
			return "a row to be added has no id"
		}
	case "":
		if existing {
			return "a row of an existing order needs a change state"
		}
		if r.ID != 0 {
			return "a row of a new order has no id"
		}
	default:
		return fmt.Sprintf("%q is no change state", r.ChangeState)
	}
	return ""
}
