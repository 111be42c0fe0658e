package runner

import (
	"context"
	"slices"

	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// runParts makes the plan and its changes part by part while there is time. The cursor moves when the last part is
// settled; after each part before it only the place moves that the plan has reached.
//
// After a crash between two parts the next run reads everything again and finds the first part made.
func (r *customerRun[T]) runParts(
	ctx context.Context, process Process[T], stored, cursor state.Cursor, due []string, sameScope bool,
) error {
	readAt := r.Now().UTC()
	request := r.planRequest(cursor, due)
	r.measures = r.measuresLatency(request)
	p, err := process.Plan(ctx, request)
	if err != nil {
		return err
	}
	r.unmentioned = slices.Clone(r.event.Keys)
	defer func() { r.addNotesOnUnmentioned(p.Partial) }()
	r.quiet = r.event.Customers == nil && !r.dryRun && sameScope && !request.Since.IsZero() &&
		cursor.EmptyAt.IsZero() && len(r.failures) == 0 && nothingHappened(p, cursor)
	if r.quiet {
		stored, err = r.moveQuietCursor(ctx, stored, r.nextCursor(cursor, p.Sweep, readAt, false))
		if err != nil {
			return err
		}
		return r.verify(ctx, process, stored)
	}
	if err := r.claim(ctx); err != nil {
		return err
	}
	for {
		r.count(p)
		complete, err := r.settlePart(ctx, process, p)
		if err != nil {
			return err
		}
		if !complete {
			r.row.cutShort = true
			return nil
		}
		next := r.nextCursor(cursor, p.Sweep, readAt, p.Partial)
		if next, err = r.unlessEmpty(ctx, stored, cursor, next, request, p, readAt); err != nil {
			return err
		}
		if err := r.moveCursor(ctx, stored, next); err != nil {
			return err
		}
		stored = next
		if p.Next == nil || r.budget.stopped(r.Now()) {
			return r.verify(ctx, process, stored)
		}
		if p, err = p.Next(ctx); err != nil {
			return err
		}
	}
}

// count adds what a part says of its records to the row. The run is cut short unless its last part is not partial.
func (r *customerRun[T]) count(p plan.Plan[T]) {
	r.row.Read += p.Read
	r.row.Unchanged += p.Unchanged
	r.row.Skipped += p.Skipped
	r.row.cutShort = p.Partial
	r.row.foundNone, r.row.doubted = r.row.foundNone || p.FoundNone, r.row.doubted || p.Doubted
	r.addNotes(p.Notes)
	r.noteMentioned(p)
}

// settlePart makes the changes of a part and settles its other records, or reports them in a dry run. It reports
// whether it has tried all of them.
func (r *customerRun[T]) settlePart(
	ctx context.Context, process Process[T], p plan.Plan[T],
) (complete bool, err error) {
	changes, unplanned := r.asPlanned(p.Changes)
	retries, fresh := r.splitRetries(changes)
	r.row.Planned += countWrites(retries) + countWrites(fresh)
	r.row.Adopted += countAdopted(retries) + countAdopted(fresh)
	held := r.askPolicy(p)
	refused := r.withoutDismissed(slices.Concat(p.Refused, held, unplanned))
	if r.dryRun {
		r.reportUnapplied(p, retries, fresh, refused)
		return true, nil
	}
	for _, c := range slices.Concat(retries, fresh) {
		if !c.LinkOnly {
			r.left[c.Key] = true
		}
	}
	if p.Prepare != nil {
		if err := p.Prepare(ctx); err != nil {
			return false, err
		}
	}
	if complete, err := r.keepRefusals(ctx, refused); err != nil || !complete {
		return false, err
	}
	if err := r.settleLookedAt(ctx, p); err != nil {
		return false, err
	}
	return r.apply(ctx, process, without(retries, held), without(fresh, held))
}

// moveCursor moves the cursor, unless the run looked only at some records or writes nothing.
func (r *customerRun[T]) moveCursor(ctx context.Context, from, to state.Cursor) error {
	if r.dryRun || r.event.Keys != nil || !r.event.Since.IsZero() {
		return nil
	}
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	return r.state.MoveCursor(ctx, r.Process, from, to)
}
