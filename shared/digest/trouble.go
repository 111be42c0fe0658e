package digest

import (
	"cmp"
	"regexp"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// This file says what trouble is, for the daily mail, for syncctl status and for the local page, so that they count the
// same customers.

// Concerns reports whether people care for a process of a customer: it is on, or what the settings say is wrong. What
// is switched off or paused is not to run, and its failures and orders wait for nobody.
func Concerns(l settings.Loaded, process naming.Process) bool {
	return l.Err != nil || l.Customer.ProcessEnabled(process)
}

// times are those of the functions' reasons.
var times = regexp.MustCompile(`\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z| \d\d:\d\d UTC)`)

// General returns a customer's reason without what is only this customer's: the name of its secret, and times. What has
// the same general reason is the same trouble of several customers.
func General(customer, reason string) string {
	secret := regexp.MustCompile("/" + regexp.QuoteMeta(customer) + `([":;, ]|$)`)
	reason = secret.ReplaceAllString(reason, "/<customer>$1")
	return times.ReplaceAllString(reason, "<time>")
}

// lateAfter is how many intervals without a success make a process late.
const lateAfter = 3

// late reports whether a process that is without a success since a time is so for too long.
func late(since time.Time, interval time.Duration, now time.Time) bool {
	return now.Sub(since) > lateAfter*max(interval, naming.Period)
}

// since is the last success or, without one, the first start: a process that has never succeeded has trouble since
// then. It is zero if the schedule has never started the process.
func since(m state.Mark) time.Time { return cmp.Or(m.SucceededAt, m.FirstStartedAt, m.StartedAt) }

// Fine reports whether the mark alone says that the runs of a process are without trouble. If it does not, OfRuns needs
// the last run.
func Fine(m state.Mark, interval time.Duration, now time.Time) bool {
	return !since(m).IsZero() && !late(since(m), interval, now) && !m.SucceededAt.Before(m.StartedAt)
}

// OfRuns returns what is wrong with the runs of a process, whose last recorded one is given. It reports false if
// nothing is.
func OfRuns(m state.Mark, last state.LastRun, interval time.Duration, now time.Time) (Trouble, bool) {
	began := cmp.Or(since(m), last.StartedAt) // it was only run by hand
	t := Trouble{Process: m.Process, Since: began, Latest: began, Reason: last.Reason}
	switch {
	case began.IsZero():
		t.Kind, t.Reason = NotRun, "the next tick runs it"
	case last.Outcome == "blocked":
		t.Kind = Blocked
	case last.Outcome == "failed":
		t.Kind = Failing
	case !late(began, interval, now):
		return t, false
	case now.Before(m.NotBefore):
		t.Kind = Stopped
		t.Reason = "a vendor asked for a pause until " + m.NotBefore.UTC().Format(time.RFC3339) + ": " + m.PauseReason
	default:
		t.Kind = Stopped
		t.Reason = "no run has succeeded for three intervals; look at the function's log and at its rule"
	}
	return t, true
}

// OfPause returns what is wrong with a pause: it is over and nobody has ended it, or what it pauses is switched on. It
// reports false if nothing is.
func OfPause(p state.CustomerPause, l settings.Loaded, now time.Time) (Trouble, bool) {
	customer := l.Customer
	on := customer.Enabled
	if customer.Enabled = true; p.Process != "" {
		on = customer.ProcessEnabled(p.Process)
	}
	t := Trouble{Process: p.Process, Since: p.Until, Latest: p.Until, Reason: p.Reason}
	switch {
	case l.Err == nil && on:
		t.Kind, t.Since, t.Latest = NotPaused, p.At, p.At
	case !now.Before(p.Until):
		t.Kind = PauseOver
	default:
		return t, false
	}
	return t, true
}
