// Package articles turns products of 24SevenOffice into articles of Ongoing WMS, for the three processes that need
// one: articles itself, salesorders for an article that is not there yet, and suppliers, which travel on articles. One
// function builds the article for all of them, because a thinner article would overwrite a richer one.
//
// The keys: Product.Id is the product's only stable and unique id and goes into productCode; Product.No becomes the
// article number, which in Ongoing is the key. No may be missing, used twice and changed. So a product is recognised
// by its link (state record article#<productId>), else by its productCode, and only then by its number; a new number
// renames the article through its system id, and a number that belongs to another product is refused.
package articles

import (
	"context"
	"strconv"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Register is the article register of one customer, seen from the ERP.
type Register struct {
	Settings settings.Customer
	Office24 *office24.Client
	Ongoing  *ongoing.Client
	State    *state.Customer
}

// A Candidate is a product whose article may have to be written.
type Candidate struct {
	Product office24.Product
	Body    ongoing.ArticleBody
	Link    state.ArticleLink // zero if the product has none
	// Fingerprint is that of Body.
	Fingerprint string
}

// A Write is an article to be written.
type Write struct {
	Link state.ArticleLink
	Body ongoing.ArticleBody
	// ID is the article's system id where it stands under another number and is renamed; 0 otherwise.
	ID ongoing.ArticleID
	// Noted: the article is as it should be, only the link has to be brought up to date.
	Noted bool
}

// Consider maps a product and holds the result against its link. It reports false if nothing has changed since the
// article was last written; then there is nothing to do, whatever the time of change says (our own writing of stock
// changes it, too).
func (r *Register) Consider(p office24.Product, link state.ArticleLink) (Candidate, bool, error) {
	body, err := Map(p, r.Settings)
	if err != nil {
		return Candidate{}, false, err
	}
	c := Candidate{Product: p, Body: body, Link: link, Fingerprint: plan.Fingerprint(body)}
	c.Link.ProductID = int(p.ID)
	return c, link.Fingerprint != c.Fingerprint, nil
}

// batch is how many articles are asked for in one call.
const batch = 100

// Plan decides what has to be written for the candidates. It reads the articles that could be theirs, in batches, and
// writes nothing. A candidate that cannot be written is refused.
func (r *Register) Plan(ctx context.Context, candidates []Candidate) ([]plan.Change[Write], []plan.Refusal, error) {
	var changes []plan.Change[Write]
	var refused []plan.Refusal
	for len(candidates) > 0 {
		n := min(batch, len(candidates))
		if err := r.nameSuppliers(ctx, candidates[:n]); err != nil {
			return nil, nil, err
		}
		standing, err := r.read(ctx, candidates[:n])
		if err != nil {
			return nil, nil, err
		}
		if err := r.findOwners(ctx, candidates[:n], standing); err != nil {
			return nil, nil, err
		}
		for _, c := range candidates[:n] {
			if change, err := standing.decide(c); err != nil {
				refused = append(refused, plan.Refusal{Key: Key(c.Product.ID), Fingerprint: c.Fingerprint, Err: err})
			} else {
				changes = append(changes, change)
			}
		}
		candidates = candidates[n:]
	}
	return changes, refused, nil
}

// Apply writes one article and then its link. A crash between the two leaves an article without an up-to-date link;
// the next plan finds the article as it should be and only notes it.
func (r *Register) Apply(ctx context.Context, w Write) (state.ArticleLink, error) {
	id, err := ongoing.ArticleID(w.Link.ArticleID), error(nil)
	switch {
	case w.Noted:
	case w.ID != 0:
		id, err = r.Ongoing.UpdateArticle(ctx, w.ID, w.Body)
	default:
		id, err = r.Ongoing.PutArticle(ctx, w.Body)
	}
	if err != nil {
		return w.Link, err
	}
	link := w.Link
	link.ArticleNumber, link.ArticleID = w.Body.ArticleNumber, int(id)
	return link, r.State.PutArticle(ctx, &link)
}

// Ensure is Apply for an article that several records wait for: it is written for the first of them only.
func (r *Register) Ensure(ctx context.Context, w Write) error {
	links, err := r.State.Articles(ctx, []int{w.Link.ProductID})
	if err != nil {
		return err
	}
	if now, ok := links[w.Link.ProductID]; ok {
		if now.Fingerprint == w.Link.Fingerprint {
			return nil
		}
		w.Link.Version = now.Version
	}
	_, err = r.Apply(ctx, w)
	return err
}

// articlesRead is what stands in Ongoing of the articles that a batch of candidates could be about.
type articlesRead struct {
	byNumber map[string]ongoing.Article
	byCode   map[string][]ongoing.Article
	byID     map[ongoing.ArticleID]ongoing.Article
	// taken are the numbers of articles whose product, another one, still has that number in 24SevenOffice.
	taken map[string]office24.ProductID
}

// read fetches the articles under the candidates' numbers, old and new, and under their product codes.
func (r *Register) read(ctx context.Context, candidates []Candidate) (*articlesRead, error) {
	var numbers, codes []string
	for _, c := range candidates {
		numbers = append(numbers, c.Body.ArticleNumber)
		if old := c.Link.ArticleNumber; old != "" && old != c.Body.ArticleNumber {
			numbers = append(numbers, old)
		}
		if c.Link.ArticleNumber == "" || c.Link.ArticleNumber != c.Body.ArticleNumber {
			codes = append(codes, c.Body.ProductCode)
		}
	}
	a := &articlesRead{byNumber: map[string]ongoing.Article{}, byCode: map[string][]ongoing.Article{},
		byID: map[ongoing.ArticleID]ongoing.Article{}, taken: map[string]office24.ProductID{}}
	if err := r.add(ctx, a, ongoing.ArticleQuery{Numbers: numbers}); err != nil || len(codes) == 0 {
		return a, err
	}
	return a, r.add(ctx, a, ongoing.ArticleQuery{ProductCodes: codes})
}

func (r *Register) add(ctx context.Context, a *articlesRead, q ongoing.ArticleQuery) error {
	for article, err := range r.Ongoing.Articles(ctx, q) {
		if err != nil {
			return err
		}
		if _, known := a.byID[article.ID]; known {
			continue
		}
		a.byID[article.ID] = article
		a.byNumber[fold(article.Number)] = article
		a.byCode[article.ProductCode] = append(a.byCode[article.ProductCode], article)
	}
	return nil
}

// findOwners asks 24SevenOffice about the products whose articles hold a number that a candidate wants: the number is
// taken if the product is still there and still has it, and free if it was deleted or renumbered.
func (r *Register) findOwners(ctx context.Context, candidates []Candidate, a *articlesRead) error {
	var owners []office24.ProductID
	for _, c := range candidates {
		if holder, ok := a.byNumber[fold(c.Body.ArticleNumber)]; ok && holder.ProductCode != c.Body.ProductCode {
			if id, err := strconv.Atoi(holder.ProductCode); err == nil && id > 0 {
				owners = append(owners, office24.ProductID(id))
			}
		}
	}
	if len(owners) == 0 {
		return nil
	}
	for p, err := range r.Office24.Products(ctx, office24.ProductSearch{IDs: owners}, "Id", "No") {
		if err != nil {
			return err
		}
		a.taken[fold(p.No)] = p.ID
	}
	return nil
}

// decide finds the candidate's article and says what has to be done with it.
func (a *articlesRead) decide(c Candidate) (plan.Change[Write], error) {
	link := c.Link
	link.Fingerprint, link.SupplierID = c.Fingerprint, int(c.Product.SupplierID)
	change := plan.Change[Write]{Key: Key(c.Product.ID), Fingerprint: c.Fingerprint, Body: Write{Link: link, Body: c.Body}}
	holder, held := a.byNumber[fold(c.Body.ArticleNumber)]
	mine, exists := a.own(c)
	if owner, taken := a.taken[fold(c.Body.ArticleNumber)]; held && taken && owner != c.Product.ID {
		return change, reject("number %q belongs to product %d as well; article numbers must be unique, change one of them",
			c.Body.ArticleNumber, owner)
	}
	switch {
	case exists && held && mine.ID != holder.ID:
		return change, reject("number %q is held by another article (system id %d) than the product's own (%d); "+
			"remove or renumber it in Ongoing", c.Body.ArticleNumber, holder.ID, mine.ID)
	case exists && !held:
		change.Action, change.Body.ID = plan.Update, mine.ID
		change.Fields = plan.Diff(written(mine), c.Body, shown)
	case held:
		change.Action, change.Body.Link.ArticleID = plan.Update, int(holder.ID)
		part, whole := legible(c.Body)
		change.Fields = plan.Diff(written(holder), part, shown)
		change.Quiet = len(change.Fields) == 0 && whole
		change.Body.Noted = change.Quiet
	default:
		change.Action = plan.Create
		change.Fields = plan.Diff(nil, c.Body, shown)
	}
	return change, nil
}

// own is the article that is the candidate's already: by its link, else by its product code if just one has it.
func (a *articlesRead) own(c Candidate) (ongoing.Article, bool) {
	if article, ok := a.byID[ongoing.ArticleID(c.Link.ArticleID)]; ok {
		return article, true
	}
	same := a.byCode[c.Body.ProductCode]
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

// Key is the key of a product in plans and failure records.
func Key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
