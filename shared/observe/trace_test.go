package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

const sampled = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

// A document is what X-Ray is sent of a subsegment.
type document struct {
	TraceID     string         `json:"trace_id"`
	ID          string         `json:"id"`
	ParentID    string         `json:"parent_id"`
	Name        string         `json:"name"`
	Type        string         `json:"type"`
	Namespace   string         `json:"namespace"`
	Start       float64        `json:"start_time"`
	End         float64        `json:"end_time"`
	Fault       bool           `json:"fault"`
	Error       bool           `json:"error"`
	Throttle    bool           `json:"throttle"`
	Annotations map[string]any `json:"annotations"`
}

// A daemon is where a Tracer sends to.
type daemon struct{ *net.UDPConn }

func listen(t *testing.T) daemon {
	t.Helper()
	connection, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return daemon{connection}
}

func (d daemon) address() *net.UDPAddr { return d.LocalAddr().(*net.UDPAddr) }

// received are the documents that have arrived, which on a loopback interface they have when they are sent.
func (d daemon) received(t *testing.T) []string {
	t.Helper()
	var documents []string
	for {
		// The last read finds nothing; a slow machine must not make an earlier one find nothing.
		if err := d.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		datagram := make([]byte, 64<<10)
		n, err := d.Read(datagram)
		if err != nil {
			return documents
		}
		head, text, _ := strings.Cut(string(datagram[:n]), "\n")
		if head != `{"format": "json", "version": 1}` {
			t.Errorf("the datagram begins with %q", head)
		}
		documents = append(documents, text)
	}
}

