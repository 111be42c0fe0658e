package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/testenv"
)

// built builds the functions into a folder that remove deletes.
func built(ctx context.Context, list ...naming.Process) (folder string, remove func(), err error) {
	folder, err = os.MkdirTemp("", "bench-")
	if err != nil {
		return "", nil, err
	}
	return folder, func() { os.RemoveAll(folder) }, testenv.Build(ctx, folder, list...)
}

// sequential is how long the calls of a use take one after another.
func sequential(u use) time.Duration { return time.Duration(u.calls()) * vendorLatency }

// firstLoad measures how long the first load of one customer takes with the real binaries, compared with its calls.
// The four loads run at the same time, in worlds of their own; they mostly sleep.
func firstLoad(ctx context.Context, _ *measured) (group, error) {
	g := group{Name: "firstload", About: fmt.Sprintf("First load of one customer by the real binary, %v a call to a "+
		"vendor and %v a request to DynamoDB.", vendorLatency, dynamoDBLatency)}
	folder, remove, err := built(ctx, naming.Articles, naming.SalesOrders, naming.Shipments, naming.Stock)
	if err != nil {
		return g, err
	}
	defer remove()
	const records, shipped = 100, 40
	loads := []struct {
		process naming.Process
		what    string
		records int
		prepare func(*world, *shop) error
	}{
		{naming.Articles, "products", records, func(_ *world, s *shop) error {
			for i := range records {
				s.Company.AddProduct(office24.Product{
					No: fmt.Sprintf("NEW-%05d", i), Name: fmt.Sprint("Vare ", i), StockControlled: new(true),
				})
			}
			return nil
		}},
		{naming.SalesOrders, "orders of three lines", records, func(w *world, s *shop) error {
			s.order(records, w.clock.now())
			return nil
		}},
		{naming.Shipments, "shipped orders of three lines", shipped, func(w *world, s *shop) error {
			s.order(shipped, w.clock.now())
			if err := w.settle(ctx, naming.SalesOrders); err != nil {
				return err
			}
			return s.ship(0)
		}},
		{naming.Stock, "stock figures", records, func(_ *world, s *shop) error {
			for i := range records {
				err := s.GoodsOwner.SetStock(fmt.Sprintf("ART-%05d", i), number.FromInt(int64(i+1)))
				if err != nil {
					return err
				}
			}
			return nil
		}},
	}
	g.Figures = make([]figure, len(loads))
	errs := make([]error, len(loads))
	var wg sync.WaitGroup
	for i, l := range loads {
		wg.Go(func() {
			errs[i] = func() error {
				w, err := newWorld(2 * time.Hour)
				if err != nil {
					return err
				}
				shops, err := newShops(ctx, w, 1, records, nil)
				if err != nil {
					return err
				}
				w.clock.set(0)
				if err := l.prepare(w, shops[0]); err != nil {
					return err
				}
				w.clock.set(0)
				w.slow(true)
				event := map[string]any{"customers": []string{shops[0].ID}}
				u, err := w.run(ctx, folder, l.process, options{}, event)
				if err != nil {
					return err
				}
				g.Figures[i] = figure{
					What: fmt.Sprintf("%s: %d %s", l.process, l.records, l.what), Value: u.Wall.Seconds(), Unit: "s",
					Bound: sequential(u).Seconds(), Why: fmt.Sprintf("%d calls one after another", u.calls()),
				}
				return w.close()
			}()
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return g, err
		}
	}
	return g, nil
}

// Lambda gives a function of 1,769 MB one processor (developer guide, "Configure Lambda function memory").
const processorOf512MiB = 512.0 / 1769

// fleet measures so many customers in one invocation and in several.
func fleet(customers int) func(context.Context, *measured) (group, error) {
	return func(ctx context.Context, m *measured) (group, error) { return measureFleet(ctx, m, customers) }
}

func measureFleet(ctx context.Context, m *measured, customers int) (group, error) {
	const busyShare, changes = 20, 3
	g := group{Name: "fleet", About: fmt.Sprintf("%s customers, every twentieth with %d changed products, one tick of "+
		"articles by the real binary with %v a call to a vendor, %v a request to DynamoDB and %v a secret. "+
		"Segments have all of this machine.",
		thousands(int64(customers)), changes, vendorLatency, dynamoDBLatency, secretsLatency)}
	folder, remove, err := built(ctx, naming.Articles)
	if err != nil {
		return g, err
	}
	defer remove()
	w, err := newWorld(2 * time.Hour)
	if err != nil {
		return g, err
	}
	if err := w.add(ctx, customers, nil); err != nil {
		return g, err
	}
	products := map[*testenv.Merchant][]office24.ProductID{}
	for i := 0; i < customers; i += busyShare {
		merchant := w.merchants[i]
		for n := range changes {
			products[merchant] = append(products[merchant], merchant.Company.AddProduct(office24.Product{
				No: fmt.Sprint("ART-", n), Name: fmt.Sprint("Vare ", n), StockControlled: new(true),
			}))
		}
	}
	if err := w.settle(ctx, naming.Articles); err != nil {
		return g, err
	}
	w.clock.set(0)
	restore := w.env.DynamoDB.Save()
	w.slow(true)
	one, err := w.run(ctx, folder, naming.Articles, options{}, map[string]any{"customers": []string{w.merchants[1].ID}})
	if err != nil {
		return g, err
	}
	m.BaseMiB = one.PeakMiB
	restore()
	var times []fleetTimes
	for _, v := range []struct {
		segments, concurrency int
		limited               bool
	}{
		{1, 32, true}, {1, 128, true}, {2, 32, false}, {4, 32, false}, {8, 32, false},
	} {
		var events []any
		for segment := range v.segments {
			events = append(events, map[string]any{"segment": segment, "segments": v.segments})
		}
		o := options{concurrency: v.concurrency}
		what, why := fmt.Sprintf("%d at once", v.concurrency), "calls × latency / customers at once"
		if v.limited {
			o.processor = processorOf512MiB
			what += ", with the processor of 512 MiB"
		}
		if v.segments > 1 {
			what = fmt.Sprintf("%d segments, %s", v.segments, what)
		}
		for merchant, ids := range products {
			for _, id := range ids {
				merchant.Company.EditProduct(id, func(p *office24.Product) { p.Name = what + p.No })
			}
		}
		u, err := w.run(ctx, folder, naming.Articles, o, events...)
		if err != nil {
			return g, err
		}
		if u.Customers != customers {
			return g, fmt.Errorf("%s: %d customers were run", what, u.Customers)
		}
		bound := sequential(u).Seconds() / float64(v.concurrency*v.segments)
		m.FleetCalls = float64(u.calls()) / float64(customers)
		times = append(times, fleetTimes{v.segments, v.concurrency, v.limited, u.Wall.Seconds()})
		fmt.Printf("%s: %.1f s, bound %.1f s\n", what, u.Wall.Seconds(), bound)
		g.Figures = append(g.Figures, figure{What: what, Value: u.Wall.Seconds(), Unit: "s", Bound: bound, Why: why})
		if v.segments == 1 && v.limited {
			perCustomer := 1000 / float64(customers)
			g.Figures = append(g.Figures,
				figure{What: what + ": processor time a customer", Value: u.CPU.Seconds() * perCustomer, Unit: "ms",
					Bound: u.Wall.Seconds() * processorOf512MiB * perCustomer, Why: "what Lambda gives in that time"},
				figure{What: what + ": peak memory", Value: u.PeakMiB, Unit: "MiB",
					Bound: memoryMiB, Why: "the function's"},
				figure{What: what + ": connections opened", Value: float64(u.Connections), Unit: "connections",
					Bound: float64(3 * v.concurrency), Why: "one for each customer at once and service"},
			)
		}
		if v.segments == 1 && v.concurrency == 32 && v.limited {
			m.CPU, m.Ratio, m.FleetMiB = u.CPU.Seconds()/float64(customers), u.Wall.Seconds()/bound, u.PeakMiB
		}
		restore()
	}
	m.FleetCustomers, m.FleetSeconds = customers, times
	return g, w.close()
}

// memory measures the peak memory where it is largest. Calls have no latency: memory does not depend on it.
func memory(ctx context.Context, _ *measured) (group, error) {
	g := group{Name: "memory", About: "Peak memory of the real binary of articles with long texts and no latency, " +
		"the invocation cut after 90 seconds; what is left over is done by the next ones."}
	folder, remove, err := built(ctx, naming.Articles)
	if err != nil {
		return g, err
	}
	defer remove()
	for _, v := range []struct {
		customers, products int
		mode                string
		bound               float64
		why                 string
	}{
		{1, 50_000, "live", 128, "aim"},
		{32, 6_000, "live", memoryMiB, "the function's"},
		{32, 6_000, "preview", memoryMiB, "the function's"},
	} {
		w, err := newWorld(0)
		if err != nil {
			return g, err
		}
		if err := w.add(ctx, v.customers, map[string]any{"mode": v.mode}); err != nil {
			return g, err
		}
		for _, m := range w.merchants {
			for i := range v.products {
				m.Company.AddProduct(office24.Product{
					No: fmt.Sprintf("ART-%05d", i), Name: fmt.Sprintf("Vare nummer %d, blå", i),
					EAN1:        fmt.Sprintf("709%010d", i),
					Description: strings.Repeat("Rustfri & blank. ", 29), StatusID: new(1), StockControlled: new(true),
				})
			}
		}
		u, err := w.run(ctx, folder, naming.Articles, options{timeout: 90 * time.Second, cut: true}, map[string]any{})
		what := fmt.Sprintf("%d customers with %s products each, %s", v.customers, thousands(int64(v.products)), v.mode)
		if err != nil {
			return g, fmt.Errorf("%s: %w", what, err)
		}
		g.Figures = append(g.Figures,
			figure{What: what, Value: u.PeakMiB, Unit: "MiB", Bound: v.bound, Why: v.why},
			figure{What: what + ": processor time", Value: u.CPU.Seconds(), Unit: "s"})
		if err := w.close(); err != nil {
			return g, err
		}
	}
	return g, nil
}
