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

// standing are the articles as "number=product code", in the order in which they were made.
func standing(b *harness.Harness) []string {
	var out []string
	for _, a := range b.GoodsOwner.Articles() {
		out = append(out, fmt.Sprintf("%s=%v", a.Number, a.Body["productCode"]))
	}
	return out
}

func wantStanding(t *testing.T, b *harness.Harness, want ...string) {
	t.Helper()
	if got := standing(b); !slices.Equal(got, want) {
		t.Errorf("articles %v; want %v", got, want)
	}
}

func wantFailure(t *testing.T, b *harness.Harness, id office24.ProductID, class, part string) {
	t.Helper()
	f := failure(b, id)
	if f == nil || f["class"] != class || !strings.Contains(f["message"].(string), part) {
		t.Errorf("failure of product %d: %v; want class %s and %q", id, f, class, part)
	}
}

// product adds a product with a number, and so with the ids 7001, 7002, … .
func product(b *harness.Harness, no string) office24.ProductID {
	return b.Company.AddProduct(office24.Product{No: no, Name: "Vare " + no})
}

func renumber(b *harness.Harness, id office24.ProductID, no string) {
	b.Company.EditProduct(id, func(p *office24.Product) { p.No = no })
}

// TestNumberMissingOrUsedTwice: those products fail with a reason, the others go on; once the number is right, the
// product goes through and its failure record is gone.
func TestNumberMissingOrUsedTwice(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	none, one, other, fine := product(b, ""), product(b, "X-1"), product(b, "x-1 "), product(b, "Y")
	row := harness.Run(b, Function(), nil)
	want(t, b, row, runner.Partial, 1, 0, 3)
	wantStanding(t, b, fmt.Sprintf("Y=%d", fine))
	wantFailure(t, b, none, "rejected", "has no number (No); give it one")
	wantFailure(t, b, one, "rejected", "used by products 7002 and 7003")
	wantFailure(t, b, other, "rejected", "used by products 7002 and 7003")

	later(b)
	renumber(b, none, "Z")
	renumber(b, other, "X-2")
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 3, whatever, 0)
	wantStanding(t, b, "Y=7004", "X-1=7002", "Z=7001", "X-2=7003")
	if failure(b, none) != nil || failure(b, one) != nil || failure(b, other) != nil {
		t.Error("a failure record outlived its reason")
	}
}

// TestNumberOfAnotherArticle: the product whose article has the number is none of those that changed.
func TestNumberOfAnotherArticle(t *testing.T) {
	t.Parallel()
	t.Run("its product still has the number: refused", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, nil)
		product(b, "X")
		want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
		later(b)
		harness.Run(b, Function(), nil) // from here on product 7001 is not read any more
		later(b)
		twin := product(b, "X")
		want(t, b, harness.Run(b, Function(), nil), runner.Partial, 0, whatever, 1)
		wantFailure(t, b, twin, "rejected", `number "X" belongs to product 7001 as well`)
		wantStanding(t, b, "X=7001")
	})
	t.Run("its product was deleted: the article is taken over, with what is in stock of it", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, nil)
		b.AddStockedProduct("X", "5")
		b.Company.RemoveProduct(7001)
		heir := product(b, "X")
		want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
		wantStanding(t, b, "X=7002")
		if a, _ := b.GoodsOwner.Article("X"); a.Stock.String() != "5" || link(b, heir)["articleId"] != float64(a.ID) {
			t.Errorf("article %+v, link %v", a, link(b, heir))
		}
	})
	t.Run("its product has another number now: it is renamed first, then the number is free", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, nil)
		b.AddStockedProduct("X", "5")
		renumber(b, 7001, "Y")
		heir := product(b, "X")
		want(t, b, harness.Run(b, Function(), map[string]any{"keys": []string{fmt.Sprint(heir)}}), runner.Partial, 0, 0, 0)
		wantFailure(t, b, heir, "held", "still stands on the article of product 7001")
		harness.Run(b, Function(), nil)
		wantStanding(t, b, "Y=7001")
		b.Clock.Forward(16 * time.Minute)
		want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 1, 0)
		wantStanding(t, b, "Y=7001", "X=7002")
		if a, _ := b.GoodsOwner.Article("Y"); a.Stock.String() != "5" {
			t.Errorf("the goods went with the number, not with the product: %+v", a)
		}
	})
	t.Run("it was made by hand: it is adopted", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, nil)
		id, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "X", Name: "Kjele", Stock: *harness.Dec("5")})
		if err != nil {
			t.Fatal(err)
		}
		product(b, "X")
		want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
		if a, _ := b.GoodsOwner.Article("X"); a.ID != id || a.Body["productCode"] != "7001" || a.Body["articleName"] != "Vare X" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("it was made by hand, and the product has an article already: two articles are not made one", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, nil)
		b.AddStockedProduct("W", "5")
		if _, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "X"}); err != nil {
			t.Fatal(err)
		}
		renumber(b, 7001, "X")
		want(t, b, harness.Run(b, Function(), nil), runner.Partial, 0, 0, 1)
		wantFailure(t, b, 7001, "rejected", "stands on another article")
	})
	t.Run("an article that is the product's by its code and number, and just lost its link", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, nil)
		if _, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "X", Name: "Vare X", ProductCode: "7001"}); err != nil {
			t.Fatal(err)
		}
		id := product(b, "X")
		want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 1, 0)
		if _, _, writes := b.VendorCalls(); writes != 0 || link(b, id)["articleNumber"] != "X" {
			t.Errorf("%d writes, link %v", writes, link(b, id))
		}
	})
}

