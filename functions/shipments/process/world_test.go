package process

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// A world is a customer whose warehouse holds a hundred of each of three articles.
type world struct {
	*harness.Harness
	t        *testing.T
	products []office24.ProductID
}

func newWorld(t *testing.T, shipments map[string]any) *world {
	t.Helper()
	settings := map[string]any{}
	if len(shipments) > 0 {
		settings["shipments"] = shipments
	}
	return worldWith(t, testenv.Options{}, settings)
}

func worldWith(t *testing.T, o testenv.Options, settings map[string]any) *world {
	t.Helper()
	w := &world{Harness: harness.NewWith(t, o, settings), t: t}
	for i := range 3 {
		w.products = append(w.products, w.AddStockedProduct(fmt.Sprintf("ART-%d", i+1), "100"))
	}
	return w
}

// order makes an order with a row for each quantity, of one product after the other, and puts it into Ongoing.
func (w *world) order(quantities ...string) office24.OrderID {
	w.t.Helper()
	o := office24.Order{CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed, InvoiceTitle: "Ring før levering"}
	for i, q := range quantities {
		o.Rows = append(o.Rows, office24.Row{ProductID: w.products[i], Quantity: harness.Dec(q), Price: harness.Dec(strconv.Itoa(100 * (i + 1)))})
	}
	return w.imported(o)
}

func (w *world) imported(o office24.Order) office24.OrderID {
	w.t.Helper()
	id := w.Company.AddOrder(o)
	w.ImportOrder(id, "")
	return id
}

// ship picks so many of each row, in their order, and moves the order to a status. Without quantities it picks all.
func (w *world) ship(id office24.OrderID, status int, quantities ...string) {
	w.t.Helper()
	s := ongoingtest.Shipment{Status: status}
	if len(quantities) > 0 {
		s.Quantities = map[string]number.Decimal{}
		lines := w.standing(id).Lines
		for i, q := range quantities {
			s.Quantities[lines[i].Row] = number.MustParse(q)
		}
	}
	w.must(w.GoodsOwner.Ship(key(id), s))
}

// pick picks more of one row, counted from 0.
func (w *world) pick(id office24.OrderID, row int, quantity string) {
	w.t.Helper()
	w.must(w.GoodsOwner.Pick(key(id), w.standing(id).Lines[row].Row, number.MustParse(quantity)))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func key(id office24.OrderID) string { return strconv.Itoa(int(id)) }

func (w *world) run() runner.Row {
	w.t.Helper()
	return harness.Run(w.Harness, Function(), nil)
}

// ok runs and insists that all went well.
func (w *world) ok() runner.Row {
	w.t.Helper()
	row := w.run()
	if row.Outcome != runner.OK {
		w.t.Fatalf("got %+v", row)
	}
	return row
}

// held runs and insists that one order is held, for a reason that has this in it.
func (w *world) held(reason string) {
	w.t.Helper()
	row := w.run()
	if row.Outcome != runner.Partial || row.Held != 1 || row.Failed != 0 || !strings.Contains(row.Reason, reason) {
		w.t.Fatalf("got %+v, want it held with %q", row, reason)
	}
}

func (w *world) sold(id office24.OrderID) office24.Order {
	w.t.Helper()
	o, found := w.Company.Order(id)
	if !found {
		w.t.Fatalf("order %d is gone", id)
	}
	return o
}

func (w *world) standing(id office24.OrderID) ongoingtest.OrderState {
	w.t.Helper()
	o, found := w.GoodsOwner.Order(key(id))
	if !found {
		w.t.Fatalf("order %d does not stand in Ongoing", id)
	}
	return o
}

func (w *world) link(id office24.OrderID) state.OrderLink {
	w.t.Helper()
	links, err := w.Partition().Orders(w.t.Context(), []int{int(id)})
	w.must(err)
	return links[int(id)]
}

// rests are the rest orders, in the order in which they were made.
func (w *world) rests() []office24.Order {
	var out []office24.Order
	for _, o := range w.Company.Orders() {
		if strings.Contains(o.InvoiceTitle, "(rest of order ") {
			out = append(out, o)
		}
	}
	return out
}

// quantities are those of an order's rows, by product number, such as "ART-1:8 ART-2:3".
func quantities(o office24.Order) string {
	var out []string
	for _, r := range o.Rows {
		text := "-"
		if r.Quantity != nil {
			text = r.Quantity.String()
		}
		out = append(out, r.ProductNo+":"+text)
	}
	return strings.Join(out, " ")
}

// reported is what is reported of each line, "-" for never.
func (w *world) reported(id office24.OrderID) string {
	w.t.Helper()
	var out []string
	var add func([]ongoingtest.LineState)
	add = func(lines []ongoingtest.LineState) {
		for _, l := range lines {
			if l.Reported == nil {
				out = append(out, "-")
			} else {
				out = append(out, l.Reported.String())
			}
			add(l.Parts)
		}
	}
	add(w.standing(id).Lines)
	return strings.Join(out, " ")
}

// saves counts the writes of orders to 24SevenOffice that took effect.
func (w *world) saves() int {
	n := 0
	for _, c := range w.Office24.Writes() {
		if c.Operation == "SaveInvoices" && c.Effect {
			n++
		}
	}
	return n
}

func (w *world) expect(what, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// expectStatus is expect for the status of an order.
func (w *world) expectStatus(id office24.OrderID, want office24.OrderStatus) {
	w.t.Helper()
	w.expect(fmt.Sprintf("status of order %d", id), string(w.sold(id).Status), string(want))
}

// notes are those of the run records, all of them in one text.
func (w *world) notes() string {
	var out []string
	for name, r := range w.Records() {
		if strings.HasPrefix(name, "run#") {
			out = append(out, fmt.Sprint(r["notes"]))
		}
	}
	return strings.Join(out, "\n")
}

// A recording keeps the bodies of the saves.
func recording(bodies *[]string) testenv.Options {
	return testenv.Options{Office24: office24test.Options{Record: func(x office24test.Exchange) {
		if strings.Contains(x.RequestHeaders["Soapaction"], "SaveInvoices") {
			*bodies = append(*bodies, x.RequestBody)
		}
	}}}
}
