// Package prices has the list prices of AWS that the cost of the integration is computed with.
package prices

// A Price is a list price of AWS in US dollars, without the free tier.
type Price struct {
	Name   string
	USD    float64
	Source string
}

// The prices are those for Stockholm (eu-north-1) as known on AsOf. AWS publishes them on the named pages and in
// its price list API (aws pricing get-products); check them there before you quote them to anyone.
const (
	AsOf = "2026-11-28"

	dynamoDBPage   = "aws.amazon.com/dynamodb/pricing/on-demand"
	cloudWatchPage = "aws.amazon.com/cloudwatch/pricing"
	secretsPage    = "aws.amazon.com/secrets-manager/pricing"
)

// The prices.
var (
	LambdaGBSecond = Price{"Lambda, arm64, a GB second", 0.0000133334, "aws.amazon.com/lambda/pricing"}
	LambdaRequest  = Price{"Lambda, a request", 0.20e-6, "aws.amazon.com/lambda/pricing"}
	ReadUnit       = Price{"DynamoDB on demand, a read unit", 0.1342e-6, dynamoDBPage}
	WriteUnit      = Price{"DynamoDB on demand, a write unit", 0.671e-6, dynamoDBPage}
	TableGB        = Price{"DynamoDB, a GB and month", 0.2688, dynamoDBPage}
	RecoveryGB     = Price{"DynamoDB, point-in-time recovery, a GB and month", 0.21, dynamoDBPage}
	SecretCall     = Price{"Secrets Manager, a call", 0.05 / 10_000, secretsPage}
	SecretMonth    = Price{"Secrets Manager, a secret and month", 0.40, secretsPage}
	LogGB          = Price{"CloudWatch Logs, a GB taken in", 0.54, cloudWatchPage}
	LogStoredGB    = Price{"CloudWatch Logs, a GB stored and month", 0.0318, cloudWatchPage}
	MetricMonth    = Price{"CloudWatch, a custom metric and month", 0.30, cloudWatchPage}
	AlarmMonth     = Price{"CloudWatch, a metric of an alarm and month", 0.10, cloudWatchPage}
	CompositeMonth = Price{"CloudWatch, a composite alarm and month", 0.50, cloudWatchPage}
	DashboardMonth = Price{"CloudWatch, a dashboard and month", 3.00, cloudWatchPage}
	TraceRecorded  = Price{"X-Ray, a recorded trace", 5e-6, "aws.amazon.com/xray/pricing"}
	EventDelivered = Price{"EventBridge, a scheduled event", 1e-6, "aws.amazon.com/eventbridge/pricing"}
	KeyRequest     = Price{"KMS, a request for the tables' key", 0.03 / 10_000, "aws.amazon.com/kms/pricing"}
	TransferGB     = Price{"data sent to the internet, a GB", 0.09, "aws.amazon.com/ec2/pricing/on-demand"}
)

// All returns all prices.
func All() []Price {
	return []Price{
		LambdaGBSecond, LambdaRequest, ReadUnit, WriteUnit, TableGB, RecoveryGB, SecretCall, SecretMonth, LogGB,
		LogStoredGB, MetricMonth, AlarmMonth, CompositeMonth, DashboardMonth, TraceRecorded, EventDelivered,
		KeyRequest, TransferGB,
	}
}
