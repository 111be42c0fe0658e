package process

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
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
	links, err := p.links(ctx)
	if err != nil {
		return out, err
	}
	carriers, err := p.carriers(ctx)
	if err != nil {
		return out, err
	}
	companies := p.companies(ctx, searches(request, links, carriers))
	id := func(c office24.Company) office24.CompanyID { return c.ID }
	var waiting []string
	seen := map[office24.CompanyID]bool{}
	for c, err := range planner.Once(companies, id, seen, &out) {
		if err != nil {
			return out, err
		}
		link := links[c.ID]
		d := decide(c, link, carriers[c.ID], p.Settings, request.Compare(key(c.ID)))
		d.AddTo(&out, key(c.ID))
		if d.Verdict == planner.Skipped && link.Waiting || d.Change.Payload.link.Waiting {
			waiting = append(waiting, key(c.ID))
		}
		out.Notes = append(out.Notes, d.Change.Payload.notes...)
	}
	if len(waiting) > 0 {
		out.Notes = append(out.Notes, waitingNote(waiting))
	}
	const missing = "company %s does not exist in 24SevenOffice"
	out.AddLookedAt(request.Keys, request.Retry, planner.Among(seen), len(seen) > 0, missing)
	return out, nil
}

// waitingNote says which suppliers have no article yet.
func waitingNote(ids []string) string {
	const shown = 20
	list := strings.Join(ids[:min(shown, len(ids))], ", ")
	if len(ids) > shown {
		list += fmt.Sprintf(" and %d more", len(ids)-shown)
	}
	return fmt.Sprintf(
		"%d suppliers have no article in Ongoing yet; each is sent when a product that names it gets one: %s",
		len(ids), list)
}

// links returns the links of all suppliers that were written or wait for an article.
func (p *process) links(ctx context.Context) (map[office24.CompanyID]state.SupplierLink, error) {
	out := map[office24.CompanyID]state.SupplierLink{}
	for link, err := range p.State.EachSupplier(ctx) {
		if err != nil {
			return nil, err
		}
		out[office24.CompanyID(link.CompanyID)] = link
	}
	return out, nil
}

// maxCarriers is how many products of a supplier are considered: enough that not all of them fail at once.
const maxCarriers = 5

// carriers returns for each supplier the products whose articles can carry it: those with the lowest ids, so that they
// are the same in every run.
func (p *process) carriers(ctx context.Context) (map[office24.CompanyID][]office24.ProductID, error) {
	out := map[office24.CompanyID][]office24.ProductID{}
	for link, err := range p.State.EachArticle(ctx) {
		if err != nil {
			return nil, err
		}
		if link.SupplierID == 0 || link.ArticleID == 0 {
			continue
		}
		supplier, product := office24.CompanyID(link.SupplierID), office24.ProductID(link.ProductID)
		at, _ := slices.BinarySearch(out[supplier], product)
		out[supplier] = slices.Insert(out[supplier], at, product)
		out[supplier] = out[supplier][:min(len(out[supplier]), maxCarriers)]
	}
	return out, nil
}

// searches returns what is read: the companies named, or those that changed, failed before, wait for an article, or are
// named by an article and were never written. The last may have changed long before a product named them.
func searches(request runner.PlanRequest, links map[office24.CompanyID]state.SupplierLink,
	carriers map[office24.CompanyID][]office24.ProductID) []office24.CompanySearch {
	if request.Keys != nil {
		return []office24.CompanySearch{{IDs: planner.IDs[office24.CompanyID](request.Keys)}}
	}
	named := planner.IDs[office24.CompanyID](request.Retry)
	for id, link := range links {
		if link.Waiting {
			named = append(named, id)
		}
	}
	for id := range carriers {
		if _, linked := links[id]; !linked {
			named = append(named, id)
		}
	}
	slices.Sort(named)
	return []office24.CompanySearch{{IDs: slices.Compact(named)}, {ChangedAfter: office24.ChangedAfter(request.Since)}}
}

// companies yields the companies that the searches find.
func (p *process) companies(ctx context.Context, searches []office24.CompanySearch) iter.Seq2[office24.Company, error] {
	return func(yield func(office24.Company, error) bool) {
		for _, search := range searches {
			for c, err := range p.Office24.Companies(ctx, search) {
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
// After a crash between the two writes, the next run writes the same again.
func (p *process) Apply(ctx context.Context, c plan.Change[payload]) error {
	s := c.Payload
	var refused error
	for _, product := range s.carriers {
		carried, err := p.write(ctx, product, s)
		switch {
		case carried && err == nil:
			s.link.ArticleProductID = int(product)
			return p.State.PutSupplier(ctx, &s.link)
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
	return p.State.PutSupplier(ctx, &s.link)
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
