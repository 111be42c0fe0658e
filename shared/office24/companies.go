package office24

import (
	"context"
	"fmt"
	"iter"
	"time"

	"ongoing24so/shared/errclass"
)

const companyPath = "/CRM/Company/V001/CompanyService.asmx"

// A CompanyID is Company.Id: customers and suppliers are both companies.
type CompanyID int

// A CustomerID is the id of a company that buys.
type CustomerID = CompanyID

// A CompanyType is what a company is to the tenant.
type CompanyType string

// The company types of the WSDL.
const (
	CompanyNone     CompanyType = "None"
	CompanyLead     CompanyType = "Lead"
	CompanyConsumer CompanyType = "Consumer"
	CompanyBusiness CompanyType = "Business"
	CompanySupplier CompanyType = "Supplier"
)

// A Company has the members of the service's Company that the integration uses; the others are not fetched, because
// they are personal data. A supplier that is also a customer can come as Business: in the vendor's newer parts
// "supplier" is a flag on a customer, which this type does not have.
//
// https://developer.24sevenoffice.com/docs/servicedatatypes/companyservicedatatypes.html
type Company struct {
	ID                 CompanyID `soap:"Id"`
	ExternalID         string    `soap:"ExternalId"`
	OrganizationNumber string
	Name               string
	Addresses          Addresses
	PhoneNumbers       PhoneNumbers
	EmailAddresses     EmailAddresses
	Country            string      // two letters
	Type               CompanyType `default:"None"`
	Status             *int
	DateChanged        time.Time
}

func (c Company) key() string {
	if c.ID == 0 {
		return "a company"
	}
	return fmt.Sprintf("company %d", c.ID)
}

func (c Company) id() int { return int(c.ID) }

// PhoneNumbers of a company; Home and Primary are not used for companies (vendor's data types).
type PhoneNumbers struct {
	Home, Fax, Mobile, Primary, Work *PhoneNumber
}

// A PhoneNumber has a description of its use.
type PhoneNumber struct {
	Description, Value string
}

// EmailAddresses of a company; Home, Primary and Alternative are not used for companies (vendor's data types).
type EmailAddresses struct {
	Home, Invoice, Primary, Work, Alternative *EmailAddress
}

// An EmailAddress has the name of its owner.
type EmailAddress struct {
	Description, Name, Value string
}

// Addresses of a company or an order. The delivery address of an order is often absent.
type Addresses struct {
	Post, Delivery, Visit, Invoice *Address
}

// An Address has its town in PostalArea; City is usually empty. Street can hold several lines.
type Address struct {
	Street, State, PostalCode, PostalArea, Name, City, Country string
}

// A CompanySearch selects companies. Filters combine with AND; at least one is required.
type CompanySearch struct {
	// ChangedAfter selects companies that changed after it; see ProductSearch.
	ChangedAfter time.Time
	// IDs, when not nil, selects these companies only: an empty list selects nothing and makes no call.
	IDs []CompanyID
}

type getCompanies struct {
	Search     companySearch `soap:"searchParams"`
	Properties []string      `soap:"returnProperties>string"`
}

type companySearch struct {
	CompanyIDs   []CompanyID `soap:"CompanyIds>int"`
	ChangedAfter time.Time
}

// Companies streams the companies of a search; for its errors see Products. The service has no filter by type. It
// answers an empty search with a fault, so Companies refuses one.
//
// https://developer.24sevenoffice.com/docs/companyservice.html,
// https://api.24sevenoffice.com/CRM/Company/V001/CompanyService.asmx?op=GetCompanies
func (c *Client) Companies(ctx context.Context, search CompanySearch) iter.Seq2[Company, error] {
	op := readOperation(companyPath, "GetCompanies")
	if search.ChangedAfter.IsZero() && search.IDs == nil {
		return failedSequence[Company](op.fail(errclass.Defect, "the search has no filter"))
	}
	return inBatches(search.IDs, func(ids []CompanyID) iter.Seq2[Company, error] {
		return stream[Company](ctx, c, op, "Company", search.ChangedAfter, func(after time.Time) any {
			filter := companySearch{CompanyIDs: ids, ChangedAfter: after}
			return getCompanies{Search: filter, Properties: properties[Company]()}
		})
	})
}
