package observe

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/daemoncfg"
	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// X-Ray takes at most 500 kB of documents for one trace, and a trace is an invocation with all its customers. A document
// of ours has less than 500 bytes, so that this many fit. The price is one by the trace, not by the document.
const (
	maxDocuments = 1000
	// kept is how many of them are for customers only, so that the calls of the first do not use up those of the last.
	kept = 500
	// maxCalls is how many calls of one operation are told of for a customer, and as many that failed in the same way.
	// Those that follow are more of the same.
	maxCalls = 2
)

// A Tracer tells X-Ray of an invocation: a subsegment for each customer and, inside it, one for the first calls of each
// vendor operation. It says what was called, when, and how it ended; nothing of a record, an address or an error's text.
// A nil Tracer traces nothing.
//
// Whether an invocation is traced is for Lambda to decide, which says so in the invocation's trace header. Without that
// header, or with a decision against it, everything here does nothing; where no daemon listens, what is sent is lost. The
// SDK's variables (AWS_XRAY_SDK_DISABLED, AWS_XRAY_DAEMON_ADDRESS) keep their meaning.
//
// X-Ray finds a trace by its first 50 annotations only: in a large fleet, look a customer up in the log and go from there
// to the trace.
type Tracer struct {
	process naming.Process
	sdk     xray.Config
}

// NewTracer returns a Tracer that sends to the daemon at that address. Nil is the address in the SDK's variable, which
// Lambda sets, or else the SDK's default.
func NewTracer(process naming.Process, daemon *net.UDPAddr) *Tracer {
	if daemon == nil {
		daemon = daemoncfg.GetDefaultDaemonEndpoints().UDPAddr
		if endpoints, err := daemoncfg.GetDaemonEndpointsFromEnv(); err == nil && endpoints != nil {
			daemon = endpoints.UDPAddr
		}
	}
	return &Tracer{process: process, sdk: xray.Config{Emitter: &emitter{address: daemon}}}
}

// An invocation is a trace under way.
type invocation struct {
	mu   sync.Mutex // also held while a document is sent: the SDK's segments must not end at the same time
	left int        // documents that may still be begun
}

// A customer is a customer's part of a trace.
type customer struct {
	*invocation
	id    string
	calls map[string]int // guarded by mu
}

type (
	invocationKey struct{}
	customerKey   struct{}
)

// Invocation prepares the context of an invocation. Without it the other methods do nothing.
func (t *Tracer) Invocation(ctx context.Context) context.Context {
	text, _ := ctx.Value(xray.LambdaTraceHeaderKey).(string)
	given := header.FromString(text)
	if t == nil || xray.SdkDisabled() || given.SamplingDecision != header.Sampled || given.TraceID == "" || given.ParentID == "" {
		return ctx
	}
	ctx = context.WithValue(ctx, xray.RecorderContextKey{}, &t.sdk)
	return context.WithValue(ctx, invocationKey{}, &invocation{left: maxDocuments})
}

// Customer begins the subsegment of a customer's run. The function returned ends it: how the run ended, in one word, and
// whether it failed.
func (t *Tracer) Customer(ctx context.Context, id string) (context.Context, func(outcome string, failed bool)) {
	i, traced := ctx.Value(invocationKey{}).(*invocation)
	if t == nil || !traced || !i.take(0) {
		return ctx, func(string, bool) {}
	}
	ctx, segment := xray.BeginSubsegment(ctx, string(t.process))
	ctx = context.WithValue(ctx, customerKey{}, &customer{i, id, map[string]int{}})
	return ctx, func(outcome string, failed bool) {
		i.send(segment, func() {
			segment.Annotations = map[string]any{"process": t.process, "customer": id, "outcome": outcome}
			segment.Fault = failed
		})
	}
}

// A Call is a call to a vendor that is over.
type Call struct {
	// Vendor is how the vendor is called in X-Ray's map. Operation tells neither records nor hosts apart.
	Vendor, Operation string
	Status            int // of HTTP; 0 where no answer came
	Duration          time.Duration
	Class             errclass.Class // empty for a call that succeeded
}

// Call tells of a call that has just ended; the context is that of the customer's run.
func (t *Tracer) Call(ctx context.Context, call Call) {
	c, traced := ctx.Value(customerKey{}).(*customer)
	if t == nil || !traced {
		return
	}
	if !c.wants(call) || !c.take(kept) {
		return
	}
	_, segment := xray.BeginSubsegment(ctx, call.Vendor)
	c.send(segment, func() {
		segment.StartTime -= call.Duration.Seconds()
		segment.Namespace = "remote"
		segment.Annotations = map[string]any{"process": t.process, "customer": c.id, "vendor": call.Vendor,
			"operation": call.Operation, "status": call.Status, "class": call.Class}
		segment.Throttle = call.Class == errclass.Throttled
		segment.Fault = call.Class == errclass.Transient || call.Class == errclass.Defect
		segment.Error = call.Class != "" && !segment.Fault
	})
}

func (c *customer) wants(call Call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := fmt.Sprint(call.Vendor, call.Operation, call.Class)
	c.calls[kind]++
	return c.calls[kind] <= maxCalls
}

// take takes one of the documents that are left, but for those to be kept.
func (i *invocation) take(keep int) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.left <= keep {
		return false
	}
	i.left--
	return true
}

// send completes a subsegment and sends it by itself, instead of keeping it until all around it are complete.
func (i *invocation) send(segment *xray.Segment, complete func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	segment.Lock()
	complete()
	segment.Unlock()
	segment.CloseAndStream(nil)
}

// An emitter sends documents to the daemon. The SDK's own writes lines into the log in a form of its own, at its start and
// whenever no daemon listens.
type emitter struct {
	address    *net.UDPAddr
	mu         sync.Mutex
	connection *net.UDPConn // made for the first document
}

// RefreshEmitterWithAddress belongs to the SDK's interface; it is not called for a configuration that comes by context.
func (e *emitter) RefreshEmitterWithAddress(*net.UDPAddr) {}

// Emit sends a document that is complete. What cannot be sent is lost: a trace is no reason to fail.
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
