// Package office24 is a client of 24SevenOffice's SOAP API (V001): products, orders, companies, and the session they
// need. It is written by hand, because the vendor's conventions are most of the work and a generated client knows none
// of them:
//
//   - A member that is absent, and one that holds its type's smallest value (int -2147483648, dateTime
//     0001-01-01T00:00:00 …), both mean "not given" (vendor's WSDL). Here that is the zero value or a nil pointer.
//   - The service returns only the properties that a request names. The lists of names are made from the Go types, so a
//     field that exists is a field that is fetched.
//   - A refused record comes with HTTP 200 and an APIException inside it; a refused call is a SOAP fault with HTTP 500.
//   - The session is a cookie. It is kept between runs, because the vendor throttles logins (vendor's documentation).
//
// The comment of each operation names the vendor's page about it. layout.go relates Go types to the WSDL's types,
// encode.go and decode.go are the two directions, errors.go turns an answer into an errclass.Error, auth.go and
// session.go log in and keep the session. Each service has a file of its own.
package office24

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

// Defaults of a Config.
const (
	DefaultTimeout   = 2 * time.Minute
	DefaultMaxAnswer = 256 << 20
)

// A Config says which service to call, and as whom. BaseURL, Credentials and Now have no default.
type Config struct {
	// BaseURL is scheme and host, e.g. https://api.24sevenoffice.com. Plain http is accepted for a loopback address
	// only.
	BaseURL     string
	Credentials Credentials
	// Secret is the name of the secret that the credentials are from, for messages.
	Secret string
	// IdentityID is the identity (company) to log in to. Default: the user's default identity.
	IdentityID string
	// ClientID, when not 0, must be the identity's Client.Id; a login that leads to another client is a wrong setting.
	ClientID int64
	// Sessions keeps the session between runs. Default: the session is kept in the Client only.
	Sessions Sessions
	// Transport sends the requests. Default: a Transport() of the Client's own.
	Transport http.RoundTripper
	// Now is the clock. The wait for a slow answer is measured with it too.
	Now func() time.Time
	// Observe is told of every attempt, also of those that are repeated.
	Observe func(vendorhttp.Call)
	// Timeout limits the wait for one answer, first byte to last, without the time that the caller spends on a record.
	// Default: DefaultTimeout.
	Timeout time.Duration
	// MaxAnswer limits the size of one answer in bytes. Default: DefaultMaxAnswer.
	MaxAnswer int64
	// Backoff is the pause before the second attempt, doubled before the third. Default: vendorhttp.DefaultBackoff.
	Backoff time.Duration
	// Sleep pauses between two attempts. Default: a timer.
	Sleep func(context.Context, time.Duration) error
}

// A Client calls the services of one customer. It is safe for concurrent use.
type Client struct {
	cfg       Config
	retry     vendorhttp.Retry
	loginLock vendorhttp.Lock // locked while a session is looked up or made
	session   session         // guarded by loginLock

	succeeded atomic.Bool // a call with a session has succeeded

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
	if cfg.Transport == nil {
		cfg.Transport = Transport()
	}
	if cfg.Observe == nil {
		cfg.Observe = func(vendorhttp.Call) {}
	}
	cfg.BaseURL = strings.TrimSuffix(cfg.BaseURL, "/")
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.MaxAnswer = cmp.Or(cfg.MaxAnswer, DefaultMaxAnswer)
	return &Client{
		cfg:       cfg,
		retry:     vendorhttp.Retry{Backoff: cfg.Backoff, Now: cfg.Now, Sleep: cfg.Sleep},
		loginLock: vendorhttp.NewLock(),
	}, nil
}

// Transport returns a transport for Config.Transport, which the clients of many customers can share.
func Transport() *http.Transport { return vendorhttp.NewTransport(vendorhttp.TransportOptions{}) }

// Format keeps credentials and session out of a printed Client.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "office24.Client") }

// Quota returns what the last answer said about the hourly quota (7,200 calls by the vendor's FAQ): the calls left and
// when the count starts again. The third result is false until an answer has said so.
//
// https://developer.24sevenoffice.com/faq/
func (c *Client) Quota() (remaining int, reset time.Time, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.quota.remaining, c.quota.reset, c.quota.known
}

// noteQuota reads the quota headers. Other integrators have seen them; the vendor's pages do not promise them.
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

func (cfg Config) check() error {
	if cfg.Now == nil {
		return errclass.New(errclass.Defect, "office24", "Config.Now, the clock, is missing")
	}
	base, err := vendorhttp.ParseBaseURL(cfg.BaseURL)
	switch {
	case err != nil:
		return errclass.New(errclass.Settings, "office24", "the address of 24SevenOffice %v", err)
	case base.Path != "/":
		return errclass.New(errclass.Settings, "office24", "the address of 24SevenOffice must have no path")
	case cfg.IdentityID != "" && !IsGUID(cfg.IdentityID):
		return errclass.New(errclass.Settings, "office24", "office24.identityId must be a GUID")
	}
	if err := cfg.Credentials.check(); err != nil {
		return errclass.New(errclass.Credentials, "", "%v, in %s", err, vendorhttp.SecretName(cfg.Secret))
	}
	return nil
}

