package runner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// inParts makes the customer's plans come in parts of so many changes. The first part has everything else, too. Before
// each later part the function is called, which can be nil.
func (w *world) inParts(customer string, size int, before func(p *plan.Plan[string]) error) {
	var cut func(p *plan.Plan[string])
	cut = func(p *plan.Plan[string]) {
		if len(p.Changes) <= size {
			return
		}
		rest := slices.Clone(p.Changes[size:])
		p.Changes, p.Partial = p.Changes[:size], true
		p.Next = func(context.Context) (plan.Plan[string], error) {
			next := plan.Plan[string]{Changes: rest}
			if before != nil {
				if err := before(&next); err != nil {
					return next, err
				}
			}
			cut(&next)
			return next, nil
		}
	}
	w.systems[customer].adjustPlan = cut
}

func TestRunMakesAllPartsOfAPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4", "5", "6", "7")
	s.failApply(rejected("no"), "2")
	s.source("5").linkOnly = true
	notes := 0
	w.inParts("acme", 2, func(p *plan.Plan[string]) error {
		if !w.cursorTime("acme").IsZero() {
			t.Error("the cursor moved before the last part")
		}
		if notes++; notes == 1 {
			p.Unchanged, p.Skipped, p.Refused = 1, 2, []plan.Refusal{{Key: "8", Err: held("wait")}}
		}
		p.Notes = []string{"the same in each part", fmt.Sprint("part ", notes)}
		return nil
	})
	row := w.runOne(`{}`)
	want := runner.Row{
		Outcome: runner.Partial, Read: 7, Planned: 6, Written: 5, Unchanged: 2, Skipped: 2, Failed: 1, Held: 1,
		Notes: []string{"the same in each part", "part 1", "part 2", "part 3"},
	}
	if diff := diffRow(want, row); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if got := strings.Join(s.applied, ""); got != "1234567" || len(s.requests) != 1 {
		t.Errorf("applied %s of %d plans", got, len(s.requests))
	}
	if diff := cmp.Diff([]string{"2", "8"}, w.failedKeys("acme")); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	if !w.cursorTime("acme").Equal(w.clock()) || w.record("acme", "lease#articles")["unfinished"] != nil {
		t.Errorf("cursor %v, mark %v", w.cursorTime("acme"), w.record("acme", "lease#articles"))
	}
}

func TestDryRunShowsAllPartsOfAPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4", "5")
	w.inParts("acme", 2, nil)
	row := w.runFor("acme", `,"dryRun":true`)
	if keys := changedKeys(row); keys != "1,2,3,4,5" || row.Planned != 5 || row.Outcome != runner.OK {
		t.Errorf("changes of %s, %+v", keys, row)
	}
}

func TestKeyIsNotedUnlessAnyPartMentionsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.systems["acme"].add(w.clock(), "1", "2", "3", "4")
	w.systems["acme"].adjustPlan = nil
	w.inParts("acme", 2, nil)
	cut := w.systems["acme"].adjustPlan
	w.systems["acme"].adjustPlan = func(p *plan.Plan[string]) { p.LookedAt = []string{}; p.Notes = nil; cut(p) }
	row := w.runFor("acme", `,"keys":["1","4","9"]`)
	if diff := cmp.Diff([]string{"9 was not found in 24SevenOffice"}, row.Notes); diff != "" || row.Written != 2 {
		t.Errorf("%+v, notes (-want +got):\n%s", row, diff)
	}
}

// What follows the part that a run ends in is done by the next run, and nothing twice.
func TestRunThatEndsBetweenPartsIsContinued(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		onApply error         // of record 3
		lasts   time.Duration // the same
		next    error         // of the second part
		outcome runner.Outcome
		applied string
	}{
		"the time is over": {lasts: 14 * time.Minute, outcome: runner.Partial, applied: "123"},
		"the time is over at the end of a part": {
			lasts: 13*time.Minute + 31*time.Second, outcome: runner.Partial, applied: "123",
		},
		"the next part cannot be planned": {next: transient("502"), outcome: runner.Failed, applied: "12"},
		"a vendor asks for a pause": {
			onApply: errclass.New(errclass.Throttled, "", "wait"), outcome: runner.Failed, applied: "123",
		},
	}
	for name, test := range tests {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "1", "2", "3", "4", "5", "6")
		w.inParts("acme", 2, func(*plan.Plan[string]) error { return test.next })
		s.onApply["3"] = func(context.Context) error { w.forward(test.lasts); return test.onApply }
		row := w.runOne(`{}`)
		if got := strings.Join(s.applied, ""); got != test.applied || row.Outcome != test.outcome {
			t.Errorf("%s: applied %s, %+v", name, got, row)
		}
		if !w.cursorTime("acme").IsZero() || w.record("acme", "lease#articles")["unfinished"] != true {
			t.Errorf("%s: cursor %v, mark %v", name, w.cursorTime("acme"), w.record("acme", "lease#articles"))
		}
		s.onApply, test.next, s.applied = nil, nil, nil
		w.forward(15 * time.Minute)
		if row := w.runOne(`{}`); row.Outcome != runner.OK || len(s.target) != 6 || len(s.applied) > 4 {
			t.Errorf("%s: the next run: applied %v, %+v", name, s.applied, row)
		}
	}
}

