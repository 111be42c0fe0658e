// Package stack describes what stands in AWS: two tables, five functions on a schedule, and everything that tells people
// how they are doing.
//
// Each entry of the catalogue becomes one process (process.go): a function with a role, a log group and a schedule of its
// own. They share the settings and the state table (data.go), one queue for events that nobody could handle (failed.go),
// one topic for alarms (alarms.go), one dashboard and a few saved queries (dashboard.go, queries.go).
//
// There is no engine for scaling out. With segments in the context, each tick starts a process that many times, each
// invocation with its segment of a parallel scan of the settings table (schedule.go).
//
// Names are fixed: <stackName>-<process> and so on. A person can type them, rules of rights can name them, and tables
// that outlived a deleted stack can be taken back by the next one (cdk deploy --import-existing-resources) where generated
// names would silently start it with empty tables.
//
// The metrics know the process and not the stack. Two stacks in one region of one account would therefore look at each
// other's figures: a stack for tests goes to another region or account.
package stack
