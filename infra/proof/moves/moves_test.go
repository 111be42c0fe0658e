package moves_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	articles "ongoing24so/functions/articles/process"
	salesorders "ongoing24so/functions/salesorders/process"
	shipments "ongoing24so/functions/shipments/process"
	stock "ongoing24so/functions/stock/process"
	suppliers "ongoing24so/functions/suppliers/process"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

// A process is one of the five, in the order in which a day brings them.
type process struct {
	name     string
	function lambdahost.Function
}

func processes() []process {
	return []process{
		{"articles", articles.Function()}, {"salesorders", salesorders.Function()},
		{"shipments", shipments.Function()}, {"stock", stock.Function()}, {"suppliers", suppliers.Function()},
	}
}

// newCustomer returns a customer with all processes switched on, a product and an order for it.
func newCustomer(t *testing.T) (*harness.Harness, office24.OrderID) {
	t.Helper()
	h := harness.New(t, map[string]any{
		"suppliers":   map[string]any{"enabled": true},
		"salesOrders": map[string]any{"cancelWithdrawn": true},
	})
	yes := true
	product := h.Company.AddProduct(office24.Product{
		No: "KET-17", Name: "Kjele", StockControlled: &yes, Stock: decimal("14"),
	})
	return h, h.Company.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Demo Buyer AS", Status: office24.StatusConfirmed,
		DateOrdered: h.Clock.Now(), Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Testveien 1", PostalCode: "0001", PostalArea: "TESTBY", Country: "NO"},
		},
		Rows: []office24.Row{{
			Type: office24.RowNormal, ProductID: product, ProductNo: "KET-17", Name: "Kjele", Quantity: decimal("2"),
		}},
	})
}

func decimal(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}

// runAll runs all processes and checks their outcome. It returns the rows by process.
func runAll(t *testing.T, h *harness.Harness, want runner.Outcome) map[string]runner.Row {
	t.Helper()
	rows := map[string]runner.Row{}
	for _, p := range processes() {
		h.Clock.Forward(time.Minute)
		row := harness.Run(h, p.function, nil)
		if row.Outcome != want {
			t.Errorf("%s: %s, %q; want %s", p.name, row.Outcome, row.Reason, want)
		}
		rows[p.name] = row
	}
	return rows
}

// moveTo gives the customer another goods owner with another API user, as a person does after a trial.
func moveTo(t *testing.T, h *harness.Harness, id int) *ongoingtest.GoodsOwner {
	t.Helper()
	warehouse := h.Ongoing.Warehouse("lager")
	owner := warehouse.GoodsOwner(id, "virkelig vareeier")
	h.Secret.Ongoing.Username = fmt.Sprint("WSI", id)
	warehouse.AddUser(h.Secret.Ongoing.Username, h.Secret.Ongoing.Password, owner)
	h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = id
	put(t, h)
	return owner
}

func put(t *testing.T, h *harness.Harness) {
	t.Helper()
	if err := h.PutSecret(h.ID, h.Secret); err != nil {
		t.Fatal(err)
	}
	if err := h.PutSettings(t.Context(), h.Settings); err != nil {
		t.Fatal(err)
	}
}

// wantNoCalls checks that f makes no call to a vendor, but for logins.
func wantNoCalls(t *testing.T, h *harness.Harness, f func()) {
	t.Helper()
	office, wms, _ := h.VendorCalls()
	logins := h.Office24.Calls("Login") + h.Office24.Calls("GetIdentity")
	f()
	officeAfter, wmsAfter, _ := h.VendorCalls()
	more := officeAfter - office - (h.Office24.Calls("Login") + h.Office24.Calls("GetIdentity") - logins)
	if more != 0 || wmsAfter != wms {
		t.Errorf("%d calls to 24SevenOffice, %d to Ongoing", more, wmsAfter-wms)
	}
}

func wantReason(t *testing.T, rows map[string]runner.Row, parts ...string) {
	t.Helper()
	for name, row := range rows {
		for _, part := range parts {
			if !strings.Contains(row.Reason, part) {
				t.Errorf("%s: the reason %q does not say %q", name, row.Reason, part)
			}
		}
	}
}

func orderIn(owner *ongoingtest.GoodsOwner, id office24.OrderID) (ongoingtest.OrderState, bool) {
	return owner.Order(fmt.Sprint(id))
}

