package office24test

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"ongoing24so/shared/office24"
)

// saveOrder saves one order. It returns an exception if the order is refused, and nil if it is saved. It adds the id of
// a new order to the sent order, for the echo.
func (t *Tenant) saveOrder(sent *node, fault *Fault) *node {
	named := fault != nil && (fault.Key == "" || fault.Key == sent.child("OrderId").text || !sent.has("OrderId"))
	if named && fault.Kind == ItemException {
		return branch("APIException", leaf("Type", fault.Type), leaf("Message", fault.Text),
			leaf("StackTrace", "   at Office24Seven.Stack.Trace()"))
	}
	if refused := t.refuseHarmful(sent); refused != nil {
		return refused
	}
	if refused := refuseTooLong(sent, ""); refused != nil {
		return refused
	}
	customer, _ := strconv.Atoi(sent.child("CustomerId").text)
	if _, known := t.companies[office24.CompanyID(customer)]; !known {
		return apiException("Core.ParameterNotFoundException", "Customer %d does not exist", customer)
	}
	if sent.has("OrderId") {
		return t.updateOrder(sent)
	}
	return t.createOrder(sent)
}

// refuseHarmful refuses an order that would do lasting harm, and adds a violation.
func (t *Tenant) refuseHarmful(sent *node) *node {
	var problem string
	status := office24.OrderStatus(sent.child("OrderStatus").text)
	switch {
	case status.Invoices():
		problem = fmt.Sprintf("status %s would invoice the order", status)
	case sent.has("PaymentAmount"):
		problem = "PaymentAmount would register a payment"
	case sent.child("Distributor").text == "Auto":
		problem = "Distributor Auto would distribute the invoice"
	case sent.has("InvoiceRows") && len(sent.child("InvoiceRows").children) == 0:
		problem = "empty InvoiceRows, whose effect is not documented"
	default:
		return nil
	}
	t.server.addViolation("client %d, order %s: %s", t.clientID, sent.child("OrderId").text, problem)
	return apiException("Core.ForbiddenException", "Refused by the simulator: %s", problem)
}

// refuseTooLong refuses texts that are too long for the database (source: the vendor's data types).
func refuseTooLong(n *node, in string) *node {
	limits := map[string]int{
		"CustomerName": 100, "CustomerDeliveryName": 250, "CustomerDeliveryPhone": 25, "YourReference": 50,
		"InvoiceTitle": office24.MaxInvoiceTitle, "InvoiceText": office24.MaxInvoiceText, "CustomerOrgNo": 20,
		"InvoiceEmailAddress": 250, "ReferenceNumber": 50, "DeliveryAlternative": 250, "GLNNumber": 13,
		"InvoiceRow/Name": 300, "Delivery/Street": 250,
	}
	for _, c := range n.children {
		limit, ok := limits[c.name]
		if !ok {
			limit, ok = limits[in+"/"+c.name]
		}
		if ok && utf8.RuneCountInString(c.text) > limit {
			return apiException("Data.DataBaseServerException", "SQL Server encountered an error "+
				"with severity level 16: String or binary data would be truncated (%s)", c.name)
		}
		if refused := refuseTooLong(c, c.name); refused != nil {
			return refused
		}
	}
	return nil
}

func (t *Tenant) createOrder(sent *node) *node {
	created := &order{Order: office24.Order{Status: office24.StatusWeb}}
	apply(sent, reflect.ValueOf(&created.Order).Elem())
	for i := range created.Rows {
		created.Rows[i].ID = 0
		if refused := t.refuseUnknownProduct(created.Rows[i]); refused != nil {
			return refused
		}
	}
	t.lastOrder++
	created.ID = t.lastOrder
	if created.DateOrdered.IsZero() {
		created.DateOrdered = t.server.options.Now().UTC().Truncate(time.Second)
	}
	t.orders[created.ID] = created
	t.finishSave(created)
	sent.children = append(sent.children, leaf("OrderId", strconv.Itoa(int(created.ID))))
	return nil
}

// finishSave does what follows every save.
func (t *Tenant) finishSave(o *order) {
	t.complete(o)
	t.applyStatus(o)
	o.DateChanged = t.changed()
}

func (t *Tenant) refuseUnknownProduct(row office24.Row) *node {
	if row.Type == office24.RowText || row.Type == office24.RowTextBold || t.products[row.ProductID] != nil {
		return nil
	}
	return apiException("Core.ParameterNotFoundException", "Product %d does not exist", row.ProductID)
}

func (t *Tenant) updateOrder(sent *node) *node {
	id, _ := strconv.Atoi(sent.child("OrderId").text)
	existing := t.orders[office24.OrderID(id)]
	switch {
	case existing == nil:
		return apiException("Core.ParameterNotFoundException", "Order %d does not exist", id)
	case existing.Status.Invoices():
		return apiException("Economy.InvoiceOrder.OrderIsInvoicedException",
			"Order %d is invoiced and cannot be changed", id)
	}
	rows := existing.Rows
	changed := &order{Order: clone(existing.Order), leftStock: existing.leftStock}
	changed.Status = office24.StatusWeb // the schema's default; apply sets another status
	apply(sent, reflect.ValueOf(&changed.Order).Elem())
	changed.Rows = clone(rows)
	for _, row := range sent.child("InvoiceRows").children {
		if refused := t.changeRow(changed, row); refused != nil {
			return refused
		}
	}
	*existing = *changed
	t.finishSave(existing)
	return nil
}

// changeRow executes a row's ChangeState. Without a ChangeState it adds the row, even if the row already exists.
func (t *Tenant) changeRow(o *order, sent *node) *node {
	id, _ := strconv.Atoi(sent.child("RowId").text)
	at := slices.IndexFunc(o.Rows, func(r office24.Row) bool { return r.ID == office24.RowID(id) })
	state := sent.child("ChangeState").text
	if (state == "Edit" || state == "Delete") && at < 0 {
		return apiException("Core.ParameterNotFoundException", "Row %d does not exist", id)
	}
	switch state {
	case "Delete":
		o.Rows = slices.Delete(o.Rows, at, at+1)
		return nil
	case "Edit":
		before := o.Rows[at]
		if !t.server.options.KeepUnsentOnEdit {
			o.Rows[at] = office24.Row{ID: before.ID, ProductID: before.ProductID, SequenceNumber: before.SequenceNumber}
		}
		apply(sent, reflect.ValueOf(&o.Rows[at]).Elem())
		return t.refuseUnknownProduct(o.Rows[at])
	}
	var row office24.Row
	apply(sent, reflect.ValueOf(&row).Elem())
	row.ID = 0
	o.Rows = append(o.Rows, row)
	return t.refuseUnknownProduct(row)
}
