package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

const (
	// memoryMiB and maxDuration are those of the functions in the stack.
	memoryMiB   = 512
	maxDuration = 14 * time.Minute
)

// A scenario measures a group of figures. Some are inputs of scenarios that follow, which take them from the file if
// they are not measured again.
type scenario struct {
	name string
	run  func(context.Context, *measured) (group, error)
}

func scenarios(customers int) []scenario {
	return []scenario{
		{"idle", idle}, {"busy", busy}, {"large", large}, {"history", history}, {"firstload", firstLoad},
		{"fleet", fleet(customers)}, {"memory", memory}, {"start", start}, {"decode", decode},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var command struct {
		Only      []string `help:"Measure only these groups; the others are taken from the file."`
		Customers int      `help:"Customers of the group fleet." default:"10000"`
		Write     bool     `help:"Write the figures and the pages computed from them."`
		Pages     bool     `help:"Measure nothing, write the pages of the figures in the file."`

		Profile string `help:"Measure nothing, write profiles of the hottest paths here." placeholder:"FOLDER"`
	}
	parser := kong.Parse(&command, kong.Description("Measures what the functions use and how long they take."))
	if command.Profile != "" {
		parser.FatalIfErrorf(profile(ctx, command.Profile))
		return
	}
	parser.FatalIfErrorf(bench(ctx, scenarios(command.Customers), command.Only, command.Write, command.Pages))
}

func bench(ctx context.Context, all []scenario, only []string, write, pages bool) error {
	r, err := readRecord()
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if pages {
		return writePages(r)
	}
	for _, name := range only {
		if !slices.ContainsFunc(all, func(s scenario) bool { return s.name == name }) {
			return fmt.Errorf("there is no group %q", name)
		}
	}
	for _, s := range all {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		begin := time.Now()
		g, err := s.run(ctx, &r.Inputs)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		g.print()
		fmt.Printf("measured in %v\n", time.Since(begin).Round(time.Second))
		r.replace(g)
	}
	r.Date, r.Processors = time.Now().Format(time.DateOnly), runtime.NumCPU()
	if !write {
		return nil
	}
	content, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(recordFile, append(content, '\n'), 0o644); err != nil {
		return err
	}
	return writePages(r)
}

func writePages(r record) error {
	for file, page := range map[string]string{
		pageFile: figuresPage(r), costFile: costPage(r), scaleFile: scalePage(r),
	} {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}
