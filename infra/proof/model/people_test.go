package model

import (
	"fmt"
	"slices"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// A pick chooses one of n things, at random.
type pick func(n int) int

// An act is something that people do: how often, as a weight, and what. Do says what it did, and false where it cannot be
// done at the moment; then it has done nothing.
type act struct {
	name   string
	weight int
	do     func(*world, pick) (string, bool)
}

func one[T any](pick pick, things []T) T { return things[pick(len(things))] }

// Few of everything, so that things meet.
const (
	mostProducts = 5
	mostOrders   = 6
)

var (
	numbers     = []string{"A-1", "A-2", "A-3", "A-4", "a-1", ""}
	names       = []string{"Kjele", "Blåbær & fløte", "Telt «Jotunheimen»", "Tau"}
	streets     = []string{"Testveien 1", "Bakveien 2", "Ødegårdsvegen 3"}
	quantities  = []string{"1", "2", "3", "1.5", "5"}
	companyIDs  = []office24.CompanyID{5001, 5002}
	supplierIDs = []office24.CompanyID{6001, 6002}
)

func quantity(pick pick) *number.Decimal { d := number.MustParse(one(pick, quantities)); return &d }

// sales are the acts in 24SevenOffice.
var sales = []act{
	{"order", 8, newOrder},
	{"edit quantity", 3, editQuantity},
	{"add row", 3, addRow},
	{"remove row", 2, removeRow},
	{"edit address", 1, editAddress},
	{"edit date", 1, editDate},
	{"edit method", 1, editMethod},
	{"confirm", 3, moveTo(office24.StatusConfirmed)},
	{"withdraw", 2, withdraw},
	{"move by hand", 2, moveByHand},
	{"invoice", 1, moveTo(office24.StatusInvoiced)},
	{"delete order", 1, deleteOrder},
	{"new product", 2, newProduct},
	{"rename product", 1, renameProduct},
	{"renumber product", 2, renumberProduct},
	{"expire product", 1, expireProduct},
	{"remove product", 1, removeProduct},
	{"change supplier", 1, changeSupplier},
	{"edit supplier", 1, editSupplier},
	{"set stock", 2, setStock},
}

func (w *world) begin() {
	for _, id := range companyIDs {
		w.company.AddCompany(office24.Company{ID: id, Name: "Kunde " + ids(id), Type: office24.CompanyBusiness})
	}
	for _, id := range supplierIDs {
		w.company.AddCompany(office24.Company{ID: id, Name: "Leverandør " + ids(id), Type: office24.CompanySupplier,
			Addresses: office24.Addresses{Post: &office24.Address{Street: streets[0], PostalCode: "0001", PostalArea: "TESTBY"}}})
	}
	yes, status := true, 1
	for i := range 2 {
		w.company.AddProduct(office24.Product{No: numbers[i], Name: names[i], StockControlled: &yes, StatusID: &status, SupplierID: supplierIDs[i]})
	}
}

func newOrder(w *world, pick pick) (string, bool) {
	products := w.company.Products()
	if len(products) == 0 || len(w.company.Orders()) >= mostOrders {
		return "", false
	}
	customer := one(pick, companyIDs)
	o := office24.Order{CustomerID: customer, CustomerName: "Kunde " + ids(customer), DateOrdered: w.clock.erpNow(), Status: office24.StatusConfirmed,
		Addresses: office24.Addresses{Delivery: &office24.Address{Street: one(pick, streets), PostalCode: "0001", PostalArea: "TESTBY"}}}
	if pick(4) == 1 {
		o.Status = office24.StatusDraft
	}
	for range 1 + pick(2) {
		o.Rows = append(o.Rows, office24.Row{ProductID: one(pick, products).ID, Quantity: quantity(pick), Price: quantity(pick)})
	}
	id := w.company.AddOrder(o)
	o, _ = w.company.Order(id)
	return fmt.Sprintf("order %d: %s, %s", id, o.Status.Name(), rowsText(o)), true
}

// order picks an order that people may still work on.
func (w *world) order(pick pick, may func(office24.Order) bool) (office24.Order, bool) {
	orders := slices.DeleteFunc(w.company.Orders(), func(o office24.Order) bool { return o.Status.Invoices() || !may(o) })
	if len(orders) == 0 {
		return office24.Order{}, false
	}
	return one(pick, orders), true
}

func anyOrder(office24.Order) bool { return true }

// editable are the orders whose rows people still change: not those that were sent.
func editable(o office24.Order) bool { return o.Status != office24.StatusSent }

func hasRows(o office24.Order) bool { return editable(o) && len(o.Rows) > 0 }

func editQuantity(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, hasRows)
	if !ok {
		return "", false
	}
	row, quantity := pick(len(o.Rows)), quantity(pick)
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Rows[row].Quantity = quantity })
	return fmt.Sprintf("order %d: %s of row %d", o.ID, quantity, o.Rows[row].ID), true
}

