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
	"ongoing24so/shared/vendorhttp"
)

const sampled = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

// A document is a subsegment as the daemon receives it.
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

// A daemon receives what a Tracer sends.
type daemon struct{ *net.UDPConn }

func newDaemon(t *testing.T) daemon {
	t.Helper()
	connection, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return daemon{connection}
}

func (d daemon) address() *net.UDPAddr { return d.LocalAddr().(*net.UDPAddr) }

// received returns the documents that have arrived. On a loopback interface a document has arrived once it is sent.
func (d daemon) received(t *testing.T) []string {
	t.Helper()
	var documents []string
	for {
		// Only the last read may time out, even on a slow machine.
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

// invocationContext returns a context as Lambda's library makes it.
func invocationContext(t *testing.T, traceHeader string) context.Context {
	//nolint:staticcheck,revive // The key is a string in the library.
	return context.WithValue(t.Context(), "x-amzn-trace-id", traceHeader)
}

func TestTraceShowsCustomersAndTheirCalls(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	tracer := NewTracer(naming.Stock, d.address())

	ctx := tracer.Invocation(invocationContext(t, sampled))
	acme, endAcme := tracer.Customer(ctx, "acme")
	_, endPolar := tracer.Customer(ctx, "polar")
	written := vendorhttp.Call{Operation: "SetStockQuantity", Status: 200, Duration: 3 * time.Second}
	tracer.VendorCall(acme, "24SevenOffice", written)
	throttled := vendorhttp.Call{Operation: "GET /orders/{orderId}", Status: 429, Class: errclass.Throttled}
	tracer.VendorCall(acme, "Ongoing WMS", throttled)
	tracer.VendorCall(acme, "Ongoing WMS", vendorhttp.Call{Operation: "GET /articles", Class: errclass.Transient})
	endAcme("failed", true)
	endPolar("ok", false)

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
	acmeID := got[3].ID
	for i := range got {
		if got[i].End < got[i].Start || got[i].ID == "" {
			t.Errorf("document %d has the id %q and runs from %v to %v", i, got[i].ID, got[i].Start, got[i].End)
		}
		if got[i].TraceID != "1-5759e988-bd862e3fe1be46a994272793" || got[i].Type != "subsegment" {
			t.Errorf("document %d is a %q of the trace %q", i, got[i].Type, got[i].TraceID)
		}
		got[i].ID, got[i].Start, got[i].End, got[i].TraceID, got[i].Type = "", 0, 0, "", ""
	}
	const function = "53995c3f42cd8ad8"
	want := []document{
		{
			ParentID:  acmeID,
			Name:      "24SevenOffice",
			Namespace: "remote",
			Annotations: map[string]any{"process": "stock", "customer": "acme", "vendor": "24SevenOffice",
				"operation": "SetStockQuantity", "status": 200.0, "class": ""},
		},
		{
			ParentID:  acmeID,
			Name:      "Ongoing WMS",
			Namespace: "remote",
			Error:     true,
			Throttle:  true,
			Annotations: map[string]any{"process": "stock", "customer": "acme", "vendor": "Ongoing WMS",
				"operation": "GET /orders/{orderId}", "status": 429.0, "class": "throttled"},
		},
		{
			ParentID:  acmeID,
			Name:      "Ongoing WMS",
			Namespace: "remote",
			Fault:     true,
			Annotations: map[string]any{"process": "stock", "customer": "acme", "vendor": "Ongoing WMS",
				"operation": "GET /articles", "status": 0.0, "class": "transient"},
		},
		{
			ParentID:    function,
			Name:        "stock",
			Fault:       true,
			Annotations: map[string]any{"process": "stock", "customer": "acme", "outcome": "failed"},
		},
		{
			ParentID:    function,
			Name:        "stock",
			Annotations: map[string]any{"process": "stock", "customer": "polar", "outcome": "ok"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestTraceOfManyCustomersFitsXRaysLimit(t *testing.T) {
	t.Parallel()
	const limit = 500_000 // bytes of a trace, by X-Ray's quotas
	d := newDaemon(t)
	if err := d.SetReadBuffer(4 << 20); err != nil {
		t.Fatal(err)
	}
	tracer := NewTracer(naming.SalesOrders, d.address())
	ctx := tracer.Invocation(invocationContext(t, sampled))
	customers, calls, size := 0, 0, 0
	for customer := range 600 {
		c, end := tracer.Customer(ctx, fmt.Sprintf("%040d", customer))
		for range 5 {
			call := vendorhttp.Call{Operation: "GetExternalIdsOfEverything", Status: 200}
			tracer.VendorCall(c, "24SevenOffice", call)
		}
		end("partial", false)
		if customer%10 == 9 { // before the socket's buffer is full
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
	if average := size / (customers + calls); average*maxDocuments > limit {
		t.Errorf("%d documents of %d bytes are more than %d bytes", maxDocuments, average, limit)
	}
}

func TestTraceShowsFirstCallsOfAKind(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	tracer := NewTracer(naming.Articles, d.address())
	ctx, _ := tracer.Customer(tracer.Invocation(invocationContext(t, sampled)), "acme")
	rejected := vendorhttp.Call{Operation: "PUT /articles", Status: 400, Class: errclass.Rejected}
	for range 5 {
		tracer.VendorCall(ctx, "Ongoing WMS", vendorhttp.Call{Operation: "PUT /articles", Status: 200})
		tracer.VendorCall(ctx, "Ongoing WMS", vendorhttp.Call{Operation: "GET /articles", Status: 200})
		tracer.VendorCall(ctx, "Ongoing WMS", rejected)
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

func TestNothingIsSentWithoutASampledTrace(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	undecided := strings.TrimSuffix(sampled, ";Sampled=1")
	tests := []struct {
		name, header string
		tracer       *Tracer
	}{
		{"outside Lambda there is no header", "", NewTracer(naming.Stock, d.address())},
		{"Lambda decided against it", undecided + ";Sampled=0", NewTracer(naming.Stock, d.address())},
		{"the decision is missing", undecided, NewTracer(naming.Stock, d.address())},
		{"the header is invalid", "Sampled=1", NewTracer(naming.Stock, d.address())},
		{"there is no tracer", sampled, nil},
	}
	for _, test := range tests {
		ctx := traceOneCall(invocationContext(t, test.header), test.tracer)
		if ctx.Value(customerKey{}) != nil {
			t.Errorf("%s: the context has a trace", test.name)
		}
	}
	if documents := d.received(t); len(documents) != 0 {
		t.Errorf("sent %q", documents)
	}
}

// traceOneCall traces an invocation with one customer and one call.
func traceOneCall(ctx context.Context, t *Tracer) context.Context {
	ctx, end := t.Customer(t.Invocation(ctx), "acme")
	t.VendorCall(ctx, "Ongoing WMS", vendorhttp.Call{Operation: "GET /articles", Status: 200})
	end("ok", false)
	return ctx
}

// The SDK has one log for the whole process, so this test and the next ones do not run in parallel.
func TestUnreachableDaemonIsNotLogged(t *testing.T) {
	d := newDaemon(t)
	closed := d.address()
	_ = d.Close()
	for name, address := range map[string]*net.UDPAddr{
		"no daemon listens":          closed,
		"the address is unreachable": {IP: net.IPv4bcast, Port: 1},
	} {
		written := sdkLog(func() {
			for range 3 { // the second datagram reports that the first was refused
				traceOneCall(invocationContext(t, sampled), NewTracer(naming.Stock, address))
			}
		})
		if written != "" {
			t.Errorf("%s: wrote %q", name, written)
		}
	}
}

func TestNothingIsSentIfTheSDKIsDisabled(t *testing.T) {
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	d := newDaemon(t)
	written := sdkLog(func() { traceOneCall(invocationContext(t, sampled), NewTracer(naming.Stock, d.address())) })
	if written != "" {
		t.Errorf("wrote %q", written)
	}
	if documents := d.received(t); len(documents) != 0 {
		t.Errorf("sent %q", documents)
	}
}

func TestDaemonAddressComesFromTheEnvironment(t *testing.T) {
	d := newDaemon(t)
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", d.address().String())
	written := sdkLog(func() { traceOneCall(invocationContext(t, sampled), NewTracer(naming.Stock, nil)) })
	if written != "" {
		t.Errorf("wrote %q", written)
	}
	if documents := d.received(t); len(documents) != 2 {
		t.Errorf("sent %d documents", len(documents))
	}
}

// sdkLog returns what the SDK logs during do, at the level at which it would write to the standard output.
func sdkLog(do func()) string {
	var log bytes.Buffer
	xray.SetLogger(xraylog.NewDefaultLogger(&log, xraylog.LogLevelInfo))
	defer xray.SetLogger(xraylog.NewDefaultLogger(os.Stdout, xraylog.LogLevelInfo))
	do()
	return log.String()
}
