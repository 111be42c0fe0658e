package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

func (w *world) linkArticle(product office24.ProductID, article string, articleID int) {
	w.t.Helper()
	link := state.ArticleLink{ProductID: int(product), ArticleNumber: article, ArticleID: articleID}
	w.must(w.Partition().PutArticle(w.t.Context(), &link))
}

// If the product's link names another article, the code is that of a copy.
func TestArticleIsMatchedByProductCodeElseByLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	coded := w.addUnlinked("CODED", "1")
	w.setWarehouseStock("CODED", "3")
	linked := w.addProduct("LINKED", "1")
	w.linkArticle(linked, "LINKED", w.addArticle(ongoingtest.NewArticle{Number: "LINKED", Stock: number.FromInt(4)}))
	copied := w.AddStockedProduct("ORIGINAL", "5")
	w.addArticle(ongoingtest.NewArticle{Number: "COPY", ProductCode: key(copied), Stock: number.FromInt(99)})
	w.setWarehouseStock("ORIGINAL", "6")
	w.runOK()
	w.wantStock(coded, "3", "by its code")
	w.wantStock(linked, "4", "by its link")
	w.wantStock(copied, "6", "the original's, not the copy's")
	w.wantNote("1 article without a product in 24SevenOffice, left alone: COPY")

	w.setWarehouseStock("LINKED", "8")
	w.runWants(keys(linked), wantRun{read: 1, planned: 1, written: 1})
	w.wantStock(linked, "8", "named by its key, found by its link")
}

func TestProductCodeOfTwoArticlesIsRefusedUntilOneIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id, other := w.addUnlinked("TWIN-1", "10"), w.addUnlinked("OTHER", "10")
	twin := w.addArticle(ongoingtest.NewArticle{Number: "TWIN-2", ProductCode: key(id), Stock: number.FromInt(3)})
	w.setWarehouseStock("OTHER", "4")
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "is the product code of articles TWIN-1 and TWIN-2",
		read: 3, planned: 1, written: 1, failed: 1,
	})
	w.wantStock(id, "10", "refused")
	w.wantStock(other, "4", "another product")

	w.Clock.Forward(time.Hour)
	w.setWarehouseStock("TWIN-2", "5")
	if row := w.run(nil); row.Failed != 1 {
		t.Errorf("got %+v, want one failed", row)
	}
	w.wantStock(id, "10", "only one of them changed")
	body := ongoing.ArticleBody{ArticleNumber: "TWIN-2", ProductCode: "none"}
	_, err := w.OngoingClient().UpdateArticle(t.Context(), ongoing.ArticleID(twin), body)
	w.must(err)
	w.setWarehouseStock("TWIN-1", "6")
	w.Clock.Forward(24 * time.Hour)
	w.runOK()
	w.wantStock(id, "6", "one of them has another code")
}

func TestKeyOfAProductLinkedToAnothersArticleWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	another := w.addUnlinked("A", "10")
	named := w.addProduct("B", "12")
	w.linkArticle(named, "A", 1)
	w.setWarehouseStock("A", "3")
	w.run(keys(named))
	w.wantStock(another, "10", "not named")
	w.wantStock(named, "12", "has no article")
}

func TestWhatHasNoStockOrNoMatchKeepsItsStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	inactive, no := 0, false
	nothing := func(*office24.Product) {}
	tests := []struct {
		name    string
		article ongoingtest.NewArticle // its product code is the product's if empty
		edit    func(*office24.Product)
	}{
		{name: "not a stock article",
			article: ongoingtest.NewArticle{Number: "SERVICE", NotStock: true}, edit: nothing},
		{name: "an inactive article", article: ongoingtest.NewArticle{Number: "OLD", Inactive: true}, edit: nothing},
		{name: "a product without stock control", article: ongoingtest.NewArticle{Number: "UNCONTROLLED"},
			edit: func(p *office24.Product) { p.StockControlled = &no }},
		{name: "an expired product", article: ongoingtest.NewArticle{Number: "EXPIRED"},
			edit: func(p *office24.Product) { p.StatusID = &inactive }},
		{name: "another system's product code",
			article: ongoingtest.NewArticle{Number: "OTHER", ProductCode: "EL-7"}, edit: nothing},
		{name: "the code of a product that is gone",
			article: ongoingtest.NewArticle{Number: "GONE", ProductCode: "999999"}, edit: nothing},
	}
	products := map[string]office24.ProductID{"a product without an article": w.addProduct("NONE", "12")}
	for _, test := range tests {
		id := w.addProduct(test.article.Number, "12")
		w.Company.EditProduct(id, test.edit)
		if test.article.ProductCode == "" {
			test.article.ProductCode = key(id)
		}
		test.article.Stock = number.FromInt(3)
		w.addArticle(test.article)
		products[test.name] = id
	}
	w.runWants(nil, wantRun{read: 6, skipped: 6})
	for name, id := range products {
		w.wantStock(id, "12", name)
	}
	w.wantNote("2 articles without a product in 24SevenOffice, left alone: GONE, OTHER")
}

func TestEmptyAnswerFromTheWarehouseChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.addProduct("A", "12")
	w.runWants(nil, wantRun{})
	w.wantStock(id, "12", "no articles")
}

// An answer that is empty because of an outage makes no product gone.
func TestEmptyAnswerFromTheERPSettlesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		event  map[string]any
		failed bool // a product without a link
		once   bool // the second answer of a run has all products
	}{
		"changed articles":           {},
		"in one answer":              {once: true},
		"all articles":               {event: map[string]any{"full": true}},
		"a product that failed":      {failed: true},
		"and all articles beside it": {event: map[string]any{"full": true}, failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			add := w.AddStockedProduct
			if test.failed {
				add = w.addUnlinked
			}
			id := add("A", "10")
			w.runOK()
			if test.failed {
				a, _ := w.GoodsOwner.Article("A")
				w.GoodsOwner.Damage(a.ID, "inventoryInfo.numberOfItems", `""`)
				w.run(keys(id))
				w.GoodsOwner.Damage(a.ID, "inventoryInfo.numberOfItems", "")
			}
			w.Clock.Forward(time.Hour)
			w.setWarehouseStock("A", "4")
			empty := true
			w.Intercept(harness.EmptyAnswers("GetProducts", func(n int) bool {
				return empty && (!test.once || n%2 == 1)
			}))
			before := w.cursor()
			row, want := w.run(test.event), "has no product at all"
			if test.once {
				want = "did not return products"
			}
			if text := fmt.Sprint(row.Reason, row.Notes); !strings.Contains(text, want) {
				t.Errorf("got %+v, want %q", row, want)
			}
			if now := w.cursor(); now["since"] != before["since"] || now["fullSweepAt"] != before["fullSweepAt"] {
				t.Errorf("the cursor moved from %v to %v", before, now)
			}
			w.Clock.Forward(time.Minute)
			if failed := w.Record("failure#stock#"+key(id)) != nil; failed != test.failed {
				t.Errorf("has a failure record: %t, want %t", failed, test.failed)
			}
			empty = false
			w.runOK()
			w.wantStock(id, "4", "after the outage")
			if r := w.Record("failure#stock#" + key(id)); r != nil {
				t.Errorf("the failure record %v is left", r)
			}
		})
	}
}

func TestTwoLooksBelieveThatThereIsNoProduct(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	w.runOK()
	w.Company.RemoveProduct(id)
	w.setWarehouseStock("A", "4")
	for _, moves := range []bool{false, true} {
		w.Clock.Forward(time.Hour)
		before := w.cursor()["since"]
		w.runOK()
		if moved := w.cursor()["since"] != before; moved != moves {
			t.Errorf("the cursor moved: %t, want %t", moved, moves)
		}
	}
}

// Others are still there, or the code is another system's and was never a product's.
func TestArticlesOfProductsThatAreGoneStopNoStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, daily())
	w.addArticle(ongoingtest.NewArticle{Number: "WEB", ProductCode: "999999"})
	w.runWants(nil, wantRun{read: 1, skipped: 1})
	gone := w.AddStockedProduct("GONE", "10")
	w.AddStockedProduct("OTHER", "10")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.Company.RemoveProduct(gone)
	w.Clock.Forward(time.Hour)
	w.setWarehouseStock("GONE", "3")
	w.runWants(nil, wantRun{read: 1, skipped: 1})
}
