package lambdaruntime_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/testenv/lambdaruntime"
)

// timeout is the limit of invocations that end well before it.
const timeout = time.Minute

type event struct{ Do, Text string }

// bootstrap builds the sample function once for all tests.
var bootstrap = sync.OnceValues(func() (string, error) {
	directory, err := os.MkdirTemp("", "sample")
	if err != nil {
		return "", err
	}
	path := filepath.Join(directory, "bootstrap")
	out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "./testdata/sample").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := bootstrap(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func newFunction(t *testing.T, change func(*lambdaruntime.Config)) *lambdaruntime.Function {
	t.Helper()
	path, err := bootstrap()
	if err != nil {
		t.Fatal(err)
	}
	config := lambdaruntime.Config{Name: "sample", Bootstrap: path, Environment: []string{"GIVEN=given"}, MemoryMB: 192}
	if change != nil {
		change(&config)
	}
	f, err := lambdaruntime.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestSecondInvocationFindsTheProcessWarm(t *testing.T) {
	t.Parallel()
	f := newFunction(t, nil)
	first, err := f.Invoke(t.Context(), event{"echo", "blåbær & fløte"}, 30*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Invoke(t.Context(), event{"echo", "2"}, timeout)
	if err != nil {
		t.Fatal(err)
	}
	var got, next map[string]string
	if err := errors.Join(json.Unmarshal(first.Payload, &got), json.Unmarshal(second.Payload, &next)); err != nil {
		t.Fatal(err)
	}
	if got["request"] == next["request"] || got["request"] == "" {
		t.Errorf("requests %q and %q: want two different ids", got["request"], next["request"])
	}
	if !strings.HasPrefix(got["trace"], "Root=1-") {
		t.Errorf("trace header %q", got["trace"])
	}
	delete(got, "request")
	delete(got, "trace")
	want := map[string]string{
		"text": "blåbær & fløte", "left": "30m0s", "function": "sample", "memory": "192", "given": "given", "home": "",
		"arn": "arn:aws:lambda:eu-north-1:000000000000:function:sample",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !first.Cold || second.Cold {
		t.Errorf("cold %v, then %v; want the second invocation to find the process warm", first.Cold, second.Cold)
	}
	if diff := cmp.Diff([]string{"event 2: echo"}, second.Lines); diff != "" {
		t.Errorf("lines of the second invocation: %s", diff)
	}
	if all, err := f.Lines(); err != nil || !cmp.Equal(all, []string{"event 1: echo", "event 2: echo"}) {
		t.Errorf("all lines: %q, %v", all, err)
	}
}

// Lambda keeps the process after some failures and starts a new one after others.
func TestFailureIsReportedAndTheNextInvocationWorks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		do, why              string
		wantType, wantInText string
		wantCold             bool
	}{
		{do: "fail", why: "the process survives an error of the handler", wantType: "errorString",
			wantInText: "no way"},
		{do: "panic", why: "the library reports a panic and exits", wantType: "string",
			wantInText: "no way", wantCold: true},
		{do: "exit", why: "a process that exits reports nothing", wantType: "Runtime.ExitError",
			wantInText: "exit status 4", wantCold: true},
		{do: "large", why: "Lambda refuses more than 6 MB", wantType: "Function.ResponseSizeTooLarge",
			wantInText: "maximum allowed payload", wantCold: true},
	} {
		t.Run(tc.do, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, nil)
			answer, err := f.Invoke(t.Context(), event{tc.do, "no way"}, timeout)
			failure, ok := errors.AsType[*lambdaruntime.Error](err)
			if !ok || failure.Type != tc.wantType || !strings.Contains(failure.Message, tc.wantInText) {
				t.Errorf("%s: got %v", tc.why, err)
			}
			if answer.Payload != nil || len(answer.Lines) == 0 || answer.Lines[0] != "event 1: "+tc.do {
				t.Errorf("got payload %q, lines %q", answer.Payload, answer.Lines)
			}
			next, err := f.Invoke(t.Context(), event{"echo", ""}, timeout)
			if err != nil || next.Cold != tc.wantCold {
				t.Errorf("%s: the next invocation: cold %v, %v", tc.why, next.Cold, err)
			}
		})
	}
}

func TestProcessIsKilledAtTheTimeout(t *testing.T) {
	t.Parallel()
	f := newFunction(t, nil)
	_, err := f.Invoke(t.Context(), event{"sleep", filepath.Join(t.TempDir(), "arrived")}, 50*time.Millisecond)
	if failure, ok := errors.AsType[*lambdaruntime.Error](err); !ok || failure.Type != "Sandbox.Timedout" {
		t.Errorf("got %v", err)
	}
	if next, err := f.Invoke(t.Context(), event{"echo", ""}, timeout); err != nil || !next.Cold {
		t.Errorf("the next invocation: cold %v, %v; want a new process", next.Cold, err)
	}
}

func TestInvocationCanBeEndedFromOutside(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*lambdaruntime.Function, context.CancelFunc){
		"killed":    func(f *lambdaruntime.Function, _ context.CancelFunc) { f.Kill() },
		"cancelled": func(_ *lambdaruntime.Function, cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			arrived := filepath.Join(t.TempDir(), "arrived")
			ended := make(chan error)
			go func() {
				_, err := f.Invoke(ctx, event{"sleep", arrived}, timeout)
				ended <- err
			}()
			waitFor(t, arrived)
			stop(f, cancel)
			err := <-ended
			failure, ok := errors.AsType[*lambdaruntime.Error](err)
			if !errors.Is(err, context.Canceled) && (!ok || failure.Type != "Runtime.ExitError") {
				t.Errorf("got %v", err)
			}
			if next, err := f.Invoke(t.Context(), event{"echo", ""}, timeout); err != nil || !next.Cold {
				t.Errorf("the next invocation: cold %v, %v; want a new process", next.Cold, err)
			}
		})
	}
}

