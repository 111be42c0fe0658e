package ongoingtest

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Kind is a way in which a call fails.
type Kind string

const (
	// Status answers with Fault.Status, Fault.RetryAfter and Fault.Body. The call takes effect only with Fault.Effect.
	Status Kind = "status"
	// TimeoutBefore and TimeoutAfter never answer. The call takes effect only with TimeoutAfter.
	TimeoutBefore Kind = "timeout before"
	TimeoutAfter  Kind = "timeout after"
	// ResetBefore and ResetAfter reset the connection. The call takes effect only with ResetAfter.
	ResetBefore Kind = "reset before"
	ResetAfter  Kind = "reset after"
	// Truncated closes the connection in the middle of the answer. The call takes effect.
	Truncated Kind = "truncated"
	// CutJSON sends a complete HTTP response with half of the JSON, as a proxy can do. The call takes effect.
	CutJSON Kind = "cut JSON"
	// Oversized sends Fault.Size bytes of white space before the answer, 64 MiB by default. The call takes effect.
	Oversized Kind = "oversized"
	// HTML answers with an HTML page and the status 200, or Fault.Status. The call has no effect.
	HTML Kind = "HTML with 200"
	// EmptyBody answers without a body. The call takes effect.
	EmptyBody Kind = "empty body"
	// WrongType answers with another Content-Type. The call takes effect.
	WrongType Kind = "wrong content type"
	// SlowDrip sends the answer byte by byte, Fault.Delay apart (default: one second). The call takes effect.
	SlowDrip Kind = "slow drip"
	// MissingID answers a write with null as its id. The call takes effect.
	MissingID Kind = "missing id"
	// Redirect answers 302 with Fault.Body as the location. The call has no effect.
	Redirect Kind = "redirect"
	// Late answers correctly after Fault.Delay. The call takes effect.
	Late Kind = "late"
)

// A Fault makes matching calls fail.
type Fault struct {
	// Op is method and route, e.g. "PUT /orders" or "GET /orders/{orderId}". Empty matches any.
	Op string
	// WritesOnly matches only writes.
	WritesOnly bool
	// GoodsOwner and Key match calls by their Entry's fields. The zero values match any.
	GoodsOwner int
	Key        string
	// Nth is the first matching call that fails, counted from 1 since the fault was set. 0 means 1.
	Nth int
	// Times is the number of consecutive matching calls that fail. 0 means 1, -1 means all.
	Times int

	Kind Kind
	// Status, RetryAfter and Body belong to the kind Status. An empty Body means the service's usual error body.
	Status     int
	RetryAfter string
	Body       string
	// Effect makes the call take effect although its kind is Status.
	Effect bool
	Delay  time.Duration
	Size   int

	seen int
}

// Fault sets a fault. If several match a call, all of them count it and the first one that is due applies.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Nth, f.seen = max(f.Nth, 1), 0
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// dueFault returns the fault that is due for a call, or nil.
func (s *Server) dueFault(r *request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due *Fault
	for _, f := range s.faults {
		if !f.matches(*r.entry) {
			continue
		}
		f.seen++
		if due == nil && f.seen >= f.Nth && (f.Times < 0 || f.seen < f.Nth+f.Times) {
			due = f
		}
	}
	if due != nil {
		r.entry.Fault = due.Kind
	}
	return due
}

func (f *Fault) matches(e Entry) bool {
	return (f.Op == "" || f.Op == e.Operation) && (!f.WritesOnly || e.Write) &&
		(f.GoodsOwner == 0 || f.GoodsOwner == e.GoodsOwner) && (f.Key == "" || f.Key == e.Key)
}

func (f *Fault) takesEffect() bool {
	switch f.Kind {
	case TimeoutBefore, ResetBefore, HTML, Redirect:
		return false
	case Status:
		return f.Effect
	default:
		return true
	}
}

// send answers a call, with its fault if it is not nil, and completes its journal entry.
func (s *Server) send(w http.ResponseWriter, r *request, a reply, f *Fault) {
	header := w.Header()
	header.Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	header.Set("Content-Type", "application/json; charset=utf-8")
	maps.Copy(header, a.header)
	if f != nil {
		a = f.changeReply(a, header)
	}
	body := encode(a.body)
	if f != nil && f.Kind == CutJSON && a.status < 300 {
		body = body[:len(body)/2]
	}
	if f != nil && !f.prepare(s, w, r) {
		s.end(r, 0, nil, nil)
		return
	}
	header.Set("Content-Length", strconv.Itoa(f.paddingBytes()+len(body)))
	s.end(r, a.status, header, body)
	w.WriteHeader(a.status)
	if f == nil {
		_, _ = w.Write(body)
	} else {
		f.write(s, w, r, body)
	}
}

func encode(body any) []byte {
	switch b := body.(type) {
	case nil:
		return nil
	case raw:
		return b
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			panic(err) // impossible: an answer has only values that can be encoded
		}
		return encoded
	}
}

