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

// every asks for the long forms.
var every = flag.Bool("every", false, "freeze at every write instead of a few")

// binaries is the folder of the functions' binaries, which the first test that wants one builds.
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

func built(t testing.TB) string {
	t.Helper()
	binaries.once.Do(func() {
		if binaries.folder, binaries.err = os.MkdirTemp("", "guard-*"); binaries.err == nil {
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

// A world is a testbed with what its functions were given and said.
type world struct {
	*testenv.Env
	t testing.TB
	// environment replaces variables of the functions.
	environment map[string]string
	// overlaps tells that writes of several invocations may overlap.
	overlaps bool
}

// newWorld starts a testenv. Nothing may be sent to it that must never be sent.
func newWorld(t testing.TB, o testenv.Options) *world {
	t.Helper()
	bed, err := testenv.Start(o)
	must(t, err)
	w := &world{Env: bed, t: t, environment: map[string]string{}}
	t.Cleanup(func() {
		for _, v := range append(bed.Office24.Violations(), bed.Ongoing.Violations()...) {
			if !w.overlaps || !strings.Contains(v, "writes in flight") {
				t.Errorf("sent what must never be sent: %s", v)
			}
		}
		if err := bed.Close(); err != nil {
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

// function is a sandbox of a process.
func (w *world) function(p naming.Process) *testenv.Function {
	w.t.Helper()
	environment := w.Environment()
	maps.Copy(environment, w.environment)
	var variables []string
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		variables = append(variables, name+"="+environment[name])
	}
	f, err := lambdaruntime.New(lambdaruntime.Config{Name: string(p), Bootstrap: filepath.Join(built(w.t), string(p)),
		Environment: variables, Traced: true})
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

// records are a customer's records in the state table.
func (w *world) records(customer string) map[string]testenv.Record {
	w.t.Helper()
	records, err := w.State(w.t.Context(), customer)
	must(w.t, err)
	return records
}

// put writes a record of the state table.
func (w *world) put(record testenv.Record) {
	w.t.Helper()
	item, err := attributevalue.MarshalMap(record)
	must(w.t, err)
	table := dynamodbtest.StateTable
	_, err = w.DynamoDB.Client().PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
	must(w.t, err)
}

func dec(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of a test
	}
	return string(b)
}

// quiet is a log that keeps to itself, for servers whose callers hang up on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// peakMemory is the most memory that a function's process has had, in MB.
func peakMemory(t testing.TB, f *testenv.Function) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.Process()))
	if err != nil {
		t.Skip("this system does not tell how much memory a process has had")
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int
	if _, err := fmt.Sscanf(after, "%d kB", &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes >> 10
}
