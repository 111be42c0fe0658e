// Command stock is the Lambda function that writes Ongoing's stock quantities to 24SevenOffice.
package main

import "ongoing24so/functions/stock/process"

func main() { process.Function().Start() }
