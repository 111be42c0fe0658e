package main

import "ongoing24so/functions/stock/process"

func main() { process.Function().Start() }
