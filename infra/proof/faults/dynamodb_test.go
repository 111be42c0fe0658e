package faults_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A tableTrouble is what happens to a request to DynamoDB: an effect, or, if changed is set, another run's write to the
// record right before, so that the condition of the write fails.
type tableTrouble struct {
	effect  dynamodbtest.Effect
	changed bool
	hits    atomic.Int64 // requests of the same name as the first that met it
}

func tableTroubles() []trouble {
	down := func(name string, e dynamodbtest.Effect) trouble {
		transient := always(errclass.Transient, attempts)
		return trouble{name: name, kind: tableDown, table: &tableTrouble{effect: e}, means: transient}
	}
	return []trouble{
		down("throttled", dynamodbtest.Throttle),
		down("too many requests", dynamodbtest.Busy),
		down("internal error", dynamodbtest.Fail),
		down("reset", dynamodbtest.ResetBefore),
		down("reset after the effect", dynamodbtest.ResetAfter),
		{
			name: "changed by another run", kind: tableChanged, table: &tableTrouble{changed: true},
			means: always(errclass.Conflict, 1),
		},
	}
}

func TestEveryDynamoDBRequestRecoversFromEveryTrouble(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	part := &sample{met: map[string]bool{}}
	runMatrix(t, folder, func(s scenario) []*trial { return tableTrials(surveyTable(t, folder, s), part) })
}

// surveyTable lists the requests of an undisturbed run. A dry run tells which of them belong to the plan.
func surveyTable(t *testing.T, folder string, s scenario) []step {
	t.Helper()
	f := newFleet(t, folder, s, []string{"dry", "wet"})
	var requests []string
	var mu sync.Mutex // requests go side by side
	var dry atomic.Int32
	f.env.DynamoDB.Inject(dynamodbtest.Fault{Key: "wet/", Times: -1, Before: func(r dynamodbtest.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, f.request(r))
	}})
	f.env.DynamoDB.Inject(dynamodbtest.Fault{Key: "dry/", Times: -1, Before: func(dynamodbtest.Request) { dry.Add(1) }})
	_, err := f.run(s.process, map[string]any{"customers": []string{"dry"}, "dryRun": true})
	f.must(err)
	// A run over all customers reads the time of the last start for all at once, which is one request less. Taking the
	// lease is one more.
	planned := int(dry.Load())
	f.prepare(s.process)
	f.env.DynamoDB.ClearFaults()
	var steps []step
	for i, request := range requests {
		steps = append(steps, step{
			process: s.process, operation: request, n: i + 1, planned: planned, calls: len(requests),
		})
	}
	return steps
}

// request names a request, without the customer and the time.
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
			case tr.table.changed && !st.isConditional(), !part.takes(n, tr):
			case tr.table.changed:
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

// isConditional reports whether a write must not replace another run's.
func (s step) isConditional() bool {
	return (strings.HasPrefix(s.operation, "PutItem ") || strings.HasPrefix(s.operation, "UpdateItem ")) &&
		!s.about("run#") && !s.about("session")
}

func (s step) about(record string) bool { return strings.Contains(s.operation, " "+record) }

// setTable sets the trouble for the requests about the trial's customer.
func (x *trial) setTable(f *fleet) {
	times := 1
	if x.lasting {
		times = -1
	}
	var first atomic.Value
	fault := dynamodbtest.Fault{Key: x.customer.ID + "/", N: x.n, Times: times, Effect: x.table.effect}
	fault.Before = func(r dynamodbtest.Request) {
		if name := f.request(r); first.CompareAndSwap(nil, name) || name == first.Load() {
			x.table.hits.Add(1)
		}
		if x.table.changed {
			x.changeRecord(f, r)
		}
	}
	f.env.DynamoDB.Inject(fault)
}

// changeRecord does what another run, or a person, could do to the record.
func (x *trial) changeRecord(f *fleet, r dynamodbtest.Request) {
	_, record, _ := strings.Cut(r.Key, "/")
	switch {
	case x.about("lease#"):
		f.set(x.customer.ID, record, "holder", "somebody else")
		f.set(x.customer.ID, record, "until", time.Now().Add(time.Hour).UTC().Format(storedTime))
	case x.about("cursor#"):
		f.set(x.customer.ID, record, "since", time.Now().Add(-cursorAgo-time.Minute).UTC().Format(storedTime))
	default:
		f.setNumber(x.customer.ID, record, "version", 7)
	}
}

// wantOfTable returns what must come of a trouble of the state table. What the SDK's own attempts do not get past ends
// the run. If the run record cannot be written or the lease cannot be given back, the run is still a success.
func (x *trial) wantOfTable() expectation {
	e := expectation{outcome: runner.Failed, named: "state: ", least: attempts, most: attempts}
	release := x.about("lease#") && x.n == x.calls
	after := x.table.effect == dynamodbtest.ResetAfter
	switch {
	case x.table.changed:
		return x.wantOfChanged(release)
	case !x.lasting:
		return expectation{outcome: runner.OK, cursorMoves: true, least: 1, most: 1}
	case x.about("run#"), release:
		e.outcome, e.cursorMoves, e.named = runner.OK, true, ""
	case x.about("cursor#") && !x.isPlanning():
		e.cursorMoves = after
	case x.about("session"):
		e.named = "session"
	case x.about("lease#"): // whether it is still ours is asked between two records
	case !x.isPlanning() && after: // the failure record is written, only the answer is lost
		e.class = errclass.Transient
	}
	return e
}

// wantOfChanged returns what must come of a write to a record that another run has changed.
func (x *trial) wantOfChanged(release bool) expectation {
	kind, _, _ := strings.Cut(x.operation, "#") // links are stored side by side, in any order
	e := expectation{
		outcome: runner.Partial, class: errclass.Conflict, cursorMoves: true, named: kind, least: 1, most: 1,
	}
	switch {
	case release: // another run has the lease since the check after the last write, so nothing was late
		return expectation{outcome: runner.OK, cursorMoves: true, least: 1, most: 1}
	case x.about("lease#"):
		return expectation{outcome: runner.Busy, least: 1, most: 1}
	case x.about("cursor#"):
		e.outcome, e.class = runner.Failed, ""
	}
	return e
}

// Without the settings no customer is known; without the state it is not known who is due. When the tables are back,
// all work is done.
func TestWithoutTablesNothingIsDoneForAnybody(t *testing.T) {
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
			f.env.DynamoDB.Inject(dynamodbtest.Fault{Table: table, Times: -1, Effect: dynamodbtest.Fail})
			result, err := f.run(naming.Articles, map[string]any{})
			f.env.DynamoDB.ClearFaults()
			switch table {
			case dynamodbtest.SettingsTable:
				if err == nil || !strings.Contains(err.Error(), "settings cannot be read") {
					t.Errorf("without the settings: %v", err)
				}
			case dynamodbtest.StateTable:
				if err != nil || result.Outcomes[runner.Failed] != len(f.customers) {
					t.Errorf("without the state: %+v, %v", result.Outcomes, err)
				}
			}
			for id, n := range f.counts(begin) {
				if len(n.calls) > 0 {
					t.Errorf("calls for %s: %v; want none", id, n.calls)
				}
			}
			f.prepare(naming.Articles)
		})
	}
}
