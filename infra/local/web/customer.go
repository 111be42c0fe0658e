package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"ongoing24so/infra/local/acts"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/workday"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A customerView is both systems of a customer, and what the integration has to say.
type customerView struct {
	ID, Name, About string
	Office24        side
	Ongoing         side
	Runs            []runView
	Did             []entryView
	Look            look
	Waits           []waitView
	Wrong           []string // why processes do not run for the customer
	First           bool     // nothing has run yet
}

// A side is one system of a customer.
type side struct {
	System    localstack.System
	Owner     string // whose it is
	Orders    []row
	Goods     []row // products or articles
	Suppliers []row
	New       []formView
}

// A row is a record in a list.
type row struct {
	localstack.Record
	URL string
	// Status, Detail and Figure are what the list shows of it.
	Status, Detail, Figure string
	// Other is its counterpart in the other system.
	Other, OtherURL string
	// Mark says that it is new, and who has changed it: people or sync.
	Mark, Trouble string
	Quick         *quick
}

// A quick is an act that needs no fields.
type quick struct{ Act, Title string }

type runView struct {
	Process naming.Process
	About   string
	Outcome runner.Outcome
	Reason  string
	At      time.Time
	Text    string
	// Alone means that the reason is that of the run, not of its records, and that no process before has the same.
	Alone bool
}

// An entryView is an entry of the history.
type entryView struct {
	localstack.Entry
	URL string
	New bool
}

type waitView struct {
	Process                  naming.Process
	Key, Class, Message, URL string
	Next                     string
	Since                    time.Time
}

func (s *Server) showCustomer(w http.ResponseWriter, r *http.Request) {
	m := s.merchant(w, r, r.PathValue("customer"))
	if m == nil {
		return
	}
	s.noteOutside(m)
	links, err := s.links(r.Context(), m)
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, "%v", err)
		return
	}
	p := s.newPage(r, "overview", nameOf(m), m.ID)
	v := customerView{
		ID: m.ID, Name: nameOf(m), About: s.about(r.Context(), m.ID), Runs: s.runs(m.ID), Waits: s.waits(m, links),
		Office24: s.side(m, links, localstack.Office24), Ongoing: s.side(m, links, localstack.Ongoing),
	}
	v.Office24.Owner = fmt.Sprintf("company %d", m.Company.ClientID())
	v.Ongoing.Owner = fmt.Sprintf("warehouse %s, goods owner %d", m.GoodsOwner.Warehouse().Name, m.GoodsOwner.ID)
	for _, run := range v.Runs {
		if run.Alone {
			v.Wrong = append(v.Wrong, run.Reason)
		}
	}
	v.First = len(v.Runs) == 0
	v.Did = s.did(m.ID, 14)
	if p.Running == "" {
		known := map[localstack.ID]bool{}
		for id := range links.failures {
			known[id] = true
		}
		v.Look = s.looks.of(m, known)
		if v.Look.Pending {
			p.Refresh = 2
		}
	}
	p.Data = v
	s.show(w, r, http.StatusOK, "customer", p)
}

// noteOutside adds to the history what a program has changed by one of the APIs, unless it can be the integration.
func (s *Server) noteOutside(m *testenv.Merchant) {
	if s.stack.Idle() {
		s.stack.History.Note(localstack.Outside, m)
	}
}

// about describes the merchants. What can change, it says as it is now.
func (s *Server) about(ctx context.Context, id string) string {
	item, err := s.cloud.SettingsOf(ctx, id)
	if err != nil {
		return ""
	}
	c, blocked := s.cloud.Decode(item)
	choose := func(is bool, now, after string) string {
		if is {
			return now
		}
		return after
	}
	return map[string]string{
		"fjellsport":     "uses nearly every setting: rest orders, suppliers, sizes and colours, delivery methods",
		"nordsjo-sjomat": "has few settings: orders become Pack on import, and the sellable stock counts",
		"blabaer": choose(blocked == nil && c.Preview, "is in preview: every run is a dry run",
			"was in preview at first"),
		workday.Newcomer: choose(item == nil,
			"is in both systems and not yet a customer: practise onboarding on the page Settings",
			"was in both systems before it became a customer"+choose(blocked == nil && c.Preview,
				"; it is in preview: every run is a dry run", "")),
		"torv-og-tang": choose(blocked != nil,
			"has a mistake in its settings and is blocked until somebody corrects it",
			"had a mistake in its settings, which somebody has corrected"),
	}[id]
}

func nameOf(m *testenv.Merchant) string {
	if name, ok := m.Settings["name"].(string); ok {
		return name
	}
	return m.ID
}

