package office24

import (
	"context"

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
	// Session returns what is kept under the key, "" if nothing is.
	Session(ctx context.Context, key string) (sealed string, err error)
	// SetSession keeps a session, which nobody can use without the credentials; "" forgets it.
	SetSession(ctx context.Context, key, sealed string) error
}

// A session is what the Client remembers between calls. The error of a refused login is final for the Client: a second
// attempt would fail too, and enough of them lock the user out.
type session struct {
	id string
	// company is the one that the session reaches. It is known if checked, which Connect sets, or if Config.ClientID is
	// given.
	company ClientInfo
	checked bool
	logins  int
	refused *failure
}

// Connect makes sure that there is a session, kept or new, and returns the company that it reaches. A session that is
// made later must reach the same company: the user's default identity can be changed at any time.
//
// A kept session makes no call: it is kept with the company that its login reached.
func (c *Client) Connect(ctx context.Context) (ClientInfo, error) {
	op := loginOperation()
	if c.loginLock.Lock(ctx) != nil {
		return ClientInfo{}, op.fail(errclass.Transient, "the call was cut short").causedBy(context.Cause(ctx)).err()
	}
	c.session.checked = true
	c.loginLock.Unlock()
	if _, _, f := c.findSession(ctx, op, ""); f != nil {
		return ClientInfo{}, f.err()
	}
	return c.session.company, nil
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
			return c.withSecret(f)
		}
		if isNew {
			f.Message = "the session of a new login was not accepted: " + f.Message
			c.refuse(ctx, id, c.withSecret(f))
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
		company := ClientInfo{ID: kept.Company, Name: kept.CompanyName}
		if kept.ID == "" || kept.ID == dead || kept.ID == c.session.id || !c.session.mayReach(company) {
			return c.renewSession(ctx)
		}
		c.session.id, c.session.company = kept.ID, company
	}
	return c.session.id, false, nil
}

// mayReach reports whether the session can be replaced by one that reaches a company.
func (s session) mayReach(company ClientInfo) bool {
	if !s.checked {
		return true
	}
	return company.ID != 0 && (s.company.ID == 0 || s.company.ID == company.ID)
}

func (c *Client) keptSession(ctx context.Context) (keptSession, error) {
	if c.cfg.Sessions == nil {
		return keptSession{}, nil
	}
	sealed, err := c.cfg.Sessions.Session(ctx, c.cfg.sessionKey())
	if err != nil {
		return keptSession{}, err
	}
	return c.cfg.unseal(sealed), nil
}

// keepSession stores the session; an empty id forgets it. The caller has locked loginLock. A failure is ignored: the
// session works, and the next run would log in again.
func (c *Client) keepSession(ctx context.Context, id string) {
	c.session.id = id
	if c.cfg.Sessions == nil {
		return
	}
	sealed := ""
	if id != "" {
		var err error
		kept := keptSession{ID: id, Company: c.session.company.ID, CompanyName: c.session.company.Name}
		if sealed, err = c.cfg.seal(kept); err != nil {
			return
		}
	}
	_ = c.cfg.Sessions.SetSession(ctx, c.cfg.sessionKey(), sealed)
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
	id, company, f := c.login(ctx)
	if f == nil && c.session.company.ID != 0 && company.ID != c.session.company.ID {
		f = loginOperation().fail(errclass.Settings, "the login led to client %s and leads to client %s now; "+
			"give office24.identityId", c.session.company, company)
	}
	if f = c.withSecret(f); f != nil {
		f.refused = false // it is about the login's values, not about those of the call that needs the session
		if f.Class == errclass.Credentials || f.Class == errclass.Settings {
			c.session.refused = f
			c.keepSession(ctx, "")
		}
		return "", false, f
	}
	c.session.company = company
	c.keepSession(ctx, id)
	return id, true, nil
}
