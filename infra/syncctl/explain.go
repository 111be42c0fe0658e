package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

type explainCommand struct {
	onCustomer
	Kind string `arg:"" enum:"order,product,supplier" help:"order, product or supplier."`
	Key  string `arg:"" help:"Its id in 24SevenOffice; or a product number, or an order's number in Ongoing WMS."`
}

// Run prints the verdict first.
func (c explainCommand) Run(ctx context.Context, a *app) error {
	s, _, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	e, err := a.reader(s).Explain(ctx, report.Subject{Customer: c.Customer, Kind: c.Kind, Name: c.Key})
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
		a.print("%s", report.Localized(e.Verdict))
		for _, where := range []string{runner.InOffice24, runner.InOngoing, runner.InState} {
			for _, f := range e.Facts {
				if f.Where == where {
					a.print("  %-13s %-20s %s", f.Where, f.Name, report.Localized(f.Value))
				}
			}
		}
		for _, line := range e.Tree {
			a.print("  %s", line)
		}
		for _, d := range e.Decisions {
			verdict := d.Verdict
			if verdict == runner.VerdictLeftAlone {
				verdict = "left alone"
			}
			a.print("  %-34s %s: %s", d.Process, verdict, report.Localized(d.Text()))
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
				said := func(d report.Decision) bool { return strings.Contains(note, d.Text()) }
				if slices.ContainsFunc(e.Decisions, said) {
					continue // it says the same
				}
				a.print("  %-34s %s", string(r.Process)+" says", report.Localized(note))
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

func nextAttempt(e report.Explanation, f report.Failure) string {
	switch {
	case f.Dismissed():
		return "and no other follows unless it changes"
	case f.TriedAt.IsZero():
		return "and no other follows while the process is off"
	default:
		return "the next is " + tickText(e.At, f.TriedAt) + ", or before if it changes"
	}
}

// tickText says when a tick comes.
func tickText(now, tick time.Time) string {
	return "at the tick of " + report.At(tick) + " (" + report.Age(now, tick) + ")"
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
	if m.NextAt.IsZero() {
		return said
	}
	return said + ", the next " + tickText(now, m.NextAt)
}
