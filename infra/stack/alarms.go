package stack

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// An alarm is for people who have hundreds of merchants, of whom one always has trouble. It is about what is new,
// grows, or affects many: what people know of already is in the daily mail and in syncctl status. An alarm that is on
// for ever teaches people to look away.
//
// Two composite alarms send the mails. That of the fleet is on while a vendor or a function is down, and suppresses
// that of the customers, whose trouble then follows from it. The alarms below them only say in the console which it is.
type alarm struct {
	name string
	// means says in a sentence what is wrong; %s, if any, is the process. look is the command to look closer.
	means, look string
	group       group
	// metric is what the alarm of all processes watches; if it is nil, perProcess is what that of one does. CloudWatch
	// charges for each metric that an alarm looks at, so one alarm watches all processes wherever a metric over all of
	// them exists; the log says which process it is.
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

// A group says how people are told.
type group int

const (
	// ownMail: the alarm sends a mail of its own. It can stay on until a person has done something, and must not
	// suppress others meanwhile.
	ownMail group = iota
	fleet
	customers
)

const (
	notBreaching = awscloudwatch.TreatMissingData_NOT_BREACHING
	breaching    = awscloudwatch.TreatMissingData_BREACHING
)

// alarms returns all alarms of one metric. One bad period in an hour keeps those of customers on, because a customer
// that is not due at every tick would otherwise switch them off and on.
func alarms(config Config, failed awssqs.Queue) []alarm {
	return []alarm{
		{
			name:  "failed-events",
			means: "An invocation failed as a whole or could not start; its event is in the queue of failed events.",
			look:  "status", group: ownMail,
			metric: failed.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
				Statistic: jsii.String(maximum), Period: seconds(5 * time.Minute),
			}),
			threshold: 1, datapoints: 1, periods: 1, missing: notBreaching,
		},
		{
			name:  "left-over",
			means: "For six hours, runs have ended before all work was done.",
			look:  "status", group: ownMail,
			metric:    fleetMetric(naming.MetricRunsCutShort, sum),
			threshold: 1, datapoints: 24, periods: 24, missing: notBreaching,
		},
		{
			name:  "no-run",
			means: "Not every segment of %s has completed a run within two periods.",
			look:  "status", group: fleet,
			perProcess: func(p process) awscloudwatch.IMetric { return p.metric(naming.MetricRunsCompleted, sum) },
			// Each segment completes one run a period. The sum over all processes would not do: a run that takes longer
			// than the last one moves to the next period, and two processes that do so in turn would look like one that
			// is missing.
			threshold: float64(config.Segments), below: true, datapoints: 2, periods: 2, missing: breaching,
		},
		{
			name:  "outage",
			means: "Most customers of a process fail at the same time, as if a vendor did not answer.",
			look:  "status", group: fleet,
			metric:    fleetMetric(naming.MetricOutages, sum),
			threshold: 1, datapoints: 2, periods: 2, missing: notBreaching,
		},
		{
			name:  "vendor-throttled",
			means: "A vendor has refused our calls for their number in most of the last hour.",
			look:  "status", group: fleet,
			metric:    fleetMetric(naming.MetricVendorThrottled, sum),
			threshold: 1, datapoints: 3, periods: 4, missing: notBreaching,
		},
		{
			name:  "customers-stopped",
			means: "No run has succeeded for a customer for an hour: it is blocked, or a system does not answer.",
			look:  "status", group: customers,
			metric:    fleetMetric(naming.MetricCustomersNewlyStopped, maximum),
			threshold: float64(config.NewTrouble), datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name:  "new-failures",
			means: "Records of a customer have failed, or have waited for a person, for an hour.",
			look:  "failures list", group: customers,
			metric:    fleetMetric(naming.MetricCustomersWithNewFailures, maximum),
			threshold: float64(config.NewTrouble), datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name:  "orders-stuck",
			means: "Orders have been in the warehouse for longer than their customer's settings allow.",
			look:  "status", group: customers,
			metric:    metricOf(naming.Shipments, naming.MetricOrdersNewlyStuck, sum),
			threshold: float64(config.NewTrouble), datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name:  "unexplained-drift",
			means: "The daily comparison has found records that differed although no change was announced.",
			look:  "status", group: customers,
			metric:    fleetMetric(naming.MetricUnexplainedDrift, sum),
			threshold: float64(config.NewTrouble), datapoints: 1, periods: 4, missing: notBreaching,
		},
		{
			name:  "customers-near-quota",
			means: "A customer has reached 80 % of the calls or bytes that 24SevenOffice includes in a month.",
			look:  "status", group: customers,
			metric:    fleetMetric(naming.MetricCustomersNearQuota, maximum),
			threshold: 1, datapoints: 1, periods: 4, missing: notBreaching,
		},
	}
}

