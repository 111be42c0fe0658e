package process

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
)

// fillQuantities sets the quantity that 24SevenOffice should have now of each comparison, whose article and stock are
// known; see the package comment.
//
// The orders can have been read for earlier articles. What happened between the two would then count on one side only:
// if such a figure is not that of 24SevenOffice, the orders are read again.
func (p *process) fillQuantities(ctx context.Context, compared []comparison) error {
	if err := p.fillBy(ctx, compared); err != nil || !slices.ContainsFunc(compared, p.isNewerThanItsOrders) {
		return err
	}
	p.way = underWay{}
	return p.fillBy(ctx, compared)
}

// isNewerThanItsOrders reports whether a figure that differs can depend on orders that were read before its article.
func (p *process) isNewerThanItsOrders(c comparison) bool {
	older := func(readAt time.Time) bool { return !readAt.IsZero() && readAt.Before(c.readAt) }
	return !p.Settings.Stock.Sellable && c.differs() && (mayHavePicks(c.article) || p.mayBeAhead(c.article)) &&
		(older(p.way.pickedAt) || older(p.way.aheadAt) || older(p.way.headsAt))
}

// fillBy is fillQuantities by orders that were read at any time.
//
// Most figures are explained by the article and by what is picked and not yet reported. Only if one is not, and the
// article is on order, the orders are read in which 24SevenOffice is ahead of the warehouse. A full sweep reads them
// for each article on order: a back order that the warehouse makes of an order that is Sent already changes no
// quantity.
func (p *process) fillBy(ctx context.Context, compared []comparison) error {
	if !p.Settings.Stock.Sellable {
		if err := p.readPicked(ctx, compared); err != nil {
			return err
		}
	}
	var onOrder []*comparison
	for i := range compared {
		c := &compared[i]
		c.quantity, _ = baseQuantity(c.article, p.Settings)
		c.problem = nil
		if p.Settings.Stock.Sellable {
			continue
		}
		c.quantity = c.quantity.Add(p.way.pickedOf(c.article))
		if mayHavePicks(c.article) {
			c.problem = p.stillDoubted(c, p.way.pickedDoubts.of(c.article.ID))
		}
		if (c.differs() || p.listAll) && p.mayBeAhead(c.article) {
			onOrder = append(onOrder, c)
		}
	}
	if len(onOrder) == 0 {
		return nil
	}
	if err := p.readAhead(ctx); err != nil {
		return err
	}
	for _, c := range onOrder {
		doubt := p.stillDoubted(c, cmp.Or(p.way.aheadDoubts.of(c.article.ID), p.way.bookedDoubts.of(c.product)))
		if doubt != nil && !c.differs() {
			continue // nothing says that the figure is wrong
		}
		c.quantity = c.quantity.Sub(p.way.aheadOf(c.article)).Add(p.way.booked[c.product])
		c.problem = cmp.Or(c.problem, doubt)
	}
	return nil
}

// stillDoubted returns a doubt about a figure, or nil if this is the second look, which ends it.
func (p *process) stillDoubted(c *comparison, doubt error) error {
	if errors.Is(doubt, errNoOrders) && slices.Contains(p.retried, key(c.product)) {
		return nil
	}
	return doubt
}

// pickedOf returns what is picked of an article and not yet taken out of 24SevenOffice's stock, but will be.
//
// An article whose figure differs is read before the orders. What was picked in between is in picked but still in the
// article's quantity. The article's own sum of unreported picks, which is of all orders, therefore limits it, if the
// answer has it.
func (w underWay) pickedOf(a ongoing.Article) number.Decimal {
	if all := a.Inventory.Reported.Picked; all != nil {
		return lesser(w.picked[a.ID], *all)
	}
	return w.picked[a.ID]
}

// mayHavePicks reports whether picks of an article can be unreported. What the answer does not say counts as yes.
func mayHavePicks(a ongoing.Article) bool {
	all := a.Inventory.Reported.Picked
	return all == nil || all.Sign() > 0
}

// mayBeAhead reports whether 24SevenOffice can have taken goods of an article out that the warehouse will still pick,
// or not taken out what is booked. What the answer does not say counts as yes.
func (p *process) mayBeAhead(a ongoing.Article) bool {
	booked := a.Inventory.Booked
	return booked == nil || booked.Sign() > 0 || p.invoiceTakesOut()
}

// aheadOf returns what the warehouse will still pick of an article that 24SevenOffice has taken out of its stock. The
// article's own sums limit it in the same way: nothing is ahead that is not on order, and what was picked after the
// article was read is still in its quantity.
func (w underWay) aheadOf(a ongoing.Article) number.Decimal {
	ahead := w.ahead[a.ID]
	if booked := a.Inventory.Booked; booked != nil {
		ahead = lesser(ahead, *booked)
	}
	if all := a.Inventory.Reported.Picked; all != nil {
		if late := w.aheadPicked[a.ID].Sub(all.Sub(w.pickedOf(a))); late.Sign() > 0 {
			ahead = ahead.Add(late)
		}
	}
	return ahead
}

// baseQuantity returns what Ongoing says that there is of an article. It reports false if the answer has no quantity.
func baseQuantity(a ongoing.Article, s settings.Customer) (number.Decimal, bool) {
	base := a.Inventory.NumberOfItems
	if s.Stock.Sellable {
		base = a.Inventory.Sellable
	}
	if base == nil {
		return number.Decimal{}, false
	}
	if s.Stock.Sellable && base.Sign() < 0 {
		return number.Decimal{}, true
	}
	return *base, true
}

// hasStock reports whether Ongoing counts the article. What its answer does not say counts as yes.
func hasStock(a ongoing.Article) bool {
	isTrue := func(b *bool) bool { return b == nil || *b }
	return isTrue(a.IsStockArticle) && isTrue(a.IsActive) && !a.IsKit()
}

func lesser(a, b number.Decimal) number.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func valueOrZero(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}
