package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

type failuresCommand struct {
	List    failuresListCommand    `cmd:"" help:"List records that were rejected or are held, newest first."`
	Show    failuresShowCommand    `cmd:"" help:"Show one of them."`
	Retry   failuresRetryCommand   `cmd:"" help:"Try records again now."`
	Dismiss failuresDismissCommand `cmd:"" help:"Settle records without writing them."`
}

// classes are the classes of failures; see shared/errclass.
const classes = "any,rejected,final,held,conflict,transient,defect"

// filter chooses failures.
type filter struct {
	Customer  string         `arg:"" optional:"" help:"Only this customer's." predictor:"customer"`
	Process   naming.Process `help:"Only this process's." predictor:"process"`
	Class     string         `help:"Only those of this class: ${enum}." enum:"${classes}" default:"any"`
	Keys      []string       `help:"Only these records, dismissed or not, by id, product number or order number."`
	Dismissed bool           `help:"Only those that people have dismissed."`
	Contains  string         `help:"Only those whose message contains this text."`
	OlderThan string         `help:"Only those that failed first before 3d, 12h or a date." placeholder:"TIME"`

	missing bool // some that Keys names have no failure
}

// find returns the stack and the failures that the filter chooses, newest first.
func (f *filter) find(ctx context.Context, a *app) (*cloud.Stack, []report.Failure, error) {
	if err := checkProcess(f.Process); err != nil {
		return nil, nil, err
	}
	chosen := report.Filter{Customer: f.Customer, Process: f.Process, Keys: f.Keys, Contains: f.Contains}
	switch {
	case f.Dismissed:
		chosen.Dismissed = report.OnlyDismissed
	case len(f.Keys) > 0:
		chosen.Dismissed = report.WithDismissed
	}
	if f.Class != "any" {
		chosen.Class = f.Class
	}
	s, err := a.openSome(ctx, f.Customer)
	if err != nil {
		return nil, nil, err
	}
	if f.OlderThan != "" {
		if chosen.Before, err = parseSince(f.OlderThan, s.Now()); err != nil {
			return nil, nil, err
		}
	}
	found, missed, err := a.reader(s).NamedFailures(ctx, chosen)
	if err != nil {
		return s, nil, err
	}
	for _, name := range missed {
		hint := f.keyText()
		if f.Customer == "" {
			hint += "; if you name the customer, numbers are understood, too"
		}
		a.say("%s has no failure that was asked for; %s", name, hint)
	}
	if len(missed) > 0 {
		f.missing = true
	}
	return s, found, err
}

// keyText says what the keys of the process are, or of all processes.
func (f filter) keyText() string {
	if f.Process != "" {
		return report.KeyText(f.Process)
	}
	var texts []string
	for _, entry := range naming.Entries() {
		texts = append(texts, report.KeyText(entry.Process))
	}
	return strings.Join(texts, "; ")
}

// missed returns errSomething if the failures of some named records were not found.
func (f filter) missed() error {
	if f.missing {
		return errSomething
	}
	return nil
}

// openSome finds the stack, and one customer unless its id is "".
func (a *app) openSome(ctx context.Context, customer string) (*cloud.Stack, error) {
	if customer != "" {
		s, _, err := a.openCustomer(ctx, customer)
		return s, err
	}
	return a.open(ctx)
}

func (a *app) printFailures(now time.Time, list []report.Failure) {
	var rows []table.Row
	for _, f := range list {
		next := report.Age(now, f.TriedAt)
		switch {
		case f.Dismissed():
			next = "dismissed"
		case f.TriedAt.IsZero():
			next = "process is off"
		}
		rows = append(rows, table.Row{
			report.Age(now, f.FirstAt), f.Customer, f.Process, f.Key, f.Class,
			report.Localized(report.WithRemedy(f.Customer, f.Message)), f.Attempts, next,
		})
	}
	a.table(table.Row{"for", "customer", "process", "key", "class", "message", "attempts", "next"}, rows)
}

type failuresListCommand struct{ filter }

// Run lists failures.
func (c failuresListCommand) Run(ctx context.Context, a *app) error {
	s, found, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	if a.JSON {
		err = a.printJSON("failures", found)
	} else {
		a.printFailures(s.Now(), found)
	}
	if err == nil && len(found) > 0 {
		return errSomething
	}
	if err == nil {
		a.say("no failures")
		err = c.missed()
	}
	return err
}

type failuresShowCommand struct {
	onCustomer
	Process naming.Process `arg:"" help:"The process." predictor:"process"`
	Key     string         `arg:"" help:"The record's key."`
}

// Run shows one failure with what a person can do.
func (c failuresShowCommand) Run(ctx context.Context, a *app) error {
	f := filter{Customer: c.Customer, Process: c.Process, Keys: []string{c.Key}, Class: "any"}
	s, found, err := f.find(ctx, a)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return f.missed()
	}
	return c.show(ctx, a, s, found[0])
}

func (c failuresShowCommand) show(ctx context.Context, a *app, s *cloud.Stack, f report.Failure) error {
	if a.JSON {
		if err := a.printJSON("failure", f); err != nil {
			return err
		}
		return errSomething
	}
	now := s.Now()
	a.print("%s", report.Localized(report.WithRemedy(f.Customer, f.Message)))
	a.print("class     %s: %s", f.Class, report.ClassText(f.Class))
	a.print("first     %s (%s ago)", report.At(f.FirstAt), report.Age(now, f.FirstAt))
	a.print("last      %s, attempt %d", report.At(f.LastAt), f.Attempts)
	if f.Dismissed() {
		did, known, err := a.reader(s).Dismissal(ctx, f)
		if err != nil {
			return err
		}
		a.print("dismissed %s", report.DismissalText(now, f.Failure, did, known))
	} else if !f.TriedAt.IsZero() {
		a.print("next      %s", tickText(now, f.TriedAt))
	}
	a.say("to try it now: syncctl failures retry %s --process %s --keys %s", f.Customer, f.Process, f.Key)
	return errSomething
}

