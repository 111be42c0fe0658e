package process

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// send sends the orders, except those of which only the link has to be written, and writes the links. Articles and
// orders are written in full under their own numbers, so that a repeated write creates nothing twice. The package
// comment says what a crash between the writes leaves behind.
func (b *batch) send(ctx context.Context, some []*order) {
	if len(some) == 0 || !b.goesOn {
		return
	}
	b.checkStillAsPlanned(ctx, some)
	some = unsettled(some)
	var toSend []*order
	for _, o := range some {
		if !o.linkOnly {
			toSend = append(toSend, o)
		}
	}
	b.writeArticles(ctx, toSend)
	b.checkArticles(ctx, unsettled(toSend))
	b.checkOngoing(ctx, unsettled(toSend))
	b.storeNumbers(ctx, unsettled(toSend))
	links := newLinking(b)
	for _, o := range unsettled(some) {
		if !b.mayGoOn() {
			break
		}
		if !o.linkOnly {
			if err := b.sendOne(ctx, o); err != nil {
				o.done(err)
				continue
			}
		}
		links.start(ctx, o)
		links.collect(1) // so that the next order is sent meanwhile
	}
	links.collect(0)
}

// checkStillAsPlanned reads the orders again: they may have been edited, withdrawn or deleted since the plan.
func (b *batch) checkStillAsPlanned(ctx context.Context, some []*order) {
	ids := []office24.OrderID{} // never nil: that would read all orders
	for _, o := range some {
		ids = append(ids, o.id)
	}
	found, unreadable := map[office24.OrderID]office24.Order{}, map[office24.OrderID]error{}
	for o, err := range b.Office24.Orders(ctx, office24.OrderSearch{IDs: ids}) {
		switch {
		case err != nil && o.ID != 0 && errclass.Is(err, errclass.Rejected):
			unreadable[o.ID] = err
		case err != nil:
			b.failAll(some, err)
			return
		default:
			found[o.ID] = o
		}
	}
	for _, o := range some {
		now, exists := found[o.id]
		switch err := unreadable[o.id]; {
		case err != nil:
			o.done(err)
		case !exists || !b.isAsPlanned(now, o):
			o.done(errclass.New(errclass.Conflict, "",
				"order %d was changed in 24SevenOffice while it was being sent; it is read again", o.id))
		}
	}
}

func (b *batch) isAsPlanned(now office24.Order, o *order) bool {
	date := o.mapped.Body.DeliveryDate
	link := o.link
	link.DeliveryDate = date
	mapped, err := mapOrder(now, link, b.Settings, date)
	sends := isPulled(now.Status, b.Settings) ||
		o.action == plan.Update && shouldSend(now.Status, o.link, b.Settings)
	return err == nil && mapped.fingerprint() == o.mapped.fingerprint() && sends
}

// writeArticles writes the articles that the orders need and that are missing.
func (b *batch) writeArticles(ctx context.Context, some []*order) {
	for _, o := range some {
		if !b.mayGoOn() {
			return
		}
		for _, w := range o.articles {
			if err := b.register.Ensure(ctx, w); err != nil {
				o.done(err)
				break
			}
		}
	}
}

// checkArticles reads the links of the lines' articles again: since the plan, the process articles can have renamed an
// article or given its number to another product's.
func (b *batch) checkArticles(ctx context.Context, some []*order) {
	if len(some) == 0 || !b.goesOn {
		return
	}
	var products []office24.ProductID
	for _, o := range some {
		products = append(products, o.products...)
	}
	links, err := b.State.Articles(ctx, asInts(products))
	if err != nil {
		b.failAll(some, err)
		return
	}
	for _, o := range some {
		for i, line := range o.completeBody.OrderLines {
			if id := o.products[i]; links[int(id)].ArticleNumber != line.ArticleNumber {
				o.done(errclass.New(errclass.Conflict, "",
					"row %s: the article of product %d was changed while order %d was being sent; it is read again",
					line.RowNumber, id, o.id))
			}
		}
	}
}

// storeNumbers stores the numbers of the orders that are sent for the first time. They are stored before the orders are
// sent: whatever happens to this run, and to an order's status in the meantime, the order in Ongoing is recognised as
// ours.
func (b *batch) storeNumbers(ctx context.Context, some []*order) {
	if !b.goesOn {
		return
	}
	var first []*order
	var links []*state.OrderLink
	for _, o := range some {
		if o.link.OrderNumber == "" {
			o.link.OrderNumber, o.link.DeliveryDate = o.completeBody.OrderNumber, o.completeBody.DeliveryDate
			first, links = append(first, o), append(links, &o.link)
		}
	}
	for i, err := range b.State.PutOrders(ctx, links) {
		if err != nil {
			first[i].link.OrderNumber, first[i].link.DeliveryDate = "", ""
			first[i].done(err)
		}
	}
}

// sendOne writes one order.
func (b *batch) sendOne(ctx context.Context, o *order) error {
	id, err := b.Ongoing.PutOrder(ctx, o.completeBody)
	switch {
	case errors.Is(err, ongoing.ErrStarted):
		return startedInOngoing(o.id)
	case errors.Is(err, ongoing.ErrCancelled):
		return cancelledByWarehouse(o.id)
	case errclass.Is(err, errclass.Rejected):
		return cmp.Or(b.forgetLostArticles(ctx, *o.payload), err)
	case err != nil:
		return err
	}
	o.link.OngoingID = int(id)
	if len(removedRows(o.before, o.completeBody)) > 0 {
		return b.checkRowsRemoved(ctx, *o.payload)
	}
	return nil
}

