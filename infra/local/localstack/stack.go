// Package localstack is the whole system on one machine: the functions as processes under Lambda's Runtime API, an
// embedded DynamoDB, a simulated Secrets Manager, simulators of 24SevenOffice and Ongoing WMS, and a clock that can be
// moved. It knows which merchants there are, runs the schedule's ticks, and writes down what has changed in both
// systems and who has done it.
package localstack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// A Stack is an Env with all functions. Start starts it, Close ends it.
type Stack struct {
	*testenv.Env
	Clock   *Clock
	History *History

	folder string // of what is temporary

	mu        sync.Mutex
	merchants []*testenv.Merchant
	// writesToDeath is after how many more writes the current function is killed; 0: it is not.
	writesToDeath int
	current       naming.Process // that runs now; empty if none does

	// functions are those of the schedule. A look ahead has sandboxes of its own, so that one that hangs delays no
	// tick, and a draft has functions that read their settings from the table of drafts.
	functions, lookers, drafters map[naming.Process]*testenv.Function

	ticking sync.Mutex // held during an invocation of the schedule
	ticks   ticks
}

// Options of a Stack.
type Options struct {
	// Record is a folder for every exchange with the simulators.
	Record string
}

// DraftTable is the settings table that Draft uses.
const DraftTable = dynamodbtest.SettingsTable + "-draft"

// Start starts a stack without merchants. Its functions are this program; see RunFunction.
func Start(ctx context.Context, o Options) (*Stack, error) {
	folder, err := os.MkdirTemp("", "local-")
	if err != nil {
		return nil, err
	}
	clock, err := newClock(folder)
	if err != nil {
		return nil, err
	}
	s := &Stack{Clock: clock, folder: folder}
	s.Env, err = testenv.Start(testenv.Options{
		Record: o.Record, Office24: office24test.Options{Now: clock.Now},
		Ongoing: ongoingtest.Options{Now: clock.Now, After: func(ongoingtest.Entry) { s.wrote() }},
	})
	if err != nil {
		return nil, err
	}
	s.Office24.After(func(c office24test.Call) {
		if c.Write {
			s.wrote()
		}
	})
	s.History = &History{stack: s}
	s.ticks.next = quarterAfter(clock.Now())
	err = dynamodbtest.CreateTables(ctx, s.DynamoDB.Client(), DraftTable, "")
	if err == nil {
		err = s.addFunctions()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends everything.
func (s *Stack) Close() error { return errors.Join(s.Env.Close(), os.RemoveAll(s.folder)) }

func (s *Stack) addFunctions() (err error) {
	if s.functions, err = s.newFunctions(nil); err != nil {
		return err
	}
	if s.lookers, err = s.newFunctions(nil); err != nil {
		return err
	}
	s.drafters, err = s.newFunctions(map[string]string{naming.EnvSettingsTable: DraftTable})
	return err
}

func (s *Stack) newFunctions(variables map[string]string) (map[naming.Process]*testenv.Function, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	functions := map[naming.Process]*testenv.Function{}
	for _, entry := range naming.Entries() {
		all := map[string]string{envProcess: string(entry.Process), envClock: s.Clock.file}
		maps.Copy(all, variables)
		name := naming.Function(naming.DefaultStack, entry.Process)
		if functions[entry.Process], err = s.FunctionOf(program, name, entry.Process, all); err != nil {
			return nil, err
		}
	}
	return functions, nil
}

// Endpoints returns the environment of AWS tools and of syncctl, with the address of Lambda's Invoke API.
func (s *Stack) Endpoints(lambda string) map[string]string {
	environment := s.Environment()
	environment["AWS_ENDPOINT_URL_LAMBDA"], environment[envClock] = lambda, s.Clock.file
	return environment
}

// Cloud is syncctl's access to the stack, with the address of an Invoke API.
func (s *Stack) Cloud(lambda string) (*cloud.Stack, error) {
	text, err := json.Marshal(s.Endpoints(lambda))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(s.folder, "endpoints.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	return cloud.OpenLocal(file)
}

// InvokeAPI returns Lambda's Invoke API for the functions, under their deployed names. What an invocation changes is
// added to the history as in Run; one that writes nothing leaves no trace.
func (s *Stack) InvokeAPI() http.Handler {
	api := invokeAPI(s.functions)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		process, known := invoked(r.URL.Path)
		var event struct {
			DryRun, Check, Explain, Digest bool
			Find                           []string
		}
		if json.Unmarshal(body, &event) != nil || !known ||
			event.DryRun || event.Check || event.Explain || event.Digest || event.Find != nil {
			api.ServeHTTP(w, r)
			return
		}
		s.ticking.Lock()
		defer s.ticking.Unlock()
		s.History.Note(Outside)
		s.setCurrent(process)
		defer s.setCurrent("")
		answer := &copied{ResponseWriter: w}
		api.ServeHTTP(answer, r)
		s.History.Note(Actor(process))
		var result runner.Result
		if json.Unmarshal(answer.body.Bytes(), &result) == nil {
			s.ticks.addRows(s.Clock.Now(), process, result)
		}
	})
}

// invoked returns the process that a request to the Invoke API names.
func invoked(path string) (naming.Process, bool) {
	for _, entry := range naming.Entries() {
		if strings.Contains(path, "/functions/"+naming.Function(naming.DefaultStack, entry.Process)+"/") {
			return entry.Process, true
		}
	}
	return "", false
}

// A copied response keeps its body.
type copied struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (c *copied) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

// LookAPI is InvokeAPI for the functions that look ahead.
func (s *Stack) LookAPI() http.Handler { return invokeAPI(s.lookers) }

func invokeAPI(all map[naming.Process]*testenv.Function) http.Handler {
	functions := map[string]*lambdaruntime.Function{}
	for p, f := range all {
		functions[naming.Function(naming.DefaultStack, p)] = f.Function
	}
	return lambdaruntime.InvokeAPI(functions, testenv.Timeout)
}

// AddMerchant creates a customer in all systems; see testenv.
func (s *Stack) AddMerchant(ctx context.Context, id string, settings map[string]any) (*testenv.Merchant, error) {
	m, err := s.Env.AddMerchant(ctx, id, settings)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.merchants = append(s.merchants, m)
	return m, nil
}

// Merchants returns all merchants in the order in which they were added.
func (s *Stack) Merchants() []*testenv.Merchant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.merchants)
}

