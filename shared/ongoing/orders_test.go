package ongoing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
)

func TestOrderIsReadBackAsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.seed(t)
	picked := false
	written := body("5")
	written.ConsigneeOrderNumber, written.SalesCode = "c", "Kari"
	written.WarehouseInstruction, written.DeliveryInstruction, written.ServicePointCode = "w", "d", "s"
	written.FreeText1, written.FreeText2, written.FreeText3, written.FreeText4 = "1", "2", "3", "4"
	written.OrderFreeDateTime1, written.OrderFreeDecimal1 = "2026-11-20", decimal("7.25")
	written.CustomerPrice = decimal("100")
	written.CustomsInfo.ValueCurrencyCode = "NOK"
	written.SMSNotification = &ongoing.Notification{Value: "90000000"}
	written.TelephoneNotification = &ongoing.Notification{Value: "22000000"}
	written.Advanced = ongoing.OrderAdvanced{
		WayOfDeliveryString: "Bring",
		Communication:       "x",
		OrderTextLines:      []ongoing.TextLine{{RowNumber: "t1", Comment: "y"}},
	}
	written.Consignee.Address2, written.Consignee.Address3, written.Consignee.CountryStateCode = "2", "3", "46"
	written.Consignee.Remark, written.Consignee.OrganisationNumber = "r", "987654321"
	line := &written.OrderLines[1]
	line.ShouldBePicked, line.Comment, line.CustomerArticleNumber = &picked, "c", "ca"
	line.SerialNumber, line.BatchNumber = "s", "b"
	line.WarehouseInstruction, line.LineTotalCustomsValue = "w", decimal("5")
	line.Prices = ongoing.LinePrices{
		LinePrice:          decimal("12.4"),
		CustomerLinePrice:  decimal("1"),
		CurrencyCode:       "NOK",
		DiscountPercentage: decimal("10"),
	}
	line.LineFreeValues = ongoing.LineFreeValues{
		FreeText1:    "1",
		FreeText2:    "2",
		FreeDecimal1: decimal("1"),
		FreeDecimal2: decimal("2"),
	}

	id, err := w.client.PutOrder(t.Context(), written)
	must(t, err)
	read, err := w.client.Order(t.Context(), id)
	must(t, err)
	info := read.Info
	if info.Created.IsZero() || info.Advanced.HeaderUpdated.IsZero() {
		t.Error("times are missing")
	}
	short := false
	want := ongoing.OrderInfo{
		ID:                   id,
		Number:               "5",
		GoodsOwnerOrderID:    "5",
		ReferenceNumber:      "PO-778",
		ConsigneeOrderNumber: "c",
		SalesCode:            "Kari",
		Remark:               "Bak huset",
		WarehouseInstruction: "w",
		DeliveryInstruction:  "d",
		ServicePointCode:     "s",
		FreeText1:            "1",
		FreeText2:            "2",
		FreeText3:            "3",
		FreeText4:            "4",
		WayOfDelivery:        ongoing.CodeName{Code: "BRING", Name: "Bring bedriftspakke"},
		DeliveryDate:         info.DeliveryDate,
		Created:              info.Created,
		Status:               ongoing.OrderStatus{Number: 300, Text: info.Status.Text},
		Ordered:              decimal("6.5"),
		Allocated:            decimal("0"),
		Picked:               decimal("0"),
		CustomerPrice:        decimal("100"),
		PickedWithErrors:     &short,
		EmailNotification:    ongoing.Notification{Value: "lager@fjellbygg.example"},
		SMSNotification:      ongoing.Notification{Value: "90000000"},
		TelephoneNotif:       ongoing.Notification{Value: "22000000"},
		Advanced:             info.Advanced,
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("head (-want +got)\n%s", diff)
	}
	if !info.DeliveryDate.DateOnly || info.DeliveryDate.Date(time.UTC) != "2026-11-25" {
		t.Errorf("delivery date is %+v", info.DeliveryDate)
	}
	wantConsignee := written.Consignee
	wantConsignee.OrganisationNumber = "" // never read back
	if diff := cmp.Diff(wantConsignee, read.Consignee); diff != "" {
		t.Errorf("consignee (-want +got)\n%s", diff)
	}
	wantLine := ongoing.Line{
		ID:             read.Lines[1].ID,
		RowNumber:      "2",
		Article:        read.Lines[1].Article,
		Comment:        "c",
		Ordered:        decimal("2.5"),
		Allocated:      decimal("0"),
		Picked:         decimal("0"),
		Returned:       decimal("0"),
		ShouldBePicked: &picked,
		SerialNumber:   "s",
		BatchNumber:    "b",
		Prices:         line.Prices,
	}
	if diff := cmp.Diff(wantLine, read.Lines[1]); diff != "" {
		t.Errorf("line (-want +got)\n%s", diff)
	}
	if got := read.Lines[1].Article; got.Number != "B" || got.ProductCode != "2" || got.Name != "Skrue" || got.ID == 0 {
		t.Errorf("the line's article is %+v", got)
	}
	if read.Lines[0].ExternalID != "1" {
		t.Errorf("external id is %q", read.Lines[0].ExternalID)
	}
}

func TestPutOrderTwiceMakesOneOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.seed(t)
	first, err := w.client.PutOrder(t.Context(), body("5"))
	must(t, err)
	b := body("5")
	b.OrderLines = b.OrderLines[:1]
	second, err := w.client.PutOrder(t.Context(), b)
	must(t, err)
	third, err := w.client.UpdateOrder(t.Context(), first, b)
	must(t, err)
	order, found, err := w.client.OrderNumbered(t.Context(), "5")
	must(t, err)
	if !found || first != second || second != third || order.Info.ID != first || len(order.Lines) != 1 {
		t.Errorf("ids %d, %d, %d; %+v", first, second, third, order)
	}
	if _, found, err = w.client.OrderNumbered(t.Context(), "50"); found || err != nil {
		t.Errorf("an order that does not exist: %v, %v", found, err)
	}
}

func TestStartedOrderCannotBeChangedOrCancelled(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		staff      func(*ongoingtest.GoodsOwner) error
		changeable bool
		put        error // of a change
		cancel     error // of a cancellation
	}{
		"untouched": {staff: func(*ongoingtest.GoodsOwner) error { return nil }, changeable: true},
		"allocated": {
			staff: func(g *ongoingtest.GoodsOwner) error { return g.SetOrderStatus("5", 320) },
			put:   ongoing.ErrStarted, cancel: ongoing.ErrStarted,
		},
		"one item picked, status unchanged": {
			staff: func(g *ongoingtest.GoodsOwner) error { return g.Pick("5", "2", number.FromInt(1)) },
			put:   ongoing.ErrStarted, cancel: ongoing.ErrStarted,
		},
		"cancelled: a change is refused, cancelling again succeeds": {
			staff: func(g *ongoingtest.GoodsOwner) error { return g.CancelOrder("5") },
			put:   ongoing.ErrCancelled,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{})
			w.seed(t)
			id, err := w.client.PutOrder(t.Context(), body("5"))
			must(t, err)
			must(t, tt.staff(w.owner))
			order, err := w.client.Order(t.Context(), id)
			must(t, err)
			if order.Changeable() != tt.changeable {
				t.Errorf("changeable is %v", order.Changeable())
			}
			_, err = w.client.PutOrder(t.Context(), body("5"))
			if !errors.Is(err, tt.put) {
				t.Errorf("PutOrder: %v", err)
			}
			_, err = w.client.UpdateOrder(t.Context(), id, body("5"))
			if !errors.Is(err, tt.put) || tt.put != nil && !errclass.Is(err, errclass.Rejected) {
				t.Errorf("UpdateOrder: %v", err)
			}
			if err = w.client.CancelOrder(t.Context(), id); !errors.Is(err, tt.cancel) {
				t.Errorf("CancelOrder: %v", err)
			}
		})
	}
}

func TestInvalidOrderIsRejectedAfterOneCall(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*ongoing.OrderBody){
		"an article that does not exist":   func(b *ongoing.OrderBody) { b.OrderLines[0].ArticleNumber = "none" },
		"a row number twice":               func(b *ongoing.OrderBody) { b.OrderLines[0].RowNumber = "2" },
		"no delivery date":                 func(b *ongoing.OrderBody) { b.DeliveryDate = "" },
		"an invalid delivery date":         func(b *ongoing.OrderBody) { b.DeliveryDate = "25.11.2026" },
		"a date before 1900":               func(b *ongoing.OrderBody) { b.DeliveryDate = "1899-12-31" },
		"no order number":                  func(b *ongoing.OrderBody) { b.OrderNumber = "" },
		"an order number that is too long": func(b *ongoing.OrderBody) { b.OrderNumber = string(make([]rune, 51)) },
		"a carrier without a contract": func(b *ongoing.OrderBody) {
			b.Transporter = &ongoing.Transporter{Code: "PLAB", ServiceCode: "P99"}
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{Record: unrecorded})
			w.seed(t)
			w.server.Warehouse("acme").AddContract(ongoingtest.Contract{TransporterCode: "PLAB", ServiceCode: "P19"})
			b := body("5")
			spoil(&b)
			if _, err := w.client.PutOrder(t.Context(), b); !errclass.Is(err, errclass.Rejected) {
				t.Errorf("got %v", err)
			}
			if calls := len(w.server.Journal()); calls != 1 {
				t.Errorf("%d calls, want 1: a refusal is not repeated", calls)
			}
		})
	}
}

