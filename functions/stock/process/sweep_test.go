package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// tooMany is how many differences do not fit into one part of a plan of these tests.
const tooMany = testMaxWrites + 7

// A wantCursor is what the cursor must say of sweeps.
type wantCursor struct {
	sweptAt  time.Time // when the last full sweep began; zero is not compared
	place    string    // the beginning of the place of a sweep under way; "" is none
	notSwept time.Time // when a full sweep began that has not ended
}

func (w *world) wantCursor(want wantCursor) {
	w.t.Helper()
	const layout = "2006-01-02T15:04:05"
	c := w.cursor()
	sweptAt, stored := fmt.Sprint(c["fullSweepAt"]), c["place"]
	swept := want.sweptAt.IsZero() || strings.HasPrefix(sweptAt, want.sweptAt.Format(layout))
	early := !want.notSwept.IsZero() && strings.HasPrefix(sweptAt, want.notSwept.Format(layout))
	at := stored == nil
	if want.place != "" {
		at = strings.HasPrefix(fmt.Sprint(stored), want.place)
	}
	if !swept || early || !at {
		w.t.Errorf("got cursor %v, want %+v", c, want)
	}
}

// since is an event that names a moment, this long ago.
func (w *world) since(ago time.Duration) map[string]any {
	return map[string]any{"since": w.Clock.Now().Add(-ago).Format(time.RFC3339)}
}

func (w *world) setAllWarehouseStock(articles int, quantity string) {
	w.t.Helper()
	for i := range articles {
		w.setWarehouseStock(articleNumber(i), quantity)
	}
}

func TestOnlyChangedArticlesAreComparedBetweenFullSweeps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		hours int // the setting fullSweepHours; 0 is its default, 6
		event map[string]any
		pause time.Duration // between two runs
		full  bool
	}{
		{name: "an hour later", pause: time.Hour, full: false},
		{name: "less than six hours later", pause: 5*time.Hour + 59*time.Minute, full: false},
		{name: "six hours later", pause: 6 * time.Hour, full: true},
		{name: "a full run by event", event: map[string]any{"full": true}, pause: time.Hour, full: true},
		{name: "a sweep every hour", hours: 1, pause: 2 * time.Hour, full: true},
		{name: "within Ongoing's limit of 24 hours", hours: 24, pause: 22 * time.Hour, full: false},
		{name: "beyond that limit with the overlap", hours: 24, pause: 23 * time.Hour, full: true},
		{name: "days later", hours: 24, pause: 100 * time.Hour, full: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if test.hours != 0 {
				settings["fullSweepHours"] = test.hours
			}
			w := newWorld(t, settings)
			products := w.addArticles(3)
			w.Clock.Forward(time.Hour)
			w.runOK()
			w.wantCursor(wantCursor{sweptAt: w.Clock.Now()})
			w.raiseERPStock(products[0])
			w.Clock.Forward(test.pause)
			w.setWarehouseStock(articleNumber(1), "4")
			if test.full {
				w.runWants(test.event, wantRun{read: 3, planned: 2, written: 2, unchanged: 1})
				w.wantStock(products[0], "10", "not changed in the warehouse")
			} else {
				w.runWants(test.event, wantRun{read: 1, planned: 1, written: 1})
				w.wantStock(products[0], "11", "not changed in the warehouse")
			}
			w.wantStock(products[1], "4", "changed in the warehouse")
		})
	}
}

func TestChangeStampedByASlowClockIsFound(t *testing.T) {
	t.Parallel()
	var clock *harness.Clock
	slow := func() time.Time {
		if clock == nil { // the world is being made
			return time.Now().UTC().Truncate(time.Second)
		}
		return clock.Now().Add(-10 * time.Minute)
	}
	w := newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Now: slow}}, nil)
	clock = w.Clock
	id := w.AddStockedProduct("A", "10")
	w.runOK()
	w.setWarehouseStock("A", "4") // stamped ten minutes before the cursor
	w.runOK()
	w.wantStock(id, "4", "found by the overlap")
}

func TestRunSinceAMomentLeavesTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.addArticles(2)
	w.runOK()
	w.raiseERPStock(products...)
	w.Clock.Forward(5 * time.Hour)
	w.setWarehouseStock(articleNumber(1), "4")
	w.Clock.Forward(2 * time.Hour) // a full sweep is due
	w.wantCursorStays(func() {
		w.runWants(w.since(3*time.Hour), wantRun{read: 1, planned: 1, written: 1})
	})
	w.wantStock(products[1], "4", "changed since then")
	w.wantStock(products[0], "11", "not changed since then")
}

