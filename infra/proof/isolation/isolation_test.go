package isolation_test

import (
	"fmt"
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

// An ailment is one way in which a customer can be in trouble, and what its row says then.
type ailment struct {
	// settings are those that the customer has besides; nil: none.
	settings map[string]any
	// spoil makes the trouble; nil: the settings do.
	spoil   func(*world, *testenv.Merchant)
	outcome runner.Outcome
	reason  string
}

// ailments are the ways of trouble by name. Dead is an address where nobody listens.
func ailments(dead string) map[string]ailment {
	secret := func(document any) func(*world, *testenv.Merchant) {
		return func(w *world, c *testenv.Merchant) { must(w.t, w.PutSecret(c.ID, document)) }
	}
	erp := func(f office24test.Fault) func(*world, *testenv.Merchant) {
		return func(w *world, c *testenv.Merchant) {
			f.Tenant, f.Times = c.Company.ClientID(), -1
			w.Office24.Fault(f)
		}
	}
	wms := func(f ongoingtest.Fault) func(*world, *testenv.Merchant) {
		return func(w *world, c *testenv.Merchant) {
			f.GoodsOwner, f.Times = c.GoodsOwner.ID, -1
			w.Ongoing.Fault(f)
		}
	}
	return map[string]ailment{
		"settings: unknown attribute": {settings: map[string]any{"intervall": 5}, outcome: runner.Blocked, reason: "intervall"},
		"settings: value":             {settings: map[string]any{"stock": map[string]any{"brakePercent": 101}}, outcome: runner.Blocked, reason: "stock.brakePercent"},
		"settings: host":              {settings: map[string]any{"ongoing": map[string]any{"baseUrl": "https://evil.example/a/api/v1/"}}, outcome: runner.Blocked, reason: "ongoing.baseUrl"},
		"secret: missing": {spoil: func(w *world, c *testenv.Merchant) { w.Secrets.Delete(testenv.SecretName(c.ID)) },
			outcome: runner.Blocked, reason: "there is no such secret"},
		"secret: no object": {spoil: secret("hunter2"), outcome: runner.Blocked, reason: "must be one JSON object"},
		"secret: half":      {spoil: secret(map[string]any{"office24": map[string]any{}}), outcome: runner.Blocked, reason: "ongoing is missing"},
		"login refused":     {spoil: func(w *world, c *testenv.Merchant) { w.Office24.RefuseLogins(loginOf(c), true) }, outcome: runner.Blocked, reason: "the login was refused"},
		"identity blocked":  {spoil: func(_ *world, c *testenv.Merchant) { c.Company.Block(true) }, outcome: runner.Blocked, reason: "office24.identityId"},
		"another company":   {settings: map[string]any{"office24": map[string]any{"clientId": 1}}, outcome: runner.Blocked, reason: "office24.clientId"},
		"password refused": {spoil: func(w *world, c *testenv.Merchant) {
			w.Ongoing.Warehouse("lager").AddUser(c.Secret.Ongoing.Username, "another", c.GoodsOwner)
		}, outcome: runner.Blocked, reason: "user name or password refused"},
		"dead host":        {settings: map[string]any{"ongoing": map[string]any{"baseUrl": dead + "/lager/api/v1/"}}, outcome: runner.Failed, reason: "no connection: connection refused"},
		"ERP: endless":     {spoil: erp(office24test.Fault{Op: "GetProducts", Kind: office24test.Oversize}), outcome: runner.Failed, reason: "larger than allowed"},
		"ERP: a huge text": {spoil: erp(office24test.Fault{Op: "GetProducts", Kind: office24test.BigText}), outcome: runner.Failed, reason: "larger than allowed"},
		"ERP: hangs":       {spoil: erp(office24test.Fault{Op: "GetProducts", Kind: office24test.Hang, Delay: 3 * time.Second}), outcome: runner.Failed, reason: "the connection broke"},
		"ERP: 503":         {spoil: erp(office24test.Fault{Op: "GetProducts", Kind: office24test.Status}), outcome: runner.Failed, reason: "HTTP status 503"},
		"ERP: quarantine":  {spoil: erp(office24test.Fault{Op: "GetProducts", Kind: office24test.Quarantine}), outcome: runner.Failed, reason: "quota"},
		"ERP: a page":      {spoil: erp(office24test.Fault{Op: "GetProducts", Kind: office24test.HTML}), outcome: runner.Failed, reason: "not XML"},
		"WMS: endless":     {spoil: wms(ongoingtest.Fault{Op: "GET /articles", Kind: ongoingtest.Oversized}), outcome: runner.Failed, reason: "longer than"},
		"WMS: 500":         {spoil: wms(ongoingtest.Fault{Op: "GET /articles", Kind: ongoingtest.Status, Status: 500}), outcome: runner.Failed, reason: "answered 500"},
		"WMS: slow down":   {spoil: wms(ongoingtest.Fault{Op: "GET /articles", Kind: ongoingtest.Status, Status: 429, RetryAfter: "3600"}), outcome: runner.Failed, reason: "answered 429"},
		"WMS: refuses all": {spoil: wms(ongoingtest.Fault{Op: "PUT /articles", Kind: ongoingtest.Status, Status: 400}), outcome: runner.Partial, reason: "answered 400"},
		"heavy":            {spoil: func(_ *world, c *testenv.Merchant) { fill(c, many) }, outcome: runner.Partial, reason: "first in line next time"},
		"switched off":     {settings: map[string]any{"articles": map[string]any{"enabled": false}}, outcome: runner.Off},
	}
}

func loginOf(c *testenv.Merchant) office24.Credentials {
	s := c.Secret.Office24
	return office24.Credentials{ApplicationID: s.ApplicationID, Username: s.Username, Password: s.Password}
}

// many is how many changes a heavy customer has.
const many = 50_000

// fill adds so many products.
func fill(c *testenv.Merchant, products int) {
	for range products {
		id := c.Company.AddProduct(office24.Product{Name: "Vare"})
		c.Company.EditProduct(id, func(p *office24.Product) { p.No = fmt.Sprint("V", id) })
	}
}

// TestFiveHundred: one invocation over 500 customers, in every kind of trouble. The others are done, and each of the
// troubled has its own reason, in the log and in its run record.
func TestFiveHundred(t *testing.T) {
	t.Parallel()
	const customers, products = 500, 1
	w := newWorld(t, testenv.Options{})
	dead := deadAddress(t)
	w.environment[naming.EnvOngoingHosts] = "127.0.0.1"
	sick := ailments(dead)
	names := make([]string, 0, len(sick))
	for name := range sick {
		names = append(names, name)
	}
	slices.Sort(names)
	ill := map[string]string{} // customer → ailment
	all := map[string]*testenv.Merchant{}
	for i := range customers {
		id := fmt.Sprintf("customer-%03d", i)
		var a ailment
		if i%10 == 0 && i/10 < len(names) {
			ill[id] = names[i/10]
			a = sick[names[i/10]]
		}
		c := w.customer(id, a.settings)
		all[id] = c
		fill(c, products)
		if a.spoil != nil {
			a.spoil(w, c)
		}
	}
	f := w.function(naming.Articles)
	f.Timeout = 8 * time.Minute // on a machine that is busy with other tests
	start := time.Now()
	result, lines, err := f.Run(t.Context(), tick())
	must(t, err)
	t.Logf("%d customers in %v, %d MB", customers, time.Since(start), peakMemory(t, f))
	if n := result.Outcomes[runner.OK]; n != customers-len(sick) {
		t.Errorf("%d customers are ok, want %d: %v", n, customers-len(sick), result.Outcomes)
	}
	for id, c := range all {
		if ill[id] == "" {
			if n := len(c.GoodsOwner.Articles()); n != products {
				t.Errorf("%s has no trouble and %d articles", id, n)
			}
			continue
		}
		a := sick[ill[id]]
		at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"msg":"customer"`) && strings.Contains(l, `"`+id+`"`) })
		if at < 0 || !strings.Contains(lines[at], a.reason) || !strings.Contains(lines[at], fmt.Sprintf(`"outcome":%q`, a.outcome)) {
			t.Errorf("%s: the log does not say %s, %q: %v", ill[id], a.outcome, a.reason, lines[max(at, 0)])
		}
		ran := false
		for name, record := range w.records(id) {
			if reason, _ := record["reason"].(string); strings.HasPrefix(name, "run#") && strings.Contains(reason, a.reason) {
				ran = true
			}
		}
		if settingsTold := a.settings != nil && a.spoil == nil && a.outcome == runner.Blocked && !strings.Contains(a.reason, "clientId"); !ran && !settingsTold && a.outcome != runner.Off {
			t.Errorf("%s: no run record says %q", ill[id], a.reason)
		}
	}
	for _, row := range result.Customers[:len(sick)-1] {
		if ill[row.CustomerID] == "" {
			t.Errorf("%s stands among those in trouble: %+v", row.CustomerID, row)
		}
	}
}

// deadAddress is where nobody listens any more.
func deadAddress(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, listener.Close()) }()
	return "http://" + listener.Addr().String()
}

// TestHanging: answers that do not come, or come byte by byte, take up half of an invocation at most where others wait.
func TestHanging(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testenv.Options{})
	w.environment[naming.EnvConcurrency] = "3"
	hanging := map[string]string{"erp-hangs": "cut short", "erp-drips": "cut short", "wms-hangs": "cut short"}
	for id := range hanging {
		c := w.customer(id, nil)
		fill(c, 1)
		switch id {
		case "erp-hangs":
			w.Office24.Fault(office24test.Fault{Tenant: c.Company.ClientID(), Op: "GetProducts", Times: -1, Kind: office24test.Hang})
		case "erp-drips":
			w.Office24.Fault(office24test.Fault{Tenant: c.Company.ClientID(), Op: "GetProducts", Times: -1, Kind: office24test.Drip, Delay: time.Second})
		case "wms-hangs":
			w.Ongoing.Fault(ongoingtest.Fault{GoodsOwner: c.GoodsOwner.ID, Op: "GET /articles", Times: -1, Kind: ongoingtest.TimeoutBefore})
		}
		w.put(testenv.Record{naming.PartitionKey: id, naming.SortKey: "lease#articles", "startedAt": "2026-01-01T00:00:00.000Z"}) // first in line
	}
	fill(w.customer("waits", nil), 1)
	w.put(testenv.Record{naming.PartitionKey: "waits", naming.SortKey: "lease#articles", "startedAt": "2026-02-01T00:00:00.000Z"})
	f := w.function(naming.Articles)
	f.Timeout = 8 * time.Second
	result, lines, err := f.Run(t.Context(), tick())
	must(t, err)
	for _, row := range result.Customers {
		reason, hangs := hanging[row.CustomerID]
		if hangs && (row.Outcome != runner.Failed || !strings.Contains(row.Reason, reason)) || !hangs && row.Outcome != runner.OK {
			t.Errorf("%+v", row)
		}
	}
	if len(result.Customers) != len(hanging)+1 || !result.CutShort {
		t.Errorf("%d rows, cut short %v\n%s", len(result.Customers), result.CutShort, strings.Join(lines, "\n"))
	}
}

// TestPanic: a state that nobody thought of, such as a quantity that a person has edited by hand, takes down one customer.
// The log has the place and not the value.
func TestPanic(t *testing.T) {
	t.Parallel()
	d := newDay(t, naming.Shipments)
	for name, record := range d.records(d.ID) {
		if strings.HasPrefix(name, "order#") {
			record["restOrder"] = map[string]any{"mark": "x", "lines": []any{map[string]any{"rowId": 90001, "delivered": "Kanarifugl", "remaining": "1"}}}
			d.put(record)
		}
	}
	healthy := d.customer("bolt", nil)
	result, lines, err := d.function(naming.Shipments).Run(t.Context(), tick())
	must(t, err)
	for _, row := range result.Customers {
		if row.CustomerID == healthy.ID && row.Outcome != runner.OK || row.CustomerID == d.ID && (row.Outcome != runner.Failed || !strings.Contains(row.Reason, "the program failed")) {
			t.Errorf("%+v", row)
		}
	}
	said := strings.Join(lines, "\n")
	if !strings.Contains(said, `"msg":"panic"`) || !strings.Contains(said, "delivery.go") || strings.Contains(said, "Kanarifugl") {
		t.Errorf("the log:\n%s", said)
	}
}

// TestHeavyCustomer: with one worker and too little time for one heavy customer, the others have their turn in the same
// invocation, and the heavy one goes on first in the next ones until it is done.
func TestHeavyCustomer(t *testing.T) {
	t.Parallel()
	const products = 200
	w := newWorld(t, testenv.Options{Ongoing: ongoingtest.Options{Before: func(ongoingtest.Entry) { time.Sleep(20 * time.Millisecond) }}})
	w.environment[naming.EnvConcurrency] = "1"
	heavy := w.customer("heavy", nil)
	fill(heavy, products)
	for i := range 5 {
		fill(w.customer(fmt.Sprintf("light-%d", i), nil), 2)
	}
	// The heavy one is the first in line: nobody has waited longer.
	w.put(testenv.Record{naming.PartitionKey: "heavy", naming.SortKey: "lease#articles", "startedAt": "2026-01-01T00:00:00.000Z"})
	for i := range 5 {
		w.put(testenv.Record{naming.PartitionKey: fmt.Sprintf("light-%d", i), naming.SortKey: "lease#articles", "startedAt": "2026-02-01T00:00:00.000Z"})
	}
	f := w.function(naming.Articles)
	f.Timeout = 6 * time.Second
	written := 0
	for turn := 1; ; turn++ {
		from := len(w.Ongoing.Journal())
		result, lines, err := f.Run(t.Context(), tick())
		if err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
		}
		if first := w.Ongoing.Journal()[from]; first.GoodsOwner != heavy.GoodsOwner.ID {
			t.Errorf("turn %d began with goods owner %d", turn, first.GoodsOwner)
		}
		for id, outcome := range outcomes(result) {
			switch {
			case id == "heavy":
			case turn == 1 && outcome != runner.OK, turn > 1 && outcome != runner.NotDue:
				t.Errorf("turn %d: %s is %s", turn, id, outcome)
			}
		}
		now := len(heavy.GoodsOwner.Articles())
		t.Logf("turn %d: %d articles", turn, now)
		if now == products {
			if turn == 1 {
				t.Error("one turn was enough; the test proves nothing")
			}
			break
		}
		if now <= written || !result.CutShort {
			t.Fatalf("turn %d: %d articles after %d; cut short %v", turn, now, written, result.CutShort)
		}
		written = now
	}
}
