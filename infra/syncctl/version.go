package main

import (
	"context"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

type versionCommand struct {
	Functions bool `help:"Show what is deployed, too."`
}

// Run prints the commit that syncctl was built from, and what is deployed.
func (c versionCommand) Run(ctx context.Context, a *app) error {
	v := struct {
		Version   string                  `json:"version"`
		Commit    string                  `json:"commit"`
		Time      string                  `json:"time"`
		Modified  bool                    `json:"modified"`
		JSON      int                     `json:"report.Version"`
		Functions []cloud.FunctionVersion `json:"functions,omitempty"`
	}{Version: naming.Version, Commit: "unknown", JSON: report.Version}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.time":
				v.Time = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	if c.Functions {
		s, err := a.open(ctx)
		if err != nil {
			return err
		}
		if v.Functions, err = s.Versions(ctx); err != nil {
			return err
		}
	}
	if a.JSON {
		return a.printJSON("syncctl", v)
	}
	changed := ""
	if v.Modified {
		changed = ", with local changes"
	}
	a.print("syncctl %s (%s)", v.Version, strings.TrimSpace(v.Commit+" "+v.Time+changed))
	var rows []table.Row
	for _, f := range v.Functions {
		deployed := f.LastModified
		if at, err := time.Parse("2006-01-02T15:04:05.000-0700", deployed); err == nil { // as Lambda writes it
			deployed = report.At(at)
		}
		rows = append(rows, table.Row{f.Process, deployed, f.CodeSHA256})
	}
	a.table(table.Row{"function", "deployed", "code"}, rows)
	return nil
}
