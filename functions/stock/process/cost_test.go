package process

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// readAll is the request that reads all links.
const readAll = "Query acme/article#"

func daily() map[string]any { return map[string]any{"fullSweepHours": 24} }

func TestArticleOfAnotherSystemReadsNotAllLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, daily())
	w.addArticles(3)
	w.addArticle(ongoingtest.NewArticle{Number: "WEB", Stock: number.FromInt(4)})
	linked := w.addProduct("LINKED", "1")
	w.linkArticle(linked, "LINKED", w.addArticle(ongoingtest.NewArticle{Number: "LINKED", Stock: number.FromInt(1)}))
	w.runOK()
	delta := func(stock string) []string {
		w.Clock.Forward(time.Hour)
		w.setWarehouseStock("WEB", stock)
		w.setWarehouseStock("LINKED", stock)
		return w.DynamoDB.Reads(func() { w.runOK() })
	}
	for i, stock := range []string{"5", "6"} {
		if reads := delta(stock); slices.Contains(reads, readAll) {
			t.Errorf("run %d: got reads %v, want none of all links", i, reads)
		}
		w.wantStock(linked, stock, "by its link")
	}
}

// The links of the version before are not indexed.
func TestLinksOfAnOlderVersionAreIndexedOnce(t *testing.T) {
	t.Parallel()
	for name, sweepFirst := range map[string]bool{"in a delta": false, "in a full sweep": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, daily())
			linked := w.addProduct("LINKED", "1")
			article := w.addArticle(ongoingtest.NewArticle{Number: "LINKED", Stock: number.FromInt(1)})
			w.runOK()
			w.linkArticle(linked, "LINKED", article)
			for record := range w.Records() {
				if strings.HasPrefix(record, "article-of#") {
					w.Delete(record)
				}
			}
			if sweepFirst {
				w.run(map[string]any{"full": true})
			}
			for i, want := range []bool{!sweepFirst, false} {
				w.Clock.Forward(time.Hour)
				w.setWarehouseStock("LINKED", fmt.Sprint(i+5))
				reads := w.DynamoDB.Reads(func() { w.runOK() })
				if got := slices.Contains(reads, readAll); got != want {
					t.Errorf("run %d read all links: %t, want %t", i, got, want)
				}
				w.wantStock(linked, fmt.Sprint(i+5), "by its link")
			}
		})
	}
}

// A run died between the two, or the article is another product's by now.
func TestIndexThatTheLinkDoesNotConfirmIsNotUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, daily())
	w.addArticles(1)
	id := w.addProduct("A", "1")
	article := w.addArticle(ongoingtest.NewArticle{Number: "A", Stock: number.FromInt(1)})
	w.linkArticle(id, "A", article)
	w.runOK()
	links, err := w.Partition().Articles(t.Context(), []int{int(id)})
	w.must(err)
	link := links[int(id)]
	link.ArticleID = 0
	w.must(w.Partition().PutArticle(t.Context(), &link))
	w.Clock.Forward(time.Hour)
	w.setWarehouseStock("A", "7")
	w.runOK()
	w.wantStock(id, "1", "not linked")
}

func TestFullSweepReadsAllLinksAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, daily())
	w.addArticles(250)
	reads := w.DynamoDB.Reads(func() { w.runOK() })
	links := 0
	for _, r := range reads {
		if strings.HasPrefix(r, "BatchGetItem acme/article#") {
			links++
		}
	}
	if links > 0 || !slices.Contains(reads, readAll) {
		t.Errorf("got %d batches of links in %v", links, reads)
	}
}

// A web shop on the same goods owner reports nothing.
func TestUnreportedOrdersOfOthersAreListedOnce(t *testing.T) {
	t.Parallel()
	const foreign = 3 * manyForeign
	w := newWorldWith(t, testenv.Options{}, map[string]any{"stock": daily()})
	id := w.AddStockedProduct("A", "1000")
	other := w.AddStockedProduct("B", "1000")
	w.AddStockedProduct("C", "1000")
	ours := w.sellAndPick(id, "3")
	for i := range foreign {
		w.pickForeign(fmt.Sprintf("WEB-%d", i), "C", "1")
	}
	w.runOK()
	w.wantStock(id, "1000", "its picks are added")
	if r := w.Record("picks"); len(r["orders"].(map[string]any)) != 1 {
		t.Errorf("got %v, want one order of ours", r)
	}

	calls := func(what string, want int) {
		t.Helper()
		before := w.lists()
		w.runOK()
		if got := w.lists() - before; got > want {
			t.Errorf("%s: got %d lists of orders, want at most %d", what, got, want)
		}
	}
	w.Clock.Forward(3 * time.Hour)
	w.raiseERPStock(other)
	w.setWarehouseStock("A", "1007")
	calls("an order of ours that was picked before", 3)
	w.wantStock(id, "1010", "its picks are still added")

	w.Clock.Forward(time.Hour)
	more := w.sellAndPick(id, "5")
	calls("another order of ours", 3)
	w.wantStock(id, "1010", "both are added")

	w.Clock.Forward(time.Hour)
	w.must(w.GoodsOwner.RenumberOrder(ours.number, "ANDRE-1"))
	w.setWarehouseStock("A", "1000")
	calls("one of them is renumbered", 3)
	w.wantStock(id, "1008", "both are added")

	w.Clock.Forward(time.Hour)
	ours.number = "ANDRE-1"
	w.report(ours, "3")
	w.report(more, "5")
	w.setWarehouseStock("A", "999")
	calls("both are reported", 3)
	w.wantStock(id, "999", "nothing is added")

	w.Clock.Forward(25 * time.Hour)
	w.runOK()
	if r := w.Record("picks"); r["lookedAt"] == nil || r["orders"] != nil {
		t.Errorf("after a full sweep: got %v", r)
	}
}

