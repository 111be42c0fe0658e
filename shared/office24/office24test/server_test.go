package office24test_test

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	authPath    = "/authenticate/v001/authenticate.asmx"
	productPath = "/Logistics/Product/V001/ProductService.asmx"
	invoicePath = "/Economy/InvoiceOrder/V001/InvoiceService.asmx"
	companyPath = "/CRM/Company/V001/CompanyService.asmx"
	namespace   = "http://24sevenOffice.com/webservices"
)

// A caller sends requests without the client, which refuses to send invalid ones.
type caller struct {
	t       *testing.T
	server  *office24test.Server
	http    *http.Client
	session string
}

func credentials() office24.Credentials {
	return office24.Credentials{
		ApplicationID: "1b0c5a52-1111-4222-8333-0000000000aa", Username: "wms@example.no", Password: "canary",
	}
}

// A clock shows the time that the test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(hour, minute, second int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = time.Date(2026, 1, 15, hour, minute, second, 0, time.UTC)
}

func at(hour, minute int) time.Time { return time.Date(2026, 1, 15, hour, minute, 0, 0, time.UTC) }

func start(t *testing.T, options office24test.Options) (*caller, *office24test.Tenant, *clock) {
	t.Helper()
	c := &clock{}
	c.set(8, 0, 0)
	options.Now = c.Now
	server := office24test.New(options)
	t.Cleanup(server.Close)
	tenant := server.AddTenant(4711, credentials())
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &caller{t: t, server: server, http: &http.Client{Transport: transport}}
	client.login()
	return client, tenant, c
}

func (c *caller) login() {
	c.t.Helper()
	body := c.tryLogin("", credentials().Password)
	found := regexp.MustCompile(`<LoginResult>(\w{24})</LoginResult>`).FindStringSubmatch(body)
	if found == nil {
		c.t.Fatalf("no session in %s", body)
	}
	c.session = found[1]
}

// tryLogin returns the answer of a login. An empty identity asks for the default client.
func (c *caller) tryLogin(identity, password string) string {
	c.t.Helper()
	if identity != "" {
		identity = "<IdentityId>" + identity + "</IdentityId>"
	}
	_, body := c.call(authPath, "Login", "<credential>"+
		"<ApplicationId>"+credentials().ApplicationID+"</ApplicationId>"+identity+
		"<Password>"+password+"</Password><Username>"+credentials().Username+"</Username></credential>")
	return body
}

// call makes a valid call, unless the content is invalid.
func (c *caller) call(path, operation, content string) (status int, body string) {
	c.t.Helper()
	return c.send(path, http.MethodPost, http.Header{
		"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`"` + namespace + "/" + operation + `"`},
	}, envelope(operation, content))
}

func envelope(operation, content string) string {
	return `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><` +
		operation + ` xmlns="` + namespace + `">` + content + `</` + operation + `></soap:Body></soap:Envelope>`
}

func (c *caller) send(path, method string, header http.Header, body string) (status int, answer string) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header = header
	if c.session != "" {
		request.AddCookie(&http.Cookie{Name: "ASP.NET_SessionId", Value: c.session})
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return -1, string(read)
	}
	return response.StatusCode, string(read)
}

func (c *caller) save(order string) string {
	c.t.Helper()
	_, body := c.call(invoicePath, "SaveInvoices", "<invoices><InvoiceOrder>"+order+"</InvoiceOrder></invoices>")
	return body
}

