package main

import (
	"ongoing24so/shared/articles"
	"ongoing24so/shared/catalog"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/runner"
)

func main() { function().Start() }

func function() lambdahost.Function[articles.Write] {
	return lambdahost.Function[articles.Write]{
		Process: catalog.Articles,
		Open:    func(c lambdahost.Customer) runner.Process[articles.Write] { return newProcess(c) },
	}
}
