// Package digest makes the daily mail: which customers have trouble, what is new since yesterday, and what is not. It
// is for what no alarm is on for any more: an alarm that stays on for a month is not read. If nobody has trouble, there
// is no mail.
//
// It reads the settings, and the marks, the failure records and the open orders of each customer, and calls no vendor.
// The function of shipments sends it once a day; syncctl can print the same text.
package digest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Digest is the trouble of all customers at a time.
type Digest struct {
	At time.Time
	// Customers counts all that are switched on.
	Customers int
	// Troubled are those with trouble, the worst first.
	Troubled []Customer
}

// A Customer is a customer with trouble.
type Customer struct {
	ID, Name string
	Troubles []Trouble
}

// A Trouble is what is wrong with one process of a customer, or with all of them.
type Trouble struct {
	Process naming.Process // "" if it is about the customer
	Kind    Kind
	// Since is when the oldest of it began, and Latest the newest; zero if nobody knows.
	Since, Latest time.Time
	// Count is how many records it is about.
	Count int
	// Key is the oldest record, and Reason says what is wrong, and what would be right.
	Key, Reason string
}

// A Kind is a kind of trouble, in words.
type Kind string

// The kinds, the worst first.
const (
	Blocked Kind = "blocked"
	Stopped Kind = "no run has succeeded"
	Failed  Kind = "failed"
	Held    Kind = "waiting for a person"
	Stuck   Kind = "stuck in the warehouse"
)

var severity = []Kind{Blocked, Stopped, Failed, Held, Stuck}

// atOnce is how many customers are read at the same time.
const atOnce = 16

// Collect reads the trouble of all customers. It returns an error if one of them cannot be read: a mail that says
// nothing about a customer says that it has no trouble.
func Collect(ctx context.Context, r *settings.Reader, s *state.Store, now time.Time) (Digest, error) {
	d := Digest{At: now}
	all, err := r.All(ctx, 0, 1)
	if err != nil {
		return d, err
	}
	customers, errs := make([]Customer, len(all)), make([]error, len(all))
	var wait sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for i, l := range all {
		if l.Err == nil && !l.Customer.Enabled {
			continue
		}
		d.Customers++
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			customers[i], errs[i] = look(ctx, l, s.Partition(l.ID), now)
		})
	}
	wait.Wait()
	if err := cmp.Or(errs...); err != nil {
		return d, err
	}
	for _, c := range customers {
		if len(c.Troubles) > 0 {
			d.Troubled = append(d.Troubled, c)
		}
	}
	slices.SortFunc(d.Troubled, func(a, b Customer) int {
		return cmp.Or(a.worst()-b.worst(), b.records()-a.records(), strings.Compare(a.ID, b.ID))
	})
	return d, nil
}

// look returns the trouble of a customer.
func look(ctx context.Context, l settings.Loaded, p *state.Partition, now time.Time) (Customer, error) {
	c := Customer{ID: l.ID, Name: l.Customer.Name}
	h, err := p.Health(ctx)
	if err != nil {
		return c, err
	}
	if l.Err != nil {
		since := time.Time{}
		for _, m := range h.Marks {
			if m.SucceededAt.After(since) {
				since = m.SucceededAt
			}
		}
		c.Troubles = append(c.Troubles, Trouble{Kind: Blocked, Since: since, Latest: since, Reason: l.Err.Error()})
		return c, nil
	}
	for _, entry := range naming.Entries() {
		if l.Customer.ProcessEnabled(entry.Process) {
			c.addStopped(h.Marks[entry.Process], entry.Process, l.Customer.Interval, now)
		}
	}
	c.addFailures(h.Failures)
	if !l.Customer.ProcessEnabled(naming.Shipments) {
		return c, nil
	}
	limit := l.Customer.Shipments.StuckAfter
	open, err := p.OpenSince(ctx, now.Add(-limit))
	for _, link := range open {
		if since, waits := link.StuckSince(limit, l.Customer.Location); waits && !since.After(now) {
			c.add(Trouble{
				Process: naming.Shipments, Kind: Stuck, Since: since, Latest: since, Count: 1, Key: link.OrderNumber,
			})
		}
	}
	return c, err
}

// late is how long after its interval a process without a success has stopped.
const late = time.Hour

func (c *Customer) addStopped(m state.Mark, process naming.Process, interval time.Duration, now time.Time) {
	since := cmp.Or(m.SucceededAt, m.FirstStartedAt)
	if since.IsZero() || now.Sub(since) < interval+late {
		return
	}
	kind := Stopped
	if m.LastOutcome == "blocked" {
		kind = Blocked
	}
	c.Troubles = append(c.Troubles, Trouble{Process: process, Kind: kind, Since: since, Latest: since})
}

func (c *Customer) addFailures(failures []state.Failure) {
	slices.SortStableFunc(failures, func(a, b state.Failure) int { return a.FirstAt.Compare(b.FirstAt) })
	for _, f := range failures {
		kind := Failed
		if f.Class == errclass.Held {
			kind = Held
		}
		c.add(Trouble{
			Process: f.Process, Kind: kind, Since: f.FirstAt, Latest: f.FirstAt, Count: 1, Key: f.Key,
			Reason: f.Message,
		})
	}
}

// add adds a trouble to the one of its kind.
func (c *Customer) add(t Trouble) {
	i := slices.IndexFunc(c.Troubles, func(o Trouble) bool { return o.Process == t.Process && o.Kind == t.Kind })
	if i < 0 {
		c.Troubles = append(c.Troubles, t)
		return
	}
	o := &c.Troubles[i]
	o.Count += t.Count
	if t.Since.Before(o.Since) {
		o.Since, o.Key, o.Reason = t.Since, t.Key, t.Reason
	}
	if t.Latest.After(o.Latest) {
		o.Latest = t.Latest
	}
}

func (c Customer) worst() int {
	worst := len(severity)
	for _, t := range c.Troubles {
		worst = min(worst, slices.Index(severity, t.Kind))
	}
	return worst
}

func (c Customer) records() (n int) {
	for _, t := range c.Troubles {
		n += t.Count
	}
	return n
}

// isNew reports whether something of the customer's trouble began after a time.
func (c Customer) isNew(after time.Time) bool {
	return slices.ContainsFunc(c.Troubles, func(t Trouble) bool { return t.Latest.After(after) })
}
