// Command local runs the whole system on one machine: the five functions as processes under Lambda's Runtime API, an
// embedded DynamoDB, a simulated Secrets Manager, and simulators of 24SevenOffice and Ongoing WMS with four Norwegian
// merchants. It needs only Go and leaves only what is in dist/local.
//
//	make local     # a page on which both systems can be used, and the functions on their schedule, until Ctrl-C
//	make demo      # a working day with checks of every step; exits 0 if all checks pass
//
// Where things are:
//
//   - localstack: the servers, the functions, the clock, the schedule, and what has changed.
//   - workday: the four merchants, and the seven steps of the demo and of the tour.
//   - acts: what people do in both systems, what can break, and the incidents made of that.
//   - web: the page, and the control route that does the same by HTTP.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"ongoing24so/infra/local/localstack"
)

func main() {
	localstack.RunFunction()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var commands struct {
		Demo  demoCommand  `cmd:"" help:"Go through a working day and check every step."`
		Serve serveCommand `cmd:"" help:"Serve the page and run the functions on their schedule until Ctrl-C."`
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
