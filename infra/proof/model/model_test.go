package model

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ongoing24so/shared/naming"
)

var (
	soak    = flag.Duration("soak", 0, "tell new stories for this long")
	stories = flag.Int("stories", 40, "number of stories")
	steps   = flag.Int("steps", 60, "average number of steps of a story")

	counted tally
)

func TestMain(m *testing.M) {
	if p := os.Getenv(envProcess); p != "" {
		fmt.Fprintln(os.Stderr, serve(naming.Process(p)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The stories are the same each time, so that a failure comes from a change and not from chance; with -soak they are
// new.
func TestRandomStoriesEndWithBothSystemsInAgreement(t *testing.T) {
	set := func(name, value string) {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatal(err)
		}
	}
	set("nofailfile", "true") // the story and its seed are in the output
	set("steps", strconv.Itoa(*steps))
	set("checks", strconv.Itoa(*stories))
	defer func() { t.Logf("what the stories consist of:\n%s", counted.String()) }()
	if *soak == 0 {
		set("seed", "24")
		rapid.Check(t, playStory)
		return
	}
	set("shrinktime", "5m")
	for end := time.Now().Add(*soak); time.Now().Before(end); {
		rapid.Check(t, playStory)
	}
}

// playStory plays one random story. In its first night the clocks change.
func playStory(t *rapid.T) {
	withWorld(t, time.Date(2040, 3, 24, 21, 0, 20, 0, time.UTC), func(w *world) {
		w.prepare(t)
		t.Repeat(map[string]func(*rapid.T){"": w.failIfBroken, "step": w.step})
		w.settle(t)
	})
}

// withWorld starts a world at a moment and tells one story in it.
func withWorld(t rapid.TB, at time.Time, story func(*world)) {
	w, err := newWorld(at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		w.mu.Unlock()
		if err := w.close(); err != nil {
			t.Error(err)
		}
	}()
	story(w)
}

// prepare draws the customer's first settings and orders, and runs each function once.
func (w *world) prepare(t *rapid.T) {
	w.salt = rapid.Uint64().Draw(t, "salt")
	pick := w.newPick(t)
	for _, name := range []string{"importedStatus", "statuses", "cancelWithdrawn", "restOrders", "tracking",
		"quantity"} {
		if pick(2) == 1 {
			settingsEdits[name](&w.set, pick)
		}
	}
	w.set.off[naming.Suppliers] = pick(2) == 0
	if err := w.storeSettings(); err != nil {
		t.Fatal(err)
	}
	w.tracef("settings: %+v", w.set)
	for range pick(3) {
		w.perform(sales[0], pick)
	}
	for _, e := range naming.Entries() {
		w.traceRun(e.Process, map[string]any{}, trouble{})
	}
}

// failIfBroken ends the story if an expectation is violated.
func (w *world) failIfBroken(t *rapid.T) {
	for _, v := range append(w.env.Office24.Violations(), w.env.Ongoing.Violations()...) {
		w.expect(false, "a call broke the vendor's rules: %s", v)
	}
	if len(w.broken) > 0 {
		t.Fatalf("%s\n\n%s", w.broken[0], strings.Join(w.trace, "\n"))
	}
}

// newPick returns a pick that chooses evenly. It draws one number for all its choices, because rapid removes draws one
// by one when it looks for a shorter story. Rapid prefers small numbers; the salt, which a story draws once, gives them
// another meaning in each story.
func (w *world) newPick(t *rapid.T) pick {
	drawn := rapid.Uint64().Draw(t, "pick")
	return rand.New(rand.NewPCG(drawn, w.salt)).IntN
}

// step makes one step of the story: a run every third time, else people, the clock or the settings.
func (w *world) step(t *rapid.T) {
	pick := w.newPick(t)
	switch kind := pick(16); {
	case kind < 6:
		w.runSomething(pick)
	case kind == 6:
		w.wait(pick)
	case kind == 7 && pick(4) == 0:
		w.move(pick)
	case kind == 7:
		w.changeSettings(pick)
	default:
		acts := slices.Concat(sales, warehouse, others)
		for range 5 { // not every act is possible at any time
			if w.perform(pickWeighted(pick, acts), pick) {
				return
			}
		}
	}
}

// pickWeighted picks an act by the weights.
func pickWeighted(pick pick, acts []act) act {
	sum := 0
	for _, a := range acts {
		sum += a.weight
	}
	n := pick(sum)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			return a
		}
	}
	panic("no acts")
}

// perform reports whether the act was possible.
func (w *world) perform(a act, pick pick) bool {
	what, ok := a.do(w, pick)
	if ok {
		counted.add("act: " + a.name)
		w.tracef("%s", what)
		w.observe(byPeople)
	}
	return ok
}

var waitTimes = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 16 * time.Minute,
	time.Hour, 7 * time.Hour, 25 * time.Hour, 72 * time.Hour,
}

func (w *world) wait(pick pick) {
	if pick(5) == 4 {
		w.clock.skew(time.Duration(pick(11)-5)*time.Minute, time.Duration(pick(11)-5)*time.Minute)
		now := w.clock.now()
		w.tracef("clocks: 24SevenOffice %v, Ongoing %v ahead", w.clock.erpNow().Sub(now), w.clock.wmsNow().Sub(now))
	}
	d := pickOne(pick, waitTimes)
	w.clock.advance(d)
	w.tracef("%v later", d)
}

