package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

const (
	// furthest is how far back a search by change of stock is asked for; Ongoing refuses more than 24 hours.
	furthest = 23 * time.Hour
	// batch is how many articles are compared at once.
	batch = 500
	// maxWrites is how many quantities a run plans. 24SevenOffice allows 7,200 calls an hour for all processes of a
	// customer (vendor's FAQ); four runs an hour with up to three calls a write stay below.
	maxWrites = 500
	// stale is the age at which what a plan has read is read again before it is written.
	stale = time.Minute
)

type process struct{ lambdahost.Customer }

// An entry is one quantity to be written.
type entry struct {
	product office24.ProductID
	article ongoing.ArticleID
	number  string // the article's, for people
	figure  number.Decimal
	stock   *number.Decimal // what 24SevenOffice holds; nil if it does not say
	foreign number.Decimal
	readAt  time.Time
}

// Plan compares the articles whose stock changed, or all of them, with the products' stock.
func (p *process) Plan(ctx context.Context, ask runner.Ask) (plan.Plan[entry], error) {
	s, err := p.sweep(ask)
	if err != nil {
		return s.plan, err
	}
	for chunk, err := range chunks(p.articles(ctx, ask, s), batch) {
		if err != nil {
			return s.plan, err
		}
		if err := s.compare(ctx, chunk); err != nil {
			return s.plan, err
		}
		if len(s.plan.Changes) >= maxWrites {
			s.plan.Partial = true
			s.plan.Sweep.Place = place{next: int(chunk[len(chunk)-1].ID) + 1, began: s.began, full: s.full}.String()
			break
		}
	}
	s.plan.Sweep.Full, s.plan.Sweep.Began = s.full, s.began
	s.note()
	return s.plan, nil
}

// A survey is one sweep, or a part of it.
type survey struct {
	*process
	plan    plan.Plan[entry]
	full    bool
	from    int // the article id where a sweep that was interrupted goes on
	since   time.Time
	began   time.Time
	foreign map[ongoing.ArticleID]number.Decimal // nil until it is needed
	// unmatched are the numbers of articles without a product, silent those without a figure.
	unmatched, silent []string
}

// sweep decides what is compared: what changed, everything, or the rest of an interrupted sweep.
func (p *process) sweep(ask runner.Ask) (*survey, error) {
	now := p.Now().UTC()
	s := &survey{process: p, since: ask.Since, began: now}
	if ask.Keys != nil {
		return s, nil
	}
	if at, err := parsePlace(ask.Cursor.Place); err != nil {
		return s, err
	} else if at.next > 0 && !ask.Full && now.Sub(at.began) < furthest {
		s.from, s.began, s.full = at.next, at.began, at.full
	} else {
		s.full = ask.Full || ask.Since.IsZero() || now.Sub(ask.Since) > furthest ||
			now.Sub(ask.Cursor.FullSweepAt) >= p.Settings.Stock.FullSweep
	}
	if s.full {
		s.since = time.Time{}
	}
	return s, nil
}

// articles is what is compared.
func (p *process) articles(ctx context.Context, ask runner.Ask, s *survey) iter.Seq2[ongoing.Article, error] {
	if ask.Keys != nil {
		return p.Ongoing.Articles(ctx, ongoing.ArticleQuery{ProductCodes: ask.Keys})
	}
	return func(yield func(ongoing.Article, error) bool) {
		if len(ask.Retry) > 0 && !s.full {
			for a, err := range p.Ongoing.Articles(ctx, ongoing.ArticleQuery{ProductCodes: ask.Retry}) {
				if !yield(a, err) {
					return
				}
			}
		}
		for a, err := range p.Ongoing.Articles(ctx, ongoing.ArticleQuery{StockChangedFrom: s.since, From: ongoing.ArticleID(s.from)}) {
			if (s.full || !slices.Contains(ask.Retry, a.ProductCode)) && !yield(a, err) {
				return
			}
		}
	}
}

