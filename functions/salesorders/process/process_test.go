package process

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// kettle is a product, and an order of three of it, as rich as a usual one.
func kettle(h *harness.Harness) (office24.ProductID, office24.OrderID) {
	product := h.Company.AddProduct(office24.Product{No: "KJE-17", Name: "Kjele 1,7 l", StockControlled: ptr(true)})
	o := order40557()
	o.DateOrdered = h.Clock.Now()
	o.Rows[0].ProductID = product
	return product, h.Company.AddOrder(o)
}

// another adds an order of one product.
func another(h *harness.Harness, product office24.ProductID) office24.OrderID {
	return h.Company.AddOrder(office24.Order{CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", Status: office24.StatusConfirmed,
		DateOrdered: h.Clock.Now(), Rows: []office24.Row{{ProductID: product, Quantity: harness.Dec("1")}}})
}

const whatever = -1

// want checks the row of a run: its outcome, how many orders were written, left as they were (whatever: it depends on
// what the overlap of the cursor reads once more), failed and are held.
func want(t *testing.T, h *harness.Harness, row runner.Row, outcome runner.Outcome, written, unchanged, failed, held int) {
	t.Helper()
	if row.Outcome != outcome || row.Written != written || unchanged != whatever && row.Unchanged != unchanged || row.Failed != failed || row.Held != held {
		t.Fatalf("%s: %d written, %d unchanged, %d failed, %d held, reason %q; want %s: %d, %d, %d, %d\n%s", row.Outcome, row.Written,
			row.Unchanged, row.Failed, row.Held, row.Reason, outcome, written, unchanged, failed, held, h.Output)
	}
}

func wantFailure(t *testing.T, h *harness.Harness, id office24.OrderID, class, part string) {
	t.Helper()
	f := h.Record(fmt.Sprintf("failure#salesorders#%d", id))
	if f == nil || f["class"] != class || !strings.Contains(f["message"].(string), part) {
		t.Errorf("failure of order %d: %v; want class %s and %q", id, f, class, part)
	}
}

func link(h *harness.Harness, id office24.OrderID) map[string]any {
	return h.Record(fmt.Sprintf("order#%d", id))
}

// sent is the order as it stands in Ongoing.
func sent(t *testing.T, h *harness.Harness, id office24.OrderID) ongoingtest.OrderState {
	t.Helper()
	o, ok := h.GoodsOwner.Order(strconv.Itoa(int(id)))
	if !ok {
		t.Fatalf("order %d does not stand in Ongoing\n%s", id, h.Output)
	}
	return o
}

// writes are the writes to Ongoing so far, as "operation key".
func writes(h *harness.Harness) []string {
	var out []string
	for _, c := range h.Ongoing.Journal() {
		if c.Write {
			out = append(out, c.Operation+" "+c.Key)
		}
	}
	return out
}

// later moves the clock past the overlap with which changes are read.
func later(h *harness.Harness) { h.Clock.Forward(time.Hour) }

func run(h *harness.Harness) runner.Row { return harness.Run(h, Function(), nil) }

