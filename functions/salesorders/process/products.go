package process

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
)

// A lineProduct is what an order line needs to know about its product.
type lineProduct struct {
	ArticleNumber string
	Name          string
	NonStock      bool
	// Missing is the article that has to be written before the order; nil if it exists.
	Missing *articles.Write
	// Err says why there is no article and none can be written.
	Err error
}

// products reads the products of all candidates in one call, and plans the articles of those that have none.
func (s *steps) products(ctx context.Context, candidates []candidate) (map[office24.ProductID]*lineProduct, error) {
	picked := map[office24.ProductID]bool{} // whether any line orders it; a negative quantity can be a rebate
	for _, c := range candidates {
		for i, id := range c.mapped.Products {
			picked[id] = picked[id] || c.mapped.Body.OrderLines[i].NumberOfItems.Sign() > 0
		}
	}
	ids := slices.AppendSeq([]office24.ProductID{}, maps.Keys(picked)) // never nil: that would read all products
	links, err := s.State.Articles(ctx, asInts(ids))
	if err != nil {
		return nil, err
	}
	products := map[office24.ProductID]*lineProduct{}
	var numbers articles.Numbers
	var missing []articles.Candidate
	for p, err := range s.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, articles.Properties(s.Settings)...) {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) {
			return nil, err
		}
		numbers.Add(p)
		link := links[int(p.ID)]
		nonStock := p.StockControlled != nil && !*p.StockControlled
		product := &lineProduct{ArticleNumber: link.ArticleNumber, Name: p.Name, NonStock: nonStock, Err: err}
		products[p.ID] = product
		needed := !product.NonStock || picked[p.ID] && !s.Settings.SalesOrders.SkipNonStockRows
		if err != nil || link.ArticleID != 0 || !needed { // without an ArticleID, no article is known
			continue
		}
		c, _, err := articles.NewCandidate(p, link, s.Settings)
		if product.Err = err; err == nil {
			missing = append(missing, c)
		}
	}
	missing = slices.DeleteFunc(missing, func(c articles.Candidate) bool {
		err := numbers.Check(c.Body.ArticleNumber)
		products[c.Product.ID].Err = err
		return err != nil
	})
	return products, s.planArticles(ctx, missing, products)
}

// planArticles plans the missing articles and notes the result in the products.
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

func asInts(ids []office24.ProductID) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}
