package process

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

type world struct {
	*harness.Harness
	t *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{harness.New(t, map[string]any{"suppliers": map[string]any{"enabled": true}}), t}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run(event map[string]any) runner.Row {
	w.t.Helper()
	return harness.Run(w.Harness, Function(), event)
}

func (w *world) ok() runner.Row {
	w.t.Helper()
	row := w.run(nil)
	if row.Outcome != runner.OK {
		w.t.Fatalf("got %+v", row)
	}
	return row
}

// product adds a product of a supplier, with as many fields as usual, and writes its article.
func (w *world) product(number string, supplier office24.CompanyID) office24.ProductID {
	w.t.Helper()
	yes, active := true, 1
	id := w.Company.AddProduct(office24.Product{
		No: number, Name: "Vare " + number, Description: "Stål", EAN1: "7090000000017", Weight: harness.Dec("1.25"),
		StockControlled: &yes, StatusID: &active, SupplierID: supplier, SupplierProductCode: "K17S",
	})
	w.articles(id)
	return id
}

// articles does what the process articles does with one product.
func (w *world) articles(id office24.ProductID) {
	w.t.Helper()
	w.articlesWith(id, settings.Customer{DefaultCountry: "NO", Suppliers: settings.Suppliers{Enabled: true}})
}

func (w *world) articlesWith(id office24.ProductID, s settings.Customer) {
	w.t.Helper()
	login := w.Secret.Office24
	erp, err := office24.New(office24.Config{
		BaseURL: w.Office24.URL(), Now: w.Clock.Now,
		Credentials: office24.Credentials{
			ApplicationID: login.ApplicationID, Username: login.Username, Password: login.Password,
		},
	})
	w.must(err)
	register := &articles.Register{Settings: s, Office24: erp, Ongoing: w.OngoingClient(), State: w.Partition()}
	links, err := w.Partition().Articles(w.t.Context(), []int{int(id)})
	w.must(err)
	p, _ := w.Company.Product(id)
	candidate, changed, err := articles.NewCandidate(p, links[int(id)], s)
	w.must(err)
	if !changed {
		return
	}
	changes, refused, err := register.Plan(w.t.Context(), []articles.Candidate{candidate})
	w.must(err)
	if len(refused) > 0 {
		w.t.Fatal(refused[0].Err)
	}
	w.must(register.Apply(w.t.Context(), changes[0].Payload))
}

// company adds a company with all its fields.
func (w *world) company(id office24.CompanyID, kind office24.CompanyType) {
	w.Company.AddCompany(office24.Company{ID: id, Name: fmt.Sprintf("Leverandør %d AS", id), Type: kind, Country: "SE",
		Addresses: office24.Addresses{
			Post:  &office24.Address{Street: "Postboks 9", PostalCode: "0009", PostalArea: "ANNETSTED"},
			Visit: &office24.Address{Street: "Provgatan 2\nPort C", PostalCode: "11111", PostalArea: "PROVSTAD"},
		},
		PhoneNumbers: office24.PhoneNumbers{
			Work: &office24.PhoneNumber{Value: "+46 8 00"}, Mobile: &office24.PhoneNumber{Value: "+46 70 00"},
		},
		EmailAddresses: office24.EmailAddresses{Work: &office24.EmailAddress{Value: "order@leverandor.example"}}})
}

// supplier returns a supplier in Ongoing.
func (w *world) supplier(id office24.CompanyID) ongoingtest.Supplier {
	return w.GoodsOwner.Suppliers()[strconv.Itoa(int(id))]
}

func (w *world) city(id office24.CompanyID) string { return fmt.Sprint(w.supplier(id).Address["city"]) }

// puts returns the number of writes of articles.
func (w *world) puts() int {
	n := 0
	for _, e := range w.Ongoing.Journal() {
		if e.Write && strings.Contains(e.Operation, "/articles") {
			n++
		}
	}
	return n
}

// lastRun returns the newest run record.
func (w *world) lastRun() map[string]any {
	newest := ""
	for name := range w.Records() {
		if strings.HasPrefix(name, "run#suppliers#") {
			newest = max(newest, name)
		}
	}
	return w.Record(newest)
}

func (w *world) link(id office24.CompanyID) state.SupplierLink {
	w.t.Helper()
	links, err := w.Partition().Suppliers(w.t.Context(), []int{int(id)})
	w.must(err)
	return links[int(id)]
}

func (w *world) moveTo(id office24.CompanyID, city string) {
	w.Company.EditCompany(id, func(c *office24.Company) { c.Addresses.Visit.PostalArea = city })
}

// The article keeps its other fields. A second run writes nothing; a change is written once.
func TestSupplierIsWrittenOnOneOfItsArticles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	id := w.product("KET-17", 5012)
	w.product("KET-18", 5012)
	before, _ := w.GoodsOwner.Article("KET-17")

	if row := w.ok(); row.Written != 1 || row.Read != 1 {
		t.Errorf("got %+v", row)
	}
	want := ongoingtest.Supplier{Number: "5012", Name: "Leverandør 5012 AS", Address: map[string]any{
		"name": "Leverandør 5012 AS", "address": "Provgatan 2", "address2": "Port C", "postCode": "11111",
		"city":        "PROVSTAD",
		"countryCode": "SE", "telePhone": "+46 8 00", "mobilePhone": "+46 70 00", "email": "order@leverandor.example"}}
	if diff := cmp.Diff(want, w.supplier(5012)); diff != "" {
		t.Errorf("supplier (-want +got):\n%s", diff)
	}
	after, _ := w.GoodsOwner.Article("KET-17")
	for _, field := range []string{
		"articleName", "productCode", "description", "barCodeInfo", "weight", "isStockArticle", "isActive",
	} {
		if diff := cmp.Diff(before.Body[field], after.Body[field]); diff != "" || after.Body[field] == nil {
			t.Errorf("article %s (-before +after):\n%s", field, diff)
		}
	}
	if info := fmt.Sprint(after.Body["supplierInfo"]); !strings.Contains(info, "K17S") {
		t.Errorf("supplier's article number: %s", info)
	}
	if l := w.link(5012); l.ArticleProductID != int(id) || l.Waiting || l.Fingerprint == "" {
		t.Errorf("link %+v", l)
	}

	puts := w.puts()
	if row := w.ok(); row.Written != 0 || row.Unchanged != 1 || w.puts() != puts {
		t.Errorf("second run: %+v", row)
	}
	w.articles(id) // the process articles does not write it again
	if w.puts() != puts {
		t.Error("the article was written again")
	}
	w.Clock.Forward(time.Hour)
	w.moveTo(5012, "NYSTAD")
	if row := w.ok(); row.Written != 1 || w.puts() != puts+1 || w.city(5012) != "NYSTAD" {
		t.Errorf("changed: %+v, %d writes, %s", row, w.puts()-puts, w.city(5012))
	}
	w.Clock.Forward(24 * time.Hour)
	w.ok() // moves the cursor past the change
	w.Clock.Forward(24 * time.Hour)
	if row := w.ok(); row.Read != 0 || row.Written != 0 {
		t.Errorf("nothing changed: %+v", row)
	}
}

