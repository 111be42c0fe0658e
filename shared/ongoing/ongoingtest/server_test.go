package ongoingtest_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o ongoingtest.Options) (*ongoingtest.Server, *ongoingtest.GoodsOwner) {
	t.Helper()
	s, err := ongoingtest.New(o)
	must(t, err)
	t.Cleanup(s.Close)
	w := s.Warehouse("acme")
	g := w.GoodsOwner(77, "Acme")
	w.AddUser("WSI", "pw", g)
	_, err = g.AddArticle(ongoingtest.NewArticle{Number: "A,B", Stock: number.FromInt(5)})
	must(t, err)
	_, err = g.AddArticle(ongoingtest.NewArticle{Number: "C", Stock: number.FromInt(5)})
	must(t, err)
	return s, g
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// send writes a call as given, because an HTTP client would correct it. It returns status and body.
func send(t *testing.T, s *ongoingtest.Server, call string) (int, string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	must(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, strings.ReplaceAll(call, "\n", "\r\n"))
	must(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(body)
}

func call(method, target, body string, more ...string) string {
	authorization := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("WSI:pw"))
	lines := append([]string{method + " /acme/api/v1/" + target + " HTTP/1.1", "Host: x", authorization}, more...)
	if body != "" {
		lines = append(lines, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return strings.Join(lines, "\n") + "\n\n" + body
}

func TestInvalidCallIsRefused(t *testing.T) {
	t.Parallel()
	s, g := start(t, ongoingtest.Options{})
	order := func(more string) string {
		return `{"goodsOwnerId":77,"orderNumber":"1","deliveryDate":"2026-11-25","consignee":{}` + more + `}`
	}
	chunked := "Transfer-Encoding: chunked"
	tests := map[string]struct {
		call   string
		status int
		want   string
	}{
		"a valid call is accepted": {
			call: call("GET", "orders/statuses", ""), status: 200, want: `{"number":150`,
		},
		"header names in lower case": {
			call:   call("GET", "orders/statuses", "", "accept: application/json"),
			status: 500, want: `{"Message":"An error has occurred."}`,
		},
		"a body without a length": {
			call:   call("PUT", "orders", "", "Content-Type: application/json", chunked) + "0\n\n",
			status: 411, want: "message",
		},
		"no credentials": {
			call: "GET /acme/api/v1/orders/statuses HTTP/1.1\nHost: x\n\n", status: 401, want: "message",
		},
		"another warehouse": {
			call:   strings.Replace(call("GET", "orders/statuses", ""), "acme", "other", 1),
			status: 401, want: "message",
		},
		"an unknown path":  {call: call("GET", "suppliers", ""), status: 404, want: "message"},
		"a trailing slash": {call: call("GET", "orders/statuses/", ""), status: 404, want: "message"},
		"an unknown id": {
			call: call("GET", "articles/1", ""), status: 404, want: `"ArticleSystemId 1 not found"`,
		},
		"an unknown parameter": {
			call: call("GET", "articles?goodsOwnerId=77&page=2", ""), status: 400, want: "page is not a parameter",
		},
		"no goods owner": {call: call("GET", "articles", ""), status: 400, want: "goodsOwnerId is required"},
		"another goods owner": {
			call: call("GET", "articles?goodsOwnerId=78", ""), status: 403, want: "message",
		},
		"a repeated parameter that is not a list": {
			call:   call("GET", "articles?goodsOwnerId=77&productCode=1&productCode=2", ""),
			status: 400, want: "2 times",
		},
		"an invalid date": {
			call:   call("GET", "articles?goodsOwnerId=77&stockInfoChangedFrom=today", ""),
			status: 400, want: "must be a date",
		},
		"values joined by commas match nothing": {
			call: call("GET", "articles?goodsOwnerId=77&articleNumbers=C,D", ""), status: 200, want: "null",
		},
		"an article number with a comma matches": {
			call:   call("GET", "articles?goodsOwnerId=77&articleNumbers=A%2CB&maxArticlesToGet=1", ""),
			status: 200, want: `"numberOfItems":2.500`,
		},
		"an unknown field": {
			call: call("PUT", "orders", order(`,"currency":"NOK"`)), status: 400, want: "currency is not a field",
		},
		"a missing field": {
			call: call("PUT", "articles", `{"goodsOwnerId":77}`), status: 400, want: "articleNumber is required",
		},
		"a required field that is null": {
			call:   call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":null}`),
			status: 400, want: "articleNumber is required",
		},
		"a value of a wrong type": {
			call:   call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":5}`),
			status: 400, want: "articleNumber must be a string",
		},
		"a number in quotes is accepted": {
			call:   call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Q","weight":"1.5"}`),
			status: 200, want: "articleSystemId",
		},
		"a fraction of an item": {
			call:   call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Q","quantityPerPackage":1.5}`),
			status: 400, want: "whole number",
		},
		"a quantity that is null": {
			call: call("PUT", "orders",
				order(`,"orderLines":[{"rowNumber":"1","articleNumber":"C","numberOfItems":null}]`)),
			status: 400, want: "must not be null",
		},
		"a text that is too long": {
			call:   call("PUT", "orders", order(`,"orderRemark":"`+strings.Repeat("x", 501)+`"`)),
			status: 400, want: "at most 500",
		},
		"two JSON documents": {call: call("PUT", "orders", order("")+"{}"), status: 400, want: "continues"},
		"no JSON object":     {call: call("PUT", "orders", "[]"), status: 400, want: "not a JSON object"},
		"a body of an operation without one": {
			call: call("GET", "orders/statuses", "{}"), status: 400, want: "no body",
		},
	}
	must(t, g.SetStock("A,B", number.MustParse("2.5")))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := send(t, s, tt.call)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("got %d %s, want %d and %q", status, body, tt.status, tt.want)
			}
		})
	}
}

