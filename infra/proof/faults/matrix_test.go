package faults_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

var full = flag.Bool("full", false, "try the whole matrix, and print it")

// A sample is the part of the matrix that is tried without -full: one in diagonal of all pairs of call and fault, and
// each fault at the first call that it can happen to.
type sample struct {
	calls int             // so far
	met   map[string]bool // faults so far, by name
}

const diagonal = 16

// takes reports whether the n-th fault is tried at the last call.
func (s *sample) takes(n int, tr trouble) bool {
	first := !s.met[tr.name]
	s.met[tr.name] = true
	return *full || first || (s.calls+n)%diagonal == 0
}

// A trial is one cell of the matrix: one fault at one call of one process, and its result.
type trial struct {
	step
	trouble
	// lasting is true if all later calls of the operation meet the fault too.
	lasting  bool
	customer *testenv.Merchant

	outcome     runner.Outcome
	reason      string
	class       errclass.Class // of the failure records
	failures    int
	callsMade   int // of the operation
	cursorMoved bool
	runsAfter   int // until the customer is where the undisturbed one is
}

func (x *trial) String() string {
	return fmt.Sprintf("%s, call %d of %s, %s, %s", x.process, x.n, x.operation, x.name, x.extent())
}

func (x *trial) extent() string {
	if x.lasting {
		return "lasting"
	}
	return "once"
}

func TestEveryCallRecoversFromEveryFault(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	office24, ongoing := &sample{met: map[string]bool{}}, &sample{met: map[string]bool{}}
	runMatrix(t, folder, func(s scenario) []*trial { return s.trials(survey(t, folder, s), office24, ongoing) })
}

// runMatrix runs the trials of all processes, as many in one environment as it has customers for.
func runMatrix(t *testing.T, folder string, trials func(scenario) []*trial) {
	var all []*trial
	t.Run("process", func(t *testing.T) {
		for _, s := range scenarios() {
			own := trials(s)
			all = append(all, own...)
			for i, batch := range batches(own) {
				t.Run(fmt.Sprint(s.process, i), func(t *testing.T) {
					t.Parallel()
					runTrials(t, folder, s, batch)
				})
			}
		}
	})
	t.Logf("%d cases", len(all))
	if *full {
		printMatrix(all)
	}
}

// survey lists the calls of an undisturbed run. A dry run tells which of them belong to the plan.
func survey(t *testing.T, folder string, s scenario) []step {
	t.Helper()
	f := newFleet(t, folder, s, []string{"dry", "wet"})
	begin := f.mark()
	_, err := f.run(s.process, map[string]any{"customers": []string{"dry"}, "dryRun": true})
	f.must(err)
	dry := f.counts(begin)["dry"].calls
	dry["GET /articles"]-- // a run for a named customer proves its credentials with one such call before it plans
	begin = f.mark()
	f.prepare(s.process)
	wet := f.counts(begin)["wet"].calls
	if diff := cmp.Diff(slices.Sorted(slices.Values(s.operations)), slices.Sorted(maps.Keys(wet))); diff != "" {
		t.Errorf("%s: calls of an undisturbed run (-stated +made):\n%s", s.process, diff)
	}
	var steps []step
	for _, operation := range s.operations {
		for n := range wet[operation] {
			steps = append(steps, step{
				process: s.process, operation: operation, n: n + 1, planned: dry[operation], calls: wet[operation],
			})
		}
	}
	if s.process == naming.Articles { // a login is the same for all processes
		for _, operation := range []string{"Login", "GetIdentity"} {
			steps = append(steps, step{process: s.process, operation: operation, n: 1, planned: 1, calls: 1})
		}
	}
	if n := wet["SaveInvoices"]; n != len(s.saves) {
		t.Errorf("%s: %d saves of orders, %d stated", s.process, n, len(s.saves))
	}
	for i := range steps {
		if steps[i].operation == "SaveInvoices" {
			steps[i].saves = s.saves
		}
	}
	return steps
}

// trials returns the cells of a process. Of the calls of an operation that only reads, it takes the first of the plan
// and the first after it.
func (s scenario) trials(steps []step, office24, ongoing *sample) []*trial {
	var trials []*trial
	heavyTried := map[string]bool{} // by name
	for _, st := range steps {
		if !st.isWrite() && st.n != 1 && st.n != st.planned+1 {
			continue
		}
		part := office24
		if st.callsOngoing() {
			part = ongoing
		}
		part.calls++
		for n, tr := range troubles(st) {
			if tr.heavy && heavyTried[tr.name] || !part.takes(n, tr) {
				continue
			}
			heavyTried[tr.name] = true
			once, lasting := &trial{step: st, trouble: tr}, &trial{step: st, trouble: tr, lasting: true}
			trials = append(trials, once, lasting)
		}
	}
	return trials
}

