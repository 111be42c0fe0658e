package vendorhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRetryWaitsWithinItsLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	ending, cancelEnding := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancelEnding)
	tests := map[string]struct {
		ctx       context.Context //nolint:containedctx // a test case
		backoff   time.Duration
		attempt   int
		notBefore time.Time
		again     bool
		from, to  time.Duration // of the pause
	}{
		"first pause by default": {attempt: 1, again: true, from: 250 * time.Millisecond, to: 500 * time.Millisecond},
		"second pause is twice the first": {
			backoff: time.Second, attempt: 2, again: true, from: time.Second, to: 2 * time.Second,
		},
		"no attempt is left": {attempt: vendorhttp.Attempts},
		"the vendor asks for a longer pause": {
			attempt: 1, notBefore: now.Add(3 * time.Second), again: true, from: 3 * time.Second, to: 3 * time.Second,
		},
		"the vendor asks for less than the pause": {
			backoff: time.Second, attempt: 1, notBefore: now, again: true, from: time.Second / 2, to: time.Second,
		},
		"the vendor asks for too long a pause": {attempt: 1, notBefore: now.Add(vendorhttp.LongestPause + 1)},
		"the context ends before the pause":    {ctx: ending, attempt: 1, notBefore: now.Add(2 * time.Second)},
		"the context has ended":                {ctx: canceled, attempt: 1},
	}
	for name, tt := range tests {
		ctx := tt.ctx
		if ctx == nil {
			ctx = t.Context()
		}
		var slept time.Duration
		retry := vendorhttp.Retry{
			Backoff: tt.backoff,
			Now:     func() time.Time { return now },
			Sleep: func(_ context.Context, d time.Duration) error {
				slept = d
				return nil
			},
		}
		if again := retry.Wait(ctx, tt.attempt, tt.notBefore); again != tt.again || slept < tt.from || slept > tt.to {
			t.Errorf("%s: another attempt %t after %s, want %t after %s to %s", name, again, slept, tt.again, tt.from,
				tt.to)
		}
	}
}

func TestRetrySleepEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	start := time.Now()
	if (vendorhttp.Retry{Backoff: 4 * time.Second, Now: time.Now}).Wait(ctx, 1, time.Time{}) {
		t.Error("another attempt is made although the context has ended")
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("waited %s", took)
	}
}

func TestRetryAfterReadsBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	const skew = 5 * time.Minute // the service's clock is ahead
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := map[string]struct {
		header, date string
		want         time.Time
	}{
		"no header": {},
		"seconds":   {header: "120", date: date(skew), want: now.Add(2 * time.Minute)},
		"date of the service's clock": {
			header: date(skew + time.Hour),
			date:   date(skew),
			want:   now.Add(time.Hour),
		},
		"date without the service's clock": {header: date(time.Hour), want: now.Add(time.Hour)},
		"date with a Date that is not one": {header: date(time.Hour), date: "soon", want: now.Add(time.Hour)},
		"date that has passed is now":      {header: date(0), date: date(skew), want: now},
		"old form of a date": {
			header: now.Format(time.RFC850),
			date:   date(-skew),
			want:   now.Add(skew),
		},
		"words":                      {header: "soon"},
		"negative number":            {header: "-5"},
		"an hour":                    {header: "3600", want: now.Add(time.Hour)},
		"a year counts as an hour":   {header: "31536000", want: now.Add(time.Hour)},
		"number that no clock holds": {header: "99999999999999999999", want: now.Add(time.Hour)},
		"date in a year":             {header: date(365 * 24 * time.Hour), want: now.Add(time.Hour)},
		"date in a year, with a Date": {
			header: date(365 * 24 * time.Hour),
			date:   date(skew),
			want:   now.Add(time.Hour),
		},
		"fractions of a second are not valid": {header: "1.5"},
	}
	for name, tt := range tests {
		h := http.Header{}
		h.Set("Retry-After", tt.header)
		h.Set("Date", tt.date)
		if got := vendorhttp.RetryAfter(h, now); !got.Equal(tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://api.vendor.example":          "https://api.vendor.example/",
		"https://api.vendor.example/acme/v1":  "https://api.vendor.example/acme/v1/",
		"https://api.vendor.example/acme/v1/": "https://api.vendor.example/acme/v1/",
		"http://127.0.0.1:8080":               "http://127.0.0.1:8080/",
		"http://[::1]:8080/":                  "http://[::1]:8080/",
		"http://localhost:8080":               "http://localhost:8080/",

		"http://api.vendor.example":            "", // shows the credentials
		"http://127.0.0.1.example.com":         "",
		"https://u:canary@api.vendor.example/": "",
		"https://api.vendor.example/?canary":   "",
		"https://api.vendor.example/#canary":   "",
		"https:///canary":                      "",
		"ftp://api.vendor.example/":            "",
		"https://a b:canary@x/":                "",
		"":                                     "",
	} {
		u, err := vendorhttp.ParseBaseURL(address)
		if (err == nil) != (want != "") || err == nil && u.String() != want {
			t.Errorf("%q: got %v, %v; want %q", address, u, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%q is quoted: %v", address, err)
		}
	}
}

func TestRedactedHidesTheStructAroundIt(t *testing.T) {
	t.Parallel()
	type credentials struct {
		vendorhttp.Redacted
		Password string
	}
	type config struct{ Credentials credentials }
	secret := config{credentials{Password: "canary"}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, secret, &secret.Credentials, []any{secret.Credentials})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "credentials", secret.Credentials, "config", secret)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "credentials", secret.Credentials, "config", secret)
	if err := json.NewEncoder(&out).Encode(map[credentials]config{secret.Credentials: secret}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) ||
		!strings.Contains(text, `{"[redacted]":{"Credentials":"[redacted]"}}`) {
		t.Errorf("printed %s", text)
	}
}

func TestLockGivesUpWithTheContext(t *testing.T) {
	t.Parallel()
	lock := vendorhttp.NewLock()
	if err := lock.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if lock.Lock(ctx) == nil {
		t.Error("the lock was taken twice")
	}
	lock.Unlock()
	if err := lock.Lock(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNewCallHasTheClassOfTheFailure(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		failure *errclass.Error
		want    vendorhttp.Call
	}{
		{nil, vendorhttp.Call{Operation: "GetProducts", Status: 200, Duration: time.Second}},
		{errclass.New(errclass.Rejected, "", ""), vendorhttp.Call{
			Operation: "GetProducts", Status: 200, Duration: time.Second, Class: errclass.Rejected,
		}},
		{errclass.New(errclass.Throttled, "", ""), vendorhttp.Call{
			Operation: "GetProducts", Status: 200, Duration: time.Second, Class: errclass.Throttled, Throttled: true,
		}},
	} {
		if got := vendorhttp.NewCall("GetProducts", 200, time.Second, tt.failure); got != tt.want {
			t.Errorf("got %+v, want %+v", got, tt.want)
		}
	}
}
