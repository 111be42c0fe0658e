package stack

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// slow is the duration at which a run counts as near its timeout.
const slow = timeout - 2*time.Minute

// An alarm is one kind of alarm; each process has one of each kind.
type alarm struct {
	name string
	// do begins the description with what to do; %s is the process.
	do     string
	metric func(process) awscloudwatch.IMetric
	// It alarms at this threshold and above, or below it where below is set, in so many of the last periods.
	threshold           float64
	below               bool
	datapoints, periods int
	// missing is what a period without data means. Where no run completes there are no figures of customers: their alarms
	// keep still, and no-run speaks.
	missing awscloudwatch.TreatMissingData
}

// fleetAlarms tell of a process as a whole, of what is ours or a vendor's to mend. They come first wherever alarms are
// listed: while one of them is on, the customers' alarms follow from it.
func fleetAlarms(config Config) []alarm {
	const ok = awscloudwatch.TreatMissingData_NOT_BREACHING
	return []alarm{
		{
			"no-run", "Start %s by hand and read the newest lines of its log: not every segment has completed a run within two periods.",
			func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricRunsCompleted, sum) },
			float64(config.Segments), true, 2, 2, awscloudwatch.TreatMissingData_BREACHING,
		},
		{
			"errors", "Read the newest error in the log of %s: a run as a whole could not take place.",
			func(p process) awscloudwatch.IMetric { return p.lambda("Errors", sum) }, 1, false, 1, 1, ok,
		},
		{
			"throttles", "Raise the account's limit of concurrent Lambda executions: AWS did not let %s start.",
			func(p process) awscloudwatch.IMetric { return p.lambda("Throttles", sum) }, 1, false, 1, 1, ok,
		},
		{
			"duration", "Raise the context value segments and deploy: runs of %s come near their timeout.",
			func(p process) awscloudwatch.IMetric { return p.lambda("Duration", maximum) },
			float64(slow.Milliseconds()), false, 2, 2, ok,
		},
		{
			"outage", "See whether 24SevenOffice and Ongoing WMS answer before you look at any customer: most customers of %s fail at once.",
			process.failedShare, 51, false, 2, 2, ok,
		},
		{
			"vendor-throttled", "Give the customers of %s longer intervals, or wait: a vendor has held back our calls in most of the last hour.",
			func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricVendorThrottled, sum) }, 1, false, 3, 4, ok,
		},
	}
}

// customerAlarms tell of single customers. One bad period in an hour keeps them on, because a customer that is not due
// at every tick, or a record whose retries wait, would otherwise switch them off and on.
func customerAlarms(config Config) []alarm {
	const ok = awscloudwatch.TreatMissingData_NOT_BREACHING
	return []alarm{
		{
			"oldest-sync", "Find the customer whose last success is oldest and read the reason of its last run: " +
				"%s has not succeeded there for longer than it should.",
			func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricOldestSyncAgeSeconds, maximum) },
			config.OldestSyncAge.Seconds(), false, 1, 1, ok,
		},
		{
			"customers-blocked", "Correct what the reason names, a setting or a credential: %s leaves a customer alone until then.",
			func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricCustomersBlocked, maximum) }, 1, false, 1, 4, ok,
		},
		{
			"records-failed", "Read the failure records and correct the record in the system that it comes from: %s could not bring it across.",
			func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricRecordsFailed, sum) }, 1, false, 1, 4, ok,
		},
		{
			"records-held", "Decide whether the held changes are right: %s waits with them for a person.",
			func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricRecordsHeld, sum) }, 1, false, 1, 4, ok,
		},
	}
}

// failedEvents is the only alarm that all processes share.
const failedEvents = "failed-events"

// AlarmNames lists the kinds of alarms. Each is explained in the README, section "What to do when it alarms", under the
// anchor #alarm-<name>.
func AlarmNames() []string {
	names := []string{failedEvents}
	for _, alarm := range append(fleetAlarms(Config{}), customerAlarms(Config{})...) {
		names = append(names, alarm.name)
	}
	return names
}

// alarms are the topic and the names of all that goes to it.
type alarms struct {
	topic            awssns.Topic
	fleet, customers []string
}

func newAlarms(stack awscdk.Stack, config Config, processes []process, failed awssqs.Queue) alarms {
	a := alarms{topic: newTopic(stack, config)}
	a.fleet = append(a.fleet, a.add(stack, "FailedEvents", awscloudwatch.AlarmProps{
		AlarmName: jsii.String(config.StackName + "-" + failedEvents),
		AlarmDescription: describe(failedEvents,
			"Read the message in the queue of failed events, mend what it names and delete it: an event came to nothing."),
		Metric: failed.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
			Statistic: jsii.String(maximum), Period: seconds(5 * time.Minute),
		}),
		Threshold:          jsii.Number(1),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		EvaluationPeriods:  jsii.Number(1),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}))
	for _, process := range processes {
		for _, alarm := range fleetAlarms(config) {
			a.fleet = append(a.fleet, a.add(process.scope, alarm.name, alarm.of(process)))
		}
		for _, alarm := range customerAlarms(config) {
			a.customers = append(a.customers, a.add(process.scope, alarm.name, alarm.of(process)))
		}
	}
	return a
}

// newTopic makes the topic that all alarms go to. Only CloudWatch, for alarms of this stack, may publish. It has no key of
// its own: an alarm tells no secret, and leaves by e-mail.
func newTopic(stack awscdk.Stack, config Config) awssns.Topic {
	topic := awssns.NewTopic(stack, jsii.String("Alarms"), &awssns.TopicProps{
		TopicName:   jsii.String(config.StackName + "-alarms"),
		DisplayName: jsii.String(config.StackName),
		EnforceSSL:  jsii.Bool(true),
	})
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("Alarms"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"ArnLike": map[string]any{"aws:SourceArn": stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cloudwatch"), Resource: jsii.String("alarm"),
			ResourceName: jsii.String(config.StackName + "-*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		})}},
	}))
	if config.AlarmEmail == "" {
		awscdk.Annotations_Of(stack).AddWarningV2(jsii.String("ongoing24so:alarmEmail"),
			jsii.String("the context value alarmEmail is empty: alarms reach nobody until somebody subscribes to the topic"))
		return topic
	}
	topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(config.AlarmEmail), nil))
	return topic
}

// of makes the alarm of one process.
func (a alarm) of(p process) awscloudwatch.AlarmProps {
	comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	if a.below {
		comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	return awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(p.name + "-" + a.name),
		AlarmDescription:   describe(a.name, fmt.Sprintf(a.do, p.entry.Process)),
		Metric:             a.metric(p),
		Threshold:          jsii.Number(a.threshold),
		ComparisonOperator: comparison,
		DatapointsToAlarm:  jsii.Number(float64(a.datapoints)),
		EvaluationPeriods:  jsii.Number(float64(a.periods)),
		TreatMissingData:   a.missing,
	}
}

// add makes an alarm that tells the topic when it goes on. That it goes off is seen on the dashboard: each alarm of a new
// stack goes from no data to good once, and fifty mails at the first deployment teach people not to read them.
func (a alarms) add(scope constructs.Construct, id string, props awscloudwatch.AlarmProps) string {
	alarm := awscloudwatch.NewAlarm(scope, jsii.String("Alarm-"+id), &props)
	alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(a.topic))
	return *props.AlarmName
}

func describe(name, do string) *string {
	return jsii.String(fmt.Sprintf("%s See the README, What to do when it alarms, #alarm-%s.", do, name))
}
