package stack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/infra/prices"
	"ongoing24so/shared/naming"
)

// A dashboard is width of CloudWatch's units wide. Each row has two widgets: CloudWatch shows up to fifty metrics of a
// dashboard without a charge, and people look at a few large graphs rather than at thirty small ones.
const (
	width     = 24
	rowHeight = 8
)

// callsAnHour is how many calls 24SevenOffice allows an hour, presumably by IP address, and thus by function.
const callsAnHour = 7200

// newDashboard makes the dashboard and returns its address. It answers from top to bottom: who has trouble, since when
// and why; what moves, and how long people wait; how the vendors' limits are used; what it costs.
//
// Its name contains the region, because the dashboards of all regions of an account share their names.
func newDashboard(stack awscdk.Stack, config Config, data data, processes []process, alarms alarmSet) *string {
	rows := []*[]awscloudwatch.IWidget{
		row(heading(config)),
		row(logTable("Who has trouble now, since when, and why", trouble, processes), status(stack, alarms)),
		row(latency(), records(processes)),
		row(failures(processes), oldestSync(processes)),
		row(vendorCalls(processes), longestRun(processes)),
		row(cost(config, data, processes),
			logTable("Cold starts, memory and time of the functions", starts, processes)),
	}
	region := *stack.Region()
	name := config.StackName + "-" + region
	awscloudwatch.NewDashboard(stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(name),
		Widgets:       &rows,
	})
	return jsii.String(fmt.Sprintf(
		"https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s", region, region, name))
}

func row(widgets ...awscloudwatch.IWidget) *[]awscloudwatch.IWidget { return &widgets }

func heading(config Config) awscloudwatch.IWidget {
	book := runbook
	if config.RunbookURL != "" {
		book = fmt.Sprintf("[the runbook](%s)", config.RunbookURL)
	}
	return awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
		Markdown: jsii.String(fmt.Sprintf("# 24SevenOffice and Ongoing WMS\nOne customer: `syncctl status acme`. "+
			"One order: `syncctl explain acme order 40557`. An alarm is on: see %s.", book)),
		Width: jsii.Number(width), Height: jsii.Number(2),
	})
}

// status shows alarms by name: a dashboard that refers to their ARNs would be created after every one of them.
func status(stack awscdk.Stack, alarms alarmSet) awscloudwatch.IWidget {
	var refs []interfacesawscloudwatch.IAlarmRef
	for _, name := range alarms.names {
		refs = append(refs, awscloudwatch.Alarm_FromAlarmName(stack, jsii.String("Status-"+name), jsii.String(name)))
	}
	return awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: jsii.String("Alarms"), Alarms: &refs, Width: jsii.Number(width / 2), Height: jsii.Number(rowHeight),
	})
}

func logTable(title, query string, processes []process) awscloudwatch.IWidget {
	var groups []*string
	for _, process := range processes {
		groups = append(groups, process.logs.LogGroupName())
	}
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title: jsii.String(title), LogGroupNames: &groups, QueryString: jsii.String(query),
		View:  awscloudwatch.LogQueryVisualizationType_TABLE,
		Width: jsii.Number(width / 2), Height: jsii.Number(rowHeight),
	})
}

// A graph is a widget that shows metrics over time.
type graph struct {
	title   string
	metrics []awscloudwatch.IMetric
	// unit is the unit of the axis.
	unit    string
	stacked bool
	// limit, if not 0, is drawn as a line with a label.
	limit float64
	label string
}

func (g graph) widget() awscloudwatch.IWidget {
	var lines []*awscloudwatch.HorizontalAnnotation
	if g.limit != 0 {
		lines = append(lines, &awscloudwatch.HorizontalAnnotation{
			Value: jsii.Number(g.limit), Label: jsii.String(g.label), Color: jsii.String("#d13212"),
		})
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(g.title), Left: &g.metrics, Stacked: jsii.Bool(g.stacked), LeftAnnotations: &lines,
		Width: jsii.Number(width / 2), Height: jsii.Number(rowHeight),
		LeftYAxis: &awscloudwatch.YAxisProps{
			Min: jsii.Number(0), ShowUnits: jsii.Bool(false), Label: jsii.String(g.unit),
		},
	})
}

// latency shows what merchants feel.
func latency() awscloudwatch.IWidget {
	var lines []awscloudwatch.IMetric
	for _, way := range []struct {
		process naming.Process
		label   string
	}{
		{naming.SalesOrders, "confirmed to in the warehouse"}, {naming.Shipments, "shipped to Sent"},
	} {
		for _, share := range []struct{ statistic, label string }{{"p50", "half"}, {"p95", "95 %"}} {
			m := metricOf(way.process, naming.MetricLatencySeconds, share.statistic)
			lines = append(lines, inMinutes(m, 60, string(way.process)+share.statistic,
				fmt.Sprintf("%s: %s within", way.label, share.label)))
		}
	}
	return graph{title: "How long orders take", unit: "minutes", metrics: lines}.widget()
}

func records(processes []process) awscloudwatch.IWidget {
	return graph{
		title: "What moves: records written an hour", unit: "records", stacked: true,
		metrics: ofEach(processes, naming.MetricRecordsWritten, sum, time.Hour),
	}.widget()
}

func failures(processes []process) awscloudwatch.IWidget {
	stuck := metricOf(naming.Shipments, naming.MetricOrdersStuck, sum).With(&awscloudwatch.MetricOptions{
		Label: jsii.String("orders stuck in the warehouse"), Period: seconds(time.Hour),
	})
	return graph{
		title: "What does not move: records that failed, wait for a person, or are stuck", unit: "records",
		metrics: []awscloudwatch.IMetric{
			total(processes, "failed", naming.MetricRecordsFailed),
			total(processes, "wait for a person", naming.MetricRecordsHeld),
			stuck,
		},
	}.widget()
}

