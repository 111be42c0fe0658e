// Package articles turns products of 24SevenOffice into articles of Ongoing WMS. Three processes need that: articles
// itself, salesorders for an article that is missing, and suppliers, which are written on articles. All of them use one
// function to build an article, because a write with fewer fields would overwrite one with more.
//
// Product.Id is the product's only stable and unique id; it becomes the productCode. Product.No becomes the article
// number, which is the key in Ongoing, although it can be missing, duplicate or changed. OwnerOf says whose an article
// is; ids that came from elsewhere are never trusted alone. What follows from it:
//
//   - an article without a link of ours is taken over only if its number is the product's; if its code is that of
//     another product, both are held
//   - a changed number renames the linked article through its system id
//   - an article that was renumbered in Ongoing is still the product's and gets its number back; if a copy of it has
//     the number by then, the product is refused
//   - a number that two products have is refused, unless it is that of the product's own article; but an expired
//     product gives it up to one that is in use
//   - a number that only the other product's article still has is held until that article is renamed. If products
//     exchange numbers, so that each waits for another, the other's article is moved aside: it gets the number
//     MOVED-<product id> until its own is free
//   - if the product of an article was deleted, the article is taken over: the goods on the shelf carry its number
//   - an article that was made under another company is never ours, and its number is held
//
// Numbers are compared as people see them (FoldNumber) and written without what nobody sees (CleanNumber).
package articles

import (
	"cmp"
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

	// spellings are the unusual spellings of numbers in Ongoing, by FoldNumber; nil until they are read.
	spellings map[string][]string
}

// A Candidate is a product whose article may have to be written.
type Candidate struct {
	Product office24.Product
	Body    ongoing.ArticleBody
	// Notes say what of the product was cut or left out.
	Notes []string
	Link  state.ArticleLink // with only its ProductID set if the product has none
	// Fingerprint is that of Body.
	Fingerprint string
	// Clash is the reason why the product cannot get its number; see Numbers.Check. It is no reason against an article
	// that is the product's and has the number already.
	Clash error
	// GivenUp is the reason why an expired product cannot have its number; see Numbers.Check.
	GivenUp error
	// AnyNumber: if the product has given its number up, but has an article under another one, that is written.
	// NoRename: that is written in any case, also if the product is refused its number.
	AnyNumber, NoRename bool
}

// NewCandidate maps a product and compares the result with its link. It reports false if nothing has changed since the
// article was last written, nor was moved aside. The product's time of change does not say so: our own writing of stock
// moves it, too.
func NewCandidate(p office24.Product, link state.ArticleLink, s settings.Customer) (Candidate, bool, error) {
	body, notes, err := Map(p, s)
	if err != nil {
		return Candidate{}, false, err
	}
	c := Candidate{Product: p, Body: body, Notes: notes, Link: link, Fingerprint: plan.Fingerprint(body)}
	c.Link.ProductID = int(p.ID)
	return c, link.Fingerprint != c.Fingerprint || link.ArticleNumber == asideNumber(p.ID), nil
}

// A Write is an article to be written.
type Write struct {
	Link state.ArticleLink
	Body ongoing.ArticleBody
	// Before is the link as it was before anything was written; announced says that announce has changed it since.
	Before    state.ArticleLink
	announced bool
	// RenameID is the article's system id if it has another number and is renamed; else 0.
	RenameID ongoing.ArticleID
	// KeepsNumber: it is not the product's number, but the one that the article has. In the same run the number can go
	// to another product's article, so the article is written only while it has the number.
	KeepsNumber bool
	// TakenOver: the article is there, and the product's link does not name it yet. TakenFrom is the product whose
	// article it was before; 0 if it was nobody's.
	TakenOver bool
	TakenFrom office24.ProductID
	// Aside is another product's article that has the number and is moved aside first; nil if there is none.
	Aside *Aside
	// LinkOnly: the article is as it should be, and only the link is written. Unchanged: so is the link.
	LinkOnly, Unchanged bool
	// Notes say what was cut or left out.
	Notes []string
}

