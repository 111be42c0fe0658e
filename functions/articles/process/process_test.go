package process

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// kettle is a product with as many fields as usual.
func kettle() office24.Product {
	return office24.Product{
		No: "KJE-17", Name: "Kjele 1,7 l", Description: "Rustfri & blank", EAN1: "7090000000012",
		Weight: harness.Dec("0.085"), StatusID: new(1), StockControlled: new(true), CategoryID: 3,
		StockLocation: "A-12-3", Price: harness.Dec("399"),
	}
}

// want is what the row of a run has to say.
type want struct {
	outcome                    runner.Outcome // OK if empty
	written, unchanged, failed int
}

// anyNumber stands for a number that depends on what the cursor's overlap reads again.
const anyNumber = -1

func expect(t *testing.T, h *harness.Harness, row runner.Row, w want) {
	t.Helper()
	got := want{outcome: row.Outcome, written: row.Written, unchanged: row.Unchanged, failed: row.Failed}
	w.outcome = cmp.Or(w.outcome, runner.OK)
	if w.unchanged == anyNumber {
		w.unchanged = got.unchanged
	}
	if w.written == anyNumber {
		w.written = got.written
	}
	if got != w {
		t.Fatalf("got %+v, reason %q; want %+v\n%s", got, row.Reason, w, h.Output)
	}
}

func run(h *harness.Harness) runner.Row { return harness.Run(h, Function(), nil) }

func runFull(h *harness.Harness) runner.Row {
	return harness.Run(h, Function(), map[string]any{"full": true})
}

// addNumbered adds n products with the numbers P-0, P-1, … .
func addNumbered(h *harness.Harness, n int) {
	for i := range n {
		h.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i)})
	}
}

// numbers returns the numbers of all articles in the order in which they were created.
func numbers(h *harness.Harness) []string {
	var out []string
	for _, a := range h.GoodsOwner.Articles() {
		out = append(out, a.Number)
	}
	return out
}

// failure returns the failure record of a product.
func failure(h *harness.Harness, id office24.ProductID) map[string]any {
	return h.Record(fmt.Sprintf("failure#articles#%d", id))
}

func link(h *harness.Harness, id office24.ProductID) map[string]any {
	return h.Record(fmt.Sprintf("article#%d", id))
}

// later moves the clock past the cursor's overlap, so that the next run reads only new changes.
func later(h *harness.Harness) { h.Clock.Forward(time.Hour) }

func TestProductBecomesArticleAndASecondRunWritesNothing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	id := h.Company.AddProduct(kettle())

	expect(t, h, run(h), want{written: 1})
	a, _ := h.GoodsOwner.Article("KJE-17")
	body := map[string]any{
		"goodsOwnerId": json.Number(strconv.Itoa(h.GoodsOwner.ID)), "articleNumber": "KJE-17",
		"articleName": "Kjele 1,7 l",
		"productCode": strconv.Itoa(int(id)), "description": "Rustfri & blank", "isStockArticle": true,
		"isActive": true,
		"weight":   json.Number("0.085"), "unitCode": nil,
	}
	info, _ := json.Marshal(a.Body["barCodeInfo"])
	delete(a.Body, "barCodeInfo")
	if diff := gocmp.Diff(body, a.Body); diff != "" || string(info) != `{"barCode":"7090000000012"}` {
		t.Errorf("bar code %s, -want +got\n%s", info, diff)
	}
	l := link(h, id)
	if l["articleNumber"] != "KJE-17" || l["articleId"] != float64(a.ID) || l["fingerprint"] == "" {
		t.Errorf("link %v", l)
	}

	erp, wms, _ := h.VendorCalls()
	expect(t, h, run(h), want{unchanged: 1})
	later(h)
	expect(t, h, run(h), want{unchanged: 1}) // the cursor had not yet passed the minute of the change
	later(h)
	expect(t, h, run(h), want{})
	// A run for a named customer proves its credentials at Ongoing.
	if erp2, wms2, _ := h.VendorCalls(); erp2-erp != 3 || wms2-wms != 3 {
		t.Errorf("three idle runs made %d calls to 24SevenOffice and %d to Ongoing; want 3 and 3", erp2-erp, wms2-wms)
	}
}

