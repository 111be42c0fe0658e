package runner

import (
	"slices"

	"ongoing24so/shared/plan"
)

// A queue holds the changes of a plan that were not tried yet.
type queue[T any] struct {
	// retries are changes of records that failed before and are due again. They go first.
	retries, fresh []plan.Change[T]
}

// take removes up to n changes from the queue, in its order.
func (q *queue[T]) take(n int) []plan.Change[T] {
	from := q.front()
	n = min(n, len(*from))
	taken := (*from)[:n:n]
	*from = (*from)[n:]
	return taken
}

// takeOther removes a fresh change from the end of the queue, if possible one that writes to a vendor's system.
func (q *queue[T]) takeOther() []plan.Change[T] {
	at := len(q.fresh) - 1
	for i, c := range q.fresh {
		if !c.LinkOnly {
			at = i
		}
	}
	taken := q.fresh[at]
	q.fresh = slices.Delete(q.fresh, at, at+1)
	return []plan.Change[T]{taken}
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
