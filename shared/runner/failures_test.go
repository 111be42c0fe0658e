package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
)

func TestRejectedRecordIsRetriedUntilItIsCorrected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "7=seven", "8=eight")
	s.failApply(rejected("no such group"), "7")
	row := w.runOne(`{}`)
	want := runner.Row{Outcome: runner.Partial, Read: 2, Planned: 2, Written: 1, Failed: 1}
	if diff := diffRow(want, row); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	if row.Reason != "7: test: no such group" {
		t.Errorf("reason %q", row.Reason)
	}
	f := w.record("acme", "failure#articles#7")
	if f["class"] != "rejected" || f["attempts"] != 1.0 || f["fingerprint"] != "seven" ||
		f["message"] != "test: no such group" {
		t.Errorf("failure %v", f)
	}
	if w.cursorTime("acme").IsZero() {
		t.Error("the cursor waits for a record that is kept as a failure")
	}
	steps := []struct {
		name    string
		later   time.Duration
		change  func() // after that time; nil: nothing
		event   string // default: a tick
		applied string // keys in their order
		failed  int
	}{
		{
			name:   "during its pause it is read again but not tried",
			later:  14 * time.Minute,
			failed: 1,
		},
		{
			name:    "after its pause it goes first, although the cursor has passed it",
			later:   time.Hour,
			change:  func() { s.add(w.clock(), "9") },
			applied: "7,9",
			failed:  1,
		},
		{
			name:   "the next pause is longer",
			later:  29 * time.Minute,
			failed: 1,
		},
		{
			name:   "a run that a person starts respects the pause",
			event:  `{"customers":["acme"]}`,
			failed: 1,
		},
		{
			name:    "a record that a person names is tried at once and alone",
			change:  func() { s.add(w.clock(), "9=new") },
			event:   `{"customers":["acme"],"keys":["7"]}`,
			applied: "7",
			failed:  1,
		},
		{
			name:    "a changed record is tried at once",
			change:  func() { s.add(w.clock(), "7=other"); w.forward(14 * time.Minute) },
			applied: "9,7",
			failed:  1,
		},
		{
			name:    "the other system is corrected",
			later:   16 * time.Minute,
			change:  func() { s.onApply = nil },
			applied: "7",
		},
		{
			name:  "nothing is left of the failure",
			later: time.Hour,
		},
	}
	for _, step := range steps {
		w.forward(step.later)
		if step.change != nil {
			step.change()
		}
		s.applied = nil
		row := w.runOne(orTick(step.event))
		if got := strings.Join(s.applied, ","); got != step.applied {
			t.Errorf("%s: applied %q, want %q", step.name, got, step.applied)
		}
		if row.Failed != step.failed || len(w.failedKeys("acme")) != step.failed {
			t.Errorf("%s: row %+v, failed %v", step.name, row, w.failedKeys("acme"))
		}
	}
}

func TestRecordHeldByThePlanIsKeptAsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "7=a")
	s.source("7").refused = held("method 9 is not listed")
	row := w.runOne(`{}`)
	if diff := diffRow(runner.Row{Outcome: runner.Partial, Read: 1, Held: 1}, row); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	if row.Reason != "7: method 9 is not listed" {
		t.Errorf("reason %q", row.Reason)
	}
	attempts := func() any { return w.record("acme", "failure#articles#7")["attempts"] }
	w.forward(14 * time.Minute)
	w.run(`{}`)
	if attempts() != 1.0 {
		t.Errorf("during its pause: %v attempts", attempts())
	}
	w.forward(15 * time.Minute)
	w.run(`{}`)
	if attempts() != 2.0 {
		t.Errorf("after its pause: %v attempts", attempts())
	}
	w.runFor("acme", `,"keys":["7"]`)
	if attempts() != 3.0 {
		t.Errorf("named during its pause: %v attempts", attempts())
	}
	s.add(w.clock(), "7=b")
	s.source("7").refused = held("method 8 is not listed")
	w.runFor("acme", "")
	if f := w.record("acme", "failure#articles#7"); f["attempts"] != 1.0 || f["fingerprint"] != "b" {
		t.Errorf("changed: %v", f)
	}
	s.source("7").refused = nil
	w.forward(15 * time.Minute)
	if row := w.runOne(`{}`); row.Outcome != runner.OK || len(w.failedKeys("acme")) != 0 {
		t.Errorf("corrected: %+v, failed %v", row, w.failedKeys("acme"))
	}
}

