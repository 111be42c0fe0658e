package allowedhosts_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/allowedhosts"
)

func TestAllowAcceptsListedHosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, hosts, url string }{
		{"one label under the domain", "*.ongoingsystems.se", "https://api.ongoingsystems.se/acme/api/v1/"},
		{"two labels", "*.ongoingsystems.se", "https://a.b.ongoingsystems.se/"},
		{"capital letters", "*.OngoingSystems.se", "https://API.ongoingsystems.SE/"},
		{"the scheme's default port, written", "*.ongoingsystems.se", "https://api.ongoingsystems.se:443/"},
		{"the second of two hosts", "a.example.com, b.example.com", "https://b.example.com/"},
		{"the listed port", "*.example.com:8443", "https://a.example.com:8443/"},
		{"an internationalized name in its ASCII form", "xn--bcher-kva.example", "https://xn--bcher-kva.example/"},
		{"an address that is listed", "192.0.2.7", "https://192.0.2.7/"},
		{"loopback on any port", "127.0.0.1", "http://127.0.0.1:39411/x/api/v1/"},
		{"loopback on its port", "127.0.0.1:8080", "http://127.0.0.1:8080/"},
		{"loopback by https", "localhost:8080", "https://localhost:8080/"},
		{"loopback by name", "localhost", "http://LOCALHOST:8080/"},
		{"the rest of the loopback net", "127.9.9.9", "http://127.9.9.9:80/"},
		{"loopback of IPv6", "[::1]:8080", "http://[::1]:8080/"},
		{"loopback of IPv6 without brackets", "::1", "http://[0:0:0:0:0:0:0:1]:8080/"},
		{"a number under the domain is a name", "*.ongoingsystems.se", "https://127.0.0.1.ongoingsystems.se/"},
	} {
		if err := parse(t, tt.hosts).Allow(tt.url); err != nil {
			t.Errorf("%s: %s with %s: %v", tt.why, tt.url, tt.hosts, err)
		}
	}
}

func TestAllowRefusesAllOtherHosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, hosts, url string }{
		{"the bare domain", "*.ongoingsystems.se", "https://ongoingsystems.se/"},
		{"another domain with the same ending", "*.ongoingsystems.se", "https://evilongoingsystems.se/"},
		{"the domain as a prefix of another", "*.ongoingsystems.se", "https://api.ongoingsystems.se.evil.example/"},
		{"a name under a host that is listed by itself", "example.com", "https://a.example.com/"},
		{"trailing dot", "*.ongoingsystems.se", "https://api.ongoingsystems.se./"},
		{"empty label", "*.ongoingsystems.se", "https://.ongoingsystems.se/"},
		{"user name that looks like the host", "*.ongoingsystems.se", "https://api.ongoingsystems.se@evil.example/"},
		{"user name", "*.ongoingsystems.se", "https://u@api.ongoingsystems.se/"},
		{"backslash", "*.ongoingsystems.se", `https://evil.example\.ongoingsystems.se/`},
		{"encoded slash", "*.ongoingsystems.se", "https://evil.example%2f.ongoingsystems.se/"},
		{"encoded dot", "*.ongoingsystems.se", "https://api.ongoingsystems%2ese/"},
		{"full-width letter", "*.ongoingsystems.se", "https://api.ongoingsystemｓ.se/"},
		{"name outside ASCII", "*.example.org", "https://bücher.example.org/"},
		{"another port", "*.ongoingsystems.se", "https://api.ongoingsystems.se:8443/"},
		{"another port than listed", "a.example.com:8443", "https://a.example.com/"},
		{"no port after the colon", "a.example.com", "https://a.example.com:/"},
		{"plain http", "*.ongoingsystems.se", "http://api.ongoingsystems.se/"},
		{"plain http on the port of https", "a.example.com", "http://a.example.com:443/"},
		{"plain http to an address that is not loopback", "192.0.2.7", "http://192.0.2.7/"},
		{"plain http to a private address", "10.0.0.1:80", "http://10.0.0.1:80/"},
		{"another scheme", "*.ongoingsystems.se", "ftp://api.ongoingsystems.se/"},
		{"no scheme", "*.ongoingsystems.se", "//api.ongoingsystems.se/"},
		{"no host", "*.ongoingsystems.se", "https:/api.ongoingsystems.se/"},
		{"opaque", "*.ongoingsystems.se", "https:api.ongoingsystems.se"},
		{"not a URL", "*.ongoingsystems.se", "https://a b/"},
		{"empty", "*.ongoingsystems.se", ""},
		{"loopback that is not listed", "*.ongoingsystems.se", "http://127.0.0.1:8080/"},
		{"another loopback address", "127.0.0.1", "http://127.0.0.2/"},
		{"loopback by name if only the address is listed", "127.0.0.1", "http://localhost/"},
		{"loopback on another port", "127.0.0.1:8080", "http://127.0.0.1:8081/"},
		{"metadata service", "*.ongoingsystems.se", "http://169.254.169.254/latest/"},
		{"loopback as one number", "127.0.0.1", "http://2130706433/"},
		{"loopback in hexadecimal", "127.0.0.1", "http://0x7f000001/"},
		{"loopback in octal", "127.0.0.1", "http://0177.0.0.1/"},
		{"loopback in short form", "127.0.0.1", "http://127.1/"},
		{"loopback in hexadecimal parts", "127.0.0.1", "http://0x7f.0.0.0x1/"},
		{"loopback mapped into IPv6", "127.0.0.1", "http://[::ffff:127.0.0.1]/"},
		{"IPv6 with a zone", "::1", "http://[::1%25lo]/"},
	} {
		if parse(t, tt.hosts).Allow(tt.url) == nil {
			t.Errorf("%s: %s is allowed with %s", tt.why, tt.url, tt.hosts)
		}
	}
}

