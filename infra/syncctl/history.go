package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
)

type historyCommand struct {
	onCustomer
	Process naming.Process `help:"Only this process's runs, and no actions of people." predictor:"process"`
	Actions bool           `help:"Only what people did with syncctl."`
	Limit   int            `help:"Entries to print." default:"30"`
}

// An event is a run or something that a person did.
type event struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Detail string    `json:"detail"`
}

// Run prints runs and actions, newest first. Changes that were made without syncctl are not in it.
func (c historyCommand) Run(ctx context.Context, a *app) error {
	if err := checkProcess(c.Process); err != nil {
		return err
	}
	s, err := a.open(ctx) // a removed customer has a history, too
	if err != nil {
		return err
	}
	events := []event{}
	if c.Process == "" {
		actions, err := s.Actions(ctx, c.Customer, c.Limit)
		if err != nil {
			return err
		}
		for _, did := range actions {
			events = append(events, event{At: did.At, Who: did.By, What: did.What, Detail: describeAction(did)})
		}
	}
	for _, entry := range naming.Entries() {
		if c.Actions || c.Process != "" && c.Process != entry.Process {
			continue
		}
		runs, err := s.Runs(ctx, c.Customer, entry.Process, c.Limit)
		if err != nil {
			return err
		}
		for _, r := range runs {
			detail := fmt.Sprintf("read %d, written %d, held %d, failed %d", r.Read, r.Written, r.Held, r.Failed)
			if r.Reason != "" {
				detail += ": " + r.Reason
			}
			what := string(r.Outcome)
			if r.DryRun {
				what += " (dry run)"
			}
			events = append(events, event{At: r.StartedAt, Who: string(entry.Process), What: what, Detail: detail})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return b.At.Compare(a.At) })
	events = events[:min(len(events), c.Limit)]
	if a.JSON {
		return a.printJSON("history", events)
	}
	var rows []table.Row
	for _, e := range events {
		rows = append(rows, table.Row{e.At.Local().Format(time.DateTime), e.Who, e.What, e.Detail})
	}
	a.table(table.Row{"time", "who", "what", "detail"}, rows)
	if len(events) == 0 {
		a.say("customer %s has no runs of the last 30 days and no actions", c.Customer)
	}
	a.say("settings that were changed without syncctl are not listed; CloudTrail can record them")
	return nil
}

func describeAction(action cloud.Action) string {
	var parts []string
	if action.Reason != "" {
		parts = append(parts, action.Reason)
	}
	if action.Detail != "" {
		parts = append(parts, action.Detail)
	}
	for _, c := range action.Change {
		parts = append(parts, fmt.Sprintf("%s: %s → %s", c.Path, orDefault(c.Path, c.Old), orDefault(c.Path, c.New)))
	}
	return strings.Join(parts, "; ")
}
