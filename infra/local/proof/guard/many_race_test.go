//go:build race

package guard_test

// many is less than elsewhere: the race detector makes the simulators ten times as slow, and they are not what is tested.
const many = 5_000