// The composite alarms.
var (
	fleetMail = alarm{
		name:  "fleet",
		means: "A vendor or one of the functions is down, which affects all customers.",
		look:  "status",
	}
	customersMail = alarm{
		name:  "customers",
		means: "Something is newly wrong with single customers; the alarm that triggered this one says what.",
		look:  "status",
	}
)

const (
	// suppressorWait is how long the mail about customers waits for the fleet's alarms, which need two periods to go
	// on.
	suppressorWait = 2 * naming.Period
	// suppressorExtension is how long the customers' mail stays suppressed afterwards: they recover in their next runs.
	suppressorExtension = 4 * naming.Period
)

// An alarmSet are the names of all alarms, as the dashboard shows them.
type alarmSet struct{ names []string }

// newAlarms makes the alarms. Each names its section in RUNBOOK.md.
func newAlarms(
	stack awscdk.Stack, config Config, processes []process, failed awssqs.Queue, topic awssns.Topic,
) alarmSet {
	var set alarmSet
	rules := map[group][]awscloudwatch.IAlarmRule{}
	for _, kind := range alarms(config, failed) {
		for name, made := range kind.add(stack, config, processes) {
			set.names = append(set.names, name)
			if kind.group == ownMail {
				notify(made, topic)
				continue
			}
			rule := awscloudwatch.AlarmRule_FromAlarm(made, awscloudwatch.AlarmState_ALARM)
			rules[kind.group] = append(rules[kind.group], rule)
		}
	}
	fleetAlarm := awscloudwatch.NewCompositeAlarm(stack, jsii.String("Alarm-fleet"), &awscloudwatch.CompositeAlarmProps{
		CompositeAlarmName: jsii.String(config.StackName + "-" + fleetMail.name),
		AlarmDescription:   fleetMail.text(config, ""),
		AlarmRule:          awscloudwatch.AlarmRule_AnyOf(rules[fleet]...),
	})
	notify(fleetAlarm, topic)
	customersAlarm := awscloudwatch.NewCompositeAlarm(stack, jsii.String("Alarm-customers"),
		&awscloudwatch.CompositeAlarmProps{
			CompositeAlarmName:               jsii.String(config.StackName + "-" + customersMail.name),
			AlarmDescription:                 customersMail.text(config, ""),
			AlarmRule:                        awscloudwatch.AlarmRule_AnyOf(rules[customers]...),
			ActionsSuppressor:                fleetAlarm,
			ActionsSuppressorWaitPeriod:      seconds(suppressorWait),
			ActionsSuppressorExtensionPeriod: seconds(suppressorExtension),
		})
	notify(customersAlarm, topic)
	mails := []string{config.StackName + "-" + fleetMail.name, config.StackName + "-" + customersMail.name}
	set.names = slices.Concat(mails, set.names)
	return set
}

// notify makes an alarm send a mail when it goes on, not when it goes off: each alarm of a new stack goes from no data
// to OK once, and a mail for each at the first deployment teaches people not to read them.
func notify(made awscloudwatch.AlarmBase, topic awssns.Topic) {
	made.AddAlarmAction(awscloudwatchactions.NewSnsAction(topic))
}

// add makes the alarm of all processes, or that of each, and yields it with its name.
func (a alarm) add(stack awscdk.Stack, config Config, processes []process) iter.Seq2[string, awscloudwatch.Alarm] {
	return func(yield func(string, awscloudwatch.Alarm) bool) {
		if a.metric != nil {
			name := config.StackName + "-" + a.name
			yield(name, a.make(stack, name, a.text(config, ""), a.metric))
			return
		}
		for _, p := range processes {
			name := p.name + "-" + a.name
			if !yield(name, a.make(p.scope, name, a.text(config, p.entry.Process), a.perProcess(p))) {
				return
			}
		}
	}
}

func (a alarm) make(
	scope constructs.Construct, name string, text *string, metric awscloudwatch.IMetric,
) awscloudwatch.Alarm {
	comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	if a.below {
		comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	return awscloudwatch.NewAlarm(scope, jsii.String("Alarm-"+a.name), &awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(name),
		AlarmDescription:   text,
		Metric:             metric,
		Threshold:          jsii.Number(a.threshold),
		ComparisonOperator: comparison,
		DatapointsToAlarm:  jsii.Number(float64(a.datapoints)),
		EvaluationPeriods:  jsii.Number(float64(a.periods)),
		TreatMissingData:   a.missing,
	})
}

// runbook is the document that explains each alarm under the heading "Alarm <name>".
const runbook = "infra/stack/RUNBOOK.md"

// text returns what the alarm says: what is wrong, how to look closer, and where to read on.
func (a alarm) text(config Config, process naming.Process) *string {
	means := a.means
	if process != "" {
		means = fmt.Sprintf(means, process)
	}
	return jsii.String(fmt.Sprintf("%s Look closer: syncctl %s. What to do: %s#alarm-%s",
		means, a.look, cmp.Or(config.RunbookURL, runbook), a.name))
}