// The product was renumbered, and its number is that of an article of another system. The process articles says so.
func TestNumberOfTheProductIsNotTheSuppliersTrouble(t *testing.T) {
	t.Parallel()
	t.Run("it has lost its number", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.company(5012, office24.CompanySupplier)
		id := w.product("KET-17", 5012)
		w.Company.EditProduct(id, func(p *office24.Product) { p.No = "" })
		w.ok()
		a, _ := w.GoodsOwner.Article("KET-17")
		if w.supplier(5012).Name == "" || a.Body["productCode"] != fmt.Sprint(id) {
			t.Errorf("supplier %+v, article %v", w.supplier(5012), a.Body)
		}
	})
	for _, number := range []string{"KET-18", "ket-17"} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.company(5012, office24.CompanySupplier)
			id := w.product("KET-17", 5012)
			if _, err := w.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: number}); err != nil {
				t.Fatal(err)
			}
			w.Company.EditProduct(id, func(p *office24.Product) { p.No = number })
			w.ok()
			a, _ := w.GoodsOwner.Article("KET-17")
			if w.supplier(5012).Name == "" || a.Body["productCode"] != fmt.Sprint(id) {
				t.Errorf("supplier %+v, article %v", w.supplier(5012), a.Body)
			}
			if a, _ := w.GoodsOwner.Article(number); a.Body["productCode"] != nil {
				t.Errorf("the other article was written: %v", a.Body)
			}
		})
	}
}

