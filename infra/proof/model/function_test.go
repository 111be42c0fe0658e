package model

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	articles "ongoing24so/functions/articles/process"
	salesorders "ongoing24so/functions/salesorders/process"
	shipments "ongoing24so/functions/shipments/process"
	stock "ongoing24so/functions/stock/process"
	suppliers "ongoing24so/functions/suppliers/process"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// functions are the functions under test.
var functions = map[naming.Process]lambdahost.Function{
	naming.Articles:    articles.Function(),
	naming.SalesOrders: salesorders.Function(),
	naming.Shipments:   shipments.Function(),
	naming.Stock:       stock.Function(),
	naming.Suppliers:   suppliers.Function(),
}

const (
	// timeout is the functions' time limit, by the model's clock: a run that died holds its lease for about that long.
	timeout = 14 * time.Minute
	// patience is how long an invocation can take by the machine's clock.
	patience = time.Minute
)

// modelHost makes no pauses between two attempts of a call, because those follow the machine's clock. Everything else
// is as in Lambda.
func modelHost(getenv func(string) string, cfg aws.Config, output io.Writer, now func() time.Time) lambdahost.Host {
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.RateLimiter = ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	return lambdahost.Host{Getenv: getenv, AWS: cfg, Output: output, Now: now, Backoff: time.Millisecond}
}

// invokeHere invokes a function in the test's process. Its handler stays warm between two invocations.
func (w *world) invokeHere(p naming.Process, event json.RawMessage) (result runner.Result, lines []string, err error) {
	if w.handlers[p] == nil {
		host := modelHost(w.env.Getenv, w.env.AWS(), &w.output, w.clock.now)
		if w.handlers[p], err = functions[p].Handler(host); err != nil {
			return runner.Result{}, nil, err
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), w.clock.now().Add(timeout))
	defer cancel()
	defer time.AfterFunc(patience, cancel).Stop()
	result, err = w.handlers[p](ctx, event)
	return result, w.output.take(), err
}

// invokeApart invokes a function in a process that can be killed: the test's binary, which TestMain turns into the
// function. The warm handler of the test's process is dropped, because a crash in Lambda leaves none.
func (w *world) invokeApart(p naming.Process, event json.RawMessage) (result runner.Result, lines []string, err error) {
	delete(w.handlers, p)
	binary, err := os.Executable()
	if err != nil {
		return runner.Result{}, nil, err
	}
	variables := []string{envProcess + "=" + string(p), envNow + "=" + strconv.FormatInt(w.clock.at.Load(), 10)}
	for name, value := range w.env.Environment() {
		variables = append(variables, name+"="+value)
	}
	f, err := lambdaruntime.New(lambdaruntime.Config{Name: string(p), Bootstrap: binary, Environment: variables})
	if err != nil {
		return runner.Result{}, nil, err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	w.mu.Lock()
	w.run.kill = f.Kill
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// Lambda's deadline is the machine's time plus this, which is the deadline by the model's clock.
	answer, err := f.Invoke(ctx, event, time.Until(w.clock.now().Add(timeout)))
	if err == nil {
		err = json.Unmarshal(answer.Payload, &result)
	}
	return result, answer.Lines, err
}

// These variables turn the test's binary into a function: which one, and the model's time in nanoseconds.
const (
	envProcess = "MODEL_PROCESS"
	envNow     = "MODEL_NOW"
)

// serve is the main function of a process that can be killed. It returns only if the function cannot start.
func serve(p naming.Process) error {
	at, err := strconv.ParseInt(os.Getenv(envNow), 10, 64)
	if err != nil {
		return fmt.Errorf("%s: %w", envNow, err)
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return err
	}
	now := func() time.Time { return time.Unix(0, at).UTC() }
	functions[p].StartWith(modelHost(os.Getenv, cfg, os.Stdout, now))
	return nil
}

// output collects what the functions in the test's process log.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// take returns the lines since the last call.
func (o *output) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.b.Reset()
	return strings.Split(strings.TrimSpace(o.b.String()), "\n")
}
