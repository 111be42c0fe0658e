package main

import (
	"cmp"
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/fault"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

type process struct {
	lambdahost.Customer
	register *articles.Register
}

func newProcess(c lambdahost.Customer) *process {
	return &process{c, &articles.Register{Settings: c.Settings, Office24: c.Office24, Ongoing: c.Ongoing, State: c.State}}
}

// A supplier is one to be written.
type supplier struct {
	link    state.SupplierLink
	address ongoing.SupplierAddress
	// product is the one whose article carries the supplier; 0: none does, and the supplier waits.
	product office24.ProductID
}

// Plan reads the changed companies and keeps the suppliers among them that are not as they were last written.
func (p *process) Plan(ctx context.Context, ask runner.Ask) (plan.Plan[supplier], error) {
	var out plan.Plan[supplier]
	companies, err := p.companies(ctx, ask, &out)
	if err != nil || len(companies) == 0 {
		return out, err
	}
	carriers, err := p.carriers(ctx)
	if err != nil {
		return out, err
	}
	links, err := p.State.Suppliers(ctx, ids(companies))
	if err != nil {
		return out, err
	}
	for _, c := range companies {
		p.decide(c, carriers[c.ID], links[int(c.ID)], ask.Full, &out)
	}
	return out, nil
}

// companies reads the companies that changed, and those that failed before.
func (p *process) companies(ctx context.Context, ask runner.Ask, out *plan.Plan[supplier]) ([]office24.Company, error) {
	var searches []office24.CompanySearch
	if named := append(ask.Keys, ask.Retry...); len(named) > 0 {
		searches = append(searches, office24.CompanySearch{IDs: companyIDs(named)})
	}
	if ask.Keys == nil {
		searches = append(searches, office24.CompanySearch{ChangedAfter: since(ask.Since)})
	}
	var found []office24.Company
	seen := map[office24.CompanyID]bool{}
	for _, search := range searches {
		for c, err := range p.Office24.Companies(ctx, search) {
			switch {
			case fault.Is(err, fault.Rejected) && c.ID != 0:
				out.Refuse(strconv.Itoa(int(c.ID)), "", err)
			case err != nil:
				return nil, err
			case !seen[c.ID]:
				seen[c.ID] = true
				out.Read++
				found = append(found, c)
			}
		}
	}
	return found, nil
}

// since is the moment to search from; the service wants a filter, and takes one from far back.
func since(t time.Time) time.Time {
	return cmp.Or(t, time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
}

func companyIDs(keys []string) []office24.CompanyID {
	out := make([]office24.CompanyID, 0, len(keys))
	for _, k := range keys {
		if n, err := strconv.Atoi(k); err == nil {
			out = append(out, office24.CompanyID(n))
		}
	}
	return out
}

func ids(companies []office24.Company) []int {
	out := make([]int, len(companies))
	for i, c := range companies {
		out[i] = int(c.ID)
	}
	return out
}

// carriers finds for each supplier the product whose article carries it: the one with the lowest id, so that it is the
// same in every run.
func (p *process) carriers(ctx context.Context) (map[office24.CompanyID]office24.ProductID, error) {
	out := map[office24.CompanyID]office24.ProductID{}
	for link, err := range p.State.EachArticle(ctx) {
		if err != nil {
			return nil, err
		}
		s, id := office24.CompanyID(link.SupplierID), office24.ProductID(link.ProductID)
		if first, ok := out[s]; link.SupplierID != 0 && link.ArticleID != 0 && (!ok || id < first) {
			out[s] = id
		}
	}
	return out, nil
}

// decide says what has to be done about one company.
func (p *process) decide(c office24.Company, carrier office24.ProductID, link state.SupplierLink, full bool, out *plan.Plan[supplier]) {
	if c.Type != office24.CompanySupplier && carrier == 0 {
		out.Skipped++
		return
	}
	id := strconv.Itoa(int(c.ID))
	address := articles.SupplierAddress(c, p.Settings.DefaultCountry)
	fingerprint := plan.Fingerprint(address)
	switch {
	case strings.TrimSpace(c.Name) == "":
		out.Refuse(id, fingerprint, fault.New(fault.Rejected, "", "supplier %d has no name; give it one", c.ID))
	case fingerprint == link.Fingerprint && !link.Waiting && !full:
		out.Unchanged++
	default:
		action := plan.Update
		if link.Fingerprint == "" {
			action = plan.Create
		}
		link.CompanyID, link.Fingerprint, link.ArticleProductID = int(c.ID), fingerprint, int(carrier)
		link.Waiting = carrier == 0
		out.Changes = append(out.Changes, plan.Change[supplier]{Key: id, Action: action, Fingerprint: plan.Fingerprint(address, carrier),
			Fields: plan.Diff(nil, address, func(string) bool { return false }),
			Body:   supplier{link: link, address: address, product: carrier}})
	}
}

// Apply writes the supplier through one of its articles, and then its link.
func (p *process) Apply(ctx context.Context, c plan.Change[supplier]) error {
	s := c.Body
	if s.product != 0 {
		if err := p.write(ctx, s); err != nil {
			return err
		}
	}
	if err := p.State.PutSupplier(ctx, &s.link); err != nil {
		return err
	}
	if s.link.Waiting {
		return fault.New(fault.Held, "", "supplier %d has no article in Ongoing yet and goes out when it gets one", s.link.CompanyID)
	}
	return nil
}

// write writes the article of the supplier's product, with the supplier's address on it.
func (p *process) write(ctx context.Context, s supplier) error {
	company := office24.CompanyID(s.link.CompanyID)
	links, err := p.State.Articles(ctx, []int{int(s.product)})
	if err != nil {
		return err
	}
	for product, err := range p.products(ctx, s.product) {
		if err != nil {
			return err
		}
		if product.SupplierID != company {
			return fault.New(fault.Conflict, "", "product %d no longer belongs to supplier %d; another one is looked for", product.ID, company)
		}
		return p.register.WriteSupplier(ctx, product, links[int(product.ID)], s.address)
	}
	return fault.New(fault.Conflict, "", "product %d is gone from 24SevenOffice", s.product)
}

func (p *process) products(ctx context.Context, id office24.ProductID) iter.Seq2[office24.Product, error] {
	return p.Office24.Products(ctx, office24.ProductSearch{IDs: []office24.ProductID{id}}, articles.Properties(p.Settings)...)
}
