// Package report gathers what is known of customers, as plain values: how they are (Status), why a record is as it is
// (Explain), which records wait for a person (Failures), and what happened (History). It prints nothing and asks
// nobody, so that the command line, a web page and a mail can show the same.
//
// It reads the tables, and asks the functions by dry runs. It contains no sync logic, and writes nothing.
//
// The values have JSON tags. A document for programs is {"version": Version, "kind": …, <kind>: value}; see Document.
package report

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Version is the version of the JSON documents. It changes when a member changes its meaning or is gone.
const Version = 2

// Document returns a document for programs.
func Document(kind string, value any) map[string]any {
	return map[string]any{"version": Version, "kind": kind, kind: value}
}

// A Reader gathers reports of a stack.
type Reader struct {
	Stack *cloud.Stack
	// Working, if not nil, is called for what can take minutes, so that a person sees that something happens. It calls
	// work and returns its error.
	Working func(title string, work func() error) error
}

// A Run is what a process did, or would do, for a customer.
type Run struct {
	Process naming.Process `json:"process"`
	runner.Row
}

// NeedsLook reports whether a person should look at the run.
func (r Run) NeedsLook() bool {
	return r.Outcome != runner.OK || r.Failed+r.Held > 0 || r.DryRun && r.Planned > 0
}

// Looked reports whether the run could look at the records that it was asked for; if not, its reason says why.
func (r Run) Looked() bool {
	return r.Outcome != runner.Blocked && r.Outcome != runner.Failed && r.Outcome != runner.Busy
}

// Reasons are the run's reason with the command that helps, in lines: those of its records one by one, if the function
// has listed them.
func (r Run) Reasons() []string {
	if len(r.Problems) == 0 {
		return []string{WithRemedy(r.CustomerID, r.Reason)}
	}
	const most = 20
	var lines, messages []string
	keys := map[string][]string{}
	for _, p := range r.Problems {
		if keys[p.Message] == nil {
			messages = append(messages, p.Message)
		}
		keys[p.Message] = append(keys[p.Message], p.Key)
	}
	lead, _, _ := strings.Cut(r.Reason, messages[0])
	if i := strings.LastIndex(lead, "; "); i >= 0 { // the rest names the records
		lines = append(lines, lead[:i])
	}
	left := len(r.Problems) + r.ProblemsOmitted
	for _, m := range messages[:min(len(messages), most)] {
		lines = append(lines, ShortList(keys[m], 3)+": "+WithRemedy(r.CustomerID, m))
		left -= len(keys[m])
	}
	if left > 0 {
		lines = append(lines, "and "+More(left, "record")+"; --json shows them")
	}
	return lines
}

// Invoke invokes the functions of the processes, one after the other, and returns their rows for the customer.
func (r Reader) Invoke(ctx context.Context, processes []naming.Process, event cloud.Event) ([]Run, error) {
	var runs []Run
	for _, process := range processes {
		var result runner.Result
		err := r.working(string(process), func() (err error) {
			result, err = r.Stack.Invoke(ctx, process, event)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, row := range result.Customers {
			runs = append(runs, Run{process, row})
		}
	}
	return runs, nil
}

func (r Reader) working(title string, work func() error) error {
	if r.Working == nil {
		return work()
	}
	return r.Working(title, work)
}

// IDOf returns the customer id of an item of the settings table.
func IDOf(item document.Item) string { return document.String(item, naming.PartitionKey) }

// atOnce is how many customers are read at the same time.
const atOnce = 16

// together reads something of each element, of several at the same time, and returns it in the same order.
func together[E, R any](ctx context.Context, list []E, read func(context.Context, E) (R, error)) ([]R, error) {
	all := make([]R, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, element := range list {
		group.Go(func() (err error) {
			all[i], err = read(ctx, element)
			return err
		})
	}
	return all, group.Wait()
}
