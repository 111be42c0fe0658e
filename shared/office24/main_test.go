package office24_test

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const clientID = 4711

func credentials() office24.Credentials {
	return office24.Credentials{
		ApplicationID: "1b0c5a52-1111-4222-8333-0000000000aa",
		Username:      "wms-integration@example.no",
		Password:      "pässword-canary<&>",
	}
}

// now is the clock of client and server in these tests.
func now() time.Time { return time.Date(2026, 1, 15, 8, 10, 0, 0, time.UTC) }

// start starts a server with one tenant.
func start(t *testing.T, options office24test.Options) (*office24test.Server, *office24test.Tenant) {
	t.Helper()
	if options.Now == nil {
		options.Now = now
	}
	server := office24test.New(options)
	t.Cleanup(server.Close)
	return server, server.AddTenant(clientID, credentials())
}

// connect makes a client of a server.
func connect(t *testing.T, url string, change ...func(*office24.Config)) *office24.Client {
	t.Helper()
	transport := office24.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	cfg := office24.Config{
		BaseURL: url, Credentials: credentials(), Transport: transport, Now: now, Backoff: time.Millisecond,
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := office24.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// collect reads a sequence to its end. It returns the items without an error, and the last error.
func collect[T any](seq func(func(T, error) bool)) (list []T, err error) {
	for item, e := range seq {
		if e != nil {
			err = e
			continue
		}
		list = append(list, item)
	}
	return list, err
}

// A sessionStore keeps sessions as the state table does.
type sessionStore struct {
	mu   sync.Mutex
	kept map[string]string
}

func newSessionStore() *sessionStore { return &sessionStore{kept: map[string]string{}} }

func (m *sessionStore) Session(_ context.Context, key string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[key], nil
}

func (m *sessionStore) SetSession(_ context.Context, key, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[key] = id
	return nil
}

func (m *sessionStore) all() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.kept)
}

// A cookieReader sees the session ids that are sent.
type cookieReader struct {
	http.RoundTripper
	session string
}

func (r *cookieReader) RoundTrip(request *http.Request) (*http.Response, error) {
	if c, err := request.Cookie("ASP.NET_SessionId"); err == nil {
		r.session = c.Value
	}
	return r.RoundTripper.RoundTrip(request)
}

