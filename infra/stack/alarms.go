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

// slow is the duration from which an invocation counts as near its timeout.
const slow = timeout - 2*time.Minute

// An alarm is one kind of alarm. CloudWatch charges for each metric that an alarm looks at, so one alarm watches all
// processes wherever a metric over all of them exists; the log says which process it is.
type alarm struct {
	name string
	// action is the description; %s, if any, is the process.
	action string
	// metric is what the alarm of all processes watches; if it is nil, perProcess is what that of one does.
	metric     awscloudwatch.IMetric
	perProcess func(process) awscloudwatch.IMetric
	// The alarm goes on if datapoints of the last periods are at or above the threshold, or below it if below is set.
	threshold           float64
	below               bool
	datapoints, periods int
	// missing is what a period without data means. A metric that is zero has no data, and if no run completes there are
	// no figures of customers: their alarms stay silent, and no-run speaks.
	missing awscloudwatch.TreatMissingData
}

const (
	notBreaching = awscloudwatch.TreatMissingData_NOT_BREACHING
	breaching    = awscloudwatch.TreatMissingData_BREACHING
)

// fleetAlarms report on what is ours or a vendor's to fix. They come first wherever alarms are listed: while one of
// them is on, the customers' alarms follow from it.
func fleetAlarms(config Config) []alarm {
	return []alarm{
		{
			name: "no-run",
			action: "Start %s by hand and read the newest lines of its log: not every segment has completed a run " +
				"within two periods.",
			perProcess: func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricRunsCompleted, sum) },
			// Each segment completes one run a period. The sum over all processes would not do: a run that takes longer
			// than the last one moves to the next period, and two processes that do so in turn would look like one that
			// is missing.
			threshold: float64(config.Segments), below: true, datapoints: 2, periods: 2, missing: breaching,
		},
		{
			name:       "duration",
			action:     "Raise the context value segments and deploy: runs of %s come near their timeout.",
			perProcess: func(p process) awscloudwatch.IMetric { return p.lambda("Duration", maximum) },
			threshold:  float64(slow.Milliseconds()), datapoints: 2, periods: 2, missing: notBreaching,
		},
		{
			name: "outage",
			action: "Check whether 24SevenOffice and Ongoing WMS answer before you look at any customer: " +
				"most customers of a process fail at the same time.",
			metric:    fleetMetric(naming.MetricOutages, sum),
			threshold: 1, datapoints: 2, periods: 2, missing: notBreaching,
		},
		{
			name: "vendor-throttled",
			action: "Give the customers longer intervals, or wait: a vendor has throttled our calls in most of " +
				"the last hour.",
			metric:    fleetMetric(naming.MetricVendorThrottled, sum),
			threshold: 1, datapoints: 3, periods: 4, missing: notBreaching,
		},
	}
}

// customerAlarms report on single customers. One bad period in an hour keeps them on, because a customer that is not
// due at every tick, or a record that waits for its next attempt, would otherwise switch them off and on.
func customerAlarms(config Config) []alarm {
	return []alarm{
		{
			name: "oldest-sync",
			action: "Find the customer whose last success is oldest and read the reason of its last run: " +
				"a process has not succeeded for it within the time that oldestSyncAgeMinutes allows.",
			metric:    fleetMetric(naming.MetricOldestSyncAgeSeconds, maximum),
			threshold: config.OldestSyncAge.Seconds(), datapoints: 1, periods: 1, missing: notBreaching,
		},
		{
			name: "customers-blocked",
			action: "Correct the setting or the credential that the reason names: nothing is done for the customer " +
				"until then.",
			metric:    fleetMetric(naming.MetricCustomersBlocked, maximum),
			threshold: 1, datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name: "customers-near-quota",
			action: "Talk to the customer or give it a longer interval: it has used 80 % of the calls or bytes that " +
				"24SevenOffice includes in a month.",
			metric:    fleetMetric(naming.MetricCustomersNearQuota, maximum),
			threshold: 1, datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name: "records-failed",
			action: "Read the failure records and correct each record in the system that it comes from: it could not " +
				"be written.",
			metric:    fleetMetric(naming.MetricRecordsFailed, sum),
			threshold: 1, datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name:      "records-held",
			action:    "Decide whether the held changes are right: they are not written before a person has decided.",
			metric:    fleetMetric(naming.MetricRecordsHeld, sum),
			threshold: 1, datapoints: 1, periods: 4, missing: notBreaching,
		},
	}
}

// failedEvents is the alarm of the queue of failed events. It speaks for invocations that failed as a whole and for
// those that Lambda could not start for lack of concurrent executions: both end in the queue.
const failedEvents = "failed-events"

// AlarmNames lists the kinds of alarms. Each is explained in RUNBOOK.md, section "What to do when it alarms", under the
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
			"Read the message in the queue of failed events, and the log of the function that it names, fix the "+
				"cause and delete the message: an invocation failed as a whole or could not start."),
		Metric: failed.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
			Statistic: jsii.String(maximum), Period: seconds(5 * time.Minute),
		}),
		Threshold:          jsii.Number(1),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		EvaluationPeriods:  jsii.Number(1),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}))
	for _, alarm := range fleetAlarms(config) {
		a.fleet = append(a.fleet, a.addKind(stack, config, processes, alarm)...)
	}
	for _, alarm := range customerAlarms(config) {
		a.customers = append(a.customers, a.addKind(stack, config, processes, alarm)...)
	}
	return a
}

// addKind adds the alarm of all processes, or that of each.
func (a alarms) addKind(stack awscdk.Stack, config Config, processes []process, kind alarm) (names []string) {
	if kind.metric != nil {
		props := kind.props(config.StackName, kind.action, kind.metric)
		return []string{a.add(stack, kind.name, props)}
	}
	for _, p := range processes {
		props := kind.props(p.name, fmt.Sprintf(kind.action, p.entry.Process), kind.perProcess(p))
		names = append(names, a.add(p.scope, kind.name, props))
	}
	return names
}

// newTopic makes the topic that all alarms go to. Only CloudWatch, for alarms of this stack, may publish. It is not
// encrypted with a key: an alarm contains no secret, and leaves by e-mail.
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
		const warning = "context value alarmEmail is empty: alarms reach nobody until somebody subscribes to the topic"
		awscdk.Annotations_Of(stack).AddWarningV2(jsii.String("ongoing24so:alarmEmail"), jsii.String(warning), nil)
		return topic
	}
	topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(config.AlarmEmail), nil))
	return topic
}

func (a alarm) props(prefix, action string, metric awscloudwatch.IMetric) awscloudwatch.AlarmProps {
	comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	if a.below {
		comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	return awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(prefix + "-" + a.name),
		AlarmDescription:   describe(a.name, action),
		Metric:             metric,
		Threshold:          jsii.Number(a.threshold),
		ComparisonOperator: comparison,
		DatapointsToAlarm:  jsii.Number(float64(a.datapoints)),
		EvaluationPeriods:  jsii.Number(float64(a.periods)),
		TreatMissingData:   a.missing,
	}
}

// add makes an alarm that notifies the topic when it goes on, not when it goes off: each alarm of a new stack goes from
// no data to OK once, and a mail for each at the first deployment teaches people not to read them.
func (a alarms) add(scope constructs.Construct, id string, props awscloudwatch.AlarmProps) string {
	alarm := awscloudwatch.NewAlarm(scope, jsii.String("Alarm-"+id), &props)
	alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(a.topic))
	return *props.AlarmName
}

func describe(name, do string) *string {
	return jsii.String(fmt.Sprintf("%s See infra/stack/RUNBOOK.md#alarm-%s.", do, name))
}
