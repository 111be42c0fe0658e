package ongoing

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
)

// CodeName is an entry of a register. The service finds it by the pair, or makes it.
type CodeName struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name,omitempty"`
}

// ArticleBody is an article to be written. Fields without a value are not sent; whether the service keeps or clears
// them then is not published.
type ArticleBody struct {
	GoodsOwnerID        GoodsOwnerID     `json:"goodsOwnerId"` // set by the client
	ArticleNumber       string           `json:"articleNumber"`
	ArticleName         string           `json:"articleName,omitempty"`
	ProductCode         string           `json:"productCode,omitempty"`
	Description         string           `json:"description,omitempty"`
	IsStockArticle      *bool            `json:"isStockArticle,omitempty"`
	IsActive            *bool            `json:"isActive,omitempty"`
	BarCodeInfo         *BarCodeInfo     `json:"barCodeInfo,omitempty"`
	Weight              *number.Decimal  `json:"weight,omitempty"` // kilograms, gross (vendor's example code)
	ArticleGroup        *CodeName        `json:"articleGroup,omitempty"`
	ArticleCategory     *CodeName        `json:"articleCategory,omitempty"`
	ArticleColor        *CodeName        `json:"articleColor,omitempty"`
	ArticleSize         *CodeName        `json:"articleSize,omitempty"`
	QuantityPerPackage  *int             `json:"quantityPerPackage,omitempty"`
	SupplierInfo        SupplierInfo     `json:"supplierInfo,omitzero"`
	PurchasePrice       *number.Decimal  `json:"purchasePrice,omitempty"`
	StockValuationPrice *number.Decimal  `json:"stockValuationPrice,omitempty"`
	CustomerPrice       *number.Decimal  `json:"customerPrice,omitempty"`
	PurchaseCurrency    string           `json:"purcaseCurrencyCode,omitempty"` // misspelt in the API
	CountryOfOriginCode string           `json:"countryOfOriginCode,omitempty"`
	StatisticsNumber    string           `json:"statisticsNumber,omitempty"`
	CustomsDescription  string           `json:"customsDescription,omitempty"`
	StockLimit          *int             `json:"stockLimit,omitempty"`
	LinkToPicture       string           `json:"linkToPicture,omitempty"`
	NameTranslations    []Translation    `json:"articleNameTranslations,omitempty"`
	PickingComment      string           `json:"articlePickingHandlingComment,omitempty"`
	PackingComment      string           `json:"articlePackingHandlingComment,omitempty"`
	FreeValues          ArticleFreeValue `json:"freeValues,omitzero"`
}

// BarCodeInfo holds an article's bar code, and others that are scanned for the same article.
type BarCodeInfo struct {
	BarCode     string    `json:"barCode"`
	Alternative []BarCode `json:"alternativeBarCodes,omitempty"`
}

// BarCode is an alternative bar code of an article.
type BarCode struct {
	BarCode string `json:"barCode"`
}

// Translation is an article's name in another language, "no" for Norwegian.
type Translation struct {
	LanguageCode string `json:"languageCode,omitempty"`
	ArticleName  string `json:"articleName,omitempty"`
}

// ArticleFreeValue are an article's free fields.
type ArticleFreeValue struct {
	FreeText1    string          `json:"freeText1,omitempty"`
	FreeText2    string          `json:"freeText2,omitempty"`
	FreeText3    string          `json:"freeText3,omitempty"`
	FreeDecimal1 *number.Decimal `json:"freeDecimal1,omitempty"`
	FreeDecimal2 *number.Decimal `json:"freeDecimal2,omitempty"`
}

// SupplierInfo is an article's main supplier. The API has no register of suppliers: only an article or a purchase order
// makes or changes one (vendor's definition; seen in the vendor's sample answers).
type SupplierInfo struct {
	SupplierNumber        string           `json:"supplierNumber,omitempty"`
	SupplierName          string           `json:"supplierName,omitempty"`
	SupplierArticleNumber string           `json:"supplierArticleNumber,omitempty"`
	Advanced              SupplierAdvanced `json:"advanced,omitzero"`
}

// SupplierAdvanced says what the service does with the supplier, and has its address. The address cannot be read back.
type SupplierAdvanced struct {
	SupplierOperation SupplierOperation `json:"supplierOperation,omitempty"`
	SupplierAddress   SupplierAddress   `json:"supplierAddress,omitzero"`
}

// SupplierOperation says whether the service can make or change the supplier. Its default is not published.
type SupplierOperation string

