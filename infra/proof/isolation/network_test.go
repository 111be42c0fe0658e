package isolation_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A trap is a server that must not be called.
type trap struct {
	*httptest.Server
	calls atomic.Int32
}

func newTrap(t testing.TB) *trap {
	t.Helper()
	p := &trap{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p.calls.Add(1)
		t.Errorf("%s %s was called, with credentials %q and cookie %q",
			r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("Cookie"))
	}))
	t.Cleanup(p.Close)
	return p
}

// host returns host and port.
func (p *trap) host() string { return strings.TrimPrefix(p.URL, "http://") }

// The credentials go where the URL leads. Whoever edits a customer's settings must not get them, nor reach the
// function's network. Such a customer is blocked before its secret is read.
func TestSettingsCannotChooseHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testenv.Options{})
	trap := newTrap(t)
	_, port, _ := strings.Cut(trap.host(), ":")
	w.environment[naming.EnvOngoingHosts] = "*.ongoingsystems.se,127.0.0.1:1"
	const path = "/acme/api/v1/"
	urls := map[string]string{
		"another host":                       "https://wms.evil.example" + path,
		"a host that begins the same":        "https://api.ongoingsystems.se.evil.example" + path,
		"a host that ends the same":          "https://evilongoingsystems.se" + path,
		"the bare domain":                    "https://ongoingsystems.se" + path,
		"a final dot":                        "https://api.ongoingsystems.se." + path,
		"plain http":                         "http://api.ongoingsystems.se" + path,
		"another scheme":                     "gopher://api.ongoingsystems.se" + path,
		"another port":                       "https://api.ongoingsystems.se:8443" + path,
		"the host as user name":              "https://api.ongoingsystems.se@" + trap.host() + path,
		"the host as user name, by slash":    `https://api.ongoingsystems.se\@` + trap.host() + path,
		"credentials":                        "https://wms:hunter2@api.ongoingsystems.se" + path,
		"a loopback port that is not listed": trap.URL + path,
		"localhost":                          "http://localhost:" + port + path,
		"localhost in IPv6":                  "http://[::1]:" + port + path,
		"IPv4 in IPv6":                       "http://[::ffff:127.0.0.1]:" + port + path,
		"a decimal address":                  "http://2130706433:" + port + path,
		"a hexadecimal address":              "http://0x7f.0.0.1:" + port + path,
		"a short address":                    "http://127.1:" + port + path,
		"the instance's metadata":            "http://169.254.169.254/latest/api/v1/",
		"… by https":                         "https://169.254.169.254/latest/api/v1/",
		"… in IPv6":                          "https://[fd00:ec2::254]/latest/api/v1/",
		"a container's credentials":          "http://169.254.170.2/api/v1/",
		"a private network":                  "https://10.0.0.1" + path,
		"a path that climbs":                 "https://api.ongoingsystems.se/acme/../../other/api/v1/",
		"a path that climbs, escaped":        "https://api.ongoingsystems.se/%2e%2e/api/v1/",
		"another path":                       "https://api.ongoingsystems.se/acme/admin/",
		"a query":                            "https://api.ongoingsystems.se" + path + "?x=",
		"a fragment":                         "https://api.ongoingsystems.se" + path + "#x",
		"a line break":                       "https://api.ongoingsystems.se\r\nHost: evil.example" + path,
		"letters that look the same":         "https://api.ongoingsуstems.se" + path,
		"nothing":                            "",
	}
	ids := map[string]string{}
	var event []string
	for what, address := range urls {
		id := fmt.Sprintf("customer-%d", len(ids))
		ids[id] = what
		event = append(event, id)
		w.customer(id, map[string]any{"ongoing": map[string]any{"baseUrl": address}})
	}
	result, lines, err := w.function(naming.Stock).Run(t.Context(), map[string]any{"customers": event})
	must(t, err)
	for _, row := range result.Customers {
		what := ids[row.CustomerID]
		if row.Outcome != runner.Blocked || !strings.Contains(row.Reason, "ongoing.baseUrl") {
			t.Errorf("%s: %s, %s", what, row.Outcome, row.Reason)
		}
		if n := w.Secrets.Reads(testenv.SecretName(row.CustomerID)); n > 0 {
			t.Errorf("%s: the secret was read", what)
		}
	}
	if len(result.Customers) != len(urls) || strings.Contains(strings.Join(lines, "\n"), "hunter2") {
		t.Errorf("%d rows of %d, or a password among the lines", len(result.Customers), len(urls))
	}
}