func decimal(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

func TestRequestThatViolatesTheSchemaIsRefused(t *testing.T) {
	t.Parallel()
	search := func(content string) string { return "<searchParams>" + content + "</searchParams>" }
	for name, c := range map[string]struct{ path, operation, content, want string }{
		"unknown path": {
			path: "/Logistics/Product/V001/Products.asmx", operation: "GetProducts",
			want: "404",
		},
		"path in lower case": {
			path: strings.ToLower(productPath), operation: "GetProducts",
			want: "404",
		},
		"path of another service": {
			path: invoicePath, operation: "GetProducts",
			want: "did not recognize",
		},
		"unknown operation": {
			path: productPath, operation: "GetStock",
			want: "did not recognize",
		},
		"unknown element": {
			path: productPath, operation: "GetProducts",
			content: search("<Ids><int>1</int></Ids>"),
			want:    "Ids is not a member of ProductSearchParameters",
		},
		"elements in another order": {
			path: productPath, operation: "GetProducts",
			content: search("<No>1</No><Id>1</Id>"),
			want:    "Id comes too late in ProductSearchParameters",
		},
		"repeated element": {
			path: productPath, operation: "GetProducts",
			content: search("<No>1</No><No>2</No>"),
			want:    "No is repeated",
		},
		"another namespace": {
			path: productPath, operation: "GetProducts",
			content: `<searchParams xmlns="x" />`,
			want:    "not a member",
		},
		"text between elements": {
			path: productPath, operation: "GetProducts",
			content: search("x<No>1</No>"),
			want:    "text in searchParams",
		},
		"invalid date": {
			path: productPath, operation: "GetProducts",
			content: search("<DateChanged>2026-02-30T00:00:00Z</DateChanged>"),
			want:    "is not of type dateTime",
		},
		"decimal with an exponent": {
			path: productPath, operation: "SetStockQuantity",
			content: "<productId>1</productId><stockQuantity>1e+06</stockQuantity>",
			want:    "is not of type decimal",
		},
		"integer that is too large": {
			path: productPath, operation: "SetStockQuantity",
			content: "<productId>3000000000</productId><stockQuantity>1</stockQuantity>",
			want:    "is not of type int",
		},
		"missing part": {
			path: productPath, operation: "SetStockQuantity",
			content: "<productId>1</productId>",
			want:    "stockQuantity is missing",
		},
		"nil that is not allowed": {
			path: productPath, operation: "GetProducts",
			content: search(`<No xsi:nil="true"/>`),
			want:    "must not be nil",
		},
		"unknown status": {
			path: invoicePath, operation: "GetInvoices",
			content: search("<OrderStates><OrderSlipStateType>Sent</OrderSlipStateType></OrderStates>"),
			want:    "is not of type OrderSlipStateType",
		},
		"missing IncludeVAT": {
			path: invoicePath, operation: "SaveInvoices",
			content: "<invoices><InvoiceOrder><CustomerId>1</CustomerId></InvoiceOrder></invoices>",
			want:    "IncludeVAT is missing",
		},
		"unknown property": {
			path: productPath, operation: "GetProducts",
			content: "<returnProperties><string>Stok</string></returnProperties>",
			want:    "ParameterNotFoundException",
		},
		"property that is not readable": {
			path: productPath, operation: "GetProducts",
			content: "<returnProperties><string>APIException</string></returnProperties>",
			want:    "ParameterNotFoundException",
		},
		"unknown row property": {
			path: invoicePath, operation: "GetInvoices",
			content: search("<OrderIds><int>1</int></OrderIds>") +
				"<rowReturnProperties><string>OrderId</string></rowReturnProperties>",
			want: "ParameterNotFoundException",
		},
		"too many ids": {
			path: invoicePath, operation: "GetInvoices",
			content: search("<OrderIds>" + strings.Repeat("<int>1</int>", 1001) + "</OrderIds>"),
			want:    "Too many OrderIds",
		},
		"invalid guid": {
			path: authPath, operation: "Login",
			content: "<credential><ApplicationId>1</ApplicationId></credential>",
			want:    "is not of type guid",
		},
		"envelope that is not closed": {
			path: productPath, operation: "GetProducts",
			content: "<",
			want:    "unable to read request",
		},
		"document type declaration": {
			path: productPath, operation: "GetProducts",
			content: "<!DOCTYPE x>",
			want:    "unable to read request",
		},
		"second element in the body": {
			path: productPath, operation: "GetProducts",
			content: "</GetProducts><GetProducts>",
			want:    "unable to read request",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _, _ := start(t, office24test.Options{})
			status, body := client.call(c.path, c.operation, c.content)
			if notFound := c.want == "404"; notFound && status != 404 ||
				!notFound && (status != 500 || !strings.Contains(body, c.want)) {
				t.Errorf("got %d %s, want %q", status, body, c.want)
			}
			if n := len(client.server.Violations()); n != 1 {
				t.Errorf("%d violations, want 1", n)
			}
		})
	}
}

func TestRequestThatIsNotSOAPIsRefused(t *testing.T) {
	t.Parallel()
	good := func() http.Header {
		return http.Header{"Content-Type": {"text/xml"}, "Soapaction": {namespace + "/HasSession"}}
	}
	json, withoutAction := good(), good()
	json.Set("Content-Type", "application/json")
	withoutAction.Del("Soapaction")
	for name, c := range map[string]struct {
		method string
		header http.Header
		want   int
	}{
		"valid":     {method: http.MethodPost, header: good(), want: 200},
		"GET":       {method: http.MethodGet, header: good(), want: 405},
		"JSON":      {method: http.MethodPost, header: json, want: 415},
		"no action": {method: http.MethodPost, header: withoutAction, want: 500},
	} {
		client, _, _ := start(t, office24test.Options{})
		status, body := client.send(authPath, c.method, c.header, envelope("HasSession", ""))
		if status != c.want {
			t.Errorf("%s: %d %s, want %d", name, status, body, c.want)
		}
	}
}

