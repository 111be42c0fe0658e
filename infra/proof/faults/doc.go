// Package faults is the proof that nothing is lost, doubled or leaked when a service fails: every call of every process
// meets every fault that the simulators know, once and for good, and so does every request to DynamoDB.
//
// The functions are the real binaries under Lambda's Runtime API. For each case a customer of its own is brought to the
// moment before a run in which there is one record for each way of writing; the run meets the fault; the fault goes, time
// passes, and the runs that follow have to end where a customer ends that was never disturbed. What each fault has to mean
// stands in tables beside the faults (trouble_test.go), so that an outcome is stated before it is seen.
//
// The test takes a diagonal through the matrix: each fault and each call, not each pair. With -full (make faults) it takes
// all, and prints the table.
package faults
