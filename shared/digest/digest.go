// Package digest makes the daily mail: which customers have trouble, what is new since yesterday, and what is not. It
// is for what no alarm is on for any more: an alarm that stays on for a month is not read. If nobody has trouble, there
// is no mail.
//
// It reads the settings, and the marks, the pauses, the failure records and the open orders of each customer, and the
// last run of each process that is in trouble, and calls no vendor. trouble.go says what trouble is.
// The function of shipments sends it once a day; syncctl can print the same text.
package digest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	// Customers counts all that are switched on, or paused.
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
	// Worth is what stuck orders are worth, as far as that is known.
	Worth Worth
	// Key is the oldest record, and Reason says what is wrong, and what would be right.
	Key, Reason string
}

// A Kind is a kind of trouble, in words.
type Kind string

// The kinds, the worst first.
const (
	Blocked    Kind = "blocked"
	Unreadable Kind = "its state cannot be read"
	Stopped    Kind = "no run has succeeded"
	Failing    Kind = "the last run failed"
	NotPaused  Kind = "paused, but switched on"
	PauseOver  Kind = "pause over, but not ended"
	Failed     Kind = "failed"
	Held       Kind = "waiting for a person"
	Stuck      Kind = "stuck in the warehouse"
	NotRun     Kind = "not run yet"
)

var severity = []Kind{Blocked, Unreadable, Stopped, Failing, NotPaused, PauseOver, Failed, Held, Stuck, NotRun}

// atOnce is how many customers are read at the same time.
const atOnce = 16

// Collect reads the trouble of all customers. A record that cannot be understood is trouble of its customer. If
// DynamoDB does not answer for one of them, Collect returns an error that names it: a mail that says nothing about a
// customer says that it has no trouble.
func Collect(ctx context.Context, r *settings.Reader, s *state.Store, now time.Time) (Digest, error) {
	d := Digest{At: now}
	all, err := r.All(ctx, 0, 1)
	if err != nil {
		return d, err
	}
	customers, errs := make([]Customer, len(all)), make([]error, len(all))
	var wait sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	counted := make([]bool, len(all))
	for i, l := range all {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			c, counts, err := look(ctx, l, s.Partition(l.ID), now)
			if errors.Is(err, state.ErrUnreadable) {
				c.Troubles, counts = append(c.Troubles, Trouble{Kind: Unreadable, Reason: err.Error()}), true
			} else if err != nil {
				errs[i] = fmt.Errorf("customer %q: %w", l.ID, err)
			}
			customers[i], counted[i] = c, counts
		})
	}
	wait.Wait()
	if err := cmp.Or(errs...); err != nil {
		return d, err
	}
	for i, c := range customers {
		if counted[i] {
			d.Customers++
		}
		if len(c.Troubles) > 0 {
			d.Troubled = append(d.Troubled, c)
		}
	}
	slices.SortFunc(d.Troubled, func(a, b Customer) int {
		return cmp.Or(a.worst()-b.worst(), b.records()-a.records(), strings.Compare(a.ID, b.ID))
	})
	return d, nil
}

// look returns the trouble of a customer. It reports false for one that is switched off, and not by a pause.
func look(ctx context.Context, l settings.Loaded, p *state.Partition, now time.Time) (Customer, bool, error) {
	c := Customer{ID: l.ID, Name: l.Customer.Name}
	h, err := p.Health(ctx)
	if err != nil {
		return c, false, err
	}
	for _, pause := range h.Pauses {
		if t, wrong := OfPause(pause, l, now); wrong {
			c.Troubles = append(c.Troubles, t)
		}
	}
	if l.Err != nil {
		since := LastStart(h.Marks)
		c.Troubles = append(c.Troubles, Trouble{Kind: Blocked, Since: since, Latest: since, Reason: l.Err.Error()})
	}
	c.addFailures(l, h.Failures)
	if l.Err != nil || !l.Customer.Enabled {
		return c, l.Err != nil || len(h.Pauses) > 0, nil
	}
	for _, entry := range naming.Entries() {
		if Concerns(l, entry.Process) {
			if err := c.addRuns(ctx, p, h.Marks, entry.Process, l.Customer.Interval, now); err != nil {
				return c, true, err
			}
		}
	}
	if !Concerns(l, naming.Shipments) {
		return c, true, nil
	}
	return c, true, c.addStuck(ctx, l, p, now)
}

// LastStart returns when a process of a customer ran last. Since then the settings block the customer, an interval more
// or less.
func LastStart(marks map[naming.Process]state.Mark) (last time.Time) {
	for _, m := range marks {
		if m.StartedAt.After(last) {
			last = m.StartedAt
		}
	}
	return last
}

// addRuns adds what is wrong with the runs of a process. That it never ran is one trouble for all processes.
func (c *Customer) addRuns(
	ctx context.Context, p *state.Partition, marks map[naming.Process]state.Mark, process naming.Process,
	interval time.Duration, now time.Time,
) error {
	m := marks[process]
	m.Process = process
	if Fine(m, interval, now) {
		return nil
	}
	last, err := p.LastRun(ctx, process)
	if err != nil {
		return err
	}
	t, wrong := OfRuns(m, last, interval, now)
	switch {
	case !wrong:
	case t.Kind == NotRun:
		t.Process = ""
		c.add(t)
	default:
		c.Troubles = append(c.Troubles, t)
	}
	return nil
}

func (c *Customer) addStuck(ctx context.Context, l settings.Loaded, p *state.Partition, now time.Time) error {
	limit := l.Customer.Shipments.StuckAfter
	open, err := p.OpenSince(ctx, now.Add(-limit))
	for _, link := range open {
		if since, waits := link.StuckSince(limit, l.Customer.Location); waits && !since.After(now) {
			c.add(Trouble{
				Process: naming.Shipments, Kind: Stuck, Since: since, Latest: since, Count: 1, Key: link.OrderNumber,
				Worth: WorthOf(link),
			})
		}
	}
	return err
}

func (c *Customer) addFailures(l settings.Loaded, failures []state.Failure) {
	slices.SortStableFunc(failures, func(a, b state.Failure) int { return a.FirstAt.Compare(b.FirstAt) })
	for _, f := range failures {
		if !Concerns(l, f.Process) {
			continue
		}
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
	o.Worth = o.Worth.Plus(t.Worth)
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

// isNew reports whether something of the customer's trouble began after a time. What has not run yet is new.
func (c Customer) isNew(after time.Time) bool {
	return slices.ContainsFunc(c.Troubles, func(t Trouble) bool { return t.Kind == NotRun || t.Latest.After(after) })
}
