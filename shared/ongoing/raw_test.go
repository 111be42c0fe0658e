package ongoing_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// answering is a server that answers every call with JSON of the test's choice, and returns its base URL.
func answering(t *testing.T, answer func(url.Values) string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer(r.URL.Query())))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/acme/api/v1/"
}
