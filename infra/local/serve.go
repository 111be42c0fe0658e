package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"ongoing24so/infra/local/acts"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/web"
	"ongoing24so/infra/local/workday"
	"ongoing24so/shared/english"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

type serveCommand struct {
	recording
	Period time.Duration `help:"Time between two ticks of the schedule."              default:"15m"`
	Fleet  int           `help:"Add this many merchants, a third of them in trouble."                placeholder:"N"`
	Port   int           `help:"Port of the page; if it is taken, another one."       default:"8024"`
}

// Run serves until ctx is done.
func (c serveCommand) Run(ctx context.Context) (err error) {
	if c.Period < time.Second {
		return fmt.Errorf("period is %v; it must be at least 1s", c.Period)
	}
	s, err := localstack.Start(ctx, localstack.Options{Record: c.Record})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	day, err := workday.Begin(ctx, s)
	if err != nil {
		return err
	}
	if err := workday.AddNewcomer(ctx, s); err != nil {
		return err
	}
	pages, close, err := servePages(ctx, s, day, c.Port)
	if err != nil {
		return err
	}
	defer close()
	invoke, err := serve(s.InvokeAPI(), 0)
	if err != nil {
		return err
	}
	defer invoke.Close()
	environment := s.Endpoints("http://" + invoke.Addr)
	environment["LOCAL_PAGE"], environment["LOCAL_TOKEN"] = pages.address, pages.Token()
	file, err := writeEnvironment(environment)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	printEnvironment(environment)
	fmt.Printf("Open  %s\n\nCtrl-C ends it.\n", pages.address)
	if c.Fleet > 0 {
		pages.Background(
			"Adding "+english.Count(c.Fleet, "merchant")+" and making two ticks",
			func(ctx context.Context) error {
				return acts.Fleet(ctx, s, c.Fleet, func(what string) { fmt.Println(what) })
			},
		)
	}
	pages.Schedule(ctx, c.Period, func(err error) { fmt.Fprintln(os.Stderr, err) })
	pages.Wait()
	fmt.Println("stopped")
	return nil
}

// pages are the page at its address.
type pages struct {
	*web.Server
	address string
}

// servePages serves the page. What it shows of the operator's report comes from functions of its own.
func servePages(ctx context.Context, s *localstack.Stack, day *workday.Day, port int) (pages, func(), error) {
	look, err := serve(s.LookAPI(), 0)
	if err != nil {
		return pages{}, nil, err
	}
	stack, err := s.Cloud("http://" + look.Addr)
	if err != nil {
		return pages{}, nil, err
	}
	p := pages{Server: web.New(ctx, s, day, stack)}
	server, err := serve(p.Handler(), port)
	if errors.Is(err, syscall.EADDRINUSE) {
		server, err = serve(p.Handler(), 0)
	}
	if err != nil {
		return pages{}, nil, err
	}
	p.address = "http://" + server.Addr
	return p, func() { server.Close(); look.Close() }, nil
}

// serve serves on a port of the loopback interface; 0 means any.
func serve(handler http.Handler, port int) (*http.Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return nil, err
	}
	server := &http.Server{Addr: listener.Addr().String(), Handler: handler, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener) // returns after Close
	return server, nil
}

// writeEnvironment writes all addresses to the file in which syncctl --local looks for them, and returns its name.
func writeEnvironment(environment map[string]string) (string, error) {
	root, err := testenv.Root()
	if err != nil {
		return "", err
	}
	file := filepath.Join(root, "dist", "local", "endpoints.json")
	text, err := json.MarshalIndent(environment, "", "  ")
	if err != nil {
		return "", err
	}
	return file, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, text, 0o600))
}

// printEnvironment prints all addresses, as environment variables of AWS tools.
func printEnvironment(environment map[string]string) {
	fmt.Println("environment of AWS tools (AWS CLI 2.13 or newer; an older one would call AWS):")
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fmt.Printf("  export %s=%s\n", name, environment[name])
	}
	fmt.Printf("\nthen, for example:\n  aws lambda invoke --function-name %s \\\n"+
		"    --cli-binary-format raw-in-base64-out --payload '{\"dryRun\":true}' answer.json\n",
		naming.Function(naming.DefaultStack, naming.Articles))
	fmt.Printf("to operate it, with --local or, so that its hints can be pasted, after the export:\n" +
		"  export SYNCCTL_LOCAL=true\n  go run ./infra/syncctl status\n\n")
}
