package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// only returns the only order in Ongoing.
func only(t *testing.T, h *harness.Harness) ongoingtest.OrderState {
	t.Helper()
	all := h.GoodsOwner.Orders()
	if len(all) != 1 {
		t.Fatalf("%d orders in Ongoing: %+v", len(all), all)
	}
	return all[0]
}

// notes returns the notes of the last run's record.
func notes(h *harness.Harness) (notes []string) {
	records := h.Records()
	last := ""
	for name := range records {
		if strings.HasPrefix(name, "run#salesorders#") {
			last = max(last, name)
		}
	}
	list, _ := records[last]["notes"].([]any)
	for _, n := range list {
		notes = append(notes, n.(string))
	}
	return notes
}

func TestOrderRenumberedInOngoingIsNotSentTwice(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]func(*harness.Harness, office24.OrderID) runner.Row{
		"edited": func(h *harness.Harness, id office24.OrderID) runner.Row {
			h.Company.EditOrder(id, makeUrgent)
			return run(h)
		},
		"edited again, and named": func(h *harness.Harness, id office24.OrderID) runner.Row {
			h.Company.EditOrder(id, makeUrgent)
			return harness.Run(h, Function(), map[string]any{"keys": []string{"40557"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id := imported(t, nil)
			if err := h.GoodsOwner.RenumberOrder("40557", "40557-B"); err != nil {
				t.Fatal(err)
			}
			expect(t, h, later(h, id), want{written: 1})
			if o := only(t, h); o.Number != "40557-B" || o.Body["orderRemark"] != "Haster" {
				t.Errorf("got %+v", o)
			}
			if l := link(h, id); l["orderNumber"] != "40557-B" {
				t.Errorf("link %v", l)
			}
			expect(t, h, runFull(h), want{unchanged: 1})
		})
	}
	t.Run("a full run stores the number", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, nil)
		if err := h.GoodsOwner.RenumberOrder("40557", "40557-B"); err != nil {
			t.Fatal(err)
		}
		if err := h.GoodsOwner.SetOrderStatus("40557-B", 320); err != nil {
			t.Fatal(err)
		}
		before := len(writes(h))
		expect(t, h, runFull(h), want{unchanged: 1})
		if l := link(h, id); l["orderNumber"] != "40557-B" || len(writes(h)) != before {
			t.Errorf("link %v, writes %v", l, writes(h))
		}
	})
	t.Run("its number is another order's now", func(t *testing.T) {
		t.Parallel()
		h, id := imported(t, nil)
		if err := h.GoodsOwner.RenumberOrder("40557", "40557-B"); err != nil {
			t.Fatal(err)
		}
		_, err := h.GoodsOwner.AddOrder("40557", ongoingtest.NewLine{
			Row: "1", Article: "KJE-17", Quantity: *harness.Dec("1"),
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Company.EditOrder(id, makeUrgent)
		expect(t, h, run(h), want{written: 1})
		if o := sent(t, h, id); o.Body["orderRemark"] != nil {
			t.Errorf("the other order was overwritten: %+v", o)
		}
	})
}

// It is linked, and made again if it is gone.
func TestOrderUnderAnotherNumberIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		number  string
		row     string // of the line in Ongoing
		prefix  string
		started bool
		written int
	}{
		"from before there was a prefix":            {number: "40557", row: "91822", prefix: "SO-"},
		"from before there was a prefix, and begun": {number: "40557", row: "91822", prefix: "SO-", started: true},
		"from another integration, whose lines we could not book": {
			number: "WEB-40557", row: "1", written: 1,
		},
		"from another integration, and begun": {number: "WEB-40557", row: "1", started: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, map[string]any{"salesOrders": map[string]any{"orderNumberPrefix": test.prefix}})
			product, id := h.AddStockedProduct("KJE-17", "5"), office24.OrderID(0)
			o := order40557()
			o.DateOrdered, o.Rows[0].ProductID = h.Clock.Now(), product
			id = h.Company.AddOrder(o)
			_, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{
				Number: test.number, OrderID: "40557",
				Lines: []ongoingtest.NewLine{{Row: test.row, Article: "KJE-17", Quantity: *harness.Dec("3")}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if test.started {
				if err := h.GoodsOwner.SetOrderStatus(test.number, 320); err != nil {
					t.Fatal(err)
				}
			}
			preview := harness.Run(h, Function(), map[string]any{"dryRun": true})
			created := len(preview.Changes) > 0 && preview.Changes[0].Action == "create"
			if created || preview.Adopted != 1 || len(preview.Changes) > 0 && !preview.Changes[0].Adopts {
				t.Errorf("the dry run says %+v", preview)
			}
			expect(t, h, run(h), want{written: test.written, unchanged: 1 - test.written})
			if note := strings.Join(notes(h), "\n"); test.written == 0 &&
				!strings.Contains(note, "order 40557 is in Ongoing already, as order "+test.number) {
				t.Errorf("notes %q", note)
			}
			got := only(t, h)
			if got.Number != test.number || (got.Body["orderRemark"] != nil) != (test.written > 0) {
				t.Errorf("got %+v", got)
			}
			if l := link(h, id); l["orderNumber"] != test.number || l["ongoingId"] != float64(got.ID) {
				t.Errorf("link %v", l)
			}
			later(h)
			expect(t, h, run(h), want{unchanged: anyNumber})
			if !test.started {
				h.Company.EditOrder(id, makeUrgent)
				expect(t, h, run(h), want{written: 1})
				if o := only(t, h); o.Number != test.number || o.Body["orderRemark"] != "Haster" {
					t.Errorf("the edit was not sent: %+v", o)
				}
			}
		})
	}
}

