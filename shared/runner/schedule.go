package runner

import (
	"context"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A selection divides the customers of an invocation into those that are due, in their order, and the rows of the
// others.
type selection struct {
	due  []settings.Customer
	rows []Row
	// marks are the last starts of the enabled customers; nil if they could not be read.
	marks map[string]state.Mark
}

// selectDue selects the customers that are enabled and due. Customers that the event names are due at any time.
func (r *Runner[T]) selectDue(ctx context.Context, e Event, loaded []settings.Loaded) selection {
	var s selection
	var enabled []settings.Customer
	var ids []string
	for _, l := range loaded {
		switch {
		case l.Err != nil:
			s.rows = append(s.rows, Row{CustomerID: l.ID, Outcome: Blocked, Reason: l.Err.Error()})
			ids = append(ids, l.ID)
		case !l.Customer.ProcessEnabled(r.Process):
			s.rows = append(s.rows, Row{CustomerID: l.ID, Outcome: Off})
		default:
			enabled = append(enabled, l.Customer)
			ids = append(ids, l.Customer.ID)
		}
	}
	marks, err := r.State.Marks(ctx, r.Process, ids)
	if err != nil {
		for _, c := range enabled {
			s.rows = append(s.rows, Row{CustomerID: c.ID, Outcome: Failed, Reason: err.Error()})
		}
		return s
	}
	s.marks = marks
	now := r.Now()
	for i := range s.rows {
		if row := &s.rows[i]; row.Outcome == Blocked { // by its settings, which would say how often it runs
			row.news.stopped(marks[row.CustomerID], naming.Period, now)
		}
	}
	for _, c := range enabled {
		if outcome, reason := decideDue(marks[c.ID], c.Interval, now); outcome != OK && e.Customers == nil {
			s.rows = append(s.rows, Row{CustomerID: c.ID, Outcome: outcome, Reason: reason})
		} else {
			s.due = append(s.due, c)
		}
	}
	orderByWait(s.due, marks)
	if r.Expect != nil {
		due := make([]string, len(s.due))
		for i, c := range s.due {
			due[i] = c.ID
		}
		r.Expect(due)
	}
	return s
}

// orderByWait puts the customer that has waited longest first, and customers whose last starts are in the same minute
// in random order, so that none of them is always last. A run that was cut short counts as not made: its customer waits
// like those that had no run at that tick, but not before them, or heavy customers would take all the time.
func orderByWait(due []settings.Customer, marks map[string]state.Mark) {
	lastStart := func(c settings.Customer) time.Time {
		m := marks[c.ID]
		if m.Unfinished {
			m.StartedAt = m.StartedAt.Add(-naming.Period)
		}
		return m.StartedAt.Truncate(time.Minute)
	}
	//nolint:gosec // an order that nobody has a reason to guess
	mathrand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	slices.SortStableFunc(due, func(a, b settings.Customer) int { return lastStart(a).Compare(lastStart(b)) })
}

// tickTolerance is how much earlier than its interval a customer is due, because a tick can come early.
const tickTolerance = time.Minute

// decideDue returns OK if a customer is due, else NotDue or Busy, with the reason if a vendor has asked for a pause.
func decideDue(m state.Mark, interval time.Duration, now time.Time) (Outcome, string) {
	switch {
	case m.Holder != "" && now.Before(m.Until):
		return Busy, ""
	case now.Before(m.NotBefore):
		return NotDue, pauseReason(m)
	case now.Before(DueFrom(m, interval)):
		return NotDue, ""
	default:
		return OK, ""
	}
}

// DueFrom returns from when on a customer is due: its run is at the first tick from then on. After a run that crashed,
// which leaves its holder in the mark, that is as soon as the lease has expired; after a run that was cut short, at the
// next tick.
func DueFrom(m state.Mark, interval time.Duration) time.Time {
	from := m.StartedAt.Add(interval - tickTolerance)
	switch {
	case m.Holder != "":
		from = m.Until
	case m.Unfinished, m.StartedAt.IsZero():
		from = time.Time{}
	}
	if m.NotBefore.After(from) {
		from = m.NotBefore
	}
	return from
}

func pauseReason(m state.Mark) string {
	if m.PauseReason == shareSpent {
		return shareSpent
	}
	reason := "the other system has asked for a pause until " + m.NotBefore.UTC().Format(time.RFC3339)
	if m.PauseReason != "" {
		reason += " (" + m.PauseReason + ")"
	}
	return reason + "; to run before, name the customer in the event"
}
