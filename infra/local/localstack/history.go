package localstack

import (
	"slices"
	"strings"
	"sync"
	"time"

	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// An Actor has changed something: a process, or one of those below.
type Actor string

// Actors that are not processes.
const (
	Sales     Actor = "sales"     // people in 24SevenOffice
	Warehouse Actor = "warehouse" // people in Ongoing WMS
	Operator  Actor = "operator"  // who operates the integration
	Outside   Actor = "outside"   // a program that has used one of the APIs
	People    Actor = "people"    // sales or the warehouse, by the system of what they have changed
)

// An Entry is something that happened.
type Entry struct {
	N        int
	At       time.Time
	Actor    Actor
	Customer string
	// Record is what has changed; empty if it was not a record.
	Record ID
	Text   string
}

// History is what has happened since the start. It compares what both systems hold with what they held before, so it
// contains every change, whoever has made it.
type History struct {
	stack *Stack

	mu      sync.Mutex
	entries []Entry
	seen    map[string]snapshot // by customer
}

// A snapshot is what both systems hold of a customer.
type snapshot struct {
	company    *office24test.Tenant
	goodsOwner *ongoingtest.GoodsOwner
	records    []Record
}

// Note adds what has changed since the last Note for these merchants, and who has done it; without merchants, for all.
func (h *History) Note(actor Actor, only ...*testenv.Merchant) {
	if only == nil {
		only = h.stack.Merchants()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.note(actor, only...)
}

// Act lets people do something to a merchant's records. What a function that runs at the same time has changed is not
// taken for theirs, nor the other way round.
func (h *History) Act(m *testenv.Merchant, do func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	running := Outside
	if p := h.stack.running(); p != "" {
		running = Actor(p)
	}
	h.note(running, m)
	err := do()
	h.note(People, m)
	return err
}

func (h *History) note(actor Actor, merchants ...*testenv.Merchant) {
	if h.seen == nil {
		h.seen = map[string]snapshot{}
	}
	for _, m := range merchants {
		now := snapshot{m.Company, m.GoodsOwner, Records(m)}
		before, known := h.seen[m.ID]
		h.seen[m.ID] = now
		if !known {
			continue // how it is at first is no change
		}
		for _, c := range differences(before, now) {
			h.add(actor, m.ID, c.id, c.text)
		}
	}
}

// Say adds something that is not the change of a record.
func (h *History) Say(actor Actor, customer, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(actor, customer, ID{}, text)
}

func (h *History) add(actor Actor, customer string, id ID, text string) {
	if actor == People {
		actor = map[System]Actor{Office24: Sales, Ongoing: Warehouse}[id.System]
	}
	h.entries = append(h.entries, Entry{
		N: len(h.entries) + 1, At: h.stack.Clock.Now(), Actor: actor, Customer: customer, Record: id, Text: text,
	})
}

// Entries returns those of a customer, oldest first. If the customer is empty, it returns all.
func (h *History) Entries(customer string) []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.entries), func(e Entry) bool {
		return customer != "" && e.Customer != customer && e.Customer != ""
	})
}

// Length returns the number of entries.
func (h *History) Length() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.entries)
}

type difference struct {
	id   ID
	text string
}

// differences lists what is new, changed or gone. A system in which the customer has moved is left out.
func differences(before, now snapshot) []difference {
	same := map[System]bool{
		Office24: before.company == now.company, Ongoing: before.goodsOwner == now.goodsOwner,
	}
	old := map[ID]Record{}
	for _, r := range before.records {
		old[r.ID] = r
	}
	var found []difference
	for _, r := range now.records {
		was, known := old[r.ID]
		delete(old, r.ID)
		if !same[r.System] {
			continue
		}
		if !known {
			found = append(found, difference{r.ID, "new: " + described(r)})
		} else if changed := compare(was, r); changed != "" {
			found = append(found, difference{r.ID, changed})
		}
	}
	for _, r := range before.records {
		if _, gone := old[r.ID]; gone && same[r.System] {
			found = append(found, difference{r.ID, "deleted"})
		}
	}
	return found
}

// described returns what matters of a new record.
func described(r Record) string {
	var parts []string
	for _, name := range []string{"Status", "Rows", "Lines", "Number", "Name", "Stock"} {
		parts = append(parts, r.Field(name))
	}
	return strings.Join(present(parts...), ", ")
}

// compare lists the fields that differ.
func compare(was, is Record) string {
	var parts []string
	for _, f := range is.Fields {
		if old := was.Field(f.Name); old != f.Value {
			parts = append(parts, f.Name+" "+orNone(old)+" → "+orNone(f.Value))
		}
	}
	for _, f := range was.Fields {
		if f.Value != "" && !slices.ContainsFunc(is.Fields, func(g Field) bool { return g.Name == f.Name }) {
			parts = append(parts, f.Name+" "+f.Value+" → –")
		}
	}
	return strings.Join(parts, "; ")
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
