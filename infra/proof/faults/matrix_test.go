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

var full = flag.Bool("full", false, "take the whole matrix, and print it")

// A sample is the part of the matrix that is taken without -full: a diagonal through calls and faults, which takes one in
// so many of all pairs, and each fault at the first call that it can befall.
type sample struct {
	calls int
	met   map[string]bool
}

const diagonal = 16

// takes tells whether the n-th fault is tried at a call. Both are tried: once and for good.
func (s *sample) takes(n int, tr trouble) bool {
	first := !s.met[tr.name]
	s.met[tr.name] = true
	return *full || first || (s.calls+n)%diagonal == 0
}

// A trial is one cell of the matrix: one fault at one call of one process, and what came of it.
type trial struct {
	step
	trouble
	// lasting: every call of the operation from this one on meets the fault, else only this one.
	lasting  bool
	customer *testenv.Merchant

	outcome  runner.Outcome
	reason   string
	class    errclass.Class // of the failure records
	failures int
	made     int // calls of the operation
	moved    bool
	after    int // runs until everything was as it should be
}

func (x *trial) String() string {
	return fmt.Sprintf("%s, call %d of %s, %s, %s", x.process, x.n, x.operation, x.name, x.form())
}

func (x *trial) form() string {
	if x.lasting {
		return "lasting"
	}
	return "once"
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	office24, ongoing := &sample{met: map[string]bool{}}, &sample{met: map[string]bool{}}
	matrix(t, folder, func(s scenario) []*trial { return s.trials(survey(t, folder, s), office24, ongoing) })
}

// matrix tries the trials of all processes, as many at a time as a testbed has customers for.
func matrix(t *testing.T, folder string, trials func(scenario) []*trial) {
	var all []*trial
	t.Run("process", func(t *testing.T) {
		for _, s := range scenarios() {
			own := trials(s)
			all = append(all, own...)
			for i, batch := range batches(own) {
				t.Run(fmt.Sprint(s.process, i), func(t *testing.T) {
					t.Parallel()
					try(t, folder, s, batch)
				})
			}
		}
	})
	t.Logf("%d cases", len(all))
	if *full {
		show(all)
	}
}

