package vendorhttp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"ongoing24so/shared/vendorhttp"
)

func TestNoAnswerNamesWhatWentWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// start returns an address, and the certificates that the transport trusts.
		start func(t *testing.T) (string, *x509.CertPool)
		rcode byte // what the name server answers
		want  string
	}{
		"host name not found": {
			start: address("https://vendor.invalid./"),
			rcode: 3, // NXDOMAIN
			want:  "no connection: host name not found in DNS",
		},
		"name server fails": {
			start: address("https://vendor.invalid./"),
			rcode: 2, // SERVFAIL
			want:  "no connection: DNS lookup failed",
		},
		"nobody listens": {
			start: func(t *testing.T) (string, *x509.CertPool) {
				server := httptest.NewServer(http.NotFoundHandler())
				server.Close()
				return server.URL, nil
			},
			want: "no connection: connection refused",
		},
		"reset after the request": {
			start: plain(func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1024))
				_ = conn.(*net.TCPConn).SetLinger(0)
			}),
			want: "the connection broke: connection reset",
		},
		"closed after the request": {
			start: plain(func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1024)) }),
			want:  "the connection broke: closed by the server",
		},
		"no answer": {
			start: plain(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }),
			want:  "no whole answer within 500ms",
		},
		"certificate expired": {
			start: secure(certificate{until: -time.Hour}, tls.VersionTLS13),
			want:  "no connection: TLS certificate expired or not valid yet",
		},
		"certificate for another host": {
			start: secure(certificate{until: time.Hour, host: "other.example"}, tls.VersionTLS13),
			want:  "no connection: TLS certificate for another host",
		},
		"certificate of an unknown authority": {
			start: secure(certificate{until: time.Hour, unknown: true}, tls.VersionTLS13),
			want:  "no connection: TLS certificate of an unknown authority",
		},
		"certificate that must not be used for a server": {
			start: secure(certificate{until: time.Hour, usage: x509.ExtKeyUsageClientAuth}, tls.VersionTLS13),
			want:  "no connection: TLS certificate not valid",
		},
		"server refuses the TLS version": {
			start: secure(certificate{until: time.Hour}, tls.VersionTLS11),
			want:  "no connection: TLS version of the server too old",
		},
		"server selects TLS 1.0": {
			start: encrypted(func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1024))
				// A ServerHello of version 3.1: random, no session, a cipher suite, no compression.
				hello := append([]byte{2, 0, 0, 38, 3, 1}, make([]byte, 32)...)
				hello = append(hello, 0, 0xc0, 0x13, 0)
				_, _ = conn.Write(append([]byte{22, 3, 1, 0, byte(len(hello))}, hello...))
				_, _ = io.Copy(io.Discard, conn)
			}),
			want: "no connection: TLS version of the server too old",
		},
		"server ends the handshake": {
			start: encrypted(func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1024))
				_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // alert: handshake failure
			}),
			want: "no connection: the server ended the TLS session",
		},
		"plain text instead of TLS": {
			start: encrypted(func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1024))
				_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
			}),
			want: "no connection: the server does not speak TLS",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, roots := tt.start(t)
			ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errors.New("the test took too long"))
			if tt.want == "no whole answer within 500ms" {
				timeout := 500 * time.Millisecond
				ctx, cancel = context.WithTimeoutCause(t.Context(), timeout, vendorhttp.Timeout(timeout))
			}
			defer cancel()
			sent, err := get(ctx, t, address, roots, nameServer(t, tt.rcode))
			if got, cause := vendorhttp.NoAnswer(ctx, err, sent); got != tt.want || cause == nil {
				t.Errorf("got %q, want %q; cause %v", got, tt.want, cause)
			}
		})
	}
}

func TestNoAnswerOfAnEndedContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	reason, cause := vendorhttp.NoAnswer(ctx, syscall.ECONNRESET, true)
	if reason != "the call was cut short" || !errors.Is(cause, context.Canceled) {
		t.Errorf("got %q, cause %v", reason, cause)
	}
}

func TestNoAnswerQuotesNoErrorOfUnknownType(t *testing.T) {
	t.Parallel()
	unknown := errors.New("dial tcp 10.0.0.1:443: Storgata 1")
	for sent, want := range map[bool]string{false: "no connection", true: "the connection broke"} {
		if got, cause := vendorhttp.NoAnswer(t.Context(), unknown, sent); got != want || !errors.Is(cause, unknown) {
			t.Errorf("sent %t: got %q, cause %v", sent, got, cause)
		}
	}
}

// get sends a request that is expected to fail.
func get(
	ctx context.Context, t *testing.T, address string, roots *x509.CertPool, names *net.Resolver,
) (bool, error) {
	t.Helper()
	transport := vendorhttp.NewTransport(vendorhttp.TransportOptions{})
	transport.TLSClientConfig.RootCAs = roots
	transport.DialContext = (&net.Dialer{Resolver: names}).DialContext
	t.Cleanup(transport.CloseIdleConnections)
	traced, sent := vendorhttp.TraceSent(ctx)
	request, err := http.NewRequestWithContext(traced, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
		t.Fatal("the request was answered")
	}
	return sent.Load(), err
}

// nameServer starts one that answers every question with a response code.
func nameServer(t *testing.T, rcode byte) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		message := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(message)
			if err != nil {
				return
			}
			message[2] |= 0x80 // the question becomes its answer (RFC 1035, 4.1.1)
			message[3] = 0x80 | rcode
			_, _ = conn.WriteTo(message[:n], from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func address(url string) func(*testing.T) (string, *x509.CertPool) {
	return func(*testing.T) (string, *x509.CertPool) { return url, nil }
}

// plain and encrypted start a server that treats each connection in the same way, and closes it.
func plain(serve func(net.Conn)) func(*testing.T) (string, *x509.CertPool) {
	return listen("http://", serve)
}

func encrypted(serve func(net.Conn)) func(*testing.T) (string, *x509.CertPool) {
	return listen("https://", serve)
}

func listen(scheme string, serve func(net.Conn)) func(*testing.T) (string, *x509.CertPool) {
	return func(t *testing.T) (string, *x509.CertPool) {
		t.Helper()
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					defer func() { _ = conn.Close() }()
					serve(conn)
				}()
			}
		}()
		return scheme + listener.Addr().String() + "/", nil
	}
}

// A certificate is what matters about one: how long it is valid, for which host (empty: the test's own) and use, and
// whether its authority is unknown.
type certificate struct {
	until   time.Duration
	host    string
	usage   x509.ExtKeyUsage // 0, any, stands for a server
	unknown bool
}

// secure starts a TLS server with a certificate and a highest version.
func secure(c certificate, version uint16) func(*testing.T) (string, *x509.CertPool) {
	return func(t *testing.T) (string, *x509.CertPool) {
		t.Helper()
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber:          big.NewInt(1),
			Subject:               pkix.Name{CommonName: "vendor"},
			NotBefore:             time.Now().Add(-2 * time.Hour),
			NotAfter:              time.Now().Add(c.until),
			ExtKeyUsage:           []x509.ExtKeyUsage{c.usage},
			BasicConstraintsValid: true,
			IsCA:                  true,
		}
		if c.host != "" {
			template.DNSNames = []string{c.host}
		} else {
			template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{
			MinVersion:   tls.VersionTLS10,
			MaxVersion:   version,
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		roots := x509.NewCertPool()
		if !c.unknown {
			parsed, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			roots.AddCert(parsed)
		}
		return strings.Replace(server.URL, "localhost", "127.0.0.1", 1), roots
	}
}