func TestSweepThatDoesNotFitResumesAtItsPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.addArticles(tooMany)
	w.runOK()
	w.Clock.Forward(7 * time.Hour)
	w.raiseERPStock(products...)
	began := w.Clock.Now()
	w.wantRow(w.runOnePart(products[testMaxWrites-1], nil), wantRun{
		outcome: runner.Partial, reason: "first in line next time",
		read: tooMany, planned: testMaxWrites, written: testMaxWrites,
	})
	w.wantStock(products[testMaxWrites-1], "10", "in the first run")
	w.wantStock(products[testMaxWrites], "11", "after the first run")
	w.wantCursor(wantCursor{place: "full ", notSwept: began})

	w.Clock.Forward(10 * time.Minute)
	w.setWarehouseStock(articleNumber(3), "4") // the sweep has passed it
	w.Clock.Forward(30 * time.Minute)
	rest := tooMany - testMaxWrites
	w.runWants(nil, wantRun{read: rest, planned: rest, written: rest})
	w.wantStock(products[tooMany-1], "10", "at the end of the sweep")
	w.wantCursor(wantCursor{sweptAt: began})
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantStock(products[3], "4", "changed during the sweep")
}

// The sweep and each part of it are made once, whatever limits a part: the writes, or what is sold out beside them.
func TestRunMakesAllPartsWhileThereIsTime(t *testing.T) {
	t.Parallel()
	const all = 3*testMaxWrites + 7
	for name, quantity := range map[string]string{"counted": "4", "sold out": "0"} {
		for _, full := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, full %t", name, full), func(t *testing.T) {
				t.Parallel()
				percent := 100 // without the rest, all are sold out
				if full {
					percent = 99
				}
				w := newWorld(t, map[string]any{"brakePercent": percent})
				products := w.addArticles(all + 5)
				w.Clock.Forward(time.Hour)
				w.runOK()
				w.Clock.Forward(time.Hour)
				began := w.Clock.Now()
				w.setAllWarehouseStock(all, quantity)
				want := wantRun{read: all, planned: all, written: all}
				if full {
					want.read, want.unchanged = all+5, 5
				}
				w.runWants(map[string]any{"full": full}, want)
				w.wantAllStock(products[:all], quantity, "written")
				w.wantAllStock(products[all:], "10", "as it was")
				w.wantWrites(all)
				if full {
					w.wantCursor(wantCursor{sweptAt: began})
				}
			})
		}
	}
}

// The sweep itself goes on, batch by batch, with the real limits.
func TestMoreArticlesThanAPartHasAreWrittenInOneRun(t *testing.T) {
	t.Parallel()
	const all = maxWrites + batchSize + 100
	w := newWorld(t, nil)
	products := w.addArticles(all)
	w.raiseERPStock(products...)
	before := len(w.Ongoing.Journal())
	row := harness.Run(w.Harness, Function(), nil)
	w.wantRow(row, wantRun{read: all, planned: all, written: all})
	w.wantAllStock(products, "10", "written")
	w.wantWrites(all)
	if calls := len(w.Ongoing.Journal()) - before; calls > 10 {
		t.Errorf("got %d calls to Ongoing, want each article read once", calls)
	}
}

func TestChangesThatDoNotFitResumeWithoutAFullSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.addArticles(tooMany)
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.Clock.Forward(time.Hour)
	w.setAllWarehouseStock(tooMany-1, "4")
	w.raiseERPStock(products[tooMany-1]) // not changed in the warehouse
	if row := w.runOnePart(products[testMaxWrites-1], nil); row.Written != testMaxWrites {
		t.Fatalf("got %+v, want %d written", row, testMaxWrites)
	}
	w.Clock.Forward(20 * time.Minute)
	if row := w.run(nil); row.Written != tooMany-1-testMaxWrites {
		t.Fatalf("got %+v, want %d written", row, tooMany-1-testMaxWrites)
	}
	w.wantStock(products[tooMany-2], "4", "changed in the warehouse")
	w.wantStock(products[tooMany-1], "11", "not changed in the warehouse")
	w.wantCursor(wantCursor{})
}

