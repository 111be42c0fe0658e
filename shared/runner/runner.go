package runner

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/observe"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Process is one direction of the integration, opened for one customer. T is what a change of it carries.
type Process[T any] interface {
	// Plan reads both systems and says what has to change. It writes nothing, anywhere. Records in ask.Retry come
	// first and must be in the plan as a change or a refusal if they still are in trouble: a record asked for that
	// the plan does not mention counts as settled.
	Plan(ctx context.Context, ask PlanRequest) (plan.Plan[T], error)
	// Apply carries out one change. It may be called again for the same change at any time, also after a crash in
	// the middle of it, and looks for its own traces first.
	Apply(ctx context.Context, c plan.Change[T]) error
}

// An PlanRequest says what a plan is to look at.
type PlanRequest struct {
	// Since is the moment of the last plan, less Overlap; zero for everything.
	Since time.Time
	// Full: everything is compared with what stands in the other system, not with what we remember to have written.
	Full bool
	// Keys, if not nil, are the only records to look at.
	Keys []string
	// Retry are records that failed before and are due again, to be looked at besides.
	Retry []string
	// Cursor is the stored cursor, for processes that keep more in it than a moment.
	Cursor state.Cursor
}

// Compare tells whether a record is to be compared with what stands in the other system: in a full run, and where it
// failed before, because a write that failed may have come to stand there late.
func (a PlanRequest) Compare(key string) bool { return a.Full || slices.Contains(a.Retry, key) }

// Overlap is how far behind the cursor a plan reads. The vendors' clocks are not ours, 24SevenOffice rounds the time
// of a change to the minute, and a record read twice costs nothing.
const Overlap = 15 * time.Minute

// A Runner runs one process over the customers. All fields but Policy must be set.
type Runner[T any] struct {
	Process  naming.Process
	Settings *settings.Reader
	State    *state.Store
	// Open prepares the process for a customer: credentials, clients. Its error ends the customer's run.
	Open func(context.Context, settings.Customer, *state.Partition) (Process[T], error)
	// Policy may hold a plan as a whole; nil lets everything pass. Not asked where records are named by key: then a
	// person has looked.
	Policy      func(settings.Customer, plan.Plan[T]) error
	Concurrency int
	Now         func() time.Time
	Log         *slog.Logger
	Meter       *observe.Meter
	// Tracer follows the customers' runs; nil follows none.
	Tracer *observe.Tracer
}

// Run is one invocation. It returns an error only where nothing could be done for anybody.
func (r *Runner[T]) Run(ctx context.Context, e Event) (Result, error) {
	started := r.Now().UTC()
	res := Result{Process: r.Process, RunID: rand.Text(), StartedAt: started.Truncate(time.Millisecond)}
	loaded, err := r.load(ctx, e)
	if err != nil {
		return res, fmt.Errorf("settings cannot be read, nothing was done: %w", err)
	}
	fleet := r.sort(ctx, e, loaded)
	rows := slices.Concat(fleet.rows, r.work(ctx, e, res.RunID, fleet.due))
	for _, row := range rows {
		r.logRow(res.RunID, row)
	}
	r.emit(e, rows, fleet)
	res.finish(rows, e.Customers != nil)
	res.FinishedAt = r.Now().UTC().Truncate(time.Millisecond)
	return res, nil
}

func (r *Runner[T]) load(ctx context.Context, e Event) ([]settings.Loaded, error) {
	if e.Customers != nil {
		return r.Settings.Named(ctx, e.named())
	}
	return r.Settings.All(ctx, e.Segment, e.Segments)
}

// A fleet is the customers of an invocation: rows of those that are not worked on, and those whose turn it is.
type fleet struct {
	rows  []Row
	due   []settings.Customer
	marks map[string]state.Mark
}

// sort tells who is blocked, off, busy or not due, and puts the others in line.
func (r *Runner[T]) sort(ctx context.Context, e Event, loaded []settings.Loaded) fleet {
	var f fleet
	var on []settings.Customer
	for _, l := range loaded {
		switch {
		case l.Err != nil:
			f.rows = append(f.rows, Row{CustomerID: l.ID, Outcome: Blocked, Reason: l.Err.Error()})
		case !l.Customer.ProcessEnabled(r.Process):
			f.rows = append(f.rows, Row{CustomerID: l.ID, Outcome: Off})
		default:
			on = append(on, l.Customer)
		}
	}
	marks, err := r.State.Marks(ctx, r.Process, ids(on))
	if err != nil {
		for _, c := range on {
			f.rows = append(f.rows, Row{CustomerID: c.ID, Outcome: Failed, Reason: err.Error()})
		}
		return f
	}
	f.marks = marks
	now := r.Now()
	for _, c := range on {
		if outcome := standing(marks[c.ID], c.Interval, now); outcome != OK && e.Customers == nil {
			f.rows = append(f.rows, Row{CustomerID: c.ID, Outcome: outcome})
		} else {
			f.due = append(f.due, c)
		}
	}
	line(f.due, marks)
	return f
}

