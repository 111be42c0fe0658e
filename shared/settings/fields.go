package settings

import (
	"fmt"
	"time"

	"ongoing24so/shared/allowedhosts"
)

// maxInt is the highest id either vendor can send: ids are 32-bit integers in the WSDL and in Ongoing's definition.
const maxInt = 1<<31 - 1

// fields is the settings table. Each row stores what it reads in c.
func fields(c *Customer, hosts allowedhosts.List) []field {
	return []field{
		{"customerId", text(&c.ID, "1 to 40 of a-z, 0-9 and -", ValidID), nil, required, "the customer, in keys, logs and the secret's name"},
		{"name", label(&c.Name, 100), nil, "customerId", "for people"},
		{"enabled", flag(&c.Enabled), boolean(true), "", "the customer's master switch"},
		{"mode", choice(&c.Preview, map[string]bool{"live": false, "preview": true}), str("live"), "", "`preview`: every run is a dry run"},
		{"intervalMinutes", duration(&c.Interval, time.Minute, 5, 1440), num("15"), "", "a process runs for this customer when this much time, less one minute, has passed since its last start"},
		{"timeZone", one(&c.Location, "S", "a zone of the IANA database such as Europe/Oslo", zone), str("Europe/Oslo"), "", "zone in which dates are meant"},
		{"defaultCountry", text(&c.DefaultCountry, "two capital letters", country), str("NO"), "", "country where an address names none"},
		{"office24", record(office24Fields(&c.Office24)), section(), "", ""},
		{"ongoing", record(ongoingFields(&c.Ongoing, hosts)), section(), "", ""},
		{"articles", record(articlesFields(&c.Articles)), section(), "", ""},
		{"stock", record(stockFields(&c.Stock)), section(), "", ""},
		{"salesOrders", record(salesOrdersFields(&c.SalesOrders)), section(), "", ""},
		{"shipments", record(shipmentsFields(&c.Shipments)), section(), "", ""},
		{"suppliers", record([]field{
			{"enabled", flag(&c.Suppliers.Enabled), boolean(false), "", "the process `suppliers`"},
		}), section(), "", ""},
		{"extraFields", extraFields(&c.ExtraFields), nil, "none", "further fields, out of the published lists, e.g. `row.Price` → `line.prices.linePrice`"},
	}
}

func office24Fields(o *Office24) []field {
	return []field{
		{"identityId", identity(&o.IdentityID), nil, "default identity", "the identity (company) to log in to"},
		{"clientId", whole(&o.ClientID, 1, 1<<63-1), nil, "not checked", "number that the session's `Client.Id` must equal, else the customer is blocked"},
	}
}

func ongoingFields(o *Ongoing, hosts allowedhosts.List) []field {
	return []field{
		{"baseUrl", baseURL(&o.BaseURL, hosts), nil, required, "where the warehouse's API is, e.g. `https://api.ongoingsystems.se/acme/api/v1/`"},
		{"goodsOwnerId", whole(&o.GoodsOwnerID, 1, maxInt), nil, required, "the customer's goods owner in Ongoing WMS"},
	}
}

func articlesFields(a *Articles) []field {
	return []field{
		{"enabled", flag(&a.Enabled), boolean(true), "", "the process `articles`"},
		{"categoryIds", list(&a.CategoryIDs, "N", fmt.Sprintf("one or more category ids, whole numbers from 1 to %d, each once", maxInt), between(1, maxInt)), nil, "all", "only products of these categories"},
		{"variations", variations(&a.Variations), nil, "no variations", "how group, colour, size and packaging are read out of a product's field"},
	}
}

func stockFields(s *Stock) []field {
	return []field{
		{"enabled", flag(&s.Enabled), boolean(true), "", "the process `stock`"},
		{"quantity", choice(&s.Sellable, map[string]bool{"physical": false, "sellable": true}), str("physical"), "", "`physical` (numberOfItems) or `sellable` (sellableNumberOfItems, never below 0)"},
		{"fullSweepHours", duration(&s.FullSweep, time.Hour, 1, 24), num("6"), "", "time between two comparisons of everything"},
		{"brakePercent", whole(&s.BrakePercent, 0, 100), num("30"), "", "a run that would set more than this share of the compared articles from above zero to zero, and at least `brakeMinimum`, writes nothing and is held; 100 switches the brake off"},
		{"brakeMinimum", whole(&s.BrakeMinimum, 0, maxInt), num("20"), "", "number of articles below which the brake does not act"},
	}
}

func salesOrdersFields(s *SalesOrders) []field {
	return []field{
		{"enabled", flag(&s.Enabled), boolean(true), "", "the process `salesorders`"},
		{"statuses", list(&s.Statuses, "S", "one or more order statuses, each once: "+statusNames(anyStatus), statusWhere(anyStatus)), lst(str("Confirmed")), "", "order statuses that are pulled"},
		{"startDate", text(&s.StartDate, "a date as YYYY-MM-DD", date), nil, "no limit", "orders dated before are left alone"},
		{"importedStatus", writtenStatus(&s.ImportedStatus), nil, "off", "status set in 24SevenOffice once the order stands in Ongoing"},
		{"orderNumberPrefix", text(&s.OrderNumberPrefix, "up to 40 printable characters, not starting with a space", prefix), str(""), "", "put before the order id to make Ongoing's order number"},
		{"textRows", choice(&s.TextRowsAsComment, map[string]bool{"skip": false, "comment": true}), str("skip"), "", "`comment`: text rows are joined to the order's remark"},
		{"nonStockRows", choice(&s.SkipNonStockRows, map[string]bool{"send": false, "skip": true}), str("send"), "", "rows of products without stock control: `send` (as not to be picked) or `skip`"},
		{"deliveryMethods", deliveryMethods(&s.DeliveryMethods), nil, "pass through", "what the delivery methods are called in Ongoing; an order whose method is not listed is held"},
		{"cancelWithdrawn", flag(&s.CancelWithdrawn), boolean(false), "", "an imported order that has left the pulled statuses for Inactive, Offer or Draft, or is gone, is cancelled in Ongoing while that is still possible"},
	}
}

func shipmentsFields(s *Shipments) []field {
	return []field{
		{"enabled", flag(&s.Enabled), boolean(true), "", "the process `shipments`"},
		// 1000 is Cancelled in every warehouse, and numbers from there on are not of goods that left.
		{"reportAt", list(&s.ReportAt, "N", "one or more order status numbers of Ongoing, whole numbers from 1 to 999, each once", between(1, 999)), lst(num("450"), num("500")), "", "Ongoing's order status numbers at which an order counts as shipped"},
		{"status", writtenStatus(&s.Status), str("Sent"), "", "status set in 24SevenOffice"},
		{"restOrders", flag(&s.RestOrders), boolean(false), "", "make a rest order for what could not be picked"},
		{"tracking", choice(&s.TrackingInInvoiceText, map[string]bool{"invoiceText": true}), nil, "off", "`invoiceText`: the waybill numbers are added to the order's invoice text"},
	}
}
