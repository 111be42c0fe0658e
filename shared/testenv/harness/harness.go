// Package harness runs functions in a test's own process against a testbed with one customer. Everything around the
// function is real: DynamoDB and Secrets Manager through the SDK, both vendors by HTTP. The clock is the test's.
package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Forward moves the clock.
func (c *Clock) Forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A Harness is a testbed with one customer, "acme".
type Harness struct {
	*testenv.Env
	*testenv.Merchant
	Clock *Clock
	// Output is what the functions logged.
	Output *Output
	t      testing.TB
	tally  *tally
	// office24 and ongoingHost lead to what is between the functions and the vendors; empty: nothing is.
	office24, ongoingHost string
}

// Output collects log lines and metrics.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// New starts a testbed whose clocks all stand at the present, with a customer that has these settings besides the
// required ones.
func New(t testing.TB, settings map[string]any) *Harness {
	t.Helper()
	return NewWith(t, testenv.Options{}, settings)
}

// NewWith is New with options; their clocks are replaced unless they are set.
func NewWith(t testing.TB, o testenv.Options, settings map[string]any) *Harness {
	t.Helper()
	clock := &Clock{at: time.Now().UTC().Truncate(time.Second)}
	if o.Office24.Now == nil {
		o.Office24.Now = clock.Now
	}
	if o.Ongoing.Now == nil {
		o.Ongoing.Now = clock.Now
	}
	writes := &tally{}
	writes.watch(&o)
	bed, err := testenv.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, v := range append(bed.Office24.Violations(), bed.Ongoing.Violations()...) {
			t.Errorf("sent what must never be sent: %s", v)
		}
		if err := bed.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := bed.AddMerchant(context.Background(), "acme", settings)
	if err != nil {
		t.Fatal(err)
	}
	return &Harness{Env: bed, Merchant: c, Clock: clock, Output: &Output{}, t: t, tally: writes}
}

// Run invokes a function for the customer, due or not, with further fields of the event, and returns the customer's row.
func Run(b *Harness, f lambdahost.Function, event map[string]any) runner.Row {
	b.t.Helper()
	return RunContext(b.t.Context(), b, f, event)
}

// RunContext is Run with a context, for deadlines.
func RunContext(ctx context.Context, b *Harness, f lambdahost.Function, event map[string]any) runner.Row {
	b.t.Helper()
	all := map[string]any{"customers": []string{b.ID}}
	for k, v := range event {
		all[k] = v
	}
	res, err := Invoke(ctx, b, f, all)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(res.Customers) != 1 {
		b.t.Fatalf("got rows %+v", res.Customers)
	}
	return res.Customers[0]
}

// Invoke invokes a function with an event as it is.
func Invoke(ctx context.Context, b *Harness, f lambdahost.Function, event any) (runner.Result, error) {
	b.t.Helper()
	handler, err := f.Handler(lambdahost.Host{Getenv: b.Getenv, AWS: b.AWS(), Output: b.Output, Now: b.Clock.Now})
	if err != nil {
		b.t.Fatal(err)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		b.t.Fatal(err)
	}
	return handler(ctx, payload)
}

// Record returns one record of the customer's state; nil if there is none.
func (b *Harness) Record(name string) testenv.Record {
	b.t.Helper()
	return b.Records()[name]
}

// Records returns the customer's state.
func (b *Harness) Records() map[string]testenv.Record {
	b.t.Helper()
	records, err := b.State(context.Background(), b.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return records
}

// VendorCalls counts the calls to both vendors, and the writes among them.
func (b *Harness) VendorCalls() (office24, ongoing, writes int) {
	for _, c := range b.Office24.Journal() {
		office24++
		if c.Write {
			writes++
		}
	}
	for _, c := range b.Ongoing.Journal() {
		ongoing++
		if c.Write {
			writes++
		}
	}
	return office24, ongoing, writes
}

// Logged tells whether a text was logged.
func (b *Harness) Logged(text string) bool { return strings.Contains(b.Output.String(), text) }
