// Package articles turns products of 24SevenOffice into articles of Ongoing WMS. Three processes need that: articles
// itself, salesorders for an article that is missing, and suppliers, which are written on articles. All of them use one
// function to build an article, because a write with fewer fields would overwrite one with more.
//
// A product is recognised by its link (state record article#<productId>), else by its productCode, else by its number.
// Product.Id is the product's only stable and unique id; it becomes the productCode. Product.No becomes the article
// number, which is the key in Ongoing, although it can be missing, duplicate or changed:
//
//   - a changed number renames the article through its system id
//   - a number that two products have is refused
//   - a number that only the other product's article still has is held until that article is renamed
//   - if that product was deleted, the article is taken over: the goods on the shelf carry its number
package articles

import (
	"context"
	"errors"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Register writes the products of one customer to Ongoing's article register.
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
	// RenameID is the article's system id if it has another number and is renamed; else 0.
	RenameID ongoing.ArticleID
	// LinkOnly: the article is as it should be, and only the link is written. Unchanged: so is the link.
	LinkOnly, Unchanged bool
}

// batchSize is how many candidates are looked up in Ongoing at a time.
const batchSize = 100

// Plan decides what has to be written for the candidates. It reads their articles in batches and writes nothing.
func (r *Register) Plan(ctx context.Context, candidates []Candidate) ([]plan.Change[Write], []plan.Refusal, error) {
	var changes []plan.Change[Write]
	var refused []plan.Refusal
	for len(candidates) > 0 {
		n := min(batchSize, len(candidates))
		if err := r.nameSuppliers(ctx, candidates[:n]); err != nil {
			return nil, nil, err
		}
		existing, err := r.readExisting(ctx, candidates[:n])
		if err != nil {
			return nil, nil, err
		}
		for _, c := range candidates[:n] {
			if change, err := existing.decide(c); err != nil {
				refused = append(refused, plan.Refusal{Key: Key(c.Product.ID), Fingerprint: c.Fingerprint, Err: err})
			} else {
				changes = append(changes, change)
			}
		}
		candidates = candidates[n:]
	}
	return changes, refused, nil
}

// Apply writes one article and then its link. After a crash between the two, the next plan finds the article as it
// should be and only writes the link.
func (r *Register) Apply(ctx context.Context, w Write) error {
	id, err := ongoing.ArticleID(w.Link.ArticleID), error(nil)
	switch {
	case w.LinkOnly:
	case w.RenameID != 0:
		id, err = r.Ongoing.UpdateArticle(ctx, w.RenameID, w.Body)
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

// Ensure is Apply for an article that several orders need. It is written for the first of them only.
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

// Forget is for whoever notices that a linked article is gone from Ongoing. It makes the next run of the process
// articles write the article again, through a failure record, so that nobody has to read the whole register for it.
// Until then the link has no ArticleID, which means that the product has no article that is known.
//
// After a crash between the two writes, the failure record alone makes articles look at Ongoing and write the article.
func (r *Register) Forget(ctx context.Context, link state.ArticleLink, now time.Time) error {
	gone := errclass.New(errclass.Conflict, "",
		"article %q of product %d is gone from Ongoing; it is written again in the next run",
		link.ArticleNumber, link.ProductID)
	failure := state.Failure{Process: naming.Articles, Key: strconv.Itoa(link.ProductID)}.
		WithAttempt(now.UTC(), errclass.Conflict, gone.Error(), "")
	// A product that has a failure record already is tried again anyway.
	if err := r.State.PutFailure(ctx, &failure); err != nil && !errors.Is(err, state.ErrChanged) {
		return err
	}
	link.ArticleID, link.Fingerprint = 0, ""
	return r.State.PutArticle(ctx, &link)
}

// Key returns the key of a product in plans and failure records.
func Key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
