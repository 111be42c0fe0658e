package process

import (
	"context"
	"slices"
	"strconv"
	"time"

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
	// maxWrites is how many writes a part of a plan has, besides those that a person named.
	maxWrites = 500
	// quotaReserve is how many of the 7,200 calls that 24SevenOffice allows in an hour for all processes of a customer
	// (vendor's FAQ) are kept for the writes already planned, for orders and for shipments. With fewer left, no more
	// writes are planned.
	quotaReserve = maxWrites + 1_000
	// maxAge is the age at which what was read must be read again before it is used for a write.
	maxAge = time.Minute
)

type process struct {
	lambdahost.Dependencies
	maxWrites, batchSize int

	way underWay
	// listAll: all unreported orders are listed, in a full sweep. picks are to be stored; nil if the stored ones are as
	// they should be.
	listAll bool
	picks   *state.Picks
	// retried are the products that failed before and are looked at again.
	retried []string
	// originals are the orders that back orders were made for.
	originals originals
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
	// problem is why the quantity is not known, because an order with the article cannot be read, or why the comparison
	// does not apply any more, since it was made again.
	problem error
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

// Plan compares the articles whose stock changed, or all articles, with their products. It comes in parts of maxWrites
// writes.
func (p *process) Plan(ctx context.Context, req runner.PlanRequest) (plan.Plan[comparison], error) {
	pl, err := p.newPlanner(req)
	if err != nil {
		return pl.plan, err
	}
	p.listAll, p.picks, p.retried = pl.full && req.Keys == nil, nil, req.Retry
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
	return pl.finish(ctx, req)
}

// finish plans what follows from the comparisons of a part.
func (pl *planner) finish(ctx context.Context, req runner.PlanRequest) (plan.Plan[comparison], error) {
	if err := pl.forgetGone(ctx); err != nil {
		return pl.plan, err
	}
	pl.decide()
	pl.addLookedAt(req)
	pl.addNotes()
	pl.plan.Prepare = pl.prepare()
	return pl.plan, nil
}

// next plans the next part: the writes that are decided already, or else what the sweep finds from its place on.
func (pl *planner) next(ctx context.Context) (plan.Plan[comparison], error) {
	pl.beginPart()
	if len(pl.rest) > 0 {
		if pl.quotaSpent = pl.quotaLow(); !pl.quotaSpent {
			pl.write(pl.rest)
		}
		pl.addNext(false)
		return pl.plan, nil
	}
	if err := pl.sweep(ctx); err != nil {
		return pl.plan, err
	}
	if err := pl.readHeld(ctx, nil); err != nil {
		return pl.plan, err
	}
	return pl.finish(ctx, runner.PlanRequest{})
}

// prepare returns what stores what the plan has found out for later plans; nil if there is nothing.
func (pl *planner) prepare() func(context.Context) error {
	if pl.picks == nil && !pl.originals.learned && !pl.toIndex {
		return nil
	}
	return func(ctx context.Context) error {
		if err := pl.storePicks(ctx); err != nil || !pl.toIndex {
			return err
		}
		pl.toIndex = false
		return pl.State.IndexArticles(ctx)
	}
}

// addLookedAt says which requested products need nothing any more, and which of those that the brake held.
func (pl *planner) addLookedAt(req runner.PlanRequest) {
	settled := func(key string) bool { return pl.settled[key] }
	retry := slices.DeleteFunc(slices.Clone(req.Retry), func(k string) bool { return pl.held[k] && !pl.settled[k] })
	pl.plan.AddLookedAt(req.Keys, retry, settled, pl.plan.Read > 0 && !pl.plan.Doubted,
		"product %s has no article whose stock can be compared")
	for k := range pl.held {
		if pl.settled[k] {
			pl.plan.LookedAt = append(pl.plan.LookedAt, k)
		}
	}
}

func stockProperties() []string { return []string{"Id", "No", "Stock", "StatusId", "StockControlled"} }

// stockControlled reports whether 24SevenOffice keeps a stock of the product. What it does not say counts as yes.
func stockControlled(p office24.Product) bool {
	return (p.StockControlled == nil || *p.StockControlled) && (p.StatusID == nil || *p.StatusID != 0)
}

func key(id office24.ProductID) string { return strconv.Itoa(int(id)) }