// TestOrderWithItsArticle: an order whose article is not there yet gets it first, and a second run does nothing at the
// cost of one call.
func TestOrderWithItsArticle(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	if diff := cmp.Diff([]string{"PUT /articles KJE-17", fmt.Sprintf("PUT /orders %d", id)}, writes(h)); diff != "" || h.Office24.Calls("GetProducts") != 1 {
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
	want(t, h, run(h), runner.OK, 0, 1, 0, 0)
	later(h)
	want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
	if erp2, wms2, _ := h.VendorCalls(); erp2-erp != 2 || wms2 != wms {
		t.Errorf("two idle runs made %d calls to 24SevenOffice and %d to Ongoing; want 2 and 0", erp2-erp, wms2-wms)
	}
}

// TestWholeOrderArrives: each field of the mapping stands in Ongoing under its name.
func TestWholeOrderArrives(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": "SO-"}})
	_, id := kettle(h)
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
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
	if diff := cmp.Diff(string(text), string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestSharedArticle: two orders wait for the same article, which is written once.
func TestSharedArticle(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, first := kettle(h)
	second := another(h, product)
	want(t, h, run(h), runner.OK, 2, 0, 0, 0)
	if diff := cmp.Diff([]string{"PUT /articles KJE-17", fmt.Sprintf("PUT /orders %d", first), fmt.Sprintf("PUT /orders %d", second)}, writes(h)); diff != "" {
		t.Errorf("writes: -want +got\n%s", diff)
	}
}

// TestOneBadOrder: an order that cannot be sent fails with its reason, and goes through once that is mended; the others
// are sent meanwhile.
func TestOneBadOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil  func(h *harness.Harness, bad office24.OrderID)
		mend   func(h *harness.Harness, bad office24.OrderID)
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
					o.Rows = append(o.Rows, office24.Row{ProductID: 9998, Quantity: harness.Dec("1")}, office24.Row{ProductID: 9999, Quantity: harness.Dec("1")})
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
				h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /articles", Key: "NEI", Times: -1, Kind: ongoingtest.Status, Status: 400})
			},
			func(h *harness.Harness, bad office24.OrderID) { h.Ongoing.ClearFaults() },
			`article "NEI": answered 400`,
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
				h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Key: strconv.Itoa(int(bad)), Times: -1, Kind: ongoingtest.Status, Status: 400, Body: `{"Message":"Post code is wrong"}`})
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
			want(t, h, run(h), runner.Partial, 1, 0, 1, 0)
			wantFailure(t, h, bad, "rejected", test.reason)
			sent(t, h, good)
			if orders := h.GoodsOwner.Orders(); len(orders) != 1 {
				t.Errorf("%d orders in Ongoing", len(orders))
			}
			later(h)
			test.mend(h, bad)
			want(t, h, run(h), runner.OK, 1, whatever, 0, 0)
			sent(t, h, bad)
			if h.Record(fmt.Sprintf("failure#salesorders#%d", bad)) != nil {
				t.Error("the failure record outlived its reason")
			}
		})
	}
}

// TestImportDay: an order without any date gets the day of its import and keeps it: on later days, when it is edited,
// and where the first run died before it could write the day down.
func TestImportDay(t *testing.T) {
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
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		for range 3 {
			h.Clock.Forward(30 * time.Hour)
			want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
		}
		h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
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
				t.Errorf("crash behind write %d: delivery date %v; want %s", n, o.Body["deliveryDate"], first)
			}
		}
	})
}

// TestPrefixSetLater: an order that was imported keeps its number.
func TestPrefixSetLater(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	set(t, h, map[string]any{"orderNumberPrefix": "SO-"})
	h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	fresh := another(h, product)
	want(t, h, run(h), runner.OK, 2, 0, 0, 0)
	sent(t, h, id)
	if _, ok := h.GoodsOwner.Order(fmt.Sprintf("SO-%d", fresh)); !ok || len(h.GoodsOwner.Orders()) != 2 {
		t.Errorf("orders %+v", h.GoodsOwner.Orders())
	}
}

// set changes the customer's settings of salesOrders.
func set(t *testing.T, h *harness.Harness, values map[string]any) {
	t.Helper()
	h.Settings["salesOrders"] = values
	if err := h.PutSettings(t.Context(), h.Settings); err != nil {
		t.Fatal(err)
	}
}

