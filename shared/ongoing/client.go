// Package ongoing is a client of Ongoing WMS's goods owner REST API, version 1: articles, orders and the registers that
// an order refers to.
//
// What the service demands of its callers, and where the client takes care of it:
//
//   - One call at a time. The service executes writes for one goods owner one after another, and parallel ones only
//     queue until they time out (vendor's developer guide). A Client has one call in flight; make one Client for a
//     customer and share it, and let the Clients of one goods owner share a CallLock.
//   - Header names in Title-Case. A front end of the service answers 500 to every call with header names in lower case
//     (observed by two other integrators). HTTP/2 always lower-cases names, so [Transport] speaks HTTP/1.1 only.
//   - Limits on the number of calls and on consecutive failures (vendor's developer guide). Hence few attempts, growing
//     pauses with jitter, and Retry-After honoured in both its forms.
//   - Absent values come back as null, lists included; dates come with and without a time. Decoding accepts both.
//
// Every call can be repeated: articles and orders are written under their own numbers or ids, a reported quantity is
// absolute, and cancelling a cancelled order succeeds. So the client repeats a call that failed on the way, whether or
// not it took effect the first time.
//
// A failed call ends as a *errclass.Error. The vendor has no machine-readable reasons; errors.go holds the texts that
// matter as data. The client logs nothing, and no message holds credentials or a consignee's data.
//
// The comment of each operation names its path in the vendor's definition,
// https://developer.ongoingwarehouse.com/REST/v1/index.html.
package ongoing

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

// DefaultTimeout is about when the service itself gives up.
const DefaultTimeout = time.Minute

type (
	// GoodsOwnerID is the number of a goods owner: one register of articles, stock and orders in a warehouse's system.
	GoodsOwnerID int
	// ArticleID is Ongoing's own number of an article, "articleSystemId". It survives a change of the article number.
	ArticleID int
	// OrderID is Ongoing's own number of an order.
	OrderID int
	// LineID is Ongoing's own number of an order line.
	LineID int
)

// UnmarshalJSON reads the id, also one in quotes: a record without an id would end a list.
func (id *ArticleID) UnmarshalJSON(b []byte) error { return readID(b, (*int)(id)) }

// UnmarshalJSON reads the id, also one in quotes.
func (id *OrderID) UnmarshalJSON(b []byte) error { return readID(b, (*int)(id)) }

// UnmarshalJSON reads the id, also one in quotes.
func (id *LineID) UnmarshalJSON(b []byte) error { return readID(b, (*int)(id)) }

func readID(b []byte, into *int) error {
	text, quoted := plainString(b)
	switch {
	case quoted && text == "": // as good as absent
		return nil
	case quoted:
		b = []byte(text)
	}
	return json.Unmarshal(b, into)
}

// Credentials of an API user. They print as [redacted].
type Credentials struct {
	vendorhttp.Redacted
	Username, Password string
}

// A Config says which service to call, and as whom. BaseURL, GoodsOwner, Credentials and Now have no default.
type Config struct {
	// BaseURL names the warehouse: https://api.ongoingsystems.se/{warehouse}/api/v1/. Plain http is accepted for a
	// loopback address only.
	BaseURL     string
	GoodsOwner  GoodsOwnerID
	Credentials Credentials
	// Secret is the name of the secret that the credentials are from, for messages.
	Secret string
	// Transport sends the requests; it must speak HTTP/1.1. Default: a Transport() of the Client's own.
	Transport http.RoundTripper
	// CallLock is shared by the Clients of one goods owner, so that they have one call in flight between them.
	// Default: a lock of the Client's own.
	CallLock vendorhttp.Lock
	// Now is the clock.
	Now func() time.Time
	// Observe is told of every attempt, also of those that are repeated. It is called while the call is in flight.
	Observe func(vendorhttp.Call)
	// Timeout limits one attempt. Default: DefaultTimeout.
	Timeout time.Duration
	// Backoff is the pause before the second attempt, doubled before the third. Default: vendorhttp.DefaultBackoff.
	Backoff time.Duration
	// Sleep pauses between two attempts. Default: a timer.
	Sleep func(context.Context, time.Duration) error
}

// A Client makes calls for one goods owner. It is safe for concurrent use and has one call in flight.
type Client struct {
	base       *url.URL
	goodsOwner GoodsOwnerID
	secret     string
	succeeded  atomic.Bool // a call has succeeded, so credentials and goods owner are right
	transport  http.RoundTripper
	callLock   vendorhttp.Lock // locked while a call is in flight
	now        func() time.Time
	observe    func(vendorhttp.Call)
	timeout    time.Duration
	retry      vendorhttp.Retry
	// authorize is a function so that printing a Client prints no password.
	authorize func(*http.Request)
}

// New returns a client, or an error that names what is wrong: of class Settings or Credentials if a person can correct
// it, a Defect if Now is missing. It makes no call.
func New(cfg Config) (*Client, error) {
	if cfg.Now == nil {
		return nil, errclass.New(errclass.Defect, "ongoing", "Config.Now, the clock, is missing")
	}
	base, err := vendorhttp.ParseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, errclass.New(errclass.Settings, "",
			"ongoing.baseUrl %v, such as https://api.ongoingsystems.se/acme/api/v1/", err)
	}
	if cfg.GoodsOwner <= 0 {
		return nil, errclass.New(errclass.Settings, "", "ongoing.goodsOwnerId must be a positive number")
	}
	login := cfg.Credentials
	if login.Username == "" || login.Password == "" || strings.Contains(login.Username, ":") {
		return nil, errclass.New(errclass.Credentials, "",
			"ongoing.username must be a user name without a colon, and ongoing.password a password, in %s",
			vendorhttp.SecretName(cfg.Secret))
	}
	client := &Client{
		base:       base,
		goodsOwner: cfg.GoodsOwner,
		secret:     cfg.Secret,
		transport:  cfg.Transport,
		callLock:   cfg.CallLock,
		now:        cfg.Now,
		observe:    cfg.Observe,
		timeout:    cmp.Or(cfg.Timeout, DefaultTimeout),
		retry:      vendorhttp.Retry{Backoff: cfg.Backoff, Now: cfg.Now, Sleep: cfg.Sleep},
		authorize:  func(r *http.Request) { r.SetBasicAuth(login.Username, login.Password) },
	}
	if client.transport == nil {
		client.transport = Transport()
	}
	if client.callLock == nil {
		client.callLock = vendorhttp.NewLock()
	}
	if client.observe == nil {
		client.observe = func(vendorhttp.Call) {}
	}
	return client, nil
}

// Transport returns a transport for Config.Transport, which many clients can share. It speaks HTTP/1.1 only; see the
// package comment.
func Transport() *http.Transport {
	return vendorhttp.NewTransport(vendorhttp.TransportOptions{HTTP1Only: true})
}
