package main

import (
	"ongoing24so/shared/catalog"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
)

func main() { function(maxWrites).Start() }

// function is the process, with the number of writes that a run plans.
func function(writes int) lambdahost.Function[entry] {
	return lambdahost.Function[entry]{
		Process: catalog.Stock,
		Open:    func(c lambdahost.Customer) runner.Process[entry] { return &process{Customer: c, writes: writes} },
		Policy:  brake,
	}
}