// foreignBackOrders adds orders of another system that are shipped and reported in part, and back orders for the rest,
// which are picked and name no order of an ERP.
func (w *world) foreignBackOrders(article string, from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		number, back := fmt.Sprintf("WEB-%d", i), fmt.Sprintf("WEB-%d-B", i)
		w.orderForeign(number, article, "2")
		w.must(w.GoodsOwner.Pick(number, "1", one))
		w.report(sale{number: number}, "1")
		_, err := w.GoodsOwner.AddBackOrder(number, ongoingtest.NewBackOrder{Number: back})
		w.must(err)
		w.must(w.GoodsOwner.SetOrderStatus(number, 450))
		w.must(w.GoodsOwner.Pick(back, "1", one))
	}
}

var one = number.FromInt(1)

// originalsRead does something and returns how many orders were read from Ongoing one by one. No run may read all
// links of orders.
func (w *world) originalsRead(do func()) (orders int) {
	w.t.Helper()
	before := len(w.Ongoing.Journal())
	if reads := w.DynamoDB.Reads(do); slices.Contains(reads, "Query acme/order#") {
		w.t.Errorf("all order links were read: %v", reads)
	}
	for _, e := range w.Ongoing.Journal()[before:] {
		if e.Operation == "GET /orders/{orderId}" {
			orders++
		}
	}
	return orders
}

func TestBackOrdersOfOthersAreLookedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, map[string]any{"stock": daily()})
	id := w.AddStockedProduct("A", "1000")
	w.foreignBackOrders("A", 0, 5) // of before our first order
	w.sellAndPick(id, "3")
	w.runOK()
	w.foreignBackOrders("A", 5, 10)
	for i, want := range []int{5, 0, 0} {
		w.Clock.Forward(time.Hour)
		w.setWarehouseStock("A", fmt.Sprint(900+i))
		if got := w.originalsRead(func() { w.runOK() }); got != want {
			t.Errorf("run %d: got %d orders read, want %d", i, got, want)
		}
		w.wantStock(id, fmt.Sprint(903+i), "only what is picked for our order is added")
	}
	if others := w.Record("picks")["others"].([]any); len(others) != 5 {
		t.Errorf("got %v, want five", others)
	}
}

// The order is shipped, reported and closed.
func TestBackOrderOfAClosedOrderIsFoundByTheOrderItself(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, map[string]any{"stock": daily()})
	id := w.AddStockedProduct("A", "10")
	order := w.sell(id, "10")
	w.raiseERPStock(id)
	w.runOK() // needs the open orders and makes their index
	w.pick(order, "8")
	backOrder(ongoingtest.NewBackOrder{})(w, order)
	setOrderStatus(450)(w, order)
	book(office24.StatusSent, "8")(w, order) // takes out all ten
	for i, quantity := range []string{"", "2"} {
		w.Clock.Forward(time.Hour)
		if quantity != "" {
			pickBackOrder(quantity)(w, order)
		}
		w.raiseERPStock(id)
		w.must(w.GoodsOwner.AddStock("A", one)) // Ongoing lists the article as changed
		if got := w.originalsRead(func() { w.runOK() }); got != 1 {
			t.Errorf("run %d: got %d orders read, want 1", i, got)
		}
		w.wantStock(id, fmt.Sprint(i+1), "what the back order delivers is taken out")
	}
}

func TestRunReadsALimitedNumberOfOriginals(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, map[string]any{"stock": daily()})
	id, other := w.AddStockedProduct("A", "1000"), w.AddStockedProduct("B", "10")
	w.sellAndPick(id, "3")
	w.runOK()
	w.foreignBackOrders("A", 0, maxOriginals+20)
	for i, want := range []int{maxOriginals, 20, 0} {
		w.Clock.Forward(time.Hour)
		w.setWarehouseStock("A", "900")
		w.setWarehouseStock("B", fmt.Sprint(i+3))
		row := runner.Row{}
		if got := w.originalsRead(func() { row = w.run(nil) }); got != want {
			t.Errorf("run %d: got %d orders read, want %d", i, got, want)
		}
		w.wantStock(other, fmt.Sprint(i+3), "an article without back orders")
		if i == 0 && row.Failed != 1 {
			t.Errorf("got %+v, want the article kept as a failure", row)
		}
	}
	w.wantStock(id, "903", "all originals are known")
}
