package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"ongoing24so/infra/checks"
	"ongoing24so/shared/naming"
)

// readBack checks the deployed resources. The expected values are literals and not taken from the template: a mistake
// in the template would otherwise not be found.
func (d *deployment) readBack(ctx context.Context, list *checks.List) error {
	checks.Title("Check the deployed resources")
	d.expectOutputs(list)
	for _, step := range []func(context.Context, *checks.List) error{
		d.expectTables, d.expectFunctions, d.expectRules, d.expectLogs, d.expectResources,
	} {
		if err := step(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

func (d *deployment) expectOutputs(list *checks.List) {
	names := []string{
		"AlarmTopic", "DigestTopic", "DashboardUrl", "FailedEventsQueue", "SecretPrefix", "SettingsTable", "StateTable",
	}
	for _, entry := range naming.Entries() {
		names = append(names, output(entry.Process))
	}
	slices.Sort(names)
	list.Expect("the outputs", slices.Sorted(maps.Keys(d.outputs)), names)
	list.Expect("the prefix of the secrets", d.outputs["SecretPrefix"], secretPrefix)
}

// output returns the name of the output with the name of a process's function.
func output(p naming.Process) string {
	return strings.ToUpper(string(p[:1])) + string(p[1:]) + "Function"
}

func (d *deployment) expectTables(ctx context.Context, list *checks.List) error {
	client := dynamodb.NewFromConfig(d.aws)
	for _, table := range []struct{ output, keys string }{
		{"SettingsTable", "customerId HASH"},
		{"StateTable", "customerId HASH, record RANGE"},
	} {
		name := d.outputs[table.output]
		described, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			return err
		}
		backups, err := client.DescribeContinuousBackups(ctx,
			&dynamodb.DescribeContinuousBackupsInput{TableName: &name})
		if err != nil {
			return err
		}
		list.Expect(name+": keys", keys(described.Table.KeySchema), table.keys)
		list.Expect(name+": billing mode",
			described.Table.BillingModeSummary.BillingMode, types.BillingModePayPerRequest)
		expectKept(list, name+": point-in-time recovery",
			backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus,
			types.PointInTimeRecoveryStatusDisabled, types.PointInTimeRecoveryStatusEnabled)
	}
	name := d.outputs["StateTable"]
	expiry, err := client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return err
	}
	expectKept(list, name+": time-to-live attribute",
		aws.ToString(expiry.TimeToLiveDescription.AttributeName), "", "expiresAt")
	return nil
}

func keys(schema []types.KeySchemaElement) string {
	var texts []string
	for _, element := range schema {
		texts = append(texts, fmt.Sprint(aws.ToString(element.AttributeName), " ", element.KeyType))
	}
	return strings.Join(texts, ", ")
}

func (d *deployment) expectFunctions(ctx context.Context, list *checks.List) error {
	client := lambda.NewFromConfig(d.aws)
	for _, entry := range naming.Entries() {
		name := d.outputs[output(entry.Process)]
		f, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil {
			return err
		}
		list.Expect(name+": runtime, handler, memory, timeout", fmt.Sprintf("%s, %s, %d MiB, %d s",
			f.Runtime, aws.ToString(f.Handler), aws.ToInt32(f.MemorySize), aws.ToInt32(f.Timeout)),
			"provided.al2023, bootstrap, 512 MiB, 840 s")
		expectKept(list, name+": tracing mode",
			f.TracingConfig.Mode, lambdatypes.TracingModePassThrough, lambdatypes.TracingModeActive)
		want := map[string]string{
			"SETTINGS_TABLE": d.outputs["SettingsTable"], "STATE_TABLE": d.outputs["StateTable"],
			"SECRET_PREFIX": secretPrefix,
			"OFFICE24_URL":  d.context["office24Url"], "ONGOING_HOSTS": d.context["ongoingHosts"],
			"CUSTOMER_CONCURRENCY": "32", "LOG_LEVEL": "INFO", "GOMEMLIMIT": "460MiB",
		}
		if entry.Process == naming.DigestProcess {
			want["DIGEST_TOPIC"] = d.outputs["DigestTopic"]
		}
		list.Expect(name+": environment", f.Environment.Variables, want)
	}
	return nil
}

// expectRules checks the schedule: when each process starts, with which events, and that it is permitted to.
func (d *deployment) expectRules(ctx context.Context, list *checks.List) error {
	functions := lambda.NewFromConfig(d.aws)
	for _, entry := range naming.Entries() {
		rules, err := d.rules(ctx, entry.Process)
		if err != nil {
			return err
		}
		name := d.outputs[output(entry.Process)]
		policy, err := functions.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &name})
		if err != nil {
			return err
		}
		var inputs []string
		for _, rule := range rules {
			list.Expect(rule.name+": schedule", rule.schedule,
				fmt.Sprintf("ENABLED cron(%d/15 * * * ? *)", int(entry.Offset.Minutes())))
			list.Expect(rule.name+": target", rule.functions, []string{name})
			list.Expect(rule.name+": is permitted to invoke it",
				strings.Contains(aws.ToString(policy.Policy), rule.arn), true)
			inputs = append(inputs, rule.inputs...)
		}
		list.Expect(string(entry.Process)+": events", inputs,
			[]string{`{"segment":0,"segments":2}`, `{"segment":1,"segments":2}`})
	}
	return nil
}

