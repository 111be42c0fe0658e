package vendorhttp

import (
	"fmt"
	"net/http"
)

// StatusText says in plain words what an HTTP status of a vendor that is not a success means, and keeps the status:
// "24SevenOffice does not answer (HTTP status 503)". vendor is the name that people know.
func StatusText(vendor string, status int) string {
	return fmt.Sprintf("%s %s (HTTP status %d)", vendor, meaning(status), status)
}

func meaning(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "refuses the login"
	case status == http.StatusForbidden:
		return "refuses access"
	case status == http.StatusNotFound:
		return "does not find what it was asked for"
	case status == http.StatusRequestTimeout:
		return "takes too long"
	case status == http.StatusTooManyRequests:
		return "asks us to slow down"
	// 502 and 504 come from what is in front of the service.
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return "does not answer"
	case status >= 500:
		return "fails with an error of its own"
	case status >= 400:
		return "refuses the request"
	case status >= 300:
		return "answers with a redirect, which is not followed"
	default:
		return "gives an unexpected answer"
	}
}

// Quote adds a vendor's own words, which are fit for a message, to what they mean; words can be empty.
func Quote(meaning, words string) string {
	if words == "" {
		return meaning
	}
	return meaning + `: "` + words + `"`
}