func decode(t *testing.T, text string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// invoked is the context that Lambda's library gives a function.
func invoked(t *testing.T, traceHeader string) context.Context {
	return context.WithValue(t.Context(), "x-amzn-trace-id", traceHeader) //nolint:staticcheck,revive // the library's key
}

func TestTrace(t *testing.T) {
	t.Parallel()
	d := listen(t)
	tracer := NewTracer(naming.Stock, d.address())

	ctx := tracer.Invocation(invoked(t, sampled))
	acme, end := tracer.Customer(ctx, "acme")
	_, endOther := tracer.Customer(ctx, "polar")
	tracer.Call(acme, Call{Vendor: "24SevenOffice", Operation: "SetStockQuantity", Status: 200, Duration: 3 * time.Second})
	tracer.Call(acme, Call{Vendor: "Ongoing WMS", Operation: "GET /orders/{orderId}", Status: 429, Class: errclass.Throttled})
	tracer.Call(acme, Call{Vendor: "Ongoing WMS", Operation: "GET /articles", Class: errclass.Transient})
	end("failed", true)
	endOther("ok", false)

	var got []document
	for _, text := range d.received(t) {
		got = append(got, decode(t, text))
	}
	if len(got) != 5 {
		t.Fatalf("got %d documents", len(got))
	}
	if took := got[0].End - got[0].Start; took < 3 || took > 4 {
		t.Errorf("the call of 3 s took %v s", took)
	}
	customerID := got[3].ID
	for i := range got {
		if got[i].End < got[i].Start || got[i].ID == "" {
			t.Errorf("document %d has the id %q and runs from %v to %v", i, got[i].ID, got[i].Start, got[i].End)
		}
		got[i].ID, got[i].Start, got[i].End = "", 0, 0
	}
	const trace, function = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	note := func(more map[string]any) map[string]any {
		more["process"] = "stock"
		return more
	}
	want := []document{
		{TraceID: trace, ParentID: customerID, Name: "24SevenOffice", Type: "subsegment", Namespace: "remote",
			Annotations: note(map[string]any{"customer": "acme", "vendor": "24SevenOffice", "operation": "SetStockQuantity", "status": 200.0, "class": ""})},
		{TraceID: trace, ParentID: customerID, Name: "Ongoing WMS", Type: "subsegment", Namespace: "remote", Error: true, Throttle: true,
			Annotations: note(map[string]any{"customer": "acme", "vendor": "Ongoing WMS", "operation": "GET /orders/{orderId}", "status": 429.0, "class": "throttled"})},
		{TraceID: trace, ParentID: customerID, Name: "Ongoing WMS", Type: "subsegment", Namespace: "remote", Fault: true,
			Annotations: note(map[string]any{"customer": "acme", "vendor": "Ongoing WMS", "operation": "GET /articles", "status": 0.0, "class": "transient"})},
		{TraceID: trace, ParentID: function, Name: "stock", Type: "subsegment", Fault: true,
			Annotations: note(map[string]any{"customer": "acme", "outcome": "failed"})},
		{TraceID: trace, ParentID: function, Name: "stock", Type: "subsegment",
			Annotations: note(map[string]any{"customer": "polar", "outcome": "ok"})},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// TestTraceFits fills a trace with more than it may hold, from many customers at once.
func TestTraceFits(t *testing.T) {
	t.Parallel()
	const limit = 500_000 // bytes of a trace, by X-Ray's quotas
	d := listen(t)
	if err := d.SetReadBuffer(4 << 20); err != nil {
		t.Fatal(err)
	}
	tracer := NewTracer(naming.SalesOrders, d.address())
	ctx := tracer.Invocation(invoked(t, sampled))
	customers, calls, size := 0, 0, 0
	for customer := range 600 {
		c, end := tracer.Customer(ctx, fmt.Sprintf("%040d", customer))
		for range 5 {
			tracer.Call(c, Call{Vendor: "24SevenOffice", Operation: "GetExternalIdsOfEverything", Status: 200})
		}
		end("partial", false)
		if customer%40 == 39 { // before the socket's buffer is full
			for _, text := range d.received(t) {
				size += len(text)
				if decode(t, text).Namespace == "remote" {
					calls++
				} else {
					customers++
				}
			}
		}
	}
	if customers != 600 {
		t.Errorf("%d of 600 customers were sent", customers)
	}
	if calls < 300 || customers+calls > maxDocuments {
		t.Errorf("%d calls were sent", calls)
	}
	if size/(customers+calls)*maxDocuments > limit {
		t.Errorf("%d documents of %d bytes are more than %d", maxDocuments, size/(customers+calls), limit)
	}
}

func TestCallsOfAKind(t *testing.T) {
	t.Parallel()
	d := listen(t)
	tracer := NewTracer(naming.Articles, d.address())
	ctx, _ := tracer.Customer(tracer.Invocation(invoked(t, sampled)), "acme")
	for range 5 {
		tracer.Call(ctx, Call{Vendor: "Ongoing WMS", Operation: "PUT /articles", Status: 200})
		tracer.Call(ctx, Call{Vendor: "Ongoing WMS", Operation: "GET /articles", Status: 200})
		tracer.Call(ctx, Call{Vendor: "Ongoing WMS", Operation: "PUT /articles", Status: 400, Class: errclass.Rejected})
	}
	got := map[string]int{}
	for _, text := range d.received(t) {
		a := decode(t, text).Annotations
		got[fmt.Sprint(a["operation"], " ", a["class"])]++
	}
	want := map[string]int{"PUT /articles ": 2, "GET /articles ": 2, "PUT /articles rejected": 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls that were sent (-want +got):\n%s", diff)
	}
}

// TestNoTrace does all that can be done where nothing is to be traced.
func TestNoTrace(t *testing.T) {
	t.Parallel()
	d := listen(t)
	tests := []struct {
		name, header string
		tracer       *Tracer
	}{
		{"outside of Lambda there is no header", "", NewTracer(naming.Stock, d.address())},
		{"Lambda decided against it", strings.TrimSuffix(sampled, "1") + "0", NewTracer(naming.Stock, d.address())},
		{"nobody decided", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8", NewTracer(naming.Stock, d.address())},
		{"the header makes no sense", "Sampled=1", NewTracer(naming.Stock, d.address())},
		{"there is no tracer", sampled, nil},
	}
	for _, test := range tests {
		ctx := all(invoked(t, test.header), test.tracer)
		if ctx.Value(customerKey{}) != nil {
			t.Errorf("%s: the context has a trace", test.name)
		}
	}
	if documents := d.received(t); len(documents) != 0 {
		t.Errorf("sent %q", documents)
	}
}

// all calls everything there is.
func all(ctx context.Context, t *Tracer) context.Context {
	ctx, end := t.Customer(t.Invocation(ctx), "acme")
	t.Call(ctx, Call{Vendor: "Ongoing WMS", Operation: "GET /articles", Status: 200})
	end("ok", false)
	return ctx
}

// TestTraceIsSilent looks at the SDK's log, which the process has one of: it does not run beside others.
func TestTraceIsSilent(t *testing.T) {
	d := listen(t)
	gone := d.address()
	_ = d.Close() // nobody listens there any more
	for name, address := range map[string]*net.UDPAddr{"no daemon": gone, "no way there": {IP: net.IPv4bcast, Port: 1}} {
		written := captured(func() {
			for range 3 { // the second datagram meets the refusal of the first
				all(invoked(t, sampled), NewTracer(naming.Stock, address))
			}
		})
		if written != "" {
			t.Errorf("%s: wrote %q", name, written)
		}
	}
}

func TestTraceDisabled(t *testing.T) {
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	d := listen(t)
	if written := captured(func() { all(invoked(t, sampled), NewTracer(naming.Stock, d.address())) }); written != "" {
		t.Errorf("wrote %q", written)
	}
	if documents := d.received(t); len(documents) != 0 {
		t.Errorf("sent %q", documents)
	}
}

// TestDaemonOfTheEnvironment is how it is in Lambda.
func TestDaemonOfTheEnvironment(t *testing.T) {
	d := listen(t)
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", d.address().String())
	if written := captured(func() { all(invoked(t, sampled), NewTracer(naming.Stock, nil)) }); written != "" {
		t.Errorf("wrote %q", written)
	}
	if documents := d.received(t); len(documents) != 2 {
		t.Errorf("sent %d documents", len(documents))
	}
}

// captured is what the SDK logs meanwhile, at the level at which it would write to the process's own stream.
func captured(do func()) string {
	var log bytes.Buffer
	xray.SetLogger(xraylog.NewDefaultLogger(&log, xraylog.LogLevelInfo))
	defer xray.SetLogger(xraylog.NewDefaultLogger(os.Stdout, xraylog.LogLevelInfo))
	do()
	return log.String()
}
