package articles_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
)

// pair returns a code with itself as its name.
func pair(s string) *ongoing.CodeName { return &ongoing.CodeName{Code: s, Name: s} }

func varied(field, pattern string) settings.Customer {
	return settings.Customer{Articles: settings.Articles{
		Variations: &settings.Variations{Field: field, Pattern: regexp.MustCompile(pattern)},
	}}
}

const dashed = `^(?P<base>[^-]+)-(?P<color>[^-]+)(-(?P<size>[^-]+))?(-(?P<packaging>[^-]+))?$`

func TestProductIsMappedToArticle(t *testing.T) {
	t.Parallel()
	weight := number.MustParse("0.085")
	truck := "🚚" // two units of UTF-16
	for name, test := range map[string]struct {
		product  office24.Product
		settings settings.Customer
		want     ongoing.ArticleBody
	}{
		"six fields and two switches": {
			product: office24.Product{
				ID: 7001, No: "BLÅ-1", Name: "Blåbær & fløte", Description: "Ekte <saker>", EAN1: "7090000000012",
				Weight: &weight, StatusID: new(1), StockControlled: new(true),
			},
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "BLÅ-1", ArticleName: "Blåbær & fløte", Description: "Ekte <saker>",
				BarCodeInfo: &ongoing.BarCodeInfo{BarCode: "7090000000012"}, Weight: &weight, IsActive: new(true),
				IsStockArticle: new(true),
			},
		},
		"empty fields are not sent": {
			product: office24.Product{ID: 7001, No: "A"},
			want:    ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "A"},
		},
		"a weight of zero is sent": {
			product: office24.Product{ID: 7001, No: "A", Weight: new(number.FromInt(0))},
			want:    ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "A", Weight: new(number.FromInt(0))},
		},
		"an expired product becomes inactive": {
			product: office24.Product{ID: 7001, No: "A", StatusID: new(0)},
			want:    ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "A", IsActive: new(false)},
		},
		"a product without stock control is not a stock article": {
			product: office24.Product{ID: 7001, No: "FRAKT", StockControlled: new(false)},
			want:    ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "FRAKT", IsStockArticle: new(false)},
		},
		"space around number and bar code is removed": {
			product: office24.Product{ID: 7001, No: " A ", EAN1: " 7090 "},
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "A", BarCodeInfo: &ongoing.BarCodeInfo{BarCode: "7090"},
			},
		},
		"a bar code of space is not sent": {
			product: office24.Product{ID: 7001, No: "A", EAN1: "  "},
			want:    ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "A"},
		},
		"the longest name that is allowed is kept": {
			product: office24.Product{ID: 7001, No: "A", Name: strings.Repeat("ø", 200)},
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "A", ArticleName: strings.Repeat("ø", 200),
			},
		},
		"a name that is too long is cut": {
			product: office24.Product{ID: 7001, No: "A", Name: strings.Repeat("ø", 201)},
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "A", ArticleName: strings.Repeat("ø", 200),
			},
		},
		"a name is never cut in the middle of a character": {
			product: office24.Product{ID: 7001, No: "A", Name: strings.Repeat("x", 199) + truck},
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "A", ArticleName: strings.Repeat("x", 199),
			},
		},
		"variations from the number": {
			product: office24.Product{ID: 7001, No: "GENSER-RØD-XL"}, settings: varied("No", dashed),
			want: ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "GENSER-RØD-XL", ArticleGroup: pair("GENSER"),
				ArticleColor: pair("RØD"), ArticleSize: pair("XL")},
		},
		"variations from the name": {
			product:  office24.Product{ID: 7001, No: "17", Name: "Genser, rød"},
			settings: varied("Name", `^(?P<base>[^,]+), (?P<color>.+)$`),
			want: ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "17", ArticleName: "Genser, rød",
				ArticleGroup: pair("Genser"), ArticleColor: pair("rød")},
		},
		"a packaging that is a number is the quantity in a package": {
			product: office24.Product{ID: 7001, No: "SOKK-SVART-42-6"}, settings: varied("No", dashed),
			want: ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "SOKK-SVART-42-6", ArticleGroup: pair("SOKK"),
				ArticleColor: pair("SVART"), ArticleSize: pair("42"), QuantityPerPackage: new(6)},
		},
		"a packaging that is a word is a category": {
			product: office24.Product{ID: 7001, No: "SOKK-SVART-42-KARTONG"}, settings: varied("No", dashed),
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "SOKK-SVART-42-KARTONG", ArticleGroup: pair("SOKK"),
				ArticleColor: pair("SVART"), ArticleSize: pair("42"), ArticleCategory: pair("KARTONG"),
			},
		},
		"a number that is too large for a quantity is a category": {
			product: office24.Product{ID: 7001, No: "SOKK-SVART-42-7090000000012"}, settings: varied("No", dashed),
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "SOKK-SVART-42-7090000000012", ArticleGroup: pair("SOKK"),
				ArticleColor: pair("SVART"), ArticleSize: pair("42"), ArticleCategory: pair("7090000000012"),
			},
		},
		"a packaging of zero is a category": {
			product: office24.Product{ID: 7001, No: "SOKK-SVART-42-0"}, settings: varied("No", dashed),
			want: ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "SOKK-SVART-42-0", ArticleGroup: pair("SOKK"),
				ArticleColor: pair("SVART"), ArticleSize: pair("42"), ArticleCategory: pair("0")},
		},
		"a product that does not fit the pattern has no variations": {
			product: office24.Product{ID: 7001, No: "KJELE"}, settings: varied("No", dashed),
			want: ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "KJELE"},
		},
		"space around the number does not matter for the pattern": {
			product:  office24.Product{ID: 7001, No: "SOKK-SVART "},
			settings: varied("No", `^(?P<base>\w+)-(?P<color>\w+)$`),
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "SOKK-SVART", ArticleGroup: pair("SOKK"),
				ArticleColor: pair("SVART"),
			},
		},
		"a supplier is sent only with the process suppliers switched on": {
			product: office24.Product{ID: 7001, No: "A", SupplierID: 5012, SupplierProductCode: "H60"},
			want:    ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "A"},
		},
		"a supplier is sent by its number and its own article number": {
			product:  office24.Product{ID: 7001, No: "A", SupplierID: 5012, SupplierProductCode: "H60"},
			settings: settings.Customer{Suppliers: settings.Suppliers{Enabled: true}},
			want: ongoing.ArticleBody{ProductCode: "7001", ArticleNumber: "A",
				SupplierInfo: ongoing.SupplierInfo{SupplierNumber: "5012", SupplierArticleNumber: "H60"}},
		},
		"extra fields": {
			product: office24.Product{ID: 7001, No: "A", StockLocation: "A-12-3", Price: new(number.MustParse("399"))},
			settings: settings.Customer{
				ExtraFields: []extrafields.Field{
					{From: "product.StockLocation", To: "article.freeValues.freeText1"},
					{From: "product.Price", To: "article.customerPrice"},
				},
			},
			want: ongoing.ArticleBody{
				ProductCode: "7001", ArticleNumber: "A", CustomerPrice: new(number.MustParse("399")),
				FreeValues: ongoing.ArticleFreeValue{FreeText1: "A-12-3"},
			},
		},
	} {
		got, _, err := articles.Map(test.product, test.settings)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestProductWithoutAUsableNumberIsRefused(t *testing.T) {
	t.Parallel()
	const tooLong = "the number (No) of product 7001 is longer than 100 characters; shorten it"
	for name, test := range map[string]struct{ number, want string }{
		"nothing that is seen":     {"\u200b\ufeff", "product 7001 has no number (No); give it one"},
		"no number":                {"", "product 7001 has no number (No); give it one"},
		"a number of space":        {" \t", "product 7001 has no number (No); give it one"},
		"a number that is long":    {strings.Repeat("9", 101), tooLong},
		"51 characters of 2 units": {strings.Repeat("🚚", 51), tooLong},
	} {
		_, _, err := articles.Map(office24.Product{ID: 7001, No: test.number}, settings.Customer{})
		if !errclass.Is(err, errclass.Rejected) || err.Error() != test.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
	longest := office24.Product{ID: 7001, No: strings.Repeat("9", 100)}
	if _, _, err := articles.Map(longest, settings.Customer{}); err != nil {
		t.Errorf("the longest number that is allowed: %v", err)
	}
}

func TestMappingIsDeterministicAndKeepsTextLimits(t *testing.T) {
	t.Parallel()
	s := varied("Name", `^(?P<base>\S*) ?(?P<color>\S*) ?(?P<packaging>.*)$`)
	s.Suppliers.Enabled = true
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 300, -1)
		p := office24.Product{
			ID: office24.ProductID(rapid.IntRange(1, 1e6).Draw(t, "id")), No: text.Draw(t, "no"),
			Name: text.Draw(t, "name"),
			EAN1: text.Draw(t, "ean"), SupplierID: 1, SupplierProductCode: text.Draw(t, "code"),
		}
		got, _, err := articles.Map(p, s)
		again, _, errAgain := articles.Map(p, s)
		if diff := cmp.Diff(got, again); diff != "" || (err == nil) != (errAgain == nil) {
			t.Fatalf("two articles for one product\n%s", diff)
		}
		if err != nil {
			return
		}
		for limit, texts := range map[int][]string{
			200: {got.ArticleName}, 100: {got.ArticleNumber, got.SupplierInfo.SupplierArticleNumber}, 50: {
				code(got.ArticleGroup), code(got.ArticleColor), code(got.ArticleCategory),
			},
		} {
			for _, s := range texts {
				if n := len(utf16.Encode([]rune(s))); n > limit || utf8.ValidString(p.Name) && !utf8.ValidString(s) {
					t.Fatalf("%q has %d units; limit %d", s, n, limit)
				}
			}
		}
	})
}

