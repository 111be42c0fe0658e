package articles

import "ongoing24so/shared/office24"

// Numbers finds numbers (No) that more than one product has. 24SevenOffice allows that; in Ongoing the second product
// would overwrite the article of the first. The zero value is ready for use.
type Numbers struct {
	first map[string]office24.ProductID
	// duplicate has the first product and the last other one.
	duplicate map[string][2]office24.ProductID
}

// Add remembers a product's number.
func (n *Numbers) Add(p office24.Product) {
	number := FoldNumber(p.No)
	if number == "" {
		return
	}
	if n.first == nil {
		n.first, n.duplicate = map[string]office24.ProductID{}, map[string][2]office24.ProductID{}
	}
	if first, used := n.first[number]; used && first != p.ID {
		n.duplicate[number] = [2]office24.ProductID{first, p.ID}
	} else {
		n.first[number] = p.ID
	}
}

// Check returns an error of class Rejected that names two of the products if more than one has the number.
func (n *Numbers) Check(number string) error {
	users, duplicate := n.duplicate[FoldNumber(number)]
	if !duplicate {
		return nil
	}
	return reject("number %q is used by products %d and %d; article numbers must be unique, change one of them",
		number, users[0], users[1])
}
