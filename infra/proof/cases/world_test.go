package cases_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	articles "ongoing24so/functions/articles/process"
	salesorders "ongoing24so/functions/salesorders/process"
	shipments "ongoing24so/functions/shipments/process"
	stock "ongoing24so/functions/stock/process"
	suppliers "ongoing24so/functions/suppliers/process"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

var functions = map[naming.Process]lambdahost.Function{
	naming.Articles:    articles.Function(),
	naming.SalesOrders: salesorders.Function(),
	naming.Shipments:   shipments.Function(),
	naming.Stock:       stock.Function(),
	naming.Suppliers:   suppliers.Function(),
}

// A world is the customer "acme" with both systems and the five functions.
type world struct {
	*harness.Harness
	t testing.TB
}

func newWorld(t testing.TB, settings map[string]any) *world {
	t.Helper()
	return &world{harness.New(t, settings), t}
}

// rows are the rows of one tick's customer runs.
type rows map[naming.Process]runner.Row

// tick lets a quarter of an hour pass and runs all processes on the schedule.
func (w *world) tick() rows {
	w.t.Helper()
	return w.run(nil)
}

// run lets a quarter of an hour pass and runs all processes with an event.
func (w *world) run(event map[string]any) rows {
	w.t.Helper()
	w.Clock.Forward(16 * time.Minute)
	return w.runNow(event)
}

func (w *world) runNow(event map[string]any) rows {
	w.t.Helper()
	if event == nil {
		event = map[string]any{}
	}
	found := rows{}
	for _, e := range naming.Entries() {
		result, err := harness.Invoke(w.t.Context(), w.Harness, functions[e.Process], event)
		must(w.t, err)
		for _, row := range result.Customers {
			if row.CustomerID == w.ID {
				found[e.Process] = row
			}
		}
	}
	return found
}

// full runs all processes by hand and in full.
func (w *world) full() rows {
	w.t.Helper()
	return w.run(map[string]any{"customers": []string{w.ID}, "full": true})
}

// product adds a stock-controlled product to 24SevenOffice, with this stock there.
func (w *world) product(number, stock string) office24.ProductID {
	w.t.Helper()
	return w.Company.AddProduct(office24.Product{
		No: number, Name: "Vare " + number, StockControlled: new(true), Stock: harness.Dec(stock),
	})
}

// article adds an article to Ongoing that another integration has made.
func (w *world) article(number, code, stock string) {
	w.t.Helper()
	_, err := w.GoodsOwner.AddArticle(ongoingtest.NewArticle{
		Number: number, Name: "Other " + number, ProductCode: code, Stock: *harness.Dec(stock),
	})
	must(w.t, err)
}

// counted sets the stock of an article in Ongoing.
func (w *world) counted(number, stock string) {
	w.t.Helper()
	must(w.t, w.GoodsOwner.SetStock(number, *harness.Dec(stock)))
}

// order adds a confirmed order with rows of these products and quantities.
func (w *world) order(quantities map[office24.ProductID]string) office24.OrderID {
	w.t.Helper()
	o := office24.Order{
		CustomerID: 5001, CustomerName: "Kunde", DateOrdered: w.Clock.Now(), Status: office24.StatusConfirmed,
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Testveien 1", PostalCode: "0001", PostalArea: "TESTBY"},
		},
	}
	for id := office24.ProductID(0); len(o.Rows) < len(quantities); id++ {
		if q, ok := quantities[id]; ok {
			o.Rows = append(o.Rows, office24.Row{ProductID: id, Quantity: harness.Dec(q), Price: harness.Dec("10")})
		}
	}
	return w.Company.AddOrder(o)
}

// ongoingOrder returns an order in Ongoing that must exist.
func (w *world) ongoingOrder(number string) ongoingtest.OrderState {
	w.t.Helper()
	o, ok := w.GoodsOwner.Order(number)
	if !ok {
		w.t.Fatalf("order %s is not in Ongoing", number)
	}
	return o
}

// wantStatus checks the status of an order in 24SevenOffice.
func (w *world) wantStatus(id office24.OrderID, want office24.OrderStatus) {
	w.t.Helper()
	if o, _ := w.Company.Order(id); o.Status != want {
		w.t.Errorf("order %d is %s, not %s; %s", id, o.Status.Name(), want.Name(), w.failures())
	}
}

// wantStock checks the stock of a product in 24SevenOffice.
func (w *world) wantStock(id office24.ProductID, want string) {
	w.t.Helper()
	p, _ := w.Company.Product(id)
	if p.Stock == nil || !p.Stock.Equal(*harness.Dec(want)) {
		w.t.Errorf("product %d (%s) has stock %v, not %s; %s", id, p.No, p.Stock, want, w.failures())
	}
}

// wantArticle checks that an article is the product's and has this stock.
func (w *world) wantArticle(number string, id office24.ProductID, stock string) {
	w.t.Helper()
	a, ok := w.GoodsOwner.Article(number)
	if !ok || a.Body["productCode"] != fmt.Sprint(int(id)) || !a.Stock.Equal(*harness.Dec(stock)) {
		w.t.Errorf("article %s, which should be product %d with %s on the shelf, is %v with %s; %s",
			number, id, stock, a.Body, a.Stock, w.failures())
	}
}

// failure returns the message of a failure record; empty if there is none.
func (w *world) failure(process naming.Process, key any) string {
	w.t.Helper()
	message, _ := w.Record(fmt.Sprintf("failure#%s#%v", process, key))["message"].(string)
	return message
}

// wantFailure checks that a failure record says these things. Without words there must be no record.
func (w *world) wantFailure(process naming.Process, key any, words ...string) {
	w.t.Helper()
	message := w.failure(process, key)
	if len(words) == 0 && message != "" {
		w.t.Errorf("%s %v has a failure record: %s", process, key, message)
	}
	for _, word := range words {
		if !strings.Contains(message, word) {
			w.t.Errorf("the failure record of %s %v does not say %q: %q", process, key, word, message)
		}
	}
}

// failures lists all failure records, for messages of the tests.
func (w *world) failures() string {
	var found []string
	for name, r := range w.Records() {
		if strings.HasPrefix(name, "failure#") {
			found = append(found, fmt.Sprintf("%s: %v", name, r["message"]))
		}
	}
	return cmp.Or(strings.Join(found, "; "), "no failure records")
}

// wantOutcome checks the outcome of each customer run of a tick.
func (r rows) wantOutcome(t testing.TB, want runner.Outcome, words ...string) {
	t.Helper()
	for process, row := range r {
		if row.Outcome == runner.Off {
			continue
		}
		if row.Outcome != want {
			t.Errorf("%s: %s (%s), not %s", process, row.Outcome, row.Reason, want)
		}
		for _, word := range words {
			if !strings.Contains(row.Reason, word) {
				t.Errorf("%s: the reason does not say %q: %q", process, word, row.Reason)
			}
		}
	}
}

// ship ships an order in Ongoing; without quantities, all of it.
func (w *world) ship(orderNumber string, quantities map[string]number.Decimal) {
	w.t.Helper()
	must(w.t, w.GoodsOwner.Ship(orderNumber, ongoingtest.Shipment{Quantities: quantities}))
}

// someOf returns the quantities of a shipment that has so much of an order's first row.
func (w *world) someOf(orderNumber, quantity string) map[string]number.Decimal {
	w.t.Helper()
	return map[string]number.Decimal{w.ongoingOrder(orderNumber).Lines[0].Row: *harness.Dec(quantity)}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text[T ~int](id T) string { return fmt.Sprint(int(id)) }
