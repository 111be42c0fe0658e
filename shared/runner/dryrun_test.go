package runner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

func TestDryRunShowsTheChangesAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1=a", "2=b", "3=c", "4=d", "5=e")
	s.target["1"] = "a"
	s.target["2"] = "old"
	s.source("3").linkOnly = true
	s.source("4").refused = rejected("no number")
	s.failApply(rejected("a dry run does not apply"), "5")
	for _, event := range []string{`{"dryRun":true}`, `{"customers":["acme"],"dryRun":true}`} {
		row := w.runOne(event)
		changes := []runner.Change{
			{Key: "2", Action: plan.Update, Fields: []plan.Field{{Field: "value", Old: "old", New: "b"}}},
			{Key: "5", Action: plan.Update, Fields: []plan.Field{{Field: "value", New: "e"}}},
		}
		shown := cmpopts.IgnoreFields(runner.Change{}, "Fingerprint") // see TestPlan…
		if diff := cmp.Diff(changes, row.Changes, shown); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", event, diff)
		}
		want := runner.Row{
			Outcome: runner.Partial, DryRun: true, Read: 5, Planned: 2, Unchanged: 2, Failed: 1,
			Actions:  map[plan.Action]int{plan.Update: 2},
			Problems: []runner.Problem{{Key: "4", Class: "rejected", Message: "test: no number"}},
		}
		if diff := diffRow(want, row); diff != "" {
			t.Errorf("%s: row (-want +got):\n%s", event, diff)
		}
		if records := w.records("acme", ""); len(records) != 0 || len(s.applied) != 0 {
			t.Errorf("%s: applied %v, state %v", event, s.applied, records)
		}
	}
}

func TestDryRunTakesNoLeaseAndRespectsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.failApply(rejected("no"), "1")
	w.run(`{}`)
	s.add(w.clock(), "2=new")
	w.putMark("acme", map[string]any{
		"holder":    "other",
		"until":     w.clock().Add(time.Minute),
		"startedAt": w.clock(),
	})
	before := w.records("acme", "")
	row := w.runFor("acme", `,"dryRun":true`)
	if keys := changedKeys(row); keys != "2" || row.Outcome != runner.Partial || row.Failed != 1 {
		t.Errorf("changes of %s, %+v", keys, row)
	}
	if diff := cmp.Diff(before, w.records("acme", "")); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
	if keys := changedKeys(w.runFor("acme", `,"dryRun":true,"keys":["1"]`)); keys != "1" {
		t.Errorf("named during its pause: changes of %s", keys)
	}
}

// A preview shows what a run would do, so what has been corrected does not count as failed in it. A record that the
// vendor has refused as it is, and one in its pause, still do.
func TestDryRunDoesNotCountWhatIsCorrected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1=a", "2=b", "3=c")
	s.source("1").refused = rejected("no number")
	s.source("2").refused = rejected("no number")
	s.failApply(rejected("the vendor does not like it"), "3")
	w.run(`{}`)
	s.add(w.clock(), "1=new")
	s.source("1").refused, s.source("2").refused = nil, nil
	s.target["2"] = "b" // somebody has written it by hand
	w.forward(15 * time.Minute)
	row := w.runFor("acme", `,"dryRun":true,"keys":["1","2","3"]`)
	if len(row.Problems) != 1 || row.Problems[0].Key != "3" || row.Failed != 1 || row.Planned != 2 {
		t.Errorf("got %+v", row)
	}
	if row := w.runFor("acme", `,"dryRun":true,"keys":["1","2"]`); row.Outcome != runner.OK {
		t.Errorf("what is corrected: %+v", row)
	}
}

// changedKeys lists the keys of the changes that a row shows.
func changedKeys(row runner.Row) string {
	var keys []string
	for _, c := range row.Changes {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, ",")
}

func TestPreviewRunsOnScheduleAndLeavesOnlyARunRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.putCustomer("acme", map[string]any{"mode": "preview"})
	s.add(w.clock(), "1", "2")
	s.source("2").refused = rejected("no")
	row := w.runOne(`{}`)
	if row.Outcome != runner.Partial || changedKeys(row) != "1" || row.Written != 0 || !row.DryRun {
		t.Errorf("got %+v", row)
	}
	names := map[string]bool{}
	var run map[string]any
	for name, record := range w.records("acme", "") {
		if record["dryRun"] == true {
			name, run = "run", record
		}
		names[name] = true
	}
	if diff := cmp.Diff(map[string]bool{"lease#articles": true, "run": true}, names); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if changes, _ := run["changes"].([]any); len(changes) != 1 {
		t.Errorf("the run record does not show the change: %v", run)
	}
	if row := w.runOne(`{}`); row.Outcome != runner.NotDue {
		t.Errorf("at the same time again: %+v", row)
	}
	w.putCustomer("acme", nil) // live
	w.forward(15 * time.Minute)
	if row := w.runOne(`{}`); row.Written != 1 || row.Changes != nil || row.DryRun {
		t.Errorf("live: %+v", row)
	}
}
