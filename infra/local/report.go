package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/checks"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// printRun prints the results of the last run of a process, customer by customer, and the reasons of failure records.
func (d *demo) printRun(p naming.Process) {
	t := newTable()
	t.AppendHeader(table.Row{p, "outcome", "read", "planned", "written", "unchanged", "skipped", "held", "failed"})
	var remarks []string
	for _, c := range d.all() {
		row, ran := d.rows[p][c.ID]
		if !ran {
			continue
		}
		t.AppendRow(table.Row{
			c.ID, row.Outcome, row.Read, row.Planned, row.Written, row.Unchanged, row.Skipped, row.Held, row.Failed,
		})
		remarks = append(remarks, d.remarks(p, row)...)
	}
	t.Render()
	for _, remark := range remarks {
		if !d.printed[remark] {
			checks.Note(remark)
		}
		d.printed[remark] = true
	}
}

// remarks returns why a customer is blocked, the reasons of its failure records, and what a preview would write.
func (d *demo) remarks(p naming.Process, row runner.Row) []string {
	reasons := d.failures[p][row.CustomerID]
	var remarks []string
	if row.Reason != "" && len(reasons) == 0 {
		remarks = append(remarks, fmt.Sprintf("%s: %s", row.CustomerID, row.Reason))
	}
	for _, key := range slices.Sorted(maps.Keys(reasons)) {
		remarks = append(remarks, fmt.Sprintf("%s %s: %s", row.CustomerID, key, reasons[key]))
	}
	for _, change := range row.Changes {
		remarks = append(remarks, fmt.Sprintf("%s %s: preview, would %s", row.CustomerID, change.Key, change.Action))
	}
	return remarks
}

func newTable() table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	return t
}
