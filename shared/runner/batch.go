package runner

import (
	"context"

	"ongoing24so/shared/plan"
)

// A BatchProcess makes several changes with fewer calls.
type BatchProcess[T any] interface {
	Process[T]
	// BatchSize is how many changes ApplyBatch takes at most.
	BatchSize() int
	// ApplyBatch makes changes as Apply does. It calls settle once for each change that was tried, with nil or the
	// reason why it was not made, as soon as that is known, in any order, from one goroutine. If settle returns false
	// it makes no further change and returns. A change for which settle was not called was not tried. With -1 for i,
	// settle only reports whether to go on.
	ApplyBatch(ctx context.Context, changes []plan.Change[T], settle func(i int, err error) bool)
}
