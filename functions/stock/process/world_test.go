package process

import (
	"cmp"
	"fmt"
	"slices"
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

// testMaxWrites is how many writes a part of a plan of these tests has.
const testMaxWrites = 50

// A world is a customer without articles.
type world struct {
	*harness.Harness
	t         *testing.T
	batchSize int // 0 is that of the process
}

// newWorld makes a world with these settings below "stock".
func newWorld(t *testing.T, stock map[string]any) *world {
	t.Helper()
	settings := map[string]any{}
	if len(stock) > 0 {
		settings["stock"] = stock
	}
	return newWorldWith(t, testenv.Options{}, settings)
}

func newWorldWith(t *testing.T, o testenv.Options, settings map[string]any) *world {
	t.Helper()
	return &world{Harness: harness.NewWith(t, o, settings), t: t}
}

// addArticles adds n articles with ten in stock on both sides, and returns their products.
func (w *world) addArticles(n int) []office24.ProductID {
	w.t.Helper()
	var products []office24.ProductID
	for i := range n {
		products = append(products, w.AddStockedProduct(articleNumber(i), "10"))
	}
	return products
}

// articleNumber returns the number of the nth article of addArticles, counted from 0.
func articleNumber(i int) string { return fmt.Sprintf("A-%04d", i) }

// addUnlinked adds a product and its article without a link, as customers have who fill Ongoing by other means.
func (w *world) addUnlinked(number, stock string) office24.ProductID {
	w.t.Helper()
	id := w.addProduct(number, stock)
	w.addArticle(ongoingtest.NewArticle{Number: number, ProductCode: key(id), Stock: *harness.Dec(stock)})
	return id
}

// addProduct adds a product without an article.
func (w *world) addProduct(number, stock string) office24.ProductID {
	return w.Company.AddProduct(office24.Product{No: number, Name: number, Stock: harness.Dec(stock)})
}

func (w *world) addArticle(n ongoingtest.NewArticle) int {
	w.t.Helper()
	id, err := w.GoodsOwner.AddArticle(n)
	w.must(err)
	return id
}

func (w *world) setWarehouseStock(article, quantity string) {
	w.t.Helper()
	w.must(w.GoodsOwner.SetStock(article, number.MustParse(quantity)))
}

func (w *world) setERPStock(id office24.ProductID, quantity string) {
	w.Company.EditProduct(id, func(p *office24.Product) { p.Stock = harness.Dec(quantity) })
}

// raiseERPStock adds one to the products' stock in 24SevenOffice. The warehouse's stock has not changed.
func (w *world) raiseERPStock(ids ...office24.ProductID) {
	for _, id := range ids {
		w.Company.EditProduct(id, func(p *office24.Product) {
			more := p.Stock.Add(number.FromInt(1))
			p.Stock = &more
		})
	}
}

// A sale is an order of one article, in both systems.
type sale struct {
	id     office24.OrderID
	number string // in Ongoing
	row    string
}

func (w *world) sell(product office24.ProductID, quantity string) sale {
	w.t.Helper()
	id := w.Company.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: product, Quantity: harness.Dec(quantity), Price: harness.Dec("100")}},
	})
	orderNumber := w.ImportOrder(id, "")
	o, _ := w.GoodsOwner.Order(orderNumber)
	return sale{id: id, number: orderNumber, row: o.Lines[0].Row}
}

func (w *world) pick(s sale, quantity string) {
	w.t.Helper()
	w.must(w.GoodsOwner.Pick(s.number, s.row, number.MustParse(quantity)))
}

// sellAndPick sells a quantity of a product and picks all of it.
func (w *world) sellAndPick(product office24.ProductID, quantity string) sale {
	w.t.Helper()
	s := w.sell(product, quantity)
	w.pick(s, quantity)
	return s
}

// pickForeign adds an order to Ongoing that is not ours, and picks it.
func (w *world) pickForeign(orderNumber, article, quantity string) {
	w.t.Helper()
	w.orderForeign(orderNumber, article, quantity)
	w.must(w.GoodsOwner.Pick(orderNumber, "1", number.MustParse(quantity)))
}

// orderForeign adds an order to Ongoing that is not ours.
func (w *world) orderForeign(orderNumber, article, quantity string) {
	w.t.Helper()
	line := ongoingtest.NewLine{Row: "1", Article: article, Quantity: number.MustParse(quantity)}
	_, err := w.GoodsOwner.AddOrder(orderNumber, line)
	w.must(err)
}

