package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
)

// Function is the process as a Lambda function.
func Function() lambdahost.Function { return function(defaultLimits) }

// function is the process with limits that a test can reach.
func function(limits planner.Limits) lambdahost.Function {
	open := func(d lambdahost.Dependencies) runner.Process[payload] { return newProcess(d, limits) }
	return lambdahost.NewFunction(naming.SalesOrders, open, nil)
}
