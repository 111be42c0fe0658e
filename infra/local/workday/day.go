// Package workday is a working day of four Norwegian merchants: what they have in 24SevenOffice, seven steps from a
// product that becomes an article to a rest order that ships, and the checks of each. The demo goes through it at the
// terminal, and the page of the local stack offers it as a tour.
package workday

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ongoing24so/infra/checks"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// The customers' ids.
const (
	fjellsportID = "fjellsport"
	nordsjoID    = "nordsjo-sjomat"
	blabaerID    = "blabaer"
	torvID       = "torv-og-tang"
)

// A Day is the working day in progress.
type Day struct {
	*localstack.Stack
	customers
	checks.List
	// AfterRun, if it is set, is called after each run of a process.
	AfterRun func(naming.Process)

	// rows are the results of the last run of each process, by customer.
	rows map[naming.Process]map[string]runner.Row
	// failures are the reasons of the failure records after the last run of each process, by customer and key.
	failures map[naming.Process]map[string]map[string]string
}

// Begin adds the four merchants to a stack.
func Begin(ctx context.Context, stack *localstack.Stack) (*Day, error) {
	d := &Day{
		Stack: stack, rows: map[naming.Process]map[string]runner.Row{},
		failures: map[naming.Process]map[string]map[string]string{},
	}
	var err error
	d.customers, err = seedCustomers(ctx, stack)
	stack.History.Note(localstack.Sales)
	return d, err
}

// Guest is the customer that the tour shows.
func (d *Day) Guest() string { return fjellsportID }

// betweenSteps is the time from one step to the next.
const betweenSteps = 25 * time.Minute

// Do does a step: the people's part, the runs, and the checks.
func (d *Day) Do(ctx context.Context, s Step) error {
	if err := d.Forward(betweenSteps); err != nil {
		return err
	}
	if s.people != nil {
		d.History.Note(localstack.Outside)
		if err := s.people(ctx, d); err != nil {
			return err
		}
		d.History.Note(localstack.People)
	}
	for _, r := range s.Runs {
		if err := d.Invoke(ctx, r); err != nil {
			return err
		}
	}
	s.check(ctx, d)
	return nil
}

// Rest returns the id of the rest order that the day makes; 0 before that.
func (d *Day) Rest(ctx context.Context) int {
	records, err := d.State(ctx, fjellsportID)
	if err != nil {
		return 0
	}
	rest, _ := records["order#"+idText(shippedShort)]["restOrder"].(map[string]any)
	id, _ := rest["orderId"].(float64)
	return int(id)
}

// EndWithoutChanges runs everything once more. Nobody has changed anything, so the simulators' journals must have no
// new write.
func (d *Day) EndWithoutChanges(ctx context.Context) error {
	office24, ongoing := len(d.Office24.Journal()), len(d.Ongoing.Journal())
	for _, entry := range naming.Entries() {
		if err := d.Invoke(ctx, Run{Process: entry.Process}); err != nil {
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

// Invoke invokes a process. The event names the customers, so that they run even if not due.
func (d *Day) Invoke(ctx context.Context, r Run) error {
	event := map[string]any{"customers": d.ids()}
	if r.Keys != nil {
		event = map[string]any{"customers": []string{d.fjellsport.ID}, "keys": r.Keys}
	}
	result, lines, err := d.Run(ctx, r.Process, event)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, strings.Join(lines, "\n"))
	}
	d.rows[r.Process] = map[string]runner.Row{}
	d.failures[r.Process] = map[string]map[string]string{}
	for _, row := range result.Customers {
		d.rows[r.Process][row.CustomerID] = row
		if row.Outcome == runner.Failed { // no system fails in the day, so no customer run may
			d.expectOutcome(r.Process, row.CustomerID, runner.OK)
		}
		if d.failures[r.Process][row.CustomerID], err = d.failureReasons(ctx, r.Process, row.CustomerID); err != nil {
			return err
		}
	}
	if d.AfterRun != nil {
		d.AfterRun(r.Process)
	}
	return nil
}

func (d *Day) ids() []string {
	var ids []string
	for _, customer := range d.all() {
		ids = append(ids, customer.ID)
	}
	return ids
}

// Rows returns the results of the last run of a process and the reasons of the failure records after it.
func (d *Day) Rows(p naming.Process) (rows []runner.Row, reasons map[string]map[string]string) {
	for _, c := range d.all() {
		if row, ran := d.rows[p][c.ID]; ran {
			rows = append(rows, row)
		}
	}
	return rows, d.failures[p]
}

// writesSince lists the writes that have reached the two systems since their journals had these lengths.
func (d *Day) writesSince(office24, ongoing int) string {
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
func (d *Day) countWrites(c customer) int {
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

func (d *Day) expectOutcome(p naming.Process, customer string, want runner.Outcome) {
	d.Expect(fmt.Sprintf("outcome of %s for %s", p, customer), d.rows[p][customer].Outcome, want)
}

// expectBlocked checks that a customer is blocked and that the reason names the attribute to correct.
func (d *Day) expectBlocked(p naming.Process, customer, attribute string) {
	d.expectOutcome(p, customer, runner.Blocked)
	reason := d.rows[p][customer].Reason
	d.Expect("… and the reason names "+attribute, strings.Contains(reason, attribute), true)
}

// expectFailure checks that a record of Fjellsport has a failure record whose reason contains these words.
func (d *Day) expectFailure(p naming.Process, key, words string) {
	reason := d.failures[p][d.fjellsport.ID][key]
	d.Expect(fmt.Sprintf("%s %s has a failure record that says %q", p, key, words),
		strings.Contains(reason, words), true)
}

// failureReasons returns the reasons of a process's failure records for a customer, by key.
func (d *Day) failureReasons(ctx context.Context, p naming.Process, customer string) (map[string]string, error) {
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
