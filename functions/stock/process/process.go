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
	// maxLookback is how far back changes of stock are searched; Ongoing refuses more than 24 hours.
	maxLookback = 23 * time.Hour
	// batchSize is how many articles are compared at once.
	batchSize = 500
	// maxWrites is how many writes a run plans. 24SevenOffice allows 7,200 calls an hour for all processes of a
	// customer (vendor's FAQ). Four runs an hour with up to two calls a write stay below that.
	maxWrites = 500
	// quotaReserve is how many of these calls are kept for the writes already planned, for orders and for shipments.
	// With fewer left, no more writes are planned.
	quotaReserve = 1_000
	// maxAge is the age at which what was read must be read again before it is used for a write.
	maxAge = time.Minute
)

type process struct {
	lambdahost.Dependencies
	maxWrites int
	picked    pickedQuantities
}

// A comparison is an article's quantity next to its product's stock. The payload of a change is one that differs.
type comparison struct {
	product  office24.ProductID
	article  ongoing.ArticleID
	number   string // the article's, for people
	quantity number.Decimal
	stock    *number.Decimal // the product's in 24SevenOffice; nil if it does not say
	readAt   time.Time
}

// differs reports whether 24SevenOffice has another quantity, or none.
func (c comparison) differs() bool { return c.stock == nil || !c.stock.Equal(c.quantity) }

// Plan compares the articles whose stock changed, or all articles, with their products.
func (p *process) Plan(ctx context.Context, req runner.PlanRequest) (plan.Plan[comparison], error) {
	pl, err := p.newPlanner(req)
	if err != nil {
		return pl.plan, err
	}
	if err := pl.compareKeys(ctx, slices.Concat(req.Keys, req.Retry)); err != nil {
		return pl.plan, err
	}
	pl.plan.AddLookedAt(req.Keys, req.Retry, func(key string) bool { return pl.compared[key] }, pl.plan.Read > 0,
		"product %s has no article whose stock can be compared")
	if req.Keys == nil {
		err = pl.sweep(ctx)
	}
	pl.addNotes()
	return pl.plan, err
}

// Apply writes one quantity. If the comparison is old, it reads both systems again: the process shipments can have
// changed the stock on both sides since.
//
// The quantity is absolute. A crash after the write leaves it written, and the next run finds no difference.
func (p *process) Apply(ctx context.Context, change plan.Change[comparison]) error {
	c := change.Payload
	if p.Now().Sub(c.readAt) > maxAge {
		var err error
		if c, err = p.compareAgain(ctx, c); err != nil || !c.differs() {
			return err
		}
	}
	return p.Office24.SetStockQuantity(ctx, c.product, c.quantity)
}

// compareAgain reads both sides of a comparison again.
func (p *process) compareAgain(ctx context.Context, c comparison) (comparison, error) {
	a, err := p.Ongoing.Article(ctx, c.article)
	if errors.Is(err, ongoing.ErrNotFound) {
		return c, errclass.New(errclass.Conflict, "", "article %s is gone from Ongoing", c.number)
	} else if err != nil {
		return c, err
	}
	if err := p.readPicked(ctx, []ongoing.Article{a}); err != nil {
		return c, err
	}
	quantity, known := stockQuantity(a, p.picked.byArticle[a.ID], p.Settings)
	if !known || !hasStock(a) {
		return c, errclass.New(errclass.Conflict, "", "article %s no longer has a quantity in Ongoing", c.number)
	}
	c.quantity = quantity
	search := office24.ProductSearch{IDs: []office24.ProductID{c.product}}
	for product, err := range p.Office24.Products(ctx, search, stockProperties()...) {
		if err != nil {
			return c, err
		}
		if !stockControlled(product) {
			return c, errclass.New(errclass.Conflict, "", "product %d is no longer stock controlled", c.product)
		}
		c.stock = product.Stock
		return c, nil
	}
	return c, errclass.New(errclass.Conflict, "", "product %d is gone from 24SevenOffice", c.product)
}

func stockProperties() []string { return []string{"Id", "Stock", "StatusId", "StockControlled"} }

// stockControlled reports whether 24SevenOffice keeps a stock of the product. What it does not say counts as yes.
func stockControlled(p office24.Product) bool {
	return (p.StockControlled == nil || *p.StockControlled) && (p.StatusID == nil || *p.StatusID != 0)
}

func key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
