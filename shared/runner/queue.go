package runner

import (
	"slices"

	"ongoing24so/shared/plan"
)

// A queue holds the changes of a plan that were not tried yet.
type queue[T any] struct {
	// retries are changes of records that failed before and are due again. They go first.
	retries, fresh []plan.Change[T]
	// suspects are the values that all changes have that failed since the last success; nil if none failed.
	suspects map[value]bool
}

// A value is a field with its new value.
type value struct{ field, new string }

// take removes up to n changes from the queue, in its order.
func (q *queue[T]) take(n int) []plan.Change[T] {
	from := q.front()
	n = min(n, len(*from))
	taken := (*from)[:n:n]
	*from = (*from)[n:]
	return taken
}

// takeOther removes the fresh change that has least in common with those that failed, from the end if several have; a
// retry, if there is none. Records often fail for the same reason, such as a carrier that the warehouse does not know.
func (q *queue[T]) takeOther() []plan.Change[T] {
	from := &q.fresh
	if len(q.fresh) == 0 {
		from = &q.retries
	}
	best, fewest := len(*from)-1, -1
	for i, c := range slices.Backward(*from) {
		if n := q.suspicion(c); !c.LinkOnly && (fewest < 0 || n < fewest) {
			best, fewest = i, n
		}
	}
	taken := (*from)[best]
	*from = slices.Delete(*from, best, best+1)
	return []plan.Change[T]{taken}
}

func (q *queue[T]) suspicion(c plan.Change[T]) (n int) {
	for _, f := range c.Fields {
		if q.suspects[value{f.Field, f.New}] {
			n++
		}
	}
	return n
}

// noteFailed keeps those suspects that the failed change has, too.
func (q *queue[T]) noteFailed(c plan.Change[T]) {
	shared := map[value]bool{}
	for _, f := range c.Fields {
		if v := (value{f.Field, f.New}); q.suspects == nil || q.suspects[v] {
			shared[v] = true
		}
	}
	q.suspects = shared
}

// putBack puts changes that were taken, but not tried, in front again.
func (q *queue[T]) putBack(changes []plan.Change[T], retries bool) {
	to := &q.fresh
	if retries {
		to = &q.retries
	}
	*to = slices.Concat(changes, *to)
}

func (q *queue[T]) front() *[]plan.Change[T] {
	if len(q.retries) > 0 {
		return &q.retries
	}
	return &q.fresh
}

func (q *queue[T]) len() int { return len(q.retries) + len(q.fresh) }
