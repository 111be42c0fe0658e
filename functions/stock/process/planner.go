package process

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/english"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// A planner makes the plan of one run: a sweep over the articles, or a part of one. The plan is that of the present
// part.
type planner struct {
	*process
	plan plan.Plan[comparison]
	full bool // all articles are compared, not only those that changed
	// sweeping: articles come from the sweep, not because a key names them.
	sweeping bool
	from     ongoing.ArticleID // where the sweep resumes
	unswept  bool              // the sweep has not come to its end
	since    time.Time         // changes since then are compared, unless full
	began    time.Time         // when the sweep began, possibly in an earlier run
	seen     map[ongoing.ArticleID]bool
	// settled are the keys of products that were compared, are out of scope, or whose article is gone; before are those
	// of earlier parts.
	settled, before map[string]bool
	// differing are the comparisons to be written, unless the brake holds them. rest are those that the brake has let
	// through and that have no room in this part.
	differing, rest []comparison
	// part and earlier are what the brake judges, of this part and of the parts before it.
	part, earlier tally
	quotaSpent    bool
	// held are the products that the brake held in earlier runs; nil until they are read.
	held map[string]bool
	// all are all links, if they were read. doubted are links whose articles may be gone.
	all     allLinks
	doubted []state.ArticleLink
	// toIndex: links are missing in the index of articles.
	toIndex bool
	// emptyBefore: the last run has found no product at all.
	emptyBefore bool
	// These name articles that could not be compared, for the notes.
	withoutProduct, withoutQuantity, conflicts, changed []string
}

// newPlanner decides what is compared: what changed, everything, or the rest of an interrupted sweep. A run with a
// "since" in its event does not resume a sweep.
func (p *process) newPlanner(req runner.PlanRequest) (*planner, error) {
	now := p.Now().UTC()
	pl := &planner{
		process: p, since: req.Since, began: now, seen: map[ongoing.ArticleID]bool{}, settled: map[string]bool{},
		before: map[string]bool{}, all: allLinks{byArticle: map[ongoing.ArticleID][]int{}},
		emptyBefore: !req.Cursor.EmptyAt.IsZero(),
	}
	at, err := parsePlace(req.Cursor.Place)
	if err != nil {
		return pl, err
	}
	sinceGiven := !req.Since.IsZero() && !req.Since.Equal(req.Cursor.Since.Add(-runner.Overlap))
	tooOld := req.Since.IsZero() || now.Sub(req.Since) > maxLookback
	goesOn := at.next > 0 && now.Sub(at.began) < maxLookback && (at.full || !tooOld)
	if goesOn && !req.Full && !req.Verify && !sinceGiven {
		pl.from, pl.began, pl.full = at.next, at.began, at.full
	} else {
		sweepDue := now.Sub(req.Cursor.FullSweepAt) >= p.Settings.Stock.FullSweep
		pl.full = req.Full || req.Verify || tooOld || !sinceGiven && sweepDue
	}
	if pl.full {
		pl.since = time.Time{}
	}
	return pl, nil
}

// compareKeys compares the articles of certain products: a person named them, or they failed before. It doubts the
// links of those whose articles it does not find.
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
		for batch, err := range batches(pl.unseen(pl.Ongoing.Articles(ctx, q)), pl.batchSize) {
			if err != nil {
				return err
			}
			compared, err := pl.compare(ctx, batch)
			if err != nil {
				return err
			}
			for _, c := range compared {
				if slices.Contains(keys, key(c.product)) {
					pl.add(c)
				}
			}
		}
	}
	for _, l := range links {
		if l.ArticleID != 0 && !pl.seen[ongoing.ArticleID(l.ArticleID)] {
			pl.doubted = append(pl.doubted, l)
		}
	}
	return nil
}

// beginPart makes room for the next part of the plan.
func (pl *planner) beginPart() {
	pl.plan = plan.Plan[comparison]{Sweep: plan.Sweep{Full: pl.full, Began: pl.began}}
	maps.Copy(pl.before, pl.settled)
	pl.settled, pl.differing, pl.doubted = map[string]bool{}, nil, nil
	pl.earlier, pl.part = pl.earlier.plus(pl.part), tally{}
	pl.withoutProduct, pl.withoutQuantity, pl.conflicts, pl.changed = nil, nil, nil, nil
}

