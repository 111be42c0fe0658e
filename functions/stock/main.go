package main

import (
	"ongoing24so/shared/catalog"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
)

func main() { function().Start() }

func function() lambdahost.Function[entry] {
	return lambdahost.Function[entry]{
		Process: catalog.Stock,
		Open:    func(c lambdahost.Customer) runner.Process[entry] { return &process{c} },
		Policy:  brake,
	}
}