// zone returns the time zone of a customer.
func (s *Server) zone(ctx context.Context, customer string) *time.Location {
	name := "Europe/Oslo"
	if customer != "" {
		if item, err := acts.SettingsOf(ctx, s.stack, customer); err == nil {
			if zone, ok := item["timeZone"].(string); ok {
				name = zone
			}
		}
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// side lists the records of a system.
func (s *Server) side(m *testenv.Merchant, l links, system localstack.System) side {
	v := side{System: system, New: s.forms(m, system, "", "")}
	marks := s.marks(m.ID)
	for _, r := range localstack.Records(m) {
		if r.System != system {
			continue
		}
		x := row{
			Record: r, URL: recordURL(m.ID, r.ID), Status: r.Field("Status"), Mark: marks[r.ID],
			Trouble: l.trouble(r.ID),
		}
		if other, ok := l.counterpart(r.ID); ok {
			x.Other, x.OtherURL = other.Key, recordURL(m.ID, other)
		}
		switch r.Kind {
		case localstack.Order:
			x.Detail = cmp.Or(r.Field("Rows"), r.Field("Lines"))
			if picked := r.Field("Picked"); strings.Trim(picked, "0, ") != "" {
				x.Detail += " · picked " + picked
			}
			x.Quick = quickAct(system, x.Status)
			v.Orders = append(v.Orders, x)
		case localstack.Supplier:
			x.Detail = r.Field("Address")
			v.Suppliers = append(v.Suppliers, x)
		default:
			x.Figure = r.Field("Stock")
			x.Detail = cmp.Or(r.Field("Number"), "no number")
			if system == localstack.Ongoing {
				x.Detail = r.Key
			}
			v.Goods = append(v.Goods, x)
		}
	}
	return v
}

// quickAct is the act that is most likely next for an order.
func quickAct(system localstack.System, status string) *quick {
	switch {
	case system == localstack.Ongoing && (strings.HasPrefix(status, "3") || strings.HasPrefix(status, "400")):
		return &quick{"send", "Send"}
	case system == localstack.Office24 && (status == "Offer" || status == "Draft" || status == "Web"):
		return &quick{"confirm", "Confirm"}
	}
	return nil
}

// marks says who has changed a record last, of those that are new.
func (s *Server) marks(customer string) map[localstack.ID]string {
	marks := map[localstack.ID]string{}
	for _, e := range s.stack.History.Entries(customer) {
		if e.N > s.newSince() && e.Record.Key != "" {
			marks[e.Record] = "people"
			if isProcess(e.Actor) {
				marks[e.Record] = "sync"
			}
		}
	}
	return marks
}

func isProcess(a localstack.Actor) bool {
	return slices.ContainsFunc(naming.Entries(), func(e naming.Entry) bool { return string(e.Process) == string(a) })
}

// runs returns the last run of each process for a customer, in the order of the schedule.
func (s *Server) runs(customer string) []runView {
	var views []runView
	said := map[string]bool{}
	last, broken := s.stack.RunsOf(customer), s.stack.LastErrors()
	for _, entry := range naming.Entries() {
		ran, ok := last[entry.Process]
		v := runView{Process: entry.Process, About: entry.About}
		if ok {
			v.Outcome, v.Reason, v.At = ran.Outcome, ran.Reason, ran.At
			v.Text = fmt.Sprintf("read %d, written %d", ran.Read, ran.Written)
			if ran.Held > 0 {
				v.Text += fmt.Sprintf(", held %d", ran.Held)
			}
			if ran.Failed > 0 {
				v.Text += fmt.Sprintf(", refused %d", ran.Failed)
			}
			if ran.Outcome == runner.NotDue || ran.Outcome == runner.Off || ran.Outcome == runner.Blocked {
				v.Text = ""
			}
		}
		if b, ended := broken[entry.Process]; ended {
			ok, v.At, v.Outcome, v.Text = true, b.At, runner.Failed, ""
			v.Reason = "the function ended before it had an answer; the next tick goes on. " + b.Err.Error()
		}
		v.Alone = (v.Outcome == runner.Blocked || v.Outcome == runner.Failed) && !said[v.Reason]
		said[v.Reason] = true
		if ok {
			views = append(views, v)
		}
	}
	return views
}

// did returns the newest things that happened to a customer, newest first.
func (s *Server) did(customer string, most int) []entryView {
	var views []entryView
	for _, e := range slices.Backward(s.stack.History.Entries(customer)) {
		if len(views) == most {
			break
		}
		views = append(views, s.entry(e))
	}
	return views
}

func (s *Server) entry(e localstack.Entry) entryView {
	v := entryView{Entry: e, New: e.N > s.newSince()}
	if e.Record.Key != "" {
		v.URL = recordURL(e.Customer, e.Record)
	}
	return v
}

// waits lists the failure records of a customer, newest first.
func (s *Server) waits(m *testenv.Merchant, l links) []waitView {
	var views []waitView
	for id, f := range l.failures {
		next := "Tried again in the next tick, or when it changes"
		if tick := quarterFrom(f.NextAt); tick.After(s.stack.NextTick()) {
			zone := s.zone(context.Background(), m.ID)
			next = "Tried again in the tick of " + clock(tick, zone) + ", or when it changes"
			if day(tick, zone) != day(s.stack.NextTick(), zone) {
				next = "Tried again on " + day(tick, zone) + ", or when it changes"
			}
		}
		views = append(views, waitView{
			Process: f.Process, Key: f.Key, Class: f.Class, Message: f.Message, URL: recordURL(m.ID, id),
			Next: next, Since: f.FirstAt,
		})
	}
	slices.SortFunc(views, func(a, b waitView) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.Process, b.Process), cmp.Compare(a.Key, b.Key))
	})
	return views
}

