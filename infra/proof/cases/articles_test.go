package cases_test

import (
	"fmt"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/testenv/harness"
)

func TestProductCodesOfOtherSystemsMeanNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle, pot, sock, pump := w.product("KET-17", "12"), w.product("GRYTE-3", "4"), w.product("SOKK-1", "7"),
		w.product("PUMPE-12", "3")
	w.article("NETTBUTIKK-1", "42934839283871", "500") // no product, and no int of 24SevenOffice
	w.article("GRYTE-3", "7090000000017", "40")        // a bar code
	w.article("SOKK-42", "000"+text(sock), "500")      // padded
	w.article("PUMPE-12", text(kettle), "500")         // the id of our kettle by chance
	for range 3 {
		w.tick()
	}
	w.full()
	w.wantArticle("GRYTE-3", pot, "40") // taken over: its number is the product's
	w.wantStock(pot, "40")
	w.wantArticle("SOKK-1", sock, "0") // made
	w.wantStock(sock, "0")
	for number, code := range map[string]string{
		"NETTBUTIKK-1": "42934839283871", "SOKK-42": "000" + text(sock), "PUMPE-12": text(kettle),
	} {
		a, ok := w.GoodsOwner.Article(number)
		if !ok || a.Body["productCode"] != code || a.Body["articleName"] != "Other "+number {
			t.Errorf("article %s of another integration is now %v", number, a.Body)
		}
	}
	w.wantStock(kettle, "12")
	w.wantStock(pump, "3")
	for _, id := range []office24.ProductID{kettle, pump} {
		w.wantFailure(naming.Articles, id, "PUMPE-12", text(kettle))
	}
	if a, found := w.GoodsOwner.Article("KET-17"); found {
		t.Errorf("article KET-17: %+v", a)
	}
}

// The same, before the process articles has run at all.
func TestStockTrustsNoProductCodeAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"articles": map[string]any{"enabled": false}})
	kettle := w.product("KJELE-1", "12")
	w.article("SOKK-42", text(kettle), "500")
	w.article("NETTBUTIKK-1", "42934839283871", "500")
	row := w.tick()[naming.Stock]
	w.wantStock(kettle, "12")
	if !strings.Contains(strings.Join(row.Notes, " ")+w.failure(naming.Stock, kettle), "SOKK-42") {
		t.Errorf("nothing says why: %+v", row)
	}
}

// The goods are still on the article that has another number now.
func TestCopyThatKeptCodeAndNumberChangesNoStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.product("KET-17", "0")
	w.tick()
	w.counted("KET-17", "50")
	w.tick()
	if err := w.GoodsOwner.RenumberArticle("KET-17", "KET-17-GML"); err != nil {
		t.Fatal(err)
	}
	w.article("KET-17", text(id), "0")
	w.Company.EditProduct(id, func(p *office24.Product) { p.Name = "Kjele" })
	for range 2 {
		w.tick()
		w.full()
		w.wantStock(id, "50")
		w.wantFailure(naming.Articles, id, "KET-17", "system id")
	}
}

func TestProductsExchangeNumbers(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"a pair": 2, "a ring": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			var products []office24.ProductID
			for i := range count {
				products = append(products, w.product(fmt.Sprint("A-", i), "0"))
			}
			w.tick()
			for i := range count {
				w.counted(fmt.Sprint("A-", i), fmt.Sprint(10*(i+1)))
			}
			w.tick()
			w.Company.ExchangeNumbers(products...)
			order := w.order(map[office24.ProductID]string{products[0]: "1"})
			for range 4 {
				w.tick()
			}
			for i, id := range products {
				p, _ := w.Company.Product(id)
				if p.No != fmt.Sprint("A-", (i+1)%count) {
					t.Fatalf("product %d has the number %s", id, p.No)
				}
				w.wantArticle(p.No, id, fmt.Sprint(10*(i+1)))
				w.wantStock(id, fmt.Sprint(10*(i+1)))
				w.wantFailure(naming.Articles, id)
			}
			if n := len(w.GoodsOwner.Articles()); n != count {
				t.Errorf("%d articles", n)
			}
			if line := w.ongoingOrder(text(order)).Lines[0]; line.Article != "A-1" {
				t.Errorf("the order has article %s", line.Article)
			}
		})
	}
}

