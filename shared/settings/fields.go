package settings

import (
	"fmt"
	"time"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/dynamoattr"
)

// maxInt is the highest id of either vendor: ids are 32-bit integers in the WSDL and in Ongoing's definition.
const maxInt = 1<<31 - 1

// fields returns the attributes of an item of the settings table. Each stores what it reads in c.
func fields(c *Customer, hosts allowedhosts.List) []field {
	return []field{
		{
			name:    "customerId",
			rule:    text(&c.ID, "1 to 40 of a-z, 0-9 and -", ValidID).refined(pattern("^[a-z0-9-]{1,40}$")),
			missing: required,
			meaning: "the customer's id in keys, logs and the secret's name",
		},
		{
			name:    "name",
			rule:    printableText(&c.Name, 100),
			missing: "customerId",
			meaning: "name for people",
		},
		{
			name:     "enabled",
			rule:     boolean(&c.Enabled),
			fallback: boolValue(true),
			meaning:  "the customer's master switch",
		},
		{
			name:     "mode",
			rule:     choice(&c.Preview, map[string]bool{"live": false, "preview": true}),
			fallback: dynamoattr.Text("live"),
			meaning:  "`preview`: every run is a dry run",
		},
		{
			name:     "intervalMinutes",
			rule:     duration(&c.Interval, time.Minute, 5, 1440),
			fallback: dynamoattr.Number(15),
			meaning: "a process runs again for this customer when this time, less one minute, has passed " +
				"since its last start",
		},
		{
			name:     "timeZone",
			rule:     zone(&c.Location),
			fallback: dynamoattr.Text("Europe/Oslo"),
			meaning:  "time zone of dates",
		},
		{
			name:     "defaultCountry",
			rule:     text(&c.DefaultCountry, "two capital letters", validCountry).refined(pattern("^[A-Z]{2}$")),
			fallback: dynamoattr.Text("NO"),
			meaning:  "country of an address that names none",
		},
		{name: "office24", rule: section(office24Fields(&c.Office24)), fallback: emptyMap()},
		{name: "ongoing", rule: section(ongoingFields(&c.Ongoing, hosts)), fallback: emptyMap()},
		{name: "articles", rule: section(articlesFields(&c.Articles)), fallback: emptyMap()},
		{name: "stock", rule: section(stockFields(&c.Stock)), fallback: emptyMap()},
		{name: "salesOrders", rule: section(salesOrdersFields(&c.SalesOrders)), fallback: emptyMap()},
		{name: "shipments", rule: section(shipmentsFields(&c.Shipments)), fallback: emptyMap()},
		{name: "suppliers", rule: section(suppliersFields(&c.Suppliers)), fallback: emptyMap()},
		{
			name:    "extraFields",
			rule:    extraFields(&c.ExtraFields),
			missing: "none",
			meaning: "further fields from the lists below, e.g. `row.Price` → `line.prices.linePrice`",
		},
	}
}

func office24Fields(o *Office24) []field {
	return []field{
		{
			name:    "identityId",
			rule:    guid(&o.IdentityID),
			missing: "default identity",
			meaning: "the identity (company) to log in to",
		},
		{
			name:    "clientId",
			rule:    wholeNumber(&o.ClientID, 1, 1<<63-1),
			missing: "not checked",
			meaning: "the session's `Client.Id` must equal this number, or the customer is blocked",
		},
	}
}

func ongoingFields(o *Ongoing, hosts allowedhosts.List) []field {
	return []field{
		{
			name:    "baseUrl",
			rule:    baseURL(&o.BaseURL, hosts),
			missing: required,
			meaning: "address of the warehouse's API, e.g. `https://api.ongoingsystems.se/acme/api/v1/`",
		},
		{
			name:    "goodsOwnerId",
			rule:    wholeNumber(&o.GoodsOwnerID, 1, maxInt),
			missing: required,
			meaning: "the customer's goods owner in Ongoing WMS",
		},
	}
}

func articlesFields(a *Articles) []field {
	categories := fmt.Sprintf("one or more category ids, whole numbers from 1 to %d, each once", maxInt)
	ids := schema{"minimum": 1, "maximum": maxInt}
	return []field{
		{
			name:     "enabled",
			rule:     boolean(&a.Enabled),
			fallback: boolValue(true),
			meaning:  "the process `articles`",
		},
		{
			name:    "categoryIds",
			rule:    list(&a.CategoryIDs, "N", categories, between(1, maxInt)).ofEach(ids),
			missing: "all",
			meaning: "only products of these categories",
		},
		{
			name:    "variations",
			rule:    variations(&a.Variations),
			missing: "no variations",
			meaning: "how group, colour, size and packaging are read from a field of the product",
		},
	}
}

