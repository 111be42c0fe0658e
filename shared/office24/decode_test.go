package office24

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
)

// wrapped returns an answer of GetProducts with a content, wrappedAs an answer of another operation.
func wrapped(content string) string { return wrappedAs("GetProducts", content) }

func wrappedAs(operation, content string) string {
	response := operation + "Response"
	return `<?xml version="1.0" encoding="utf-8"?>` +
		`<soap:Envelope xmlns:soap="` + soapNamespace + `" xmlns:xsi="` + xsiNamespace + `"><soap:Body>` +
		`<` + response + ` xmlns="` + namespace + `">` + content + `</` + response + `>` +
		`</soap:Body></soap:Envelope>`
}

// readProducts decodes an answer as Products does.
func readProducts(answer string) (products []Product, errs []error, err error) {
	return readRecords[Product](answer, "GetProducts", "Product")
}

func readRecords[T record](answer, operation, entry string) (found []T, errs []error, err error) {
	d := newDecoder(http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(answer)), 1<<21))
	op := readOperation("", operation)
	d.quote = (&Client{}).quoter(op, "", nil)
	_, err = d.envelope(operation, records(op, entry, func(item T, err error) bool {
		found = append(found, item)
		if err != nil {
			errs = append(errs, err)
		}
		return true
	}))
	return found, errs, err
}

func TestAbsentAndSmallestValuesMeanNotGiven(t *testing.T) {
	t.Parallel()
	smallest := `<SupplierId>-2147483648</SupplierId><Id>1</Id><Name></Name>` +
		`<Stock>-79228162514264337593543950335</Stock><StatusId>-2147483648</StatusId>` +
		`<Weight> -79228162514264337593543950335 </Weight><DateChanged>0001-01-01T00:00:00</DateChanged>`
	for name, content := range map[string]string{
		"absent":                    `<Id>1</Id>`,
		"smallest values":           smallest,
		"empty elements":            `<Id>1</Id><Stock/><StatusId /><StockControlled/><DateChanged/>`,
		"xsi:nil":                   `<Id>1</Id><Stock xsi:nil="true"/><StockControlled xsi:nil="1"/>`,
		"smallest time with a zone": `<Id>1</Id><DateChanged>0001-01-01T00:00:00+02:00</DateChanged>`,
		"unknown members":           `<Id>1</Id><Colour><Name>red</Name><Id>7</Id></Colour>`,
	} {
		products, errs, err := readProducts(
			wrapped("<GetProductsResult><Product>" + content + "</Product></GetProductsResult>"),
		)
		if diff := cmp.Diff([]Product{{ID: 1}}, products); diff != "" || err != nil || errs != nil {
			t.Errorf("%s: %v %v (-want +got):\n%s", name, err, errs, diff)
		}
	}
}