// It can have our order id by chance.
func TestOrderOfOtherGoodsIsNotTakenOver(t *testing.T) {
	t.Parallel()
	for _, sameRow := range []bool{false, true} {
		h := harness.New(t, nil)
		product := h.AddStockedProduct("KJE-17", "5")
		h.AddStockedProduct("PUMPE-12", "5")
		id, row := another(h, product), "1"
		if sameRow { // by chance
			o, _ := h.Company.Order(id)
			row = fmt.Sprint(o.Rows[0].ID)
		}
		_, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{
			Number: "WEB-9", OrderID: fmt.Sprint(id),
			Lines: []ongoingtest.NewLine{{Row: row, Article: "PUMPE-12", Quantity: *harness.Dec("1")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
		expectFailure(t, h, id, "held", "order WEB-9 in Ongoing (system id ")
		if o := only(t, h); o.Lines[0].Article != "PUMPE-12" || link(h, id) != nil {
			t.Errorf("got %+v, link %v", o, link(h, id))
		}
	}
}

// The goods would be delivered twice.
func TestOrderOfWhichThereIsOnlyABackOrderIsHeld(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.AddStockedProduct("KJE-17", "5")
	lines := []ongoingtest.NewLine{{Row: "1", Article: "KJE-17", Quantity: *harness.Dec("3")}}
	original := ongoingtest.OtherOrder{Number: "WEB-1", OrderID: "40557", Lines: lines}
	if _, err := h.GoodsOwner.AddOtherOrder(original); err != nil {
		t.Fatal(err)
	}
	rest := ongoingtest.NewBackOrder{Number: "WEB-1-1", KeepOrderID: true}
	if _, err := h.GoodsOwner.AddBackOrder("WEB-1", rest); err != nil {
		t.Fatal(err)
	}
	other := ongoing.OrderBody{OrderNumber: "WEB-1", GoodsOwnerOrderID: "9", DeliveryDate: "2026-11-30"}
	if _, err := h.OngoingClient().PutOrder(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	o := order40557()
	o.DateOrdered = h.Clock.Now()
	id := h.Company.AddOrder(o)
	expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
	expectFailure(t, h, id, "held", "order WEB-1-1 in Ongoing (system id ")
	if got := len(h.GoodsOwner.Orders()); got != 2 {
		t.Errorf("%d orders in Ongoing", got)
	}
}

// Many new orders are not searched for one by one: the orders in Ongoing are listed. If they name too many orders that
// are not ours, each new order is searched for, a limited number by the plan and the rest right before it is made.
func TestManyOrdersAreNotMadeTwice(t *testing.T) {
	t.Parallel()
	many := func(t *testing.T, o testenv.Options) (h *harness.Harness, last office24.OrderID) {
		h = harness.NewWith(t, o, nil)
		product := h.AddStockedProduct("KJE-17", "5")
		for range maxSearches + 1 {
			last = another(h, product)
		}
		return h, last
	}
	addOther := func(t *testing.T, h *harness.Harness, number string, id office24.OrderID) {
		t.Helper()
		_, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{Number: number, OrderID: fmt.Sprint(id)})
		if err != nil {
			t.Error(err)
		}
	}
	t.Run("one was there before", func(t *testing.T) {
		t.Parallel()
		h, last := many(t, testenv.Options{})
		addOther(t, h, "WEB-1", last)
		expect(t, h, run(h), want{written: maxSearches + 1})
		if got := len(h.GoodsOwner.Orders()); got != maxSearches+1 || link(h, last)["orderNumber"] != "WEB-1" {
			t.Errorf("%d orders in Ongoing, link %v", got, link(h, last))
		}
	})
	t.Run("one is made while others are sent", func(t *testing.T) {
		t.Parallel()
		var h *harness.Harness
		var last office24.OrderID
		sent := 0
		h, last = many(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(e ongoingtest.Entry) {
			if e.Operation == "PUT /orders" {
				if sent++; sent == 10 {
					addOther(t, h, "WEB-1", last)
				}
			}
		}}})
		expect(t, h, run(h), want{outcome: runner.Partial, written: maxSearches, failed: 1})
		expectFailure(t, h, last, "conflict", "is in Ongoing already, under another number")
		expect(t, h, run(h), want{written: 1, unchanged: maxSearches})
		if got := len(h.GoodsOwner.Orders()); got != maxSearches+1 {
			t.Errorf("%d orders in Ongoing", got)
		}
	})
	t.Run("other systems use such numbers", func(t *testing.T) {
		t.Parallel()
		h, last := many(t, testenv.Options{})
		for n := range maxNamed {
			addOther(t, h, fmt.Sprint("WEB-", n), office24.OrderID(900_000+n))
		}
		addOther(t, h, "WEB", last)
		expect(t, h, run(h), want{outcome: runner.Partial, written: maxSearches, failed: 1})
		expectFailure(t, h, last, "conflict", "is in Ongoing already, under another number")
		expect(t, h, run(h), want{written: 1, unchanged: maxSearches})
		if got := len(h.GoodsOwner.Orders()); got != maxNamed+maxSearches+1 {
			t.Errorf("%d orders in Ongoing", got)
		}
	})
}

func TestOrderWhoseLinkLeadsToAnotherOrder(t *testing.T) {
	t.Parallel()
	// stranger returns an order of somebody else, whose id the link of our order has.
	stranger := func(t *testing.T, number, owner string) (*harness.Harness, office24.OrderID) {
		h, id := imported(t, cancelWithdrawn())
		another(h, h.Company.AddProduct(office24.Product{No: "NY"}))
		other, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{Number: number, OrderID: owner})
		if err != nil {
			t.Fatal(err)
		}
		l, err := h.Partition().Orders(t.Context(), []int{int(id)})
		if err != nil {
			t.Fatal(err)
		}
		ours := l[int(id)]
		ours.OngoingID = other
		if err := h.Partition().PutOrder(t.Context(), &ours); err != nil {
			t.Fatal(err)
		}
		return h, id
	}
	t.Run("the edit goes to our own", func(t *testing.T) {
		t.Parallel()
		h, id := stranger(t, "WEB-9", "9")
		h.Company.EditOrder(id, makeUrgent)
		if row := run(h); row.Failed+row.Held != 0 {
			t.Fatalf("got %+v", row)
		}
		other, _ := h.GoodsOwner.Order("WEB-9")
		if o := sent(t, h, id); o.Body["orderRemark"] != "Haster" || other.Body["orderRemark"] != nil {
			t.Errorf("ours %+v, the other %+v", o, other)
		}
	})
	for name, owner := range map[string]string{"somebody else's": "9", "perhaps somebody else's": ""} {
		t.Run("the withdrawn order does not cancel one that is "+name, func(t *testing.T) {
			t.Parallel()
			h, id := stranger(t, "WEB-9", owner)
			h.Company.SetStatus(id, office24.StatusInactive)
			row := run(h)
			if other, _ := h.GoodsOwner.Order("WEB-9"); other.Status == 1000 || row.Held != 1 {
				t.Errorf("%+v, the other %+v", row, other)
			}
			expectFailure(t, h, id, "held", "may be the same, but its goodsOwnerOrderId does not say so")
		})
	}
}

