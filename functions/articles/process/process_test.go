package process

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func ptr[T any](v T) *T { return &v }

// kettle is a product as rich as a usual one.
func kettle() office24.Product {
	return office24.Product{No: "KJE-17", Name: "Kjele 1,7 l", Description: "Rustfri & blank", EAN1: "7090000000012",
		Weight: harness.Dec("0.085"), StatusID: ptr(1), StockControlled: ptr(true), CategoryID: 3, StockLocation: "A-12-3", Price: harness.Dec("399")}
}

// want checks the row of a run: its outcome, and how many articles were written, left as they were (whatever: it depends on
// what the overlap of the cursor reads once more), and failed.
func want(t *testing.T, b *harness.Harness, row runner.Row, outcome runner.Outcome, written, unchanged, failed int) {
	t.Helper()
	if row.Outcome != outcome || row.Written != written || unchanged != whatever && row.Unchanged != unchanged || row.Failed != failed {
		t.Fatalf("%s: %d written, %d unchanged, %d failed, reason %q; want %s: %d, %d, %d\n%s", row.Outcome, row.Written,
			row.Unchanged, row.Failed, row.Reason, outcome, written, unchanged, failed, b.Output)
	}
}

const whatever = -1

// numbers are the numbers of all articles, in the order in which they were made.
func numbers(b *harness.Harness) []string {
	var out []string
	for _, a := range b.GoodsOwner.Articles() {
		out = append(out, a.Number)
	}
	return out
}

// failure is the failure record of a product.
func failure(b *harness.Harness, id office24.ProductID) map[string]any {
	return b.Record(fmt.Sprintf("failure#articles#%d", id))
}

func link(b *harness.Harness, id office24.ProductID) map[string]any {
	return b.Record(fmt.Sprintf("article#%d", id))
}

// later moves the clock past the overlap with which changes are read, so that only new ones are.
func later(b *harness.Harness) { b.Clock.Forward(time.Hour) }

// TestProductBecomesArticle: what arrives of a product, and that a second run costs one call and writes nothing.
func TestProductBecomesArticle(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	id := b.Company.AddProduct(kettle())

	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	a, _ := b.GoodsOwner.Article("KJE-17")
	body := map[string]any{
		"goodsOwnerId": json.Number(strconv.Itoa(b.GoodsOwner.ID)), "articleNumber": "KJE-17", "articleName": "Kjele 1,7 l",
		"productCode": strconv.Itoa(int(id)), "description": "Rustfri & blank", "isStockArticle": true, "isActive": true,
		"weight": json.Number("0.085"), "unitCode": nil,
	}
	info, _ := json.Marshal(a.Body["barCodeInfo"])
	delete(a.Body, "barCodeInfo")
	if diff := cmp.Diff(body, a.Body); diff != "" || string(info) != `{"barCode":"7090000000012"}` {
		t.Errorf("bar code %s, -want +got\n%s", info, diff)
	}
	l := link(b, id)
	if l["articleNumber"] != "KJE-17" || l["articleId"] != float64(a.ID) || l["fingerprint"] == "" {
		t.Errorf("link %v", l)
	}

	erp, wms, _ := b.VendorCalls()
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 1, 0)
	later(b)
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 1, 0) // the cursor had not yet passed the minute of the change
	later(b)
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 0, 0)
	if erp2, wms2, _ := b.VendorCalls(); erp2-erp != 3 || wms2 != wms {
		t.Errorf("three idle runs made %d calls to 24SevenOffice and %d to Ongoing; want 3 and 0", erp2-erp, wms2-wms)
	}
}

// TestChangesFollow: what changes in 24SevenOffice is written to the same article; what is emptied there is left alone.
func TestChangesFollow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*office24.Product)
		written int
		field   string
		want    any
	}{
		"a new name":                      {func(p *office24.Product) { p.Name = "Kjele" }, 1, "articleName", "Kjele"},
		"expired":                         {func(p *office24.Product) { p.StatusID = ptr(0) }, 1, "isActive", false},
		"no stock control any more":       {func(p *office24.Product) { p.StockControlled = ptr(false) }, 1, "isStockArticle", false},
		"a weight taken away stays":       {func(p *office24.Product) { p.Weight = nil }, 0, "weight", json.Number("0.085")},
		"a weight of zero is written":     {func(p *office24.Product) { p.Weight = harness.Dec("0") }, 1, "weight", json.Number("0")},
		"a description taken away stays":  {func(p *office24.Product) { p.Description = "" }, 0, "description", "Rustfri & blank"},
		"the stock is not the article's":  {func(p *office24.Product) { p.Stock = harness.Dec("17") }, 0, "articleName", "Kjele 1,7 l"},
		"nor is a price without a target": {func(p *office24.Product) { p.Price = harness.Dec("1") }, 0, "articleName", "Kjele 1,7 l"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := harness.New(t, nil)
			id := b.Company.AddProduct(kettle())
			want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
			later(b)
			b.Company.EditProduct(id, test.change)
			want(t, b, harness.Run(b, Function(), nil), runner.OK, test.written, 1-test.written, 0)
			a, _ := b.GoodsOwner.Article("KJE-17")
			if got := a.Body[test.field]; got != test.want {
				t.Errorf("%s is %v; want %v", test.field, got, test.want)
			}
			if len(numbers(b)) != 1 {
				t.Errorf("articles %v", numbers(b))
			}
		})
	}
}

