package process

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
)

// Registers are filled by other systems, before us and beside us. Their codes are not product ids, and if they look
// like some, they are not ours.
func TestFigureIsWrittenOnlyWhereLinkCodeAndNumberAgree(t *testing.T) {
	t.Parallel()
	// In all cases, the product is 7001 with the number KET-17 and 12 in stock, and the article has 500.
	tests := []struct {
		name          string
		article, code string
		// linkNumber is the number in the link; "" is no link. linkElsewhere is a link to another system id.
		linkNumber    string
		linkElsewhere bool
		written       bool
		note          string // if it is not written
	}{
		{name: "code and number", article: "KET-17", code: "7001", written: true},
		{name: "code, and the number in other letters", article: "ket-17 ", code: "7001", written: true},
		{name: "code, and a number with an invisible character", article: "KET-17\u200b", code: "7001", written: true},
		{name: "link, code and number", article: "KET-17", code: "7001", linkNumber: "KET-17", written: true},
		{name: "link, code and the number before a renaming", article: "KET-16", code: "7001", linkNumber: "KET-16",
			written: true},
		{name: "link and number, without a code", article: "KET-17", linkNumber: "KET-17", written: true},
		{name: "a code alone", article: "PUMPE-12", code: "7001",
			note: `PUMPE-12 (product code 7001, but product 7001 has number "KET-17")`},
		{name: "a number alone", article: "KET-17",
			note: "1 article without a product in 24SevenOffice, left alone: KET-17"},
		{name: "a bar code", article: "KET-17", code: "42934839283871",
			note: "1 article without a product in 24SevenOffice, left alone: KET-17"},
		{name: "a padded code", article: "KET-17", code: "0007001", note: "left alone: KET-17"},
		{name: "a code with a sign", article: "KET-17", code: "+7001", note: "left alone: KET-17"},
		{name: "renumbered in Ongoing", article: "PUMPE-12", code: "7001", linkNumber: "KET-17",
			note: "until the process articles has written them again: PUMPE-12 (product 7001)"},
		{name: "another code since it was linked", article: "KET-17", code: "EL-7", linkNumber: "KET-17",
			note: "until the process articles has written them again: KET-17 (product 7001)"},
		{name: "linked, but another article by number, without a code", article: "PUMPE-12", linkNumber: "KET-17",
			note: "left alone: PUMPE-12"},
		{name: "the code of an article with another system id", article: "COPY", code: "7001", linkNumber: "KET-17",
			linkElsewhere: true, note: "left alone: COPY"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.addProduct("KET-17", "12")
			other := w.AddStockedProduct("OTHER", "3")
			article := w.addArticle(ongoingtest.NewArticle{
				Number: test.article, ProductCode: test.code, Stock: number.FromInt(500),
			})
			if test.linkElsewhere {
				article = w.addArticle(ongoingtest.NewArticle{
					Number: "KET-17", ProductCode: key(id), Stock: number.FromInt(12),
				})
			}
			if test.linkNumber != "" {
				w.linkArticle(id, test.linkNumber, article)
			}
			w.raiseERPStock(other)
			row := w.runOK()
			w.wantStock(other, "3", "another product")
			if test.written {
				w.wantStock(id, "500", "agrees")
				return
			}
			w.wantStock(id, "12", "does not agree")
			w.wantNote(test.note)
			if row.Failed+row.Held != 0 {
				t.Errorf("got %+v, want no failure: this is for the process articles to say", row)
			}
			w.run(keys(id))
			w.wantStock(id, "12", "named, and does not agree")
		})
	}
}

// The pump's article has the kettle's product id as its code. Nothing of either is touched.
func TestCodeAndNumberOfDifferentProductsLeaveBothAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle, pump := w.addProduct("KET-17", "12"), w.addProduct("PUMPE-12", "7")
	w.addArticle(ongoingtest.NewArticle{Number: "PUMPE-12", ProductCode: key(kettle), Stock: number.FromInt(500)})
	for _, event := range []map[string]any{nil, {"full": true}, keys(kettle, pump)} {
		w.runWants(event, wantRun{read: 1, skipped: 1})
		w.wantStock(kettle, "12", "kettle")
		w.wantStock(pump, "7", "pump")
	}
	w.wantNote(fmt.Sprintf(`PUMPE-12 (product code %d, but product %d has number "KET-17")`, kettle, kettle))
}

