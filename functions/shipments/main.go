// Command shipments is the Lambda function that books in 24SevenOffice what was shipped in Ongoing WMS.
package main

import "ongoing24so/functions/shipments/process"

func main() { process.Function().Start() }