// While the customer was elsewhere, another company can have written a supplier with the same number.
func TestSupplierIsWrittenAgainAfterMovingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	w.product("KET-17", 5012)
	w.ok()
	home, warehouse := w.GoodsOwner, w.Ongoing.Warehouse("lager")
	elsewhere := warehouse.GoodsOwner(99, "ny vareeier")
	for _, owner := range []*ongoingtest.GoodsOwner{elsewhere, home} {
		w.Clock.Forward(time.Hour)
		warehouse.AddUser(w.Secret.Ongoing.Username, w.Secret.Ongoing.Password, owner)
		w.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = owner.ID
		w.must(w.PutSettings(t.Context(), w.Settings))
		w.Delete("binding")
		w.ok()
	}
	if l := w.link(5012); w.puts() != 3 || l.Fingerprint == "" {
		t.Errorf("%d writes, link %+v; want one more", w.puts(), l)
	}
	w.Clock.Forward(time.Hour)
	if w.ok(); w.puts() != 3 {
		t.Errorf("%d writes; the next run wrote again", w.puts())
	}
}

func TestRenamedSupplierIsWrittenOnOneArticleOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	ids := []office24.ProductID{w.product("KET-17", 5012), w.product("KET-18", 5012), w.product("KET-19", 5012)}
	w.ok()
	puts := w.puts()
	w.Company.EditCompany(5012, func(c *office24.Company) { c.Name = "Nytt navn AS" })
	w.ok()
	for _, id := range ids {
		w.articles(id)
	}
	if w.puts() != puts+1 || w.supplier(5012).Name != "Nytt navn AS" {
		t.Errorf("%d writes, name %q", w.puts()-puts, w.supplier(5012).Name)
	}
}

func TestNameThatWasChangedBackIsWrittenIfAnArticleHadTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	id := w.product("KET-17", 5012)
	w.ok()
	name := w.supplier(5012).Name
	rename := func(to string) {
		w.Clock.Forward(time.Minute)
		w.Company.EditCompany(5012, func(c *office24.Company) { c.Name = to })
	}
	rename("Nytt navn AS")
	w.Company.EditProduct(id, func(p *office24.Product) { p.Description = "Aluminium" })
	w.articles(id)
	if got := w.supplier(5012).Name; got != "Nytt navn AS" {
		t.Fatalf("articles wrote the name %q", got)
	}
	rename(name)
	w.Clock.Forward(15 * time.Minute)
	if w.ok(); w.supplier(5012).Name != name {
		t.Errorf("Ongoing has the name %q", w.supplier(5012).Name)
	}
	puts := w.puts()
	if w.ok(); w.puts() != puts {
		t.Error("the next run wrote again")
	}
}

func TestCompanyIsASupplierByTypeOrBecauseAProductNamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(1, office24.CompanySupplier)
	w.company(2, office24.CompanyBusiness)
	w.company(3, office24.CompanyBusiness)
	w.company(4, office24.CompanyConsumer)
	w.product("A", 1)
	w.product("B", 2)
	row := w.ok()
	if row.Read != 4 || row.Written != 2 || row.Skipped != 2 {
		t.Errorf("got %+v", row)
	}
	for id, want := range map[office24.CompanyID]string{1: "PROVSTAD", 2: "PROVSTAD"} {
		if got := w.city(id); got != want {
			t.Errorf("supplier %d: %s", id, got)
		}
	}
	if all := w.GoodsOwner.Suppliers(); len(all) != 2 {
		t.Errorf("suppliers %v", all)
	}
}

