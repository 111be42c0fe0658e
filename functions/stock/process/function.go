package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function returns the process as a Lambda function.
func Function() lambdahost.Function { return functionWithLimits(maxWrites, batchSize) }

// functionWithLimits returns the process with limits on the writes that a part of a plan has, and on the articles that
// are compared at once.
func functionWithLimits(maxWrites, batchSize int) lambdahost.Function {
	open := func(d lambdahost.Dependencies) runner.Process[comparison] {
		return &process{Dependencies: d, maxWrites: maxWrites, batchSize: batchSize}
	}
	return lambdahost.NewFunction(naming.Stock, open, brake)
}
