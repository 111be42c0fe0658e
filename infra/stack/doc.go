// Package stack describes what exists in AWS: two tables, five functions on a schedule, and everything that shows
// people how they are doing.
//
// Each process of package naming has a function with its role, log group and schedule (process.go, schedule.go). The
// processes share the settings and the state table (data.go), one queue for events that could not be handled
// (failed.go), one topic for alarms (alarms.go), one dashboard and a few saved queries (dashboard.go, queries.go).
//
// Scaling out needs no engine. With segments in the context, each tick starts a process that many times, each
// invocation with its segment of a parallel scan of the settings table.
//
// Names are fixed: <stackName>-<process> and so on. A person can type them, IAM policies can name them, and the next
// stack can take back tables that outlived a deleted one (cdk deploy --import-existing-resources); with generated names
// it would silently start with empty tables.
//
// The metrics name the process and not the stack. Two stacks in one region of one account would therefore read each
// other's figures: deploy a stack for tests to another region or account.
package stack
