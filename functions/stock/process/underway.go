package process

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// underWay are the goods of our orders that have left the stock of one system and not of the other; see the package
// comment. Each part is read when it is first needed, again when it is old, and all for an article that is newer and
// differs; see fillQuantities.
type underWay struct {
	// picked is picked and not reported of orders whose goods 24SevenOffice has not taken out yet, but will.
	picked   map[ongoing.ArticleID]number.Decimal
	pickedAt time.Time
	// continued is what back orders have picked and not reported: one that is shipped before its original delivers the
	// rest of that, although it is not among the open orders any more.
	continued map[articleOf]bool
	// ahead is what the warehouse will still pick for orders whose goods 24SevenOffice has taken out already.
	// aheadPicked is what it has picked for them and not reported.
	ahead, aheadPicked map[ongoing.ArticleID]number.Decimal
	// booked are the goods of orders in the target status of shipments, if 24SevenOffice takes them out only when the
	// orders are invoiced.
	booked  map[office24.ProductID]number.Decimal
	aheadAt time.Time
	// pickedDoubts and aheadDoubts are the articles of orders that cannot be read; their figures are not known.
	pickedDoubts, aheadDoubts doubts[ongoing.ArticleID]
	// bookedDoubts are the products of booked orders that cannot be read.
	bookedDoubts doubts[office24.ProductID]
	// heads are the orders as they are in 24SevenOffice, read at headsAt.
	heads   map[office24.OrderID]office24.OrderHead
	headsAt time.Time
	// noHeads says that 24SevenOffice finds no order of ours; nil if it does.
	noHeads error
}

// An articleOf is an article in an order.
type articleOf struct {
	order   ongoing.OrderID
	article ongoing.ArticleID
}

// doubts are the articles, or products, of orders that cannot be read in one of the systems, with the reason. all is
// the reason for every one: it is not known which ones an order has.
type doubts[ID comparable] struct {
	each map[ID]error
	all  error
}

func (d doubts[ID]) of(id ID) error { return cmp.Or(d.each[id], d.all) }

// add adds one of which the figure is not known; the zero id stands for every one.
func (d *doubts[ID]) add(id ID, reason error) {
	var unknown ID
	switch {
	case id == unknown:
		d.all = reason
	case d.each == nil:
		d.each = map[ID]error{id: reason}
	default:
		d.each[id] = reason
	}
}

// addOrder adds the articles of an order if it cannot be read, and reports whether that is so.
func addOrder(d *doubts[ongoing.ArticleID], o ourOrder) bool {
	reason := cmp.Or(o.Unreadable, o.doubt)
	if reason == nil {
		return false
	}
	if o.Unreadable != nil && len(o.Lines) == 0 || o.LinesUnreadable() {
		d.all = reason
	}
	for _, l := range o.Lines {
		d.add(l.Article.ID, reason)
	}
	return true
}

func (p *process) isOld(readAt time.Time) bool {
	return readAt.IsZero() || p.Now().Sub(readAt) > maxAge
}

// takenOut reports whether 24SevenOffice has taken an order's goods out of its stock. It does so when the order becomes
// Sent or is invoiced (inferred from the vendor's help), and in no other status.
func takenOut(s office24.OrderStatus) bool { return s == office24.StatusSent || s.Invoices() }

// invoiceTakesOut reports whether the target status of shipments takes nothing out of 24SevenOffice's stock, so that
// only invoicing does.
func (p *process) invoiceTakesOut() bool {
	return p.Settings.Shipments.Enabled && !takenOut(p.Settings.Shipments.Status)
}

// withdrawn reports whether an order is on its way to Sent no longer: a person has taken it back.
func (p *process) withdrawn(s office24.OrderStatus) bool {
	sales, target := p.Settings.SalesOrders, p.Settings.Shipments.Status
	return settings.Withdrawn(s) && !slices.Contains(sales.Statuses, s) && s != sales.ImportedStatus && s != target
}

// readPicked reads what is picked if any of the articles has unreported picks. If shipments is off, nothing is ever
// reported and no order becomes Sent by us, so picks count as gone.
func (p *process) readPicked(ctx context.Context, compared []comparison) error {
	anyPicked := slices.ContainsFunc(compared, func(c comparison) bool { return mayHavePicks(c.article) })
	if !anyPicked || !p.Settings.Shipments.Enabled || !p.isOld(p.way.pickedAt) {
		return nil
	}
	picked, continued, at := map[ongoing.ArticleID]number.Decimal{}, map[articleOf]bool{}, p.Now()
	var unknown doubts[ongoing.ArticleID]
	unreported, err := p.unreportedOrders(ctx)
	if err != nil {
		return err
	}
	for _, o := range unreported {
		for _, l := range o.Lines {
			if unreportedOf(l).Sign() > 0 {
				continued[articleOf{o.Info.Advanced.BackOrder.For, l.Article.ID}] = true
			}
		}
		if addOrder(&unknown, o) {
			continue
		}
		if p.hasEnded(o) { // returned or cancelled: never booked
			continue
		}
		if !o.exists || takenOut(o.status) || p.withdrawn(o.status) || p.isBooked(o) {
			continue
		}
		for _, l := range o.Lines { // without the parts of kits: 24SevenOffice takes the kit out
			n := unreportedOf(l).Sub(valueOrZero(l.Returned))
			add(picked, l.Article.ID, n)
		}
	}
	p.way.picked, p.way.continued, p.way.pickedDoubts, p.way.pickedAt = picked, continued, unknown, at
	return nil
}

