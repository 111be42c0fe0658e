package office24

import "strings"

// An OrderStatus is a value of OrderSlipStateType as it is sent.
type OrderStatus string

// The order statuses of the WSDL, in its order. Two of them are sent with a prefix that the user interface does not
// show.
const (
	StatusNone                OrderStatus = "None"
	StatusOffer               OrderStatus = "Offer"
	StatusPack                OrderStatus = "Pack"
	StatusInvoiced            OrderStatus = "Invoiced"
	StatusWeb                 OrderStatus = "Web"
	StatusRepeating           OrderStatus = "Repeating"
	StatusCollectingOrder     OrderStatus = "CollectingOrder"
	StatusReturn              OrderStatus = "Return"
	StatusDistribution        OrderStatus = "Distribution"
	StatusRest                OrderStatus = "Rest"
	StatusForInvoicing        OrderStatus = "ForInvoicing"
	StatusOvertimeRent        OrderStatus = "OvertimeRent"
	StatusConfirmed           OrderStatus = "Confirmed"
	StatusSent                OrderStatus = "OrderState_Sent"
	StatusProduction          OrderStatus = "Production"
	StatusPaymentReminder     OrderStatus = "PaymentReminder"
	StatusOnAccount           OrderStatus = "OnAccount"
	StatusLending             OrderStatus = "Lending"
	StatusInvoicedCashAccount OrderStatus = "InvoicedCashAccount"
	StatusInvoicedPack        OrderStatus = "InvoicedPack"
	StatusInactive            OrderStatus = "Inactive"
	StatusHours               OrderStatus = "Hours"
	StatusSuperStore          OrderStatus = "OrderState_SuperStore"
	StatusDraft               OrderStatus = "Draft"
)

// OrderStatuses lists every status of the WSDL.
func OrderStatuses() []OrderStatus {
	return []OrderStatus{
		StatusNone, StatusOffer, StatusPack, StatusInvoiced, StatusWeb, StatusRepeating, StatusCollectingOrder,
		StatusReturn, StatusDistribution, StatusRest, StatusForInvoicing, StatusOvertimeRent, StatusConfirmed,
		StatusSent, StatusProduction, StatusPaymentReminder, StatusOnAccount, StatusLending,
		StatusInvoicedCashAccount, StatusInvoicedPack, StatusInactive, StatusHours, StatusSuperStore, StatusDraft,
	}
}

const wirePrefix = "OrderState_"

// Name returns the status as people know it: Sent, not OrderState_Sent.
func (s OrderStatus) Name() string { return strings.TrimPrefix(string(s), wirePrefix) }

// Invoices reports whether an order in this status is invoiced: it can no longer be changed, and writing the status
// would invoice and book the order, which cannot be undone.
func (s OrderStatus) Invoices() bool {
	return s == StatusInvoiced || s == StatusInvoicedCashAccount || s == StatusInvoicedPack
}

// StatusNamed returns the status that people know by a name, and whether there is one.
func StatusNamed(name string) (OrderStatus, bool) {
	for _, s := range OrderStatuses() {
		if s.Name() == name {
			return s, true
		}
	}
	return "", false
}
