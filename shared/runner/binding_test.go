package runner_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/runner"
)

// leadsTo are settings that lead to a goods owner.
func leadsTo(goodsOwner int) map[string]any {
	baseURL := "https://api.ongoingsystems.se/acme/api/v1/"
	return map[string]any{"ongoing": map[string]any{"baseUrl": baseURL, "goodsOwnerId": goodsOwner}}
}

func TestFirstLiveRunBindsTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	preview := map[string]any{"mode": "preview"}
	for name, run := range map[string]func() runner.Row{
		"a dry run":              func() runner.Row { return w.runFor("acme", `,"dryRun":true`) },
		"a run in preview":       func() runner.Row { w.putCustomer("acme", preview); return w.runOne(`{}`) },
		"a dry run of a preview": func() runner.Row { return w.runFor("acme", `,"dryRun":true`) },
	} {
		if row := run(); row.Outcome != runner.OK || len(w.records("acme", "binding")) != 0 {
			t.Errorf("%s: %+v, records %v", name, row, w.records("acme", "binding"))
		}
	}
	w.putCustomer("acme", nil)
	w.runFor("acme", "")
	b := w.record("acme", "binding")
	if b["office24ClientId"] != 700001.0 || b["goodsOwnerId"] != 7.0 || b["office24Name"] != "Demo AS" ||
		b["ongoingBaseUrl"] != "https://api.ongoingsystems.se/acme/api/v1/" || b["boundAt"] != stateTime(w.clock()) {
		t.Errorf("binding %v", b)
	}
}

func TestSettingsOrLoginThatLeadElsewhereBlockTheCustomer(t *testing.T) {
	t.Parallel()
	otherAddress := map[string]any{"ongoing": map[string]any{
		"baseUrl": "https://api.ongoingsystems.se/test/api/v1/", "goodsOwnerId": 7,
	}}
	tests := map[string]struct {
		change  func(*world)
		reason  []string
		opened  bool
		preview bool
	}{
		"another goods owner": {
			change: func(w *world) { w.putCustomer("acme", leadsTo(8)) },
			reason: []string{
				`customer "acme" is bound to goods owner 7 at https://api.ongoingsystems.se/acme/api/v1/ since 20`,
				`but the settings lead to goods owner 8 at https://api.ongoingsystems.se/acme/api/v1/`,
				`ongoing.goodsOwnerId`, `delete its record "binding"`,
			},
		},
		"the same id in another warehouse": {
			change: func(w *world) { w.putCustomer("acme", otherAddress) },
			reason: []string{"goods owner 7 at https://api.ongoingsystems.se/test/api/v1/"},
		},
		"another company": {
			change: func(w *world) { w.companies["acme"] = 800002 },
			reason: []string{
				`client 700001 of 24SevenOffice (Demo AS)`, `the login leads to client 800002`, "office24.identityId",
				"the secret", `delete its record "binding"`,
			},
			opened: true,
		},
		"preview can look at any goods owner": {
			change: func(w *world) {
				more := leadsTo(8)
				maps.Copy(more, map[string]any{"mode": "preview"})
				w.putCustomer("acme", more)
			},
			opened:  true,
			preview: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1")
			w.runOne(`{}`)
			s.add(w.clock(), "2")
			test.change(w)
			before, bound := w.cursorTime("acme"), w.record("acme", "binding")["boundAt"]
			requests := len(s.requests)
			for _, event := range []string{
				"", `,"dryRun":true`, `,"full":true`, `,"keys":["2"]`,
			} {
				w.opened = nil
				row := w.runFor("acme", event)
				if (row.Outcome == runner.Blocked) == test.preview || (len(w.opened) > 0) != test.opened {
					t.Errorf("event %q: %+v, opened %v", event, row, w.opened)
				}
				for _, part := range test.reason {
					if !strings.Contains(row.Reason, part) {
						t.Errorf("event %q: the reason %q does not say %q", event, row.Reason, part)
					}
				}
			}
			if len(s.applied) != 1 || !test.preview && len(s.requests) != requests {
				t.Errorf("applied %v, %d more plans", s.applied, len(s.requests)-requests)
			}
			if w.cursorTime("acme") != before || w.record("acme", "binding")["boundAt"] != bound {
				t.Error("cursor or binding changed")
			}
		})
	}
}

