package process

import (
	"context"
	"errors"
	"slices"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
)

// Apply makes one change, as ApplyBatch makes several.
func (p *process) Apply(ctx context.Context, change plan.Change[comparison]) (err error) {
	p.ApplyBatch(ctx, []plan.Change[comparison]{change}, func(i int, result error) bool {
		if i >= 0 {
			err = result
		}
		return true
	})
	return err
}

// BatchSize is how many changes ApplyBatch takes.
func (p *process) BatchSize() int { return 100 }

// ApplyBatch writes quantities. If a comparison is old, it reads both systems again for that one and those after it:
// the process shipments can have changed the stock on both sides since.
//
// The quantities are absolute. A crash after a write leaves it written, and the next run finds no difference.
func (p *process) ApplyBatch(
	ctx context.Context, changes []plan.Change[comparison], settle func(i int, err error) bool,
) {
	compared := make([]*comparison, len(changes))
	for i := range changes {
		compared[i] = &changes[i].Payload
	}
	fractions := map[int]*comparison{}
	goOn := true
	done := func(i int, err error) { goOn = settle(i, err) && goOn }
	for i, c := range compared {
		if goOn = goOn && settle(-1, nil); !goOn {
			break
		}
		if c.gone {
			register := articles.Register{State: p.State, Ongoing: p.Ongoing}
			// A crash in it leaves a link that the next full sweep doubts again.
			done(i, register.Forget(ctx, c.link, p.Now()))
			continue
		}
		if p.isOld(c.readAt) {
			if err := p.compareAgain(ctx, compared[i:]); err != nil {
				done(i, err)
				continue
			}
		}
		err := c.problem
		if err == nil && c.differs() {
			err = p.Office24.SetStockQuantity(ctx, c.product, c.quantity)
			if err == nil && !c.quantity.Equal(c.quantity.Round(0)) {
				fractions[i] = c
				continue
			}
		}
		done(i, err)
	}
	p.rememberKept(ctx, fractions, goOn, done)
}

// rememberKept stores what 24SevenOffice has kept of written quantities if that has fewer decimal places; how many it
// keeps is not documented. Otherwise every run would find a difference and write it again.
//
// A crash before it, or no time for it, leaves the quantities written; the next run writes them once more and then
// stores this.
func (p *process) rememberKept(
	ctx context.Context, fractions map[int]*comparison, inTime bool, done func(i int, err error),
) {
	var products map[office24.ProductID]read
	var err error
	if inTime && len(fractions) > 0 {
		var ids []office24.ProductID
		for _, c := range fractions {
			ids = append(ids, c.product)
		}
		products, err = p.products(ctx, ids)
	}
	for i, c := range fractions {
		r, ok := products[c.product]
		switch {
		case err != nil:
			done(i, err)
		case !inTime:
			done(i, nil)
		case !ok:
			done(i, goneProduct(c.product))
		case r.err != nil:
			done(i, r.err)
		default:
			done(i, p.storeKept(ctx, c, r.product.Stock))
		}
	}
}

func (p *process) storeKept(ctx context.Context, c *comparison, kept *number.Decimal) error {
	if kept == nil || kept.Equal(c.quantity) {
		return nil
	}
	off := kept.Sub(c.quantity)
	if one := number.FromInt(1); off.Cmp(one) >= 0 || off.Add(one).Sign() <= 0 {
		return nil // not by rounding: somebody has changed it
	}
	c.link.StockWritten, c.link.StockKept = c.quantity.String(), kept.String()
	return p.State.PutArticle(ctx, &c.link)
}

// compareAgain reads both sides of comparisons again. What is wrong with one of them is its problem.
func (p *process) compareAgain(ctx context.Context, compared []*comparison) error {
	compared = slices.DeleteFunc(slices.Clone(compared), func(c *comparison) bool { return c.gone })
	at := p.Now()
	found, err := p.articlesOf(ctx, compared)
	if err != nil {
		return err
	}
	ids := make([]office24.ProductID, len(compared))
	for i, c := range compared {
		ids[i] = c.product
	}
	products, err := p.products(ctx, ids)
	if err != nil {
		return err
	}
	var sound []comparison
	var places []int
	again := make([]comparison, len(compared))
	for i, c := range compared {
		a, exists := found[c.article.ID]
		r, productExists := products[c.product]
		again[i] = *c
		again[i].readAt, again[i].problem = at, p.stillApplies(*c, a, exists, r, productExists)
		if again[i].problem == nil {
			again[i].article, again[i].stock = a, r.product.Stock
			sound, places = append(sound, again[i]), append(places, i)
		}
	}
	if err := p.fillQuantities(ctx, sound); err != nil {
		return err
	}
	for i, place := range places {
		again[place] = sound[i]
		if again[place].problem == nil && sound[i].empties() && !compared[place].empties() {
			// The brake has not seen it.
			again[place].problem = errclass.New(errclass.Conflict, "",
				"article %s has become empty since it was compared; the next run compares it again",
				sound[i].article.Number)
		}
	}
	for i, c := range compared {
		*c = again[i]
	}
	return nil
}

// stillApplies returns why a comparison does not apply any more.
func (p *process) stillApplies(c comparison, a ongoing.Article, exists bool, r read, productExists bool) error {
	_, known := baseQuantity(a, p.Settings)
	conflict := func(format string, args ...any) error {
		return errclass.New(errclass.Conflict, "", format, args...)
	}
	switch {
	case !exists:
		return conflict("article %s is gone from Ongoing", c.article.Number)
	case a.Unreadable != nil:
		return a.Unreadable
	case !known || !hasStock(a):
		return conflict("article %s no longer has a quantity in Ongoing", a.Number)
	case !productExists:
		return goneProduct(c.product)
	case r.err != nil:
		return r.err
	case !stockControlled(r.product):
		return conflict("product %d is no longer stock controlled", c.product)
	case !agrees(a, r.product, c.link):
		return conflict("article %s is no longer that of product %d", a.Number, c.product)
	}
	return nil
}

// articlesOf reads the articles of comparisons, by id. One that somebody has renumbered is read by its id.
func (p *process) articlesOf(ctx context.Context, compared []*comparison) (
	map[ongoing.ArticleID]ongoing.Article, error,
) {
	numbers := []string{} // not nil, which would mean all
	for _, c := range compared {
		numbers = append(numbers, c.article.Number)
	}
	found := map[ongoing.ArticleID]ongoing.Article{}
	for a, err := range p.Ongoing.Articles(ctx, ongoing.ArticleQuery{Numbers: numbers}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		found[a.ID] = a
	}
	for _, c := range compared {
		if _, ok := found[c.article.ID]; ok {
			continue
		}
		switch a, err := p.Ongoing.Article(ctx, c.article.ID); {
		case err == nil, a.Unreadable != nil:
			found[a.ID] = a
		case !errors.Is(err, ongoing.ErrNotFound):
			return nil, err
		}
	}
	return found, nil
}

// A read is a product as it was read, or the reason why it cannot be read.
type read struct {
	product office24.Product
	err     error
}

// products reads products by id.
func (p *process) products(ctx context.Context, ids []office24.ProductID) (map[office24.ProductID]read, error) {
	found := map[office24.ProductID]read{}
	for product, err := range p.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, stockProperties()...) {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && product.ID != 0) {
			return nil, err
		}
		found[product.ID] = read{product, err}
	}
	return found, nil
}

func goneProduct(id office24.ProductID) error {
	return errclass.New(errclass.Conflict, "", "product %d is gone from 24SevenOffice", id)
}
