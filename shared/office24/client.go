// Package office24 is a client of 24SevenOffice's SOAP API (V001): products, orders, companies, and the session they
// need. It is written by hand, because the vendor's conventions are most of the work and a generated client knows none
// of them:
//
//   - A member that is absent, and one that holds its type's smallest value (int -2147483648, dateTime
//     0001-01-01T00:00:00 …), both mean "not given" (vendor's WSDL). Here that is the zero value or a nil pointer.
//   - Only properties that were asked for come back. The lists that are asked for are made from the Go types, so a
//     field that exists is a field that is fetched.
//   - A refused record comes with HTTP 200 and an APIException inside it; a refused call is a SOAP fault with HTTP 500.
//   - The session is a cookie. It is kept between runs, because logins are throttled (vendor's documentation).
//
// Each kind of file holds one idea: layout.go the correspondence of Go types and the WSDL's, encode.go and decode.go the
// two directions, faults.go the way from an answer to a errclass.Error, auth.go the session, and one file a service.
package office24

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
)

// Defaults of a Config, and what is not configurable.
const (
	DefaultTimeout   = 2 * time.Minute
	DefaultMaxAnswer = 256 << 20
	defaultBackoff   = 500 * time.Millisecond

	attempts  = 3               // of one call, the first included
	longPause = 5 * time.Second // a longer wait that the vendor asks for is the caller's decision
	userAgent = "ongoing24so/1"
)

// A Config says where and as whom to call.
type Config struct {
	// BaseURL is scheme and host, e.g. https://api.24sevenoffice.com. Plain http only for a loopback address.
	BaseURL     string
	Credentials Credentials
	// IdentityID is the identity (company) to log in to; empty is the user's default identity.
	IdentityID string
	// ClientID, when not 0, is what the identity's Client.Id must be, or the login is given up as a wrong setting.
	ClientID int64
	// Sessions keeps the session between runs; nil keeps it in the Client only.
	Sessions Sessions
	// HTTP sends the requests; nil makes one with HTTPClient. Redirects are not followed whichever it is.
	HTTP *http.Client
	// Now is the clock. Required; the waiting for a slow answer is measured with it too.
	Now func() time.Time
	// Observe, if set, is told of each HTTP exchange when it is over.
	Observe func(Call)
	// Timeout bounds the waiting for one answer, first byte to last, without the time the caller takes over a record.
	Timeout time.Duration
	// MaxAnswer bounds the bytes of one answer.
	MaxAnswer int64
	// Backoff is the pause before the second attempt; the next ones are twice the one before. All are jittered.
	Backoff time.Duration
}

// A Call is one HTTP exchange, for metrics and traces.
type Call struct {
	Operation string
	Status    int           // 0 where no answer came
	Duration  time.Duration // spent waiting for the service
	Throttled bool
	Class     errclass.Class // empty when it went well
}

// A Client calls the services of one customer. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
	door chan struct{} // held while a session is looked for or made
	auth session       // guarded by door

	mu    sync.Mutex
	quota quota
}

type quota struct {
	remaining int
	reset     time.Time
	known     bool
}

// New checks the configuration and makes no call.
func New(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.HTTP == nil {
		cfg.HTTP = HTTPClient()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Call) {}
	}
	cfg.BaseURL = strings.TrimSuffix(cfg.BaseURL, "/")
	cfg.Timeout = or(cfg.Timeout, DefaultTimeout)
	cfg.MaxAnswer = or(cfg.MaxAnswer, DefaultMaxAnswer)
	cfg.Backoff = or(cfg.Backoff, defaultBackoff)
	// A redirect would take the session to another host; a jar would follow cookies that the vendor says need not be.
	sender := *cfg.HTTP
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sender.Jar = nil
	return &Client{cfg: cfg, http: &sender, door: make(chan struct{}, 1)}, nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (cfg Config) check() error {
	if cfg.Now == nil {
		return errclass.New(errclass.Defect, "office24", "no clock configured")
	}
	if err := checkBaseURL(cfg.BaseURL); err != nil {
		return err
	}
	if cfg.IdentityID != "" && !IsGUID(cfg.IdentityID) {
		return errclass.New(errclass.Settings, "office24", "office24.identityId must be a GUID")
	}
	return cfg.Credentials.check()
}

// checkBaseURL accepts scheme and host. Credentials travel in clear inside TLS, so plain http never leaves the machine.
func checkBaseURL(base string) error {
	u, err := url.Parse(base)
	bare := err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && (u.Path == "" || u.Path == "/")
	switch {
	case !bare:
		return errclass.New(errclass.Settings, "office24", "the service's address must be a scheme and a host")
	case u.Scheme == "https", u.Scheme == "http" && allowedhosts.IsLoopback(u.Hostname()):
		return nil
	default:
		return errclass.New(errclass.Settings, "office24", "the service's address must be https, or http on a loopback address")
	}
}

// HTTPClient returns a client fit for Config.HTTP, to be shared by the customers of a process: TLS 1.2 or later,
// no proxy from the environment, connections bounded. Time-outs of whole answers are the Client's.
func HTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
	}}
}

// Format keeps credentials and session out of whatever prints a Client.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "office24.Client") }

// Quota returns what the last answer said of the hourly quota (7,200 calls by the vendor's FAQ): the calls left and
// when they are counted anew. The third result is false as long as no answer has said so.
func (c *Client) Quota() (remaining int, reset time.Time, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.quota.remaining, c.quota.reset, c.quota.known
}

