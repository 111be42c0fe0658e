package rights

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// Facts collects what the systems say of a record.
type Facts struct{ List []runner.Fact }

// Add adds a fact unless its value is empty.
func (f *Facts) Add(where, name, value string) {
	if value != "" {
		f.List = append(f.List, runner.Fact{Where: where, Name: name, Value: value})
	}
}

// Failed adds that a system could not be read, unless the error is nil.
func (f *Facts) Failed(where string, err error) {
	if err != nil {
		f.Add(where, "cannot be read", err.Error())
	}
}

// None reports whether there is no fact of a system.
func (f *Facts) None(where string) bool {
	for _, fact := range f.List {
		if fact.Where == where {
			return false
		}
	}
	return true
}

// Article adds how an article is in Ongoing.
func (f *Facts) Article(ctx context.Context, c *ongoing.Client, id ongoing.ArticleID) {
	a, err := c.Article(ctx, id)
	if errors.Is(err, ongoing.ErrNotFound) {
		f.Add(runner.InOngoing, "article", "does not exist any more")
		return
	}
	if err != nil && a.Unreadable == nil {
		f.Failed(runner.InOngoing, err)
		return
	}
	f.Add(runner.InOngoing, "number", a.Number)
	f.Add(runner.InOngoing, "product code", a.ProductCode)
	if a.IsActive != nil {
		f.Add(runner.InOngoing, "active", fmt.Sprint(*a.IsActive))
	}
	f.Add(runner.InOngoing, "in stock", Decimal(a.Inventory.NumberOfItems))
	f.Add(runner.InOngoing, "sellable", Decimal(a.Inventory.Sellable))
	f.Add(runner.InOngoing, "changed", At(a.LastUpdated.Time))
}

// Order adds how an order is in Ongoing: its status and its lines, and nobody's name.
func (f *Facts) Order(o ongoing.Order, name string) {
	status := fmt.Sprintf("%d %s", o.Info.Status.Number, o.Info.Status.Text)
	f.Add(runner.InOngoing, name,
		fmt.Sprintf("%s (id %d), status %s", o.Info.Number, o.Info.ID, strings.TrimSpace(status)))
	f.Add(runner.InOngoing, name+" shipped", At(o.Info.Shipped.Time))
	for _, l := range o.Lines {
		f.Add(runner.InOngoing, name+" line "+l.RowNumber, fmt.Sprintf("article %s: ordered %s, picked %s, reported %s",
			l.Article.Number, Decimal(l.Ordered), Decimal(l.Picked), Decimal(l.Reported)))
	}
}

// LiveOrder adds how the order with an id is in Ongoing.
func (f *Facts) LiveOrder(ctx context.Context, c *ongoing.Client, id ongoing.OrderID) {
	o, err := c.Order(ctx, id)
	switch {
	case errors.Is(err, ongoing.ErrNotFound):
		f.Add(runner.InOngoing, "order", "does not exist any more")
	case err != nil && o.Unreadable == nil:
		f.Failed(runner.InOngoing, err)
	default:
		f.Order(o, "order")
	}
}

// Linked adds which article a product has, and how it is in Ongoing.
func (f *Facts) Linked(ctx context.Context, d lambdahost.Dependencies, product int) {
	links, err := d.State.Articles(ctx, []int{product})
	f.Failed(runner.InState, err)
	link, linked := links[product]
	if !linked || link.ArticleID == 0 {
		f.Add(runner.InState, "article", "none is known")
		return
	}
	f.Add(runner.InState, "article", fmt.Sprintf("%s (system id %d)", link.ArticleNumber, link.ArticleID))
	f.Article(ctx, d.Ongoing, ongoing.ArticleID(link.ArticleID))
}

// BackOrders adds the back orders that the warehouse has made of an order.
func (f *Facts) BackOrders(ctx context.Context, c *ongoing.Client, of ongoing.OrderID) {
	for o, err := range c.Orders(ctx, ongoing.OrderQuery{BackOrderFor: of}) {
		if err != nil {
			f.Failed(runner.InOngoing, err)
			return
		}
		f.Order(o, "back order")
	}
}

// Link adds what the state table knows of an order.
func (f *Facts) Link(link state.OrderLink, linked bool) {
	if !linked || link.OrderNumber == "" {
		f.Add(runner.InState, "order", "was not sent")
		return
	}
	f.Add(runner.InState, "order number", link.OrderNumber)
	f.Add(runner.InState, "sent", At(link.ImportedAt))
	f.Add(runner.InState, "booked", At(link.ShippedAt))
	f.Add(runner.InState, "cancelled", At(link.CancelledAt))
	f.Add(runner.InState, "delivered without us", At(link.DeliveredAt))
	f.Add(runner.InState, "missing in 24SevenOffice since", At(link.MissingSince))
	if link.RestOf != 0 {
		f.Add(runner.InState, "rest order of", fmt.Sprint(link.RestOf))
	}
	if rest := link.RestOrder; rest != nil {
		made := "is not made yet"
		if rest.OrderID != 0 {
			made = fmt.Sprint(rest.OrderID)
		}
		f.Add(runner.InState, "rest order", made)
	}
}

// Decimal formats a quantity that can be missing.
func Decimal(d *number.Decimal) string {
	if d == nil {
		return "none"
	}
	return d.String()
}
