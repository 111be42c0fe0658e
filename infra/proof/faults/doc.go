// Package faults proves that nothing is lost, duplicated or leaked when a service fails: every call of every process
// meets every fault that the simulators know, once and for good, and so does every request to DynamoDB.
//
// The functions are the real binaries under Lambda's Runtime API. For each case a customer is prepared for a run that
// has one record for each way of writing. The run meets the fault; the fault goes and time passes; the runs that follow
// must end where an undisturbed customer ends. Tables next to the faults state what each fault means (trouble_test.go),
// so that an outcome is stated before it is seen.
//
// The test takes a diagonal through the matrix: each fault and each call, not each pair. With -full (make faults) it
// takes all pairs and prints the table.
package faults
