package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// Statistics of the metrics in alarms and dashboard.
const (
	sum     = "Sum"
	maximum = "Maximum"
)

// metric returns one of the process's own metrics, one data point a period.
func (p process) metric(name, statistic string) awscloudwatch.Metric {
	return metricOf(p.entry.Process, name, statistic)
}

func metricOf(process naming.Process, name, statistic string) awscloudwatch.Metric {
	return ownMetric(name, statistic, naming.MetricDimension, string(process))
}

// fleetMetric returns one of the metrics over all processes, one data point a period.
func fleetMetric(name, statistic string) awscloudwatch.Metric {
	return ownMetric(name, statistic, naming.MetricFleet, naming.MetricFleetValue)
}

func ownMetric(name, statistic, dimension, value string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String(naming.MetricNamespace),
		MetricName:    jsii.String(name),
		DimensionsMap: &map[string]*string{dimension: jsii.String(value)},
		Statistic:     jsii.String(statistic),
		Period:        seconds(naming.Period),
	})
}

// lambda returns one of the metrics that Lambda publishes about the function.
func (p process) lambda(name, statistic string) awscloudwatch.Metric {
	return p.function.Metric(jsii.String(name), &awscloudwatch.MetricOptions{
		Statistic: jsii.String(statistic),
		Period:    seconds(naming.Period),
	})
}
