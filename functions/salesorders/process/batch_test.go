package process

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/harness"
)

func TestManyNewOrdersTakeFewCalls(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"importedStatus": "Production"}})
	product := h.AddStockedProduct("KJE-17", "5")
	for range 100 {
		another(h, product)
	}
	expect(t, h, run(h), want{written: 100})
	erp, wms, _ := h.VendorCalls()
	// Two of the login, two reads of the plan, and for each of two batches: read again, the statuses read, saved and
	// read.
	if erp > 12 || wms > 100+15 {
		t.Errorf("%d calls of 24SevenOffice and %d of Ongoing for 100 new orders; want 12 and 115 at most",
			erp, wms)
	}
	for _, o := range h.Company.Orders() {
		if o.Status != office24.StatusProduction {
			t.Errorf("order %d has status %s", o.ID, o.Status)
		}
	}
	later(h)
	another(h, product)
	another(h, product)
	_, before, _ := h.VendorCalls()
	expect(t, h, run(h), want{written: 2, unchanged: anyNumber})
	// Only what was made since is listed.
	if _, after, _ := h.VendorCalls(); after-before > 12 {
		t.Errorf("%d calls of Ongoing for two new orders", after-before)
	}
}

func TestOrderOfABatchFailsAlone(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"salesOrders": map[string]any{"importedStatus": "Production"}})
	product, edited := kettle(h)
	deleted, refused := another(h, product), another(h, product)
	stubborn, good := another(h, product), another(h, product)
	reads := 0
	h.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" {
			if reads++; reads == 2 { // right before the batch
				h.Company.EditOrder(edited, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
				h.Company.DeleteOrder(deleted)
			}
		}
	})
	h.Office24.Fault(office24test.Fault{
		Op: "SaveInvoices", Key: fmt.Sprint(stubborn), Times: -1, Kind: office24test.ItemException,
		Type: "T", Text: "Department is required",
	})
	h.Ongoing.Fault(ongoingtest.Fault{
		Op: "PUT /orders", Key: fmt.Sprint(refused), Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"Message":"Post code is wrong"}`,
	})
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 4})
	expectFailure(t, h, edited, "conflict", "was changed in 24SevenOffice while it was being sent")
	expectFailure(t, h, deleted, "conflict", "was changed in 24SevenOffice while it was being sent")
	expectFailure(t, h, refused, "rejected", "Post code is wrong")
	expectFailure(t, h, stubborn, "rejected", "Department is required")
	sent(t, h, good)
	sent(t, h, stubborn)
	h.Office24.ClearFaults()
	h.Ongoing.ClearFaults()
	later(h)
	expect(t, h, run(h), want{written: 3, unchanged: anyNumber})
	if o := sent(t, h, edited); o.Body["orderRemark"] != "Haster" || len(h.GoodsOwner.Orders()) != 4 {
		t.Errorf("%+v, %d orders", o, len(h.GoodsOwner.Orders()))
	}
}

// requests returns the requests that a run makes to DynamoDB, sorted.
func requests(h *harness.Harness, run func()) (all []string) {
	var mu sync.Mutex
	h.DynamoDB.Inject(dynamodbtest.Fault{Times: -1, After: func(r dynamodbtest.Request) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r.Operation+" "+r.Key)
	}})
	run()
	h.DynamoDB.ClearFaults()
	mu.Lock()
	defer mu.Unlock()
	return slices.Sorted(slices.Values(all))
}

// However many there are, and after the cursor was lost.
func TestClosedOrdersAreNotRead(t *testing.T) {
	t.Parallel()
	made := map[int][][]string{}
	for _, closed := range []int{0, 300} {
		h, _, _ := importedTwo(t, cancelWithdrawn())
		for n := range closed {
			l := state.OrderLink{OrderID: 10_000 + n, OrderNumber: fmt.Sprint(10_000 + n), OngoingID: 1 + n}
			if l.CancelledAt = h.Clock.Now(); n%2 == 0 {
				l.CancelledAt, l.ShippedAt = time.Time{}, h.Clock.Now()
			}
			if err := h.Partition().PutOrder(t.Context(), &l); err != nil {
				t.Fatal(err)
			}
		}
		idle := requests(h, func() { expect(t, h, run(h), want{unchanged: anyNumber}) })
		later(h)
		h.Delete("cursor#salesorders")
		lost := requests(h, func() { expect(t, h, run(h), want{unchanged: anyNumber}) })
		made[closed] = [][]string{idle, lost}
		if all := slices.Concat(idle, lost); slices.ContainsFunc(all, func(r string) bool {
			return strings.HasSuffix(r, "order#")
		}) {
			t.Errorf("with %d closed orders, all links were read: %q", closed, all)
		}
	}
	changing := regexp.MustCompile(`run#.*|127\.0\.0\.1:\d+`)
	alike := gocmp.Transformer("", func(r string) []byte { return []byte(changing.ReplaceAllString(r, "")) })
	if diff := gocmp.Diff(made[0], made[300], alike); diff != "" {
		t.Errorf("requests to DynamoDB without closed orders and with 300 (-0 +300):\n%s", diff)
	}
}