// trialsPerEnv leaves room for the undisturbed customer, so that a function works on all customers at the same time.
const trialsPerEnv = naming.DefaultConcurrency - 1

// batches divides trials among environments. Trials that use up the invocation's time do not share one with others.
func batches(trials []*trial) [][]*trial {
	var waiting, others []*trial
	for _, x := range trials {
		if x.endless {
			waiting = append(waiting, x)
		} else {
			others = append(others, x)
		}
	}
	chunks := func(all []*trial) [][]*trial { return slices.Collect(slices.Chunk(all, trialsPerEnv)) }
	return slices.Concat(chunks(others), chunks(waiting))
}

const undisturbed = "undisturbed"

// shortTimeout is the time limit of an invocation whose calls get no answer. A tenth of it is kept for a clean end.
func shortTimeout(customers int) time.Duration {
	return 10*time.Second + time.Duration(customers)*time.Second/2
}

// runTrials runs trials, each with a customer, and one customer that meets no trouble.
func runTrials(t *testing.T, folder string, s scenario, trials []*trial) {
	names := []string{undisturbed}
	for i := range trials {
		names = append(names, fmt.Sprintf("trial-%03d", i+1))
	}
	f := newFleet(t, folder, s, names)
	cursors := map[string]string{}
	f.refresh()
	for i, x := range trials {
		x.customer = f.customers[i+1]
		cursors[x.customer.ID] = f.cursor(x.customer.ID)
	}
	for _, x := range trials {
		x.set(f)
	}
	if trials[0].endless {
		f.functions[s.process].Timeout = shortTimeout(len(f.customers))
	}
	begin := f.mark()
	result, err := f.run(s.process, map[string]any{})
	f.must(err)
	f.heal()
	f.refresh()
	counts := f.counts(begin)
	for _, row := range result.Customers {
		for _, x := range trials {
			if x.customer.ID == row.CustomerID {
				x.record(f, row, counts[x.customer.ID], cursors[x.customer.ID])
			}
		}
	}
	for _, x := range trials {
		for _, problem := range x.problems(f) {
			t.Errorf("%s: %s\n\t%s: %s", x, problem, x.outcome, x.reason)
		}
	}
	f.recover(trials)
	for _, leak := range f.leaks() {
		t.Error(leak)
	}
}

// set sets the trouble for the trial's customer.
func (x *trial) set(f *fleet) {
	times := 1
	if x.lasting {
		times = -1
	}
	switch erp, wms := x.office24, x.ongoing; {
	case x.table != nil:
		x.setTable(f)
	case erp.Kind != "":
		erp.Op, erp.Tenant, erp.Nth, erp.Times = x.operation, x.customer.Company.ClientID(), x.n, times
		f.env.Office24.Fault(erp)
	default:
		wms.Op, wms.GoodsOwner, wms.Nth, wms.Times = x.operation, x.customer.GoodsOwner.ID, x.n, times
		f.env.Ongoing.Fault(wms)
	}
	if x.isLogin() {
		x.customer.Company.ExpireSessions()
	}
}

// cursor returns the cursor of the process.
func (f *fleet) cursor(customer string) string {
	return fmt.Sprint(f.records[customer]["cursor#"+string(f.scenario.process)])
}

// record keeps the result of the trial.
func (x *trial) record(f *fleet, row runner.Row, n *callCounts, cursor string) {
	x.outcome, x.reason, x.callsMade = row.Outcome, row.Reason, n.calls[x.operation]
	if x.table != nil {
		x.callsMade = int(x.table.hits.Load())
	}
	x.cursorMoved = f.cursor(x.customer.ID) != cursor
	for _, record := range failures(f.records[x.customer.ID]) {
		x.failures++
		x.class = errclass.Class(fmt.Sprint(record["class"]))
	}
}

// problems compares the result of the trial with what the trouble means.
func (x *trial) problems(f *fleet) []string {
	var found []string
	wrong := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	want := x.want()
	if x.outcome != want.outcome {
		wrong("outcome %s, want %s", x.outcome, want.outcome)
	}
	if x.cursorMoved != want.cursorMoves {
		wrong("the cursor moved: %v, want %v", x.cursorMoved, want.cursorMoves)
	}
	if (x.failures > 0) != (want.class != "") || x.class != want.class {
		wrong("%d failure records of class %q, want %q", x.failures, x.class, want.class)
	}
	if x.resets && strings.HasPrefix(x.operation, "GET ") {
		// net/http repeats the call on each connection that it has kept, see ongoing.Transport.
		want.most += want.most * keptConnections
	}
	if x.callsMade < want.least || x.callsMade > want.most {
		wrong("%d calls of the operation, want %d to %d", x.callsMade, want.least, want.most)
	}
	if want.named != "" && !strings.Contains(x.reason, want.named) {
		wrong("the reason does not name %q", want.named)
	}
	if text := findUnfit(x.reason); text != "" {
		wrong("the reason contains %q", text)
	}
	lease := f.records[x.customer.ID]["lease#"+string(x.process)]
	if _, waits := lease["notBefore"]; waits != want.waits {
		wrong("the customer waits until a pause is over: %v, want %v", waits, want.waits)
	}
	return found
}

