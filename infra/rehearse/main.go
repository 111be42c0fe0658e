// Command rehearse deploys the stack to an emulator of AWS, as make deploy would to AWS, and runs one tick of it:
//
//	make rehearse                     # with moto_server, if that is installed, or the emulator at AWS_ENDPOINT_URL
//	make rehearse REHEARSE=required   # and fails where there is none
//
// What is real: the binaries, the CDK app, the CDK CLI with its bootstrap, its assets and its CloudFormation calls, the
// settings item and the secret as the README has an operator write them, the environment of the functions, the events of
// the rules. What is not: AWS (an emulator keeps less than it is given, and what it did not keep is listed), the machine
// that a function runs on, the clock that starts it, and the two vendors, which are simulated. Nothing enforces rights:
// those are checked on the template, in infra/stack.
//
// Everything is made in a folder of its own and gone afterwards, the deployed stack included.
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
)

type options struct {
	CDK      string `name:"cdk" help:"The CDK CLI as npx knows it." required:"" placeholder:"PACKAGE@VERSION"`
	Endpoint string `help:"Address of an emulator that runs already, on this machine." env:"AWS_ENDPOINT_URL" placeholder:"URL"`
	Required bool   `help:"Fail where something is missing, instead of leaving the rehearsal out."`
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
		fmt.Println("left out:", missing)
		return nil
	}
	began, checks := time.Now(), &checklist{}
	if err := rehearse(ctx, o, checks); err != nil {
		return err
	}
	fmt.Printf("\n%d of %d checks passed, in %v\n", checks.passed, checks.passed+checks.failed, time.Since(began).Round(time.Second))
	if checks.failed > 0 {
		return fmt.Errorf("%d checks failed", checks.failed)
	}
	return nil
}

// missing is why there can be no rehearsal on this machine.
func (o options) missing() error {
	if runtime.GOOS != "linux" {
		return errors.New("functions are built for Linux, and this is " + runtime.GOOS)
	}
	if _, err := exec.LookPath("npx"); err != nil {
		return errors.New("there is no npx, which comes with Node and runs the CDK CLI")
	}
	if _, err := exec.LookPath(moto); err != nil && o.Endpoint == "" {
		return errors.New("there is no emulator of AWS: neither " + moto + " nor an address in AWS_ENDPOINT_URL")
	}
	return nil
}

// rehearse goes from an empty account to a tick and back to an empty account.
func rehearse(ctx context.Context, o options, checks *checklist) (err error) {
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
	if err := d.readBack(ctx, checks); err != nil {
		return err
	}
	if err := d.operate(ctx, vendors, checks); err != nil {
		return err
	}
	return d.destroy(ctx, checks)
}

// A checklist counts and prints.
type checklist struct{ passed, failed int }

// expect is one check: what is, and what it should be.
func (c *checklist) expect(what string, got, want any) {
	is, should := fmt.Sprint(got), fmt.Sprint(want)
	if is == should {
		c.passed++
		if is != "true" && is != "" {
			what += ": " + is
		}
		fmt.Println("  ✓", shorten(what))
		return
	}
	c.failed++
	fmt.Printf("  ✗ %s:\n      is        %q\n      should be %q\n", what, is, should)
}

// expectKept is a check of what an emulator need not keep: with nothing, none of it is known.
func (c *checklist) expectKept(what string, got, nothing, want any) {
	if fmt.Sprint(got) == fmt.Sprint(nothing) {
		fmt.Println("  · not kept by this emulator:", what)
		return
	}
	c.expect(what, got, want)
}

// shorten cuts a text for one line of output.
func shorten(text string) string {
	const most = 120
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + " …"
	}
	return text
}

func title(text string) { fmt.Printf("\n━━ %s\n", text) }
