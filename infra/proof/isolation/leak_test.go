package isolation_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
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

// A canaryCustomer is a customer whose personal data are all canaries, and what has left its functions so far.
type canaryCustomer struct {
	*world
	*testenv.Merchant
	functions map[naming.Process]*testenv.Function
	secrets   []string // credentials of both vendors, and the sessions so far
	traces    *traces
	products  int // added so far
	left      []string
	searched  map[string]bool
}

// canary is near the beginning of every text about a person, so that a part of the text is found as well.
const canary = "kanari"

// These are numbers, without the word.
const (
	phone    = "+47 987 65 432"
	mobile   = "+47 456 78 901"
	postCode = "N-9417"
	orgNo    = "NO 987 654 321 MVA"
	gln      = "7080001234567"
)

func ofOrders() []string {
	return []string{
		"Kanarimottaker Navnesen", "Kanarifugl Navnesen", "Kanarigata 17", "KANARISTAD", "Kanaridame v/ resepsjonen",
		"Kanarireferanse",
		"Kanaritittel", "Kanaritekst", "Kanarikundref", "KANARI-PO-77", "faktura.kanari@gjemt.example", "Kanarirad",
		"Kanaritekstrad",
		"Kanarialternativ", phone, postCode, orgNo, gln,
	}
}

func ofSuppliers() []string {
	return []string{"Kanarileverandør AS", "Kanarileverandørgata 3", "KANARISTAD", "salg.kanari@gjemt.example", phone,
		mobile, postCode}
}

func personal() []string { return slices.Concat(ofOrders(), ofSuppliers()) }

// newCanaryCustomer starts an environment with a customer whose settings carry over as much of an order as possible.
func newCanaryCustomer(t testing.TB, more map[string]any) *canaryCustomer {
	t.Helper()
	c := &canaryCustomer{
		world:     newWorld(t, testenv.Options{}),
		functions: map[naming.Process]*testenv.Function{},
		traces:    listen(t),
		searched:  map[string]bool{},
	}
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
	maps.Copy(settings, more)
	c.environment["LOG_LEVEL"] = "DEBUG"
	c.environment["AWS_XRAY_SDK_DISABLED"] = "FALSE"
	c.environment["AWS_XRAY_DAEMON_ADDRESS"] = c.traces.address
	c.Merchant = c.customer("vogel", settings)
	for _, e := range naming.Entries() {
		c.functions[e.Process] = c.function(e.Process)
	}
	c.secrets = append(c.erpSecrets(), c.wmsSecrets()...)
	c.Company.AddCompany(office24.Company{
		ID: 5012, Name: "Kanarileverandør AS", Type: office24.CompanySupplier, Country: "NO",
		OrganizationNumber: orgNo,
		Addresses: office24.Addresses{
			Visit: &office24.Address{Street: "Kanarileverandørgata 3", PostalCode: postCode, PostalArea: "KANARISTAD"},
		},
		PhoneNumbers: office24.PhoneNumbers{
			Work: &office24.PhoneNumber{Value: phone}, Mobile: &office24.PhoneNumber{Value: mobile},
		},
		EmailAddresses: office24.EmailAddresses{Work: &office24.EmailAddress{Value: "salg.kanari@gjemt.example"}},
	})
	return c
}

func (c *canaryCustomer) erpSecrets() []string {
	s := c.Secret.Office24
	return []string{s.ApplicationID, s.Username, s.Password}
}

func (c *canaryCustomer) wmsSecrets() []string {
	s := c.Secret.Ongoing
	return []string{s.Username, s.Password, base64.StdEncoding.EncodeToString([]byte(s.Username + ":" + s.Password))}
}

// session returns the id of the session in use; empty if there is none. In the state table it is sealed.
func (c *canaryCustomer) session() string { return c.Company.Session() }

// addProduct adds a product with a new number.
func (c *canaryCustomer) addProduct() office24.ProductID {
	c.products++
	return c.Company.AddProduct(office24.Product{
		No: "VARE-" + strconv.Itoa(c.products), Name: "Vare", StockControlled: new(true), Stock: dec("10"),
		SupplierID: 5012,
	})
}

