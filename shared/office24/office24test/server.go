// Package office24test is a simulator of 24SevenOffice's SOAP API: a real HTTP server with several companies
// ("tenants") in memory, for tests and for running the whole system on one machine.
//
// It is as strict and as harsh as the vendor's definitions and what integrators report of the live service allow:
//
//   - endpoint, method, SOAPAction, content type, envelope, names, order and values of elements are checked against the
//     WSDL; names of properties must be members of the type;
//   - only named properties come back, members at their default are left out, decimals have four places, moments no zone;
//   - change times are rounded to the nearest minute, and filters by them are strict;
//   - an update without OrderStatus makes the order Web; rows without ChangeState are added once more; an edited row
//     keeps only what was sent; invoiced orders cannot be changed;
//   - SetStockQuantity moves DateChanged; an order that becomes Sent takes its stock-controlled goods out of stock,
//     once;
//   - sessions expire, logins are refused, quotas run out, when a test or an option says so.
//
// What would do lasting harm in the live service (a status that invoices, a payment) is refused and kept as a
// violation: a test should end with none. People's work is done with a Tenant's methods, trouble is made with
// Server.Fault, and Server.Journal tells what happened.
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

// HourlyQuota is the vendor's limit of calls in an hour (vendor's FAQ), counted here for each tenant.
const HourlyQuota = 7200

// Options of a Server. The zero value is the harsh default.
type Options struct {
	// Addr to listen on; a free port of the loopback interface if empty.
	Addr string
	// Now is the server's clock, which may differ from the caller's. Nil is the machine's.
	Now func() time.Time
	// Record, if set, is told of each exchange, one at a time.
	Record func(Exchange)
	// SessionLife ends a session that long after its login, SessionCalls after so many calls; 0 is never.
	SessionLife  time.Duration
	SessionCalls int
	// SingleSession ends a user's other sessions when the user logs in.
	SingleSession bool
	// Quota replaces HourlyQuota; negative is none.
	Quota int
	// KeepStockOnSent leaves stock alone when an order becomes Sent: what the live service does is not documented.
	KeepStockOnSent bool
	// KeepUnsentOnEdit leaves the members of an edited row alone that were not sent: dito.
	KeepUnsentOnEdit bool
	// NilObjects writes sub-objects that are not set as xsi:nil. The live service does; its WSDL does not allow it.
	NilObjects bool
	// TimeLayout of moments in answers, which are UTC; without zone if empty.
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
	rules         []*rule
	journal       []Call
	violations    []string
	before, after func(Call)
}

// A user of the service, with the identities the user may take on.
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

// New starts a server. It panics where it cannot listen, as httptest does.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	options.Quota = cmp.Or(options.Quota, HourlyQuota)
	s := &Server{
		options: options, schema: parseSchema(), closed: make(chan struct{}),
		users: map[office24.Credentials]*user{}, sessions: map[string]*session{},
	}
	s.wire = wire{s.schema, cmp.Or(options.TimeLayout, "2006-01-02T15:04:05"), options.NilObjects}
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

// URL is what an office24.Config wants as BaseURL.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close ends the server and all its connections.
func (s *Server) Close() {
	s.close.Do(func() { close(s.closed) })
	_ = s.http.Close()
	s.serving.Wait()
}

// AddTenant adds a company with that client number, and an identity in it for the user with those credentials: the
// user's default identity, if it is the first.
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

// Tenant returns the company with that client number, nil for none.
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

// RefuseLogins makes the logins with those credentials fail, or work again. Sessions that exist go on.
func (s *Server) RefuseLogins(credentials office24.Credentials, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[credentials]; u != nil {
		u.refused = refused
	}
}

// ExpireSessions ends every session.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// newSession makes one with an id like those of ASP.NET: 24 lower-case letters and digits.
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

// session returns the one that a request's cookie names, nil for none that is alive.
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

// A message is a request that fits the WSDL.
type message struct {
	operation string
	content   *node
}

