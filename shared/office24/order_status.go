package office24

import "strings"

// An OrderStatus is a value of OrderSlipStateType as it goes over the wire.
type OrderStatus string

// The order statuses of the WSDL, in its order. Two of them carry a prefix on the wire that no person has ever seen.
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

// Name is the status as people know it: Sent, not OrderState_Sent.
func (s OrderStatus) Name() string { return strings.TrimPrefix(string(s), wirePrefix) }

// Invoices tells whether an order in this status is invoiced: it can no longer be changed, and writing the status
// would invoice and book the order for good.
func (s OrderStatus) Invoices() bool {
	return s == StatusInvoiced || s == StatusInvoicedCashAccount || s == StatusInvoicedPack
}

// StatusNamed finds a status by the name people know. The second result is false for a name that does not exist.
func StatusNamed(name string) (OrderStatus, bool) {
	for _, s := range OrderStatuses() {
		if s.Name() == name {
			return s, true
		}
	}
	return "", false
}
