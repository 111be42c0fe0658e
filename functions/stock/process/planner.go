package process

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// A planner makes the plan of one run: a sweep over the articles, or a part of one.
type planner struct {
	*process
	plan  plan.Plan[comparison]
	full  bool              // all articles are compared, not only those that changed
	from  ongoing.ArticleID // where an interrupted sweep resumes
	since time.Time         // changes since then are compared, unless full
	began time.Time         // when the sweep began, possibly in an earlier run
	limit int               // how many changes are planned
	seen  map[ongoing.ArticleID]bool
	// compared are the keys that compareKeys was given and has compared.
	compared map[string]bool
	// productByArticle is read from all links when it is first needed; nil until then.
	productByArticle map[ongoing.ArticleID]office24.ProductID
	// withoutProduct and withoutQuantity are numbers of articles that could not be compared.
	withoutProduct, withoutQuantity []string
}

// newPlanner decides what is compared: what changed, everything, or the rest of an interrupted sweep. A run with a
// "since" in its event does not resume a sweep.
func (p *process) newPlanner(req runner.PlanRequest) (*planner, error) {
	now := p.Now().UTC()
	pl := &planner{
		process: p, since: req.Since, began: now, seen: map[ongoing.ArticleID]bool{}, compared: map[string]bool{},
		// The brake must see at least as many changes as its minimum.
		limit: max(p.maxWrites, p.Settings.Stock.BrakeMinimum),
	}
	at, err := parsePlace(req.Cursor.Place)
	if err != nil {
		return pl, err
	}
	sinceGiven := !req.Since.IsZero() && !req.Since.Equal(req.Cursor.Since.Add(-runner.Overlap))
	tooOld := req.Since.IsZero() || now.Sub(req.Since) > maxLookback
	if at.next > 0 && !req.Full && !sinceGiven && now.Sub(at.began) < maxLookback && (at.full || !tooOld) {
		pl.from, pl.began, pl.full = at.next, at.began, at.full
	} else {
		sweepDue := now.Sub(req.Cursor.FullSweepAt) >= p.Settings.Stock.FullSweep
		pl.full = req.Full || tooOld || !sinceGiven && sweepDue
	}
	if pl.full {
		pl.since = time.Time{}
	}
	return pl, nil
}

// compareKeys compares the articles of certain products: a person named them, or they failed before.
func (pl *planner) compareKeys(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	var ids []int
	for _, k := range keys {
		if id, err := strconv.Atoi(k); err == nil {
			ids = append(ids, id)
		}
	}
	links, err := pl.State.Articles(ctx, ids)
	if err != nil {
		return err
	}
	numbers := []string{}
	for _, l := range links {
		numbers = append(numbers, l.ArticleNumber)
	}
	for _, q := range []ongoing.ArticleQuery{{ProductCodes: keys}, {Numbers: numbers}} {
		for batch, err := range batches(pl.unseen(pl.Ongoing.Articles(ctx, q)), batchSize) {
			if err != nil {
				return err
			}
			compared, err := pl.compare(ctx, batch)
			if err != nil {
				return err
			}
			for _, c := range compared {
				if slices.Contains(keys, key(c.product)) {
					pl.compared[key(c.product)] = true
					pl.add(c)
				}
			}
		}
	}
	return nil
}

// sweep compares the articles from the sweep's place until the plan is full or the quota is low.
func (pl *planner) sweep(ctx context.Context) error {
	pl.plan.Sweep = plan.Sweep{Full: pl.full, Began: pl.began}
	query := ongoing.ArticleQuery{StockChangedFrom: pl.since, From: pl.from}
	for batch, err := range batches(pl.unseen(pl.Ongoing.Articles(ctx, query)), batchSize) {
		if err != nil {
			return err
		}
		compared, err := pl.compare(ctx, batch)
		if err != nil {
			return err
		}
		low := pl.quotaLow()
		for _, c := range compared {
			if c.differs() && (low || len(pl.plan.Changes) >= pl.limit) {
				pl.plan.Partial = true
				pl.plan.Sweep.Place = place{next: c.article, began: pl.began, full: pl.full}.String()
				return nil
			}
			pl.add(c)
		}
	}
	return nil
}

// quotaLow reports whether the calls that 24SevenOffice still allows in this hour are needed for other things.
func (pl *planner) quotaLow() bool {
	remaining, _, known := pl.Office24.Quota()
	return known && remaining < quotaReserve
}

