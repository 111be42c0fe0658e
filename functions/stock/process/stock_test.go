package process

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// TestOnlyDifferences: a quantity is written where the two differ, as exact decimals, and not a second time.
func TestOnlyDifferences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		here, there string // 24SevenOffice, Ongoing
		write       bool
		why         string
	}{
		{"2", "2.000", false, "the same number in another writing"},
		{"2.5", "2.50", false, "the same fraction"},
		{"2.5", "2.501", true, "a thousandth is a difference"},
		{"0", "7", true, "received"},
		{"7", "0", true, "sold out: zero is a quantity"},
		{"-3", "0", true, "negative by somebody's mistake"},
		{"0.1", "0.3", true, "no float rounds it away"},
	}
	w := newWorld(t, nil)
	var products []office24.ProductID
	for i, test := range tests {
		id := w.AddStockedProduct(fmt.Sprintf("A-%d", i), test.there)
		w.product(func(p *office24.Product) { p.Stock = harness.Dec(test.here) }, id)
		products = append(products, id)
	}
	row := w.ok()
	want := 0
	for i, test := range tests {
		w.expect(products[i], number.MustParse(test.there).String(), test.why)
		if test.write {
			want++
		}
		if got := strings.Contains(fmt.Sprint(w.written()), key(products[i])); got != test.write {
			t.Errorf("%s: written %v", test.why, got)
		}
	}
	if row.Read != len(tests) || row.Written != want || row.Unchanged != len(tests)-want {
		t.Errorf("got %+v", row)
	}
	w.Clock.Forward(7 * time.Hour) // a full sweep again
	if row := w.ok(); row.Written != 0 || row.Unchanged != len(tests) || w.writes() != want {
		t.Errorf("second run: %+v", row)
	}
}

// TestQuantity: which of Ongoing's figures is written.
func TestQuantity(t *testing.T) {
	t.Parallel()
	tests := []struct{ quantity, ordered, want, why string }{
		{"physical", "4", "10", "what is ordered is still there"},
		{"sellable", "4", "6", "what is ordered is gone for others"},
		{"sellable", "12", "0", "more ordered than there is: never below zero"},
	}
	for _, test := range tests {
		w := newWorld(t, map[string]any{"stock": map[string]any{"quantity": test.quantity}})
		id := w.AddStockedProduct("A", "10")
		w.product(func(p *office24.Product) { p.Stock = harness.Dec("1") }, id)
		w.sell(id, test.ordered)
		w.ok()
		w.expect(id, test.want, test.quantity+", "+test.why)
	}
}

// TestPickToSent follows goods from the shelf to Sent: at no moment they are counted out twice.
func TestPickToSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		quantity                     string
		taken                        bool // whether 24SevenOffice takes goods out when an order becomes Sent
		ordered, picked, sent, after string
		why                          string
	}{
		{"physical", true, "10", "10", "7", "7", "it stays 10 until Sent takes three out"},
		{"physical", false, "10", "10", "10", "7", "where Sent takes nothing out, the next sweep does"},
		{"sellable", true, "7", "10", "7", "7", "what can be sold, and what Sent will take"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := worldWith(t, testenv.Options{Office24: office24test.Options{KeepStockOnSent: !test.taken}},
				map[string]any{"stock": map[string]any{"quantity": test.quantity}})
			id := w.AddStockedProduct("A", "10")
			order, row := w.sell(id, "3")
			w.ok()
			w.expect(id, test.ordered, "ordered")
			w.must(w.GoodsOwner.Pick(orderKey(order), row, number.FromInt(3)))
			w.ok()
			w.expect(id, test.picked, "picked")
			w.must(w.GoodsOwner.SetOrderStatus(orderKey(order), 450))
			w.shipped(order, "3")
			w.expect(id, test.sent, "sent")
			w.ok()
			w.expect(id, test.after, "sent, and compared again")
			w.Clock.Forward(7 * time.Hour)
			w.ok()
			w.expect(id, test.after, "in the end")
		})
	}
}

// shipped does what the process shipments does about an order of one line.
func (w *world) shipped(id office24.OrderID, quantity string) {
	w.t.Helper()
	w.Company.SetStatus(id, office24.StatusSent)
	w.report(orderKey(id), quantity)
}

