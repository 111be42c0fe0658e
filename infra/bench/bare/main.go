// Command bare is a Lambda function that does nothing. The size and the start of the functions are compared with it.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() error { return nil }) }
