package acts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// salesActs are those of people in 24SevenOffice.
func salesActs() []Act {
	order := func(a Act) Act { a.System, a.Kind = localstack.Office24, localstack.Order; return a }
	product := func(a Act) Act { a.System, a.Kind = localstack.Office24, localstack.Product; return a }
	company := func(a Act) Act { a.System = localstack.Office24; return a }
	return []Act{
		order(Act{Name: "confirm", Title: "Confirm", do: setStatus(office24.StatusConfirmed)}),
		order(Act{Name: "edit-quantity", Title: "Change a quantity", Fields: askQuantity, do: editQuantity}),
		order(Act{Name: "add-row", Title: "Add a row", Fields: askProduct, do: addRow}),
		order(Act{Name: "remove-row", Title: "Remove a row", Fields: func(t Target) []Field {
			return []Field{{Name: "row", Label: "Row", Value: first(t.rows()), Choices: t.rows()}}
		}, do: removeRow}),
		order(Act{Name: "edit-delivery", Title: "Change the delivery", Fields: askDelivery, do: editDelivery}),
		order(Act{
			Name: "withdraw", Title: "Withdraw", do: moveTo,
			About: "With salesOrders.cancelWithdrawn, the order is cancelled in Ongoing while that is possible.",
			Fields: fields(Field{
				Name: "status", Label: "Status", Value: "Inactive", Choices: same("Inactive", "Offer", "Draft"),
			}),
		}),
		order(Act{
			Name: "set-status", Title: "Move to another status", do: moveTo,
			About:  "By hand, as somebody does who does not know of the integration.",
			Fields: fields(Field{Name: "status", Label: "Status", Value: "Pack", Choices: statuses()}),
		}),
		order(Act{Name: "invoice", Title: "Invoice", do: setStatus(office24.StatusInvoiced)}),
		order(Act{Name: "delete-order", Title: "Delete", do: func(_ context.Context, t Target) error {
			o, err := t.order()
			if err == nil {
				t.Company.DeleteOrder(o.ID)
			}
			return err
		}}),
		product(Act{Name: "rename", Title: "Rename", Fields: func(t Target) []Field {
			p, _ := t.product()
			return []Field{{Name: "name", Label: "Name", Value: p.Name}}
		}, do: editProduct(func(t Target, p *office24.Product) { p.Name = t.Values["name"] })}),
		product(Act{
			Name: "renumber", Title: "Renumber", About: "The article is renamed; no second one is made.",
			Fields: func(t Target) []Field {
				p, _ := t.product()
				return []Field{{Name: "number", Label: "Number", Value: p.No}}
			},
			do: editProduct(func(t Target, p *office24.Product) { p.No = t.Values["number"] }),
		}),
		product(Act{
			Name: "swap", Title: "Exchange numbers", About: "Each product gets the number of the other one.",
			Fields: func(t Target) []Field {
				others := slices.DeleteFunc(t.products(), func(c Choice) bool { return c.Value == t.Key })
				return []Field{{Name: "with", Label: "With", Value: first(others), Choices: others}}
			}, do: swapNumbers,
		}),
		product(Act{Name: "expire", Title: "Expire",
			do: editProduct(func(_ Target, p *office24.Product) { p.StatusID = new(int) })}),
		product(Act{Name: "revive", Title: "Take back into use",
			do: editProduct(func(_ Target, p *office24.Product) { p.StatusID = new(1) })}),
		product(Act{
			Name: "set-stock", Title: "Set the stock",
			About:  "Ongoing's figure wins at the next comparison of everything.",
			Fields: fields(Field{Name: "stock", Label: "Stock", Value: "0", Decimal: true}),
			do: editProduct(func(t Target, p *office24.Product) {
				d, _ := t.decimal("stock")
				p.Stock = &d
			}),
		}),
		product(Act{Name: "remove-product", Title: "Delete", do: func(_ context.Context, t Target) error {
			p, err := t.product()
			if err == nil {
				t.Company.RemoveProduct(p.ID)
			}
			return err
		}}),
		{
			Name: "edit-supplier", Title: "Change name and address", Fields: askSupplier, do: editSupplier,
			System: localstack.Office24, Kind: localstack.Supplier,
		},
		company(Act{Name: "new-order", Title: "New order", Fields: askOrder, do: newOrder}),
		company(Act{Name: "new-product", Title: "New product", Fields: fields(
			Field{Name: "number", Label: "Number", Value: "LUE-1"},
			Field{Name: "name", Label: "Name", Value: "Lue «Dovre», ull"},
			Field{Name: "stock", Label: "Stock", Value: "0", Decimal: true},
		), do: newProduct}),
	}
}

