package isolation_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// tick returns an event as EventBridge delivers it, with all its fields.
func tick() map[string]any {
	return map[string]any{
		"version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Scheduled Event",
		"source":  "aws.events",
		"account": "123456789012", "time": "2026-11-23T12:15:00Z", "region": "eu-north-1",
		"resources": []string{"arn:aws:events:eu-north-1:123456789012:rule/ongoing24so-stock"},
		"detail":    map[string]any{},
	}
}

// outcomes returns the outcomes of a result by customer.
func outcomes(r runner.Result) map[string]runner.Outcome {
	out := map[string]runner.Outcome{}
	for _, row := range r.Customers {
		out[row.CustomerID] = row.Outcome
	}
	return out
}

// The second run starts during a write of the first, in another sandbox. The writes must be those of one run.
func TestSecondRunAtTheSameTimeIsBusyAndWritesNothing(t *testing.T) {
	t.Parallel()
	for _, e := range naming.Entries() {
		for name, event := range map[string]map[string]any{"tick": tick(), "named": {"customers": []string{"acme"}}} {
			t.Run(fmt.Sprint(e.Process, ", ", name), func(t *testing.T) {
				t.Parallel()
				undisturbed := newWorkday(t, e.Process)
				alone := undisturbed.count(func() { undisturbed.settle(e.Process) })
				want := undisturbed.end()

				d := newWorkday(t, e.Process)
				first, second := d.function(e.Process), d.function(e.Process)
				writing, release := make(chan struct{}), make(chan struct{})
				var once sync.Once
				writes := d.count(func() {
					count := d.wrote
					d.watch(func(after bool) {
						count(after)
						once.Do(func() { close(writing); <-release })
					})
					ended := make(chan runner.Result, 1)
					go func() {
						result, _, err := first.Run(t.Context(), event)
						if err != nil {
							t.Errorf("the first run: %v", err)
						}
						ended <- result
					}()
					<-writing
					other, _, err := second.Run(t.Context(), event)
					must(t, err)
					close(release)
					if diff := cmp.Diff(map[string]runner.Outcome{"acme": runner.Busy}, outcomes(other)); diff != "" {
						t.Errorf("the second run (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff(map[string]runner.Outcome{"acme": runner.OK}, outcomes(<-ended)); diff != "" {
						t.Errorf("the first run (-want +got):\n%s", diff)
					}
				})
				if writes != alone {
					t.Errorf("%d writes; one run alone makes %d", writes, alone)
				}
				if diff := cmp.Diff(want, d.end()); diff != "" {
					t.Errorf("the end differs from that of one run (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// EventBridge delivers an event at least once.
func TestSecondDeliveryOfTickFindsNobodyDue(t *testing.T) {
	t.Parallel()
	for _, e := range naming.Entries() {
		t.Run(string(e.Process), func(t *testing.T) {
			t.Parallel()
			d := newWorkday(t, e.Process)
			f, other := d.function(e.Process), d.function(e.Process)
			first, _, err := f.Run(t.Context(), tick())
			must(t, err)
			if diff := cmp.Diff(map[string]runner.Outcome{"acme": runner.OK}, outcomes(first)); diff != "" {
				t.Errorf("the first delivery (-want +got):\n%s", diff)
			}
			calls := len(d.Office24.Journal()) + len(d.Ongoing.Journal())
			for _, f := range []*testenv.Function{f, other} {
				again, _, err := f.Run(t.Context(), tick())
				must(t, err)
				if diff := cmp.Diff(map[string]runner.Outcome{"acme": runner.NotDue}, outcomes(again)); diff != "" {
					t.Errorf("the second delivery (-want +got):\n%s", diff)
				}
			}
			if now := len(d.Office24.Journal()) + len(d.Ongoing.Journal()); now != calls {
				t.Errorf("the second delivery made %d calls", now-calls)
			}
		})
	}
}

func TestDeliveriesAtTheSameTimeWorkOnEachCustomerOnce(t *testing.T) {
	t.Parallel()
	const customers, sandboxes = 20, 4
	w := newWorld(t, testenv.Options{})
	for i := range customers {
		c := w.customer(fmt.Sprintf("customer-%02d", i), nil)
		d := &workday{world: w, Merchant: c}
		d.seed()
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	worked := map[string]int{}
	for range sandboxes {
		f := w.function(naming.Articles)
		all.Go(func() {
			result, _, err := f.Run(t.Context(), tick())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for id, outcome := range outcomes(result) {
				switch outcome {
				case runner.OK:
					worked[id]++
				case runner.Busy, runner.NotDue:
				default:
					t.Errorf("%s is %s", id, outcome)
				}
			}
		})
	}
	all.Wait()
	for i := range customers {
		if id := fmt.Sprintf("customer-%02d", i); worked[id] != 1 {
			t.Errorf("%s was worked on %d times", id, worked[id])
		}
	}
	puts := 0
	for _, entry := range w.Ongoing.Journal() {
		if entry.Write {
			puts++
		}
	}
	if puts != 4*customers {
		t.Errorf("%d articles were written; want each of the %d once", puts, 4*customers)
	}
}

// The five processes run for one customer several times, while the warehouse works.
func TestProcessesAtTheSameTimeEndAsIfInTurn(t *testing.T) {
	t.Parallel()
	endAfter := func(t *testing.T, round func(*workday)) end {
		d := newWorkday(t, naming.Articles)
		// Writes of several invocations overlap. Those of one do not, see
		// TestInvocationHasOneWriteInFlightForGoodsOwner.
		d.overlaps = true
		round(d)
		round(d)
		d.ship()
		round(d)
		for i, a := range d.GoodsOwner.Articles() {
			must(t, d.GoodsOwner.SetStock(a.Number, *dec(fmt.Sprint(30 + i))))
		}
		round(d)
		processes := []naming.Process{naming.Articles, naming.SalesOrders, naming.Shipments, naming.Stock,
			naming.Suppliers}
		d.settle(processes...)
		d.settle(processes...)
		return d.end()
	}
	want := endAfter(t, func(d *workday) {
		for _, e := range naming.Entries() {
			d.settle(e.Process)
		}
	})
	failed := func(r runner.Row) bool { return r.Outcome != runner.OK && r.Outcome != runner.Partial }
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			functions := map[naming.Process]*testenv.Function{}
			got := endAfter(t, func(d *workday) {
				// If two processes write a record at the same time, one has a conflict, which the next round settles.
				for range 3 {
					var all sync.WaitGroup
					for _, e := range naming.Entries() {
						if functions[e.Process] == nil {
							functions[e.Process] = d.function(e.Process)
						}
						function := functions[e.Process]
						all.Go(func() {
							result, _, err := function.Run(t.Context(), map[string]any{"customers": []string{d.ID}})
							if err != nil || slices.ContainsFunc(result.Customers, failed) {
								t.Errorf("%s: %v, %+v", e.Process, err, result.Customers)
							}
						})
					}
					all.Wait()
				}
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the end differs from that of running in turn (-want +got):\n%s", diff)
			}
		})
	}
}

// Several customers name the same goods owner: one of them gets it, and no call is made for the others. Slow answers
// make an overlap likely, and the simulator reports one as a violation.
func TestInvocationHasOneWriteInFlightForGoodsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testenv.Options{Ongoing: ongoingtest.Options{
		After: func(ongoingtest.Entry) { time.Sleep(5 * time.Millisecond) },
	}})
	var shared map[string]any
	for i := range 4 {
		c := w.customer(fmt.Sprintf("customer-%d", i), map[string]any{
			"salesOrders": map[string]any{"orderNumberPrefix": fmt.Sprintf("%d-", i)},
		})
		(&workday{world: w, Merchant: c}).seed()
		for _, p := range c.Company.Products() {
			c.Company.EditProduct(p.ID, func(p *office24.Product) { p.No = fmt.Sprintf("%d-%s", i, p.No) })
		}
		if i == 0 {
			shared = c.Settings["ongoing"].(map[string]any)
			continue
		}
		lager := w.Ongoing.Warehouse("lager")
		owner := lager.GoodsOwner(shared["goodsOwnerId"].(int), "")
		lager.AddUser(c.Secret.Ongoing.Username, c.Secret.Ongoing.Password, owner)
		c.Settings["ongoing"] = shared
		must(t, w.PutSettings(t.Context(), c.Settings))
	}
	bound := ""
	for _, p := range []naming.Process{naming.Articles, naming.SalesOrders} {
		result, _, err := w.function(p).Run(t.Context(), tick())
		must(t, err)
		works := slices.DeleteFunc(slices.Clone(result.Customers), func(r runner.Row) bool {
			return r.Outcome == runner.Blocked
		})
		if len(works) != 1 || works[0].Outcome != runner.OK || bound != "" && works[0].CustomerID != bound {
			t.Fatalf("%s: %q has the goods owner, these work: %+v", p, bound, works)
		}
		bound = works[0].CustomerID
		for _, row := range result.Customers {
			if row.CustomerID != bound && !strings.Contains(row.Reason, strconv.Quote(bound)) {
				t.Errorf("%s: the reason does not name %s: %+v", p, bound, row)
			}
		}
	}
}
