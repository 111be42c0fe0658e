package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

func someArticle(i int) string { return fmt.Sprintf("A-%04d", i) }

// drift makes 24SevenOffice differ from the warehouse by one, without the warehouse having changed.
func (w *world) drift(ids ...office24.ProductID) {
	for _, id := range ids {
		w.product(func(p *office24.Product) {
			more := p.Stock.Add(number.FromInt(1))
			p.Stock = &more
		}, id)
	}
}

// TestDelta: between full sweeps only what changed in the warehouse is compared.
func TestDelta(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pause    time.Duration
		settings map[string]any
		event    map[string]any
		full     bool
		why      string
	}{
		{time.Hour, nil, nil, false, "an hour later"},
		{5*time.Hour + 59*time.Minute, nil, nil, false, "not yet six hours"},
		{6 * time.Hour, nil, nil, true, "every six hours"},
		{time.Hour, nil, map[string]any{"full": true}, true, "asked for"},
		{2 * time.Hour, map[string]any{"fullSweepHours": 1}, nil, true, "every hour"},
		{22 * time.Hour, map[string]any{"fullSweepHours": 24}, nil, false, "still within what Ongoing can be asked for"},
		{23 * time.Hour, map[string]any{"fullSweepHours": 24}, nil, true, "with the overlap, older than what Ongoing can be asked for"},
		{100 * time.Hour, map[string]any{"fullSweepHours": 24}, nil, true, "switched off for days"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if test.settings != nil {
				settings["stock"] = test.settings
			}
			w := newWorld(t, settings)
			products := w.many(3)
			w.Clock.Forward(time.Hour)
			w.ok()
			started := w.Clock.Now()
			if c := w.Record("cursor#stock"); !strings.HasPrefix(fmt.Sprint(c["fullSweepAt"]), started.Format("2006-01-02T15:04:05")) {
				t.Errorf("cursor after the first run: %v", c)
			}
			w.drift(products[0])
			w.Clock.Forward(test.pause)
			w.count(someArticle(1), "4")
			row := w.run(test.event)
			if row.Outcome != runner.OK {
				t.Fatalf("got %+v", row)
			}
			w.expect(products[1], "4", "changed in the warehouse")
			want, read := "11", 1
			if test.full {
				want, read = "10", 3
			}
			w.expect(products[0], want, "differs, but did not change in the warehouse")
			if row.Read != read {
				t.Errorf("got %+v", row)
			}
		})
	}
}

// TestOverlap: the warehouse's clock stamps the changes, and it may be behind.
func TestOverlap(t *testing.T) {
	t.Parallel()
	var clock *harness.Clock
	late := func() time.Time {
		if clock == nil {
			return time.Now().UTC().Truncate(time.Second)
		}
		return clock.Now().Add(-10 * time.Minute)
	}
	w := worldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Now: late}}, nil)
	clock = w.Clock
	id := w.AddStockedProduct("A", "10")
	w.ok()
	w.count("A", "4") // stamped ten minutes before the cursor
	w.ok()
	w.expect(id, "4", "found by the overlap")
}

// TestSince: a person names a moment. The cursor stays.
func TestSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.many(2)
	w.ok()
	w.drift(products...)
	w.Clock.Forward(5 * time.Hour)
	w.count(someArticle(1), "4")
	w.Clock.Forward(2 * time.Hour) // a full sweep would be due
	before := w.Record("cursor#stock")
	row := w.run(map[string]any{"since": w.Clock.Now().Add(-3 * time.Hour).Format(time.RFC3339)})
	if row.Outcome != runner.OK || row.Read != 1 {
		t.Errorf("got %+v", row)
	}
	w.expect(products[1], "4", "changed since")
	w.expect(products[0], "11", "did not")
	if after := w.Record("cursor#stock"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the cursor moved: %v", after)
	}
}

