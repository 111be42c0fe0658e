package process

import (
	"context"
	"slices"
	"strconv"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// A knowledge is what has to be known of an order's products to compare its rows with its lines.
type knowledge struct {
	// articles are the links of products, by product.
	articles map[int]state.ArticleLink
	// services are the products without stock control among the rows without a line: they may not have been sent.
	services map[office24.ProductID]bool
}

// know reads what decide has to know of the orders' products. Usually that is nothing: each row has a line, and the
// line's article has the product's id as its code.
func (p *process) know(ctx context.Context, orders map[*bundle]office24.Order) (knowledge, error) {
	var unlike []int
	silent := []office24.ProductID{} // never nil: that would read all products
	for b, o := range orders {
		lines, rows := b.delivered(p.Settings).Lines, accountedRows(o, splitBefore(b.link))
		for _, l := range lines {
			id, named := rowID(l)
			own := named && rowIndex(rows, int(id)) >= 0
			for _, r := range rows {
				if (r.ID == id || !own) && r.ProductID != 0 && !hasCode(l.Article, r.ProductID) {
					unlike = append(unlike, int(r.ProductID))
				}
			}
		}
		for _, r := range rowsWithoutLine(o.Rows, lines) {
			if r.ProductID != 0 && (splitBefore(b.link) == nil || b.link.ShippedAt.IsZero()) {
				silent = append(silent, r.ProductID)
			}
		}
	}
	k := knowledge{services: map[office24.ProductID]bool{}}
	var err error
	if len(unlike) > 0 {
		if k.articles, err = p.State.Articles(ctx, unlike); err != nil {
			return k, err
		}
	}
	if len(silent) == 0 {
		return k, nil
	}
	search := office24.ProductSearch{IDs: silent}
	for product, err := range p.Office24.Products(ctx, search, "StockControlled") {
		switch {
		case errclass.Is(err, errclass.Rejected) && product.ID != 0: // unreadable, perhaps goods
		case err != nil:
			return k, err
		case product.StockControlled != nil && !*product.StockControlled:
			k.services[product.ID] = true
		}
	}
	return k, nil
}

// hasCode reports whether an article's code is a product's id. We write it so.
func hasCode(a ongoing.LineArticle, product office24.ProductID) bool {
	return a.ProductCode == strconv.Itoa(int(product))
}

// isOf reports whether an article is that of a row's product: by its code, or by the product's link. Without either, or
// if the line names its article by the number alone, it is so by its number. A row without a product id is compared by
// its number alone.
func (k knowledge) isOf(a ongoing.LineArticle, r office24.Row) bool {
	link := k.articles[int(r.ProductID)]
	switch {
	case r.ProductID != 0 && hasCode(a, r.ProductID):
		return true
	case r.ProductID != 0 && link.ArticleID != 0 && a.ID != 0:
		return link.ArticleID == int(a.ID)
	default:
		return articles.SameNumber(r.ProductNo, a.Number) ||
			r.ProductID != 0 && articles.SameNumber(link.ArticleNumber, a.Number)
	}
}

// rowsOf returns the rows of an article.
func (k knowledge) rowsOf(a ongoing.LineArticle, rows []office24.Row) []office24.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r office24.Row) bool {
		return r.Type != office24.RowNormal || !k.isOf(a, r)
	})
}

// checkProducts holds an order if the product of a row is not the one that its line was sent with: the customer would
// be invoiced for something else than was delivered.
func (k knowledge) checkProducts(lines []ongoing.Line, o office24.Order, target office24.OrderStatus) error {
	for _, l := range lines {
		id, named := rowID(l)
		i := rowIndex(o.Rows, int(id))
		if !named || i < 0 || o.Rows[i].ProductID == 0 || k.isOf(l.Article, o.Rows[i]) {
			continue
		}
		return errclass.New(errclass.Held, "",
			"row %d of order %d is product %d (%s), but its line in Ongoing is article %q; "+
				"give the row the product that was delivered, or correct the order and set it to %s by hand",
			id, o.ID, o.Rows[i].ProductID, o.Rows[i].ProductNo, l.Article.Number, target.Name())
	}
	return nil
}
