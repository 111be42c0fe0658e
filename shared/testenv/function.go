package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// Timeout is how long an invocation may take on this machine, unless a Function says otherwise.
const Timeout = 2 * time.Minute

// A Function is a process's real binary under Lambda's Runtime API.
type Function struct {
	*lambdaruntime.Function
	// Timeout is how long an invocation may take; leases outlive it.
	Timeout time.Duration
	process naming.Process
}

// Function prepares a process's binary out of the folder that Build filled, with the environment that leads it to this
// bed. It ends with the bed. Two functions of one process are two sandboxes.
func (b *Env) Function(folder string, process naming.Process) (*Function, error) {
	bootstrap, err := filepath.Abs(filepath.Join(folder, string(process)))
	if err != nil {
		return nil, err
	}
	f, err := lambdaruntime.New(lambdaruntime.Config{
		Name: string(process), Bootstrap: bootstrap, Environment: assignments(b.Environment()),
	})
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.functions = append(b.functions, f)
	return &Function{Function: f, Timeout: Timeout, process: process}, nil
}

// Run invokes the function with an event and reads its result. The lines are what it wrote to its streams meanwhile,
// also where it failed.
func (f *Function) Run(ctx context.Context, event any) (runner.Result, []string, error) {
	answer, err := f.Invoke(ctx, event, f.Timeout)
	if err != nil {
		return runner.Result{}, answer.Lines, fmt.Errorf("%s: %w", f.process, err)
	}
	var result runner.Result
	if err := json.Unmarshal(answer.Payload, &result); err != nil {
		return runner.Result{}, answer.Lines, fmt.Errorf("%s: answer: %w", f.process, err)
	}
	return result, answer.Lines, nil
}

func (b *Env) closeFunctions() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, f := range b.functions {
		errs = append(errs, f.Close())
	}
	b.functions = nil
	return errors.Join(errs...)
}