// checkRowsRemoved checks that rows that are no longer sent are gone from Ongoing. Whether Ongoing removes them is not
// documented; if it does not, the warehouse would send too much.
func (p *process) checkRowsRemoved(ctx context.Context, o payload) error {
	after, err := p.Ongoing.Order(ctx, ongoing.OrderID(o.link.OngoingID))
	if err != nil {
		return err
	}
	if rows := removedRows(after, o.completeBody); len(rows) > 0 {
		return errclass.New(errclass.Rejected, "",
			"order %d: rows %s were removed in 24SevenOffice but are still in Ongoing; remove them there",
			o.id, strings.Join(rows, ", "))
	}
	return nil
}

// checkOngoing looks at Ongoing right before the orders are written there. An order that is replaced must still be ours
// and changeable. A new one must not be there under another number.
func (b *batch) checkOngoing(ctx context.Context, some []*order) {
	var replaced, made []*order
	for _, o := range some {
		if o.action == plan.Update {
			replaced = append(replaced, o)
		} else {
			made = append(made, o)
		}
	}
	b.checkReplaced(ctx, replaced)
	b.checkMade(ctx, made)
}

func (b *batch) checkReplaced(ctx context.Context, some []*order) {
	if len(some) == 0 || !b.goesOn {
		return
	}
	numbers, live := []string{}, map[ongoing.OrderID]ongoing.Order{}
	for _, o := range some {
		numbers = append(numbers, o.completeBody.OrderNumber)
	}
	if len(some) > 1 {
		for o, err := range b.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
			if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
				b.failAll(some, err)
				return
			} else if err == nil {
				live[o.Info.ID] = o
			}
		}
	}
	for _, o := range some {
		if !b.goesOn {
			return
		}
		id := ongoing.OrderID(o.link.OngoingID)
		before, found := live[id]
		var err error
		if !found {
			before, err = b.Ongoing.Order(ctx, id)
		}
		o.before = before
		switch {
		case err != nil:
			o.done(err)
		case !b.whose(before, o.candidate).IsOrder() || before.Info.Number != o.completeBody.OrderNumber:
			o.done(errclass.New(errclass.Conflict, "",
				"order %d was renumbered or given to another order in Ongoing while it was being sent; "+
					"it is read again", o.id))
		case before.Info.Status.Number == ongoing.StatusCancelled:
			o.done(cancelledByWarehouse(o.id))
		case !before.Changeable():
			o.done(startedInOngoing(o.id))
		}
	}
}

func (b *batch) checkMade(ctx context.Context, some []*order) {
	if len(some) == 0 || !b.goesOn {
		return
	}
	listed := len(some) > 1 && b.names.complete
	if listed {
		if err := b.names.read(ctx, b.process, len(some)); err != nil {
			b.failAll(some, err)
			return
		}
	}
	for _, o := range some {
		if !b.goesOn {
			return
		}
		if o.restOf != 0 {
			if err := b.checkRestOrder(ctx, *o.payload); err != nil {
				o.done(err)
				continue
			}
		}
		if o.searched || listed && b.names.lacks(o.candidate) {
			continue
		}
		found, err := b.withOrderID(ctx, o.candidate)
		if _, exists := b.own(*o.payload, found); err == nil && exists {
			err = errclass.New(errclass.Conflict, "",
				"order %d is in Ongoing already, under another number; the next run takes it over", o.id)
		}
		if err == nil {
			err = b.checkFree(*o.payload, found)
		}
		if err != nil {
			o.done(err)
		}
	}
}

// A linking completes the links of sent orders while the next ones are being sent.
type linking struct {
	batch   *batch
	results chan linked
	started int
}

type linked struct {
	order *order
	err   error
}

func newLinking(b *batch) *linking {
	return &linking{batch: b, results: make(chan linked, len(b.all))}
}

// start begins to store the completed link of an order that was sent.
//
// A crash before it is done leaves an order in Ongoing whose link has its number only, and the next run finds it.
func (l *linking) start(ctx context.Context, o *order) {
	o.link.OrderNumber, o.link.DeliveryDate = o.completeBody.OrderNumber, o.completeBody.DeliveryDate
	o.link.Fingerprint = o.mapped.fingerprint()
	o.link.Total, o.link.Currency = o.total, o.currency
	o.link.DeliveredAt, o.link.SentAt = time.Time{}, l.batch.Now()
	if o.link.ImportedAt.IsZero() {
		o.link.ImportedAt = o.link.SentAt
	}
	if o.tooLate {
		o.link.Fingerprint = "" // the order in Ongoing is another one
	}
	l.started++
	go func() {
		err := l.batch.State.PutOrder(ctx, &o.link)
		if err == nil {
			err = l.batch.tell(ctx, *o.payload)
		}
		l.results <- linked{o, err}
	}()
}

// collect waits until no more than so many links are under way. Orders that need no status are settled.
func (l *linking) collect(underWay int) {
	for l.started > underWay {
		r := <-l.results
		l.started--
		r.order.sent = r.err == nil
		switch {
		case r.err != nil:
			r.order.done(r.err)
		case !needsStatus(r.order.link, l.batch.Settings):
			r.order.done(r.order.result())
		}
	}
}
