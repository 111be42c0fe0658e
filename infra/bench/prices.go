package main

// A price is a list price of AWS in US dollars, without the free tier.
type price struct {
	name   string
	usd    float64
	source string
}

// The prices are those for Stockholm (eu-north-1) as known on pricesAsOf. AWS publishes them on the named pages and in
// its price list API (aws pricing get-products); check them there before you quote them to anyone.
const (
	pricesAsOf = "2026-11-28"

	dynamoDBPage   = "aws.amazon.com/dynamodb/pricing/on-demand"
	cloudWatchPage = "aws.amazon.com/cloudwatch/pricing"
	secretsPage    = "aws.amazon.com/secrets-manager/pricing"
)

var (
	lambdaGBSecond = price{"Lambda, arm64, a GB second", 0.0000133334, "aws.amazon.com/lambda/pricing"}
	lambdaRequest  = price{"Lambda, a request", 0.20e-6, "aws.amazon.com/lambda/pricing"}
	readUnit       = price{"DynamoDB on demand, a read unit", 0.1342e-6, dynamoDBPage}
	writeUnit      = price{"DynamoDB on demand, a write unit", 0.671e-6, dynamoDBPage}
	tableGB        = price{"DynamoDB, a GB and month", 0.2688, dynamoDBPage}
	recoveryGB     = price{"DynamoDB, point-in-time recovery, a GB and month", 0.21, dynamoDBPage}
	secretCall     = price{"Secrets Manager, a call", 0.05 / 10_000, secretsPage}
	secretMonth    = price{"Secrets Manager, a secret and month", 0.40, secretsPage}
	logGB          = price{"CloudWatch Logs, a GB taken in", 0.54, cloudWatchPage}
	logStoredGB    = price{"CloudWatch Logs, a GB stored and month", 0.0318, cloudWatchPage}
	metricMonth    = price{"CloudWatch, a custom metric and month", 0.30, cloudWatchPage}
	alarmMonth     = price{"CloudWatch, a metric of an alarm and month", 0.10, cloudWatchPage}
	dashboardMonth = price{"CloudWatch, a dashboard and month", 3.00, cloudWatchPage}
	traceRecorded  = price{"X-Ray, a recorded trace", 5e-6, "aws.amazon.com/xray/pricing"}
	eventDelivered = price{"EventBridge, a scheduled event", 1e-6, "aws.amazon.com/eventbridge/pricing"}
	keyRequest     = price{"KMS, a request for the tables' key", 0.03 / 10_000, "aws.amazon.com/kms/pricing"}
	transferGB     = price{"data sent to the internet, a GB", 0.09, "aws.amazon.com/ec2/pricing/on-demand"}
)

func prices() []price {
	return []price{
		lambdaGBSecond, lambdaRequest, readUnit, writeUnit, tableGB, recoveryGB, secretCall, secretMonth, logGB,
		logStoredGB, metricMonth, alarmMonth, dashboardMonth, traceRecorded, eventDelivered, keyRequest, transferGB,
	}
}
