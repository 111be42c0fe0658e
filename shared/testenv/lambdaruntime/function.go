// Package lambdaruntime runs a Lambda function on this machine: it starts the function's real bootstrap binary with
// Lambda's environment variables and serves it the Lambda Runtime API (2018-06-01), one event at a time.
//
// As in Lambda, the process stays warm between invocations, is killed when an invocation exceeds its timeout, and is
// restarted by the next invocation after a crash. Unlike Lambda, concurrent invocations of one Function wait for each
// other; two Functions with the same binary are two sandboxes. A process is not frozen between invocations.
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
	// Environment of the function, as "NAME=value". The function inherits nothing from this process.
	Environment []string
	// MemoryMB is announced to the function but not enforced. 0 means 256.
	MemoryMB int
	// InitTimeout limits the time from a process's start to its request for the first event. 0 means Lambda's 10 s.
	InitTimeout time.Duration
	// Traced marks the invocations as sampled by X-Ray.
	Traced bool
}

// A Function is one sandbox. New creates it, Close ends it.
type Function struct {
	config Config
	// output receives both streams of all processes. It is a file, so that lines can be read as soon as they are
	// written.
	output *os.File

	idle    chan struct{} // has one token while no invocation runs
	mu      sync.Mutex    // guards sandbox and closed
	sandbox *sandbox      // the warm process; nil before the first invocation and after a crash
	closed  bool
}

// An Answer is the result of one invocation.
type Answer struct {
	// Payload is the function's answer; nil if it failed.
	Payload []byte
	// Lines are the log lines and metrics that the process wrote to its streams since the previous invocation.
	Lines []string
	// Cold reports that the invocation started a process.
	Cold bool
}

// An Error is a failed invocation, as the caller of a Lambda function sees it.
type Error struct {
	// Type is the error type that the function reported, or one of Lambda's: Runtime.ExitError if the process exited,
	// Sandbox.Timedout if it was killed at its timeout, Function.ResponseSizeTooLarge.
	Type string `json:"errorType"`
	// Message is a text for people.
	Message string `json:"errorMessage"`
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// New prepares a function. The first invocation starts its process.
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
	f := &Function{config: config, output: output, idle: make(chan struct{}, 1)}
	f.idle <- struct{}{}
	return f, nil
}

// Invoke sends the function one event, any value that encodes to JSON, and waits until the function has answered and
// asks for the next event. A failure of the function is an *Error; the answer then still has its lines. When ctx is
// done, the process is killed.
func (f *Function) Invoke(ctx context.Context, event any, timeout time.Duration) (Answer, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return Answer{}, err
	}
	select {
	case <-f.idle:
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	defer func() { f.idle <- struct{}{} }()

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

// Kill kills the process (SIGKILL) and waits until it is gone. The current invocation fails. Kill is safe to call at
// any time, even in the handler of a server that the process is calling.
func (f *Function) Kill() {
	f.mu.Lock()
	s := f.sandbox
	f.mu.Unlock()
	if s != nil {
		s.kill()
	}
}

// Signal sends the process a signal, such as SIGSTOP and SIGCONT to freeze and resume it. Signal is safe to call at any
// time; without a process it does nothing.
func (f *Function) Signal(signal os.Signal) error {
	f.mu.Lock()
	s := f.sandbox
	f.mu.Unlock()
	if s == nil || s.ended() {
		return nil
	}
	return s.command.Process.Signal(signal)
}

// Process returns the process's id, or 0 if there is no process.
func (f *Function) Process() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sandbox == nil || f.sandbox.ended() {
		return 0
	}
	return f.sandbox.command.Process.Pid
}

// Lines returns everything that the function's processes have written.
func (f *Function) Lines() ([]string, error) { return f.linesFrom(0) }

// Close kills the process and removes the output file. The current invocation fails; later ones return an error.
func (f *Function) Close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.Kill()
	<-f.idle
	defer func() { f.idle <- struct{}{} }()
	if err := f.output.Close(); err != nil {
		return err
	}
	return os.Remove(f.output.Name())
}

// warm returns the running process or starts one.
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
