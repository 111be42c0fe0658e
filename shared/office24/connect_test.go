package office24_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

func TestConnectReturnsTheCompanyThatTheSessionReaches(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	kept := newSessionStore()
	keep := func(cfg *office24.Config) { cfg.Sessions = kept }
	for range 3 { // runs
		company, err := connect(t, server.URL(), keep).Connect(t.Context())
		if err != nil || company.ID != clientID {
			t.Errorf("got %s, %v", company, err)
		}
	}
	if server.Calls("Login") != 1 || server.Calls("GetIdentity") != 1 {
		t.Errorf("%d logins, %d questions for the identity; a kept session needs none",
			server.Calls("Login"), server.Calls("GetIdentity"))
	}
}

// The user can change the default identity at any time. The session in use stays in its company.
func TestLaterLoginMustReachTheSameCompany(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	other := server.AddTenant(4712, credentials())
	kept := newSessionStore()
	keep := func(cfg *office24.Config) { cfg.Sessions = kept }
	client := connect(t, server.URL(), keep)
	if company, err := client.Connect(t.Context()); err != nil || company.ID != clientID {
		t.Fatalf("got %s, %v", company, err)
	}
	server.SetDefaultIdentity(credentials(), other)
	if company, err := connect(t, server.URL(), keep).Connect(t.Context()); err != nil || company.ID != clientID {
		t.Errorf("while the session lives: %s, %v", company, err)
	}
	tenant.ExpireSessions()
	err := ping(t.Context(), client)
	if !errclass.Is(err, errclass.Settings) || !strings.Contains(err.Error(), "4711") ||
		!strings.Contains(err.Error(), "4712") {
		t.Errorf("got %v", err)
	}
	if n := server.Calls("GetDeliveryMethods"); n != 1 {
		t.Errorf("%d calls, want only the one that found the session dead", n)
	}
	if company, err := connect(t, server.URL(), keep).Connect(t.Context()); err != nil || company.ID != 4712 {
		t.Errorf("the next run: %s, %v", company, err)
	}
}

// Another process can have kept a session of another company in the meantime.
func TestKeptSessionOfAnotherCompanyIsNotTakenOver(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	other := server.AddTenant(4712, credentials())
	kept := newSessionStore()
	keep := func(cfg *office24.Config) { cfg.Sessions = kept }
	first := connect(t, server.URL(), keep)
	if _, err := first.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.SetDefaultIdentity(credentials(), other)
	tenant.ExpireSessions()
	second := connect(t, server.URL(), keep)
	if _, err := second.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := ping(t.Context(), second); err == nil {
		t.Error("the kept session is alive")
	}
	if _, err := connect(t, server.URL(), keep).Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := ping(t.Context(), first); !errclass.Is(err, errclass.Settings) {
		t.Errorf("got %v", err)
	}
}

func TestKeptSessionIsOfNoUseToAReaderOfTheTable(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	kept := newSessionStore()
	cookies := &cookieReader{}
	keep := func(cfg *office24.Config) {
		cfg.Sessions = kept
		cookies.RoundTripper, cfg.Transport = cfg.Transport, cookies
	}
	if err := ping(t.Context(), connect(t, server.URL(), keep)); err != nil {
		t.Fatal(err)
	}
	for key, sealed := range kept.all() {
		box, err := base64.StdEncoding.DecodeString(sealed)
		if err != nil || strings.Contains(string(box), cookies.session) || strings.Contains(key, cookies.session) {
			t.Errorf("kept %q, %v", sealed, err)
		}
		t.Log("what cannot be read means: log in")
		for name, unreadable := range map[string]string{
			"a plain id of an older version": cookies.session,
			"cut off":                        sealed[:len(sealed)-8],
			"empty":                          "",
			"too short":                      "AAAA",
			"another key": func() string {
				box[len(box)-1] ^= 1
				return base64.StdEncoding.EncodeToString(box)
			}(),
		} {
			before := server.Calls("Login")
			_ = kept.SetSession(t.Context(), key, unreadable)
			err := ping(t.Context(), connect(t, server.URL(), keep))
			if err != nil || server.Calls("Login") != before+1 {
				t.Errorf("%s: %v after %d more logins", name, err, server.Calls("Login")-before)
			}
		}
	}
}
