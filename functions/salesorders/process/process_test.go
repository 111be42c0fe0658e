package process

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// kettle adds a product and an order of three of it, with as many fields as usual.
func kettle(h *harness.Harness) (office24.ProductID, office24.OrderID) {
	product := h.Company.AddProduct(office24.Product{No: "KJE-17", Name: "Kjele 1,7 l", StockControlled: new(true)})
	o := order40557()
	o.DateOrdered = h.Clock.Now()
	o.Rows[0].ProductID = product
	return product, h.Company.AddOrder(o)
}

// another adds an order of one product.
func another(h *harness.Harness, product office24.ProductID) office24.OrderID {
	return h.Company.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", Status: office24.StatusConfirmed,
		DateOrdered: h.Clock.Now(),
		Rows:        []office24.Row{{ProductID: product, Quantity: harness.Dec("1")}},
	})
}

// want is what the row of a run has to say.
type want struct {
	outcome                          runner.Outcome // OK if empty
	written, unchanged, failed, held int
}

// anyNumber stands for a number that depends on what the cursor's overlap reads again.
const anyNumber = -1

func expect(t *testing.T, h *harness.Harness, row runner.Row, w want) {
	t.Helper()
	got := want{
		outcome: row.Outcome, written: row.Written, unchanged: row.Unchanged, failed: row.Failed, held: row.Held,
	}
	w.outcome = cmp.Or(w.outcome, runner.OK)
	if w.unchanged == anyNumber {
		w.unchanged = got.unchanged
	}
	if got != w {
		t.Fatalf("got %+v, reason %q; want %+v\n%s", got, row.Reason, w, h.Output)
	}
}

func expectFailure(t *testing.T, h *harness.Harness, id office24.OrderID, class, part string) {
	t.Helper()
	f := h.Record(fmt.Sprintf("failure#salesorders#%d", id))
	if f == nil || f["class"] != class || !strings.Contains(f["message"].(string), part) {
		t.Errorf("failure of order %d: %v; want class %s and %q", id, f, class, part)
	}
}

func link(h *harness.Harness, id office24.OrderID) map[string]any {
	return h.Record(fmt.Sprintf("order#%d", id))
}

// sent returns the order in Ongoing.
func sent(t *testing.T, h *harness.Harness, id office24.OrderID) ongoingtest.OrderState {
	t.Helper()
	o, ok := h.GoodsOwner.Order(strconv.Itoa(int(id)))
	if !ok {
		t.Fatalf("order %d is not in Ongoing\n%s", id, h.Output)
	}
	return o
}

// writes returns the writes to Ongoing so far, as "operation key".
func writes(h *harness.Harness) []string {
	var out []string
	for _, c := range h.Ongoing.Journal() {
		if c.Write {
			out = append(out, c.Operation+" "+c.Key)
		}
	}
	return out
}

// later moves the clock past the cursor's overlap, so that the next run reads only new changes.
func later(h *harness.Harness) { h.Clock.Forward(time.Hour) }

func run(h *harness.Harness) runner.Row { return harness.Run(h, Function(), nil) }

func runFull(h *harness.Harness) runner.Row {
	return harness.Run(h, Function(), map[string]any{"full": true})
}

