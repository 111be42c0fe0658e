package report

import (
	"context"
	"slices"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// A Verification says whether both systems agree about a customer's records.
type Verification struct {
	Customer string    `json:"customerId"`
	At       time.Time `json:"at"`
	// Agrees means that everything was compared, and that every difference is explained.
	Agrees    bool                  `json:"agrees"`
	Processes []ProcessVerification `json:"processes"`
}

// A ProcessVerification is a comparison of all records of a process.
type ProcessVerification struct {
	Process naming.Process `json:"process"`
	// Outcome and Reason are those of the dry run. One that is not ok or partial has compared nothing.
	Outcome runner.Outcome `json:"outcome"`
	Reason  string         `json:"reason,omitempty"`
	// Compared, Same and OutOfScope count source records.
	Compared   int `json:"compared"`
	Same       int `json:"same"`
	OutOfScope int `json:"outOfScope"`
	// Explained are differences that need no look at the cause; Unexplained are those of which neither vendor has
	// announced a change.
	Explained   []Difference    `json:"explained"`
	Unexplained []runner.Change `json:"unexplained"`
	// Omitted is how many differences did not fit into the functions' answers.
	Omitted int `json:"omitted,omitempty"`
	// Since is when the process itself last found no difference that is unexplained; zero if that is not known.
	Since time.Time `json:"since,omitzero"`
}

// A Difference is one that is explained.
type Difference struct {
	Key string `json:"key"`
	// Why is in flight (the next run writes it), not readable, dismissed, or the class of a failure, such as held.
	Why    string `json:"why"`
	Detail string `json:"detail,omitempty"`
}

// Why a record differs that has no failure.
const (
	InFlight = "in flight" // the next run writes it anyway
	// NotReadable: what is written of a supplier cannot be read back from Ongoing WMS, so a comparison of everything would
	// write all of them again; see functions/suppliers.
	NotReadable = "not readable"
)

// compared reports whether the dry run has compared the records.
func (p ProcessVerification) compared() bool {
	return p.Outcome == runner.OK || p.Outcome == runner.Partial
}

// Agrees reports that everything was compared, and that every difference is explained.
func (p ProcessVerification) Agrees() bool {
	return p.compared() && len(p.Unexplained)+p.Omitted == 0
}

// Count counts the explained differences by why.
func (p ProcessVerification) Count() map[string]int {
	n := map[string]int{}
	for _, d := range p.Explained {
		n[d.Why]++
	}
	return n
}

// Verify compares all records of the processes in both systems, by two dry runs of each: one that compares everything,
// and one as the next run would be. What only the first would write is unexplained.
func (r Reader) Verify(ctx context.Context, customer string, processes []naming.Process) (Verification, error) {
	v := Verification{Customer: customer, At: r.Stack.Now(), Agrees: true, Processes: []ProcessVerification{}}
	failures, err := r.Stack.Failures(ctx, customer)
	if err != nil {
		return v, err
	}
	for _, process := range processes {
		p, err := r.verifyProcess(ctx, customer, process, failures)
		if err != nil {
			return v, err
		}
		v.Processes = append(v.Processes, p)
		v.Agrees = v.Agrees && p.Agrees()
	}
	return v, nil
}

func (r Reader) verifyProcess(
	ctx context.Context, customer string, process naming.Process, failures []cloud.Failure,
) (ProcessVerification, error) {
	p := ProcessVerification{Process: process, Explained: []Difference{}, Unexplained: []runner.Change{}}
	cursor, err := r.Stack.Cursor(ctx, customer, process)
	if err != nil {
		return p, err
	}
	p.Since = cursor.VerifiedAt
	// In this order, a record that changes in between is in the second dry run, and so explained.
	full, err := r.dryRun(ctx, customer, process, true)
	if err != nil {
		return p, err
	}
	p.Outcome, p.Reason = full.Outcome, WithRemedy(customer, full.Reason)
	p.Compared, p.Same, p.OutOfScope = full.Read, full.Unchanged, full.Skipped
	p.Omitted = full.ChangesOmitted + full.ProblemsOmitted
	if !p.compared() {
		return p, nil
	}
	next, err := r.dryRun(ctx, customer, process, false)
	if err != nil {
		return p, err
	}
	for _, problem := range full.Problems {
		p.Explained = append(p.Explained, Difference{problem.Key, problem.Class, problem.Message})
	}
	for _, f := range failures {
		if f.Process == process && f.Dismissed() {
			p.Explained = append(p.Explained, Difference{f.Key, "dismissed", f.Message})
		}
	}
	announced := map[string]bool{}
	for _, c := range next.Changes {
		announced[c.Key] = true
	}
	for _, c := range full.Changes {
		switch {
		case slices.ContainsFunc(p.Explained, func(d Difference) bool { return d.Key == c.Key }):
			// It has failed, is held or dismissed, and is listed as that.
		case announced[c.Key]:
			p.Explained = append(p.Explained, Difference{c.Key, InFlight, string(c.Action)})
		case process == naming.Suppliers && c.Action == plan.Update:
			p.Explained = append(p.Explained, Difference{c.Key, NotReadable, string(c.Action)})
		default:
			p.Unexplained = append(p.Unexplained, c)
		}
	}
	return p, nil
}

// dryRun makes a dry run of one process for a customer.
func (r Reader) dryRun(ctx context.Context, customer string, process naming.Process, full bool) (Run, error) {
	event := cloud.Event{Customers: []string{customer}, DryRun: true, Full: full}
	runs, err := r.Invoke(ctx, []naming.Process{process}, event)
	if err != nil || len(runs) == 0 {
		return Run{Process: process}, err
	}
	return runs[0], nil
}

// Repair returns the plan that writes what is unexplained, as it was shown.
func (v Verification) Repair() []PlannedRun {
	var plan []PlannedRun
	for _, p := range v.Processes {
		if len(p.Unexplained) > 0 {
			plan = append(plan, PlannedRun{Process: p.Process, Full: true, Changes: p.Unexplained})
		}
	}
	return plan
}
