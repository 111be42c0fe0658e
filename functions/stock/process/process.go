package process

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
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
	way       underWay
	// listAll: all unreported orders are listed, in a full sweep. picks are to be stored; nil if the stored ones are as
	// they should be.
	listAll bool
	picks   *state.Picks
}

// A comparison is an article's quantity next to its product's stock. The payload of a change is one that differs.
type comparison struct {
	product  office24.ProductID
	article  ongoing.Article
	link     state.ArticleLink // with only its ProductID set if the product has none
	quantity number.Decimal    // what 24SevenOffice should have
	stock    *number.Decimal   // what it has; nil if it does not say
	readAt   time.Time
	swept    bool // found by the sweep, not by the product's key
	// gone: nothing is compared. The link's article is gone from Ongoing, and the link is to be forgotten.
	gone bool
	hold *plan.Refusal // not nil: the change is held
}

// differs reports whether 24SevenOffice has another quantity, or none. A quantity that it keeps with fewer decimal
// places than were written is the same.
func (c comparison) differs() bool {
	if c.stock == nil {
		return true
	}
	kept := c.link.StockKept != "" && c.link.StockKept == c.stock.String() && c.link.StockWritten == c.quantity.String()
	return !kept && !c.stock.Equal(c.quantity)
}

// hasStock reports whether the product has stock in 24SevenOffice.
func (c comparison) hasStock() bool { return valueOrZero(c.stock).Sign() > 0 }

// empties reports whether the product has stock in 24SevenOffice and should have none.
func (c comparison) empties() bool { return c.hasStock() && c.quantity.Sign() <= 0 }

// Plan compares the articles whose stock changed, or all articles, with their products.
func (p *process) Plan(ctx context.Context, req runner.PlanRequest) (plan.Plan[comparison], error) {
	pl, err := p.newPlanner(req)
	if err != nil {
		return pl.plan, err
	}
	p.listAll, p.picks = pl.full && req.Keys == nil, nil
	named := slices.Concat(req.Keys, req.Retry)
	if err := pl.compareKeys(ctx, named); err != nil {
		return pl.plan, err
	}
	if req.Keys == nil {
		if err := pl.sweep(ctx); err != nil {
			return pl.plan, err
		}
		if err := pl.readHeld(ctx, named); err != nil {
			return pl.plan, err
		}
	}
	if err := pl.forgetGone(ctx); err != nil {
		return pl.plan, err
	}
	pl.decide()
	pl.addLookedAt(req)
	pl.addNotes()
	pl.plan.Prepare = pl.prepare()
	return pl.plan, nil
}

// prepare returns what stores what the plan has found out for later plans; nil if there is nothing.
func (pl *planner) prepare() func(context.Context) error {
	picks, index := pl.picks, pl.toIndex
	if picks == nil && !index {
		return nil
	}
	return func(ctx context.Context) error {
		if picks != nil {
			if err := pl.State.PutPicks(ctx, *picks); err != nil {
				return err
			}
		}
		if !index {
			return nil
		}
		return pl.State.IndexArticles(ctx)
	}
}

// addLookedAt says which requested products need nothing any more, and which of those that the brake held.
func (pl *planner) addLookedAt(req runner.PlanRequest) {
	settled := func(key string) bool { return pl.settled[key] }
	retry := slices.DeleteFunc(slices.Clone(req.Retry), func(k string) bool { return pl.held[k] && !pl.settled[k] })
	pl.plan.AddLookedAt(req.Keys, retry, settled, pl.plan.Read > 0,
		"product %s has no article whose stock can be compared")
	for k := range pl.held {
		if pl.settled[k] {
			pl.plan.LookedAt = append(pl.plan.LookedAt, k)
		}
	}
}

// Apply writes one quantity. If the comparison is old, it reads both systems again: the process shipments can have
// changed the stock on both sides since.
//
// The quantity is absolute. A crash after the write leaves it written, and the next run finds no difference.
func (p *process) Apply(ctx context.Context, change plan.Change[comparison]) error {
	c := change.Payload
	if c.gone {
		register := articles.Register{State: p.State, Ongoing: p.Ongoing}
		// A crash in it leaves a link that the next full sweep doubts again.
		return register.Forget(ctx, c.link, p.Now())
	}
	if p.isOld(c.readAt) {
		var err error
		if c, err = p.compareAgain(ctx, c); err != nil || !c.differs() {
			return err
		}
	}
	if err := p.Office24.SetStockQuantity(ctx, c.product, c.quantity); err != nil {
		return err
	}
	return p.rememberKept(ctx, c)
}

// rememberKept stores what 24SevenOffice has kept of a written quantity if that has fewer decimal places; how many it
// keeps is not documented. Otherwise every run would find a difference and write it again.
//
// A crash before it leaves the quantity written; the next run writes it once more and then stores this.
func (p *process) rememberKept(ctx context.Context, c comparison) error {
	if c.quantity.Equal(c.quantity.Round(0)) {
		return nil
	}
	product, err := p.product(ctx, c.product)
	if err != nil || product.Stock == nil || product.Stock.Equal(c.quantity) {
		return err
	}
	off := product.Stock.Sub(c.quantity)
	if one := number.FromInt(1); off.Cmp(one) >= 0 || off.Add(one).Sign() <= 0 {
		return nil // not by rounding: somebody has changed it
	}
	c.link.StockWritten, c.link.StockKept = c.quantity.String(), product.Stock.String()
	return p.State.PutArticle(ctx, &c.link)
}

// compareAgain reads both sides of a comparison again.
func (p *process) compareAgain(ctx context.Context, c comparison) (comparison, error) {
	a, err := p.Ongoing.Article(ctx, c.article.ID)
	if errors.Is(err, ongoing.ErrNotFound) {
		return c, errclass.New(errclass.Conflict, "", "article %s is gone from Ongoing", c.article.Number)
	} else if err != nil {
		return c, err
	}
	if _, known := baseQuantity(a, p.Settings); !known || !hasStock(a) {
		return c, errclass.New(errclass.Conflict, "", "article %s no longer has a quantity in Ongoing", a.Number)
	}
	product, err := p.product(ctx, c.product)
	if err != nil {
		return c, err
	}
	switch {
	case !stockControlled(product):
		return c, errclass.New(errclass.Conflict, "", "product %d is no longer stock controlled", c.product)
	case !agrees(a, product, c.link):
		return c, errclass.New(errclass.Conflict, "", "article %s is no longer that of product %d", a.Number, c.product)
	}
	c.article, c.stock = a, product.Stock
	again := []comparison{c}
	err = p.fillQuantities(ctx, again)
	return again[0], err
}

// product reads one product.
func (p *process) product(ctx context.Context, id office24.ProductID) (office24.Product, error) {
	search := office24.ProductSearch{IDs: []office24.ProductID{id}}
	for product, err := range p.Office24.Products(ctx, search, stockProperties()...) {
		return product, err
	}
	return office24.Product{}, errclass.New(errclass.Conflict, "", "product %d is gone from 24SevenOffice", id)
}

func stockProperties() []string { return []string{"Id", "No", "Stock", "StatusId", "StockControlled"} }

// stockControlled reports whether 24SevenOffice keeps a stock of the product. What it does not say counts as yes.
func stockControlled(p office24.Product) bool {
	return (p.StockControlled == nil || *p.StockControlled) && (p.StatusID == nil || *p.StatusID != 0)
}

func key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
