package isolation_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A cage is a customer all of whose personal data are canaries, and what has left the functions so far.
type cage struct {
	*world
	*testenv.Merchant
	functions map[naming.Process]*testenv.Function
	secrets   []string // of both vendors, and the sessions so far
	traces    *traces
	serial    int // of the last product
	left      []string
	seen      map[string]bool // what was searched already
}

// Every text about a person holds this word near its beginning, so that a part of it is found as well.
const canary = "kanari"

// Numbers cannot hold it.
const (
	phone    = "+47 987 65 432"
	mobile   = "+47 456 78 901"
	postCode = "N-9417"
	orgNo    = "NO 987 654 321 MVA"
	gln      = "7080001234567"
)

func ofOrders() []string {
	return []string{
		"Kanarimottaker Navnesen", "Kanarifugl Navnesen", "Kanarigata 17", "KANARISTAD", "Kanaridame v/ resepsjonen", "Kanarireferanse",
		"Kanaritittel", "Kanaritekst", "Kanarikundref", "KANARI-PO-77", "faktura.kanari@gjemt.example", "Kanarirad", "Kanaritekstrad",
		"Kanarialternativ", phone, postCode, orgNo, gln,
	}
}

func ofSuppliers() []string {
	return []string{"Kanarileverandør AS", "Kanarileverandørgata 3", "KANARISTAD", "salg.kanari@gjemt.example", phone, mobile, postCode}
}

func personal() []string { return slices.Concat(ofOrders(), ofSuppliers()) }

// newCage starts a testbed with a customer, whose settings carry as much of an order over as they can.
func newCage(t testing.TB, more map[string]any) *cage {
	t.Helper()
	c := &cage{world: newWorld(t, testenv.Options{}), functions: map[naming.Process]*testenv.Function{}, traces: listen(t),
		seen: map[string]bool{}}
	settings := map[string]any{
		"salesOrders": map[string]any{"textRows": "comment", "importedStatus": "Pack", "cancelWithdrawn": true},
		"shipments":   map[string]any{"restOrders": true, "tracking": "invoiceText"},
		"suppliers":   map[string]any{"enabled": true},
		"extraFields": []any{
			map[string]any{"from": "order.InvoiceEmailAddress", "to": "order.emailNotification.value"},
			map[string]any{"from": "order.CustomerName", "to": "order.freeText1"},
			map[string]any{"from": "order.CustomerReferenceNo", "to": "order.freeText2"},
			map[string]any{"from": "order.GLNNumber", "to": "order.freeText3"},
			map[string]any{"from": "order.InvoiceText", "to": "order.warehouseInstruction"},
			map[string]any{"from": "order.DeliveryAlternative", "to": "order.consigneeOrderNumber"},
			map[string]any{"from": "row.Name", "to": "line.warehouseInstruction"},
			map[string]any{"from": "row.Price", "to": "line.prices.linePrice"},
		},
	}
	for name, value := range more {
		settings[name] = value
	}
	c.environment["LOG_LEVEL"] = "DEBUG"
	c.environment["AWS_XRAY_SDK_DISABLED"] = "FALSE"
	c.environment["AWS_XRAY_DAEMON_ADDRESS"] = c.traces.address
	c.Merchant = c.customer("vogel", settings)
	for _, e := range naming.Entries() {
		c.functions[e.Process] = c.function(e.Process)
	}
	c.secrets = append(c.erpSecrets(), c.wmsSecrets()...)
	c.Company.AddCompany(office24.Company{ID: 5012, Name: "Kanarileverandør AS", Type: office24.CompanySupplier, Country: "NO",
		OrganizationNumber: orgNo,
		Addresses:          office24.Addresses{Visit: &office24.Address{Street: "Kanarileverandørgata 3", PostalCode: postCode, PostalArea: "KANARISTAD"}},
		PhoneNumbers:       office24.PhoneNumbers{Work: &office24.PhoneNumber{Value: phone}, Mobile: &office24.PhoneNumber{Value: mobile}},
		EmailAddresses:     office24.EmailAddresses{Work: &office24.EmailAddress{Value: "salg.kanari@gjemt.example"}}})
	return c
}

func (c *cage) erpSecrets() []string {
	s := c.Secret.Office24
	return []string{s.ApplicationID, s.Username, s.Password}
}

