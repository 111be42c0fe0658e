package articles

import (
	"context"
	"errors"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// existing are the articles in Ongoing that a batch of candidates can be about, and the other products that claim them.
type existing struct {
	byNumber map[string][]ongoing.Article // by FoldNumber
	byCode   map[office24.ProductID][]ongoing.Article
	byID     map[ongoing.ArticleID]ongoing.Article
	claims   map[office24.ProductID]claim
	// unidentified is why an article can be read neither by its id nor by its number; nil if there is none.
	unidentified error
}

// A claim is what is known of a product that is the product code of an article which a candidate wants.
type claim struct {
	exists  bool // in 24SevenOffice
	no      string
	expired bool
	inScope bool
	link    state.ArticleLink
}

// readExisting reads the articles with the candidates' numbers, old and new. If the number leads to no article of the
// candidate, it reads those with its product code as well, then the linked article if it is in neither list, and if the
// article that is to get the number is created or renamed, those whose number looks the same: nothing may be there that
// people take for it.
func (r *Register) readExisting(ctx context.Context, candidates []Candidate) (*existing, error) {
	e := &existing{
		byNumber: map[string][]ongoing.Article{},
		byCode:   map[office24.ProductID][]ongoing.Article{},
		byID:     map[ongoing.ArticleID]ongoing.Article{},
		claims:   map[office24.ProductID]claim{},
	}
	numbers := make([]string, 0, len(candidates))
	for _, c := range candidates {
		numbers = append(numbers, c.Body.ArticleNumber, c.Link.ArticleNumber)
	}
	if err := r.add(ctx, e, ongoing.ArticleQuery{Numbers: numbers}); err != nil {
		return nil, err
	}
	codes := make([]string, 0, len(candidates))
	for _, c := range candidates {
		if e.holder(c, ongoing.Article{}).ProductCode != c.Body.ProductCode {
			codes = append(codes, c.Body.ProductCode)
		}
	}
	if err := r.add(ctx, e, ongoing.ArticleQuery{ProductCodes: codes}); err != nil {
		return nil, err
	}
	if err := r.readLinked(ctx, e, candidates); err != nil {
		return nil, err
	}
	looksSame := []string{}
	for _, c := range candidates {
		mine := e.own(c)
		if holder := e.holder(c, mine); holder.ID == 0 || mine.ID != 0 && holder.ID != mine.ID {
			if err := r.readSpellings(ctx); err != nil {
				return nil, err
			}
			looksSame = append(looksSame, otherSpellings(c.Product.No)...)
			looksSame = append(looksSame, r.spellings[FoldNumber(c.Product.No)]...)
		}
	}
	if err := r.add(ctx, e, ongoing.ArticleQuery{Numbers: looksSame}); err != nil {
		return nil, err
	}
	var claimants []office24.ProductID
	for _, c := range candidates {
		if id, ok := ProductCode(e.holder(c, e.own(c)).ProductCode); ok && id != c.Product.ID {
			claimants = append(claimants, id)
		}
	}
	if len(claimants) == 0 {
		return e, nil
	}
	return e, r.readClaims(ctx, e, claimants, candidates[0].Product.ID)
}

// maxSpellings is how many articles are listed to find unusual spellings of numbers. In larger registers, those of the
// newer articles are not known.
const maxSpellings = 5000

// readSpellings lists the register once in a run and keeps the numbers that nobody would search for, such as Ket-17 or
// one with a character that nobody sees. The service has no search for what looks the same.
func (r *Register) readSpellings(ctx context.Context) error {
	if r.spellings != nil {
		return nil
	}
	spellings, listed := map[string][]string{}, 0
	for article, err := range r.Ongoing.Articles(ctx, ongoing.ArticleQuery{}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return err
		}
		if number := FoldNumber(article.Number); number != "" && isUnusual(article.Number) {
			spellings[number] = append(spellings[number], article.Number)
		}
		if listed++; listed == maxSpellings {
			break
		}
	}
	r.spellings = spellings
	return nil
}

func (r *Register) add(ctx context.Context, e *existing, q ongoing.ArticleQuery) error {
	for article, err := range r.Ongoing.Articles(ctx, q) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) { // one that cannot be read exists, too
			return err
		}
		e.keep(article)
	}
	return nil
}

func (e *existing) keep(article ongoing.Article) {
	if article.ID == 0 && article.Number == "" {
		e.unidentified = article.Unreadable
		return
	}
	if _, known := e.byID[article.ID]; known && article.ID != 0 {
		return
	}
	e.byID[article.ID] = article
	number := FoldNumber(article.Number)
	e.byNumber[number] = append(e.byNumber[number], article)
	if id, ok := ProductCode(article.ProductCode); ok {
		e.byCode[id] = append(e.byCode[id], article)
	}
}

