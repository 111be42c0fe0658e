package process

import (
	"ongoing24so/shared/digest/snsmail"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Function returns the process as a Lambda function.
func Function() lambdahost.Function {
	open := func(d lambdahost.Dependencies) runner.Process[shipment] { return &process{d} }
	return lambdahost.NewFunction(naming.Shipments, open, nil).WithDigest(snsmail.New)
}
