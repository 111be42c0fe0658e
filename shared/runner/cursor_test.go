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
)

// TestCursor: the cursor moves to the moment before the plan was made if every record is settled, and not at all
// otherwise, in whatever way a run ends.
func TestCursor(t *testing.T) {
	t.Parallel()
	down := errclass.New(errclass.Transient, "test", "502")
	tests := []struct {
		why   string
		event string
		act   func(*world, *system)
		moved bool
	}{
		{"everything was written", `{}`, nil, true},
		{"some are kept as failures", `{}`, func(_ *world, s *system) { s.refuse("2", rejected("no")) }, true},
		{"the plan refused some", `{}`, func(_ *world, s *system) { s.source("2").refused = rejected("no") }, true},
		{"nothing had to be done", `{}`, func(_ *world, s *system) { s.sources = nil }, true},
		{"a person's run", `{"customers":["acme"]}`, nil, true},
		{"everything was compared", `{"customers":["acme"],"full":true}`, nil, true},
		{"it took a while", `{}`, func(w *world, s *system) {
			s.trouble["2"] = func(context.Context) error { w.forward(5 * time.Minute); return nil }
		}, true},

		{"records were named", `{"customers":["acme"],"keys":["1"]}`, nil, false},
		{"a moment was named", `{"customers":["acme"],"since":"2026-01-01T00:00:00Z"}`, nil, false},
		{"a dry run", `{"customers":["acme"],"dryRun":true}`, nil, false},
		{"in preview", `{}`, func(w *world, _ *system) { w.customer("acme", map[string]any{"mode": "preview"}) }, false},
		{"the plan holds not all", `{}`, func(_ *world, s *system) { s.adjust = func(p *plan.Plan[string]) { p.Partial = true } }, false},
		{"the brake holds", `{}`, func(w *world, _ *system) { w.runner.Policy = brake }, false},
		{"the plan fails", `{}`, func(_ *world, s *system) { s.planning = func(context.Context) error { return down } }, false},
		{"the plan panics", `{}`, func(_ *world, s *system) { s.planning = func(context.Context) error { panic("x") } }, false},
		{"no credentials", `{}`, func(w *world, _ *system) {
			w.open = func(string) error { return errclass.New(errclass.Credentials, "", "refused") }
		}, false},
		{"the policy panics", `{}`, func(w *world, _ *system) {
			w.runner.Policy = func(settings.Customer, plan.Plan[string]) error { panic("x") }
		}, false},
		{"throttled in the middle", `{}`, func(_ *world, s *system) { s.refuse("2", errclass.New(errclass.Throttled, "", "wait")) }, false},
		{"locked out in the middle", `{}`, func(_ *world, s *system) { s.refuse("2", errclass.New(errclass.Credentials, "", "refused")) }, false},
		{"an outage in the middle", `{}`, func(_ *world, s *system) { s.refuse("2", down); s.refuse("3", down); s.refuse("4", down) }, false},
		{"too many refusals in a row", `{}`, func(_ *world, s *system) {
			for _, key := range []string{"1", "2", "3", "4"} {
				s.refuse(key, rejected("no"))
			}
		}, false},
		{"time ran out", `{}`, func(w *world, s *system) {
			s.trouble["2"] = func(context.Context) error { w.forward(14 * time.Minute); return nil }
		}, false},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			s := w.systems["acme"]
			s.add(w.clock(), "1", "2", "3", "4", "5")
			if test.act != nil {
				test.act(w, s)
			}
			started := w.clock()
			w.run(test.event)
			if got := w.since("acme"); got.IsZero() == test.moved || test.moved && !got.Equal(started) {
				t.Errorf("cursor %v, the run started at %v", got, started)
			}
		})
	}
}

