package runner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/runner"
)

// TestFailureFlow follows one record that is refused until somebody corrects it.
func TestFailureFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "7=seven", "8=eight")
	s.refuse("7", rejected("no such group"))
	row := w.run(`{}`).Customers[0]
	if row.Outcome != runner.Partial || row.Written != 1 || row.Failed != 1 || row.Reason != "7: test: no such group" {
		t.Errorf("first run: %+v", row)
	}
	f := w.record("acme", "failure#articles#7")
	if f["class"] != "rejected" || f["attempts"] != 1.0 || f["fingerprint"] != "seven" || f["message"] != "test: no such group" {
		t.Errorf("failure %v", f)
	}
	if w.since("acme").IsZero() {
		t.Error("the cursor waits for a record that is kept")
	}
	steps := []struct {
		why     string
		do      func()
		event   string
		applied string // keys, in their order
		failed  int
	}{
		{"in its pause it is left alone, though it is read again", func() { w.forward(14 * time.Minute) }, `{}`, "", 1},
		{"after its pause it goes first, though the cursor has passed it", func() { w.forward(time.Hour); s.add(w.clock(), "9") }, `{}`, "7,9", 1},
		{"the pause has grown", func() { w.forward(29 * time.Minute) }, `{}`, "", 1},
		{"a person's run respects the pause, too", func() {}, `{"customers":["acme"]}`, "", 1},
		{"named by a person it is tried at once, and alone", func() { s.add(w.clock(), "9=new") }, `{"customers":["acme"],"keys":["7"]}`, "7", 1},
		{"changed, it is tried at once", func() { s.add(w.clock(), "7=other"); w.forward(14 * time.Minute) }, `{}`, "9,7", 1},
		{"the other system has been corrected", func() { s.trouble = nil; w.forward(16 * time.Minute) }, `{}`, "7", 0},
		{"nothing is left of it", func() { w.forward(time.Hour) }, `{}`, "", 0},
	}
	for _, step := range steps {
		step.do()
		s.applied = nil
		row := w.run(step.event).Customers[0]
		if got := strings.Join(s.applied, ","); got != step.applied || row.Failed != step.failed || len(w.failing("acme")) != step.failed {
			t.Errorf("%s: applied %q, want %q; row %+v, failing %v", step.why, got, step.applied, row, w.failing("acme"))
		}
	}
}

// TestRefusals: what the plan itself refuses is kept like what the other system refuses, without a try in its pause.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "7=a")
	s.source("7").refused = errclass.New(errclass.Held, "", "method 9 is not listed")
	row := w.run(`{}`).Customers[0]
	if row.Outcome != runner.Partial || row.Held != 1 || row.Failed != 0 || row.Reason != "7: method 9 is not listed" {
		t.Errorf("got %+v", row)
	}
	attempts := func() any { return w.record("acme", "failure#articles#7")["attempts"] }
	w.forward(14 * time.Minute)
	w.run(`{}`)
	if attempts() != 1.0 {
		t.Errorf("in its pause: %v attempts", attempts())
	}
	w.forward(15 * time.Minute)
	w.run(`{}`)
	if attempts() != 2.0 {
		t.Errorf("after its pause: %v attempts", attempts())
	}
	w.row("acme", `,"keys":["7"]`)
	if attempts() != 3.0 {
		t.Errorf("named by a person, in its pause: %v attempts", attempts())
	}
	s.add(w.clock(), "7=b")
	s.source("7").refused = errclass.New(errclass.Held, "", "method 8 is not listed")
	w.row("acme", "")
	if f := w.record("acme", "failure#articles#7"); f["attempts"] != 1.0 || f["fingerprint"] != "b" {
		t.Errorf("changed: %v", f)
	}
	s.source("7").refused = nil
	w.forward(15 * time.Minute)
	if row := w.run(`{}`).Customers[0]; row.Outcome != runner.OK || len(w.failing("acme")) != 0 {
		t.Errorf("corrected: %+v, failing %v", row, w.failing("acme"))
	}
}

// TestForget: a record that was asked for and that the plan does not mention is settled, unless nothing was read at all:
// an empty answer retires nothing.
func TestForget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, event string
		others     []string
		left       int
	}{
		{"it is gone, others were read", `{}`, []string{"8"}, 0},
		{"nothing was read: the other system may be out of its mind", `{}`, nil, 1},
		{"nothing was read, but a person asked for just this one", `{"customers":["acme"],"keys":["7"]}`, nil, 0},
		{"a person asked for another one", `{"customers":["acme"],"keys":["8"]}`, []string{"8"}, 1},
	}
	for _, test := range tests {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "7")
		s.refuse("7", rejected("no"))
		w.run(`{}`)
		w.forward(15 * time.Minute)
		s.sources = nil
		s.add(w.clock(), test.others...)
		w.run(test.event)
		if got := len(w.failing("acme")); got != test.left {
			t.Errorf("%s: %d failures are left, want %d", test.why, got, test.left)
		}
	}
}

