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

// imported is a bench whose kettle order stands in Ongoing.
func imported(t *testing.T, settings map[string]any) (*harness.Harness, office24.OrderID) {
	t.Helper()
	h := harness.New(t, settings)
	_, id := kettle(h)
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	later(h)
	return h, id
}

func haste(o *office24.Order) { o.InvoiceTitle = "Haster" }

// puts counts the writes of orders.
func puts(h *harness.Harness) int {
	return len(slices.DeleteFunc(writes(h), func(w string) bool { return !strings.HasPrefix(w, "PUT /orders") }))
}

// TestEdited: an order that is edited is sent again, all of it.
func TestEdited(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	second := h.Company.AddProduct(office24.Product{No: "LOKK", Name: "Lokk"})
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows[0].Quantity, o.Addresses.Delivery.Street = harness.Dec("5"), "Nyveien 2"
		o.Rows = append(o.Rows, office24.Row{ProductID: second, Quantity: harness.Dec("1")})
	})
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	o := sent(t, h, id)
	consignee := o.Body["consignee"].(map[string]any)
	if consignee["address1"] != "Nyveien 2" || consignee["name"] != "Blåbær & Sønn, avd. Nord" || len(o.Lines) != 2 || o.Lines[0].Ordered.String() != "5" || o.Lines[1].Article != "LOKK" {
		t.Errorf("got %+v", o)
	}
	if len(h.GoodsOwner.Orders()) != 1 {
		t.Error("a second order was made")
	}
	want(t, h, run(h), runner.OK, 0, 1, 0, 0)
}

// TestRowRemoved: a row that is gone is gone from Ongoing; an order without any is a question.
func TestRowRemoved(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ProductID: product, Quantity: harness.Dec("9")})
	})
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[1:] })
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	if o := sent(t, h, id); len(o.Lines) != 1 || o.Lines[0].Ordered.String() != "9" {
		t.Errorf("lines %+v", o.Lines)
	}
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = []office24.Row{{Type: office24.RowText, Name: "Utgår"}} })
	want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, h, id, "rejected", "has no row left that can be sent; cancel it in Ongoing")
}

// TestRowThatStays: whether Ongoing removes a row that is no longer sent is not documented. If it does not, the
// warehouse would send too much, and a person is told; the order counts as sent once the row is gone there.
func TestRowThatStays(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ID: 91823, ProductID: product, Quantity: harness.Dec("9")})
	})
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)
	later(h)
	stays := true
	h.Intercept(func(r *http.Request, answer string) string {
		if !stays || !strings.Contains(r.URL.Path, "/orders") || strings.Contains(answer, `"rowNumber":"91823"`) {
			return answer
		}
		return strings.Replace(answer, `"orderLines":[`, `"orderLines":[{"id":1,"rowNumber":"91823","article":{"articleNumber":"KJE-17"},"orderedNumberOfItems":9.000},`, 1)
	})
	h.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[:1] })
	want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, h, id, "rejected", "rows 91823 were removed in 24SevenOffice but are still in Ongoing; remove them there")
	stays = false
	later(h)
	want(t, h, run(h), runner.OK, 0, 1, 0, 0)
	if h.Record(fmt.Sprintf("failure#salesorders#%d", id)) != nil {
		t.Error("the failure record outlived its reason")
	}
}

