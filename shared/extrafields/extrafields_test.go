package extrafields_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

// Samples of values.
var (
	someNumber = number.MustParse("12.5")
	someTime   = time.Date(2026, 11, 25, 13, 30, 0, 0, time.UTC)
)

// TestEveryPairCopiesItsValue takes a value from the member of 24SevenOffice that `from` names to the field of Ongoing
// that `to` names, for every pair of names that fit each other.
func TestEveryPairCopiesItsValue(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, from := range extrafields.Sources() {
		for _, to := range extrafields.Targets() {
			f := extrafields.Field{From: from, To: to}
			if extrafields.Check(f) != nil {
				continue
			}
			used[from], used[to] = true, true
			body, sent := copyField(t, f)
			got, found := at(body, to)
			if !found {
				t.Errorf("%s → %s: no value arrived: %v", from, to, body)
				continue
			}
			want, ok := got.(string)
			if ok { // texts accept every kind
				if want != sent {
					t.Errorf("%s → %s: %q arrived; want %q", from, to, got, sent)
				}
			} else if n := got.(json.Number).String(); n != sent && !strings.HasSuffix(to, "stockLimit") {
				t.Errorf("%s → %s: %s arrived; want %s", from, to, n, sent)
			}
		}
	}
	for _, name := range append(extrafields.Sources(), extrafields.Targets()...) {
		if !used[name] && extrafields.Check(extrafields.Field{Value: "NO", To: name}) != nil {
			t.Errorf("%s is published but fits no other name", name)
		}
	}
}

// copyField sets the member that f.From names, copies it, and returns the body for Ongoing and the value as a text.
func copyField(t *testing.T, f extrafields.Field) (body any, sent string) {
	t.Helper()
	level, member, _ := strings.Cut(f.From, ".")
	switch level {
	case "product":
		var p office24.Product
		var b ongoing.ArticleBody
		sent = fill(t, &p, member)
		extrafields.Product([]extrafields.Field{f}, p, &b)
		return decoded(t, b), sent
	case "order":
		var o office24.Order
		var b ongoing.OrderBody
		sent = fill(t, &o, member)
		extrafields.Order([]extrafields.Field{f}, o, &b)
		return decoded(t, b), sent
	}
	var o office24.Order
	var r office24.Row
	var l ongoing.OrderLine
	switch member {
	case "Currency": // a row has the currency of its order
		sent = fill(t, &o, member)
	case "LineTotal":
		r.Price, r.Quantity, r.DiscountRate = decimal("10"), decimal("2.5"), decimal("50")
		sent = "12.5"
	default:
		sent = fill(t, &r, member)
	}
	extrafields.Row([]extrafields.Field{f}, o, r, &l)
	return decoded(t, l), sent
}

// fill sets the member with this name in the vendor's spelling, and returns its value as a text.
func fill(t *testing.T, record any, member string) string {
	t.Helper()
	v := reflect.ValueOf(record).Elem()
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("soap"), ",")
		name, _, _ := strings.Cut(tag, ">")
		if name != member && (name != "" || v.Type().Field(i).Name != member) {
			continue
		}
		switch field := v.Field(i).Addr().Interface().(type) {
		case *string:
			*field = "blå & grønn"
			return "blå & grønn"
		case **number.Decimal:
			*field = &someNumber
			return "12.5"
		case *time.Time:
			*field = someTime
			return "2026-11-25T13:30:00Z"
		case **office24.Currency:
			*field = &office24.Currency{Symbol: "SEK"}
			return "SEK"
		default: // ids
			v.Field(i).SetInt(17)
			return "17"
		}
	}
	t.Fatalf("%T has no member %s", record, member)
	return ""
}

// decimal returns nil for an empty text.
func decimal(s string) *number.Decimal {
	if s == "" {
		return nil
	}
	d := number.MustParse(s)
	return &d
}

