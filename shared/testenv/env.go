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
	"ongoing24so/shared/testenv/snstest"
)

const region = "eu-north-1"

// Options of an Env. The zero value records nothing.
type Options struct {
	// Office24 and Ongoing are the options of the two simulators: clocks, hooks, limits.
	Office24 office24test.Options
	Ongoing  ongoingtest.Options
	// Record is a folder for every exchange with the simulators, as <six digits>.json. Empty records nothing.
	Record string
}

// An Env is a running stack.
type Env struct {
	DynamoDB *dynamodbtest.Server
	Secrets  *secretstore.Server
	SNS      *snstest.Server
	Office24 *office24test.Server
	Ongoing  *ongoingtest.Server

	recorder    *recorder
	digestTopic string

	mu        sync.Mutex
	functions []*lambdaruntime.Function
	merchants int
}

// Start starts a stack without merchants.
func Start(o Options) (*Env, error) {
	e := &Env{}
	if err := e.start(o); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Env) start(o Options) (err error) {
	if o.Record != "" {
		if e.recorder, err = newRecorder(o.Record); err != nil {
			return err
		}
		o.Office24.Record = func(x office24test.Exchange) { e.recorder.record(x) }
		o.Ongoing.Record = func(x ongoingtest.Exchange) { e.recorder.record(x) }
	}
	if e.DynamoDB, err = dynamodbtest.Start(); err != nil {
		return err
	}
	if e.Secrets, err = secretstore.Start(); err != nil {
		return err
	}
	if e.SNS, err = snstest.Start(); err != nil {
		return err
	}
	e.digestTopic = e.SNS.AddTopic("digest")
	e.Office24 = office24test.New(o.Office24)
	e.Ongoing, err = ongoingtest.New(o.Ongoing)
	return err
}

// Close ends the functions' processes and the servers. Its error includes exchanges that could not be recorded.
func (e *Env) Close() error {
	errs := []error{e.closeFunctions()}
	if e.Ongoing != nil {
		e.Ongoing.Close()
	}
	if e.Office24 != nil {
		e.Office24.Close()
	}
	if e.SNS != nil {
		errs = append(errs, e.SNS.Close())
	}
	if e.Secrets != nil {
		errs = append(errs, e.Secrets.Close())
	}
	if e.DynamoDB != nil {
		e.DynamoDB.Close()
	}
	return errors.Join(append(errs, e.recorder.close())...)
}

// Environment returns the variables of a function, without those that Lambda itself defines.
func (e *Env) Environment() map[string]string {
	return map[string]string{
		naming.EnvSettingsTable: dynamodbtest.SettingsTable,
		naming.EnvStateTable:    dynamodbtest.StateTable,
		naming.EnvSecretPrefix:  naming.DefaultSecretPrefix,
		naming.EnvOffice24URL:   e.Office24.URL(),
		naming.EnvOngoingHosts:  host(e.Ongoing.URL),
		naming.EnvDigestTopic:   e.digestTopic,

		"AWS_REGION":                       region,
		"AWS_DEFAULT_REGION":               region, // of version 1 of the AWS CLI
		"AWS_ACCESS_KEY_ID":                "local",
		"AWS_SECRET_ACCESS_KEY":            "local",
		"AWS_ENDPOINT_URL_DYNAMODB":        e.DynamoDB.URL,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": e.Secrets.URL,
		"AWS_ENDPOINT_URL_SNS":             e.SNS.URL,
		"AWS_XRAY_SDK_DISABLED":            "TRUE",
	}
}

// Getenv returns a variable of Environment.
func (e *Env) Getenv(name string) string { return e.Environment()[name] }

// AWS returns the configuration for AWS clients that work with this Env.
func (e *Env) AWS() aws.Config {
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		// The SDK looks up endpoints by service here, as it would in the environment.
		ConfigSources: []any{endpoints{"DynamoDB": e.DynamoDB.URL, "Secrets Manager": e.Secrets.URL, "SNS": e.SNS.URL}},
	}
}

type endpoints map[string]string

// GetServiceBaseEndpoint is the method that the SDK looks for.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	endpoint, ok := e[service]
	return endpoint, ok, nil
}

// assignments returns the variables as "NAME=value", sorted.
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
		panic(err) // impossible: a listener gave the address
	}
	return u.Host
}
