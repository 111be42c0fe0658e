package process

import (
	"context"
	"slices"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

// match names each article's product: by the product code, else by the link. An article whose code contradicts the link
// is a copy that kept the code; the product's article is another one. A product that several articles claim, and no
// link settles it, is refused.
func (s *survey) match(ctx context.Context, articles []ongoing.Article) (map[ongoing.ArticleID]office24.ProductID, error) {
	found := map[ongoing.ArticleID]office24.ProductID{}
	var ids []int
	for _, a := range articles {
		if id, coded := productCode(a); coded {
			ids = append(ids, int(id))
		}
	}
	links, err := s.State.Articles(ctx, ids)
	if err != nil {
		return nil, err
	}
	var unlinked []string
	for _, a := range articles {
		id, coded := productCode(a)
		l := links[int(id)]
		switch {
		case !coded:
			if id, ok, err := s.byLink(ctx, a.ID); err != nil {
				return nil, err
			} else if ok {
				found[a.ID] = id
			}
		case l.ArticleID == 0:
			unlinked = append(unlinked, a.ProductCode)
			found[a.ID] = id
		case l.ArticleID == int(a.ID):
			found[a.ID] = id
		}
	}
	return found, s.refuseShared(ctx, unlinked, found)
}

// refused stands for the product of an article that is not to be compared.
const refused office24.ProductID = 0

func productCode(a ongoing.Article) (office24.ProductID, bool) {
	id, err := strconv.Atoi(a.ProductCode)
	return office24.ProductID(id), err == nil && id > 0
}

// byLink looks an article up in the links of all products, which are read once in a run.
func (s *survey) byLink(ctx context.Context, id ongoing.ArticleID) (office24.ProductID, bool, error) {
	if s.linked == nil {
		s.linked = map[ongoing.ArticleID]office24.ProductID{}
		for l, err := range s.State.EachArticle(ctx) {
			if err != nil {
				return 0, false, err
			}
			s.linked[ongoing.ArticleID(l.ArticleID)] = office24.ProductID(l.ProductID)
		}
	}
	product, ok := s.linked[id]
	return product, ok, nil
}

// refuseShared looks for product codes that more than one article with stock has: all of Ongoing is asked, because the
// other article may not be among those that changed.
func (s *survey) refuseShared(ctx context.Context, codes []string, found map[ongoing.ArticleID]office24.ProductID) error {
	if len(codes) == 0 {
		return nil
	}
	holders := map[office24.ProductID][]ongoing.Article{}
	for a, err := range s.Ongoing.Articles(ctx, ongoing.ArticleQuery{ProductCodes: codes}) {
		if err != nil {
			return err
		}
		if id, coded := productCode(a); coded && hasStock(a) {
			holders[id] = append(holders[id], a)
		}
	}
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		id, _ := strconv.Atoi(code)
		articles := holders[office24.ProductID(id)]
		if len(articles) < 2 {
			continue
		}
		s.plan.Refuse(key(office24.ProductID(id)), "", errclass.New(errclass.Rejected, "", "articles %s and %s both belong to product %d; remove the product code of one of them",
			articles[0].Number, articles[1].Number, id))
		for _, a := range articles {
			found[a.ID] = refused
		}
	}
	return nil
}
