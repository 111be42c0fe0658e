package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// A reading collects the orders of a run: those that are shipped, and those that have left the way there. It counts all
// others, and notes which of the requested orders it has looked at.
type reading struct {
	*process
	req    runner.PlanRequest
	out    *plan.Plan[shipment]
	seen   map[ongoing.OrderID]bool
	found  map[string]bool // the numbers of all orders that were read
	orders []ongoing.Order
}

// read makes the searches of the run, and then looks by their ids for orders that were not found under their numbers.
func (r *reading) read(ctx context.Context, first ongoing.OrderID) error {
	r.found = map[string]bool{}
	wanted, err := r.openOrders(ctx)
	if err != nil {
		return err
	}
	queries := r.queries(r.req, first)
	if len(wanted) > 0 {
		numbers := make([]string, 0, len(wanted))
		for number := range wanted {
			numbers = append(numbers, number)
		}
		queries = append(queries, ongoing.OrderQuery{Numbers: numbers})
	}
	for _, q := range queries {
		for o, err := range r.Ongoing.Orders(ctx, q) {
			if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
				return err
			}
			r.add(o)
		}
	}
	return r.readRenumbered(ctx, wanted)
}

func (r *reading) add(o ongoing.Order) {
	if r.seen[o.Info.ID] {
		return
	}
	r.seen[o.Info.ID] = true
	r.found[o.Info.Number] = true
	r.out.Read++
	if o.IdentityUnreadable() { // perhaps it is ours
		r.out.Notes = append(r.out.Notes, o.Unreadable.Error())
	}
	// Of an order that cannot be read, the status may be missing.
	if o.Unreadable != nil || isShipped(o, r.Settings) || hasStrayed(o.Info.Status.Number, r.Settings) {
		r.orders = append(r.orders, o)
		return
	}
	r.out.Skipped++
	if r.req.Keys != nil {
		r.out.Whys = append(r.out.Whys, plan.Why{
			Key: o.Info.Number, Setting: "shipments.reportAt",
			Reason: fmt.Sprintf("its status in Ongoing is %s, and orders are booked at %s",
				statusName(o.Info.Status), either(r.Settings.Shipments.ReportAt)),
		})
	}
}

// isRequested reports whether an order was asked for by its number: by a person, or because it has a failure record,
// due or in its pause.
func (r *reading) isRequested(number string) bool {
	return slices.Contains(slices.Concat(r.req.Keys, r.req.Retry, r.req.Paused), number)
}

// openOrders returns the orders that a sweep looks at whatever their status: those that were sent and neither booked
// nor cancelled, and those that wait for a back order. It returns Ongoing's ids by the orders' numbers.
func (r *reading) openOrders(ctx context.Context) (map[string]int, error) {
	if !r.out.Sweep.Full {
		return nil, nil
	}
	open := map[string]int{}
	for link, err := range r.State.OpenOrders(ctx, r.req.Full) {
		if err != nil {
			return nil, err
		}
		if link.OrderNumber != "" && link.CancelledAt.IsZero() && link.DeliveredAt.IsZero() {
			open[link.OrderNumber] = link.OngoingID
		}
	}
	return open, nil
}

// readRenumbered reads those of the wanted and requested orders that were not found under their numbers: the warehouse
// has renumbered them since. A requested number names an order of ours if a link has it.
func (r *reading) readRenumbered(ctx context.Context, wanted map[string]int) error {
	requested, err := r.linkedTo(ctx)
	if err != nil {
		return err
	}
	maps.Copy(requested, wanted)
	for number, id := range requested {
		if id == 0 || r.found[number] {
			continue
		}
		o, err := r.Ongoing.Order(ctx, ongoing.OrderID(id))
		switch {
		case errors.Is(err, ongoing.ErrNotFound):
			r.out.Notes = append(r.out.Notes, fmt.Sprintf("order %s does not exist in Ongoing any more", number))
		case err != nil && o.Unreadable == nil:
			return err
		default:
			r.add(o)
		}
		r.found[number] = true
	}
	// An order that was not found may have a number that no link tells us: it is settled only if a person names it. One
	// in its pause was read as well: its failure goes as soon as people have settled it.
	failed := slices.Concat(r.req.Retry, r.req.Paused)
	r.out.AddLookedAt(r.req.Keys, failed, func(number string) bool { return r.found[number] }, false,
		"order %s does not exist in Ongoing")
	return nil
}

// linkedTo returns Ongoing's ids of the requested orders that were not found under their numbers, by number.
func (r *reading) linkedTo(ctx context.Context) (map[string]int, error) {
	missing := map[int]string{}
	var ids []int
	for _, number := range slices.Concat(r.req.Keys, r.req.Retry) {
		if r.found[number] {
			continue
		}
		id, err := strconv.Atoi(strings.TrimPrefix(number, r.Settings.SalesOrders.OrderNumberPrefix))
		if err == nil && id > 0 {
			missing[id] = number
			ids = append(ids, id)
		}
	}
	links, err := r.State.Orders(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for id, number := range missing {
		if l, linked := links[id]; linked && l.OngoingID != 0 && l.OrderNumber == number {
			out[number] = l.OngoingID
		}
	}
	return out, nil
}
