package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
)

type statusCommand struct {
	Customer   string        `arg:"" optional:"" help:"Only this customer, in detail." predictor:"customer"`
	Watch      bool          `help:"Look again every --every, until Ctrl-C."`
	Every      time.Duration `help:"Time between two looks." default:"15s"`
	StuckAfter time.Duration `help:"Age from which an order in the warehouse counts as stuck." default:"72h"`
	All        bool          `help:"List the customers without trouble, too."`
}

// Run answers whether everything is in step and healthy.
func (c statusCommand) Run(ctx context.Context, a *app) error {
	s, ids, err := a.openSome(ctx, c.Customer)
	if err != nil {
		return err
	}
	for {
		r, err := c.look(ctx, s, ids)
		if err != nil {
			return err
		}
		if c.Watch && !a.JSON && a.screen {
			fmt.Fprint(a.out, "\x1b[H\x1b[2J") // clear it
		}
		if err := c.print(a, r); err != nil {
			return err
		}
		if !c.Watch {
			if len(r.Troubles)+len(r.Alarms) > 0 {
				return errSomething
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(c.Every, time.Second)):
		}
	}
}

// A report is the answer of status.
type report struct {
	Stack string    `json:"stack"`
	At    time.Time `json:"at"`
	// InStep reports that both systems agree as of the last success, and Healthy that everything runs.
	InStep    bool             `json:"inStep"`
	Healthy   bool             `json:"healthy"`
	Customers []customerStatus `json:"customers"`
	Troubles  []trouble        `json:"troubles"` // newest first
	Alarms    []cloud.Alarm    `json:"alarms"`
	// NoAlarms says why the alarms could not be read.
	NoAlarms string `json:"noAlarms,omitempty"`
}

// look reads the state of the customers.
func (c statusCommand) look(ctx context.Context, s *cloud.Stack, ids []string) (report, error) {
	r := report{Stack: s.Name, At: time.Now().UTC(), InStep: true, Healthy: true, Troubles: []trouble{}}
	var err error
	r.Customers, err = together(ctx, ids, func(ctx context.Context, id string) (customerStatus, error) {
		return lookAtCustomer(ctx, s, id, r.At, c.Customer != "")
	})
	if err != nil {
		return r, err
	}
	if c.Customer != "" && len(r.Customers) == 1 {
		if err := r.Customers[0].findStuck(ctx, s, r.At, c.StuckAfter); err != nil {
			return r, err
		}
	}
	for _, customer := range r.Customers {
		r.Troubles = append(r.Troubles, customer.troubles...)
		r.InStep, r.Healthy = r.InStep && customer.InStep, r.Healthy && customer.Healthy
	}
	slices.SortStableFunc(r.Troubles, func(a, b trouble) int { return b.Since.Compare(a.Since) })
	if r.Alarms, err = s.Alarms(ctx); err != nil {
		r.Alarms, r.NoAlarms = []cloud.Alarm{}, err.Error()
	}
	return r, nil
}

func (c statusCommand) print(a *app, r report) error {
	if a.JSON {
		return a.printJSON("status", r)
	}
	a.print("in step?  %s", r.answer(r.InStep, recordTrouble))
	a.print("healthy?  %s", r.answer(r.Healthy, runTrouble))
	a.print("%s, %s, %s\n", r.Stack, count(len(r.Customers), "customer"), r.At.Local().Format(time.DateTime))
	if r.NoAlarms != "" {
		a.say("warning: the alarms could not be read: %s", r.NoAlarms)
	}
	for _, alarm := range r.Alarms {
		a.print("alarm %s is on since %s: %s", alarm.Name, alarm.Since, alarm.Reason)
	}
	for _, customer := range r.Customers {
		for _, pause := range customer.Pauses {
			a.print("%s: %s", customer.ID, pause)
		}
	}
	var rows []table.Row
	for _, t := range r.Troubles {
		rows = append(rows, table.Row{ageAt(r.At, t.Since), t.Customer, t.Process, t.What, t.Reason})
	}
	a.table(table.Row{"since", "customer", "process", "trouble", "reason"}, rows)
	switch {
	case c.Customer != "":
		a.printProcesses(r)
	case c.All:
		a.printCustomers(r)
	}
	if len(r.Troubles) > 0 {
		id := r.Troubles[0].Customer
		a.say("to look closer: syncctl status %s, syncctl failures list %s, syncctl explain %s order ID", id, id, id)
	}
	return nil
}

// answer says yes, or no with how many customers have trouble of a kind, and the oldest.
func (r report) answer(yes bool, kind troubleKind) string {
	if yes {
		return text.FgGreen.Sprint("yes")
	}
	customers, oldest := map[string]bool{}, time.Time{}
	records := 0
	for _, t := range r.Troubles {
		if t.kind != kind {
			continue
		}
		customers[t.Customer] = true
		records += t.Count
		if !t.Since.IsZero() && (oldest.IsZero() || t.Since.Before(oldest)) {
			oldest = t.Since
		}
	}
	said := "no: trouble of " + count(len(customers), "customer")
	if kind == recordTrouble {
		said = "no: not carried over: " + count(records, "record") + " of " + count(len(customers), "customer")
	}
	if !oldest.IsZero() {
		said += ", the oldest since " + ageAt(r.At, oldest)
	}
	return text.FgRed.Sprint(said)
}

func (a *app) printProcesses(r report) {
	var rows []table.Row
	for _, c := range r.Customers {
		for _, p := range c.Processes {
			rows = append(rows, table.Row{
				p.Process, p.State, ageAt(r.At, p.SucceededAt), ageAt(r.At, p.RanAt), p.Outcome, p.Failed, p.Held,
			})
		}
	}
	a.print("")
	a.table(table.Row{"process", "state", "last success", "last run", "outcome", "failed", "held"}, rows)
}

func (a *app) printCustomers(r report) {
	var rows []table.Row
	for _, c := range r.Customers {
		rows = append(rows, table.Row{
			c.ID, c.State, yesNo(c.InStep), yesNo(c.Healthy), ageAt(r.At, c.oldestSuccess()), c.failed(), c.held(),
		})
	}
	a.print("")
	a.table(table.Row{"customer", "state", "in step", "healthy", "oldest success", "failed", "held"}, rows)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return text.FgRed.Sprint("no")
}

// A processStatus is the state of one process of a customer.
type processStatus struct {
	Process naming.Process `json:"process"`
	// State is on, off, paused or running.
	State string `json:"state"`
	// SucceededAt is the last success; RanAt and Outcome are those of the last run, as far as they were read.
	SucceededAt time.Time `json:"succeededAt,omitzero"`
	RanAt       time.Time `json:"ranAt,omitzero"`
	Outcome     string    `json:"outcome,omitempty"`
	Failed      int       `json:"failed"`
	Held        int       `json:"held"`
}
