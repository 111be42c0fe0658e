package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"ongoing24so/infra/local/acts"
	"ongoing24so/infra/local/localstack"
)

// The control route does by HTTP what the page does:
//
//	POST /control/{customer}/{act}   {"key": "FS-40551", "waybill": "7072215"}
//	POST /control/tick               {}
//
// The header X-Token has the token. The body is a JSON object: key is the record, all others are the act's fields as
// texts. The answer has what has changed in both systems; if nothing was done, the status is 400, or 409 while
// something else runs, and error says why.

type controlView struct {
	Acts           []formView
	Token, Address string
}

func (s *Server) showControl(w http.ResponseWriter, r *http.Request) {
	p := s.newPage(r, "control", "Control by HTTP", s.day.Guest())
	v := controlView{Token: s.token, Address: "http://" + r.Host}
	m := s.stack.Merchant(s.day.Guest())
	for _, a := range acts.All() {
		v.Acts = append(v.Acts, formView{Act: a, Fields: a.Asks(acts.Target{Stack: s.stack, Merchant: m})})
	}
	p.Data = v
	s.show(w, r, http.StatusOK, "control", p)
}

func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	m := s.stack.Merchant(r.PathValue("customer"))
	if m == nil {
		answer(w, http.StatusNotFound, map[string]any{"error": fmt.Sprintf("no customer %q", r.PathValue("customer"))})
		return
	}
	fields := map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{
			"error": "the body must be a JSON object of texts, such as {\"key\": \"FS-40551\"}: " + err.Error(),
		})
		return
	}
	t := acts.Target{Stack: s.stack, Merchant: m, Key: fields["key"], Values: fields}
	delete(fields, "key")
	before := s.stack.History.Length()
	if _, err := acts.Do(r.Context(), r.PathValue("act"), t); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	s.looks.forget()
	answer(w, http.StatusOK, map[string]any{"changed": s.changed(m.ID, before)})
}

func (s *Server) controlTick(w http.ResponseWriter, r *http.Request) {
	before := s.stack.History.Length()
	if err := s.Tick(r.Context()); err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, ErrBusy) {
			status = http.StatusConflict
		}
		answer(w, status, map[string]any{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, map[string]any{"at": s.stack.Clock.Now(), "changed": s.changed("", before)})
}

// A controlEntry is an entry of the history in an answer.
type controlEntry struct {
	Customer string           `json:"customer"`
	By       localstack.Actor `json:"by"`
	System   string           `json:"system,omitempty"`
	Kind     string           `json:"kind,omitempty"`
	Key      string           `json:"key,omitempty"`
	Text     string           `json:"text"`
}

func (s *Server) changed(customer string, since int) []controlEntry {
	entries := []controlEntry{}
	for _, e := range s.stack.History.Entries(customer) {
		if e.N > since {
			entries = append(entries, controlEntry{
				e.Customer, e.Actor, string(e.Record.System), string(e.Record.Kind), e.Record.Key, e.Text,
			})
		}
	}
	return entries
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // an error means that the caller has gone
}
