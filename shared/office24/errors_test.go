package office24_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/vendorhttp"
)

// An operation is a call of the client.
type operation struct {
	name string
	do   func(context.Context, *office24.Client) error
	// write: an unknown outcome makes the error Uncertain. repeated: the client repeats it after an unknown outcome.
	write, repeated bool
}

func operations() []operation {
	return []operation{
		{name: "GetProducts", repeated: true, do: func(ctx context.Context, c *office24.Client) error {
			_, err := collect(c.Products(ctx, office24.ProductSearch{ChangedAfter: now().Add(-time.Hour)}))
			return err
		}},
		{name: "GetInvoices", repeated: true, do: func(ctx context.Context, c *office24.Client) error {
			_, err := collect(c.Orders(ctx, office24.OrderSearch{IDs: []office24.OrderID{40557}}))
			return err
		}},
		{name: "GetOrderSyncList", repeated: true, do: func(ctx context.Context, c *office24.Client) error {
			_, err := collect(c.Orders(ctx, office24.OrderSearch{ChangedAfter: now().Add(-100 * 24 * time.Hour)}))
			return err
		}},
		{name: "GetCompanies", repeated: true, do: func(ctx context.Context, c *office24.Client) error {
			_, err := collect(c.Companies(ctx, office24.CompanySearch{ChangedAfter: now().Add(-time.Hour)}))
			return err
		}},
		{name: "GetDeliveryMethods", repeated: true, do: ping},
		{
			name:     "SetStockQuantity",
			write:    true,
			repeated: true,
			do: func(ctx context.Context, c *office24.Client) error {
				return c.SetStockQuantity(ctx, 7301, number.FromInt(12))
			},
		},
		{name: "SaveInvoices", write: true, do: func(ctx context.Context, c *office24.Client) error {
			_, err := c.SaveOrder(
				ctx,
				office24.OrderWrite{
					CustomerID: 5120,
					Status:     office24.StatusRest,
					Rows:       []office24.RowWrite{{ProductID: 7301}},
				},
			)
			return err
		}},
	}
}

// A meaning is how the client must classify a fault.
type meaning struct {
	fault office24test.Fault
	class errclass.Class
	// unknown: the call may have taken effect. unprocessed: it has not, so the client can repeat it.
	unknown, unprocessed bool
	retryAt              time.Time
	message              string
	write                errclass.Class // of a write, if it differs
}

