package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// BenchmarkMemory runs the real binary for the first time over many products with long texts, of one customer or of as
// many as an invocation works on at once. It reports the peak memory (VmHWM) of that process; the simulators run in
// another one.
func BenchmarkMemory(b *testing.B) {
	folder := b.TempDir()
	if err := testenv.Build(b.Context(), folder, naming.Articles); err != nil {
		b.Fatal(err)
	}
	for _, load := range []struct {
		customers, products int
		mode                string
		limitMiB            float64
	}{
		{customers: 1, products: 50_000, mode: "live", limitMiB: 128},
		{customers: 1, products: 50_000, mode: "preview", limitMiB: 128},
		{customers: naming.DefaultConcurrency, products: 6_000, mode: "live", limitMiB: 512},
		{customers: naming.DefaultConcurrency, products: 6_000, mode: "preview", limitMiB: 512},
	} {
		b.Run(fmt.Sprintf("%dx%d/%s", load.customers, load.products, load.mode), func(b *testing.B) {
			for b.Loop() {
				peak := firstRun(b, folder, load.customers, load.products, load.mode)
				b.ReportMetric(peak, "peak-MiB")
				if peak > load.limitMiB {
					b.Errorf("the process used %.0f MiB; the limit is %.0f", peak, load.limitMiB)
				}
			}
		})
	}
}

// firstRun makes the first invocation for customers with so many products, or as much of it as the time allows. It
// returns the peak memory of the function.
func firstRun(b *testing.B, folder string, customers, products int, mode string) float64 {
	b.Helper()
	env, err := testenv.Start(testenv.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := env.Close(); err != nil {
			b.Error(err)
		}
	}()
	for c := range customers {
		m, err := env.AddMerchant(b.Context(), fmt.Sprintf("merchant-%02d", c), map[string]any{"mode": mode})
		if err != nil {
			b.Fatal(err)
		}
		for i := range products {
			m.Company.AddProduct(office24.Product{
				No: fmt.Sprintf("ART-%05d", i), Name: fmt.Sprintf("Vare nummer %d, blå", i),
				EAN1:        fmt.Sprintf("709%010d", i),
				Description: strings.Repeat("Rustfri & blank. ", 29), Weight: harness.Dec("0.085"),
				StatusID: new(1), StockControlled: new(true),
			})
		}
	}
	f, err := env.Function(folder, naming.Articles)
	if err != nil {
		b.Fatal(err)
	}
	f.Timeout = 10 * time.Minute
	res, lines, err := f.Run(b.Context(), map[string]any{})
	if err != nil {
		b.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
	}
	read, planned := 0, 0
	for _, row := range res.Customers {
		read += row.Read
		planned += row.Planned
	}
	if read != customers*products {
		b.Errorf("%d read of %d: %+v", read, customers*products, res.Outcomes)
	}
	b.ReportMetric(float64(planned), "planned")
	return peakMiB(b, filepath.Join(folder, string(naming.Articles)))
}

// peakMiB returns the peak resident size of the process that runs a binary.
func peakMiB(b *testing.B, binary string) float64 {
	b.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil || links == nil {
		b.Skip("no /proc here")
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != binary {
			continue
		}
		status, err := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
		if err != nil {
			b.Fatal(err)
		}
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		var kB float64
		if _, err := fmt.Sscan(after, &kB); err != nil {
			b.Fatal(err)
		}
		return kB / 1024
	}
	b.Fatalf("no process runs %s", binary)
	return 0
}
