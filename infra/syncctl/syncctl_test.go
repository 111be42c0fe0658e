package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/rogpeppe/go-internal/testscript"

	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/lambdaruntime"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"syncctl": main})
}

// TestScripts runs each script of testdata against a stack of its own: real functions, DynamoDB, secrets, and both
// vendors' simulators.
func TestScripts(t *testing.T) {
	t.Parallel()
	binaries := t.TempDir()
	build := sync.OnceValue(func() error { return testenv.Build(context.Background(), binaries) })
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			if err := build(); err != nil {
				return err
			}
			w, err := newWorld(context.Background(), binaries)
			if err != nil {
				return err
			}
			e.Defer(w.close)
			e.Values["world"] = w
			file := filepath.Join(e.WorkDir, "endpoints.json")
			e.Setenv("SYNCCTL_LOCAL", "true")
			e.Setenv("SYNCCTL_ENDPOINTS", file)
			e.Setenv("NO_COLOR", "1")
			e.Setenv("BASE_URL", w.fjell.GoodsOwner.Warehouse().BaseURL())
			return w.writeEndpoints(file)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"people": people},
		Condition: func(name string) (bool, error) {
			_, err := os.Stat("/dev/ptmx")
			return name == "pty" && err == nil, nil
		},
	})
}

// A world is a stack with these customers:
//
//	fjell  is live; its delivery method 4 is listed, 9 is not; product 7106 has no number
//	torv   has two values that the settings do not allow
//	ny     is not a customer yet: it has a company and a goods owner, and neither settings nor a secret
type world struct {
	*testenv.Env
	fjell, torv, ny *testenv.Merchant
	lambda          *httptest.Server
	clock           string // the file that says how far syncctl's clock is ahead
}

func newWorld(ctx context.Context, binaries string) (*world, error) {
	env, err := testenv.Start(testenv.Options{})
	if err != nil {
		return nil, err
	}
	w := &world{Env: env}
	functions := map[string]*lambdaruntime.Function{}
	for _, entry := range naming.Entries() {
		f, err := env.Function(binaries, entry.Process)
		if err != nil {
			return nil, err
		}
		functions[naming.Function(naming.DefaultStack, entry.Process)] = f.Function
	}
	w.lambda = httptest.NewServer(lambdaruntime.InvokeAPI(functions, testenv.Timeout))
	return w, w.addMerchants(ctx)
}

func (w *world) addMerchants(ctx context.Context) (err error) {
	listed := map[string]any{"4": map[string]any{"code": "BRING"}}
	w.fjell, err = w.AddMerchant(ctx, "fjell", map[string]any{"salesOrders": map[string]any{"deliveryMethods": listed}})
	if err != nil {
		return err
	}
	for id, no := range map[office24.ProductID]string{7101: "TELT", 7106: ""} {
		w.addProduct(w.fjell, id, no)
	}
	w.addOrder(w.fjell, 40551, office24.StatusConfirmed, 4, 7101)
	w.addOrder(w.fjell, 40556, office24.StatusConfirmed, 9, 7101)
	w.addOrder(w.fjell, 40557, office24.StatusOffer, 4, 7101)
	wrong := map[string]any{"textRows": "kommentar", "nonStockRows": "maybe"}
	if w.torv, err = w.AddMerchant(ctx, "torv", map[string]any{"salesOrders": wrong}); err != nil {
		return err
	}
	if w.ny, err = w.AddMerchant(ctx, "ny", nil); err != nil {
		return err
	}
	w.addProduct(w.ny, 7201, "SKI")
	w.addOrder(w.ny, 41001, office24.StatusConfirmed, 4, 7201)
	w.Secrets.Delete(testenv.SecretName("ny"))
	table := dynamodbtest.SettingsTable
	_, err = w.DynamoDB.Client().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &table, Key: document.Item{naming.PartitionKey: dynamoattr.Text("ny")},
	})
	return err
}

func (*world) addProduct(m *testenv.Merchant, id office24.ProductID, no string) {
	m.Company.AddProduct(office24.Product{ID: id, No: no, Name: "Telt", StatusID: new(1), StockControlled: new(true)})
}

func (*world) addOrder(
	m *testenv.Merchant, id office24.OrderID, status office24.OrderStatus, method office24.DeliveryMethodID,
	product office24.ProductID,
) {
	one := number.MustParse("1")
	m.Company.AddOrder(office24.Order{
		ID: id, CustomerID: 5120, CustomerName: "Kari Nordmann", Status: status,
		DeliveryMethod: &office24.DeliveryMethod{ID: method, Description: "Bring"},
		Addresses: office24.Addresses{Delivery: &office24.Address{
			Street: "Storgata 1", PostalCode: "0155", PostalArea: "OSLO",
		}},
		Rows: []office24.Row{{ProductID: product, Quantity: &one, Type: office24.RowNormal}},
	})
}

