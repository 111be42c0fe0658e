// Package office24test is a simulator of 24SevenOffice's SOAP API: an HTTP server with several companies ("tenants") in
// memory, for tests and for the local stack.
//
// It implements the strictest behaviour that the vendor's definitions and reports of other integrators allow:
//
//   - It checks endpoint, method, SOAPAction, content type, envelope, and the names, order and values of elements
//     against the WSDL. Names of properties must be members of the type.
//   - It returns only named properties, leaves out members with their default value, writes decimals with four places
//     and times without a zone.
//   - Change times are rounded to the nearest minute. Filters by change time are exclusive.
//   - An update without OrderStatus sets the status to Web. A row without ChangeState is added again. An edited row
//     keeps only what was sent. Invoiced orders cannot be changed.
//   - SetStockQuantity updates DateChanged. An order that becomes Sent takes its stock-controlled goods out of stock,
//     once.
//   - Sessions expire, logins are refused and quotas are exceeded when a test or an option says so.
//
// Calls that would do lasting harm in the live service, such as a status that invoices or a payment, are refused and
// listed in Server.Violations; tests check that there are none. The methods of Tenant do what people do at the screen,
// Server.Fault makes calls fail, and Server.Journal lists all calls.
package office24test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ongoing24so/shared/office24"
)

// HourlyQuota is the vendor's limit of calls per hour (source: the vendor's FAQ), counted here for each tenant.
const HourlyQuota = 7200

// Options of a Server. The zero value is the strictest behaviour.
type Options struct {
	// Addr is the address to listen on. Default: a free port of the loopback interface.
	Addr string
	// Now is the server's clock, which can differ from the caller's. Default: time.Now.
	Now func() time.Time
	// Record, if set, is called with each exchange, one at a time.
	Record func(Exchange)
	// SessionLife ends a session that long after its login, SessionCalls after that many calls; 0 means never.
	SessionLife  time.Duration
	SessionCalls int
	// SingleSession makes a login end the user's other sessions.
	SingleSession bool
	// Quota replaces HourlyQuota; a negative value means no quota.
	Quota int
	// KeepStockOnSent leaves stock alone when an order becomes Sent. The vendor does not document what happens.
	KeepStockOnSent bool
	// StockPlaces is the number of decimal places that are kept of a stock quantity; nil keeps all. The vendor does not
	// document how many there are.
	StockPlaces *int32
	// KeepUnsentOnEdit keeps the members of an edited row that were not sent. The vendor does not document this either.
	KeepUnsentOnEdit bool
	// NilObjects writes unset sub-objects as xsi:nil. The live service does so, although its WSDL does not allow it.
	NilObjects bool
	// TimeLayout is the layout of times in answers, which are in UTC. Default: without a zone.
	TimeLayout string
}

// A Server is the simulated service. It is safe for concurrent use.
type Server struct {
	options  Options
	schema   *schema
	wire     wire
	http     *http.Server
	listener net.Listener
	closed   chan struct{}
	close    sync.Once
	serving  sync.WaitGroup

	recording sync.Mutex

	mu            sync.Mutex
	tenants       []*Tenant
	users         map[office24.Credentials]*user
	sessions      map[string]*session
	faults        []*countedFault
	journal       []Call
	violations    []string
	before, after func(Call)
}

// A user of the service, with the identities that the user can log in to.
type user struct {
	refused    bool
	identities []*identity // the first is the default
}

type identity struct {
	id      string
	tenant  *Tenant
	blocked bool
}

type session struct {
	user     *user
	identity *identity
	since    time.Time
	calls    int
}

// New starts a server. It panics if it cannot listen, as httptest does.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	options.Quota = cmp.Or(options.Quota, HourlyQuota)
	s := &Server{
		options: options, schema: parseSchema(), closed: make(chan struct{}),
		users: map[office24.Credentials]*user{}, sessions: map[string]*session{},
	}
	s.wire = wire{schema: s.schema, layout: cmp.Or(options.TimeLayout, noZoneLayout), nils: options.NilObjects}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", cmp.Or(options.Addr, "127.0.0.1:0"))
	if err != nil {
		panic(fmt.Sprintf("office24test: cannot listen: %v", err))
	}
	s.listener = listener
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s
}

// URL returns the server's address, for office24.Config.BaseURL.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close ends the server and all its connections.
func (s *Server) Close() {
	s.close.Do(func() { close(s.closed) })
	_ = s.http.Close()
	s.serving.Wait()
}

