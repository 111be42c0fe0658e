package runner_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/runner"
)

func TestTickRunsOnlyCustomersThatAreDue(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	hourly := map[string]any{"intervalMinutes": 60}
	type mark struct {
		started    time.Duration // before now; 0: never
		unfinished bool
		notBefore  *time.Duration // after now
		until      *time.Duration // of another run's lease, after now
	}
	in := func(d time.Duration) *time.Duration { return &d }
	tests := map[string]struct {
		settings map[string]any
		mark     mark
		want     runner.Outcome
	}{
		"it has never run":                 {want: runner.OK},
		"its interval has passed":          {mark: mark{started: 15 * m}, want: runner.OK},
		"the tick comes a minute early":    {mark: mark{started: 14 * m}, want: runner.OK},
		"the tick comes too early":         {mark: mark{started: 14*m - time.Second}, want: runner.NotDue},
		"its long interval has not passed": {settings: hourly, mark: mark{started: 58 * m}, want: runner.NotDue},
		"its long interval has passed":     {settings: hourly, mark: mark{started: 59 * m}, want: runner.OK},
		"its last run was cut short": {
			settings: hourly,
			mark:     mark{started: 15 * m, unfinished: true},
			want:     runner.OK,
		},
		"a vendor has asked for a pause": {
			mark: mark{started: 30 * m, unfinished: true, notBefore: in(m)},
			want: runner.NotDue,
		},
		"the pause is over": {
			mark: mark{started: 30 * m, notBefore: in(0)},
			want: runner.OK,
		},
		"another run has the lease": {
			mark: mark{started: 15 * m, until: in(m)},
			want: runner.Busy,
		},
		"another run has crashed and its lease has expired": {
			settings: hourly,
			mark:     mark{started: 15 * m, until: in(-time.Second)},
			want:     runner.OK,
		},
		"the process is off": {
			settings: map[string]any{"articles": map[string]any{"enabled": false}},
			want:     runner.Off,
		},
		"the customer is off": {
			settings: map[string]any{"enabled": false},
			want:     runner.Off,
		},
		"a setting is wrong": {
			settings: map[string]any{"intervalMinute": 60},
			want:     runner.Blocked,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.putCustomer("acme", test.settings)
			if test.mark != (mark{}) {
				attributes := map[string]any{"startedAt": w.clock().Add(-test.mark.started)}
				if test.mark.unfinished {
					attributes["unfinished"] = true
				}
				if test.mark.notBefore != nil {
					attributes["notBefore"] = w.clock().Add(*test.mark.notBefore)
				}
				if test.mark.until != nil {
					attributes["holder"], attributes["until"] = "other", w.clock().Add(*test.mark.until)
				}
				w.putMark("acme", attributes)
			}
			if row := w.runOne(`{}`); row.Outcome != test.want {
				t.Fatalf("got %+v, want %s", row, test.want)
			}
			if opened := len(w.opened) == 1; opened != (test.want == runner.OK) {
				t.Errorf("%s, but opened is %v", test.want, w.opened)
			}
		})
	}
}

func TestNamedCustomerIsRunEvenIfItIsNotDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.putMark("acme", map[string]any{"startedAt": w.clock(), "notBefore": w.clock().Add(time.Hour)})
	if row := w.runFor("acme", ""); row.Outcome != runner.OK {
		t.Errorf("got %+v", row)
	}
	if row := w.runFor("unknown", ""); row.Outcome != runner.Blocked || !strings.Contains(row.Reason, "unknown") {
		t.Errorf("got %+v", row)
	}
}

func TestPauseThatVendorAsksForIsExplainedAndEndedByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	until := w.clock().Add(time.Hour)
	slowDown := errclass.New(errclass.Throttled, "ongoing: GET /articles", "answered 429")
	slowDown.RetryAt = until
	s.onPlan = func(context.Context) error { return slowDown }
	w.run(`{}`)
	w.forward(30 * time.Minute)
	want := "the other system has asked for a pause until " + until.Format(time.RFC3339) +
		" (ongoing: GET /articles: answered 429); to run before, name the customer in the event"
	if row := w.runOne(`{}`); row.Outcome != runner.NotDue || row.Reason != want {
		t.Errorf("during the pause: got %s %q, want the reason %q", row.Outcome, row.Reason, want)
	}
	s.onPlan = nil
	if row := w.runFor("acme", `,"dryRun":true`); row.Outcome != runner.OK {
		t.Errorf("a dry run: %+v", row)
	}
	if row := w.runOne(`{}`); row.Outcome != runner.NotDue {
		t.Errorf("after a dry run, which writes nothing: %+v", row)
	}
	if row := w.runFor("acme", ""); row.Outcome != runner.OK {
		t.Errorf("by hand: %+v", row)
	}
	if row := w.runOne(`{}`); row.Outcome != runner.OK {
		t.Errorf("after the run by hand: %+v", row)
	}
}