// Ongoing cannot list the changes since the sweep began any more.
func TestSweepInterruptedForADayStartsOver(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{true, false} {
		t.Run(fmt.Sprintf("full %v", full), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			products := w.addArticles(tooMany)
			w.Clock.Forward(time.Hour)
			w.runOK()
			w.Clock.Forward(time.Hour)
			if full {
				w.Clock.Forward(6 * time.Hour)
				w.raiseERPStock(products...)
			} else {
				w.setAllWarehouseStock(tooMany, "4")
			}
			w.runOnePart(products[testMaxWrites-1], nil)
			w.Clock.Forward(24 * time.Hour)
			if row := w.runOK(); row.Read != tooMany {
				t.Errorf("got %+v, want %d read", row, tooMany)
			}
		})
	}
}

// The interrupted run's cursor has become older than Ongoing's limit.
func TestInterruptedChangesWithAnOldCursorBecomeAFullSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"fullSweepHours": 24})
	products := w.addArticles(tooMany)
	w.runOK()
	w.Clock.Forward(22 * time.Hour)
	w.setAllWarehouseStock(tooMany, "4")
	w.wantRow(w.runOnePart(products[testMaxWrites-1], nil), wantRun{
		outcome: runner.Partial, read: tooMany, planned: testMaxWrites, written: testMaxWrites,
	})
	w.Clock.Forward(2 * time.Hour)
	rest := tooMany - testMaxWrites
	w.runWants(nil, wantRun{read: tooMany, planned: rest, written: rest, unchanged: testMaxWrites})
}

func TestRunSinceAMomentDoesNotResumeASweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.addArticles(tooMany)
	w.runOK()
	w.Clock.Forward(7 * time.Hour)
	w.raiseERPStock(products...)
	w.runOnePart(products[testMaxWrites-1], nil)
	w.setWarehouseStock(articleNumber(0), "4")
	w.wantCursorStays(func() { w.run(w.since(time.Minute)) })
	w.wantStock(products[0], "4", "before the sweep's place")
}

// newQuotaWorld makes a world at the beginning of an hour, in which 24SevenOffice allows so many calls.
func newQuotaWorld(t *testing.T, quota int) *world {
	t.Helper()
	w := newWorldWith(t, testenv.Options{Office24: office24test.Options{Quota: quota}}, nil)
	now := w.Clock.Now()
	w.Clock.Forward(now.Truncate(time.Hour).Add(time.Hour).Sub(now))
	return w
}

func TestSweepStopsWhenTheQuotaIsLow(t *testing.T) {
	t.Parallel()
	w := newQuotaWorld(t, quotaReserve)
	products := w.addArticles(3)
	w.raiseERPStock(products...)
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 3})
	w.wantWrites(0)
	w.wantCursor(wantCursor{place: "full "})
	// What a person names is written despite the quota.
	w.runWants(keys(products[2]), wantRun{read: 1, planned: 1, written: 1})
	w.wantStock(products[0], "11", "not named")
}

// The quota falls below the reserve while the first part is written.
func TestRunEndsBetweenPartsWhenTheQuotaIsLow(t *testing.T) {
	t.Parallel()
	for name, quantity := range map[string]string{"counted": "4", "sold out": "0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newQuotaWorld(t, quotaReserve+testMaxWrites)
			w.Settings["stock"] = map[string]any{"brakePercent": 100}
			w.must(w.PutSettings(t.Context(), w.Settings))
			products := w.addArticles(2*testMaxWrites + 1)
			w.setAllWarehouseStock(len(products), quantity)
			w.runWants(nil, wantRun{
				outcome: runner.Partial, read: len(products), planned: testMaxWrites, written: testMaxWrites,
			})
			w.wantCursor(wantCursor{place: "full "})
			w.Clock.Forward(time.Hour)
			w.run(nil)
			w.Clock.Forward(time.Hour)
			w.run(nil)
			w.Clock.Forward(time.Hour)
			w.runOK()
			w.wantAllStock(products, quantity, "in the next hours")
			w.wantWrites(len(products))
		})
	}
}

func TestSweepResumesInTheNextHour(t *testing.T) {
	t.Parallel()
	w := newQuotaWorld(t, quotaReserve+30)
	products := w.addArticles(3)
	for range 30 { // other processes use it up
		_, err := w.erpClient().DeliveryMethods(t.Context())
		w.must(err)
	}
	w.raiseERPStock(products...)
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 3})
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantStock(products[0], "10", "in the next hour")
}

func (w *world) erpClient() *office24.Client {
	w.t.Helper()
	secret := w.Secret.Office24
	c, err := office24.New(office24.Config{
		BaseURL: w.Office24.URL(), Now: w.Clock.Now,
		Credentials: office24.Credentials{
			ApplicationID: secret.ApplicationID, Username: secret.Username, Password: secret.Password,
		},
	})
	w.must(err)
	return c
}
