package process

import (
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
)

// stockQuantity returns the quantity that 24SevenOffice should have of an article now; see the package comment. Picked
// is what is picked of it for our orders and not yet subtracted in 24SevenOffice. It reports false if Ongoing's answer
// has no quantity.
//
// The article is read before the orders. What was picked in between is in picked but still in the article's quantity.
// The article's own sum of picks, which is of all orders, therefore limits picked.
func stockQuantity(a ongoing.Article, picked number.Decimal, s settings.Customer) (number.Decimal, bool) {
	base := a.Inventory.NumberOfItems
	if s.Stock.Sellable {
		base = a.Inventory.Sellable
	}
	if base == nil {
		return number.Decimal{}, false
	}
	quantity := *base
	if s.Stock.Sellable && quantity.Sign() < 0 {
		quantity = number.Decimal{}
	}
	if all := valueOrZero(a.Inventory.Reported.Picked); all.Cmp(picked) < 0 {
		picked = all
	}
	return quantity.Add(picked), true
}

// hasStock reports whether Ongoing counts the article. What its answer does not say counts as yes.
func hasStock(a ongoing.Article) bool {
	isTrue := func(b *bool) bool { return b == nil || *b }
	return isTrue(a.IsStockArticle) && isTrue(a.IsActive) && !a.IsKit()
}

func valueOrZero(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}
