package process

import (
	"fmt"
	"net/http"
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

// Characters that XML forbids are taken out, a long description is cut; neither stops its product, nor another one.
func TestProductWithForbiddenCharactersOrLongTextIsWritten(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"extraFields": []any{
		map[string]any{"from": "product.DescriptionLong", "to": "article.freeValues.freeText1"},
	}})
	h.Company.AddProduct(office24.Product{No: "P-1", Name: "Kopp"})
	h.Company.AddProduct(office24.Product{No: "KOPP-3", Name: "Kopp", Description: "Kopp\x0bnr 3\ufffe"})
	h.Company.AddProduct(office24.Product{No: "P-3", Name: "Krus", DescriptionLong: strings.Repeat("lang ", 240_010)})
	expect(t, h, run(h), want{written: 3})
	if a, _ := h.GoodsOwner.Article("KOPP-3"); a.Body["description"] != "Koppnr 3" {
		t.Errorf("description %q", a.Body["description"])
	}
	expect(t, h, run(h), want{unchanged: anyNumber})
}

func TestProductWithUnreadableNumberOrLongNameIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	weight := h.Company.AddProduct(office24.Product{No: "P-2", Name: "Kopp", Weight: harness.Dec("1")})
	long := h.Company.AddProduct(office24.Product{No: "P-3", Name: strings.Repeat("x", 1_200_046)})
	refused := product(h, "P-4")
	product(h, "P-5")
	h.Company.Damage("Product", int(weight), "Weight", "1,5")
	h.Company.Damage("Product", int(refused), "APIException", "Timeout expired")
	expect(t, h, run(h), want{outcome: runner.Partial, written: 2, failed: 3})
	expectFailure(t, h, weight, "rejected", "Weight is not a decimal number; correct it in 24SevenOffice")
	expectFailure(t, h, long, "rejected", "Name is longer than 65536 bytes")
	expectFailure(t, h, refused, "rejected", "refused")
}

// The article of one product cannot be read in Ongoing: it is neither written nor made again, and the others are.
func TestUnreadableArticleIsTheTroubleOfItsProduct(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	ids := map[string]office24.ProductID{}
	for _, no := range []string{"P-1", "P-2", "P-3"} {
		ids[no] = product(h, no)
		id, err := h.GoodsOwner.AddArticle(ongoingtest.NewArticle{
			Number: no, Name: "Gammelt navn", Stock: number.FromInt(3),
		})
		if err != nil {
			t.Fatal(err)
		}
		if no == "P-2" {
			h.GoodsOwner.Damage(id, "inventoryInfo.numberOfItems", `"12,5"`)
		}
	}
	expect(t, h, run(h), want{outcome: runner.Partial, written: 2, failed: 1})
	expectFailure(t, h, ids["P-2"], "rejected", `article "P-2"`)
	if a, _ := h.GoodsOwner.Article("P-2"); a.Body["articleName"] != "Gammelt navn" {
		t.Errorf("the article was written: %+v", a)
	}
}

// It may have the product's number, and be anybody's.
func TestArticleOfWhichNothingCanBeReadIsNotOverwritten(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	pump := h.Company.AddProduct(office24.Product{No: "PUMPE-12", Name: "Pumpe", StockControlled: new(true)})
	id, err := h.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "PUMPE-12", Name: "Annet", ProductCode: "4711"})
	if err != nil {
		t.Fatal(err)
	}
	h.GoodsOwner.Damage(id, "articleSystemId", `null`)
	h.GoodsOwner.Damage(id, "articleNumber", `null`)
	if row := run(h); row.Outcome == runner.OK || row.Written != 0 {
		t.Errorf("got %+v", row)
	}
	expectFailure(t, h, pump, "rejected", "articleSystemId is not what the published definition says")
	h.GoodsOwner.Damage(id, "articleSystemId", "")
	h.GoodsOwner.Damage(id, "articleNumber", "")
	if a, _ := h.GoodsOwner.Article("PUMPE-12"); a.Body["articleName"] != "Annet" {
		t.Errorf("the article was overwritten: %+v", a)
	}
}

// A product whose id cannot be read is found again by the time of its change, however far the cursor has moved since.
func TestProductWithoutAReadableIDStopsNoOther(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"letters": "abc", "a character that XML forbids": "7302\x0b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product(h, "P-1")
			bad := product(h, "P-2")
			h.Company.Damage("Product", int(bad), "Id", text)
			expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
			keys := h.ChangedKeys(naming.Articles)
			if len(keys) != 1 {
				t.Fatalf("failure records %v", h.Records())
			}
			message, _ := h.Record("failure#articles#" + keys[0])["message"].(string)
			if !strings.Contains(message, `a product with the number "P-2"`) {
				t.Errorf("reason %q", message)
			}
			for range 30 {
				h.Clock.Forward(15 * time.Minute)
				product(h, fmt.Sprint("N-", h.Clock.Now().Unix()))
				run(h)
			}
			h.Company.Damage("Product", int(bad), "Id", "")
			h.Clock.Forward(2 * time.Hour)
			run(h)
			if _, exists := h.GoodsOwner.Article("P-2"); !exists {
				t.Error("the product was not written after it could be read")
			}
			if keys := h.ChangedKeys(naming.Articles); len(keys) != 0 {
				t.Errorf("failure records %v", keys)
			}
		})
	}
}

// One that a person names by the key of its failure record is read at once.
func TestProductWithoutAReadableIDIsTriedWhenItIsNamed(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	bad := product(h, "P-2")
	h.Company.Damage("Product", int(bad), "Id", "abc")
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	named := map[string]any{"keys": h.ChangedKeys(naming.Articles)}
	expect(t, h, harness.Run(h, Function(), named), want{outcome: runner.Partial, failed: 1})
	h.Company.Damage("Product", int(bad), "Id", "")
	expect(t, h, harness.Run(h, Function(), named), want{written: 1})
	if keys := h.ChangedKeys(naming.Articles); len(keys) != 0 {
		t.Errorf("failure records %v", keys)
	}
}

// What is not XML in one product is the trouble of that product.
func TestProductThatIsNotWellFormedIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	bad, behind := product(h, "P-2"), product(h, "P-3")
	h.Company.Break("Product", int(bad), "Name", "Rør < 5 mm")
	h.Company.Break("Product", int(behind), "Name", "Rør & <b>slange</b>")
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 2})
	expectFailure(t, h, bad, "rejected", "not well-formed")
	h.Company.Break("Product", int(bad), "Name", "")
	h.Company.Break("Product", int(behind), "Name", "")
	later(h)
	expect(t, h, run(h), want{written: 2, unchanged: anyNumber})
}

// An empty answer, which can be an outage, settles nothing that only the search finds.
func TestProductWithoutAReadableIDOutlivesAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	bad := product(h, "P-2")
	h.Company.AddProduct(office24.Product{Name: "Uten nummer", StockControlled: new(true)})
	h.Company.Damage("Product", int(bad), "Id", "abc")
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 2})
	h.Clock.Forward(2 * time.Hour)
	h.Intercept(func(_ *http.Request, answer string) string {
		if strings.Contains(answer, "<Id>abc</Id>") { // the search
			start, end := strings.Index(answer, "<Product>"), strings.LastIndex(answer, "</Product>")
			return answer[:start] + answer[end+len("</Product>"):]
		}
		return answer
	})
	run(h)
	if keys := h.ChangedKeys(naming.Articles); len(keys) != 1 {
		t.Errorf("failure records %v", keys)
	}
}
