package model

import (
	"fmt"
	"slices"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// others are the acts of other systems, and those of the warehouse that no integration expects.
var others = []act{
	{name: "another integration's article", weight: 2, do: otherArticle},
	{name: "another integration's order", weight: 1, do: otherOrder},
	{name: "back order", weight: 5, do: backOrder},
	{name: "return", weight: 2, do: returnOrder},
	{name: "cancel after picking", weight: 1, do: cancelPicked},
	{name: "ship and return", weight: 1, do: shipAndReturn},
}

// otherArticle adds an article with a product code of another system, which can be an id of ours by chance.
func otherArticle(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	foreign := 0
	for _, a := range articles {
		if _, owned := w.ledger.owned[a.ID]; !owned {
			foreign++
		}
	}
	products := w.company.Products()
	if foreign > 2 || len(products) == 0 {
		return "", false
	}
	id := ids(pickOne(pick, products).ID)
	codes := []string{"", "42934839283871", "7090000000017", "000" + id, "+" + id, id, "500"}
	n := ongoingtest.NewArticle{
		Number: append(slices.Clone(numbers[:5]), "OTHER-1", "OTHER-2")[pick(7)], Name: "Fremmed",
		ProductCode: pickOne(pick, codes), Stock: number.FromInt(int64(100 + pick(10))),
	}
	_, err := w.owner.AddArticle(n)
	return fmt.Sprintf("article %s of another integration, code %q", n.Number, n.ProductCode), err == nil
}

// otherOrder adds an order of another system, with its own numbers.
func otherOrder(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	if len(articles) == 0 || len(w.owner.Orders()) > 3*maxOrders {
		return "", false
	}
	o := ongoingtest.OtherOrder{
		Number: fmt.Sprint("WEB-", len(w.owner.Orders())), OrderID: fmt.Sprint(990000 + pick(3)),
		Lines: []ongoingtest.NewLine{{Row: "1", Article: pickOne(pick, articles).Number, Quantity: *quantity(pick)}},
	}
	_, err := w.owner.AddOtherOrder(o)
	return "Ongoing order " + o.Number + " of another integration", err == nil
}

// backOrder makes a back order of one of our orders that has begun. It can have a rest order already.
func backOrder(w *world, pick pick) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 320, 400, 450, 500)
	id := w.rootID(o)
	if !ok || id == 0 || !hasPicked(o) {
		return "", false
	}
	for _, other := range w.owner.Orders() {
		if other.BackOrderFor == o.ID {
			return "", false
		}
	}
	b := ongoingtest.NewBackOrder{
		Number: o.Number + "-R", KeepOrderID: pick(2) == 1, NewRows: pick(3) == 0, CutLines: pick(2) == 1,
	}
	if _, err := w.owner.AddBackOrder(o.Number, b); err != nil {
		return "", false
	}
	made, _ := w.owner.Order(b.Number)
	return fmt.Sprintf("Ongoing order %s: back order %+v, %s", o.Number, b, linesText(made)), true
}

func returnOrder(w *world, pick pick) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 400, 450, 500)
	if !ok || !hasPicked(o) {
		return "", false
	}
	what := fmt.Sprintf("Ongoing order %s: %d → 800, all of it back on the shelf", o.Number, o.Status)
	return what, w.owner.ReturnOrder(o.Number) == nil
}

func shipAndReturn(w *world, pick pick) (string, bool) {
	did, ok := ship(w, pick)
	if !ok {
		return "", false
	}
	back, ok := returnOrder(w, pick)
	if !ok {
		back = "nothing to return"
	}
	return did + "; " + back, true
}

// cancelPicked cancels an order of which something is picked, and puts that back on the shelf.
func cancelPicked(w *world, pick pick) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 320, 400, 450)
	if !ok || !hasPicked(o) {
		return "", false
	}
	for _, l := range o.Lines {
		if err := w.owner.AddStock(l.Article, l.Picked); err != nil {
			panic(err) // the trace would not show a step that was done in part
		}
	}
	what := fmt.Sprintf("Ongoing order %s: %d → 1000, what was picked is back on the shelf", o.Number, o.Status)
	return what, w.owner.CancelOrder(o.Number) == nil
}
