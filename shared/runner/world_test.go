package runner_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.uber.org/goleak"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/observe"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is the runner of the process articles with real settings and state, over customers whose two systems are
// slices in memory. The clock stands still until it is moved.
type world struct {
	t       testing.TB
	db      *dynamodbtest.DB
	runner  *runner.Runner[string]
	output  *output
	mu      sync.Mutex
	now     time.Time
	systems map[string]*system
	// opened are the customers in the order in which they had their turn.
	opened []string
	// open is called when a customer has its turn; nil: nothing.
	open func(customer string) error
}

func newWorld(t testing.TB, customers ...string) *world {
	t.Helper()
	db := dynamodbtest.Embedded(t)
	w := &world{t: t, db: db, output: &output{}, now: time.Now().UTC().Truncate(time.Second), systems: map[string]*system{}}
	log, err := observe.NewLogger(w.output, "DEBUG")
	must(t, err)
	hosts, err := allowedhosts.Parse("*.ongoingsystems.se")
	must(t, err)
	client := impatient(db.Client)
	w.runner = &runner.Runner[string]{
		Process: naming.Articles, Settings: settings.NewReader(client, db.Settings, hosts), State: state.New(client, db.State, w.clock),
		Open: w.openCustomer, Concurrency: 1, Now: w.clock, Log: log, Meter: observe.NewMeter(w.output, naming.Articles, w.clock),
	}
	for _, id := range customers {
		w.customer(id, nil)
	}
	return w
}

// impatient is the client without pauses between its attempts.
func impatient(client *dynamodb.Client) *dynamodb.Client {
	o := client.Options()
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		o.RateLimiter = unlimited{}
	})
	return dynamodb.New(o)
}

// unlimited lets the client repeat as often as it likes, whatever other tests have met.
type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// customer adds a customer with settings besides the required ones, or changes its settings.
func (w *world) customer(id string, more map[string]any) *system {
	w.t.Helper()
	item := map[string]any{"customerId": id,
		"ongoing": map[string]any{"baseUrl": "https://api.ongoingsystems.se/" + id + "/api/v1/", "goodsOwnerId": 7}}
	maps.Copy(item, more)
	w.put(w.db.Settings, item)
	if w.systems[id] == nil {
		w.systems[id] = &system{target: map[string]string{}, trouble: map[string]func(context.Context) error{}}
	}
	return w.systems[id]
}

func (w *world) put(table string, item map[string]any) {
	w.t.Helper()
	attributes, err := attributevalue.MarshalMap(item)
	must(w.t, err)
	_, err = w.db.Client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: attributes})
	must(w.t, err)
}

