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

// A sandbox is one process and the Runtime API that only this process talks to, so that nothing a dead process has left
// behind can take an event meant for its successor.
type sandbox struct {
	name    string
	traced  bool
	command *exec.Cmd
	server  *http.Server
	events  chan *invocation // taken by the process when it asks for the next event
	exited  chan struct{}    // closed when the process is gone

	mu      sync.Mutex
	current *invocation // under way: handed out, and the process has not asked for another since
	initErr *Error      // what the process reported before its first event
}

// An invocation is one event on its way through the process. Its answer is guarded by the sandbox.
type invocation struct {
	id       string
	event    []byte
	timeout  time.Duration
	done     chan struct{} // closed when the process asks for the next event
	answered bool
	payload  []byte
	failure  *Error
}

// start starts the process; it runs until it is killed.
func start(config Config, output *os.File) (*sandbox, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sandbox{name: config.Name, traced: config.Traced, events: make(chan *invocation), exited: make(chan struct{})}
	s.server = &http.Server{Handler: s.api(), ReadHeaderTimeout: time.Minute}

	s.command = exec.CommandContext(context.Background(), config.Bootstrap)
	s.command.Dir = filepath.Dir(config.Bootstrap)
	s.command.Env = append(lambdaEnvironment(config, listener.Addr().String(), s.command.Dir), config.Environment...)
	s.command.Stdout, s.command.Stderr = output, output
	if err := s.command.Start(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go s.server.Serve(listener) // ends with ErrServerClosed when the process is gone
	go func() {
		_ = s.command.Wait() // how it ended is read from its ProcessState
		s.server.Close()     // nobody is left to talk to
		close(s.exited)
	}()
	return s, nil
}

// lambdaEnvironment returns what Lambda defines for every function.
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

// invoke gives the process an event and waits until it is done with it. A process that failed to keep a time limit, or
// whose caller has gone, is killed.
func (s *sandbox) invoke(ctx context.Context, event []byte, timeout, initTimeout time.Duration) ([]byte, error) {
	in := &invocation{id: requestID(), event: event, timeout: timeout, done: make(chan struct{})}
	select {
	case s.events <- in:
	case <-s.exited:
		return s.answerOf(in)
	case <-time.After(initTimeout):
		s.kill()
		return nil, &Error{"Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: %s took more than %v to start", in.id, s.name, initTimeout)}
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
		return nil, &Error{"Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.id, timeout.Seconds())}
	case <-ctx.Done():
		s.kill()
		return nil, ctx.Err()
	}
}

// answerOf returns what the process answered. What it answered counts even if it ended right afterwards, as after a
// panic, which the Lambda library reports before it ends the process.
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
		return nil, &Error{"Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: Runtime exited: %v", in.id, s.command.ProcessState)}
	default:
		return nil, &Error{"Runtime.NoAnswer", fmt.Sprintf("RequestId: %s Error: the next event was asked for before this one was answered", in.id)}
	}
}

// kill ends the process and returns when it is gone.
func (s *sandbox) kill() {
	_ = s.command.Process.Kill() // fails only if the process has ended by itself
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
