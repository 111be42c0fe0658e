package office24_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

// Answers differ between tenants and over the years. All forms must be read as the same records.
func answerStyles() map[string]office24test.Options {
	return map[string]office24test.Options{
		"times without zone":         {},
		"times with Z and fractions": {TimeLayout: "2006-01-02T15:04:05.0000000Z"},
		"sub-objects as xsi:nil":     {NilObjects: true},
	}
}

func TestRecordsAreReadWithEveryMember(t *testing.T) {
	t.Parallel()
	for name, options := range answerStyles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, tenant := start(t, options)
			tenant.AddProduct(fullProduct())
			tenant.AddCompany(fullCompany())
			tenant.AddOrder(fullOrder())
			tenant.AddDeliveryMethod(office24.DeliveryMethod{ID: 4, Description: "Parcel to door"})
			client := connect(t, server.URL())

			products, err := collect(client.Products(t.Context(), allProducts()))
			check(t, "products", err, []office24.Product{fullProduct()}, products)
			orders, err := collect(
				client.Orders(t.Context(),
					office24.OrderSearch{Statuses: []office24.OrderStatus{office24.StatusConfirmed}}),
			)
			check(t, "orders", err, []office24.Order{fullOrder()}, orders)
			companies, err := collect(
				client.Companies(t.Context(), office24.CompanySearch{IDs: []office24.CompanyID{5012}}),
			)
			check(t, "companies", err, []office24.Company{fullCompany()}, companies)
			methods, err := client.DeliveryMethods(t.Context())
			check(t, "delivery methods", err, []office24.DeliveryMethod{{ID: 4, Description: "Parcel to door"}},
				methods)
			heads, err := client.OrderHeads(t.Context(), []office24.OrderID{40557, 1})
			check(t, "heads", err, map[office24.OrderID]office24.OrderHead{
				40557: {
					ID:          40557,
					CustomerID:  5120,
					Status:      office24.StatusConfirmed,
					DateChanged: fullOrder().DateChanged,
				},
			}, heads)
			check(t, "violations", nil, nil, server.Violations())
		})
	}
}

func check[T any](t *testing.T, what string, err error, want, got T) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// A test cannot detect a wrong name of a member that no fixture sets.
func TestFixturesSetEveryMember(t *testing.T) {
	t.Parallel()
	order := fullOrder()
	for _, record := range []any{
		fullProduct(), order, order.Rows[0], fullCompany(), *order.Currency, order.UserDefinedDimensions[0],
	} {
		v := reflect.ValueOf(record)
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "InvoiceID" && name != "DateInvoiced" {
				t.Errorf("%s.%s is not set", v.Type(), name)
			}
		}
	}
}

func TestAbsentMembersAreReadAsDefaults(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddOrder(office24.Order{ID: 1, CustomerID: 2, Rows: []office24.Row{{}}})
	client := connect(t, server.URL())
	orders, err := collect(client.Orders(t.Context(), office24.OrderSearch{IDs: []office24.OrderID{1}}))
	// The answer has neither OrderStatus nor Type, so the schema's defaults apply.
	want := office24.Order{
		ID: 1, CustomerID: 2, Status: office24.StatusWeb, DateChanged: now(),
		Rows: []office24.Row{{ID: 90001, SequenceNumber: 1, Type: office24.RowNormal}},
	}
	check(t, "orders", err, []office24.Order{want}, orders)
}

func TestIDsAreRequestedInBatches(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	ids := make([]office24.OrderID, 2500)
	for i := range ids {
		ids[i] = office24.OrderID(i + 1)
	}
	tenant.AddOrder(office24.Order{ID: 1, CustomerID: 9})
	tenant.AddOrder(office24.Order{ID: 2500, CustomerID: 9})
	client := connect(t, server.URL())
	heads, err := client.OrderHeads(t.Context(), ids)
	if err != nil || len(heads) != 2 {
		t.Errorf("%d heads, %v; want the first and the last order", len(heads), err)
	}
	if n := server.Calls("GetInvoices"); n != 3 {
		t.Errorf("%d calls for 2500 ids, want 3 of at most 1000", n)
	}
}

