package planner_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
)

type id int

// A record says by its verdict what the steps decide about it.
type record struct {
	id      id
	verdict planner.Verdict
	foreign bool // out of scope
	changed time.Time
	err     error
}

var errUnreadable = errclass.New(errclass.Rejected, "", "unreadable")

// steps are a process whose candidates become a change each.
type steps struct {
	links map[int]string
	calls []string
	// rereads are the records as they are when they are read again; those that are missing are gone.
	rereads  map[id]record
	failLink error
}

func (s *steps) call(format string, args ...any) {
	s.calls = append(s.calls, fmt.Sprintf(format, args...))
}

func (s *steps) ID(r record) id { return r.id }

func (s *steps) Changed(r record) time.Time { return r.changed }

func (s *steps) InScope(r record) (bool, plan.Why) {
	return !r.foreign, plan.Why{Reason: "another system's"}
}

func (s *steps) Links(_ context.Context, ids []int) (map[int]string, error) {
	s.call("links of %d", len(ids))
	return s.links, s.failLink
}

func (s *steps) Decide(r record, link string) planner.Decision[id, string] {
	var why plan.Why
	if r.verdict == planner.Skipped {
		why = plan.Why{Reason: "by a rule", Setting: "a.b"}
	}
	return planner.Decision[id, string]{
		Why:         why,
		Verdict:     r.verdict,
		Change:      plan.Change[string]{Key: fmt.Sprint(r.id), Payload: link},
		Candidate:   r.id,
		Fingerprint: "fingerprint",
		Err:         errUnreadable,
	}
}

func (s *steps) Complete(_ context.Context, candidates []id, to *plan.Plan[string]) error {
	s.call("complete %v", candidates)
	for _, c := range candidates {
		to.Changes = append(to.Changes, plan.Change[string]{Key: fmt.Sprint(c)})
	}
	return nil
}

func (s *steps) Reread(_ context.Context, ids []id) iter.Seq2[record, error] {
	s.call("reread %v", ids)
	var found []record
	for _, id := range ids {
		if r, exists := s.rereads[id]; exists {
			found = append(found, r)
		}
	}
	return stream(found...)
}

func stream(records ...record) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for _, r := range records {
			if !yield(r, r.err) {
				return
			}
		}
	}
}

// kept returns records that all have to be completed.
func kept(ids ...id) []record {
	var out []record
	for _, id := range ids {
		out = append(out, record{id: id, verdict: planner.Kept})
	}
	return out
}

func keys[T any](changes []plan.Change[T]) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Key)
	}
	return out
}

var roomy = planner.Limits{Kept: 1000, Planned: 1000, BatchSize: 1000}

func makePlan(t *testing.T, s *steps, limits planner.Limits, records ...record) plan.Plan[string] {
	t.Helper()
	p := planner.New(s, limits)
	if err := p.Read(t.Context(), stream(records...)); err != nil {
		t.Fatal(err)
	}
	if err := p.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p.Plan
}

func TestEachVerdictHasItsPlaceInThePlan(t *testing.T) {
	t.Parallel()
	s := &steps{links: map[int]string{4: "link of 4"}}
	got := makePlan(t, s, roomy,
		record{id: 1, verdict: planner.Unchanged},
		record{id: 2, verdict: planner.Skipped},
		record{id: 3, verdict: planner.Refused},
		record{id: 4, verdict: planner.Changed},
		record{id: 5, verdict: planner.Kept},
		record{id: 6, foreign: true},
		record{id: 7, err: errUnreadable},
	)
	want := plan.Plan[string]{
		Read: 7, Unchanged: 1, Skipped: 2,
		Changes: []plan.Change[string]{{Key: "4", Payload: "link of 4"}, {Key: "5"}},
		Refused: []plan.Refusal{
			{Key: "7", Err: errUnreadable}, {Key: "3", Fingerprint: "fingerprint", Err: errUnreadable},
		},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *errclass.Error) bool { return a == b })); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestRecordThatComesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	s := &steps{}
	changed, unreadable := record{id: 1, verdict: planner.Changed}, record{id: 2, err: errUnreadable}
	got := makePlan(t, s, roomy, changed, unreadable, changed, unreadable, record{id: 2, verdict: planner.Changed})
	if got.Read != 2 || !slices.Equal(keys(got.Changes), []string{"1"}) || len(got.Refused) != 1 {
		t.Errorf("got %+v", got)
	}
}

// It is found again by the time of its change.
func TestRecordWithoutAReadableIDIsRefusedAlone(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, 11, 29, 3, 15, 0, 0, time.UTC)
	got := makePlan(t, &steps{}, roomy, record{err: errUnreadable, changed: changed},
		record{id: 1, verdict: planner.Changed}, record{err: errUnreadable})
	if got.Read != 3 || !slices.Equal(keys(got.Changes), []string{"1"}) || len(got.Refused) != 2 {
		t.Fatalf("got %+v", got)
	}
	for i, want := range []time.Time{changed, {}} {
		if at, ok := plan.ChangedAt(got.Refused[i].Key); !ok || !at.Equal(want) {
			t.Errorf("key %q; want one of %v", got.Refused[i].Key, want)
		}
	}
}

