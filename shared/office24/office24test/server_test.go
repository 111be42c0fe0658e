package office24test_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
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
	namespace   = "http://24sevenOffice.com/webservices"
)

// A caller speaks to the server without the client, which would not let it say what must not be said.
type caller struct {
	t       *testing.T
	server  *office24test.Server
	http    *http.Client
	session string
}

func credentials() office24.Credentials {
	return office24.Credentials{ApplicationID: "1b0c5a52-1111-4222-8333-0000000000aa", Username: "wms@example.no", Password: "canary"}
}

// clock is a clock that tests set.
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
	one := &caller{t: t, server: server, http: &http.Client{Transport: transport}}
	one.login()
	return one, tenant, c
}

func (c *caller) login() {
	c.t.Helper()
	cr := credentials()
	_, body := c.call(authPath, "Login", `<credential><ApplicationId>`+cr.ApplicationID+`</ApplicationId><Password>`+cr.Password+`</Password><Username>`+cr.Username+`</Username></credential>`)
	found := regexp.MustCompile(`<LoginResult>(\w{24})</LoginResult>`).FindStringSubmatch(body)
	if found == nil {
		c.t.Fatalf("no session in %s", body)
	}
	c.session = found[1]
}

// call makes a call as it should be made.
func (c *caller) call(path, operation, content string) (status int, body string) {
	c.t.Helper()
	return c.send(path, http.MethodPost, http.Header{
		"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`"` + namespace + "/" + operation + `"`},
	}, envelope(operation, content))
}

func envelope(operation, content string) string {
	return `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><` +
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

func pointer[T any](v T) *T { return &v }

func TestRequestsThatDoNotFitTheDefinitions(t *testing.T) {
	t.Parallel()
	search := func(content string) string { return "<searchParams>" + content + "</searchParams>" }
	cases := map[string]struct{ path, operation, content, want string }{
		"another path":                    {"/Logistics/Product/V001/Products.asmx", "GetProducts", "", "404"},
		"the path in other letters":       {strings.ToLower(productPath), "GetProducts", "", "404"},
		"another service's path":          {invoicePath, "GetProducts", "", "did not recognize"},
		"an unknown operation":            {productPath, "GetStock", "", "did not recognize"},
		"an unknown element":              {productPath, "GetProducts", search("<Ids><int>1</int></Ids>"), "Ids is no member of ProductSearchParameters"},
		"elements in another order":       {productPath, "GetProducts", search("<No>1</No><Id>1</Id>"), "Id stands too late in ProductSearchParameters"},
		"an element twice":                {productPath, "GetProducts", search("<No>1</No><No>2</No>"), "No stands twice"},
		"another namespace":               {productPath, "GetProducts", `<searchParams xmlns="x" />`, "no member"},
		"text between elements":           {productPath, "GetProducts", search("x<No>1</No>"), "text in searchParams"},
		"no such day":                     {productPath, "GetProducts", search("<DateChanged>2026-02-30T00:00:00Z</DateChanged>"), "is no dateTime"},
		"an exponent":                     {productPath, "SetStockQuantity", "<productId>1</productId><stockQuantity>1e+06</stockQuantity>", "is no decimal"},
		"a number that is too large":      {productPath, "SetStockQuantity", "<productId>3000000000</productId><stockQuantity>1</stockQuantity>", "is no int"},
		"a part that is missing":          {productPath, "SetStockQuantity", "<productId>1</productId>", "stockQuantity is missing"},
		"a nil where there is none":       {productPath, "GetProducts", search(`<No xsi:nil="true"/>`), "must not be nil"},
		"an unknown status":               {invoicePath, "GetInvoices", search("<OrderStates><OrderSlipStateType>Sent</OrderSlipStateType></OrderStates>"), "is no OrderSlipStateType"},
		"the nil IncludeVAT is missing":   {invoicePath, "SaveInvoices", "<invoices><InvoiceOrder><CustomerId>1</CustomerId></InvoiceOrder></invoices>", "IncludeVAT is missing"},
		"a property that does not exist":  {productPath, "GetProducts", "<returnProperties><string>Stok</string></returnProperties>", "ParameterNotFoundException"},
		"a property nobody may ask for":   {productPath, "GetProducts", "<returnProperties><string>APIException</string></returnProperties>", "ParameterNotFoundException"},
		"a row property that is none":     {invoicePath, "GetInvoices", search("<OrderIds><int>1</int></OrderIds>") + "<rowReturnProperties><string>OrderId</string></rowReturnProperties>", "ParameterNotFoundException"},
		"more ids than a call may name":   {invoicePath, "GetInvoices", search("<OrderIds>" + strings.Repeat("<int>1</int>", 1001) + "</OrderIds>"), "Too many OrderIds"},
		"a guid without form":             {authPath, "Login", "<credential><ApplicationId>1</ApplicationId></credential>", "is no guid"},
		"an envelope that is not closed":  {productPath, "GetProducts", "<", "unable to read request"},
		"a document type declaration":     {productPath, "GetProducts", "<!DOCTYPE x>", "unable to read request"},
		"a second element in the content": {productPath, "GetProducts", "</GetProducts><GetProducts>", "unable to read request"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, _, _ := start(t, office24test.Options{})
			status, body := one.call(c.path, c.operation, c.content)
			if c.want == "404" && status != 404 || c.want != "404" && (status != 500 || !strings.Contains(body, c.want)) {
				t.Errorf("%d %s, want %q", status, body, c.want)
			}
			if n := len(one.server.Violations()); n != 1 {
				t.Errorf("%d violations, want 1", n)
			}
		})
	}
}

