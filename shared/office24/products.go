package office24

import (
	"context"
	"fmt"
	"iter"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
)

const productPath = "/Logistics/Product/V001/ProductService.asmx"

// A ProductID is Product.Id: the one key of a product that does not change. Product.No is neither unique nor required.
type ProductID int

// A Product is the part of the service's Product that is of use here. Nil and zero mean "not given".
type Product struct {
	ID                  ProductID `soap:"Id"`
	No                  string
	Name                string
	Description         string // at most 500 characters
	DescriptionLong     string
	EAN1                string
	Weight              *number.Decimal // the vendor names no unit; taken as kg
	Stock               *number.Decimal // on hand
	StatusID            *int            `soap:"StatusId"` // 1 active, 0 expired
	CategoryID          int             `soap:"CategoryId"`
	Price               *number.Decimal
	InPrice             *number.Decimal
	Cost                *number.Decimal
	WebPrice            *number.Decimal
	MinimumStock        *number.Decimal
	OrderProposal       *number.Decimal
	SupplierID          CompanyID `soap:"SupplierId"`
	SupplierProductCode string
	SupplierProductName string
	StockLocation       string
	ProductCode         string
	StockControlled     *bool // only then does Stock mean anything (vendor's help)
	DateChanged         time.Time
}

func (p Product) key() string { return fmt.Sprintf("product %d", p.ID) }

// A ProductSearch selects products. Filters combine with AND; one is needed: the service would answer an empty search
// with every product there is, which nobody should ask for by a slip.
type ProductSearch struct {
	// ChangedAfter leaves out products that were not changed after it. The service rounds change times to the minute
	// (seen by other integrators): overlap by two minutes at least.
	ChangedAfter time.Time
	// IDs, when not nil, are the only products meant: an empty list means none and costs no call.
	IDs []ProductID
	No  string
}

type getProducts struct {
	Search     productSearch `soap:"searchParams"`
	Properties []string      `soap:"returnProperties>string"`
}

type productSearch struct {
	No          string
	DateChanged time.Time
	ProductIDs  []ProductID `soap:"ProductIds>int"`
}

// Products returns the products of a search as a stream: one product is in memory at a time. The properties are names
// of Product's members in the WSDL's spelling, "Id" being added; without any, all of Product's are fetched.
//
// The error of a single product (errclass.Rejected) comes with that product, and the sequence goes on. Any other error
// ends it: the products that came before are whole, those after are missing.
func (c *Client) Products(ctx context.Context, search ProductSearch, properties ...string) iter.Seq2[Product, error] {
	op := readOperation(productPath, "GetProducts")
	names, unknown := selectProperties[Product]("Id", properties)
	if unknown != "" {
		return failedSequence[Product](op.fail(errclass.Defect, "Product has no property %s", unknown))
	}
	if search.ChangedAfter.IsZero() && search.No == "" && search.IDs == nil {
		return failedSequence[Product](op.fail(errclass.Defect, "a search without a filter"))
	}
	return inBatches(search.IDs, func(ids []ProductID) iter.Seq2[Product, error] {
		return stream[Product](ctx, c, op, "Product", search.ChangedAfter, func(after time.Time) any {
			return getProducts{productSearch{search.No, after, ids}, names}
		})
	})
}

type setStockQuantity struct {
	ProductID     *ProductID     `soap:"productId"`
	StockQuantity number.Decimal `soap:"stockQuantity"`
}

// SetStockQuantity sets a product's stock to a quantity. The quantity is absolute, so the call is repeated where no
// sensible answer came. It moves the product's DateChanged.
func (c *Client) SetStockQuantity(ctx context.Context, id ProductID, quantity number.Decimal) error {
	op := operation{path: productPath, name: "SetStockQuantity", repeatable: true, write: true}
	var ok bool
	f := c.call(ctx, op, setStockQuantity{&id, quantity}, into(&ok))
	switch {
	case f != nil:
		return f.forRecord(Product{ID: id}.key())
	case !ok:
		return op.fail(errclass.Rejected, "product %d: the quantity was not set", id).Error
	}
	return nil
}
