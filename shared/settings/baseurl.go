package settings

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/dynamoattr"
)

// baseURL reads the address of a warehouse's API. Problems do not quote the address, which can contain credentials.
func baseURL(dst *string, hosts allowedhosts.List) rule {
	r := rule{
		kind: "S", allowed: "an https URL to one of the allowed hosts that ends in /api/v1/",
		schema: schema{"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://.*/api/v1/?$"},
	}
	r.read = func(path string, v types.AttributeValue) []string {
		s, ok := dynamoattr.TextOf(v)
		if !ok {
			return r.wrongValue(path, v)
		}
		if err := hosts.Allow(s); err != nil {
			return r.problem(path, "is refused: "+err.Error())
		}
		u, err := url.Parse(s)
		if err != nil || u.ForceQuery || u.RawQuery != "" || strings.Contains(s, "#") {
			return r.problem(path, "has a query or a fragment")
		}
		route := strings.TrimSuffix(u.EscapedPath(), "/") + "/"
		if !apiPath.MatchString(route) {
			return r.problem(path, "has a path that is not that of a warehouse's API")
		}
		// One warehouse has one address: a goods owner is bound by it.
		host := strings.ToLower(u.Host)
		if u.Scheme == "https" {
			host = strings.TrimSuffix(host, ":443")
		}
		*dst = u.Scheme + "://" + host + route
		return nil
	}
	return r
}

// apiPath matches the paths that Ongoing publishes: plain segments, none of which starts with a dot.
var apiPath = regexp.MustCompile(`^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*api/v1/$`)
