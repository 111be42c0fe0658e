package lambdahost

import (
	"math"
	"runtime/debug"
	"strconv"
)

// limitMemory makes the garbage collector work harder before Lambda would kill the process for its size, unless
// GOMEMLIMIT has set a limit, as it does in a deployed stack. The local stack and the proofs rely on this one.
func limitMemory(getenv func(string) string) {
	size, err := strconv.ParseInt(getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), 10, 32)
	if err == nil && size > 0 && debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(size << 20 / 10 * 9)
	}
}