// AddTenant adds a company with that client number, and an identity in it for the user with those credentials. The
// user's first identity is the default.
func (s *Server) AddTenant(clientID int64, credentials office24.Credentials) *Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := newTenant(s, clientID)
	s.tenants = append(s.tenants, t)
	u := s.users[credentials]
	if u == nil {
		u = &user{}
		s.users[credentials] = u
	}
	t.identity = &identity{id: fmt.Sprintf("7e1f0d00-1111-4222-8333-%012d", clientID), tenant: t}
	u.identities = append(u.identities, t.identity)
	return t
}

// Tenant returns the company with that client number, or nil.
func (s *Server) Tenant(clientID int64) *Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tenants {
		if t.clientID == clientID {
			return t
		}
	}
	return nil
}

// RefuseLogins makes logins with those credentials fail, or succeed again. Existing sessions stay valid.
func (s *Server) RefuseLogins(credentials office24.Credentials, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[credentials]; u != nil {
		u.refused = refused
	}
}

// SetDefaultIdentity makes the identity in a company the user's default, as the user can in 24SevenOffice. Existing
// sessions stay where they are.
func (s *Server) SetDefaultIdentity(credentials office24.Credentials, t *Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[credentials]; u != nil {
		others := slices.DeleteFunc(u.identities, func(i *identity) bool { return i == t.identity })
		u.identities = slices.Insert(others, 0, t.identity)
	}
}

// ExpireSessions ends every session.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// newSession creates a session with an id like those of ASP.NET: 24 lower-case letters and digits.
func (s *Server) newSession(u *user, i *identity) string {
	if s.options.SingleSession {
		for id, old := range s.sessions {
			if old.user == u {
				delete(s.sessions, id)
			}
		}
	}
	id := strings.ToLower(rand.Text())[:24]
	s.sessions[id] = &session{user: u, identity: i, since: s.options.Now()}
	return id
}

// session returns the session that a request's cookie names, or nil if it does not exist or has expired.
func (s *Server) session(r *http.Request) *session {
	cookie, err := r.Cookie("ASP.NET_SessionId")
	if err != nil {
		return nil
	}
	found := s.sessions[cookie.Value]
	if found == nil {
		return nil
	}
	found.calls++
	tooOld := s.options.SessionLife > 0 && s.options.Now().Sub(found.since) > s.options.SessionLife
	tooMany := s.options.SessionCalls > 0 && found.calls > s.options.SessionCalls
	if tooOld || tooMany {
		delete(s.sessions, cookie.Value)
		return nil
	}
	return found
}

// A message is the content of a request.
type message struct {
	operation string
	content   *node
}

// A reply is an HTTP response.
type reply struct {
	status      int
	contentType string
	header      map[string]string
	body        []byte
}

func soapReply(status int, body []byte) *reply {
	return &reply{status: status, contentType: "text/xml; charset=utf-8", body: body}
}

func faultReply(text string) *reply {
	return soapReply(http.StatusInternalServerError, faultEnvelope(text))
}

func plainReply(status int) *reply {
	const page = "<!DOCTYPE html>\n<html><head><title>%d</title></head><body><h1>%s</h1></body></html>\n"
	return &reply{
		status: status, contentType: "text/html; charset=utf-8",
		body: fmt.Appendf(nil, page, status, http.StatusText(status)),
	}
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		return
	}
	m, invalid := s.parseRequest(r, body)
	call, caller, fault := s.begin(r, m)
	if invalid != nil {
		s.send(w, r, body, invalid)
		return
	}
	s.callHook(&s.before, call)
	if fault != nil && fault.preventsEffect() {
		s.fail(w, r, body, fault, nil)
		return
	}
	answer := s.answer(m, caller, call, fault)
	s.callHook(&s.after, call)
	if fault != nil && fault.Kind != ItemException {
		s.fail(w, r, body, fault, answer)
		return
	}
	s.send(w, r, body, answer)
}