// A product in use gets the article of an expired one with the same number. No order for the expired product may name
// that article any more, nor one whose number goes to another product's article.
func TestOrderNamesNoArticleThatAnotherProductGetsInTheSameRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		heirHasArticle bool
		class, reason  string // of an order of both
	}{
		"the article is taken over": {
			class: "rejected", reason: `number "A" of product 7001 belongs to product 7002 now`,
		},
		"the article is moved aside": {
			heirHasArticle: true, class: "conflict", reason: `number "A" of product 7001 goes to product 7002`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			old := h.AddStockedProduct("A", "5")
			links, err := h.Partition().Articles(t.Context(), []int{int(old)})
			l := links[int(old)]
			l.Fingerprint = "as it was written"
			if err := errors.Join(err, h.Partition().PutArticle(t.Context(), &l)); err != nil {
				t.Fatal(err)
			}
			heir := office24.ProductID(0)
			if test.heirHasArticle {
				heir = h.AddStockedProduct("B", "7") // its link has no fingerprint, as if the article were lost
				h.Company.EditProduct(heir, func(p *office24.Product) { p.No = "A" })
			} else {
				heir = h.Company.AddProduct(office24.Product{No: "A"})
			}
			h.Company.EditProduct(old, func(p *office24.Product) { p.StatusID = new(0) })
			ofBoth, before := another(h, heir), another(h, old)
			h.Company.EditOrder(ofBoth, func(o *office24.Order) {
				o.Rows = append(o.Rows, o.Rows[0])
				o.Rows[1].ID, o.Rows[1].ProductID = 0, old
			})
			expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
			expectFailure(t, h, ofBoth, test.class, test.reason)
			if o := sent(t, h, before); o.Lines[0].Article != "A" {
				t.Errorf("order %+v", o)
			}
			h.Company.DeleteOrder(ofBoth)
			later(h)
			expect(t, h, run(h), want{unchanged: 1})
			ofHeir, ofOld := another(h, heir), another(h, old)
			expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
			expectFailure(t, h, ofOld, "conflict", "the article of product 7001 was changed while")
			o := sent(t, h, ofHeir)
			a, _ := h.GoodsOwner.Article("A")
			if len(h.GoodsOwner.Orders()) != 2 || o.Lines[0].Article != "A" || a.Body["productCode"] != "7002" {
				t.Errorf("order %+v, article %+v", o, a)
			}
			row := run(h)
			if test.heirHasArticle {
				expect(t, h, row, want{written: 1, unchanged: 1})
				if o := sent(t, h, ofOld); o.Lines[0].Article != "MOVED-7001" {
					t.Errorf("order %+v", o)
				}
			} else {
				expect(t, h, row, want{outcome: runner.Partial, failed: 1, unchanged: 1})
				expectFailure(t, h, ofOld, "rejected", `has expired, and its number "A" belongs to product 7002 now`)
			}
		})
	}
}

// The other product is in no order.
func TestOrderOfOneOfTwoProductsWithTheSameNumber(t *testing.T) {
	t.Parallel()
	t.Run("neither has an article: refused", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		_, id := kettle(h)
		h.Company.AddProduct(office24.Product{No: "KJE-17"})
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, id, "rejected", "is used by products")
		if len(h.GoodsOwner.Articles())+len(h.GoodsOwner.Orders()) != 0 {
			t.Errorf("articles %v, orders %v", h.GoodsOwner.Articles(), h.GoodsOwner.Orders())
		}
	})
	t.Run("it has the article, whose link a crash has left unfinished: sent", func(t *testing.T) {
		t.Parallel()
		for n, crashed := 1, true; crashed; n++ {
			h := harness.New(t, nil)
			_, id := kettle(h)
			crashed = harness.Crash(h, Function(), nil, n)
			if len(h.GoodsOwner.Articles()) == 0 {
				continue
			}
			h.Company.AddProduct(office24.Product{No: "kje-17"})
			h.Clock.Forward(time.Hour)
			run(h)
			sent(t, h, id)
		}
	})
}

// A second run costs one call and writes nothing.
func TestMissingArticleIsWrittenBeforeTheOrder(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	expect(t, h, run(h), want{written: 1})
	if diff := gocmp.Diff([]string{"PUT /articles KJE-17", fmt.Sprintf("PUT /orders %d", id)}, writes(h)); diff != "" ||
		h.Office24.Calls("GetProducts") != 2 { // the product, and others with its number
		t.Errorf("%d reads of products, writes: -want +got\n%s", h.Office24.Calls("GetProducts"), diff)
	}
	o := sent(t, h, id)
	if len(o.Lines) != 1 || o.Lines[0].Article != "KJE-17" || o.Lines[0].Ordered.String() != "3" {
		t.Fatalf("got %+v", o)
	}
	l := link(h, id)
	if l["orderNumber"] != strconv.Itoa(int(id)) || l["ongoingId"] != float64(o.ID) || l["importedAt"] == nil {
		t.Errorf("link %v", l)
	}
	if a := h.Record(fmt.Sprintf("article#%d", product)); a["articleNumber"] != "KJE-17" {
		t.Errorf("link of the article %v", a)
	}
	erp, wms, _ := h.VendorCalls()
	expect(t, h, run(h), want{unchanged: 1})
	later(h)
	expect(t, h, run(h), want{unchanged: anyNumber})
	// Each run asks Ongoing for cancelled orders and, for a named customer, proves the credentials there.
	if erp2, wms2, _ := h.VendorCalls(); erp2-erp != 2 || wms2-wms != 4 {
		t.Errorf("two idle runs made %d calls to 24SevenOffice and %d to Ongoing; want 2 and 4", erp2-erp, wms2-wms)
	}
}

