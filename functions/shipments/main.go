package main

import "ongoing24so/functions/shipments/process"

func main() { process.Function().Start() }
