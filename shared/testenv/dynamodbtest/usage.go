package dynamodbtest

import (
	"maps"
	"strings"

	"github.com/truora/minidyn/types"
)

// A Usage is what DynamoDB would charge for in on-demand mode, and how many requests it took.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html
type Usage struct {
	// Requests are counted by operation and table, such as "GetItem state".
	Requests map[string]int
	// ReadUnits are 4 kB each, half a unit if the read need not be consistent. A batch counts each item by itself, a
	// query or scan the page as a whole.
	ReadUnits float64
	// WriteUnits are 1 kB each of the larger of the old and the new item, also if the condition fails; two in a
	// transaction.
	WriteUnits float64
}

func newUsage() Usage { return Usage{Requests: map[string]int{}} }

// Usage returns what was used since the start, without requests that met a fault before they took effect.
func (s *Server) Usage() Usage {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	u := s.engine.usage
	u.Requests = maps.Clone(u.Requests)
	return u
}

// Since returns what was used after an earlier Usage of the same server.
func (u Usage) Since(earlier Usage) Usage {
	u.ReadUnits -= earlier.ReadUnits
	u.WriteUnits -= earlier.WriteUnits
	u.Requests = maps.Clone(u.Requests)
	for name, n := range earlier.Requests {
		if u.Requests[name] -= n; u.Requests[name] == 0 {
			delete(u.Requests, name)
		}
	}
	return u
}

// Total is the number of requests.
func (u Usage) Total() (n int) {
	for _, requests := range u.Requests {
		n += requests
	}
	return n
}

// read counts a read of items with these sizes. What does not exist has the size 0 and costs as much as the smallest
// item.
func (u *Usage) read(operation, table string, consistent bool, sizes ...int) {
	u.Requests[operation+" "+table]++
	for _, size := range sizes {
		units := float64(max(1, (size+4<<10-1)/(4<<10)))
		if !consistent {
			units /= 2
		}
		u.ReadUnits += units
	}
}

func (u *Usage) write(operation, table string, factor int, sizes ...int) {
	u.Requests[operation+" "+table]++
	for _, size := range sizes {
		u.WriteUnits += float64(factor * max(1, (size+1<<10-1)/(1<<10)))
	}
}

// sizeOf returns an item's size as DynamoDB counts it: names and texts in UTF-8, a number half a byte a digit and one,
// one byte for true, false and null, three for a map or list and one for each of its members.
func sizeOf(it item) (int, *failure) {
	attributes, err := typed(it)
	if err != nil {
		return 0, err
	}
	size := 0
	for name, v := range attributes {
		size += len(name) + sizeOfValue(v)
	}
	return size, nil
}

func sizeOfValue(v *types.Item) (size int) {
	switch {
	case v.S != nil:
		return len(*v.S)
	case v.N != nil:
		return sizeOfNumber(*v.N)
	case v.BOOL != nil, v.NULL != nil:
		return 1
	case v.M != nil:
		size = 3
		for name, v := range v.M {
			size += 1 + len(name) + sizeOfValue(v)
		}
		return size
	case v.L != nil:
		size = 3
		for _, v := range v.L {
			size += 1 + sizeOfValue(v)
		}
		return size
	}
	for _, s := range v.SS {
		size += len(*s)
	}
	for _, n := range v.NS {
		size += sizeOfNumber(*n)
	}
	for _, b := range v.BS {
		size += len(b)
	}
	return size + len(v.B)
}

func sizeOfNumber(n string) int {
	digits := strings.Trim(strings.ReplaceAll(strings.TrimPrefix(n, "-"), ".", ""), "0")
	size := (len(digits)+1)/2 + 1
	if strings.HasPrefix(n, "-") {
		size++
	}
	return size
}

// StoredBytes is the size of all items of the state table, with the 100 bytes that DynamoDB adds to each.
func (s *Server) StoredBytes() (size int) {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	for _, p := range s.engine.tables[StateTable].partitions {
		for _, it := range p.items {
			size += it.size + 100
		}
	}
	return size
}
