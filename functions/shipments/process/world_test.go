package process

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// A world is a customer whose warehouse has a hundred of each of three articles, ART-1 to ART-3.
type world struct {
	*harness.Harness
	t        *testing.T
	products []office24.ProductID
}

// newWorld makes a world with these settings below "shipments".
func newWorld(t *testing.T, shipments map[string]any) *world {
	t.Helper()
	settings := map[string]any{}
	if len(shipments) > 0 {
		settings["shipments"] = shipments
	}
	return newWorldWith(t, testenv.Options{}, settings)
}

func newWorldWith(t *testing.T, o testenv.Options, settings map[string]any) *world {
	t.Helper()
	w := &world{Harness: harness.NewWith(t, o, settings), t: t}
	for i := range 3 {
		w.products = append(w.products, w.AddStockedProduct(fmt.Sprintf("ART-%d", i+1), "100"))
	}
	return w
}

func (w *world) setShipments(settings map[string]any) {
	w.t.Helper()
	w.Settings["shipments"] = settings
	w.must(w.PutSettings(w.t.Context(), w.Settings))
}

// newOrder returns an order with a row for each quantity, of one product after the other: "10 3" is 10 of ART-1 and 3
// of ART-2.
func (w *world) newOrder(quantities string) office24.Order {
	o := office24.Order{
		CustomerID: 5120, CustomerName: "Kunde AS", Status: office24.StatusConfirmed,
		InvoiceTitle: "Ring før levering",
	}
	for i, q := range strings.Fields(quantities) {
		price := harness.Dec(strconv.Itoa(100 * (i + 1)))
		o.Rows = append(o.Rows, office24.Row{ProductID: w.products[i], Quantity: harness.Dec(q), Price: price})
	}
	return o
}

// importOrder adds an order to 24SevenOffice and imports it into Ongoing.
func (w *world) importOrder(o office24.Order) office24.OrderID {
	w.t.Helper()
	id := w.Company.AddOrder(o)
	w.ImportOrder(id, "")
	return id
}

func (w *world) order(quantities string) office24.OrderID {
	w.t.Helper()
	return w.importOrder(w.newOrder(quantities))
}

// shipped imports an order and ships it with status 450. Picked has a quantity for each row; "" picks everything.
func (w *world) shipped(ordered, picked string) office24.OrderID {
	w.t.Helper()
	id := w.order(ordered)
	w.ship(id, 450, picked)
	return id
}

// booked is shipped, followed by a run that books the order.
func (w *world) booked(ordered, picked string) office24.OrderID {
	w.t.Helper()
	id := w.shipped(ordered, picked)
	w.runOK()
	return id
}

func (w *world) ship(id office24.OrderID, status int, picked string) {
	w.t.Helper()
	s := ongoingtest.Shipment{Status: status}
	if picked != "" {
		s.Quantities = map[string]number.Decimal{}
		lines := w.warehouseOrder(id).Lines
		for i, q := range strings.Fields(picked) {
			s.Quantities[lines[i].Row] = number.MustParse(q)
		}
	}
	w.must(w.GoodsOwner.Ship(key(id), s))
}

// pick picks more of one row, counted from 0.
func (w *world) pick(id office24.OrderID, row int, quantity string) {
	w.t.Helper()
	w.must(w.GoodsOwner.Pick(key(id), w.warehouseOrder(id).Lines[row].Row, number.MustParse(quantity)))
}

func (w *world) setWarehouseStatus(id office24.OrderID, status int) {
	w.t.Helper()
	w.must(w.GoodsOwner.SetOrderStatus(key(id), status))
}

func (w *world) addParcels(orderNumber string, parcels ...ongoingtest.Parcel) {
	w.t.Helper()
	w.must(w.GoodsOwner.AddParcels(orderNumber, parcels...))
}

// addWarehouseOrder adds an order of ART-1 to Ongoing as its staff do, and returns its id there.
func (w *world) addWarehouseOrder(orderNumber string, quantity int64) int {
	w.t.Helper()
	line := ongoingtest.NewLine{Row: "1", Article: "ART-1", Quantity: number.FromInt(quantity)}
	id, err := w.GoodsOwner.AddOrder(orderNumber, line)
	w.must(err)
	return id
}

