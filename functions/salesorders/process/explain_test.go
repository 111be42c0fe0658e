package process

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestWhyAnOrderIsNotInTheWarehouse(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"startDate": "2020-01-01"}})
	product, confirmed := kettle(h)
	offer := another(h, product)
	h.Company.EditOrder(offer, func(o *office24.Order) { o.Status = office24.StatusOffer })
	early := another(h, product)
	h.Company.EditOrder(early, func(o *office24.Order) { o.DateOrdered = o.DateOrdered.AddDate(-10, 0, 0) })
	unknown := another(h, product)
	h.Company.EditOrder(unknown, func(o *office24.Order) { o.Rows[0].ProductID, o.Rows[0].ProductNo = 0, "NO-SUCH" })

	for id, want := range map[office24.OrderID]struct{ verdict, reason, setting string }{
		confirmed: {runner.VerdictDue, "create", ""},
		offer:     {runner.VerdictLeftAlone, "is Offer, and only orders in status Confirmed", "salesOrders.statuses"},
		early:     {runner.VerdictLeftAlone, "is before 2020-01-01", "salesOrders.startDate"},
		unknown:   {runner.VerdictFailed, "NO-SUCH", ""},
	} {
		e := harness.Explain(t, h, Function(), key(id))
		if e.Verdict != want.verdict || !strings.Contains(e.Reason, want.reason) || e.Setting != want.setting {
			t.Errorf("order %d: %+v", id, e)
		}
	}
	e := harness.Explain(t, h, Function(), "99999")
	if e.Verdict != runner.VerdictUnknown || harness.Fact(e, runner.InOffice24, "order") == "" {
		t.Errorf("an order that does not exist: %+v", e)
	}

	run(h)
	e = harness.Explain(t, h, Function(), key(confirmed))
	live, _ := h.GoodsOwner.Order(strconv.Itoa(int(confirmed)))
	if e.Verdict != runner.VerdictSettled || harness.Fact(e, runner.InOffice24, "status") != "Confirmed" ||
		harness.Fact(e, runner.InState, "order number") != strconv.Itoa(int(confirmed)) ||
		!strings.Contains(harness.Fact(e, runner.InOngoing, "order"), "(id "+strconv.Itoa(live.ID)+"), status ") {
		t.Errorf("after the run: %+v", e)
	}
	for _, f := range e.Facts {
		if strings.Contains(f.Value, order40557().CustomerName) {
			t.Errorf("%+v names a person", f)
		}
	}
}

// Nothing is written, and a right that is missing is named.
func TestCheckProvesEachRight(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{
		"importedStatus": "Production", "cancelWithdrawn": true,
	}})
	kettle(h)
	h.Company.AddDeliveryMethod(office24.DeliveryMethod{ID: 3, Description: "Bedriftspakke"})
	before := len(h.GoodsOwner.Orders())
	harness.Check(t, h, Function(), "24SevenOffice: log in", "24SevenOffice: read orders", "24SevenOffice: save orders",
		"Ongoing WMS: read articles", "Ongoing WMS: read orders", "Ongoing WMS: write orders",
		"Ongoing WMS: write articles", "Ongoing WMS: cancel orders")
	row := harness.Run(h, Function(), map[string]any{"check": true})
	kinds := map[string]bool{}
	for _, f := range row.Found {
		kinds[f.Kind] = true
	}
	for _, kind := range []string{"company", "goods owner", "delivery method"} {
		if !kinds[kind] {
			t.Errorf("nothing is said about any %s: %+v", kind, row.Found)
		}
	}
	if len(h.GoodsOwner.Orders()) != before || len(h.GoodsOwner.Articles()) != 0 || h.Record("binding") != nil {
		t.Errorf("the check has written: %v", h.Records())
	}
	h.Ongoing.Fault(ongoingtest.Fault{
		Op: "PUT /orders/{orderId}", Times: -1, Kind: ongoingtest.Status, Status: http.StatusForbidden,
	})
	row = harness.Run(h, Function(), map[string]any{"check": true})
	if row.Outcome != runner.Blocked || !strings.Contains(row.Reason, "Ongoing WMS: write orders") ||
		strings.Contains(row.Reason, "write articles") {
		t.Errorf("without the right to write orders: %+v", row)
	}
}

func TestOrderIsFoundByItsNumberInOngoing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": "FS-"}})
	_, id := kettle(h)
	run(h)
	if err := h.GoodsOwner.RenumberOrder("FS-"+key(id), "NY-1"); err != nil {
		t.Fatal(err)
	}
	row := harness.Run(h, Function(), map[string]any{"find": []string{"NY-1", "FS-" + key(id)}})
	want := []runner.Finding{{Kind: "order", ID: key(id), Name: "NY-1"}}
	if !slices.Equal(row.Found, want) || row.Read != 0 {
		t.Errorf("got %+v, want %+v", row, want)
	}
}

// What an order is worth comes with the order, and costs no call. It is for people, who are told that orders are stuck.
func TestLinkKnowsWhatTheOrderIsWorth(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, without := kettle(h)
	with := another(h, product)
	h.Company.EditOrder(with, func(o *office24.Order) {
		o.OrderTotalIncVat, o.Currency = harness.Dec("1496.25"), &office24.Currency{Symbol: "NOK"}
	})
	run(h)
	if r := h.Record("order#" + key(with)); r["total"] != "1496.25" || r["currency"] != "NOK" {
		t.Errorf("got %v", r)
	}
	if r := h.Record("order#" + key(without)); r["total"] != nil || r["currency"] != nil || r["ongoingId"] == nil {
		t.Errorf("without a total: %v", r)
	}
	h.Company.EditOrder(with, func(o *office24.Order) {
		o.OrderTotalIncVat, o.ReferenceNumber = harness.Dec("2000"), "PO-2"
	})
	run(h)
	if r := h.Record("order#" + key(with)); r["total"] != "2000" {
		t.Errorf("after an edit: %v", r)
	}
}
