package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/lambdaruntime"
)

type serveCommand struct {
	recording
	Period time.Duration `help:"Time between two ticks of the schedule." default:"15m"`
}

// Run runs the functions until ctx ends, a line of output for each run.
func (c serveCommand) Run(ctx context.Context) (err error) {
	if c.Period < time.Second {
		return errors.New("period must be at least 1s")
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
	s.printEndpoints("http://" + api.Addr)
	err = s.keepTime(ctx, c.Period)
	fmt.Println("stopped")
	return err
}

// serveInvokeAPI lets the functions be invoked by hand.
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
		Addr: listener.Addr().String(), Handler: lambdaruntime.InvokeAPI(functions, testenv.Timeout), ReadHeaderTimeout: time.Minute,
	}
	go server.Serve(listener) // ends with Close
	return server, nil
}

// printEndpoints says where everything is, in the form in which tools made for AWS want to know it.
func (s *stack) printEndpoints(lambda string) {
	environment := s.Environment()
	environment["AWS_ENDPOINT_URL_LAMBDA"] = lambda
	fmt.Println("\nthe customers:", strings.Join(s.ids(), ", "))
	fmt.Println("Ongoing WMS is at", s.Ongoing.URL, "and 24SevenOffice at", s.Office24.URL())
	fmt.Println("for tools that work with this stack:")
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fmt.Printf("  export %s=%s\n", name, environment[name])
	}
	fmt.Printf("to run a function by hand:\n  curl -d '{\"customers\":[%q],\"dryRun\":true}' %s/2015-03-31/functions/%s/invocations\n\n",
		s.fjellsport.ID, lambda, naming.Articles)
}

// keepTime runs the functions one after the other, each at its place in the period, until ctx ends. A run that takes
// longer than its place delays those behind it. In each round, after the first process, people play a scene of the
// demo, as long as there are any.
func (s *stack) keepTime(ctx context.Context, period time.Duration) error {
	coming := slices.DeleteFunc(scenes(), func(s scene) bool { return s.act == nil })
	for round := time.Now(); ; round = round.Add(period) {
		for i, entry := range naming.Entries() {
			if i == 1 && len(coming) > 0 {
				s.act(coming[0])
				coming = coming[1:]
			}
			if !sleepUntil(ctx, round.Add(offset(entry, period))) {
				return nil
			}
			event, err := s.tick(ctx, period)
			if err != nil {
				return err
			}
			result, lines, err := s.functions[entry.Process].Run(ctx, event)
			switch {
			case err == nil:
				fmt.Println(runLine(result))
			case ctx.Err() == nil: // as in Lambda, the next tick is the retry
				fmt.Fprintln(os.Stderr, strings.Join(append(lines, err.Error()), "\n"))
			}
		}
	}
}

// act plays a scene. Somebody may have done something else with the same records; then it does not come off.
func (s *stack) act(scene scene) {
	fmt.Println("━━", scene.title)
	if err := scene.act(s); err != nil {
		fmt.Println("  this did not come off:", err)
	}
}

// tick is the event of the schedule. A customer's shortest interval is longer than a shortened period, so that such a
// tick would find hardly anybody due: it names all customers instead.
func (s *stack) tick(ctx context.Context, period time.Duration) (map[string]any, error) {
	if period >= naming.Period {
		return map[string]any{}, nil
	}
	ids, err := s.CustomerIDs(ctx)
	return map[string]any{"customers": ids}, err
}

// offset is a process's place in a period, in proportion to its place in the catalogue's.
func offset(entry naming.Entry, period time.Duration) time.Duration {
	return time.Duration(float64(entry.Offset) / float64(naming.Period) * float64(period))
}

// sleepUntil waits for a moment; it reports false if ctx ended first.
func sleepUntil(ctx context.Context, moment time.Time) bool {
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// runLine is a run in one line.
func runLine(r runner.Result) string {
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
		r.FinishedAt.Local().Format(time.TimeOnly), r.Process, strings.Join(outcomes, ", "), sum.Read, sum.Written, sum.Held, sum.Failed)
}
