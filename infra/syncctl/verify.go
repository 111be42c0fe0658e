package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

type verifyCommand struct {
	asking
	Customer string         `arg:"" optional:"" help:"Id of the customer." predictor:"customer"`
	Process  naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
	All      bool           `help:"Verify all customers."`
	Repair   bool           `help:"Write what is unexplained, after it was shown."`
	Reason   string         `help:"Why; syncctl history shows it."`
	Limit    int            `help:"Differences to print for each process; --json has all." default:"20"`
}

// Run compares all records in both systems.
func (c verifyCommand) Run(ctx context.Context, a *app) error {
	if c.All != (c.Customer == "") {
		return errors.New("name a customer, or give --all")
	}
	s, err := a.openSome(ctx, c.Customer)
	if err != nil {
		return err
	}
	items, err := c.items(ctx, s)
	if err != nil {
		return err
	}
	verified := []report.Verification{}
	err = each(a, "customers", items, func(item document.Item) error {
		processes, err := enabledProcesses(s, item, c.Process)
		if err != nil && c.All {
			a.say("%s is not verified: %v", report.IDOf(item), err)
			return nil
		}
		if err != nil {
			return err
		}
		v, err := a.reader(s).Verify(ctx, report.IDOf(item), processes)
		verified = append(verified, v)
		return err
	})
	if err != nil {
		return err
	}
	if a.JSON {
		err = a.printJSON("verifications", verified)
	} else {
		for _, v := range verified {
			a.printVerification(v, c.Limit)
		}
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(verified, func(v report.Verification) bool { return !v.Agrees }) {
		a.say("no difference is unexplained")
		return nil
	}
	if c.Repair {
		return c.repair(ctx, a, s, verified)
	}
	return errSomething
}

// items returns the settings of the customer, or of all.
func (c verifyCommand) items(ctx context.Context, s *cloud.Stack) ([]document.Item, error) {
	if c.All {
		return s.Settings(ctx)
	}
	item, err := s.SettingsOf(ctx, c.Customer)
	return []document.Item{item}, err
}

func (a *app) printVerification(v report.Verification, limit int) {
	var rows []table.Row
	for _, p := range v.Processes {
		var explained []string
		n := p.Count()
		for _, why := range slices.Sorted(maps.Keys(n)) {
			explained = append(explained, fmt.Sprintf("%d %s", n[why], why))
		}
		rows = append(rows, table.Row{
			p.Process, p.Outcome, p.Compared, p.Same, p.OutOfScope, strings.Join(explained, ", "), len(p.Unexplained),
		})
	}
	a.print("%s", v.Customer)
	a.table(table.Row{"process", "outcome", "compared", "same", "out of scope", "explained", "unexplained"}, rows)
	for _, p := range v.Processes {
		if p.Outcome != "ok" && p.Outcome != "partial" {
			a.print("\n%s was not compared: %s", p.Process, report.Localized(p.Reason))
		}
		if p.Omitted > 0 {
			a.print("\n%s: %s: more than fits into an answer", p.Process, report.More(p.Omitted, "difference"))
		}
		if len(p.Unexplained) == 0 {
			continue
		}
		since := "there was no comparison of everything before"
		if !p.Since.IsZero() {
			since = "not there " + report.Age(v.At, p.Since) + " ago, when everything was compared last"
		}
		a.print("\n%s: unexplained, %s", p.Process, since)
		a.printFields(p.Process, p.Unexplained[:min(len(p.Unexplained), limit)])
		if left := len(p.Unexplained) - limit; left > 0 {
			a.print("  and %s; --limit or --json shows them", report.More(left, "difference"))
		}
	}
}

// repair makes the changes that were shown, and no others.
func (c verifyCommand) repair(ctx context.Context, a *app, s *cloud.Stack, verified []report.Verification) error {
	planned, written, settled, wrong := 0, 0, 0, false
	for _, v := range verified {
		for _, run := range v.Repair() {
			planned += len(run.Changes)
		}
		wrong = wrong || slices.ContainsFunc(v.Processes, func(p report.ProcessVerification) bool {
			return !p.Agrees() && len(p.Unexplained) == 0
		})
	}
	if planned == 0 {
		a.say("nothing can be repaired before everything can be compared")
		return errSomething
	}
	if err := a.confirm(c.Yes, "repair %s?", report.Count(planned, "record")); err != nil {
		return err
	}
	for _, v := range verified {
		rows, err := a.carryOut(ctx, s, v.Customer, v.Repair(), cloud.Action{What: "repair", Reason: c.Reason})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Reason != "" && len(row.Explanations) == 0 {
				a.say("%s %s: %s", v.Customer, row.Process, report.Localized(row.Reason))
			}
			for _, x := range row.Explanations {
				a.say("%s %s %s: %s", v.Customer, row.Process, x.Key, report.Localized(x.Reason))
			}
		}
		made, same := outcome(rows)
		written, settled = written+made, settled+same
	}
	a.say("%d of %s repaired", written, report.Count(planned, "record"))
	if wrong || written+settled < planned {
		return errSomething
	}
	return nil
}

// carryOut makes planned changes, and notes it.
func (a *app) carryOut(
	ctx context.Context, s *cloud.Stack, customer string, plan []report.PlannedRun, action cloud.Action,
) ([]report.Run, error) {
	item, err := s.SettingsOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	if document.String(item, "mode") == "preview" {
		return nil, fmt.Errorf("nothing was written: customer %s is in preview; go live first: "+
			"syncctl customers set %s mode=live", customer, customer)
	}
	var rows []report.Run
	for _, run := range plan {
		event := run.Event(customer)
		action.Process, action.Keys = run.Process, slices.Sorted(maps.Keys(event.Plan))
		action.Detail = fmt.Sprintf("%s, keys %s", run.Process, report.ShortList(action.Keys, 20))
		a.note(ctx, s, customer, action)
		done, err := a.reader(s).Invoke(ctx, []naming.Process{run.Process}, event)
		if err != nil {
			return rows, err
		}
		rows = append(rows, done...)
	}
	return rows, nil
}