// sweep compares the articles from the sweep's place until the part is full or the quota is low.
func (pl *planner) sweep(ctx context.Context) error {
	pl.plan.Sweep, pl.sweeping = plan.Sweep{Full: pl.full, Began: pl.began}, true
	from, last, writes := pl.from, ongoing.ArticleID(0), 0
	pl.unswept = false
	query := ongoing.ArticleQuery{StockChangedFrom: pl.since, From: from}
	for batch, err := range batches(pl.unseen(pl.Ongoing.Articles(ctx, query)), pl.batchSize) {
		if err != nil {
			return err
		}
		compared, err := pl.compare(ctx, batch)
		if err != nil {
			return err
		}
		low := pl.quotaLow()
		for _, c := range compared {
			if low && c.differs() {
				pl.quotaSpent, pl.unswept, pl.from = true, true, c.article.ID
				break
			}
			if c.differs() && !c.empties() { // the brake has to see all that would become empty
				writes++
			}
			c.swept = true
			pl.add(c)
		}
		last = batch[len(batch)-1].ID
		if !pl.unswept && writes >= pl.maxWrites {
			pl.unswept, pl.from = true, last+1
		}
		if pl.unswept {
			break
		}
	}
	if !pl.unswept {
		last = 0
	}
	if !pl.full {
		return nil
	}
	return pl.missed(ctx, from, last)
}

// addNext says how the plan goes on after the changes of this part: with those that have no room in it, and with the
// rest of the sweep. While the brake holds a plan or the quota is low, it goes on in the next run.
func (pl *planner) addNext(braking bool) {
	at := pl.from
	if len(pl.rest) > 0 {
		at = pl.rest[0].article.ID
	}
	if len(pl.rest) == 0 && !pl.unswept {
		return
	}
	pl.plan.Partial = true
	pl.plan.Sweep.Place = place{next: at, began: pl.began, full: pl.full}.String()
	if !braking && !pl.quotaSpent {
		pl.plan.Next = pl.next
	}
}

// quotaLow reports whether the calls that 24SevenOffice still allows in this hour are needed for other things.
func (pl *planner) quotaLow() bool {
	remaining, _, known := pl.Office24.Quota()
	return known && remaining < quotaReserve
}

