// Package cases tells what happens to customers in real life and crosses processes: goods owners that were in use
// before us, moves, numbers that change hands, back orders, returns, cancellations. All five processes run on their
// schedule, against simulated vendors; what must hold is that nothing is taken for something else, and that each order
// ends either booked or as a record that says what a person can do.
package cases