// line puts customers in order: the oldest start first, so that whoever was left out last time is first in line, and
// those of the same minute at random, so that nobody always waits. A run that was cut short counts as if it had not
// been: it stands with those who were left out, but not before them, or the heavy customers would take it all.
func line(due []settings.Customer, marks map[string]state.Mark) {
	since := func(c settings.Customer) time.Time {
		m := marks[c.ID]
		if m.Unfinished {
			m.StartedAt = m.StartedAt.Add(-naming.Period)
		}
		return m.StartedAt.Truncate(time.Minute)
	}
	mathrand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	slices.SortStableFunc(due, func(a, b settings.Customer) int { return since(a).Compare(since(b)) })
}

// early is how much sooner than its interval a customer is due, for a tick that comes early.
const early = time.Minute

// standing tells whether it is a customer's turn: OK, NotDue or Busy. A run that died still has its holder and is due
// as soon as its lease has run out; one that was cut short is due at the next tick.
func standing(m state.Mark, interval time.Duration, now time.Time) Outcome {
	switch {
	case m.Holder != "" && now.Before(m.Until):
		return Busy
	case now.Before(m.NotBefore):
		return NotDue
	case m.Holder != "" || m.Unfinished:
		return OK
	case now.Before(m.StartedAt.Add(interval - early)):
		return NotDue
	default:
		return OK
	}
}

// work runs the customers, a bounded number at once.
func (r *Runner[T]) work(ctx context.Context, e Event, runID string, due []settings.Customer) []Row {
	b := newBudget(ctx, r.Now())
	rows := make([]Row, len(due))
	turns := make(chan int)
	var wg sync.WaitGroup
	for range min(max(r.Concurrency, 1), len(due)) {
		wg.Go(func() {
			for i := range turns {
				rows[i] = r.customer(ctx, e, runID, due[i], r.share(b, len(due)))
			}
		})
	}
	for i := range due {
		turns <- i
	}
	close(turns)
	wg.Wait()
	return rows
}

// share is a customer's part of the time: all of it where everybody can be worked on at once.
func (r *Runner[T]) share(b budget, customers int) budget {
	if customers <= r.Concurrency {
		return b
	}
	return b.half(r.Now())
}

func (r *Runner[T]) logRow(runID string, row Row) {
	level := slog.LevelInfo
	if row.Outcome == Failed || row.Outcome == Blocked {
		level = slog.LevelWarn
	}
	r.Log.Log(context.Background(), level, "customer", "process", r.Process, "runId", runID, "customer", row.CustomerID,
		"outcome", row.Outcome, "reason", row.Reason, "read", row.Read, "planned", row.Planned, "written", row.Written,
		"unchanged", row.Unchanged, "skipped", row.Skipped, "held", row.Held, "failed", row.Failed,
		"cutShort", row.cutShort, "notes", row.notes)
}

// emit writes the metrics of the invocation. The age of the oldest sync speaks of all customers: it is left out where
// some were named, or where it could not be found out.
func (r *Runner[T]) emit(e Event, rows []Row, f fleet) {
	v := map[string]float64{naming.MetricRunsCompleted: 1}
	for _, row := range rows {
		switch row.Outcome {
		case OK, Partial:
			v[naming.MetricCustomersSynced]++
		case Failed:
			v[naming.MetricCustomersFailed]++
		case Blocked:
			v[naming.MetricCustomersBlocked]++
		}
		v[naming.MetricRecordsRead] += float64(row.Read)
		v[naming.MetricRecordsWritten] += float64(row.Written)
		v[naming.MetricRecordsFailed] += float64(row.Failed)
		v[naming.MetricRecordsHeld] += float64(row.Held)
		if row.cutShort {
			v[naming.MetricRunsCutShort] = 1
		}
	}
	if e.Customers == nil && f.marks != nil {
		v[naming.MetricOldestSyncAgeSeconds] = r.oldest(rows, f).Seconds()
	}
	r.Meter.Emit(v)
}

// oldest is the age of the oldest last success among the enabled customers; for one that never had any, the time
// since its first start.
func (r *Runner[T]) oldest(rows []Row, f fleet) time.Duration {
	now, age := r.Now(), time.Duration(0)
	for _, row := range rows {
		m := f.marks[row.CustomerID]
		last := cmp.Or(m.SucceededAt, m.FirstStartedAt)
		if row.Outcome == OK || row.Outcome == Partial || row.Outcome == Off || last.IsZero() {
			continue
		}
		age = max(age, now.Sub(last))
	}
	return age
}

func ids(customers []settings.Customer) []string {
	out := make([]string, len(customers))
	for i, c := range customers {
		out[i] = c.ID
	}
	return out
}
