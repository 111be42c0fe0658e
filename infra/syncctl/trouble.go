package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
)

// A trouble is something that a person should look at.
type trouble struct {
	// Since is when it began, as far as that is known.
	Since    time.Time      `json:"since,omitzero"`
	Customer string         `json:"customerId"`
	Process  naming.Process `json:"process,omitempty"`
	// What is blocked, failed, late, not run, pause over, held, refused or stuck.
	What   string `json:"what"`
	Reason string `json:"reason"`
	// Count is how many records it is about.
	Count int `json:"count,omitempty"`

	kind troubleKind
}

// A troubleKind says which of the two questions a trouble answers.
type troubleKind int

const (
	recordTrouble troubleKind = iota // some records are not in step
	runTrouble                       // something does not run
)

// A customerStatus is the state of one customer.
type customerStatus struct {
	ID        string          `json:"customerId"`
	Name      string          `json:"name"`
	State     string          `json:"state"`
	InStep    bool            `json:"inStep"`
	Healthy   bool            `json:"healthy"`
	Processes []processStatus `json:"processes"`
	// Pauses are those whose end is not over.
	Pauses []string `json:"pauses,omitempty"`

	troubles []trouble
	notRun   []naming.Process
}

func (c *customerStatus) add(t trouble) {
	t.Customer = c.ID
	c.troubles = append(c.troubles, t)
	c.InStep = c.InStep && t.kind != recordTrouble
	c.Healthy = c.Healthy && t.kind != runTrouble
}

func (c *customerStatus) oldestSuccess() (oldest time.Time) {
	for _, p := range c.Processes {
		if p.State != "off" && !p.SucceededAt.IsZero() && (oldest.IsZero() || p.SucceededAt.Before(oldest)) {
			oldest = p.SucceededAt
		}
	}
	return oldest
}

func (c *customerStatus) failed() (n int) {
	for _, p := range c.Processes {
		n += p.Failed
	}
	return n
}

func (c *customerStatus) held() (n int) {
	for _, p := range c.Processes {
		n += p.Held
	}
	return n
}

// lookAtCustomer reads the state of a customer. In detail, it also reads last runs that have succeeded.
func lookAtCustomer(
	ctx context.Context, s *cloud.Stack, id string, now time.Time, inDetail bool,
) (customerStatus, error) {
	status := customerStatus{ID: id, InStep: true, Healthy: true, Processes: []processStatus{}}
	item, err := s.SettingsOf(ctx, id)
	if err != nil {
		return status, err
	}
	pauses, err := s.Pauses(ctx, id)
	if err != nil {
		return status, err
	}
	row := describeCustomer(s, item, pauses)
	status.Name, status.State = row.Name, row.State
	status.addPauses(item, pauses, now)
	customer, err := s.Decode(item)
	if err != nil {
		status.add(trouble{What: "blocked", Reason: err.Error(), kind: runTrouble})
		return status, nil
	}
	marks, err := s.Marks(ctx, id)
	if err != nil {
		return status, err
	}
	failures, err := s.Failures(ctx, id)
	if err != nil {
		return status, err
	}
	status.addFailures(failures)
	for _, entry := range naming.Entries() {
		p := processStatus{Process: entry.Process, State: "off"}
		for _, f := range failures {
			switch {
			case f.Process != entry.Process:
			case f.Held():
				p.Held++
			default:
				p.Failed++
			}
		}
		if _, paused := pauses[string(entry.Process)]; paused {
			p.State = "paused"
		}
		if customer.ProcessEnabled(entry.Process) {
			p.State = "on"
			if err := status.addRuns(ctx, s, customer, &p, marks[entry.Process], now, inDetail); err != nil {
				return status, err
			}
		}
		status.Processes = append(status.Processes, p)
	}
	if len(status.notRun) > 0 {
		status.add(trouble{
			What: "not run", kind: runTrouble,
			Reason: processText(status.notRun) + ": not run yet; to see what they will do: syncctl preview " + id,
		})
	}
	return status, nil
}