// compare holds a batch of articles against the products.
func (s *survey) compare(ctx context.Context, articles []ongoing.Article) error {
	entries, err := s.match(ctx, articles)
	if err != nil || len(entries) == 0 {
		return err
	}
	ids := make([]office24.ProductID, 0, len(entries))
	for id := range entries {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for product, err := range s.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, stockProperties()...) {
		e, asked := entries[product.ID]
		switch {
		case fault.Is(err, fault.Rejected) && product.ID != 0:
			s.plan.Refuse(key(product.ID), "", err)
		case err != nil:
			return err
		case !asked:
			continue
		case !stockControlled(product):
			s.plan.Skipped++
		default:
			s.decide(e, product)
		}
		delete(entries, product.ID)
	}
	for _, e := range entries {
		s.unmatched = append(s.unmatched, e.number) // its product is gone
	}
	return nil
}

func stockProperties() []string { return []string{"Id", "Stock", "StatusId", "StockControlled"} }

// stockControlled tells whether the product's stock means anything. What 24SevenOffice does not say counts as yes.
func stockControlled(p office24.Product) bool {
	return (p.StockControlled == nil || *p.StockControlled) && (p.StatusID == nil || *p.StatusID != 0)
}

func (s *survey) decide(e entry, product office24.Product) {
	s.plan.Compared++
	if e.stock = product.Stock; e.stock != nil && e.stock.Equal(e.figure) {
		s.plan.Unchanged++
		return
	}
	old := ""
	if e.stock != nil {
		old = e.stock.String()
	}
	s.plan.Changes = append(s.plan.Changes, plan.Change[entry]{Key: key(e.product), Action: plan.Update, Body: e,
		Fields:      []plan.Field{{Field: "Stock", Old: old, New: e.figure.String()}},
		Fingerprint: plan.Fingerprint(e.figure)})
}

// match finds the products of the articles and works out their figures.
func (s *survey) match(ctx context.Context, articles []ongoing.Article) (map[office24.ProductID]entry, error) {
	entries := map[office24.ProductID]entry{}
	products, err := s.products(ctx, articles)
	if err != nil {
		return nil, err
	}
	if err := s.readForeign(ctx, articles); err != nil {
		return nil, err
	}
	for _, a := range articles {
		s.plan.Read++
		id, matched := products[a.ID]
		f, known := figure(a, s.foreign[a.ID], s.Settings)
		switch {
		case !hasStock(a):
			s.plan.Skipped++
		case !matched:
			s.unmatched = append(s.unmatched, a.Number)
		case !known:
			s.silent = append(s.silent, a.Number)
		case entries[id].product != 0:
			s.plan.Refuse(key(id), "", fault.New(fault.Rejected, "", "articles %s and %s both belong to product %d; remove the product code of one of them",
				entries[id].number, a.Number, id))
			delete(entries, id)
		default:
			entries[id] = entry{product: id, article: a.ID, number: a.Number, figure: f, foreign: s.foreign[a.ID], readAt: s.Now()}
		}
	}
	return entries, nil
}

// products names each article's product: by the product code, which must not contradict the link, else by the link.
func (s *survey) products(ctx context.Context, articles []ongoing.Article) (map[ongoing.ArticleID]office24.ProductID, error) {
	found := map[ongoing.ArticleID]office24.ProductID{}
	var ids []int
	uncoded := false
	for _, a := range articles {
		if id, err := strconv.Atoi(a.ProductCode); err == nil && id > 0 {
			found[a.ID] = office24.ProductID(id)
			ids = append(ids, id)
		} else if hasStock(a) {
			uncoded = true
		}
	}
	links, err := s.State.Articles(ctx, ids)
	if err != nil {
		return nil, err
	}
	for article, product := range found {
		if l, linked := links[int(product)]; linked && l.ArticleID != 0 && l.ArticleID != int(article) {
			delete(found, article) // a copy that kept the code; the product's article is another one
		}
	}
	if !uncoded {
		return found, nil
	}
	for l, err := range s.State.EachArticle(ctx) {
		if err != nil {
			return nil, err
		}
		for _, a := range articles {
			if int(a.ID) == l.ArticleID && a.ID != 0 {
				found[a.ID] = office24.ProductID(l.ProductID)
			}
		}
	}
	return found, nil
}

