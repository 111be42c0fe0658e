package process

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
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

// emptyAnswer empties these answers about products, counted from 1.
func emptyAnswer(nth ...int) func(*http.Request, string) string {
	return harness.EmptyAnswers("GetProducts", func(n int) bool { return slices.Contains(nth, n) })
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func renumber(h *harness.Harness, id office24.ProductID, no string) {
	h.Company.EditProduct(id, func(p *office24.Product) { p.No = no })
}

// PUMPE-12 is an article of another system, whose product code is by chance the id of our kettle.
func TestProductCodeAloneNeverMatches(t *testing.T) {
	t.Parallel()
	stock := *harness.Dec("500")
	t.Run("its number is that of another product: both are held", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		addArticle(t, h, ongoingtest.NewArticle{Number: "PUMPE-12", ProductCode: "7001", Stock: stock})
		kettle, pump := product(h, "KET-17"), product(h, "PUMPE-12")
		expect(t, h, run(h), want{outcome: runner.Partial})
		for _, id := range []office24.ProductID{kettle, pump} {
			expectFailure(t, h, id, "held",
				`article "PUMPE-12" in Ongoing (system id 1001) has the product code "7001", `+
					`but product 7001 has the number "KET-17"`)
		}
		expectArticles(t, h, "PUMPE-12=7001")
		if link(h, kettle) != nil || link(h, pump) != nil {
			t.Errorf("links %v, %v", link(h, kettle), link(h, pump))
		}

		must(t, h.GoodsOwner.SetProductCode("PUMPE-12", ""))
		later(h)
		expect(t, h, run(h), want{written: 2})
		expectArticles(t, h, "PUMPE-12=7002", "KET-17=7001")
		if a, _ := h.GoodsOwner.Article("PUMPE-12"); a.Stock.String() != "500" {
			t.Errorf("stock %s", a.Stock)
		}
		if failure(h, kettle) != nil || failure(h, pump) != nil {
			t.Error("a failure record is left")
		}
	})
	t.Run("its number is no product's: the product is held", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		addArticle(t, h, ongoingtest.NewArticle{Number: "SOKK-42", ProductCode: "7001", Stock: stock})
		id := product(h, "KJELE-1")
		expect(t, h, run(h), want{outcome: runner.Partial})
		expectFailure(t, h, id, "held", "correct its product code or its number in Ongoing")
		expectArticles(t, h, "SOKK-42=7001")
	})
	t.Run("its product has expired and needs no article", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		addArticle(t, h, ongoingtest.NewArticle{Number: "SOKK-42", ProductCode: "7001", Stock: stock})
		h.Company.AddProduct(office24.Product{No: "KJELE-1", StatusID: new(0)})
		row := run(h)
		expect(t, h, row, want{})
		if row.Skipped != 1 {
			t.Errorf("got %+v", row)
		}
	})
	t.Run("its product has expired and has an article: that cannot get the number", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		kettle, pump := product(h, "KET-17"), product(h, "PUMPE-12")
		expect(t, h, run(h), want{written: 2})
		addArticle(t, h, ongoingtest.NewArticle{Number: "SOKK-42", ProductCode: fmt.Sprint(kettle), Stock: stock})
		h.Company.EditProduct(pump, func(p *office24.Product) { p.No, p.StatusID = "SOKK-42", new(0) })
		later(h)
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber})
		expectFailure(t, h, pump, "held", `article "SOKK-42" in Ongoing (system id 1003) has the product code "7001"`)
		expectArticles(t, h, "KET-17=7001", "PUMPE-12=7002", "SOKK-42=7001")
	})
}

// Codes of other systems that are no id of ours do not say whose the article is; its number does.
func TestArticleWithCodeOfAnotherSystemIsTakenOver(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"7090000000017", "42934839283871", "0007001", "+7001", "2147483648", "PUMPE"} {
		h := harness.New(t, nil)
		id := addArticle(t, h, ongoingtest.NewArticle{Number: "KET-17", ProductCode: code, Stock: *harness.Dec("5")})
		addArticle(t, h, ongoingtest.NewArticle{Number: "NETTBUTIKK-1", ProductCode: code})
		product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		expectArticles(t, h, "KET-17=7001", "NETTBUTIKK-1="+code)
		if a, _ := h.GoodsOwner.Article("KET-17"); a.ID != id || a.Stock.String() != "5" {
			t.Errorf("%s: got %+v", code, a)
		}
	}
}

