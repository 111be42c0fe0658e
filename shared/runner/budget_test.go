package runner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/runner"
)

// TestBudget: work is not started when it is too late to end it cleanly; what is left is first in line.
func TestBudget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why     string
		lasts   time.Duration // the first change
		written int
	}{
		{"there is time", 13*time.Minute + 29*time.Second, 2},
		{"the last half minute is for what is under way", 13*time.Minute + 31*time.Second, 1},
		{"the invocation is over already", 20 * time.Minute, 1},
		{"frozen past the lease: another run is at work by now", time.Hour, 1},
	}
	for _, test := range tests {
		w := newWorld(t, "acme")
		s := w.systems["acme"]
		s.add(w.clock(), "1", "2")
		s.trouble["1"] = func(context.Context) error { w.forward(test.lasts); return nil }
		res := w.run(`{}`)
		row := res.Customers[0]
		if row.Written != test.written || len(s.applied) != test.written || res.CutShort != (test.written < 2) {
			t.Errorf("%s: applied %v, %+v", test.why, s.applied, row)
		}
		if mark := w.record("acme", "lease#articles"); (mark["unfinished"] == true) != res.CutShort || mark["holder"] != nil {
			t.Errorf("%s: mark %v", test.why, mark)
		}
		if res.CutShort && (row.Outcome != runner.Partial || !strings.Contains(row.Reason, "first in line")) {
			t.Errorf("%s: got %+v", test.why, row)
		}
	}
}

// TestFrozenHolder: a run that was frozen past its lease finds another one at work. It writes nothing more, and takes
// nothing away from the other: not its lease, not its cursor.
func TestFrozenHolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2")
	s.trouble["1"] = func(context.Context) error {
		w.forward(time.Hour)
		s.trouble = nil
		if row := w.run(`{}`).Customers[0]; row.Written != 2 { // the other run does it all
			t.Errorf("the other run: %+v", row)
		}
		w.mark("acme", map[string]any{"holder": "a third", "until": w.clock().Add(time.Minute), "startedAt": w.clock()})
		return nil
	}
	w.run(`{}`)
	if got := strings.Join(s.applied, ","); got != "1,1,2" {
		t.Errorf("applied %s", got)
	}
	if since := w.since("acme"); !since.Equal(w.clock()) {
		t.Errorf("cursor %v, the other run put it to %v", since, w.clock())
	}
	if mark := w.record("acme", "lease#articles"); mark["holder"] != "a third" {
		t.Errorf("mark %v", mark)
	}
}

// TestEndInTheMiddle: a call that is cut off because the time is over is nobody's failure.
func TestEndInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	ctx, end := context.WithCancel(context.Background())
	defer end()
	s.trouble["2"] = func(ctx context.Context) error {
		end()
		<-ctx.Done()
		return &errclass.Error{Class: errclass.Transient, Op: "test", Message: "cut short", Err: ctx.Err()}
	}
	res := w.runContext(ctx, `{}`)
	row := res.Customers[0]
	if row.Outcome != runner.Partial || row.Written != 1 || row.Failed != 0 || !res.CutShort {
		t.Errorf("got %+v", row)
	}
	if len(w.failing("acme")) != 0 || !w.since("acme").IsZero() || len(w.records("acme", "run#")) != 1 {
		t.Errorf("state %v", w.records("acme", ""))
	}
	if mark := w.record("acme", "lease#articles"); mark["unfinished"] != true || mark["holder"] != nil {
		t.Errorf("mark %v", mark)
	}
}

// TestEndWhileReading: a customer whose reading takes all the time is first in line, too.
func TestEndWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	ctx, end := context.WithCancel(context.Background())
	defer end()
	w.systems["acme"].planning = func(ctx context.Context) error {
		end()
		<-ctx.Done()
		return &errclass.Error{Class: errclass.Transient, Op: "test", Message: "cut short", Err: ctx.Err()}
	}
	res := w.runContext(ctx, `{}`)
	if row := res.Customers[0]; row.Outcome != runner.Failed || !res.CutShort {
		t.Errorf("got %+v", row)
	}
	if mark := w.record("acme", "lease#articles"); mark["unfinished"] != true || mark["holder"] != nil {
		t.Errorf("mark %v", mark)
	}
}
