package office24_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

// ping is a read that every session allows.
func ping(ctx context.Context, c *office24.Client) error {
	_, err := c.DeliveryMethods(ctx)
	return err
}

func TestSessionIsReusedByTheNextRun(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	kept := newSessionStore()
	keep := func(cfg *office24.Config) { cfg.Sessions = kept }
	for range 2 { // runs
		client := connect(t, server.URL(), keep)
		for range 3 {
			if err := ping(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := server.Calls("Login"); n != 1 {
		t.Errorf("%d logins in two runs, want 1", n)
	}
}

func TestParallelCallsLogInOnce(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	client := connect(t, server.URL())
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if err := ping(t.Context(), client); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if n := server.Calls("Login"); n != 1 {
		t.Errorf("%d logins for 20 calls at once, want 1", n)
	}
}

func TestSessionOfAnotherCompanyIsNotUsed(t *testing.T) {
	t.Parallel()
	server, first := start(t, office24test.Options{})
	second := server.AddTenant(4712, credentials())
	kept := newSessionStore()
	for name, change := range map[string]func(*office24.Config){
		"default identity": func(*office24.Config) {},
		"first identity":   func(cfg *office24.Config) { cfg.IdentityID = first.IdentityID() },
		"second identity":  func(cfg *office24.Config) { cfg.IdentityID = second.IdentityID() },
		"checked client":   func(cfg *office24.Config) { cfg.IdentityID, cfg.ClientID = second.IdentityID(), 4712 },
	} {
		client := connect(t, server.URL(), change, func(cfg *office24.Config) { cfg.Sessions = kept })
		if err := ping(t.Context(), client); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(kept.all()); n != 4 {
		t.Errorf("%d sessions kept, want one for each of the 4 ways to log in", n)
	}
}

func TestDeadSessionIsRenewedOnce(t *testing.T) {
	t.Parallel()
	lost := func(text string, times int) office24test.Fault {
		return office24test.Fault{Op: "GetDeliveryMethods", Kind: office24test.SOAPFault, Text: text, Times: times}
	}
	unauthorized := func(times int) office24test.Fault {
		return office24test.Fault{Op: "GetDeliveryMethods", Kind: office24test.Status, Status: 401, Times: times}
	}
	const session, client = "Session is not authenticated", "Client is not authenticated on this identity"
	cases := map[string]struct {
		fault  office24test.Fault
		class  errclass.Class
		logins int // after the first
		calls  int
	}{
		"the session has expired": {
			fault:  office24test.Fault{Op: "GetDeliveryMethods", Kind: office24test.SessionExpired},
			logins: 1,
			calls:  2,
		},
		"the session has lost its company": {fault: lost(client, 1), logins: 1, calls: 2},
		"upper case":                       {fault: lost(strings.ToUpper(session), 1), logins: 1, calls: 2},
		"HTTP 401":                         {fault: unauthorized(1), logins: 1, calls: 2},
		"the new session is dead too": {
			fault:  lost(session, -1),
			class:  errclass.Credentials,
			logins: 1,
			calls:  2,
		},
		"HTTP 401 after the login too": {fault: unauthorized(-1), class: errclass.Credentials, logins: 1, calls: 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := start(t, office24test.Options{})
			kept := newSessionStore()
			client := connect(t, server.URL(), func(cfg *office24.Config) { cfg.Sessions = kept })
			if _, err := client.Identity(t.Context()); err != nil {
				t.Fatal(err)
			}
			server.Fault(c.fault)
			for range 2 { // the second call shows whether the client remembers the outcome
				if err := ping(t.Context(), client); c.class == "" && err != nil ||
					c.class != "" && !errclass.Is(err, c.class) {
					t.Errorf("error %v, want class %q", err, c.class)
				}
			}
			calls := c.calls + 1
			if c.class != "" {
				calls = c.calls // the second ping makes no call
			}
			if got := server.Calls("GetDeliveryMethods"); got != calls {
				t.Errorf("%d calls, want %d", got, calls)
			}
			if got := server.Calls("Login") - 1; got != c.logins {
				t.Errorf("%d more logins, want %d", got, c.logins)
			}
			for _, id := range kept.all() {
				if (id == "") != (c.class != "") {
					t.Errorf("kept session %q after %q", id, c.class)
				}
			}
		})
	}
}

// Two processes of one customer run at the same time. The first must not log in again if the second just did.
func TestSessionRenewedByAnotherProcessIsUsed(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	kept := newSessionStore()
	keep := func(cfg *office24.Config) { cfg.Sessions = kept }
	first, second := connect(t, server.URL(), keep), connect(t, server.URL(), keep)
	for _, step := range []func(){
		func() { _ = ping(t.Context(), first) },
		func() { _ = ping(t.Context(), second) },
		tenant.ExpireSessions,
		func() { _ = ping(t.Context(), second) },
	} {
		step()
	}
	if err := ping(t.Context(), first); err != nil || server.Calls("Login") != 2 {
		t.Errorf("error %v, %d logins; want the second client's session and 2 logins in all", err,
			server.Calls("Login"))
	}
}

func TestLoginsAreLimitedIfEverySessionIsLost(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{SessionCalls: 1})
	client := connect(t, server.URL())
	var err error
	for range 10 {
		err = errors.Join(err, ping(t.Context(), client))
	}
	if n := server.Calls("Login"); n > 3 || !errclass.Is(err, errclass.Transient) {
		t.Errorf("%d logins for 10 calls, error %v; want at most 3 and a transient error", n, err)
	}
}

func TestRefusedLoginIsFinal(t *testing.T) {
	t.Parallel()
	fault := func(f office24test.Fault) func(*office24test.Server, *office24test.Tenant) {
		return func(server *office24test.Server, _ *office24test.Tenant) {
			f.Op, f.Times = "Login", -1
			server.Fault(f)
		}
	}
	cases := map[string]struct {
		change  func(*office24.Config)
		prepare func(*office24test.Server, *office24test.Tenant)
		class   errclass.Class
		message string
	}{
		"an empty result": {
			change:  func(cfg *office24.Config) { cfg.Credentials.Password = "wrong" },
			class:   errclass.Credentials,
			message: "office24: Login: the login was refused",
		},
		"the identity is blocked": {
			prepare: func(_ *office24test.Server, tenant *office24test.Tenant) { tenant.Block(true) },
			class:   errclass.Settings,
			message: "office24.identityId",
		},
		"another user's identity": {
			change:  func(cfg *office24.Config) { cfg.IdentityID = "7e1f0d00-1111-4222-8333-000000009999" },
			class:   errclass.Settings,
			message: "office24.identityId",
		},
		"the wrong company": {
			change:  func(cfg *office24.Config) { cfg.ClientID = 4712 },
			class:   errclass.Settings,
			message: "office24.clientId is 4712, but the login leads to client 4711",
		},
		"a fault with an unknown text": {
			prepare: fault(office24test.Fault{Kind: office24test.SOAPFault, Text: "User is locked out"}),
			class:   errclass.Credentials,
			message: "User is locked out",
		},
		"HTTP 401": {
			prepare: fault(office24test.Fault{Kind: office24test.Status, Status: 401}),
			class:   errclass.Credentials,
			message: "401",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, tenant := start(t, office24test.Options{})
			if c.prepare != nil {
				c.prepare(server, tenant)
			}
			kept := newSessionStore()
			client := connect(t, server.URL(), func(cfg *office24.Config) {
				cfg.Sessions = kept
				if c.change != nil {
					c.change(cfg)
				}
			})
			var messages []string
			for range 3 {
				err := ping(t.Context(), client)
				if !errclass.Is(err, c.class) || !strings.Contains(fmt.Sprint(err), c.message) {
					t.Fatalf("error %v, want class %s and %q", err, c.class, c.message)
				}
				messages = append(messages, err.Error())
			}
			if server.Calls("Login") != 1 || server.Calls("GetDeliveryMethods") != 0 {
				t.Errorf("%d logins, %d calls; want one login and no call", server.Calls("Login"),
					server.Calls("GetDeliveryMethods"))
			}
			if messages[0] != messages[2] {
				t.Errorf("the error changed from %q to %q", messages[0], messages[2])
			}
			for _, id := range kept.all() {
				if id != "" {
					t.Error("the session was kept")
				}
			}
		})
	}
}

func TestLoginWithoutAnswerIsTriedAgainByTheNextCall(t *testing.T) {
	t.Parallel()
	for _, f := range []office24test.Fault{
		{Kind: office24test.Status, Status: 503}, {Kind: office24test.Reset}, {Kind: office24test.Truncate},
		{Kind: office24test.HTML},
	} {
		server, _ := start(t, office24test.Options{})
		f.Op = "Login"
		server.Fault(f)
		client := connect(t, server.URL())
		if err := ping(t.Context(), client); !errclass.Is(err, errclass.Transient) || server.Calls("Login") != 1 {
			t.Errorf("%s: error %v after %d logins, want a transient one after 1", f.Kind, err, server.Calls("Login"))
		}
		if err := ping(t.Context(), client); err != nil {
			t.Errorf("%s: the next call: %v", f.Kind, err)
		}
	}
}

func TestUnreadableSessionStoreStopsTheCall(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	client := connect(t, server.URL(), func(cfg *office24.Config) { cfg.Sessions = brokenSessions{} })
	if err := ping(t.Context(), client); !errclass.Is(err, errclass.Throttled) || server.Calls("Login") != 0 {
		t.Errorf("error %v after %d logins; want the class of the store's error and no login", err,
			server.Calls("Login"))
	}
}

type brokenSessions struct{}

func (brokenSessions) Session(context.Context, string) (string, error) {
	return "", errclass.New(errclass.Throttled, "", "table")
}
func (brokenSessions) SetSession(context.Context, string, string) error { return nil }

func TestNewRefusesAWrongConfig(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*office24.Config)
		class  errclass.Class // empty: accepted
	}{
		"https": {
			func(c *office24.Config) { c.BaseURL = "https://api.24sevenoffice.com/" },
			"",
		},
		"plain http to a loopback address": {func(c *office24.Config) { c.BaseURL = "http://[::1]:8080" }, ""},
		"plain http to localhost": {
			func(c *office24.Config) { c.BaseURL = "http://localhost:8080" },
			"",
		},
		"plain http to another host": {
			func(c *office24.Config) { c.BaseURL = "http://api.24sevenoffice.com" },
			errclass.Settings,
		},
		"a name that looks like a loopback address": {
			func(c *office24.Config) { c.BaseURL = "http://127.0.0.1.example.com" },
			errclass.Settings,
		},
		"credentials in the address": {
			func(c *office24.Config) { c.BaseURL = "https://user@example.com" },
			errclass.Settings,
		},
		"a path": {
			func(c *office24.Config) { c.BaseURL = "https://example.com/x" },
			errclass.Settings,
		},
		"another scheme": {
			func(c *office24.Config) { c.BaseURL = "file:///etc/passwd" },
			errclass.Settings,
		},
		"no address": {func(c *office24.Config) { c.BaseURL = "" }, errclass.Settings},
		"identity is not a GUID": {
			func(c *office24.Config) { c.IdentityID = "4711" },
			errclass.Settings,
		},
		"application is not a GUID": {
			func(c *office24.Config) { c.Credentials.ApplicationID = "wms" },
			errclass.Credentials,
		},
		"no password": {
			func(c *office24.Config) { c.Credentials.Password = "" },
			errclass.Credentials,
		},
		"no clock": {func(c *office24.Config) { c.Now = nil }, errclass.Defect},
	}
	for name, c := range cases {
		cfg := office24.Config{BaseURL: "https://example.com", Credentials: credentials(), Now: now}
		c.change(&cfg)
		_, err := office24.New(cfg)
		if c.class == "" && err != nil || c.class != "" && !errclass.Is(err, c.class) {
			t.Errorf("%s: %v, want class %q", name, err, c.class)
		}
	}
}

func TestQuotaIsReadFromAnswers(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{Quota: 2})
	client := connect(t, server.URL())
	if _, _, known := client.Quota(); known {
		t.Error("the quota is known before the first answer")
	}
	if err := ping(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	remaining, reset, known := client.Quota()
	next := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	if diff := cmp.Diff([]any{1, next, true}, []any{remaining, reset, known}); diff != "" {
		t.Errorf("quota (-want +got):\n%s", diff)
	}
	_ = ping(t.Context(), client)
	err := ping(t.Context(), client)
	if !errclass.Is(err, errclass.Throttled) || !errclass.RetryAt(err).Equal(next) {
		t.Errorf("beyond the quota: %v until %s, want throttled until %s", err, errclass.RetryAt(err), next)
	}
	if n := server.Calls("GetDeliveryMethods"); n != 3 {
		t.Errorf("%d calls; a quarantined one must not be repeated", n)
	}
}
