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

// A shipment is an order that was shipped. Applying it reads everything about it again.
type shipment struct {
	order    office24.OrderID
	standing ongoing.OrderID
}

// How far back the searches by time go. Ongoing refuses more than two days for updates; for changes of status no limit
// is known, and thirty days were seen to work by another integrator.
const (
	furthestUpdate = 47 * time.Hour
	furthestMove   = 30 * 24 * time.Hour
)

// Plan reads the shipped orders, finds ours among them and works out what has to be booked.
func (p *process) Plan(ctx context.Context, ask runner.PlanRequest) (plan.Plan[shipment], error) {
	var out plan.Plan[shipment]
	first, err := orders.First(ctx, p.State, p.Ongoing, place(ask))
	if err != nil || first == 0 {
		return out, err // as long as we have sent no order, none of those in Ongoing is ours
	}
	shipped, err := p.shipped(ctx, ask, first, &out)
	if err != nil {
		return out, err
	}
	ours, err := orders.Ours(ctx, p.State, shipped, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return out, err
	}
	for id := range ours {
		first = min(first, id) // one that was taken over later than others
	}
	out.Sweep.Place = strconv.Itoa(int(first))
	sold, err := p.sold(ctx, ours, &out)
	if err != nil {
		return out, err
	}
	for _, live := range shipped {
		if link, ok := ours[live.Info.ID]; ok {
			p.consider(live, sold, link, &out)
		} else {
			out.Skipped++
		}
	}
	return out, nil
}

// place is the lowest id of our orders, which the cursor keeps; a full run looks for it again.
func place(ask runner.PlanRequest) string {
	if ask.Full {
		return ""
	}
	return ask.Cursor.Place
}

// shipped reads the orders in a status of reportAt that have something to report, or that got there since the cursor.
func (p *process) shipped(ctx context.Context, ask runner.PlanRequest, first ongoing.OrderID, out *plan.Plan[shipment]) ([]ongoing.Order, error) {
	var found []ongoing.Order
	seen := map[ongoing.OrderID]bool{}
	for _, q := range p.queries(ask, first) {
		for o, err := range p.Ongoing.Orders(ctx, q) {
			if err != nil {
				return nil, err
			}
			if seen[o.Info.ID] {
				continue
			}
			seen[o.Info.ID] = true
			out.Read++
			if slices.Contains(p.Settings.Shipments.ReportAt, o.Info.Status.Number) {
				found = append(found, o)
			} else {
				out.Skipped++
			}
		}
	}
	return found, nil
}

// queries are the searches of a run. Those that go back to the cursor are not bounded by the first of our orders: an
// order that stood in Ongoing before we took it over has an older id.
func (p *process) queries(ask runner.PlanRequest, first ongoing.OrderID) []ongoing.OrderQuery {
	if ask.Keys != nil {
		return []ongoing.OrderQuery{{Numbers: ask.Keys}}
	}
	at := p.Settings.Shipments.ReportAt
	moved := ongoing.OrderQuery{StatusFrom: slices.Min(at), StatusTo: slices.Max(at)}
	toReport := moved
	toReport.ToReport, toReport.From = true, first
	if ask.Since.IsZero() {
		moved.From = first
	}
	parcels := moved
	moved.StatusChangedFrom = p.recent(ask.Since, furthestMove)
	queries := []ongoing.OrderQuery{toReport, moved}
	if len(ask.Retry) > 0 {
		queries = append(queries, ongoing.OrderQuery{Numbers: ask.Retry})
	}
	if p.Settings.Shipments.TrackingInInvoiceText {
		parcels.UpdatedFrom = p.recent(ask.Since, furthestUpdate)
		queries = append(queries, parcels)
	}
	return queries
}

// recent is the moment to search from, not further back than Ongoing can be asked for.
func (p *process) recent(since time.Time, furthest time.Duration) time.Time {
	if earliest := p.Now().Add(-furthest); since.Before(earliest) {
		return earliest
	}
	return since
}

// sold reads our orders in 24SevenOffice.
func (p *process) sold(ctx context.Context, ours map[ongoing.OrderID]state.OrderLink, out *plan.Plan[shipment]) (map[office24.OrderID]office24.Order, error) {
	var ids []office24.OrderID
	for _, link := range ours {
		ids = append(ids, office24.OrderID(link.OrderID))
	}
	slices.Sort(ids)
	sold := map[office24.OrderID]office24.Order{}
	for o, err := range p.read(ctx, ids) {
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

func (p *process) read(ctx context.Context, ids []office24.OrderID) iter.Seq2[office24.Order, error] {
	return p.Office24.Orders(ctx, office24.OrderSearch{IDs: append([]office24.OrderID{}, ids...)})
}

// consider decides about one of our orders.
func (p *process) consider(live ongoing.Order, sold map[office24.OrderID]office24.Order, link state.OrderLink, out *plan.Plan[shipment]) {
	o, found := sold[office24.OrderID(link.OrderID)]
	if !found && !booked(toReport(live.Lines), link) {
		out.Refuse(live.Info.Number, "gone", errclass.New(errclass.Held, "", "order %d was shipped but is gone from 24SevenOffice; nothing is booked", link.OrderID))
		return
	}
	b, err := assess(live, o, link, p.Settings)
	fields := b.fields(o, p.Settings)
	fingerprint := plan.Fingerprint(o.Status, fields)
	if err != nil {
		out.Refuse(live.Info.Number, fingerprint, err)
		return
	}
	out.Notes = append(out.Notes, b.notes...)
	if b.done() {
		out.Unchanged++
		return
	}
	action := plan.Report
	if b.setStatus {
		action = plan.Status
	}
	out.Changes = append(out.Changes, plan.Change[shipment]{Key: live.Info.Number, Action: action, Fingerprint: fingerprint,
		Fields: fields, Payload: shipment{office24.OrderID(link.OrderID), live.Info.ID}})
}