// A warehouse that was set up again has the same system ids again, for other articles.
func TestLinkWhoseSystemIDIsAnotherArticlesNowIsVoid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle, pump := w.addProduct("KET-17", "12"), w.addProduct("PUMPE-12", "7")
	pumps := w.addArticle(ongoingtest.NewArticle{
		Number: "PUMPE-12", ProductCode: key(pump), Stock: number.FromInt(500),
	})
	w.addArticle(ongoingtest.NewArticle{Number: "KET-17", ProductCode: key(kettle), Stock: number.FromInt(20)})
	w.linkArticle(kettle, "KET-17", pumps)
	w.runOK()
	w.wantStock(pump, "500", "its own article, by code and number")
	w.wantStock(kettle, "12", "its link names another article")
	w.wantForgotten(kettle)
	w.run(map[string]any{"full": true})
	w.wantStock(kettle, "20", "after the link is forgotten")
}

// An article that was made under another company can have the same number and the same code.
func TestArticleOfAFormerCompanyDoesNotAgree(t *testing.T) {
	t.Parallel()
	article := ongoing.Article{ID: 17, Number: "KET-17", ProductCode: "7001"}
	product := office24.Product{ID: 7001, No: "KET-17"}
	link := state.ArticleLink{ProductID: 7001}
	if !agrees(article, product, link) {
		t.Error("without a link, code and number do not agree")
	}
	link.Former = &state.Former{Company: 4711, Number: "KET-17", OngoingID: 17}
	if agrees(article, product, link) {
		t.Error("the article of another company agrees")
	}
}

// wantForgotten checks that a product's link names no article and that the process articles looks at the product.
func (w *world) wantForgotten(id office24.ProductID) {
	w.t.Helper()
	if l := w.Record("article#" + key(id)); l["articleId"] != nil || l["fingerprint"] != nil {
		w.t.Errorf("got link %v, want one without an article", l)
	}
	if w.Record("failure#articles#"+key(id)) == nil {
		w.t.Error("the process articles does not look at the product")
	}
}

func TestArticleThatIsGoneIsNoticed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		event func(w *world, id int) map[string]any
	}{
		{name: "in a full sweep", event: func(*world, int) map[string]any { return map[string]any{"full": true} }},
		{name: "by its key", event: func(_ *world, id int) map[string]any {
			return map[string]any{"keys": []string{fmt.Sprint(id)}}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			gone, other := w.AddStockedProduct("GONE", "10"), w.AddStockedProduct("OTHER", "10")
			w.runOK()
			w.must(w.GoodsOwner.DeleteArticle("GONE"))
			event := test.event(w, int(gone))
			before := fmt.Sprint(w.Record("article#" + key(gone)))
			dry := map[string]any{"dryRun": true}
			maps.Copy(dry, event)
			w.run(dry)
			if after := fmt.Sprint(w.Record("article#" + key(gone))); after != before {
				t.Errorf("a dry run changed the link from %s to %s", before, after)
			}
			w.Clock.Forward(time.Minute)
			row := w.run(event)
			if row.Outcome != runner.OK || row.Written != 0 {
				t.Errorf("got %+v, want OK and nothing written", row)
			}
			w.wantNote(`article "GONE" (system id`)
			w.wantStock(gone, "10", "gone is not zero")
			w.wantStock(other, "10", "another product")
			w.wantForgotten(gone)
			if l := w.Record("article#" + key(other)); l["articleId"] == nil {
				t.Errorf("got link %v of the other product, want it as it was", l)
			}
		})
	}
}

func TestArticlesMissingFromAnEmptyAnswerAreNotGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	w.runOK()
	w.must(w.GoodsOwner.DeleteArticle("A"))
	w.runWants(map[string]any{"full": true}, wantRun{})
	if l := w.Record("article#" + key(id)); l["articleId"] == nil {
		t.Errorf("got link %v, want it as it was", l)
	}
}

func TestArticleThatIsGoneIsOnlyNotedWhileArticlesIsOff(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, map[string]any{"articles": map[string]any{"enabled": false}})
	id := w.AddStockedProduct("GONE", "10")
	w.AddStockedProduct("OTHER", "10")
	w.must(w.GoodsOwner.DeleteArticle("GONE"))
	w.runOK()
	w.wantNote(`article "GONE" (system id`)
	if l := w.Record("article#" + key(id)); l["articleId"] == nil {
		t.Errorf("got link %v, want it as it was", l)
	}
}