// An order appears again in the list to report when more of it is picked after the report.
func TestReportedOrderLeavesTheListUntilMoreIsPicked(t *testing.T) {
	t.Parallel()
	for name, onParent := range map[string]bool{
		"kits picked on their parts": false, "kits picked on their own line": true,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{KitsPickedOnParent: onParent})
			w.seed(t)
			_, err := w.owner.AddArticle(
				ongoingtest.NewArticle{Number: "K", Parts: map[string]number.Decimal{"A": number.FromInt(2)}},
			)
			must(t, err)
			b := body("5")
			b.OrderLines[0].ArticleNumber = "K"
			id, err := w.client.PutOrder(t.Context(), b)
			must(t, err)
			query := ongoing.OrderQuery{ToReport: true, StatusFrom: 450, StatusTo: 500}
			if got := collect(t, w.client.Orders(t.Context(), query)); len(got) != 0 {
				t.Errorf("nothing is shipped, but listed: %+v", got)
			}
			must(
				t,
				w.owner.Ship(
					"5",
					ongoingtest.Shipment{
						Quantities: map[string]number.Decimal{"1": number.FromInt(4), "2": number.FromInt(1)},
					},
				),
			)
			got := collect(t, w.client.Orders(t.Context(), query))
			if len(got) != 1 || got[0].Info.ID != id || got[0].Info.Shipped.IsZero() ||
				got[0].Info.PickedWithErrors == nil {
				t.Fatalf("the shipped order: %+v", got)
			}
			kit := got[0].Lines[0]
			if !onParent {
				kit = kit.SubLines[0]
			}
			want := decimal("8") // four kits of two
			if onParent {
				want = decimal("4")
			}
			if !kit.Picked.Equal(*want) || kit.Reported != nil || got[0].Changeable() {
				t.Fatalf("the kit's line: %+v", kit)
			}
			must(t, w.client.ReportLine(t.Context(), id, kit.ID, *kit.Picked))
			must(t, w.client.ReportLine(t.Context(), id, kit.ID, *kit.Picked)) // repeating does no harm
			must(t, w.client.ReportLine(t.Context(), id, got[0].Lines[1].ID, number.FromInt(1)))
			if got = collect(t, w.client.Orders(t.Context(), query)); len(got) != 0 {
				t.Errorf("everything is reported, but listed: %+v", got)
			}
			must(t, w.owner.Pick("5", "2", number.MustParse("1.5")))
			if got = collect(t, w.client.Orders(t.Context(), query)); len(got) != 1 ||
				!got[0].Lines[1].Picked.Equal(number.MustParse("2.5")) ||
				!got[0].Lines[1].Reported.Equal(number.FromInt(1)) {
				t.Errorf("more was picked: %+v", got)
			}
			if err = w.client.ReportLine(t.Context(), id, 1, number.FromInt(1)); !errors.Is(err, ongoing.ErrNotFound) {
				t.Errorf("a line that does not exist: %v", err)
			}
		})
	}
}

func TestParcelsTrackingAndBackOrdersAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	_, id := w.seed(t)
	must(t, w.owner.Ship("40557", ongoingtest.Shipment{
		Status: 500, Quantities: map[string]number.Decimal{"1": number.FromInt(10)}, Waybill: "7072",
		Parcels: []ongoingtest.Parcel{
			{Number: "p1", Waybill: "7072", URL: "https://track.example/1"},
			{Number: "p2", Return: true},
		},
	}))
	must(t, w.owner.AddParcels("40557", ongoingtest.Parcel{Waybill: "7073", URL: "https://track.example/2"}))
	back, err := w.owner.BackOrder("40557", "40557-1")
	must(t, err)

	order, err := w.client.Order(t.Context(), id)
	must(t, err)
	want := []ongoing.Parcel{
		{
			ID:       order.Parcels[0].ID,
			Number:   "p1",
			Tracking: ongoing.Tracking{Waybill: "7072", URL: "https://track.example/1"},
		},
		{ID: order.Parcels[1].ID, Number: "p2", IsReturn: true},
	}
	if diff := cmp.Diff(want, order.Parcels); diff != "" {
		t.Errorf("parcels (-want +got)\n%s", diff)
	}
	if order.Info.WayBill != "7072" || len(order.Tracking) != 1 || order.Tracking[0].Waybill != "7073" ||
		order.Tracking[0].Created.IsZero() {
		t.Errorf("tracking: %q, %+v", order.Info.WayBill, order.Tracking)
	}
	found := collect(t, w.client.Orders(t.Context(), ongoing.OrderQuery{BackOrderFor: id}))
	if len(found) != 1 || found[0].Info.ID != ongoing.OrderID(back) || found[0].Info.Advanced.BackOrder.For != id ||
		!found[0].Info.Ordered.Equal(number.MustParse("2.5")) {
		t.Errorf("back order: %+v", found)
	}
}

func TestOrdersAreFoundByTheIDOfTheERP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.seed(t)
	for _, number := range []string{"24SO-55013", "24SO-55014"} {
		if _, err := w.client.PutOrder(t.Context(), body(number)); err != nil {
			t.Fatal(err)
		}
	}
	found := collect(t, w.client.Orders(t.Context(), ongoing.OrderQuery{GoodsOwnerOrderID: "24SO-55014"}))
	if len(found) != 1 || found[0].Info.Number != "24SO-55014" {
		t.Errorf("got %+v", found)
	}
}

func TestLinesCanAppearAfterTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{LineLag: 1})
	w.seed(t)
	id, err := w.client.PutOrder(t.Context(), body("5"))
	must(t, err)
	for i, want := range []int{0, 2} {
		order, err := w.client.Order(t.Context(), id)
		must(t, err)
		if len(order.Lines) != want {
			t.Errorf("read %d has %d lines", i+1, len(order.Lines))
		}
	}
}

func TestRegistersAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.seed(t)
	_, err := w.client.PutOrder(t.Context(), body("5"))
	must(t, err)
	w.server.Warehouse("acme").AddContract(ongoingtest.Contract{
		TransporterCode: "PLAB", TransporterName: "PostNord", ServiceCode: "P19", ServiceName: "MyPack",
	})

	statuses, err := w.client.OrderStatuses(t.Context())
	must(t, err)
	if len(statuses) < 3 || statuses[0].Number != 150 || statuses[0].Text == "" {
		t.Errorf("statuses: %+v", statuses)
	}
	ways, err := w.client.WaysOfDelivery(t.Context())
	must(t, err)
	if len(ways) != 1 || ways[0].ID == 0 || ways[0].Code != "BRING" || ways[0].Name != "Bring bedriftspakke" {
		t.Errorf("ways of delivery: %+v", ways)
	}
	contracts, err := w.client.TransporterContracts(t.Context())
	must(t, err)
	wantContracts := []ongoing.TransporterContract{
		{
			TransporterName: "PostNord",
			TransporterCode: "PLAB",
			Services:        []ongoing.TransporterService{{Name: "MyPack", Code: "P19"}},
		},
	}
	if diff := cmp.Diff(wantContracts, contracts); diff != "" {
		t.Errorf("contracts (-want +got)\n%s", diff)
	}
	owners, err := w.client.GoodsOwners(t.Context())
	must(t, err)
	if diff := cmp.Diff([]ongoing.GoodsOwner{{ID: 77, Name: "Acme"}}, owners); diff != "" {
		t.Errorf("goods owners (-want +got)\n%s", diff)
	}
}

func TestAnotherGoodsOwnerIsOutOfReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	other := w.server.Warehouse("acme").GoodsOwner(78, "Other")
	_, err := other.AddOrder("1")
	must(t, err)
	order, _ := other.Order("1")
	if _, err = w.client.Order(t.Context(), ongoing.OrderID(order.ID)); !errors.Is(err, ongoing.ErrNotFound) {
		t.Errorf("an order of another goods owner: %v", err)
	}
	c := w.config
	c.GoodsOwner = 78
	if _, err = newClient(t, c).PutArticle(t.Context(), ongoing.ArticleBody{ArticleNumber: "A"}); !errclass.Is(err,
		errclass.Credentials) {
		t.Errorf("a goods owner that the user cannot act for: %v", err)
	}
	c.GoodsOwner = 77
	c.Credentials.Password = "wrong"
	if _, err = newClient(t, c).OrderStatuses(t.Context()); !errclass.Is(err, errclass.Credentials) {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	tests := map[string]struct {
		spoil func(*ongoing.Config)
		class errclass.Class
		names []string
	}{
		"nothing": {func(*ongoing.Config) {}, "", nil},
		"the password": {
			func(c *ongoing.Config) { c.Credentials.Password = "wrong" },
			errclass.Credentials,
			[]string{"401", `password in the secret "ongoing24so/acme"`, "ongoing.goodsOwnerId", "ongoing.baseUrl"},
		},
		"the goods owner": {
			func(c *ongoing.Config) { c.GoodsOwner = 78 },
			errclass.Credentials,
			[]string{"403", `secret "ongoing24so/acme"`, "goods owner 78 (ongoing.goodsOwnerId)", "ongoing.baseUrl"},
		},
		"the address": {
			func(c *ongoing.Config) { c.BaseURL = strings.Replace(c.BaseURL, "/v1", "/v9", 1) },
			errclass.Settings,
			[]string{"404", "ongoing.baseUrl must be"},
		},
	}
	check := func(name string, class errclass.Class, err error, names []string) {
		t.Helper()
		if errclass.Of(err) != class {
			t.Errorf("%s: %v", name, err)
		}
		for _, part := range names {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not name %q", name, err, part)
			}
		}
	}
	for name, tt := range tests {
		c := w.config
		c.Secret = "ongoing24so/acme"
		tt.spoil(&c)
		check(name, tt.class, newClient(t, c).Check(t.Context()), tt.names)
	}
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 400})
	check("refused in another way", errclass.Settings, w.client.Check(t.Context()),
		[]string{"HTTP status 400", "ongoing.baseUrl must be", "ongoing.goodsOwnerId a goods owner there, not 77"})
}

// A 403 about one record says nothing about the others, if the user can act for the goods owner.
func TestForbiddenRecordIsRejectedOnceAnotherCallHasSucceeded(t *testing.T) {
	t.Parallel()
	forbid := func(w *world) {
		w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 403, Times: -1})
	}
	calls := map[string]struct {
		do    func(*ongoing.Client, ongoing.OrderID) error
		class errclass.Class
	}{
		"a list": {func(c *ongoing.Client, _ ongoing.OrderID) error {
			_, err := c.OrderStatuses(t.Context())
			return err
		}, errclass.Credentials},
		"a read of one order": {func(c *ongoing.Client, id ongoing.OrderID) error {
			_, err := c.Order(t.Context(), id)
			return err
		}, errclass.Rejected},
		"a write": {func(c *ongoing.Client, _ ongoing.OrderID) error {
			_, err := c.PutArticle(t.Context(), ongoing.ArticleBody{ArticleNumber: "A"})
			return err
		}, errclass.Rejected},
		"a cancellation": {func(c *ongoing.Client, id ongoing.OrderID) error {
			return c.CancelOrder(t.Context(), id)
		}, errclass.Rejected},
	}
	for name, call := range calls {
		w := newWorld(t, ongoingtest.Options{Record: unrecorded})
		_, order := w.seed(t)
		forbid(w)
		if err := call.do(w.client, order); !errclass.Is(err, errclass.Credentials) {
			t.Errorf("%s, before a call has succeeded: %v", name, err)
		}
		w.server.ClearFaults()
		must(t, w.client.Check(t.Context()))
		forbid(w)
		if err := call.do(w.client, order); !errclass.Is(err, call.class) {
			t.Errorf("%s, after a call has succeeded: %v, want class %s", name, err, call.class)
		}
	}
}

func TestOrdersCanStartFromAnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	var ids []ongoing.OrderID
	for _, number := range []string{"1", "2", "3"} {
		id, err := w.owner.AddOrder(number)
		must(t, err)
		ids = append(ids, ongoing.OrderID(id))
	}
	var got []ongoing.OrderID
	for _, o := range collect(t, w.client.Orders(t.Context(), ongoing.OrderQuery{From: ids[1], PageSize: 1})) {
		got = append(got, o.Info.ID)
	}
	if diff := cmp.Diff(ids[1:], got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
