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

// send writes a call byte by byte as given, so that nothing is put right on the way; it returns status and body.
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

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	s, g := start(t, ongoingtest.Options{})
	order := func(more string) string {
		return `{"goodsOwnerId":77,"orderNumber":"1","deliveryDate":"2026-11-25","consignee":{}` + more + `}`
	}
	chunked := "Transfer-Encoding: chunked"
	tests := map[string]struct {
		call   string
		status int
		say    string
	}{
		"a proper call":               {call("GET", "orders/statuses", ""), 200, `{"number":150`},
		"header names in lower case":  {call("GET", "orders/statuses", "", "accept: application/json"), 500, `{"Message":"An error has occurred."}`},
		"a body without length":       {call("PUT", "orders", "", "Content-Type: application/json", chunked) + "0\n\n", 411, "message"},
		"no credentials":              {"GET /acme/api/v1/orders/statuses HTTP/1.1\nHost: x\n\n", 401, "message"},
		"another warehouse":           {strings.Replace(call("GET", "orders/statuses", ""), "acme", "other", 1), 401, "message"},
		"a path that is none":         {call("GET", "suppliers", ""), 404, "message"},
		"a slash too many":            {call("GET", "orders/statuses/", ""), 404, "message"},
		"an unknown id":               {call("GET", "articles/1", ""), 404, `"ArticleSystemId 1 not found"`},
		"a parameter that is none":    {call("GET", "articles?goodsOwnerId=77&page=2", ""), 400, "page is not a parameter"},
		"no goods owner":              {call("GET", "articles", ""), 400, "goodsOwnerId is required"},
		"another goods owner":         {call("GET", "articles?goodsOwnerId=78", ""), 403, "message"},
		"a single parameter twice":    {call("GET", "articles?goodsOwnerId=77&productCode=1&productCode=2", ""), 400, "2 times"},
		"a date that is none":         {call("GET", "articles?goodsOwnerId=77&stockInfoChangedFrom=today", ""), 400, "must be a date"},
		"values joined by commas":     {call("GET", "articles?goodsOwnerId=77&articleNumbers=C,D", ""), 200, "null"},
		"a number that has a comma":   {call("GET", "articles?goodsOwnerId=77&articleNumbers=A%2CB&maxArticlesToGet=1", ""), 200, `"numberOfItems":2.500`},
		"a field that is none":        {call("PUT", "orders", order(`,"currency":"NOK"`)), 400, "currency is not a field"},
		"a field missing":             {call("PUT", "articles", `{"goodsOwnerId":77}`), 400, "articleNumber is required"},
		"a field that is null":        {call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":null}`), 400, "articleNumber is required"},
		"a wrong type":                {call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":5}`), 400, "articleNumber must be a text"},
		"a number in quotes is taken": {call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Q","weight":"1.5"}`), 200, "articleSystemId"},
		"half an item":                {call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Q","quantityPerPackage":1.5}`), 400, "whole number"},
		"no quantity, said with null": {call("PUT", "orders", order(`,"orderLines":[{"rowNumber":"1","articleNumber":"C","numberOfItems":null}]`)), 400, "must not be null"},
		"a text that is too long":     {call("PUT", "orders", order(`,"orderRemark":"`+strings.Repeat("x", 501)+`"`)), 400, "at most 500"},
		"two documents":               {call("PUT", "orders", order("")+"{}"), 400, "goes on"},
		"no document":                 {call("PUT", "orders", "[]"), 400, "not a JSON object"},
		"a body where none belongs":   {call("GET", "orders/statuses", "{}"), 400, "no body"},
	}
	must(t, g.SetStock("A,B", number.MustParse("2.5")))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := send(t, s, tt.call)
			if status != tt.status || !strings.Contains(body, tt.say) {
				t.Errorf("answered %d %s", status, body)
			}
		})
	}
}