// A customer is tried out on a test goods owner, and goes to production by a change of settings and secret.
func TestTrialGoodsOwnerThenProduction(t *testing.T) {
	t.Parallel()
	h, order := newCustomer(t)
	runAll(t, h, runner.OK)
	test := h.GoodsOwner
	if _, ok := orderIn(test, order); !ok {
		t.Fatal("the order has not arrived")
	}
	production := moveTo(t, h, 99)
	wantNoCalls(t, h, func() {
		rows := runAll(t, h, runner.Blocked)
		wantReason(t, rows, "goods owner 71", "goods owner 99", "ongoing.goodsOwnerId", `delete its record "binding"`)
	})

	t.Log("a stranger's order in production has the same id as ours in the test")
	h.GoodsOwner = production
	stranger, err := h.OngoingClient().PutOrder(t.Context(), ongoing.OrderBody{
		OrderNumber: "STRANGER", GoodsOwnerOrderID: "S-1", DeliveryDate: h.Clock.Now().Format(time.DateOnly),
	})
	if err != nil {
		t.Fatal(err)
	}
	before := len(test.Orders())
	h.Delete("binding")
	runAll(t, h, runner.OK)
	if _, ok := production.Article("KET-17"); !ok {
		t.Error("the article has not arrived in production")
	}
	if _, ok := orderIn(production, order); !ok {
		t.Error("the open order has not arrived in production")
	}

	t.Log("a withdrawn order is cancelled in production only")
	h.Company.SetStatus(order, office24.StatusInactive)
	h.Clock.Forward(time.Hour)
	runAll(t, h, runner.OK)
	if o, _ := orderIn(production, order); o.Status != ongoing.StatusCancelled {
		t.Errorf("in production it has status %d", o.Status)
	}
	if o, _ := orderIn(test, order); o.Status == ongoing.StatusCancelled || len(test.Orders()) != before {
		t.Errorf("in the test it has status %d", o.Status)
	}
	if o, _ := production.Order("STRANGER"); o.ID != int(stranger) || o.Status == ongoing.StatusCancelled {
		t.Errorf("the stranger's order: %+v", o)
	}
}

// The trial company is exchanged for the real one under the same customer; the ids coincide.
func TestAnotherCompanyUnderTheSameCustomer(t *testing.T) {
	t.Parallel()
	h, order := newCustomer(t)
	runAll(t, h, runner.OK)
	credentials := office24.Credentials{
		ApplicationID: h.Secret.Office24.ApplicationID, Username: h.Secret.Office24.Username,
		Password: h.Secret.Office24.Password,
	}
	realCompany := h.Office24.AddTenant(800002, credentials)
	o, _ := h.Company.Order(order)
	o.YourReference = "virkelig"
	realCompany.AddOrder(o)

	cases := map[string]struct {
		change func()
		undo   func()
	}{
		"another identity in the settings": {
			change: func() { h.Settings["office24"] = map[string]any{"identityId": realCompany.IdentityID()} },
			undo:   func() { delete(h.Settings, "office24") },
		},
		"another user in the secret, while the session of the old one is alive": {
			change: func() {
				h.Secret.Office24.Username = "other@example.com"
				changed := credentials
				changed.Username = "other@example.com"
				h.Office24.AddTenant(800003, changed)
			},
			undo: func() { h.Secret.Office24.Username = credentials.Username },
		},
		"another default identity, when the session has ended": {
			change: func() {
				h.Office24.SetDefaultIdentity(credentials, realCompany)
				h.Office24.ExpireSessions()
				h.Delete("session")
			},
			undo: func() { h.Office24.SetDefaultIdentity(credentials, h.Company) },
		},
	}
	for name, c := range cases {
		c.change()
		put(t, h)
		wantNoCalls(t, h, func() {
			wantReason(t, runAll(t, h, runner.Blocked), "client 700001", "leads to client 80000", `"binding"`)
		})
		c.undo()
		put(t, h)
		h.Delete("session")
		t.Log(name)
		runAll(t, h, runner.OK)
	}
	if got, _ := orderIn(h.GoodsOwner, order); got.Body["salesCode"] == "virkelig" {
		t.Error("the order of the other company has overwritten ours")
	}
}