func TestSearchFiltersSelectRecords(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	for i, changed := range []string{"08:00", "08:05"} {
		at, _ := time.Parse("15:04", changed)
		changedAt := time.Date(2026, 1, 15, at.Hour(), at.Minute(), 0, 0, time.UTC)
		id := i + 1
		tenant.AddProduct(office24.Product{ID: office24.ProductID(id), No: fmt.Sprint("N", id), DateChanged: changedAt})
		tenant.AddOrder(
			office24.Order{
				ID:             office24.OrderID(id),
				CustomerID:     office24.CustomerID(id),
				ExternalStatus: &id,
				DateChanged:    changedAt,
			},
		)
		tenant.EditCompany(office24.CompanyID(id), func(*office24.Company) {})
	}
	client := connect(t, server.URL())
	between := time.Date(2026, 1, 15, 8, 2, 0, 0, time.FixedZone("elsewhere", 0))
	products := func(s office24.ProductSearch) func() ([]int, error) {
		return func() ([]int, error) {
			return ids(client.Products(t.Context(), s), func(p office24.Product) int { return int(p.ID) })
		}
	}
	orders := func(s office24.OrderSearch) func() ([]int, error) {
		return func() ([]int, error) {
			return ids(client.Orders(t.Context(), s), func(o office24.Order) int { return int(o.ID) })
		}
	}
	companies := func(s office24.CompanySearch) func() ([]int, error) {
		return func() ([]int, error) {
			return ids(client.Companies(t.Context(), s), func(c office24.Company) int { return int(c.ID) })
		}
	}
	cases := map[string]struct {
		search func() ([]int, error)
		want   []int
		class  errclass.Class // of the error; empty if there is none
		calls  int
	}{
		"a time long ago selects every product": {search: products(allProducts()), want: []int{1, 2}, calls: 1},
		"no product filter is refused without a call": {
			search: products(office24.ProductSearch{}),
			class:  errclass.Defect,
		},
		"products changed since": {
			search: products(office24.ProductSearch{ChangedAfter: between}),
			want:   []int{2},
			calls:  1,
		},
		"a time in another zone": {
			search: products(office24.ProductSearch{ChangedAfter: between.In(time.FixedZone("", 7200))}),
			want:   []int{2},
			calls:  1,
		},
		"one product by number": {
			search: products(office24.ProductSearch{No: "N1"}),
			want:   []int{1},
			calls:  1,
		},
		"products by id": {
			search: products(office24.ProductSearch{IDs: []office24.ProductID{2}}),
			want:   []int{2},
			calls:  1,
		},
		"an empty list of products selects nothing": {
			search: products(office24.ProductSearch{IDs: []office24.ProductID{}}),
		},
		"an id beyond the WSDL's int is no product's": {
			search: products(office24.ProductSearch{IDs: []office24.ProductID{2, 99999999999, -1, 0}}),
			want:   []int{2},
			calls:  1,
		},
		"ids beyond the WSDL's int select nothing": {
			search: orders(office24.OrderSearch{IDs: []office24.OrderID{2147483648}}),
		},
		"orders changed since": {
			search: orders(office24.OrderSearch{ChangedAfter: between}),
			want:   []int{2},
			calls:  1,
		},
		"orders by customer": {
			search: orders(office24.OrderSearch{CustomerIDs: []office24.CustomerID{1}}),
			want:   []int{1},
			calls:  1,
		},
		"orders by external status": {
			search: orders(office24.OrderSearch{ExternalStatus: []int{1}}),
			want:   []int{1},
			calls:  1,
		},
		"filters combine with and": {
			search: orders(office24.OrderSearch{ExternalStatus: []int{1}, ChangedAfter: between}),
			calls:  1,
		},
		"no order filter is refused without a call": {search: orders(office24.OrderSearch{}), class: errclass.Defect},
		"an empty list of orders selects nothing": {
			search: orders(office24.OrderSearch{IDs: []office24.OrderID{}}),
		},
		"companies changed since": {
			search: companies(office24.CompanySearch{ChangedAfter: between}),
			want:   []int{1, 2},
			calls:  1,
		},
		"no company filter is refused without a call": {
			search: companies(office24.CompanySearch{}),
			class:  errclass.Defect,
		},
		"an empty list of companies selects nothing": {
			search: companies(office24.CompanySearch{IDs: []office24.CompanyID{}}),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := len(server.Journal()) - server.Calls("Login")
			got, err := c.search()
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if c.class == "" && err != nil || c.class != "" && !errclass.Is(err, c.class) {
				t.Errorf("error %v, want class %q", err, c.class)
			}
			if calls := len(server.Journal()) - server.Calls("Login") - before; calls != c.calls {
				t.Errorf("%d calls, want %d", calls, c.calls)
			}
		})
	}
}

func ids[T any](seq func(func(T, error) bool), id func(T) int) (list []int, err error) {
	items, err := collect(seq)
	for _, item := range items {
		list = append(list, id(item))
	}
	return list, err
}

func TestOnlyNamedPropertiesAreReturned(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(fullProduct())
	client := connect(t, server.URL())
	products, err := collect(client.Products(t.Context(), allProducts(), "Stock", "Id"))
	check(t, "products", err, []office24.Product{{ID: 7301, Stock: decimal("0")}}, products)
	_, err = collect(client.Products(t.Context(), allProducts(), "Stok"))
	if !errclass.Is(err, errclass.Defect) || server.Calls("GetProducts") != 1 {
		t.Errorf("a property that does not exist: %v, %d calls; want a defect and no call", err,
			server.Calls("GetProducts")-1)
	}
}

// The connection must not leak; TestMain checks that with goleak.
func TestStreamCanBeStoppedAtAnyRecord(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	for range 5 {
		tenant.AddProduct(office24.Product{Name: "x"})
	}
	client := connect(t, server.URL())
	seen := 0
	for _, err := range client.Products(t.Context(), allProducts()) {
		if seen++; err != nil || seen == 2 {
			break
		}
	}
	if _, err := client.DeliveryMethods(t.Context()); err != nil || seen != 2 {
		t.Errorf("after stopping at record %d: %v", seen, err)
	}
}

func TestIdentityIsThatOfTheSession(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	got, err := connect(t, server.URL()).Identity(t.Context())
	want := office24.Identity{
		ID:        tenant.IdentityID(),
		Client:    office24.ClientInfo{ID: clientID, Name: "Client 4711"},
		IsCurrent: true,
		IsDefault: true,
	}
	check(t, "identity", err, want, got)
}
