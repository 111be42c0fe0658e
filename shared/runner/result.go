package runner

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

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
	Process          naming.Process  `json:"process"`
	RunID            string          `json:"runId"`
	StartedAt        time.Time       `json:"startedAt"`
	FinishedAt       time.Time       `json:"finishedAt"`
	CutShort         bool            `json:"cutShort"`
	Outcomes         map[Outcome]int `json:"outcomes"`
	CustomersOmitted int             `json:"customersOmitted"`
	Customers        []Row           `json:"customers"`
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
	Read           int      `json:"read"`
	Planned        int      `json:"planned"`
	Written        int      `json:"written"`
	Unchanged      int      `json:"unchanged"`
	Skipped        int      `json:"skipped"`
	Held           int      `json:"held"`
	Failed         int      `json:"failed"`
	Changes        []Change `json:"changes,omitempty"`
	ChangesOmitted int      `json:"changesOmitted,omitempty"`
	// Notes are texts for people that concern no failure.
	Notes        []string `json:"notes,omitempty"`
	NotesOmitted int      `json:"notesOmitted,omitempty"`

	// problems are part of the run record only.
	problems []Problem
	// usage is what the customer has used of 24SevenOffice in this month, as far as this process knows.
	usage    *state.MonthUsage
	cutShort bool
}

// maxNotes is how many notes a row has.
const maxNotes = 50

// setNotes sets the notes, each once.
func (r *Row) setNotes(notes []string) {
	var once []string
	seen := map[string]bool{}
	for _, n := range notes {
		if !seen[n] {
			once = append(once, n)
		}
		seen[n] = true
	}
	shown := min(len(once), maxNotes)
	r.Notes, r.NotesOmitted = once[:shown:shown], len(once)-shown
}

// A Change is a planned change as a dry run shows it.
type Change struct {
	Key    string       `json:"key"`
	Action plan.Action  `json:"action"`
	Fields []plan.Field `json:"fields"`
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
	Problems   []Problem `json:"problems,omitempty"`
	// Usage is what the customer has used of 24SevenOffice in this month.
	Usage *state.MonthUsage `json:"office24Usage,omitempty"`
}

// Lambda refuses an answer above 6 MB. What is long in a row is limited to these bytes over all rows.
const (
	maxRows        = 200
	maxChangesSize = 5 << 20
	maxNotesSize   = 1 << 19
)

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
	truncate(rows, maxChangesSize, func(r *Row) (*[]Change, *int) { return &r.Changes, &r.ChangesOmitted })
	truncate(rows, maxNotesSize, func(r *Row) (*[]string, *int) { return &r.Notes, &r.NotesOmitted })
	r.Customers = append([]Row{}, rows...) // a list in JSON, even if it is empty
}

// truncate shortens one list of each row, and adds to its count of what was omitted, to limit bytes in total. Each row
// with such a list gets an equal share, so that a customer with 50,000 changes does not crowd out the others.
func truncate[E any](rows []Row, limit int, listOf func(*Row) (list *[]E, omitted *int)) {
	sharing := 0
	for i := range rows {
		if list, _ := listOf(&rows[i]); len(*list) > 0 {
			sharing++
		}
	}
	for i := range rows {
		list, omitted := listOf(&rows[i])
		size := 0
		for n, e := range *list {
			b, err := json.Marshal(e)
			if size += len(b) + len(","); err != nil || size > limit/sharing {
				*omitted += len(*list) - n
				*list = (*list)[:n]
				break
			}
		}
	}
}