func (c *cage) wmsSecrets() []string {
	s := c.Secret.Ongoing
	return []string{s.Username, s.Password, base64.StdEncoding.EncodeToString([]byte(s.Username + ":" + s.Password))}
}

// session is the id of the session in use; empty if there is none.
func (c *cage) session() string {
	id, _ := c.records(c.ID)["session"]["id"].(string)
	return id
}

// product adds a product with a number of its own.
func (c *cage) product() office24.ProductID {
	c.serial++
	yes := true
	return c.Company.AddProduct(office24.Product{No: "VARE-" + strconv.Itoa(c.serial), Name: "Vare", StockControlled: &yes, Stock: dec("10"), SupplierID: 5012})
}

// order adds a confirmed order for ten of each product.
func (c *cage) order(products ...office24.ProductID) office24.OrderID {
	o := office24.Order{
		CustomerID: 5120, CustomerName: "Kanarifugl Navnesen", CustomerDeliveryName: "Kanarimottaker Navnesen", CustomerDeliveryPhone: phone,
		Status: office24.StatusConfirmed, DateOrdered: time.Now(), YourReference: "Kanarireferanse", InvoiceTitle: "Kanaritittel",
		InvoiceText: "Kanaritekst", CustomerReferenceNo: "Kanarikundref", ReferenceNumber: "KANARI-PO-77", CustomerOrgNo: orgNo,
		InvoiceEmailAddress: "faktura.kanari@gjemt.example", DeliveryAlternative: "Kanarialternativ", GLNNumber: gln,
		Addresses: office24.Addresses{Delivery: &office24.Address{Street: "Kanarigata 17\nKanaridame v/ resepsjonen", PostalCode: postCode,
			PostalArea: "KANARISTAD", Name: "Kanarimottaker Navnesen"}},
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til døren"},
		Rows:           []office24.Row{{Type: office24.RowText, Name: "Kanaritekstrad"}},
	}
	for _, id := range products {
		o.Rows = append(o.Rows, office24.Row{ProductID: id, Name: "Kanarirad", Quantity: dec("10"), Price: dec("399")})
	}
	return c.Company.AddOrder(o)
}

// shipShort lets the warehouse receive an order's goods and ship all of them but one.
func (c *cage) shipShort(id office24.OrderID) {
	c.t.Helper()
	number := strconv.Itoa(int(id))
	o, found := c.GoodsOwner.Order(number)
	if !found {
		c.t.Fatalf("order %s is not in Ongoing", number)
	}
	picked := map[string]numberOf{}
	for _, l := range o.Lines {
		must(c.t, c.GoodsOwner.SetStock(l.Article, *dec("10")))
		picked[l.Row] = *dec("9")
	}
	must(c.t, c.GoodsOwner.Ship(number, ongoingtest.Shipment{Quantities: picked, Waybill: "7072215" + number}))
}

type numberOf = number.Decimal

// stir gives a process something to do, and returns when all that is left is to run it.
func (c *cage) stir(p naming.Process) {
	c.t.Helper()
	switch p {
	case naming.Articles:
		c.product()
	case naming.SalesOrders:
		c.order(c.product())
		withdrawn := c.order(c.product())
		c.calm(naming.SalesOrders)
		c.Company.SetStatus(withdrawn, office24.StatusInactive)
		c.order(c.product())
	case naming.Shipments:
		id := c.order(c.product())
		c.calm(naming.SalesOrders)
		c.shipShort(id)
	case naming.Stock:
		c.product()
		c.calm(naming.Articles)
		must(c.t, c.GoodsOwner.SetStock("VARE-"+strconv.Itoa(c.serial), *dec("7")))
	case naming.Suppliers:
		c.product()
		c.calm(naming.Articles)
		c.Company.EditCompany(5012, func(company *office24.Company) { company.Country = []string{"SE", "DK", "FI"}[c.serial%3] })
	}
}

// calm runs a process without faults.
func (c *cage) calm(p naming.Process) {
	c.t.Helper()
	c.Office24.ClearFaults()
	c.Ongoing.ClearFaults()
	c.invoke(p, nil)
}

// invoke runs a process and keeps what it said and answered.
func (c *cage) invoke(p naming.Process, more map[string]any) runner.Row {
	c.t.Helper()
	event := map[string]any{"customers": []string{c.ID}}
	for name, value := range more {
		event[name] = value
	}
	result, lines, err := c.functions[p].Run(c.t.Context(), event)
	if err != nil || len(result.Customers) != 1 {
		c.t.Fatalf("%s: %v, rows %+v\n%s", p, err, result.Customers, strings.Join(lines, "\n"))
	}
	c.left = append(append(c.left, lines...), text(result))
	if id := c.session(); id != "" && !slices.Contains(c.secrets, id) {
		c.secrets = append(c.secrets, id)
	}
	return result.Customers[0]
}