// An Aside is an article that has to give its number to another one before it can get its own.
type Aside struct {
	ArticleID ongoing.ArticleID
	Number    string // its present one
	Product   office24.ProductID
	Expired   bool // the product; it gives the number up for good
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
			switch change, err := r.decide(ctx, existing, c); {
			case err == nil:
				changes = append(changes, change)
			case concernsOneProduct(err):
				refused = append(refused, plan.Refusal{Key: Key(c.Product.ID), Fingerprint: c.Fingerprint, Err: err})
			default:
				return nil, nil, err
			}
		}
		candidates = candidates[n:]
	}
	return changes, refused, nil
}

// concernsOneProduct reports whether an error refuses one product. Other errors end the run.
func concernsOneProduct(err error) bool {
	return errclass.Is(err, errclass.Rejected) || errclass.Is(err, errclass.Held)
}

// Apply writes one article and then its link. After a crash between the two, the next plan finds the article as it
// should be and only writes the link.
func (r *Register) Apply(ctx context.Context, w Write) error {
	if _, err := r.makeWay(ctx, w); err != nil {
		return err
	}
	if err := r.announce(ctx, &w); err != nil {
		return err
	}
	id, err := r.write(ctx, w)
	if err != nil {
		return r.takeBack(ctx, w, err)
	}
	return r.store(ctx, w, id)
}

// makeWay frees the number and the article from other products. It returns the new version of the link of the product
// whose article was moved aside, 0 if it was not changed.
func (r *Register) makeWay(ctx context.Context, w Write) (aside int, err error) {
	if w.Aside != nil {
		if aside, err = r.moveAside(ctx, *w.Aside); err != nil {
			return aside, err
		}
	}
	if w.TakenFrom != 0 {
		return aside, r.voidLink(ctx, w.TakenFrom, w.Link.ArticleID)
	}
	return aside, nil
}

// announce stores in the link which article is about to be written: the number of one that is created, the system id of
// one that is taken over. So it is recognised as ours even if the run dies right after the write and the product then
// gets another number, or the customer moves to another company. As long as the article's code is not the product's,
// such a link alone does not make it the product's (OwnerOf).
//
// The link of one that is renamed loses its fingerprint, so that its former number, which anybody can use after the
// write, is not believed any more.
func (r *Register) announce(ctx context.Context, w *Write) error {
	link := w.Link
	link.Fingerprint = ""
	switch {
	case w.LinkOnly:
		return nil
	case w.TakenOver:
		link.ArticleNumber = "" // an order must not name it before it is the product's
	case w.Link.ArticleID == 0 && w.Link.ArticleNumber != w.Body.ArticleNumber:
		link.ArticleNumber = w.Body.ArticleNumber
	case w.RenameID != 0:
		link.ArticleNumber = w.Before.ArticleNumber
	default:
		return nil
	}
	err := r.State.PutArticle(ctx, &link)
	w.Link.Version, w.announced = link.Version, err == nil
	return err
}

// takeBack puts a link back that was announced, if Ongoing has refused the write. Otherwise the number or the article
// would count as one of this company if the customer moves to another one. It returns the error of the write. A link
// that moveAside has changed stays: its former number belongs to another article now.
//
// The link of an article that is refused a new number is believed again, unless moveAside has changed it.
//
// A crash before it leaves the announcement, as it does after a write whose answer was lost.
func (r *Register) takeBack(ctx context.Context, w Write, refused error) error {
	if !w.announced || !errclass.Is(refused, errclass.Rejected) || errclass.IsUncertain(refused) {
		return refused
	}
	link := w.Before
	link.Version = w.Link.Version
	if w.RenameID != 0 && !w.TakenOver {
		_, err := r.changeLink(ctx, office24.ProductID(link.ProductID), link.ArticleID, func(l *state.ArticleLink) {
			if l.ArticleNumber == link.ArticleNumber {
				l.Fingerprint = link.Fingerprint
			}
		})
		return cmp.Or(err, refused)
	}
	if err := r.State.PutArticle(ctx, &link); err != nil {
		return err
	}
	return refused
}

func (r *Register) write(ctx context.Context, w Write) (ongoing.ArticleID, error) {
	switch {
	case w.LinkOnly:
		return ongoing.ArticleID(w.Link.ArticleID), nil
	case w.RenameID != 0:
		return r.Ongoing.UpdateArticle(ctx, w.RenameID, w.Body)
	case w.KeepsNumber:
		return r.writeUnderItsNumber(ctx, w)
	default:
		return r.writeByNumber(ctx, w)
	}
}

