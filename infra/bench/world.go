package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	articles "ongoing24so/functions/articles/process"
	salesorders "ongoing24so/functions/salesorders/process"
	shipments "ongoing24so/functions/shipments/process"
	stock "ongoing24so/functions/stock/process"
	suppliers "ongoing24so/functions/suppliers/process"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// The latencies of a call. Both vendors' are what integrators report for small calls; those of AWS are usual figures
// within a region.
const (
	vendorLatency   = 200 * time.Millisecond
	dynamoDBLatency = 5 * time.Millisecond
	secretsLatency  = 10 * time.Millisecond
)

// A clock shows the real time, moved by an offset.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) set(offset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = offset
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// A world is a stack with fronts before all services.
type world struct {
	env                                  *testenv.Env
	office24, ongoing, dynamoDB, secrets *front
	clock                                *clock
	output                               *counter
	merchants                            []*testenv.Merchant
	handlers                             map[naming.Process]lambdahost.Handler
}

// newWorld starts a stack without latency and without quota. Its clock is the given time behind the real one.
func newWorld(behind time.Duration) (*world, error) {
	w := &world{clock: &clock{}, output: &counter{}, handlers: map[naming.Process]lambdahost.Handler{}}
	w.clock.set(-behind)
	var o testenv.Options
	o.Office24.Now, o.Ongoing.Now = w.clock.now, w.clock.now
	o.Office24.Quota = -1
	var err error
	if w.env, err = testenv.Start(o); err != nil {
		return nil, err
	}
	var errs [4]error
	w.office24, errs[0] = newFront(w.env.Office24)
	w.ongoing, errs[1] = newFront(w.env.Ongoing)
	w.dynamoDB, errs[2] = newFront(w.env.DynamoDB)
	w.secrets, errs[3] = newFront(w.env.Secrets)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	w.env.Ongoing.URL, w.env.DynamoDB.URL, w.env.Secrets.URL = w.ongoing.url, w.dynamoDB.url, w.secrets.url
	return w, nil
}

// close ends everything. A call that broke a vendor's rules is an error: its figures would be worthless.
func (w *world) close() error {
	errs := []error{w.env.Close()}
	for _, v := range append(w.env.Office24.Violations(), w.env.Ongoing.Violations()...) {
		errs = append(errs, errors.New("a function violated a vendor's rules: "+v))
	}
	for _, f := range []*front{w.office24, w.ongoing, w.dynamoDB, w.secrets} {
		errs = append(errs, f.server.Close())
	}
	return errors.Join(errs...)
}

// slow gives every service its latency; without it calls take as long as the simulators need.
func (w *world) slow(yes bool) {
	for f, latency := range map[*front]time.Duration{
		w.office24: vendorLatency, w.ongoing: vendorLatency, w.dynamoDB: dynamoDBLatency, w.secrets: secretsLatency,
	} {
		if !yes {
			latency = 0
		}
		f.latency.Store(int64(latency))
	}
}

// add adds merchants with these settings.
func (w *world) add(ctx context.Context, n int, settings map[string]any) error {
	for range n {
		m, err := w.env.AddMerchant(ctx, fmt.Sprintf("customer-%05d", len(w.merchants)), clone(settings))
		if err != nil {
			return err
		}
		w.merchants = append(w.merchants, m)
	}
	return nil
}

// clone copies settings, because AddMerchant merges into maps.
func clone(settings map[string]any) map[string]any {
	out := maps.Clone(settings)
	for name, v := range out {
		if m, ok := v.(map[string]any); ok {
			out[name] = clone(m)
		}
	}
	return out
}

func (w *world) environment() map[string]string {
	e := w.env.Environment()
	e[naming.EnvOffice24URL] = w.office24.url
	u, err := url.Parse(w.ongoing.url)
	if err != nil {
		panic(err) // impossible: a listener gave the address
	}
	e[naming.EnvOngoingHosts] = u.Host
	return e
}

