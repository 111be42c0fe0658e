package ongoingtest_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// startWithOrder starts a server with the order 40557 of two rows: 2 of A,B and 3 of C.
func startWithOrder(t *testing.T) (*ongoingtest.Server, *ongoingtest.GoodsOwner) {
	t.Helper()
	s, g := start(t, ongoingtest.Options{})
	_, err := g.AddOtherOrder(ongoingtest.OtherOrder{
		Number: "40557", OrderID: "40557",
		Lines: []ongoingtest.NewLine{
			{Row: "91", Article: "A,B", Quantity: number.FromInt(2)},
			{Row: "92", Article: "C", Quantity: number.FromInt(3)},
		},
	})
	must(t, err)
	return s, g
}

func TestBackOrderHasWhatIsLeft(t *testing.T) {
	t.Parallel()
	s, g := startWithOrder(t)
	must(t, g.Ship("40557", ongoingtest.Shipment{Quantities: map[string]number.Decimal{
		"91": number.FromInt(2), "92": number.FromInt(1),
	}}))
	_, err := g.AddBackOrder("40557", ongoingtest.NewBackOrder{Number: "40557-1", KeepOrderID: true, CutLines: true})
	must(t, err)
	original, _ := g.Order("40557")
	back, _ := g.Order("40557-1")
	switch {
	case back.BackOrderFor != original.ID || back.Body["goodsOwnerOrderId"] != "40557":
		t.Errorf("back order %+v", back)
	case len(back.Lines) != 1 || back.Lines[0].Row != "92" || !back.Lines[0].Ordered.Equal(number.FromInt(2)):
		t.Errorf("lines of the back order %+v", back.Lines)
	case !original.Lines[1].Ordered.Equal(number.FromInt(1)):
		t.Errorf("lines of the order %+v", original.Lines)
	}
	if _, err = g.AddBackOrder("40557", ongoingtest.NewBackOrder{Number: "40557-2"}); err == nil {
		t.Error("a back order for nothing")
	}
	_, err = g.AddBackOrder("40557-1", ongoingtest.NewBackOrder{Number: "B", NewRows: true})
	must(t, err)
	if b, _ := g.Order("B"); b.Lines[0].Row != "1" || b.Body["goodsOwnerOrderId"] != nil {
		t.Errorf("%+v", b)
	}
	_, body := send(t, s, call("GET", "orders?goodsOwnerId=77&maxOrdersToGet=9&orderNumber=40557-1", ""))
	if !strings.Contains(body, `"backOrderForOrderId":`) {
		t.Error(body)
	}
}

func TestReturnedOrderIsOnTheShelfAgain(t *testing.T) {
	t.Parallel()
	s, g := startWithOrder(t)
	must(t, g.Ship("40557", ongoingtest.Shipment{}))
	for range 2 { // also if it is returned twice
		must(t, g.ReturnOrder("40557"))
	}
	a, _ := g.Article("C")
	o, _ := g.Order("40557")
	if o.Status != 800 || !a.Stock.Equal(number.FromInt(5)) || !a.ToReport.Equal(number.FromInt(3)) ||
		!o.Lines[1].Returned.Equal(number.FromInt(3)) {
		t.Errorf("article %+v, order %+v", a, o)
	}
	_, body := send(t, s, call("GET", "orders?goodsOwnerId=77&maxOrdersToGet=9", ""))
	for _, want := range []string{`"returnedNumberOfItems":3.000`, `"pickedNumberOfItems":3.000`, `"text":"Retur"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}

func TestStaffCorrectsOrders(t *testing.T) {
	t.Parallel()
	s, g := startWithOrder(t)
	must(t, g.AddLine("40557", ongoingtest.NewLine{Row: "93", Article: "C", Quantity: number.FromInt(1)}))
	must(t, g.RemoveLine("40557", "91"))
	before, _ := g.Order("40557")
	must(t, g.ExchangeArticle("40557", "92", "A,B"))
	must(t, g.RenumberOrder("40557", "X"))
	o, ok := g.Order("X")
	if !ok || len(o.Lines) != 2 || o.Lines[0].Article != "A,B" || o.Lines[0].ID != before.Lines[0].ID {
		t.Errorf("%+v", o)
	}
	if _, found := g.Order("40557"); found || g.SetOrderStatus("40557", 400) == nil {
		t.Error("the order is still found by its former number")
	}
	if _, err := g.AddOtherOrder(ongoingtest.OtherOrder{Number: "X"}); err == nil {
		t.Error("a number twice")
	}
	must(t, g.Pick("X", "93", number.FromInt(1)))
	for name, err := range map[string]error{
		"exchange the article of a line that is picked": g.ExchangeArticle("X", "93", "A,B"),
		"exchange for an unknown article":               g.ExchangeArticle("X", "92", "none"),
		"remove an unknown row":                         g.RemoveLine("X", "1"),
		"add an unknown article":                        g.AddLine("X", ongoingtest.NewLine{Row: "9", Article: "none"}),
	} {
		if err == nil {
			t.Errorf("could %s", name)
		}
	}
	s.Warehouse("acme").SetStatuses(map[int]string{425: "Sendt/Dellevert"})
	must(t, g.SetOrderStatus("X", 425))
	_, body := send(t, s, call("GET", "orders/statuses", ""))
	if !strings.Contains(body, `[{"number":425,"text":"Sendt/Dellevert"}]`) {
		t.Error(body)
	}
}

func TestStaffCorrectsArticles(t *testing.T) {
	t.Parallel()
	s, g := startWithOrder(t)
	must(t, g.SetProductCode("C", "42934839283871"))
	must(t, g.RenumberArticle("C", "D"))
	a, ok := g.Article("D")
	if !ok || a.Body["productCode"] != "42934839283871" || g.RenumberArticle("D", "A,B") == nil {
		t.Errorf("%+v", a)
	}
	must(t, g.SetProductCode("D", ""))
	must(t, g.DeleteArticle("D"))
	if _, found := g.Article("D"); found || g.DeleteArticle("D") == nil {
		t.Error("the article is still there")
	}
	_, body := send(t, s, call("GET", "orders?goodsOwnerId=77&maxOrdersToGet=9", ""))
	if !strings.Contains(body, `"articleNumber":"D"`) {
		t.Errorf("the line has lost its article: %s", body)
	}
	again, err := g.AddArticle(ongoingtest.NewArticle{Number: "D"})
	must(t, err)
	if again == a.ID {
		t.Error("an id is used again")
	}
	other, err := s.Warehouse("other").GoodsOwner(1, "Other").AddArticle(ongoingtest.NewArticle{Number: "D"})
	must(t, err)
	if first := g.Articles()[0].ID; other != first {
		t.Errorf("another warehouse begins with the id %d, not %d", other, first)
	}
}
