package runner

import (
	"context"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// dueFailures loads the records in trouble and names those to be tried again. Where the event names records, these are
// due, and the only ones that count.
func (y *cycle[T]) dueFailures(ctx context.Context) ([]string, error) {
	all, err := y.state.Failures(ctx, y.Process)
	if err != nil {
		return nil, err
	}
	y.failures = map[string]state.Failure{}
	var due []string
	for _, f := range all {
		if y.event.Keys != nil && !slices.Contains(y.event.Keys, f.Key) {
			continue
		}
		y.failures[f.Key] = f
		if y.event.Keys == nil && y.due(f) {
			due = append(due, f.Key)
		}
	}
	return due, nil
}

// due tells whether a record that failed may be tried again: its pause is over, or a person named it.
func (y *cycle[T]) due(f state.Failure) bool { return y.event.Keys != nil || !y.Now().Before(f.NextAt) }

// turns sorts the changes: those that failed before and are due again, and those that are new, or have changed since
// they failed, or were named by a person. What is still in its pause is left out.
func (y *cycle[T]) turns(changes []plan.Change[T]) (again, fresh []plan.Change[T]) {
	for _, c := range changes {
		f, failed := y.failures[c.Key]
		switch {
		case !failed || f.Fingerprint != c.Fingerprint || y.event.Keys != nil:
			fresh = append(fresh, c)
		case y.due(f):
			again = append(again, c)
		}
	}
	return again, fresh
}

// refuse keeps the records that the plan itself refused. One that is still in its pause and has not changed was not
// tried: its record stays as it is.
func (y *cycle[T]) refuse(refused []plan.Refusal) error {
	for _, r := range refused {
		if f, failed := y.failures[r.Key]; failed && !y.due(f) && f.Fingerprint == r.Fingerprint {
			continue
		}
		y.log.Warn("record", "key", r.Key, "action", "refuse", "class", errclass.Of(r.Err), "reason", r.Err.Error())
		if err := y.failed(r.Key, r.Fingerprint, r.Err); err != nil {
			return err
		}
	}
	return nil
}

// failed writes the failure record of a record that could not be written. A crash before it leaves the cursor where it was,
// so that the record is read again; one behind it, a record that is tried again when its pause is over.
func (y *cycle[T]) failed(key, fingerprint string, cause error) error {
	f := y.failures[key]
	f.Process, f.Key = y.Process, key
	f = f.WithAttempt(y.Now().UTC(), errclass.Of(cause), cause.Error(), fingerprint)
	err := y.state.PutFailure(y.settle, &f)
	y.failures[key] = f
	return err
}

// settled removes the failure record of a record that is as it should be. A crash before it lets the record be tried again,
// which finds it so.
func (y *cycle[T]) settled(key string) error {
	f, failed := y.failures[key]
	if !failed {
		return nil
	}
	delete(y.failures, key)
	return y.state.DeleteFailure(y.settle, f)
}

// forget settles the records that were asked for and that the plan found nothing wrong with: written by another way,
// withdrawn, or gone. An answer without any record retires nothing, unless a person asked for just these.
func (y *cycle[T]) forget(due []string, p plan.Plan[T]) error {
	if y.event.Keys != nil {
		due = y.event.Keys
	} else if p.Read == 0 {
		return nil
	}
	mentioned := map[string]bool{}
	for _, c := range p.Changes {
		mentioned[c.Key] = true
	}
	for _, r := range p.Refused {
		mentioned[r.Key] = true
	}
	for _, key := range due {
		if mentioned[key] {
			continue
		}
		if err := y.settled(key); err != nil {
			return err
		}
	}
	return nil
}
