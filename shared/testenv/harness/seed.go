package harness

import (
	"strconv"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// Dec is a decimal, for tests.
func Dec(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

// Partition is the customer's state as the functions write it.
func (b *Harness) Partition() *state.Partition {
	return state.New(b.DynamoDB.Client(), dynamodbtest.StateTable, b.Clock.Now).Partition(b.ID)
}

// OngoingClient is a client of the customer's goods owner, for a test that stands in for another function.
func (b *Harness) OngoingClient() *ongoing.Client {
	b.t.Helper()
	c, err := ongoing.New(ongoing.Config{
		BaseURL: b.Settings["ongoing"].(map[string]any)["baseUrl"].(string), GoodsOwner: ongoing.GoodsOwnerID(b.GoodsOwner.ID),
		Credentials: ongoing.Credentials{Username: b.Secret.Ongoing.Username, Password: b.Secret.Ongoing.Password}, Now: b.Clock.Now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// AddStockedProduct makes a product with its article and the link between them, as the process articles leaves them: both sides
// hold the same stock.
func (b *Harness) AddStockedProduct(number, stock string) office24.ProductID {
	b.t.Helper()
	yes := true
	id := b.Company.AddProduct(office24.Product{No: number, Name: "Vare " + number, StockControlled: &yes, Stock: Dec(stock)})
	article, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: number, Name: "Vare " + number,
		ProductCode: strconv.Itoa(int(id)), Stock: *Dec(stock)})
	if err != nil {
		b.t.Fatal(err)
	}
	link := state.ArticleLink{ProductID: int(id), ArticleNumber: number, ArticleID: article}
	if err := b.Partition().PutArticle(b.t.Context(), &link); err != nil {
		b.t.Fatal(err)
	}
	return id
}

// ImportOrder puts an order of 24SevenOffice into Ongoing and links the two, as the process salesorders leaves them: rows of
// products without stock control are not to be picked, rows without a product are left out. It returns the order's
// number in Ongoing.
func (b *Harness) ImportOrder(id office24.OrderID, prefix string) string {
	b.t.Helper()
	o, found := b.Company.Order(id)
	if !found {
		b.t.Fatalf("no order %d", id)
	}
	orderNumber := prefix + strconv.Itoa(int(id))
	body := ongoing.OrderBody{OrderNumber: orderNumber, GoodsOwnerOrderID: strconv.Itoa(int(id)), DeliveryDate: b.Clock.Now().Format("2006-01-02")}
	for _, r := range o.Rows {
		if r.Type != office24.RowNormal || r.ProductID == 0 {
			continue
		}
		line := ongoing.OrderLine{RowNumber: strconv.Itoa(int(r.ID)), ExternalID: strconv.Itoa(int(r.ID)), ArticleNumber: r.ProductNo, NumberOfItems: *r.Quantity}
		if p, _ := b.Company.Product(r.ProductID); p.StockControlled != nil && !*p.StockControlled {
			line.ShouldBePicked = new(bool)
		}
		body.OrderLines = append(body.OrderLines, line)
	}
	standing, err := b.OngoingClient().PutOrder(b.t.Context(), body)
	if err != nil {
		b.t.Fatal(err)
	}
	link := state.OrderLink{OrderID: int(id), OrderNumber: orderNumber, OngoingID: int(standing), Fingerprint: "sent", ImportedAt: b.Clock.Now()}
	if err := b.Partition().PutOrder(b.t.Context(), &link); err != nil {
		b.t.Fatal(err)
	}
	return orderNumber
}
