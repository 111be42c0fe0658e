package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/shared/naming"
)

// data is the two tables: what people decided, and what the functions know.
type data struct {
	settings awsdynamodb.Table // one item a customer, written by people
	state    awsdynamodb.Table // cursors, links, failures, leases, written by the functions and by syncctl
}

func newData(scope constructs.Construct, config Config) data {
	return data{
		settings: newTable(scope, "Settings", config, awsdynamodb.TableProps{
			TableName: jsii.String(naming.SettingsTable(config.StackName)),
		}),
		state: newTable(scope, "State", config, awsdynamodb.TableProps{
			TableName:           jsii.String(naming.StateTable(config.StackName)),
			SortKey:             text(naming.SortKey),
			TimeToLiveAttribute: jsii.String(naming.TTLAttribute),
		}),
	}
}

// newTable adds what both tables share. Capacity is on demand, because a tick is a burst after 15 minutes of silence,
// and has a limit, because an endless loop would cost without one: what is throttled is done at the next tick.
// They are encrypted under the AWS managed key, whose every use CloudTrail shows; credentials are in neither table, so
// that a customer managed key would add rights and cost and protect nothing more. Point-in-time recovery shows what the
// settings were before somebody changed them; who changed them is in CloudTrail's data events.
func newTable(scope constructs.Construct, id string, config Config, props awsdynamodb.TableProps) awsdynamodb.Table {
	props.PartitionKey = text(naming.PartitionKey)
	props.BillingMode = awsdynamodb.BillingMode_PAY_PER_REQUEST
	props.MaxReadRequestUnits = jsii.Number(float64(config.TableUnits))
	props.MaxWriteRequestUnits = jsii.Number(float64(config.TableUnits))
	props.Encryption = awsdynamodb.TableEncryption_AWS_MANAGED
	props.PointInTimeRecoverySpecification = &awsdynamodb.PointInTimeRecoverySpecification{
		PointInTimeRecoveryEnabled: jsii.Bool(true),
	}
	props.DeletionProtection = jsii.Bool(!config.Ephemeral)
	props.RemovalPolicy = keep(config)
	return awsdynamodb.NewTable(scope, jsii.String(id), &props)
}

// keep returns what happens to tables and logs when they leave the stack or the stack is deleted.
func keep(config Config) awscdk.RemovalPolicy {
	if config.Ephemeral {
		return awscdk.RemovalPolicy_DESTROY
	}
	return awscdk.RemovalPolicy_RETAIN
}

func text(attribute string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: jsii.String(attribute), Type: awsdynamodb.AttributeType_STRING}
}