func addRow(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, editable)
	products := w.company.Products()
	if !ok || len(products) == 0 || len(o.Rows) > 3 {
		return "", false
	}
	row := office24.Row{ProductID: one(pick, products).ID, Quantity: quantity(pick), Price: quantity(pick)}
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Rows = append(o.Rows, row) })
	return fmt.Sprintf("order %d: a row more, %s of product %d", o.ID, row.Quantity, row.ProductID), true
}

func removeRow(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, hasRows)
	if !ok {
		return "", false
	}
	row := pick(len(o.Rows))
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.Rows = slices.Delete(o.Rows, row, row+1) })
	return fmt.Sprintf("order %d: without row %d", o.ID, o.Rows[row].ID), true
}

func editAddress(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, editable)
	if !ok {
		return "", false
	}
	street := one(pick, streets)
	w.company.EditOrder(o.ID, func(o *office24.Order) {
		o.Addresses.Delivery = &office24.Address{Street: street, PostalCode: "0001", PostalArea: "TESTBY"}
	})
	return fmt.Sprintf("order %d: to %s", o.ID, street), true
}

func editDate(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, editable)
	if !ok {
		return "", false
	}
	at := w.clock.now().AddDate(0, 0, 1+pick(5))
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.DeliveryDate = at })
	return fmt.Sprintf("order %d: on %s", o.ID, at.Format("02 15:04")), true
}

func editMethod(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, editable)
	if !ok {
		return "", false
	}
	method := one(pick, methods)
	w.company.EditOrder(o.ID, func(o *office24.Order) { o.DeliveryMethod = &method })
	return fmt.Sprintf("order %d: by method %d", o.ID, method.ID), true
}

func moveTo(status office24.OrderStatus) func(*world, pick) (string, bool) {
	return func(w *world, pick pick) (string, bool) {
		o, ok := w.order(pick, func(o office24.Order) bool { return o.Status != status })
		if !ok {
			return "", false
		}
		w.company.SetStatus(o.ID, status)
		return fmt.Sprintf("order %d: %s → %s by hand", o.ID, o.Status.Name(), status.Name()), true
	}
}

func withdraw(w *world, pick pick) (string, bool) {
	return moveTo(one(pick, []office24.OrderStatus{office24.StatusInactive, office24.StatusOffer, office24.StatusDraft}))(w, pick)
}

func moveByHand(w *world, pick pick) (string, bool) {
	return moveTo(one(pick, []office24.OrderStatus{office24.StatusPack, office24.StatusProduction, office24.StatusRest, office24.StatusSent, office24.StatusForInvoicing}))(w, pick)
}

func deleteOrder(w *world, pick pick) (string, bool) {
	o, ok := w.order(pick, anyOrder)
	if !ok {
		return "", false
	}
	w.company.DeleteOrder(o.ID)
	return fmt.Sprintf("order %d: deleted", o.ID), true
}

func newProduct(w *world, pick pick) (string, bool) {
	if len(w.company.Products()) >= mostProducts {
		return "", false
	}
	yes, status := pick(5) != 4, 1
	p := office24.Product{No: one(pick, numbers), Name: one(pick, names), StockControlled: &yes, StatusID: &status, SupplierID: one(pick, supplierIDs)}
	id := w.company.AddProduct(p)
	return fmt.Sprintf("product %d: %q, stock-controlled %v", id, p.No, yes), true
}

func (w *world) product(pick pick) (office24.Product, bool) {
	products := w.company.Products()
	if len(products) == 0 {
		return office24.Product{}, false
	}
	return one(pick, products), true
}

// editProduct is an act that changes one product.
func editProduct(w *world, pick pick, edit func(*office24.Product) string) (string, bool) {
	p, ok := w.product(pick)
	if !ok {
		return "", false
	}
	var did string
	w.company.EditProduct(p.ID, func(p *office24.Product) { did = edit(p) })
	return fmt.Sprintf("product %d: %s", p.ID, did), true
}

func renameProduct(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string { p.Name = one(pick, names); return p.Name })
}

func renumberProduct(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string { p.No = one(pick, numbers); return fmt.Sprintf("number %q", p.No) })
}

func expireProduct(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		status := 1 - *p.StatusID
		p.StatusID = &status
		return fmt.Sprintf("status %d", status)
	})
}

func removeProduct(w *world, pick pick) (string, bool) {
	p, ok := w.product(pick)
	if !ok {
		return "", false
	}
	w.company.RemoveProduct(p.ID)
	return fmt.Sprintf("product %d: removed", p.ID), true
}

func changeSupplier(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		p.SupplierID = one(pick, supplierIDs)
		return "supplier " + ids(p.SupplierID)
	})
}

func editSupplier(w *world, pick pick) (string, bool) {
	id, street := one(pick, supplierIDs), one(pick, streets)
	w.company.EditCompany(id, func(c *office24.Company) {
		c.Name, c.Addresses.Post.Street = "Leverandør "+ids(id)+" i "+street, street
	})
	return fmt.Sprintf("supplier %d: moves to %s", id, street), true
}

func setStock(w *world, pick pick) (string, bool) {
	return editProduct(w, pick, func(p *office24.Product) string {
		p.Stock = quantity(pick)
		return "stock " + p.Stock.String() + " by hand"
	})
}