func TestEachMappedFieldReachesOngoing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": "SO-"}})
	_, id := kettle(h)
	expect(t, h, run(h), want{written: 1})
	o, _ := h.GoodsOwner.Order(fmt.Sprintf("SO-%d", id))
	got, _ := json.Marshal(o.Body)
	expected := body40557()
	expected.GoodsOwnerID, expected.OrderNumber = 71, "SO-40557"
	text, _ := json.Marshal(expected)
	var sorted map[string]any
	if err := json.Unmarshal(text, &sorted); err != nil {
		t.Fatal(err)
	}
	text, _ = json.Marshal(sorted)
	if diff := gocmp.Diff(string(text), string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestArticleThatTwoOrdersNeedIsWrittenOnce(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, first := kettle(h)
	second := another(h, product)
	expect(t, h, run(h), want{written: 2})
	wanted := []string{
		"PUT /articles KJE-17", fmt.Sprintf("PUT /orders %d", first), fmt.Sprintf("PUT /orders %d", second),
	}
	if diff := gocmp.Diff(wanted, writes(h)); diff != "" {
		t.Errorf("writes: -want +got\n%s", diff)
	}
}

// It is sent as soon as the reason is gone.
func TestOrderThatCannotBeSentDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil  func(h *harness.Harness, bad office24.OrderID)
		repair func(h *harness.Harness, bad office24.OrderID)
		reason string
	}{
		"its product was deleted": {
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.EditOrder(bad, func(o *office24.Order) { o.Rows[0].ProductID = 9999 })
			},
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.AddProduct(office24.Product{ID: 9999, No: "NY"})
			},
			"product 9999 no longer exists in 24SevenOffice",
		},
		"its product has no number": {
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.AddProduct(office24.Product{ID: 9999})
				h.Company.EditOrder(bad, func(o *office24.Order) { o.Rows[0].ProductID = 9999 })
			},
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.EditProduct(9999, func(p *office24.Product) { p.No = "NY" })
			},
			"its article cannot be written: product 9999 has no number",
		},
		"its product has the number of another one": {
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.AddProduct(office24.Product{ID: 9998, No: "TVILLING"})
				h.Company.AddProduct(office24.Product{ID: 9999, No: "tvilling"})
				h.Company.EditOrder(bad, func(o *office24.Order) {
					o.Rows = append(o.Rows,
						office24.Row{ProductID: 9998, Quantity: harness.Dec("1")},
						office24.Row{ProductID: 9999, Quantity: harness.Dec("1")})
				})
			},
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.EditProduct(9999, func(p *office24.Product) { p.No = "NY" })
			},
			"used by products 9998 and 9999",
		},
		"its article is refused by Ongoing": {
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.AddProduct(office24.Product{ID: 9999, No: "NEI"})
				h.Company.EditOrder(bad, func(o *office24.Order) { o.Rows[0].ProductID = 9999 })
				h.Ongoing.Fault(ongoingtest.Fault{
					Op: "PUT /articles", Key: "NEI", Times: -1, Kind: ongoingtest.Status, Status: 400,
				})
			},
			func(h *harness.Harness, bad office24.OrderID) { h.Ongoing.ClearFaults() },
			`article "NEI": Ongoing WMS refuses the request (HTTP status 400)`,
		},
		"a row has no quantity": {
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.EditOrder(bad, func(o *office24.Order) { o.Rows[0].Quantity = nil })
			},
			func(h *harness.Harness, bad office24.OrderID) {
				h.Company.EditOrder(bad, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("1") })
			},
			"has no quantity",
		},
		"Ongoing refuses it": {
			func(h *harness.Harness, bad office24.OrderID) {
				h.Ongoing.Fault(ongoingtest.Fault{
					Op: "PUT /orders", Key: strconv.Itoa(int(bad)), Times: -1, Kind: ongoingtest.Status, Status: 400,
					Body: `{"Message":"Post code is wrong"}`,
				})
			},
			func(h *harness.Harness, bad office24.OrderID) { h.Ongoing.ClearFaults() },
			"Post code is wrong",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, bad := kettle(h)
			good := another(h, product)
			test.spoil(h, bad)
			expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
			expectFailure(t, h, bad, "rejected", test.reason)
			sent(t, h, good)
			if orders := h.GoodsOwner.Orders(); len(orders) != 1 {
				t.Errorf("%d orders in Ongoing", len(orders))
			}
			later(h)
			test.repair(h, bad)
			expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
			sent(t, h, bad)
			if h.Record(fmt.Sprintf("failure#salesorders#%d", bad)) != nil {
				t.Error("the failure record is left")
			}
		})
	}
}

