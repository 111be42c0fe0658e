package settings

import (
	"net/url"
	"regexp"
	"strings"

	"ongoing24so/shared/allowedhosts"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// baseURL reads the address of a warehouse's API. A refused address is not quoted: it may hold credentials.
func baseURL(dst *string, hosts allowedhosts.List) rule {
	r := rule{kind: "S", allowed: "an https URL to one of the allowed hosts that ends in /api/v1/"}
	r.read = func(path string, v types.AttributeValue) []string {
		s, ok := textOf(v)
		if !ok {
			return r.refuse(path, v)
		}
		if err := hosts.Allow(s); err != nil {
			return r.because(path, "is refused: "+err.Error())
		}
		u, err := url.Parse(s)
		if err != nil || u.ForceQuery || u.RawQuery != "" || strings.Contains(s, "#") {
			return r.because(path, "has a query or a fragment")
		}
		route := strings.TrimSuffix(u.EscapedPath(), "/") + "/"
		if !apiPath.MatchString(route) {
			return r.because(path, "has another path")
		}
		*dst = u.Scheme + "://" + strings.ToLower(u.Host) + route
		return nil
	}
	return r
}

// apiPath is a warehouse's path as it is published: plain segments, none of which starts with a dot.
var apiPath = regexp.MustCompile(`^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*api/v1/$`)
