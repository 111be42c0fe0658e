package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"ongoing24so/infra/checks"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

type demoCommand struct{ recording }

// Run goes through the working day. It returns an error if a check failed.
func (c demoCommand) Run(ctx context.Context) (err error) {
	began := time.Now()
	s, err := startStack(ctx, c.Record)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d := &demo{
		stack: s, rows: map[naming.Process]map[string]runner.Row{},
		failures: map[naming.Process]map[string]map[string]string{}, printed: map[string]bool{},
	}
	if err := d.runDay(ctx); err != nil {
		return err
	}
	return d.Finish(began)
}

// A demo is the working day in progress.
type demo struct {
	*stack
	checks.List
	// rows are the results of the last run of each process, by customer.
	rows map[naming.Process]map[string]runner.Row
	// failures are the reasons of the failure records after the last run of each process, by customer and key.
	failures map[naming.Process]map[string]map[string]string
	// printed are the remarks that were already printed.
	printed map[string]bool
}

func (d *demo) runDay(ctx context.Context) error {
	before := d.snapshots()
	for _, s := range steps() {
		if err := d.runStep(ctx, s); err != nil {
			return err
		}
	}
	if err := d.runWithoutChanges(ctx); err != nil {
		return err
	}
	printSnapshots(before, d.snapshots())
	return nil
}

func (d *demo) runStep(ctx context.Context, s step) error {
	checks.Title(s.title)
	if s.people != nil {
		if err := s.people(d.stack); err != nil {
			return err
		}
	}
	for _, i := range s.invocations {
		if err := d.invoke(ctx, i); err != nil {
			return err
		}
	}
	s.check(d)
	return nil
}

// runWithoutChanges runs everything once more. Nobody has changed anything, so the simulators' journals must have no
// new write.
func (d *demo) runWithoutChanges(ctx context.Context) error {
	checks.Title("Nobody has changed anything: one more round writes nothing")
	office24, ongoing := len(d.Office24.Journal()), len(d.Ongoing.Journal())
	for _, entry := range naming.Entries() {
		if err := d.invoke(ctx, invocation{process: entry.Process}); err != nil {
			return err
		}
	}
	d.Expect("no write reached either system", d.writesSince(office24, ongoing), "")
	d.Expect("the customer in preview and the blocked customer never had a write",
		d.countWrites(d.blabaer)+d.countWrites(d.torv), 0)
	d.Expect("no call violated the rules of 24SevenOffice", strings.Join(d.Office24.Violations(), "; "), "")
	d.Expect("no call violated the rules of Ongoing", strings.Join(d.Ongoing.Violations(), "; "), "")
	return nil
}

// writesSince lists the writes that have reached the two systems since their journals had these lengths.
func (d *demo) writesSince(office24, ongoing int) string {
	var writes []string
	for _, call := range d.Office24.Journal()[office24:] {
		if call.Write {
			writes = append(writes, fmt.Sprintf("24SevenOffice of %d: %s %s", call.Tenant, call.Operation, call.Key))
		}
	}
	for _, call := range d.Ongoing.Journal()[ongoing:] {
		if call.Write {
			writes = append(writes, fmt.Sprintf("Ongoing of %d: %s %s", call.GoodsOwner, call.Operation, call.Key))
		}
	}
	return strings.Join(writes, ", ")
}

// countWrites counts the writes for a customer since the start.
func (d *demo) countWrites(c customer) int {
	n := 0
	for _, call := range d.Office24.Journal() {
		if call.Write && call.Tenant == c.Company.ClientID() {
			n++
		}
	}
	for _, call := range d.Ongoing.Journal() {
		if call.Write && call.GoodsOwner == c.GoodsOwner.ID {
			n++
		}
	}
	return n
}

// invoke invokes a process and prints its results. The event names the customers, so that they run even if not due.
func (d *demo) invoke(ctx context.Context, i invocation) error {
	event := map[string]any{"customers": d.ids()}
	if i.keys != nil {
		event = map[string]any{"customers": []string{d.fjellsport.ID}, "keys": i.keys}
	}
	result, lines, err := d.functions[i.process].Run(ctx, event)
	if err != nil {
		fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
		return err
	}
	d.rows[i.process] = map[string]runner.Row{}
	d.failures[i.process] = map[string]map[string]string{}
	for _, row := range result.Customers {
		d.rows[i.process][row.CustomerID] = row
		if row.Outcome == runner.Failed { // no system fails in the demo, so no customer run may
			d.expectOutcome(i.process, row.CustomerID, runner.OK)
		}
		if d.failures[i.process][row.CustomerID], err = d.failureReasons(ctx, i.process, row.CustomerID); err != nil {
			return err
		}
	}
	d.printRun(i.process)
	return nil
}

func (d *demo) expectOutcome(p naming.Process, customer string, want runner.Outcome) {
	d.Expect(fmt.Sprintf("outcome of %s for %s", p, customer), d.rows[p][customer].Outcome, want)
}

// expectBlocked checks that a customer is blocked and that the reason names the attribute to correct.
func (d *demo) expectBlocked(p naming.Process, customer, attribute string) {
	d.expectOutcome(p, customer, runner.Blocked)
	reason := d.rows[p][customer].Reason
	d.Expect("… and the reason names "+attribute, strings.Contains(reason, attribute), true)
}

// expectFailure checks that a record of Fjellsport has a failure record whose reason contains these words.
func (d *demo) expectFailure(p naming.Process, key, words string) {
	reason := d.failures[p][d.fjellsport.ID][key]
	d.Expect(fmt.Sprintf("%s %s has a failure record that says %q", p, key, words),
		strings.Contains(reason, words), true)
}

// failureReasons returns the reasons of a process's failure records for a customer, by key.
func (d *demo) failureReasons(ctx context.Context, p naming.Process, customer string) (map[string]string, error) {
	records, err := d.State(ctx, customer)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for name, record := range records {
		if key, ok := strings.CutPrefix(name, "failure#"+string(p)+"#"); ok {
			reasons[key] = fmt.Sprintf("%v: %v", record["class"], record["message"])
		}
	}
	return reasons, nil
}
