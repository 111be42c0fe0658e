package office24test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Kind is a way in which a call goes wrong.
type Kind string

// The kinds of faults. Those of the first group take the place of the call, unless AfterEffect is set; those of the
// second spoil the answer of a call that took effect.
const (
	Status          Kind = "status"           // Fault.Status with a page, and RetryAfter if given
	Hang            Kind = "hang"             // no answer for Fault.Delay, or until the caller gives up
	Reset           Kind = "reset"            // the connection is reset
	HTML            Kind = "html"             // a page with status 200
	Empty           Kind = "empty"            // status 200 and no body
	SOAPFault       Kind = "soap fault"       // Fault.Text as a fault
	SessionExpired  Kind = "session expired"  // the session is ended
	IdentityBlocked Kind = "identity blocked" // as for a login with a blocked identity
	Quarantine      Kind = "quarantine"       // the hourly quota is used up; Text may replace the moment it ends

	ItemException Kind = "item exception" // each record of a save is refused, with Fault.Type and Fault.Text
	Truncate      Kind = "truncate"       // the body ends in the middle
	Oversize      Kind = "oversize"       // the body does not end
	BigText       Kind = "big text"       // one text of 10 MB
	ContentType   Kind = "content type"   // the right body as application/json
	Doctype       Kind = "doctype"        // a document type declaration with an entity, and its use
	Malformed     Kind = "malformed"      // tags that do not match
	Drip          Kind = "drip"           // the body a byte at a time, Fault.Delay apart
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Status, Hang, Reset, HTML, Empty, SOAPFault, SessionExpired, IdentityBlocked, Quarantine,
		ItemException, Truncate, Oversize, BigText, ContentType, Doctype, Malformed, Drip,
	}
}

// A Fault makes calls go wrong.
type Fault struct {
	Op     string // operation; empty is any
	Tenant int64  // client number; 0 is any
	Key    string // of a write; empty is any
	Nth    int    // the first call to go wrong, counted among the matching ones from when the fault is set; 0 is 1
	Times  int    // how many go wrong from then on; 0 is 1, negative is all
	Kind   Kind

	AfterEffect bool          // the call takes effect first
	Status      int           // of Status; 0 is 503
	RetryAfter  string        // header Retry-After of Status
	Text        string        // of SOAPFault, Quarantine and ItemException
	Type        string        // of ItemException
	Delay       time.Duration // of Hang and Drip
}

// A rule is a Fault and how often it was met.
type rule struct {
	Fault
	met int
}

// Fault sets a fault. Several may be set; the first that is due wins, and all of them count.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &rule{Fault: f})
}

// ClearFaults takes all faults away.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// trouble returns the fault that is due for a call, nil for none.
func (s *Server) trouble(call Call) *Fault {
	var due *Fault
	for _, r := range s.rules {
		if r.Op != "" && r.Op != call.Operation || r.Tenant != 0 && r.Tenant != call.Tenant || r.Key != "" && r.Key != call.Key {
			continue
		}
		r.met++
		first := max(r.Nth, 1)
		last := first + max(r.Times, 1) - 1
		if due == nil && r.met >= first && (r.Times < 0 || r.met <= last) {
			f := r.Fault
			due = &f
		}
	}
	return due
}

// instead tells whether the fault takes the place of the call.
func (f *Fault) instead() bool {
	switch f.Kind {
	case Status, Hang, Reset, HTML, Empty, SOAPFault, SessionExpired, IdentityBlocked, Quarantine:
		return !f.AfterEffect
	default:
		return false
	}
}

// fail answers with the fault. The answer is that of the call, nil where it did not take place.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, request []byte, f *Fault, answer *reply) {
	switch f.Kind {
	case Hang:
		s.record(r, request, nil)
		s.wait(r, f.Delay)
		panic(http.ErrAbortHandler)
	case Reset:
		s.record(r, request, nil)
		reset(w)
	case Truncate:
		s.truncate(w, r, request, answer)
	case Oversize:
		s.pour(w, r, request, answer)
	case Drip:
		s.drip(w, r, request, answer, f.Delay)
	default:
		s.send(w, r, request, s.spoilt(f, answer))
	}
}

