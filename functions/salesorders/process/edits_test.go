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
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/harness"
)

// imported is a bench whose kettle order stands in Ongoing.
func imported(t *testing.T, settings map[string]any) (*harness.Harness, office24.OrderID) {
	t.Helper()
	b := harness.New(t, settings)
	_, id := kettle(b)
	want(t, b, run(b), runner.OK, 1, 0, 0, 0)
	later(b)
	return b, id
}

func haste(o *office24.Order) { o.InvoiceTitle = "Haster" }

// puts counts the writes of orders.
func puts(b *harness.Harness) int {
	return len(slices.DeleteFunc(writes(b), func(w string) bool { return !strings.HasPrefix(w, "PUT /orders") }))
}

// TestEdited: an order that is edited is sent again, all of it.
func TestEdited(t *testing.T) {
	t.Parallel()
	b, id := imported(t, nil)
	second := b.Company.AddProduct(office24.Product{No: "LOKK", Name: "Lokk"})
	b.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows[0].Quantity, o.Addresses.Delivery.Street = harness.Dec("5"), "Nyveien 2"
		o.Rows = append(o.Rows, office24.Row{ProductID: second, Quantity: harness.Dec("1")})
	})
	want(t, b, run(b), runner.OK, 1, 0, 0, 0)
	o := sent(t, b, id)
	consignee := o.Body["consignee"].(map[string]any)
	if consignee["address1"] != "Nyveien 2" || consignee["name"] != "Blåbær & Sønn, avd. Nord" || len(o.Lines) != 2 || o.Lines[0].Ordered.String() != "5" || o.Lines[1].Article != "LOKK" {
		t.Errorf("got %+v", o)
	}
	if len(b.GoodsOwner.Orders()) != 1 {
		t.Error("a second order was made")
	}
	want(t, b, run(b), runner.OK, 0, 1, 0, 0)
}

// TestRowRemoved: a row that is gone is gone from Ongoing; an order without any is a question.
func TestRowRemoved(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	product, id := kettle(b)
	b.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ProductID: product, Quantity: harness.Dec("9")})
	})
	want(t, b, run(b), runner.OK, 1, 0, 0, 0)
	b.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[1:] })
	want(t, b, run(b), runner.OK, 1, 0, 0, 0)
	if o := sent(t, b, id); len(o.Lines) != 1 || o.Lines[0].Ordered.String() != "9" {
		t.Errorf("lines %+v", o.Lines)
	}
	b.Company.EditOrder(id, func(o *office24.Order) { o.Rows = []office24.Row{{Type: office24.RowText, Name: "Utgår"}} })
	want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, b, id, "rejected", "has no row left that can be sent; cancel it in Ongoing")
}

