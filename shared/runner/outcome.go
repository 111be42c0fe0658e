package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// reportUnapplied reports a plan that is not applied because the run is a dry run. Records that the plan would settle
// do not count as failed any more, as after the run itself.
func (r *customerRun[T]) reportUnapplied(
	p plan.Plan[T], retries, fresh []plan.Change[T], refused []plan.Refusal,
) {
	for _, key := range settledByLook(p) {
		delete(r.failures, key)
	}
	for _, c := range slices.Concat(retries, fresh) {
		if f, failed := r.failures[c.Key]; failed && r.isOvercome(f, c.Fingerprint) {
			delete(r.failures, c.Key)
		}
	}
	for _, refusal := range refused {
		r.failures[refusal.Key] = state.Failure{
			Key:     refusal.Key,
			Class:   errclass.Of(refusal.Err),
			Message: refusal.Err.Error(),
		}
	}
	for _, c := range slices.Concat(retries, fresh) {
		if c.LinkOnly {
			r.row.Unchanged++
		} else {
			fields := append([]plan.Field{}, c.Fields...) // a list in JSON, even if it is empty
			r.row.show(Change{c.Key, c.Action, fields, c.Adopts, fingerprintOf(c)}, r.shownSize)
			r.row.countAction(c.Action)
		}
	}
}

// isOvercome reports whether the reason of a failure is gone, as far as a plan can tell: the record is not what failed
// then, or it only has to be read again. What a policy has held stays held if nobody asked the policy, as for records
// that a person names.
func (r *customerRun[T]) isOvercome(f state.Failure, fingerprint string) bool {
	if f.Class == errclass.Held && r.Policy != nil && r.event.Explain {
		return false
	}
	return f.Class == errclass.Conflict || f.Fingerprint != fingerprint
}

// countAdopted counts the changes of records that become ours.
func countAdopted[T any](changes []plan.Change[T]) (n int) {
	for _, c := range changes {
		if c.Adopts {
			n++
		}
	}
	return n
}

// countWrites counts the changes that write to a vendor's system.
func countWrites[T any](changes []plan.Change[T]) (n int) {
	for _, c := range changes {
		if !c.LinkOnly {
			n++
		}
	}
	return n
}

// setOutcome sets the row's outcome, reason and problems after the run ended with err.
func (r *customerRun[T]) setOutcome(err error) {
	for _, f := range r.failures {
		problem := Problem{Key: f.Key, Class: string(f.Class), Message: f.Message + r.nextTry(f)}
		r.row.Problems = append(r.row.Problems, problem)
		if f.Class == errclass.Held {
			r.row.Held++
		} else {
			r.row.Failed++
		}
	}
	slices.SortFunc(r.row.Problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	switch class := errclass.Of(err); {
	case errors.Is(err, state.ErrBusy):
		r.row.Outcome, r.row.Reason = Busy, "another run of this process is working for this customer"
	case errors.Is(err, state.ErrLost):
		r.row.Outcome, r.row.Reason = Busy, "this run took longer than its lease; another run does the rest"
	case class == errclass.Credentials, class == errclass.Settings:
		r.row.Outcome, r.row.Reason = Blocked, err.Error()
	case class == "":
		if r.row.cutShort || r.row.Failed+r.row.Held > 0 {
			r.row.Outcome, r.row.Reason = Partial, r.partialReason()
		}
	default:
		r.row.Outcome, r.row.Reason = Failed, err.Error()
	}
}

// nextTry says when a record that was not tried in this run, because it is in its pause, is tried again.
func (r *customerRun[T]) nextTry(f state.Failure) string {
	if f.NextAt.IsZero() || !f.LastAt.Before(r.startedAt) || !r.Now().Before(f.NextAt) {
		return ""
	}
	return fmt.Sprintf(" (tried again after %s, or at once if it changes or is named in keys)",
		f.NextAt.UTC().Format(time.RFC3339))
}

// partialReason says briefly what was not written, and why. Records with the same message are named together.
func (r *customerRun[T]) partialReason() string {
	const shown = 3
	var parts, messages []string
	keys := map[string][]string{}
	if r.row.Reason != "" {
		parts = append(parts, r.row.Reason)
	}
	switch {
	case r.row.cutShort && (r.event.Keys != nil || !r.event.Since.IsZero()):
		parts = append(parts, "some records were not processed; no later run does that, so run the function with the "+
			"same event again")
	case r.row.cutShort:
		parts = append(parts, "some records were not processed; they are first in line next time")
	}
	for _, p := range r.row.Problems {
		if keys[p.Message] == nil {
			messages = append(messages, p.Message)
		}
		keys[p.Message] = append(keys[p.Message], p.Key)
	}
	left := len(r.row.Problems)
	for _, m := range messages[:min(len(messages), shown)] {
		parts = append(parts, listKeys(keys[m])+": "+m)
		left -= len(keys[m])
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", left))
	}
	return strings.Join(parts, "; ")
}

// listKeys lists the first few keys.
func listKeys(keys []string) string {
	const shown = 3
	if len(keys) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(keys[:shown], ", "), len(keys)-shown)
	}
	return strings.Join(keys, ", ")
}

// addNotes adds notes to the row, each once.
func (r *customerRun[T]) addNotes(notes []string) {
	for _, n := range notes {
		if !r.noted[n] {
			r.noted[n] = true
			r.row.addNote(n)
		}
	}
}

// noteMentioned remembers which keys of the event a plan mentions.
func (r *customerRun[T]) noteMentioned(p plan.Plan[T]) {
	for _, why := range p.Whys {
		r.whys[why.Key] = why
		if why.Missing {
			continue // a note of the plan says so
		}
		setting := ""
		if why.Setting != "" {
			setting = " (" + why.Setting + ")"
		}
		r.row.addNote(why.Key + " is left alone: " + why.Reason + setting)
	}
	if len(r.unmentioned) == 0 {
		return
	}
	mentioned := map[string]bool{}
	for _, c := range p.Changes {
		mentioned[c.Key] = true
	}
	for _, refusal := range p.Refused {
		mentioned[refusal.Key] = true
	}
	for _, key := range p.LookedAt {
		mentioned[key] = true
	}
	r.unmentioned = slices.DeleteFunc(r.unmentioned, func(key string) bool { return mentioned[key] })
}

// addNotesOnUnmentioned adds a note for each record that the event names and the plan says nothing about: a person who
// names a record is told what became of it.
func (r *customerRun[T]) addNotesOnUnmentioned(partial bool) {
	source := "24SevenOffice"
	if r.Process == naming.Shipments || r.Process == naming.Stock {
		source = "Ongoing WMS"
	}
	others := r.row.Notes
	r.row.Notes = nil
	for _, key := range r.unmentioned {
		if partial {
			r.row.addNote(fmt.Sprintf("%s was not reached in this run; name it again", key))
		} else {
			r.row.addNote(fmt.Sprintf("%s was not found in %s", key, source))
		}
	}
	for _, n := range others {
		r.row.addNote(n)
	}
}
