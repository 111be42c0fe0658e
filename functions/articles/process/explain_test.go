package process

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestWhyAProductIsNoArticle(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"articles": map[string]any{"categoryIds": []int{7}}})
	listed := h.Company.AddProduct(office24.Product{No: "KJE-17", Name: "Kjele", CategoryID: 7})
	other := h.Company.AddProduct(office24.Product{No: "KAN-1", Name: "Kanne", CategoryID: 8})
	harness.Check(t, h, Function(), "24SevenOffice: read products", "Ongoing WMS: write articles")
	for id, want := range map[office24.ProductID][3]string{
		listed: {runner.VerdictDue, "create", ""},
		other:  {runner.VerdictLeftAlone, "its category 8 is not one of those listed", "articles.categoryIds"},
	} {
		e := harness.Explain(t, h, Function(), fmt.Sprint(id))
		if e.Verdict != want[0] || !strings.Contains(e.Reason, want[1]) || e.Setting != want[2] {
			t.Errorf("product %d: %+v", id, e)
		}
	}
	run(h)
	e := harness.Explain(t, h, Function(), fmt.Sprint(listed))
	if e.Verdict != runner.VerdictSettled || harness.Fact(e, runner.InOffice24, "number") != "KJE-17" ||
		harness.Fact(e, runner.InOngoing, "number") != "KJE-17" || harness.Fact(e, runner.InState, "article") == "" {
		t.Errorf("after the run: %+v", e)
	}
	e = harness.Explain(t, h, Function(), "4711")
	if harness.Fact(e, runner.InOffice24, "product") != "does not exist; check the id" {
		t.Errorf("a product that does not exist: %+v", e)
	}
}

// Nothing has changed in 24SevenOffice, so only a look at the article itself finds it.
func TestNamedProductIsComparedWithItsArticle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*harness.Harness) error
		due   string
	}{
		"renumbered in Ongoing": {
			func(h *harness.Harness) error { return h.GoodsOwner.RenumberArticle("KJE-17", "KJE-X") }, "update",
		},
		"deleted in Ongoing": {
			func(h *harness.Harness) error { return h.GoodsOwner.DeleteArticle("KJE-17") }, "create",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			id := fmt.Sprint(h.Company.AddProduct(kettle()))
			run(h)
			later(h)
			if err := test.spoil(h); err != nil {
				t.Fatal(err)
			}
			e := harness.Explain(t, h, Function(), id)
			if e.Verdict != runner.VerdictDue || !strings.Contains(e.Reason, test.due) {
				t.Errorf("explained as %s: %s", e.Verdict, e.Reason)
			}
			row := harness.Run(h, Function(), map[string]any{"keys": []string{id}})
			if row.Written != 1 || !slices.Contains(numbers(h), "KJE-17") {
				t.Errorf("a run with its key: %+v; articles %v", row, numbers(h))
			}
		})
	}
}

func TestProductIsFoundByItsNumber(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	knife := h.Company.AddProduct(office24.Product{No: "KNIV", Name: "Kniv"})
	h.Company.AddProduct(office24.Product{No: "KNIV-2", Name: "Kniv"})
	row := harness.Run(h, Function(), map[string]any{"find": []string{"KNIV", "GAFFEL"}})
	want := []runner.Finding{{Kind: "product", ID: fmt.Sprint(knife), Name: "KNIV"}}
	if !slices.Equal(row.Found, want) || !row.DryRun || row.Read != 0 || len(h.GoodsOwner.Articles()) != 0 {
		t.Errorf("got %+v, want %+v", row, want)
	}
}