// TestOwnStockWritingIsNoChange: the process stock moves a product's change time, and that must not go in circles.
func TestOwnStockWritingIsNoChange(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	b.Company.AddProduct(kettle())
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	for range 3 {
		later(b)
		for _, p := range b.Company.Products() {
			b.Company.EditProduct(p.ID, func(p *office24.Product) { p.Stock = harness.Dec("5") })
		}
		_, wms, _ := b.VendorCalls()
		want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 1, 0)
		if _, wms2, _ := b.VendorCalls(); wms2 != wms {
			t.Errorf("%d calls to Ongoing for nothing", wms2-wms)
		}
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	b := harness.New(t, map[string]any{"articles": map[string]any{"categoryIds": []any{3, 4}}})
	for i, category := range []int{3, 4, 5, 0} {
		b.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i), CategoryID: category})
	}
	row := harness.Run(b, Function(), nil)
	want(t, b, row, runner.OK, 2, 0, 0)
	if row.Read != 4 || row.Skipped != 2 || !slices.Equal(numbers(b), []string{"P-0", "P-1"}) {
		t.Errorf("got %+v, articles %v", row, numbers(b))
	}
}

func TestVariations(t *testing.T) {
	t.Parallel()
	b := harness.New(t, map[string]any{"articles": map[string]any{"variations": map[string]any{
		"field": "No", "pattern": `^(?P<base>[^-]+)-(?P<color>[^-]+)-(?P<size>[^-]+)-(?P<packaging>[^-]+)$`}}})
	b.Company.AddProduct(office24.Product{No: "SOKK-SVART-42-6"})
	b.Company.AddProduct(office24.Product{No: "SOKK-SVART-42-KARTONG"})
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 2, 0, 0)

	six, _ := b.GoodsOwner.Article("SOKK-SVART-42-6")
	carton, _ := b.GoodsOwner.Article("SOKK-SVART-42-KARTONG")
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
	// A full comparison finds them as they are, the category included, which cannot be read back.
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 2, 0)
}

