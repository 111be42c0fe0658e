// Command rehearse deploys the stack to an emulator of AWS, as make deploy does to AWS, and runs one tick of it:
//
//	make rehearse                     # with moto_server, if installed, or the emulator at AWS_ENDPOINT_URL
//	make rehearse REHEARSE=required   # fails if there is no emulator
//
// These are real: the binaries, the CDK app, the CDK CLI with its bootstrap, assets and CloudFormation calls, the
// settings item and the secret as SETTINGS.md and DEPLOY.md describe them, the functions' environment, and the events
// of the rules.
// These are not: AWS, the machine that a function runs on, the clock that starts it, and the two vendors, which are
// simulated. The emulator keeps less than it is given; the output lists what it did not keep. Nothing enforces
// permissions: infra/stack checks them on the template.
//
// Everything is created in a temporary folder and removed at the end, including the deployed stack.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"ongoing24so/infra/checks"
)

type options struct {
	CDK      string `name:"cdk" help:"The CDK CLI, as an npm package." required:"" placeholder:"PACKAGE@VERSION"`
	Endpoint string `help:"Address of a running emulator on this machine." env:"AWS_ENDPOINT_URL" placeholder:"URL"`
	Required bool   `help:"Fail if something is missing, instead of skipping the rehearsal."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var o options
	kong.Parse(&o, kong.Description("Deploy the stack to an emulator of AWS and run one tick of it."))
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rehearse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if missing := o.missing(); missing != nil && o.Required {
		return missing
	} else if missing != nil {
		fmt.Println("skipped:", missing)
		return nil
	}
	began, list := time.Now(), &checks.List{}
	if err := rehearse(ctx, o, list); err != nil {
		return err
	}
	return list.Finish(began)
}

// missing returns why this machine cannot run the rehearsal, or nil.
func (o options) missing() error {
	if runtime.GOOS != "linux" {
		return errors.New("this machine runs " + runtime.GOOS + ", but the functions are built for Linux")
	}
	if _, err := exec.LookPath("npx"); err != nil {
		return errors.New("npx is not installed; it comes with Node and runs the CDK CLI")
	}
	if _, err := exec.LookPath(moto); err != nil && o.Endpoint == "" {
		return errors.New("there is no emulator of AWS; install " + moto + " or set AWS_ENDPOINT_URL")
	}
	return nil
}

// rehearse deploys to an empty account, runs a tick and deletes everything again.
func rehearse(ctx context.Context, o options, list *checks.List) (err error) {
	emulator, err := findEmulator(ctx, o.Endpoint)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, emulator.stop()) }()
	vendors, err := startVendors()
	if err != nil {
		return err
	}
	defer vendors.Close()
	d, err := newDeployment(ctx, o.CDK, emulator, vendors)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()

	if err := d.deploy(ctx); err != nil {
		return err
	}
	if err := d.readBack(ctx, list); err != nil {
		return err
	}
	if err := d.operate(ctx, vendors, list); err != nil {
		return err
	}
	return d.destroy(ctx, list)
}

// expectKept checks something that an emulator may not keep. If it has kept nothing of it, there is no check.
func expectKept(list *checks.List, what string, got, nothing, want any) {
	if fmt.Sprint(got) == fmt.Sprint(nothing) {
		checks.Note("not kept by this emulator: " + what)
		return
	}
	list.Expect(what, got, want)
}
