package process

import (
	"context"
	"strconv"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/rights"
	"ongoing24so/shared/runner"
)

// Check checks the rights to read products and to write articles, and counts the articles that are there.
func (p *process) Check(ctx context.Context) ([]runner.Check, []runner.Finding) {
	c := rights.New(ctx, p.Dependencies)
	c.ReadProducts(ctx)
	c.WriteOngoing(ctx, "write articles", ongoing.WriteArticles)
	c.Articles(ctx)
	return c.Checks, c.Found
}

// Find looks for products by their numbers, whether they have articles or not.
func (p *process) Find(ctx context.Context, numbers []string) (found []runner.Finding, err error) {
	for _, number := range numbers {
		for product, err := range p.Office24.Products(ctx, office24.ProductSearch{No: number}, "Id", "No") {
			if err != nil && (product.ID == 0 || !errclass.Is(err, errclass.Rejected)) {
				return nil, err
			}
			// Whether the search is exact is not documented.
			if articles.SameNumber(product.No, number) {
				found = append(found, runner.Finding{
					Kind: "product", ID: strconv.Itoa(int(product.ID)), Name: product.No,
				})
			}
		}
	}
	return found, nil
}

// Facts says how a product is in 24SevenOffice, in the state table, and in Ongoing.
func (p *process) Facts(ctx context.Context, key string) []runner.Fact {
	var f rights.Facts
	ids := planner.IDs[office24.ProductID]([]string{key})
	for product, err := range p.search(ctx, office24.ProductSearch{IDs: ids}) {
		f.Failed(runner.InOffice24, err)
		f.Add(runner.InOffice24, "number", product.No)
		f.Add(runner.InOffice24, "name", product.Name)
		f.Add(runner.InOffice24, "category", strconv.Itoa(product.CategoryID))
		f.Add(runner.InOffice24, "expired", strconv.FormatBool(product.StatusID != nil && *product.StatusID == 0))
		f.Add(runner.InOffice24, "changed", rights.At(product.DateChanged))
	}
	if f.None(runner.InOffice24) {
		f.Add(runner.InOffice24, "product", "does not exist; check the id")
	}
	f.Linked(ctx, p.Dependencies, int(ids[0]))
	return f.List
}
