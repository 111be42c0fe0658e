package isolation_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// TestFrozenHolder: a run is frozen in the middle of a write, its lease runs out, another one does the work, and then it
// wakes up with its writes still in hand. Both vendors end as if nothing had happened, and no record of trouble is left.
//
// The write it was frozen in may have taken effect at once, before the other run, or be held up on its way until after it.
func TestFrozenHolder(t *testing.T) {
	t.Parallel()
	for _, e := range naming.Entries() {
		t.Run(string(e.Process), func(t *testing.T) {
			t.Parallel()
			undisturbed := newDay(t, e.Process)
			records := len(undisturbed.DynamoDB.Writes())
			writes := undisturbed.count(func() { undisturbed.row(undisturbed.function(e.Process), undisturbed.ID, nil) })
			records = len(undisturbed.DynamoDB.Writes()) - records
			undisturbed.settle(e.Process)
			want := undisturbed.end()
			for _, n := range some(writes) {
				for _, moment := range []string{"before", "after", "held up"} {
					t.Run(fmt.Sprint(moment, " write ", n), func(t *testing.T) {
						t.Parallel()
						freeze(t, e.Process, want, atWrite(n, moment == "after"), moment == "held up", nil)
					})
				}
			}
			for _, n := range some(records) {
				for _, moment := range []string{"before", "after"} {
					t.Run(fmt.Sprint(moment, " record ", n), func(t *testing.T) {
						t.Parallel()
						freeze(t, e.Process, want, func(d *day, frozen func()) {
							at := dynamodbtest.Fault{Table: dynamodbtest.StateTable, Writes: true, N: n}
							if hook := func(dynamodbtest.Request) { frozen() }; moment == "before" {
								at.Before = hook
							} else {
								at.After = hook
							}
							d.DynamoDB.Inject(at)
						}, false, nil)
					})
				}
			}
		})
	}
}

// TestLateWriteOfOldContent: a write is held up on its way, people change the record, another run writes what they made of
// it, and then the held up one arrives with what was before. It does not stay.
func TestLateWriteOfOldContent(t *testing.T) {
	t.Parallel()
	edits := map[naming.Process]func(*day){
		naming.Articles: func(d *day) {
			for _, p := range d.Company.Products() {
				d.Company.EditProduct(p.ID, func(p *office24.Product) { p.Name += " II" })
			}
		},
		naming.SalesOrders: func(d *day) {
			for _, id := range d.orders {
				d.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Ring på" })
			}
		},
		naming.Stock: func(d *day) {
			for _, a := range d.GoodsOwner.Articles() {
				must(d.t, d.GoodsOwner.AddStock(a.Number, *dec("3")))
			}
		},
		naming.Suppliers: func(d *day) {
			for _, c := range d.Company.Companies() {
				d.Company.EditCompany(c.ID, func(c *office24.Company) { c.Country = "SE" })
			}
		},
	}
	for p, edit := range edits {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			undisturbed := newDay(t, p)
			writes := undisturbed.count(func() { undisturbed.settle(p) })
			edit(undisturbed)
			undisturbed.settle(p)
			want := undisturbed.end()
			for _, n := range some(writes) {
				t.Run(fmt.Sprint("write ", n), func(t *testing.T) {
					t.Parallel()
					freeze(t, p, want, atWrite(n, false), true, edit)
				})
			}
		})
	}
}

// count counts the writes to the vendors meanwhile.
func (d *day) count(meanwhile func()) int {
	var writes atomic.Int32
	d.watch(func(after bool) {
		if after {
			writes.Add(1)
		}
	})
	meanwhile()
	d.watch(nil)
	return int(writes.Load())
}

// atWrite freezes at the nth write to a vendor.
func atWrite(n int, after bool) func(*day, func()) {
	return func(d *day, frozen func()) {
		var count atomic.Int32
		d.watch(func(now bool) {
			if now == after && count.Add(1) == int32(n) {
				frozen()
			}
		})
	}
}