func TestMovingBackFindsTheOldRecords(t *testing.T) {
	t.Parallel()
	h, order := newCustomer(t)
	runAll(t, h, runner.OK)
	first, secret := h.GoodsOwner, h.Secret
	before := h.Record(fmt.Sprint("order#", order))
	h.GoodsOwner = moveTo(t, h, 99)
	h.Delete("binding")
	runAll(t, h, runner.OK)
	if h.Record(fmt.Sprint("order#", order))["binding"] == before["binding"] {
		t.Error("the link is the former one")
	}
	h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = first.ID
	h.Secret = secret
	put(t, h)
	h.GoodsOwner = first
	h.Delete("binding")
	orders := len(first.Orders())
	rows := runAll(t, h, runner.OK)
	if rows["salesorders"].Written != 0 || rows["articles"].Written != 0 || len(first.Orders()) != orders {
		t.Errorf("salesorders %+v, articles %+v", rows["salesorders"], rows["articles"])
	}
}

// While the customer is elsewhere, people move the order to the status of the import, from which nothing sends it
// again.
func TestMovingBackHoldsAgainWhatWasReturned(t *testing.T) {
	t.Parallel()
	h, order := newCustomer(t)
	number, production := fmt.Sprint(order), office24.StatusProduction
	h.Settings["salesOrders"].(map[string]any)["importedStatus"] = production.Name()
	put(t, h)
	runAll(t, h, runner.OK)
	first, secret := h.GoodsOwner, h.Secret
	if err := first.SetStock("KET-17", *decimal("14")); err != nil {
		t.Fatal(err)
	}
	if err := first.Ship(number, ongoingtest.Shipment{}); err != nil {
		t.Fatal(err)
	}
	if err := first.ReturnOrder(number); err != nil {
		t.Fatal(err)
	}
	h.Clock.Forward(time.Hour)
	for _, p := range processes() {
		harness.Run(h, p.function, nil)
	}
	wantHeld := func(when string) {
		t.Helper()
		held, _ := h.Record("failure#shipments#" + number)["message"].(string)
		if !strings.Contains(held, "was returned in Ongoing") {
			t.Errorf("%s: the failure record says %q", when, held)
		}
	}
	wantHeld("at first")
	h.Company.SetStatus(order, office24.StatusPack)
	h.GoodsOwner = moveTo(t, h, 99)
	h.Delete("binding")
	sold, _ := h.Company.Order(order)
	sold.ID, sold.Status, sold.Rows = 0, office24.StatusConfirmed, slices.Clone(sold.Rows)
	sold.Rows[0].ID = 0
	h.Company.AddOrder(sold)
	for _, p := range processes() { // by hand, so that no cursor moves
		harness.Run(h, p.function, map[string]any{"customers": []string{h.ID}, "since": h.Clock.Now()})
	}
	if held := h.Record("failure#shipments#" + number); held != nil {
		t.Errorf("a failure record of the former goods owner is left: %v", held)
	}
	h.Clock.Forward(time.Hour)
	h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = first.ID
	h.Secret, h.GoodsOwner = secret, first
	put(t, h)
	h.Delete("binding")
	for _, p := range processes() {
		harness.Run(h, p.function, nil)
	}
	wantHeld("after moving back")
}

func TestTwoCustomersOfOneGoodsOwner(t *testing.T) {
	t.Parallel()
	h, order := newCustomer(t)
	runAll(t, h, runner.OK)
	owner := h.Settings["ongoing"].(map[string]any)
	second, err := h.AddMerchant(t.Context(), "birk", map[string]any{
		"ongoing": map[string]any{"goodsOwnerId": owner["goodsOwnerId"]}, "suppliers": map[string]any{"enabled": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	o, _ := h.Company.Order(order)
	o.YourReference = "birk"
	second.Company.AddOrder(o)
	acme := h.Merchant
	h.Merchant = second
	wantNoCalls(t, h, func() { wantReason(t, runAll(t, h, runner.Blocked), `customer "acme"`, "goodsOwnerId 71") })
	h.Merchant = acme
	if got, _ := orderIn(h.GoodsOwner, order); got.Body["salesCode"] == "birk" {
		t.Error("the second customer has overwritten the first one's order")
	}
	runAll(t, h, runner.OK)
}