func TestArticleThatIsGoneIsWrittenAgain(t *testing.T) {
	t.Parallel()
	forget := func(t *testing.T, h *harness.Harness, id office24.ProductID) {
		t.Helper()
		links, err := h.Partition().Articles(t.Context(), []int{int(id)})
		must(t, err)
		register := &articles.Register{Ongoing: h.OngoingClient(), State: h.Partition()}
		must(t, register.Forget(t.Context(), links[int(id)], h.Clock.Now()))
	}
	t.Run("deleted", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		id := product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		later(h)
		run(h) // moves the cursor past the product
		must(t, h.GoodsOwner.DeleteArticle("KET-17"))
		later(h)
		expect(t, h, run(h), want{}) // nobody has noticed
		forget(t, h, id)
		expectFailure(t, h, id, "conflict", `article "KET-17" of product 7001 is not in Ongoing any more`)
		expect(t, h, run(h), want{written: 1})
		expectArticles(t, h, "KET-17=7001")
		if a, _ := h.GoodsOwner.Article("KET-17"); failure(h, id) != nil || link(h, id)["articleId"] != float64(a.ID) {
			t.Errorf("failure %v, link %v", failure(h, id), link(h, id))
		}
	})
	t.Run("deleted, after a person has dismissed a failure of its product", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		id := product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		renumber(h, id, "")
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		h.Dismiss(naming.Articles)
		must(t, h.GoodsOwner.DeleteArticle("KET-17"))
		forget(t, h, id)
		expectFailure(t, h, id, "conflict", `article "KET-17" of product 7001 is not in Ongoing any more`)
	})
	t.Run("renumbered by the warehouse: it gets its number back", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		id := h.AddStockedProduct("KET-17", "5")
		expect(t, h, run(h), want{unchanged: 1})
		later(h)
		run(h)
		must(t, h.GoodsOwner.RenumberArticle("KET-17", "GML-KET-17"))
		later(h)
		forget(t, h, id)
		expect(t, h, run(h), want{written: 1})
		expectArticles(t, h, "KET-17=7001")
		if a, _ := h.GoodsOwner.Article("KET-17"); a.Stock.String() != "5" {
			t.Errorf("stock %s", a.Stock)
		}
	})
	t.Run("a full run notices it by itself", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		must(t, h.GoodsOwner.DeleteArticle("KET-17"))
		later(h)
		expect(t, h, runFull(h), want{written: 1})
		expectArticles(t, h, "KET-17=7001")
	})
}

// copyArticle renumbers an article as staff do and gives its number and its product code to a new one without stock. It
// returns the system ids of both.
func copyArticle(t *testing.T, h *harness.Harness, id office24.ProductID, number string) (original, copied int) {
	t.Helper()
	must(t, h.GoodsOwner.RenumberArticle(number, number+"-GML"))
	a, _ := h.GoodsOwner.Article(number + "-GML")
	return a.ID, addArticle(t, h, ongoingtest.NewArticle{Number: number, ProductCode: fmt.Sprint(id)})
}

// Stock would write the copy's figure, none, for that of the goods.
func TestCopyThatKeptCodeAndNumberDoesNotGetTheLink(t *testing.T) {
	t.Parallel()
	seed := func(t *testing.T) (h *harness.Harness, id office24.ProductID, original, copied int) {
		t.Helper()
		h = harness.New(t, nil)
		id = h.AddStockedProduct("KET-17", "50")
		expect(t, h, run(h), want{unchanged: 1})
		later(h)
		original, copied = copyArticle(t, h, id, "KET-17")
		return h, id, original, copied
	}
	for _, unreadable := range [][]string{
		nil, {"weight"}, {"articleSystemId"}, {"articleNumber"}, {"articleNumber", "productCode"},
	} {
		t.Run(fmt.Sprint("of the original cannot be read: ", unreadable), func(t *testing.T) {
			t.Parallel()
			h, id, original, copied := seed(t)
			part := fmt.Sprintf("article (system id %d) than the product's own (%d)", copied, original)
			for _, field := range unreadable {
				h.GoodsOwner.Damage(original, field, `{}`)
				part = "cannot be read"
			}
			expect(t, h, runFull(h), want{outcome: runner.Partial, failed: 1})
			expectFailure(t, h, id, "rejected", part)
			if l := link(h, id); l["articleId"] != float64(original) {
				t.Errorf("link %v", l)
			}
		})
	}
	t.Run("the original is refused to us", func(t *testing.T) {
		t.Parallel()
		h, id, original, _ := seed(t)
		other := product(h, "PUMPE-12")
		h.Ongoing.Fault(ongoingtest.Fault{
			Op: "GET /articles/{articleSystemId}", Times: -1, Kind: ongoingtest.Status, Status: 400,
		})
		expect(t, h, runFull(h), want{outcome: runner.Partial, written: 1, failed: 1})
		if l := link(h, id); l["articleId"] != float64(original) || link(h, other) == nil {
			t.Errorf("link %v; of another product %v", l, link(h, other))
		}
	})
	t.Run("the original is gone: the copy is the product's", func(t *testing.T) {
		t.Parallel()
		h, id, _, copied := seed(t)
		must(t, h.GoodsOwner.DeleteArticle("KET-17-GML"))
		expect(t, h, runFull(h), want{written: 1})
		if l := link(h, id); l["articleId"] != float64(copied) {
			t.Errorf("link %v", l)
		}
	})
	t.Run("the copy is gone: the original gets its number back", func(t *testing.T) {
		t.Parallel()
		h, id, original, _ := seed(t)
		expect(t, h, runFull(h), want{outcome: runner.Partial, failed: 1})
		must(t, h.GoodsOwner.DeleteArticle("KET-17"))
		later(h)
		expect(t, h, runFull(h), want{written: 1})
		if a, _ := h.GoodsOwner.Article("KET-17"); a.ID != original || failure(h, id) != nil {
			t.Errorf("article %+v, failure %v", a, failure(h, id))
		}
	})
}

