package model

import (
	"fmt"
	"slices"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// warehouse are the acts in Ongoing.
var warehouse = []act{
	{"allocate", 2, setStatus(320, 200, 300)},
	{"release", 1, setStatus(300, 200, 320)},
	{"picked", 2, setStatus(400, 300, 320)},
	{"reopen", 1, setStatus(400, 450)},
	{"pick", 3, pickSome},
	{"ship", 4, ship},
	{"ship short", 5, shipShort},
	{"ship nothing", 1, setStatus(450, 300, 320, 400)},
	{"collect", 2, setStatus(500, 450)},
	{"pick more", 3, pickMore},
	{"late parcel", 2, lateParcel},
	{"cancel", 1, setStatus(1000, 200, 300, 320)},
	{"hand-made order", 1, handMade},
	{"count", 2, count},
	{"receive", 2, receive},
}

// standing picks an order in Ongoing that has one of the statuses.
func (w *world) standing(pick pick, statuses ...int) (ongoingtest.OrderState, bool) {
	orders := slices.DeleteFunc(w.owner.Orders(), func(o ongoingtest.OrderState) bool { return !slices.Contains(statuses, o.Status) })
	if len(orders) == 0 {
		return ongoingtest.OrderState{}, false
	}
	return one(pick, orders), true
}

func setStatus(to int, from ...int) func(*world, pick) (string, bool) {
	return func(w *world, pick pick) (string, bool) {
		o, ok := w.standing(pick, from...)
		if !ok {
			return "", false
		}
		return fmt.Sprintf("Ongoing order %s: %d → %d", o.Number, o.Status, to), w.owner.SetOrderStatus(o.Number, to) == nil
	}
}

func pickSome(w *world, pick pick) (string, bool) {
	o, ok := w.standing(pick, 300, 320)
	if !ok || len(o.Lines) == 0 {
		return "", false
	}
	line := one(pick, o.Lines)
	n := least(*quantity(pick), line.Ordered.Sub(line.Picked))
	if n.Sign() <= 0 || !w.fetch(line.Article, n) {
		return "", false
	}
	return fmt.Sprintf("Ongoing order %s: %s picked of row %s", o.Number, n, line.Row), w.owner.Pick(o.Number, line.Row, n) == nil
}

// fetch sees to it that so much of an article is there.
func (w *world) fetch(article string, n number.Decimal) bool {
	a, ok := w.owner.Article(article)
	if !ok {
		return false
	}
	missing := n.Sub(a.Stock)
	return missing.Sign() <= 0 || w.owner.AddStock(article, missing) == nil
}

func ship(w *world, pick pick) (string, bool) {
	return w.leave(pick, func(l ongoingtest.LineState) number.Decimal { return l.Ordered.Sub(l.Picked) })
}

func shipShort(w *world, pick pick) (string, bool) {
	return w.leave(pick, func(l ongoingtest.LineState) number.Decimal { return least(l.Ordered.Sub(l.Picked), *quantity(pick)) })
}

// leave ships an order.
func (w *world) leave(pick pick, quantity func(ongoingtest.LineState) number.Decimal) (string, bool) {
	o, ok := w.standing(pick, 300, 320, 400)
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
		w.fetch(article, n)
	}
	if err := w.owner.Ship(o.Number, s); err != nil {
		panic(err) // a step that was half done would not be told
	}
	return fmt.Sprintf("Ongoing order %s: %d → %d with%s %s", o.Number, o.Status, s.Status, what, s.Waybill), true
}

func pickMore(w *world, pick pick) (string, bool) {
	o, ok := w.standing(pick, 400, 450, 500)
	if !ok || len(o.Lines) == 0 {
		return "", false
	}
	line, n := one(pick, o.Lines), *quantity(pick)
	if !w.fetch(line.Article, n) {
		return "", false
	}
	return fmt.Sprintf("Ongoing order %s: %s more picked of row %s", o.Number, n, line.Row), w.owner.Pick(o.Number, line.Row, n) == nil
}

func lateParcel(w *world, pick pick) (string, bool) {
	o, ok := w.standing(pick, 450, 500)
	if !ok {
		return "", false
	}
	p := ongoingtest.Parcel{Number: fmt.Sprint("P", len(o.Parcels)+1), Waybill: fmt.Sprintf("W%s-%d", o.Number, len(o.Parcels)+1), Return: pick(4) == 3}
	return fmt.Sprintf("Ongoing order %s: parcel %s, return %v", o.Number, p.Waybill, p.Return), w.owner.AddParcels(o.Number, p) == nil
}

func handMade(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	if len(articles) == 0 || len(w.owner.Orders()) > 2*mostOrders {
		return "", false
	}
	number := fmt.Sprint("HAND-", len(w.owner.Orders()))
	_, err := w.owner.AddOrder(number, ongoingtest.NewLine{Row: "1", Article: one(pick, articles).Number, Quantity: *quantity(pick)})
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
	a, n := one(pick, articles), number.FromInt(int64(pick(10)))
	return fmt.Sprintf("article %s: counted, %s", a.Number, n), w.owner.SetStock(a.Number, n) == nil
}

func receive(w *world, pick pick) (string, bool) {
	articles := w.owner.Articles()
	if len(articles) == 0 {
		return "", false
	}
	a, n := one(pick, articles), *quantity(pick)
	return fmt.Sprintf("article %s: %s received", a.Number, n), w.owner.AddStock(a.Number, n) == nil
}

func least(a, b number.Decimal) number.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