// A use is what an invocation, or several, have used.
type use struct {
	Customers                            int // that were run
	Office24, Ongoing, DynamoDB, Secrets int // calls
	ReadUnits, WriteUnits                float64
	LogBytes, LogLines                   int
	VendorBytes, SentBytes               int
	Connections                          int
	Wall, CPU                            time.Duration
	PeakMiB                              float64
}

func (w *world) snapshot() use {
	settings := w.env.DynamoDB.Consumed(dynamodbtest.SettingsTable)
	state := w.env.DynamoDB.Consumed(dynamodbtest.StateTable)
	return use{
		Office24: int(w.office24.calls.Load()), Ongoing: int(w.ongoing.calls.Load()),
		DynamoDB: int(w.dynamoDB.calls.Load()), Secrets: int(w.secrets.calls.Load()),
		ReadUnits: settings.ReadUnits + state.ReadUnits, WriteUnits: settings.WriteUnits + state.WriteUnits,
		VendorBytes: int(w.office24.bytes.Load() + w.ongoing.bytes.Load()),
		SentBytes:   int(w.office24.sent.Load() + w.ongoing.sent.Load()),
		Connections: int(w.office24.connections.Load() + w.ongoing.connections.Load() + w.dynamoDB.connections.Load()),
	}
}

// measure returns what was used while do ran.
func (w *world) measure(do func() error) (use, error) {
	before := w.snapshot()
	logBytes, logLines := w.output.counts()
	begin := time.Now()
	err := do()
	u := w.snapshot()
	u.Wall = time.Since(begin)
	u.Office24 -= before.Office24
	u.Ongoing -= before.Ongoing
	u.DynamoDB -= before.DynamoDB
	u.Secrets -= before.Secrets
	u.ReadUnits -= before.ReadUnits
	u.WriteUnits -= before.WriteUnits
	u.VendorBytes -= before.VendorBytes
	u.SentBytes -= before.SentBytes
	u.Connections -= before.Connections
	allBytes, allLines := w.output.counts()
	u.LogBytes, u.LogLines = allBytes-logBytes, allLines-logLines
	return u, err
}

// calls is the number of calls to both vendors.
func (u use) calls() int { return u.Office24 + u.Ongoing }

// A counter counts what is written to it.
type counter struct {
	mu           sync.Mutex
	bytes, lines int
}

func (c *counter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes += len(p)
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

func (c *counter) counts() (allBytes, lines int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.lines
}

// processes are all processes in the order of their ticks.
func processes() (list []naming.Process) {
	for _, e := range naming.Entries() {
		list = append(list, e.Process)
	}
	return list
}

func function(p naming.Process) lambdahost.Function {
	switch p {
	case naming.Articles:
		return articles.Function()
	case naming.SalesOrders:
		return salesorders.Function()
	case naming.Shipments:
		return shipments.Function()
	case naming.Stock:
		return stock.Function()
	default:
		return suppliers.Function()
	}
}

// tick runs a process for all customers that are due, in this program and by the world's clock: what is counted is the
// same as in the binary, and a day passes in seconds. The function stays warm between ticks.
func (w *world) tick(ctx context.Context, p naming.Process) (use, error) {
	return w.invoke(ctx, p, map[string]any{})
}

func (w *world) invoke(ctx context.Context, p naming.Process, event map[string]any) (use, error) {
	handler := w.handlers[p]
	if handler == nil {
		env := w.environment()
		var err error
		handler, err = function(p).Handler(lambdahost.Host{
			Getenv: func(name string) string { return env[name] }, AWS: w.env.AWS(), Output: w.output, Now: w.clock.now,
		})
		if err != nil {
			return use{}, err
		}
		w.handlers[p] = handler
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return use{}, err
	}
	if w.clock.now().Before(time.Now()) {
		// A function ends its work by the real clock: without a deadline, that would be before it begins.
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, 10*time.Hour)
		defer cancel()
	}
	var result runner.Result
	u, err := w.measure(func() error {
		var err error
		result, err = handler(ctx, payload)
		return err
	})
	u.Customers = worked(result)
	return u, errors.Join(err, troubleOf(result))
}

