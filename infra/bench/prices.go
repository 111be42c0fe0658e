package main

// A price is a list price of AWS in US dollars, without the free tier.
type price struct {
	name, unit string
	usd        float64
	source     string
}

// The prices are those for Stockholm (eu-north-1) as known on pricesAsOf. AWS publishes them on the named pages and in
// its price list API (aws pricing get-products); check them there before you quote them to anyone.
const pricesAsOf = "2026-11-28"

var (
	lambdaGBSecond = price{"Lambda, arm64, a GB second", "GB s", 0.0000133334, "aws.amazon.com/lambda/pricing"}
	lambdaRequest  = price{"Lambda, a request", "request", 0.20e-6, "aws.amazon.com/lambda/pricing"}
	readUnit       = price{"DynamoDB on demand, a read unit", "unit", 0.1342e-6, "aws.amazon.com/dynamodb/pricing/on-demand"}
	writeUnit      = price{"DynamoDB on demand, a write unit", "unit", 0.671e-6, "aws.amazon.com/dynamodb/pricing/on-demand"}
	tableGB        = price{"DynamoDB, a GB and month", "GB", 0.2688, "aws.amazon.com/dynamodb/pricing/on-demand"}
	recoveryGB     = price{"DynamoDB, point-in-time recovery, a GB and month", "GB", 0.21, "aws.amazon.com/dynamodb/pricing/on-demand"}
	secretCall     = price{"Secrets Manager, a call", "call", 0.05 / 10_000, "aws.amazon.com/secrets-manager/pricing"}
	secretMonth    = price{"Secrets Manager, a secret and month", "secret", 0.40, "aws.amazon.com/secrets-manager/pricing"}
	logGB          = price{"CloudWatch Logs, a GB taken in", "GB", 0.54, "aws.amazon.com/cloudwatch/pricing"}
	logStoredGB    = price{"CloudWatch Logs, a GB stored and month", "GB", 0.0318, "aws.amazon.com/cloudwatch/pricing"}
	metricMonth    = price{"CloudWatch, a custom metric and month", "metric", 0.30, "aws.amazon.com/cloudwatch/pricing"}
	alarmMonth     = price{"CloudWatch, a metric of an alarm and month", "metric", 0.10, "aws.amazon.com/cloudwatch/pricing"}
	dashboardMonth = price{"CloudWatch, a dashboard and month", "dashboard", 3.00, "aws.amazon.com/cloudwatch/pricing"}
	traceRecorded  = price{"X-Ray, a recorded trace", "trace", 5e-6, "aws.amazon.com/xray/pricing"}
	eventDelivered = price{"EventBridge, a scheduled event", "event", 1e-6, "aws.amazon.com/eventbridge/pricing"}
	keyRequest     = price{"KMS, a request for the tables' AWS managed key", "request", 0.03 / 10_000, "aws.amazon.com/kms/pricing"}
	transferGB     = price{"data sent to the internet, a GB", "GB", 0.09, "aws.amazon.com/ec2/pricing/on-demand"}
)

func prices() []price {
	return []price{
		lambdaGBSecond, lambdaRequest, readUnit, writeUnit, tableGB, recoveryGB, secretCall, secretMonth, logGB,
		logStoredGB, metricMonth, alarmMonth, dashboardMonth, traceRecorded, eventDelivered, keyRequest, transferGB,
	}
}