// Both companies have an order with the same id, on one goods owner.
func TestOrderOfAnotherCompanyIsNeverOurs(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	trial := sent(t, h, id)
	real := h.AddCompany(h.Merchant, 800002)
	if err := h.Move(t.Context(), h.Merchant, real, nil); err != nil {
		t.Fatal(err)
	}
	forget(t, h, "binding")
	product := real.AddProduct(office24.Product{No: "GRYTE-3", Name: "Gryte", StockControlled: new(true)})
	o := order40557()
	o.DateOrdered, o.Rows[0].ProductID, o.InvoiceTitle = h.Clock.Now(), product, "Ekte ordre"
	real.AddOrder(o)
	expect(t, h, run(h), want{outcome: runner.Partial, held: 1})
	expectFailure(t, h, id, "held", "was made for order 40557 of company 700001, another one than this")
	if o := only(t, h); o.ID != trial.ID || o.Body["orderRemark"] != "Ring før levering" {
		t.Errorf("got %+v", o)
	}
	later(h)
	set(t, h, map[string]any{"orderNumberPrefix": "R-"})
	expect(t, h, run(h), want{written: 1})
	if o, _ := h.GoodsOwner.Order("R-40557"); o.Body["orderRemark"] != "Ekte ordre" {
		t.Errorf("got %+v", h.GoodsOwner.Orders())
	}
	if o := sent(t, h, id); o.Body["orderRemark"] != "Ring før levering" {
		t.Errorf("the trial's order was overwritten: %+v", o)
	}
}