// TestRowThatStays: whether Ongoing removes a row that is no longer sent is not documented. If it does not, the
// warehouse would send too much, and a person is told; the order counts as sent once the row is gone there.
func TestRowThatStays(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	product, id := kettle(b)
	b.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ID: 91823, ProductID: product, Quantity: harness.Dec("9")})
	})
	want(t, b, run(b), runner.OK, 1, 0, 0, 0)
	later(b)
	stays := true
	b.Intercept(func(r *http.Request, answer string) string {
		if !stays || !strings.Contains(r.URL.Path, "/orders") || strings.Contains(answer, `"rowNumber":"91823"`) {
			return answer
		}
		return strings.Replace(answer, `"orderLines":[`, `"orderLines":[{"id":1,"rowNumber":"91823","article":{"articleNumber":"KJE-17"},"orderedNumberOfItems":9.000},`, 1)
	})
	b.Company.EditOrder(id, func(o *office24.Order) { o.Rows = o.Rows[:1] })
	want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, b, id, "rejected", "rows 91823 were removed in 24SevenOffice but still stand in Ongoing; remove them there")
	stays = false
	later(b)
	want(t, b, run(b), runner.OK, 0, 1, 0, 0)
	if b.Record(fmt.Sprintf("failure#salesorders#%d", id)) != nil {
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
			b := harness.New(t, nil)
			product, id := kettle(b)
			b.Company.EditProduct(product, func(p *office24.Product) { p.Weight = harness.Dec("4711") })
			b.Company.EditOrder(id, func(o *office24.Order) { o.OrderTotalVat = harness.Dec("4711") })
			fine := b.Company.AddProduct(office24.Product{No: "FIN"})
			goods := []office24.OrderID{b.Company.AddOrder(office24.Order{ID: 40001, CustomerID: 5120, Status: office24.StatusConfirmed,
				DateOrdered: b.Clock.Now(), Rows: []office24.Row{{ProductID: fine, Quantity: harness.Dec("1")}}}), another(b, fine)}
			f, spared := Function(), 0
			switch name {
			case "in a later portion":
				f, spared = function(limits{held: 1, planned: 100, portion: 1}), 1
			case "while it is applied":
				spared = 1
			}
			answers := 0
			b.Intercept(func(_ *http.Request, answer string) string {
				if !strings.Contains(answer, test.from) {
					return answer
				}
				if answers++; answers <= spared {
					return answer
				}
				return strings.Replace(answer, test.from, test.to, 1)
			})
			want(t, b, harness.Run(b, f, nil), runner.Partial, 2, 0, 1, 0)
			wantFailure(t, b, id, "rejected", test.reason)
			for _, good := range goods {
				sent(t, b, good)
			}
		})
	}
}

// TestEditedAfterTheStart: once the warehouse has begun, an edit becomes a failure that says so, and nothing more is
// sent until the order is edited again and the warehouse lets it.
func TestEditedAfterTheStart(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(b *harness.Harness, number string) error{
		"allocated": func(b *harness.Harness, number string) error { return b.GoodsOwner.SetOrderStatus(number, 320) },
		"picked in part, the status as before": func(b *harness.Harness, number string) error {
			if err := b.GoodsOwner.SetStock("KJE-17", *harness.Dec("9")); err != nil {
				return err
			}
			return b.GoodsOwner.Pick(number, "91822", *harness.Dec("1"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, id := imported(t, nil)
			if err := start(b, strconv.Itoa(int(id))); err != nil {
				t.Fatal(err)
			}
			b.Company.EditOrder(id, haste)
			before := puts(b)
			want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
			wantFailure(t, b, id, "final", "the warehouse has started on order 40557")
			for range 5 {
				b.Clock.Forward(25 * time.Hour)
				run(b)
			}
			if puts(b) != before {
				t.Errorf("%d writes", puts(b)-before)
			}
			b.Company.EditOrder(id, func(o *office24.Order) { o.InvoiceTitle = "Ring før levering" }) // undone
			b.Clock.Forward(25 * time.Hour)
			want(t, b, run(b), runner.OK, 0, 1, 0, 0)
		})
	}
}

// TestStartedMeanwhile: the warehouse begins between our reading and our writing; the same failure comes of it.
func TestStartedMeanwhile(t *testing.T) {
	t.Parallel()
	b, id := imported(t, nil)
	b.Company.EditOrder(id, haste)
	reads := 0
	b.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" {
			if reads++; reads == 2 { // the plan is made
				if err := b.GoodsOwner.SetOrderStatus(strconv.Itoa(int(id)), 320); err != nil {
					t.Error(err)
				}
			}
		}
	})
	before := puts(b)
	want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, b, id, "final", "the warehouse has started on order 40557")
	if puts(b) != before {
		t.Error("it was tried all the same")
	}
}

// TestStartedUnseen: Ongoing refuses what it showed as changeable; its words are understood.
func TestStartedUnseen(t *testing.T) {
	t.Parallel()
	b, id := imported(t, nil)
	b.Company.EditOrder(id, haste)
	b.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /orders", Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"Order '40557' may not be updated.<br/>Work has started."}`})
	want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, b, id, "final", "the warehouse has started on order 40557")
}

