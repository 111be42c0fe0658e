// Package lambdahost is the composition root of every function: it reads the environment, makes the AWS clients and
// the vendors' clients, and hands them to the runner and the process. Nothing else reads the environment or knows what
// o'clock it is.
package lambdahost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
	_ "time/tzdata" // the functions' image has no zones

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"ongoing24so/shared/allowedhosts"
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

// A Dependencies is what a process gets to work with.
type Dependencies struct {
	Settings settings.Customer
	State    *state.Partition
	Office24 *office24.Client
	Ongoing  *ongoing.Client
	Now      func() time.Time
}

// A Function is one process as a Lambda function, made by NewFunction.
type Function struct {
	process naming.Process
	run     func(parts) runFunc
}

// A Policy may hold a plan; see runner.Runner.
type Policy[T any] func(settings.Customer, plan.Plan[T]) error

// NewFunction makes a Lambda function of a process: open prepares it for one customer, policy may be nil.
func NewFunction[T any](process naming.Process, open func(Dependencies) runner.Process[T], policy Policy[T]) Function {
	return Function{process: process, run: func(p parts) runFunc {
		r := &runner.Runner[T]{
			Process:  process,
			Settings: p.settings,
			State:    p.state,
			Open: func(ctx context.Context, c settings.Customer, s *state.Partition) (runner.Process[T], error) {
				customer, err := p.opener.open(ctx, c, s)
				if err != nil {
					return nil, err
				}
				return open(customer), nil
			},
			Policy:      policy,
			Concurrency: p.opener.env.concurrency,
			Now:         p.opener.now,
			Log:         p.log,
			Meter:       p.opener.meter,
			Tracer:      p.opener.tracer,
		}
		return r.Run
	}}
}

// The parts are what a Runner is made of, apart from its process.
type parts struct {
	settings *settings.Reader
	state    *state.Store
	opener   opener
	log      *slog.Logger
}

type runFunc func(context.Context, runner.Event) (runner.Result, error)

// A Handler answers an event with the result of a run.
type Handler func(ctx context.Context, event json.RawMessage) (runner.Result, error)

// Host is what a function finds around it. Getenv, Output and Now are the process's own in Lambda.
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
	log.SetOutput(strays{os.Stderr})
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

// strays is the standard logger's output, which the libraries write to. Go's HTTP client logs what a server sends after
// its answer, word for word, and that can be anybody's data.
type strays struct{ io.Writer }

func (s strays) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("Unsolicited response")) {
		return len(line), nil
	}
	return s.Writer.Write(line)
}

// Handler puts the function together.
func (f Function) Handler(h Host) (Handler, error) {
	env, err := readEnvironment(h.Getenv)
	if err != nil {
		return nil, err
	}
	log, err := observe.NewLogger(h.Output, env.logLevel)
	if err != nil {
		return nil, err
	}
	db := dynamodb.NewFromConfig(h.AWS)
	o := opener{
		env:      env,
		secrets:  secrets.NewReader(secretsmanager.NewFromConfig(h.AWS), env.secretPrefix),
		meter:    observe.NewMeter(h.Output, f.process, h.Now),
		tracer:   observe.NewTracer(f.process, nil),
		now:      h.Now,
		locks:    &sync.Map{},
		backoff:  h.Backoff,
		office24: office24.Transport(),
		ongoing:  ongoing.Transport(),
	}
	run := f.run(parts{
		settings: settings.NewReader(db, env.settingsTable, env.hosts),
		state:    state.New(db, env.stateTable, h.Now),
		opener:   o,
		log:      log,
	})
	return func(ctx context.Context, payload json.RawMessage) (runner.Result, error) {
		event, err := runner.ParseEvent(payload, f.process, h.Now())
		if err != nil {
			return runner.Result{}, err
		}
		return run(o.tracer.Invocation(ctx), event)
	}, nil
}

// opener makes a customer's clients out of its settings and its secret.
type opener struct {
	env      environment
	secrets  *secrets.Reader
	meter    *observe.Meter
	tracer   *observe.Tracer
	now      func() time.Time
	locks    *sync.Map // of the goods owners: settings.Ongoing → vendorhttp.Lock
	backoff  time.Duration
	office24 *http.Transport
	ongoing  *http.Transport
}

