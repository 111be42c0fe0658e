// Package naming holds the names that the functions, the deployed stack and the local stack must agree on: processes
// and their schedule, environment variables, metrics, and tables with their keys. It imports the standard library only,
// so that the CDK app can use it without a vendor's client.
package naming

import "time"

// A Process is one direction of the integration. It has a folder under functions, a Lambda function and a switch in the
// settings of a customer; its value is part of the keys of the state table, as in cursor#articles.
type Process string

// The five processes.
const (
	Articles    Process = "articles"
	Stock       Process = "stock"
	SalesOrders Process = "salesorders"
	Shipments   Process = "shipments"
	Suppliers   Process = "suppliers"
)

// DigestProcess is the process whose function also sends the daily mail: it sees what is in the warehouse.
const DigestProcess = Shipments

// Period is the time between two ticks of the schedule.
const Period = 15 * time.Minute

// An Entry is what the stack needs to know about a process.
type Entry struct {
	Process Process
	// Offset is the delay of the tick after each quarter of an hour. Articles go before the orders that need them.
	// Shipments go before stock: an order that becomes Sent reduces the stock in 24SevenOffice, and the stock process
	// must write the final quantity after that.
	Offset time.Duration
	// About describes the process to people in one line.
	About string
}

// Entries lists the processes in the order of their ticks.
func Entries() []Entry {
	return []Entry{
		{
			Process: Articles,
			Offset:  0,
			About:   "products of 24SevenOffice become articles in Ongoing WMS",
		},
		{
			Process: SalesOrders,
			Offset:  3 * time.Minute,
			About:   "confirmed orders of 24SevenOffice become orders in Ongoing WMS",
		},
		{
			Process: Shipments,
			Offset:  6 * time.Minute,
			About:   "orders shipped in Ongoing WMS become Sent in 24SevenOffice",
		},
		{
			Process: Stock,
			Offset:  9 * time.Minute,
			About:   "stock quantities of Ongoing WMS are written to 24SevenOffice if they differ",
		},
		{
			Process: Suppliers,
			Offset:  12 * time.Minute,
			About:   "suppliers of 24SevenOffice become supplier data of the articles in Ongoing WMS",
		},
	}
}

// Environment variables of a function.
const (
	EnvSettingsTable = "SETTINGS_TABLE"
	EnvStateTable    = "STATE_TABLE"
	EnvSecretPrefix  = "SECRET_PREFIX"
	EnvOffice24URL   = "OFFICE24_URL"
	EnvOngoingHosts  = "ONGOING_HOSTS"
	EnvConcurrency   = "CUSTOMER_CONCURRENCY"
	EnvLogLevel      = "LOG_LEVEL"
	// EnvDigestTopic is the SNS topic of the daily mail. Only the function of DigestProcess has it.
	EnvDigestTopic = "DIGEST_TOPIC"
)

// Defaults of the optional environment variables.
const (
	DefaultSecretPrefix = "ongoing24so/"
	DefaultOffice24URL  = "https://api.24sevenoffice.com"
	DefaultOngoingHosts = "*.ongoingsystems.se"
	DefaultConcurrency  = 32
	DefaultLogLevel     = "INFO"
)

// MetricNamespace is the CloudWatch namespace of the metrics, and MetricDimension their dimension. Those for
// which one alarm watches all processes have a second series, whose dimension is MetricFleet with MetricFleetValue.
const (
	MetricNamespace  = "Ongoing24SevenOffice"
	MetricDimension  = "Process"
	MetricFleet      = "Fleet"
	MetricFleetValue = "all"
)

// Metrics; an invocation emits a value of each that is not zero. Most are in its log line as zero, too.
const (
	MetricRunsCompleted        = "RunsCompleted"
	MetricCustomersSynced      = "CustomersSynced"
	MetricCustomersFailed      = "CustomersFailed"
	MetricCustomersBlocked     = "CustomersBlocked"
	MetricRecordsRead          = "RecordsRead"
	MetricRecordsWritten       = "RecordsWritten"
	MetricRecordsFailed        = "RecordsFailed"
	MetricRecordsHeld          = "RecordsHeld"
	MetricRunsCutShort         = "RunsCutShort"
	MetricOldestSyncAgeSeconds = "OldestSyncAgeSeconds"
	MetricVendorCalls          = "VendorCalls"
	MetricVendorThrottled      = "VendorThrottled"
	// MetricCustomersNearQuota counts the customers who have reached 80 % of the calls or bytes that 24SevenOffice
	// includes in its price for a month.
	MetricCustomersNearQuota = "CustomersNearQuota"
	// MetricLatencySeconds has a value for each order: from its confirmation until it is in the warehouse, and from its
	// shipment until it is Sent.
	MetricLatencySeconds = "LatencySeconds"
	// MetricOrdersStuck counts the open orders beyond the age that a customer's settings name, about once an hour, and
	// MetricOrdersNewlyStuck those that have been so for a few hours only.
	MetricOrdersStuck      = "OrdersStuck"
	MetricOrdersNewlyStuck = "OrdersNewlyStuck"
	// MetricCustomersNewlyStopped counts the customers for whom no run has succeeded for an hour to a few hours, and
	// MetricCustomersWithNewFailures those with a failure record as old as that: both leave out what heals by itself
	// and what people have been told already.
	MetricCustomersNewlyStopped    = "CustomersNewlyStopped"
	MetricCustomersWithNewFailures = "CustomersWithNewFailures"
	// MetricUnexplainedDrift counts the records that the daily comparison of everything found to differ although no
	// change was announced.
	MetricUnexplainedDrift = "UnexplainedDrift"
	// MetricOutages is 1 if at least three customers failed, and more than succeeded, in an invocation for all that are
	// due.
	MetricOutages = "Outages"
)

// The key schema of the tables. The settings table has only the partition key. DynamoDB deletes an item of the state
// table some time after the time in its TTL attribute (Unix seconds).
const (
	PartitionKey = "customerId"
	SortKey      = "record"
	TTLAttribute = "expiresAt"
)

// DefaultStack is the name of a stack that its deployment does not name otherwise, and of the local one.
const DefaultStack = "ongoing24so"

// SettingsTable returns the name of a stack's settings table.
func SettingsTable(stack string) string { return stack + "-settings" }

// StateTable returns the name of a stack's state table.
func StateTable(stack string) string { return stack + "-state" }

// Function returns the name of the Lambda function of a process in a stack.
func Function(stack string, p Process) string { return stack + "-" + string(p) }
