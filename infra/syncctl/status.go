package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/state"
)

type statusCommand struct {
	Customer   string        `arg:"" optional:"" help:"Only this customer, in detail." predictor:"customer"`
	Watch      bool          `help:"Look again every --every, until Ctrl-C."`
	Every      time.Duration `help:"Time between two looks." default:"15s"`
	StuckAfter time.Duration `help:"Age from which an order in the warehouse counts as stuck; else as in the settings."`
	All        bool          `help:"List the customers without trouble, too."`
}

// Run answers whether everything is in step and healthy.
func (c statusCommand) Run(ctx context.Context, a *app) error {
	s, err := a.openSome(ctx, c.Customer)
	if err != nil {
		return err
	}
	for {
		r, err := a.reader(s).Status(ctx, c.Customer, c.StuckAfter)
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
			if !r.Quiet() {
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

func (c statusCommand) print(a *app, r report.Status) error {
	if a.JSON {
		return a.printJSON("status", r)
	}
	a.print("in step?  %s", colored(r.InStep, r.Answer(report.Records)))
	a.print("healthy?  %s", colored(r.Healthy, r.Answer(report.Runs)))
	a.print("verified?  %s", r.Verified())
	a.print("%s, %s, %s\n", r.Stack, report.Count(len(r.Customers), "customer"), report.At(r.At))
	if r.NoAlarms != "" {
		a.say("warning: the alarms could not be read: %s", r.NoAlarms)
	}
	for _, alarm := range r.Alarms {
		a.print("alarm %s is on since %s: %s", alarm.Name, report.At(alarm.Since), alarm.Reason)
	}
	for _, customer := range r.Customers {
		for _, pause := range customer.Pauses {
			a.print("%s: %s", customer.ID, pause)
		}
	}
	var rows []table.Row
	for _, t := range r.Rows(c.Customer) {
		rows = append(rows, table.Row{
			t.HowLong(r.At), report.ShortList(t.Customers, 3),
			strings.ReplaceAll(report.ProcessText(t.Processes), ", ", ",\n"),
			t.What, report.Localized(t.Reason),
		})
	}
	a.table(table.Row{"for", "customer", "process", "trouble", "reason"}, rows)
	switch {
	case c.Customer != "":
		a.printProcesses(r)
	case c.All:
		a.printCustomers(r)
	}
	for _, remedy := range r.Remedies(c.Customer) {
		a.say("to correct it: %s", remedy)
	}
	if closer := r.Closer(c.Customer); closer != "" {
		a.say("to look closer: %s", closer)
	}
	return nil
}

// colored returns an answer in its colour.
func colored(yes bool, answer string) string {
	if yes {
		return text.FgGreen.Sprint(answer)
	}
	return text.FgRed.Sprint(answer)
}

func (a *app) printProcesses(r report.Status) {
	var rows []table.Row
	for _, c := range r.Customers {
		for _, p := range c.Processes {
			rows = append(rows, table.Row{
				p.Process, p.State, report.Age(r.At, p.SucceededAt), report.Age(r.At, p.RanAt), p.Outcome,
				p.Failed, p.Held, report.Age(r.At, p.VerifiedAt),
			})
		}
	}
	for _, c := range r.Customers {
		if c.Usage != nil {
			a.printUsage(*c.Usage)
		}
	}
	a.print("")
	a.table(table.Row{"process", "state", "last success", "last run", "outcome", "failed", "held", "verified"}, rows)
}

func (a *app) printCustomers(r report.Status) {
	var rows []table.Row
	for _, c := range r.Customers {
		failed, held := c.Failures()
		rows = append(rows, table.Row{
			c.ID, c.State, yesNo(c.InStep), yesNo(c.Healthy), report.Age(r.At, c.OldestSuccess()), failed, held,
		})
	}
	a.print("")
	a.table(table.Row{"customer", "state", "in step", "healthy", "oldest success", "failed", "held"}, rows)
}

// printUsage prints what was used of 24SevenOffice beside what the vendor includes in its price.
func (a *app) printUsage(u state.MonthUsage) {
	a.print("\n24SevenOffice in %s: %d of %d calls, %d of %d MB", u.Month, u.Calls, state.MonthlyCalls,
		u.Bytes/1e6, int64(state.MonthlyBytes/1e6))
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return text.FgRed.Sprint("no")
}
