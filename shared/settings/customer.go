// Package settings decodes customers' settings: the items of the settings table, which people write and the functions
// only read.
//
// One table in code, fields, lists the type, default, allowed values and meaning of every attribute. Decode reads items
// by this table, its reasons quote it, and Markdown prints it for SETTINGS.md, so the three cannot differ.
//
// Decoding is strict at every level. An unknown attribute is probably a misspelt one, and ignoring a misspelt switch
// can move goods. All problems of an item are reported at once. An item with a problem blocks its customer and no
// other.
package settings

import (
	"regexp"
	"time"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// A Customer is one item of the settings table with all defaults filled in.
type Customer struct {
	ID      string // [a-z0-9-]{1,40}
	Name    string // for people
	Enabled bool   // the master switch
	Preview bool   // if true, every run is a dry run
	// Interval is how often a process runs for this customer.
	Interval time.Duration
	// Location is the time zone of dates.
	Location *time.Location
	// DefaultCountry is the ISO 3166 code for addresses that name no country.
	DefaultCountry string

	Office24    Office24
	Ongoing     Ongoing
	Articles    Articles
	Stock       Stock
	SalesOrders SalesOrders
	Shipments   Shipments
	Suppliers   Suppliers
	ExtraFields []extrafields.Field

	// Fingerprint changes whenever the item in the table does. Only a Reader sets it.
	Fingerprint string
}

// Office24 names the company in 24SevenOffice. The credentials are in the customer's secret.
type Office24 struct {
	IdentityID string // GUID in lower case; "" means the login's default identity
	ClientID   int64  // the session's Client.Id must equal it; 0 means no check
}

// Ongoing names the goods owner in Ongoing WMS. The credentials are in the customer's secret.
type Ongoing struct {
	BaseURL      string // https://host/warehouse/api/v1/, always with the trailing slash
	GoodsOwnerID int
}

// Articles are the settings of the process articles.
type Articles struct {
	Enabled     bool
	CategoryIDs []int       // nil: products of all categories
	Variations  *Variations // nil: no variations
}

// Variations says how an article's group, colour, size and packaging are read from a field of the product.
type Variations struct {
	Field   string         // VariationsNo or VariationsName
	Pattern *regexp.Regexp // has the named group base and any of color, size, packaging
}

// The fields of a product from which variations can be read.
const (
	VariationsNo   = "No"
	VariationsName = "Name"
)

// Stock are the settings of the process stock.
type Stock struct {
	Enabled      bool
	Sellable     bool          // use sellableNumberOfItems instead of numberOfItems
	FullSweep    time.Duration // time between two comparisons of all articles
	BrakePercent int           // share of the compared articles, 0 to 100
	BrakeMinimum int           // number of articles
}

// SalesOrders are the settings of the process salesorders.
type SalesOrders struct {
	Enabled           bool
	Statuses          []office24.OrderStatus // never empty
	StartDate         string                 // YYYY-MM-DD; "": no limit
	ImportedStatus    office24.OrderStatus   // "": the status is not changed
	OrderNumberPrefix string
	TextRowsAsComment bool
	SkipNonStockRows  bool
	DeliveryMethods   map[office24.DeliveryMethodID]DeliveryMethod // nil: passed through unchanged
	CancelWithdrawn   bool
}

// A DeliveryMethod says what a delivery method of 24SevenOffice is called in Ongoing: either a way of delivery (Code,
// Name) or a transporter with its service.
type DeliveryMethod struct {
	Code, Name                              string
	TransporterCode, TransporterServiceCode string
}

// Shipments are the settings of the process shipments.
type Shipments struct {
	Enabled               bool
	ReportAt              []int // Ongoing's order status numbers, never empty
	Status                office24.OrderStatus
	RestOrders            bool
	TrackingInInvoiceText bool
	StuckAfter            time.Duration // age at which an open order counts as stuck
}

// Suppliers are the settings of the process suppliers.
type Suppliers struct{ Enabled bool }

// ProcessEnabled reports whether both the customer's master switch and the process's own switch are on.
func (c Customer) ProcessEnabled(p naming.Process) bool {
	switch p {
	case naming.Articles:
		return c.Enabled && c.Articles.Enabled
	case naming.Stock:
		return c.Enabled && c.Stock.Enabled
	case naming.SalesOrders:
		return c.Enabled && c.SalesOrders.Enabled
	case naming.Shipments:
		return c.Enabled && c.Shipments.Enabled
	case naming.Suppliers:
		return c.Enabled && c.Suppliers.Enabled
	default:
		return false
	}
}

// Withdrawn reports whether cancelWithdrawn cancels an imported order that now has this status.
func Withdrawn(s office24.OrderStatus) bool {
	return s == office24.StatusInactive || s == office24.StatusOffer || s == office24.StatusDraft
}
