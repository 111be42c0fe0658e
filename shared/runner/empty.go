package runner

import (
	"context"
	"time"

	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// unlessEmpty is the rule for a read of everything that finds nothing although there was something before, of any
// process. The answer is valid, but can come from an outage or from a right that was taken away, and what is not read
// now is not read again before it changes. So the cursor does not move past it at once: it only gets the time of that
// look. If the next read of everything finds nothing either, there is nothing, and the cursor moves.
//
// An earlier cursor, or else a link, says that there was something. A run that reads only what has changed finds
// nothing most of the time; that says nothing. Nor do the records that failed before, which are read by their keys. A
// plan that has asked for records that were there before says itself if nothing of them is there.
func (r *customerRun[T]) unlessEmpty(
	ctx context.Context, stored, from, to state.Cursor, request PlanRequest, p plan.Plan[T], readAt time.Time,
) (state.Cursor, error) {
	everything := request.Since.IsZero() || p.Sweep.Full
	if began := p.Sweep.Began; !began.IsZero() && began.Before(readAt) {
		everything = false // earlier runs have read the rest
	}
	to.EmptyAt = time.Time{}
	nothing := everything && (r.row.Read <= len(request.Retry) || r.row.foundNone)
	if !nothing && !r.row.doubted || !from.EmptyAt.IsZero() {
		return to, nil
	}
	if stored.Since.IsZero() {
		if known, err := r.state.HasLinks(ctx, r.Process); err != nil || !known {
			return to, err
		}
	}
	from.EmptyAt = readAt
	return from, nil
}
