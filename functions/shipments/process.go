package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

type process struct{ lambdahost.Customer }

// A shipment is an order that was shipped. Applying it reads everything about it again.
type shipment struct {
	order    office24.OrderID
	standing ongoing.OrderID
	number   string
}

// furthestUpdate is how far back a search by time of update goes; Ongoing refuses more than two days.
const furthestUpdate = 47 * time.Hour

// Plan reads the shipped orders, finds ours among them and works out what has to be booked.
func (p *process) Plan(ctx context.Context, ask runner.Ask) (plan.Plan[shipment], error) {
	var out plan.Plan[shipment]
	first, err := p.first(ctx, ask.Cursor.Place)
	if err != nil {
		return out, err
	}
	shipped, err := p.shipped(ctx, ask, first)
	if err != nil {
		return out, err
	}
	if first > 0 {
		out.Sweep.Place = strconv.Itoa(int(first))
	}
	out.Read = len(shipped)
	ours, err := orders.Ours(ctx, p.State, shipped, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return out, err
	}
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

// first is the lowest id of our orders in Ongoing, 0 as long as there are none; the cursor keeps it. A goods owner may
// have years of orders that nobody ever reported, and without it all of them would be read in every run.
func (p *process) first(ctx context.Context, place string) (ongoing.OrderID, error) {
	if place != "" {
		id, err := strconv.Atoi(place)
		if err != nil {
			return 0, fault.New(fault.Defect, "", "the place %q in the shipments cursor cannot be read", place)
		}
		return ongoing.OrderID(id), nil
	}
	lowest := 0
	for link, err := range p.State.EachOrder(ctx) {
		if err != nil {
			return 0, err
		}
		if link.OngoingID > 0 && (lowest == 0 || link.OngoingID < lowest) {
			lowest = link.OngoingID
		}
	}
	return ongoing.OrderID(lowest), nil
}

// shipped reads the orders in a status of reportAt that have something to report, or that got there since the cursor.
func (p *process) shipped(ctx context.Context, ask runner.Ask, first ongoing.OrderID) ([]ongoing.Order, error) {
	at := p.Settings.Shipments.ReportAt
	band := ongoing.OrderQuery{StatusFrom: slices.Min(at), StatusTo: slices.Max(at), From: first}
	var queries []ongoing.OrderQuery
	if ask.Keys != nil {
		queries = append(queries, ongoing.OrderQuery{Numbers: ask.Keys})
	} else {
		toReport, moved := band, band
		toReport.ToReport = true
		moved.StatusChangedFrom = p.recent(ask.Since, 30*24*time.Hour)
		queries = append(queries, toReport, moved)
		if len(ask.Retry) > 0 {
			queries = append(queries, ongoing.OrderQuery{Numbers: ask.Retry})
		}
		if p.Settings.Shipments.TrackingInInvoiceText {
			parcels := band
			parcels.UpdatedFrom = p.recent(ask.Since, furthestUpdate)
			queries = append(queries, parcels)
		}
	}
	var out []ongoing.Order
	seen := map[ongoing.OrderID]bool{}
	for _, q := range queries {
		for o, err := range p.Ongoing.Orders(ctx, q) {
			if err != nil {
				return nil, err
			}
			if !seen[o.Info.ID] && slices.Contains(at, o.Info.Status.Number) {
				seen[o.Info.ID] = true
				out = append(out, o)
			}
		}
	}
	return out, nil
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
		case fault.Is(err, fault.Rejected) && o.ID != 0:
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
	if !found {
		out.Refuse(live.Info.Number, "gone", fault.New(fault.Held, "", "order %d was shipped but is gone from 24SevenOffice; nothing is booked", link.OrderID))
		return
	}
	b, err := assess(live, o, link, p.Settings)
	fingerprint := plan.Fingerprint(o.Status, b.reports, len(b.waybills), b.rest)
	switch {
	case err != nil:
		out.Refuse(live.Info.Number, fingerprint, err)
	case b.done():
		out.Unchanged++
	default:
		action := plan.Report
		if b.setStatus {
			action = plan.Status
		}
		out.Changes = append(out.Changes, plan.Change[shipment]{Key: live.Info.Number, Action: action, Fingerprint: fingerprint,
			Fields: b.fields(o, p.Settings), Body: shipment{o.ID, live.Info.ID, live.Info.Number}})
		if len(b.short) > 0 && b.setStatus {
			out.Notes = append(out.Notes, fmt.Sprintf("order %d was delivered short: %s", o.ID, strings.Join(b.short, ", ")))
		}
	}
}