// TestDeliveryMethods: an order whose delivery method is not listed is held, and goes out once it is.
func TestDeliveryMethods(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"deliveryMethods": map[string]any{"7": map[string]any{"code": "HENT", "name": "Hentes"}}}})
	product, id := kettle(h)
	other := another(h, product)
	h.Company.EditOrder(other, func(o *office24.Order) {
		o.DeliveryMethod = &office24.DeliveryMethod{ID: 7, Description: "Hentes i butikk"}
	})
	want(t, h, run(h), runner.Partial, 1, 0, 0, 1)
	wantFailure(t, h, id, "held", "delivery method 4 is not listed in salesOrders.deliveryMethods")
	if way, _ := json.Marshal(sent(t, h, other).Body["wayOfDelivery"]); string(way) != `{"code":"HENT","name":"Hentes"}` {
		t.Errorf("way of delivery %s", way)
	}
	later(h)
	set(t, h, map[string]any{"deliveryMethods": map[string]any{
		"4": map[string]any{"transporterCode": "PLAB", "transporterServiceCode": "P19"}, "7": map[string]any{"code": "HENT", "name": "Hentes"}}})
	want(t, h, run(h), runner.OK, 1, whatever, 0, 0)
	if carrier, _ := json.Marshal(sent(t, h, id).Body["transporter"]); string(carrier) != `{"transporterCode":"PLAB","transporterServiceCode":"P19"}` {
		t.Errorf("transporter %s", carrier)
	}
}

// TestStartDate: orders dated before are left alone; the day is the customer's.
func TestStartDate(t *testing.T) {
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
	want(t, h, row, runner.Partial, 1, 0, 0, 1)
	if row.Skipped != 1 {
		t.Errorf("got %+v", row)
	}
	sent(t, h, first)
	wantFailure(t, h, unknown, "held", "has no order date")

	// What was imported stays imported.
	set(t, h, map[string]any{"startDate": "2026-12-01"})
	h.Company.EditOrder(first, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	harness.Run(h, Function(), nil)
	if sent(t, h, first).Body["orderRemark"] != "Haster" {
		t.Error("an imported order was left alone")
	}
}

// TestStatuses: only orders in the pulled statuses are sent.
func TestStatuses(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"statuses": []any{"Web", "Production"}}})
	product, confirmed := kettle(h)
	var pulled []office24.OrderID
	for _, status := range []office24.OrderStatus{office24.StatusWeb, office24.StatusProduction, office24.StatusOffer, office24.StatusInvoiced, office24.StatusSent} {
		id := another(h, product)
		h.Company.SetStatus(id, status)
		if status == office24.StatusWeb || status == office24.StatusProduction {
			pulled = append(pulled, id)
		}
	}
	want(t, h, run(h), runner.OK, 2, 0, 0, 0)
	for _, id := range pulled {
		sent(t, h, id)
	}
	row := harness.Run(h, Function(), map[string]any{"keys": []string{strconv.Itoa(int(confirmed))}})
	if row.Read != 1 || row.Skipped != 1 || len(h.GoodsOwner.Orders()) != 2 {
		t.Errorf("an order of another status, by its key: %+v", row)
	}
}

// TestNothingForTheWarehouse: an order without goods is none of its business, and costs no further call.
func TestNothingForTheWarehouse(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"nonStockRows": "skip"}})
	service := h.Company.AddProduct(office24.Product{No: "TIME", StockControlled: ptr(false)})
	_, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = []office24.Row{{Type: office24.RowText, Name: "Bare tekst"}} })
	row := run(h)
	want(t, h, row, runner.OK, 0, 0, 0, 0)
	if row.Skipped != 1 || h.Office24.Calls("GetProducts") != 0 {
		t.Errorf("got %+v, %d reads of products", row, h.Office24.Calls("GetProducts"))
	}
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = []office24.Row{{ProductID: service, Quantity: harness.Dec("2")}} })
	row = run(h)
	want(t, h, row, runner.OK, 0, 0, 0, 0)
	if row.Skipped != 1 || len(writes(h)) != 0 {
		t.Errorf("got %+v, writes %v", row, writes(h))
	}
	// With rows of services sent, they are sent as not to be picked.
	set(t, h, map[string]any{"nonStockRows": "send"})
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	lines, _ := json.Marshal(sent(t, h, id).Body["orderLines"])
	if !strings.Contains(string(lines), `"shouldBePicked":false`) {
		t.Errorf("lines %s", lines)
	}
	if a, _ := h.GoodsOwner.Article("TIME"); a.Body["isStockArticle"] != false {
		t.Errorf("article %+v", a)
	}
}