func TestOrderWithoutADateKeepsTheDayOfItsImport(t *testing.T) {
	t.Parallel()
	dateless := func(h *harness.Harness) office24.OrderID {
		_, id := kettle(h)
		h.Company.EditOrder(id, func(o *office24.Order) { o.DeliveryDate, o.DateOrdered = time.Time{}, time.Time{} })
		return id
	}
	day := func(h *harness.Harness) string { return h.Clock.Now().In(oslo(t)).Format(time.DateOnly) }
	t.Run("on later days", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		id, first := dateless(h), day(h)
		expect(t, h, run(h), want{written: 1})
		for range 3 {
			h.Clock.Forward(30 * time.Hour)
			expect(t, h, runFull(h), want{unchanged: 1})
		}
		h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
		expect(t, h, run(h), want{written: 1})
		if o := sent(t, h, id); o.Body["deliveryDate"] != first || o.Body["orderRemark"] != "Haster" {
			t.Errorf("got %v on %v; want %s", o.Body["orderRemark"], o.Body["deliveryDate"], first)
		}
	})
	t.Run("after a run that died", func(t *testing.T) {
		t.Parallel()
		for n, crashed := 1, true; crashed; n++ {
			h := harness.New(t, nil)
			id, first := dateless(h), day(h)
			crashed = harness.Crash(h, Function(), nil, n)
			_, was := h.GoodsOwner.Order(strconv.Itoa(int(id)))
			h.Clock.Forward(30 * time.Hour)
			if row := run(h); row.Outcome != runner.OK {
				t.Fatalf("got %+v", row)
			}
			if o := sent(t, h, id); was && o.Body["deliveryDate"] != first {
				t.Errorf("crash after write %d: delivery date %v; want %s", n, o.Body["deliveryDate"], first)
			}
		}
	})
}

func TestImportedOrderKeepsItsNumberWhenThePrefixChanges(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	expect(t, h, run(h), want{written: 1})
	set(t, h, map[string]any{"orderNumberPrefix": "SO-"})
	h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	fresh := another(h, product)
	expect(t, h, run(h), want{written: 2})
	sent(t, h, id)
	if _, ok := h.GoodsOwner.Order(fmt.Sprintf("SO-%d", fresh)); !ok || len(h.GoodsOwner.Orders()) != 2 {
		t.Errorf("orders %+v", h.GoodsOwner.Orders())
	}
}

// set changes the customer's settings for salesOrders.
func set(t *testing.T, h *harness.Harness, values map[string]any) {
	t.Helper()
	h.Settings["salesOrders"] = values
	if err := h.PutSettings(t.Context(), h.Settings); err != nil {
		t.Fatal(err)
	}
}

func TestOrderWithAnUnlistedDeliveryMethodIsHeld(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{
		"salesOrders": map[string]any{
			"deliveryMethods": map[string]any{"7": map[string]any{"code": "HENT", "name": "Hentes"}},
		},
	})
	product, id := kettle(h)
	other := another(h, product)
	h.Company.EditOrder(other, func(o *office24.Order) {
		o.DeliveryMethod = &office24.DeliveryMethod{ID: 7, Description: "Hentes i butikk"}
	})
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, held: 1})
	expectFailure(t, h, id, "held", "delivery method 4 is not listed in salesOrders.deliveryMethods")
	way, _ := json.Marshal(sent(t, h, other).Body["wayOfDelivery"])
	if string(way) != `{"code":"HENT","name":"Hentes"}` {
		t.Errorf("way of delivery %s", way)
	}
	later(h)
	set(t, h, map[string]any{"deliveryMethods": map[string]any{
		"4": map[string]any{"transporterCode": "PLAB", "transporterServiceCode": "P19"},
		"7": map[string]any{"code": "HENT", "name": "Hentes"},
	}})
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
	carrier, _ := json.Marshal(sent(t, h, id).Body["transporter"])
	if string(carrier) != `{"transporterCode":"PLAB","transporterServiceCode":"P19"}` {
		t.Errorf("transporter %s", carrier)
	}
}

