package runner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// verifyingWorld is a world whose process compares everything once a day, as a function does, and whose customer acme
// has three records that were written.
func verifyingWorld(t *testing.T) (*world, *system) {
	t.Helper()
	w := newWorld(t, "acme")
	w.runner.VerifyEvery = runner.VerifyEvery
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.adjustPlan = func(p *plan.Plan[string]) { // only what differs is a change
		same := func(c plan.Change[string]) bool { return s.target[c.Key] == c.Payload }
		var changes []plan.Change[string]
		for _, c := range p.Changes {
			if same(c) {
				p.Unchanged++
			} else {
				changes = append(changes, c)
			}
		}
		p.Changes = changes
	}
	if row := w.tickOne(); row.Written != 3 {
		t.Fatalf("got %+v", row)
	}
	return w, s
}

// day makes the ticks of a day and returns the rows in which something was verified.
func (w *world) day() (verified []runner.Row) {
	w.t.Helper()
	for range 96 {
		if row := w.tickOne(); row.Verified > 0 {
			verified = append(verified, row)
		}
	}
	return verified
}

func TestEverythingIsComparedOnceADay(t *testing.T) {
	t.Parallel()
	w, s := verifyingWorld(t)
	for _, row := range w.day() {
		if row.Drift != 0 || row.Written != 0 {
			t.Errorf("nothing has changed: %+v", row)
		}
	}
	s.target["2"] = "changed by somebody"
	rows := w.day()
	if len(rows) != 1 {
		t.Fatalf("verified %d times", len(rows))
	}
	row := rows[0]
	if row.Verified != 3 || row.Drift != 1 || row.Written != 1 || row.Outcome != runner.OK || s.target["2"] != "2" {
		t.Errorf("got %+v, written %v", row, s.target)
	}
	if len(row.Notes) != 1 || !strings.HasSuffix(row.Notes[0], "no change was announced: 2") {
		t.Errorf("notes %q", row.Notes)
	}
	if at := w.record("acme", "cursor#articles")["verifiedAt"]; at == nil {
		t.Error("the cursor does not say when everything was compared")
	}
	drift := 0.0
	for _, line := range w.output.lines(t, "Process", "articles") {
		value, _ := line["UnexplainedDrift"].(float64)
		drift += value
	}
	if drift != 1 {
		t.Errorf("the metric has counted %v", drift)
	}
}

// What a failure record or new settings explain is no drift, and is written all the same.
func TestExplainedDifferenceIsNoDrift(t *testing.T) {
	t.Parallel()
	w, s := verifyingWorld(t)
	w.day()
	s.failApply(rejected("no"), "3")
	s.add(w.clock(), "3=new")
	w.tick()
	w.putCustomer("acme", map[string]any{"name": "Acme AS"})
	s.target["1"] = "as the former settings wanted it"
	rows := w.day()
	if len(rows) != 1 || rows[0].Drift != 0 || s.target["1"] != "1" {
		t.Errorf("got %+v, written %v", rows, s.target)
	}
	s.target["1"] = "changed by somebody"
	if rows = w.day(); len(rows) != 1 || rows[0].Drift != 1 {
		t.Errorf("under the same settings: %+v", rows)
	}
}

// The run has done its own work; the comparison is made again a few hours later.
func TestComparisonThatFailsDoesNotFailTheRun(t *testing.T) {
	t.Parallel()
	w, s := verifyingWorld(t)
	w.day()
	failed := 0
	s.onPlan = func(context.Context) error {
		if s.lastRequest().Verify && failed < 2 {
			failed++
			return transient("down")
		}
		return nil
	}
	var verified []time.Time
	var noted []string
	for range 130 {
		row := w.tickOne()
		if row.Outcome != runner.OK {
			t.Errorf("got %+v", row)
		}
		noted = append(noted, row.Notes...)
		if row.Verified > 0 {
			verified = append(verified, w.clock())
		}
	}
	if failed != 2 || len(verified) != 1 || len(noted) != 2 || !strings.Contains(noted[0], "tried again later") {
		t.Errorf("failed %d times, verified at %v, noted %q", failed, verified, noted)
	}
}

func TestComparisonOfEverythingIsLeftToScheduledLiveRuns(t *testing.T) {
	t.Parallel()
	w, s := verifyingWorld(t)
	s.target["2"] = "changed by somebody"
	w.putCustomer("acme", map[string]any{"mode": "preview"})
	if rows := w.day(); rows != nil {
		t.Errorf("a customer in preview: %+v", rows)
	}
	w.forward(48 * time.Hour)
	if row := w.runFor("acme", ""); row.Verified != 0 {
		t.Errorf("a run by hand: %+v", row)
	}
	if diff := cmp.Diff("changed by somebody", s.target["2"]); diff != "" {
		t.Error(diff)
	}
}
