package acts

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// warehouseActs are those of people, and of other systems, in Ongoing WMS.
func warehouseActs() []Act {
	order := func(a Act) Act { a.System, a.Kind = localstack.Ongoing, localstack.Order; return a }
	article := func(a Act) Act { a.System, a.Kind = localstack.Ongoing, localstack.Article; return a }
	owner := func(a Act) Act { a.System = localstack.Ongoing; return a }
	return []Act{
		order(Act{
			Name: "pick", Title: "Pick", Fields: askPick, do: pick,
			About: "Picks a part of a line. The status becomes 400.",
		}),
		order(Act{
			Name: "send", Title: "Send", About: "Picks these quantities and ships the order. Enter less to ship short.",
			Fields: askSend, do: send,
		}),
		order(Act{Name: "allocate", Title: "Print the pick list", About: "The status becomes 320: no more changes.",
			do: func(_ context.Context, t Target) error { return t.GoodsOwner.SetOrderStatus(t.Key, 320) }}),
		order(Act{Name: "collect", Title: "Collected by the carrier",
			do: func(_ context.Context, t Target) error { return t.GoodsOwner.SetOrderStatus(t.Key, 500) }}),
		order(Act{Name: "late-parcel", Title: "Add a late parcel", Fields: fields(
			Field{Name: "waybill", Label: "Waybill", Value: "70722150000067890"},
		), do: func(_ context.Context, t Target) error {
			return t.GoodsOwner.AddParcels(
				t.Key,
				ongoingtest.Parcel{Number: "P-" + t.Values["waybill"], Waybill: t.Values["waybill"]},
			)
		}}),
		order(Act{
			Name: "back-order", Title: "Make a back order", About: "Of what is not picked, as some warehouses do.",
			Fields: func(t Target) []Field {
				return []Field{{Name: "number", Label: "Number", Value: t.Key + "-B"}}
			},
			do: func(_ context.Context, t Target) error {
				_, err := t.GoodsOwner.AddBackOrder(t.Key, ongoingtest.NewBackOrder{Number: t.Values["number"]})
				return err
			},
		}),
		order(Act{Name: "cancel", Title: "Cancel",
			do: func(_ context.Context, t Target) error { return t.GoodsOwner.CancelOrder(t.Key) }}),
		order(Act{Name: "return", Title: "Return", About: "Everything goes back on the shelf; the status becomes 800.",
			do: func(_ context.Context, t Target) error { return t.GoodsOwner.ReturnOrder(t.Key) }}),
		order(Act{Name: "exchange-article", Title: "Exchange an article", Fields: func(t Target) []Field {
			return []Field{
				{Name: "row", Label: "Row", Value: first(t.lines()), Choices: t.lines()},
				{Name: "article", Label: "Article", Value: first(t.articles()), Choices: t.articles()},
			}
		}, do: func(_ context.Context, t Target) error {
			return t.GoodsOwner.ExchangeArticle(t.Key, t.Values["row"], t.Values["article"])
		}}),
		order(Act{Name: "renumber-order", Title: "Renumber", Fields: func(t Target) []Field {
			return []Field{{Name: "number", Label: "Number", Value: t.Key + "-NY"}}
		}, do: func(_ context.Context, t Target) error {
			return t.GoodsOwner.RenumberOrder(t.Key, t.Values["number"])
		}}),
		article(Act{Name: "count", Title: "Count", Fields: askStock, do: func(_ context.Context, t Target) error {
			d, err := t.decimal("quantity")
			if err != nil {
				return err
			}
			return t.GoodsOwner.SetStock(t.Key, d)
		}}),
		article(Act{Name: "receive", Title: "Receive goods", Fields: fields(
			Field{Name: "quantity", Label: "Quantity", Value: "10", Decimal: true},
		), do: func(_ context.Context, t Target) error {
			d, err := t.decimal("quantity")
			if err != nil {
				return err
			}
			return t.GoodsOwner.AddStock(t.Key, d)
		}}),
		article(Act{Name: "renumber-article", Title: "Renumber", Fields: func(t Target) []Field {
			return []Field{{Name: "number", Label: "Number", Value: t.Key + "-X"}}
		}, do: func(_ context.Context, t Target) error {
			return t.GoodsOwner.RenumberArticle(t.Key, t.Values["number"])
		}}),
		article(Act{Name: "product-code", Title: "Change the product code", Fields: fields(
			Field{Name: "code", Label: "Product code", Value: ""},
		), do: func(_ context.Context, t Target) error {
			return t.GoodsOwner.SetProductCode(t.Key, t.Values["code"])
		}}),
		article(Act{Name: "delete-article", Title: "Delete",
			do: func(_ context.Context, t Target) error { return t.GoodsOwner.DeleteArticle(t.Key) }}),
		owner(Act{
			Name: "other-article", Title: "An article of another integration",
			Fields: fields(Field{Name: "number", Label: "Number", Value: "BUTIKK-1"},
				Field{Name: "code", Label: "Product code", Value: "7101"}),
			do: func(_ context.Context, t Target) error {
				_, err := t.GoodsOwner.AddArticle(ongoingtest.NewArticle{
					Number: t.Values["number"], Name: "Fra nettbutikken", ProductCode: t.Values["code"],
				})
				return err
			},
		}),
		owner(Act{Name: "other-order", Title: "An order of another integration", Fields: func(t Target) []Field {
			return []Field{
				{Name: "number", Label: "Number", Value: "NETT-" + strconv.Itoa(len(t.GoodsOwner.Orders())+1)},
				{Name: "article", Label: "Article", Value: first(t.articles()), Choices: t.articles()},
				{Name: "quantity", Label: "Quantity", Value: "1", Decimal: true},
			}
		}, do: otherOrder}),
	}
}