// some are a few numbers up to n, or all of them.
func some(n int) []int {
	var all []int
	for i := 1; i <= n; i++ {
		if *every || i == 1 || i == n || i == n/2 {
			all = append(all, i)
		}
	}
	return all
}

// freeze freezes a sandbox where arrange says, lets people change something (nil: nothing) and another sandbox do the work,
// and wakes the first up.
func freeze(t *testing.T, p naming.Process, want end, arrange func(d *day, frozen func()), heldUp bool, meanwhile func(*day)) {
	t.Helper()
	d := newDay(t, p)
	sleeper, worker := d.function(p), d.function(p)
	asleep, wake := make(chan struct{}), make(chan struct{})
	var once sync.Once
	arrange(d, func() {
		once.Do(func() {
			stop(t, sleeper)
			close(asleep)
			if heldUp {
				<-wake
			}
		})
	})
	ended := make(chan error, 1)
	go func() {
		_, _, err := sleeper.Run(t.Context(), map[string]any{"customers": []string{d.ID}})
		ended <- err
	}()
	select {
	case <-asleep:
	case err := <-ended:
		t.Fatalf("it ended before it fell asleep: %v", err)
	}
	// A write that is held up and one of the other run are in flight at the same time: that is the point.
	d.overlaps = heldUp
	if meanwhile != nil {
		meanwhile(d)
	}
	row := runner.Row{Outcome: runner.Busy}
	for row.Outcome == runner.Busy && t.Context().Err() == nil { // the lease itself may be what was on its way
		must(t, d.EndLeases(t.Context(), d.ID))
		row = d.row(worker, d.ID, nil)
	}
	if row.Outcome != runner.OK && row.Outcome != runner.Partial {
		t.Errorf("the other run: %+v", row)
	}
	close(wake)
	must(t, sleeper.Signal(syscall.SIGCONT))
	if err := <-ended; err != nil {
		t.Errorf("it did not end well: %v", err)
	}
	d.watch(nil)
	d.DynamoDB.ClearFaults()
	if made := d.surplus(); made != 0 && heldUp {
		d.takeOut(made)
	}
	d.settle(p)
	if diff := cmp.Diff(want, d.end()); diff != "" {
		lines, _ := sleeper.Lines()
		t.Errorf("the end differs from that of an undisturbed run (-want +got):\n%s\n%v", diff, lines)
	}
}

// surplus is a rest order that a run has made in vain, 0 if there is none. An order that was under way for longer than a
// lease lasts cannot be kept from coming into being.
func (d *day) surplus() office24.OrderID {
	for _, o := range d.Company.Orders() {
		if o.Status == office24.StatusInactive {
			return o.ID
		}
	}
	return 0
}

// takeOut makes sure that people are told of a surplus rest order, and does what they are asked to do.
func (d *day) takeOut(made office24.OrderID) {
	d.t.Helper()
	for name, record := range d.records(d.ID) {
		said, _ := record["message"].(string)
		if key, ok := strings.CutPrefix(name, "failure#shipments#"); ok && strings.Contains(said, fmt.Sprintf("second rest order, %d", made)) {
			d.Company.DeleteOrder(made)
			d.row(d.function(naming.Shipments), d.ID, map[string]any{"keys": []string{key}})
			return
		}
	}
	d.t.Errorf("nobody is told of rest order %d, which was made in vain", made)
}

// stop freezes a sandbox. The signal is on its way for a while; until it has arrived the process goes on.
func stop(t *testing.T, f *testenv.Function) {
	t.Helper()
	must(t, f.Signal(syscall.SIGSTOP))
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.Process()))
		if err != nil {
			t.Error("this system does not tell whether a process has stopped")
			return
		}
		if _, after, _ := strings.Cut(string(status), ") "); strings.HasPrefix(after, "T") {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