// The published supplier operations.
const (
	SupplierCreateOrUpdate SupplierOperation = "CreateOrUpdate"
	SupplierCreateOrFind   SupplierOperation = "CreateOrFind"
	SupplierFind           SupplierOperation = "Find"
)

// SupplierAddress is a supplier's address.
type SupplierAddress struct {
	Name        string `json:"name,omitempty"`
	Address     string `json:"address,omitempty"`
	Address2    string `json:"address2,omitempty"`
	Address3    string `json:"address3,omitempty"`
	PostCode    string `json:"postCode,omitempty"`
	City        string `json:"city,omitempty"`
	CountryCode string `json:"countryCode,omitempty"`
	StateCode   string `json:"countryStateCode,omitempty"`
	Telephone   string `json:"telePhone,omitempty"` // the API's spelling
	MobilePhone string `json:"mobilePhone,omitempty"`
	Email       string `json:"email,omitempty"`
	Remark      string `json:"remark,omitempty"`
}

// personal returns the texts that must not come back in a message: a supplier can be a person.
func (s SupplierInfo) personal() []string {
	a := s.Advanced.SupplierAddress
	return []string{
		s.SupplierName, a.Name, a.Address, a.Address2, a.Address3, a.PostCode, a.City,
		a.Telephone, a.MobilePhone, a.Email, a.Remark,
	}
}

// Article is an article as read. A nil pointer is a value that the service did not give.
type Article struct {
	ID                  ArticleID       `json:"articleSystemId"`
	Number              string          `json:"articleNumber"`
	Name                string          `json:"articleName"`
	ProductCode         string          `json:"productCode"`
	Description         string          `json:"description"`
	Kind                string          `json:"articleKind"` // "Stock", "Structure" (a kit), "Production"; a free text
	IsStockArticle      *bool           `json:"isStockArticle"`
	IsActive            *bool           `json:"isActive"`
	BarCodeInfo         BarCodeInfo     `json:"barCodeInfo"`
	Weight              *number.Decimal `json:"weight"`
	Group               CodeName        `json:"articleGroup"`
	Color               CodeName        `json:"articleColor"`
	Size                CodeName        `json:"articleSize"`
	QuantityPerPackage  *int            `json:"quantityPerPackage"`
	SupplierInfo        SupplierInfo    `json:"supplierInfo"`
	PurchasePrice       *number.Decimal `json:"purchasePrice"`
	StockValuationPrice *number.Decimal `json:"stockValuationPrice"`
	CustomerPrice       *number.Decimal `json:"customerPrice"`
	Inventory           Inventory       `json:"inventoryInfo"`
	LastUpdated         Time            `json:"articleDataLastUpdated"`
	Created             Time            `json:"created"`
	// Unreadable says which parts are missing because they cannot be read; nil if none.
	Unreadable error `json:"-"`
}

func articleKind() kind[Article] {
	return kind[Article]{
		id:     func(a Article) int { return int(a.ID) },
		idPath: "articleSystemId",
		name: func(a Article) string {
			return fmt.Sprintf("article %q (system id %d)", errclass.Shorten(a.Number), a.ID)
		},
		unreadable: func(a *Article) *error { return &a.Unreadable },
	}
}

// IsKit reports whether the article is sold as one and picked as its parts: it has no stock of its own.
func (a Article) IsKit() bool { return strings.EqualFold(a.Kind, "Structure") }

// Inventory has an article's quantities, summed over the goods owner's warehouses.
type Inventory struct {
	NumberOfItems        *number.Decimal `json:"numberOfItems"`         // physical stock, never negative
	Sellable             *number.Decimal `json:"sellableNumberOfItems"` // can be negative
	Booked               *number.Decimal `json:"numberOfBookedItems"`   // ordered, not yet picked
	Locked               *number.Decimal `json:"numberOfLockedItems"`
	Allocated            *number.Decimal `json:"allocatedNumberOfItems"`
	LockedForSale        *number.Decimal `json:"lockedForSaleNumberOfItems"`
	ToReceive            *number.Decimal `json:"toReceiveNumberOfItems"`
	PickedToBeCollected  *number.Decimal `json:"pickedToBeCollectedNumberOfItems"` // picked, on orders below status 500
	ReceivedToBeFinished *number.Decimal `json:"receivedToBeFinishedNumberOfItems"`
	LastIn               Time            `json:"lastInDate"`
	Reported             Unreported      `json:"reported"`
	TotalStockValue      *number.Decimal `json:"totalStockValue"`
}

