package settings_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/settings"
)

// refused lists values that are not allowed. Every attribute has one at least.
var refused = []struct {
	why, path string
	value     any
	reason    string // the beginning of the reason, which starts with the attribute's path
}{
	{
		why:    "no id",
		path:   "customerId",
		value:  nil,
		reason: "customerId is missing, allowed: 1 to 40 of a-z, 0-9 and - (S)",
	},
	{
		why:    "capital letter",
		path:   "customerId",
		value:  "Acme",
		reason: `customerId is "Acme" (S), allowed: 1 to 40 of a-z, 0-9 and - (S)`,
	},
	{why: "a path", path: "customerId", value: "a/../b", reason: `customerId is "a/../b" (S), allowed: `},
	{
		why:    "too long",
		path:   "customerId",
		value:  strings.Repeat("a", 41),
		reason: `customerId is "` + strings.Repeat("a", 40) + `…" (S), allowed: `,
	},
	{why: "empty", path: "name", value: "", reason: `name is "" (S), allowed: 1 to 100 printable characters (S)`},
	{why: "line break", path: "name", value: "a\nb", reason: `name is "a\nb" (S), allowed: `},
	{
		why:    "too long",
		path:   "name",
		value:  strings.Repeat("ø", 101),
		reason: `name is "` + strings.Repeat("ø", 40) + `…" (S), allowed: `,
	},
	{why: "text", path: "enabled", value: "true", reason: `enabled is "true" (S), allowed: true or false (BOOL)`},
	{why: "number", path: "enabled", value: 1, reason: `enabled is 1 (N), allowed: `},
	{why: "another word", path: "mode", value: "dry", reason: `mode is "dry" (S), allowed: live or preview (S)`},
	{why: "capital letter", path: "mode", value: "Preview", reason: `mode is "Preview" (S), allowed: `},
	{
		why:    "too short",
		path:   "intervalMinutes",
		value:  4,
		reason: `intervalMinutes is 4 (N), allowed: a whole number from 5 to 1440 (N)`,
	},
	{why: "too long", path: "intervalMinutes", value: 1441, reason: `intervalMinutes is 1441 (N), allowed: `},
	{why: "text", path: "intervalMinutes", value: "15", reason: `intervalMinutes is "15" (S), allowed: `},
	{why: "fraction", path: "intervalMinutes", value: 15.5, reason: `intervalMinutes is 15.5 (N), allowed: `},
	{
		why:    "no such zone",
		path:   "timeZone",
		value:  "Europe/Bergen",
		reason: `timeZone is "Europe/Bergen" (S), allowed: a zone of the IANA database such as Europe/Oslo (S)`,
	},
	{why: "the machine's zone", path: "timeZone", value: "Local", reason: `timeZone is "Local" (S), allowed: `},
	{why: "empty, which Go reads as UTC", path: "timeZone", value: "", reason: `timeZone is "" (S), allowed: `},
	{
		why:    "a file",
		path:   "timeZone",
		value:  "../../etc/passwd",
		reason: `timeZone is "../../etc/passwd" (S), allowed: `,
	},
	{
		why:    "name of a country",
		path:   "defaultCountry",
		value:  "Norge",
		reason: `defaultCountry is "Norge" (S), allowed: two capital letters (S)`,
	},
	{why: "small letters", path: "defaultCountry", value: "no", reason: `defaultCountry is "no" (S), allowed: `},
	{why: "other letters", path: "defaultCountry", value: "Å", reason: `defaultCountry is "Å" (S), allowed: `},

	{why: "not a map", path: "office24", value: "x", reason: `office24 is "x" (S), allowed: clientId, identityId (M)`},
	{
		why:    "not a GUID, and not shown",
		path:   "office24.identityId",
		value:  "hunter2",
		reason: `office24.identityId is not a GUID, allowed: a GUID such as 7e1f0d00-1111-4222-8333-0000000000bb (S)`,
	},
	{
		why:    "braces",
		path:   "office24.identityId",
		value:  "{7e1f0d00-1111-4222-8333-0000000000bb}",
		reason: `office24.identityId is not a GUID, allowed: `,
	},
	{
		why:    "zero",
		path:   "office24.clientId",
		value:  0,
		reason: `office24.clientId is 0 (N), allowed: a whole number from 1 `,
	},
	{
		why:    "more than a long",
		path:   "office24.clientId",
		value:  types.AttributeValueMemberN{Value: "9223372036854775808"},
		reason: `office24.clientId is 9223372036854775808 (N), allowed: `,
	},

	{
		why:   "no section",
		path:  "ongoing",
		value: nil,
		reason: `ongoing.baseUrl is missing, allowed: an https URL to one of the allowed hosts that ends in /api/v1/ ` +
			`(S); ongoing.goodsOwnerId is missing, allowed: `,
	},
	{why: "missing", path: "ongoing.baseUrl", value: nil, reason: `ongoing.baseUrl is missing, allowed: `},
	{why: "number", path: "ongoing.baseUrl", value: 1, reason: `ongoing.baseUrl is 1 (N), allowed: `},
	{
		why:   "another host",
		path:  "ongoing.baseUrl",
		value: "https://evil.example/acme/api/v1/",
		reason: `ongoing.baseUrl is refused: host "evil.example" is not one of *.ongoingsystems.se, 127.0.0.1:8443, ` +
			`allowed: `,
	},
	{
		why:    "credentials in it",
		path:   "ongoing.baseUrl",
		value:  "https://WSI:hunter2@api.ongoingsystems.se/acme/api/v1/",
		reason: `ongoing.baseUrl is refused: user name and password belong in the secret, not in the URL, allowed: `,
	},
	{
		why:   "plain http",
		path:  "ongoing.baseUrl",
		value: "http://api.ongoingsystems.se/acme/api/v1/",
		reason: `ongoing.baseUrl is refused: plain http is allowed only for a loopback address that is listed, ` +
			`allowed: `,
	},
	{
		why:    "query",
		path:   "ongoing.baseUrl",
		value:  "https://api.ongoingsystems.se/acme/api/v1/?password=hunter2",
		reason: `ongoing.baseUrl has a query or a fragment, allowed: `,
	},
	{
		why:    "empty query",
		path:   "ongoing.baseUrl",
		value:  "https://api.ongoingsystems.se/acme/api/v1/?",
		reason: `ongoing.baseUrl has a query or a fragment, allowed: `,
	},
	{
		why:    "empty fragment",
		path:   "ongoing.baseUrl",
		value:  "https://api.ongoingsystems.se/acme/api/v1/#",
		reason: `ongoing.baseUrl has a query or a fragment, allowed: `,
	},
	{
		why:    "the login page",
		path:   "ongoing.baseUrl",
		value:  "https://acme.ongoingsystems.se/acme",
		reason: `ongoing.baseUrl has a path that is not that of a warehouse's API, allowed: `,
	},
	{
		why:    "another version",
		path:   "ongoing.baseUrl",
		value:  "https://api.ongoingsystems.se/acme/api/v2/",
		reason: `ongoing.baseUrl has a path that is not that of a warehouse's API, allowed: `,
	},
	{
		why:    "a way up",
		path:   "ongoing.baseUrl",
		value:  "https://api.ongoingsystems.se/acme/../other/api/v1/",
		reason: `ongoing.baseUrl has a path that is not that of a warehouse's API, allowed: `,
	},
	{
		why:    "an encoded way up",
		path:   "ongoing.baseUrl",
		value:  "https://api.ongoingsystems.se/acme%2f..%2fother/api/v1/",
		reason: `ongoing.baseUrl has a path that is not that of a warehouse's API, allowed: `,
	},
	{
		why:    "missing",
		path:   "ongoing.goodsOwnerId",
		value:  nil,
		reason: `ongoing.goodsOwnerId is missing, allowed: a whole number from 1 to 2147483647 (N)`,
	},
	{why: "zero", path: "ongoing.goodsOwnerId", value: 0, reason: `ongoing.goodsOwnerId is 0 (N), allowed: `},
	{
		why:    "more than an int",
		path:   "ongoing.goodsOwnerId",
		value:  2147483648,
		reason: `ongoing.goodsOwnerId is 2147483648 (N), allowed: `,
	},

	{
		why:    "not a map",
		path:   "articles",
		value:  true,
		reason: `articles is true (BOOL), allowed: categoryIds, enabled, variations (M)`,
	},
	{
		why:    "null",
		path:   "articles.enabled",
		value:  types.AttributeValueMemberNULL{Value: true},
		reason: `articles.enabled is empty (NULL), allowed: `,
	},
	{
		why:   "not a list",
		path:  "articles.categoryIds",
		value: 3,
		reason: `articles.categoryIds is 3 (N), allowed: one or more category ids, whole numbers from 1 to ` +
			`2147483647, each once (L of N)`,
	},
	{
		why:    "empty list",
		path:   "articles.categoryIds",
		value:  []int{},
		reason: `articles.categoryIds is a list of 0 (L), allowed: `,
	},
	{
		why:    "number set",
		path:   "articles.categoryIds",
		value:  types.AttributeValueMemberNS{Value: []string{"3"}},
		reason: `articles.categoryIds is a set or binary value, allowed: `,
	},
	{
		why:    "an element that is a text",
		path:   "articles.categoryIds",
		value:  []any{3, "4"},
		reason: `articles.categoryIds[1] is "4" (S), allowed: `,
	},
	{
		why:    "twice",
		path:   "articles.categoryIds",
		value:  []int{3, 4, 3},
		reason: `articles.categoryIds[2] repeats 3 (N), allowed: `,
	},
	{
		why:    "not a map",
		path:   "articles.variations",
		value:  `(?P<base>x)`,
		reason: `articles.variations is "(?P<base>x)" (S), allowed: field, pattern (M)`,
	},
	{
		why:   "incomplete",
		path:  "articles.variations",
		value: document{"field": "No"},
		reason: `articles.variations.pattern is missing, allowed: a regular expression (RE2) of up to 200 characters ` +
			`with the named group base and any of color, size, packaging (S)`,
	},
	{
		why:    "incomplete",
		path:   "articles.variations",
		value:  document{"pattern": `(?P<base>x)`},
		reason: `articles.variations.field is missing, allowed: Name or No (S)`,
	},
	{
		why:    "another field",
		path:   "articles.variations",
		value:  document{"field": "EAN1", "pattern": `(?P<base>x)`},
		reason: `articles.variations.field is "EAN1" (S), allowed: `,
	},
	{
		why:    "unknown inside",
		path:   "articles.variations",
		value:  document{"field": "No", "pattern": `(?P<base>x)`, "flags": "i"},
		reason: `articles.variations.flags is unknown, allowed: field, pattern`,
	},
	{
		why:   "does not compile",
		path:  "articles.variations",
		value: document{"field": "No", "pattern": `(?P<base>x`},
		reason: "articles.variations.pattern is refused: error parsing regexp: missing closing ): `(?P<base>x`, " +
			"allowed: ",
	},
	{
		why:    "look-ahead is not RE2",
		path:   "articles.variations",
		value:  document{"field": "No", "pattern": `(?P<base>x)(?=y)`},
		reason: "articles.variations.pattern is refused: ",
	},
	{
		why:    "no base",
		path:   "articles.variations",
		value:  document{"field": "No", "pattern": `(?P<color>x)(y)`},
		reason: `articles.variations.pattern has the named groups ["color"], allowed: `,
	},
	{
		why:    "unknown group",
		path:   "articles.variations",
		value:  document{"field": "No", "pattern": `(?P<base>x)(?P<colour>y)`},
		reason: `articles.variations.pattern has the named groups ["base" "colour"], allowed: `,
	},
	{
		why:    "too long",
		path:   "articles.variations",
		value:  document{"field": "No", "pattern": `(?P<base>x)` + strings.Repeat("y", 190)},
		reason: `articles.variations.pattern is "(?P<base>x)yyy`,
	},
	{
		why:    "too large",
		path:   "articles.variations",
		value:  document{"field": "No", "pattern": `(?P<base>[a-z]{3}x{1000}y{1000})`},
		reason: `articles.variations.pattern is too large with its repetitions written out, allowed: `,
	},

	{
		why:    "not a map",
		path:   "stock",
		value:  []int{1},
		reason: `stock is a list of 1 (L), allowed: brakeMinimum, brakePercent, enabled, fullSweepHours, quantity (M)`,
	},
	{why: "text", path: "stock.enabled", value: "no", reason: `stock.enabled is "no" (S), allowed: `},
	{
		why:    "another word",
		path:   "stock.quantity",
		value:  "available",
		reason: `stock.quantity is "available" (S), allowed: physical or sellable (S)`,
	},
	{
		why:    "every order would be stuck at once",
		path:   "shipments.stuckAfterHours",
		value:  0,
		reason: `shipments.stuckAfterHours is 0 (N), allowed: a whole number from 1 to 2160 (N)`,
	},
	{
		why:    "more than ninety days",
		path:   "shipments.stuckAfterHours",
		value:  2161,
		reason: `shipments.stuckAfterHours is 2161 (N), allowed: `,
	},
	{
		why:    "never",
		path:   "stock.fullSweepHours",
		value:  0,
		reason: `stock.fullSweepHours is 0 (N), allowed: a whole number from 1 to 24 (N)`,
	},
	{
		why:    "past Ongoing's 24 hours",
		path:   "stock.fullSweepHours",
		value:  25,
		reason: `stock.fullSweepHours is 25 (N), allowed: `,
	},
	{
		why:    "negative",
		path:   "stock.brakePercent",
		value:  -1,
		reason: `stock.brakePercent is -1 (N), allowed: a whole number from 0 to 100 (N)`,
	},
	{why: "more than all", path: "stock.brakePercent", value: 101, reason: `stock.brakePercent is 101 (N), allowed: `},
	{
		why:    "negative",
		path:   "stock.brakeMinimum",
		value:  -1,
		reason: `stock.brakeMinimum is -1 (N), allowed: a whole number from 0 to 2147483647 (N)`,
	},

	{why: "not a map", path: "salesOrders", value: 1, reason: `salesOrders is 1 (N), allowed: cancelWithdrawn, `},
	{
		why:    "null",
		path:   "salesOrders.enabled",
		value:  types.AttributeValueMemberNULL{Value: true},
		reason: `salesOrders.enabled is empty (NULL), allowed: `,
	},
	{
		why:   "nothing to pull",
		path:  "salesOrders.statuses",
		value: []string{},
		reason: `salesOrders.statuses is a list of 0 (L), allowed: one or more order statuses, each once: ` +
			`CollectingOrder, Confirmed, `,
	},
	{
		why:    "the name in the WSDL",
		path:   "salesOrders.statuses",
		value:  []string{"Confirmed", "OrderState_Sent"},
		reason: `salesOrders.statuses[1] is "OrderState_Sent" (S), allowed: `,
	},
	{
		why:    "small letters",
		path:   "salesOrders.statuses",
		value:  []string{"confirmed"},
		reason: `salesOrders.statuses[0] is "confirmed" (S), allowed: `,
	},
	{
		why:    "twice",
		path:   "salesOrders.statuses",
		value:  []string{"Web", "Web"},
		reason: `salesOrders.statuses[1] repeats "Web" (S), allowed: `,
	},
	{
		why:    "no such day",
		path:   "salesOrders.startDate",
		value:  "2026-02-30",
		reason: `salesOrders.startDate is "2026-02-30" (S), allowed: a date as YYYY-MM-DD (S)`,
	},
	{
		why:    "Norwegian spelling",
		path:   "salesOrders.startDate",
		value:  "28.02.2026",
		reason: `salesOrders.startDate is "28.02.2026" (S), allowed: `,
	},
	{
		why:    "a time of day",
		path:   "salesOrders.startDate",
		value:  "2026-02-28T00:00:00Z",
		reason: `salesOrders.startDate is "2026-02-28T00:00:00Z" (S), allowed: `,
	},
	{
		why:   "would invoice on import",
		path:  "salesOrders.importedStatus",
		value: "Invoiced",
		reason: `salesOrders.importedStatus is "Invoiced" (S), allowed: an order status that can be set: ` +
			`CollectingOrder, Confirmed, `,
	},
	{
		why:    "would invoice on import",
		path:   "salesOrders.importedStatus",
		value:  "InvoicedCashAccount",
		reason: `salesOrders.importedStatus is "InvoicedCashAccount" (S), allowed: `,
	},
	{
		why:    "would invoice on import",
		path:   "salesOrders.importedStatus",
		value:  "InvoicedPack",
		reason: `salesOrders.importedStatus is "InvoicedPack" (S), allowed: `,
	},
	{
		why:    "probably meant as off",
		path:   "salesOrders.importedStatus",
		value:  "None",
		reason: `salesOrders.importedStatus is "None" (S), allowed: `,
	},
	{
		why:    "probably meant as off",
		path:   "salesOrders.importedStatus",
		value:  "",
		reason: `salesOrders.importedStatus is "" (S), allowed: `,
	},
	{
		why:   "is pulled again",
		path:  "salesOrders.importedStatus",
		value: "Confirmed",
		reason: `salesOrders.importedStatus is "Confirmed", which is in salesOrders.statuses: the order would be ` +
			`imported again and again, allowed: `,
	},
	{
		why:   "too long for Ongoing's 50",
		path:  "salesOrders.orderNumberPrefix",
		value: strings.Repeat("x", 41),
		reason: `salesOrders.orderNumberPrefix is "` + strings.Repeat("x", 40) + `…" (S), allowed: up to 40 ` +
			`printable characters, not starting with a space (S)`,
	},
	{
		why:    "a leading space would be lost",
		path:   "salesOrders.orderNumberPrefix",
		value:  " A",
		reason: `salesOrders.orderNumberPrefix is " A" (S), allowed: `,
	},
	{
		why:    "not printable",
		path:   "salesOrders.orderNumberPrefix",
		value:  "A\t",
		reason: `salesOrders.orderNumberPrefix is "A\t" (S), allowed: `,
	},
	{
		why:    "another word",
		path:   "salesOrders.textRows",
		value:  "send",
		reason: `salesOrders.textRows is "send" (S), allowed: comment or skip (S)`,
	},
	{
		why:    "another word",
		path:   "salesOrders.nonStockRows",
		value:  "comment",
		reason: `salesOrders.nonStockRows is "comment" (S), allowed: send or skip (S)`,
	},
	{
		why:   "would hold every order",
		path:  "salesOrders.deliveryMethods",
		value: document{},
		reason: `salesOrders.deliveryMethods is a map of 0 (M), allowed: one or more delivery method ids, whole ` +
			`numbers from 0 (M of M)`,
	},
	{
		why:    "a list",
		path:   "salesOrders.deliveryMethods",
		value:  []string{"BRING"},
		reason: `salesOrders.deliveryMethods is a list of 1 (L), allowed: `,
	},
	{
		why:    "a name instead of an id",
		path:   "salesOrders.deliveryMethods",
		value:  document{"Bring": document{"code": "BRING"}},
		reason: `salesOrders.deliveryMethods.Bring is not a delivery method id, allowed: `,
	},
	{
		why:    "an id with a leading zero",
		path:   "salesOrders.deliveryMethods",
		value:  document{"04": document{"code": "BRING"}},
		reason: `salesOrders.deliveryMethods.04 is not a delivery method id, allowed: `,
	},
	{
		why:    "negative",
		path:   "salesOrders.deliveryMethods",
		value:  document{"-1": document{"code": "BRING"}},
		reason: `salesOrders.deliveryMethods.-1 is not a delivery method id, allowed: `,
	},
	{
		why:   "not a map",
		path:  "salesOrders.deliveryMethods",
		value: document{"4": "BRING"},
		reason: `salesOrders.deliveryMethods.4 is "BRING" (S), allowed: code, name, transporterCode, ` +
			`transporterServiceCode (M)`,
	},
	{
		why:    "number",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"code": 12}},
		reason: `salesOrders.deliveryMethods.4.code is 12 (N), allowed: 1 to 50 printable characters (S)`,
	},
	{
		why:    "too long for Ongoing",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"code": strings.Repeat("x", 51)}},
		reason: `salesOrders.deliveryMethods.4.code is "xxx`,
	},
	{
		why:    "too long for Ongoing",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"code": "x", "name": strings.Repeat("x", 101)}},
		reason: `salesOrders.deliveryMethods.4.name is "xxx`,
	},
	{
		why:    "empty",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"transporterCode": "", "transporterServiceCode": "x"}},
		reason: `salesOrders.deliveryMethods.4.transporterCode is "" (S), allowed: `,
	},
	{
		why:    "empty",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"transporterCode": "x", "transporterServiceCode": ""}},
		reason: `salesOrders.deliveryMethods.4.transporterServiceCode is "" (S), allowed: `,
	},
	{
		why:   "unknown inside",
		path:  "salesOrders.deliveryMethods",
		value: document{"4": document{"code": "x", "kode": "x"}},
		reason: `salesOrders.deliveryMethods.4.kode is unknown, allowed: code, name, transporterCode, ` +
			`transporterServiceCode`,
	},
	{
		why:   "names nothing",
		path:  "salesOrders.deliveryMethods",
		value: document{"4": document{}},
		reason: `salesOrders.deliveryMethods.4 does not name exactly one way of delivery or transporter, allowed: ` +
			`either code, with or without name, or transporterCode with transporterServiceCode`,
	},
	{
		why:    "name alone",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"name": "x"}},
		reason: `salesOrders.deliveryMethods.4 does not name exactly one way of delivery or transporter, `,
	},
	{
		why:    "half a transporter",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"transporterCode": "x"}},
		reason: `salesOrders.deliveryMethods.4 does not name exactly one way of delivery or transporter, `,
	},
	{
		why:    "both",
		path:   "salesOrders.deliveryMethods",
		value:  document{"4": document{"code": "x", "transporterCode": "x", "transporterServiceCode": "x"}},
		reason: `salesOrders.deliveryMethods.4 does not name exactly one way of delivery or transporter, `,
	},
	{
		why:    "text",
		path:   "salesOrders.cancelWithdrawn",
		value:  "yes",
		reason: `salesOrders.cancelWithdrawn is "yes" (S), allowed: `,
	},

	{
		why:   "null",
		path:  "shipments",
		value: types.AttributeValueMemberNULL{Value: true},
		reason: "shipments is empty (NULL), " +
			"allowed: enabled, reportAt, restOrders, status, stuckAfterHours, tracking (M)",
	},
	{why: "text", path: "shipments.enabled", value: "true", reason: `shipments.enabled is "true" (S), allowed: `},
	{
		why:   "never",
		path:  "shipments.reportAt",
		value: []int{},
		reason: `shipments.reportAt is a list of 0 (L), allowed: one or more order status numbers of Ongoing, whole ` +
			`numbers from 1 to 999, each once (L of N)`,
	},
	{
		why:    "a cancelled order was not shipped",
		path:   "shipments.reportAt",
		value:  []int{450, 1000},
		reason: `shipments.reportAt[1] is 1000 (N), allowed: `,
	},
	{
		why:    "twice",
		path:   "shipments.reportAt",
		value:  []int{450, 450},
		reason: `shipments.reportAt[1] repeats 450 (N), allowed: `,
	},
	{
		why:    "a name instead of a number",
		path:   "shipments.reportAt",
		value:  []string{"Sent"},
		reason: `shipments.reportAt[0] is "Sent" (S), allowed: `,
	},
	{
		why:    "would invoice on shipment",
		path:   "shipments.status",
		value:  "Invoiced",
		reason: `shipments.status is "Invoiced" (S), allowed: an order status that can be set: `,
	},
	{
		why:   "is imported again",
		path:  "shipments.status",
		value: "Confirmed",
		reason: `shipments.status is "Confirmed", which is in salesOrders.statuses: the order would be imported ` +
			`again and again, allowed: `,
	},
	{why: "text", path: "shipments.restOrders", value: "true", reason: `shipments.restOrders is "true" (S), allowed: `},
	{
		why:    "another word",
		path:   "shipments.tracking",
		value:  "title",
		reason: `shipments.tracking is "title" (S), allowed: invoiceText (S)`,
	},

	{why: "not a map", path: "suppliers", value: true, reason: `suppliers is true (BOOL), allowed: enabled (M)`},
	{
		why:    "text",
		path:   "suppliers.enabled",
		value:  "true",
		reason: `suppliers.enabled is "true" (S), allowed: true or false (BOOL)`,
	},

	{
		why:    "a map",
		path:   "extraFields",
		value:  document{"row.Price": "line.prices.linePrice"},
		reason: `extraFields is a map of 1 (M), allowed: maps with from or value, and to (L of M)`,
	},
	{
		why:    "an element that is not a map",
		path:   "extraFields",
		value:  []string{"row.Price"},
		reason: `extraFields[0] is "row.Price" (S), allowed: from, to, value (M)`,
	},
	{
		why:    "incomplete",
		path:   "extraFields",
		value:  []document{{"from": "row.Price"}},
		reason: `extraFields[0].to is missing, allowed: `,
	},
	{
		why:    "incomplete",
		path:   "extraFields",
		value:  []document{{"to": "line.prices.linePrice"}},
		reason: `extraFields[0]: either from or value must be given, and not both`,
	},
	{
		why:    "unknown inside",
		path:   "extraFields",
		value:  []document{{"from": "row.Price", "to": "line.prices.linePrice", "factor": 2}},
		reason: `extraFields[0].factor is unknown, allowed: from, to`,
	},
	{
		why:    "empty",
		path:   "extraFields",
		value:  []document{{"from": "", "to": "line.prices.linePrice"}},
		reason: `extraFields[0].from is "" (S), allowed: `,
	},
	{
		why:    "number",
		path:   "extraFields",
		value:  []document{{"from": "row.Price", "to": 1}},
		reason: `extraFields[0].to is 1 (N), allowed: `,
	},
	{
		why:    "number",
		path:   "extraFields",
		value:  []document{{"value": 1, "to": "article.stockLimit"}},
		reason: `extraFields[0].value is 1 (N), allowed: `,
	},
	{
		why:   "a country in words",
		path:  "extraFields",
		value: []document{{"value": "Norge", "to": "article.countryOfOriginCode"}},
		reason: `extraFields[0]: value "Norge" does not fit to "article.countryOfOriginCode": ` +
			`it must be a code of two `,
	},
	{
		why:    "not published",
		path:   "extraFields",
		value:  []document{{"from": "row.Profit", "to": "line.prices.linePrice"}},
		reason: `extraFields[0]: from "row.Profit" is not one of `,
	},
	{
		why:    "of another level",
		path:   "extraFields",
		value:  []document{{"from": "row.Price", "to": "order.freeText1"}},
		reason: `extraFields[0]: from "row.Price" belongs to a row, `,
	},
	{
		why:    "two sources for one field",
		path:   "extraFields",
		value:  []document{{"from": "row.Price", "to": "line.comment"}, {"from": "row.Name", "to": "line.comment"}},
		reason: `extraFields[1].to repeats "line.comment", allowed: each field once`,
	},

	{why: "misspelt", path: "enable", value: true, reason: `enable is unknown, allowed: articles, customerId, `},
	{
		why:    "a name that looks like text of the reason",
		path:   "x is right, allowed: all",
		value:  1,
		reason: `"x is right, allowed: all" is unknown, allowed: `,
	},
	{
		why:    "misspelt in a section",
		path:   "office24.identityID",
		value:  "hunter2",
		reason: `office24.identityID is unknown, allowed: clientId, identityId`,
	},
	{
		why:    "a password in the wrong place",
		path:   "ongoing.password",
		value:  "hunter2",
		reason: `ongoing.password is unknown, allowed: baseUrl, goodsOwnerId`,
	},
	{
		why:    "misspelt in a section",
		path:   "articles.category",
		value:  1,
		reason: `articles.category is unknown, allowed: `,
	},
	{why: "misspelt in a section", path: "stock.brake", value: 1, reason: `stock.brake is unknown, allowed: `},
	{
		why:    "misspelt in a section",
		path:   "salesOrders.status",
		value:  "Confirmed",
		reason: `salesOrders.status is unknown, allowed: `,
	},
	{
		why:    "misspelt in a section",
		path:   "shipments.statuses",
		value:  "Sent",
		reason: `shipments.statuses is unknown, allowed: `,
	},
	{
		why:    "misspelt in a section",
		path:   "suppliers.on",
		value:  true,
		reason: `suppliers.on is unknown, allowed: enabled`,
	},
}

func TestWrongValuesAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range refused {
		t.Run(tt.path+": "+tt.why, func(t *testing.T) {
			t.Parallel()
			item := with(tt.path, marshaler(tt.value))
			got, err := decode(t, item)
			if !errclass.Is(err, errclass.Settings) {
				t.Fatalf("got %v, want an error of class settings", err)
			}
			if !strings.HasPrefix(err.Error(), "settings: "+tt.reason) {
				t.Errorf("got  %s\nwant settings: %s", err, tt.reason)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the reason contains a secret: %s", err)
			}
			id, _ := item["customerId"].(string)
			if diff := cmp.Diff(settings.Customer{ID: id}, got, comparer()); diff != "" {
				t.Errorf("more than the id is left (-want +got):\n%s", diff)
			}
		})
	}
}

// marshaler wraps attributes for which there is no Go value.
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

// TestEveryAttributeHasARefusedValue keeps TestWrongValuesAreRefused complete.
func TestEveryAttributeHasARefusedValue(t *testing.T) {
	t.Parallel()
	var reasons []string
	for _, tt := range refused {
		reasons = append(reasons, tt.reason)
	}
	generic := strings.NewReplacer("deliveryMethods.4.", "deliveryMethods.<id>.", "[0]", "[]", "[1]", "[]")
	all := generic.Replace(strings.Join(reasons, "\n"))
	for _, path := range rows(t) {
		if !strings.Contains("\n"+all, "\n"+path+" ") && !strings.Contains("\n"+all, "\n"+path+"[]") {
			t.Errorf("no refused value for %s", path)
		}
	}
}
