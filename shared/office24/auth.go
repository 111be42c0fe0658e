package office24

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

const authPath = "/authenticate/v001/authenticate.asmx"

// Credentials are those of the integration user, and the id of the integration. They print as [redacted].
//
// https://developer.24sevenoffice.com/docs/authenticate.html
type Credentials struct {
	vendorhttp.Redacted
	ApplicationID, Username, Password string
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

// String returns the id, and the name if it is known.
func (c ClientInfo) String() string {
	if c.Name == "" {
		return strconv.FormatInt(c.ID, 10)
	}
	return fmt.Sprintf("%d (%s)", c.ID, c.Name)
}

// Identity returns the identity of the session in use.
//
// https://developer.24sevenoffice.com/docs/authenticate.html,
// https://api.24sevenoffice.com/authenticate/v001/authenticate.asmx?op=GetIdentity
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	var identity Identity
	f := c.call(ctx, identityOperation(), struct{}{}, into(&identity))
	return identity, f.err()
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

func (cr Credentials) check() error {
	switch {
	case !IsGUID(cr.ApplicationID):
		return errors.New("office24.applicationId must be a GUID")
	case cr.Username == "" || cr.Password == "":
		return errors.New("office24.username and office24.password must not be empty")
	}
	return nil
}

// loginOperation is not repeatable: the vendor throttles repeated logins, so a login is made again only if it never
// reached the service, not after a time-out.
func loginOperation() operation { return operation{path: authPath, name: "Login"} }

func identityOperation() operation { return readOperation(authPath, "GetIdentity") }

type loginRequest struct {
	Credential credential `soap:"credential"`
}

type credential struct {
	ApplicationID string `soap:"ApplicationId"`
	IdentityID    string `soap:"IdentityId"`
	Password      string
	Username      string
}

// login returns the session of a new login and the company that it reaches, as far as that is of interest.
func (c *Client) login(ctx context.Context) (string, ClientInfo, *failure) {
	request := loginRequest{credential{
		ApplicationID: c.cfg.Credentials.ApplicationID,
		IdentityID:    c.cfg.IdentityID,
		Password:      c.cfg.Credentials.Password,
		Username:      c.cfg.Credentials.Username,
	}}
	op := loginOperation()
	var id string
	f := c.callWithRetries(ctx, op, "", envelope(op.name, request), into(&id))
	switch {
	case f.blamesRequest():
		f.Class = errclass.Credentials // the service processed the login and refused it
		return "", ClientInfo{}, f
	case f != nil:
		return "", ClientInfo{}, f
	case id == "":
		return "", ClientInfo{}, op.fail(errclass.Credentials, "the login was refused")
	case len(id) > 200 || strings.ContainsFunc(id, notInCookie):
		return "", ClientInfo{}, op.fail(errclass.Defect, "the session id is not a cookie value")
	}
	company, f := c.company(ctx, id)
	return id, company, f
}

// notInCookie reports the characters that RFC 6265, 4.1.1, excludes from a cookie value.
func notInCookie(r rune) bool { return r <= ' ' || r >= 0x7F || strings.ContainsRune(`",;\`, r) }

// company returns the company that a login leads to, and compares it with the configured one. It makes no call if
// nobody asks.
func (c *Client) company(ctx context.Context, id string) (ClientInfo, *failure) {
	if c.cfg.ClientID == 0 && !c.session.checked {
		return ClientInfo{}, nil
	}
	var identity Identity
	op := identityOperation()
	if f := c.callWithRetries(ctx, op, id, envelope(op.name, struct{}{}), into(&identity)); f != nil {
		return ClientInfo{}, f
	}
	switch {
	case c.cfg.ClientID != 0 && identity.Client.ID != c.cfg.ClientID:
		return ClientInfo{}, op.fail(errclass.Settings, "office24.clientId is %d, but the login leads to client %d",
			c.cfg.ClientID, identity.Client.ID)
	case identity.Client.ID == 0:
		return ClientInfo{}, op.fail(errclass.Defect, "the answer does not say which client the login leads to")
	}
	return identity.Client, nil
}
