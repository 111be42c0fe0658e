package runner

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// An Outcome is how a customer run ended.
type Outcome string

// The outcomes, most urgent first.
const (
	Failed  Outcome = "failed"  // a vendor gave no usable answer, or the program failed; the next run tries again
	Blocked Outcome = "blocked" // settings, credentials or identity are wrong; a person must act
	Partial Outcome = "partial" // some records failed, are held, or were not processed
	Busy    Outcome = "busy"    // another run has the lease
	OK      Outcome = "ok"
	NotDue  Outcome = "notdue"
	Off     Outcome = "off"
)

var severity = []Outcome{Failed, Blocked, Partial, Busy, OK, NotDue, Off}

// A Result is the function's answer.
type Result struct {
	Process naming.Process `json:"process"`
	// Version is that of the function's program.
	Version          string          `json:"version"`
	RunID            string          `json:"runId"`
	StartedAt        time.Time       `json:"startedAt"`
	FinishedAt       time.Time       `json:"finishedAt"`
	CutShort         bool            `json:"cutShort"`
	Outcomes         map[Outcome]int `json:"outcomes"`
	CustomersOmitted int             `json:"customersOmitted"`
	Customers        []Row           `json:"customers"`
	// Digest is the text of the daily mail, if the event asked for it and somebody has trouble.
	Digest string `json:"digest,omitempty"`
}

// A Row is what a customer run did. It is part of the answer and of the run record.
type Row struct {
	CustomerID string  `json:"customerId"`
	Outcome    Outcome `json:"outcome"`
	Reason     string  `json:"reason"`
	// DryRun: nothing was written, because the event or the customer's mode said so.
	DryRun bool `json:"dryRun,omitempty"`
	// Read counts source records, Planned the planned writes, and Written the writes made. Failed and Held count the
	// failure records at the end of the run, including those of earlier runs whose pause is not over.
	Read      int `json:"read"`
	Planned   int `json:"planned"`
	Written   int `json:"written"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Held      int `json:"held"`
	Failed    int `json:"failed"`
	// Verified counts the source records of a comparison of everything, which a scheduled run makes once a day, and
	// Drift those that differed although no change was announced.
	Verified int `json:"verified,omitempty"`
	Drift    int `json:"drift,omitempty"`
	// Stuck counts the orders in Ongoing that are open for longer than the settings allow. Shipments counts them in the
	// first run of an hour, and when a person asks.
	Stuck int `json:"stuck,omitempty"`
	// Actions counts the planned writes by what they do, in a dry run. Adopted counts the planned records that the
	// other system has already and that become ours, whether something of them is written or only the link.
	Actions        map[plan.Action]int `json:"actions,omitempty"`
	Adopted        int                 `json:"adopted,omitempty"`
	Changes        []Change            `json:"changes,omitempty"`
	ChangesOmitted int                 `json:"changesOmitted,omitempty"`
	// Notes are texts for people that concern no failure.
	Notes        []string `json:"notes,omitempty"`
	NotesOmitted int      `json:"notesOmitted,omitempty"`

	// Problems say why records were not written. The answer has them in a dry run, the run record always.
	Problems        []Problem `json:"problems,omitempty"`
	ProblemsOmitted int       `json:"problemsOmitted,omitempty"`
	// Checks and Found are the answer to an event with check, Explanations to one with explain.
	Checks       []Check       `json:"checks,omitempty"`
	Found        []Finding     `json:"found,omitempty"`
	Explanations []Explanation `json:"explanations,omitempty"`

	// usage is what the customer has used of 24SevenOffice in this month, as far as this process knows.
	usage    *state.MonthUsage
	cutShort bool
	// foundNone and doubted: see plan.Plan.
	foundNone, doubted bool
	// news is what people have not been told of yet, and since when the trouble lasts.
	news news
	// shownSize is the size of Changes in bytes.
	shownSize int
}

// maxNotes is how many notes a row has.
const maxNotes = 50

func (r *Row) addNote(note string) {
	if len(r.Notes) == maxNotes {
		r.NotesOmitted++
		return
	}
	r.Notes = append(r.Notes, errclass.CutMessage(note))
}

func (r *Row) countAction(a plan.Action) {
	if r.Actions == nil {
		r.Actions = map[plan.Action]int{}
	}
	r.Actions[a]++
}

// show adds a change to those that the row shows, up to a size of all of them.
func (r *Row) show(c Change, limit int) {
	size := sizeInList(c)
	if r.ChangesOmitted > 0 || r.shownSize+size > limit {
		r.ChangesOmitted++
		return
	}
	r.Changes, r.shownSize = append(r.Changes, c), r.shownSize+size
}

// A Change is a planned change as a dry run shows it.
type Change struct {
	Key    string       `json:"key"`
	Action plan.Action  `json:"action"`
	Fields []plan.Field `json:"fields"`
	// Adopts: the other system has the record already, and it becomes ours.
	Adopts bool `json:"adopts,omitempty"`
	// Fingerprint identifies all of this, for the field plan of an event.
	Fingerprint string `json:"fingerprint"`
}

// A Problem says why a record was not written.
type Problem struct {
	Key     string `json:"key"`
	Class   string `json:"class"`
	Message string `json:"message"`
}

// A RunRecord is what the state table keeps of a customer run.
type RunRecord struct {
	Row
	RunID      string    `json:"runId"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	CutShort   bool      `json:"cutShort"`
	// Usage is what the customer has used of 24SevenOffice in this month.
	Usage *state.MonthUsage `json:"office24Usage,omitempty"`
}

