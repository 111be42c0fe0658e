package main

import "ongoing24so/functions/suppliers/process"

func main() { process.Function().Start() }
