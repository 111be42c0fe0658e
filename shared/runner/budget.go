package runner

import (
	"context"
	"time"
)

// A budget divides the time of an invocation: no work starts after stop, calls in flight are cancelled at deadline, and
// the time from deadline to end is for writing down what happened.
type budget struct{ start, stop, deadline, end time.Time }

// defaultDuration limits an invocation without a deadline, such as a function that is run by hand.
const defaultDuration = 14 * time.Minute

// newBudget takes the end from the context's deadline, which Lambda sets. It reserves a tenth of the time, at most half
// a minute: two thirds for the calls in flight and one third for writing down what happened.
func newBudget(ctx context.Context, now time.Time) budget {
	end, ok := ctx.Deadline()
	if !ok {
		end = now.Add(defaultDuration)
	}
	reserve := min(end.Sub(now)/10, 30*time.Second)
	return budget{start: now, stop: end.Add(-reserve), deadline: end.Add(-reserve / 3), end: end}
}

// limitedToHalf returns the budget of a customer run that starts now and may take half of the invocation's time.
func (b budget) limitedToHalf(now time.Time) budget {
	stop := now.Add(b.end.Sub(b.start) / 2)
	if stop.Before(b.stop) {
		b.deadline, b.stop = stop.Add(b.deadline.Sub(b.stop)), stop
	}
	return b
}

// stopped reports whether it is too late to start work.
func (b budget) stopped(now time.Time) bool { return !wallClock(now).Before(wallClock(b.stop)) }

// wallClock strips the monotonic clock, which stops while Lambda freezes the process.
func wallClock(t time.Time) time.Time { return t.Round(0) }