func decoded(t *testing.T, body any) any {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// at finds the field of a published name, which is its path in the body after the level. In the list of names by
// language the last part is the language.
func at(tree any, name string) (any, bool) {
	for _, part := range strings.Split(name, ".")[1:] {
		switch v := tree.(type) {
		case map[string]any:
			tree = v[part]
		case []any:
			entry, _ := v[0].(map[string]any)
			if entry["languageCode"] != part {
				return nil, false
			}
			tree = entry["articleName"]
		}
	}
	return tree, tree != nil
}

func TestCheckAcceptsPairsThatFit(t *testing.T) {
	t.Parallel()
	for name, field := range map[string]extrafields.Field{
		"a price":          {From: "row.Price", To: "line.prices.linePrice"},
		"a number as text": {From: "order.ProjectId", To: "order.freeText1"},
		"a date as text":   {From: "order.DateOrdered", To: "order.freeText1"},
	} {
		if err := extrafields.Check(field); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckRefusesUnpublishedAndUnfitPairs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, want string }{
		"a text as number":           {"row.Name", "line.prices.linePrice", "takes a number"},
		"a number as date":           {"order.ProjectId", "order.orderFreeDateTime1", "takes a date"},
		"from an order to a line":    {"order.Currency", "line.prices.currencyCode", "belongs to an order"},
		"from a product to an order": {"product.Price", "order.customerPrice", "belongs to a product"},
		"an unpublished source":      {"row.Secret", "line.comment", `from "row.Secret" is not one of row.Cost, row.`},
		"an unknown kind of source":  {"supplier.Name", "line.comment", "is not one of order.Currency, "},
		"an unpublished target":      {"row.Name", "line.rowNumber", `to "line.rowNumber" is not one of`},
		"a name in another case":     {"row.price", "line.prices.linePrice", "is not one of"},
		"no names":                   {"", "", "either from or value must be given"},
		"no target":                  {"row.Name", "", "is not one of"},
		"a text as country":          {"product.StockLocation", "article.countryOfOriginCode", "takes a country"},
		"a field that is mapped":     {"product.StockLocation", "article.articleNumber", "is not one of"},
	} {
		err := extrafields.Check(extrafields.Field{From: test.from, To: test.to})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestValueInsteadOfSource(t *testing.T) {
	t.Parallel()
	const country = "article.countryOfOriginCode"
	for name, test := range map[string]struct {
		field extrafields.Field
		want  string // what Check says; "" if it fits
	}{
		"a country": {field: extrafields.Field{Value: "NO", To: "article.countryOfOriginCode"}},
		"a text":    {field: extrafields.Field{Value: "NO", To: "order.freeText1"}},
		"a number":  {field: extrafields.Field{Value: "12.5", To: "line.prices.linePrice"}},
		"a date": {
			field: extrafields.Field{Value: "2026-11-28T00:00:00Z", To: "order.orderFreeDateTime1"},
		},
		"a country in words":  {extrafields.Field{Value: "Norge", To: country}, "two capital letters"},
		"a country in lower":  {extrafields.Field{Value: "no", To: country}, "two capital letters"},
		"a text for a number": {extrafields.Field{Value: "NO", To: "line.prices.linePrice"}, "not a decimal number"},
		"a text for a date":   {extrafields.Field{Value: "i morgen", To: "order.orderFreeDateTime1"}, "RFC 3339"},
		"a text that is too long": {
			extrafields.Field{Value: strings.Repeat("x", 21), To: "line.prices.currencyCode"}, "at most 20 characters",
		},
		"an unpublished target": {extrafields.Field{Value: "NO", To: "article.articleNumber"}, "is not one of"},
		"both": {
			extrafields.Field{From: "row.Name", Value: "NO", To: "line.comment"}, "either from or value",
		},
	} {
		err := extrafields.Check(test.field)
		if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	fields := []extrafields.Field{
		{Value: "NO", To: "article.countryOfOriginCode"}, {Value: "8", To: "article.stockLimit"},
		{Value: "SEK", To: "line.prices.currencyCode"}, {Value: "Hei", To: "order.freeText1"},
	}
	var article ongoing.ArticleBody
	var order ongoing.OrderBody
	var line ongoing.OrderLine
	extrafields.Product(fields, office24.Product{}, &article)
	extrafields.Order(fields, office24.Order{}, &order)
	extrafields.Row(fields, office24.Order{}, office24.Row{}, &line)
	if article.CountryOfOriginCode != "NO" || *article.StockLimit != 8 || line.Prices.CurrencyCode != "SEK" ||
		order.FreeText1 != "Hei" {
		t.Errorf("article %+v, order %+v, line %+v", article, order, line)
	}
}

func TestTextThatIsCutIsReported(t *testing.T) {
	t.Parallel()
	fields := []extrafields.Field{
		{From: "product.DescriptionLong", To: "article.freeValues.freeText1"},
		{From: "product.StockLocation", To: "article.freeValues.freeText2"},
		{From: "product.DescriptionLong", To: "article.articleNameTranslations.no"},
	}
	product := office24.Product{
		DescriptionLong: strings.Repeat("ø", 301), StockLocation: strings.Repeat("ø", 298) + "\n ",
	}
	cut := extrafields.Product(fields, product, &ongoing.ArticleBody{})
	want := []extrafields.Cut{
		{To: "article.freeValues.freeText1", Limit: 300}, {To: "article.articleNameTranslations.no", Limit: 200},
	}
	if diff := cmp.Diff(want, cut); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestMissingValueSetsNothing(t *testing.T) {
	t.Parallel()
	var fields []extrafields.Field
	for _, from := range extrafields.Sources() {
		for _, to := range extrafields.Targets() {
			if f := (extrafields.Field{From: from, To: to}); extrafields.Check(f) == nil {
				fields = append(fields, f)
			}
		}
	}
	var article ongoing.ArticleBody
	var order ongoing.OrderBody
	var line ongoing.OrderLine
	extrafields.Product(fields, office24.Product{}, &article)
	extrafields.Order(fields, office24.Order{}, &order)
	extrafields.Row(fields, office24.Order{}, office24.Row{}, &line)
	for _, got := range []string{
		cmp.Diff(ongoing.ArticleBody{}, article), cmp.Diff(ongoing.OrderBody{}, order),
		cmp.Diff(ongoing.OrderLine{}, line),
	} {
		if got != "" {
			t.Errorf("-empty +got\n%s", got)
		}
	}
}

func TestLongTextIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("æ", 299) + "🚚🚚" // the first truck begins within 300 UTF-16 units and ends after them
	var order ongoing.OrderBody
	extrafields.Order([]extrafields.Field{{From: "order.InvoiceText", To: "order.freeText1"}},
		office24.Order{InvoiceText: long}, &order)
	if order.FreeText1 != strings.Repeat("æ", 299) {
		t.Errorf("a long text became %q", order.FreeText1)
	}
}

func TestEmailAddressIsNotToBeNotified(t *testing.T) {
	t.Parallel()
	var order ongoing.OrderBody
	extrafields.Order([]extrafields.Field{{From: "order.InvoiceEmailAddress", To: "order.emailNotification.value"}},
		office24.Order{InvoiceEmailAddress: "ordre@example.no"}, &order)
	if order.EmailNotification == nil || order.EmailNotification.ToBeNotified {
		t.Errorf("got %+v, want an address without notification", order.EmailNotification)
	}
}

func TestStockLimitIsRoundedToAWholeNumber(t *testing.T) {
	t.Parallel()
	var article ongoing.ArticleBody
	extrafields.Product([]extrafields.Field{{From: "product.MinimumStock", To: "article.stockLimit"}},
		office24.Product{MinimumStock: decimal("2.5")}, &article)
	if article.StockLimit == nil || *article.StockLimit != 3 {
		t.Errorf("a limit of 2.5 became %v, want 3", article.StockLimit)
	}
}

func TestPriceOfZeroIsAPrice(t *testing.T) {
	t.Parallel()
	var article ongoing.ArticleBody
	extrafields.Product([]extrafields.Field{{From: "product.Price", To: "article.customerPrice"}},
		office24.Product{Price: decimal("0")}, &article)
	if article.CustomerPrice == nil || article.CustomerPrice.String() != "0" {
		t.Errorf("a price of 0 became %v", article.CustomerPrice)
	}
}

func TestLineTotalIsPriceTimesQuantityLessDiscount(t *testing.T) {
	t.Parallel()
	total := []extrafields.Field{{From: "row.LineTotal", To: "line.prices.linePrice"}}
	for name, test := range map[string]struct {
		price, quantity, discount string // empty: missing
		want                      string
	}{
		"price times quantity":        {price: "399", quantity: "3", want: "1197"},
		"less the discount":           {price: "100", quantity: "1", discount: "12.5", want: "87.5"},
		"rounded to the øre":          {price: "0.333", quantity: "1", want: "0.33"},
		"a price of zero":             {price: "0", quantity: "3", want: "0"},
		"no total without a quantity": {price: "399"},
		"no total without a price":    {quantity: "3"},
		"a rebate is a total, too":    {price: "-50", quantity: "1", want: "-50"},
		"a discount of 100 percent":   {price: "399", quantity: "3", discount: "100", want: "0"},
		"exact where floats are not":  {price: "0.1", quantity: "3", want: "0.3"},
	} {
		var l ongoing.OrderLine
		row := office24.Row{
			Price: decimal(test.price), Quantity: decimal(test.quantity), DiscountRate: decimal(test.discount),
		}
		extrafields.Row(total, office24.Order{}, row, &l)
		got := ""
		if l.Prices.LinePrice != nil {
			got = l.Prices.LinePrice.String()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestProductPropertiesAreThoseOfProductFields(t *testing.T) {
	t.Parallel()
	got := extrafields.ProductProperties([]extrafields.Field{
		{From: "product.Price", To: "article.customerPrice"}, {From: "row.Price", To: "line.prices.linePrice"},
		{From: "product.StockLocation", To: "article.freeValues.freeText1"},
	})
	if diff := cmp.Diff([]string{"Price", "StockLocation"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
