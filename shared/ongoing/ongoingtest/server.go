// Package ongoingtest is a simulator of Ongoing WMS's goods owner REST API, version 1: a real HTTP server with memory,
// for tests and for the local stack. It shares no code with the client, so that a mistake of one is not repeated by the
// other.
//
// It is as harsh as the vendor's definition and what other integrators observed allow. One server holds several
// warehouses, each with goods owners and their API users, at {URL}/{warehouse}/api/v1/. What it insists on:
//
//   - Basic authentication with every call, else 401; header names in Title-Case on the wire, else 500; bodies with a
//     Content-Length.
//   - Paths, query parameters and fields of the published definition (definition.json), else 400: unknown fields,
//     missing ones, texts that are too long, values of a wrong type.
//   - List parameters as repeated keys: values joined by commas are one value, which matches nothing.
//   - stockInfoChangedFrom at most 24 hours and orderUpdatedTimeFrom at most two days old, else 400.
//   - An order is changed and cancelled only below status 320, with nothing allocated or picked, and while it is not
//     cancelled, else 400. Its lines name articles that exist.
//
// It answers null for whatever is absent, empty lists included, dates without time where the service does, and decimals
// with trailing zeros. Writes for one goods owner that overlap are noted, see [Server.Violations].
//
// The methods of [GoodsOwner] act as the warehouse's staff. [Server.Fault] makes calls fail in every known way.
package ongoingtest

import (
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

// Options of a server. The zero value is a server on a free loopback port with the machine's clock.
type Options struct {
	// Addr is where to listen. Default: 127.0.0.1:0.
	Addr string
	// Now is the service's clock, which may differ from the caller's. Default: time.Now.
	Now func() time.Time
	// Record is given every exchange, in the order in which they ended.
	Record func(Exchange)
	// Before and After are called around the effect of every write, with the entry of the journal. After runs before the
	// answer is sent. Neither is called for a write that has no effect because of a fault or a refusal of the call as such.
	Before, After func(Entry)
	// PageCap bounds the rows of a page, whatever is asked for. Default: none.
	PageCap int
	// LineLag is how many reads of an order after a write still come without its lines.
	LineLag int
	// FirstStatus is the status of an order that comes through the API. Default: 300.
	FirstStatus int
	// KitsPickedOnParent moves the picks of kits from their parts to the kit's own line.
	KitsPickedOnParent bool
	// FailureLimit is the number of consecutive failed calls of one operation by one user after which every further one is
	// answered 429 for FailureWindow (default ten minutes). 0: none.
	FailureLimit  int
	FailureWindow time.Duration
}

// A Server simulates the service. Close it after use.
type Server struct {
	URL string

	options    Options
	definition *definition
	http       *http.Server
	served     chan struct{}
	calls      sync.WaitGroup
	closing    chan struct{}

	mu         sync.Mutex // guards everything below, and what the warehouses hold
	warehouses map[string]*Warehouse
	faults     []*Fault
	journal    []*Entry
	writes     int
	violations []string
	inFlight   map[*GoodsOwner]int
	failures   map[string]*failures
	lastID     int
}

// New starts a server.
func New(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.FirstStatus == 0 {
		o.FirstStatus = statusReleased
	}
	if o.FailureWindow == 0 {
		o.FailureWindow = 10 * time.Minute
	}
	definition, err := parseDefinition()
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), options: o, definition: definition,
		served: make(chan struct{}), closing: make(chan struct{}),
		warehouses: map[string]*Warehouse{}, inFlight: map[*GoodsOwner]int{}, failures: map[string]*failures{}, lastID: 1000,
	}
	s.http = &http.Server{Handler: s, ConnContext: wireOf, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(wireListener{listener})
	}()
	return s, nil
}

// Close ends the server and every call that still hangs. After it nothing is recorded any more.
func (s *Server) Close() {
	close(s.closing)
	_ = s.http.Close()
	<-s.served
	s.calls.Wait()
}

// Warehouse returns the warehouse of that name, made when it is new.
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

// Violations lists what callers did that no answer tells them: writes that overlap for one goods owner, names of headers
// in lower case, bodies without length, lists asked for without a page size.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

func (s *Server) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// nextID returns an id that no other record of the server has. Locked by the caller.
func (s *Server) nextID() int { s.lastID++; return s.lastID }

// A reply is what the service says.
type reply struct {
	status int
	body   any         // JSON, unless raw
	header http.Header // besides the usual ones; may be nil
}

// failed is a reply with the service's error body.
func failed(status int, format string, args ...any) reply {
	return reply{status: status, body: object{"message": fmt.Sprintf(format, args...)}}
}

