package process

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/harness"
)

// imported returns a harness whose kettle order is in Ongoing.
func imported(t *testing.T, settings map[string]any) (*harness.Harness, office24.OrderID) {
	t.Helper()
	h := harness.New(t, settings)
	_, id := kettle(h)
	expect(t, h, run(h), want{written: 1})
	later(h)
	return h, id
}

func makeUrgent(o *office24.Order) { o.InvoiceTitle = "Haster" }

// puts returns the number of writes of orders.
func puts(h *harness.Harness) int {
	return len(slices.DeleteFunc(writes(h), func(w string) bool { return !strings.HasPrefix(w, "PUT /orders") }))
}

func TestEditedOrderIsSentAgainInFull(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	second := h.Company.AddProduct(office24.Product{No: "LOKK", Name: "Lokk"})
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows[0].Quantity, o.Addresses.Delivery.Street = harness.Dec("5"), "Nyveien 2"
		o.Rows = append(o.Rows, office24.Row{ProductID: second, Quantity: harness.Dec("1")})
	})
	expect(t, h, run(h), want{written: 1})
	o := sent(t, h, id)
	consignee := o.Body["consignee"].(map[string]any)
	if consignee["address1"] != "Nyveien 2" || consignee["name"] != "Blåbær & Sønn, avd. Nord" || len(o.Lines) != 2 ||
		o.Lines[0].Ordered.String() != "5" || o.Lines[1].Article != "LOKK" {
		t.Errorf("got %+v", o)
	}
	if len(h.GoodsOwner.Orders()) != 1 {
		t.Error("a second order was created")
	}
	expect(t, h, run(h), want{unchanged: 1})
}

// An order that loses all its rows is refused.
func TestRemovedRowIsRemovedInOngoing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ProductID: product, Quantity: harness.Dec("9")})
	})
	expect(t, h, run(h), want{written: 1})
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[1:] })
	expect(t, h, run(h), want{written: 1})
	if o := sent(t, h, id); len(o.Lines) != 1 || o.Lines[0].Ordered.String() != "9" {
		t.Errorf("lines %+v", o.Lines)
	}
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = []office24.Row{{Type: office24.RowText, Name: "Utgår"}}
	})
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "rejected", "has no row left that can be sent; cancel it in Ongoing")
}

// Nobody knew yet under which system id the order is in Ongoing.
func TestOrderWithoutARowLeftIsReportedAfterALostAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sent, shipped bool
		class, want   string
	}{
		"it did not arrive":           {},
		"it arrived":                  {sent: true, class: "rejected", want: "has no row left that can be sent"},
		"the warehouse has picked it": {sent: true, shipped: true, class: "final", want: "the warehouse has started"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			_, id := kettle(h)
			kind := ongoingtest.MissingID
			if !test.sent {
				kind = ongoingtest.ResetBefore
			}
			h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Kind: kind, Times: -1})
			run(h)
			h.Ongoing.ClearFaults()
			if got := len(h.GoodsOwner.Orders()) == 1; got != test.sent {
				t.Fatalf("the order is in Ongoing: %t", got)
			}
			if test.shipped {
				if err := h.GoodsOwner.SetStock("KJE-17", *harness.Dec("3")); err != nil {
					t.Fatal(err)
				}
				if err := h.GoodsOwner.Ship(fmt.Sprint(id), ongoingtest.Shipment{Status: 450}); err != nil {
					t.Fatal(err)
				}
			}
			h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = nil })
			h.Clock.Forward(time.Hour)
			if run(h); test.want != "" {
				expectFailure(t, h, id, test.class, test.want)
				return
			}
			f := h.Record(fmt.Sprintf("failure#salesorders#%d", id))
			if f != nil || len(h.GoodsOwner.Orders()) != 0 {
				t.Errorf("failure %v, orders %v", f, h.GoodsOwner.Orders())
			}
		})
	}
}