func TestRequestsThatAreNoSOAP(t *testing.T) {
	t.Parallel()
	good := func() http.Header {
		return http.Header{"Content-Type": {"text/xml"}, "Soapaction": {namespace + "/HasSession"}}
	}
	for name, c := range map[string]struct {
		method string
		header func() http.Header
		want   int
	}{
		"as it should be": {http.MethodPost, good, 200},
		"GET":             {http.MethodGet, good, 405},
		"JSON":            {http.MethodPost, func() http.Header { h := good(); h.Set("Content-Type", "application/json"); return h }, 415},
		"no action":       {http.MethodPost, func() http.Header { h := good(); h.Del("Soapaction"); return h }, 500},
	} {
		one, _, _ := start(t, office24test.Options{})
		if status, body := one.send(authPath, c.method, c.header(), envelope("HasSession", "")); status != c.want {
			t.Errorf("%s: %d %s, want %d", name, status, body, c.want)
		}
	}
}

func TestSearchWithoutFilter(t *testing.T) {
	t.Parallel()
	one, _, _ := start(t, office24test.Options{})
	for path, operation := range map[string]string{invoicePath: "GetInvoices", "/CRM/Company/V001/CompanyService.asmx": "GetCompanies"} {
		for _, content := range []string{"", "<searchParams />"} {
			if status, body := one.call(path, operation, content); status != 500 || !strings.Contains(body, "at least one search parameter") {
				t.Errorf("%s: %d %s", operation, status, body)
			}
		}
	}
}

func order() office24.Order {
	return office24.Order{
		ID: 1, CustomerID: 5, Status: office24.StatusConfirmed, InvoiceTitle: "Ring", DateChanged: at(7, 0),
		Addresses: office24.Addresses{Delivery: &office24.Address{Street: "A", Country: "NO"}, Post: &office24.Address{Street: "B"}},
		Rows:      []office24.Row{{ID: 11, ProductID: 7, Quantity: decimal("3"), Price: decimal("10"), Name: "Kettle"}, {ID: 12, Type: office24.RowText, Name: "Text"}},
	}
}

