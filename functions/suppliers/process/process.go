package process

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/english"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
)

type process struct {
	lambdahost.Dependencies
	register *articles.Register
}

func newProcess(d lambdahost.Dependencies) *process {
	register := &articles.Register{Settings: d.Settings, Office24: d.Office24, Ongoing: d.Ongoing, State: d.State}
	return &process{Dependencies: d, register: register}
}

// Plan reads the changed companies and decides about each.
func (p *process) Plan(ctx context.Context, request runner.PlanRequest) (plan.Plan[payload], error) {
	var out plan.Plan[payload]
	known, err := p.readIndex(ctx, request)
	if err != nil {
		return out, err
	}
	last := 0
	companies := p.companies(ctx, p.searches(request, known), &last)
	id := func(c office24.Company) office24.CompanyID { return c.ID }
	seen := map[office24.CompanyID]bool{}
	pl := planning{process: p, request: request, known: known, out: &out}
	changed := func(c office24.Company) time.Time { return c.DateChanged }
	for c, err := range planner.Once(companies, id, changed, seen, &out) {
		if err == nil {
			err = pl.add(ctx, c)
		}
		if err != nil {
			return out, err
		}
	}
	if err := pl.decide(ctx); err != nil {
		return out, err
	}
	out.FoundNone = last == 0 && request.Keys == nil
	if len(pl.waiting) > 0 {
		out.Notes = append(out.Notes, waitingNote(pl.waiting))
	}
	const missing = "company %s does not exist in 24SevenOffice"
	out.AddLookedAt(request.Keys, request.Retry, planner.Among(seen), len(seen) > 0, missing)
	if !known.indexed && request.Keys == nil {
		out.Prepare = p.State.IndexArticles
	}
	return out, nil
}

// waitingNote says which suppliers have no article yet.
func waitingNote(ids []string) string {
	const shown = 20
	list := strings.Join(ids[:min(shown, len(ids))], ", ")
	if len(ids) > shown {
		list += fmt.Sprintf(" and %d more", len(ids)-shown)
	}
	return fmt.Sprintf("%s no article in Ongoing yet; each is sent when a product that names it gets one: %s",
		english.Count(len(ids), "supplier")+english.Choose(len(ids), " has", " have"), list)
}

// companies yields the companies that the searches find, and counts those of the last search.
func (p *process) companies(
	ctx context.Context, searches []office24.CompanySearch, last *int,
) iter.Seq2[office24.Company, error] {
	return func(yield func(office24.Company, error) bool) {
		for i, search := range searches {
			for c, err := range p.Office24.Companies(ctx, search) {
				if i == len(searches)-1 {
					*last++
				}
				if !yield(c, err) {
					return
				}
			}
		}
	}
}

func key(id office24.CompanyID) string { return strconv.Itoa(int(id)) }

// Apply writes the supplier on one of its articles, and then its link. A product that is gone or has another supplier
// by now cannot carry it, nor can one that is refused itself; then the next product is tried. If no product is left,
// the supplier waits for one.
//
// After a crash between the two writes, the next run writes the same again. After one before the todo is settled, it
// finds the supplier as it was written and settles it.
func (p *process) Apply(ctx context.Context, c plan.Change[payload]) error {
	s := c.Payload
	if s.settleOnly {
		return p.State.SettleSupplier(ctx, s.todo, s.link.Waiting)
	}
	var refused error
	for _, product := range s.carriers {
		carried, err := p.write(ctx, product, s)
		switch {
		case carried && err == nil:
			s.link.ArticleProductID = int(product)
			return p.put(ctx, s)
		case errclass.Is(err, errclass.Rejected), errclass.Is(err, errclass.Held):
			refused = err
		case err != nil:
			return err
		}
	}
	if refused != nil {
		return refused
	}
	s.link.Waiting = true
	return p.put(ctx, s)
}

func (p *process) put(ctx context.Context, s payload) error {
	if err := p.State.PutSupplier(ctx, &s.link); err != nil {
		return err
	}
	return p.State.SettleSupplier(ctx, s.todo, s.link.Waiting)
}

// write writes the article of a product with the supplier's address on it. It reports false if the product is gone, has
// another supplier by now, or has no article any more.
func (p *process) write(ctx context.Context, id office24.ProductID, s payload) (bool, error) {
	links, err := p.State.Articles(ctx, []int{int(id)})
	if err != nil {
		return false, err
	}
	search := office24.ProductSearch{IDs: []office24.ProductID{id}}
	for product, err := range p.Office24.Products(ctx, search, articles.Properties(p.Settings)...) {
		if err != nil || product.SupplierID != office24.CompanyID(s.link.CompanyID) {
			return false, err
		}
		err = p.register.WriteSupplier(ctx, product, links[int(product.ID)], s.address)
		if errors.Is(err, articles.ErrNumberGivenUp) {
			return false, nil
		}
		return true, err
	}
	return false, nil
}
