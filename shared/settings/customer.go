// Package settings holds what a customer has set: the type, its defaults, and the strict decoding of an item of the
// settings table, which people write and the functions only read.
//
// One table in code, fields, says of every attribute its type, default, range and meaning. Items are decoded from it,
// the reasons given to people quote it, and Markdown prints it for the README, so that the three cannot differ.
//
// Decoding is strict at every level: an attribute that is not in the table is more likely a misspelt one than a
// harmless one, and a misspelt switch that is silently ignored moves goods. All that is wrong with an item is reported
// at once; a customer with a wrong item is not used in part, and no other customer notices.
package settings

import (
	"regexp"
	"time"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// A Customer is one item of the settings table, every default filled in.
type Customer struct {
	ID      string // [a-z0-9-]{1,40}
	Name    string // for people
	Enabled bool   // the master switch
	Preview bool   // every run is a dry run
	// Interval is how often a process runs for this customer.
	Interval time.Duration
	// Location is the zone in which dates are meant.
	Location *time.Location
	// DefaultCountry is the ISO 3166 code used where an address names no country.
	DefaultCountry string

	Office24    Office24
	Ongoing     Ongoing
	Articles    Articles
	Stock       Stock
	SalesOrders SalesOrders
	Shipments   Shipments
	Suppliers   Suppliers
	ExtraFields []extrafields.Field
}

// Office24 names the company in 24SevenOffice. The credentials are in the customer's secret.
type Office24 struct {
	IdentityID string // GUID in lower case; "" is the login's default identity
	ClientID   int64  // number that the session's Client.Id must equal; 0 is not checked
}

// Ongoing names the goods owner in Ongoing WMS. The credentials are in the customer's secret.
type Ongoing struct {
	BaseURL      string // https://host/warehouse/api/v1/, always with the final slash
	GoodsOwnerID int
}

// Articles are the settings of the process articles.
type Articles struct {
	Enabled     bool
	CategoryIDs []int       // nil: products of all categories
	Variations  *Variations // nil: no variations
}

// Variations tell how an article's group, colour, size and packaging are read out of one of the product's fields.
type Variations struct {
	Field   string         // VariationsNo or VariationsName
	Pattern *regexp.Regexp // named group base, and any of color, size, packaging
}

// The product's fields out of which variations are read.
const (
	VariationsNo   = "No"
	VariationsName = "Name"
)

// Stock are the settings of the process stock.
type Stock struct {
	Enabled      bool
	Sellable     bool          // sellableNumberOfItems instead of numberOfItems
	FullSweep    time.Duration // time between two comparisons of everything
	BrakePercent int           // share of the compared articles, 0 to 100
	BrakeMinimum int           // number of articles
}

// SalesOrders are the settings of the process salesorders.
type SalesOrders struct {
	Enabled           bool
	Statuses          []office24.OrderStatus // never empty
	StartDate         string                 // YYYY-MM-DD; "": no limit
	ImportedStatus    office24.OrderStatus   // "": the status is left alone
	OrderNumberPrefix string
	TextRowsAsComment bool
	SkipNonStockRows  bool
	DeliveryMethods   map[office24.DeliveryMethodID]DeliveryMethod // nil: passed through as they are
	CancelWithdrawn   bool
}

// A DeliveryMethod is what a delivery method of 24SevenOffice is called in Ongoing: a way of delivery (Code, Name) or
// a transporter and its service, never both.
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
}

// Suppliers are the settings of the process suppliers.
type Suppliers struct{ Enabled bool }

// ProcessEnabled tells whether a process is switched on for the customer, by the master switch and its own.
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

// Withdrawn tells whether an order that was imported and has now this status is one that cancelWithdrawn cancels.
func Withdrawn(s office24.OrderStatus) bool {
	return s == office24.StatusInactive || s == office24.StatusOffer || s == office24.StatusDraft
}
