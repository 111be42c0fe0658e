package stack

import (
	"debug/elf"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// timeout leaves a minute of the period, so that one tick has ended when the next begins and no customer run finds its
// lease taken by the tick before. Lambda's own limit is 15 minutes. The function reads its deadline from the invocation
// and stops starting work in time.
const timeout = naming.Period - time.Minute

// A process is one of the five processes with the resources that belong to it alone.
type process struct {
	scope    constructs.Construct // of what belongs to the process
	entry    naming.Entry
	name     string // of the function; alarms and rules begin with it
	function awslambda.Function
	logs     awslogs.LogGroup
}

func newProcess(
	scope constructs.Construct, entry naming.Entry, build build, config Config, data data, failed awssqs.Queue,
	mails mails,
) process {
	p := process{entry: entry, name: naming.Function(config.StackName, entry.Process)}
	p.scope = constructs.NewConstruct(scope, jsii.String(p.title()))
	p.logs = p.newLogs(config)
	role := p.newRole(config, data, failed, mails)
	p.function = awslambda.NewFunction(p.scope, jsii.String("Function"), &awslambda.FunctionProps{
		FunctionName: jsii.String(p.name),
		Description:  jsii.String(entry.About),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architecture(build),
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(jsii.String(build.folder), nil),
		MemorySize:   jsii.Number(config.MemoryMiB),
		Timeout:      seconds(timeout),
		Environment:  p.environment(config, data, mails),

		// The role has every right already; no construct is to add to it unseen.
		Role: role.WithoutPolicyUpdates(nil),

		// Lambda traces the first request of a second and 5 % of the others; this cannot be configured. In effect every
		// tick is traced: five traces in 15 minutes and segment.
		Tracing: awslambda.Tracing_ACTIVE,

		// The program filters by LOG_LEVEL. Lambda takes a line without a level, such as a metric, for INFO, so its own
		// filter must let everything through.
		LogGroup:              p.logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_TRACE,
		SystemLogLevelV2:      awslambda.SystemLogLevel_INFO,

		// The next tick is the retry: a second attempt at an event, or an old event, would only collide with it. No
		// concurrency is reserved: a new account has none to spare, and leases keep two runs of a customer apart.
		RetryAttempts: jsii.Number(0),
		MaxEventAge:   seconds(naming.Period),
		OnFailure:     awslambdadestinations.NewSqsDestination(failed),
	})
	// The reference to the role implies the dependency; the CDK's DependsOn is for policies outside the role.
	p.function.Node().DefaultChild().(awslambda.CfnFunction).AddDeletionOverride(jsii.String("DependsOn"))
	return p
}

// title returns the process's name in ids of constructs and outputs.
func (p process) title() string {
	name := string(p.entry.Process)
	return strings.ToUpper(name[:1]) + name[1:]
}

func (p process) newLogs(config Config) awslogs.LogGroup {
	logs := awslogs.NewLogGroup(p.scope, jsii.String("Logs"), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String("/aws/lambda/" + p.name),
		RemovalPolicy: keep(config),
	})
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(float64(config.LogRetentionDays)))
	return logs
}

// newRole lists everything a function may do. It may not write settings, list or write secrets, scan the state table,
// or write to another process's log.
func (p process) newRole(config Config, data data, failed awssqs.Queue, mails mails) awsiam.Role {
	secrets := awscdk.Stack_Of(p.scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("secretsmanager"), Resource: jsii.String("secret"),
		ResourceName: jsii.String(config.SecretPrefix + "*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	statements := []awsiam.PolicyStatement{
		allow("Settings", data.settings.TableArn(), "dynamodb:GetItem", "dynamodb:Scan"),
		allow("State", data.state.TableArn(),
			"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
			"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
		allow("Secrets", secrets, "secretsmanager:GetSecretValue"),
		// It reads nothing by itself: each secret needs the right above too.
		allow("ManySecrets", jsii.String("*"), "secretsmanager:BatchGetSecretValue"),
		allow("Logs", p.logs.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents"),
		allow("FailedEvents", failed.QueueArn(), "sqs:SendMessage"),
		allow("Traces", jsii.String("*"), "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
	}
	if p.entry.Process == naming.DigestProcess {
		statements = append(statements, allow("Digest", mails.digest.TopicArn(), "sns:Publish"))
	}
	role := awsiam.NewRole(p.scope, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Process": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
	accept(role,
		finding{
			rule: "AwsSolutions-IAM5",
			appliesTo: "Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:" +
				config.SecretPrefix + "*",
			reason: "Customers come and go after the deployment; what their secrets have in common is the prefix.",
		},
		finding{
			rule:      "AwsSolutions-IAM5",
			appliesTo: "Resource::*",
			reason: "X-Ray has no resource that a right to write traces could name, and neither has the right to " +
				"read many secrets with one call, which gives access to none.",
		},
	)
	return role
}

// environment returns the variables that the function reads at its start.
func (p process) environment(config Config, data data, mails mails) *map[string]*string {
	variables := map[string]*string{
		naming.EnvSettingsTable: data.settings.TableName(),
		naming.EnvStateTable:    data.state.TableName(),
		naming.EnvSecretPrefix:  jsii.String(config.SecretPrefix),
		naming.EnvOffice24URL:   jsii.String(config.Office24URL),
		naming.EnvOngoingHosts:  jsii.String(config.OngoingHosts),
		naming.EnvConcurrency:   jsii.String(strconv.Itoa(config.CustomerConcurrency)),
		naming.EnvLogLevel:      jsii.String(config.LogLevel),
		// The garbage collector works harder before Lambda would kill the process for its size.
		"GOMEMLIMIT": jsii.String(fmt.Sprintf("%dMiB", config.MemoryMiB*9/10)),
	}
	if p.entry.Process == naming.DigestProcess {
		variables[naming.EnvDigestTopic] = mails.digest.TopicArn()
	}
	return &variables
}

func architecture(build build) awslambda.Architecture {
	if build.machine == elf.EM_X86_64 {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

func allow(sid string, resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String(sid), Actions: jsii.Strings(actions...), Resources: &[]*string{resource},
	})
}

func seconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}