// Lambda refuses an answer above 6 MB. What is long in a row is limited to these bytes over all rows; the changes also
// to what the rest of the rows leaves of maxRowsSize.
const (
	maxRows             = 200
	maxRowsSize         = 6<<20 - 64<<10
	maxChangesSize      = 5 << 20
	maxExplanationsSize = 9 << 19
	maxNotesSize        = 1 << 19
)

// maxRunRecordSize is how many bytes of a long list a run record is given. DynamoDB refuses items above 400 kB, so the
// state table can cut the list further.
const maxRunRecordSize = 400_000

// A rowList collects the rows of an invocation. What is long in them is cut already while other customers are run, so
// that the memory does not grow with the number of customers.
type rowList struct {
	mu   sync.Mutex
	rows []Row
	// size is that of what is long in the rows, in bytes.
	size int
}

func (l *rowList) add(row Row) {
	if !row.DryRun {
		row.Problems = nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, row)
	if l.size += row.longSize(); l.size > 2*(maxChangesSize+2*maxNotesSize) {
		cutRows(l.rows, maxChangesSize)
		l.size = 0
		for i := range l.rows {
			l.size += l.rows[i].longSize()
		}
	}
}

func (r *Row) longSize() (size int) {
	for _, c := range r.Changes {
		size += sizeInList(c)
	}
	for _, n := range r.Notes {
		size += sizeInList(n)
	}
	for _, p := range r.Problems {
		size += sizeInList(p)
	}
	return size
}

// setCustomers adds the rows, most urgent first, and leaves out what does not fit. Named customers are never left out.
func (r *Result) setCustomers(rows []Row, named bool) {
	r.Outcomes = map[Outcome]int{}
	for _, row := range rows {
		r.Outcomes[row.Outcome]++
		r.CutShort = r.CutShort || row.cutShort
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(slices.Index(severity, a.Outcome), slices.Index(severity, b.Outcome)),
			cmp.Compare(a.CustomerID, b.CustomerID))
	})
	if !named && len(rows) > maxRows {
		r.CustomersOmitted = len(rows) - maxRows
		rows = rows[:maxRows]
	}
	cutRows(rows, maxChangesSize)
	left := maxRowsSize
	for _, row := range rows {
		row.Changes = nil
		left -= sizeInList(row)
	}
	cutRows(rows, min(left, maxChangesSize))
	r.Customers = append([]Row{}, rows...) // a list in JSON, even if it is empty
}

// cutRows shortens what is long in the rows to what the answer can hold. Each row with such a list gets an equal share,
// so that a customer with 50,000 changes does not crowd out the others.
func cutRows(rows []Row, changesSize int) {
	withChanges, withNotes, withProblems := 0, 0, 0
	for i := range rows {
		withChanges += min(1, len(rows[i].Changes))
		withNotes += min(1, len(rows[i].Notes))
		withProblems += min(1, len(rows[i].Problems))
	}
	for i := range rows {
		r := &rows[i]
		r.Changes, r.ChangesOmitted = cutToSize(r.Changes, r.ChangesOmitted, changesSize/max(1, withChanges))
		r.Problems, r.ProblemsOmitted = cutToSize(r.Problems, r.ProblemsOmitted, maxNotesSize/max(1, withProblems))
		r.Notes, r.NotesOmitted = cutToSize(r.Notes, r.NotesOmitted, maxNotesSize/max(1, withNotes))
	}
}

// cutToSize returns the first elements of a list that fit into so many bytes of JSON, and how many are left out.
func cutToSize[E any](list []E, omitted, limit int) (cut []E, nowOmitted int) {
	size := 0
	for n, e := range list {
		if size += sizeInList(e); size > limit {
			return slices.Clone(list[:n]), omitted + len(list) - n // a clone, so that the others take no memory
		}
	}
	return list, omitted
}

// sizeInList returns the size of a value in a list in JSON.
func sizeInList(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return math.MaxInt32 // it cannot be shown
	}
	return len(b) + len(",")
}