// addOrder adds a confirmed order for ten of each product.
func (c *canaryCustomer) addOrder(products ...office24.ProductID) office24.OrderID {
	o := office24.Order{
		CustomerID: 5120, CustomerName: "Kanarifugl Navnesen", CustomerOrgNo: orgNo,
		CustomerReferenceNo:  "Kanarikundref",
		CustomerDeliveryName: "Kanarimottaker Navnesen", CustomerDeliveryPhone: phone,
		Status: office24.StatusConfirmed, DateOrdered: time.Now(),
		YourReference: "Kanarireferanse", ReferenceNumber: "KANARI-PO-77", GLNNumber: gln,
		InvoiceTitle: "Kanaritittel", InvoiceText: "Kanaritekst", InvoiceEmailAddress: "faktura.kanari@gjemt.example",
		DeliveryAlternative: "Kanarialternativ",
		Addresses: office24.Addresses{Delivery: &office24.Address{
			Name: "Kanarimottaker Navnesen", Street: "Kanarigata 17\nKanaridame v/ resepsjonen",
			PostalCode: postCode, PostalArea: "KANARISTAD",
		}},
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til døren"},
		Rows:           []office24.Row{{Type: office24.RowText, Name: "Kanaritekstrad"}},
	}
	for _, id := range products {
		o.Rows = append(o.Rows, office24.Row{ProductID: id, Name: "Kanarirad", Quantity: dec("10"), Price: dec("399")})
	}
	return c.Company.AddOrder(o)
}

// shipShort receives an order's goods in the warehouse and ships all but one of each row.
func (c *canaryCustomer) shipShort(id office24.OrderID) {
	c.t.Helper()
	orderNumber := strconv.Itoa(int(id))
	o, found := c.GoodsOwner.Order(orderNumber)
	if !found {
		c.t.Fatalf("order %s is not in Ongoing", orderNumber)
	}
	picked := map[string]number.Decimal{}
	for _, l := range o.Lines {
		must(c.t, c.GoodsOwner.SetStock(l.Article, *dec("10")))
		picked[l.Row] = *dec("9")
	}
	must(c.t, c.GoodsOwner.Ship(orderNumber, ongoingtest.Shipment{Quantities: picked,
		Waybill: "7072215" + orderNumber}))
}

// makeWork makes work for a process, so that all that remains is to run it.
func (c *canaryCustomer) makeWork(p naming.Process) {
	c.t.Helper()
	switch p {
	case naming.Articles:
		c.addProduct()
	case naming.SalesOrders:
		c.addOrder(c.addProduct())
		withdrawn := c.addOrder(c.addProduct())
		c.invokeWithoutFaults(naming.SalesOrders)
		c.Company.SetStatus(withdrawn, office24.StatusInactive)
		c.addOrder(c.addProduct())
	case naming.Shipments:
		id := c.addOrder(c.addProduct())
		c.invokeWithoutFaults(naming.SalesOrders)
		c.shipShort(id)
	case naming.Stock:
		c.addProduct()
		c.invokeWithoutFaults(naming.Articles)
		must(c.t, c.GoodsOwner.SetStock("VARE-"+strconv.Itoa(c.products), *dec("7")))
	case naming.Suppliers:
		c.addProduct()
		c.invokeWithoutFaults(naming.Articles)
		c.Company.EditCompany(5012, func(company *office24.Company) {
			company.Country = []string{"SE", "DK", "FI"}[c.products%3]
		})
	}
}

// invokeWithoutFaults runs a process after it has removed all faults.
func (c *canaryCustomer) invokeWithoutFaults(p naming.Process) {
	c.t.Helper()
	c.Office24.ClearFaults()
	c.Ongoing.ClearFaults()
	c.invoke(p, nil)
}

