package crash_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// every asks for the long forms.
var every = flag.Bool("every", false, "kill at every write of the whole day, and more often twice in a row")

// binaries is the folder of the functions' binaries.
var binaries string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "crash-*")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		err = testenv.Build(context.Background(), folder, processes()...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binaries = folder
	return m.Run()
}

// processes are those of the catalogue, in the order of their ticks.
func processes() []naming.Process {
	var all []naming.Process
	for _, entry := range naming.Entries() {
		all = append(all, entry.Process)
	}
	return all
}

// A world is a customer on a testbed of its own, whose functions can be killed at any of their writes.
type world struct {
	*testenv.Env
	*testenv.Merchant
	t         testing.TB
	reaper    *reaper
	functions map[naming.Process]*testenv.Function
}

func newWorld(t testing.TB, settings map[string]any) *world {
	t.Helper()
	r := &reaper{}
	bed, err := testenv.Start(testenv.Options{Ongoing: ongoingtest.Options{
		Before: func(e ongoingtest.Entry) { r.before(e.Operation + " " + e.Key) },
		After:  func(e ongoingtest.Entry) { r.behind(e.Operation + " " + e.Key) },
	}})
	must(t, err)
	w := &world{Env: bed, t: t, reaper: r, functions: map[naming.Process]*testenv.Function{}}
	t.Cleanup(func() {
		for _, v := range append(bed.Office24.Violations(), bed.Ongoing.Violations()...) {
			t.Errorf("sent what must never be sent: %s", v)
		}
		if err := bed.Close(); err != nil {
			t.Error(err)
		}
	})
	write := func(hook func(string)) func(office24test.Call) {
		return func(c office24test.Call) {
			if c.Write {
				hook(c.Operation + " " + c.Key)
			}
		}
	}
	bed.Office24.Before(write(r.before))
	bed.Office24.After(write(r.behind))
	name := func(r dynamodbtest.Request) string {
		_, record, _ := strings.Cut(r.Key, "/")
		return r.Operation + " " + record
	}
	bed.DynamoDB.Inject(dynamodbtest.Fault{Table: dynamodbtest.StateTable, Writes: true, Times: -1,
		Before: func(q dynamodbtest.Request) { r.before(name(q)) }, After: func(q dynamodbtest.Request) { r.behind(name(q)) }})
	w.Merchant, err = bed.AddMerchant(t.Context(), "acme", settings)
	must(t, err)
	for _, p := range processes() {
		w.functions[p], err = bed.Function(binaries, p)
		must(t, err)
	}
	return w
}

// run runs processes one after the other. Where one is killed, the next ones run all the same, as the schedule has it;
// afterwards the leases of the dead run out.
func (w *world) run(processes ...naming.Process) {
	w.t.Helper()
	killed := false
	for _, p := range processes {
		f, alive := w.functions[p], !w.reaper.dead()
		w.reaper.hand(f.Kill)
		result, lines, err := f.Run(w.t.Context(), map[string]any{"customers": []string{w.ID}})
		if alive && w.reaper.dead() {
			killed = true
			continue
		}
		if err != nil {
			w.t.Fatalf("%s: %v\n%s", p, err, strings.Join(lines, "\n"))
		}
		if row := result.Customers[0]; row.Outcome != runner.OK && row.Outcome != runner.Partial {
			w.t.Fatalf("%s: %s: %s\n%s", p, row.Outcome, row.Reason, strings.Join(lines, "\n"))
		}
	}
	if killed {
		must(w.t, w.EndLeases(w.t.Context(), w.ID))
	}
}

// settle runs processes until none of them finds anything to do.
func (w *world) settle(processes ...naming.Process) {
	w.t.Helper()
	const patience = 6
	for range patience {
		before := w.written()
		w.run(processes...)
		if w.written() == before {
			return
		}
	}
	w.t.Fatalf("after %d runs there is still something to write", patience)
}

// written counts the writes to both vendors and to what is remembered of records.
func (w *world) written() int {
	n := len(w.Office24.Writes())
	for _, e := range w.Ongoing.Journal() {
		if e.Write {
			n++
		}
	}
	for _, write := range w.DynamoDB.Writes() {
		_, record, _ := strings.Cut(write.Key, "/")
		kind, _, _ := strings.Cut(record, "#")
		switch kind {
		case "lease", "cursor", "run", "session": // the marks that every run leaves
		default:
			n++
		}
	}
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
