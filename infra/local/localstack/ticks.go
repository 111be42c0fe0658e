package localstack

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// ticks are the schedule's next tick, and what came of the invocations so far.
type ticks struct {
	mu      sync.Mutex
	next    time.Time
	running string                            // what runs now; empty if nothing does
	rows    map[string]map[naming.Process]Ran // the last customer run, by customer
	samples []Sample                          // of all invocations
	errors  map[naming.Process]Broken         // the last invocations that failed as a whole
}

// Ran is a customer run and when it ended.
type Ran struct {
	runner.Row
	At time.Time
}

// Broken is an invocation that failed as a whole.
type Broken struct {
	At  time.Time
	Err error
}

// A Sample is what one invocation has used: the metrics that it wrote, and how long it took.
type Sample struct {
	At      time.Time
	Process naming.Process
	Metrics map[string]float64
	Took    time.Duration
}

// quarterAfter returns the next tick of the schedule after a time.
func quarterAfter(at time.Time) time.Time { return at.Truncate(naming.Period).Add(naming.Period) }

// NextTick returns the time of the next tick.
func (s *Stack) NextTick() time.Time {
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	return s.ticks.next
}

// Idle reports whether no function of the schedule runs.
func (s *Stack) Idle() bool {
	idle := s.ticking.TryLock()
	if idle {
		s.ticking.Unlock()
	}
	return idle
}

// Running says what the schedule runs now; it is empty if it runs nothing.
func (s *Stack) Running() string {
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	return s.ticks.running
}

// Tick makes the next tick come now: the clock moves to it, and to each process's part of it.
func (s *Stack) Tick(ctx context.Context) error {
	s.ticking.Lock()
	defer s.ticking.Unlock()
	defer s.setRunning("")
	at := s.NextTick()
	for _, entry := range naming.Entries() {
		s.setRunning(string(entry.Process))
		if err := s.Clock.Forward(at.Add(entry.Offset).Sub(s.Clock.Now())); err != nil {
			return err
		}
		if _, _, err := s.run(ctx, entry.Process, map[string]any{}); err != nil && ctx.Err() != nil {
			return err // an error of the function is its own; the next tick tries again, as in Lambda
		}
	}
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	s.ticks.next = quarterAfter(s.Clock.Now())
	return nil
}

// Forward moves the clock without a tick. Ticks that it passes are left out.
func (s *Stack) Forward(d time.Duration) error {
	if err := s.Clock.Forward(d); err != nil {
		return err
	}
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	s.ticks.next = quarterAfter(s.Clock.Now())
	return nil
}

func (s *Stack) setRunning(what string) {
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	s.ticks.running = what
}

// RunsOf returns the last run of each process for a customer.
func (s *Stack) RunsOf(customer string) map[naming.Process]Ran {
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	return maps.Clone(s.ticks.rows[customer])
}

// LastErrors returns the last invocations that failed as a whole.
func (s *Stack) LastErrors() map[naming.Process]Broken {
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	return maps.Clone(s.ticks.errors)
}

// Samples returns those of the invocations since a time.
func (s *Stack) Samples(since time.Time) []Sample {
	s.ticks.mu.Lock()
	defer s.ticks.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.ticks.samples), func(x Sample) bool { return x.At.Before(since) })
}

// add keeps what came of an invocation.
func (t *ticks) add(
	at time.Time, p naming.Process, result runner.Result, lines []string, took time.Duration, err error,
) {
	t.addRows(at, p, result)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.errors[p] = Broken{at, err}
	}
	t.samples = append(t.samples, Sample{At: at, Process: p, Metrics: metrics(lines), Took: took})
}

// addRows keeps the last runs of customers.
func (t *ticks) addRows(at time.Time, p naming.Process, result runner.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows == nil {
		t.rows, t.errors = map[string]map[naming.Process]Ran{}, map[naming.Process]Broken{}
	}
	delete(t.errors, p)
	for _, row := range result.Customers {
		if t.rows[row.CustomerID] == nil {
			t.rows[row.CustomerID] = map[naming.Process]Ran{}
		}
		t.rows[row.CustomerID][p] = Ran{row, at}
	}
}

// metrics returns the values of the metrics in a function's lines (CloudWatch's embedded metric format). Of a metric
// with a list of values it returns the highest.
func metrics(lines []string) map[string]float64 {
	values := map[string]float64{}
	for _, line := range lines {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) != nil || fields["_aws"] == nil {
			continue
		}
		for name, value := range fields {
			switch v := value.(type) {
			case float64:
				values[name] += v
			case []any:
				for _, x := range v {
					n, _ := x.(float64)
					values[name] = max(values[name], n)
				}
			}
		}
	}
	return values
}
