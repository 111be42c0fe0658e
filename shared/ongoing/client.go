// Package ongoing is a client of Ongoing WMS's goods owner REST API, version 1: articles, orders and the registers an
// order refers to.
//
// What the service asks of its callers, and where it is kept here:
//
//   - One call at a time. Writes for one goods owner are executed one after another by the service, and parallel ones
//     only queue until they time out (vendor's developer guide). A Client has one call in flight; make one Client for a
//     customer and share it, and let the Clients of one goods owner share a Turn.
//   - Header names in Title-Case. A front end of the service answers 500 to every call whose header names are in lower
//     case (observed by two other integrators). HTTP/2 lower-cases names always, so [Transport] speaks HTTP/1.1 only.
//   - Limits on the number of calls and on consecutive failures (vendor's developer guide). Hence few attempts, growing
//     pauses with jitter, and Retry-After honoured in both its forms.
//   - Absent values come back as null, lists included; dates come with and without a time. Decoding bears both.
//
// Every call used here may be repeated: articles and orders are written under their own numbers or ids, a reported
// quantity is absolute, and cancelling a cancelled order counts as done. So a call that failed on the way is made again
// whether or not it took effect the first time.
//
// A failed call ends as a *errclass.Error. The vendor has no machine-readable reasons; the texts that matter are data in
// errors.go. Nothing is logged here and no message holds credentials or a consignee's data.
package ongoing

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
)

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

// Credentials of an API user. They print as [redacted] in every way a value can be printed.
type Credentials struct{ Username, Password string }

const redacted = "[redacted]"

func (Credentials) String() string               { return redacted }
func (Credentials) GoString() string             { return redacted }
func (Credentials) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(redacted)) }
func (Credentials) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Credentials) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Config is what a Client needs. BaseURL, GoodsOwner, Credentials and Now have no default.
type Config struct {
	// BaseURL names the warehouse: https://api.ongoingsystems.se/{warehouse}/api/v1/. Plain http is taken for a loopback
	// address only.
	BaseURL     string
	GoodsOwner  GoodsOwnerID
	Credentials Credentials
	// HTTP lends its Transport, nothing else of it is used; it must speak HTTP/1.1, as the one of Transport() does.
	// Default: a Transport() of the Client's own.
	HTTP *http.Client
	// Turn is shared by several Clients of one goods owner, so that they have one call in flight between them: a channel of
	// capacity one, empty. Default: one of the Client's own.
	Turn chan struct{}
	// Now is the clock for the moment a throttled call may be made again.
	Now func() time.Time
	// Observe is told of every attempt, also of those that are repeated. It is called while the call is in flight.
	Observe func(Call)
	// Timeout bounds one attempt. Default: a minute, about when the service itself gives up.
	Timeout time.Duration
	// Pause is the wait before the first repetition, doubled for the next. Default: half a second.
	Pause time.Duration
}

// A Call is one attempt of one call.
type Call struct {
	// Operation is method and route, e.g. "PUT /orders" or "GET /orders/{orderId}".
	Operation string
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Duration runs from sending to the last byte of the answer.
	Duration time.Duration
	// Throttled tells that the service asked for a pause.
	Throttled bool
	// Class is empty for a call that succeeded.
	Class errclass.Class
}

// A Client makes calls for one goods owner. It is safe for concurrent use and has one call in flight.
type Client struct {
	base       *url.URL
	goodsOwner GoodsOwnerID
	transport  http.RoundTripper
	now        func() time.Time
	observe    func(Call)
	timeout    time.Duration
	pause      time.Duration
	turn       chan struct{} // holds a token while a call is in flight
	// authorize is a function so that printing a Client prints no password.
	authorize func(*http.Request)
}

// New returns a client, or a fault that names what is wrong: of class Settings or Credentials where a person can set it
// right, a defect where Now is missing. It makes no call.
func New(c Config) (*Client, error) {
	if c.Now == nil {
		return nil, errclass.New(errclass.Defect, "ongoing", "Config.Now, the clock, is missing")
	}
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if c.GoodsOwner <= 0 {
		return nil, errclass.New(errclass.Settings, "", "ongoing.goodsOwnerId must be a positive number")
	}
	if c.Credentials.Username == "" || c.Credentials.Password == "" || strings.Contains(c.Credentials.Username, ":") {
		return nil, errclass.New(errclass.Credentials, "", "ongoing needs a user name without colon, and a password")
	}
	client := &Client{
		base: base, goodsOwner: c.GoodsOwner, transport: Transport(), now: c.Now, observe: func(Call) {},
		timeout: time.Minute, pause: 500 * time.Millisecond, turn: make(chan struct{}, 1),
		authorize: func(r *http.Request) { r.SetBasicAuth(c.Credentials.Username, c.Credentials.Password) },
	}
	if c.HTTP != nil && c.HTTP.Transport != nil {
		client.transport = c.HTTP.Transport
	}
	if c.Turn != nil {
		client.turn = c.Turn
	}
	if c.Observe != nil {
		client.observe = c.Observe
	}
	if c.Timeout > 0 {
		client.timeout = c.Timeout
	}
	if c.Pause > 0 {
		client.pause = c.Pause
	}
	return client, nil
}

// Transport returns a transport as the service needs it: HTTP/1.1 (see the package comment), TLS 1.2 or later. One may
// serve many clients.
//
// It keeps connections, and a function that was frozen finds them dead. net/http sends a GET that meets a dead one again by
// itself, at once and unobserved, until one goes out on a fresh connection.
func Transport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		Protocols:           protocols,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     60 * time.Second,
	}
}

// parseBase checks what a person wrote as ongoing.baseUrl. Which hosts are allowed is not decided here.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errclass.New(errclass.Settings, "", "ongoing.baseUrl must look like https://api.ongoingsystems.se/acme/api/v1/")
	case u.Scheme == "https", u.Scheme == "http" && allowedhosts.IsLoopback(u.Hostname()):
		return u.JoinPath("/"), nil
	default:
		return nil, errclass.New(errclass.Settings, "", "ongoing.baseUrl must begin with https://")
	}
}

// take waits for the client's turn.
func (c *Client) take(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) release() { <-c.turn }
