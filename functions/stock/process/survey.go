package process

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// A survey is one sweep, or a part of it, and the plan that comes of it.
type survey struct {
	*process
	plan  plan.Plan[entry]
	full  bool
	from  ongoing.ArticleID // where a sweep that was interrupted goes on
	since time.Time
	began time.Time
	// limit is how many writes are planned. The brake must be able to see as many as it waits for.
	limit int
	seen  map[ongoing.ArticleID]bool
	// linked are the products by their articles' links; nil until it is needed.
	linked map[ongoing.ArticleID]office24.ProductID
	// unmatched are the numbers of articles without a product, silent those without a figure.
	unmatched, silent []string
}

// survey decides what is compared: what changed, everything, or the rest of an interrupted sweep. A moment that a person
// names begins anew.
func (p *process) survey(ask runner.PlanRequest) (*survey, error) {
	now := p.Now().UTC()
	s := &survey{process: p, since: ask.Since, began: now, limit: max(p.writes, p.Settings.Stock.BrakeMinimum), seen: map[ongoing.ArticleID]bool{}}
	at, err := parsePlace(ask.Cursor.Place)
	if err != nil {
		return s, err
	}
	named := !ask.Since.IsZero() && !ask.Since.Equal(ask.Cursor.Since.Add(-runner.Overlap))
	tooOld := ask.Since.IsZero() || now.Sub(ask.Since) > furthest
	if at.next > 0 && !ask.Full && !named && now.Sub(at.began) < furthest && (at.full || !tooOld) {
		s.from, s.began, s.full = at.next, at.began, at.full
	} else {
		s.full = ask.Full || tooOld || !named && now.Sub(ask.Cursor.FullSweepAt) >= p.Settings.Stock.FullSweep
	}
	if s.full {
		s.since = time.Time{}
	}
	return s, nil
}

// named compares the articles of products that are named, by a person or because they failed before.
func (s *survey) named(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	var ids []int
	for _, k := range keys {
		if id, err := strconv.Atoi(k); err == nil {
			ids = append(ids, id)
		}
	}
	links, err := s.State.Articles(ctx, ids)
	if err != nil {
		return err
	}
	numbers := []string{}
	for _, l := range links {
		numbers = append(numbers, l.ArticleNumber)
	}
	for _, q := range []ongoing.ArticleQuery{{ProductCodes: keys}, {Numbers: numbers}} {
		for chunk, err := range chunks(s.fresh(s.Ongoing.Articles(ctx, q)), batch) {
			if err != nil {
				return err
			}
			compared, err := s.compare(ctx, chunk)
			if err != nil {
				return err
			}
			for _, c := range compared {
				if slices.Contains(keys, key(c.product)) {
					s.take(c)
				}
			}
		}
	}
	return nil
}

// sweep compares the articles from where the sweep stands, until the plan is full or 24SevenOffice has had enough.
func (s *survey) sweep(ctx context.Context) error {
	s.plan.Sweep = plan.Sweep{Full: s.full, Began: s.began}
	query := ongoing.ArticleQuery{StockChangedFrom: s.since, From: s.from}
	for chunk, err := range chunks(s.fresh(s.Ongoing.Articles(ctx, query)), batch) {
		if err != nil {
			return err
		}
		compared, err := s.compare(ctx, chunk)
		if err != nil {
			return err
		}
		exhausted := s.exhausted()
		for _, c := range compared {
			if c.differs() && (exhausted || len(s.plan.Changes) >= s.limit) {
				s.plan.Partial = true
				s.plan.Sweep.Place = place{next: c.article, began: s.began, full: s.full}.String()
				return nil
			}
			s.take(c)
		}
	}
	return nil
}

// exhausted tells whether the calls that 24SevenOffice allows in this hour are needed for other things.
func (s *survey) exhausted() bool {
	remaining, _, known := s.Office24.Quota()
	return known && remaining < reserve
}

// fresh leaves out articles that were compared already.
func (s *survey) fresh(articles iter.Seq2[ongoing.Article, error]) iter.Seq2[ongoing.Article, error] {
	return func(yield func(ongoing.Article, error) bool) {
		for a, err := range articles {
			if err == nil && s.seen[a.ID] {
				continue
			}
			s.seen[a.ID] = true
			if !yield(a, err) {
				return
			}
		}
	}
}

// differs tells whether 24SevenOffice holds another quantity, or none.
func (e entry) differs() bool { return e.stock == nil || !e.stock.Equal(e.figure) }

