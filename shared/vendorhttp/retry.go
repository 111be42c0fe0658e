package vendorhttp

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The limits of repeated calls are the same for both vendors. Attempts are few because Ongoing counts consecutive
// failures: five in ten minutes, by the example of its guide.
const (
	Attempts       = 3 // of one call, the first included
	DefaultBackoff = 500 * time.Millisecond
	// LongestPause is the longest wait between two attempts. A longer one that the vendor asks for is left to the next
	// run: the invocation's time belongs to other customers.
	LongestPause = 5 * time.Second
)

// A Retry decides whether a failed attempt is followed by another one, and pauses in between.
type Retry struct {
	// Backoff is the pause before the second attempt; each further pause is twice as long. All are jittered. 0 means
	// DefaultBackoff.
	Backoff time.Duration
	// Now is the clock that notBefore is compared with.
	Now func() time.Time
	// Sleep waits; it returns an error if the context ends first. nil waits on a timer.
	Sleep func(context.Context, time.Duration) error
}

// Wait pauses after attempt n, counted from 1, and reports whether another attempt is to be made. It returns false
// without a pause if there were Attempts attempts, or if the pause would outlast LongestPause or the context.
// notBefore is the time that the vendor asked to wait for; zero if it did not.
func (r Retry) Wait(ctx context.Context, n int, notBefore time.Time) bool {
	if n >= Attempts || ctx.Err() != nil {
		return false
	}
	pause := cmp.Or(r.Backoff, DefaultBackoff) << (n - 1)
	pause = pause/2 + rand.N(pause/2+1) //nolint:gosec // jitter is not a secret
	if !notBefore.IsZero() {
		pause = max(pause, notBefore.Sub(r.Now()))
	}
	// A context's deadline is in the machine's time, even if r.Now is another clock.
	deadline, limited := ctx.Deadline()
	if pause > LongestPause || limited && pause >= time.Until(deadline) {
		return false
	}
	if r.Sleep != nil {
		return r.Sleep(ctx, pause) == nil
	}
	return sleep(ctx, pause) == nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LongestRetryAfter is the longest pause that a vendor is granted. Both vendors count their calls by the hour or less,
// so a longer one is a mistake of theirs, or of a proxy, that would stop a customer for good.
const LongestRetryAfter = time.Hour

// RetryAfter reads the Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3), at most LongestRetryAfter from
// now. A date is one of the service's clock, so it is read relative to the Date header of the same answer. Zero if
// there is no header or it is neither.
func RetryAfter(h http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(h.Get("Retry-After"))
	latest := now.Add(LongestRetryAfter)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return latest.UTC()
		}
		return Earlier(now.Add(time.Duration(seconds)*time.Second), latest).UTC()
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return time.Time{}
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		at = now.Add(max(0, at.Sub(sent)))
	}
	return Earlier(at, latest).UTC()
}

// Earlier returns the earlier of two times.
func Earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