// The company itself changed long ago.
func TestCompanyBecomesASupplierWhenAProductNamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(2, office24.CompanyBusiness)
	for range 3 {
		w.ok() // moves the cursor past the company
		w.Clock.Forward(time.Hour)
	}
	w.product("B", 2)
	if row := w.ok(); row.Written != 1 || w.city(2) != "PROVSTAD" {
		t.Errorf("got %+v, %s", row, w.city(2))
	}
	w.Clock.Forward(time.Hour)
	if row := w.ok(); row.Read != 0 {
		t.Errorf("again: %+v", row)
	}
}

func TestSupplierWithoutAnArticleWaitsUntilItGetsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	for range 6 {
		w.Clock.Forward(2 * time.Hour)
		row := w.ok()
		if notes := fmt.Sprint(w.lastRun()["notes"]); row.Unchanged+row.Skipped != 1 || row.Written != 0 ||
			!strings.Contains(notes, "1 supplier has no article in Ongoing yet") ||
			!strings.Contains(notes, ": 5012]") {
			t.Fatalf("got %+v, notes %s", row, notes)
		}
	}
	if w.Record("failure#suppliers#5012") != nil {
		t.Error("a failure record says that it waits")
	}
	w.Clock.Forward(5 * time.Minute)
	if r := w.Record("supplier#5012"); r["waiting"] != true {
		t.Errorf("record %v", r)
	}
	w.product("KET-17", 5012)
	if row := w.ok(); row.Written != 1 || w.city(5012) != "PROVSTAD" {
		t.Errorf("got %+v", row)
	}
	if r := w.Record("supplier#5012"); r["waiting"] != nil || w.Record("failure#suppliers#5012") != nil {
		t.Errorf("record %v", r)
	}
}

func TestSupplierThatIsDeletedWhileItWaitsIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	w.company(1, office24.CompanySupplier)
	w.product("A", 1)
	w.ok()
	w.Company.RemoveCompany(5012)
	w.moveTo(1, "NYSTAD")
	w.Clock.Forward(time.Hour)
	if row := w.ok(); row.Skipped != 0 || w.lastRun()["notes"] != nil || w.Record("failure#suppliers#5012") != nil {
		t.Errorf("got %+v", row)
	}
}

// The old supplier needs another article for its next change.
func TestProductThatMovesToAnotherSupplierCarriesThatOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(1, office24.CompanySupplier)
	w.company(2, office24.CompanySupplier)
	id := w.product("A", 1)
	if row := w.ok(); row.Written != 1 || row.Unchanged != 1 || !w.link(2).Waiting {
		t.Fatalf("got %+v", row)
	}
	w.Company.EditProduct(id, func(p *office24.Product) { p.SupplierID = 2 })
	w.moveTo(1, "NYSTAD")
	// The link still names supplier 1; the product is read again before the write.
	if row := w.ok(); row.Skipped != 1 || !w.link(1).Waiting || !w.link(2).Waiting {
		t.Errorf("got %+v", row)
	}
	if w.city(1) != "PROVSTAD" {
		t.Errorf("supplier 1: %s", w.city(1))
	}
	w.articles(id)
	row := w.ok()
	if row.Written != 1 || row.Skipped != 1 || w.city(2) != "PROVSTAD" {
		t.Errorf("got %+v, supplier 2: %s", row, w.city(2))
	}
	w.product("B", 1)
	w.ok()
	if w.city(1) != "NYSTAD" {
		t.Errorf("supplier 1: %s", w.city(1))
	}
	article, _ := w.GoodsOwner.Article("A")
	if info := fmt.Sprint(article.Body["supplierInfo"]); !strings.Contains(info, "supplierNumber:2") {
		t.Errorf("article: %s", info)
	}
}

func TestSecondArticleCarriesTheSupplierIfTheFirstCannot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	first, second := w.product("A", 5012), w.product("B", 5012)
	tests := map[string]func(){
		"another supplier": func() {
			w.Company.EditProduct(first, func(p *office24.Product) { p.No, p.SupplierID = "A", 1 })
		},
		"gone": func() { w.Company.RemoveProduct(first) },
	}
	for _, name := range []string{"another supplier", "gone"} {
		tests[name]()
		w.moveTo(5012, name)
		if w.ok(); w.city(5012) != name || w.link(5012).ArticleProductID != int(second) {
			t.Errorf("%s: %s, link %+v", name, w.city(5012), w.link(5012))
		}
	}
}