// The start date is a day in the customer's time zone.
func TestOrderFromBeforeTheStartDateIsSkipped(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"startDate": "2026-11-01"}})
	product, id := kettle(h)
	dated := func(id office24.OrderID, at time.Time) office24.OrderID {
		h.Company.EditOrder(id, func(o *office24.Order) { o.DateOrdered = at })
		return id
	}
	dated(id, time.Date(2026, 10, 31, 22, 59, 0, 0, time.UTC))
	first := dated(another(h, product), time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC))
	unknown := dated(another(h, product), time.Time{})
	row := run(h)
	expect(t, h, row, want{outcome: runner.Partial, written: 1, held: 1})
	if row.Skipped != 1 {
		t.Errorf("got %+v", row)
	}
	sent(t, h, first)
	expectFailure(t, h, unknown, "held", "has no order date")

	// An imported order stays imported.
	set(t, h, map[string]any{"startDate": "2026-12-01"})
	h.Company.EditOrder(first, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	run(h)
	if sent(t, h, first).Body["orderRemark"] != "Haster" {
		t.Error("the edit of an imported order was not sent")
	}
}

func TestOnlyPulledStatusesAreSent(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"statuses": []any{"Web", "Production"}}})
	product, confirmed := kettle(h)
	var pulled []office24.OrderID
	for _, status := range []office24.OrderStatus{
		office24.StatusWeb, office24.StatusProduction, office24.StatusOffer, office24.StatusInvoiced,
		office24.StatusSent,
	} {
		id := another(h, product)
		h.Company.SetStatus(id, status)
		if status == office24.StatusWeb || status == office24.StatusProduction {
			pulled = append(pulled, id)
		}
	}
	expect(t, h, run(h), want{written: 2})
	for _, id := range pulled {
		sent(t, h, id)
	}
	row := harness.Run(h, Function(), map[string]any{"keys": []string{strconv.Itoa(int(confirmed))}})
	if row.Read != 1 || row.Skipped != 1 || len(h.GoodsOwner.Orders()) != 2 {
		t.Errorf("an order in another status, named by key: %+v", row)
	}
}

func TestOrderWithoutGoodsIsSkippedWithoutACall(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"nonStockRows": "skip"}})
	service := h.Company.AddProduct(office24.Product{No: "TIME", StockControlled: new(false)})
	_, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = []office24.Row{{Type: office24.RowText, Name: "Bare tekst"}}
	})
	row := run(h)
	expect(t, h, row, want{})
	if row.Skipped != 1 || h.Office24.Calls("GetProducts") != 0 {
		t.Errorf("got %+v, %d reads of products", row, h.Office24.Calls("GetProducts"))
	}
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = []office24.Row{{ProductID: service, Quantity: harness.Dec("2")}}
	})
	row = run(h)
	expect(t, h, row, want{})
	if row.Skipped != 1 || len(writes(h)) != 0 {
		t.Errorf("got %+v, writes %v", row, writes(h))
	}
	// Rows of services that are sent are not to be picked.
	set(t, h, map[string]any{"nonStockRows": "send"})
	expect(t, h, run(h), want{written: 1})
	lines, _ := json.Marshal(sent(t, h, id).Body["orderLines"])
	if !strings.Contains(string(lines), `"shouldBePicked":false`) {
		t.Errorf("lines %s", lines)
	}
	if a, _ := h.GoodsOwner.Article("TIME"); a.Body["isStockArticle"] != false {
		t.Errorf("article %+v", a)
	}
}

func TestEachExtraFieldForOrdersReachesOngoing(t *testing.T) {
	t.Parallel()
	var fields []any
	for _, to := range extrafields.Targets() {
		for _, from := range []string{
			"order.OrderTotalIncVat", "order.DateOrdered", "order.InvoiceText", "row.Price", "row.SerialNumber",
		} {
			if extrafields.Check(extrafields.Field{From: from, To: to}) == nil {
				fields = append(fields, map[string]any{"from": from, "to": to})
				break
			}
		}
	}
	h := harness.New(t, map[string]any{"extraFields": fields})
	_, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.OrderTotalIncVat, o.InvoiceText = harness.Dec("1197.5"), "tekst"
		o.Rows[0].Price, o.Rows[0].SerialNumber = harness.Dec("399"), "S-1"
	})
	expect(t, h, run(h), want{written: 1}) // the simulator refuses fields that the API does not have
	body, _ := json.Marshal(sent(t, h, id).Body)
	for _, part := range []string{
		`"customerPrice":1197.5`, `"linePrice":399`, `"lineTotalCustomsValue":399`, `"freeText1":"1197.5"`,
		`"emailNotification":{"toBeNotified":false`,
	} {
		if !strings.Contains(string(body), part) {
			t.Errorf("no %s in %s", part, body)
		}
	}
	expect(t, h, runFull(h), want{unchanged: 1}) // some fields cannot be read back
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].Price = harness.Dec("349") })
	expect(t, h, run(h), want{written: 1})
}

