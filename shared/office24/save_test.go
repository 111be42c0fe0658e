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
	tenant.AddOrder(fullOrder())
	change := office24.OrderWrite{ID: 40557, CustomerID: 5120, Status: office24.StatusSent}
	id, err := connect(t, server.URL()).SaveOrder(t.Context(), change)
	want := fullOrder()
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
	tenant.AddProduct(fullProduct())
	tenant.AddOrder(fullOrder())
	row := fullOrder().Rows[0].Copy()
	row.ChangeState, row.Quantity, row.QuantityRest = office24.RowEdit, decimal("0"), decimal("0.5")
	_, err := connect(t, server.URL()).SaveOrder(t.Context(), office24.OrderWrite{
		ID: 40557, CustomerID: 5120, Status: office24.StatusConfirmed, InvoiceText: "æøå & <b>\x00\v\ufffe\xff",
		Rows: []office24.RowWrite{
			row,
			{ID: 91823, ChangeState: office24.RowDelete},
			{ProductID: 7301, Quantity: decimal("1000000"), ChangeState: office24.RowAdd},
		},
	})
	want := fullOrder()
	want.DateChanged, want.InvoiceText = now(), "æøå & <b>" // characters that XML cannot carry are removed
	want.Rows[0].Quantity, want.Rows[0].QuantityRest = decimal("0"), decimal("0.5")
	want.Rows[0].VatRate = nil // set by the service; the simulator does not compute it
	want.Rows[1] = office24.Row{
		ID: 91824, ProductID: 7301, ProductNo: "KET-17", Name: fullProduct().Name, Quantity: decimal("1000000"),
		SequenceNumber: 2, Type: office24.RowNormal,
	}
	got, _ := tenant.Order(40557)
	check(t, "order", err, want, got)
}

func TestCopiedOrderIsSavedOnTheSameTerms(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(fullProduct())
	tenant.AddOrder(fullOrder())
	write := fullOrder().Copy()
	row := fullOrder().Rows[0].Copy()
	row.ID = 0
	write.Status, write.Rows = office24.StatusRest, []office24.RowWrite{row}
	id, err := connect(t, server.URL()).SaveOrder(t.Context(), write)
	if id != 40558 {
		t.Errorf("the new order is %d, want 40558", id)
	}
	want := fullOrder()
	want.ID, want.Status, want.DateChanged, want.ExternalStatus = id, office24.StatusRest, now(), nil
	want.OrderTotalIncVat, want.OrderTotalVat = nil, nil // read only
	want.Rows = want.Rows[:1]
	want.Rows[0].ID, want.Rows[0].VatRate = 91824, nil
	got, _ := tenant.Order(id)
	check(t, "order", err, want, got)
}

func TestHarmfulOrdersAreNotSent(t *testing.T) {
	t.Parallel()
	valid := office24.OrderWrite{ID: 40557, CustomerID: 5120, Status: office24.StatusSent}
	rows := func(id office24.OrderID, row office24.RowWrite) func(*office24.OrderWrite) {
		return func(o *office24.OrderWrite) { o.ID, o.Rows = id, []office24.RowWrite{row} }
	}
	cases := map[string]func(*office24.OrderWrite){
		"invoiced":                   func(o *office24.OrderWrite) { o.Status = office24.StatusInvoiced },
		"cash invoice":               func(o *office24.OrderWrite) { o.Status = office24.StatusInvoicedCashAccount },
		"invoiced packing slip":      func(o *office24.OrderWrite) { o.Status = office24.StatusInvoicedPack },
		"no status, which means Web": func(o *office24.OrderWrite) { o.Status = "" },
		"new order without status":   func(o *office24.OrderWrite) { o.Status, o.ID = "", 0 },
		"status by its display name": func(o *office24.OrderWrite) { o.Status = "Sent" },
		"no customer":                func(o *office24.OrderWrite) { o.CustomerID = 0 },
		"row without change state, which is added again": rows(1, office24.RowWrite{ID: 2}),
		"change state None":             rows(1, office24.RowWrite{ID: 2, ChangeState: "None"}),
		"edit without a row id":         rows(1, office24.RowWrite{ChangeState: office24.RowEdit}),
		"deletion without a row id":     rows(1, office24.RowWrite{ChangeState: office24.RowDelete}),
		"addition of a row that exists": rows(1, office24.RowWrite{ID: 2, ChangeState: office24.RowAdd}),
		"edit in a new order":           rows(0, office24.RowWrite{ID: 2, ChangeState: office24.RowEdit}),
		"row id in a new order":         rows(0, office24.RowWrite{ID: 2}),
	}
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(fullOrder())
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

func TestRefusedRecordIsRejectedWithItsReason(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	invoiced := fullOrder()
	invoiced.ID, invoiced.Status = 1, office24.StatusInvoiced
	tenant.AddOrder(invoiced)
	tenant.AddOrder(fullOrder())
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
		"order is invoiced": {save(order(1, office24.StatusSent)),
			"office24: SaveInvoices: order 1: 24SevenOffice refused it: \"Office24Seven.Library.Economy.InvoiceOrder." +
				"OrderIsInvoicedException: Order 1 is invoiced and cannot be changed\""},
		"order was deleted": {
			save(order(2, office24.StatusSent)),
			`order 2: 24SevenOffice refused it: "Office24Seven.Library.Core.ParameterNotFoundException`,
		},
		"customer was deleted": {
			save(office24.OrderWrite{CustomerID: 9, Status: office24.StatusRest}),
			"new order: 24SevenOffice refused it: ",
		},
		"text is too long": {
			save(long),
			`order 40557: 24SevenOffice refused it: "Office24Seven.Library.Data.DataBaseServerException`,
		},
		"product was deleted": {
			client.SetStockQuantity(t.Context(), 5, number.FromInt(1)),
			"office24: SetStockQuantity: product 5: the quantity was not set",
		},
	}
	for name, c := range cases {
		if !errclass.Is(c.err, errclass.Rejected) || !strings.Contains(c.err.Error(), c.message) ||
			strings.Contains(c.err.Error(), " at ") {
			t.Errorf("%s: %v, want it rejected with %q and no stack", name, c.err, c.message)
		}
	}
	for _, call := range server.Writes() {
		if call.Effect {
			t.Errorf("call %d took effect", call.N)
		}
	}
}

