package process

import (
	"context"
	"strconv"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/rights"
	"ongoing24so/shared/runner"
)

// Check checks the rights to read companies and products, and to write articles.
func (p *process) Check(ctx context.Context) ([]runner.Check, []runner.Finding) {
	c := rights.New(ctx, p.Dependencies)
	c.ReadCompanies(ctx)
	c.ReadProducts(ctx)
	c.WriteOngoing(ctx, "write articles", ongoing.WriteArticles)
	return c.Checks, c.Found
}

// Facts says which articles a supplier is on.
func (p *process) Facts(ctx context.Context, key string) []runner.Fact {
	var f rights.Facts
	ids := planner.IDs[office24.CompanyID]([]string{key})
	for company, err := range p.Office24.Companies(ctx, office24.CompanySearch{IDs: ids}) {
		f.Failed(runner.InOffice24, err)
		f.Add(runner.InOffice24, "type", string(company.Type))
		f.Add(runner.InOffice24, "changed", rights.At(company.DateChanged))
	}
	if f.None(runner.InOffice24) {
		f.Add(runner.InOffice24, "company", "does not exist; check the id")
	}
	links, err := p.State.Suppliers(ctx, []int{int(ids[0])})
	f.Failed(runner.InState, err)
	link, linked := links[int(ids[0])]
	switch {
	case !linked:
		f.Add(runner.InState, "supplier", "was not sent")
	case link.Waiting:
		f.Add(runner.InState, "supplier", "waits for an article")
	default:
		f.Add(runner.InState, "sent on the article of product", strconv.Itoa(link.ArticleProductID))
	}
	carriers, err := p.State.Carriers(ctx, int(ids[0]), maxCarriers)
	f.Failed(runner.InState, err)
	for _, id := range carriers {
		f.Add(runner.InState, "product with an article", strconv.Itoa(id))
	}
	return f.List
}
