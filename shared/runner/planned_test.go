package runner_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// planOf returns the field plan for the changes that a row shows.
func planOf(t *testing.T, row runner.Row) string {
	t.Helper()
	fingerprints := map[string]string{}
	for _, c := range row.Changes {
		fingerprints[c.Key] = c.Fingerprint
	}
	text, err := json.Marshal(fingerprints)
	must(t, err)
	return `,"plan":` + string(text)
}

func TestPlanIsMadeAsItWasShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1=a", "2=b", "3=c", "4=d", "5=e", "6=f")
	planned := w.runFor("acme", `,"dryRun":true,"keys":["1","2","3","4"]`)

	// Between plan and run, 2 is edited, 3 is edited in the other system, and 4 is written by somebody.
	s.add(w.clock(), "2=edited")
	s.target["3"], s.target["4"] = "other", "d"
	before := w.cursorTime("acme")
	row := w.runFor("acme", planOf(t, planned))
	if diff := cmp.Diff([]string{"1"}, s.applied); diff != "" {
		t.Errorf("applied -want +got\n%s", diff)
	}
	// Of each record that was not written, the answer says why.
	const other = "it is not written because its change is not the one that was planned any more; make a new plan"
	want := runner.Row{
		Outcome: runner.Partial, Read: 4, Planned: 1, Written: 1, Unchanged: 1, Failed: 2,
		Explanations: []runner.Explanation{
			{Key: "2", Verdict: runner.VerdictFailed, Reason: other, Facts: []runner.Fact{}},
			{Key: "3", Verdict: runner.VerdictFailed, Reason: other, Facts: []runner.Fact{}},
			{
				Key: "4", Verdict: runner.VerdictSettled, Reason: "it is as it should be in both systems",
				Facts: []runner.Fact{},
			},
		},
	}
	if diff := diffRow(want, row); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !strings.Contains(row.Reason, "2, 3: it is not written because its change is not the one that was planned") {
		t.Errorf("reason %q", row.Reason)
	}
	if got := w.cursorTime("acme"); !got.Equal(before) {
		t.Errorf("the cursor moved from %v to %v", before, got)
	}

	// The schedule does what is right now.
	w.tick()
	if keys := w.failedKeys("acme"); keys != nil || s.target["2"] != "edited" || s.target["3"] != "c" {
		t.Errorf("after the next run: failures of %v, %v", keys, s.target)
	}
}

// A process that plans more than it was asked for makes only what was planned.
func TestRecordThatIsNotInThePlanIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	planned := w.runFor("acme", `,"dryRun":true,"keys":["1"]`)
	s.adjustPlan = func(p *plan.Plan[string]) {
		p.Changes = append(p.Changes, plan.Change[string]{Key: "2", Action: plan.Update, Payload: "2"})
	}
	if row := w.runFor("acme", planOf(t, planned)); row.Written != 1 || s.target["2"] != "" {
		t.Errorf("got %+v, %v", row, s.target)
	}
}

// What a run of a plan did not get to is not taken for settled. The run record leaves the explanations out.
func TestPlannedRecordThatWasNotReachedIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	fields := planOf(t, w.runFor("acme", `,"dryRun":true,"keys":["1","2","3"]`))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.onApply["2"] = cutOff(cancel)
	row := onlyRow(t, w.runContext(ctx, `{"customers":["acme"]`+fields+`}`))
	const later = "this run did not get to it; name it again"
	want := []runner.Explanation{
		{Key: "2", Verdict: runner.VerdictDue, Reason: later, Facts: []runner.Fact{}},
		{Key: "3", Verdict: runner.VerdictDue, Reason: later, Facts: []runner.Fact{}},
	}
	if diff := cmp.Diff(want, row.Explanations); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, record := range w.records("acme", "run#") {
		if record["explanations"] != nil {
			t.Errorf("the run record has %v", record["explanations"])
		}
	}
}

// What the fields hide is compared, too.
func TestPlanWithHiddenFieldThatChangedIsNotMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.adjustPlan = func(p *plan.Plan[string]) {
		for i := range p.Changes {
			p.Changes[i].Fields = []plan.Field{{Field: "name", Old: "[hidden]", New: "[hidden]"}}
		}
	}
	s.add(w.clock(), "1=Kari")
	planned := w.runFor("acme", `,"dryRun":true,"keys":["1"]`)
	s.add(w.clock(), "1=Ola")
	if row := w.runFor("acme", planOf(t, planned)); row.Written != 0 || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
}

func TestPlanIsCheckedByADryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	fields := planOf(t, w.runFor("acme", `,"dryRun":true,"keys":["1","2"]`))
	s.add(w.clock(), "2=edited")
	row := w.runFor("acme", fields+`,"dryRun":true`)
	if changedKeys(row) != "1" || row.Failed != 1 || len(w.records("acme", "")) != 0 {
		t.Errorf("got %+v, %v", row, w.records("acme", ""))
	}
}

func TestDryRunWithOtherSettingsShowsWhatTheyDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.putCustomer("acme", map[string]any{"articles": map[string]any{"categoryIds": []int{1}}})
	s.add(w.clock().Add(-time.Hour), "1")
	w.tick()
	s.target["1"] = "old"
	since := w.cursorTime("acme")
	before := w.records("acme", "")

	w.runFor("acme", `,"dryRun":true`)
	if got := s.lastRequest().Since; !got.Equal(since.Add(-runner.Overlap)) {
		t.Errorf("with its own settings it reads since %v", got)
	}
	// Another choice of records has not been read yet.
	row := w.runFor("acme", `,"dryRun":true,"settings":{"articles.categoryIds":[1,2]}`)
	if got := s.lastRequest().Since; !got.IsZero() || changedKeys(row) != "1" {
		t.Errorf("with other settings it reads since %v and changes %s", got, changedKeys(row))
	}
	row = w.runFor("acme", `,"dryRun":true,"settings":{"articles.enabled":false}`)
	if row.Outcome != runner.Off {
		t.Errorf("switched off: %+v", row)
	}
	row = w.runFor("acme", `,"dryRun":true,"settings":{"stock.quantity":"all"}`)
	if row.Outcome != runner.Blocked || !strings.Contains(row.Reason, "stock.quantity") {
		t.Errorf("wrong settings: %+v", row)
	}
	if diff := cmp.Diff(before, w.records("acme", "")); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
}

// The plan comes in parts, and time ends before the last one.
func TestPlannedRecordOfALaterPartIsNotCalledUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4")
	fields := planOf(t, w.runFor("acme", `,"dryRun":true,"keys":["1","2","3","4"]`))
	w.inParts("acme", 2, nil)
	cut := s.adjustPlan
	s.adjustPlan = func(p *plan.Plan[string]) { p.LookedAt = []string{"1", "2"}; cut(p) }
	s.onApply["2"] = func(context.Context) error { w.forward(14 * time.Minute); return nil }
	row := w.runFor("acme", fields)
	for _, e := range row.Explanations {
		if e.Key > "2" && !strings.Contains(e.Reason, "not reached in this run; name it again") {
			t.Errorf("%+v", e)
		}
	}
	if len(row.Explanations) < 2 {
		t.Errorf("got %+v", row.Explanations)
	}
}
