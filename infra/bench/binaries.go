package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// start compares the size and the start of a function with those of a function that does nothing.
func start(ctx context.Context, m *measured) (group, error) {
	g := group{Name: "start", About: "Size of the stripped arm64 binary, and how much longer a cold invocation takes " +
		"than a warm one on this machine, median of nine; the function has no customer."}
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return g, err
	}
	defer os.RemoveAll(folder)
	packages := map[string]string{"function": "./functions/salesorders", "bare": "./infra/bench/bare"}
	size, took := map[string]float64{}, map[string]time.Duration{}
	for name, path := range packages {
		for _, arch := range []string{"arm64", ""} {
			binary := filepath.Join(folder, name+arch)
			if err := build(ctx, path, binary, arch); err != nil {
				return g, err
			}
		}
		info, err := os.Stat(filepath.Join(folder, name+"arm64"))
		if err != nil {
			return g, err
		}
		size[name] = float64(info.Size()) / (1 << 20)
		if took[name], err = coldStart(ctx, filepath.Join(folder, name)); err != nil {
			return g, err
		}
	}
	m.ColdStart = took["function"].Seconds()
	const bare = "a function that does nothing"
	g.Figures = []figure{
		{What: "salesorders: size", Value: size["function"], Unit: "MiB", Bound: size["bare"], Why: bare},
		{What: "salesorders: start", Value: float64(took["function"].Microseconds()) / 1000, Unit: "ms",
			Bound: float64(took["bare"].Microseconds()) / 1000, Why: bare},
	}
	return g, nil
}

// build builds a package as make build does; without an architecture, for this machine.
func build(ctx context.Context, path, binary, arch string) error {
	command := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-tags", "lambda.norpc",
		"-ldflags", "-s -w", "-o", binary, path)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if arch != "" {
		command.Env = append(command.Env, "GOOS=linux", "GOARCH="+arch)
	}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", path, err, out)
	}
	return nil
}

// coldStart returns the median time that a cold invocation takes longer than a warm one.
func coldStart(ctx context.Context, binary string) (time.Duration, error) {
	w, err := newWorld(0)
	if err != nil {
		return 0, err
	}
	var lines []string
	for name, value := range w.environment() {
		lines = append(lines, name+"="+value)
	}
	var times []time.Duration
	for range 9 {
		f, err := lambdaruntime.New(lambdaruntime.Config{
			Name: "start", Bootstrap: binary, Environment: lines, MemoryMB: memoryMiB,
		})
		if err != nil {
			return 0, err
		}
		var took [2]time.Duration
		for i := range took {
			begin := time.Now()
			if _, err := f.Invoke(ctx, map[string]any{}, time.Minute); err != nil {
				return 0, errors.Join(err, f.Close())
			}
			took[i] = time.Since(begin)
		}
		times = append(times, took[0]-took[1])
		if err := f.Close(); err != nil {
			return 0, err
		}
	}
	slices.Sort(times)
	return times[len(times)/2], w.close()
}

// decode runs the benchmarks of the two clients' packages. A benchmark whose name ends in /encoding-… is what its
// siblings are compared with; of several, the last one.
func decode(ctx context.Context, _ *measured) (group, error) {
	g := group{Name: "decode", About: "The benchmarks of the vendors' clients. Siblings are compared with the " +
		"standard library's decoder."}
	root, err := testenv.Root()
	if err != nil {
		return g, err
	}
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", "1s",
		"./shared/office24", "./shared/ongoing", "./shared/vendorhttp")
	command.Dir = root
	out, err := command.CombinedOutput()
	if err != nil {
		return g, fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	results := parseBenchmarks(string(out))
	standard := map[string]map[string]float64{} // by parent and unit
	for _, r := range results {
		if parent, name := filepath.Split(r.name); strings.HasPrefix(name, "encoding-") {
			standard[parent] = r.values
		}
	}
	for _, r := range results {
		parent, name := filepath.Split(r.name)
		for _, unit := range []string{"ns/op", "B/op", "allocs/op"} {
			f := figure{What: r.name, Value: r.values[unit], Unit: unit}
			if !strings.HasPrefix(name, "encoding-") && standard[parent] != nil {
				f.Bound, f.Why = standard[parent][unit], "the standard library's decoder"
			}
			g.Figures = append(g.Figures, f)
		}
	}
	return g, nil
}

// A benchmark is one line of go test -bench, with its values by unit.
type benchmark struct {
	name   string
	values map[string]float64
}

var processorsSuffix = regexp.MustCompile(`-\d+$`)

func parseBenchmarks(out string) (results []benchmark) {
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processorsSuffix.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		r := benchmark{name: name, values: map[string]float64{}}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				r.values[fields[i+1]] = value
			}
		}
		results = append(results, r)
	}
	return results
}