func statuses() []Choice {
	var names []string
	for _, s := range office24.OrderStatuses() {
		names = append(names, s.Name())
	}
	return same(names...)
}

func setStatus(status office24.OrderStatus) func(context.Context, Target) error {
	return func(_ context.Context, t Target) error {
		o, err := t.order()
		if err != nil {
			return err
		}
		if o.Status.Invoices() {
			return fmt.Errorf("order %d is invoiced; nobody can change it", o.ID)
		}
		t.Company.SetStatus(o.ID, status)
		return nil
	}
}

func moveTo(ctx context.Context, t Target) error {
	status, _ := office24.StatusNamed(t.Values["status"])
	return setStatus(status)(ctx, t)
}

// editOrder edits an order that is not invoiced.
func (t Target) editOrder(edit func(*office24.Order) error) error {
	o, err := t.order()
	switch {
	case err != nil:
		return err
	case o.Status.Invoices():
		return fmt.Errorf("order %d is invoiced; nobody can change it", o.ID)
	}
	t.Company.EditOrder(o.ID, func(o *office24.Order) { err = edit(o) })
	return err
}

func (t Target) row(o *office24.Order) (int, error) {
	i := slices.IndexFunc(o.Rows, func(r office24.Row) bool { return id(r.ID) == t.Values["row"] })
	if i < 0 {
		return i, fmt.Errorf("order %d has no row %s", o.ID, t.Values["row"])
	}
	return i, nil
}

func askQuantity(t Target) []Field {
	return []Field{
		{Name: "row", Label: "Row", Value: first(t.rows()), Choices: t.rows()},
		{Name: "quantity", Label: "Quantity", Value: "1", Decimal: true},
	}
}

func editQuantity(_ context.Context, t Target) error {
	d, err := t.decimal("quantity")
	return errors.Join(err, t.editOrder(func(o *office24.Order) error {
		i, err := t.row(o)
		if err == nil {
			o.Rows[i].Quantity = &d
		}
		return err
	}))
}

func askProduct(t Target) []Field {
	return []Field{
		{Name: "product", Label: "Product", Value: first(t.products()), Choices: t.products()},
		{Name: "quantity", Label: "Quantity", Value: "1", Decimal: true},
	}
}

func (t Target) newRow() (office24.Row, error) {
	d, err := t.decimal("quantity")
	product, _ := strconv.Atoi(t.Values["product"])
	p, _ := t.Company.Product(office24.ProductID(product))
	return office24.Row{ProductID: p.ID, Quantity: &d, Price: p.Price, Type: office24.RowNormal}, err
}

func addRow(_ context.Context, t Target) error {
	row, err := t.newRow()
	return errors.Join(err, t.editOrder(func(o *office24.Order) error { o.Rows = append(o.Rows, row); return nil }))
}

func removeRow(_ context.Context, t Target) error {
	return t.editOrder(func(o *office24.Order) error {
		i, err := t.row(o)
		if err == nil {
			o.Rows = slices.Delete(o.Rows, i, i+1)
		}
		return err
	})
}

// The merchants' delivery methods, with one that no settings list.
func methods() []Choice {
	return []Choice{
		{
			"4",
			"4 Pakke til hentested",
		}, {"7", "7 Bedriftspakke, dør til dør"}, {"9", "9 Hentes på lageret"}, {"", "none"},
	}
}

func (t Target) method() *office24.DeliveryMethod {
	method, err := strconv.Atoi(t.Values["method"])
	if err != nil {
		return nil
	}
	for _, c := range methods() {
		if c.Value == t.Values["method"] {
			return &office24.DeliveryMethod{ID: office24.DeliveryMethodID(method), Description: c.Label[2:]}
		}
	}
	return nil
}