func TestUnmentionedRecordIsSettledUnlessNothingWasRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		event  string   // default: a tick
		others []string // records that are still there
		failed []string
	}{
		"it was deleted, and others were read": {
			others: []string{"8"},
		},
		"nothing was read: the other system can have an outage": {
			failed: []string{"7"},
		},
		"nothing was read, but a person named just this record": {
			event: `{"customers":["acme"],"keys":["7"]}`,
		},
		"a person named another record": {
			event:  `{"customers":["acme"],"keys":["8"]}`,
			others: []string{"8"},
			failed: []string{"7"},
		},
	}
	for name, test := range tests {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "7")
		s.failApply(rejected("no"), "7")
		w.run(`{}`)
		w.forward(15 * time.Minute)
		s.sources = nil
		s.add(w.clock(), test.others...)
		w.run(orTick(test.event))
		if diff := cmp.Diff(test.failed, w.failedKeys("acme")); diff != "" {
			t.Errorf("%s: failed (-want +got):\n%s", name, diff)
		}
	}
}

func TestClassOfAnErrorDecidesHowFarItReaches(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	// The three outcomes of an error in the second of three records.
	type want struct {
		outcome     runner.Outcome
		written     int
		failed      []string
		cursorMoved bool
		notBefore   any
	}
	slowDown := &errclass.Error{Class: errclass.Throttled, Message: "slow down", RetryAt: later}
	keepsRecord := want{outcome: runner.Partial, written: 2, failed: []string{"2"}, cursorMoved: true}
	endsRun := want{outcome: runner.Failed, written: 1, notBefore: stateTime(later)}
	blocksCustomer := want{outcome: runner.Blocked, written: 1}
	tests := map[string]struct {
		err  error
		want want
	}{
		"the record is rejected":               {rejected("no"), keepsRecord},
		"the record is rejected for good":      {errclass.New(errclass.Final, "", "too late"), keepsRecord},
		"the record is held":                   {held("wait"), keepsRecord},
		"the record was changed":               {errclass.New(errclass.Conflict, "", "changed"), keepsRecord},
		"one call times out":                   {transient("time-out"), keepsRecord},
		"an error without a class is a defect": {errors.New("odd"), keepsRecord},
		"the vendor asks for a pause":          {slowDown, endsRun},
		"the password was changed":             {errclass.New(errclass.Credentials, "", "refused"), blocksCustomer},
		"the settings name the wrong host":     {errclass.New(errclass.Settings, "", "wrong"), blocksCustomer},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3")
			s.failApply(test.err, "2")
			row := w.runOne(`{}`)
			mark := w.record("acme", "lease#articles")
			got := want{
				outcome:     row.Outcome,
				written:     row.Written,
				failed:      w.failedKeys("acme"),
				cursorMoved: !w.cursorTime("acme").IsZero(),
				notBefore:   mark["notBefore"],
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(row.Reason, test.err.Error()) {
				t.Errorf("the reason %q does not say %q", row.Reason, test.err)
			}
			if mark["unfinished"] != nil || mark["holder"] != nil {
				t.Errorf("mark %v", mark)
			}
			if succeeded := mark["succeededAt"] != nil; succeeded != (test.want.outcome == runner.Partial) {
				t.Errorf("%s, succeeded %v", row.Outcome, succeeded)
			}
		})
	}
}

func TestPanicEndsOnlyItsRecordOrCustomerRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt")
	for _, s := range w.systems {
		s.add(w.clock(), "1", "2")
	}
	w.systems["acme"].onApply["1"] = func(context.Context) error { panic("Kari Nordmann") }
	w.systems["bolt"].onPlan = func(context.Context) error { panic(fmt.Errorf("Ola Nordmann")) }
	want := map[string]string{"acme": "partial 1", "bolt": "failed 0"}
	if diff := cmp.Diff(want, outcomesAndWrites(w.run(`{}`))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := w.record("acme", "failure#articles#1"); f["class"] != "defect" {
		t.Errorf("failure %v", f)
	}
	panics := w.output.lines(t, "msg", "panic")
	if len(panics) != 2 {
		t.Errorf("%d panics were logged", len(panics))
	}
	for _, line := range panics {
		if !strings.Contains(line["stack"].(string), "world_test.go") || line["customer"] == "" {
			t.Errorf("the log does not say where: %v", line)
		}
	}
	if strings.Contains(w.output.b.String(), "Nordmann") {
		t.Error("the log quotes the value of a panic")
	}
}