// The article of the expired product was moved aside, because a product in use has its number now.
func TestArticleOfExpiredProductCarriesTheSupplierUnderTheNumberThatItHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(1, office24.CompanySupplier)
	w.company(2, office24.CompanySupplier)
	old, heir := w.product("X", 1), w.product("X-NY", 2)
	w.Company.EditProduct(old, func(p *office24.Product) { p.StatusID = new(0) })
	w.Company.EditProduct(heir, func(p *office24.Product) { p.No = "X" })
	w.articles(heir)
	w.ok()
	article, found := w.GoodsOwner.Article(fmt.Sprint("MOVED-", old))
	if !found || w.city(1) != "PROVSTAD" || w.link(1).Waiting || article.Body["isActive"] != false {
		t.Errorf("supplier %+v, link %+v, article %v", w.supplier(1), w.link(1), article.Body)
	}
}

// Neither an expired product without a number nor its supplier is anybody's trouble.
func TestExpiredProductWithoutANumberCarriesTheSupplierWhileItHasAnArticle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit func(*office24.Product)
		gone bool // the article, from Ongoing
	}{
		"expired":               {edit: func(p *office24.Product) { p.StatusID = new(0) }},
		"without stock control": {edit: func(p *office24.Product) { p.StockControlled = new(false) }},
		"and without an article": {
			edit: func(p *office24.Product) { p.StatusID = new(0) }, gone: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.company(5012, office24.CompanySupplier)
			id := w.product("A", 5012)
			w.ok()
			w.Company.EditProduct(id, func(p *office24.Product) { p.No = ""; test.edit(p) })
			if test.gone {
				w.must(w.GoodsOwner.DeleteArticle("A"))
			}
			w.moveTo(5012, "NYSTAD")
			w.ok()
			_, exists := w.GoodsOwner.Article("A")
			if exists == test.gone || w.link(5012).Waiting != test.gone || (w.city(5012) == "NYSTAD") == test.gone {
				t.Errorf("article %v, supplier %+v, link %+v", exists, w.supplier(5012), w.link(5012))
			}
		})
	}
}

func TestSupplierWithoutANameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	w.product("A", 5012)
	w.Company.EditCompany(5012, func(c *office24.Company) { c.Name = " " })
	if row := w.run(nil); row.Failed != 1 || !strings.Contains(row.Reason, "supplier 5012 has no name") ||
		w.supplier(5012).Address != nil {
		t.Errorf("got %+v", row)
	}
	w.Company.EditCompany(5012, func(c *office24.Company) { c.Name = "Leverandør AS" })
	w.ok()
	if w.supplier(5012).Name != "Leverandør AS" {
		t.Errorf("supplier %+v", w.supplier(5012))
	}
}

// Their addresses cannot be read back.
func TestFullRunWritesAllSuppliersAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	w.product("A", 5012)
	w.ok()
	if row := w.run(map[string]any{"full": true}); row.Written != 1 {
		t.Errorf("got %+v", row)
	}
}

func TestKeysLimitTheRunAndKeepTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []office24.CompanyID{1, 2, 3} {
		w.company(id, office24.CompanySupplier)
	}
	w.product("A", 1)
	w.product("B", 2)
	if row := w.run(map[string]any{"keys": []string{"2"}}); row.Outcome != runner.OK || row.Read != 1 ||
		row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	if w.supplier(1).Address != nil || w.city(2) != "PROVSTAD" || w.Record("cursor#suppliers") != nil {
		t.Errorf("suppliers %v", w.GoodsOwner.Suppliers())
	}
}

func TestDryRunWritesNothingAndShowsNoAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	w.company(5013, office24.CompanySupplier) // without an article
	w.product("A", 5012)
	_, _, before := w.VendorCalls()
	row := w.run(map[string]any{"dryRun": true})
	if _, _, after := w.VendorCalls(); after != before || w.Record("supplier#5012") != nil ||
		w.Record("supplier#5013") != nil {
		t.Error("a dry run wrote")
	}
	if len(row.Changes) != 1 || row.Changes[0].Key != "5012" || row.Changes[0].Action != "create" ||
		len(row.Changes[0].Fields) != 9 {
		t.Fatalf("got %+v", row)
	}
	shown := fmt.Sprint(row)
	for _, secret := range []string{"Leverandør", "Provgatan", "PROVSTAD", "+46", "example"} {
		if strings.Contains(shown, secret) || w.Logged(secret) {
			t.Errorf("%q was shown or logged", secret)
		}
	}
}

// Articles are then written without a supplier.
func TestSwitchedOffProcessCallsNothingAndRemovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	id := w.product("A", 5012)
	w.ok()
	want := w.supplier(5012)

	delete(w.Settings, "suppliers")
	w.must(w.PutSettings(t.Context(), w.Settings))
	calls := len(w.Office24.Journal()) + len(w.Ongoing.Journal())
	if row := w.run(nil); row.Outcome != runner.Off || len(w.Office24.Journal())+len(w.Ongoing.Journal()) != calls {
		t.Errorf("got %+v", row)
	}
	w.Company.EditProduct(id, func(p *office24.Product) { p.Name = "Nytt navn" })
	w.articlesWith(id, settings.Customer{DefaultCountry: "NO"})
	article, _ := w.GoodsOwner.Article("A")
	if article.Body["articleName"] != "Nytt navn" ||
		!strings.Contains(fmt.Sprint(article.Body["supplierInfo"]), "supplierNumber:5012") {
		t.Errorf("article %v", article.Body)
	}
	if diff := cmp.Diff(want, w.supplier(5012)); diff != "" {
		t.Errorf("supplier (-before +after):\n%s", diff)
	}
}

func TestRefusedSupplierIsTriedAgainAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(1, office24.CompanySupplier)
	w.company(2, office24.CompanySupplier)
	w.product("A", 1)
	w.product("B", 2)
	w.Ongoing.Fault(ongoingtest.Fault{
		Op: "PUT /articles", Key: "A", Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"Leverandør 1 AS is not welcome"}`,
	})
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Failed != 1 || row.Written != 1 || w.city(2) != "PROVSTAD" {
		t.Errorf("got %+v", row)
	}
	if w.Logged("Leverandør 1 AS") {
		t.Error("a name was logged")
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	if w.city(1) != "PROVSTAD" {
		t.Errorf("supplier 1: %s", w.city(1))
	}
}

func TestRunAfterACrashEndsLikeAnUndisturbedOne(t *testing.T) {
	t.Parallel()
	for n := 1; n < 20; n++ {
		w := newWorld(t)
		w.company(5012, office24.CompanySupplier)
		w.company(5013, office24.CompanySupplier)
		w.product("A", 5012)
		died := harness.Crash(w.Harness, Function(), nil, n)
		row := w.ok()
		if row.Failed != 0 || w.city(5012) != "PROVSTAD" || !w.link(5013).Waiting {
			t.Fatalf("died after write %d: %+v", n, row)
		}
		if !died {
			break
		}
	}
}

// The process articles writes the link at the same time. The supplier does not start to wait for an article.
func TestArticleLinkThatChangesDuringTheWriteIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(5012, office24.CompanySupplier)
	id := w.product("A", 5012)
	w.Office24.After(func(c office24test.Call) {
		if c.Operation != "GetProducts" {
			return
		}
		w.Office24.After(nil)
		links, err := w.Partition().Articles(t.Context(), []int{int(id)})
		w.must(err)
		l := links[int(id)]
		l.Fingerprint = "newer"
		w.must(w.Partition().PutArticle(t.Context(), &l))
	})
	if row := w.run(nil); row.Failed != 1 || row.Held != 0 {
		t.Errorf("got %+v", row)
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	if w.link(5012).Waiting || w.city(5012) != "PROVSTAD" {
		t.Errorf("link %+v", w.link(5012))
	}
}

// A supplier that waits is read by its key. It says nothing about the answer to the read of everything.
func TestEmptyAnswerLosesNoSupplierAlthoughAnotherWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(811, office24.CompanySupplier)
	w.company(812, office24.CompanySupplier)
	w.product("K-17", 812)
	w.ok()
	w.moveTo(812, "NYBY")
	w.Clock.Forward(time.Hour)
	w.Delete("cursor#suppliers")
	answers := 0
	w.Intercept(harness.EmptyAnswers("GetCompanies", func(n int) bool { answers = n; return n == 2 }))
	w.ok()
	if since := w.Record("cursor#suppliers")["since"]; since != nil {
		t.Errorf("the cursor moved to %v", since)
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	if got := w.city(812); got != "NYBY" || answers < 4 {
		t.Errorf("city %s after %d answers", got, answers)
	}
}

// An answer without a product can come from an outage.
func TestSupplierWaitsOnlyIfItsProductStaysAway(t *testing.T) {
	t.Parallel()
	for name, emptyRuns := range map[string]int{"in one run": 1, "in two runs": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.company(811, office24.CompanySupplier)
			id := w.product("K-17", 811)
			w.ok()
			w.moveTo(811, "NYBY")
			empty := true
			w.Intercept(harness.EmptyAnswers("GetProducts", func(int) bool { return empty }))
			missing := fmt.Sprint("24SevenOffice did not return product ", id)
			for i := range emptyRuns {
				w.Clock.Forward(time.Hour)
				row := w.run(nil)
				failed, waits := strings.Contains(row.Reason, missing), w.link(811).Waiting
				if failed != (i == 0) || waits != (i > 0) {
					t.Errorf("run %d: %+v, link %+v", i, row, w.link(811))
				}
			}
			empty = false
			w.Clock.Forward(time.Hour)
			w.ok()
			if sent := w.city(811) == "NYBY"; sent != (emptyRuns == 1) || w.link(811).Waiting == sent {
				t.Errorf("city %s, link %+v", w.city(811), w.link(811))
			}
		})
	}
}

// days makes a scheduled run a day, in each of which everything is compared, and returns the last row.
func (w *world) days(n int) (row runner.Row) {
	w.t.Helper()
	for range n {
		w.Clock.Forward(25 * time.Hour)
		result, err := harness.Invoke(w.t.Context(), w.Harness, Function(), map[string]any{})
		w.must(err)
		row = result.Customers[0]
	}
	return row
}

// Two empty answers made it wait, and no article is going to be written that would name it.
func TestSupplierThatWaitsAlthoughItHasAnArticleIsWritten(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(*world){
		"after it has changed again":     func(w *world) { w.moveTo(811, "NYBY"); w.Clock.Forward(time.Hour); w.ok() },
		"after a person has named it":    func(w *world) { w.run(map[string]any{"keys": []string{"811"}}) },
		"within a day":                   func(w *world) { w.days(1) },
		"not if its product is not back": func(w *world) { w.Company.RemoveProduct(7001); w.days(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.company(811, office24.CompanySupplier)
			w.product("K-17", 811)
			empty := true
			w.Intercept(harness.EmptyAnswers("GetProducts", func(int) bool { return empty }))
			w.days(2)
			w.days(1)
			if !w.link(811).Waiting {
				t.Fatalf("link %+v", w.link(811))
			}
			empty = false
			look(w)
			back := len(w.Company.Products()) == 1
			if w.link(811).Waiting == back || (w.city(811) == "<nil>") == back {
				t.Errorf("city %q, link %+v", w.city(811), w.link(811))
			}
		})
	}
}

// Its article is there for ever, and the link of its product.
func TestSupplierWhoseProductWasDeletedIsNoDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(811, office24.CompanySupplier)
	id := w.product("K-17", 811)
	w.ok()
	w.Company.RemoveProduct(id)
	w.moveTo(811, "NYBY")
	w.days(3)
	if !w.link(811).Waiting {
		t.Fatalf("link %+v", w.link(811))
	}
	version := w.link(811).Version
	if row := w.days(1); row.Verified == 0 || row.Drift+row.Written != 0 || w.link(811).Version != version {
		t.Errorf("got %+v, link %+v", row, w.link(811))
	}
}
