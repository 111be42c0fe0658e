package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBenchmarksAreReadByNameAndUnit(t *testing.T) {
	t.Parallel()
	got := parseBenchmarks("goos: linux\n" +
		"BenchmarkDecode/GetProducts/client-2  \t 10\t 100 ns/op\t 5.50 MB/s\t 7 B/op\t 3 allocs/op\n" +
		"BenchmarkDecode/GetProducts/encoding-xml-2 \t 10\t 200 ns/op\nPASS\n")
	want := []benchmark{
		{"Decode/GetProducts/client", map[string]float64{"ns/op": 100, "MB/s": 5.5, "B/op": 7, "allocs/op": 3}},
		{"Decode/GetProducts/encoding-xml", map[string]float64{"ns/op": 200}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(benchmark{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