// Ongoing WMS locks out a client after too many failed calls in a row. A run ends before that, but after half of them
// it is the turn of records from the end, whose success ends the streak.
func TestRunEndsAfterTooManyFailuresInARow(t *testing.T) {
	t.Parallel()
	no, down, odd := rejected("no"), transient("502"), errors.New("odd")
	all := func(err error, keys string) map[string]error {
		errs := map[string]error{}
		for key := range strings.SplitSeq(keys, "") {
			errs[key] = err
		}
		return errs
	}
	tests := map[string]struct {
		errs     map[string]error // by key; the keys are 1 to 9
		applied  string
		outcome  runner.Outcome
		cutShort bool
	}{
		"four rejections in a row": {
			errs:     all(no, "23567894"),
			applied:  "12398",
			outcome:  runner.Partial,
			cutShort: true,
		},
		"rejections with a success between them": {
			errs:    all(no, "12356"),
			applied: "129345687",
			outcome: runner.Partial,
		},
		"rejections at the front": {
			errs:    all(no, "123456"),
			applied: "129348567",
			outcome: runner.Partial,
		},
		"our own rules do not count": {
			errs: map[string]error{
				"1": no,
				"2": held("wait"),
				"3": errclass.New(errclass.Final, "", "late"),
				"4": errclass.New(errclass.Conflict, "", "changed"),
				"5": no,
			},
			applied: "123459678",
			outcome: runner.Partial,
		},
		"three time-outs in a row are an outage": {
			errs:    all(down, "129"),
			applied: "129",
			outcome: runner.Failed,
		},
		"two time-outs in a row are not": {
			errs:    all(down, "1245"),
			applied: "129345867",
			outcome: runner.Partial,
		},
		"three defects in a row": {
			errs:    all(odd, "679"),
			applied: "12345679",
			outcome: runner.Failed,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3", "4", "5", "6", "7", "8", "9")
			for key, err := range test.errs {
				s.failApply(err, key)
			}
			res := w.run(`{}`)
			if got := strings.Join(s.applied, ""); got != test.applied {
				t.Errorf("applied %s, want %s", got, test.applied)
			}
			if row := onlyRow(t, res); row.Outcome != test.outcome || res.CutShort != test.cutShort {
				t.Errorf("cut short %v, %+v", res.CutShort, row)
			}
			for key := range strings.SplitSeq(test.applied, "") {
				if test.errs[key] != nil && w.record("acme", "failure#articles#"+key) == nil {
					t.Errorf("record %s is not kept as a failure", key)
				}
			}
			ended := res.CutShort || test.outcome == runner.Failed
			if at := w.cursorTime("acme"); at.IsZero() != ended {
				t.Errorf("cursor %v", at)
			}
		})
	}
}

func TestRecordsThatAlwaysFailDoNotBlockNewOnes(t *testing.T) {
	t.Parallel()
	for _, err := range []error{rejected("never"), errors.New("never")} {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		var failing []string
		for i := range 20 {
			failing = append(failing, fmt.Sprint("bad-", i))
		}
		s.add(w.clock(), failing...)
		s.failApply(err, failing...)
		for range 30 { // until each has been tried once
			w.tick()
		}
		s.add(w.clock(), "good-1", "good-2")
		w.tick()
		if s.target["good-1"] == "" || s.target["good-2"] == "" {
			t.Errorf("%v: a new record waits; the last run tried %v", err, s.applied[len(s.applied)-4:])
		}
		for _, key := range failing {
			if f := w.record("acme", "failure#articles#"+key); f == nil {
				t.Fatalf("%v: record %s is not kept as a failure", err, key)
			}
		}
	}
}

func TestNamedRecordsAreAllTriedEvenIfTheyFailedBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4", "5")
	s.failApply(rejected("no"), "1", "2", "3")
	w.run(`{}`)
	s.applied = nil
	row := w.runFor("acme", `,"keys":["1","2","3","9"]`)
	if got := strings.Join(s.applied, ","); got != "1,2,3" || row.Read != 3 || row.Failed != 3 {
		t.Errorf("applied %s, %+v", got, row)
	}
}

func TestLinkOnlyChangeCountsAsUnchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.source("1").linkOnly, s.source("2").linkOnly = true, true
	s.failApply(errclass.New(errclass.Conflict, "", "changed"), "2")
	want := runner.Row{Outcome: runner.Partial, Read: 3, Planned: 1, Written: 1, Unchanged: 1, Failed: 1}
	if diff := diffRow(want, w.runOne(`{}`)); diff != "" || s.target["1"] == "" {
		t.Errorf("target %v, row (-want +got):\n%s", s.target, diff)
	}
	if len(w.output.lines(t, "key", "1")) != 0 {
		t.Error("a change of the link alone was logged")
	}
}

// What a policy holds is kept like everything else that waits for a person.
func TestPolicyHoldsChangesUntilAPersonNamesTheRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.runner.Policy = holdLargePlans
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.source("3").refused = rejected("no number")
	row := w.runOne(`{}`)
	want := runner.Row{Outcome: runner.Partial, Read: 3, Planned: 2, Held: 2, Failed: 1}
	if diff := diffRow(want, row); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if row.Changes != nil || !strings.HasPrefix(row.Reason, "1, 2: too much at once: 2 changes") {
		t.Errorf("got %+v", row)
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, w.failedKeys("acme")); diff != "" || len(s.applied) != 0 {
		t.Errorf("applied %v, failed: -want +got\n%s", s.applied, diff)
	}
	if f := w.record("acme", "failure#articles#1"); f["class"] != "held" || f["fingerprint"] != "1" {
		t.Errorf("failure %v", f)
	}
	for range 3 {
		w.forward(time.Hour)
		if row := w.runOne(`{}`); row.Held != 2 || len(s.applied) != 0 {
			t.Errorf("later: %+v, applied %v", row, s.applied)
		}
	}
	w.forward(time.Hour)
	if row := w.runFor("acme", `,"dryRun":true,"full":true`); row.Held != 2 || len(row.Changes) != 2 {
		t.Errorf("a dry run shows %+v", row)
	}
	if row := w.runFor("acme", `,"keys":["1","2"]`); row.Outcome != runner.OK || row.Written != 2 {
		t.Errorf("named: %+v", row)
	}
	if diff := cmp.Diff([]string{"3"}, w.failedKeys("acme")); diff != "" {
		t.Errorf("failed: -want +got\n%s", diff)
	}
}

// The policy lets through what is no longer too much, and what needs nothing any more is settled.
func TestHeldChangeIsSettledWhenItsRecordIsFine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	var held []string
	w.runner.Policy = func(c settings.Customer, p plan.Plan[string], isHeld func(string) bool) []plan.Refusal {
		held = nil
		for _, c := range p.Changes {
			if isHeld(c.Key) {
				held = append(held, c.Key)
			}
		}
		return holdLargePlans(c, p, isHeld)
	}
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	w.runOne(`{}`)
	s.target["1"] = "1"
	w.forward(time.Hour)
	row := w.runOne(`{}`)
	if diff := cmp.Diff([]string{"2"}, held); diff != "" {
		t.Errorf("the policy is told that these are held: -want +got\n%s", diff)
	}
	if row.Outcome != runner.OK || row.Written != 1 || len(w.failedKeys("acme")) != 0 {
		t.Errorf("got %+v, failed %v", row, w.failedKeys("acme"))
	}
}

// A plan can be partial, or read less than it was asked for: what it does not mention was not looked at.
func TestFailureStaysUntilItsRecordWasLookedAt(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"", `{"customers":["acme"],"keys":["7","8"]}`} {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "7", "8", "9")
		for _, key := range []string{"7", "8"} {
			s.source(key).refused = held("method 9 is not listed")
		}
		w.run(`{}`)
		s.source("7").refused, s.source("8").refused = nil, nil
		w.forward(15 * time.Minute)
		s.adjustPlan = func(p *plan.Plan[string]) {
			p.Changes = slices.DeleteFunc(p.Changes, func(c plan.Change[string]) bool { return c.Key == "8" })
			p.LookedAt = slices.DeleteFunc(p.LookedAt, func(key string) bool { return key == "8" })
			p.Partial = true
		}
		row := w.runOne(orTick(event))
		if diff := cmp.Diff([]string{"8"}, w.failedKeys("acme")); diff != "" {
			t.Errorf("event %q: failed (-want +got):\n%s", event, diff)
		}
		if row.Outcome != runner.Partial || row.Held != 1 {
			t.Errorf("event %q: %+v", event, row)
		}
		s.adjustPlan = nil
		w.forward(time.Hour)
		if row := w.runOne(`{}`); row.Outcome != runner.OK || s.target["8"] != "8" {
			t.Errorf("event %q: %+v, written %v", event, row, s.target)
		}
	}
}

