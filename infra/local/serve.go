package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/lambdaruntime"
)

type serveCommand struct {
	recording
	Period time.Duration `help:"Time between two ticks of the schedule." default:"15m"`
}

// Run invokes the functions until ctx is done and prints a line for each invocation.
func (c serveCommand) Run(ctx context.Context) (err error) {
	if c.Period < time.Second {
		return fmt.Errorf("period is %v; it must be at least 1s", c.Period)
	}
	s, err := startStack(ctx, c.Record)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	api, err := s.serveInvokeAPI()
	if err != nil {
		return err
	}
	defer api.Close()
	endpoints, err := s.writeEndpoints("http://" + api.Addr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(endpoints)) }()
	s.printEndpoints("http://" + api.Addr)
	err = s.runSchedule(ctx, c.Period)
	fmt.Println("stopped")
	return err
}

// serveInvokeAPI serves Lambda's Invoke API for the functions.
func (s *stack) serveInvokeAPI() (*http.Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	functions := map[string]*lambdaruntime.Function{}
	for p, f := range s.functions {
		functions[string(p)] = f.Function
	}
	server := &http.Server{
		Addr:              listener.Addr().String(),
		Handler:           lambdaruntime.InvokeAPI(functions, testenv.Timeout),
		ReadHeaderTimeout: time.Minute,
	}
	go server.Serve(listener) // returns after Close
	return server, nil
}

// writeEndpoints writes all addresses to the file in which syncctl --local looks for them, and returns its name.
func (s *stack) writeEndpoints(lambda string) (string, error) {
	text, err := json.MarshalIndent(s.endpoints(lambda), "", "  ")
	if err != nil {
		return "", err
	}
	file := filepath.Join(s.binaries, "endpoints.json")
	return file, os.WriteFile(file, text, 0o600)
}

// endpoints returns the environment of AWS tools.
func (s *stack) endpoints(lambda string) map[string]string {
	environment := s.Environment()
	environment["AWS_ENDPOINT_URL_LAMBDA"] = lambda
	return environment
}

// printEndpoints prints all addresses, as environment variables of AWS tools.
func (s *stack) printEndpoints(lambda string) {
	environment := s.endpoints(lambda)
	fmt.Println("\ncustomers:", strings.Join(s.ids(), ", "))
	fmt.Println("Ongoing WMS:", s.Ongoing.URL)
	fmt.Println("24SevenOffice:", s.Office24.URL())
	fmt.Println("environment of AWS tools:")
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fmt.Printf("  export %s=%s\n", name, environment[name])
	}
	fmt.Println("to invoke a function by hand:")
	fmt.Printf("  curl -d '{\"customers\":[%q],\"dryRun\":true}' %s/2015-03-31/functions/%s/invocations\n",
		s.fjellsport.ID, lambda, naming.Articles)
	fmt.Printf("to operate it:\n  go run ./infra/syncctl --local status\n\n")
}

// runSchedule invokes the functions one after the other, each at its offset in the period, until ctx is done. An
// invocation that takes too long delays the next ones. Each period also has the people's part of one step of the demo,
// after its first process, until all steps are done.
func (s *stack) runSchedule(ctx context.Context, period time.Duration) error {
	pending := slices.DeleteFunc(steps(), func(s step) bool { return s.people == nil })
	for start := time.Now(); ; start = start.Add(period) {
		for i, entry := range naming.Entries() {
			if i == 1 && len(pending) > 0 {
				s.runPeople(pending[0])
				pending = pending[1:]
			}
			if !sleepUntil(ctx, start.Add(offset(entry, period))) {
				return nil
			}
			event, err := s.tickEvent(ctx, period)
			if err != nil {
				return err
			}
			result, lines, err := s.functions[entry.Process].Run(ctx, event)
			switch {
			case err == nil:
				fmt.Println(resultLine(result))
			case ctx.Err() == nil: // the next tick retries, as in Lambda
				fmt.Fprintln(os.Stderr, strings.Join(append(lines, err.Error()), "\n"))
			}
		}
	}
}

// runPeople runs the people's part of a step. It can fail, because the user can change the same records.
func (s *stack) runPeople(step step) {
	fmt.Println("━━", step.title)
	if err := step.people(s); err != nil {
		fmt.Println("  failed:", err)
	}
}

// tickEvent returns the event of a tick. If the period is shorter than the real one, it is shorter than the customers'
// intervals, too, and hardly any customer would be due. The event then names all customers, but not an id that is not
// valid: the functions would refuse the whole event.
func (s *stack) tickEvent(ctx context.Context, period time.Duration) (map[string]any, error) {
	if period >= naming.Period {
		return map[string]any{}, nil
	}
	ids, err := s.CustomerIDs(ctx)
	return map[string]any{"customers": validIDs(ids)}, err
}

func validIDs(ids []string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return !settings.ValidID(id) })
}

// offset returns a process's offset in a period, in proportion to its offset in naming.Period.
func offset(entry naming.Entry, period time.Duration) time.Duration {
	return time.Duration(float64(entry.Offset) / float64(naming.Period) * float64(period))
}

// sleepUntil waits until a time. It reports false if ctx was done first.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// resultLine describes the result of an invocation in one line.
func resultLine(r runner.Result) string {
	var outcomes []string
	for _, outcome := range slices.Sorted(maps.Keys(r.Outcomes)) {
		outcomes = append(outcomes, fmt.Sprintf("%s %d", outcome, r.Outcomes[outcome]))
	}
	var sum runner.Row
	for _, row := range r.Customers {
		sum.Read += row.Read
		sum.Written += row.Written
		sum.Held += row.Held
		sum.Failed += row.Failed
	}
	return fmt.Sprintf("%s %-11s %s; records: read %d, written %d, held %d, failed %d",
		r.FinishedAt.Local().Format(time.TimeOnly), r.Process, strings.Join(outcomes, ", "),
		sum.Read, sum.Written, sum.Held, sum.Failed)
}
