package process

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

// articlesOf returns the articles as "number=product code" in the order in which they were created.
func articlesOf(h *harness.Harness) []string {
	var out []string
	for _, a := range h.GoodsOwner.Articles() {
		out = append(out, fmt.Sprintf("%s=%v", a.Number, a.Body["productCode"]))
	}
	return out
}

func expectArticles(t *testing.T, h *harness.Harness, want ...string) {
	t.Helper()
	if got := articlesOf(h); !slices.Equal(got, want) {
		t.Errorf("articles %v; want %v", got, want)
	}
}

func expectFailure(t *testing.T, h *harness.Harness, id office24.ProductID, class, part string) {
	t.Helper()
	f := failure(h, id)
	if f == nil || f["class"] != class || !strings.Contains(f["message"].(string), part) {
		t.Errorf("failure of product %d: %v; want class %s and %q", id, f, class, part)
	}
}

// product adds a product with a number. The ids are 7001, 7002, … .
func product(h *harness.Harness, no string) office24.ProductID {
	return h.Company.AddProduct(office24.Product{No: no, Name: "Vare " + no})
}

// addArticle adds an article to Ongoing by hand and returns its system id.
func addArticle(t *testing.T, h *harness.Harness, a ongoingtest.NewArticle) int {
	t.Helper()
	id, err := h.GoodsOwner.AddArticle(a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func renumber(h *harness.Harness, id office24.ProductID, no string) {
	h.Company.EditProduct(id, func(p *office24.Product) { p.No = no })
}

func TestProductWithAMissingOrDuplicateNumberIsRefused(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	none, one, other, fine := product(h, ""), product(h, "X-1"), product(h, "x-1 "), product(h, "Y")
	row := run(h)
	expect(t, h, row, want{outcome: runner.Partial, written: 1, failed: 3})
	expectArticles(t, h, fmt.Sprintf("Y=%d", fine))
	expectFailure(t, h, none, "rejected", "has no number (No); give it one")
	expectFailure(t, h, one, "rejected", "used by products 7002 and 7003")
	expectFailure(t, h, other, "rejected", "used by products 7002 and 7003")

	later(h)
	renumber(h, none, "Z")
	renumber(h, other, "X-2")
	expect(t, h, run(h), want{written: 3, unchanged: anyNumber})
	expectArticles(t, h, "Y=7004", "X-1=7002", "Z=7001", "X-2=7003")
	if failure(h, none) != nil || failure(h, one) != nil || failure(h, other) != nil {
		t.Error("a failure record is left")
	}
}

// The product of that article has not changed.
func TestNumberThatAnArticleInOngoingHas(t *testing.T) {
	t.Parallel()
	t.Run("its product still has the number: it is refused", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		product(h, "X")
		expect(t, h, run(h), want{written: 1})
		later(h)
		run(h) // moves the cursor: product 7001 is not read any more
		later(h)
		twin := product(h, "X")
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
		expectFailure(t, h, twin, "rejected", `number "X" also belongs to product 7001`)
		expectArticles(t, h, "X=7001")
	})
	t.Run("its product was deleted: the article is taken over with its stock", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("X", "5")
		h.Company.RemoveProduct(7001)
		heir := product(h, "X")
		expect(t, h, run(h), want{written: 1})
		expectArticles(t, h, "X=7002")
		if a, _ := h.GoodsOwner.Article("X"); a.Stock.String() != "5" || link(h, heir)["articleId"] != float64(a.ID) {
			t.Errorf("article %+v, link %v", a, link(h, heir))
		}
	})
	t.Run("its product has another number now: it is renamed first, then the number is free", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("X", "5")
		renumber(h, 7001, "Y")
		heir := product(h, "X")
		onlyHeir := map[string]any{"keys": []string{fmt.Sprint(heir)}}
		expect(t, h, harness.Run(h, Function(), onlyHeir), want{outcome: runner.Partial})
		expectFailure(t, h, heir, "held", "is still the number of the article of product 7001")
		run(h)
		expectArticles(t, h, "Y=7001")
		h.Clock.Forward(16 * time.Minute)
		expect(t, h, run(h), want{written: 1, unchanged: 1})
		expectArticles(t, h, "Y=7001", "X=7002")
		if a, _ := h.GoodsOwner.Article("Y"); a.Stock.String() != "5" {
			t.Errorf("the stock followed the number, not the product: %+v", a)
		}
	})
	t.Run("it was created by hand: it is taken over", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		id := addArticle(t, h, ongoingtest.NewArticle{Number: "X", Name: "Kjele", Stock: *harness.Dec("5")})
		product(h, "X")
		expect(t, h, run(h), want{written: 1})
		if a, _ := h.GoodsOwner.Article("X"); a.ID != id || a.Body["productCode"] != "7001" ||
			a.Body["articleName"] != "Vare X" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("it was created by hand, and the product already has an article: it is refused", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("W", "5")
		addArticle(t, h, ongoingtest.NewArticle{Number: "X"})
		renumber(h, 7001, "X")
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, 7001, "rejected", "is the number of another article")
	})
	t.Run("its product code and number are the product's: only the link is stored", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		addArticle(t, h, ongoingtest.NewArticle{Number: "X", Name: "Vare X", ProductCode: "7001"})
		id := product(h, "X")
		expect(t, h, run(h), want{unchanged: 1})
		if _, _, writes := h.VendorCalls(); writes != 0 || link(h, id)["articleNumber"] != "X" {
			t.Errorf("%d writes, link %v", writes, link(h, id))
		}
	})
}