// isBooked reports whether shipments has booked an order without taking its goods out of 24SevenOffice's stock.
func (p *process) isBooked(o ourOrder) bool {
	return p.invoiceTakesOut() && o.status == p.Settings.Shipments.Status && !o.link.ShippedAt.IsZero()
}

// hasEnded reports whether an order will not be booked any more.
func (p *process) hasEnded(o ourOrder) bool {
	return orders.HasEnded(o.Info.Status.Number, p.Settings.Shipments.ReportAt)
}

func unreportedOf(l ongoing.Line) number.Decimal {
	return valueOrZero(l.Picked).Sub(valueOrZero(l.Reported))
}

// add adds a quantity to a sum if it is above zero.
func add[K comparable](sums map[K]number.Decimal, k K, n number.Decimal) {
	if n.Sign() > 0 {
		sums[k] = sums[k].Add(n)
	}
}

// readAhead reads in which orders 24SevenOffice is ahead of the warehouse and, if only invoicing takes goods out, which
// orders wait for their invoice.
func (p *process) readAhead(ctx context.Context) error {
	if !p.isOld(p.way.aheadAt) {
		return nil
	}
	ahead, aheadPicked := map[ongoing.ArticleID]number.Decimal{}, map[ongoing.ArticleID]number.Decimal{}
	at := p.Now()
	open, err := p.ourOrders(ctx, ongoing.OrderQuery{StatusTo: slices.Min(p.Settings.Shipments.ReportAt) - 1})
	if err != nil {
		return err
	}
	continued := map[ongoing.OrderID]bool{} // orders whose rest a back order delivers
	for _, o := range open {
		continued[o.Info.Advanced.BackOrder.For] = true
	}
	var unknown doubts[ongoing.ArticleID]
	for _, o := range open {
		if addOrder(&unknown, o) || !o.exists || !takenOut(o.status) || hasRestOrder(o) {
			continue
		}
		for _, l := range o.Lines {
			isContinued := continued[o.Info.ID] || p.way.continued[articleOf{o.Info.ID, l.Article.ID}]
			if !isContinued && (l.ShouldBePicked == nil || *l.ShouldBePicked) {
				add(ahead, l.Article.ID, valueOrZero(l.Ordered).Sub(valueOrZero(l.Picked)))
			}
			add(aheadPicked, l.Article.ID, unreportedOf(l))
		}
	}
	booked, bookedDoubts, err := p.bookedQuantities(ctx)
	if err != nil {
		return err
	}
	p.way.ahead, p.way.aheadPicked, p.way.booked, p.way.aheadAt = ahead, aheadPicked, booked, at
	p.way.aheadDoubts, p.way.bookedDoubts = unknown, bookedDoubts
	return nil
}

// hasRestOrder reports whether what an order did not deliver is in a rest order: 24SevenOffice takes it out with that.
func hasRestOrder(o ourOrder) bool { return o.link.RestOrder != nil && o.link.RestOrder.OrderID != 0 }

// bookedQuantities returns what invoicing will take out of 24SevenOffice's stock of orders that shipments has booked:
// their rows.
func (p *process) bookedQuantities(ctx context.Context) (
	booked map[office24.ProductID]number.Decimal, unknown doubts[office24.ProductID], err error,
) {
	if !p.invoiceTakesOut() {
		return nil, unknown, nil
	}
	var ids []int
	var all []office24.Order
	unreadable := map[office24.OrderID]error{}
	search := office24.OrderSearch{Statuses: []office24.OrderStatus{p.Settings.Shipments.Status}}
	for o, err := range p.Office24.Orders(ctx, search) {
		switch {
		case errclass.Is(err, errclass.Rejected) && o.ID == 0: // it can be any of those that were booked
			unknown.all = err
			continue
		case errclass.Is(err, errclass.Rejected):
			unreadable[o.ID] = err
		case err != nil:
			return nil, unknown, err
		}
		all, ids = append(all, o), append(ids, int(o.ID))
	}
	if len(all) == 0 && unknown.all == nil {
		if unknown.all, err = p.doubtOrders(ctx); err != nil {
			return nil, unknown, err
		}
	}
	links, err := p.State.Orders(ctx, ids)
	if err != nil {
		return nil, unknown, err
	}
	booked = map[office24.ProductID]number.Decimal{}
	for _, o := range all {
		if links[int(o.ID)].ShippedAt.IsZero() {
			continue
		}
		if err := unreadable[o.ID]; err != nil {
			unknown.all = err // rows can be missing
			continue
		}
		if o.SkipStock {
			continue
		}
		for _, r := range o.Rows {
			if r.Type == office24.RowNormal && r.ProductID != 0 {
				add(booked, r.ProductID, valueOrZero(r.Quantity))
			}
		}
	}
	return booked, unknown, nil
}

