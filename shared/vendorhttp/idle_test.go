package vendorhttp_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"ongoing24so/shared/vendorhttp"
)

// Calls that end together keep their connections for the next ones.
func TestKeepIdleSavesHandshakes(t *testing.T) {
	t.Parallel()
	const atOnce = 100
	var connections atomic.Int32
	var arrived sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived.Done()
		arrived.Wait() // so that all calls of a round are in flight together
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := vendorhttp.KeepIdle(vendorhttp.NewTransport(vendorhttp.TransportOptions{HTTP1Only: true}), atOnce)
	transport.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	t.Cleanup(transport.CloseIdleConnections)
	for range 3 {
		arrived.Add(atOnce)
		var calls sync.WaitGroup
		for range atOnce {
			calls.Go(func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				response, err := transport.RoundTrip(request)
				if err != nil {
					t.Error(err)
					return
				}
				_ = response.Body.Close()
			})
		}
		calls.Wait()
	}
	if n := connections.Load(); n != atOnce {
		t.Errorf("%d connections for three rounds of %d calls", n, atOnce)
	}
}