// findUnfit finds what people should not see in a reason: markup, stacks, line breaks, values of Go, overlong text.
func findUnfit(reason string) string {
	for _, text := range []string{"<", "\n", "%!", "goroutine", "   at ", "0x", "map[", "nil"} {
		if strings.Contains(reason, text) {
			return text
		}
	}
	if len(reason) > 1200 {
		return reason[1200:]
	}
	return ""
}

// An expectation is the result that a trial must have.
type expectation struct {
	outcome     runner.Outcome
	class       errclass.Class // of the failure records; empty if there must be none
	cursorMoves bool
	// least and most limit the calls of the operation.
	least, most int
	named       string // text in the reason
	waits       bool   // until a pause that the service asked for is over
}

// keptConnections is how many idle connections to a host the functions keep.
const keptConnections = 32

// want returns the expectation. Trouble of the plan, or of the whole customer, ends the run; trouble of a record
// becomes its failure record, and the others go on.
func (x *trial) want() expectation {
	if x.table != nil {
		return x.wantOfTable()
	}
	m := x.means(x.step)
	met, before := m.calls, x.n-1
	if !x.lasting {
		met = 1
	}
	e := expectation{outcome: runner.Failed, named: x.operation, least: before + met, most: before + met}
	switch {
	case m.class == "" || !x.lasting && (m.tookEffect || m.calls > 1 && !x.endless): // the call succeeds in the end
		e.outcome, e.cursorMoves, e.named = runner.OK, true, ""
		e.least, e.most = x.calls, x.calls+max(m.calls-1, 0)*(x.calls-before)
	case x.endless && x.isPlanning():
	case x.endless: // a record is not at fault for the time that was used up
		e.outcome, e.named = runner.Partial, "first in line"
	case m.class == errclass.Credentials || m.class == errclass.Settings:
		e.outcome = runner.Blocked
	case m.class == errclass.Throttled:
		e.waits = x.statesPause
	case x.isPlanning():
	case x.saves != nil:
		x.wantOfSaves(&e)
	case x.lasting:
		x.wantOfRecords(&e, x.failures, x.failures*met)
		if slices.Contains([]string{"GetInvoices", "GetProducts", "GET /orders"}, x.operation) {
			e.least = before + met // one read can be for several records
		}
	default:
		x.wantOfRecords(&e, 1, 1)
		e.most = x.calls
	}
	return e
}

// So many records in a row that the other system does not answer, or refuses, end a run.
const troubledInARow, refusedInARow = 3, 4

// wantOfRecords sets the expectation for a number of failed records that cost a number of calls.
func (x *trial) wantOfRecords(e *expectation, failed, calls int) {
	e.class = x.means(x.step).class
	e.outcome, e.cursorMoves = runner.Partial, true
	e.least, e.most = x.n-1+calls, x.n-1+calls
	switch {
	case e.class == errclass.Rejected:
		e.cursorMoves = failed < refusedInARow
	case failed == troubledInARow:
		e.outcome, e.cursorMoves = runner.Failed, false
	}
}

// wantOfSaves goes through the saves of a run. A status that was set is found when the order is read back; any other
// failed save ends the work on the order.
func (x *trial) wantOfSaves(e *expectation) {
	failed, calls := map[office24.OrderID]bool{}, 0
	for i, s := range x.saves[x.n-1:] {
		here := x.step
		here.n += i
		if failed[s.order] {
			continue
		}
		calls++
		failed[s.order] = (i == 0 || x.lasting) && !x.means(here).tookEffect
	}
	maps.DeleteFunc(failed, func(_ office24.OrderID, f bool) bool { return !f })
	x.wantOfRecords(e, len(failed), calls)
	if len(failed) == 0 {
		e.outcome, e.class, e.cursorMoves, e.named = runner.OK, "", true, ""
	}
}

// heal removes all troubles.
func (f *fleet) heal() {
	f.env.Office24.ClearFaults()
	f.env.Ongoing.ClearFaults()
	f.env.DynamoDB.ClearFaults()
	f.functions[f.scenario.process].Timeout = testenv.Timeout
}

