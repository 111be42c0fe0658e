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

// A run is frozen during a write, its lease expires, another run does the work, and the first wakes up with writes left
// to make. Both vendors must end as after an undisturbed run, with no failure record left.
//
// The write during which the run was frozen takes effect before the other run, or is delayed on its way until after it.
func TestRunThatSleepsBeyondItsLeaseDoesNoHarm(t *testing.T) {
	t.Parallel()
	for _, e := range naming.Entries() {
		t.Run(string(e.Process), func(t *testing.T) {
			t.Parallel()
			undisturbed := newWorkday(t, e.Process)
			records := len(undisturbed.DynamoDB.Writes())
			writes := undisturbed.count(func() {
				undisturbed.row(undisturbed.function(e.Process), undisturbed.ID, nil)
			})
			records = len(undisturbed.DynamoDB.Writes()) - records
			undisturbed.settle(e.Process)
			want := undisturbed.end()
			for _, n := range sampleUpTo(writes) {
				for name, how := range map[string]freezing{
					"before":     {arrange: atWrite(n, false)},
					"after":      {arrange: atWrite(n, true)},
					"delayed at": {arrange: atWrite(n, false), delayed: true},
				} {
					t.Run(fmt.Sprint(name, " write ", n), func(t *testing.T) {
						t.Parallel()
						freezeRun(t, e.Process, want, how)
					})
				}
			}
			for _, n := range sampleUpTo(records) {
				for name, after := range map[string]bool{"before": false, "after": true} {
					t.Run(fmt.Sprint(name, " record ", n), func(t *testing.T) {
						t.Parallel()
						freezeRun(t, e.Process, want, freezing{arrange: atRecord(n, after)})
					})
				}
			}
		})
	}
}

// A write is delayed on its way, people edit the record, another run writes the edited record, and then the delayed
// write arrives with the old content.
func TestLateWriteOfOldContentIsCorrected(t *testing.T) {
	t.Parallel()
	edits := map[naming.Process]func(*workday){
		naming.Articles: func(d *workday) {
			for _, p := range d.Company.Products() {
				d.Company.EditProduct(p.ID, func(p *office24.Product) { p.Name += " II" })
			}
		},
		naming.SalesOrders: func(d *workday) {
			for _, id := range d.orders {
				d.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Ring på" })
			}
		},
		naming.Stock: func(d *workday) {
			for _, a := range d.GoodsOwner.Articles() {
				must(d.t, d.GoodsOwner.AddStock(a.Number, *dec("3")))
			}
		},
		naming.Suppliers: func(d *workday) {
			for _, c := range d.Company.Companies() {
				d.Company.EditCompany(c.ID, func(c *office24.Company) { c.Country = "SE" })
			}
		},
	}
	for p, edit := range edits {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			undisturbed := newWorkday(t, p)
			writes := undisturbed.count(func() { undisturbed.settle(p) })
			edit(undisturbed)
			undisturbed.settle(p)
			want := undisturbed.end()
			for _, n := range sampleUpTo(writes) {
				t.Run(fmt.Sprint("write ", n), func(t *testing.T) {
					t.Parallel()
					freezeRun(t, p, want, freezing{arrange: atWrite(n, false), delayed: true, edit: edit})
				})
			}
		})
	}
}

// count counts the writes to the vendors during a function.
func (d *workday) count(during func()) int {
	var writes atomic.Int32
	d.watch(func(after bool) {
		if after {
			writes.Add(1)
		}
	})
	during()
	d.watch(nil)
	return int(writes.Load())
}

// atWrite freezes at the nth write to a vendor, before its effect or after it.
func atWrite(n int, after bool) func(*workday, func()) {
	return func(d *workday, freeze func()) {
		var count atomic.Int32
		d.watch(func(isAfter bool) {
			if isAfter == after && count.Add(1) == int32(n) {
				freeze()
			}
		})
	}
}