func TestKeysAndSinceLimitTheRunAndKeepTheCursor(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, first := kettle(h)
	second := another(h, product)
	row := harness.Run(h, Function(), map[string]any{"keys": []string{strconv.Itoa(int(second)), "99999"}})
	expect(t, h, row, want{written: 1})
	later(h)
	later(h)
	third := another(h, product)
	row = harness.Run(h, Function(), map[string]any{"since": h.Clock.Now().Add(-time.Hour).Format(time.RFC3339)})
	expect(t, h, row, want{written: 1})
	sent(t, h, third)
	if h.Record("cursor#salesorders") != nil {
		t.Errorf("cursor %v", h.Record("cursor#salesorders"))
	}
	expect(t, h, run(h), want{written: 1, unchanged: 2})
	sent(t, h, first)
}

func TestDryRunShowsChangesWithoutPersonalDataAndWritesNothing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{
		"salesOrders": map[string]any{"importedStatus": "Production", "cancelWithdrawn": true},
	})
	product, edited := kettle(h)
	gone := another(h, product)
	expect(t, h, run(h), want{written: 2})
	later(h)
	h.Company.EditOrder(edited, func(o *office24.Order) {
		o.Rows[0].Quantity, o.CustomerDeliveryName, o.InvoiceTitle = harness.Dec("5"), "Kari Kanari", "Ring Kari"
	})
	h.Company.DeleteOrder(gone)
	fresh := another(h, h.Company.AddProduct(office24.Product{No: "NY"}))
	bad := another(h, 9999)

	records, company := h.Records(), h.Company.Snapshot()
	articles, orders, before := h.GoodsOwner.Articles(), h.GoodsOwner.Orders(), len(writes(h))
	row := harness.Run(h, Function(), map[string]any{"dryRun": true})
	if row.Planned != 3 || row.Written != 0 || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
	for name, diff := range map[string]string{
		"state": gocmp.Diff(records, h.Records()), "24SevenOffice": gocmp.Diff(company, h.Company.Snapshot()),
		"articles": gocmp.Diff(articles, h.GoodsOwner.Articles()), "orders": gocmp.Diff(orders, h.GoodsOwner.Orders()),
	} {
		if diff != "" {
			t.Errorf("%s were written: -before +after\n%s", name, diff)
		}
	}
	if got := len(writes(h)); got != before {
		t.Errorf("%d writes were tried", got-before)
	}
	changes := map[string]runner.Change{}
	for _, c := range row.Changes {
		c.Fingerprint = ""
		changes[c.Key] = c
	}
	if diff := gocmp.Diff(runner.Change{Key: strconv.Itoa(int(edited)), Action: plan.Update, Fields: []plan.Field{
		{Field: "consignee.name", Old: "[hidden]", New: "[hidden]"}, {
			Field: "orderLines[91822].numberOfItems", Old: "3", New: "5",
		},
		{Field: "orderRemark", Old: "[hidden]", New: "[hidden]"}}}, changes[strconv.Itoa(int(edited))]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if c := changes[strconv.Itoa(int(gone))]; c.Action != plan.Cancel {
		t.Errorf("got %+v", c)
	}
	c := changes[strconv.Itoa(int(fresh))]
	i := slices.IndexFunc(c.Fields, func(f plan.Field) bool { return f.Field == "orderNumber" })
	if c.Action != plan.Create || i < 0 || c.Fields[i].New != c.Key {
		t.Errorf("got %+v", c)
	}
	if !strings.Contains(row.Reason, strconv.Itoa(int(bad))) {
		t.Errorf("reason %q", row.Reason)
	}
}