// unseen leaves out articles that were compared already.
func (pl *planner) unseen(articles iter.Seq2[ongoing.Article, error]) iter.Seq2[ongoing.Article, error] {
	return func(yield func(ongoing.Article, error) bool) {
		for a, err := range articles {
			if err == nil && pl.seen[a.ID] {
				continue
			}
			pl.seen[a.ID] = true
			if !yield(a, err) {
				return
			}
		}
	}
}

// add adds a comparison to the plan.
func (pl *planner) add(c comparison) {
	pl.plan.Compared++
	if !c.differs() {
		pl.plan.Unchanged++
		return
	}
	old := ""
	if c.stock != nil {
		old = c.stock.String()
	}
	pl.plan.Changes = append(pl.plan.Changes, plan.Change[comparison]{
		Key: key(c.product), Action: plan.Update, Payload: c,
		Fields:      []plan.Field{{Field: "Stock", Old: old, New: c.quantity.String()}},
		Fingerprint: plan.Fingerprint(c.quantity),
	})
}

// compare compares a batch of articles with their products. It returns the comparisons by article id.
func (pl *planner) compare(ctx context.Context, articles []ongoing.Article) ([]comparison, error) {
	pending, err := pl.articleSides(ctx, articles)
	if err != nil {
		return nil, err
	}
	var compared []comparison
	ids := slices.AppendSeq([]office24.ProductID{}, maps.Keys(pending)) // not nil, which would mean all
	slices.Sort(ids)
	for product, err := range pl.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, stockProperties()...) {
		c, wanted := pending[product.ID]
		switch {
		case errclass.Is(err, errclass.Rejected) && product.ID != 0:
			pl.plan.Refuse(key(product.ID), "", err)
		case err != nil:
			return nil, err
		case !wanted:
			continue
		case !stockControlled(product):
			pl.plan.Skipped++
		default:
			c.stock = product.Stock
			compared = append(compared, c)
		}
		delete(pending, product.ID)
	}
	for _, c := range pending {
		pl.withoutProduct = append(pl.withoutProduct, c.number) // its product is gone
	}
	slices.SortFunc(compared, func(a, b comparison) int { return cmp.Compare(a.article, b.article) })
	return compared, nil
}

// articleSides fills in the articles' sides of the comparisons: the product, and the quantity that it should have.
func (pl *planner) articleSides(
	ctx context.Context, articles []ongoing.Article,
) (map[office24.ProductID]comparison, error) {
	pl.plan.Read += len(articles)
	stocked := slices.DeleteFunc(slices.Clone(articles), func(a ongoing.Article) bool { return !hasStock(a) })
	pl.plan.Skipped += len(articles) - len(stocked)
	products, err := pl.matchProducts(ctx, stocked)
	if err != nil {
		return nil, err
	}
	if err := pl.readPicked(ctx, stocked); err != nil {
		return nil, err
	}
	sides := map[office24.ProductID]comparison{}
	for _, a := range stocked {
		product, matched := products[a.ID]
		quantity, known := stockQuantity(a, pl.picked.byArticle[a.ID], pl.Settings)
		switch {
		case matched && product == refusedProduct:
		case !matched:
			pl.withoutProduct = append(pl.withoutProduct, a.Number)
		case !known:
			pl.withoutQuantity = append(pl.withoutQuantity, a.Number)
		default:
			sides[product] = comparison{
				product: product, article: a.ID, number: a.Number, quantity: quantity, readAt: pl.Now(),
			}
		}
	}
	return sides, nil
}

// addNotes names in the run record what could not be compared.
func (pl *planner) addNotes() {
	pl.addNote(pl.withoutProduct, "articles without a product in 24SevenOffice, left alone")
	pl.addNote(pl.withoutQuantity, "articles without a quantity in Ongoing, left alone")
}

func (pl *planner) addNote(numbers []string, problem string) {
	if len(numbers) > 0 {
		pl.plan.Skipped += len(numbers)
		slices.Sort(numbers)
		note := fmt.Sprintf("%d %s: %s", len(numbers), problem, listFirst(numbers))
		pl.plan.Notes = append(pl.plan.Notes, note)
	}
}

// batches groups a sequence. It ends with an error if the sequence does.
func batches[T any](seq iter.Seq2[T, error], size int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var batch []T
		for v, err := range seq {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, v); len(batch) == size {
				if !yield(batch, nil) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}
