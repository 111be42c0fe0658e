// Package plan holds changes as data: what a process would write, why, and what it left alone. A process only plans;
// whether a plan is carried out, shown (dry run) or stopped (policies) is decided by whoever holds it. No I/O here.
package plan

import "time"

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

// A Change is one record to be written. Body is what the process needs to do so.
type Change[T any] struct {
	// Key is the record's own id: product, order, Ongoing order number, supplier.
	Key    string
	Action Action
	Fields []Field
	// Fingerprint identifies what would be written. A record that failed is not tried again before its pause is over
	// unless its fingerprint has changed since.
	Fingerprint string
	// LinkOnly: neither system is written to, only our own notes are brought up to date. It counts as unchanged.
	LinkOnly bool
	Payload  T
}

// A Refusal is a record that cannot or must not be written now; Err says why and its class what becomes of it.
type Refusal struct {
	Key         string
	Fingerprint string
	Err         error
}

// A Plan is all that one run of a process would do for one customer.
type Plan[T any] struct {
	// Read counts the source records looked at; Unchanged those that are already as they should be; Skipped those
	// that are none of our business (another category, another status, created by hand).
	Read, Unchanged, Skipped int
	Changes                  []Change[T]
	Refused                  []Refusal
	// Compared counts the records that were compared with the other system, for brakes that think in shares.
	Compared int
	// Partial says that more records wait than the plan holds: the cursor stays, and the next run is due at once.
	Partial bool
	// Sweep is for processes whose cursor is more than a moment.
	Sweep Sweep
	// Notes are facts for the run record that concern no single change, e.g. articles without a product.
	Notes []string
}

// Refuse notes a record that cannot be written.
func (p *Plan[T]) Refuse(key, fingerprint string, err error) {
	p.Refused = append(p.Refused, Refusal{key, fingerprint, err})
}

// A Sweep says how much of the other system a plan covered.
type Sweep struct {
	// Full: all of it.
	Full bool
	// Began is when a sweep of several runs began; zero if it is the plan's own. What changed since may not be in it.
	Began time.Time
	// Place is where the next run begins, for processes that read by id; kept in the cursor as it is.
	Place string
}