func (w *world) changeSettings(pick pick) {
	name := pickOne(pick, slices.Sorted(maps.Keys(settingsEdits)))
	settingsEdits[name](&w.set, pick)
	err := w.storeSettings()
	w.expect(err == nil, "the settings cannot be stored: %v", err)
	w.tracef("settings: %s: %+v", name, w.set)
	w.observe(byPeople)
}

// After most of timesBeforeRun, a run is due.
var timesBeforeRun = []time.Duration{7 * time.Second, 16 * time.Minute, 16 * time.Minute}

// runSomething makes a run of some kind, with or without trouble.
func (w *world) runSomething(pick pick) {
	w.clock.advance(pickOne(pick, timesBeforeRun))
	process := naming.Entries()[pick(5)].Process
	event := map[string]any{}
	switch kind := pick(8); kind {
	case 0, 1:
	case 2:
		event["customers"] = []string{customer}
	case 3:
		event["customers"], event["full"] = []string{customer}, true
	case 4:
		event["customers"], event["dryRun"] = []string{customer}, true
	case 5:
		event["customers"], event["since"] = []string{customer}, w.clock.now().Add(-time.Hour)
	case 6:
		keys := w.keys(process)
		if len(keys) == 0 {
			return
		}
		event["customers"], event["keys"] = []string{customer}, []string{pickOne(pick, keys)}
	case 7:
		for _, e := range naming.Entries() {
			w.traceRun(e.Process, map[string]any{}, trouble{})
		}
		return
	}
	w.traceRun(process, event, w.drawTrouble(pick))
}

// traceRun runs a function. The trace has one line for a run without events.
func (w *world) traceRun(process naming.Process, event map[string]any, tr trouble) *run {
	from := len(w.trace)
	w.tracef("run of %s %v", process, event)
	r := w.invoke(process, event, tr)
	if outcome := r.outcome(); outcome != "ok" || r.vendorWrites > 0 || len(w.trace) > from+1 {
		w.tracef("  %s", outcome)
	} else {
		w.trace[from] += ": ok"
	}
	return r
}

func (w *world) keys(process naming.Process) []string {
	var keys []string
	switch process {
	case naming.Articles, naming.Stock:
		for _, p := range w.company.Products() {
			keys = append(keys, ids(p.ID))
		}
	case naming.SalesOrders:
		for _, o := range w.company.Orders() {
			keys = append(keys, ids(o.ID))
		}
	case naming.Shipments:
		for _, o := range w.owner.Orders() {
			keys = append(keys, o.Number)
		}
	case naming.Suppliers:
		for _, id := range supplierIDs {
			keys = append(keys, ids(id))
		}
	}
	return keys
}

// settle switches everything on, runs until nothing is written, and checks the end.
func (w *world) settle(t *rapid.T) {
	w.set.preview = false
	for _, e := range naming.Entries() {
		w.set.off[e.Process] = false
	}
	w.clock.skew(0, 0)
	if err := w.storeSettings(); err != nil {
		t.Fatal(err)
	}
	w.tracef("--- settle")
	for round := 0; ; round++ {
		w.clock.advance(16 * time.Minute)
		if round == 3 {
			w.clock.advance(25 * time.Hour)
		}
		written, from := 0, len(w.trace)
		for _, e := range naming.Entries() {
			written += w.traceRun(e.Process, map[string]any{}, trouble{}).vendorWrites
		}
		if round > 0 && written == 0 && len(w.broken) == 0 {
			w.trace = w.trace[:from] // nothing new
		}
		w.failIfBroken(t)
		if round > 4 && written == 0 {
			break
		}
		if round > 12 {
			w.expect(false, "the runs do not stop writing")
			w.failIfBroken(t)
		}
	}
	w.checkEnd()
	w.failIfBroken(t)
	before := w.contents()
	for _, e := range naming.Entries() {
		if e.Process == naming.Suppliers {
			continue // it cannot read back what it wrote, and writes all of it again
		}
		w.traceRun(e.Process, map[string]any{"customers": []string{customer}, "full": true}, trouble{})
		now := w.contents()
		w.expect(reflect.DeepEqual(before, now), "only a full run of %s finds %s", e.Process, cmp.Diff(before, now))
	}
	w.failIfBroken(t)
}

// contents returns what both systems hold, without times.
func (w *world) contents() []any {
	articles := w.owner.Articles()
	for i, a := range articles {
		if info, ok := a.Body["supplierInfo"].(map[string]any); ok {
			// Without the name, which the register of suppliers has.
			articles[i].Body["supplierInfo"] = []any{info["supplierNumber"], info["supplierArticleNumber"]}
		}
	}
	// A row's name is sent if it is not the product's. If the product is renamed after the import, only a full run sees
	// that the two differ now. The order then also has the present numbers of its articles in what was sent; Lines has
	// them anyway.
	orders := w.owner.Orders()
	for _, o := range orders {
		lines, _ := o.Body["orderLines"].([]any)
		for _, line := range lines {
			sent := line.(map[string]any) //nolint:forcetypeassert // the simulator's own value
			delete(sent, "comment")
			delete(sent, "articleNumber")
		}
	}
	return []any{w.company.Snapshot().Timeless(), orders, articles, w.owner.Suppliers()}
}