func TestSeenCoversRecordsThatWereReadInAnyWay(t *testing.T) {
	t.Parallel()
	p := planner.New(&steps{}, roomy)
	records := stream(record{
		id: 1, verdict: planner.Unchanged,
	}, record{id: 2, foreign: true}, record{id: 3, err: errUnreadable})
	if err := p.Read(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if !p.Seen(1) || !p.Seen(2) || !p.Seen(3) || p.Seen(4) {
		t.Errorf("seen: %t, %t, %t, %t", p.Seen(1), p.Seen(2), p.Seen(3), p.Seen(4))
	}
}

func TestLinksAreLookedUpAHundredAtATime(t *testing.T) {
	t.Parallel()
	s := &steps{}
	var records []record
	for n := range 250 {
		records = append(records, record{id: id(n + 1), verdict: planner.Unchanged})
	}
	if got := makePlan(t, s, roomy, records...); got.Unchanged != 250 {
		t.Errorf("got %+v", got)
	}
	if want := []string{"links of 100", "links of 100", "links of 50"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls %v; want %v", s.calls, want)
	}
}

func TestRecordsBeyondTheLimitAreReadAgainInBatches(t *testing.T) {
	t.Parallel()
	s := &steps{rereads: map[id]record{
		3: {id: 3, verdict: planner.Kept},
		4: {id: 4, err: errUnreadable},
		5: {id: 5, verdict: planner.Unchanged}, // written by somebody else in the meantime
		6: {id: 6, verdict: planner.Kept, foreign: true},
	}}
	got := makePlan(t, s, planner.Limits{Kept: 2, Planned: 100, BatchSize: 3}, kept(1, 2, 3, 4, 5, 6, 7)...)
	want := []string{
		"links of 7", "complete [1 2]",
		"reread [3 4 5]", "links of 2", "complete [3]",
		"reread [6 7]", "links of 1", "complete [6]",
	}
	if diff := cmp.Diff(want, s.calls); diff != "" {
		t.Errorf("calls: -want +got\n%s", diff)
	}
	if got.Read != 7 || got.Unchanged != 1 || len(got.Refused) != 1 || got.Partial ||
		!slices.Equal(keys(got.Changes), []string{"1", "2", "3", "6"}) {
		t.Errorf("got %+v", got)
	}
}

// They are gone if others are in the answer. If it has none at all, it can come from an outage: the plan fails, so that
// the cursor does not pass them.
func TestAnswerWithoutAnyOfTheRecordsReadAgainIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rereads map[id]record
		class   errclass.Class
	}{
		"none of them": {class: errclass.Transient},
		"only one that nobody asked for": {
			rereads: map[id]record{3: {id: 9, verdict: planner.Kept}}, class: errclass.Transient,
		},
		"one of them":                      {rereads: map[id]record{4: kept(4)[0]}},
		"one of them, which is unreadable": {rereads: map[id]record{4: {id: 4, err: errUnreadable}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planner.New(&steps{rereads: test.rereads}, planner.Limits{Kept: 2, Planned: 100, BatchSize: 3})
			if err := p.Read(t.Context(), stream(kept(1, 2, 3, 4, 5)...)); err != nil {
				t.Fatal(err)
			}
			if err := p.Complete(t.Context()); errclass.Of(err) != test.class {
				t.Errorf("got %v; want class %q", err, test.class)
			}
		})
	}
}

func TestFullPlanIsCutOffAsPartial(t *testing.T) {
	t.Parallel()
	s := &steps{rereads: map[id]record{3: kept(3)[0], 4: kept(4)[0], 5: kept(5)[0], 6: kept(6)[0]}}
	got := makePlan(t, s, planner.Limits{Kept: 2, Planned: 4, BatchSize: 2}, kept(1, 2, 3, 4, 5, 6)...)
	if !got.Partial || !slices.Equal(keys(got.Changes), []string{"1", "2", "3", "4"}) {
		t.Errorf("got %+v", got)
	}
}

// The cursor keeps it after each part.
func TestEachPartHasThePlaceOfItsPlan(t *testing.T) {
	t.Parallel()
	s := &steps{rereads: map[id]record{3: kept(3)[0], 4: kept(4)[0], 5: kept(5)[0]}}
	p := planner.New(s, planner.Limits{Kept: 2, Planned: 2, BatchSize: 2})
	if err := p.Read(t.Context(), stream(kept(1, 2, 3, 4, 5)...)); err != nil {
		t.Fatal(err)
	}
	if err := p.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Plan.Sweep.Place = "7"
	for part, n := p.Plan, 1; part.Next != nil; n++ {
		var err error
		if part, err = part.Next(t.Context()); err != nil || part.Sweep.Place != "7" {
			t.Errorf("part %d has the place %q; error %v", n+1, part.Sweep.Place, err)
		}
	}
}

func TestFullPlanWithNothingLeftIsNotPartial(t *testing.T) {
	t.Parallel()
	if got := makePlan(t, &steps{}, planner.Limits{Kept: 5, Planned: 2, BatchSize: 5}, kept(1, 2, 3)...); got.Partial {
		t.Errorf("got %+v", got)
	}
}