// shipForeign adds an order to Ongoing that is not ours, and ships it.
func (w *world) shipForeign(orderNumber string) {
	w.t.Helper()
	w.addWarehouseOrder(orderNumber, 1)
	w.must(w.GoodsOwner.Ship(orderNumber, ongoingtest.Shipment{}))
}

// addService adds a product without stock, with its article.
func (w *world) addService() office24.ProductID {
	w.t.Helper()
	id := w.AddStockedProduct("FRAKT", "0")
	w.Company.EditProduct(id, func(p *office24.Product) { p.StockControlled = new(bool) })
	return id
}

// reportElsewhere reports the first line of an order as another system would.
func (w *world) reportElsewhere(id office24.OrderID, quantity string) {
	w.t.Helper()
	live, _, err := w.OngoingClient().OrderNumbered(w.t.Context(), key(id))
	w.must(err)
	w.must(w.OngoingClient().ReportLine(w.t.Context(), live.Info.ID, live.Lines[0].ID, number.MustParse(quantity)))
}

// beforeRead does something before the nth call that reads orders of 24SevenOffice.
func (w *world) beforeRead(n int, do func()) {
	w.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" && w.Office24.Calls("GetInvoices") == n {
			do()
		}
	})
}

// afterSave does something after each save of an order; key is its id, "new", or "" for every order.
func (w *world) afterSave(key string, do func()) {
	w.Office24.After(func(c office24test.Call) {
		if c.Operation == "SaveInvoices" && c.Key == cmp.Or(key, c.Key) {
			do()
		}
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func key(id office24.OrderID) string { return strconv.Itoa(int(id)) }

func (w *world) run(event map[string]any) runner.Row {
	w.t.Helper()
	return harness.Run(w.Harness, Function(), event)
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

// A wantRun is the expected row of a run. All counts are compared.
type wantRun struct {
	outcome runner.Outcome // "" is OK
	reason  string         // a part of the reason

	read, planned, written, unchanged, skipped, held, failed int
}

// runWants runs the process with an event and compares the row.
func (w *world) runWants(event map[string]any, want wantRun) {
	w.t.Helper()
	row := w.run(event)
	got := wantRun{
		outcome: row.Outcome, reason: want.reason, read: row.Read, planned: row.Planned, written: row.Written,
		unchanged: row.Unchanged, skipped: row.Skipped, held: row.Held, failed: row.Failed,
	}
	want.outcome = cmp.Or(want.outcome, runner.OK)
	if got != want || !strings.Contains(row.Reason, want.reason) {
		w.t.Errorf("run: got %+v\nwant %+v", row, want)
	}
}

// runHolds runs the process. It must hold one order, for a reason with this text.
func (w *world) runHolds(reason string) {
	w.t.Helper()
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Held != 1 || row.Failed != 0 || !strings.Contains(row.Reason, reason) {
		w.t.Fatalf("got %+v, want it held with %q", row, reason)
	}
}

// laterRunWritesNothing runs the process an hour later. The run must write nothing.
func (w *world) laterRunWritesNothing() {
	w.t.Helper()
	w.Clock.Forward(time.Hour)
	rests := len(w.restOrders())
	w.wantNoSaves(func() {
		if row := w.runOK(); row.Written != 0 {
			w.t.Errorf("a further run wrote: %+v", row)
		}
	})
	if got := len(w.restOrders()); got != rests {
		w.t.Errorf("a further run: got %d rest orders, want %d", got, rests)
	}
}

func (w *world) erpOrder(id office24.OrderID) office24.Order {
	w.t.Helper()
	o, found := w.Company.Order(id)
	if !found {
		w.t.Fatalf("order %d is gone from 24SevenOffice", id)
	}
	return o
}

func (w *world) warehouseOrder(id office24.OrderID) ongoingtest.OrderState {
	w.t.Helper()
	o, found := w.GoodsOwner.Order(key(id))
	if !found {
		w.t.Fatalf("order %d is not in Ongoing", id)
	}
	return o
}

func (w *world) link(id office24.OrderID) state.OrderLink {
	w.t.Helper()
	links, err := w.Partition().Orders(w.t.Context(), []int{int(id)})
	w.must(err)
	return links[int(id)]
}

func (w *world) editLink(id office24.OrderID, edit func(*state.OrderLink)) {
	w.t.Helper()
	link := w.link(id)
	edit(&link)
	w.must(w.Partition().PutOrder(w.t.Context(), &link))
}

// restOrders returns the rest orders in the order in which they were made.
func (w *world) restOrders() []office24.Order {
	return slices.DeleteFunc(w.Company.Orders(), func(o office24.Order) bool {
		return !strings.Contains(o.InvoiceTitle, "(rest of order ")
	})
}

// A wantOrder is the expected state of an order in both systems. Zero fields are not compared.
type wantOrder struct {
	status   office24.OrderStatus
	rows     string   // quantities by product number: "ART-1:8 ART-2:3"
	reported string   // quantities reported of each line, kits' parts included; "-" is none
	rests    []string // the rows of each rest order of the customer; {} is no rest order, {""} one without rows
}

func (w *world) wantOrder(id office24.OrderID, want wantOrder) {
	w.t.Helper()
	o := w.erpOrder(id)
	if want.status != "" && o.Status != want.status {
		w.t.Errorf("order %d: got status %s, want %s", id, o.Status, want.status)
	}
	if got := rowsOf(o); want.rows != "" && got != want.rows {
		w.t.Errorf("order %d: got rows %q, want %q", id, got, want.rows)
	}
	if want.reported != "" {
		w.wantReported(id, want.reported)
	}
	got := []string{}
	for _, rest := range w.restOrders() {
		got = append(got, rowsOf(rest))
	}
	if want.rests != nil && !slices.Equal(got, want.rests) {
		w.t.Errorf("rest orders: got %q, want %q", got, want.rests)
	}
}

// wantReported compares what was reported in Ongoing; the order does not have to be in 24SevenOffice.
func (w *world) wantReported(id office24.OrderID, want string) {
	w.t.Helper()
	var got []string
	var add func([]ongoingtest.LineState)
	add = func(lines []ongoingtest.LineState) {
		for _, l := range lines {
			if l.Reported == nil {
				got = append(got, "-")
			} else {
				got = append(got, l.Reported.String())
			}
			add(l.Parts)
		}
	}
	add(w.warehouseOrder(id).Lines)
	if got := strings.Join(got, " "); got != want {
		w.t.Errorf("order %d: got reported %q, want %q", id, got, want)
	}
}

// wantText compares the invoice text of an order.
func (w *world) wantText(id office24.OrderID, want string) {
	w.t.Helper()
	if got := w.erpOrder(id).InvoiceText; got != want {
		w.t.Errorf("order %d: invoice text -want +got\n%s", id, gocmp.Diff(want, got))
	}
}

// rowsOf returns the quantities of an order's rows by product number, such as "ART-1:8 ART-2:3".
func rowsOf(o office24.Order) string {
	var out []string
	for _, r := range o.Rows {
		quantity := "-"
		if r.Quantity != nil {
			quantity = r.Quantity.String()
		}
		out = append(out, r.ProductNo+":"+quantity)
	}
	return strings.Join(out, " ")
}

// saves counts the saves of orders in 24SevenOffice that took effect.
func (w *world) saves() int {
	n := 0
	for _, c := range w.Office24.Writes() {
		if c.Operation == "SaveInvoices" && c.Effect {
			n++
		}
	}
	return n
}

func (w *world) wantSaves(want int) {
	w.t.Helper()
	if got := w.saves(); got != want {
		w.t.Errorf("got %d saves of orders, want %d", got, want)
	}
}

// wantNoSaves does something that must save no order in 24SevenOffice.
func (w *world) wantNoSaves(do func()) {
	w.t.Helper()
	before := w.saves()
	do()
	if n := w.saves() - before; n != 0 {
		w.t.Errorf("got %d saves of orders, want none", n)
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

func (w *world) wantNoCursor() {
	w.t.Helper()
	if c := w.Record("cursor#shipments"); c != nil {
		w.t.Errorf("got cursor %v, want none", c)
	}
}

// recordSaves returns options that collect the bodies of the saves of orders.
func recordSaves(bodies *[]string) testenv.Options {
	return testenv.Options{Office24: office24test.Options{Record: func(x office24test.Exchange) {
		if strings.Contains(x.RequestHeaders["Soapaction"], "SaveInvoices") {
			*bodies = append(*bodies, x.RequestBody)
		}
	}}}
}
