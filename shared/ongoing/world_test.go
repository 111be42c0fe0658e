package ongoing_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/vendorhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is the password. No message and no printed value must hold it.
const secret = "s3cret-pässword"

// A world is a warehouse with one goods owner, and a client for that goods owner.
type world struct {
	server *ongoingtest.Server
	owner  *ongoingtest.GoodsOwner
	config ongoing.Config
	client *ongoing.Client

	mu    sync.Mutex
	calls []vendorhttp.Call
}

// newWorld starts a simulator. It keeps its exchanges as files, so that `go test -artifacts -outputdir=…` can compare
// them with the vendor's definition. Tests whose exchanges break it on purpose are not recorded.
func newWorld(t *testing.T, o ongoingtest.Options) *world {
	t.Helper()
	if o.Record == nil {
		o.Record = recorder(t)
	}
	server, err := ongoingtest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	w := &world{server: server}
	warehouse := server.Warehouse("acme")
	w.owner = warehouse.GoodsOwner(77, "Acme")
	warehouse.AddUser("WSIacme", secret, w.owner)
	w.config = config(warehouse.BaseURL())
	w.config.Observe = func(c vendorhttp.Call) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls = append(w.calls, c)
	}
	w.client = newClient(t, w.config)
	return w
}

func unrecorded(ongoingtest.Exchange) {}

func recorder(t *testing.T) func(ongoingtest.Exchange) {
	t.Helper()
	var mu sync.Mutex
	folder, n := t.ArtifactDir(), 0
	return func(x ongoingtest.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		n++
		content, err := json.MarshalIndent(x, "", "  ")
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%06d.json", n)), content, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

func config(baseURL string) ongoing.Config {
	return ongoing.Config{
		BaseURL: baseURL, GoodsOwner: 77, Credentials: ongoing.Credentials{Username: "WSIacme", Password: secret},
		Now: time.Now, Backoff: time.Microsecond,
	}
}

// newClient returns a client whose connections end with the test.
func newClient(t *testing.T, c ongoing.Config) *ongoing.Client {
	t.Helper()
	if c.Transport == nil {
		c.Transport = newTransport(t)
	}
	client, err := ongoing.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func newTransport(t *testing.T) *http.Transport {
	t.Helper()
	transport := ongoing.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// observed returns the attempts that the client has reported.
func (w *world) observed() []vendorhttp.Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]vendorhttp.Call(nil), w.calls...)
}

// seed adds articles A and B with stock, and order 40557 with a line of each. The warehouse's staff made all of them.
func (w *world) seed(t *testing.T) (ongoing.ArticleID, ongoing.OrderID) {
	t.Helper()
	id, err := w.owner.AddArticle(
		ongoingtest.NewArticle{Number: "A", Name: "Hengsle", ProductCode: "1", Stock: number.FromInt(100)},
	)
	must(t, err)
	_, err = w.owner.AddArticle(
		ongoingtest.NewArticle{Number: "B", Name: "Skrue", ProductCode: "2", Stock: number.FromInt(100)},
	)
	must(t, err)
	order, err := w.owner.AddOrder(
		"40557",
		ongoingtest.NewLine{
			Row:      "1",
			Article:  "A",
			Quantity: number.FromInt(10),
		},
		ongoingtest.NewLine{Row: "2", Article: "B", Quantity: number.MustParse("2.5")},
	)
	must(t, err)
	return ongoing.ArticleID(id), ongoing.OrderID(order)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// body is an order as the integration sends it.
func body(orderNumber string) ongoing.OrderBody {
	return ongoing.OrderBody{
		OrderNumber: orderNumber, DeliveryDate: "2026-11-25", GoodsOwnerOrderID: orderNumber, ReferenceNumber: "PO-778",
		OrderRemark:   "Bak huset",
		WayOfDelivery: &ongoing.CodeName{Code: "BRING", Name: "Bring bedriftspakke"},
		Consignee: ongoing.Consignee{
			CustomerNumber: "10031", Name: "Fjell Bygg AS", Address1: "Industriveien 4", PostCode: "5221",
			City: "Nesttun", CountryCode: "NO",
		},
		EmailNotification: &ongoing.Notification{Value: "lager@fjellbygg.example"},
		OrderLines: []ongoing.OrderLine{
			{RowNumber: "1", ArticleNumber: "A", NumberOfItems: number.FromInt(4), ExternalID: "1"},
			{
				RowNumber:     "2",
				ArticleNumber: "B",
				NumberOfItems: number.MustParse("2.5"),
				Prices:        ongoing.LinePrices{LinePrice: decimal("12.40")},
			},
		},
	}
}

func decimal(s string) *number.Decimal {
	d := number.MustParse(s)
	return &d
}
