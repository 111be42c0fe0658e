package process

import (
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function is the process as a Lambda function.
func Function() lambdahost.Function {
	open := func(c lambdahost.Dependencies) runner.Process[shipment] { return &process{c} }
	return lambdahost.NewFunction(naming.Shipments, open, nil)
}
