package process

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

func TestQuantityIsPhysicalOrSellableBySetting(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, setting, ordered, want string }{
		{name: "ordered goods are still in the warehouse", setting: "physical", ordered: "4", want: "10"},
		{name: "ordered goods cannot be sold again", setting: "sellable", ordered: "4", want: "6"},
		{name: "more ordered than in stock is not below zero", setting: "sellable", ordered: "12", want: "0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"quantity": test.setting})
			id := w.AddStockedProduct("A", "10")
			w.setERPStock(id, "1")
			w.sell(id, test.ordered)
			w.runOK()
			w.wantStock(id, test.want, "after the run")
		})
	}
}

func TestMissingQuantityIsNotZero(t *testing.T) {
	t.Parallel()
	for _, sellable := range []bool{false, true} {
		var s settings.Customer
		s.Stock.Sellable = sellable
		if q, known := baseQuantity(ongoing.Article{}, s); known {
			t.Errorf("sellable %v: got %s, want none", sellable, q)
		}
	}
}

// An answer can lack the sum of an article's unreported picks; the orders have them.
func TestMissingSumOfPicksIsNotZero(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	w.sellAndPick(id, "3")
	reported := regexp.MustCompile(`"reported":\{[^}]*\}`)
	w.Intercept(func(_ *http.Request, answer string) string {
		return reported.ReplaceAllString(answer, `"reported":null`)
	})
	w.runOK()
	w.wantStock(id, "10", "picked")
}

// The vendor's samples have lines that name their article by the number alone.
func TestPicksOfLinesWithoutAnArticleIDAreAdded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	w.sellAndPick(id, "3")
	ids := regexp.MustCompile(`"articleSystemId":\d+`)
	w.Intercept(func(r *http.Request, answer string) string {
		if strings.HasSuffix(r.URL.Path, "/orders") {
			answer = ids.ReplaceAllString(answer, `"articleKind":null`)
		}
		return answer
	})
	w.runOK()
	w.wantStock(id, "10", "picked")
}

// The test follows three of ten items from the order to Sent.
func TestPickedGoodsAreNeverSubtractedTwice(t *testing.T) {
	t.Parallel()
	type stock struct{ ordered, picked, sent, compared string }
	tests := []struct {
		name            string
		setting         string
		keepStockOnSent bool // 24SevenOffice subtracts nothing when an order becomes Sent
		want            stock
	}{
		{name: "Sent subtracts what was picked", setting: "physical",
			want: stock{ordered: "10", picked: "10", sent: "7", compared: "7"}},
		{name: "Sent subtracts nothing, the next run does", setting: "physical", keepStockOnSent: true,
			want: stock{ordered: "10", picked: "10", sent: "10", compared: "7"}},
		{name: "sellable excludes what is ordered, so a pick raises nothing", setting: "sellable",
			want: stock{ordered: "7", picked: "7", sent: "4", compared: "7"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, testenv.Options{Office24: office24test.Options{KeepStockOnSent: test.keepStockOnSent}},
				map[string]any{"stock": map[string]any{"quantity": test.setting}})
			id := w.AddStockedProduct("A", "10")
			order := w.sell(id, "3")
			w.runOK()
			w.wantStock(id, test.want.ordered, "ordered")
			w.pick(order, "3")
			w.runOK()
			w.wantStock(id, test.want.picked, "picked")
			w.must(w.GoodsOwner.SetOrderStatus(order.number, 450))
			w.Company.SetStatus(order.id, office24.StatusSent)
			w.report(order, "3")
			w.wantStock(id, test.want.sent, "sent")
			w.runOK()
			w.wantStock(id, test.want.compared, "sent and compared")
			w.Clock.Forward(7 * time.Hour)
			w.runOK()
			w.wantStock(id, test.want.compared, "after a full sweep")
		})
	}
}

