package ongoingtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// What other systems and the staff do to orders and articles that an integration does not expect.

// An OtherOrder is an order that another integration has sent for the same goods owner.
type OtherOrder struct {
	Number string
	// OrderID is the other system's own id (goodsOwnerOrderId). By chance it can be an id of ours.
	OrderID string
	// Status is the order's first status. Default: 300.
	Status int
	Lines  []NewLine
}

// AddOtherOrder adds an order of another integration. It returns an error if the order number is in use.
func (g *GoodsOwner) AddOtherOrder(o OtherOrder) (int, error) {
	defer g.lock()()
	if g.orderNumbered(o.Number) != nil {
		return 0, fmt.Errorf("order %s already exists", o.Number)
	}
	body := newBody(o.Number, g.now())
	if o.OrderID != "" {
		body["goodsOwnerOrderId"] = o.OrderID
	}
	return g.enterOrder(body, cmp.Or(o.Status, statusReleased), o.Lines)
}

// A NewBackOrder says how the warehouse makes a back order. The vendor does not document what a back order takes over.
type NewBackOrder struct {
	Number string
	// KeepOrderID keeps the order's goodsOwnerOrderId.
	KeepOrderID bool
	// NewRows numbers the rows 1, 2, … instead of keeping the order's row numbers.
	NewRows bool
	// CutLines cuts the order's lines to what is picked, because the rest is ordered in the back order.
	CutLines bool
}