func TestChangedFieldIsWrittenAndEmptiedFieldIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*office24.Product)
		written int
		field   string
		want    any
	}{
		"a new name": {func(p *office24.Product) { p.Name = "Kjele" }, 1, "articleName", "Kjele"},
		"expired":    {func(p *office24.Product) { p.StatusID = new(0) }, 1, "isActive", false},
		"stock control switched off": {
			func(p *office24.Product) { p.StockControlled = new(false) }, 1, "isStockArticle", false,
		},
		"a weight that is emptied": {
			func(p *office24.Product) { p.Weight = nil }, 0, "weight", json.Number("0.085"),
		},
		"a weight of zero": {
			func(p *office24.Product) { p.Weight = harness.Dec("0") }, 1, "weight", json.Number("0"),
		},
		"a description that is emptied": {
			func(p *office24.Product) { p.Description = "" }, 0, "description", "Rustfri & blank",
		},
		"the stock": {
			func(p *office24.Product) { p.Stock = harness.Dec("17") }, 0, "articleName", "Kjele 1,7 l",
		},
		"a price without a target": {
			func(p *office24.Product) { p.Price = harness.Dec("1") }, 0, "articleName", "Kjele 1,7 l",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			id := h.Company.AddProduct(kettle())
			expect(t, h, run(h), want{written: 1})
			later(h)
			h.Company.EditProduct(id, test.change)
			expect(t, h, run(h), want{written: test.written, unchanged: 1 - test.written})
			a, _ := h.GoodsOwner.Article("KJE-17")
			if got := a.Body[test.field]; got != test.want {
				t.Errorf("%s is %v; want %v", test.field, got, test.want)
			}
			if len(numbers(h)) != 1 {
				t.Errorf("articles %v", numbers(h))
			}
		})
	}
}

// The process stock changes a product's time of change.
func TestOurOwnWritingOfStockChangesNoArticle(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.Company.AddProduct(kettle())
	expect(t, h, run(h), want{written: 1})
	for range 3 {
		later(h)
		for _, p := range h.Company.Products() {
			h.Company.EditProduct(p.ID, func(p *office24.Product) { p.Stock = harness.Dec("5") })
		}
		_, wms, _ := h.VendorCalls()
		expect(t, h, run(h), want{unchanged: 1})
		// The call proves the credentials of a customer that is named.
		if _, wms2, _ := h.VendorCalls(); wms2-wms != 1 {
			t.Errorf("%d calls to Ongoing, want 1", wms2-wms)
		}
	}
}

func TestOnlyProductsOfTheCategoriesAreWritten(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"articles": map[string]any{"categoryIds": []any{3, 4}}})
	for i, category := range []int{3, 4, 5, 0} {
		h.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i), CategoryID: category})
	}
	row := run(h)
	expect(t, h, row, want{written: 2})
	if row.Read != 4 || row.Skipped != 2 || !slices.Equal(numbers(h), []string{"P-0", "P-1"}) {
		t.Errorf("got %+v, articles %v", row, numbers(h))
	}
}

