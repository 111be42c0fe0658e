// Command suppliers is the Lambda function that writes the suppliers of 24SevenOffice to Ongoing WMS.
package main

import "ongoing24so/functions/suppliers/process"

func main() { process.Function().Start() }