// An ourOrder is an order in Ongoing that we sent, or a back order of one, and its order in 24SevenOffice.
type ourOrder struct {
	ongoing.Order
	link   state.OrderLink
	status office24.OrderStatus
	exists bool // in 24SevenOffice
	// doubt says why the order in 24SevenOffice is not known; nil if it is.
	doubt error
}

// ourOrders lists orders in Ongoing, from our first one on, and returns ours.
func (p *process) ourOrders(ctx context.Context, q ongoing.OrderQuery) ([]ourOrder, error) {
	all, err := p.list(ctx, q)
	if err != nil {
		return nil, err
	}
	return p.oursAmong(ctx, all)
}

// list lists orders in Ongoing, from our first one on.
func (p *process) list(ctx context.Context, q ongoing.OrderQuery) ([]ongoing.Order, error) {
	cursor, err := p.State.Cursor(ctx, naming.Shipments)
	if err != nil {
		return nil, err
	}
	q.From, err = orders.First(ctx, p.State, p.Ongoing, cursor.Place)
	if err != nil || q.From == 0 {
		return nil, err
	}
	p.originals.first = q.From
	var all []ongoing.Order
	for o, err := range p.Ongoing.Orders(ctx, q) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// oursAmong returns those of the orders that are ours. They come by ascending id. A back order of which it is not known
// whether it is ours is among them, as one that cannot be read.
func (p *process) oursAmong(ctx context.Context, all []ongoing.Order) ([]ourOrder, error) {
	links, undecided, err := p.linksOf(ctx, all)
	if err != nil {
		return nil, err
	}
	if err := p.readHeads(ctx, links); err != nil {
		return nil, err
	}
	var ours []ourOrder
	for _, o := range all {
		if link, ok := links[o.Info.ID]; ok {
			head, exists := p.way.heads[office24.OrderID(link.OrderID)]
			doubt := cmp.Or(head.Unreadable, p.way.noHeads)
			ours = append(ours, ourOrder{Order: o, link: link, status: head.Status, exists: exists, doubt: doubt})
		} else if reason := undecided[o.Info.ID]; reason != nil {
			ours = append(ours, ourOrder{Order: o, doubt: reason})
		}
	}
	return ours, p.fillArticleIDs(ctx, ours)
}

// fillArticleIDs adds the system ids of the articles that lines name by their numbers alone, as in the vendor's
// samples.
func (p *process) fillArticleIDs(ctx context.Context, ours []ourOrder) error {
	lines := map[string][]*ongoing.Line{}
	for _, o := range ours {
		for i := range o.Lines {
			if l := &o.Lines[i]; l.Article.ID == 0 && l.Article.Number != "" {
				lines[l.Article.Number] = append(lines[l.Article.Number], l)
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	query := ongoing.ArticleQuery{Numbers: slices.Collect(maps.Keys(lines))}
	for a, err := range p.Ongoing.Articles(ctx, query) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return err
		}
		for _, l := range lines[a.Number] {
			l.Article.ID = a.ID
		}
	}
	return nil
}

// readHeads reads the orders of the links in 24SevenOffice, unless they were read just now.
func (p *process) readHeads(ctx context.Context, links map[ongoing.OrderID]state.OrderLink) error {
	if p.isOld(p.way.headsAt) {
		p.way.heads, p.way.headsAt = map[office24.OrderID]office24.OrderHead{}, p.Now()
	}
	ids := []office24.OrderID{} // not nil, which would mean all
	for _, link := range links {
		if id := office24.OrderID(link.OrderID); p.way.heads[id].ID == 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	heads, err := p.Office24.OrderHeads(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	maps.Copy(p.way.heads, heads)
	p.way.noHeads = nil
	if len(ids) > 0 && len(p.way.heads) == 0 {
		p.way.noHeads, err = p.doubtOrders(ctx)
	}
	return err
}

// errNoOrders says why it is not known what the orders that 24SevenOffice does not find mean for a figure. At the
// second look at a product, after it has failed, they count as deleted.
var errNoOrders error = errclass.New(errclass.Transient, "",
	"24SevenOffice finds none of the orders that were sent to Ongoing, so it is not known what it has taken out of "+
		"its stock; if the next run finds none either, they count as deleted")

// doubtOrders returns errNoOrders if 24SevenOffice finds no order of ours; nil if it does.
func (p *process) doubtOrders(ctx context.Context) (doubt, err error) {
	if finds, err := orders.AreFound(ctx, p.State, p.Office24); err != nil || finds {
		return nil, err
	}
	return errNoOrders, nil
}
