package faults_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A tableTrouble is what befalls a request to DynamoDB. No effect: somebody else writes the record right before, so that
// the condition of the write fails.
type tableTrouble struct {
	effect dynamodbtest.Effect
	moved  bool
	hits   atomic.Int64 // requests like the first that met it
}

func tableTroubles() []trouble {
	down := func(name string, e dynamodbtest.Effect) trouble {
		return trouble{name: name, kind: tableDown, table: &tableTrouble{effect: e}, means: is(errclass.Transient, attempts)}
	}
	return []trouble{
		down("throttled", dynamodbtest.Throttle), down("too many requests", dynamodbtest.Busy), down("internal error", dynamodbtest.Fail),
		down("reset", dynamodbtest.ResetBefore), down("reset after the effect", dynamodbtest.ResetAfter),
		{name: "moved by another", kind: tableMoved, table: &tableTrouble{moved: true}, means: is(errclass.Conflict, 1)},
	}
}

// TestDynamoDB lets every request of every process to the state table meet every trouble.
func TestDynamoDB(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	part := &sample{met: map[string]bool{}}
	matrix(t, folder, func(s scenario) []*trial { return tableTrials(surveyTable(t, folder, s), part) })
}

// surveyTable lists the requests of an undisturbed run. A dry run makes those that plan; the lease comes before them.
func surveyTable(t *testing.T, folder string, s scenario) []step {
	t.Helper()
	f := newFleet(t, folder, s, []string{"dry", "wet"})
	var requests []string
	dry := 0
	f.bed.DynamoDB.Inject(dynamodbtest.Fault{Key: "wet/", Times: -1, Before: func(r dynamodbtest.Request) { requests = append(requests, f.request(r)) }})
	f.bed.DynamoDB.Inject(dynamodbtest.Fault{Key: "dry/", Times: -1, Before: func(dynamodbtest.Request) { dry++ }})
	_, err := f.run(s.process, map[string]any{"customers": []string{"dry"}, "dryRun": true})
	f.must(err)
	planned := dry // less the mark, which a run over all customers reads for all at once, and one for the lease
	f.prepare(s.process)
	f.bed.DynamoDB.ClearFaults()
	var steps []step
	for i, request := range requests {
		steps = append(steps, step{process: s.process, operation: request, n: i + 1, planned: planned, calls: len(requests)})
	}
	return steps
}

// request names a request without the customer and the time.
func (f *fleet) request(r dynamodbtest.Request) string {
	_, record, _ := strings.Cut(r.Key, "/")
	if run := "run#" + string(f.scenario.process); strings.HasPrefix(record, run) {
		record = run
	}
	return r.Operation + " " + record
}

func tableTrials(steps []step, part *sample) []*trial {
	var trials []*trial
	for _, st := range steps {
		part.calls++
		for n, tr := range tableTroubles() {
			switch {
			case tr.table.moved && !st.conditional(), !part.takes(n, tr):
			case tr.table.moved:
				trials = append(trials, &trial{step: st, trouble: tr})
			default:
				lasting := &tableTrouble{effect: tr.table.effect}
				trials = append(trials, &trial{step: st, trouble: tr}, &trial{step: st, trouble: tr, lasting: true})
				trials[len(trials)-1].table = lasting
			}
		}
	}
	return trials
}

// conditional tells writes that must not be done over somebody else's.
func (s step) conditional() bool {
	return (strings.HasPrefix(s.operation, "PutItem ") || strings.HasPrefix(s.operation, "UpdateItem ")) &&
		!s.about("run#") && !s.about("session")
}

func (s step) about(record string) bool { return strings.Contains(s.operation, " "+record) }

// setTable makes the trouble befall the requests about one customer.
func (x *trial) setTable(f *fleet) {
	times := 1
	if x.lasting {
		times = -1
	}
	var first atomic.Value
	f.bed.DynamoDB.Inject(dynamodbtest.Fault{Key: x.customer.ID + "/", N: x.n, Times: times, Effect: x.table.effect, Before: func(r dynamodbtest.Request) {
		if name := f.request(r); first.CompareAndSwap(nil, name) || name == first.Load() {
			x.table.hits.Add(1)
		}
		if x.table.moved {
			x.move(f, r)
		}
	}})
}

// move does what another run, or a person, might do to the record.
func (x *trial) move(f *fleet, r dynamodbtest.Request) {
	_, record, _ := strings.Cut(r.Key, "/")
	switch {
	case x.about("lease#"):
		f.set(x.customer.ID, record, "holder", "somebody else")
		f.set(x.customer.ID, record, "until", time.Now().Add(time.Hour).UTC().Format(storedTime))
	case x.about("cursor#"):
		f.set(x.customer.ID, record, "since", time.Now().Add(-read-time.Minute).UTC().Format(storedTime))
	default:
		f.setNumber(x.customer.ID, record, "version", 7)
	}
}

// wantOfTable works out what has to come of a trouble of the state table: what the SDK's own repetitions do not get over
// ends the run, and what cannot be written down in the end does not undo what was done.
func (x *trial) wantOfTable() expectation {
	e := expectation{outcome: runner.Failed, named: "state: ", least: attempts, most: attempts}
	release := x.about("lease#") && x.n == x.calls
	after := x.table.effect == dynamodbtest.ResetAfter
	switch {
	case x.table.moved:
		return x.wantOfMoved(release)
	case !x.lasting:
		return expectation{outcome: runner.OK, moved: true, least: 1, most: 1}
	case x.about("run#"), release:
		e.outcome, e.moved, e.named = runner.OK, true, ""
	case x.about("cursor#") && !x.planning():
		e.moved = after
	case x.about("session"):
		e.named = "session"
	case !x.planning() && after: // the failure record is written, and only its answer lost
		e.class = errclass.Transient
	}
	return e
}

// wantOfMoved is what has to come of a write that met somebody else's.
func (x *trial) wantOfMoved(release bool) expectation {
	e := expectation{outcome: runner.Partial, class: errclass.Conflict, moved: true, named: x.operation, least: 1, most: 1}
	switch {
	case release: // the lease had run out and went to another run: what was written last is compared again
		return expectation{outcome: runner.OK, class: errclass.Conflict, moved: true, least: 1, most: 1}
	case x.about("lease#"):
		return expectation{outcome: runner.Busy, least: 1, most: 1}
	case x.about("cursor#"):
		e.outcome, e.class = runner.Failed, ""
	}
	return e
}

// TestNoTables: without settings nothing is done for anybody, and without the marks it is not known who is due; once the
// tables are back, everything is done.
func TestNoTables(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{dynamodbtest.SettingsTable, dynamodbtest.StateTable} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, folder, scenarios()[0], []string{"first", "second"})
			begin := f.mark()
			f.bed.DynamoDB.Inject(dynamodbtest.Fault{Table: table, Times: -1, Effect: dynamodbtest.Fail})
			result, err := f.run(naming.Articles, map[string]any{})
			f.bed.DynamoDB.ClearFaults()
			switch {
			case table == dynamodbtest.SettingsTable && (err == nil || !strings.Contains(err.Error(), "settings cannot be read")):
				t.Errorf("without settings: %v", err)
			case table == dynamodbtest.StateTable && (err != nil || result.Outcomes[runner.Failed] != len(f.customers)):
				t.Errorf("without the state: %+v, %v", result.Outcomes, err)
			}
			for id, n := range f.counts(begin) {
				if len(n.calls) > 0 {
					t.Errorf("calls for %s all the same: %v", id, n.calls)
				}
			}
			f.prepare(naming.Articles)
		})
	}
}
