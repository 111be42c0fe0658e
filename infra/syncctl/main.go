package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/willabides/kongplete"
)

// The exit codes besides 0.
const (
	exitError     = 1 // the command could not do what it was asked to
	exitSomething = 2 // there is something: trouble, a difference, a document that is wrong
)

// errSomething ends a command that has printed something a person should look at.
var errSomething = errors.New("something was found")

// commands are all commands with the options that they share.
type commands struct {
	Options

	Status    statusCommand    `cmd:"" help:"Is everything in step, and is everything healthy?"`
	Overview  overviewCommand  `cmd:"" help:"What happened to a customer's orders day by day, and in the last runs."`
	Digest    digestCommand    `cmd:"" help:"The daily mail as it would be now: new and older trouble of all customers."`
	Explain   explainCommand   `cmd:"" help:"Why is an order, product or supplier as it is?"`
	Failures  failuresCommand  `cmd:"" help:"Records that were rejected or are held."`
	Check     checkCommand     `cmd:"" help:"Prove each right that the processes need. It changes nothing."`
	Preview   previewCommand   `cmd:"" help:"Show what a run would write. It writes nothing."`
	Apply     applyCommand     `cmd:"" help:"Make exactly the changes of a plan."`
	Run       runCommand       `cmd:"" help:"Run processes for a customer now, after a preview."`
	Resync    resyncCommand    `cmd:"" help:"Read records again, after a preview."`
	Verify    verifyCommand    `cmd:"" help:"Compare all records in both systems, and repair what differs."`
	History   historyCommand   `cmd:"" help:"Runs, and what people did."`
	Customers customersCommand `cmd:"" help:"Customers and their settings."`
	Settings  settingsCommand  `cmd:"" help:"Every setting, their JSON Schema, and a check of a file."`
	Version   versionCommand   `cmd:"" help:"The version of syncctl and of the deployed functions."`

	InstallCompletions kongplete.InstallCompletions `cmd:"" help:"Print what makes the shell complete commands."`
}

// Options are shared by all commands.
type Options struct {
	Stack     string `help:"Name of the stack." default:"ongoing24so" env:"SYNCCTL_STACK" placeholder:"NAME"`
	Region    string `help:"The stack's region; else that of the environment." placeholder:"REGION"`
	Local     bool   `help:"Use the local stack (make local) instead of AWS." env:"SYNCCTL_LOCAL"`
	Endpoints string `help:"The file with the local stack's addresses." env:"SYNCCTL_ENDPOINTS" type:"path" hidden:""`
	JSON      bool   `help:"Print JSON for programs instead of text for people." name:"json"`
}

func main() {
	os.Exit(run())
}

// run parses the command line, runs the command and returns the exit code.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("syncctl"),
		kong.Description("Operate the integration of 24SevenOffice with Ongoing WMS.\n\n"+
			"Exit codes: 0 if there is nothing to look at, 2 if there is something, 1 after an error."),
		kong.Vars{"hosts": defaultHosts, "credentials": credentials, "classes": classes},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "syncctl:", err)
		return exitError
	}
	kongplete.Complete(parser, predictors()...)
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "syncctl: %v; syncctl --help lists commands and options\n", err)
		return exitError
	}
	switch err := command.Run(newApp(c.Options)); {
	case err == nil:
		return 0
	case errors.Is(err, errSomething):
		return exitSomething
	default:
		fmt.Fprintln(os.Stderr, "syncctl:", err)
		return exitError
	}
}
