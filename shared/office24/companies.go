package office24

import (
	"context"
	"fmt"
	"iter"
	"time"

	"ongoing24so/shared/errclass"
)

const companyPath = "/CRM/Company/V001/CompanyService.asmx"

// A CompanyID is Company.Id: customers and suppliers are companies alike.
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

// A Company is the part of the service's Company that is of use here; what is not used is not fetched, for it is
// personal data. A supplier that is a customer too may come as Business: in the vendor's newer parts "supplier" is a
// flag on a customer, which this type does not have.
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

func (c Company) key() string { return fmt.Sprintf("company %d", c.ID) }

// PhoneNumbers of a company; Home and Primary are not used for companies (vendor's data types).
type PhoneNumbers struct {
	Home, Fax, Mobile, Primary, Work *PhoneNumber
}

// A PhoneNumber and what it is for.
type PhoneNumber struct {
	Description, Value string
}

// EmailAddresses of a company; Home, Primary and Alternative are not used for companies (vendor's data types).
type EmailAddresses struct {
	Home, Invoice, Primary, Work, Alternative *EmailAddress
}

// An EmailAddress and whose it is.
type EmailAddress struct {
	Description, Name, Value string
}

// Addresses of a company or an order. The delivery address of an order is often absent.
type Addresses struct {
	Post, Delivery, Visit, Invoice *Address
}

// An Address names its place in PostalArea, City being empty as a rule; Street may hold several lines.
type Address struct {
	Street, State, PostalCode, PostalArea, Name, City, Country string
}

// A CompanySearch selects companies. Filters combine with AND; one is needed.
type CompanySearch struct {
	// ChangedAfter leaves out companies that were not changed after it; see ProductSearch.
	ChangedAfter time.Time
	// IDs, when not nil, are the only companies meant: an empty list means none and costs no call.
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

// Companies returns the companies of a search as a stream; for its errors see Products. The service has no filter by
// type and answers an empty search with a fault: that is refused here.
func (c *Client) Companies(ctx context.Context, search CompanySearch) iter.Seq2[Company, error] {
	op := readOperation(companyPath, "GetCompanies")
	if search.ChangedAfter.IsZero() && search.IDs == nil {
		return failedSequence[Company](op.fail(errclass.Defect, "a search without a filter"))
	}
	return inBatches(search.IDs, func(ids []CompanyID) iter.Seq2[Company, error] {
		return stream[Company](ctx, c, op, "Company", search.ChangedAfter, func(after time.Time) any {
			return getCompanies{companySearch{ids, after}, properties[Company]()}
		})
	})
}
