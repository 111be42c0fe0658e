package harness

import (
	"strconv"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// Dec returns a decimal for a struct literal of a test.
func Dec(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

// Partition returns the customer's partition of the state table, as the functions use it: under the customer's binding,
// if it is bound.
func (h *Harness) Partition() *state.Partition {
	h.t.Helper()
	p := state.New(h.DynamoDB.Client(), dynamodbtest.StateTable, h.Clock.Now).Partition(h.ID)
	ongoing := h.Settings["ongoing"].(map[string]any)
	goodsOwner, _ := ongoing["goodsOwnerId"].(int)
	if err := p.Load(h.t.Context(), naming.SalesOrders, ongoing["baseUrl"].(string), goodsOwner); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// OngoingClient returns a client for the customer's goods owner, for tests that act as another function.
func (h *Harness) OngoingClient() *ongoing.Client {
	h.t.Helper()
	c, err := ongoing.New(ongoing.Config{
		BaseURL:     h.Settings["ongoing"].(map[string]any)["baseUrl"].(string),
		GoodsOwner:  ongoing.GoodsOwnerID(h.GoodsOwner.ID),
		Credentials: ongoing.Credentials{Username: h.Secret.Ongoing.Username, Password: h.Secret.Ongoing.Password},
		Now:         h.Clock.Now,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// Dismiss does what an operator does with all failure records of a process. There must be some.
func (h *Harness) Dismiss(process naming.Process) {
	h.t.Helper()
	failures, err := h.Partition().Failures(h.t.Context(), process)
	if err != nil || len(failures) == 0 {
		h.t.Fatalf("failure records %v, error %v", failures, err)
	}
	for _, f := range failures {
		f.DismissedAt = h.Clock.Now()
		if err := h.Partition().PutFailure(h.t.Context(), &f); err != nil {
			h.t.Fatal(err)
		}
	}
}

// AddStockedProduct adds a stock-controlled product, its article and the link between them, as the process articles
// leaves them. Both sides have the same stock.
func (h *Harness) AddStockedProduct(number, stock string) office24.ProductID {
	h.t.Helper()
	id := h.Company.AddProduct(office24.Product{
		No: number, Name: "Vare " + number, StockControlled: new(true), Stock: Dec(stock),
	})
	article, err := h.GoodsOwner.AddArticle(ongoingtest.NewArticle{
		Number: number, Name: "Vare " + number, ProductCode: strconv.Itoa(int(id)), Stock: *Dec(stock),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	link := state.ArticleLink{ProductID: int(id), ArticleNumber: number, ArticleID: article}
	if err := h.Partition().PutArticle(h.t.Context(), &link); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// ImportOrder writes an order of 24SevenOffice to Ongoing and links the two, as the process salesorders leaves them.
// Rows of products without stock control are not picked; rows without a product are left out. It returns the order's
// number in Ongoing.
func (h *Harness) ImportOrder(id office24.OrderID, prefix string) string {
	h.t.Helper()
	o, found := h.Company.Order(id)
	if !found {
		h.t.Fatalf("no order %d", id)
	}
	orderNumber := prefix + strconv.Itoa(int(id))
	body := ongoing.OrderBody{
		OrderNumber: orderNumber, GoodsOwnerOrderID: strconv.Itoa(int(id)),
		DeliveryDate: h.Clock.Now().Format(time.DateOnly),
	}
	for _, r := range o.Rows {
		if r.Type != office24.RowNormal || r.ProductID == 0 {
			continue
		}
		line := ongoing.OrderLine{
			RowNumber: strconv.Itoa(int(r.ID)), ExternalID: strconv.Itoa(int(r.ID)),
			ArticleNumber: r.ProductNo, NumberOfItems: *r.Quantity,
		}
		if p, _ := h.Company.Product(r.ProductID); p.StockControlled != nil && !*p.StockControlled {
			line.ShouldBePicked = new(bool)
		}
		body.OrderLines = append(body.OrderLines, line)
	}
	ongoingID, err := h.OngoingClient().PutOrder(h.t.Context(), body)
	if err != nil {
		h.t.Fatal(err)
	}
	partition := h.Partition()
	links, err := partition.Orders(h.t.Context(), []int{int(id)})
	if err != nil {
		h.t.Fatal(err)
	}
	link := links[int(id)] // a rest order has one already
	link.OrderID, link.OrderNumber, link.OngoingID = int(id), orderNumber, int(ongoingID)
	link.Fingerprint, link.ImportedAt = "sent", h.Clock.Now()
	if err := partition.PutOrder(h.t.Context(), &link); err != nil {
		h.t.Fatal(err)
	}
	return orderNumber
}
