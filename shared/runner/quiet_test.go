package runner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// quietWorld is a world whose customer acme is quiet: the last run found nothing to do, as the one before it.
func quietWorld(t *testing.T) (*world, *system) {
	t.Helper()
	w := newWorld(t, "acme")
	w.used["acme"] = state.Usage{Calls: 3, Bytes: 3000}
	for range 3 {
		if row := w.tickOne(); row.Outcome != runner.OK {
			t.Fatalf("got %+v", row)
		}
	}
	return w, w.systems["acme"]
}

// tickOne makes the invocation of the schedule in a world with one customer.
func (w *world) tickOne() runner.Row {
	w.t.Helper()
	return onlyRow(w.t, w.tick())
}

// consumed returns what f consumes in the state table.
func (w *world) consumed(f func()) dynamodbtest.Consumed {
	before := w.db.Server.Consumed(w.db.State)
	f()
	after := w.db.Server.Consumed(w.db.State)
	return dynamodbtest.Consumed{
		Reads: after.Reads - before.Reads, ReadUnits: after.ReadUnits - before.ReadUnits,
		Writes: after.Writes - before.Writes, WriteUnits: after.WriteUnits - before.WriteUnits,
	}
}

// The cursor moves once an hour, and the calls of a month are added up after each hundred; both are one more write.
func TestQuietTickReadsTwoRecordsAndWritesOne(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	records := len(w.records("acme", "run#"))
	cursor := w.cursorTime("acme")
	moves := 0
	for i := range 24 {
		want := dynamodbtest.Consumed{Reads: 2, ReadUnits: 2, Writes: 1, WriteUnits: 1}
		got := w.consumed(func() {
			if row := w.tickOne(); row.Outcome != runner.OK {
				t.Fatalf("got %+v", row)
			}
		})
		if now := w.cursorTime("acme"); !now.Equal(cursor) {
			moves, cursor = moves+1, now
			want.Writes, want.WriteUnits = 2, 2
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tick %d (-want +got):\n%s", i, diff)
		}
		if behind := w.clock().Sub(w.cursorTime("acme")); behind >= time.Hour {
			t.Errorf("tick %d: the cursor is %s behind", i, behind)
		}
		if since := s.lastRequest().Since; !since.Equal(cursor.Add(-runner.Overlap)) && moves == 0 {
			t.Errorf("tick %d reads from %v", i, since)
		}
	}
	if moves != 6 {
		t.Errorf("the cursor moved %d times in 6 hours", moves)
	}
	if n := len(w.records("acme", "run#")); n != records {
		t.Errorf("%d run records of quiet runs", n-records)
	}
	mark := w.record("acme", "lease#articles")
	for _, name := range []string{"startedAt", "succeededAt"} {
		if mark[name] != stateTime(w.clock()) {
			t.Errorf("%s is %v", name, mark[name])
		}
	}
	if mark["holder"] != nil {
		t.Errorf("a quiet run holds the lease: %v", mark)
	}
}

// A change that is stamped late, within the overlap, is found by the first tick after it is there, however long it was
// quiet before.
func TestQuietCustomerMissesNoChange(t *testing.T) {
	t.Parallel()
	for quiet := range 6 {
		w, s := quietWorld(t)
		for range quiet {
			w.tick()
		}
		s.add(w.clock().Add(time.Minute-runner.Overlap), "late")
		row := w.tickOne()
		if row.Written != 1 || s.target["late"] == "" {
			t.Errorf("after %d quiet ticks: got %+v", quiet, row)
		}
		if !w.cursorTime("acme").Equal(w.clock()) {
			t.Errorf("after %d quiet ticks: the cursor is %v", quiet, w.cursorTime("acme"))
		}
		record := w.record("acme", "run#articles#"+stateTime(w.clock()))
		if record["written"] != 1.0 {
			t.Errorf("the run record is %v", record)
		}
		if mark := w.record("acme", "lease#articles"); mark["holder"] != nil || mark["quiet"] != nil {
			t.Errorf("the mark is %v", mark)
		}
	}
}

func TestRunRecordIsWrittenIfThereIsSomethingToSay(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	recordOf := func(run func() runner.Row) any {
		t.Helper()
		w.forward(15 * time.Minute)
		run()
		return w.record("acme", "run#articles#"+stateTime(w.clock()))["outcome"]
	}
	tick := func() runner.Row { return w.runOne(`{}`) }
	down := func() runner.Row {
		s.onPlan = func(context.Context) error { return transient("down") }
		defer func() { s.onPlan = nil }()
		return tick()
	}
	named := func() runner.Row { return w.runFor("acme", "") }
	changed := func() runner.Row {
		w.putCustomer("acme", map[string]any{"name": "Acme AS"})
		return tick()
	}
	for _, step := range []struct {
		why  string
		run  func() runner.Row
		want any
	}{
		{"quiet", tick, nil},
		{"the vendor is down", down, "failed"},
		{"still down", down, "failed"},
		{"up again", tick, "ok"},
		{"quiet again", tick, nil},
		{"by hand", named, "ok"},
		{"quiet after that", tick, nil},
		{"changed settings", changed, "ok"},
		{"quiet with them", tick, nil},
	} {
		if got := recordOf(step.run); got != step.want {
			t.Errorf("%s: the run record says %v, want %v", step.why, got, step.want)
		}
	}
	if since := w.record("acme", "lease#articles")["succeededAt"]; since != stateTime(w.clock()) {
		t.Errorf("succeeded at %v", since)
	}
}