func TestOnlyPicksOfOurUnsentOrdersAreAdded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		shipmentsOff bool
		pick         func(w *world, id office24.ProductID)
		want         string // of ten before the picks
	}{
		{name: "picked for an order of ours", want: "10",
			pick: func(w *world, id office24.ProductID) { w.sellAndPick(id, "3") }},
		{name: "shipments is off, so nothing becomes Sent", shipmentsOff: true, want: "7",
			pick: func(w *world, id office24.ProductID) { w.sellAndPick(id, "3") }},
		{name: "set to Sent by hand", want: "7",
			pick: func(w *world, id office24.ProductID) {
				w.Company.SetStatus(w.sellAndPick(id, "3").id, office24.StatusSent)
			}},
		{name: "invoiced", want: "7",
			pick: func(w *world, id office24.ProductID) {
				w.Company.SetStatus(w.sellAndPick(id, "3").id, office24.StatusInvoiced)
			}},
		{name: "deleted, so it never becomes Sent", want: "7",
			pick: func(w *world, id office24.ProductID) {
				w.Company.DeleteOrder(w.sellAndPick(id, "3").id)
				w.sell(w.AddStockedProduct("B", "10"), "1")
			}},
		{name: "reported in part", want: "9",
			pick: func(w *world, id office24.ProductID) { w.report(w.sellAndPick(id, "3"), "1") }},
		{name: "made by hand in Ongoing", want: "7",
			pick: func(w *world, _ office24.ProductID) { w.pickForeign("HAND", "A", "3") }},
		{name: "one order of ours and one made by hand", want: "8",
			pick: func(w *world, id office24.ProductID) {
				w.pickForeign("HAND", "A", "2")
				w.sellAndPick(id, "3")
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, testenv.Options{},
				map[string]any{"shipments": map[string]any{"enabled": !test.shipmentsOff}})
			id := w.AddStockedProduct("A", "10")
			test.pick(w, id)
			w.runOK()
			w.wantStock(id, test.want, "after the run")
		})
	}
}

// An answer without any of our orders can come from an outage. If they counted as deleted, what is picked for them
// would be taken out of 24SevenOffice's stock twice.
func TestOrdersThatAreNotFoundAtAllAreNotDeletedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	s := w.sellAndPick(id, "3")
	empty := true
	w.Intercept(harness.EmptyAnswers("GetInvoices", func(int) bool { return empty }))
	row := w.run(nil)
	if row.Failed != 1 || !strings.Contains(row.Reason, "24SevenOffice finds none of the orders") {
		t.Errorf("got %+v", row)
	}
	w.wantStock(id, "10", "during the outage")
	empty = false
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantStock(id, "10", "after it")

	w.Company.DeleteOrder(s.id)
	w.setERPStock(id, "9")
	w.Clock.Forward(7 * time.Hour)
	w.run(nil)
	w.wantStock(id, "9", "deleted, at the first look")
	w.Clock.Forward(time.Hour)
	w.runOK()
	w.wantStock(id, "7", "deleted, at the second look")
}

// 24SevenOffice subtracts the kit when the order becomes Sent, and never its parts.
func TestPickedPartsOfKitsAreNotAdded(t *testing.T) {
	t.Parallel()
	for _, onParent := range []bool{false, true} {
		t.Run(fmt.Sprintf("picked on parent %v", onParent), func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{KitsPickedOnParent: onParent}}, nil)
			kit, part := w.AddStockedProduct("KIT", "0"), w.AddStockedProduct("PART", "10")
			w.setERPStock(kit, "5")
			w.must(w.GoodsOwner.MakeKit("KIT", map[string]number.Decimal{"PART": number.FromInt(2)}))
			w.sellAndPick(kit, "3")
			w.runOK()
			w.wantStock(part, "4", "part")
			w.wantStock(kit, "5", "kit, which has no stock in Ongoing")
		})
	}
}

// A goods owner can have years of picked orders that nobody reported.
func TestPicksOfOrdersOlderThanOursAreNotRead(t *testing.T) {
	t.Parallel()
	var queries []string
	record := func(x ongoingtest.Exchange) {
		if strings.Contains(x.Query, "onlyOrdersWithOrderLinesToReport") {
			queries = append(queries, x.Query)
		}
	}
	w := newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Record: record}}, nil)
	id := w.AddStockedProduct("A", "10")
	for i := range 3 {
		w.pickForeign(fmt.Sprintf("1997-%d", i), "A", "1")
	}
	order := w.sellAndPick(id, "3")
	w.runOK()
	w.wantStock(id, "7", "three of ours are added, three older ones are not")
	o, _ := w.GoodsOwner.Order(order.number)
	if want := fmt.Sprintf("orderIdFrom=%d", o.ID); len(queries) == 0 || !strings.HasSuffix(queries[0], want) {
		t.Errorf("got queries %v, want the first to end in %s", queries, want)
	}
}

// The article's quantity still includes what was picked after it was read.
func TestPickedBetweenArticleAndOrdersIsNotAdded(t *testing.T) {
	t.Parallel()
	pickLater := func() {}
	w := newWorldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Record: func(x ongoingtest.Exchange) {
		if strings.HasSuffix(x.Path, "/articles") {
			pickLater()
			pickLater = func() {}
		}
	}}}, nil)
	id := w.AddStockedProduct("A", "10")
	w.sellAndPick(id, "1")
	second := w.sell(id, "2")
	pickLater = func() { w.pick(second, "2") }
	w.runOK()
	w.wantStock(id, "10", "nine, and the one picked by then")
	w.runOK()
	w.wantStock(id, "10", "seven and three")
}
