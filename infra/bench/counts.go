package main

import (
	"context"
	"fmt"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

const (
	ticksPerDay  = int(24 * time.Hour / naming.Period)
	ticksPerHour = int(time.Hour / naming.Period)
	// hourlyQuota is 24SevenOffice's limit of calls an hour, presumably by IP address (its FAQ).
	hourlyQuota = 7200
	// monthlyCalls is where 24SevenOffice asks for money, a client and month (its price page).
	monthlyCalls = 500_000
	daysPerMonth = 30
)

// allOn are the settings of a customer with all five processes.
func allOn() map[string]any {
	return map[string]any{"suppliers": map[string]any{"enabled": true}}
}

// A shop is a merchant with products, whose orders the warehouse ships at the next tick.
type shop struct {
	*testenv.Merchant
	products []office24.ProductID
	open     []office24.OrderID
	made     int
}

// newShop gives a merchant products, with articles and stock in Ongoing, and a supplier.
func newShop(m *testenv.Merchant, products int) (*shop, error) {
	s := &shop{Merchant: m}
	const supplier = 9001
	m.Company.AddCompany(office24.Company{
		ID: supplier, Name: "Leverandør AS", Type: office24.CompanySupplier,
	})
	for i := range products {
		no, stocked := fmt.Sprintf("ART-%05d", i), number.FromInt(100_000)
		id := m.Company.AddProduct(office24.Product{
			No: no, Name: fmt.Sprintf("Vare nummer %d, blå", i), EAN1: fmt.Sprintf("709%010d", i),
			SupplierID: supplier, StatusID: new(1), StockControlled: new(true), Stock: &stocked,
		})
		s.products = append(s.products, id)
		if _, err := m.GoodsOwner.AddArticle(ongoingtest.NewArticle{
			Number: no, Name: no, ProductCode: fmt.Sprint(id), Stock: stocked,
		}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// order adds confirmed orders of three lines.
func (s *shop) order(n int, now time.Time) {
	for range n {
		o := office24.Order{
			CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed, DateOrdered: now,
			Addresses: office24.Addresses{Delivery: &office24.Address{
				Street: "Storgata 1", PostalCode: "0155", PostalArea: "Oslo", Country: "NO",
			}},
		}
		for range 3 {
			one, price := number.FromInt(1), number.FromInt(100)
			o.Rows = append(o.Rows, office24.Row{
				ProductID: s.products[s.made%len(s.products)], Quantity: &one, Price: &price,
			})
			s.made++
		}
		s.open = append(s.open, s.Company.AddOrder(o))
	}
}

// ship ships the oldest open orders but the newest n, completely.
func (s *shop) ship(n int) error {
	for len(s.open) > n {
		err := s.GoodsOwner.Ship(fmt.Sprint(s.open[0]), ongoingtest.Shipment{Status: 450, Waybill: "70000000000000001"})
		if err != nil {
			return err
		}
		s.open = s.open[1:]
	}
	return nil
}

// change gives a product another name.
func (s *shop) change(n int) {
	id := s.products[n%len(s.products)]
	s.Company.EditProduct(id, func(p *office24.Product) { p.Name = fmt.Sprintf("Vare, endret %d", n) })
}

// newShops adds merchants with these settings and products and lets everything settle.
func newShops(ctx context.Context, w *world, n, products int, settings map[string]any) ([]*shop, error) {
	if err := w.add(ctx, n, settings); err != nil {
		return nil, err
	}
	var shops []*shop
	for _, m := range w.merchants[len(w.merchants)-n:] {
		s, err := newShop(m, products)
		if err != nil {
			return nil, err
		}
		shops = append(shops, s)
	}
	return shops, w.settle(ctx, processes()...)
}

// day lets all processes tick for a day, doing this before each tick of a process, and returns what each has used.
func (w *world) day(
	ctx context.Context, ticks int, before func(tick int, p naming.Process) error,
) (map[naming.Process]use, error) {
	total := map[naming.Process]use{}
	for tick := range ticks {
		last := time.Duration(0)
		for _, e := range naming.Entries() {
			w.clock.forward(e.Offset - last)
			last = e.Offset
			if before != nil {
				if err := before(tick, e.Process); err != nil {
					return nil, err
				}
			}
			u, err := w.tick(ctx, e.Process)
			if err != nil {
				return nil, err
			}
			total[e.Process] = total[e.Process].plus(u)
		}
		w.clock.forward(naming.Period - last)
	}
	return total, nil
}

// plus adds what can be added.
func (u use) plus(o use) use {
	u.Customers += o.Customers
	u.Office24 += o.Office24
	u.Ongoing += o.Ongoing
	u.DynamoDB += o.DynamoDB
	u.Secrets += o.Secrets
	u.ReadUnits += o.ReadUnits
	u.WriteUnits += o.WriteUnits
	u.LogBytes += o.LogBytes
	u.LogLines += o.LogLines
	u.VendorBytes += o.VendorBytes
	u.SentBytes += o.SentBytes
	return u
}

func sum(uses map[naming.Process]use) (total use) {
	for _, u := range uses {
		total = total.plus(u)
	}
	return total
}

// idle measures a day of customers without news. Two fleets of different size separate what each customer uses from
// what each invocation does.
func idle(ctx context.Context, m *measured) (group, error) {
	g := group{Name: "idle", About: "A day without news, five processes on, 20 products, 5 orders of former days; a " +
		"customer and tick, averaged over 96, with four full sweeps of stock and daily comparisons; functions warm."}
	// A whole day: the daily comparisons of the customers are spread over it.
	const few, many, ticks = 5, 25, ticksPerDay
	uses := map[int]map[naming.Process]use{}
	for _, n := range []int{few, many} {
		w, err := newWorld(0)
		if err != nil {
			return g, err
		}
		shops, err := newShops(ctx, w, n, 20, allOn())
		if err != nil {
			return g, err
		}
		for _, s := range shops {
			s.order(5, w.clock.now())
		}
		if err := w.settle(ctx, naming.SalesOrders); err != nil {
			return g, err
		}
		for _, s := range shops {
			if err := s.ship(0); err != nil {
				return g, err
			}
		}
		if err := w.settle(ctx, processes()...); err != nil {
			return g, err
		}
		if uses[n], err = w.day(ctx, ticks, nil); err != nil {
			return g, err
		}
		if n == many {
			m.StateBytes = float64(w.env.DynamoDB.StoredBytes("")) / many
		}
		if err := w.close(); err != nil {
			return g, err
		}
	}
	m.Idle, m.Invocation = map[naming.Process]rate{}, map[naming.Process]rate{}
	var total rate
	for _, p := range processes() {
		small, large := rateOf(uses[few][p], float64(ticks)), rateOf(uses[many][p], float64(ticks))
		m.Idle[p] = large.plus(small.times(-1)).times(1.0 / (many - few))
		m.Invocation[p] = small.plus(m.Idle[p].times(-few))
		total = total.plus(m.Idle[p])
	}
	for _, p := range processes() {
		r := m.Idle[p]
		g.Figures = append(g.Figures,
			figure{What: string(p) + ": calls to 24SevenOffice", Value: r.Office24, Unit: "calls"},
			figure{What: string(p) + ": calls to Ongoing", Value: r.Ongoing, Unit: "calls"},
			figure{What: string(p) + ": requests to DynamoDB", Value: r.DynamoDB, Unit: "requests"},
			figure{What: string(p) + ": read units", Value: r.ReadUnits, Unit: "units", Bound: 2, Why: "aim"},
			figure{What: string(p) + ": write units", Value: r.WriteUnits, Unit: "units", Bound: 1, Why: "aim"},
			figure{What: string(p) + ": Secrets Manager", Value: r.Secrets, Unit: "calls"},
			figure{What: string(p) + ": log", Value: r.LogBytes, Unit: "bytes"},
		)
	}
	four := total.Office24 - m.Idle[naming.Suppliers].Office24
	g.Figures = append(g.Figures,
		figure{What: "900 customers, four processes: 24SevenOffice", Value: 900 * four * float64(ticksPerHour),
			Unit: "calls/h", Bound: hourlyQuota, Why: "24SevenOffice: 7,200 an hour, presumably by IP"},
		figure{What: "one customer, five processes: 24SevenOffice, a month",
			Value: total.Office24 * float64(ticksPerDay*daysPerMonth),
			Unit:  "calls", Bound: monthlyCalls, Why: "24SevenOffice: money above 500,000 a client and month"},
	)
	return g, nil
}

// busy measures a day of customers with 200 orders of three lines, all shipped completely, and 20 changed products.
func busy(ctx context.Context, m *measured) (group, error) {
	g := group{Name: "busy", About: "A day with 200 orders of three lines, shipped completely a tick later, and 20 " +
		"changed products, 100 products in all; what a customer uses beyond an idle one."}
	// As many as in the smaller fleet of the group idle, so that their secrets are read in as many calls.
	const n, ordersPerDay, changesPerDay = 5, 200, 20
	w, err := newWorld(0)
	if err != nil {
		return g, err
	}
	shops, err := newShops(ctx, w, n, 100, allOn())
	if err != nil {
		return g, err
	}
	const links, runs = "order#", "run#"
	before := [2]int{w.env.DynamoDB.StoredBytes(links), w.env.DynamoDB.StoredBytes(runs)}
	total, err := w.day(ctx, ticksPerDay, func(tick int, p naming.Process) error {
		orders := ordersPerDay*(tick+1)/ticksPerDay - ordersPerDay*tick/ticksPerDay
		for i, s := range shops {
			switch p { //nolint:exhaustive // people do nothing before the others
			case naming.Articles:
				if changesPerDay*(tick+1)/ticksPerDay > changesPerDay*tick/ticksPerDay {
					s.change(tick + i)
				}
			case naming.SalesOrders:
				s.order(orders, w.clock.now())
			case naming.Shipments:
				if err := s.ship(orders); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return g, err
	}
	m.BusyLinkBytes = float64(w.env.DynamoDB.StoredBytes(links)-before[0]) / n
	m.BusyRunBytes = float64(w.env.DynamoDB.StoredBytes(runs)-before[1]) / n
	var idleDay rate
	for _, p := range processes() {
		idleDay = idleDay.plus(m.Idle[p].plus(m.Invocation[p].times(1.0 / n)).times(float64(ticksPerDay)))
	}
	day := rateOf(sum(total), n)
	m.Busy = day.plus(idleDay.times(-1))
	perOrder := func(p naming.Process, of func(rate) float64) float64 {
		more := rateOf(total[p], n).plus(m.Idle[p].times(-float64(ticksPerDay)))
		return of(more) / ordersPerDay
	}
	office := func(r rate) float64 { return r.Office24 }
	warehouse := func(r rate) float64 { return r.Ongoing }
	suppliers := m.Idle[naming.Suppliers].Office24 * float64(ticksPerDay)
	g.Figures = []figure{
		{What: "a new order, two in a tick: 24SevenOffice", Value: perOrder(naming.SalesOrders, office), Unit: "calls"},
		{What: "a new order, two in a tick: Ongoing", Value: perOrder(naming.SalesOrders, warehouse), Unit: "calls"},
		{What: "a shipped order, two in a tick: 24SevenOffice", Value: perOrder(naming.Shipments, office),
			Unit: "calls"},
		{What: "a shipped order, two in a tick: Ongoing", Value: perOrder(naming.Shipments, warehouse), Unit: "calls"},
		{What: "stock, an order: 24SevenOffice", Value: perOrder(naming.Stock, office), Unit: "calls"},
		{What: "stock, an order: Ongoing", Value: perOrder(naming.Stock, warehouse), Unit: "calls"},
		{What: "an order, all processes: read units", Value: m.Busy.ReadUnits / ordersPerDay, Unit: "units"},
		{What: "an order, all processes: write units", Value: m.Busy.WriteUnits / ordersPerDay, Unit: "units"},
		{What: "an order, all processes: its link, stored for ever", Value: m.BusyLinkBytes / ordersPerDay,
			Unit: "bytes"},
		{What: "an order, all processes: run records, stored for 30 days", Value: m.BusyRunBytes / ordersPerDay,
			Unit: "bytes"},
		{What: "an order, all processes: log", Value: m.Busy.LogBytes / ordersPerDay, Unit: "bytes"},
		{What: "110 customers, four processes: 24SevenOffice", Value: 110 * (day.Office24 - suppliers) / 24,
			Unit: "calls/h", Bound: hourlyQuota, Why: "24SevenOffice: 7,200 an hour, presumably by IP"},
	}
	return g, w.close()
}

// large measures the calls of a month of a customer with 20,000 products and 2,000 orders a day.
func large(ctx context.Context, m *measured) (group, error) {
	g := group{Name: "large", About: "A customer with 20,000 products and 2,000 orders of three lines a day, shipped " +
		"completely; from two hours with orders and one full sweep of stock over 5,000 articles."}
	const products, perTick, ticks, allProducts, ordersPerDay = 5_000, 21, 8, 20_000, 2_000
	w, err := newWorld(0)
	if err != nil {
		return g, err
	}
	shops, err := newShops(ctx, w, 1, products, nil)
	if err != nil {
		return g, err
	}
	s := shops[0]
	sweep, err := w.invoke(ctx, naming.Stock, map[string]any{"customers": []string{s.ID}, "full": true})
	if err != nil {
		return g, err
	}
	m.Sweep = rateOf(sweep, float64(products)/allProducts)
	total, err := w.day(ctx, ticks, func(_ int, p naming.Process) error {
		if p == naming.SalesOrders {
			s.order(perTick, w.clock.now())
		}
		if p == naming.Shipments {
			return s.ship(perTick)
		}
		return nil
	})
	if err != nil {
		return g, err
	}
	var idleTick rate
	for _, p := range processes() {
		if p != naming.Suppliers {
			idleTick = idleTick.plus(m.Idle[p])
		}
	}
	perOrder := rateOf(sum(total), perTick*ticks).plus(idleTick.times(-1.0 / perTick))
	m.Large = perOrder.times(ordersPerDay)
	of := func(p naming.Process) rate {
		return rateOf(total[p], perTick*ticks).plus(m.Idle[p].times(-1.0 / perTick))
	}
	made, shipped := of(naming.SalesOrders), of(naming.Shipments)
	// Four sweeps of stock a day, and the daily comparisons of stock and of articles, which read as much.
	month := idleTick.times(float64(ticksPerDay)).plus(m.Large).plus(m.Sweep.times(6)).times(daysPerMonth)
	g.Figures = []figure{
		{What: "a new order, 21 in a tick: 24SevenOffice", Value: made.Office24, Unit: "calls", Bound: 0.1, Why: "aim"},
		{What: "a new order, 21 in a tick: Ongoing", Value: made.Ongoing, Unit: "calls", Bound: 1, Why: "aim"},
		{What: "a shipped order, 21 in a tick: 24SevenOffice", Value: shipped.Office24, Unit: "calls", Bound: 2,
			Why: "aim"},
		{What: "a shipped order, 21 in a tick: Ongoing", Value: shipped.Ongoing, Unit: "calls", Bound: 2, Why: "aim"},
		{What: "an order, all processes: 24SevenOffice", Value: perOrder.Office24, Unit: "calls"},
		{What: "an order, all processes: Ongoing", Value: perOrder.Ongoing, Unit: "calls"},
		{What: "a full sweep of 20,000 articles: 24SevenOffice", Value: m.Sweep.Office24, Unit: "calls"},
		{What: "a full sweep of 20,000 articles: Ongoing", Value: m.Sweep.Ongoing, Unit: "calls"},
		{What: "a full sweep of 20,000 articles: read units", Value: m.Sweep.ReadUnits, Unit: "units"},
		{What: "a month: 24SevenOffice", Value: month.Office24, Unit: "calls", Bound: 200_000,
			Why: "aim; money above 500,000 calls a client and month"},
		{What: "a month: answers of both vendors", Value: month.VendorBytes / 1e9, Unit: "GB", Bound: 30,
			Why: "24SevenOffice: money above 30 GB a client and month"},
	}
	return g, w.close()
}