// An operation is a call of a service.
type operation struct {
	path, name string
	// repeatable: a second call does no harm, so it is made after an answer that is missing or cannot be used. Other
	// calls are repeated only if the service did not process them.
	repeatable bool
	// divisible: if the call is too much for the service, the caller asks for less instead of repeating it.
	divisible bool
	// write: without a usable answer the effect is uncertain (errclass.Error.Uncertain).
	write bool
	// texts are the texts of the record that the call carries. They must not come back in a message.
	texts []string
}

// readOperation is a call that changes nothing.
func readOperation(path, name string) operation {
	return operation{path: path, name: name, repeatable: true}
}

func (op operation) String() string { return "office24: " + op.name }

// mayQuote reports whether a message may quote what the service says about the call.
func (op operation) mayQuote() bool { return op.write || op.name == loginOperation().name }

// fail makes a failure of the operation.
func (op operation) fail(class errclass.Class, format string, args ...any) *failure {
	return &failure{Error: errclass.New(class, op.String(), format, args...)}
}

// call makes one call with a session and lets result read the inside of the <…Result> element; result is not called if
// the answer has no such element. The failure is nil if the call succeeded.
func (c *Client) call(ctx context.Context, op operation, request any, result reader) *failure {
	body := envelope(op.name, request)
	f := c.withSession(ctx, op, func(id string) *failure {
		return c.callWithRetries(ctx, op, id, body, result)
	})
	if f == nil {
		c.succeeded.Store(true)
	}
	return f
}

// callWithRetries makes the exchange, and repeats it if that does no harm and can help.
func (c *Client) callWithRetries(
	ctx context.Context, op operation, sessionID string, body []byte, result reader,
) *failure {
	for n := 1; ; n++ {
		f := c.exchange(ctx, op, sessionID, body, result)
		if f == nil || !f.isRepeatable(op) || !c.retry.Wait(ctx, n, f.RetryAt) {
			return f
		}
	}
}

// exchange sends one HTTP request and reads its answer. It uses the transport directly: an http.Client would follow a
// redirect, and with it carry the session to another host.
func (c *Client) exchange(
	ctx context.Context, op operation, sessionID string, body []byte, result reader,
) (f *failure) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := &stopwatch{now: c.cfg.Now, limit: c.cfg.Timeout, cancel: cancel}
	status := 0
	defer func() { c.observe(op, status, watch.spent, f) }()

	traced, sent := vendorhttp.TraceSent(ctx)
	request, err := c.newRequest(traced, op, sessionID, body)
	if err != nil {
		return op.fail(errclass.Defect, "the request cannot be made")
	}
	watch.start()
	response, err := c.cfg.Transport.RoundTrip(request)
	watch.stop()
	if err != nil {
		return unanswered(ctx, op, err, sent.Load())
	}
	defer func() { _ = response.Body.Close() }()
	status = response.StatusCode
	c.noteQuota(response.Header)
	response.Body = &timedBody{response.Body, watch}
	f = c.readAnswer(op, response, result, c.quoter(op, sessionID, body))
	if f != nil && f.Class == errclass.Transient && ctx.Err() != nil {
		final := f.final
		f = unanswered(ctx, op, context.Cause(ctx), true)
		f.final = final
	}
	return f
}

func (c *Client) newRequest(
	ctx context.Context, op operation, sessionID string, body []byte,
) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.BaseURL+op.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	request.Header.Set("SOAPAction", `"`+namespace+"/"+op.name+`"`)
	request.Header.Set("User-Agent", vendorhttp.UserAgent)
	if sessionID != "" {
		request.Header.Set("Cookie", sessionCookie+"="+sessionID)
	}
	return request, nil
}

func (c *Client) observe(op operation, status int, spent time.Duration, f *failure) {
	var failed *errclass.Error
	if f != nil {
		failed = f.Error
	}
	c.cfg.Observe(vendorhttp.NewCall(op.name, status, spent, failed))
}

// A stopwatch measures the time spent waiting for the service and cancels the exchange when the limit is reached. The
// time that a caller spends on the records of a stream does not count.
type stopwatch struct {
	now          func() time.Time
	limit, spent time.Duration
	cancel       context.CancelCauseFunc
	since        time.Time
	timer        *time.Timer
}

func (w *stopwatch) start() {
	w.since = w.now()
	w.timer = time.AfterFunc(w.limit-w.spent, func() { w.cancel(vendorhttp.Timeout(w.limit)) })
}

func (w *stopwatch) stop() {
	w.timer.Stop()
	w.spent += w.now().Sub(w.since)
}

type timedBody struct {
	io.ReadCloser
	watch *stopwatch
}

func (b *timedBody) Read(p []byte) (int, error) {
	b.watch.start()
	defer b.watch.stop()
	return b.ReadCloser.Read(p)
}