// The next run looks at both articles.
func TestArticleThatIsRenumberedWhileItIsWrittenKeepsTheLink(t *testing.T) {
	t.Parallel()
	var h *harness.Harness
	renumberOnce := sync.OnceFunc(func() { must(t, h.GoodsOwner.RenumberArticle("KET-17", "KET-17-GML")) })
	before := func(ongoingtest.Entry) {
		if h != nil {
			renumberOnce()
		}
	}
	made := harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{Before: before}}, nil)
	id := made.AddStockedProduct("KET-17", "50")
	expect(t, made, run(made), want{unchanged: 1})
	original := link(made, id)["articleId"]
	later(made)
	made.Company.EditProduct(id, func(p *office24.Product) { p.Name = "Kjele" })
	h = made
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "conflict", "so another one (")
	if l := link(h, id); l["articleId"] != original || l["articleNumber"] != "KET-17" {
		t.Errorf("link %v; the article's system id was %v", l, original)
	}
	later(h)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "rejected", fmt.Sprintf("than the product's own (%v)", original))
}

// Whatever a number has that nobody sees, there is one article.
func TestNumberThatLooksTheSameGetsNoSecondArticle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ inOngoing, no, want string }{
		"zero width in 24SevenOffice": {"KET-17", "KET-17\u200b", "KET-17"},
		"zero width in Ongoing":       {"KET-17\u200b", "KET-17\u200b", "KET-17"},
		"no-break space at the end":   {"KET-17", "KET-17\u00a0", "KET-17"},
		"byte order mark":             {"KET-17", "\ufeffKET-17", "KET-17"},
		"soft hyphen":                 {"KETTEL", "KET\u00adTEL", "KETTEL"},
		"decomposed in 24SevenOffice": {"KJ\u00d8-\u00c5", "KJ\u00d8-A\u030a", "KJ\u00d8-\u00c5"},
		"decomposed in Ongoing":       {"KJ\u00d8-A\u030a", "KJ\u00d8-\u00c5", "KJ\u00d8-\u00c5"},
		"another case":                {"ket-17", "KET-17", "KET-17"},
		"mixed case in Ongoing":       {"Ket-17", "KET-17", "KET-17"},
		"zero width in Ongoing alone": {"KET-17\u200b", "KET-17", "KET-17"},
		"no-break space in Ongoing":   {"KET-17\u00a0", "KET-17", "KET-17"},
		"mixed case, decomposed":      {"Kjo\u0308-1", "KJ\u00d6-1", "KJ\u00d6-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			id := addArticle(t, h, ongoingtest.NewArticle{Number: test.inOngoing, Stock: *harness.Dec("14")})
			product(h, test.no)
			expect(t, h, run(h), want{written: 1})
			expectArticles(t, h, test.want+"=7001")
			if a, _ := h.GoodsOwner.Article(test.want); a.ID != id || a.Stock.String() != "14" {
				t.Errorf("got %+v", a)
			}
			expect(t, h, run(h), want{unchanged: 1})
		})
	}
	t.Run("a product that has an article", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		addArticle(t, h, ongoingtest.NewArticle{Number: "ket-17"})
		id := product(h, "PUMPE-12")
		expect(t, h, run(h), want{written: 1})
		renumber(h, id, "KET-17")
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, id, "rejected", "is the number of another article (system id 1001) than the product's own")
		expectArticles(t, h, "ket-17=<nil>", "PUMPE-12=7001")
	})
	t.Run("a product whose article is spelt in another way", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		id := product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		addArticle(t, h, ongoingtest.NewArticle{Number: "ket-17"})
		renumber(h, id, "ket-17")
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, id, "rejected", "is the number of another article (system id 1002) than the product's own")
		expectArticles(t, h, "KET-17=7001", "ket-17=<nil>")
	})
	t.Run("two products", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one, other := product(h, "KET-17"), product(h, "KET-17\u200b")
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 2})
		expectFailure(t, h, one, "rejected", "used by products 7001 and 7002")
		expectFailure(t, h, other, "rejected", "used by products 7001 and 7002")
	})
}

// expectLinksOfOwnArticles expects that no link has the number of another product's article: orders name it.
func expectLinksOfOwnArticles(t *testing.T, h *harness.Harness) {
	t.Helper()
	for _, a := range h.GoodsOwner.Articles() {
		for _, p := range h.Company.Products() {
			own := a.Body["productCode"] == fmt.Sprint(p.ID)
			if !own && link(h, p.ID)["articleNumber"] == a.Number {
				t.Errorf("the link of product %d names article %s of product %v", p.ID, a.Number, a.Body["productCode"])
			}
		}
	}
}

