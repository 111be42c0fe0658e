package dynamodbtest

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
)

// Consumed are the requests to the state and settings tables and what DynamoDB would charge for them, by its rules
// (developer guide, read and write operations): a unit for each 4 kB that is read consistently, and for each kB that is
// written, of an item, or of the result of a query as a whole; at least one for each item that was asked for.
type Consumed struct{ Reads, ReadUnits, Writes, WriteUnits int }

// Consumed returns what was consumed since the server was started, in the table.
func (s *Server) Consumed(table string) Consumed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.consumed[table]
}

// consume counts a request that the engine has answered.
func (s *Server) consume(r Request, body []byte, answer *httptest.ResponseRecorder) {
	var in struct {
		Item         json.RawMessage
		RequestItems map[string]struct{ Keys []json.RawMessage }
	}
	var out struct {
		Item, Attributes json.RawMessage
		Items            []json.RawMessage
		Responses        map[string][]json.RawMessage
	}
	if json.Unmarshal(body, &in) != nil || json.Unmarshal(answer.Body.Bytes(), &out) != nil {
		return
	}
	var used Consumed
	switch {
	case r.Write:
		used = Consumed{Writes: 1, WriteUnits: units(max(size(in.Item), size(out.Attributes)), 1024)}
	case r.Operation == "BatchGetItem":
		found := out.Responses[r.Table]
		used = Consumed{Reads: 1, ReadUnits: len(in.RequestItems[r.Table].Keys) - len(found)}
		for _, it := range found {
			used.ReadUnits += units(size(it), 4096)
		}
	default:
		total := size(out.Item)
		for _, it := range out.Items {
			total += size(it)
		}
		used = Consumed{Reads: 1, ReadUnits: units(total, 4096)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.consumed[r.Table]
	s.consumed[r.Table] = Consumed{
		Reads: c.Reads + used.Reads, ReadUnits: c.ReadUnits + used.ReadUnits,
		Writes: c.Writes + used.Writes, WriteUnits: c.WriteUnits + used.WriteUnits,
	}
}

func units(size, unit int) int { return max(1, (size+unit-1)/unit) }

// size returns the size of an item: the names and values of its attributes. A number counts as its text, which is more
// than DynamoDB counts.
func size(item json.RawMessage) (n int) {
	var attributes map[string]map[string]json.RawMessage
	if json.Unmarshal(item, &attributes) != nil {
		return 0
	}
	for name, typed := range attributes {
		n += len(name)
		for kind, v := range typed {
			n += sizeOfValue(kind, v)
		}
	}
	return n
}

func sizeOfValue(kind string, v json.RawMessage) (n int) {
	switch {
	case kind == "M":
		return 3 + size(v)
	case kind == "L":
		var members []map[string]json.RawMessage
		_ = json.Unmarshal(v, &members) // what is no list has no members
		n = 3
		for _, typed := range members {
			for kind, v := range typed {
				n += 1 + sizeOfValue(kind, v)
			}
		}
		return n
	case slices.Contains([]string{"S", "N", "B"}, kind):
		return max(0, len(v)-len(`""`))
	default:
		return 1
	}
}