func TestWhatASaveDoes(t *testing.T) {
	t.Parallel()
	const head, nilVAT = "<OrderId>1</OrderId><CustomerId>5</CustomerId>", `<IncludeVAT xsi:nil="true" />`
	confirmed := head + "<OrderStatus>Confirmed</OrderStatus>" + nilVAT
	rows := func(rows string) string { return confirmed + "<InvoiceRows>" + rows + "</InvoiceRows>" }
	cases := map[string]struct {
		save string
		want func(*office24.Order) // what becomes of the order
	}{
		"nothing but a status": {head + "<OrderStatus>OrderState_Sent</OrderStatus>" + nilVAT, func(o *office24.Order) { o.Status = office24.StatusSent }},
		"no status is Web":     {head + nilVAT, func(o *office24.Order) { o.Status = office24.StatusWeb }},
		"addresses are replaced": {head + "<Addresses><Visit><Street>C</Street></Visit></Addresses><OrderStatus>Confirmed</OrderStatus>" + nilVAT,
			func(o *office24.Order) {
				o.Addresses = office24.Addresses{Visit: &office24.Address{Street: "C"}}
			}},
		"a row without ChangeState is there twice": {rows("<InvoiceRow><ProductId>7</ProductId><RowId>11</RowId><Quantity>3</Quantity></InvoiceRow>"),
			func(o *office24.Order) {
				o.Rows = append(o.Rows, office24.Row{ID: 90001, ProductID: 7, ProductNo: "KET", Name: "Kettle", Quantity: decimal("3"), SequenceNumber: 3, Type: office24.RowNormal})
			}},
		"so is one with None": {rows("<InvoiceRow><RowId>12</RowId><Name>Text</Name><ChangeState>None</ChangeState><Type>Text</Type></InvoiceRow>"),
			func(o *office24.Order) {
				o.Rows = append(o.Rows, office24.Row{ID: 90001, Name: "Text", SequenceNumber: 3, Type: office24.RowText})
			}},
		"an edited row keeps what was sent": {rows("<InvoiceRow><RowId>11</RowId><Quantity>2</Quantity><ChangeState>Edit</ChangeState></InvoiceRow>"),
			func(o *office24.Order) { o.Rows[0].Quantity, o.Rows[0].Price = decimal("2"), nil }},
		"a deleted row is gone": {rows("<InvoiceRow><RowId>12</RowId><ChangeState>Delete</ChangeState></InvoiceRow>"),
			func(o *office24.Order) { o.Rows = o.Rows[:1] }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, tenant, clock := start(t, office24test.Options{})
			tenant.AddProduct(office24.Product{ID: 7, No: "KET", Name: "Kettle"})
			tenant.AddOrder(order())
			want, _ := tenant.Order(1)
			clock.set(8, 30, 40)
			body := one.save(c.save)
			c.want(&want)
			want.DateChanged = at(8, 31)
			got, _ := tenant.Order(1)
			if diff := cmp.Diff(want, got); diff != "" || strings.Contains(body, "APIException") {
				t.Errorf("%s\n(-want +got):\n%s", body, diff)
			}
			if writes := one.server.Writes(); len(writes) != 1 || !writes[0].Effect || writes[0].Key != "1" || writes[0].Tenant != 4711 {
				t.Errorf("journal: %+v", writes)
			}
		})
	}
}

