package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

type demoCommand struct{ recording }

// Run plays the working day and ends with an error unless everything was as it should be.
func (c demoCommand) Run(ctx context.Context) (err error) {
	began := time.Now()
	s, err := startStack(ctx, c.Record)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d := &demo{stack: s, context: ctx, rows: map[naming.Process]map[string]runner.Row{}, said: map[string]bool{}}
	if err := d.play(); err != nil {
		return err
	}
	fmt.Printf("\n%d of %d checks passed, in %v\n", d.checked-d.failed, d.checked, time.Since(began).Round(time.Second))
	if d.failed > 0 {
		return fmt.Errorf("%d checks failed", d.failed)
	}
	return nil
}

// A demo is the working day under way.
type demo struct {
	*stack
	context context.Context
	// rows are what the last run of each process did, by customer.
	rows map[naming.Process]map[string]runner.Row
	// said are the remarks that were printed already.
	said            map[string]bool
	checked, failed int
}

func (d *demo) play() error {
	before := d.portraits()
	for _, s := range scenes() {
		if err := d.scene(s); err != nil {
			return err
		}
	}
	if err := d.lastRound(); err != nil {
		return err
	}
	printPortraits(before, d.portraits())
	return nil
}

func (d *demo) scene(s scene) error {
	fmt.Printf("\n━━ %s\n", s.title)
	if s.act != nil {
		if err := s.act(d.stack); err != nil {
			return err
		}
	}
	for _, r := range s.runs {
		if err := d.run(r); err != nil {
			return err
		}
	}
	s.check(d)
	return nil
}

// lastRound runs everything once more. Nothing has happened since, so nothing may be written; the simulators' journals
// say whether it was.
func (d *demo) lastRound() error {
	fmt.Printf("\n━━ Nothing has happened since: one more round writes nothing\n")
	office24, ongoing := len(d.Office24.Journal()), len(d.Ongoing.Journal())
	for _, entry := range naming.Entries() {
		if err := d.run(run{process: entry.Process}); err != nil {
			return err
		}
	}
	d.expect("no write reached either system", d.writesSince(office24, ongoing), "")
	d.expect("no write ever reached the customer in preview, or the one that is blocked", d.touched(d.blabaer)+d.touched(d.torv), 0)
	d.expect("nothing was sent that 24SevenOffice must never be sent", strings.Join(d.Office24.Violations(), "; "), "")
	d.expect("nothing was sent that Ongoing must never be sent", strings.Join(d.Ongoing.Violations(), "; "), "")
	return nil
}

// writesSince lists the writing calls that have reached the two systems since their journals had these lengths.
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

// touched counts the writing calls for a customer since the beginning.
func (d *demo) touched(c customer) int {
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

// run invokes a process and prints what it did. The event names the customers, so that they run whether due or not.
func (d *demo) run(r run) error {
	event := map[string]any{"customers": d.ids()}
	if r.keys != nil {
		event = map[string]any{"customers": []string{d.fjellsport.ID}, "keys": r.keys}
	}
	result, lines, err := d.functions[r.process].Run(d.context, event)
	if err != nil {
		fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
		return err
	}
	d.rows[r.process] = map[string]runner.Row{}
	for _, row := range result.Customers {
		d.rows[r.process][row.CustomerID] = row
		if row.Outcome == runner.Failed { // nobody has made trouble: nothing may fail
			d.expectOutcome(r.process, row.CustomerID, runner.OK)
		}
	}
	return d.printRun(r.process)
}

// expect is one check: what is, and what it should be.
func (d *demo) expect(what string, got, want any) {
	d.checked++
	if fmt.Sprint(got) == fmt.Sprint(want) {
		if text := shorten(fmt.Sprint(got)); text != "" && got != true {
			what += ": " + text
		}
		fmt.Println("  ✓", what)
		return
	}
	d.failed++
	fmt.Printf("  ✗ %s:\n      is        %q\n      should be %q\n", what, fmt.Sprint(got), fmt.Sprint(want))
}

func (d *demo) expectOutcome(p naming.Process, customer string, want runner.Outcome) {
	d.expect(fmt.Sprintf("outcome of %s for %s", p, customer), d.rows[p][customer].Outcome, want)
}

// expectBlocked checks that a customer is blocked and that the reason names what has to be corrected.
func (d *demo) expectBlocked(p naming.Process, customer, named string) {
	d.expectOutcome(p, customer, runner.Blocked)
	reason := d.rows[p][customer].Reason
	d.expect("… and its reason names "+named, strings.Contains(reason, named), true)
}

// expectReason checks that a record of Fjellsport's is set aside, with a reason in plain words.
func (d *demo) expectReason(p naming.Process, key, words string) {
	reasons, err := d.reasons(p, d.fjellsport.ID)
	if err != nil {
		reasons = map[string]string{key: err.Error()}
	}
	d.expect(fmt.Sprintf("%s %s is set aside because of %q", p, key, words), strings.Contains(reasons[key], words), true)
}

// reasons are the messages of the records that a process has set aside, by key.
func (d *demo) reasons(p naming.Process, customer string) (map[string]string, error) {
	records, err := d.State(d.context, customer)
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

// shorten cuts a text for one line of output.
func shorten(s string) string {
	const most = 100
	s = strings.ReplaceAll(s, "\n", " ⏎ ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
