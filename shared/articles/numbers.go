package articles

import (
	"strings"

	"ongoing24so/shared/office24"
)

// Numbers finds the numbers (No) that more than one product has: in 24SevenOffice that is allowed, in Ongoing the second
// product would overwrite the first one's article. The zero value has seen no product.
type Numbers struct {
	first map[string]office24.ProductID
	twice map[string][2]office24.ProductID
}

// Add remembers a product's number.
func (n *Numbers) Add(p office24.Product) {
	number := fold(p.No)
	if number == "" {
		return
	}
	if n.first == nil {
		n.first, n.twice = map[string]office24.ProductID{}, map[string][2]office24.ProductID{}
	}
	if first, used := n.first[number]; used && first != p.ID {
		n.twice[number] = [2]office24.ProductID{first, p.ID}
	} else {
		n.first[number] = p.ID
	}
}

// Check returns an error of class Rejected, which names two of them, if more than one of the products has the number.
func (n *Numbers) Check(number string) error {
	users, twice := n.twice[fold(number)]
	if !twice {
		return nil
	}
	return reject("number %q is used by products %d and %d; article numbers must be unique, change one of them",
		number, users[0], users[1])
}

// fold is the form in which article numbers are compared: whether Ongoing tells upper from lower case is not
// documented, so two numbers that differ only in case are taken for the same.
func fold(number string) string { return strings.ToLower(strings.TrimSpace(number)) }
