package process

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
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

// Apply is ApplyBatch for one supplier.
func (p *process) Apply(ctx context.Context, c plan.Change[payload]) error {
	var result error
	p.ApplyBatch(ctx, []plan.Change[payload]{c}, func(i int, err error) bool {
		if i >= 0 {
			result = err
		}
		return true
	})
	return result
}

// BatchSize returns how many changes ApplyBatch takes at most.
func (p *process) BatchSize() int { return articles.BatchSize }

// ApplyBatch writes each supplier on one of its articles, and then its link; see runner.BatchProcess. It reads the
// products that the suppliers are likely to be written on in one call.
//
// After a crash between the two writes, the next run writes the same again. After one before the todo is settled, it
// finds the supplier as it was written and settles it.
func (p *process) ApplyBatch(ctx context.Context, changes []plan.Change[payload], settle func(int, error) bool) {
	batch := carriers{process: p, known: map[office24.ProductID]carrier{}}
	var preferred []office24.ProductID
	for _, c := range changes {
		if len(c.Payload.carriers) > 0 {
			preferred = append(preferred, c.Payload.carriers[0])
		}
	}
	err := batch.read(ctx, preferred...)
	if errclass.Is(err, errclass.Rejected) {
		err = nil // each supplier asks for its own product
	}
	for i, c := range changes {
		if !settle(-1, nil) {
			return
		}
		result := err
		if err == nil || len(c.Payload.carriers) == 0 {
			result = p.apply(ctx, c.Payload, &batch)
		}
		if !settle(i, result) {
			return
		}
	}
}

// apply writes a supplier. A product that is gone or has another supplier by now cannot carry it, nor can one that is
// refused itself; then the next product is tried. If no product is left, the supplier waits for one. That a product is
// gone is believed at the second look, because an answer without it can come from an outage.
func (p *process) apply(ctx context.Context, s payload, batch *carriers) error {
	if s.settleOnly {
		return p.State.SettleSupplier(ctx, s.todo, s.link.Waiting)
	}
	var refused, gone error
	for _, product := range s.carriers {
		carried, err := p.write(ctx, product, s, batch)
		switch {
		case carried && err == nil:
			s.link.ArticleProductID = int(product)
			return p.put(ctx, s)
		case errors.Is(err, errGone):
			gone = errclass.New(errclass.Transient, "", "24SevenOffice did not return product %d, on whose article "+
				"supplier %d is written; if the next run does not find it either, the supplier waits for another "+
				"product", product, s.link.CompanyID)
		case errclass.Is(err, errclass.Rejected), errclass.Is(err, errclass.Held):
			refused = err
		case err != nil:
			return err
		}
	}
	if refused != nil {
		return refused
	}
	if gone != nil && !s.lookedBefore {
		return gone
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
func (p *process) write(ctx context.Context, id office24.ProductID, s payload, batch *carriers) (bool, error) {
	if err := batch.read(ctx, id); err != nil {
		return false, err
	}
	carrier := batch.known[id]
	if !batch.canCarry(id, office24.CompanyID(s.link.CompanyID)) {
		return false, carrier.err
	}
	err := p.register.WriteSupplier(ctx, carrier.product, carrier.link, s.address)
	if errors.Is(err, articles.ErrNumberGivenUp) {
		return false, nil
	}
	return true, err
}

// errGone says that a product is not in 24SevenOffice's answer.
var errGone = errors.New("product is gone")

// A carrier is a product whose article can carry its supplier. err says why it cannot be read.
type carrier struct {
	product office24.Product
	err     error
	link    state.ArticleLink
}

// carriers are the products that a batch has read.
type carriers struct {
	*process
	known map[office24.ProductID]carrier
}

// canCarry reports whether a product was read and has the supplier.
func (c *carriers) canCarry(id office24.ProductID, supplier office24.CompanyID) bool {
	product, read := c.known[id]
	return read && product.err == nil && product.product.SupplierID == supplier
}

// read reads products that are not known. Their links are read first: a link that the process articles stores after it
// is then a conflict, and what it wrote is not replaced by what is older.
func (c *carriers) read(ctx context.Context, ids ...office24.ProductID) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	ids = slices.DeleteFunc(ids, func(id office24.ProductID) bool { _, known := c.known[id]; return known })
	if len(ids) == 0 {
		return nil
	}
	read := map[office24.ProductID]carrier{}
	linkIDs := make([]int, len(ids))
	for i, id := range ids {
		read[id], linkIDs[i] = carrier{err: errGone}, int(id)
	}
	links, err := c.State.Articles(ctx, linkIDs)
	if err != nil {
		return err
	}
	search := office24.ProductSearch{IDs: ids}
	for p, err := range c.Office24.Products(ctx, search, articles.Properties(c.Settings)...) {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) {
			return err
		}
		read[p.ID] = carrier{p, err, links[int(p.ID)]}
	}
	maps.Copy(c.known, read)
	return nil
}