// noteQuota reads the quota headers. Seen by other integrators; the vendor's pages do not promise them.
func (c *Client) noteQuota(h http.Header) {
	n, err := strconv.Atoi(h.Get("APILimitRemaining"))
	if err != nil {
		return
	}
	reset, _ := parseTime(h.Get("APILimitReset"))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quota = quota{n, reset, true}
}

// An operation is a call of a service.
type operation struct {
	path, name string
	// repeatable: a second call does no harm, so it is made when no sensible answer came. Other calls are repeated only
	// where the service did not look at them.
	repeatable bool
	// write: without a sensible answer the effect is uncertain (errclass.Error.Maybe).
	write bool
	// texts are what the call carries of a record in words, which must not come back in a message.
	texts []string
}

// tells: what the service says of the call may be shown.
func (op operation) tells() bool { return op.write || op.name == login().name }

func read(path, name string) operation { return operation{path: path, name: name, repeatable: true} }

func (op operation) String() string { return "office24: " + op.name }

// fail makes a failure of the operation.
func (op operation) fail(class errclass.Class, format string, args ...any) *failure {
	return &failure{Error: errclass.New(class, op.String(), format, args...)}
}

// call makes one call with a session and lets result read what stands inside the <…Result> element; result is not
// called where the answer has none. The failure is nil when all went well.
func (c *Client) call(ctx context.Context, op operation, request any, result reader) *failure {
	body := envelope(op.name, request)
	return c.withSession(ctx, op, func(id string) *failure {
		return c.attempt(ctx, op, id, body, result)
	})
}

// attempt makes the exchange, and again after a pause where that does no harm and may help.
func (c *Client) attempt(ctx context.Context, op operation, sessionID string, body []byte, result reader) *failure {
	for n := 1; ; n++ {
		f := c.exchange(ctx, op, sessionID, body, result)
		if f == nil || n == attempts || !f.again(op) || !c.pause(ctx, n, f.RetryAt) {
			return f
		}
	}
}

// pause waits before the next attempt. It returns false, without waiting, where the wait is too long for the caller.
func (c *Client) pause(ctx context.Context, n int, until time.Time) bool {
	wait := c.cfg.Backoff << (n - 1)
	wait = wait/2 + rand.N(wait/2+1)
	if !until.IsZero() {
		wait = until.Sub(c.cfg.Now())
	}
	if deadline, ok := ctx.Deadline(); ctx.Err() != nil || wait > longPause || ok && wait > time.Until(deadline) {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// exchange is one HTTP request and its answer.
func (c *Client) exchange(ctx context.Context, op operation, sessionID string, body []byte, result reader) (f *failure) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	wait := &patience{now: c.cfg.Now, left: c.cfg.Timeout, stop: stop}
	status := 0
	defer func() { c.observe(op, status, wait.spent, f) }()

	request, sent, err := c.request(ctx, op, sessionID, body)
	if err != nil {
		return op.fail(errclass.Defect, "the request cannot be made")
	}
	wait.begin()
	response, err := c.http.Do(request)
	wait.end()
	if err != nil {
		return c.unanswered(ctx, op, err, sent.Load())
	}
	defer func() { _ = response.Body.Close() }()
	status = response.StatusCode
	c.noteQuota(response.Header)
	response.Body = &patientBody{response.Body, wait}
	f = c.answer(op, response, result, c.quoter(op, sessionID, body))
	if f != nil && f.Class == errclass.Transient && ctx.Err() != nil {
		final := f.final
		f = c.unanswered(ctx, op, context.Cause(ctx), true)
		f.final = final
	}
	return f
}

// request builds the HTTP request. The second result turns true when its head has gone out: from then on the service
// may have acted on it.
func (c *Client) request(ctx context.Context, op operation, sessionID string, body []byte) (*http.Request, *atomic.Bool, error) {
	sent := new(atomic.Bool)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.BaseURL+op.path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	request.Header.Set("SOAPAction", `"`+namespace+"/"+op.name+`"`)
	request.Header.Set("User-Agent", userAgent)
	if sessionID != "" {
		request.Header.Set("Cookie", sessionCookie+"="+sessionID)
	}
	return request, sent, nil
}

func (c *Client) observe(op operation, status int, spent time.Duration, f *failure) {
	call := Call{Operation: op.name, Status: status, Duration: spent}
	if f != nil {
		call.Class, call.Throttled = f.Class, f.Class == errclass.Throttled
	}
	c.cfg.Observe(call)
}

var errImpatient = errors.New("no answer in time")

// patience counts the time spent waiting for the service and stops the exchange when it has taken too long. The time a
// caller takes over the records of a stream does not count.
type patience struct {
	now         func() time.Time
	left, spent time.Duration
	stop        context.CancelCauseFunc
	since       time.Time
	timer       *time.Timer
}

func (p *patience) begin() {
	p.since = p.now()
	p.timer = time.AfterFunc(p.left-p.spent, func() { p.stop(errImpatient) })
}

func (p *patience) end() {
	p.timer.Stop()
	p.spent += p.now().Sub(p.since)
}

type patientBody struct {
	io.ReadCloser
	wait *patience
}

func (b *patientBody) Read(p []byte) (int, error) {
	b.wait.begin()
	defer b.wait.end()
	return b.ReadCloser.Read(p)
}
