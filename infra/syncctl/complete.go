package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/posener/complete"
	"github.com/willabides/kongplete"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"

	"ongoing24so/infra/syncctl/report"
)

// predictors complete arguments in the shell: processes, settings and customers.
func predictors() []kongplete.Option {
	return []kongplete.Option{
		kongplete.WithPredictor("process", complete.PredictSet(processNames()...)),
		kongplete.WithPredictor("setting", complete.PredictSet(settingPaths()...)),
		kongplete.WithPredictor("file", complete.PredictFiles("*")),
		kongplete.WithPredictor("customer", complete.PredictFunc(predictCustomers)),
	}
}

func processNames() []string {
	var names []string
	for _, entry := range naming.Entries() {
		names = append(names, string(entry.Process))
	}
	return names
}

// settingPaths are the settings that can be named as they are.
func settingPaths() []string {
	var paths []string
	for _, d := range settings.Describe() {
		if !strings.ContainsAny(d.Path, "<[") {
			paths = append(paths, d.Path)
		}
	}
	return paths
}

// predictCustomers reads the customers of the stack that the command line so far names. It predicts nothing if that
// takes long.
func predictCustomers(args complete.Args) []string {
	o := Options{Stack: "ongoing24so", Local: slices.Contains(args.All, "--local")}
	for i, word := range args.All {
		if i+1 < len(args.All) && word == "--stack" {
			o.Stack = args.All[i+1]
		}
		if i+1 < len(args.All) && word == "--region" {
			o.Region = args.All[i+1]
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	s, err := newApp(o).open(ctx)
	if err != nil {
		return nil
	}
	all, err := s.Settings(ctx)
	if err != nil {
		return nil
	}
	var ids []string
	for _, item := range all {
		ids = append(ids, report.IDOf(item))
	}
	return ids
}