func TestNamedCustomerIsBusyDuringAnotherRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.putMark("acme", map[string]any{
		"startedAt": w.clock(),
		"holder":    "other",
		"until":     w.clock().Add(time.Minute),
	})
	if row := w.runFor("acme", ""); row.Outcome != runner.Busy || row.Reason == "" {
		t.Errorf("got %+v", row)
	}
	w.forward(15 * time.Minute)
	w.runFor("acme", "")
	if row := w.runOne(`{}`); row.Outcome != runner.OK {
		t.Errorf("the run of a person counts as the customer's last start: %+v", row)
	}
}

func TestLeaseOutlivesItsInvocationBriefly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	end := w.clock().Add(14 * time.Minute)
	var lease map[string]any
	w.systems["acme"].onPlan = func(context.Context) error {
		lease = w.record("acme", "lease#articles")
		return nil
	}
	res := w.run(`{}`)
	until, err := time.Parse(time.RFC3339, lease["until"].(string))
	must(t, err)
	if lease["holder"] != res.RunID || !until.After(end) || until.After(end.Add(time.Minute)) {
		t.Errorf("%v has it until %v; the run is %s and ends at %v", lease["holder"], until, res.RunID, end)
	}
	after := w.record("acme", "lease#articles")
	if after["holder"] != nil || after["until"] != nil || after["succeededAt"] == nil {
		t.Errorf("after the run: %v", after)
	}
}

func TestCustomerWithTheOldestStartGoesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b", "c", "d", "e")
	now := w.clock().Truncate(time.Minute)
	for id, mark := range map[string]map[string]any{
		"a": {"startedAt": now.Add(-15 * time.Minute)},
		"b": {"startedAt": now.Add(-15 * time.Minute), "unfinished": true}, // counts as not started at the last tick
		"c": {"startedAt": now.Add(-45 * time.Minute)},
		"d": {"startedAt": now.Add(-29 * time.Minute)},
	} {
		w.putMark(id, mark)
	}
	w.run(`{}`)
	if diff := cmp.Diff([]string{"e", "c", "b", "d", "a"}, w.opened); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCustomersThatWaitedEquallyGoInRandomOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b")
	first := map[string]bool{}
	for range 30 { // the probability that all are alike is 2^-29
		w.opened = nil
		w.run(`{"customers":["a","b"]}`)
		first[w.opened[0]] = true
	}
	if len(first) != 2 {
		t.Errorf("always the same first: %v", first)
	}
}

func TestAsManyCustomerRunsAtOnceAsAllowed(t *testing.T) {
	t.Parallel()
	const allowed = 3
	w := newWorld(t)
	inside, full := make(chan struct{}, 100), make(chan struct{})
	most := 0
	for i := range 8 {
		w.putCustomer(fmt.Sprint("c-", i), nil).onPlan = func(context.Context) error {
			inside <- struct{}{}
			w.mu.Lock()
			if most = max(most, len(inside)); len(inside) == allowed && most == allowed {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			w.mu.Unlock()
			<-full // the first ones wait until all allowed ones are inside
			<-inside
			return nil
		}
	}
	w.runner.Concurrency = allowed
	res := w.run(`{}`)
	if most != allowed || res.Outcomes[runner.OK] != 8 {
		t.Errorf("%d at once, outcomes %v", most, res.Outcomes)
	}
}

func TestCustomerThatWasCutShortGoesFirstInTheNextInvocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt", "cask")
	for _, s := range w.systems {
		s.add(w.clock(), "1", "2")
	}
	w.putMark("bolt", map[string]any{"startedAt": w.clock().Add(-time.Hour)})
	w.putMark("cask", map[string]any{"startedAt": w.clock().Add(-30 * time.Minute)})
	w.systems["acme"].onApply["1"] = func(context.Context) error { w.forward(8 * time.Minute); return nil }
	w.systems["bolt"].onApply["2"] = func(context.Context) error { w.forward(6 * time.Minute); return nil }

	res := w.run(`{}`) // acme, which is new, takes more than half of the time, and bolt the rest
	if diff := cmp.Diff([]string{"acme", "bolt"}, w.opened); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	want := map[string]string{"acme": "partial 1", "bolt": "ok 2", "cask": "failed 0"}
	if diff := cmp.Diff(want, outcomesAndWrites(res)); diff != "" || !res.CutShort {
		t.Errorf("first run, cut short %v (-want +got):\n%s", res.CutShort, diff)
	}
	w.systems["acme"].onApply, w.systems["bolt"].onApply = nil, nil
	w.forward(time.Minute)
	res = w.run(`{}`)
	want = map[string]string{"acme": "ok 1", "bolt": "notdue 0", "cask": "ok 2"}
	if diff := cmp.Diff(want, outcomesAndWrites(res)); diff != "" || res.CutShort {
		t.Errorf("second run, cut short %v (-want +got):\n%s", res.CutShort, diff)
	}
}

