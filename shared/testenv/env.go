// Package testenv is the whole stack on one machine: DynamoDB with both tables, Secrets Manager, 24SevenOffice and
// Ongoing WMS as servers on loopback ports, and the functions' real binaries under Lambda's Runtime API. The local
// stack is built of it, and tests use it to run a function from end to end, in the test's own process (Getenv, AWS) or
// as a process that can be killed (Build, Function).
//
// Everything is in memory and gone with Close.
package testenv

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/lambdaruntime"
	"ongoing24so/shared/testenv/secretstore"
)

const region = "eu-north-1"

// Options of a bed. The zero value records nothing.
type Options struct {
	// Office24 and Ongoing are the options of the two simulators: clocks, hooks, limits.
	Office24 office24test.Options
	Ongoing  ongoingtest.Options
	// Record is a folder for every exchange with the simulators, as <six digits>.json. Empty: none.
	Record string
}

// A Env is a running stack.
type Env struct {
	DynamoDB *dynamodbtest.Server
	Secrets  *secretstore.Server
	Office24 *office24test.Server
	Ongoing  *ongoingtest.Server

	recorder *recorder

	mu        sync.Mutex
	functions []*lambdaruntime.Function
	customers int
}

// Start starts a stack without customers.
func Start(o Options) (*Env, error) {
	b := &Env{}
	if err := b.start(o); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Env) start(o Options) (err error) {
	if o.Record != "" {
		if b.recorder, err = newRecorder(o.Record); err != nil {
			return err
		}
		o.Office24.Record = func(x office24test.Exchange) { b.recorder.record(x) }
		o.Ongoing.Record = func(x ongoingtest.Exchange) { b.recorder.record(x) }
	}
	if b.DynamoDB, err = dynamodbtest.Start(); err != nil {
		return err
	}
	if b.Secrets, err = secretstore.Start(); err != nil {
		return err
	}
	b.Office24 = office24test.New(o.Office24)
	b.Ongoing, err = ongoingtest.New(o.Ongoing)
	return err
}

// Close ends the functions' processes and the servers. It returns what could not be recorded, too.
func (b *Env) Close() error {
	errs := []error{b.closeFunctions()}
	if b.Ongoing != nil {
		b.Ongoing.Close()
	}
	if b.Office24 != nil {
		b.Office24.Close()
	}
	if b.Secrets != nil {
		errs = append(errs, b.Secrets.Close())
	}
	if b.DynamoDB != nil {
		b.DynamoDB.Close()
	}
	return errors.Join(append(errs, b.recorder.close())...)
}

// Environment is what a function is told of its surroundings, besides what Lambda tells it.
func (b *Env) Environment() map[string]string {
	return map[string]string{
		naming.EnvSettingsTable: dynamodbtest.SettingsTable,
		naming.EnvStateTable:    dynamodbtest.StateTable,
		naming.EnvSecretPrefix:  naming.DefaultSecretPrefix,
		naming.EnvOffice24URL:   b.Office24.URL(),
		naming.EnvOngoingHosts:  host(b.Ongoing.URL),

		"AWS_REGION":                       region,
		"AWS_ACCESS_KEY_ID":                "local",
		"AWS_SECRET_ACCESS_KEY":            "local",
		"AWS_ENDPOINT_URL_DYNAMODB":        b.DynamoDB.URL,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": b.Secrets.URL,
		"AWS_XRAY_SDK_DISABLED":            "TRUE",
	}
}

// Getenv looks a variable up in Environment.
func (b *Env) Getenv(name string) string { return b.Environment()[name] }

// AWS is the configuration for AWS clients that are to work with this bed.
func (b *Env) AWS() aws.Config {
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		// The SDK asks these for endpoints by service, as it would ask the environment.
		ConfigSources: []any{endpoints{"DynamoDB": b.DynamoDB.URL, "Secrets Manager": b.Secrets.URL}},
	}
}

type endpoints map[string]string

// GetServiceBaseEndpoint is how the SDK asks.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	endpoint, ok := e[service]
	return endpoint, ok, nil
}

// assignments are the variables as "NAME=value", sorted.
func assignments(environment map[string]string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		lines = append(lines, name+"="+environment[name])
	}
	return lines
}

func host(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err) // an address that a listener gave
	}
	return u.Host
}
