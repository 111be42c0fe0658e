// Package cloud is syncctl's access to a deployed stack or to the local one: tables, secrets, functions and alarms.
// Nothing else in syncctl calls AWS.
//
// A stack is found by its name and region. Its functions are called <stack>-<process>, and the environment of one of
// them names the tables, the secret prefix and the allowed hosts. The local stack writes its addresses and the same
// variables to a file.
//
// Besides what the functions store, the state table has three kinds of records that only syncctl writes:
//
//	action#<time>#<random>   what a person did with syncctl: who, what, why; DynamoDB deletes it after two years
//	pause#customer           why, by whom and until when a customer is paused, and the settings to restore
//	pause#<process>          the same of one process; the functions read both for the daily mail
package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/naming"
)

// A Stack is a deployed stack or the local one.
type Stack struct {
	Name, Region string
	// Local is true for the local stack.
	Local bool
	// Hosts are the hosts that a customer's Ongoing WMS address can name.
	Hosts allowedhosts.List

	settingsTable, stateTable, secretPrefix string

	db      *dynamodb.Client
	secrets *secretsmanager.Client
	lambda  *lambda.Client
	alarms  *cloudwatch.Client // nil for the local stack, which has no alarms
	sts     *sts.Client        // nil for the local stack, where everybody is the user of this machine
	clock   string             // the file that says how far the local stack's clock is ahead
}

// Now returns the stack's time. The clock of the local stack can be moved forward.
func (s *Stack) Now() time.Time {
	var ahead int64
	if text, err := os.ReadFile(s.clock); err == nil {
		ahead, _ = strconv.ParseInt(string(text), 10, 64)
	}
	return time.Now().UTC().Add(time.Duration(ahead))
}

// Open finds a deployed stack. An empty region is that of the environment or the AWS profile.
func Open(ctx context.Context, name, region string) (*Stack, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("no AWS region is chosen; name the stack's region with --region or AWS_REGION")
	}
	s := &Stack{Name: name, Region: c.Region, alarms: cloudwatch.NewFromConfig(c), sts: sts.NewFromConfig(c)}
	s.connect(c)
	function := naming.Function(name, naming.Articles)
	found, err := s.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if missing := new(lambdatypes.ResourceNotFoundException); errors.As(err, &missing) {
		return nil, fmt.Errorf(
			"there is no function %s in %s; name the stack with --stack, its region with --region", function, c.Region)
	}
	if err != nil {
		return nil, explained(err)
	}
	if found.Environment == nil {
		return nil, fmt.Errorf("function %s has no environment; is it one of this integration?", function)
	}
	return s, s.configure(found.Environment.Variables)
}

// OpenLocal finds the local stack by the file that it writes while it runs.
func OpenLocal(file string) (*Stack, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the local stack does not run, or not from here: %w; start it with make local", err)
	}
	var variables map[string]string
	if err := json.Unmarshal(text, &variables); err != nil {
		return nil, fmt.Errorf("%s does not have the local stack's addresses: %w", file, err)
	}
	s := &Stack{Name: "local", Region: variables["AWS_REGION"], Local: true, clock: variables["LOCAL_CLOCK"]}
	s.connect(aws.Config{
		Region:      s.Region,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		ConfigSources: []any{endpoints{
			"DynamoDB":        variables["AWS_ENDPOINT_URL_DYNAMODB"],
			"Secrets Manager": variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"],
			"Lambda":          variables["AWS_ENDPOINT_URL_LAMBDA"],
		}},
	})
	return s, s.configure(variables)
}

// endpoints are addresses by service.
type endpoints map[string]string

// GetServiceBaseEndpoint is the method that the SDK looks for.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	endpoint, ok := e[service]
	return endpoint, ok, nil
}

func (s *Stack) connect(c aws.Config) {
	s.db, s.secrets = dynamodb.NewFromConfig(c), secretsmanager.NewFromConfig(c)
	// An invocation is never repeated: the first one can still run.
	s.lambda = lambda.NewFromConfig(c, func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
}

// configure reads the variables of a function.
func (s *Stack) configure(variables map[string]string) (err error) {
	s.settingsTable, s.stateTable = variables[naming.EnvSettingsTable], variables[naming.EnvStateTable]
	s.secretPrefix = variables[naming.EnvSecretPrefix]
	if s.settingsTable == "" || s.stateTable == "" || s.secretPrefix == "" {
		return fmt.Errorf("the functions of stack %s lack %s, %s or %s; is it a stack of this integration?",
			s.Name, naming.EnvSettingsTable, naming.EnvStateTable, naming.EnvSecretPrefix)
	}
	s.Hosts, err = allowedhosts.Parse(variables[naming.EnvOngoingHosts])
	return err
}

// Caller names the person at the keyboard: the AWS identity, or the user of this machine for the local stack.
func (s *Stack) Caller(ctx context.Context) (string, error) {
	if s.sts == nil {
		if u, err := user.Current(); err == nil {
			return u.Username, nil
		}
		return "local", nil
	}
	identity, err := s.sts.GetCallerIdentity(ctx, nil)
	if err != nil {
		return "", explained(err)
	}
	return path.Base(aws.ToString(identity.Arn)), nil
}

// An Alarm is one that is on.
type Alarm struct {
	Name   string    `json:"name"`
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason"`
}

// Alarms returns the stack's alarms that are on.
func (s *Stack) Alarms(ctx context.Context) ([]Alarm, error) {
	on := []Alarm{}
	if s.alarms == nil {
		return on, nil
	}
	pages := cloudwatch.NewDescribeAlarmsPaginator(s.alarms, &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: aws.String(s.Name + "-"), StateValue: cloudwatchtypes.StateValueAlarm,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, explained(err)
		}
		for _, a := range page.MetricAlarms {
			on = append(on, Alarm{
				Name: aws.ToString(a.AlarmName), Since: aws.ToTime(a.StateTransitionedTimestamp),
				Reason: aws.ToString(a.AlarmDescription),
			})
		}
	}
	return on, nil
}

// explained says what a person can do about an error of AWS.
func explained(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nothing answers at the stack's address; start the local stack with make local: %w", err)
	}
	var answer smithy.APIError
	if err == nil || !errors.As(err, &answer) {
		return err
	}
	switch answer.ErrorCode() {
	case "AccessDeniedException", "AccessDenied", "UnauthorizedOperation":
		return fmt.Errorf("AWS refuses the call; your credentials need the right to it: %s", answer.ErrorMessage())
	case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId":
		return fmt.Errorf("AWS does not accept your credentials; log in again: %s", answer.ErrorMessage())
	default:
		return err
	}
}
