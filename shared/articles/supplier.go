package articles

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/addresses"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
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

// SupplierAddress returns a supplier's address for Ongoing: the address for visits, else the one for post.
func SupplierAddress(c office24.Company, defaultCountry string) ongoing.SupplierAddress {
	a := addresses.FirstUsable(c.Addresses.Visit, c.Addresses.Post, c.Addresses.Delivery, c.Addresses.Invoice)
	street, _ := addresses.SplitStreet(a.Street, maxName)
	out := ongoing.SupplierAddress{
		Name:     ongoing.Trim(strings.TrimSpace(c.Name), maxName),
		Address:  street[0],
		Address2: street[1],
		Address3: street[2],
		PostCode: ongoing.Trim(strings.TrimSpace(a.PostalCode), maxPostCode),
		City:     ongoing.Trim(addresses.City(a), maxName),
	}
	// Anything but a code is left out rather than refused: no goods are sent to a supplier's address.
	if country, ok := addresses.CountryCode(a.Country, c.Country, defaultCountry); ok {
		out.CountryCode = country
	}
	if p := c.PhoneNumbers.Work; p != nil {
		out.Telephone = ongoing.Trim(p.Value, maxPostCode)
	}
	if p := c.PhoneNumbers.Mobile; p != nil {
		out.MobilePhone = ongoing.Trim(p.Value, maxPostCode)
	}
	if e := c.EmailAddresses.Work; e != nil {
		out.Email = ongoing.Trim(e.Value, maxName)
	}
	return out
}

// SupplierNumber returns a supplier's number in Ongoing.
func SupplierNumber(id office24.CompanyID) string { return strconv.Itoa(int(id)) }

// WriteSupplier writes a product's article with its supplier's address on it, and then the article's link.
func (r *Register) WriteSupplier(ctx context.Context, p office24.Product, link state.ArticleLink,
	address ongoing.SupplierAddress) error {
	c, _, err := NewCandidate(p, link, r.Settings)
	if err != nil {
		return err
	}
	changes, refused, err := r.Plan(ctx, []Candidate{c})
	switch {
	case err != nil:
		return err
	case len(refused) > 0:
		return refused[0].Err
	}
	w := changes[0].Payload
	w.LinkOnly = false
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
