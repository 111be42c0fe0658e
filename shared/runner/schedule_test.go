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

// TestTurn: who is worked on at a tick, and who is not, and why.
func TestTurn(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	tests := []struct {
		why      string
		settings map[string]any
		mark     func(now time.Time) map[string]any
		want     runner.Outcome
	}{
		{"never run", nil, nil, runner.OK},
		{"its interval has passed", nil, func(now time.Time) map[string]any { return map[string]any{"startedAt": now.Add(-15 * m)} }, runner.OK},
		{"the tick came a minute early", nil, func(now time.Time) map[string]any { return map[string]any{"startedAt": now.Add(-14 * m)} }, runner.OK},
		{"the tick came too early", nil, func(now time.Time) map[string]any { return map[string]any{"startedAt": now.Add(-14*m + time.Second)} }, runner.NotDue},
		{"a longer interval", map[string]any{"intervalMinutes": 60}, func(now time.Time) map[string]any { return map[string]any{"startedAt": now.Add(-58 * m)} }, runner.NotDue},
		{"a longer interval has passed", map[string]any{"intervalMinutes": 60}, func(now time.Time) map[string]any { return map[string]any{"startedAt": now.Add(-59 * m)} }, runner.OK},
		{"cut short: due at once", map[string]any{"intervalMinutes": 60}, func(now time.Time) map[string]any {
			return map[string]any{"startedAt": now.Add(-15 * m), "unfinished": true}
		}, runner.OK},
		{"a vendor asked for a pause", nil, func(now time.Time) map[string]any {
			return map[string]any{"startedAt": now.Add(-30 * m), "unfinished": true, "notBefore": now.Add(m)}
		}, runner.NotDue},
		{"the pause is over", nil, func(now time.Time) map[string]any {
			return map[string]any{"startedAt": now.Add(-30 * m), "notBefore": now}
		}, runner.OK},
		{"another run is at work", nil, func(now time.Time) map[string]any {
			return map[string]any{"startedAt": now.Add(-15 * m), "holder": "other", "until": now.Add(m)}
		}, runner.Busy},
		{"another run died: its lease has run out, whatever the interval", map[string]any{"intervalMinutes": 60}, func(now time.Time) map[string]any {
			return map[string]any{"startedAt": now.Add(-15 * m), "holder": "other", "until": now.Add(-time.Second)}
		}, runner.OK},
		{"the process is off", map[string]any{"articles": map[string]any{"enabled": false}}, nil, runner.Off},
		{"the customer is off", map[string]any{"enabled": false}, nil, runner.Off},
		{"a wrong setting", map[string]any{"intervalMinute": 60}, nil, runner.Blocked},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.customer("acme", test.settings)
			if test.mark != nil {
				w.mark("acme", test.mark(w.clock()))
			}
			res := w.run(`{}`)
			if len(res.Customers) != 1 || res.Customers[0].Outcome != test.want {
				t.Fatalf("got %+v, want %s", res.Customers, test.want)
			}
			if worked := len(w.opened) == 1; worked != (test.want == runner.OK) {
				t.Errorf("%s, but opened is %v", test.want, w.opened)
			}
		})
	}
}

// TestNamed: a person's run does not ask whether the customer is due, and does not take a turn of the schedule away.
func TestNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.mark("acme", map[string]any{"startedAt": w.clock(), "notBefore": w.clock().Add(time.Hour)})
	if row := w.row("acme", ""); row.Outcome != runner.OK {
		t.Errorf("got %+v", row)
	}
	w.mark("acme", map[string]any{"startedAt": w.clock(), "holder": "other", "until": w.clock().Add(time.Minute)})
	if row := w.row("acme", ""); row.Outcome != runner.Busy || row.Reason == "" {
		t.Errorf("the lease is another's, got %+v", row)
	}
	w.forward(15 * time.Minute)
	w.row("acme", "")
	if res := w.run(`{}`); res.Customers[0].Outcome != runner.OK {
		t.Errorf("after a person's run the schedule got %+v", res.Customers)
	}
	if row := w.row("unknown", ""); row.Outcome != runner.Blocked || !strings.Contains(row.Reason, "unknown") {
		t.Errorf("got %+v", row)
	}
}

// TestLeaseOutlivesInvocation: as long as the invocation may write, nobody else may; soon after, everybody may.
func TestLeaseOutlivesInvocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	end := w.clock().Add(14 * time.Minute)
	var lease map[string]any
	w.systems["acme"].planning = func(context.Context) error {
		lease = w.record("acme", "lease#articles")
		return nil
	}
	res := w.run(`{}`)
	until, err := time.Parse(time.RFC3339, lease["until"].(string))
	must(t, err)
	if lease["holder"] != res.RunID || !until.After(end) || until.After(end.Add(time.Minute)) {
		t.Errorf("held by %v until %v; the run is %s and ends at %v", lease["holder"], until, res.RunID, end)
	}
	if after := w.record("acme", "lease#articles"); after["holder"] != nil || after["until"] != nil || after["succeededAt"] == nil {
		t.Errorf("after the run: %v", after)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b", "c", "d", "e")
	now := w.clock().Truncate(time.Minute)
	for id, mark := range map[string]map[string]any{
		"a": {"startedAt": now.Add(-15 * time.Minute)},
		"b": {"startedAt": now.Add(-15 * time.Minute), "unfinished": true}, // as if it had not started at the last tick
		"c": {"startedAt": now.Add(-45 * time.Minute)},
		"d": {"startedAt": now.Add(-29 * time.Minute)},
	} {
		w.mark(id, mark)
	}
	w.run(`{}`)
	if diff := cmp.Diff([]string{"e", "c", "b", "d", "a"}, w.opened); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRandomOrder: of those who have waited equally long nobody is always the last.
func TestRandomOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b")
	first := map[string]bool{}
	for range 30 { // all alike with probability 2^-29
		w.opened = nil
		w.run(`{"customers":["a","b"]}`)
		first[w.opened[0]] = true
	}
	if len(first) != 2 {
		t.Errorf("always the same first: %v", first)
	}
}

