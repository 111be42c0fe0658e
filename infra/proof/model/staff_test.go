package model

import (
	"fmt"
	"slices"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// warehouse are the acts in Ongoing, with their weights.
var warehouse = []act{
	{name: "allocate", weight: 2, do: setStatus(320, 200, 300)},
	{name: "release", weight: 1, do: setStatus(300, 200, 320)},
	{name: "picked", weight: 2, do: setStatus(400, 300, 320)},
	{name: "reopen", weight: 1, do: setStatus(400, 450)},
	{name: "pick", weight: 3, do: pickSome},
	{name: "ship", weight: 4, do: ship},
	{name: "ship short", weight: 5, do: shipShort},
	{name: "ship nothing", weight: 1, do: setStatus(450, 300, 320, 400)},
	{name: "collect", weight: 2, do: setStatus(500, 450)},
	{name: "pick more", weight: 3, do: pickMore},
	{name: "late parcel", weight: 2, do: lateParcel},
	{name: "cancel", weight: 1, do: setStatus(1000, 200, 300, 320)},
	{name: "hand-made order", weight: 1, do: handMade},
	{name: "count", weight: 2, do: count},
	{name: "receive", weight: 2, do: receive},
}

// pickOngoingOrder picks an order in Ongoing that has one of the statuses.
func (w *world) pickOngoingOrder(pick pick, statuses ...int) (ongoingtest.OrderState, bool) {
	orders := slices.DeleteFunc(w.owner.Orders(), func(o ongoingtest.OrderState) bool {
		return !slices.Contains(statuses, o.Status)
	})
	if len(orders) == 0 {
		return ongoingtest.OrderState{}, false
	}
	return pickOne(pick, orders), true
}

func setStatus(to int, from ...int) func(*world, pick) (string, bool) {
	return func(w *world, pick pick) (string, bool) {
		o, ok := w.pickOngoingOrder(pick, from...)
		if !ok {
			return "", false
		}
		what := fmt.Sprintf("Ongoing order %s: %d → %d", o.Number, o.Status, to)
		return what, w.owner.SetOrderStatus(o.Number, to) == nil
	}
}

func pickSome(w *world, pick pick) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 300, 320)
	if !ok || len(o.Lines) == 0 {
		return "", false
	}
	line := pickOne(pick, o.Lines)
	n := least(*quantity(pick), line.Ordered.Sub(line.Picked))
	if n.Sign() <= 0 || !w.ensureStock(line.Article, n) {
		return "", false
	}
	what := fmt.Sprintf("Ongoing order %s: %s picked of row %s", o.Number, n, line.Row)
	return what, w.owner.Pick(o.Number, line.Row, n) == nil
}

// ensureStock raises an article's stock to n at least.
func (w *world) ensureStock(article string, n number.Decimal) bool {
	a, ok := w.owner.Article(article)
	if !ok {
		return false
	}
	missing := n.Sub(a.Stock)
	return missing.Sign() <= 0 || w.owner.AddStock(article, missing) == nil
}

func ship(w *world, pick pick) (string, bool) {
	return w.shipOrder(pick, func(l ongoingtest.LineState) number.Decimal { return l.Ordered.Sub(l.Picked) })
}

func shipShort(w *world, pick pick) (string, bool) {
	return w.shipOrder(pick, func(l ongoingtest.LineState) number.Decimal {
		return least(l.Ordered.Sub(l.Picked), *quantity(pick))
	})
}

// shipOrder ships an order; quantity says how much of a line leaves.
func (w *world) shipOrder(pick pick, quantity func(ongoingtest.LineState) number.Decimal) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 300, 320, 400)
	if !ok {
		return "", false
	}
	s := ongoingtest.Shipment{Status: []int{450, 500}[pick(2)], Quantities: map[string]number.Decimal{}}
	if pick(2) == 1 {
		s.Waybill = "W" + o.Number
	}
	what, needed := "", map[string]number.Decimal{}
	for _, l := range o.Lines {
		n := quantity(l)
		if n.Sign() <= 0 {
			continue
		}
		s.Quantities[l.Row], needed[l.Article] = n, needed[l.Article].Add(n)
		what += fmt.Sprintf(" %s of row %s", n, l.Row)
	}
	for article, n := range needed {
		w.ensureStock(article, n)
	}
	if err := w.owner.Ship(o.Number, s); err != nil {
		panic(err) // the trace would not show a step that was done in part
	}
	return fmt.Sprintf("Ongoing order %s: %d → %d with%s %s", o.Number, o.Status, s.Status, what, s.Waybill), true
}

func pickMore(w *world, pick pick) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 400, 450, 500)
	if !ok || len(o.Lines) == 0 {
		return "", false
	}
	line, n := pickOne(pick, o.Lines), *quantity(pick)
	if !w.ensureStock(line.Article, n) {
		return "", false
	}
	what := fmt.Sprintf("Ongoing order %s: %s more picked of row %s", o.Number, n, line.Row)
	return what, w.owner.Pick(o.Number, line.Row, n) == nil
}

func lateParcel(w *world, pick pick) (string, bool) {
	o, ok := w.pickOngoingOrder(pick, 450, 500)
	if !ok {
		return "", false
	}
	n := len(o.Parcels) + 1
	p := ongoingtest.Parcel{Number: fmt.Sprint("P", n), Waybill: fmt.Sprintf("W%s-%d", o.Number, n),
		Return: pick(4) == 3}
	what := fmt.Sprintf("Ongoing order %s: parcel %s, return %v", o.Number, p.Waybill, p.Return)
	return what, w.owner.AddParcels(o.Number, p) == nil
}

func handMade(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	if len(articles) == 0 || len(w.owner.Orders()) > 2*maxOrders {
		return "", false
	}
	number := fmt.Sprint("HAND-", len(w.owner.Orders()))
	line := ongoingtest.NewLine{Row: "1", Article: pickOne(pick, articles).Number, Quantity: *quantity(pick)}
	_, err := w.owner.AddOrder(number, line)
	if err == nil {
		err = w.owner.SetOrderStatus(number, 300)
	}
	return "Ongoing order " + number + " by hand", err == nil
}

func count(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	if len(articles) == 0 {
		return "", false
	}
	a, n := pickOne(pick, articles), number.FromInt(int64(pick(10)))
	return fmt.Sprintf("article %s: counted as %s", a.Number, n), w.owner.SetStock(a.Number, n) == nil
}

func receive(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	if len(articles) == 0 {
		return "", false
	}
	a, n := pickOne(pick, articles), *quantity(pick)
	return fmt.Sprintf("article %s: %s received", a.Number, n), w.owner.AddStock(a.Number, n) == nil
}

func least(a, b number.Decimal) number.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