func meanings() map[string]meaning {
	type f = office24test.Fault
	date := now().Add(10 * time.Minute)
	hour := now().Add(50 * time.Minute)
	return map[string]meaning{
		"500 without SOAP": {
			fault:   f{Kind: office24test.Status, Status: 500},
			class:   errclass.Transient,
			unknown: true,
			message: "24SevenOffice fails with an error of its own (HTTP status 500)",
		},
		"502": {
			fault:   f{Kind: office24test.Status, Status: 502},
			class:   errclass.Transient,
			unknown: true,
			message: "24SevenOffice does not answer (HTTP status 502)",
		},
		"503": {
			fault:   f{Kind: office24test.Status, Status: 503},
			class:   errclass.Transient,
			unknown: true,
			message: "24SevenOffice does not answer (HTTP status 503)",
		},
		"404": {
			fault:   f{Kind: office24test.Status, Status: 404},
			class:   errclass.Defect,
			message: "24SevenOffice does not find what it was asked for (HTTP status 404)",
		},
		"403": {
			fault:   f{Kind: office24test.Status, Status: 403},
			class:   errclass.Credentials,
			write:   errclass.Rejected, // another call has succeeded
			message: "HTTP status 403",
		},
		"a redirect": {
			fault:   f{Kind: office24test.Status, Status: 302},
			class:   errclass.Transient,
			message: "redirect",
			unknown: true,
		},
		"429": {
			fault:       f{Kind: office24test.Status, Status: 429},
			class:       errclass.Throttled,
			unprocessed: true,
			message:     "24SevenOffice asks us to slow down (HTTP status 429)",
		},
		"429, seconds": {
			fault:   f{Kind: office24test.Status, Status: 429, RetryAfter: "600"},
			class:   errclass.Throttled,
			retryAt: date,
		},
		"429, date": {
			fault:   f{Kind: office24test.Status, Status: 429, RetryAfter: date.Format(http.TimeFormat)},
			class:   errclass.Throttled,
			retryAt: date,
		},
		"quarantine": {
			fault:   f{Kind: office24test.Quarantine, Text: "2026-01-15T08:20:00Z"},
			class:   errclass.Throttled,
			retryAt: date,
			message: "24SevenOffice asks us to wait, because the hourly quota is used up: \"",
		},
		"quarantine, US time": {
			fault:   f{Kind: office24test.Quarantine, Text: "1/15/2026 8:20:00 AM."},
			class:   errclass.Throttled,
			retryAt: date,
		},
		"quarantine, odd": {
			fault:   f{Kind: office24test.Quarantine, Text: "soon"},
			class:   errclass.Throttled,
			retryAt: hour,
		},
		"reset before": {
			fault:   f{Kind: office24test.Reset},
			class:   errclass.Transient,
			unknown: true,
			message: "connection broke",
		},
		"reset after": {
			fault:   f{Kind: office24test.Reset, AfterEffect: true},
			class:   errclass.Transient,
			unknown: true,
			message: "connection broke",
		},
		"time-out": {
			fault:   f{Kind: office24test.Hang},
			class:   errclass.Transient,
			unknown: true,
			message: "no whole answer within",
		},
		"slow drip": {
			fault:   f{Kind: office24test.Drip, Delay: 50 * time.Millisecond},
			class:   errclass.Transient,
			unknown: true,
			message: "no whole answer within",
		},
		"HTML with 200": {
			fault:   f{Kind: office24test.HTML},
			class:   errclass.Transient,
			unknown: true,
			message: "not XML",
		},
		"wrong content type": {
			fault:   f{Kind: office24test.ContentType},
			class:   errclass.Transient,
			unknown: true,
			message: "not XML",
		},
		"empty body": {
			fault:   f{Kind: office24test.Empty},
			class:   errclass.Transient,
			unknown: true,
			message: "breaks off",
		},
		"truncated": {
			fault:   f{Kind: office24test.Truncate},
			class:   errclass.Transient,
			unknown: true,
			message: "breaks off",
		},
		"endless": {
			fault:   f{Kind: office24test.Oversize},
			class:   errclass.Defect,
			unknown: true,
			message: "larger than allowed",
		},
		"a text of 10 MB": {
			fault:   f{Kind: office24test.BigText},
			class:   errclass.Defect,
			unknown: true,
			message: "larger than allowed",
		},
		"DOCTYPE": {
			fault:   f{Kind: office24test.Doctype},
			class:   errclass.Defect,
			unknown: true,
			message: "document type declarations",
		},
		"malformed": {
			fault:   f{Kind: office24test.Malformed},
			class:   errclass.Defect,
			unknown: true,
			message: "not well-formed",
		},
		"identity blocked": {
			fault:   f{Kind: office24test.IdentityBlocked},
			class:   errclass.Settings,
			message: "office24.identityId",
		},
		"a database time-out": {
			fault: f{
				Kind: office24test.SOAPFault,
				Text: "System.Data.SqlClient.SqlException: Timeout expired. The timeout period elapsed",
			},
			class:   errclass.Transient,
			unknown: true,
			message: "24SevenOffice took too long: \"",
		},
		"no such filter": {
			fault: f{Kind: office24test.SOAPFault, Text: "Please specify at least one search parameter"},
			class: errclass.Defect,
		},
		"an unknown fault": {
			fault: f{
				Kind: office24test.SOAPFault,
				Text: "Outer ---> System.Exception: Kan ikke lagres for ola@example.no\n   at Office24Seven.Save()",
			},
			class:   errclass.Defect,
			write:   errclass.Rejected,
			message: "System.Exception",
		},
	}
}