// TestUnreadableOrder: an answer in which one order, or one product, cannot be understood is good for all the others.
func TestUnreadableOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, reason string }{
		"an order":            {"<OrderTotalVat>4711.0000</OrderTotalVat>", "<OrderTotalVat>much</OrderTotalVat>", "order 40557 cannot be understood: OrderTotalVat is no decimal number"},
		"a product of one":    {"<Weight>4711.0000</Weight>", "<Weight>heavy</Weight>", "product 7001 cannot be understood: Weight is no decimal number"},
		"in a later portion":  {"<OrderTotalVat>4711.0000</OrderTotalVat>", "<OrderTotalVat>much</OrderTotalVat>", "order 40557 cannot be understood"},
		"while it is applied": {"<OrderTotalVat>4711.0000</OrderTotalVat>", "<OrderTotalVat>much</OrderTotalVat>", "order 40557 cannot be understood"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, id := kettle(h)
			h.Company.EditProduct(product, func(p *office24.Product) { p.Weight = harness.Dec("4711") })
			h.Company.EditOrder(id, func(o *office24.Order) { o.OrderTotalVat = harness.Dec("4711") })
			fine := h.Company.AddProduct(office24.Product{No: "FIN"})
			goods := []office24.OrderID{h.Company.AddOrder(office24.Order{ID: 40001, CustomerID: 5120, Status: office24.StatusConfirmed,
				DateOrdered: h.Clock.Now(), Rows: []office24.Row{{ProductID: fine, Quantity: harness.Dec("1")}}}), another(h, fine)}
			f, spared := Function(), 0
			switch name {
			case "in a later portion":
				f, spared = function(planner.Limits{Kept: 1, Planned: 100, BatchSize: 1}), 1
			case "while it is applied":
				spared = 1
			}
			answers := 0
			h.Intercept(func(_ *http.Request, answer string) string {
				if !strings.Contains(answer, test.from) {
					return answer
				}
				if answers++; answers <= spared {
					return answer
				}
				return strings.Replace(answer, test.from, test.to, 1)
			})
			want(t, h, harness.Run(h, f, nil), runner.Partial, 2, 0, 1, 0)
			wantFailure(t, h, id, "rejected", test.reason)
			for _, good := range goods {
				sent(t, h, good)
			}
		})
	}
}

// TestEditedAfterTheStart: once the warehouse has begun, an edit becomes a failure that says so, and nothing more is
// sent until the order is edited again and the warehouse lets it.
func TestEditedAfterTheStart(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(h *harness.Harness, number string) error{
		"allocated": func(h *harness.Harness, number string) error { return h.GoodsOwner.SetOrderStatus(number, 320) },
		"picked in part, the status as before": func(h *harness.Harness, number string) error {
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
			h.Company.EditOrder(id, haste)
			before := puts(h)
			want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
			wantFailure(t, h, id, "final", "the warehouse has started on order 40557")
			for range 5 {
				h.Clock.Forward(25 * time.Hour)
				run(h)
			}
			if puts(h) != before {
				t.Errorf("%d writes", puts(h)-before)
			}
			h.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Ring før levering" }) // undone
			h.Clock.Forward(25 * time.Hour)
			want(t, h, run(h), runner.OK, 0, 1, 0, 0)
		})
	}
}

// TestStartedMeanwhile: the warehouse begins between our reading and our writing; the same failure comes of it.
func TestStartedMeanwhile(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	h.Company.EditOrder(id, haste)
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
	want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, h, id, "final", "the warehouse has started on order 40557")
	if puts(h) != before {
		t.Error("it was tried all the same")
	}
}