func TestWhatASaveRefuses(t *testing.T) {
	t.Parallel()
	const nilVAT = `<IncludeVAT xsi:nil="true" />`
	const confirmed = "<OrderStatus>Confirmed</OrderStatus>" + nilVAT
	cases := map[string]struct {
		save, want string
		violation  bool
	}{
		"it would be invoiced":      {"<OrderId>1</OrderId><CustomerId>5</CustomerId><OrderStatus>Invoiced</OrderStatus>" + nilVAT, "would invoice", true},
		"it would be paid":          {"<OrderId>1</OrderId><CustomerId>5</CustomerId>" + confirmed + "<PaymentAmount>1</PaymentAmount>", "payment", true},
		"it would be distributed":   {"<OrderId>1</OrderId><CustomerId>5</CustomerId>" + confirmed + "<Distributor>Auto</Distributor>", "distribute", true},
		"rows, but none":            {"<OrderId>1</OrderId><CustomerId>5</CustomerId>" + confirmed + "<InvoiceRows />", "empty InvoiceRows", true},
		"no such order":             {"<OrderId>9</OrderId><CustomerId>5</CustomerId>" + confirmed, "Order 9 does not exist", false},
		"no such customer":          {"<CustomerId>9</CustomerId>" + confirmed, "Customer 9 does not exist", false},
		"no customer":               {"<OrderId>1</OrderId>" + confirmed, "Customer 0 does not exist", false},
		"invoiced already":          {"<OrderId>2</OrderId><CustomerId>5</CustomerId>" + confirmed, "Order 2 is invoiced", false},
		"an edit of no row":         {"<OrderId>1</OrderId><CustomerId>5</CustomerId>" + confirmed + "<InvoiceRows><InvoiceRow><RowId>99</RowId><ChangeState>Edit</ChangeState></InvoiceRow></InvoiceRows>", "Row 99 does not exist", false},
		"no such product":           {"<CustomerId>5</CustomerId>" + confirmed + "<InvoiceRows><InvoiceRow><ProductId>99</ProductId></InvoiceRow></InvoiceRows>", "Product 99 does not exist", false},
		"a title that is too long":  {"<OrderId>1</OrderId><CustomerId>5</CustomerId>" + confirmed + "<InvoiceTitle>" + strings.Repeat("å", 301) + "</InvoiceTitle>", "truncated (InvoiceTitle)", false},
		"a row name that is longer": {"<CustomerId>5</CustomerId>" + confirmed + "<InvoiceRows><InvoiceRow><Name>" + strings.Repeat("å", 301) + "</Name></InvoiceRow></InvoiceRows>", "truncated (Name)", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, tenant, _ := start(t, office24test.Options{})
			tenant.AddProduct(office24.Product{ID: 7})
			tenant.AddOrder(order())
			invoiced := order()
			invoiced.ID, invoiced.Status = 2, office24.StatusInvoiced
			tenant.AddOrder(invoiced)
			before := tenant.Snapshot()
			if body := one.save(c.save); !strings.Contains(body, "<APIException>") || !strings.Contains(body, c.want) || !strings.Contains(body, "<StackTrace>") {
				t.Errorf("%s, want an exception with %q", body, c.want)
			}
			if diff := cmp.Diff(before, tenant.Snapshot()); diff != "" {
				t.Errorf("it had an effect (-before +after):\n%s", diff)
			}
			if one.server.Writes()[0].Effect || (len(one.server.Violations()) > 0) != c.violation {
				t.Errorf("journal %+v, violations %v", one.server.Writes(), one.server.Violations())
			}
		})
	}
}

func TestBatchIsSavedInPart(t *testing.T) {
	t.Parallel()
	one, tenant, _ := start(t, office24test.Options{})
	tenant.AddOrder(order())
	const tail = `<CustomerId>5</CustomerId><OrderStatus>Pack</OrderStatus><IncludeVAT xsi:nil="true" />`
	body := one.save("<OrderId>9</OrderId>" + tail + "</InvoiceOrder><InvoiceOrder><OrderId>1</OrderId>" + tail + "</InvoiceOrder><InvoiceOrder>" + tail)
	got, _ := tenant.Order(1)
	if got.Status != office24.StatusPack || strings.Count(body, "<APIException>") != 1 || !strings.Contains(body, "<InvoiceOrder><OrderId>40001</OrderId>") {
		t.Errorf("order 1 is %s; %s", got.Status, body)
	}
	if key := one.server.Writes()[0].Key; key != "9,1,new" {
		t.Errorf("key %s", key)
	}
}

func TestGoodsLeaveTheStockOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options  office24test.Options
		skip     bool
		statuses []office24.OrderStatus
		want     string
	}{
		"Sent takes them":                {office24test.Options{}, false, []office24.OrderStatus{office24.StatusSent}, "7"},
		"once":                           {office24test.Options{}, false, []office24.OrderStatus{office24.StatusSent, office24.StatusConfirmed, office24.StatusSent}, "7"},
		"not again with the invoice":     {office24test.Options{}, false, []office24.OrderStatus{office24.StatusSent, office24.StatusInvoiced}, "7"},
		"the invoice, if it comes first": {office24test.Options{}, false, []office24.OrderStatus{office24.StatusInvoiced}, "7"},
		"no other status does":           {office24test.Options{}, false, []office24.OrderStatus{office24.StatusPack, office24.StatusRest}, "10"},
		"not where the order says so":    {office24test.Options{}, true, []office24.OrderStatus{office24.StatusSent}, "10"},
		"not where the option says so":   {office24test.Options{KeepStockOnSent: true}, false, []office24.OrderStatus{office24.StatusSent}, "10"},
	}
	for name, c := range cases {
		_, tenant, _ := start(t, c.options)
		tenant.AddProduct(office24.Product{ID: 7, Stock: decimal("10"), StockControlled: pointer(true)})
		tenant.AddProduct(office24.Product{ID: 8, Stock: decimal("10"), StockControlled: pointer(false)})
		o := order()
		o.SkipStock = c.skip
		o.Rows = append(o.Rows, office24.Row{ProductID: 8, Quantity: decimal("1")}, office24.Row{ProductID: 7, Type: office24.RowText, Quantity: decimal("1")})
		tenant.AddOrder(o)
		for _, status := range c.statuses {
			tenant.SetStatus(1, status)
		}
		goods, _ := tenant.Product(7)
		service, _ := tenant.Product(8)
		if goods.Stock.String() != c.want || service.Stock.String() != "10" {
			t.Errorf("%s: %s goods and %s of a service, want %s and 10", name, goods.Stock, service.Stock, c.want)
		}
	}
}

func TestChangeTimesAreRounded(t *testing.T) {
	t.Parallel()
	one, tenant, clock := start(t, office24test.Options{})
	clock.set(10, 0, 20)
	tenant.AddProduct(office24.Product{ID: 1})
	clock.set(10, 0, 40)
	tenant.AddProduct(office24.Product{ID: 2})
	clock.set(10, 5, 29)
	tenant.AddProduct(office24.Product{ID: 3})
	if status, body := one.call(productPath, "SetStockQuantity", "<productId>3</productId><stockQuantity>0</stockQuantity>"); status != 200 {
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
		"2026-01-15T10:00:00Z":      "2 3", // strictly after
		"2026-01-15T10:00:40Z":      "3",   // itself rounded
		"2026-01-15T12:04:00+02:00": "3",
		"2026-01-15T10:05:00":       "",
	} {
		_, body := one.call(productPath, "GetProducts", "<searchParams><DateChanged>"+after+"</DateChanged></searchParams><returnProperties><string>Id</string></returnProperties>")
		var ids []string
		for _, m := range regexp.MustCompile(`<Id>(\d+)</Id>`).FindAllStringSubmatch(body, -1) {
			ids = append(ids, m[1])
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("after %s: products %q, want %q", after, got, want)
		}
	}
}

