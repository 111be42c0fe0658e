package articles

import (
	"context"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
)

// standing is what stands in Ongoing of the articles that a batch of candidates could be about.
type standing struct {
	byNumber map[string]ongoing.Article // by folded number
	byCode   map[string][]ongoing.Article
	byID     map[ongoing.ArticleID]ongoing.Article
	// owners are the present numbers of products whose articles have a number that another product wants, by product
	// code. A product that was deleted has none.
	owners map[string]string
}

// read fetches the articles under the candidates' numbers, old and new, and by their product codes where the number
// leads to no article of theirs.
func (r *Register) read(ctx context.Context, candidates []Candidate) (*standing, error) {
	s := &standing{byNumber: map[string]ongoing.Article{}, byCode: map[string][]ongoing.Article{},
		byID: map[ongoing.ArticleID]ongoing.Article{}, owners: map[string]string{}}
	numbers := make([]string, 0, len(candidates))
	for _, c := range candidates {
		numbers = append(numbers, c.Body.ArticleNumber)
		if old := c.Link.ArticleNumber; old != "" && old != c.Body.ArticleNumber {
			numbers = append(numbers, old)
		}
	}
	if err := r.add(ctx, s, ongoing.ArticleQuery{Numbers: numbers}); err != nil {
		return nil, err
	}
	codes := make([]string, 0, len(candidates))
	for _, c := range candidates {
		if holder := s.byNumber[fold(c.Body.ArticleNumber)]; holder.ProductCode != c.Body.ProductCode {
			codes = append(codes, c.Body.ProductCode)
		}
	}
	if err := r.add(ctx, s, ongoing.ArticleQuery{ProductCodes: codes}); err != nil {
		return nil, err
	}
	return s, r.findOwners(ctx, candidates, s)
}

func (r *Register) add(ctx context.Context, s *standing, q ongoing.ArticleQuery) error {
	for article, err := range r.Ongoing.Articles(ctx, q) {
		if err != nil {
			return err
		}
		if _, known := s.byID[article.ID]; known {
			continue
		}
		s.byID[article.ID] = article
		s.byNumber[fold(article.Number)] = article
		s.byCode[article.ProductCode] = append(s.byCode[article.ProductCode], article)
	}
	return nil
}

// findOwners asks 24SevenOffice about the products whose articles have a number that a candidate wants.
func (r *Register) findOwners(ctx context.Context, candidates []Candidate, s *standing) error {
	owners := []office24.ProductID{}
	for _, c := range candidates {
		holder := s.byNumber[fold(c.Body.ArticleNumber)]
		if id, err := strconv.Atoi(holder.ProductCode); err == nil && id > 0 && holder.ProductCode != c.Body.ProductCode {
			owners = append(owners, office24.ProductID(id))
		}
	}
	for p, err := range r.Office24.Products(ctx, office24.ProductSearch{IDs: owners}, "Id", "No") {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) { // one that cannot be read is there all the same
			return err
		}
		s.owners[Key(p.ID)] = p.No
	}
	return nil
}

// decide finds the candidate's article and says what has to be done with it.
func (s *standing) decide(c Candidate) (plan.Change[Write], error) {
	link := c.Link
	link.Fingerprint, link.SupplierID = c.Fingerprint, int(c.Product.SupplierID)
	change := plan.Change[Write]{Key: Key(c.Product.ID), Fingerprint: c.Fingerprint, Payload: Write{Link: link, Body: c.Body}}
	article, exists, err := s.find(c)
	switch {
	case err != nil:
		return change, err
	case !exists:
		change.Action, change.Fields = plan.Create, plan.Diff(ongoing.ArticleBody{}, c.Body, shown)
		return change, nil
	}
	change.Action, change.Payload.Link.ArticleID = plan.Update, int(article.ID)
	change.Payload.Link.ArticleNumber = c.Body.ArticleNumber
	if article.Number != c.Body.ArticleNumber {
		change.Payload.ID = article.ID
	}
	readable, complete := readablePart(c.Body)
	comparison := plan.Comparison{
		Current: bodyOf(article), Wanted: c.Body, Readable: readable, Complete: complete,
		AsWritten: c.Link.Fingerprint == c.Fingerprint, Show: shown,
	}
	var match plan.Match
	if match, change.Fields = comparison.Compare(); match == plan.Same {
		change.LinkOnly, change.Payload.LinkOnly = true, true
		change.Payload.Unchanged = change.Payload.Link == c.Link
	}
	return change, nil
}

// find returns the article that is to become, or is, the candidate's: its own, else the one that has its number if that
// is nobody else's.
func (s *standing) find(c Candidate) (article ongoing.Article, exists bool, err error) {
	mine, exists := s.own(c)
	holder, held := s.byNumber[fold(c.Body.ArticleNumber)]
	if !held || exists && mine.ID == holder.ID {
		return mine, exists, nil
	}
	number, owned := s.owners[holder.ProductCode]
	switch {
	case owned && fold(number) == fold(c.Body.ArticleNumber):
		return mine, exists, reject("number %q belongs to product %s as well; article numbers must be unique, change one of them",
			c.Body.ArticleNumber, holder.ProductCode)
	case owned: // taken now, the other product's stock would become this one's
		return mine, exists, errclass.New(errclass.Held, "", "number %q still stands on the article of product %s, which has another number now; "+
			"that article has to be renamed first", c.Body.ArticleNumber, holder.ProductCode)
	case exists:
		return mine, exists, reject("number %q stands on another article (system id %d) than the product's own (%d); "+
			"remove or renumber it in Ongoing", c.Body.ArticleNumber, holder.ID, mine.ID)
	default:
		return holder, true, nil
	}
}

// own is the article that is the candidate's already: by its link, unless another product has taken it over, else by
// its product code if just one has it.
func (s *standing) own(c Candidate) (ongoing.Article, bool) {
	linked, ok := s.byID[ongoing.ArticleID(c.Link.ArticleID)]
	if ok && (linked.ProductCode == c.Body.ProductCode || linked.ProductCode == "") {
		return linked, true
	}
	same := s.byCode[c.Body.ProductCode]
	for _, article := range same {
		if fold(article.Number) == fold(c.Body.ArticleNumber) {
			return article, true
		}
	}
	if len(same) == 1 {
		return same[0], true
	}
	return ongoing.Article{}, false
}
