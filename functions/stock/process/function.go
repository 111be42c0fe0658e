package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function returns the process as a Lambda function.
func Function() lambdahost.Function { return functionWithLimit(maxWrites) }

// functionWithLimit returns the process with a limit on the writes that a part of a plan has.
func functionWithLimit(maxWrites int) lambdahost.Function {
	open := func(d lambdahost.Dependencies) runner.Process[comparison] {
		return &process{Dependencies: d, maxWrites: maxWrites}
	}
	return lambdahost.NewFunction(naming.Stock, open, brake)
}