// Whether Ongoing removes a row that is no longer sent is not documented. If it does not, the warehouse would send too
// much. The order counts as sent once the row is gone there.
func TestRemovedRowThatOngoingKeepsIsReported(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ID: 91823, ProductID: product, Quantity: harness.Dec("9")})
	})
	stays := false
	h.Intercept(func(r *http.Request, answer string) string {
		if !stays || !strings.Contains(r.URL.Path, "/orders") || strings.Contains(answer, `"rowNumber":"91823"`) {
			return answer
		}
		row := `{"id":1,"rowNumber":"91823","article":{"articleNumber":"KJE-17"},"orderedNumberOfItems":9.000}`
		return strings.Replace(answer, `"orderLines":[`, `"orderLines":[`+row+`,`, 1)
	})
	expect(t, h, run(h), want{written: 1})
	later(h)
	stays = true
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[:1] })
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "rejected",
		"rows 91823 were removed in 24SevenOffice but are still in Ongoing; remove them there")
	stays = false
	later(h)
	expect(t, h, run(h), want{unchanged: 1})
	if h.Record(fmt.Sprintf("failure#salesorders#%d", id)) != nil {
		t.Error("the failure record is left")
	}
}

func TestUnreadableOrderDoesNotAffectTheOthers(t *testing.T) {
	t.Parallel()
	const (
		total, badTotal   = "<OrderTotalVat>4711.0000</OrderTotalVat>", "<OrderTotalVat>much</OrderTotalVat>"
		weight, badWeight = "<Weight>4711.0000</Weight>", "<Weight>heavy</Weight>"
	)
	batches := function(planner.Limits{Kept: 1, Planned: 100, BatchSize: 1})
	for name, test := range map[string]struct {
		function lambdahost.Function
		readable int // how many answers are readable at first
		from, to string
		reason   string
	}{
		"an order": {
			function: Function(), from: total, to: badTotal,
			reason: "order 40557 cannot be read: OrderTotalVat is not a decimal number",
		},
		"one of its products": {
			function: Function(), from: weight, to: badWeight,
			reason: "product 7001 cannot be read: Weight is not a decimal number",
		},
		"in a later batch": {
			function: batches, readable: 1, from: total, to: badTotal, reason: "order 40557 cannot be read",
		},
		"while it is applied": {
			function: Function(), readable: 1, from: total, to: badTotal, reason: "order 40557 cannot be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, id := kettle(h)
			h.Company.EditProduct(product, func(p *office24.Product) { p.Weight = harness.Dec("4711") })
			h.Company.EditOrder(id, func(o *office24.Order) { o.OrderTotalVat = harness.Dec("4711") })
			fine := h.Company.AddProduct(office24.Product{No: "FIN"})
			first := h.Company.AddOrder(office24.Order{
				ID: 40001, CustomerID: 5120, Status: office24.StatusConfirmed, DateOrdered: h.Clock.Now(),
				Rows: []office24.Row{{ProductID: fine, Quantity: harness.Dec("1")}},
			})
			last := another(h, fine)
			answers := 0
			h.Intercept(func(_ *http.Request, answer string) string {
				if !strings.Contains(answer, test.from) {
					return answer
				}
				if answers++; answers <= test.readable {
					return answer
				}
				return strings.Replace(answer, test.from, test.to, 1)
			})
			expect(t, h, harness.Run(h, test.function, nil), want{outcome: runner.Partial, written: 2, failed: 1})
			expectFailure(t, h, id, "rejected", test.reason)
			sent(t, h, first)
			sent(t, h, last)
		})
	}
}