func TestSearchWithoutFilterIsRefused(t *testing.T) {
	t.Parallel()
	client, _, _ := start(t, office24test.Options{})
	for path, operation := range map[string]string{invoicePath: "GetInvoices", companyPath: "GetCompanies"} {
		for _, content := range []string{"", "<searchParams />"} {
			status, body := client.call(path, operation, content)
			if status != 500 || !strings.Contains(body, "at least one search parameter") {
				t.Errorf("%s: %d %s", operation, status, body)
			}
		}
	}
}

func order() office24.Order {
	return office24.Order{
		ID: 1, CustomerID: 5, Status: office24.StatusConfirmed, InvoiceTitle: "Ring", DateChanged: at(7, 0),
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "A", Country: "NO"}, Post: &office24.Address{Street: "B"},
		},
		Rows: []office24.Row{
			{ID: 11, ProductID: 7, Quantity: decimal("3"), Price: decimal("10"), Name: "Kettle"},
			{ID: 12, Type: office24.RowText, Name: "Text"},
		},
	}
}

func TestSaveChangesTheOrder(t *testing.T) {
	t.Parallel()
	const head, nilVAT = "<OrderId>1</OrderId><CustomerId>5</CustomerId>", `<IncludeVAT xsi:nil="true" />`
	confirmed := head + "<OrderStatus>Confirmed</OrderStatus>" + nilVAT
	rows := func(row string) string {
		return confirmed + "<InvoiceRows><InvoiceRow>" + row + "</InvoiceRow></InvoiceRows>"
	}
	cases := map[string]struct {
		save string
		want func(*office24.Order) // the change of the order
	}{
		"a status alone changes only the status": {
			save: head + "<OrderStatus>OrderState_Sent</OrderStatus>" + nilVAT,
			want: func(o *office24.Order) { o.Status = office24.StatusSent },
		},
		"no status means Web": {
			save: head + nilVAT,
			want: func(o *office24.Order) { o.Status = office24.StatusWeb },
		},
		"addresses are replaced": {
			save: head + "<Addresses><Visit><Street>C</Street></Visit></Addresses>" +
				"<OrderStatus>Confirmed</OrderStatus>" + nilVAT,
			want: func(o *office24.Order) {
				o.Addresses = office24.Addresses{Visit: &office24.Address{Street: "C"}}
			},
		},
		"a row without ChangeState is added again": {
			save: rows("<ProductId>7</ProductId><RowId>11</RowId><Quantity>3</Quantity>"),
			want: func(o *office24.Order) {
				o.Rows = append(o.Rows, office24.Row{
					ID: 90001, ProductID: 7, ProductNo: "KET", Name: "Kettle", Quantity: decimal("3"),
					SequenceNumber: 3, Type: office24.RowNormal,
				})
			},
		},
		"a row with ChangeState None is added again": {
			save: rows("<RowId>12</RowId><Name>Text</Name><ChangeState>None</ChangeState><Type>Text</Type>"),
			want: func(o *office24.Order) {
				o.Rows = append(o.Rows, office24.Row{
					ID: 90001, Name: "Text", SequenceNumber: 3, Type: office24.RowText,
				})
			},
		},
		"an edited row keeps only what was sent": {
			save: rows("<RowId>11</RowId><Quantity>2</Quantity><ChangeState>Edit</ChangeState>"),
			want: func(o *office24.Order) { o.Rows[0].Quantity, o.Rows[0].Price = decimal("2"), nil },
		},
		"a deleted row is removed": {
			save: rows("<RowId>12</RowId><ChangeState>Delete</ChangeState>"),
			want: func(o *office24.Order) { o.Rows = o.Rows[:1] },
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, tenant, clock := start(t, office24test.Options{})
			tenant.AddProduct(office24.Product{ID: 7, No: "KET", Name: "Kettle"})
			tenant.AddOrder(order())
			want, _ := tenant.Order(1)
			clock.set(8, 30, 40)
			body := client.save(c.save)
			c.want(&want)
			want.DateChanged = at(8, 31)
			got, _ := tenant.Order(1)
			if diff := cmp.Diff(want, got); diff != "" || strings.Contains(body, "APIException") {
				t.Errorf("%s\n(-want +got):\n%s", body, diff)
			}
			writes := client.server.Writes()
			for i := range writes {
				writes[i].N, writes[i].Time = 0, time.Time{}
			}
			wantWrites := []office24test.Call{
				{Tenant: 4711, Operation: "SaveInvoices", Write: true, Key: "1", Effect: true},
			}
			if diff := cmp.Diff(wantWrites, writes); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSaveIsRefusedWithoutEffect(t *testing.T) {
	t.Parallel()
	const nilVAT = `<IncludeVAT xsi:nil="true" />`
	const confirmed = "<OrderStatus>Confirmed</OrderStatus>" + nilVAT
	const create, update = "<CustomerId>5</CustomerId>", "<OrderId>1</OrderId><CustomerId>5</CustomerId>"
	rows := func(row string) string { return "<InvoiceRows><InvoiceRow>" + row + "</InvoiceRow></InvoiceRows>" }
	cases := map[string]struct {
		save, want string
		violation  bool
	}{
		"status that invoices": {
			save: update + "<OrderStatus>Invoiced</OrderStatus>" + nilVAT, want: "would invoice", violation: true,
		},
		"payment": {
			save: update + confirmed + "<PaymentAmount>1</PaymentAmount>", want: "payment", violation: true,
		},
		"distribution": {
			save: update + confirmed + "<Distributor>Auto</Distributor>", want: "distribute", violation: true,
		},
		"empty InvoiceRows": {
			save: update + confirmed + "<InvoiceRows />", want: "empty InvoiceRows", violation: true,
		},
		"unknown order": {
			save: "<OrderId>9</OrderId><CustomerId>5</CustomerId>" + confirmed, want: "Order 9 does not exist",
		},
		"unknown customer": {save: "<CustomerId>9</CustomerId>" + confirmed, want: "Customer 9 does not exist"},
		"no customer":      {save: "<OrderId>1</OrderId>" + confirmed, want: "Customer 0 does not exist"},
		"invoiced order":   {save: "<OrderId>2</OrderId>" + create + confirmed, want: "Order 2 is invoiced"},
		"edit of an unknown row": {
			save: update + confirmed + rows("<RowId>99</RowId><ChangeState>Edit</ChangeState>"),
			want: "Row 99 does not exist",
		},
		"unknown product": {
			save: create + confirmed + rows("<ProductId>99</ProductId>"), want: "Product 99 does not exist",
		},
		"title that is too long": {
			save: update + confirmed + "<InvoiceTitle>" + strings.Repeat("å", 301) + "</InvoiceTitle>",
			want: "truncated (InvoiceTitle)",
		},
		"row name that is too long": {
			save: create + confirmed + rows("<Name>"+strings.Repeat("å", 301)+"</Name>"), want: "truncated (Name)",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, tenant, _ := start(t, office24test.Options{})
			tenant.AddProduct(office24.Product{ID: 7})
			tenant.AddOrder(order())
			invoiced := order()
			invoiced.ID, invoiced.Status = 2, office24.StatusInvoiced
			tenant.AddOrder(invoiced)
			before := tenant.Snapshot()
			body := client.save(c.save)
			for _, want := range []string{"<APIException>", c.want, "<StackTrace>"} {
				if !strings.Contains(body, want) {
					t.Errorf("got %s, want %q in it", body, want)
				}
			}
			if diff := cmp.Diff(before, tenant.Snapshot()); diff != "" {
				t.Errorf("the refused save had an effect (-before +after):\n%s", diff)
			}
			if client.server.Writes()[0].Effect || (len(client.server.Violations()) > 0) != c.violation {
				t.Errorf("journal %+v, violations %v", client.server.Writes(), client.server.Violations())
			}
		})
	}
}

func TestOrdersOfABatchAreSavedIndependently(t *testing.T) {
	t.Parallel()
	client, tenant, _ := start(t, office24test.Options{})
	tenant.AddOrder(order())
	const tail = `<CustomerId>5</CustomerId><OrderStatus>Pack</OrderStatus><IncludeVAT xsi:nil="true" />`
	const next = "</InvoiceOrder><InvoiceOrder>"
	body := client.save("<OrderId>9</OrderId>" + tail + next + "<OrderId>1</OrderId>" + tail + next + tail)
	got, _ := tenant.Order(1)
	if got.Status != office24.StatusPack || strings.Count(body, "<APIException>") != 1 ||
		!strings.Contains(body, "<InvoiceOrder><OrderId>40001</OrderId>") {
		t.Errorf("order 1 is %s; %s", got.Status, body)
	}
	if key := client.server.Writes()[0].Key; key != "9,1,new" {
		t.Errorf("key %s", key)
	}
}

func TestGoodsLeaveTheStockOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options   office24test.Options
		skipStock bool
		statuses  []office24.OrderStatus
		want      string
	}{
		"when the order is Sent": {
			statuses: []office24.OrderStatus{office24.StatusSent}, want: "7",
		},
		"not when it is Sent again": {
			statuses: []office24.OrderStatus{office24.StatusSent, office24.StatusConfirmed, office24.StatusSent},
			want:     "7",
		},
		"not when it is invoiced after Sent": {
			statuses: []office24.OrderStatus{office24.StatusSent, office24.StatusInvoiced}, want: "7",
		},
		"when it is invoiced first": {
			statuses: []office24.OrderStatus{office24.StatusInvoiced}, want: "7",
		},
		"not in another status": {
			statuses: []office24.OrderStatus{office24.StatusPack, office24.StatusRest}, want: "10",
		},
		"not if the order skips stock": {
			skipStock: true, statuses: []office24.OrderStatus{office24.StatusSent}, want: "10",
		},
		"not with KeepStockOnSent": {
			options:  office24test.Options{KeepStockOnSent: true},
			statuses: []office24.OrderStatus{office24.StatusSent}, want: "10",
		},
	}
	for name, c := range cases {
		_, tenant, _ := start(t, c.options)
		tenant.AddProduct(office24.Product{ID: 7, Stock: decimal("10"), StockControlled: new(true)})
		tenant.AddProduct(office24.Product{ID: 8, Stock: decimal("10"), StockControlled: new(false)})
		o := order()
		o.SkipStock = c.skipStock
		o.Rows = append(o.Rows,
			office24.Row{ProductID: 8, Quantity: decimal("1")},
			office24.Row{ProductID: 7, Type: office24.RowText, Quantity: decimal("1")})
		tenant.AddOrder(o)
		for _, status := range c.statuses {
			tenant.SetStatus(1, status)
		}
		goods, _ := tenant.Product(7)
		service, _ := tenant.Product(8)
		if goods.Stock.String() != c.want || service.Stock.String() != "10" {
			t.Errorf("%s: stock of goods %s, of a service %s; want %s and 10",
				name, goods.Stock, service.Stock, c.want)
		}
	}
}