func askPick(t Target) []Field {
	return []Field{
		{Name: "row", Label: "Line", Value: first(t.lines()), Choices: t.lines()},
		{Name: "quantity", Label: "Quantity", Value: "1", Decimal: true},
	}
}

func pick(_ context.Context, t Target) error {
	d, err := t.decimal("quantity")
	if err != nil {
		return err
	}
	if err := t.GoodsOwner.Pick(t.Key, t.Values["row"], d); err != nil {
		return err
	}
	if t.ongoingOrder().Status < 400 {
		return t.GoodsOwner.SetOrderStatus(t.Key, 400)
	}
	return nil
}

// askSend asks for the quantity of each line that is not picked yet.
func askSend(t Target) []Field {
	var all []Field
	for _, l := range t.ongoingOrder().Lines {
		left := l.Ordered.Sub(l.Picked)
		if left.Sign() < 0 {
			left = number.Decimal{}
		}
		all = append(all, Field{Name: "row-" + l.Row, Label: l.Article, Value: left.String(), Decimal: true})
	}
	return append(all, Field{Name: "waybill", Label: "Waybill", Value: "7072215" + strconv.Itoa(t.ongoingOrder().ID)})
}

func send(_ context.Context, t Target) error {
	o := t.ongoingOrder()
	if o.Number == "" {
		return fmt.Errorf("no order %q in Ongoing", t.Key)
	}
	s := ongoingtest.Shipment{Status: 450, Waybill: t.Values["waybill"], Quantities: map[string]number.Decimal{}}
	var short []string
	for _, l := range o.Lines {
		d, err := t.decimal("row-" + l.Row)
		if err != nil {
			return err
		}
		a, _ := t.GoodsOwner.Article(l.Article)
		if a.Body["isStockArticle"] == false {
			continue
		}
		s.Quantities[l.Row] = d
		if d.Cmp(a.Stock) > 0 {
			short = append(short, fmt.Sprintf("article %s has %s in stock and row-%s sends %s",
				l.Article, a.Stock, l.Row, d))
		}
	}
	if short != nil {
		return fmt.Errorf("%s; receive goods first (act receive, key: the article), or send only what is there by a "+
			"lower quantity, such as 0, in the field of the row", strings.Join(short, "; "))
	}
	return t.GoodsOwner.Ship(t.Key, s)
}

func askStock(t Target) []Field {
	a, _ := t.GoodsOwner.Article(t.Key)
	return []Field{{Name: "quantity", Label: "Counted", Value: a.Stock.String(), Decimal: true}}
}

func otherOrder(_ context.Context, t Target) error {
	d, err := t.decimal("quantity")
	if err != nil {
		return err
	}
	_, err = t.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{
		Number: t.Values["number"], Lines: []ongoingtest.NewLine{{Row: "1", Article: t.Values["article"], Quantity: d}},
	})
	return err
}
