package articles

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/addresses"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// nameSuppliers adds the names of the candidates' suppliers, of which a product has only the id. A supplier without a
// name is left out, because Ongoing requires both. The fingerprint does not cover the name, so that a renamed
// supplier does not cause writes of all its articles; the process suppliers writes the new name on one of them.
func (r *Register) nameSuppliers(ctx context.Context, candidates []Candidate) error {
	var ids []office24.CompanyID
	for _, c := range candidates {
		if c.Body.SupplierInfo.SupplierNumber != "" && !slices.Contains(ids, c.Product.SupplierID) {
			ids = append(ids, c.Product.SupplierID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names := map[office24.CompanyID]string{}
	for company, err := range r.Office24.Companies(ctx, office24.CompanySearch{IDs: ids}) {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && company.ID != 0) {
			return err
		}
		names[company.ID] = company.Name
	}
	for i := range candidates {
		info := &candidates[i].Body.SupplierInfo
		if info.SupplierNumber == "" {
			continue
		}
		if name := strings.TrimSpace(names[candidates[i].Product.SupplierID]); name == "" {
			*info = ongoing.SupplierInfo{}
		} else {
			info.SupplierName = ongoing.Trim(name, maxName)
			info.Advanced.SupplierOperation = ongoing.SupplierCreateOrUpdate
		}
	}
	return nil
}

const maxPostCode = 50

// SupplierAddress returns a supplier's address for Ongoing: the address for visits, else the one for post. The notes
// say what was cut.
func SupplierAddress(c office24.Company, defaultCountry string) (out ongoing.SupplierAddress, notes []string) {
	cut := func(field, text string, limit int) string {
		text = strings.TrimSpace(text)
		short := ongoing.Trim(text, limit)
		if short != text {
			notes = append(notes,
				fmt.Sprintf("supplier %d: %s is longer than %d characters and was cut", c.ID, field, limit))
		}
		return short
	}
	a := addresses.FirstUsable(c.Addresses.Visit, c.Addresses.Post, c.Addresses.Delivery, c.Addresses.Invoice)
	name, street, nameCut, streetCut := addresses.NameAndStreet(c.Name, a.Street, maxName)
	if nameCut {
		notes = append(notes, fmt.Sprintf("supplier %d: Name does not fit into Ongoing and was cut", c.ID))
	}
	if streetCut {
		notes = append(notes, fmt.Sprintf("supplier %d: Street does not fit into three lines and was cut", c.ID))
	}
	out = ongoing.SupplierAddress{
		Name:     name,
		Address:  street[0],
		Address2: street[1],
		Address3: street[2],
		PostCode: cut("PostalCode", a.PostalCode, maxPostCode),
		City:     cut("PostalArea", addresses.City(a), maxName),
	}
	// A text that is not a country is left out rather than refused: no goods are sent to a supplier's address.
	if country, ok := addresses.CountryCode(a.Country, c.Country, defaultCountry); ok {
		out.CountryCode = country
	} else {
		notes = append(notes, fmt.Sprintf("supplier %d: Country is not a country and was left out", c.ID))
	}
	if p := c.PhoneNumbers.Work; p != nil {
		out.Telephone = cut("PhoneNumbers.Work", p.Value, maxPostCode)
	}
	if p := c.PhoneNumbers.Mobile; p != nil {
		out.MobilePhone = cut("PhoneNumbers.Mobile", p.Value, maxPostCode)
	}
	if e := c.EmailAddresses.Work; e != nil {
		out.Email = cut("EmailAddresses.Work", e.Value, maxName)
	}
	return out, notes
}

// SupplierNumber returns a supplier's number in Ongoing.
func SupplierNumber(id office24.CompanyID) string { return strconv.Itoa(int(id)) }

// WriteSupplier writes a product's article with its supplier's address on it, and then the article's link. The article
// keeps the number that it has, also if the product has another one by now, or none: whether it can get that, perhaps
// before another product, is the trouble of the process articles.
func (r *Register) WriteSupplier(ctx context.Context, p office24.Product, link state.ArticleLink,
	address ongoing.SupplierAddress) error {
	keepsNumber := CleanNumber(p.No) == "" && (link.ArticleNumber != "" || !NeedsNumber(p))
	noArticle := givesUp("product %d has no number and no article", p.ID)
	if keepsNumber {
		if p.No = link.ArticleNumber; p.No == "" {
			return noArticle
		}
	}
	c, _, err := NewCandidate(p, link, r.Settings)
	if err != nil {
		return err
	}
	c.NoRename = true
	planned := c
	planned.Body.SupplierInfo = ongoing.SupplierInfo{} // replaced below, so its name need not be read
	changes, refused, err := r.Plan(ctx, []Candidate{planned})
	switch {
	case err != nil:
		return err
	case len(refused) > 0:
		return refused[0].Err
	case keepsNumber && changes[0].Action == plan.Create:
		return noArticle
	}
	w := changes[0].Payload
	w.LinkOnly = false // the supplier cannot be read back
	w.KeepsNumber = w.KeepsNumber || keepsNumber
	w.Body.SupplierInfo = ongoing.SupplierInfo{
		SupplierNumber:        SupplierNumber(p.SupplierID),
		SupplierName:          address.Name,
		SupplierArticleNumber: c.Body.SupplierInfo.SupplierArticleNumber,
		Advanced: ongoing.SupplierAdvanced{
			SupplierOperation: ongoing.SupplierCreateOrUpdate, SupplierAddress: address,
		},
	}
	return r.Apply(ctx, w)
}
