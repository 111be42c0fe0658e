package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function is the process as a Lambda function.
func Function() lambdahost.Function { return function(defaultLimits) }

// function is the process with limits of its own, which a test can reach.
func function(l limits) lambdahost.Function {
	open := func(c lambdahost.Dependencies) runner.Process[step] { return newProcess(c, l) }
	return lambdahost.NewFunction(naming.SalesOrders, open, nil)
}