// TestExtraFields: every published target is a field that Ongoing has, and arrives.
func TestExtraFields(t *testing.T) {
	t.Parallel()
	var fields []any
	for _, to := range extrafields.Targets() {
		for _, from := range []string{"order.OrderTotalIncVat", "order.DateOrdered", "order.InvoiceText", "row.Price", "row.SerialNumber"} {
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
	want(t, h, run(h), runner.OK, 1, 0, 0, 0) // the simulator refuses fields that the API has not
	body, _ := json.Marshal(sent(t, h, id).Body)
	for _, part := range []string{`"customerPrice":1197.5`, `"linePrice":399`, `"lineTotalCustomsValue":399`, `"freeText1":"1197.5"`, `"emailNotification":{"toBeNotified":false`} {
		if !strings.Contains(string(body), part) {
			t.Errorf("no %s in %s", part, body)
		}
	}
	want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0) // though not all of it can be read back
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].Price = harness.Dec("349") })
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
}

// TestKeysAndSince: only the orders named, or those changed since another moment, are looked at; the cursor stays.
func TestKeysAndSince(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, first := kettle(h)
	second := another(h, product)
	row := harness.Run(h, Function(), map[string]any{"keys": []string{strconv.Itoa(int(second)), "99999"}})
	want(t, h, row, runner.OK, 1, 0, 0, 0)
	later(h)
	later(h)
	third := another(h, product)
	row = harness.Run(h, Function(), map[string]any{"since": h.Clock.Now().Add(-time.Hour).Format(time.RFC3339)})
	want(t, h, row, runner.OK, 1, 0, 0, 0)
	sent(t, h, third)
	if h.Record("cursor#salesorders") != nil {
		t.Errorf("cursor %v", h.Record("cursor#salesorders"))
	}
	want(t, h, run(h), runner.OK, 1, 2, 0, 0)
	sent(t, h, first)
}

// TestDryRun shows what would be written, without names and addresses, and writes nothing anywhere.
func TestDryRun(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"importedStatus": "Production", "cancelWithdrawn": true}})
	product, edited := kettle(h)
	gone := another(h, product)
	want(t, h, run(h), runner.OK, 2, 0, 0, 0)
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
		"state": cmp.Diff(records, h.Records()), "24SevenOffice": cmp.Diff(company, h.Company.Snapshot()),
		"articles": cmp.Diff(articles, h.GoodsOwner.Articles()), "orders": cmp.Diff(orders, h.GoodsOwner.Orders()),
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
		changes[c.Key] = c
	}
	if diff := cmp.Diff(runner.Change{Key: strconv.Itoa(int(edited)), Action: plan.Update, Fields: []plan.Field{
		{Field: "consignee.name", Old: "[hidden]", New: "[hidden]"}, {Field: "orderLines[91822].numberOfItems", Old: "3", New: "5"},
		{Field: "orderRemark", Old: "[hidden]", New: "[hidden]"}}}, changes[strconv.Itoa(int(edited))]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if c := changes[strconv.Itoa(int(gone))]; c.Action != plan.Cancel {
		t.Errorf("got %+v", c)
	}
	c := changes[strconv.Itoa(int(fresh))]
	if i := slices.IndexFunc(c.Fields, func(f plan.Field) bool { return f.Field == "orderNumber" }); c.Action != plan.Create || i < 0 || c.Fields[i].New != c.Key {
		t.Errorf("got %+v", c)
	}
	if !strings.Contains(row.Reason, strconv.Itoa(int(bad))) {
		t.Errorf("reason %q", row.Reason)
	}
}

