package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

func TestCursorMovesOnlyIfEveryRecordIsSettled(t *testing.T) {
	t.Parallel()
	const named = `{"customers":["acme"],`
	tests := map[string]struct {
		event   string // default: a tick
		prepare func(*world, *system)
		moves   bool
	}{
		"everything is written": {moves: true},
		"a record is kept as a failure": {
			prepare: func(_ *world, s *system) { s.failApply(rejected("no"), "2") },
			moves:   true,
		},
		"the plan refuses a record": {
			prepare: func(_ *world, s *system) { s.source("2").refused = rejected("no") },
			moves:   true,
		},
		"there is nothing to do": {
			prepare: func(_ *world, s *system) { s.sources = nil },
			moves:   true,
		},
		"a person starts the run":      {event: `{"customers":["acme"]}`, moves: true},
		"a person compares everything": {event: named + `"full":true}`, moves: true},
		"the event names records":      {event: named + `"keys":["1"]}`},
		"the event names a time":       {event: named + `"since":"2026-01-01T00:00:00Z"}`},
		"a person asks for a dry run":  {event: named + `"dryRun":true}`},
		"the run takes several minutes": {
			prepare: func(w *world, s *system) {
				s.onApply["2"] = func(context.Context) error { w.forward(5 * time.Minute); return nil }
			},
			moves: true,
		},
		"the customer is in preview": {
			prepare: func(w *world, _ *system) { w.putCustomer("acme", map[string]any{"mode": "preview"}) },
		},
		"the plan is partial": {
			prepare: func(_ *world, s *system) {
				s.adjustPlan = func(p *plan.Plan[string]) { p.Partial = true }
			},
		},
		"a policy holds the plan, so its records are kept as failures": {
			prepare: func(w *world, _ *system) { w.runner.Policy = holdLargePlans },
			moves:   true,
		},
		"the plan fails": {
			prepare: func(_ *world, s *system) {
				s.onPlan = func(context.Context) error { return transient("502") }
			},
		},
		"the plan panics": {
			prepare: func(_ *world, s *system) { s.onPlan = func(context.Context) error { panic("x") } },
		},
		"the credentials are refused": {
			prepare: func(w *world, _ *system) {
				w.onOpen = func(string) error { return errclass.New(errclass.Credentials, "", "refused") }
			},
		},
		"the policy panics": {
			prepare: func(w *world, _ *system) {
				w.runner.Policy = func(settings.Customer, plan.Plan[string], func(string) bool) []plan.Refusal {
					panic("x")
				}
			},
		},
		"a vendor throttles a change": {
			prepare: func(_ *world, s *system) { s.failApply(errclass.New(errclass.Throttled, "", "wait"), "2") },
		},
		"the credentials are refused at a change": {
			prepare: func(_ *world, s *system) { s.failApply(errclass.New(errclass.Credentials, "", "refused"), "2") },
		},
		"a vendor is down": {
			prepare: func(_ *world, s *system) { s.failApply(transient("502"), "2", "3", "4", "5") },
		},
		"too many records are refused in a row": {
			prepare: func(_ *world, s *system) { s.failApply(rejected("no"), "1", "2", "3", "4", "5") },
		},
		"the time runs out": {
			prepare: func(w *world, s *system) {
				s.onApply["2"] = func(context.Context) error { w.forward(14 * time.Minute); return nil }
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3", "4", "5")
			if test.prepare != nil {
				test.prepare(w, s)
			}
			var want time.Time
			if test.moves {
				want = w.clock() // the start of the run
			}
			w.run(orTick(test.event))
			if got := w.cursorTime("acme"); !got.Equal(want) {
				t.Errorf("cursor %v, want %v", got, want)
			}
		})
	}
}

func TestPlanReadsFromBeforeTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.adjustPlan = func(p *plan.Plan[string]) { p.Read = 1 }
	first := w.clock()
	second := first.Add(15 * time.Minute)
	named := first.Add(-time.Hour)
	w.run(`{}`)
	w.tick()
	w.runFor("acme", `,"since":"`+named.Format(time.RFC3339)+`"`)
	w.runFor("acme", `,"full":true`)
	w.runFor("acme", `,"keys":["7"]`)
	type request struct {
		Since time.Time
		Full  bool
		Keys  []string
	}
	var got []request
	for _, r := range s.requests {
		got = append(got, request{Since: r.Since, Full: r.Full, Keys: r.Keys})
	}
	want := []request{
		{},
		{Since: first.Add(-runner.Overlap)},
		{Since: named},
		{Full: true},
		{Since: second.Add(-runner.Overlap), Keys: []string{"7"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An empty answer can be an outage.
func TestReadOfEverythingThatFindsNothingIsLookedAtTwice(t *testing.T) {
	t.Parallel()
	type step struct {
		event string
		read  int
		moves bool
	}
	for name, test := range map[string]struct {
		linked bool // there is a link
		steps  []step
	}{
		"there was nothing before": {steps: []step{{event: `{}`, moves: true}}},
		"an earlier cursor": {steps: []step{
			{event: `{}`, read: 3, moves: true}, {event: `,"full":true`}, {event: `,"full":true`, moves: true},
		}},
		"a lost cursor, but a link": {linked: true, steps: []step{{event: `{}`}, {event: `{}`, moves: true}}},
		"the second look finds something": {linked: true, steps: []step{
			{event: `{}`}, {event: `{}`, read: 2, moves: true}, {event: `,"full":true`}, {event: `{}`, moves: true},
		}},
		"what has changed can be nothing": {steps: []step{
			{event: `{}`, read: 3, moves: true}, {event: `{}`, moves: true},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			if test.linked {
				link := state.ArticleLink{ProductID: 7, ArticleID: 1}
				must(t, w.runner.State.Partition("acme").PutArticle(t.Context(), &link))
			}
			for i, step := range test.steps {
				w.systems["acme"].adjustPlan = func(p *plan.Plan[string]) { p.Read = step.read }
				before, at := w.cursorTime("acme"), w.clock()
				if step.event == `{}` {
					w.run(`{}`)
				} else {
					w.runFor("acme", step.event)
				}
				want := before
				if step.moves {
					want = at
				}
				if got := w.cursorTime("acme"); !got.Equal(want) {
					t.Errorf("step %d: cursor %v, want %v", i, got, want)
				}
				w.forward(time.Hour) // a cursor moves once an hour if nothing happens
			}
		})
	}
}

func TestCursorKeepsThePlaceOfASweepOfSeveralRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	began := w.clock()
	var sweep plan.Sweep
	partial := false
	s.adjustPlan = func(p *plan.Plan[string]) { p.Read, p.Sweep, p.Partial = 1, sweep, partial }
	after := func(minutes int) time.Time { return began.Add(time.Duration(minutes) * time.Minute) }
	type cursor struct {
		since, fullSweepAt time.Time
		place              any
	}
	steps := []struct {
		name    string
		sweep   plan.Sweep
		partial bool
		want    cursor
	}{
		{
			name:  "the first full sweep ends at once",
			sweep: plan.Sweep{Full: true, Began: began},
			want:  cursor{since: began, fullSweepAt: began},
		},
		{
			name:    "another one begins and does not end",
			sweep:   plan.Sweep{Full: true, Began: after(15), Place: "full 17"},
			partial: true,
			want:    cursor{since: began, fullSweepAt: began, place: "full 17"},
		},
		{
			name:    "it continues",
			sweep:   plan.Sweep{Full: true, Began: after(15), Place: "full 40"},
			partial: true,
			want:    cursor{since: began, fullSweepAt: began, place: "full 40"},
		},
		{
			name:  "it ends, and the times become its beginning",
			sweep: plan.Sweep{Full: true, Began: after(15)},
			want:  cursor{since: after(15), fullSweepAt: after(15)},
		},
		{
			name: "a plan of changed records is not a full sweep",
			want: cursor{since: after(60), fullSweepAt: after(15)},
		},
		{
			name:  "a settled plan can keep a place too",
			sweep: plan.Sweep{Place: "1007"},
			want:  cursor{since: after(75), fullSweepAt: after(15), place: "1007"},
		},
	}
	for _, step := range steps {
		sweep, partial = step.sweep, step.partial
		res := w.run(`{}`)
		want := map[string]any{
			"customerId":  "acme",
			"record":      "cursor#articles",
			"binding":     "700001 https://api.ongoingsystems.se/acme/api/v1/ 7",
			"boundAt":     w.record("acme", "binding")["boundAt"],
			"since":       stateTime(step.want.since),
			"fullSweepAt": stateTime(step.want.fullSweepAt),
		}
		if step.want.place != nil {
			want["place"] = step.want.place
		}
		if diff := cmp.Diff(want, w.record("acme", "cursor#articles")); diff != "" || res.CutShort != step.partial {
			t.Errorf("%s: cut short %v (-want +got):\n%s", step.name, res.CutShort, diff)
		}
		w.forward(15 * time.Minute)
	}
}

func TestChangedScopeReadsEverythingUntilItIsSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	partial := false
	s.adjustPlan = func(p *plan.Plan[string]) { p.Read, p.Partial = 1, partial }
	categories := func(ids ...any) map[string]any {
		return map[string]any{"articles": map[string]any{"categoryIds": ids}}
	}
	renamed := categories(1, 2, 3)
	renamed["name"] = "Acme"
	steps := []struct {
		name       string
		change     bool
		settings   map[string]any // only if change
		partial    bool
		everything bool
	}{
		{name: "nothing has been read", everything: true},
		{name: "nothing has changed"},
		{name: "some categories only", change: true, settings: categories(1, 2), everything: true},
		{name: "the same categories"},
		{name: "one more", change: true, settings: categories(1, 2, 3), partial: true, everything: true},
		{name: "the plan was partial", everything: true},
		{name: "it was settled"},
		{name: "a setting outside the scope", change: true, settings: renamed},
		{name: "all categories again", change: true, everything: true},
	}
	for _, step := range steps {
		if step.change {
			w.putCustomer("acme", step.settings)
		}
		partial = step.partial
		w.tick()
		if since := s.lastRequest().Since; since.IsZero() != step.everything {
			t.Errorf("%s: read from %v", step.name, since)
		}
	}
}
