package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// BenchmarkFirstRead50000 runs the real binary for the first time over 50,000 products with long texts. It reports the
// peak memory (VmHWM) of that process; the simulators run in another one.
func BenchmarkFirstRead50000(b *testing.B) {
	const products, limitMiB = 50_000, 128
	folder := b.TempDir()
	if err := testenv.Build(b.Context(), folder, naming.Articles); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		h := harness.New(b, nil)
		for i := range products {
			h.Company.AddProduct(office24.Product{
				No: fmt.Sprintf("ART-%05d", i), Name: fmt.Sprintf("Vare nummer %d, blå",
					i), EAN1: fmt.Sprintf("709%010d", i),
				Description: strings.Repeat("Rustfri & blank. ",
					29), Weight: harness.Dec("0.085"), StatusID: new(1), StockControlled: new(true),
			})
		}
		f, err := h.Function(folder, naming.Articles)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		res, lines, err := f.Run(b.Context(), map[string]any{"customers": []string{h.ID}})
		if err != nil {
			b.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
		}
		b.StopTimer()
		if row := res.Customers[0]; row.Read != products || row.Written < 5_000 {
			b.Fatalf("got %+v", row)
		}
		peak := peakMiB(b, filepath.Join(folder, string(naming.Articles)))
		b.ReportMetric(peak, "peak-MiB")
		if peak > limitMiB {
			b.Errorf("the process used %.0f MiB; the limit is %d", peak, limitMiB)
		}
		b.StartTimer()
	}
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
