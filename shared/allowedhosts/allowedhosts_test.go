package allowedhosts_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/allowedhosts"
)

func TestHostsAllow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, hosts, url string
		allowed         bool
	}{
		{"one label under the domain", "*.ongoingsystems.se", "https://api.ongoingsystems.se/acme/api/v1/", true},
		{"two labels", "*.ongoingsystems.se", "https://a.b.ongoingsystems.se/", true},
		{"capital letters", "*.OngoingSystems.se", "https://API.ongoingsystems.SE/", true},
		{"the scheme's own port, written", "*.ongoingsystems.se", "https://api.ongoingsystems.se:443/", true},
		{"second of two", "a.example.com, b.example.com", "https://b.example.com/", true},
		{"a port of its own", "*.example.com:8443", "https://a.example.com:8443/", true},
		{"a name in its ASCII form", "xn--bcher-kva.example", "https://xn--bcher-kva.example/", true},
		{"an address that is listed", "192.0.2.7", "https://192.0.2.7/", true},
		{"loopback on any port", "127.0.0.1", "http://127.0.0.1:39411/x/api/v1/", true},
		{"loopback on its port", "127.0.0.1:8080", "http://127.0.0.1:8080/", true},
		{"loopback by https", "localhost:8080", "https://localhost:8080/", true},
		{"loopback by name", "localhost", "http://LOCALHOST:8080/", true},
		{"the rest of the loopback net", "127.9.9.9", "http://127.9.9.9:80/", true},
		{"loopback of IPv6", "[::1]:8080", "http://[::1]:8080/", true},
		{"loopback of IPv6 without brackets", "::1", "http://[0:0:0:0:0:0:0:1]:8080/", true},

		{"the bare domain", "*.ongoingsystems.se", "https://ongoingsystems.se/", false},
		{"another domain with that end", "*.ongoingsystems.se", "https://evilongoingsystems.se/", false},
		{"the domain in front", "*.ongoingsystems.se", "https://api.ongoingsystems.se.evil.example/", false},
		{"a name under a host that is listed by itself", "example.com", "https://a.example.com/", false},
		{"final dot", "*.ongoingsystems.se", "https://api.ongoingsystems.se./", false},
		{"empty label", "*.ongoingsystems.se", "https://.ongoingsystems.se/", false},
		{"user name that looks like the host", "*.ongoingsystems.se", "https://api.ongoingsystems.se@evil.example/", false},
		{"user name", "*.ongoingsystems.se", "https://u@api.ongoingsystems.se/", false},
		{"backslash", "*.ongoingsystems.se", `https://evil.example\.ongoingsystems.se/`, false},
		{"slash in disguise", "*.ongoingsystems.se", "https://evil.example%2f.ongoingsystems.se/", false},
		{"letter in disguise", "*.ongoingsystems.se", "https://api.ongoingsystems%2ese/", false},
		{"full-width letter", "*.ongoingsystems.se", "https://api.ongoingsystemｓ.se/", false},
		{"name outside ASCII", "*.example.org", "https://bücher.example.org/", false},
		{"another port", "*.ongoingsystems.se", "https://api.ongoingsystems.se:8443/", false},
		{"another port than listed", "a.example.com:8443", "https://a.example.com/", false},
		{"no port behind the colon", "a.example.com", "https://a.example.com:/", false},
		{"plain http", "*.ongoingsystems.se", "http://api.ongoingsystems.se/", false},
		{"plain http on the port of https", "a.example.com", "http://a.example.com:443/", false},
		{"plain http to an address that is not loopback", "192.0.2.7", "http://192.0.2.7/", false},
		{"plain http to a private address", "10.0.0.1:80", "http://10.0.0.1:80/", false},
		{"another scheme", "*.ongoingsystems.se", "ftp://api.ongoingsystems.se/", false},
		{"no scheme", "*.ongoingsystems.se", "//api.ongoingsystems.se/", false},
		{"no host", "*.ongoingsystems.se", "https:/api.ongoingsystems.se/", false},
		{"opaque", "*.ongoingsystems.se", "https:api.ongoingsystems.se", false},
		{"not a URL", "*.ongoingsystems.se", "https://a b/", false},
		{"empty", "*.ongoingsystems.se", "", false},
		{"loopback that is not listed", "*.ongoingsystems.se", "http://127.0.0.1:8080/", false},
		{"another loopback address", "127.0.0.1", "http://127.0.0.2/", false},
		{"loopback by name where the address is listed", "127.0.0.1", "http://localhost/", false},
		{"loopback on another port", "127.0.0.1:8080", "http://127.0.0.1:8081/", false},
		{"metadata service", "*.ongoingsystems.se", "http://169.254.169.254/latest/", false},
		{"loopback as one number", "127.0.0.1", "http://2130706433/", false},
		{"loopback in hexadecimal", "127.0.0.1", "http://0x7f000001/", false},
		{"loopback in octal", "127.0.0.1", "http://0177.0.0.1/", false},
		{"loopback, short", "127.0.0.1", "http://127.1/", false},
		{"loopback in hexadecimal parts", "127.0.0.1", "http://0x7f.0.0.0x1/", false},
		{"loopback mapped into IPv6", "127.0.0.1", "http://[::ffff:127.0.0.1]/", false},
		{"IPv6 with a zone", "::1", "http://[::1%25lo]/", false},
		{"a number under the domain is a name", "*.ongoingsystems.se", "https://127.0.0.1.ongoingsystems.se/", true},
	}
	for _, tt := range tests {
		err := parse(t, tt.hosts).Allow(tt.url)
		if (err == nil) != tt.allowed {
			t.Errorf("%s: %s of %s: %v", tt.why, tt.url, tt.hosts, err)
		}
	}
}