// In one record, until the matter is settled.
func TestOrderCancelledByTheWarehouseIsHeld(t *testing.T) {
	t.Parallel()
	const reason = "order 40557 was cancelled in Ongoing by hand and is not sent again"
	keyed := func(h *harness.Harness) runner.Row {
		return harness.Run(h, Function(), map[string]any{"keys": []string{"40557"}})
	}
	cancelled := func(t *testing.T) (*harness.Harness, office24.OrderID) {
		h, id := imported(t, nil)
		another(h, h.Company.AddProduct(office24.Product{No: "NY"}))
		expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
		later(h)
		later(h)
		if err := h.GoodsOwner.CancelOrder("40557"); err != nil {
			t.Fatal(err)
		}
		return h, id
	}
	for name, found := range map[string]func(*harness.Harness) runner.Row{
		"in the next run": run, "in a full run": runFull, "by key": keyed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id := cancelled(t)
			before := len(writes(h))
			expect(t, h, found(h), want{outcome: runner.Partial, held: 1, unchanged: anyNumber})
			expectFailure(t, h, id, "held", reason)
			for range 5 {
				h.Clock.Forward(20 * time.Minute)
				run(h)
				expectFailure(t, h, id, "held", reason)
			}
			if len(writes(h)) != before {
				t.Errorf("writes %v", writes(h)[before:])
			}
		})
	}
	for name, settle := range map[string]func(*harness.Harness, office24.OrderID) error{
		"set to Inactive": func(h *harness.Harness, id office24.OrderID) error {
			h.Company.SetStatus(id, office24.StatusInactive)
			return nil
		},
		"deleted": func(h *harness.Harness, id office24.OrderID) error {
			h.Company.DeleteOrder(id)
			return nil
		},
		"sent by hand": func(h *harness.Harness, id office24.OrderID) error {
			h.Company.SetStatus(id, office24.StatusSent)
			return nil
		},
		"invoiced": func(h *harness.Harness, id office24.OrderID) error {
			h.Company.SetStatus(id, office24.StatusInvoiced)
			return nil
		},
		"on its way again in Ongoing": func(h *harness.Harness, _ office24.OrderID) error {
			return h.GoodsOwner.SetOrderStatus("40557", 300)
		},
	} {
		t.Run("settled: "+name, func(t *testing.T) {
			t.Parallel()
			h, id := cancelled(t)
			expect(t, h, run(h), want{outcome: runner.Partial, held: 1, unchanged: anyNumber})
			if err := settle(h, id); err != nil {
				t.Fatal(err)
			}
			h.Clock.Forward(2 * time.Hour)
			expect(t, h, run(h), want{unchanged: anyNumber})
			if f := h.Record("failure#salesorders#40557"); f != nil {
				t.Errorf("failure %v", f)
			}
		})
	}
	t.Run("in another status than the pulled ones", func(t *testing.T) {
		t.Parallel()
		h, id := cancelled(t)
		h.Company.SetStatus(id, office24.StatusProduction)
		for _, event := range []map[string]any{nil, {"full": true}, {"keys": []string{"40557"}}} {
			row := harness.Run(h, Function(), event)
			expect(t, h, row, want{outcome: runner.Partial, held: 1, unchanged: anyNumber})
			expectFailure(t, h, id, "held", reason)
			h.Clock.Forward(2 * time.Hour)
		}
		if err := h.GoodsOwner.SetOrderStatus("40557", 320); err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{unchanged: anyNumber})
		if f := h.Record("failure#salesorders#40557"); f != nil {
			t.Errorf("failure %v", f)
		}
	})
	t.Run("something was picked: the process shipments reports it", func(t *testing.T) {
		t.Parallel()
		h, _ := cancelled(t)
		if err := h.GoodsOwner.SetStock("KJE-17", *harness.Dec("9")); err != nil {
			t.Fatal(err)
		}
		if err := h.GoodsOwner.Pick("40557", "91822", *harness.Dec("1")); err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{unchanged: anyNumber})
		expect(t, h, runFull(h), want{unchanged: anyNumber})
	})
	t.Run("not our own cancellation", func(t *testing.T) {
		t.Parallel()
		h, id, _ := importedTwo(t, cancelWithdrawn())
		h.Company.SetStatus(id, office24.StatusInactive)
		expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
		expect(t, h, run(h), want{unchanged: anyNumber})
	})
	t.Run("not one of somebody else's order", func(t *testing.T) {
		t.Parallel()
		h, _ := imported(t, nil)
		if _, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{Number: "WEB-1", OrderID: "1"}); err != nil {
			t.Fatal(err)
		}
		if err := h.GoodsOwner.CancelOrder("WEB-1"); err != nil {
			t.Fatal(err)
		}
		expect(t, h, run(h), want{unchanged: anyNumber})
	})
}

