package settings_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have none

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/settings"
)

// A document is an item as a person would write it in JSON.
type document = map[string]any

func smallest() document {
	return document{
		"customerId": "acme",
		"ongoing":    document{"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": 77},
	}
}

// with returns the smallest item with one attribute set; nil takes it away.
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

// comparer compares what cmp cannot look into by its text.
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
		Shipments: settings.Shipments{Enabled: true, ReportAt: []int{450, 500}, Status: office24.StatusSent},
	}
}

func TestDefaults(t *testing.T) {
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

func TestEveryAttribute(t *testing.T) {
	t.Parallel()
	got, err := decode(t, document{
		"customerId": "acme-2", "name": "Acme Æøå AS", "enabled": false, "mode": "preview", "intervalMinutes": 60,
		"timeZone": "Europe/Stockholm", "defaultCountry": "SE",
		"office24": document{"identityId": "7E1F0D00-1111-4222-8333-0000000000BB", "clientId": 9007199254740993},
		"ongoing":  document{"baseUrl": "http://127.0.0.1:8443/acme/api/v1", "goodsOwnerId": 2147483647},
		"articles": document{
			"enabled": false, "categoryIds": []int{3, 1},
			"variations": document{"field": "Name", "pattern": `^(?P<base>\w+)(?:-(?P<color>\w+))?(?:-(?P<size>\w+))?(?:-(?P<packaging>\w+))?$`},
		},
		"stock": document{"enabled": false, "quantity": "sellable", "fullSweepHours": 24, "brakePercent": 0, "brakeMinimum": 0},
		"salesOrders": document{
			"enabled": false, "statuses": []string{"Confirmed", "SuperStore"}, "startDate": "2026-02-28", "importedStatus": "Pack",
			"orderNumberPrefix": "24SO-", "textRows": "comment", "nonStockRows": "skip", "cancelWithdrawn": true,
			"deliveryMethods": document{
				"4": document{"code": "BRING", "name": "Bring pakke"},
				"0": document{"code": "NONE"},
				"5": document{"transporterCode": "PLAB", "transporterServiceCode": "P19"},
			},
		},
		"shipments": document{
			"enabled": false, "reportAt": []int{1, 999}, "status": "ForInvoicing", "restOrders": true, "tracking": "invoiceText",
		},
		"suppliers":   document{"enabled": true},
		"extraFields": []document{{"from": "row.Price", "to": "line.prices.linePrice"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Customer{
		ID: "acme-2", Name: "Acme Æøå AS", Preview: true, Interval: time.Hour, Location: stockholm, DefaultCountry: "SE",
		Office24: settings.Office24{IdentityID: "7e1f0d00-1111-4222-8333-0000000000bb", ClientID: 9007199254740993},
		Ongoing:  settings.Ongoing{BaseURL: "http://127.0.0.1:8443/acme/api/v1/", GoodsOwnerID: 2147483647},
		Articles: settings.Articles{CategoryIDs: []int{3, 1}, Variations: &settings.Variations{
			Field:   settings.VariationsName,
			Pattern: regexp.MustCompile(`^(?P<base>\w+)(?:-(?P<color>\w+))?(?:-(?P<size>\w+))?(?:-(?P<packaging>\w+))?$`),
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
		},
		Suppliers:   settings.Suppliers{Enabled: true},
		ExtraFields: []extrafields.Field{{From: "row.Price", To: "line.prices.linePrice"}},
	}
	if diff := cmp.Diff(want, got, comparer()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
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
		{"invoiced orders may be pulled, they are only read", "salesOrders.statuses", []string{"Invoiced"}},
		{"leap day", "salesOrders.startDate", "2028-02-29"},
		{"longest prefix: 40 and ten digits are Ongoing's 50", "salesOrders.orderNumberPrefix", strings.Repeat("Å", 40)},
		{"no prefix, said so", "salesOrders.orderNumberPrefix", ""},
		{"no further fields, as an editor leaves it behind", "extraFields", []document{}},
		{"only the base", "articles.variations", document{"field": "No", "pattern": `^(?P<base>.{4})`}},
		{"the other spelling of a named group", "articles.variations", document{"field": "No", "pattern": `^(?<base>.{4})(?:-)(x)`}},
		{"longest pattern", "articles.variations", document{"field": "No", "pattern": `(?P<base>x)` + strings.Repeat("y", 189)}},
	}
	for _, tt := range tests {
		if _, err := decode(t, with(tt.path, tt.value)); err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
}

// refused has every way to go wrong: the attribute, the value, and what the reason starts with and ends in.
var refused = []struct {
	why, path string
	value     any
	reason    string // the beginning; the attribute's path comes first
}{
	{"no id", "customerId", nil, "customerId is missing, allowed: 1 to 40 of a-z, 0-9 and - (S)"},
	{"capital letter", "customerId", "Acme", `customerId is "Acme" (S), allowed: 1 to 40 of a-z, 0-9 and - (S)`},
	{"a path", "customerId", "a/../b", `customerId is "a/../b" (S), allowed: `},
	{"too long", "customerId", strings.Repeat("a", 41), `customerId is "` + strings.Repeat("a", 40) + `…" (S), allowed: `},
	{"empty", "name", "", `name is "" (S), allowed: 1 to 100 printable characters (S)`},
	{"line break", "name", "a\nb", `name is "a\nb" (S), allowed: `},
	{"too long", "name", strings.Repeat("ø", 101), `name is "` + strings.Repeat("ø", 40) + `…" (S), allowed: `},
	{"text", "enabled", "true", `enabled is "true" (S), allowed: true or false (BOOL)`},
	{"number", "enabled", 1, `enabled is 1 (N), allowed: `},
	{"another word", "mode", "dry", `mode is "dry" (S), allowed: live or preview (S)`},
	{"capital letter", "mode", "Preview", `mode is "Preview" (S), allowed: `},
	{"too short", "intervalMinutes", 4, `intervalMinutes is 4 (N), allowed: a whole number from 5 to 1440 (N)`},
	{"too long", "intervalMinutes", 1441, `intervalMinutes is 1441 (N), allowed: `},
	{"text", "intervalMinutes", "15", `intervalMinutes is "15" (S), allowed: `},
	{"fraction", "intervalMinutes", 15.5, `intervalMinutes is 15.5 (N), allowed: `},
	{"no such zone", "timeZone", "Europe/Bergen", `timeZone is "Europe/Bergen" (S), allowed: a zone of the IANA database such as Europe/Oslo (S)`},
	{"the machine's zone", "timeZone", "Local", `timeZone is "Local" (S), allowed: `},
	{"empty, which Go reads as UTC", "timeZone", "", `timeZone is "" (S), allowed: `},
	{"a file", "timeZone", "../../etc/passwd", `timeZone is "../../etc/passwd" (S), allowed: `},
	{"name of a country", "defaultCountry", "Norge", `defaultCountry is "Norge" (S), allowed: two capital letters (S)`},
	{"small letters", "defaultCountry", "no", `defaultCountry is "no" (S), allowed: `},
	{"other letters", "defaultCountry", "Å", `defaultCountry is "Å" (S), allowed: `},

	{"not a map", "office24", "x", `office24 is "x" (S), allowed: clientId, identityId (M)`},
	{"not a GUID, and not shown", "office24.identityId", "hunter2", `office24.identityId is none, allowed: a GUID such as 7e1f0d00-1111-4222-8333-0000000000bb (S)`},
	{"braces", "office24.identityId", "{7e1f0d00-1111-4222-8333-0000000000bb}", `office24.identityId is none, allowed: `},
	{"zero", "office24.clientId", 0, `office24.clientId is 0 (N), allowed: a whole number from 1 `},
	{"more than a long", "office24.clientId", types.AttributeValueMemberN{Value: "9223372036854775808"}, `office24.clientId is 9223372036854775808 (N), allowed: `},

	{"no section", "ongoing", nil, `ongoing.baseUrl is missing, allowed: an https URL to one of the allowed hosts that ends in /api/v1/ (S); ongoing.goodsOwnerId is missing, allowed: `},
	{"missing", "ongoing.baseUrl", nil, `ongoing.baseUrl is missing, allowed: `},
	{"number", "ongoing.baseUrl", 1, `ongoing.baseUrl is 1 (N), allowed: `},
	{"another host", "ongoing.baseUrl", "https://evil.example/acme/api/v1/", `ongoing.baseUrl is refused: host "evil.example" is not one of *.ongoingsystems.se, 127.0.0.1:8443, allowed: `},
	{"credentials in it", "ongoing.baseUrl", "https://WSI:hunter2@api.ongoingsystems.se/acme/api/v1/", `ongoing.baseUrl is refused: user name and password belong in the secret, not in the URL, allowed: `},
	{"plain http", "ongoing.baseUrl", "http://api.ongoingsystems.se/acme/api/v1/", `ongoing.baseUrl is refused: plain http is for a loopback address listed among the hosts only, allowed: `},
	{"query", "ongoing.baseUrl", "https://api.ongoingsystems.se/acme/api/v1/?password=hunter2", `ongoing.baseUrl has a query or a fragment, allowed: `},
	{"empty query", "ongoing.baseUrl", "https://api.ongoingsystems.se/acme/api/v1/?", `ongoing.baseUrl has a query or a fragment, allowed: `},
	{"empty fragment", "ongoing.baseUrl", "https://api.ongoingsystems.se/acme/api/v1/#", `ongoing.baseUrl has a query or a fragment, allowed: `},
	{"the login page", "ongoing.baseUrl", "https://acme.ongoingsystems.se/acme", `ongoing.baseUrl has another path, allowed: `},
	{"another version", "ongoing.baseUrl", "https://api.ongoingsystems.se/acme/api/v2/", `ongoing.baseUrl has another path, allowed: `},
	{"a way up", "ongoing.baseUrl", "https://api.ongoingsystems.se/acme/../other/api/v1/", `ongoing.baseUrl has another path, allowed: `},
	{"a way up in disguise", "ongoing.baseUrl", "https://api.ongoingsystems.se/acme%2f..%2fother/api/v1/", `ongoing.baseUrl has another path, allowed: `},
	{"missing", "ongoing.goodsOwnerId", nil, `ongoing.goodsOwnerId is missing, allowed: a whole number from 1 to 2147483647 (N)`},
	{"zero", "ongoing.goodsOwnerId", 0, `ongoing.goodsOwnerId is 0 (N), allowed: `},
	{"more than an int", "ongoing.goodsOwnerId", 2147483648, `ongoing.goodsOwnerId is 2147483648 (N), allowed: `},

	{"not a map", "articles", true, `articles is true (BOOL), allowed: categoryIds, enabled, variations (M)`},
	{"null", "articles.enabled", types.AttributeValueMemberNULL{Value: true}, `articles.enabled is empty (NULL), allowed: `},
	{"no list", "articles.categoryIds", 3, `articles.categoryIds is 3 (N), allowed: one or more category ids, whole numbers from 1 to 2147483647, each once (L of N)`},
	{"empty list", "articles.categoryIds", []int{}, `articles.categoryIds is a list of 0 (L), allowed: `},
	{"number set", "articles.categoryIds", types.AttributeValueMemberNS{Value: []string{"3"}}, `articles.categoryIds is a set or binary, allowed: `},
	{"text in it", "articles.categoryIds", []any{3, "4"}, `articles.categoryIds[1] is "4" (S), allowed: `},
	{"twice", "articles.categoryIds", []int{3, 4, 3}, `articles.categoryIds[2] is 3 (N) a second time, allowed: `},
	{"not a map", "articles.variations", `(?P<base>x)`, `articles.variations is "(?P<base>x)" (S), allowed: field, pattern (M)`},
	{"half", "articles.variations", document{"field": "No"}, `articles.variations.pattern is missing, allowed: a regular expression (RE2) of up to 200 characters with the named group base and any of color, size, packaging (S)`},
	{"half", "articles.variations", document{"pattern": `(?P<base>x)`}, `articles.variations.field is missing, allowed: Name or No (S)`},
	{"another field", "articles.variations", document{"field": "EAN1", "pattern": `(?P<base>x)`}, `articles.variations.field is "EAN1" (S), allowed: `},
	{"unknown inside", "articles.variations", document{"field": "No", "pattern": `(?P<base>x)`, "flags": "i"}, `articles.variations.flags is unknown, allowed: field, pattern`},
	{"does not compile", "articles.variations", document{"field": "No", "pattern": `(?P<base>x`}, "articles.variations.pattern is refused: error parsing regexp: missing closing ): `(?P<base>x`, allowed: "},
	{"look-ahead is not RE2", "articles.variations", document{"field": "No", "pattern": `(?P<base>x)(?=y)`}, "articles.variations.pattern is refused: "},
	{"no base", "articles.variations", document{"field": "No", "pattern": `(?P<color>x)(y)`}, `articles.variations.pattern has the named groups ["color"], allowed: `},
	{"unknown group", "articles.variations", document{"field": "No", "pattern": `(?P<base>x)(?P<colour>y)`}, `articles.variations.pattern has the named groups ["base" "colour"], allowed: `},
	{"too long", "articles.variations", document{"field": "No", "pattern": `(?P<base>x)` + strings.Repeat("y", 190)}, `articles.variations.pattern is "(?P<base>x)yyy`},
	{"too large", "articles.variations", document{"field": "No", "pattern": `(?P<base>[a-z]{3}x{1000}y{1000})`}, `articles.variations.pattern is too large by its repetitions, allowed: `},

	{"not a map", "stock", []int{1}, `stock is a list of 1 (L), allowed: brakeMinimum, brakePercent, enabled, fullSweepHours, quantity (M)`},
	{"text", "stock.enabled", "no", `stock.enabled is "no" (S), allowed: `},
	{"another word", "stock.quantity", "available", `stock.quantity is "available" (S), allowed: physical or sellable (S)`},
	{"never", "stock.fullSweepHours", 0, `stock.fullSweepHours is 0 (N), allowed: a whole number from 1 to 24 (N)`},
	{"past Ongoing's 24 hours", "stock.fullSweepHours", 25, `stock.fullSweepHours is 25 (N), allowed: `},
	{"negative", "stock.brakePercent", -1, `stock.brakePercent is -1 (N), allowed: a whole number from 0 to 100 (N)`},
	{"more than all", "stock.brakePercent", 101, `stock.brakePercent is 101 (N), allowed: `},
	{"negative", "stock.brakeMinimum", -1, `stock.brakeMinimum is -1 (N), allowed: a whole number from 0 to 2147483647 (N)`},

	{"not a map", "salesOrders", 1, `salesOrders is 1 (N), allowed: cancelWithdrawn, `},
	{"null", "salesOrders.enabled", types.AttributeValueMemberNULL{Value: true}, `salesOrders.enabled is empty (NULL), allowed: `},
	{"nothing to pull", "salesOrders.statuses", []string{}, `salesOrders.statuses is a list of 0 (L), allowed: one or more order statuses, each once: CollectingOrder, Confirmed, `},
	{"name of the wire", "salesOrders.statuses", []string{"Confirmed", "OrderState_Sent"}, `salesOrders.statuses[1] is "OrderState_Sent" (S), allowed: `},
	{"small letters", "salesOrders.statuses", []string{"confirmed"}, `salesOrders.statuses[0] is "confirmed" (S), allowed: `},
	{"twice", "salesOrders.statuses", []string{"Web", "Web"}, `salesOrders.statuses[1] is "Web" (S) a second time, allowed: `},
	{"no such day", "salesOrders.startDate", "2026-02-30", `salesOrders.startDate is "2026-02-30" (S), allowed: a date as YYYY-MM-DD (S)`},
	{"Norwegian spelling", "salesOrders.startDate", "28.02.2026", `salesOrders.startDate is "28.02.2026" (S), allowed: `},
	{"a moment", "salesOrders.startDate", "2026-02-28T00:00:00Z", `salesOrders.startDate is "2026-02-28T00:00:00Z" (S), allowed: `},
	{"would invoice on import", "salesOrders.importedStatus", "Invoiced", `salesOrders.importedStatus is "Invoiced" (S), allowed: an order status that may be written: CollectingOrder, Confirmed, `},
	{"would invoice on import", "salesOrders.importedStatus", "InvoicedCashAccount", `salesOrders.importedStatus is "InvoicedCashAccount" (S), allowed: `},
	{"would invoice on import", "salesOrders.importedStatus", "InvoicedPack", `salesOrders.importedStatus is "InvoicedPack" (S), allowed: `},
	{"meant as off", "salesOrders.importedStatus", "None", `salesOrders.importedStatus is "None" (S), allowed: `},
	{"meant as off", "salesOrders.importedStatus", "", `salesOrders.importedStatus is "" (S), allowed: `},
	{"is pulled again", "salesOrders.importedStatus", "Confirmed", `salesOrders.importedStatus is "Confirmed", which salesOrders.statuses pulls: the order would be imported again and again, allowed: `},
	{"too long for Ongoing's 50", "salesOrders.orderNumberPrefix", strings.Repeat("x", 41), `salesOrders.orderNumberPrefix is "` + strings.Repeat("x", 40) + `…" (S), allowed: up to 40 printable characters, not starting with a space (S)`},
	{"lost on the way", "salesOrders.orderNumberPrefix", " A", `salesOrders.orderNumberPrefix is " A" (S), allowed: `},
	{"not printable", "salesOrders.orderNumberPrefix", "A\t", `salesOrders.orderNumberPrefix is "A\t" (S), allowed: `},
	{"another word", "salesOrders.textRows", "send", `salesOrders.textRows is "send" (S), allowed: comment or skip (S)`},
	{"another word", "salesOrders.nonStockRows", "comment", `salesOrders.nonStockRows is "comment" (S), allowed: send or skip (S)`},
	{"would hold every order", "salesOrders.deliveryMethods", document{}, `salesOrders.deliveryMethods is a map of 0 (M), allowed: one or more delivery method ids, whole numbers from 0 (M of M)`},
	{"a list", "salesOrders.deliveryMethods", []string{"BRING"}, `salesOrders.deliveryMethods is a list of 1 (L), allowed: `},
	{"a name for an id", "salesOrders.deliveryMethods", document{"Bring": document{"code": "BRING"}}, `salesOrders.deliveryMethods.Bring is no id, allowed: `},
	{"two spellings of an id", "salesOrders.deliveryMethods", document{"04": document{"code": "BRING"}}, `salesOrders.deliveryMethods.04 is no id, allowed: `},
	{"negative", "salesOrders.deliveryMethods", document{"-1": document{"code": "BRING"}}, `salesOrders.deliveryMethods.-1 is no id, allowed: `},
	{"not a map", "salesOrders.deliveryMethods", document{"4": "BRING"}, `salesOrders.deliveryMethods.4 is "BRING" (S), allowed: code, name, transporterCode, transporterServiceCode (M)`},
	{"number", "salesOrders.deliveryMethods", document{"4": document{"code": 12}}, `salesOrders.deliveryMethods.4.code is 12 (N), allowed: 1 to 50 printable characters (S)`},
	{"too long for Ongoing", "salesOrders.deliveryMethods", document{"4": document{"code": strings.Repeat("x", 51)}}, `salesOrders.deliveryMethods.4.code is "xxx`},
	{"too long for Ongoing", "salesOrders.deliveryMethods", document{"4": document{"code": "x", "name": strings.Repeat("x", 101)}}, `salesOrders.deliveryMethods.4.name is "xxx`},
	{"empty", "salesOrders.deliveryMethods", document{"4": document{"transporterCode": "", "transporterServiceCode": "x"}}, `salesOrders.deliveryMethods.4.transporterCode is "" (S), allowed: `},
	{"empty", "salesOrders.deliveryMethods", document{"4": document{"transporterCode": "x", "transporterServiceCode": ""}}, `salesOrders.deliveryMethods.4.transporterServiceCode is "" (S), allowed: `},
	{"unknown inside", "salesOrders.deliveryMethods", document{"4": document{"code": "x", "kode": "x"}}, `salesOrders.deliveryMethods.4.kode is unknown, allowed: code, name, transporterCode, transporterServiceCode`},
	{"says nothing", "salesOrders.deliveryMethods", document{"4": document{}}, `salesOrders.deliveryMethods.4 names neither one way of delivery nor one transporter, allowed: either code, with or without name, or transporterCode with transporterServiceCode`},
	{"name alone", "salesOrders.deliveryMethods", document{"4": document{"name": "x"}}, `salesOrders.deliveryMethods.4 names neither `},
	{"half a transporter", "salesOrders.deliveryMethods", document{"4": document{"transporterCode": "x"}}, `salesOrders.deliveryMethods.4 names neither `},
	{"both", "salesOrders.deliveryMethods", document{"4": document{"code": "x", "transporterCode": "x", "transporterServiceCode": "x"}}, `salesOrders.deliveryMethods.4 names neither `},
	{"text", "salesOrders.cancelWithdrawn", "yes", `salesOrders.cancelWithdrawn is "yes" (S), allowed: `},

	{"null", "shipments", types.AttributeValueMemberNULL{Value: true}, `shipments is empty (NULL), allowed: enabled, reportAt, restOrders, status, tracking (M)`},
	{"text", "shipments.enabled", "true", `shipments.enabled is "true" (S), allowed: `},
	{"never", "shipments.reportAt", []int{}, `shipments.reportAt is a list of 0 (L), allowed: one or more order status numbers of Ongoing, whole numbers from 1 to 999, each once (L of N)`},
	{"a cancelled order was not shipped", "shipments.reportAt", []int{450, 1000}, `shipments.reportAt[1] is 1000 (N), allowed: `},
	{"twice", "shipments.reportAt", []int{450, 450}, `shipments.reportAt[1] is 450 (N) a second time, allowed: `},
	{"name for a number", "shipments.reportAt", []string{"Sent"}, `shipments.reportAt[0] is "Sent" (S), allowed: `},
	{"would book the order for good", "shipments.status", "Invoiced", `shipments.status is "Invoiced" (S), allowed: an order status that may be written: `},
	{"is imported again", "shipments.status", "Confirmed", `shipments.status is "Confirmed", which salesOrders.statuses pulls: the order would be imported again and again, allowed: `},
	{"text", "shipments.restOrders", "true", `shipments.restOrders is "true" (S), allowed: `},
	{"another word", "shipments.tracking", "title", `shipments.tracking is "title" (S), allowed: invoiceText (S)`},

	{"not a map", "suppliers", true, `suppliers is true (BOOL), allowed: enabled (M)`},
	{"text", "suppliers.enabled", "true", `suppliers.enabled is "true" (S), allowed: true or false (BOOL)`},

	{"a map", "extraFields", document{"row.Price": "line.prices.linePrice"}, `extraFields is a map of 1 (M), allowed: maps of from and to (L of M)`},
	{"not a map in it", "extraFields", []string{"row.Price"}, `extraFields[0] is "row.Price" (S), allowed: from, to (M)`},
	{"half", "extraFields", []document{{"from": "row.Price"}}, `extraFields[0].to is missing, allowed: `},
	{"half", "extraFields", []document{{"to": "line.prices.linePrice"}}, `extraFields[0].from is missing, allowed: `},
	{"unknown inside", "extraFields", []document{{"from": "row.Price", "to": "line.prices.linePrice", "factor": 2}}, `extraFields[0].factor is unknown, allowed: from, to`},
	{"empty", "extraFields", []document{{"from": "", "to": "line.prices.linePrice"}}, `extraFields[0].from is "" (S), allowed: `},
	{"number", "extraFields", []document{{"from": "row.Price", "to": 1}}, `extraFields[0].to is 1 (N), allowed: `},
	{"not published", "extraFields", []document{{"from": "row.Profit", "to": "line.prices.linePrice"}}, `extraFields[0]: from "row.Profit" is not one of `},
	{"of another level", "extraFields", []document{{"from": "row.Price", "to": "order.freeText1"}}, `extraFields[0]: from "row.Price" belongs to a row, `},
	{"two for one", "extraFields", []document{{"from": "row.Price", "to": "line.comment"}, {"from": "row.Name", "to": "line.comment"}}, `extraFields[1].to is "line.comment" a second time, allowed: each once`},

	{"misspelt", "enable", true, `enable is unknown, allowed: articles, customerId, `},
	{"not our own text", "x is right, allowed: all", 1, `"x is right, allowed: all" is unknown, allowed: `},
	{"misspelt in a section", "office24.identityID", "hunter2", `office24.identityID is unknown, allowed: clientId, identityId`},
	{"a password in the wrong place", "ongoing.password", "hunter2", `ongoing.password is unknown, allowed: baseUrl, goodsOwnerId`},
	{"misspelt in a section", "articles.category", 1, `articles.category is unknown, allowed: `},
	{"misspelt in a section", "stock.brake", 1, `stock.brake is unknown, allowed: `},
	{"misspelt in a section", "salesOrders.status", "Confirmed", `salesOrders.status is unknown, allowed: `},
	{"misspelt in a section", "shipments.statuses", "Sent", `shipments.statuses is unknown, allowed: `},
	{"misspelt in a section", "suppliers.on", true, `suppliers.on is unknown, allowed: enabled`},
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range refused {
		t.Run(tt.path+": "+tt.why, func(t *testing.T) {
			t.Parallel()
			item := with(tt.path, marshaler(tt.value))
			got, err := decode(t, item)
			if !errclass.Is(err, errclass.Settings) {
				t.Fatalf("got %v, want a fault of class settings", err)
			}
			if !strings.HasPrefix(err.Error(), "settings: "+tt.reason) {
				t.Errorf("got  %s\nwant settings: %s", err, tt.reason)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("shows a secret: %s", err)
			}
			id, _ := item["customerId"].(string)
			if diff := cmp.Diff(settings.Customer{ID: id}, got, comparer()); diff != "" {
				t.Errorf("more than the id is left (-want +got):\n%s", diff)
			}
		})
	}
}

// marshaler makes an attribute of what has no plain Go value.
func marshaler(v any) any {
	switch v := v.(type) {
	case types.AttributeValueMemberN:
		return raw{&v}
	case types.AttributeValueMemberNS:
		return raw{&v}
	case types.AttributeValueMemberNULL:
		return raw{&v}
	default:
		return v
	}
}

type raw struct{ types.AttributeValue }

func (r raw) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return r.AttributeValue, nil
}

// A row that TestRefused does not touch could lose its check unseen.
func TestEveryAttributeIsRefusedOnce(t *testing.T) {
	t.Parallel()
	var reasons []string
	for _, tt := range refused {
		reasons = append(reasons, tt.reason)
	}
	all := strings.NewReplacer("deliveryMethods.4.", "deliveryMethods.<id>.", "[0]", "[]", "[1]", "[]").Replace(strings.Join(reasons, "\n"))
	for _, path := range rows(t) {
		if !strings.Contains("\n"+all, "\n"+path+" ") && !strings.Contains("\n"+all, "\n"+path+"[]") {
			t.Errorf("no refused value of %s", path)
		}
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why    string
		set    map[string]any
		reason string // empty: no conflict
	}{
		{
			"the shipped status is pulled by default's other name",
			map[string]any{"salesOrders.statuses": []string{"Sent"}},
			`shipments.status is "Sent", which salesOrders.statuses pulls: `,
		},
		{
			"nothing writes the shipped status",
			map[string]any{"salesOrders.statuses": []string{"Sent"}, "shipments.enabled": false}, "",
		},
		{
			"imported and shipped would look the same",
			map[string]any{"salesOrders.importedStatus": "Sent"},
			`shipments.status is "Sent", as is salesOrders.importedStatus: a shipped order could not be told from an imported one, allowed: another status`,
		},
		{
			"imported orders would be cancelled",
			map[string]any{"salesOrders.importedStatus": "Inactive", "salesOrders.cancelWithdrawn": true},
			`salesOrders.importedStatus is "Inactive", which salesOrders.cancelWithdrawn takes for a withdrawn order, allowed: another status`,
		},
		{"nothing is cancelled", map[string]any{"salesOrders.importedStatus": "Inactive"}, ""},
		{
			"shipped orders would be cancelled",
			map[string]any{"shipments.status": "Draft", "salesOrders.cancelWithdrawn": true},
			`shipments.status is "Draft", which salesOrders.cancelWithdrawn takes for a withdrawn order, `,
		},
		{
			"shipped orders and rest orders would look the same",
			map[string]any{"shipments.status": "Rest", "shipments.restOrders": true},
			`shipments.status is "Rest", the status of the rest orders that shipments.restOrders makes, `,
		},
		{"no rest orders are made", map[string]any{"shipments.status": "Rest"}, ""},
		{
			"rest orders that are pulled like any other",
			map[string]any{"salesOrders.statuses": []string{"Confirmed", "Rest"}, "shipments.restOrders": true}, "",
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
		switch {
		case tt.reason == "" && err != nil:
			t.Errorf("%s: %v", tt.why, err)
		case tt.reason != "" && (!errclass.Is(err, errclass.Settings) || !strings.HasPrefix(err.Error(), "settings: "+tt.reason)):
			t.Errorf("%s: got %v", tt.why, err)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	item := smallest()
	maps.Copy(item, document{"stock": document{"brakePercent": 130, "x": 1}, "enabled": "true", "mode": "dry"})
	_, err := decode(t, item)
	want := `settings: enabled is "true" (S), allowed: true or false (BOOL); mode is "dry" (S), allowed: live or preview (S); ` +
		`stock.brakePercent is 130 (N), allowed: a whole number from 0 to 100 (N); ` +
		`stock.x is unknown, allowed: brakeMinimum, brakePercent, enabled, fullSweepHours, quantity`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestReasonIsBounded(t *testing.T) {
	t.Parallel()
	numbers, methods := make([]string, 50_000), document{}
	for i := range numbers {
		numbers[i] = "x"
		methods[strings.Repeat("x", 1+i%300)+string(rune('a'+i%26))] = 1
	}
	for path, value := range map[string]any{
		"articles.categoryIds": numbers, "salesOrders.deliveryMethods": methods, "stock": methods, "extraFields": numbers,
	} {
		_, err := decode(t, with(path, value))
		if err == nil || len(err.Error()) > 8_000 || !strings.HasSuffix(err.Error(), "; and more") {
			t.Errorf("%s: a reason of %d bytes: %.300s", path, len(err.Error()), err)
		}
	}
}

func TestProcessEnabled(t *testing.T) {
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
