// Package ongoingtest is a simulator of Ongoing WMS's goods owner REST API, version 1: an HTTP server with its data in
// memory, for tests and for the local stack. It shares no code with the client, so that they cannot share a mistake.
//
// It implements the strictest behaviour that the vendor's definition and reports of other integrators allow. One server
// has several warehouses, each with goods owners and their API users, at {URL}/{warehouse}/api/v1/. It requires:
//
//   - Basic authentication of every call, else it answers 401; header names in Title-Case on the wire, else 500; bodies
//     with a Content-Length, else 411.
//   - The paths, query parameters and fields of the published definition (definition.json), else it answers 404 or 400:
//     for unknown or missing fields, texts that are too long, and values of a wrong type.
//   - Repeated keys for list parameters. Values joined by commas are one value, which matches nothing.
//   - A stockInfoChangedFrom of the last 24 hours and an orderUpdatedTimeFrom of the last two days, else 400.
//   - For a change or cancellation of an order: a status below 320, nothing allocated or picked, and not cancelled,
//     else 400. For the lines of an order: existing articles, else 400.
//
// It answers null for absent values and for empty lists, dates without a time if the service does so, and decimals with
// trailing zeros. [Server.Violations] lists concurrent writes for one goods owner.
//
// The methods of [GoodsOwner] do what the warehouse's staff does. [Server.Fault] makes calls fail in every known way.
package ongoingtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options of a Server. The zero value is a server on a free loopback port with the machine's clock.
type Options struct {
	// Addr is the address to listen on. Default: 127.0.0.1:0.
	Addr string
	// Now is the server's clock, which can differ from the caller's. Default: time.Now.
	Now func() time.Time
	// Record is called with every exchange, in the order in which they end.
	Record func(Exchange)
	// Before and After are called before and after the effect of every write, with its journal entry. After runs before
	// the answer is sent. Neither is called for a write whose effect is prevented by a fault or by an invalid request.
	Before, After func(Entry)
	// PageCap is the maximum number of rows of a page, whatever the request says. Default: no maximum.
	PageCap int
	// LineLag is the number of reads of an order after a write that return it without its lines.
	LineLag int
	// FirstStatus is the status of a new order from the API. Default: 300.
	FirstStatus int
	// KitsPickedOnParent shows the picked quantities of a kit on its own line instead of its parts' lines.
	KitsPickedOnParent bool
	// FailureLimit is the number of consecutive failed calls of one operation by one user after which further calls are
	// answered with 429 during FailureWindow (default: ten minutes). 0 means no limit.
	FailureLimit  int
	FailureWindow time.Duration
}

// A Server simulates the service. New starts it, Close ends it.
type Server struct {
	URL string

	options    Options
	definition *definition
	http       *http.Server
	served     chan struct{}
	calls      sync.WaitGroup
	closing    chan struct{}

	mu         sync.Mutex // guards the fields below and the warehouses' data
	warehouses map[string]*Warehouse
	faults     []*Fault
	journal    []*Entry
	writes     int
	violations []string
	inFlight   map[*GoodsOwner]int
	failures   map[string]*failures
}

// New starts a server.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.FirstStatus = cmp.Or(o.FirstStatus, statusReleased)
	o.FailureWindow = cmp.Or(o.FailureWindow, 10*time.Minute)
	definition, err := parseDefinition()
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", cmp.Or(o.Addr, "127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), options: o, definition: definition,
		served: make(chan struct{}), closing: make(chan struct{}),
		warehouses: map[string]*Warehouse{}, inFlight: map[*GoodsOwner]int{}, failures: map[string]*failures{},
	}
	s.http = &http.Server{Handler: s, ConnContext: withConn, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(recordingListener{listener})
	}()
	return s, nil
}

// Close ends the server and all calls that still hang. No exchange is recorded after it.
func (s *Server) Close() {
	close(s.closing)
	_ = s.http.Close()
	<-s.served
	s.calls.Wait()
}

// Warehouse returns the warehouse of that name and creates it if it does not exist.
func (s *Server) Warehouse(name string) *Warehouse {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.warehouses[name]
	if w == nil {
		w = newWarehouse(s, name)
		s.warehouses[name] = w
	}
	return w
}

// Violations describes calls that break the vendor's rules: concurrent writes for one goods owner, header names in
// lower case, bodies without a length, lists requested without a page size.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

func (s *Server) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addViolation(format, args...)
}