func TestTemporaryExceptionIsTransientAndUncertain(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(fullOrder())
	server.Fault(office24test.Fault{
		Op: "SaveInvoices", Kind: office24test.ItemException,
		Type: "Office24Seven.Library.Data.DataBaseServerException",
		Text: "Transaction (Process ID 52) was deadlocked on lock resources with another process",
	})
	change := office24.OrderWrite{ID: 40557, CustomerID: 5120, Status: office24.StatusSent}
	_, err := connect(t, server.URL()).SaveOrder(t.Context(), change)
	var e *errclass.Error
	if !errors.As(err, &e) || e.Class != errclass.Transient || !e.Uncertain || server.Calls("SaveInvoices") != 1 {
		t.Errorf("%v after %d calls; want a transient error after 1", err, server.Calls("SaveInvoices"))
	}
}

// The order is saved but the answer is lost: a second call would make a second order.
func TestNewOrderIsNotSavedTwice(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(office24.Order{ID: 1, CustomerID: 5120})
	server.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.Reset, AfterEffect: true})
	order := office24.OrderWrite{CustomerID: 5120, Status: office24.StatusRest}
	_, err := connect(t, server.URL()).SaveOrder(t.Context(), order)
	if !errclass.Is(err, errclass.Transient) || len(tenant.Orders()) != 2 {
		t.Errorf("%v, %d orders; want a transient error and 2 orders", err, len(tenant.Orders()))
	}
}

func TestStockIsSetToTheExactQuantity(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(fullProduct())
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

func TestBatchIsSavedInPart(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	for id := office24.OrderID(1); id <= 3; id++ {
		o := fullOrder()
		if o.ID = id; id == 2 {
			o.Status = office24.StatusInvoiced
		}
		tenant.AddOrder(o)
	}
	client := connect(t, server.URL())
	write := func(id office24.OrderID) office24.OrderWrite {
		return office24.OrderWrite{ID: id, CustomerID: 5120, Status: office24.StatusSent}
	}
	refused, err := client.SaveOrders(t.Context(), []office24.OrderWrite{write(1), write(2), write(3)})
	if err != nil || len(refused) != 1 || !errclass.Is(refused[2], errclass.Rejected) ||
		!strings.Contains(refused[2].Error(), "order 2: 24SevenOffice refused it") {
		t.Errorf("refused %v, %v", refused, err)
	}
	for id, want := range map[office24.OrderID]office24.OrderStatus{
		1: office24.StatusSent, 2: office24.StatusInvoiced, 3: office24.StatusSent,
	} {
		if o, _ := tenant.Order(id); o.Status != want {
			t.Errorf("order %d is %s", id, o.Status.Name())
		}
	}
	for name, batch := range map[string][]office24.OrderWrite{
		"a new order": {{CustomerID: 5120, Status: office24.StatusSent}}, "one twice": {write(1), write(1)},
	} {
		if _, err := client.SaveOrders(t.Context(), batch); !errclass.Is(err, errclass.Defect) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