// invoke runs a process and keeps what it logged and answered.
func (c *canaryCustomer) invoke(p naming.Process, more map[string]any) runner.Row {
	c.t.Helper()
	event := map[string]any{"customers": []string{c.ID}}
	maps.Copy(event, more)
	result, lines, err := c.functions[p].Run(c.t.Context(), event)
	if err != nil || len(result.Customers) != 1 {
		c.t.Fatalf("%s: %v, rows %+v\n%s", p, err, result.Customers, strings.Join(lines, "\n"))
	}
	c.left = append(append(c.left, lines...), toJSON(result))
	if id := c.session(); id != "" && !slices.Contains(c.secrets, id) {
		c.secrets = append(c.secrets, id)
	}
	return result.Customers[0]
}

// searchLeaks searches all that has left for what must not leave.
func (c *canaryCustomer) searchLeaks(when string) {
	c.t.Helper()
	left := slices.Concat(c.left, c.traces.all())
	for name, record := range c.records(c.ID) {
		left = append(left, name+" "+toJSON(record))
	}
	for _, line := range left {
		if c.searched[line] {
			continue
		}
		c.searched[line] = true
		for _, secret := range append(slices.Concat(c.secrets, personal()), canary) {
			if strings.Contains(strings.ToLower(line), strings.ToLower(secret)) {
				c.t.Errorf("%s: %q has left:\n%s", when, secret, line)
				break
			}
		}
	}
	c.left = nil
}

// A traces is an X-Ray daemon that keeps what it is sent.
type traces struct {
	address string
	mu      sync.Mutex
	packets []string
}

func listen(t testing.TB) *traces {
	t.Helper()
	connection, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	must(t, err)
	daemon := &traces{address: connection.LocalAddr().String()}
	var reading sync.WaitGroup
	reading.Go(func() {
		packet := make([]byte, 64<<10)
		for {
			n, _, err := connection.ReadFrom(packet)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			daemon.mu.Lock()
			daemon.packets = append(daemon.packets, string(packet[:n]))
			daemon.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		must(t, connection.Close())
		reading.Wait()
	})
	return daemon
}

func (x *traces) all() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.packets)
}

// The functions run live, dry and in preview, without faults.
func TestNoSecretOrPersonalDataLeavesFunctions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		event  map[string]any
		mode   string
		writes bool
	}{
		"live":    {mode: "live", writes: true},
		"dry run": {mode: "live", event: map[string]any{"dryRun": true}},
		"preview": {mode: "preview"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCanaryCustomer(t, nil)
			for _, e := range naming.Entries() {
				c.makeWork(e.Process)
				c.Settings["mode"] = test.mode
				must(t, c.PutSettings(t.Context(), c.Settings))
				row := c.invoke(e.Process, test.event)
				if row.Planned == 0 || test.writes && row.Written == 0 {
					t.Errorf("%s had nothing to do: %+v", e.Process, row)
				}
				if !test.writes && (row.Written > 0 || len(row.Changes) == 0) {
					t.Errorf("%s wrote, or listed no changes: %+v", e.Process, row)
				}
				delete(c.Settings, "mode")
				must(t, c.PutSettings(t.Context(), c.Settings))
			}
			if len(c.traces.all()) == 0 {
				t.Error("nothing was traced")
			}
			c.searchLeaks(name)
			c.checkCanariesWereSent()
		})
	}
}

// checkCanariesWereSent checks that the canaries reached Ongoing, so that they could have leaked.
func (c *canaryCustomer) checkCanariesWereSent() {
	c.t.Helper()
	var sent string
	for _, o := range c.GoodsOwner.Orders() {
		sent += toJSON(o.Body)
	}
	for _, a := range c.GoodsOwner.Articles() {
		sent += toJSON(a.Body)
	}
	for _, value := range personal() {
		ofSupplierOnly := value == mobile || strings.Contains(value, "salg.") ||
			strings.Contains(value, "Kanarileverandørgata")
		if !ofSupplierOnly && !strings.Contains(sent, value) {
			c.t.Errorf("%q never reached Ongoing; the test proves nothing about it", value)
		}
	}
}

