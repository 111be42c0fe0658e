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
	GoodsOwner int    // 0 where the call names none
	Operation  string // method and route, "unknown" for a path that is none
	Write      bool
	WriteN     int    // the how manieth write, from 1; 0 for a read
	Key        string // order or article number of a body, id of a path
	Status     int    // of the answer; 0 where none was sent, or not yet
	Fault      Kind   // what was made to go wrong; empty for nothing
}

// Journal returns all calls so far.
func (s *Server) Journal() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := make([]Entry, len(s.journal))
	for i, e := range s.journal {
		entries[i] = *e
	}
	return entries
}

// An Exchange is a call and its answer, in the form in which they are written to a file. The password is left out.
type Exchange struct {
	System          string            `json:"system"`
	Method          string            `json:"method"`
	Path            string            `json:"path"`
	Query           string            `json:"query"`
	RequestHeaders  map[string]string `json:"requestHeaders"`
	RequestBody     string            `json:"requestBody"`
	Status          int               `json:"status"` // 0: no answer
	ResponseHeaders map[string]string `json:"responseHeaders"`
	ResponseBody    string            `json:"responseBody"`
}

// begin writes a call down as it arrives.
func (s *Server) begin(r *request) {
	var named struct {
		GoodsOwnerID               int
		OrderNumber, ArticleNumber string
	}
	_ = json.Unmarshal(r.body, &named)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &Entry{
		N: len(s.journal) + 1, Time: s.options.Now(), Warehouse: r.operation.warehouse, GoodsOwner: named.GoodsOwnerID,
		Operation: r.operation.String(), Write: r.Method != http.MethodGet, Key: named.OrderNumber + named.ArticleNumber,
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

// end writes down what was answered.
func (s *Server) end(r *request, status int, header http.Header, body []byte) {
	s.mu.Lock()
	r.entry.Status = status
	s.mu.Unlock()
	if s.options.Record == nil {
		return
	}
	x := Exchange{
		System: "ongoing", Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, RequestBody: string(r.body),
		RequestHeaders: first(r.Header), Status: status, ResponseHeaders: first(header), ResponseBody: string(body),
	}
	if _, given := x.RequestHeaders["Authorization"]; given {
		x.RequestHeaders["Authorization"] = "Basic [masked]"
	}
	s.options.Record(x)
}

func first(h http.Header) map[string]string {
	values := map[string]string{}
	for name := range h {
		values[name] = h.Get(name)
	}
	return values
}
