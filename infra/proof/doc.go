// Package proof has no code: the packages below it prove what PROOFS.md promises, with the functions themselves
// against simulated vendors.
//
//	answers    what a person reads who invokes a function, or has made a mistake in settings or secret
//	cases      what happens to customers in real life and crosses processes
//	crash      a function is killed at each of its writes
//	faults     every call meets every fault that the simulators know, and every request to DynamoDB every trouble
//	isolation  simultaneous runs, customers in trouble, frozen runs, hosts, secrets and personal data
//	moves      records stay with the company and the goods owner that they belong to
//	model      random stories of people, warehouses, clocks and dying runs, against a small model of what must hold
//
// The tests here compare PROOFS.md with these packages.
package proof