// Unreported has the quantities that the warehouse has moved and no integration has confirmed yet.
type Unreported struct {
	Picked   *number.Decimal `json:"pickedToBeReportedNumberOfItems"`
	Returned *number.Decimal `json:"returnedToBeReportedNumberOfItems"`
	Received *number.Decimal `json:"receivedToBeReportedNumberOfItems"`
}

// ArticleQuery selects articles; the zero value selects all. At most one of Numbers and ProductCodes can be set.
type ArticleQuery struct {
	// Numbers and ProductCodes select exactly these. The client compares them byte by byte, because the service may
	// compare in another way. nil selects any; an empty slice selects nothing.
	Numbers      []string
	ProductCodes []string
	// StockChangedFrom selects articles whose stock has changed since. The service refuses a time more than 24 hours
	// ago.
	StockChangedFrom time.Time
	// From leaves out articles with a lower id, to continue an earlier list.
	From ArticleID
	// PageSize is the number of articles requested in one call. Default: 500.
	PageSize int
}

// Articles lists articles by ascending id within each batch of Numbers or ProductCodes. An article of which a part
// cannot be read comes with the rest of it and an error that is ErrUnreadable, and the list goes on. It ends at another
// error.
//
// GET /articles in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) Articles(ctx context.Context, q ArticleQuery) iter.Seq2[Article, error] {
	switch {
	case q.Numbers != nil && q.ProductCodes != nil:
		return failedList[Article](errclass.New(errclass.Defect, "ongoing: GET /articles",
			"numbers and product codes cannot be combined"))
	case q.Numbers != nil:
		number := func(a Article) string { return a.Number }
		return inBatches("articleNumber", q.Numbers, number, true, func(f url.Values) iter.Seq2[Article, error] {
			return c.articles(ctx, q, f)
		})
	case q.ProductCodes != nil:
		code := func(a Article) string { return a.ProductCode }
		return inBatches("productCode", q.ProductCodes, code, false, func(f url.Values) iter.Seq2[Article, error] {
			return c.articles(ctx, q, f)
		})
	default:
		return c.articles(ctx, q, url.Values{})
	}
}

func (c *Client) articles(ctx context.Context, q ArticleQuery, filter url.Values) iter.Seq2[Article, error] {
	if q.PageSize <= 0 {
		q.PageSize = 500
	}
	setInt(filter, "goodsOwnerId", c.goodsOwner)
	setTime(filter, "stockInfoChangedFrom", q.StockChangedFrom)
	return pages(ctx, c, articleKind(), q.PageSize, func(from, size int) call {
		setInt(filter, "maxArticlesToGet", size)
		filter.Set("articleSystemIdFrom", strconv.Itoa(max(from, int(q.From))))
		return call{method: http.MethodGet, route: "/articles", query: filter}
	})
}

// Article reads one article; ErrNotFound if the id is unknown, ErrUnreadable if a part of it cannot be read.
//
// GET /articles/{articleSystemId} in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) Article(ctx context.Context, id ArticleID) (Article, error) {
	k := call{
		method:  http.MethodGet,
		route:   "/articles/{articleSystemId}",
		ids:     []int{int(id)},
		subject: fmt.Sprintf("article %d", id),
	}
	return readRecord(ctx, c, k, articleKind(), int(id))
}

// PutArticle makes or changes the article with the body's number.
//
// A crash right after it leaves an article that the next PutArticle with the same number writes again.
//
// PUT /articles in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) PutArticle(ctx context.Context, b ArticleBody) (ArticleID, error) {
	return c.putArticle(ctx, call{method: http.MethodPut, route: "/articles"}, b)
}

// UpdateArticle changes the article with an id, including its number, so it can rename an article (assumed; the
// definition says that a path with an id addresses that record).
//
// PUT /articles/{articleSystemId} in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) UpdateArticle(ctx context.Context, id ArticleID, b ArticleBody) (ArticleID, error) {
	k := call{method: http.MethodPut, route: "/articles/{articleSystemId}", ids: []int{int(id)}}
	return c.putArticle(ctx, k, b)
}

func (c *Client) putArticle(ctx context.Context, k call, b ArticleBody) (ArticleID, error) {
	b.GoodsOwnerID = c.goodsOwner
	k.body, k.subject, k.sent.Personal = b, fmt.Sprintf("article %q", b.ArticleNumber), b.SupplierInfo.personal()
	type written struct {
		ID ArticleID `json:"articleSystemId"`
	}
	w, err := getValid(ctx, c, k, func(w written) bool { return w.ID != 0 })
	return w.ID, err
}