// AddBackOrder adds an order with the quantities of another order that are not picked yet, whose id it has as
// backOrderForOrderId. It returns an error if nothing is left to pick.
func (g *GoodsOwner) AddBackOrder(orderNumber string, b NewBackOrder) (int, error) {
	defer g.lock()()
	o := g.orderNumbered(orderNumber)
	if o == nil {
		return 0, fmt.Errorf("no order %s", orderNumber)
	}
	body := clone(o.body)
	body["orderNumber"] = b.Number
	if !b.KeepOrderID {
		delete(body, "goodsOwnerOrderId")
	}
	var rows []any
	for _, l := range o.lines {
		left := l.leftToPick()
		if left.Sign() <= 0 {
			continue
		}
		row := clone(l.body)
		row["articleNumber"], row["numberOfItems"] = l.article.number(), formatItems(left)
		if b.NewRows {
			row["rowNumber"] = fmt.Sprint(len(rows) + 1)
			delete(row, "externalId")
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return 0, fmt.Errorf("order %s has nothing left to pick", orderNumber)
	}
	body["orderLines"] = rows
	id, err := g.enterOrder(body, statusReleased, nil)
	if err != nil {
		return 0, err
	}
	g.orders[id].backOrderFor = o.id
	if b.CutLines {
		for _, l := range o.lines {
			l.ordered = lesser(l.ordered, l.picked)
		}
	}
	return id, nil
}

// ReturnOrder puts all that was picked for an order back on the shelf and sets the status 800. The picked quantities
// stay as they are, also those to be reported. That is an assumption.
func (g *GoodsOwner) ReturnOrder(orderNumber string) error {
	return g.withOrder(orderNumber, func(o *order) error {
		for _, l := range o.allLines() {
			back := l.picked.Sub(l.returned)
			l.article.stock, l.returned = l.article.stock.Add(back), l.picked
		}
		g.setStatus(o, statusReturned)
		return nil
	})
}

// RenumberOrder gives an order another number. Like the service, it does not check whether the number is in use.
func (g *GoodsOwner) RenumberOrder(orderNumber, newNumber string) error {
	return g.withOrder(orderNumber, func(o *order) error {
		o.body = clone(o.body)
		o.body["orderNumber"], o.updated = newNumber, g.now()
		delete(g.orderByNumber, orderNumber)
		for _, id := range g.orderIDs {
			if n := g.orders[id].number(); n == orderNumber || n == newNumber {
				g.orderByNumber[n] = g.orders[id]
			}
		}
		return nil
	})
}

// AddLine adds a line to an order, whatever its status.
func (g *GoodsOwner) AddLine(orderNumber string, n NewLine) error {
	return g.withOrder(orderNumber, func(o *order) error {
		if g.articleNumbered(n.Article) == nil {
			return fmt.Errorf("no article %s", n.Article)
		}
		o.lines = append(o.lines, g.newLine(n.body()))
		return g.linesChanged(o)
	})
}

// RemoveLine removes a line from an order, whatever its status.
func (g *GoodsOwner) RemoveLine(orderNumber, row string) error {
	return g.withLine(orderNumber, row, func(o *order, at int) error {
		g.markStockChanged(o)
		o.lines = slices.Delete(slices.Clone(o.lines), at, at+1)
		return g.linesChanged(o)
	})
}

// ExchangeArticle replaces the article of a line of which nothing is picked. The line keeps its id and row number.
func (g *GoodsOwner) ExchangeArticle(orderNumber, row, article string) error {
	return g.withLine(orderNumber, row, func(o *order, at int) error {
		a, l := g.articleNumbered(article), o.lines[at]
		switch {
		case a == nil:
			return fmt.Errorf("no article %s", article)
		case l.picked.Sign() != 0 || len(l.sub) > 0 || len(a.parts) > 0:
			return fmt.Errorf("order %s, row %s: the line is picked, or a kit", orderNumber, row)
		}
		g.markStockChanged(o)
		l.article = a
		return g.linesChanged(o)
	})
}

func (g *GoodsOwner) withLine(orderNumber, row string, do func(o *order, at int) error) error {
	return g.withOrder(orderNumber, func(o *order) error {
		at := slices.IndexFunc(o.lines, func(l *line) bool { return l.row == row })
		if at < 0 {
			return fmt.Errorf("order %s: no row %s", orderNumber, row)
		}
		return do(o, at)
	})
}

func (g *GoodsOwner) linesChanged(o *order) error {
	o.updated = g.now()
	g.markStockChanged(o)
	return nil
}

// RenumberArticle gives an article another number. It returns an error if another article has that number.
func (g *GoodsOwner) RenumberArticle(articleNumber, newNumber string) error {
	defer g.lock()()
	a := g.articleNumbered(articleNumber)
	if a == nil || g.articleNumbered(newNumber) != nil {
		return fmt.Errorf("no article %s, or an article %s", articleNumber, newNumber)
	}
	delete(g.byNumber, articleNumber)
	g.byNumber[newNumber] = a
	a.body["articleNumber"], a.updated = newNumber, g.now()
	return nil
}

// SetProductCode sets the product code of an article; an empty one removes it.
func (g *GoodsOwner) SetProductCode(articleNumber, code string) error {
	defer g.lock()()
	a := g.articleNumbered(articleNumber)
	if a == nil {
		return fmt.Errorf("no article %s", articleNumber)
	}
	a.body["productCode"], a.updated = code, g.now()
	if code == "" {
		delete(a.body, "productCode")
	}
	return nil
}

// DeleteArticle deletes an article. The lines of existing orders keep it.
func (g *GoodsOwner) DeleteArticle(articleNumber string) error {
	defer g.lock()()
	a := g.articleNumbered(articleNumber)
	if a == nil {
		return fmt.Errorf("no article %s", articleNumber)
	}
	delete(g.byNumber, articleNumber)
	delete(g.articles, a.id)
	g.articleIDs = slices.DeleteFunc(g.articleIDs, func(id int) bool { return id == a.id })
	return nil
}

// SetStatuses replaces the warehouse's order statuses, texts by number.
func (w *Warehouse) SetStatuses(texts map[int]string) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	w.statuses = nil
	for _, number := range slices.Sorted(maps.Keys(texts)) {
		w.statuses = append(w.statuses, object{"number": number, "text": texts[number]})
	}
}

// Warehouse returns the goods owner's warehouse.
func (g *GoodsOwner) Warehouse() *Warehouse { return g.warehouse }

func (n NewLine) body() object {
	return object{"rowNumber": n.Row, "articleNumber": n.Article, "numberOfItems": formatItems(n.Quantity)}
}

func newBody(orderNumber string, due time.Time) object {
	return object{
		"orderNumber": orderNumber, "deliveryDate": due.UTC().Format(time.DateOnly), "consignee": object{},
	}
}

// statusText returns the warehouse's text for a status.
func (w *Warehouse) statusText(status int) any {
	for _, s := range w.statuses {
		if s["number"] == status {
			return s["text"]
		}
	}
	return fmt.Sprint("Status ", status)
}
