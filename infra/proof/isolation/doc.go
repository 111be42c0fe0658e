// Package isolation proves that customers are kept apart and that secrets stay inside: what happens when a process runs
// twice, when the holder of a lease sleeps beyond its end, when some of five hundred customers are in every kind of
// trouble, what leaves a function, and which hosts it can be led to. It runs the functions' real binaries.
//
// The long forms, which freeze a process at each of its writes, run with -every (make crashes).
package isolation