// report reports a quantity of the order's line, as the process shipments does.
func (w *world) report(s sale, quantity string) {
	w.t.Helper()
	live, _, err := w.OngoingClient().OrderNumbered(w.t.Context(), s.number)
	w.must(err)
	w.must(w.OngoingClient().ReportLine(w.t.Context(), live.Info.ID, live.Lines[0].ID, number.MustParse(quantity)))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run(event map[string]any) runner.Row {
	w.t.Helper()
	return harness.Run(w.Harness, functionWithLimits(testMaxWrites, cmp.Or(w.batchSize, batchSize)), event)
}

// runOnePart runs the process. Its time is over when the stock of a product is written, the last one of a part.
func (w *world) runOnePart(last office24.ProductID, event map[string]any) runner.Row {
	w.t.Helper()
	over := false
	w.afterWrite(last, func() {
		if !over {
			over = true
			w.Clock.Forward(13*time.Minute + 31*time.Second)
		}
	})
	row := w.run(event)
	if over = true; row.Outcome != runner.Partial {
		w.t.Fatalf("got %+v, want outcome partial", row)
	}
	return row
}

// runOK runs the process. The outcome must be OK.
func (w *world) runOK() runner.Row {
	w.t.Helper()
	row := w.run(nil)
	if row.Outcome != runner.OK {
		w.t.Fatalf("got %+v, want outcome OK", row)
	}
	return row
}

// keys is an event that names products.
func keys(ids ...office24.ProductID) map[string]any {
	var all []string
	for _, id := range ids {
		all = append(all, key(id))
	}
	return map[string]any{"keys": all}
}

// A wantRun is the expected row of a run. All counts are compared.
type wantRun struct {
	outcome runner.Outcome // "" is OK
	reason  string         // a part of the reason

	read, planned, written, unchanged, skipped, held, failed int
}

// runWants runs the process with an event and compares the row.
func (w *world) runWants(event map[string]any, want wantRun) runner.Row {
	w.t.Helper()
	row := w.run(event)
	w.wantRow(row, want)
	return row
}

func (w *world) wantRow(row runner.Row, want wantRun) {
	w.t.Helper()
	got := wantRun{
		outcome: row.Outcome, reason: want.reason, read: row.Read, planned: row.Planned, written: row.Written,
		unchanged: row.Unchanged, skipped: row.Skipped, held: row.Held, failed: row.Failed,
	}
	want.outcome = cmp.Or(want.outcome, runner.OK)
	if got != want || !strings.Contains(row.Reason, want.reason) {
		w.t.Fatalf("run: got %+v\nwant %+v", row, want)
	}
}

// wantStock compares a product's stock in 24SevenOffice.
func (w *world) wantStock(id office24.ProductID, want, when string) {
	w.t.Helper()
	p, found := w.Company.Product(id)
	if !found {
		w.t.Fatalf("product %d is gone", id)
	}
	got := "-"
	if p.Stock != nil {
		got = p.Stock.String()
	}
	if got != want {
		w.t.Errorf("%s: product %d: got stock %s, want %s", when, id, got, want)
	}
}

// written returns the keys of the products whose stock was written, in the order of the writes.
func (w *world) written() []string {
	var out []string
	for _, c := range w.Office24.Writes() {
		if c.Operation == "SetStockQuantity" && c.Effect {
			out = append(out, c.Key)
		}
	}
	return out
}

func (w *world) wantWrites(want int) {
	w.t.Helper()
	if got := w.written(); len(got) != want {
		w.t.Errorf("got writes %v, want %d", got, want)
	}
}

func (w *world) cursor() testenv.Record {
	w.t.Helper()
	return w.Record("cursor#stock")
}

func (w *world) wantNoCursor() {
	w.t.Helper()
	if c := w.cursor(); c != nil {
		w.t.Errorf("got cursor %v, want none", c)
	}
}

// wantCursorStays does something that must not move the cursor.
func (w *world) wantCursorStays(do func()) {
	w.t.Helper()
	before := fmt.Sprint(w.cursor())
	do()
	if after := fmt.Sprint(w.cursor()); after != before {
		w.t.Errorf("the cursor moved from %s to %s", before, after)
	}
}

// wantNote looks for a text in the notes of the run records.
func (w *world) wantNote(want string) {
	w.t.Helper()
	var notes []string
	for name, r := range w.Records() {
		if strings.HasPrefix(name, "run#") {
			notes = append(notes, fmt.Sprint(r["notes"]))
		}
	}
	if all := strings.Join(notes, "\n"); !strings.Contains(all, want) {
		w.t.Errorf("notes: got %q, want one with %q", all, want)
	}
}

// wantHeld looks for failure records of class held of exactly these products.
func (w *world) wantHeld(ids ...office24.ProductID) {
	w.t.Helper()
	var held []string
	for name, r := range w.Records() {
		if key, ok := strings.CutPrefix(name, "failure#stock#"); ok && r["class"] == "held" {
			held = append(held, key)
		}
	}
	var want []string
	for _, id := range ids {
		want = append(want, key(id))
	}
	slices.Sort(held)
	slices.Sort(want)
	if !slices.Equal(held, want) {
		w.t.Errorf("got held %v, want %v", held, want)
	}
}

// afterWrite does something after the stock of a product was written.
func (w *world) afterWrite(id office24.ProductID, do func()) {
	w.Office24.After(onWrite(id, do))
}

func (w *world) beforeWrite(id office24.ProductID, do func()) {
	w.Office24.Before(onWrite(id, do))
}

func onWrite(id office24.ProductID, do func()) func(office24test.Call) {
	return func(c office24test.Call) {
		if c.Operation == "SetStockQuantity" && c.Key == key(id) {
			do()
		}
	}
}