// The secret belongs to the item's key, whatever else an item or an event says.
func TestSettingsCannotNameSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testenv.Options{})
	w.customer("victim", nil)
	for i, more := range []map[string]any{
		{"secret": "victim"}, {"secretName": testenv.SecretName("victim")}, {"secretPrefix": "ongoing24so/vic"},
		{"office24": map[string]any{"secret": "victim"}}, {"ongoing": map[string]any{"username": "WSIvictim"}},
	} {
		w.customer(fmt.Sprintf("mallory-%d", i), more)
	}
	must(t, w.PutSettings(t.Context(), map[string]any{"customerId": "../victim",
		"ongoing": map[string]any{"baseUrl": w.Ongoing.URL + "/lager/api/v1/", "goodsOwnerId": 71}}))
	f := w.function(naming.Stock)
	for _, name := range []string{
		"../victim", "victim/", "x/../victim", "VICTIM", "vic*", "%76ictim", " victim",
		"arn:aws:secretsmanager:eu-north-1:0:secret:ongoing24so/victim",
	} {
		if result, _, err := f.Run(t.Context(), map[string]any{"customers": []string{name}}); err == nil {
			t.Errorf("an event that names %q was accepted: %+v", name, result.Customers)
		}
	}
	result, _, err := f.Run(t.Context(), map[string]any{})
	must(t, err)
	for _, row := range result.Customers {
		if row.Outcome != runner.Blocked && row.CustomerID != "victim" {
			t.Errorf("%s: %s, %s", row.CustomerID, row.Outcome, row.Reason)
		}
	}
	if n := w.Secrets.Reads(testenv.SecretName("victim")); n != 1 {
		t.Errorf("the secret was read %d times; want once, by its owner", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	statuses := []int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	}
	for _, status := range statuses {
		for _, target := range []string{trap.URL, "//user:password@" + trap.host(), "/elsewhere/api/v1/"} {
			var calls atomic.Int32
			redirector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				if strings.Contains(r.URL.Path, "elsewhere") {
					t.Errorf("%d to the same host was followed", status)
				}
				w.Header().Set("Location", target)
				w.WriteHeader(status)
			}))
			w := newWorld(t, testenv.Options{})
			w.environment[naming.EnvOngoingHosts] = strings.TrimPrefix(redirector.URL, "http://")
			w.environment[naming.EnvOffice24URL] = redirector.URL
			w.customer("acme", map[string]any{"ongoing": map[string]any{"baseUrl": redirector.URL + "/lager/api/v1/"}})
			// articles calls 24SevenOffice first, stock Ongoing
			for _, p := range []naming.Process{naming.Articles, naming.Stock} {
				row := w.row(w.function(p), "acme", nil)
				stopped := row.Outcome == runner.Blocked || row.Outcome == runner.Failed
				if !stopped || !strings.Contains(row.Reason, "redirect") {
					t.Errorf("%s, %d to %s: %s, %s", p, status, target, row.Outcome, row.Reason)
				}
			}
			if calls.Load() == 0 {
				t.Error("the redirecting server was not called")
			}
			redirector.Close()
		}
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := filepath.Join(t.TempDir(), "trusted.pem")
	must(t, os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
		0o600))

	for _, trustsServer := range []bool{false, true} {
		w := newWorld(t, testenv.Options{})
		w.environment[naming.EnvOngoingHosts] = strings.TrimPrefix(server.URL, "https://")
		w.environment[naming.EnvOffice24URL] = server.URL
		if trustsServer {
			w.environment["SSL_CERT_FILE"] = trusted
		}
		w.customer("acme", map[string]any{"ongoing": map[string]any{"baseUrl": server.URL + "/lager/api/v1/"}})
		for _, p := range []naming.Process{naming.Articles, naming.Stock} {
			calls.Store(0)
			row := w.row(w.function(p), "acme", nil)
			if row.Outcome != runner.Failed || (calls.Load() > 0) != trustsServer {
				t.Errorf("%s, certificate trusted %v: %s, %s; %d calls", p, trustsServer, row.Outcome, row.Reason,
					calls.Load())
			}
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	for version, accepted := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		// the client must refuse it
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.Config.ErrorLog = discardLog()
		server.StartTLS()
		pool := x509.NewCertPool()
		pool.AddCert(server.Certificate())
		for name, transport := range map[string]*http.Transport{
			"24SevenOffice": office24.Transport(), "Ongoing": ongoing.Transport(),
		} {
			transport.TLSClientConfig.RootCAs = pool
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			must(t, err)
			answer, err := transport.RoundTrip(request)
			if err == nil {
				must(t, answer.Body.Close())
			}
			if (err == nil) != accepted {
				t.Errorf("%s with %s: %v", name, tls.VersionName(version), err)
			}
			transport.CloseIdleConnections()
		}
		server.Close()
	}
}

