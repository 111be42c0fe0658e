package main

import (
	"ongoing24so/shared/catalog"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
)

func main() { function().Start() }

func function() lambdahost.Function[shipment] {
	return lambdahost.Function[shipment]{
		Process: catalog.Shipments,
		Open:    func(c lambdahost.Customer) runner.Process[shipment] { return &process{c} },
	}
}
