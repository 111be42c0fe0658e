package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// customer is the id of a world's only customer.
const customer = "acme"

// A world is one customer with both systems, the five functions and the people, and what the model knows of them. One
// party acts at a time: the test between two runs, or a call of a run that waits in a hook.
type world struct {
	env      *testenv.Env
	merchant *testenv.Merchant
	company  *office24test.Tenant    // that the settings name
	owner    *ongoingtest.GoodsOwner // that the settings name
	clock    *clock
	handlers map[naming.Process]lambdahost.Handler // of the functions that are warm
	output   output

	running  atomic.Bool  // the hooks ignore calls unless a run is under way
	lastCall atomic.Int64 // when a call of a run arrived last, in nanoseconds by the machine's clock
	mu       sync.Mutex   // belongs to the party that acts; guards what follows
	set      preferences
	run      *run // under way
	ledger   ledger
	places   places
	// undecided is true after the settings have come to name another place, until a person decides to move.
	undecided bool
	salt      uint64 // see newPick
	trace     []string
	broken    []string // violated expectations
}

// newWorld starts a world at a moment.
func newWorld(now time.Time) (*world, error) {
	w := &world{clock: newClock(now), set: defaults(), handlers: map[naming.Process]lambdahost.Handler{}}
	if err := w.start(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.mu.Lock()
	w.seed()
	w.ledger = newLedger(w)
	w.places = newPlaces(w)
	return w, nil
}

func (w *world) start() (err error) {
	w.env, err = testenv.Start(testenv.Options{
		Office24: office24test.Options{Now: w.clock.erpNow, SessionLife: 40 * time.Minute},
		Ongoing: ongoingtest.Options{
			Now: w.clock.wmsNow, FailureLimit: 5,
			Before: func(e ongoingtest.Entry) { w.before("Ongoing", e.Operation+" "+e.Key, true) },
			After:  func(e ongoingtest.Entry) { w.after(e.Operation+" "+e.Key, true) },
		},
	})
	if err != nil {
		return err
	}
	w.env.Office24.Before(func(c office24test.Call) { w.before("24SevenOffice", c.Operation+" "+c.Key, c.Write) })
	w.env.Office24.After(func(c office24test.Call) { w.after(c.Operation+" "+c.Key, c.Write) })
	c, err := w.env.AddMerchant(context.Background(), customer, nil)
	if err != nil {
		return err
	}
	w.merchant, w.company, w.owner = c, c.Company, c.GoodsOwner
	return w.storeSettings()
}

func (w *world) close() error {
	if w.env == nil {
		return nil
	}
	return w.env.Close()
}

func (w *world) storeSettings() error {
	return w.env.PutSettings(context.Background(), w.set.item(w.merchant.Settings))
}

// tracef adds a line to the trace.
func (w *world) tracef(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if w.run != nil {
		line = "    " + line
	}
	w.trace = append(w.trace, w.clock.now().Format("02 15:04:05  ")+line)
}

// expect keeps a violation, which ends the story after the step.
func (w *world) expect(ok bool, format string, args ...any) {
	if !ok {
		text := fmt.Sprintf(format, args...)
		w.tracef("!!! %s", text)
		w.broken = append(w.broken, text)
	}
}

// A record is an item of the state table.
type record = testenv.Record

// state reads the state table, without what belongs to another binding.
func (w *world) state() map[string]record {
	records, err := w.env.State(context.Background(), customer)
	w.expect(err == nil, "the state table cannot be read: %v", err)
	current, kept := map[string]record{}, map[string]record{}
	for name, r := range records {
		stamp, stamped := r["binding"].(string)
		own, aside := strings.CutPrefix(name, "former#"+w.stamp()+"#")
		switch {
		case aside:
			kept[own] = r // ours, whose name a link of another binding has taken
		case !strings.HasPrefix(name, "former#") && (!stamped || stamp == w.stamp()):
			current[name] = r
		}
	}
	for name, r := range kept {
		if current[name] == nil {
			current[name] = r
		}
	}
	return current
}

// hookDynamoDB puts the hooks on the state table. A fault, if there is one, meets a request first.
func (w *world) hookDynamoDB(fault *dynamodbtest.Fault) {
	w.env.DynamoDB.ClearFaults()
	before := func(r dynamodbtest.Request) { w.before("DynamoDB", r.Operation+" "+r.Key, r.Write) }
	after := func(r dynamodbtest.Request) { w.after(r.Operation+" "+r.Key, r.Write) }
	if fault != nil {
		fault.Before, fault.After = before, after
		w.env.DynamoDB.Inject(*fault)
	}
	w.env.DynamoDB.Inject(dynamodbtest.Fault{Times: -1, Before: before, After: after})
}

func ids[T ~int](id T) string { return fmt.Sprint(int(id)) }
