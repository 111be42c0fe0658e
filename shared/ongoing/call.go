package ongoing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"ongoing24so/shared/errclass"
)

const (
	attempts = 3 // few: the service counts consecutive failures, five in ten minutes by the example of its guide
	// longestPause is the longest Retry-After that is waited for. Longer ones are for the next run.
	longestPause = 30 * time.Second
	// maxAnswer bounds the size of an answer in bytes: a page of 500 articles has about 3 MB.
	maxAnswer = 16 << 20
	userAgent = "ongoing24so/1.0"
)

// A call is one operation of the API.
type call struct {
	method string
	route  string     // as the definition writes it, "/orders/{orderId}"; {…} is replaced by id
	ids    []int      // for the {…} of the route, in order
	query  url.Values // lists repeat their key; the service takes joined values for one
	body   any        // sent as JSON; nil: no body
	// subject names the record in messages, e.g. `order "A-1"`; may be empty.
	subject string
	// sent is what a message is held against: its personal data are the operation's to name, the rest is filled in.
	sent errclass.Sent
	// decode takes the answer. nil: nothing of it is needed, and it may be empty.
	decode func(body []byte) error
}

func (k call) operation() string { return k.method + " " + k.route }

func (k call) writes() bool { return k.method != http.MethodGet }

// path fills the ids into the route.
func (k call) path() string {
	path := k.route
	for _, id := range k.ids {
		from, to := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:from] + strconv.Itoa(id) + path[to+1:]
	}
	return strings.TrimPrefix(path, "/")
}

// do makes a call, repeating it while that makes sense, and ends in a *errclass.Error or nil.
func (c *Client) do(ctx context.Context, k call) error {
	var body []byte
	if k.body != nil {
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return &errclass.Error{Class: errclass.Defect, Op: "ongoing: " + k.operation(), Message: "the body cannot be written as JSON", Err: err}
		}
	}
	if err := c.take(ctx); err != nil {
		return &errclass.Error{Class: errclass.Transient, Op: "ongoing: " + k.operation(), Message: "cut short before the call was made", Err: err}
	}
	defer c.release()

	x := &exchange{client: c, call: k}
	target := c.base.JoinPath(k.path())
	target.RawQuery = k.query.Encode()
	request, err := x.request(ctx, target.String(), body)
	if err != nil {
		return &errclass.Error{Class: errclass.Defect, Op: "ongoing: " + k.operation(), Message: "the request cannot be made", Err: err}
	}
	// What came of it stands in x.failure, of the last attempt; the library's own error would quote the address.
	if answer, err := x.retrier().Do(request); err == nil {
		_ = answer.Body.Close()
	} else if x.failure == nil { // ended before the first attempt
		x.failure = &errclass.Error{Class: errclass.Transient, Op: "ongoing: " + k.operation(), Message: "cut short", Err: err}
	}
	if x.failure != nil {
		return x.failure
	}
	return nil
}

// An exchange is a call under way: the http.RoundTripper that makes one attempt, and the decision to make another.
type exchange struct {
	client   *Client
	call     call
	attempts int
	pause    time.Duration
	failure  *errclass.Error // of the last attempt
}

func (x *exchange) request(ctx context.Context, target string, body []byte) (*retryablehttp.Request, error) {
	var payload any // an untyped nil means no body to the library, an empty slice does not
	if body != nil {
		payload = body
	}
	r, err := retryablehttp.NewRequestWithContext(ctx, x.call.method, target, payload)
	if err != nil {
		return nil, err
	}
	x.client.authorize(r.Request)
	username, password, _ := r.BasicAuth()
	x.call.sent.Body = body
	x.call.sent.Secrets = []string{username, password, strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// retrier is the library's loop around the attempts. It is made for each call because it carries the call's state.
func (x *exchange) retrier() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: x},
		RetryMax:     attempts - 1,
		CheckRetry:   func(ctx context.Context, _ *http.Response, _ error) (bool, error) { return x.again(ctx), nil },
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return x.pause },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// RoundTrip makes one attempt and reads the whole answer, so that one that breaks off is repeated like one that never
// came. It answers with success or an error, never with a redirect: following one would carry the credentials elsewhere.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), x.client.timeout)
	defer cancel()
	start := x.client.now()
	a := receive(x.client.transport, r.WithContext(ctx))
	maybe := x.failure != nil && x.failure.Uncertain
	x.attempts++
	x.failure = x.client.judge(x.call, a)
	if x.failure != nil {
		x.failure.Uncertain = x.failure.Uncertain || maybe
	}
	x.client.observe(x.seen(a.status, x.client.now().Sub(start)))
	if x.failure != nil {
		return nil, x.failure
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: http.NoBody, Request: r}, nil
}

func (x *exchange) seen(status int, took time.Duration) Call {
	seen := Call{Operation: x.call.operation(), Status: status, Duration: took}
	if x.failure != nil {
		seen.Class, seen.Throttled = x.failure.Class, x.failure.Class == errclass.Throttled
	}
	return seen
}

// again decides whether to make another attempt, and sets the pause before it. A pause that would outlast the context or
// longestPause is left to the next run.
func (x *exchange) again(ctx context.Context) bool {
	if x.failure == nil || ctx.Err() != nil || x.attempts >= attempts {
		return false
	}
	if x.failure.Class != errclass.Transient && x.failure.Class != errclass.Throttled {
		return false
	}
	x.pause = x.client.pause << (x.attempts - 1)
	x.pause = x.pause/2 + rand.N(x.pause/2+1)
	if at := x.failure.RetryAt; !at.IsZero() {
		x.pause = max(at.Sub(x.client.now()), x.pause)
	}
	// The deadline is one of the machine's clock, whatever clock the client was given.
	deadline, limited := ctx.Deadline()
	return x.pause <= longestPause && (!limited || x.pause < time.Until(deadline))
}

// An answer is what came back from one attempt: either err, or the rest.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

var errTooLong = errors.New("answer too long")

func receive(t http.RoundTripper, r *http.Request) answer {
	response, err := t.RoundTrip(r)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errTooLong
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	return answer{status: response.StatusCode, header: response.Header, body: body, err: err}
}

// get makes a call of which the answer is needed.
func get[T any](ctx context.Context, c *Client, k call) (T, error) {
	return getOne(ctx, c, k, func(T) bool { return true })
}

// getOne makes a call whose answer holds the id of one record, as valid tells.
func getOne[T any](ctx context.Context, c *Client, k call, valid func(T) bool) (T, error) {
	var read T
	k.decode = func(body []byte) error {
		var fresh T // a repeated attempt must not find leftovers
		if err := json.Unmarshal(body, &fresh); err != nil {
			return err
		}
		if !valid(fresh) {
			return errNoID
		}
		read = fresh
		return nil
	}
	err := c.do(ctx, k)
	return read, err
}
