// Package articles turns products of 24SevenOffice into articles of Ongoing WMS, for the three processes that need
// one: articles itself, salesorders for an article that is not there yet, and suppliers, which travel on articles. One
// function builds the article for all of them, because a thinner article would overwrite a richer one.
//
// The keys: Product.Id is the product's only stable and unique id and goes into productCode; Product.No becomes the
// article number, which in Ongoing is the key. No may be missing, used twice and changed. So a product is recognised
// by its link (state record article#<productId>), else by its productCode, and only then by its number. A new number
// renames the article through its system id. A number that another product has as well is refused; one that only that
// product's article still has is waited for, until the article is renamed; one whose product was deleted is taken over
// together with the article, for the goods on the shelf have that number on them.
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
	State    *state.Partition
}

// A Candidate is a product whose article may have to be written.
type Candidate struct {
	Product office24.Product
	Body    ongoing.ArticleBody
	Link    state.ArticleLink // with only its ProductID set if the product has none
	// Fingerprint is that of Body.
	Fingerprint string
}

// NewCandidate maps a product and compares the result with its link. It reports false if nothing has changed since the
// article was last written. The product's time of change does not say so: our own writing of stock moves it, too.
func NewCandidate(p office24.Product, link state.ArticleLink, s settings.Customer) (Candidate, bool, error) {
	body, err := Map(p, s)
	if err != nil {
		return Candidate{}, false, err
	}
	c := Candidate{Product: p, Body: body, Link: link, Fingerprint: plan.Fingerprint(body)}
	c.Link.ProductID = int(p.ID)
	return c, link.Fingerprint != c.Fingerprint, nil
}

// A Write is an article to be written.
type Write struct {
	Link state.ArticleLink
	Body ongoing.ArticleBody
	// ID is the article's system id where it stands under another number and is renamed; 0 otherwise.
	ID ongoing.ArticleID
	// LinkOnly: the article is as it should be, only the link has to be brought up to date. Unchanged: not even that.
	LinkOnly, Unchanged bool
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
func (r *Register) Apply(ctx context.Context, w Write) error {
	id, err := ongoing.ArticleID(w.Link.ArticleID), error(nil)
	switch {
	case w.LinkOnly:
	case w.ID != 0:
		id, err = r.Ongoing.UpdateArticle(ctx, w.ID, w.Body)
	default:
		id, err = r.Ongoing.PutArticle(ctx, w.Body)
	}
	if err != nil {
		return err
	}
	link := w.Link
	link.ArticleNumber, link.ArticleID = w.Body.ArticleNumber, int(id)
	return r.State.PutArticle(ctx, &link)
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
	return r.Apply(ctx, w)
}

// Key is the key of a product in plans and failure records.
func Key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
