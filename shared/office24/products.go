package office24

import (
	"cmp"
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

// A Product has the members of the service's Product that the integration uses. Nil and zero mean "not given".
//
// https://developer.24sevenoffice.com/docs/servicedatatypes/productservicedatatypes.html
type Product struct {
	ID                  ProductID `soap:"Id"`
	No                  string
	Name                string
	Description         string // at most 500 characters
	DescriptionLong     string `soap:",cut"` // can be "very long"; what it is copied to takes a few hundred characters
	EAN1                string
	Weight              *number.Decimal // the vendor names no unit; assumed to be kg
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
	StockControlled     *bool // Stock is kept only if true (vendor's help)
	DateChanged         time.Time
}

func (p Product) key() string {
	if p.ID == 0 {
		return fmt.Sprintf("a product with the number %q", p.No)
	}
	return fmt.Sprintf("product %d", p.ID)
}

func (p Product) id() int { return int(p.ID) }

// A ProductSearch selects products. Filters combine with AND. At least one is required, because the service answers an
// empty search with all products.
type ProductSearch struct {
	// ChangedAfter selects products that changed after it. The service rounds change times to the minute (seen by other
	// integrators): overlap by at least two minutes.
	ChangedAfter time.Time
	// IDs, when not nil, selects these products only: an empty list selects nothing and makes no call.
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

// Products streams the products of a search: one product is in memory at a time. properties are names of Product's
// members in the WSDL's spelling; "Id" is always added. Without any, all members of Product are fetched.
//
// The error of a single product (errclass.Rejected) comes with that product, and the sequence continues. Any other
// error ends it: the products before it are complete, those after it are missing.
//
// https://developer.24sevenoffice.com/docs/productservice.html,
// https://api.24sevenoffice.com/Logistics/Product/V001/ProductService.asmx?op=GetProducts
func (c *Client) Products(ctx context.Context, search ProductSearch, properties ...string) iter.Seq2[Product, error] {
	op := readOperation(productPath, "GetProducts")
	names, unknown := selectProperties[Product]("Id", properties)
	if unknown != "" {
		return failedSequence[Product](op.fail(errclass.Defect, "Product has no property %s", unknown))
	}
	if search.ChangedAfter.IsZero() && search.No == "" && search.IDs == nil {
		return failedSequence[Product](op.fail(errclass.Defect, "the search has no filter"))
	}
	return inBatches(search.IDs, func(ids []ProductID) iter.Seq2[Product, error] {
		return stream[Product](ctx, c, op, "Product", search.ChangedAfter, func(after time.Time) any {
			filter := productSearch{No: search.No, DateChanged: after, ProductIDs: ids}
			return getProducts{Search: filter, Properties: names}
		})
	})
}

type setStockQuantity struct {
	ProductID     *ProductID     `soap:"productId"`
	StockQuantity number.Decimal `soap:"stockQuantity"`
}

// SetStockQuantity sets a product's stock to a quantity. The quantity is absolute, so the call is repeated after an
// answer that is missing or cannot be used. It changes the product's DateChanged.
//
// https://developer.24sevenoffice.com/docs/productservice.html,
// https://api.24sevenoffice.com/Logistics/Product/V001/ProductService.asmx?op=SetStockQuantity
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

// ChangedAfter returns the time to search from, for a cursor that may be zero. The service requires a filter, and the
// vendor recommends a time far back to read everything (FAQ).
func ChangedAfter(since time.Time) time.Time {
	return cmp.Or(since, time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
}