func TestEditAfterTheWarehouseHasStartedIsReportedAndNotSent(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(h *harness.Harness, number string) error{
		"allocated": func(h *harness.Harness, number string) error { return h.GoodsOwner.SetOrderStatus(number, 320) },
		"picked in part, with the same status": func(h *harness.Harness, number string) error {
			if err := h.GoodsOwner.SetStock("KJE-17", *harness.Dec("9")); err != nil {
				return err
			}
			return h.GoodsOwner.Pick(number, "91822", *harness.Dec("1"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id := imported(t, nil)
			if err := start(h, strconv.Itoa(int(id))); err != nil {
				t.Fatal(err)
			}
			h.Company.EditOrder(id, makeUrgent)
			before := puts(h)
			expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
			expectFailure(t, h, id, "final", "the warehouse has started on order 40557")
			for range 5 {
				h.Clock.Forward(25 * time.Hour)
				run(h)
			}
			if puts(h) != before {
				t.Errorf("%d writes", puts(h)-before)
			}
			h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Ring før levering" }) // undone
			h.Clock.Forward(25 * time.Hour)
			expect(t, h, run(h), want{unchanged: 1})
		})
	}
}

// days makes a scheduled run a day, in each of which everything is compared.
func days(t *testing.T, h *harness.Harness, n int) {
	t.Helper()
	for range n {
		h.Clock.Forward(25 * time.Hour)
		if _, err := harness.Invoke(t.Context(), h, Function(), map[string]any{}); err != nil {
			t.Fatal(err)
		}
	}
}

// It would silence the same edit, made once more.
func TestDismissedFailureGoesOnceItsOrderIsAsItShouldBe(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	if err := h.GoodsOwner.SetOrderStatus(strconv.Itoa(int(id)), 320); err != nil {
		t.Fatal(err)
	}
	h.Company.EditOrder(id, makeUrgent)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	h.Dismiss(naming.SalesOrders)
	if days(t, h, 2); h.Record("failure#salesorders#"+key(id)) == nil {
		t.Error("it went although the order is not as it should be")
	}
	h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Ring før levering" }) // undone
	later(h)
	if run(h); h.Record("failure#salesorders#"+key(id)) == nil {
		t.Error("it went in an ordinary run")
	}
	if days(t, h, 2); h.Record("failure#salesorders#"+key(id)) != nil {
		t.Error("it is left")
	}
	h.Company.EditOrder(id, makeUrgent)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
}

// The daily comparison looks at their state in Ongoing only. A full run is for whoever wants them to be as the settings
// say.
func TestOrdersStayAsTheyWereSentAfterAChangeOfSettings(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]any{
		"what is sent is other": {"textRows": "comment"},
		"it cannot be mapped": {
			"deliveryMethods": map[string]any{"7": map[string]any{"code": "HENT", "name": "Hentes"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, untouched := kettle(h)
			copyOf := func() office24.OrderID {
				o := order40557()
				o.ID, o.DateOrdered, o.Rows[0].ProductID = 0, h.Clock.Now(), product
				return h.Company.AddOrder(o)
			}
			started, edited, cancelled := copyOf(), copyOf(), copyOf()
			all := []office24.OrderID{untouched, started, edited, cancelled}
			for _, id := range all {
				h.Company.EditOrder(id, func(o *office24.Order) {
					o.Rows = append(o.Rows, office24.Row{Type: office24.RowText, Name: "Til sjefen"})
				})
			}
			expect(t, h, run(h), want{written: len(all)})
			later(h)
			h.Company.EditOrder(edited, makeUrgent)
			expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
			if err := h.GoodsOwner.SetOrderStatus(key(started), 320); err != nil {
				t.Fatal(err)
			}
			for range 2 { // until the cursor is past the edit
				later(h)
				run(h)
			}
			set(t, h, settings)
			before := puts(h)
			days(t, h, 2)
			for _, id := range all {
				if f := h.Record("failure#salesorders#" + key(id)); f != nil {
					t.Errorf("order %d: %v", id, f)
				}
			}
			if puts(h) != before {
				t.Errorf("%d orders were sent again", puts(h)-before)
			}
			if err := h.GoodsOwner.CancelOrder(key(cancelled)); err != nil {
				t.Fatal(err)
			}
			h.Clock.Forward(40 * 24 * time.Hour) // no search for what was cancelled goes so far back
			days(t, h, 1)
			expectFailure(t, h, cancelled, "held", "was cancelled in Ongoing by hand")
			if runFull(h); name == "what is sent is other" && puts(h) != before+2 {
				t.Errorf("a full run has sent %d orders", puts(h)-before)
			}
		})
	}
}

func TestWarehouseStartsBetweenReadAndWrite(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	h.Company.EditOrder(id, makeUrgent)
	reads := 0
	h.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" {
			if reads++; reads == 2 { // the plan is made
				if err := h.GoodsOwner.SetOrderStatus(strconv.Itoa(int(id)), 320); err != nil {
					t.Error(err)
				}
			}
		}
	})
	before := puts(h)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "final", "the warehouse has started on order 40557")
	if puts(h) != before {
		t.Error("it was tried in spite of that")
	}
}