func (w *world) report(orderNumber, quantity string) {
	w.t.Helper()
	live, _, err := w.OngoingClient().OrderNumbered(w.t.Context(), orderNumber)
	w.must(err)
	w.must(w.OngoingClient().ReportLine(w.t.Context(), live.Info.ID, live.Lines[0].ID, number.MustParse(quantity)))
}

// TestPicks: whose picks are added to what is in the warehouse.
func TestPicks(t *testing.T) {
	t.Parallel()
	pick := func(w *world, id office24.ProductID) office24.OrderID {
		order, row := w.sell(id, "3")
		w.must(w.GoodsOwner.Pick(orderKey(order), row, number.FromInt(3)))
		return order
	}
	tests := []struct {
		why      string
		settings map[string]any
		work     func(w *world, id office24.ProductID)
		want     string
	}{
		{"picked for an order of ours", nil, func(w *world, id office24.ProductID) { pick(w, id) }, "10"},
		{"shipments is off: nothing is ever Sent or reported", map[string]any{"shipments": map[string]any{"enabled": false}},
			func(w *world, id office24.ProductID) { pick(w, id) }, "7"},
		{"a person has set it to Sent already", nil, func(w *world, id office24.ProductID) {
			order := pick(w, id)
			w.Company.SetStatus(order, office24.StatusSent)
		}, "7"},
		{"it was invoiced already", nil, func(w *world, id office24.ProductID) {
			order := pick(w, id)
			w.Company.SetStatus(order, office24.StatusInvoiced)
		}, "7"},
		{"it was deleted: it will never be Sent", nil, func(w *world, id office24.ProductID) { w.Company.DeleteOrder(pick(w, id)) }, "7"},
		{"part of it is reported", nil, func(w *world, id office24.ProductID) { w.report(orderKey(pick(w, id)), "1") }, "9"},
		{"made by hand in Ongoing", nil, func(w *world, id office24.ProductID) { w.foreign("HAND", "A", "3") }, "7"},
		{"one of each", nil, func(w *world, id office24.ProductID) {
			w.foreign("HAND", "A", "2")
			pick(w, id)
		}, "8"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.settings)
			id := w.AddStockedProduct("A", "10")
			test.work(w, id)
			w.ok()
			w.expect(id, test.want, test.why)
		})
	}
}

// foreign picks an order that is not ours.
func (w *world) foreign(orderNumber, article, quantity string) {
	w.t.Helper()
	_, err := w.GoodsOwner.AddOrder(orderNumber, ongoingtest.NewLine{Row: "1", Article: article, Quantity: number.MustParse(quantity)})
	w.must(err)
	w.must(w.GoodsOwner.Pick(orderNumber, "1", number.MustParse(quantity)))
}

// TestKitParts: 24SevenOffice takes a kit out, and not its parts; those are gone as soon as they are picked. The kit
// itself has no stock.
func TestKitParts(t *testing.T) {
	t.Parallel()
	for _, onParent := range []bool{false, true} {
		w := worldWith(t, testenv.Options{Ongoing: ongoingtest.Options{KitsPickedOnParent: onParent}}, nil)
		kit, part := w.AddStockedProduct("KIT", "0"), w.AddStockedProduct("PART", "10")
		w.product(func(p *office24.Product) { p.Stock = harness.Dec("5") }, kit)
		w.must(w.GoodsOwner.MakeKit("KIT", map[string]number.Decimal{"PART": number.FromInt(2)}))
		order, row := w.sell(kit, "3")
		w.must(w.GoodsOwner.Pick(orderKey(order), row, number.FromInt(3)))
		w.ok()
		w.expect(part, "4", "part")
		w.expect(kit, "5", "kit")
	}
}

// TestHistory: years of picks that nobody reported are neither added nor read.
func TestHistory(t *testing.T) {
	t.Parallel()
	var asked []string
	record := func(x ongoingtest.Exchange) {
		if strings.Contains(x.Query, "onlyOrdersWithOrderLinesToReport") {
			asked = append(asked, x.Query)
		}
	}
	w := worldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Record: record}}, nil)
	id := w.AddStockedProduct("A", "10")
	for i := range 3 {
		w.foreign(fmt.Sprintf("1997-%d", i), "A", "1")
	}
	order, row := w.sell(id, "3")
	w.must(w.GoodsOwner.Pick(orderKey(order), row, number.FromInt(3)))
	w.ok()
	w.expect(id, "7", "our three are added, the old ones not")
	standing, _ := w.GoodsOwner.Order(orderKey(order))
	if want := fmt.Sprintf("orderIdFrom=%d", standing.ID); len(asked) == 0 || !strings.HasSuffix(asked[0], want) {
		t.Errorf("asked %v, want %s", asked, want)
	}
}

