package process

import (
	"context"
	"slices"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

// refusedProduct is the match of an article whose product was refused.
const refusedProduct office24.ProductID = 0

// matchProducts finds each article's product: by the product code, else by the link. If the product's link names
// another article, this one is a copy that kept the code, and has no product. A product that several articles name, and
// that has no link, is refused.
func (pl *planner) matchProducts(
	ctx context.Context, articles []ongoing.Article,
) (map[ongoing.ArticleID]office24.ProductID, error) {
	matches := map[ongoing.ArticleID]office24.ProductID{}
	var ids []int
	for _, a := range articles {
		if id, ok := productCode(a); ok {
			ids = append(ids, int(id))
		}
	}
	links, err := pl.State.Articles(ctx, ids)
	if err != nil {
		return nil, err
	}
	var unlinked []string
	for _, a := range articles {
		id, hasCode := productCode(a)
		link := links[int(id)]
		switch {
		case !hasCode:
			if id, ok, err := pl.linkedProduct(ctx, a.ID); err != nil {
				return nil, err
			} else if ok {
				matches[a.ID] = id
			}
		case link.ArticleID == 0:
			unlinked = append(unlinked, a.ProductCode)
			matches[a.ID] = id
		case link.ArticleID == int(a.ID):
			matches[a.ID] = id
		}
	}
	return matches, pl.refuseShared(ctx, unlinked, matches)
}

func productCode(a ongoing.Article) (office24.ProductID, bool) {
	id, err := strconv.Atoi(a.ProductCode)
	return office24.ProductID(id), err == nil && id > 0
}

// linkedProduct looks an article up in the links of all products, which are read once in a run.
func (pl *planner) linkedProduct(ctx context.Context, id ongoing.ArticleID) (office24.ProductID, bool, error) {
	if pl.productByArticle == nil {
		pl.productByArticle = map[ongoing.ArticleID]office24.ProductID{}
		for l, err := range pl.State.EachArticle(ctx) {
			if err != nil {
				return 0, false, err
			}
			pl.productByArticle[ongoing.ArticleID(l.ArticleID)] = office24.ProductID(l.ProductID)
		}
	}
	product, ok := pl.productByArticle[id]
	return product, ok, nil
}

// refuseShared refuses the products whose code more than one article with stock has. It searches all articles, because
// the other article does not have to be among those that changed.
func (pl *planner) refuseShared(
	ctx context.Context, codes []string, matches map[ongoing.ArticleID]office24.ProductID,
) error {
	if len(codes) == 0 {
		return nil
	}
	sharing := map[office24.ProductID][]ongoing.Article{}
	for a, err := range pl.Ongoing.Articles(ctx, ongoing.ArticleQuery{ProductCodes: codes}) {
		if err != nil {
			return err
		}
		if id, ok := productCode(a); ok && hasStock(a) {
			sharing[id] = append(sharing[id], a)
		}
	}
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		n, _ := strconv.Atoi(code)
		id := office24.ProductID(n)
		articles := sharing[id]
		if len(articles) < 2 {
			continue
		}
		pl.plan.Refuse(key(id), "", errclass.New(errclass.Rejected, "",
			"product %d is the product code of articles %s and %s; remove it from one of them",
			id, articles[0].Number, articles[1].Number))
		for _, a := range articles {
			matches[a.ID] = refusedProduct
		}
	}
	return nil
}
