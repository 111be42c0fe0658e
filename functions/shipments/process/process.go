package process

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

type process struct{ lambdahost.Dependencies }

// A shipment names a shipped order in both systems. Apply reads everything else again.
type shipment struct {
	order   office24.OrderID
	ongoing ongoing.OrderID
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
	if err != nil || first == 0 {
		return out, err // we have sent no order yet, so none in Ongoing is ours
	}
	shipped, err := p.readShipped(ctx, req, first, &out)
	if err != nil {
		return out, err
	}
	links, err := orders.Ours(ctx, p.State, shipped, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return out, err
	}
	for id := range links {
		first = min(first, id) // an order that was linked later can have a lower id
	}
	out.Sweep.Place = strconv.Itoa(int(first))
	sold, err := p.readSold(ctx, links, &out)
	if err != nil {
		return out, err
	}
	for _, live := range shipped {
		if link, ok := links[live.Info.ID]; ok {
			p.planOrder(live, sold, link, &out)
		} else {
			out.Skipped++
		}
	}
	return out, nil
}

// storedFirst returns the lowest id of our orders as the cursor stores it. A full run looks for it again.
func storedFirst(req runner.PlanRequest) string {
	if req.Full {
		return ""
	}
	return req.Cursor.Place
}

// readShipped reads the orders in a status of reportAt that have lines to report or reached the status since the
// cursor.
func (p *process) readShipped(
	ctx context.Context, req runner.PlanRequest, first ongoing.OrderID, out *plan.Plan[shipment],
) ([]ongoing.Order, error) {
	var shipped []ongoing.Order
	seen, numbers := map[ongoing.OrderID]bool{}, map[string]bool{}
	for _, q := range p.queries(req, first) {
		for o, err := range p.Ongoing.Orders(ctx, q) {
			if err != nil {
				return nil, err
			}
			if seen[o.Info.ID] {
				continue
			}
			seen[o.Info.ID] = true
			numbers[o.Info.Number] = true
			out.Read++
			if slices.Contains(p.Settings.Shipments.ReportAt, o.Info.Status.Number) {
				shipped = append(shipped, o)
			} else {
				out.Skipped++
			}
		}
	}
	out.AddLookedAt(req.Keys, req.Retry, func(number string) bool { return numbers[number] }, out.Read > 0,
		"order %s does not exist in Ongoing")
	return shipped, nil
}

// queries returns the searches of a run. Those that go back to the cursor have no lower bound by id: an order that was
// in Ongoing before it was linked to ours has an older id.
func (p *process) queries(req runner.PlanRequest, first ongoing.OrderID) []ongoing.OrderQuery {
	if req.Keys != nil {
		return []ongoing.OrderQuery{{Numbers: req.Keys}}
	}
	at := p.Settings.Shipments.ReportAt
	moved := ongoing.OrderQuery{StatusFrom: slices.Min(at), StatusTo: slices.Max(at)}
	toReport := moved
	toReport.ToReport, toReport.From = true, first
	if req.Since.IsZero() {
		moved.From = first
	}
	updated := moved
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

// readSold reads our shipped orders in 24SevenOffice.
func (p *process) readSold(
	ctx context.Context, links map[ongoing.OrderID]state.OrderLink, out *plan.Plan[shipment],
) (map[office24.OrderID]office24.Order, error) {
	var ids []office24.OrderID
	for _, link := range links {
		ids = append(ids, office24.OrderID(link.OrderID))
	}
	slices.Sort(ids)
	sold := map[office24.OrderID]office24.Order{}
	for o, err := range p.ordersByID(ctx, ids) {
		switch {
		case errclass.Is(err, errclass.Rejected) && o.ID != 0:
			out.Notes = append(out.Notes, err.Error())
		case err != nil:
			return nil, err
		default:
			sold[o.ID] = o
		}
	}
	return sold, nil
}

func (p *process) ordersByID(ctx context.Context, ids []office24.OrderID) iter.Seq2[office24.Order, error] {
	// A nil list would mean all orders.
	return p.Office24.Orders(ctx, office24.OrderSearch{IDs: append([]office24.OrderID{}, ids...)})
}

// planOrder adds one of our orders to the plan.
func (p *process) planOrder(
	live ongoing.Order, sold map[office24.OrderID]office24.Order, link state.OrderLink, out *plan.Plan[shipment],
) {
	id := office24.OrderID(link.OrderID)
	o, found := sold[id]
	if !found && !fullyBooked(unreported(live.Lines), link) {
		out.Refuse(live.Info.Number, "gone", errclass.New(errclass.Held, "",
			"order %d was shipped but is gone from 24SevenOffice, so nothing was booked; restore it there", id))
		return
	}
	d, err := decide(live, o, link, p.Settings)
	fields := d.fields(o, p.Settings)
	fingerprint := plan.Fingerprint(o.Status, fields)
	if err != nil {
		out.Refuse(live.Info.Number, fingerprint, err)
		return
	}
	out.Notes = append(out.Notes, d.notes...)
	if d.isEmpty() {
		out.Unchanged++
		return
	}
	action := plan.Report
	if d.setStatus {
		action = plan.Status
	}
	out.Changes = append(out.Changes, plan.Change[shipment]{
		Key: live.Info.Number, Action: action, Fingerprint: fingerprint, Fields: fields,
		Payload: shipment{order: id, ongoing: live.Info.ID},
	})
}