// TestClasses: what becomes of a record, of the run and of the customer, by the class of an error in the middle.
func TestClasses(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	tests := []struct {
		why     string
		err     error
		outcome runner.Outcome
		written int
		failing string
		moved   bool // the cursor
		mark    map[string]any
	}{
		{"one record is refused", rejected("no"), runner.Partial, 2, "2", true, map[string]any{}},
		{"for good", errclass.New(errclass.Final, "", "too late"), runner.Partial, 2, "2", true, map[string]any{}},
		{"held", errclass.New(errclass.Held, "", "wait"), runner.Partial, 2, "2", true, map[string]any{}},
		{"moved", errclass.New(errclass.Conflict, "", "moved"), runner.Partial, 2, "2", true, map[string]any{}},
		{"one time-out is that record's", errclass.New(errclass.Transient, "", "time-out"), runner.Partial, 2, "2", true, map[string]any{}},
		{"what nobody thought of is a defect", errors.New("odd"), runner.Partial, 2, "2", true, map[string]any{}},
		{"a pause is asked for: nothing more is tried before", &errclass.Error{Class: errclass.Throttled, Message: "slow down", RetryAt: later},
			runner.Failed, 1, "", false, map[string]any{"notBefore": later.Format("2006-01-02T15:04:05.000Z")}},
		{"the password was changed", errclass.New(errclass.Credentials, "", "refused"), runner.Blocked, 1, "", false, map[string]any{}},
		{"a wrong host", errclass.New(errclass.Settings, "", "wrong"), runner.Blocked, 1, "", false, map[string]any{}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3")
			s.refuse("2", test.err)
			row := w.run(`{}`).Customers[0]
			if row.Outcome != test.outcome || row.Written != test.written || strings.Join(w.failing("acme"), ",") != test.failing {
				t.Errorf("got %+v, failing %v", row, w.failing("acme"))
			}
			if !strings.Contains(row.Reason, test.err.Error()) {
				t.Errorf("the reason %q does not say %q", row.Reason, test.err)
			}
			if moved := !w.since("acme").IsZero(); moved != test.moved {
				t.Errorf("cursor moved: %v", moved)
			}
			mark := w.record("acme", "lease#articles")
			if mark["notBefore"] != test.mark["notBefore"] || mark["unfinished"] != nil || mark["holder"] != nil {
				t.Errorf("mark %v", mark)
			}
			if succeeded := mark["succeededAt"] != nil; succeeded != (test.outcome == runner.Partial) {
				t.Errorf("%s, succeeded %v", test.outcome, succeeded)
			}
		})
	}
}

// TestPanic: a panic is that record's, or that customer's, and nobody else's.
func TestPanic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt")
	for _, s := range w.systems {
		s.add(w.clock(), "1", "2")
	}
	w.systems["acme"].trouble["1"] = func(context.Context) error { panic("Kari Nordmann") }
	w.systems["bolt"].planning = func(context.Context) error { panic(fmt.Errorf("Ola Nordmann")) }
	want := map[string]string{"acme": "partial 1", "bolt": "failed 0"}
	if diff := cmp.Diff(want, brief(w.run(`{}`))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := w.record("acme", "failure#articles#1"); f["class"] != "defect" {
		t.Errorf("failure %v", f)
	}
	for _, line := range w.output.lines(t, "msg", "panic") {
		if !strings.Contains(line["stack"].(string), "world_test.go") || line["customer"] == "" {
			t.Errorf("the log does not say where: %v", line)
		}
	}
	if strings.Contains(w.output.b.String(), "Nordmann") {
		t.Error("the log quotes a panic's value")
	}
}

