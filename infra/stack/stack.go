package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// New adds the stack to an app. The binaries are taken from dist/<process>/bootstrap; the error names one that is
// missing or built for an architecture that Lambda does not offer.
//
// Account and region are those of whoever deploys: the template is the same for all.
func New(scope constructs.Construct, config Config, dist string) (awscdk.Stack, error) {
	builds, err := findBuilds(dist)
	if err != nil {
		return nil, err
	}
	stack := awscdk.NewStack(scope, jsii.String(config.StackName), &awscdk.StackProps{
		Description: jsii.String("Integration of 24SevenOffice with Ongoing WMS"),
		// Tables and logs outlive a deleted stack, but not the schedule: nothing would be synchronised any more.
		TerminationProtection: jsii.Bool(!config.Ephemeral),
	})
	awscdk.Tags_Of(stack).Add(jsii.String("application"), jsii.String(config.StackName), nil)
	data := newData(stack, config)
	failed := newFailedEvents(stack, config)
	mails := newMails(stack, config)

	var processes []process
	for _, entry := range naming.Entries() {
		process := newProcess(stack, entry, builds[entry.Process], config, data, failed, mails)
		process.schedule(config, failed)
		processes = append(processes, process)
	}
	alarms := newAlarms(stack, config, processes, failed, mails.alarms)
	newQueries(stack, config, processes)
	dashboard := newDashboard(stack, config, data, processes, alarms)

	output(stack, "SettingsTable", data.settings.TableName())
	output(stack, "StateTable", data.state.TableName())
	for _, process := range processes {
		output(stack, process.title()+"Function", process.function.FunctionName())
	}
	output(stack, "SecretPrefix", jsii.String(config.SecretPrefix))
	output(stack, "AlarmTopic", mails.alarms.TopicArn())
	output(stack, "DigestTopic", mails.digest.TopicArn())
	output(stack, "FailedEventsQueue", failed.QueueUrl())
	output(stack, "DashboardUrl", dashboard)
	return stack, nil
}

// output makes a value readable by name after a deployment.
func output(stack awscdk.Stack, name string, value *string) {
	awscdk.NewCfnOutput(stack, jsii.String(name), &awscdk.CfnOutputProps{Value: value})
}

// A finding is one of cdk-nag's AWS Solutions checks that is accepted, and why. appliesTo names the one that is meant
// if a rule finds several.
type finding struct {
	rule, appliesTo, reason string
}

// accept records the findings in the template, in the form that cdk-nag itself writes, so that only the tests need
// cdk-nag.
func accept(construct constructs.Construct, findings ...finding) {
	var suppressions []any
	for _, finding := range findings {
		suppression := map[string]any{"id": finding.rule, "reason": finding.reason}
		if finding.appliesTo != "" {
			suppression["appliesTo"] = []string{finding.appliesTo}
		}
		suppressions = append(suppressions, suppression)
	}
	resource := construct.Node().DefaultChild().(awscdk.CfnResource)
	resource.AddMetadata(jsii.String("cdk_nag"), map[string]any{"rules_to_suppress": suppressions})
}