// The links of an older version are not in the index of open orders.
func TestStateOfAnOlderVersionIsIndexedOnce(t *testing.T) {
	t.Parallel()
	h, id, _ := importedTwo(t, nil) // without cancelWithdrawn, nobody has read the index
	for name := range h.Records() {
		if strings.HasPrefix(name, "open#") {
			h.Delete(name)
		}
	}
	set(t, h, map[string]any{"cancelWithdrawn": true})
	allLinks := func(all []string) int {
		return len(slices.DeleteFunc(all, func(r string) bool { return !strings.HasSuffix(r, "order#") }))
	}
	dry := func() { harness.Run(h, Function(), map[string]any{"dryRun": true}) }
	if n := allLinks(requests(h, dry)); n != 1 {
		t.Errorf("a dry run read all links %d times", n)
	}
	if n := allLinks(requests(h, func() { expect(t, h, run(h), want{unchanged: anyNumber}) })); n != 1 {
		t.Errorf("the first run read all links %d times", n)
	}
	later(h)
	h.Company.SetStatus(id, office24.StatusInactive)
	if n := allLinks(requests(h, func() { expect(t, h, run(h), want{written: 1, unchanged: anyNumber}) })); n != 0 {
		t.Errorf("the second run read all links %d times", n)
	}
	if sent(t, h, id).Status != 1000 {
		t.Error("the order was not cancelled")
	}
}

// Shipments is off: people set the orders to Sent and invoice them.
func TestOrdersDeliveredWithoutUsAreNotAskedForAgain(t *testing.T) {
	t.Parallel()
	settings := cancelWithdrawn()
	settings["shipments"] = map[string]any{"enabled": false}
	h, invoiced, delivered := importedTwo(t, settings)
	h.Company.SetStatus(invoiced, office24.StatusInvoiced)
	h.Company.SetStatus(delivered, office24.StatusSent)
	expect(t, h, run(h), want{unchanged: 2})
	asked := func() int {
		before := h.Office24.Calls("GetInvoices")
		expect(t, h, run(h), want{unchanged: anyNumber})
		return h.Office24.Calls("GetInvoices") - before
	}
	later(h)
	if n := asked(); n != 2 {
		t.Errorf("%d calls, want one for the order that was just delivered", n)
	}
	h.Clock.Forward(8 * 24 * time.Hour)
	asked()
	h.Clock.Forward(24 * time.Hour)
	if n := asked(); n != 1 {
		t.Errorf("%d calls, want none for orders that were delivered long ago", n)
	}
	// A person sets it back, and withdraws it later.
	h.Company.SetStatus(delivered, office24.StatusConfirmed)
	expect(t, h, run(h), want{unchanged: 1})
	later(h)
	h.Company.SetStatus(delivered, office24.StatusDraft)
	expect(t, h, run(h), want{written: 1})
	if sent(t, h, delivered).Status != 1000 {
		t.Error("the order was not cancelled")
	}
}