// TestNoPersonalData: names, addresses, numbers and texts of people are neither logged nor stored nor shown, not even
// where Ongoing quotes them.
func TestNoPersonalData(t *testing.T) {
	t.Parallel()
	canaries := []string{"Kanari", "Fugleveien", "0987", "FUGLEBY", "90909090", "Hemmelig", "kvitter@", "Bur 7"}
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"textRows": "comment"},
		"extraFields": []any{map[string]any{"from": "order.InvoiceEmailAddress", "to": "order.emailNotification.value"}}})
	product, id := kettle(h)
	personal := func(o *office24.Order) {
		o.CustomerName, o.CustomerDeliveryName, o.CustomerDeliveryPhone = "Kanari AS", "Kari Kanari", "90909090"
		o.YourReference, o.InvoiceTitle, o.InvoiceEmailAddress = "Kari Kanari", "Hemmelig: ring Kari Kanari", "kvitter@example.no"
		o.Addresses.Delivery = &office24.Address{Street: "Fugleveien 1\nBur 7", PostalCode: "0987", PostalArea: "FUGLEBY", Country: "NO"}
		o.Rows = append(o.Rows, office24.Row{Type: office24.RowText, Name: "Hemmelig tekst"})
		o.Rows[0].Name = "Gravert: Kari Kanari"
	}
	h.Company.EditOrder(id, personal)
	refused := another(h, product)
	h.Company.EditOrder(refused, func(o *office24.Order) { o.Addresses.Delivery = &office24.Address{}; personal(o) })
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Key: strconv.Itoa(int(refused)), Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"Consignee Kari Kanari, Fugleveien 1, Bur 7, 0987 FUGLEBY, 90909090, kvitter@example.no cannot be found"}`})
	abroad := another(h, product)
	h.Company.EditOrder(abroad, func(o *office24.Order) {
		o.Addresses.Delivery = &office24.Address{Street: "Fugleveien 1", Country: "Kanarilandet"}
	})
	shown, err := json.Marshal(harness.Run(h, Function(), map[string]any{"dryRun": true}))
	if err != nil {
		t.Fatal(err)
	}
	want(t, h, run(h), runner.Partial, 1, 0, 2, 0)
	if name := sent(t, h, id).Body["consignee"].(map[string]any)["name"]; name != "Kari Kanari" {
		t.Errorf("name %v", name)
	}
	stored, err := json.Marshal(h.Records())
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range map[string]string{"log": h.Output.String(), "state": string(stored), "dry run": string(shown)} {
		for _, canary := range canaries {
			if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
				t.Errorf("%q in the %s: %s", canary, place, text)
			}
		}
	}
}

// TestMoreThanFits: orders beyond what is held at once are read again; many that cannot be sent do not stand in the way
// of those behind them; and what does not fit into a plan follows in the next run.
func TestMoreThanFits(t *testing.T) {
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
	for done := 0; done < 25; {
		row := harness.Run(h, f, nil)
		want(t, h, row, runner.Partial, min(10, 25-done), done, 15, 0)
		done += row.Written
	}
	if got := len(h.GoodsOwner.Orders()); got != 25 {
		t.Errorf("%d orders in Ongoing; want 25", got)
	}
}

// TestCutShort: a run whose time is over leaves the cursor where it is, and the next one does the rest.
func TestCutShort(t *testing.T) {
	t.Parallel()
	var h *harness.Harness
	orders := 0
	h = harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(e ongoingtest.Entry) {
		if e.Operation == "PUT /orders" {
			if orders++; orders == 2 {
				h.Clock.Forward(20 * time.Minute)
			}
		}
	}}}, nil)
	product, _ := kettle(h)
	for range 4 {
		another(h, product)
	}
	want(t, h, run(h), runner.Partial, 2, 0, 0, 0)
	if c := h.Record("cursor#salesorders"); c != nil {
		t.Errorf("the cursor passed orders that had no turn: %v", c)
	}
	want(t, h, run(h), runner.OK, 3, 2, 0, 0)
}