// maxRuns is how many runs a customer has to recover from a trouble that is gone.
const maxRuns = 2

// recover runs the process until every customer is where the undisturbed one is. One more run must then find nothing to
// do.
func (f *fleet) recover(trials []*trial) {
	f.t.Helper()
	f.refresh()
	want := f.picture(f.customers[0])
	pending := slices.Clone(trials)
	for n := 1; n <= maxRuns && len(pending) > 0; n++ {
		f.letDayPass()
		_, err := f.run(f.scenario.process, map[string]any{})
		f.must(err)
		f.refresh()
		pending = slices.DeleteFunc(pending, func(x *trial) bool {
			x.runsAfter = n
			return f.difference(want, x.customer) == ""
		})
	}
	for _, x := range pending {
		f.t.Errorf("%s: after %d more runs (-undisturbed +this one):\n%s\t%s: %s",
			x, maxRuns, f.difference(want, x.customer), x.outcome, x.reason)
	}
	f.letDayPass()
	begin := f.mark()
	_, err := f.run(f.scenario.process, map[string]any{})
	f.must(err)
	for customer, n := range f.counts(begin) {
		if n.writes > 0 {
			f.t.Errorf("%s: %d writes for customer %s in a run that should find nothing to do",
				f.scenario.process, n.writes, customer)
		}
	}
}

// A picture is what both systems and the state hold of a customer. Ids that a system assigns depend on the calls
// before, and are left out.
type picture struct {
	Office24  office24test.Snapshot
	Articles  map[string]ongoingtest.ArticleState
	Orders    map[string]ongoingtest.OrderState
	Suppliers map[string]ongoingtest.Supplier
	// Duplicates are the numbers that several articles or orders have.
	Duplicates []string
	// Records are the state's records with the values of those attributes that do not depend on the time.
	Records map[string]map[string]string
}

// comparedAttributes are the attributes whose values do not depend on the time.
var comparedAttributes = []string{"fingerprint", "articleNumber", "orderNumber", "status", "waybills", "holder"}

func (f *fleet) picture(c *testenv.Merchant) picture {
	p := picture{
		Office24:  c.Company.Snapshot().Timeless(),
		Suppliers: c.GoodsOwner.Suppliers(),
		Articles:  map[string]ongoingtest.ArticleState{},
		Orders:    map[string]ongoingtest.OrderState{},
		Records:   map[string]map[string]string{},
	}
	indexed := map[string]string{} // names without Ongoing's ids
	for _, a := range c.GoodsOwner.Articles() {
		if _, duplicate := p.Articles[a.Number]; duplicate {
			p.Duplicates = append(p.Duplicates, a.Number)
		}
		delete(a.Body, "goodsOwnerId")
		p.Articles[a.Number] = a
		indexed[fmt.Sprint("article-of#", a.ID)] = "article-of#" + a.Number
	}
	for _, o := range c.GoodsOwner.Orders() {
		if _, duplicate := p.Orders[o.Number]; duplicate {
			p.Duplicates = append(p.Duplicates, o.Number)
		}
		delete(o.Body, "goodsOwnerId")
		p.Orders[o.Number] = o
	}
	for name, record := range f.records[c.ID] {
		// What runs have used is not compared. The index of open orders can have a closed one after trouble.
		if kind, _, _ := strings.Cut(name, "#"); slices.Contains([]string{"run", "usage", "open", "session"}, kind) {
			continue
		}
		if of, ok := indexed[name]; ok { // each customer's articles have other ids
			name = of
		}
		p.Records[name] = map[string]string{}
		for attribute := range record {
			// A run after trouble has more to do than one that follows quiet ones.
			if attribute != "quiet" && attribute != "pending" && attribute != "month" {
				p.Records[name][attribute] = ""
			}
		}
		for _, attribute := range comparedAttributes {
			if v, has := record[attribute]; has {
				p.Records[name][attribute] = fmt.Sprint(v)
			}
		}
	}
	return p
}

// difference returns the lines in which a customer differs from a picture.
func (f *fleet) difference(want picture, c *testenv.Merchant) string {
	all := cmp.Diff(want, f.picture(c), cmp.Options{
		cmpopts.IgnoreFields(ongoingtest.ArticleState{}, "ID"),
		cmpopts.IgnoreFields(ongoingtest.OrderState{}, "ID"),
		cmpopts.IgnoreFields(ongoingtest.LineState{}, "ID"),
		cmpopts.IgnoreFields(ongoingtest.Parcel{}, "ID"),
		cmpopts.EquateEmpty(),
	})
	var lines strings.Builder
	for line := range strings.Lines(all) {
		if line[0] == '-' || line[0] == '+' {
			lines.WriteString(line)
		}
	}
	return lines.String()
}
