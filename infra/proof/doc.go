// Package proof has no code of its own: the packages below it prove what the README promises, with the functions' real
// binaries on the testbed.
//
//	crash    a function is killed at each of its writes
//	faults   every call meets every fault that the simulators know, and every request to DynamoDB every trouble
//	guard    runs at the same time, customers in trouble, frozen runs, hosts, secrets and personal data
//	model    random stories of people, warehouses, clocks and runs that die, against a small model of what must hold
//
// The tests here hold the README's section "What can go wrong, and what then" against them.
package proof