// TestRenumbered: the article keeps its id, its stock and its history, whichever way it is recognised.
func TestRenumbered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		linked   bool
		from, to string
	}{
		"by its link":                          {true, "X", "Y"},
		"by its product code":                  {false, "X", "Y"},
		"even where only upper case is new":    {true, "kje-17", "KJE-17"},
		"and without a link, by the same code": {false, "kje-17", "KJE-17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := harness.New(t, nil)
			var id int
			if test.linked {
				b.AddStockedProduct(test.from, "5")
			} else {
				product(b, test.from)
				if _, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: test.from, ProductCode: "7001", Stock: *harness.Dec("5")}); err != nil {
					t.Fatal(err)
				}
			}
			a, _ := b.GoodsOwner.Article(test.from)
			id = a.ID
			renumber(b, 7001, test.to)
			want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
			wantStanding(t, b, test.to+"=7001")
			if a, _ := b.GoodsOwner.Article(test.to); a.ID != id || a.Stock.String() != "5" || link(b, 7001)["articleNumber"] != test.to {
				t.Errorf("article %+v, link %v", a, link(b, 7001))
			}
			want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 1, 0)
		})
	}
}

// TestChainOfRenumberings: A gets B's number, B gets C's, C gets a new one. Every article stays with its product, and
// in the end all have their numbers.
func TestChainOfRenumberings(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	for i, no := range []string{"1", "2", "3"} {
		b.AddStockedProduct(no, fmt.Sprint(i+5))
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 3, 0) // the links are noted
	later(b)
	renumber(b, 7001, "2")
	renumber(b, 7002, "3")
	renumber(b, 7003, "4")
	for range 4 {
		harness.Run(b, Function(), nil)
		later(b)
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 0, 0)
	wantStanding(t, b, "2=7001", "3=7002", "4=7003")
	for i, a := range b.GoodsOwner.Articles() {
		if a.Stock.String() != fmt.Sprint(i+5) {
			t.Errorf("stock of %s: %s", a.Number, a.Stock)
		}
	}
}

// TestTakenOverArticleIsNoLongerTheOldProducts: a product whose article went to another one, when it was away, does not
// rename it under that one's feet when it comes back.
func TestTakenOverArticleIsNoLongerTheOldProducts(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	product(b, "X")
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	later(b)
	b.Company.RemoveProduct(7001)
	product(b, "X")
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	later(b)
	b.Company.AddProduct(office24.Product{ID: 7001, No: "W"})
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, whatever, 0)
	wantStanding(t, b, "X=7002", "W=7001")
}