// TestStartedUnseen: Ongoing refuses what it showed as changeable; its words are understood.
func TestStartedUnseen(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	h.Company.EditOrder(id, haste)
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"Order '40557' may not be updated.<br/>Work has started."}`})
	want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, h, id, "final", "the warehouse has started on order 40557")
}

// TestCancelledByHand: an order that was cancelled in Ongoing is not revived by an edit; one that is not edited is no
// trouble at all.
func TestCancelledByHand(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	if err := h.GoodsOwner.CancelOrder("40557"); err != nil {
		t.Fatal(err)
	}
	want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
	h.Company.EditOrder(id, haste)
	before := puts(h)
	want(t, h, run(h), runner.Partial, 0, 0, 0, 1)
	wantFailure(t, h, id, "held", "order 40557 was cancelled in Ongoing by hand and is not sent again")
	if o := sent(t, h, id); puts(h) != before || o.Status != 1000 {
		t.Errorf("got %+v", o)
	}
}

// TestNumberTaken: an order in Ongoing that is not ours is never overwritten.
func TestNumberTaken(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]string{"made by hand": "", "another system's": "web-40557"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			h.Stocked("KJE-17", "5")
			o := order40557()
			o.DateOrdered = h.Clock.Now()
			id := h.Company.AddOrder(o)
			foreign := ongoing.OrderBody{OrderNumber: "40557", GoodsOwnerOrderID: owner, DeliveryDate: "2026-11-30", OrderRemark: "privat",
				OrderLines: []ongoing.OrderLine{{RowNumber: "1", ArticleNumber: "KJE-17", NumberOfItems: *harness.Dec("1")}}}
			if _, err := h.Warehouse().PutOrder(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
			wantFailure(t, h, id, "rejected", "order number 40557 belongs to another order in Ongoing")
			if o := sent(t, h, id); o.Body["orderRemark"] != "privat" {
				t.Errorf("it was overwritten: %v", o.Body)
			}
			later(h)
			set(t, h, map[string]any{"orderNumberPrefix": "SO-"})
			want(t, h, run(h), runner.OK, 1, 0, 0, 0)
			if _, ok := h.GoodsOwner.Order("SO-40557"); !ok {
				t.Error("the prefix was no remedy")
			}
		})
	}
}

// forget removes a record of the customer's state.
func forget(t *testing.T, h *harness.Harness, record string) {
	t.Helper()
	table := dynamodbtest.StateTable
	_, err := h.DynamoDB.Client().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &table, Key: map[string]types.AttributeValue{
		naming.PartitionKey: &types.AttributeValueMemberS{Value: h.ID}, naming.SortKey: &types.AttributeValueMemberS{Value: record},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLostState: orders that stand in Ongoing without a link become ours again, without a second write where they are
// as they should be, and as they are where the warehouse is at work.
func TestLostState(t *testing.T) {
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
		want(t, h, run(h), runner.OK, 0, 1, 0, 0)
		if l := link(h, id); len(writes(h)) != before || l["ongoingId"] != float64(sent(t, h, id).ID) || l["fingerprint"] == nil {
			t.Errorf("%d writes, link %v", len(writes(h))-before, l)
		}
		want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
	})
	t.Run("edited meanwhile", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		h.Company.EditOrder(id, haste)
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		if o := sent(t, h, id); o.Body["orderRemark"] != "Haster" || len(h.GoodsOwner.Orders()) != 1 {
			t.Errorf("orders %+v", h.GoodsOwner.Orders())
		}
	})
	t.Run("being worked on", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		if err := h.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		want(t, h, run(h), runner.OK, 0, 1, 0, 0)
		if link(h, id)["ongoingId"] == nil {
			t.Error("it did not become known")
		}
	})
	t.Run("edited and being worked on", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		if err := h.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		h.Company.EditOrder(id, haste)
		want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
		wantFailure(t, h, id, "final", "has started")
		if link(h, id)["ongoingId"] == nil {
			t.Error("it did not become known")
		}
		h.Clock.Forward(25 * time.Hour)
		want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	})
	t.Run("edited and being worked on, with a status on import", func(t *testing.T) {
		t.Parallel()
		h, id := lost(t)
		if err := h.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		h.Company.EditOrder(id, haste)
		set(t, h, map[string]any{"importedStatus": "Production"})
		want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
		wantFailure(t, h, id, "final", "has started")
		if o, _ := h.Company.Order(id); o.Status != office24.StatusProduction {
			t.Errorf("it stands in Ongoing and has the status %s", o.Status)
		}
		h.Clock.Forward(25 * time.Hour)
		want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	})
}

// TestRenumberedInOngoing: an order that only got another number there is not delivered twice; one that is gone there
// is made again.
func TestRenumberedInOngoing(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	o := sent(t, h, id)
	renumber := func(number string) {
		body := body40557()
		body.OrderNumber = number
		if _, err := h.Warehouse().UpdateOrder(t.Context(), ongoing.OrderID(o.ID), body); err != nil {
			t.Fatal(err)
		}
	}
	renumber("40557-B")
	h.Company.EditOrder(id, haste)
	want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, h, id, "rejected", `has the number "40557-B" in Ongoing instead of 40557`)
	if len(h.GoodsOwner.Orders()) != 1 {
		t.Errorf("orders %+v", h.GoodsOwner.Orders())
	}
	renumber("40557")
	later(h)
	want(t, h, run(h), runner.OK, 1, 0, 0, 0)

	warehouse := h.Ongoing.Warehouse("lager")
	h.GoodsOwner = warehouse.GoodsOwner(99, "ny vareeier")
	warehouse.AddUser(h.Secret.Ongoing.Username, h.Secret.Ongoing.Password, h.GoodsOwner)
	h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = 99
	if err := h.PutSettings(t.Context(), h.Settings); err != nil {
		t.Fatal(err)
	}
	if _, err := h.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "KJE-17"}); err != nil {
		t.Fatal(err)
	}
	want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 1, 0, 0, 0)
	sent(t, h, id)
}

// TestFull compares with what stands in Ongoing, repairs what differs there, and leaves alone what the warehouse has
// begun.
func TestFull(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	full := map[string]any{"full": true}
	before := h.Record("order#40557")
	want(t, h, harness.Run(h, Function(), full), runner.OK, 0, 1, 0, 0)
	if !cmp.Equal(before, h.Record("order#40557")) {
		t.Error("the link was written for nothing")
	}
	spoil := func() {
		body := body40557()
		body.OrderRemark = "feil"
		if _, err := h.Warehouse().PutOrder(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	spoil()
	want(t, h, run(h), runner.OK, 0, whatever, 0, 0)
	want(t, h, harness.Run(h, Function(), full), runner.OK, 1, 0, 0, 0)
	if o := sent(t, h, id); o.Body["orderRemark"] != "Ring før levering" {
		t.Errorf("got %v", o.Body["orderRemark"])
	}
	spoil()
	if err := h.GoodsOwner.SetOrderStatus("40557", 320); err != nil {
		t.Fatal(err)
	}
	want(t, h, harness.Run(h, Function(), full), runner.OK, 0, 1, 0, 0)
}

// TestMovedMeanwhile: what happens to an order between our reading and our writing is seen, and nothing stale is sent.
func TestMovedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(h *harness.Harness, id office24.OrderID){
		"edited":    func(h *harness.Harness, id office24.OrderID) { h.Company.EditOrder(id, haste) },
		"withdrawn": func(h *harness.Harness, id office24.OrderID) { h.Company.SetStatus(id, office24.StatusInactive) },
		"deleted":   func(h *harness.Harness, id office24.OrderID) { h.Company.DeleteOrder(id) },
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
						move(h, id)
					}
				}
			})
			want(t, h, run(h), runner.Partial, 1, 0, 1, 0)
			wantFailure(t, h, id, "conflict", "order 40557 was changed in 24SevenOffice while it was being sent")
			if _, ok := h.GoodsOwner.Order("40557"); ok {
				t.Error("it was sent as it was before")
			}
			sent(t, h, other)
			later(h)
			row := run(h)
			if o, ok := h.GoodsOwner.Order("40557"); ok != (name == "edited") || ok && o.Body["orderRemark"] != "Haster" {
				t.Errorf("afterwards: %+v, order %v %+v", row, ok, o)
			}
			if row.Outcome != runner.OK {
				t.Errorf("the conflict is not over: %+v", row)
			}
		})
	}
}

// TestImportedStatus is set once the order stands in Ongoing, once and for all.
func TestImportedStatus(t *testing.T) {
	t.Parallel()
	settings := func() map[string]any {
		return map[string]any{"salesOrders": map[string]any{"importedStatus": "Production"}}
	}
	status := func(h *harness.Harness, id office24.OrderID) office24.OrderStatus {
		o, _ := h.Company.Order(id)
		return o.Status
	}
	t.Run("and a person may move it back", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, settings())
		if got := status(h, id); got != office24.StatusProduction || link(h, id)["status"] != "Production" {
			t.Errorf("status %s, link %v", got, link(h, id))
		}
		h.Company.SetStatus(id, office24.StatusConfirmed)
		want(t, h, run(h), runner.OK, 0, 1, 0, 0)
		want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
		if got := status(h, id); got != office24.StatusConfirmed {
			t.Errorf("it was set again: %s", got)
		}
	})
	t.Run("edits in it are still sent", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, settings())
		h.Company.EditOrder(id, haste)
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		if o := sent(t, h, id); o.Body["orderRemark"] != "Haster" || status(h, id) != office24.StatusProduction {
			t.Errorf("got %v, status %s", o.Body["orderRemark"], status(h, id))
		}
	})
	t.Run("orders that came into it some other way are not ours", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		h.Company.SetStatus(id, office24.StatusProduction)
		row := run(h)
		if row.Skipped != 1 || len(h.GoodsOwner.Orders()) != 0 {
			t.Errorf("got %+v", row)
		}
	})
	t.Run("rows, addresses and texts are left alone", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		before, _ := h.Company.Order(id)
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		after, _ := h.Company.Order(id)
		before.Status, before.DateChanged = after.Status, after.DateChanged
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("-before +after\n%s", diff)
		}
	})
	t.Run("orders imported before it was switched on follow", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, nil)
		set(t, h, map[string]any{"importedStatus": "Production"})
		h.Company.EditOrder(id, func(o *office24.Order) { o.OurReference = 7 }) // nothing that is sent
		before := puts(h)
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		if status(h, id) != office24.StatusProduction || puts(h) != before {
			t.Errorf("status %s, %d writes of orders", status(h, id), puts(h)-before)
		}
	})
	t.Run("a refusal is tried again and stands in the way of nothing", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		h.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Times: -1, Kind: office24test.ItemException,
			Type: "Office24Seven.Library.Economy.Accounting.DepartmentIsRequiredException", Text: "Department is required"})
		want(t, h, run(h), runner.Partial, 0, 0, 1, 0)
		wantFailure(t, h, id, "rejected", "Department is required")
		sent(t, h, id)
		h.Company.EditOrder(id, haste)
		run(h)
		if sent(t, h, id).Body["orderRemark"] != "Haster" {
			t.Error("the order did not go out because of its status")
		}
		h.Office24.ClearFaults()
		later(h)
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		if status(h, id) != office24.StatusProduction {
			t.Errorf("status %s", status(h, id))
		}
	})
	t.Run("nor is it set again where the run died before it could note that it had", func(t *testing.T) {
		t.Parallel()
		for n, crashed, met := 1, true, false; !met; n++ {
			if !crashed {
				t.Fatal("no write of the run was the status")
			}
			h := harness.New(t, settings())
			_, id := kettle(h)
			crashed = harness.Crash(h, Function(), nil, n)
			if met = status(h, id) == office24.StatusProduction && link(h, id)["statusSetAt"] == nil; !met {
				continue
			}
			want(t, h, run(h), runner.OK, 0, 1, 0, 0)
			h.Company.SetStatus(id, office24.StatusConfirmed)
			want(t, h, run(h), runner.OK, 0, 1, 0, 0)
			if got := status(h, id); got != office24.StatusConfirmed {
				t.Errorf("it was set again: %s", got)
			}
		}
	})
	t.Run("a person who is faster is right", func(t *testing.T) {
		t.Parallel()
		h := harness.New(t, settings())
		_, id := kettle(h)
		h.Office24.Before(func(c office24test.Call) {
			if len(h.GoodsOwner.Orders()) > 0 {
				h.Company.SetStatus(id, office24.StatusForInvoicing)
			}
		})
		want(t, h, run(h), runner.OK, 1, 0, 0, 0)
		h.Office24.Before(nil)
		if status(h, id) != office24.StatusForInvoicing || len(h.Office24.Writes()) != 0 {
			t.Errorf("status %s, writes %v", status(h, id), h.Office24.Writes())
		}
	})
}

// TestCrash: killed behind any write and run again, the end is the same as without.
func TestCrash(t *testing.T) {
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
		h.Company.EditOrder(edited, haste)
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
	calm := seed(t)
	run(calm)
	for n, crashed := 1, true; crashed; n++ {
		h := seed(t)
		crashed = harness.Crash(h, Function(), nil, n)
		run(h)
		if diff := cmp.Diff(end(calm), end(h)); diff != "" {
			t.Errorf("crash behind write %d: -calm +crashed\n%s", n, diff)
		}
		_, _, before := h.VendorCalls()
		row := run(h)
		if _, _, after := h.VendorCalls(); row.Outcome != runner.OK || after != before {
			t.Errorf("crash behind write %d: something was left to do: %+v", n, row)
		}
	}
}
