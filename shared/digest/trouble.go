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

// What is only one customer's in a reason of the functions, and what a general reason has instead.
var (
	times = regexp.MustCompile(`\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z| \d\d:\d\d UTC)?`)
	owner = regexp.MustCompile(`\bgoods owner \d+`)
	// call is what was asked of a vendor. In an outage one process fails at this and another one at that.
	call = regexp.MustCompile(`\b(ongoing|office24): (?:(?:GET|POST|PUT|PATCH|DELETE) /\S*|[A-Z][A-Za-z]+): `)
)

// General returns a customer's reason without what is only this customer's: its name and goods owner, the name of its
// secret, times, and which call failed. What has the same general reason is the same trouble of several customers.
func General(customer, reason string) string {
	own := regexp.MustCompile(`(/|customer ")` + regexp.QuoteMeta(customer) + `([":;, ]|$)`)
	reason = own.ReplaceAllString(reason, "$1<customer>$2")
	reason = owner.ReplaceAllString(reason, "goods owner <number>")
	reason = WithoutCall(reason)
	return times.ReplaceAllString(reason, "<time>")
}

// WithoutCall returns a reason without which call failed.
func WithoutCall(reason string) string { return call.ReplaceAllString(reason, "$1: ") }

// What the stock brake says of one article.
var (
	emptied  = regexp.MustCompile(`\barticle .+? would be set from \S+ to \S+`)
	compared = regexp.MustCompile(`\barticle .+? is compared again`)
)

// GeneralRecord is General for what a record is refused or held for: also without the record's key. What several
// records have in common is the same trouble.
func GeneralRecord(customer, key, reason string) string {
	reason = regexp.MustCompile(`(^|[^\w.])`+regexp.QuoteMeta(key)+`($|[^\w.])`).
		ReplaceAllString(reason, "$1<id>$2")
	reason = emptied.ReplaceAllString(reason, "its article would be set to zero")
	return General(customer, compared.ReplaceAllString(reason, "its article is compared again"))
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
	t := Trouble{Process: m.Process, Since: began, Reason: last.Reason}
	// Nobody could have said so before the first run that did not succeed.
	t.Latest = earlier(began.Add(max(interval, naming.Period)), now)
	switch {
	case began.IsZero():
		t.Kind, t.Reason, t.Latest = NotRun, "the next tick runs it", began
	case last.Outcome == "blocked":
		t.Kind = Blocked
	case last.Outcome == "failed":
		t.Kind = Failing
	case !late(began, interval, now):
		return t, false
	case now.Before(m.NotBefore):
		t.Kind, t.Latest = Stopped, began.Add(lateAfter*max(interval, naming.Period))
		t.Reason = "a vendor asked for a pause until " + m.NotBefore.UTC().Format(time.RFC3339) + ": " + m.PauseReason
	default:
		t.Kind, t.Latest = Stopped, began.Add(lateAfter*max(interval, naming.Period))
		t.Reason = "no run has succeeded for three intervals; look at the function's log and at its rule"
	}
	return t, true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
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
