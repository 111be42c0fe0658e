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
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/dynamoattr"
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

// A world is a Runner of the process articles with real settings and state. The two systems of each customer are in
// memory, and the clock stands still until it is moved.
type world struct {
	t       testing.TB
	db      *dynamodbtest.DB
	runner  *runner.Runner[string]
	output  *output
	mu      sync.Mutex
	now     time.Time
	systems map[string]*system
	// processes are those of customers whose process is not the system itself.
	processes map[string]runner.Process[string]
	// companies and secrets are what the login of a customer reaches and the fingerprint of its secret.
	companies map[string]int64
	secrets   map[string]string
	// used is what each run of a customer uses of 24SevenOffice; spent means that it is refused a call.
	used  map[string]state.Usage
	spent bool
	// opened are the customers for which the runner opened the process, in order.
	opened []string
	// onOpen, if not nil, is called when the runner opens the process for a customer.
	onOpen func(customer string) error
}

func newWorld(t testing.TB, customers ...string) *world {
	t.Helper()
	db := dynamodbtest.Embedded(t)
	w := &world{
		t:       t,
		db:      db,
		output:  &output{},
		now:     time.Now().UTC().Truncate(time.Second),
		systems: map[string]*system{},

		processes: map[string]runner.Process[string]{},
		companies: map[string]int64{},
		secrets:   map[string]string{},
		used:      map[string]state.Usage{},
	}
	log, err := observe.NewLogger(w.output, "DEBUG")
	must(t, err)
	hosts, err := allowedhosts.Parse("*.ongoingsystems.se")
	must(t, err)
	client := withoutPauses(db.Client)
	w.runner = &runner.Runner[string]{
		Process:     naming.Articles,
		Settings:    settings.NewReader(client, db.Settings, hosts),
		State:       state.New(client, db.State, w.clock),
		Open:        w.open,
		Concurrency: 1,
		Now:         w.clock,
		Log:         log,
		Meter:       observe.NewMeter(w.output, naming.Articles, w.clock),
	}
	for _, id := range customers {
		w.putCustomer(id, nil)
	}
	return w
}

// withoutPauses returns a client that makes its attempts without pauses and without a limit that tests share.
func withoutPauses(client *dynamodb.Client) *dynamodb.Client {
	o := client.Options()
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		o.RateLimiter = unlimited{}
	})
	return dynamodb.New(o)
}

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

// putCustomer adds a customer or replaces its settings: the required ones and more.
func (w *world) putCustomer(id string, more map[string]any) *system {
	w.t.Helper()
	ongoing := map[string]any{"baseUrl": "https://api.ongoingsystems.se/" + id + "/api/v1/", "goodsOwnerId": 7}
	item := map[string]any{"customerId": id, "ongoing": ongoing}
	maps.Copy(item, more)
	w.put(w.db.Settings, item)
	if w.systems[id] == nil {
		w.systems[id] = &system{target: map[string]string{}, onApply: map[string]func(context.Context) error{}}
	}
	return w.systems[id]
}

// removeCustomer deletes a customer's settings, as a person does.
func (w *world) removeCustomer(id string) {
	w.t.Helper()
	_, err := w.db.Client.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{
		TableName: &w.db.Settings, Key: map[string]types.AttributeValue{"customerId": dynamoattr.Text(id)},
	})
	must(w.t, err)
}

func (w *world) put(table string, item map[string]any) {
	w.t.Helper()
	attributes, err := attributevalue.MarshalMap(item)
	must(w.t, err)
	_, err = w.db.Client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: attributes})
	must(w.t, err)
}

// putMark stores the mark of a customer's last run as an earlier invocation left it.
func (w *world) putMark(customer string, attributes map[string]any) {
	w.t.Helper()
	item := map[string]any{"customerId": customer, "record": "lease#articles"}
	for name, v := range attributes {
		if at, ok := v.(time.Time); ok {
			v = stateTime(at)
		}
		item[name] = v
	}
	w.put(w.db.State, item)
}