func TestRenumberedProductKeepsItsArticle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		linked   bool
		from, to string
	}{
		"recognised by its link":                            {linked: true, from: "X", to: "Y"},
		"recognised by its product code":                    {linked: false, from: "X", to: "Y"},
		"only the case differs":                             {linked: true, from: "kje-17", to: "KJE-17"},
		"only the case differs, recognised by product code": {linked: false, from: "kje-17", to: "KJE-17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			var id int
			if test.linked {
				h.AddStockedProduct(test.from, "5")
			} else {
				product(h, test.from)
				stock := *harness.Dec("5")
				addArticle(t, h, ongoingtest.NewArticle{Number: test.from, ProductCode: "7001", Stock: stock})
			}
			a, _ := h.GoodsOwner.Article(test.from)
			id = a.ID
			renumber(h, 7001, test.to)
			expect(t, h, run(h), want{written: 1})
			expectArticles(t, h, test.to+"=7001")
			if a, _ := h.GoodsOwner.Article(test.to); a.ID != id || a.Stock.String() != "5" ||
				link(h, 7001)["articleNumber"] != test.to {
				t.Errorf("article %+v, link %v", a, link(h, 7001))
			}
			expect(t, h, run(h), want{unchanged: 1})
		})
	}
}

// A gets the number of B, B that of C, and C a new one.
func TestChainOfRenumberingsEndsWithAllNumbersRight(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	for i, no := range []string{"1", "2", "3"} {
		h.AddStockedProduct(no, fmt.Sprint(i+5))
	}
	expect(t, h, run(h), want{unchanged: 3}) // the links are stored
	later(h)
	renumber(h, 7001, "2")
	renumber(h, 7002, "3")
	renumber(h, 7003, "4")
	for range 4 {
		run(h)
		later(h)
	}
	expect(t, h, run(h), want{})
	expectArticles(t, h, "2=7001", "3=7002", "4=7003")
	for i, a := range h.GoodsOwner.Articles() {
		if a.Stock.String() != fmt.Sprint(i+5) {
			t.Errorf("stock of %s: %s", a.Number, a.Stock)
		}
	}
}

func TestArticleThatWasTakenOverStaysWithItsNewProduct(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "X")
	expect(t, h, run(h), want{written: 1})
	later(h)
	h.Company.RemoveProduct(7001)
	product(h, "X")
	expect(t, h, run(h), want{written: 1})
	later(h)
	h.Company.AddProduct(office24.Product{ID: 7001, No: "W"})
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
	expectArticles(t, h, "X=7002", "W=7001")
}
