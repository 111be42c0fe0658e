package process

import (
	"context"
	"errors"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// batchSize is how many orders are booked together. What is read of all of them right before the first write must still
// be right at the last one.
const batchSize = 50

// BatchSize returns how many changes ApplyBatch takes at most.
func (p *process) BatchSize() int { return batchSize }

// A batch are the orders that are booked together; see ApplyBatch.
type batch struct {
	*process
	all    []*booking
	goesOn bool // the runner allows further changes
	ask    func() bool
}

// A booking is one change of a batch.
type booking struct {
	shipment
	key      string
	bundle   *bundle
	sold     office24.Order
	decision decision
	link     state.OrderLink // as it is to be stored
	// alone: it takes more steps than the others, or more has to be read. Apply does it.
	alone bool
	// inOneCall: all its lines are reported by ReportPicked, and it has to be verified.
	inOneCall bool
	settle    func(error)
	settled   bool
}

func (k *booking) done(err error) {
	if !k.settled {
		k.settled = true
		k.settle(err)
	}
}

// ApplyBatch books several orders; see runner.BatchProcess. It makes each step for all of them before the next one, so
// that 24SevenOffice is called three times for all. Orders with rest orders or back orders take their own steps, after
// the others. What a crash leaves behind is for each order what the package comment says.
func (p *process) ApplyBatch(ctx context.Context, changes []plan.Change[shipment], settle func(int, error) bool) {
	b := batch{process: p, goesOn: true, ask: func() bool { return settle(-1, nil) }}
	for i, c := range changes {
		b.all = append(b.all, &booking{shipment: c.Payload, key: c.Key, settle: func(err error) {
			if err == nil || b.goesOn { // else it counts as not tried
				b.goesOn = settle(i, err) && b.goesOn
			}
		}})
	}
	if err := b.read(ctx); err != nil {
		b.failAll(err)
		return
	}
	if err := b.decide(ctx); err != nil {
		b.failAll(err)
		return
	}
	b.setStatuses(ctx)
	b.writeTexts(ctx)
	b.storeBookings(ctx)
	b.report(ctx)
	for i, k := range b.all {
		if b.goesOn && !k.settled && k.alone {
			k.done(p.Apply(ctx, changes[i]))
		}
	}
}

// together returns the orders that are still to be booked together.
func (b *batch) together() (some []*booking) {
	for _, k := range b.all {
		if !k.settled && !k.alone {
			some = append(some, k)
		}
	}
	return some
}

// failAll settles all orders with the same error, as far as the runner allows.
func (b *batch) failAll(err error) {
	for _, k := range b.all {
		k.done(err)
	}
}

// read reads both systems and the links of all orders: the plan can be minutes old.
func (b *batch) read(ctx context.Context) error {
	var ids []int
	soldIDs := []office24.OrderID{}
	for _, k := range b.all {
		ids, soldIDs = append(ids, int(k.order)), append(soldIDs, k.order)
	}
	links, err := b.State.Orders(ctx, ids)
	if err != nil {
		return err
	}
	live, err := b.readOngoing(ctx, b.all)
	if err != nil {
		return err
	}
	sold, unreadable := map[office24.OrderID]office24.Order{}, map[office24.OrderID]error{}
	for o, err := range b.ordersByID(ctx, soldIDs) {
		switch {
		case errclass.Is(err, errclass.Rejected) && o.ID != 0:
			unreadable[o.ID] = err
		case err != nil:
			return err
		default:
			sold[o.ID] = o
		}
	}
	for _, k := range b.all {
		link, linked := links[int(k.order)]
		o, found := sold[k.order]
		shipped, there := live[k.ongoing]
		switch err := unreadable[k.order]; {
		case err != nil:
			k.done(err)
			continue
		case !linked:
			k.done(changedError(k.order))
			continue
		case !there: // the warehouse has renumbered it
			k.alone = true
			continue
		case shipped.Unreadable != nil:
			k.done(shipped.Unreadable)
			continue
		}
		k.bundle, k.sold = newBundle(link, k.shipment, shipped), o
		if k.alone = k.whole || k.bundle.needsWhole(o, b.Settings); k.alone {
			continue
		}
		if err := b.check(k.bundle, k.shipment, o, found); err != nil {
			k.done(err)
		}
	}
	return nil
}

// readOngoing reads orders in Ongoing by their numbers, and returns them by id, also those that are Unreadable.
func (p *process) readOngoing(ctx context.Context, some []*booking) (map[ongoing.OrderID]ongoing.Order, error) {
	numbers, live := []string{}, map[ongoing.OrderID]ongoing.Order{} // never nil: that would read all orders
	for _, k := range some {
		numbers = append(numbers, k.key)
	}
	for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		live[o.Info.ID] = o
	}
	return live, nil
}

// decide decides about each order.
func (b *batch) decide(ctx context.Context) error {
	sold := map[*bundle]office24.Order{}
	for _, k := range b.together() {
		sold[k.bundle] = k.sold
	}
	known, err := b.know(ctx, sold)
	if err != nil {
		return err
	}
	for _, k := range b.together() {
		d, err := decide(k.bundle, k.sold, known, b.Settings)
		if err != nil {
			k.done(err)
			continue
		}
		k.decision, k.link, k.alone = d, k.bundle.link, d.split != nil
		k.inOneCall = len(d.reports) > 1 && isComplete(k.bundle.orders)
	}
	return nil
}