// TestCancelledByHand: an order that was cancelled in Ongoing is not revived by an edit; one that is not edited is no
// trouble at all.
func TestCancelledByHand(t *testing.T) {
	t.Parallel()
	b, id := imported(t, nil)
	if err := b.GoodsOwner.CancelOrder("40557"); err != nil {
		t.Fatal(err)
	}
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
	b.Company.EditOrder(id, haste)
	before := puts(b)
	want(t, b, run(b), runner.Partial, 0, 0, 0, 1)
	wantFailure(t, b, id, "held", "order 40557 was cancelled in Ongoing by hand and is not sent again")
	if o := sent(t, b, id); puts(b) != before || o.Status != 1000 {
		t.Errorf("got %+v", o)
	}
}

// TestNumberTaken: an order in Ongoing that is not ours is never overwritten.
func TestNumberTaken(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]string{"made by hand": "", "another system's": "web-40557"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := harness.New(t, nil)
			b.AddStockedProduct("KJE-17", "5")
			o := order40557()
			o.DateOrdered = b.Clock.Now()
			id := b.Company.AddOrder(o)
			foreign := ongoing.OrderBody{OrderNumber: "40557", GoodsOwnerOrderID: owner, DeliveryDate: "2026-11-30", OrderRemark: "privat",
				OrderLines: []ongoing.OrderLine{{RowNumber: "1", ArticleNumber: "KJE-17", NumberOfItems: *harness.Dec("1")}}}
			if _, err := b.OngoingClient().PutOrder(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
			wantFailure(t, b, id, "rejected", "order number 40557 belongs to another order in Ongoing")
			if o := sent(t, b, id); o.Body["orderRemark"] != "privat" {
				t.Errorf("it was overwritten: %v", o.Body)
			}
			later(b)
			set(t, b, map[string]any{"orderNumberPrefix": "SO-"})
			want(t, b, run(b), runner.OK, 1, 0, 0, 0)
			if _, ok := b.GoodsOwner.Order("SO-40557"); !ok {
				t.Error("the prefix was no remedy")
			}
		})
	}
}

// forget removes a record of the customer's state.
func forget(t *testing.T, b *harness.Harness, record string) {
	t.Helper()
	table := dynamodbtest.StateTable
	_, err := b.DynamoDB.Client().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &table, Key: map[string]types.AttributeValue{
		naming.PartitionKey: &types.AttributeValueMemberS{Value: b.ID}, naming.SortKey: &types.AttributeValueMemberS{Value: record},
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
		b, id := imported(t, nil)
		for _, record := range []string{"order#40557", "cursor#salesorders"} {
			forget(t, b, record)
		}
		return b, id
	}
	t.Run("as it should be", func(t *testing.T) {
		t.Parallel()
		b, id := lost(t)
		before := len(writes(b))
		want(t, b, run(b), runner.OK, 0, 1, 0, 0)
		if l := link(b, id); len(writes(b)) != before || l["ongoingId"] != float64(sent(t, b, id).ID) || l["fingerprint"] == nil {
			t.Errorf("%d writes, link %v", len(writes(b))-before, l)
		}
		want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
	})
	t.Run("edited meanwhile", func(t *testing.T) {
		t.Parallel()
		b, id := lost(t)
		b.Company.EditOrder(id, haste)
		want(t, b, run(b), runner.OK, 1, 0, 0, 0)
		if o := sent(t, b, id); o.Body["orderRemark"] != "Haster" || len(b.GoodsOwner.Orders()) != 1 {
			t.Errorf("orders %+v", b.GoodsOwner.Orders())
		}
	})
	t.Run("being worked on", func(t *testing.T) {
		t.Parallel()
		b, id := lost(t)
		if err := b.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		want(t, b, run(b), runner.OK, 0, 1, 0, 0)
		if link(b, id)["ongoingId"] == nil {
			t.Error("it did not become known")
		}
	})
	t.Run("edited and being worked on", func(t *testing.T) {
		t.Parallel()
		b, id := lost(t)
		if err := b.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		b.Company.EditOrder(id, haste)
		want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
		wantFailure(t, b, id, "final", "has started")
		if link(b, id)["ongoingId"] == nil {
			t.Error("it did not become known")
		}
		b.Clock.Forward(25 * time.Hour)
		want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	})
	t.Run("edited and being worked on, with a status on import", func(t *testing.T) {
		t.Parallel()
		b, id := lost(t)
		if err := b.GoodsOwner.SetOrderStatus("40557", 400); err != nil {
			t.Fatal(err)
		}
		b.Company.EditOrder(id, haste)
		set(t, b, map[string]any{"importedStatus": "Production"})
		want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
		wantFailure(t, b, id, "final", "has started")
		if o, _ := b.Company.Order(id); o.Status != office24.StatusProduction {
			t.Errorf("it stands in Ongoing and has the status %s", o.Status)
		}
		b.Clock.Forward(25 * time.Hour)
		want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	})
}

