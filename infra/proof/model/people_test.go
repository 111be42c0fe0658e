package model

import (
	"fmt"
	"slices"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// A pick chooses one of n things.
type pick func(n int) int

// An act is something that people do.
type act struct {
	name   string
	weight int // how often it is picked
	// do returns a description of what it did, or false if it is not possible now and nothing was done.
	do func(*world, pick) (string, bool)
}

func pickOne[T any](pick pick, things []T) T { return things[pick(len(things))] }

// There are few of everything, so that acts meet the same records.
const (
	maxProducts = 5
	maxOrders   = 6
)

var (
	numbers     = []string{"A-1", "A-2", "A-3", "A-4", "a-1", ""}
	names       = []string{"Kjele", "Blåbær & fløte", "Telt «Jotunheimen»", "Tau"}
	streets     = []string{"Testveien 1", "Bakveien 2", "Ødegårdsvegen 3"}
	quantities  = []string{"1", "2", "3", "1.5", "5"}
	companyIDs  = []office24.CompanyID{5001, 5002}
	supplierIDs = []office24.CompanyID{6001, 6002}
)

func quantity(pick pick) *number.Decimal { d := number.MustParse(pickOne(pick, quantities)); return &d }

func newRow(pick pick, products []office24.Product) office24.Row {
	return office24.Row{ProductID: pickOne(pick, products).ID, Quantity: quantity(pick), Price: quantity(pick)}
}

func address(street string) *office24.Address {
	return &office24.Address{Street: street, PostalCode: "0001", PostalArea: "TESTBY"}
}

func deliverTo(street string) office24.Addresses {
	return office24.Addresses{Delivery: address(street)}
}

// sales are the acts in 24SevenOffice, with their weights.
var sales = []act{
	{name: "order", weight: 8, do: newOrder},
	{name: "edit quantity", weight: 3, do: editQuantity},
	{name: "add row", weight: 3, do: addRow},
	{name: "remove row", weight: 2, do: removeRow},
	{name: "edit address", weight: 1, do: editAddress},
	{name: "edit date", weight: 1, do: editDate},
	{name: "edit method", weight: 1, do: editMethod},
	{name: "confirm", weight: 3, do: moveTo(office24.StatusConfirmed)},
	{name: "withdraw", weight: 2, do: withdraw},
	{name: "move by hand", weight: 2, do: moveByHand},
	{name: "invoice", weight: 1, do: moveTo(office24.StatusInvoiced)},
	{name: "delete order", weight: 1, do: deleteOrder},
	{name: "new product", weight: 2, do: newProduct},
	{name: "rename product", weight: 1, do: renameProduct},
	{name: "renumber product", weight: 2, do: renumberProduct},
	{name: "expire product", weight: 1, do: expireProduct},
	{name: "remove product", weight: 1, do: removeProduct},
	{name: "change supplier", weight: 1, do: changeSupplier},
	{name: "edit supplier", weight: 1, do: editSupplier},
	{name: "set stock", weight: 2, do: setStock},
}

// seed fills 24SevenOffice for the start of a story.
func (w *world) seed() {
	for _, id := range companyIDs {
		w.company.AddCompany(office24.Company{ID: id, Name: "Kunde " + ids(id), Type: office24.CompanyBusiness})
	}
	for _, id := range supplierIDs {
		w.company.AddCompany(office24.Company{
			ID: id, Name: "Leverandør " + ids(id), Type: office24.CompanySupplier,
			Addresses: office24.Addresses{Post: address(streets[0])},
		})
	}
	yes, status := true, 1
	for i := range 2 {
		w.company.AddProduct(office24.Product{
			No: numbers[i], Name: names[i], StockControlled: &yes, StatusID: &status, SupplierID: supplierIDs[i],
		})
	}
}

func newOrder(w *world, pick pick) (string, bool) {
	products := w.company.Products()
	if len(products) == 0 || len(w.company.Orders()) >= maxOrders {
		return "", false
	}
	customer := pickOne(pick, companyIDs)
	o := office24.Order{
		CustomerID: customer, CustomerName: "Kunde " + ids(customer), DateOrdered: w.clock.erpNow(),
		Status: office24.StatusConfirmed, Addresses: deliverTo(pickOne(pick, streets)),
	}
	if pick(4) == 1 {
		o.Status = office24.StatusDraft
	}
	for range 1 + pick(2) {
		o.Rows = append(o.Rows, newRow(pick, products))
	}
	id := w.company.AddOrder(o)
	o, _ = w.company.Order(id)
	return fmt.Sprintf("order %d: %s, %s", id, o.Status.Name(), rowsText(o)), true
}

// pickOrder picks an order that is not invoiced and that the caller allows.
func (w *world) pickOrder(pick pick, allowed func(office24.Order) bool) (office24.Order, bool) {
	orders := slices.DeleteFunc(w.company.Orders(), func(o office24.Order) bool {
		return o.Status.Invoices() || !allowed(o)
	})
	if len(orders) == 0 {
		return office24.Order{}, false
	}
	return pickOne(pick, orders), true
}

func anyOrder(office24.Order) bool { return true }

// editable reports whether people still edit an order: not after it was Sent.
func editable(o office24.Order) bool { return o.Status != office24.StatusSent }

func hasRows(o office24.Order) bool { return editable(o) && len(o.Rows) > 0 }

func editQuantity(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, hasRows)
	if !ok {
		return "", false
	}
	row, quantity := pick(len(o.Rows)), quantity(pick)
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Rows[row].Quantity = quantity })
	return fmt.Sprintf("order %d: %s of row %d", o.ID, quantity, o.Rows[row].ID), true
}

