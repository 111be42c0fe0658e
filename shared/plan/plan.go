// Package plan describes changes as data: what a process would write and why, and what it does not write. A process
// makes a plan; the runner decides whether to make its changes, show them (dry run) or stop them (policy). The package
// does no I/O.
package plan

import (
	"context"
	"fmt"
	"time"
)

// An Action is what a change does to the record in the other system.
type Action string

const (
	Create Action = "create" // the record is new there
	Update Action = "update" // the record is written again, or renamed
	Status Action = "status" // the status of an order in 24SevenOffice is set
	Cancel Action = "cancel" // the order is cancelled in Ongoing
	Report Action = "report" // shipped quantities are booked and reported
)

// A Field is one difference, in words for people.
type Field struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// A Change is the planned write of one record.
type Change[T any] struct {
	// Key is the id of the record in its source: product, order, supplier, or Ongoing's order number.
	Key    string
	Action Action
	Fields []Field
	// Fingerprint identifies the content to write. A record that failed is tried again before its pause is over only if
	// its fingerprint has changed.
	Fingerprint string
	// Adopts: the other system has the record already, without a link of ours, and it becomes ours.
	Adopts bool
	// LinkOnly changes write only the link, to neither vendor. They count as unchanged.
	LinkOnly bool
	// Happened is when people did in the source system what the change carries over. How long it took until the change
	// was made is measured; it is zero if nobody waits for the change, as after one that only corrects something.
	Happened time.Time
	// Payload is what the process needs to make the change.
	Payload T
}

// A Refusal is a record that the mapping refuses or a rule holds. The class of Err decides when it is tried again.
type Refusal struct {
	Key         string
	Fingerprint string
	Err         error
}

// A Plan is what a process would do in one customer run, or a part of it.
type Plan[T any] struct {
	// Read counts the source records that the plan looked at, Unchanged those that need no write, and Skipped those out
	// of scope: another category, another status, created by hand.
	Read, Unchanged, Skipped int
	// FoundNone: the search of the run found nothing. What was read then was read by its id.
	FoundNone bool
	// Doubted: 24SevenOffice has nothing of what was there before, which can be an outage. The cursor stays once.
	Doubted bool
	Changes []Change[T]
	Refused []Refusal
	// LookedAt are the keys of requested records that the plan has looked at and found as they should be, out of scope,
	// or gone. Their failure records are deleted, unless the key is in Changes or Refused too. A record that the plan
	// had no time for, or did not find for another reason, is not among them.
	LookedAt []string
	// Compared counts the records that were compared with the other system, for policies that limit a share of them.
	Compared int
	// Partial means that more records wait than the plan contains. Next, if not nil, plans the next part of them in the
	// same run, after the changes of this part were made, or were shown by a dry run. If the run has no time for it, or
	// Next is nil, the cursor's times stay, and the next run is due at the next tick.
	//
	// A part counts and mentions only its own records, so that a long plan needs the memory of a part.
	Partial bool
	Next    func(context.Context) (Plan[T], error)
	// Sweep is for processes that keep more than a time in their cursor.
	Sweep Sweep
	// Prepare, if not nil, writes to the state table what concerns no single record, before the changes are made. It is
	// not called in a dry run. Its error ends the customer run.
	Prepare func(context.Context) error
	// Whys say of records that a person named why nothing is to be done about them.
	Whys []Why
	// Notes are facts for the run record that concern no single change, such as articles without a product.
	Notes []string
}

// A Why says which rule leaves a record alone, and the setting that it follows, if any.
type Why struct {
	Key, Reason, Setting string
	// Missing: the record does not exist.
	Missing bool
}

// Refuse adds a record to the refused ones.
func (p *Plan[T]) Refuse(key, fingerprint string, err error) {
	p.Refused = append(p.Refused, Refusal{Key: key, Fingerprint: fingerprint, Err: err})
}

// AddLookedAt adds the requested records to LookedAt: those that were read, and those that are gone. The requested
// records are those that a person named (keys), or else those that failed before and are due again (retry). A record
// that was not read is gone only if others were read, because an empty answer can be an outage. One that a person named
// is gone in any case, and a note says so: missing is its text, with a %s for the key. One of ChangedKey was read only
// if the search found anything.
func (p *Plan[T]) AddLookedAt(keys, retry []string, read func(key string) bool, others bool, missing string) {
	for _, key := range keys {
		p.LookedAt = append(p.LookedAt, key)
		if !read(key) && !IsChangedKey(key) {
			text := fmt.Sprintf(missing, key)
			p.Notes = append(p.Notes, text)
			p.Whys = append(p.Whys, Why{Key: key, Reason: text, Missing: true})
		}
	}
	if keys != nil {
		return
	}
	for _, key := range retry {
		if (others || read(key)) && !(p.FoundNone && IsChangedKey(key)) {
			p.LookedAt = append(p.LookedAt, key)
		}
	}
}

// A Sweep says how much of the other system a plan has covered.
type Sweep struct {
	// Full means all of it.
	Full bool
	// Began is the start of a sweep that takes several runs; later changes can be missing in it. It is zero if this
	// plan began the sweep.
	Began time.Time
	// Place is where the next run continues, for processes that read by id. The cursor keeps it unchanged.
	Place string
}
