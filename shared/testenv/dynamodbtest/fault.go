package dynamodbtest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ongoing24so/shared/naming"
)

// A Request is what the server reads from a request before the engine gets it.
type Request struct {
	// Operation is DynamoDB's name of the operation, e.g. PutItem.
	Operation string
	// Table is the name of the table; for a batch, of its first table.
	Table string
	// Key is the item's key: the customer and, in the state table, a slash and the record. For a query it ends with the
	// prefix, or the first, of the records; for a batch that reads items of one customer, and for a transaction, it is
	// the first item's key. It is empty for scans and other batches.
	Key string
	// Write reports that the request changes an item.
	Write bool
}

// A Write is a write that took effect.
type Write struct{ Operation, Table, Key string }

func (w Write) String() string { return w.Operation + " " + w.Table + " " + w.Key }

// Writes returns the writes that took effect, in order. Requests whose condition failed and requests that create or
// delete tables are left out.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Write(nil), s.writes...)
}

// An Effect is what happens to a request.
type Effect string

// The effects. Until it gives up, the SDK repeats a request that meets any of them: see Fault.Times.
const (
	// None does nothing: for faults that have only hooks or a delay.
	None Effect = ""
	// Throttle answers ProvisionedThroughputExceededException.
	Throttle Effect = "throttle"
	// Busy answers ThrottlingException.
	Busy Effect = "busy"
	// Fail answers InternalServerError, status 500.
	Fail Effect = "fail"
	// ResetBefore breaks the connection before the request takes effect, ResetAfter afterwards.
	ResetBefore Effect = "reset before"
	ResetAfter  Effect = "reset after"
)

// A Fault changes what happens to chosen requests.
type Fault struct {
	// Operation, Table and Key select requests, Key as a prefix; empty selects all. Writes selects only requests that
	// change an item.
	Operation, Table, Key string
	Writes                bool
	// N is the first selected request that meets the fault, counted from 1; 0 means 1. Times is the number of
	// consecutive requests that meet it; 0 means 1, -1 means all.
	N, Times int
	// Before is called before the request takes effect, After between the effect and the answer. Tests kill a process
	// in them. Requests that go side by side call them side by side.
	Before, After func(Request)
	// Delay follows Before. A request whose caller leaves during the delay has no effect.
	Delay  time.Duration
	Effect Effect

	seen int
}

// Inject adds a fault. It counts requests from now on. A request meets the first fault that is due.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// match counts a request in every fault that selects it and returns the first one that is due, or one without effect.
func (s *Server) match(r Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := &Fault{}
	for _, f := range slices.Backward(s.faults) {
		if f.selects(r) && f.countRequest() {
			due = f
		}
	}
	return due
}

func (f *Fault) selects(r Request) bool {
	return (f.Operation == "" || f.Operation == r.Operation) && (f.Table == "" || f.Table == r.Table) &&
		strings.HasPrefix(r.Key, f.Key) && (r.Write || !f.Writes)
}

// countRequest counts a request and reports whether the fault is due.
func (f *Fault) countRequest() bool {
	f.seen++
	first := max(f.N, 1)
	return f.seen >= first && (f.Times < 0 || f.seen < first+max(f.Times, 1))
}

// before applies the fault before the effect of a request. It reports whether the request ends here.
func (f *Fault) before(w http.ResponseWriter, r *http.Request, request Request) bool {
	if f.Before != nil {
		f.Before(request)
	}
	if f.Delay > 0 && !sleep(r.Context(), f.Delay) {
		return true
	}
	switch f.Effect {
	case Throttle:
		refuse(w, http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
	case Busy:
		refuse(w, http.StatusBadRequest, "com.amazon.coral.availability#ThrottlingException")
	case Fail:
		refuse(w, http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError")
	case ResetBefore:
		reset(w)
	default:
		return false
	}
	return true
}

// after applies the fault after the effect of a request. It reports whether the answer is dropped.
func (f *Fault) after(w http.ResponseWriter, request Request) bool {
	if f.After != nil {
		f.After(request)
	}
	if f.Effect == ResetAfter {
		reset(w)
		return true
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":%q,"message":"injected"}`, kind)
}

// reset closes the connection without an answer.
func reset(w http.ResponseWriter) {
	if connection, _, err := w.(http.Hijacker).Hijack(); err == nil {
		connection.Close()
	}
}

// parse reads a request. It ignores errors, because the engine refuses an invalid request.
func parse(target string, body []byte) Request {
	_, operation, _ := strings.Cut(target, ".")
	r := Request{Operation: operation}
	var in struct {
		TableName                 string
		Key, Item                 map[string]struct{ S string }
		RequestItems              map[string]json.RawMessage
		ExpressionAttributeValues map[string]struct{ S string }
		TransactItems             []struct {
			Put struct {
				TableName string
				Item      map[string]struct{ S string }
			}
		}
	}
	if json.Unmarshal(body, &in) != nil {
		return r
	}
	r.Table = in.TableName
	for table := range in.RequestItems {
		r.Table = table
	}
	switch operation {
	case "PutItem":
		r.Key, r.Write = keyOf(in.Item), true
	case "UpdateItem", "DeleteItem":
		r.Key, r.Write = keyOf(in.Key), true
	case "GetItem":
		r.Key = keyOf(in.Key)
	case "Query":
		values := in.ExpressionAttributeValues
		r.Key = values[":customer"].S + "/" + cmp.Or(values[":prefix"].S, values[":first"].S)
	case "BatchGetItem":
		r.Key = keyOfBatch(in.RequestItems[r.Table])
	case "BatchWriteItem":
		r.Write = true
	case "TransactWriteItems":
		r.Write = true
		if len(in.TransactItems) > 0 {
			first := in.TransactItems[0].Put
			r.Table, r.Key = first.TableName, keyOf(first.Item)
		}
	}
	return r
}

func keyOfBatch(batch json.RawMessage) string {
	var in struct {
		Keys []map[string]struct{ S string }
	}
	if json.Unmarshal(batch, &in) != nil || len(in.Keys) == 0 {
		return ""
	}
	for _, key := range in.Keys {
		if key[naming.PartitionKey] != in.Keys[0][naming.PartitionKey] {
			return ""
		}
	}
	return keyOf(in.Keys[0])
}

func keyOf(item map[string]struct{ S string }) string {
	key := item[naming.PartitionKey].S
	if record := item[naming.SortKey].S; record != "" {
		key += "/" + record
	}
	return key
}

// Reads returns the requests that read the state table during a call of do, such as "Query acme/article#". Requests
// that go side by side come in any order. It clears all faults.
func (s *Server) Reads(do func()) (reads []string) {
	s.ClearFaults()
	defer s.ClearFaults()
	var mu sync.Mutex
	s.Inject(Fault{Table: StateTable, Times: -1, Before: func(r Request) {
		mu.Lock()
		defer mu.Unlock()
		if !r.Write {
			reads = append(reads, r.Operation+" "+r.Key)
		}
	}})
	do()
	return reads
}
