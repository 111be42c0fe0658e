package runner

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
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

	// problems and notes are not part of the answer: problems go into the run record, notes also into the log.
	problems []Problem
	notes    []string
	cutShort bool
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
	Preview    bool      `json:"preview,omitempty"`
	Problems   []Problem `json:"problems,omitempty"`
	Notes      []string  `json:"notes,omitempty"`
}

const (
	maxRows = 200
	// maxChangesSize is the limit for all changes in bytes. Lambda refuses an answer above 6 MB.
	maxChangesSize = 5 << 20
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
	truncateChanges(rows, maxChangesSize)
	r.Customers = append([]Row{}, rows...) // a list in JSON, even if it is empty
}

// truncateChanges shortens the lists of changes to limit bytes in total. Each row with changes gets an equal share, so
// that a customer with 50,000 changes does not crowd out the others.
func truncateChanges(rows []Row, limit int) {
	sharing := 0
	for _, row := range rows {
		if len(row.Changes) > 0 {
			sharing++
		}
	}
	for i := range rows {
		size := 0
		for n, c := range rows[i].Changes {
			b, err := json.Marshal(c)
			if size += len(b) + len(","); err != nil || size > limit/sharing {
				rows[i].ChangesOmitted = len(rows[i].Changes) - n
				rows[i].Changes = rows[i].Changes[:n]
				break
			}
		}
	}
}
