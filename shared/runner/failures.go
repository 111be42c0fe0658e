package runner

import (
	"context"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// maxRetries is how many records that failed before a run looks at again, those first whose pause was over first. The
// others stay due.
const maxRetries = 5_000

// loadFailures loads the customer's failure records and returns the keys to try again. If the event names records, it
// counts only their failures and returns no key: the plan looks at named records anyway.
func (r *customerRun[T]) loadFailures(ctx context.Context) (due []string, err error) {
	all, err := r.state.Failures(ctx, r.Process)
	if err != nil {
		return nil, err
	}
	r.failures, r.aside = map[string]state.Failure{}, map[string]state.Failure{}
	var retries, foreign []state.Failure
	for _, f := range all {
		switch {
		case f.Foreign:
			foreign = append(foreign, f)
		case !f.DismissedAt.IsZero(), r.event.Keys != nil && !slices.Contains(r.event.Keys, f.Key):
			r.aside[f.Key] = f
		default:
			r.failures[f.Key] = f
			if r.event.Keys == nil && r.retryAllowed(f) {
				retries = append(retries, f)
			}
		}
	}
	slices.SortStableFunc(retries, func(a, b state.Failure) int { return a.NextAt.Compare(b.NextAt) })
	for _, f := range retries[:min(len(retries), maxRetries)] {
		due = append(due, f.Key)
	}
	return due, r.dropForeign(ctx, foreign)
}

// dropForeign deletes the failure records of a former binding. The customer has moved, and all records are read again,
// so they say nothing any more. A dry run leaves them. If time runs out, the next run deletes the remaining ones.
func (r *customerRun[T]) dropForeign(ctx context.Context, foreign []state.Failure) error {
	if r.dryRun || len(foreign) == 0 {
		return nil
	}
	if err := r.claim(ctx); err != nil {
		return err
	}
	_, err := inBatches(r, foreign, func(batch []state.Failure) error { return r.state.DeleteFailures(ctx, batch) })
	return err
}

// retryAllowed reports whether a record's pause is over, a person has named the record, or the customer's settings or
// secret have changed since it was tried: that may be the very change that the failure asks for.
func (r *customerRun[T]) retryAllowed(f state.Failure) bool {
	return r.event.Keys != nil || !r.Now().Before(f.NextAt) || f.LastAt.Before(r.inputsAt)
}

// splitRetries separates changes of records that failed before and are due again from fresh ones: new ones, those whose
// content has changed since the failure, and those that a person named. It drops changes whose pause is not over; a dry
// run shows those that a policy holds.
func (r *customerRun[T]) splitRetries(changes []plan.Change[T]) (retries, fresh []plan.Change[T]) {
	for _, c := range changes {
		f, failed := r.failures[c.Key]
		switch {
		case r.isDismissed(c.Key, c.Fingerprint):
		case !failed || f.Fingerprint != c.Fingerprint || r.event.Keys != nil:
			fresh = append(fresh, c)
		case r.dryRun && f.Class == errclass.Held, r.retryAllowed(f):
			retries = append(retries, c)
		}
	}
	again := func(c plan.Change[T]) int {
		if r.failures[c.Key].Class == errclass.Conflict {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(retries, func(a, b plan.Change[T]) int { return again(a) - again(b) })
	return retries, fresh
}

// isDismissed reports whether a person has dismissed a record as it is now. One that they name counts as any other.
func (r *customerRun[T]) isDismissed(key, fingerprint string) bool {
	f, dismissed := r.aside[key]
	return dismissed && f.Fingerprint == fingerprint && r.event.Keys == nil
}

// withoutDismissed returns the refusals of the records that nobody has dismissed as they are now.
func (r *customerRun[T]) withoutDismissed(refused []plan.Refusal) []plan.Refusal {
	return slices.DeleteFunc(slices.Clone(refused), func(refusal plan.Refusal) bool {
		return r.isDismissed(refusal.Key, refusal.Fingerprint)
	})
}

// keepRefusals keeps the records that the plan refused as failures. An unchanged record whose pause is not over was not
// tried again, so its failure stays as it is. A record that was refused twice counts once. It reports whether there was
// time for all of them.
func (r *customerRun[T]) keepRefusals(ctx context.Context, refused []plan.Refusal) (complete bool, err error) {
	seen := map[string]bool{}
	tried := slices.DeleteFunc(slices.Clone(refused), func(refusal plan.Refusal) bool {
		if seen[refusal.Key] {
			return true
		}
		seen[refusal.Key] = true
		f, failed := r.failures[refusal.Key]
		return failed && !r.retryAllowed(f) && f.Fingerprint == refusal.Fingerprint
	})
	return inBatches(r, tried, func(batch []plan.Refusal) error {
		for _, refusal := range batch {
			r.logFailure(refusal.Key, "refuse", refusal.Err)
		}
		return r.keepFailures(ctx, batch)
	})
}

// failureBatch is how many failure records are written between two looks at the clock.
const failureBatch = 40

// inBatches calls a function for parts of a list while there is time, and reports whether there was time for all.
func inBatches[T, E any](r *customerRun[T], list []E, each func([]E) error) (complete bool, err error) {
	for batch := range slices.Chunk(list, failureBatch) {
		if r.budget.stopped(r.Now()) {
			return false, nil
		}
		if err := each(batch); err != nil {
			return false, err
		}
	}
	return true, nil
}

// keepFailures writes the failure records of records that were not written, each once. After a crash before or between
// these writes the cursor has not moved, so the records are read again; a record with a failure record is tried again
// when its pause is over.
func (r *customerRun[T]) keepFailures(ctx context.Context, refused []plan.Refusal) error {
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	return r.putFailures(ctx, refused)
}

func (r *customerRun[T]) putFailures(ctx context.Context, refused []plan.Refusal) error {
	now := r.Now().UTC()
	failures := make([]state.Failure, len(refused))
	for i, refusal := range refused {
		f, failed := r.failures[refusal.Key]
		if !failed {
			f = r.aside[refusal.Key]
		}
		f.Process, f.Key = r.Process, refusal.Key
		failures[i] = f.WithAttempt(now, errclass.Of(refusal.Err), refusal.Err.Error(), refusal.Fingerprint)
		if errclass.IsElsewhere(refusal.Err) {
			failures[i] = failures[i].WithinAnHour(now)
		}
	}
	err := r.state.PutFailures(ctx, failures)
	for _, f := range failures {
		r.failures[f.Key] = f
		delete(r.aside, f.Key)
	}
	return err
}

func (r *customerRun[T]) keepFailure(ctx context.Context, key, fingerprint string, cause error) error {
	return r.keepFailures(ctx, []plan.Refusal{{Key: key, Fingerprint: fingerprint, Err: cause}})
}

// dropFailures deletes the failure records, if there are any, of records that are settled otherwise. After a crash
// before these writes the records are tried again and found settled.
func (r *customerRun[T]) dropFailures(ctx context.Context, keys ...string) error {
	var settled []state.Failure
	for _, key := range keys {
		for _, kept := range []map[string]state.Failure{r.failures, r.aside} {
			if f, failed := kept[key]; failed {
				settled = append(settled, f)
				delete(kept, key)
			}
		}
	}
	if settled == nil {
		return nil
	}
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	return r.state.DeleteFailures(ctx, settled)
}

// settleLookedAt deletes the failure records of the records that the plan has looked at and that need nothing any more.
// A record that the plan does not mention was not looked at, whatever the reason: its failure stays. If time runs out,
// the remaining ones are looked at again.
func (r *customerRun[T]) settleLookedAt(ctx context.Context, p plan.Plan[T]) error {
	_, err := inBatches(r, settledByLook(p), func(keys []string) error { return r.dropFailures(ctx, keys...) })
	return err
}

// settledByLook returns the keys of the records that a plan has looked at and that need nothing.
func settledByLook[T any](p plan.Plan[T]) []string {
	open := map[string]bool{}
	for _, c := range p.Changes {
		open[c.Key] = true
	}
	for _, refusal := range p.Refused {
		open[refusal.Key] = true
	}
	return slices.DeleteFunc(slices.Clone(p.LookedAt), func(key string) bool { return open[key] })
}