func TestEndlessAnswersAreCutOff(t *testing.T) {
	t.Parallel()
	envelope := `<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>`
	json := func(first, repeated string) func(http.ResponseWriter) {
		return endless("application/json", first, repeated)
	}
	xml := func(first, repeated string) func(http.ResponseWriter) {
		return endless("text/xml", envelope+first, repeated)
	}
	const tooLong, tooLarge = "longer than", "larger than allowed"
	tests := map[string]struct {
		process naming.Process
		answer  func(http.ResponseWriter)
		reason  string
	}{
		"white space instead of JSON": {naming.Stock, json("", " "), tooLong},
		"endless list":                {naming.Stock, json("[", `{"articleSystemId":1},`), tooLong},
		"lists inside lists":          {naming.Stock, json("", "["), tooLong},
		"compressed JSON":             {naming.Stock, compressed("application/json", "", " "), tooLong},
		"endless headers":             {naming.Stock, endlessHeaders, "connection broke"},
		"endless login":               {naming.Articles, xml("<LoginResponse><LoginResult>", "x"), tooLarge},
		"endless elements":            {naming.Articles, xml("<LoginResponse>", "<a></a>"), tooLarge},
		"elements inside elements":    {naming.Articles, xml("<LoginResponse>", "<a>"), tooLarge},
		"endless attributes":          {naming.Articles, xml("<LoginResponse ", `a="b" `), tooLarge},
		"endless comment":             {naming.Articles, xml("<!-- ", "x"), tooLarge},
		"compressed XML": {
			naming.Articles, compressed("text/xml", envelope+"<LoginResponse>", strings.Repeat("<a></a>", 1<<10)),
			tooLarge,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				tt.answer(w)
			}))
			t.Cleanup(server.Close)
			w := newWorld(t, testenv.Options{})
			w.environment[naming.EnvOngoingHosts] = strings.TrimPrefix(server.URL, "http://")
			w.environment[naming.EnvOffice24URL] = server.URL
			// Without this the Go runtime uses as much memory as the machine has.
			w.environment["GOMEMLIMIT"] = "200MiB"
			w.customer("acme", map[string]any{"ongoing": map[string]any{"baseUrl": server.URL + "/lager/api/v1/"}})
			f := w.function(tt.process)
			row := w.row(f, "acme", nil)
			if row.Outcome != runner.Failed || !strings.Contains(row.Reason, tt.reason) {
				t.Errorf("%s, %s", row.Outcome, row.Reason)
			}
			if peak := peakMemory(t, f); peak > 400 {
				t.Errorf("the function used %d MB of memory", peak)
			}
		})
	}
}

// endless answers with a beginning and then repeats a text.
func endless(contentType, first, repeated string) func(http.ResponseWriter) {
	block := []byte(strings.Repeat(repeated, 1+(64<<10)/len(repeated)))
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", contentType)
		_, err := io.WriteString(w, first)
		for err == nil {
			_, err = w.Write(block)
		}
	}
}

// compressed does the same with 256 MB that are small on the wire.
func compressed(contentType, first, repeated string) func(http.ResponseWriter) {
	var small bytes.Buffer
	writer := gzip.NewWriter(&small)
	_, _ = io.WriteString(writer, first)
	block := []byte(strings.Repeat(repeated, 1+(1<<20)/len(repeated)))
	for range 256 {
		_, _ = writer.Write(block)
	}
	_ = writer.Close()
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(small.Bytes())
	}
}

// endlessHeaders sends headers without an end.
func endlessHeaders(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = connection.Close() }()
	_, err = io.WriteString(connection, "HTTP/1.1 200 OK\r\n")
	line := []byte("X-More: " + strings.Repeat("x", 8<<10) + "\r\n")
	for err == nil {
		_, err = connection.Write(line)
	}
}

// What a server sends after its answer can be anybody's data, and Go's HTTP client quotes it in the log.
func TestBytesAfterAnswerAreNotLogged(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = connection.Close() })
		_, _ = io.WriteString(connection,
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnull"+
				`[{"consignee":{"name":"Kanarifugl Navnesen"}}]`)
	}))
	t.Cleanup(server.Close)
	w := newWorld(t, testenv.Options{})
	w.environment[naming.EnvOngoingHosts] = strings.TrimPrefix(server.URL, "http://")
	w.customer("acme", map[string]any{"ongoing": map[string]any{"baseUrl": server.URL + "/lager/api/v1/"}})
	f := w.function(naming.Stock)
	if row := w.row(f, "acme", nil); row.Outcome != runner.OK {
		t.Fatalf("%+v", row)
	}
	w.row(f, "acme", nil) // the client finds the bytes when it uses the connection again
	lines, err := f.Lines()
	must(t, err)
	if strings.Contains(strings.Join(lines, "\n"), "Kanarifugl") {
		t.Errorf("the bytes were logged:\n%s", strings.Join(lines, "\n"))
	}
}