// mark puts the mark of a customer's last run, as an earlier invocation left it.
func (w *world) mark(customer string, attributes map[string]any) {
	w.t.Helper()
	item := map[string]any{"customerId": customer, "record": "lease#articles"}
	for name, v := range attributes {
		if at, ok := v.(time.Time); ok {
			v = at.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		item[name] = v
	}
	w.put(w.db.State, item)
}

func (w *world) openCustomer(_ context.Context, c settings.Customer, _ *state.Partition) (runner.Process[string], error) {
	w.mu.Lock()
	w.opened = append(w.opened, c.ID)
	open := w.open
	w.mu.Unlock()
	if open != nil {
		if err := open(c.ID); err != nil {
			return nil, err
		}
	}
	return w.systems[c.ID], nil
}

// run invokes the runner with an event, for a quarter of an hour less a minute.
func (w *world) run(event string) runner.Result {
	w.t.Helper()
	ctx, cancel := context.WithDeadline(context.Background(), w.clock().Add(14*time.Minute))
	defer cancel()
	return w.runContext(ctx, event)
}

func (w *world) runContext(ctx context.Context, event string) runner.Result {
	w.t.Helper()
	e, err := runner.ParseEvent([]byte(event), w.runner.Process, w.clock())
	must(w.t, err)
	res, err := w.runner.Run(ctx, e)
	must(w.t, err)
	return res
}

// tick is a run of the schedule, a quarter of an hour after the last one.
func (w *world) tick() runner.Result {
	w.t.Helper()
	w.forward(15 * time.Minute)
	return w.run(`{}`)
}

// row is a run for one customer.
func (w *world) row(customer, more string) runner.Row {
	w.t.Helper()
	res := w.run(fmt.Sprintf(`{"customers":[%q]%s}`, customer, more))
	if len(res.Customers) != 1 {
		w.t.Fatalf("got rows %+v", res.Customers)
	}
	return res.Customers[0]
}

// records returns a customer's records by name, or by prefix.
func (w *world) records(customer, prefix string) map[string]map[string]any {
	w.t.Helper()
	condition := "customerId = :c AND begins_with(#r, :p)"
	out, err := w.db.Client.Query(context.Background(), &dynamodb.QueryInput{
		TableName: &w.db.State, KeyConditionExpression: &condition, ConsistentRead: aws.Bool(true),
		ExpressionAttributeNames: map[string]string{"#r": "record"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":c": &types.AttributeValueMemberS{Value: customer}, ":p": &types.AttributeValueMemberS{Value: prefix}},
	})
	must(w.t, err)
	found := map[string]map[string]any{}
	for _, item := range out.Items {
		var record map[string]any
		must(w.t, attributevalue.UnmarshalMap(item, &record))
		found[record["record"].(string)] = record
	}
	return found
}

func (w *world) record(customer, name string) map[string]any { return w.records(customer, name)[name] }

// since is where a customer's cursor stands; zero where there is none.
func (w *world) since(customer string) time.Time {
	w.t.Helper()
	text, ok := w.record(customer, "cursor#articles")["since"].(string)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	must(w.t, err)
	return at
}

// failing are the keys of a customer's failure records.
func (w *world) failing(customer string) []string {
	w.t.Helper()
	var keys []string
	for name := range w.records(customer, "failure#articles#") {
		keys = append(keys, strings.TrimPrefix(name, "failure#articles#"))
	}
	slices.Sort(keys)
	return keys
}

// A source is a record in the system that is read.
type source struct {
	key, value string
	changed    time.Time
	refused    error // the plan refuses it
	quiet      bool
}

// A system is a customer's two systems: records that are read, and what has been written of them. It is a Process.
type system struct {
	mu      sync.Mutex
	sources []source
	target  map[string]string
	// trouble is met by an Apply of the key, before it writes.
	trouble map[string]func(context.Context) error
	// planning is called at the start of a Plan, adjust at its end; nil: nothing.
	planning func(context.Context) error
	adjust   func(*plan.Plan[string])
	asks     []runner.PlanRequest
	applied  []string
}

// add puts records into the source system, of the form key=value.
func (s *system) add(changed time.Time, records ...string) {
	for _, r := range records {
		key, value, _ := strings.Cut(r, "=")
		s.sources = append(slices.DeleteFunc(s.sources, func(old source) bool { return old.key == key }),
			source{key: key, value: cmp.Or(value, key), changed: changed})
	}
}

func (s *system) source(key string) *source {
	i := slices.IndexFunc(s.sources, func(r source) bool { return r.key == key })
	return &s.sources[i]
}

func (s *system) refuse(key string, err error) {
	s.trouble[key] = func(context.Context) error { return err }
}

func (s *system) Plan(ctx context.Context, ask runner.PlanRequest) (plan.Plan[string], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks = append(s.asks, ask)
	var p plan.Plan[string]
	if s.planning != nil {
		if err := s.planning(ctx); err != nil {
			return p, err
		}
	}
	for _, r := range s.sources {
		if !wanted(r, ask) {
			continue
		}
		p.Read++
		switch was, stands := s.target[r.key]; {
		case r.refused != nil:
			p.Refuse(r.key, r.value, r.refused)
		case stands && was == r.value && !ask.Full:
			p.Unchanged++
		default:
			p.Changes = append(p.Changes, plan.Change[string]{Key: r.key, Action: plan.Update, Fingerprint: r.value, Payload: r.value,
				LinkOnly: r.quiet, Fields: []plan.Field{{Field: "value", Old: was, New: r.value}}})
		}
	}
	if s.adjust != nil {
		s.adjust(&p)
	}
	return p, nil
}

func wanted(r source, ask runner.PlanRequest) bool {
	if ask.Keys != nil {
		return slices.Contains(ask.Keys, r.key)
	}
	return slices.Contains(ask.Retry, r.key) || !r.changed.Before(ask.Since)
}

func (s *system) Apply(ctx context.Context, c plan.Change[string]) error {
	s.mu.Lock()
	s.applied = append(s.applied, c.Key)
	trouble := s.trouble[c.Key]
	s.mu.Unlock()
	if trouble != nil {
		if err := trouble(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target[c.Key] = c.Payload
	return nil
}

// output collects log lines and metrics.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// lines returns the lines whose attribute has that value, all lines for an empty name.
func (o *output) lines(t testing.TB, name, value string) []map[string]any {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []map[string]any
	for line := range strings.Lines(o.b.String()) {
		var l map[string]any
		must(t, json.Unmarshal([]byte(line), &l))
		if name == "" || l[name] == value {
			found = append(found, l)
		}
	}
	return found
}

// metrics are those of the last invocation.
func (o *output) metrics(t testing.TB) map[string]any {
	t.Helper()
	lines := o.lines(t, naming.MetricDimension, string(naming.Articles))
	if len(lines) == 0 {
		t.Fatal("no metrics")
	}
	return lines[len(lines)-1]
}

func rejected(text string) error { return errclass.New(errclass.Rejected, "test", "%s", text) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// brake holds plans of more than one change.
func brake(_ settings.Customer, p plan.Plan[string]) error {
	if len(p.Changes) > 1 {
		return errclass.New(errclass.Held, "", "too much at once: %d changes", len(p.Changes))
	}
	return nil
}