func askDelivery(t Target) []Field {
	o, _ := t.order()
	at := office24.Address{Street: "Bakveien 2", PostalCode: "0690", PostalArea: "OSLO"}
	if o.Addresses.Delivery != nil {
		at = *o.Addresses.Delivery
	}
	date, method := "", ""
	if !o.DeliveryDate.IsZero() {
		date = o.DeliveryDate.Format(time.DateOnly)
	}
	if o.DeliveryMethod != nil {
		method = id(o.DeliveryMethod.ID)
	}
	return []Field{
		{
			Name:  "street",
			Label: "Street",
			Value: at.Street,
		}, {Name: "postcode", Label: "Postcode", Value: at.PostalCode},
		{Name: "city", Label: "City", Value: at.PostalArea}, {Name: "date", Label: "Date (yyyy-mm-dd)", Value: date},
		{Name: "method", Label: "Delivery method", Value: method, Choices: methods()},
	}
}

func editDelivery(_ context.Context, t Target) error {
	var date time.Time
	if text := t.Values["date"]; text != "" {
		var err error
		if date, err = time.Parse(time.DateOnly, text); err != nil {
			return fmt.Errorf("date is %q; it must be a day such as 2026-12-01", text)
		}
	}
	return t.editOrder(func(o *office24.Order) error {
		o.Addresses.Delivery = &office24.Address{
			Street: t.Values["street"], PostalCode: t.Values["postcode"], PostalArea: t.Values["city"], Country: "NO",
		}
		o.DeliveryDate, o.DeliveryMethod = date, t.method()
		return nil
	})
}

func editProduct(edit func(Target, *office24.Product)) func(context.Context, Target) error {
	return func(_ context.Context, t Target) error {
		p, err := t.product()
		if err == nil {
			t.Company.EditProduct(p.ID, func(p *office24.Product) { edit(t, p) })
		}
		return err
	}
}

func swapNumbers(_ context.Context, t Target) error {
	p, err := t.product()
	if err != nil {
		return err
	}
	other, _ := strconv.Atoi(t.Values["with"])
	t.Company.ExchangeNumbers(p.ID, office24.ProductID(other))
	return nil
}

func askSupplier(t Target) []Field {
	c, _ := t.Company.Company(office24.CompanyID(t.number()))
	return []Field{
		{Name: "name", Label: "Name", Value: c.Name}, {Name: "street", Label: "Street", Value: "Nye Dalsveg 1"},
		{Name: "postcode", Label: "Postcode", Value: "2630"}, {Name: "city", Label: "City", Value: "RINGEBU"},
	}
}

func editSupplier(_ context.Context, t Target) error {
	at := office24.CompanyID(t.number())
	if _, ok := t.Company.Company(at); !ok {
		return fmt.Errorf("24SevenOffice has no supplier %q", t.Key)
	}
	t.Company.EditCompany(at, func(c *office24.Company) {
		c.Name = t.Values["name"]
		c.Addresses.Post = &office24.Address{
			Street: t.Values["street"], PostalCode: t.Values["postcode"], PostalArea: t.Values["city"], Country: "NO",
		}
	})
	return nil
}

func askOrder(t Target) []Field {
	return append(askProduct(t),
		Field{Name: "customer", Label: "Customer", Value: "Bjørg Ås"},
		Field{Name: "method", Label: "Delivery method", Value: "", Choices: methods()},
		Field{Name: "status", Label: "Status", Value: "Confirmed", Choices: statuses()},
	)
}

func newOrder(_ context.Context, t Target) error {
	row, err := t.newRow()
	if err != nil {
		return err
	}
	status, _ := office24.StatusNamed(t.Values["status"])
	now := t.Stack.Clock.Now()
	t.Company.AddOrder(office24.Order{
		CustomerID: 5900, CustomerName: t.Values["customer"], Status: status, DateOrdered: now,
		DeliveryDate: now.AddDate(0, 0, 2).Truncate(24 * time.Hour), DeliveryMethod: t.method(),
		Addresses: office24.Addresses{Delivery: &office24.Address{
			Street: "Fjordgløttvegen 7", PostalCode: "6993", PostalArea: "HØYANGER", Country: "NO",
		}},
		Rows: []office24.Row{row},
	})
	return nil
}

func newProduct(_ context.Context, t Target) error {
	d, err := t.decimal("stock")
	if err != nil {
		return err
	}
	price := number.MustParse("249")
	t.Company.AddProduct(office24.Product{
		No: t.Values["number"], Name: t.Values["name"], Stock: &d, Price: &price, CategoryID: 1,
		StatusID: new(1), StockControlled: new(true),
	})
	return nil
}
