package office24

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"ongoing24so/shared/errclass"
)

const (
	authPath      = "/authenticate/v001/authenticate.asmx"
	sessionCookie = "ASP.NET_SessionId"
	redacted      = "[redacted]"

	// maxLogins bounds the logins of one Client: a service that loses every session must not be logged in to for
	// every call, because repeated logins are throttled (vendor's documentation).
	maxLogins = 3
)

// Credentials are those of the integration user, and the id of the integration. They print as [redacted].
type Credentials struct {
	ApplicationID, Username, Password string
}

func (Credentials) String() string               { return redacted }
func (Credentials) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (Credentials) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (cr Credentials) check() error {
	switch {
	case !IsGUID(cr.ApplicationID):
		return errclass.New(errclass.Credentials, "office24", "the application id must be a GUID")
	case cr.Username == "" || cr.Password == "":
		return errclass.New(errclass.Credentials, "office24", "user name or password is missing")
	}
	return nil
}

// IsGUID reports whether a text has the form of the WSDL's guid.
func IsGUID(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != length || strings.Trim(parts[i], "0123456789abcdefABCDEF") != "" {
			return false
		}
	}
	return true
}

// Sessions keeps sessions between runs. The key stands for the address, the credentials, the identity and the client
// number, so that a session is never used for another company than it was made for.
type Sessions interface {
	// Session returns the session kept under the key, "" for none.
	Session(ctx context.Context, key string) (id string, err error)
	// SetSession keeps a session; "" forgets it.
	SetSession(ctx context.Context, key, id string) error
}

// A session is what the Client knows of its own. The error of a refused login stands for the rest of the Client's life:
// a second attempt would fail too, and enough of them lock the user out.
type session struct {
	id      string
	logins  int
	refused *failure
}

