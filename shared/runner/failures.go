package runner

import (
	"context"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// loadFailures loads the customer's failure records and returns the keys to try again. If the event names records, it
// loads only their failures and returns no key: the plan looks at named records anyway.
func (r *customerRun[T]) loadFailures(ctx context.Context) (due []string, err error) {
	all, err := r.state.Failures(ctx, r.Process)
	if err != nil {
		return nil, err
	}
	r.failures = map[string]state.Failure{}
	for _, f := range all {
		if f.Foreign {
			// The customer has moved, and all records are read again, so the record says nothing any more.
			if err := r.claim(ctx); err != nil {
				return nil, err
			}
			if err := r.dropForeign(ctx, f); err != nil {
				return nil, err
			}
			continue
		}
		if r.event.Keys != nil && !slices.Contains(r.event.Keys, f.Key) {
			continue
		}
		r.failures[f.Key] = f
		if r.event.Keys == nil && r.retryAllowed(f) {
			due = append(due, f.Key)
		}
	}
	return due, nil
}

// dropForeign deletes a failure record of a former binding. A dry run leaves it.
func (r *customerRun[T]) dropForeign(ctx context.Context, f state.Failure) error {
	if r.dryRun {
		return nil
	}
	return r.state.DeleteFailure(ctx, f)
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
		case !failed || f.Fingerprint != c.Fingerprint || r.event.Keys != nil:
			fresh = append(fresh, c)
		case r.dryRun && f.Class == errclass.Held, r.retryAllowed(f):
			retries = append(retries, c)
		}
	}
	return retries, fresh
}

// keepRefusals keeps the records that the plan refused as failures. An unchanged record whose pause is not over was not
// tried again, so its failure stays as it is.
func (r *customerRun[T]) keepRefusals(ctx context.Context, refused []plan.Refusal) error {
	for _, refusal := range refused {
		f, failed := r.failures[refusal.Key]
		if failed && !r.retryAllowed(f) && f.Fingerprint == refusal.Fingerprint {
			continue
		}
		r.logFailure(refusal.Key, "refuse", refusal.Err)
		if err := r.keepFailure(ctx, refusal.Key, refusal.Fingerprint, refusal.Err); err != nil {
			return err
		}
	}
	return nil
}

// keepFailure writes the failure record of a record that was not written. After a crash before this write the cursor
// has not moved, so the record is read again; after a crash after it the record is tried again when its pause is over.
func (r *customerRun[T]) keepFailure(ctx context.Context, key, fingerprint string, cause error) error {
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	f := r.failures[key]
	f.Process, f.Key = r.Process, key
	f = f.WithAttempt(r.Now().UTC(), errclass.Of(cause), cause.Error(), fingerprint)
	err := r.state.PutFailure(ctx, &f)
	r.failures[key] = f
	return err
}

// dropFailure deletes the failure record, if there is one, of a record that is settled otherwise. After a crash before
// this write the record is tried again and found settled.
func (r *customerRun[T]) dropFailure(ctx context.Context, key string) error {
	f, failed := r.failures[key]
	if !failed {
		return nil
	}
	ctx, cancel := r.untilEnd(ctx)
	defer cancel()
	delete(r.failures, key)
	return r.state.DeleteFailure(ctx, f)
}

// settleLookedAt deletes the failure records of the records that the plan has looked at and that need nothing any more.
// A record that the plan does not mention was not looked at, whatever the reason: its failure stays. If time runs out,
// the remaining ones are looked at again.
func (r *customerRun[T]) settleLookedAt(ctx context.Context, p plan.Plan[T]) error {
	open := map[string]bool{}
	for _, c := range p.Changes {
		open[c.Key] = true
	}
	for _, refusal := range p.Refused {
		open[refusal.Key] = true
	}
	for _, key := range p.LookedAt {
		if open[key] {
			continue
		}
		if r.budget.stopped(r.Now()) {
			return nil
		}
		if err := r.dropFailure(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
