package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
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

func scenarios() []scenario {
	return []scenario{
		{"idle", idle}, {"busy", busy}, {"large", large}, {"firstload", firstLoad}, {"fleet", fleet}, {"memory", memory},
		{"start", start}, {"decode", decode},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var command struct {
		Only  []string `help:"Measure only these groups; the others are taken from the file."`
		Write bool     `help:"Write the figures and the pages computed from them."`
		Pages bool     `help:"Measure nothing, write the pages of the figures in the file."`
	}
	parser := kong.Parse(&command, kong.Description("Measures what the functions use and how long they take."))
	parser.FatalIfErrorf(bench(ctx, command.Only, command.Write, command.Pages))
}

func bench(ctx context.Context, only []string, write, pages bool) error {
	r, err := readRecord()
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if pages {
		return writePages(r)
	}
	for _, s := range scenarios() {
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
	r.Date = time.Now().Format(time.DateOnly)
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
	var b strings.Builder
	fmt.Fprintf(&b, "# Figures\n\nMeasured on %s.\n\n", r.Date)
	for _, g := range r.Groups {
		b.WriteString(g.markdown() + "\n")
	}
	return os.WriteFile(pageFile, []byte(b.String()), 0o644)
}