// Shipments is off, and so is cancelWithdrawn: nothing else closes the orders.
func TestDailyComparisonClosesOrdersDeliveredWithoutUs(t *testing.T) {
	t.Parallel()
	h, invoiced, open := importedTwo(t, map[string]any{"shipments": map[string]any{"enabled": false}})
	h.Company.SetStatus(invoiced, office24.StatusInvoiced)
	withdrawn := another(h, h.Company.Products()[0].ID)
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
	h.Company.SetStatus(withdrawn, office24.StatusDraft)
	for range 2 {
		h.Clock.Forward(25 * time.Hour)
		if _, err := harness.Invoke(t.Context(), h, Function(), map[string]any{}); err != nil {
			t.Fatal(err)
		}
	}
	for id, closed := range map[office24.OrderID]bool{invoiced: true, open: false, withdrawn: false} {
		if got := link(h, id)["deliveredAt"] != nil; got != closed {
			t.Errorf("order %d is closed: %t, want %t", id, got, closed)
		}
	}
	if o := sent(t, h, withdrawn); o.Status == 1000 {
		t.Error("the withdrawn order was cancelled in Ongoing")
	}
}

// Its sending was not answered before it was invoiced. It has the lowest id of all orders of ours, below which
// shipments looks for nothing.
func TestOrderDeliveredWithoutUsIsKnownInOngoing(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]bool{"sent": true, "not sent": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, cancelWithdrawn())
			product := h.AddStockedProduct("KJE-17", "5")
			id := another(h, product)
			h.Ongoing.Fault(ongoingtest.Fault{
				Op: "PUT /orders", Times: -1, Kind: ongoingtest.Status, Status: 503, Effect: sent,
			})
			expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
			h.Ongoing.ClearFaults()
			h.Company.SetStatus(id, office24.StatusInvoiced)
			later(h)
			expect(t, h, run(h), want{}) // it forgets the failure
			later(h)
			expect(t, h, run(h), want{unchanged: 1})
			o, exists := h.GoodsOwner.Order(fmt.Sprint(id))
			known, _ := link(h, id)["ongoingId"].(float64)
			if exists != sent || int(known) != o.ID || link(h, id)["deliveredAt"] == nil {
				t.Errorf("order %+v, link %v", o, link(h, id))
			}
			first, err := h.Partition().FirstClosed(t.Context())
			if err != nil || first != o.ID {
				t.Errorf("the lowest id is %d, error %v; want %d", first, err, o.ID)
			}
		})
	}
}

// shortened returns an order of which 8 of 10 were delivered, and its rest order, as the process shipments leaves them.
func shortened(t *testing.T, h *harness.Harness) (original, rest office24.OrderID) {
	t.Helper()
	product := h.AddStockedProduct("KJE-17", "100")
	original = another(h, product)
	h.Company.EditOrder(original, func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("10") })
	expect(t, h, run(h), want{written: 1})
	o := sent(t, h, original)
	err := h.GoodsOwner.Ship(fmt.Sprint(original), ongoingtest.Shipment{
		Quantities: map[string]number.Decimal{o.Lines[0].Row: *harness.Dec("8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	rest = another(h, product)
	h.Company.EditOrder(rest, func(o *office24.Order) {
		o.Rows[0].Quantity, o.Status = harness.Dec("2"), office24.StatusRest
		o.InvoiceTitle = fmt.Sprintf("(rest of order %d)", original)
	})
	h.Company.SetStatus(original, office24.StatusSent)
	links, err := h.Partition().Orders(t.Context(), []int{int(original)})
	if err != nil {
		t.Fatal(err)
	}
	l := links[int(original)]
	l.ShippedAt, l.Booked = h.Clock.Now(), map[string]string{fmt.Sprint(o.Lines[0].ID): "8"}
	l.RestOrder = &state.RestOrder{OrderID: int(rest), Lines: []state.RestLine{{Delivered: "8", Remaining: "2"}}}
	if err := h.Partition().PutOrder(t.Context(), &l); err != nil {
		t.Fatal(err)
	}
	return original, rest
}

// The warehouse made a back order after the rest order had been made: 12 would be delivered for 10.
func TestRestOrderIsHeldWhileABackOrderDeliversTheSame(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]ongoingtest.NewBackOrder{
		"that names the order": {}, "with our order id": {KeepOrderID: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			original, rest := shortened(t, h)
			form.Number = "B-1"
			if _, err := h.GoodsOwner.AddBackOrder(fmt.Sprint(original), form); err != nil {
				t.Fatal(err)
			}
			h.Company.SetStatus(rest, office24.StatusConfirmed)
			expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
			expectFailure(t, h, rest, "held", fmt.Sprintf(
				"order %d is the rest order of order %d, but back order B-1 in Ongoing", rest, original))
			if err := h.GoodsOwner.Ship("B-1", ongoingtest.Shipment{}); err != nil {
				t.Fatal(err)
			}
			later(h)
			expect(t, h, run(h), want{outcome: runner.Partial, held: 1}) // it is not booked yet
			if err := h.GoodsOwner.SetOrderStatus("B-1", 1000); err != nil {
				t.Fatal(err)
			}
			h.Clock.Forward(2 * time.Hour)
			expect(t, h, run(h), want{written: 1})
			sent(t, h, rest)
		})
	}
	t.Run("although a run died after it made the rest order", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		original, rest := shortened(t, h)
		links, err := h.Partition().Orders(t.Context(), []int{int(original)})
		if err != nil {
			t.Fatal(err)
		}
		l := links[int(original)]
		l.RestOrder.OrderID = 0 // the intent
		if err := h.Partition().PutOrder(t.Context(), &l); err != nil {
			t.Fatal(err)
		}
		back := ongoingtest.NewBackOrder{Number: "B-1"}
		if _, err := h.GoodsOwner.AddBackOrder(fmt.Sprint(original), back); err != nil {
			t.Fatal(err)
		}
		h.Company.SetStatus(rest, office24.StatusConfirmed)
		expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
		expectFailure(t, h, rest, "held", "but back order B-1 in Ongoing")
	})
	t.Run("not without one", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		_, rest := shortened(t, h)
		h.Company.SetStatus(rest, office24.StatusConfirmed)
		expect(t, h, run(h), want{written: 1})
		sent(t, h, rest)
	})
}