// callLock is shared by all customers of a goods owner: two companies can sell from one stock.
func (o opener) callLock(goodsOwner settings.Ongoing) vendorhttp.Lock {
	shared, _ := o.locks.LoadOrStore(goodsOwner, vendorhttp.NewLock())
	return shared.(vendorhttp.Lock)
}

// observer reports a vendor's calls to the metrics and the trace.
func (o opener) observer(ctx context.Context, vendor string) func(vendorhttp.Call) {
	return func(call vendorhttp.Call) {
		o.meter.VendorCall(call.Throttled)
		o.tracer.Call(ctx, observe.Call{Vendor: vendor, Operation: call.Operation, Status: call.Status,
			Duration: call.Duration, Class: call.Class})
	}
}

func (o opener) open(ctx context.Context, c settings.Customer, s *state.Partition) (Dependencies, error) {
	cred, err := o.secrets.Read(ctx, c.ID)
	if err != nil {
		return Dependencies{}, err
	}
	erp, err := office24.New(office24.Config{
		BaseURL: o.env.office24URL,
		Credentials: office24.Credentials{
			ApplicationID: cred.Office24.ApplicationID.Reveal(),
			Username:      cred.Office24.Username.Reveal(),
			Password:      cred.Office24.Password.Reveal(),
		},
		IdentityID: c.Office24.IdentityID,
		ClientID:   c.Office24.ClientID,
		Sessions:   s,
		Transport:  o.office24,
		Now:        o.now,
		Observe:    o.observer(ctx, "24SevenOffice"),
		Backoff:    o.backoff,
	})
	if err != nil {
		return Dependencies{}, err
	}
	wms, err := ongoing.New(ongoing.Config{
		BaseURL:    c.Ongoing.BaseURL,
		GoodsOwner: ongoing.GoodsOwnerID(c.Ongoing.GoodsOwnerID),
		Credentials: ongoing.Credentials{
			Username: cred.Ongoing.Username.Reveal(),
			Password: cred.Ongoing.Password.Reveal(),
		},
		Transport: o.ongoing,
		CallLock:  o.callLock(c.Ongoing),
		Now:       o.now,
		Observe:   o.observer(ctx, "Ongoing WMS"),
		Backoff:   o.backoff,
	})
	if err != nil {
		return Dependencies{}, err
	}
	return Dependencies{Settings: c, State: s, Office24: erp, Ongoing: wms, Now: o.now}, nil
}

type environment struct {
	settingsTable, stateTable, secretPrefix, office24URL, logLevel string
	hosts                                                          allowedhosts.List
	concurrency                                                    int
}

// readEnvironment reads the variables; one that is missing or makes no sense is an error that names it.
func readEnvironment(getenv func(string) string) (environment, error) {
	or := func(name, fallback string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return fallback
	}
	e := environment{
		settingsTable: getenv(naming.EnvSettingsTable),
		stateTable:    getenv(naming.EnvStateTable),
		secretPrefix:  or(naming.EnvSecretPrefix, naming.DefaultSecretPrefix),
		office24URL:   or(naming.EnvOffice24URL, naming.DefaultOffice24URL),
		logLevel:      or(naming.EnvLogLevel, "INFO"),
	}
	for _, name := range []string{naming.EnvSettingsTable, naming.EnvStateTable} {
		if getenv(name) == "" {
			return e, fmt.Errorf("%s: must name the table", name)
		}
	}
	var err error
	if e.concurrency, err = strconv.Atoi(or(naming.EnvConcurrency, strconv.Itoa(naming.DefaultConcurrency))); err != nil || e.concurrency < 1 {
		return e, fmt.Errorf("%s: must be a whole number from 1", naming.EnvConcurrency)
	}
	if e.hosts, err = allowedhosts.Parse(or(naming.EnvOngoingHosts, naming.DefaultOngoingHosts)); err != nil {
		return e, fmt.Errorf("%s: %w", naming.EnvOngoingHosts, err)
	}
	if err := e.hosts.AllowScheme(e.office24URL); err != nil {
		return e, fmt.Errorf("%s: %w", naming.EnvOffice24URL, err)
	}
	return e, nil
}
