package harness

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"ongoing24so/shared/naming"
)

// Intercept puts something between the functions and both vendors that may rewrite any answer, for what the simulators
// never say: the request tells which call it is of.
func (b *Harness) Intercept(rewrite func(r *http.Request, answer string) string) {
	b.t.Helper()
	b.office24 = b.proxy(b.Office24.URL(), rewrite)
	wms := b.Settings["ongoing"].(map[string]any)
	address := b.proxy(b.Ongoing.URL, rewrite)
	b.ongoingHost = strings.TrimPrefix(address, "http://")
	wms["baseUrl"] = strings.Replace(wms["baseUrl"].(string), b.Ongoing.URL, address, 1)
	if err := b.PutSettings(b.t.Context(), b.Settings); err != nil {
		b.t.Fatal(err)
	}
}

// Getenv is the bed's, leading to what is in between if there is anything.
func (b *Harness) Getenv(name string) string {
	switch value := b.Env.Getenv(name); {
	case name == naming.EnvOffice24URL && b.office24 != "":
		return b.office24
	case name == naming.EnvOngoingHosts && b.office24 != "":
		return strings.Join([]string{value, b.ongoingHost, strings.TrimPrefix(b.office24, "http://")}, ",")
	default:
		return value
	}
}

func (b *Harness) proxy(to string, rewrite func(*http.Request, string) string) string {
	target, err := url.Parse(to)
	if err != nil {
		b.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		body = []byte(rewrite(r.Request, string(body)))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return err
	}
	server := httptest.NewServer(proxy)
	b.t.Cleanup(server.Close)
	return server.URL
}
