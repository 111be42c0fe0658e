package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

// An outage of the warehouse's system looks as if everything were sold out.
func TestBrakeHoldsARunThatWouldEmptyTooMuch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name              string
		articles, emptied int
		percent, minimum  int
		held              bool
	}{
		{name: "exactly the share", articles: 100, emptied: 30, percent: 30, minimum: 20, held: false},
		{name: "more than the share", articles: 100, emptied: 31, percent: 30, minimum: 20, held: true},
		{name: "below the minimum", articles: 20, emptied: 19, percent: 30, minimum: 20, held: false},
		{name: "the minimum, and all articles", articles: 20, emptied: 20, percent: 30, minimum: 20, held: true},
		{name: "a minimum of one", articles: 3, emptied: 1, percent: 30, minimum: 1, held: true},
		{name: "a share that cannot be exceeded", articles: 3, emptied: 3, percent: 100, minimum: 1, held: false},
		{name: "a share of zero", articles: 3, emptied: 1, percent: 0, minimum: 0, held: true},
		{name: "nothing becomes zero", articles: 3, emptied: 0, percent: 0, minimum: 0, held: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"brakePercent": test.percent, "brakeMinimum": test.minimum})
			products := w.addArticles(test.articles)
			for i := range test.emptied {
				w.setWarehouseStock(articleNumber(i), "0")
			}
			want := wantRun{read: test.articles, planned: test.emptied, unchanged: test.articles - test.emptied}
			if !test.held {
				want.written = test.emptied
				w.runWants(nil, want)
				w.wantWrites(test.emptied)
				return
			}
			want.outcome, want.held = runner.Partial, test.emptied
			want.reason = fmt.Sprintf(
				"%d of %d compared articles would be set to zero, so nothing is written: A-0000 (product %d)",
				test.emptied, test.articles, products[0])
			row := w.runWants(nil, want)
			more := fmt.Sprintf("and %d more", test.emptied-20)
			if test.emptied > 20 && !strings.Contains(row.Reason, more) {
				t.Errorf("got reason %q, want %q in it", row.Reason, more)
			}
			w.wantWrites(0)
			for i := range test.emptied {
				if w.Record(fmt.Sprint("failure#stock#", products[i]))["class"] != "held" {
					t.Errorf("product %d has no failure record of class held", products[i])
				}
			}
			if !w.Logged(fmt.Sprintf(`"RecordsHeld":%d`, test.emptied)) {
				t.Error("the metric RecordsHeld was not written")
			}
		})
	}
}

// newBrakedWorld makes a world in which the brake holds three changes: the first two of three articles are empty, the
// third has five.
func newBrakedWorld(t *testing.T) (*world, []office24.ProductID) {
	t.Helper()
	w := newWorld(t, map[string]any{"brakeMinimum": 2})
	products := w.addArticles(3)
	w.runOK()
	w.Clock.Forward(time.Hour)
	for i, quantity := range []string{"0", "0", "5"} {
		w.setWarehouseStock(articleNumber(i), quantity)
	}
	for range 3 {
		w.runWants(nil, wantRun{outcome: runner.Partial, read: 3, planned: 3, held: 3})
		w.Clock.Forward(time.Hour)
	}
	w.wantStock(products[2], "10", "held with the others")
	return w, products
}

func TestBrakeReleasesWhenTheQuantitiesRecover(t *testing.T) {
	t.Parallel()
	w, products := newBrakedWorld(t)
	w.setWarehouseStock(articleNumber(0), "10")
	w.setWarehouseStock(articleNumber(1), "9")
	w.runOK()
	w.wantStock(products[0], "10", "as before")
	w.wantStock(products[1], "9", "sold one")
	w.wantStock(products[2], "5", "changed during the outage")
}

func TestBrakeReleasesWhenAPersonNamesTheProducts(t *testing.T) {
	t.Parallel()
	w, products := newBrakedWorld(t)
	w.runWants(keys(products[0], products[1]), wantRun{read: 2, planned: 2, written: 2})
	w.wantStock(products[0], "0", "named")
	w.wantStock(products[2], "10", "not named")
	w.runOK()
	w.wantStock(products[2], "5", "written by the next run")
}

func TestDryRunShowsWhatTheBrakeHolds(t *testing.T) {
	t.Parallel()
	w, _ := newBrakedWorld(t)
	row := w.runWants(map[string]any{"dryRun": true}, wantRun{outcome: runner.Partial, read: 3, planned: 3, held: 3})
	if len(row.Changes) != 3 {
		t.Errorf("got changes %+v, want 3", row.Changes)
	}
}

// A run plans as many changes as the brake's minimum, even if that is more than it would write.
func TestBrakeSeesAnOutageIfItsMinimumExceedsTheWritesOfARun(t *testing.T) {
	t.Parallel()
	const minimum = testMaxWrites + 7
	w := newWorld(t, map[string]any{"brakeMinimum": minimum})
	w.addArticles(minimum)
	for i := range minimum {
		w.setWarehouseStock(articleNumber(i), "0")
	}
	w.runWants(nil, wantRun{outcome: runner.Partial, read: minimum, planned: minimum, held: minimum})
	w.wantWrites(0)
}