// setStatuses sets the statuses, in one call. The orders were read right before.
//
// A crash after it leaves orders in their target status; the next run finds that and does not write it again.
func (b *batch) setStatuses(ctx context.Context) {
	var changes []orders.StatusChange
	heads := map[office24.OrderID]office24.OrderHead{}
	for _, k := range b.together() {
		if k.decision.setStatus {
			o := k.sold
			heads[o.ID] = office24.OrderHead{
				ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, DateChanged: o.DateChanged,
			}
			allowed := func(s office24.OrderStatus) bool { return canSetStatus(s, k.link, b.Settings) }
			changes = append(changes, orders.StatusChange{ID: o.ID, To: b.Settings.Shipments.Status, Allowed: allowed})
		}
	}
	failed := orders.SetStatusesOf(ctx, b.Office24, changes, heads)
	for _, k := range b.together() {
		if err := failed[k.order]; err != nil {
			k.done(err)
		}
	}
}

func (b *batch) writeTexts(ctx context.Context) {
	for _, k := range b.together() {
		if len(k.decision.newWaybills) > 0 {
			if err := b.writeWaybills(ctx, k.order, k.bundle.delivered(b.Settings), &k.link); err != nil {
				k.done(err)
			}
		}
	}
}

// storeBookings stores in the links what was booked, side by side.
//
// A crash after it leaves booked orders with lines to report; the next run only reports them.
func (b *batch) storeBookings(ctx context.Context) {
	some := b.together()
	links := make([]*state.OrderLink, len(some))
	for i, k := range some {
		b.noteBooking(k.decision, &k.link)
		links[i] = &k.link
	}
	for i, err := range b.State.PutOrders(ctx, links) {
		if err != nil {
			some[i].done(err)
		}
	}
}

// report reports what was booked, and closes the orders.
//
// A crash in it leaves lines to report, or an order that is closed once more.
func (b *batch) report(ctx context.Context) {
	var verify, finished []*booking
	for _, k := range b.together() {
		// They are closed, and with that settled, after all were reported; meanwhile the time can end.
		if b.goesOn = b.goesOn && b.ask(); !b.goesOn {
			break
		}
		if err := b.reportOne(ctx, k); err != nil {
			k.done(err)
		} else if k.inOneCall {
			verify = append(verify, k)
		} else {
			finished = append(finished, k)
		}
	}
	if len(verify) > 0 {
		live, err := b.readOngoing(ctx, verify)
		for _, k := range verify {
			reason := err
			if err == nil {
				reason = b.correct(ctx, k, live)
			}
			if reason != nil {
				k.done(reason)
			} else {
				finished = append(finished, k)
			}
		}
	}
	var links []state.OrderLink
	for _, k := range finished {
		links = append(links, k.link)
	}
	for i, err := range b.State.CloseOrders(ctx, links) {
		finished[i].done(err)
	}
}

// reportOne reports an order: in one call if nothing of it is left to be picked, else each line.
//
// The quantities of lines are absolute. If the warehouse picks in the moment of the one call, more is reported than was
// booked: correct takes that back. After a crash in between, the next run finds what was picked since, because more is
// picked than the link says was booked.
func (b *batch) reportOne(ctx context.Context, k *booking) error {
	if k.inOneCall {
		return b.Ongoing.ReportPicked(ctx, k.decision.reports[0].order)
	}
	for _, r := range k.decision.reports {
		if err := b.Ongoing.ReportLine(ctx, r.order, r.line, r.picked); err != nil {
			return err
		}
	}
	return nil
}

// correct compares what ReportPicked has reported with what was booked, and takes back what is too much. What was
// picked since is then found by the next run.
func (b *batch) correct(ctx context.Context, k *booking, live map[ongoing.OrderID]ongoing.Order) error {
	id := k.decision.reports[0].order
	o, found := live[id]
	if !found {
		var err error
		if o, err = b.Ongoing.Order(ctx, id); errors.Is(err, ongoing.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	if o.Unreadable != nil {
		return o.Unreadable
	}
	right := map[ongoing.LineID]number.Decimal{} // what was reported before, else what was booked
	for _, l := range k.bundle.orders[0].Lines {
		right[l.ID] = valueOrZero(l.Reported)
	}
	for _, r := range k.decision.reports {
		right[r.line] = r.picked
	}
	for _, l := range o.Lines {
		if valueOrZero(l.Reported).Cmp(right[l.ID]) <= 0 {
			continue
		}
		if err := b.Ongoing.ReportLine(ctx, id, l.ID, right[l.ID]); err != nil {
			return err
		}
	}
	return nil
}

// isComplete reports whether one order has nothing left to be picked and no kits, whose parts are reported apart.
func isComplete(all []ongoing.Order) bool {
	if len(all) != 1 {
		return false
	}
	for _, l := range all[0].Lines {
		if len(l.SubLines) > 0 || toBePicked(l) && valueOrZero(l.Picked).Cmp(valueOrZero(l.Ordered)) < 0 {
			return false
		}
	}
	return true
}

func lineKey(id ongoing.LineID) string { return strconv.Itoa(int(id)) }