// Deleting the record binding is the decision to move: everything is read once, and what failed before is unknown.
func TestDeletedBindingMovesTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.source("2").refused = held("method 9 is not listed")
	w.runOne(`{}`)
	w.putCustomer("acme", leadsTo(8))
	w.remove("acme", "binding")
	s.source("2").refused = nil
	clear(s.target)

	if row := w.runFor("acme", `,"dryRun":true`); row.Planned != 2 || !s.lastRequest().Since.IsZero() ||
		len(w.failedKeys("acme")) != 1 {
		t.Errorf("a dry run shows %+v; failed %v", row, w.failedKeys("acme"))
	}
	w.forward(time.Minute)
	row := w.runFor("acme", "")
	if row.Outcome != runner.OK || row.Written != 2 || !s.lastRequest().Since.IsZero() {
		t.Errorf("got %+v", row)
	}
	if len(w.failedKeys("acme")) != 0 || w.record("acme", "binding")["goodsOwnerId"] != 8.0 {
		t.Errorf("failed %v, binding %v", w.failedKeys("acme"), w.record("acme", "binding"))
	}
	w.tick()
	if s.lastRequest().Since.IsZero() {
		t.Error("the next run reads everything again")
	}
}

// A customer that waits for its turn is not bound by settings that a person has changed since the invocation read them.
func TestCustomerThatWaitsIsNotBoundByFormerSettings(t *testing.T) {
	t.Parallel()
	moved := func(w *world, customer string) { w.putCustomer(customer, leadsTo(8)) }
	unchanged := func(*world, string) {}
	for name, test := range map[string]struct {
		change func(w *world, customer string)
		ran    bool // before
		bound  bool // in this invocation
		to     any  // the goods owner after the next one
	}{
		"moved":                {change: moved, ran: true, to: 8.0},
		"removed":              {change: (*world).removeCustomer, ran: true},
		"only its binding is":  {change: unchanged, ran: true, bound: true, to: 7.0},
		"new, and corrected":   {change: moved, to: 8.0},
		"new, and removed":     {change: (*world).removeCustomer},
		"new, and left as set": {change: unchanged, bound: true, to: 7.0},
	} {
		w := newWorld(t, "acme", "birk")
		if test.ran {
			w.tick()
			w.tick() // the next one expects to find nothing to do
		}
		waits := ""
		w.onOpen = func(opened string) error {
			w.onOpen = nil
			if waits = "acme"; opened == "acme" {
				waits = "birk"
			}
			test.change(w, waits)
			w.remove(waits, "binding")
			w.systems[waits].add(w.clock(), "1")
			return nil
		}
		res := w.tick()
		s := w.systems[waits]
		row := res.Customers[slices.IndexFunc(res.Customers, func(r runner.Row) bool { return r.CustomerID == waits })]
		if (row.Outcome == runner.OK) != test.bound || (s.target["1"] != "") != test.bound ||
			(w.record(waits, "binding") != nil) != test.bound {
			t.Errorf("%s: %+v, binding %v, wrote %v", name, row, w.record(waits, "binding"), s.target)
		}
		if !test.bound && !strings.Contains(row.Reason, "settings were changed or removed") {
			t.Errorf("%s: the reason is %q", name, row.Reason)
		}
		w.tick()
		got := w.record(waits, "binding")["goodsOwnerId"]
		if got != test.to || (s.target["1"] != "") != (test.to != nil) {
			t.Errorf("%s: then bound to %v, not %v; wrote %v", name, got, test.to, s.target)
		}
	}
}

