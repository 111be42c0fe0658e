package articles_test

import (
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
		got, err := articles.Map(test.product, test.settings)
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
		"no number":                {"", "product 7001 has no number (No); give it one"},
		"a number of space":        {" \t", "product 7001 has no number (No); give it one"},
		"a number that is long":    {strings.Repeat("9", 101), tooLong},
		"51 characters of 2 units": {strings.Repeat("🚚", 51), tooLong},
	} {
		_, err := articles.Map(office24.Product{ID: 7001, No: test.number}, settings.Customer{})
		if !errclass.Is(err, errclass.Rejected) || err.Error() != test.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
	longest := office24.Product{ID: 7001, No: strings.Repeat("9", 100)}
	if _, err := articles.Map(longest, settings.Customer{}); err != nil {
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
		got, err := articles.Map(p, s)
		again, errAgain := articles.Map(p, s)
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
	want := []string{"CategoryId", "Description", "EAN1", "Id", "Name", "No", "Price", "StatusId", "StockControlled",
		"SupplierId", "SupplierProductCode", "Weight"}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestDuplicateNumbersAreFound(t *testing.T) {
	t.Parallel()
	var numbers articles.Numbers
	for id, no := range []string{"", "A-1", "a-1", "B", "B ", "C", " ", ""} {
		numbers.Add(office24.Product{ID: office24.ProductID(id), No: no})
	}
	numbers.Add(office24.Product{ID: 5, No: "C"}) // the same product again
	for number, want := range map[string]string{
		"A-1": "used by products 1 and 2", // Ongoing may ignore case
		"a-1": "used by products 1 and 2",
		"B":   "used by products 3 and 4", // and space around it
		"C":   "",
		"D":   "", // not in use
		"":    "", // refused for another reason
	} {
		err := numbers.Check(number)
		if want == "" && err != nil ||
			want != "" && (!errclass.Is(err, errclass.Rejected) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v", number, err)
		}
	}
	if err := new(articles.Numbers).Check("A"); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}