func TestVariationsAreReadFromTheNumber(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"articles": map[string]any{"variations": map[string]any{
		"field": "No", "pattern": `^(?P<base>[^-]+)-(?P<color>[^-]+)-(?P<size>[^-]+)-(?P<packaging>[^-]+)$`}}})
	h.Company.AddProduct(office24.Product{No: "SOKK-SVART-42-6"})
	h.Company.AddProduct(office24.Product{No: "SOKK-SVART-42-KARTONG"})
	expect(t, h, run(h), want{written: 2})

	six, _ := h.GoodsOwner.Article("SOKK-SVART-42-6")
	carton, _ := h.GoodsOwner.Article("SOKK-SVART-42-KARTONG")
	for path, got := range map[string]any{
		`{"code":"SOKK","name":"SOKK"}`:       six.Body["articleGroup"],
		`{"code":"SVART","name":"SVART"}`:     six.Body["articleColor"],
		`{"code":"42","name":"42"}`:           six.Body["articleSize"],
		`6`:                                   six.Body["quantityPerPackage"],
		`{"code":"KARTONG","name":"KARTONG"}`: carton.Body["articleCategory"],
	} {
		if text, _ := json.Marshal(got); string(text) != path {
			t.Errorf("got %s; want %s", text, path)
		}
	}
	// The category cannot be read back; it is taken for unchanged.
	expect(t, h, runFull(h), want{unchanged: 2})
}

func TestEachExtraFieldForArticlesReachesOngoing(t *testing.T) {
	t.Parallel()
	var fields []any
	for _, to := range extrafields.Targets() {
		from := "product.Price"
		if extrafields.Check(extrafields.Field{From: from, To: to}) != nil {
			from = "product.StockLocation"
		}
		if extrafields.Check(extrafields.Field{From: from, To: to}) == nil {
			fields = append(fields, map[string]any{"from": from, "to": to})
		}
	}
	h := harness.New(t, map[string]any{"extraFields": fields})
	id := h.Company.AddProduct(kettle())
	expect(t, h, run(h), want{written: 1}) // the simulator refuses fields that the API does not have
	a, _ := h.GoodsOwner.Article("KJE-17")
	text, _ := json.Marshal(a.Body)
	for _, part := range []string{
		`"customerPrice":399`, `"stockLimit":399`, `"freeDecimal1":399`, `"freeText1":"399"`,
		`"articleNameTranslations":[{"`,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
	later(h)
	h.Company.EditProduct(id, func(p *office24.Product) { p.Price = harness.Dec("349") })
	expect(t, h, run(h), want{written: 1})
	expect(t, h, runFull(h), want{unchanged: 1}) // some fields cannot be read back
}

func TestSupplierIsOnTheArticleIfItHasAName(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
	h.Company.AddCompany(office24.Company{ID: 5012, Name: "Hengsle & Sønn AS", Type: office24.CompanySupplier})
	h.Company.AddCompany(office24.Company{ID: 5013, Type: office24.CompanySupplier})
	for i, supplier := range []office24.CompanyID{5012, 5013, 9999, 0} {
		h.Company.AddProduct(office24.Product{
			No: fmt.Sprint("P-", i), SupplierID: supplier, SupplierProductCode: "H60",
		})
	}
	expect(t, h, run(h), want{written: 4})
	a, _ := h.GoodsOwner.Article("P-0")
	info, _ := json.Marshal(a.Body["supplierInfo"])
	supplier := `{"advanced":{"supplierOperation":"CreateOrUpdate"},"supplierArticleNumber":"H60",` +
		`"supplierName":"Hengsle \u0026 Sønn AS","supplierNumber":"5012"}`
	if string(info) != supplier {
		t.Errorf("got %s; want %s", info, supplier)
	}
	for _, number := range []string{"P-1", "P-2", "P-3"} {
		if a, _ := h.GoodsOwner.Article(number); a.Body["supplierInfo"] != nil {
			t.Errorf("%s has a supplier: %v", number, a.Body["supplierInfo"])
		}
	}
	expect(t, h, runFull(h), want{unchanged: 4})
}

// An ordinary run trusts the links.
func TestFullRunRepairsWhatWasChangedInOngoing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	for i := range 4 {
		p := kettle()
		p.No = fmt.Sprint("P-", i)
		h.Company.AddProduct(p)
	}
	expect(t, h, run(h), want{written: 4})
	before := h.Records()
	row := runFull(h)
	expect(t, h, row, want{unchanged: 4})
	if row.Planned != 0 {
		t.Errorf("planned %d", row.Planned)
	}
	for name, record := range h.Records() {
		if strings.HasPrefix(name, "article#") && !gocmp.Equal(before[name], record) {
			t.Errorf("link %s was written needlessly", name)
		}
	}

	rewrite(t, h, "P-1", ongoing.ArticleBody{ArticleNumber: "P-1", ArticleName: "Kanne", Weight: harness.Dec("7")})
	rewrite(t, h, "P-2", ongoing.ArticleBody{ArticleNumber: "P-2-GAMMEL"})
	rewrite(t, h, "P-3", ongoing.ArticleBody{ArticleNumber: "P-3", ProductCode: "ukjent"})
	expect(t, h, run(h), want{unchanged: 4})
	expect(t, h, runFull(h), want{written: 3, unchanged: 1})
	if got := numbers(h); !slices.Equal(got, []string{"P-0", "P-1", "P-2", "P-3"}) {
		t.Errorf("articles %v", got)
	}
	for i, p := range h.Company.Products() {
		a, _ := h.GoodsOwner.Article(fmt.Sprint("P-", i))
		if a.Body["articleName"] != "Kjele 1,7 l" || a.Body["weight"] != json.Number("0.085") ||
			a.Body["productCode"] != fmt.Sprint(p.ID) {
			t.Errorf("%s was not repaired: %v", a.Number, a.Body)
		}
	}
	expect(t, h, runFull(h), want{unchanged: 4})
}

