package office24test

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Kind is a way in which a call fails.
type Kind string

// The kinds of faults. Those of the first group prevent the effect of the call unless AfterEffect is set. Those of the
// second group change the answer of a call that takes effect.
const (
	Status          Kind = "status"           // Fault.Status with an HTML page and Fault.RetryAfter
	Hang            Kind = "hang"             // no answer for Fault.Delay, or until the caller leaves
	Reset           Kind = "reset"            // the connection is reset
	HTML            Kind = "html"             // an HTML page with status 200
	Empty           Kind = "empty"            // status 200 and no body
	SOAPFault       Kind = "soap fault"       // a SOAP fault with Fault.Text
	SessionExpired  Kind = "session expired"  // ends the session
	IdentityBlocked Kind = "identity blocked" // the fault of a login with a blocked identity
	Quarantine      Kind = "quarantine"       // the hourly quota is exceeded; Fault.Text replaces the time when it ends

	ItemException Kind = "item exception" // refuses each order of a save with Fault.Type and Fault.Text
	Truncate      Kind = "truncate"       // the body ends after a third
	Oversize      Kind = "oversize"       // the body does not end
	BigText       Kind = "big text"       // a text of 10 MB
	ContentType   Kind = "content type"   // the correct body as application/json
	Doctype       Kind = "doctype"        // a document type declaration with an entity, and a reference to it
	Malformed     Kind = "malformed"      // tags that do not match
	Drip          Kind = "drip"           // the body byte by byte, Fault.Delay apart
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Status, Hang, Reset, HTML, Empty, SOAPFault, SessionExpired, IdentityBlocked, Quarantine,
		ItemException, Truncate, Oversize, BigText, ContentType, Doctype, Malformed, Drip,
	}
}

// A Fault makes matching calls fail.
type Fault struct {
	Op     string // operation; empty matches any
	Tenant int64  // client number; 0 matches any
	Key    string // of a write; empty matches any
	Nth    int    // first matching call to fail, counted since the fault was set; 0 means 1
	Times  int    // number of consecutive matching calls to fail; 0 means 1, a negative number means all
	Kind   Kind

	AfterEffect bool          // the call takes effect first
	Status      int           // of Status; 0 means 503
	RetryAfter  string        // header Retry-After of Status
	Text        string        // of SOAPFault, Quarantine and ItemException
	Type        string        // of ItemException
	Delay       time.Duration // of Hang and Drip
}

// A countedFault is a Fault with the number of calls that matched it.
type countedFault struct {
	Fault
	matched int
}

// Fault sets a fault. If several match a call, all of them count it and the first one that is due applies.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &countedFault{Fault: f})
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// dueFault returns the fault that is due for a call, or nil.
func (s *Server) dueFault(call Call) *Fault {
	var due *Fault
	for _, f := range s.faults {
		if !f.matches(call) {
			continue
		}
		f.matched++
		first := max(f.Nth, 1)
		last := first + max(f.Times, 1) - 1
		if due == nil && f.matched >= first && (f.Times < 0 || f.matched <= last) {
			due = new(f.Fault)
		}
	}
	return due
}

func (f *Fault) matches(call Call) bool {
	return (f.Op == "" || f.Op == call.Operation) && (f.Tenant == 0 || f.Tenant == call.Tenant) &&
		(f.Key == "" || f.Key == call.Key || slices.Contains(strings.Split(call.Key, ","), f.Key))
}

// preventsEffect reports whether the fault prevents the effect of the call.
func (f *Fault) preventsEffect() bool {
	switch f.Kind {
	case Status, Hang, Reset, HTML, Empty, SOAPFault, SessionExpired, IdentityBlocked, Quarantine:
		return !f.AfterEffect
	default:
		return false
	}
}

// fail answers with the fault. The answer is that of the call, or nil if the fault prevented its effect.
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
		s.sendEndless(w, r, request, answer)
	case Drip:
		s.drip(w, r, request, answer, f.Delay)
	default:
		s.send(w, r, request, s.faultAnswer(f, answer))
	}
}

// faultAnswer returns the reply of a fault that answers with a whole reply.
func (s *Server) faultAnswer(f *Fault, answer *reply) *reply {
	switch f.Kind {
	case Status:
		page := plainReply(cmp.Or(f.Status, http.StatusServiceUnavailable))
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
		return faultReply(identityBlocked)
	case Quarantine:
		return faultReply(quarantine(1, cmp.Or(f.Text, nextHour(s.options.Now()).Format(utcLayout))))
	default:
	}
	changed := *answer
	switch f.Kind {
	case BigText:
		changed.body = insertInto(answer.body, bytes.Repeat([]byte("a"), 10<<20))
	case ContentType:
		changed.contentType = "application/json"
	case Doctype:
		const declaration = `<!DOCTYPE lolz [<!ENTITY lol "lol">]>`
		changed.body = append([]byte(declaration), insertInto(answer.body[len(xmlDeclaration):], []byte("&lol;"))...)
	case Malformed:
		changed.body = insertInto(answer.body, []byte("</Product></InvoiceOrder>"))
	default:
	}
	return &changed
}

// insertInto inserts bytes at the start of the content of an answer.
func insertInto(body, more []byte) []byte {
	before, after := split(body)
	return bytes.Join([][]byte{before, more, after}, nil)
}

// split splits an answer inside the response element or, if it is a fault, inside the SOAP body.
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

// wait returns after the delay, or when the caller leaves or the server closes. A delay of 0 never ends.
func (s *Server) wait(r *http.Request, delay time.Duration) {
	var elapsed <-chan time.Time
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-elapsed:
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// reset closes the connection with a TCP reset, so that the caller gets an error and not an end of file.
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

// truncate announces the length of the whole body and sends half of it.
func (s *Server) truncate(w http.ResponseWriter, r *http.Request, request []byte, answer *reply) {
	part := *answer
	part.body = answer.body[:len(answer.body)/3] // in the first of two records, so that the call can be repeated
	s.record(r, request, &part)
	s.head(w, answer, len(answer.body))
	_, _ = w.Write(part.body)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// sendEndless sends a result that does not end, until the caller leaves.
func (s *Server) sendEndless(w http.ResponseWriter, r *http.Request, request []byte, answer *reply) {
	filler := []byte(strings.Repeat("<Filler>"+strings.Repeat("x", 1000)+"</Filler>", 64))
	start, _ := split(answer.body)
	s.record(r, request, nil)
	s.head(w, answer, -1)
	_, err := w.Write(start)
	for err == nil && r.Context().Err() == nil {
		_, err = w.Write(filler)
	}
}

// drip sends the body byte by byte.
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
