package ongoingtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// An Entry is a call in the journal, in the order of arrival.
type Entry struct {
	N          int // from 1
	Time       time.Time
	Warehouse  string
	GoodsOwner int    // 0 if the call names none
	Operation  string // method and route; "unknown" for an unknown path
	Write      bool
	WriteN     int    // number of the write, from 1; 0 for a read
	Key        string // order or article number of the body, or id of the path
	Status     int    // of the answer; 0 if none was sent, or not yet
	Fault      Kind   // the fault that the call met; empty for none
}

// Journal returns all calls.
func (s *Server) Journal() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := make([]Entry, len(s.journal))
	for i, e := range s.journal {
		entries[i] = *e
	}
	return entries
}

// An Exchange is a request and its answer, in the format of recordings. The credentials are masked.
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

// begin adds a call to the journal.
func (s *Server) begin(r *request) {
	var named struct {
		GoodsOwnerID               int
		OrderNumber, ArticleNumber string
	}
	_ = json.Unmarshal(r.body, &named)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &Entry{
		N: len(s.journal) + 1, Time: s.options.Now(),
		Warehouse: r.operation.warehouse, GoodsOwner: named.GoodsOwnerID, Operation: r.operation.String(),
		Write: r.Method != http.MethodGet, Key: named.OrderNumber + named.ArticleNumber,
	}
	if id, err := strconv.Atoi(r.URL.Query().Get("goodsOwnerId")); err == nil {
		e.GoodsOwner = id
	}
	if len(r.operation.ids) > 0 {
		e.Key = strconv.Itoa(r.operation.ids[0])
		if owner := s.warehouses[r.operation.warehouse].ownerOf(r); owner != nil {
			e.GoodsOwner = owner.ID
		}
	}
	if e.Write {
		s.writes++
		e.WriteN = s.writes
	}
	s.journal = append(s.journal, e)
	r.entry = e
}

// end completes the journal entry of a call and records the exchange.
func (s *Server) end(r *request, status int, header http.Header, body []byte) {
	s.mu.Lock()
	r.entry.Status = status
	s.mu.Unlock()
	if s.options.Record == nil {
		return
	}
	x := Exchange{
		System: "ongoing", Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		RequestHeaders: firstValues(r.Header), RequestBody: string(r.body),
		Status: status, ResponseHeaders: firstValues(header), ResponseBody: string(body),
	}
	if _, given := x.RequestHeaders["Authorization"]; given {
		x.RequestHeaders["Authorization"] = "Basic [masked]"
	}
	s.options.Record(x)
}

func firstValues(h http.Header) map[string]string {
	values := map[string]string{}
	for name := range h {
		values[name] = h.Get(name)
	}
	return values
}