func TestHostsOfZeroValueAllowNothing(t *testing.T) {
	t.Parallel()
	if (allowedhosts.List{}).Allow("https://api.ongoingsystems.se/") == nil {
		t.Error("a host is allowed although none is listed")
	}
}

func TestHostsAllowScheme(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, hosts, url string
		allowed         bool
	}{
		{"the operator's own choice of host", "*.ongoingsystems.se", "https://api.24sevenoffice.com", true},
		{"a listed loopback address, on another port than Ongoing's", "127.0.0.1:8080", "http://127.0.0.1:9090", true},
		{"plain http", "*.24sevenoffice.com", "http://api.24sevenoffice.com", false},
		{"loopback that is not listed", "*.ongoingsystems.se", "http://127.0.0.1:9090", false},
		{"user name", "*.ongoingsystems.se", "https://u:p@api.24sevenoffice.com", false},
	}
	for _, tt := range tests {
		if err := parse(t, tt.hosts).AllowScheme(tt.url); (err == nil) != tt.allowed {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
}

func TestParseHostsRefuses(t *testing.T) {
	t.Parallel()
	for pattern, why := range map[string]string{
		"":                        "nothing",
		"a.example.com,":          "nothing behind the comma",
		"*":                       "everything",
		"*.":                      "everything",
		"*.*":                     "everything",
		"*.se":                    "a whole country",
		"*.localhost":             "one label",
		"*:443":                   "everything",
		"a.*.example.com":         "a star in the middle",
		"*a.example.com":          "half a label",
		"*.0.0.1":                 "a net is no domain",
		"*.127.0.0.1":             "an address has nothing under it",
		"https://a.example.com":   "a URL",
		"a.example.com/acme":      "a path",
		"u@a.example.com":         "a user name",
		"a.example.com.":          "final dot",
		"a..example.com":          "empty label",
		"a.example.com:":          "no port",
		"a.example.com:https":     "a port by name",
		"a.example.com:8443:8444": "two ports",
		"bücher.example":          "not ASCII",
		"2130706433":              "an address in disguise",
		"0x7f.1":                  "an address in disguise",
		"127.1":                   "an address in disguise",
		"[::1":                    "half a bracket",
		"fe80::1%eth0":            "a zone",
		"a b":                     "a space",
		"-a.example.com":          "a label that starts with a hyphen",
	} {
		if h, err := allowedhosts.Parse(pattern); err == nil {
			t.Errorf("%q is read as %s (%s)", pattern, h, why)
		}
	}
}

func TestHostsDoNotShowCredentials(t *testing.T) {
	t.Parallel()
	h := parse(t, "*.ongoingsystems.se")
	for _, url := range []string{
		"https://u:hunter2@api.ongoingsystems.se/", "https://evil.example/?p=hunter2", "https://a b:hunter2@x/", "hunter2://x",
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