func TestProductsThatExchangeNumbersGetThem(t *testing.T) {
	t.Parallel()
	for name, ring := range map[string][]string{
		"a pair":  {"KET-17", "PUMPE-12"},
		"a ring":  {"1", "2", "3"},
		"of four": {"A", "B", "C", "D"},
	} {
		seed := func(t *testing.T) *harness.Harness {
			t.Helper()
			h := harness.New(t, nil)
			for i, no := range ring {
				h.AddStockedProduct(no, fmt.Sprint(i+5))
			}
			expect(t, h, run(h), want{unchanged: len(ring)})
			later(h)
			for i := range ring {
				renumber(h, office24.ProductID(7001+i), ring[(i+1)%len(ring)])
			}
			return h
		}
		check := func(t *testing.T, h *harness.Harness) {
			t.Helper()
			for i, a := range h.GoodsOwner.Articles() {
				id := office24.ProductID(7001 + i)
				if a.Number != ring[(i+1)%len(ring)] || a.Body["productCode"] != fmt.Sprint(id) ||
					a.Stock.String() != fmt.Sprint(i+5) || link(h, id)["articleNumber"] != a.Number ||
					failure(h, id) != nil {
					t.Errorf("article %s of product %v, stock %s, link %v, failure %v",
						a.Number, a.Body["productCode"], a.Stock, link(h, id), failure(h, id))
				}
			}
			_, _, writes := h.VendorCalls()
			expect(t, h, run(h), want{unchanged: anyNumber})
			if _, _, after := h.VendorCalls(); after != writes {
				t.Error("the next run still wrote")
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := seed(t)
			expect(t, h, run(h), want{written: len(ring)})
			check(t, h)
		})
		if len(ring) > 3 {
			continue
		}
		t.Run(name+" with crashes", func(t *testing.T) {
			t.Parallel()
			for n, crashed := 1, true; crashed; n++ {
				h := seed(t)
				crashed = harness.Crash(h, Function(), nil, n)
				expectLinksOfOwnArticles(t, h)
				for range ring {
					run(h)
					later(h)
				}
				check(t, h)
				if t.Failed() {
					t.Fatalf("after a crash at write %d", n)
				}
			}
		})
	}
	t.Run("the article that was moved aside is refused its number", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("A", "1")
		h.AddStockedProduct("B", "2")
		expect(t, h, run(h), want{unchanged: 2})
		later(h)
		renumber(h, 7001, "B")
		renumber(h, 7002, "A")
		h.Ongoing.Fault(ongoingtest.Fault{
			Op: "PUT /articles/{articleSystemId}", Nth: 3, Kind: ongoingtest.Status, Status: 400,
		})
		expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
		expectLinksOfOwnArticles(t, h)
	})
	t.Run("they get their old numbers back before the article that was moved aside has its own", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("A", "1")
		h.AddStockedProduct("B", "2")
		expect(t, h, run(h), want{unchanged: 2})
		later(h)
		renumber(h, 7001, "B")
		renumber(h, 7002, "A")
		expect(t, h, harness.Run(h, Function(), map[string]any{"keys": []string{"7001"}}), want{written: 1})
		expectArticles(t, h, "B=7001", "MOVED-7002=7002")
		renumber(h, 7001, "A")
		renumber(h, 7002, "B")
		for range 2 {
			run(h)
			later(h)
		}
		expectArticles(t, h, "A=7001", "B=7002")
	})
	t.Run("a person has dismissed a failure of the product whose article is moved aside", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("A", "1")
		h.AddStockedProduct("B", "2")
		expect(t, h, run(h), want{unchanged: 2})
		renumber(h, 7002, "A")
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: 1, failed: 1})
		h.Dismiss(naming.Articles)
		renumber(h, 7001, "B")
		for range 2 {
			later(h)
			run(h)
		}
		expectArticles(t, h, "B=7001", "A=7002")
		if f := failure(h, 7002); f != nil {
			t.Errorf("failure %v", f)
		}
	})
	t.Run("that product is written in the same run, because it has changed since", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("A", "1")
		h.AddStockedProduct("B", "2")
		expect(t, h, run(h), want{unchanged: 2})
		renumber(h, 7002, "")
		expect(t, h, run(h), want{outcome: runner.Partial, unchanged: 1, failed: 1})
		h.Dismiss(naming.Articles)
		renumber(h, 7001, "B")
		renumber(h, 7002, "A")
		expect(t, h, run(h), want{written: 2})
		later(h)
		run(h)
		expectArticles(t, h, "B=7001", "A=7002")
		if f := failure(h, 7002); f != nil {
			t.Errorf("failure %v", f)
		}
	})
	t.Run("a dry run shows it and writes nothing", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.AddStockedProduct("A", "1")
		h.AddStockedProduct("B", "2")
		expect(t, h, run(h), want{unchanged: 2})
		renumber(h, 7001, "B")
		renumber(h, 7002, "A")
		row := harness.Run(h, Function(), map[string]any{"dryRun": true})
		if !strings.Contains(fmt.Sprint(row.Changes), "articleNumber of the article of product 7002 B MOVED-7002") {
			t.Errorf("changes %v", row.Changes)
		}
		expectArticles(t, h, "A=7001", "B=7002")
	})
	t.Run("one of them is out of scope: its article keeps its number", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, map[string]any{"articles": map[string]any{"categoryIds": []any{3}}})
		for i, no := range []string{"A", "B"} {
			id := h.AddStockedProduct(no, fmt.Sprint(i+1))
			h.Company.EditProduct(id, func(p *office24.Product) { p.CategoryID = 3 })
		}
		expect(t, h, run(h), want{unchanged: anyNumber, written: anyNumber})
		renumber(h, 7001, "B")
		h.Company.EditProduct(7002, func(p *office24.Product) { p.No, p.CategoryID = "A", 4 })
		expect(t, h, run(h), want{outcome: runner.Partial})
		expectFailure(t, h, 7001, "held", "has to be renamed first")
		expectArticles(t, h, "A=7001", "B=7002")
	})
}

// Orders go on naming the number that the article has.
func TestLinkOfAnArticleThatIsRefusedANewNumberIsStillBelieved(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 2; n++ {
		h := harness.New(t, nil)
		var ids []office24.ProductID
		for i := range n {
			ids = append(ids, product(h, fmt.Sprint("OLD-", i)))
		}
		expect(t, h, run(h), want{written: n})
		later(h)
		before := link(h, ids[0])["fingerprint"]
		for i, id := range ids {
			renumber(h, id, fmt.Sprint("NEW-", i))
		}
		h.Ongoing.Fault(ongoingtest.Fault{
			Op: "PUT /articles/{articleSystemId}", Nth: 1, Times: n, Kind: ongoingtest.Status, Status: 400,
		})
		expect(t, h, run(h), want{outcome: runner.Partial, failed: n})
		if l := link(h, ids[0]); l["fingerprint"] != before || l["articleNumber"] != "OLD-0" {
			t.Errorf("link %v, fingerprint before %v", l, before)
		}
	}
}

