package runner_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// TestDynamoDBTrouble: the table is throttled or away, at every request of a run in turn and from then on, or only for
// one request. In the end, when it is back and the lease has run out, everything is as if nothing had happened.
func TestDynamoDBTrouble(t *testing.T) {
	t.Parallel()
	undisturbed := troubled(t, dynamodbtest.Fault{N: 1_000_000})
	if undisturbed.requests < 10 {
		t.Fatalf("a run makes %d requests only", undisturbed.requests)
	}
	for _, effect := range []dynamodbtest.Effect{dynamodbtest.Throttle, dynamodbtest.Busy, dynamodbtest.Fail, dynamodbtest.ResetBefore, dynamodbtest.ResetAfter} {
		for _, times := range []int{1, -1} {
			for n := range undisturbed.requests {
				t.Run(fmt.Sprintf("%s at request %d, %d times", effect, n+1, times), func(t *testing.T) {
					t.Parallel()
					got := troubled(t, dynamodbtest.Fault{N: n + 1, Times: times, Effect: effect})
					if diff := cmp.Diff(undisturbed.end, got.end); diff != "" {
						t.Errorf("in the end (-undisturbed +got):\n%s", diff)
					}
					if times == 1 && got.outcome != undisturbed.outcome {
						t.Errorf("one failure is the SDK's to repeat, but the run was %s", got.outcome)
					}
					if times < 0 && !got.unreadable && got.cursor && n < undisturbed.requests-3 {
						t.Error("the cursor moved, though the run broke off before") // cursor, run record, lease are the last three
					}
				})
			}
		}
	}
}

type ending struct {
	// requests is how many the first run made.
	requests int
	// outcome is that of the first run; unreadable: the settings could not be read.
	outcome    runner.Outcome
	unreadable bool
	// cursor tells that the first run moved the cursor.
	cursor bool
	// end is what stands when everything is over.
	end map[string]any
}

// troubled lets a run meet a fault, and then others in peace.
func troubled(t *testing.T, f dynamodbtest.Fault) (e ending) {
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4")
	s.refuse("2", rejected("no"))
	s.source("4").refused = rejected("no number")

	count := dynamodbtest.Fault{Times: -1, Before: func(dynamodbtest.Request) { e.requests++ }}
	if f.N < 1_000_000 {
		count = f
	}
	w.db.Server.Inject(count)
	ctx, cancel := context.WithDeadline(t.Context(), w.clock().Add(14*time.Minute))
	defer cancel()
	res, err := w.runner.Run(ctx, runner.Event{})
	e.unreadable = err != nil
	if err == nil {
		e.outcome = res.Customers[0].Outcome
	}
	w.db.Server.ClearFaults()
	e.cursor = !w.since("acme").IsZero()

	for range 3 { // the second tick may come before the lease has run out
		s.add(w.clock(), "5")
		w.tick()
	}
	records := w.records("acme", "failure#")
	for _, r := range records {
		for _, name := range []string{"version", "firstAt", "lastAt", "nextAt", "attempts"} {
			delete(r, name)
		}
	}
	lease := w.record("acme", "lease#articles")
	e.end = map[string]any{"target": s.target, "failures": records, "cursor": w.since("acme").Sub(w.clock()),
		"holder": lease["holder"], "unfinished": lease["unfinished"]}
	return e
}

// TestNothingReadable: where the settings cannot be read, the run as a whole fails, and says so.
func TestNothingReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.db.Server.Inject(dynamodbtest.Fault{Table: w.db.Settings, Times: -1, Effect: dynamodbtest.Throttle})
	res, err := w.runner.Run(t.Context(), runner.Event{})
	if err == nil || len(res.Customers) != 0 || len(w.opened) != 0 {
		t.Errorf("got %+v, %v", res, err)
	}
	if lines := w.output.lines(t, "", ""); len(lines) != 0 {
		t.Errorf("a run that did not take place was reported as completed: %v", lines)
	}
}

// TestMarksUnreadable: nobody is worked on who may not be due, and the age of the oldest sync is not made up.
func TestMarksUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt")
	w.db.Server.Inject(dynamodbtest.Fault{Operation: "BatchGetItem", Times: -1, Effect: dynamodbtest.Fail})
	res := w.run(`{}`)
	if res.Outcomes[runner.Failed] != 2 || len(w.opened) != 0 {
		t.Errorf("got %+v", res)
	}
	if age, told := w.output.metrics(t)["OldestSyncAgeSeconds"]; told {
		t.Errorf("age %v", age)
	}
}
