// Command local runs the whole system on one machine: the functions' real binaries under Lambda's Runtime API, an
// embedded DynamoDB, a simulated Secrets Manager, and simulators of 24SevenOffice and Ongoing WMS with four Norwegian
// customers. It needs only Go and leaves only the binaries in dist/local.
//
//	go run ./infra/local demo     # a working day with checks of every step; exits 0 if all checks pass
//	go run ./infra/local serve    # the functions on their schedule until Ctrl-C
//
// With --record, every exchange with the two simulators is written to a folder, one JSON file each.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var commands struct {
		Demo  demoCommand  `cmd:"" help:"Go through a working day and check every step."`
		Serve serveCommand `cmd:"" help:"Run the functions on their schedule until Ctrl-C."`
	}
	parser := kong.Parse(&commands,
		kong.Description("The whole system on one machine, with simulated vendors."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	parser.FatalIfErrorf(parser.Run())
}

// recording is the option of both commands.
type recording struct {
	Record string `help:"Write every exchange with the simulators to this folder." type:"path" placeholder:"FOLDER"`
}
