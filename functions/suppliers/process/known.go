package process

import (
	"context"
	"maps"
	"slices"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// maxCarriers is how many products of a supplier are considered: enough that not all of them fail at once.
const maxCarriers = 5

// known is what is known of suppliers without a look at all links. If indexed is false, that is not enough: links of an
// older version are not indexed, or a person wants a full run, perhaps because an older version has run in between.
// Then all links were read, and carriers has what the index would say.
type known struct {
	indexed  bool
	todos    map[int]state.SupplierTodo
	carriers map[office24.CompanyID][]office24.ProductID
}

func (p *process) readIndex(ctx context.Context, request runner.PlanRequest) (known, error) {
	todos, indexed, err := p.State.SupplierTodos(ctx)
	k := known{indexed: indexed && !request.Full, todos: todos}
	if err != nil || k.indexed {
		return k, err
	}
	written := map[office24.CompanyID]bool{}
	for link, err := range p.State.EachSupplier(ctx) {
		if err != nil {
			return k, err
		}
		if written[office24.CompanyID(link.CompanyID)] = true; link.Waiting {
			k.look(office24.CompanyID(link.CompanyID))
		}
	}
	k.carriers = map[office24.CompanyID][]office24.ProductID{}
	for link, err := range p.State.EachArticle(ctx) {
		if err != nil {
			return k, err
		}
		if link.SupplierID == 0 || link.ArticleID == 0 {
			continue
		}
		supplier, product := office24.CompanyID(link.SupplierID), office24.ProductID(link.ProductID)
		at, _ := slices.BinarySearch(k.carriers[supplier], product)
		all := slices.Insert(k.carriers[supplier], at, product)
		if k.carriers[supplier] = all[:min(len(all), maxCarriers)]; !written[supplier] {
			k.look(supplier)
		}
	}
	return k, nil
}

// look adds a supplier to look at.
func (k known) look(id office24.CompanyID) {
	if _, ok := k.todos[int(id)]; !ok {
		k.todos[int(id)] = state.SupplierTodo{CompanyID: int(id)}
	}
}

// searches returns what is read: the companies named, or those that changed, failed before, wait for an article, or are
// named by an article and were never written. The last may have changed long before a product named them.
func (p *process) searches(request runner.PlanRequest, k known) []office24.CompanySearch {
	if request.Keys != nil && !slices.ContainsFunc(request.Keys, plan.IsChangedKey) {
		return []office24.CompanySearch{{IDs: planner.IDs[office24.CompanyID](request.Keys)}}
	}
	named := planner.IDs[office24.CompanyID](slices.Concat(request.Keys, request.Retry))
	for id := range maps.Keys(k.todos) {
		named = append(named, office24.CompanyID(id))
	}
	slices.Sort(named)
	return []office24.CompanySearch{{IDs: slices.Compact(named)}, {ChangedAfter: office24.ChangedAfter(request.Since)}}
}

// planning decides about companies in batches, whose links are read at once.
type planning struct {
	*process
	request runner.PlanRequest
	known   known
	out     *plan.Plan[payload]
	batch   []office24.Company
	waiting []string // keys of the suppliers that wait for an article
}

// linkBatch is how many links are read at once, DynamoDB's limit for one request.
const linkBatch = 100

func (pl *planning) add(ctx context.Context, c office24.Company) error {
	if pl.batch = append(pl.batch, c); len(pl.batch) < linkBatch {
		return nil
	}
	return pl.decide(ctx)
}

func (pl *planning) decide(ctx context.Context) error {
	ids := make([]int, len(pl.batch))
	for i, c := range pl.batch {
		ids[i] = int(c.ID)
	}
	links, err := pl.State.Suppliers(ctx, ids)
	if err != nil {
		return err
	}
	carriersOf, err := pl.allCarriers(ctx, links)
	if err != nil {
		return err
	}
	for _, c := range pl.batch {
		link, todo := links[int(c.ID)], pl.known.todos[int(c.ID)]
		d := decide(c, link, carriersOf[c.ID], pl.Settings, pl.again(c, link))
		if d.Verdict == planner.Skipped && link.Waiting || d.Change.Payload.link.Waiting {
			pl.waiting = append(pl.waiting, key(c.ID))
		}
		if d.Verdict == planner.Unchanged || d.Verdict == planner.Skipped {
			if todo.IsSettled(link.Waiting || d.Verdict == planner.Skipped, pl.Now()) {
				d = settled(c.ID, link, todo)
			}
		}
		d.Change.Payload.todo = todo
		d.Change.Payload.lookedBefore = link.Waiting || slices.Contains(pl.request.Retry, key(c.ID))
		pl.out.Notes = append(pl.out.Notes, d.Change.Payload.notes...)
		d.AddTo(pl.out, key(c.ID))
		if pl.request.Keys != nil && d.Why.Reason != "" {
			d.Why.Key = key(c.ID)
			pl.out.Whys = append(pl.out.Whys, d.Why)
		}
	}
	pl.batch = pl.batch[:0]
	return nil
}

// again reports whether a supplier is written even if it is as it was last written: if a person asks for it, it failed
// before, or the company has changed since. A name that was changed and changed back can have reached Ongoing in
// between, with an article. The daily comparison does not write again, because suppliers cannot be read back.
func (pl *planning) again(c office24.Company, link state.SupplierLink) bool {
	changed := !link.Waiting && !link.ChangedAt.IsZero() && c.DateChanged.After(link.ChangedAt)
	return changed || pl.request.Full || slices.Contains(pl.request.Retry, key(c.ID))
}

// allCarriers returns the products whose articles can carry the suppliers of a batch, those with the lowest ids, so
// that they are the same in every run. Those of a supplier that waits, and that no article has named since, are read
// first, in one call for all: if 24SevenOffice did not return the product because it was deleted, the supplier goes on
// waiting.
func (pl *planning) allCarriers(
	ctx context.Context, links map[int]state.SupplierLink,
) (map[office24.CompanyID][]office24.ProductID, error) {
	if !pl.known.indexed {
		return pl.known.carriers, nil
	}
	all, doubted := map[office24.CompanyID][]office24.ProductID{}, map[office24.CompanyID]bool{}
	var toRead []office24.ProductID
	for _, c := range pl.batch {
		link, todo := links[int(c.ID)], pl.known.todos[int(c.ID)]
		if !pl.needsCarriers(c, link, todo) {
			continue
		}
		ids, err := pl.State.Carriers(ctx, int(c.ID), maxCarriers)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			all[c.ID] = append(all[c.ID], office24.ProductID(id))
		}
		if link.Waiting && !todo.Named && !pl.again(c, link) {
			doubted[c.ID] = true
			toRead = append(toRead, all[c.ID]...)
		}
	}
	read := carriers{process: pl.process, known: map[office24.ProductID]carrier{}}
	if err := read.read(ctx, toRead...); err != nil && !errclass.Is(err, errclass.Rejected) {
		return nil, err
	}
	for id := range doubted {
		all[id] = slices.DeleteFunc(all[id], func(p office24.ProductID) bool { return !read.canCarry(p, id) })
	}
	return all, nil
}

// needsCarriers reports whether it has to be known what can carry a supplier. It decides nothing if the supplier is as
// it was written, if the company was never a supplier, or if it waits, no product has been added, and there is no other
// reason for a look: a change of the company, a person who names it, or the daily comparison.
func (pl *planning) needsCarriers(c office24.Company, link state.SupplierLink, todo state.SupplierTodo) bool {
	address, _ := articles.SupplierAddress(c, pl.Settings.DefaultCountry)
	switch {
	case todo.Named, pl.again(c, link):
		return true
	case link.Waiting:
		return pl.request.Verify || pl.request.Keys != nil || !c.DateChanged.Before(pl.request.Since)
	default:
		isSupplier := c.Type == office24.CompanySupplier || link.CompanyID != 0
		return isSupplier && link.Fingerprint != plan.Fingerprint(address)
	}
}