// survey runs a process undisturbed and tells its calls apart: a dry run makes those that plan.
func survey(t *testing.T, folder string, s scenario) []step {
	t.Helper()
	f := newFleet(t, folder, s, []string{"dry", "wet"})
	begin := f.mark()
	_, err := f.run(s.process, map[string]any{"customers": []string{"dry"}, "dryRun": true})
	f.must(err)
	dry := f.counts(begin)["dry"].calls
	begin = f.mark()
	f.prepare(s.process)
	wet := f.counts(begin)["wet"].calls
	if diff := cmp.Diff(slices.Sorted(slices.Values(s.operations)), slices.Sorted(maps.Keys(wet))); diff != "" {
		t.Errorf("%s: the calls of an undisturbed run (-stated +made):\n%s", s.process, diff)
	}
	var steps []step
	for _, operation := range s.operations {
		for n := range wet[operation] {
			steps = append(steps, step{process: s.process, operation: operation, n: n + 1, planned: dry[operation], calls: wet[operation]})
		}
	}
	if s.process == naming.Articles { // a login is the same for all of them
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

// trials are the cells of a process. Of calls that only read, the first that plans and the first that does not stand
// for all.
func (s scenario) trials(steps []step, office24, ongoing *sample) []*trial {
	var trials []*trial
	moved := map[string]bool{} // very much data, by the fault that did
	for _, st := range steps {
		if !st.write() && st.n != 1 && st.n != st.planned+1 {
			continue
		}
		part := office24
		if st.ofOngoing() {
			part = ongoing
		}
		part.calls++
		for n, tr := range troubles(st) {
			if tr.heavy && moved[tr.name] || !part.takes(n, tr) {
				continue
			}
			moved[tr.name] = true
			trials = append(trials, &trial{step: st, trouble: tr}, &trial{step: st, trouble: tr, lasting: true})
		}
	}
	return trials
}

// perBed is how many trials share a bed: with the one that is undisturbed, no more customers than are worked on at once.
const perBed = naming.DefaultConcurrency - 1

// batches divides trials between beds: those that use up the invocation's time among themselves.
func batches(trials []*trial) [][]*trial {
	var waiting, others []*trial
	for _, x := range trials {
		if x.endless {
			waiting = append(waiting, x)
		} else {
			others = append(others, x)
		}
	}
	return slices.Concat(slices.Collect(slices.Chunk(others, perBed)), slices.Collect(slices.Chunk(waiting, perBed)))
}

const undisturbed = "undisturbed"

// little is the time of an invocation that meets calls without an end. A tenth of it is kept for ending well.
func little(customers int) time.Duration {
	return 10*time.Second + time.Duration(customers)*time.Second/2
}

// try runs trials, a customer each, beside one that meets no trouble.
func try(t *testing.T, folder string, s scenario, trials []*trial) {
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
		f.functions[s.process].Timeout = little(len(f.customers))
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
				x.look(f, row, counts[x.customer.ID], cursors[x.customer.ID])
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

// set makes the trouble befall the trial's customer.
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
		f.bed.Office24.Fault(erp)
	default:
		wms.Op, wms.GoodsOwner, wms.Nth, wms.Times = x.operation, x.customer.GoodsOwner.ID, x.n, times
		f.bed.Ongoing.Fault(wms)
	}
	if x.login() {
		x.customer.Company.ExpireSessions()
	}
}

// cursor is where the cursor of the process stands.
func (f *fleet) cursor(customer string) string {
	return fmt.Sprint(f.records[customer]["cursor#"+string(f.scenario.process)])
}

// look writes down what came of the trial.
func (x *trial) look(f *fleet, row runner.Row, n *count, cursor string) {
	x.outcome, x.reason, x.made = row.Outcome, row.Reason, n.calls[x.operation]
	if x.table != nil {
		x.made = int(x.table.hits.Load())
	}
	x.moved = f.cursor(x.customer.ID) != cursor
	for _, record := range failures(f.records[x.customer.ID]) {
		x.failures++
		x.class = errclass.Class(fmt.Sprint(record["class"]))
	}
}

// problems holds what came of the trial against what the trouble means.
func (x *trial) problems(f *fleet) []string {
	var found []string
	wrong := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	want := x.want()
	if x.outcome != want.outcome {
		wrong("outcome %s, want %s", x.outcome, want.outcome)
	}
	if x.moved != want.moved {
		wrong("the cursor moved: %v, want %v", x.moved, want.moved)
	}
	if (x.failures > 0) != (want.class != "") || x.class != want.class {
		wrong("%d failure records of class %q, want %q", x.failures, x.class, want.class)
	}
	if x.resets && strings.HasPrefix(x.operation, "GET ") {
		// The connections that were kept from before are found out one by one, see ongoing.Transport.
		want.most += want.most * keptConnections
	}
	if x.made < want.least || x.made > want.most {
		wrong("%d calls of the operation, want %d to %d", x.made, want.least, want.most)
	}
	if want.named != "" && !strings.Contains(x.reason, want.named) {
		wrong("the reason does not name %q", want.named)
	}
	if unfit := unfit(x.reason); unfit != "" {
		wrong("the reason holds %q", unfit)
	}
	lease := f.records[x.customer.ID]["lease#"+string(x.process)]
	if _, waits := lease["notBefore"]; waits != want.waits {
		wrong("the customer waits for the end of a pause: %v, want %v", waits, want.waits)
	}
	return found
}

// unfit finds what is not for people in a reason: markup, stacks, lines, values of Go.
func unfit(reason string) string {
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

// An expectation is what has to come of a trial.
type expectation struct {
	outcome runner.Outcome
	class   errclass.Class // of the failure records; empty: there are none
	moved   bool           // the cursor
	// least and most are the calls of the operation.
	least, most int
	named       string // in the reason
	waits       bool   // for the end of a pause that the service asked for
}

// keptConnections is how many idle ones the functions keep for a host.
const keptConnections = 32

// want works out the expectation: what befalls the plan, or the whole customer, ends the run; what befalls a record is
// kept for it, and the others go on.
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
	case m.class == "" || !x.lasting && (m.took || m.calls > 1 && !x.endless): // goes well in the end
		e.outcome, e.moved, e.named = runner.OK, true, ""
		e.least, e.most = x.calls, x.calls+max(m.calls-1, 0)*(x.calls-before)
	case x.endless && x.planning():
	case x.endless: // nothing is held against a record for the time that was used up
		e.outcome, e.named = runner.Partial, "first in line"
	case m.class == errclass.Credentials || m.class == errclass.Settings:
		e.outcome = runner.Blocked
	case m.class == errclass.Throttled:
		e.waits = x.dates
	case x.planning():
	case x.saves != nil:
		x.wantOfSaves(&e)
	case x.lasting:
		x.wantOfRecords(&e, x.failures, x.failures*met)
	default:
		x.wantOfRecords(&e, 1, 1)
		e.most = x.calls
	}
	return e
}

// In a row, so many records that the other system does not answer for, or so many that it refuses, end a run.
const troubledInARow, refusedInARow = 3, 4