// readLinked reads the linked articles that are in no list: people can have renumbered them in Ongoing and given their
// number and product code to a copy. A link is void only if its article is gone or is another product's by now, not
// because another one has what it had.
func (r *Register) readLinked(ctx context.Context, e *existing, candidates []Candidate) error {
	for _, c := range candidates {
		id := ongoing.ArticleID(c.Link.ArticleID)
		if _, listed := e.byID[id]; listed || id == 0 {
			continue
		}
		switch article, err := r.Ongoing.Article(ctx, id); {
		case errors.Is(err, ongoing.ErrNotFound):
		case err == nil || errclass.Is(err, errclass.Rejected): // one that cannot be read exists, too
			article.ID, article.Unreadable = id, err
			e.keep(article)
		default:
			return err
		}
	}
	return nil
}

// readClaims reads these products and their links. A product that is not in the answer counts as deleted, which has
// consequences, so it must not be an answer that is empty because of an outage: it has to contain a product that is
// known to exist, too.
func (r *Register) readClaims(
	ctx context.Context, e *existing, ids []office24.ProductID, known office24.ProductID,
) error {
	search := []office24.ProductID{}
	var linkIDs []int
	for _, id := range ids {
		if _, read := e.claims[id]; !read {
			e.claims[id] = claim{}
			search, linkIDs = append(search, id), append(linkIDs, int(id))
		}
	}
	if len(search) == 0 {
		return nil
	}
	links, err := r.State.Articles(ctx, linkIDs)
	if err != nil {
		return err
	}
	products := office24.ProductSearch{IDs: append(search, known)}
	found := map[office24.ProductID]office24.Product{}
	for p, err := range r.Office24.Products(ctx, products, "Id", "No", "StatusId", "CategoryId") {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) { // an unreadable product exists, too
			return err
		}
		found[p.ID] = p
	}
	if _, complete := found[known]; !complete {
		return errclass.New(errclass.Transient, "",
			"24SevenOffice did not return product %d, which it returned before; its answer is not used", known)
	}
	for _, id := range search {
		p, exists := found[id]
		e.claims[id] = claim{
			exists: exists, no: p.No, expired: expired(p), inScope: InScope(p, r.Settings), link: links[int(id)],
		}
	}
	return nil
}

// own returns the candidate's own article; a zero article if there is none. A link whose article is gone, or is another
// product's by now, counts as none, but not one whose article does not let anything be read of whose it is.
func (e *existing) own(c Candidate) ongoing.Article {
	link := c.Link
	if linked, ok := e.byID[ongoing.ArticleID(link.ArticleID)]; ok {
		unknown := linked.Unreadable != nil && linked.Number == "" && linked.ProductCode == ""
		owner := OwnerOf(linked, c.Product.ID, c.Product.No, link)
		if owner == Ours || owner == Changed || unknown {
			return linked
		}
	}
	link.ArticleID = 0
	for _, article := range e.byCode[c.Product.ID] {
		if OwnerOf(article, c.Product.ID, c.Product.No, link) == Ours {
			return article
		}
	}
	return ongoing.Article{}
}

// holder returns the article that has the candidate's number; a zero article if there is none. If several look the
// same, it is the one that is spelt the same, which no other can be renamed to, else the candidate's own.
func (e *existing) holder(c Candidate, mine ongoing.Article) ongoing.Article {
	same := e.byNumber[FoldNumber(c.Body.ArticleNumber)]
	for _, is := range []func(ongoing.Article) bool{
		func(a ongoing.Article) bool { return a.Number == c.Body.ArticleNumber },
		func(a ongoing.Article) bool { return a.ID == mine.ID },
		func(ongoing.Article) bool { return true },
	} {
		if at := slices.IndexFunc(same, is); at >= 0 {
			return same[at]
		}
	}
	return ongoing.Article{}
}

// twin returns an article beside these two whose number looks like the candidate's, and whether there is one.
func (e *existing) twin(c Candidate, mine, holder ongoing.Article) (ongoing.Article, bool) {
	same := e.byNumber[FoldNumber(c.Body.ArticleNumber)]
	at := slices.IndexFunc(same, func(a ongoing.Article) bool { return a.ID != mine.ID && a.ID != holder.ID })
	if at < 0 {
		return ongoing.Article{}, false
	}
	return same[at], true
}

// InScope reports whether a product is to become an article.
func InScope(p office24.Product, s settings.Customer) bool {
	only := s.Articles.CategoryIDs
	return only == nil || slices.Contains(only, p.CategoryID)
}

// expired reports whether a product is out of use. What 24SevenOffice does not say counts as no.
func expired(p office24.Product) bool { return p.StatusID != nil && *p.StatusID == 0 }