// take puts one comparison into the plan.
func (s *survey) take(e entry) {
	s.plan.Compared++
	if !e.differs() {
		s.plan.Unchanged++
		return
	}
	old := ""
	if e.stock != nil {
		old = e.stock.String()
	}
	s.plan.Changes = append(s.plan.Changes, plan.Change[entry]{Key: key(e.product), Action: plan.Update, Payload: e,
		Fields:      []plan.Field{{Field: "Stock", Old: old, New: e.figure.String()}},
		Fingerprint: plan.Fingerprint(e.figure)})
}

// compare holds a batch of articles against their products, and returns those of both, by article id.
func (s *survey) compare(ctx context.Context, articles []ongoing.Article) ([]entry, error) {
	entries, err := s.entries(ctx, articles)
	if err != nil {
		return nil, err
	}
	var compared []entry
	ids := slices.AppendSeq([]office24.ProductID{}, maps.Keys(entries)) // not nil, which would mean all
	slices.Sort(ids)
	for product, err := range s.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, stockProperties()...) {
		e, asked := entries[product.ID]
		switch {
		case errclass.Is(err, errclass.Rejected) && product.ID != 0:
			s.plan.Refuse(key(product.ID), "", err)
		case err != nil:
			return nil, err
		case !asked:
			continue
		case !stockControlled(product):
			s.plan.Skipped++
		default:
			e.stock = product.Stock
			compared = append(compared, e)
		}
		delete(entries, product.ID)
	}
	for _, e := range entries {
		s.unmatched = append(s.unmatched, e.number) // its product is gone
	}
	slices.SortFunc(compared, func(a, b entry) int { return cmp.Compare(a.article, b.article) })
	return compared, nil
}

// entries finds the products of the articles that have a stock, and works out their figures.
func (s *survey) entries(ctx context.Context, articles []ongoing.Article) (map[office24.ProductID]entry, error) {
	s.plan.Read += len(articles)
	stocked := slices.DeleteFunc(slices.Clone(articles), func(a ongoing.Article) bool { return !hasStock(a) })
	s.plan.Skipped += len(articles) - len(stocked)
	products, err := s.match(ctx, stocked)
	if err != nil {
		return nil, err
	}
	if err := s.readPicks(ctx, stocked); err != nil {
		return nil, err
	}
	entries := map[office24.ProductID]entry{}
	for _, a := range stocked {
		id, matched := products[a.ID]
		f, known := figure(a, s.picks.of[a.ID], s.Settings)
		switch {
		case matched && id == refused:
		case !matched:
			s.unmatched = append(s.unmatched, a.Number)
		case !known:
			s.silent = append(s.silent, a.Number)
		default:
			entries[id] = entry{product: id, article: a.ID, number: a.Number, figure: f, readAt: s.Now()}
		}
	}
	return entries, nil
}

// note names what could not be compared.
func (s *survey) note() {
	s.noteOf(s.unmatched, "articles without a product in 24SevenOffice, left alone")
	s.noteOf(s.silent, "articles whose quantity Ongoing does not say, left alone")
}

func (s *survey) noteOf(numbers []string, what string) {
	if len(numbers) > 0 {
		s.plan.Skipped += len(numbers)
		slices.Sort(numbers)
		s.plan.Notes = append(s.plan.Notes, fmt.Sprintf("%d %s: %s", len(numbers), what, some(numbers)))
	}
}

// A place is where a sweep goes on: from an article id, having begun at a moment. It is stored as
// "full 90311 2026-11-01T00:00:00Z".
type place struct {
	next  ongoing.ArticleID
	began time.Time
	full  bool
}

func (p place) String() string {
	kind := "changed"
	if p.full {
		kind = "full"
	}
	return fmt.Sprintf("%s %d %s", kind, p.next, p.began.Format(time.RFC3339))
}

func parsePlace(s string) (place, error) {
	if s == "" {
		return place{}, nil
	}
	if parts := strings.Fields(s); len(parts) == 3 {
		next, errNext := strconv.Atoi(parts[1])
		began, errBegan := time.Parse(time.RFC3339, parts[2])
		if errNext == nil && errBegan == nil {
			return place{ongoing.ArticleID(next), began, parts[0] == "full"}, nil
		}
	}
	return place{}, errclass.New(errclass.Defect, "", "the place %q in the stock cursor cannot be read", s)
}

// chunks groups a sequence; it ends with an error if the sequence does.
func chunks[T any](seq iter.Seq2[T, error], size int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var chunk []T
		for v, err := range seq {
			if err != nil {
				yield(nil, err)
				return
			}
			if chunk = append(chunk, v); len(chunk) == size {
				if !yield(chunk, nil) {
					return
				}
				chunk = nil
			}
		}
		if len(chunk) > 0 {
			yield(chunk, nil)
		}
	}
}
