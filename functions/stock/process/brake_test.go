package process

import (
	"fmt"
	"testing"
	"time"

	"ongoing24so/shared/number"
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
				"%d of %d compared articles that have stock would be set to zero; "+
					"article A-0000 would be set from 10 to 0",
				test.emptied, test.articles)
			w.runWants(nil, want)
			w.wantNote(fmt.Sprintf("so nothing is written: A-0000 (product %d)", products[0]))
			if test.emptied > 20 {
				w.wantNote(fmt.Sprintf("and %d more", test.emptied-20))
			}
			w.wantWrites(0)
			w.wantHeld(products[:test.emptied]...)
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
		w.Clock.Forward(15 * time.Minute)
	}
	w.wantHeld(products...)
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

// A part plans as many changes as the brake's minimum, even if that is more than it would write.
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

// newOutageWorld makes a world of 300 articles of which 80 have stock, and runs it once.
func newOutageWorld(t *testing.T) (w *world, stocked []office24.ProductID) {
	t.Helper()
	w = newWorld(t, nil)
	for i := range 300 {
		stock := "0"
		if i < 80 {
			stock = "10"
		}
		if id := w.AddStockedProduct(articleNumber(i), stock); i < 80 {
			stocked = append(stocked, id)
		}
	}
	w.runOK()
	w.Clock.Forward(time.Hour)
	return w, stocked
}

func (w *world) wantAllStock(ids []office24.ProductID, want, when string) {
	w.t.Helper()
	for _, id := range ids {
		w.wantStock(id, want, when)
	}
}

// The share is of the products that have stock, and the hold outlasts the full sweeps.
func TestWhatTheBrakeHoldsStaysHeldInEveryRun(t *testing.T) {
	t.Parallel()
	w, stocked := newOutageWorld(t)
	w.setAllWarehouseStock(80, "0")
	for range 14 { // seven hours, with a full sweep
		if row := w.run(nil); row.Held != 80 || row.Written != 0 || row.Failed != 0 {
			t.Fatalf("got %+v, want 80 held", row)
		}
		w.Clock.Forward(30 * time.Minute)
	}
	w.wantAllStock(stocked, "10", "held")
	w.wantHeld(stocked...)
	if c := w.cursor(); c["fullSweepAt"] == nil || c["place"] != nil {
		t.Errorf("got cursor %v, want one that has moved: what is held is settled", c)
	}

	w.setAllWarehouseStock(79, "9")
	for range 2 { // more than a part writes
		w.Clock.Forward(15 * time.Minute)
		w.run(nil)
	}
	w.wantAllStock(stocked[:79], "9", "recovered")
	w.wantHeld(stocked[79])
	w.wantStock(stocked[79], "10", "held alone, as it was held with the others")

	w.setWarehouseStock(articleNumber(79), "10")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantHeld()
}

// Once few of very many products are held, the others go on.
func TestFullSweepWritesTheOthersAndLeavesWhatIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"brakeMinimum": 3})
	products := w.addArticles(40)
	for range 2 { // the second run's cursor is after the articles were added
		w.runOK()
		w.Clock.Forward(time.Hour)
	}
	w.setAllWarehouseStock(3, "0")
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 3, planned: 3, held: 3})
	w.Clock.Forward(15 * time.Minute)
	w.setWarehouseStock(articleNumber(10), "0") // sold out after that
	w.setWarehouseStock(articleNumber(11), "5")
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 5, planned: 5, held: 5})
	w.wantStock(products[11], "10", "a run that finds too many writes nothing")
	w.wantHeld(products[0], products[1], products[2], products[10], products[11])
	w.Clock.Forward(7 * time.Hour)
	w.runWants(nil, wantRun{outcome: runner.Partial, read: 40, planned: 5, written: 2, unchanged: 35, held: 3})
	w.wantStock(products[10], "0", "sold out, one of forty")
	w.wantStock(products[11], "5", "counted")
	w.wantHeld(products[:3]...)
	w.wantAllStock(products[:3], "10", "held")

	w.runWants(keys(products[0]), wantRun{read: 1, planned: 1, written: 1})
	w.wantStock(products[0], "0", "a person named it")
	w.wantHeld(products[1], products[2])
}

// A product is not released because nobody can say what the warehouse has of it.
func TestHeldProductWhoseArticleCannotBeComparedStaysHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"brakeMinimum": 2})
	products := w.addArticles(3)
	w.runOK()
	w.setAllWarehouseStock(2, "0")
	w.Clock.Forward(time.Hour)
	w.run(nil)
	w.wantHeld(products[0], products[1])
	w.must(w.GoodsOwner.SetProductCode(articleNumber(0), "X")) // by a person, so that nothing says what it has
	for range 4 {
		w.Clock.Forward(time.Hour)
		w.run(nil)
	}
	w.wantHeld(products[0], products[1])
	w.wantStock(products[0], "10", "not compared")
}

// With the brake off there is nothing to hold.
func TestBrakeThatIsSwitchedOffReleasesWhatItHeld(t *testing.T) {
	t.Parallel()
	w, products := newBrakedWorld(t)
	w.Settings["stock"].(map[string]any)["brakePercent"] = 100
	w.must(w.PutSettings(t.Context(), w.Settings))
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantStock(products[0], "0", "sold out")
	w.wantHeld()
}

