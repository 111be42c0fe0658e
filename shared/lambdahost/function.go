// Package lambdahost assembles a Lambda function: it reads the environment, makes the AWS clients and the vendors'
// clients, and hands them to the runner and the process. No other package that a function uses reads the environment or
// the clock.
package lambdahost

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"
	_ "time/tzdata" // Lambda's image has no time zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/observe"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/secrets"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/vendorhttp"
)

// A Function is one process as a Lambda function. NewFunction makes it.
type Function struct {
	process naming.Process
	// newRun makes the runner of the process. It hides the type of the process's changes.
	newRun func(runnerParts) runFunc
	// newMailer is nil for a function that does not send the daily mail.
	newMailer newMailer
}

// runnerParts are the parts of a Runner that are the same for every process.
type runnerParts struct {
	settings    *settings.Reader
	state       *state.Store
	clients     clients
	concurrency int
	log         *slog.Logger
}

type runFunc func(context.Context, runner.Event) (runner.Result, error)

// A Policy returns the changes of a plan that are held; see runner.Runner.
type Policy[T any] func(c settings.Customer, p plan.Plan[T], held func(key string) bool) []plan.Refusal

// NewFunction makes a Lambda function of a process. It calls open to prepare the process for a customer. policy can be
// nil.
func NewFunction[T any](process naming.Process, open func(Dependencies) runner.Process[T], policy Policy[T]) Function {
	newRun := func(p runnerParts) runFunc {
		r := &runner.Runner[T]{
			Process:  process,
			Settings: p.settings,
			State:    p.state,
			Open: func(
				ctx context.Context, c settings.Customer, s *state.Partition,
			) (runner.Connection[T], error) {
				opened, err := p.clients.open(ctx, c, s)
				if opened.Ongoing == nil {
					return runner.Connection[T]{}, err
				}
				return runner.Connection[T]{
					Process:           open(opened.Dependencies),
					CompanyID:         opened.company.ID,
					CompanyName:       opened.company.Name,
					SecretFingerprint: opened.secret,
					Check:             opened.Ongoing.Check,
					Used:              opened.used,
				}, err
			},
			Expect:      p.clients.secrets.Expect,
			Policy:      policy,
			VerifyEvery: runner.VerifyEvery,
			Concurrency: p.concurrency,
			Now:         p.clients.now,
			Log:         p.log,
			Meter:       p.clients.meter,
			Tracer:      p.clients.tracer,
		}
		return r.Run
	}
	return Function{process: process, newRun: newRun}
}

// A Host is what a function gets from the process that it runs in.
type Host struct {
	Getenv func(string) string
	AWS    aws.Config
	Output io.Writer // log lines and metrics
	Now    func() time.Time
	// Backoff is the pause before a vendor's call is repeated for the first time. Default: vendorhttp.DefaultBackoff.
	Backoff time.Duration
}

// Start serves Lambda's runtime API with the process's own environment, clock and output. It does not return; an
// invalid environment ends the process with a message.
func (f Function) Start() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		exit(err)
	}
	f.StartWith(Host{Getenv: os.Getenv, AWS: cfg, Output: os.Stdout, Now: time.Now})
}

// StartWith is Start with a given Host, so that a test binary can be a function with another clock.
func (f Function) StartWith(h Host) {
	limitMemory(h.Getenv)
	log.SetOutput(libraryLog{os.Stderr})
	handler, err := f.Handler(h)
	if err != nil {
		exit(err)
	}
	lambda.Start(handler)
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A Handler answers an event with the result of an invocation.
type Handler func(ctx context.Context, event json.RawMessage) (runner.Result, error)

// awsCallsAtOnce is how many AWS calls one customer run has in flight at most.
const awsCallsAtOnce = 4

// keepIdle makes the SDK's HTTP client keep n idle connections; by default it keeps ten to a host. Another client stays
// as it is.
func keepIdle(client aws.HTTPClient, n int) aws.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	if sdk, ok := client.(*awshttp.BuildableClient); ok {
		return sdk.WithTransportOptions(func(t *http.Transport) { vendorhttp.KeepIdle(t, n) })
	}
	return client
}

// Handler assembles the function. It returns an error that names the variable if the environment is invalid.
func (f Function) Handler(h Host) (Handler, error) {
	env, err := readEnvironment(h.Getenv)
	if err != nil {
		return nil, err
	}
	log, err := observe.NewLogger(h.Output, env.logLevel)
	if err != nil {
		return nil, err
	}
	if h.AWS.RetryMaxAttempts == 0 {
		h.AWS.RetryMaxAttempts = vendorhttp.Attempts // as at the vendors; the SDK's number differs between services
	}
	h.AWS.HTTPClient = keepIdle(h.AWS.HTTPClient, awsCallsAtOnce*env.concurrency)
	db := dynamodb.NewFromConfig(h.AWS)
	tracer := observe.NewTracer(f.process, nil)
	parts := runnerParts{
		settings: settings.NewReader(db, env.settingsTable, env.hosts),
		state:    state.New(db, env.stateTable, h.Now),
		clients: clients{
			process:           f.process,
			secrets:           secrets.NewReader(secretsmanager.NewFromConfig(h.AWS), env.secretPrefix),
			office24URL:       env.office24URL,
			office24Transport: vendorhttp.KeepIdle(office24.Transport(), env.concurrency),
			ongoingTransport:  vendorhttp.KeepIdle(ongoing.Transport(), env.concurrency),
			ongoingLocks:      &goodsOwnerLocks{},
			backoff:           h.Backoff,
			now:               h.Now,
			meter:             observe.NewMeter(h.Output, f.process, h.Now),
			tracer:            tracer,
		},
		concurrency: env.concurrency,
		log:         log,
	}
	run := f.newRun(parts)
	return func(ctx context.Context, payload json.RawMessage) (runner.Result, error) {
		event, err := runner.ParseEvent(payload, f.process, h.Now())
		if err != nil {
			return runner.Result{}, err
		}
		if event.Digest {
			return f.sendDigest(ctx, h, parts, event)
		}
		return run(tracer.Invocation(ctx), event)
	}, nil
}
