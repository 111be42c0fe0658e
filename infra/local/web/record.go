package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/infra/local/acts"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

// A recordView is the story of a record.
type recordView struct {
	localstack.Record
	Exists  bool
	Verdict string
	Good    bool
	Next    string // the operator's next command
	Facts   []runner.Fact
	// Decisions say what each process does with it, and by which rule.
	Decisions []report.Decision
	Tree      []branch
	Story     []entryView
	Forms     []formView
	// Other is the counterpart, with its forms.
	Other      *localstack.Record
	OtherForms []formView
	Trouble    string
}

// A formView is an act as a form.
type formView struct {
	acts.Act
	Fields        []acts.Field
	Customer, Key string
}

// forms lists the acts that can be done to a record, or without a kind to the customer.
func (s *Server) forms(m *testenv.Merchant, system localstack.System, kind localstack.Kind, key string) []formView {
	var views []formView
	for _, a := range acts.On(system, kind) {
		fields := a.Asks(acts.Target{Stack: s.stack, Merchant: m, Key: key})
		if slices.ContainsFunc(fields, func(f acts.Field) bool { return f.Choices != nil && len(f.Choices) == 0 }) {
			continue // there is nothing to choose
		}
		views = append(views, formView{Act: a, Fields: fields, Customer: m.ID, Key: key})
	}
	return views
}

func (s *Server) showRecord(w http.ResponseWriter, r *http.Request) {
	m := s.merchant(w, r, r.PathValue("customer"))
	if m == nil {
		return
	}
	id := localstack.ID{
		System: systemNames[r.PathValue("system")], Kind: localstack.Kind(r.PathValue("kind")), Key: r.PathValue("key"),
	}
	s.noteOutside(m)
	l, err := s.links(r.Context(), m)
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, "%v", err)
		return
	}
	v := recordView{Tree: l.tree(m, id), Trouble: l.trouble(id)}
	v.Record, v.Exists = localstack.Find(m, id)
	v.ID = id
	v.Story = s.story(m.ID, ids(v.Tree))
	if !v.Exists && len(v.Story) == 0 {
		s.fail(w, r, http.StatusNotFound, "%s has no %s %q.", id.System, id.Kind, id.Key)
		return
	}
	if v.Exists {
		v.Forms = s.forms(m, id.System, id.Kind, id.Key)
	}
	if other, ok := l.counterpart(id); ok {
		if record, found := localstack.Find(m, other); found {
			v.Other, v.OtherForms = &record, s.forms(m, other.System, other.Kind, other.Key)
		}
	}
	p := s.newPage(r, "overview", titleOf(id), m.ID)
	if p.Running == "" {
		s.explain(r.Context(), m.ID, id, l, &v)
	}
	p.Data = v
	s.show(w, r, http.StatusOK, "record", p)
}

func titleOf(id localstack.ID) string {
	kind := string(id.Kind)
	return strings.ToUpper(kind[:min(1, len(kind))]) + kind[min(1, len(kind)):] + " " + id.Key
}

// story lists what happened to some records, oldest first.
func (s *Server) story(customer string, records []localstack.ID) []entryView {
	var views []entryView
	for _, e := range s.stack.History.Entries(customer) {
		if slices.Contains(records, e.Record) {
			views = append(views, s.entry(e))
		}
	}
	const most = 200
	return views[max(0, len(views)-most):]
}

// explain asks the operator's report why the record is as it is.
func (s *Server) explain(ctx context.Context, customer string, id localstack.ID, l links, v *recordView) {
	at := id
	if at.System == localstack.Ongoing {
		other, ok := l.counterpart(id)
		if !ok {
			v.Verdict = "This record belongs to nothing in 24SevenOffice. The integration leaves it alone."
			v.Good = true
			return
		}
		at = other
	}
	if _, err := strconv.Atoi(at.Key); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	e, err := s.reader().Explain(ctx, report.Subject{Customer: customer, Kind: string(at.Kind), Name: at.Key})
	switch {
	case ctx.Err() != nil:
		v.Verdict = fmt.Sprintf("It cannot be explained now: a system does not answer within %v.", lookTime)
	case err != nil:
		v.Verdict = "It cannot be explained now: " + err.Error()
	default:
		v.Verdict, v.Good, v.Facts, v.Next = e.Verdict, e.Good, e.Facts, e.Next
		v.Decisions = e.Decisions
	}
}

func (s *Server) doAct(w http.ResponseWriter, r *http.Request) {
	m := s.merchant(w, r, r.FormValue("customer"))
	if m == nil {
		return
	}
	t := acts.Target{Stack: s.stack, Merchant: m, Key: r.FormValue("key"), Values: map[string]string{}}
	for name, given := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "field-"); ok {
			t.Values[field] = given[0]
		}
	}
	act, _ := acts.Named(r.PathValue("act"))
	s.do(w, r, act.Title, func(ctx context.Context) (string, error) {
		if _, err := acts.Do(ctx, r.PathValue("act"), t); err != nil {
			return "", err
		}
		return strings.TrimSpace(act.Title+" "+t.Key) + ": done. The next tick carries it over.", nil
	})
}