func TestChangeTimesAndTheirFiltersAreRounded(t *testing.T) {
	t.Parallel()
	client, tenant, clock := start(t, office24test.Options{})
	clock.set(10, 0, 20)
	tenant.AddProduct(office24.Product{ID: 1})
	clock.set(10, 0, 40)
	tenant.AddProduct(office24.Product{ID: 2})
	clock.set(10, 5, 29)
	tenant.AddProduct(office24.Product{ID: 3})
	status, body := client.call(productPath, "SetStockQuantity",
		"<productId>3</productId><stockQuantity>0</stockQuantity>")
	if status != 200 {
		t.Fatal(body)
	}
	var got []time.Time
	for _, p := range tenant.Products() {
		got = append(got, p.DateChanged)
	}
	if diff := cmp.Diff([]time.Time{at(10, 0), at(10, 1), at(10, 5)}, got); diff != "" {
		t.Errorf("change times (-want +got):\n%s", diff)
	}
	for after, want := range map[string]string{
		"2026-01-15T09:59:00Z":      "1 2 3",
		"2026-01-15T10:00:00Z":      "2 3", // the filter is exclusive
		"2026-01-15T10:00:40Z":      "3",   // the filter itself is rounded
		"2026-01-15T12:04:00+02:00": "3",
		"2026-01-15T10:05:00":       "",
	} {
		_, body := client.call(productPath, "GetProducts", "<searchParams><DateChanged>"+after+
			"</DateChanged></searchParams><returnProperties><string>Id</string></returnProperties>")
		var ids []string
		for _, m := range regexp.MustCompile(`<Id>(\d+)</Id>`).FindAllStringSubmatch(body, -1) {
			ids = append(ids, m[1])
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("after %s: products %q, want %q", after, got, want)
		}
	}
}

