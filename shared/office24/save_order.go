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

// A ChangeState says what the save does to a row of an existing order.
type ChangeState string

// The change states of the WSDL except None, which would either do nothing or add the row a second time.
const (
	RowAdd    ChangeState = "Add"
	RowEdit   ChangeState = "Edit"
	RowDelete ChangeState = "Delete"
)

// An OrderWrite is what SaveOrder sends. With an ID it changes that order, and members that are not set keep their
// values; without an ID it makes a new order. Members that register a payment or distribute an invoice are left out.
type OrderWrite struct {
	ID                    OrderID    `soap:"OrderId"`
	CustomerID            CustomerID `soap:"CustomerId"` // always required
	CustomerName          string
	CustomerDeliveryName  string
	CustomerDeliveryPhone string
	Addresses             *Addresses  // replaces the whole set
	Status                OrderStatus `soap:"OrderStatus"` // always required: an absent one means Web to the service
	DateOrdered           time.Time
	PaymentTime           *int
	CustomerReferenceNo   string
	ProjectID             int   `soap:"ProjectId"`
	OurReference          int   // an employee's id
	IncludeVAT            *bool `soap:",nil"` // nil keeps the value, but the schema requires the element
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

// A RowWrite is a row of an OrderWrite. Rows of an existing order need a ChangeState. Whether an edited row keeps the
// members that are not set is not documented: send all of them, from a new read.
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
	ProjectID             int `soap:"ProjectId"`
	DepartmentID          int `soap:"DepartmentId"`
	TaxSettings           *TaxSettings
	UserDefinedDimensions []UserDefinedDimension `soap:"UserDefinedDimensions>UserDefinedDimension"`
	SerialNumber          string
}

// Copy returns a new order on the same terms: all members that can be written, except id, status, rows and external
// status, which belong to the original.
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
		UserDefinedDimensions: o.UserDefinedDimensions, GLNNumber: o.GLNNumber,
		CustomerDeliveryID: o.CustomerDeliveryID,
	}
}

// Copy returns the row for a write, with its id and without a change state.
func (r Row) Copy() RowWrite {
	return RowWrite{
		ProductID: r.ProductID, ID: r.ID, Price: r.Price, Name: r.Name, DiscountRate: r.DiscountRate,
		Quantity: r.Quantity, QuantityDelivered: r.QuantityDelivered, QuantityOrdered: r.QuantityOrdered,
		QuantityRest: r.QuantityRest, Cost: r.Cost, TypeGroupID: r.TypeGroupID, SequenceNumber: r.SequenceNumber,
		Hidden: r.Hidden, Type: r.Type, InPrice: r.InPrice, AccrualDate: r.AccrualDate,
		AccrualLength: r.AccrualLength, AccountProject: r.AccountProject, ProjectID: r.ProjectID,
		DepartmentID: r.DepartmentID, TaxSettings: r.TaxSettings, UserDefinedDimensions: r.UserDefinedDimensions,
		SerialNumber: r.SerialNumber,
	}
}

type saveInvoices struct {
	Invoices []OrderWrite `soap:"invoices>InvoiceOrder"`
}

// A savedOrder is the relevant part of an order in the answer to a save; the rest echoes the request.
type savedOrder struct {
	ID OrderID `soap:"OrderId"`
}

func (o savedOrder) key() string {
	if o.ID == 0 {
		return "new order"
	}
	return fmt.Sprintf("order %d", o.ID)
}

// SaveOrder saves one order and returns its id. It takes one order at a time, because the service can save a batch in
// part.
//
// The call is not repeated if the service may have acted on it: a new order would be made twice, and a person may have
// changed the status of an existing order in the meantime. Such an error is Uncertain; read the order again.
//
// https://developer.24sevenoffice.com/docs/invoiceservice.html,
// https://api.24sevenoffice.com/Economy/InvoiceOrder/V001/InvoiceService.asmx?op=SaveInvoices
func (c *Client) SaveOrder(ctx context.Context, order OrderWrite) (OrderID, error) {
	op := operation{path: invoicePath, name: "SaveInvoices", write: true, texts: texts(reflect.ValueOf(order))}
	key := savedOrder{order.ID}.key()
	if problem := order.problem(); problem != "" {
		return 0, op.fail(errclass.Defect, "%s: %s", key, problem).Error
	}
	var saved savedOrder
	var refused error
	answer := records(op, "InvoiceOrder", func(o savedOrder, err error) bool {
		saved, refused = o, err
		return true
	})
	f := c.call(ctx, op, saveInvoices{[]OrderWrite{order}}, answer)
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

// SaveOrders changes existing orders, each of them once, in one call. The service can save a batch in part: refused has
// the reason for each order that it says it did not save, by id. It does not document the order of its answer. A
// refused order that does not name its id is taken for the first one that the answer does not name.
//
// For repeats, see SaveOrder: after an Uncertain error, read the orders again. What the answer does not mention is
// uncertain as well.
//
// https://developer.24sevenoffice.com/docs/invoiceservice.html,
// https://api.24sevenoffice.com/Economy/InvoiceOrder/V001/InvoiceService.asmx?op=SaveInvoices
func (c *Client) SaveOrders(ctx context.Context, orders []OrderWrite) (refused map[OrderID]error, err error) {
	op := operation{path: invoicePath, name: "SaveInvoices", write: true, texts: texts(reflect.ValueOf(orders))}
	sent := map[OrderID]bool{}
	for _, o := range orders {
		problem := o.problem()
		if o.ID == 0 || sent[o.ID] {
			problem = "a batch must have existing orders, each of them once"
		}
		if problem != "" {
			return nil, op.fail(errclass.Defect, "%s: %s", savedOrder{o.ID}.key(), problem).Error
		}
		sent[o.ID] = true
	}
	refused = map[OrderID]error{}
	named, nameless := map[OrderID]bool{}, []error{}
	answer := records(op, "InvoiceOrder", func(saved savedOrder, err error) bool {
		switch {
		case sent[saved.ID] && err != nil:
			named[saved.ID], refused[saved.ID] = true, err
		case sent[saved.ID]:
			named[saved.ID] = true
		case err != nil:
			nameless = append(nameless, err)
		}
		return true
	})
	switch f := c.call(ctx, op, saveInvoices{orders}, answer); {
	case f == nil:
		for _, o := range orders {
			if !named[o.ID] && len(nameless) > 0 {
				refused[o.ID], nameless = nameless[0], nameless[1:]
			}
		}
		return refused, nil
	case len(orders) == 1:
		return nil, f.forRecord(savedOrder{orders[0].ID}.key())
	default:
		return nil, f.Error
	}
}

// problem returns why an order must not be sent: it breaks the vendor's rules for saves, or would do harm.
func (o OrderWrite) problem() string {
	switch {
	case o.CustomerID == 0:
		return "the order has no customer"
	case !slices.Contains(OrderStatuses(), o.Status) || o.Status == StatusNone:
		return fmt.Sprintf("%q is not a status that can be written", o.Status)
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
			return "a row to be added must have no id"
		}
	case "":
		if existing {
			return "a row of an existing order needs a change state"
		}
		if r.ID != 0 {
			return "a row of a new order must have no id"
		}
	default:
		return fmt.Sprintf("%q is not a change state", r.ChangeState)
	}
	return ""
}