func code(c *ongoing.CodeName) string {
	if c == nil {
		return ""
	}
	return c.Code
}

// 24SevenOffice returns only the properties that are named.
func TestEachNeededPropertyIsNamedOnce(t *testing.T) {
	t.Parallel()
	got := articles.Properties(settings.Customer{ExtraFields: []extrafields.Field{
		{From: "product.Price", To: "article.customerPrice"}, {
			From: "product.CategoryId", To: "article.freeValues.freeText1",
		},
	}})
	want := []string{"CategoryId", "DateChanged", "Description", "EAN1", "Id", "Name", "No", "Price", "StatusId",
		"StockControlled", "SupplierId", "SupplierProductCode", "Weight"}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestDuplicateNumbersAreFound(t *testing.T) {
	t.Parallel()
	var numbers articles.Numbers
	candidate := func(id office24.ProductID, no string, status int) articles.Candidate {
		p := office24.Product{ID: id, No: no, StatusID: &status}
		return articles.Candidate{Product: p, Body: ongoing.ArticleBody{ArticleNumber: articles.CleanNumber(no)}}
	}
	const inUse, expired = 1, 0
	for id, no := range []string{"", "A-1", "a-1\u200b", "B", "B ", "C", " ", ""} {
		numbers.Add(candidate(office24.ProductID(id), no, inUse).Product)
	}
	numbers.Add(office24.Product{ID: 5, No: "C"}) // the same product again
	for id, no := range map[office24.ProductID]string{11: "A-1", 12: "C", 13: "D", 14: "D"} {
		numbers.Add(candidate(id, no, expired).Product)
	}
	linked := candidate(14, "D", expired)
	linked.Link.ArticleID = 900
	for name, test := range map[string]struct {
		candidate articles.Candidate
		want      string
		givenUp   bool
	}{
		"Ongoing may ignore case":       {candidate: candidate(1, "A-1", inUse), want: "used by products 1 and 2"},
		"both are refused":              {candidate: candidate(2, "a-1", inUse), want: "used by products 1 and 2"},
		"and space around it":           {candidate: candidate(4, "B", inUse), want: "used by products 3 and 4"},
		"used once":                     {candidate: candidate(5, "C", inUse)},
		"not in use":                    {candidate: candidate(8, "E", inUse)},
		"refused for another reason":    {candidate: candidate(7, "", inUse)},
		"expired, and given to another": {candidate(12, "C", expired), "product 12 has expired, and its number", true},
		"expired, and used by two":      {candidate(11, "A-1", expired), "belongs to product 1 now", true},
		"the first of two expired ones": {candidate: candidate(13, "D", expired)},
		"the second of them":            {candidate(14, "D", expired), "belongs to product 13, too", true},
		"the second, with an article":   {candidate: linked},
	} {
		err := numbers.Check(test.candidate)
		if test.want == "" && err != nil || errors.Is(err, articles.ErrNumberGivenUp) != test.givenUp ||
			test.want != "" && (!errclass.Is(err, errclass.Rejected) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := new(articles.Numbers).Check(candidate(1, "A", inUse)); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}

func TestBarCodesInEAN1(t *testing.T) {
	t.Parallel()
	const one, other = "7090000000017", "7090000000024"
	for ean1, want := range map[string][]string{
		"":                                      nil,
		" \u200b":                               nil,
		one:                                     {one},
		"7090 0000 0001 7":                      {one},
		"7090-0000-0001-7\ufeff":                {one},
		one + ", " + other:                      {one, other},
		one + ";" + other + ";" + one:           {one, other},
		one + "\n" + other:                      {one, other},
		one + "\r\n" + other + "\r\n":           {one, other},
		one + "  " + other:                      {one, other},
		one + " - " + other:                     {one, other},
		one + "+" + other:                       {one, other},
		"-":                                     nil,
		one + " / 7090 0000 0002 4":             {one, other},
		"A/1 B-2":                               {"A/1 B-2"},
		"12/34":                                 {"12/34"},
		"12345678 1234":                         {"123456781234"},
		"4006381333931,ABC-123,4006381333931 ,": {"4006381333931", "ABC-123"},
	} {
		b, notes, err := articles.Map(office24.Product{ID: 7001, No: "A", EAN1: ean1}, settings.Customer{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if info := b.BarCodeInfo; info != nil {
			got = append(got, info.BarCode)
			for _, a := range info.Alternative {
				got = append(got, a.BarCode)
			}
		}
		if !slices.Equal(got, want) || (len(notes) > 0) != (len(want) > 1) {
			t.Errorf("%q: got %q, notes %q; want %q", ean1, got, notes, want)
		}
	}
}

func TestWhatIsCutIsNoted(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 301)
	p := office24.Product{ID: 7001, No: "A", Name: long, DescriptionLong: long}
	_, notes, err := articles.Map(p, settings.Customer{ExtraFields: []extrafields.Field{
		{From: "product.DescriptionLong", To: "article.freeValues.freeText1"},
		{Value: "NO", To: "article.countryOfOriginCode"},
	}})
	want := []string{
		"product 7001: Name is longer than 200 characters and was cut",
		"product 7001: article.freeValues.freeText1 is longer than 300 characters and was cut",
	}
	if diff := cmp.Diff(want, notes); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}
