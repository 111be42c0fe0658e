package runner_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestRunsEndAsUndisturbedAfterAnyDynamoDBFault(t *testing.T) {
	t.Parallel()
	undisturbed := runsAfterFault(t, nil)
	if undisturbed.requests < 10 {
		t.Fatalf("a run makes only %d requests", undisturbed.requests)
	}
	effects := []dynamodbtest.Effect{dynamodbtest.Throttle, dynamodbtest.Busy, dynamodbtest.Fail,
		dynamodbtest.ResetBefore, dynamodbtest.ResetAfter}
	for _, effect := range effects {
		for _, times := range []int{1, -1} {
			for n := range undisturbed.requests {
				t.Run(fmt.Sprintf("%s at request %d, %d times", effect, n+1, times), func(t *testing.T) {
					t.Parallel()
					got := runsAfterFault(t, &dynamodbtest.Fault{N: n + 1, Times: times, Effect: effect})
					if diff := cmp.Diff(undisturbed.end, got.end); diff != "" {
						t.Errorf("in the end (-undisturbed +got):\n%s", diff)
					}
					if times == 1 && got.outcome != undisturbed.outcome {
						t.Errorf("the SDK repeats a request that failed once, but the run was %s", got.outcome)
					}
					// The last three requests are for the cursor, the run record and the lease.
					if times < 0 && !got.unreadable && got.cursorMoved && n < undisturbed.requests-3 {
						t.Error("the cursor moved, although the run broke off before")
					}
				})
			}
		}
	}
}

type ending struct {
	requests    int            // of the first run
	outcome     runner.Outcome // of the first run
	unreadable  bool           // the first run could not read the settings
	cursorMoved bool           // by the first run
	end         map[string]any // what exists after all runs
}

// runsAfterFault makes one run with a fault, if there is one, and three undisturbed ones.
func runsAfterFault(t *testing.T, fault *dynamodbtest.Fault) (e ending) {
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4")
	s.failApply(rejected("no"), "2")
	s.source("4").refused = rejected("no number")

	var requests atomic.Int64 // some go side by side
	if fault == nil {
		fault = &dynamodbtest.Fault{Times: -1, Before: func(dynamodbtest.Request) { requests.Add(1) }}
	}
	w.db.Server.Inject(*fault)
	ctx, cancel := context.WithDeadline(t.Context(), w.clock().Add(14*time.Minute))
	defer cancel()
	res, err := w.runner.Run(ctx, runner.Event{})
	e.unreadable = err != nil
	if err == nil {
		e.outcome = res.Customers[0].Outcome
	}
	w.db.Server.ClearFaults()
	e.requests = int(requests.Load())
	e.cursorMoved = !w.cursorTime("acme").IsZero()

	for range 3 { // the lease may not have expired at the first tick
		s.add(w.clock(), "5")
		w.tick()
	}
	failures := w.records("acme", "failure#")
	for _, f := range failures {
		for _, name := range []string{"version", "firstAt", "lastAt", "nextAt", "attempts"} {
			delete(f, name)
		}
	}
	lease := w.record("acme", "lease#articles")
	e.end = map[string]any{
		"target":     s.target,
		"failures":   failures,
		"cursor":     w.cursorTime("acme").Sub(w.clock()),
		"holder":     lease["holder"],
		"unfinished": lease["unfinished"],
	}
	return e
}

func TestInvocationFailsIfSettingsCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.db.Server.Inject(dynamodbtest.Fault{Table: w.db.Settings, Times: -1, Effect: dynamodbtest.Throttle})
	res, err := w.runner.Run(t.Context(), runner.Event{})
	if err == nil || len(res.Customers) != 0 || len(w.opened) != 0 {
		t.Errorf("got %+v, %v", res, err)
	}
	if lines := w.output.lines(t, "", ""); len(lines) != 0 {
		t.Errorf("the failed invocation logged or emitted %v", lines)
	}
}

func TestNobodyIsRunIfMarksCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt")
	w.db.Server.Inject(dynamodbtest.Fault{Operation: "BatchGetItem", Times: -1, Effect: dynamodbtest.Fail})
	res := w.run(`{}`)
	if res.Outcomes[runner.Failed] != 2 || len(w.opened) != 0 {
		t.Errorf("got %+v", res)
	}
	if age, emitted := w.output.metrics(t)["OldestSyncAgeSeconds"]; emitted {
		t.Errorf("age %v", age)
	}
}
