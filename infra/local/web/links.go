package web

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

// links are what the state table knows of a customer's records in both systems.
type links struct {
	pairs    [][2]localstack.ID // of 24SevenOffice and of Ongoing
	rest     map[string]string  // orders of 24SevenOffice to their rest orders
	back     map[string]string  // back orders in Ongoing to their orders
	failures map[localstack.ID]failure
}

// A failure is a failure record.
type failure struct {
	Process naming.Process
	Key     string
	Class   string
	Message string
	FirstAt time.Time
	NextAt  time.Time
	// Dismissed means that a person has settled it.
	DismissedAt string
}

// A stored record is what is read of a link.
type stored struct {
	OrderID, ProductID, OngoingID int
	OrderNumber, ArticleNumber    string
	RestOrder                     struct{ OrderID int }
}

// links reads the state table.
func (s *Server) links(ctx context.Context, m *testenv.Merchant) (links, error) {
	l := links{rest: map[string]string{}, back: map[string]string{}, failures: map[localstack.ID]failure{}}
	records, err := s.stack.State(ctx, m.ID)
	if err != nil {
		return l, err
	}
	present := map[localstack.ID]bool{}
	for _, r := range localstack.Records(m) {
		present[r.ID] = true
		if r.System == localstack.Ongoing && r.Of != "" {
			l.back[r.Key] = r.Of
		}
	}
	for name, record := range records {
		kind, key, _ := strings.Cut(name, "#")
		var x stored
		switch kind {
		case "order":
			decode(record, &x)
			l.pair(localstack.ID{System: localstack.Office24, Kind: localstack.Order, Key: key},
				localstack.ID{System: localstack.Ongoing, Kind: localstack.Order, Key: x.OrderNumber}, present)
			if x.RestOrder.OrderID != 0 {
				l.rest[key] = strconv.Itoa(x.RestOrder.OrderID)
			}
		case "article":
			decode(record, &x)
			l.pair(localstack.ID{System: localstack.Office24, Kind: localstack.Product, Key: key},
				localstack.ID{System: localstack.Ongoing, Kind: localstack.Article, Key: x.ArticleNumber}, present)
		case "failure":
			var f failure
			decode(record, &f)
			if f.DismissedAt == "" {
				l.failures[subject(m, f.Process, f.Key)] = f
			}
		}
	}
	for id := range present {
		if id.Kind == localstack.Supplier && id.System == localstack.Office24 {
			l.pair(id, localstack.ID{System: localstack.Ongoing, Kind: localstack.Supplier, Key: id.Key}, present)
		}
	}
	return l, nil
}

// decode reads a record of the state table. What does not fit is left out: the page shows what it can.
func decode(record testenv.Record, into any) {
	if text, err := json.Marshal(record); err == nil {
		_ = json.Unmarshal(text, into)
	}
}

func (l *links) pair(office24, ongoing localstack.ID, present map[localstack.ID]bool) {
	if present[ongoing] {
		l.pairs = append(l.pairs, [2]localstack.ID{office24, ongoing})
	}
}

// subject returns the record that a process means by a key.
func subject(m *testenv.Merchant, process naming.Process, key string) localstack.ID {
	id := localstack.ID{System: localstack.Office24, Key: key}
	switch process {
	case naming.SalesOrders:
		id.Kind = localstack.Order
	case naming.Shipments:
		id.System, id.Kind = localstack.Ongoing, localstack.Order
		if _, found := localstack.Find(m, id); !found { // it is deleted, or the key is that of 24SevenOffice
			id.System = localstack.Office24
		}
	case naming.Suppliers:
		id.Kind = localstack.Supplier
	default:
		id.Kind = localstack.Product
	}
	return id
}

// counterpart returns the record of the other system.
func (l links) counterpart(id localstack.ID) (localstack.ID, bool) {
	for _, p := range l.pairs {
		if p[0] == id {
			return p[1], true
		}
		if p[1] == id {
			return p[0], true
		}
	}
	return localstack.ID{}, false
}

// trouble returns why a record, or its counterpart, waits.
func (l links) trouble(id localstack.ID) string {
	other, _ := l.counterpart(id)
	for _, x := range []localstack.ID{id, other} {
		if f, ok := l.failures[x]; ok {
			return f.Message
		}
	}
	return ""
}

// A branch is a record in the tree of what belongs together, with its place in it.
type branch struct {
	localstack.Record
	URL   string
	Depth int
	Why   string // how it has come to be
}

// tree lists what belongs to a record: its counterpart, rest orders and back orders, each after what it came of.
func (l links) tree(m *testenv.Merchant, id localstack.ID) []branch {
	root := id
	for seen := map[localstack.ID]bool{}; !seen[root]; {
		seen[root] = true
		if parent, ok := l.parent(root); ok {
			root = parent
		}
	}
	records := map[localstack.ID]localstack.Record{}
	for _, r := range localstack.Records(m) {
		records[r.ID] = r
	}
	var branches []branch
	added := map[localstack.ID]bool{}
	var add func(id localstack.ID, depth int, why string)
	add = func(id localstack.ID, depth int, why string) {
		r, exists := records[id]
		if added[id] {
			return
		}
		added[id] = true
		if !exists {
			r = localstack.Record{ID: id, Fields: []localstack.Field{{Name: "Status", Value: "does not exist"}}}
		}
		branches = append(branches, branch{Record: r, URL: recordURL(m.ID, id), Depth: depth, Why: why})
		if other, ok := l.counterpart(id); ok && id.System == localstack.Office24 {
			add(other, depth+1, "in the warehouse")
		}
		for _, back := range sortedKeys(l.back) {
			if id.System == localstack.Ongoing && l.back[back] == id.Key {
				add(localstack.ID{System: id.System, Kind: id.Kind, Key: back}, depth+1, "back order")
			}
		}
		if rest := l.rest[id.Key]; rest != "" && id.System == localstack.Office24 && id.Kind == localstack.Order {
			add(localstack.ID{System: id.System, Kind: id.Kind, Key: rest}, depth+1, "rest order")
		}
	}
	add(root, 0, "")
	if !added[id] {
		add(id, 0, "")
	}
	return branches
}

// parent returns what a record has come of: its counterpart in 24SevenOffice, or the order whose rest it is.
func (l links) parent(id localstack.ID) (localstack.ID, bool) {
	if id.System == localstack.Ongoing {
		if of := l.back[id.Key]; id.Kind == localstack.Order && of != "" {
			return localstack.ID{System: id.System, Kind: id.Kind, Key: of}, true
		}
		return l.counterpart(id)
	}
	if id.Kind == localstack.Order {
		for _, order := range sortedKeys(l.rest) {
			if l.rest[order] == id.Key {
				return localstack.ID{System: id.System, Kind: id.Kind, Key: order}, true
			}
		}
	}
	return id, false
}

// ids returns the ids of branches.
func ids(branches []branch) []localstack.ID {
	var all []localstack.ID
	for _, b := range branches {
		all = append(all, b.ID)
	}
	return slices.Clip(all)
}