// Its failure is kept, so that neither the overlap of two plans nor a full run takes the record for a new one.
func TestDismissedRecordIsLeftAloneUntilItChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "7", "8")
	s.source("7").refused = held("method 9 is not listed")
	s.failApply(rejected("no such group"), "8")
	dismiss := func() {
		for _, key := range []string{"7", "8"} {
			f := w.record("acme", "failure#articles#"+key)
			f["dismissedAt"] = stateTime(w.clock())
			w.put(w.db.State, f)
		}
		s.applied = nil
	}
	w.runOne(`{}`)
	dismiss()
	for _, event := range []string{`{}`, `{"customers":["acme"],"full":true}`, `{"customers":["acme"],"dryRun":true}`} {
		w.forward(time.Hour)
		row := w.runOne(event)
		if row.Outcome != runner.OK || row.Held+row.Failed+row.Planned != 0 || len(s.applied) != 0 {
			t.Errorf("event %s: %+v, applied %v", event, row, s.applied)
		}
	}
	w.forward(time.Hour)
	row := w.runFor("acme", `,"keys":["7","8"]`)
	if row.Held != 1 || row.Failed != 1 || w.record("acme", "failure#articles#8")["dismissedAt"] != nil {
		t.Errorf("named: %+v", row)
	}
	dismiss()
	w.forward(time.Hour)
	s.add(w.clock(), "8=eight")
	if row := w.runOne(`{}`); row.Failed != 1 || row.Held != 0 || len(s.applied) != 1 {
		t.Errorf("changed: %+v, applied %v", row, s.applied)
	}
	w.forward(time.Hour)
	s.source("7").refused = nil
	s.failApply(nil, "8")
	s.add(w.clock(), "7=seven", "8=nine")
	if row := w.runOne(`{}`); row.Outcome != runner.OK || row.Written != 2 || len(w.failedKeys("acme")) != 0 {
		t.Errorf("corrected: %+v, failed %v", row, w.failedKeys("acme"))
	}
}

// A plan can be about more than was named: a back order that a person names belongs to an order.
func TestPlanCanRefuseARecordBesideTheNamedOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "7", "8", "9")
	s.failApply(rejected("no"), "7", "9")
	w.runOne(`{}`)
	w.forward(time.Hour)
	s.adjustPlan = func(p *plan.Plan[string]) {
		p.Refused = append(p.Refused, plan.Refusal{Key: "7", Fingerprint: "7", Err: held("wait")})
	}
	row := w.runFor("acme", `,"keys":["8"]`)
	if row.Outcome != runner.Partial || row.Held != 1 || row.Failed != 0 {
		t.Errorf("%+v", row)
	}
	if f := w.record("acme", "failure#articles#7"); f["attempts"] != 2.0 || f["class"] != "held" {
		t.Errorf("failure %v", f)
	}
}

// Two rules of a plan can refuse the same record, for instance when its vendor names it twice.
func TestRecordThatIsRefusedTwiceIsKeptOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.adjustPlan = func(p *plan.Plan[string]) {
		p.Refuse("9", "", rejected("first reason"))
		p.Refuse("9", "", rejected("second reason"))
	}
	row := w.runOne(`{}`)
	if row.Outcome != runner.Partial || row.Failed != 1 || row.Written != 2 {
		t.Errorf("%+v", row)
	}
	if f := w.record("acme", "failure#articles#9"); f["message"] != "test: first reason" {
		t.Errorf("failure %v", f)
	}
}

// Sixty records are refused for good, and all of them are due again. So is the record behind them.
func TestRetriesThatAlwaysFailDoNotBlockTheOthers(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]error{
		"to be read again": errclass.New(errclass.Conflict, "", "changed"), "refused": rejected("for another reason"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			var failing []string
			for i := range 60 {
				failing = append(failing, fmt.Sprint(101+i))
			}
			s.add(w.clock(), failing...)
			s.add(w.clock(), "999")
			s.failApply(rejected("never"), failing...)
			s.failApply(reason, "999")
			for range 60 { // until each has been tried once
				w.tick()
			}
			if n := len(w.failedKeys("acme")); n != 61 {
				t.Fatalf("%d failures", n)
			}
			delete(s.onApply, "999")
			s.applied = nil
			w.forward(2 * 24 * time.Hour)
			w.tick()
			if s.target["999"] == "" || len(s.applied) > 6 {
				t.Errorf("the run tried %v", s.applied)
			}
		})
	}
}
