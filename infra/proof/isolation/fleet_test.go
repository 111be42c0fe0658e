package isolation_test

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A trouble is one way in which a customer can be in trouble, and what its row then says.
type trouble struct {
	// settings are added to the customer's settings.
	settings map[string]any
	// spoil makes the trouble if the settings do not.
	spoil   func(*world, *testenv.Merchant)
	outcome runner.Outcome
	reason  string
}

// troubles returns the troubles by name. Nothing listens at the address unreachable.
func troubles(unreachable string) map[string]trouble {
	secret := func(document any) func(*world, *testenv.Merchant) {
		return func(w *world, c *testenv.Merchant) { must(w.t, w.PutSecret(c.ID, document)) }
	}
	return map[string]trouble{
		"settings: unknown attribute": {
			settings: map[string]any{"intervall": 5},
			outcome:  runner.Blocked, reason: "intervall",
		},
		"settings: invalid value": {
			settings: map[string]any{"stock": map[string]any{"brakePercent": 101}},
			outcome:  runner.Blocked, reason: "stock.brakePercent",
		},
		"settings: host": {
			settings: map[string]any{"ongoing": map[string]any{"baseUrl": "https://evil.example/a/api/v1/"}},
			outcome:  runner.Blocked, reason: "ongoing.baseUrl",
		},
		"secret: missing": {
			spoil:   func(w *world, c *testenv.Merchant) { w.Secrets.Delete(testenv.SecretName(c.ID)) },
			outcome: runner.Blocked, reason: "there is no such secret",
		},
		"secret: not an object": {
			spoil:   secret("hunter2"),
			outcome: runner.Blocked, reason: "must be one JSON object",
		},
		"secret: incomplete": {
			spoil:   secret(map[string]any{"office24": map[string]any{}}),
			outcome: runner.Blocked, reason: "ongoing is missing",
		},
		"login refused": {
			spoil:   func(w *world, c *testenv.Merchant) { w.Office24.RefuseLogins(loginOf(c), true) },
			outcome: runner.Blocked, reason: "the login was refused",
		},
		"identity blocked": {
			spoil:   func(_ *world, c *testenv.Merchant) { c.Company.Block(true) },
			outcome: runner.Blocked, reason: "office24.identityId",
		},
		"another company": {
			settings: map[string]any{"office24": map[string]any{"clientId": 1}},
			outcome:  runner.Blocked, reason: "office24.clientId",
		},
		"password refused": {
			spoil: func(w *world, c *testenv.Merchant) {
				w.Ongoing.Warehouse("lager").AddUser(c.Secret.Ongoing.Username, "another", c.GoodsOwner)
			},
			outcome: runner.Blocked, reason: "refuses the login (HTTP status 401)",
		},
		"dead host": {
			settings: map[string]any{"ongoing": map[string]any{"baseUrl": unreachable + "/lager/api/v1/"}},
			outcome:  runner.Failed, reason: "no connection: connection refused",
		},
		"ERP: endless": {
			spoil:   lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.Oversize}),
			outcome: runner.Failed, reason: "larger than allowed",
		},
		"ERP: hangs": {
			spoil:   lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.Hang, Delay: 3 * time.Second}),
			outcome: runner.Failed, reason: "the connection broke",
		},
		"ERP: 503": {
			spoil:   lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.Status}),
			outcome: runner.Failed, reason: "HTTP status 503",
		},
		"ERP: quarantine": {
			spoil:   lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.Quarantine}),
			outcome: runner.Failed, reason: "quota",
		},
		"ERP: HTML": {
			spoil:   lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.HTML}),
			outcome: runner.Failed, reason: "not XML",
		},
		"WMS: endless": {
			spoil:   lastingWMS(ongoingtest.Fault{Op: "GET /articles", Kind: ongoingtest.Oversized}),
			outcome: runner.Failed, reason: "longer than",
		},
		"WMS: 500": {
			spoil:   lastingWMS(ongoingtest.Fault{Op: "GET /articles", Kind: ongoingtest.Status, Status: 500}),
			outcome: runner.Failed, reason: "HTTP status 500",
		},
		"WMS: slow down": {
			spoil: lastingWMS(ongoingtest.Fault{
				Op: "GET /articles", Kind: ongoingtest.Status, Status: 429, RetryAfter: "3600",
			}),
			outcome: runner.Failed, reason: "HTTP status 429",
		},
		"WMS: refuses all": {
			spoil:   lastingWMS(ongoingtest.Fault{Op: "PUT /articles", Kind: ongoingtest.Status, Status: 400}),
			outcome: runner.Partial, reason: "HTTP status 400",
		},
		"heavy": {
			spoil:   func(_ *world, c *testenv.Merchant) { addProducts(c, manyProducts) },
			outcome: runner.Partial, reason: "first in line next time",
		},
		"switched off": {
			settings: map[string]any{"articles": map[string]any{"enabled": false}},
			outcome:  runner.Off,
		},
	}
}