// TestRenumberedInOngoing: an order that only got another number there is not delivered twice; one that is gone there
// is made again.
func TestRenumberedInOngoing(t *testing.T) {
	t.Parallel()
	b, id := imported(t, nil)
	o := sent(t, b, id)
	renumber := func(number string) {
		body := body40557()
		body.OrderNumber = number
		if _, err := b.OngoingClient().UpdateOrder(t.Context(), ongoing.OrderID(o.ID), body); err != nil {
			t.Fatal(err)
		}
	}
	renumber("40557-B")
	b.Company.EditOrder(id, haste)
	want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
	wantFailure(t, b, id, "rejected", `has the number "40557-B" in Ongoing now`)
	if len(b.GoodsOwner.Orders()) != 1 {
		t.Errorf("orders %+v", b.GoodsOwner.Orders())
	}
	renumber("40557")
	later(b)
	want(t, b, run(b), runner.OK, 1, 0, 0, 0)

	warehouse := b.Ongoing.Warehouse("lager")
	b.GoodsOwner = warehouse.GoodsOwner(99, "ny vareeier")
	warehouse.AddUser(b.Secret.Ongoing.Username, b.Secret.Ongoing.Password, b.GoodsOwner)
	b.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = 99
	if err := b.PutSettings(t.Context(), b.Settings); err != nil {
		t.Fatal(err)
	}
	if _, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "KJE-17"}); err != nil {
		t.Fatal(err)
	}
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 1, 0, 0, 0)
	sent(t, b, id)
}