func TestAnswersLeaveOutWhatIsNotThere(t *testing.T) {
	t.Parallel()
	one, tenant, _ := start(t, office24test.Options{})
	tenant.AddProduct(office24.Product{ID: 1, Name: "Å&", Stock: decimal("0"), Weight: decimal("1.5")})
	tenant.AddOrder(office24.Order{ID: 2, CustomerID: 5, IncludeVAT: pointer(true), Rows: []office24.Row{{ID: 3, Quantity: decimal("1")}}})
	_, products := one.call(productPath, "GetProducts", "<returnProperties><string>Stock</string><string>Name</string><string>EAN1</string><string>Id</string></returnProperties>")
	_, orders := one.call(invoicePath, "GetInvoices", "<searchParams><OrderIds><int>2</int></OrderIds></searchParams><invoiceReturnProperties><string>OrderStatus</string>"+
		"<string>InvoiceRows</string></invoiceReturnProperties><rowReturnProperties><string>RowId</string><string>Type</string></rowReturnProperties>")
	for got, want := range map[string]string{
		products: "<GetProductsResult><Product><Id>1</Id><Name>Å&amp;</Name><Stock>0.0000</Stock></Product></GetProductsResult>",
		orders:   `<GetInvoicesResult><InvoiceOrder><IncludeVAT xsi:nil="true" /><InvoiceRows><InvoiceRow><RowId>3</RowId></InvoiceRow></InvoiceRows></InvoiceOrder></GetInvoicesResult>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	alive := func(c *caller) bool {
		_, body := c.call(authPath, "HasSession", "")
		return strings.Contains(body, "<HasSessionResult>true<")
	}
	cases := map[string]struct {
		options office24test.Options
		end     func(*caller, *office24test.Tenant, *clock)
	}{
		"by age":   {office24test.Options{SessionLife: time.Hour}, func(_ *caller, _ *office24test.Tenant, c *clock) { c.set(9, 0, 1) }},
		"by calls": {office24test.Options{SessionCalls: 2}, func(c *caller, _ *office24test.Tenant, _ *clock) { alive(c) }},
		"by another login": {office24test.Options{SingleSession: true}, func(c *caller, _ *office24test.Tenant, _ *clock) {
			(&caller{t: c.t, server: c.server, http: c.http}).login()
		}},
		"all of them":  {office24test.Options{}, func(c *caller, _ *office24test.Tenant, _ *clock) { c.server.ExpireSessions() }},
		"the tenant's": {office24test.Options{}, func(_ *caller, tenant *office24test.Tenant, _ *clock) { tenant.ExpireSessions() }},
	}
	for name, c := range cases {
		one, tenant, clock := start(t, c.options)
		if !alive(one) {
			t.Errorf("%s: dead from the start", name)
		}
		c.end(one, tenant, clock)
		if alive(one) {
			t.Errorf("%s: still alive", name)
		}
		if status, body := one.call(invoicePath, "GetDeliveryMethods", ""); status != 500 || !strings.Contains(body, "Session is not authenticated") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestLoginsAndIdentities(t *testing.T) {
	t.Parallel()
	one, first, _ := start(t, office24test.Options{})
	second := one.server.AddTenant(4712, credentials())
	login := func(identity, password string) string {
		if identity != "" {
			identity = "<IdentityId>" + identity + "</IdentityId>"
		}
		cr := credentials()
		_, body := one.call(authPath, "Login", "<credential><ApplicationId>"+cr.ApplicationID+"</ApplicationId>"+identity+"<Password>"+password+"</Password><Username>"+cr.Username+"</Username></credential>")
		return body
	}
	const blocked, empty = "Provided IdentityId is blocked", "<LoginResult />"
	for _, step := range []struct{ why, got, want string }{
		{"a wrong password has an empty result", login("", "wrong"), empty},
		{"another identity", login(second.IdentityID(), "canary"), "<LoginResult>"},
		{"nobody's identity", login("7e1f0d00-1111-4222-8333-000000009999", "canary"), blocked},
		{"a blocked identity", func() string { second.Block(true); return login(second.IdentityID(), "canary") }(), blocked},
		{"the default identity is another one", login("", "canary"), "<LoginResult>"},
		{"the default identity is blocked", func() string { first.Block(true); return login("", "canary") }(), blocked},
		{"a session in a blocked identity", func() string { _, b := one.call(invoicePath, "GetDeliveryMethods", ""); return b }(), "Client is not authenticated on this identity"},
		{"a refused user", func() string { one.server.RefuseLogins(credentials(), true); return login("", "canary") }(), empty},
	} {
		if !strings.Contains(step.got, step.want) {
			t.Errorf("%s: %s, want %s", step.why, step.got, step.want)
		}
	}
}

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	one, first, _ := start(t, office24test.Options{})
	second := one.server.AddTenant(4712, office24.Credentials{ApplicationID: credentials().ApplicationID, Username: "b", Password: "c"})
	first.AddProduct(office24.Product{ID: 1, No: "mine"})
	second.AddProduct(office24.Product{ID: 1, No: "theirs"})
	_, body := one.call(productPath, "GetProducts", "<returnProperties><string>No</string></returnProperties>")
	if !strings.Contains(body, "<No>mine</No>") || strings.Contains(body, "theirs") || one.server.Tenant(4712) != second || one.server.Tenant(1) != nil {
		t.Error(body)
	}
}

func TestQuotaIsCountedByTheHour(t *testing.T) {
	t.Parallel()
	one, _, clock := start(t, office24test.Options{Quota: 1})
	for _, want := range []int{200, 500} {
		if status, body := one.call(invoicePath, "GetDeliveryMethods", ""); status != want || want == 500 && !strings.Contains(body, "Quarantine ends at 2026-01-15T09:00:00Z") {
			t.Errorf("%d %s, want %d", status, body, want)
		}
	}
	clock.set(9, 0, 0)
	if status, _ := one.call(invoicePath, "GetDeliveryMethods", ""); status != 200 {
		t.Errorf("%d in the next hour", status)
	}
}

func TestFaultsHitTheCallsTheyAreMeantFor(t *testing.T) {
	t.Parallel()
	stock := func(c *caller, id string) int {
		status, _ := c.call(productPath, "SetStockQuantity", "<productId>"+id+"</productId><stockQuantity>1</stockQuantity>")
		return status
	}
	cases := map[string]struct {
		fault office24test.Fault
		want  []int // statuses of stock writes of products 1, 2, 1, 2
	}{
		"the next one":        {office24test.Fault{Kind: office24test.Status}, []int{503, 200, 200, 200}},
		"the third":           {office24test.Fault{Nth: 3, Kind: office24test.Status, Status: 418}, []int{200, 200, 418, 200}},
		"from the second on":  {office24test.Fault{Nth: 2, Times: -1, Kind: office24test.Status}, []int{200, 503, 503, 503}},
		"two of them":         {office24test.Fault{Nth: 2, Times: 2, Kind: office24test.Status}, []int{200, 503, 503, 200}},
		"the key's second":    {office24test.Fault{Key: "2", Nth: 2, Kind: office24test.Status}, []int{200, 200, 200, 503}},
		"another operation's": {office24test.Fault{Op: "GetProducts", Kind: office24test.Status}, []int{200, 200, 200, 200}},
		"another tenant's":    {office24test.Fault{Tenant: 1, Kind: office24test.Status}, []int{200, 200, 200, 200}},
		"this tenant's":       {office24test.Fault{Tenant: 4711, Op: "SetStockQuantity", Kind: office24test.Reset}, []int{0, 200, 200, 200}},
		"half a body":         {office24test.Fault{Kind: office24test.Truncate}, []int{-1, 200, 200, 200}},
	}
	for name, c := range cases {
		one, _, _ := start(t, office24test.Options{})
		one.server.Fault(c.fault)
		got := []int{stock(one, "1"), stock(one, "2"), stock(one, "1"), stock(one, "2")}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	one, _, _ := start(t, office24test.Options{})
	one.server.Fault(office24test.Fault{Kind: office24test.Status, Times: -1})
	one.server.ClearFaults()
	if status := stock(one, "1"); status != 200 {
		t.Errorf("%d after the faults were cleared", status)
	}
}

// Which faults leave an effect behind is what tests of crashes and repeats build on.
func TestFaultsBeforeAndAfterTheEffect(t *testing.T) {
	t.Parallel()
	for _, kind := range office24test.Kinds() {
		for _, after := range []bool{false, true} {
			if kind == office24test.ItemException || kind == office24test.Hang || kind == office24test.Oversize || kind == office24test.Drip {
				continue // the caller of this test would wait for these, or is not refused
			}
			one, tenant, _ := start(t, office24test.Options{})
			tenant.AddProduct(office24.Product{ID: 1, Stock: decimal("5")})
			one.server.Fault(office24test.Fault{Kind: kind, AfterEffect: after})
			var before, afterwards atomic.Int32
			one.server.Before(func(c office24test.Call) { before.Store(int32(c.N)) })
			one.server.After(func(office24test.Call) { afterwards.Add(1) })
			_, body := one.call(productPath, "SetStockQuantity", "<productId>1</productId><stockQuantity>0</stockQuantity>")
			spoils := kind == office24test.Truncate || kind == office24test.BigText || kind == office24test.ContentType || kind == office24test.Doctype || kind == office24test.Malformed
			effect := after || spoils
			product, _ := tenant.Product(1)
			if product.Stock.IsZero() != effect || one.server.Writes()[0].Effect != effect || (afterwards.Load() == 1) != effect || before.Load() != 2 {
				t.Errorf("%s, after %t: stock %s, journal %+v, hooks %d and %d", kind, after, product.Stock, one.server.Writes(), before.Load(), afterwards.Load())
			}
			if kind == office24test.Truncate && strings.HasSuffix(body, "</soap:Envelope>") {
				t.Error("the truncated body is whole")
			}
		}
	}
}

func TestHangEndsWithItsDelay(t *testing.T) {
	t.Parallel()
	one, _, _ := start(t, office24test.Options{})
	one.server.Fault(office24test.Fault{Kind: office24test.Hang, Delay: time.Millisecond})
	if status, _ := one.call(invoicePath, "GetDeliveryMethods", ""); status != 0 {
		t.Errorf("answered with %d", status)
	}
}

func TestItemException(t *testing.T) {
	t.Parallel()
	one, tenant, _ := start(t, office24test.Options{})
	tenant.AddOrder(order())
	one.server.Fault(office24test.Fault{Op: "SaveInvoices", Kind: office24test.ItemException, Type: "T", Text: "M"})
	const save = `<OrderId>1</OrderId><CustomerId>5</CustomerId><OrderStatus>Pack</OrderStatus><IncludeVAT xsi:nil="true" />`
	if body := one.save(save); !strings.Contains(body, "<APIException><Type>T</Type><Message>M</Message>") || one.server.Writes()[0].Effect {
		t.Error(body)
	}
	if body := one.save(save); strings.Contains(body, "APIException") {
		t.Error(body)
	}
}

func TestRecordingsAreMasked(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var exchanges []office24test.Exchange
	one, _, _ := start(t, office24test.Options{Record: func(e office24test.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		exchanges = append(exchanges, e)
	}})
	one.server.Fault(office24test.Fault{Kind: office24test.Reset})
	_, _ = one.call(invoicePath, "GetDeliveryMethods", "")
	_, _ = one.call(invoicePath, "GetDeliveryMethods", "")
	mu.Lock()
	defer mu.Unlock()
	var statuses []int
	for _, e := range exchanges {
		statuses = append(statuses, e.Status)
		all := e.RequestBody + e.ResponseBody + e.RequestHeaders["Cookie"]
		if strings.Contains(all, "canary") || strings.Contains(all, one.session) || e.System != "office24" || e.Method != http.MethodPost || e.RequestHeaders["Soapaction"] == "" {
			t.Errorf("recorded %+v", e)
		}
	}
	if diff := cmp.Diff([]int{200, 0, 200}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// A test that holds a record must not reach into the server's memory through its pointers.
func TestRecordsAreCopies(t *testing.T) {
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
		t.Error("an edit left no trace")
	}
	if diff := cmp.Diff(after.Timeless(), tenant.Snapshot().Timeless()); diff != "" {
		t.Errorf("without change times (-want +got):\n%s", diff)
	}
}

func TestPeopleRemoveThings(t *testing.T) {
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

func TestBigTextIsBig(t *testing.T) {
	t.Parallel()
	one, _, _ := start(t, office24test.Options{})
	one.server.Fault(office24test.Fault{Kind: office24test.BigText})
	if _, body := one.call(invoicePath, "GetDeliveryMethods", ""); !bytes.Contains([]byte(body), bytes.Repeat([]byte("a"), 10<<20)) {
		t.Errorf("%d bytes", len(body))
	}
}