// TestConcurrency: as many customers at once as allowed, and no more.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	const allowed = 3
	w := newWorld(t)
	inside, full := make(chan struct{}, 100), make(chan struct{})
	most := 0
	for i := range 8 {
		w.customer(fmt.Sprint("c-", i), nil).planning = func(context.Context) error {
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
			<-full // the first ones wait until all places are taken
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

// TestCutShortThenFirst: what was left over by a run that ran out of time is first in line in the next.
func TestCutShortThenFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt", "cask")
	for _, s := range w.systems {
		s.add(w.clock(), "1", "2")
	}
	w.mark("bolt", map[string]any{"startedAt": w.clock().Add(-time.Hour)})
	w.mark("cask", map[string]any{"startedAt": w.clock().Add(-30 * time.Minute)})
	w.systems["acme"].trouble["1"] = func(context.Context) error { w.forward(8 * time.Minute); return nil }
	w.systems["bolt"].trouble["2"] = func(context.Context) error { w.forward(6 * time.Minute); return nil }

	res := w.run(`{}`) // acme, the new one, takes more than half of the time; bolt the rest
	if diff := cmp.Diff([]string{"acme", "bolt"}, w.opened); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	want := map[string]string{"acme": "partial 1", "bolt": "ok 2", "cask": "failed 0"}
	if diff := cmp.Diff(want, brief(res)); diff != "" || !res.CutShort {
		t.Errorf("first run, cut short %v (-want +got):\n%s", res.CutShort, diff)
	}
	w.systems["acme"].trouble, w.systems["bolt"].trouble = nil, nil
	w.opened = nil
	w.forward(time.Minute)
	res = w.run(`{}`)
	want = map[string]string{"acme": "ok 1", "bolt": "notdue 0", "cask": "ok 2"}
	if diff := cmp.Diff(want, brief(res)); diff != "" || res.CutShort {
		t.Errorf("second run, cut short %v (-want +got):\n%s", res.CutShort, diff)
	}
}

// brief is each customer's outcome and what was written.
func brief(res runner.Result) map[string]string {
	out := map[string]string{}
	for _, row := range res.Customers {
		out[row.CustomerID] = fmt.Sprint(row.Outcome, " ", row.Written)
	}
	return out
}

// TestManyCustomers: each of the bad ones has its own reason, and all others are done.
func TestManyCustomers(t *testing.T) {
	t.Parallel()
	const customers = 500
	w := newWorld(t)
	w.runner.Concurrency = 32
	id := func(i int) string { return fmt.Sprintf("c-%03d", i) }
	kinds := []string{"settings", "secret", "host", "panic in Open", "panic in Plan", "panic in Apply", "off"}
	kind := func(i int) string { return append(kinds, "good", "good", "good")[i%10] }
	for i := range customers {
		var more map[string]any
		switch kind(i) {
		case "settings":
			more = map[string]any{"intervall": 5}
		case "off":
			more = map[string]any{"enabled": false}
		}
		s := w.customer(id(i), more)
		s.add(w.clock(), "1", "2")
		switch kind(i) {
		case "host":
			s.planning = func(context.Context) error {
				return errclass.New(errclass.Transient, "test: GET /articles", "no answer in time")
			}
		case "panic in Plan":
			s.planning = func(context.Context) error { panic("secret") }
		case "panic in Apply":
			s.trouble["1"] = func(context.Context) error { panic("secret") }
		}
	}
	w.open = func(customer string) error {
		i, err := strconv.Atoi(strings.TrimPrefix(customer, "c-"))
		if err != nil {
			return err
		}
		switch kind(i) {
		case "secret":
			return errclass.New(errclass.Credentials, "", "the secret of %s is malformed", customer)
		case "panic in Open":
			panic("secret")
		}
		return nil
	}
	res := w.run(`{}`)
	want := map[runner.Outcome]int{runner.Blocked: 100, runner.Failed: 150, runner.Partial: 50, runner.Off: 50, runner.OK: 150}
	if diff := cmp.Diff(want, res.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(res.Customers) != 200 || res.CustomersOmitted != 300 {
		t.Errorf("%d rows, %d omitted", len(res.Customers), res.CustomersOmitted)
	}
	reasons := map[string]string{"settings": "intervall", "secret": "malformed", "host": "no answer in time",
		"panic in Open": "the program failed", "panic in Plan": "the program failed", "panic in Apply": "1: the program failed"}
	lines := w.output.lines(t, "msg", "customer")
	for i := range customers {
		at := slices.IndexFunc(lines, func(l map[string]any) bool { return l["customer"] == id(i) })
		if at < 0 || !strings.Contains(lines[at]["reason"].(string), reasons[kind(i)]) {
			t.Errorf("%s, %s: line %d of the log does not say %q", id(i), kind(i), at, reasons[kind(i)])
		}
		s, written := w.systems[id(i)], 0
		switch kind(i) {
		case "good":
			written = 2
		case "panic in Apply":
			written = 1
		}
		if len(s.target) != written {
			t.Errorf("%s, %s: wrote %v", id(i), kind(i), s.target)
		}
	}
	if strings.Contains(w.output.b.String(), "secret\"") {
		t.Error("the value of a panic was logged")
	}
}
