package articles

import (
	"context"
	"errors"
	"fmt"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// decide finds the candidate's article and decides what has to be written. The article of an expired product that has
// given its number up, or of one that carries a supplier, is written under the number that it has by now.
func (r *Register) decide(ctx context.Context, e *existing, c Candidate) (plan.Change[Write], error) {
	found, err, keepsNumber := finding{}, c.GivenUp, false
	if err == nil {
		found, err = r.find(ctx, e, c)
	}
	if mine := e.own(c); err == nil && (mine.ID == 0 || !SameNumber(mine.Number, c.Body.ArticleNumber)) {
		err = c.Clash
	}
	if c.AnyNumber && errors.Is(err, ErrNumberGivenUp) || c.NoRename && (err == nil || concernsOneProduct(err)) {
		if mine := e.own(c); mine.ID != 0 && mine.Number != c.Body.ArticleNumber {
			c.Body.ArticleNumber = mine.Number
			c.Fingerprint = plan.Fingerprint(c.Body)
			found, err, keepsNumber = finding{article: mine}, nil, true
		}
	}
	link := c.Link
	link.Fingerprint, link.SupplierID = c.Fingerprint, int(c.Product.SupplierID)
	change := plan.Change[Write]{
		Key: Key(c.Product.ID), Fingerprint: c.Fingerprint,
		Payload: Write{Link: link, Before: c.Link, Body: c.Body, KeepsNumber: keepsNumber, Notes: c.Notes},
	}
	if err != nil {
		return change, err
	}
	article := found.article
	if article.ID == 0 {
		change.Payload.Link.ArticleID = 0
		change.Action, change.Fields = plan.Create, plan.Diff(ongoing.ArticleBody{}, c.Body, shown)
		return change, nil
	}
	change.Action, change.Payload.Link.ArticleID = plan.Update, int(article.ID)
	change.Payload.Link.ArticleNumber = c.Body.ArticleNumber
	change.Payload.TakenOver = c.Link.ArticleID != int(article.ID)
	change.Adopts = change.Payload.TakenOver
	if article.Number != c.Body.ArticleNumber {
		change.Payload.RenameID = article.ID
	}
	if former, isProduct := ProductCode(article.ProductCode); isProduct && former != c.Product.ID {
		change.Payload.TakenFrom = former
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
	if aside := found.aside; aside != nil {
		change.Payload.Aside = aside
		change.Fields = append(change.Fields, plan.Field{
			Field: fmt.Sprintf("articleNumber of the article of product %d", aside.Product),
			Old:   aside.Number, New: asideNumber(aside.Product),
		})
	}
	return change, nil
}

// A finding is the article that a candidate is written on; a zero article if it gets a new one.
type finding struct {
	article ongoing.Article
	aside   *Aside
}

// find returns the candidate's own article, or the one that has its number if that is free.
func (r *Register) find(ctx context.Context, e *existing, c Candidate) (finding, error) {
	mine := e.own(c)
	holder := e.holder(c, mine)
	switch {
	case mine.Unreadable != nil:
		return finding{}, mine.Unreadable
	case holder.Unreadable != nil:
		return finding{}, holder.Unreadable
	case holder.Number == "" && e.unidentified != nil: // that article may have the number
		return finding{}, e.unidentified
	case holder.ID != 0 && holder.ID != mine.ID:
		found, err := r.resolve(ctx, e, c, mine, holder)
		if twin, exists := e.twin(c, mine, holder); err == nil && found.aside != nil && exists {
			return finding{}, clash(
				"number %q looks like %q, the number of another article (system id %d) than the product's own (%d); "+
					"remove or renumber it in Ongoing", c.Body.ArticleNumber, twin.Number, twin.ID, mine.ID)
		}
		return found, err
	case mine.ID == 0:
		return finding{}, e.checkCodes(c)
	default:
		return finding{article: mine}, nil
	}
}

// checkCodes holds a candidate without an article if there is one with its product code that nothing else says is its
// own. A new article beside it could be the second one for the same goods. An expired product needs no new article.
func (e *existing) checkCodes(c Candidate) error {
	link := c.Link
	link.ArticleID = 0
	for _, article := range e.byCode[c.Product.ID] {
		switch {
		case OwnerOf(article, c.Product.ID, c.Product.No, link) != Conflict:
		case expired(c.Product):
			return givesUp("product %d has expired; it gets no new article", c.Product.ID)
		default:
			return CodeConflict(article, c.Product.ID, c.Body.ArticleNumber)
		}
	}
	return nil
}

// resolve decides about a candidate whose number another article has.
func (r *Register) resolve(
	ctx context.Context, e *existing, c Candidate, mine, holder ongoing.Article,
) (finding, error) {
	number := c.Body.ArticleNumber
	code, _ := ProductCode(holder.ProductCode)
	other := e.claims[code] // zero if the code is not a product's
	former := c.Link
	if !isFormer(holder, former) {
		former = other.link
	}
	owner := OwnerOf(holder, code, other.no, other.link)
	theirs := owner == Ours || owner == Changed
	switch {
	case isFormer(holder, former):
		return finding{}, errclass.New(errclass.Held, "",
			"number %q is the number of an article (system id %d) that was made under another company (%d) and is "+
				"never used for this one; renumber it in Ongoing, or give product %d another number",
			number, holder.ID, former.Former.Company, c.Product.ID)
	case !other.exists && mine.ID == 0: // nobody's, or that of a product that was deleted: the goods carry its number
		return finding{article: holder}, nil
	case !other.exists:
		return finding{}, clash(
			"number %q is the number of another article (system id %d) than the product's own (%d); "+
				"remove or renumber it in Ongoing", number, holder.ID, mine.ID)
	case !theirs && expired(c.Product) && mine.ID == 0:
		return finding{}, givesUp("product %d has expired; it gets no new article", c.Product.ID)
	case !theirs:
		return finding{}, CodeConflict(holder, code, other.no)
	case other.expired && !expired(c.Product) && (SameNumber(other.no, number) || CleanNumber(other.no) == ""):
		// An expired product gives its number up, and the goods with it, unless the candidate has an article.
		if mine.ID == 0 {
			return finding{article: holder}, nil
		}
		return finding{article: mine, aside: &Aside{holder.ID, holder.Number, code, other.expired}}, nil
	case SameNumber(other.no, number) && expired(c.Product):
		return finding{}, givesUp("product %d has expired, and its number %q belongs to product %d now",
			c.Product.ID, number, code)
	case SameNumber(other.no, number):
		return finding{}, clash(
			"number %q also belongs to product %d; article numbers must be unique, change one of them", number, code)
	}
	// If the article were taken over now, the other product's stock would go to this product.
	exchanged, stays, err := r.isExchange(ctx, e, c, mine, holder)
	givenUp := stays && other.expired && !expired(c.Product) // the expired product never gets its own number
	if err != nil || exchanged || givenUp {
		return finding{article: mine, aside: &Aside{holder.ID, holder.Number, code, givenUp}}, err
	}
	return finding{}, errclass.New(errclass.Held, "",
		"number %q is still the number of the article of product %d, which has the number %q now; "+
			"that article has to be renamed first", number, code, other.no)
}

// maxExchange is how many articles are followed to find out that their products exchange numbers.
const maxExchange = 50

// isExchange reports whether products exchange numbers: the holder's product shall have the number of a third article,
// and so on, until one shall have that of mine. None of them can be renamed before the others. Stays says that the
// third article keeps its number, because a product in use has it.
func (r *Register) isExchange(
	ctx context.Context, e *existing, c Candidate, mine, holder ongoing.Article,
) (exchange, stays bool, err error) {
	for step := range maxExchange {
		id, ok := ProductCode(holder.ProductCode)
		if !ok || mine.ID == 0 {
			return false, false, nil
		}
		if err := r.readClaims(ctx, e, []office24.ProductID{id}, c.Product.ID); err != nil {
			return false, false, err
		}
		other := e.claims[id]
		owner := OwnerOf(holder, id, other.no, other.link)
		switch {
		case !other.exists || !other.inScope || owner != Ours && owner != Changed:
			return false, false, nil
		case SameNumber(other.no, holder.Number):
			return false, step == 1 && !other.expired, nil
		}
		next := Candidate{Body: ongoing.ArticleBody{ArticleNumber: CleanNumber(other.no)}}
		if err := r.add(ctx, e, ongoing.ArticleQuery{Numbers: []string{next.Body.ArticleNumber}}); err != nil {
			return false, false, err
		}
		switch holder = e.holder(next, mine); holder.ID {
		case 0:
			return false, false, nil
		case mine.ID:
			return true, false, nil
		}
	}
	return false, false, nil
}

// moveAside gives another product's article a number for the time being, so that its present number is free. It does
// nothing if that article has another number by now. The article of an expired product keeps that number and becomes
// inactive. The link says so first, so that no order names the former number, under which the other article is sent;
// its new version is returned, 0 if it was not changed. A failure of that product that a person has dismissed must not
// keep it from getting its own number.
//
// A crash right after it leaves the article under that number. A product does not count as unchanged as long as its
// link has that number, so a later run gives one in use its own.
func (r *Register) moveAside(ctx context.Context, a Aside) (version int, err error) {
	article, err := r.Ongoing.Article(ctx, a.ArticleID)
	switch {
	case errors.Is(err, ongoing.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	}
	code, _ := ProductCode(article.ProductCode)
	switch {
	case !SameNumber(article.Number, a.Number):
		return 0, nil
	case code != a.Product:
		return 0, errclass.New(errclass.Conflict, "", "article %q was changed in Ongoing; it is read again", a.Number)
	}
	body := bodyOf(article)
	body.ArticleNumber = asideNumber(a.Product)
	if a.Expired {
		body.IsActive = new(false)
	}
	reason := fmt.Sprintf("article %q of product %d was moved aside; the next run reads the product again",
		a.Number, a.Product)
	if err := r.State.ReopenFailure(ctx, naming.Articles, Key(a.Product), reason); err != nil {
		return 0, err
	}
	if version, err = r.changeLink(ctx, a.Product, int(a.ArticleID), func(l *state.ArticleLink) {
		l.ArticleNumber = body.ArticleNumber
	}); err != nil {
		return 0, err
	}
	if body.SupplierInfo.SupplierNumber != "" {
		body.SupplierInfo.Advanced.SupplierOperation = ongoing.SupplierFind
	}
	_, err = r.Ongoing.UpdateArticle(ctx, article.ID, body)
	return version, err
}