// Not even if Ongoing quotes it in a refusal.
func TestPersonalDataIsNeverLoggedStoredOrShown(t *testing.T) {
	t.Parallel()
	canaries := []string{"Kanari", "Fugleveien", "0987", "FUGLEBY", "90909090", "Hemmelig", "kvitter@", "Bur 7"}
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"textRows": "comment"},
		"extraFields": []any{
			map[string]any{"from": "order.InvoiceEmailAddress", "to": "order.emailNotification.value"},
		}})
	product, id := kettle(h)
	personal := func(o *office24.Order) {
		o.CustomerName, o.CustomerDeliveryName, o.CustomerDeliveryPhone = "Kanari AS", "Kari Kanari", "90909090"
		o.YourReference, o.InvoiceTitle = "Kari Kanari", "Hemmelig: ring Kari Kanari"
		o.InvoiceEmailAddress = "kvitter@example.no"
		o.Addresses.Delivery = &office24.Address{
			Street: "Fugleveien 1\nBur 7", PostalCode: "0987", PostalArea: "FUGLEBY", Country: "NO",
		}
		o.Rows = append(o.Rows, office24.Row{Type: office24.RowText, Name: "Hemmelig tekst"})
		o.Rows[0].Name = "Gravert: Kari Kanari"
	}
	h.Company.EditOrder(id, personal)
	refused := another(h, product)
	h.Company.EditOrder(refused, func(o *office24.Order) { o.Addresses.Delivery = &office24.Address{}; personal(o) })
	h.Ongoing.Fault(ongoingtest.Fault{
		Op: "PUT /orders", Key: strconv.Itoa(int(refused)), Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"Consignee Kari Kanari, Fugleveien 1, Bur 7, 0987 FUGLEBY, 90909090, ` +
			`kvitter@example.no cannot be found"}`,
	})
	abroad := another(h, product)
	h.Company.EditOrder(abroad, func(o *office24.Order) {
		o.Addresses.Delivery = &office24.Address{Street: "Fugleveien 1", Country: "Kanarilandet"}
	})
	shown, err := json.Marshal(harness.Run(h, Function(), map[string]any{"dryRun": true}))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 2})
	if name := sent(t, h, id).Body["consignee"].(map[string]any)["name"]; name != "Kari Kanari" {
		t.Errorf("name %v", name)
	}
	stored, err := json.Marshal(h.Records())
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range map[string]string{
		"log": h.Output.String(), "state": string(stored), "dry run": string(shown),
	} {
		for _, canary := range canaries {
			if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
				t.Errorf("%q in the %s: %s", canary, place, text)
			}
		}
	}
}

func TestRefusedOrdersDoNotBlockOthersInAPlanOfSeveralParts(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	numberless := h.Company.AddProduct(office24.Product{})
	product := h.Company.AddProduct(office24.Product{No: "KJE-17"})
	for range 15 {
		another(h, numberless)
	}
	for range 25 {
		another(h, product)
	}
	f := function(planner.Limits{Kept: 5, Planned: 10, BatchSize: 5})
	expect(t, h, harness.Run(h, f, nil), want{outcome: runner.Partial, written: 25, failed: 15})
	expect(t, h, harness.Run(h, f, nil), want{outcome: runner.Partial, unchanged: 25, failed: 15})
	if got := len(h.GoodsOwner.Orders()); got != 25 {
		t.Errorf("%d orders in Ongoing; want 25", got)
	}
}

// With a status on import, an order is settled only after all of its batch were sent.
func TestRunOutOfTimeKeepsTheCursor(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"", "Production"} {
		var h *harness.Harness
		orders := 0
		settings := map[string]any{}
		if status != "" {
			settings["salesOrders"] = map[string]any{"importedStatus": status}
		}
		h = harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(e ongoingtest.Entry) {
			if e.Operation == "PUT /orders" {
				if orders++; orders == 2 {
					h.Clock.Forward(13*time.Minute + 45*time.Second)
				}
			}
		}}}, settings)
		product, _ := kettle(h)
		for range 4 {
			another(h, product)
		}
		expect(t, h, run(h), want{outcome: runner.Partial, written: 2})
		if c := h.Record("cursor#salesorders"); c != nil {
			t.Errorf("the cursor passed orders that were not applied: %v", c)
		}
		expect(t, h, run(h), want{written: 3, unchanged: 2})
		for _, o := range h.Company.Orders() {
			if status != "" && o.Status.Name() != status {
				t.Errorf("order %d has status %s", o.ID, o.Status)
			}
		}
	}
}
