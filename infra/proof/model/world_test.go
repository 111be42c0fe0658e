package model

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// customer is the only one of a world.
const customer = "acme"

// timeout is the functions' time limit, by the model's clock: a run that died holds its lease for about that long.
const timeout = 14 * time.Minute

// A world is one customer with both systems, the five functions and the people, and what the model knows of them. One
// actor at a time: the test between two runs, or a run's call that is stopped in a hook.
type world struct {
	bed       *testenv.Env
	company   *office24test.Tenant
	owner     *ongoingtest.GoodsOwner
	functions map[naming.Process]*lambdaruntime.Function
	base      map[string]any // the settings that lead to the two systems
	clock     *clock

	running atomic.Bool // a run is under way; without one the hooks are not for us
	mu      sync.Mutex  // held by the actor; guards what follows
	set     preferences
	run     *run // under way
	ledger  ledger
	salt    uint64 // see dice
	trace   []string
	broken  []string // what must not happen and did
}

// newWorld starts a world at a moment, with the functions out of a folder.
func newWorld(folder string, now time.Time) (*world, error) {
	clock, err := newClock(now)
	if err != nil {
		return nil, err
	}
	w := &world{clock: clock, set: defaults(), functions: map[naming.Process]*lambdaruntime.Function{}}
	if err := w.start(folder); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.mu.Lock()
	w.begin()
	w.ledger = newLedger(w)
	return w, nil
}

func (w *world) start(folder string) (err error) {
	w.bed, err = testenv.Start(testenv.Options{
		Office24: office24test.Options{Now: w.clock.erpNow, SessionLife: 40 * time.Minute},
		Ongoing: ongoingtest.Options{Now: w.clock.wmsNow, FailureLimit: 5,
			Before: func(e ongoingtest.Entry) { w.before("Ongoing", e.Operation+" "+e.Key, true) },
			After:  func(e ongoingtest.Entry) { w.after(e.Operation+" "+e.Key, true) }},
	})
	if err != nil {
		return err
	}
	w.bed.Office24.Before(func(c office24test.Call) { w.before("24SevenOffice", c.Operation+" "+c.Key, c.Write) })
	w.bed.Office24.After(func(c office24test.Call) { w.after(c.Operation+" "+c.Key, c.Write) })
	c, err := w.bed.AddMerchant(context.Background(), customer, nil)
	if err != nil {
		return err
	}
	w.company, w.owner, w.base = c.Company, c.GoodsOwner, c.Settings
	environment := []string{"MODEL_CLOCK=" + w.clock.file.Name(), "MODEL_TIMEOUT=" + timeout.String()}
	for name, value := range w.bed.Environment() {
		environment = append(environment, name+"="+value)
	}
	for _, e := range naming.Entries() {
		w.functions[e.Process], err = lambdaruntime.New(lambdaruntime.Config{
			Name: string(e.Process), Bootstrap: filepath.Join(folder, string(e.Process)), Environment: environment,
		})
		if err != nil {
			return err
		}
	}
	return w.store()
}

func (w *world) close() error {
	var errs []error
	for _, f := range w.functions {
		errs = append(errs, f.Close())
	}
	if w.bed != nil {
		errs = append(errs, w.bed.Close())
	}
	return errors.Join(append(errs, w.clock.close())...)
}

// store writes the settings item.
func (w *world) store() error { return w.bed.PutSettings(context.Background(), w.set.item(w.base)) }

// say adds a line to the trace.
func (w *world) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if w.run != nil {
		line = "    " + line
	}
	w.trace = append(w.trace, w.clock.now().Format("02 15:04:05  ")+line)
}

// must notes something that must not happen.
func (w *world) must(ok bool, format string, args ...any) {
	if !ok {
		text := fmt.Sprintf(format, args...)
		w.say("!!! %s", text)
		w.broken = append(w.broken, text)
	}
}

// A record is an item of the state table.
type record = testenv.Record

// state reads the state table.
func (w *world) state() map[string]record {
	records, err := w.bed.State(context.Background(), customer)
	w.must(err == nil, "the state table cannot be read: %v", err)
	return records
}

// dynamo puts the hooks, and before them a fault if there is one, in front of the state table.
func (w *world) dynamo(fault *dynamodbtest.Fault) {
	w.bed.DynamoDB.ClearFaults()
	before := func(r dynamodbtest.Request) { w.before("DynamoDB", r.Operation+" "+r.Key, r.Write) }
	after := func(r dynamodbtest.Request) { w.after(r.Operation+" "+r.Key, r.Write) }
	if fault != nil {
		fault.Before, fault.After = before, after
		w.bed.DynamoDB.Inject(*fault)
	}
	w.bed.DynamoDB.Inject(dynamodbtest.Fault{Times: -1, Before: before, After: after})
}

func ids[T ~int](id T) string { return fmt.Sprint(int(id)) }