// search looks for what must not leave in all that has left.
func (c *cage) search(when string) {
	c.t.Helper()
	left := slices.Concat(c.left, c.traces.all())
	for name, record := range c.records(c.ID) {
		if name != "session" {
			left = append(left, name+" "+text(record))
		}
	}
	for _, line := range left {
		if c.seen[line] {
			continue
		}
		c.seen[line] = true
		for _, secret := range append(slices.Concat(c.secrets, personal()), canary) {
			if strings.Contains(strings.ToLower(line), strings.ToLower(secret)) {
				c.t.Errorf("%s: %q has left:\n%s", when, secret, line)
				break
			}
		}
	}
	c.left = nil
}

// traces is what an X-Ray daemon was sent.
type traces struct {
	address string
	mu      sync.Mutex
	packets []string
}

func listen(t testing.TB) *traces {
	t.Helper()
	connection, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	must(t, err)
	traced := &traces{address: connection.LocalAddr().String()}
	var reading sync.WaitGroup
	reading.Go(func() {
		packet := make([]byte, 64<<10)
		for {
			n, _, err := connection.ReadFrom(packet)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			traced.mu.Lock()
			traced.packets = append(traced.packets, string(packet[:n]))
			traced.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		must(t, connection.Close())
		reading.Wait()
	})
	return traced
}

func (x *traces) all() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.packets)
}

// TestNothingLeaves: a working day without trouble, and the ways to look at it beforehand.
func TestNothingLeaves(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]map[string]any{"live": nil, "dry run": {"dryRun": true}, "preview": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCage(t, nil)
			for _, e := range naming.Entries() {
				c.stir(e.Process)
				if name == "preview" {
					c.Settings["mode"] = "preview"
					must(t, c.PutSettings(t.Context(), c.Settings))
				}
				row := c.invoke(e.Process, event)
				if row.Planned == 0 || name == "live" && row.Written == 0 {
					t.Errorf("%s had nothing to do: %+v", e.Process, row)
				}
				if name != "live" && (row.Written > 0 || len(row.Changes) == 0) {
					t.Errorf("%s wrote, or showed nothing: %+v", e.Process, row)
				}
				delete(c.Settings, "mode")
				must(t, c.PutSettings(t.Context(), c.Settings))
			}
			if len(c.traces.all()) == 0 {
				t.Error("nothing was traced")
			}
			c.search(name)
			c.carried()
		})
	}
}

// carried makes sure that the canaries were there to be found.
func (c *cage) carried() {
	c.t.Helper()
	var sent string
	for _, o := range c.GoodsOwner.Orders() {
		sent += text(o.Body)
	}
	for _, a := range c.GoodsOwner.Articles() {
		sent += text(a.Body)
	}
	for _, value := range personal() {
		if !strings.Contains(sent, value) && value != mobile && !strings.Contains(value, "salg.") && !strings.Contains(value, "Kanarileverandørgata") {
			c.t.Errorf("%q never reached Ongoing; the test proves nothing of it", value)
		}
	}
}

// TestVendorsQuote: whatever call fails, and whatever its answer quotes, nothing of it leaves.
func TestVendorsQuote(t *testing.T) {
	t.Parallel()
	for _, e := range naming.Entries() {
		t.Run(string(e.Process), func(t *testing.T) {
			t.Parallel()
			c := newCage(t, nil)
			c.stir(e.Process)
			for _, op := range c.operations(e.Process) {
				t.Run(strings.ReplaceAll(op, "/", " "), func(t *testing.T) {
					t.Parallel()
					newCage(t, nil).quoted(e.Process, op)
				})
			}
		})
	}
}

// operations are the calls that a run of a process makes.
func (c *cage) operations(p naming.Process) []string {
	c.t.Helper()
	c.Company.ExpireSessions()
	calls, entries := len(c.Office24.Journal()), len(c.Ongoing.Journal())
	if row := c.invoke(p, nil); row.Written == 0 {
		c.t.Fatalf("nothing was done: %+v", row)
	}
	var made []string
	for _, call := range c.Office24.Journal()[calls:] {
		made = append(made, call.Operation)
	}
	for _, entry := range c.Ongoing.Journal()[entries:] {
		made = append(made, entry.Operation)
	}
	slices.Sort(made)
	return slices.Compact(made)
}

