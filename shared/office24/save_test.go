package office24_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

func TestStatusChangeChangesNothingElse(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(northern())
	id, err := connect(t, server.URL()).SaveOrder(t.Context(), office24.OrderWrite{ID: 40557, CustomerID: 5120, Status: office24.StatusSent})
	want := northern()
	want.Status, want.DateChanged = office24.StatusSent, now()
	got, _ := tenant.Order(40557)
	check(t, "order", err, want, got)
	if id != 40557 || len(server.Violations()) > 0 {
		t.Errorf("id %d, violations %v", id, server.Violations())
	}
}

func TestRowsAreEditedAddedAndDeleted(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(kettle())
	tenant.AddOrder(northern())
	row := northern().Rows[0].Copy()
	row.ChangeState, row.Quantity, row.QuantityRest = office24.RowEdit, decimal("0"), decimal("0.5")
	_, err := connect(t, server.URL()).SaveOrder(t.Context(), office24.OrderWrite{
		ID: 40557, CustomerID: 5120, Status: office24.StatusConfirmed, InvoiceText: "æøå & <b>\x00\v\ufffe\xff",
		Rows: []office24.RowWrite{row, {ID: 91823, ChangeState: office24.RowDelete}, {ProductID: 7301, Quantity: decimal("1000000"), ChangeState: office24.RowAdd}},
	})
	want := northern()
	want.DateChanged, want.InvoiceText = now(), "æøå & <b>" // what XML cannot carry is left out
	want.Rows[0].Quantity, want.Rows[0].QuantityRest = decimal("0"), decimal("0.5")
	want.Rows[0].VatRate = nil // the service's own, not written; the simulator does not compute it
	want.Rows[1] = office24.Row{
		ID: 91824, ProductID: 7301, ProductNo: "KET-17", Name: kettle().Name, Quantity: decimal("1000000"), SequenceNumber: 2, Type: office24.RowNormal,
	}
	got, _ := tenant.Order(40557)
	check(t, "order", err, want, got)
}

func TestNewOrderIsACopyOnTheSameTerms(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(kettle())
	tenant.AddOrder(northern())
	write := northern().Copy()
	row := northern().Rows[0].Copy()
	row.ID = 0
	write.Status, write.Rows = office24.StatusRest, []office24.RowWrite{row}
	id, err := connect(t, server.URL()).SaveOrder(t.Context(), write)
	if id != 40558 {
		t.Errorf("the new order is %d, want 40558", id)
	}
	want := northern()
	want.ID, want.Status, want.DateChanged, want.ExternalStatus = id, office24.StatusRest, now(), nil
	want.OrderTotalIncVat, want.OrderTotalVat = nil, nil // read only
	want.Rows = want.Rows[:1]
	want.Rows[0].ID, want.Rows[0].VatRate = 91824, nil
	got, _ := tenant.Order(id)
	check(t, "order", err, want, got)
}

