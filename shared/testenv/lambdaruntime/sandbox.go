package lambdaruntime

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A sandbox is one process and its own Runtime API. A pending request of a dead process can therefore never take an
// event that is meant for the next one.
type sandbox struct {
	name    string
	traced  bool
	command *exec.Cmd
	server  *http.Server
	events  chan *invocation // received when the process asks for the next event
	exited  chan struct{}    // closed when the process is gone

	mu      sync.Mutex
	current *invocation // sent to the process, which has not asked for the next one yet
	initErr *Error      // reported by the process before its first event
}

// An invocation is one event and the process's answer to it. The sandbox's mutex guards the answer.
type invocation struct {
	id       string
	event    []byte
	timeout  time.Duration
	done     chan struct{} // closed when the process asks for the next event
	answered bool
	payload  []byte
	failure  *Error
}

// start starts the process, which runs until it is killed.
func start(config Config, output *os.File) (*sandbox, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sandbox{
		name: config.Name, traced: config.Traced, events: make(chan *invocation), exited: make(chan struct{}),
	}
	s.server = &http.Server{Handler: s.api(), ReadHeaderTimeout: time.Minute}

	s.command = exec.CommandContext(context.Background(), config.Bootstrap)
	s.command.Dir = filepath.Dir(config.Bootstrap)
	s.command.Env = append(lambdaEnvironment(config, listener.Addr().String(), s.command.Dir), config.Environment...)
	s.command.Stdout, s.command.Stderr = output, output
	if err := s.command.Start(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go s.server.Serve(listener) // returns ErrServerClosed when the process is gone
	go func() {
		_ = s.command.Wait() // answerOf reads the exit status from ProcessState
		s.server.Close()     // the server has no other client
		close(s.exited)
	}()
	return s, nil
}

// lambdaEnvironment returns the variables that Lambda defines for every function.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func lambdaEnvironment(config Config, api, directory string) []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + config.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(config.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + config.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"LAMBDA_TASK_ROOT=" + directory,
		"_HANDLER=bootstrap",
		"TZ=:UTC",
	}
}

// invoke sends the process an event and waits until the process asks for the next one. It kills a process that exceeds
// a time limit or whose caller has gone.
func (s *sandbox) invoke(ctx context.Context, event []byte, timeout, initTimeout time.Duration) ([]byte, error) {
	in := &invocation{id: requestID(), event: event, timeout: timeout, done: make(chan struct{})}
	select {
	case s.events <- in:
	case <-s.exited:
		return s.answerOf(in)
	case <-time.After(initTimeout):
		s.kill()
		return nil, in.fail("Sandbox.Timedout", "%s took more than %v to start", s.name, initTimeout)
	case <-ctx.Done():
		s.kill()
		return nil, ctx.Err()
	}
	select {
	case <-in.done:
		return s.answerOf(in)
	case <-s.exited:
		return s.answerOf(in)
	case <-time.After(timeout):
		s.kill()
		return nil, in.fail("Sandbox.Timedout", "Task timed out after %.2f seconds", timeout.Seconds())
	case <-ctx.Done():
		s.kill()
		return nil, ctx.Err()
	}
}

// answerOf returns the answer to an invocation. An answer counts even if the process exited right after it: the Lambda
// library reports a panic before it exits.
func (s *sandbox) answerOf(in *invocation) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case in.failure != nil:
		return nil, in.failure
	case in.answered:
		return in.payload, nil
	case s.initErr != nil:
		return nil, s.initErr
	case s.ended():
		return nil, in.fail("Runtime.ExitError", "Runtime exited: %v", s.command.ProcessState)
	default:
		return nil, in.fail("Runtime.NoAnswer", "the function asked for the next event before it answered this one")
	}
}

// fail returns an error of Lambda's own, in the wording of the service.
func (in *invocation) fail(kind, format string, args ...any) *Error {
	return &Error{Type: kind, Message: fmt.Sprintf("RequestId: %s Error: ", in.id) + fmt.Sprintf(format, args...)}
}

// kill kills the process and waits until it is gone.
func (s *sandbox) kill() {
	_ = s.command.Process.Kill() // an error means that the process has already exited
	<-s.exited
}

func (s *sandbox) ended() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}
