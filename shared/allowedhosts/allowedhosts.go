// Package allowedhosts decides to which hosts the functions can send a customer's credentials. The stack applies these
// rules to its context values, the settings to each customer's ongoing.baseUrl, and the composition root to the address
// of 24SevenOffice.
package allowedhosts

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ongoing24so/shared/errclass"
)

// A List names the hosts that a customer's Ongoing URL can point to. The operator of the functions sets it, not the
// person who edits a customer's settings: the credentials are sent to the URL, so a free choice of host would reveal
// them or let the function fetch addresses inside its own network.
//
// A pattern is a host name or an IP address, with or without a port:
//
//   - Names are compared in their ASCII form (xn--…), ignoring case. A trailing dot is refused.
//   - A leading "*." matches one or more labels, but not the bare domain. At least two labels must follow.
//   - Without a port, a pattern matches the scheme's default port, or any port of a loopback address.
//   - An IP address matches only the same address and must be in its usual form: 0x7f.1, 2130706433 and 127.1 are
//     neither names nor addresses.
//   - Plain http is allowed only for a loopback address (127.0.0.0/8, ::1, localhost) that is listed itself.
type List struct{ patterns []pattern }

type pattern struct {
	host string // canonical; with wild, the common suffix with its leading dot
	wild bool
	port string // "": the scheme's default
	text string // as it was given
}

// Parse reads a comma-separated list of patterns.
func Parse(list string) (List, error) {
	var l List
	for text := range strings.SplitSeq(list, ",") {
		p, ok := parsePattern(strings.TrimSpace(text))
		if !ok {
			return List{}, fmt.Errorf("%q is not a host pattern, "+
				"allowed: host, host:port, *.domain.tld or *.domain.tld:port", errclass.Shorten(text))
		}
		l.patterns = append(l.patterns, p)
	}
	return l, nil
}

// String returns the patterns as they were given.
func (l List) String() string {
	texts := make([]string, len(l.patterns))
	for i, p := range l.patterns {
		texts[i] = p.text
	}
	return strings.Join(texts, ", ")
}

// Allow returns an error if a URL must not be called, because its host or port is not listed or its scheme is not
// allowed. The error quotes only host and port, because people paste addresses with credentials in them.
func (l List) Allow(rawURL string) error {
	o, err := parseOrigin(rawURL)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(l.patterns, func(p pattern) bool { return p.matchesHost(o) }) {
		return fmt.Errorf("host %q is not one of %s", errclass.Shorten(o.host), l)
	}
	if err := l.allowScheme(o); err != nil {
		return err
	}
	if !slices.ContainsFunc(l.patterns, func(p pattern) bool { return p.matches(o) }) {
		return fmt.Errorf("port %s of host %q is not one of %s", errclass.Shorten(o.port), errclass.Shorten(o.host), l)
	}
	return nil
}

// AllowScheme applies only the rule for schemes: https to any host, plain http to a listed loopback address on any
// port. It is for an address that the operator sets and that does not have to be listed.
func (l List) AllowScheme(rawURL string) error {
	o, err := parseOrigin(rawURL)
	if err != nil {
		return err
	}
	return l.allowScheme(o)
}

func (l List) allowScheme(o origin) error {
	listed := func(p pattern) bool { return !p.wild && p.matchesHost(o) }
	if o.scheme == "https" || IsLoopback(o.host) && slices.ContainsFunc(l.patterns, listed) {
		return nil
	}
	return errors.New("plain http is allowed only for a loopback address that is listed")
}

var errHost = errors.New("the host must be an ASCII name without a trailing dot, or an IP address in its usual form")

// An origin is the part of a URL that decides where a request goes.
type origin struct{ scheme, host, port string }

func parseOrigin(rawURL string) (origin, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil: // do not wrap it: it quotes the URL
		return origin{}, errors.New("not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return origin{}, errors.New("the scheme must be https")
	case u.User != nil:
		return origin{}, errors.New("user name and password belong in the secret, not in the URL")
	}
	host, ok := canonicalHost(u.Hostname())
	if !ok || strings.HasSuffix(u.Host, ":") {
		return origin{}, errHost
	}
	o := origin{scheme: u.Scheme, host: host, port: u.Port()}
	if o.port == "" {
		o.port = o.defaultPort()
	}
	return o, nil
}

func (o origin) defaultPort() string {
	if o.scheme == "http" {
		return "80"
	}
	return "443"
}

// matchesHost reports whether the pattern matches the origin's host.
func (p pattern) matchesHost(o origin) bool {
	if p.wild {
		return strings.HasSuffix(o.host, p.host) && len(o.host) > len(p.host)
	}
	return o.host == p.host
}

// matches reports whether the pattern matches the origin's host and port.
func (p pattern) matches(o origin) bool {
	if p.port == "" {
		return p.matchesHost(o) && (o.port == o.defaultPort() || IsLoopback(o.host))
	}
	return p.matchesHost(o) && o.port == p.port
}

func parsePattern(text string) (pattern, bool) {
	hostPort := text
	if a, err := netip.ParseAddr(text); err == nil && a.Is6() {
		hostPort = "[" + text + "]"
	}
	u := url.URL{Host: hostPort}
	domain, wild := strings.CutPrefix(u.Hostname(), "*.")
	host, ok := canonicalHost(domain)
	p := pattern{host: host, wild: wild, port: u.Port(), text: text}
	if wild {
		_, err := netip.ParseAddr(host)
		ok = ok && err != nil && strings.Contains(host, ".")
		p.host = "." + host
	}
	return p, ok && !strings.HasSuffix(text, ":")
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)
	// Many resolvers read a host whose last label is a number as an IPv4 address, in various spellings.
	numericEnd = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)
)

// canonicalHost returns the spelling of a host name or address in which hosts are compared.
func canonicalHost(host string) (string, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String(), a.Zone() == ""
	}
	host = strings.ToLower(host)
	return host, len(host) <= 253 && hostName.MatchString(host) && !numericEnd.MatchString(host)
}

// IsLoopback reports whether a host is a loopback address, which never leaves this machine.
func IsLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