// The process articles runs at the same time.
func TestArticleIsRenumberedBetweenReadAndWrite(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product := h.AddStockedProduct("A", "5")
	links, err := h.Partition().Articles(t.Context(), []int{int(product)})
	if err != nil {
		t.Fatal(err)
	}
	link := links[int(product)]
	store := func(number string) {
		link.ArticleNumber, link.Fingerprint = number, "as it was written"
		if err := h.Partition().PutArticle(t.Context(), &link); err != nil {
			t.Error(err)
		}
	}
	store("A")
	id, reads := another(h, product), 0
	h.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" {
			if reads++; reads == 2 { // the plan is made
				store("B")
			}
		}
	})
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "conflict", "the article of product 7001 was changed")
	if len(h.GoodsOwner.Orders()) > 0 {
		t.Error("it was sent in spite of that")
	}
}

// Ongoing showed the order as changeable.
func TestRefusalBecauseTheWarehouseHasStartedIsUnderstood(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	h.Company.EditOrder(id, makeUrgent)
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"Order '40557' may not be updated.<br/>Work has started."}`})
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "final", "the warehouse has started on order 40557")
}

// The change is sent before the warehouse starts, and the run does not learn that.
func TestEditWhoseAnswerIsLostBeforeTheWarehouseStartsIsNoFailure(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	h.Company.EditOrder(id, makeUrgent)
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Times: -1, Kind: ongoingtest.CutJSON})
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	h.Ongoing.ClearFaults()
	if o := sent(t, h, id); o.Body["orderRemark"] != "Haster" {
		t.Fatalf("got %+v, want the change", o)
	}
	if err := h.GoodsOwner.SetOrderStatus(strconv.Itoa(int(id)), 320); err != nil {
		t.Fatal(err)
	}
	before := puts(h)
	h.Clock.Forward(25 * time.Hour)
	expect(t, h, run(h), want{unchanged: 1}) // only its link is written
	if h.Record(fmt.Sprintf("failure#salesorders#%d", id)) != nil || puts(h) != before {
		t.Error("the failure record is left, or the order was sent again")
	}
}

func TestOrderCancelledByHandIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	if err := h.GoodsOwner.CancelOrder("40557"); err != nil {
		t.Fatal(err)
	}
	expect(t, h, runFull(h), want{outcome: runner.Partial, held: 1})
	h.Company.EditOrder(id, makeUrgent)
	before := puts(h)
	expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
	expectFailure(t, h, id, "held", "order 40557 was cancelled in Ongoing by hand and is not sent again")
	if o := sent(t, h, id); puts(h) != before || o.Status != 1000 {
		t.Errorf("got %+v", o)
	}
}

// Whoever copied it would have the goods sent twice.
func TestCancelledOrderThatStaffMadeAgainIsNotToBeCopied(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	if _, err := h.GoodsOwner.AddBackOrder("40557", ongoingtest.NewBackOrder{Number: "40557-2"}); err != nil {
		t.Fatal(err)
	}
	if err := h.GoodsOwner.CancelOrder("40557"); err != nil {
		t.Fatal(err)
	}
	expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
	expectFailure(t, h, id, "held", "but order 40557-2 there")
	if err := h.GoodsOwner.CancelOrder("40557-2"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(time.Hour)
	expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
	expectFailure(t, h, id, "held", "is not sent again")
}

func TestOrderOfSomebodyElseIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		owner string
		row   office24.RowID // of our order; the line of the other one has the number 1
	}{
		"created by hand":                        {"", 91822},
		"created by hand, with our row's number": {"", 1},
		"from another system":                    {"web-40557", 91822},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			h.AddStockedProduct("KJE-17", "5")
			o := order40557()
			o.DateOrdered, o.Rows[0].ID = h.Clock.Now(), test.row
			id := h.Company.AddOrder(o)
			foreign := ongoing.OrderBody{
				OrderNumber: "40557", GoodsOwnerOrderID: test.owner, DeliveryDate: "2026-11-30", OrderRemark: "privat",
				OrderLines: []ongoing.OrderLine{
					{RowNumber: "1", ArticleNumber: "KJE-17", NumberOfItems: *harness.Dec("1")},
				},
			}
			if _, err := h.OngoingClient().PutOrder(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
			expectFailure(t, h, id, "rejected", "order number 40557 belongs to another order in Ongoing")
			expectFailure(t, h, id, "rejected", fmt.Sprintf("enter %d as its goodsOwnerOrderId, or it is", id))
			if o := sent(t, h, id); o.Body["orderRemark"] != "privat" {
				t.Errorf("it was overwritten: %v", o.Body)
			}
			later(h)
			set(t, h, map[string]any{"orderNumberPrefix": "SO-"})
			expect(t, h, run(h), want{written: 1})
			if _, ok := h.GoodsOwner.Order("SO-40557"); !ok {
				t.Error("the prefix did not help")
			}
		})
	}
}

// It keeps the number with which it may have been sent, whatever the prefix is.
func TestPrefixIsNoAdviceForAnOrderThatHasItsNumber(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	_, id := kettle(h)
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Kind: ongoingtest.ResetBefore, Times: -1})
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	h.Ongoing.ClearFaults()
	foreign := ongoing.OrderBody{
		OrderNumber: key(id), GoodsOwnerOrderID: "web-1", DeliveryDate: "2026-11-30",
		OrderLines: []ongoing.OrderLine{{RowNumber: "1", ArticleNumber: "KJE-17", NumberOfItems: *harness.Dec("1")}},
	}
	if _, err := h.OngoingClient().PutOrder(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	later(h)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "rejected", "or it is sent twice; if not, copy order 40557 to a new one")
}

// forget deletes a record of the customer's state.
func forget(t *testing.T, h *harness.Harness, record string) {
	t.Helper()
	table := dynamodbtest.StateTable
	key := map[string]types.AttributeValue{
		naming.PartitionKey: &types.AttributeValueMemberS{Value: h.ID},
		naming.SortKey:      &types.AttributeValueMemberS{Value: record},
	}
	_, err := h.DynamoDB.Client().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &table, Key: key})
	if err != nil {
		t.Fatal(err)
	}
}

// It is written only if it differs, and not if the warehouse has started on it.
func TestOrderWithoutALinkIsLinkedAgain(t *testing.T) {
	t.Parallel()
	lost := func(t *testing.T) (*harness.Harness, office24.OrderID) {
		h, id := imported(t, nil)
		for _, record := range []string{"order#40557", "cursor#salesorders"} {
			forget(t, h, record)
		}
		return h, id
	}
	t.Run("as it should be", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		before := len(writes(h))
		expect(t, h, run(h), want{unchanged: 1})
		if l := link(h, id); len(writes(h)) != before || l["ongoingId"] != float64(sent(t, h, id).ID) ||
			l["fingerprint"] == nil {
			t.Errorf("%d writes, link %v", len(writes(h))-before, l)
		}
		expect(t, h, runFull(h), want{unchanged: 1})
	})
	t.Run("edited", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		h.Company.EditOrder(id, makeUrgent)
		expect(t, h, run(h), want{written: 1})
		if o := sent(t, h, id); o.Body["orderRemark"] != "Haster" || len(h.GoodsOwner.Orders()) != 1 {
			t.Errorf("orders %+v", h.GoodsOwner.Orders())
		}
	})
	t.Run("started on", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		if err := h.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{unchanged: 1})
		if link(h, id)["ongoingId"] == nil {
			t.Error("it was not linked")
		}
	})
	t.Run("edited and started on", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		if err := h.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		h.Company.EditOrder(id, makeUrgent)
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, id, "final", "has started")
		if link(h, id)["ongoingId"] == nil {
			t.Error("it was not linked")
		}
		h.Clock.Forward(25 * time.Hour)
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	})
	t.Run("edited and started on, with a status on import", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		if err := h.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		h.Company.EditOrder(id, makeUrgent)
		set(t, h, map[string]any{"importedStatus": "Production"})
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, id, "final", "has started")
		if o, _ := h.Company.Order(id); o.Status != office24.StatusProduction {
			t.Errorf("status %s in 24SevenOffice", o.Status)
		}
		h.Clock.Forward(25 * time.Hour)
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	})
}

// The customer was moved.
func TestOrderIsSentToANewGoodsOwnerToo(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	warehouse := h.Ongoing.Warehouse("lager")
	h.GoodsOwner = warehouse.GoodsOwner(99, "ny vareeier")
	warehouse.AddUser(h.Secret.Ongoing.Username, h.Secret.Ongoing.Password, h.GoodsOwner)
	h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = 99
	if err := h.PutSettings(t.Context(), h.Settings); err != nil {
		t.Fatal(err)
	}
	h.Delete("binding")
	expect(t, h, runFull(h), want{written: 1})
	sent(t, h, id)
}

func TestFullRunRepairsOrdersThatTheWarehouseHasNotStartedOn(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	before := h.Record("order#40557")
	expect(t, h, runFull(h), want{unchanged: 1})
	if !cmp.Equal(before, h.Record("order#40557")) {
		t.Error("the link was written needlessly")
	}
	spoil := func() {
		body := body40557()
		body.OrderRemark = "feil"
		if _, err := h.OngoingClient().PutOrder(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	spoil()
	expect(t, h, run(h), want{unchanged: anyNumber})
	expect(t, h, runFull(h), want{written: 1})
	if o := sent(t, h, id); o.Body["orderRemark"] != "Ring før levering" {
		t.Errorf("got %v", o.Body["orderRemark"])
	}
	spoil()
	if err := h.GoodsOwner.SetOrderStatus("40557", 320); err != nil {
		t.Fatal(err)
	}
	expect(t, h, runFull(h), want{unchanged: 1})
}

func TestOrderThatChangesWhileItIsSentIsAConflict(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		move func(h *harness.Harness, id office24.OrderID)
		sent bool // in the next run
	}{
		"edited": {
			move: func(h *harness.Harness, id office24.OrderID) { h.Company.EditOrder(id, makeUrgent) },
			sent: true,
		},
		"withdrawn": {
			move: func(h *harness.Harness, id office24.OrderID) { h.Company.SetStatus(id, office24.StatusInactive) },
		},
		"deleted": {
			move: func(h *harness.Harness, id office24.OrderID) { h.Company.DeleteOrder(id) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, id := kettle(h)
			other := another(h, product)
			reads := 0
			h.Office24.Before(func(c office24test.Call) {
				if c.Operation == "GetInvoices" {
					if reads++; reads == 2 {
						test.move(h, id)
					}
				}
			})
			expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
			expectFailure(t, h, id, "conflict", "order 40557 was changed in 24SevenOffice while it was being sent")
			if _, ok := h.GoodsOwner.Order("40557"); ok {
				t.Error("the old order was sent")
			}
			sent(t, h, other)
			later(h)
			row := run(h)
			if o, ok := h.GoodsOwner.Order("40557"); ok != test.sent ||
				ok && o.Body["orderRemark"] != "Haster" {
				t.Errorf("afterwards: %+v, order %v %+v", row, ok, o)
			}
			if row.Outcome != runner.OK {
				t.Errorf("the conflict is left: %+v", row)
			}
		})
	}
}

func TestStatusOnImportIsSetOnce(t *testing.T) {
	t.Parallel()
	settings := func() map[string]any {
		return map[string]any{"salesOrders": map[string]any{"importedStatus": "Production"}}
	}
	status := func(h *harness.Harness, id office24.OrderID) office24.OrderStatus {
		o, _ := h.Company.Order(id)
		return o.Status
	}
	t.Run("a person can move it back", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, settings())
		if got := status(h, id); got != office24.StatusProduction || link(h, id)["status"] != "Production" {
			t.Errorf("status %s, link %v", got, link(h, id))
		}
		h.Company.SetStatus(id, office24.StatusConfirmed)
		expect(t, h, run(h), want{unchanged: 1})
		expect(t, h, runFull(h), want{unchanged: 1})
		if got := status(h, id); got != office24.StatusConfirmed {
			t.Errorf("it was set again: %s", got)
		}
	})
	t.Run("edits in it are still sent", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, settings())
		h.Company.EditOrder(id, makeUrgent)
		expect(t, h, run(h), want{written: 1})
		if o := sent(t, h, id); o.Body["orderRemark"] != "Haster" || status(h, id) != office24.StatusProduction {
			t.Errorf("got %v, status %s", o.Body["orderRemark"], status(h, id))
		}
	})
	t.Run("an order that was not imported is skipped", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		h.Company.SetStatus(id, office24.StatusProduction)
		row := run(h)
		if row.Skipped != 1 || len(h.GoodsOwner.Orders()) != 0 {
			t.Errorf("got %+v", row)
		}
	})
	t.Run("rows, addresses and texts stay as they are", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		before, _ := h.Company.Order(id)
		expect(t, h, run(h), want{written: 1})
		after, _ := h.Company.Order(id)
		before.Status, before.DateChanged = after.Status, after.DateChanged
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("-before +after\n%s", diff)
		}
	})
	t.Run("it is set for orders imported before it was switched on", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, nil)
		set(t, h, map[string]any{"importedStatus": "Production"})
		h.Company.EditOrder(id, func(o *office24.Order) { o.OurReference = 7 }) // a field that is not sent
		before := puts(h)
		expect(t, h, run(h), want{written: 1})
		if status(h, id) != office24.StatusProduction || puts(h) != before {
			t.Errorf("status %s, %d writes of orders", status(h, id), puts(h)-before)
		}
	})
	t.Run("it is set in a full run, also if the warehouse has started", func(t *testing.T) {
		t.Parallel()
		for _, started := range []bool{false, true} {
			h, id := imported(t, nil)
			if started {
				if err := h.GoodsOwner.SetOrderStatus("40557", 320); err != nil {
					t.Fatal(err)
				}
			}
			set(t, h, map[string]any{"importedStatus": "Production"})
			before := puts(h)
			expect(t, h, runFull(h), want{written: 1})
			if status(h, id) != office24.StatusProduction || puts(h) != before {
				t.Errorf("started %t: status %s, %d writes of orders", started, status(h, id), puts(h)-before)
			}
		}
	})
	t.Run("it is not set for an order that the warehouse has cancelled", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, nil)
		if err := h.GoodsOwner.CancelOrder("40557"); err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
		set(t, h, map[string]any{"importedStatus": "Production"})
		later(h)
		expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
		if got := status(h, id); got != office24.StatusConfirmed {
			t.Errorf("status %s", got)
		}
	})
	t.Run("a refusal is tried again and does not delay an edit", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		h.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Times: -1, Kind: office24test.ItemException,
			Type: "Office24Seven.Library.Economy.Accounting.DepartmentIsRequiredException",
			Text: "Department is required"})
		expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
		expectFailure(t, h, id, "rejected", "Department is required")
		sent(t, h, id)
		h.Company.EditOrder(id, makeUrgent)
		run(h)
		if sent(t, h, id).Body["orderRemark"] != "Haster" {
			t.Error("the edit was not sent because of the status")
		}
		h.Office24.ClearFaults()
		later(h)
		expect(t, h, run(h), want{written: 1})
		if status(h, id) != office24.StatusProduction {
			t.Errorf("status %s", status(h, id))
		}
	})
	t.Run("it is not set again if the run died before it could store that", func(t *testing.T) {
		t.Parallel()
		for n, crashed, met := 1, true, false; !met; n++ {
			if !crashed {
				t.Fatal("no crash came right after the status")
			}
			h := harness.New(t, settings())
			_, id := kettle(h)
			crashed = harness.Crash(h, Function(), nil, n)
			if met = status(h, id) == office24.StatusProduction && link(h, id)["statusSetAt"] == nil; !met {
				continue
			}
			expect(t, h, run(h), want{unchanged: 1})
			h.Company.SetStatus(id, office24.StatusConfirmed)
			expect(t, h, run(h), want{unchanged: 1})
			if got := status(h, id); got != office24.StatusConfirmed {
				t.Errorf("it was set again: %s", got)
			}
		}
	})
	t.Run("a status that a person sets first is kept", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		h.Office24.Before(func(c office24test.Call) {
			if len(h.GoodsOwner.Orders()) > 0 {
				h.Company.SetStatus(id, office24.StatusForInvoicing)
			}
		})
		expect(t, h, run(h), want{written: 1})
		h.Office24.Before(nil)
		if status(h, id) != office24.StatusForInvoicing || len(h.Office24.Writes()) != 0 {
			t.Errorf("status %s, writes %v", status(h, id), h.Office24.Writes())
		}
	})
}

func TestRunAfterACrashEndsLikeAnUndisturbedOne(t *testing.T) {
	t.Parallel()
	settings := func() map[string]any {
		return map[string]any{"salesOrders": map[string]any{"importedStatus": "Production", "cancelWithdrawn": true}}
	}
	seed := func(t *testing.T) *harness.Harness {
		h := harness.New(t, settings())
		product, _ := kettle(h)
		withdrawn, edited := another(h, product), another(h, product)
		run(h)
		later(h)
		h.Company.SetStatus(withdrawn, office24.StatusInactive)
		h.Company.EditOrder(edited, makeUrgent)
		another(h, h.Company.AddProduct(office24.Product{No: "NY"}))
		return h
	}
	end := func(h *harness.Harness) string {
		type line struct{ Number, Remark, Status string }
		var lines []line
		for _, o := range h.GoodsOwner.Orders() {
			lines = append(lines, line{o.Number, fmt.Sprint(o.Body["orderRemark"]), strconv.Itoa(o.Status)})
		}
		for _, o := range h.Company.Orders() {
			lines = append(lines, line{fmt.Sprint(o.ID), o.InvoiceTitle, string(o.Status)})
		}
		for _, a := range h.GoodsOwner.Articles() {
			lines = append(lines, line{a.Number, fmt.Sprint(a.Body["articleName"]), ""})
		}
		text, _ := json.MarshalIndent(lines, "", " ")
		return string(text)
	}
	undisturbed := seed(t)
	run(undisturbed)
	for n, crashed := 1, true; crashed; n++ {
		h := seed(t)
		crashed = harness.Crash(h, Function(), nil, n)
		run(h)
		if diff := cmp.Diff(end(undisturbed), end(h)); diff != "" {
			t.Errorf("crash after write %d: -undisturbed +crashed\n%s", n, diff)
		}
		_, _, before := h.VendorCalls()
		row := run(h)
		if _, _, after := h.VendorCalls(); row.Outcome != runner.OK || after != before {
			t.Errorf("crash after write %d: the next run still wrote: %+v", n, row)
		}
	}
}
