package office24

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"ongoing24so/shared/errclass"
)

const (
	sessionCookie = "ASP.NET_SessionId"

	// maxLogins limits the logins of one Client. The vendor throttles repeated logins (vendor's documentation), so a
	// service that loses every session must not be logged in to for every call.
	maxLogins = 3
)

// Sessions keeps sessions between runs. The key covers the address, the credentials, the identity and the client
// number, so that a session is never used for another company than it was made for.
type Sessions interface {
	// Session returns the session kept under the key, "" if there is none.
	Session(ctx context.Context, key string) (id string, err error)
	// SetSession keeps a session; "" forgets it.
	SetSession(ctx context.Context, key, id string) error
}

// A session is what the Client remembers between calls. The error of a refused login is final for the Client: a second
// attempt would fail too, and enough of them lock the user out.
type session struct {
	id      string
	logins  int
	refused *failure
}

// sessionKey is keyed with the application id, so that nobody who reads a stored key can try passwords against it.
func (cfg Config) sessionKey() string {
	mac := hmac.New(sha256.New, []byte(cfg.Credentials.ApplicationID))
	client := strconv.FormatInt(cfg.ClientID, 10)
	for _, part := range []string{
		cfg.BaseURL, cfg.Credentials.Username, cfg.Credentials.Password, cfg.IdentityID, client,
	} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// withSession makes a call with the session in use. If that session is dead, it uses one that another process has kept
// in the meantime, and finally logs in, once. A call that fails with the new session too has failed.
func (c *Client) withSession(ctx context.Context, op operation, call func(id string) *failure) *failure {
	dead := ""
	for {
		id, isNew, f := c.findSession(ctx, op, dead)
		if f != nil {
			return f
		}
		f = call(id)
		if f == nil || !f.sessionLost {
			return f
		}
		if isNew {
			f.Message = "the session of a new login was not accepted: " + f.Message
			c.refuse(ctx, id, f)
			return f
		}
		dead = id
	}
}

// findSession returns a session that is not the dead one. isNew reports that it comes from a login just now.
func (c *Client) findSession(ctx context.Context, op operation, dead string) (id string, isNew bool, f *failure) {
	if c.loginLock.Lock(ctx) != nil {
		return "", false, op.fail(errclass.Transient, "the call was cut short").causedBy(context.Cause(ctx))
	}
	defer c.loginLock.Unlock()
	if c.session.refused != nil {
		return "", false, c.session.refused
	}
	if c.session.id == "" || c.session.id == dead {
		kept, err := c.keptSession(ctx)
		if err != nil {
			return "", false, op.fail(errclass.Of(err), "the kept session cannot be read").causedBy(err)
		}
		if kept == "" || kept == dead || kept == c.session.id {
			return c.renewSession(ctx)
		}
		c.session.id = kept
	}
	return c.session.id, false, nil
}

func (c *Client) keptSession(ctx context.Context) (string, error) {
	if c.cfg.Sessions == nil {
		return "", nil
	}
	return c.cfg.Sessions.Session(ctx, c.cfg.sessionKey())
}

// keepSession stores the session. The caller has locked loginLock. A failure is ignored: the session works, and the
// next run would log in again.
func (c *Client) keepSession(ctx context.Context, id string) {
	c.session.id = id
	if c.cfg.Sessions != nil {
		_ = c.cfg.Sessions.SetSession(ctx, c.cfg.sessionKey(), id)
	}
}

// refuse makes the failure final for the Client, unless another call has found a working session in the meantime.
func (c *Client) refuse(ctx context.Context, id string, f *failure) {
	if c.loginLock.Lock(ctx) != nil {
		return
	}
	defer c.loginLock.Unlock()
	if c.session.id == id {
		c.session.refused = f
		c.keepSession(ctx, "")
	}
}

// renewSession logs in and keeps the session. The caller has locked loginLock.
func (c *Client) renewSession(ctx context.Context) (string, bool, *failure) {
	if c.session.logins == maxLogins {
		f := loginOperation().fail(errclass.Transient, "the session was lost again after %d logins", maxLogins)
		return "", false, f
	}
	c.session.logins++
	id, f := c.login(ctx)
	if f != nil {
		f.invalidValue = false // it is about the login's values, not about those of the call that needs the session
		if f.Class == errclass.Credentials || f.Class == errclass.Settings {
			c.session.refused = f
			c.keepSession(ctx, "")
		}
		return "", false, f
	}
	c.keepSession(ctx, id)
	return id, true, nil
}