// rewrite changes an article as a person in the warehouse does.
func rewrite(t *testing.T, h *harness.Harness, number string, body ongoing.ArticleBody) {
	t.Helper()
	a, ok := h.GoodsOwner.Article(number)
	if !ok {
		t.Fatalf("no article %s", number)
	}
	if _, err := h.OngoingClient().UpdateArticle(t.Context(), ongoing.ArticleID(a.ID), body); err != nil {
		t.Fatal(err)
	}
}

// After a move nothing of the other goods owner is known, so no full run is needed.
func TestMovedCustomerGetsItsArticlesInTheNewGoodsOwner(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.Company.AddProduct(kettle())
	expect(t, h, run(h), want{written: 1})
	warehouse := h.Ongoing.Warehouse("lager")
	h.GoodsOwner = warehouse.GoodsOwner(99, "ny vareeier")
	warehouse.AddUser(h.Secret.Ongoing.Username, h.Secret.Ongoing.Password, h.GoodsOwner)
	h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = 99
	if err := h.PutSettings(t.Context(), h.Settings); err != nil {
		t.Fatal(err)
	}
	if row := run(h); row.Outcome != runner.Blocked {
		t.Errorf("got %+v", row)
	}
	h.Delete("binding")
	expect(t, h, run(h), want{written: 1})
	if a, ok := h.GoodsOwner.Article("KJE-17"); !ok || a.Body["articleName"] != "Kjele 1,7 l" {
		t.Errorf("got %+v", a)
	}
	expect(t, h, runFull(h), want{unchanged: 1})
}

func TestKeysLimitTheRunAndKeepTheCursor(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	first := h.Company.AddProduct(office24.Product{No: "P-1"})
	second := h.Company.AddProduct(office24.Product{No: "P-2"})
	row := harness.Run(h, Function(), map[string]any{"keys": []string{fmt.Sprint(second), "999999"}})
	expect(t, h, row, want{written: 1})
	if row.Read != 1 || !slices.Equal(numbers(h), []string{"P-2"}) || h.Record("cursor#articles") != nil {
		t.Errorf("got %+v, articles %v, cursor %v", row, numbers(h), h.Record("cursor#articles"))
	}
	expect(t, h, run(h), want{written: 1, unchanged: 1})
	if link(h, first) == nil {
		t.Error("the other product was not written")
	}
}