// TestExtraFields: every published target is a field that Ongoing has, and arrives.
func TestExtraFields(t *testing.T) {
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
	b := harness.New(t, map[string]any{"extraFields": fields})
	id := b.Company.AddProduct(kettle())
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0) // the simulator refuses fields that the API has not
	a, _ := b.GoodsOwner.Article("KJE-17")
	text, _ := json.Marshal(a.Body)
	for _, part := range []string{`"customerPrice":399`, `"stockLimit":399`, `"freeDecimal1":399`, `"freeText1":"399"`, `"articleNameTranslations":[{"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
	later(b)
	b.Company.EditProduct(id, func(p *office24.Product) { p.Price = harness.Dec("349") })
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0) // though not all of it can be read back
}

// TestSupplier: with the process suppliers switched on, number, name and article number of the supplier are on the
// article; a supplier without a name, or that is gone, is left out.
func TestSupplier(t *testing.T) {
	t.Parallel()
	b := harness.New(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
	b.Company.AddCompany(office24.Company{ID: 5012, Name: "Hengsle & Sønn AS", Type: office24.CompanySupplier})
	b.Company.AddCompany(office24.Company{ID: 5013, Type: office24.CompanySupplier})
	for i, supplier := range []office24.CompanyID{5012, 5013, 9999, 0} {
		b.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i), SupplierID: supplier, SupplierProductCode: "H60"})
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 4, 0, 0)
	a, _ := b.GoodsOwner.Article("P-0")
	info, _ := json.Marshal(a.Body["supplierInfo"])
	if want := `{"advanced":{"supplierOperation":"CreateOrUpdate"},"supplierArticleNumber":"H60","supplierName":"Hengsle \u0026 Sønn AS","supplierNumber":"5012"}`; string(info) != want {
		t.Errorf("got %s; want %s", info, want)
	}
	for _, number := range []string{"P-1", "P-2", "P-3"} {
		if a, _ := b.GoodsOwner.Article(number); a.Body["supplierInfo"] != nil {
			t.Errorf("%s has a supplier: %v", number, a.Body["supplierInfo"])
		}
	}
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 4, 0)
}

// TestFull compares with what stands in Ongoing: it repairs what was changed, renumbered or lost there and writes
// nothing where nothing differs. An ordinary run trusts what it remembers.
func TestFull(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	for i := range 4 {
		p := kettle()
		p.No = fmt.Sprint("P-", i)
		b.Company.AddProduct(p)
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 4, 0, 0)
	before := b.Records()
	row := harness.Run(b, Function(), map[string]any{"full": true})
	want(t, b, row, runner.OK, 0, 4, 0)
	if row.Planned != 0 {
		t.Errorf("planned %d", row.Planned)
	}
	for name, record := range b.Records() {
		if strings.HasPrefix(name, "article#") && !cmp.Equal(before[name], record) {
			t.Errorf("link %s was written for nothing", name)
		}
	}

	rewrite(t, b, "P-1", ongoing.ArticleBody{ArticleNumber: "P-1", ArticleName: "Kanne", Weight: harness.Dec("7")})
	rewrite(t, b, "P-2", ongoing.ArticleBody{ArticleNumber: "P-2-GAMMEL"})
	rewrite(t, b, "P-3", ongoing.ArticleBody{ArticleNumber: "P-3", ProductCode: "ukjent"})
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 4, 0)
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 3, 1, 0)
	if got := numbers(b); !slices.Equal(got, []string{"P-0", "P-1", "P-2", "P-3"}) {
		t.Errorf("articles %v", got)
	}
	for i, p := range b.Company.Products() {
		a, _ := b.GoodsOwner.Article(fmt.Sprint("P-", i))
		if a.Body["articleName"] != "Kjele 1,7 l" || a.Body["weight"] != json.Number("0.085") || a.Body["productCode"] != fmt.Sprint(p.ID) {
			t.Errorf("%s was not repaired: %v", a.Number, a.Body)
		}
	}
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 4, 0)
}

// rewrite changes an article as a person in the warehouse does.
func rewrite(t *testing.T, b *harness.Harness, number string, body ongoing.ArticleBody) {
	t.Helper()
	a, ok := b.GoodsOwner.Article(number)
	if !ok {
		t.Fatalf("no article %s", number)
	}
	if _, err := b.OngoingClient().UpdateArticle(t.Context(), ongoing.ArticleID(a.ID), body); err != nil {
		t.Fatal(err)
	}
}

// TestFullMakesWhatIsMissing: a goods owner that starts anew gets all articles again.
func TestFullMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	b.Company.AddProduct(kettle())
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	warehouse := b.Ongoing.Warehouse("lager")
	b.GoodsOwner = warehouse.GoodsOwner(99, "ny vareeier")
	warehouse.AddUser(b.Secret.Ongoing.Username, b.Secret.Ongoing.Password, b.GoodsOwner)
	b.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = 99
	if err := b.PutSettings(t.Context(), b.Settings); err != nil {
		t.Fatal(err)
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 0, 1, 0)
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 1, 0, 0)
	if a, ok := b.GoodsOwner.Article("KJE-17"); !ok || a.Body["articleName"] != "Kjele 1,7 l" {
		t.Errorf("got %+v", a)
	}
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0)
}

// TestKeys: only the products named are looked at, and the cursor stays.
func TestKeys(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	first := b.Company.AddProduct(office24.Product{No: "P-1"})
	second := b.Company.AddProduct(office24.Product{No: "P-2"})
	row := harness.Run(b, Function(), map[string]any{"keys": []string{fmt.Sprint(second), "999999"}})
	want(t, b, row, runner.OK, 1, 0, 0)
	if row.Read != 1 || !slices.Equal(numbers(b), []string{"P-2"}) || b.Record("cursor#articles") != nil {
		t.Errorf("got %+v, articles %v, cursor %v", row, numbers(b), b.Record("cursor#articles"))
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 1, 0)
	if link(b, first) == nil {
		t.Error("the other one did not follow")
	}
}

// TestSince reads from another moment for once, and leaves the cursor where it is.
func TestSince(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	b.Company.AddProduct(office24.Product{No: "GAMMEL", DateChanged: b.Clock.Now().Add(-48 * time.Hour)})
	b.Company.AddProduct(office24.Product{No: "NY", DateChanged: b.Clock.Now().Add(-time.Hour)})
	row := harness.Run(b, Function(), map[string]any{"since": b.Clock.Now().Add(-24 * time.Hour).Format(time.RFC3339)})
	want(t, b, row, runner.OK, 1, 0, 0)
	if row.Read != 1 || b.Record("cursor#articles") != nil {
		t.Errorf("got %+v, cursor %v", row, b.Record("cursor#articles"))
	}
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 1, 0)
}

// TestDryRun shows what would be written, old and new, and writes nothing anywhere.
func TestDryRun(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	p := kettle()
	b.Company.AddProduct(p)
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	later(b)
	b.Company.EditProduct(7001, func(p *office24.Product) { p.Name, p.Weight = "Kanne", harness.Dec("0.09") })
	p.No = "KJE-18"
	b.Company.AddProduct(p)
	b.Company.AddProduct(office24.Product{Name: "uten nummer"})
	unnoticed(t, b, func() {
		row := harness.Run(b, Function(), map[string]any{"dryRun": true})
		if row.Written != 0 || row.Planned != 2 || row.Failed != 1 {
			t.Errorf("got %+v", row)
		}
		changes := []runner.Change{
			{Key: "7001", Action: plan.Update, Fields: []plan.Field{{Field: "articleName", Old: "Kjele 1,7 l", New: "Kanne"}, {Field: "weight", Old: "0.085", New: "0.09"}}},
			{Key: "7002", Action: plan.Create, Fields: []plan.Field{
				{Field: "articleName", New: "Kjele 1,7 l"}, {Field: "articleNumber", New: "KJE-18"}, {Field: "barCodeInfo.barCode", New: "7090000000012"},
				{Field: "description", New: "Rustfri & blank"}, {Field: "isActive", New: "true"}, {Field: "isStockArticle", New: "true"},
				{Field: "productCode", New: "7002"}, {Field: "weight", New: "0.085"}}},
		}
		slices.SortFunc(row.Changes, func(a, b runner.Change) int { return strings.Compare(a.Key, b.Key) })
		if diff := cmp.Diff(changes, row.Changes); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// unnoticed checks that something leaves no trace: not in our state, not in either system.
func unnoticed(t *testing.T, b *harness.Harness, do func()) {
	t.Helper()
	records, company, articles := b.Records(), b.Company.Snapshot(), b.GoodsOwner.Articles()
	_, _, writes := b.VendorCalls()
	do()
	if diff := cmp.Diff(records, b.Records()); diff != "" {
		t.Errorf("state was written: -before +after\n%s", diff)
	}
	if diff := cmp.Diff(company, b.Company.Snapshot()); diff != "" {
		t.Errorf("24SevenOffice was written: -before +after\n%s", diff)
	}
	if diff := cmp.Diff(articles, b.GoodsOwner.Articles()); diff != "" {
		t.Errorf("Ongoing was written: -before +after\n%s", diff)
	}
	if _, _, after := b.VendorCalls(); after != writes {
		t.Errorf("%d writes were tried", after-writes)
	}
}

// TestPreview: a customer in preview has a run record and no more.
func TestPreview(t *testing.T) {
	t.Parallel()
	b := harness.New(t, map[string]any{"mode": "preview"})
	b.Company.AddProduct(kettle())
	row := harness.Run(b, Function(), nil)
	if row.Outcome != runner.OK || row.Planned != 1 || row.Written != 0 || len(row.Changes) != 1 || len(numbers(b)) != 0 {
		t.Errorf("got %+v, articles %v", row, numbers(b))
	}
	for name := range maps.Keys(b.Records()) {
		if kind, _, _ := strings.Cut(name, "#"); kind != "run" && kind != "lease" && kind != "session" {
			t.Errorf("a preview wrote %s", name)
		}
	}
}

// TestMoreThanFits: what does not fit into memory is read again in portions, and twins that never meet in one of them
// are found all the same.
func TestMoreThanFits(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	for i := range 120 {
		b.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i)})
	}
	twin := b.Company.AddProduct(office24.Product{No: "P-0"})
	f := function(limits{held: 20, planned: 1000, portion: 15})
	want(t, b, harness.Run(b, f, nil), runner.Partial, 119, 0, 2)
	if r := failure(b, twin); r == nil || !strings.Contains(r["message"].(string), "used by products 7001 and 7121") {
		t.Errorf("failure %v", r)
	}
	want(t, b, harness.Run(b, f, nil), runner.Partial, 0, 119, 2)
	want(t, b, harness.Run(b, f, map[string]any{"full": true}), runner.Partial, 0, 119, 2)
}

// TestMoreThanOnePlan: a plan ends after so many changes; the cursor stays, and the runs that follow at once do the rest.
func TestMoreThanOnePlan(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	for i := range 100 {
		b.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i)})
	}
	f := function(limits{held: 10, planned: 40, portion: 10})
	for done := 0; done < 100; {
		res, err := harness.Invoke(t.Context(), b, f, map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		row := res.Customers[0]
		if row.Read != 100 || row.Written != min(40, 100-done) || row.Unchanged != done {
			t.Fatalf("after %d: %+v", done, row)
		}
		done += row.Written
		cursor, lease := b.Record("cursor#articles"), b.Record("lease#articles")
		if rest := done < 100; rest != (cursor == nil) || rest != (lease["unfinished"] == true) || rest != res.CutShort {
			t.Errorf("after %d: cursor %v, lease %v, cut short %t", done, cursor, lease, res.CutShort)
		}
	}
}