// parseRequest checks a request against HTTP, SOAP and the schema. If the request is invalid, the reply is not nil and
// the request is a violation: the live service might accept it and do something else.
func (s *Server) parseRequest(r *http.Request, body []byte) (message, *reply) {
	action := strings.Trim(r.Header.Get("SOAPAction"), `"`)
	operation, known := strings.CutPrefix(action, namespace+"/")
	m := message{operation: operation}
	contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	path, exists := s.schema.paths[operation]
	switch {
	case !slices.Contains(s.paths(), r.URL.Path):
		return m, s.violation(plainReply(http.StatusNotFound), "no service at %s", r.URL.Path)
	case r.Method != http.MethodPost || r.URL.RawQuery != "":
		return m, s.violation(plainReply(http.StatusMethodNotAllowed),
			"%s %s is not a SOAP call", r.Method, r.URL.RequestURI())
	case strings.TrimSpace(contentType) != "text/xml":
		return m, s.violation(plainReply(http.StatusUnsupportedMediaType), "content type %s", contentType)
	case !known || !exists || path != r.URL.Path:
		return m, s.violation(faultReply("Server did not recognize the value of HTTP Header SOAPAction: "+action),
			"SOAPAction %s at %s", action, r.URL.Path)
	}
	content, err := openEnvelope(body)
	if err != nil {
		return m, s.violation(faultReply("Server was unable to read request"), "%s: %v", operation, err)
	}
	if content.name != operation || content.space != namespace {
		return m, s.violation(faultReply("Server did not recognize the request"),
			"%s has the content %s", operation, content.name)
	}
	m.content = content
	if problem := s.schema.check(content, operation); problem != "" {
		return m, s.violation(faultReply("Instance validation error: "+problem), "%s: %s", operation, problem)
	}
	return m, nil
}

func (s *Server) paths() []string {
	list := make([]string, 0, len(s.schema.paths))
	for _, path := range s.schema.paths {
		list = append(list, path)
	}
	return list
}

// violation adds a violation and returns the answer.
func (s *Server) violation(answer *reply, format string, args ...any) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addViolation(format, args...)
	return answer
}

func (s *Server) addViolation(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// begin adds the call to the journal. It returns the caller's session and the fault that is due, or nil for them.
func (s *Server) begin(r *http.Request, m message) (Call, *session, *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	caller := s.session(r)
	call := Call{N: len(s.journal) + 1, Time: s.options.Now(), Operation: m.operation}
	switch {
	case caller != nil:
		call.Tenant = caller.identity.tenant.clientID
	case m.operation == "Login" && m.content != nil:
		if _, i := s.login(m.content.child("credential")); i != nil {
			call.Tenant = i.tenant.clientID
		}
	}
	call.Write, call.Key = writeKey(m)
	s.journal = append(s.journal, call)
	fault := s.dueFault(call)
	if fault != nil && fault.Kind == SessionExpired {
		for id, one := range s.sessions {
			if one == caller {
				delete(s.sessions, id)
			}
		}
	}
	return call, caller, fault
}

// answer executes the call.
func (s *Server) answer(m message, caller *session, call Call, fault *Fault) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m.operation {
	case "Login":
		return s.answerLogin(m.content.child("credential"))
	case "HasSession":
		return s.result(m.operation, leaf("HasSessionResult", fmt.Sprint(caller != nil)))
	}
	if caller == nil {
		return faultReply("Session is not authenticated")
	}
	if caller.identity.blocked {
		return faultReply("Client is not authenticated on this identity")
	}
	t := caller.identity.tenant
	left, exceeded := t.countCall(s.options)
	answer := faultReply(exceeded)
	if exceeded == "" {
		answer = t.answer(m, call, fault)
	}
	if s.options.Quota > 0 {
		answer.header = map[string]string{
			"APILimitRemaining": fmt.Sprint(left),
			"APILimitReset":     nextHour(s.options.Now()).Format(utcLayout),
		}
	}
	return answer
}

// identityBlocked is the service's fault text of a login with a blocked identity.
const identityBlocked = "Provided IdentityId is blocked. " +
	"Please use GetIdentitiesWithCredential to get a valid identity"

func nextHour(now time.Time) time.Time { return now.UTC().Truncate(time.Hour).Add(time.Hour) }

// login returns the user and identity of a login: no user if the credentials are wrong or refused, no identity if it is
// blocked or not the user's.
func (s *Server) login(credential *node) (*user, *identity) {
	u := s.users[office24.Credentials{
		ApplicationID: credential.child("ApplicationId").text,
		Username:      credential.child("Username").text,
		Password:      credential.child("Password").text,
	}]
	if u == nil || u.refused {
		return nil, nil
	}
	wanted := credential.child("IdentityId").text
	for _, i := range u.identities {
		if (wanted == "" || strings.EqualFold(wanted, i.id)) && !i.blocked {
			return u, i
		}
		if wanted == "" { // the default identity is blocked
			break
		}
	}
	return u, nil
}

func (s *Server) answerLogin(credential *node) *reply {
	u, i := s.login(credential)
	switch {
	case u == nil:
		return s.result("Login", leaf("LoginResult", ""))
	case i == nil:
		return faultReply(identityBlocked)
	}
	return s.result("Login", leaf("LoginResult", s.newSession(u, i)))
}

// result returns the answer with this result element.
func (s *Server) result(operation string, result *node) *reply {
	content := branch(operation+"Response", result)
	return soapReply(http.StatusOK, envelope(contentWriter(content)))
}