func TestOrdersThatMustNotBeSent(t *testing.T) {
	t.Parallel()
	valid := office24.OrderWrite{ID: 40557, CustomerID: 5120, Status: office24.StatusSent}
	rows := func(id office24.OrderID, row office24.RowWrite) func(*office24.OrderWrite) {
		return func(o *office24.OrderWrite) { o.ID, o.Rows = id, []office24.RowWrite{row} }
	}
	cases := map[string]func(*office24.OrderWrite){
		"it would be invoiced":                  func(o *office24.OrderWrite) { o.Status = office24.StatusInvoiced },
		"it would be a cash invoice":            func(o *office24.OrderWrite) { o.Status = office24.StatusInvoicedCashAccount },
		"it would be an invoiced packing slip":  func(o *office24.OrderWrite) { o.Status = office24.StatusInvoicedPack },
		"without status it becomes Web":         func(o *office24.OrderWrite) { o.Status = "" },
		"so would a new one":                    func(o *office24.OrderWrite) { o.Status, o.ID = "", 0 },
		"the wire calls it OrderState_Sent":     func(o *office24.OrderWrite) { o.Status = "Sent" },
		"no customer":                           func(o *office24.OrderWrite) { o.CustomerID = 0 },
		"a row without change state is doubled": rows(1, office24.RowWrite{ID: 2}),
		"change state None is no better":        rows(1, office24.RowWrite{ID: 2, ChangeState: "None"}),
		"an edit of no row":                     rows(1, office24.RowWrite{ChangeState: office24.RowEdit}),
		"a deletion of no row":                  rows(1, office24.RowWrite{ChangeState: office24.RowDelete}),
		"an addition of a row that exists":      rows(1, office24.RowWrite{ID: 2, ChangeState: office24.RowAdd}),
		"an edit in a new order":                rows(0, office24.RowWrite{ID: 2, ChangeState: office24.RowEdit}),
		"a row id in a new order":               rows(0, office24.RowWrite{ID: 2}),
	}
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(northern())
	client := connect(t, server.URL())
	for name, change := range cases {
		order := valid
		change(&order)
		if _, err := client.SaveOrder(t.Context(), order); !errclass.Is(err, errclass.Defect) {
			t.Errorf("%s: %v, want a defect", name, err)
		}
	}
	if n := len(server.Journal()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	invoiced := northern()
	invoiced.ID, invoiced.Status = 1, office24.StatusInvoiced
	tenant.AddOrder(invoiced)
	tenant.AddOrder(northern())
	client := connect(t, server.URL())
	save := func(o office24.OrderWrite) error {
		_, err := client.SaveOrder(t.Context(), o)
		return err
	}
	order := func(id office24.OrderID, status office24.OrderStatus) office24.OrderWrite {
		return office24.OrderWrite{ID: id, CustomerID: 5120, Status: status}
	}
	long := order(40557, office24.StatusSent)
	long.InvoiceTitle = strings.Repeat("å", office24.MaxInvoiceTitle+1)
	cases := map[string]struct {
		err     error
		message string
	}{
		"an invoiced order cannot be changed": {save(order(1, office24.StatusSent)),
			"office24: SaveInvoices: order 1: refused: Office24Seven.Library.Economy.InvoiceOrder.OrderIsInvoicedException: Order 1 is invoiced and cannot be changed"},
		"an order that was deleted": {save(order(2, office24.StatusSent)), "order 2: refused: Office24Seven.Library.Core.ParameterNotFoundException"},
		"a customer who is gone":    {save(office24.OrderWrite{CustomerID: 9, Status: office24.StatusRest}), "new order: refused"},
		"a text that is too long":   {save(long), "order 40557: refused: Office24Seven.Library.Data.DataBaseServerException"},
		"a product that is gone":    {client.SetStockQuantity(t.Context(), 5, number.FromInt(1)), "office24: SetStockQuantity: product 5: the quantity was not set"},
	}
	for name, c := range cases {
		if !errclass.Is(c.err, errclass.Rejected) || !strings.Contains(c.err.Error(), c.message) || strings.Contains(c.err.Error(), " at ") {
			t.Errorf("%s: %v, want it rejected with %q and no stack", name, c.err, c.message)
		}
	}
	for _, call := range server.Writes() {
		if call.Effect {
			t.Errorf("call %d took effect", call.N)
		}
	}
}

// An exception that tells of a passing trouble is not the order's fault.
func TestExceptionThatPasses(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(northern())
	server.Fault(office24test.Fault{
		Op: "SaveInvoices", Kind: office24test.ItemException, Type: "Office24Seven.Library.Data.DataBaseServerException",
		Text: "Transaction (Process ID 52) was deadlocked on lock resources with another process",
	})
	_, err := connect(t, server.URL()).SaveOrder(t.Context(), office24.OrderWrite{ID: 40557, CustomerID: 5120, Status: office24.StatusSent})
	var e *errclass.Error
	if !errors.As(err, &e) || e.Class != errclass.Transient || !e.Uncertain || server.Calls("SaveInvoices") != 1 {
		t.Errorf("%v after %d calls; want a transient error after 1", err, server.Calls("SaveInvoices"))
	}
}

// The answer got lost after the order was saved: a second call would make a second order.
func TestNewOrderIsNotSavedTwice(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(office24.Order{ID: 1, CustomerID: 5120})
	server.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.Reset, AfterEffect: true})
	_, err := connect(t, server.URL()).SaveOrder(t.Context(), office24.OrderWrite{CustomerID: 5120, Status: office24.StatusRest})
	if !errclass.Is(err, errclass.Transient) || len(tenant.Orders()) != 2 {
		t.Errorf("%v, %d orders; want a transient error and 2 orders", err, len(tenant.Orders()))
	}
}

func TestStockIsSetExactly(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(kettle())
	client := connect(t, server.URL())
	for _, quantity := range []string{"0", "0.085", "-3", "1000000000000", "12.50", "1e6"} {
		if err := client.SetStockQuantity(t.Context(), 7301, number.MustParse(quantity)); err != nil {
			t.Errorf("%s: %v", quantity, err)
		}
		got, _ := tenant.Product(7301)
		if diff := cmp.Diff(decimal(quantity), got.Stock); diff != "" {
			t.Errorf("stock (-want +got):\n%s", diff)
		}
	}
}
