//go:build !race

package guard_test

// many is how many changes a heavy customer has.
const many = 50_000