// troubleOf returns an error if customers are in trouble, which no scenario here intends.
func troubleOf(r runner.Result) error {
	for _, row := range r.Customers {
		if row.Outcome == runner.Failed || row.Outcome == runner.Blocked {
			return fmt.Errorf("%s: %v; %s is %s: %s", r.Process, r.Outcomes, row.CustomerID, row.Outcome, row.Reason)
		}
	}
	return nil
}

// worked is the number of customers that were run.
func worked(r runner.Result) int {
	n := 0
	for outcome, customers := range r.Outcomes {
		if outcome != runner.Off && outcome != runner.NotDue && outcome != runner.Busy {
			n += customers
		}
	}
	return n
}

// settle runs processes until none of them has anything to do.
func (w *world) settle(ctx context.Context, list ...naming.Process) error {
	for range 2 {
		for _, p := range list {
			if _, err := w.tick(ctx, p); err != nil {
				return err
			}
		}
		w.clock.forward(naming.Period)
	}
	return nil
}

// A binary is a process's real binary in a sandbox.
type binary struct {
	*lambdaruntime.Function
	world   *world
	process naming.Process
}

// Options of a binary.
type options struct {
	concurrency int
	// processor is the share of a processor that it gets; 0 is no limit.
	processor float64
	timeout   time.Duration
	// cut means that the invocation may end before every customer is done.
	cut bool
}

// newBinary prepares a binary of the folder of testenv.Build with the memory limit of the stack.
func (w *world) newBinary(folder string, p naming.Process, o options) (*binary, error) {
	env := w.environment()
	env["GOMEMLIMIT"] = strconv.Itoa(memoryMiB*9/10) + "MiB"
	if o.concurrency > 0 {
		env[naming.EnvConcurrency] = strconv.Itoa(o.concurrency)
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		lines = append(lines, name+"="+env[name])
	}
	f, err := lambdaruntime.New(lambdaruntime.Config{
		Name: string(p), Bootstrap: folder + "/" + string(p), Environment: lines, MemoryMB: memoryMiB,
	})
	if err != nil {
		return nil, err
	}
	return &binary{Function: f, world: w, process: p}, nil
}

// run invokes binaries at the same time, one for each event, and returns what they have used together. The memory is
// that of the largest one.
func (w *world) run(ctx context.Context, folder string, p naming.Process, o options, events ...any) (use, error) {
	var all []*binary
	defer func() {
		for _, b := range all {
			_ = b.Close() // what is left is a file in the system's temporary folder
		}
	}()
	for range events {
		b, err := w.newBinary(folder, p, o)
		if err != nil {
			return use{}, err
		}
		all = append(all, b)
	}
	if o.timeout == 0 {
		o.timeout = maxDuration
	}
	results := make([]runner.Result, len(events))
	errs := make([]error, len(events))
	var logBytes, logLines int
	var mu sync.Mutex
	u, err := w.measure(func() error {
		var wg sync.WaitGroup
		for i, b := range all {
			wg.Go(func() {
				if o.processor > 0 {
					done := make(chan struct{})
					defer close(done)
					go limitProcessor(b.Process, o.processor, done)
				}
				answer, err := b.Invoke(ctx, events[i], o.timeout)
				if err == nil {
					err = json.Unmarshal(answer.Payload, &results[i])
				}
				errs[i] = err
				if !o.cut {
					errs[i] = errors.Join(err, troubleOf(results[i]))
				}
				mu.Lock()
				defer mu.Unlock()
				for _, line := range answer.Lines {
					logBytes += len(line) + 1
					logLines++
				}
				if err != nil && len(answer.Lines) > 0 {
					errs[i] = fmt.Errorf("%w\n%s", err, strings.Join(answer.Lines[max(0, len(answer.Lines)-5):], "\n"))
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	})
	u.LogBytes, u.LogLines = logBytes, logLines
	for i, b := range all {
		u.Customers += worked(results[i])
		u.CPU += cpuTime(b.Process())
		u.PeakMiB = max(u.PeakMiB, peakMiB(b.Process()))
	}
	return u, err
}
