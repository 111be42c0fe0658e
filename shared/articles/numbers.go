package articles

import (
	"context"
	"errors"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
)

// Numbers finds numbers (No) that more than one product has. 24SevenOffice allows that; in Ongoing the second product
// would overwrite the article of the first. The zero value is ready for use.
type Numbers struct {
	users map[string]*users
	// Complete: all products in scope are added before Check is called.
	Complete bool
}

// users are the products with one number: the first two that are in use, and the expired one with the lowest id.
type users struct {
	inUse   []office24.ProductID
	expired office24.ProductID
}

// Add remembers a product's number.
func (n *Numbers) Add(p office24.Product) {
	number := FoldNumber(p.No)
	if number == "" {
		return
	}
	if n.users == nil {
		n.users = map[string]*users{}
	}
	u := n.users[number]
	if u == nil {
		u = &users{}
		n.users[number] = u
	}
	switch {
	case expired(p):
		if u.expired == 0 || p.ID < u.expired {
			u.expired = p.ID
		}
	case len(u.inUse) == 0, len(u.inUse) == 1 && u.inUse[0] != p.ID:
		u.inUse = append(u.inUse, p.ID)
	}
}

// maxNumberSearches is how many numbers are searched one by one. For more, one call reads those of all products.
const maxNumberSearches = 20

// ReadNumbers adds the other products with the numbers that candidates are to get. A run that reads changed or named
// products does not see the others by itself. It makes no call for a candidate whose article has the number already.
// The search by number is assumed to find every spelling that people take for the same, or at least the exact one.
func (r *Register) ReadNumbers(ctx context.Context, n *Numbers, candidates []Candidate) error {
	if n.Complete {
		return nil
	}
	var numbers []string
	for _, c := range candidates {
		number := c.Body.ArticleNumber
		settled := c.Link.ArticleID != 0 && SameNumber(c.Link.ArticleNumber, number)
		if !settled && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	searches := make([]office24.ProductSearch, 0, maxNumberSearches)
	if len(numbers) > maxNumberSearches {
		searches = append(searches, office24.ProductSearch{ChangedAfter: office24.ChangedAfter(time.Time{})})
	} else {
		for _, number := range numbers {
			searches = append(searches, office24.ProductSearch{No: number})
		}
	}
	for _, search := range searches {
		for p, err := range r.Office24.Products(ctx, search, "Id", "No", "StatusId", "CategoryId") {
			switch {
			case errclass.Is(err, errclass.Rejected) && p.ID != 0: // one that cannot be read; its own run names it
			case err != nil:
				return err
			case InScope(p, r.Settings):
				n.Add(p)
			}
		}
	}
	n.Complete = len(numbers) > maxNumberSearches
	return nil
}

// Check returns an error if the candidate cannot have its number because of the others. An expired product gives it up
// to one that is in use (ErrNumberGivenUp); of several expired ones without an article, only one gets it. If several
// products in use have it, all are refused, and the error names two of them.
func (n *Numbers) Check(c Candidate) error {
	u := n.users[FoldNumber(c.Body.ArticleNumber)]
	switch id := c.Product.ID; {
	case u == nil:
		return nil
	case expired(c.Product) && len(u.inUse) > 0:
		return givesUp("product %d has expired, and its number %q belongs to product %d now",
			id, c.Body.ArticleNumber, u.inUse[0])
	case expired(c.Product) && c.Link.ArticleID == 0 && u.expired != id:
		return givesUp("product %d has expired, and its number %q belongs to product %d, too",
			id, c.Body.ArticleNumber, u.expired)
	case len(u.inUse) > 1:
		return reject("number %q is used by products %d and %d; article numbers must be unique, change one of them",
			c.Body.ArticleNumber, min(u.inUse[0], u.inUse[1]), max(u.inUse[0], u.inUse[1]))
	default:
		return nil
	}
}

// ErrNumberGivenUp is in the error of an expired product that gets no article, or none any more, because its number
// belongs to another product. That is right so, unless somebody orders it.
var ErrNumberGivenUp = errors.New("an expired product has no article")

func givesUp(format string, args ...any) error {
	err := errclass.New(errclass.Rejected, "", format, args...)
	err.Err = ErrNumberGivenUp
	return err
}

// NeedsNumber reports whether a product without a number is a mistake. An expired product needs none, nor does one
// without stock control, such as freight.
func NeedsNumber(p office24.Product) bool {
	return !expired(p) && (p.StockControlled == nil || *p.StockControlled)
}