// quotes are texts that hold the canaries that a vendor can know of, each text short enough not to be cut. What a call
// carried may stand in them in any way, what it did not carry in quotes, as programs put it.
func (c *cage) quotes(p naming.Process, op string) []string {
	secrets := append(c.erpSecrets(), c.session())
	if strings.Contains(op, " /") {
		secrets = c.wmsSecrets()
	}
	carried, others := secrets, personal()
	switch {
	case op == "PUT /orders":
		carried = slices.Concat(secrets, ofOrders())
	case op == "PUT /articles" && p == naming.Suppliers:
		carried = slices.Concat(secrets, ofSuppliers())
	case op == "PUT /articles":
		carried = slices.Concat(secrets, ofSuppliers()[:1])
	case op == "Login":
		carried = c.erpSecrets()
	case strings.HasPrefix(op, "G"): // a read, of which nothing is quoted
		carried = slices.Concat(secrets, personal())
	}
	said := []string{
		"Truncated value: 'Kanarimott'. Invalid: \"Kanarigata 1\", 'Kanaritit'. Too long: 'Kanarileverandørg…'",
		"Server ---> System.Exception: 'Kanarigata&nbsp;17', \"KANARIFUGL NAVNESEN\"",
	}
	for chunk := range slices.Chunk(carried, 6) {
		said = append(said, "Wrong: "+strings.Join(chunk, " / "))
	}
	for chunk := range slices.Chunk(others, 6) {
		said = append(said, "Wrong: '"+strings.Join(chunk, "' or '")+"'")
	}
	return said
}

// quoted lets a process meet each text in the answer to an operation, in each form in which a vendor says no, and looks
// at what has left.
func (c *cage) quoted(p naming.Process, op string) {
	c.t.Helper()
	c.stir(p)
	for i, said := range c.quotes(p, op) {
		c.refused(p, op, func() {
			c.Office24.Fault(office24test.Fault{Op: op, Times: -1, Kind: office24test.SOAPFault, Text: said})
			c.Ongoing.Fault(ongoingtest.Fault{Op: op, Times: -1, Kind: ongoingtest.Status, Status: http.StatusBadRequest,
				Body: text(map[string]any{"message": said, "modelState": map[string]any{"body": []string{said}}})})
		})
		if op == "SaveInvoices" {
			c.refused(p, op, func() {
				c.Office24.Fault(office24test.Fault{Op: op, Times: -1, Kind: office24test.ItemException, Type: "Office24Seven.Data", Text: said})
			})
		}
		if strings.Contains(op, " /") {
			statuses := []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError}
			if i > 0 || strings.HasPrefix(op, "GET") {
				statuses = statuses[:2] // the third is tried again after pauses
			}
			for _, status := range statuses {
				c.refused(p, op, func() {
					c.Ongoing.Fault(ongoingtest.Fault{Op: op, Times: -1, Kind: ongoingtest.Status, Status: status, RetryAfter: "3600",
						Body: text(map[string]any{"message": said})})
				})
			}
		}
	}
}

// refused runs a process into a fault. The records that fail are named the next time, so that they are tried again.
func (c *cage) refused(p naming.Process, op string, fault func()) {
	c.t.Helper()
	if op == "Login" {
		c.Company.ExpireSessions()
	}
	var keys []string
	for name := range c.records(c.ID) {
		if key, ok := strings.CutPrefix(name, "failure#"+string(p)+"#"); ok {
			keys = append(keys, key)
		}
	}
	event := map[string]any{}
	if len(keys) > 0 {
		event["keys"] = keys
	}
	fault()
	before := c.calls(op)
	row := c.invoke(p, event)
	if c.calls(op) == before {
		c.t.Errorf("%s did not call %s: %+v", p, op, row)
	}
	c.Office24.ClearFaults()
	c.Ongoing.ClearFaults()
	c.search(fmt.Sprintf("%s, %s, %s", p, op, row.Outcome))
}

// calls counts the calls of an operation so far.
func (c *cage) calls(op string) int {
	n := c.Office24.Calls(op)
	for _, entry := range c.Ongoing.Journal() {
		if entry.Operation == op {
			n++
		}
	}
	return n
}