func TestOverlappingWritesAreNoted(t *testing.T) {
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

func TestHooksStandAroundTheEffect(t *testing.T) {
	t.Parallel()
	var g *ongoingtest.GoodsOwner
	var seen []string
	look := func(when string) func(ongoingtest.Entry) {
		return func(e ongoingtest.Entry) {
			_, there := g.Article("X")
			seen = append(seen, fmt.Sprintf("%s write %d, %s %s: %v", when, e.WriteN, e.Operation, e.Key, there))
		}
	}
	var s *ongoingtest.Server
	s, g = start(t, ongoingtest.Options{Before: look("before"), After: look("after")})
	send(t, s, call("GET", "orders/statuses", ""))
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"X"}`))
	s.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 500})
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Z"}`))
	want := []string{"before write 1, PUT /articles X: false", "after write 1, PUT /articles X: true"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestJournalAndRecording(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var exchanges []ongoingtest.Exchange
	s, _ := start(t, ongoingtest.Options{Now: func() time.Time { return now }, Record: func(x ongoingtest.Exchange) { exchanges = append(exchanges, x) }})
	s.Fault(ongoingtest.Fault{Op: "PUT /articles", Key: "Y", Kind: ongoingtest.Status, Status: 500})
	send(t, s, call("GET", "articles?goodsOwnerId=77&articleNumber=none&maxArticlesToGet=5", "", "X-Empty: "))
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"X"}`))
	send(t, s, call("PUT", "articles", `{"goodsOwnerId":77,"articleNumber":"Y"}`))
	send(t, s, call("GET", "articles/1001", ""))
	wantJournal := []ongoingtest.Entry{
		{N: 1, Time: now, Warehouse: "acme", GoodsOwner: 77, Operation: "GET /articles", Status: 200},
		{N: 2, Time: now, Warehouse: "acme", GoodsOwner: 77, Operation: "PUT /articles", Write: true, WriteN: 1, Key: "X", Status: 200},
		{N: 3, Time: now, Warehouse: "acme", GoodsOwner: 77, Operation: "PUT /articles", Write: true, WriteN: 2, Key: "Y", Status: 500, Fault: "status"},
		{N: 4, Time: now, Warehouse: "acme", GoodsOwner: 77, Operation: "GET /articles/{articleSystemId}", Key: "1001", Status: 200},
	}
	if diff := cmp.Diff(wantJournal, s.Journal()); diff != "" {
		t.Errorf("journal (-want +got)\n%s", diff)
	}
	want := ongoingtest.Exchange{
		System: "ongoing", Method: "GET", Path: "/acme/api/v1/articles", Query: "goodsOwnerId=77&articleNumber=none&maxArticlesToGet=5",
		RequestHeaders: map[string]string{"Authorization": "Basic [masked]", "X-Empty": ""}, Status: 200,
		ResponseHeaders: map[string]string{
			"Content-Type": "application/json; charset=utf-8", "Content-Length": "4", "Date": "Wed, 25 Nov 2026 12:00:00 GMT",
		},
		ResponseBody: "null",
	}
	if diff := cmp.Diff(want, exchanges[0]); diff != "" {
		t.Errorf("recording (-want +got)\n%s", diff)
	}
}

func TestLimitsOfChangeFilters(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	s, _ := start(t, ongoingtest.Options{Now: func() time.Time { return now }})
	tests := map[string]int{
		"articles?goodsOwnerId=77&maxArticlesToGet=1&stockInfoChangedFrom=" + url.QueryEscape(now.Add(-24*time.Hour).Format(time.RFC3339)):               200,
		"articles?goodsOwnerId=77&maxArticlesToGet=1&stockInfoChangedFrom=" + url.QueryEscape(now.Add(-24*time.Hour-time.Second).Format(time.RFC3339)):   400,
		"orders?goodsOwnerId=77&maxOrdersToGet=1&orderUpdatedTimeFrom=" + url.QueryEscape(now.Add(-48*time.Hour).Format(time.RFC3339)):                   200,
		"orders?goodsOwnerId=77&maxOrdersToGet=1&orderUpdatedTimeFrom=" + url.QueryEscape(now.Add(-48*time.Hour-time.Second).Format(time.RFC3339)):       400,
		"orders?goodsOwnerId=77&maxOrdersToGet=1&orderStatusChangedTimeFrom=" + url.QueryEscape(now.Add(-30*24*time.Hour).Format(time.RFC3339)):          200,
		"orders?goodsOwnerId=77&maxOrdersToGet=1&orderStatusChangedTimeFrom=2026-11-25T13:00:00%2B01:00":                                                 200,
		"orders?goodsOwnerId=77&maxOrdersToGet=1&orderStatusChangedTimeFrom=2026-11-25T13:00:00+01:00" /* the plus is a space when it is not escaped */ : 400,
	}
	for target, want := range tests {
		if status, body := send(t, s, call("GET", target, "")); status != want {
			t.Errorf("%s: answered %d %s", target, status, body)
		}
	}
}

// Staff cannot do what a warehouse cannot.
func TestStaff(t *testing.T) {
	t.Parallel()
	_, g := start(t, ongoingtest.Options{})
	_, err := g.AddOrder("1", ongoingtest.NewLine{Row: "1", Article: "C", Quantity: number.FromInt(6)})
	must(t, err)
	for name, err := range map[string]error{
		"pick more than there is": g.Pick("1", "1", number.FromInt(6)),
		"pick a row of no order":  g.Pick("1", "2", number.FromInt(1)),
		"ship no order":           g.Ship("2", ongoingtest.Shipment{}),
		"take out what is not in": g.AddStock("C", number.FromInt(-6)),
		"count no article":        g.SetStock("none", number.FromInt(1)),
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
		t.Errorf("an order that is finished short books nothing any more: %+v", article)
	}
}