// raw is an encoded body.
type raw []byte

// rows returns an answer with these rows, or null if there are none, which the definition allows.
func rows(items []object) reply {
	if len(items) == 0 {
		return reply{status: http.StatusOK, body: raw("null")}
	}
	return reply{status: http.StatusOK, body: items}
}

// changeReply returns the answer that the fault makes of an answer.
func (f *Fault) changeReply(a reply, header http.Header) reply {
	switch f.Kind {
	case Status:
		a = errorReply(f.Status, "Fault %d", f.Status)
		if f.Status >= 500 {
			a.body = internalError().body
		}
		if f.Body != "" {
			a.body = raw(f.Body)
		}
		a.status = f.Status
		if f.RetryAfter != "" {
			header.Set("Retry-After", f.RetryAfter)
		}
	case HTML:
		header.Set("Content-Type", "text/html")
		status := cmp.Or(f.Status, http.StatusOK)
		a = reply{status: status, body: raw("<!DOCTYPE html><html><body>Down for maintenance</body></html>")}
	case EmptyBody:
		a.body = nil
	case WrongType:
		header.Set("Content-Type", "application/octet-stream")
	case Redirect:
		header.Set("Location", f.Body)
		a = reply{status: http.StatusFound}
	case MissingID:
		if o, ok := a.body.(object); ok {
			for _, name := range []string{"orderId", "articleSystemId"} {
				if _, has := o[name]; has {
					o[name] = nil
				}
			}
		}
	default:
	}
	return a
}

// prepare applies the fault to the connection before the answer. It reports whether an answer is sent.
func (f *Fault) prepare(s *Server, w http.ResponseWriter, r *request) bool {
	switch f.Kind {
	case ResetBefore, ResetAfter:
		reset(w)
		return false
	case TimeoutBefore, TimeoutAfter:
		s.wait(r, 0)
		reset(w)
		return false
	case Late:
		return s.wait(r, f.Delay)
	default:
		return true
	}
}

// paddingBytes returns the number of bytes before the answer.
func (f *Fault) paddingBytes() int {
	switch {
	case f == nil || f.Kind != Oversized:
		return 0
	case f.Size == 0:
		return 64 << 20
	default:
		return f.Size
	}
}

// write sends the body: with white space before it, half of it, or byte by byte.
func (f *Fault) write(s *Server, w http.ResponseWriter, r *request, body []byte) {
	switch f.Kind {
	case Truncated:
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case SlowDrip:
		f.drip(s, w, r, body)
	default:
		_, _ = io.CopyN(w, spaces{}, int64(f.paddingBytes()))
		_, _ = w.Write(body)
	}
}

// spaces is an endless reader of space characters.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func (f *Fault) drip(s *Server, w http.ResponseWriter, r *request, body []byte) {
	delay, flush := f.Delay, http.NewResponseController(w)
	if delay == 0 {
		delay = time.Second
	}
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil || flush.Flush() != nil || !s.wait(r, delay) {
			panic(http.ErrAbortHandler)
		}
	}
}

// wait waits for d, or until the caller or the server has gone if d is 0. It reports whether the caller is still there.
func (s *Server) wait(r *request, d time.Duration) bool {
	var elapsed <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-elapsed:
		return true
	case <-r.Context().Done():
		return false
	case <-s.closing:
		return false
	}
}

// reset resets the connection, so that the caller gets an error at once.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if wire, ok := conn.(*recordingConn); ok {
		if tcp, ok := wire.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	_ = conn.Close()
}

// failures counts the consecutive failed calls of one operation by one user.
type failures struct {
	count int
	until time.Time
}

func (s *Server) failuresOf(r *request) *failures {
	key := strings.Join([]string{r.operation.warehouse, r.user.name, r.operation.String()}, "\n")
	if s.failures[key] == nil {
		s.failures[key] = &failures{}
	}
	return s.failures[key]
}

// checkRateLimit reports whether a user has exceeded the limit of failures of an operation, and returns the reply.
func (s *Server) checkRateLimit(r *request) (reply, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.FailureLimit == 0 {
		return reply{}, false
	}
	f := s.failuresOf(r)
	left := f.until.Sub(s.options.Now())
	if left <= 0 {
		return reply{}, false
	}
	answer := errorReply(http.StatusTooManyRequests, "Too many consecutive failed calls.")
	answer.header = http.Header{"Retry-After": {strconv.Itoa(int(left/time.Second) + 1)}}
	return answer, true
}

// countFailures counts consecutive failures. A success resets the count. It returns the reply unchanged.
func (s *Server) countFailures(r *request, a reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.FailureLimit == 0 || r.user == nil || a.status == http.StatusTooManyRequests {
		return a
	}
	f := s.failuresOf(r)
	if a.status < 400 {
		*f = failures{}
	} else if f.count++; f.count >= s.options.FailureLimit {
		*f = failures{until: s.options.Now().Add(s.options.FailureWindow)}
	}
	return a
}
