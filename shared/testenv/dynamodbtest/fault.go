package dynamodbtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ongoing24so/shared/naming"
)

// A Request is what the layer in front of the engine knows of a request.
type Request struct {
	// Operation is DynamoDB's name of it, e.g. PutItem.
	Operation string
	// Table is the table, the first one of a batch.
	Table string
	// Key is the item's: the customer and, in the state table, the record behind a slash; of a query, how its records
	// begin; of a batch that reads items of one customer and of a transaction, the first item's. Empty for scans and
	// other batches.
	Key string
	// Write tells that the request changes an item.
	Write bool
}

// A Write is a write that took effect.
type Write struct{ Operation, Table, Key string }

func (w Write) String() string { return w.Operation + " " + w.Table + " " + w.Key }

// Writes returns the writes that took effect so far, in their order. Requests whose condition failed are not among
// them, nor are the tables.
func (s *Server) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Write(nil), s.writes...)
}

// An Effect is what happens to a request.
type Effect string

// The effects. The SDK repeats a request that meets any of them but Delay, until it gives up: see Fault.Times.
const (
	// None leaves the request alone: for faults that have only hooks.
	None Effect = ""
	// Throttle refuses it: ProvisionedThroughputExceededException.
	Throttle Effect = "throttle"
	// Busy refuses it: ThrottlingException.
	Busy Effect = "busy"
	// Fail refuses it: InternalServerError, status 500.
	Fail Effect = "fail"
	// ResetBefore breaks the connection before the request takes effect, ResetAfter afterwards.
	ResetBefore Effect = "reset before"
	ResetAfter  Effect = "reset after"
)

// A Fault changes what happens to chosen requests.
type Fault struct {
	// Operation, Table and Key choose the requests, Key by its beginning; empty: any. Writes: only those that change
	// an item.
	Operation, Table, Key string
	Writes                bool
	// N is the first of the chosen requests that it happens to, counted from 1 (and 0 is 1). Times is to how many in a
	// row; 0 is once, -1 all that follow.
	N, Times int
	// Before is called before the request takes effect, After when it has taken effect and before the answer leaves:
	// the places to kill a process at.
	Before, After func(Request)
	// Delay follows Before; a request whose caller leaves meanwhile has no effect.
	Delay  time.Duration
	Effect Effect

	seen int
}

// Inject adds a fault. A request meets the first one that chooses it; counting starts now.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal takes all faults away.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// match counts a request at all faults that choose it and returns the first one that is its turn, else one that does
// nothing.
func (s *Server) match(r Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	hit := &Fault{}
	for i := len(s.faults) - 1; i >= 0; i-- {
		if f := s.faults[i]; f.chooses(r) && f.turn() {
			hit = f
		}
	}
	return hit
}

func (f *Fault) chooses(r Request) bool {
	return (f.Operation == "" || f.Operation == r.Operation) && (f.Table == "" || f.Table == r.Table) &&
		strings.HasPrefix(r.Key, f.Key) && (r.Write || !f.Writes)
}

func (f *Fault) turn() bool {
	f.seen++
	first := max(f.N, 1)
	return f.seen >= first && (f.Times < 0 || f.seen < first+max(f.Times, 1))
}

// before does what comes before the effect and tells whether the request ends there.
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

// after does what comes after the effect and tells whether the answer stays away.
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

// reset closes the connection without a word.
func reset(w http.ResponseWriter) {
	if connection, _, err := w.(http.Hijacker).Hijack(); err == nil {
		connection.Close()
	}
}

// parse reads what the layer wants to know out of a request. What it cannot read is the engine's to refuse.
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
		r.Key = in.ExpressionAttributeValues[":customer"].S + "/" + in.ExpressionAttributeValues[":prefix"].S
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
