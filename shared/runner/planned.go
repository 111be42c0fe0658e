package runner

import (
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
)

// fingerprintOf identifies what a dry run says of a record: the action, the fields with their old and new values, and
// the content that would be written, part of which the fields hide. It is short, because an answer has many.
func fingerprintOf[T any](c plan.Change[T]) string {
	const length = 16
	return plan.Fingerprint(c.Action, c.Fields, c.Fingerprint)[:length]
}

// asPlanned divides changes into those that the event's plan has, and refusals of all others. Without a plan, all are
// made. A change that writes to no vendor is made in any case.
//
// A refused record becomes a failure record of class conflict: the next run by the schedule reads it again, and does
// what is right then.
func (r *customerRun[T]) asPlanned(changes []plan.Change[T]) (made []plan.Change[T], refused []plan.Refusal) {
	if r.event.Plan == nil {
		return changes, nil
	}
	for _, c := range changes {
		if c.LinkOnly || r.event.Plan[c.Key] == fingerprintOf(c) {
			made = append(made, c)
			continue
		}
		refused = append(refused, plan.Refusal{
			Key: c.Key, Fingerprint: c.Fingerprint, Err: errclass.New(errclass.Conflict, "",
				"it is not written because its change is not the one that was planned any more; make a new plan"),
		})
	}
	return made, refused
}
