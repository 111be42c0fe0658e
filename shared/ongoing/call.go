package ongoing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

// maxAnswer limits the size of an answer in bytes: a page of 500 articles has about 3 MB. A list is read in smaller
// pages if one is longer.
const maxAnswer = 8 << 20

// tooLongReason says what is wrong with a longer one.
var tooLongReason = fmt.Sprintf("is longer than %d MiB", maxAnswer>>20)

// A call is one operation of the API.
type call struct {
	method string
	route  string     // as the vendor's definition writes it, "/orders/{orderId}"
	ids    []int      // for the {…} of the route, in order
	query  url.Values // lists repeat their key; the service takes joined values for one
	body   any        // sent as JSON; nil: no body
	// subject names the record in messages, e.g. `order "A-1"`; can be empty.
	subject string
	// sent is what a vendor's text is compared with before it is quoted. The operation sets its personal data,
	// newRequest the rest.
	sent errclass.Sent
	// checksRight: a 403 is about the user and not about the record.
	checksRight bool
	// decode reads the answer. nil: the call needs nothing of it, and it can be empty.
	decode func(body []byte) error
}

func (k call) operation() string { return k.method + " " + k.route }

func (k call) writes() bool { return k.method != http.MethodGet }

// isForOneRecord reports whether the call reads or writes one record, and not a list.
func (k call) isForOneRecord() bool { return !k.checksRight && (k.writes() || len(k.ids) > 0) }

// path fills the ids into the route.
func (k call) path() string {
	path := k.route
	for _, id := range k.ids {
		from, to := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:from] + strconv.Itoa(id) + path[to+1:]
	}
	return strings.TrimPrefix(path, "/")
}

// get makes a call that needs its answer.
func get[T any](ctx context.Context, c *Client, k call) (T, error) {
	return getValid(ctx, c, k, func(T) bool { return true })
}

// getValid makes a call that needs its answer, and repeats it if the answer is not valid: if it lacks the id of the
// record.
func getValid[T any](ctx context.Context, c *Client, k call, valid func(T) bool) (T, error) {
	return getValidBy(ctx, c, k, func(body []byte) (T, error) {
		var read T
		if err := json.Unmarshal(body, &read); err != nil {
			return read, err
		}
		if !utf8.Valid(body) {
			return read, errNotUTF8
		}
		if !valid(read) {
			return read, errNoID
		}
		return read, nil
	})
}

// getValidBy makes a call whose answer decode reads. Each attempt decodes into a fresh value.
func getValidBy[T any](ctx context.Context, c *Client, k call, decode func(body []byte) (T, error)) (T, error) {
	var read T
	k.decode = func(body []byte) error {
		fresh, err := decode(body)
		if err == nil {
			read = fresh
		}
		return err
	}
	err := c.do(ctx, k)
	return read, err
}

// do makes a call, and repeats it if that can help. It returns a *errclass.Error or nil.
func (c *Client) do(ctx context.Context, k call) error {
	var body []byte
	if k.body != nil {
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return k.fail(errclass.Defect, err, "the body cannot be written as JSON")
		}
	}
	if err := c.callLock.Lock(ctx); err != nil {
		return k.fail(errclass.Transient, err, "the call was cut short")
	}
	defer c.callLock.Unlock()

	uncertain := false
	for n := 1; ; n++ {
		f := c.attempt(ctx, k, body)
		if f == nil {
			return nil
		}
		// A write that may have taken effect stays so, whatever the next attempt is answered.
		uncertain = uncertain || f.Uncertain
		f.Uncertain = uncertain
		if f.Class != errclass.Transient && f.Class != errclass.Throttled || !c.retry.Wait(ctx, n, f.RetryAt) {
			return f
		}
	}
}

// attempt sends one HTTP request and reads the whole answer. It uses the transport directly: an http.Client would
// follow a redirect, and with it carry the credentials to another host.
func (c *Client) attempt(ctx context.Context, k call, body []byte) *errclass.Error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, vendorhttp.Timeout(c.timeout))
	defer cancel()
	traced, sent := vendorhttp.TraceSent(ctx)
	request, err := c.newRequest(traced, &k, body)
	if err != nil {
		return k.fail(errclass.Defect, err, "the request cannot be made")
	}
	start := c.now()
	buffer := bodies.Get().(*bytes.Buffer)
	a, err := c.exchange(request, buffer)
	var f *errclass.Error
	if err != nil {
		f = k.unanswered(ctx, err, sent.Load())
	} else {
		f = c.checkAnswer(k, a)
	}
	if buffer.Cap() <= keptBody { // what was decoded shares no memory with it
		buffer.Reset()
		bodies.Put(buffer)
	}
	c.observe(vendorhttp.NewCall(k.operation(), a.status, c.now().Sub(start), f))
	return f
}

func (c *Client) newRequest(ctx context.Context, k *call, body []byte) (*http.Request, error) {
	target := c.base.JoinPath(k.path())
	target.RawQuery = k.query.Encode()
	var content io.Reader // nil, not an empty reader, for a request without a body
	if body != nil {
		content = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, k.method, target.String(), content)
	if err != nil {
		return nil, err
	}
	c.authorize(r)
	username, password, _ := r.BasicAuth()
	k.sent.Body = body
	k.sent.Secrets = []string{username, password, strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", vendorhttp.UserAgent)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// An answer is an HTTP response that was read. Without an error from exchange it is whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// bodies are buffers for answers, used again unless they have grown beyond keptBody.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keptBody = 1 << 20

// exchange reads the answer into the buffer.
func (c *Client) exchange(r *http.Request, into *bytes.Buffer) (answer, error) {
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if length := response.ContentLength; length > 0 && length <= maxAnswer {
		into.Grow(int(length) + bytes.MinRead)
	}
	_, err = into.ReadFrom(http.MaxBytesReader(nil, response.Body, maxAnswer))
	body := bytes.TrimSpace(bytes.TrimPrefix(into.Bytes(), []byte("\ufeff")))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		err = &tooLongError{bytes.Clone(body[:min(len(body), 64<<10)])}
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, err
}
