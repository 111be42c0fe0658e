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

// maxNumberSearches is how many numbers are searched one by one. For more, one read of all products takes fewer calls.
const maxNumberSearches = 20

// ReadNumbers adds the other products with the numbers that candidates are to get. A run that reads changed or named
// products does not see the others by itself. It makes no call for a candidate whose article has the number already, or
// whose number two products are known to have.
//
// How 24SevenOffice compares numbers in a search is not documented. If it does not find the candidate by its own
// number, the numbers of all products are read.
func (r *Register) ReadNumbers(ctx context.Context, n *Numbers, candidates []Candidate) error {
	if n.Complete {
		return nil
	}
	wanted := map[string]Candidate{} // by FoldNumber
	for _, c := range candidates {
		number := c.Body.ArticleNumber
		settled := c.Link.ArticleID != 0 && SameNumber(c.Link.ArticleNumber, number)
		if !settled && !n.isClash(number) {
			wanted[FoldNumber(number)] = c
		}
	}
	trusted := len(wanted) <= maxNumberSearches
	for _, c := range wanted {
		if !trusted {
			break
		}
		var err error
		if trusted, err = r.searchNumber(ctx, n, c); err != nil {
			return err
		}
	}
	if trusted {
		return nil
	}
	return r.readAllNumbers(ctx, n, wanted)
}

// searchNumber adds the products with the number of a candidate, as it is and without what nobody sees. It reports
// whether the candidate was among them.
func (r *Register) searchNumber(ctx context.Context, n *Numbers, c Candidate) (found bool, err error) {
	for _, number := range slices.Compact([]string{c.Product.No, c.Body.ArticleNumber}) {
		err := r.addNumbers(ctx, n, office24.ProductSearch{No: number}, func(id office24.ProductID) {
			found = found || id == c.Product.ID
		})
		if err != nil {
			return false, err
		}
	}
	return found, nil
}

// readAllNumbers adds all products. An answer without any of the candidates, which were read before, is not used: it is
// empty because of an outage.
func (r *Register) readAllNumbers(ctx context.Context, n *Numbers, wanted map[string]Candidate) error {
	candidates := map[office24.ProductID]bool{}
	for _, c := range wanted {
		candidates[c.Product.ID] = true
	}
	search := office24.ProductSearch{ChangedAfter: office24.ChangedAfter(time.Time{})}
	err := r.addNumbers(ctx, n, search, func(id office24.ProductID) { n.Complete = n.Complete || candidates[id] })
	if err != nil {
		n.Complete = false
		return err
	}
	if !n.Complete {
		return errclass.New(errclass.Transient, "",
			"24SevenOffice did not return products that it returned before; its answer is not used")
	}
	return nil
}

// addNumbers adds the products of a search that are in scope, and calls seen for each product.
func (r *Register) addNumbers(
	ctx context.Context, n *Numbers, search office24.ProductSearch, seen func(office24.ProductID),
) error {
	for p, err := range r.Office24.Products(ctx, search, "Id", "No", "StatusId", "CategoryId") {
		switch seen(p.ID); {
		case errclass.Is(err, errclass.Rejected): // one that cannot be read; its own run names it
		case err != nil:
			return err
		case InScope(p, r.Settings):
			n.Add(p)
		}
	}
	return nil
}

// isClash reports whether two products in use are known to have a number.
func (n *Numbers) isClash(number string) bool {
	u := n.users[FoldNumber(number)]
	return u != nil && len(u.inUse) > 1
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
		return clash("number %q is used by products %d and %d; article numbers must be unique, change one of them",
			c.Body.ArticleNumber, min(u.inUse[0], u.inUse[1]), max(u.inUse[0], u.inUse[1]))
	default:
		return nil
	}
}

// ErrNumberGivenUp is in the error of an expired product that gets no article, or none any more, because its number
// belongs to another product. That is right so, unless somebody orders it.
var ErrNumberGivenUp = errors.New("an expired product has no article")

// clash refuses a product for the sake of another product or article, which may be the one that people correct.
func clash(format string, args ...any) error {
	return errclass.NewElsewhere(errclass.Rejected, format, args...)
}

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