func decimal(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

// fullProduct has every member of a Product, with values that are easily mishandled: æøå, markup, a zero, three
// decimals.
func fullProduct() office24.Product {
	return office24.Product{
		ID: 7301, No: "KET-17", Name: "Vannkoker «Ærlig» & <blå>", Description: "Stål\nog glass",
		DescriptionLong: "lang", EAN1: "7090000000017", Weight: decimal("0.085"), Stock: decimal("0"),
		StatusID: new(0), CategoryID: 3,
		Price: decimal("399"), InPrice: decimal("-1.5"), Cost: decimal("0.0001"), WebPrice: decimal("379.9"),
		MinimumStock: decimal("5"), OrderProposal: decimal("12"), SupplierID: 5012, SupplierProductCode: "K17S",
		SupplierProductName: "Kettle", StockLocation: "A-03-2", ProductCode: "P", StockControlled: new(true),
		DateChanged: time.Date(2026, 1, 15, 8, 3, 0, 0, time.UTC),
	}
}

// fullOrder has nearly every member of an Order.
func fullOrder() office24.Order {
	return office24.Order{
		ID:                    40557,
		CustomerID:            5120,
		CustomerName:          "Demo Buyer AS",
		CustomerDeliveryName:  "Avd. Nord",
		CustomerDeliveryPhone: "+47 22 00 00 00",
		CustomerOrgNo:         "999000111",
		CustomerReferenceNo:   "R1",
		Addresses: office24.Addresses{
			Delivery: &office24.Address{
				Street:     "Testveien 1\n2. etg.",
				PostalCode: "0001",
				PostalArea: "TESTBY",
				Country:    "NO",
			},
			Invoice: &office24.Address{Street: "Postboks 2", PostalCode: "0002", PostalArea: "ØY"},
		},
		Status:                office24.StatusConfirmed,
		DateOrdered:           time.Date(2026, 1, 14, 23, 0, 0, 0, time.UTC),
		DateChanged:           time.Date(2026, 1, 15, 8, 1, 0, 0, time.UTC),
		PaymentTime:           new(0),
		ProjectID:             4,
		OurReference:          9,
		IncludeVAT:            new(false),
		YourReference:         "A. Tester",
		OrderTotalIncVat:      decimal("1496.25"),
		OrderTotalVat:         decimal("299.25"),
		InvoiceTitle:          "Ring før levering",
		InvoiceText:           "Takk",
		Currency:              &office24.Currency{Rate: decimal("1"), Unit: 1, Symbol: "NOK"},
		PaymentMethodID:       2,
		ProductionManagerID:   3,
		SalesOpportunityID:    4,
		TypeOfSaleID:          5,
		DistributionMethod:    "EMail",
		DepartmentID:          6,
		ExternalStatus:        new(0),
		InvoiceEmailAddress:   "faktura@example.no",
		DeliveryDate:          time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC),
		ReferenceOrderID:      1,
		ReferenceNumber:       "PO-7788",
		SkipStock:             true,
		AccrualDate:           time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		AccrualLength:         12,
		RoundFactor:           decimal("0.5"),
		InvoiceTemplateID:     "0b0c5a52-1111-4222-8333-0000000000cc",
		DeliveryMethod:        &office24.DeliveryMethod{ID: 4, Description: "Parcel to door"},
		DeliveryAlternative:   "Bak huset",
		SendToFactoring:       new(true),
		Commission:            decimal("1.25"),
		GLNNumber:             "7080000000000",
		UserDefinedDimensions: []office24.UserDefinedDimension{{TypeID: 1, Name: "Region", Value: "Nord"}},
		CustomerDeliveryID:    5121,
		Rows: []office24.Row{
			{
				ProductID:             7301,
				ID:                    91822,
				VatRate:               decimal("25"),
				Price:                 decimal("399"),
				Name:                  "Vannkoker",
				DiscountRate:          decimal("0"),
				Quantity:              decimal("3"),
				QuantityDelivered:     decimal("1"),
				QuantityOrdered:       decimal("3"),
				QuantityRest:          decimal("-1"),
				Cost:                  decimal("10"),
				TypeGroupID:           2,
				SequenceNumber:        1,
				Hidden:                true,
				Type:                  office24.RowNormal,
				InPrice:               decimal("150"),
				AccrualDate:           time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
				AccrualLength:         1,
				AccountProject:        new(false),
				ProjectID:             1,
				DepartmentID:          2,
				ProductNo:             "KET-17",
				TaxSettings:           &office24.TaxSettings{TaxAccount: 2700, TaxCode: 3, TaxRate: decimal("25")},
				SerialNumber:          "S1",
				UserDefinedDimensions: []office24.UserDefinedDimension{{TypeID: 1, Name: "Region", Value: "Nord"}},
			},
			{ID: 91823, Name: "Gave, ingen prislapp", SequenceNumber: 2, Type: office24.RowText},
		},
	}
}

// fullCompany has every member of a Company.
func fullCompany() office24.Company {
	return office24.Company{
		ID: 5012, ExternalID: "X1", OrganizationNumber: "999000222", Name: "Demo Supplier AB",
		Addresses: office24.Addresses{
			Post: &office24.Address{
				Street:     "Provgatan 2",
				State:      "S",
				PostalCode: "11111",
				PostalArea: "PROVSTAD",
				Name:       "N",
				City:       "C",
				Country:    "SE",
			},
		},
		PhoneNumbers: office24.PhoneNumbers{Work: &office24.PhoneNumber{Description: "Växel", Value: "+46 8 000 00"}},
		EmailAddresses: office24.EmailAddresses{
			Work: &office24.EmailAddress{Description: "d", Name: "n", Value: "orders@example.se"},
		},
		Country: "SE", Type: office24.CompanySupplier, Status: new(1),
		DateChanged: time.Date(2026, 1, 15, 8, 2, 0, 0, time.UTC),
	}
}

// allProducts searches for all products: those that changed after a time long ago.
func allProducts() office24.ProductSearch {
	return office24.ProductSearch{ChangedAfter: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)}
}
