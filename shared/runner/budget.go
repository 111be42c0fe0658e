package runner

import (
	"context"
	"time"
)

// A budget is the time an invocation has, seen from its end: work stops being started at stop, calls in flight are
// ended at deadline, and what is left until end is for writing down what happened.
type budget struct{ start, stop, deadline, end time.Time }

// Without a deadline (a function run by hand) an invocation takes at most this long.
const defaultTime = 14 * time.Minute

// newBudget takes the time from the context's deadline, which is Lambda's. A tenth of it, at most half a minute, is
// kept for the call in flight, and a third of that for the end.
func newBudget(ctx context.Context, now time.Time) budget {
	end, ok := ctx.Deadline()
	if !ok {
		end = now.Add(defaultTime)
	}
	reserve := min(end.Sub(now)/10, 30*time.Second)
	return budget{start: now, stop: end.Add(-reserve), deadline: end.Add(-reserve / 3), end: end}
}

// half is the budget of one customer where more are waiting than can be worked on at once: no customer takes more
// than half of the invocation.
func (b budget) half(now time.Time) budget {
	cut := now.Add(b.end.Sub(b.start) / 2)
	if cut.Before(b.stop) {
		b.deadline, b.stop = cut.Add(b.deadline.Sub(b.stop)), cut
	}
	return b
}

// over reports whether it is too late to start something.
func (b budget) over(now time.Time) bool { return !wall(now).Before(wall(b.stop)) }

// wall strips the monotonic clock: a frozen process must notice that the world went on without it.
func wall(t time.Time) time.Time { return t.Round(0) }
