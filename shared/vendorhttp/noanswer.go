package vendorhttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// A Timeout is the cause with which a client cancels an exchange that has taken too long.
type Timeout time.Duration

func (t Timeout) Error() string { return fmt.Sprintf("no whole answer within %s", time.Duration(t)) }

// NoAnswer says why a request got no answer or only a part of one. sent is the flag of TraceSent, ctx the context of
// the exchange. The reason is decided by the types of the errors and quotes neither an address nor a body.
//
// The cause is the error behind it: that of the context if the context has ended, else err.
func NoAnswer(ctx context.Context, err error, sent bool) (reason string, cause error) {
	ended := context.Cause(ctx)
	switch timeout, ok := errors.AsType[Timeout](ended); {
	case ok:
		return timeout.Error(), err
	case ended != nil:
		return "the call was cut short", ended
	case sent:
		reason = "the connection broke"
	default:
		reason = "no connection"
	}
	if detail := networkReason(err); detail != "" {
		reason += ": " + detail
	}
	return reason, err
}

// networkReason names what went wrong on the way to the service; empty if the error is of no known type.
func networkReason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "host name not found in DNS"
		}
		return "DNS lookup failed"
	}
	if reason := tlsReason(err); reason != "" {
		return reason
	}
	network, isNetwork := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "host unreachable"
	case isNetwork && network.Timeout():
		return "time-out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed by the server"
	default:
		return ""
	}
}

const alertProtocolVersion = 70 // RFC 8446, 6

func tlsReason(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "TLS certificate expired or not valid yet"
		}
		return "TLS certificate not valid"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "TLS certificate for another host"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "TLS certificate of an unknown authority"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS"
	}
	// crypto/tls does not export the type of an alert that the server sends, nor one for a version that it refuses
	// itself; both texts are the library's own.
	if remote, ok := errors.AsType[*net.OpError](err); ok && remote.Op == "remote error" {
		if remote.Err.Error() == tls.AlertError(alertProtocolVersion).Error() {
			return "TLS version of the server too old"
		}
		return "the server ended the TLS session"
	}
	if strings.Contains(err.Error(), "tls: server selected unsupported protocol version") {
		return "TLS version of the server too old"
	}
	return ""
}
