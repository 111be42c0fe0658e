package lambdahost

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
)

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func TestUsageCounterCountsAndRefuses(t *testing.T) {
	t.Parallel()
	sent := 0
	now := time.Date(2026, 11, 2, 12, 59, 30, 0, time.UTC)
	u := &usageCounter{
		next: transport(func(*http.Request) (*http.Response, error) {
			sent++
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("1234567"))}, nil
		}),
		now:   func() time.Time { return now },
		share: hourShare{share: 5, earlier: 3, limited: true, hour: now.Truncate(time.Hour)},
	}
	call := func() (status int, retryAfter string) {
		t.Helper()
		body := strings.NewReader("123")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example", body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := u.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, response.Header.Get("Retry-After")
	}
	for range 2 {
		call()
	}
	if got, refused := u.used(); got != (state.Usage{Calls: 2, Bytes: 20, ThisHour: 2}) || refused {
		t.Errorf("used %+v, refused %t", got, refused)
	}
	if status, retryAfter := call(); status != http.StatusTooManyRequests || retryAfter != "30" {
		t.Errorf("got %d, Retry-After %q", status, retryAfter)
	}
	if got, refused := u.used(); got.Calls != 2 || !refused || sent != 2 {
		t.Errorf("used %+v, refused %t, sent %d", got, refused, sent)
	}
	now = now.Add(time.Minute) // the next hour has a share of its own
	for n := range 6 {
		if status, retryAfter := call(); (status == http.StatusOK) != (n < 5) || n == 5 && retryAfter != "3570" {
			t.Errorf("call %d: got %d, Retry-After %q", n, status, retryAfter)
		}
	}
	if got, _ := u.used(); got.Calls != 7 || got.ThisHour != 5 {
		t.Errorf("used %+v", got)
	}
}

// The vendor allows 7,200 calls an hour (FAQ).
func TestSharesLeaveCallsForShipmentsAndStock(t *testing.T) {
	t.Parallel()
	imports, all := 0, 0
	for _, e := range naming.Entries() {
		share, limited := hourlyShare(e.Process)
		all += share
		switch e.Process {
		case naming.Shipments:
			if limited {
				t.Error("shipments has a limit of its own")
			}
		case naming.Stock:
		default:
			imports += share
		}
	}
	if imports > 7200-2700 || all > 7200-900 {
		t.Errorf("imports take %d calls, all but shipments %d", imports, all)
	}
}
