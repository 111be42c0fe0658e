package office24test

import (
	"bytes"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Call is an entry of the journal.
type Call struct {
	N         int       // from 1, in the order of arrival
	Time      time.Time // by the server's clock
	Tenant    int64     // client number; 0 if the caller is unknown
	Operation string
	Write     bool
	Key       string // of a write: the id of the order or product, "new" for an order without an id
	Effect    bool   // the write took effect
}

// writeKey reports whether a call is a write, and returns its key.
func writeKey(m message) (bool, string) {
	if m.content == nil {
		return false, ""
	}
	switch m.operation {
	case "SetStockQuantity":
		return true, m.content.child("productId").text
	case "SaveInvoices":
		var keys []string
		for _, order := range m.content.child("invoices").children {
			key := "new"
			if order.has("OrderId") {
				key = order.child("OrderId").text
			}
			keys = append(keys, key)
		}
		return true, strings.Join(keys, ",")
	}
	return false, ""
}

// Journal returns all calls, including refused and failed ones.
func (s *Server) Journal() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal)
}

// Writes returns the writes of the journal, whether they took effect or not.
func (s *Server) Writes() []Call {
	return slices.DeleteFunc(s.Journal(), func(c Call) bool { return !c.Write })
}

// Calls returns the number of calls of an operation.
func (s *Server) Calls(operation string) int {
	return len(slices.DeleteFunc(s.Journal(), func(c Call) bool { return c.Operation != operation }))
}

// Violations describes the invalid and harmful calls.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Before sets a hook that runs before a call takes effect; nil removes it. The hook can use the Server, block, or end
// the process.
func (s *Server) Before(hook func(Call)) { s.setHook(&s.before, hook) }

// After sets a hook that runs between the effect of a call and its answer; nil removes it.
func (s *Server) After(hook func(Call)) { s.setHook(&s.after, hook) }

func (s *Server) setHook(place *func(Call), hook func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*place = hook
}

// callHook calls a hook with the current entry of a call.
func (s *Server) callHook(place *func(Call), call Call) {
	s.mu.Lock()
	hook, entry := *place, s.journal[call.N-1]
	s.mu.Unlock()
	if hook != nil {
		hook(entry)
	}
}

// An Exchange is a request and its answer, in the format of recordings. Secrets are masked.
type Exchange struct {
	System          string            `json:"system"`
	Method          string            `json:"method"`
	Path            string            `json:"path"`
	Query           string            `json:"query"`
	RequestHeaders  map[string]string `json:"requestHeaders"`
	RequestBody     string            `json:"requestBody"`
	Status          int               `json:"status"` // 0 if no answer was sent
	ResponseHeaders map[string]string `json:"responseHeaders"`
	ResponseBody    string            `json:"responseBody"`
}

const masked = "[masked]"

// record passes an exchange to Options.Record. The answer is nil if none is sent.
func (s *Server) record(r *http.Request, body []byte, answer *reply) {
	if s.options.Record == nil {
		return
	}
	exchange := Exchange{
		System: "office24", Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		RequestHeaders: map[string]string{}, RequestBody: mask(body, "Password"), ResponseHeaders: map[string]string{},
	}
	for name, values := range r.Header {
		exchange.RequestHeaders[name] = strings.Join(values, ", ")
	}
	for _, name := range []string{"Cookie", "Authorization"} {
		if _, sent := exchange.RequestHeaders[name]; sent {
			exchange.RequestHeaders[name] = masked
		}
	}
	if answer != nil {
		maps.Copy(exchange.ResponseHeaders, answer.header)
		exchange.ResponseHeaders["Content-Type"] = answer.contentType
		exchange.Status, exchange.ResponseBody = answer.status, mask(answer.body, "LoginResult")
	}
	s.recording.Lock()
	defer s.recording.Unlock()
	s.options.Record(exchange)
}

// mask replaces the text of an element.
func mask(body []byte, element string) string {
	if !bytes.Contains(body, []byte(element)) {
		return string(body)
	}
	text := regexp.MustCompile(`(<(?:\w+:)?` + element + `(?: [^>]*)?>)[^<]+`)
	return text.ReplaceAllString(string(body), "${1}"+masked)
}