func oldestSync(processes []process) awscloudwatch.IWidget {
	var lines []awscloudwatch.IMetric
	for _, p := range processes {
		m := p.metric(naming.MetricOldestSyncAgeSeconds, maximum)
		lines = append(lines, inMinutes(m, 60, "age"+string(p.entry.Process), string(p.entry.Process)))
	}
	return graph{
		title: "The customer that waits longest: since its last success", unit: "minutes", metrics: lines,
	}.widget()
}

func vendorCalls(processes []process) awscloudwatch.IWidget {
	lines := ofEach(processes, naming.MetricVendorCalls, sum, time.Hour)
	refused := fleetMetric(naming.MetricVendorThrottled, sum).With(&awscloudwatch.MetricOptions{
		Label: jsii.String("refused for their number"), Period: seconds(time.Hour),
	})
	return graph{
		title: "Calls to both vendors an hour", unit: "calls", metrics: append(lines, refused),
		limit: callsAnHour, label: "what 24SevenOffice allows one address",
	}.widget()
}

func longestRun(processes []process) awscloudwatch.IWidget {
	var lines []awscloudwatch.IMetric
	for _, p := range processes {
		m := p.lambda("Duration", maximum)
		lines = append(lines, inMinutes(m, 60_000, "run"+string(p.entry.Process), string(p.entry.Process)))
	}
	return graph{
		title: "The longest run", unit: "minutes", metrics: lines,
		limit: timeout.Minutes(), label: "its end at the latest",
	}.widget()
}

// cost shows what changes with the work; the alarms, the metrics, the dashboard and the secrets have fixed prices.
func cost(config Config, data data, processes []process) awscloudwatch.IWidget {
	const day = 24 * time.Hour
	durations, logs := map[string]awscloudwatch.IMetric{}, map[string]awscloudwatch.IMetric{}
	for i, p := range processes {
		duration := p.lambda("Duration", sum)
		durations[fmt.Sprintf("d%d", i)] = duration.With(&awscloudwatch.MetricOptions{Period: seconds(day)})
		logs[fmt.Sprintf("l%d", i)] = awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("AWS/Logs"), MetricName: jsii.String("IncomingBytes"), Statistic: jsii.String(sum),
			Period: seconds(day), DimensionsMap: &map[string]*string{"LogGroupName": p.logs.LogGroupName()},
		})
	}
	units := func(name, prefix string) map[string]awscloudwatch.IMetric {
		metrics := map[string]awscloudwatch.IMetric{}
		for i, table := range []*string{data.settings.TableName(), data.state.TableName()} {
			metrics[fmt.Sprintf("%s%d", prefix, i)] = awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
				Namespace: jsii.String("AWS/DynamoDB"), MetricName: jsii.String(name), Statistic: jsii.String(sum),
				Period: seconds(day), DimensionsMap: &map[string]*string{"TableName": table},
			})
		}
		return metrics
	}
	dollars := func(label string, price float64, metrics map[string]awscloudwatch.IMetric) awscloudwatch.IMetric {
		return labelled(fmt.Sprintf("%s*%.12f", sumOf(metrics), price), label, metrics)
	}
	perMillisecond := float64(config.MemoryMiB) / 1024 / 1000
	return graph{
		title: "What a day costs, at list prices of " + prices.AsOf, unit: "US dollars", stacked: true,
		metrics: []awscloudwatch.IMetric{
			dollars("Lambda", prices.LambdaGBSecond.USD*perMillisecond, durations),
			dollars("DynamoDB reads", prices.ReadUnit.USD, units("ConsumedReadCapacityUnits", "r")),
			dollars("DynamoDB writes", prices.WriteUnit.USD, units("ConsumedWriteCapacityUnits", "w")),
			dollars("logs", prices.LogGB.USD/1e9, logs),
		},
	}.widget()
}

// ofEach returns a metric of each process, labelled with its name.
func ofEach(processes []process, name, statistic string, period time.Duration) (lines []awscloudwatch.IMetric) {
	for _, p := range processes {
		lines = append(lines, p.metric(name, statistic).With(&awscloudwatch.MetricOptions{
			Label: jsii.String(string(p.entry.Process)), Period: seconds(period),
		}))
	}
	return lines
}

// total returns a metric of all processes as one line.
func total(processes []process, label, name string) awscloudwatch.IMetric {
	metrics := map[string]awscloudwatch.IMetric{}
	for i, p := range processes {
		metrics[strings.ToLower(name)+fmt.Sprint(i)] = p.metric(name, sum)
	}
	return labelled(sumOf(metrics), label, metrics)
}

// sumOf returns the expression that adds metrics, of which each can be without data.
func sumOf(metrics map[string]awscloudwatch.IMetric) string {
	return "SUM([" + strings.Join(slices.Sorted(maps.Keys(metrics)), ",") + "])"
}

// inMinutes returns a metric in minutes, of which each has so many of its units. The id is unique in the graph.
func inMinutes(m awscloudwatch.Metric, aMinute int, id, label string) awscloudwatch.IMetric {
	return labelled(fmt.Sprintf("%s/%d", id, aMinute), label, map[string]awscloudwatch.IMetric{id: m})
}

func labelled(expression, label string, metrics map[string]awscloudwatch.IMetric) awscloudwatch.IMetric {
	var period awscdk.Duration
	for _, m := range metrics {
		period = cmp.Or(period, m.(awscloudwatch.Metric).Period())
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(expression), Label: jsii.String(label), UsingMetrics: &metrics, Period: period,
	})
}