// spoilt returns the reply of a fault that is a reply.
func (s *Server) spoilt(f *Fault, answer *reply) *reply {
	switch f.Kind {
	case Status:
		page := plainReply(max(f.Status, 0))
		if f.Status == 0 {
			page = plainReply(http.StatusServiceUnavailable)
		}
		if f.RetryAfter != "" {
			page.header = map[string]string{"Retry-After": f.RetryAfter}
		}
		return page
	case HTML:
		return plainReply(http.StatusOK)
	case Empty:
		return soapReply(http.StatusOK, nil)
	case SOAPFault:
		return faultReply(f.Text)
	case SessionExpired:
		return faultReply("Session is not authenticated")
	case IdentityBlocked:
		return faultReply("Provided IdentityId is blocked. Please use GetIdentitiesWithCredential to get a valid identity")
	case Quarantine:
		end := f.Text
		if end == "" {
			end = nextHour(s.options.Now()).Format("2006-01-02T15:04:05Z")
		}
		return faultReply(quarantine(1, end))
	}
	spoilt := *answer
	switch f.Kind {
	case BigText:
		spoilt.body = inside(answer.body, bytes.Repeat([]byte("a"), 10<<20))
	case ContentType:
		spoilt.contentType = "application/json"
	case Doctype:
		const declaration = `<!DOCTYPE lolz [<!ENTITY lol "lol">]>`
		spoilt.body = append([]byte(declaration), inside(answer.body[len(xmlDeclaration):], []byte("&lol;"))...)
	case Malformed:
		spoilt.body = inside(answer.body, []byte("</Product></InvoiceOrder>"))
	}
	return &spoilt
}

// inside puts bytes into an answer, right into what its body holds.
func inside(body, more []byte) []byte {
	before, after := split(body)
	return bytes.Join([][]byte{before, more, after}, nil)
}

// split cuts an answer inside the response element, or the body where that holds a fault.
func split(body []byte) (before, after []byte) {
	for _, mark := range []string{`xmlns="` + namespace + `">`, "<soap:Body>"} {
		if start, end, found := bytes.Cut(body, []byte(mark)); found {
			return append(slices.Clone(start), mark...), end
		}
	}
	return body, nil
}

func quarantine(over int, end string) string {
	return fmt.Sprintf("Limit exceeded by %d. Request is blocked. Quarantine ends at %s", over, end)
}

// send writes a reply.
func (s *Server) send(w http.ResponseWriter, r *http.Request, request []byte, answer *reply) {
	s.record(r, request, answer)
	s.head(w, answer, len(answer.body))
	_, _ = w.Write(answer.body)
}

func (s *Server) head(w http.ResponseWriter, answer *reply, length int) {
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", answer.contentType)
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(answer.status)
}

// wait returns after the delay, if there is one, or when the caller or the server has gone.
func (s *Server) wait(r *http.Request, delay time.Duration) {
	var over <-chan time.Time
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// reset closes the connection so that the other end gets an error, not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// truncate promises the whole body and sends half of it.
func (s *Server) truncate(w http.ResponseWriter, r *http.Request, request []byte, answer *reply) {
	half := *answer
	half.body = answer.body[:len(answer.body)/2]
	s.record(r, request, &half)
	s.head(w, answer, len(answer.body))
	_, _ = w.Write(half.body)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// pour sends a result that does not end, until the caller has had enough.
func (s *Server) pour(w http.ResponseWriter, r *http.Request, request []byte, answer *reply) {
	filler := []byte(strings.Repeat("<Filler>"+strings.Repeat("x", 1000)+"</Filler>", 64))
	start, _ := split(answer.body)
	s.record(r, request, nil)
	s.head(w, answer, -1)
	_, err := w.Write(start)
	for err == nil && r.Context().Err() == nil {
		_, err = w.Write(filler)
	}
}

func (s *Server) drip(w http.ResponseWriter, r *http.Request, request []byte, answer *reply, delay time.Duration) {
	s.record(r, request, answer)
	s.head(w, answer, len(answer.body))
	for i := range answer.body {
		if r.Context().Err() != nil {
			return
		}
		_, _ = w.Write(answer.body[i : i+1])
		_ = http.NewResponseController(w).Flush()
		s.wait(r, delay)
	}
}
