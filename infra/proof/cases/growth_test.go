package cases_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

var withSuppliers = map[string]any{"suppliers": map[string]any{"enabled": true}}

// The supplier has no other article.
func TestExpiredProductKeepsItsArticleUnderAnotherNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withSuppliers)
	w.Company.AddCompany(office24.Company{ID: 6001, Name: "Leverandør AS", Type: office24.CompanySupplier})
	old, heir := w.product("X", "5"), w.product("X-NY", "7")
	w.tick()
	w.Company.EditProduct(old, func(p *office24.Product) { p.StatusID, p.SupplierID = new(0), 6001 })
	w.Company.EditProduct(heir, func(p *office24.Product) { p.No = "X" })
	for range 3 {
		w.tick()
		w.Company.EditProduct(old, func(p *office24.Product) { p.Name += "." })
	}
	moved := fmt.Sprint("MOVED-", old)
	w.wantArticle("X", heir, "0")
	w.wantArticle(moved, old, "0")
	if a, _ := w.GoodsOwner.Article(moved); a.Body["isActive"] != false {
		t.Errorf("article %v", a.Body)
	}
	if s := w.GoodsOwner.Suppliers()["6001"]; s.Name != "Leverandør AS" {
		t.Errorf("supplier %+v; %s", s, w.failures())
	}
}

func TestEmptyAnswerIsLookedAtTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.product("A", "1")
	w.tick()
	articles := func(event map[string]any) {
		w.Clock.Forward(time.Hour)
		harness.Run(w.Harness, functions[naming.Articles], event)
	}
	full := map[string]any{"full": true}
	since := func() any { return w.Record("cursor#articles")["since"] }
	before := since()
	w.Company.RemoveProduct(id)
	if articles(full); since() != before || w.Record("cursor#articles")["emptyAt"] == nil {
		t.Errorf("cursor %v after one look, want it as it was", w.Record("cursor#articles"))
	}
	if articles(full); since() == before || w.Record("cursor#articles")["emptyAt"] != nil {
		t.Errorf("cursor %v after two looks, want it moved", w.Record("cursor#articles"))
	}
}

// A product that was there before counts as gone only if a list of all products does not have it, and others, or at the
// second look.
func TestEmptyAnswerAboutProductsSettlesNoStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.product("A", "1")
	w.tick()
	w.counted("A", "7")
	empty := true
	w.Intercept(harness.EmptyAnswers("GetProducts", func(int) bool { return empty }))
	before := w.Record("cursor#stock")
	w.Clock.Forward(time.Hour)
	row := harness.Run(w.Harness, functions[naming.Stock], map[string]any{"full": true})
	if after := w.Record("cursor#stock"); after["since"] != before["since"] || len(row.Notes) == 0 {
		t.Errorf("got %+v, cursor before %s, after %s", row, before, after)
	}
	empty = false
	w.tick()
	w.wantStock(id, "7")
}

// A plan that is too long for the memory reads its last products again by their ids.
func TestRecordsThatAnOutageHidesInMidPlanAreNotPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const products = 260
	for n := range products {
		w.product(fmt.Sprint("VARE-", n), "1")
	}
	outage := true
	w.Intercept(harness.EmptyAnswers("GetProducts", func(n int) bool { return outage && n == 2 }))
	if row := harness.Run(w.Harness, functions[naming.Articles], nil); row.Outcome != runner.Failed ||
		!strings.Contains(row.Reason, "the answer is not used") || w.Record("cursor#articles") != nil {
		t.Errorf("got %+v, cursor %v", row, w.Record("cursor#articles"))
	}
	outage = false
	w.Clock.Forward(time.Hour)
	harness.Run(w.Harness, functions[naming.Articles], nil)
	if n := len(w.GoodsOwner.Articles()); n != products {
		t.Errorf("%d articles of %d products", n, products)
	}
}