// unseen leaves out articles that were compared already, and refuses those that cannot be read.
func (pl *planner) unseen(articles iter.Seq2[ongoing.Article, error]) iter.Seq2[ongoing.Article, error] {
	return func(yield func(ongoing.Article, error) bool) {
		for a, err := range articles {
			unreadable := errors.Is(err, ongoing.ErrUnreadable)
			if (err == nil || unreadable) && pl.seen[a.ID] {
				continue
			}
			pl.seen[a.ID] = true
			if unreadable {
				pl.refuseUnreadable(a)
				continue
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// refuseUnreadable refuses the product of an article that cannot be read, if its code names one.
func (pl *planner) refuseUnreadable(a ongoing.Article) {
	pl.plan.Read++
	if id, ok := articles.ProductCode(a.ProductCode); ok {
		pl.plan.Refuse(key(id), "", a.Unreadable)
	} else {
		pl.plan.Skipped++
		pl.plan.Notes = append(pl.plan.Notes, a.Unreadable.Error())
	}
}

// add adds a comparison to what was compared.
func (pl *planner) add(c comparison) {
	pl.plan.Compared++
	pl.settled[key(c.product)] = true
	if c.hasStock() {
		pl.part.inStock++
	}
	if c.differs() {
		pl.differing = append(pl.differing, c)
	} else {
		pl.plan.Unchanged++
	}
}

// compare compares a batch of articles with their products. It returns the comparisons by article id.
func (pl *planner) compare(ctx context.Context, batch []ongoing.Article) ([]comparison, error) {
	pl.plan.Read += len(batch)
	candidates, err := pl.candidates(ctx, pl.stocked(batch))
	if err != nil {
		return nil, err
	}
	var compared []comparison
	ids := slices.AppendSeq([]office24.ProductID{}, maps.Keys(candidates)) // not nil, which would mean all
	slices.Sort(ids)
	for product, err := range pl.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, stockProperties()...) {
		found, wanted := candidates[product.ID]
		switch {
		case errclass.Is(err, errclass.Rejected) && product.ID != 0:
			pl.plan.Refuse(key(product.ID), "", err)
		case err != nil:
			return nil, err
		case !wanted:
			continue
		case !stockControlled(product):
			pl.plan.Skipped += len(found)
			pl.settled[key(product.ID)] = true
		default:
			for _, c := range found {
				if c.stock = product.Stock; agrees(c.article, product, c.link) {
					compared = append(compared, c)
				} else {
					pl.disagree(c.article, product, c.link)
				}
			}
		}
		delete(candidates, product.ID)
	}
	if len(candidates) == len(ids) {
		if err := pl.believeNoneFound(ctx, candidates); err != nil {
			return nil, err
		}
	}
	for _, gone := range candidates {
		for _, c := range gone {
			pl.withoutProduct = append(pl.withoutProduct, c.article.Number)
		}
	}
	slices.SortFunc(compared, func(a, b comparison) int { return cmp.Compare(a.article.ID, b.article.ID) })
	err = pl.fillQuantities(ctx, compared)
	return slices.DeleteFunc(compared, func(c comparison) bool {
		if c.problem != nil {
			pl.plan.Refuse(key(c.product), "", c.problem)
		}
		return c.problem != nil
	}), err
}

// believeNoneFound is for an answer with none of the products asked for, which can come from an outage. If one of them
// was there before, because it is linked or has failed, the answer is believed if a list of all products has others and
// none of these, or if a second look finds no product at all, either.
func (pl *planner) believeNoneFound(ctx context.Context, missing map[office24.ProductID][]comparison) error {
	wasThere := false
	for id, cs := range missing {
		wasThere = wasThere || cs[0].link.ArticleID != 0 || slices.Contains(pl.retried, key(id))
	}
	if !wasThere {
		return nil
	}
	others := false
	all := office24.ProductSearch{ChangedAfter: office24.ChangedAfter(time.Time{})}
	for product, err := range pl.Office24.Products(ctx, all, "Id") {
		switch {
		case err != nil && !errclass.Is(err, errclass.Rejected):
			return err
		case missing[product.ID] != nil:
			return errclass.New(errclass.Transient, "",
				"24SevenOffice did not return products that it returned before; its answer is not used")
		}
		others = true
	}
	if !others && !pl.emptyBefore {
		pl.plan.Doubted = true
		pl.plan.Notes = append(pl.plan.Notes,
			"24SevenOffice has no product at all; this is believed if the next run finds none, either")
	}
	return nil
}

// stocked returns the articles that have a stock to compare.
func (pl *planner) stocked(batch []ongoing.Article) []ongoing.Article {
	var stocked []ongoing.Article
	for _, a := range batch {
		if !hasStock(a) {
			pl.plan.Skipped++
			if id, ok := articles.ProductCode(a.ProductCode); ok {
				pl.settled[key(id)] = true
			}
		} else if _, known := baseQuantity(a, pl.Settings); !known {
			pl.withoutQuantity = append(pl.withoutQuantity, a.Number)
		} else {
			stocked = append(stocked, a)
		}
	}
	return stocked
}

// addNotes names in the run record what could not be compared.
func (pl *planner) addNotes() {
	pl.addNote(pl.withoutProduct, "without a product in 24SevenOffice, left alone")
	pl.addNote(pl.withoutQuantity, "without a quantity in Ongoing, left alone")
	pl.addNote(pl.conflicts,
		"whose product code and number point to different products; the stock of both is left alone")
	pl.addNote(pl.changed, "whose number or product code somebody has changed in Ongoing, left alone until "+
		"the process articles has written them again")
}

func (pl *planner) addNote(numbers []string, problem string) {
	if len(numbers) > 0 {
		pl.plan.Skipped += len(numbers)
		slices.Sort(numbers)
		note := english.Count(len(numbers), "article") + " " + problem + ": " + listFirst(numbers)
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
