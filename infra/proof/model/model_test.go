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
	soak    = flag.Duration("soak", 0, "tell other stories each time, for so long")
	stories = flag.Int("stories", 40, "how many stories are told, of about steps steps each")
	steps   = flag.Int("steps", 60, "see stories")

	counted tally
)

func TestMain(m *testing.M) {
	if p := os.Getenv(envProcess); p != "" {
		fmt.Fprintln(os.Stderr, serve(naming.Process(p)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestModel tells the same stories each time, so that it fails for what was changed and not by luck. With -soak it looks
// for new ones.
func TestModel(t *testing.T) {
	set := func(name, value string) {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatal(err)
		}
	}
	set("nofailfile", "true") // the story and its seed are in the output
	set("steps", strconv.Itoa(*steps))
	set("checks", strconv.Itoa(*stories))
	defer func() { t.Logf("what the stories were made of:\n%s", counted.String()) }()
	if *soak == 0 {
		set("seed", "24")
		rapid.Check(t, play)
		return
	}
	set("shrinktime", "5m")
	for end := time.Now().Add(*soak); time.Now().Before(end); {
		rapid.Check(t, play)
	}
}

// play is one random story. Its first night is one in which the clocks change.
func play(t *rapid.T) {
	tell(t, time.Date(2040, 3, 24, 21, 0, 20, 0, time.UTC), func(w *world) {
		w.prepare(t)
		t.Repeat(map[string]func(*rapid.T){"": w.check, "step": w.step})
		w.rest(t)
	})
}

// tell opens a world at a moment, for one story.
func tell(t rapid.TB, at time.Time, story func(*world)) {
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

// prepare draws how the customer has set it up, and lets a first day pass.
func (w *world) prepare(t *rapid.T) {
	w.salt = rapid.Uint64().Draw(t, "salt")
	pick := w.dice(t)
	for name := range 6 {
		if pick(2) == 1 {
			changes[[]string{"importedStatus", "statuses", "cancelWithdrawn", "restOrders", "tracking", "quantity"}[name]](&w.set, pick)
		}
	}
	w.set.off[naming.Suppliers] = pick(2) == 0
	if err := w.store(); err != nil {
		t.Fatal(err)
	}
	w.say("settings: %+v", w.set)
	for range pick(3) {
		w.people(sales[0], pick)
	}
	for _, e := range naming.Entries() {
		w.go1(e.Process, map[string]any{}, trouble{})
	}
}

// check ends the story where something happened that must not.
func (w *world) check(t *rapid.T) {
	for _, v := range append(w.env.Office24.Violations(), w.env.Ongoing.Violations()...) {
		w.must(false, "sent what must never be sent: %s", v)
	}
	if len(w.broken) > 0 {
		t.Fatalf("%s\n\n%s", w.broken[0], strings.Join(w.trace, "\n"))
	}
}

// dice picks evenly. It draws one number for all that it picks: rapid takes draws out one by one when it looks for a
// shorter story. It prefers small numbers, so the salt, which a story draws once, makes them mean something else in each.
func (w *world) dice(t *rapid.T) pick {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "dice"), w.salt)).IntN //nolint:gosec // the same story for the same draws
}

// step is one step of the story: a run every third time, else people, the clock or the settings.
func (w *world) step(t *rapid.T) {
	pick := w.dice(t)
	switch pick(16) {
	case 0, 1, 2, 3, 4, 5:
		w.runs(pick)
	case 6:
		w.waits(pick)
	case 7:
		w.settings(pick)
	default:
		for range 5 { // not everything can be done at any time
			if w.people(weighted(pick, slices.Concat(sales, warehouse)), pick) {
				return
			}
		}
	}
}

// weighted picks an act by the weights.
func weighted(pick pick, acts []act) act {
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

func (w *world) people(a act, pick pick) bool {
	what, ok := a.do(w, pick)
	if ok {
		counted.add("act: " + a.name)
		w.say("%s", what)
		w.observe(people)
	}
	return ok
}

var waits = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 16 * time.Minute, time.Hour, 7 * time.Hour, 25 * time.Hour, 72 * time.Hour}

func (w *world) waits(pick pick) {
	if pick(5) == 4 {
		w.clock.skew(time.Duration(pick(11)-5)*time.Minute, time.Duration(pick(11)-5)*time.Minute)
		w.say("clocks: 24SevenOffice %v, Ongoing %v ahead", time.Duration(w.clock.erp.Load()), time.Duration(w.clock.wms.Load()))
	}
	d := one(pick, waits)
	w.clock.advance(d)
	w.say("%v later", d)
}

func (w *world) settings(pick pick) {
	name := one(pick, slices.Sorted(maps.Keys(changes)))
	changes[name](&w.set, pick)
	err := w.store()
	w.must(err == nil, "the settings cannot be stored: %v", err)
	w.say("settings: %s: %+v", name, w.set)
	w.observe(people)
}

// pauses are those before a run: mostly it is due.
var pauses = []time.Duration{7 * time.Second, 16 * time.Minute, 16 * time.Minute}

// runs is a run of some kind, with or without trouble.
func (w *world) runs(pick pick) {
	w.clock.advance(one(pick, pauses))
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
		event["customers"], event["keys"] = []string{customer}, []string{one(pick, keys)}
	case 7:
		for _, e := range naming.Entries() {
			w.go1(e.Process, map[string]any{}, trouble{})
		}
		return
	}
	w.go1(process, event, w.drawTrouble(pick))
}

