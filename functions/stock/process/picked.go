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
)

// pickedQuantities are what is picked for our orders and not yet subtracted in 24SevenOffice.
type pickedQuantities struct {
	byArticle map[ongoing.ArticleID]number.Decimal
	readAt    time.Time
}

// readPicked reads the picked quantities if any of the articles has some, unless they were read just now.
func (p *process) readPicked(ctx context.Context, articles []ongoing.Article) error {
	anyPicked := slices.ContainsFunc(articles, func(a ongoing.Article) bool {
		return valueOrZero(a.Inventory.Reported.Picked).Sign() > 0
	})
	readNow := p.picked.byArticle != nil && p.Now().Sub(p.picked.readAt) <= maxAge
	if !anyPicked || !p.Settings.Shipments.Enabled || readNow {
		return nil
	}
	picked := pickedQuantities{byArticle: map[ongoing.ArticleID]number.Decimal{}, readAt: p.Now()}
	open, err := p.openOrders(ctx)
	if err != nil {
		return err
	}
	for _, o := range open {
		for _, l := range o.Lines { // without the parts of kits: 24SevenOffice subtracts the kit
			if n := valueOrZero(l.Picked).Sub(valueOrZero(l.Reported)); n.Sign() > 0 {
				picked.byArticle[l.Article.ID] = picked.byArticle[l.Article.ID].Add(n)
			}
		}
	}
	p.picked = picked
	return nil
}

// openOrders returns our orders of which less is reported than picked and whose goods 24SevenOffice still has in its
// stock.
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
	links, err := orders.Ours(ctx, p.State, all, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return nil, err
	}
	ids := []office24.OrderID{} // not nil, which would mean all
	for _, link := range links {
		ids = append(ids, office24.OrderID(link.OrderID))
	}
	heads, err := p.Office24.OrderHeads(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o ongoing.Order) bool {
		link, ours := links[o.Info.ID]
		head, found := heads[office24.OrderID(link.OrderID)]
		return !ours || !found || p.isSubtracted(head.Status)
	}), nil
}

// isSubtracted reports whether 24SevenOffice has subtracted an order's goods from its stock. It does so when the order
// becomes Sent or is invoiced (inferred from the vendor's help). The target status of shipments is assumed to do the
// same.
func (p *process) isSubtracted(s office24.OrderStatus) bool {
	return s == office24.StatusSent || s == p.Settings.Shipments.Status || s.Invoices()
}