// TestBrake: an outage of the warehouse looks like everything being sold out.
func TestBrake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		articles, emptied int
		percent, minimum  int
		held              bool
		why               string
	}{
		{100, 30, 30, 20, false, "as many as the share, and not more"},
		{100, 31, 30, 20, true, "more than the share"},
		{20, 19, 30, 20, false, "below the minimum"},
		{20, 20, 30, 20, true, "the minimum, and all of them"},
		{3, 1, 30, 1, true, "a minimum of one"},
		{3, 3, 100, 1, false, "a share that cannot be exceeded"},
		{3, 1, 0, 0, true, "no share at all"},
		{3, 0, 0, 0, false, "nothing goes to zero"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"stock": map[string]any{"brakePercent": test.percent, "brakeMinimum": test.minimum}})
			products := w.many(test.articles)
			for i := range test.emptied {
				w.count(someArticle(i), "0")
			}
			row := w.run(nil)
			if held := row.Outcome == runner.Partial && row.Held == test.emptied && row.Written == 0; held != test.held {
				t.Fatalf("got %+v", row)
			}
			if !test.held {
				if w.writes() != test.emptied || row.Outcome != runner.OK {
					t.Errorf("got %+v, written %v", row, w.written())
				}
				return
			}
			want := fmt.Sprintf("%d of %d compared articles would go to zero, nothing is written: A-0000 (product %d)", test.emptied, test.articles, products[0])
			if !strings.Contains(row.Reason, want) || w.writes() != 0 || w.Record("cursor#stock") != nil {
				t.Errorf("got %q, written %v, cursor %v", row.Reason, w.written(), w.Record("cursor#stock"))
			}
			if test.emptied > 20 && !strings.Contains(row.Reason, fmt.Sprintf("and %d more", test.emptied-20)) {
				t.Errorf("reason %q", row.Reason)
			}
			if !w.Logged(fmt.Sprintf(`"RecordsHeld":%d`, test.emptied)) {
				t.Error("the held metric is not raised")
			}
		})
	}
}

// TestBrakeReleased: a held run goes through when the figures recover, or when a person names the products. What else
// had changed waits with it.
func TestBrakeReleased(t *testing.T) {
	t.Parallel()
	settings := map[string]any{"stock": map[string]any{"brakeMinimum": 2}}
	outage := func(w *world) []office24.ProductID {
		products := w.many(3)
		w.ok()
		w.Clock.Forward(time.Hour)
		w.count(someArticle(0), "0")
		w.count(someArticle(1), "0")
		w.count(someArticle(2), "5")
		cursor := fmt.Sprint(w.Record("cursor#stock"))
		for range 3 {
			if row := w.run(nil); row.Held != 3 || row.Outcome != runner.Partial {
				t.Fatalf("got %+v", row)
			}
			w.Clock.Forward(15 * time.Minute)
		}
		w.expect(products[2], "10", "held with the others")
		if now := fmt.Sprint(w.Record("cursor#stock")); now != cursor {
			t.Errorf("the cursor moved from %s to %s", cursor, now)
		}
		return products
	}
	t.Run("recovered", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings)
		products := outage(w)
		w.count(someArticle(0), "10")
		w.count(someArticle(1), "9")
		w.ok()
		w.expect(products[0], "10", "as before")
		w.expect(products[1], "9", "sold one")
		w.expect(products[2], "5", "changed during the outage")
	})
	t.Run("keys", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings)
		products := outage(w)
		if row := w.run(map[string]any{"keys": []string{key(products[0]), key(products[1])}}); row.Outcome != runner.OK || row.Written != 2 {
			t.Errorf("got %+v", row)
		}
		w.expect(products[0], "0", "named")
		w.expect(products[2], "10", "not named")
		w.ok()
		w.expect(products[2], "5", "the next run goes through")
	})
	t.Run("dry run", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings)
		outage(w)
		if row := w.run(map[string]any{"dryRun": true}); row.Held != 3 || len(row.Changes) != 3 {
			t.Errorf("got %+v", row)
		}
	})
}

