package settings_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the machine can be without time zones

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/settings"
)

// A document is an item in the form of decoded JSON.
type document = map[string]any

func smallest() document {
	return document{
		"customerId": "acme",
		"ongoing":    document{"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": 77},
	}
}

// with returns the smallest item with one attribute set, or without it if value is nil.
func with(path string, value any) document {
	item := smallest()
	at, names := item, strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := at[name].(document)
		if !ok {
			inner = document{}
		}
		at[name] = inner
		at = inner
	}
	last := names[len(names)-1]
	if value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	return item
}

func decode(t testing.TB, item document) (settings.Customer, error) {
	t.Helper()
	attributes, err := attributevalue.MarshalMap(item)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Decode(attributes, hosts(t, "*.ongoingsystems.se,127.0.0.1:8443"))
}

func hosts(t testing.TB, list string) allowedhosts.List {
	t.Helper()
	h, err := allowedhosts.Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// comparer compares types that cmp cannot look into by their text.
func comparer() cmp.Option {
	return cmp.Options{
		cmp.Comparer(func(a, b *regexp.Regexp) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	}
}

func oslo(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func defaults(t testing.TB) settings.Customer {
	return settings.Customer{
		ID: "acme", Name: "acme", Enabled: true, Interval: 15 * time.Minute, Location: oslo(t), DefaultCountry: "NO",
		Ongoing:  settings.Ongoing{BaseURL: "https://api.ongoingsystems.se/acme/api/v1/", GoodsOwnerID: 77},
		Articles: settings.Articles{Enabled: true},
		Stock:    settings.Stock{Enabled: true, FullSweep: 6 * time.Hour, BrakePercent: 30, BrakeMinimum: 20},
		SalesOrders: settings.SalesOrders{
			Enabled: true, Statuses: []office24.OrderStatus{office24.StatusConfirmed},
		},
		Shipments: settings.Shipments{
			Enabled: true, ReportAt: []int{450, 500}, Status: office24.StatusSent, StuckAfter: 72 * time.Hour,
		},
	}
}

func TestMissingAttributesGetDefaults(t *testing.T) {
	t.Parallel()
	emptySections := smallest()
	for _, name := range []string{"office24", "articles", "stock", "salesOrders", "shipments", "suppliers"} {
		emptySections[name] = document{}
	}
	for name, item := range map[string]document{
		"the smallest item":          smallest(),
		"sections without attribute": emptySections,
	} {
		got, err := decode(t, item)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(defaults(t), got, comparer()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// splitPattern has all groups of a variation.
const splitPattern = `^(?P<base>\w+)(?:-(?P<color>\w+))?(?:-(?P<size>\w+))?(?:-(?P<packaging>\w+))?$`

// everything has each attribute, none with its default.
func everything() document {
	return document{
		"customerId": "acme-2", "name": "Acme Æøå AS", "enabled": false, "mode": "preview", "intervalMinutes": 60,
		"timeZone": "Europe/Stockholm", "defaultCountry": "SE",
		"office24": document{"identityId": "7E1F0D00-1111-4222-8333-0000000000BB", "clientId": 9007199254740993},
		"ongoing":  document{"baseUrl": "http://127.0.0.1:8443/acme/api/v1", "goodsOwnerId": 2147483647},
		"articles": document{
			"enabled": false, "categoryIds": []int{3, 1},
			"variations": document{"field": "Name", "pattern": splitPattern},
		},
		"stock": document{
			"enabled": false, "quantity": "sellable", "fullSweepHours": 24, "brakePercent": 0, "brakeMinimum": 0,
		},
		"salesOrders": document{
			"enabled": false, "statuses": []string{"Confirmed", "SuperStore"},
			"startDate": "2026-02-28", "importedStatus": "Pack",
			"orderNumberPrefix": "24SO-", "textRows": "comment", "nonStockRows": "skip", "cancelWithdrawn": true,
			"deliveryMethods": document{
				"4": document{"code": "BRING", "name": "Bring pakke"},
				"0": document{"code": "NONE"},
				"5": document{"transporterCode": "PLAB", "transporterServiceCode": "P19"},
			},
		},
		"shipments": document{
			"enabled": false, "reportAt": []int{1, 999}, "status": "ForInvoicing", "restOrders": true,
			"tracking": "invoiceText", "stuckAfterHours": 2160,
		},
		"suppliers":   document{"enabled": true},
		"extraFields": []document{{"from": "row.Price", "to": "line.prices.linePrice"}},
	}
}

func TestEveryAttributeIsRead(t *testing.T) {
	t.Parallel()
	got, err := decode(t, everything())
	if err != nil {
		t.Fatal(err)
	}
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Customer{
		ID: "acme-2", Name: "Acme Æøå AS", Preview: true, Interval: time.Hour,
		Location: stockholm, DefaultCountry: "SE",
		Office24: settings.Office24{IdentityID: "7e1f0d00-1111-4222-8333-0000000000bb", ClientID: 9007199254740993},
		Ongoing:  settings.Ongoing{BaseURL: "http://127.0.0.1:8443/acme/api/v1/", GoodsOwnerID: 2147483647},
		Articles: settings.Articles{CategoryIDs: []int{3, 1}, Variations: &settings.Variations{
			Field:   settings.VariationsName,
			Pattern: regexp.MustCompile(splitPattern),
		}},
		Stock: settings.Stock{Sellable: true, FullSweep: 24 * time.Hour},
		SalesOrders: settings.SalesOrders{
			Statuses:  []office24.OrderStatus{office24.StatusConfirmed, office24.StatusSuperStore},
			StartDate: "2026-02-28", ImportedStatus: office24.StatusPack, OrderNumberPrefix: "24SO-",
			TextRowsAsComment: true, SkipNonStockRows: true, CancelWithdrawn: true,
			DeliveryMethods: map[office24.DeliveryMethodID]settings.DeliveryMethod{
				4: {Code: "BRING", Name: "Bring pakke"},
				0: {Code: "NONE"},
				5: {TransporterCode: "PLAB", TransporterServiceCode: "P19"},
			},
		},
		Shipments: settings.Shipments{
			ReportAt: []int{1, 999}, Status: office24.StatusForInvoicing, RestOrders: true, TrackingInInvoiceText: true,
			StuckAfter: 2160 * time.Hour,
		},
		Suppliers:   settings.Suppliers{Enabled: true},
		ExtraFields: []extrafields.Field{{From: "row.Price", To: "line.prices.linePrice"}},
	}
	if diff := cmp.Diff(want, got, comparer()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnusualValuesAreAllowed(t *testing.T) {
	t.Parallel()
	variations := func(pattern string) document { return document{"field": "No", "pattern": splitPattern} }
	tests := []struct {
		why, path string
		value     any
	}{
		{"longest id", "customerId", strings.Repeat("a", 40)},
		{"shortest interval", "intervalMinutes", 5},
		{"longest interval", "intervalMinutes", 1440},
		{"a zone without daylight saving", "timeZone", "UTC"},
		{"the brake switched off", "stock.brakePercent", 100},
		{"shortest sweep", "stock.fullSweepHours", 1},
		{"invoiced orders can be imported, they are only read", "salesOrders.statuses", []string{"Invoiced"}},
		{"leap day", "salesOrders.startDate", "2028-02-29"},
		{"longest prefix: with ten digits Ongoing's 50", "salesOrders.orderNumberPrefix", strings.Repeat("Å", 40)},
		{"an empty prefix", "salesOrders.orderNumberPrefix", ""},
		{"an empty list that an editor has left behind", "extraFields", []document{}},
		{"only the base", "articles.variations", variations(`^(?P<base>.{4})`)},
		{"the other spelling of a named group", "articles.variations", variations(`^(?<base>.{4})(?:-)(x)`)},
		{"longest pattern", "articles.variations", variations(`(?P<base>x)` + strings.Repeat("y", 189))},
	}
	for _, tt := range tests {
		if _, err := decode(t, with(tt.path, tt.value)); err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
}

func TestAddressOfAWarehouseHasOneForm(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://api.ongoingsystems.se/acme/api/v1", "HTTPS://API.OngoingSystems.se/acme/api/v1/",
		"https://api.ongoingsystems.se:443/acme/api/v1/",
	} {
		c, err := decode(t, with("ongoing.baseUrl", address))
		if want := "https://api.ongoingsystems.se/acme/api/v1/"; err != nil || c.Ongoing.BaseURL != want {
			t.Errorf("%s: got %q, %v; want %q", address, c.Ongoing.BaseURL, err, want)
		}
	}
}

func TestContradictionsAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why    string
		set    map[string]any
		reason string // the beginning; empty if there is no contradiction
	}{
		{
			why:    "shipped orders would be imported again, by the default of shipments.status",
			set:    map[string]any{"salesOrders.statuses": []string{"Sent"}},
			reason: `shipments.status is "Sent", which is in salesOrders.statuses: `,
		},
		{
			why: "no process sets the status of shipped orders",
			set: map[string]any{"salesOrders.statuses": []string{"Sent"}, "shipments.enabled": false},
		},
		{
			why: "imported and shipped orders would look the same",
			set: map[string]any{"salesOrders.importedStatus": "Sent"},
			reason: `shipments.status is "Sent", like salesOrders.importedStatus: ` +
				`shipped and imported orders would look the same, allowed: another status`,
		},
		{
			why: "imported orders would be cancelled",
			set: map[string]any{"salesOrders.importedStatus": "Inactive", "salesOrders.cancelWithdrawn": true},
			reason: `salesOrders.importedStatus is "Inactive", ` +
				`which salesOrders.cancelWithdrawn treats as withdrawn: the order would be cancelled, ` +
				`allowed: another status`,
		},
		{
			why: "no order is cancelled",
			set: map[string]any{"salesOrders.importedStatus": "Inactive"},
		},
		{
			why: "shipped orders would be cancelled",
			set: map[string]any{"shipments.status": "Draft", "salesOrders.cancelWithdrawn": true},
			reason: `shipments.status is "Draft", which salesOrders.cancelWithdrawn treats as withdrawn: ` +
				`the order would be cancelled, allowed: another status`,
		},
		{
			why: "shipped orders and rest orders would look the same",
			set: map[string]any{"shipments.status": "Rest", "shipments.restOrders": true},
			reason: `shipments.status is "Rest", which shipments.restOrders gives to rest orders: ` +
				`shipped orders would look the same, allowed: another status`,
		},
		{
			why: "no rest orders are made",
			set: map[string]any{"shipments.status": "Rest"},
		},
		{
			why: "rest orders are imported like other orders",
			set: map[string]any{"salesOrders.statuses": []string{"Confirmed", "Rest"}, "shipments.restOrders": true},
		},
	}
	for _, tt := range tests {
		item := smallest()
		for path, value := range tt.set {
			section, name, _ := strings.Cut(path, ".")
			if item[section] == nil {
				item[section] = document{}
			}
			item[section].(document)[name] = value
		}
		_, err := decode(t, item)
		if tt.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.why, err)
			}
			continue
		}
		if !errclass.Is(err, errclass.Settings) || !strings.HasPrefix(err.Error(), "settings: "+tt.reason) {
			t.Errorf("%s: got %v, want %s", tt.why, err, tt.reason)
		}
	}
}

func TestReasonHasAllProblems(t *testing.T) {
	t.Parallel()
	item := smallest()
	maps.Copy(item, document{"stock": document{"brakePercent": 130, "x": 1}, "enabled": "true", "mode": "dry"})
	_, err := decode(t, item)
	want := `settings: enabled is "true" (S), allowed: true or false (BOOL); ` +
		`mode is "dry" (S), allowed: live or preview (S); ` +
		`stock.brakePercent is 130 (N), allowed: a whole number from 0 to 100 (N); ` +
		`stock.x is unknown, allowed: brakeMinimum, brakePercent, enabled, fullSweepHours, quantity`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestReasonIsLimited(t *testing.T) {
	t.Parallel()
	numbers, methods := make([]string, 50_000), document{}
	for i := range numbers {
		numbers[i] = "x"
		methods[strings.Repeat("x", 1+i%300)+string(rune('a'+i%26))] = 1
	}
	for path, value := range map[string]any{
		"articles.categoryIds": numbers, "extraFields": numbers,
		"salesOrders.deliveryMethods": methods, "stock": methods,
	} {
		_, err := decode(t, with(path, value))
		if err == nil || len(err.Error()) > 8_000 || !strings.HasSuffix(err.Error(), "; and more") {
			t.Errorf("%s: a reason of %d bytes: %.300s", path, len(err.Error()), err)
		}
	}
}

func TestProcessNeedsBothSwitches(t *testing.T) {
	t.Parallel()
	on := settings.Customer{
		Enabled: true, Articles: settings.Articles{Enabled: true}, Stock: settings.Stock{Enabled: true},
		SalesOrders: settings.SalesOrders{Enabled: true}, Shipments: settings.Shipments{Enabled: true},
		Suppliers: settings.Suppliers{Enabled: true},
	}
	switches := map[naming.Process]func(*settings.Customer){
		naming.Articles:    func(c *settings.Customer) { c.Articles.Enabled = false },
		naming.Stock:       func(c *settings.Customer) { c.Stock.Enabled = false },
		naming.SalesOrders: func(c *settings.Customer) { c.SalesOrders.Enabled = false },
		naming.Shipments:   func(c *settings.Customer) { c.Shipments.Enabled = false },
		naming.Suppliers:   func(c *settings.Customer) { c.Suppliers.Enabled = false },
	}
	for _, e := range naming.Entries() {
		if !on.ProcessEnabled(e.Process) {
			t.Errorf("%s is off although both switches are on", e.Process)
		}
		master := on
		master.Enabled = false
		if master.ProcessEnabled(e.Process) {
			t.Errorf("%s is on although the master switch is off", e.Process)
		}
		own := on
		switches[e.Process](&own)
		for _, other := range naming.Entries() {
			if got, want := own.ProcessEnabled(other.Process), other.Process != e.Process; got != want {
				t.Errorf("with %s switched off, %s is on: %t", e.Process, other.Process, got)
			}
		}
	}
	if on.ProcessEnabled("returns") {
		t.Error("a process that does not exist is on")
	}
}