// TestPickedBetween: something is picked between the reading of the articles and that of the orders. What the article
// does not know of is not added.
func TestPickedBetween(t *testing.T) {
	t.Parallel()
	var w *world
	var pick func()
	w = worldWith(t, testenv.Options{Ongoing: ongoingtest.Options{Record: func(x ongoingtest.Exchange) {
		if strings.HasSuffix(x.Path, "/articles") && pick != nil {
			pick()
			pick = nil
		}
	}}}, nil)
	id := w.AddStockedProduct("A", "10")
	first, row1 := w.sell(id, "1")
	second, row2 := w.sell(id, "2")
	w.must(w.GoodsOwner.Pick(orderKey(first), row1, number.FromInt(1)))
	pick = func() { w.must(w.GoodsOwner.Pick(orderKey(second), row2, number.FromInt(2))) }
	w.ok()
	w.expect(id, "10", "nine and one of the moment at which the article was read")
	w.ok()
	w.expect(id, "10", "seven and three")
}

// TestSkipped: what has no stock is left alone, and so is what cannot be matched; nothing is zeroed for being absent.
func TestSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	twelve := func(p *office24.Product) { p.Stock = harness.Dec("12") }
	add := func(n ongoingtest.NewArticle, edit func(*office24.Product)) office24.ProductID {
		id := w.Company.AddProduct(office24.Product{No: n.Number, Name: n.Number, Stock: harness.Dec("12")})
		w.product(edit, id)
		if n.ProductCode == "" {
			n.ProductCode = key(id)
		}
		n.Stock = *harness.Dec("3")
		_, err := w.GoodsOwner.AddArticle(n)
		w.must(err)
		return id
	}
	inactive, no := 0, false
	left := map[string]office24.ProductID{
		"not a stock article":                  add(ongoingtest.NewArticle{Number: "SERVICE", NotStock: true}, twelve),
		"an inactive article":                  add(ongoingtest.NewArticle{Number: "OLD", Inactive: true}, twelve),
		"a product without stock control":      add(ongoingtest.NewArticle{Number: "UNCONTROLLED"}, func(p *office24.Product) { p.StockControlled = &no }),
		"an expired product":                   add(ongoingtest.NewArticle{Number: "EXPIRED"}, func(p *office24.Product) { p.StatusID = &inactive }),
		"an article of another system":         add(ongoingtest.NewArticle{Number: "OTHER", ProductCode: "EL-7"}, twelve),
		"an article of a product that is gone": add(ongoingtest.NewArticle{Number: "GONE", ProductCode: "999999"}, twelve),
	}
	left["a product without an article"] = w.Company.AddProduct(office24.Product{No: "NONE", Name: "NONE", Stock: harness.Dec("12")})
	row := w.ok()
	for why, id := range left {
		w.expect(id, "12", why)
	}
	if row.Read != 6 || row.Skipped != 6 || row.Written != 0 {
		t.Errorf("got %+v", row)
	}
	if !strings.Contains(w.notes(), "2 articles without a product in 24SevenOffice, left alone: GONE, OTHER") {
		t.Errorf("notes: %q", w.notes())
	}
}