func TestOrderThatMayNotBeReadIsItsOwnTrouble(t *testing.T) {
	t.Parallel()
	h, id, other := importedTwo(t, nil)
	if err := h.GoodsOwner.RenumberOrder(fmt.Sprint(id), "LAGER-1"); err != nil { // so it is read by its id
		t.Fatal(err)
	}
	for _, o := range []office24.OrderID{id, other} {
		h.Company.EditOrder(o, func(o *office24.Order) { o.InvoiceTitle = "Haster" })
	}
	h.Ongoing.Fault(ongoingtest.Fault{
		Op: "GET /orders/{orderId}", Kind: ongoingtest.Status, Status: 403,
	})
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
	expectFailure(t, h, id, "rejected", "HTTP status 403")
	if o := sent(t, h, other); o.Body["orderRemark"] != "Haster" {
		t.Errorf("%+v", o)
	}
}

// Nothing changes in Ongoing, so shipments does not find it by itself.
func TestShipmentsIsToldOfOrdersThatItDoesNotFind(t *testing.T) {
	t.Parallel()
	told := func(h *harness.Harness, number string) bool { return h.Record("failure#shipments#"+number) != nil }
	t.Run("one that was settled and is set back", func(t *testing.T) {
		t.Parallel()
		h, id, other := importedTwo(t, nil)
		if err := h.GoodsOwner.SetOrderStatus(fmt.Sprint(id), 800); err != nil {
			t.Fatal(err)
		}
		h.Company.SetStatus(id, office24.StatusInactive)
		expect(t, h, run(h), want{unchanged: anyNumber})
		h.Clock.Forward(time.Hour)
		if told(h, fmt.Sprint(id)) {
			t.Error("told of a settled order")
		}
		h.Company.SetStatus(id, office24.StatusConfirmed)
		h.Company.EditOrder(other, func(o *office24.Order) { o.YourReference += " " }) // nothing that is sent
		expect(t, h, run(h), want{unchanged: 2})
		if !told(h, fmt.Sprint(id)) || told(h, fmt.Sprint(other)) {
			t.Errorf("records %v", h.Records())
		}
	})
	t.Run("one that was shipped before it was taken over", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, nil)
		product := h.AddStockedProduct("KJE-17", "5")
		id := another(h, product)
		line := ongoingtest.NewLine{Row: "1", Article: "KJE-17", Quantity: *harness.Dec("1")}
		_, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{
			Number: "WEB-1", OrderID: fmt.Sprint(id), Lines: []ongoingtest.NewLine{line},
		})
		if err == nil {
			err = h.GoodsOwner.Ship("WEB-1", ongoingtest.Shipment{})
		}
		if err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{unchanged: 1})
		if !told(h, "WEB-1") {
			t.Errorf("records %v", h.Records())
		}
	})
}
