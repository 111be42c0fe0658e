package process

import (
	"context"
	"slices"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/settings"
)

// figure is the quantity that 24SevenOffice should hold of an article at this moment; see the package comment. Picked
// is what is picked of it for our orders and not yet taken out there. It reports false where Ongoing does not say.
//
// Article and picks are read one after the other. What was picked in between is in the picks and not in the article: the
// article's own figure, which has the picks of all orders, bounds them.
func figure(a ongoing.Article, picked number.Decimal, s settings.Customer) (number.Decimal, bool) {
	base := a.Inventory.NumberOfItems
	if s.Stock.Sellable {
		base = a.Inventory.Sellable
	}
	if base == nil {
		return number.Decimal{}, false
	}
	sum := *base
	if s.Stock.Sellable && sum.Sign() < 0 {
		sum = number.Decimal{}
	}
	if all := value(a.Inventory.Reported.Picked); all.Cmp(picked) < 0 {
		picked = all
	}
	return sum.Add(picked), true
}

// hasStock tells whether an article has a stock of its own. What Ongoing does not say counts as yes.
func hasStock(a ongoing.Article) bool {
	is := func(b *bool) bool { return b == nil || *b }
	return is(a.IsStockArticle) && is(a.IsActive) && !a.IsKit()
}

// picks are what is picked for our orders, by article, and not yet taken out of 24SevenOffice's stock.
type picks struct {
	of     map[ongoing.ArticleID]number.Decimal
	readAt time.Time
}

// readPicks reads the picks, if any of the articles has some and they were not read just now.
func (p *process) readPicks(ctx context.Context, articles []ongoing.Article) error {
	some := slices.ContainsFunc(articles, func(a ongoing.Article) bool { return value(a.Inventory.Reported.Picked).Sign() > 0 })
	if !some || !p.Settings.Shipments.Enabled || p.picks.of != nil && p.Now().Sub(p.picks.readAt) <= stale {
		return nil
	}
	read := picks{of: map[ongoing.ArticleID]number.Decimal{}, readAt: p.Now()}
	open, err := p.openOrders(ctx)
	if err != nil {
		return err
	}
	for _, o := range open {
		for _, l := range o.Lines { // not the parts of kits
			if n := value(l.Picked).Sub(value(l.Reported)); n.Sign() > 0 {
				read.of[l.Article.ID] = read.of[l.Article.ID].Add(n)
			}
		}
	}
	p.picks = read
	return nil
}

// openOrders are our orders of which less is reported than picked and whose goods 24SevenOffice still has in its stock.
func (p *process) openOrders(ctx context.Context) ([]ongoing.Order, error) {
	cursor, err := p.State.Cursor(ctx, naming.Shipments)
	if err != nil {
		return nil, err
	}
	first, err := orders.First(ctx, p.State, p.Ongoing, cursor.Place)
	if err != nil || first == 0 {
		return nil, err
	}
	var all []ongoing.Order
	for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{ToReport: true, From: first}) {
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	ours, err := orders.Ours(ctx, p.State, all, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return nil, err
	}
	ids := []office24.OrderID{}
	for _, link := range ours {
		ids = append(ids, office24.OrderID(link.OrderID))
	}
	heads, err := p.Office24.OrderHeads(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o ongoing.Order) bool {
		link, is := ours[o.Info.ID]
		head, found := heads[office24.OrderID(link.OrderID)]
		return !is || !found || p.takenOut(head.Status)
	}), nil
}

// takenOut tells whether 24SevenOffice has taken an order's goods out of its stock: it does when the order becomes Sent
// or is invoiced (vendor's help, between the lines), and the target status of shipments is taken for the same.
func (p *process) takenOut(s office24.OrderStatus) bool {
	return s == office24.StatusSent || s == p.Settings.Shipments.Status || s.Invoices()
}

func value(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}
