package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"
)

// mails are the topics for people: the alarms, which may wake somebody, and the daily mail, which must not.
type mails struct{ alarms, digest awssns.Topic }

func newMails(stack awscdk.Stack, config Config) mails {
	m := mails{
		alarms: newTopic(stack, config, "Alarms", "alarms"),
		digest: newTopic(stack, config, "Digest", "digest"),
	}
	// Only CloudWatch, for alarms of this stack, may publish alarms.
	m.alarms.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("Alarms"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{m.alarms.TopicArn()},
		Conditions: &map[string]any{"ArnLike": map[string]any{"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cloudwatch"), Resource: jsii.String("alarm"),
			ResourceName: jsii.String(config.StackName + "-*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		})}},
	}))
	if config.AlarmEmail == "" {
		const warning = "context value alarmEmail is empty: alarms and the daily mail reach nobody until somebody " +
			"subscribes to the topics"
		awscdk.Annotations_Of(stack).AddWarningV2(jsii.String("ongoing24so:alarmEmail"), jsii.String(warning), nil)
		return m
	}
	for _, topic := range []awssns.Topic{m.alarms, m.digest} {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(config.AlarmEmail), nil))
	}
	return m
}

// newTopic makes a topic. It is not encrypted with a key: what people are told contains no secret, and leaves by
// e-mail.
func newTopic(stack awscdk.Stack, config Config, id, name string) awssns.Topic {
	return awssns.NewTopic(stack, jsii.String(id), &awssns.TopicProps{
		TopicName:   jsii.String(config.StackName + "-" + name),
		DisplayName: jsii.String(config.StackName),
		EnforceSSL:  jsii.Bool(true),
	})
}
