package observe

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"

	"github.com/aws/aws-xray-sdk-go/v2/daemoncfg"
	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/vendorhttp"
)

// X-Ray accepts at most 500 kB of documents for one trace, and a trace is an invocation with all its customers. Our
// documents have less than 500 bytes each, so this many fit. X-Ray charges per trace, not per document.
const (
	maxDocuments = 1000
	// reservedForCustomers is how many documents the vendor calls leave for the customers, so that the calls of the
	// first customers do not use up the documents of the last ones.
	reservedForCustomers = 500
	// maxCalls is how many calls of one operation a customer's trace shows, and how many failed calls of each class.
	maxCalls = 2
)

// A Tracer traces invocations with X-Ray: a subsegment for each customer and, in it, one for the first calls of each
// vendor operation. A subsegment says what was called, when, and how it ended; it contains no record, address or error
// text. A nil Tracer traces nothing.
//
// Lambda decides whether an invocation is traced and says so in its trace header. If the header is missing or decides
// against it, the methods do nothing. If no daemon listens, what is sent is lost. The SDK's variables
// AWS_XRAY_SDK_DISABLED and AWS_XRAY_DAEMON_ADDRESS keep their meaning.
//
// X-Ray finds a trace by its first 50 annotations only. In a large fleet, look for the customer in the log and go from
// there to the trace.
type Tracer struct {
	process naming.Process
	sdk     xray.Config
}

// NewTracer returns a Tracer that sends to the daemon at an address. A nil daemon means the address in the SDK's
// variable, which Lambda sets, or else the SDK's default.
func NewTracer(process naming.Process, daemon *net.UDPAddr) *Tracer {
	if daemon == nil {
		daemon = daemoncfg.GetDefaultDaemonEndpoints().UDPAddr
		if endpoints, err := daemoncfg.GetDaemonEndpointsFromEnv(); err == nil && endpoints != nil {
			daemon = endpoints.UDPAddr
		}
	}
	return &Tracer{process: process, sdk: xray.Config{Emitter: &emitter{address: daemon}}}
}

// An invocation is the trace of one invocation.
type invocation struct {
	mu   sync.Mutex // also locked while a document is sent: the SDK's segments must not end at the same time
	left int        // documents that can still be started
}

// A customer is a customer's part of a trace.
type customer struct {
	*invocation
	id    string
	calls map[string]int // by kind, guarded by mu
}

type (
	invocationKey struct{}
	customerKey   struct{}
)

// Invocation starts the trace of an invocation. Without it the other methods do nothing.
func (t *Tracer) Invocation(ctx context.Context) context.Context {
	text, _ := ctx.Value(xray.LambdaTraceHeaderKey).(string)
	parent := header.FromString(text)
	sampled := parent.SamplingDecision == header.Sampled && parent.TraceID != "" && parent.ParentID != ""
	if t == nil || xray.SdkDisabled() || !sampled {
		return ctx
	}
	ctx = context.WithValue(ctx, xray.RecorderContextKey{}, &t.sdk)
	return context.WithValue(ctx, invocationKey{}, &invocation{left: maxDocuments})
}

// Customer starts the subsegment of a customer run. The returned function ends it with the outcome of the run and
// whether it failed.
func (t *Tracer) Customer(ctx context.Context, id string) (context.Context, func(outcome string, failed bool)) {
	i, traced := ctx.Value(invocationKey{}).(*invocation)
	if t == nil || !traced || !i.takeDocument(0) {
		return ctx, func(string, bool) {}
	}
	ctx, segment := xray.BeginSubsegment(ctx, string(t.process))
	c := &customer{invocation: i, id: id, calls: map[string]int{}}
	ctx = context.WithValue(ctx, customerKey{}, c)
	return ctx, func(outcome string, failed bool) {
		i.send(segment, func() {
			segment.Annotations = map[string]any{"process": t.process, "customer": id, "outcome": outcome}
			segment.Fault = failed
		})
	}
}

// VendorCall traces a call that has just ended. ctx is the context of the customer run, and vendor the vendor's name in
// X-Ray's map.
func (t *Tracer) VendorCall(ctx context.Context, vendor string, call vendorhttp.Call) {
	c, traced := ctx.Value(customerKey{}).(*customer)
	if t == nil || !traced || !c.shows(vendor, call) || !c.takeDocument(reservedForCustomers) {
		return
	}
	_, segment := xray.BeginSubsegment(ctx, vendor)
	c.send(segment, func() {
		segment.StartTime -= call.Duration.Seconds()
		segment.Namespace = "remote"
		segment.Annotations = map[string]any{"process": t.process, "customer": c.id, "vendor": vendor,
			"operation": call.Operation, "status": call.Status, "class": call.Class}
		segment.Throttle = call.Class == errclass.Throttled
		segment.Fault = call.Class == errclass.Transient || call.Class == errclass.Defect
		segment.Error = call.Class != "" && !segment.Fault
	})
}

// shows counts a call and reports whether it is among the first of its kind.
func (c *customer) shows(vendor string, call vendorhttp.Call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := fmt.Sprint(vendor, call.Operation, call.Class)
	c.calls[kind]++
	return c.calls[kind] <= maxCalls
}

// takeDocument reports whether a document can be started without touching the reserved ones, and counts it.
func (i *invocation) takeDocument(reserved int) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.left <= reserved {
		return false
	}
	i.left--
	return true
}

// send completes a subsegment and sends it alone. The SDK would keep it until all subsegments around it are complete.
func (i *invocation) send(segment *xray.Segment, complete func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	segment.Lock()
	complete()
	segment.Unlock()
	segment.CloseAndStream(nil)
}

// An emitter sends documents to the daemon. The SDK's own emitter logs lines in a format of its own, at its start and
// whenever no daemon listens.
type emitter struct {
	address    *net.UDPAddr
	mu         sync.Mutex
	connection *net.UDPConn // opened for the first document
}

// RefreshEmitterWithAddress is part of the SDK's interface. The SDK does not call it for a configuration from a
// context.
func (e *emitter) RefreshEmitterWithAddress(*net.UDPAddr) {}

// Emit sends a complete document. A document that cannot be sent is lost, because a missing trace is no reason to fail.
func (e *emitter) Emit(segment *xray.Segment) {
	document, err := json.Marshal(segment)
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.connection == nil {
		if e.connection, err = net.DialUDP("udp", nil, e.address); err != nil {
			return
		}
	}
	_, _ = e.connection.Write(append([]byte(xray.Header), document...))
}
