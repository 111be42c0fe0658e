package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function is the process as a Lambda function.
func Function() lambdahost.Function {
	open := func(d lambdahost.Dependencies) runner.Process[payload] { return newProcess(d) }
	return lambdahost.NewFunction(naming.Suppliers, open, nil)
}
