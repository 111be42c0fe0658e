package main

import (
	"ongoing24so/shared/catalog"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
)

func main() { function().Start() }

func function() lambdahost.Function[supplier] {
	return lambdahost.Function[supplier]{
		Process: catalog.Suppliers,
		Open:    func(c lambdahost.Customer) runner.Process[supplier] { return newProcess(c) },
	}
}