// A process that reads by place keeps the place of each part that is settled.
func TestEachPartMovesThePlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	began := w.clock()
	s.add(began, "1", "2", "3", "4", "5")
	var places []any
	part := 0
	w.inParts("acme", 2, func(p *plan.Plan[string]) error {
		places = append(places, w.record("acme", "cursor#articles")["place"])
		if part++; part == 1 {
			p.Sweep = plan.Sweep{Full: true, Began: began, Place: "30"}
		}
		return nil
	})
	cut := s.adjustPlan
	s.adjustPlan = func(p *plan.Plan[string]) {
		p.Sweep = plan.Sweep{Full: true, Began: began, Place: "20"}
		cut(p)
	}
	if row := w.runOne(`{}`); row.Outcome != runner.OK || row.Written != 5 {
		t.Errorf("got %+v", row)
	}
	cursor := w.record("acme", "cursor#articles")
	if diff := cmp.Diff([]any{"20", "30"}, places); diff != "" || cursor["place"] != nil || cursor["since"] == nil {
		t.Errorf("in the end %v; places (-want +got):\n%s", cursor, diff)
	}
}

func TestPolicyIsAskedAboutEachPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.runner.Policy = func(_ settings.Customer, p plan.Plan[string], _ func(string) bool) []plan.Refusal {
		return []plan.Refusal{{Key: p.Changes[0].Key, Fingerprint: p.Changes[0].Fingerprint, Err: held("look at it")}}
	}
	w.systems["acme"].add(w.clock(), "1", "2", "3", "4")
	w.inParts("acme", 2, nil)
	if row := w.runOne(`{}`); row.Held != 2 || row.Written != 2 || row.Planned != 4 {
		t.Errorf("got %+v", row)
	}
	if diff := cmp.Diff([]string{"1", "3"}, w.failedKeys("acme")); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

// Many refused records take time to be written down: here each takes half a second of four minutes.
func TestRefusalsRespectTheTimeBudget(t *testing.T) {
	t.Parallel()
	const records = 600
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	for n := range records {
		s.sources = append(s.sources, source{
			key: fmt.Sprint(10_000 + n), value: "x", changed: w.clock(), refused: rejected("no number"),
		})
	}
	s.add(w.clock(), "1")
	var kept atomic.Int64
	w.db.Server.Inject(dynamodbtest.Fault{
		Operation: "PutItem", Key: "acme/failure#", Times: -1,
		Before: func(dynamodbtest.Request) { kept.Add(1); w.forward(time.Second / 2) },
	})
	ends := w.clock().Add(4 * time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), ends)
	defer cancel()
	row := onlyRow(t, w.runContext(ctx, `{}`))
	n := int(kept.Load())
	if n < records/2 || n >= records || !w.clock().Before(ends) || row.Outcome != runner.Partial || row.Failed != n {
		t.Errorf("%d kept at %v before the end, %+v", n, ends.Sub(w.clock()), row)
	}
	if !w.cursorTime("acme").IsZero() || w.record("acme", "lease#articles")["unfinished"] != true {
		t.Errorf("cursor %v, mark %v", w.cursorTime("acme"), w.record("acme", "lease#articles"))
	}
	row = w.runOne(`{}`)
	if s.target["1"] != "1" || row.Failed != records || w.cursorTime("acme").IsZero() {
		t.Errorf("the next run: %+v, written %v", row, s.target)
	}
	if n := int(kept.Load()); n != records {
		t.Errorf("%d failure records written for %d records", n, records)
	}
}
