package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function is the process as a Lambda function.
func Function() lambdahost.Function { return function(maxWrites) }

// function is the process with the number of writes that a run plans.
func function(writes int) lambdahost.Function {
	open := func(c lambdahost.Dependencies) runner.Process[entry] {
		return &process{Dependencies: c, writes: writes}
	}
	return lambdahost.NewFunction(naming.Stock, open, brake)
}
