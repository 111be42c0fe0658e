package stack

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// targetsPerRule is EventBridge's limit.
const targetsPerRule = 5

// schedule makes the rules that start the process: a target for each segment, in as few rules as the limit allows. All
// rules of a process fire in the same minute.
func (p process) schedule(config Config, failed awssqs.Queue) {
	var segments []int
	for segment := range config.Segments {
		segments = append(segments, segment)
	}
	number := 0
	for chunk := range slices.Chunk(segments, targetsPerRule) {
		number++
		var targets []any
		for _, segment := range chunk {
			input := fmt.Sprintf(`{"segment":%d,"segments":%d}`, segment, config.Segments)
			targets = append(targets, p.target(fmt.Sprintf("segment-%d", segment), input, failed))
		}
		p.rule(fmt.Sprintf("Schedule%d", number), fmt.Sprintf("%s-%d", p.name, number),
			"Starts "+string(p.entry.Process)+": "+p.entry.About, cron(p.entry), targets)
	}
	if p.entry.Process == naming.DigestProcess {
		p.rule("Digest", config.StackName+"-digest", "Sends the daily mail about customers in trouble",
			fmt.Sprintf("cron(0 %d * * ? *)", config.DigestHour),
			[]any{p.target("digest", `{"digest":true}`, failed)})
	}
}

func (p process) rule(id, name, about, when string, targets []any) {
	rule := awsevents.NewCfnRule(p.scope, jsii.String(id), &awsevents.CfnRuleProps{
		Name:               jsii.String(name),
		Description:        jsii.String(about),
		ScheduleExpression: jsii.String(when),
		State:              jsii.String("ENABLED"),
		Targets:            targets,
	})
	p.function.AddPermission(jsii.String(id), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil),
		SourceArn: rule.AttrArn(),
	})
}

// target starts the function with an input. EventBridge gives up after a period, as Lambda does: the next tick follows
// then.
func (p process) target(id, input string, failed awssqs.Queue) awsevents.CfnRule_TargetProperty {
	return awsevents.CfnRule_TargetProperty{
		Id:    jsii.String(id),
		Arn:   p.function.FunctionArn(),
		Input: jsii.String(input),
		RetryPolicy: awsevents.CfnRule_RetryPolicyProperty{
			MaximumEventAgeInSeconds: jsii.Number(naming.Period.Seconds()),
			MaximumRetryAttempts:     jsii.Number(3),
		},
		DeadLetterConfig: awsevents.CfnRule_DeadLetterConfigProperty{Arn: failed.QueueArn()},
	}
}

// cron returns the entry's ticks in EventBridge's notation: minute 3/15 is 3, 18, 33 and 48 of every hour, in UTC.
func cron(entry naming.Entry) string {
	return fmt.Sprintf("cron(%d/%d * * * ? *)", int(entry.Offset.Minutes()), int(naming.Period.Minutes()))
}