func stockFields(s *Stock) []field {
	return []field{
		{
			name:     "enabled",
			rule:     boolean(&s.Enabled),
			fallback: boolValue(true),
			meaning:  "the process `stock`",
		},
		{
			name:     "quantity",
			rule:     choice(&s.Sellable, map[string]bool{"physical": false, "sellable": true}),
			fallback: dynamoattr.Text("physical"),
			meaning:  "`physical` (numberOfItems) or `sellable` (sellableNumberOfItems, never below 0)",
		},
		{
			name:     "fullSweepHours",
			rule:     duration(&s.FullSweep, time.Hour, 1, 24),
			fallback: dynamoattr.Number(6),
			meaning:  "time between two comparisons of all articles",
		},
		{
			name:     "brakePercent",
			rule:     wholeNumber(&s.BrakePercent, 0, 100),
			fallback: dynamoattr.Number(30),
			meaning: "a run that would set more than this share of the compared articles that have stock in " +
				"24SevenOffice, and at least `brakeMinimum`, from above zero to zero writes nothing, and all its " +
				"records are held; a long run is judged in parts, each alone and with those before it, and ends at " +
				"one that is held; those articles stay held until their quantities recover or a person names their " +
				"products; 100 switches the brake off",
		},
		{
			name:     "brakeMinimum",
			rule:     wholeNumber(&s.BrakeMinimum, 0, maxInt),
			fallback: dynamoattr.Number(20),
			meaning:  "number of articles below which the brake does not act",
		},
	}
}

func salesOrdersFields(s *SalesOrders) []field {
	statuses := "one or more order statuses, each once: " + statusNames(anyStatus)
	anyName := schema{"enum": namesOfStatuses(anyStatus)}
	const prefix = "up to 40 printable characters, not starting with a space"
	return []field{
		{
			name:     "enabled",
			rule:     boolean(&s.Enabled),
			fallback: boolValue(true),
			meaning:  "the process `salesorders`",
		},
		{
			name:     "statuses",
			rule:     list(&s.Statuses, "S", statuses, parseStatus(anyStatus)).ofEach(anyName),
			fallback: listValue(dynamoattr.Text("Confirmed")),
			meaning:  "statuses of the orders that are imported",
		},
		{
			name:    "startDate",
			rule:    text(&s.StartDate, "a date as YYYY-MM-DD", validDate).refined(pattern("^[0-9]{4}(-[0-9]{2}){2}$")),
			missing: "no limit",
			meaning: "orders with an earlier date are not imported",
		},
		{
			name:    "importedStatus",
			rule:    writableStatus(&s.ImportedStatus),
			missing: "off",
			meaning: "status set in 24SevenOffice after the order has reached Ongoing",
		},
		{
			name:     "orderNumberPrefix",
			rule:     text(&s.OrderNumberPrefix, prefix, validPrefix).refined(prefixSchema()),
			fallback: dynamoattr.Text(""),
			meaning:  "Ongoing's order number is this prefix and the order id",
		},
		{
			name:     "textRows",
			rule:     choice(&s.TextRowsAsComment, map[string]bool{"skip": false, "comment": true}),
			fallback: dynamoattr.Text("skip"),
			meaning:  "`comment`: text rows are added to the order's remark",
		},
		{
			name:     "nonStockRows",
			rule:     choice(&s.SkipNonStockRows, map[string]bool{"send": false, "skip": true}),
			fallback: dynamoattr.Text("send"),
			meaning:  "rows of products without stock control: `send` (as not to be picked) or `skip`",
		},
		{
			name:    "deliveryMethods",
			rule:    deliveryMethods(&s.DeliveryMethods),
			missing: "pass through",
			meaning: "what the delivery methods are called in Ongoing; an order whose method is not listed is held",
		},
		{
			name:     "cancelWithdrawn",
			rule:     boolean(&s.CancelWithdrawn),
			fallback: boolValue(false),
			meaning: "an imported order that is gone, or has left `statuses` for Inactive, Offer or Draft, " +
				"is cancelled in Ongoing while that is still possible",
		},
	}
}

func shipmentsFields(s *Shipments) []field {
	// 1000 is Cancelled in every warehouse, and no higher number means that goods were shipped.
	const reportAt = "one or more order status numbers of Ongoing, whole numbers from 1 to 999, each once"
	return []field{
		{
			name:     "enabled",
			rule:     boolean(&s.Enabled),
			fallback: boolValue(true),
			meaning:  "the process `shipments`",
		},
		{
			name:     "reportAt",
			rule:     list(&s.ReportAt, "N", reportAt, between(1, 999)).ofEach(schema{"minimum": 1, "maximum": 999}),
			fallback: listValue(dynamoattr.Number(450), dynamoattr.Number(500)),
			meaning:  "Ongoing's order status numbers at which an order counts as shipped",
		},
		{
			name:     "status",
			rule:     writableStatus(&s.Status),
			fallback: dynamoattr.Text("Sent"),
			meaning:  "status set in 24SevenOffice",
		},
		{
			name:     "restOrders",
			rule:     boolean(&s.RestOrders),
			fallback: boolValue(false),
			meaning:  "make a rest order for what could not be picked",
		},
		{
			name:    "tracking",
			rule:    choice(&s.TrackingInInvoiceText, map[string]bool{"invoiceText": true}),
			missing: "off",
			meaning: "`invoiceText`: the waybill numbers are added to the order's invoice text",
		},
		{
			name:     "stuckAfterHours",
			rule:     duration(&s.StuckAfter, time.Hour, 1, 2160),
			fallback: dynamoattr.Number(72),
			meaning: "an order that is in Ongoing for longer than this, or since its delivery date, and neither " +
				"shipped nor cancelled counts as stuck: a metric, an alarm and the daily mail say so",
		},
	}
}

func suppliersFields(s *Suppliers) []field {
	return []field{{
		name:     "enabled",
		rule:     boolean(&s.Enabled),
		fallback: boolValue(false),
		meaning:  "the process `suppliers`",
	}}
}