func TestShippedOrderThatIsSetBackIsHeld(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	another(h, h.Company.AddProduct(office24.Product{No: "NY"}))
	l, err := h.Partition().Orders(t.Context(), []int{int(id)})
	if err != nil {
		t.Fatal(err)
	}
	shipped := l[int(id)]
	shipped.ShippedAt = h.Clock.Now()
	if err := h.Partition().PutOrder(t.Context(), &shipped); err != nil {
		t.Fatal(err)
	}
	h.Company.SetStatus(id, office24.StatusSent)
	expect(t, h, run(h), want{written: 1})
	later(h)
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Status = office24.StatusConfirmed
		o.Rows = append(o.Rows, office24.Row{ProductID: o.Rows[0].ProductID, Quantity: harness.Dec("2")})
	})
	before := puts(h)
	for _, event := range []map[string]any{nil, {"full": true}, {"keys": []string{"40557"}}} {
		expect(t, h, harness.Run(h, Function(), event), want{outcome: runner.Partial, held: 1, unchanged: anyNumber})
		expectFailure(t, h, id, "held",
			"order 40557 was shipped and is set back to Confirmed, but it is not sent again; "+
				"copy it to a new order with what is still to be delivered, and set this one to Sent")
	}
	if puts(h) != before {
		t.Error("it was sent")
	}
	h.Dismiss(naming.SalesOrders)
	later(h)
	expect(t, h, run(h), want{unchanged: anyNumber})
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ProductID: o.Rows[0].ProductID, Quantity: harness.Dec("1")})
	})
	expect(t, h, run(h), want{outcome: runner.Partial, held: 1, unchanged: anyNumber})
	h.Company.SetStatus(id, office24.StatusSent)
	h.Clock.Forward(2 * time.Hour)
	expect(t, h, run(h), want{unchanged: anyNumber})
	if f := h.Record("failure#salesorders#40557"); f != nil {
		t.Errorf("failure %v", f)
	}
}

