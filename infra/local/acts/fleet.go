package acts

import (
	"context"
	"fmt"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/english"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// What the merchants of a fleet are called and sell.
var (
	places = []string{
		"Ålesund", "Bodø", "Drøbak", "Førde", "Grünerløkka", "Høyanger", "Jæren", "Kragerø", "Lærdal", "Måløy", "Røros",
		"Sørlandet", "Tromsø", "Værnes", "Østfold", "Åndalsnes",
	}
	trades = []struct {
		name  string
		goods []string
	}{
		{"Garn & Ull", []string{"Ullgarn, blå", "Strømpepinner nr. 3", "Lusekofte, str. M", "Votter"}},
		{"Sykkel", []string{"Sykkelslange 28″", "Kjedeolje", "Bjelle, messing", "Hjelm, rød"}},
		{"Sjømat", []string{"Røykt ørret", "Tørrfisk", "Fiskekaker", "Kaviar, mild"}},
		{"Kaffebrenneri", []string{"Kaffe, lys, 250 g", "Kaffe, mørk, 1 kg", "Filter nr. 4", "Krus, håndlaget"}},
		{"Hage", []string{"Tulipanløk", "Spade", "Gjødsel, 5 kg", "Vannkanne, grønn"}},
		{"Møbler", []string{"Krakk, bjørk", "Bordplate, eik", "Møbelolje", "Hyllebærer"}},
		{"Leker", []string{"Trehest", "Puslespill, 500 brikker", "Dukkehus", "Ball"}},
	}
)

// A trouble is done to a merchant of the fleet before the first tick or, if it is late, between the first two.
type trouble struct {
	late bool
	do   func(context.Context, Target) error
}

func troubles() []trouble {
	act := func(name, key string, pairs ...string) func(context.Context, Target) error {
		return func(ctx context.Context, t Target) error {
			t.Key, t.Values = key, values(pairs...)
			_, err := Do(ctx, name, t)
			return err
		}
	}
	set := func(path, value string) trouble {
		return trouble{do: act("set-setting", "", "path", path, "value", value)}
	}
	return []trouble{
		{do: act("break-password", "", "system", "ongoing")},
		{do: act("break-password", "", "system", "24so")},
		set("salesOrders.textRows", "kommentar"),
		set("mode", "preview"),
		set("enabled", "false"),
		{do: act("renumber", "7002", "number", "A-1")},
		{do: act("edit-delivery", "40001", "method", "9")},
		{do: act("renumber", "7001", "number", "")},
		{do: act("block-identity", "")},
		{late: true, do: act("cancel", "40001")},
		{late: true, do: act("move", "")},
		{late: true, do: act("set-status", "40001", "status", "Production")},
	}
}

// Fleet adds n merchants, a third of them in trouble, and makes two ticks. It calls say with what it does.
func Fleet(ctx context.Context, s *localstack.Stack, n int, say func(string)) error {
	say("adding " + english.Count(n, "merchant") + ", a third of them in trouble …")
	var fleet []*testenv.Merchant
	for i := range n {
		m, err := addToFleet(ctx, s, i)
		if err != nil {
			return err
		}
		fleet = append(fleet, m)
	}
	s.History.Note(localstack.Outside)
	if err := makeTrouble(ctx, s, fleet, false); err != nil {
		return err
	}
	say("the first tick …")
	if err := s.Tick(ctx); err != nil {
		return err
	}
	for i, m := range fleet {
		work(m, i)
	}
	s.History.Note(localstack.Warehouse)
	if err := makeTrouble(ctx, s, fleet, true); err != nil {
		return err
	}
	say("the second tick …")
	return s.Tick(ctx)
}

// makeTrouble makes the early or the late troubles.
func makeTrouble(ctx context.Context, s *localstack.Stack, fleet []*testenv.Merchant, late bool) error {
	all := troubles()
	for i := 0; i < len(fleet); i += 3 {
		t := all[i/3%len(all)]
		if t.late != late {
			continue
		}
		if err := t.do(ctx, Target{Stack: s, Merchant: fleet[i]}); err != nil {
			return fmt.Errorf("merchant %s: %w", fleet[i].ID, err)
		}
	}
	return nil
}

func addToFleet(ctx context.Context, s *localstack.Stack, i int) (*testenv.Merchant, error) {
	place, trade := places[i%len(places)], trades[i%len(trades)]
	m, err := s.AddMerchant(ctx, fmt.Sprintf("kunde-%03d", i+1), map[string]any{
		"name":        fmt.Sprintf("%s %s %d AS", place, trade.name, i+1),
		"salesOrders": map[string]any{"deliveryMethods": map[string]any{"4": map[string]any{"code": "BRING"}}},
		"shipments":   map[string]any{"restOrders": true},
	})
	if err != nil {
		return nil, err
	}
	stock := number.FromInt(int64(20 + i%50))
	for n, name := range trade.goods {
		m.Company.AddProduct(office24.Product{
			No: fmt.Sprint("A-", n+1), Name: name, Stock: &stock, StatusID: new(1), StockControlled: new(true),
		})
	}
	for n := range 1 + i%3 {
		quantity := number.FromInt(int64(1 + (i+n)%4))
		m.Company.AddOrder(office24.Order{
			CustomerID: 5001, CustomerName: "Kunde i " + place, Status: office24.StatusConfirmed,
			DateOrdered:    s.Clock.Now(),
			DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til hentested"},
			Addresses: office24.Addresses{Delivery: &office24.Address{
				Street: fmt.Sprint("Bygata ", n+1), PostalCode: "6002", PostalArea: place,
			}},
			Rows: []office24.Row{{ProductID: office24.ProductID(7001 + (i+n)%4), Quantity: &quantity}},
		})
	}
	return m, nil
}

// work is what the warehouse does for a merchant between the ticks.
func work(m *testenv.Merchant, i int) {
	for _, a := range m.GoodsOwner.Articles() {
		_ = m.GoodsOwner.SetStock(a.Number, number.FromInt(int64(20+i%50))) // the article was listed a moment ago
	}
	if orders := m.GoodsOwner.Orders(); len(orders) > 1 {
		s := ongoingtest.Shipment{Waybill: fmt.Sprint("7072215", i)}
		_ = m.GoodsOwner.Ship(orders[1].Number, s) // all is in stock
	}
}
