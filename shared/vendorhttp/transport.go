package vendorhttp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"ongoing24so/shared/allowedhosts"
)

// UserAgent names the integration in requests to both vendors.
const UserAgent = "ongoing24so/1.0"

// TransportOptions are the differences between the vendors' transports.
type TransportOptions struct {
	// HTTP1Only keeps the transport from negotiating HTTP/2.
	HTTP1Only bool
}

// NewTransport returns a transport that the clients of many customers can share: TLS 1.2 or later, bounded connections,
// no proxy from the environment. The clients limit the time for a whole answer.
//
// It keeps idle connections. A function that was frozen finds them closed; net/http repeats a GET that meets a closed
// connection at once and unobserved, until one request goes out on a new connection.
func NewTransport(o TransportOptions) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!o.HTTP1Only)
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		Protocols:           protocols,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
	}
}

// KeepIdle makes a transport keep n idle connections, as many as there can be calls at once, all of them to one host if
// need be: with fewer, calls that end together close their connections, and each of the next makes a TLS handshake.
func KeepIdle(t *http.Transport, n int) *http.Transport {
	t.MaxIdleConns, t.MaxIdleConnsPerHost = n, n
	return t
}

var errBaseURL = errors.New("must be an https URL (http for a loopback address) without user name, query or fragment")

// ParseBaseURL reads the address of a service and ends its path with a slash. Credentials are sent to that address, so
// plain http is accepted for a loopback address only. The error does not quote the address, because people paste
// addresses with credentials in them. Which hosts are allowed is not decided here, see package allowedhosts.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errBaseURL
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !allowedhosts.IsLoopback(u.Hostname())) {
		return nil, errBaseURL
	}
	return u.JoinPath("/"), nil
}

// TraceSent returns a context for one request, and a flag that turns true when the header of the request is written.
// Since then the service may have acted on the request.
func TraceSent(ctx context.Context) (context.Context, *atomic.Bool) {
	sent := new(atomic.Bool)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}), sent
}

// A Lock is a mutex that gives up waiting when a context ends. Clients can share one.
type Lock chan struct{}

// NewLock returns an unlocked Lock.
func NewLock() Lock { return make(Lock, 1) }

// Lock takes the lock; it returns the context's error if the context ends first.
func (l Lock) Lock(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unlock gives the lock back.
func (l Lock) Unlock() { <-l }