// stateTime formats a time as the state table keeps it.
func stateTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func (w *world) open(
	_ context.Context, c settings.Customer, _ *state.Partition,
) (runner.Connection[string], error) {
	w.mu.Lock()
	w.opened = append(w.opened, c.ID)
	onOpen := w.onOpen
	w.mu.Unlock()
	if onOpen != nil {
		if err := onOpen(c.ID); err != nil {
			return runner.Connection[string]{}, err
		}
	}
	process := w.processes[c.ID]
	if process == nil {
		process = w.systems[c.ID]
	}
	return runner.Connection[string]{
		Process: process, CompanyID: cmp.Or(w.companies[c.ID], 700001), CompanyName: "Demo AS",
		SecretFingerprint: w.secrets[c.ID],
		Used:              func() (state.Usage, bool) { return w.used[c.ID], w.spent },
	}, nil
}

// run makes an invocation of 14 minutes with an event.
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

// tick makes the invocation of the schedule a quarter of an hour later.
func (w *world) tick() runner.Result {
	w.t.Helper()
	w.forward(15 * time.Minute)
	return w.run(`{}`)
}

// runFor makes an invocation for one customer; fields are more fields of the event, beginning with a comma.
func (w *world) runFor(customer, fields string) runner.Row {
	w.t.Helper()
	return onlyRow(w.t, w.run(fmt.Sprintf(`{"customers":[%q]%s}`, customer, fields)))
}

// runOne makes an invocation in a world with one customer.
func (w *world) runOne(event string) runner.Row {
	w.t.Helper()
	return onlyRow(w.t, w.run(event))
}

// orTick returns an event, or that of a tick if it is empty.
func orTick(event string) string { return cmp.Or(event, `{}`) }

func onlyRow(t testing.TB, res runner.Result) runner.Row {
	t.Helper()
	if len(res.Customers) != 1 {
		t.Fatalf("got rows %+v", res.Customers)
	}
	return res.Customers[0]
}

// records returns the records of a customer whose names begin with a prefix.
func (w *world) records(customer, prefix string) map[string]map[string]any {
	w.t.Helper()
	condition := "customerId = :c AND begins_with(#r, :p)"
	out, err := w.db.Client.Query(context.Background(), &dynamodb.QueryInput{
		TableName:                &w.db.State,
		KeyConditionExpression:   &condition,
		ConsistentRead:           aws.Bool(true),
		ExpressionAttributeNames: map[string]string{"#r": "record"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":c": &types.AttributeValueMemberS{Value: customer},
			":p": &types.AttributeValueMemberS{Value: prefix},
		},
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

// remove deletes a record, as a person does.
func (w *world) remove(customer, name string) {
	w.t.Helper()
	must(w.t, w.removing(customer, name)(context.Background()))
}

// removing returns a function that deletes a record.
func (w *world) removing(customer, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := w.db.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &w.db.State,
			Key: map[string]types.AttributeValue{
				"customerId": &types.AttributeValueMemberS{Value: customer},
				"record":     &types.AttributeValueMemberS{Value: name},
			},
		})
		return err
	}
}

// cursorTime is the time of a customer's cursor; zero without a cursor.
func (w *world) cursorTime(customer string) time.Time {
	w.t.Helper()
	text, ok := w.record(customer, "cursor#articles")["since"].(string)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	must(w.t, err)
	return at
}

// failedKeys are the keys of a customer's failure records.
func (w *world) failedKeys(customer string) []string {
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
	refused    error // if not nil, the plan refuses the record
	linkOnly   bool
}