func TestConcurrentWritesForAGoodsOwnerAreAViolation(t *testing.T) {
	t.Parallel()
	inside, both := make(chan bool, 2), make(chan bool)
	s, _ := start(t, ongoingtest.Options{Before: func(ongoingtest.Entry) { inside <- true; <-both }})
	var wg sync.WaitGroup
	for _, number := range []string{"X", "Y"} {
		wg.Go(func() {
			send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"`+number+`"}`))
		})
	}
	<-inside
	<-inside
	close(both)
	wg.Wait()
	if v := s.Violations(); len(v) != 1 || !strings.Contains(v[0], "2 writes in flight for goods owner 77") {
		t.Errorf("got %q", v)
	}
}

func TestHooksRunBeforeAndAfterTheEffect(t *testing.T) {
	t.Parallel()
	var g *ongoingtest.GoodsOwner
	var seen []string
	note := func(when string) func(ongoingtest.Entry) {
		return func(e ongoingtest.Entry) {
			_, exists := g.Article("X")
			seen = append(seen, fmt.Sprintf("%s write %d, %s %s: %v", when, e.WriteN, e.Operation, e.Key, exists))
		}
	}
	var s *ongoingtest.Server
	s, g = start(t, ongoingtest.Options{Before: note("before"), After: note("after")})
	send(t, s, call("GET", "orders/statuses", ""))
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"X"}`))
	s.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 500})
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Z"}`))
	want := []string{"before write 1, PUT /articles X: false", "after write 1, PUT /articles X: true"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCallsAreInTheJournalAndTheRecording(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var exchanges []ongoingtest.Exchange
	s, _ := start(t, ongoingtest.Options{
		Now:    func() time.Time { return now },
		Record: func(x ongoingtest.Exchange) { exchanges = append(exchanges, x) },
	})
	s.Fault(ongoingtest.Fault{Op: "PUT /articles", Key: "Y", Kind: ongoingtest.Status, Status: 500})
	send(t, s, call("GET", "articles?goodsOwnerId=77&articleNumber=none&maxArticlesToGet=5", "", "X-Empty: "))
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"X"}`))
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Y"}`))
	send(t, s, call("GET", "articles/1001", ""))
	wantJournal := []ongoingtest.Entry{
		{N: 1, GoodsOwner: 77, Operation: "GET /articles", Status: 200},
		{N: 2, GoodsOwner: 77, Operation: "PUT /articles", Write: true, WriteN: 1, Key: "X", Status: 200},
		{
			N: 3, GoodsOwner: 77, Operation: "PUT /articles", Write: true, WriteN: 2, Key: "Y",
			Status: 500, Fault: ongoingtest.Status,
		},
		{N: 4, GoodsOwner: 77, Operation: "GET /articles/{articleSystemId}", Key: "1001", Status: 200},
	}
	for i := range wantJournal {
		wantJournal[i].Time, wantJournal[i].Warehouse = now, "acme"
	}
	if diff := cmp.Diff(wantJournal, s.Journal()); diff != "" {
		t.Errorf("journal (-want +got)\n%s", diff)
	}
	want := ongoingtest.Exchange{
		System: "ongoing", Method: "GET", Path: "/acme/api/v1/articles",
		Query:          "goodsOwnerId=77&articleNumber=none&maxArticlesToGet=5",
		RequestHeaders: map[string]string{"Authorization": "Basic [masked]", "X-Empty": ""},
		Status:         200,
		ResponseHeaders: map[string]string{
			"Content-Type": "application/json; charset=utf-8", "Content-Length": "4",
			"Date": "Wed, 25 Nov 2026 12:00:00 GMT",
		},
		ResponseBody: "null",
	}
	if diff := cmp.Diff(want, exchanges[0]); diff != "" {
		t.Errorf("recording (-want +got)\n%s", diff)
	}
}

func TestChangeFiltersHaveAMaximumAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	s, _ := start(t, ongoingtest.Options{Now: func() time.Time { return now }})
	before := func(age time.Duration) string { return url.QueryEscape(now.Add(-age).Format(time.RFC3339)) }
	const articles = "articles?goodsOwnerId=77&maxArticlesToGet=1&stockInfoChangedFrom="
	const updated = "orders?goodsOwnerId=77&maxOrdersToGet=1&orderUpdatedTimeFrom="
	const statusChanged = "orders?goodsOwnerId=77&maxOrdersToGet=1&orderStatusChangedTimeFrom="
	tests := map[string]int{
		articles + before(24*time.Hour):               200,
		articles + before(24*time.Hour+time.Second):   400,
		updated + before(48*time.Hour):                200,
		updated + before(48*time.Hour+time.Second):    400,
		statusChanged + before(30*24*time.Hour):       200,
		statusChanged + "2026-11-25T13:00:00%2B01:00": 200,
		statusChanged + "2026-11-25T13:00:00+01:00":   400, // an unescaped plus is a space
	}
	for target, want := range tests {
		if status, body := send(t, s, call("GET", target, "")); status != want {
			t.Errorf("%s: got %d %s, want %d", target, status, body, want)
		}
	}
}

func TestStaffCannotDoWhatAWarehouseCannot(t *testing.T) {
	t.Parallel()
	_, g := start(t, ongoingtest.Options{})
	_, err := g.AddOrder("1", ongoingtest.NewLine{Row: "1", Article: "C", Quantity: number.FromInt(6)})
	must(t, err)
	for name, err := range map[string]error{
		"pick more than is in stock":           g.Pick("1", "1", number.FromInt(6)),
		"pick an unknown row":                  g.Pick("1", "2", number.FromInt(1)),
		"ship an unknown order":                g.Ship("2", ongoingtest.Shipment{}),
		"take more out of stock than is in it": g.AddStock("C", number.FromInt(-6)),
		"count an unknown article":             g.SetStock("none", number.FromInt(1)),
	} {
		if err == nil {
			t.Errorf("could %s", name)
		}
	}
	must(t, g.Ship("1", ongoingtest.Shipment{Quantities: map[string]number.Decimal{"1": number.FromInt(5)}}))
	order, _ := g.Order("1")
	article, _ := g.Article("C")
	if order.Status != 450 || !order.Shipped || !order.Lines[0].Picked.Equal(number.FromInt(5)) {
		t.Errorf("%+v", order)
	}
	if !article.Stock.IsZero() || !article.ToReport.Equal(number.FromInt(5)) || !article.Booked.IsZero() {
		t.Errorf("a shipped order must not book items that were not picked: %+v", article)
	}
}
