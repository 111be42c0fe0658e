package faults_test

import (
	"cmp"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
)

// show writes the matrix to the standard output.
func show(trials []*trial) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.AppendHeader(table.Row{"process", "call", "of", "fault", "met", "calls", "outcome", "failure record", "cursor", "as it should be after", "said"})
	for _, x := range trials {
		t.AppendRow(table.Row{x.process, x.operation, fmt.Sprintf("%d of %d", x.n, x.calls), x.name, x.form(), x.made, x.outcome, x.kept(), x.stood(), x.ended(), x.said()})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Name: "process", AutoMerge: true}, {Name: "call", AutoMerge: true}})
	t.Render()
}

// kept is the class of the failure records.
func (x *trial) kept() string { return cmp.Or(string(x.class), "–") }

func (x *trial) stood() string {
	if x.moved {
		return "moved"
	}
	return "stayed"
}

func (x *trial) ended() string {
	if x.after == 1 {
		return "the next run"
	}
	return fmt.Sprintf("%d runs", x.after)
}

// said is the beginning of the reason.
func (x *trial) said() string {
	const shown = 70
	if runes := []rune(x.reason); len(runes) > shown {
		return string(runes[:shown]) + "…"
	}
	return x.reason
}
