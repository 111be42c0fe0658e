package lambdahost

import (
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
)

// hourlyShare is how many calls of 24SevenOffice a process may make for a customer in an hour. The vendor allows 7,200
// (FAQ); above that it refuses all calls until the next full hour. What takes goods in must not use them all: those of
// articles, salesorders and suppliers together leave 2,700 for shipments and stock, and stock leaves 900 for shipments,
// which has no limit of its own. Each process counts only its own calls.
func hourlyShare(p naming.Process) (calls int, limited bool) {
	switch p {
	case naming.SalesOrders:
		return 3000, true
	case naming.Articles:
		return 1200, true
	case naming.Suppliers:
		return 300, true
	case naming.Stock:
		return 1800, true
	default:
		return 0, false
	}
}

// A usageCounter counts the calls of a connection to 24SevenOffice and their bytes, of request and answer, after the
// answer is decompressed: the vendor does not say how it counts. It refuses calls beyond the share of an hour, as the
// vendor would, until the next full hour.
type usageCounter struct {
	next  http.RoundTripper
	now   func() time.Time
	share hourShare

	calls, bytes atomic.Int64
	refused      atomic.Bool
}

// An hourShare counts the calls of an hour: those of this run, and those that earlier runs have made in it.
type hourShare struct {
	share   int
	limited bool

	mu            sync.Mutex
	hour          time.Time
	earlier, made int
}

// take counts a call and reports whether it is within the share.
func (s *hourShare) take(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if hour := now.Truncate(time.Hour); hour.After(s.hour) {
		s.hour, s.earlier, s.made = hour, 0, 0
	}
	if s.limited && s.earlier+s.made >= s.share {
		return false
	}
	s.made++
	return true
}

// madeAt returns how many calls this run has made in the hour of a time.
func (s *hourShare) madeAt(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Truncate(time.Hour).After(s.hour) {
		return 0
	}
	return s.made
}

// RoundTrip makes a call or refuses it.
func (u *usageCounter) RoundTrip(r *http.Request) (*http.Response, error) {
	if !u.share.take(u.now()) {
		u.refused.Store(true)
		return u.refusal(r), nil
	}
	u.calls.Add(1)
	u.bytes.Add(max(r.ContentLength, 0))
	response, err := u.next.RoundTrip(r)
	if err == nil {
		response.Body = &countedBody{response.Body, &u.bytes}
	}
	return response, err
}

func (u *usageCounter) refusal(r *http.Request) *http.Response {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	now := u.now()
	rest := now.Truncate(time.Hour).Add(time.Hour).Sub(now)
	return &http.Response{
		Status: "429 share of the hour is spent", StatusCode: http.StatusTooManyRequests,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Retry-After": {strconv.Itoa(int((rest + time.Second - 1) / time.Second))}},
		Body:   http.NoBody, Request: r,
	}
}

// used returns what was used so far, and whether a call was refused.
func (u *usageCounter) used() (state.Usage, bool) {
	used := state.Usage{
		Calls: int(u.calls.Load()), Bytes: u.bytes.Load(), ThisHour: u.share.madeAt(u.now()),
	}
	return used, u.refused.Load()
}

// A countedBody counts the bytes that are read of an answer.
type countedBody struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes.Add(int64(n))
	return n, err
}
