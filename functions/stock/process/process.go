package process

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

const (
	// furthest is how far back a search by change of stock is asked for; Ongoing refuses more than 24 hours.
	furthest = 23 * time.Hour
	// batch is how many articles are compared at once.
	batch = 500
	// maxWrites is how many quantities a run plans. 24SevenOffice allows 7,200 calls an hour for all processes of a
	// customer (vendor's FAQ); four runs an hour with up to two calls a write stay below.
	maxWrites = 500
	// reserve is how many of these calls are left for what is planned already, and for orders and shipments: with fewer,
	// nothing further is planned.
	reserve = 1_000
	// stale is the age at which what was read is read again before it is used for a write.
	stale = time.Minute
)

type process struct {
	lambdahost.Dependencies
	writes int // how many a run plans
	picks  picks
}

// An entry is one quantity to be written.
type entry struct {
	product office24.ProductID
	article ongoing.ArticleID
	number  string // the article's, for people
	figure  number.Decimal
	stock   *number.Decimal // what 24SevenOffice holds; nil if it does not say
	readAt  time.Time
}

// Plan compares the articles whose stock changed, or all of them, with the products' stock.
func (p *process) Plan(ctx context.Context, ask runner.PlanRequest) (plan.Plan[entry], error) {
	s, err := p.survey(ask)
	if err != nil {
		return s.plan, err
	}
	if err := s.named(ctx, slices.Concat(ask.Keys, ask.Retry)); err != nil {
		return s.plan, err
	}
	if ask.Keys == nil {
		err = s.sweep(ctx)
	}
	s.note()
	return s.plan, err
}

// Apply writes one quantity. What was read a while ago is read again: in the meantime shipments may have moved the
// stock on both sides.
//
// The quantity is absolute. A crash behind the write leaves it written, and the next run finds the two equal.
func (p *process) Apply(ctx context.Context, c plan.Change[entry]) error {
	e := c.Payload
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
		return e, false, errclass.New(errclass.Conflict, "", "article %s is gone from Ongoing", e.number)
	} else if err != nil {
		return e, false, err
	}
	if err := p.readPicks(ctx, []ongoing.Article{a}); err != nil {
		return e, false, err
	}
	f, known := figure(a, p.picks.of[a.ID], p.Settings)
	if !known || !hasStock(a) {
		return e, false, errclass.New(errclass.Conflict, "", "article %s has no quantity any more", e.number)
	}
	e.figure = f
	for product, err := range p.Office24.Products(ctx, office24.ProductSearch{IDs: []office24.ProductID{e.product}}, stockProperties()...) {
		if err != nil {
			return e, false, err
		}
		if !stockControlled(product) {
			return e, false, errclass.New(errclass.Conflict, "", "product %d has no stock any more", e.product)
		}
		return e, product.Stock != nil && product.Stock.Equal(f), nil
	}
	return e, false, errclass.New(errclass.Conflict, "", "product %d is gone from 24SevenOffice", e.product)
}

func stockProperties() []string { return []string{"Id", "Stock", "StatusId", "StockControlled"} }

// stockControlled tells whether the product's stock means anything. What 24SevenOffice does not say counts as yes.
func stockControlled(p office24.Product) bool {
	return (p.StockControlled == nil || *p.StockControlled) && (p.StatusID == nil || *p.StatusID != 0)
}

func key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
