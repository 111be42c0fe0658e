package localstack

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"

	articles "ongoing24so/functions/articles/process"
	salesorders "ongoing24so/functions/salesorders/process"
	shipments "ongoing24so/functions/shipments/process"
	stock "ongoing24so/functions/stock/process"
	suppliers "ongoing24so/functions/suppliers/process"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// Variables of a function's process.
const (
	envProcess = "LOCAL_PROCESS" // the process that it runs
	envClock   = "LOCAL_CLOCK"   // the file of the clock
)

// backoff is shorter than in the deployed functions, so that nobody has to wait for repeated calls.
const backoff = 50 * time.Millisecond

// RunFunction makes this program one of the five functions if the stack has started it as one. It then does not return.
// A program that starts a stack calls it first: so there is one binary to build, and its functions have the stack's
// clock.
func RunFunction() {
	process := naming.Process(os.Getenv(envProcess))
	if process == "" {
		return
	}
	if err := serveFunction(process, os.Getenv(envClock)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveFunction(process naming.Process, clock string) error {
	function, ok := map[naming.Process]func() lambdahost.Function{
		naming.Articles: articles.Function, naming.SalesOrders: salesorders.Function,
		naming.Shipments: shipments.Function, naming.Stock: stock.Function, naming.Suppliers: suppliers.Function,
	}[process]
	if !ok {
		return fmt.Errorf("%s=%s names no process", envProcess, process)
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return err
	}
	handler, err := function().Handler(lambdahost.Host{
		Getenv: os.Getenv, AWS: cfg, Output: os.Stdout, Backoff: backoff,
		Now: func() time.Time { return time.Now().Add(movedBy(clock)) },
	})
	if err != nil {
		return err
	}
	lambda.Start(func(ctx context.Context, event json.RawMessage) (runner.Result, error) {
		return handler(movedContext{ctx, movedBy(clock)}, event)
	})
	return nil
}