func TestAnswersLeaveOutMissingAndDefaultMembers(t *testing.T) {
	t.Parallel()
	client, tenant, _ := start(t, office24test.Options{})
	tenant.AddProduct(office24.Product{ID: 1, Name: "Å&", Stock: decimal("0"), Weight: decimal("1.5")})
	tenant.AddOrder(office24.Order{
		ID: 2, CustomerID: 5, IncludeVAT: new(true), Rows: []office24.Row{{ID: 3, Quantity: decimal("1")}},
	})
	_, products := client.call(productPath, "GetProducts", "<returnProperties><string>Stock</string>"+
		"<string>Name</string><string>EAN1</string><string>Id</string></returnProperties>")
	_, orders := client.call(invoicePath, "GetInvoices",
		"<searchParams><OrderIds><int>2</int></OrderIds></searchParams>"+
			"<invoiceReturnProperties><string>OrderStatus</string><string>InvoiceRows</string>"+
			"</invoiceReturnProperties>"+
			"<rowReturnProperties><string>RowId</string><string>Type</string></rowReturnProperties>")
	for got, want := range map[string]string{
		products: "<GetProductsResult><Product><Id>1</Id><Name>Å&amp;</Name><Stock>0.0000</Stock></Product>" +
			"</GetProductsResult>",
		orders: `<GetInvoicesResult><InvoiceOrder><IncludeVAT xsi:nil="true" />` +
			"<InvoiceRows><InvoiceRow><RowId>3</RowId></InvoiceRow></InvoiceRows></InvoiceOrder></GetInvoicesResult>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
}

func TestEndedSessionIsRefused(t *testing.T) {
	t.Parallel()
	alive := func(c *caller) bool {
		_, body := c.call(authPath, "HasSession", "")
		return strings.Contains(body, "<HasSessionResult>true<")
	}
	cases := map[string]struct {
		options office24test.Options
		end     func(*caller, *office24test.Tenant, *clock)
	}{
		"by age": {
			options: office24test.Options{SessionLife: time.Hour},
			end:     func(_ *caller, _ *office24test.Tenant, c *clock) { c.set(9, 0, 1) },
		},
		"by calls": {
			options: office24test.Options{SessionCalls: 2},
			end:     func(c *caller, _ *office24test.Tenant, _ *clock) { alive(c) },
		},
		"by another login": {
			options: office24test.Options{SingleSession: true},
			end: func(c *caller, _ *office24test.Tenant, _ *clock) {
				(&caller{t: c.t, server: c.server, http: c.http}).login()
			},
		},
		"all sessions": {
			end: func(c *caller, _ *office24test.Tenant, _ *clock) { c.server.ExpireSessions() },
		},
		"the tenant's sessions": {
			end: func(_ *caller, tenant *office24test.Tenant, _ *clock) { tenant.ExpireSessions() },
		},
	}
	for name, c := range cases {
		client, tenant, clock := start(t, c.options)
		if !alive(client) {
			t.Errorf("%s: the session does not exist at the start", name)
		}
		c.end(client, tenant, clock)
		if alive(client) {
			t.Errorf("%s: the session has not ended", name)
		}
		status, body := client.call(invoicePath, "GetDeliveryMethods", "")
		if status != 500 || !strings.Contains(body, "Session is not authenticated") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestLoginNeedsCredentialsAndAnIdentityThatIsNotBlocked(t *testing.T) {
	t.Parallel()
	client, first, _ := start(t, office24test.Options{})
	second := client.server.AddTenant(4712, credentials())
	const blocked, empty = "Provided IdentityId is blocked", "<LoginResult />"
	expect := func(why, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", why, got, want)
		}
	}
	expect("wrong password", client.tryLogin("", "wrong"), empty)
	expect("another identity of the user", client.tryLogin(second.IdentityID(), "canary"), "<LoginResult>")
	expect("unknown identity", client.tryLogin("7e1f0d00-1111-4222-8333-000000009999", "canary"), blocked)
	second.Block(true)
	expect("blocked identity", client.tryLogin(second.IdentityID(), "canary"), blocked)
	expect("the default identity is not blocked", client.tryLogin("", "canary"), "<LoginResult>")
	first.Block(true)
	expect("the default identity is blocked", client.tryLogin("", "canary"), blocked)
	_, body := client.call(invoicePath, "GetDeliveryMethods", "")
	expect("session in a blocked identity", body, "Client is not authenticated on this identity")
	client.server.RefuseLogins(credentials(), true)
	expect("refused user", client.tryLogin("", "canary"), empty)
}

func TestSessionSeesOnlyItsTenant(t *testing.T) {
	t.Parallel()
	client, first, _ := start(t, office24test.Options{})
	second := client.server.AddTenant(4712, office24.Credentials{
		ApplicationID: credentials().ApplicationID, Username: "b", Password: "c",
	})
	first.AddProduct(office24.Product{ID: 1, No: "mine"})
	second.AddProduct(office24.Product{ID: 1, No: "theirs"})
	_, body := client.call(productPath, "GetProducts", "<returnProperties><string>No</string></returnProperties>")
	if !strings.Contains(body, "<No>mine</No>") || strings.Contains(body, "theirs") {
		t.Error(body)
	}
	if client.server.Tenant(4712) != second || client.server.Tenant(1) != nil {
		t.Error("Tenant does not return the tenant of the client number")
	}
}

func TestQuotaIsCountedPerHour(t *testing.T) {
	t.Parallel()
	client, _, clock := start(t, office24test.Options{Quota: 1})
	for _, want := range []int{200, 500} {
		status, body := client.call(invoicePath, "GetDeliveryMethods", "")
		if status != want || want == 500 && !strings.Contains(body, "Quarantine ends at 2026-01-15T09:00:00Z") {
			t.Errorf("%d %s, want %d", status, body, want)
		}
	}
	clock.set(9, 0, 0)
	if status, _ := client.call(invoicePath, "GetDeliveryMethods", ""); status != 200 {
		t.Errorf("%d in the next hour", status)
	}
}

func TestFaultHitsTheCallsThatMatch(t *testing.T) {
	t.Parallel()
	stock := func(c *caller, id string) int {
		status, _ := c.call(productPath, "SetStockQuantity",
			"<productId>"+id+"</productId><stockQuantity>1</stockQuantity>")
		return status
	}
	cases := map[string]struct {
		fault office24test.Fault
		want  []int // statuses of stock writes of products 1, 2, 1, 2
	}{
		"the next call": {
			fault: office24test.Fault{Kind: office24test.Status},
			want:  []int{503, 200, 200, 200},
		},
		"the third call": {
			fault: office24test.Fault{Nth: 3, Kind: office24test.Status, Status: 418},
			want:  []int{200, 200, 418, 200},
		},
		"all calls since the second": {
			fault: office24test.Fault{Nth: 2, Times: -1, Kind: office24test.Status},
			want:  []int{200, 503, 503, 503},
		},
		"two calls": {
			fault: office24test.Fault{Nth: 2, Times: 2, Kind: office24test.Status},
			want:  []int{200, 503, 503, 200},
		},
		"the second call with the key": {
			fault: office24test.Fault{Key: "2", Nth: 2, Kind: office24test.Status},
			want:  []int{200, 200, 200, 503},
		},
		"a call of another operation": {
			fault: office24test.Fault{Op: "GetProducts", Kind: office24test.Status},
			want:  []int{200, 200, 200, 200},
		},
		"a call of another tenant": {
			fault: office24test.Fault{Tenant: 1, Kind: office24test.Status},
			want:  []int{200, 200, 200, 200},
		},
		"a call of this tenant": {
			fault: office24test.Fault{Tenant: 4711, Op: "SetStockQuantity", Kind: office24test.Reset},
			want:  []int{0, 200, 200, 200},
		},
		"a call with a truncated answer": {
			fault: office24test.Fault{Kind: office24test.Truncate},
			want:  []int{-1, 200, 200, 200},
		},
	}
	for name, c := range cases {
		client, _, _ := start(t, office24test.Options{})
		client.server.Fault(c.fault)
		got := []int{stock(client, "1"), stock(client, "2"), stock(client, "1"), stock(client, "2")}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	client, _, _ := start(t, office24test.Options{})
	client.server.Fault(office24test.Fault{Kind: office24test.Status, Times: -1})
	client.server.ClearFaults()
	if status := stock(client, "1"); status != 200 {
		t.Errorf("got status %d after ClearFaults, want 200", status)
	}
}

// Tests of crashes and retries rely on which faults prevent the effect.
func TestFaultPreventsOrKeepsTheEffect(t *testing.T) {
	t.Parallel()
	untested := []office24test.Kind{ // the caller would wait for these, or they do not fail this operation
		office24test.ItemException, office24test.Hang, office24test.Oversize, office24test.Drip,
	}
	changesAnswer := []office24test.Kind{
		office24test.Truncate, office24test.BigText, office24test.ContentType, office24test.Doctype,
		office24test.Malformed,
	}
	for _, kind := range office24test.Kinds() {
		if slices.Contains(untested, kind) {
			continue
		}
		for _, after := range []bool{false, true} {
			client, tenant, _ := start(t, office24test.Options{})
			tenant.AddProduct(office24.Product{ID: 1, Stock: decimal("5")})
			client.server.Fault(office24test.Fault{Kind: kind, AfterEffect: after})
			var before, afterwards atomic.Int32
			client.server.Before(func(c office24test.Call) { before.Store(int32(c.N)) })
			client.server.After(func(office24test.Call) { afterwards.Add(1) })
			_, body := client.call(productPath, "SetStockQuantity",
				"<productId>1</productId><stockQuantity>0</stockQuantity>")
			effect := after || slices.Contains(changesAnswer, kind)
			product, _ := tenant.Product(1)
			if product.Stock.IsZero() != effect || client.server.Writes()[0].Effect != effect {
				t.Errorf("%s, after %t: stock %s, journal %+v", kind, after, product.Stock, client.server.Writes())
			}
			if (afterwards.Load() == 1) != effect || before.Load() != 2 {
				t.Errorf("%s, after %t: hook before call %d, %d hooks after calls",
					kind, after, before.Load(), afterwards.Load())
			}
			if kind == office24test.Truncate && strings.HasSuffix(body, "</soap:Envelope>") {
				t.Error("the truncated body is complete")
			}
		}
	}
}

func TestHangEndsAfterItsDelay(t *testing.T) {
	t.Parallel()
	client, _, _ := start(t, office24test.Options{})
	client.server.Fault(office24test.Fault{Kind: office24test.Hang, Delay: time.Millisecond})
	if status, _ := client.call(invoicePath, "GetDeliveryMethods", ""); status != 0 {
		t.Errorf("answered with %d", status)
	}
}

func TestItemExceptionRefusesOneSave(t *testing.T) {
	t.Parallel()
	client, tenant, _ := start(t, office24test.Options{})
	tenant.AddOrder(order())
	client.server.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.ItemException, Type: "T", Text: "M"})
	const save = "<OrderId>1</OrderId><CustomerId>5</CustomerId><OrderStatus>Pack</OrderStatus>" +
		`<IncludeVAT xsi:nil="true" />`
	body := client.save(save)
	if !strings.Contains(body, "<APIException><Type>T</Type><Message>M</Message>") || client.server.Writes()[0].Effect {
		t.Error(body)
	}
	if body := client.save(save); strings.Contains(body, "APIException") {
		t.Error(body)
	}
}

func TestRecordingsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var exchanges []office24test.Exchange
	client, _, _ := start(t, office24test.Options{Record: func(e office24test.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		exchanges = append(exchanges, e)
	}})
	client.server.Fault(office24test.Fault{Kind: office24test.Reset})
	_, _ = client.call(invoicePath, "GetDeliveryMethods", "")
	_, _ = client.call(invoicePath, "GetDeliveryMethods", "")
	mu.Lock()
	defer mu.Unlock()
	var statuses []int
	for _, e := range exchanges {
		statuses = append(statuses, e.Status)
		all := e.RequestBody + e.ResponseBody + e.RequestHeaders["Cookie"]
		if strings.Contains(all, "canary") || strings.Contains(all, client.session) {
			t.Errorf("the recording has a secret: %+v", e)
		}
		if e.System != "office24" || e.Method != http.MethodPost || e.RequestHeaders["Soapaction"] == "" {
			t.Errorf("recorded %+v", e)
		}
	}
	if diff := cmp.Diff([]int{200, 0, 200}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestRecordsShareNoMemoryWithTheServer(t *testing.T) {
	t.Parallel()
	_, tenant, clock := start(t, office24test.Options{})
	seed := order()
	tenant.AddOrder(seed)
	seed.Addresses.Delivery.Street = "changed outside"
	before := tenant.Snapshot()
	before.Orders[0].Rows[0].Name = "changed outside"
	after := tenant.Snapshot()
	if after.Orders[0].Addresses.Delivery.Street != "A" || after.Orders[0].Rows[0].Name != "Kettle" {
		t.Errorf("%+v", after.Orders[0])
	}
	clock.set(9, 0, 0)
	tenant.EditOrder(1, func(*office24.Order) {})
	if cmp.Diff(after, tenant.Snapshot()) == "" {
		t.Error("an edit did not change the snapshot")
	}
	if diff := cmp.Diff(after.Timeless(), tenant.Snapshot().Timeless()); diff != "" {
		t.Errorf("without change times (-want +got):\n%s", diff)
	}
}

func TestPeopleEditAndDeleteRecords(t *testing.T) {
	t.Parallel()
	_, tenant, _ := start(t, office24test.Options{})
	id := tenant.AddProduct(office24.Product{})
	tenant.EditProduct(id, func(p *office24.Product) { p.No = "new" })
	if p, _ := tenant.Product(id); p.No != "new" {
		t.Errorf("%+v", p)
	}
	tenant.AddOrder(order())
	tenant.EditCompany(5, func(c *office24.Company) { c.Name = "Buyer" })
	if c, found := tenant.Company(5); !found || c.Name != "Buyer" {
		t.Errorf("the customer of an order: %+v", c)
	}
	tenant.AddDeliveryMethod(office24.DeliveryMethod{ID: 1, Description: "Post"})
	tenant.RemoveProduct(id)
	tenant.DeleteOrder(1)
	tenant.RemoveCompany(5)
	want := office24test.Snapshot{
		Products: []office24.Product{}, Orders: []office24.Order{}, Companies: []office24.Company{},
		DeliveryMethods: []office24.DeliveryMethod{{ID: 1, Description: "Post"}},
	}
	if diff := cmp.Diff(want, tenant.Snapshot()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPeopleExpireProductsExchangeNumbersAndAddRows(t *testing.T) {
	t.Parallel()
	_, tenant, _ := start(t, office24test.Options{})
	a := tenant.AddProduct(office24.Product{No: "KET-17"})
	b := tenant.AddProduct(office24.Product{No: "PUMPE-12"})
	tenant.ExchangeNumbers(a, b)
	tenant.ExpireProduct(b)
	first, _ := tenant.Product(a)
	second, _ := tenant.Product(b)
	if first.No != "PUMPE-12" || second.No != "KET-17" || second.StatusID == nil || *second.StatusID != 0 {
		t.Errorf("%+v, %+v", first, second)
	}
	tenant.AddOrder(order())
	row := tenant.AddRow(1, office24.Row{ProductID: a})
	if o, _ := tenant.Order(1); row == 0 || o.Rows[len(o.Rows)-1].ID != row {
		t.Errorf("row %d of %+v", row, o.Rows)
	}
}

func TestBigTextHasTenMegabytes(t *testing.T) {
	t.Parallel()
	client, _, _ := start(t, office24test.Options{})
	client.server.Fault(office24test.Fault{Kind: office24test.BigText})
	_, body := client.call(invoicePath, "GetDeliveryMethods", "")
	if !strings.Contains(body, strings.Repeat("a", 10<<20)) {
		t.Errorf("the answer has %d bytes, without the text", len(body))
	}
}
