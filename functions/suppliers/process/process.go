package process

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

type process struct {
	lambdahost.Dependencies
	register *articles.Register
}

func newProcess(c lambdahost.Dependencies) *process {
	return &process{c, &articles.Register{Settings: c.Settings, Office24: c.Office24, Ongoing: c.Ongoing, State: c.State}}
}

// A supplier is one to be written.
type supplier struct {
	link    state.SupplierLink
	address ongoing.SupplierAddress
	// products are those whose articles can carry the supplier, the preferred one first; none: the supplier waits.
	products []office24.ProductID
}

// Plan reads the changed companies and keeps the suppliers among them that are not as they were last written.
func (p *process) Plan(ctx context.Context, ask runner.PlanRequest) (plan.Plan[supplier], error) {
	var out plan.Plan[supplier]
	links, err := p.links(ctx)
	if err != nil {
		return out, err
	}
	carriers, err := p.carriers(ctx)
	if err != nil {
		return out, err
	}
	companies, err := p.companies(ctx, searches(ask, links, carriers), &out)
	if err != nil {
		return out, err
	}
	for _, c := range companies {
		p.decide(c, carriers[c.ID], links[c.ID], ask.Compare(strconv.Itoa(int(c.ID))), &out)
	}
	return out, nil
}

// links are those of all suppliers that were ever written or wait.
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

// searches are what is read: the companies named, or those that changed, failed before, wait for an article, or are
// named by an article and were never written. The last may have changed long ago, before a product named them.
func searches(ask runner.PlanRequest, links map[office24.CompanyID]state.SupplierLink, carriers map[office24.CompanyID][]office24.ProductID) []office24.CompanySearch {
	if ask.Keys != nil {
		return []office24.CompanySearch{{IDs: companyIDs(ask.Keys)}}
	}
	named := companyIDs(ask.Retry)
	for id, link := range links {
		if link.Waiting {
			named = append(named, id)
		}
	}
	for id := range carriers {
		if _, known := links[id]; !known {
			named = append(named, id)
		}
	}
	slices.Sort(named)
	return []office24.CompanySearch{{IDs: slices.Compact(named)}, {ChangedAfter: since(ask.Since)}}
}

// companies reads the companies of the searches, each once.
func (p *process) companies(ctx context.Context, searches []office24.CompanySearch, out *plan.Plan[supplier]) ([]office24.Company, error) {
	var found []office24.Company
	seen := map[office24.CompanyID]bool{}
	for _, search := range searches {
		for c, err := range p.Office24.Companies(ctx, search) {
			refused := errclass.Is(err, errclass.Rejected) && c.ID != 0
			if err != nil && !refused {
				return nil, err
			}
			if seen[c.ID] {
				continue
			}
			seen[c.ID] = true
			out.Read++
			if refused {
				out.Refuse(key(c.ID), "", err)
			} else {
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
	out := make([]office24.CompanyID, 0, len(keys)) // not nil, which would mean any
	for _, k := range keys {
		if n, err := strconv.Atoi(k); err == nil {
			out = append(out, office24.CompanyID(n))
		}
	}
	return out
}

func key(id office24.CompanyID) string { return strconv.Itoa(int(id)) }

// maxCarriers is how many products of a supplier are remembered: enough that not all of them are in trouble at once.
const maxCarriers = 5

// carriers finds for each supplier the products whose articles can carry it: those with the lowest ids, so that they are
// the same in every run.
func (p *process) carriers(ctx context.Context) (map[office24.CompanyID][]office24.ProductID, error) {
	out := map[office24.CompanyID][]office24.ProductID{}
	for link, err := range p.State.EachArticle(ctx) {
		if err != nil {
			return nil, err
		}
		if link.SupplierID == 0 || link.ArticleID == 0 {
			continue
		}
		s, id := office24.CompanyID(link.SupplierID), office24.ProductID(link.ProductID)
		at, _ := slices.BinarySearch(out[s], id)
		out[s] = slices.Insert(out[s], at, id)
		out[s] = out[s][:min(len(out[s]), maxCarriers)]
	}
	return out, nil
}

// decide says what has to be done about one company.
func (p *process) decide(c office24.Company, carriers []office24.ProductID, link state.SupplierLink, again bool, out *plan.Plan[supplier]) {
	if c.Type != office24.CompanySupplier && len(carriers) == 0 {
		out.Skipped++
		return
	}
	address := articles.SupplierAddress(c, p.Settings.DefaultCountry)
	fingerprint := plan.Fingerprint(address)
	change := plan.Change[supplier]{Key: key(c.ID), Action: plan.Update, Fingerprint: plan.Fingerprint(address, carriers),
		Fields: plan.Diff(nil, address, func(string) bool { return false })}
	switch {
	case strings.TrimSpace(c.Name) == "":
		out.Refuse(change.Key, change.Fingerprint, errclass.New(errclass.Rejected, "", "supplier %d has no name; give it one", c.ID))
		return
	case fingerprint == link.Fingerprint && !link.Waiting && !(again && len(carriers) > 0):
		out.Unchanged++
		return
	case len(carriers) == 0 && link.Waiting:
		out.Refuse(change.Key, change.Fingerprint, waits(c.ID))
		return
	case len(carriers) == 0:
		change.LinkOnly = true // only the link is written: it waits
	}
	if link.ArticleProductID == 0 {
		change.Action = plan.Create
	}
	link.CompanyID, link.Fingerprint, link.ArticleProductID, link.Waiting = int(c.ID), fingerprint, 0, false
	change.Payload = supplier{link: link, address: address, products: carriers}
	out.Changes = append(out.Changes, change)
}

func waits(id office24.CompanyID) error {
	return errclass.New(errclass.Held, "", "supplier %d has no article in Ongoing yet and goes out when it gets one", id)
}

// Apply writes the supplier through one of its articles, and then its link; a crash between the two lets the next run write
// the same again. A product that is gone, or belongs to another
// supplier by now, carries nothing; the next one does. So it does for one that is in trouble itself.
func (p *process) Apply(ctx context.Context, c plan.Change[supplier]) error {
	s := c.Payload
	var trouble error
	for _, product := range s.products {
		carried, err := p.write(ctx, product, s)
		switch {
		case carried && err == nil:
			s.link.ArticleProductID = int(product)
			return p.State.PutSupplier(ctx, &s.link)
		case errclass.Is(err, errclass.Rejected), errclass.Is(err, errclass.Held):
			trouble = err
		case err != nil:
			return err
		}
	}
	if trouble != nil {
		return trouble
	}
	s.link.Waiting = true
	if err := p.State.PutSupplier(ctx, &s.link); err != nil {
		return err
	}
	return waits(office24.CompanyID(s.link.CompanyID))
}

// write writes the article of one of the supplier's products, with the supplier's address on it. It reports false if the
// product is gone or has another supplier by now.
func (p *process) write(ctx context.Context, id office24.ProductID, s supplier) (bool, error) {
	links, err := p.State.Articles(ctx, []int{int(id)})
	if err != nil {
		return false, err
	}
	for product, err := range p.products(ctx, id) {
		if err != nil || product.SupplierID != office24.CompanyID(s.link.CompanyID) {
			return false, err
		}
		return true, p.register.WriteSupplier(ctx, product, links[int(product.ID)], s.address)
	}
	return false, nil
}

func (p *process) products(ctx context.Context, id office24.ProductID) iter.Seq2[office24.Product, error] {
	return p.Office24.Products(ctx, office24.ProductSearch{IDs: []office24.ProductID{id}}, articles.Properties(p.Settings)...)
}
