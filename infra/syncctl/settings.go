package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
)

type settingsCommand struct {
	List   settingsListCommand   `cmd:"" default:"1" help:"Print every setting with its type, default and meaning."`
	Schema settingsSchemaCommand `cmd:"" help:"Print the JSON Schema of a customer's settings."`
	Check  settingsCheckCommand  `cmd:"" help:"Check a file with settings, without AWS."`
}

type settingsListCommand struct{}

// Run prints every setting.
func (settingsListCommand) Run(a *app) error {
	if a.JSON {
		type setting struct {
			Path    string `json:"path"`
			Type    string `json:"type"`
			Default string `json:"default"`
			Allowed string `json:"allowed"`
			Meaning string `json:"meaning"`
		}
		list := []setting{}
		for _, d := range settings.Describe() {
			plain := report.PlainText
			list = append(list, setting{d.Path, d.Type, plain(d.Default), d.Allowed, plain(d.Meaning)})
		}
		return a.printJSON("settings", list)
	}
	var rows []table.Row
	for _, d := range settings.Describe() {
		meaning := report.PlainText(d.Meaning) + "; " + d.Allowed
		rows = append(rows, table.Row{d.Path, d.Type, report.PlainText(d.Default), meaning})
	}
	a.table(table.Row{"setting", "type", "default", "meaning; allowed"}, rows)
	return nil
}

type settingsSchemaCommand struct{}

// Run prints the JSON Schema.
func (settingsSchemaCommand) Run(a *app) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(settings.Schema())
}

type settingsCheckCommand struct {
	File  string `arg:"" help:"YAML or JSON, also several documents." type:"existingfile" predictor:"file"`
	Hosts string `help:"The hosts that ongoing.baseUrl can name; else ${hosts}, or with --local the local stack's."`
}

// Run checks a file by the decoder of the functions.
func (c settingsCheckCommand) Run(ctx context.Context, a *app) error {
	hosts, err := c.hosts(ctx, a)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	type result struct {
		Customer string `json:"customerId"`
		Reason   string `json:"reason"`
	}
	results, wrong := []result{}, false
	items, err := document.Read(text)
	if err != nil {
		results, wrong = append(results, result{Reason: err.Error()}), true
	}
	for _, item := range items {
		delete(item, "secret") // as customers add --from reads it
		r := result{Customer: report.IDOf(item)}
		if _, err := settings.Decode(item, hosts); err != nil {
			r.Reason, wrong = err.Error(), true
		}
		results = append(results, r)
	}
	if a.JSON {
		if err := a.printJSON("checks", results); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			if r.Reason == "" {
				a.print("%s: customer %s is right", c.File, r.Customer)
			} else {
				a.print("%s: %s", c.File, r.Reason)
			}
		}
	}
	if wrong {
		return errSomething
	}
	return nil
}

// hosts are those that the option names, those of the local stack, or the default ones.
func (c settingsCheckCommand) hosts(ctx context.Context, a *app) (allowedhosts.List, error) {
	if c.Hosts == "" && a.Local {
		s, err := a.open(ctx)
		if err != nil {
			return allowedhosts.List{}, err
		}
		return s.Hosts, nil
	}
	hosts, err := allowedhosts.Parse(cmp.Or(c.Hosts, defaultHosts))
	if err != nil {
		return hosts, fmt.Errorf("--hosts: %w", err)
	}
	return hosts, nil
}

// defaultHosts are the hosts that a stack allows unless it is told otherwise.
const defaultHosts = naming.DefaultOngoingHosts