// TestOverlap: a plan reads from a while before the last one, and a person's moment is taken as it is.
func TestOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	first := w.clock()
	w.run(`{}`)
	w.tick()
	since := first.Add(-time.Hour).Format(time.RFC3339)
	w.row("acme", `,"since":"`+since+`"`)
	w.row("acme", `,"full":true`)
	w.row("acme", `,"keys":["7"]`)
	var got []time.Time
	for _, ask := range s.asks {
		got = append(got, ask.Since)
	}
	second := first.Add(15 * time.Minute)
	want := []time.Time{{}, first.Add(-runner.Overlap), first.Add(-time.Hour), {}, second.Add(-runner.Overlap)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !s.asks[3].Full || s.asks[2].Full || s.asks[4].Keys == nil {
		t.Errorf("got %+v", s.asks)
	}
}

// TestSweep: a sweep of several runs keeps its place, and its moments move when it is over, to when it began.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	began := w.clock()
	var sweep plan.Sweep
	partial := false
	s.adjust = func(p *plan.Plan[string]) { p.Sweep, p.Partial = sweep, partial }
	cursor := func() map[string]any {
		c := w.record("acme", "cursor#articles")
		delete(c, "customerId")
		delete(c, "record")
		return c
	}
	text := func(at time.Time) string { return at.Format("2006-01-02T15:04:05.000Z") }
	steps := []struct {
		why     string
		sweep   plan.Sweep
		partial bool
		want    map[string]any
	}{
		{"the first full sweep is over at once", plan.Sweep{Full: true, Began: began}, false,
			map[string]any{"since": text(began), "fullSweepAt": text(began)}},
		{"another begins and is not over", plan.Sweep{Full: true, Began: began.Add(15 * time.Minute), Place: "full 17"}, true,
			map[string]any{"since": text(began), "fullSweepAt": text(began), "place": "full 17"}},
		{"it goes on", plan.Sweep{Full: true, Began: began.Add(15 * time.Minute), Place: "full 40"}, true,
			map[string]any{"since": text(began), "fullSweepAt": text(began), "place": "full 40"}},
		{"it is over", plan.Sweep{Full: true, Began: began.Add(15 * time.Minute)}, false,
			map[string]any{"since": text(began.Add(15 * time.Minute)), "fullSweepAt": text(began.Add(15 * time.Minute))}},
		{"what changed is no full sweep", plan.Sweep{}, false,
			map[string]any{"since": text(began.Add(60 * time.Minute)), "fullSweepAt": text(began.Add(15 * time.Minute))}},
		{"a place may be kept for good", plan.Sweep{Place: "1007"}, false,
			map[string]any{"since": text(began.Add(75 * time.Minute)), "fullSweepAt": text(began.Add(15 * time.Minute)), "place": "1007"}},
	}
	for _, step := range steps {
		sweep, partial = step.sweep, step.partial
		res := w.run(`{}`)
		if diff := cmp.Diff(step.want, cursor()); diff != "" || res.CutShort != step.partial {
			t.Errorf("%s: cut short %v (-want +got):\n%s", step.why, res.CutShort, diff)
		}
		w.forward(15 * time.Minute)
	}
}

// TestScope: after a change of the settings that decide what is read, everything is read once more, until it is settled.
func TestScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	partial := false
	s.adjust = func(p *plan.Plan[string]) { p.Partial = partial }
	only := func(categories ...any) func() {
		return func() { w.customer("acme", map[string]any{"articles": map[string]any{"categoryIds": categories}}) }
	}
	steps := []struct {
		why     string
		act     func()
		partial bool
		all     bool
	}{
		{"nothing was read yet", nil, false, true},
		{"nothing changed", nil, false, false},
		{"some categories only", only(1, 2), false, true},
		{"the same categories", nil, false, false},
		{"another one", only(1, 2, 3), true, true},
		{"not all of it had its turn", nil, false, true},
		{"now it had", nil, false, false},
		{"a setting that decides nothing", func() {
			w.customer("acme", map[string]any{"name": "Acme", "articles": map[string]any{"categoryIds": []any{1, 2, 3}}})
		}, false, false},
		{"all categories again", func() { w.customer("acme", nil) }, false, true},
	}
	for _, step := range steps {
		if step.act != nil {
			step.act()
		}
		partial = step.partial
		w.tick()
		if since := s.asks[len(s.asks)-1].Since; since.IsZero() != step.all {
			t.Errorf("%s: read from %v", step.why, since)
		}
	}
}