// partSize is how many articles are compared at once in these tests; a part ends where a batch of them ends.
const partSize = 2 * testMaxWrites

// newPartsWorld makes a world of n articles with these quantities. A part is one batch of them if in each as many
// differ as a part writes.
func newPartsWorld(t *testing.T, settings map[string]any, n int, quantities func(i int) (erp, warehouse string)) (
	*world, []office24.ProductID,
) {
	t.Helper()
	w := newWorld(t, settings)
	w.batchSize = partSize
	var products []office24.ProductID
	for i := range n {
		erp, warehouse := quantities(i)
		products = append(products, w.AddStockedProduct(articleNumber(i), erp))
		w.setWarehouseStock(articleNumber(i), warehouse)
	}
	return w, products
}

// In each batch 60 products get stock for the first time and ten are sold out, all of those that had stock.
func TestBrakeCountsAllPartsOfARun(t *testing.T) {
	t.Parallel()
	const sold, minimum = 10, 25
	w, products := newPartsWorld(t, map[string]any{"brakeMinimum": minimum}, 4*partSize, func(i int) (string, string) {
		switch at := i % partSize; {
		case at < sold:
			return "10", "0"
		case at < sold+testMaxWrites:
			return "0", "7"
		default:
			return "0", "0"
		}
	})
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Held != sold+testMaxWrites || row.Written != 2*(sold+testMaxWrites) {
		t.Fatalf("got %+v, want the third part held", row)
	}
	w.wantNote("30 of 30 compared articles that have stock would be set to zero, so nothing is written")
	third := products[2*partSize:]
	w.wantAllStock(third[:sold], "10", "held")
	w.wantAllStock(third[sold:sold+testMaxWrites], "0", "held with them")
	w.wantHeld(third[:sold+testMaxWrites]...)
	w.wantAllStock(products[3*partSize:][:sold], "10", "the run has ended before")
	w.wantCursor(wantCursor{place: "full "})

	for range 3 { // the outage lasts
		w.Clock.Forward(15 * time.Minute)
		w.run(nil)
	}
	w.wantAllStock(third[:sold], "10", "still held")
}

// Parts in which nothing is sold out do not excuse one in which everything is.
func TestBrakeJudgesAPartByItself(t *testing.T) {
	t.Parallel()
	const sold = 30
	w, products := newPartsWorld(t, nil, 4*partSize, func(i int) (string, string) {
		switch at := i % partSize; {
		case i >= 3*partSize && at < sold:
			return "10", "0"
		case i >= 3*partSize:
			return "0", "0"
		case at < testMaxWrites:
			return "10", "7"
		default:
			return "10", "10"
		}
	})
	row := w.run(nil)
	if row.Held != sold || row.Written != 3*testMaxWrites {
		t.Fatalf("got %+v, want the last part held", row)
	}
	w.wantNote("30 of 30 compared articles that have stock would be set to zero, so nothing is written")
	w.wantAllStock(products[3*partSize:][:sold], "10", "held")
	w.wantHeld(products[3*partSize:][:sold]...)

	// What is held is read once in a run, and stays held in its later parts.
	w.Clock.Forward(7 * time.Hour)
	w.raiseERPStock(products[:3*partSize]...)
	row = w.run(nil)
	if row.Held != sold {
		t.Errorf("got %+v, want what is sold out held", row)
	}
	w.wantAllStock(products[3*partSize:][:sold], "10", "held in the next sweep")
	w.wantHeld(products[3*partSize:][:sold]...)
}

// All that would become empty counts, also if it is more than a part writes.
func TestSoldOutProductsThatExceedTheWritesOfAPartAreWrittenByTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"brakePercent": 99})
	products := w.addArticles(2*testMaxWrites + 10)
	w.runOK()
	w.Clock.Forward(7 * time.Hour)
	sold := 2*testMaxWrites + 5
	w.setAllWarehouseStock(sold, "0")
	for i, last := range []int{testMaxWrites, 2 * testMaxWrites} {
		if row := w.runOnePart(products[last-1], nil); row.Written != testMaxWrites || row.Held != 0 {
			t.Fatalf("run %d: got %+v, want %d written", i+1, row, testMaxWrites)
		}
		w.Clock.Forward(15 * time.Minute)
	}
	w.runWants(nil, wantRun{read: 10, planned: 5, written: 5, unchanged: 5})
	w.wantAllStock(products[:sold], "0", "sold out")
	w.wantAllStock(products[sold:], "10", "in stock")
}

// A comparison that is made again right before the write shows the brake nothing new.
func TestWhatBecomesEmptyAfterTheBrakeIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := w.addArticles(60)
	for i := range ids {
		w.setWarehouseStock(articleNumber(i), "7")
	}
	w.afterWrite(ids[0], func() {
		for i := range ids {
			w.must(w.GoodsOwner.SetStock(articleNumber(i), number.FromInt(0)))
		}
		w.Clock.Forward(2 * time.Minute)
	})
	w.runWants(nil, wantRun{
		outcome: runner.Partial, reason: "has become empty", read: 60, planned: 60, written: 1, failed: 59,
	})
	for _, id := range ids[1:] {
		w.wantStock(id, "10", "after the run")
	}
	w.runWants(nil, wantRun{outcome: runner.Partial, reason: "would be set to zero", read: 60, planned: 60, held: 60})
}
