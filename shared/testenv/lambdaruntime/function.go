// Package lambdaruntime runs a Lambda function on this machine: it starts the function's real bootstrap binary, gives it
// the environment that Lambda gives, and serves it the Lambda Runtime API (2018-06-01), one event after another.
//
// As in Lambda, the process stays warm between two invocations, is killed when an invocation outlives its time-out, and
// is started anew by the next invocation after a crash. Unlike Lambda, two invocations at once of one Function wait for
// each other; two Functions with the same binary are two sandboxes. A process is not frozen between invocations.
//
// API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package lambdaruntime

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Config says what to run.
type Config struct {
	// Name of the function, e.g. "articles".
	Name string
	// Bootstrap is the path of the binary.
	Bootstrap string
	// Environment of the function, "NAME=value". Nothing is inherited from this process.
	Environment []string
	// MemoryMB is only told to the function, not enforced. 0 means 256.
	MemoryMB int
	// InitTimeout is how long a started process may take to ask for its first event. 0 means Lambda's 10 s.
	InitTimeout time.Duration
	// Traced tells the function that its invocations are traced by X-Ray.
	Traced bool
}

// A Function is one sandbox. Create with New, end with Close.
type Function struct {
	config Config
	output *os.File // both streams of all processes; a file, so that what a process has written is at once readable

	turn    chan struct{} // holds one token: the right to invoke
	mu      sync.Mutex    // guards sandbox and closed
	sandbox *sandbox      // the warm process, nil before the first invocation and after a crash
	closed  bool
}

// An Answer is what one invocation brought.
type Answer struct {
	// Payload is the function's answer; nil if it failed.
	Payload []byte
	// Lines are what the process wrote to its two streams since the invocation before, log lines and metrics alike.
	Lines []string
	// Cold tells that a process had to be started.
	Cold bool
}

// An Error is a failed invocation, as the caller of a Lambda function sees it.
type Error struct {
	// Type is the error type that the function reported, or Lambda's own: Runtime.ExitError for a process that ended,
	// Sandbox.Timedout for one that was killed at its time-out, Function.ResponseSizeTooLarge.
	Type string `json:"errorType"`
	// Message is for people.
	Message string `json:"errorMessage"`
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// New prepares a function; its process starts with the first invocation.
func New(config Config) (*Function, error) {
	if config.MemoryMB == 0 {
		config.MemoryMB = 256
	}
	if config.InitTimeout == 0 {
		config.InitTimeout = 10 * time.Second
	}
	output, err := os.CreateTemp("", "lambda-"+config.Name+"-*.log")
	if err != nil {
		return nil, err
	}
	f := &Function{config: config, output: output, turn: make(chan struct{}, 1)}
	f.turn <- struct{}{}
	return f, nil
}

// Invoke feeds the function one event, any value that becomes JSON, and waits until the function has answered and asks
// for the next event. A failure of the function is an *Error; the answer then still has its lines. When ctx ends, the
// process is killed.
func (f *Function) Invoke(ctx context.Context, event any, timeout time.Duration) (Answer, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return Answer{}, err
	}
	select {
	case <-f.turn:
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	defer func() { f.turn <- struct{}{} }()

	from, err := f.output.Seek(0, io.SeekEnd)
	if err != nil {
		return Answer{}, err
	}
	s, cold, err := f.warm()
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Cold: cold}
	answer.Payload, err = s.invoke(ctx, payload, timeout, f.config.InitTimeout)
	if s.ended() {
		f.drop(s)
	}
	lines, readErr := f.linesFrom(from)
	answer.Lines = lines
	if err == nil {
		err = readErr
	}
	return answer, err
}

// Kill ends the process at once (SIGKILL), in the middle of whatever it does, and returns when it is gone. Safe to call
// at any time, also from within a server that the process is just calling. The invocation under way fails.
func (f *Function) Kill() {
	f.mu.Lock()
	s := f.sandbox
	f.mu.Unlock()
	if s != nil {
		s.kill()
	}
}

// Signal sends the process a signal, such as SIGSTOP and SIGCONT for a sandbox that is frozen for a while. Safe to call
// at any time, as Kill is; without a process it does nothing.
func (f *Function) Signal(signal os.Signal) error {
	f.mu.Lock()
	s := f.sandbox
	f.mu.Unlock()
	if s == nil || s.ended() {
		return nil
	}
	return s.command.Process.Signal(signal)
}

// Process is the process's id, 0 where there is none.
func (f *Function) Process() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil || f.sandbox.ended() {
		return 0
	}
	return f.sandbox.command.Process.Pid
}

// Lines returns all that the function's processes have written so far.
func (f *Function) Lines() ([]string, error) { return f.linesFrom(0) }

// Close kills the process and removes what New made. An invocation under way fails; later ones are refused.
func (f *Function) Close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.Kill()
	<-f.turn
	defer func() { f.turn <- struct{}{} }()
	if err := f.output.Close(); err != nil {
		return err
	}
	return os.Remove(f.output.Name())
}

// warm returns the running process, or starts one.
func (f *Function) warm() (s *sandbox, cold bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false, fmt.Errorf("function %s is closed", f.config.Name)
	}
	if f.sandbox != nil && !f.sandbox.ended() {
		return f.sandbox, false, nil
	}
	f.sandbox, err = start(f.config, f.output)
	return f.sandbox, true, err
}

func (f *Function) drop(s *sandbox) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == s {
		f.sandbox = nil
	}
}

func (f *Function) linesFrom(offset int64) ([]string, error) {
	end, err := f.output.Stat()
	if err != nil {
		return nil, err
	}
	written := make([]byte, end.Size()-offset)
	if _, err := f.output.ReadAt(written, offset); err != nil {
		return nil, err
	}
	if len(written) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(written), "\n"), "\n"), nil
}
