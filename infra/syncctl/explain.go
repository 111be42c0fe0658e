package main

import (
	"context"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

type explainCommand struct {
	onCustomer
	Kind string `arg:"" enum:"order,product,supplier" help:"order, product or supplier."`
	Key  int    `arg:"" help:"Its id in 24SevenOffice."`
}

// Run prints the verdict first.
func (c explainCommand) Run(ctx context.Context, a *app) error {
	s, _, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	e, err := a.reader(s).Explain(ctx, report.Subject{Customer: c.Customer, Kind: c.Kind, Key: c.Key})
	if err != nil {
		return err
	}
	return a.printExplanation(e)
}

func (a *app) printExplanation(e report.Explanation) error {
	if a.JSON {
		if err := a.printJSON("explanation", e); err != nil {
			return err
		}
	} else {
		a.print("%s", e.Verdict)
		for _, f := range e.Facts {
			a.print("  %-34s %s", f.Name, f.Value)
		}
		for _, line := range e.Tree {
			a.print("  %s", line)
		}
		for _, f := range e.Failures {
			a.print("  %-34s %s: %s", string(f.Process)+" failure", f.Class, report.ClassText(f.Class))
			a.print("  %-34s attempt %d was %s ago, the next is %s", "", f.Attempts,
				report.Age(e.At, f.LastAt), nextAttempt(e, f))
		}
		for _, entry := range naming.Entries() {
			if m, ok := e.Marks[string(entry.Process)]; ok {
				a.print("  %-34s %s, last success %s ago", entry.Process, m.State, report.Age(e.At, m.SucceededAt))
			}
		}
		for _, r := range e.DryRuns {
			for _, note := range r.Notes {
				a.print("  %-34s %s", string(r.Process)+" says", note)
			}
			a.printPlanned(r, 1)
		}
		a.say("next: %s", e.Next)
	}
	if !e.Good {
		return errSomething
	}
	return nil
}

func nextAttempt(e report.Explanation, f cloud.Failure) string {
	if !e.At.Before(f.NextAt) {
		return "in the next run"
	}
	return report.Age(e.At, f.NextAt)
}
