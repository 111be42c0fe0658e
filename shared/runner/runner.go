package runner

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/observe"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Process is one direction of the integration for one customer. T is the payload of its changes.
type Process[T any] interface {
	// Plan reads both systems and returns what to change. It writes nothing. Every record in request.Keys and
	// request.Retry that it has looked at must be in the plan: as a change, as a refusal, or in LookedAt if it needs
	// neither. The failure of a record that the plan does not mention stays.
	Plan(ctx context.Context, request PlanRequest) (plan.Plan[T], error)
	// Apply makes one change. It can be called again for the same change at any time, also after a crash in the middle
	// of it, so it first looks for what an earlier call has done.
	Apply(ctx context.Context, c plan.Change[T]) error
}

// A PlanRequest says what a plan has to look at.
type PlanRequest struct {
	// Since is the time of the last settled plan, less Overlap. Zero means everything.
	Since time.Time
	// Full compares everything with what is in the other system, instead of what we remember to have written.
	Full bool
	// Verify is like Full, and Since is zero, but our own indexes of links are trusted: it is asked for once a day, and
	// must not cost more with each year of history.
	Verify bool
	// Keys, if not nil, are the only records to look at.
	Keys []string
	// Retry are records that failed before and are due again, the longest due first. The plan looks at them, too.
	Retry []string
	// Paused are records that failed before and are not due yet, or that a person has dismissed. Those that have
	// changed are tried at once, so a process whose searches would not find them, as shipments, looks at them, too.
	Paused []string
	// Cursor is the stored cursor, for processes that keep more in it than a time.
	Cursor state.Cursor
}

// Compare reports whether a record has to be compared with what is in the other system: in a full run or a daily
// comparison, if a person has named it and wants to know how it is, and if it failed before, because a write that
// failed can have arrived late.
func (r PlanRequest) Compare(key string) bool {
	return r.Full || r.Verify || r.Keys != nil || slices.Contains(r.Retry, key)
}

// Settles returns the records in their pause if the plan compares everything. Those that it reads and finds as they
// should be are named in LookedAt: nothing is left to try, and a failure that a person has dismissed must not silence
// the record's next one. Any other plan finds a record unchanged by what we remember of it alone.
func (r PlanRequest) Settles() []string {
	if r.Keys == nil && (r.Full || r.Verify) {
		return r.Paused
	}
	return nil
}

// Overlap is how far before the cursor a plan begins to read. The vendors' clocks differ from ours, and 24SevenOffice
// rounds the time of a change to the minute. Reading a record twice does no harm.
const Overlap = 15 * time.Minute

// A Runner runs one process for the customers. All fields except Policy and Tracer are required.
type Runner[T any] struct {
	Process  naming.Process
	Settings *settings.Reader
	State    *state.Store
	// Open prepares the process for a customer: credentials, clients and the login. Its error ends the customer run.
	Open func(context.Context, settings.Customer, *state.Partition) (Connection[T], error)
	// Expect, if not nil, is told the customers that Open is going to be called for, in their order.
	Expect func(customerIDs []string)
	// Policy, if not nil, returns those of a plan's changes that are not to be made, each with its reason, of class
	// held. They become failure records, so they are looked at again after a pause, and are settled like any other.
	// held reports whether a record has a failure record of class held from an earlier run. The policy is not asked
	// about records that the event names, because a person has already looked at them.
	Policy func(c settings.Customer, p plan.Plan[T], held func(key string) bool) []plan.Refusal
	// VerifyEvery is the time between two comparisons of everything that no person asks for; 0 makes none.
	VerifyEvery time.Duration
	// Concurrency is how many customer runs an invocation makes at once.
	Concurrency int
	Now         func() time.Time
	Log         *slog.Logger
	Meter       *observe.Meter
	// Tracer traces the customer runs; nil traces nothing.
	Tracer *observe.Tracer
}

// Run makes one invocation. It returns an error only if nothing could be done for any customer.
func (r *Runner[T]) Run(ctx context.Context, e Event) (Result, error) {
	started := r.Now().UTC()
	res := Result{
		Process: r.Process, Version: naming.Version, RunID: rand.Text(), StartedAt: started.Truncate(time.Millisecond),
	}
	loaded, err := r.loadSettings(ctx, e)
	if err != nil {
		return res, fmt.Errorf("settings cannot be read; nothing was done: %w", err)
	}
	s := r.selectDue(ctx, e, loaded)
	for i := range s.rows {
		s.rows[i].DryRun = e.DryRun
		r.logRow(res.RunID, s.rows[i])
	}
	rows := slices.Concat(s.rows, r.runCustomers(ctx, e, res.RunID, s))
	r.logOthers(res.RunID, rows)
	r.emitMetrics(e, rows, s.marks)
	res.setCustomers(rows, e.Customers != nil)
	res.FinishedAt = r.Now().UTC().Truncate(time.Millisecond)
	return res, nil
}

func (r *Runner[T]) loadSettings(ctx context.Context, e Event) ([]settings.Loaded, error) {
	if e.Customers != nil {
		return r.Settings.Named(ctx, e.customerIDs(), e.Settings)
	}
	return r.Settings.All(ctx, e.Segment, e.Segments)
}

// runCustomers runs the process for the customers in their order, up to Concurrency of them at once.
func (r *Runner[T]) runCustomers(ctx context.Context, e Event, runID string, s selection) []Row {
	due := s.due
	b := newBudget(ctx, r.Now())
	shownSize := shownSizeOf(e, due)
	var rows rowList
	queue := make(chan settings.Customer)
	var wg sync.WaitGroup
	for range min(max(r.Concurrency, 1), len(due)) {
		wg.Go(func() {
			for c := range queue {
				row := r.runCustomer(ctx, e, runID, c, s.marks[c.ID], r.customerBudget(b, len(due)), shownSize)
				r.logRow(runID, row)
				rows.add(row)
			}
		})
	}
	for _, c := range due {
		queue <- c
	}
	close(queue)
	wg.Wait()
	return rows.rows
}

// shownSizeOf is how many bytes of changes each dry run of an invocation may show: as much as the answer holds if there
// are few, what a run record holds if there are many.
func shownSizeOf(e Event, due []settings.Customer) int {
	const all = 8 << 20
	dryRuns := 0
	for _, c := range due {
		if e.DryRun || c.Preview {
			dryRuns++
		}
	}
	return max(min(maxChangesSize, all/max(1, dryRuns)), maxRunRecordSize)
}

// customerBudget is the whole budget if all customers are run at once. If some have to wait, no customer gets more than
// half of it.
func (r *Runner[T]) customerBudget(b budget, customers int) budget {
	if customers <= r.Concurrency {
		return b
	}
	return b.limitedToHalf(r.Now())
}
