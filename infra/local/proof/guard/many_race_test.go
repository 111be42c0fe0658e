//go:build race

package guard_test

// many is 0: no heavy customer. The race detector makes the simulators ten times as slow, and they are not what is tested.
const many = 0