func TestEmptyListAllowsNothing(t *testing.T) {
	t.Parallel()
	if (allowedhosts.List{}).Allow("https://api.ongoingsystems.se/") == nil {
		t.Error("a host is allowed although none is listed")
	}
}

func TestAllowSchemeDoesNotNeedAListedHost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, hosts, url string
		allowed         bool
	}{
		{
			why:   "https to a host of the operator's choice",
			hosts: "*.ongoingsystems.se", url: "https://api.24sevenoffice.com", allowed: true,
		},
		{
			why:   "plain http to a listed loopback address, on another port than Ongoing's",
			hosts: "127.0.0.1:8080", url: "http://127.0.0.1:9090", allowed: true,
		},
		{
			why:   "plain http to another host",
			hosts: "*.24sevenoffice.com", url: "http://api.24sevenoffice.com",
		},
		{
			why:   "plain http to a loopback address that is not listed",
			hosts: "*.ongoingsystems.se", url: "http://127.0.0.1:9090",
		},
		{
			why:   "user name and password",
			hosts: "*.ongoingsystems.se", url: "https://u:p@api.24sevenoffice.com",
		},
	} {
		if err := parse(t, tt.hosts).AllowScheme(tt.url); (err == nil) != tt.allowed {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
}

func TestParseRefusesWhatIsNotAHostPattern(t *testing.T) {
	t.Parallel()
	for pattern, why := range map[string]string{
		"":                        "nothing",
		"a.example.com,":          "nothing after the comma",
		"*":                       "too wide: every host",
		"*.":                      "too wide: every host",
		"*.*":                     "too wide: every host",
		"*.se":                    "too wide: a top-level domain",
		"*.localhost":             "one label",
		"*:443":                   "too wide: every host",
		"a.*.example.com":         "a star in the middle",
		"*a.example.com":          "half a label",
		"*.0.0.1":                 "a net is not a domain",
		"*.127.0.0.1":             "an address has nothing under it",
		"https://a.example.com":   "a URL",
		"a.example.com/acme":      "a path",
		"u@a.example.com":         "a user name",
		"a.example.com.":          "trailing dot",
		"a..example.com":          "empty label",
		"a.example.com:":          "no port",
		"a.example.com:https":     "a port by name",
		"a.example.com:8443:8444": "two ports",
		"bücher.example":          "not ASCII",
		"2130706433":              "another form of an address",
		"0x7f.1":                  "another form of an address",
		"127.1":                   "another form of an address",
		"[::1":                    "half a bracket",
		"fe80::1%eth0":            "a zone",
		"a b":                     "a space",
		"-a.example.com":          "a label that starts with a hyphen",
	} {
		if h, err := allowedhosts.Parse(pattern); err == nil {
			t.Errorf("%q is accepted as %s (%s)", pattern, h, why)
		}
	}
}

func TestErrorsDoNotQuoteCredentials(t *testing.T) {
	t.Parallel()
	h := parse(t, "*.ongoingsystems.se")
	for _, url := range []string{
		"https://u:hunter2@api.ongoingsystems.se/", "https://evil.example/?p=hunter2",
		"https://a b:hunter2@x/", "hunter2://x",
		"http://api.ongoingsystems.se/hunter2",
	} {
		if err := h.Allow(url); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func parse(t testing.TB, list string) allowedhosts.List {
	t.Helper()
	l, err := allowedhosts.Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
