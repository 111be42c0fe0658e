package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// A query is saved in CloudWatch Logs Insights, over the logs of all processes. Whoever runs it chooses the time range.
type query struct {
	id, name, text string
}

// queries returns the saved queries, named by the question that they answer.
func queries() []query {
	return []query{
		{id: "OrderQuery", name: "What happened to order N", text: `# Put the order's number in place of 40557,
# or a product's or a supplier's.
fields @timestamp, process, customer, action, class, reason, runId
| filter key = "40557"
| sort @timestamp desc
| limit 500`},
		{
			id: "FailedQuery", name: "Who has trouble now, since when, and why",
			text: "# The time range need not be longer than the longest interval of a customer.\n" + trouble,
		},
		{id: "DriftQuery", name: "What differed without an announced change", text: `
fields @timestamp, customer, process, records, keys
| filter msg = "drift"
| sort @timestamp desc
| limit 500`},
		{id: "RunQuery", name: "What a run did", text: `# Put the runId of a result or a log line in place of the zeros.
fields @timestamp, level, msg, customer, key, action, outcome, class, reason
| filter runId = "00000000"
| sort @timestamp asc
| limit 10000`},
		{id: "StartsQuery", name: "Cold starts, memory and time", text: starts},
	}
}

// trouble names the customers whose last run did not end well, the newest trouble first. A customer that has recovered
// has a later line that says so.
const trouble = `filter msg = "customer"
| stats latest(outcome) as state, latest(since) as sinceWhen, latest(reason) as why, max(@timestamp) as lastRun
  by customer, process
| filter state in ["partial", "blocked", "failed"]
| sort sinceWhen desc
| limit 500`

// starts reads the report that Lambda itself writes about each invocation.
const starts = `filter type = "platform.report"
| stats count(*) as invocations, count(record.metrics.initDurationMs) as coldStarts,
  max(record.metrics.initDurationMs) as slowestStartMs, max(record.metrics.durationMs) as longestMs,
  max(record.metrics.maxMemoryUsedMB) as mostMemoryMB by @log
| sort @log asc`

func newQueries(stack awscdk.Stack, config Config, processes []process) {
	groups := &[]any{}
	for _, process := range processes {
		*groups = append(*groups, process.logs.LogGroupName())
	}
	for _, query := range queries() {
		awslogs.NewCfnQueryDefinition(stack, jsii.String(query.id), &awslogs.CfnQueryDefinitionProps{
			Name:          jsii.String(config.StackName + "/" + query.name),
			QueryString:   jsii.String(query.text),
			LogGroupNames: groups,
		})
	}
}