func TestSecondCustomerOfAGoodsOwnerIsBlocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.runOne(`{}`)
	w.putCustomer("birk", leadsTo(7))
	w.companies["birk"] = 900003
	for _, event := range []string{"", `,"dryRun":true`} {
		if row := w.runFor("birk", event); row.Outcome != runner.Blocked || !strings.Contains(row.Reason, `"acme"`) {
			t.Errorf("event %q: %+v", event, row)
		}
	}
	if s := w.systems["birk"]; len(s.requests) != 0 || len(w.records("birk", "binding")) != 0 {
		t.Errorf("%d plans, records %v", len(s.requests), w.records("birk", "binding"))
	}
	more := leadsTo(7)
	more["mode"] = "preview"
	w.putCustomer("birk", more)
	if row := w.runFor("birk", ""); row.Outcome != runner.OK {
		t.Errorf("in preview: %+v", row)
	}
	w.putCustomer("birk", leadsTo(7))
	w.remove("acme", "binding")
	if row := w.runFor("birk", ""); row.Outcome != runner.OK {
		t.Errorf("after the other customer was released: %+v", row)
	}
	if row := w.runFor("acme", ""); row.Outcome != runner.Blocked || !strings.Contains(row.Reason, `"birk"`) {
		t.Errorf("the first customer: %+v", row)
	}
}

// A run that is under way when a person deletes the binding stops within a minute, and settles nothing.
func TestRunStopsWhenTheBindingIsDeleted(t *testing.T) {
	t.Parallel()
	for deletedIn, applied := range map[string]int{"2": 3, "4": 4} {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "1", "2", "3", "4")
		s.onApply[deletedIn] = w.removing("acme", "binding")
		s.onApply["3"] = func(context.Context) error { w.forward(time.Minute); return nil }
		row := w.runOne(`{}`)
		if row.Outcome != runner.Failed || !strings.Contains(row.Reason, "binding") || len(s.applied) != applied {
			t.Errorf("deleted during record %s: got %+v, applied %v", deletedIn, row, s.applied)
		}
		if !w.cursorTime("acme").IsZero() {
			t.Errorf("deleted during record %s: the cursor has moved", deletedIn)
		}
		if row := w.runFor("acme", ""); row.Outcome != runner.OK || s.target["4"] != "4" {
			t.Errorf("deleted during record %s: the next run: %+v", deletedIn, row)
		}
	}
}

func TestChangeOfSettingsOrSecretMakesFailuresDueAtOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"settings": func(w *world) { w.putCustomer("acme", map[string]any{"name": "Acme AS"}) },
		"secret":   func(w *world) { w.secrets["acme"] = "other" },
	} {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "7", "8")
		s.source("7").refused = held("method 9 is not listed")
		s.failApply(rejected("no such group"), "8")
		w.runOne(`{}`)
		w.forward(15 * time.Minute)
		w.runOne(`{}`) // the pauses are half an hour now
		w.forward(5 * time.Minute)
		s.applied = nil
		row := w.runFor("acme", "")
		if len(s.applied) != 0 || !strings.Contains(row.Reason, "7: method 9 is not listed (tried again after 20") {
			t.Errorf("%s: in the pause: %+v, applied %v", name, row, s.applied)
		}
		change(w)
		if s.adjustPlan = nil; w.runFor("acme", "").Outcome != runner.Partial || len(s.applied) != 1 {
			t.Errorf("%s: after the change applied %v", name, s.applied)
		}
		if f := w.record("acme", "failure#articles#7"); f["attempts"] != 3.0 {
			t.Errorf("%s: after the change %v", name, f)
		}
		w.forward(time.Minute)
		if w.runFor("acme", ""); len(s.applied) != 1 {
			t.Errorf("%s: the pause does not count any more: applied %v", name, s.applied)
		}
	}
}
