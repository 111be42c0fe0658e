package process

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

type process struct{ lambdahost.Dependencies }

// A shipment names a shipped order in both systems. Apply reads everything else again.
type shipment struct {
	order   office24.OrderID
	ongoing ongoing.OrderID
	// linkedTo is Ongoing's id of the order itself, for a link that lacks it. Whole: back orders were read.
	linkedTo int
	whole    bool
}

// How far back Ongoing is searched by time. It refuses more than two days for updates. For changes of status no limit
// is documented; thirty days are known to work.
const (
	maxUpdateLookback = 47 * time.Hour
	maxStatusLookback = 30 * 24 * time.Hour
)

// Plan reads the shipped orders, selects ours and decides what has to be booked.
func (p *process) Plan(ctx context.Context, req runner.PlanRequest) (plan.Plan[shipment], error) {
	var out plan.Plan[shipment]
	first, err := orders.First(ctx, p.State, p.Ongoing, storedFirst(req))
	if err != nil {
		return out, err
	}
	if first == 0 { // we have sent no order yet, so none in Ongoing is ours
		out.AddLookedAt(req.Keys, req.Retry, func(string) bool { return false }, true,
			"order %s is not one of ours: no order was sent to Ongoing yet")
		return out, nil
	}
	r := reading{process: p, req: req, out: &out, seen: map[ongoing.OrderID]bool{}}
	if err := r.read(ctx, first); err != nil {
		return out, err
	}
	all, skipped, err := p.bundles(ctx, first, r.orders)
	if err != nil {
		return out, err
	}
	out.Skipped += skipped
	for _, b := range all {
		if id := ongoing.OrderID(b.link.OngoingID); id > 0 {
			first = min(first, id) // an order that was linked later can have a lower id
		}
	}
	out.Sweep.Place = strconv.Itoa(int(first))
	return out, p.planBundles(ctx, all, r.isRequested, &out)
}

// storedFirst returns the lowest id of our orders as the cursor stores it. A full run looks for it again.
func storedFirst(req runner.PlanRequest) string {
	if req.Full {
		return ""
	}
	return req.Cursor.Place
}

// queries returns the searches of a run. Those that go back to the cursor have no lower bound by id: an order that was
// in Ongoing before it was linked to ours has an older id.
func (p *process) queries(req runner.PlanRequest, first ongoing.OrderID) []ongoing.OrderQuery {
	if req.Keys != nil {
		return []ongoing.OrderQuery{{Numbers: req.Keys}}
	}
	at := p.Settings.Shipments.ReportAt
	updated := ongoing.OrderQuery{StatusFrom: slices.Min(at), StatusTo: slices.Max(at)}
	toReport := updated
	toReport.ToReport, toReport.From = true, first
	if req.Since.IsZero() {
		updated.From = first
	}
	// Orders that left the way to reportAt are found by this search alone, whatever their status is now.
	moved := updated
	moved.StatusFrom, moved.StatusTo = min(statusPicked+1, slices.Min(at)), 0
	moved.StatusChangedFrom = p.limitLookback(req.Since, maxStatusLookback)
	queries := []ongoing.OrderQuery{toReport, moved}
	if len(req.Retry) > 0 {
		queries = append(queries, ongoing.OrderQuery{Numbers: req.Retry})
	}
	if p.Settings.Shipments.TrackingInInvoiceText {
		updated.UpdatedFrom = p.limitLookback(req.Since, maxUpdateLookback)
		queries = append(queries, updated)
	}
	return queries
}

// limitLookback returns since, or the earliest time that Ongoing can be searched from if that is later.
func (p *process) limitLookback(since time.Time, lookback time.Duration) time.Time {
	if earliest := p.Now().Add(-lookback); since.Before(earliest) {
		return earliest
	}
	return since
}

func (p *process) ordersByID(ctx context.Context, ids []office24.OrderID) iter.Seq2[office24.Order, error] {
	// A nil list would mean all orders.
	return p.Office24.Orders(ctx, office24.OrderSearch{IDs: append([]office24.OrderID{}, ids...)})
}
