package runner

import (
	"cmp"
	"context"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// Among hundreds of customers there is always one with trouble. An alarm that says so is always on, and nobody looks at
// it any more. Alarms are therefore about what is new: trouble that did not heal by itself within troubleAfter, and
// that began less than newFor ago. What is older is in the daily mail, and in syncctl's status.
const (
	troubleAfter = time.Hour
	newFor       = 6 * time.Hour
)

// news are what is new in a customer run, for the alarms.
type news struct {
	// since is when the customer's oldest trouble began; zero if there is none.
	since time.Time
	// newlyStopped: no run has succeeded for a while. withFailures: records have failed, or are held, for a while.
	newlyStopped, withFailures bool
	// newlyStuck counts the stuck orders that have been so for less than newFor.
	newlyStuck int
	// nearsQuota: the customer has reached the share of the month's calls or bytes of which people are told.
	nearsQuota bool
}

// isNews reports whether trouble of an age is to be told. Something that is looked at rarely is told the first time.
func isNews(age, lookedAtEvery time.Duration) bool {
	return age >= troubleAfter && age < max(newFor, 2*lookedAtEvery)
}

// stopped notes that the run of a customer did not succeed.
func (n *news) stopped(m state.Mark, interval time.Duration, now time.Time) {
	n.since = cmp.Or(m.SucceededAt, m.FirstStartedAt, now)
	n.newlyStopped = isNews(now.Sub(n.since)-interval, interval)
}

// noteNews notes what is new after the run has ended.
func (r *customerRun[T]) noteNews() {
	n, now := &r.row.news, r.Now()
	switch r.row.Outcome {
	case Failed, Blocked:
		n.stopped(r.mark, r.customer.Interval, now)
	case Partial:
		for _, f := range r.failures {
			if f.FirstAt.IsZero() {
				continue // planned by a dry run
			}
			if n.since.IsZero() || f.FirstAt.Before(n.since) {
				n.since = f.FirstAt
			}
			n.withFailures = n.withFailures || isNews(now.Sub(f.FirstAt), r.customer.Interval)
		}
	case OK, Busy, NotDue, Off: // no trouble
	}
}

// addNews adds the row to the metrics of the alarms.
func (row Row) addNews(v map[string]float64) {
	add := func(metric string, n int) {
		if n > 0 { // a metric that is zero is left out
			v[metric] += float64(n)
		}
	}
	one := map[bool]int{true: 1}
	add(naming.MetricUnexplainedDrift, row.Drift)
	add(naming.MetricOrdersStuck, row.Stuck)
	add(naming.MetricOrdersNewlyStuck, row.news.newlyStuck)
	add(naming.MetricCustomersNewlyStopped, one[row.news.newlyStopped])
	add(naming.MetricCustomersWithNewFailures, one[row.news.withFailures])
	add(naming.MetricCustomersNearQuota, one[row.news.nearsQuota])
}

// countStuck counts the orders that are open in Ongoing for longer than the settings allow, in the first run of an hour
// and in one that a person starts. A quiet tick in between reads nothing more.
func (r *customerRun[T]) countStuck(ctx context.Context) error {
	now := r.Now()
	looked := r.mark.StartedAt.Truncate(time.Hour).Equal(now.UTC().Truncate(time.Hour))
	if r.Process != naming.Shipments || r.event.Keys != nil || r.event.Customers == nil && looked {
		return nil
	}
	limit := r.customer.Shipments.StuckAfter
	open, err := r.state.OpenSince(ctx, now.Add(-limit))
	for _, link := range open {
		since, waits := link.StuckSince(limit, r.customer.Location)
		if !waits || since.After(now) {
			continue
		}
		r.row.Stuck++
		if now.Sub(since) < max(newFor, 2*r.customer.Interval) {
			r.row.news.newlyStuck++
		}
	}
	return err
}

// firstLoad is how long a customer, or a process, counts as new. What it imports then has waited for the decision to
// begin, and not for us.
const firstLoad = 24 * time.Hour

// measuresLatency reports whether the latency of what a plan finds says how long people wait: in a run of the schedule
// that looks for what has changed since the last one. Old records that a person asks for, that a first load or new
// settings bring in, or that have waited until somebody switched the process on again, say nothing of the kind.
func (r *customerRun[T]) measuresLatency(request PlanRequest) bool {
	now := r.Now()
	binding, bound := r.state.Binding()
	return r.event.Customers == nil && !request.Full && !request.Since.IsZero() &&
		bound && now.Sub(binding.BoundAt) >= firstLoad && now.Sub(r.mark.FirstStartedAt) >= firstLoad &&
		now.Sub(r.mark.StartedAt) < r.customer.Interval+firstLoad
}

// noteLatency measures how long people have waited for a change that was made.
func (r *customerRun[T]) noteLatency(c plan.Change[T]) {
	if r.measures && !c.Happened.IsZero() {
		r.Meter.Latency(r.Now().Sub(c.Happened))
	}
}