func addRow(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, editable)
	products := w.company.Products()
	if !ok || len(products) == 0 || len(o.Rows) > 3 {
		return "", false
	}
	row := newRow(pick, products)
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Rows = append(o.Rows, row) })
	return fmt.Sprintf("order %d: another row, %s of product %d", o.ID, row.Quantity, row.ProductID), true
}

func removeRow(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, hasRows)
	if !ok {
		return "", false
	}
	row := pick(len(o.Rows))
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Rows = slices.Delete(o.Rows, row, row+1) })
	return fmt.Sprintf("order %d: without row %d", o.ID, o.Rows[row].ID), true
}

func editAddress(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, editable)
	if !ok {
		return "", false
	}
	street := pickOne(pick, streets)
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Addresses.Delivery = address(street) })
	return fmt.Sprintf("order %d: to %s", o.ID, street), true
}

func editDate(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, editable)
	if !ok {
		return "", false
	}
	at := w.clock.now().AddDate(0, 0, 1+pick(5))
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.DeliveryDate = at })
	return fmt.Sprintf("order %d: on %s", o.ID, at.Format("02 15:04")), true
}

func editMethod(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, editable)
	if !ok {
		return "", false
	}
	method := pickOne(pick, methods)
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.DeliveryMethod = &method })
	return fmt.Sprintf("order %d: by method %d", o.ID, method.ID), true
}

func moveTo(status office24.OrderStatus) func(*world, pick) (string, bool) {
	return func(w *world, pick pick) (string, bool) {
		o, ok := w.pickOrder(pick, func(o office24.Order) bool { return o.Status != status })
		if !ok {
			return "", false
		}
		w.company.SetStatus(o.ID, status)
		return fmt.Sprintf("order %d: %s → %s by hand", o.ID, o.Status.Name(), status.Name()), true
	}
}

func withdraw(w *world, pick pick) (string, bool) {
	statuses := []office24.OrderStatus{office24.StatusInactive, office24.StatusOffer, office24.StatusDraft}
	return moveTo(pickOne(pick, statuses))(w, pick)
}

func moveByHand(w *world, pick pick) (string, bool) {
	statuses := []office24.OrderStatus{
		office24.StatusPack, office24.StatusProduction, office24.StatusRest, office24.StatusSent,
		office24.StatusForInvoicing,
	}
	return moveTo(pickOne(pick, statuses))(w, pick)
}

func deleteOrder(w *world, pick pick) (string, bool) {
	o, ok := w.pickOrder(pick, anyOrder)
	if !ok {
		return "", false
	}
	w.company.DeleteOrder(o.ID)
	return fmt.Sprintf("order %d: deleted", o.ID), true
}

func newProduct(w *world, pick pick) (string, bool) {
	if len(w.company.Products()) >= maxProducts {
		return "", false
	}
	yes, status := pick(5) != 4, 1
	p := office24.Product{
		No: pickOne(pick, numbers), Name: pickOne(pick, names), StockControlled: &yes, StatusID: &status,
		SupplierID: pickOne(pick, supplierIDs),
	}
	id := w.company.AddProduct(p)
	return fmt.Sprintf("product %d: %q, stock-controlled %v", id, p.No, yes), true
}

func (w *world) pickProduct(pick pick) (office24.Product, bool) {
	products := w.company.Products()
	if len(products) == 0 {
		return office24.Product{}, false
	}
	return pickOne(pick, products), true
}

// editProduct edits a product; edit returns a description.
func editProduct(w *world, pick pick, edit func(*office24.Product) string) (string, bool) {
	p, ok := w.pickProduct(pick)
	if !ok {
		return "", false
	}
	w.touchProduct(p.ID)
	var did string
	w.company.EditProduct(p.ID, func(p *office24.Product) { did = edit(p) })
	return fmt.Sprintf("product %d: %s", p.ID, did), true
}

func (w *world) touchProduct(id office24.ProductID) {
	if w.run != nil {
		w.run.touchedProducts = append(w.run.touchedProducts, id)
	}
}

func renameProduct(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string { p.Name = pickOne(pick, names); return p.Name })
}

func renumberProduct(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		p.No = pickOne(pick, numbers)
		return fmt.Sprintf("number %q", p.No)
	})
}

func expireProduct(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		status := 1 - *p.StatusID
		p.StatusID = &status
		return fmt.Sprintf("status %d", status)
	})
}

func removeProduct(w *world, pick pick) (string, bool) {
	p, ok := w.pickProduct(pick)
	if !ok {
		return "", false
	}
	w.company.RemoveProduct(p.ID)
	w.touchProduct(p.ID)
	return fmt.Sprintf("product %d: removed", p.ID), true
}

func changeSupplier(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		p.SupplierID = pickOne(pick, supplierIDs)
		return "supplier " + ids(p.SupplierID)
	})
}

func editSupplier(w *world, pick pick) (string, bool) {
	id, street := pickOne(pick, supplierIDs), pickOne(pick, streets)
	w.company.EditCompany(id, func(c *office24.Company) {
		c.Name, c.Addresses.Post.Street = "Leverandør "+ids(id)+" i "+street, street
	})
	return fmt.Sprintf("supplier %d moves to %s", id, street), true
}

func setStock(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		p.Stock = quantity(pick)
		return "stock " + p.Stock.String() + " by hand"
	})
}