func TestDeletedArticleIsMadeAgainForTheOrderThatNeedsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle, pot := w.product("KET-17", "0"), w.product("GRYTE-3", "0")
	w.tick()
	must(t, w.GoodsOwner.DeleteArticle("KET-17"))
	order := w.order(map[office24.ProductID]string{kettle: "2", pot: "1"})
	for range 3 {
		w.tick()
	}
	w.wantArticle("KET-17", kettle, "0")
	w.ongoingOrder(text(order))
	w.wantFailure(naming.SalesOrders, order)
	w.wantFailure(naming.Articles, kettle)
	w.counted("KET-17", "5")
	w.counted("GRYTE-3", "5")
	w.ship(text(order), nil)
	w.tick()
	w.wantStatus(order, office24.StatusSent)
	w.wantStock(kettle, "3")
}

func TestNumberThatLooksTheSameIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.article("KET-17", "", "14")
	kettle := w.product("ket-17\u200b", "14")
	for range 2 {
		w.tick()
	}
	w.wantStock(kettle, "14")
	if n := len(w.GoodsOwner.Articles()); n != 1 {
		t.Errorf("the article has a twin: %+v", w.GoodsOwner.Articles())
	}
	for _, a := range w.GoodsOwner.Articles() {
		if strings.Contains(a.Number, "\u200b") || a.Body["productCode"] != text(kettle) {
			t.Errorf("%+v", a)
		}
	}
}

// The link of the product that had the article before must not be trusted any more.
func TestArticleThatAnotherProductHasTakenOverIsNotSentForItsFormerOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	old := w.product("KET-17", "0")
	w.tick()
	w.Company.EditProduct(old, func(p *office24.Product) { p.No = "" })
	w.Company.ExpireProduct(old)
	successor := w.product("KET-17", "0")
	w.tick()
	w.wantArticle("KET-17", successor, "0")
	order := w.order(map[office24.ProductID]string{old: "3"})
	for range 2 {
		w.tick()
	}
	if o, found := w.GoodsOwner.Order(text(order)); found {
		t.Errorf("the order for %d names the article of %d: %+v", old, successor, o.Lines)
	}
	w.wantFailure(naming.SalesOrders, order, text(old))
}

// A run of articles dies while it renames an article, and another integration uses the former number.
func TestOrderNeverNamesTheFormerNumberOfARenamedArticle(t *testing.T) {
	t.Parallel()
	reused := false
	for n, crashed := 1, true; crashed; n++ {
		w := newWorld(t, nil)
		id := w.product("KET-17", "0")
		w.tick()
		w.Company.EditProduct(id, func(p *office24.Product) { p.No = "KET-18" })
		order := w.order(map[office24.ProductID]string{id: "3"})
		crashed = harness.Crash(w.Harness, functions[naming.Articles], nil, n)
		if _, taken := w.GoodsOwner.Article("KET-17"); !taken {
			w.article("KET-17", "", "0")
			reused = true
		}
		harness.Run(w.Harness, functions[naming.SalesOrders], nil)
		w.tick()
		if got := w.ongoingOrder(text(order)).Lines[0].Article; got != "KET-18" {
			t.Errorf("after a crash at write %d, the order names article %s", n, got)
		}
	}
	if !reused {
		t.Error("no crash left the former number free")
	}
}

func TestExpiredProductGivesUpItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	old := w.product("KET-17", "0")
	w.tick()
	w.counted("KET-17", "3")
	w.tick()
	w.Company.ExpireProduct(old)
	successor := w.product("KET-17", "0")
	unnumbered := w.product("", "0")
	w.Company.ExpireProduct(unnumbered)
	order := w.order(map[office24.ProductID]string{successor: "1"})
	for range 4 {
		w.tick()
	}
	w.wantFailure(naming.Articles, old)
	w.wantFailure(naming.Articles, successor)
	w.wantFailure(naming.Articles, unnumbered)
	a, ok := w.GoodsOwner.Article("KET-17")
	if !ok || a.Body["productCode"] != text(successor) {
		t.Errorf("article KET-17 is %v; %s", a.Body, w.failures())
	}
	w.ongoingOrder(text(order))
}
