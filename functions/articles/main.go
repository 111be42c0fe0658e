package main

import "ongoing24so/functions/articles/process"

func main() { process.Function().Start() }