// readsAllLinks reports whether a tick reads all article links.
func (w *world) readsAllLinks() bool {
	reads := w.DynamoDB.Reads(func() { w.tick() })
	return slices.Contains(reads, "Query "+w.ID+"/article#")
}

// forget removes all index records, as if the version before had stored the links.
func (w *world) forget() {
	for record := range w.Records() {
		for _, prefix := range []string{"article-of#", "supplier-carrier#", "supplier-todo#"} {
			if strings.HasPrefix(record, prefix) {
				w.Delete(record)
			}
		}
	}
}

func TestRunReadsNoOtherLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{
		"suppliers": map[string]any{"enabled": true}, "stock": map[string]any{"fullSweepHours": 24},
	})
	w.Company.AddCompany(office24.Company{ID: 6001, Name: "Leverandør AS", Type: office24.CompanySupplier})
	for i := range 5 {
		id := w.product(fmt.Sprint("A-", i), "1")
		w.Company.EditProduct(id, func(p *office24.Product) { p.SupplierID = 6001 })
	}
	w.article("WEB", "", "1")
	for range 2 {
		w.tick()
	}
	w.counted("WEB", "2")
	if w.tick(); w.readsAllLinks() {
		t.Error("an idle tick reads all links")
	}
	w.counted("WEB", "3")
	if w.readsAllLinks() {
		t.Error("an article of another system: all links are read")
	}
	w.Delete("cursor#suppliers")
	w.counted("A-1", "2")
	if w.readsAllLinks() {
		t.Error("the cursor of suppliers is lost: all links are read")
	}
}

func TestLinksWithoutIndexAreIndexedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"stock": map[string]any{"fullSweepHours": 24}})
	id := w.product("A", "1")
	w.article("WEB", "", "1")
	w.tick()
	w.tick()
	w.forget()
	must(t, w.GoodsOwner.SetProductCode("A", ""))
	for i, want := range []bool{true, false} {
		stock := fmt.Sprint(i + 5)
		w.counted("A", stock)
		if got := w.readsAllLinks(); got != want {
			t.Errorf("tick %d reads all links: %t, want %t", i, got, want)
		}
		w.wantStock(id, stock)
	}
}

func TestOrdersThatOthersLeaveUnreportedAreListedOnce(t *testing.T) {
	t.Parallel()
	const foreign = 250
	w := newWorld(t, map[string]any{"stock": map[string]any{"fullSweepHours": 24}})
	id := w.product("A", "0")
	w.product("WEB", "0")
	w.tick()
	w.counted("A", "10")
	w.counted("WEB", "1000")
	w.tick()
	ours := w.order(map[office24.ProductID]string{id: "4"})
	w.tick()
	number4 := fmt.Sprint(int(ours))
	must(t, w.GoodsOwner.Pick(number4, w.ongoingOrder(number4).Lines[0].Row, number.FromInt(4)))
	for i := range foreign {
		n := fmt.Sprint("WEB-", i)
		_, err := w.GoodsOwner.AddOrder(n, ongoingtest.NewLine{Row: "1", Article: "WEB", Quantity: number.FromInt(1)})
		must(t, err)
		must(t, w.GoodsOwner.Pick(n, "1", number.FromInt(1)))
	}
	lists := func() int {
		w.Clock.Forward(2 * time.Hour)
		must(t, w.GoodsOwner.AddStock("A", number.FromInt(1)))
		before := len(w.Ongoing.Journal())
		if row := harness.Run(w.Harness, functions[naming.Stock], nil); row.Outcome != runner.OK {
			t.Errorf("got %+v", row)
		}
		n := 0
		for _, e := range w.Ongoing.Journal()[before:] {
			if e.Operation == "GET /orders" {
				n++
			}
		}
		return n
	}
	first := lists()
	w.wantStock(id, "11")
	if second := lists(); first < 3 || second > 4 {
		t.Errorf("got %d and %d lists of orders, want the others' only in the first", first, second)
	}
	w.wantStock(id, "12")
}
