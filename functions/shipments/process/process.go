package process

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
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

// maxFailed is how many orders that failed before a run looks at, those that are due first. Each is read as a whole, in
// three calls. The others wait for a later run, unless a search by time finds them.
const maxFailed = 100

// Plan reads the shipped orders, selects ours and decides what has to be booked.
func (p *process) Plan(ctx context.Context, req runner.PlanRequest) (plan.Plan[shipment], error) {
	var out plan.Plan[shipment]
	if req.Verify { // what is shipped is found by its time; the open orders are read whatever their times say
		req.Since = req.Cursor.Since.Add(-runner.Overlap)
	}
	first, err := orders.First(ctx, p.State, p.Ongoing, storedFirst(req))
	if err != nil {
		return out, err
	}
	if first == 0 { // we have sent no order yet, so none in Ongoing is ours
		out.AddLookedAt(req.Keys, req.Retry, func(string) bool { return false }, true,
			"order %s is not one of ours: no order was sent to Ongoing yet")
		return out, nil
	}
	out.Sweep.Full = p.sweeps(req)
	req.Retry = req.Retry[:min(len(req.Retry), maxFailed)]
	req.Paused = req.Paused[:min(len(req.Paused), maxFailed-len(req.Retry))]
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
	waiting, err := p.planBundles(ctx, all, waitingIn(req), r.isRequested, &out)
	out.Sweep.Place = place(first, waiting)
	return out, err
}

// place returns what the cursor keeps: the lowest id of our orders, and the orders of which a back order was shipped
// before they were. The back order is not read again before its order is.
func place(first ongoing.OrderID, waiting map[int]bool) string {
	words := []string{strconv.Itoa(int(first))}
	for _, id := range slices.Sorted(maps.Keys(waiting)) {
		words = append(words, strconv.Itoa(id))
	}
	return strings.Join(words, " ")
}

// waitingIn returns the orders that the cursor names so, by Ongoing's id. A run that reads all orders finds them
// itself.
func waitingIn(req runner.PlanRequest) map[int]bool {
	waiting := map[int]bool{}
	for i, word := range strings.Fields(storedFirst(req)) {
		if id, err := strconv.Atoi(word); err == nil && i > 0 {
			waiting[id] = true
		}
	}
	return waiting
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
	lowest, highest := slices.Min(p.Settings.Shipments.ReportAt), slices.Max(p.Settings.Shipments.ReportAt)
	picked := ongoing.OrderQuery{StatusFrom: lowest, StatusTo: highest}
	if p.coversSince(req) {
		picked.PickedFrom = req.Since
	} else {
		picked.ToReport, picked.From = true, first
	}
	// Orders that left the way to reportAt are found by this search alone, whatever their status is now.
	moved := ongoing.OrderQuery{
		StatusFrom: min(statusPicked+1, lowest), StatusChangedFrom: p.limitLookback(req.Since, maxStatusLookback),
	}
	updated := ongoing.OrderQuery{
		StatusFrom: lowest, StatusTo: highest, UpdatedFrom: p.limitLookback(req.Since, maxUpdateLookback),
	}
	if req.Since.IsZero() {
		moved.From, updated.From = first, first
	}
	tracking := p.Settings.Shipments.TrackingInInvoiceText
	if tracking && updated.UpdatedFrom.After(req.Since) {
		// After a long pause no search by update reaches back to the cursor. A late parcel comes days after its order.
		moved.StatusChangedFrom = p.Now().Add(-maxStatusLookback)
	}
	queries := []ongoing.OrderQuery{picked, moved}
	if failed := slices.Concat(req.Retry, req.Paused); len(failed) > 0 {
		queries = append(queries, ongoing.OrderQuery{Numbers: failed})
	}
	if tracking {
		queries = append(queries, updated)
	}
	return queries
}

// coversSince reports whether searches by time reach back to the last run. If so, what was not reported before it needs
// no second look: it was booked, has a failure record, or is not ours.
func (p *process) coversSince(req runner.PlanRequest) bool {
	return !req.Full && !req.Since.Before(p.Now().Add(-maxStatusLookback))
}

// sweepEvery is how often all open orders are read, whatever the searches by time say.
const sweepEvery = 24 * time.Hour

// sweeps reports whether a run reads all open orders.
func (p *process) sweeps(req runner.PlanRequest) bool {
	return req.Keys == nil && (req.Verify || !p.coversSince(req) || p.Now().Sub(req.Cursor.FullSweepAt) >= sweepEvery)
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