// addViolation is violation for callers that have locked the server.
func (s *Server) addViolation(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// A reply is an HTTP response.
type reply struct {
	status int
	body   any         // JSON, unless raw
	header http.Header // additional headers; can be nil
}

// errorReply returns a reply with the service's error body.
func errorReply(status int, format string, args ...any) reply {
	return reply{status: status, body: object{"message": fmt.Sprintf(format, args...)}}
}

// internalError returns the service's reply to an internal error.
func internalError() reply {
	return reply{status: http.StatusInternalServerError, body: object{"Message": "An error has occurred."}}
}

// A request is a call that the server is processing.
type request struct {
	*http.Request
	body        []byte
	headerNames []string // as sent over the wire
	operation   operation
	warehouse   *Warehouse
	user        *user
	owner       *GoodsOwner // of a write or list; nil if the call names none
	document    object      // the decoded body
	entry       *Entry
}

// ServeHTTP answers one call: it finds the operation and a fault, executes the call and sends the answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	s.calls.Add(1)
	defer s.calls.Done()
	r := &request{Request: hr}
	var err error
	if r.body, err = io.ReadAll(hr.Body); err != nil {
		return // the caller has gone
	}
	r.headerNames = takeHeaderNames(hr.Context())
	r.operation = s.definition.find(hr.Method, hr.URL.Path)
	s.begin(r)

	var answer reply
	fault := s.dueFault(r)
	if fault == nil || fault.takesEffect() {
		answer = s.execute(r)
	}
	s.send(w, r, answer, fault)
}

// execute checks a call and executes it.
func (s *Server) execute(r *request) reply {
	if refusal := s.refuse(r); refusal != nil {
		return s.countFailures(r, *refusal)
	}
	if !r.entry.Write {
		s.mu.Lock()
		answer := r.operation.handle(r)
		s.mu.Unlock()
		return s.countFailures(r, answer)
	}
	s.startWrite(r)
	defer s.endWrite(r)
	if s.options.Before != nil {
		s.options.Before(*r.entry)
	}
	s.mu.Lock()
	answer := r.operation.handle(r)
	s.mu.Unlock()
	if s.options.After != nil {
		s.options.After(*r.entry)
	}
	return s.countFailures(r, answer)
}

// refuse returns the reply to a call that is refused before any record is read, or nil.
func (s *Server) refuse(r *request) *reply {
	refuse := func(answer reply) *reply { return &answer }
	for _, name := range r.headerNames {
		if name != http.CanonicalHeaderKey(name) {
			s.violation("%s: header name %q is not in Title-Case", r.entry.Operation, name)
			return refuse(internalError())
		}
	}
	if r.ContentLength < 0 {
		s.violation("%s: the body has no length", r.entry.Operation)
		return refuse(errorReply(http.StatusLengthRequired, "Length Required"))
	}
	if r.operation.handle == nil {
		return refuse(errorReply(http.StatusNotFound, "No HTTP resource was found that matches the request URI."))
	}
	if err := s.authenticate(r); err != nil {
		return refuse(errorReply(http.StatusUnauthorized, "Authorization has been denied for this request."))
	}
	if answer, limited := s.checkRateLimit(r); limited {
		return &answer
	}
	if err := s.check(r); err != nil {
		return refuse(errorReply(http.StatusBadRequest, "The request is invalid.<br/>%s", err))
	}
	if err := s.findOwner(r); err != nil {
		return refuse(errorReply(http.StatusForbidden, "%s", err))
	}
	return nil
}

func (s *Server) authenticate(r *request) error {
	name, password, ok := r.BasicAuth()
	s.mu.Lock()
	defer s.mu.Unlock()
	r.warehouse = s.warehouses[r.operation.warehouse]
	if !ok || r.warehouse == nil {
		return errors.New("no credentials, or unknown warehouse")
	}
	r.user = r.warehouse.users[name]
	if r.user == nil || r.user.password != password {
		return errors.New("wrong user name or password")
	}
	return nil
}

// check compares query and body with the definition.
func (s *Server) check(r *request) error {
	if err := s.definition.checkQuery(r.operation.route, r.URL.Query(), s.options.Now()); err != nil {
		return err
	}
	if r.operation.Request == "" {
		if len(r.body) > 0 {
			return errors.New("the operation takes no body")
		}
		return nil
	}
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return fmt.Errorf("the media type %q is not supported", kind)
	}
	document, err := s.definition.decode(r.body, r.operation.Request)
	r.document = document
	return err
}

// findOwner finds the goods owner of a call among those of its user: by the query, the body, or the record in the path.
func (s *Server) findOwner(r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := 0
	if number, ok := r.document["goodsOwnerId"].(json.Number); ok {
		id = wholeOf(number)
	}
	if text := r.URL.Query().Get("goodsOwnerId"); text != "" {
		id = wholeOf(json.Number(text))
	}
	if id == 0 {
		r.owner = r.warehouse.ownerOf(r)
		if r.owner != nil && !r.user.canActFor(r.owner) {
			r.owner = nil // the user cannot see records of other goods owners
		}
		return nil
	}
	r.owner = r.warehouse.owners[id]
	if r.owner == nil || !r.user.canActFor(r.owner) {
		return fmt.Errorf("the user has no access to goods owner %d", id)
	}
	return nil
}

// startWrite counts a write in flight and adds a violation if there is another one for the same goods owner.
func (s *Server) startWrite(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.owner == nil {
		return
	}
	if s.inFlight[r.owner]++; s.inFlight[r.owner] > 1 {
		s.addViolation("%s: %d writes in flight for goods owner %d",
			r.entry.Operation, s.inFlight[r.owner], r.owner.ID)
	}
}

func (s *Server) endWrite(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.owner != nil {
		s.inFlight[r.owner]--
	}
}
