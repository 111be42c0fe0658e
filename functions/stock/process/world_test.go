package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// writes is how many a run of these tests plans.
const writes = 50

type world struct {
	*harness.Harness
	t *testing.T
}

func newWorld(t *testing.T, settings map[string]any) *world {
	t.Helper()
	return worldWith(t, testenv.Options{}, settings)
}

func worldWith(t *testing.T, o testenv.Options, settings map[string]any) *world {
	t.Helper()
	return &world{harness.NewWith(t, o, settings), t}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// count counts an article: so many are there now.
func (w *world) count(article, there string) {
	w.t.Helper()
	w.must(w.GoodsOwner.SetStock(article, number.MustParse(there)))
}

func (w *world) run(event map[string]any) runner.Row {
	w.t.Helper()
	return harness.Run(w.Harness, function(writes), event)
}

// ok runs and insists that all went well.
func (w *world) ok() runner.Row {
	w.t.Helper()
	row := w.run(nil)
	if row.Outcome != runner.OK {
		w.t.Fatalf("got %+v", row)
	}
	return row
}

// stock is what 24SevenOffice holds.
func (w *world) stock(id office24.ProductID) string {
	w.t.Helper()
	p, found := w.Company.Product(id)
	if !found {
		w.t.Fatalf("product %d is gone", id)
	}
	if p.Stock == nil {
		return "-"
	}
	return p.Stock.String()
}

func (w *world) expect(id office24.ProductID, want, why string) {
	w.t.Helper()
	if got := w.stock(id); got != want {
		w.t.Errorf("%s: product %d has %s, want %s", why, id, got, want)
	}
}

// written are the products whose stock was set, in the order of the writes.
func (w *world) written() []string {
	var out []string
	for _, c := range w.Office24.Writes() {
		if c.Operation == "SetStockQuantity" && c.Effect {
			out = append(out, c.Key)
		}
	}
	return out
}

func (w *world) writes() int { return len(w.written()) }

func (w *world) product(edit func(*office24.Product), id office24.ProductID) {
	w.Company.EditProduct(id, edit)
}

// many makes so many articles with ten in stock on both sides, and returns their products.
func (w *world) many(n int) []office24.ProductID {
	w.t.Helper()
	var out []office24.ProductID
	for i := range n {
		out = append(out, w.AddStockedProduct(fmt.Sprintf("A-%04d", i), "10"))
	}
	return out
}

// plain makes a product and its article without a link, as customers have them who fill Ongoing by other means.
func (w *world) plain(number, stock string) office24.ProductID {
	w.t.Helper()
	id := w.Company.AddProduct(office24.Product{No: number, Name: number, Stock: harness.Dec(stock)})
	_, err := w.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: number, ProductCode: key(id), Stock: *harness.Dec(stock)})
	w.must(err)
	return id
}

// sell makes an order of one article that stands in Ongoing, and returns it with its row there.
func (w *world) sell(product office24.ProductID, quantity string) (office24.OrderID, string) {
	w.t.Helper()
	id := w.Company.AddOrder(office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		Rows: []office24.Row{{ProductID: product, Quantity: harness.Dec(quantity), Price: harness.Dec("100")}}})
	w.ImportOrder(id, "")
	o, _ := w.GoodsOwner.Order(orderKey(id))
	return id, o.Lines[0].Row
}

func orderKey(id office24.OrderID) string { return strconv.Itoa(int(id)) }

// notes are those of the run records, in one text.
func (w *world) notes() string {
	var out []string
	for name, r := range w.Records() {
		if strings.HasPrefix(name, "run#") {
			out = append(out, fmt.Sprint(r["notes"]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