// wantOfRecords is what has to come of so many records that failed, at the cost of so many calls.
func (x *trial) wantOfRecords(e *expectation, failed, calls int) {
	e.class = x.means(x.step).class
	e.outcome, e.moved = runner.Partial, true
	e.least, e.most = x.n-1+calls, x.n-1+calls
	switch {
	case e.class == errclass.Rejected:
		e.moved = failed < refusedInARow
	case failed == troubledInARow:
		e.outcome, e.moved = runner.Failed, false
	}
}

// wantOfSaves goes through the saves of a run: a status that took effect is found when it is read back, anything else
// ends the order's turn.
func (x *trial) wantOfSaves(e *expectation) {
	failed, calls := map[office24.OrderID]bool{}, 0
	for i, s := range x.saves[x.n-1:] {
		here := x.step
		here.n += i
		if failed[s.order] {
			continue
		}
		calls++
		failed[s.order] = (i == 0 || x.lasting) && !x.means(here).took
	}
	maps.DeleteFunc(failed, func(_ office24.OrderID, f bool) bool { return !f })
	x.wantOfRecords(e, len(failed), calls)
	if len(failed) == 0 {
		e.outcome, e.class, e.moved, e.named = runner.OK, "", true, ""
	}
}

// heal ends all troubles.
func (f *fleet) heal() {
	f.bed.Office24.ClearFaults()
	f.bed.Ongoing.ClearFaults()
	f.bed.DynamoDB.ClearFaults()
	f.functions[f.scenario.process].Timeout = testenv.Timeout
}

// maxRuns is how many runs a customer has to get over a trouble that is gone.
const maxRuns = 2

// recover lets the runs follow that come after a trouble, until every customer is where the undisturbed one is. One more
// run must then find nothing to do.
func (f *fleet) recover(trials []*trial) {
	f.t.Helper()
	f.refresh()
	want := f.picture(f.customers[0])
	pending := slices.Clone(trials)
	for n := 1; n <= maxRuns && len(pending) > 0; n++ {
		f.later()
		_, err := f.run(f.scenario.process, map[string]any{})
		f.must(err)
		f.refresh()
		pending = slices.DeleteFunc(pending, func(x *trial) bool {
			x.after = n
			return f.difference(want, x.customer) == ""
		})
	}
	for _, x := range pending {
		f.t.Errorf("%s: after %d more runs (-undisturbed +this one):\n%s\t%s: %s", x, maxRuns, f.difference(want, x.customer), x.outcome, x.reason)
	}
	f.later()
	begin := f.mark()
	_, err := f.run(f.scenario.process, map[string]any{})
	f.must(err)
	for customer, n := range f.counts(begin) {
		if n.writes > 0 {
			f.t.Errorf("%s: %d writes of customer %s in a run that should find nothing to do", f.scenario.process, n.writes, customer)
		}
	}
}

// A picture is where a customer stands: both systems, and what is remembered. Ids that a system gives out depend on
// what was done before, and are left out.
type picture struct {
	Office24  office24test.Snapshot
	Articles  map[string]ongoingtest.ArticleState
	Orders    map[string]ongoingtest.OrderState
	Suppliers map[string]ongoingtest.Supplier
	// Doubles are articles and orders of one number.
	Doubles []string
	// Records are the state's records with the attributes that do not depend on the time.
	Records map[string]map[string]string
}

func (f *fleet) picture(c *testenv.Merchant) picture {
	p := picture{Office24: c.Company.Snapshot().Timeless(), Suppliers: c.GoodsOwner.Suppliers(),
		Articles: map[string]ongoingtest.ArticleState{}, Orders: map[string]ongoingtest.OrderState{}, Records: map[string]map[string]string{}}
	for _, a := range c.GoodsOwner.Articles() {
		if _, double := p.Articles[a.Number]; double {
			p.Doubles = append(p.Doubles, a.Number)
		}
		delete(a.Body, "goodsOwnerId")
		p.Articles[a.Number] = a
	}
	for _, o := range c.GoodsOwner.Orders() {
		if _, double := p.Orders[o.Number]; double {
			p.Doubles = append(p.Doubles, o.Number)
		}
		delete(o.Body, "goodsOwnerId")
		p.Orders[o.Number] = o
	}
	for name, record := range f.records[c.ID] {
		if strings.HasPrefix(name, "run#") || name == "session" {
			continue
		}
		p.Records[name] = map[string]string{}
		for attribute := range record {
			p.Records[name][attribute] = ""
		}
		for _, attribute := range []string{"fingerprint", "articleNumber", "orderNumber", "status", "waybills", "holder"} {
			if v, has := record[attribute]; has {
				p.Records[name][attribute] = fmt.Sprint(v)
			}
		}
	}
	return p
}

// difference is what is otherwise with a customer, the lines that differ only.
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
		if line[0] == '-' || line[0] == '+' { // all others only say where they stand
			lines.WriteString(line)
		}
	}
	return lines.String()
}