// quarterFrom returns the first tick in which a record whose pause ends at a time is tried again.
func quarterFrom(at time.Time) time.Time {
	tick := at.Truncate(naming.Period)
	if tick.Before(at) {
		tick = tick.Add(naming.Period)
	}
	return tick
}

// A look is what the next tick will do for a customer: a dry run of each process.
type look struct {
	Runs []lookRun
	// Pending means that the dry runs are not over.
	Pending bool
	Nothing bool // there is nothing to do
}

type lookRun struct {
	Process naming.Process
	Planned []plannedView
	// Refused is what would be refused or held and has no failure record yet.
	Refused []plannedView
	More    int // how many are not shown
	Wrong   string
}

// A plannedView is a change that a process would make.
type plannedView struct{ Key, Text, URL string }

// lookTime is how long the dry runs may take.
const lookTime = 8 * time.Second

// looks keeps looks ahead until something happens.
type looks struct {
	stack *localstack.Stack

	mu   sync.Mutex
	kept map[string]*keptLook
}

type keptLook struct {
	// after is the length of the history when it was made: what has happened since, syncctl or a program did.
	after int
	done  chan struct{}
	look  look
}

func (l *looks) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = nil
}

// of returns the look for a customer. It waits a moment for one that is not over.
func (l *looks) of(m *testenv.Merchant, known map[localstack.ID]bool) look {
	l.mu.Lock()
	k, after := l.kept[m.ID], l.stack.History.Length()
	if k == nil || k.after != after {
		k = &keptLook{after: after, done: make(chan struct{})}
		if l.kept == nil {
			l.kept = map[string]*keptLook{}
		}
		l.kept[m.ID] = k
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), lookTime)
			defer cancel()
			k.look = l.ahead(ctx, m, known)
			close(k.done)
		}()
	}
	l.mu.Unlock()
	select {
	case <-k.done:
		return k.look
	case <-time.After(1500 * time.Millisecond):
		return look{Pending: true}
	}
}

func (l *looks) ahead(ctx context.Context, m *testenv.Merchant, known map[localstack.ID]bool) look {
	v := look{Nothing: true}
	for _, entry := range naming.Entries() {
		r := lookRun{Process: entry.Process}
		row, err := l.stack.LookAhead(ctx, entry.Process, m.ID)
		switch {
		case ctx.Err() != nil:
			r.Wrong = "a system does not answer in time"
		case err != nil:
			r.Wrong = err.Error()
		case row.Outcome == runner.Blocked || row.Outcome == runner.Failed:
			r.Wrong = row.Reason
		}
		for _, p := range row.Problems {
			id := subject(m, entry.Process, p.Key)
			if !known[id] {
				r.Refused = append(r.Refused, plannedView{p.Key, p.Message, recordURL(m.ID, id)})
			}
		}
		const most = 6
		for _, c := range row.Changes[:min(most, len(row.Changes))] {
			id := subject(m, entry.Process, c.Key)
			r.Planned = append(r.Planned, plannedView{c.Key, string(c.Action) + " " + c.Key, recordURL(m.ID, id)})
		}
		r.More = max(0, len(row.Changes)-most)
		if r.Wrong == "" && len(r.Planned)+len(r.Refused) == 0 {
			continue
		}
		v.Nothing = false
		v.Runs = append(v.Runs, r)
		if ctx.Err() != nil {
			break
		}
	}
	return v
}

// Systems in addresses.
var systemNames = map[string]localstack.System{"24so": localstack.Office24, "ongoing": localstack.Ongoing}

func recordURL(customer string, id localstack.ID) string {
	name := ""
	for n, system := range systemNames {
		if system == id.System {
			name = n
		}
	}
	return "/c/" + url.PathEscape(customer) + "/" + name + "/" + string(id.Kind) + "/" + url.PathEscape(id.Key)
}

func kindOf(id localstack.ID) string { return string(id.Kind) + " " + id.Key }

// sortedKeys returns the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