// atRecord freezes at the nth write to the state table, before its effect or after it.
func atRecord(n int, after bool) func(*workday, func()) {
	return func(d *workday, freeze func()) {
		at := dynamodbtest.Fault{Table: dynamodbtest.StateTable, Writes: true, N: n}
		if hook := func(dynamodbtest.Request) { freeze() }; after {
			at.After = hook
		} else {
			at.Before = hook
		}
		d.DynamoDB.Inject(at)
	}
}

// sampleUpTo returns the first, the middle and the last number up to n, or all of them with -every.
func sampleUpTo(n int) []int {
	var all []int
	for i := 1; i <= n; i++ {
		if *every || i == 1 || i == n || i == n/2 {
			all = append(all, i)
		}
	}
	return all
}

// A freezing is how a run is frozen.
type freezing struct {
	// arrange has freeze called at the moment of the freeze.
	arrange func(d *workday, freeze func())
	// delayed is true if the write during which the run is frozen takes effect only after the run wakes up.
	delayed bool
	// edit is what people do while the run is frozen; nil is nothing.
	edit func(*workday)
}

// freezeRun freezes a sandbox, lets another sandbox do the work, wakes the first and compares the end.
func freezeRun(t *testing.T, p naming.Process, want end, how freezing) {
	t.Helper()
	d := newWorkday(t, p)
	sleeper, worker := d.function(p), d.function(p)
	asleep, wake := make(chan struct{}), make(chan struct{})
	var once sync.Once
	how.arrange(d, func() {
		once.Do(func() {
			suspend(t, sleeper)
			close(asleep)
			if how.delayed {
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
		t.Fatalf("the run ended before it was frozen: %v", err)
	}
	// A delayed write is in flight together with those of the other run.
	d.overlaps = how.delayed
	if how.edit != nil {
		how.edit(d)
	}
	row := runner.Row{Outcome: runner.Busy}
	for row.Outcome == runner.Busy && t.Context().Err() == nil { // the delayed write can be the lease itself
		must(t, d.EndLeases(t.Context(), d.ID))
		row = d.row(worker, d.ID, nil)
	}
	if row.Outcome != runner.OK && row.Outcome != runner.Partial {
		t.Errorf("the other run: %+v", row)
	}
	close(wake)
	must(t, sleeper.Signal(syscall.SIGCONT))
	if err := <-ended; err != nil {
		t.Errorf("the run failed after it woke up: %v", err)
	}
	d.watch(nil)
	d.DynamoDB.ClearFaults()
	if made := d.uselessRestOrder(); made != 0 && how.delayed {
		d.deleteUseless(made)
	}
	d.settle(p)
	if diff := cmp.Diff(want, d.end()); diff != "" {
		lines, _ := sleeper.Lines()
		t.Errorf("the end differs from that of an undisturbed run (-want +got):\n%s\n%v", diff, lines)
	}
}

// uselessRestOrder returns a rest order that a run created needlessly, 0 if there is none. Nothing can stop an order
// that is on its way for longer than a lease.
func (d *workday) uselessRestOrder() office24.OrderID {
	for _, o := range d.Company.Orders() {
		if o.Status == office24.StatusInactive {
			return o.ID
		}
	}
	return 0
}

// deleteUseless checks that a failure record names a useless rest order, and does what it asks people to do.
func (d *workday) deleteUseless(made office24.OrderID) {
	d.t.Helper()
	for name, record := range d.records(d.ID) {
		message, _ := record["message"].(string)
		if key, ok := strings.CutPrefix(name, "failure#shipments#"); ok &&
			strings.Contains(message, fmt.Sprintf("second rest order, %d", made)) {
			d.Company.DeleteOrder(made)
			d.row(d.function(naming.Shipments), d.ID, map[string]any{"keys": []string{key}})
			return
		}
	}
	d.t.Errorf("no failure record names rest order %d, which was created needlessly", made)
}

// suspend freezes a sandbox and waits until the process has stopped, which it does some time after the signal.
func suspend(t *testing.T, f *testenv.Function) {
	t.Helper()
	must(t, f.Signal(syscall.SIGSTOP))
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.Process()))
		if err != nil {
			t.Error("this system does not say whether a process has stopped")
			return
		}
		if _, after, _ := strings.Cut(string(status), ") "); strings.HasPrefix(after, "T") {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
