package ongoingtest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Kind is a way in which a call fails.
type Kind string

const (
	// Status answers with Fault.Status, and Retry-After and Body where given.
	Status Kind = "status"
	// TimeoutBefore and TimeoutAfter never answer; the call takes effect in the latter.
	TimeoutBefore Kind = "timeout before"
	TimeoutAfter  Kind = "timeout after"
	// ResetBefore and ResetAfter break the connection; the call takes effect in the latter.
	ResetBefore Kind = "reset before"
	ResetAfter  Kind = "reset after"
	// Truncated breaks the connection in the middle of the answer. The call takes effect.
	Truncated Kind = "truncated"
	// CutJSON ends the answer properly in the middle of its JSON, as a proxy does. The call takes effect.
	CutJSON Kind = "cut JSON"
	// Oversized puts Fault.Size bytes of white space before the answer, 64 MiB by default. The call takes effect.
	Oversized Kind = "oversized"
	// HTML answers 200 with a page for people, without effect.
	HTML Kind = "HTML with 200"
	// EmptyBody answers 200 with nothing. The call takes effect.
	EmptyBody Kind = "empty body"
	// WrongType answers properly but for the Content-Type. The call takes effect.
	WrongType Kind = "wrong content type"
	// SlowDrip sends the answer byte by byte, Fault.Delay apart (default one second). The call takes effect.
	SlowDrip Kind = "slow drip"
	// MissingID answers a write with null for the id. The call takes effect.
	MissingID Kind = "missing id"
	// Redirect answers 302 to Fault.Body, without effect.
	Redirect Kind = "redirect"
	// Late answers properly after Fault.Delay.
	Late Kind = "late"
)

// A Fault makes matching calls fail.
type Fault struct {
	// Op is method and route, e.g. "PUT /orders" or "GET /orders/{orderId}". Empty: any.
	Op string
	// WritesOnly leaves reads alone.
	WritesOnly bool
	// GoodsOwner is whose calls fail; Key is the record whose calls fail, as in Entry.Key. Zero: any.
	GoodsOwner int
	Key        string
	// Nth is the first matching call that fails, counted from 1 and from the moment the fault was set. 0 means 1.
	Nth int
	// Times is how many matching calls fail from then on. 0 means 1, -1 all.
	Times int

	Kind Kind
	// Status, RetryAfter and Body go with the kind Status. A Body that is empty means the service's usual error body.
	Status     int
	RetryAfter string
	Body       string
	// Effect lets the call take effect where the kind Status alone would not.
	Effect bool
	Delay  time.Duration
	Size   int

	seen int
}

// Fault sets a fault. Of several that match a call, the first set that is due has its way.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Nth, f.seen = max(f.Nth, 1), 0
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// ClearFaults takes all faults away.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault returns the fault that is due for a call, nil for none.
func (s *Server) fault(r *request) *Fault {
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

// send answers a call, unless a fault has it otherwise, and writes it down.
func (s *Server) send(w http.ResponseWriter, r *request, a reply, f *Fault) {
	header := w.Header()
	header.Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	header.Set("Content-Type", "application/json; charset=utf-8")
	for name, values := range a.header {
		header[name] = values
	}
	if f != nil {
		a = f.change(a, header)
	}
	body := encode(a.body)
	if f != nil && f.Kind == CutJSON && a.status < 300 {
		body = body[:len(body)/2]
	}
	if f != nil && !f.answers(s, w, r) {
		s.end(r, 0, nil, nil)
		return
	}
	header.Set("Content-Length", strconv.Itoa(f.padding()+len(body)))
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
			panic(err) // an answer is made of values that can be written
		}
		return encoded
	}
}

// raw is a body that is sent as it is.
type raw []byte

// rows is an answer of rows: null when there are none, as the definition allows.
func rows(items []object) reply {
	if len(items) == 0 {
		return reply{status: http.StatusOK, body: raw("null")}
	}
	return reply{status: http.StatusOK, body: items}
}

// change turns the answer into the one that the fault gives.
func (f *Fault) change(a reply, header http.Header) reply {
	switch f.Kind {
	case Status:
		a = failed(f.Status, "Fault %d", f.Status)
		if f.Status >= 500 {
			a.body = broken().body
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
		a = reply{status: http.StatusOK, body: raw("<!DOCTYPE html><html><body>Down for maintenance</body></html>")}
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
	}
	return a
}

// answers does what happens to the connection before an answer, and tells whether there will be one.
func (f *Fault) answers(s *Server, w http.ResponseWriter, r *request) bool {
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

// padding is how many bytes come before the answer.
func (f *Fault) padding() int {
	switch {
	case f == nil || f.Kind != Oversized:
		return 0
	case f.Size == 0:
		return 64 << 20
	default:
		return f.Size
	}
}

// write sends the body: whole, after much white space, half of it, or each byte by itself.
func (f *Fault) write(s *Server, w http.ResponseWriter, r *request, body []byte) {
	switch f.Kind {
	case Truncated:
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case SlowDrip:
		f.drip(s, w, r, body)
	default:
		_, _ = io.CopyN(w, spaces{}, int64(f.padding()))
		_, _ = w.Write(body)
	}
}

// spaces is an endless reader of them.
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

// wait lets time pass, all of it when d is 0, and tells whether the caller is still there.
func (s *Server) wait(r *request, d time.Duration) bool {
	var passed <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-passed:
		return true
	case <-r.Context().Done():
		return false
	case <-s.closing:
		return false
	}
}

// reset breaks the connection so that the caller sees it at once.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if wire, ok := conn.(*wire); ok {
		if tcp, ok := wire.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	_ = conn.Close()
}

// failures counts the consecutive failed calls of one operation by one user.
type failures struct {
	inRow int
	until time.Time
}

func (s *Server) failuresOf(r *request) *failures {
	key := strings.Join([]string{r.operation.warehouse, r.user.name, r.operation.String()}, "\n")
	if s.failures[key] == nil {
		s.failures[key] = &failures{}
	}
	return s.failures[key]
}

// limited tells whether a user has failed too often with an operation to be heard.
func (s *Server) limited(r *request) (reply, bool) {
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
	answer := failed(http.StatusTooManyRequests, "Too many consecutive failed calls.")
	answer.header = http.Header{"Retry-After": {strconv.Itoa(int(left/time.Second) + 1)}}
	return answer, true
}

// count keeps the consecutive failures; the first success ends a row of them.
func (s *Server) count(r *request, a reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.FailureLimit == 0 || r.user == nil || a.status == http.StatusTooManyRequests {
		return a
	}
	f := s.failuresOf(r)
	if a.status < 400 {
		*f = failures{}
	} else if f.inRow++; f.inRow >= s.options.FailureLimit {
		*f = failures{until: s.options.Now().Add(s.options.FailureWindow)}
	}
	return a
}
