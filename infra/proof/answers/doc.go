// Package answers proves that a person who invokes a function, or corrects a setting or a secret, reads in the answer
// what is wrong and where, and whether anything was written.
package answers
