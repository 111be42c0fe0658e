// Package moves proves that a customer's records stay with the company and the goods owner that they belong to: when
// settings, secret or login lead elsewhere, when a customer moves and moves back, and when two customers want the same
// goods owner. It runs all five processes.
package moves
