package process

import (
	"context"
	"fmt"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// batchSize is how many changes are made together. What is read of all of them right before the first write must still
// be right at the last one, so it is not much more than the calls of a few seconds.
const batchSize = 50

// BatchSize returns how many changes ApplyBatch takes at most.
func (p *process) BatchSize() int { return batchSize }

// Apply carries out what the plan says about one order.
func (p *process) Apply(ctx context.Context, c plan.Change[payload]) error {
	var result error = errclass.New(errclass.Defect, "", "order %s was not tried", c.Key)
	p.ApplyBatch(ctx, []plan.Change[payload]{c}, func(i int, err error) bool {
		if i >= 0 {
			result = err
		}
		return true
	})
	return result
}

// ApplyBatch carries out what the plan says about several orders; see runner.BatchProcess. It makes each step for all
// of them before the next one. What a crash leaves behind is for each order what the package comment says.
func (p *process) ApplyBatch(ctx context.Context, changes []plan.Change[payload], settle func(int, error) bool) {
	b := batch{process: p, goesOn: true, ask: func() bool { return settle(-1, nil) }}
	for i := range changes {
		b.all = append(b.all, &order{
			payload: &changes[i].Payload, action: changes[i].Action,
			settle: func(err error) {
				if err == nil || b.goesOn { // else it counts as not tried
					b.goesOn = settle(i, err) && b.goesOn
				}
			},
		})
	}
	b.learnClosed(ctx, b.pending(func(o *order) bool { return o.bookkeeping == closes && o.link.OngoingID == 0 }))
	b.storeLinks(ctx, b.pending(func(o *order) bool { return o.bookkeeping != "" && o.bookkeeping != tells }))
	for _, o := range b.pending(func(o *order) bool { return o.bookkeeping == tells }) {
		o.done(p.tell(ctx, *o.payload))
	}
	b.send(ctx, b.pending(func(o *order) bool { return o.bookkeeping == "" && sends(o.action) }))
	// What was sent is completed in any case: the run could not tell it from what was not tried.
	b.setStatuses(ctx, b.pending(func(o *order) bool { return o.sent || b.goesOn && o.action == plan.Status }))
	for _, o := range b.pending(func(o *order) bool { return o.action == plan.Cancel }) {
		if b.goesOn {
			o.done(p.cancel(ctx, *o.payload))
		}
	}
}

func sends(a plan.Action) bool { return a == plan.Create || a == plan.Update }

// A batch are the orders of one ApplyBatch.
type batch struct {
	*process
	all []*order
	// goesOn: the runner allows further changes. ask asks it again.
	goesOn bool
	ask    func() bool
}

// mayGoOn reports whether there is time for another order. Orders that get a status are settled only after it.
func (b *batch) mayGoOn() bool {
	b.goesOn = b.goesOn && b.ask()
	return b.goesOn
}

// An order is one change of a batch.
type order struct {
	// payload is that of the change itself: what is tried again in the same run has the link as it is stored now.
	*payload
	action  plan.Action
	settle  func(error)
	settled bool
	// before is the order in Ongoing that is replaced, as it was right before.
	before ongoing.Order
	// sent: the order is in Ongoing as it should be, and its link says so.
	sent bool
}

// done settles the change, once.
func (o *order) done(err error) {
	if !o.settled {
		o.settled = true
		o.settle(err)
	}
}

// pending returns the orders that are not settled and meet a condition.
func (b *batch) pending(is func(*order) bool) (some []*order) {
	for _, o := range unsettled(b.all) {
		if is(o) {
			some = append(some, o)
		}
	}
	return some
}

func unsettled(all []*order) (some []*order) {
	for _, o := range all {
		if !o.settled {
			some = append(some, o)
		}
	}
	return some
}

// failAll settles orders with the same error, as far as the runner allows.
func (b *batch) failAll(all []*order, err error) {
	for _, o := range all {
		o.done(err)
	}
}

// learnClosed finds in Ongoing the orders to be closed whose links do not say whether they were sent, because a run
// died right after it sent them. They can be shipped there still, and have the lowest id of ours, below which shipments
// looks at nothing.
func (b *batch) learnClosed(ctx context.Context, some []*order) {
	for _, o := range some {
		if _, _, err := b.learnSent(ctx, o.payload); err != nil {
			o.done(err)
		}
	}
}

// storeLinks stores what a plan has found out about orders, and closes or opens them.
//
// A crash between the link and its removal from the index leaves a closed order there, which is passed over.
func (b *batch) storeLinks(ctx context.Context, some []*order) {
	links := make([]*state.OrderLink, len(some))
	for i, o := range some {
		links[i] = &o.link
		o.link.DeliveredAt = time.Time{}
		switch o.bookkeeping {
		case closes:
			o.link.DeliveredAt = b.Now()
		case ends:
			o.link.CancelledAt = b.Now()
		case opens, tells:
		}
	}
	errs := b.State.PutOrders(ctx, links)
	var stored []*order
	var closed []state.OrderLink
	for i, o := range some {
		if errs[i] != nil {
			o.done(errs[i])
			continue
		}
		stored, closed = append(stored, o), append(closed, o.link)
	}
	errs = b.State.CloseOrders(ctx, closed)
	for i, o := range stored {
		o.done(errs[i])
	}
}

// setStatuses sets the status on import and stores that it was done. If somebody has moved an order in the meantime, it
// is left alone, and that is stored as well, so that it is not tried again. A sent order that needs no status is done.
func (b *batch) setStatuses(ctx context.Context, some []*order) {
	to := b.Settings.SalesOrders.ImportedStatus
	var changes []orders.StatusChange
	var waiting []*order
	for _, o := range some {
		if o.sent && !needsStatus(o.link, b.Settings) {
			o.done(o.result())
			continue
		}
		waiting = append(waiting, o)
		pulled := func(from office24.OrderStatus) bool { return isPulled(from, b.Settings) }
		changes = append(changes, orders.StatusChange{ID: o.id, To: to, Allowed: pulled})
	}
	if len(changes) == 0 {
		return
	}
	failed := orders.SetStatuses(ctx, b.Office24, changes)
	var links []*state.OrderLink
	for _, o := range waiting {
		err := failed[o.id]
		if err != nil && !errclass.Is(err, errclass.Conflict) {
			o.done(err)
			continue
		}
		if err == nil {
			o.link.Status = to.Name()
		}
		o.link.StatusSetAt = b.Now()
		links = append(links, &o.link)
	}
	errs := b.State.PutOrders(ctx, links)
	for i, o := range unsettled(waiting) {
		if errs[i] == nil {
			errs[i] = o.result()
		}
		o.done(errs[i])
	}
}

// tell makes the next run of shipments look at an order, through a failure record: shipments reads what has changed in
// Ongoing, and this order has not. It can be repeated.
func (p *process) tell(ctx context.Context, o payload) error {
	if !o.tellShipments || !p.Settings.Shipments.Enabled {
		return nil
	}
	reason := fmt.Sprintf("order %d was taken over or set back in 24SevenOffice; the next run looks at it", o.id)
	failure := state.Failure{Process: naming.Shipments, Key: o.link.OrderNumber}.
		WithAttempt(p.Now().UTC(), errclass.Conflict, reason, "")
	return p.State.AddFailure(ctx, &failure)
}

// result is the result of an order that was sent and needs nothing more.
func (o *order) result() error {
	if o.tooLate {
		return startedInOngoing(o.id)
	}
	return nil
}
