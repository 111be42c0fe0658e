package main

import (
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
)

// figure is the quantity that 24SevenOffice should hold of an article at this moment; see the package comment. Foreign
// is what of its unreported picks will never become Sent there. It reports false where Ongoing does not say.
func figure(a ongoing.Article, foreign number.Decimal, s settings.Customer) (number.Decimal, bool) {
	base := a.Inventory.NumberOfItems
	if s.Stock.Sellable {
		base = a.Inventory.Sellable
	}
	if base == nil {
		return number.Decimal{}, false
	}
	sum := *base
	if picked := a.Inventory.Reported.Picked; picked != nil && s.Shipments.Enabled {
		if ours := picked.Sub(foreign); ours.Sign() > 0 {
			sum = sum.Add(ours)
		}
	}
	if s.Stock.Sellable && sum.Sign() < 0 {
		return number.Decimal{}, true
	}
	return sum, true
}

// hasStock tells whether an article has a stock of its own. What Ongoing does not say counts as yes.
func hasStock(a ongoing.Article) bool {
	is := func(b *bool) bool { return b == nil || *b }
	return is(a.IsStockArticle) && is(a.IsActive) && !a.IsKit()
}

// foreignPicks adds up, article by article, what is picked and not reported of orders that are not ours, and of the
// parts of kits.
func foreignPicks(orders []ongoing.Order, ours func(ongoing.OrderID) bool) map[ongoing.ArticleID]number.Decimal {
	sums := map[ongoing.ArticleID]number.Decimal{}
	var add func(lines []ongoing.Line, foreign bool)
	add = func(lines []ongoing.Line, foreign bool) {
		for _, l := range lines {
			if foreign {
				if open := value(l.Picked).Sub(value(l.Reported)); open.Sign() > 0 {
					sums[l.Article.ID] = sums[l.Article.ID].Add(open)
				}
			}
			add(l.SubLines, true)
		}
	}
	for _, o := range orders {
		add(o.Lines, !ours(o.Info.ID))
	}
	return sums
}

func value(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}

// brake holds a plan that would set more than brakePercent of the compared articles, and at least brakeMinimum of them,
// from above zero to zero: that is what a warehouse's outage looks like.
func brake(s settings.Customer, p plan.Plan[entry]) error {
	var emptied []string
	for _, c := range p.Changes {
		if c.Body.stock != nil && c.Body.stock.Sign() > 0 && c.Body.figure.Sign() <= 0 {
			emptied = append(emptied, c.Body.number)
		}
	}
	if n := len(emptied); n == 0 || n < s.Stock.BrakeMinimum || n*100 <= p.Compared*s.Stock.BrakePercent {
		return nil
	}
	slices.Sort(emptied)
	return fault.New(fault.Held, "", "%d of %d compared articles would go to zero, nothing is written: %s; if that is right, "+
		"run the function with these products as keys, or change stock.brakePercent", len(emptied), p.Compared, some(emptied))
}

// some names the first few.
func some(names []string) string {
	const shown = 20
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}
