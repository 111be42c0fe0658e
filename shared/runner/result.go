package runner

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
)

// An Outcome is how a customer's run ended.
type Outcome string

// The outcomes, those that want attention first.
const (
	Failed  Outcome = "failed"  // the other system did not answer, or something impossible happened; the next run tries again
	Blocked Outcome = "blocked" // settings, credentials or identity: a person must act
	Partial Outcome = "partial" // some records failed, are held, or did not get their turn
	Busy    Outcome = "busy"    // another run holds the lease
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

// A Row is what one run did for one customer.
type Row struct {
	CustomerID string  `json:"customerId"`
	Outcome    Outcome `json:"outcome"`
	Reason     string  `json:"reason"`
	// Read counts source records; Planned the changes found; Written the changes carried out. Failed and Held count
	// the records in trouble when the run ended, including those of earlier runs that are waiting for another try.
	Read           int      `json:"read"`
	Planned        int      `json:"planned"`
	Written        int      `json:"written"`
	Unchanged      int      `json:"unchanged"`
	Skipped        int      `json:"skipped"`
	Held           int      `json:"held"`
	Failed         int      `json:"failed"`
	Changes        []Change `json:"changes,omitempty"`
	ChangesOmitted int      `json:"changesOmitted,omitempty"`

	// problems and notes go into the run record and the log, not into the answer.
	problems []Problem
	notes    []string
	cutShort bool
}

// A Change is one planned change, shown by a dry run.
type Change struct {
	Key    string       `json:"key"`
	Action plan.Action  `json:"action"`
	Fields []plan.Field `json:"fields"`
}

// A Problem is a record that was not written, and why.
type Problem struct {
	Key     string `json:"key"`
	Class   string `json:"class"`
	Message string `json:"message"`
}

// A RunRecord is the run record: the row, and what people ask about it afterwards.
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
	// maxAnswer is what the changes may take up in bytes; Lambda refuses an answer above 6 MB.
	maxAnswer = 5 << 20
)

// finish puts the rows in order and cuts them to what fits: the customers that were named all have theirs.
func (r *Result) finish(rows []Row, named bool) {
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
	cutChanges(rows, maxAnswer)
	r.Customers = append([]Row{}, rows...) // a list, also when it is empty
}

// cutChanges shortens the lists of changes so that all of them together fit into limit bytes. Every row that has any
// gets an equal share, so that one customer with 50,000 changes does not hide the others'.
func cutChanges(rows []Row, limit int) {
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
