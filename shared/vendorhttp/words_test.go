package vendorhttp_test

import (
	"fmt"
	"strings"
	"testing"

	"ongoing24so/shared/vendorhttp"
)

func TestStatusTextSaysWhatAStatusMeansAndKeepsIt(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		204: "gives an unexpected answer",
		302: "answers with a redirect, which is not followed",
		400: "refuses the request",
		401: "refuses the login",
		403: "refuses access",
		404: "does not find what it was asked for",
		408: "takes too long",
		409: "refuses the request",
		429: "asks us to slow down",
		500: "fails with an error of its own",
		502: "does not answer",
		503: "does not answer",
		504: "does not answer",
		599: "fails with an error of its own",
	} {
		want = fmt.Sprintf("Ongoing WMS %s (HTTP status %d)", want, status)
		if got := vendorhttp.StatusText("Ongoing WMS", status); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestQuoteKeepsTheVendorsWordsApart(t *testing.T) {
	t.Parallel()
	if got := vendorhttp.Quote("it refuses this", ""); got != "it refuses this" {
		t.Errorf("without words: %q", got)
	}
	got := vendorhttp.Quote("it refuses this", "Felt «sku»: 5% for mye.")
	if !strings.HasSuffix(got, `: "Felt «sku»: 5% for mye."`) {
		t.Errorf("got %q", got)
	}
}