func TestAnswersAreReadInEveryValidForm(t *testing.T) {
	t.Parallel()
	one := []Product{{ID: 1}}
	const product = `<Product><Id>1</Id></Product>`
	cases := map[string]struct {
		answer string
		want   []Product
		err    error
	}{
		"no result element": {wrapped(""), nil, nil},
		"an empty result":   {wrapped("<GetProductsResult />"), nil, nil},
		"a nil result":      {wrapped(`<GetProductsResult xsi:nil="true" />`), nil, nil},
		"a nil entry": {
			wrapped(`<GetProductsResult><Product xsi:nil="true" />` + product + `</GetProductsResult>`),
			one,
			nil,
		},
		"unknown elements in between": {
			wrapped("<GetProductsResult>\n<!-- x --><Page><Id>9</Id></Page>" + product + "</GetProductsResult><More/>"),
			one,
			nil,
		},
		"a byte order mark": {
			"\ufeff" + wrapped("<GetProductsResult>"+product+"</GetProductsResult>"),
			one,
			nil,
		},
		"character data": {
			wrapped("<GetProductsResult><Product><Id><![CDATA[1]]></Id></Product></GetProductsResult>"),
			one,
			nil,
		},
		"a SOAP header": {
			strings.Replace(wrapped("<GetProductsResult>"+product+"</GetProductsResult>"), "<soap:Body>",
				"<soap:Header><a><b/></a></soap:Header><soap:Body>", 1),
			one,
			nil,
		},
		"another operation": {
			strings.ReplaceAll(wrapped(""), "GetProducts", "GetCategories"),
			nil,
			errNotSOAP,
		},
		"no envelope":   {"<html><body>x</body></html>", nil, errNotSOAP},
		"an empty body": {`<Envelope xmlns="` + soapNamespace + `"><Body/></Envelope>`, nil, errNotSOAP},
		"no body":       {`<Envelope xmlns="` + soapNamespace + `"></Envelope>`, nil, errNotSOAP},
		"SOAP 1.2": {
			`<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body/></Envelope>`,
			nil,
			errNotSOAP,
		},
		"a DOCTYPE":    {`<!DOCTYPE a [<!ENTITY b "c">]>` + wrapped(""), nil, errForbidden},
		"a stylesheet": {`<?xml-stylesheet href="x"?>` + wrapped(""), nil, errForbidden},
		"a text that nobody asked for": {
			wrapped("<GetProductsResult>" + strings.Repeat("a", 1<<20) + product + "</GetProductsResult>"),
			one,
			nil,
		},
		"an attribute of a megabyte": {
			wrapped("<GetProductsResult a='" + strings.Repeat("a", 1<<20) + "'>" + product + "</GetProductsResult>"),
			one,
			nil,
		},
		"many elements inside elements": {
			wrapped("<GetProductsResult>" + strings.Repeat("<a>", 5_000) + strings.Repeat("</a>", 5_000) + product +
				"</GetProductsResult>"),
			one,
			nil,
		},
		"too many elements inside elements": {
			wrapped("<GetProductsResult>" + strings.Repeat("<a>", maxDepth) + strings.Repeat("</a>", maxDepth)),
			nil,
			errTooLarge,
		},
		"a tag that is too long": {
			wrapped("<GetProductsResult><" + strings.Repeat("a", maxName+1) + "/></GetProductsResult>"),
			nil,
			errTooLarge,
		},
		"a whole answer too large": {
			wrapped(strings.Repeat("<a>"+strings.Repeat("a", 1<<19)+"</a>", 5)),
			nil,
			errTooLarge,
		},
	}
	for name, c := range cases {
		products, errs, err := readProducts(c.answer)
		if diff := cmp.Diff(c.want, products); diff != "" || !errors.Is(err, c.err) || (c.err == nil) != (err == nil) ||
			errs != nil {
			t.Errorf("%s: %v %v, want %v (-want +got):\n%s", name, err, errs, c.err, diff)
		}
	}
}

func TestBadRecordDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	products, errs, err := readProducts(wrapped(`<GetProductsResult>
		<Product><Id>1</Id><Weight>heavy</Weight><StockControlled>perhaps</StockControlled>
			<DateChanged>today</DateChanged><StatusId>x</StatusId></Product>
		<Product><Id>2</Id><APIException><Type>Office24Seven.Core.SadException</Type><Message>Said
 at length</Message><StackTrace>at Secret()</StackTrace></APIException></Product>
		<Product><APIException xsi:nil="true"/><Id>3</Id></Product></GetProductsResult>`))
	want := []string{
		"office24: GetProducts: product 1 cannot be read: Weight is not a decimal number, " +
			"StockControlled is not a boolean, DateChanged is not a date and time, StatusId is not a whole number; " +
			"correct it in 24SevenOffice",
		`office24: GetProducts: product 2: 24SevenOffice refused it: "Office24Seven.Core.SadException"`,
	}
	var got []string
	for _, e := range errs {
		got = append(got, e.Error())
		if !errclass.Is(e, errclass.Rejected) {
			t.Errorf("%v is not rejected", e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]Product{{ID: 1}, {ID: 2}, {ID: 3}}, products); diff != "" {
		t.Errorf("products (-want +got):\n%s", diff)
	}
}

// An order of more rows than there is memory for is refused, and not cut: the rest would be missing in the warehouse.
func TestOrderWithTooManyRowsIsRefused(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat("<InvoiceRow/>", maxRecord/int(reflect.TypeFor[Row]().Size())+1)
	found, errs, err := readRecords[Order](wrappedAs("GetInvoices", "<GetInvoicesResult>"+
		"<InvoiceOrder><OrderId>1</OrderId><InvoiceRows>"+rows+"</InvoiceRows></InvoiceOrder>"+
		"<InvoiceOrder><OrderId>2</OrderId></InvoiceOrder></GetInvoicesResult>"), "GetInvoices", "InvoiceOrder")
	if err != nil || len(found) != 2 || found[1].ID != 2 {
		t.Fatalf("%d orders, %v", len(found), err)
	}
	if len(errs) != 1 || !errclass.Is(errs[0], errclass.Rejected) ||
		!strings.Contains(errs[0].Error(), "order 1 cannot be read: InvoiceRows has too many entries") {
		t.Errorf("got %v", errs)
	}
}

func TestTimesAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	plain := time.Date(2026, 1, 15, 8, 3, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-01-15T08:03:00":           plain, // no zone is UTC
		"2026-01-15T08:03:00Z":          plain,
		"2026-01-15T09:03:00+01:00":     plain,
		"2026-01-15T08:03:00.1230000":   plain.Add(123 * time.Millisecond),
		"2026-01-15T08:03:00.12Z":       plain.Add(120 * time.Millisecond),
		"2026-01-15T03:03:00.500-05:00": plain.Add(500 * time.Millisecond),
	} {
		got, err := parseTime(text)
		if err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s is %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2026-01-15", "2026-02-30T00:00:00", "15.01.2026 08:03", "2026-01-15T25:00:00Z"} {
		if got, err := parseTime(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
	summer := time.Date(2026, 7, 1, 12, 0, 0, 5e8, time.FixedZone("", 7200))
	if got := formatTime(summer); got != "2026-07-01T10:00:00Z" {
		t.Errorf("sent as %s, want UTC with Z", got)
	}
}

// Members are in the WSDL's order; a member that is not set is left out, a zero that is set is not.
func TestRequestsAreEncodedAsTheWSDLRequires(t *testing.T) {
	t.Parallel()
	zero := number.FromInt(0)
	id := ProductID(0)
	cases := map[string]struct {
		op      string
		request any
		want    string
	}{
		"a status change": {
			"SaveInvoices",
			saveInvoices{[]OrderWrite{{ID: 40557, CustomerID: 5120, Status: StatusSent}}},
			`<invoices><InvoiceOrder><OrderId>40557</OrderId><CustomerId>5120</CustomerId>` +
				`<OrderStatus>OrderState_Sent</OrderStatus><IncludeVAT xsi:nil="true"/></InvoiceOrder></invoices>`,
		},
		"a row cut to zero": {"SaveInvoices", saveInvoices{[]OrderWrite{{ID: 1, CustomerID: 2, Status: StatusConfirmed,
			Rows: []RowWrite{{ID: 3, Name: `<"&'>`, Quantity: &zero, ChangeState: RowEdit}}}}},
			`<invoices><InvoiceOrder><OrderId>1</OrderId><CustomerId>2</CustomerId>` +
				`<OrderStatus>Confirmed</OrderStatus><IncludeVAT xsi:nil="true"/>` +
				`<InvoiceRows><InvoiceRow><RowId>3</RowId><Name>&lt;&#34;&amp;&#39;&gt;</Name>` +
				`<Quantity>0</Quantity><ChangeState>Edit</ChangeState></InvoiceRow></InvoiceRows></InvoiceOrder>` +
				`</invoices>`},
		"a stock of zero": {
			"SetStockQuantity",
			setStockQuantity{&id, zero},
			`<productId>0</productId><stockQuantity>0</stockQuantity>`,
		},
		"every product": {
			"GetProducts",
			getProducts{Properties: []string{"Id"}},
			`<searchParams></searchParams><returnProperties><string>Id</string></returnProperties>`,
		},
		"a call without parameters": {"GetDeliveryMethods", struct{}{}, ""},
	}
	for name, c := range cases {
		want := `<soap:Body><` + c.op + ` xmlns="` + namespace + `">` + c.want + `</` + c.op + `></soap:Body>` +
			`</soap:Envelope>`
		got := string(envelope(c.op, c.request))
		if _, body, _ := strings.Cut(got, `xsi="`+xsiNamespace+`">`); body != want {
			t.Errorf("%s:\nwant %s\ngot  %s", name, want, body)
		}
	}
}

// A member that is later added to both types must not be forgotten in Copy.
func TestCopiesHaveEveryMember(t *testing.T) {
	t.Parallel()
	copyOrder := func(o reflect.Value) any { return o.Interface().(Order).Copy() }
	checkCopy(t, Order{}, copyOrder, "ID", "Status", "Rows", "ExternalStatus", "Addresses")
	checkCopy(t, Row{}, func(r reflect.Value) any { return r.Interface().(Row).Copy() })
}

// checkCopy sets one field at a time and looks for it in the copy. It ignores the fields in except.
func checkCopy(t *testing.T, record any, duplicate func(reflect.Value) any, except ...string) {
	t.Helper()
	kind := reflect.TypeOf(record)
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		v := reflect.New(kind).Elem()
		fill(v.Field(i))
		target := reflect.ValueOf(duplicate(v)).FieldByName(name)
		if target.IsValid() && !slices.Contains(except, name) &&
			!reflect.DeepEqual(target.Interface(), v.Field(i).Interface()) {
			t.Errorf("%s.%s is not copied", kind, name)
		}
	}
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
		}
	}
}