func (w *world) writeEndpoints(file string) error {
	environment := w.Environment()
	w.clock = file + ".clock"
	environment["AWS_ENDPOINT_URL_LAMBDA"], environment["LOCAL_CLOCK"] = w.lambda.URL, w.clock
	text, err := json.Marshal(environment)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func (w *world) close() {
	w.lambda.Close()
	if err := w.Close(); err != nil {
		panic(err) // a test cannot be failed after it has ended
	}
}

func (w *world) otherRun(process naming.Process) error {
	table := dynamodbtest.StateTable
	_, err := w.DynamoDB.Client().PutItem(context.Background(), &dynamodb.PutItemInput{
		TableName: &table, Item: document.Item{
			naming.PartitionKey: dynamoattr.Text("fjell"), naming.SortKey: dynamoattr.Text("lease#" + string(process)),
			"holder": dynamoattr.Text("other"),
			"until":  dynamoattr.Text(time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")),
		},
	})
	return err
}

// people does in both systems what a script names, without syncctl.
func people(ts *testscript.TestScript, neg bool, args []string) {
	w := ts.Value("world").(*world)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: people what")
	}
	var err error
	switch args[0] {
	case "number-product": // the product without a number gets one
		w.fjell.Company.EditProduct(7106, func(p *office24.Product) { p.No = "KNIV" })
	case "damage-id": // the id of the product cannot be read, or can again
		w.fjell.Company.Damage("Product", 7101, "Id", args[1])
	case "edit-order": // the order gets another address, which the fields of a change hide
		w.fjell.Company.EditOrder(40551, func(o *office24.Order) { o.Addresses.Delivery.Street = "Storgata 2" })
	case "forward": // the stack's clock is moved forward
		var ahead time.Duration
		if ahead, err = time.ParseDuration(args[1]); err == nil {
			err = os.WriteFile(w.clock, []byte(strconv.FormatInt(int64(ahead), 10)), 0o600)
		}
	case "other-run": // another run of a process has the customer's lease
		err = w.otherRun(naming.Process(args[1]))
	case "edit-order-again":
		w.fjell.Company.EditOrder(40551, func(o *office24.Order) { o.Addresses.Delivery.Street = "Storgata 3" })
	case "withdraw-order":
		w.fjell.Company.EditOrder(40551, func(o *office24.Order) { o.Status = office24.StatusOffer })
	case "confirm-order":
		w.fjell.Company.EditOrder(40551, func(o *office24.Order) { o.Status = office24.StatusConfirmed })
	case "ship": // the warehouse ships the order, without any of its goods
		err = ship(w, args[1])
	case "expect-order": // the order is in the goods owner of a merchant
		_, found := w.ny.GoodsOwner.Order(args[1])
		if !found {
			ts.Fatalf("order %s is not in the warehouse", args[1])
		}
	case "second-owner": // the merchant gets another goods owner, whose id is the argument of move
		w.AddGoodsOwner(w.fjell, "lager", 99)
	case "forbid-orders": // the warehouse takes the right to write orders away
		w.Ongoing.Fault(ongoingtest.Fault{
			Op: "PUT /orders/{orderId}", Times: -1, Kind: ongoingtest.Status, Status: http.StatusForbidden,
		})
	case "warehouse-down":
		w.Ongoing.Fault(ongoingtest.Fault{
			Times: -1, Kind: ongoingtest.Status, Status: http.StatusServiceUnavailable,
		})
	case "own-article": // the merchant's goods owner has an article of the product already, without its code
		_, err = w.ny.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: "SKI", Name: "Ski"})
	case "foreign-order": // somebody else has an order with this number in the merchant's goods owner
		_, err = w.ny.GoodsOwner.AddOrder(args[1])
	case "tamper": // somebody changes an article in the warehouse
		err = w.fjell.GoodsOwner.SetProductCode("TELT", "changed")
	case "rename-product": // somebody renames a product, which the next run carries over
		w.fjell.Company.EditProduct(7101, func(p *office24.Product) { p.Name = "Stort telt" })
	case "half-loaded": // the first load of articles has not got to its end: it has no cursor, and a product is new
		w.addProduct(w.fjell, 7108, "KOP")
		table := dynamodbtest.StateTable
		_, err = w.DynamoDB.Client().DeleteItem(context.Background(), &dynamodb.DeleteItemInput{
			TableName: &table, Key: document.Item{
				naming.PartitionKey: dynamoattr.Text("fjell"), naming.SortKey: dynamoattr.Text("cursor#articles"),
			},
		})
	case "supplier": // the product gets a supplier
		w.fjell.Company.AddCompany(office24.Company{ID: 5012, Name: "Kokk AS", Type: office24.CompanySupplier})
		w.fjell.Company.EditProduct(7101, func(p *office24.Product) { p.SupplierID = 5012 })
	case "no-secret": // somebody deletes the merchant's secret
		w.Secrets.Delete(testenv.SecretName(args[1]))
	case "delete-order":
		w.fjell.Company.DeleteOrder(40551)
	case "renumber-order": // the warehouse gives an order another number
		err = w.fjell.GoodsOwner.RenumberOrder(args[1], args[2])
	case "wrong-password": // somebody changes the password in Ongoing
		secret := w.fjell.Secret
		secret.Ongoing.Password = "changed"
		err = w.PutSecret("fjell", secret)
	case "edit-wrong": // somebody writes a value that is not allowed in the console
		w.fjell.Settings["salesOrders"].(map[string]any)["textRows"] = "kommentar"
		err = w.PutSettings(context.Background(), w.fjell.Settings)
	case "edit": // somebody writes the settings in the console
		w.fjell.Settings["name"] = strings.Join(args[1:], " ")
		err = w.PutSettings(context.Background(), w.fjell.Settings)
	default:
		err = fmt.Errorf("people cannot %s", args[0])
	}
	ts.Check(err)
}

func ship(w *world, order string) error {
	one := number.MustParse("1")
	o, _ := w.fjell.GoodsOwner.Order(order)
	if err := w.fjell.GoodsOwner.AddStock("TELT", one); err != nil {
		return err
	}
	if err := w.fjell.GoodsOwner.Pick(order, o.Lines[0].Row, one); err != nil {
		return err
	}
	return w.fjell.GoodsOwner.SetOrderStatus(order, 450)
}