// TestMaxWrites: a sweep over many differences stops, keeps its place, and goes on in the next run. What changes
// meanwhile to articles that it has passed is not lost.
func TestMaxWrites(t *testing.T) {
	t.Parallel()
	const articles = writes + 7
	w := newWorld(t, nil)
	products := w.many(articles)
	w.ok()
	w.Clock.Forward(7 * time.Hour)
	w.drift(products...)
	began := w.Clock.Now()
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Written != writes || !strings.Contains(row.Reason, "first in line next time") {
		t.Fatalf("got %+v", row)
	}
	w.expect(products[writes-1], "10", "within the first run")
	w.expect(products[writes], "11", "beyond it")
	cursor := w.Record("cursor#stock")
	if place := fmt.Sprint(cursor["place"]); !strings.HasPrefix(place, "full ") || cursor["fullSweepAt"] == began.Format(time.RFC3339) {
		t.Errorf("cursor %v", cursor)
	}

	w.Clock.Forward(10 * time.Minute)
	w.count(someArticle(3), "4") // passed already
	w.Clock.Forward(30 * time.Minute)
	if row := w.ok(); row.Read != articles-writes || row.Written != articles-writes {
		t.Fatalf("got %+v", row)
	}
	w.expect(products[articles-1], "10", "the end of the sweep")
	cursor = w.Record("cursor#stock")
	if _, going := cursor["place"]; going || !strings.HasPrefix(fmt.Sprint(cursor["fullSweepAt"]), began.Format("2006-01-02T15:04:05")) {
		t.Errorf("cursor %v, began %v", cursor, began)
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expect(products[3], "4", "changed while the sweep was on its way")
}

// TestInterruptedDelta: a delta that does not fit goes on as one.
func TestInterruptedDelta(t *testing.T) {
	t.Parallel()
	const articles = writes + 7
	w := newWorld(t, nil)
	products := w.many(articles)
	w.Clock.Forward(time.Hour)
	w.ok()
	w.Clock.Forward(time.Hour)
	for i := range articles - 1 {
		w.count(someArticle(i), "4")
	}
	w.drift(products[articles-1]) // not changed in the warehouse
	for i, want := range []int{writes, 6} {
		row := w.run(nil)
		if row.Written != want {
			t.Fatalf("run %d: %+v", i+1, row)
		}
		w.Clock.Forward(20 * time.Minute)
	}
	w.expect(products[articles-2], "4", "changed in the warehouse")
	w.expect(products[articles-1], "11", "not compared")
	if c := w.Record("cursor#stock"); c["place"] != nil {
		t.Errorf("cursor %v", c)
	}
}

// TestOldPlace: a sweep that could not go on for a day begins anew: what changed since then cannot be asked for any more.
func TestOldPlace(t *testing.T) {
	t.Parallel()
	const articles = writes + 7
	for _, full := range []bool{true, false} {
		w := newWorld(t, nil)
		products := w.many(articles)
		w.Clock.Forward(time.Hour)
		w.ok()
		w.Clock.Forward(time.Hour)
		if full {
			w.Clock.Forward(6 * time.Hour)
			w.drift(products...)
		} else {
			for i := range articles {
				w.count(someArticle(i), "4")
			}
		}
		w.run(nil)
		w.Clock.Forward(24 * time.Hour)
		if row := w.ok(); row.Read != articles {
			t.Errorf("full %v: %+v", full, row)
		}
	}
}

// TestOldCursor: a delta was interrupted, and its moment has become older than what Ongoing can be asked for.
func TestOldCursor(t *testing.T) {
	t.Parallel()
	const articles = writes + 7
	w := newWorld(t, map[string]any{"stock": map[string]any{"fullSweepHours": 24}})
	w.many(articles)
	w.ok()
	w.Clock.Forward(22 * time.Hour)
	for i := range articles {
		w.count(someArticle(i), "4")
	}
	if row := w.run(nil); row.Outcome != runner.Partial || row.Written != writes {
		t.Fatalf("got %+v", row)
	}
	w.Clock.Forward(2 * time.Hour)
	if row := w.ok(); row.Read != articles || row.Written != 7 {
		t.Errorf("got %+v", row)
	}
}

// TestSinceDuringSweep: a moment that a person names does not begin at the place of a sweep that is under way.
func TestSinceDuringSweep(t *testing.T) {
	t.Parallel()
	const articles = writes + 7
	w := newWorld(t, nil)
	products := w.many(articles)
	w.ok()
	w.Clock.Forward(7 * time.Hour)
	w.drift(products...)
	w.run(nil)
	w.count(someArticle(0), "4")
	before := w.Record("cursor#stock")
	w.run(map[string]any{"since": w.Clock.Now().Add(-time.Minute).Format(time.RFC3339)})
	w.expect(products[0], "4", "before the sweep's place")
	if after := w.Record("cursor#stock"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the cursor moved: %v", after)
	}
}

// TestBrakeSeesItsMinimum: the minimum is larger than what a run writes. The brake still sees an outage.
func TestBrakeSeesItsMinimum(t *testing.T) {
	t.Parallel()
	const minimum = writes + 7
	w := newWorld(t, map[string]any{"stock": map[string]any{"brakeMinimum": minimum}})
	w.many(minimum)
	for i := range minimum {
		w.count(someArticle(i), "0")
	}
	if row := w.run(nil); row.Held != minimum || w.writes() != 0 {
		t.Errorf("got %+v", row)
	}
}

// TestQuota: the calls of the hour run low. The sweep stops, keeps its place, and goes on in the next hour.
func TestQuota(t *testing.T) {
	t.Parallel()
	w := worldWith(t, testenv.Options{Office24: office24test.Options{Quota: reserve}}, nil)
	w.Clock.Forward(w.Clock.Now().Truncate(time.Hour).Add(time.Hour).Sub(w.Clock.Now())) // the beginning of an hour
	products := w.many(3)
	w.drift(products...)
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Written != 0 || row.Held != 0 || w.writes() != 0 {
		t.Fatalf("got %+v", row)
	}
	if c := w.Record("cursor#stock"); !strings.HasPrefix(fmt.Sprint(c["place"]), "full ") {
		t.Errorf("cursor %v", c)
	}
	// What a person names is written all the same.
	if row := w.run(map[string]any{"keys": []string{key(products[2])}}); row.Written != 1 {
		t.Errorf("got %+v", row)
	}
	w.expect(products[0], "11", "waits")
}

// TestQuotaRecovers: in the next hour there are calls again.
func TestQuotaRecovers(t *testing.T) {
	t.Parallel()
	w := worldWith(t, testenv.Options{Office24: office24test.Options{Quota: reserve + 30}}, nil)
	w.Clock.Forward(w.Clock.Now().Truncate(time.Hour).Add(time.Hour).Sub(w.Clock.Now()))
	products := w.many(3)
	for range 30 {
		_, err := w.erp().DeliveryMethods(t.Context()) // other processes at work
		w.must(err)
	}
	w.drift(products...)
	if row := w.run(nil); row.Written != 0 || row.Outcome != runner.Partial {
		t.Fatalf("got %+v", row)
	}
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expect(products[0], "10", "in the next hour")
}

func (w *world) erp() *office24.Client {
	w.t.Helper()
	c, err := office24.New(office24.Config{BaseURL: w.Office24.URL(), Now: w.Clock.Now, Credentials: office24.Credentials{
		ApplicationID: w.Secret.Office24.ApplicationID, Username: w.Secret.Office24.Username, Password: w.Secret.Office24.Password}})
	w.must(err)
	return c
}

func TestPlace(t *testing.T) {
	t.Parallel()
	at := place{next: 90311, began: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), full: true}
	if got, err := parsePlace(at.String()); err != nil || got != at || at.String() != "full 90311 2026-11-01T00:00:00Z" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, wrong := range []string{"full 1", "full x 2026-11-01T00:00:00Z", "full 1 today"} {
		if _, err := parsePlace(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