// addPauses adds the pauses; those that are over, and those that are not carried out, are trouble.
func (c *customerStatus) addPauses(item document.Item, pauses map[string]cloud.Pause, now time.Time) {
	for _, what := range slices.Sorted(maps.Keys(pauses)) {
		p := pauses[what]
		switch {
		case document.String(item, switchOf(p.Process)) != "false":
			c.add(trouble{
				Since: p.At, Process: p.Process, What: "not paused", kind: runTrouble,
				Reason: describePause(p) + "; but it is switched on in the settings: syncctl customers resume " + c.ID,
			})
		case !now.Before(p.Until):
			c.add(trouble{
				Since: p.Until, Process: p.Process, What: "pause over", kind: runTrouble,
				Reason: describePause(p) + ": syncctl customers resume " + c.ID,
			})
		default:
			c.Pauses = append(c.Pauses, describePause(p))
		}
	}
}

// addFailures adds a trouble for each process, class and message, which can be about many records.
func (c *customerStatus) addFailures(failures []cloud.Failure) {
	type group struct {
		process naming.Process
		held    bool
		message string
	}
	keys, since := map[group][]string{}, map[group]time.Time{}
	var order []group
	for _, f := range failures { // newest first
		g := group{f.Process, f.Held(), f.Message}
		if keys[g] == nil {
			order, since[g] = append(order, g), f.FirstAt
		}
		keys[g] = append(keys[g], f.Key)
	}
	for _, g := range order {
		what := "refused"
		if g.held {
			what = "held"
		}
		c.add(trouble{
			Since: since[g], Process: g.process, What: what, Count: len(keys[g]), kind: recordTrouble,
			Reason: shortList(keys[g], 3) + ": " + g.message,
		})
	}
}

// lateAfter is how many intervals without a success make a process late.
const lateAfter = 3

// addRuns fills in how the process ran, and adds a trouble if its last run did not succeed or is long ago.
func (c *customerStatus) addRuns(
	ctx context.Context, s *cloud.Stack, customer settings.Customer, p *processStatus, m cloud.Mark, now time.Time,
	inDetail bool,
) error {
	p.SucceededAt, p.RanAt = m.SucceededAt, m.StartedAt
	if m.Running(now) {
		p.State = "running"
	}
	late := now.Sub(m.SucceededAt) > lateAfter*max(customer.Interval, naming.Period)
	if !late && !m.SucceededAt.Before(m.StartedAt) && !inDetail {
		return nil
	}
	runs, err := s.Runs(ctx, c.ID, p.Process, 1)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		if m.SucceededAt.IsZero() && m.StartedAt.IsZero() {
			c.notRun = append(c.notRun, p.Process)
		}
		return nil
	}
	last := runs[0]
	p.RanAt, p.Outcome = last.StartedAt, string(last.Outcome)
	switch {
	case last.Outcome == runner.Blocked || last.Outcome == runner.Failed:
		c.add(trouble{
			Since: cmp.Or(m.SucceededAt, last.StartedAt), Process: p.Process, What: string(last.Outcome),
			Reason: last.Reason, kind: runTrouble,
		})
	case !late:
	case now.Before(m.NotBefore):
		c.add(trouble{
			Since: m.SucceededAt, Process: p.Process, What: "late", kind: runTrouble,
			Reason: "a vendor asked for a pause until " + m.NotBefore.Format(time.RFC3339) + ": " + m.PauseReason,
		})
	default:
		c.add(trouble{
			Since: m.SucceededAt, Process: p.Process, What: "late", kind: runTrouble,
			Reason: "no run has succeeded for three intervals; look at the function's log and at its rule",
		})
	}
	return nil
}

// findStuck adds the orders that are in the warehouse longer than an age.
func (c *customerStatus) findStuck(ctx context.Context, s *cloud.Stack, now time.Time, after time.Duration) error {
	open, err := s.OpenOrders(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, l := range open {
		if now.Sub(l.ImportedAt) < after {
			continue
		}
		c.add(trouble{
			Since: l.ImportedAt, Process: naming.Shipments, What: "stuck", Count: 1, kind: recordTrouble,
			Reason: fmt.Sprintf("order %d (%s in Ongoing) is not shipped: syncctl explain %s order %d",
				l.OrderID, l.OrderNumber, c.ID, l.OrderID),
		})
	}
	return nil
}
