package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// Timeout is the default time limit of an invocation on this machine; see Function.Timeout.
const Timeout = 2 * time.Minute

// MemoryMB is the memory of a function, as the stack sets it.
const MemoryMB = 512

// A Function is a process's real binary under Lambda's Runtime API.
type Function struct {
	*lambdaruntime.Function
	// Timeout is the time limit of an invocation. Leases last longer than it.
	Timeout time.Duration
	process naming.Process
}

// Function prepares a process's binary from the folder that Build filled, with the environment that points it at this
// Env. Close ends it. Two functions of one process are two sandboxes.
func (e *Env) Function(folder string, process naming.Process) (*Function, error) {
	return e.FunctionOf(filepath.Join(folder, string(process)), string(process), process, nil)
}

// FunctionOf is Function with a given binary, the function's name, and variables in addition to those of this Env, or
// instead of them.
func (e *Env) FunctionOf(
	bootstrap, name string, process naming.Process, variables map[string]string,
) (*Function, error) {
	bootstrap, err := filepath.Abs(bootstrap)
	if err != nil {
		return nil, err
	}
	environment := e.Environment()
	maps.Copy(environment, variables)
	f, err := lambdaruntime.New(lambdaruntime.Config{
		Name: name, Bootstrap: bootstrap, Environment: assignments(environment), MemoryMB: MemoryMB,
	})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.functions = append(e.functions, f)
	return &Function{Function: f, Timeout: Timeout, process: process}, nil
}

// Run invokes the function with an event and decodes its result. The lines are what it wrote to its streams during the
// invocation; they are returned even if it failed.
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

func (e *Env) closeFunctions() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, f := range e.functions {
		errs = append(errs, f.Close())
	}
	e.functions = nil
	return errors.Join(errs...)
}