// TestMatch: by the product code, then by the link; a code that the link contradicts is a copy's.
func TestMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	coded := w.plain("CODED", "1")
	w.count("CODED", "3")
	linked := w.Company.AddProduct(office24.Product{No: "LINKED", Name: "LINKED", Stock: harness.Dec("1")})
	article, err := w.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "LINKED", Stock: number.FromInt(4)})
	w.must(err)
	w.must(w.Partition().PutArticle(t.Context(), &state.ArticleLink{ProductID: int(linked), ArticleNumber: "LINKED", ArticleID: article}))
	copied := w.AddStockedProduct("ORIGINAL", "5")
	_, err = w.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "COPY", ProductCode: key(copied), Stock: number.FromInt(99)})
	w.must(err)
	w.count("ORIGINAL", "6")
	w.ok()
	w.expect(coded, "3", "by its code")
	w.expect(linked, "4", "by its link")
	w.expect(copied, "6", "the linked article's, not the copy's")
	if !strings.Contains(w.notes(), "1 articles without a product in 24SevenOffice, left alone: COPY") {
		t.Errorf("notes: %q", w.notes())
	}

	w.count("LINKED", "8")
	if row := w.run(map[string]any{"keys": []string{key(linked)}}); row.Outcome != runner.OK || row.Written != 1 {
		t.Errorf("by key: %+v", row)
	}
	w.expect(linked, "8", "named by its key, found by its link")
}

// TestTwins: two articles claim one product. Neither is believed, also where only one of them changed, and the others
// go on.
func TestTwins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id, other := w.plain("TWIN-1", "10"), w.plain("OTHER", "10")
	_, err := w.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "TWIN-2", ProductCode: key(id), Stock: number.FromInt(3)})
	w.must(err)
	w.count("OTHER", "4")
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Failed != 1 || row.Written != 1 || !strings.Contains(row.Reason, "articles TWIN-1 and TWIN-2 both belong to product") {
		t.Errorf("got %+v", row)
	}
	w.expect(id, "10", "refused")
	w.expect(other, "4", "another product")

	w.Clock.Forward(time.Hour)
	w.count("TWIN-2", "5")
	if row := w.run(nil); row.Failed != 1 {
		t.Errorf("one of them changed: %+v", row)
	}
	w.expect(id, "10", "one of them changed")
	standing, _ := w.GoodsOwner.Article("TWIN-2")
	_, err = w.OngoingClient().UpdateArticle(t.Context(), ongoing.ArticleID(standing.ID), ongoing.ArticleBody{ArticleNumber: "TWIN-2", ProductCode: "none"})
	w.must(err)
	w.count("TWIN-1", "6")
	w.Clock.Forward(24 * time.Hour)
	w.ok()
	w.expect(id, "6", "settled")
}

// TestMissingFigure: a quantity that Ongoing does not say is not zero.
func TestMissingFigure(t *testing.T) {
	t.Parallel()
	var s settings.Customer
	for _, sellable := range []bool{false, true} {
		s.Stock.Sellable = sellable
		if f, known := figure(ongoing.Article{}, number.FromInt(3), s); known {
			t.Errorf("sellable %v: got %s", sellable, f)
		}
	}
}

// TestEmptyInventory: a warehouse that answers with an empty list changes nothing.
func TestEmptyInventory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.Company.AddProduct(office24.Product{No: "A", Name: "A", Stock: harness.Dec("12")})
	if row := w.ok(); row.Read != 0 || row.Written != 0 {
		t.Errorf("got %+v", row)
	}
	w.expect(id, "12", "no article at all")
}

// TestKeys: only what is named is written, and the cursor stays.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	products := w.many(3)
	for i := range products {
		w.count(fmt.Sprintf("A-%04d", i), "4")
	}
	row := w.run(map[string]any{"keys": []string{key(products[1])}})
	if row.Outcome != runner.OK || row.Written != 1 || row.Read != 1 {
		t.Errorf("got %+v", row)
	}
	w.expect(products[0], "10", "not named")
	w.expect(products[1], "4", "named")
	if w.Record("cursor#stock") != nil {
		t.Error("the cursor moved")
	}
}

// TestKeyOfAnother: the link of a named product leads to an article that belongs to another product by now.
func TestKeyOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	another := w.plain("A", "10")
	named := w.Company.AddProduct(office24.Product{No: "B", Name: "B", Stock: harness.Dec("12")})
	w.must(w.Partition().PutArticle(t.Context(), &state.ArticleLink{ProductID: int(named), ArticleNumber: "A", ArticleID: 1}))
	w.count("A", "3")
	w.run(map[string]any{"keys": []string{key(named)}})
	w.expect(another, "10", "not named")
	w.expect(named, "12", "has no article")
}

