package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// What a customer has after years: orders that are closed, and articles that are not used any more, whose products are
// deleted.
const closedOrders, oldArticles = 20_000, 5_000

// A situation is what a run has used in it.
type situation struct {
	what string
	rate rate
}

// history measures what a tick uses of DynamoDB with years of history, beside the same without. The links are put
// straight into the state table.
func history(ctx context.Context, _ *measured) (group, error) {
	g := group{Name: "history", About: fmt.Sprintf("A customer with %d closed orders and %d articles that are not "+
		"used any more, five processes on, 20 products, 2 open orders. After a lost cursor, articles and stock "+
		"compare everything and read the links of all articles, old ones too, in one query.",
		closedOrders, oldArticles)}
	without, err := situations(ctx, 0, 0)
	if err != nil {
		return g, err
	}
	with, err := situations(ctx, closedOrders, oldArticles)
	if err != nil {
		return g, err
	}
	const why = "the same without history"
	for i, s := range with {
		base := without[i].rate
		g.Figures = append(g.Figures,
			figure{What: s.what + ": requests to DynamoDB", Value: s.rate.DynamoDB, Unit: "requests",
				Bound: base.DynamoDB, Why: why},
			figure{What: s.what + ": read units", Value: s.rate.ReadUnits, Unit: "units",
				Bound: base.ReadUnits, Why: why},
			figure{What: s.what + ": write units", Value: s.rate.WriteUnits, Unit: "units",
				Bound: base.WriteUnits, Why: why},
		)
	}
	return g, nil
}

// situations measures one customer with so many links of each kind.
func situations(ctx context.Context, orders, articles int) (all []situation, err error) {
	w, err := newWorld(0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	settings := allOn()
	settings["stock"] = map[string]any{"fullSweepHours": 24}
	shops, err := newShops(ctx, w, 1, 20, settings)
	if err != nil {
		return nil, err
	}
	s := shops[0]
	s.order(5, w.clock.now())
	if err := w.settle(ctx, naming.SalesOrders); err != nil {
		return nil, err
	}
	if err := s.ship(2); err != nil {
		return nil, err
	}
	web := ongoingtest.NewArticle{Number: "WEB", Name: "Vare i nettbutikken", Stock: number.FromInt(1)}
	if _, err := s.GoodsOwner.AddArticle(web); err != nil {
		return nil, err
	}
	if err := w.age(ctx, s, orders, articles); err != nil {
		return nil, err
	}
	w.clock.forward(2 * time.Hour)
	if err := w.settle(ctx, processes()...); err != nil {
		return nil, err
	}

	const hour = int(time.Hour / naming.Period)
	idle, err := w.day(ctx, hour, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range processes() {
		all = append(all, situation{string(p) + ", an idle tick", rateOf(idle[p], float64(hour))})
	}
	add := func(what string, p naming.Process) error {
		w.clock.forward(naming.Period)
		u, err := w.tick(ctx, p)
		if err == nil && u.Customers != 1 {
			err = fmt.Errorf("%s, %s: %d customers were run", p, what, u.Customers)
		}
		all = append(all, situation{string(p) + ", " + what, rateOf(u, 1)})
		return err
	}
	if err := s.GoodsOwner.SetStock("WEB", number.FromInt(2)); err != nil {
		return nil, err
	}
	if err := add("an article of another system changed", naming.Stock); err != nil {
		return nil, err
	}
	s.Settings["salesOrders"] = map[string]any{"cancelWithdrawn": true}
	if err := w.env.PutSettings(ctx, s.Settings); err != nil {
		return nil, err
	}
	if err := w.settle(ctx, naming.SalesOrders); err != nil {
		return nil, err
	}
	if err := add("cancelWithdrawn on", naming.SalesOrders); err != nil {
		return nil, err
	}
	for _, p := range processes() {
		if err := w.env.DeleteRecord(ctx, s.ID, "cursor#"+string(p)); err != nil {
			return nil, err
		}
		if err := add("its cursor lost", p); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// age gives a customer links of closed orders and of articles.
func (w *world) age(ctx context.Context, s *shop, orders, articles int) error {
	partition := state.New(w.env.DynamoDB.Client(), dynamodbtest.StateTable, w.clock.now).Partition(s.ID)
	ongoing := s.Settings["ongoing"].(map[string]any)
	err := partition.Load(ctx, naming.SalesOrders, ongoing["baseUrl"].(string), ongoing["goodsOwnerId"].(int))
	if err != nil {
		return err
	}
	at := w.clock.now().AddDate(-1, 0, 0)
	const first, batch = 1_000_000, 1_000
	for begin := 0; begin < orders; begin += batch {
		var links []*state.OrderLink
		for id := first + begin; id < first+min(begin+batch, orders); id++ {
			links = append(links, &state.OrderLink{
				OrderID: id, OrderNumber: fmt.Sprint(id), OngoingID: id, Fingerprint: fmt.Sprintf("%064d", id),
				ImportedAt: at, ShippedAt: at, StatusSetAt: at,
			})
		}
		if err := errors.Join(partition.PutOrders(ctx, links)...); err != nil {
			return err
		}
	}
	for i := range articles {
		no, product := fmt.Sprintf("OLD-%05d", i), first+i
		id, err := s.GoodsOwner.AddArticle(ongoingtest.NewArticle{
			Number: no, Name: no, ProductCode: fmt.Sprint(product), Inactive: true,
		})
		if err != nil {
			return err
		}
		if err := partition.PutArticle(ctx, &state.ArticleLink{
			ProductID: product, ArticleNumber: no, ArticleID: id, Fingerprint: fmt.Sprintf("%064d", i),
		}); err != nil {
			return err
		}
	}
	return nil
}