// PUMPE is the number of an expired product, which would give it up, and another system has an article that looks the
// same.
func TestNumberThatAnExpiredProductGivesUpGetsNoTwin(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	old, pump := product(h, "PUMPE"), product(h, "PUMPE-2")
	expect(t, h, run(h), want{outcome: runner.OK, written: 2})
	addArticle(t, h, ongoingtest.NewArticle{Number: "pumpe", ProductCode: "42934839283871"})
	h.Company.EditProduct(old, func(p *office24.Product) { p.StatusID = new(int) })
	renumber(h, pump, "PUMPE")
	h.Clock.Forward(time.Hour)
	run(h)
	expectFailure(t, h, pump, "rejected", `number "PUMPE" looks like "pumpe"`)
	expectArticles(t, h, "PUMPE=7001", "PUMPE-2=7002", "pumpe=42934839283871")
}

func TestExpiredProductGivesItsNumberToTheOneInUse(t *testing.T) {
	t.Parallel()
	expire := func(h *harness.Harness, id office24.ProductID) {
		h.Company.EditProduct(id, func(p *office24.Product) { p.StatusID = new(0) })
	}
	t.Run("neither has an article", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.Company.AddProduct(office24.Product{No: "X", StatusID: new(0)})
		product(h, "X")
		row := run(h)
		expect(t, h, row, want{written: 1})
		if row.Skipped != 1 {
			t.Errorf("got %+v", row)
		}
		expectArticles(t, h, "X=7002")
	})
	t.Run("the expired one has the article: the goods carry the number", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		old := h.AddStockedProduct("X", "5")
		expect(t, h, run(h), want{unchanged: 1})
		later(h)
		expire(h, old)
		heir := product(h, "X")
		expect(t, h, run(h), want{written: 1})
		expectArticles(t, h, "X=7002")
		if a, _ := h.GoodsOwner.Article("X"); a.Stock.String() != "5" || link(h, heir)["articleId"] != float64(a.ID) {
			t.Errorf("article %+v, link %v", a, link(h, heir))
		}
		later(h)
		h.Company.EditProduct(old, func(p *office24.Product) { p.Name = "utgått" })
		expect(t, h, run(h), want{unchanged: anyNumber})
		expect(t, h, runFull(h), want{unchanged: 1})
		expectArticles(t, h, "X=7002")
	})
	t.Run("both have one: that of the expired one is moved aside", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		old, heir := h.AddStockedProduct("X", "5"), h.AddStockedProduct("X-NY", "7")
		expect(t, h, run(h), want{unchanged: 2})
		later(h)
		expire(h, old)
		renumber(h, heir, "X")
		expect(t, h, run(h), want{written: 1})
		expectArticles(t, h, "MOVED-7001=7001", "X=7002")
		if a, _ := h.GoodsOwner.Article("MOVED-7001"); a.Body["isActive"] != false ||
			link(h, old)["articleNumber"] != "MOVED-7001" {
			t.Errorf("moved aside: %v, link %v", a.Body, link(h, old))
		}
		later(h)
		expect(t, h, runFull(h), want{unchanged: 2})
		later(h)
		h.Company.EditProduct(old, func(p *office24.Product) { p.Name = "utgått" })
		expect(t, h, run(h), want{written: 1})
		if a, _ := h.GoodsOwner.Article("MOVED-7001"); a.Body["articleName"] != "utgått" {
			t.Errorf("moved aside: %v", a.Body)
		}
		expectArticles(t, h, "MOVED-7001=7001", "X=7002")
	})
	t.Run("the expired one has an article under another number: it becomes inactive", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		old := h.AddStockedProduct("GAMMEL", "5")
		product(h, "X")
		expect(t, h, run(h), want{written: 1, unchanged: 1})
		later(h)
		h.Company.EditProduct(old, func(p *office24.Product) { p.No, p.StatusID = "X", new(0) })
		expect(t, h, run(h), want{written: 1, unchanged: 1}) // the overlap reads the other one again
		expectArticles(t, h, "GAMMEL=7001", "X=7002")
		if a, _ := h.GoodsOwner.Article("GAMMEL"); a.Body["isActive"] != false {
			t.Errorf("article %v", a.Body)
		}
		if row := run(h); row.Written != 0 || row.Failed != 0 {
			t.Errorf("again: %+v", row)
		}
	})
	t.Run("its article has a third number, which another one in use gets", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		heir, old := h.AddStockedProduct("A", "5"), h.AddStockedProduct("B", "7")
		product(h, "C")
		expect(t, h, run(h), want{written: 1, unchanged: 2})
		later(h)
		renumber(h, heir, "B")
		h.Company.EditProduct(old, func(p *office24.Product) { p.No, p.StatusID = "C", new(0) })
		for range 2 { // until no pause is left
			h.Clock.Forward(25 * time.Hour)
			run(h)
		}
		expectArticles(t, h, "B=7001", "MOVED-7002=7002", "C=7003")
		if link(h, old)["articleNumber"] != "MOVED-7002" || failure(h, heir) != nil || failure(h, old) != nil {
			t.Errorf("link %v, failures %v and %v", link(h, old), failure(h, heir), failure(h, old))
		}
		expect(t, h, runFull(h), want{unchanged: 3})
	})
	t.Run("and in the same run its article's number to another one", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		heir, old := h.AddStockedProduct("A", "5"), h.AddStockedProduct("B", "7")
		expect(t, h, run(h), want{unchanged: 2})
		later(h)
		renumber(h, heir, "B")
		h.Company.EditProduct(old, func(p *office24.Product) { p.No, p.StatusID = "A", new(0) })
		product(h, "A")
		run(h)
		expectArticles(t, h, "B=7001", "MOVED-7002=7002")
		for range 2 { // until no pause is left
			h.Clock.Forward(25 * time.Hour)
			run(h)
		}
		expectArticles(t, h, "B=7001", "MOVED-7002=7002", "A=7003")
		if a, _ := h.GoodsOwner.Article("MOVED-7002"); a.Body["isActive"] != false || failure(h, old) != nil {
			t.Errorf("article %v, failure %v", a.Body, failure(h, old))
		}
		expect(t, h, runFull(h), want{unchanged: 3})
	})
	t.Run("two in use are still refused, and both are named", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.Company.AddProduct(office24.Product{No: "X", StatusID: new(0)})
		one, other := product(h, "X"), product(h, "X")
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 2})
		expectFailure(t, h, one, "rejected", "used by products 7002 and 7003")
		expectFailure(t, h, other, "rejected", "used by products 7002 and 7003")
	})
}