// outcomesAndWrites returns the outcome and the number of writes of each customer.
func outcomesAndWrites(res runner.Result) map[string]string {
	out := map[string]string{}
	for _, row := range res.Customers {
		out[row.CustomerID] = fmt.Sprint(row.Outcome, " ", row.Written)
	}
	return out
}

func TestBadCustomersDoNotDisturbTheOthers(t *testing.T) {
	t.Parallel()
	const customers = 500
	panics := func(context.Context) error { panic("secret") }
	kinds := []struct {
		name     string
		settings map[string]any
		onOpen   func() error
		onPlan   func(context.Context) error
		onApply  func(context.Context) error // of one of its two records
		reason   string
		written  int
	}{
		{
			name:     "wrong settings",
			settings: map[string]any{"intervall": 5},
			reason:   "intervall",
		},
		{
			name:   "malformed secret",
			onOpen: func() error { return errclass.New(errclass.Credentials, "", "the secret is malformed") },
			reason: "malformed",
		},
		{
			name:   "dead host",
			onPlan: func(context.Context) error { return transient("no answer in time") },
			reason: "no answer in time",
		},
		{
			name:   "panic in Open",
			onOpen: func() error { panic("secret") },
			reason: "the program failed",
		},
		{
			name:   "panic in Plan",
			onPlan: panics,
			reason: "the program failed",
		},
		{
			name:    "panic in Apply",
			onApply: panics,
			reason:  "1: the program failed",
			written: 1,
		},
		{
			name:     "off",
			settings: map[string]any{"enabled": false},
		},
		{name: "good", written: 2},
		{name: "good", written: 2},
		{name: "good", written: 2},
	}
	w := newWorld(t)
	w.runner.Concurrency = 32
	id := func(i int) string { return fmt.Sprintf("c-%03d", i) }
	for i := range customers {
		kind := kinds[i%len(kinds)]
		s := w.putCustomer(id(i), kind.settings)
		s.add(w.clock(), "1", "2")
		s.onPlan = kind.onPlan
		s.onApply["1"] = kind.onApply
	}
	w.onOpen = func(customer string) error {
		i, err := strconv.Atoi(strings.TrimPrefix(customer, "c-"))
		if err != nil {
			return err
		}
		if onOpen := kinds[i%len(kinds)].onOpen; onOpen != nil {
			return onOpen()
		}
		return nil
	}
	res := w.run(`{}`)
	want := map[runner.Outcome]int{
		runner.Blocked: 100,
		runner.Failed:  150,
		runner.Partial: 50,
		runner.Off:     50,
		runner.OK:      150,
	}
	if diff := cmp.Diff(want, res.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(res.Customers) != 200 || res.CustomersOmitted != 300 {
		t.Errorf("%d rows, %d omitted", len(res.Customers), res.CustomersOmitted)
	}
	lines := w.output.lines(t, "msg", "customer")
	others := w.output.lines(t, "msg", "customers not worked on")
	if len(others) != 1 || others[0]["off"] != 50.0 || others[0]["notdue"] != 0.0 {
		t.Errorf("the line about customers who are off is %v", others)
	}
	for i := range customers {
		kind := kinds[i%len(kinds)]
		if kind.name == "off" {
			continue
		}
		at := slices.IndexFunc(lines, func(l map[string]any) bool { return l["customer"] == id(i) })
		if at < 0 || !strings.Contains(lines[at]["reason"].(string), kind.reason) {
			t.Errorf("%s, %s: line %d of the log does not say %q", id(i), kind.name, at, kind.reason)
		}
		if target := w.systems[id(i)].target; len(target) != kind.written {
			t.Errorf("%s, %s: wrote %v", id(i), kind.name, target)
		}
	}
	if strings.Contains(w.output.b.String(), "secret\"") {
		t.Error("the value of a panic was logged")
	}
}
