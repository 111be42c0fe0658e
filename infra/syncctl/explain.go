package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
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
		for _, where := range []string{runner.InOffice24, runner.InOngoing, runner.InState} {
			for _, f := range e.Facts {
				if f.Where == where {
					a.print("  %-13s %-20s %s", f.Where, f.Name, f.Value)
				}
			}
		}
		for _, line := range e.Tree {
			a.print("  %s", line)
		}
		for _, d := range e.Decisions {
			a.print("  %-34s %s: %s", d.Process, d.Verdict, d.Text())
		}
		for _, f := range e.Failures {
			a.print("  %-34s %s: %s", string(f.Process)+" failure", f.Class, report.ClassText(f.Class))
			a.print("  %-34s attempt %d was %s ago, %s", "", f.Attempts, report.Age(e.At, f.LastAt), nextAttempt(e, f))
		}
		for _, entry := range naming.Entries() {
			if m, ok := e.Marks[string(entry.Process)]; ok {
				a.print("  %-34s %s, %s", string(entry.Process)+" runs", m.State, runsText(e.At, m))
			}
		}
		for _, r := range e.DryRuns {
			for _, note := range r.Notes {
				if slices.ContainsFunc(e.Decisions, func(d report.Decision) bool { return strings.Contains(note, d.Text()) }) {
					continue // it says the same
				}
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
	switch {
	case f.Dismissed():
		return "and no other follows unless it changes"
	case !e.At.Before(f.NextAt):
		return "the next is in the next run"
	default:
		return "the next is " + report.Age(e.At, f.NextAt)
	}
}

// runsText says when a process ran, and when it runs again.
func runsText(now time.Time, m report.Mark) string {
	said := "no run has succeeded yet"
	if !m.SucceededAt.IsZero() {
		said = "last success " + report.Age(now, m.SucceededAt) + " ago"
	}
	if m.RunID != "" {
		said += ", last run " + m.RunID
	}
	switch {
	case m.RunAt.IsZero():
		return said
	case now.Before(m.NextAt):
		return said + ", the next " + report.Age(now, m.NextAt)
	default:
		return said + ", the next at the next tick"
	}
}
