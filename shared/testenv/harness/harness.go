// Package harness runs functions in a test's own process against a testenv.Env with one merchant. The functions speak
// to DynamoDB and Secrets Manager through the real SDK and to both vendors over HTTP. The test moves the clock.
package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A Clock shows the same time until Forward moves it.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now returns the clock's time.
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

// A Harness is an Env with one merchant, "acme".
type Harness struct {
	*testenv.Env
	*testenv.Merchant
	Clock *Clock
	// Output is what the functions logged.
	Output *Output
	t      testing.TB
	writes *writeCounter
	// office24Proxy is a URL and ongoingProxy a host and port; see Intercept. Empty: there is no proxy.
	office24Proxy, ongoingProxy string
}

// Output collects log lines and metrics.
type Output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// New starts an Env with one merchant. All clocks start at the current time and only Clock.Forward moves them. The
// settings are added to the required ones.
func New(t testing.TB, settings map[string]any) *Harness {
	t.Helper()
	return NewWith(t, testenv.Options{}, settings)
}

// NewWith is New with options. A simulator whose clock is not set gets the harness's.
func NewWith(t testing.TB, o testenv.Options, settings map[string]any) *Harness {
	t.Helper()
	clock := &Clock{at: time.Now().UTC().Truncate(time.Second)}
	if o.Office24.Now == nil {
		o.Office24.Now = clock.Now
	}
	if o.Ongoing.Now == nil {
		o.Ongoing.Now = clock.Now
	}
	writes := &writeCounter{}
	writes.countOngoing(&o)
	env, err := testenv.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, v := range append(env.Office24.Violations(), env.Ongoing.Violations()...) {
			t.Errorf("a function violated a vendor's rules: %s", v)
		}
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	merchant, err := env.AddMerchant(context.Background(), "acme", settings)
	if err != nil {
		t.Fatal(err)
	}
	return &Harness{Env: env, Merchant: merchant, Clock: clock, Output: &Output{}, t: t, writes: writes}
}

// Run invokes a function for the merchant, due or not, and returns the row of its customer run. The event has these
// fields in addition to the customer.
func Run(h *Harness, f lambdahost.Function, event map[string]any) runner.Row {
	h.t.Helper()
	return RunContext(h.t.Context(), h, f, event)
}

// RunContext is Run with a context, for deadlines.
func RunContext(ctx context.Context, h *Harness, f lambdahost.Function, event map[string]any) runner.Row {
	h.t.Helper()
	res, err := Invoke(ctx, h, f, h.event(event))
	if err != nil {
		h.t.Fatal(err)
	}
	if len(res.Customers) != 1 {
		h.t.Fatalf("got rows %+v", res.Customers)
	}
	return res.Customers[0]
}

// event returns an event that names the merchant and has these fields.
func (h *Harness) event(fields map[string]any) map[string]any {
	event := map[string]any{"customers": []string{h.ID}}
	maps.Copy(event, fields)
	return event
}

// Invoke invokes a function with exactly this event.
func Invoke(ctx context.Context, h *Harness, f lambdahost.Function, event any) (runner.Result, error) {
	h.t.Helper()
	handler, err := f.Handler(lambdahost.Host{Getenv: h.Getenv, AWS: h.AWS(), Output: h.Output, Now: h.Clock.Now})
	if err != nil {
		h.t.Fatal(err)
	}
	payload, err := json.Marshal(event)
	if err != nil {
		h.t.Fatal(err)
	}
	return handler(ctx, payload)
}

// Record returns one record of the customer's state, or nil.
func (h *Harness) Record(name string) testenv.Record {
	h.t.Helper()
	return h.Records()[name]
}

// Records returns the customer's state by sort key.
func (h *Harness) Records() map[string]testenv.Record {
	h.t.Helper()
	records, err := h.State(context.Background(), h.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return records
}

// ChangedKeys returns the keys of a process's failure records of records whose ids cannot be read.
func (h *Harness) ChangedKeys(process naming.Process) []string {
	h.t.Helper()
	var keys []string
	for name := range h.Records() {
		if key, ok := strings.CutPrefix(name, "failure#"+string(process)+"#"); ok && plan.IsChangedKey(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Delete deletes one record of the customer's state, as a person does.
func (h *Harness) Delete(name string) {
	h.t.Helper()
	table := dynamodbtest.StateTable
	_, err := h.DynamoDB.Client().DeleteItem(h.t.Context(), &dynamodb.DeleteItemInput{
		TableName: &table, Key: map[string]types.AttributeValue{
			naming.PartitionKey: dynamoattr.Text(h.ID), naming.SortKey: dynamoattr.Text(name),
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// VendorCalls counts the calls to both vendors, and the writes among them.
func (h *Harness) VendorCalls() (office24, ongoing, writes int) {
	for _, c := range h.Office24.Journal() {
		office24++
		if c.Write {
			writes++
		}
	}
	for _, c := range h.Ongoing.Journal() {
		ongoing++
		if c.Write {
			writes++
		}
	}
	return office24, ongoing, writes
}

// Logged reports whether a text was logged.
func (h *Harness) Logged(text string) bool { return strings.Contains(h.Output.String(), text) }

// Check makes the checks of a process and fails the test unless all of these rights are proved and nothing is written.
func Check(t testing.TB, h *Harness, f lambdahost.Function, rights ...string) {
	t.Helper()
	before := h.effects()
	row := Run(h, f, map[string]any{"check": true})
	if row.Outcome != runner.OK || !row.DryRun {
		t.Errorf("got %+v", row)
	}
	var proved []string
	for _, c := range row.Checks {
		if !c.OK {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
		proved = append(proved, c.Name)
	}
	for _, right := range rights {
		if !slices.Contains(proved, right) {
			t.Errorf("nothing is said about the right to %q, only about %q", right, proved)
		}
	}
	if after := h.effects(); after != before {
		t.Errorf("%d writes took effect", after-before)
	}
}

// effects counts the writes to both vendors that took effect.
func (h *Harness) effects() (n int) {
	for _, c := range h.Office24.Journal() {
		if c.Effect {
			n++
		}
	}
	for _, c := range h.Ongoing.Journal() {
		if c.Write && c.Status < http.StatusBadRequest {
			n++
		}
	}
	return n
}

// Explain returns the explanation of a record.
func Explain(t testing.TB, h *Harness, f lambdahost.Function, key string) runner.Explanation {
	t.Helper()
	row := Run(h, f, map[string]any{"keys": []string{key}, "explain": true})
	if len(row.Explanations) != 1 || !row.DryRun {
		t.Fatalf("got %+v", row)
	}
	return row.Explanations[0]
}

// Fact returns a fact of an explanation, empty if it has none.
func Fact(e runner.Explanation, where, name string) string {
	for _, f := range e.Facts {
		if f.Where == where && f.Name == name {
			return f.Value
		}
	}
	return ""
}
