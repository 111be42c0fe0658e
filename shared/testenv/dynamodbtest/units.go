package dynamodbtest

import (
	"slices"
	"strings"

	"github.com/truora/minidyn/types"
)

// Consumed are the requests to a table, and what DynamoDB charges for them in on-demand mode.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html
type Consumed struct {
	Reads, Writes int
	// ReadUnits are 4 kB each, half a unit if the read need not be consistent. A batch counts each item by itself, a
	// query or scan the page as a whole.
	ReadUnits float64
	// WriteUnits are 1 kB each of the larger of the old and the new item, also if the condition fails; two in a
	// transaction.
	WriteUnits float64
}

// Consumed returns what was consumed since the server was started, in the table. Requests that met a fault before they
// took effect are left out.
func (s *Server) Consumed(table string) Consumed {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return s.engine.consumed[table]
}

// consumeRead counts a read of items with these sizes. What does not exist has the size 0 and costs as much as the
// smallest item.
func (e *engine) consumeRead(table string, consistent bool, sizes ...int) {
	c := e.consumed[table]
	c.Reads++
	for _, size := range sizes {
		units := float64(max(1, (size+4<<10-1)/(4<<10)))
		if !consistent {
			units /= 2
		}
		c.ReadUnits += units
	}
	e.consumed[table] = c
}

func (e *engine) consumeWrite(table string, factor int, sizes ...int) {
	c := e.consumed[table]
	c.Writes++
	for _, size := range sizes {
		c.WriteUnits += float64(factor * max(1, (size+1<<10-1)/(1<<10)))
	}
	e.consumed[table] = c
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

// StoredBytes is the size of the items of the state table whose sort keys begin with one of the prefixes, with the 100
// bytes that DynamoDB adds to each. The prefix "" is that of all items.
func (s *Server) StoredBytes(prefixes ...string) (size int) {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	for _, p := range s.engine.tables[StateTable].partitions {
		for sort, it := range p.items {
			begins := func(prefix string) bool { return strings.HasPrefix(sort, prefix) }
			if slices.ContainsFunc(prefixes, begins) {
				size += it.size + 100
			}
		}
	}
	return size
}