func TestProductWithoutANumberThatNeedsNoneIsSkipped(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.Company.AddProduct(office24.Product{StatusID: new(0)})
	h.Company.AddProduct(office24.Product{No: "\u200b", StockControlled: new(false)})
	row := run(h)
	expect(t, h, row, want{})
	if row.Skipped != 2 || failure(h, 7001) != nil || failure(h, 7002) != nil {
		t.Errorf("got %+v", row)
	}
}

// A run died right after it had created the article, and the product was renumbered before the next one.
func TestArticleWithoutItsLinkIsRecognisedByTheNumberThatItWasToGet(t *testing.T) {
	t.Parallel()
	for n, crashed := 1, true; crashed; n++ {
		h := harness.New(t, nil)
		product(h, "X")
		crashed = harness.Crash(h, Function(), nil, n)
		renumber(h, 7001, "Y")
		for range 2 {
			run(h)
			later(h)
		}
		expect(t, h, run(h), want{unchanged: anyNumber})
		expectArticles(t, h, "Y=7001")
	}
}

// After a move to another company nothing but the link of the product says that an article with its code is not that
// company's.
func TestLinkNamesAnArticleAfterACrashAtAnyWrite(t *testing.T) {
	t.Parallel()
	for name, seed := range map[string]func(t *testing.T, h *harness.Harness){
		"created": func(*testing.T, *harness.Harness) {},
		"taken over, nobody's": func(t *testing.T, h *harness.Harness) {
			t.Helper()
			addArticle(t, h, ongoingtest.NewArticle{Number: "KET-17"})
		},
		"taken over, spelt in another way": func(t *testing.T, h *harness.Harness) {
			t.Helper()
			addArticle(t, h, ongoingtest.NewArticle{Number: "ket-17"})
		},
		"taken over from an expired product": func(t *testing.T, h *harness.Harness) {
			t.Helper()
			old := product(h, "KET-17")
			expect(t, h, run(h), want{written: 1})
			h.Company.EditProduct(old, func(p *office24.Product) { p.StatusID = new(0) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, crashed := 1, true; crashed; n++ {
				h := harness.New(t, nil)
				seed(t, h)
				id := product(h, "KET-17")
				crashed = harness.Crash(h, Function(), nil, n)
				next := h.Partition()
				next.Under(state.Binding{
					Office24ClientID: 4711, OngoingBaseURL: h.Settings["ongoing"].(map[string]any)["baseUrl"].(string),
					GoodsOwnerID: h.GoodsOwner.ID,
				})
				for _, a := range h.GoodsOwner.Articles() {
					code, ours := articles.ProductCode(fmt.Sprint(a.Body["productCode"]))
					links, err := next.Articles(t.Context(), []int{int(code)})
					must(t, err)
					if ours && !links[int(code)].Former.Has(a.Number, a.ID) {
						t.Errorf("after a crash at write %d: another company takes article %s of product %d for its",
							n, a.Number, code)
					}
				}
				later(h)
				run(h)
				expectArticles(t, h, fmt.Sprintf("KET-17=%d", id))
			}
		})
	}
}

// What Ongoing has refused was not made under this company, so it keeps nothing from the next one. Several articles are
// written as a batch.
func TestRefusedArticleIsNotAFormerCompanys(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{true, false} {
		for n := 1; n <= 2; n++ {
			h := harness.New(t, nil)
			add := func() {
				for i := range n {
					addArticle(t, h, ongoingtest.NewArticle{Number: fmt.Sprint("P-", i)})
				}
			}
			if exists {
				add()
			}
			addNumbered(h, n)
			h.Ongoing.Fault(ongoingtest.Fault{
				Op: "PUT /articles", Times: -1, Kind: ongoingtest.Status, Status: 400, Body: `{"message":"bad"}`,
			})
			expect(t, h, run(h), want{outcome: runner.Partial, failed: n})
			h.Ongoing.ClearFaults()
			if !exists {
				add()
			}
			must(t, h.Move(t.Context(), h.Merchant, h.AddCompany(h.Merchant, 800002), nil))
			h.Delete("binding")
			addNumbered(h, n) // with the same ids
			expect(t, h, run(h), want{written: n})
		}
	}
}

// The same goods owner was used with a trial company before, whose product 7001 had the number X, too.
func TestArticleOfAnotherCompanyIsNeverOurs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		no   string // of our product 7001
		want string // in its failure; "" if it is written
	}{
		"the same number": {no: "X", want: "was made under another company (1) and is never used for this one"},
		"another number":  {no: "Y"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			id := addArticle(t, h, ongoingtest.NewArticle{Number: "X", ProductCode: "7001", Stock: *harness.Dec("14")})
			theirs := h.Partition()
			theirs.Under(state.Binding{
				Office24ClientID: 1, OngoingBaseURL: h.Settings["ongoing"].(map[string]any)["baseUrl"].(string),
				GoodsOwnerID: h.GoodsOwner.ID,
			})
			theirLink := state.ArticleLink{ProductID: 7001, ArticleNumber: "X", ArticleID: id}
			must(t, theirs.PutArticle(t.Context(), &theirLink))
			ours := product(h, test.no)
			if test.want != "" {
				expect(t, h, run(h), want{outcome: runner.Partial})
				expectFailure(t, h, ours, "held", test.want)
				expectArticles(t, h, "X=7001")
				return
			}
			expect(t, h, run(h), want{written: 1})
			expectArticles(t, h, "X=7001", "Y=7001")
			if a, _ := h.GoodsOwner.Article("X"); a.Stock.String() != "14" {
				t.Errorf("stock %s", a.Stock)
			}
			expect(t, h, runFull(h), want{unchanged: 1})
		})
	}
}

