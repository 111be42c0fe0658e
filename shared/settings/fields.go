package settings

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/extra"
	"ongoing24so/shared/office24"
)

// maxInt is the highest id either vendor can send: ids are 32-bit integers in the WSDL and in Ongoing's definition.
const maxInt = 1<<31 - 1

// fields is the settings table. Each row stores what it reads in c.
func fields(c *Customer, hosts Hosts) []field {
	return []field{
		{"customerId", text(&c.ID, "1 to 40 of a-z, 0-9 and - (S)", ValidID), nil, required, "the customer, in keys, logs and the secret's name"},
		{"name", text(&c.Name, "1 to 100 printable characters (S)", printable(100)), nil, "customerId", "for people"},
		{"enabled", flag(&c.Enabled), boolean(true), "", "the customer's master switch"},
		{"mode", choice(&c.Preview, map[string]bool{"live": false, "preview": true}), str("live"), "", "`preview`: every run is a dry run"},
		{"intervalMinutes", duration(&c.Interval, time.Minute, 5, 1440), num("15"), "", "a process runs for this customer when this much time, less one minute, has passed since its last start"},
		{"timeZone", one(&c.Location, "S", "a zone of the IANA database such as Europe/Oslo (S)", zone), str("Europe/Oslo"), "", "zone in which dates are meant"},
		{"defaultCountry", text(&c.DefaultCountry, "two capital letters (S)", country), str("NO"), "", "country where an address names none"},
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

func ongoingFields(o *Ongoing, hosts Hosts) []field {
	return []field{
		{"baseUrl", baseURL(&o.BaseURL, hosts), nil, required, "where the warehouse's API is, e.g. `https://api.ongoingsystems.se/acme/api/v1/`"},
		{"goodsOwnerId", whole(&o.GoodsOwnerID, 1, maxInt), nil, required, "the customer's goods owner in Ongoing WMS"},
	}
}

func articlesFields(a *Articles) []field {
	return []field{
		{"enabled", flag(&a.Enabled), boolean(true), "", "the process `articles`"},
		{"categoryIds", list(&a.CategoryIDs, "N", fmt.Sprintf("one or more category ids, whole numbers (N) from 1 to %d, each once", maxInt), between(1, maxInt)), nil, "all", "only products of these categories"},
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
		{"startDate", text(&s.StartDate, "a date as YYYY-MM-DD (S)", date), nil, "no limit", "orders dated before are left alone"},
		{"importedStatus", writtenStatus(&s.ImportedStatus), nil, "off", "status set in 24SevenOffice once the order stands in Ongoing"},
		{"orderNumberPrefix", text(&s.OrderNumberPrefix, "up to 40 printable characters (S), not starting with a space", prefix), str(""), "", "put before the order id to make Ongoing's order number"},
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
		{"reportAt", list(&s.ReportAt, "N", "one or more order status numbers of Ongoing, whole numbers (N) from 1 to 999, each once", between(1, 999)), lst(num("450"), num("500")), "", "Ongoing's order status numbers at which an order counts as shipped"},
		{"status", writtenStatus(&s.Status), str("Sent"), "", "status set in 24SevenOffice"},
		{"restOrders", flag(&s.RestOrders), boolean(false), "", "make a rest order for what could not be picked"},
		{"tracking", choice(&s.TrackingInInvoiceText, map[string]bool{"invoiceText": true}), nil, "off", "`invoiceText`: the waybill numbers are added to the order's invoice text"},
	}
}

// variations reads where an article's variation is to be found.
func variations(dst **Variations) rule {
	var v Variations
	r := record([]field{
		{"field", choice(&v.Field, map[string]string{VariationsNo: VariationsNo, VariationsName: VariationsName}), nil, required, "the product's field"},
		{"pattern", variationPattern(&v.Pattern), nil, required, "regular expression over that field"},
	})
	readRecord := r.read
	r.read = func(path string, av types.AttributeValue) []string {
		*dst = &v
		return readRecord(path, av)
	}
	return r
}

// deliveryMethods reads what each delivery method is called in Ongoing.
func deliveryMethods(dst *map[office24.DeliveryMethodID]DeliveryMethod) rule {
	const allowed = "a map (M) of one or more delivery method ids, whole numbers from 0"
	read := func(path string, v types.AttributeValue) (problems []string) {
		m, ok := v.(*types.AttributeValueMemberM)
		if !ok || len(m.Value) == 0 {
			return refuse(path, v, allowed)
		}
		methods := make(map[office24.DeliveryMethodID]DeliveryMethod, len(m.Value))
		for key, entry := range m.Value {
			id, err := strconv.ParseInt(key, 10, 32)
			if err != nil || id < 0 || strconv.FormatInt(id, 10) != key {
				problems = append(problems, fmt.Sprintf("%s.%s is not an id, allowed: %s", path, showName(key), allowed))
				continue
			}
			var method DeliveryMethod
			at := path + "." + key
			wrong := record(deliveryMethodFields(&method)).read(at, entry)
			if len(wrong) == 0 {
				wrong = method.check(at)
			}
			problems = append(problems, wrong...)
			methods[office24.DeliveryMethodID(id)] = method
		}
		*dst = methods
		return problems
	}
	return rule{kind: "M of M", allowed: allowed, read: read, inside: ".<id>.", fields: deliveryMethodFields(new(DeliveryMethod))}
}

// The lengths are Ongoing's for a way of delivery.
func deliveryMethodFields(m *DeliveryMethod) []field {
	code := func(dst *string) rule { return text(dst, "1 to 50 printable characters (S)", printable(50)) }
	return []field{
		{"code", code(&m.Code), nil, "", "code of the way of delivery; or else a transporter"},
		{"name", text(&m.Name, "1 to 100 printable characters (S)", printable(100)), nil, "", "name of the way of delivery, with `code`"},
		{"transporterCode", code(&m.TransporterCode), nil, "", "Ongoing's code of the transporter"},
		{"transporterServiceCode", code(&m.TransporterServiceCode), nil, "", "Ongoing's code of the transporter's service, with `transporterCode`"},
	}
}

// check tells whether the method names a way of delivery or a transporter: Ongoing takes them for alternatives.
func (m DeliveryMethod) check(path string) []string {
	way := m.Code != "" && m.TransporterCode == "" && m.TransporterServiceCode == ""
	transporter := m.TransporterCode != "" && m.TransporterServiceCode != "" && m.Code == "" && m.Name == ""
	if way || transporter {
		return nil
	}
	return refuseUnseen(path, "names neither one way of delivery nor one transporter", "either code, with or without name, or transporterCode with transporterServiceCode")
}

// extraFields reads pairs of published names. An empty list is none, as an editor leaves it behind.
func extraFields(dst *[]extra.Field) rule {
	const allowed = "a list (L) of maps of from and to"
	read := func(path string, v types.AttributeValue) (problems []string) {
		l, ok := v.(*types.AttributeValueMemberL)
		if !ok {
			return refuse(path, v, allowed)
		}
		targets := map[string]bool{}
		for i, element := range l.Value {
			var f extra.Field
			at := fmt.Sprintf("%s[%d]", path, i)
			wrong := record(extraFieldFields(&f)).read(at, element)
			if len(wrong) == 0 {
				wrong = checkExtra(at, f, targets[f.To])
			}
			problems = append(problems, wrong...)
			targets[f.To] = true
			*dst = append(*dst, f)
		}
		return problems
	}
	return rule{kind: "L of M", allowed: allowed, read: read, inside: "[].", fields: extraFieldFields(new(extra.Field))}
}

func extraFieldFields(f *extra.Field) []field {
	return []field{
		{"from", text(&f.From, "a published name (S)", printable(60)), nil, required, "field of 24SevenOffice"},
		{"to", text(&f.To, "a published name (S)", printable(60)), nil, required, "field of Ongoing"},
	}
}

func checkExtra(path string, f extra.Field, taken bool) []string {
	if err := extra.Check(f); err != nil {
		return []string{fmt.Sprintf("%s: %v", path, err)}
	}
	if taken {
		return []string{fmt.Sprintf("%s.to is %q a second time, allowed: each once", path, f.To)}
	}
	return nil
}

// baseURL reads the address of a warehouse's API. A refused address is not quoted: it may hold credentials.
func baseURL(dst *string, hosts Hosts) rule {
	const allowed = "an https URL (S) of an allowed host, ending in /api/v1/, e.g. https://api.ongoingsystems.se/acme/api/v1/"
	return rule{kind: "S", allowed: allowed, read: func(path string, v types.AttributeValue) []string {
		s, ok := textOf(v)
		if !ok {
			return refuse(path, v, allowed)
		}
		if err := hosts.Allow(s); err != nil {
			return refuseUnseen(path, err.Error(), allowed)
		}
		u, err := url.Parse(s)
		if err != nil || u.ForceQuery || u.RawQuery != "" || strings.Contains(s, "#") {
			return refuseUnseen(path, "holds a query or a fragment", allowed)
		}
		p := strings.TrimSuffix(u.EscapedPath(), "/") + "/"
		if !apiPath.MatchString(p) {
			return refuseUnseen(path, "does not end in /api/v1/", allowed)
		}
		*dst = u.Scheme + "://" + strings.ToLower(u.Host) + p
		return nil
	}}
}

// A warehouse's path as it is published: plain segments, none of them dots only.
var apiPath = regexp.MustCompile(`^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*api/v1/$`)

// variationPattern reads a regular expression for variations. Its size is bounded, because it meets every product's text.
func variationPattern(dst **regexp.Regexp) rule {
	const allowed = "a regular expression (S, RE2 syntax, up to 200 characters) with the named group base and any of color, size, packaging, each once"
	return rule{kind: "S", allowed: allowed, read: func(path string, v types.AttributeValue) []string {
		s, ok := textOf(v)
		if !ok || utf8.RuneCountInString(s) > 200 {
			return refuse(path, v, allowed)
		}
		parsed, err := syntax.Parse(s, syntax.Perl)
		if err != nil {
			return refuseUnseen(path, err.Error(), allowed)
		}
		if program, err := syntax.Compile(parsed.Simplify()); err != nil || len(program.Inst) > 2000 {
			return refuseUnseen(path, "its repetitions make it too large", allowed)
		}
		groups := slices.DeleteFunc(parsed.CapNames(), func(name string) bool { return name == "" })
		known := func(name string) bool { return slices.Contains([]string{"base", "color", "size", "packaging"}, name) }
		if !slices.Contains(groups, "base") || slices.ContainsFunc(groups, func(name string) bool { return !known(name) }) {
			return refuseUnseen(path, fmt.Sprintf("its named groups are %q", groups), allowed)
		}
		*dst, err = regexp.Compile(s)
		if err != nil {
			return refuseUnseen(path, err.Error(), allowed)
		}
		return nil
	}}
}

// identity reads a GUID, which is not shown: people have an application id, which is a secret, in the same shape.
func identity(dst *string) rule {
	const allowed = "a GUID (S) such as 7e1f0d00-1111-4222-8333-0000000000bb"
	guid := regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	return rule{kind: "S", allowed: allowed, read: func(path string, v types.AttributeValue) []string {
		s, ok := textOf(v)
		if !ok || !guid.MatchString(s) {
			return refuseUnseen(path, "not a GUID", allowed)
		}
		*dst = strings.ToLower(s)
		return nil
	}}
}

func anyStatus(office24.OrderStatus) bool { return true }

// writable tells whether a status may be written. One that invoices books the order for good; None is what somebody
// writes who means none.
func writable(s office24.OrderStatus) bool { return !s.Invoices() && s != office24.StatusNone }

func writtenStatus(dst *office24.OrderStatus) rule {
	return one(dst, "S", "an order status that may be written: "+statusNames(writable), statusWhere(writable))
}

func statusWhere(ok func(office24.OrderStatus) bool) parser[office24.OrderStatus] {
	return func(v types.AttributeValue) (office24.OrderStatus, bool) {
		name, _ := textOf(v)
		s, known := office24.StatusNamed(name)
		return s, known && ok(s)
	}
}

func statusNames(ok func(office24.OrderStatus) bool) string {
	names := map[string]bool{}
	for _, s := range office24.OrderStatuses() {
		if ok(s) {
			names[s.Name()] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// ValidID tells whether a text may be a customerId. It is part of keys and of the secret's name.
func ValidID(id string) bool {
	return 0 < len(id) && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// zone loads a zone by name. The names that Go reads as "this machine's" are no zones.
func zone(v types.AttributeValue) (*time.Location, bool) {
	name, _ := textOf(v)
	if name == "" || name == "Local" {
		return nil, false
	}
	l, err := time.LoadLocation(name)
	return l, err == nil
}

func country(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func date(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// prefix leaves room for the ten digits of an order id within Ongoing's 50 characters of an order number. A space in
// front would be lost on the way and the order not found again.
func prefix(s string) bool { return s == "" || printable(40)(s) && !strings.HasPrefix(s, " ") }

func printable(most int) func(string) bool {
	return func(s string) bool {
		bad := func(r rune) bool { return !unicode.IsPrint(r) }
		return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, bad)
	}
}