// A reply is what goes back.
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
	page := fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%d</title></head><body><h1>%s</h1></body></html>\n", status, http.StatusText(status))
	return &reply{status: status, contentType: "text/html; charset=utf-8", body: []byte(page)}
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		return
	}
	m, wrong := s.understand(r, body)
	call, caller, trouble := s.begin(r, m)
	if wrong != nil {
		s.send(w, r, body, wrong)
		return
	}
	s.hook(&s.before, call)
	if trouble != nil && trouble.instead() {
		s.fail(w, r, body, trouble, nil)
		return
	}
	answer := s.answer(m, caller, call, trouble)
	s.hook(&s.after, call)
	if trouble != nil && trouble.Kind != ItemException {
		s.fail(w, r, body, trouble, answer)
		return
	}
	s.send(w, r, body, answer)
}

// understand holds a request against HTTP, SOAP and the schema. The reply is not nil where it does not fit; that is a
// violation, for the live service might let it pass and do something else.
func (s *Server) understand(r *http.Request, body []byte) (message, *reply) {
	action := strings.Trim(r.Header.Get("SOAPAction"), `"`)
	operation, known := strings.CutPrefix(action, namespace+"/")
	m := message{operation: operation}
	contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	path, exists := s.schema.paths[operation]
	switch {
	case !slices.Contains(s.paths(), r.URL.Path):
		return m, s.violation(plainReply(http.StatusNotFound), "no service at %s", r.URL.Path)
	case r.Method != http.MethodPost || r.URL.RawQuery != "":
		return m, s.violation(plainReply(http.StatusMethodNotAllowed), "%s %s is no SOAP call", r.Method, r.URL.RequestURI())
	case strings.TrimSpace(contentType) != "text/xml":
		return m, s.violation(plainReply(http.StatusUnsupportedMediaType), "content type %s", contentType)
	case !known || !exists || path != r.URL.Path:
		return m, s.violation(faultReply("Server did not recognize the value of HTTP Header SOAPAction: "+action), "SOAPAction %s at %s", action, r.URL.Path)
	}
	content, err := open(body)
	if err != nil {
		return m, s.violation(faultReply("Server was unable to read request"), "%s: %v", operation, err)
	}
	if content.name != operation || content.space != namespace {
		return m, s.violation(faultReply("Server did not recognize the request"), "%s holds %s", operation, content.name)
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

func (s *Server) violation(answer *reply, format string, args ...any) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violated(format, args...)
	return answer
}

func (s *Server) violated(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// begin enters the call into the journal and finds the caller and the trouble that is meant for it.
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
	trouble := s.trouble(call)
	if trouble != nil && trouble.Kind == SessionExpired {
		for id, one := range s.sessions {
			if one == caller {
				delete(s.sessions, id)
			}
		}
	}
	return call, caller, trouble
}

// answer does what the call asks for.
func (s *Server) answer(m message, caller *session, call Call, trouble *Fault) *reply {
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
	left, exceeded := t.count(s.options)
	answer := faultReply(exceeded)
	if exceeded == "" {
		answer = t.answer(m, call, trouble)
	}
	if s.options.Quota > 0 {
		answer.header = map[string]string{
			"APILimitRemaining": fmt.Sprint(left),
			"APILimitReset":     nextHour(s.options.Now()).Format("2006-01-02T15:04:05Z"),
		}
	}
	return answer
}

func nextHour(now time.Time) time.Time { return now.UTC().Truncate(time.Hour).Add(time.Hour) }

// login finds who logs in: no user where the credentials are wrong, no identity where it is blocked or not the user's.
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
		if wanted == "" { // the default one is blocked
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
		return faultReply("Provided IdentityId is blocked. Please use GetIdentitiesWithCredential to get a valid identity")
	}
	return s.result("Login", leaf("LoginResult", s.newSession(u, i)))
}

// result makes the answer of a call out of its result element.
func (s *Server) result(operation string, result *node) *reply {
	content := branch(operation+"Response", result)
	return soapReply(http.StatusOK, envelope(contentWriter(content)))
}