func TestErrorThatNamesNoRecordEndsThePlan(t *testing.T) {
	t.Parallel()
	down := errclass.New(errclass.Transient, "", "down")
	for name, test := range map[string]struct {
		steps   steps
		records []record
		want    error
	}{
		"the stream fails":         {records: []record{{id: 1, err: down}}, want: down},
		"the links cannot be read": {steps: steps{failLink: down}, records: kept(1), want: down},
		"reading again fails": {
			steps:   steps{rereads: map[id]record{3: {id: 3, err: down}}},
			records: kept(1, 2, 3),
			want:    down,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planner.New(&test.steps, planner.Limits{Kept: 2, Planned: 100, BatchSize: 1})
			err := p.Read(t.Context(), stream(test.records...))
			if err == nil {
				err = p.Complete(t.Context())
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v; want %v", err, test.want)
			}
		})
	}
}

func TestRequestedRecords(t *testing.T) {
	t.Parallel()
	byID := func(ids []id) iter.Seq2[record, error] { return stream(kept(ids...)...) }
	for name, test := range map[string]struct {
		keys, retry []string
		want        []id
	}{
		"an ordinary run reads what failed before first": {retry: []string{"7", "8"}, want: []id{7, 8, 1, 2}},
		"nothing failed before":                          {want: []id{1, 2}},
		"keys are the only records":                      {keys: []string{"9"}, retry: []string{"7"}, want: []id{9}},
		"no keys are no records":                         {keys: []string{}, retry: []string{"7"}},
		"a key that is not a number names no record":     {keys: []string{"x", "9"}, want: []id{9}},
		"the time of a change names what was changed since": {
			keys: []string{plan.ChangedKey(time.Time{}), "9"}, want: []id{9, 1, 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []id
			found := 0
			for r, err := range planner.Requested(test.keys, test.retry, byID, stream(kept(1, 2)...), &found) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r.id)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v; want %v", got, test.want)
			}
			if searched := slices.Contains(got, 1); searched != (found == 2) || !searched && found != 0 {
				t.Errorf("%d records found by the search", found)
			}
		})
	}
}

func TestRequestedRecordsThatWereDecidedAreLookedAt(t *testing.T) {
	t.Parallel()
	const missing = "record %s does not exist"
	tests := map[string]struct {
		records             []record
		keys, retry, paused []string
		lookedAt            []string
		notes               []string
	}{
		"what was decided about, and what an answer with others does not contain": {
			records:  kept(1, 2),
			retry:    []string{"1", "9"},
			lookedAt: []string{"1", "9"},
		},
		"an empty answer says nothing": {
			retry: []string{"1"},
		},
		"what is left to the next run was not looked at": {
			records:  kept(1, 2, 3, 4, 5, 6),
			retry:    []string{"1", "2", "3", "4", "5", "6"},
			lookedAt: []string{"1", "2", "3", "4"},
		},
		"a named record that is missing is noted": {
			keys:     []string{"7"},
			retry:    []string{"8"},
			lookedAt: []string{"7"},
			notes:    []string{"record 7 does not exist"},
		},
		"named records that are left to the next run": {
			records:  kept(1, 2, 3, 4, 5, 6),
			keys:     []string{"4", "5", "6"},
			lookedAt: []string{"4"},
		},
		"of those in their pause, only what was read and decided about": {
			records:  kept(1, 2, 3, 4, 5),
			retry:    []string{"1"},
			paused:   []string{"2", "5", "9"},
			lookedAt: []string{"1", "2"},
		},
	}
	for name, test := range tests {
		s := &steps{rereads: map[id]record{}}
		for _, r := range test.records {
			s.rereads[r.id] = r
		}
		p := planner.New(s, planner.Limits{Kept: 2, Planned: 4, BatchSize: 2})
		if err := p.Read(t.Context(), stream(test.records...)); err != nil {
			t.Fatal(err)
		}
		if err := p.Complete(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.AddLookedAt(test.keys, test.retry, test.paused, missing)
		if diff := cmp.Diff(test.lookedAt, p.Plan.LookedAt); diff != "" {
			t.Errorf("%s: looked at: -want +got\n%s", name, diff)
		}
		if diff := cmp.Diff(test.notes, p.Plan.Notes); diff != "" {
			t.Errorf("%s: notes: -want +got\n%s", name, diff)
		}
	}
}

func TestReasonsOfSkippedRecordsAreKeptIfAsked(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{false, true} {
		limits := roomy
		limits.Whys = asked
		got := makePlan(t, &steps{}, limits,
			record{id: 1, foreign: true}, record{id: 2, verdict: planner.Unchanged},
			record{id: 3, verdict: planner.Skipped})
		want := []plan.Why{{Key: "1", Reason: "another system's"}, {Key: "3", Reason: "by a rule", Setting: "a.b"}}
		if !asked {
			want = nil
		}
		if diff := cmp.Diff(want, got.Whys); diff != "" || got.Skipped != 2 {
			t.Errorf("asked %t: %d skipped (-want +got):\n%s", asked, got.Skipped, diff)
		}
	}
}
