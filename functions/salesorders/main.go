// Command salesorders is the Lambda function that sends the confirmed orders of 24SevenOffice to Ongoing WMS.
package main

import "ongoing24so/functions/salesorders/process"

func main() { process.Function().Start() }