// lastingERP makes all calls for a customer to 24SevenOffice meet a fault.
func lastingERP(f office24test.Fault) func(*world, *testenv.Merchant) {
	return func(w *world, c *testenv.Merchant) {
		f.Tenant, f.Times = c.Company.ClientID(), -1
		w.Office24.Fault(f)
	}
}

// lastingWMS makes all calls for a customer to Ongoing meet a fault.
func lastingWMS(f ongoingtest.Fault) func(*world, *testenv.Merchant) {
	return func(w *world, c *testenv.Merchant) {
		f.GoodsOwner, f.Times = c.GoodsOwner.ID, -1
		w.Ongoing.Fault(f)
	}
}

func loginOf(c *testenv.Merchant) office24.Credentials {
	s := c.Secret.Office24
	return office24.Credentials{ApplicationID: s.ApplicationID, Username: s.Username, Password: s.Password}
}

// manyProducts is how many changes a heavy customer has.
const manyProducts = 50_000

// addProducts adds n products.
func addProducts(c *testenv.Merchant, n int) {
	for range n {
		id := c.Company.AddProduct(office24.Product{Name: "Vare"})
		c.Company.EditProduct(id, func(p *office24.Product) { p.No = fmt.Sprint("V", id) })
	}
}

// One invocation works on 500 customers. Each customer in trouble must have its own reason in the log and in its run
// record.
func TestCustomersInTroubleStopNoOthers(t *testing.T) {
	t.Parallel()
	const customers, products = 500, 1
	w := newWorld(t, testenv.Options{})
	w.environment[naming.EnvOngoingHosts] = "127.0.0.1"
	all := troubles(deadURL(t))
	names := slices.Sorted(maps.Keys(all))
	troubled := map[string]string{} // name of the trouble by customer
	merchants := map[string]*testenv.Merchant{}
	for i := range customers {
		id := fmt.Sprintf("customer-%03d", i)
		var x trouble
		if i%10 == 0 && i/10 < len(names) {
			troubled[id] = names[i/10]
			x = all[names[i/10]]
		}
		c := w.customer(id, x.settings)
		merchants[id] = c
		addProducts(c, products)
		if x.spoil != nil {
			x.spoil(w, c)
		}
	}
	f := w.function(naming.Articles)
	f.Timeout = 150 * time.Second // of which the heavy one takes half; the machine can be busy with other tests
	start := time.Now()
	result, lines, err := f.Run(t.Context(), tick())
	must(t, err)
	t.Logf("%d customers in %v, %d MB", customers, time.Since(start), peakMemory(t, f))
	if n := result.Outcomes[runner.OK]; n != customers-len(all) {
		t.Errorf("%d customers are ok, want %d: %v", n, customers-len(all), result.Outcomes)
	}
	for id, c := range merchants {
		if troubled[id] == "" {
			if n := len(c.GoodsOwner.Articles()); n != products {
				t.Errorf("%s, which is not in trouble, has %d articles", id, n)
			}
			continue
		}
		x := all[troubled[id]]
		of := []string{`"msg":"customer"`, `"` + id + `"`}
		if x.outcome == runner.Off { // those that are off are only counted
			of = []string{`"msg":"customers not worked on"`, `"off":1`}
		}
		at := slices.IndexFunc(lines, func(l string) bool {
			return !slices.ContainsFunc(of, func(part string) bool { return !strings.Contains(l, part) })
		})
		outcome := fmt.Sprintf(`"outcome":%q`, x.outcome)
		says := func(text string) bool { return at >= 0 && strings.Contains(lines[at], text) }
		if !says(x.reason) || x.outcome != runner.Off && !says(outcome) {
			t.Errorf("%s: the log does not say %s, %q: %v", troubled[id], x.outcome, x.reason, lines[max(at, 0)])
		}
		inRecord := false
		for name, record := range w.records(id) {
			reason, _ := record["reason"].(string)
			inRecord = inRecord || strings.HasPrefix(name, "run#") && strings.Contains(reason, x.reason)
		}
		// Settings that cannot be read lead to no run, so that only the log has the reason.
		unreadable := x.settings != nil && x.spoil == nil && x.outcome == runner.Blocked &&
			!strings.Contains(x.reason, "clientId")
		if !inRecord && !unreadable && x.outcome != runner.Off {
			t.Errorf("%s: no run record says %q", troubled[id], x.reason)
		}
	}
	for _, row := range result.Customers[:len(all)-1] {
		if troubled[row.CustomerID] == "" {
			t.Errorf("%s is listed among those in trouble: %+v", row.CustomerID, row)
		}
	}
}

// deadURL returns an address at which nothing listens.
func deadURL(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, listener.Close()) }()
	return "http://" + listener.Addr().String()
}