// sessionKey is keyed with the application id, so that nobody who reads a stored key can try passwords against it.
func (cfg Config) sessionKey() string {
	mac := hmac.New(sha256.New, []byte(cfg.Credentials.ApplicationID))
	for _, part := range []string{cfg.BaseURL, cfg.Credentials.Username, cfg.Credentials.Password, cfg.IdentityID, strconv.FormatInt(cfg.ClientID, 10)} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// withSession makes a call with the session in use. When that turns out to be dead it looks for another one, kept by
// another process meanwhile, and at last logs in: once. A call that fails with the new session too has failed.
func (c *Client) withSession(ctx context.Context, op operation, call func(id string) *failure) *failure {
	dead := ""
	for {
		id, fresh, f := c.session(ctx, op, dead)
		if f != nil {
			return f
		}
		f = call(id)
		if f == nil || !f.lost {
			return f
		}
		if fresh {
			f.Message = "the session of a new login was not accepted: " + f.Message
			c.refuse(ctx, id, f)
			return f
		}
		dead = id
	}
}

// session returns a session that is not the dead one. Fresh tells that it was made just now.
func (c *Client) session(ctx context.Context, op operation, dead string) (id string, fresh bool, f *failure) {
	if !c.enter(ctx) {
		return "", false, op.fail(errclass.Transient, "the call was cut short").causedBy(context.Cause(ctx))
	}
	defer c.leave()
	if c.auth.refused != nil {
		return "", false, c.auth.refused
	}
	if c.auth.id == "" || c.auth.id == dead {
		kept, err := c.kept(ctx)
		if err != nil {
			return "", false, op.fail(errclass.Of(err), "the kept session cannot be read").causedBy(err)
		}
		if kept == "" || kept == dead || kept == c.auth.id {
			return c.renew(ctx)
		}
		c.auth.id = kept
	}
	return c.auth.id, false, nil
}

// enter takes the door; false where the context ends first.
func (c *Client) enter(ctx context.Context) bool {
	select {
	case c.door <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Client) leave() { <-c.door }

func (c *Client) kept(ctx context.Context) (string, error) {
	if c.cfg.Sessions == nil {
		return "", nil
	}
	return c.cfg.Sessions.Session(ctx, c.cfg.sessionKey())
}

// keep stores the session. A failure is passed over: the session works, and the next run would log in anew.
func (c *Client) keep(ctx context.Context, id string) {
	c.auth.id = id
	if c.cfg.Sessions != nil {
		_ = c.cfg.Sessions.SetSession(ctx, c.cfg.sessionKey(), id)
	}
}

// refuse remembers that there is no way in, unless somebody else found one meanwhile.
func (c *Client) refuse(ctx context.Context, id string, f *failure) {
	if !c.enter(ctx) {
		return
	}
	defer c.leave()
	if c.auth.id == id {
		c.auth.refused = f
		c.keep(ctx, "")
	}
}

// renew logs in and keeps the session. The door is held.
func (c *Client) renew(ctx context.Context) (string, bool, *failure) {
	if c.auth.logins == maxLogins {
		return "", false, login().fail(errclass.Transient, "the session was lost again after %d logins", maxLogins)
	}
	c.auth.logins++
	id, f := c.login(ctx)
	if f != nil {
		f.invalid = false // of the login's values, not of those of the call that needs it
		if f.Class == errclass.Credentials || f.Class == errclass.Settings {
			c.auth.refused = f
			c.keep(ctx, "")
		}
		return "", false, f
	}
	c.keep(ctx, id)
	return id, true, nil
}

// A login is not repeated after a time-out, only where it never reached the service: repeated logins are throttled.
func login() operation { return operation{path: authPath, name: "Login"} }

type loginRequest struct {
	Credential credential `soap:"credential"`
}

type credential struct {
	ApplicationID string `soap:"ApplicationId"`
	IdentityID    string `soap:"IdentityId"`
	Password      string
	Username      string
}

func (c *Client) login(ctx context.Context) (string, *failure) {
	request := loginRequest{credential{c.cfg.Credentials.ApplicationID, c.cfg.IdentityID, c.cfg.Credentials.Password, c.cfg.Credentials.Username}}
	op := login()
	var id string
	f := c.attempt(ctx, op, "", envelope(op.name, request), into(&id))
	switch {
	case f != nil && f.refused && f.Class == errclass.Defect:
		f.Class = errclass.Credentials // whatever the fault says: the service looked at the login and did not let it in
		return "", f
	case f != nil:
		return "", f
	case id == "":
		return "", op.fail(errclass.Credentials, "the login was refused")
	case len(id) > 200 || strings.ContainsFunc(id, notInCookie):
		return "", op.fail(errclass.Defect, "the session is no cookie value")
	}
	return id, c.checkClient(ctx, id)
}

// notInCookie is RFC 6265, 4.1.1, turned round.
func notInCookie(r rune) bool { return r <= ' ' || r >= 0x7F || strings.ContainsRune(`",;\`, r) }

// checkClient compares the company that a login has led to with the one that was meant.
func (c *Client) checkClient(ctx context.Context, id string) *failure {
	if c.cfg.ClientID == 0 {
		return nil
	}
	var identity Identity
	op := getIdentity()
	if f := c.attempt(ctx, op, id, envelope(op.name, struct{}{}), into(&identity)); f != nil {
		return f
	}
	if identity.Client.ID != c.cfg.ClientID {
		return op.fail(errclass.Settings, "office24.clientId is %d, but the login leads to client %d", c.cfg.ClientID, identity.Client.ID)
	}
	return nil
}

// An Identity is a user in a company.
type Identity struct {
	ID         string `soap:"Id"`
	Client     ClientInfo
	IsCurrent  bool
	IsDefault  bool
	IsDisabled bool
}

// ClientInfo is the company ("client" in 24SevenOffice's words) of an identity.
type ClientInfo struct {
	ID   int64 `soap:"Id"`
	Name string
}

func getIdentity() operation { return read(authPath, "GetIdentity") }

// Identity returns the identity of the session in use.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	var identity Identity
	f := c.call(ctx, getIdentity(), struct{}{}, into(&identity))
	return identity, f.err()
}