func TestFailedTickOfQuietCustomerIsNoSuccess(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	success := w.record("acme", "lease#articles")["succeededAt"]
	s.onPlan = func(context.Context) error { return transient("down") }
	w.tick()
	mark := w.record("acme", "lease#articles")
	if mark["succeededAt"] != success || mark["startedAt"] != stateTime(w.clock()) || mark["lastOutcome"] != "failed" {
		t.Errorf("the mark is %v", mark)
	}
	if age := w.output.metrics(t)["OldestSyncAgeSeconds"]; age != (15 * time.Minute).Seconds() {
		t.Errorf("age %v", age)
	}
}

// Nothing says whether a quiet run still reads, so a person's run overtakes it: it finds that out before it writes.
func TestRunByHandOvertakesQuietRunThatReads(t *testing.T) {
	t.Parallel()
	for _, changes := range []int{0, 1} {
		w, s := quietWorld(t)
		overtaken := false
		s.onPlan = func(context.Context) error {
			if overtaken {
				return nil
			}
			overtaken = true
			s.mu.Unlock() // the system is locked while it plans
			defer s.mu.Lock()
			if row := w.runFor("acme", `,"full":true`); row.Outcome != runner.OK {
				t.Errorf("by hand: %+v", row)
			}
			if changes > 0 {
				s.add(w.clock(), "1")
			}
			return nil
		}
		w.forward(15 * time.Minute)
		row := w.runOne(`{}`)
		want := map[int]runner.Outcome{0: runner.OK, 1: runner.Busy}[changes]
		if row.Outcome != want || len(s.applied) != 0 {
			t.Errorf("%d changes: got %+v, applied %v", changes, row, s.applied)
		}
		if row := w.tickOne(); row.Outcome != runner.OK || row.Written != changes {
			t.Errorf("%d changes, at the next tick: %+v", changes, row)
		}
	}
}

func TestSecondDeliveryForQuietCustomerMakesNoCall(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	w.forward(15 * time.Minute)
	plans := len(s.requests)
	var first runner.Result
	w.db.Server.Inject(dynamodbtest.Fault{
		Operation: "UpdateItem", Key: "acme/lease#", Before: func(dynamodbtest.Request) {
			w.db.Server.ClearFaults()
			first = w.run(`{}`) // both have read the same mark
		},
	})
	second := w.runOne(`{}`)
	if row := onlyRow(t, first); row.Outcome != runner.OK || second.Outcome != runner.Busy {
		t.Errorf("the deliveries end as %s and %s", row.Outcome, second.Outcome)
	}
	if len(s.requests) != plans+1 {
		t.Errorf("%d plans", len(s.requests)-plans)
	}
	if third := w.runOne(`{}`); third.Outcome != runner.NotDue {
		t.Errorf("after them: %+v", third)
	}
}

// A crash of a quiet run leaves the mark of a run that has ended, and the cursor where it was.
func TestCrashOfQuietRunLosesNothing(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	s.add(w.clock().Add(time.Minute), "1")
	w.forward(15 * time.Minute)
	marks, err := w.runner.State.Marks(t.Context(), naming.Articles, []string{"acme"})
	must(t, err)
	crashed := w.runner.State.Partition("acme")
	_, err = crashed.Start(t.Context(), marks["acme"], "crashed")
	must(t, err)
	must(t, crashed.Load(t.Context(), naming.Articles, "https://api.ongoingsystems.se/acme/api/v1/", 7))
	if row := w.runFor("acme", `,"dryRun":true`); row.Planned != 1 {
		t.Errorf("by hand, at once: %+v", row)
	}
	if row := w.tickOne(); row.Written != 1 || s.target["1"] == "" {
		t.Errorf("at the next tick: %+v", row)
	}
}

// With a longer interval a customer would wait for it after such a crash, so its runs take the lease.
func TestCustomerWithLongIntervalTakesTheLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.putCustomer("acme", map[string]any{"intervalMinutes": 60})
	for range 3 {
		w.forward(time.Hour)
		w.runOne(`{}`)
	}
	w.forward(time.Hour)
	if got := w.consumed(func() { w.runOne(`{}`) }); got.Writes != 3 { // lease, cursor, lease
		t.Errorf("got %+v", got)
	}
}

