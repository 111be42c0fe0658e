// Package web is the page of the local stack: both systems side by side, with forms for what people do, and between
// them what the integration did, will do next, and why not. It works without JavaScript; the script only keeps the
// place on the page and says that something runs.
//
// Every change is a POST with the token of this start of the program. The page answers on a loopback address only, and
// only if it was asked by that address: a name that somebody else points here is refused.
package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/workday"
	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

//go:embed *.html style.css page.js icon.svg
var files embed.FS

// A Server serves the page of a stack.
type Server struct {
	stack  *localstack.Stack
	day    *workday.Day
	cloud  *cloud.Stack
	token  string
	pages  map[string]*template.Template
	looks  looks
	ctx    context.Context //nolint:containedctx // what runs in the background ends with the program
	active sync.WaitGroup

	mu   sync.Mutex
	said []message // what the next page says
	// before is the length of the history before the last thing that somebody did here; what came later is new.
	before int
	busy   string // what runs in the background
	tour   tour
}

// A message says what came of something.
type message struct {
	Text string
	Bad  bool
}

// New returns the server of a stack. The operator's report of it asks the functions that look ahead.
func New(ctx context.Context, s *localstack.Stack, day *workday.Day, c *cloud.Stack) *Server {
	return &Server{
		stack: s, day: day, cloud: c, token: rand.Text(), pages: parse(), ctx: ctx, looks: looks{stack: s},
	}
}

// Token is what every request that changes something has to give.
func (s *Server) Token() string { return s.token }

// Wait waits until what runs in the background has ended.
func (s *Server) Wait() { s.active.Wait() }

func (s *Server) reader() report.Reader { return report.Reader{Stack: s.cloud} }

func parse() map[string]*template.Template {
	functions := template.FuncMap{
		"at": clock, "day": day, "age": report.Age, "record": recordURL, "kindOf": kindOf, "bare": report.PlainText,
		"pick": func(p page, at string) any {
			return struct {
				Page page
				At   string
			}{p, at}
		},
		"arg": func(p page, f formView, id string) any {
			return struct {
				Page page
				Form formView
				ID   string
			}{p, f, id}
		},
		"actarg": func(p page, f []formView, id string) any {
			return struct {
				Page  page
				Forms []formView
				ID    string
			}{p, f, id}
		},
		"sidearg": func(p page, s side, class string) any {
			return struct {
				Page  page
				Side  side
				Class string
			}{p, s, class}
		},
	}
	base := template.Must(template.New("layout.html").Funcs(functions).ParseFS(files, "layout.html", "parts.html"))
	pages := map[string]*template.Template{}
	for _, name := range []string{
		"customer", "record", "tour", "incidents", "fleet", "settings", "control", "trouble",
	} {
		pages[name] = template.Must(template.Must(base.Clone()).ParseFS(files, name+".html"))
	}
	return pages
}

// Handler returns the handler of all pages.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showFirst)
	mux.HandleFunc("GET /c/{customer}", s.showCustomer)
	mux.HandleFunc("GET /c/{customer}/{system}/{kind}/{key...}", s.showRecord)
	mux.HandleFunc("GET /tour", s.showTour)
	mux.HandleFunc("POST /tour", s.doTour)
	mux.HandleFunc("GET /incidents", s.showIncidents)
	mux.HandleFunc("POST /incidents/{name}/{what}", s.doIncident)
	mux.HandleFunc("GET /fleet", s.showFleet)
	mux.HandleFunc("GET /settings/{customer}", s.showSettings)
	mux.HandleFunc("POST /settings/{customer}", s.doSettings)
	mux.HandleFunc("POST /act/{act}", s.doAct)
	mux.HandleFunc("POST /tick", s.doTick)
	mux.HandleFunc("GET /control", s.showControl)
	mux.HandleFunc("POST /control/tick", s.controlTick)
	mux.HandleFunc("POST /control/{customer}/{act}", s.control)
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.Handle("GET /page.js", http.FileServerFS(files))
	mux.Handle("GET /icon.svg", http.FileServerFS(files))
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, http.StatusNotFound, "There is no page %s.", r.URL.Path)
	})
	return s.guard(mux)
}

// maxBody is the largest body of a request.
const maxBody = 256 << 10

// guard refuses what does not come from this page, and sets the headers that keep others out of it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			// Not a page: another site would read the token in it.
			http.Error(w, "This page answers to 127.0.0.1 and localhost only.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !s.permitted(r) {
			s.fail(w, r, http.StatusForbidden, "The token is missing or not that of this start of the program. "+
				"Load the page again; a program gives it in the header X-Token.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "127.0.0.1" || host == "localhost"
}

// permitted reports whether a request has the token: in its form or, if it is a program's, in a header.
func (s *Server) permitted(r *http.Request) bool {
	token := r.Header.Get("X-Token")
	if token == "" && !strings.HasPrefix(r.URL.Path, "/control/") {
		token = r.PostFormValue("token")
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
}

// A page is what all pages show.
type page struct {
	Title, Tab string
	Token      string
	Here       string // its own address, to come back to
	Customer   string
	Customers  []named // to choose from
	Many       bool    // too many to show as links
	Now, Next  time.Time
	Zone       *time.Location
	Running    string
	Said       []message
	Refresh    int // seconds until the page loads itself again; 0: it does not
	Tour       int // the step of the tour that is next; 0: it has ended
	Data       any
}

type named struct{ ID, Name string }

// newPage begins a page that is about a customer.
func (s *Server) newPage(r *http.Request, tab, title, customer string) page {
	p := page{
		Title: title, Tab: tab, Token: s.token, Here: r.URL.RequestURI(), Customer: customer,
		Now: s.stack.Clock.Now(), Next: s.stack.NextTick(), Zone: s.zone(r.Context(), customer),
	}
	for _, m := range s.stack.Merchants() {
		p.Customers = append(p.Customers, named{m.ID, nameOf(m)})
	}
	p.Many = len(p.Customers) > 8
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Said, s.said = s.said, nil
	p.Tour = s.tour.next()
	if p.Running = s.busy; p.Running != "" {
		p.Refresh = 1
		if process := s.stack.Running(); process != "" {
			p.Running += ": " + process
		}
	}
	return p
}

// show writes a page. It is written as a whole, so that an error in it is not half a page.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	var out bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&out, "layout.html", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(out.Bytes())
	}
}