// By the next run, also if articles is switched off.
func TestOrderWhoseArticleIsGoneGoesOut(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*ongoingtest.GoodsOwner) error{
		"deleted":    func(g *ongoingtest.GoodsOwner) error { return g.DeleteArticle("KJE-17") },
		"renumbered": func(g *ongoingtest.GoodsOwner) error { return g.RenumberArticle("KJE-17", "KJE-18") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			product, first := kettle(h)
			expect(t, h, run(h), want{written: 1})
			if err := lose(h.GoodsOwner); err != nil {
				t.Fatal(err)
			}
			second, third := another(h, product), another(h, product)
			expect(t, h, run(h), want{outcome: runner.Partial, unchanged: 1, failed: 2})
			expectFailure(t, h, second, "conflict",
				`article "KJE-17" is gone from Ongoing; the next run writes it again and sends the order`)
			expect(t, h, run(h), want{written: 2, unchanged: 1})
			for _, id := range []office24.OrderID{first, second, third} {
				if o := sent(t, h, id); o.Lines[0].Article != "KJE-17" {
					t.Errorf("order %d: %+v", id, o.Lines)
				}
			}
			if _, exists := h.GoodsOwner.Article("KJE-18"); exists {
				t.Error("the article keeps the other number")
			}
		})
	}
}

// Whatever run dies in between.
func TestCrashWhileOrdersAreTakenOverOrArticlesComeBack(t *testing.T) {
	t.Parallel()
	for n, crashed := 1, true; crashed; n++ {
		h := harness.New(t, map[string]any{"salesOrders": map[string]any{"importedStatus": "Production"}})
		product, first := kettle(h)
		expect(t, h, run(h), want{written: 1})
		if err := h.GoodsOwner.DeleteArticle("KJE-17"); err != nil {
			t.Fatal(err)
		}
		second, third := another(h, product), another(h, product)
		_, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{Number: "WEB-1", OrderID: fmt.Sprint(third)})
		if err != nil {
			t.Fatal(err)
		}
		later(h)
		crashed = harness.Crash(h, Function(), nil, n)
		for range 3 {
			h.Clock.Forward(2 * time.Hour)
			run(h)
		}
		if row := run(h); row.Outcome != runner.OK || len(h.GoodsOwner.Orders()) != 3 {
			t.Errorf("crash at write %d: %+v, orders %+v", n, row, h.GoodsOwner.Orders())
		}
		for id, number := range map[office24.OrderID]string{
			first: fmt.Sprint(first), second: fmt.Sprint(second), third: "WEB-1",
		} {
			o, _ := h.Company.Order(id)
			if l := link(h, id); l["orderNumber"] != number || l["ongoingId"] == nil ||
				o.Status != office24.StatusProduction {
				t.Errorf("crash at write %d: order %d has status %s and link %v", n, id, o.Status, l)
			}
		}
	}
}

