package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ongoing24so/infra/checks"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/workday"
	"ongoing24so/shared/naming"
)

type demoCommand struct{ recording }

// Run goes through the working day. It returns an error if a check failed.
func (c demoCommand) Run(ctx context.Context) (err error) {
	began := time.Now()
	s, err := localstack.Start(ctx, localstack.Options{Record: c.Record})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	day, err := workday.Begin(ctx, s)
	if err != nil {
		return err
	}
	said := map[string]bool{}
	day.AfterRun = func(p naming.Process) { printRun(day, p, said) }
	steps := workday.Steps()
	for i, step := range steps {
		checks.Title(fmt.Sprintf("%d of %d · %s", i+1, len(steps), step.Title))
		checks.Note(step.People)
		if err := day.Do(ctx, step); err != nil {
			return err
		}
	}
	checks.Title("Nobody has changed anything: one more round writes nothing")
	day.AfterRun = nil
	if err := day.EndWithoutChanges(ctx); err != nil {
		return err
	}
	if err := day.Finish(began); err != nil {
		return err
	}
	fmt.Println(`
Four merchants, seven steps, both systems in agreement; what could not be carried over was kept with its reason.
Next: make local    the same merchants on a page: use both systems, take the tour, play incidents`)
	return nil
}

// printRun prints what a run of a process has come to, and the reasons that were not printed yet.
func printRun(day *workday.Day, p naming.Process, said map[string]bool) {
	rows, failures := day.Rows(p)
	for _, row := range rows {
		fmt.Printf("  %-11s %-15s %-8s read %d, written %d, held %d, failed %d\n",
			p, row.CustomerID, row.Outcome, row.Read, row.Written, row.Held, row.Failed)
		reasons := failures[row.CustomerID]
		lines := []string{row.Reason}
		if len(reasons) > 0 || row.Reason == "" {
			lines = nil
		}
		for _, key := range slices.Sorted(maps.Keys(reasons)) {
			lines = append(lines, key+": "+reasons[key])
		}
		for _, line := range lines {
			if line = row.CustomerID + " " + line; !said[line] {
				checks.Note(line)
			}
			said[line] = true
		}
	}
}