// readForeign looks up the unreported picks that are not ours, once in a run and only if there are picks at all.
func (s *survey) readForeign(ctx context.Context, articles []ongoing.Article) error {
	picks := slices.ContainsFunc(articles, func(a ongoing.Article) bool { return value(a.Inventory.Reported.Picked).Sign() > 0 })
	if s.foreign != nil || !picks || !s.Settings.Shipments.Enabled {
		return nil
	}
	var open []ongoing.Order
	for o, err := range s.Ongoing.Orders(ctx, ongoing.OrderQuery{ToReport: true}) {
		if err != nil {
			return err
		}
		open = append(open, o)
	}
	ours, err := orders.Ours(ctx, s.State, open, s.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return err
	}
	s.foreign = foreignPicks(open, func(id ongoing.OrderID) bool { _, is := ours[id]; return is })
	return nil
}

// note names what could not be compared.
func (s *survey) note() {
	for text, numbers := range map[string][]string{
		"articles without a product in 24SevenOffice, left alone":  s.unmatched,
		"articles whose quantity Ongoing does not say, left alone": s.silent,
	} {
		if len(numbers) > 0 {
			s.plan.Skipped += len(numbers)
			slices.Sort(numbers)
			s.plan.Notes = append(s.plan.Notes, fmt.Sprintf("%d %s: %s", len(numbers), text, some(numbers)))
		}
	}
	slices.Sort(s.plan.Notes)
}

// Apply writes one quantity. What was read a while ago is read again: in the meantime shipments may have moved the
// stock on both sides.
//
// The quantity is absolute. A crash behind the write leaves it written, and the next run finds the two equal.
func (p *process) Apply(ctx context.Context, c plan.Change[entry]) error {
	e := c.Body
	if p.Now().Sub(e.readAt) > stale {
		var done bool
		var err error
		if e, done, err = p.again(ctx, e); err != nil || done {
			return err
		}
	}
	return p.Office24.SetStockQuantity(ctx, e.product, e.figure)
}

// again reads both sides of an entry anew; done tells that they have become equal.
func (p *process) again(ctx context.Context, e entry) (entry, bool, error) {
	a, err := p.Ongoing.Article(ctx, e.article)
	if errors.Is(err, ongoing.ErrNotFound) {
		return e, false, fault.New(fault.Conflict, "", "article %s is gone from Ongoing", e.number)
	} else if err != nil {
		return e, false, err
	}
	f, known := figure(a, e.foreign, p.Settings)
	if !known || !hasStock(a) {
		return e, false, fault.New(fault.Conflict, "", "article %s has no quantity any more", e.number)
	}
	e.figure = f
	for product, err := range p.Office24.Products(ctx, office24.ProductSearch{IDs: []office24.ProductID{e.product}}, stockProperties()...) {
		if err != nil {
			return e, false, err
		}
		return e, product.Stock != nil && product.Stock.Equal(f), nil
	}
	return e, false, fault.New(fault.Conflict, "", "product %d is gone from 24SevenOffice", e.product)
}

func key(id office24.ProductID) string { return strconv.Itoa(int(id)) }

// A place is where a sweep goes on: from an article id, having begun at a moment. It is stored as
// "full 90311 2026-11-01T00:00:00Z".
type place struct {
	next  int
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
	var p place
	parts := strings.Fields(s)
	if len(parts) == 3 {
		next, errNext := strconv.Atoi(parts[1])
		began, errBegan := time.Parse(time.RFC3339, parts[2])
		p = place{next, began, parts[0] == "full"}
		if errNext == nil && errBegan == nil {
			return p, nil
		}
	}
	return p, fault.New(fault.Defect, "", "the place %q in the stock cursor cannot be read", s)
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