// An answer that is empty because of an outage does not make a product deleted.
func TestEmptyAnswerFreesNoNumber(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.AddStockedProduct("X", "5")
	expect(t, h, run(h), want{unchanged: 1})
	later(h)
	run(h) // moves the cursor past the product
	later(h)
	product(h, "X")
	h.Intercept(emptyAnswer(3)) // the first has the new product, the second the products with its number
	row := run(h)
	if row.Outcome != runner.Failed || !strings.Contains(row.Reason, "did not return product") {
		t.Errorf("got %+v", row)
	}
	expectArticles(t, h, "X=7001")
}

func TestBarCodeOfTwoProductsIsNoted(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	for _, no := range []string{"X", "Y"} {
		h.Company.AddProduct(office24.Product{No: no, EAN1: "7090000000017"})
	}
	expect(t, h, run(h), want{written: 2})
	if !h.Logged("bar code 7090000000017 is that of products 7001 and 7002") {
		t.Error("no note")
	}
}

func TestTextThatIsCutIsNoted(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"extraFields": []any{
		map[string]any{"from": "product.DescriptionLong", "to": "article.freeValues.freeText1"},
		map[string]any{"value": "NO", "to": "article.countryOfOriginCode"},
	}})
	h.Company.AddProduct(office24.Product{
		No: "X", DescriptionLong: strings.Repeat("x", 400), EAN1: "7090 0000 0001 7, 7090000000024",
	})
	const cut = "product 7001: article.freeValues.freeText1 is longer than 300 characters and was cut"
	for _, dryRun := range []bool{true, false} {
		harness.Run(h, Function(), map[string]any{"dryRun": dryRun})
		if !h.Logged(cut) {
			t.Errorf("dry run %t: no note\n%s", dryRun, h.Output)
		}
	}
	a, _ := h.GoodsOwner.Article("X")
	if info := fmt.Sprint(a.Body["barCodeInfo"]); a.Body["countryOfOriginCode"] != "NO" ||
		!strings.Contains(info, "barCode:7090000000017") || !strings.Contains(info, "barCode:7090000000024") {
		t.Errorf("article %v", a.Body)
	}
	expect(t, h, run(h), want{unchanged: 1})
	expect(t, h, runFull(h), want{unchanged: 1})
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

// The process articles renames it when it gets the number.
func TestArticleThatCarriesASupplierKeepsItsNumber(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	one, other := product(h, "X-1"), product(h, "X-2")
	expect(t, h, run(h), want{written: 2})
	later(h)
	renumber(h, one, "KET-17")
	renumber(h, other, "KET-17")
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 2})
	links, err := h.Partition().Articles(t.Context(), []int{int(one)})
	must(t, err)
	p, _ := h.Company.Product(one)
	p.SupplierID = 501
	register := &articles.Register{Ongoing: h.OngoingClient(), State: h.Partition()}
	must(t, register.WriteSupplier(t.Context(), p, links[int(one)], ongoing.SupplierAddress{Name: "Leverandør AS"}))
	if s := h.GoodsOwner.Suppliers()["501"]; s.Name != "Leverandør AS" {
		t.Errorf("supplier %+v", s)
	}
	expectArticles(t, h, "X-1=7001", "X-2=7002")
	renumber(h, other, "KET-18")
	later(h)
	expect(t, h, run(h), want{written: 2})
	expectArticles(t, h, "KET-17=7001", "KET-18=7002")
}

