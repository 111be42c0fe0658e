package ongoing_test

import (
	"bufio"
	gocmp "cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// answering starts a server that answers every call with JSON of the test's choice. It returns the base URL.
func answering(t *testing.T, answer func(url.Values) string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer(r.URL.Query())))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/acme/api/v1/"
}

// The service answers 500 to every call whose header names are not in Title-Case. The test reads the bytes themselves,
// because net/http makes all names canonical when it reads a request.
func TestHeaderNamesAreSentInTitleCase(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = listener.Close() }()
	head := make(chan []string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			head <- nil
			return
		}
		defer func() { _ = conn.Close() }()
		reader := textproto.NewReader(bufio.NewReader(conn))
		var lines []string
		for {
			line, err := reader.ReadLine()
			if err != nil || line == "" {
				break
			}
			lines = append(lines, line)
		}
		head <- lines
		answer := `{"orderId":5}`
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			len(answer), answer)
	}()
	client := newClient(t, config("http://"+listener.Addr().String()+"/acme/api/v1")) // no final slash
	_, err = client.PutOrder(t.Context(), ongoing.OrderBody{OrderNumber: "1", DeliveryDate: "2026-11-25"})
	must(t, err)
	lines := <-head
	if len(lines) == 0 || lines[0] != "PUT /acme/api/v1/orders HTTP/1.1" {
		t.Fatalf("request line: %v", lines)
	}
	given := map[string]string{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name != http.CanonicalHeaderKey(name) {
			t.Errorf("header %q", name)
		}
		given[name] = value
	}
	body := `{"goodsOwnerId":77,"orderNumber":"1","deliveryDate":"2026-11-25","consignee":{}}`
	want := map[string]string{
		"Host": listener.Addr().
			String(),
		"User-Agent": "ongoing24so/1.0", "Accept": "application/json", "Content-Type": "application/json",
		"Content-Length": fmt.Sprint(len(body)), "Accept-Encoding": "gzip", "Authorization": given["Authorization"],
	}
	if diff := cmp.Diff(want, given); diff != "" || !strings.HasPrefix(given["Authorization"], "Basic ") {
		t.Errorf("headers (-want +got)\n%s", diff)
	}
}

func TestTransportSpeaksHTTP1OverTLS(t *testing.T) {
	t.Parallel()
	var version atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version.Store(int32(r.ProtoMajor))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport := ongoing.Transport()
	transport.TLSClientConfig.RootCAs = roots
	t.Cleanup(transport.CloseIdleConnections)
	c := config(server.URL + "/acme/api/v1/")
	c.Transport = transport
	_, err := newClient(t, c).OrderStatuses(t.Context())
	must(t, err)
	if version.Load() != 1 {
		t.Errorf("spoke HTTP/%d, which writes header names in lower case", version.Load())
	}
	if transport.TLSClientConfig.MinVersion < tls.VersionTLS12 {
		t.Error("TLS before 1.2 is allowed")
	}
}

// A redirect could carry the credentials to any host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var called atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Store(true) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(other.URL, status))
		t.Cleanup(server.Close)
		client := newClient(t, config(server.URL+"/acme/api/v1/"))
		if _, err := client.OrderStatuses(t.Context()); !errclass.Is(err, errclass.Settings) {
			t.Errorf("%d: %v", status, err)
		}
		if _, err := client.PutOrder(t.Context(), body("5")); !errclass.Is(err, errclass.Settings) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if called.Load() {
		t.Error("the other host was called")
	}
}

func TestClientHasOneCallInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Late, Delay: 1, Times: -1}) // long enough for calls to overlap
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			article := ongoing.ArticleBody{ArticleNumber: fmt.Sprint(i)}
			if _, err := w.client.PutArticle(t.Context(), article); err != nil {
				t.Error(err)
			}
			if _, err := w.client.GoodsOwners(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v := w.server.Violations(); len(v) > 0 || len(w.server.Journal()) != 40 {
		t.Errorf("%d calls, %v", len(w.server.Journal()), v)
	}
}

func TestWaitForTheCallLockEndsWithTheContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.TimeoutBefore})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := w.client.OrderStatuses(ctx)
		first <- err
	}()
	for len(w.server.Journal()) == 0 {
		if ctx.Err() != nil {
			t.Fatal("the first call was never made")
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := w.client.OrderStatuses(ended); !errclass.Is(err, errclass.Transient) {
		t.Errorf("got %v", err)
	}
	cancel()
	if err := <-first; !errclass.Is(err, errclass.Transient) {
		t.Errorf("got %v", err)
	}
	if calls := len(w.server.Journal()); calls != 1 {
		t.Errorf("%d calls were made", calls)
	}
}

func TestListEndsWithADefectIfIDsDoNotAscend(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		page  func(from string) string
		class errclass.Class // empty: the list ends without an error
		rows  int
	}{
		"the cursor is ignored: the same page for ever": {
			func(string) string { return `[{"articleSystemId":1},{"articleSystemId":2}]` }, errclass.Defect, 2,
		},
		"ids go down, as with a reversed order": {
			func(string) string { return `[{"articleSystemId":9},{"articleSystemId":8}]` }, errclass.Defect, 1,
		},
		"an id occurs twice": {
			func(string) string { return `[{"articleSystemId":9},{"articleSystemId":9}]` }, errclass.Defect, 1,
		},
		"rows without ids": {
			func(string) string { return `[{"articleNumber":"A"},{}]` }, errclass.Defect, 0,
		},
		"a last row without an id": {
			func(from string) string {
				if from != "0" {
					return `[{"articleNumber":"B"}]`
				}
				return `[{"articleSystemId":1},{"articleNumber":"B"}]`
			}, errclass.Rejected, 1,
		},
		"a row that is null, one that is a list, and one with an id of another kind": {
			func(from string) string {
				if from != "0" {
					return `[]`
				}
				return `[{"articleSystemId":1},null,[],{"articleSystemId":"x"},{"articleSystemId":5}]`
			}, errclass.Rejected, 2,
		},
		"the highest id": {
			func(string) string { return `[{"articleSystemId":2147483647}]` }, "", 1,
		},
		"more rows than requested": {
			func(from string) string {
				if from != "0" {
					return `[]`
				}
				return `[{"articleSystemId":1},{"articleSystemId":2},{"articleSystemId":3}]`
			}, "", 3,
		},
		"an id occurs twice in a page with others": {
			func(from string) string {
				if from != "0" {
					return `[]`
				}
				return `[{"articleSystemId":8},{"articleSystemId":9},{"articleSystemId":9},{"articleSystemId":10}]`
			}, "", 3,
		},
		"null for an empty list": {func(string) string { return `null` }, "", 0},
		"an object for a list":   {func(string) string { return `{}` }, errclass.Defect, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := answering(t, func(q url.Values) string { return tt.page(q.Get("articleSystemIdFrom")) })
			rows, class := 0, errclass.Class("")
			for _, err := range newClient(t, config(base)).Articles(t.Context(), ongoing.ArticleQuery{PageSize: 2}) {
				if err != nil {
					class = errclass.Of(err)
				} else {
					rows++
				}
			}
			if rows != tt.rows || class != tt.class {
				t.Errorf("%d rows, want %d; class %q, want %q", rows, tt.rows, class, tt.class)
			}
		})
	}
}

func TestListCanBeStoppedEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.seed(t)
	for _, err := range w.client.Articles(t.Context(), ongoing.ArticleQuery{PageSize: 1}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	for _, err := range w.client.Articles(t.Context(), ongoing.ArticleQuery{Numbers: []string{"A", "B"}, PageSize: 1}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if calls := len(w.server.Journal()); calls != 2 {
		t.Errorf("%d calls for two rows", calls)
	}
}

func TestNullAndMissingFieldsAreZeroValues(t *testing.T) {
	t.Parallel()
	decode := func(t *testing.T, answer string) ongoing.Order {
		t.Helper()
		base := answering(t, func(url.Values) string { return answer })
		order, err := newClient(t, config(base)).Order(t.Context(), 5)
		must(t, err)
		return order
	}
	var bare ongoing.Order
	bare.Info.ID = 5
	tests := map[string]struct {
		answer string
		want   ongoing.Order
	}{
		"fields are missing": {`{"orderInfo":{"orderId":5}}`, bare},
		"everything is null": {
			`{"goodsOwner":null,"orderInfo":{"orderId":5,"orderNumber":null,"deliveryDate":null,
			"shippedTime":null,"wayBill":null,"orderStatus":null,"orderedNumberOfItems":null,"advanced":null,
			"wayOfDelivery":null,"emailNotification":null,"isPickedWithErrors":null},
			"consignee":null,"orderLines":null,"parcels":null,"nonTransporterParcels":null,"tracking":null,
			"returnTracking":null,"transporter":null,"classes":null}`,
			bare,
		},
		"null further down": {
			`{"orderInfo":{"orderId":5,"advanced":{"backOrderInfo":null},"orderStatus":{"number":null,"text":null}},
			"orderLines":[{"id":7,"rowNumber":null,"article":null,"subOrderLines":null,"pickedArticleItems":null,
			"reportedNumberOfItems":null,"prices":null}],
			"parcels":[{"id":8,"parcelNumber":null,"isReturnParcel":null,"tracking":null}]}`,
			ongoing.Order{Info: bare.Info, Lines: []ongoing.Line{{ID: 7}}, Parcels: []ongoing.Parcel{{ID: 8}}},
		},
		"fields that are new, numbers in quotes, and the scale of decimals": {
			`{"orderInfo":{"orderId":5,"somethingNew":{"a":[1]},"pickedNumberOfItems":"2.500"},
			"orderLines":[{"id":7,"pickedNumberOfItems":40.000}]}`,
			func() ongoing.Order {
				o := ongoing.Order{Lines: []ongoing.Line{{ID: 7, Picked: decimal("40")}}}
				o.Info.ID, o.Info.Picked = 5, decimal("2.5")
				return o
			}(),
		},
		"ids in quotes": {
			`{"orderInfo":{"orderId":"5","advanced":{"backOrderInfo":{"backOrderForOrderId":""}}},
			"orderLines":[{"id":"7","article":{"articleSystemId":"9"}}]}`,
			ongoing.Order{Info: bare.Info, Lines: []ongoing.Line{{ID: 7, Article: ongoing.LineArticle{ID: 9}}}},
		},
		"a byte order mark": {"\ufeff" + `{"orderInfo":{"orderId":5}}`, bare},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, decode(t, tt.answer)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// encoding/json would read bytes that are not UTF-8 as U+FFFD, and they would be written back.
func TestAnswerInAnotherEncodingIsNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		contentType, contentEncoding, body, want string
		class                                    errclass.Class // default: a defect
	}{
		"UTF-8 that calls itself something else": {
			contentType: "application/json; charset=iso-8859-1",
			body:        `{"orderInfo":{"orderId":5,"orderNumber":"Kø"}}`,
		},
		"declared in the header": {
			contentType: "application/json; charset=iso-8859-1",
			body:        `{"orderInfo":{"orderId":5,"orderNumber":"K` + "\xf8" + `"}}`,
			want:        `in the encoding "iso-8859-1", which is not read; it should be in UTF-8`,
		},
		"declared nowhere": {
			contentType: "application/json",
			body:        `{"orderInfo":{"orderId":5,"orderNumber":"K` + "\xf8" + `"}}`,
			want:        "the answer is not in UTF-8",
		},
		"UTF-8 but for one field of one order": {
			contentType: "application/json; charset=utf-8",
			body:        `{"orderInfo":{"orderId":5,"orderNumber":"K` + "\xf8" + `"}}`,
			class:       errclass.Rejected,
			want:        `order "" (system id 5) cannot be read: orderInfo.orderNumber`,
		},
		"UTF-16": {
			contentType: "application/json",
			body:        "\xff\xfe{\x00}\x00",
			want:        `in the encoding "utf-16"`,
		},
		"compressed": {
			contentType:     "application/json",
			contentEncoding: "br",
			body:            "\x0b\x02\x80",
			want:            `in the encoding "br"`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				if tt.contentEncoding != "" {
					w.Header().Set("Content-Encoding", tt.contentEncoding)
				}
				_, _ = w.Write([]byte(tt.body))
			}))
			t.Cleanup(server.Close)
			order, err := newClient(t, config(server.URL)).Order(t.Context(), 5)
			switch {
			case tt.want == "" && (err != nil || order.Info.Number != "Kø"):
				t.Errorf("got %q, %v", order.Info.Number, err)
			case tt.want != "" && (!errclass.Is(err, gocmp.Or(tt.class, errclass.Defect)) ||
				!strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// JSON forbids control characters in texts; a text that has one all the same stops neither its record nor the others.
func TestControlCharactersAreReadAsSpaces(t *testing.T) {
	t.Parallel()
	base := answering(t, func(q url.Values) string {
		if q.Get("articleSystemIdFrom") != "0" {
			return `[]`
		}
		return "[{\"articleSystemId\":1,\n\t\"articleName\":\"Kopp\x0bnr\t3\x00\"},{\"articleSystemId\":2}]"
	})
	var got []string
	for a, err := range newClient(t, config(base)).Articles(t.Context(), ongoing.ArticleQuery{}) {
		got = append(got, fmt.Sprint(a.ID, " ", a.Name, " ", err))
	}
	if diff := cmp.Diff([]string{"1 Kopp nr 3  <nil>", "2  <nil>"}, got); diff != "" {
		t.Errorf("articles (-want +got):\n%s", diff)
	}
}

// What is not JSON in one record is that record's trouble. Serializers of .NET can write NaN.
func TestRecordWithATokenThatIsNotJSONIsUnreadableAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		row   string
		field string // empty if the whole answer cannot be used
	}{
		"NaN":              {row: `"articleSystemId":2,"weight":NaN`, field: "weight"},
		"-Infinity":        {row: `"articleSystemId":2,"weight":-Infinity`, field: "weight"},
		"a bare fraction":  {row: `"articleSystemId":2,"weight":.5`, field: "weight"},
		"a leading zero":   {row: `"articleSystemId":2,"weight":007`, field: "weight"},
		"undefined":        {row: `"articleSystemId":2,"articleName":undefined`, field: "articleName"},
		"a wrong escape":   {row: `"articleSystemId":2,"articleName":"K\x41\",] }"`, field: "articleName"},
		"NaN for a struct": {row: `"articleSystemId":2,"inventoryInfo":NaN`, field: "inventoryInfo"},
		"NaN for its id":   {row: `"articleSystemId":NaN,"articleName":"Kopp"`, field: "articleSystemId"},
		"a missing comma":  {row: `"articleSystemId":2 "weight":NaN`},
		"a missing end":    {row: `"articleSystemId":2,"weight":{`},
		"a text too short": {row: `"articleSystemId":2,"articleName":"Kopp`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := answering(t, func(q url.Values) string {
				if q.Get("articleSystemIdFrom") != "0" {
					return `[]`
				}
				return `[{"articleSystemId":1,"articleName":"Kopp"},{` + tt.row + `},{"articleSystemId":3}]`
			})
			read := map[int]bool{}
			var bad []error
			for a, err := range newClient(t, config(base)).Articles(t.Context(), ongoing.ArticleQuery{}) {
				if read[int(a.ID)] = err == nil; err != nil {
					bad = append(bad, err)
				}
			}
			switch {
			case len(bad) != 1:
				t.Errorf("errors %v", bad)
			case tt.field == "":
				if !errclass.Is(bad[0], errclass.Transient) || read[1] {
					t.Errorf("got %v, %v", read, bad[0])
				}
			case !errors.Is(bad[0], ongoing.ErrUnreadable) || !strings.Contains(bad[0].Error(), tt.field) ||
				!read[1] || read[2] || !read[3]:
				t.Errorf("got %v, %v", read, bad[0])
			}
		})
	}
}

func TestAnswerThatDoesNotMatchTheDefinitionIsAnError(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer string
		class  errclass.Class
	}{
		"a string for an object": {`{"orderInfo":"none"}`, errclass.Rejected},
		"null for its head":      {`{"orderInfo":null}`, errclass.Rejected},
		"a string for an order":  {`"none"`, errclass.Defect},
		"a number that would fill the memory when printed": {
			`{"orderInfo":{"orderId":5,"customerPrice":1e999999999}}`,
			errclass.Rejected, // the others can be read
		},
		"an order of another id": {`{"orderInfo":{"orderId":6}}`, errclass.Transient},
		"null for an order":      {`null`, errclass.Transient},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := answering(t, func(url.Values) string { return tt.answer })
			if _, err := newClient(t, config(base)).Order(t.Context(), 5); !errclass.Is(err, tt.class) {
				t.Errorf("got %v", err)
			}
		})
	}
}