// A system is a Process in memory: the records of the system that is read, and those of the system that is written.
type system struct {
	mu      sync.Mutex
	sources []source
	target  map[string]string
	// onApply is called by an Apply of the key before it writes.
	onApply map[string]func(context.Context) error
	// onPlan, if not nil, is called at the start of Plan, and adjustPlan at its end.
	onPlan     func(context.Context) error
	adjustPlan func(*plan.Plan[string])
	requests   []runner.PlanRequest
	applied    []string
}

// add puts records of the form key or key=value into the source system.
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

// failApply makes every Apply of these keys fail.
func (s *system) failApply(err error, keys ...string) {
	for _, key := range keys {
		s.onApply[key] = func(context.Context) error { return err }
	}
}

func (s *system) lastRequest() runner.PlanRequest { return s.requests[len(s.requests)-1] }

func (s *system) Plan(ctx context.Context, request runner.PlanRequest) (plan.Plan[string], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	var p plan.Plan[string]
	if s.onPlan != nil {
		if err := s.onPlan(ctx); err != nil {
			return p, err
		}
	}
	for _, r := range s.sources {
		if !requested(r, request) {
			continue
		}
		p.Read++
		switch old, exists := s.target[r.key]; {
		case r.refused != nil:
			p.Refuse(r.key, r.value, r.refused)
		case exists && old == r.value && !request.Full:
			p.Unchanged++
		default:
			p.Changes = append(p.Changes, plan.Change[string]{
				Key:         r.key,
				Action:      plan.Update,
				Fields:      []plan.Field{{Field: "value", Old: old, New: r.value}},
				Fingerprint: r.value,
				LinkOnly:    r.linkOnly,
				Payload:     r.value,
			})
		}
	}
	p.AddLookedAt(request.Keys, request.Retry, func(key string) bool {
		return slices.ContainsFunc(s.sources, func(r source) bool { return r.key == key })
	}, p.Read > 0, "record %s does not exist")
	if s.adjustPlan != nil {
		s.adjustPlan(&p)
	}
	return p, nil
}

func requested(r source, request runner.PlanRequest) bool {
	if request.Keys != nil {
		return slices.Contains(request.Keys, r.key)
	}
	return slices.Contains(request.Retry, r.key) || !r.changed.Before(request.Since)
}

func (s *system) Apply(ctx context.Context, c plan.Change[string]) error {
	s.mu.Lock()
	s.applied = append(s.applied, c.Key)
	onApply := s.onApply[c.Key]
	s.mu.Unlock()
	if onApply != nil {
		if err := onApply(ctx); err != nil {
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

// lines returns the lines whose attribute has a value, or all lines if the attribute's name is empty.
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

// metrics returns the metrics of the last invocation.
func (o *output) metrics(t testing.TB) map[string]any {
	t.Helper()
	lines := o.lines(t, naming.MetricDimension, string(naming.Articles))
	if len(lines) == 0 {
		t.Fatal("no metrics")
	}
	return lines[len(lines)-1]
}

// diffRow compares the outcome and the counts of a row.
func diffRow(want, got runner.Row) string {
	ignored := cmpopts.IgnoreFields(runner.Row{}, "CustomerID", "Reason", "Changes", "ChangesOmitted")
	return gocmp.Diff(want, got, cmpopts.IgnoreUnexported(runner.Row{}), ignored)
}

func rejected(text string) error { return errclass.New(errclass.Rejected, "test", "%s", text) }

func held(text string) error { return errclass.New(errclass.Held, "", "%s", text) }

func transient(text string) error { return errclass.New(errclass.Transient, "test", "%s", text) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holdLargePlans is a policy that holds plans of more than one change.
func holdLargePlans(_ settings.Customer, p plan.Plan[string], _ func(string) bool) (held []plan.Refusal) {
	for _, c := range p.Changes {
		if len(p.Changes) > 1 {
			err := errclass.New(errclass.Held, "", "too much at once: %d changes", len(p.Changes))
			held = append(held, plan.Refusal{Key: c.Key, Fingerprint: c.Fingerprint, Err: err})
		}
	}
	return held
}
