package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newFailedEvents makes the queue of the events that were not handled: Lambda sends events whose invocation failed or
// never started, EventBridge events that it could not deliver to Lambda. One queue serves all processes; a message
// names its function. Only people read it: the next tick does the work of the lost event.
func newFailedEvents(scope constructs.Construct, config Config) awssqs.Queue {
	queue := awssqs.NewQueue(scope, jsii.String("FailedEvents"), &awssqs.QueueProps{
		QueueName:       jsii.String(config.StackName + "-failed-events"),
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
	})
	// One statement covers all rules of the stack: a queue's policy has at most twenty.
	queue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("Rules"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{queue.QueueArn()},
		Conditions: &map[string]any{"ArnLike": map[string]any{
			"aws:SourceArn": arn(scope, "events", "rule", config.StackName+"-*"),
		}},
	}))
	accept(queue, finding{rule: "AwsSolutions-SQS3", reason: "The queue is itself the dead-letter queue."})
	return queue
}

// arn returns the ARN of something in the account and region of the stack.
func arn(scope constructs.Construct, service, resource, name string) *string {
	return awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String(service), Resource: jsii.String(resource), ResourceName: jsii.String(name),
	})
}
