package main

import "ongoing24so/functions/salesorders/process"

func main() { process.Function().Start() }