// broken is how the service says that something went wrong inside.
func broken() reply {
	return reply{status: http.StatusInternalServerError, body: object{"Message": "An error has occurred."}}
}

// A request is a call on its way through the server.
type request struct {
	*http.Request
	body      []byte
	head      []string // header names as they came over the wire
	operation operation
	warehouse *Warehouse
	user      *user
	owner     *GoodsOwner // whom a write or list is for; nil where the call names none
	document  object      // the body decoded
	entry     *Entry
}

// ServeHTTP answers one call: look at the wire, find the operation, let a fault have its way, act, answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	s.calls.Add(1)
	defer s.calls.Done()
	r := &request{Request: hr}
	var err error
	if r.body, err = io.ReadAll(hr.Body); err != nil {
		return // the caller went away
	}
	r.head = takeHead(hr.Context())
	r.operation = s.definition.find(hr.Method, hr.URL.Path)
	s.begin(r)

	var answer reply
	fault := s.fault(r)
	if fault == nil || fault.takesEffect() {
		answer = s.act(r)
	}
	s.send(w, r, answer, fault)
}

// act checks a call and carries it out.
func (s *Server) act(r *request) reply {
	if refusal := s.admit(r); refusal != nil {
		return s.count(r, *refusal)
	}
	if !r.entry.Write {
		s.mu.Lock()
		answer := r.operation.handle(r)
		s.mu.Unlock()
		return s.count(r, answer)
	}
	s.enter(r)
	defer s.leave(r)
	if s.options.Before != nil {
		s.options.Before(*r.entry)
	}
	s.mu.Lock()
	answer := r.operation.handle(r)
	s.mu.Unlock()
	if s.options.After != nil {
		s.options.After(*r.entry)
	}
	return s.count(r, answer)
}

// admit refuses what the service refuses before it looks at its records; nil lets the call pass.
func (s *Server) admit(r *request) *reply {
	refuse := func(answer reply) *reply { return &answer }
	for _, name := range r.head {
		if name != http.CanonicalHeaderKey(name) {
			s.violation("%s: header name %q is not in Title-Case", r.entry.Operation, name)
			return refuse(broken())
		}
	}
	if r.ContentLength < 0 {
		s.violation("%s: the body has no length", r.entry.Operation)
		return refuse(failed(http.StatusLengthRequired, "Length Required"))
	}
	if r.operation.handle == nil {
		return refuse(failed(http.StatusNotFound, "No HTTP resource was found that matches the request URI."))
	}
	if err := s.authenticate(r); err != nil {
		return refuse(failed(http.StatusUnauthorized, "Authorization has been denied for this request."))
	}
	if answer, limited := s.limited(r); limited {
		return &answer
	}
	if err := s.check(r); err != nil {
		return refuse(failed(http.StatusBadRequest, "The request is invalid.<br/>%s", err))
	}
	if err := s.chooseOwner(r); err != nil {
		return refuse(failed(http.StatusForbidden, "%s", err))
	}
	return nil
}

func (s *Server) authenticate(r *request) error {
	name, password, ok := r.BasicAuth()
	s.mu.Lock()
	defer s.mu.Unlock()
	r.warehouse = s.warehouses[r.operation.warehouse]
	if !ok || r.warehouse == nil {
		return errors.New("no credentials, or no such warehouse")
	}
	r.user = r.warehouse.users[name]
	if r.user == nil || r.user.password != password {
		return errors.New("wrong user name or password")
	}
	return nil
}

// check holds query and body against the definition.
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

// chooseOwner finds the goods owner that a call is for, among those of its user: by the query, the body, or the record
// that the path names.
func (s *Server) chooseOwner(r *request) error {
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
		if r.owner != nil && !r.user.mayActFor(r.owner) {
			r.owner = nil // a record of somebody else is no record
		}
		return nil
	}
	r.owner = r.warehouse.owners[id]
	if r.owner == nil || !r.user.mayActFor(r.owner) {
		return fmt.Errorf("the user has no access to goods owner %d", id)
	}
	return nil
}

// enter and leave keep count of the writes in flight for a goods owner.
func (s *Server) enter(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.owner == nil {
		return
	}
	if s.inFlight[r.owner]++; s.inFlight[r.owner] > 1 {
		s.violations = append(s.violations, fmt.Sprintf("%s: %d writes in flight for goods owner %d", r.entry.Operation, s.inFlight[r.owner], r.owner.ID))
	}
}

func (s *Server) leave(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.owner != nil {
		s.inFlight[r.owner]--
	}
}