func TestEveryFaultOfEveryOperationIsClassified(t *testing.T) {
	t.Parallel()
	for name, m := range meanings() {
		for _, op := range operations() {
			t.Run(name+"/"+op.name, func(t *testing.T) {
				t.Parallel()
				server, tenant := start(t, office24test.Options{})
				tenant.AddProduct(fullProduct())
				tenant.AddOrder(fullOrder())
				client := connect(t, server.URL(), func(cfg *office24.Config) {
					cfg.MaxAnswer = 128 << 10
					if m.fault.Kind == office24test.Hang || m.fault.Kind == office24test.Drip {
						cfg.Timeout, cfg.Now = time.Second, time.Now // long enough for a busy machine to send a request
					}
				})
				if _, err := client.Identity(t.Context()); err != nil {
					t.Fatal(err)
				}
				f := m.fault
				f.Op, f.Times = op.name, -1
				server.Fault(f)
				m.check(t, op, server, op.do(t.Context(), client))
			})
		}
	}
}

func TestRefusedAccessNamesTheSecretUnlessItIsAboutOneRecord(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	tenant.AddProduct(fullProduct())
	client := connect(t, server.URL(), func(cfg *office24.Config) { cfg.Secret = "ongoing24so/acme" })
	one := number.FromInt(1)
	write := func() error { return client.SetStockQuantity(t.Context(), fullProduct().ID, one) }
	server.Fault(office24test.Fault{Op: "SetStockQuantity", Kind: office24test.Status, Status: 403})
	err := write()
	const place = "correct office24.applicationId, office24.username or office24.password in the secret " +
		`"ongoing24so/acme"`
	if !errclass.Is(err, errclass.Credentials) || !strings.Contains(err.Error(), place) {
		t.Errorf("before a call has succeeded: %v", err)
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	server.Fault(office24test.Fault{Op: "SetStockQuantity", Kind: office24test.Status, Status: 403})
	if err := write(); !errclass.Is(err, errclass.Rejected) || !strings.Contains(err.Error(), "access to this record") {
		t.Errorf("after a call has succeeded: %v", err)
	}
	server.Fault(office24test.Fault{Op: "GetProducts", Kind: office24test.Status, Status: 403})
	for _, err := range client.Products(t.Context(), allProducts()) {
		if !errclass.Is(err, errclass.Credentials) || !strings.Contains(err.Error(), place) {
			t.Errorf("a search: %v", err)
		}
	}
}

func (m meaning) check(t *testing.T, op operation, server *office24test.Server, err error) {
	t.Helper()
	want := m.class
	if op.write && m.write != "" {
		want = m.write
	}
	var e *errclass.Error
	if !errors.As(err, &e) || e.Class != want {
		t.Fatalf("error %v (%s), want class %s", err, errclass.Of(err), want)
	}
	if !strings.Contains(err.Error(), op.name) || !strings.Contains(err.Error(), m.message) {
		t.Errorf("%q does not name %q and %q", err, op.name, m.message)
	}
	if uncertain := op.write && m.unknown; e.Uncertain != uncertain {
		t.Errorf("Uncertain is %t, want %t", e.Uncertain, uncertain)
	}
	if !errclass.RetryAt(err).Equal(m.retryAt) {
		t.Errorf("retry at %s, want %s", errclass.RetryAt(err), m.retryAt)
	}
	calls := 1
	if m.unprocessed || m.unknown && m.class == errclass.Transient && op.repeated {
		calls = 3
	}
	byTime := op.name == "GetProducts" || op.name == "GetCompanies" || op.name == "GetOrderSyncList"
	if byTime && m.fault.Kind == office24test.SOAPFault && m.class == errclass.Defect {
		calls = 2 // the filter is moved back once
	}
	if got := server.Calls(op.name); got != calls {
		t.Errorf("%d calls, want %d", got, calls)
	}
}

func TestCallIsRepeatedAfterOneBadAnswer(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		for _, kind := range []office24test.Kind{
			office24test.Status, office24test.Reset, office24test.Empty, office24test.HTML,
		} {
			if !op.repeated {
				continue
			}
			server, tenant := start(t, office24test.Options{})
			tenant.AddProduct(fullProduct())
			server.Fault(office24test.Fault{Op: op.name, Kind: kind})
			if err := op.do(t.Context(), connect(t, server.URL())); err != nil || server.Calls(op.name) != 2 {
				t.Errorf("%s after %s: %v, %d calls", op.name, kind, err, server.Calls(op.name))
			}
		}
	}
}