// What a run that had lost its lease says about its last write is not overlooked because the next run was quiet.
func TestQuietRunSeesFailureRecordThatCameLate(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	p := w.runner.State.Partition("acme")
	must(t, p.Load(t.Context(), naming.Articles, "https://api.ongoingsystems.se/acme/api/v1/", 7))
	s.add(w.clock().Add(-24*time.Hour), "1") // long before the cursor
	must(t, p.PutFailure(t.Context(), &state.Failure{
		Process: naming.Articles, Key: "1", Class: errclass.Conflict, Message: "compare", Attempts: 1,
	}))
	if row := w.tickOne(); row.Written != 1 || len(w.failedKeys("acme")) != 0 {
		t.Errorf("got %+v, failures of %v", row, w.failedKeys("acme"))
	}
}

func TestQuietCustomerWhoseBindingIsDeletedIsBoundAnew(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	first := w.record("acme", "binding")["boundAt"]
	w.remove("acme", "binding")
	w.companies["acme"] = 700002
	s.add(w.clock().Add(-48*time.Hour), "1")
	row := w.tickOne()
	binding := w.record("acme", "binding")
	if row.Written != 1 || binding["office24ClientId"] != 700002.0 || binding["boundAt"] == first {
		t.Errorf("got %+v, bound to %v", row, binding)
	}
}

// The binding is deleted after the run has read it, and before it writes.
func TestQuietRunStopsIfBindingIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	s.add(w.clock().Add(15*time.Minute), "1")
	s.onPlan = w.removing("acme", "binding")
	if row := w.tickOne(); row.Written != 0 || len(s.applied) != 0 || !strings.Contains(row.Reason, "binding") {
		t.Errorf("got %+v", row)
	}
	if w.record("acme", "binding") != nil {
		t.Error("the run has bound the customer to what it had read before")
	}
	s.onPlan = nil
	w.tick()
	if row := w.tickOne(); s.target["1"] == "" {
		t.Errorf("afterwards: %+v", row)
	}
}

func TestCustomersNotWorkedOnAreCountedInOneLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt")
	w.putCustomer("cask", map[string]any{"articles": map[string]any{"enabled": false}})
	w.putCustomer("dent", map[string]any{"enabled": false})
	w.putMark("acme", map[string]any{"startedAt": w.clock()})
	w.putMark("bolt", map[string]any{"startedAt": w.clock(), "notBefore": w.clock().Add(time.Hour)})
	w.run(`{}`)
	lines := w.output.lines(t, "msg", "customers not worked on")
	if len(lines) != 1 || lines[0]["off"] != 2.0 || lines[0]["notdue"] != 2.0 {
		t.Errorf("got %v", lines)
	}
	// A pause that a vendor has asked for is told.
	named := w.output.lines(t, "msg", "customer")
	if len(named) != 1 || named[0]["customer"] != "bolt" || !strings.Contains(named[0]["reason"].(string), "pause") {
		t.Errorf("got %v", named)
	}
}

func TestQuietCustomerHasShortLine(t *testing.T) {
	t.Parallel()
	w, _ := quietWorld(t)
	w.output.mu.Lock()
	w.output.b.Reset()
	w.output.mu.Unlock()
	w.tick()
	lines := w.output.lines(t, "msg", "customer")
	if len(lines) != 1 || lines[0]["outcome"] != "ok" || lines[0]["customer"] != "acme" || len(lines[0]) > 8 {
		t.Errorf("got %v", lines)
	}
}

// A full read that found nothing is long ago; the next one that finds nothing is a first one again.
func TestQuietRunForgetsAnEmptyRead(t *testing.T) {
	t.Parallel()
	w, s := quietWorld(t)
	s.adjustPlan = func(p *plan.Plan[string]) { p.Read = 3 }
	w.forward(2 * time.Hour)
	w.tickOne()
	empty := func() (row runner.Row, cursor time.Time) {
		s.adjustPlan = func(p *plan.Plan[string]) { p.Read = 0 }
		row = w.runFor("acme", `,"full":true`)
		s.adjustPlan = nil
		return row, w.cursorTime("acme")
	}
	before := w.cursorTime("acme")
	if _, cursor := empty(); !cursor.Equal(before) {
		t.Fatalf("the first empty read has moved the cursor from %s to %s", before, cursor)
	}
	for range 8 {
		w.tickOne()
	}
	before = w.cursorTime("acme")
	w.forward(10 * time.Hour)
	if _, cursor := empty(); !cursor.Equal(before) {
		t.Errorf("an empty read hours later has moved the cursor from %s to %s", before, cursor)
	}
}
