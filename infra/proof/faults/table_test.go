package faults_test

import (
	"cmp"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
)

// printMatrix writes the matrix to the standard output.
func printMatrix(trials []*trial) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.AppendHeader(table.Row{
		"process", "call", "number", "fault", "extent", "calls",
		"outcome", "failure record", "cursor", "recovered after", "reason",
	})
	for _, x := range trials {
		t.AppendRow(table.Row{
			x.process, x.operation, fmt.Sprintf("%d of %d", x.n, x.calls), x.name, x.extent(), x.callsMade,
			x.outcome, x.failureClass(), x.cursor(), x.recovery(), x.shortReason(),
		})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Name: "process", AutoMerge: true}, {Name: "call", AutoMerge: true}})
	t.Render()
}

// failureClass returns the class of the failure records.
func (x *trial) failureClass() string { return cmp.Or(string(x.class), "–") }

func (x *trial) cursor() string {
	if x.cursorMoved {
		return "moved"
	}
	return "stayed"
}

func (x *trial) recovery() string {
	if x.runsAfter == 1 {
		return "the next run"
	}
	return fmt.Sprintf("%d runs", x.runsAfter)
}

// shortReason returns the beginning of the reason.
func (x *trial) shortReason() string {
	const maxRunes = 70
	if runes := []rune(x.reason); len(runes) > maxRunes {
		return string(runes[:maxRunes]) + "…"
	}
	return x.reason
}