// go1 runs a function and says so where anything came of it.
func (w *world) go1(process naming.Process, event map[string]any, tr trouble) *run {
	from := len(w.trace)
	w.say("run of %s %v", process, event)
	r := w.invoke(process, event, tr)
	if outcome := r.outcome(); outcome != "ok" || r.vendorWrites > 0 || len(w.trace) > from+1 {
		w.say("  %s", outcome)
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

// rest lets everything come to rest and looks at what there is.
func (w *world) rest(t *rapid.T) {
	w.set.preview = false
	for _, e := range naming.Entries() {
		w.set.off[e.Process] = false
	}
	w.clock.skew(0, 0)
	if err := w.store(); err != nil {
		t.Fatal(err)
	}
	w.say("--- at rest")
	for round := 0; ; round++ {
		w.clock.advance(16 * time.Minute)
		if round == 3 {
			w.clock.advance(25 * time.Hour)
		}
		written, from := 0, len(w.trace)
		for _, e := range naming.Entries() {
			written += w.go1(e.Process, map[string]any{}, trouble{}).vendorWrites
		}
		if round > 0 && written == 0 && len(w.broken) == 0 {
			w.trace = w.trace[:from] // nothing new
		}
		w.check(t)
		if round > 4 && written == 0 {
			break
		}
		if round > 12 {
			w.must(false, "it does not come to rest")
			w.check(t)
		}
	}
	w.checkEnd()
	w.check(t)
	before := w.holdings()
	for _, e := range naming.Entries() {
		if e.Process == naming.Suppliers {
			continue // cannot read back what it has written, and writes all of it again
		}
		w.go1(e.Process, map[string]any{"customers": []string{customer}, "full": true}, trouble{})
		now := w.holdings()
		w.must(reflect.DeepEqual(before, now), "only a full run of %s found %s", e.Process, cmp.Diff(before, now))
	}
	w.check(t)
}

// holdings are what can be seen of both systems, without moments.
func (w *world) holdings() []any {
	articles := w.owner.Articles()
	for i, a := range articles {
		if info, ok := a.Body["supplierInfo"].(map[string]any); ok {
			articles[i].Body["supplierInfo"] = []any{info["supplierNumber"], info["supplierArticleNumber"]} // the name stands in the register
		}
	}
	// A row's name is sent where it is not the product's: of an order that stands there already when the product gets
	// another name, only a full run sees that.
	orders := w.owner.Orders()
	for _, o := range orders {
		lines, _ := o.Body["orderLines"].([]any)
		for _, line := range lines {
			delete(line.(map[string]any), "comment") //nolint:forcetypeassert // of our own simulator
		}
	}
	return []any{w.company.Snapshot().Timeless(), orders, articles, w.owner.Suppliers()}
}