// A run that reads one of two products with the same number looks for the other.
func TestNumberThatAProductHasWhichIsNotRead(t *testing.T) {
	t.Parallel()
	only := func(h *harness.Harness, ids ...office24.ProductID) runner.Row {
		keys := make([]string, len(ids))
		for i, id := range ids {
			keys[i] = fmt.Sprint(id)
		}
		return harness.Run(h, Function(), map[string]any{"keys": keys})
	}
	t.Run("both in use: refused", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one := product(h, "KET-17")
		product(h, "KET-17")
		expect(t, h, only(h, one), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, one, "rejected", "used by products 7001 and 7002")
		expectArticles(t, h)
	})
	t.Run("spelt with what nobody sees: refused", func(t *testing.T) {
		t.Parallel()
		for _, no := range []string{"KET\u00a017", "KET-17 ", "KET\u200b-17"} {
			h := harness.New(t, nil)
			one := product(h, no)
			product(h, no)
			expect(t, h, only(h, one), want{outcome: runner.Partial, failed: 1})
			expectArticles(t, h)
		}
	})
	t.Run("the search finds nothing, because of an outage or for a rule of its own: all are read", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one := product(h, "KET-17")
		product(h, "KET-17")
		h.Intercept(emptyAnswer(2))
		expect(t, h, only(h, one), want{outcome: runner.Partial, failed: 1})
		expectArticles(t, h)
	})
	t.Run("nothing is found at all: nothing is written", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one := product(h, "KET-17")
		h.Intercept(emptyAnswer(2, 3))
		expect(t, h, only(h, one), want{outcome: runner.Failed})
		expectArticles(t, h)
		expect(t, h, only(h, one), want{written: 1})
	})
	t.Run("its article is there: it is no reason against the product that has it", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one := product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		twin := product(h, "KET-17")
		h.Company.EditProduct(one, func(p *office24.Product) { p.Name = "Kjele" })
		expect(t, h, runFull(h), want{outcome: runner.Partial, written: 1, failed: 1})
		expectFailure(t, h, twin, "rejected", `"KET-17" also belongs to product 7001`)
		if a, _ := h.GoodsOwner.Article("KET-17"); a.Body["articleName"] != "Kjele" {
			t.Errorf("article %v", a.Body)
		}
	})
	t.Run("a renumbered one: refused", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one := product(h, "PUMPE-12")
		expect(t, h, run(h), want{written: 1})
		product(h, "KET-17")
		renumber(h, one, "KET-17")
		expect(t, h, only(h, one), want{outcome: runner.Partial, failed: 1})
		expectArticles(t, h, "PUMPE-12=7001")
	})
	t.Run("one has expired: it gets no article", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		h.Company.AddProduct(office24.Product{No: "KET-17", StatusID: new(0)})
		product(h, "KET-17")
		if row := only(h, 7001); row.Skipped != 1 {
			t.Errorf("got %+v", row)
		}
		expectArticles(t, h)
	})
	t.Run("the other is out of scope", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, map[string]any{"articles": map[string]any{"categoryIds": []any{3}}})
		h.Company.AddProduct(office24.Product{No: "KET-17", CategoryID: 3})
		h.Company.AddProduct(office24.Product{No: "KET-17", CategoryID: 4})
		expect(t, h, only(h, 7001), want{written: 1})
	})
	t.Run("many new numbers: those of all products are read", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		twin := product(h, "V-7")
		var ids []office24.ProductID
		for i := range 30 {
			ids = append(ids, product(h, fmt.Sprintf("V-%d", i)))
		}
		before, _, _ := h.VendorCalls()
		expect(t, h, only(h, ids...), want{outcome: runner.Partial, written: 29, failed: 1})
		expectFailure(t, h, ids[7], "rejected", fmt.Sprintf("used by products %d and %d", twin, ids[7]))
		if calls, _, _ := h.VendorCalls(); calls-before > 4 { // login, identities, the named products, all products
			t.Errorf("%d calls to 24SevenOffice", calls-before)
		}
	})
	t.Run("its article has the number already: no call is made", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		one := product(h, "KET-17")
		expect(t, h, run(h), want{written: 1})
		h.Company.EditProduct(one, func(p *office24.Product) { p.Name = "Kjele" })
		before, _, _ := h.VendorCalls()
		expect(t, h, only(h, one), want{written: 1})
		if calls, _, _ := h.VendorCalls(); calls-before > 1 {
			t.Errorf("%d calls to 24SevenOffice", calls-before)
		}
	})
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

// A clash is often solved in the other product, of which the refused one shows nothing: it is tried again within an
// hour, however often it was refused.
func TestClashThatTheOtherProductHasSolvedIsOverWithinAnHour(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	one, other := product(h, "KET-17"), product(h, "KET-17")
	for range 8 {
		h.Clock.Forward(time.Hour)
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 2})
	}
	expectFailure(t, h, one, "rejected", "used by products 7001 and 7002")
	h.Company.EditProduct(other, func(p *office24.Product) { p.No = "KET-18" })
	h.Clock.Forward(time.Hour)
	expect(t, h, run(h), want{written: 2})
	for id, number := range map[office24.ProductID]string{one: "KET-17", other: "KET-18"} {
		if a, _ := h.GoodsOwner.Article(number); a.Body["productCode"] != fmt.Sprint(id) {
			t.Errorf("article %s: %v", number, a.Body)
		}
	}
}
