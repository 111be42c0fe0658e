package isolation_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/lambdaruntime"
)

var every = flag.Bool("every", false, "freeze at every write instead of a few")

// binaries is the folder of the functions' binaries. The first test that needs one builds them.
var binaries struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(binaries.folder)
	os.Exit(code)
}

func buildOnce(t testing.TB) string {
	t.Helper()
	binaries.once.Do(func() {
		//nolint:usetesting // the folder outlives the test that is the first to need it
		if binaries.folder, binaries.err = os.MkdirTemp("", "isolation-*"); binaries.err == nil {
			binaries.err = testenv.Build(context.Background(), binaries.folder)
		}
	})
	must(t, binaries.err)
	return binaries.folder
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A world is an environment and the variables of its functions.
type world struct {
	*testenv.Env
	t testing.TB
	// environment replaces variables of the functions.
	environment map[string]string
	// overlaps allows writes of several invocations to overlap.
	overlaps bool
}

// newWorld starts an environment. Calls that break a vendor's rules fail the test.
func newWorld(t testing.TB, o testenv.Options) *world {
	t.Helper()
	env, err := testenv.Start(o)
	must(t, err)
	w := &world{Env: env, t: t, environment: map[string]string{}}
	t.Cleanup(func() {
		for _, v := range append(env.Office24.Violations(), env.Ongoing.Violations()...) {
			if !w.overlaps || !strings.Contains(v, "writes in flight") {
				t.Errorf("a call broke the vendor's rules: %s", v)
			}
		}
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) customer(id string, settings map[string]any) *testenv.Merchant {
	w.t.Helper()
	c, err := w.AddMerchant(w.t.Context(), id, settings)
	must(w.t, err)
	return c
}

// function returns a new sandbox of a process.
func (w *world) function(p naming.Process) *testenv.Function {
	w.t.Helper()
	environment := w.Environment()
	maps.Copy(environment, w.environment)
	var variables []string
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		variables = append(variables, name+"="+environment[name])
	}
	f, err := lambdaruntime.New(lambdaruntime.Config{
		Name: string(p), Bootstrap: filepath.Join(buildOnce(w.t), string(p)), Environment: variables, Traced: true,
	})
	must(w.t, err)
	w.t.Cleanup(func() { must(w.t, f.Close()) })
	return &testenv.Function{Function: f, Timeout: testenv.Timeout}
}

// row runs a function for one customer and returns its row.
func (w *world) row(f *testenv.Function, customer string, more map[string]any) runner.Row {
	w.t.Helper()
	event := map[string]any{"customers": []string{customer}}
	maps.Copy(event, more)
	result, lines, err := f.Run(w.t.Context(), event)
	if err != nil || len(result.Customers) != 1 {
		w.t.Fatalf("%v, rows %+v\n%s", err, result.Customers, strings.Join(lines, "\n"))
	}
	return result.Customers[0]
}

// records returns a customer's records in the state table.
func (w *world) records(customer string) map[string]testenv.Record {
	w.t.Helper()
	records, err := w.State(w.t.Context(), customer)
	must(w.t, err)
	return records
}

// put writes a record to the state table.
func (w *world) put(record testenv.Record) {
	w.t.Helper()
	item, err := attributevalue.MarshalMap(record)
	must(w.t, err)
	table := dynamodbtest.StateTable
	_, err = w.DynamoDB.Client().PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
	must(w.t, err)
}

// setLastStart sets when articles last started for a customer.
func (w *world) setLastStart(customer, at string) {
	w.t.Helper()
	w.put(testenv.Record{naming.PartitionKey: customer, naming.SortKey: "lease#articles", "startedAt": at})
}

func dec(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the test's own value
	}
	return string(b)
}

// discardLog returns a log for servers whose callers hang up on purpose.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// peakMemory returns the peak memory use of a function's process, in MB.
func peakMemory(t testing.TB, f *testenv.Function) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.Process()))
	if err != nil {
		t.Skip("this system does not report the peak memory of a process")
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int
	if _, err := fmt.Sscanf(after, "%d kB", &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes >> 10
}