// A rule is a rule of EventBridge with the events of its targets.
type rule struct {
	name, arn, schedule string
	functions           []string // targets, each named once
	inputs              []string
}

// rules returns the rules of a process, sorted by name.
func (d *deployment) rules(ctx context.Context, p naming.Process) ([]rule, error) {
	client := eventbridge.NewFromConfig(d.aws)
	prefix := stackName + "-" + string(p) + "-"
	listed, err := client.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: &prefix})
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, one := range listed.Rules {
		r := rule{name: aws.ToString(one.Name), arn: aws.ToString(one.Arn),
			schedule: string(one.State) + " " + aws.ToString(one.ScheduleExpression)}
		targets, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: one.Name})
		if err != nil {
			return nil, err
		}
		for _, target := range targets.Targets {
			arn := aws.ToString(target.Arn)
			r.functions = append(r.functions, arn[strings.LastIndex(arn, ":")+1:])
			r.inputs = append(r.inputs, aws.ToString(target.Input))
		}
		r.functions = slices.Compact(r.functions)
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b rule) int { return strings.Compare(a.name, b.name) })
	return rules, nil
}

func (d *deployment) expectLogs(ctx context.Context, list *checks.List) error {
	groups, err := cloudwatchlogs.NewFromConfig(d.aws).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String("/aws/lambda/" + stackName + "-"),
	})
	if err != nil {
		return err
	}
	got, want := map[string]int32{}, map[string]int32{}
	for _, group := range groups.LogGroups {
		got[aws.ToString(group.LogGroupName)] = aws.ToInt32(group.RetentionInDays)
	}
	for _, entry := range naming.Entries() {
		want["/aws/lambda/"+d.outputs[output(entry.Process)]] = 90
	}
	list.Expect("each function has a log group that keeps logs for 90 days", got, want)
	return nil
}

// expectResources checks that the queue, the topics, the rule of the daily mail and the dashboard exist, and lists the
// resources that the emulator has not kept, which the rehearsal therefore cannot check.
func (d *deployment) expectResources(ctx context.Context, list *checks.List) error {
	kept, err := d.resources(ctx)
	if err != nil {
		return err
	}
	for _, one := range []struct{ kind, name string }{
		{"AWS::SQS::Queue", stackName + "-failed-events"},
		{"AWS::SNS::Topic", stackName + "-alarms"},
		{"AWS::SNS::Topic", stackName + "-digest"},
		{"AWS::Events::Rule", stackName + "-digest"},
		{"AWS::CloudWatch::Dashboard", stackName + "-" + region},
	} {
		exists := slices.ContainsFunc(kept[one.kind], func(id string) bool { return strings.HasSuffix(id, one.name) })
		list.Expect(one.name+" exists", exists, true)
	}
	template, err := d.template()
	if err != nil {
		return err
	}
	given := map[string]int{}
	for _, resource := range template.Resources {
		given[resource.Type]++
	}
	for _, kind := range slices.Sorted(maps.Keys(given)) {
		if lost := given[kind] - len(kept[kind]); lost > 0 {
			checks.Note(fmt.Sprintf("not kept by this emulator: %d of %d %s", lost, given[kind], kind))
		}
	}
	return nil
}

// resources returns the ids of the stack's resources by type.
func (d *deployment) resources(ctx context.Context) (map[string][]string, error) {
	kept := map[string][]string{}
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(d.aws),
		&cloudformation.ListStackResourcesInput{StackName: aws.String(stackName)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, resource := range page.StackResourceSummaries {
			kind := aws.ToString(resource.ResourceType)
			kept[kind] = append(kept[kind], aws.ToString(resource.PhysicalResourceId))
		}
	}
	return kept, nil
}

// A template is the part of the deployed template that the rehearsal reads.
type template struct {
	Resources map[string]struct {
		Type       string
		Properties struct {
			FunctionName any
			Code         struct{ S3Key string }
		}
	}
}

func (d *deployment) template() (t template, err error) {
	text, err := os.ReadFile(filepath.Join(d.folder, "cdk.out", stackName+".template.json"))
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(text, &t)
}

// expectNothingLeft checks that an ephemeral stack leaves no table and no function.
func (d *deployment) expectNothingLeft(ctx context.Context, list *checks.List) error {
	tables := dynamodb.NewFromConfig(d.aws)
	for _, name := range []string{"SettingsTable", "StateTable"} {
		_, err := tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(d.outputs[name])})
		gone := new(types.ResourceNotFoundException)
		list.Expect(d.outputs[name]+" is deleted", errors.As(err, &gone), true)
	}
	functions, err := lambda.NewFromConfig(d.aws).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil {
		return err
	}
	left := 0
	for _, f := range functions.Functions {
		if strings.HasPrefix(aws.ToString(f.FunctionName), stackName+"-") {
			left++
		}
	}
	list.Expect("no function is left", left, 0)
	return nil
}