// Each call fails in each way, with an answer that quotes what the vendor knows.
func TestNothingThatVendorsQuoteLeavesFunctions(t *testing.T) {
	t.Parallel()
	for _, e := range naming.Entries() {
		t.Run(string(e.Process), func(t *testing.T) {
			t.Parallel()
			c := newCanaryCustomer(t, nil)
			c.makeWork(e.Process)
			for _, op := range c.operations(e.Process) {
				t.Run(strings.ReplaceAll(op, "/", " "), func(t *testing.T) {
					t.Parallel()
					newCanaryCustomer(t, nil).checkQuotes(e.Process, op)
				})
			}
		})
	}
}

// operations returns the operations that a run of a process calls.
func (c *canaryCustomer) operations(p naming.Process) []string {
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

// quotes returns texts with the canaries that a vendor can know, each short enough not to be cut. A text quotes what
// the call carried in any form, and what it did not carry in quotation marks, as programs write it.
func (c *canaryCustomer) quotes(p naming.Process, op string) []string {
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
	case strings.HasPrefix(op, "G"): // the answer to a read is never quoted in a reason
		carried = slices.Concat(secrets, personal())
	}
	texts := []string{
		"Truncated value: 'Kanarimott'. Invalid: \"Kanarigata 1\", 'Kanaritit'. Too long: 'Kanarileverandørg…'",
		"Server ---> System.Exception: 'Kanarigata&nbsp;17', \"KANARIFUGL NAVNESEN\"",
	}
	for chunk := range slices.Chunk(carried, 6) {
		texts = append(texts, "Wrong: "+strings.Join(chunk, " / "))
	}
	for chunk := range slices.Chunk(others, 6) {
		texts = append(texts, "Wrong: '"+strings.Join(chunk, "' or '")+"'")
	}
	return texts
}

// checkQuotes runs a process once for each text and each form in which a vendor refuses an operation, and searches for
// leaks.
func (c *canaryCustomer) checkQuotes(p naming.Process, op string) {
	c.t.Helper()
	c.makeWork(p)
	for i, text := range c.quotes(p, op) {
		c.invokeRefused(p, op, func() {
			c.Office24.Fault(office24test.Fault{Op: op, Times: -1, Kind: office24test.SOAPFault, Text: text})
			c.Ongoing.Fault(ongoingtest.Fault{Op: op, Times: -1, Kind: ongoingtest.Status,
				Status: http.StatusBadRequest,
				Body:   toJSON(map[string]any{"message": text, "modelState": map[string]any{"body": []string{text}}})})
		})
		if op == "SaveInvoices" {
			c.invokeRefused(p, op, func() {
				c.Office24.Fault(office24test.Fault{Op: op, Times: -1, Kind: office24test.ItemException,
					Type: "Office24Seven.Data", Text: text})
			})
		}
		if strings.Contains(op, " /") {
			statuses := []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError}
			if i > 0 || strings.HasPrefix(op, "GET") {
				statuses = statuses[:2] // the client repeats the third after pauses
			}
			for _, status := range statuses {
				c.invokeRefused(p, op, func() {
					c.Ongoing.Fault(ongoingtest.Fault{Op: op, Times: -1, Kind: ongoingtest.Status, Status: status,
						RetryAfter: "3600",
						Body:       toJSON(map[string]any{"message": text})})
				})
			}
		}
	}
}

// invokeRefused runs a process with a fault. It names the records that failed before, so that they are tried again.
func (c *canaryCustomer) invokeRefused(p naming.Process, op string, fault func()) {
	c.t.Helper()
	if op == "Login" || op == "GetIdentity" {
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
	c.searchLeaks(fmt.Sprintf("%s, %s, %s", p, op, row.Outcome))
}

// calls counts the calls of an operation so far.
func (c *canaryCustomer) calls(op string) int {
	n := c.Office24.Calls(op)
	for _, entry := range c.Ongoing.Journal() {
		if entry.Operation == op {
			n++
		}
	}
	return n
}
