package process

import (
	"context"
	"iter"
	"slices"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

var defaultLimits = planner.Limits{Kept: 500, Planned: 500, BatchSize: 200}

type process struct {
	lambdahost.Dependencies
	register *articles.Register
	limits   planner.Limits
	names    names
}

func newProcess(d lambdahost.Dependencies, limits planner.Limits) *process {
	register := &articles.Register{Settings: d.Settings, Office24: d.Office24, Ongoing: d.Ongoing, State: d.State}
	return &process{Dependencies: d, register: register, limits: limits}
}

// Plan reads the orders and decides about each, looks for withdrawn ones, and completes those that have to be sent.
func (p *process) Plan(ctx context.Context, request runner.PlanRequest) (plan.Plan[payload], error) {
	cancelled, err := p.cancelledInOngoing(ctx, request)
	if err != nil {
		return plan.Plan[payload]{}, err
	}
	p.names = newNames(request.Cursor.Place)
	look := request
	look.Retry = append(slices.Clone(request.Retry), cancelled...)
	limits := p.limits
	limits.Whys = request.Keys != nil
	planning := planner.New(&steps{process: p, request: look, now: p.Now()}, limits)
	found := 0
	err = planning.Read(ctx, p.orders(ctx, look, &found))
	if err == nil && p.looksAtOpen(request) {
		err = p.planWithdrawn(ctx, request.Full, planning.Seen, &planning.Plan)
	}
	if err == nil {
		err = planning.Complete(ctx)
	}
	if err == nil && planning.SeenNone() {
		err = p.planGone(ctx, request.Retry, &planning.Plan)
	}
	planning.Plan.FoundNone = found == 0 && request.Keys == nil
	planning.Plan.Sweep.Place = p.sweep(request)
	planning.AddLookedAt(request.Keys, request.Retry, request.Settles(), "order %s does not exist in 24SevenOffice")
	return planning.Plan, err
}

// orders yields the orders that the run has to look at. Orders in the status on import are read as well, because those
// that we put there may have been edited since. It counts those that it finds by their status.
func (p *process) orders(
	ctx context.Context, request runner.PlanRequest, found *int,
) iter.Seq2[office24.Order, error] {
	statuses := slices.Clone(p.Settings.SalesOrders.Statuses)
	if imported := p.Settings.SalesOrders.ImportedStatus; imported != "" {
		statuses = append(statuses, imported)
	}
	byID := func(ids []office24.OrderID) iter.Seq2[office24.Order, error] {
		return p.Office24.Orders(ctx, office24.OrderSearch{IDs: ids})
	}
	changed := p.Office24.Orders(ctx, office24.OrderSearch{Statuses: statuses, ChangedAfter: request.Since})
	return planner.Requested(request.Keys, request.Retry, byID, changed, found)
}

// steps are the planner's steps for one plan; Complete is in complete.go.
type steps struct {
	*process
	request runner.PlanRequest
	now     time.Time
	// searches counts the searches by goodsOwnerOrderId.
	searches int
	// unidentified are orders in Ongoing under a number of ours, of which it cannot be read which.
	unidentified []ongoing.Order
	// numbers are those of the products in the orders.
	numbers articles.Numbers
}

func (s *steps) ID(o office24.Order) office24.OrderID { return o.ID }

func (s *steps) Changed(o office24.Order) time.Time { return o.DateChanged }

// InScope lets all orders through: whether one is out of scope depends on its link.
func (s *steps) InScope(office24.Order) (bool, plan.Why) { return true, plan.Why{} }

func (s *steps) Links(ctx context.Context, ids []int) (map[int]state.OrderLink, error) {
	return s.State.Orders(ctx, ids)
}

func (s *steps) Decide(o office24.Order, link state.OrderLink) decision {
	k := key(o.ID)
	daily := s.request.Verify && !slices.Contains(s.request.Paused, k)
	return decide(o, link, s.Settings, s.now, s.request.Compare(k), daily)
}

func (s *steps) Reread(ctx context.Context, ids []office24.OrderID) iter.Seq2[office24.Order, error] {
	return s.Office24.Orders(ctx, office24.OrderSearch{IDs: ids})
}