// A member must have the same name in the type for reads and the type for writes.
func TestWrittenMembersAreAlsoRead(t *testing.T) {
	t.Parallel()
	for _, name := range properties[OrderWrite]() {
		if !slices.Contains(properties[Order](), name) {
			t.Errorf("OrderWrite.%s is not read", name)
		}
	}
	for _, name := range properties[RowWrite]() {
		if name != "ChangeState" && !slices.Contains(properties[Row](), name) {
			t.Errorf("RowWrite.%s is not read", name)
		}
	}
}

func TestVendorTextsAreShortenedAndRedacted(t *testing.T) {
	t.Parallel()
	c := &Client{cfg: Config{Credentials: Credentials{Username: "wms@example.no", Password: "secret"}}}
	quote := c.quoter(operation{write: true, texts: []string{"Ola Nordmann"}}, "abc123abc123", nil)
	long := strings.Repeat("å", 400)
	for text, want := range map[string]string{
		"A ---> B ---> C":                     "C",
		"Server ---> X: y\r\n   at Z()\r\n":   "X: y",
		"X: y   at Z() in c:\\x.cs:line 1":    "X: y",
		"login wms@example.no with secret":    "login [hidden] with [hidden]",
		"session abc123abc123 is dead":        "session [hidden] is dead",
		"OLA NORDMANN is no customer":         "[hidden] is no customer",
		"Order of\tola@example.no\u0000 is  ": "Order of [hidden] is",
		long:                                  strings.Repeat("å", 300) + "…",
		"":                                    "",
	} {
		if got := quote(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Any answer is decoded or refused with a class, without a panic. No record is invented.
func FuzzAnswer(f *testing.F) {
	f.Add(
		wrapped(
			`<GetProductsResult><Product><Id>1</Id><Weight>0.085</Weight>` +
				`<DateChanged>2026-01-15T08:03:00</DateChanged></Product></GetProductsResult>`,
		),
	)
	f.Add(
		wrapped(
			`<GetProductsResult><Product xsi:nil="true"/><Product><APIException><Message>m</Message></APIException>` +
				`</Product></GetProductsResult>`,
		),
	)
	f.Add(
		wrappedAs(
			"GetInvoices",
			`<GetInvoicesResult><InvoiceOrder><OrderId>1</OrderId><Addresses><Post xsi:nil="true"/><Delivery>`+
				`<Street>S</Street></Delivery></Addresses>`+
				`<OrderStatus>Confirmed</OrderStatus><InvoiceRows><InvoiceRow><RowId>2</RowId>`+
				`<Quantity>1.5</Quantity></InvoiceRow></InvoiceRows></InvoiceOrder></GetInvoicesResult>`,
		),
	)
	f.Add(
		wrappedAs(
			"GetCompanies",
			`<GetCompaniesResult><Company><Id>1</Id><Type>Supplier</Type><PhoneNumbers><Work><Value>1</Value>`+
				`</Work></PhoneNumbers></Company></GetCompaniesResult>`,
		),
	)
	f.Add(`<!DOCTYPE a [<!ENTITY b "c">]>` + wrapped("&b;"))
	f.Add(
		`<s:Envelope xmlns:s="` + soapNamespace + `"><s:Body><s:Fault><faultstring>x ---&gt; y</faultstring>` +
			`</s:Fault></s:Body></s:Envelope>`,
	)
	f.Fuzz(func(t *testing.T, answer string) {
		check := func(found int, errs []error, err error) {
			if strings.Contains(answer, "<!DOCTYPE") && err == nil && !strings.Contains(answer, "<![CDATA[") &&
				!strings.Contains(answer, "<!--") {
				t.Error("a DOCTYPE was accepted")
			}
			if len(errs) > found || found > len(answer) {
				t.Errorf("%d records and %d errors from %d bytes", found, len(errs), len(answer))
			}
			if err != nil && unreadable(readOperation("", ""), err).Class == "" {
				t.Errorf("no class for %v", err)
			}
		}
		products, errs, err := readProducts(answer)
		check(len(products), errs, err)
		orders, errs, err := readRecords[Order](answer, "GetInvoices", "InvoiceOrder")
		check(len(orders), errs, err)
		companies, errs, err := readRecords[Company](answer, "GetCompanies", "Company")
		check(len(companies), errs, err)
	})
}

// A number is written exactly as it was read, without an exponent.
func FuzzDecimal(f *testing.F) {
	for _, text := range []string{
		"0", "-0.0", "0.085", "14.0000", "1e6", "79228162514264337593543950335", noDecimal, "1e999999999", "", "NaN",
		".",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, second number.Decimal
		given, wanted := set(reflect.ValueOf(&first).Elem(), []byte(text))
		if !given || wanted != "" {
			return
		}
		written := first.String()
		if strings.ContainsAny(written, "eE") {
			t.Errorf("%q is written as %q", text, written)
		}
		if given, _ := set(reflect.ValueOf(&second).Elem(), []byte(written)); given && !first.Equal(second) {
			t.Errorf("%q became %s, then %s", text, first, second)
		}
	})
}

func FuzzTime(f *testing.F) {
	for _, text := range []string{
		"2026-01-15T08:03:00", "2026-01-15T08:03:00.1234567+02:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, second time.Time
		if given, wanted := set(reflect.ValueOf(&first).Elem(), []byte(text)); !given || wanted != "" {
			return
		}
		if first.IsZero() || first.Location() != time.UTC {
			t.Errorf("%q became %v", text, first)
		}
		if first.Year() <= 9999 {
			_, wanted := set(reflect.ValueOf(&second).Elem(), []byte(formatTime(first)))
			if wanted != "" || !second.Equal(first.Truncate(time.Second)) {
				t.Errorf("%q became %v, then %v (%s)", text, first, second, wanted)
			}
		}
	})
}

// Any text is encoded as valid XML, and only characters that XML cannot carry are lost.
func FuzzText(f *testing.F) {
	for _, text := range []string{"æøå & <b>", "\x00\x0b\ufffe\xff\ud7ff", "]]>", "a\r\nb\tc", "😀", " "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxText/8 {
			return
		}
		var e encoder
		e.element("Name", reflect.ValueOf(&text))
		d := newDecoder(bytes.NewReader(e.Bytes()))
		if _, err := d.next(); err != nil {
			t.Fatalf("%q became %s: %v", text, e.String(), err)
		}
		got, damage, err := d.content(true)
		if want := withoutForbidden(text); err != nil || damage != "" || string(got) != want {
			t.Errorf("%q became %q, want %q (%v)", text, got, want, err)
		}
	})
}

func TestQuarantineEndsWithinTheHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 15, 8, 10, 0, 0, time.UTC)
	hour := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"Quarantine ends at 2026-01-15T08:30:00Z":           hour.Add(-30 * time.Minute),
		"quarantine ends at 2026-01-15 08:30:00. Sorry":     hour.Add(-30 * time.Minute),
		"Quarantine ends at 15.01.2026 09:00:00":            hour,
		"Quarantine ends at 2026-01-15T10:00:00":            now.Add(time.Hour), // local time read as UTC
		"Quarantine ends at 15.01.2027 09:00:00":            now.Add(time.Hour),
		"Quarantine ends at 2026-01-15T08:00:00":            hour, // in the past
		"Quarantine ends at":                                hour,
		"Limit exceeded by 4. Request is blocked. Call us.": hour,
	} {
		if got := quarantineEnd(text, now); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestIsGUIDAcceptsTheWSDLForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1b0c5a52-1111-4222-8333-0000000000aa": true, "1B0C5A52-1111-4222-8333-0000000000AA": true,
		"{1b0c5a52-1111-4222-8333-0000000000aa}": false, "1b0c5a5211114222833300000000000aa": false,
		"1b0c5a52-1111-4222-8333-0000000000ag": false, "": false, fmt.Sprint(4711): false,
	} {
		if IsGUID(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
