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

// Samples of each kind of value, and how they look as a text.
var (
	someNumber = number.MustParse("12.5")
	someMoment = time.Date(2026, 11, 25, 13, 30, 0, 0, time.UTC)
)

// TestEveryPair carries a value along every pair of names that fit each other: out of the member of 24SevenOffice that
// `from` names, to the field of Ongoing that `to` names.
func TestEveryPair(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, from := range extrafields.Sources() {
		for _, to := range extrafields.Targets() {
			f := extrafields.Field{From: from, To: to}
			if extrafields.Check(f) != nil {
				continue
			}
			used[from], used[to] = true, true
			body, sent := carry(t, f)
			got, found := at(body, to)
			if !found {
				t.Errorf("%s → %s: nothing arrived: %v", from, to, body)
				continue
			}
			want, ok := got.(string)
			if ok { // every kind can become a text
				if want != sent {
					t.Errorf("%s → %s: %q arrived; want %q", from, to, got, sent)
				}
			} else if n := got.(json.Number).String(); n != sent && !strings.HasSuffix(to, "stockLimit") {
				t.Errorf("%s → %s: %s arrived; want %s", from, to, n, sent)
			}
		}
	}
	for _, name := range append(extrafields.Sources(), extrafields.Targets()...) {
		if !used[name] {
			t.Errorf("%s is published and fits nothing", name)
		}
	}
}

// carry fills the member that from names, lets the value travel, and returns the body it arrived in and the value as a text.
func carry(t *testing.T, f extrafields.Field) (body any, sent string) {
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
	case "Currency": // a row's currency is its order's
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

// fill sets the member of that name in the vendor's spelling.
func fill(t *testing.T, record any, member string) string {
	t.Helper()
	v := reflect.ValueOf(record).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("soap"), ">")
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
			*field = someMoment
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

func decimal(s string) *number.Decimal {
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

// at finds the field that a published name leads to: its path in the body, without the level in front. In the list of
// names by language the last part is the language.
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

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		field extrafields.Field
		want  string // in the error; empty: accepted
	}{
		"the usual one":                    {extrafields.Field{From: "row.Price", To: "line.prices.linePrice"}, ""},
		"a number may become a text":       {extrafields.Field{From: "order.ProjectId", To: "order.freeText1"}, ""},
		"a moment may become a text":       {extrafields.Field{From: "order.DateOrdered", To: "order.freeText1"}, ""},
		"a text is no number":              {extrafields.Field{From: "row.Name", To: "line.prices.linePrice"}, "takes a number"},
		"a number is no moment":            {extrafields.Field{From: "order.ProjectId", To: "order.orderFreeDateTime1"}, "takes a date"},
		"an order has no place on a line":  {extrafields.Field{From: "order.Currency", To: "line.prices.currencyCode"}, "belongs to an order"},
		"a product's field is no order's":  {extrafields.Field{From: "product.Price", To: "order.customerPrice"}, "belongs to a product"},
		"a name that is not published":     {extrafields.Field{From: "row.Secret", To: "line.comment"}, `from "row.Secret" is not one of`},
		"a target that is not published":   {extrafields.Field{From: "row.Name", To: "line.rowNumber"}, `to "line.rowNumber" is not one of`},
		"the names tell upper from lower":  {extrafields.Field{From: "row.price", To: "line.prices.linePrice"}, "is not one of"},
		"no name at all":                   {extrafields.Field{}, "is not one of"},
		"documented fields are not extras": {extrafields.Field{From: "product.StockLocation", To: "article.articleNumber"}, "is not one of"},
	} {
		err := extrafields.Check(test.field)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v; want %q", name, err, test.want)
		}
	}
}

// TestNotGiven: a value that the record does not have overwrites nothing.
func TestNotGiven(t *testing.T) {
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
		cmp.Diff(ongoing.ArticleBody{}, article), cmp.Diff(ongoing.OrderBody{}, order), cmp.Diff(ongoing.OrderLine{}, line),
	} {
		if got != "" {
			t.Errorf("-empty +got\n%s", got)
		}
	}
}

// TestValues: what happens to a value on its way.
func TestValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("æ", 299) + "🚚🚚" // the last character that begins within 300 units does not end within them
	var order ongoing.OrderBody
	extrafields.Order([]extrafields.Field{{From: "order.InvoiceText", To: "order.freeText1"}, {From: "order.InvoiceEmailAddress", To: "order.emailNotification.value"}},
		office24.Order{InvoiceText: long, InvoiceEmailAddress: "ordre@example.no"}, &order)
	if order.FreeText1 != strings.Repeat("æ", 299) {
		t.Errorf("a long text became %q", order.FreeText1)
	}
	if order.EmailNotification == nil || order.EmailNotification.ToBeNotified {
		t.Errorf("an address that is passed on is not one to write to: %+v", order.EmailNotification)
	}

	var article ongoing.ArticleBody
	extrafields.Product([]extrafields.Field{{From: "product.MinimumStock", To: "article.stockLimit"}}, office24.Product{MinimumStock: decimal("2.5")}, &article)
	if article.StockLimit == nil || *article.StockLimit != 3 {
		t.Errorf("a limit of two and a half became %v; want a whole number", article.StockLimit)
	}
	zero := office24.Product{Price: decimal("0")}
	extrafields.Product([]extrafields.Field{{From: "product.Price", To: "article.customerPrice"}}, zero, &article)
	if article.CustomerPrice == nil || article.CustomerPrice.String() != "0" {
		t.Errorf("a price of zero became %v; it is a price", article.CustomerPrice)
	}
}

func TestLineTotal(t *testing.T) {
	t.Parallel()
	total := []extrafields.Field{{From: "row.LineTotal", To: "line.prices.linePrice"}}
	for name, test := range map[string]struct {
		row  office24.Row
		want string
	}{
		"price by quantity":          {office24.Row{Price: decimal("399"), Quantity: decimal("3")}, "1197"},
		"less the discount":          {office24.Row{Price: decimal("100"), Quantity: decimal("1"), DiscountRate: decimal("12.5")}, "87.5"},
		"to the øre":                 {office24.Row{Price: decimal("0.333"), Quantity: decimal("1")}, "0.33"},
		"given away":                 {office24.Row{Price: decimal("0"), Quantity: decimal("3")}, "0"},
		"no quantity, no total":      {office24.Row{Price: decimal("399")}, ""},
		"no price, no total":         {office24.Row{Quantity: decimal("3")}, ""},
		"a rebate is a total, too":   {office24.Row{Price: decimal("-50"), Quantity: decimal("1")}, "-50"},
		"a discount of all of it":    {office24.Row{Price: decimal("399"), Quantity: decimal("3"), DiscountRate: decimal("100")}, "0"},
		"exact where floats are not": {office24.Row{Price: decimal("0.1"), Quantity: decimal("3")}, "0.3"},
	} {
		var l ongoing.OrderLine
		extrafields.Row(total, office24.Order{}, test.row, &l)
		got := ""
		if l.Prices.LinePrice != nil {
			got = l.Prices.LinePrice.String()
		}
		if got != test.want {
			t.Errorf("%s: %q; want %q", name, got, test.want)
		}
	}
}

// TestProductProperties: what the fields need has to be asked for by name, and nothing else.
func TestProductProperties(t *testing.T) {
	t.Parallel()
	got := extrafields.ProductProperties([]extrafields.Field{
		{From: "product.Price", To: "article.customerPrice"}, {From: "row.Price", To: "line.prices.linePrice"},
		{From: "product.StockLocation", To: "article.freeValues.freeText1"},
	})
	if diff := cmp.Diff([]string{"Price", "StockLocation"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