// writeByNumber makes a new article, or writes the one that the plan has found under the number. If people have
// renumbered that one since, Ongoing makes another one, which must not get the link: the goods are on the one that was
// renumbered. The next run finds both.
func (r *Register) writeByNumber(ctx context.Context, w Write) (ongoing.ArticleID, error) {
	id, err := r.Ongoing.PutArticle(ctx, w.Body)
	if found := ongoing.ArticleID(w.Link.ArticleID); err == nil && found != 0 && found != id {
		return 0, errclass.New(errclass.Conflict, "",
			"article %q of product %d (system id %d) was renumbered or removed in Ongoing while it was written, so "+
				"another one (%d) has the number now; both are read again",
			w.Body.ArticleNumber, w.Link.ProductID, found, id)
	}
	return id, err
}

func (r *Register) writeUnderItsNumber(ctx context.Context, w Write) (ongoing.ArticleID, error) {
	id := ongoing.ArticleID(w.Link.ArticleID)
	article, err := r.Ongoing.Article(ctx, id)
	switch {
	case errors.Is(err, ongoing.ErrNotFound), err == nil && article.Number != w.Body.ArticleNumber:
		return 0, errclass.New(errclass.Conflict, "",
			"article %q of product %d was renumbered or removed in Ongoing; it is read again",
			w.Body.ArticleNumber, w.Link.ProductID)
	case err != nil:
		return 0, err
	}
	return r.Ongoing.UpdateArticle(ctx, id, w.Body)
}

func (r *Register) store(ctx context.Context, w Write, id ongoing.ArticleID) error {
	link := w.Link
	link.ArticleNumber, link.ArticleID = w.Body.ArticleNumber, int(id)
	return r.State.PutArticle(ctx, &link)
}

// voidLink takes the article out of the link of the product that had it, so that no order for that product names it.
// After a crash right after it, that product has no article that is known, and the article is still to be taken over.
func (r *Register) voidLink(ctx context.Context, product office24.ProductID, article int) error {
	_, err := r.changeLink(ctx, product, article, r.State.VoidArticle)
	return err
}

// changeLink changes the link of a product if it names the article. It returns the new version, 0 if it does not.
func (r *Register) changeLink(
	ctx context.Context, product office24.ProductID, article int, change func(*state.ArticleLink),
) (version int, err error) {
	links, err := r.State.Articles(ctx, []int{int(product)})
	link := links[int(product)]
	if err != nil || link.ArticleID != article || article == 0 {
		return 0, err
	}
	change(&link)
	err = r.State.PutArticle(ctx, &link)
	return link.Version, err
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
		w.Link.Version, w.Before = now.Version, now
	}
	return r.Apply(ctx, w)
}

// Forget is for whoever notices that a linked article is not in Ongoing under its number. It makes the next run of the
// process articles write the article again, through a failure record, so that nobody has to read the whole register
// for it. If the article is gone, the link has no ArticleID until then, which means that no article of the product is
// known; an article that was only renumbered keeps its link and is renamed back.
//
// After a crash between the two writes, the failure record alone makes articles look at Ongoing and write the article.
func (r *Register) Forget(ctx context.Context, link state.ArticleLink, now time.Time) error {
	if link.ArticleID != 0 {
		article, err := r.Ongoing.Article(ctx, ongoing.ArticleID(link.ArticleID))
		if err != nil && !errors.Is(err, ongoing.ErrNotFound) {
			return err
		}
		owner := OwnerOf(article, office24.ProductID(link.ProductID), "", link)
		if err != nil || owner != Ours && owner != Changed {
			link.ArticleID = 0
		}
	}
	lost := errclass.New(errclass.Conflict, "",
		"article %q of product %d is not in Ongoing any more; it is written again in the next run",
		link.ArticleNumber, link.ProductID)
	failure := state.Failure{Process: naming.Articles, Key: strconv.Itoa(link.ProductID)}.
		WithAttempt(now.UTC(), errclass.Conflict, lost.Error(), "")
	if err := r.State.AddFailure(ctx, &failure); err != nil {
		return err
	}
	link.Fingerprint = ""
	return r.State.PutArticle(ctx, &link)
}

// Key returns the key of a product in plans and failure records.
func Key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
