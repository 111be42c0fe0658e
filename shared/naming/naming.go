// Package catalog names what the functions, the stack, the local stack and the operator's command have to agree on:
// the processes, their schedule, the environment variables and the metrics. It imports the standard library only, so
// that the CDK app can use it without drawing in a single vendor's client.
package naming

import "time"

// A Process is one direction of the integration: one folder under functions, one Lambda function, one switch in a
// customer's settings. Its value is also the word in the keys of the state table (cursor#articles).
type Process string

// The five processes.
const (
	Articles    Process = "articles"
	Stock       Process = "stock"
	SalesOrders Process = "salesorders"
	Shipments   Process = "shipments"
	Suppliers   Process = "suppliers"
)

// Period is the time between two ticks of the schedule.
const Period = 15 * time.Minute

// An Entry is what the stack has to know of a process.
type Entry struct {
	Process Process
	// Offset is the tick's delay after the full quarter of an hour. Processes of one customer are staggered: articles
	// go before the orders that need them, and shipments before stock, because an order that becomes Sent in
	// 24SevenOffice takes its goods out of stock there, and the quantity written afterwards has to be the last word.
	Offset time.Duration
	// About says in one line what the process does, for people.
	About string
}

// Entries lists the processes in the order of their ticks.
func Entries() []Entry {
	return []Entry{
		{Articles, 0, "products of 24SevenOffice become articles in Ongoing WMS"},
		{SalesOrders, 3 * time.Minute, "confirmed orders of 24SevenOffice become orders in Ongoing WMS"},
		{Shipments, 6 * time.Minute, "orders shipped in Ongoing WMS become Sent in 24SevenOffice"},
		{Stock, 9 * time.Minute, "stock quantities of Ongoing WMS are written to 24SevenOffice where the two differ"},
		{Suppliers, 12 * time.Minute, "suppliers of 24SevenOffice reach Ongoing WMS on their articles"},
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
)

// Defaults of the environment variables that may be left out.
const (
	DefaultSecretPrefix = "ongoing24so/"
	DefaultOffice24URL  = "https://api.24sevenoffice.com"
	DefaultOngoingHosts = "*.ongoingsystems.se"
	DefaultConcurrency  = 32
)

// MetricNamespace is the CloudWatch namespace, and MetricDimension its only dimension.
const (
	MetricNamespace = "Ongoing24SevenOffice"
	MetricDimension = "Process"
)

// Metrics, one value a process and invocation.
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
)

// The key schema of the tables. The settings table has the partition key alone; DynamoDB removes an item of the state
// table some time after the moment in its TTL attribute (Unix seconds).
const (
	PartitionKey = "customerId"
	SortKey      = "record"
	TTLAttribute = "expiresAt"
)

// SettingsTable returns the name of a stack's settings table, StateTable that of its state table.
func SettingsTable(stack string) string { return stack + "-settings" }
func StateTable(stack string) string    { return stack + "-state" }

// Function returns the name of a process's function in a stack.
func Function(stack string, p Process) string { return stack + "-" + string(p) }
