package main

import (
	"ongoing24so/shared/catalog"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
)

func main() { function().Start() }

func function() lambdahost.Function[step] {
	return lambdahost.Function[step]{
		Process: catalog.SalesOrders,
		Open:    func(c lambdahost.Customer) runner.Process[step] { return newProcess(c) },
	}
}
