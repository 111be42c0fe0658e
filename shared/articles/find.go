package articles

import (
	"context"
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
)

// existing are the articles in Ongoing that a batch of candidates can be about.
type existing struct {
	byNumber map[string]ongoing.Article // by FoldNumber
	byCode   map[string][]ongoing.Article
	byID     map[ongoing.ArticleID]ongoing.Article
	// numbersNow are the present numbers of the products whose articles have a number that a candidate wants, by
	// product code. A product that was deleted has none.
	numbersNow map[string]string
}

// readExisting reads the articles with the candidates' numbers, old and new. Where the number leads to no article of
// the candidate, it reads those with its product code as well.
func (r *Register) readExisting(ctx context.Context, candidates []Candidate) (*existing, error) {
	e := &existing{
		byNumber:   map[string]ongoing.Article{},
		byCode:     map[string][]ongoing.Article{},
		byID:       map[ongoing.ArticleID]ongoing.Article{},
		numbersNow: map[string]string{},
	}
	numbers := make([]string, 0, len(candidates))
	for _, c := range candidates {
		numbers = append(numbers, c.Body.ArticleNumber)
		if old := c.Link.ArticleNumber; old != "" && old != c.Body.ArticleNumber {
			numbers = append(numbers, old)
		}
	}
	if err := r.add(ctx, e, ongoing.ArticleQuery{Numbers: numbers}); err != nil {
		return nil, err
	}
	codes := make([]string, 0, len(candidates))
	for _, c := range candidates {
		if e.numberHolder(c).ProductCode != c.Body.ProductCode {
			codes = append(codes, c.Body.ProductCode)
		}
	}
	if err := r.add(ctx, e, ongoing.ArticleQuery{ProductCodes: codes}); err != nil {
		return nil, err
	}
	return e, r.readNumbersNow(ctx, candidates, e)
}

func (r *Register) add(ctx context.Context, e *existing, q ongoing.ArticleQuery) error {
	for article, err := range r.Ongoing.Articles(ctx, q) {
		if err != nil {
			return err
		}
		if _, known := e.byID[article.ID]; known {
			continue
		}
		e.byID[article.ID] = article
		e.byNumber[FoldNumber(article.Number)] = article
		e.byCode[article.ProductCode] = append(e.byCode[article.ProductCode], article)
	}
	return nil
}

// numberHolder returns the article that has the candidate's number; zero if there is none.
func (e *existing) numberHolder(c Candidate) ongoing.Article {
	return e.byNumber[FoldNumber(c.Body.ArticleNumber)]
}

// readNumbersNow asks 24SevenOffice about the products whose articles have a number that another candidate wants.
func (r *Register) readNumbersNow(ctx context.Context, candidates []Candidate, e *existing) error {
	ids := []office24.ProductID{}
	for _, c := range candidates {
		code := e.numberHolder(c).ProductCode
		if id, err := strconv.Atoi(code); err == nil && id > 0 && code != c.Body.ProductCode {
			ids = append(ids, office24.ProductID(id))
		}
	}
	for p, err := range r.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, "Id", "No") {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) { // an unreadable product exists, too
			return err
		}
		e.numbersNow[Key(p.ID)] = p.No
	}
	return nil
}

// decide finds the candidate's article and decides what has to be written.
func (e *existing) decide(c Candidate) (plan.Change[Write], error) {
	link := c.Link
	link.Fingerprint, link.SupplierID = c.Fingerprint, int(c.Product.SupplierID)
	change := plan.Change[Write]{
		Key: Key(c.Product.ID), Fingerprint: c.Fingerprint, Payload: Write{Link: link, Body: c.Body},
	}
	article, exists, err := e.find(c)
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
		change.Payload.RenameID = article.ID
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

// find returns the candidate's article, or the one that has its number if no other product owns that.
func (e *existing) find(c Candidate) (article ongoing.Article, exists bool, err error) {
	mine, exists := e.own(c)
	holder, taken := e.byNumber[FoldNumber(c.Body.ArticleNumber)]
	if !taken || exists && mine.ID == holder.ID {
		return mine, exists, nil
	}
	numberNow, owned := e.numbersNow[holder.ProductCode]
	switch {
	case owned && FoldNumber(numberNow) == FoldNumber(c.Body.ArticleNumber):
		return mine, exists, reject(
			"number %q also belongs to product %s; article numbers must be unique, change one of them",
			c.Body.ArticleNumber, holder.ProductCode)
	case owned: // if the article were taken over now, the other product's stock would go to this product
		return mine, exists, errclass.New(errclass.Held, "",
			"number %q is still the number of the article of product %s, which has another number now; "+
				"that article has to be renamed first", c.Body.ArticleNumber, holder.ProductCode)
	case exists:
		return mine, exists, reject(
			"number %q is the number of another article (system id %d) than the product's own (%d); "+
				"remove or renumber it in Ongoing", c.Body.ArticleNumber, holder.ID, mine.ID)
	default:
		return holder, true, nil
	}
}

// own returns the candidate's own article: the linked one, unless another product has taken it over, else one with its
// product code, if the number matches or it is the only one.
func (e *existing) own(c Candidate) (ongoing.Article, bool) {
	linked, ok := e.byID[ongoing.ArticleID(c.Link.ArticleID)]
	if ok && (linked.ProductCode == c.Body.ProductCode || linked.ProductCode == "") {
		return linked, true
	}
	same := e.byCode[c.Body.ProductCode]
	for _, article := range same {
		if FoldNumber(article.Number) == FoldNumber(c.Body.ArticleNumber) {
			return article, true
		}
	}
	if len(same) == 1 {
		return same[0], true
	}
	return ongoing.Article{}, false
}