// TestStreaks: where everything is refused, it is not the record. The run ends before the other system locks us out.
func TestStreaks(t *testing.T) {
	t.Parallel()
	down := errclass.New(errclass.Transient, "test", "502")
	tests := []struct {
		why     string
		errs    map[string]error // by key; the keys are 1 to 9
		applied string
		outcome runner.Outcome
		short   bool
	}{
		{"four refusals in a row", map[string]error{"2": rejected("a"), "3": rejected("b"), "4": rejected("c"), "5": rejected("d")}, "12345", runner.Partial, true},
		{"a success in between", map[string]error{"1": rejected("a"), "2": rejected("b"), "3": rejected("c"), "5": rejected("d"), "6": rejected("e")},
			"123456789", runner.Partial, false},
		{"our own rules do not count", map[string]error{"1": rejected("a"), "2": rejected("b"), "3": errclass.New(errclass.Held, "", "wait"),
			"4": errclass.New(errclass.Final, "", "late"), "5": errclass.New(errclass.Conflict, "", "moved"), "6": rejected("c")}, "123456789", runner.Partial, false},
		{"three time-outs in a row are an outage", map[string]error{"1": down, "2": down, "3": down}, "123", runner.Failed, false},
		{"two are not", map[string]error{"1": down, "2": down, "4": down, "5": down}, "123456789", runner.Partial, false},
		{"three of something impossible", map[string]error{"7": errors.New("x"), "8": errors.New("y"), "9": errors.New("z")}, "123456789", runner.Failed, false},
	}
	for _, test := range tests {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "1", "2", "3", "4", "5", "6", "7", "8", "9")
		for key, err := range test.errs {
			s.refuse(key, err)
		}
		res := w.run(`{}`)
		if got := strings.Join(s.applied, ""); got != test.applied || res.Customers[0].Outcome != test.outcome || res.CutShort != test.short {
			t.Errorf("%s: applied %s, want %s; cut short %v, %+v", test.why, got, test.applied, res.CutShort, res.Customers[0])
		}
		for _, key := range strings.Split(test.applied, "") {
			if test.errs[key] != nil && w.record("acme", "failure#articles#"+key) == nil {
				t.Errorf("%s: no record is kept of %s", test.why, key)
			}
		}
		if ended := res.CutShort || test.outcome == runner.Failed; w.since("acme").IsZero() != ended {
			t.Errorf("%s: cursor %v", test.why, w.since("acme"))
		}
	}
}

// TestHopelessOnesStandInNobodysWay: records that are refused for ever, however many, leave room for new ones in every
// run, and each of them is tried again all the same.
func TestHopelessOnesStandInNobodysWay(t *testing.T) {
	t.Parallel()
	for _, err := range []error{rejected("never"), errors.New("never")} {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		for i := range 20 {
			key := fmt.Sprint("bad-", i)
			s.add(w.clock(), key)
			s.refuse(key, err)
		}
		for range 30 { // until each has had its first turn
			w.tick()
		}
		s.add(w.clock(), "good-1", "good-2")
		w.tick()
		if s.target["good-1"] == "" || s.target["good-2"] == "" {
			t.Errorf("%v: a new record waits behind the hopeless ones; the last run tried %v", err, s.applied[len(s.applied)-4:])
		}
		for i := range 20 {
			key := fmt.Sprint("bad-", i)
			if f := w.record("acme", "failure#articles#"+key); f == nil {
				t.Fatalf("%v: no record is kept of %s", err, key)
			}
		}
	}
}

// TestNamedByKey: records that a person names have the whole patience, whether they failed before or not.
func TestNamedByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4", "5")
	for _, key := range []string{"1", "2", "3"} {
		s.refuse(key, rejected("no"))
	}
	w.run(`{}`)
	s.applied = nil
	row := w.row("acme", `,"keys":["1","2","3","9"]`)
	if got := strings.Join(s.applied, ","); got != "1,2,3" || row.Read != 3 || row.Failed != 3 {
		t.Errorf("applied %s, %+v", got, row)
	}
}

// TestQuiet: a change that only brings our notes up to date counts as unchanged, and its trouble is kept like any other.
func TestQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.source("1").quiet, s.source("2").quiet = true, true
	s.refuse("2", errclass.New(errclass.Conflict, "", "moved"))
	row := w.run(`{}`).Customers[0]
	if row.Planned != 1 || row.Written != 1 || row.Unchanged != 1 || row.Failed != 1 || s.target["1"] == "" {
		t.Errorf("got %+v, target %v", row, s.target)
	}
	if len(w.output.lines(t, "key", "1")) != 0 {
		t.Error("a quiet change was logged")
	}
}

// TestBrake: a policy holds the whole plan; nothing is written, the cursor stays, and a person can let it pass by name.
func TestBrake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.runner.Policy = brake
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.source("3").refused = rejected("no number")
	res := w.run(`{}`)
	row := res.Customers[0]
	if row.Outcome != runner.Partial || row.Held != 2 || row.Planned != 2 || row.Failed != 1 || row.Changes != nil || !strings.HasPrefix(row.Reason, "too much at once") {
		t.Errorf("got %+v", row)
	}
	if len(s.applied) != 0 || !w.since("acme").IsZero() || len(w.failing("acme")) != 0 {
		t.Errorf("applied %v, cursor %v, failing %v", s.applied, w.since("acme"), w.failing("acme"))
	}
	if row := w.row("acme", `,"dryRun":true`); row.Held != 2 || len(row.Changes) != 2 {
		t.Errorf("a dry run shows %+v", row)
	}
	if row := w.row("acme", `,"keys":["1","2"]`); row.Outcome != runner.OK || row.Written != 2 {
		t.Errorf("named: %+v", row)
	}
	w.forward(15 * time.Minute)
	if row := w.run(`{}`).Customers[0]; row.Held != 0 || w.since("acme").IsZero() {
		t.Errorf("then: %+v, cursor %v", row, w.since("acme"))
	}
}