// fail shows what is wrong.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, format string, args ...any) {
	p := s.newPage(r, "", "Something is wrong", "")
	p.Data = fmt.Sprintf(format, args...)
	s.show(w, r, status, "trouble", p)
}

// merchant returns the merchant that a request names, or answers that there is none.
func (s *Server) merchant(w http.ResponseWriter, r *http.Request, id string) *testenv.Merchant {
	m := s.stack.Merchant(id)
	if m == nil {
		s.fail(w, r, http.StatusNotFound, "There is no customer %q.", id)
	}
	return m
}

// do does something that somebody has asked for, and goes back to where it was asked. What takes longer than a moment
// goes on in the background, and pages show that.
func (s *Server) do(w http.ResponseWriter, r *http.Request, title string, work func(context.Context) (string, error)) {
	s.mu.Lock()
	if s.busy != "" {
		s.said = append(s.said, message{"Wait a moment: " + s.busy + " is not over yet.", true})
		s.mu.Unlock()
		s.back(w, r)
		return
	}
	s.busy, s.before = title, s.stack.History.Length()
	s.mu.Unlock()
	done := make(chan struct{})
	s.active.Go(func() {
		defer close(done)
		text, err := work(s.ctx)
		s.looks.forget()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy = ""
		if err != nil {
			s.said = append(s.said, message{"Not done: " + err.Error(), true})
		} else if text != "" {
			s.said = append(s.said, message{Text: text})
		}
	})
	select {
	case <-done:
	case <-time.After(5 * time.Second):
	}
	s.back(w, r)
}

// back goes to the page that a form was on.
func (s *Server) back(w http.ResponseWriter, r *http.Request) {
	to, err := url.Parse(r.PostFormValue("back"))
	if err != nil || to.Host != "" || to.Scheme != "" || !strings.HasPrefix(to.Path, "/") {
		to = &url.URL{Path: "/"}
	}
	http.Redirect(w, r, to.RequestURI(), http.StatusSeeOther)
}

// newSince reports from which entry of the history on the page calls something new.
func (s *Server) newSince() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.before
}

func (s *Server) showFirst(w http.ResponseWriter, r *http.Request) {
	to := s.day.Guest()
	if asked := r.URL.Query().Get("customer"); asked != "" {
		to = asked
	}
	http.Redirect(w, r, "/c/"+url.PathEscape(to), http.StatusSeeOther)
}

// maxTicks are those of a day.
const maxTicks = 96

func (s *Server) doTick(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PostFormValue("ticks"))
	if err != nil || n < 1 || n > maxTicks {
		n = 1
	}
	title := "The tick of " + clock(s.stack.NextTick(), s.zone(r.Context(), ""))
	s.do(w, r, title, func(ctx context.Context) (string, error) {
		for i := range n {
			if n > 1 {
				s.setBusy(fmt.Sprintf("Tick %d of %d", i+1, n))
			}
			if err := s.stack.Tick(ctx); err != nil {
				return "", err
			}
		}
		if n > 1 {
			return fmt.Sprintf("%d ticks are over; the clock has moved with them.", n), nil
		}
		return title + " is over. What is new is marked.", nil
	})
}

// ErrBusy means that something else runs.
var ErrBusy = errors.New("something else runs; try again in a moment")

// Tick makes a tick of the schedule. It returns ErrBusy if something else runs.
func (s *Server) Tick(ctx context.Context) error {
	s.mu.Lock()
	idle := s.busy == ""
	if idle {
		s.busy, s.before = "The scheduled tick", s.stack.History.Length()
	}
	s.mu.Unlock()
	if !idle {
		return ErrBusy
	}
	err := s.stack.Tick(ctx)
	s.looks.forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = ""
	return err
}

// Schedule makes the ticks that nobody asks for until ctx is done, and calls failed for those that fail. A tick comes
// when the stack's clock, which people can move, has reached its time; with another period than the schedule's, as
// often as that says.
func (s *Server) Schedule(ctx context.Context, period time.Duration, failed func(error)) {
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(period, time.Second)):
		}
		due := time.Since(last) >= period
		if period == naming.Period {
			due = !s.stack.Clock.Now().Before(s.stack.NextTick())
		}
		if !due {
			continue
		}
		err := s.Tick(ctx)
		if errors.Is(err, ErrBusy) {
			continue // it is over in a moment
		}
		last = time.Now()
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

func (s *Server) setBusy(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = what
}

// Background does something before anybody has asked for it, and shows that it runs.
func (s *Server) Background(title string, work func(context.Context) error) {
	s.mu.Lock()
	s.busy = title
	s.mu.Unlock()
	s.active.Go(func() {
		err := work(s.ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.busy = ""; err != nil && s.ctx.Err() == nil {
			s.said = append(s.said, message{err.Error(), true})
		}
	})
}

func clock(at time.Time, zone *time.Location) string { return at.In(zone).Format("15:04") }

func day(at time.Time, zone *time.Location) string { return at.In(zone).Format("Mon 2 Jan 2006") }