func TestSinceAppliesToOneRunAndKeepsTheCursor(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.Company.AddProduct(office24.Product{No: "GAMMEL", DateChanged: h.Clock.Now().Add(-48 * time.Hour)})
	h.Company.AddProduct(office24.Product{No: "NY", DateChanged: h.Clock.Now().Add(-time.Hour)})
	row := harness.Run(h, Function(), map[string]any{"since": h.Clock.Now().Add(-24 * time.Hour).Format(time.RFC3339)})
	expect(t, h, row, want{written: 1})
	if row.Read != 1 || h.Record("cursor#articles") != nil {
		t.Errorf("got %+v, cursor %v", row, h.Record("cursor#articles"))
	}
	expect(t, h, run(h), want{written: 1, unchanged: 1})
}

func TestDryRunShowsChangesAndWritesNothing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	p := kettle()
	h.Company.AddProduct(p)
	expect(t, h, run(h), want{written: 1})
	later(h)
	h.Company.EditProduct(7001, func(p *office24.Product) { p.Name, p.Weight = "Kanne", harness.Dec("0.09") })
	p.No = "KJE-18"
	h.Company.AddProduct(p)
	h.Company.AddProduct(office24.Product{Name: "uten nummer"})
	unnoticed(t, h, func() {
		row := harness.Run(h, Function(), map[string]any{"dryRun": true})
		if row.Written != 0 || row.Planned != 2 || row.Failed != 1 {
			t.Errorf("got %+v", row)
		}
		changes := []runner.Change{
			{
				Key: "7001", Action: plan.Update,
				Fields: []plan.Field{
					{Field: "articleName", Old: "Kjele 1,7 l", New: "Kanne"},
					{Field: "weight", Old: "0.085", New: "0.09"},
				},
			},
			{
				Key: "7002", Action: plan.Create,
				Fields: []plan.Field{
					{Field: "articleName", New: "Kjele 1,7 l"},
					{Field: "articleNumber", New: "KJE-18"},
					{Field: "barCodeInfo.barCode", New: "7090000000012"},
					{Field: "description", New: "Rustfri & blank"},
					{Field: "isActive", New: "true"},
					{Field: "isStockArticle", New: "true"},
					{Field: "productCode", New: "7002"},
					{Field: "weight", New: "0.085"},
				},
			},
		}
		slices.SortFunc(row.Changes, func(a, b runner.Change) int { return strings.Compare(a.Key, b.Key) })
		shown := cmpopts.IgnoreFields(runner.Change{}, "Fingerprint")
		if diff := gocmp.Diff(changes, row.Changes, shown); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// Of three products one is new, one has its article under its number, and one has an article that is as it should be.
func TestDryRunCountsWhatBecomesOurs(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.Company.AddProduct(office24.Product{No: "NY", Name: "Ny", StockControlled: new(true)})
	changed := h.Company.AddProduct(office24.Product{No: "KJE-17", Name: "Kjele", StockControlled: new(true)})
	same := h.Company.AddProduct(office24.Product{No: "KAN-1", Name: "Kanne", StockControlled: new(true)})
	for _, article := range []ongoingtest.NewArticle{
		{Number: "KJE-17", Name: "Annet"},
		{Number: "KAN-1", Name: "Kanne", ProductCode: fmt.Sprint(same)},
		{Number: "FREMMED", Name: "Annet"},
	} {
		if _, err := h.GoodsOwner.AddArticle(article); err != nil {
			t.Fatal(err)
		}
	}
	row := harness.Run(h, Function(), map[string]any{"dryRun": true, "full": true})
	var adopts []string
	for _, c := range row.Changes {
		if c.Adopts {
			adopts = append(adopts, c.Key)
		}
	}
	actions := map[plan.Action]int{plan.Create: 1, plan.Update: len(adopts)}
	if row.Adopted != 2 || !slices.Contains(adopts, fmt.Sprint(changed)) || !maps.Equal(row.Actions, actions) {
		t.Errorf("adopted %d, actions %v, changes %+v", row.Adopted, row.Actions, row.Changes)
	}
	there := runner.Finding{Kind: "articles", ID: "3", Name: "KJE-17, KAN-1, FREMMED", Note: "there already"}
	if found := harness.Run(h, Function(), map[string]any{"check": true}).Found; !slices.Contains(found, there) {
		t.Errorf("found %+v", found)
	}
}

// unnoticed checks that do leaves no trace in our state or in either system.
func unnoticed(t *testing.T, h *harness.Harness, do func()) {
	t.Helper()
	records, company, articles := h.Records(), h.Company.Snapshot(), h.GoodsOwner.Articles()
	_, _, writes := h.VendorCalls()
	do()
	if diff := gocmp.Diff(records, h.Records()); diff != "" {
		t.Errorf("state was written: -before +after\n%s", diff)
	}
	if diff := gocmp.Diff(company, h.Company.Snapshot()); diff != "" {
		t.Errorf("24SevenOffice was written: -before +after\n%s", diff)
	}
	if diff := gocmp.Diff(articles, h.GoodsOwner.Articles()); diff != "" {
		t.Errorf("Ongoing was written: -before +after\n%s", diff)
	}
	if _, _, after := h.VendorCalls(); after != writes {
		t.Errorf("%d writes were tried", after-writes)
	}
}

func TestPreviewStoresOnlyTheRunRecord(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"mode": "preview"})
	h.Company.AddProduct(kettle())
	row := run(h)
	if row.Outcome != runner.OK || row.Planned != 1 || row.Written != 0 || len(row.Changes) != 1 ||
		len(numbers(h)) != 0 {
		t.Errorf("got %+v, articles %v", row, numbers(h))
	}
	for name := range maps.Keys(h.Records()) {
		if kind, _, _ := strings.Cut(name, "#"); kind != "run" && kind != "lease" && kind != "session" {
			t.Errorf("a preview wrote %s", name)
		}
	}
}