// Answers that do not come, or come byte by byte, use half of an invocation at most while other customers wait.
func TestCallsWithoutAnswerLeaveTimeForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testenv.Options{})
	w.environment[naming.EnvConcurrency] = "3"
	hanging := map[string]func(*world, *testenv.Merchant){
		"erp-hangs": lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.Hang}),
		"erp-drips": lastingERP(office24test.Fault{Op: "GetProducts", Kind: office24test.Drip, Delay: time.Second}),
		"wms-hangs": lastingWMS(ongoingtest.Fault{Op: "GET /articles", Kind: ongoingtest.TimeoutBefore}),
	}
	for id, spoil := range hanging {
		c := w.customer(id, nil)
		addProducts(c, 1)
		spoil(w, c)
		w.setLastStart(id, "2026-01-01T00:00:00.000Z") // the oldest start goes first
	}
	addProducts(w.customer("waits", nil), 1)
	w.setLastStart("waits", "2026-02-01T00:00:00.000Z")
	f := w.function(naming.Articles)
	f.Timeout = 8 * time.Second
	result, lines, err := f.Run(t.Context(), tick())
	must(t, err)
	for _, row := range result.Customers {
		asExpected := row.Outcome == runner.OK
		if hanging[row.CustomerID] != nil {
			asExpected = row.Outcome == runner.Failed && strings.Contains(row.Reason, "cut short")
		}
		if !asExpected {
			t.Errorf("%+v", row)
		}
	}
	if len(result.Customers) != len(hanging)+1 || !result.CutShort {
		t.Errorf("%d rows, cut short %v\n%s", len(result.Customers), result.CutShort, strings.Join(lines, "\n"))
	}
}

// The state has a quantity that a person has edited by hand. The log must have the place in the program and not the
// value.
func TestPanicFailsOneCustomerAndLogsNoValues(t *testing.T) {
	t.Parallel()
	d := newWorkday(t, naming.Shipments)
	for name, record := range d.records(d.ID) {
		if strings.HasPrefix(name, "order#") {
			line := map[string]any{"rowId": 90001, "delivered": "Kanarifugl", "remaining": "1"}
			record["restOrder"] = map[string]any{"mark": "x", "orderId": 40099, "lines": []any{line}}
			d.put(record)
		}
	}
	healthy := d.customer("bolt", nil)
	result, lines, err := d.function(naming.Shipments).Run(t.Context(), tick())
	must(t, err)
	for _, row := range result.Customers {
		healthyFailed := row.CustomerID == healthy.ID && row.Outcome != runner.OK
		failed := row.Outcome == runner.Failed && strings.Contains(row.Reason, "the program failed")
		if healthyFailed || row.CustomerID == d.ID && !failed {
			t.Errorf("%+v", row)
		}
	}
	log := strings.Join(lines, "\n")
	if !strings.Contains(log, `"msg":"panic"`) || !strings.Contains(log, "delivery.go") ||
		strings.Contains(log, "Kanarifugl") {
		t.Errorf("the log:\n%s", log)
	}
}

// There is one worker, and an invocation is too short for the heavy customer. The others are still done in the first
// invocation, and the heavy one goes first in the next ones until it is done.
func TestHeavyCustomerSharesInvocationAndGoesOnInNext(t *testing.T) {
	t.Parallel()
	const products = 200
	w := newWorld(t, testenv.Options{Ongoing: ongoingtest.Options{
		Before: func(ongoingtest.Entry) { time.Sleep(20 * time.Millisecond) },
	}})
	w.environment[naming.EnvConcurrency] = "1"
	heavy := w.customer("heavy", nil)
	addProducts(heavy, products)
	for i := range 5 {
		addProducts(w.customer(fmt.Sprintf("light-%d", i), nil), 2)
	}
	// The oldest start goes first.
	w.setLastStart("heavy", "2026-01-01T00:00:00.000Z")
	for i := range 5 {
		w.setLastStart(fmt.Sprintf("light-%d", i), "2026-02-01T00:00:00.000Z")
	}
	f := w.function(naming.Articles)
	f.Timeout = 6 * time.Second
	written := 0
	for n := 1; ; n++ {
		from := len(w.Ongoing.Journal())
		result, lines, err := f.Run(t.Context(), tick())
		if err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
		}
		if first := w.Ongoing.Journal()[from]; first.GoodsOwner != heavy.GoodsOwner.ID {
			t.Errorf("invocation %d began with goods owner %d", n, first.GoodsOwner)
		}
		for id, outcome := range outcomes(result) {
			switch {
			case id == "heavy":
			case n == 1 && outcome != runner.OK, n > 1 && outcome != runner.NotDue:
				t.Errorf("invocation %d: %s is %s", n, id, outcome)
			}
		}
		now := len(heavy.GoodsOwner.Articles())
		t.Logf("invocation %d: %d articles", n, now)
		if now == products {
			if n == 1 {
				t.Error("one invocation was enough; the test proves nothing")
			}
			break
		}
		if now <= written || !result.CutShort {
			t.Fatalf("invocation %d: %d articles after %d; cut short %v", n, now, written, result.CutShort)
		}
		written = now
	}
}