// TestDryRun writes nothing and shows what it would write.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.AddStockedProduct("A", "10")
	w.count("A", "4.5")
	row := w.run(map[string]any{"dryRun": true})
	if w.writes() != 0 || w.Record("cursor#stock") != nil {
		t.Error("a dry run wrote")
	}
	if len(row.Changes) != 1 || row.Changes[0].Key != key(id) || fmt.Sprint(row.Changes[0].Fields) != "[{Stock 10 4.5}]" {
		t.Errorf("got %+v", row)
	}
}

// TestRefused: a quantity that is not set is a failure of that record, tried again; the others go on.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bad, good := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10")
	w.count("A", "4")
	w.count("B", "5")
	w.Office24.Before(func(c office24test.Call) {
		if c.Operation == "SetStockQuantity" && c.Key == key(bad) {
			w.Company.RemoveProduct(bad) // answered with false
		}
	})
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Failed != 1 || row.Written != 1 || !strings.Contains(row.Reason, "the quantity was not set") {
		t.Errorf("got %+v", row)
	}
	w.expect(good, "5", "the other one")
	w.Office24.Before(nil)
	w.Company.AddProduct(office24.Product{ID: bad, No: "A", Name: "A", Stock: harness.Dec("10")})
	w.Clock.Forward(time.Hour)
	w.ok()
	w.expect(bad, "4", "tried again")
}

// TestStale: what was read a while ago is read again before it is written.
func TestStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first, second, third := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10"), w.AddStockedProduct("C", "10")
	order, row := w.sell(third, "3")
	w.must(w.GoodsOwner.Pick(orderKey(order), row, number.FromInt(1)))
	for _, article := range []string{"A", "B", "C"} {
		w.count(article, "4")
	}
	w.Office24.After(func(c office24test.Call) {
		if c.Operation == "SetStockQuantity" && c.Key == key(first) {
			w.Clock.Forward(2 * time.Minute)
			w.count("B", "6")
			w.must(w.GoodsOwner.Pick(orderKey(order), row, number.FromInt(2)))
		}
	})
	w.ok()
	w.expect(first, "4", "fresh")
	w.expect(second, "6", "counted again meanwhile")
	w.expect(third, "5", "picked meanwhile: two in the warehouse and three not yet Sent")
}

// TestStaleAndEqual: the two have become equal meanwhile, or there is nothing to write any more.
func TestStaleAndEqual(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		meanwhile func(w *world, id office24.ProductID)
		want      runner.Outcome
	}{
		"equal":        {func(w *world, id office24.ProductID) { w.count("B", "10") }, runner.OK},
		"product gone": {func(w *world, id office24.ProductID) { w.Company.RemoveProduct(id) }, runner.Partial},
		"not controlled": {func(w *world, id office24.ProductID) {
			w.product(func(p *office24.Product) { p.StockControlled = new(bool) }, id)
		}, runner.Partial},
	}
	for name, test := range tests {
		w := newWorld(t, nil)
		first, second := w.AddStockedProduct("A", "10"), w.AddStockedProduct("B", "10")
		w.count("A", "4")
		w.count("B", "5")
		w.Office24.After(func(c office24test.Call) {
			if c.Operation == "SetStockQuantity" && c.Key == key(first) {
				w.Clock.Forward(2 * time.Minute)
				test.meanwhile(w, second)
			}
		})
		if row := w.run(nil); row.Outcome != test.want {
			t.Errorf("%s: %+v", name, row)
		}
		if w.writes() != 1 {
			t.Errorf("%s: written %v", name, w.written())
		}
	}
}

// TestCrash: a run dies behind any of its writes; the next one ends as if nothing had happened.
func TestCrash(t *testing.T) {
	t.Parallel()
	for n := 1; n < 20; n++ {
		w := newWorld(t, nil)
		products := w.many(3)
		for i := range products {
			w.count(fmt.Sprintf("A-%04d", i), fmt.Sprint(i))
		}
		died := harness.Crash(w.Harness, function(writes), nil, n)
		w.ok()
		for i, id := range products {
			w.expect(id, fmt.Sprint(i), fmt.Sprintf("died behind write %d", n))
		}
		if w.writes() > len(products)+1 {
			t.Errorf("died behind write %d: written %v", n, w.written())
		}
		if !died {
			break
		}
	}
}