// Merchant returns the merchant of that id, or nil.
func (s *Stack) Merchant(id string) *testenv.Merchant {
	for _, m := range s.Merchants() {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// Run invokes a process as the schedule does, and adds what it has changed to the history.
func (s *Stack) Run(ctx context.Context, process naming.Process, event any) (runner.Result, []string, error) {
	s.ticking.Lock()
	defer s.ticking.Unlock()
	return s.run(ctx, process, event)
}

func (s *Stack) run(ctx context.Context, process naming.Process, event any) (runner.Result, []string, error) {
	s.History.Note(Outside)
	s.setCurrent(process)
	defer s.setCurrent("")
	began := time.Now()
	result, lines, err := s.functions[process].Run(ctx, event)
	s.History.Note(Actor(process))
	s.ticks.add(s.Clock.Now(), process, result, lines, time.Since(began), err)
	return result, lines, err
}

// KillAfterWrite kills the function that makes the nth write to a vendor from now on, before it gets the answer.
func (s *Stack) KillAfterWrite(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writesToDeath = n
}

// wrote is called between the effect of a write and its answer.
func (s *Stack) wrote() {
	s.mu.Lock()
	dies, running := s.writesToDeath == 1, s.current
	s.writesToDeath = max(0, s.writesToDeath-1)
	s.mu.Unlock()
	if dies && running != "" {
		s.functions[running].Kill()
	}
}

// running returns the process that runs now; empty if none does.
func (s *Stack) running() naming.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func (s *Stack) setCurrent(p naming.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = p
}

// LookAhead makes a dry run of a process for a customer. When ctx is done, the function is killed.
func (s *Stack) LookAhead(ctx context.Context, process naming.Process, customer string) (runner.Row, error) {
	return dryRun(ctx, s.lookers[process], customer)
}

// Draft makes a dry run of a process for a customer with the settings in DraftTable.
func (s *Stack) Draft(ctx context.Context, process naming.Process, customer string) (runner.Row, error) {
	return dryRun(ctx, s.drafters[process], customer)
}

func dryRun(ctx context.Context, f *testenv.Function, customer string) (runner.Row, error) {
	result, _, err := f.Run(ctx, map[string]any{"customers": []string{customer}, "dryRun": true})
	if err != nil {
		return runner.Row{}, err
	}
	if len(result.Customers) != 1 {
		return runner.Row{}, fmt.Errorf("the answer has %d rows", len(result.Customers))
	}
	return result.Customers[0], nil
}
