// Command articles is the Lambda function that writes the products of 24SevenOffice to Ongoing WMS as articles.
package main

import "ongoing24so/functions/articles/process"

func main() { process.Function().Start() }