func TestWriteWithoutConnectionIsNotUncertain(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, op := range operations() {
		err := op.do(t.Context(), connect(t, server.URL))
		var e *errclass.Error
		if !errors.As(err, &e) || e.Class != errclass.Transient || e.Uncertain ||
			!strings.Contains(e.Message, "no connection") {
			t.Errorf("%s: %v (uncertain %t); want a transient error that is not uncertain", op.name, err, e.Uncertain)
		}
	}
}

func TestCancelledCallIsTransientAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		server, _ := start(t, office24test.Options{})
		client := connect(t, server.URL())
		if _, err := client.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		server.Fault(office24test.Fault{Op: op.name, Kind: office24test.Hang, Times: -1})
		server.Before(func(office24test.Call) { cancel() })
		err := op.do(ctx, client)
		var e *errclass.Error
		if !errors.As(err, &e) || e.Class != errclass.Transient || !errors.Is(err, context.Canceled) ||
			e.Uncertain != op.write {
			t.Errorf("%s: %v; want a transient error caused by the context", op.name, err)
		}
		if n := server.Calls(op.name); n != 1 {
			t.Errorf("%s: %d calls, want 1", op.name, n)
		}
	}
}

func TestBrokenStreamYieldsTheRecordsBeforeTheErrorOnce(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	for range 200 {
		tenant.AddProduct(office24.Product{Name: "x"})
	}
	server.Fault(office24test.Fault{Op: "GetProducts", Kind: office24test.Truncate, Times: -1})
	products, err := collect(connect(t, server.URL()).Products(t.Context(), allProducts()))
	if len(products) == 0 || len(products) == 200 || !errclass.Is(err, errclass.Transient) {
		t.Errorf("%d products and %v; want some and a transient error", len(products), err)
	}
	if n := server.Calls("GetProducts"); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// The local time of the server's zone has a gap in spring, and the service can refuse a filter inside it.
func TestFilterInTheDSTGapIsMovedBack(t *testing.T) {
	t.Parallel()
	texts := []string{
		"Instance validation error: '2026-03-29T02:30:00' is not a valid value for DateTime.",
		"The supplied DateTime represents an invalid time.",
	}
	byTime := operations()[:4]
	byTime[1].do = func(ctx context.Context, c *office24.Client) error {
		_, err := collect(c.Orders(ctx, office24.OrderSearch{ChangedAfter: now().Add(-time.Hour)}))
		return err
	}
	for _, text := range texts {
		for _, op := range byTime {
			server, tenant := start(t, office24test.Options{})
			tenant.AddProduct(fullProduct())
			server.Fault(office24test.Fault{Op: op.name, Kind: office24test.SOAPFault, Text: text})
			if err := op.do(t.Context(), connect(t, server.URL())); err != nil || server.Calls(op.name) != 2 {
				t.Errorf("%s: %v after %d calls, want success with the second", op.name, err, server.Calls(op.name))
			}
			server.Fault(office24test.Fault{Op: op.name, Kind: office24test.SOAPFault, Text: text, Times: -1})
			if err := op.do(t.Context(), connect(t, server.URL())); !errclass.Is(err, errclass.Defect) ||
				server.Calls(op.name) != 4 {
				t.Errorf("%s: %v after %d calls, want a defect after the second", op.name, err, server.Calls(op.name)-2)
			}
		}
	}
}

// An invalid value in the login is not about the time filter of the search, so the search is not repeated.
func TestInvalidLoginIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, op := range operations()[:3] {
		server, _ := start(t, office24test.Options{})
		server.Fault(
			office24test.Fault{
				Op:    "GetIdentity",
				Kind:  office24test.SOAPFault,
				Text:  "Instance validation error: 'x' is not a valid value for Guid.",
				Times: -1,
			},
		)
		client := connect(t, server.URL(), func(cfg *office24.Config) { cfg.ClientID = 4711 })
		if err := op.do(t.Context(), client); !errclass.Is(err, errclass.Defect) || server.Calls("Login") != 1 {
			t.Errorf("%s: %s, %v after %d logins, want a defect after one", op.name, errclass.Of(err), err,
				server.Calls("Login"))
		}
	}
}