func TestProcessThatCannotStartIsReported(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, want string
		change     func(*lambdaruntime.Config)
	}{
		{"exits at once", "Runtime.ExitError", func(c *lambdaruntime.Config) {
			c.Environment = []string{"START=crash"}
		}},
		{"never asks for an event", "Sandbox.Timedout", func(c *lambdaruntime.Config) {
			c.Environment, c.InitTimeout = []string{"START=slow"}, 50*time.Millisecond
		}},
		{"does not exist", "", func(c *lambdaruntime.Config) { c.Bootstrap += "-missing" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := newFunction(t, tc.change).Invoke(t.Context(), event{"echo", ""}, timeout)
			failure, ok := errors.AsType[*lambdaruntime.Error](err)
			if tc.want != "" && (!ok || failure.Type != tc.want) {
				t.Errorf("got %v; want %s", err, tc.want)
			}
			if tc.want == "" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("got %v; want an error of this machine", err)
			}
		})
	}
}

func TestCloseEndsTheInvocationAndRefusesLaterOnes(t *testing.T) {
	t.Parallel()
	path, err := bootstrap()
	if err != nil {
		t.Fatal(err)
	}
	f, err := lambdaruntime.New(lambdaruntime.Config{Name: "sample", Bootstrap: path})
	if err != nil {
		t.Fatal(err)
	}
	arrived := filepath.Join(t.TempDir(), "arrived")
	ended := make(chan error)
	go func() {
		_, err := f.Invoke(t.Context(), event{"sleep", arrived}, timeout)
		ended <- err
	}()
	waitFor(t, arrived)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the current invocation succeeded")
	}
	if _, err := f.Invoke(t.Context(), event{"echo", ""}, timeout); err == nil {
		t.Error("a closed function was invoked")
	}
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(timeout); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatal("the event did not arrive")
}
