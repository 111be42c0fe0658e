// Command sample is a Lambda function that does what its event asks for.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct{ Do, Text string }

func main() {
	if os.Getenv("START") == "slow" {
		time.Sleep(time.Minute)
	}
	if os.Getenv("START") == "crash" {
		fmt.Fprintln(os.Stderr, "cannot start")
		os.Exit(3)
	}
	count := 0
	lambda.Start(func(ctx context.Context, e event) (map[string]string, error) {
		count++
		fmt.Printf("event %d: %s\n", count, e.Do)
		switch e.Do {
		case "fail":
			return nil, errors.New(e.Text)
		case "panic":
			panic(e.Text)
		case "exit":
			os.Exit(4)
		case "sleep":
			os.WriteFile(e.Text, nil, 0o600) // signals to the test that the event has arrived
			time.Sleep(time.Minute)
		case "large":
			return map[string]string{"text": strings.Repeat("x", 7<<20)}, nil
		}
		deadline, _ := ctx.Deadline()
		lc, _ := lambdacontext.FromContext(ctx)
		return map[string]string{
			"text":     e.Text,
			"left":     time.Until(deadline).Round(time.Minute).String(),
			"request":  lc.AwsRequestID,
			"arn":      lc.InvokedFunctionArn,
			"trace":    os.Getenv("_X_AMZN_TRACE_ID"),
			"function": os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
			"memory":   os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
			"given":    os.Getenv("GIVEN"),
			"home":     os.Getenv("HOME"),
		}, nil
	})
}