func TestRedirectsAreNotFollowedAndCookiesNotReturned(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Cookie"), "theirs") {
			t.Error("the server's cookie was sent back")
		}
		http.SetCookie(w, &http.Cookie{Name: "ASP.NET_SessionId", Value: "theirs"})
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer here.Close()
	if err := ping(t.Context(), connect(t, here.URL)); !errclass.Is(err, errclass.Transient) {
		t.Errorf("%v, want a transient error", err)
	}
}

func TestTimeoutLeavesOutTheCallersTime(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	product := fullProduct()
	for product.ID = 1; product.ID <= 300; product.ID++ {
		tenant.AddProduct(product)
	}
	clock := now()
	client := connect(t, server.URL(), func(cfg *office24.Config) {
		cfg.Now = func() time.Time { return clock }
	})
	seen := 0
	for _, err := range client.Products(t.Context(), allProducts()) {
		if err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(time.Hour)
		seen++
	}
	if seen != 300 {
		t.Errorf("%d products", seen)
	}
}

func TestObserveIsToldOfEveryAttempt(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	var mu sync.Mutex
	var seen []string
	client := connect(t, server.URL(), func(cfg *office24.Config) {
		cfg.Observe = func(c vendorhttp.Call) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprint(c.Operation, " ", c.Status, " ", c.Throttled, " ", c.Class))
		}
	})
	server.Fault(office24test.Fault{Op: "GetDeliveryMethods", Kind: office24test.Reset})
	server.Fault(
		office24test.Fault{Op: "GetDeliveryMethods", Nth: 2, Kind: office24test.Status, Status: 429, RetryAfter: "900"},
	)
	_ = ping(t.Context(), client)
	check(t, "calls", nil, []string{
		"Login 200 false ", "GetDeliveryMethods 0 false transient", "GetDeliveryMethods 429 true throttled",
	}, seen)
}

func TestErrorsAndTheirCausesHoldNoSecret(t *testing.T) {
	t.Parallel()
	cr := credentials()
	for name, m := range meanings() {
		if m.fault.Text == "" && m.fault.Kind != office24test.Reset && m.fault.Kind != office24test.HTML {
			continue // the message quotes nothing of the service
		}
		for _, op := range append(operations(), operation{name: "Login", do: ping}) {
			server, tenant := start(t, office24test.Options{})
			cookies := &cookieReader{}
			client := connect(t, server.URL(), func(cfg *office24.Config) {
				cookies.RoundTripper, cfg.Transport = cfg.Transport, cookies
			})
			tenant.AddProduct(fullProduct())
			if op.name != "Login" {
				_ = ping(t.Context(), client)
				if cookies.session == "" {
					t.Fatal("no session was seen")
				}
			}
			session := cookies.session
			// The worst fault quotes everything.
			f := m.fault
			f.Op, f.Times = op.name, -1
			f.Text += " Login of " + cr.Username + " with " + cr.Password + ", application " +
				cr.ApplicationID + ", session " + session
			server.Fault(f)
			err := op.do(t.Context(), client)
			if err == nil {
				t.Fatalf("%s/%s: no error", name, op.name)
			}
			var printed strings.Builder
			for e := err; e != nil; e = errors.Unwrap(e) {
				fmt.Fprintf(&printed, "%s %+v %#v\n", e, e, e)
			}
			for _, secret := range []string{
				cr.Password, cr.Username, cr.ApplicationID, session, "Stack.Trace", "at Office24Seven",
			} {
				if secret != "" && strings.Contains(printed.String(), secret) {
					t.Errorf("%s/%s: %q is in %s", name, op.name, secret, printed.String())
				}
			}
		}
	}
}

func TestCredentialsPrintAsRedacted(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	cfg := office24.Config{BaseURL: server.URL(), Credentials: credentials(), Now: now}
	client := connect(t, server.URL())
	_ = ping(t.Context(), client)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).
		Info("x", "credentials", cfg.Credentials, "client", client, "config", fmt.Sprintf("%+v", cfg))
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "credentials", cfg.Credentials, "client", client)
	out := log.String() + fmt.Sprintf("%v %+v %#v %s %q %v %+v %#v", cfg, cfg, cfg, cfg.Credentials, cfg.Credentials,
		client, client, client)
	for _, secret := range []string{
		credentials().Password, "canary", credentials().Username, credentials().ApplicationID,
	} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is in %s", secret, out)
		}
	}
}