func TestDuplicateNumbersAreFoundAcrossBatches(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	addNumbered(h, 120)
	twin := h.Company.AddProduct(office24.Product{No: "P-0"})
	f := function(planner.Limits{Kept: 20, Planned: 1000, BatchSize: 15})
	expect(t, h, harness.Run(h, f, nil), want{outcome: runner.Partial, written: 119, failed: 2})
	if r := failure(h, twin); r == nil || !strings.Contains(r["message"].(string), "used by products 7001 and 7121") {
		t.Errorf("failure %v", r)
	}
	expect(t, h, harness.Run(h, f, nil), want{outcome: runner.Partial, unchanged: 119, failed: 2})
	expect(t, h, harness.Run(h, f, map[string]any{"full": true}), want{
		outcome: runner.Partial, unchanged: 119, failed: 2,
	})
}

func TestLongPlanIsMadeInPartsWhileThereIsTime(t *testing.T) {
	t.Parallel()
	var h *harness.Harness
	written := 0
	h = harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(e ongoingtest.Entry) {
		if e.Operation == "PUT /articles" {
			if written++; written == 55 {
				h.Clock.Forward(13*time.Minute + 45*time.Second)
			}
		}
	}}}, nil)
	addNumbered(h, 200)
	f := function(planner.Limits{Kept: 10, Planned: 40, BatchSize: 10})
	for _, part := range []struct{ unchanged, written int }{{0, 55}, {55, 145}} {
		res, err := harness.Invoke(t.Context(), h, f, map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		row, rest := res.Customers[0], part.written == 55
		if row.Read != 200 || row.Written != part.written || !rest && row.Unchanged != part.unchanged {
			t.Fatalf("after %d: %+v", part.unchanged, row)
		}
		cursor, lease := h.Record("cursor#articles"), h.Record("lease#articles")
		if rest != (cursor == nil) || rest != (lease["unfinished"] == true) || rest != res.CutShort {
			t.Errorf("after %d: cursor %v, lease %v, cut short %t", part.unchanged, cursor, lease, res.CutShort)
		}
		h.Clock.Forward(16 * time.Minute)
	}
}