// TestFull compares with what stands in Ongoing, repairs what differs there, and leaves alone what the warehouse has
// begun.
func TestFull(t *testing.T) {
	t.Parallel()
	b, id := imported(t, nil)
	full := map[string]any{"full": true}
	before := b.Record("order#40557")
	want(t, b, harness.Run(b, Function(), full), runner.OK, 0, 1, 0, 0)
	if !cmp.Equal(before, b.Record("order#40557")) {
		t.Error("the link was written for nothing")
	}
	spoil := func() {
		body := body40557()
		body.OrderRemark = "feil"
		if _, err := b.OngoingClient().PutOrder(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	spoil()
	want(t, b, run(b), runner.OK, 0, whatever, 0, 0)
	want(t, b, harness.Run(b, Function(), full), runner.OK, 1, 0, 0, 0)
	if o := sent(t, b, id); o.Body["orderRemark"] != "Ring før levering" {
		t.Errorf("got %v", o.Body["orderRemark"])
	}
	spoil()
	if err := b.GoodsOwner.SetOrderStatus("40557", 320); err != nil {
		t.Fatal(err)
	}
	want(t, b, harness.Run(b, Function(), full), runner.OK, 0, 1, 0, 0)
}

// TestMovedMeanwhile: what happens to an order between our reading and our writing is seen, and nothing stale is sent.
func TestMovedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(b *harness.Harness, id office24.OrderID){
		"edited":    func(b *harness.Harness, id office24.OrderID) { b.Company.EditOrder(id, haste) },
		"withdrawn": func(b *harness.Harness, id office24.OrderID) { b.Company.SetStatus(id, office24.StatusInactive) },
		"deleted":   func(b *harness.Harness, id office24.OrderID) { b.Company.DeleteOrder(id) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := harness.New(t, nil)
			product, id := kettle(b)
			other := another(b, product)
			reads := 0
			b.Office24.Before(func(c office24test.Call) {
				if c.Operation == "GetInvoices" {
					if reads++; reads == 2 {
						move(b, id)
					}
				}
			})
			want(t, b, run(b), runner.Partial, 1, 0, 1, 0)
			wantFailure(t, b, id, "conflict", "order 40557 was changed in 24SevenOffice while it was being sent")
			if _, ok := b.GoodsOwner.Order("40557"); ok {
				t.Error("it was sent as it was before")
			}
			sent(t, b, other)
			later(b)
			row := run(b)
			if o, ok := b.GoodsOwner.Order("40557"); ok != (name == "edited") || ok && o.Body["orderRemark"] != "Haster" {
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
	status := func(b *harness.Harness, id office24.OrderID) office24.OrderStatus {
		o, _ := b.Company.Order(id)
		return o.Status
	}
	t.Run("and a person may move it back", func(t *testing.T) {
		t.Parallel()
		b, id := imported(t, settings())
		if got := status(b, id); got != office24.StatusProduction || link(b, id)["status"] != "Production" {
			t.Errorf("status %s, link %v", got, link(b, id))
		}
		b.Company.SetStatus(id, office24.StatusConfirmed)
		want(t, b, run(b), runner.OK, 0, 1, 0, 0)
		want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 1, 0, 0)
		if got := status(b, id); got != office24.StatusConfirmed {
			t.Errorf("it was set again: %s", got)
		}
	})
	t.Run("edits in it are still sent", func(t *testing.T) {
		t.Parallel()
		b, id := imported(t, settings())
		b.Company.EditOrder(id, haste)
		want(t, b, run(b), runner.OK, 1, 0, 0, 0)
		if o := sent(t, b, id); o.Body["orderRemark"] != "Haster" || status(b, id) != office24.StatusProduction {
			t.Errorf("got %v, status %s", o.Body["orderRemark"], status(b, id))
		}
	})
	t.Run("orders that came into it some other way are not ours", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, settings())
		_, id := kettle(b)
		b.Company.SetStatus(id, office24.StatusProduction)
		row := run(b)
		if row.Skipped != 1 || len(b.GoodsOwner.Orders()) != 0 {
			t.Errorf("got %+v", row)
		}
	})
	t.Run("rows, addresses and texts are left alone", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, settings())
		_, id := kettle(b)
		before, _ := b.Company.Order(id)
		want(t, b, run(b), runner.OK, 1, 0, 0, 0)
		after, _ := b.Company.Order(id)
		before.Status, before.DateChanged = after.Status, after.DateChanged
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("-before +after\n%s", diff)
		}
	})
	t.Run("orders imported before it was switched on follow", func(t *testing.T) {
		t.Parallel()
		b, id := imported(t, nil)
		set(t, b, map[string]any{"importedStatus": "Production"})
		b.Company.EditOrder(id, func(o *office24.Order) { o.OurReference = 7 }) // nothing that is sent
		before := puts(b)
		want(t, b, run(b), runner.OK, 1, 0, 0, 0)
		if status(b, id) != office24.StatusProduction || puts(b) != before {
			t.Errorf("status %s, %d writes of orders", status(b, id), puts(b)-before)
		}
	})
	t.Run("a refusal is tried again and stands in the way of nothing", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, settings())
		_, id := kettle(b)
		b.Office24.Fault(office24test.Fault{Op: "SaveInvoices", Times: -1, Kind: office24test.ItemException,
			Type: "Office24Seven.Library.Economy.Accounting.DepartmentIsRequiredException", Text: "Department is required"})
		want(t, b, run(b), runner.Partial, 0, 0, 1, 0)
		wantFailure(t, b, id, "rejected", "Department is required")
		sent(t, b, id)
		b.Company.EditOrder(id, haste)
		run(b)
		if sent(t, b, id).Body["orderRemark"] != "Haster" {
			t.Error("the order did not go out because of its status")
		}
		b.Office24.ClearFaults()
		later(b)
		want(t, b, run(b), runner.OK, 1, 0, 0, 0)
		if status(b, id) != office24.StatusProduction {
			t.Errorf("status %s", status(b, id))
		}
	})
	t.Run("nor is it set again where the run died before it could note that it had", func(t *testing.T) {
		t.Parallel()
		for n, crashed, met := 1, true, false; !met; n++ {
			if !crashed {
				t.Fatal("no write of the run was the status")
			}
			b := harness.New(t, settings())
			_, id := kettle(b)
			crashed = harness.Crash(b, Function(), nil, n)
			if met = status(b, id) == office24.StatusProduction && link(b, id)["statusSetAt"] == nil; !met {
				continue
			}
			want(t, b, run(b), runner.OK, 0, 1, 0, 0)
			b.Company.SetStatus(id, office24.StatusConfirmed)
			want(t, b, run(b), runner.OK, 0, 1, 0, 0)
			if got := status(b, id); got != office24.StatusConfirmed {
				t.Errorf("it was set again: %s", got)
			}
		}
	})
	t.Run("a person who is faster is right", func(t *testing.T) {
		t.Parallel()
		b := harness.New(t, settings())
		_, id := kettle(b)
		b.Office24.Before(func(c office24test.Call) {
			if len(b.GoodsOwner.Orders()) > 0 {
				b.Company.SetStatus(id, office24.StatusForInvoicing)
			}
		})
		want(t, b, run(b), runner.OK, 1, 0, 0, 0)
		b.Office24.Before(nil)
		if status(b, id) != office24.StatusForInvoicing || len(b.Office24.Writes()) != 0 {
			t.Errorf("status %s, writes %v", status(b, id), b.Office24.Writes())
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
		b := harness.New(t, settings())
		product, _ := kettle(b)
		withdrawn, edited := another(b, product), another(b, product)
		run(b)
		later(b)
		b.Company.SetStatus(withdrawn, office24.StatusInactive)
		b.Company.EditOrder(edited, haste)
		another(b, b.Company.AddProduct(office24.Product{No: "NY"}))
		return b
	}
	end := func(b *harness.Harness) string {
		type line struct{ Number, Remark, Status string }
		var lines []line
		for _, o := range b.GoodsOwner.Orders() {
			lines = append(lines, line{o.Number, fmt.Sprint(o.Body["orderRemark"]), strconv.Itoa(o.Status)})
		}
		for _, o := range b.Company.Orders() {
			lines = append(lines, line{fmt.Sprint(o.ID), o.InvoiceTitle, string(o.Status)})
		}
		for _, a := range b.GoodsOwner.Articles() {
			lines = append(lines, line{a.Number, fmt.Sprint(a.Body["articleName"]), ""})
		}
		text, _ := json.MarshalIndent(lines, "", " ")
		return string(text)
	}
	calm := seed(t)
	run(calm)
	for n, crashed := 1, true; crashed; n++ {
		b := seed(t)
		crashed = harness.Crash(b, Function(), nil, n)
		run(b)
		if diff := cmp.Diff(end(calm), end(b)); diff != "" {
			t.Errorf("crash behind write %d: -calm +crashed\n%s", n, diff)
		}
		_, _, before := b.VendorCalls()
		row := run(b)
		if _, _, after := b.VendorCalls(); row.Outcome != runner.OK || after != before {
			t.Errorf("crash behind write %d: something was left to do: %+v", n, row)
		}
	}
}
