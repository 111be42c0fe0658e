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

var every = flag.Bool("every", false, "kill at every write of a round of all processes, and at more pairs of writes")

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

// processes returns all processes in the order of their ticks.
func processes() []naming.Process {
	var all []naming.Process
	for _, entry := range naming.Entries() {
		all = append(all, entry.Process)
	}
	return all
}

// A world is one customer with its own systems, whose functions can be killed at any of their writes.
type world struct {
	*testenv.Env
	*testenv.Merchant
	t         testing.TB
	killer    *killer
	functions map[naming.Process]*testenv.Function
}

func newWorld(t testing.TB, settings map[string]any) *world {
	t.Helper()
	k := &killer{}
	env, err := testenv.Start(testenv.Options{Ongoing: ongoingtest.Options{
		Before: func(e ongoingtest.Entry) { k.before(e.Operation + " " + e.Key) },
		After:  func(e ongoingtest.Entry) { k.after(e.Operation + " " + e.Key) },
	}})
	must(t, err)
	w := &world{Env: env, t: t, killer: k, functions: map[naming.Process]*testenv.Function{}}
	t.Cleanup(func() {
		for _, v := range append(env.Office24.Violations(), env.Ongoing.Violations()...) {
			t.Errorf("a call broke the vendor's rules: %s", v)
		}
		if err := env.Close(); err != nil {
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
	env.Office24.Before(write(k.before))
	env.Office24.After(write(k.after))
	name := func(r dynamodbtest.Request) string {
		_, record, _ := strings.Cut(r.Key, "/")
		return r.Operation + " " + record
	}
	env.DynamoDB.Inject(dynamodbtest.Fault{
		Table: dynamodbtest.StateTable, Writes: true, Times: -1,
		Before: func(r dynamodbtest.Request) { k.before(name(r)) },
		After:  func(r dynamodbtest.Request) { k.after(name(r)) },
	})
	w.Merchant, err = env.AddMerchant(t.Context(), "acme", settings)
	must(t, err)
	for _, p := range processes() {
		w.functions[p], err = env.Function(binaries, p)
		must(t, err)
	}
	return w
}

// run runs processes one after the other. If one is killed, the next ones still run, as on the schedule; afterwards the
// leases of the dead runs expire.
func (w *world) run(processes ...naming.Process) {
	w.t.Helper()
	killed := false
	for _, p := range processes {
		f, alive := w.functions[p], !w.killer.hasKilled()
		w.killer.aim(f.Kill)
		result, lines, err := f.Run(w.t.Context(), map[string]any{"customers": []string{w.ID}})
		if alive && w.killer.hasKilled() {
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

// settle runs processes until none of them writes anything.
func (w *world) settle(processes ...naming.Process) {
	w.t.Helper()
	const maxRounds = 6
	for range maxRounds {
		before := w.written()
		w.run(processes...)
		if w.written() == before {
			return
		}
	}
	w.t.Fatalf("the processes still write after %d rounds", maxRounds)
}

// written counts the writes to both vendors and to the links and failure records.
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
		case "lease", "cursor", "run", "session", "usage": // runs write these whatever they do
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
