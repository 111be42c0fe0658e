package runner_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// TestDryRun: it says what would be done and leaves no trace: not in the systems, not in the state.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1=a", "2=b", "3=c", "4=d", "5=e")
	s.target["1"] = "a"
	s.target["2"] = "old"
	s.source("3").quiet = true
	s.source("4").refused = rejected("no number")
	s.refuse("5", rejected("it is not even asked"))
	for _, event := range []string{`{"dryRun":true}`, `{"customers":["acme"],"dryRun":true}`} {
		res := w.run(event)
		row := res.Customers[0]
		want := []runner.Change{
			{Key: "2", Action: plan.Update, Fields: []plan.Field{{Field: "value", Old: "old", New: "b"}}},
			{Key: "5", Action: plan.Update, Fields: []plan.Field{{Field: "value", New: "e"}}},
		}
		if diff := cmp.Diff(want, row.Changes); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", event, diff)
		}
		if row.Outcome != runner.Partial || row.Read != 5 || row.Planned != 2 || row.Written != 0 || row.Unchanged != 2 || row.Failed != 1 {
			t.Errorf("%s: %+v", event, row)
		}
		if records := w.records("acme", ""); len(records) != 0 || len(s.applied) != 0 {
			t.Errorf("%s: applied %v, state %v", event, s.applied, records)
		}
	}
}

// TestDryRunAmongOthers: a dry run takes no lease, and minds nobody's.
func TestDryRunAmongOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.refuse("1", rejected("no"))
	w.run(`{}`)
	s.add(w.clock(), "2=new")
	w.mark("acme", map[string]any{"holder": "other", "until": w.clock().Add(time.Minute), "startedAt": w.clock()})
	before := w.records("acme", "")
	row := w.row("acme", `,"dryRun":true`)
	if row.Outcome != runner.Partial || len(row.Changes) != 1 || row.Changes[0].Key != "2" || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
	if diff := cmp.Diff(before, w.records("acme", "")); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
	if row := w.row("acme", `,"dryRun":true,"keys":["1"]`); len(row.Changes) != 1 || row.Changes[0].Key != "1" {
		t.Errorf("by key, in its pause: %+v", row)
	}
}

// TestPreview: a customer in preview runs on schedule, and every run is a dry run that leaves a run record.
func TestPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.customer("acme", map[string]any{"mode": "preview"})
	s.add(w.clock(), "1", "2")
	s.source("2").refused = rejected("no")
	row := w.run(`{}`).Customers[0]
	if row.Outcome != runner.Partial || len(row.Changes) != 1 || row.Written != 0 {
		t.Errorf("got %+v", row)
	}
	names := map[string]bool{}
	var run map[string]any
	for name, record := range w.records("acme", "") {
		if record["preview"] == true {
			name, run = "run", record
		}
		names[name] = true
	}
	if diff := cmp.Diff(map[string]bool{"lease#articles": true, "run": true}, names); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if changes, _ := run["changes"].([]any); len(changes) != 1 {
		t.Errorf("the run record shows no changes: %v", maps.Clone(run))
	}
	if row := w.run(`{}`).Customers[0]; row.Outcome != runner.NotDue {
		t.Errorf("at once again: %+v", row)
	}
	w.customer("acme", nil) // live
	w.forward(15 * time.Minute)
	if row := w.run(`{}`).Customers[0]; row.Written != 1 || row.Changes != nil {
		t.Errorf("live: %+v", row)
	}
}
