package stack

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// width is the width of a dashboard, in CloudWatch's units.
const width = 24

// newDashboard makes the dashboard and returns its address: the alarms, a row for each process, and tables from the
// logs.
//
// Its name contains the region, because the dashboards of all regions of an account share their names.
func newDashboard(stack awscdk.Stack, config Config, processes []process, alarms alarms) *string {
	rows := []*[]awscloudwatch.IWidget{
		row(
			status(stack, "All customers: look here first", alarms.fleet),
			status(stack, "Single customers", alarms.customers),
		),
	}
	for _, process := range processes {
		rows = append(rows, row(process.heading()), row(process.graphs()...))
	}
	rows = append(rows, row(
		logTable("Customers in trouble", failedCustomers, processes),
		logTable("Cold starts, memory and time", starts, processes),
	))
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

// status shows alarms by name: a dashboard that refers to their ARNs would be created after every one of them.
func status(stack awscdk.Stack, title string, names []string) awscloudwatch.IWidget {
	var refs []interfacesawscloudwatch.IAlarmRef
	for _, name := range names {
		refs = append(refs, awscloudwatch.Alarm_FromAlarmName(stack, jsii.String("Status-"+name), jsii.String(name)))
	}
	return awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: jsii.String(title), Alarms: &refs, Width: jsii.Number(width / 2), Height: jsii.Number(8),
	})
}

func logTable(title, query string, processes []process) awscloudwatch.IWidget {
	var groups []*string
	for _, process := range processes {
		groups = append(groups, process.logs.LogGroupName())
	}
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title: jsii.String(title), LogGroupNames: &groups, QueryString: jsii.String(query),
		View: awscloudwatch.LogQueryVisualizationType_TABLE, Width: jsii.Number(width / 2), Height: jsii.Number(8),
	})
}

func (p process) heading() awscloudwatch.IWidget {
	return awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
		Markdown: jsii.String(fmt.Sprintf("## %s\n%s", p.entry.Process, p.entry.About)),
		Width:    jsii.Number(width), Height: jsii.Number(2),
	})
}

// graphs returns the process's row.
func (p process) graphs() []awscloudwatch.IWidget {
	return []awscloudwatch.IWidget{
		graph("Runs", p.metric(naming.MetricRunsCompleted, sum), p.metric(naming.MetricRunsCutShort, sum),
			p.lambda("Errors", sum), p.lambda("Throttles", sum)),
		graph("Customers", p.metric(naming.MetricCustomersSynced, sum), p.metric(naming.MetricCustomersFailed, sum),
			p.metric(naming.MetricCustomersBlocked, sum), p.metric(naming.MetricCustomersNearQuota, maximum)),
		graph("Oldest sync, seconds", p.metric(naming.MetricOldestSyncAgeSeconds, maximum)),
		graph("Records", p.metric(naming.MetricRecordsRead, sum), p.metric(naming.MetricRecordsWritten, sum),
			p.metric(naming.MetricRecordsFailed, sum), p.metric(naming.MetricRecordsHeld, sum)),
		graph("Vendor calls", p.metric(naming.MetricVendorCalls, sum), p.metric(naming.MetricVendorThrottled, sum)),
		graph("Longest run, milliseconds", p.lambda("Duration", maximum)),
	}
}

func graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &metrics, Width: jsii.Number(width / 6), Height: jsii.Number(6),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	})
}