func TestWhatIsCutIsNoted(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{
		"salesOrders": map[string]any{"textRows": "comment"},
		"extraFields": []any{map[string]any{"from": "order.InvoiceText", "to": "order.freeText1"}},
	})
	product, id := kettle(h)
	long := strings.Repeat("Ring vakta. ", 15)
	h.Company.EditOrder(id, func(o *office24.Order) {
		for range 4 {
			o.Rows = append(o.Rows, office24.Row{Type: office24.RowText, Name: long})
		}
		o.Rows[0].Name, o.InvoiceText = strings.Repeat("x", 301), strings.Repeat("y", 301)
	})
	h.Company.EditProduct(product, func(p *office24.Product) { p.Name = "Kjele" })
	whole := another(h, product)
	h.Company.EditOrder(whole, func(o *office24.Order) {
		o.Addresses.Delivery = &office24.Address{Street: strings.Repeat("lang gate ", 24), Country: "Norge"}
	})
	wanted := []string{
		"order 40557: orderRemark is longer than the 500 characters that Ongoing takes; the rest was cut off",
		"order 40557: freeText1 is longer than the 300 characters that Ongoing takes; the rest was cut off",
		"order 40557: orderLines[91822].comment is longer than the 300 characters that Ongoing takes; " +
			"the rest was cut off",
	}
	expect(t, h, run(h), want{written: 2})
	if got := notes(h); !slices.Equal(got, wanted) {
		t.Errorf("notes %q", got)
	}
	consignee := sent(t, h, whole).Body["consignee"].(map[string]any)
	if joined := fmt.Sprintf("%v %v", consignee["address1"], consignee["address2"]); joined !=
		strings.TrimSpace(strings.Repeat("lang gate ", 24)) || consignee["countryCode"] != "NO" {
		t.Errorf("consignee %v", consignee)
	}
	later(h)
	later(h)
	run(h)
	if got := notes(h); len(got) > 0 {
		t.Errorf("noted again: %q", got)
	}
}

func TestRowThatNamesItsProductOnlyByNumberIsSent(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product, id := kettle(h)
	hinge := h.Company.AddProduct(office24.Product{No: "HENGSEL-60"})
	h.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{ProductNo: "HENGSEL-60", Quantity: harness.Dec("4")})
	})
	lost := another(h, product)
	h.Company.EditOrder(lost, func(o *office24.Order) { o.Rows[0].ProductID, o.Rows[0].ProductNo = 0, "HENGSEL-61" })
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
	o := sent(t, h, id)
	if len(o.Lines) != 2 || o.Lines[1].Article != "HENGSEL-60" || o.Lines[1].Ordered.String() != "4" {
		t.Errorf("lines %+v", o.Lines)
	}
	if a, _ := h.GoodsOwner.Article("HENGSEL-60"); a.Body["productCode"] != strconv.Itoa(int(hinge)) {
		t.Errorf("article %+v", a)
	}
	row, _ := h.Company.Order(lost)
	expectFailure(t, h, lost, "rejected",
		fmt.Sprintf("row %d names product number \"HENGSEL-61\", which no product", row.Rows[0].ID))
	later(h)
	expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
}

// The order is not sent over one that somebody moved under its number in the meantime.
func TestOrderRenumberedBetweenReadAndWriteIsReadAgain(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	h.Company.EditOrder(id, makeUrgent)
	reads := 0
	h.Office24.Before(func(c office24test.Call) {
		if c.Operation == "GetInvoices" {
			if reads++; reads == 2 { // the plan is made
				if err := h.GoodsOwner.RenumberOrder("40557", "40557-B"); err != nil {
					t.Error(err)
				}
			}
		}
	})
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "conflict", "was renumbered or given to another order in Ongoing")
	expect(t, h, run(h), want{written: 1})
	if o := only(t, h); o.Number != "40557-B" || o.Body["orderRemark"] != "Haster" {
		t.Errorf("got %+v", o)
	}
}

// A write by number would change either of them.
func TestOrderWhoseNumberAnotherOneGotIsNotWritten(t *testing.T) {
	t.Parallel()
	h, id := imported(t, nil)
	if _, err := h.GoodsOwner.AddOtherOrder(ongoingtest.OtherOrder{Number: "WEB-1", OrderID: "1"}); err != nil {
		t.Fatal(err)
	}
	if err := h.GoodsOwner.RenumberOrder("WEB-1", "40557"); err != nil {
		t.Fatal(err)
	}
	expect(t, h, runFull(h), want{unchanged: 1})
	h.Company.EditOrder(id, makeUrgent)
	before := puts(h)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	expectFailure(t, h, id, "rejected", "order number 40557 is also that of another order in Ongoing (system id ")
	if puts(h) != before {
		t.Error("it was written")
	}
}
