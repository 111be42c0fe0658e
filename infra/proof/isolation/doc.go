// Package isolation holds the tests that keep customers apart and secrets in: what happens when a process runs twice, when
// the holder of a lease sleeps past its end, when some of five hundred customers are in every kind of trouble, what
// leaves a function and what it can be led to. They run the functions' real binaries against the testbed.
//
// The long forms, which freeze a process at each of its writes, run with -every (make crashes).
package isolation
