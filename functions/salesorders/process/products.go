package process

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

// A lineProduct is what an order line needs to know about its product.
type lineProduct struct {
	ID            office24.ProductID
	ArticleNumber string
	Name          string
	NonStock      bool
	// Missing is the article that has to be written before the order; nil if it exists.
	Missing *articles.Write
	// Err says why there is no article and none can be written.
	Err error
}

// products are those of the order lines. numbered has those with a number that a row names without a product.
type products struct {
	byID     map[office24.ProductID]*lineProduct
	numbered map[string][]office24.ProductID
}

// of returns the product of a line: that with the id or, if that is 0, with the number that the line has as its article
// number.
func (p *products) of(id office24.ProductID, line ongoing.OrderLine) (*lineProduct, error) {
	if id == 0 {
		ids := p.numbered[line.ArticleNumber]
		switch {
		case slices.Contains(ids, 0):
			return nil, errclass.New(errclass.Rejected, "",
				"row %s names product number %q, whose product has an unreadable Id; choose a product in the row",
				line.RowNumber, line.ArticleNumber)
		case len(ids) == 0:
			return nil, errclass.New(errclass.Rejected, "",
				"row %s names product number %q, which no product in 24SevenOffice has; choose a product in the row",
				line.RowNumber, line.ArticleNumber)
		case len(ids) == 1:
			id = ids[0]
		default:
			return nil, errclass.New(errclass.Rejected, "",
				"row %s names product number %q, which products %d and %d have; choose one of them in the row",
				line.RowNumber, line.ArticleNumber, ids[0], ids[1])
		}
	}
	product, exists := p.byID[id]
	if !exists {
		return nil, errclass.New(errclass.Rejected, "",
			"row %s: product %d no longer exists in 24SevenOffice; change the row", line.RowNumber, id)
	}
	return product, nil
}

// products reads the products of all candidates in one call, and plans the articles of those that have none. Their
// numbers cost a call each, or one for all, and so do numbers that rows name without a product, which the vendor's
// documentation rules out.
func (s *steps) products(ctx context.Context, candidates []candidate) (*products, error) {
	found := &products{byID: map[office24.ProductID]*lineProduct{}, numbered: map[string][]office24.ProductID{}}
	picked := map[office24.ProductID]bool{} // whether any line orders it; a negative quantity can be a rebate
	for _, c := range candidates {
		for i, id := range c.mapped.Products {
			line := c.mapped.Body.OrderLines[i]
			ids := []office24.ProductID{id}
			if id == 0 {
				var err error
				if ids, err = s.numbered(ctx, line.ArticleNumber, found); err != nil {
					return nil, err
				}
			}
			for _, id := range ids {
				picked[id] = picked[id] || line.NumberOfItems.Sign() > 0
			}
		}
	}
	ids := slices.AppendSeq([]office24.ProductID{}, maps.Keys(picked)) // never nil: that would read all products
	links, err := s.State.Articles(ctx, asInts(ids))
	if err != nil {
		return nil, err
	}
	var missing []articles.Candidate
	for p, err := range s.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, articles.Properties(s.Settings)...) {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) {
			return nil, err
		}
		s.numbers.Add(p)
		link := links[int(p.ID)]
		nonStock := p.StockControlled != nil && !*p.StockControlled
		product := &lineProduct{
			ID: p.ID, ArticleNumber: link.ArticleNumber, Name: p.Name, NonStock: nonStock, Err: err,
		}
		found.byID[p.ID] = product
		needed := !product.NonStock || picked[p.ID] && !s.Settings.SalesOrders.SkipNonStockRows
		// Without an ArticleID no article is known; without a fingerprint it was noticed that it is not there any more.
		known := link.ArticleID != 0 && link.Fingerprint != ""
		if err != nil || known || !needed {
			continue
		}
		c, _, err := articles.NewCandidate(p, link, s.Settings)
		if product.Err = err; err == nil {
			missing = append(missing, c)
		}
	}
	if err := s.register.ReadNumbers(ctx, &s.numbers, missing); err != nil {
		return nil, err
	}
	for i, c := range missing {
		missing[i].Clash = s.numbers.Check(c)
	}
	return found, s.planArticles(ctx, missing, found.byID)
}

// numbered returns the products with a number, and keeps them in found. One whose id cannot be read is 0. The search is
// assumed to find more than the exact number.
func (s *steps) numbered(ctx context.Context, number string, found *products) ([]office24.ProductID, error) {
	if ids, known := found.numbered[number]; known {
		return ids, nil
	}
	found.numbered[number] = nil
	for p, err := range s.Office24.Products(ctx, office24.ProductSearch{No: number}, "Id", "No") {
		if err != nil && !errclass.Is(err, errclass.Rejected) {
			return nil, err
		}
		if articles.SameNumber(p.No, number) {
			found.numbered[number] = append(found.numbered[number], p.ID)
		}
	}
	return found.numbered[number], nil
}

// planArticles plans the missing articles and notes the result in the products. A product can lose its article or its
// number to one of them: withArticles refuses an order that has both, and checkArticles sees whether an order that has
// only the one that loses was overtaken.
func (s *steps) planArticles(ctx context.Context, missing []articles.Candidate,
	products map[office24.ProductID]*lineProduct) error {
	changes, refused, err := s.register.Plan(ctx, missing)
	if err != nil {
		return err
	}
	for _, c := range changes {
		product := products[office24.ProductID(c.Payload.Link.ProductID)]
		product.ArticleNumber, product.Missing = c.Payload.Body.ArticleNumber, &c.Payload
	}
	for _, r := range refused {
		id, err := strconv.Atoi(r.Key)
		if err != nil {
			return errclass.New(errclass.Defect, "", "%q is not the key of a product", r.Key)
		}
		products[office24.ProductID(id)].Err = r.Err
	}
	return nil
}

// forgetLostArticles looks for articles of an order that are not in Ongoing, although our links say that they are:
// somebody has removed or renumbered them there. It returns a Conflict that names one of them, or nil: the next run
// finds no article, writes it and sends the order. It is called after Ongoing has refused the order. The service's
// texts for that are not published, so any refusal is reason enough to look.
//
// After a crash between two links, the next refusal finds the rest.
func (p *process) forgetLostArticles(ctx context.Context, o payload) error {
	lost := map[string]office24.ProductID{}
	numbers := []string{} // not nil, which would read all articles
	for i, l := range o.completeBody.OrderLines {
		lost[l.ArticleNumber], numbers = o.products[i], append(numbers, l.ArticleNumber)
	}
	for a, err := range p.Ongoing.Articles(ctx, ongoing.ArticleQuery{Numbers: numbers}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return err
		}
		delete(lost, a.Number)
	}
	links, err := p.State.Articles(ctx, asInts(slices.Collect(maps.Values(lost))))
	if err != nil {
		return err
	}
	for _, link := range links {
		if err := p.register.Forget(ctx, link, p.Now()); err != nil {
			return err
		}
		err = errclass.New(errclass.Conflict, "",
			"order %d: article %q is gone from Ongoing; the next run writes it again and sends the order",
			o.id, link.ArticleNumber)
	}
	return err
}

func asInts(ids []office24.ProductID) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}