// batchSize is how many records one invocation tries again: few enough that a person sees progress.
const batchSize = 50

type failuresRetryCommand struct {
	filter
	asking
	Reason string `help:"Why; syncctl history shows it."`
}

// Run tries records again, by naming them to the functions.
func (c failuresRetryCommand) Run(ctx context.Context, a *app) error {
	s, found, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		a.say("no failures to try again")
		return c.missed()
	}
	a.printFailures(s.Now(), found)
	if slices.ContainsFunc(found, func(f report.Failure) bool { return f.Process == naming.Stock && f.Held() }) {
		a.say("a stock figure that you name is written even if the stock brake holds it")
	}
	if err := a.confirm(c.Yes, "try %s again now?", report.Count(len(found), "record")); err != nil {
		return err
	}
	err = each(a, "batches", batches(found), func(batch []report.Failure) error { return c.retry(ctx, a, s, batch) })
	if err != nil {
		return err
	}
	return c.printLeft(ctx, a, found)
}

// batches divides failures by customer and process, and into parts of the size of a batch.
func batches(found []report.Failure) [][]report.Failure {
	type group struct {
		customer string
		process  naming.Process
	}
	var order []group
	groups := map[group][]report.Failure{}
	for _, f := range found {
		g := group{f.Customer, f.Process}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], f)
	}
	var all [][]report.Failure
	for _, g := range order {
		all = slices.AppendSeq(all, slices.Chunk(groups[g], batchSize))
	}
	return all
}

func (c failuresRetryCommand) retry(ctx context.Context, a *app, s *cloud.Stack, batch []report.Failure) error {
	customer, process := batch[0].Customer, batch[0].Process
	event := cloud.Event{Customers: []string{customer}}
	for _, f := range batch {
		event.Keys = append(event.Keys, f.Key)
	}
	a.note(ctx, s, customer, cloud.Action{
		What: "retry", Reason: c.Reason, Detail: describeEvent([]naming.Process{process}, event),
		Process: process, Keys: event.Keys,
	})
	result, err := s.Invoke(ctx, process, event)
	for _, row := range result.Customers {
		if row.Outcome != runner.OK && row.Outcome != runner.Partial { // then not all of them were tried
			reason := cmp.Or(row.Reason, "it tried nothing")
			a.say("the run of %s for %s ended as %s: %s", process, customer, row.Outcome,
				report.Localized(report.WithRemedy(customer, reason)))
		}
	}
	return err
}

// printLeft says what became of the records.
func (c failuresRetryCommand) printLeft(ctx context.Context, a *app, tried []report.Failure) error {
	s, err := a.openSome(ctx, c.Customer)
	if err != nil {
		return err
	}
	left, err := a.reader(s).Failures(ctx, report.Filter{
		Customer: c.Customer, Dismissed: report.WithDismissed,
	})
	if err != nil {
		return err
	}
	same := func(l report.Failure) func(report.Failure) bool {
		return func(t report.Failure) bool { return t.Customer == l.Customer && t.Record == l.Record }
	}
	left = slices.DeleteFunc(left, func(l report.Failure) bool { return !slices.ContainsFunc(tried, same(l)) })
	if a.JSON {
		err = a.printJSON("failures", left)
	} else if len(left) > 0 {
		a.print("")
		a.printFailures(s.Now(), left)
	}
	a.say("%d of %s went through", len(tried)-len(left), report.Count(len(tried), "record"))
	if err == nil && len(left) > 0 {
		return errSomething
	}
	return cmp.Or(err, c.missed())
}

type failuresDismissCommand struct {
	filter
	asking
	Reason string `help:"Why; syncctl history shows it." required:""`
}

// Run settles failures without writing the records.
func (c failuresDismissCommand) Run(ctx context.Context, a *app) error {
	s, found, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(slices.Clone(found), func(f report.Failure) bool { return f.Dismissed() })
	if len(open) == 0 {
		a.say("no failures to dismiss: %s found, dismissed already", report.Count(len(found), "record"))
		return c.missed()
	}
	a.printFailures(s.Now(), open)
	a.say("dismissed records are not written; each is tried again if it changes, or if you name it")
	if err := a.confirm(c.Yes, "dismiss %s?", report.Count(len(open), "failure")); err != nil {
		return err
	}
	by, err := s.Caller(ctx)
	if err != nil {
		return err
	}
	dismissed := 0
	err = each(a, "failures", open, func(f report.Failure) error {
		detail := fmt.Sprintf("%s %s, %s since %s after %s: %s", f.Process, f.Key, f.Class,
			f.FirstAt.UTC().Format(time.RFC3339), report.Count(f.Attempts, "attempt"), f.Message)
		action := cloud.Action{At: s.Now(), By: by, What: "dismiss", Reason: c.Reason, Detail: detail,
			Process: f.Process, Keys: []string{f.Key}}
		if err := s.Dismiss(ctx, f.Customer, f.Failure, action); err != nil {
			return fmt.Errorf("%s %s %s: %w", f.Customer, f.Process, f.Key, err)
		}
		dismissed++
		return nil
	})
	a.say("%d of %s dismissed", dismissed, report.Count(len(open), "failure"))
	return cmp.Or(err, c.missed())
}
